--- Synapses that come and go: pruning and creating, by rules of the model or from Lua.
---
--- Whatever changes, values stay with their synapse: every per-synapse array moves along, recordings follow, spikes under way act on
--- the synapses that are there when they arrive.
local array = require "lunapse.core.array"
local compiled = require "lunapse.network.compiled"
local copied = require "lunapse.network.copied"
local delays = require "lunapse.network.delays"
local kernel = require "lunapse.core.kernel"
local operation = require "lunapse.network.operation"
local options = require "lunapse.options"
local partners = require "lunapse.network.partners"
local random = require "lunapse.network.distribution"
local values = require "lunapse.network.values"

local structure = {}

local PAIRS_AT_ONCE = 1 << 20

-- ---- one change ----

local change

--- From the first new synapse on, every synapse has its own states, as a new one begins with initial values. Weights and delays that one number
--- held for all get a value per synapse where a new synapse would differ.
local function make_room(proj, w, d)
  if not proj._creates then
    proj._creates = true
    if not kernel.formats()[proj._core:format()].can_change then change(proj, nil, {}, {}) end      -- before delays are spread
    if not proj._model.checked.creating then proj:_rebuild() end
  end
  if w ~= nil and proj._weight_scope == "uniform" and not (type(w) == "number" and w == proj._arrays.w[1]) then proj:_widen { w = "syn" } end
  if d ~= nil then delays.make_room(proj, d) end
end

--- Values of a per-synapse variable for synapses that are made now.
local function fill_new(proj, v, a)
  local given = v.kind == "parameter" and proj._values[v.name]
  if given ~= nil and given ~= false and not values.is_list(given) then
    values.assign(proj:_where(v.name), proj._net, proj._object, a, given)
  elseif v.name == "w" then
    a:fill(0)
  else
    a:fill(v.init or 0)
  end
end

--- New synapses in the columns of a recording: the column that the pair had before, or a new one.
local function give_columns(r, places, added, pre, post)
  local columns, free = #places, {}
  local old_pre, old_post = r._pre, r._post
  local empty = places:eq(0):find()
  for k = 1, #empty do
    local c = math.tointeger(empty[k])
    free[old_pre[c] .. " " .. old_post[c]] = c
  end
  local fresh = {}
  for k = 1, #added do
    local key = pre[k] .. " " .. post[k]
    local c = free[key]
    if c then
      places:set(c, added[k])
      free[key] = nil
    else
      fresh[#fresh + 1] = k
    end
  end
  if #fresh > 0 and r:_is_fixed() then
    local text = "the recording of %s in '%s' has columns for the synapses that there were when its file was made, none for those that come later"
    r._net:_warn("late " .. r:_key(), text:format(r._of, r._place.file.path))
  end
  if #fresh == 0 or r:_is_fixed() then return places, array.arange(1, columns) end
  r._pre, r._post = old_pre:join(pre:take(fresh)), old_post:join(post:take(fresh))
  return places:join(added:take(fresh)), array.arange(1, columns):join(array.zeros(#fresh))
end

--- Recordings of synapses keep a column for each pair that ever had one: NaN while it has none.
local function follow(proj, old, of_old, added, before, n_places)
  local lookup = array.zeros(1):astype("int64"):join(of_old)
  local pre, post = proj.pre:take(added), proj.post:take(added)
  for _, r in ipairs(proj._net.recordings) do
    local places, from
    for _, c in ipairs(r._owner == proj and r._cores or {}) do
      local now = proj._arrays[c.variable]
      if not rawequal(c.array, now) and #c.array == n_places then
        if not places then
          local all = r._places or array.arange(1, before):astype("int64")
          r._pre, r._post = r._pre or old.pre:take(all), r._post or old.post:take(all)
          places = lookup:take(all + 1)
          from = array.arange(1, #places)
          if r._all then places, from = give_columns(r, places, added, pre, post) end
        end
        c.core:follow(now, places, from)
        c.array, c.width = now, #places
      end
    end
    if places then r._places, r._at = places, nil end
  end
end

local function is_recorded(proj)
  for _, r in ipairs(proj._net.recordings) do
    if r._owner == proj then return true end
  end
  return false
end

--- Initial values that are computed, for synapses that are made now; old synapses keep theirs.
local function initialise_new(proj, old_places, kept)
  for k, entry in ipairs(proj._compiled.programs) do
    local v = entry.role == "init" and proj._compiled.variables_by_name[entry.var]
    if v and v.scope == "syn" and not proj:_is_given(v) then
      proj:_run_program(k)
      proj._arrays[v.name]:put(old_places, kept[v.name])
    end
  end
end

--- Remove the synapses where `keep` (nil: all stay) is false, and add synapses between pre[k] and post[k], with weights w and delays d. `others`: those that stay
--- get these delays.
---@return array places of the new synapses
function change(proj, keep, pre, post, w, d, others)
  local core, net, before, n_places = proj._core, proj._net, proj.size, proj._core:n_places()
  proj:_flush()
  local new_w
  if w ~= nil then         -- bad values are found before anything changes
    new_w = array.new(net._precision, #pre)
    values.assign(proj:_where "w", net, proj._object, new_w, w)
  end
  local old = is_recorded(proj) and { pre = proj.pre, post = proj.post } or nil
  local planned, of_old, added = core:plan_change(keep, pre, post)
  local alive = keep and of_old:gt(0):find() or array.arange(1, before):astype("int64")
  local n, fresh, kept = #alive + #added, {}, {}
  for _, v in ipairs(proj._compiled.variables) do
    if v.scope == "syn" then
      kept[v.name] = proj._core:read(proj._arrays[v.name]):take(alive)
      fresh[v.name] = values.new_array(v, n, net._precision)
      fill_new(proj, v, fresh[v.name])
    end
  end
  local delays_before = others or not proj._delay and delays.each(proj)
  proj:_forget_derived()
  core:commit_change(planned)
  local old_places = of_old:take(alive)
  if delays_before then
    local ms = array.full(net:dt_of(proj._clock), n)
    ms:put(old_places, delays_before:take(alive))
    if #added > 0 and d ~= nil then ms:put(added, type(d) == "number" and array.full(d, #added) or array.from(d)) end
    local moved = delays.place(proj, ms, true)
    old_places, added = moved:take(old_places), moved:take(added)
    of_old:put(alive, old_places)
    core:move_held(of_old)
  end
  for name, a in pairs(fresh) do
    a:put(old_places, kept[name])
    proj._arrays[name] = a
  end
  proj:_resize(n)
  if #added > 0 then
    initialise_new(proj, old_places, kept)
    if new_w and fresh.w then fresh.w:put(added, new_w) end
  end
  if fresh.d then fresh.d:assign(delays.each(proj)) end
  proj:_rebuild()
  if old then follow(proj, old, of_old, added, before, n_places) end
  return added
end

--- The synapses get other delays (ms, one each). Synapses are sorted by them: they change their places, and what is known of each goes along.
---@param proj Projection
---@param where string   how messages call it
---@param ms array
function structure.set_delays(proj, where, ms)
  local why = proj._shared and "they share their weights" or copied.sharer(proj) or partners.reader(proj)
  if why then options.fail(("%s: one delay for all synapses expected: %s"):format(where, why)) end
  if not kernel.formats()[proj._core:format()].can_change then change(proj, nil, {}, {}) end
  delays.make_room(proj, ms)
  if proj._delay then return end      -- all are what they were
  proj._core:hold()
  change(proj, nil, {}, {}, nil, nil, ms)
end

-- ---- from Lua ----

local function neurons(proj, name, value, pop, view)
  local list = type(value) == "number" and { value } or value
  if type(list) ~= "table" and type(list) ~= "userdata" then
    options.fail(("create_synapse of '%s': %s must be a neuron number or a list of them, got %s"):format(proj.name, name, options.show(value)))
  end
  local inside
  if view.index then
    inside = {}
    for k = 1, #view.index do inside[view.index[k]] = true end
  end
  for k = 1, #list do
    local i = list[k]
    if math.tointeger(i) == nil or i < 1 or i > pop.size then
      options.fail(("create_synapse of '%s': %s neuron %s is not in 1..%d"):format(proj.name, name, options.show(i), pop.size))
    end
    if inside and not inside[math.tointeger(i)] or not inside and (i < view.first or i >= view.first + view.n) then
      options.fail(("create_synapse of '%s': %s neuron %d is outside the part of '%s' that the projection joins"):format(proj.name, name, i, pop.name))
    end
  end
  return array.from(list):astype("int64")
end

--- Synapses of a grid are what its axes say.
local function check_can_change(proj, what)
  copied.check_change(proj, what)
  partners.check_change(proj, what)
  if proj._shared then options.fail(("%s of '%s': synapses that share their weights neither come nor go"):format(what, proj.name)) end
end

--- The body of Projection:create_synapse.
function structure.create(proj, pre, post, w, d)
  local name = ("create_synapse of '%s'"):format(proj.name)
  check_can_change(proj, "create_synapse")
  pre, post = neurons(proj, "pre", pre, proj.from, proj._from_view), neurons(proj, "post", post, proj.to, proj._to_view)
  if #pre ~= #post then options.fail(("%s: as many pre as post neurons expected, got %d and %d"):format(name, #pre, #post)) end
  for what, value in pairs { weights = w, delays = d } do
    if (type(value) == "userdata" or type(value) == "table" and not random.is(value)) and #value ~= #pre then
      options.fail(("%s: %d %s expected, got %d"):format(name, #pre, what, #value))
    end
  end
  if d ~= nil then
    if random.is(d) then options.fail(name .. ": delays must be numbers here") end
    local ms = array.from(d)
    if ms:size() > 0 and not (ms:min() >= 0) then options.fail(("%s: a delay must be at least 0, got %g"):format(name, ms:min())) end
  end
  make_room(proj, w, d)
  return change(proj, nil, pre, post, w, d)
end

--- The body of Projection:prune.
function structure.prune(proj, what)
  local name, keep = ("prune of '%s'"):format(proj.name), nil
  check_can_change(proj, "prune")
  if type(what) == "string" then
    keep = operation.values(proj, what, true):eq(0)
  elseif type(what) == "userdata" and what:type() == "bool" then
    if #what ~= proj.size then options.fail(("%s: a truth value for each of %d synapses expected, got %d"):format(name, proj.size, #what)) end
    keep = what:eq(0)
  elseif type(what) == "table" or type(what) == "userdata" then
    local places = array.from(what)
    if #places > 0 and (places:min() < 1 or places:max() > proj.size or places:ne(places:floor()):any()) then
      options.fail(("%s: synapses are numbered 1..%d"):format(name, proj.size))
    end
    keep = array.ones(proj.size)
    keep:put(places:astype("int64"), array.zeros(#places))
    keep = keep:gt(0)
  else
    options.fail(("%s: a condition as text, truth values or synapse numbers expected, got %s"):format(name, options.show(what)))
  end
  local removed = proj.size - math.tointeger(keep:sum())
  if removed > 0 then change(proj, keep, {}, {}) end
  return removed
end

-- ---- rules of the model ----

local function entry_of(proj, role)
  for k, entry in ipairs(proj._compiled.programs) do
    if entry.role == role then return entry, k end
  end
end

local function act_pruning(proj, t)
  proj:_flush()
  local entry, k = entry_of(proj, "pruning")
  local bound = proj:_bind_program(k)
  proj:_add_reductions(bound, entry.reductions)
  proj._net._core:run_bound(bound, t, proj._net._core:clock_step(proj._clock))
  local keep = proj._core:read(proj._arrays[entry.answers.goes]):eq(0)
  if not keep:all() then change(proj, keep, {}, {}) end
end

--- First neuron and number of neurons of the range that a view spans, and which of them are in it (nil: all).
local function span(view)
  if not view.index then return view.first, view.n, nil end
  local index = array.from(view.index)
  local first, n = math.tointeger(index:min()), math.tointeger(index:max() - index:min() + 1)
  local inside = array.zeros(n)
  inside:put((index - (first - 1)):astype("int64"), array.ones(#index))
  return first, n, inside
end

--- What the rule says of a block of pairs: numbers of those to join, counted within the block from 0, and the values that come along.
local function ask(proj, block, answers, t, step)
  local entry, k = entry_of(proj, "creating")
  local bound = compiled.bound(proj, proj._made.programs[k], entry.program.slots, answers, 0, nil, block)
  proj:_add_reductions(bound, entry.reductions)
  proj._net._core:run_bound(bound, t, step)
  local comes = answers[entry.answers.comes]
  proj._core:clear_known(block, comes)
  return comes:find()
end

local function act_creating(proj, t)
  local by_pre = kernel.formats()[proj._core:format()].major == "pre"
  local majors, minors = by_pre and proj._from_view or proj._to_view, by_pre and proj._to_view or proj._from_view
  local first, n, inside = span(majors)
  local minor_first, n_minor, inside_minor = span(minors)
  if n == 0 or n_minor == 0 then return end
  local each = math.max(1, PAIRS_AT_ONCE // n_minor)
  local n_blocks = (n + each - 1) // each
  local major, minor, lists, names = {}, {}, { w = {}, d = {} }, entry_of(proj, "creating").answers
  local step = proj._net._core:clock_step(proj._clock)
  for b = 0, n_blocks - 1 do
    local rows = math.min(each, n - b * each)
    local answers = {}
    for _, name in pairs(names) do answers[name] = array.new(proj._net._precision, rows * n_minor) end
    local block = proj._core:pairs(first + b * each, rows, minor_first, n_minor)
    local found = ask(proj, block, answers, t, step * n_blocks + b)      -- draws are keyed by place and step: another key for each block
    for k = 1, #found do
      local place = math.tointeger(found[k]) - 1
      local row, column = b * each + place // n_minor, place % n_minor
      if (not inside or inside[row + 1] ~= 0) and (not inside_minor or inside_minor[column + 1] ~= 0) then
        local m = #major + 1
        major[m], minor[m] = first + row, minor_first + column
        for what, list in pairs(lists) do
          if names[what] then list[m] = answers[names[what]][place + 1] end
        end
      end
    end
  end
  if #major == 0 then return end
  local pre, post = by_pre and major or minor, by_pre and minor or major
  local w, d = names.w and lists.w, names.d and lists.d
  make_room(proj, w or nil, d or nil)
  change(proj, nil, array.from(pre):astype("int64"), array.from(post):astype("int64"), w or nil, d or nil)
end

local acts = { pruning = act_pruning, creating = act_creating }

--- Start a rule of the model: the body of Projection:start_pruning and start_creating.
function structure.start(proj, role, opt)
  local where = ("start_%s of '%s'"):format(role, proj.name)
  options.check(where, opt, { every = "number", when = "string", offset = "number" }, { "every" })
  options.number(where, "every", opt.every, 0, math.huge, true)
  if not entry_of(proj, role) then options.fail(("%s: its synapses have no part '%s'"):format(where, role)) end
  proj._started[role] = true
  return operation.add(proj._net, where, opt.every, { when = opt.when, offset = opt.offset }, {
    clock = proj._clock, call = function(t) acts[role](proj, t) end, what = ("%s of '%s'"):format(role, proj.name), rule = { role = role, of = proj },
  })
end

--- Rules that nobody started would be silently ignored: say so once.
function structure.check(proj)
  for role in pairs(acts) do
    if entry_of(proj, role) and not proj._started[role] then
      proj._net:_warn(role .. proj.name, ("projection '%s': its synapses have a part '%s', which does nothing until start_%s { every = ... }"):format(
        proj.name, role, role), proj.name)
    end
  end
end

return structure
