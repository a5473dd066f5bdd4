--- Values to colours, in one place for all that is coloured by value: the map, the range, the norm (how values are spread over it), and the bar beside the axes.

local canvas = require "lunapse.core.canvas"
local colour = require "lunapse.plot.colour"
local options = require "lunapse.plot.arguments"
local scale = require "lunapse.plot.scale"

local mapping = {}

local known = { map = "string|table", range = "table", norm = "string", linthresh = "number", bar = "boolean|string", bar_ticks = "table" }

--- The options of a kind that is coloured by value: its own and those of the mapping.
---@param own table<string, string>
---@return table<string, string>
function mapping.with(own)
  local all = {}
  for name, kind in pairs(known) do all[name] = kind end
  for name, kind in pairs(own) do all[name] = kind end
  return all
end

local norms = { linear = true, log = true, symlog = true }

local function scale_of(where, opt)
  local own = { log = opt.norm == "log" }
  if opt.norm and not norms[opt.norm] then error(("%s: %s"):format(where, options.unknown("norm", opt.norm, { "linear", "log", "symlog" })), 0) end
  if opt.norm == "symlog" then
    scale.set_symlog(own, where .. ": linthresh", opt.linthresh)
  elseif opt.linthresh then
    error(("%s: linthresh is for norm = 'symlog'"):format(where), 0)
  end
  return own
end

local function given_range(where, given, is_log)
  local lo, hi = given[1], given[2]
  if type(lo) ~= "number" or type(hi) ~= "number" or hi ~= hi or lo ~= lo or hi <= lo then error(("%s: range must be { low, high }"):format(where), 0) end
  if is_log and lo <= 0 then error(("%s: the range of a logarithmic norm must be positive, got %s"):format(where, options.show(lo)), 0) end
  return lo, hi
end

-- Constant values get a range around them.
local function apart(lo, hi, is_log)
  if not lo then
    if is_log then return 1, 10 end
    return 0, 1
  end
  if lo < hi then return lo, hi end
  if is_log then return lo / 2, hi * 2 end
  local reach = lo == 0 and 0.5 or math.abs(lo) * 0.05
  return lo - reach, hi + reach
end

--- How `values` become colours; put down in the axes, with its bar where one is wanted.
---@param where string
---@param axes lunapse.Axes
---@param opt table  options, among them those of mapping.with
---@param values Array
---@return table mapping  lut, lo, hi, log, linear
function mapping.new(where, axes, opt, values)
  local m = scale_of(where, opt)
  m.lut = colour.map(where, opt.map or "viridis")
  m.is_given = opt.range ~= nil
  if opt.range then m.lo, m.hi = given_range(where, opt.range, m.log) else m.lo, m.hi = apart(canvas.range(values, m.log)) end
  axes.mappings[#axes.mappings + 1] = m
  if opt.bar then axes.bar = { mapping = m, label = type(opt.bar) == "string" and opt.bar or nil, values = opt.bar_ticks } end
  return m
end

--- One range for several mappings, for a bar that they share: from the least to the greatest.
---@param list table[]
function mapping.join(list)
  local lo, hi = math.huge, -math.huge
  for _, m in ipairs(list) do lo, hi = math.min(lo, m.lo), math.max(hi, m.hi) end
  for _, m in ipairs(list) do
    if not m.is_given then m.lo, m.hi = lo, hi end
  end
end

--- Where the values lie on the scale of the norm, and where its ends lie.
---@param m table
---@param values Array
---@return Array scaled
---@return number lo
---@return number hi
function mapping.scaled(m, values) return scale.scaled_all(m, values), scale.scaled(m, m.lo), scale.scaled(m, m.hi) end

--- The places of values in the 256 colours, 0 to 255 and beyond; NaN where a value has none.
---@param m table
---@param values Array
---@return Array
function mapping.places(m, values)
  local u, lo, hi = mapping.scaled(m, values)
  return (u - lo) * (256 / (hi - lo))
end

--- The colour of one value.
---@param m table
---@param value number
---@return integer
function mapping.color(m, value)
  local lo, hi = scale.scaled(m, m.lo), scale.scaled(m, m.hi)
  local at = (scale.scaled(m, value) - lo) / (hi - lo) * 256
  return m.lut[math.floor(math.max(0, math.min(at, 255))) + 1]
end

--- The colour of the area between two levels: that of its middle.
---@param m table
---@param low number
---@param high number
---@return integer
function mapping.color_between(m, low, high) return mapping.color(m, scale.unscaled(m, (scale.scaled(m, low) + scale.scaled(m, high)) / 2)) end

return mapping
