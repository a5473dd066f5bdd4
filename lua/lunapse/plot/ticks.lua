--- Where ticks lie and what is written at them. Pure functions of limits and room; nothing is drawn here.
---
--- Linear axes: multiples of 1, 2, 2.5 or 5 times a power of ten, as many as have room. Logarithmic axes: powers of ten, every n-th where
--- they crowd, with small ticks between; where less than a decade and a half is shown, the multiples of a linear axis.

local ticks = {}

local MINUS = "\u{2212}"
local MOST = 9                 -- ticks of one axis: more are not read

local function power(e) return e >= 0 and 10.0 ^ e or 1 / 10.0 ^ -e end

local function signed(s) return (s:gsub("^%-", MINUS)) end

--- The number of decimals with which all multiples of `step` can be told apart.
---@param step number
---@return integer
function ticks.decimals(step)
  for d = 0, 15 do
    local scaled = step * 10.0 ^ d
    if math.abs(scaled - math.floor(scaled + 0.5)) < 1e-6 * scaled and scaled > 0.5 then return d end
  end
  return 15
end

--- Multiples of mantissa * 10^exponent in lo..hi, ascending.
---@return number[]
function ticks.multiples(lo, hi, mantissa, exponent)
  local step, values = mantissa * power(exponent), {}
  local first, last = math.ceil(lo / step - 1e-9), math.floor(hi / step + 1e-9)
  if last - first > 200 then return values end
  for k = first, last do
    -- one rounding only, so that 3 * 0.1 is 0.3
    values[#values + 1] = exponent < 0 and k * mantissa / 10.0 ^ -exponent or k * mantissa * 10.0 ^ exponent
  end
  return values
end

local function superscript(e) return "10^{" .. signed(tostring(math.tointeger(e) or e)) .. "}" end

-- The number with the fewest digits within `reach` of `value`.
local function round_number_near(value, reach)
  local e = math.floor(math.log(math.abs(value), 10)) + 1
  while true do
    local unit = power(e)
    local near = e < 0 and math.floor(value * power(-e) + 0.5) / power(-e) or math.floor(value / unit + 0.5) * unit
    if math.abs(near - value) <= reach or e < -300 then return near end
    e = e - 1
  end
end

--- Labels for equally spaced values, all with the same decimals; a common factor and a common offset are taken out where the labels
--- would be long.
---@param values number[]
---@param step number
---@return string[] labels
---@return string? common  "\u{d7}10^{-3}", "+ 1.5", or both; to be written at the axis's end
function ticks.labels(values, step)
  local labels, greatest = {}, 0
  for _, v in ipairs(values) do greatest = math.max(greatest, math.abs(v)) end
  if greatest == 0 then greatest = step end
  local offset, common = 0, nil
  local spread = #values > 1 and values[#values] - values[1] or step
  if greatest > 1e4 * spread and ticks.decimals(step) + math.floor(math.log(greatest, 10)) >= 4 then
    offset = round_number_near((values[1] + values[#values]) / 2, 4 * spread)
    greatest = 0
    for _, v in ipairs(values) do greatest = math.max(greatest, math.abs(v - offset)) end
  end
  local e = math.floor(math.log(math.max(greatest, step), 10) + 1e-9)
  local is_short = e < 6 and e > -4 and (e >= 0 or ticks.decimals(step) <= 5)
  if is_short then e = 0 else common = "\u{d7}" .. superscript(e) end
  local decimals = ticks.decimals(step / power(e))
  for k, v in ipairs(values) do
    local scaled = (v - offset) / power(e)
    if math.abs(scaled) < 0.5 * 10.0 ^ -decimals then scaled = 0 end
    labels[k] = signed(("%." .. decimals .. "f"):format(scaled))
  end
  if offset ~= 0 then
    local digits, ten = ("%.15g"):format(math.abs(offset)):match "^([^e]+)e?(.*)$"
    if ten ~= "" then digits = digits .. "\u{d7}" .. superscript(math.tointeger(tonumber(ten))) end
    common = (common and common .. " " or "") .. (offset < 0 and MINUS .. " " or "+ ") .. digits
  end
  return labels, common
end

local mantissas = { 1, 2, 2.5, 5 }

--- Ticks of a linear axis: the densest that have room.
---@param lo number
---@param hi number  above lo
---@param fits fun(values: number[], labels: string[]): boolean  is there room for these
---@param is_whole? boolean  whole numbers only (indexes, counts)
---@param most? integer  so many of them at most (9)
---@return { values: number[], labels: string[], common: string? }
function ticks.linear(lo, hi, fits, is_whole, most)
  most = most or MOST
  local span = hi - lo
  if not (span > 0 and span < math.huge) then return { values = {}, labels = {} } end
  local exponent = math.floor(math.log(span / most, 10)) - 1
  local kept
  for e = exponent, exponent + 4 do
    for _, mantissa in ipairs(mantissas) do
      local step = mantissa * power(e)
      if span / step <= most and not (is_whole and step ~= math.floor(step)) then
        local values = ticks.multiples(lo, hi, mantissa, e)
        local labels, common = ticks.labels(values, step)
        if #values == 0 then break end
        kept = { values = values, labels = labels, common = common }
        if fits(values, labels) then return kept end
        if #values == 1 then return kept end
      end
    end
  end
  return kept or { values = {}, labels = {} }
end

local function log_label(e, is_plain)
  if is_plain then return e < 0 and ("%." .. -e .. "f"):format(10.0 ^ e) or ("%d"):format(10 ^ e) end
  return superscript(e)
end

local function small_ticks(lo, hi, first, last, stride)
  local minor = {}
  for e = first - 1, last + 1 do
    for m = 1, stride == 1 and 9 or 1 do
      local v = m * power(e)
      local is_major = m == 1 and e % stride == 0
      if v >= lo * (1 - 1e-9) and v <= hi * (1 + 1e-9) and not is_major then minor[#minor + 1] = v end
    end
  end
  return minor
end

local function decades(lo, hi)
  local a, b = math.log(lo, 10), math.log(hi, 10)
  local first, last = math.ceil(a - 1e-9), math.floor(b + 1e-9)
  return first, last, b - a < 1.5 and last - first < 1
end

--- Would the numbers of a logarithmic axis be long when written out?
---@param lo number  above 0
---@param hi number  above lo
---@return boolean
function ticks.needs_powers(lo, hi)
  local first, last, is_short = decades(lo, hi)
  return not is_short and (first < -2 or last > 4)
end

--- Ticks of a logarithmic axis.
---@param lo number  above 0
---@param hi number  above lo
---@param fits fun(values: number[], labels: string[]): boolean
---@param wants_powers? boolean  10^{2} also where 100 would do, because another axis beside it needs powers
---@return { values: number[], labels: string[], minor: number[]?, common: string? }
function ticks.log(lo, hi, fits, wants_powers)
  local first, last, is_short = decades(lo, hi)
  if is_short then return ticks.linear(lo, hi, fits) end
  local is_plain = not (wants_powers or ticks.needs_powers(lo, hi))
  local stride = 1
  while true do
    local values, labels = {}, {}
    for e = math.ceil(first / stride) * stride, last, stride do
      values[#values + 1] = power(e)
      labels[#labels + 1] = log_label(e, is_plain)
    end
    if #values <= 1 or (#values <= MOST and fits(values, labels)) then
      return { values = values, labels = labels, minor = small_ticks(lo, hi, first, last, stride) }
    end
    stride = stride + 1
  end
end

--- Ticks of a symmetric-logarithmic axis: 0, the threshold and its decades on both sides; those of a linear axis where nothing lies beyond the threshold.
---@param lo number
---@param hi number  above lo
---@param linear number  the threshold
---@param fits fun(values: number[], labels: string[]): boolean
---@return { values: number[], labels: string[], common: string? }
function ticks.symlog(lo, hi, linear, fits)
  local last = math.ceil(math.log(math.max(-lo, hi, linear), 10) - math.log(linear, 10) - 1e-9)
  if last < 1 or lo > linear or hi < -linear then return ticks.linear(lo, hi, fits) end
  local first = math.log(linear, 10)
  local is_plain = first == math.floor(first) and first >= -2 and first + last <= 4
  local function label(v)
    if v == 0 then return "0" end
    local e = math.floor(math.log(math.abs(v), 10) + 1e-9)
    local head = math.abs(v) / power(e)
    local times = math.abs(head - 1) < 1e-9 and "" or ("%.3g\u{d7}"):format(head)
    return (v < 0 and MINUS or "") .. (is_plain and ("%.10g"):format(math.abs(v)) or times .. superscript(e))
  end
  local stride = 1
  while true do
    local values, labels = {}, {}
    local function add(v)
      if v < lo - 1e-9 * linear or v > hi + 1e-9 * linear then return end
      values[#values + 1], labels[#labels + 1] = v, label(v)
    end
    local first_decade, top = stride == 1 and 0 or stride, last // stride * stride          -- the threshold is near to 0
    for e = top, first_decade, -stride do add(-linear * power(e)) end
    add(0)
    for e = first_decade, top, stride do add(linear * power(e)) end
    if fits(values, labels) or stride > last then return { values = values, labels = labels } end
    stride = stride + 1
  end
end

return ticks
