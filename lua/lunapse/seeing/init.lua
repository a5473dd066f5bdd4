--- Seeing: pictures and videos as what neurons on a grid get, gaze that moves over a picture, and the filters of early vision.
---
---     local image = net:population { geometry = { 48, 64 }, neuron = pixel }
---     image.r = lp.seeing.image("cat.png", { geometry = image.geometry })
---     local film = lp.seeing.frames("cats.mp4", { geometry = { 48, 64 }, fps = 25 })          -- drive = { r = film }
---
--- Values lie in 0 (black) .. 1 (white). A geometry is { rows, columns } for grey, { rows, columns, 3 } for red, green, blue.
-- This folder (seeing) has pictures, videos and filters for populations on grids, on the public API alone.
local lp = require "lunapse"
local options = require "lunapse.options"

local seeing = {}

local array = lp.array

-- ---- pictures ----

--- What a grid can show: rows, columns, and whether in colours.
local function grid_of(where, geometry)
  if type(geometry) ~= "table" or #geometry < 2 or #geometry > 3 or #geometry == 3 and geometry[3] ~= 3 then
    options.fail(("%s: option 'geometry' must be { rows, columns } or { rows, columns, 3 }, got %s"):format(where,
      type(geometry) == "table" and ("%d numbers"):format(#geometry) or options.show(geometry)))
  end
  for k = 1, 2 do options.whole(where, ("geometry[%d]"):format(k), geometry[k], 1, 32768) end
  return { rows = geometry[1], columns = geometry[2], is_colored = #geometry == 3 }
end

--- The share that each of n stretches of a line has in each of m.
local function shares(n, m)
  local matrix = lp.zeros(m, n)
  for i = 0, m - 1 do
    local from, to = i*n/m, (i + 1)*n/m
    for k = from//1, math.min(n, math.ceil(to)) - 1 do
      matrix:set(i + 1, k//1 + 1, (math.min(to, k + 1) - math.max(from, k))*m/n)
    end
  end
  return matrix
end

--- Each new point is the mean of what it covers.
local function resized(plane, rows, columns)
  local h, w = plane:shape()
  if h ~= rows then plane = shares(h, rows):matmul(plane) end
  if w ~= columns then plane = plane:matmul(shares(w, columns):transpose()) end
  return plane
end

--- The planes of a picture: one of grey, or red, green and blue; 0 .. 1. What is transparent lies on white.
local function planes_of(where, given, white)
  local picture, attributes = given, nil
  if type(given) == "string" then
    picture, attributes = lp.read(given, { format = "png" })
  elseif not array.is(given) then
    local ok, made = pcall(array.from, given)
    if type(given) ~= "table" or not ok then
      options.fail(("%s: a picture expected, the path of a PNG file or an array of rows x columns (x 3), got %s%s"):format(where, options.show(given),
        type(given) == "table" and ": " .. made or ""))
    end
    picture = made
  end
  local h, _, channels = picture:shape()
  if picture:axes() < 2 or picture:axes() > 3 or channels and channels ~= 3 and channels ~= 4 or h == 0 then
    options.fail(("%s: a picture has rows x columns, or rows x columns x 3 or 4; this array has the shape %s"):format(where, table.concat({ picture:shape() }, " x ")))
  end
  local is_whole = not picture:type():find "float"
  local values = picture:astype "float64"
  if not values:isfinite():all() then options.fail(where .. ": a picture has numbers, one of these is NaN or infinite") end
  local most = attributes and 2^attributes.bits - 1 or values:max() > 255 and 65535 or 255
  if white or is_whole then values = values/(white or most) end
  if channels == 4 and (values:at(4, 3):min() < 0 or values:at(4, 3):max() > 1) then
    options.fail(("%s: how solid points are, the fourth channel, lies in 0 .. 1, here in %g .. %g"):format(where, values:at(4, 3):min(), values:at(4, 3):max()))
  end
  if not channels then return { values } end
  local planes = {}
  for c = 1, 3 do planes[c] = values:at(c, 3):copy() end
  if channels == 4 then
    local solid = values:at(4, 3):copy()
    for c = 1, 3 do planes[c] = planes[c]*solid + (1 - solid) end
  end
  return planes
end

--- ITU-R BT.601: how bright red, green and blue are.
local function grey_of(planes)
  if #planes == 1 then return planes[1] end
  return planes[1]*0.299 + planes[2]*0.587 + planes[3]*0.114
end

local function joined(planes)
  if #planes == 1 then return planes[1] end
  local h, w = planes[1]:shape()
  local picture = lp.zeros(h, w, 3)
  for c = 1, 3 do picture:at(c, 3):assign(planes[c]) end
  return picture
end

--- The planes of a picture as a grid shows them.
local function shown(where, given, grid, white)
  local planes = planes_of(where, given, white)
  if not grid then return planes end
  if not grid.is_colored then planes = { grey_of(planes) } end
  if grid.is_colored and #planes == 1 then planes = { planes[1], planes[1], planes[1] } end
  for c, plane in ipairs(planes) do planes[c] = resized(plane, grid.rows, grid.columns) end
  return planes
end

--- A picture as numbers from 0 (black) to 1 (white), for a population on a grid: `image.r = lp.seeing.image("cat.png", { geometry = image.geometry })`. It is scaled to the geometry, each new
--- point the mean of what it covers; { rows, columns } makes it grey (0.299 red + 0.587 green + 0.114 blue), { rows, columns, 3 } coloured. Without a geometry it stays as it is. Files
--- are divided by 255, or 65535 (16 bits), and so are arrays of int32 and the like (by 65535 where some are above 255), or by `white`; arrays of float64 or float32 and tables are taken as they are. What is transparent lies on white.
---@param picture string|array|table  the path of a PNG, or rows x columns, or rows x columns x 3 (or 4)
---@param opt? { geometry?: integer[], white?: number }
---@return array  rows x columns (x 3)
--- Errors: "lp.seeing.image: option 'geometry' must be { rows, columns } or { rows, columns, 3 }".
function seeing.image(picture, opt)
  local where = "lp.seeing.image"
  opt = options.check(where, opt or {}, { geometry = "table", white = "number" })
  if opt.white then options.number(where, "white", opt.white, 0, math.huge, true) end
  return joined(shown(where, picture, opt.geometry and grid_of(where, opt.geometry), opt.white))
end

-- ---- in time ----

--- How long each frame stays, as lp.timed_array wants it.
local function timing(where, opt, fps)
  local given = (opt.dt and 1 or 0) + (opt.times and 1 or 0) + (fps and 1 or 0)
  if given ~= 1 then options.fail(("%s: one of dt (ms), fps and times is needed"):format(where)) end
  if fps then options.number(where, "fps", fps, 0, math.huge, true) end
  return { dt = opt.dt or fps and 1000/fps or nil, times = opt.times, period = opt.period }
end

local function is_video(x)
  local ending = type(x) == "string" and x:match "%.(%w+)$"
  return ending and ending:lower() ~= "png" or false
end

--- Frames of a video, one a row.
local function video_rows(path, grid, opt, fps)
  local frames = lp.read(path, { format = "video", size = { grid.rows, grid.columns }, grey = not grid.is_colored, fps = fps, from = opt.from, to = opt.to })
  local n = frames:shape()
  return frames:astype "float64":reshape(n, frames:size()//n)/255
end

--- Pictures one after the other, as what drives a population in time: `drive = { r = lp.seeing.frames({ "a.png", "b.png" }, { geometry = { 48, 64 }, dt = 100 }) }`; equations read it, too
--- (`arrays = { film = ... }`, `film(t, i)`). Pictures are those of lp.seeing.image: a list of paths or arrays, or one array of frames x rows x columns (x 3); or the path of a video,
--- which the program ffmpeg decodes, from `from` to `to` (ms). Each stays for `dt` ms, or as `fps` says (videos: 25), or from its entry in `times` on; the last one for ever, unless there is a `period`.
---@param pictures string|array|(string|array)[]
---@param opt { geometry: integer[], dt?: number, fps?: number, times?: number[], period?: number, from?: number, to?: number, white?: number }
---@return Timed
--- Errors: "lp.read: cannot read 'a.mp4': videos need the program ffmpeg (Debian's package ffmpeg)".
function seeing.frames(pictures, opt)
  local where = "lp.seeing.frames"
  opt = options.check(where, opt or {}, { geometry = "table", dt = "number", fps = "number", times = "table|userdata", period = "number", from = "number",
    to = "number", white = "number" }, { "geometry" })
  local grid, of_video = grid_of(where, opt.geometry), is_video(pictures)
  for _, name in ipairs { "from", "to" } do
    if opt[name] and not of_video then options.fail(("%s: option '%s' is a time in a video"):format(where, name)) end
  end
  if of_video then
    if opt.dt or opt.times then options.fail(where .. ": frames of a video come as option 'fps' says (25)") end
    local fps = opt.fps or 25
    return lp.timed_array(video_rows(pictures, grid, opt, fps), timing(where, opt, fps))
  end
  local how = timing(where, opt, opt.fps)
  local n = array.is(pictures) and pictures:shape() or type(pictures) == "table" and #pictures or 0
  if n == 0 then options.fail(("%s: a list of pictures or the path of a video expected, got %s"):format(where, options.show(pictures))) end
  local rows = lp.zeros(n, grid.rows*grid.columns*(grid.is_colored and 3 or 1))
  for k = 1, n do
    local one = array.is(pictures) and pictures:at(k):copy() or pictures[k]
    rows:row(k):assign(joined(shown(("%s, picture %d"):format(where, k), one, grid, opt.white)):flatten())
  end
  return lp.timed_array(rows, how)
end

--- A gaze that jumps over a picture: what a window of the picture shows, fixation after fixation, as what drives a population in time. `at` lists the centres of the fixations, { row, column } in the
--- picture; each lasts `dt` ms, or begins at its entry in `times`. The window has the size of the `geometry`, is not scaled, and lies within the picture. Its centre is the
--- (n + 1)//2-th of n rows or columns.
---@param picture string|array|table  as of lp.seeing.image
---@param opt { geometry: integer[], at: integer[][]|array, dt?: number, times?: number[], period?: number, white?: number }
---@return Timed
--- Example: lp.seeing.saccades("cat.png", { geometry = { 20, 20 }, at = { { 40, 60 }, { 52, 31 } }, dt = 250 })
function seeing.saccades(picture, opt)
  local where = "lp.seeing.saccades"
  opt = options.check(where, opt or {}, { geometry = "table", at = "table|userdata", dt = "number", times = "table|userdata", period = "number", white = "number" },
    { "geometry", "at" })
  local grid, how = grid_of(where, opt.geometry), timing(where, opt)
  local planes = planes_of(where, picture, opt.white)
  if not grid.is_colored then planes = { grey_of(planes) } elseif #planes == 1 then planes = { planes[1], planes[1], planes[1] } end
  local height, width = planes[1]:shape()
  local ok, at = pcall(array.from, opt.at, "float64")
  local n, two = 0, nil
  if ok then n, two = at:shape() end
  if two ~= 2 then options.fail(where .. ": option 'at' must list the centres of the fixations, { { row, column }, ... }") end
  local rows = lp.zeros(n, grid.rows*grid.columns*#planes)
  for k = 1, n do
    local first = {}
    for axis, name in ipairs { "row", "column" } do
      local size, most = axis == 1 and grid.rows or grid.columns, axis == 1 and height or width
      local centre = options.whole(where, ("at[%d], %s"):format(k, name), at:get(k, axis), 1)
      first[axis] = centre - (size + 1)//2 + 1
      if first[axis] < 1 or first[axis] + size - 1 > most then
        options.fail(("%s: at[%d]: a window of %d %ss around %s %d leaves the picture, which has %d"):format(where, k, size, name, name, centre, most))
      end
    end
    local window = {}
    for c, plane in ipairs(planes) do
      window[c] = plane:rows(first[1], first[1] + grid.rows - 1):columns(first[2], first[2] + grid.columns - 1):copy()
    end
    rows:row(k):assign(joined(window):flatten())
  end
  return lp.timed_array(rows, how)
end

for name, f in pairs(require "lunapse.seeing.filters") do seeing[name] = f end

return setmetatable(seeing, { __index = function(_, name) return options.missing("lp.seeing", name, options.methods { seeing }) end })
