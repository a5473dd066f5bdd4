--- Networks in HDF5 files: what a network consists of, so that one like it can be made from the file alone, and its state.
---
---   /                attributes: format, version, program, and `t` in ms
---   network/         dt, seed, precision ... and its state
---   models/1 ...     the texts of each model
---   arrays/1 ...     timed arrays and tables that equations read
---   populations/1 ... projections/1 ... recordings/1 ... operations/1 ...   what each was made with (`made`) and its state (`fields`, in which `_arrays` are
---                    the variables)
---   engine/          what the engine lists (src/engine/network_state.c)
---
--- How plain values stand in it: network/tree.lua. A file is read by this version and by all later ones: `VERSION` changes when a reader would have to know.
local array = require "lunapse.core.array"
local connectors = require "lunapse.network.connectors"
local ends = require "lunapse.network.ends"
local hdf5 = require "lunapse.core.hdf5"
local lookup = require "lunapse.network.lookup"
local model = require "lunapse.network.model"
local network = require "lunapse.network.network"
local options = require "lunapse.options"
local random = require "lunapse.network.distribution"
local record_file = require "lunapse.network.record_file"
local section = require "lunapse.network.section"
local stored = require "lunapse.network.stored"
local structure = require "lunapse.network.structure"
local tree = require "lunapse.network.tree"
local view = require "lunapse.network.view"
local version = require "lunapse.core.host".version

local saved = {}

local groups = { "network", "models", "arrays", "populations", "projections", "inputs", "recordings", "operations" }

local FORMAT, VERSION = "lunapse network", 1

-- ---- what objects were made with ----

local function is_plain(value) return type(value) == "string" or type(value) == "number" or type(value) == "boolean" end

--- A description of a model without what no file holds: distributions of parameters go as what they are, given arrays by one of their values (those of the
--- network are in its state).
local function described(value)
  if random.is(value) then return { distribution = value.kind, a = value.a, b = value.b, low = value.low, high = value.high } end
  if array.is(value) then return value:size() > 0 and value:flatten()[1] or 0 end
  if is_plain(value) then return value end
  local made = {}
  for key, part in pairs(type(value) == "table" and value or {}) do
    if type(part) ~= "function" then made[key] = described(part) end
  end
  return made
end

local function description_of(value)
  if type(value) ~= "table" then return value end
  if value.distribution then
    local clamp = { min = value.low > -math.huge and value.low or nil, max = value.high < math.huge and value.high or nil }
    return random[value.distribution](value.a, value.b, clamp)
  end
  local made = {}
  for key, part in pairs(value) do made[key] = description_of(part) end
  return made
end

--- The text of a model for a file. Of its arrays the names: each object says which it reads.
local function text_of(m)
  local text = {}
  for part, value in pairs(m.text) do text[part] = value end
  text.arrays = nil
  if #m.checked.arrays > 0 then
    text.arrays = {}
    for k, one in ipairs(m.checked.arrays) do text.arrays[k] = one.name end
  end
  return described(text)
end

--- Which arrays of `list` an object reads, by name; they are added where they are not in it. nil where it reads none.
local function arrays_of(object, list)
  local numbers
  for name, one in pairs(object._lookups) do
    local saved_one = lookup.saved(one)
    local number
    for k, known in ipairs(list) do if rawequal(known, saved_one) then number = k end end
    if not number then
      list[#list + 1] = saved_one
      number = #list
    end
    numbers = numbers or {}
    numbers[name] = number
  end
  return numbers
end

local function add_model(list, m)
  for k, known in ipairs(list) do
    if known.checked == m.checked then return k end
  end
  list[#list + 1] = { checked = m.checked, kind = m.kind, name = m.name, text = text_of(m), classes = m.text.name == nil or nil }
  return #list
end

local function refs_of(object)
  local list = {}
  for name, ref in pairs(object._refs) do
    list[#list + 1] = { name = name, population = ref.population.name, is_synapses = ref.is_synapses,
      index = ref.index, is_part = ref.is_part or false, by = object._refs_use[name].by }
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

--- Names of the parameters that are no constants, since something sets them.
local function written_of(p)
  local names = {}
  for name in pairs(p._written) do names[#names + 1] = name end
  table.sort(names)
  return #names > 0 and names or nil
end

local function population_made(p, models, arrays)
  local made = { name = p.name, size = p.size, geometry = p.geometry, dt = p._net:dt_of(p._clock), object = p._object, kind = p._kind,
    window = p._rate_window, arrays = arrays_of(p, arrays), is_driven = next(p._driven) ~= nil, written = written_of(p) }
  if p._kind == "varying" then made.rates = p._model.text.equations:match "^rates = (.*) : local$" end
  if p._kind == "cables" then made.cables = p:_saved() end
  if p._model then made.model, made.refs = add_model(models, p._model), refs_of(p) end
  return made
end

local function projection_made(p, models, arrays)
  return { name = p.name, from = p.from.name, to = p.to.name, from_synapses = p.from:_synapses() ~= nil, to_synapses = p.to:_synapses() ~= nil,
    sites = p._sites and p.size, sites_object = p._sites_object, pre = p._from_view, post = p._to_view, targets = p._targets, object = p._object,
    model = add_model(models, p._model), refs = refs_of(p), arrays = arrays_of(p, arrays), has_delays = p._delay == nil,
    copied = p._copied and p._copied.name, weights_as = p._weights_as }
end

local function input_made(p)
  local to = p.to:_whole()
  local made = { name = p.name, size = p.size, to = to.name, post = p.to:_selection(), object = p._object, id = p._core:id(), variable = p.target,
    is_driven = p._is_set, rate = p._model.text.equations:match "^rate = (.-) : local\n" }
  for name, target in pairs(to._compiled.targets) do
    if target.g == p.target then made.target, made.variable = name, nil end
  end
  return made
end

local function operation_made(o)
  local made = { id = o._core:id(), every = o._every, offset = o._offset, at_start = o._at_start, what = o._what, calls = o.calls }
  if o._of then
    made.text, made.number = o._text, o._number
    made.of, made.of_kind = o._of.name, o._of:_synapses() and "projections" or "populations"
  elseif o._rule then
    made.rule, made.of, made.of_kind = o._rule.role, o._rule.of.name, "projections"
  end
  return made
end

local function recording_made(r)
  local owner = r._owner
  local made = { of = owner.name, of_kind = owner:_synapses() and "projections" or r._net.inputs[owner.name] == owner and "inputs" or "populations" }
  if r:_holds_spikes() then
    made.names, made.neurons, made.with = { r._event }, r.neurons, #r._columns > 0 and r:_names() or nil
  else
    made.names, made.every, made.all, made.places = r:_names(), r._period, r._all, not r._all and r._given or nil
  end
  made.file = record_file.made(r)
  return made
end

local function network_made(net)
  return { dt = net.dt, seed = net.seed, precision = net._precision, method = net._method, rtol = net._rtol, atol = net._atol, math = net._math,
    constants = next(net.constants) and net.constants or nil }
end

-- ---- writing ----

--- Write a network to an open file.
---@param net Network
---@param file Hdf5File
function saved.write(net, file)
  file:set_attribute("", "format", FORMAT)
  file:set_attribute("", "version", VERSION)
  file:set_attribute("", "program", version)
  file:set_attribute("", "t", net.t)
  local taken, models, arrays = stored.take(net, function(a) return a end), {}, {}
  taken.network = { made = network_made(net), fields = taken.network }
  for k, p in ipairs(net.populations) do taken.populations[k].made = population_made(p, models, arrays) end
  for k, p in ipairs(net.projections) do taken.projections[k].made = projection_made(p, models, arrays) end
  for k, p in ipairs(net.inputs) do taken.inputs[k].made = input_made(p) end
  for k, r in ipairs(net.recordings) do taken.recordings[k].made = recording_made(r) end
  for k, o in ipairs(net.operations) do taken.operations[k].made = operation_made(o) end
  for _, m in ipairs(models) do m.checked = nil end
  taken.models, taken.arrays = models, arrays
  for _, name in ipairs(groups) do tree.write(file, name, taken[name]) end
  net._core:write_state(stored.arrays(net), file)
end

--- Write a network to a file that appears when it is whole. What cannot be written is an error of the user's line.
---@param where string
---@param net Network
---@param path string
---@param more? fun(file: Hdf5File)     writes what else is in it
---@param before? fun(): fun()?         called when it is about to take its place; gives what undoes that where it cannot
function saved.save(where, net, path, more, before)
  local undo
  local ok, message = pcall(function()
    local file <close> = hdf5.open(path, "create")
    saved.write(net, file)
    if more then more(file) end
    undo = before and before()
    file:close()
  end)
  if ok then return end
  if undo then undo() end
  options.fail(("%s: %s"):format(where, (tostring(message):gsub("^[^'\n]-:%d+: ", ""))))
end

-- ---- reading ----

--- Open a file of a network. Errors: what else it is.
---@param where string
---@param path string
---@return Hdf5File
function saved.open(where, path)
  local ok, file = pcall(hdf5.open, path, "read")
  if not ok then options.fail(("%s: %s"):format(where, tostring(file))) end
  local function attribute(name)
    if not file:info("", name) then return nil end
    local is_whole, value = pcall(file.attribute, file, "", name)
    if not is_whole and options.is_of_memory(value) then options.fail(("%s: %s"):format(where, value)) end
    if not is_whole then options.fail(("%s: '%s' is damaged: its attribute '%s' cannot be read"):format(where, path, name)) end
    return value
  end
  local format = attribute "format"
  if format ~= FORMAT then options.fail(("%s: '%s' holds no network: its attribute 'format' is %s, not \"%s\""):format(where, path,
    format and options.show(format) or "missing", FORMAT)) end
  local number = attribute "version"
  if type(number) ~= "number" then
    options.fail(("%s: '%s' is damaged: its attribute 'version' is %s, not a number"):format(where, path, options.show(number)))
  end
  if number > VERSION then
    options.fail(("%s: '%s' was written by a later Lunapse (%s): format %s, this one reads up to %d"):format(where, path,
      options.show(attribute "program"), options.show(number), VERSION))
  end
  return file
end

--- Files of the first networks do not say which recording of its network each is: then none was ever removed.
local function number_recordings(recordings)
  local n_rows, n_spikes = 0, 0
  for _, r in ipairs(recordings) do
    local is_spikes = r.made.names[1] == "spike"
    r.key = r.key or is_spikes and "spikes " .. n_spikes + 1 or "rows " .. n_rows + 1
    if is_spikes then n_spikes = n_spikes + 1 else n_rows = n_rows + #r.made.names end
  end
end

--- Call f(...), which makes something of what a file holds. It passes through the checks of what a script says; what is refused there, or is no value of its
--- kind, means here that the file is damaged.
---@param where string  "lp.load: 'a.h5'"
---@param path string
---@param f function
function saved.from_file(where, path, f, ...)
  local results = table.pack(pcall(f, ...))
  if results[1] then return table.unpack(results, 2, results.n) end
  local why = tostring(results[2])
  if why:find "not enough memory$" or why:find "interrupted$" then error(results[2], 0) end
  why = why:gsub("^[^\n]-:%d+: ", "")
  if options.is_of_memory(why) then options.fail(("%s: %s"):format(where, why)) end
  if why:find(path, 1, true) then options.fail(("%s: %s"):format(where:match "^[%w.]+:[%w.]+" or where:match "^[%w.]+", why)) end
  local is_ours = why:find "^attempt to " or why:find "^bad argument " or why:find "^invalid order function" or why:find "0x%x"
  options.fail(("%s is damaged%s"):format(where, is_ours and "" or ": " .. why))
end

--- What stored.put wants, and what objects were made with.
local function read_all(file)
  local taken = { t = file:attribute("", "t") }
  for _, name in ipairs(groups) do taken[name] = tree.read(file, name) or {} end
  for _, o in ipairs(taken.operations) do o.id = o.made.id end
  number_recordings(taken.recordings)
  taken.made, taken.network = taken.network.made, taken.network.fields
  taken.seed = taken.made.seed
  return taken
end

--- Parts of models that must be equal word for word: all but names and parameters, whose values are state.
local function text_difference(one, other)
  local parts = {}
  for _, text in ipairs { one, other } do
    for part in pairs(text) do parts[part] = true end
  end
  for _, part in ipairs { "name", "description", "parameters" } do parts[part] = nil end
  local names = {}
  for part in pairs(parts) do names[#names + 1] = part end
  table.sort(names)
  for _, part in ipairs(names) do
    if not stored.is_equal(one[part], other[part]) then return part end
  end
end

local function is_alike(one, other)
  if array.is(one) and array.is(other) then
    return stored.is_equal({ one:shape() }, { other:shape() }) and one:type() == other:type() and one:eq(other):all()
  end
  if type(one) ~= "table" or type(other) ~= "table" then return one == other end
  for key, value in pairs(one) do if not is_alike(value, other[key]) then return false end end
  for key in pairs(other) do if one[key] == nil then return false end end
  return true
end

--- Arrays that an object reads must hold the same numbers: they are no state, and a run that goes on with others is another one.
local function arrays_difference(object, made, taken)
  for name, one in pairs(object._lookups) do
    local there = taken.arrays[(made.arrays or {})[name]]
    if not is_alike(lookup.saved(one), there) then return ("numbers in its array '%s'"):format(name) end
  end
end

local function variables_difference(object, there)
  local arrays = there.fields._arrays or {}
  for _, v in ipairs(object._compiled.variables) do
    if not arrays[v.name] and v.kind ~= "hidden" and v.kind ~= "derived" then return ("variable '%s' is not in the file"):format(v.name) end
  end
end

--- Why the state of a file is not that of a network; nil where it can be.
local function difference(net, taken, opt)
  local here, there = network_made(net), taken.made
  for _, name in ipairs { "dt", "seed" } do
    local is_given = name == "seed" and opt.seed
    if here[name] ~= there[name] and not is_given then return ("%s is %s in the file, %s here"):format(name, options.show(there[name]), options.show(here[name])) end
  end
  local why = stored.difference(net, taken)
  if why then return why end
  for _, kind in ipairs(stored.kinds) do
    for k, object in ipairs(net[kind]) do
      local made = taken[kind][k].made
      if kind == "inputs" then
        if object.to:_whole().name ~= made.to then return ("%s goes to '%s' in the file"):format(object:_title(), made.to) end
      elseif object._model and made.model then
        local m = taken.models[made.model]
        local part = text_difference(m.text, text_of(object._model)) or arrays_difference(object, made, taken)
        if part then return ("%s: its model '%s' has other %s in the file"):format(object:_title(), object._model.name, part) end
        if not stored.is_equal(made.cables, kind == "populations" and object._kind == "cables" and object:_saved() or nil) then
          return ("%s is of another shape, or made in another way, in the file"):format(object:_title())
        end
        local missing = variables_difference(object, taken[kind][k])
        if missing then return ("%s: %s"):format(object:_title(), missing) end
      elseif (object._model ~= nil) ~= (made.model ~= nil) or object._kind ~= made.kind then
        return ("%s is made in another way in the file"):format(object:_title())
      end
      if kind == "projections" and (object.from.name ~= made.from or object.to.name ~= made.to) then
        return ("%s goes from '%s' to '%s' in the file"):format(object:_title(), made.from, made.to)
      end
    end
  end
end

--- stored.put; a network that has got a part of a state does not run until it gets a whole one.
local function put(net, ...)
  local ok, message = pcall(stored.put, net, ...)
  if ok then return end
  net._core:tear()
  error(message, 0)
end

--- Put the state of a file into a network that a script has made.
---@param net Network
---@param file Hdf5File
---@param where string  "net:restore: 'a.h5'"
---@param opt { keeps_recorded?: boolean, may_lack?: boolean, must_have_rows?: boolean, seed?: integer }
function saved.restore(net, file, where, opt)
  local path = where:match "'(.*)'$"
  local taken = saved.from_file(where, path, read_all, file)
  local why = saved.from_file(where, path, difference, net, taken, opt)
  if why then options.fail(("%s: %s"):format(where, why)) end
  local follow = not opt.keeps_recorded and record_file.before_restore(net, taken, where, opt.must_have_rows or false)
  saved.from_file(where, path, put, net, taken, file, opt)
  if follow then follow() end
  record_file.settle(net)
end

-- ---- a network from a file alone ----

--- Objects were numbered as they were made, for their random streams: those of the file keep their numbers.
local function reach_number(net, number)
  while net._core:new_object() < number - 1 do end
end

local function refs_from(net, list)
  local refs = {}
  for _, ref in ipairs(list or {}) do
    local pop = (ref.is_synapses and net.projections or net.populations)[ref.population]
    refs[ref.name] = { pop, index = ref.index, by = (ref.by == "pre" or ref.by == "post") and ref.by or nil }
  end
  return refs
end

--- A part of a population or projection. (A projection gets its synapses later, but it is known how many these will be.)
local function view_of(object, selection)
  if selection.index then return view.select(object, selection.index) end
  if selection.first == 1 and selection.n == ends.size(object) then return object end
  return view.slice(object, math.tointeger(selection.first), math.tointeger(selection.first + selection.n - 1))
end

--- Values for parameters that a model only names, until the state has theirs.
local function valued(net, m)
  local values
  for _, p in ipairs(m.checked.parameters) do
    if p.default == nil and m.values[p.name] == nil and net.constants[p.name] == nil then
      values = values or {}
      values[p.name] = 0
    end
  end
  return values
end

local makers = {}

function makers.populations(net, made, models)
  local opt = { name = made.name, size = made.size, geometry = made.geometry, dt = made.dt ~= net.dt and made.dt or nil, arrays = made.read }
  if made.kind == "poisson" or made.kind == "varying" then
    opt.rates = made.rates or 0
    opt.arrays = made.rates and opt.arrays
    return net:poisson(opt)
  elseif made.kind == "spikes" then
    return net:spike_source(opt)
  end
  opt.neuron, opt.refs = models[made.model], refs_from(net, made.refs)
  opt.parameters = valued(net, opt.neuron)
  local p
  if made.kind == "cables" then
    local own = made.cables
    p = net:cables { name = opt.name, dt = opt.dt, neuron = opt.neuron, parameters = opt.parameters, refs = opt.refs, arrays = opt.arrays,
      morphology = section.from_lists(own.morphology), size = own.size, Ra = own.Ra,
      spike_at = own.spike_at, method = own.method }
  else
    p = net:population(opt)
  end
  for _, name in ipairs(made.written or {}) do p:_mark_written(name) end          -- with the drive that set it, or without
  if made.window then p:compute_rate(made.window) end
  return p
end

function makers.projections(net, made, models)
  local function end_of(name, is_synapses, selection) return view_of((is_synapses and net.projections or net.populations)[name], selection) end
  local p = net:project { name = made.name, from = end_of(made.from, made.from_synapses, made.pre), to = end_of(made.to, made.to_synapses, made.post),
    target = made.targets, synapse = models[made.model], parameters = valued(net, models[made.model]), refs = refs_from(net, made.refs),
    arrays = made.read, weights = not made.copied and 0 or nil, weights_as = made.weights_as,
    connect = made.copied and connectors.copy(net.projections[made.copied]) or connectors.pairs({}, {}) }
  p._first_weights, p._n_sites = nil, made.sites or nil          -- no file has the one; synapses come with the state
end

--- The synapses of a projection as elements at which others end.
function makers.sites(net, made) ends.core(net.projections[made.name]) end

function makers.inputs(net, made)
  local p = net:poisson_input { name = made.name, to = view_of(net.populations[made.to], made.post), target = made.target, variable = made.variable,
    rate = made.rate or 0 }
  if made.is_driven then p:_let_be_set() end
end

--- Operations of the state from the `k`-th on, up to those that are older than number `before`, in their order, with the numbers that they had; what is not in the
--- file is told. The next one.
local function make_operations(net, taken, k, before, missing)
  while taken.operations[k] and taken.operations[k].id < before do
    local made = taken.operations[k].made
    k = k + 1
    net._core:skip_operations(made.id - 1)
    local opt = { every = made.every, offset = made.offset, when = made.at_start and "start" or "end" }
    local object = made.of and net[made.of_kind][made.of]
    if made.text then
      object._n_texts = made.number - 1
      object:run_regularly(made.text, opt)
    elseif made.rule then
      structure.start(object, made.rule, opt)
    else
      missing[#missing + 1] = ("%s %s"):format(made.what, made.every == "once" and ("at %g ms"):format(made.offset) or ("every %g ms"):format(made.every))
    end
  end
  return k
end

--- Objects in the order in which they were made, each after the operations that are older.
local function make_objects(net, taken, models)
  local order, missing, last, k = {}, {}, 0, 1
  for _, kind in ipairs(stored.kinds) do
    for _, object in ipairs(taken[kind]) do
      local made = object.made
      order[#order + 1] = { kind = kind, made = made }
      if made.sites_object then order[#order + 1] = { kind = "sites", made = { name = made.name, object = made.sites_object } } end
    end
  end
  table.sort(order, function(a, b) return a.made.object < b.made.object end)
  for _, o in ipairs(order) do
    local made = o.made
    if made.object > last + 1 then reach_number(net, made.object) end
    last = made.object
    if made.id then          -- it is an operation of the engine, too
      k = make_operations(net, taken, k, made.id, missing)
      net._core:skip_operations(made.id - 1)
    end
    makers[o.kind](net, made, models)
    if made.is_driven then missing[#missing + 1] = ("the drive of %s '%s'"):format(stored.words[o.kind], made.name) end
  end
  make_operations(net, taken, k, math.huge, missing)
  return missing
end

local function make_recordings(net, taken, missing)
  for _, r in ipairs(taken.recordings) do
    local made = r.made
    local kind, number = r.key:match "^(%a+) (%d+)$"
    net._core:skip_recorders(math.tointeger(number) - 1, kind == "spikes")
    local of = made.neurons or made.of_kind ~= "projections" and made.places or nil
    local recording = net:record(net[made.of_kind][made.of], made.names, { every = made.every ~= 0 and made.every or nil, of = of, with = made.with })
    if made.file and made.file.rows > 0 then missing[#missing + 1] = ("what was recorded of '%s', which is in '%s'"):format(made.of, made.file.path) end
    if made.of_kind == "projections" then recording._all, recording._given = made.all, made.places end          -- its columns are in the state
  end
end

--- The network of an open file.
local function make(file, opt)
  local taken = read_all(file)
  local given = taken.made
  local net = network.new { dt = given.dt, seed = given.seed, precision = opt.precision or given.precision, method = given.method, rtol = given.rtol, atol = given.atol,
    math = given.math, constants = given.constants, threads = opt.threads, tier = opt.tier, warnings = opt.warnings, finite = opt.finite }
  local models = {}
  for k, m in ipairs(taken.models) do models[k] = model[m.kind](description_of(m.text)) end
  for name in pairs(taken.network._kept) do net:keep(name, {}) end
  local arrays = {}
  for k, one in ipairs(taken.arrays) do arrays[k] = lookup.from_saved(one) end
  for _, list in ipairs { taken.populations, taken.projections } do
    for _, object in ipairs(list) do
      for name, number in pairs(object.made.arrays or {}) do
        object.made.read = object.made.read or {}
        object.made.read[name] = arrays[number]
      end
    end
  end
  local missing = make_objects(net, taken, models)
  make_recordings(net, taken, missing)
  stored.put(net, taken, file, { may_lack = true })
  return net, missing
end

--- Make a network from a file of `net:save` alone, at the time and in the state in which it was written: models, parameters, connectivity, weights, recordings,
--- texts of `run_regularly`. What no file can hold is missing: functions of `net:every` and `net:at`, drives; they are told in a warning and returned as a list.
--- `threads`, `tier`, `warnings` and `finite` are this network's own, as lp.network has them; `precision` is that of the file unless given.
---@param path string
---@param opt? { threads?: integer, tier?: string, precision?: string, warnings?: boolean|table<string, boolean>, finite?: boolean }
---@return Network net
---@return string[] missing  "a function every 10 ms"
--- Errors: "lp.load: 'a.h5' holds no network: its attribute 'format' is missing, not \"lunapse network\"".
function saved.load(path, opt)
  path = options.path("lp.load", path)
  opt = options.check("lp.load", opt or {}, { threads = "number", tier = "string", precision = "string", warnings = "boolean|table", finite = "boolean" })
  network.new(opt)          -- what the script gives is its own
  local file <close> = saved.open("lp.load", path)
  local net, missing = saved.from_file(("lp.load: '%s'"):format(path), path, make, file, opt)
  if #missing > 0 then net:_warn("not in the file", ("lp.load: '%s' does not hold %s"):format(path, table.concat(missing, ", "))) end
  return net, missing
end

return saved
