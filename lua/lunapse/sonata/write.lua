--- A network as SONATA files: what it consists of, not the state that it is in.
local array = require "lunapse.core.array"
local lp = require "lunapse"
local options = require "lunapse.options"
local recording = require "lunapse.network.recording"
local reports = require "lunapse.sonata.reports"

local write = {}

local WHERE = "lp.to_sonata"
local HEAD = { magic = 0x0A7A, version = array.from({ 0, 1 }, "int64") }
local FIRST_TYPE = 100

--- The library's models by what was made of their texts.
local function template_of(m)
  for _, name in ipairs(getmetatable(lp.models).__complete()) do
    if lp.models[name].checked == m.checked then return "lunapse:" .. name end
  end
  return "script:" .. m.name
end

--- Columns of a CSV file with a row for each type.
---@class SonataTypeRows
---@field columns string[]
local Types = {}
Types.__index = Types

local function types(...)
  local made = setmetatable({ columns = { ... }, n = 0 }, Types)
  for _, name in ipairs(made.columns) do made[name] = {} end
  return made
end

function Types:add(row)
  self.n = self.n + 1
  for _, name in ipairs(self.columns) do
    local value = row[name]
    local short = math.type(value) == "float" and ("%.15g"):format(value)
    self[name][self.n] = value == nil and "NULL" or short and (tonumber(short) == value and short or ("%.17g"):format(value)) or tostring(value)
  end
  return FIRST_TYPE + self.n - 1
end

function Types:save(path)
  local columns = { columns = self.columns }
  for _, name in ipairs(self.columns) do columns[name] = self[name] end
  lp.write(path, columns, { format = "csv", separator = " " })
end

--- A value that all share as a number, others as an array.
local function one_or_each(value)
  if type(value) == "number" or #value == 0 then return value end
  local least = value:min()
  return least == value:max() and least or value:copy()
end

--- Parameters that elements have each of their own, and those that all share.
local function parameters_of(object, read)
  local own, shared = {}, {}
  for _, p in ipairs(object._model.checked.parameters) do
    local value = one_or_each(read(p.name))
    if type(value) == "number" then shared[p.name] = value else own[p.name] = value end
  end
  return own, shared
end

--- What all elements share goes to a file of its own: its name for the table of types.
local function save_shared(files, name, shared)
  if next(shared) == nil then return nil end
  local path = ("%s_%s.json"):format(files.stem, name:gsub("[^%w_-]", "_"))
  if files.taken[path] then options.fail(("%s: two objects would write '%s': give one another name"):format(WHERE, path)) end
  files.taken[path] = true
  lp.write(path, shared)
  return path:match "[^/]*$"
end

--- The group "0" of a population: every element is in it.
local function group_of(word, n, type_id, own, attributes)
  local group = attributes or {}
  if next(own) then group.dynamics_params = own end
  return {
    [word .. "_type_id"] = array.full(type_id, n, "int64"), [word .. "_group_id"] = array.zeros(n, "int64"),
    [word .. "_group_index"] = array.arange(0, n - 1):astype "int64", ["0"] = group,
  }
end

local function write_nodes(net, files, missing)
  local rows, all = types("node_type_id", "population", "model_type", "model_template", "dynamics_params"), {}
  for _, p in ipairs(net.populations) do
    local is_virtual = p:_is_source()
    local own, shared = {}, {}
    if not is_virtual then own, shared = parameters_of(p, function(name) return p[name] end) end
    local id = rows:add { node_type_id = FIRST_TYPE + rows.n, population = p.name, model_type = is_virtual and "virtual" or "point_neuron",
      model_template = not is_virtual and template_of(p._model) or nil, dynamics_params = save_shared(files, p.name, shared) }
    local nodes = group_of("node", p.size, id, own)
    nodes.node_id = nodes.node_group_index
    all[p.name] = nodes
    if is_virtual then missing[#missing + 1] = ("the spikes of '%s'"):format(p.name) end
  end
  lp.write(files.stem .. "_nodes.h5", { nodes = all }, { attributes = { [""] = HEAD } })
  rows:save(files.stem .. "_node_types.csv")
end

local function write_edges(net, files)
  local rows = types("edge_type_id", "population", "target", "model_template", "dynamics_params", "syn_weight", "delay")
  local all, attributes = {}, { [""] = HEAD }
  for _, p in ipairs(net.projections) do
    if #p._targets > 1 then
      options.fail(("%s: projection '%s' acts on several inputs (%s), and an edge of SONATA on one"):format(WHERE, p.name, table.concat(p._targets, ", ")))
    end
    for _, one in ipairs { p.from, p.to } do
      if one:_synapses() then options.fail(("%s: %s goes from '%s' to '%s', and edges of the format join nodes, not edges"):format(WHERE, p:_title(), p.from.name, p.to.name)) end
    end
    local own, shared = parameters_of(p, function(name) return p:_each(name) end)
    if p._own_delays then
      options.fail(("%s: %s has pathways with delays of their own: the format has one delay for a synapse"):format(WHERE, p:_title()))
    end
    local weight, delay = one_or_each(p._compiled.variables_by_name.w and p.w or 1), one_or_each(p.delays)
    local each = { syn_weight = type(weight) ~= "number" and weight or nil, delay = type(delay) ~= "number" and delay or nil }
    local id = rows:add { edge_type_id = FIRST_TYPE + rows.n, population = p.name, target = p._targets[1], model_template = template_of(p._model),
      dynamics_params = save_shared(files, p.name, shared),
      syn_weight = not each.syn_weight and weight or nil, delay = not each.delay and delay or nil }
    local edges = group_of("edge", p.size, id, own, each)
    edges.source_node_id, edges.target_node_id = p.pre:copy():astype "int64" - 1, p.post:copy():astype "int64" - 1
    all[p.name] = edges
    attributes[("edges/%s/source_node_id"):format(p.name)] = { node_population = p.from.name }
    attributes[("edges/%s/target_node_id"):format(p.name)] = { node_population = p.to.name }
  end
  lp.write(files.stem .. "_edges.h5", { edges = all }, { attributes = attributes })
  rows:save(files.stem .. "_edge_types.csv")
end

--- Write a network as SONATA files: populations, their models by name ("lunapse:LIF" of the library, "script:NAME") and parameters, synapses with weights, delays and
--- parameters. `path` is the configuration, "out/v1.json"; beside it come v1_nodes.h5, v1_node_types.csv, v1_edges.h5, v1_edge_types.csv and a file of the parameters that
--- the neurons of a population, or the synapses of a projection, share. Poisson neurons and given spikes are virtual nodes. What such files cannot hold is returned
--- as a list: spikes, Poisson inputs, operations; and models are texts that stand in the script. Times and states are those of `net:save`, spikes are saved by
--- recordings.
---
--- Of a recording of a population's variable it writes a report, "out/v_report.h5": /report/NAME/data [rows][neurons] and what its columns are. Where several variables
--- were recorded, option `variable` says which; rows must be equally far apart. `lp.from_sonata_report` reads it.
---@param net Network|Recording
---@param path string  ends in ".json", or in ".h5" for a recording
---@param opt? { variable?: string }  of a recording
---@return string[]? missing  of a network
--- Example: lp.to_sonata(net:record(cells, "v", { every = 1 }), "v_report.h5")
--- Errors: "lp.to_sonata: the name of the configuration must end in \".json\", got 'out'".
function write.write(net, path, opt)
  if getmetatable(net) == recording.Recording then return reports.write(WHERE, net, path, opt) end
  if type(net) ~= "table" or not rawget(net, "_core") or not net.populations then
    options.fail(("%s: a network expected, or a recording of variables, got %s"):format(WHERE, options.show(net)))
  end
  if opt ~= nil then options.fail(WHERE .. ": a network is written without options") end
  local stem = options.path(WHERE, path):match "^(.+)%.json$"
  if not stem then options.fail(("%s: the name of the configuration must end in \".json\", got '%s'"):format(WHERE, path)) end
  local files, missing = { stem = stem, taken = {} }, {}
  write_nodes(net, files, missing)
  if #net.projections > 0 then write_edges(net, files) end
  for _, input in ipairs(net.inputs) do missing[#missing + 1] = ("the Poisson input '%s'"):format(input.name) end
  for _, o in ipairs(net.operations) do missing[#missing + 1] = o._what end
  local name = stem:match "[^/]*$"
  lp.write(path, {
    columns = { "components", "networks" },
    components = { point_neuron_models_dir = ".", synaptic_models_dir = "." },
    networks = {
      nodes = { { nodes_file = name .. "_nodes.h5", node_types_file = name .. "_node_types.csv" } },
      edges = #net.projections > 0 and { { edges_file = name .. "_edges.h5", edge_types_file = name .. "_edge_types.csv" } } or {},
    },
  })
  return missing
end

return write
