--- .png: pictures as arrays of whole numbers. Figures are saved by their own method.
local files = require "lunapse.core.files"
local options = require "lunapse.options"
local values = require "lunapse.data.values"

local png = {}

function png.read(path)
  local picture, bits = values.call("lp.read", files.png_read, path)
  return picture, { bits = bits }
end

function png.write(path, x, opt)
  local where = ("lp.write: '%s'"):format(path)
  local bits = opt.bits or 8
  if bits ~= 8 and bits ~= 16 then options.fail(("%s: bits must be 8 or 16, got %s"):format(where, options.show(bits))) end
  local picture = values.array(where, x)
  local shape = { picture:shape() }
  if #shape ~= 2 and not (#shape == 3 and (shape[3] == 3 or shape[3] == 4)) or shape[1] == 0 or shape[2] == 0 then
    options.fail(("%s: a picture has rows x columns, or rows x columns x 3 or 4; this array has the shape %s"):format(where, table.concat(shape, " x ")))
  end
  local least, most, limit = picture:min(), picture:max(), 2 ^ bits - 1
  if type(least) == "boolean" then least, most = 0, 1 end
  if not (least >= 0 and most <= limit) then
    options.fail(("%s: elements must lie in 0..%d, these lie in %s..%s%s"):format(where, limit, options.show(least), options.show(most),
      bits == 8 and most <= 65535 and least >= 0 and " (bits = 16 takes up to 65535)" or ""))
  end
  local whole = picture:astype "int32"
  if picture:type():find "float" and not (whole:astype(picture:type()) == picture) then options.fail(where .. ": elements must be whole numbers") end
  values.call("lp.write", files.png_write, path, whole, math.tointeger(bits))
end

return png
