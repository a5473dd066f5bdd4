--- Poisson input, background noise: the sum of many independent Poisson sources that need no neurons. In every step each neuron gets `weight` times a number of
--- spikes, drawn exactly from the Poisson distribution with mean n * rate * dt / 1000.
---
--- It is an object with a model like any other, compiled for its use, whose one foreign variable, x, is the input of the population that it goes to. Its kernels
--- are an operation of the engine that acts at the start of every step, so what it adds is there with the spikes that arrive in the step.
local array = require "lunapse.core.array"
local computed = require "lunapse.network.computed"
local drive = require "lunapse.network.drive"
local model = require "lunapse.network.model"
local object = require "lunapse.network.object"
local options = require "lunapse.options"
local planned = require "lunapse.network.planned"
local population = require "lunapse.network.population"
local values = require "lunapse.network.values"

--- Input from many Poisson sources; made by net:poisson_input. Its fields are live arrays with a value for each neuron, which may be set at any time: to one number, a
--- list, an array, or a distribution, or element by element.
---@class PoissonInput
---@field rate array    Hz, of each source
---@field n array       how many sources each neuron has
---@field weight array  what one spike adds
---@field events array  spikes of the last step, before they are weighted (read only)
---@field name string
---@field to Population|PopulationView
---@field target string        the variable that it is added to
---@field size integer         neurons that get it
local PoissonInput = object.class(object.base, "poisson input", {
  _population = { "given", "the population, or that of the view, that it goes to" },
  _first = { "given", "the first of its neurons" },
  _last = { "given", "the last one" },
  _index = { "given", "their numbers, where they are any selection" },
  _places = { "made", "for each neuron of the population its place in compact arrays" },
  _is_set = { "given", "its rate is no constant: a source sets it, or did in the script that the network of a file is from" },
  _wide = { "made", "of compact arrays: what kernels read, with a value for each neuron of the population" },
})

PoissonInput._words = { elements = "Poisson input" }

local poisson_input = { methods = {} }

local EQUATIONS = "events = Poisson(n * rate * dt / 1000) : local\nx = x + weight * events"

--- The model: of all inputs whose rates are numbers, or of one whose rate is an equation text.
local usual
local function model_of(rate)
  if type(rate) == "string" then
    return model.neuron { name = "PoissonInput", parameters = { n = 1, weight = 1 }, equations = "rate = " .. rate .. " : local\n" .. EQUATIONS }
  end
  usual = usual or model.neuron { name = "PoissonInput", parameters = { rate = 0, n = 1, weight = 1 }, equations = EQUATIONS }
  return usual
end

-- ---- elements ----

--- Arrays have an element for each neuron of the population; the loop goes from the first to the last neuron that gets the input. Where these are any
--- selection, users see compact arrays, from which wide ones are filled before each step; neurons in between then have 0 sources.

local function is_compact(self, v) return self._index ~= nil and v.scope ~= "uniform" and v.kind == "parameter" end

local function has_all(self) return self._net._is_plan or not self._index and self.size == self._population.size end

--- The part of an array with a value for each neuron that users know: the array itself where that is all of it.
local function part_of(self, a)
  if has_all(self) then return a end
  return self._index and a:slice(1, self.size) or a:slice(self._first, self._last)
end

--- An array as it is recorded and driven; `_places_of` says which of its elements count.
function PoissonInput:_array(name)
  local a = self._arrays[name]
  if self._compiled.variables_by_name[name].scope == "uniform" or (self._index and not self._wide[name]) then return a end
  return part_of(self, a)
end

function PoissonInput:_places_of(name, numbers)
  if not self._index or self._wide[name] or self._compiled.variables_by_name[name].scope == "uniform" then return numbers end
  return numbers and self._index:take(numbers) or self._index
end

--- Places of the neurons of a selection in compact arrays; all others find the 0 at their end.
local function places_of(self)
  local places = array.full(self.size + 1, self._population.size, nil, "int64")
  for k = 1, self.size do places[self._index[k]] = k end
  return places
end

-- ---- as an object ----

--- Its target is a variable of the population, and none of its own.
function PoissonInput:_is_shown(v) return v.name ~= "x" and object.base._is_shown(self, v) end

function PoissonInput:_variable(name)
  local v = self._compiled.variables_by_name[name]
  return v and self:_is_shown(v) and v or nil
end

function PoissonInput:_known_names() return { "name", "size", "target", "to", table.unpack(self:_variable_names()) } end

function PoissonInput:_count(scope) return scope == "uniform" and 1 or self._population:_count(scope) end

function PoissonInput:_n_elements(scope) return scope == "uniform" and 1 or self.size end

function PoissonInput:_elements(entry) return self._first, entry.over == "uniform" and 0 or self._last - self._first + 1 end

function PoissonInput:_add_use(use, key)
  local written = {}          -- what is driven, or filled from compact arrays, before each step is no constant
  for name in pairs(self._index and self._scopes or {}) do written[#written + 1] = name end
  if self._is_set and not (self._index and self._scopes.rate) then written[#written + 1] = "rate" end
  table.sort(written)
  use.written, key.written = written, written
end

function PoissonInput:_resolve(slot)
  if slot.owner == "self" and slot.var == "x" then return self._population:_array(self.target) end
  if slot.owner == "self" and self._wide[slot.var] then return self._wide[slot.var] end
  return object.base._resolve(self, slot)
end

--- New arrays for variables whose scope has changed. Where one value becomes one for each neuron it stays.
function PoissonInput:_follow()
  local precision = self._net._precision
  for _, v in ipairs(self._compiled.variables) do
    local before = self._arrays[v.name]
    if v.name ~= "x" and v.scope ~= self._scope_now[v.name] then
      local a = values.new_array(v, self:_count(v.scope), precision)
      self._wide[v.name] = nil
      a:fill(before and before[1] or v.init or 0)
      if is_compact(self, v) then
        local compact = values.new_array(v, self.size + 1, precision)
        compact:slice(1, self.size):fill(a[1])
        self._wide[v.name], a = a, compact
      end
      self._arrays[v.name], self._scope_now[v.name] = a, v.scope
      if before then self:_replaced(v.name, before, self:_array(v.name)) end
    end
  end
end

function PoissonInput:_fit_arrays() self:_follow() end

--- Initial values are set by whoever makes it.
function PoissonInput:_initialise() end

function PoissonInput:_bind_program(k)
  local bound = object.base._bind_program(self, k)
  for name, wide in pairs(self._wide) do bound:gather(self._arrays[name], wide, self._places) end
  return bound
end

function PoissonInput:_set_kernels(lists)
  if self._core then return self._core:set_kernels(lists.update) end
  self._core = self._net._core:operation { clock = self._clock, every = 0, at_start = true, kernels = lists.update, population = self._population._core }
end

function PoissonInput:_watch()
  self._watched = { self._arrays.events }
  self._net._core:watch(self._arrays.events, self:_where "events")
end

-- ---- values ----

function PoissonInput:_edit(scope, a, change) change(scope == "uniform" and a or part_of(self, a)) end

function PoissonInput:_reading(v)
  if v.scope == "uniform" or has_all(self) then return nil end
  return function()
    local a = self:_array(v.name)
    return self._index and not self._wide[v.name] and a:take(self._index) or a:copy()
  end
end

function PoissonInput:_write_elements(name, copy)
  self:_edit("elem", self._arrays[name], function(each) each:assign(copy) end)
end

function PoissonInput:_least(name) return name ~= "weight" and 0 or nil end

--- Its texts are those of its model.
function PoissonInput:_takes_texts() return false end

--- Does its rate change by itself?
function PoissonInput:_varies() return self._driven.rate or not self._model.checked.parameters_by_name.rate end

--- Let a source of rows set the rate.
local function set_by_source(self, source)
  local stream = drive.open(source, self._net, self._clock, self.size, self:_where "rate")
  self._driven.rate, self._is_set = true, true
  if stream.channels ~= 1 then self:_set_scope("rate", "elem") end
  self:_rebuild()
  if not self._net._is_plan then self._population._core:add_drive(stream, self:_array "rate", self:_where "rate") end
end

function PoissonInput:__tostring() return require("lunapse.tell.printing").poisson_input(self) end

--- Take it out of the network, for good: see net:remove.
function PoissonInput:remove() self._net:remove(self) end

--- Leave the engine.
function PoissonInput:_detach()
  if self._driven.rate then self._population._core:remove_drive(self._arrays.rate) end
  object.base._detach(self)
end

-- ---- making ----

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
  local why = computed.refusal(pop, opt.variable)
  if why then options.fail(("%s, %s %s; add the input to what it is computed from"):format(title, opt.variable, why)) end
  if not v or v.kind == "hidden" or v.kind == "derived" or v.type ~= "real" then
    options.fail(("%s: %s"):format(title, options.unknown("variable", opt.variable, pop:_variable_names())))
  end
  pop:_mark_written(opt.variable, true)
  if pop._compiled.variables_by_name[opt.variable].scope == "uniform" then
    options.fail(("%s: %s is one value for the whole population"):format(title, opt.variable))
  end
  return opt.variable
end

--- Let the rate be no constant, as if a source set it: that of a network in a file was set by one.
function PoissonInput:_let_be_set()
  self._is_set = true
  self:_rebuild()
end

--- What net:poisson_input does, once its options are checked.
---@param net Network
---@param name string
---@param opt table
---@return PoissonInput
local function new(net, name, opt)
  local pop = opt.to:_whole()
  if not pop._model then options.fail(("net:poisson_input: population '%s' has no variables"):format(pop.name)) end
  local target, selection = target_of(pop, opt), opt.to:_selection()
  if net._is_plan then selection = planned.view end
  local index = selection.index and array.from(selection.index, "int64")
  local self = object.new(PoissonInput, net, { name = name, to = opt.to, target = target, size = opt.to.size }, pop._clock, {
    _population = pop, _index = index, _first = selection.first or index:min(), _last = selection.first and selection.first + selection.n - 1 or index:max(),
    _wide = {},
  })
  local is_text, is_source = type(opt.rate) == "string", drive.is_source(opt.rate)
  self._model = model_of(opt.rate)
  if index then
    self._places = places_of(self)
    self:_set_scope("n", "elem")
  end
  self:_rebuild()
  self.n, self.weight = opt.n or 1, opt.weight or 1
  if is_source then set_by_source(self, opt.rate) elseif not is_text then self.rate = opt.rate end
  return self
end

---@class Network
local Network = poisson_input.methods

--- Add Poisson input, background noise: the sum of `n` independent Poisson sources of `rate` Hz for each neuron of `to`, without neurons of their own. In every step
--- `weight` times a number of spikes, drawn exactly (mean n * rate * dt / 1000, several in a step included), is added to g_TARGET, as spikes that arrive in that
--- step would, or to `variable`. `rate`, `n` and `weight` are a number, one for each neuron, or a distribution; they are fields that may be set at any time. The rate
--- may also be an equation text (`"if t < 200: 8 else: 20"`) or a timed array. `events` holds the spikes of the last step.
---@param opt { to: Population|PopulationView, target?: string, variable?: string, rate: number|number[]|array|Distribution|string|Source, n?: number|number[]|array|Distribution, weight?: number|number[]|array|Distribution, name?: string }  n and weight: 1 unless given
---@return PoissonInput
--- Example: net:poisson_input { to = E, target = "exc", rate = 8, n = 1000, weight = 0.1 }.
function Network:poisson_input(opt)
  options.colon(self, "network", "net:poisson_input")
  local one_or_each = "number|table|userdata"
  options.check("net:poisson_input", opt, { to = "table", target = "string", variable = "string", rate = one_or_each .. "|string", n = one_or_each,
    weight = one_or_each, name = "string" }, { "to", "rate" })
  if not population.is(opt.to) then options.fail "net:poisson_input: option 'to' must be a population" end
  if opt.to:_whole()._net ~= self then options.fail "net:poisson_input: option 'to' belongs to another network" end
  return self:_add(self.inputs, new, self, self:_new_name(self.inputs, "input", opt.name), opt)
end

--- Is `x` a Poisson input?
---@param x any
---@return boolean
function poisson_input.is(x)
  local class = getmetatable(x)
  return type(class) == "table" and class._noun == "poisson input"
end

poisson_input.class = PoissonInput
return poisson_input
