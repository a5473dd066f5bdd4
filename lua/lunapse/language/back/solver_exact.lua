--- Exact: the propagator of a linear system with constant coefficients, by matrix exponential.
---
--- x' = M x + b over a step h, with b held:  x + ... = P x + Q b,  P = exp(M h),  Q = integral of exp(M s) from 0 to h.
--- P and Q depend on parameters and dt alone. Equations that act on each other, directly or through others, are one *block*:
---   few      P and Q are written out as operations, derived constants, by scaling and doubling: Taylor's series of Q and E = P - 1 over h/2^14, then
---            14 times  Q(2s) = 2 Q(s) + E(s) Q(s),  E(2s) = 2 E(s) + E(s) E(s). Doubling E instead of squaring P keeps small entries exact
---            to the last bits (squaring loses a bit each time, Moler and Van Loan 2003); E taken as M Q would multiply what rounding has left of a
---            slow variable by the rates of fast ones, at each doubling. The series ends at the ninth power, which is below 1e-16 as long as
---            |M h| < 1000, and below what fast variables keep of it up to 30000. A variable that no loop leads back to has exp and exprel of its own on the diagonal.
---   many     what is written out grows with the third power of their number. So M is data: a program of its own computes P and Q, in the same way, when a
---            coefficient changes, and another one advances the neurons (kernel/linear.h). `prepare` makes them; their results are read from arrays.

local algebra = require "lunapse.language.back.algebra"
local assemble = require "lunapse.language.back.assemble"
local solver_implicit = require "lunapse.language.back.solver_implicit"
local tree = require "lunapse.language.base.tree"

local solver_exact = {}

local doublings, terms = 14, 9

local MOST_WRITTEN = 27000 -- operations of a propagator; seven equations that all act on each other come to 26068
local products_each = 2 * (terms + 2 * doublings + 1) -- operations for each product of two entries that may not be 0
local MOST_EQUATIONS = 4096 -- that act on each other

-- Matrices are rows of values; nil is zero.

local function multiply(graph, a, b, n)
  local c = {}
  for i = 1, n do
    c[i] = {}
    for j = 1, n do
      local sum
      for k = 1, n do
        if a[i][k] and b[k][j] then
          local term = graph:mul(a[i][k], b[k][j])
          sum = sum and graph:add(sum, term) or term
        end
      end
      c[i][j] = sum
    end
  end
  return c
end

local function combine(graph, a, factor, b, n)
  local c = {}
  for i = 1, n do
    c[i] = {}
    for j = 1, n do
      local term = a[i][j] and graph:mul(factor, a[i][j])
      local other = b[i][j]
      c[i][j] = term and other and graph:add(term, other) or term or other
    end
  end
  return c
end

local function identity(graph, n, value)
  local c = {}
  for i = 1, n do c[i] = { [i] = value or graph:const(1) } end
  return c
end

--- reach[i][j]: whether x_j acts on x_i, directly or through others.
local function closure(m, n)
  local reach = {}
  for i = 1, n do
    reach[i] = {}
    for j = 1, n do reach[i][j] = m[i][j] ~= nil end
  end
  for k = 1, n do
    for i = 1, n do
      for j = 1, n do reach[i][j] = reach[i][j] or (reach[i][k] and reach[k][j]) end
    end
  end
  return reach
end

--- P and Q of x' = m x + b over a step h.
---@param graph table
---@param m table  rows of values, nil for zero
---@param h table
---@return table p
---@return table q
function solver_exact.propagator(graph, m, h)
  local n = #m
  local small = graph:mul(graph:const(2.0 ^ -doublings), h)
  local scaled = multiply(graph, identity(graph, n, small), m, n)
  local q = identity(graph, n) -- Horner: 1 + A/2 (1 + A/3 (...))
  for k = terms, 2, -1 do
    q = combine(graph, multiply(graph, scaled, q, n), graph:const(1 / k), identity(graph, n), n)
  end
  local e = multiply(graph, scaled, q, n)
  q = multiply(graph, identity(graph, n, small), q, n)
  for _ = 1, doublings do
    q = combine(graph, q, graph:const(2), multiply(graph, e, q, n), n)
    e = combine(graph, e, graph:const(2), multiply(graph, e, e, n), n)
  end
  local p = combine(graph, identity(graph, n), graph:const(1), e, n)
  local reach = closure(m, n)
  for i = 1, n do
    local alone = true
    for j = 1, n do
      if j ~= i and reach[i][j] and reach[j][i] then alone = false end
    end
    if alone then
      local rate = m[i][i] and graph:mul(m[i][i], h)
      p[i][i] = rate and graph:exp(rate) or graph:const(1)
      q[i][i] = rate and graph:mul(h, graph:exprel(rate)) or h
    end
  end
  return p, q
end

-- ------------------------------------------------------------------------------------------------------------------- blocks

--- Numbers of the members in blocks: those that act on each other, directly or through others. In order of their first members.
---@param m table  rows; what is not nil says that the row's member reads the column's
---@param n integer  members
---@return integer[][]
function solver_exact.blocks_of(m, n)
  local neighbours, block_of, blocks = {}, {}, {}
  for i = 1, n do neighbours[i] = {} end
  for i = 1, n do
    for j = 1, n do
      if m[i][j] then
        table.insert(neighbours[i], j)
        table.insert(neighbours[j], i)
      end
    end
  end
  for first = 1, n do
    local block, pending = {}, { not block_of[first] and first or nil }
    if pending[1] then blocks[#blocks + 1] = block end
    while #pending > 0 do
      local i = table.remove(pending)
      if not block_of[i] then
        block_of[i] = block
        block[#block + 1] = i
        for _, j in ipairs(neighbours[i]) do pending[#pending + 1] = j end
      end
    end
    table.sort(block)
  end
  return blocks
end

--- About how many operations the propagator of a block comes to when it is written out.
local function operations_of(m, block)
  if products_each * (3 * #block - 2) > MOST_WRITTEN then return math.huge end -- so many at least, where one acts on all others
  local small = {}
  for i, a in ipairs(block) do
    small[i] = {}
    for j, b in ipairs(block) do small[i][j] = m[a][b] end
  end
  local reach, products = closure(small, #block), 0
  for i = 1, #block do
    for k = 1, #block do
      for j = 1, #block do
        if (i == k or reach[i][k]) and (k == j or reach[k][j]) then products = products + 1 end
      end
    end
  end
  return products_each * products
end

--- Whether the propagator of a block is written out.
---@param m table
---@param block integer[]
---@return boolean
function solver_exact.is_written(m, block) return operations_of(m, block) <= MOST_WRITTEN end

--- What a model knows of its systems, by the names of their members: `forms` of solver_implicit, and when they were accepted the rows `m` of values
--- (nil for 0), and their blocks; `is_data` says that a block is not written out.
local function known_system(system)
  local names = {}
  for i, member in ipairs(system.members) do names[i] = member.name end
  local key, known = table.concat(names, " "), system.model.exact_systems or {}
  system.model.exact_systems, known[key] = known, known[key] or {}
  return known[key]
end

local function find_blocks(system, known)
  known.m = {}
  for i, member in ipairs(system.members) do
    known.m[i] = {}
    for j, other in ipairs(system.members) do
      local part = known.forms[member.name].parts[other.name]
      if part and not algebra.is_zero(part) then known.m[i][j] = system.eval(algebra.quotient(part, member.coefficient)) end
    end
  end
  known.blocks = solver_exact.blocks_of(known.m, #system.members)
  for _, block in ipairs(known.blocks) do block.is_data = not solver_exact.is_written(known.m, block) end
end

--- The input of a member, nil for 0.
local function input_of(system, known, member)
  local rest = known.forms[member.name].rest
  return not algebra.is_zero(rest) and system.eval(algebra.quotient(rest, member.coefficient)) or nil
end

--- Why a block cannot be data, and the node that is to blame; nil where it can.
local function why_not_data(system, forms, block)
  local first = system.members[block[1]]
  if system.model.kind ~= "neuron" then return ("%d equations act on each other; in synapses exact can do with 7"):format(#block), first.right end
  if #block > MOST_EQUATIONS then return ("%d equations act on each other; exact can do with %d"):format(#block, MOST_EQUATIONS), first.right end
  for _, i in ipairs(block) do
    local member = system.members[i]
    local parts = { member.coefficient }
    for _, j in ipairs(block) do parts[#parts + 1] = forms[member.name].parts[system.members[j].name] end
    for _, part in ipairs(parts) do
      if system.eval(part).level ~= 0 then
        return ("%d equations act on each other, and the coefficient '%s' is not the same for all neurons; exact can do with 7, or with one value for all")
          :format(#block, algebra.text(part)), part
      end
    end
  end
end

--- The first node that is the time, which moves within a step. What a timed array gives in steps, stim(t), is an input that holds.
local function time_in(model, root)
  local found
  tree.each(root, function(n)
    local shape = n.kind == "call" and (model.options.arrays or {})[n.name]
    local argument = shape and n.args[1]
    if shape and shape.how == "steps" and argument.kind == "name" and argument.name == "t" and not argument.base then return false end
    if n.kind == "name" and not n.base and n.name == "t" then found = found or n end
    return nil
  end)
  return found
end

---@param system table
---@return boolean accepted
---@return string? reason
---@return table? node
function solver_exact.accepts(system)
  local known = known_system(system)
  if known.blocks then return true end
  local forms, reason, node = solver_implicit.linear_forms(system)
  if not forms then return false, reason, node end
  known.forms = forms
  for _, member in ipairs(system.members) do
    local check = { member.coefficient }
    for _, part in pairs(forms[member.name].parts) do check[#check + 1] = part end
    for _, part in ipairs(check) do
      if not system.eval(part).constant then
        return false, ("the coefficient '%s' changes from step to step (exponential can do that)"):format(algebra.text(part)), part
      end
    end
    local time = time_in(system.model, forms[member.name].rest)
    if time then return false, "the input depends on t within the step (assign it to a variable first to hold it)", time end
  end
  find_blocks(system, known)
  for _, block in ipairs(known.blocks) do
    if block.is_data then
      reason, node = why_not_data(system, forms, block)
      if reason then return false, reason, node end
    end
  end
  return true
end

-- --------------------------------------------------------------------------------------------------------------------- data

--- The slot of a value that is constant: a parameter's own, or that of a derived constant.
local function constant_slot(model, value) return value.op == "load" and value.slot or assemble.derived(model, value) end

--- The slot of an input: of a constant, or of a hidden variable that the segment stores.
local function input_slot(model, segment, name, value)
  if value.constant then return constant_slot(model, value) end
  local slot = model:hidden(name, { level = value.level, text = value }).slot
  assemble.effect(segment, { op = "store", slot = slot, value = value, level = value.level })
  return slot
end

--- Prepare the blocks of a system that are data: their inputs are stored by `segment`, which runs before them.
---@param system table
---@param segment table
---@return table[] steps  programs that are to run between the segment and what reads the results
---@return table<string, table> results  name -> slot with the value at the end of the step
function solver_exact.prepare(system, segment)
  local model, steps, results = system.model, {}, {}
  local known = known_system(system)
  for _, block in ipairs(known.blocks) do
    if block.is_data then
      local n = #block
      model.n_propagators = (model.n_propagators or 0) + 1
      local name = "_exact" .. model.n_propagators
      local propagator = model:hidden(name, { level = 0, kind = "derived", count = 2 * n * n, text = ("propagator of %d equations"):format(n) }).slot
      local coefficients, states, inputs, outputs, read = {}, {}, {}, {}, {}
      for i, at in ipairs(block) do
        local member = system.members[at]
        for j, other in ipairs(block) do
          local value = known.m[at][other]
          coefficients[(i - 1) * n + j] = value and constant_slot(model, value) or false
          if value then read[#read + 1] = value end
        end
        local input = input_of(system, known, member)
        states[i] = member.variable.slot
        inputs[i] = input and input_slot(model, segment, name .. "_in_" .. member.name, input) or false
        outputs[i] = model:hidden(name .. "_" .. member.name, { level = member.variable.level, text = member.name .. " at the end of the step" }).slot
        results[member.name] = outputs[i]
      end
      assemble.propagator(model, { size = n, propagator = propagator, h = system.h.slot, matrix = coefficients, read = read })
      steps[#steps + 1] = assemble.linear_step(model, { size = n, propagator = propagator, state = states, input = inputs, result = outputs })
    end
  end
  return steps, results
end

--- The new values of a block that is written out.
local function write_out(system, known, block, result)
  local graph, n, small, input = system.graph, #block, {}, {}
  for i, at in ipairs(block) do
    small[i], input[i] = {}, input_of(system, known, system.members[at])
    for j, other in ipairs(block) do small[i][j] = known.m[at][other] end
  end
  graph.loose = false -- no gathering inside the propagator
  local p, q = solver_exact.propagator(graph, small, system.h)
  graph.loose = true
  for i, at in ipairs(block) do
    local constant, moving = graph:const(0), graph:const(0)
    for j, other in ipairs(block) do
      if p[i][j] then moving = graph:add(moving, graph:mul(p[i][j], system.old(system.members[other].name))) end
    end
    for j = 1, n do
      local term = q[i][j] and input[j] and graph:mul(q[i][j], input[j])
      if term and term.constant then constant = graph:add(constant, term) elseif term then moving = graph:add(moving, term) end
    end
    result[system.members[at].name] = graph:add(moving, constant)
  end
end

---@param system table  `prepared`: name -> slot, the results of blocks that are data
---@return table<string, table>
function solver_exact.rewrite(system)
  local known, result = known_system(system), {}
  if not known.blocks then solver_exact.accepts(system) end -- a part of an accepted system is accepted
  for _, block in ipairs(known.blocks) do
    if block.is_data then
      for _, at in ipairs(block) do
        local name = system.members[at].name
        result[name] = system.graph:load(system.prepared[name])
      end
    else
      write_out(system, known, block, result)
    end
  end
  return result
end

return solver_exact
