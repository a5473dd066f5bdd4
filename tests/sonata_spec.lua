-- Circuits in SONATA files: read into the network that a script would make by hand, written and read again, read by h5py and made by it; a message for each mistake.
local lp = require "lunapse"

local HAS_H5PY = os.execute "/usr/bin/python3 -c 'import sys, importlib.util as u; sys.exit(not u.find_spec(\"h5py\"))' 2>/dev/null"
local folder

setup(function() folder = io.popen("mktemp -d"):read "l" .. "/" end)
teardown(function() os.execute("rm -rf " .. folder) end)

local function put(name, text)
  local file <close> = assert(io.open(folder .. name, "w"))
  file:write(text)
end

local function get(name)
  local file <close> = assert(io.open(folder .. name))
  return file:read "a"
end

local function python(text)
  put("script.py", "import numpy as np, h5py\n" .. text)
  local pipe = io.popen(("cd %s && /usr/bin/python3 script.py 2>&1"):format(folder))
  local out = pipe:read "a"
  assert.is_true(pipe:close() == true, out)
  return out
end

local whole = function(list) return lp.array.from(list, "int64") end

--- Files of a small circuit as plain tables, to be changed before they are written: 5 nodes of two types in two groups, 3 virtual nodes, 6 edges of two types.
local function circuit()
  return {
    nodes = { v1 = {
      node_id = whole { 0, 1, 2, 3, 4 }, node_type_id = whole { 100, 101, 100, 101, 100 }, node_group_id = whole { 0, 1, 0, 1, 0 },
      node_group_index = whole { 0, 0, 1, 1, 2 }, ["0"] = { x = lp.array { 1, 2, 3 }, dynamics_params = { I = lp.array { 21, 22, 23 } } },
      ["1"] = { x = lp.array { 4, 5 } },
    }, lgn = {
      node_id = whole { 7, 5, 6 }, node_type_id = whole { 200, 200, 200 }, node_group_id = whole { 0, 0, 0 }, node_group_index = whole { 0, 1, 2 }, ["0"] = {},
    } },
    edges = { lgn_v1 = {
      edge_type_id = whole { 10, 10, 11, 10, 11, 11 }, source_node_id = whole { 7, 5, 6, 6, 7, 5 }, target_node_id = whole { 0, 1, 2, 3, 4, 4 },
      edge_group_id = whole { 0, 0, 0, 0, 0, 0 }, edge_group_index = whole { 5, 4, 3, 2, 1, 0 },
      ["0"] = { syn_weight = lp.array { 6, 5, 4, 3, 2, 1 }, delay = lp.array { 1, 1, 2, 2, 3, 3 } },
    } },
    attributes = { ["edges/lgn_v1/source_node_id"] = { node_population = "lgn" }, ["edges/lgn_v1/target_node_id"] = { node_population = "v1" },
      [""] = { magic = 0x0A7A } },
    node_types = 'node_type_id  population model_type model_template dynamics_params   note\n' ..
      '100 v1 point_neuron nest:iaf e.json "a ""quoted"" one"\n101 v1 point_neuron nest:iaf i.json NULL\n200 lgn virtual NULL NULL NULL\n',
    edge_types = "edge_type_id model_template\n10 nest:static\n11 nest:static\n",
    spikes = { lgn = { timestamps = lp.array { 1, 2, 3, 10 }, node_ids = whole { 5, 6, 7, 5 } } },
  }
end

--- A value as text.
local function told(value)
  if lp.array.is(value) then return value:type() .. " " .. table.concat(value:table(), " ") end
  if type(value) ~= "table" then return tostring(value) end
  local parts = {}
  for name, part in pairs(value) do parts[#parts + 1] = name .. "=" .. told(part) end
  table.sort(parts)
  return "{" .. table.concat(parts, ";") .. "}"
end

local is_there = {}

--- Write a file, if that is not what stands in it.
local function write(name, content, attributes)
  local text = told { content, attributes }
  if is_there[name] ~= text then lp.write(folder .. name, content, { attributes = attributes }) end
  is_there[name] = text
end

local function save(c)
  local function of(root)
    local own = {}
    for path, list in pairs(c.attributes) do
      if path == "" or path:find("^" .. root) then own[path] = list end
    end
    return own
  end
  write("nodes.h5", { nodes = c.nodes }, of "nodes")
  write("edges.h5", { edges = c.edges }, of "edges")
  write("spikes.h5", { spikes = c.spikes }, c.spike_attributes)
  put("node_types.csv", c.node_types)
  put("edge_types.csv", c.edge_types)
  put("e.json", c.e_json or '{"v_th": -52, "tau_m": 10}')
  put("i.json", c.i_json or '{"v_th": -48, "I": 5}')
  put("circuit.json", c.config or [[{ "manifest": { "$NETWORK": "${configdir}" }, "components": { "point_neuron_models_dir": "$NETWORK" }, "networks": {
    "nodes": [{ "nodes_file": "$NETWORK/nodes.h5", "node_types_file": "$NETWORK/node_types.csv" }],
    "edges": [{ "edges_file": "$NETWORK/edges.h5", "edge_types_file": "$NETWORK/edge_types.csv" }] } }]])
  put("simulation.json", c.simulation or [[{ "network": "circuit.json", "run": { "dt": 0.5, "tstop": 100 }, "conditions": { "v_init": -80 },
    "inputs": { "thalamus": { "input_type": "spikes", "module": "h5", "input_file": "spikes.h5", "node_set": "lgn" } } }]])
end

local function with(opt)
  local all = { config = folder .. "simulation.json", neurons = { ["nest:iaf"] = lp.models.LIF }, synapses = { [10] = "exc", [11] = { target = "inh", scale = 2 } },
    warnings = false }
  for name, value in pairs(opt or {}) do all[name] = value or nil end
  return lp.from_sonata(all)
end

--- What a network does: spikes of the first population that has a v, and its v.
local function run(net, pop)
  local spikes, rows = net:record(pop, "spike"), net:record(pop, "v")
  net:run(60)
  return { spikes.t:table(), spikes.neuron:table(), rows.v:flatten():table() }
end

describe("a SONATA circuit", function()
  it("becomes the network that a script would make", function()
    save(circuit())
    local net, made = with()
    assert.equal(0.5, net.dt)
    assert.same({ "the condition 'v_init'" }, made.missing)
    local own = lp.network { dt = 0.5 }
    local lgn = own:spike_source { size = 3, neuron = { 2, 3, 1, 2 }, t = { 1, 2, 3, 10 } }
    local v1 = own:population { size = 5, neuron = lp.models.LIF, parameters = { I = { 21, 5, 22, 5, 23 }, v_th = { -52, -48, -52, -48, -52 }, tau_m = { 10, 20, 10, 20, 10 } } }
    own:project { from = lgn, to = v1, target = "exc", connect = lp.pairs({ 1, 2, 3 }, { 1, 2, 4 }), weights = { 1, 2, 4 }, delays = { 3, 3, 2 } }
    own:project { from = lgn, to = v1, target = "inh", connect = lp.pairs({ 3, 1, 2 }, { 3, 5, 5 }), weights = { 6, 10, 12 }, delays = { 2, 1, 1 } }
    local cells = net.populations.v1
    assert.same(run(own, v1), run(net, cells))
    assert.same({ 7, 5, 6 }, made.nodes.lgn.parts[1].node_id:table())
    assert.same({ 1, 4, 2, 5, 3 }, made.nodes.v1.x:table())
    assert.equal('a "quoted" one', made.nodes.v1.note[3])
    assert.same({ net.projections.lgn_v1_1, net.projections.lgn_v1_2 }, made.edges.lgn_v1)
  end)

  it("has a population for each model, names for parameters, Poisson neurons where that is said", function()
    local c = circuit()
    c.node_types = c.node_types:gsub("101 v1 point_neuron nest:iaf", "101 v1 point_neuron nest:other")
    c.e_json = '{"V_th": -52, "C_m": 200, "g_L": 10, "V_m": -60}'
    save(c)
    local net, made = with { config = folder .. "circuit.json", net = lp.network { dt = 1 }, neurons = {
      [100] = { neuron = lp.models.LIF, parameters = { v_th = "V_th", tau_m = function(p) return p.C_m / p.g_L end, v = "V_m", E_L = -70 } },
      ["nest:other"] = lp.models.LIF, lgn = { rates = 20 },
    } }
    local first, second = net.populations.v1_LIF, net.populations.v1_LIF_2
    assert.same({ 3, 2, 3 }, { first.size, second.size, net.populations.lgn.size })
    assert.same({ -52, 20, -70, -60 }, { first.v_th[1], first.tau_m[2], first.E_L[3], first.v[1] })
    assert.same({ 0, 2, 4 }, made.nodes.v1.parts[1].node_id:table())
    assert.equal(3, #net.projections)
    assert.equal(20, net.populations.lgn.rates[1])
    local p = net.projections.lgn_v1_1          -- edges 0 of type 10 to nodes of type 100
    assert.same({ 1, { 1 }, { 1 } }, { p.size, p.pre:table(), p.post:table() })
  end)

  it("may leave out ids, groups and types", function()
    local c = circuit()
    c.nodes.v1.node_id = nil
    c.nodes.lgn = { node_type_id = whole { 200, 200, 200 } }
    c.edges.lgn_v1.source_node_id = whole { 0, 1, 2, 2, 0, 1 }
    c.edges.lgn_v1.edge_group_id, c.edges.lgn_v1.edge_group_index = nil, nil
    c.edges.lgn_v1["0"].nsyns = whole { 1, 1, 2, 1, 1, 3 }
    save(c)
    local net = lp.from_sonata { nodes = { { nodes_file = folder .. "nodes.h5", node_types_file = folder .. "node_types.csv" } }, edges = { { edges_file = folder .. "edges.h5" } },
      neurons = { v1 = lp.models.LIF }, synapses = { lgn_v1 = "exc" }, components = folder, warnings = false }
    local p = net.projections.lgn_v1
    local w = {}
    for k = 1, p.size do w[p.pre[k] * 10 + p.post[k]] = p.w[k] end
    assert.same({ [11] = 6, [22] = 5, [33] = 8, [34] = 3, [15] = 2, [25] = 3 }, w)
  end)

  it("has spikes in any order, in seconds, or without a population as they were once", function()
    local c = circuit()
    local function spikes_of(net)
      local r = net:record(net.populations.lgn, "spike")
      net:run(20)
      return { r.t:table(), r.neuron:table() }
    end
    save(c)
    local wanted = spikes_of((with()))
    c.spikes.lgn = { timestamps = lp.array { 0.010, 0.002, 0.001, 0.003 }, node_ids = whole { 5, 6, 5, 7 } }
    c.spike_attributes = { ["spikes/lgn"] = { sorting = "none" }, ["spikes/lgn/timestamps"] = { units = "seconds" } }
    save(c)
    assert.same(wanted, spikes_of((with())))
    c.spikes, c.spike_attributes = { timestamps = lp.array { 1, 2, 3, 10 }, gids = whole { 5, 6, 7, 5 } }, nil
    save(c)
    assert.same(wanted, spikes_of((with { config = folder .. "circuit.json", spikes = folder .. "spikes.h5", net = lp.network { dt = 0.5 } })))
  end)

  it("that is written is read again to the same bits", function()
    local function make()
      local net = lp.network { dt = 0.1, seed = 3 }
      local given = net:spike_source { name = "given", size = 30, neuron = lp.arange(1, 30), t = lp.arange(1, 30) }
      local e = net:population { name = "E", size = 20, neuron = lp.models.LIF, parameters = { I = lp.uniform(10, 20), tau_m = 15 } }
      local i = net:population { name = "I", size = 5, neuron = lp.models.Izhikevich }
      net:project { name = "feed", from = given, to = e, target = "exc", connect = lp.fixed_probability(0.3), synapse = lp.models.STDP { w_max = 3 },
        weights = lp.uniform(0, 1), delays = lp.uniform(1, 3) }
      net:project { name = "ei", from = e, to = i, target = "exc", connect = lp.all_to_all(), weights = 0.5, delays = 2 }
      net:project { name = "ie", from = i, to = e:slice(3, 9), target = "inh", connect = lp.fixed_number_pre(2), weights = lp.uniform(0, 1) }
      return net
    end
    local net = make()
    net:every(10, function() end)
    assert.same({ "the spikes of 'given'", "a function" }, lp.to_sonata(net, folder .. "v1.json"))
    local again = lp.from_sonata { config = folder .. "v1.json", net = lp.network { dt = 0.1 }, warnings = false }
    again.populations.given:set_spikes(lp.arange(1, 30), lp.arange(1, 30))
    local other = make()
    assert.same(run(other, other.populations.E), run(again, again.populations.E))
    for _, p in ipairs(other.projections) do
      local q = again.projections[p.name]
      assert.is_true(p.pre:copy() == q.pre:copy() and p.post:copy() == q.post:copy() and p.w:copy() == q.w:copy() and p.delays:copy() == q.delays:copy())
    end
    assert.matches("^edge_type_id population target model_template dynamics_params syn_weight delay\n100 feed exc lunapse:STDP v1_feed.json NULL NULL\n", get "v1_edge_types.csv")
    assert.error_matches(function() lp.to_sonata(net, folder .. "v1") end, 'must end in ".json", got')
    assert.error_matches(function() lp.to_sonata(net, folder .. "none/v1.json") end, "no such folder")
    assert.error_matches(function() lp.to_sonata {} end, "lp.to_sonata: a network expected, or a recording of variables, got a table")
  end)
end)

describe("a mistake in SONATA files is one sentence", function()
  --- Change a circuit, and what is said of it.
  local function says(expected, change, opt)
    local c = circuit()
    change(c)
    save(c)
    local ok, message = pcall(with, opt)
    assert.is_false(ok, expected)
    message = message:gsub("^.-lp%.from_sonata: ", ""):gsub(folder:gsub("%p", "%%%0"), "")
    assert.equal(expected, message)
  end
  local function none() end

  it("of files", function()
    says("cannot read 'none.json': no such file", none, { config = folder .. "none.json" })
    says("cannot read 'circuit.json': line 1, column 11: ',' or '}' expected, got the end of the file", function(c) c.config = '{ "a": 12 ' end)
    says("'circuit.json' has no 'networks': it is no configuration of a circuit", function(c) c.config = "{}" end)
    says("'circuit.json': 'nodes[1]': unknown variable 'NETWROK': did you mean 'NETWORK'?",
      function(c) c.config = '{ "manifest": { "$NETWORK": "." }, "networks": { "nodes": [{ "nodes_file": "$NETWROK/nodes.h5" }] } }' end)
    says("'circuit.json': nodes[1] has no 'nodes_file'", function(c) c.config = '{ "networks": { "nodes": [{ "node_file": "a.h5" }] } }' end)
    says("cannot read 'lost.h5': no such file", function(c) c.config = '{ "networks": { "nodes": [{ "nodes_file": "lost.h5" }] } }' end)
    says("cannot read 'e.json': it is not an HDF5 file", none, { config = false, nodes = { { nodes_file = folder .. "e.json" } } })
    says("'edges.h5' holds no nodes: there is no group 'nodes' in it", none, { config = false, nodes = { { nodes_file = folder .. "edges.h5" } } })
    says("'nodes.h5' is no SONATA file: its attribute 'magic' is 7, not 0xA7A", function(c) c.attributes[""].magic = 7 end)
    says("'node_types.csv', line 1: there is no column 'node_type_id' between blanks (node_type_id,population)", function(c) c.node_types = "node_type_id,population\n1,v1\n" end)
    says("'node_types.csv', line 3 has 2 fields, and the header has 3", function(c) c.node_types = "node_type_id a b\n1 2 3\n1 2\n" end)
    says("'node_types.csv', line 3: node type 100 is there twice", function(c) c.node_types = "node_type_id model_template\n100 a\n100 b\n" end)
    says("'node_types.csv', line 2: node_type_id must be a whole number, got the text 'e4x'", function(c) c.node_types = "node_type_id\ne4x\n" end)
    says("'node_types.csv': dynamics_params: cannot read 'e.json': line 1, column 1: a value expected, got 'x'", function(c) c.e_json = "x" end)
  end)

  it("of tables", function()
    says("'nodes.h5': 'nodes/v1' has no 'node_type_id'", function(c) c.nodes.v1.node_type_id = nil end)
    says("'nodes.h5': 'nodes/v1/node_group_id' has 2 rows, and 'node_type_id' has 5", function(c) c.nodes.v1.node_group_id = whole { 0, 0 } end)
    says("'nodes.h5': node 1 is in the group 7, and there is no 'nodes/v1/7'", function(c) c.nodes.v1.node_group_id[2] = 7 end)
    says("'nodes.h5': node_group_index 9 is not in group 'nodes/v1/0', whose 'x' has 3 rows", function(c) c.nodes.v1.node_group_index[1] = 9 end)
    says("'nodes.h5': node_id 1 is there twice in 'nodes/v1'", function(c) c.nodes.v1.node_id[1] = 1 end)
    says("'nodes.h5': 'nodes/v1/node_id' must hold a whole number for each node", function(c) c.nodes.v1.node_id = lp.array { 0, 1, 2, 3.5, 4 } end)
    says("'nodes.h5': node type 102 of 'v1' is not in 'node_types.csv' (known: 100, 101, 200)", function(c) c.nodes.v1.node_type_id[1] = 102 end)
    says("'edges.h5': 'edges/lgn_v1/source_node_id' has no attribute 'node_population': it says whose nodes they are",
      function(c) c.attributes["edges/lgn_v1/source_node_id"] = nil end)
    says("'edges.h5': 'edges/lgn_v1/target_node_id' are of 'V2': unknown population 'V2': did you mean 'v1'?",
      function(c) c.attributes["edges/lgn_v1/target_node_id"].node_population = "V2" end)
    says("'edges.h5': 'edges/lgn_v1/target_node_id' 2 (the first is 0) is node 5, which 'v1' has not (5 nodes)", function(c) c.edges.lgn_v1.target_node_id[3] = 5 end)
    says("'edges.h5': 'edges/lgn_v1/source_node_id' 0 (the first is 0) is node 0, which 'lgn' has not (3 nodes)", function(c) c.edges.lgn_v1.source_node_id[1] = 0 end)
    says("edges of 'lgn_v1' have no syn_weight: synapses = { ['lgn_v1'] = { weights = ... } } gives them one", function(c) c.edges.lgn_v1["0"].syn_weight = nil end)
    says("'spikes.h5': unknown population 'LGM': did you mean 'lgn'?", function(c) c.spikes = { LGM = c.spikes.lgn } end)
    says("'spikes.h5': node_ids 1 (the first is 0) is node 9, which 'lgn' has not (3 nodes)", function(c) c.spikes.lgn.node_ids[2] = 9 end)
    says("'spikes.h5': 'spikes/lgn' has 4 timestamps and 1 node_ids", function(c) c.spikes.lgn.node_ids = whole { 5 } end)
    says("'spikes.h5': 'spikes/lgn/timestamps' are in 'hours': milliseconds or seconds expected",
      function(c) c.spike_attributes = { ["spikes/lgn/timestamps"] = { units = "hours" } } end)
  end)

  it("of what the script says", function()
    says("node type 100 of 'v1' (model_template 'nest:iaf') has no model: neurons = { ['nest:iaf'] = ... } gives it one", none, { neurons = false })
    says("option 'neurons': unknown type, template or population 'nest:iax': did you mean 'nest:iaf'?", none, { neurons = { ["nest:iax"] = lp.models.LIF } })
    says("option 'synapses': unknown type, template or population '500' (known: 10, 11, lgn_v1, nest:static)", none, { synapses = { [500] = "exc" } })
    says("edge type 11 of 'lgn_v1' (model_template 'nest:static'): which input does it act on? synapses = { [11] = \"exc\" } says it", none, { synapses = { [10] = "exc" } })
    says("neurons: node type 100 of 'v1': a model or a table expected, got the text 'LIF'", none, { neurons = { v1 = "LIF" } })
    says("neurons: node type 100 of 'v1': unknown option 'nueron': did you mean 'neuron'?", none, { neurons = { v1 = { nueron = lp.models.LIF } } })
    says("nodes of 'v1': dynamics_params: model 'LIF': unknown parameter 'V_th': did you mean 'v_th'?; parameters = { name = \"V_th\" } says which one it is, "
      .. "without = { \"V_th\" } that it is left out", function(c) c.e_json = '{"V_th": 3}' end)
    says("nodes of 'v1': parameter 'v_th': dynamics_params: unknown name 'v_treshold' (known: I, tau_m, v_th)", none,
      { neurons = { v1 = { neuron = lp.models.LIF, parameters = { v_th = "v_treshold" } } } })
    says("unknown option 'neuron': did you mean 'neurons'?", none, { neuron = {} })
    says("either 'config', or 'nodes' and 'edges' can be given", none, { nodes = {} })
    save(circuit())
    local net = with()
    net:run(10)          -- and a file is no worse for it
  end)
end)

describe("a SONATA report", function()
  local function recorded(opt)
    local net = lp.network { dt = 0.5, seed = 3 }
    local cells = net:population { name = "cells", size = 4, neuron = lp.neuron { name = "c", equations = "dv/dt = (Normal(0, 1) * mV - v) / ms : mV\nu = v / mV" } }
    return net, net:record(cells, opt.names or "v", { every = opt.every, of = opt.of })
  end

  it("holds a variable of a recording, to the bit, and is read again", function()
    local net, rows = recorded { names = { "v", "u" }, every = 2, of = { 3, 1 } }
    net:run(20)
    lp.to_sonata(rows, folder .. "v.h5", { variable = "v" })
    local read = lp.from_sonata_report(folder .. "v.h5").cells
    assert.same({ "mV", { 2, 0 }, 10 }, { read.unit, read.node_id:table(), rows:count() })
    assert.is_true(read.data == rows.v)
    assert.is_true(read.t == rows.t)
    if not HAS_H5PY then return end
    assert.equal("float64 (10, 2) mV uint64 [2, 0] False uint64 [0, 1, 2] uint32 float32 [2.0, 22.0, 2.0] ms 0xa7a\n", (python [==[
f = h5py.File('v.h5', 'r'); g = f['report/cells']; m = g['mapping']
print(g['data'].dtype, g['data'].shape, g['data'].attrs['units'], m['node_ids'].dtype, m['node_ids'][:].tolist(), m['node_ids'].attrs['sorted'],
  m['index_pointers'].dtype, m['index_pointers'][:].tolist(), m['element_ids'].dtype, m['element_pos'].dtype, m['time'][:].tolist(),
  m['time'].attrs['units'], hex(f.attrs['magic']))]==]))
  end)

  it("of another program may have several elements of a node, and seconds", function()
    if not HAS_H5PY then return end
    python [==[
for name, pointers in ('all.h5', [0, 2, 2, 3]), ('short.h5', [0, 2, 2]), ('bad.h5', [0, 2, 1, 3]):
  with h5py.File(name, 'w') as f:
    g = f.create_group('report/v1')
    g.create_dataset('data', data=np.arange(12, dtype='>f4').reshape(4, 3), chunks=(2, 3)).attrs['units'] = 'mV'
    m = g.create_group('mapping')
    m['node_ids'] = np.array([4, 9, 2], 'u8'); m['index_pointers'] = np.array(pointers, 'u8'); m['element_ids'] = np.array([0, 7, 0], 'u4')
    m.create_dataset('time', data=[0.001, 0.005, 0.001]).attrs['units'] = 's']==]
    for _, name in ipairs { "all.h5", "short.h5" } do
      local v = lp.from_sonata_report(folder .. name).v1
      assert.same({ 4, 4, 2 }, v.node_id:table())
      assert.same({ 0, 7, 0 }, v.element_id:table())
      assert.same({ 1, 2, 3, 4 }, v.t:table())
      assert.same({ 2, 5, 8, 11 }, v.data:column(3):table())
    end
    assert.error_matches(function() lp.from_sonata_report(folder .. "bad.h5") end, "bad.h5': index_pointers 1 of 'report/v1/mapping' are columns 2 to 0, of 3$")
  end)

  it("is refused where it cannot be one", function()
    local net, rows = recorded { names = { "v", "u" } }
    local function says(expected, ...)
      local ok, message = pcall(...)
      assert.is_false(ok)
      assert.truthy(tostring(message):find(expected, 1, true), message)
    end
    says("lp.to_sonata: nothing was recorded yet", lp.to_sonata, rows, folder .. "x.h5", { variable = "v" })
    net:run(2)
    says("lp.to_sonata: a report holds one variable, and this recording has v, u: say which, { variable = \"v\" }", lp.to_sonata, rows, folder .. "x.h5")
    says("unknown variable 'w'", lp.to_sonata, rows, folder .. "x.h5", { variable = "w" })
    says("the name of a report must end in \".h5\", got 'x.json'", lp.to_sonata, rows, "x.json", { variable = "v" })
    rows:pause()
    net:run(3)
    rows:resume()
    net:run(1)
    says("row 5 is at 5.5 ms, and 2.5 ms is expected (did the recording pause?)", lp.to_sonata, rows, folder .. "x.h5", { variable = "v" })
    local loop = net:project { from = net.populations.cells, to = net.populations.cells, connect = lp.one_to_one(), synapse = lp.synapse { equations = "dw/dt = -w / (10 * ms)" } }
    says("a report of SONATA is one of neurons", lp.to_sonata, net:record(loop, "w"), folder .. "x.h5")
    assert.is_nil(io.open(folder .. "x.h5"))
    lp.write(folder .. "x.h5", { spikes = { 1 } })
    says("x.h5' is no report: there is no group 'report' in it", lp.from_sonata_report, folder .. "x.h5")
    lp.write(folder .. "x.h5", { report = { v1 = { data = lp.zeros(2, 3) } } })
    says("x.h5' holds no dataset of numbers 'report/v1/mapping/time'", lp.from_sonata_report, folder .. "x.h5")
  end)
end)

if HAS_H5PY then
  describe("h5py", function()
    it("reads circuits and spikes that were written, and makes others: other types of numbers, texts, enumerations, indices", function()
      local own = lp.network { dt = 1, seed = 2 }
      local a = own:population { name = "A", size = 3, neuron = lp.models.LIF, parameters = { I = { 20, 30, 40 } } }
      own:project { name = "loop", from = a, to = a, target = "exc", connect = lp.pairs({ 1, 3 }, { 2, 1 }), weights = { 0.25, 0.5 }, delays = 2 }
      lp.to_sonata(own, folder .. "c.json")
      local fired = own:record(a, "spike")
      own:run(50)
      fired:save(folder .. "out.h5")
      save(circuit())
      local out = python [==[
n, e, s = (h5py.File(f, 'r') for f in ('c_nodes.h5', 'c_edges.h5', 'out.h5'))
print([hex(f.attrs['magic']) for f in (n, e, s)], n.attrs['version'].tolist())
g = n['nodes/A']; print(g['node_id'][:].tolist(), g['node_type_id'][:].tolist(), g['node_group_index'][:].tolist(), g['0/dynamics_params/I'][:].tolist())
g = e['edges/loop']; print(g['source_node_id'][:].tolist(), g['target_node_id'][:].tolist(), g['0/syn_weight'][:].tolist(), g['source_node_id'].attrs['node_population'])
g = s['spikes/A']; print(g['timestamps'].dtype, g['timestamps'].attrs['units'], len(g['node_ids']), g['node_ids'][:].max())

with h5py.File('nodes.h5', 'w') as f:
  f.attrs['magic'] = np.uint32(0x0A7A); f.attrs['version'] = np.array([0, 1], 'u4')
  g = f.create_group('nodes/v1')
  g['node_id'] = np.arange(5, dtype='u8'); g['node_type_id'] = np.array([100, 101, 100, 101, 100], 'u4')
  g['node_group_id'] = np.zeros(5, 'u2'); g['node_group_index'] = np.arange(5, dtype='u4')
  g['0/model_template'] = np.array([0, 1, 0, 1, 0], 'u1'); g['0/@library/model_template'] = ['a:one', 'a:two']
  g['0/dynamics_params/I'] = np.array([21, 5, 22, 5, 23], 'f4'); g['0/layer'] = np.array([b'L4', b'L5', b'L4', b'L5', b'L4'])
  g = f.create_group('nodes/lgn'); g['node_type_id'] = np.full(3, 200, 'i4')
  g['node_group_id'] = np.zeros(3, 'i8'); g['node_group_index'] = np.arange(3); g.create_group('0')
with h5py.File('edges.h5', 'w') as f:
  g = f.create_group('edges/lgn_v1')
  g.create_dataset('source_node_id', data=np.array([0, 1, 2], 'u8')).attrs['node_population'] = 'lgn'
  g.create_dataset('target_node_id', data=np.array([0, 1, 4], 'u8'), compression='gzip').attrs['node_population'] = np.bytes_('v1')
  g['edge_type_id'] = np.full(3, 10, 'u4'); g['edge_group_id'] = np.zeros(3, 'u2'); g['edge_group_index'] = np.arange(3, dtype='u4')
  g['0/syn_weight'] = np.array([1, 2, 3], 'f4'); g['0/delay'] = np.full(3, 1.5, 'f4')
  g['indices/source_to_target/node_id_to_range'] = np.zeros((3, 2), 'i8')
with h5py.File('spikes.h5', 'w') as f:
  g = f.create_group('spikes/lgn')
  g.attrs.create('sorting', 1, dtype=h5py.enum_dtype({'none': 0, 'by_id': 1, 'by_time': 2}, basetype='u1'))
  g['timestamps'] = np.array([3., 1., 2.]); g['timestamps'].attrs['units'] = 'ms'; g['node_ids'] = np.array([0, 1, 2], 'u8')]==]
      is_there = {}
      local net, made = with { neurons = { ["a:one"] = lp.models.LIF, ["a:two"] = { neuron = lp.models.IF_curr_exp, without = { "I", "v_th" } } }, synapses = { [10] = "exc" } }
      assert.same({ "L4", "L5", "L4", "L5", "L4" }, made.nodes.v1.layer)
      assert.same({ 21, 22, 23 }, net.populations.v1_LIF.I:copy():table())
      assert.same({ 2, 1 }, { made.edges.lgn_v1[1].size, made.edges.lgn_v1[2].size })
      assert.same({ 1, 3 }, made.edges.lgn_v1[1].w:copy():table())
      assert.equal(1.5, made.edges.lgn_v1[2].delay)
      local spikes = net:record(net.populations.lgn, "spike")
      net:run(10)
      assert.same({ 2, 3, 1 }, spikes.neuron:table())
      assert.equal(("['0xa7a', '0xa7a', '0xa7a'] [0, 1]\n[0, 1, 2] [100, 100, 100] [0, 1, 2] [20.0, 30.0, 40.0]\n[0, 2] [1, 0] [0.25, 0.5] A\n"
        .. "float64 milliseconds %d 2\n"):format(fired:count()), out)
    end)
  end)
end
