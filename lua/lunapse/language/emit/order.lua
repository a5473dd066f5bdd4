-- The order in which C computes what an element needs.
--
-- A program comes equation by equation: the exponentials of one gate, what hangs on them, those of the next. Each is a long chain of operations that wait for one another,
-- and a processor looks a few hundred instructions ahead, so it seldom sees the next chain in time. Here values stand in the order in which they could begin if any number
-- of operations ran at once: chains that do not need one another stand side by side. The three gates of Hodgkin and Huxley's neuron so take 3/4 of the time. Values are the
-- same, each is computed as before.
local emit_values = require "lunapse.language.emit.values"

local emit_order = {}

--- How long others wait for an operation, in additions; a function that is not listed takes FUNCTION.
local LATENCY = { div = 4, sqrt = 5, abs = 1, sign = 1, min = 1, max = 1, floor = 2, ceil = 2, round = 2, trunc = 2, heaviside = 1 }
local FUNCTION = 15

--- Less than so much work in functions and divisions, beside the longest chain, and there are no chains to put side by side: another order only keeps more values at hand.
local LEAST_WIDTH = 2

--- From here on a chain is long (additions): the chain of the next vector of elements begins beyond what a processor sees.
local LONG = 24

--- When each value could begin; what is written, after all values. nil where hardly any could begin earlier than they do. And how long the longest chain takes.
local function beginnings(program, ops)
  local start, stop, longest, work = {}, {}, 0, 0
  for k, instruction in ipairs(program.code) do
    local at = 0
    for _, argument in ipairs(instruction) do at = math.max(at, stop[argument]) end
    local op = ops[instruction.op]
    local is_effect = emit_values.WRITES[instruction.op] or instruction.op == "spike"
    local latency = LATENCY[instruction.op] or op and op.form == "call" and FUNCTION or 1
    start[k], stop[k] = is_effect and math.huge or at, at + latency
    longest, work = math.max(longest, stop[k]), work + (latency > 2 and latency or 0)
  end
  return work >= LEAST_WIDTH * longest and start or nil, longest
end

--- The same program with its code in this order. Only of loops over neurons, since those over synapses wait for memory; and not where an array may be written
--- under one name and read under another. And whether it is one long chain, in which nothing can be put side by side but further elements.
---@param program table
---@param ops table       of kernel.ops()
---@return table
---@return boolean? is_one_chain
function emit_order.side_by_side(program, ops)
  if program.nest ~= "each" then return program end
  for _, s in ipairs(emit_values.analyse(program, nil, ops).slots) do
    if s.may_alias then return program end
  end
  local start, longest = beginnings(program, ops)
  if not start then return program, longest >= LONG end
  local order, place, code, comments = {}, {}, {}, program.comments and {}
  for k in ipairs(program.code) do order[k] = k end
  table.sort(order, function(a, b)
    if start[a] ~= start[b] then return start[a] < start[b] end
    return a < b
  end)
  for at, k in ipairs(order) do place[k] = at end
  for at, k in ipairs(order) do
    local moved = setmetatable({}, { __index = program.code[k] })
    for j, argument in ipairs(program.code[k]) do moved[j] = place[argument] end
    code[at] = moved
    if comments then comments[at] = program.comments[k] end
  end
  return setmetatable({ code = code, comments = comments }, { __index = program })
end

return emit_order
