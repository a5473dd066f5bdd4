-- Names and numbers in generated C: the user's own names where C allows them.
local emit_names = {}

local RESERVED = {}
for word in ([[auto break case char const continue default do double else enum extern float for goto if inline int long register restrict return
  short signed sizeof static struct switch typedef union unsigned void volatile while asm typeof real args storage first last begin end n row
  minor list i k l pre post place base now step n_step hit any n_spikes n_row first_post first_pre column major main
  int32_t int64_t uint32_t uint64_t Storage KernelArgs]]):gmatch("%S+") do RESERVED[word] = true end

--- Letters, digits and underscores only.
function emit_names.clean(name)
  local text = name:gsub("[^%w_]", "_")
  if text == "" or text:find("^%d") then text = "_" .. text end
  return text
end

--- A set of names of one C function. `names(wish)` gives a free one: v, then v_2, v_3.
function emit_names.scope()
  local taken = {}
  return function(wish)
    local name = emit_names.clean(wish)
    if RESERVED[name] or name:find("^[lL][pP]_") or name:find("^_[_%u]") or name == "_" then name = "x_" .. name end
    local free, n = name, 1
    while taken[free] do
      n = n + 1
      free = name .. "_" .. n
    end
    taken[free] = true
    return free
  end
end

local function shortest(value, first, last, is_same)
  for digits = first, last do
    local text = ("%%.%dg"):format(digits):format(value)
    if is_same(tonumber(text)) then return text end
  end
end

--- A literal of type real with exactly this value (for float32: with the nearest float).
function emit_names.number(value, precision)
  local is_single = precision == "float32"
  if value ~= value then return "(real)__builtin_nan(\"\")" end
  if is_single and math.abs(value) < math.huge then value = (string.unpack("f", string.pack("f", value))) end
  if value == math.huge then return "(real)__builtin_inf()" end
  if value == -math.huge then return "-(real)__builtin_inf()" end
  value = value * 1.0   -- a float, and -0 stays -0
  local text
  if value == math.floor(value) and math.abs(value) < 1e7 then
    text = ("%.1f"):format(value)
  elseif is_single then
    -- a decimal well within half a unit of the float cannot be read as another one
    text = shortest(value, 1, 9, function(x) return math.abs(x - value) <= math.abs(value) * 2.0 ^ -26 end) or ("%.9g"):format(value)
  else
    text = shortest(value, 1, 17, function(x) return x == value end)
  end
  if not text:find("[.eEn]") then text = text .. ".0" end
  return is_single and text .. "f" or text
end

--- A user's line as the inside of a C comment.
function emit_names.comment(text)
  return (text:gsub("[%c\128-\255]", "?"):gsub("%*/", "* /"):gsub("/%*", "/ *"):gsub("%?%?", "? ?"):gsub("\\$", "\\ "))
end

return emit_names
