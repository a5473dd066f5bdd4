--- Views: a part of a population, or of the synapses of a projection, as an end of projections and a window on its variables.
local array = require "lunapse.core.array"
local fields = require "lunapse.network.fields"
local live = require "lunapse.network.live"
local options = require "lunapse.options"
local values = require "lunapse.network.values"

---@class PopulationView  a part of a population, or of the synapses of a projection: an end of projections, and a window on its variables
---@field size integer
local View = {}

View._fields = fields.declare {
  _of = { "given", "the population or projection that it is a part of" },
  _first = { "given", "its first element, where its elements follow each other" },
  _index = { "given", "the numbers of its elements, where they do not" },
  name = { "given", "which elements, in words" },
  size = { "given", "how many" },
  _parts = { "given", "views of its parts by name, where they have names" },
}

local view = {}

--- Whole numbers of elements, checked.
local function range(what, first, last, size)
  first = options.whole(what, "first", first, 1, size)
  return first, options.whole(what, "last", last, first, size)
end

local function listed(what, word, numbers, size, number_of)
  local index, seen = {}, {}
  if type(numbers) ~= "table" and type(numbers) ~= "userdata" then options.fail(("%s: a list of %ss expected, got %s"):format(what, word, options.show(numbers))) end
  for k = 1, #numbers do
    local i = options.whole(what, ("%s %d of the list"):format(word, k), numbers[k], 1, size)
    if seen[i] then options.fail(("%s: %s %d is named twice"):format(what, word, i)) end
    seen[i], index[k] = true, number_of(i)
  end
  return index
end

local function word_of(object) return object:_synapses() and "synapse" or "neuron" end

--- What it is a part of.
function View:_whole() return self._of end

--- Is it one of synapses? (The engine's, as of a projection.)
function View:_synapses() return self._of:_synapses() end

--- Which elements it means, for projections: { first =, n = } or { index = }.
function View:_selection() return self._index and { index = self._index } or { first = self._first, n = self.size } end

--- The populations that texts on it read.
function View:_ends() return self._of:_ends() end

--- A part of the part; elements are counted within it.
---@param first integer
---@param last integer
---@return PopulationView
function View:slice(first, last)
  first, last = range("slice of " .. self.name, first, last, self.size)
  if not self._index then return view.slice(self._of, self._first + first - 1, self._first + last - 1) end
  return view.select(self._of, table.move(self._index, first, last, 1, {}))
end

--- Any selection within the part.
---@param numbers integer[]|array
---@return PopulationView
function View:select(numbers)
  return view.select(self._of, listed("select of " .. self.name, word_of(self), numbers, self.size, function(i) return self._index and self._index[i] or self._first + i - 1 end))
end

--- Of an array with a value for each element, the values of this part.
function View:_part(whole)
  if self._index then return whole:take(self._index) end
  return whole:slice(self._first, self._first + self.size - 1)
end

--- Has a projection a value of each synapse, which may be set? (What lives once for each neuron is read so.)
local function has_each(proj, key)
  local v = proj._compiled.variables_by_name[key]
  return v ~= nil and v.scope ~= "pre" and v.scope ~= "post" and (v.flag_level == nil or v.flag_level == 3)
end

function View:__index(key)
  if View[key] ~= nil or View._fields[key] then return View[key] end
  local part = (rawget(self, "_parts") or {})[key]
  if part then return part end
  local whole = self._of
  local value = whole[key]
  if type(value) == "function" and key:sub(1, 1) ~= "_" then options.fail(("%s is a part of %s: call %s on the whole"):format(self.name, whole:_title(), key)) end
  if not array.is(value) then return value end
  if whole:_synapses() and not has_each(whole, key) then return array.from(self:_part(whole:_each(key))) end
  return self:_live_part(value)
end

--- The same of an array that users write to.
function View:_live_part(whole) return self._index and live.picked(whole, self._index) or self:_part(whole) end

--- Call it by other words.
function View:_name(name) rawset(self, "name", name) end

function View:__newindex(key, value)
  if View._fields[key] then return rawset(self, key, value) end
  local p = self._of
  if p._net._is_plan then
    p[key] = {}          -- of some elements: it becomes a value of each
    return
  end
  local whole = p[key]
  if type(whole) ~= "userdata" then options.fail(("%s is one value for the whole %s: it cannot be set for %s"):format(p:_where(key), p._noun, self.name)) end
  if p:_synapses() and not has_each(p, key) then
    options.fail(("%s is no value of each synapse: it cannot be set for %s"):format(p:_where(key), self.name))
  end
  if type(value) == "string" then        -- texts fill all elements: the others get back what they had
    local before = whole:copy()
    p[key] = value
    value = self:_part(p[key]):copy()
    p[key] = before
  end
  values.assign(p:_where(key), p._net, p._object, self:_live_part(p[key]), value)
end

function View:__len() return self.size end
function View:__tostring() return options.printable(("%ss of %s: %s"):format(word_of(self), self._of:_title(), self.name)) end

--- Elements first .. last of a population or projection.
function view.slice(object, first, last)
  return fields.object(View, { _of = object, _first = first, size = last - first + 1, name = ("%s[%d..%d]"):format(object.name, first, last) })
end

--- Elements by their numbers.
function view.select(object, index)
  return fields.object(View, { _of = object, _index = index, size = #index, name = ("%s[%d %ss]"):format(object.name, #index, word_of(object)) })
end

--- The same of numbers that a user gives: their methods `slice` and `select`.
function view.checked_slice(object, first, last)
  return view.slice(object, range("slice of " .. object:_title(), first, last, object.size))
end

function view.checked_select(object, numbers)
  return view.select(object, listed("select of " .. object:_title(), word_of(object), numbers, object.size, function(i) return i end))
end

--- Is `x` a view?
---@param x any
---@return boolean
function view.is(x) return getmetatable(x) == View end

view.class = View
return view
