--- Synapses by the neurons that they join: the weight from i to j, values in the order of a list of pairs, and a projection as sparse triplets.
local array = require "lunapse.core.array"
local options = require "lunapse.options"
local assign = require("lunapse.network.values").assign

--- Methods of projections: lua/lunapse/network/projection.lua takes them over.
---@class Projection
local Projection = {}

local function whole_list(where, name, values, most)
  local ok, list = pcall(array.from, values)
  if not ok or not array.is(list) or list:axes() ~= 1 then options.fail(("%s: '%s' must be a number or a list of numbers"):format(where, name)) end
  list = list:table()
  for k, x in ipairs(list) do list[k] = options.whole(where, ("%s, element %d"):format(name, k), x, 1, most) end
  return list
end

--- The two lists of neurons, of equal length: a number is a list of one.
local function lists(self, where, pre, post)
  if type(pre) == "number" and type(post) == "number" then
    return { options.whole(where, "pre", pre, 1, self.from.size) }, { options.whole(where, "post", post, 1, self.to.size) }
  end
  local one, other = whole_list(where, "pre", pre, self.from.size), whole_list(where, "post", post, self.to.size)
  if #one ~= #other then options.fail(("%s: %d pre neurons and %d post neurons"):format(where, #one, #other)) end
  return one, other
end

--- The number of the first synapse of a pair, or false.
local function first_of(self, i, j)
  local numbers = self._core:synapses_of("pre", i)
  local at = #numbers > 0 and self.post:take(numbers):eq(j):find()[1]
  return at and math.tointeger(numbers[math.tointeger(at)]) or false
end

--- Numbers of the synapses of pairs, false where there is none. A pair that is named again means its next synapse, where there are several.
local function numbers_of(self, pre, post)
  self._core:index "pre"
  if #pre == 1 then return { first_of(self, pre[1], post[1]) } end
  local by_pre, found = {}, {}
  for k, i in ipairs(pre) do
    local row = by_pre[i]
    if not row then
      row = {}
      by_pre[i] = row
      local numbers = self._core:synapses_of("pre", i)
      local ends = #numbers > 0 and self.post:take(numbers) or numbers
      for m = #numbers, 1, -1 do
        local j = ends[m]
        row[j] = { number = math.tointeger(numbers[m]), next = row[j] }
      end
    end
    local synapse = row[post[k]]
    found[k] = synapse and synapse.number or false
    if synapse then row[post[k]] = synapse.next or false end
  end
  return found
end

--- One value for each synapse.
local function per_synapse(self, where, name)
  local value = (name == "delays" or name == "delay") and self.delays or self:_each(name)
  if not array.is(value) or #value ~= self.size then options.fail(("%s: '%s' is no variable of synapses"):format(where, tostring(name))) end
  return value
end

--- The value of a variable (or of "d", the delay in ms) of the synapse from neuron `pre` to neuron `post`: `proj:get("w", 3, 7)`. Lists give an array in their order:
--- `proj:get("w", { 1, 1, 2 }, { 3, 4, 4 })`. Where there is no synapse: `empty`, which is nil for one pair, NaN in an array. Of several synapses of a pair the first, and where
--- lists name the pair again the next.
---@param name string
---@param pre integer|integer[]|array   numbered as in `proj.pre`
---@param post integer|integer[]|array
---@param empty? number
---@return number|array|nil
--- Errors: "get of 'p': pre must be a whole number in 1..10, got 11".
function Projection:get(name, pre, post, empty)
  local where = ("get of '%s'"):format(self.name)
  local one, other = lists(self, where, pre, post)
  local values, found = per_synapse(self, where, name), numbers_of(self, one, other)
  if type(pre) == "number" and type(post) == "number" then
    if found[1] then return values[found[1]] end
    return empty
  end
  local result = array.full(empty or 0 / 0, #one, nil, "float64")
  local at, numbers = {}, {}
  for k, number in ipairs(found) do
    if number then at[#at + 1], numbers[#numbers + 1] = k, number end
  end
  if #at > 0 then result:put(at, values:take(numbers)) end
  return result
end

--- Set a variable of the synapse from neuron `pre` to neuron `post`, or of those of listed pairs: `proj:set("w", 3, 7, 0.5)`, `proj:set("w", pre, post, values)`.
---@param name string
---@param pre integer|integer[]|array   numbered as in `proj.pre`
---@param post integer|integer[]|array
---@param value number|number[]|array|Distribution  one for all, or one for each pair
--- Errors: "set of 'p': there is no synapse from 3 to 7".
function Projection:set(name, pre, post, value)
  local where = ("set of '%s'"):format(self.name)
  local one, other = lists(self, where, pre, post)
  local found = numbers_of(self, one, other)
  for k, number in ipairs(found) do
    if not number then options.fail(("%s: there is no %ssynapse from %d to %d"):format(where, self:get(name, one[k], other[k]) and "further " or "", one[k], other[k])) end
  end
  local whole, v = self[name], self._compiled.variables_by_name[name]
  if not array.is(whole) or #whole ~= self.size or v and (v.flag_level == 1 or v.flag_level == 2) then
    options.fail(self:_where(name) .. " has no value of its own for each synapse")
  end
  local part = whole:take(found)
  assign(self:_where(name), self._net, self._object, part, value)
  local is_delay = name == "d" or name == "delays"
  if is_delay then whole = whole:copy() end
  whole:put(found, part)
  if is_delay then self.delays = whole end
end

--- The projection as triplets, as lp.sparse takes them: { i = pre neurons, j = post neurons, w = values }, an entry for each synapse. With "w", the default, `d` are the delays in
--- ms: `net:project { from = a, to = b, target = "exc", connect = lp.sparse(proj:sparse()) }` makes the same connections again.
---@param name? string  the variable that is to be `w`
---@return { i: array, j: array, w: array, d?: array }
function Projection:sparse(name)
  name = name or "w"
  local values = per_synapse(self, ("sparse of '%s'"):format(self.name), name)
  return { i = self.pre:copy(), j = self.post:copy(), w = values:copy(), d = name == "w" and self.delays:copy() or nil }
end

return Projection
