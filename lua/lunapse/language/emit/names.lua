-- Names and numbers in generated C.
--
-- A user's name never stands there alone: a word for its part is put in front. So it can be any word at all, of C, of the compiler (`unix`, `I`) or of the
-- prelude, and variables of the loops need not make room for it.
--   x_v     the value of v that was read            of_v, at_v     its array, or the one element of it
--   new_v   the value that is stored                now_v, total_v while it is kept in a variable
--   since_v the time since v                        is_past_v      whether the step v has come
-- A number that has a name is c_0_5.
local emit_names = {}

--- Letters, digits and underscores only.
function emit_names.clean(name) return (name:gsub("[^%w_]", "_")) end

--- A user's name with a word for its part in front. Leading underscores (of hidden variables) are left out.
---@param part string
---@param name string
---@return string
function emit_names.of(part, name) return part .. "_" .. emit_names.clean(name):gsub("^_+", "") end

--- A set of names of one C function. `names(wish)` gives a free one: x_v, then x_v_2, x_v_3.
function emit_names.scope()
  local taken = {}   -- name -> how many were given for it
  return function(wish)
    local free = wish
    while taken[free] do
      taken[wish] = taken[wish] + 1
      free = wish .. "_" .. taken[wish]
    end
    taken[free] = 1
    return free
  end
end

--- A name for a number: c_0_5, c_minus_70, c_1e_minus_05. Numbers that agree in six digits have one.
---@param value number
---@return string
function emit_names.of_number(value) return "c_" .. ("%.6g"):format(value):gsub("[-+.]", { ["-"] = "minus_", ["+"] = "", ["."] = "_" }):gsub("em", "e_m") end

local LEAST = { float64 = 2.0 ^ -1022, float32 = 2.0 ^ -126 }

--- A number as kernels hold it: in float32 the nearest float; denormals are zero, with their sign.
---@param value number
---@param precision string
---@return number
function emit_names.rounded(value, precision)
  value = value * 1.0   -- a float, and -0 stays -0
  if precision == "float32" and math.abs(value) < math.huge then value = (string.unpack("f", string.pack("f", value))) end
  if math.abs(value) < LEAST[precision] then return 1 / value < 0 and -0.0 or 0.0 end
  return value
end

local function shortest(value, first, last, is_same)
  for digits = first, last do
    local text = ("%%.%dg"):format(digits):format(value)
    if is_same(tonumber(text)) then return text end
  end
end

--- A literal of type real with exactly this value, as kernels hold it, and whether no sign or cast stands before it.
---@param value number
---@param precision string
---@return string
---@return boolean
function emit_names.number(value, precision)
  local is_single = precision == "float32"
  if value ~= value then return "(real)__builtin_nan(\"\")", false end
  value = emit_names.rounded(value, precision)
  if value == math.huge then return "(real)__builtin_inf()", false end
  if value == -math.huge then return "-(real)__builtin_inf()", false end
  local text
  if value == math.floor(value) and math.abs(value) < 1e7 then
    text = ("%.1f"):format(value)
  elseif is_single then
    -- a decimal well within half a unit of the float cannot be read as another one
    text = shortest(value, 1, 9, function(x) return math.abs(x - value) <= math.abs(value) * 2.0 ^ -26 end) or ("%.9g"):format(value)
  else
    text = shortest(value, 1, 17, function(x) return x == value end)
  end
  if not text:find("[.e]") then text = text .. ".0" end
  return is_single and text .. "f" or text, value > 0 or 1 / value > 0
end

--- A user's line as the inside of a C comment.
function emit_names.comment(text)
  return (text:gsub("[%c\128-\255]", "?"):gsub("%*/", "* /"):gsub("/%*", "/ *"):gsub("%?%?", "? ?"):gsub("\\$", "\\ "))
end

return emit_names
