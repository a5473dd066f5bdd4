--- Typed arrays of up to eight axes: the C module `lunapse.core.array` and what is more pleasant to say in Lua.
--- What every function and method does is written in `lunapse/meta/array.lua`.

local array = require "lunapse.core.array"
local options = require "lunapse.options"

local methods = array.methods

--- A method that does not exist is an error that names the nearest one (level 3: the line that indexed the array).
setmetatable(methods, {
  __index = function(_, name)
    local near = type(name) == "string" and options.nearest(name, options.methods { methods })
    error(("an array has no method '%s'%s"):format(tostring(name), near and ("; did you mean '%s'?"):format(near) or ""), 3)
  end,
})

--- Call `f` with every element and gather what it returns, in an array of the same shape.
--- Methods and operators do the same for whole arrays much faster; this is for what they cannot say.
---@param f fun(x: number|boolean, i: integer, ...: integer): number|boolean  gets the element and its index along each axis
---@return Array  float64, or bool if `f` returned booleans first
function methods:map(f)
  if type(f) ~= "function" then options.fail("map: a function expected, got " .. options.show(f)) end
  local shape, index, values = { self:shape() }, {}, {}
  for d = 1, #shape do index[d] = 1 end
  for k, x in ipairs(self:flatten()) do
    values[k] = f(x, table.unpack(index))
    local d = #shape
    while d > 1 and index[d] == shape[d] do index[d], d = 1, d - 1 end
    index[d] = index[d] + 1
  end
  return array.from(values):reshape(shape)
end

--- What stands along an axis (the first unless given) in opposite order; a view.
---@param axis? integer
---@return Array
function methods:reverse(axis) return self:slice(nil, nil, -1, axis) end

--- `n` numbers between 10^a and 10^b, each by the same factor above the one before.
---@param a number  @param b number  @param n integer
---@return Array  float64
function array.logspace(a, b, n)
  return 10 ^ array.linspace(a, b, n)
end

--- Complex numbers (complex128) from their parts, which broadcast: `array.complex(0, { 1, 2 })` is i and 2i.
---@param re ArrayLike|number  @param im? ArrayLike|number  0 if not given
---@return Array  complex128
function array.complex(re, im)
  re, im = array.from(re), array.from(im or 0)
  local z = (re + im):astype "complex128"
  z:real():assign(re)
  z:imag():assign(im)
  return z
end

local function check_parts(where, parts)
  if type(parts) ~= "table" then options.fail(("%s: a list of arrays expected, got %s"):format(where, options.show(parts))) end
end

--- Rows and matrices of as many columns below each other. numpy.vstack.
---@param parts ArrayLike[]  vectors are rows
---@return Array
function array.vstack(parts)
  check_parts("vstack", parts)
  local rows = {}
  for k, part in ipairs(parts) do
    part = array.from(part)
    rows[k] = part:axes() == 1 and part:expand(1) or part
  end
  return array.join(rows, 1)
end

--- Arrays beside each other: vectors in a row, of matrices the columns. numpy.hstack.
---@param parts ArrayLike[]
---@return Array
function array.hstack(parts)
  check_parts("hstack", parts)
  return array.join(parts, array.from(parts[1] or {}):axes() == 1 and 1 or 2)
end

-- ---- printing ----

local HEAD, TAIL, ROWS, PARTS = 6, 3, 3, 2
local BLOCKS = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" }

local number

function number(x)
  if array.is(x) then
    local re, im = x:get(1)   -- an element of a complex array
    im = number(im)
    return number(re) .. (im:find "^-" and "" or "+") .. im .. "i"
  end
  if type(x) ~= "number" then return tostring(x) end
  if x ~= x then return "nan" end   -- C prints its sign, which means nothing
  if x == 0 then return "0" end     -- nor does that of 0 to who reads it
  return math.type(x) == "integer" and tostring(x) or ("%.6g"):format(x)
end

--- First and last elements of a 1-d array, what lies between them as "...".
local function ends(a)
  local words, n = {}, #a
  local is_whole = n <= HEAD + TAIL + 1
  for i = 1, is_whole and n or HEAD do words[#words + 1] = number(a[i]) end
  if not is_whole then
    words[#words + 1] = "..."
    for i = n - TAIL + 1, n do words[#words + 1] = number(a[i]) end
  end
  return table.concat(words, "  ")
end

--- The course of a 1-d array in block characters: means over at most `width` stretches; a blank where one is not finite.
---@param width? integer  32 if not given
---@return string
function methods:sparkline(width)
  if width ~= nil then width = options.whole("sparkline", "width", width, 1) end
  local n = #self
  local n_cells = math.min(n, width or 32)
  local means, low, high = {}, math.huge, -math.huge
  for k = 1, n_cells do
    local x = self:slice((k - 1) * n // n_cells + 1, k * n // n_cells):mean()
    means[k] = x
    if x - x == 0 then low, high = math.min(low, x), math.max(high, x) end
  end
  for k, x in ipairs(means) do
    local level = high > low and (x - low) / (high - low) or 0
    means[k] = x - x ~= 0 and " " or BLOCKS[math.min(8, 1 + math.floor(level * 8))]
  end
  return table.concat(means)
end

local function summary(a)
  if a:type() == "bool" then return ("  %d of %d true"):format(a:count(), a:size()) end
  local is_complex = a:type() == "complex128"
  local finite = a:isfinite()
  local n_odd = a:size() - finite:count()
  local text = ""
  if n_odd < a:size() then
    local sound = n_odd == 0 and a or a[finite]
    local size = is_complex and sound:abs() or sound
    text = ("  mean %s, %s %s .. %s"):format(number(sound:mean()), is_complex and "abs" or "range", number(size:min()), number(size:max()))
  end
  if n_odd > 0 then text = ("%s  (%d not finite)"):format(text, n_odd) end
  return text
end

--- Add the first and last parts of an array of two axes or more to `lines`: of a matrix its rows, else under the index of each part what it holds.
local function add_parts(lines, a, index)
  local n, edge = #a, a:axes() == 2 and ROWS or PARTS
  local is_whole = n <= 2 * edge + 1
  for i = 1, n do
    if is_whole or i <= edge or i > n - edge then
      if a:axes() == 2 then
        lines[#lines + 1] = "  " .. ends(a[i])
      else
        local here = ("%s[%d]"):format(index, i)
        if a:axes() == 3 then lines[#lines + 1] = "  " .. here end
        add_parts(lines, a[i], here)
      end
    elseif i == edge + 1 then
      lines[#lines + 1] = "  ..."
    end
  end
end

--- What `tostring` and the prompt show: type, shape, the first and last elements, mean, range and course.
---@return string
function methods:tostring()
  local title, n = ("array %s [%s]"):format(self:type(), table.concat({ self:shape() }, " x ")), #self
  if self:size() == 0 then return title end
  if self:axes() == 1 then
    if n > 1 and require("lunapse.core.guard").is_repeated(self) then return ("%s  %s for all %d"):format(title, number(self[1]), n) end
    if n <= 2 then return title .. "  " .. ends(self) end
    local course = self:type() ~= "bool" and "  " .. (self:type() == "complex128" and self:abs() or self):sparkline() or ""
    return title .. "  " .. ends(self) .. "\n" .. summary(self) .. course
  end
  local lines = { title }
  add_parts(lines, self, "")
  lines[#lines + 1] = summary(self)
  return table.concat(lines, "\n")
end

--- `lp.array { 1, 2, 3 }` is `lp.array.from { 1, 2, 3 }`.
setmetatable(array, { __call = function(_, ...) return array.from(...) end,
  __index = function(_, name) return options.missing("lp.array", name, options.methods { array }) end })

require "lunapse.array_nan"

return array
