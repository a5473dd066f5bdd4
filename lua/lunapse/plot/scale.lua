--- The scale of one axis: limits, linear or logarithmic, ticks; how limits come from data.

local options = require "lunapse.plot.arguments"
local ticks = require "lunapse.plot.ticks"

local scale = {}

-- Beyond these, differences and quotients of limits would overflow or lose all digits.
local HUGE, TINY = 4e307, 1e-300

--- A fresh scale.
---@param name "x"|"y"
---@return table
function scale.new(name) return { name = name, log = false } end

local function check_end(where, value)
  if value ~= nil and (type(value) ~= "number" or value ~= value or math.abs(value) > HUGE) then
    error(("%s: a finite number expected, got %s"):format(where, options.show(value)), 0)
  end
end

local function check_log(where, self)
  for _, value in pairs { self.from or 1, self.to or 1 } do
    if value < TINY then error(("%s: a log axis needs positive limits, got %g"):format(where, value), 0) end
  end
end

--- Limits given by the user; `from` above `to` turns the axis round.
function scale.set_limits(self, where, from, to)
  check_end(where, from)
  check_end(where, to)
  if from ~= nil and from == to then error(("%s: the limits are equal (%g)"):format(where, from), 0) end
  if self.log then check_log(where, { from = from, to = to }) end
  self.from, self.to = from, to
end

--- Make it logarithmic.
function scale.set_log(self)
  check_log("log", self)
  self.log, self.linear = true, nil
end

--- Make it logarithmic on both sides of 0, and linear from -threshold to threshold.
function scale.set_symlog(self, where, threshold)
  if type(threshold) ~= "number" or not (threshold >= TINY and threshold < HUGE) then
    error(("%s: up to where it is linear must be a positive number, got %s"):format(where, options.show(threshold)), 0)
  end
  self.log, self.linear = false, threshold
end

--- A value on a scale: itself, its decimal logarithm, or what is linear about 0 and logarithmic beyond: as canvas_scaled in C.
---@param self { log: boolean, linear: number? }
---@param value number
---@return number
function scale.scaled(self, value)
  if self.log then return math.log(value, 10) end
  if not self.linear then return value end
  local size = math.abs(value) / self.linear
  size = size > 1 and 1 + math.log(size, 10) or size
  return value < 0 and -size or size
end

--- The inverse.
---@param self { log: boolean, linear: number? }
---@param u number
---@return number
function scale.unscaled(self, u)
  if self.log then return 10.0 ^ u end
  if not self.linear then return u end
  local size = self.linear * (math.abs(u) > 1 and 10.0 ^ (math.abs(u) - 1) or math.abs(u))
  return u < 0 and -size or size
end

--- The same of every number of an array; what has no place is NaN.
---@param self { log: boolean, linear: number? }
---@param values Array
---@return Array
function scale.scaled_all(self, values)
  if self.log then return values:where(values:gt(0), 0 / 0):log10() end
  if not self.linear then return values end
  local size = values:abs() / self.linear
  return (size:maximum(1):log10() + size:minimum(1)) * values:sign()
end

-- With how many decimals numbers at equal distances are written, all alike; nil where they are none, or large or small ones.
local function even_decimals(list)
  if #list < 2 then return nil end
  local step = math.abs(list[2] - list[1])
  for k = 1, #list do
    if math.abs(list[k]) >= 1e6 or k > 1 and math.abs(math.abs(list[k] - list[k - 1]) - step) > 1e-9 * step then return nil end
  end
  local decimals = step >= 1e-5 and math.max(ticks.decimals(step), ticks.decimals(math.abs(list[1]) + step)) or 15
  return decimals <= 5 and decimals or nil
end

--- Ticks given by the user.
function scale.set_ticks(self, values, labels)
  if values == nil then
    self.ticks = nil
    return
  end
  local numbers, n = options.vector("ticks", "places", values)
  local list, names = {}, {}
  for k = 1, n do list[k] = numbers[k] end
  if labels ~= nil then
    if type(labels) ~= "table" or #labels ~= n then
      error(("ticks: %s labels for %d places"):format(type(labels) == "table" and #labels or type(labels), n), 0)
    end
    for k = 1, n do names[k] = tostring(labels[k]) end
  else
    local decimals = even_decimals(list)
    for k = 1, n do
      local v = list[k]
      names[k] = (decimals and ("%." .. decimals .. "f"):format(v) or v == math.floor(v) and math.abs(v) < 1e15 and ("%d"):format(v) or ("%.6g"):format(v))
        :gsub("^%-", "\u{2212}")
    end
  end
  self.ticks = { values = list, labels = names }
end

local function clamp(value, least) return math.max(least, math.min(value, HUGE)) end

-- Constant data get room around them; limits too near for the numbers' digits likewise.
local function widen(lo, hi, is_log)
  if is_log then
    lo, hi = clamp(lo, TINY), clamp(hi, TINY)
    if hi / lo < 1 + 1e-9 then return clamp(lo / 2, TINY), clamp(hi * 2, TINY), true end
    return lo, hi
  end
  lo, hi = clamp(lo, -HUGE), clamp(hi, -HUGE)
  local greatest = math.max(math.abs(lo), math.abs(hi))
  if hi - lo > 1e-11 * greatest and hi - lo > TINY then return lo, hi end
  local reach = greatest <= TINY and 0.5 or 0.05 * greatest
  return lo - reach, hi + reach, true
end

-- Data that all but reach a round number (times from 0.1 to 999.9) are shown up to it.
local function rounded_out(lo, hi)
  local unit = 10.0 ^ math.floor(math.log(hi - lo, 10) + 1e-9) / 2
  local slack = 0.006 * (hi - lo)
  local low, high = math.floor(lo / unit) * unit, math.ceil(hi / unit) * unit
  return lo - low <= slack and low or lo, high - hi <= slack and high or hi
end

local function padded(lo, hi, pad, sticky, is_log, linear)
  local low, high = pad, pad
  if sticky[lo] then low = 0 end
  if sticky[hi] then high = 0 end
  if is_log then
    local span = math.log(hi, 10) - math.log(lo, 10)   -- hi / lo may overflow
    return clamp(lo / 10 ^ (low * span), TINY), clamp(hi * 10 ^ (high * span), TINY)
  end
  if linear then
    local own = { linear = linear }
    local a, b = scale.scaled(own, lo), scale.scaled(own, hi)
    return clamp(scale.unscaled(own, a - low * (b - a)), -HUGE), clamp(scale.unscaled(own, b + high * (b - a)), -HUGE)
  end
  return lo - low * (hi - lo), hi + high * (hi - lo)
end

-- Union of what all items of the axes that share this scale need.
local function gather(sharers, name)
  local lo, hi, pad, sticky = nil, nil, 0, {}
  local is_whole, may_round = true, name == "x"
  for _, axes in ipairs(sharers) do
    for _, item in ipairs(axes.items) do
      local x0, x1, y0, y1 = item.kind.limits(item.data, axes)
      local a, b = x0, x1
      if name == "y" then a, b = y0, y1 end
      if a then
        lo, hi = math.min(lo or a, a), math.max(hi or b, b)
        pad = math.max(pad, item.data["pad_" .. name])
        local edge = item.data["sticky_" .. name]
        if edge then sticky[edge] = true end
        if item.data.is_image then sticky[a], sticky[b] = true, true end      -- no white strip between an image and its frame
      end
      may_round = may_round and not item.data.is_image
      is_whole = is_whole and item.data["whole_" .. name] == true
    end
    if #axes.items == 0 then is_whole = false end
  end
  return lo, hi, pad, sticky, is_whole, may_round and pad == 0
end

--- The limits to draw with, of a scale that several axes may share.
---@param sharers lunapse.Axes[]  those with this scale; the first limits that a user gave hold for all
---@param name "x"|"y"
---@return number from  at the left or lower end
---@return number to
---@return boolean is_whole  only whole numbers mean something here
function scale.limits(sharers, name)
  local lo, hi, pad, sticky, is_whole, may_round = gather(sharers, name)
  local from, to, is_log, is_down, linear = nil, nil, false, false, nil
  for _, axes in ipairs(sharers) do
    local self = axes[name]
    from, to, linear = from or self.from, to or self.to, linear or self.linear
    is_log, is_down = is_log or self.log, is_down or self.down
  end
  if not lo then lo, hi = is_log and 1 or 0, is_log and 10 or 1 end
  local low, high, was_constant = widen(lo, hi, is_log)
  if not was_constant and may_round and not is_log and not linear then low, high = rounded_out(low, high)
  elseif not was_constant then low, high = padded(low, high, pad, sticky, is_log, linear) end
  if was_constant and sticky[lo] and not is_log then low, high = lo, lo == 0 and 1 or high end
  if is_down then low, high = high, low end
  local a, b = from or low, to or high
  if (from or to) and not (from and to) and (is_down and a <= b or not is_down and a >= b) then
    -- one end was given, beyond all data: some room on the other side
    local step = is_log and 10 or math.max(math.abs(from or to) * 0.1, 1)
    local up = is_down and -1 or 1
    if from then b = is_log and a * step ^ up or a + up * step else a = is_log and b / step ^ up or b - up * step end
  end
  return a, b, is_whole
end

return scale
