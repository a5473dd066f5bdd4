--- Units: what the names ms, mV, pA ... are worth, and the dimensions they carry.
---
--- All numbers stand in one coherent system, that of the field: ms, mV, pA, nS, pF, GOhm (nS mV = pA, pF mV/ms = pA, GOhm pA = mV),
--- so only times, voltages and currents are independent. Rates are the exception: they are plain numbers in Hz everywhere, while
--- 1/ms is a thousand times larger. So Hz is a dimension of its own, worth 1, and never mixes with 1/ms by itself: `15*Hz` is 15,
--- `15/s` is 0.015 (per ms), and `rate/Hz/s` brings a rate to 1/ms. Areas of membrane (cm2, um2) are such that uF/cm2, mS/cm2 and uA/cm2 are 1 each.
---
--- A unit vector is a table of exponents { mV, ms, pA, Hz, cm2 }; each is made once, so that equal units are the same table.

local units = {}

local made = {}

--- The unit vector with these exponents.
---@param volt number
---@param time number
---@param current number
---@param rate number
---@param area number
---@return table
function units.vector(volt, time, current, rate, area)
  local key = ("%.6g,%.6g,%.6g,%.6g,%.6g"):format(volt + 0.0, time + 0.0, current + 0.0, rate + 0.0, area + 0.0):gsub("%-0([,$])", "0%1")
  local vector = made[key]
  if not vector then
    vector = { volt, time, current, rate, area }
    made[key] = vector
  end
  return vector
end

units.none = units.vector(0, 0, 0, 0, 0)

function units.multiply(a, b, power)
  power = power or 1
  return units.vector(a[1] + power * b[1], a[2] + power * b[2], a[3] + power * b[3], a[4] + power * b[4], a[5] + power * b[5])
end

function units.power(a, power)
  return units.vector(a[1] * power, a[2] * power, a[3] * power, a[4] * power, a[5] * power)
end

local volt, time, current = units.vector(1, 0, 0, 0, 0), units.vector(0, 1, 0, 0, 0), units.vector(0, 0, 1, 0, 0)
local rate, area = units.vector(0, 0, 0, 1, 0), units.vector(0, 0, 0, 0, 1)
local conductance, resistance = units.vector(-1, 0, 1, 0, 0), units.vector(1, 0, -1, 0, 0)
local capacitance = units.vector(-1, 1, 1, 0, 0)

--- name -> { value in the coherent system, unit vector }
units.known = {
  ms = { 1, time }, s = { 1000, time }, us = { 1e-3, time },
  mV = { 1, volt }, V = { 1000, volt }, uV = { 1e-3, volt },
  pA = { 1, current }, nA = { 1000, current }, uA = { 1e6, current },
  nS = { 1, conductance }, uS = { 1000, conductance }, mS = { 1e6, conductance }, pS = { 1e-3, conductance },
  pF = { 1, capacitance }, nF = { 1000, capacitance }, uF = { 1e6, capacitance },
  GOhm = { 1, resistance }, MOhm = { 1e-3, resistance }, kOhm = { 1e-6, resistance },
  Hz = { 1, rate }, kHz = { 1000, rate },
  cm2 = { 1e6, area }, um2 = { 0.01, area },
}

--- The same by their long names, alone (volt) and with a prefix (mvolt). Whoever goes over all units does not see them.
local long = {}
for name, base in pairs { second = { 1000, time }, volt = { 1000, volt }, amp = { 1e12, current }, siemens = { 1e9, conductance }, farad = { 1e12, capacitance },
  ohm = { 1e-9, resistance }, hertz = { 1, rate } } do
  for prefix, factor in pairs { [""] = 1, G = 1e9, M = 1e6, k = 1e3, m = 1e-3, u = 1e-6, n = 1e-9, p = 1e-12 } do
    long[prefix .. name] = { tonumber(("%.12g"):format(base[1] * factor)), base[2] }
  end
end
setmetatable(units.known, { __index = long })

units.ms, units.mV, units.pA, units.Hz = time, volt, current, rate

--- Names of all units, sorted.
---@return string[]
function units.names()
  local names = {}
  for name in pairs(units.known) do names[#names + 1] = name end
  table.sort(names)
  return names
end

--- Worth and unit of a tree made of units, numbers, `*`, `/` and powers: `mV/ms`, `1/ms`, `nS`; nil when it is anything else.
---@param node table
---@return number? value
---@return table? vector
function units.of_tree(node)
  if node.kind == "number" then return node.value, node.unit or units.none end
  if node.kind == "name" and not node.base then
    local unit = units.known[node.name]
    if unit then return unit[1], unit[2] end
  elseif node.kind == "binary" and (node.op == "*" or node.op == "/") then
    local a, unit_a = units.of_tree(node.a)
    local b, unit_b = units.of_tree(node.b)
    if not a or not b then return nil end
    if node.op == "*" then return a * b, units.multiply(unit_a, unit_b) end
    return a / b, units.multiply(unit_a, unit_b, -1)
  elseif node.kind == "binary" and node.op == "^" then
    local a, unit_a = units.of_tree(node.a)
    local power = units.constant(node.b)
    if a and power then return a ^ power, units.power(unit_a, power) end
  end
  return nil
end

local arithmetic = {
  ["+"] = function(a, b) return a + b end, ["-"] = function(a, b) return a - b end, ["*"] = function(a, b) return a * b end,
  ["/"] = function(a, b) return a / b end, ["^"] = function(a, b) return a ^ b end,
}

--- The number that a tree of plain numbers stands for, or nil.
---@param node table
---@param known? table  memory of the pass: node -> number
---@return number?
function units.constant(node, known)
  if node.kind == "number" then return (not node.unit or node.unit == units.none) and node.value or nil end
  if node.kind == "unary" and node.op == "-" then
    local a = units.constant(node.a, known)
    return a and -a
  end
  local compute = node.kind == "binary" and arithmetic[node.op]
  if not compute then return nil end
  known = known or {}
  local value = known[node]
  if not value then
    local a = units.constant(node.a, known)
    local b = a and units.constant(node.b, known)
    if not b then return nil end
    value = compute(a, b)
    known[node] = value
  end
  return value
end

local print_order = { "mV", "pA", "nS", "pF", "GOhm", "ms", "Hz" }
local base_names = { "mV", "ms", "pA", "Hz", "cm2" }

local function exponent(power)
  if power == 1 then return "" end
  if power == math.floor(power) then return ("^%d"):format(power) end
  return ("^%g"):format(power)
end

--- A unit in words: "mV", "pA/ms", "1/ms", "mV^2"; "1" for none.
---@param vector table
---@return string
function units.text(vector)
  if vector == units.none then return "1" end
  for _, name in ipairs(print_order) do
    if units.known[name][2] == vector then return name end
  end
  for _, over in ipairs { "ms", "mV", "Hz", "pA" } do
    for _, name in ipairs(print_order) do
      if units.multiply(units.known[name][2], units.known[over][2], -1) == vector then return name .. "/" .. over end
    end
  end
  local above, below = {}, {}
  for k, name in ipairs(base_names) do
    local power = vector[k]
    if power > 0 then above[#above + 1] = name .. exponent(power) end
    if power < 0 then below[#below + 1] = name .. exponent(-power) end
  end
  local top = #above > 0 and table.concat(above, "*") or "1"
  for _, name in ipairs(below) do top = top .. "/" .. name end
  return top
end

return units
