--- Scales of frequency as hearing has them: ERB, Bark, mel. Functions take a number or an array, in Hz.

local array = require "lunapse.array"
local options = require "lunapse.options"

local scales = {}

--- f of a number, of a list or of an array, whose values lie where the scale does.
local function each(where, low, high, f)
  return function(x)
    if type(x) ~= "number" and type(x) ~= "table" and not array.is(x) then options.fail(("%s: a number or a list of them expected, got %s"):format(where, options.show(x))) end
    local values = array.from(type(x) == "number" and { x + 0.0 } or x, "float64")
    local fits = values:ge(low) * values:le(high) * values:isfinite()
    if not fits:all() then
      local at = fits:flatten():argmin()
      options.number(where, ("value %d"):format(at), values:flatten()[at], low, high)
    end
    return type(x) == "number" and f(values)[1] or f(values)
  end
end

local most_bark = 1.22*26.28 - 4.422   -- where frequencies have no end
local least_bark = 0.85*-0.53 + 0.3    -- 0 Hz

local erb_width = each("erb_width", 0, math.huge, function(f) return 24.7 * (4.37e-3 * f + 1) end)
local hz_to_erb = each("hz_to_erb", 0, math.huge, function(f) return 21.4 * (4.37e-3 * f + 1):log10() end)
local erb_to_hz = each("erb_to_hz", 0, math.huge, function(e) return (10 ^ (e / 21.4) - 1) / 4.37e-3 end)
local hz_to_bark = each("hz_to_bark", 0, math.huge, function(f)
  local z = 26.81 * f / (1960 + f) - 0.53
  return (z + 0.15 * (2 - z)):where(z:lt(2), (z + 0.22 * (z - 20.1)):where(z:gt(20.1), z))
end)
local bark_to_hz = each("bark_to_hz", least_bark - 1e-9, most_bark - 1e-9, function(z)
  z = ((z - 0.3) / 0.85):where(z:lt(2), ((z + 4.422) / 1.22):where(z:gt(20.1), z))
  return 1960 * (z + 0.53) / (26.28 - z)
end)
local hz_to_mel = each("hz_to_mel", 0, math.huge, function(f) return 2595 * (1 + f / 700):log10() end)
local mel_to_hz = each("mel_to_hz", 0, math.huge, function(m) return 700 * (10 ^ (m / 2595) - 1) end)

--- The equivalent rectangular bandwidth of the ear's filters, 24.7 (4.37 f/1000 + 1) Hz (Glasberg & Moore 1990, Hearing Research 47:103).
---@param f any  Hz
---@return any  Hz
function scales.erb_width(f) return erb_width(f) end

--- Hz to the ERB-rate scale, 21.4 log10(4.37 f/1000 + 1) (Glasberg & Moore 1990).
---@param f any
---@return any
function scales.hz_to_erb(f) return hz_to_erb(f) end

--- The ERB-rate scale to Hz.
---@param e any
---@return any
function scales.erb_to_hz(e) return erb_to_hz(e) end

--- Hz to critical bands, 26.81 f/(1960 + f) - 0.53 with its ends corrected (Traunmueller 1990, Journal of the Acoustical Society of America 88:97).
---@param f any
---@return any
function scales.hz_to_bark(f) return hz_to_bark(f) end

--- Critical bands to Hz.
---@param z any
---@return any
function scales.bark_to_hz(z) return bark_to_hz(z) end

--- Hz to mel, 2595 log10(1 + f/700) (O'Shaughnessy 1987, Speech Communication).
---@param f any
---@return any
function scales.hz_to_mel(f) return hz_to_mel(f) end

--- Mel to Hz.
---@param m any
---@return any
function scales.mel_to_hz(m) return mel_to_hz(m) end

return scales
