--- .npz: arrays by name in a zip archive, as numpy writes them.
local files = require "lunapse.core.files"
local options = require "lunapse.options"
local values = require "lunapse.data.values"

local npz = {}

function npz.read(path, opt)
  local archive <close> = values.call("lp.read", files.npz_open, path)
  local names = archive:names()
  local result = { columns = names }
  for k, name in ipairs(names) do
    if not opt.dataset or opt.dataset == name then
      local value = values.call("lp.read", archive.read, archive, k, opt.type ~= nil)
      if opt.dataset then return value end
      result[name] = value
    end
  end
  if opt.dataset then values.missing("lp.read", path, opt.dataset, names) end
  return result
end

function npz.write(path, x, opt)
  if not values.is_plain(x) then options.fail(("lp.write: '%s': a table of arrays by name expected, got %s"):format(path, options.show(x))) end
  local names, list = values.names(("lp.write: '%s'"):format(path), x), {}
  if #names == 0 then options.fail(("lp.write: '%s': the table is empty"):format(path)) end
  for k, name in ipairs(names) do
    if type(name) ~= "string" then options.fail(("lp.write: '%s': names are texts, got %s"):format(path, options.show(name))) end
    local value = x[name]
    local is_one = type(value) == "number" or type(value) == "boolean"
    list[k] = is_one and value or values.array(("lp.write: '%s' in '%s'"):format(name, path), value)
  end
  values.call("lp.write", files.npz_write, path, names, list, opt.compress)
end

return npz
