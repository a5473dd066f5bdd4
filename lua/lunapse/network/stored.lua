--- The whole state of a network, taken and put back: time, variables, weights, synapses, delays, spikes under way, operations, recordings, and tables that the
--- script keeps with it.
---
--- What the classes declare as state (network/fields.lua) is taken here; what the engine lists (src/engine/network_state.c) it writes and reads itself, but for
--- arrays that objects hold. Putting back goes in this order: the synapses; objects are compiled for the scopes of the state and bound, where these are others
--- than the present ones; contents of arrays; the engine's own.
local array = require "lunapse.core.array"
local ends = require "lunapse.network.ends"
local engine = require "lunapse.core.engine"
local operation = require "lunapse.network.operation"
local lookup = require "lunapse.network.lookup"
local options = require "lunapse.options"
local record_file = require "lunapse.network.record_file"

local stored = {}

local kinds = { "populations", "projections", "inputs" }      -- lists of objects, in the order in which they are put back
local words = { populations = "population", projections = "projection", inputs = "poisson input" }

stored.kinds, stored.words = kinds, words

-- ---- fields ----

--- Fields that are no state of the simulation: what was said already stays said.
local is_left = { _warned = true }

--- Names of the fields of an object that are state, in order.
local function names_of(object)
  local names = {}
  for name, row in pairs(getmetatable(object)._fields) do
    if row.kind == "state" and not is_left[name] then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

--- A copy of a value of plain tables, arrays, numbers, texts and truth values; of arrays what `copy` gives.
local function copied(value, copy, above)
  if array.is(value) then return copy(value) end
  if type(value) ~= "table" then return value end
  above = above or {}
  if above[value] then options.fail "net:keep: a table that is kept holds itself: it cannot be stored" end
  above[value] = true
  local made = {}
  for key, part in pairs(value) do made[key] = copied(part, copy, above) end
  above[value] = nil
  return made
end
stored.copied = copied

local function fields_of(object, copy)
  local taken = {}
  for _, name in ipairs(names_of(object)) do taken[name] = copied(rawget(object, name), copy) end
  return taken
end

--- Add the arrays in a value to a list.
local function add_arrays(list, value)
  if array.is(value) then
    list[#list + 1] = value
  elseif type(value) == "table" then
    for _, part in pairs(value) do add_arrays(list, part) end
  end
end

local lists = { "populations", "projections", "inputs", "recordings", "operations" }

--- All arrays that objects hold as state, and those that their equations look things up in, which never change: the engine need not list them.
---@param net Network
---@return array[]
function stored.arrays(net)
  for _, p in ipairs(net.projections) do p:_be_whole "its state is taken or put back" end
  local all = {}
  for _, list in ipairs(lists) do
    for _, object in ipairs(net[list]) do
      for _, name in ipairs(names_of(object)) do add_arrays(all, rawget(object, name)) end
      for _, one in pairs(rawget(object, "_lookups") or {}) do all[#all + 1] = lookup.array(lookup.of(one)) end
    end
  end
  return all
end

-- ---- taking ----

--- The state of the objects of a network: what the engine does not list. `copy(a)` is what becomes of an array.
---@param net Network
---@param copy fun(a: array): any
---@return table
function stored.take(net, copy)
  for _, p in ipairs(net.projections) do p:_be_whole "its state is taken" end
  local taken = { t = net.t, seed = net.seed, network = fields_of(net, copy), populations = {}, projections = {}, inputs = {}, recordings = {}, operations = {} }
  for k, p in ipairs(net.populations) do taken.populations[k] = { name = p.name, size = p.size, window = p._rate_window, fields = fields_of(p, copy) } end
  for k, p in ipairs(net.projections) do
    taken.projections[k] = { name = p.name, size = p.size, format = p._core:format(), fields = fields_of(p, copy) }
  end
  for k, p in ipairs(net.inputs) do taken.inputs[k] = { name = p.name, size = p.size, fields = fields_of(p, copy) } end
  for _, r in ipairs(net.recordings) do taken.recordings[#taken.recordings + 1] = { key = r:_key(), fields = fields_of(r, copy) } end
  for _, o in ipairs(net.operations) do taken.operations[#taken.operations + 1] = { id = o._core:id(), fields = fields_of(o, copy) } end
  return taken
end

--- What the state of a network is in brief: name of an item -> a number or a short value. Two are equal where no bit of the states differs.
---@param net Network
---@return table<string, any>
function stored.digest(net)
  local brief = net._core:digest_state(stored.arrays(net))
  local function add(path, value)
    if array.is(value) then
      brief[path] = engine.digest(value)
    elseif type(value) == "table" then
      for key, part in pairs(value) do add(("%s/%s"):format(path, tostring(key)), part) end
    else
      brief[path] = value
    end
  end
  local taken = stored.take(net, function(a) return a end)
  for _, kind in ipairs(kinds) do
    for _, object in ipairs(taken[kind]) do add(("%s '%s'"):format(words[kind], object.name), object) end
  end
  for _, kind in ipairs { "network", "recordings", "operations" } do add(kind, taken[kind]) end
  return brief
end

--- Names of the items in which two digests differ, in order.
---@return string[]
function stored.differences(one, other)
  local names, seen = {}, {}
  for _, brief in ipairs { one, other } do
    for name in pairs(brief) do
      if one[name] ~= other[name] and not seen[name] then names[#names + 1], seen[name] = name, true end
    end
  end
  table.sort(names)
  return names
end

-- ---- what must be equal ----

local function is_among(list, name)
  for _, item in ipairs(list) do
    if item.name == name then return true end
  end
  return false
end

--- Why a state cannot be that of a network, in a sentence; nil where it can.
---@param net Network
---@param taken table
---@return string?
function stored.difference(net, taken)
  for _, list in ipairs(kinds) do
    local here, there, kind = net[list], taken[list], words[list]
    for k = 1, math.max(#here, #there) do
      local one, other = here[k], there[k]
      if not other then return ("%s '%s' was made after the state was stored"):format(kind, one.name) end
      if not one then return ("%s '%s' of the state is not in the network"):format(kind, other.name) end
      if one.name ~= other.name and not here[other.name] and is_among(there, one.name) then return ("%s '%s' of the state is not in the network"):format(kind, other.name) end
      if one.name ~= other.name then return ("%s %d is '%s' here, and '%s' in the state"):format(kind, k, one.name, other.name) end
      if kind ~= "projection" and one.size ~= other.size then
        return ("%s '%s' has %d neurons in the state, %d here"):format(kind, one.name, other.size, one.size)
      end
      local window, its = kind == "population" and one._rate_window or nil, other.window or other.made and other.made.window
      if kind == "population" and window ~= its then
        return ("%s '%s' counts its rate (compute_rate) over %s in the state, over %s here"):format(kind, one.name, its and ("%g ms"):format(its) or "no time",
          window and ("%g ms"):format(window) or "no time")
      end
    end
  end
  for name in pairs(taken.network._kept) do
    if not net._kept[name] then return ("the state keeps a table '%s': call net:keep(\"%s\", {...}) first"):format(name, name) end
  end
end

-- ---- other scopes, other synapses ----

local function is_equal(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  for key, value in pairs(a) do if not is_equal(value, b[key]) then return false end end
  for key in pairs(b) do if a[key] == nil then return false end end
  return true
end

stored.is_equal = is_equal

--- Fields on which a compilation depends.
local uses = { "_scopes", "_weight_scope", "_shared", "_delay_steps", "_own_delays", "_plastic", "_creates", "_started" }

local function has_other_use(object, saved)
  for _, name in ipairs(uses) do
    if not is_equal(rawget(object, name), saved.fields[name]) then return true end
  end
  if (rawget(object, "_delay") ~= nil) ~= (saved.fields._delay ~= nil) then return true end
  return saved.format ~= nil and (saved.format ~= object._core:format() or saved.size ~= object.size)
end

--- Synapses become those of the state; its kernels are gone until it is bound.
local function read_storage(p, archive)
  for _, a in pairs(p._delayed) do p._core:remove_lag(a) end
  p._delayed = {}
  p._core:read_storage(archive)
  p._fixed.size, p._pre_numbers, p._post_numbers = p._core:count(), nil, nil
  ends.resize(p, p.size)
  p:_forget_delays()
end

--- Recordings of synapses that have come and gone go on with the arrays that there are now; which columns they have the engine reads.
local function follow_recordings(net)
  for _, r in ipairs(net.recordings) do
    for _, c in ipairs(r._owner:_synapses() and r._cores or {}) do
      local now = r._owner._arrays[c.name]
      if not rawequal(c.array, now) then
        c.core:follow(now, {}, {})
        c.array = now
      end
    end
  end
end

local function bind_anew(net, taken, archive)
  local all = {}
  for _, kind in ipairs(kinds) do
    for k, object in ipairs(net[kind]) do
      if #object._compiled.variables > 0 then
        all[#all + 1] = object
        object:_unbind()
      end
      if kind == "projections" then read_storage(object, archive) end
      for _, name in ipairs(uses) do
        if object._fields[name] then rawset(object, name, copied(taken[kind][k].fields[name], function(a) return a end)) end
      end
      if kind == "projections" then object._delay = taken[kind][k].fields._delay end
    end
  end
  for _, object in ipairs(all) do object:_compile() end
  for _, object in ipairs(all) do object:_fit_arrays() end
  for _, object in ipairs(all) do object:_bind() end
  for _, object in ipairs(all) do operation.rebind(object) end
  follow_recordings(net)
end

-- ---- putting back ----

--- Contents of arrays; those that are there keep their place, since kernels and users hold them.
local function put_arrays(object, field, saved)
  local held = rawget(object, field)
  for name, a in pairs(saved) do
    if held[name] then held[name]:assign(a) else held[name] = a:copy() end
  end
end

local function is_arrays(value) return type(value) == "table" and array.is(select(2, next(value))) end

--- Tables of the script stay the same tables.
local function put_kept(held, saved)
  for name, value in pairs(saved) do
    local own = held[name]
    for key in pairs(own) do own[key] = nil end
    for key, part in pairs(copied(value, function(a) return a:copy() end)) do own[key] = part end
  end
end

local function put_fields(object, saved)
  for _, name in ipairs(names_of(object)) do
    local value, held, wanted = saved[name], rawget(object, name), getmetatable(object)._fields[name].type
    if wanted == "array" and value ~= nil and not array.is(value) then options.fail(("'%s' is a %s, not an array"):format(name:sub(2), type(value))) end
    if name == "_kept" then
      put_kept(held, value)
    elseif array.is(value) and array.is(held) and #value == #held then
      held:assign(value)
    elseif is_arrays(value) and held then
      put_arrays(object, name, value)
    else
      rawset(object, name, copied(value, function(a) return a:copy() end))
    end
  end
end

local function put_recordings(net, taken, keeps)
  for _, r in ipairs(net.recordings) do
    local saved = record_file.saved_of(r, taken)
    if not keeps then
      if saved then put_fields(r, saved.fields) else r:_restart() end
      for _, c in ipairs(rawget(r, "_cores") or {}) do c.width = c.core:width() end
    end
    r._at = nil
  end
end

--- Put a state back.
---@param net Network
---@param taken table   of stored.take
---@param archive any   of the engine
---@param opt { keeps_recorded?: boolean, may_lack?: boolean, seed?: integer }
function stored.put(net, taken, archive, opt)
  for _, p in ipairs(net.projections) do p:_be_whole "a state is put back" end
  local seed = opt.seed or taken.seed
  local is_other = seed ~= net.seed          -- kernels are bound with it
  net._core:set_seed(seed)
  net._fixed.seed = seed
  for _, kind in ipairs(kinds) do
    for k, object in ipairs(net[kind]) do is_other = is_other or has_other_use(object, taken[kind][k]) end
  end
  if is_other then bind_anew(net, taken, archive) end
  for _, kind in ipairs(kinds) do
    for k, object in ipairs(net[kind]) do
      put_fields(object, taken[kind][k].fields)
      if kind == "projections" then
        object._pre_numbers, object._post_numbers = nil, nil
        object:_forget_delays()
      end
    end
  end
  put_fields(net, taken.network)
  net._core:set_seed(taken.seed)
  net._core:read_state(archive, stored.arrays(net), opt)
  net._core:set_seed(seed)
  put_recordings(net, taken, opt.keeps_recorded)
  local by_id = {}
  for _, saved in ipairs(taken.operations) do by_id[saved.id] = saved.fields end
  operation.settle(net)
  for _, o in ipairs(net.operations) do
    if by_id[o._core:id()] then put_fields(o, by_id[o._core:id()]) end
  end
end

-- ---- what users call ----

---@class Network
local Network = {}

--- An object was removed, and another one made that has its name.
local function other_object(net, found)
  for _, kind in ipairs(kinds) do
    for k, object in ipairs(net[kind]) do
      if found.objects[kind][k] ~= object then return ("%s '%s' was removed and another one made after the state was stored"):format(words[kind], object.name) end
    end
  end
end

local function name_of(where, name)
  if name == nil then return "default" end
  if type(name) ~= "string" or name == "" then options.fail(("%s: a name expected, got %s"):format(where, options.show(name))) end
  return name
end

local function is_file(name) return name:find "%.h5$" ~= nil or name:find "%.hdf5$" ~= nil end

--- Keep the whole state of the network in memory under a name: time, variables, weights, synapses, spikes under way, operations, recordings. `net:restore`
--- with that name puts it back, any number of times: what then runs has the same bits as if the network had never gone on.
---@param name? string  "default" unless given
---@return Network
function Network:store(name)
  options.colon(self, "network", "net:store")
  name = name_of("net:store", name)
  if is_file(name) then options.fail(("net:store keeps states in memory: net:save(\"%s\") writes a file"):format(name)) end
  local taken = stored.take(self, function(a) return a:copy() end)
  local objects = {}
  for _, kind in ipairs(kinds) do objects[kind] = table.move(self[kind], 1, #self[kind], 1, {}) end
  self._stored[name] = { taken = taken, archive = self._core:write_state(stored.arrays(self)), objects = objects }
  return self
end

--- Put back a state that was stored. With `recordings = false` recordings keep what they hold and go on behind it: so many trials from one state fill one
--- recording. With `seed = 7` all that is drawn from then on is drawn with that seed: the same state, new noise. Operations and recordings that are younger than the state begin at its time; populations, projections and Poisson inputs may not be younger.
--- A name that ends in ".h5" is that of a file of `net:save`, put back into a network that a script has made in the same way; threads, tier and precision may
--- be others.
---@param name? string  "default" unless given
---@param opt? { recordings?: boolean, seed?: integer }
---@return Network
--- Example: for trial = 1, 20 do net:restore("trained", { seed = trial, recordings = false }) net:run(500) end
--- Errors: "net:restore: no state 'traned' was stored: did you mean 'trained'?".
function Network:restore(name, opt)
  options.colon(self, "network", "net:restore")
  name = name_of("net:restore", name)
  opt = options.check("net:restore", opt or {}, { recordings = "boolean", seed = "number" })
  local seed = opt.seed and options.whole("net:restore", "seed", opt.seed, 0)
  if self._core:is_running() then options.fail("net:restore: the network is running: a state is put back between runs") end
  if is_file(name) then
    local saved = require "lunapse.network.saved"
    local file <close> = saved.open("net:restore", name)
    saved.restore(self, file, ("net:restore: '%s'"):format(name), { keeps_recorded = opt.recordings == false, seed = seed })
    return self
  end
  local found = self._stored[name]
  if not found then
    local names = {}
    for known in pairs(self._stored) do names[#names + 1] = known end
    options.fail("net:restore: " .. (#names == 0 and "no state was stored: call net:store first" or options.unknown("state", name, names)))
  end
  local why = stored.difference(self, found.taken) or other_object(self, found)
  if why then options.fail(("net:restore: state '%s': %s"):format(name, why)) end
  stored.put(self, found.taken, found.archive, { keeps_recorded = opt.recordings == false, may_lack = true, seed = seed })
  record_file.settle(self)
  return self
end

--- Write the network to an HDF5 file: models, connectivity, and its whole state. `net:restore` puts the state back into a network that a script has made in
--- the same way, `lp.load` makes the network from the file alone. The file is there whole or not at all: an old one stays until the new one is on the disk.
---@param path string  ends in ".h5"
---@return Network
function Network:save(path)
  options.colon(self, "network", "net:save")
  path = options.path("net:save", path)
  if not is_file(path) then options.fail(("net:save: the name of a file must end in \".h5\", got '%s'"):format(path)) end
  record_file.sync(self)
  require "lunapse.network.saved".save("net:save", self, path)
  return self
end

--- Let a table of the script be part of the network's state: what functions of `net:every` count or collect in it is stored and restored with the network.
--- It may hold numbers, texts, truth values, arrays, and tables of these; its contents change in place. Without a table: the one that is kept under this name.
---@generic T: table
---@param name string
---@param kept? T
---@return T kept
function Network:keep(name, kept)
  options.colon(self, "network", "net:keep")
  if type(name) ~= "string" then options.fail("net:keep: a name expected, got " .. options.show(name)) end
  if kept == nil then return self._kept[name] or options.fail(("net:keep: no table '%s' is kept"):format(name)) end
  if type(kept) ~= "table" or getmetatable(kept) then options.fail(("net:keep: '%s' must be a table, got %s"):format(name, options.show(kept))) end
  self._kept[name] = kept
  return kept
end

stored.methods = Network
return stored
