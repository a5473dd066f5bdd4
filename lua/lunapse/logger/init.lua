--- Logs of runs: numbers, histograms and pictures by step, for TensorBoard and as a table.
-- This folder (logger) writes what a run says about itself to event files of TensorBoard and to tables, on the public API alone.
local events = require "lunapse.logger.events"
local lp = require "lunapse"
local options = require "lunapse.options"

local logger = {}

local array = lp.array

---@class Logger  what a run says about itself, by step: numbers, histograms, pictures
---@field paths string[]
local Logger = { _noun = "logger" }

-- ---- files ----

local logs = setmetatable({}, { __mode = "k" })          -- all that there are, and that nobody has closed

--- Refuse a file that another log writes to: each would overwrite what the other says.
local function check_free(where, path)
  collectgarbage()
  for log in pairs(logs) do
    for _, taken in ipairs(log.paths) do
      if taken == path then options.fail(("%s: another log writes to '%s': close it first, log:close()"):format(where, path)) end
    end
  end
end

local function write(file, text)
  local ok, why = file.handle:write(text)
  if not ok then options.fail(("cannot write '%s': %s"):format(file.path, why)) end
end

local function quoted(text) return text:find '[,"\n]' and '"' .. text:gsub('"', '""') .. '"' or text end

local function row(self, file, step, tag, value)
  write(file, ("%d,%s,%s,%s\n"):format(step, self._net and ("%.17g"):format(self._net.t) or "", quoted(tag), value == value and ("%.17g"):format(value) or "nan"))
end

--- What kind of file a path names.
local function kind_of(where, path)
  options.path(where, path)
  if path:find("tfevents", 1, true) then return "events" end
  if path:lower():find "%.csv$" then return "table" end
  return options.fail(("%s: '%s' is neither a .tfevents file, for TensorBoard, nor a .csv"):format(where, path))
end

local beginnings = { events = "brain.Event:2", table = "step,t,tag,value\n" }          -- a log has it within its first 64 bytes

--- Whether there is a file to append to; one that is no log is refused.
local function check_old(where, path, kind)
  local file <close> = io.open(path, "rb")
  local head = file and file:read(64)
  if head and not head:find(beginnings[kind], 1, true) then options.fail(("%s: cannot append to '%s': it is no log of this kind"):format(where, path)) end
end

local function open(self, where, path, append)
  local kind = kind_of(where, path)
  if append then check_old(where, path, kind) end
  local handle, why = io.open(path, append and "ab" or "wb")
  if not handle then options.fail(("%s: cannot write '%s': %s"):format(where, path, (why:gsub("^.*: ", "")))) end
  local file = { path = path, kind = kind, handle = handle }
  if handle:seek "end" == 0 then write(file, kind == "events" and events.header(self:_seconds(0)) or beginnings.table) end
  return file
end

-- ---- making ----

--- A log of a run, in one or several files: of TensorBoard, where "tfevents" stands in the name, or tables, `.csv`, with a row for each number (step, t in ms, tag, value). They are made anew, unless `append` = true.
--- With `net` each entry has the network's step and time; without it the step is said with each entry. TensorBoard's wall time is the network's time in seconds (without a network: the step), so that
--- the same run writes the same bytes.
---@param paths string|{ [integer]: string, net?: Network, append?: boolean }
---@return Logger
--- Example: local log <close> = lp.logger { "runs/a.tfevents", "runs/a.csv", net = net }; net:every(100, function() log:scalar("rate", cells.r:mean()) end)
function logger.new(paths)
  local where = "lp.logger"
  if type(paths) == "string" then paths = { paths } end
  if type(paths) ~= "table" or #paths == 0 then options.fail(("%s: the path of a file, or several in a table, expected, got %s"):format(where, options.show(paths))) end
  local opt = { net = paths.net, append = paths.append }
  for name, value in pairs(paths) do if math.type(name) ~= "integer" then opt[name] = value end end
  options.check(where, opt, { net = "table", append = "boolean" })
  if opt.net and not (options.is_object(opt.net) and getmetatable(opt.net)._noun == "network") then
    options.fail(("%s: option 'net' must be a network, got %s"):format(where, options.show(opt.net)))
  end
  local seen = {}
  for _, path in ipairs(paths) do
    kind_of(where, path)
    if seen[path] then options.fail(("%s: '%s' stands here twice"):format(where, path)) end
    seen[path] = true
    check_free(where, path)
  end
  local self = setmetatable({ paths = {}, _net = opt.net, _files = {} }, Logger)
  for k, path in ipairs(paths) do self.paths[k], self._files[k] = path, open(self, where, path, opt.append) end
  logs[self] = true
  return self
end

function Logger:__index(key)
  if Logger[key] ~= nil then return Logger[key] end
  if key == "_net" then return nil end
  return options.missing("logger", key, options.methods({ Logger }, "paths"))
end

-- ---- entries ----

--- When an entry is, in seconds.
function Logger:_seconds(step) return self._net and self._net.t/1000 or step + 0.0 end

local function begin(self, what, tag, step)
  local where = "log:" .. what
  options.colon(self, "logger", where)
  if not self._files then options.fail(where .. ": the log is closed") end
  if type(tag) ~= "string" or tag == "" then options.fail(("%s: a tag expected, such as \"rate\" or \"cells/rate\", got %s"):format(where, options.show(tag))) end
  if step == nil and not self._net then options.fail(where .. ": which step? It is the last argument where the log has no network: lp.logger { path, net = net }") end
  return where, step == nil and math.tointeger((self._net.t/self._net.dt + 0.5)//1) or options.whole(where, "step", step, 0)
end

--- A number: "rate" or, in a group of its own, "cells/rate".
---@param tag string
---@param value number
---@param step? integer
function Logger:scalar(tag, value, step)
  local where, at = begin(self, "scalar", tag, step)
  if type(value) ~= "number" then options.fail(("%s: '%s': a number expected, got %s"):format(where, tag, options.show(value))) end
  for _, file in ipairs(self._files) do
    if file.kind == "events" then write(file, events.scalar(self:_seconds(at), at, tag, value)) else row(self, file, at, tag, value) end
  end
end

--- Several numbers that belong together: tag/name each, in the order of the names.
---@param tag string
---@param values table<string, number>
---@param step? integer
function Logger:scalars(tag, values, step)
  local where = begin(self, "scalars", tag, step)
  if type(values) ~= "table" or next(values) == nil then options.fail(("%s: '%s': numbers by name expected, got %s"):format(where, tag, options.show(values))) end
  local names = {}
  for name, value in pairs(values) do
    if type(name) ~= "string" or type(value) ~= "number" then
      options.fail(("%s: '%s': numbers by name expected, got %s under %s"):format(where, tag, options.show(value), options.show(name)))
    end
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do self:scalar(tag .. "/" .. name, values[name], step) end
end

--- How the numbers of an array are distributed, in `bins` (30) bins of one width. A table gets tag/min, tag/q25, tag/median, tag/q75, tag/max.
---@param tag string
---@param values array|number[]
---@param step? integer
---@param bins? integer
function Logger:histogram(tag, values, step, bins)
  local where, at = begin(self, "histogram", tag, step)
  bins = options.whole(where, "bins", bins or 30, 1, 100000)
  local ok, a = pcall(array.from, values, "float64")
  if not ok or a:size() == 0 then options.fail(("%s: '%s': numbers expected, got %s"):format(where, tag, ok and "none" or options.show(values))) end
  a = a:flatten()
  if not a:isfinite():all() then options.fail(("%s: '%s': one of the numbers is NaN or infinite"):format(where, tag)) end
  local low, high = a:min(), a:max()
  if high - low == math.huge then options.fail(("%s: '%s': %g and %g lie too far apart for bins"):format(where, tag, low, high)) end
  local h = { min = low, max = high, n = a:size(), sum = a:sum(), squares = a:square():sum(), limits = { high }, counts = { a:size() } }
  if high > low then
    h.counts = a:histogram(bins, low, high):table()
    for k = 1, bins do h.limits[k] = k == bins and high or low + (high - low)*k/bins end
  end
  for _, file in ipairs(self._files) do
    if file.kind == "events" then
      write(file, events.histogram(self:_seconds(at), at, tag, h))
    else
      for _, one in ipairs { { "min", low }, { "q25", a:quantile(0.25) }, { "median", a:median() }, { "q75", a:quantile(0.75) }, { "max", high } } do
        row(self, file, at, tag .. "/" .. one[1], one[2])
      end
    end
  end
end

--- The bytes of a PNG that `save` writes.
local function png_of(save)
  local path = os.tmpname()
  local name = path .. ".png"
  local ok, why = pcall(save, name)
  os.remove(path)
  if not ok then
    os.remove(name)
    error(why, 0)
  end
  local file <close> = assert(io.open(name, "rb"))
  local text = file:read "a"
  os.remove(name)
  return text
end

local function add_picture(self, where, at, tag, save)
  local png
  for _, file in ipairs(self._files) do
    if file.kind == "events" then
      png = png or png_of(save)
      write(file, events.image(self:_seconds(at), at, tag, png))
    end
  end
  if not png then options.fail(("%s: '%s': a table holds no pictures: the log needs a .tfevents file"):format(where, tag)) end
end

--- A picture: rows x columns, or rows x columns x 3; whole numbers from 0 to 255, or others from 0 (black) to 1 (white). It goes to TensorBoard alone.
---@param tag string
---@param picture array|table
---@param step? integer
function Logger:image(tag, picture, step)
  local where, at = begin(self, "image", tag, step)
  local seen = lp.seeing.image(picture)
  if seen:min() < 0 or seen:max() > 1 then options.fail(("%s: '%s': a picture lies in 0 (black) .. 1 (white), this one in %g .. %g"):format(where, tag, seen:min(), seen:max())) end
  add_picture(self, where, at, tag, function(path) lp.write(path, (seen*255):round():astype "int32") end)
end

--- A figure of lp.figure, as it would be saved. It goes to TensorBoard alone.
---@param tag string
---@param figure lunapse.Figure
---@param step? integer
function Logger:figure(tag, figure, step)
  local where, at = begin(self, "figure", tag, step)
  if type(figure) ~= "table" or type(figure.save) ~= "function" then options.fail(("%s: '%s': a figure expected, got %s"):format(where, tag, options.show(figure))) end
  add_picture(self, where, at, tag, function(path) figure:save(path) end)
end

--- Log variables of a population or projection every `every` ms: the means of those in `mean`, as NAME/VARIABLE, and histograms of those in `histogram`.
--- `log:follow(cells, { every = 100, mean = { "r", "v" }, histogram = { "v" } })`
---@param object Population|PopulationView|Projection  of the log's network
---@param opt { every: number, mean?: string[], histogram?: string[] }
---@return Operation
function Logger:follow(object, opt)
  local where = "log:follow"
  options.check(where, opt, { every = "number", mean = "table", histogram = "table" }, { "every" })
  local net = self._net
  if not net then options.fail(where .. ": the log has no network: lp.logger { path, net = net }") end
  local is_known, whole = pcall(function() return object:_whole() end)
  if not is_known or whole._net ~= net then
    options.fail(("%s: a population or projection of the log's network expected, got %s"):format(where, is_known and "one of another network" or options.show(object)))
  end
  if #(opt.mean or {}) + #(opt.histogram or {}) == 0 then options.fail(where .. ": what? mean = { ... }, histogram = { ... }") end
  options.number(where, "every", opt.every, 0, math.huge, true)
  local function numbers_of(name)
    if type(name) ~= "string" then options.fail(("%s: the name of a variable expected, got %s"):format(where, options.show(name))) end
    local value = object[name]
    if type(value) == "number" then return array.from { value } end
    return array.is(value) and value or options.fail(("%s: '%s' is no variable of '%s'"):format(where, name, object.name))
  end
  for _, list in ipairs { opt.mean or {}, opt.histogram or {} } do
    for _, name in ipairs(list) do numbers_of(name) end          -- a name that is none is told now
  end
  return net:every(opt.every, function()
    for _, name in ipairs(opt.mean or {}) do self:scalar(object.name .. "/" .. name, numbers_of(name):mean()) end
    for _, name in ipairs(opt.histogram or {}) do self:histogram(object.name .. "/" .. name, numbers_of(name)) end
  end)
end

--- Let others see what was written so far.
function Logger:flush()
  for _, file in ipairs(self._files or {}) do file.handle:flush() end
end

--- End the log. (`local log <close> = lp.logger(...)` does it by itself.)
function Logger:close()
  logs[self] = nil
  for _, file in ipairs(self._files or {}) do
    local ok, why = file.handle:close()
    if not ok then options.fail(("cannot write '%s': %s"):format(file.path, why)) end
  end
  self._files = false
end

function Logger:__close() self:close() end

function Logger:__tostring() return ("log in %s"):format(table.concat(self.paths, ", ")) end

logger.Logger = Logger
return logger
