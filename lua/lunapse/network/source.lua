--- Sources: populations whose spikes the engine makes, without equations. Poisson neurons, and neurons that emit given spikes.
local array = require "lunapse.core.array"
local drive = require "lunapse.network.drive"
local model = require "lunapse.network.model"
local object = require "lunapse.network.object"
local options = require "lunapse.options"
local population = require "lunapse.network.population"
local values = require "lunapse.network.values"

local source = {}

--- What sources have in common.
local Source = object.class(population.class, "population", {})

function Source:_has_spikes() return true end

function Source:_is_source() return true end

function Source:run_regularly() options.fail(("run_regularly: population '%s' has no variables"):format(self.name)) end

-- ---- Poisson neurons ----

local Poisson = object.class(Source, "population", {
  _most_driven = { "given", "Hz, the highest rate that a drive of the rates gives" },
})

Poisson._kind = "poisson"
Poisson._words = { unit = "Poisson neuron", what = "Poisson", elements = "Poisson neurons", input = "Poisson spikes", code = "built in",
  random = "stream %d of seed %d" }

function Poisson:_given_rates()
  local a = self._arrays.rates
  return self._compiled.variables_by_name.rates.scope == "uniform" and a[1] or a
end

function Poisson:_highest_rate() return math.max(self._arrays.rates:max(), self._most_driven or 0) end

--- The engine reads the rates, and nothing else may write them but a script and drives.
function Poisson:_mark_written(name, is_each)
  if is_each then options.fail(("%s: synapses cannot write the %s of Poisson neurons"):format(self:_title(), name)) end
end

function Poisson:_least() return 0 end

--- Its only variable has no equation.
function Poisson:_compile()
  local v = { name = "rates", kind = "parameter", scope = self._scopes.rates or "uniform", type = "real" }
  self._compiled = { kind = "neuron", variables = { v }, variables_by_name = { rates = v }, programs = {}, flushes = {}, needs = {}, targets = {}, notes = {} }
end

--- The engine follows the array of the rates: what is written there takes effect in the next step.
function Poisson:_bind() self._core:set_rates(self._arrays.rates, self:_where "rates") end

--- Neurons of a model whose spikes are those of a Poisson process, with rates that an equation gives.
local Varying = object.class(population.class, "population", {})

Varying._kind = "varying"

function Varying:_is_source() return true end

function Varying:_highest_rate() return self._arrays.rates:max() end

--- Poisson neurons: rates in Hz, or the text of an equation for them; and drives of variables, of the rates among them.
---@param rates any
---@param drives table<string, Source>
---@param arrays? table<string, any>  that the text reads
function source.poisson(net, fixed, clock, rates, drives, arrays)
  local self
  if type(rates) == "string" then
    local neuron = model.neuron { name = "Poisson", arrays = arrays, equations = "rates = " .. rates .. " : local", spike = "Uniform(0, 1) < rates * dt / 1000" }
    self = population.neurons(net, fixed, clock, neuron, {}, Varying)
  else
    self = population.new(Poisson, net, fixed, clock)
    self._values.rates = rates
    if rates ~= nil and not values.is_one(rates) then self:_set_scope("rates", "elem") end
    self:_compile()
    self:_follow()
    self:_initialise()
    self:_bind()
    self._most_driven = drives.rates and rawget(drives.rates, "most")   -- timed arrays alone know it
  end
  drive.add(self, drives)
  return self
end

-- ---- neurons that emit given spikes ----

local SpikeSource = object.class(Source, "population", {})

SpikeSource._kind = "spikes"
SpikeSource._words = { unit = "neuron", what = "given spikes", elements = "given spike times", input = "given spike times",
  code = "built in (a list of spikes)", suffix = " with given spikes" }

--- There is nothing to compile.
function SpikeSource:_rebuild() end

function SpikeSource:set_spikes(neurons, times, period)
  for k, what in ipairs { "numbers of neurons", "times" } do
    local given = k == 1 and neurons or k == 2 and times or nil
    if type(given) ~= "table" and not array.is(given) or options.is_object(given) then
      options.fail(("set_spikes: population '%s': %s in a table or an array expected, got %s"):format(self.name, what, options.show(given)))
    end
  end
  if period ~= nil and type(period) ~= "number" then
    options.fail(("set_spikes: population '%s': the period must be a number of ms, got %s"):format(self.name, options.show(period)))
  end
  if self._net._is_plan then return end
  local ok, message = pcall(self._core.set_spikes, self._core, neurons, times, period)
  if not ok then options.fail(("%s: %s"):format(self:_title(), message)) end
end

--- Neurons that emit given spikes.
function source.spikes(net, fixed, clock, neurons, times, period)
  local self = population.new(SpikeSource, net, fixed, clock)
  self:set_spikes(neurons, times, period)
  return self
end

return source
