--- Nodes become populations of a network: those of one population of SONATA that have one model are one, virtual ones emit given spikes.
local array = require "lunapse.core.array"
local lp = require "lunapse"
local model = require "lunapse.network.model"
local options = require "lunapse.options"
local spikes = require "lunapse.sonata.spikes"
local tables = require "lunapse.sonata.tables"

local nodes = {}

--- Populations of nodes; of each `node_id` and the way back from it.
---@param where string
---@param files SonataFiles
function nodes.read(where, files)
  local all = tables.read_all(where, files.nodes, "node", files.node_components)
  for _, t in ipairs(all) do
    t.node_id = t:column "node_id" or array.arange(0, t.size - 1)
    t.is_in_order = t.size > 0 and t.node_id == array.arange(0, t.size - 1)
    if not t.is_in_order then
      t.row_of = {}
      for k, id in ipairs(t.node_id:table()) do
        id = math.tointeger(id)
        if t.row_of[id] then t:fail(("node_id %d is there twice in '%s'"):format(id, t.group)) end
        t.row_of[id] = k
      end
    end
  end
  return all
end

--- Rows of nodes by their ids.
---@param t SonataTable
---@param ids array
---@param whose string   for messages: "'edges.h5': source_node_id"
---@return array
function nodes.rows_of(t, ids, whose)
  ids = array.is(ids) and ids or array.from(ids)
  local rows = array.new("int64", #ids)
  local function fail(k)
    options.fail(("%s: %s %d (the first is 0) is node %d, which '%s' has not (%d nodes)"):format(t.where, whose, k - 1, ids[k], t.name, t.size))
  end
  if t.is_in_order then
    if #ids > 0 and (ids:min() < 0 or ids:max() >= t.size) then fail((ids:lt(0) | ids:ge(t.size)):find()[1]) end
    rows:assign(ids + 1)
  else
    for k = 1, #ids do rows[k] = t.row_of[math.tointeger(ids[k])] or fail(k) end
  end
  return rows
end

function nodes.check_keys(where, all, given) tables.check_keys(where, "neurons", all, given) end

-- ---- models ----

local known = { neuron = "table", parameters = "table", without = "table", rates = "any" }

--- The library's own models need not be given.
local function library_model(template)
  local name = template and template:match "^lunapse:(.+)$"
  for _, own in ipairs(name and getmetatable(lp.models).__complete() or {}) do
    if own == name then return lp.models[own] end
  end
end
nodes.library_model = library_model

--- What a class of nodes becomes: { neuron | rates | is_virtual, parameters, without }.
local function entry_of(where, t, class, given, made)
  local value = tables.given(given, t, class)
  if value == nil then
    local own = library_model(class.template)
    value = own or class.model_type == "virtual" and "virtual" or nil
  end
  local what = ("node type %d of '%s'"):format(class.type_id, t.name)
  if value == nil then
    local template = class.template and (" (model_template '%s')"):format(class.template) or ""
    options.fail(("%s: %s%s has no model: neurons = { [%s] = ... } gives it one"):format(where, what, template,
      class.template and ("'%s'"):format(class.template) or class.type_id))
  end
  if made[value] then return made[value] end
  local entry
  if value == "virtual" then
    entry = { is_virtual = true, label = "virtual" }
  elseif model.is(value, "neuron") then
    entry = { neuron = value, label = value.name }
  else
    if type(value) ~= "table" then options.fail(("%s: neurons: %s: a model or a table expected, got %s"):format(where, what, options.show(value))) end
    options.check(("%s: neurons: %s"):format(where, what), value, known)
    if (value.neuron == nil) == (value.rates == nil) then options.fail(("%s: neurons: %s: either 'neuron' or 'rates' must be given"):format(where, what)) end
    if value.neuron and not model.is(value.neuron, "neuron") then
      options.fail(("%s: neurons: %s: 'neuron' must be a neuron model (lp.neuron{...} or one of lp.models)"):format(where, what))
    end
    entry = { neuron = value.neuron, rates = value.rates, parameters = value.parameters, without = value.without, label = value.neuron and value.neuron.name or "Poisson" }
  end
  made[value] = entry
  return entry
end

--- The parts of a population: nodes of one entry, { entry, rows }; and for each row its part and its place there.
local function parts_of(where, t, given)
  local made, parts, of = {}, {}, {}
  t.part, t.place = array.new("int64", t.size), array.new("int64", t.size)
  for _, class in ipairs(t:classes()) do
    local entry = entry_of(where, t, class, given, made)
    if not of[entry] then
      parts[#parts + 1] = { entry = entry }
      of[entry] = #parts
    end
    t.part:put(class.rows, of[entry])
  end
  for k, part in ipairs(parts) do
    part.rows = t.part:eq(k):find()
    t.place:put(part.rows, array.arange(1, #part.rows):astype "int64")
  end
  return parts
end

-- ---- spikes ----

--- Those of all files by population; of files without populations they are those of the only virtual one.
local function read_spikes(where, files, all)
  local found, virtual = {}, {}
  for _, t in ipairs(all) do
    for _, part in ipairs(t.parts) do
      if part.entry.is_virtual then virtual[#virtual + 1] = t end
    end
  end
  for _, path in ipairs(files.spikes) do
    for name, train in pairs(spikes.read(where, path)) do
      if name == true then
        if #virtual ~= 1 then options.fail(("%s: '%s' does not say whose spikes it holds, and there are %d virtual populations"):format(where, path, #virtual)) end
        name = virtual[1].name
      end
      if not all[name] then
        local names = {}
        for k, t in ipairs(all) do names[k] = t.name end
        options.fail(("%s: '%s': %s"):format(where, path, options.unknown("population", name, names)))
      end
      found[name] = found[name] or {}
      table.insert(found[name], train)
    end
  end
  return found
end

--- The spikes of a part: neurons and times.
local function spikes_of(t, k, trains)
  local neurons, times = {}, {}
  for _, train in ipairs(trains or {}) do
    local rows = nodes.rows_of(t, train.node_ids, ("'%s': node_ids"):format(train.path))
    local is_own = t.part:take(rows):eq(k)
    local at = is_own:find()
    neurons[#neurons + 1], times[#times + 1] = t.place:take(rows:take(at)), array.from(train.t):take(at)
  end
  if #neurons == 0 then return {}, {} end
  return array.join(neurons), array.join(times)
end

-- ---- making ----

--- Names of the parts: that of the population where it has one, else with that of the model.
local function name_parts(t)
  local seen = {}
  for _, part in ipairs(t.parts) do
    local label = part.entry.label
    seen[label] = (seen[label] or 0) + 1
    part.name = #t.parts == 1 and t.name or seen[label] == 1 and ("%s_%s"):format(t.name, label) or ("%s_%s_%d"):format(t.name, label, seen[label])
  end
end

local function make_part(where, net, t, k, part, trains)
  local entry, size = part.entry, #part.rows
  if entry.rates ~= nil then return net:poisson { name = part.name, size = size, rates = entry.rates } end
  if entry.is_virtual then
    local neurons, times = spikes_of(t, k, trains)
    return net:spike_source { name = part.name, size = size, neuron = neurons, t = times }
  end
  local found, lacking = t:parameters(part.rows)
  local parameters, variables = tables.parameters_for(("%s: nodes of '%s'"):format(where, t.name), entry.neuron.checked, entry, found, lacking)
  local pop = net:population { name = part.name, size = size, neuron = entry.neuron, parameters = parameters }
  for name, value in pairs(variables) do pop[name] = value end
  return pop
end

--- Attributes of nodes as columns.
local function columns_of(t)
  local columns = { node_id = t.node_id, node_type_id = t.type_id }
  for name in pairs(t.names) do
    if not columns[name] and not name:find "/" then
      local ok, numbers = pcall(t.numbers, t, name)
      columns[name] = ok and numbers or t:texts(name)
    end
  end
  return columns
end

--- Make all populations.
function nodes.make(where, net, all, files, given, circuit)
  for _, t in ipairs(all) do
    t.parts = parts_of(where, t, given)
    name_parts(t)
  end
  local trains = read_spikes(where, files, all)
  for _, t in ipairs(all) do
    local columns = columns_of(t)
    columns.parts = {}
    for k, part in ipairs(t.parts) do
      part.population = make_part(where, net, t, k, part, trains[t.name])
      columns.parts[k] = { population = part.population, node_id = t.node_id:take(part.rows) }
      if part.entry.is_virtual and not trains[t.name] then circuit.missing[#circuit.missing + 1] = ("spikes of the virtual nodes of '%s'"):format(t.name) end
    end
    circuit.nodes[t.name] = columns
  end
end

return nodes
