--- Sources: populations whose spikes the engine makes, without equations. Poisson neurons, and neurons that emit given spikes.
local array = require "lunapse.core.array"
local object = require "lunapse.network.object"
local options = require "lunapse.options"
local population = require "lunapse.network.population"
local random = require "lunapse.network.distribution"
local values = require "lunapse.network.values"

local source = {}

--- What sources have in common.
local Source = object.class(population.class, "population", {})

function Source:_has_spikes() return true end

--- There is nothing to compile.
function Source:_rebuild() end

function Source:run_regularly() options.fail(("run_regularly: population '%s' has no variables"):format(self.name)) end

-- ---- Poisson neurons ----

local Poisson = object.class(Source, "population", {
  _rates = { "state", "Hz: a number, or an array with one each" },
})

Poisson._words = { unit = "Poisson neuron", what = "Poisson", elements = "Poisson neurons", input = "Poisson spikes", code = "built in",
  random = "stream %d of seed %d" }

function Poisson:_given_rates() return self._rates end

function Poisson:_known_names()
  local names = self:_variable_names()
  names[#names + 1] = "rates"
  return names
end

function Poisson._readers.rates(self) return self._rates end

function Poisson:_set(name, value)
  if name ~= "rates" then return population.class._set(self, name, value) end
  if random.is(value) then
    local drawn = array.new("float64", self.size)
    values.assign(self:_where "rates", self._net, self._object, drawn, value)
    value = drawn
  end
  if type(value) == "number" then
    options.number(self:_title(), "rates", value, 0, math.huge)
  else
    local each = array.new("float64", self.size)
    values.assign(self:_where "rates", self._net, self._object, each, value)
    if each:min() < 0 then options.fail(("%s: rates must be at least 0, got %g"):format(self:_title(), each:min())) end
    value = each
  end
  self._core:set_rates(value)
  self._rates = value
end

--- Poisson neurons with given rates in Hz.
function source.poisson(net, fixed, clock, rates)
  local self = population.new(Poisson, net, fixed, clock)
  self:_set("rates", rates)
  return self
end

-- ---- neurons that emit given spikes ----

local SpikeSource = object.class(Source, "population", {})

SpikeSource._words = { unit = "neuron", what = "given spikes", elements = "given spike times", input = "given spike times",
  code = "built in (a list of spikes)", suffix = " with given spikes" }

function SpikeSource:set_spikes(neurons, times, period)
  local ok, message = pcall(self._core.set_spikes, self._core, neurons, times, period)
  if not ok then options.fail(("%s: %s"):format(self:_title(), message:gsub("%-?%f[%w]nan%f[%W]", "NaN"))) end
end

--- Neurons that emit given spikes.
function source.spikes(net, fixed, clock, neurons, times, period)
  local self = population.new(SpikeSource, net, fixed, clock)
  self:set_spikes(neurons, times, period)
  return self
end

return source
