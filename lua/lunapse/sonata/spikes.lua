--- Spike files: /spikes/POPULATION/timestamps and node_ids; and as they were before populations, /spikes/timestamps and gids.
local hdf5 = require "lunapse.core.hdf5"
local options = require "lunapse.options"

local spikes = {}

local factors = { ms = 1, milliseconds = 1, millisecond = 1, s = 1000, seconds = 1000, second = 1000 }

local function dataset(where, path, file, name)
  local info = file:info(name)
  if not info or info.kind ~= "numbers" and info.kind ~= "empty" then options.fail(("%s: '%s' holds no dataset of numbers '%s'"):format(where, path, name)) end
  local value = file:read(name)
  return type(value) == "number" and { value } or value or {}
end

local function read_group(where, path, file, group, ids)
  local at = group .. "/timestamps"
  local t, node_ids = dataset(where, path, file, at), dataset(where, path, file, group .. "/" .. ids)
  if #t ~= #node_ids then options.fail(("%s: '%s': '%s' has %d timestamps and %d %s"):format(where, path, group, #t, #node_ids, ids)) end
  local unit = file:info(at, "units") and file:attribute(at, "units") or "ms"
  local factor = factors[unit]
  if not factor then options.fail(("%s: '%s': '%s' are in '%s': milliseconds or seconds expected"):format(where, path, at, tostring(unit))) end
  return { t = factor == 1 and t or t * factor, node_ids = node_ids, path = path }
end

--- The spikes in a file by name of the population; under `true` those of a file without populations.
---@param where string
---@param path string
---@return table<string|boolean, { t: array, node_ids: array, path: string }>
function spikes.read(where, path)
  local ok, file = pcall(hdf5.open, path, "read")
  if not ok then options.fail(("%s: %s"):format(where, tostring(file))) end
  local _ <close> = file
  local root = file:info "spikes"
  if not root or root.kind ~= "group" then options.fail(("%s: '%s' is no file of spikes: there is no group 'spikes' in it"):format(where, path)) end
  local found = {}
  if file:info "spikes/timestamps" then
    found[true] = read_group(where, path, file, "spikes", file:info "spikes/gids" and "gids" or "node_ids")
  end
  for _, item in ipairs(file:list "spikes") do
    if item.kind == "group" then found[item.name] = read_group(where, path, file, "spikes/" .. item.name, "node_ids") end
  end
  return found
end

return spikes
