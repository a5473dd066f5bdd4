--- Circuits in SONATA files, the exchange format of the Allen Institute, the Blue Brain Project, NEST and PyNN: tables of nodes and edges in HDF5, what their
--- types share in CSV, which file is which in JSON.
---
--- Source: Dai et al. 2020, PLoS Comput Biol 16:e1007696; SONATA developer guide, https://github.com/AllenInstitute/sonata
---
---   config.lua   the files of a circuit and of a simulation
---   tables.lua   populations of nodes or edges: attributes, own ones and those of types
---   spikes.lua   spike files
---   nodes.lua    nodes become populations of a network
---   edges.lua    edges become projections
---   write.lua    a network becomes such files
---   reports.lua  variables over time
local config = require "lunapse.sonata.config"
local edges = require "lunapse.sonata.edges"
local lp = require "lunapse"
local nodes = require "lunapse.sonata.nodes"
local options = require "lunapse.options"

local sonata = { to = require("lunapse.sonata.write").write, report = require("lunapse.sonata.reports").read }

local WHERE = "lp.from_sonata"

--- A population of nodes: `node_id` and its other attributes as columns by name; `parts`, the populations of the network that its nodes have become.
---@class SonataNodes
---@field node_id array
---@field parts { population: Population, node_id: array }[]

--- What has become of a circuit: by name of a population of SONATA, its nodes and the projections of its edges; and what could not be taken over.
---@class SonataCircuit
---@field nodes table<string, SonataNodes>
---@field edges table<string, Projection[]>
---@field missing string[]

--- Make the populations and projections of a circuit in SONATA files. `config` is the file of a circuit or of a simulation; or `nodes` and `edges` list files as such
--- a file does: { nodes_file = , node_types_file = }, { edges_file = , edge_types_file = }.
---
--- `neurons` says which model nodes have, by number of their type, `model_template` or name of their population: a model, { rates = Hz } for Poisson neurons, or
--- { neuron = model, parameters = {...}, without = {...} }. Its `parameters` say where the model's come from: the name of one in `dynamics_params`, a number, or a
--- function of all of these; the others are those of equal names, and what has no counterpart must be named in `without`. Virtual nodes emit the spikes that `spikes`
--- (a file or a list of files), or the simulation's inputs, hold of them.
---
--- `synapses` says what edges do, by number of their type, `model_template` or name of their population: the name of the input that they act on, or { target = , synapse =
--- model, parameters = , without = , scale = factor of syn_weight, weights = , delays = }.
---@param opt { config?: string, nodes?: table[], edges?: table[], neurons?: table, synapses?: table, spikes?: string|string[], net?: Network, components?: string, warnings?: boolean }
---@return Network net  the one that was given, or a new one with the dt of the simulation
---@return SonataCircuit circuit
--- Example: lp.from_sonata { config = "circuit_config.json", neurons = { ["nest:iaf_psc_exp"] = lp.models.IF_curr_exp }, synapses = { [100] = "exc" } }
--- Errors: "lp.from_sonata: node type 100 of 'v1' (model_template 'nrn:IntFire1') has no model: neurons = { ['nrn:IntFire1'] = ... } gives it one".
function sonata.from(opt)
  opt = options.check(WHERE, opt, { config = "string", nodes = "table", edges = "table", neurons = "table", synapses = "table", spikes = "string|table", net = "table",
    components = "string", warnings = "boolean" })
  local files = config.of(WHERE, opt)
  local net = opt.net or lp.network { dt = files.dt }
  if not rawget(net, "_core") then options.fail(WHERE .. ": option 'net' must be a network (lp.network{...})") end
  local circuit = { nodes = {}, edges = {}, missing = files.missing }
  local known <close> = nodes.read(WHERE, files)
  local joined <close> = edges.read(WHERE, files, known)
  nodes.check_keys(WHERE, known, opt.neurons or {})
  edges.check_keys(WHERE, joined, opt.synapses or {})
  nodes.make(WHERE, net, known, files, opt.neurons or {}, circuit)
  edges.make(WHERE, net, joined, opt.synapses or {}, circuit)
  if #circuit.missing > 0 and opt.warnings ~= false then options.warn(("%s: not taken over: %s"):format(WHERE, table.concat(circuit.missing, ", "))) end
  return net, circuit
end

return sonata
