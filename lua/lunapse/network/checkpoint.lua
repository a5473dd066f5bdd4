--- Runs that may be ended at any moment and go on where they were: the network is written to a file now and then, and the same script, started anew, takes it up.
---
--- A checkpoint is a file of a network (network/saved.lua) with a group "checkpoint": what the network was when the run began, in brief, so that a script
--- that has changed is not mistaken for the one that wrote it. The file before stays beside the new one, which takes its place when it is whole on the disk:
--- whenever the program ends, one of the two can be read.
local hdf5 = require "lunapse.core.hdf5"
local options = require "lunapse.options"
local ranks = require "lunapse.ranks"
local record_file = require "lunapse.network.record_file"
local saved = require "lunapse.network.saved"
local stored = require "lunapse.network.stored"
local tree = require "lunapse.network.tree"

local checkpoint = {}

local DEFAULT_PERIOD = 600          -- seconds

local used = setmetatable({}, { __mode = "k" })          -- network -> { path -> true }: of runs that it has made

--- "run.previous.h5" beside "run.h5".
local function previous_of(path) return (path:gsub("(%.%w+)$", ".previous%1")) end

local function exists(path)
  local f = io.open(path, "rb")
  if f then f:close() end
  return f ~= nil
end

-- ---- what a network is, in brief ----

local function brief_of(net)
  local brief = {}
  for name, value in pairs(stored.digest(net)) do
    brief[name] = math.type(value) == "float" and ("%.17g"):format(value) or tostring(value)
  end
  return brief
end

local list_of = {}
for list, word in pairs(stored.words) do list_of[word] = list end

--- An item in the words of the script, "tau of population 'exc'", and its rank: parameters come first, as they are what differs where a script was changed; then
--- other variables.
local function item_in_words(net, item)
  local kind, name, variable = item:match "^([%w ]+) '(.-)'/fields/_arrays/([^/]+)$"
  local list = kind and list_of[kind] and net[list_of[kind]]
  local v = list and list[name] and list[name]:_variable(variable)
  if v and list[name]:_is_shown(v) then return ("%s of %s '%s'"):format(variable, kind, name), v.kind == "parameter" and 1 or 2 end
  local number
  kind, number = item:match "^(p%w+) (%d+)/"
  local object = kind and net[kind .. "s"][tonumber(number)]
  if object then return ("%s '%s'"):format(kind, object.name), 3 end
  return item:match "^([%w ]+ '.-')/" or item:match "^network/_kept/([^/]+)" or item:match "^%l+" or item, 3
end

local function differences_in_words(net, one, other)
  local words, rank = {}, {}
  for _, item in ipairs(stored.differences(one, other)) do
    local text, of = item_in_words(net, item)
    if not rank[text] then words[#words + 1], rank[text] = text, of end
  end
  table.sort(words, function(a, b)
    if rank[a] ~= rank[b] then return rank[a] < rank[b] end
    return a < b
  end)
  local n = #words
  local text = table.concat(words, ", ", 1, math.min(n, 4))
  return n > 4 and ("%s and %d more"):format(text, n - 4) or text, n
end

-- ---- one run ----

---@class Checkpoints  those of one run
local Checkpoints = {}
Checkpoints.__index = Checkpoints

--- Write one.
---@param is_finished boolean  the run is over
function Checkpoints:write(is_finished)
  local path, previous = self.path, previous_of(self.path)
  record_file.sync(self.net)
  saved.save("net:run: checkpoint", self.net, path, function(file)
    tree.write(file, "checkpoint", { began = self.began, from = self.from, is_finished = is_finished })
  end, function()
    if not ranks.share("the checkpoint before", exists, path) then return end          -- rank 0 may have written the new one before another looks
    assert(os.rename(path, previous))
    return function() os.rename(previous, path) end
  end)
  record_file.forget_previous(self.net)
  self.at = ranks.seconds()
end

--- Between two slices of the run: is it time for one?
function Checkpoints:look()
  if ranks.seconds() - self.at >= self.every then self:write(false) end
end

--- The program is asked to end: one more, and the exit status of a program that SIGTERM has ended.
function Checkpoints:leave()
  self:write(false)
  io.stderr:write(options.printable(("lunapse: ended by a signal at t = %.10g ms: '%s' holds the network, the same script goes on from there\n"):format(self.net.t, self.path)))
  os.exit(143, true)
end

--- The newest file that can be read, open, or nil.
local function newest(path)
  local why
  for _, name in ipairs { path, previous_of(path) } do
    if exists(name) then
      local ok, file = pcall(saved.open, "net:run", name)
      if ok and file:info "checkpoint" then return file, name, why end
      if ok then
        file:close()
        options.fail(("net:run: '%s' is a network, but no checkpoint: name another file, or remove it"):format(name))
      end
      why = why or tostring(file)
    end
  end
  if why then options.fail(("%s: remove the file to begin anew"):format(why)) end
end

--- Begin a run, or take up the one that the file holds.
---@param net Network
---@param until_t number
---@param opt { checkpoint: string, every?: number }
---@return Checkpoints
---@return boolean is_finished  nothing is left to be run
function checkpoint.begin(net, until_t, opt)
  local path = options.path("net:run: checkpoint", opt.checkpoint)
  if not path:find "%.h5$" and not path:find "%.hdf5$" then options.fail(("net:run: the name of a checkpoint must end in \".h5\", got '%s'"):format(path)) end
  local mine = used[net] or {}
  used[net] = mine
  if mine[path] then options.fail(("net:run: '%s' is the checkpoint of an earlier run of this script: each run has one of its own"):format(path)) end
  local self = setmetatable({ net = net, path = path, every = options.number("net:run", "every", opt.every or DEFAULT_PERIOD, 0, math.huge), from = net.t,
    began = brief_of(net), at = ranks.seconds() }, Checkpoints)
  hdf5.sweep(path)
  local file, name, why = newest(path)
  mine[path] = true
  if not file then return self, false end
  local _ <close> = file
  if why then options.warn(("%s: going on from '%s'"):format(why, name)) end
  local where = ("net:run: checkpoint '%s'"):format(name)
  local known = saved.from_file(where, name, tree.read, file, "checkpoint")
  if type(known) ~= "table" or type(known.from) ~= "number" or type(known.began) ~= "table" then options.fail(where .. " is damaged") end
  if known.from ~= self.from then
    options.fail(("net:run: '%s' is the checkpoint of a run that began at %.10g ms, this one begins at %.10g ms: remove it to begin anew"):format(name, known.from, self.from))
  end
  local words, n = saved.from_file(where, name, differences_in_words, net, known.began, self.began)
  if n > 0 then
    options.fail(("net:run: '%s' is the checkpoint of a run that began otherwise (%s): remove it to begin anew"):format(name, words))
  end
  saved.restore(net, file, where, { must_have_rows = true })
  self.is_resumed = true
  if net.t > until_t + net.dt / 2 then
    options.fail(("net:run: the checkpoint '%s' is at %.10g ms, beyond the end of this run at %.10g ms"):format(name, net.t, until_t))
  end
  return self, known.is_finished and net.t >= until_t - net.dt / 2
end

return checkpoint
