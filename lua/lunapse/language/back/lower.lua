--- Trees to values: what an expression means at one place of a program.
---
--- An *environment* says what names mean there:
---   model      resolves names: model:meaning(env, node), model:reduction(env, node)
---   graph      the value graph
---   stored     variable -> value it has by now (nil: what its slot holds)
---   over       name -> value, for the stages of a solver; wins over everything
---   time       the value of t
---   statement  the statement being read: errors point into it
---   level      what a random draw here is made for (3 each element)

local fail = require "lunapse.language.base.fail"
local functions = require "lunapse.language.base.functions"

local lower = {}

--- A new environment of a model.
---@param model table
---@param fields? table
---@return table env
function lower.environment(model, fields)
  local env = fields or {}
  env.model, env.graph = model, model.graph
  env.stored, env.memo = env.stored or {}, {}
  env.time = env.time or model.graph:now()
  env.level = env.level or 3
  return env
end

--- The same environment with other meanings of some names, and of t.
---@param env table
---@param over table<string, table>
---@param time? table
---@return table
function lower.stage(env, over, time)
  return setmetatable({ over = over, time = time or env.time, memo = {} }, { __index = env })
end

--- Give a variable a value from here on; `env.order` lists the variables in the order in which they were first written.
function lower.put(env, variable, value)
  if not env.stored[variable] then
    env.order = env.order or {}
    table.insert(env.order, variable)
  end
  env.stored[variable] = value
  env.memo = {}
end

--- Raise an error at a node, in the statement that is being read.
---@param env table
---@param node table
---@param message string
---@param hint? string|string[]
function lower.fail(env, node, message, hint)
  local statement = env.statement
  local place = statement and statement.place or env.place or { kind = env.model.kind, name = env.model.name, text = "" }
  fail.at(place, node, message, hint)
end

local binary = { ["+"] = "add", ["-"] = "sub", ["*"] = "mul", ["/"] = "div", ["^"] = "pow" }
local comparison = { ["<"] = "lt", ["<="] = "le", [">"] = "gt", [">="] = "ge", ["=="] = "eq", ["!="] = "ne" }

--- Functions that jump: a last bit lost before them is not a last bit behind them.
local jumps = { floor = true, ceil = true, round = true, int = true, mod = true, timestep = true, isnan = true, isfinite = true, sign = true, heaviside = true }

--- Functions that are made of operations. A bound comes first: min and max take the second of what does not compare, so NaN stays NaN.
local composed = {
  clip = function(graph, x, low, high) return graph:min(high, graph:max(low, x)) end,
  pos = function(graph, x) return graph:max(graph:const(0), x) end,
  neg = function(graph, x) return graph:min(graph:const(0), x) end,
  int = function(graph, x) return graph:trunc(x) end,
  isnan = function(graph, x) return graph:compare("ne", x, x) end,
  isfinite = function(graph, x) return graph:compare("eq", graph:sub(x, x), graph:const(0)) end,
  timestep = function(graph, time, step) return graph:floor(graph:div(graph:add(time, graph:mul(graph:const(1e-3), step)), step)) end,
  pow = function(graph, x, y) return graph:pow(x, y) end,
}

local draws = {
  Uniform = function(graph, draw, low, high) return graph:add(low, graph:mul(graph:sub(high, low), draw "draw")) end,
  Normal = function(graph, draw, mean, spread) return graph:add(mean, graph:mul(spread, draw "draw_normal")) end,
  LogNormal = function(graph, draw, mean, spread)
    return graph:exp(graph:add(mean, graph:mul(spread, draw "draw_normal")))
  end,
  Exponential = function(graph, draw, rate) return graph:div(graph:neg(graph:log(draw "draw")), rate) end,
  Poisson = function(_, draw, mean) return draw("draw_poisson", mean) end,
  Gamma = function(graph, draw, shape, scale) return graph:mul(scale, draw("draw_gamma", shape)) end,
  Binomial = function(_, draw, n, p) return draw("draw_binomial", n, p) end,
  DiscreteUniform = function(graph, draw, low, high)
    local count = graph:add(graph:sub(high, low), graph:const(1))
    -- rounding of count*u up to count is held off: u < 1 does not make u*count < count
    return graph:add(low, graph:min(graph:floor(graph:mul(count, draw "draw")), graph:sub(high, low)))
  end,
}

--- Whether arguments of a draw can be meant: of constants the front has seen to it (`wrong` in base/functions.lua). Poisson and Binomial see to it themselves, in the kernel.
local possible = {
  Uniform = function(graph, low, high) return graph:compare("le", low, high) end,
  Normal = function(graph, _, spread) return graph:compare("ge", spread, graph:const(0)) end,
  Exponential = function(graph, rate) return graph:compare("gt", rate, graph:const(0)) end,
  Gamma = function(graph, _, scale) return graph:compare("gt", scale, graph:const(0)) end,
  DiscreteUniform = function(graph, low, high)
    local are_whole = graph:conjunction(graph:compare("eq", graph:call("floor", low), low), graph:compare("eq", graph:call("floor", high), high))
    return graph:conjunction(are_whole, graph:compare("le", low, high))
  end,
}
possible.LogNormal = possible.Normal

local eval

local function strictly(env, node)
  local graph = env.graph
  local loose = graph.loose
  graph.loose = false
  -- not shared with what loose evaluation found
  local value = eval(loose and lower.stage(env, env.over, env.time) or env, node)
  graph.loose = loose
  return value
end

--- A random call: one draw for each place where it stands. A node that stands in several places (an argument of a function) is one.
local function eval_draw(env, node)
  local model, graph = env.model, env.graph
  local args = {}
  for k, argument in ipairs(node.args) do args[k] = graph:real(eval(env, argument)) end
  local function draw(op, a, b)
    local site = model.sites[node]
    if not site then
      site = model.n_sites
      model.n_sites = site + 1
      model.sites[node] = site
    end
    return graph:draw(op, site, env.level, a, b)
  end
  local drawn = draws[node.name](graph, draw, table.unpack(args))
  if not possible[node.name] then return drawn end
  -- what cannot be drawn is no number, and no number ends the run
  return graph:select(possible[node.name](graph, table.unpack(args)), drawn, graph:const(0 / 0))
end

local function eval_call(env, node)
  local name, graph = node.name, env.graph
  if env.model.source and env.model.source.arrays[name] then return env.model:of_array(env, node) end
  local row = functions.rows[name]
  if row and row.role == "reduction" or (functions.also_reductions[name] and #node.args == 1) then
    return env.model:reduction(env, node)
  end
  if draws[name] then return eval_draw(env, node) end
  if not row then lower.fail(env, node, ("unknown function '%s'"):format(name), functions.names()) end
  local read = jumps[name] and strictly or eval
  local args = {}
  for k, argument in ipairs(node.args) do args[k] = graph:real(read(env, argument)) end
  if composed[name] then return composed[name](graph, table.unpack(args)) end
  return graph:call(name, args[1], args[2])
end

local evaluate = {
  number = function(env, node) return env.graph:const(node.value) end,
  bool = function(env, node) return env.graph:truth(node.value) end,
  name = function(env, node)
    local over = env.over and not node.base and env.over[node.name]
    return over or env.model:meaning(env, node)
  end,
  unary = function(env, node)
    local graph = env.graph
    if node.op == "not" then return graph:negation(graph:bool(eval(env, node.a))) end
    return graph:neg(graph:real(eval(env, node.a)))
  end,
  binary = function(env, node)
    local graph, op = env.graph, node.op
    if binary[op] then return graph[binary[op]](graph, graph:real(eval(env, node.a)), graph:real(eval(env, node.b))) end
    if comparison[op] then
      return graph:compare(comparison[op], graph:real(strictly(env, node.a)), graph:real(strictly(env, node.b)))
    end
    local a, b = graph:bool(eval(env, node.a)), graph:bool(eval(env, node.b))
    if op == "and" then return graph:conjunction(a, b) end
    return graph:disjunction(a, b)
  end,
  ["if"] = function(env, node)
    local graph = env.graph
    return graph:select(graph:bool(strictly(env, node.cond)), eval(env, node.yes), eval(env, node.no))
  end,
  call = eval_call,
}

function eval(env, node)
  local value = env.memo[node]
  if not value then
    local rule = evaluate[node.kind]
    if not rule then lower.fail(env, node, "a derivative cannot stand here", "dx/dt stands on the left side of an equation") end
    value = rule(env, node)
    env.memo[node] = value
  end
  return value
end

--- The value of an expression, a number or a truth value.
lower.eval = eval

--- The same where a last bit matters: constant factors stay where they stand.
lower.strictly = strictly

--- The value of an expression as a number.
---@param env table
---@param node table
---@return table value
function lower.real(env, node) return env.graph:real(eval(env, node)) end

--- The value of an expression as a truth value.
function lower.bool(env, node) return env.graph:bool(strictly(env, node)) end

--- The value of an expression on the right side of a differential equation: constant factors are gathered.
function lower.loosely(env, node)
  local graph = env.graph
  local before = graph.loose
  graph.loose = true
  local value = graph:real(eval(env, node))
  graph.loose = before
  return value
end

return lower
