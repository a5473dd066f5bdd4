--- Figures in motion: lp.animation(draw, frames):save "waves.gif".

local canvas = require "lunapse.core.canvas"
local options = require "lunapse.plot.arguments"

local animation = {}

--- Figures that follow each other; made by lp.animation.
---@class lunapse.Animation
---@field frames any[]
---@field fps number
local Animation = { __name = "lunapse.animation" }
Animation.__index = Animation

local MOST = 100000            -- frames

--- Figures one after the other: `draw` is called with each frame in turn and gives the figure to be shown; `frames` is a list, or a number (1, 2, ...). Nothing is drawn before
--- save. All figures must have the same size. `fps`: frames a second (20).
---@param draw fun(frame: any, k: integer): lunapse.Figure  the frame, and its number
---@param frames integer|any[]|Array
---@param opt? { fps?: number }
---@return lunapse.Animation
--- Errors: "lp.animation: a function that gives a figure expected, got a table"; in save "lp.animation: frame 3 has 400 x 300 pixels, the first has 500 x 300".
function animation.animation(draw, frames, opt)
  return options.guard(function()
    local self = setmetatable({ draw = draw, frames = {} }, Animation)
    if type(draw) ~= "function" then error(("lp.animation: a function that gives a figure expected, got %s"):format(options.show(draw)), 0) end
    opt = options.check("lp.animation", opt, { fps = "number" })
    self.fps = opt.fps or 20
    if not (self.fps > 0 and self.fps <= 1000) then error(("lp.animation: fps must lie in 0..1000, got %s"):format(options.show(self.fps)), 0) end
    if type(frames) == "number" then
      for k = 1, options.whole("lp.animation", "frames", frames, 1, MOST) do self.frames[k] = k end
    elseif type(frames) == "table" or type(frames) == "userdata" then
      if #frames == 0 then error("lp.animation: there are no frames", 0) end
      for k = 1, #frames do self.frames[k] = frames[k] end
    else
      error(("lp.animation: frames is their number or a list, got %s"):format(options.show(frames)), 0)
    end
    return self
  end)
end

local formats = { gif = "gif", png = "apng", apng = "apng", mp4 = "mp4" }

--- Draw all frames and write the file, whose name says how: .gif (giflib), .png or .apng (an animated PNG), .mp4 (both by the program ffmpeg). An old file is replaced only
--- when the new one is complete. A GIF has at most 256 colours a frame, and hundredths of a second between frames. `loop` = false: GIF and APNG are shown once.
---@param path string
---@param opt? { dpi?: number, loop?: boolean }
---@return string path
--- Errors: "'a.mp4': APNG and MP4 need the program ffmpeg (Debian's package ffmpeg): ...", "cannot write 'results/a.gif': no such folder (it is not made for you)".
function Animation:save(path, opt)
  options.path("save", path)
  local format = formats[(path:match "%.(%w+)$" or ""):lower()]
  if not format then options.fail(("save: '%s' does not end in .gif, .png, .apng or .mp4"):format(path)) end
  return (options.guard(function()
    opt = options.check("save", opt, { dpi = "number", loop = "boolean" })
    local movie <close> = canvas.movie(path, format, self.fps, opt.loop ~= false)
    for k, frame in ipairs(self.frames) do
      local figure = self.draw(frame, k)
      if type(figure) ~= "table" or type(figure) == "table" and not rawget(figure, "axes_list") then
        error(("lp.animation: frame %d: the function gave %s, a figure was expected"):format(k, options.show(figure)), 0)
      end
      local on <close> = figure:draw { dpi = opt.dpi }
      movie:add(on)
    end
    movie:save()
    return path
  end))
end

function Animation:__tostring() return ("animation (%d frame%s, %g s)"):format(#self.frames, #self.frames == 1 and "" or "s", #self.frames / self.fps) end

return animation
