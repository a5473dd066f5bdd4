--- Lines: what one statement of the user's does to the values of an environment, and the effects that remain at the end.

local algebra = require "lunapse.language.back.algebra"
local assemble = require "lunapse.language.back.assemble"
local lower = require "lunapse.language.back.lower"
local units = require "lunapse.language.base.unit_table"
local values = require "lunapse.language.back.values"

local lines = {}

--- A value held between the bounds of a statement. The bound comes first: what is no number stays none (language/back/lower.lua, `composed`).
---@param env table
---@param statement table
---@param value table
---@return table
function lines.bound(env, statement, value)
  local graph, flags = env.graph, statement.flags
  if flags.min then value = graph:max(lower.real(env, flags.min), value) end
  if flags.max then value = graph:min(lower.real(env, flags.max), value) end
  return value
end

local whole = { trunc = true, floor = true, ceil = true, round = true, real_of_bool = true, index = true }

local function is_whole(graph, value)
  local known = graph.whole or {} -- values do not change
  graph.whole = known
  values.operands_first(value, known, function(v)
    if v.op == "const" then known[v] = v.value == math.floor(v.value)
    elseif v.op == "add" or v.op == "sub" or v.op == "mul" then known[v] = known[v.a] and known[v.b]
    elseif v.op == "select" then known[v] = known[v.b] and known[v.c]
    elseif v.op == "load" then known[v] = v.slot.is_int or false
    else known[v] = whole[v.op] or false end
  end)
  return known[value]
end

--- A value as a variable of its type holds it: whole (towards zero) for int, 1 or 0 for bool.
function lines.typed(env, variable, value)
  local graph = env.graph
  if variable.is_bool then return graph:real(graph:bool(value)) end
  value = graph:real(value)
  if variable.is_int and not is_whole(graph, value) then return graph:trunc(value) end
  return value
end

local operations = { ["+="] = "add", ["-="] = "sub", ["*="] = "mul", ["/="] = "div" }

--- The value that an assignment gives to its variable, bounds and type included.
---@param env table
---@param statement table
---@param variable table
---@return table
function lines.value(env, statement, variable)
  local graph = env.graph
  env.statement = statement
  local value = lower.eval(env, statement.rhs)
  if statement.op ~= "=" then
    value = graph[operations[statement.op]](graph, env.model:read(env, variable), graph:real(value))
  end
  if not variable.is_bool then value = lines.bound(env, statement, graph:real(value)) end
  return lines.typed(env, variable, value)
end

--- Run one assignment. `condition` (optional): a truth value where the line acts; elsewhere the variable keeps its value.
function lines.assign(env, statement, variable, condition)
  local value = lines.value(env, statement, variable)
  if condition then value = env.graph:select(condition, value, env.model:read(env, variable)) end
  env.model:write(env, variable, value)
  return value
end

--- The number that a tree stands for, if it is one.
---@param node table|number|nil
---@return number?
function lines.number(node)
  if type(node) == "number" then return node end
  if type(node) == "boolean" then return node and 1 or 0 end
  if not node then return nil end
  if node.kind == "condition" then node = node.rhs end
  if node.kind == "bool" then return node.value and 1 or 0 end
  if node.kind == "number" then return node.value end -- with its unit worked in
  return units.constant(node)
end

--- Add to a segment what an environment has stored, in the order in which the variables were first written.
--- Variables of neurons (with `base`) are written for each synapse.
---@param env table
---@param segment table
function lines.store(env, segment)
  for _, variable in ipairs(env.order or {}) do
    variable.is_written = true
    assemble.effect(segment, { op = "store", slot = variable.slot, value = env.stored[variable],
      level = variable.base and 3 or variable.level })
  end
end

--- What `every` says: a number of ms, or the name of a derived variable that holds it.
---@param env table
---@param statement table
---@return number? constant
---@return string? variable
function lines.period(env, statement)
  local every = statement.flags.every
  if not every then return nil end
  local number = lines.number(every)
  if number then return number end
  env.statement = statement
  local value = lower.real(env, every)
  if not value.constant or value.level ~= 0 then
    lower.fail(env, every, "the period must be a number or depend on uniform parameters alone", "")
  end
  if value.op == "load" then return nil, value.slot.var end
  return nil, assemble.derived(env.model, value).var
end

--- Names in words: "a, b and c".
function lines.list(names)
  if #names < 2 then return names[1] or "none" end
  return table.concat(names, ", ", 1, #names - 1) .. " and " .. names[#names]
end

lines.text = algebra.text

return lines
