--- Colour maps by what they are for, and to look at: `lp.colormaps`.

local array = require "lunapse.core.array"
local colour = require "lunapse.plot.colour"
local options = require "lunapse.plot.arguments"

--- Names of the maps of each kind, as `map` takes them: sequential ones grow lighter with the value, diverging ones have a middle, cyclic ones end where they began. A name with
--- "_r" is the map turned round.
---@class lunapse.Colormaps
---@field sequential string[]
---@field diverging string[]
---@field cyclic string[]
local colormaps = { sequential = colour.kinds.sequential, diverging = colour.kinds.diverging, cyclic = colour.kinds.cyclic }

--- `n` colours of a map, from end to end (of a cyclic one without its end, which is its beginning), for series that have an order.
---@param name string|table  a map, or a list of colours
---@param n integer
---@return string[]  "#rrggbb"
--- Errors: "colormaps.colors: unknown colour map 'virids': did you mean 'viridis'? ...".
function colormaps.colors(name, n)
  return options.guard(function()
    if type(name) ~= "string" and type(name) ~= "table" then error("colormaps.colors: the name of a map expected", 0) end
    local lut, list = colour.map("colormaps.colors", name), {}
    n = options.whole("colormaps.colors", "n", n, 1, 256)
    local is_cyclic = false
    for _, other in ipairs(colour.kinds.cyclic) do is_cyclic = is_cyclic or name == other or name == other .. "_r" end
    for k = 1, n do
      local part = is_cyclic and (k - 1) / n or n == 1 and 0.5 or (k - 1) / (n - 1)
      list[k] = ("#%06x"):format(lut[math.floor(part * 255 + 0.5) + 1] >> 8)
    end
    return list
  end)
end

--- A figure of all of them: colormaps.figure():show().
---@return lunapse.Figure
function colormaps.figure()
  local kinds, n = { "sequential", "diverging", "cyclic" }, 0
  for _, kind in ipairs(kinds) do n = n + #colormaps[kind] end
  local fig = require("lunapse.plot.figure").new { rows = n, width = 5, height = 0.32 * n + 0.4 }
  local ramp, row = array.linspace(0, 1, 256):reshape(1, 256), 0
  for _, kind in ipairs(kinds) do
    for k, name in ipairs(colormaps[kind]) do
      row = row + 1
      fig[row]:image(ramp, { map = name }):ticks("x", {}):ticks("y", { 1 }, { name })
      if k == 1 then fig[row]:text(257, 1, "  " .. kind, { valign = "middle" }) end
    end
  end
  return fig
end

return setmetatable(colormaps, { __index = function(_, name)
  return options.fail("lp.colormaps: " .. options.unknown("name", name, { "sequential", "diverging", "cyclic", "colors", "figure" }))
end })
