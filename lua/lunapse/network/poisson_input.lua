--- Poisson input, background noise: the sum of many independent Poisson sources that need no neurons. In every step each neuron gets `weight` times a number of
--- spikes, drawn exactly from the Poisson distribution with mean n * rate * dt / 1000.
---
--- It is a model like any other, compiled for its use, whose one variable is the input of the population that it goes to. Its kernels are an operation of the
--- engine that acts at the start of every step, so what it adds is there with the spikes that arrive in the step.
local array = require "lunapse.core.array"
local drive = require "lunapse.network.drive"
local instance = require "lunapse.network.compiled"
local model = require "lunapse.network.model"
local options = require "lunapse.options"

--- Input from many Poisson sources; made by net:poisson_input. Its fields may be set at any time: one number, a list, an array, or a distribution.
---@class PoissonInput
---@field rate number|array    Hz, of each source
---@field n number|array       how many sources each neuron has
---@field weight number|array  what one spike adds
---@field events array         [size] spikes of the last step, before they are weighted (read only)
---@field name string
---@field to Population|PopulationView
---@field target string        the variable that it is added to
---@field size integer         neurons that get it
local PoissonInput = {}

local poisson_input = {}

local EQUATIONS = "events = Poisson(n * rate * dt / 1000) : local\nx = x + weight * events"
local settable = { rate = true, n = true, weight = true }

--- The model: of all inputs whose rates are numbers, or of one whose rate is an equation text.
local usual
local function model_of(rate)
  if type(rate) == "string" then
    return model.neuron { name = "PoissonInput", parameters = { n = 1, weight = 1 }, equations = "rate = " .. rate .. " : local\n" .. EQUATIONS }
  end
  usual = usual or model.neuron { name = "PoissonInput", parameters = { rate = 0, n = 1, weight = 1 }, equations = EQUATIONS }
  return usual
end

local function where(self, name) return ("poisson input '%s', %s"):format(self._fixed.name, name) end

-- ---- elements ----

--- Arrays have an element for each neuron of the population; the loop goes from the first to the last neuron that gets the input. Where these are any
--- selection, users see compact arrays, from which the wide ones are filled before each step; neurons in between then have 0 sources.

--- What users see of a variable: a number, or an array of one value for each of their neurons.
local function seen(self, name)
  local a, compact = self._arrays[name], self._compact[name]
  if self._compiled.variables_by_name[name].scope == "uniform" then return a[1] end
  if compact then return compact:slice(1, self.size) end
  if self._index then return a:take(self._index) end
  return a:slice(self._first, self._first + self.size - 1)
end

--- An array as it is recorded and driven, and the places of its elements that count (nil: all).
local function column(self, name)
  if self._compiled.variables_by_name[name].scope == "uniform" then return self._arrays[name] end
  if self._index and not self._compact[name] then return self._arrays[name], self._index end
  return seen(self, name)
end

--- Places of the neurons of a selection in the compact arrays; all others find the 0 at their end.
local function places_of(self)
  local places = array.full(self.size + 1, self._population.size, nil, "int64")
  for k = 1, self.size do places[self._index[k]] = k end
  return places
end

-- ---- compiling and binding ----

local function compile(self)
  local net, written = self._net, {}
  for name in pairs(self._written) do written[#written + 1] = name end
  table.sort(written)
  local use = { name = "PoissonInput", param_scopes = self._scopes, written = written, method = net._method, refs = {}, precision = net._precision }
  self._made = instance.compile(self._model.checked, use, { scopes = self._scopes, written = written, method = net._method },
    { precision = net._precision, math = net._math })
  self._compiled = self._made.compiled
end

--- New arrays for variables that have become one for each neuron; values stay.
local function follow(self)
  local size, scope_now = self._population.size, self._scope_now
  for _, v in ipairs(self._compiled.variables) do
    local before = self._arrays[v.name]
    if v.name ~= "x" and v.scope ~= scope_now[v.name] then
      local a = instance.new_array(v, size, self._net._precision)
      a:fill(before and before[1] or v.init or 0)
      self._arrays[v.name], scope_now[v.name] = a, v.scope
      if self._index and v.scope ~= "uniform" and settable[v.name] and v.kind == "parameter" then
        self._compact[v.name] = array.zeros(self.size + 1):astype(a:type())
        self._compact[v.name]:slice(1, self.size):fill(a[1])
      end
      if before then self._net:_array_replaced(("poisson input '%s'"):format(self.name), v.name, before, column(self, v.name)) end
    end
  end
end

local function bind(self)
  local net, core, kernels = self._net, self._net._core, {}
  for _, token in ipairs(self._derived) do core:forget_derived(token) end
  self._derived = {}
  local function resolve(slot)
    if slot.owner == "clock" then return core:dt_array(self._clock) end
    if slot.var == "x" then return self._population:_array(self.target) end
    return self._arrays[slot.var]
  end
  for k, entry in ipairs(self._compiled.programs) do
    if entry.role == "derive" or entry.role == "update" then
      local n = entry.over == "uniform" and 0 or self._last - self._first + 1
      local bound = instance.bind(net, self._made, k, resolve, n, nil, self._object, self._first)
      if entry.role == "derive" then
        self._derived[#self._derived + 1] = core:derived(bound)
      else
        for name, compact in pairs(self._compact) do bound:gather(compact, self._arrays[name], self._places) end
        kernels[#kernels + 1] = bound
      end
    end
  end
  return kernels
end

--- Compile and bind anew: a value has become one for each neuron, or the arrays of the population have changed.
function PoissonInput:_rebuild()
  compile(self)
  follow(self)
  local kernels = bind(self)
  if self._core then
    self._core:set_kernels(kernels)
  else
    self._core = self._net._core:operation { clock = self._clock, every = 0, at_start = true, kernels = kernels }
  end
end

-- ---- values ----

--- Let a variable have a value for each neuron from now on.
local function widen(self, name)
  if self._compiled and self._compiled.variables_by_name[name].scope ~= "uniform" then return end
  self._scopes[name] = "elem"
  if self._index then self._written[name] = true end      -- what is filled before each step is no constant
  if self._compiled then self:_rebuild() end
end

local function set(self, name, value)
  if not settable[name] then options.fail(where(self, name) .. " cannot be set") end
  if self._set_by[name] then options.fail(("%s is %s at every step"):format(where(self, name), self._set_by[name])) end
  local probe = array.zeros(self.size)
  instance.assign(where(self, name), self._net, self._object, probe, value)      -- a bad value changes nothing
  if name ~= "weight" and probe:min() < 0 then options.fail(("%s must be at least 0, got %g"):format(where(self, name), probe:min())) end
  if type(value) ~= "number" then widen(self, name) end
  if self._compiled.variables_by_name[name].scope == "uniform" then
    self._arrays[name]:fill(value)
  else
    column(self, name):assign(probe)
  end
end

--- Let a source of rows set the rate.
local function set_by_source(self, source)
  local stream = drive.open(source, self._net, self._clock, self.size, where(self, "rate"))
  self._written.rate = true
  widen(self, "rate")
  self._population._core:add_drive(stream, (column(self, "rate")), where(self, "rate"))
  self._set_by.rate = "set by its drive"
end

function PoissonInput:__index(key)
  local method = PoissonInput[key]
  if method ~= nil or type(key) ~= "string" or key:sub(1, 1) == "_" then return method end
  local fixed = rawget(self, "_fixed")[key]
  if fixed ~= nil then return fixed end
  if settable[key] or key == "events" then return seen(self, key) end
  return options.fail(("poisson input '%s': %s"):format(self.name, options.unknown("field", key, self:__complete())))
end

function PoissonInput:__newindex(key, value)
  if type(key) == "string" and key:sub(1, 1) == "_" then return rawset(self, key, value) end
  return set(self, key, value)
end

function PoissonInput:__len() return self.size end
function PoissonInput:__complete() return { "rate", "n", "weight", "events", "name", "to", "target", "size", "remove" } end
function PoissonInput:__tostring() return require("lunapse.tell.printing").poisson_input(self) end

--- Take it out of the network, for good.
function PoissonInput:remove()
  if not self._core then return end
  self._core:remove()
  for _, token in ipairs(self._derived) do self._net._core:forget_derived(token) end
  self._net._core:forget_watch(self._arrays.events)
  self._core, self._derived = nil, {}
  local list = self._net.inputs
  list[self.name] = nil
  for k, input in ipairs(list) do
    if input == self then return table.remove(list, k) and nil end
  end
end

--- Columns of a recording: { name =, array = }, the places in them, and what they are in words. `of`: numbers of the input's neurons.
function PoissonInput:_columns(names, of)
  local what = ("poisson input '%s'"):format(self.name)
  local columns, places = {}, nil
  for k, name in ipairs(names) do
    if not settable[name] and name ~= "events" then
      options.fail(("net:record: %s: %s"):format(what, options.unknown("variable", tostring(name), { "events", "n", "rate", "weight" })))
    end
    local a, index = column(self, name)
    local n = index and #index or #a
    if of and n ~= self.size then options.fail(("net:record: %s, %s is one value for all: option 'of' does not apply"):format(what, name)) end
    if k > 1 and (#a ~= #columns[1].array or (index == nil) ~= (places == nil)) then
      options.fail(("net:record: %s: record %s and %s separately"):format(what, names[1], name))
    end
    columns[k], places = { name = name, array = a }, index
  end
  if of then places = places and places:take(of) or of end
  return columns, places, what
end

-- ---- making ----

--- Is the variable computed anew at every step, without regard to what it was?
local function is_assigned(checked, name)
  for _, statement in ipairs(checked.equations or {}) do
    if statement.target.name == name and statement.kind ~= "ode" and statement.op == "=" then
      local reads = false
      require("lunapse.language.base.tree").each(statement.rhs, function(n) reads = reads or n.kind == "name" and not n.base and n.name == name end)
      return not reads
    end
  end
  return false
end

--- The variable that the input is added to.
local function target_of(pop, opt)
  if (opt.target == nil) == (opt.variable == nil) then
    options.fail "net:poisson_input: either 'target' (the conductance that spikes with this target change) or 'variable' must say what it is added to"
  end
  local compiled, title = pop._compiled, ("net:poisson_input: population '%s'"):format(pop.name)
  if opt.target then
    local target, known = compiled.targets[opt.target], {}
    for name in pairs(compiled.targets) do known[#known + 1] = name end
    if not target then options.fail(("%s: %s"):format(title, options.unknown("target", opt.target, known))) end
    if not target.g then
      options.fail(("%s reads sum(%s), which is made of rates; spikes are added to a conductance g_%s, or to a variable (option 'variable')"):format(title, opt.target,
        opt.target))
    end
    return target.g
  end
  local v = compiled.variables_by_name[opt.variable]
  if not v or v.kind == "hidden" or v.kind == "derived" or v.type ~= "real" then
    options.fail(("%s: %s"):format(title, options.unknown("variable", opt.variable, pop:_known_names())))
  end
  if is_assigned(pop._model.checked, opt.variable) then
    options.fail(("%s: its equations compute %s anew at every step, so an input to it would be lost; add it to what they read"):format(title, opt.variable))
  end
  pop:_mark_written(opt.variable)
  if compiled.variables_by_name[opt.variable].scope == "uniform" and pop._compiled.variables_by_name[opt.variable].scope == "uniform" then
    options.fail(("%s: %s is one value for the whole population"):format(title, opt.variable))
  end
  return opt.variable
end

--- What net:poisson_input does, once its options are checked.
---@param net Network
---@param name string
---@param opt table
---@return PoissonInput
function poisson_input.new(net, name, opt)
  local pop = opt.to._population
  if not pop._model then options.fail(("net:poisson_input: population '%s' has no variables"):format(pop.name)) end
  local target, selection = target_of(pop, opt), opt.to:_selection()
  local index = selection.index and array.from(selection.index, "int64")
  local self = setmetatable({ _fixed = { name = name, to = opt.to, target = target, size = opt.to.size }, _net = net, _population = pop, _clock = pop._clock,
    _object = net._core:new_object(), _index = index, _first = selection.first or index:min(), _last = selection.first and selection.first + selection.n - 1 or index:max(),
    _scopes = {}, _scope_now = {}, _written = {}, _set_by = {}, _arrays = {}, _compact = {}, _derived = {} }, PoissonInput)
  local is_text, is_source = type(opt.rate) == "string", drive.is_source(opt.rate)
  self._model = model_of(is_text and opt.rate or nil)
  if is_text then self._set_by.rate = "computed by its equation" end
  if index then
    self._places = places_of(self)
    widen(self, "n")
  end
  self:_rebuild()
  local ok, message = pcall(function()
    set(self, "n", opt.n or 1)
    set(self, "weight", opt.weight or 1)
    if is_source then set_by_source(self, opt.rate) elseif not is_text then set(self, "rate", opt.rate) end
  end)
  if not ok then
    self._core:remove()
    for _, token in ipairs(self._derived) do net._core:forget_derived(token) end
    error(message, 0)
  end
  net._core:watch(self._arrays.events, where(self, "events"))
  return self
end

--- The inputs of a population follow its arrays.
---@param pop Population
function poisson_input.rebind(pop)
  for _, input in ipairs(pop._net.inputs) do
    if input._population == pop then input:_rebuild() end
  end
end

--- Is `x` a Poisson input?
---@param x any
---@return boolean
function poisson_input.is(x) return getmetatable(x) == PoissonInput end

poisson_input.class = PoissonInput
return poisson_input
