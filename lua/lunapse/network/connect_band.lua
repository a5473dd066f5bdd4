--- Between which posts each pre neuron's synapses can lie, by a condition that says so: of `j > i and j <= i + 10 and ...`, `abs(i - j) < 3`, `j == i + 1`
--- only the pairs within these bounds need to be looked at. A band may be wider than what the condition joins, never narrower.
local values = require "lunapse.language.back.values"

local band = {}

local POST = 2
local mirrored = { lt = "gt", le = "ge", gt = "lt", ge = "le", eq = "eq" }

local function is_of_pre(value) return value.level & POST == 0 end

local function is_post_number(value) return value.op == "index" and value.level == POST end

--- Take in what `a op b` says of the number of the post neuron.
local function compare(graph, op, a, b, bounds)
  if is_of_pre(a) then a, b, op = b, a, mirrored[op] end
  if is_of_pre(a) or not is_of_pre(b) then return end
  if a.op == "abs" and (a.a.op == "sub" or a.a.op == "add") and (op == "lt" or op == "le") then
    compare(graph, "lt", a.a, b, bounds)
    compare(graph, "gt", a.a, graph:neg(b), bounds)
  elseif a.op == "sub" or a.op == "add" then
    -- what is brought to the other side may round otherwise there: bounds are one neuron wider
    local x, y = a.a, a.b
    if is_of_pre(y) then compare(graph, op, x, a.op == "sub" and graph:add(b, y) or graph:sub(b, y), bounds)
    elseif is_of_pre(x) and a.op == "sub" then compare(graph, mirrored[op], y, graph:sub(x, b), bounds)
    elseif is_of_pre(x) then compare(graph, op, y, graph:sub(b, x), bounds) end
  elseif is_post_number(a) then
    if op ~= "lt" and op ~= "le" then bounds.low = bounds.low and graph:call("max", bounds.low, b) or b end
    if op ~= "gt" and op ~= "ge" then bounds.high = bounds.high and graph:call("min", bounds.high, b) or b end
  end
end

--- The values of the least and the greatest post number that a condition leaves to a pre neuron, nil where it says nothing of them. Where something is drawn for each
--- pair there is no band: draws are numbered by the places in a whole row.
---@param graph table
---@param condition table  a truth value
---@return table? low
---@return table? high
function band.of(graph, condition)
  local bounds, is_drawn = {}, false
  local seen = {}
  values.operands_first(condition, seen, function(v)
    seen[v], is_drawn = true, is_drawn or v.site ~= nil
  end)
  local function conjuncts(value)
    if value.op == "and" then
      conjuncts(value.a)
      conjuncts(value.b)
    elseif mirrored[value.op] then
      compare(graph, value.op, value.a, value.b, bounds)
    end
  end
  if not is_drawn then conjuncts(condition) end
  return bounds.low, bounds.high
end

return band
