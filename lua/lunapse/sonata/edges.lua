--- Edges become projections: those of one population of SONATA that join the same two populations of the network in the same way are one.
local array = require "lunapse.core.array"
local lp = require "lunapse"
local model = require "lunapse.network.model"
local nodes = require "lunapse.sonata.nodes"
local options = require "lunapse.options"
local tables = require "lunapse.sonata.tables"

local edges = {}

--- The population of nodes at an end.
local function end_of(t, name, known)
  local at = t.group .. "/" .. name
  local of = t.file:info(at) and t.file:info(at, "node_population") and t.file:attribute(at, "node_population")
  if not of then t:fail(("'%s' has no attribute 'node_population': it says whose nodes they are"):format(at)) end
  if not known[of] then
    local names = {}
    for k, n in ipairs(known) do names[k] = n.name end
    t:fail(("'%s' are of '%s': %s"):format(at, tostring(of), options.unknown("population", tostring(of), names)))
  end
  return known[of]
end

--- Populations of edges with their ends.
---@param where string
---@param files SonataFiles
---@param known SonataTable[]  nodes
function edges.read(where, files, known)
  local all = tables.read_all(where, files.edges, "edge", files.edge_components)
  for _, t in ipairs(all) do
    for _, side in ipairs { "source", "target" } do
      local name = side .. "_node_id"
      local ids = t:column(name, true)
      t[side] = end_of(t, name, known)
      t[side .. "_row"] = nodes.rows_of(t[side], ids, ("'%s': '%s/%s'"):format(t.path, t.group, name))
    end
  end
  return all
end

function edges.check_keys(where, all, given) tables.check_keys(where, "synapses", all, given) end

local known_options = { target = "string|table", synapse = "table", parameters = "table", without = "table", scale = "number", weights = "any", delays = "any" }

--- What a class of edges does.
local function entry_of(where, t, class, given, made)
  local value = tables.given(given, t, class)
  local of_type = type(class.type.target) == "string" and class.type.target or nil          -- a column of files that Lunapse has written
  local library = nodes.library_model(class.template)
  if library and library.kind ~= "synapse" then library = nil end
  local key = value ~= nil and value or ("%s\0%s"):format(of_type or "", library and library.name or "")
  local entry = made[key]
  if entry then return entry end
  local what = ("%s: synapses: edge type %d of '%s'"):format(where, class.type_id, t.name)
  if type(value) == "string" then
    entry = { target = value }
  elseif model.is(value, "synapse") then
    entry = { synapse = value }
  elseif value == nil then
    entry = {}
  else
    if type(value) ~= "table" then options.fail(("%s: the name of an input or a table expected, got %s"):format(what, options.show(value))) end
    options.check(what, value, known_options)
    entry = {}
    for name, x in pairs(value) do entry[name] = x end
  end
  entry.target = entry.target or of_type
  entry.synapse = entry.synapse or library
  if entry.synapse and not model.is(entry.synapse, "synapse") then options.fail(what .. ": 'synapse' must be a synapse model (lp.synapse{...} or one of lp.models)") end
  if not entry.target and not entry.synapse then
    local template = class.template and (" (model_template '%s')"):format(class.template) or ""
    options.fail(("%s: edge type %d of '%s'%s: which input does it act on? synapses = { [%d] = \"exc\" } says it"):format(where, class.type_id, t.name, template, class.type_id))
  end
  made[key] = entry
  return entry
end

--- Bundles of edges: { entry, from, to, rows }.
local function bundles_of(where, t, given, circuit)
  local made, number, list, entries = {}, array.new("int64", t.size), {}, {}
  local at = {}
  for _, class in ipairs(t:classes()) do
    local entry = entry_of(where, t, class, given, made)
    if not at[entry] then
      entries[#entries + 1] = entry
      at[entry] = #entries
    end
    number:put(class.rows, at[entry])
    if class.type.weight_function then
      circuit.missing[#circuit.missing + 1] = ("the weight_function '%s' of edge type %d of '%s'"):format(class.type.weight_function, class.type_id, t.name)
    end
  end
  local source, target = t.source.part:take(t.source_row), t.target.part:take(t.target_row)
  for e, entry in ipairs(entries) do
    for a, from in ipairs(t.source.parts) do
      for b, to in ipairs(t.target.parts) do
        local rows = (number:eq(e) & source:eq(a) & target:eq(b)):find()
        if #rows > 0 then list[#list + 1] = { entry = entry, from = from, to = to, rows = rows } end
      end
    end
  end
  return list
end

--- One number where all are equal; nil where none is there. Some that have none are an error.
local function one_or_each(t, name, rows)
  local value = t:numbers(name)
  value = value and value:take(rows)
  local nan = value and value:isnan()
  if not value or nan:all() then return nil end
  if nan:any() then t:fail(("some edges of '%s' have no '%s', others have"):format(t.name, name)) end
  return value:min() == value:max() and value[1] or value
end

local function weights_of(where, t, bundle)
  local entry = bundle.entry
  if entry.weights ~= nil then return entry.weights end
  local weight = one_or_each(t, "syn_weight", bundle.rows)
  if weight == nil then
    options.fail(("%s: edges of '%s' have no syn_weight: synapses = { ['%s'] = { weights = ... } } gives them one"):format(where, t.name, t.name))
  end
  local count = one_or_each(t, "nsyns", bundle.rows)          -- several synapses of that weight in one edge, as BMTK has it
  return weight * (count or 1) * (entry.scale or 1)
end

local function make_one(where, net, t, bundle, name)
  local entry, rows = bundle.entry, bundle.rows
  local found, lacking = t:parameters(rows)
  local synapse = entry.synapse or lp.models.static
  local parameters, variables = tables.parameters_for(("%s: edges of '%s'"):format(where, t.name), synapse.checked, entry, found, lacking)
  if next(variables) then
    local names = {}
    for variable in pairs(variables) do names[#names + 1] = variable end
    table.sort(names)
    options.fail(("%s: edges of '%s': dynamics_params: '%s' is a variable of model '%s': leave it out, without = { \"%s\" }, and set it afterwards"):format(where, t.name,
      names[1], synapse.name, names[1]))
  end
  local delays = entry.delays
  if delays == nil then delays = one_or_each(t, "delay", rows) end
  return net:project { name = name, from = bundle.from.population, to = bundle.to.population, target = entry.target, synapse = synapse, parameters = parameters,
    connect = lp.pairs(t.source.place:take(t.source_row:take(rows)), t.target.place:take(t.target_row:take(rows))), weights = weights_of(where, t, bundle), delays = delays }
end

--- Make all projections.
function edges.make(where, net, all, given, circuit)
  for _, t in ipairs(all) do
    local bundles = bundles_of(where, t, given, circuit)
    circuit.edges[t.name] = {}
    for k, bundle in ipairs(bundles) do
      circuit.edges[t.name][k] = make_one(where, net, t, bundle, #bundles == 1 and t.name or ("%s_%d"):format(t.name, k))
    end
  end
end

return edges
