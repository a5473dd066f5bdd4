-- What a kernel program means, in plain Lua: one element after another, one instruction after another, doubles. Slow and obvious.
-- No draws, and no function whose last bit is a matter of method. Indexes count from 0, as in kernels; a slot is a list of numbers.
local kernel_reference = {}

-- The nearest whole number, ties to even; counts stay within 1e15, a NaN becomes the least.
local function round(x)
  if x ~= x or x < -1e15 then return -1e15 end
  if x > 1e15 then return 1e15 end
  local low = math.floor(x)
  local rest = x - low
  if rest < 0.5 or (rest == 0.5 and low % 2 == 0) then return low + 0.0 end
  return low + 1.0
end

--- The half that a number of steps misses by rounding.
local function halves(x)
  local near = round(2 * x)
  return math.abs(2 * x - near) <= 2e-6 + 2.4e-7 * math.abs(x) and near / 2 or x
end

-- A number in a program: denormals are zero.
local function number_of(x)
  x = x * 1.0   -- a float, and -0 stays -0
  if math.abs(x) < 2.0 ^ -1022 then return 1 / x < 0 and -0.0 or 0.0 end
  return x
end

local function number(x) return x and 1.0 or 0.0 end

local MATH = {
  add = function(a, b) return a + b end, sub = function(a, b) return a - b end, mul = function(a, b) return a * b end, div = function(a, b) return a / b end,
  neg = function(a) return -a end, abs = math.abs, min = function(a, b) return a < b and a or b end, max = function(a, b) return a > b and a or b end,
  lt = function(a, b) return a < b end, le = function(a, b) return a <= b end, gt = function(a, b) return a > b end, ge = function(a, b) return a >= b end,
  eq = function(a, b) return a == b end, ne = function(a, b) return a ~= b end,
  ["and"] = function(a, b) return a and b end, ["or"] = function(a, b) return a or b end, ["not"] = function(a) return not a end,
  select = function(c, a, b) if c then return a else return b end end,
  real_of_bool = number, bool_of_real = function(a) return a ~= 0 end, heaviside = function(a) return number(a > 0) end,
  sign = function(a) return a > 0 and 1.0 or a < 0 and -1.0 or a end, sqrt = math.sqrt,
}
kernel_reference.MATH = MATH

-- The places of rows: { outer =, { elem =, pre =, post = }, ... } in the order of the nest. A format that lists pairs walks a listed minor's column; one that is
-- a block walks the majors, and the listed minors in each.
local function synapse_rows(program, o)
  local s, rows = o.storage, {}
  local major, minor, has_range = s.major, s.minor, o.last > 0
  local major_first, minor_first = s[major .. "_first"] or 0, s[minor .. "_first"] or 0
  local function synapse(m, k, place) return { [major] = m, [minor] = k, elem = place } end
  local function pair(m, k) return synapse(m, k, (m - major_first) * s["n_" .. minor] + (k - minor_first)) end
  local function whole(m, from, to, is_cut)
    local row = { outer = major }
    if not s.rows then
      for k = from or minor_first, (to or minor_first + s["n_" .. minor]) - 1 do row[#row + 1] = pair(m, k) end
    else
      for _, entry in ipairs(s.rows[m + 1]) do
        if not is_cut or entry[2] >= from and entry[2] < to then row[#row + 1] = synapse(m, entry[1], entry[2]) end
      end
    end
    rows[#rows + 1] = row
  end
  if program.nest == "all" then
    for m = has_range and o.first or major_first, (has_range and o.last or major_first + s["n_" .. major]) - 1 do whole(m) end
  elseif program.nest == major then
    for l = 1, #o.list do
      if not s.rows then
        whole(o.list[l], has_range and o.first or nil, has_range and o.last or nil)
      else
        whole(o.list[l], o["begin"] and o["begin"][l], o["end"] and o["end"][l], o["begin"] ~= nil)
      end
    end
  elseif not s.rows then
    for m = has_range and o.first or major_first, (has_range and o.last or major_first + s["n_" .. major]) - 1 do
      local row = { outer = major }
      for l = 1, #o.list do row[#row + 1] = pair(m, o.list[l]) end
      rows[#rows + 1] = row
    end
  else
    for l = 1, #o.list do
      local k, row = o.list[l], { outer = minor }
      for _, entry in ipairs(s.columns[k + 1]) do row[#row + 1] = synapse(entry[1], k, entry[2]) end
      rows[#rows + 1] = row
    end
  end
  return rows
end

local function rows_of(program, o)
  if program.nest == "each" then
    local row = {}
    for i = o.first, o.last - 1 do row[#row + 1] = { elem = i } end
    return { row }
  elseif program.nest == "list" then
    local row = {}
    for l = 1, #o.list do row[l] = { elem = o.list[l] } end
    return { row }
  end
  return synapse_rows(program, o)
end

local ALWAYS_VARY = { acc = true, sum = true, min_of = true, max_of = true, spike = true, index = true }

local function uniform_parts(program)
  local uniform = {}
  for k, instruction in ipairs(program.code) do
    local is_uniform = not ALWAYS_VARY[instruction.op] and (not instruction.slot or program.slots[instruction.slot].scope == "uniform")
    for _, argument in ipairs(instruction) do is_uniform = is_uniform and uniform[argument] end
    uniform[k] = is_uniform
  end
  return uniform
end

local function total_of(lanes)
  local half = 16
  while half >= 1 do
    for l = 1, half do lanes[l] = lanes[l] + lanes[l + half] end
    half = half // 2
  end
  return lanes[1]
end

--- Where x lies on an axis of a table, from 0.
local function place_on(list, instruction, x)
  local first = instruction.at + 1          -- the period, and the points behind it
  if not instruction.is_listed then
    local place = (x - list[first + 1]) / list[first + 2]
    local whole = round(place)
    return math.abs(place - whole) < 1e-9 * math.max(1, math.abs(whole)) and whole or place
  end
  local n, below = instruction.n_rows, 0
  for k = 1, n do if list[first + k] <= x then below = k end end
  local low = math.min(math.max(below, 1), n - 1)
  local from, step = list[first + low], list[first + low + 1] - list[first + low]
  local part, close = (x - from) / step, 1e-9 * math.max(step, math.abs(x)) / step
  if x ~= x then return x end
  if math.abs(part) < close then return low - 1.0 end
  if math.abs(part - 1) < close then return low + 0.0 end
  if part < 0 then return -1.0 end
  return part < 1 and low - 1 + part or low + 0.5
end

local function whole_below(x) return x - x == 0 and math.floor(x) + 0.0 or x end

local function looked_up(list, instruction, row, column)
  if row ~= row or not (column >= 0 and column < instruction.columns) then return 0 / 0 end
  row = math.min(math.max(row, 0), instruction.n_rows - 1)
  return list[instruction.at + math.floor(row) * instruction.columns + math.floor(column) + 1]
end

--- Run `program` on `slots` (lists, changed in place) with the options of kernel.run. Returns the list of elements that spiked.
function kernel_reference.run(program, slots, o)
  local uniform, values, spikes = uniform_parts(program), {}, {}
  local function place_of(instruction, at)
    local scope = program.slots[instruction.slot].scope
    return slots[instruction.slot], (scope == "uniform" and 0 or at[scope]) + 1
  end
  local function store(slot, list, p, x)
    list[p] = program.slots[slot].kind == "count" and round(x) or x
  end
  local function execute(k, at, lanes, in_row)
    local instruction = program.code[k]
    local op, a, b, c = instruction.op, values[instruction[1]], values[instruction[2]], values[instruction[3]]
    local list, p
    if instruction.slot then list, p = place_of(instruction, at) end
    if MATH[op] then
      if op == "select" then values[k] = MATH.select(a, b, c) else values[k] = MATH[op](a, b) end
    elseif op == "const" then values[k] = number_of(instruction.value)
    elseif op == "now" then values[k] = o.t
    elseif op == "index" then values[k] = at[instruction.scope] + 1.0
    elseif op == "load" then values[k] = list[p] * 1.0   -- a float, and -0 stays -0
    elseif op == "lookup" then values[k] = looked_up(list, instruction, a, b) * 1.0
    elseif op == "locate" or op == "beyond" then
      local place = place_on(list, instruction, instruction.is_time and o.t + a or a)
      local below = whole_below(place)
      values[k] = op == "locate" and below or place - below
    elseif op == "elapsed" then values[k] = o.t - list[p]
    elseif op == "active" then values[k] = o.step >= list[p]
    elseif op == "store" then store(instruction.slot, list, p, a)
    elseif op == "stamp" then list[p] = o.t
    elseif op == "freeze" then
      if not instruction[2] or b then list[p] = o.step + 1 + round(halves(a)) end
    elseif op == "acc" then list[p] = list[p] + a
    elseif op == "min_of" then list[p] = MATH.min(list[p], a)
    elseif op == "max_of" then list[p] = MATH.max(list[p], a)
    elseif op == "spike" then
      if a then spikes[#spikes + 1] = at.elem end
    elseif op == "sum" then
      local scope = program.slots[instruction.slot].scope
      if scope == "uniform" or scope == lanes.outer then
        lanes[k] = lanes[k] or {}
        local lane = in_row % 32 + 1
        for l = 1, 32 do lanes[k][l] = lanes[k][l] or 0.0 end
        lanes[k][lane] = lanes[k][lane] + a
      else
        list[p] = list[p] + a
      end
    else
      error("no meaning for " .. op)
    end
  end
  for k in ipairs(program.code) do
    if uniform[k] then execute(k, {}) end
  end
  for _, row in ipairs(rows_of(program, o)) do
    local lanes = { outer = row.outer }
    for in_row, at in ipairs(row) do
      for k in ipairs(program.code) do
        if not uniform[k] then execute(k, at, lanes, in_row - 1) end
      end
    end
    for k, instruction in ipairs(program.code) do
      if lanes[k] then
        local list, p = place_of(instruction, row[1])
        list[p] = list[p] + total_of(lanes[k])
      end
    end
  end
  return spikes
end

return kernel_reference
