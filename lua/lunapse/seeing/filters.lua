--- The filters of early vision, as arrays for lp.convolution.
local lp = require "lunapse"
local options = require "lunapse.options"

local filters = {}

local array = lp.array

--- Rows and columns of a filter: `size`, a number or two, odd so that there is a centre.
local function size_of(where, size)
  local rows, columns = size, size
  if type(size) == "table" then rows, columns = size[1], size[2] end
  for _, n in ipairs { rows or false, columns or false } do
    options.whole(where, "size", n, 1, 4095)
    if n % 2 == 0 then options.fail(("%s: size must be odd, so that there is a centre, got %d"):format(where, n)) end
  end
  return rows, columns
end

--- How far each point of a filter lies down and to the right of its centre.
local function places(rows, columns)
  local down = lp.arange(-(rows//2), rows//2):reshape(rows, 1)*lp.ones(1, columns)
  local right = lp.ones(rows, 1)*lp.arange(-(columns//2), columns//2):reshape(1, columns)
  return down, right
end

local function bell(down, right, sigma)
  local g = (((down/sigma):square() + (right/sigma):square())*-0.5):exp()
  return g/g:sum()
end

--- A difference of Gaussians, as ganglion cells have it (Rodieck 1965): a centre of standard deviation `centre` less a surround of `surround`, in pixels, each of sum 1, so that even light gives 0.
--- `size` is odd, a number or { rows, columns }. Its negative is that of off cells.
---@param opt { size: integer|integer[], centre: number, surround: number }
---@return array  rows x columns
--- Example: connect = lp.convolution(lp.seeing.dog { size = 9, centre = 1, surround = 2 }, { padding = "border" })
function filters.dog(opt)
  local where = "lp.seeing.dog"
  options.check(where, opt, { size = "number|table", centre = "number", surround = "number" }, { "size", "centre", "surround" })
  local rows, columns = size_of(where, opt.size)
  options.number(where, "centre", opt.centre, 0, math.huge, true)
  options.number(where, "surround", opt.surround, 0, math.huge, true)
  local down, right = places(rows, columns)
  local filter = bell(down, right, opt.centre) - bell(down, right, opt.surround)
  if not (filter:abs():max() > 0) then
    options.fail(("%s: nothing is left of the filter: centre %g and surround %g do not differ in %d x %d pixels"):format(where, opt.centre, opt.surround, rows, columns))
  end
  return filter
end

local function numbers(where, name, value, otherwise)
  if value == nil then return { otherwise } end
  local ok, a = pcall(array.from, type(value) == "number" and { value } or value, "float64")
  if not ok or a:size() == 0 or not a:isfinite():all() then options.fail(("%s: %s: a number or a list of numbers expected, got %s"):format(where, name, options.show(value))) end
  return a:flatten():table()
end

--- Gabor filters, as simple cells of the visual cortex have them (Daugman 1985; Jones & Palmer 1987): exp(-(x'^2 + aspect^2 y'^2)/(2 sigma^2)) cos(2 pi x'/wavelength + phase), x' along the direction in which
--- the stripes change. `angle` of that direction and `phase` in degrees (0: to the right; 90: up; phase 0: a bright stripe in the middle, 90: an edge), lengths in pixels. Each
--- has mean 0, so that even light gives 0, and the sum of its squares is 1. Where `angle` or `phase` is a list they are a bank: filters x rows x columns, for lp.convolution with `bank = true`, all
--- phases of one angle together.
---@param opt { size: integer|integer[], wavelength: number, angle?: number|number[]|array, phase?: number|number[]|array, sigma?: number, aspect?: number }  sigma: 0.4 wavelength; aspect: 0.5
---@return array
--- Example: connect = lp.convolution(lp.seeing.gabor { size = 11, wavelength = 6, angle = { 0, 45, 90, 135 } }, { bank = true })
function filters.gabor(opt)
  local where = "lp.seeing.gabor"
  options.check(where, opt, { size = "number|table", wavelength = "number", angle = "number|table|userdata", phase = "number|table|userdata", sigma = "number", aspect = "number" },
    { "size", "wavelength" })
  local rows, columns = size_of(where, opt.size)
  local wavelength = options.number(where, "wavelength", opt.wavelength, 0, math.huge, true)
  local sigma = options.number(where, "sigma", opt.sigma or 0.4*wavelength, 0, math.huge, true)
  local aspect = options.number(where, "aspect", opt.aspect or 0.5, 0, math.huge, true)
  local angles, phases = numbers(where, "angle", opt.angle, 0), numbers(where, "phase", opt.phase, 0)
  local down, right = places(rows, columns)
  local bank = lp.zeros(#angles*#phases, rows, columns)
  for a, angle in ipairs(angles) do
    local cos, sin = math.cos(math.rad(angle)), math.sin(math.rad(angle))
    local along, across = right*cos - down*sin, right*sin + down*cos
    local envelope = ((along:square() + across:square()*aspect^2)*(-0.5/sigma^2)):exp()
    for p, phase in ipairs(phases) do
      local wave = envelope*(along*(2*math.pi/wavelength) + math.rad(phase)):cos()
      wave = wave - envelope*(wave:sum()/envelope:sum())          -- what is taken off lies under the envelope, too
      local length = wave:square():sum()^0.5
      if not (length > 0) then options.fail(where .. ": nothing is left of the filter: it is too small for its wavelength") end
      bank:at((a - 1)*#phases + p):assign(wave/length)
    end
  end
  local is_one = (opt.angle == nil or type(opt.angle) == "number") and (opt.phase == nil or type(opt.phase) == "number")
  return is_one and bank:at(1):copy() or bank
end

return filters
