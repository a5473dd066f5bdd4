--- Dimensions with unknowns: what dimensions.lua computes with.
---
--- A quantity is a product of powers of mV, ms, pA, Hz, cm2 and of unknown units (of g_exc, of a variable without a flag ...). Exponents add
--- under multiplication, so that "these two have one unit" is a linear equation; each either determines one unknown, or holds, or fails.

local units = require "lunapse.language.base.unit_table"

local quantity = {}

---@class Solver
---@field bound table<string, table>  unknown -> quantity
local Solver = {}
Solver.__index = Solver

--- A new set of equations, none yet.
---@return Solver
function quantity.solver()
  return setmetatable({ bound = {}, fresh = 0 }, Solver)
end

--- The quantity of a unit vector.
function quantity.of(vector)
  return { vector[1], vector[2], vector[3], vector[4], vector[5], unknowns = {} }
end

quantity.none = quantity.of(units.none)

--- An unknown unit; the name is shown in errors.
---@param name? string
function Solver:unknown(name)
  if not name then
    self.fresh = self.fresh + 1
    name = "?" .. self.fresh
  end
  return { 0, 0, 0, 0, 0, unknowns = { [name] = 1 } }
end

local function add_to(sum, q, factor)
  for k = 1, 5 do sum[k] = sum[k] + factor * q[k] end
  for name, power in pairs(q.unknowns) do
    local total = (sum.unknowns[name] or 0) + factor * power
    if math.abs(total) < 1e-9 then total = nil end
    sum.unknowns[name] = total
  end
end

--- a * b^power.
function quantity.multiply(a, b, power)
  local product = { 0, 0, 0, 0, 0, unknowns = {} }
  add_to(product, a, 1)
  add_to(product, b, power or 1)
  return product
end

--- a^power.
function quantity.power(a, power)
  local product = { 0, 0, 0, 0, 0, unknowns = {} }
  add_to(product, a, power)
  return product
end

--- The quantity with all that is known by now put in.
function Solver:known(q)
  while true do
    local name
    for unknown in pairs(q.unknowns) do
      if self.bound[unknown] then name = unknown break end
    end
    if not name then return q end
    local power = q.unknowns[name]
    local copy = { 0, 0, 0, 0, 0, unknowns = {} }
    add_to(copy, q, 1)
    copy.unknowns[name] = nil
    add_to(copy, self.bound[name], power)
    q = copy
  end
end

--- State that two quantities have one unit; false if they cannot.
---@return boolean
function Solver:unify(a, b)
  local rest = self:known(quantity.multiply(a, b, -1))
  local chosen
  for name in pairs(rest.unknowns) do
    -- a unit nobody has named goes first, so that errors speak of names; then by name, for the same text in every run
    local anonymous, chosen_anonymous = name:sub(1, 1) == "?", chosen and chosen:sub(1, 1) == "?"
    if not chosen or (anonymous and not chosen_anonymous) or (anonymous == chosen_anonymous and name < chosen) then chosen = name end
  end
  if not chosen then
    for k = 1, 5 do if math.abs(rest[k]) > 1e-9 then return false end end
    return true
  end
  local power = rest.unknowns[chosen]
  rest.unknowns[chosen] = nil
  self.bound[chosen] = quantity.power(rest, -1 / power)
  return true
end

--- The unit vector, or nil while unknowns are left.
function Solver:vector(q)
  q = self:known(q)
  if next(q.unknowns) then return nil end
  return units.vector(q[1], q[2], q[3], q[4], q[5])
end

--- In words: "mV", "mV/ms", "pA/[g_exc]".
function Solver:text(q)
  q = self:known(q)
  local text = units.text(units.vector(q[1], q[2], q[3], q[4], q[5]))
  local names = {}
  for name in pairs(q.unknowns) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local power = q.unknowns[name]
    local shown = name:sub(1, 1) == "?" and "[?]" or "[" .. name .. "]"
    local size = math.abs(power)
    if size ~= 1 then shown = ("%s^%g"):format(shown, size) end
    if power < 0 then text = text .. "/" .. shown elseif text == "1" then text = shown else text = text .. "*" .. shown end
  end
  return text
end

return quantity
