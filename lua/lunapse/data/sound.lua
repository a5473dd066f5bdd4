--- Sound files: what lunapse.hearing reads and writes. It has no way of its own.
local array = require "lunapse.array"
local options = require "lunapse.options"
local values = require "lunapse.data.values"

local sound = {}

function sound.read(path, opt)
  return require("lunapse.hearing").load(path, { channels = opt.channels, rate = opt.rate, stream = opt.stream })
end

function sound.write(path, x, opt)
  local hearing = require "lunapse.hearing"
  if array.is(x) or values.is_plain(x) then
    if not opt.rate then options.fail(("lp.write: '%s': samples need a rate: { rate = 44100 }"):format(path)) end
    x = hearing.sound(x, { rate = opt.rate })
  elseif getmetatable(x) ~= hearing.Sound then
    options.fail(("lp.write: '%s': a sound or an array of samples expected, got %s"):format(path, options.show(x)))
  elseif opt.rate then
    options.fail "lp.write: a sound has a rate; resample it, and leave out the option 'rate'"
  end
  x:save(path, { samples = opt.samples })
end

return sound
