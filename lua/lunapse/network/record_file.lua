--- Files that recordings fill while the network runs: `net:record(pop, "v", { file = "traces.h5" })`.
---
--- The engine's recorders hand over a block when it is full (src/binding/row_sink.c); here is which file is open, and what becomes of it. It is made when the first
--- run begins, and not before, since only then it is known whether the run goes on where another program was ended: the rows of that one are wanted then.
---
--- Each file has an `id`, and a state that was saved says which file has the rows that it counts. The first run may be one that nothing is known of, and a later
--- one may take up a checkpoint; so a file to which a checkpoint refers is set aside ("traces.previous.h5") until another checkpoint has been written.
---
--- A file of a run that ended may hold more rows than the network knows of at first: those of later runs of the script, which are about to be taken up, too. Such a
--- file is *ahead*: what is recorded is written over rows that are the same, and nothing is cut off before it is known that nobody wants it.
local hdf5 = require "lunapse.core.hdf5"
local engine = require "lunapse.core.engine"
local layout = require "lunapse.network.record_layout"
local options = require "lunapse.options"
local ranks = require "lunapse.ranks"

local record_file = {}

local MARKS = "lunapse/checkpoints"          -- the times of states that refer to the file, ms

---@class RowFile
---@field path string
---@field net Network
---@field members (Recording|SpikeRecording)[]
---@field file? Hdf5File    while it is being filled
---@field id? string        of the open file
---@field wanted? string    that of the file which has the rows of the state that was put back
---@field is_ahead boolean
---@field has_failed boolean
---@field has_begun boolean   there has been a run
---@field is_replaced? boolean
local RowFile = {}
RowFile.__index = RowFile

local files_of = setmetatable({}, { __mode = "k" })          -- network -> its files
local by_path = setmetatable({}, { __mode = "v" })

local function exists(path)
  local f = io.open(path, "rb")
  if f then f:close() end
  return f ~= nil
end

local function aside(path) return (path:gsub("%.%w+$", ".previous%0")) end

local function new_id()
  return ranks.share("a file's id", function()
    local random <close> = assert(io.open("/dev/urandom", "rb"))
    return (random:read(16):gsub(".", function(c) return ("%02x"):format(c:byte()) end))
  end)
end

--- A message without the place in this file where it came up.
local function said(message) return (tostring(message):gsub("^[^'\n]-record_%w+%.lua:%d+: ", "")) end

local function close(file) if file then pcall(file.close, file) end end

local function core_of(r) return r._holds_spikes(r) and r._core or r._cores[1].core end

local function cores_of(r)
  if r:_holds_spikes() then return { r._core } end
  local cores = {}
  for k, c in ipairs(r._cores) do cores[k] = c.core end
  return cores
end

-- ---- files of before ----

--- The file of this id among those where it can be, open for reading, and its name; else nil and, where one was left out for another reason, that.
function RowFile:find(id)
  local why
  for _, path in ipairs { self.path, aside(self.path) } do
    local ok, file = pcall(hdf5.open, path, "read")
    if ok then
      if file:info("", "id") and file:attribute("", "id") == id then return file, path end
      file:close()
    elseif exists(path) then
      why = said(file)
    end
  end
  return nil, why
end

--- What a file lacks of the rows that are counted; nil: nothing.
local function lack(file, r, n)
  for _, part in ipairs(r._place.layout.parts) do
    local info = file:info(part.path)
    if not info or info.kind ~= "numbers" then return ("'%s' is not in it"):format(part.path) end
    if info.type ~= part.type or info.shape[2] ~= part.width then return ("'%s' was recorded in another form"):format(part.path) end
    if info.shape[1] < n then return ("'%s' has %d rows in it, and %d are wanted"):format(part.path, info.shape[1], n) end
  end
end

--- Does a saved state refer to the file at a path?
local function is_referred_to(path)
  local ok, file = pcall(hdf5.open, path, "read")
  if not ok then return false end
  local _ <close> = file
  local info = file:info "lunapse" and file:info(MARKS)
  return info and info.shape and info.shape[1] > 0 or false
end

-- ---- opening ----

--- The layouts as they are now: what is recorded may have become wider since.
function RowFile:lay_out()
  if self.has_begun then return end
  for _, r in ipairs(self.members) do
    local place = r._place
    place.layout = layout.of("net:record", r)
    place.block, place.chunk_of = layout.sizes(place.layout, #self.members, place.compress)
  end
end

--- From now on rows go to the file; others may read it, and it is closed in the end.
function RowFile:share(file)
  file:share()
  self.file, self.has_begun = file, true
  for _, r in ipairs(self.members) do
    local place, paths = r._place, {}
    for k, part in ipairs(place.layout.parts) do paths[k] = part.path end
    place.sink:open(file, paths, place.block, self.members[1]._place.sink)
  end
  local this = self          -- newer than the file, so it is called first when the program ends
  self.guard = setmetatable({}, { __gc = function()
    if this.file == file then this:leave() end
  end })
end

function RowFile:create(knows)
  if knows ~= "new" and not exists(aside(self.path)) and is_referred_to(self.path) then assert(os.rename(self.path, aside(self.path))) end
  local file = hdf5.open(self.path, "live")
  local ok, message = pcall(function()
    local has_spikes = false
    for _, r in ipairs(self.members) do has_spikes = has_spikes or r:_holds_spikes() end
    layout.write_head(file, has_spikes)
    self.id = new_id()
    file:set_attribute("", "id", self.id)
    for _, r in ipairs(self.members) do
      local place = r._place
      layout.write(file, place.layout, function(part)
        local chunk, may_compress = place.chunk_of(part)
        file:extensible(part.path, part.type, part.width and { part.width } or {}, { chunk = chunk, compress = may_compress and place.compress or 0, unsigned = part.is_unsigned })
      end)
    end
    file:extensible(MARKS, "float64", {}, { chunk = 64 })
    self.is_ahead = false
    self:share(file)
  end)
  if not ok then
    close(file)
    error(message, 0)
  end
end

--- Go on with the file that has the rows of the state.
function RowFile:take_up(knows)
  local found, at = self:find(self.wanted)
  if not found then options.fail(("net:run: '%s' does not hold the rows of the state that was put back%s"):format(self.path, at and ": " .. at or "")) end
  close(found)
  if at ~= self.path then assert(os.rename(at, self.path)) end
  local file = hdf5.open(self.path, "resume")
  local ok, message = pcall(function()
    self.id, self.is_ahead = self.wanted, knows ~= "resumed"
    for _, r in ipairs(self.members) do
      for _, part in ipairs(r._place.layout.parts) do file:cut(part.path, math.maxinteger) end
    end
    file:cut(MARKS, math.maxinteger)
    self:share(file)
  end)
  if not ok then
    close(file)
    self.file = nil
    error(message, 0)
  end
end

--- Nobody else may be filling the file. One of a network of ours that is gone is about to be closed, and a program that was killed about to end.
function RowFile:check_alone()
  if hdf5.is_held(self.path) then collectgarbage() end
  if hdf5.is_held(self.path, 1) then error(("'%s' is being written by another program: name another file"):format(self.path), 0) end
end

function RowFile:most_taken()
  local n = 0
  for _, r in ipairs(self.members) do n = math.max(n, core_of(r):n_taken()) end
  return n
end

--- Before a run.
---@param knows? string  "resumed": it goes on from a checkpoint; "new": with checkpoints, of which there is none yet; nil: a later run may take one up
function RowFile:begin(knows)
  if self.is_replaced then error(("another network of this script has replaced '%s': this one cannot go on in it"):format(self.path), 0) end
  if self.has_failed then return end
  self:lay_out()
  if self.file and self.wanted and self.wanted ~= self.id and self:most_taken() > 0 then          -- of a run before the one that was taken up
    close(self.file)
    self.file, self.guard = nil, nil
  end
  if self.file then
    if knows then self.is_ahead = false end
  else
    self:check_alone()
    if self:most_taken() > 0 then self:take_up(knows) else self:create(knows) end
  end
  self.wanted = nil
  self:settle()
end

--- Rows that the network does not know of are cut off, where nobody else can want them.
function RowFile:settle()
  if not self.file or self.is_ahead or self.wanted then return end
  for _, r in ipairs(self.members) do
    local n = core_of(r):n_taken()
    for _, part in ipairs(r._place.layout.parts) do self.file:cut(part.path, n) end
  end
  self.file:flush()
end

-- ---- filling ----

--- Everything recorded so far goes to the file.
function RowFile:hand_over()
  if self.file and self.members[1] then self.members[1]._place.sink:hand_over() end
end

--- Nothing can be written any more: recording pauses. What was written is read from the file as long as it can be, the rest stays in memory.
function RowFile:fail()
  if self.has_failed then return end
  self.has_failed = true
  close(self.file)
  self.file, self.guard = nil, nil
  if exists(self.path) then          -- as a closed file, which everybody opens
    local could, again = pcall(hdf5.open, self.path, "resume")
    if could then close(again) end
  end
  local ok, reader = pcall(hdf5.open, self.path, "read")
  local is_it = ok and reader:info("", "id") and reader:attribute("", "id") == self.id
  for _, r in ipairs(self.members) do
    r._place.sink:release()
    r._at = nil
    r:_turn(false)
    local has_rows = is_it and not lack(reader, r, core_of(r):n_taken())
    if not has_rows then
      for _, core in ipairs(cores_of(r)) do core:forget_taken() end
    end
  end
  if ok then close(reader) end
end

--- Try what writes; where it fails, so does the file, with the error.
local function guarded(self, f)
  local ok, message = pcall(f, self)
  if ok then return end
  self:fail()
  return said(message)
end

local PAUSE = " (recording to that file pauses; what was recorded can still be read)"

--- The program ends, or the network is collected.
function RowFile:leave()
  if not self.file then return end
  local file = self.file
  local ok, message = pcall(function()
    self:hand_over()
    self.is_ahead = false
    self:settle()
  end)
  self.file = nil
  local is_closed, why = pcall(file.close, file)
  if not ok or not is_closed then options.warn(said(not ok and message or why)) end
end

--- Another network of the script replaces the file.
function RowFile:give_up()
  self:leave()
  self.is_replaced, self.guard = true, nil
  for _, r in ipairs(self.members) do r._place.sink:release() end
end

-- ---- what others call ----

local function each(net) return ipairs(files_of[net] or {}) end

--- A recording is to fill a file; before it is one of the network's.
---@param net Network
---@param r Recording|SpikeRecording
---@param opt { file: string, compress?: integer|boolean }
function record_file.attach(net, r, opt)
  local path = options.path("net:record: file", opt.file):gsub("^%./+", "")
  if not path:find "%.h5$" and not path:find "%.hdf5$" then options.fail(("net:record: the name of the file must end in \".h5\", got '%s'"):format(path)) end
  local compress = opt.compress
  if type(compress) == "boolean" then compress = compress and 4 or 0 end
  compress = options.whole("net:record", "compress", compress or 0, 0, 9)
  local self = by_path[path]
  if self and self.net ~= net then
    if not self.has_begun then options.fail(("net:record: another network of this script records to '%s': name another file"):format(path)) end
    self:give_up()          -- of a trial before this one
    self = nil
  end
  if self and self.has_begun then
    options.fail(("net:record: '%s' is being filled since the first run: make all its recordings before that, or name another file"):format(path))
  end
  local place = layout.of("net:record", r)
  for _, other in ipairs(self and self.members or {}) do
    local what = layout.clash(place, other._place.layout)
    if what then
      options.fail(("net:record: '%s' in '%s' is that of %s: record all variables at once, { \"v\", \"u\" }, or name another file"):format(what, path, other:_what()))
    end
  end
  if not self then
    local was_there = exists(path)
    local test, why = io.open(path, "ab")
    if not test then options.fail(("net:record: cannot write '%s': %s"):format(path, (why:gsub("^.*: ", "")))) end
    test:close()
    if not was_there then os.remove(path) end
    self = setmetatable({ path = path, net = net, members = {}, is_ahead = false, has_failed = false, has_begun = false }, RowFile)
    by_path[path] = self
    files_of[net] = files_of[net] or {}
    table.insert(files_of[net], self)
  end
  local block = layout.sizes(place, 1, compress)
  r._place = { file = self, layout = place, compress = compress, sink = engine.row_sink(r:_holds_spikes() and r._core or cores_of(r), block), block = block }
  self.members[#self.members + 1] = r
end

--- A recording leaves the network: what it has goes to its file, which is closed with the last of its recordings.
---@param r Recording|SpikeRecording
function record_file.detach(r)
  local self = r._place and r._place.file
  if not self then return end
  local message = guarded(self, RowFile.hand_over)
  r._place.sink:release()
  for k, other in ipairs(self.members) do
    if other == r then table.remove(self.members, k) end
  end
  if #self.members == 0 then
    self:leave()
    by_path[self.path] = by_path[self.path] ~= self and by_path[self.path] or nil
    for k, other in each(r._net) do
      if other == self then table.remove(files_of[r._net], k) end
    end
  end
  if message then options.warn(message) end
end

--- Files are there and hold just what the network knows of. Gives whether there are any.
---@param net Network
---@param knows? string  RowFile.begin
---@return boolean
function record_file.begin(net, knows)
  local are_any = false
  for _, file in each(net) do
    are_any = true
    local message = not file.has_failed and select(2, pcall(file.begin, file, knows))
    if message then
      if file.file then file:fail() end
      options.fail(("net:run: %s"):format(said(message)))
    end
  end
  return are_any
end

--- After a run, however it ended: everything recorded is in the files. Gives a sentence where that is not so.
---@param net Network
---@param message? string  of a run that failed, perhaps of this
---@return string?
function record_file.finish(net, message)
  local first
  for _, file in each(net) do
    local failure = guarded(file, RowFile.hand_over)
    first = first or failure and (message or failure)
  end
  return first and first .. PAUSE
end

--- A state is about to be saved that counts the rows of the files: they are on the disk.
---@param net Network
function record_file.sync(net)
  for _, file in each(net) do
    local message = guarded(file, function(self)
      if not self.file then return end
      self:hand_over()
      self.file:append(MARKS, net.t)
      self.file:sync()
    end)
    if message then options.fail("net:run: " .. message .. PAUSE) end
  end
end

--- A checkpoint has been written: it takes the place of earlier ones, which referred to the files that were set aside.
---@param net Network
function record_file.forget_previous(net)
  for _, file in each(net) do
    if file.file and exists(aside(file.path)) then os.remove(aside(file.path)) end
  end
end

--- What a saved state says of a recording: which file has how many of its rows.
---@return { path: string, id: string, rows: integer }?
function record_file.made(r)
  local place = r._place
  local id = place and (place.file.id or place.file.wanted)
  return id and { path = place.file.path, id = id, rows = core_of(r):n_taken() } or nil
end

--- What a state has of a recording; nil where that is younger.
---@param taken table
---@return table?
function record_file.saved_of(r, taken)
  for _, saved in ipairs(taken.recordings) do
    if saved.key == r:_key() then return saved end
  end
end

--- The rows that a state counts are looked for, before it is put back. Gives what is to be called after that.
---@param net Network
---@param taken table     of a file of a network
---@param where string
---@param must_be boolean  they must be there; otherwise the recording is empty
---@return fun()
function record_file.before_restore(net, taken, where, must_be)
  local lost, wanted = {}, {}
  for _, file in each(net) do file:lay_out() end
  for _, r in ipairs(net.recordings) do
    local saved = record_file.saved_of(r, taken)
    local made = saved and saved.made.file
    if made and made.rows > 0 then
      local file = r._place and r._place.file
      local found, why
      if file then
        found, why = file:find(made.id)
        if found then
          why = lack(found, r, made.rows)
          close(found)
        end
        why = why or not found and "it is not the file that was written then" or nil
      end
      if file and not why then
        wanted[file] = made.id
      elseif must_be then
        options.fail(("%s: the rows that were recorded until then are not in '%s'%s"):format(where, file and file.path or made.path, why and ": " .. why or ""))
      else
        lost[#lost + 1] = r
        if file then options.warn(("%s: %s begins empty: '%s' does not hold the earlier rows: %s"):format(where, tostring(r), file.path, why)) end
      end
    end
  end
  return function()
    for file, id in pairs(wanted) do file.wanted = id end
    for _, r in ipairs(lost) do
      for _, core in ipairs(cores_of(r)) do core:forget_taken() end
    end
  end
end

--- The network counts other rows than before.
---@param net Network
function record_file.settle(net)
  for _, file in each(net) do
    local message = guarded(file, RowFile.settle)
    if message then options.fail(message .. PAUSE) end
  end
end

--- Is the form of its rows fixed?
function record_file.is_fixed(r) return r._place ~= nil and (r._place.file.has_begun or core_of(r):n_taken() > 0) end

--- What `read` gives of a recorder's rows, those that are in the file among them. `key`: "t", a variable, "neuron".
---@param r Recording|SpikeRecording
---@param key string
---@param read fun(file?: Hdf5File, path?: string): array
---@return array
function record_file.read(r, key, read)
  local place = r._place
  if not place or core_of(r):n_taken() == 0 then return read() end
  local self, path = place.file, nil
  for _, part in ipairs(place.layout.parts) do
    if part.key == key then path = part.path end
  end
  if self.file and (not self.wanted or self.wanted == self.id) then return read(self.file, path) end
  local file, why = self:find(self.wanted or self.id)
  if not file then options.fail(("recording: cannot read '%s': %s"):format(self.path, why or "it is not the file that was written")) end
  local _ <close> = file
  return read(file, path)
end

--- Bytes of the rows that are in memory.
function record_file.block_bytes(r)
  local bytes = 0
  for _, c in ipairs(r._cores) do bytes = bytes + c.width * 8 + 8 end
  return bytes * r._place.block
end

return record_file
