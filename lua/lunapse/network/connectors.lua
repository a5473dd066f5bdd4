--- Connectors: which neurons a projection joins. Each function here is public, `lp.NAME`: a new one needs its name nowhere else.
local array = require "lunapse.core.array"
local connect = require "lunapse.network.connect"
local options = require "lunapse.options"

local connectors = {}

local make = connect.make

local function self_option(where, opt)
  return options.check(where, opt or {}, { self = "boolean" }).self or false
end

--- Every pre neuron with every post neuron. No self-connections within one population unless `self = true`.
---@param opt? { self?: boolean }
---@return Connector
function connectors.all_to_all(opt)
  return make("all_to_all", { kind = "all_to_all", is_whole = true, self = self_option("lp.all_to_all", opt), count = function(n, m) return n * m end })
end

--- The k-th pre neuron with the k-th post neuron; both sides must have one size.
---@return Connector
function connectors.one_to_one() return make("one_to_one", { kind = "one_to_one", self = true, count = function(n) return n end }) end

--- Every pair with probability `p`, each pair on its own. No self-connections within one population unless `self = true`.
---@param p number  0..1
---@param opt? { self?: boolean }
---@return Connector
function connectors.fixed_probability(p, opt)
  options.number("lp.fixed_probability", "p", p, 0, 1)
  return make(("fixed_probability(%g)"):format(p), { kind = "fixed_probability", p = p, self = self_option("lp.fixed_probability", opt),
    count = function(n, m) return p * n * m end })
end

--- Every post neuron gets `n` different pre neurons, drawn at random.
---@param n integer
---@param opt? { self?: boolean }
---@return Connector
function connectors.fixed_number_pre(n, opt)
  options.whole("lp.fixed_number_pre", "number", n, 0)
  return make(("fixed_number_pre(%d)"):format(n), { kind = "fixed_number_pre", number = n, self = self_option("lp.fixed_number_pre", opt),
    count = function(_, m) return n * m end })
end

--- Every pre neuron gets `n` different post neurons, drawn at random.
---@param n integer
---@param opt? { self?: boolean }
---@return Connector
function connectors.fixed_number_post(n, opt)
  options.whole("lp.fixed_number_post", "number", n, 0)
  return make(("fixed_number_post(%d)"):format(n), { kind = "fixed_number_post", number = n, self = self_option("lp.fixed_number_post", opt),
    count = function(m) return n * m end })
end

--- `n` synapses, each from a pre neuron drawn at random to a post neuron drawn at random. What was drawn before may be drawn again: a pair may get several
--- synapses, and within one population a neuron may be joined to itself.
---@param n integer
---@return Connector
function connectors.fixed_total(n)
  options.whole("lp.fixed_total", "number", n, 0)
  return make(("fixed_total(%d)"):format(n), { kind = "fixed_total", number = n, count = function() return n end })
end

--- Given pairs: neuron pre[k] of the pre side with post[k] of the post side, numbered from 1 within `from` and `to`. Weights, delays and
--- parameters given as tables or arrays follow the order of the pairs. A pair named twice makes two synapses.
---@param pre integer[]|array
---@param post integer[]|array
---@return Connector
function connectors.pairs(pre, post)
  local lists = { pre = pre, post = post }
  for _, name in ipairs { "pre", "post" } do
    local list = lists[name]
    if type(list) ~= "table" and type(list) ~= "userdata" then options.fail(("lp.pairs: a list of %s neurons expected, got %s"):format(name, options.show(list))) end
  end
  if #pre ~= #post then options.fail(("lp.pairs: as many pre as post neurons expected, got %d and %d"):format(#pre, #post)) end
  return make(("pairs(%d)"):format(#pre), { kind = "pairs", pre = pre, post = post, count = function() return #pre end })
end

--- Of an array: where it is neither zero nor NaN.
local function nonzero(matrix)
  local rows, columns = matrix:shape()
  if not columns then options.fail("lp.matrix: a matrix [pre][post] expected, got an array of one dimension") end
  if matrix:axes() > 2 then options.fail(("lp.matrix: a matrix [pre][post] expected, got an array of shape %s"):format(table.concat({ matrix:shape() }, " x "))) end
  local flat = matrix:flatten()
  local places = (flat:ne(0) & flat:eq(flat)):find()
  return (places - 1) // columns + 1, (places - 1) % columns + 1, flat:take(places), rows, columns
end

local function nonzero_of_table(matrix)
  if type(matrix) ~= "table" then options.fail("lp.matrix: a matrix [pre][post] expected, got " .. options.show(matrix)) end
  local pre, post, weights, columns = {}, {}, {}, 0
  for i = 1, #matrix do
    local row = matrix[i]
    if type(row) ~= "table" and type(row) ~= "userdata" then options.fail(("lp.matrix: row %d is no list but a %s"):format(i, type(row))) end
    columns = math.max(columns, #row)
    for j = 1, #row do
      local w = row[j]
      if w and w ~= 0 and w == w then
        pre[#pre + 1], post[#post + 1], weights[#weights + 1] = i, j, w == true and 1 or w
      end
    end
  end
  return pre, post, weights, #matrix, columns
end

--- A matrix [pre][post]: a synapse wherever an element is not zero (nor nil, false or NaN), with that element as its weight.
---@param matrix array|table
---@return Connector
function connectors.matrix(matrix)
  local pre, post, weights, rows, columns = (type(matrix) == "userdata" and nonzero or nonzero_of_table)(matrix)
  local c = connectors.pairs(pre, post)
  c.text, c.weights, c.rows, c.columns = ("matrix(%d x %d)"):format(rows, columns), weights, rows, columns
  return c
end

--- A sparse matrix: synapse k joins neuron i[k] of the pre side with j[k] of the post side, numbered from 1 within `from` and `to`, with weight w[k] and,
--- where `d` is there, delay d[k] in ms. A pair named twice makes two synapses.
---@param opt { i: integer[]|array, j: integer[]|array, w?: number[]|array, d?: number[]|array }
---@return Connector
function connectors.sparse(opt)
  options.check("lp.sparse", opt, { i = "table|userdata", j = "table|userdata", w = "table|userdata", d = "table|userdata" }, { "i", "j" })
  for _, name in ipairs { "j", "w", "d" } do
    if opt[name] and #opt[name] ~= #opt.i then options.fail(("lp.sparse: %d numbers in '%s', %d in 'i'"):format(#opt[name], name, #opt.i)) end
  end
  local c = connectors.pairs(opt.i, opt.j)
  c.text, c.weights, c.delays = ("sparse(%d)"):format(#opt.i), opt.w, opt.d
  return c
end

--- Columns of a file by the words that may stand above them.
local columns_of = { pre = "i", i = "i", source = "i", from = "i", post = "j", j = "j", target = "j", to = "j", weight = "w", w = "w", delay = "d", d = "d" }

local function header_of(where, words)
  local found = {}
  for k, word in ipairs(words) do
    local column = columns_of[word:lower():gsub("^[\"']", ""):gsub("[\"']$", "")]
    if column and found[column] then options.fail(("%s: two columns for '%s'"):format(where, word)) end
    if column then found[column] = k end
  end
  if not found.i or not found.j then options.fail(where .. ": the header names no columns 'pre' and 'post'") end
  return found
end

--- Synapses from a text file, one a line: pre, post and, where they are there, weight and delay (ms), between commas, semicolons, blanks or tabs. A first line of
--- words names the columns in any order (pre, post, weight, delay; other columns are left out); `#` begins a comment. Neurons are numbered from
--- 1 within `from` and `to`, or from `opt.first`.
---@param path string
---@param opt? { first?: integer }
---@return Connector
function connectors.from_file(path, opt)
  opt = options.check("lp.from_file", opt or {}, { first = "number" })
  local shift = 1 - options.whole("lp.from_file", "first", opt.first or 1, 0)
  local file, why = io.open(options.path("lp.from_file", path))
  if not file then options.fail("lp.from_file: " .. why) end
  local _, problem = file:read(0)                      -- a folder can be opened
  if problem then options.fail(("lp.from_file: %s: %s"):format(path, problem)) end
  local data, order, number = { i = {}, j = {}, w = {}, d = {} }, nil, 0
  for line in file:lines() do
    number = number + 1
    local where, words = ("lp.from_file: %s, line %d"):format(path, number), {}
    for word in line:gsub("#.*", ""):gmatch "[^%s,;]+" do words[#words + 1] = word end
    if #words > 0 and not order and not tonumber(words[1]) then
      order = header_of(where, words)
    elseif #words > 0 then
      order = order or { i = 1, j = 2, w = #words > 2 and 3 or nil, d = #words > 3 and 4 or nil }
      for column, k in pairs(order) do
        local value = tonumber(words[k])
        if not value then options.fail(("%s: a number expected in column %d, got %s"):format(where, k, words[k] and "'" .. words[k] .. "'" or "nothing")) end
        local list = data[column]
        list[#list + 1] = (column == "i" or column == "j") and value + shift or value
      end
    end
  end
  file:close()
  local c = connectors.sparse { i = data.i, j = data.j, w = order and order.w and data.w or nil, d = order and order.d and data.d or nil }
  c.text = ("from_file(%s)"):format(path)
  return c
end

--- A Lua function that lists the targets of each pre neuron: `f(i, n)` gets the number of the neuron within `from` and the size of `to`, and returns a list of
--- neuron numbers within `to`, and a list of weights if it likes. It is called once for each neuron, in order.
---@param f fun(i: integer, n: integer): integer[]|array, (number[]|array)?
---@return Connector
--- Example: lp.generator(function(i, n) return { i % n + 1 } end) is a ring.
function connectors.generator(f)
  if type(f) ~= "function" then options.fail("lp.generator: a function expected, got " .. type(f)) end
  return make("generator", { kind = "generator", f = f, self = true })
end

local function text(where, kind, source, parameters)
  if type(source) ~= "string" then options.fail(("%s: a text expected, got %s"):format(where, type(source))) end
  if parameters ~= nil and (type(parameters) ~= "table" or options.is_object(parameters)) then
    options.fail(("%s: parameters in a table expected, got %s"):format(where, options.show(parameters)))
  end
  for name, value in pairs(parameters or {}) do
    if type(value) ~= "number" then options.fail(("%s: parameter '%s' must be a number, got %s"):format(where, tostring(name), type(value))) end
    if name == "i" or name == "j" then options.fail(("%s: '%s' is given"):format(where, name)) end
  end
  return make(('%s "%s"'):format(kind, source), { kind = kind, source = source, parameters = parameters or {}, self = true,
    is_probability = kind == "probability" })
end

--- "for k in i-2 .. i+2 step 2 if k != i" as a condition on i and j, and what it was made of (lunapse.language.base.fail); another text as it is.
local function range_condition(where, source)
  local name, at = source:match "^%s*for%s+([%a_][%w_]*)%s+in%s+()"
  if not name and source:find "^%s*[%a_][%w_]*%s+for%s" then
    options.fail(('%s: "for k in LOW .. HIGH" expected, from 1 and with both ends, without a name before it, got "%s"'):format(where, source))
  end
  if not name then return source end
  local range, condition_at = source:match("^(.-)%s+if%s+()", at)
  local low, high_at, high = (range or source:sub(at)):match "^(.-)%s*%.%.%s*()(.+)$"
  if not low or low == "" or name == "i" then
    options.fail(('%s: "for k in LOW .. HIGH step STEP if CONDITION" expected, with a name other than i, got "%s"'):format(where, source))
  end
  local upto, step_at, step = high:match "^(.-)%s+step%s+()(.+)$"
  local texts, length, made_of = {}, 0, { text = source }
  local function put(piece, from)
    texts[#texts + 1] = piece
    if from then made_of[#made_of + 1] = { first = length + 1, last = length + #piece, at = from } end
    length = length + #piece
  end
  high_at = at + high_at - 1
  put "j >= ("; put(low, at); put ") and j <= ("; put(upto or high, high_at); put ")"
  if step then put " and mod(j - ("; put(low, at); put "), "; put(step, high_at + step_at - 1); put ") == 0" end
  if condition_at then
    put " and ("
    for before, behind in source:gmatch("()%f[%w_.]" .. name .. "()%f[^%w_]", condition_at) do
      put(source:sub(condition_at, before - 1), condition_at)
      put("j", before)
      condition_at = behind
    end
    put(source:sub(condition_at), condition_at)
    put ")"
  end
  return table.concat(texts), made_of
end

--- Every pair for which a condition holds: `connect = "abs(i - j) < 3"` means the same. `i` and `j` are the numbers of the neurons in their
--- populations (as in equations, also where `from` and `to` are views), pre.X and post.X their variables and parameters, pre.N and post.N the sizes, Uniform(0, 1) and
--- the like are drawn for each pair. Self-connections are made where the condition holds for them: write `i != j`. A range of posts for each pre neuron is a condition, too:
--- `"for k in i-2 .. i+2 if k != i"`, with `step`; what lies outside of the population is left out.
---@param source string
---@param parameters? table<string, number>  further names
---@return Connector
function connectors.condition(source, parameters)
  local c = text("lp.condition", "condition", source, parameters)
  c.source, c.made_of = range_condition("lp.condition", source)
  return c
end

--- Every pair with a probability of its own, between 0 and 1: `lp.probability "0.5 * exp(-abs(i - j) / 10)"`. Names as in lp.condition. With `clip = true` what is above
--- counts as 1 and what is below as 0: `lp.probability("0.3 / abs(i - j)", {}, { clip = true })`.
---@param source string
---@param parameters? table<string, number>
---@param opt? { clip?: boolean }
---@return Connector
function connectors.probability(source, parameters, opt)
  opt = options.check("lp.probability", opt or {}, { clip = "boolean" })
  local c = text("lp.probability", "probability", source, parameters)
  c.clips = opt.clip
  return c
end

--- Weights that fall off with distance: amplitude exp(-d^2/(2 sigma^2)), d between positions on grids scaled to 0..1 along each axis
--- (the populations' `geometry`); kept where |w| > limit * |amplitude|.
---@param opt { amplitude: number, sigma: number, limit?: number, self?: boolean }
---@return Connector
function connectors.gaussian(opt)
  options.check("lp.gaussian", opt, { amplitude = "number", sigma = "number", limit = "number", self = "boolean" }, { "amplitude", "sigma" })
  return make("gaussian", { kind = "gaussian", amplitude = opt.amplitude, sigma = opt.sigma, limit = opt.limit, self = opt.self or false, needs_positions = true })
end

--- Difference of Gaussians: a_plus exp(-d^2/(2 s_plus^2)) - a_minus exp(-d^2/(2 s_minus^2)); kept where |w| > limit * |a_plus - a_minus|.
---@param opt { a_plus: number, s_plus: number, a_minus: number, s_minus: number, limit?: number, self?: boolean }
---@return Connector
function connectors.dog(opt)
  options.check("lp.dog", opt, { a_plus = "number", s_plus = "number", a_minus = "number", s_minus = "number", limit = "number", self = "boolean" },
    { "a_plus", "s_plus", "a_minus", "s_minus" })
  return make("dog", { kind = "dog", amplitude = opt.a_plus, sigma = opt.s_plus, amplitude_minus = opt.a_minus, sigma_minus = opt.s_minus,
    limit = opt.limit, self = opt.self or false, needs_positions = true })
end

--- The synapses of another projection with their weights, between populations of the same sizes. Nothing is kept twice: what is learned or set there is at once the weight here.
--- Such a projection has a synapse model, a target and a delay of its own; its model may not change w. Both are of spikes, or both of rates.
---@param original Projection
---@return Connector
--- Example: net:project { from = right, to = seen, target = "exc", connect = lp.copy(left_to_seen) }
function connectors.copy(original) return require("lunapse.network.copied").connector(original) end

local paddings = { zero = true, border = true, periodic = true, none = true }

--- A filter that is laid over the grid of the pre population at every post neuron: y = sum over k of filter[k] x[centre + k], along the axes of `geometry`. The filter is
--- kept once, whatever the number of neurons, and no synapse is stored. `proj.filters` reads and sets it. Such synapses hold nothing of their own: their
--- model may have a psp or a pre_spike that writes to neurons, and equations that change what they share by the mean of what all of them compute: a filter that learns. Of an even number of elements the centre is the one before the middle.
---
--- - `weights`: a filter with the axes of the pre population. Axes that the post population has not are covered whole: {100, 100, 3} with a filter {5, 5, 3} gives {100, 100}.
--- - `bank`: the first axis of `weights` counts filters; the last axis of the post population has a neuron for each: {100, 100}, {16, 5, 5} gives {100, 100, 16}.
--- - `keep_last`: each map of the last axis is filtered for itself: {100, 100, 16}, {5, 5} gives {100, 100, 16}.
--- - `stride`: from one centre to the next (a number, or one for each axis); without it as the sizes of the populations say.
--- - `dilation`: from one element of the filter to the next, 1.
--- - `padding`: beyond the border there is "zero", the "border" itself again, the other side ("periodic"), or filters lie inside alone ("none").
---@param weights array|table
---@param opt? { bank?: boolean, keep_last?: boolean, stride?: integer|integer[], dilation?: integer|integer[], padding?: "zero"|"border"|"periodic"|"none" }
---@return Connector
--- Example: lp.convolution({ { -1, 0, 1 }, { -1, 0, 1 }, { -1, 0, 1 } }) finds vertical edges.
function connectors.convolution(weights, opt)
  local where = "lp.convolution"
  opt = options.check(where, opt or {}, { bank = "boolean", keep_last = "boolean", stride = "number|table", dilation = "number|table", padding = "any" })
  local padding = opt.padding or "zero"
  if padding == 0 then padding = "zero" end
  if not paddings[padding] then
    options.fail(('%s: option \'padding\' must be "zero", "border", "periodic" or "none", got %s'):format(where, options.show(padding)))
  end
  if opt.bank and opt.keep_last then options.fail(where .. ": either 'bank' or 'keep_last': a projection for each filter does both") end
  local ok, filters = pcall(array.from, weights, "float64")
  if not ok or filters:size() == 0 then options.fail(("%s: a filter expected, numbers in a table or array of as many axes as the pre population has, got %s"):format(where,
    ok and "none" or options.show(weights))) end
  local shape = { filters:shape() }
  if filters:axes() == 1 then shape = { filters:size() } end
  local shared = { shape = shape, bank = opt.bank }
  return make(("convolution(%s%s)"):format(table.concat(shape, " x "), opt.bank and ", bank" or ""), { on_grids = "bind", shape = shape, bank = opt.bank,
    keep_last = opt.keep_last, stride = opt.stride, dilation = opt.dilation, padding = padding,
    filters = require("lunapse.network.convolution").laid(filters, shared) })
end

local poolings = { max = true, min = true, mean = true, sum = true }

--- Regions of the grid of the pre population, one for each post neuron, along the axes of `geometry`: max, min, mean or sum of what lies in them. No synapse is stored. Regions
--- are as large as the sizes of the populations say, side by side; axes that the post population has not are pooled whole.
---
--- - `extent`: neurons of a region along each axis (a number, or one for each); `stride`: from one region to the next, `extent` unless given.
--- - `psp`: what is pooled, "pre.r" unless given: any expression of a psp.
---
--- Without an operation option `synapse` of the projection says what is done, as ever: spikes are added up by `lp.pooling()` with lp.models.static.
---@param operation? "max"|"min"|"mean"|"sum"
---@param opt? { extent?: integer|integer[], stride?: integer|integer[], psp?: string }
---@return Connector
function connectors.pooling(operation, opt)
  local where = "lp.pooling"
  opt = options.check(where, opt or {}, { extent = "number|table", stride = "number|table", psp = "string" })
  if operation ~= nil and not poolings[operation] then
    options.fail(('%s: the operation must be "max", "min", "mean" or "sum", got %s'):format(where, options.show(operation)))
  end
  if opt.psp and not operation then options.fail(where .. ": option 'psp' belongs to an operation: lp.pooling(\"max\", { psp = ... })") end
  return make(("pooling(%s)"):format(operation or ""), { on_grids = "bind_pooling", extent = opt.extent, stride = opt.stride,
    synapse = operation and { name = operation .. " pooling", psp = opt.psp or "pre.r", operation = operation } })
end

return connectors
