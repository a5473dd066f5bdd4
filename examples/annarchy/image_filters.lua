--- A picture as rates of neurons, and layers that pool and filter it (notebook "Image" of ANNarchy): 480 x 640 pixels of three colours are pooled by ten,
--- smoothed by a box filter for each colour, and seen by three filters that want a colour more than the two others; four orientations of edges and a maximum
--- over regions come on top. No synapse is stored, and every layer is a step behind the one before it. The picture has a red, a green and a blue disc, or is a
--- PNG file of that size.
--- Published: found 3..3 (colours whose filter answers most within the disc of that colour: each filter is "selective to a particular color"), off 0..1e-9
--- (pooled less the means of the picture), latency 3..3 ms (a step for each layer; in the notebook 4, for there the picture itself takes one)
--- Takes 1 s.
--- Run: lunapse examples/annarchy/image_filters.lua [duration=6 image= seed=1 out=image_filters.png]
local lp = require "lunapse"
local a = lp.arguments { duration = 6, image = "", seed = 1, out = "image_filters.png" }

local H, W, BY = 480, 640, 10          -- pixels; pooled along each axis
local h, w = H // BY, W // BY
local Pixel = lp.neuron { name = "Pixel", parameters = { r = 0 } }
local Linear = lp.neuron { name = "Linear", equations = "r = sum(exc) : min = 0" }

-- Three discs on grey: rows and columns of their middles, in pixels.
local discs, RADIUS = { { 160, 160 }, { 320, 320 }, { 160, 480 } }, 90
local net = lp.network { dt = 1, seed = a.seed }
local picture = a.image ~= "" and lp.read(a.image):astype "float64" / 255 or 0.4 + 0.05 * net:draw(lp.normal(0, 1), H * W * 3):reshape(H, W, 3)
if a.image == "" then
  for colour, disc in ipairs(discs) do
    local inside = ((lp.arange(1, H):reshape(H, 1) - disc[1]) ^ 2 + (lp.arange(1, W):reshape(1, W) - disc[2]) ^ 2):lt(RADIUS ^ 2)
    for other = 1, 3 do
      local layer = picture:at(other, 3)
      layer:assign(layer:where(~inside, other == colour and 0.9 or 0.1))
    end
  end
end

local image    = net:population { name = "image", geometry = { H, W, 3 }, neuron = Pixel }
local pooled   = net:population { name = "pooled", geometry = { h, w, 3 }, neuron = Linear }
local smoothed = net:population { name = "smoothed", geometry = { h, w, 3 }, neuron = Linear }
local colours  = net:population { name = "colours", geometry = { h, w, 3 }, neuron = Linear }
local edges    = net:population { name = "edges", geometry = { h, w, 4 }, neuron = Linear }
local shapes   = net:population { name = "shapes", geometry = { h // 4, w // 4, 4 }, neuron = Linear }
local function join(from, to, connect) net:project { from = from, to = to, target = "exc", connect = connect } end
join(image, pooled, lp.pooling "mean")
join(pooled, smoothed, lp.convolution(lp.array.full(1 / 9, { 3, 3 }), { keep_last = true, padding = "border" }))
join(smoothed, colours, lp.convolution({ { { { 2, -1, -1 } } }, { { { -1, 2, -1 } } }, { { { -1, -1, 2 } } } }, { bank = true }))
-- Edges of the colours taken together: a filter has the axes of the layer below, so that it reads all three alike.
local sobel, bank = { { { -1, 0, 1 }, { -2, 0, 2 }, { -1, 0, 1 } }, { { -1, -2, -1 }, { 0, 0, 0 }, { 1, 2, 1 } }, { { -2, -1, 0 }, { -1, 0, 1 }, { 0, 1, 2 } },
  { { 0, -1, -2 }, { 1, 0, -1 }, { 2, 1, 0 } } }, lp.zeros(4, 3, 3, 3)
for k = 1, 4 do for colour = 1, 3 do bank:at(k, 1):at(colour, 3):assign(sobel[k]) end end
join(colours, edges, lp.convolution(bank, { bank = true, padding = "border" }))
join(edges, shapes, lp.pooling "max")

image.r = picture
local latency = net:run_until("r > 0.01", { of = colours, max = 6 })
net:run(math.max(a.duration - latency, 2))          -- the edges and their maxima, too

local maps, means, found = colours.r:reshape(h, w, 3), picture:reshape(h, BY, w, BY, 3):mean(4):mean(2), 0
local fig = lp.figure { rows = 2, columns = 4, width = "180 mm", height = "80 mm", style = "paper", letters = true }
local function show(k, values, title, opt) fig[k]:image(values, opt):title(title):ticks("x", {}):ticks("y", {}) end
show(1, picture:clip(0, 1), "picture")
show(2, pooled.r:reshape(h, w, 3):clip(0, 1), "pooled")
show(3, smoothed.r:reshape(h, w, 3):clip(0, 1), "smoothed")
show(4, edges.r:reshape(h, w, 4):at(1, 3), "vertical edges", { map = "gray" })
for k, name in ipairs { "red", "green", "blue" } do
  local map = maps:at(k, 3):copy()
  show(4 + k, map, name .. " filter", { map = "magma", range = { 0, 2 } })
  local at = map:flatten():argmax() - 1
  local row, column = (at // w + 0.5) * BY, (at % w + 0.5) * BY
  if math.sqrt((row - discs[k][1]) ^ 2 + (column - discs[k][2]) ^ 2) < RADIUS then found = found + 1 end
end
show(8, shapes.r:reshape(h // 4, w // 4, 4):at(1, 3), "pooled edges", { map = "gray" })
print("figure: " .. fig:save(a.out))

lp.result { { "found", found }, { "off", (pooled.r:reshape(h, w, 3) - means):abs():max() }, { "latency", latency } }
