--- Reports: rows of a variable of neurons over time, /report/POPULATION/data and what its columns are in mapping/.
local array = require "lunapse.core.array"
local hdf5 = require "lunapse.core.hdf5"
local layout = require "lunapse.network.record_layout"
local options = require "lunapse.options"

local reports = {}

local milliseconds = { ms = 1, milliseconds = 1, millisecond = 1, s = 1000, seconds = 1000, second = 1000 }

-- ---- writing ----

--- The variable that is written: a report holds one.
local function variable_of(where, r, name)
  local names = r:_names()
  if name == nil and #names == 1 then return names[1] end
  for _, known in ipairs(names) do
    if known == name then return name end
  end
  if name ~= nil then options.fail(("%s: %s"):format(where, options.unknown("variable", name, names))) end
  options.fail(("%s: a report holds one variable, and this recording has %s: say which, { variable = \"%s\" }"):format(where, table.concat(names, ", "), names[1]))
end

--- Begin, end and step of rows that are equally far apart, ms.
local function times_of(where, r)
  local t, n = r.t, r:count()
  if n == 0 then options.fail(where .. ": nothing was recorded yet") end
  local step = r:_every()
  if step == 0 then step = r._net:dt_of(r._owner._clock) end
  local expected = t[1] + array.arange(0, n - 1) * step
  local off = (t - expected):abs()
  if off:max() > 1e-3 * step then
    local k = math.tointeger(off:gt(1e-3 * step):argmax())
    options.fail(("%s: rows of a report are equally far apart: row %d is at %.10g ms, and %.10g ms is expected (did the recording pause?)"):format(where, k, t[k], expected[k]))
  end
  return array.from { t[1], t[1] + n * step, step }
end

--- Write a variable of a recording as a report of SONATA.
---@param where string
---@param r Recording
---@param path string
---@param opt? { variable?: string }
function reports.write(where, r, path, opt)
  opt = options.check(where, opt or {}, { variable = "string" })
  path = options.path(where, path)
  if not path:find "%.h5$" and not path:find "%.hdf5$" then options.fail(("%s: the name of a report must end in \".h5\", got '%s'"):format(where, path)) end
  local owner = r._owner
  if owner:_synapses() or r._net.populations[owner.name] ~= owner then options.fail(where .. ": a report of SONATA is one of neurons, and this recording is of " .. r._of) end
  local name, times = variable_of(where, r, opt.variable), times_of(where, r)
  local values, unit = r[name], ""
  for _, part in ipairs(layout.of(where, r).parts) do
    if part.key == name and part.unit then unit = part.unit[2] end
  end
  local n = select(2, values:shape())
  local ids = (r._given or array.arange(1, n)):astype "int64" - 1
  local at, unsigned = "report/" .. owner.name, { unsigned = true }
  local file <close> = hdf5.open(path, "create")
  layout.write_head(file, true)
  file:write(at .. "/data", values:type() == "float32" and values or values:astype "float64", { chunk = math.max(1, (1 << 18) // (8 * n)) })
  file:set_attribute(at .. "/data", "units", unit)
  local mapping = at .. "/mapping/"
  file:write(mapping .. "node_ids", ids, unsigned)
  file:set_attribute(mapping .. "node_ids", "sorted", n < 2 or (ids:slice(2, n) - ids:slice(1, n - 1)):min() > 0)
  file:write(mapping .. "index_pointers", array.arange(0, n):astype "int64", unsigned)
  file:write(mapping .. "element_ids", array.ones(n, "int32"), unsigned)
  file:write(mapping .. "element_pos", array.ones(n, "float32"))
  file:write(mapping .. "time", times)
  file:set_attribute(mapping .. "time", "units", "ms")
  file:close()
end

-- ---- reading ----

local function numbers(where, path, file, name, is_optional)
  local info = file:info(name)
  if not info and is_optional then return nil end
  if not info or info.kind ~= "numbers" then options.fail(("%s: '%s' holds no dataset of numbers '%s'"):format(where, path, name)) end
  local value = file:read(name)
  return type(value) == "number" and array.from { value } or value
end

--- The node of each column: node k has those from pointer k (from 0) to the next one; the last pointer may be left out.
local function nodes_of(where, path, mapping, ids, pointers, n)
  local each, k = array.zeros(n, "int64"), 1
  if #pointers ~= #ids and #pointers ~= #ids + 1 then
    options.fail(("%s: '%s': '%s' has %d node_ids and %d index_pointers"):format(where, path, mapping, #ids, #pointers))
  end
  for i = 1, #ids do
    local first, last = pointers[i] + 1, pointers[i + 1] or n
    if first ~= k or last < first - 1 or last > n then
      options.fail(("%s: '%s': index_pointers %d of '%s' are columns %d to %d, of %d"):format(where, path, i - 1, mapping, first - 1, last - 1, n))
    end
    for column = first, last do each[column] = ids[i] end
    k = last + 1
  end
  if k ~= n + 1 then options.fail(("%s: '%s': '%s' is about %d columns, and there are %d"):format(where, path, mapping, k - 1, n)) end
  return each
end

local function read_group(where, path, file, group)
  local mapping = group .. "/mapping"
  local data, time = numbers(where, path, file, group .. "/data"), numbers(where, path, file, mapping .. "/time")
  local n_axes = select("#", data:shape())
  if n_axes ~= 2 then options.fail(("%s: '%s': '%s/data' has %d axes, and rows over time have 2"):format(where, path, group, n_axes)) end
  local rows, n = data:shape()
  if #time ~= 3 or time[3] <= 0 then options.fail(("%s: '%s': '%s/time' is not begin, end and step"):format(where, path, mapping)) end
  local unit = file:info(mapping .. "/time", "units") and file:attribute(mapping .. "/time", "units") or "ms"
  local factor = milliseconds[unit]
  if not factor then options.fail(("%s: '%s': '%s/time' is in '%s': milliseconds or seconds expected"):format(where, path, mapping, tostring(unit))) end
  return {
    t = (time[1] + array.arange(0, rows - 1) * time[3]) * factor, data = data,
    node_id = nodes_of(where, path, mapping, numbers(where, path, file, mapping .. "/node_ids"), numbers(where, path, file, mapping .. "/index_pointers"), n),
    element_id = numbers(where, path, file, mapping .. "/element_ids", true), element_pos = numbers(where, path, file, mapping .. "/element_pos", true),
    unit = file:info(group .. "/data", "units") and file:attribute(group .. "/data", "units") or nil,
  }
end

--- What a report holds of a population.
---@class SonataReport
---@field t array            [rows] ms
---@field data array         [rows][columns]
---@field node_id array      [columns] the node that each is of, from 0
---@field element_id? array  [columns] the part of that node: a section, a synapse
---@field element_pos? array [columns] where on it, 0 .. 1
---@field unit? string

--- Read a report of SONATA: rows of a variable over time, as `lp.to_sonata` and other programs write them (/report/POPULATION/data and mapping). By name of the population.
---@param path string
---@return table<string, SonataReport>
--- Example: local v = lp.from_sonata_report("v_report.h5").cells; fig:axes():line(v.t, v.data:column(1))
--- Errors: "lp.from_sonata_report: 'a.h5' is no report: there is no group 'report' in it".
function reports.read(path)
  local where = "lp.from_sonata_report"
  path = options.path(where, path)
  local ok, file = pcall(hdf5.open, path, "read")
  if not ok then options.fail(("%s: %s"):format(where, tostring(file))) end
  local _ <close> = file
  local root = file:info "report"
  if not root or root.kind ~= "group" then options.fail(("%s: '%s' is no report: there is no group 'report' in it"):format(where, path)) end
  local found = {}
  for _, item in ipairs(file:list "report") do
    if item.kind == "group" then found[item.name] = read_group(where, path, file, "report/" .. item.name) end
  end
  return found
end

return reports
