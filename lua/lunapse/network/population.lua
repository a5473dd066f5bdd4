--- Populations: neurons of one model, sources of spikes, and views of a part of them.
local array = require "lunapse.core.array"
local engine = require "lunapse.core.engine"
local instance = require "lunapse.network.compiled"
local model = require "lunapse.network.model"
local options = require "lunapse.options"

--- Neurons of one model, or sources of spikes. Its variables and parameters are its fields: `pop.v` is a live array, `pop.tau = 20` sets a value,
--- one each with a list or an array, drawn with a distribution, computed with an equation text.
---@class Population
---@field name string
---@field size integer
---@field [string] any   variables and parameters: live arrays, or numbers where one value holds for all
local Population = {}

---@class PopulationView  a part of a population: an end of projections, and a window on its variables
---@field size integer
local View = {}

local population = {}

local function where(self, name) return ("population '%s', %s"):format(self.name, name) end

local function variable_names(self)
  local names = {}
  for _, v in ipairs(self._compiled.variables) do
    if v.kind ~= "hidden" and v.kind ~= "derived" then names[#names + 1] = v.name end
  end
  if self._rate_window then names[#names + 1] = "r" end
  return names
end

-- ---- compiling and binding ----

local function compile(self)
  local net = self._net
  local written = {}
  for name in pairs(self._written) do written[#written + 1] = name end
  table.sort(written)
  local key = { scopes = self._scopes, written = written, method = net._method, refs = instance.scopes_of_refs(self) }
  local use = { name = self.name, param_scopes = self._scopes, written = written, method = net._method, refs = self._refs_use, precision = net._precision }
  self._made = instance.compile(self._model.checked, use, key, { precision = net._precision, math = net._math })
  self._compiled = self._made.compiled
end

local function resolver(self)
  return function(slot)
    if slot.owner == "clock" then return self._net._core:dt_array(self._clock) end
    if slot.owner == "self" then return self:_array(slot.var) end
    return instance.referenced(self, slot)
  end
end

--- The array of a variable, made when it is not there yet.
function Population:_array(name)
  local a = self._arrays[name]
  if not a and name == "t_last" then return self._core:t_last() end
  if not a and name == "N" then
    a = array.full(self.size, 1, nil, "float64")
    self._arrays.N = a
  end
  if not a then error(("population '%s' has no array '%s'"):format(self.name, name)) end
  return a
end

--- What can be set and read, for messages.
function Population:_known_names() return variable_names(self) end

--- The variable as projections see it: { scope, type, kind }, or nil.
function Population:_variable(name)
  if name == "r" and self._rate_window then return { name = "r", scope = "elem", type = "real", kind = "state" } end
  local v = self._compiled.variables_by_name[name]
  if not v and name == "t_last" and self:_has_spikes() then return { name = "t_last", scope = "elem", type = "time", kind = "hidden" } end
  return v
end

local function value_into(self, variable, value)
  local a = instance.new_array(variable, self.size, self._net._precision)
  instance.assign(where(self, variable.name), self._net, self._object, a, value)
  self._arrays[variable.name] = a
end

--- Initial values: what the user gave, else the model's, in the order of the model.
local function initialise(self, only_missing)
  local net, resolve = self._net, resolver(self)
  for _, v in ipairs(self._compiled.variables) do
    if not (only_missing and self._arrays[v.name]) then
      local given = v.kind == "parameter" and self._values[v.name]
      if given ~= nil and given ~= false then
        value_into(self, v, given)
      else
        self._arrays[v.name] = instance.new_array(v, self.size, net._precision)
        self:_fill_hidden(v, self._arrays[v.name])
      end
    end
  end
  for k, entry in ipairs(self._compiled.programs) do
    local v = self._compiled.variables_by_name[entry.var]
    if entry.role == "init" and not (v.kind == "parameter" and self._values[v.name] ~= nil) and not (only_missing and self._initialised[v.name]) then
      net._core:run_bound(instance.bind(net, self._made, k, resolve, self.size, nil, self._object), net._core:time())
      engine.touch(self._arrays[v.name])
    end
  end
  for _, v in ipairs(self._compiled.variables) do self._initialised[v.name] = true end
end

--- Arrays follow the scopes: a value that was one for all is spread over the neurons.
local function follow_scopes(self)
  for _, v in ipairs(self._compiled.variables) do
    local a = self._arrays[v.name]
    if a and v.scope == "elem" and #a == 1 and self.size ~= 1 or (a and v.scope == "elem" and a:type() ~= instance.new_array(v, 0, self._net._precision):type()) then
      local spread = instance.new_array(v, self.size, self._net._precision)
      spread:fill(a[1])
      self._arrays[v.name] = spread
      self._core:move_drives(a, spread)
      self._net:_array_replaced(("population '%s'"):format(self.name), v.name, a, spread)
    end
  end
end

local function bind(self)
  local net, core = self._net, self._net._core
  for _, token in ipairs(self._derived) do core:forget_derived(token) end
  for _, a in ipairs(self._watched) do core:forget_watch(a) end
  self._derived, self._watched = {}, {}
  local resolve, update, reset, axon, axon_reset = resolver(self), {}, nil, nil, nil
  for k, entry in ipairs(self._compiled.programs) do
    if entry.role ~= "init" then
      local bound = instance.bind(net, self._made, k, resolve, entry.over == "uniform" and 0 or self.size, nil, self._object)
      if entry.role == "derive" then
        self._derived[#self._derived + 1] = core:derived(bound)
      elseif entry.role == "update" or entry.role == "slow" then
        local every = entry.every or (entry.every_variable and self._arrays[entry.every_variable][1])
        if every then bound:every(every, 0, net:dt_of(self._clock), core:clock_step(self._clock)) end
        update[#update + 1] = bound
        for _, r in ipairs(self._compiled.reductions or {}) do
          if r.role == entry.role and #update == 1 then
            instance.reduce(bound, r.op, resolve { owner = r.owner, var = r.var }, self._arrays[r.name])
          end
        end
      elseif entry.role == "reset" then
        reset = bound
      elseif entry.role == "axon" then
        axon = bound
      elseif entry.role == "axon_reset" then
        axon_reset = bound
      end
    end
  end
  self._core:set_update(update)
  self._core:set_reset(reset)
  self._core:set_axon(axon, axon_reset)
  for _, v in ipairs(self._compiled.variables) do
    if v.kind == "state" and v.type ~= "time" and v.scope == "elem" then
      local a = self._arrays[v.name]
      core:watch(a, ("population '%s', variable '%s'"):format(self.name, v.name))
      self._watched[#self._watched + 1] = a
    end
  end
end

--- Compile and bind anew after a change of scopes, targets or the like.
function Population:_rebuild()
  if not self._model then return end
  local net = self._net
  compile(self)
  follow_scopes(self)
  initialise(self, true)
  bind(self)
  require("lunapse.network.operation").rebind(self)
  require("lunapse.network.poisson_input").rebind(self)
  net:_population_changed(self)
end

-- ---- values ----

local function set(self, name, value)
  self._seen[name] = true
  local v = self._compiled.variables_by_name[name]
  if self._fixed[name] ~= nil then options.fail(where(self, name) .. " is set when the population is made") end
  if self._driven[name] then options.fail(where(self, name) .. " is set by its drive at every step") end
  if name == "rates" and self._kind == "poisson" then return self:_set_rates(value) end
  if name == "r" and self._rate_window then options.fail(where(self, "r") .. " is counted from spikes and cannot be set") end
  if not v or v.kind == "hidden" or v.kind == "derived" then
    options.fail(("population '%s': %s"):format(self.name, options.unknown("variable", name, variable_names(self))))
  end
  if type(value) == "string" then return self:_fill(name, value) end
  local is_one = type(value) == "number" or type(value) == "boolean"
  if v.scope == "uniform" and not is_one then
    if v.kind ~= "parameter" then options.fail(where(self, name) .. " is one value for the whole population: a number expected") end
    local flagged = self._model.checked.parameters_by_name[name].scope
    if flagged == "population" or flagged == "projection" then
      options.fail(where(self, name) .. " is declared ': population': a number expected")
    end
    local probe = array.new(self._net._precision, self.size)
    instance.assign(where(self, name), self._net, self._object, probe, value)      -- a bad value changes nothing
    self._scopes[name] = "elem"
    self:_rebuild()
    self._arrays[name]:assign(probe)
    return
  end
  instance.assign(where(self, name), self._net, self._object, self._arrays[name], value)
end

--- Fill a variable from an equation text: `pop.v = "-60 + 5 * Normal(0, 1)"`.
function Population:_fill(name, text)
  for read in text:gmatch "[%a_][%w_]*" do self._seen[read] = true end
  local back = require "lunapse.language.back"
  local v = self._compiled.variables_by_name[name]
  if v.scope == "uniform" and v.kind == "parameter" then
    self._scopes[name] = "elem"
    self:_rebuild()
  end
  local net = self._net
  net._draws = net._draws + 1
  local made = model.guard(back.fill, self._model.checked, instance.named(self._compiled, self.name), name, text, net._draws)
  local program = require("lunapse.core.kernel").program(made, net._precision)
  local arrays, resolve = {}, resolver(self)
  for k, slot in ipairs(made.slots) do arrays[k] = resolve(slot) end
  net._core:run_bound(instance.bound(net, program, arrays, self.size, nil, self._object), net._core:time())
  engine.touch(self._arrays[name])
end

function Population:__index(key)
  local method = Population[key]
  if method ~= nil then return method end
  if type(key) ~= "string" or key:sub(1, 1) == "_" then return nil end
  local fixed = rawget(self, "_fixed")[key]
  if fixed ~= nil then return fixed end
  local compiled = rawget(self, "_compiled")
  local v = compiled and compiled.variables_by_name[key]
  if v and v.kind ~= "derived" then
    rawget(self, "_seen")[key] = true
    local a = rawget(self, "_arrays")[key]
    if v.scope == "uniform" then return a[1] end
    return a
  end
  if key == "r" and rawget(self, "_rate_window") then return self._arrays.r end
  return options.fail(("population '%s': %s"):format(self.name, options.unknown("variable", key, variable_names(self))))
end

function Population:__newindex(key, value)
  if type(key) == "string" and key:sub(1, 1) == "_" then return rawset(self, key, value) end
  return set(self, key, value)
end

function Population:__len() return self.size end

--- Neurons first .. last as an end of projections or a window on variables.
---@param first integer
---@param last integer
---@return PopulationView
function Population:slice(first, last)
  local name = ("slice of population '%s'"):format(self.name)
  first = options.whole(name, "first", first, 1, self.size)
  last = options.whole(name, "last", last, first, self.size)
  return setmetatable({ _population = self, _first = first, size = last - first + 1, name = ("%s[%d..%d]"):format(self.name, first, last) }, View)
end

--- Any selection of neurons, by their numbers.
---@param numbers integer[]|array
---@return PopulationView
function Population:select(numbers)
  local index, seen, name = {}, {}, ("select of population '%s'"):format(self.name)
  if type(numbers) ~= "table" and type(numbers) ~= "userdata" then options.fail(("%s: a list of neurons expected, got %s"):format(name, options.show(numbers))) end
  for k = 1, #numbers do
    local i = options.whole(name, ("neuron %d of the list"):format(k), numbers[k], 1, self.size)
    if seen[i] then options.fail(("%s: neuron %d is named twice"):format(name, i)) end
    seen[i], index[k] = true, i
  end
  return setmetatable({ _population = self, _index = index, size = #index, name = ("%s[%d neurons]"):format(self.name, #index) }, View)
end

--- A part of the part; neurons are counted within it.
---@param first integer
---@param last integer
---@return PopulationView
function View:slice(first, last)
  first = options.whole("slice of " .. self.name, "first", first, 1, self.size)
  last = options.whole("slice of " .. self.name, "last", last, first, self.size)
  if not self._index then return self._population:slice(self._first + first - 1, self._first + last - 1) end
  return self._population:select(table.move(self._index, first, last, 1, {}))
end

--- Any selection within the part.
---@param numbers integer[]|array
---@return PopulationView
function View:select(numbers)
  local index = {}
  for k = 1, #numbers do
    local i = options.whole("select of " .. self.name, ("neuron %d of the list"):format(k), numbers[k], 1, self.size)
    index[k] = self._index and self._index[i] or self._first + i - 1
  end
  return self._population:select(index)
end

function View:__index(key)
  if View[key] ~= nil then return View[key] end
  local value = self._population[key]
  if type(value) == "function" and key:sub(1, 1) ~= "_" then
    options.fail(("%s is a part of population '%s': call %s on the whole population"):format(self.name, self._population.name, key))
  end
  if type(value) ~= "userdata" then return value end
  if self._index then return value:take(self._index) end
  return value:slice(self._first, self._first + self.size - 1)
end

function View:__newindex(key, value)
  local p = self._population
  local current = p[key]
  if type(current) == "number" then      -- one value for all so far: give every neuron its own
    p[key] = array.full(current, p.size)
    current = p[key]
  end
  if type(value) == "string" then        -- texts fill all neurons: the others get back what they had
    local before = current:copy()
    p[key] = value
    value = self[key]:copy()
    p[key] = before
  end
  local part = self._index and current:take(self._index) or current:slice(self._first, self._first + self.size - 1)
  instance.assign(where(p, key), p._net, p._object, part, value)
  if self._index then current:put(self._index, part) end
end

function View:__len() return self.size end
function View:__tostring() return ("neurons of population '%s': %s"):format(self._population.name, self.name) end

--- Which neurons a view means, for projections: { first =, n = } or { index = }.
function View:_selection() return self._index and { index = self._index } or { first = self._first, n = self.size } end
function Population:_selection() return { first = 1, n = self.size } end

--- How many values a variable of this scope has.
function Population:_count(scope) return scope == "uniform" and 1 or self.size end
function Population:_resolver() return resolver(self) end

function Population:_fill_hidden(v, a)
  if v.name == "N" then a:fill(self.size)
  else a:fill(v.init or 0) end
end

--- Parameters that must live per neuron from now on.
function Population:_widen(scopes)
  for name in pairs(scopes) do self._scopes[name] = "elem" end
  self:_rebuild()
end

--- A parameter that synapses or operations write is no constant.
function Population:_mark_written(name)
  local v = self._compiled.variables_by_name[name]
  if v and v.kind == "parameter" and not self._written[name] then
    self._written[name] = true
    self:_rebuild()
  end
end

-- ---- what users call ----

--- Run an equation text on all neurons every `every` ms, compiled like the model's own: `pop:run_regularly("v = -65", { every = 100 })`.
--- It acts at the end of the steps that end at multiples of the period, or with `when = "start"` at the start of those that begin there.
---@param text string
---@param opt { every: number, when?: "start"|"end", offset?: number }
---@return Operation
function Population:run_regularly(text, opt)
  if not self._model then options.fail(("run_regularly: population '%s' has no variables"):format(self.name)) end
  return require("lunapse.network.operation").run_regularly(self, text, opt)
end

--- Count spikes over a sliding window; the rate in Hz is then the variable `r`. The window is whole from the start: r is small at first.
---@param window number  ms
---@return Population
function Population:compute_rate(window)
  local dt, name = self._net:dt_of(self._clock), ("compute_rate of population '%s'"):format(self.name)
  options.number(name, "window", window, dt, math.huge)
  if window > 1e9 * dt then options.fail(("%s: window must be at most %g ms, got %g"):format(name, 1e9 * dt, window)) end
  if not self:_has_spikes() then options.fail(("compute_rate: population '%s' emits no spikes"):format(self.name)) end
  local own = self._compiled.variables_by_name.r
  if own and own.kind ~= "hidden" then options.fail(("compute_rate: population '%s' has a variable r of its own"):format(self.name)) end
  self._arrays.r = self._arrays.r or array.new(self._net._precision, self.size)
  self._core:count_rate(self._arrays.r, window)
  self._rate_window = window
  return self
end

--- Set a variable from a stream at every step. It is no constant then, as everything that is written; more than one channel makes it one for each.
function Population:_drive(name, stream)
  self:_mark_written(name)
  local v = self._compiled.variables_by_name[name]
  if v.scope == "uniform" and stream.channels ~= 1 then
    if v.kind ~= "parameter" then options.fail(where(self, name) .. " is one value for the whole population: a drive of one channel expected") end
    set(self, name, array.full(self[name], self.size))
  end
  self._core:add_drive(stream, self._arrays[name], where(self, name))
  self._driven[name] = true
end

function Population:_has_spikes() return self._kind ~= "neurons" or self._model.checked.spike ~= nil end

--- Rates of Poisson neurons are an array that the engine follows: one number for all until somebody gives one each.
function Population:_set_rates(value)
  local v, name = self._compiled.variables_by_name.rates, where(self, "rates")
  local is_one = type(value) == "number"
  local a = instance.new_array({ scope = is_one and v.scope or "elem", type = "real" }, self.size, self._net._precision)
  if is_one then options.number(("population '%s'"):format(self.name), "rates", value, 0, math.huge) end
  instance.assign(name, self._net, self._object, a, value)
  if a:min() < 0 then options.fail(("population '%s': rates must be at least 0, got %g"):format(self.name, a:min())) end
  local before = self._arrays.rates
  if before and #before == #a then return before:assign(a) end
  v.scope = #a == 1 and v.scope or "elem"
  self._arrays.rates = a
  self._core:set_rates(a, name)
  if not before then return end
  self._core:move_drives(before, a)
  self._net:_array_replaced(("population '%s'"):format(self.name), "rates", before, a)
  self._net:_population_changed(self)
end

--- Numbers of the neurons that spiked in the last step.
---@return array
function Population:spikes() return self._core:spikes() end

--- Replace the spikes of a spike source: neuron numbers and times in ms, in any order.
---@param neurons integer[]|array
---@param times number[]|array
---@param period? number  ms; repeat the spikes for ever
function Population:set_spikes(neurons, times, period)
  if self._kind ~= "source" then options.fail(("set_spikes: population '%s' is no spike source"):format(self.name)) end
  local ok, message = pcall(self._core.set_spikes, self._core, neurons, times, period)
  if not ok then options.fail(("population '%s': %s"):format(self.name, message:gsub("%-?%f[%w]nan%f[%W]", "NaN"))) end
end

--- Put every variable back to its initial value. Parameters keep theirs.
function Population:reset()
  if not self._model then return end
  for _, v in ipairs(self._compiled.variables) do
    if v.kind ~= "parameter" and v.kind ~= "derived" then self:_fill_hidden(v, self._arrays[v.name]) end
  end
  local resolve = resolver(self)
  for k, entry in ipairs(self._compiled.programs) do
    if entry.role == "init" and self._compiled.variables_by_name[entry.var].kind ~= "parameter" then
      self._net._core:run_bound(instance.bind(self._net, self._made, k, resolve, self.size, nil, self._object), self._net._core:time())
    end
  end
end

function Population:__tostring() return require("lunapse.tell.printing").population(self, variable_names(self)) end

--- Names of variables and methods, for completion at the prompt.
function Population:__complete()
  local names = variable_names(self)
  for name in pairs(Population) do
    if name:sub(1, 1) ~= "_" then names[#names + 1] = name end
  end
  return names
end

local function base(net, name, size, clock, kind)
  local core, object = net._core, net._core:new_object()
  local self = {
    _fixed = { name = name, size = size }, _net = net, _clock = clock, _object = object, _kind = kind, _core = core:population(size, clock, object),
    _arrays = {}, _initialised = {}, _scopes = {}, _values = {}, _written = {}, _seen = {}, _driven = {}, _derived = {}, _watched = {},
    _compiled = { variables = {}, variables_by_name = {}, programs = {}, needs = {}, targets = {}, kind = "neuron", name = name },
  }
  self._population = self
  return setmetatable(self, Population)
end

local function is_one(value) return type(value) == "number" or type(value) == "boolean" end

--- Neurons of a model.
function population.neurons(net, name, size, clock, neuron, parameters, refs)
  local self = base(net, name, size, clock, "neurons")
  self._model = neuron
  local values = {}
  for key, value in pairs(neuron.values) do values[key] = value end
  for key, value in pairs(parameters or {}) do
    if not neuron.checked.parameters_by_name[key] then
      local names = {}
      for _, p in ipairs(neuron.checked.parameters) do names[#names + 1] = p.name end
      options.fail(("population '%s': %s"):format(name, options.unknown("parameter", tostring(key), names)))
    end
    values[key] = value
  end
  self._values = values
  for key, value in pairs(values) do
    if not is_one(value) then self._scopes[key] = "elem" end
  end
  net:_resolve_refs(self, refs)
  compile(self)
  initialise(self, false)
  bind(self)
  return self
end

--- Poisson neurons with given rates in Hz.
function population.poisson(net, name, size, clock, rates)
  local self = base(net, name, size, clock, "poisson")
  local v = { name = "rates", kind = "parameter", scope = "uniform", type = "real" }
  self._compiled.variables[1], self._compiled.variables_by_name.rates = v, v
  self:_set_rates(rates)
  return self
end

--- Neurons that emit given spikes.
function population.source(net, name, size, clock, neurons, times, period)
  local self = base(net, name, size, clock, "source")
  self:set_spikes(neurons, times, period)
  return self
end

--- Is `x` a population or a view of one?
---@param x any
---@return boolean
function population.is(x) return getmetatable(x) == Population or getmetatable(x) == View end

population.class = Population
return population
