--- Populations: neurons of one model. (Sources of spikes are populations too: lua/lunapse/network/source.lua.)
local array = require "lunapse.core.array"
local compiled = require "lunapse.network.compiled"
local object = require "lunapse.network.object"
local live = require "lunapse.network.live"
local operation = require "lunapse.network.operation"
local options = require "lunapse.options"
local planned = require "lunapse.network.planned"
local values = require "lunapse.network.values"
local view = require "lunapse.network.view"

--- Neurons of one model, or sources of spikes. Its variables and parameters are its fields: `pop.v` is a live array, `pop.tau = 20` sets a value,
--- one each with a list or an array, drawn with a distribution, computed with an equation text.
---@class Population
---@field name string
---@field size integer
---@field [string] any   variables and parameters: live arrays, or numbers where the model says ': population'
local Population = object.class(object.base, "population", {
  _written = { "made", "parameters that synapses or operations write: no constants" },
  _seen = { "scratch", "names that the script has read, set or written about: so something reads them" },
  _writers = { "made", "variables that projections write -> who writes each (writers.lua)" },
  _rate_window = { "given", "ms; nil while no rate is counted" },
  _ran_from = { "scratch", "ms: when its first run began, for warnings" },
  _spikes_before = { "scratch", "number of spikes at the end of the last run, for warnings" },
})

--- What is its field besides variables.
Population._named = { name = true, size = true, geometry = true }

local population = {}

--- What it is in a file: "neurons" of a model, or a kind of source.
Population._kind = "neurons"

--- What others say of neurons of this kind. `input` and `code` are there for sources, whose spikes the engine makes.
Population._words = { unit = "neuron" }

-- ---- what it is to others ----

--- The populations that texts on it read.
function Population:_ends() return { self } end

--- Which neurons a view means, for projections: { first =, n = } or { index = }.
function Population:_selection() return { first = 1, n = self.size } end

function Population:_has_spikes() return self._model.checked.spike ~= nil end

--- What its neurons emit: names of kinds of events, and the words for them.
function Population:_events()
  local words = { spike = self:_has_spikes() and "spikes" or nil }
  for _, name in ipairs(self._compiled.events or {}) do words[name] = name == "axon_spike" and "axon spikes" or ("events '%s'"):format(name) end
  return words
end

--- The number by which the engine knows a kind of events: 0 for spikes.
function Population:_number_of_event(name)
  for k, event in ipairs(self._compiled.events or {}) do
    if event == name then return k end
  end
  return 0
end

function Population:_bind()
  for _, name in ipairs(self._compiled.events or {}) do self._core:add_event(name) end
  object.base._bind(self)
end

--- What it consists of, in words.
function Population:_what() return self._words.what or "model " .. self._model.name end

--- Rates in Hz that were given to a source; else nil.
function Population:_given_rates() return nil end

--- Are its silence and its rates what somebody said?
function Population:_is_source() return false end

--- Of Poisson neurons, the highest rate in Hz that they have, or will have by what drives them; else nil.
function Population:_highest_rate() return nil end

--- Names of variables, `r` among them where rates are counted.
function Population:_variable_names()
  local names = object.base._variable_names(self)
  if self._rate_window then names[#names + 1] = "r" end
  return names
end

--- Scopes of the variables: what a compilation that reads them depends on.
function Population:_scopes_key()
  local key = { rate = self._rate_window ~= nil, spikes = self:_has_spikes(), events = self._compiled.events }
  for name, v in pairs(self._compiled.variables_by_name) do
    if v.kind ~= "derived" then key[name] = v.scope .. ":" .. v.type .. (v.constant and ":constant" or "") end
  end
  local checked = self._model and self._model.checked
  for _, statement in ipairs(checked and checked.definitions or {}) do key[statement.target.name .. " :="] = statement.bare end
  if checked and #checked.definitions > 0 and checked.places.functions then key["functions"] = checked.places.functions.text end
  return key
end

-- ---- as an object ----

function Population:_add_use(use, key)
  local written = {}
  for name in pairs(self._written) do written[#written + 1] = name end
  table.sort(written)
  use.written, key.written = written, written
end

--- How many values a variable of this scope has.
function Population:_count(scope) return scope == "uniform" and 1 or self._net._is_plan and planned.size(self.size) or self.size end

function Population:_few() return compiled.few_neurons(self.size) end

--- The array of a variable, made when it is not there yet.
function Population:_array(name)
  if not self._arrays[name] and name == "t_last" then return self._core:t_last() end
  if not self._arrays[name] and name == "N" then self._arrays.N = array.full(self.size, 1, nil, "float64") end
  return object.base._array(self, name)
end

function Population:_variable(name)
  if name == "r" and self._rate_window then return { name = "r", scope = "elem", type = "real", kind = "state" } end
  local v = self._compiled.variables_by_name[name]
  if not v and name == "t_last" and self:_has_spikes() then return { name = "t_last", scope = "elem", type = "time", kind = "hidden" } end
  return v
end

function Population:_fill_hidden(v, a)
  if v.name == "N" then a:fill(self.size) else object.base._fill_hidden(self, v, a) end
end

function Population:_replaced(name, before, after)
  self._core:move_drives(before, after)
  object.base._replaced(self, name, before, after)
end

function Population:_note_use(name) self._seen[name] = true end

function Population:_changed() self._net:_population_changed(self) end

--- A parameter that synapses or operations write is no constant; what synapses write (`is_each`) lives once per neuron, unless the model says that it does not.
function Population:_mark_written(name, is_each)
  local v = self._compiled.variables_by_name[name]
  if not v then return end
  local widens, is_news = is_each and v.scope == "uniform" and self:_may_widen(v), v.kind == "parameter" and not self._written[name]
  local scope = self._scopes[name]
  if is_news then self._written[name] = true end
  if widens then self:_set_scope(name, "elem") end
  if not widens and not is_news then return end
  self:_rebuild_or_undo(function()
    if is_news then self._written[name] = nil end
    self._scopes[name] = scope
  end)
end

-- ---- values ----

function Population:_refusal(name)
  if name == "r" and self._rate_window then return "is counted from spikes and cannot be set" end
  return object.base._refusal(self, name)
end

function Population._readers.r(self)
  return self._rate_window and live.fixed(self._arrays.r:slice(1, self.size), function() return self:_where "r" .. " " .. self:_refusal "r" end, self._arrays.r) or nil
end

-- ---- what users call ----

--- Neurons first .. last as an end of projections or a window on variables.
---@param first integer
---@param last integer
---@return PopulationView
function Population:slice(first, last) return view.checked_slice(self, first, last) end

--- Any selection of neurons, by their numbers.
---@param numbers integer[]|array
---@return PopulationView
function Population:select(numbers) return view.checked_select(self, numbers) end

--- Run an equation text on all neurons every `every` ms, compiled like the model's own: `pop:run_regularly("v = -65", { every = 100 })`.
--- It acts at the end of the steps that end at multiples of the period, or with `when = "start"` at the start of those that begin there.
---@param text string
---@param opt { every: number, when?: "start"|"end", offset?: number }
---@return Operation
function Population:run_regularly(text, opt) return operation.run_regularly(self, text, opt) end

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
  self._arrays.r = self._arrays.r or array.new(self._net._precision, self:_count "elem")
  self._core:count_rate(self._arrays.r, window)
  self._rate_window = window
  return self
end

--- Set a variable from a stream at every step. It is no constant then, as everything that is written; more than one channel makes it one for each.
function Population:_drive(name, stream)
  self:_mark_written(name)
  local v = self._compiled.variables_by_name[name]
  if v.scope == "uniform" and stream.channels ~= 1 then
    if not self:_may_widen(v) then options.fail(self:_where(name) .. " is one value for the whole population: a drive of one channel expected") end
    self:_widen { [name] = "elem" }
  end
  if not self._net._is_plan then self._core:add_drive(stream, self._arrays[name], self:_where(name)) end
  self._driven[name] = true
end

--- Numbers of the neurons that spiked in the last step.
---@return array
function Population:spikes() return self._core:spikes() end

--- Replace the spikes of a spike source: neuron numbers and times in ms, in any order.
---@param neurons integer[]|array
---@param times number[]|array
---@param period? number  ms; repeat the spikes for ever
function Population:set_spikes(neurons, times, period) -- luacheck: ignore neurons times period
  options.fail(("set_spikes: population '%s' is no spike source"):format(self.name))
end

--- Put every variable back to its initial value, and forget the spikes that it has sent: those under way arrive nowhere. Parameters keep their values.
function Population:reset()
  self:_reset()
  self._core:forget_spikes()
  for _, p in ipairs(self._net.projections) do
    if p.from == self then p._core:forget() end
  end
end

--- Take it out of the network, for good: see net:remove.
function Population:remove() self._net:remove(self) end

function Population:__tostring() return require("lunapse.tell.printing").population(self, self:_variable_names()) end

-- ---- making ----

--- A population of a class, before it has a model.
---@param fixed { name: string, size: integer, geometry: integer[] }
function population.new(class, net, fixed, clock)
  local self = object.new(class, net, fixed, clock, { _written = {}, _seen = {}, _writers = {} })
  self._core = net._core:population(net._is_plan and planned.size(fixed.size) or fixed.size, clock, self._object)
  return self
end

--- Neurons of a model. `given`: parameters, refs and arrays.
---@param class? table  of which they are; populations unless given
function population.neurons(net, fixed, clock, neuron, given, class)
  return population.with_model(population.new(class or Population, net, fixed, clock), neuron, given)
end

--- A population gets its model.
function population.with_model(self, neuron, given)
  self:_take_model(neuron, given.parameters, given.arrays)
  for name, value in pairs(self._values) do
    if not values.is_one(value) then self:_set_scope(name, "elem") end
  end
  self._net:_resolve_refs(self, given.refs)
  self:_compile()
  self:_follow()
  self:_initialise()
  self:_bind()
  return self
end

--- Is `x` a population or a view of one?
---@param x any
---@return boolean
function population.is(x)
  local class = getmetatable(x)
  return type(class) == "table" and class._noun == "population" or view.is(x) and not x:_synapses()
end

population.class = Population
return population
