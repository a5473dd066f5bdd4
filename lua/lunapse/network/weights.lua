--- What projections offer for whole arrays of weights: sums over the synapses of a neuron, values spread over them, scaling and normalising, and the
--- rows of single neurons.
local array = require "lunapse.core.array"
local engine = require "lunapse.core.engine"
local live = require "lunapse.network.live"
local options = require "lunapse.options"
local assign = require("lunapse.network.values").assign

--- Methods of projections: lua/lunapse/network/projection.lua takes them over.
---@class Projection
local Projection = {}

---@class Row  the synapses of one neuron: variables are arrays, in the order of the synapses; assigning writes them back
local Row = {}

function Row:__index(key)
  if key == "pre" or key == "post" then return self._projection[key]:take(self._numbers) end
  local p = self._projection
  if type(p[key]) == "number" then return p[key] end
  return live.copy(function() return p:_each(key):take(self._numbers) end, function(part) self[key] = part end)
end

function Row:__newindex(key, value)
  local p = self._projection
  local whole = p[key]
  if type(whole) ~= "userdata" or #whole ~= p.size then options.fail(p:_where(key) .. " has no values of its own for the synapses of a neuron") end
  local part = whole:take(self._numbers)
  assign(p:_where(key), p._net, p._object, part, value)
  whole:put(self._numbers, part)
end

function Row:__len() return #self._numbers end

local function rows(self, side, n)
  local j = 0
  self._core:index(side)      -- without it every neuron could cost a pass over all synapses
  return function()
    local numbers
    repeat
      j = j + 1
      if j > n then return nil end
      numbers = self._core:synapses_of(side, j)
    until #numbers > 0
    return j, setmetatable({ _projection = self, _neuron = j, _numbers = numbers }, Row)
  end
end

--- Numbers for the neurons of a side, as float64.
local function per_neuron(self, what, values, n)
  local ok, a = pcall(array.from, values, "float64")
  if not ok or #a ~= n then
    options.fail(("%s of projection '%s': %d numbers expected, got %s"):format(what, self.name, n, ok and #a or options.show(values)))
  end
  return a
end

--- One value per synapse.
local function per_synapse(self, name)
  local value = self:_each(name)
  if not array.is(value) or #value ~= self.size then options.fail(self:_where(name) .. " is no variable of synapses") end
  return value
end

--- The synapses of each post neuron that has some: `for j, row in proj:incoming() do row.w = row.w / row.w:sum() end`.
---@return fun(): integer?, Row?
function Projection:incoming() return rows(self, "post", self.to.size) end

--- The synapses of each pre neuron that has some.
---@return fun(): integer?, Row?
function Projection:outgoing() return rows(self, "pre", self.from.size) end

local function change(self, side, how, by)
  self:_edit("syn", self:_array "w", function(w) self._core:change(w, side, how, by) end)
end

local function scale(self, what, side, factors, n)
  factors = per_neuron(self, what, factors, n)
  self:_mark_written "w"
  change(self, side, "scale", factors)
end

--- Multiply the weights of each post neuron by a factor.
---@param factors array|number[]  [to.size]
function Projection:scale_post(factors) scale(self, "scale_post", "post", factors, self.to.size) end

--- Multiply the weights of each pre neuron by a factor.
---@param factors array|number[]  [from.size]
function Projection:scale_pre(factors) scale(self, "scale_pre", "pre", factors, self.from.size) end

--- Bring the weights of each neuron to a common norm. `norm` 1: the sum of magnitudes, 2: the root of the sum of squares. "multiplicative"
--- scales; "subtractive" (norm 1) takes the same amount off every synapse. Neurons without synapses, or with norm 0, are left alone.
---@param opt { to: number|array, by?: "post"|"pre", norm?: 1|2, mode?: "multiplicative"|"subtractive" }
function Projection:normalize(opt)
  local name = ("normalize of '%s'"):format(self.name)
  options.check(name, opt, { to = "number|table|userdata", by = "string", norm = "number", mode = "string" }, { "to" })
  local by, norm, mode = opt.by or "post", opt.norm or 1, opt.mode or "multiplicative"
  if by ~= "post" and by ~= "pre" then options.fail(name .. ': option \'by\' must be "post" or "pre"') end
  if norm ~= 1 and norm ~= 2 then options.fail(name .. ": option 'norm' must be 1 or 2") end
  if mode ~= "multiplicative" and mode ~= "subtractive" then options.fail(name .. ': option \'mode\' must be "multiplicative" or "subtractive"') end
  if mode == "subtractive" and norm ~= 1 then options.fail(name .. ": the subtractive mode has norm 1") end
  if type(opt.to) == "number" then options.number(name, "to", opt.to, -math.huge, math.huge) end
  self:_mark_written "w"
  local n = by == "post" and self.to.size or self.from.size
  local to = type(opt.to) == "number" and opt.to or per_neuron(self, "normalize", opt.to, n)
  local total = self._core:sum(self.w, by, mode == "subtractive" and "sum" or norm == 1 and "abs" or "square", array.zeros(n))
  if mode == "subtractive" then
    local fan = by == "post" and self.fan_in or self.fan_out
    change(self, by, "add", (array.full(0, n) + to - total) / fan:maximum(1))
  else
    if norm == 2 then total = total:sqrt() end
    change(self, by, "scale", (array.full(1, n) * to / total):where(total:gt(0), 1))
  end
end

--- Sum of a per-synapse variable over the synapses of each post neuron.
---@param name string
---@return array  [to.size] float64
function Projection:sum_post(name) return self._core:sum(per_synapse(self, name), "post", "sum", array.zeros(self.to.size)) end

--- Sum of a per-synapse variable over the synapses of each pre neuron.
---@param name string
---@return array  [from.size] float64
function Projection:sum_pre(name) return self._core:sum(per_synapse(self, name), "pre", "sum", array.zeros(self.from.size)) end

local function spread(self, what, side, values, n) return self._core:spread(side, per_neuron(self, what, values, n)) end

--- A value per post neuron, repeated for each of its synapses.
---@param values array  [to.size]
---@return array        [size]
function Projection:spread_post(values) return spread(self, "spread_post", "post", values, self.to.size) end

--- A value per pre neuron, repeated for each of its synapses.
---@param values array  [from.size]
---@return array        [size]
function Projection:spread_pre(values) return spread(self, "spread_pre", "pre", values, self.from.size) end

--- A variable as a matrix [post][pre]; where there is no synapse, `empty` (0 unless given). Of several synapses between two neurons, the last.
---@param name string
---@param empty? number
---@return array
function Projection:matrix(name, empty)
  return engine.put_pairs(array.full(empty or 0, self.to.size, self.from.size), self.post, self.pre, per_synapse(self, name))
end

--- Fields side by side in a picture, NaN between them.
local function tiled(fields, n, height, width)
  local across = math.ceil(n ^ 0.5)
  local picture = array.full(0 / 0, math.ceil(n / across) * (height + 1) - 1, across * (width + 1) - 1)
  for k = 0, n - 1 do
    local top, left = k // across * (height + 1), k % across * (width + 1)
    picture:rows(top + 1, top + height):columns(left + 1, left + width):assign(fields:row(k + 1):reshape(height, width))
  end
  return picture
end

--- What each post neuron gets from the grid of the pre population: a variable of its synapses ("w" unless `variable` says another) laid out by the pre `geometry`, `empty` (0) where there is no synapse. `of` lists
--- post neurons; without it they are all there. Several synapses between two neurons are added up. With `tile = true` the fields stand side by side in one
--- picture, NaN between them: `fig[1]:image(proj:receptive_fields { tile = true })`.
---@param opt? { of?: integer[]|array, variable?: string, empty?: number, tile?: boolean }
---@return array fields  [neurons][pre geometry], or a picture
function Projection:receptive_fields(opt)
  local where = ("receptive_fields of '%s'"):format(self.name)
  opt = options.check(where, opt or {}, { of = "table|userdata", variable = "string", empty = "number", tile = "boolean" })
  local shape, values, pre = self.from.geometry, per_synapse(self, opt.variable or "w"), self.pre
  local numbers = opt.of and array.from(opt.of):table() or array.arange(1, self.to.size):table()
  if opt.tile and #shape > 2 then
    options.fail(("%s: a picture has one or two axes, the pre population %d: take some of its fields without 'tile'"):format(where, #shape))
  end
  local fields = array.full(opt.empty or 0, #numbers, self.from.size)
  self._core:index "post"
  for k, j in ipairs(numbers) do
    options.whole(where, ("of[%d]"):format(k), j, 1)
    if j > self.to.size then options.fail(("%s: of[%d]: population '%s' has neurons 1..%d, got %g"):format(where, k, self.to.name, self.to.size, j)) end
    local synapses = self._core:synapses_of("post", math.tointeger(j))
    local from, given, field = pre:take(synapses):table(), values:take(synapses):table(), fields:row(k)
    local seen = {}
    for s, i in ipairs(from) do
      seen[i] = (seen[i] or 0) + given[s]
      field[i] = seen[i]
    end
  end
  if opt.tile then return tiled(fields, #numbers, #shape == 2 and shape[1] or 1, shape[#shape]) end
  return fields:reshape { #numbers, table.unpack(shape) }
end

return Projection
