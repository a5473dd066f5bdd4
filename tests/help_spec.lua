-- Everything that a user can reach has a docstring with its types; lp.help finds it; docs/api.md is what the sources say.

local lp = require "lunapse"
local docstrings = require "lunapse.help.docstrings"
local help = require "lunapse.help"

local function text_of(x) return tostring(help.page(x)) end

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "a"
  file:close()
  return text
end

describe("everything public", function()
  local entries = require("lunapse.help.index").entries()

  it("is many things", function()
    local n = {}
    for _, e in ipairs(entries) do n[e.kind] = (n[e.kind] or 0) + 1 end
    assert.is_true(n["function"] > 80, n["function"])
    assert.is_true(n.method > 200, n.method)
    assert.is_true(n.class >= 10 and n.model >= 20 and n.page >= 10)
  end)

  for _, e in ipairs(entries) do
    if e.kind ~= "page" then
      it(e.name .. " is described", function()
        assert.truthy(e.doc, "no docstring")
        assert.is_true(#e.doc.text > 0 and e.doc.text[1] ~= "", "no sentence")
        if e.kind ~= "function" and e.kind ~= "method" then return end
        local typed = {}
        for _, p in ipairs(e.doc.params) do
          typed[p.name] = true
          assert.is_true(p.type ~= "", "no type of " .. p.name)
        end
        for name in (e.doc.args or ""):gmatch "[%w_]+" do assert.truthy(typed[name] or name == "self", "no ---@param " .. name) end
        local given = {}
        for name in (e.doc.args or ""):gmatch "[%w_%.]+" do given[name] = true end
        for name in pairs(typed) do
          if e.doc.args then assert.truthy(given[name], ("---@param %s, but there is no such argument"):format(name)) end
        end
      end)
    end
  end

  it("misses nothing that lp lists", function()
    local known = {}
    for _, e in ipairs(entries) do known[e.name] = true end
    for _, name in ipairs(getmetatable(lp).__complete()) do assert.truthy(known["lp." .. name] or name == "models", name) end
  end)

  it("misses no method of objects that a user holds", function()
    local net = lp.network()
    local pop = net:population { size = 2, neuron = lp.models.LIF }
    local objects = { net = net, pop = pop, proj = net:project { from = pop, to = pop, target = "exc", connect = lp.all_to_all() }, fig = lp.figure(),
      spikes = net:record(pop, "spike"), rec = net:record(pop, "v"), op = net:every(1, function() end), a = lp.zeros(1),
      input = net:poisson_input { to = pop, target = "exc", rate = 1 } }
    local known = {}
    for _, e in ipairs(entries) do known[e.name] = true end
    for var, object in pairs(objects) do
      local meta = getmetatable(object)
      local names = meta.__complete and meta.__complete(object) or {}
      for _, name in ipairs(names) do
        local ok, value = pcall(function() return object[name] end)
        if ok and type(value) == "function" then assert.truthy(known[var .. ":" .. name], var .. ":" .. name) end
      end
    end
  end)
end)

describe("a docstring", function()
  it("is read with its tags, several on a line, types with spaces", function()
    local list = docstrings.read [[
--- Does a thing. And more.
---@param a { x?: number, y: string }  what it is  @param b? fun(t: number, n: integer): boolean
---@return Array  [n]
--- Errors: none.
function room.thing(a, b) end
]]
    local doc = list[1]
    assert.equal("room.thing", doc.name)
    assert.equal("a, b", doc.args)
    assert.same({ "Does a thing. And more.", "Errors: none." }, doc.text)
    assert.same({ { name = "a", type = "{ x?: number, y: string }", text = "what it is", is_optional = false },
      { name = "b", type = "fun(t: number, n: integer): boolean", text = "", is_optional = true } }, doc.params)
    assert.same({ { type = "Array", text = "[n]" } }, doc.returns)
  end)

  it("of a local function belongs to nobody else", function()
    assert.same({}, docstrings.read "\n--- Mine.\nlocal function mine() end\n\nlocal x = 1\n")
    local list = docstrings.read "--- The file.\n\n--- Mine.\nlocal function mine() end\nfunction room.open() end\n"
    assert.equal("The file.", list[1].text[1])
    assert.same({}, list[2].text)
  end)
end)

describe("lp.help", function()
  it("explains functions, methods, models, objects and names", function()
    assert.truthy(text_of(lp.fixed_probability):find "^lp.fixed_probability%(p, opt%)\n  Every pair with probability")
    assert.equal(text_of(lp.fixed_probability), text_of "fixed_probability")
    assert.truthy(text_of "net:run":find "^net:run%(duration, opt%)\n")
    assert.equal(text_of "net:run", text_of "Network:run")
    assert.truthy(text_of "net:explain":find "^net:explain%(%)\n")
    assert.truthy(text_of(lp.models.STDP):find("tau_plus  * dx/dt = -x", 1, true))
    assert.truthy(text_of(lp.models.STDP { w_max = 2 }):find "^lp%.models%.STDP")
    local net = lp.network()
    local pop = net:population { size = 1, neuron = lp.models.LIF }
    assert.truthy(text_of(net):find "net:population%(opt%)")
    assert.truthy(text_of(pop):find "pop:compute_rate%(window%)")
    assert.truthy(text_of(net:record(pop, "spike")):find "spikes:mean_rate%(")
    assert.truthy(text_of(lp.zeros(2)):find "a:histogram%(bins, low, high%)")
    assert.truthy(text_of(lp.figure()[1]):find "fig%[1%]:raster%(")
    assert.truthy(text_of(lp.units):find "mV")
    local own = lp.neuron { name = "own", equations = "dv/dt = -v" }
    assert.truthy(text_of(own):find "^neuron model 'own'")
  end)

  it("searches words, and suggests where it finds none", function()
    local found = text_of "correlogram"
    assert.truthy(found:find "spikes:correlogram")
    assert.truthy(text_of "misspelt name":find "refused%.md")
    assert.truthy(text_of "report_every":find "net:run")
    assert.equal("nothing about 'histogrm'; did you mean 'histogram'?", text_of "histogrm")
    assert.truthy(text_of(nil):find "lp.help%(x%) explains")
    assert.equal("no help for a boolean; lp.help() lists what there is", text_of(true))
  end)

  it("prints", function()
    local printed
    local print_before = print
    _G.print = function(x) printed = tostring(x) end
    lp.help(lp.one_to_one)
    _G.print = print_before
    assert.equal(text_of(lp.one_to_one), printed)
  end)
end)

describe("a word", function()
  local peers = require "lunapse.help.peers"

  for word, expected in pairs {
    dopamine = "docs/cookbook.md: Let a reward gate", reward = "docs/cookbook.md: Let a reward gate", progress = "net:run(", csv = "s:save(path)", colormap = "fig[1]:image(",
    viridis = "fig[1]:image(", ["third factor"] = "docs/tour.md", sixel = "fig:show", whitespace = "nothing about", Freedman = "fig[1]:histogram",
    Philox4x32 = "docs/inside.md: Random numbers", XDG_CACHE_HOME = "docs/inside.md", LUNAPSE_CC_TIMEOUT = "docs/inside.md", drive = "docs/hearing.md: Driving neurons",
    ["fixed_probability"] = "Every pair with probability", outline = "fig[1]:histogram(",
  } do
    it("is found where it is explained: " .. word, function()
      local text = text_of(word)
      assert.truthy(text:find(expected, 1, true), text)
    end)
  end

  for word, expected in pairs {
    SpikeGeneratorGroup = "net:spike_source", PoissonGroup = "net:poisson", StateMonitor = "net:record", SpikeMonitor = "net:record", NeuronGroup = "net:population",
    Synapses = "net:project", run_regularly = "pop:run_regularly", network_operation = "net:every", TimedArray = "lp.timed_array", summed = "docs/cookbook.md: Sum over",
    Monitor = "net:record", get_record = "net:record", iaf_psc_alpha = "lp.models.IF_curr_alpha", stdp_synapse = "lp.models.STDP", FromListConnector = "lp.sparse",
    imshow = "fig[1]:image", poisson_generator = "net:poisson", simulate = "net:run", neurongroup = "net:population", PopulationRateMonitor = "spikes:population_rate",
    connect_from_sparse = "lp.sparse", parallel_run = "lp.sweep", Gammatone = "hearing.gammatone", ["unless refractory"] = "docs/language.md: Flags",
  } do
    it("of another program leads to ours: " .. word, function()
      local text = text_of(word)
      assert.truthy(text:find(expected, 1, true), text)
    end)
  end

  it("of another program leads there from the error of who calls it, too", function()
    local net = lp.network {}
    local cells = net:population { size = 2, neuron = lp.models.LIF }
    for text, call in pairs {
      ["unknown name 'NeuronGroup': another program's word, here see net:population, lp.neuron"] = function() return lp.NeuronGroup end,
      ["unknown field 'simulate': another program's word, here see net:run"] = function() return net.simulate end,
      ["unknown variable 'compute_firing_rate': another program's word, here see pop:compute_rate"] = function() return cells.compute_firing_rate end,
      ["unknown name 'TimedArray': did you mean 'timed_array'?"] = function() return lp.TimedArray end,
    } do
      local ok, message = pcall(call)
      assert.is_true(not ok and tostring(message):find(text, 1, true) ~= nil, message)
    end
  end)

  it("of another program leads to what there is", function()
    local known, seen = {}, {}
    for _, e in ipairs(require("lunapse.help.index").entries()) do known[e.name] = true end
    for _, row in ipairs(peers.rows) do
      for word in (row[2] .. ", "):gmatch "(.-), " do
        assert.falsy(seen[word:lower()], word)
        seen[word:lower()] = true
        local peer = peers.find(word:upper())
        assert.truthy(#peer.names > 0)
        for _, name in ipairs(peer.names) do assert.truthy(known[name], word .. ": " .. name) end
      end
    end
  end)

  it("of a message leads to it, with or without the values in it", function()
    assert.truthy(text_of "holds a zero byte":find("message: ...: the name of the file holds a zero byte", 1, true))
    local _, message = pcall(function() return lp.network():record(lp.network():population { size = 1, neuron = lp.models.LIF }, "v") end)
    assert.truthy(text_of(message):find("belongs to another network", 1, true), text_of(message))
    _, message = pcall(lp.matrix, { { 1 }, 2 })
    assert.truthy(text_of(message):find("message: lp.matrix: row ... is no list but a ...", 1, true), text_of(message))
  end)

  it("of all documents is looked for", function()
    local names = {}
    for _, e in ipairs(require("lunapse.help.index").entries()) do
      if e.kind == "page" then names[e.name:match "^docs/(.-)%.md"] = true end
    end
    for _, name in ipairs(require("lunapse.core.host").list_folder "docs") do
      name = name:match "^(.*)%.md$"
      if name and name ~= "api" and name ~= "README" then assert.truthy(names[name], name) end
    end
    for _, e in ipairs(require("lunapse.help.index").entries()) do assert.falsy(e.name:find("A. Model summary", 1, true)) end     -- a heading within a block of code
  end)
end)

describe("the stubs for editors", function()
  --- Names of functions (and methods, under the class's name) that a stub file declares.
  local function declared(module)
    local names = {}
    for _, doc in ipairs(docstrings.read(read(("lua/lunapse/meta/%s.lua"):format(module)))) do
      if doc.name then names[doc.name:match "[^.:]+$"] = doc end
    end
    return names
  end

  --- Metatables of the userdata of each C module.
  local types = {
    engine = { "network", "population", "projection", "bound", "operation", "recorder", "spike_recorder" }, kernel = { "program", "native" },
    canvas = { "canvas" }, array = {}, sound = {}, numeric = {}, host = {}, process = {}, ranks = {},
  }

  for module, handles in pairs(types) do
    it("name every function of lunapse.core." .. module, function()
      local found, names = require("lunapse.core." .. module), declared(module)
      local function check(t)
        for name, value in pairs(t) do
          if type(value) == "function" and name:sub(1, 2) ~= "__" then assert.truthy(names[name], module .. ".lua has no " .. name) end
        end
      end
      check(found)
      if found.methods then check(found.methods) end
      for _, handle in ipairs(handles) do check(debug.getregistry()["lunapse." .. handle].__index) end
    end)
  end

  for _, module in ipairs { "engine", "kernel", "host", "process", "array", "axes", "numeric", "ranks" } do
    it("say what each function of " .. module .. " does, with the types of its arguments", function()
      for name, doc in pairs(declared(module)) do
        assert.is_true(#doc.text > 0, name)
        local typed = {}
        for _, p in ipairs(doc.params) do typed[p.name] = true end
        for argument in (doc.args or ""):gmatch "[%w_]+" do assert.truthy(typed[argument], name .. ": no type of " .. argument) end
      end
    end)
  end
end)

describe("docs/api.md", function()
  it("is what the sources say ('make docs' writes it)", function()
    assert.is_true(read "docs/api.md" == help.markdown(), "docs/api.md is old: run make docs")
  end)
end)
