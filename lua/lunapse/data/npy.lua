--- .npy: one array, as numpy writes it.
local array = require "lunapse.array"
local files = require "lunapse.core.files"
local values = require "lunapse.data.values"

local npy = {}

function npy.read(path, opt) return values.call("lp.read", files.npy_read, path, opt.type ~= nil) end

function npy.write(path, x)
  local is_one = type(x) == "number" or type(x) == "boolean"
  values.call("lp.write", files.npy_write, path, is_one and x or array.is(x) and x or values.array(("lp.write: '%s'"):format(path), x))
end

return npy
