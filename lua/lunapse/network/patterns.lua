--- Connectors with a shape: blocks, small worlds, scale-free graphs, distance in space. Each function here is public, `lp.NAME`, as those of connectors.lua.
local array = require "lunapse.core.array"
local connect = require "lunapse.network.connect"
local options = require "lunapse.options"
local random = require "lunapse.network.distribution"
local values = require "lunapse.network.values"

local patterns = {}

--- A function that gives one uniform number after the other, 0 <= u < 1, from the network's seed.
local function uniform(net)
  local numbers, at = {}, 0
  return function()
    at = at + 1
    if not numbers[at] then
      local drawn = array.new("float64", 4096)
      values.assign("connect", net, 0, drawn, random.uniform(0, 1))
      numbers, at = drawn:table(), 1
    end
    return numbers[at]
  end
end

local function one_population(where, what, from, to)
  if from ~= to then options.fail(("%s: %s is within one population: 'from' and 'to' are the same, whole or part"):format(where, what)) end
end

-- ---- blocks ----

local function sizes(where, name, list)
  local total = 0
  for k, n in ipairs(list) do total = total + options.whole(where, ("%s[%d]"):format(name, k), n, 0) end
  return total
end

--- For each block: where it begins, and its factors, the largest first.
local function block_bounds(list, factors)
  local blocks, first = {}, 1
  for k, n in ipairs(list) do
    local most = factors and 0 or 1
    for i = first, factors and first + n - 1 or 0 do most = math.max(most, factors[i]) end
    blocks[k], first = { first = first, last = first + n - 1, most = most }, first + n
  end
  return blocks
end

--- Numbers that are at least 0, one for each neuron.
local function factors_of(where, name, given, n)
  if given == nil then return nil end
  local ok, list = pcall(function() return array.from(given, "float64"):flatten() end)
  if not ok or #list ~= n then options.fail(("%s: %s: a number for each of %d neurons expected, got %s"):format(where, name, n, ok and #list or options.show(given))) end
  if n > 0 and not (list:min() >= 0 and list:max() < math.huge) then options.fail(("%s: %s: numbers of at least 0 expected"):format(where, name)) end
  return list:table()
end

local function join_blocks(c, net, from, to, where)
  local o = c.options
  for _, side in ipairs { { "from", from }, { "to", to } } do
    local total = sizes(where, side[1], o[side[1]])
    if total ~= side[2].size then options.fail(("%s: lp.blocks: blocks '%s' have %d neurons, the population %d"):format(where, side[1], total, side[2].size)) end
  end
  local give, take = factors_of(where, "give", o.give, from.size), factors_of(where, "take", o.take, to.size)
  local rows, columns = block_bounds(o.from, give), block_bounds(o.to, take)
  local next_number, pre, post = uniform(net), {}, {}
  local lacks_self = from:_whole() == to:_whole() and not o.self
  local shift = lacks_self and (from:_selection().first or 1) - (to:_selection().first or 1)
  if lacks_self and (from:_selection().index or to:_selection().index) then options.fail(where .. ": lp.blocks: neurons that follow one another expected within one population") end
  for a, row in ipairs(rows) do
    for b, column in ipairs(columns) do
      local p, most = o.p[a][b], o.p[a][b] * row.most * column.most
      if most > 1 then options.fail(("%s: lp.blocks: p[%d][%d] with the factors of its neurons comes to %g: at most 1 expected"):format(where, a, b, most)) end
      local log = most < 1 and math.log(1 - most) or nil
      for i = row.first, most > 0 and row.last or 0 do
        local j = column.first - 1
        while true do
          j = j + 1 + (log and math.floor(math.log(1 - next_number()) / log) or 0)
          if j > column.last then break end
          local is_taken = not (give or take) or next_number() * most < p * (give and give[i] or 1) * (take and take[j] or 1)
          if is_taken and not (lacks_self and i + shift == j) then pre[#pre + 1], post[#post + 1] = i, j end
        end
      end
    end
  end
  return pre, post
end

--- Blocks of neurons that are joined with a probability for each pair of blocks, as the tables of circuit models have them: p[a][b] from block a of the pre side to block b of
--- the post side. `from` and `to` are the sizes of the blocks, in order. With factors of its neurons, `give` of pre and `take` of post neurons, a pair is
--- joined with p[a][b] give[i] take[j] (a degree-corrected block model, Karrer and Newman 2011). No self-connections unless `self = true`.
---@param opt { p: number[][]|array, from: integer[], to?: integer[], give?: number[]|array, take?: number[]|array, self?: boolean }
---@return Connector
--- Example: lp.blocks { from = { 80, 20 }, p = { { 0.1, 0.2 }, { 0.3, 0.1 } } }
function patterns.blocks(opt)
  local where = "lp.blocks"
  opt = options.check(where, opt, { p = "table|userdata", from = "table", to = "table", give = "table|userdata", take = "table|userdata", self = "boolean" },
    { "p", "from" })
  local ok, p = pcall(array.from, opt.p, "float64")
  local to = opt.to or opt.from
  local rows, columns = 0, 0
  if ok and p:axes() == 2 then rows, columns = p:shape() end
  if rows ~= #opt.from or columns ~= #to then
    options.fail(("%s: p: a table of %d x %d probabilities expected (blocks pre x post), got %s"):format(where, #opt.from, #to,
      ok and table.concat({ p:shape() }, " x ") or options.show(opt.p)))
  end
  local table_of = {}
  for a = 1, rows do
    table_of[a] = p:row(a):table()
    for b = 1, columns do options.number(where, ("p[%d][%d]"):format(a, b), table_of[a][b], 0, math.huge) end
  end
  return connect.make(("blocks(%d x %d)"):format(rows, columns), { draw_pairs = join_blocks,
    options = { p = table_of, from = opt.from, to = to, give = opt.give, take = opt.take, self = opt.self } })
end

-- ---- graphs ----

local function join_small_world(c, net, from, to, where)
  one_population(where, "a small world", from, to)
  local n, k, next_number, pre, post = from.size, c.k, uniform(net), {}, {}
  if k >= n then options.fail(("%s: lp.small_world: %d neighbours of %d neurons"):format(where, k, n)) end
  for i = 1, n do
    local taken, moved = { [i] = true }, 0
    for step = 1, k // 2 do
      for _, j in ipairs { (i - 1 + step) % n + 1, (i - 1 - step) % n + 1 } do
        if next_number() < c.p then moved = moved + 1 else taken[j] = true end
      end
    end
    while moved > 0 do
      local j = math.floor(next_number() * n) + 1
      if not taken[j] then taken[j], moved = true, moved - 1 end
    end
    for j = 1, n do
      if taken[j] and j ~= i then pre[#pre + 1], post[#post + 1] = i, j end
    end
  end
  return pre, post
end

--- A small world (Watts and Strogatz 1998): neurons on a ring, each projects to its `k` nearest (an even number), and each of these synapses goes with probability `p`
--- to a neuron drawn at random instead. Every neuron keeps k synapses to k different others, none to itself.
---@param k integer
---@param p number  0: a ring, 1: at random
---@return Connector
function patterns.small_world(k, p)
  options.whole("lp.small_world", "k", k, 2)
  if k % 2 ~= 0 then options.fail(("lp.small_world: k must be even, half of the neighbours on each side, got %d"):format(k)) end
  options.number("lp.small_world", "p", p, 0, 1)
  return connect.make(("small_world(%d, %g)"):format(k, p), { draw_pairs = join_small_world, k = math.tointeger(k), p = p, count = function(n) return k * n end })
end

local function join_scale_free(c, net, from, to, where)
  one_population(where, "a scale-free graph", from, to)
  local n, m, next_number, pre, post = from.size, c.m, uniform(net), {}, {}
  if n <= m then options.fail(("%s: lp.scale_free: more than %d neurons expected, got %d"):format(where, m, n)) end
  local ends = {}          -- every neuron as often as it has edges: who is drawn from it is drawn by its degree
  local function edge(i, j)
    pre[#pre + 1], post[#post + 1] = i, j
    if c.both then pre[#pre + 1], post[#post + 1] = j, i end
    ends[#ends + 1], ends[#ends + 2] = i, j
  end
  for j = 1, m do edge(m + 1, j) end
  for i = m + 2, n do
    local chosen, list = {}, {}
    while #list < m do
      local j = ends[math.floor(next_number() * #ends) + 1]
      if not chosen[j] then chosen[j], list[#list + 1] = true, j end
    end
    for _, j in ipairs(list) do edge(i, j) end
  end
  return pre, post
end

--- A scale-free graph (Barabasi and Albert 1999): neurons come one after the other, and each projects to `m` different ones that are there, drawn by how many edges they have
--- already. So a few neurons are joined with very many; those with low numbers are the oldest. With `both = true` every edge is two synapses, one each way.
---@param m integer
---@param opt? { both?: boolean }
---@return Connector
function patterns.scale_free(m, opt)
  options.whole("lp.scale_free", "m", m, 1)
  opt = options.check("lp.scale_free", opt or {}, { both = "boolean" })
  return connect.make(("scale_free(%d)"):format(m), { draw_pairs = join_scale_free, m = math.tointeger(m), both = opt.both,
    count = function(n) return m * n * (opt.both and 2 or 1) end })
end

-- ---- what has the same neurons ----

--- The numbers of the elements of an end.
local function numbers_of(object)
  local selection = object:_selection()
  return selection.index and array.from(selection.index) or array.arange(selection.first, selection.first + selection.n - 1)
end

--- What each element of an end has in common with others: of synapses their neurons, of neurons themselves.
local function keys_of(where, what, object)
  local proj = object:_synapses() and object:_whole()
  if what == "pair" and not proj then options.fail(("%s: lp.same \"pair\" joins synapses with synapses, and '%s' is a population"):format(where, object.name)) end
  if not proj then return numbers_of(object):table() end
  local keys = what == "pair" and proj.pre:astype "int64" * (1 << 32) + proj.post or proj[what]
  return object:_part(keys):table()
end

local function join_same(c, _, from, to, where)
  if not (from:_synapses() or to:_synapses()) then
    options.fail(("%s: lp.same joins synapses with others: 'from' or 'to' must be a projection (neurons: lp.one_to_one)"):format(where))
  end
  local with, pre, post = {}, {}, {}
  local own = from:_whole() == to:_whole() and { numbers_of(from), numbers_of(to) }
  for k, key in ipairs(keys_of(where, c.what, to)) do
    with[key] = with[key] or {}
    table.insert(with[key], k)
  end
  for i, key in ipairs(keys_of(where, c.what, from)) do
    for _, j in ipairs(with[key] or {}) do
      if not own or own[1][i] ~= own[2][j] then pre[#pre + 1], post[#post + 1] = i, j end
    end
  end
  return pre, post
end

--- Synapses with synapses, or with neurons, that have a neuron in common: for projections from or to projections. `what` is "pair" (both neurons are the same), "pre" or
--- "post"; an end that is a population stands for its neurons, by their numbers: `lp.same "post"` from a projection joins each synapse with neuron n of the population
--- where its post neuron is number n. A synapse is not joined with itself.
---@param what "pair"|"pre"|"post"
---@return Connector
function patterns.same(what)
  if what ~= "pair" and what ~= "pre" and what ~= "post" then options.fail(('lp.same: "pair", "pre" or "post" expected, got %s'):format(options.show(what))) end
  return connect.make(('same("%s")'):format(what), { draw_pairs = join_same, what = what })
end

-- ---- space ----

local kernels = {
  gaussian = "exp(-(%s)^2/(2*%.17g^2))", exponential = "exp(-(%s)/%.17g)", linear = "max(0, 1 - (%s)/%.17g)", uniform = "((%s) <= %.17g)",
}

--- The coordinate along axis d of neuron `name` (i or j) of a grid, 0..1; on a ring the last neuron stands beside the first.
local function grid_coordinate(name, shape, d, is_ring)
  local stride = 1
  for k = d + 1, #shape do stride = stride * shape[k] end
  local steps = is_ring and shape[d] or math.max(1, shape[d] - 1)
  return ("mod(floor((%s - 1)/%d), %d)/%d"):format(name, stride, shape[d], steps)
end

local function distance_text(c, from, to, where)
  local pre, post, terms = from:_whole(), to:_whole(), {}
  local n = c.positions and #c.positions or #pre.geometry
  if not c.positions and #post.geometry ~= n then options.fail(("%s: lp.spatial: both populations must have geometries of equal dimension"):format(where)) end
  if n < 1 or n > 3 then options.fail(("%s: lp.spatial: 1 to 3 dimensions expected, got %d"):format(where, n)) end
  for d = 1, n do
    local period = type(c.periodic) == "table" and c.periodic[d] or c.periodic == true and 1 or nil
    local a = c.positions and "pre." .. c.positions[d] or grid_coordinate("i", pre.geometry, d, period)
    local b = c.positions and "post." .. c.positions[d] or grid_coordinate("j", post.geometry, d, period)
    local away = ("abs(%s - %s)"):format(a, b)
    if period then away = ("min(mod(%s, %.17g), %.17g - mod(%s, %.17g))"):format(away, period, period, away, period) end
    terms[d] = n == 1 and away or ("(%s)^2"):format(away)
  end
  return n == 1 and terms[1] or ("sqrt(%s)"):format(table.concat(terms, " + "))
end

--- What lp.spatial becomes between two populations: a text of lp.probability.
local function bind_spatial(c, from, to, where)
  local distance = distance_text(c, from, to, where)
  local source = ("%.17g*%s"):format(c.p, kernels[c.kernel]:format(distance, c.scale))
  if c.radius then source = ("(%s)*((%s) <= %.17g)"):format(source, distance, c.radius) end
  if from:_whole() == to:_whole() and not c.self then source = ("(%s)*(i != j)"):format(source) end
  return { source = source, made_of = {}, parameters = {}, is_probability = true, distance = distance }
end

--- Neurons are joined with a probability that falls off with the distance d between them: p times a kernel, "gaussian" exp(-d^2/(2 scale^2)), "exponential"
--- exp(-d/scale), "linear" 1 - d/scale down to 0, or "uniform", 1 up to d = scale. Beyond `radius` there are none.
---
--- Positions are variables of the neurons, `positions = { "x", "y" }` (1 to 3), or without them places on the grid of `geometry`, 0..1 along each axis. `periodic` joins the borders: true for
--- grids, a list of lengths for positions. Texts of option `weights` and `delays` of the projection may say `distance`: `delays = "0.5 + distance/0.3"`.
--- No self-connections unless `self = true`.
---@param opt { kernel?: "gaussian"|"exponential"|"linear"|"uniform", scale: number, p?: number, radius?: number, positions?: string[], periodic?: boolean|number[], self?: boolean }
---@return Connector
function patterns.spatial(opt)
  local where = "lp.spatial"
  opt = options.check(where, opt, { kernel = "string", scale = "number", p = "number", radius = "number", positions = "table", periodic = "boolean|table", self = "boolean" },
    { "scale" })
  local kernel, p = opt.kernel or "gaussian", options.number(where, "p", opt.p or 1, 0, 1)
  if not kernels[kernel] then
    options.fail(('%s: option \'kernel\' must be "gaussian", "exponential", "linear" or "uniform", got %s'):format(where, options.show(kernel)))
  end
  if not (opt.scale > 0 and opt.scale < math.huge) then options.fail(("%s: scale must be > 0, got %g"):format(where, opt.scale)) end
  if opt.positions and (opt.periodic == true or type(opt.periodic) == "table" and #opt.periodic ~= #opt.positions) then
    options.fail(where .. ": 'periodic' lists the length of the space along each of the positions")
  end
  if not opt.positions and type(opt.periodic) == "table" then options.fail(where .. ": a grid is 0..1 along each axis: periodic = true, or give positions") end
  for d, name in ipairs(opt.positions or {}) do
    if type(name) ~= "string" or not name:match "^[%a_][%w_]*$" then options.fail(("%s: positions[%d]: the name of a variable expected, got %s"):format(where, d,
      options.show(name))) end
  end
  for d, length in ipairs(type(opt.periodic) == "table" and opt.periodic or {}) do
    if not (type(length) == "number" and length > 0 and length < math.huge) then
      options.fail(("%s: periodic[%d]: a length > 0 expected, got %s"):format(where, d, options.show(length)))
    end
  end
  return connect.make(("spatial(%s, %g)"):format(kernel, opt.scale), { bind_text = bind_spatial, kernel = kernel, scale = opt.scale, p = p, radius = opt.radius,
    positions = opt.positions, periodic = opt.periodic, self = opt.self })
end

return patterns
