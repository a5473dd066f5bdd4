--- Views: a part of a population, as an end of projections and a window on its variables.
local fields = require "lunapse.network.fields"
local live = require "lunapse.network.live"
local options = require "lunapse.options"
local values = require "lunapse.network.values"

---@class PopulationView  a part of a population: an end of projections, and a window on its variables
---@field size integer
local View = {}

View._fields = fields.declare {
  _population = { "given", "the population that it is a part of" },
  _first = { "given", "its first neuron, where its neurons follow each other" },
  _index = { "given", "the numbers of its neurons, where they do not" },
  name = { "given", "which neurons, in words" },
  size = { "given", "how many" },
  _parts = { "given", "views of its parts by name, where they have names" },
}

local view = {}

--- The population that it is a part of.
function View:_whole() return self._population end

--- Which neurons it means, for projections: { first =, n = } or { index = }.
function View:_selection() return self._index and { index = self._index } or { first = self._first, n = self.size } end

--- The populations that texts on it read.
function View:_ends() return { self._population } end

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

--- Of an array with a value for each neuron, the values of this part.
function View:_part(whole)
  if self._index then return whole:take(self._index) end
  return whole:slice(self._first, self._first + self.size - 1)
end

function View:__index(key)
  if View[key] ~= nil or View._fields[key] then return View[key] end
  local part = (rawget(self, "_parts") or {})[key]
  if part then return part end
  local value = self._population[key]
  if type(value) == "function" and key:sub(1, 1) ~= "_" then
    options.fail(("%s is a part of population '%s': call %s on the whole population"):format(self.name, self._population.name, key))
  end
  return type(value) == "userdata" and self:_live_part(value) or value
end

--- The same of an array that users write to.
function View:_live_part(whole) return self._index and live.picked(whole, self._index) or self:_part(whole) end

--- Call it by other words.
function View:_name(name) rawset(self, "name", name) end

function View:__newindex(key, value)
  if View._fields[key] then return rawset(self, key, value) end
  local p = self._population
  local whole = p[key]
  if type(whole) ~= "userdata" then options.fail(("%s is one value for the whole population: it cannot be set for %s"):format(p:_where(key), self.name)) end
  if type(value) == "string" then        -- texts fill all neurons: the others get back what they had
    local before = whole:copy()
    p[key] = value
    value = self:_part(p[key]):copy()
    p[key] = before
  end
  values.assign(p:_where(key), p._net, p._object, self:_live_part(p[key]), value)
end

function View:__len() return self.size end
function View:__tostring() return options.printable(("neurons of population '%s': %s"):format(self._population.name, self.name)) end

--- Neurons first .. last of a population.
function view.slice(population, first, last)
  return fields.object(View, { _population = population, _first = first, size = last - first + 1, name = ("%s[%d..%d]"):format(population.name, first, last) })
end

--- Neurons of a population by their numbers.
function view.select(population, index)
  return fields.object(View, { _population = population, _index = index, size = #index, name = ("%s[%d neurons]"):format(population.name, #index) })
end

--- Is `x` a view?
---@param x any
---@return boolean
function view.is(x) return getmetatable(x) == View end

view.class = View
return view
