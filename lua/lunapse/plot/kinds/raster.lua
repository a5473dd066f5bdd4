--- Rasters of spikes: fig[1]:raster(t, neuron), fig[1]:raster(recording), fig[1]:raster(recording, { size = 1, color = 2 }).

local colour = require "lunapse.plot.colour"
local options = require "lunapse.plot.arguments"
local style = require "lunapse.plot.style"

local raster = {}

raster.known = { label = "string", color = "string|number|table", alpha = "number", size = "number", marker = "string", width = "number" }

-- What a recording of spikes offers: fields t and neuron, or a method raster() that returns them; perhaps n (how many neurons), neurons (which), from and to.
local function from_recording(given)
  local function field(name)
    local ok, value = pcall(function() return given[name] end)
    return ok and value or nil
  end
  local t, neuron = field "t", field "neuron"
  if (t == nil or neuron == nil) and type(field "raster") == "function" then t, neuron = given:raster() end
  if t == nil or neuron == nil then error("raster: expected the times and the neurons, or a recording of spikes", 0) end
  local n, from, to, neurons = field "n", field "from", field "to", field "neurons"
  local first, last = 1, type(n) == "number" and n or 0
  if neurons ~= nil and #neurons > 0 then first, last = neurons:min(), neurons:max() end
  return t, neuron, { first = first, last = last, from = type(from) == "number" and from or nil, to = type(to) == "number" and to or nil }
end

--- Make the data of a raster: times (ms) and neurons (from 1) of the spikes, in any order. Up to about sixty rows are drawn as ticks, more
--- as dots. Of a recording, silent neurons and times without spikes are shown too.
---@param axes lunapse.Axes
---@return table data
function raster.new(axes, ...)
  local a, b, c = ...
  local t, neuron, given, extent
  if b ~= nil and not options.is(b) then t, neuron, given = a, b, c
  else
    if a == nil then error("raster: no spikes given", 0) end
    t, neuron, extent = from_recording(a)
    given = b
  end
  local opt = options.check("raster", given, raster.known)
  local data = { opt = opt, label = opt.label, extent = extent or {}, pad_x = extent and 0 or 0.01, pad_y = 0, whole_y = true }
  data.x, data.y, data.n = options.series("raster", t, neuron)
  data.color = colour.get("raster", opt.color, axes:next_color(opt.color, style.text), opt.alpha)
  if opt.marker then style.shape("raster", opt.marker) end
  return data
end

function raster.limits(data, axes)
  local x0, x1 = axes:range_x(data.x, data.n)
  local y0, y1 = axes:range_y(data.y, data.n)
  local extent = data.extent
  if extent.last and extent.last >= 1 then y0, y1 = math.min(y0 or math.huge, extent.first), math.max(y1 or 1, extent.last) end
  if extent.from and extent.to and extent.to > extent.from and not axes.x.log then x0, x1 = extent.from, extent.to end
  if y0 and not axes.y.log then y0, y1 = y0 - 0.5, y1 + 0.5 end
  return x0, x1, y0, y1
end

local function mark(axes, data)
  local frame, opt = axes.frame, data.opt
  local row = math.abs(frame.y1 - frame.y0) > 0 and frame.height / math.abs(frame.y1 - frame.y0) or 1
  local shape = opt.marker and style.shape("raster", opt.marker) or row >= style.tick_size / 3 and "tick" or "circle"
  local n = 0                                           -- of all rasters in the axes, so that dots are of one size
  for _, item in ipairs(axes.items) do n = n + (item.kind == raster and item.data.n or 0) end
  local crowd = n / (frame.width * frame.height)        -- spikes a square point
  local dot = crowd > 0.3 and 0.8 or crowd > 0.08 and 1.1 or 1.6
  local size = opt.size or (shape == "tick" and math.min(0.8 * row, 14) or style.mark_scale * math.max(dot, math.min(0.5 * row, 2)))
  return { shape = shape, size = size, width = opt.width or style.mark_scale * (crowd > 0.05 and 0.7 or 1), color = data.color }
end

function raster.draw(axes, data) axes.canvas:marks(data.x, data.y, mark(axes, data)) end

function raster.key(axes, data, x, y, width)
  axes.canvas:mark(x + width / 2, y, { shape = "tick", size = 7, width = 1.2, color = data.color })
end

return raster
