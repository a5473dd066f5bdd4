--- Sweeps: one function at many points in parameter space, each in a process of its own.
---
--- Every point starts from the same state, that of the script when it calls lp.sweep, and changes nothing of it: so results depend neither
--- on the number of workers nor on the order in which points end.
local array = require "lunapse.array"
local grid = require "lunapse.sweep.grid"
local host = require "lunapse.core.host"
local options = require "lunapse.options"
local progress = require "lunapse.sweep.progress"
local workers = require "lunapse.sweep.workers"

--- What lp.sweep gives: a result of each point, by name over all of them, as a matrix over two parameters, as a table in a file.
---@class Sweep
---@field points table[]            the parameters of each point
---@field results any[]             what `run` returned at each point; nil where it failed
---@field failed table[]            { k =, point =, message =, traceback =, error = } of those that failed, in order; error: the table that was raised, if it was one
---@field [string] array|any[]      a result or a parameter by name, over all points (see Sweep:column)
local Sweep = {}

local sweep = { class = Sweep }

-- ---- what comes back ----

--- The value called `name` at point k: a result where it is one, else a parameter.
local function value_at(self, name, k)
  local result, point = self.results[k], self.points[k]
  if name == "value" and type(result) ~= "table" then return result end
  if type(result) == "table" and result[name] ~= nil then return result[name] end
  if self._is_result[name] then return nil end
  if type(point) == "table" then return point[name] end
end

--- Values as an array: numbers [points], or arrays of one shape with the points along a first axis; nan where there is none. nil where they are
--- of several kinds.
local function gather(values, n)
  local shape
  for k = 1, n do
    local v = values[k]
    if v ~= nil then
      local own = { n }
      if array.is(v) then own = { n, v:shape() } elseif type(v) ~= "number" then return nil end
      if shape and table.concat(shape, " ") ~= table.concat(own, " ") then return nil end
      shape = own
    end
  end
  if not shape or #shape > 8 then return nil end
  local whole = array.full(0 / 0, shape)
  for k = 1, n do
    if values[k] ~= nil then whole[k] = values[k] end
  end
  return whole
end

--- A result or a parameter over all points: an array [points] of numbers (nan where a point failed), of arrays of one shape an array with the points
--- along a first axis, else a table (with holes). Where `run` returns no table, its result is called "value". Also written `s.name`.
---@param name string
---@return array|any[]
function Sweep:column(name)
  local values, is_known = {}, false
  for k = 1, #self.points do
    values[k] = value_at(self, name, k)
    is_known = is_known or values[k] ~= nil
  end
  if not is_known then options.fail("sweep: " .. options.unknown("result", name, options.methods({ Sweep }, table.unpack(self:names())))) end
  return gather(values, #self.points) or values
end

--- Names of parameters, then of results.
---@return string[]
function Sweep:names()
  local names, seen = {}, {}
  for _, list in ipairs { self.points, self.results } do
    local found = {}
    for k = 1, #self.points do
      for _, name in ipairs(type(list[k]) == "table" and workers.names_of(list[k]) or {}) do
        if not seen[name] and type(name) == "string" then
          seen[name], found[#found + 1] = true, name
        end
      end
    end
    table.sort(found)
    table.move(found, 1, #found, #names + 1, names)
  end
  for k = 1, #self.points do
    local result = self.results[k]
    if result ~= nil and type(result) ~= "table" then
      names[#names + 1] = "value"
      break
    end
  end
  return names
end

--- A result over two parameters, as a matrix for an image: rows follow the values of `rows`, columns those of `columns`, both rising; nan
--- where there is no point. Of several points, the last.
---@param name string
---@param rows string
---@param columns string
---@return array matrix, array row_values, array column_values
function Sweep:matrix(name, rows, columns)
  local value, r, c = self:column(name), self:column(rows), self:column(columns)
  for what, a in pairs { [name] = value, [rows] = r, [columns] = c } do
    if not array.is(a) or a:axes() ~= 1 then options.fail(("sweep: '%s' is no number at some point"):format(what)) end
  end
  local row_values, column_values = r:unique(), c:unique()
  local row_of, column_of = {}, {}
  for k = 1, #row_values do row_of[row_values[k]] = k end
  for k = 1, #column_values do column_of[column_values[k]] = k end
  local m = array.full(0 / 0, #row_values, #column_values)
  for k = 1, #value do m:set(row_of[r[k]], column_of[c[k]], value[k]) end
  return m, row_values, column_values
end

--- Rows of text: parameters and results that are numbers, strings or booleans.
local function rows_of(self, write)
  local names = {}
  for _, name in ipairs(self:names()) do
    local is_short = false
    for k = 1, #self.points do
      local v = value_at(self, name, k)
      is_short = is_short or (v ~= nil and type(v) ~= "table" and not array.is(v))
    end
    if is_short then names[#names + 1] = name end
  end
  local rows = { names }
  for k = 1, #self.points do
    local row = {}
    for i, name in ipairs(names) do
      local v = value_at(self, name, k)
      row[i] = v == nil and "" or (type(v) == "table" or array.is(v)) and "..." or write(v)
    end
    rows[#rows + 1] = row
  end
  return rows
end

--- Write parameters and results that are numbers, strings or booleans to a CSV file, one row a point.
---@param path string  an old file stays as it was until the new one is whole
function Sweep:save(path)
  options.path("sweep", path)
  local function quote(text) return text:find '[",\r\n]' and '"' .. text:gsub('"', '""') .. '"' or text end
  local lines = {}
  for _, row in ipairs(rows_of(self, function(v) return math.type(v) == "float" and ("%.17g"):format(v) or tostring(v) end)) do
    for i, text in ipairs(row) do row[i] = quote(text) end
    lines[#lines + 1] = table.concat(row, ",") .. "\n"
  end
  local ok, why = pcall(host.write_file, path, table.concat(lines))
  if not ok then options.fail("sweep: " .. why) end
end

function Sweep:__index(key)
  if Sweep[key] ~= nil then return Sweep[key] end
  if type(key) ~= "string" or key:sub(1, 1) == "_" then return nil end
  return self:column(key)
end

function Sweep:__len() return #rawget(self, "points") end

local MOST_ROWS = 40

function Sweep:__tostring()
  local rows, width, lines = rows_of(self, workers.text_of), {}, {}
  for _, row in ipairs(rows) do
    for i, text in ipairs(row) do width[i] = math.max(width[i] or 0, utf8.len(text) or #text) end
  end
  for k, row in ipairs(rows) do
    if k > MOST_ROWS + 1 then
      lines[#lines + 1] = ("  ... %d more"):format(#rows - k + 1)
      break
    end
    local parts = {}
    for i, text in ipairs(row) do parts[i] = (" "):rep(width[i] - (utf8.len(text) or #text)) .. text end
    lines[#lines + 1] = "  " .. table.concat(parts, "  ")
  end
  local head = ("sweep of %d points%s"):format(#self.points, #self.failed > 0 and (", %d failed"):format(#self.failed) or "")
  return options.printable(head .. "\n" .. table.concat(lines, "\n"))
end

function Sweep:__complete()
  local names = self:names()
  for _, name in ipairs { "points", "results", "failed", "column", "names", "matrix", "save" } do names[#names + 1] = name end
  return names
end

-- ---- running ----

local function points_of(given)
  if type(given) ~= "table" then options.fail("lp.sweep: a list of points such as lp.grid{...} expected, got " .. type(given)) end
  if #given == 0 and next(given) ~= nil then given = grid.grid(given) end
  if #given == 0 then options.fail "lp.sweep: no points" end
  return given
end

local function take(s, k, value, failure)
  if failure then
    failure.k, failure.point = k, s.points[k]
    s.failed[#s.failed + 1] = failure
    return
  end
  s.results[k] = value
  if type(value) == "table" and not array.is(value) then
    for name in pairs(value) do s._is_result[name] = true end
  end
end

--- Run a function at every point, `workers` at a time, each in a process of its own.
--- `run(p, k)` gets the point and its number, makes its own network, and returns a number, string, boolean, array, or a table of these (also nested).
--- Output is shown as it comes. A point whose function raises, or whose process ends, is reported with its parameters; the others are kept. An error where
--- all have failed. Progress is shown on a terminal, or as `progress` says. Ctrl-C ends all of them.
---@param opt { [1]?: table, parameters?: table, run: fun(p: table, k: integer): any, workers?: integer, progress?: boolean }
---   points: lp.grid{...}, lp.zip{...}, any list, or names with lists of values; workers: as many as there are processors
---@return Sweep
function sweep.sweep(opt)
  if type(opt) ~= "table" then options.fail("lp.sweep: a table of options expected, got " .. type(opt)) end
  local named = {}
  for key, value in pairs(opt) do
    if key == 1 then key = "parameters" end
    if named[key] ~= nil then options.fail "lp.sweep: the points are given twice, as the first value and as 'parameters'" end
    named[key] = value
  end
  options.check("lp.sweep", named, { parameters = "table", run = "function", workers = "number", progress = "boolean" }, { "parameters", "run" })
  local points = points_of(named.parameters)
  local n = math.min(#points, workers.count("lp.sweep", named.workers))
  local s = { points = points, results = {}, failed = {}, _is_result = {} }
  do
    local show <close>, done = progress.new("sweep", "points", #points, named.progress), 0
    show(0)
    workers.work(points, named.run, n, function(k, value, failure)
      take(s, k, value, failure)
      done = done + 1
      show(done, #s.failed > 0 and (", %d failed"):format(#s.failed) or nil)
    end)
  end
  table.sort(s.failed, function(a, b) return a.k < b.k end)
  if #s.failed == #points then
    local first = s.failed[1]
    options.fail(("lp.sweep: every point failed; point 1 (%s): %s"):format(workers.describe(first.point), first.message))
  end
  for _, f in ipairs(s.failed) do
    options.warn(("sweep, point %d (%s) failed: %s"):format(f.k, workers.describe(f.point), f.message))
  end
  return setmetatable(s, Sweep)
end

return sweep
