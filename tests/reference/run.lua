--- Run reference cases: `lunapse tests/reference/run.lua [tier=native] [threads=2] [precision=float64] FOLDER...`
---
--- A case is a folder with `model.lua`, which scripts it as a user would, and CSV files with what must come out. `model.lua` is called with
--- a `case` (below) and compares what it simulated. One line for every column: largest difference, tolerance, ok or not.
local lp = require "lunapse"

local Case = {}
Case.__index = Case

--- A CSV file: its columns by name, each a list of numbers; `header` lists the names, `n` counts the rows.
function Case:read(file)
  local f = assert(io.open(self.folder .. "/" .. file))
  local header, columns, n = {}, {}, 0
  for name in f:read("l"):gmatch "[^,]+" do
    header[#header + 1], columns[name] = name, {}
  end
  for line in f:lines() do
    n = n + 1
    local k = 0
    for value in line:gmatch "[^,]+" do
      k = k + 1
      columns[header[k]][n] = tonumber(value) or value
    end
  end
  f:close()
  columns.header, columns.n = header, n
  return columns
end

--- A network with the options of the command line.
function Case:network(opt)
  for key, value in pairs(self.options) do opt[key] = value end
  return lp.network(opt)
end

--- Neurons that emit the spikes of a file (columns neuron, step, t).
function Case:source(net, file, size, name)
  local spikes = self:read(file)
  local t = {}
  for k = 1, spikes.n do t[k] = spikes.step[k] * net.dt end
  return net:spike_source { name = name, size = size, neuron = spikes.neuron, t = t }
end

function Case:line(column, difference, tolerance)
  local ok = difference <= tolerance
  self.passed, self.failed = self.passed + (ok and 1 or 0), self.failed + (ok and 0 or 1)
  if not ok or not self.quiet then
    print(("%-24s %-20s difference %-10.3g tolerance %-10.3g %s"):format(self.name, column, difference, tolerance, ok and "ok" or "NOT OK"))
  end
end

--- Compare a column, numbers or arrays of which every element is to be the number expected, relative to the largest absolute value of `expected` (or to `scale`). `take(k)` may leave rows out.
function Case:compare(column, got, expected, tolerance, take, scale)
  local largest, difference = scale or 0, 0
  if #got ~= #expected then return self:line(column .. " (number of rows)", math.abs(#got - #expected), 0) end
  for k = 1, #expected do
    if not scale then largest = math.max(largest, math.abs(expected[k])) end
    if not take or take(k) then
      local d = type(got[k]) == "number" and math.abs(got[k] - expected[k]) or (got[k] - expected[k]):abs():max()
      if d ~= d then d = math.huge end
      difference = math.max(difference, d)
    end
  end
  self:line(column, largest > 0 and difference / largest or difference, tolerance)
end

--- Spikes must be the same list of (neuron, step).
function Case:spikes(file, recording, name)
  local expected = self:read(file)
  local neuron, step, wrong = recording.neuron, recording.step, 0
  local got = {}
  for k = 1, #neuron do got[k] = step[k] * 2 ^ 24 + neuron[k] end
  local want = {}
  for k = 1, expected.n do want[k] = expected.step[k] * 2 ^ 24 + expected.neuron[k] end
  table.sort(got)
  table.sort(want)
  for k = 1, math.max(#got, #want) do
    if got[k] ~= want[k] then wrong = wrong + 1 end
  end
  self:line(name or "spikes (" .. #want .. ")", wrong, 0)
end

--- Record variables of an object from the present state on: like net:record, with the state before the first step as row 0.
function Case:record(net, object, names, opt)
  local initial = {}
  for _, name in ipairs(names) do
    local value = object[name]
    initial[name] = type(value) == "number" and { value } or value:table()
  end
  return { recording = net:record(object, names, opt), initial = initial, dt = net.dt, t0 = net.t }
end

--- Compare traces with the columns `prefix..name[i]` of a file, at the times of its column t.
--- `opt.prefix` goes before the names, `opt.columns(name, i)` names columns otherwise, `opt.below` = { name, limit } compares rows of neuron
--- i only where that variable lies below the limit.
function Case:traces(file, recorded, names, tolerance, opt)
  opt = opt or {}
  local expected, rec = self:read(file), recorded.recording
  local every = rec.t:size() > 1 and rec.t[2] - rec.t[1] or rec.t[1]
  local function row_of(t) return math.floor((t - rec.t[1]) / every + 0.5) + 1 end
  for _, name in ipairs(names) do
    local rows = rec[name]
    for i = 1, #recorded.initial[name] do
      local column = opt.columns and opt.columns(name, i) or ("%s%s[%d]"):format(opt.prefix or "", name, i)
      if not expected[column] and i == 1 then column = (opt.prefix or "") .. name end
      assert(expected[column], ("no column '%s' in %s"):format(column, file))
      local got, want, limit = {}, {}, nil
      local watched = opt.below and rec[opt.below[1]]
      if opt.below then limit = opt.below[2] end
      local skip = {}
      for k = 1, expected.n do
        local t = expected.t[k]
        want[k] = expected[column][k]
        local r = row_of(t)
        if t <= recorded.t0 then
          got[k] = recorded.initial[name][i]
        elseif r <= rows:shape() then
          got[k] = rows:get(r, i)
          skip[k] = limit and not (watched:get(r, i) < limit)
        else
          got[k] = 0 / 0
        end
      end
      self:compare(column, got, want, tolerance, function(k) return not skip[k] end)
    end
  end
end

--- Times in the header of a file: { { column = "w(t=500)", t = 500 }, ... } for columns named like `name`.
function Case:times(file, name)
  local list = {}
  for _, column in ipairs(self:read(file).header) do
    local t = column:match("^" .. name .. "%(t=([^)]+)%)$")
    if t then list[#list + 1] = { column = column, t = tonumber(t) } end
  end
  return list
end

--- Run to each time of a file's header and compare `value()` with that column. `order[k]` is the element of row k.
function Case:snapshots(net, file, name, value, tolerance, opt)
  opt = opt or {}
  local expected = self:read(file)
  for _, at in ipairs(self:times(file, name)) do
    net:run(at.t - net.t)
    local got, values = {}, value()
    for k = 1, expected.n do got[k] = values[opt.order and opt.order[k] or k] end
    self:compare((opt.prefix or "") .. at.column, got, expected[at.column], tolerance, nil, opt.scale)
  end
end

--- Run one case folder; returns passed, failed.
local function run_case(folder, opt, quiet)
  folder = folder:gsub("/$", "")
  local case = setmetatable({ folder = folder, name = folder:match "[^/]+$", options = opt, passed = 0, failed = 0, quiet = quiet }, Case)
  local model = assert(loadfile(folder .. "/model.lua"))
  model(case)
  return case.passed, case.failed
end

if ... == nil or arg and arg[0] and arg[0]:find "run%.lua$" then
  local opt, passed, failed = {}, 0, 0
  for _, a in ipairs(arg) do
    local key, value = a:match "^(%w+)=(.*)$"
    if key then
      opt[key] = tonumber(value) or value
    else
      local p, f = run_case(a, opt)
      passed, failed = passed + p, failed + f
    end
  end
  print(("%d columns ok, %d not"):format(passed, failed))
  os.exit(failed == 0 and 0 or 1, true)
end

return run_case
