--- From a trained network of rectified units to one of spikes: weight files, layer by layer.
-- This folder (converter) makes spiking networks of trained ones, on the public API alone.
local lp = require "lunapse"
local options = require "lunapse.options"

local converter = {}

local array = lp.array

---@class SpikingNetwork  a trained network as one of spikes
---@field net Network
---@field input Population     spikes of the input
---@field layers Population[]  one for each layer; the last one does not spike: its potential v is the answer
---@field scales number[]      the activation of each layer that stands for its fastest spikes
local SpikingNetwork = {}

-- ---- layers: what a file says, as connectors ----

--- How many units a grid has.
local function count(geometry)
  local n = 1
  for _, k in ipairs(geometry) do n = n*k end
  return n
end

--- Numbers as an array; all are finite.
local function numbers(where, what)
  local ok, a = pcall(array.from, what, "float64")
  if not ok or type(what) ~= "table" and not array.is(what) then
    options.fail(("%s: an array or the name of one expected, got %s%s"):format(where, options.show(what), type(what) == "table" and ": " .. a or ""))
  end
  if not a:isfinite():all() then options.fail(where .. ": one of the numbers is NaN or infinite") end
  return a
end

--- An array of the weights: by its name in a file or a table, or itself.
local function weights_of(self, where, what)
  if type(what) ~= "string" then return numbers(where, what) end
  self.used[what] = true
  local found = self.weights[what]
  if found == nil then          -- a name in groups
    found = self.weights
    for part in what:gmatch "[^/]+" do found = type(found) == "table" and found[part] or nil end
  end
  if not array.is(found) then options.fail(("%s: there is no array '%s' among the weights"):format(where, what)) end
  return numbers(("%s '%s'"):format(where, what), found)
end

--- The weights of a layer.
local function kernel_of(self, where, layer, axes, form)
  if layer.weights == nil then options.fail(where .. ": option 'weights' is missing") end
  local w = weights_of(self, where .. ", weights", layer.weights)
  if w:axes() ~= axes then options.fail(("%s: %s, got the shape %s"):format(where, form, table.concat({ w:shape() }, " x "))) end
  return w
end

--- Channels last: what torch has first goes to the end.
local function permuted(kernel, order)
  if order == "keras" then return kernel:transpose(4, 1, 2, 3):copy() end          -- rows, columns, in, out
  return kernel:transpose(1, 3, 4, 2):copy()                                         -- out, in, rows, columns
end

local makers = {}

--- Every unit with every one. The units of a grid are taken row by row, channels last; torch's file has channels first.
function makers.dense(self, where, layer, from)
  local w = kernel_of(self, where, layer, 2, "a dense layer has weights of two axes")
  if self.order == "torch" then
    if #from == 3 then
      local n = w:shape()
      if w:size() ~= n*from[1]*from[2]*from[3] then options.fail(("%s: weights for %d x %d x %d units expected"):format(where, from[1], from[2], from[3])) end
      w = w:reshape(n, from[3], from[1], from[2]):transpose(1, 3, 4, 2):copy():reshape(n, w:size()//n)
    end
    w = w:transpose():copy()
  end
  local n_in, n_out = w:shape()
  if count(from) ~= n_in then options.fail(("%s: the layer before has %d units, the weights are for %d"):format(where, count(from), n_in)) end
  return { geometry = { n_out }, w = w, gain = w:clip(0, math.huge):sum(1), channels = n_out, connect = function(scale) return lp.matrix(w*scale) end }
end

--- A convolution, as of deep learning: not mirrored; filters by output channel.
function makers.conv(self, where, layer, from)
  local bank = permuted(kernel_of(self, where, layer, 4, "a convolution has weights of four axes"), self.order)
  local n, rows, columns, n_in = bank:shape()
  if n_in ~= (from[3] or 1) then options.fail(("%s: the layer before has %d channels, the weights are for %d"):format(where, from[3] or 1, n_in)) end
  if not from[2] then options.fail(where .. ": a convolution stands behind a grid of rows x columns") end
  local stride, padding = options.whole(where, "stride", layer.stride or 1, 1), layer.padding or "valid"
  if padding ~= "valid" and padding ~= "same" then options.fail(('%s: padding must be "valid" or "same", got %s'):format(where, options.show(padding))) end
  if padding == "same" and stride > 1 then options.fail(where .. ': padding "same" with a stride above 1 begins elsewhere in each library; give padding = "valid"') end
  if padding == "valid" and (rows > from[1] or columns > from[2]) then
    options.fail(("%s: filters of %d x %d do not fit into %d x %d units"):format(where, rows, columns, from[1], from[2]))
  end
  if #from == 2 then bank = bank:reshape(n, rows, columns) end
  local geometry = padding == "same" and { from[1], from[2], n } or { (from[1] - rows)//stride + 1, (from[2] - columns)//stride + 1, n }
  local flat = bank:reshape(n, bank:size()//n)
  return { geometry = geometry, channels = n, gain = flat:clip(0, math.huge):sum(2), connect = function(scale)
    return lp.convolution(bank*scale, { bank = true, stride = stride, padding = padding == "same" and "zero" or "none" })
  end }
end

--- Pooling over squares that stand side by side.
function makers.pool(_, where, layer, from)
  local size, operation = options.whole(where, "size", layer.size or 2, 1), layer.operation or "max"
  if operation ~= "max" and operation ~= "mean" then options.fail(('%s: operation must be "max" or "mean", got %s'):format(where, options.show(operation))) end
  if not from[2] or from[1] % size ~= 0 or from[2] % size ~= 0 then
    options.fail(("%s: regions of %d do not cover %s units evenly"):format(where, size, table.concat(from, " x ")))
  end
  local geometry = { from[1]//size, from[2]//size, from[3] }
  local extent = from[3] and { size, size, 1 } or { size, size }
  return { geometry = geometry, operation = operation, extent = extent, share = 1/size^2 }
end

local known_of = {
  dense = { kind = "string", weights = "any", bias = "any" },
  conv = { kind = "string", weights = "any", bias = "any", stride = "number", padding = "string" },
  pool = { kind = "string", size = "number", operation = "string" },
}

--- The layers with their shapes, connectors and biases.
local function read_layers(self, opt, geometry)
  local list, from = {}, geometry
  for k, layer in ipairs(opt.layers) do
    local where = ("lp.ann_to_snn: layer %d"):format(k)
    local known = type(layer) == "table" and known_of[layer.kind]
    if not known then options.fail(('%s: kind must be "dense", "conv" or "pool", got %s'):format(where, options.show(type(layer) == "table" and layer.kind or layer))) end
    options.check(where, layer, known)
    local made = makers[layer.kind](self, where, layer, from)
    if layer.bias ~= nil then
      local bias = weights_of(self, where .. ", bias", layer.bias)
      if bias:size() ~= made.channels then options.fail(("%s: %d biases for %d channels"):format(where, bias:size(), made.channels)) end
      made.bias = (lp.ones(count(made.geometry)//made.channels, 1)*bias:flatten():reshape(1, made.channels)):flatten()
      made.most_bias = bias:flatten():clip(0, math.huge)
    end
    list[k], from = made, made.geometry
  end
  return list
end

--- Arrays of the file that no layer names: a bias that was forgotten gives another network.
local function check_unused(self, weights, prefix)
  for name, value in pairs(weights) do
    local path = prefix .. tostring(name)
    if array.is(value) and not self.used[path] then
      options.fail(("lp.ann_to_snn: the weights hold '%s', which no layer names (unused = true leaves it out)"):format(path))
    elseif type(value) == "table" then
      check_unused(self, value, path .. "/")
    end
  end
end

-- ---- the network of rates ----

local unit = { equations = "r = pos(sum(in) + b)", parameters = { b = 0 } }

--- Activations of all layers, by a network of rates: a function of the input.
local function network_of_rates(layers, geometry)
  local net = lp.network { dt = 1, warnings = false }
  local input = net:population { geometry = geometry, neuron = lp.neuron { parameters = { r = 0 }, equations = "" } }
  local pops, from = {}, input
  for k, layer in ipairs(layers) do
    local is_last = k == #layers
    pops[k] = net:population { geometry = layer.geometry, parameters = layer.bias and { b = layer.bias } or nil,
      neuron = lp.neuron { equations = is_last and "r = sum(in) + b" or unit.equations, parameters = { b = 0 } } }
    net:project { from = from, to = pops[k], target = "in", connect = layer.connect and layer.connect(1) or lp.pooling(layer.operation, { extent = layer.extent }) }
    from = pops[k]
  end
  return function(x)
    input.r = x
    net:run(#layers + 1)
    local list = {}
    for k, pop in ipairs(pops) do list[k] = pop.r:copy() end
    return list
  end
end

--- An input, as a list of numbers.
local function checked_input(self, where, x)
  local ok, a = pcall(array.from, x, "float64")
  if not ok or a:size() ~= count(self.geometry) then
    options.fail(("%s: an input of %s numbers expected, got %s"):format(where, table.concat(self.geometry, " x "), ok and a:size() or options.show(x)))
  end
  if not a:isfinite():all() then options.fail(where .. ": one of the numbers is NaN or infinite") end
  if not (a:min() >= 0 and a:max() <= 1) then options.fail(("%s: inputs lie in 0 .. 1, these in %g .. %g"):format(where, a:min(), a:max())) end
  return a:flatten()
end

--- What activation of each layer is the largest: of samples, or the largest that can be.
local function scales_of(self, layers, samples, quantile)
  local scales, before = {}, 1
  if samples then
    if #samples == 0 then options.fail "lp.ann_to_snn: option 'samples' must list inputs, got none" end
    local all = {}
    for k = 1, #layers do all[k] = {} end
    for n, x in ipairs(samples) do
      for k, r in ipairs(self.rates(checked_input(self, ("lp.ann_to_snn: samples[%d]"):format(n), x))) do all[k][#all[k] + 1] = r:clip(0, math.huge):quantile(quantile) end
    end
    for k in ipairs(layers) do scales[k] = math.max(1e-12, array.from(all[k]):max()) end
  end
  for k, layer in ipairs(layers) do
    if layer.operation then
      scales[k] = before          -- what is pooled has the size of what comes in
    elseif not samples then
      local most = layer.gain*before
      scales[k] = math.max(1e-12, (layer.most_bias and most:flatten() + layer.most_bias or most):max())
    end
    before = scales[k]
  end
  scales[#layers] = 1          -- the answer stays as it is
  return scales
end

-- ---- neurons ----

-- Rates: the fraction of steps with a spike is `pace` times the activation; reset by subtraction loses nothing.
local integrating = { name = "Integrating", parameters = { b = 0, pace = 1 }, equations = "v += g_exc + b*pace : init = 0\n n = n : init = 0",
  spike = "v >= 1", reset = "v -= 1 ; n += 1" }
local answering = { name = "Answering", parameters = { b = 0, pace = 1 }, equations = "v += g_exc + b*pace : init = 0" }
local following = { name = "Following", equations = "m = sum(in)\n n = n : init = 0", spike = "m > n", reset = "n += 1" }          -- as many spikes as the one in its region that has most

-- Latencies: an activation a is one spike, (1 - a)*T after the layer's window begins. While it comes in its worth is read from its time; what was gathered is sent in the window behind.
local gathering = [[
  sent = (t - dt - start)/T
  v += g_exc*(if sent > -0.5*dt/T and sent < 1: 1 - sent else: 0) + (if abs(t - start) < dt/2: b else: 0) : init = 0
]]
local in_time = { name = "InTime", parameters = { b = 0, T = 100, start = 1e12 }, equations = gathering .. [[
  now = (t - start)/T - 1
  fired = fired : init = 0
  x = x : init = 0 ]],
  spike = "now > -0.5*dt/T and 1 - now > 0.5*dt/T and fired < 0.5 and v >= 1 - now - 0.5*dt/T", reset = "fired = 1 ; x = 1 - now" }
local answering_in_time = { name = "AnsweringInTime", parameters = { b = 0, T = 100, start = 1e12 }, equations = gathering }
local first_of = { name = "FirstOf", parameters = { T = 100, start = 1e12 }, equations = [[
  v = max(in)
  now = (t - start)/T - 1
  fired = fired : init = 0
  x = x : init = 0 ]], spike = in_time.spike, reset = in_time.reset }

-- ---- making ----

local function join(self, k, layer, from, to, factor)
  local project = { from = from, to = to, target = layer.operation == "max" and "in" or "exc" }
  if layer.connect then
    project.connect = layer.connect(factor)
  elseif layer.operation == "mean" then
    project.connect, project.weights = lp.pooling(nil, { extent = layer.extent }), layer.share
  else
    project.connect = lp.pooling("max", { extent = layer.extent, psp = self.code == "rate" and "pre.n" or "pre.x" })
  end
  if k == 1 and layer.operation == "max" then
    options.fail "lp.ann_to_snn: layer 1: max pooling reads what neurons have counted, and the input has no neurons: begin with another layer"
  end
  self.net:project(project)
end

local function make_layers(self, layers)
  local from, before = self.input, 1
  for k, layer in ipairs(layers) do
    local is_last, is_max = k == #layers, layer.operation == "max"
    if is_last and layer.operation then options.fail "lp.ann_to_snn: the last layer gives the answer: it is dense, or a convolution" end
    local scale = self.scales[k]
    local neuron = is_max and following or is_last and answering or integrating
    if self.code == "latency" then neuron = is_max and first_of or is_last and answering_in_time or in_time end
    local parameters = not is_max and layer.bias and { b = layer.bias/scale } or {}
    if self.code == "rate" and not is_max and not layer.operation then parameters.pace = self.pace end
    if self.code == "latency" then parameters.T = self.window end
    local pop = self.net:population { name = ("layer%d"):format(k), geometry = layer.geometry, neuron = lp.neuron(neuron), parameters = parameters }
    join(self, k, layer, from, pop, before/scale)
    self.layers[k], from, before = pop, pop, scale
  end
end

--- A trained network of rectified units (ReLU) as one of spikes. `weights`: the path of a file (.npz, .h5: Keras, PyTorch and others write them) or a table of arrays by name. `layers` says in order what
--- there is: { kind = "dense", weights = "dense/kernel", bias = "dense/bias" }, { kind = "conv", weights =, bias =, stride = 1, padding = "valid" | "same" }, { kind = "pool", size = 2, operation = "max" | "mean" }.
--- Names may go into groups ("a/b"). `geometry`: rows, columns and perhaps channels of the input, whose values lie in 0 .. 1. `order`: how axes stand in the file, "keras" (rows, columns, in, out; in, out) or "torch"
--- (out, in, rows, columns; out, in).
---
--- - `code` = "rate": an activation is how often a neuron spikes; the input are Poisson trains, a white pixel of `rate` (200) Hz. Neurons integrate without a leak and lose 1 with each spike (Diehl et al. 2015; Rueckauer et al. 2017).
--- - `code` = "latency": an activation is when a neuron spikes, once, within a window of `window` (100) ms for each layer: the larger, the earlier (after Park et al. 2020, with lines for exponentials).
---
--- Each layer is scaled so that its largest activation makes the fastest or earliest spikes: the largest that weights allow, or, of `samples` (a list of inputs), the `quantile` (0.999) of those that come.
---@param weights string|table
---@param opt { layers: table[], geometry: integer[], code?: "rate"|"latency", order?: "keras"|"torch", rate?: number, window?: number, samples?: array[], quantile?: number, seed?: integer, threads?: integer, unused?: boolean }
---@return SpikingNetwork
--- Example: local snn = lp.ann_to_snn("digits.npz", { geometry = { 8, 8 }, layers = { { kind = "dense", weights = "W1" }, { kind = "dense", weights = "W2" } } }); print(snn:predict(x))
function converter.ann_to_snn(weights, opt)
  local where = "lp.ann_to_snn"
  opt = options.check(where, opt or {}, { layers = "table", geometry = "table", code = "string", order = "string", rate = "number", window = "number", samples = "table",
    quantile = "number", seed = "number", threads = "number", unused = "boolean" }, { "layers", "geometry" })
  local code, order = opt.code or "rate", opt.order or "keras"
  if code ~= "rate" and code ~= "latency" then options.fail(('%s: code must be "rate" or "latency", got %s'):format(where, options.show(code))) end
  if order ~= "keras" and order ~= "torch" then options.fail(('%s: order must be "keras" or "torch", got %s'):format(where, options.show(order))) end
  if #opt.layers == 0 then options.fail(where .. ": a network has at least one layer") end
  for name in pairs(opt.layers) do
    if math.type(name) ~= "integer" then options.fail(("%s: layers are a list, and this one has %s in it"):format(where, options.show(name))) end
  end
  if #opt.geometry < 1 or #opt.geometry > 3 then
    options.fail(("%s: option 'geometry' must be { units }, { rows, columns } or { rows, columns, channels }, got %d numbers"):format(where, #opt.geometry))
  end
  for k, n in ipairs(opt.geometry) do options.whole(where, ("geometry[%d]"):format(k), n, 1) end
  local self = setmetatable({ code = code, order = order, layers = {}, used = {}, weights = type(weights) == "string" and lp.read(weights) or weights }, SpikingNetwork)
  if type(self.weights) ~= "table" then
    options.fail(("%s: weights: the path of a file with arrays by name, or a table of them, expected, got %s"):format(where, options.show(weights)))
  end
  local layers = read_layers(self, opt, opt.geometry)
  if not opt.unused and type(weights) == "string" then check_unused(self, self.weights, "") end
  self.rates, self.geometry = network_of_rates(layers, opt.geometry), opt.geometry
  local quantile = options.number(where, "quantile", opt.quantile or 0.999, 0, 1)
  if opt.quantile and not opt.samples then options.fail(where .. ": option 'quantile' is one of the activations that samples bring about: option 'samples' is missing") end
  self.scales = scales_of(self, layers, opt.samples, quantile)
  self.net = lp.network { dt = 1, seed = opt.seed, threads = opt.threads, warnings = false }
  if code == "rate" then
    local rate = options.number(where, "rate", opt.rate or 200, 0, 1000, true)
    if opt.window then options.fail(where .. ": option 'window' is of code \"latency\"") end
    self.pace, self.most_rate = rate/1000, rate
    self.input = self.net:poisson { name = "input", geometry = opt.geometry, rates = 0 }
  else
    self.window = options.whole(where, "window", opt.window or 100, 2)
    if opt.rate then options.fail(where .. ": option 'rate' is of code \"rate\"") end
    self.input = self.net:spike_source { name = "input", geometry = opt.geometry, size = count(opt.geometry), spikes = {} }
  end
  make_layers(self, layers)
  return self
end

function SpikingNetwork:__index(key)
  if SpikingNetwork[key] ~= nil then return SpikingNetwork[key] end
  return options.missing("spiking network", key, options.methods({ SpikingNetwork }, "net", "input", "layers", "scales"))
end

-- ---- answers ----

local function show_rates(self, x, duration)
  self.input.rates = 0
  self.net:run(#self.layers + 1)          -- what is under way arrives
  for _, pop in ipairs(self.layers) do pop:reset() end
  self.input.rates = x*self.most_rate
  self.net:run(duration)
  return self.layers[#self.layers].v/(duration*self.pace)
end

local function show_latencies(self, x)
  local T, begin = self.window, self.net.t
  for k, pop in ipairs(self.layers) do
    pop:reset()
    pop.start = begin + (k - 1)*T
  end
  local neurons, times = {}, {}
  for i = 1, #x do
    local at = (T*(1 - x[i]) + 0.5)//1          -- whole steps of 1 ms
    if at < T then neurons[#neurons + 1], times[#times + 1] = i, begin + at end
  end
  self.input:set_spikes(neurons, times)
  self.net:run(#self.layers*T + 1)
  return self.layers[#self.layers].v:copy()
end

--- What the network of spikes says of an input: the number of the class with the largest answer, and the answers, in the units of the trained network. Code "rate" looks for `duration` (200) ms.
---@param x array|table
---@param duration? number  ms
---@return integer class
---@return array answers
function SpikingNetwork:predict(x, duration)
  local a = checked_input(self, "predict", x)
  if self.code == "latency" and duration then options.fail "predict: the code is latency, and takes a window for each layer" end
  if duration then options.whole("predict", "duration", duration, 1) end
  local answers = self.code == "rate" and show_rates(self, a, duration or 200) or show_latencies(self, a)
  return answers:argmax(), answers
end

--- What the trained network says, by rates: for comparison.
---@param x array|table
---@return integer class
---@return array answers
function SpikingNetwork:trained(x)
  local list = self.rates(checked_input(self, "trained", x))
  return list[#list]:argmax(), list[#list]
end

function SpikingNetwork:__tostring() return ("spiking network of %d layers, code %s"):format(#self.layers, self.code) end

converter.SpikingNetwork = SpikingNetwork
return converter
