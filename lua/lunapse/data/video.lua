--- Videos: frames as arrays of whole numbers, decoded by the program ffmpeg.
local files = require "lunapse.core.files"
local options = require "lunapse.options"
local values = require "lunapse.data.values"

local video = {}

local FPS = 25

function video.read(path, opt)
  local where = ("lp.read: '%s'"):format(path)
  local size = opt.size
  if type(size) ~= "table" or #size ~= 2 then options.fail(where .. ": size = { rows, columns } of the frames is needed: what the video has is scaled to it") end
  for k = 1, 2 do options.whole(where, ("size[%d]"):format(k), size[k], 1, 32768) end
  local fps = options.number(where, "fps", opt.fps or FPS, 0, 1e6, true)
  local from = options.number(where, "from", opt.from or 0, 0, math.huge)
  local to = opt.to or math.huge
  if to <= from then options.fail(("%s: option 'to' must lie behind 'from' (%g ms), got %s"):format(where, from, options.show(opt.to))) end
  return values.call("lp.read", files.video_read, path, math.tointeger(size[1]), math.tointeger(size[2]), opt.grey == true, fps + 0.0, from + 0.0, to + 0.0)
end

return video
