--- Colours by name, number or hex text, the palette in which series follow each other, and colour maps.

local options = require "lunapse.options"

local colour = {}

--- Okabe & Ito (2008), "Color universal design": eight colours that the colour-blind can tell apart; blue and vermillion first, the light
--- yellow last.
colour.palette = { 0x0072b2ff, 0xd55e00ff, 0x009e73ff, 0xcc79a7ff, 0xe69f00ff, 0x56b4e9ff, 0x000000ff, 0xf0e442ff }

-- Names mean the palette's colours where it has one: two figures that say "red" and "blue" are as readable as two that say nothing.
local names = {
  blue = 0x0072b2ff, red = 0xd55e00ff, vermillion = 0xd55e00ff, green = 0x009e73ff, purple = 0xcc79a7ff, pink = 0xcc79a7ff, orange = 0xe69f00ff,
  sky = 0x56b4e9ff, cyan = 0x56b4e9ff, black = 0x000000ff, yellow = 0xf0e442ff, white = 0xffffffff, gray = 0x808080ff, grey = 0x808080ff,
  silver = 0xc0c0c0ff, brown = 0x8c564bff,
  b = 0x0072b2ff, r = 0xd55e00ff, g = 0x009e73ff, m = 0xcc79a7ff, c = 0x56b4e9ff, k = 0x000000ff, y = 0xf0e442ff, w = 0xffffffff,
}

local function byte(where, part)
  if type(part) ~= "number" or not (part >= 0 and part <= 1) then error(("%s: the parts of a colour lie in 0..1, got %s"):format(where, tostring(part)), 0) end
  return math.floor(part * 255 + 0.5)
end

--- A colour as 0xRRGGBBAA.
---@param where string
---@param given string|integer|number[]|nil  "blue", "#0072b2", "#0072b280", 2 (the second of the palette), { 0, 0.45, 0.7 }
---@param otherwise integer
---@param alpha? number  0..1, multiplies
---@return integer
function colour.get(where, given, otherwise, alpha)
  local value
  if given == nil then
    value = otherwise
  elseif math.type(given) == "integer" and given >= 1 then
    value = colour.palette[(given - 1) % #colour.palette + 1]
  elseif type(given) == "table" and (#given == 3 or #given == 4) then
    value = byte(where, given[1]) << 24 | byte(where, given[2]) << 16 | byte(where, given[3]) << 8 | byte(where, given[4] or 1)
  elseif type(given) == "string" then
    local hex = given:match "^#(%x+)$"
    if hex and #hex == 3 then hex = hex:gsub("%x", "%0%0") end
    if hex and #hex == 6 then hex = hex .. "ff" end
    value = names[given] or (hex and #hex == 8 and tonumber(hex, 16))
  end
  if not value then
    error(('%s: unknown colour %s (known: names like "blue", "red", "green", "orange", "gray"; "#rrggbb"; 1 to 8 for the palette; { r, g, b })')
      :format(where, type(given) == "string" and "'" .. given .. "'" or tostring(given)), 0)
  end
  if alpha then
    if not (alpha >= 0 and alpha <= 1) then error(("%s: alpha must lie in 0..1, got %s"):format(where, tostring(alpha)), 0) end
    value = value & 0xffffff00 | math.floor((value & 255) * alpha + 0.5)
  end
  return value
end

--- The colour for the n-th round through the palette, counted from 0: itself, then lighter, then darker (what is dark, lighter still).
---@param value integer
---@param turn integer
---@return integer
function colour.shade(value, turn)
  if turn == 0 then return value end
  local is_dark = (value >> 24 & 255) + (value >> 16 & 255) + (value >> 8 & 255) < 100
  local is_lighter = is_dark or turn % 2 == 1
  local towards, part = is_lighter and 255 or 0, math.min(0.85, is_dark and 0.3 + 0.2 * turn or is_lighter and 0.25 + 0.25 * turn or 0.1 + 0.15 * turn)
  local shaded = value & 255
  for shift = 8, 24, 8 do
    local channel = value >> shift & 255
    shaded = shaded | math.floor(channel + (towards - channel) * part + 0.5) << shift
  end
  return shaded
end

--- The same colour with another opacity.
---@param value integer
---@param alpha number  0..1
---@return integer
function colour.fade(value, alpha) return value & 0xffffff00 | math.floor((value & 255) * alpha + 0.5) end

-- Every fifth of 256 colours, linear in between. viridis, magma, inferno, plasma: S. van der Walt & N. Smith (2015, CC0); cividis: J. Nunez, C. Anderton &
-- R. Renslow (2018), PLoS ONE 13:e0199239 (CC0); coolwarm: K. Moreland, "Diverging color maps for scientific visualization" (2009); RdBu: C. Brewer,
-- colorbrewer2.org (eleven colours); twilight: B. Bechtold, github.com/bastibe/twilight (CC0).
local maps = {
  viridis = "44015446085c471063481769481d6f482475472a7a46307e453781433d844142873f48893d4e8a3a538b38598c355e8d33638d31688e2e6d8e2c718e2a768e297b8e27808e"
    .. "25848e23898e218e8d20928c1f978b1e9c891fa18821a58524aa8328ae802eb37c35b7793dbc7446c06f50c46a5ac86465cb5e70cf577cd25089d54895d840a2da37b0dd2fbddf26"
    .. "cae11fd8e219e5e419f1e51dfde725",
  magma = "00000402020b0504160907200e0b2b140e361a104221114e29115a311165390f6e420f754a107952137c5a167e6219806a1c81721f81792282812581892881912b81992d80a1307e"
    .. "aa337db2357bba3878c23b75ca3e72d2426fd9466be04c67e75263ec5860f1605df4695cf7725cf97b5dfb8560fc8e64fd9869fea16efeaa74feb47bfebd82fec68afecf92fed89a"
    .. "fde2a3fdebacfcf4b6fcfdbf",
  inferno = "00000402020c0504170a072210092d160b391e0c45260c512f0a5b380962400a67490b6a510e6c59106e61136e69166e71196e781c6d801f6c88226a902568982766a02a63"
    .. "a82e5fb0315bb73557bf3952c63d4dcc4248d34743d94d3ddf5337e45a31e9612bed6925f1711ff47918f78212f98b0bfa9407fb9d07fca60cfcb014fbba1ffac42af8cd37f6d746"
    .. "f4e156f2ea69f2f27df5f992fcffa4",
  plasma = "0d08871b068d2605912f059638049a41049d4903a05102a35901a56100a76900a87100a87801a88004a88707a68e0ca49511a19c179ea21d9aa82296ae2892b42e8dba3388"
    .. "bf3984c43e7fc9447acd4a76d24f71d6556dda5b69de6164e26660e66c5ce97257ed7953f07f4ff3854bf58c46f79342f99a3efba139fca835fdaf31feb72dfebe2afdc627fcce25"
    .. "fbd724f8df25f6e826f3f027f0f921",
  coolwarm = "3b4cc04055c8465ecf4c66d6536edd5977e35f7fe86687ed6c8ff17396f57a9df881a4fb88abfd8fb1fe96b7ff9dbdffa3c2feaac7fdb1cbfcb7cff9bed2f6c4d5f3cad8ef"
    .. "cfdaead5dbe5dadce0dfdbd9e4d9d2e9d5cbedd2c3f0cdbbf2c9b4f5c4acf6bea4f7b89cf7b194f7aa8cf6a385f59c7df39475f08b6eed8366e97a5fe57058e16751dc5d4ad65244"
    .. "d0473dca3b37c32e31bb1b2cb40426",
  cividis = "00224e002656002a5f002d68003070083370163770203a6f273e6e2e416d34456c3a486c3f4c6c444f6c49536c4e566c535a6d575d6d5c616e60646f656870696b716d6f72727274"
    .. "7676767a7a787e7d788381798885788d8878928c789690779b9476a09875a59c74aaa073afa471b5a86fbaac6dbfb06bc4b468c9b965cfbd62d4c15fdac65bdfca57e5cf52ead34c"
    .. "f0d846f6dd3ffce236fee838",
  twilight = "e2d9e2dcd9dfd2d5dbc5cfd5b6c8cfa7c0cb99b8c88cafc580a5c3769cc16e92c06888be647dbc6172ba6067b65f5bb25e4fac5e43a55c379c5a2b905621824f19724714613f1251"
    .. "37114432123a32123739113a42123e4e14435b1648681a4d751e4f8124508d2b50973450a03e50a94850b05351b65e54bc6a58c0765fc48267c78f72ca9b7fcda78ed0b39ed4beaf"
    .. "d9c8c0ddd0cfe0d7dae2d9e2",
  RdBu = "67001fb2182bd6604df4a582fddbc7f7f7f7d1e5f092c5de4393c32166ac053061",
  gray = "000000ffffff",
}

--- What there is, by what it is for. Sequential maps grow lighter with the value, diverging ones have a middle, cyclic ones end where they began.
colour.kinds = { sequential = { "viridis", "cividis", "magma", "inferno", "plasma", "hot", "gray" }, diverging = { "coolwarm", "RdBu" }, cyclic = { "twilight" } }

local function map_names()
  local list = {}
  for _, kind in ipairs { "sequential", "diverging", "cyclic" } do table.move(colour.kinds[kind], 1, #colour.kinds[kind], #list + 1, list) end
  return list
end

local function split(text)
  local points = {}
  for hex in text:gmatch "%x%x%x%x%x%x" do points[#points + 1] = { tonumber(hex:sub(1, 2), 16), tonumber(hex:sub(3, 4), 16), tonumber(hex:sub(5, 6), 16) } end
  return points
end

-- 256 colours through points of red, green and blue.
local function through(points)
  local lut = {}
  for k = 0, 255 do
    local at = k / 255 * (#points - 1)
    local below = math.min(math.floor(at), #points - 2)
    local part, value = at - below, 0
    for channel = 1, 3 do
      value = value << 8 | math.floor(points[below + 1][channel] * (1 - part) + points[below + 2][channel] * part + 0.5)
    end
    lut[k + 1] = value << 8 | 255
  end
  return lut
end

-- Black, red, yellow, white: red rises over the first 3/8 of the range, green over the second, blue over the last quarter.
local function hot()
  local lut = {}
  for k = 0, 255 do
    local u, parts = k / 255, 0
    for _, ramp in ipairs { { 0, 0.375 }, { 0.375, 0.75 }, { 0.75, 1 } } do
      local level = math.max(0, math.min(1, (u - ramp[1]) / (ramp[2] - ramp[1])))
      parts = parts << 8 | math.floor(level * 255 + 0.5)
    end
    lut[k + 1] = parts << 8 | 255
  end
  return lut
end

local made = {}

-- A map of the user's: two colours or more, at equal distances.
local function own_map(where, given)
  if #given < 2 then error(("%s: a map is a name, or a list of two colours or more"):format(where), 0) end
  local points = {}
  for k, one in ipairs(given) do
    local value = colour.get(where .. ": map", one)
    points[k] = { value >> 24 & 255, value >> 16 & 255, value >> 8 & 255 }
  end
  return through(points)
end

--- The 256 colours of a map of colour.kinds; a name with "_r" is the reversed map; a list of colours is a map through them.
---@param where string
---@param name string|table
---@return integer[]
function colour.map(where, name)
  if type(name) == "table" then return own_map(where, name) end
  if made[name] then return made[name] end
  local base, reversed = name:match "^(.-)_r$", false
  if base then reversed = true else base = name end
  if base == "grey" then base = "gray" end
  if base ~= "hot" and not maps[base] then error(("%s: %s; with _r it is turned round"):format(where, options.unknown("colour map", name, map_names())), 0) end
  local lut = base == "hot" and hot() or through(split(maps[base]))
  if reversed then
    for k = 1, 128 do lut[k], lut[257 - k] = lut[257 - k], lut[k] end
  end
  made[name] = lut
  return lut
end

return colour
