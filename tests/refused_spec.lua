-- What is refused half way changes nothing: the network is as if nobody had asked, to the bit, now and later, and its file can be loaded.

local lp = require "lunapse"
local stored = require "lunapse.network.stored"

local EACH = lp.neuron { name = "each", parameters = { tau = 10, hits = 0, total = 0 }, equations = "dv/dt = -v/tau + g_exc + hits\n y := v*2",
  spike = "v > 1", reset = "v = 0" }
local READER = lp.neuron { equations = "dv/dt = mod.v - v" }
local SUM = lp.synapse { equations = "post.total = sum(w)", pre_spike = "g_target += w" }
local HIT = lp.synapse { parameters = { a = 1 }, pre_spike = "post.hits += w*a" }
local FILE = os.tmpname()
os.remove(FILE)
local PATH = FILE .. ".h5"

local function made()
  local net = lp.network { dt = 0.5, seed = 3, warnings = false }
  local p = net:population { name = "p", size = 4, neuron = EACH }
  local q = net:poisson { name = "q", size = 3, rates = 100 }
  local s = net:project { name = "s", from = q, to = p, synapse = SUM, connect = lp.all_to_all(), weights = lp.uniform(0, 1), target = "exc" }
  net:record(p, "v")
  return net, p, q, s
end

local function rows(...) return lp.timed_array({ { ... } }, { dt = 1 }) end
local function mine() error "mine" end

--- Each is refused, most of them late: a clock, neurons, synapses, shared variables or recorders are there by then.
local refused = {
  ["Poisson neurons with a rate below 0"] = function(net) net:poisson { size = 2, rates = -1 } end,
  ["Poisson neurons with too many rates, and a clock of their own"] = function(net) net:poisson { size = 2, rates = { 1, 2, 3 }, dt = 3 } end,
  ["Poisson neurons with a text that is none"] = function(net) net:poisson { size = 2, rates = "zz" } end,
  ["Poisson neurons with a drive of something else"] = function(net) net:poisson { size = 2, rates = 5, drive = { foo = rows(1) } } end,
  ["Poisson neurons driven by too many channels"] = function(net) net:poisson { size = 2, rates = rows(1, 2, 3) } end,
  ["a spike source without such a neuron"] = function(net) net:spike_source { size = 2, neuron = { 3 }, t = { 1 }, dt = 1.5 } end,
  ["a spike source with times that are none"] = function(net) net:spike_source { size = 2, neuron = { 1 }, t = { 0 / 0 } } end,
  ["neurons with too many values"] = function(net) net:population { size = 2, neuron = EACH, parameters = { tau = { 1, 2, 3 } }, dt = 2 } end,
  ["neurons without their reference"] = function(net) net:population { size = 2, neuron = READER } end,
  ["neurons driven by too many channels"] = function(net) net:population { size = 2, neuron = EACH, drive = { v = rows(1, 2, 3) } } end,
  ["synapses with too few weights"] = function(net, p, q) net:project { from = q, to = p, connect = lp.all_to_all(), weights = { 1, 2 }, target = "exc" } end,
  ["synapses with a delay below 0"] = function(net, p, q)
    net:project { from = q, to = p, connect = lp.all_to_all(), weights = lp.uniform(0, 1), delays = -1, target = "exc" }
  end,
  ["synapses with a parameter that is no text"] = function(net, p, q)
    net:project { from = q, to = p, synapse = HIT, connect = lp.all_to_all(), parameters = { a = "nonsense" } }
  end,
  ["synapses with weights that are no text"] = function(net, p, q) net:project { from = q, to = p, synapse = HIT, connect = lp.all_to_all(), weights = "zz(" } end,
  ["synapses whose weights raise"] = function(net, p, q) net:project { from = q, to = p, synapse = HIT, connect = lp.all_to_all(), weights = mine } end,
  ["synapses that write what others sum"] = function(net, p, q)
    net:project { from = q, to = p, synapse = lp.synapse { equations = "post.total = max(w)" }, connect = lp.all_to_all() }
  end,
  ["synapses that share a sum, with a bad parameter"] = function(net, p, q)
    local more = lp.synapse { parameters = { b = 1 }, equations = "post.total = sum(b*w) : every = 1", pre_spike = "g_target += w" }
    net:project { from = q, to = p, synapse = more, connect = lp.all_to_all(), target = "exc", parameters = { b = "b +" } }
  end,
  ["synapses whose connector raises"] = function(net, p, q) net:project { from = q, to = p, target = "exc", connect = lp.generator(mine) } end,
  ["synapses whose connector adds neurons"] = function(net, p, q)
    net:project { from = q, to = p, target = "exc", connect = lp.generator(function() net:poisson { size = 1, rates = 1 } end) }
  end,
  ["synapses whose weights run the network"] = function(net, p, q)
    net:project { from = q, to = p, target = "exc", connect = lp.all_to_all(), weights = function() net:run(1) end }
  end,
  ["synapses whose weights remove their neurons"] = function(net, p, q, s)
    net:project { from = q, to = p, target = "exc", connect = lp.all_to_all(), weights = function() s:remove() end }
  end,
  ["Poisson input with a rate below 0"] = function(net, p) net:poisson_input { to = p, target = "exc", rate = -1 } end,
  ["Poisson input of too few sources"] = function(net, p) net:poisson_input { to = p, variable = "hits", rate = 1, n = { 1, 2 } } end,
  ["Poisson input with a text that is none"] = function(net, p) net:poisson_input { to = p, variable = "hits", rate = "zz" } end,
  ["Poisson input driven by too few channels"] = function(net, p) net:poisson_input { to = p, target = "exc", rate = rows(1, 2, 3) } end,
  ["too few values"] = function(_, p) p.tau = { 1, 2 } end,
  ["a text with an unknown name"] = function(_, p) p.tau = "zz" end,
  ["a text that draws and ends too early"] = function(_, p) p.hits = "Normal(0, 1) +" end,
  ["drawn values, one below the least"] = function(_, _, q) q.rates = lp.normal(0, 100) end,
  ["a value that is not a number"] = function(_, p) p.v = { 1, 2, 3, 0 / 0 } end,
  ["a part of a population with too few values"] = function(_, p) p:slice(1, 3).tau = { 1, 2 } end,
  ["synapses set by neurons that are not there"] = function(_, _, _, s) s.w = { 1, 2 } end,
  ["an operation with an unknown name"] = function(_, p) p:run_regularly("hits = zz", { every = 1 }) end,
  ["an operation at no time"] = function(_, p) p:run_regularly("tau = tau + 1", { every = 1, when = "x" }) end,
  ["a recording of an unknown name"] = function(net, p) net:record(p, { "y", "nothing" }) end,
  ["a recording into what is no file"] = function(net, p) net:record(p, { "y", "v" }, { file = "x.txt" }) end,
  ["a recording of spikes into a folder that is not there"] = function(net, p) net:record(p, "spike", { file = "/no/where.h5" }) end,
}

local function differences(one, other) return table.concat(stored.differences(stored.digest(one), stored.digest(other)), ", ") end

describe("What is refused leaves nothing behind:", function()
  for what, f in pairs(refused) do
    it(what, function()
      local one, net, p, q, s = made(), made()
      assert.is_false((pcall(f, net, p, q, s)))
      assert.equals("", differences(one, net))
      for _, n in ipairs { one, net } do          -- and what comes afterwards is the same: numbers of objects, clocks, draws
        n:poisson { name = "late", size = 3, rates = lp.uniform(0, 100), dt = 1.5 }
        n:project { from = n.populations.late, to = n.populations.p, synapse = SUM, target = "exc", connect = lp.fixed_probability(0.5) }
        n:run(20)
      end
      assert.equals("", differences(one, net))
      net:save(PATH)
      local loaded = lp.load(PATH, { warnings = false })
      assert.equals("", differences(loaded, net))
      loaded:run(5)
      os.remove(PATH)
    end)
  end
end)

describe("A state of a population that counts its rate", function()
  it("is not put back where it counts none, or over another time, and the network goes on", function()
    local net, p = made()
    net:run(5)
    net:store "before"
    net:save(PATH)
    local twin, q = made()
    twin:run(5)
    for _, pop in ipairs { p, q } do pop:compute_rate(10) end
    for _, name in ipairs { "before", PATH } do
      local ok, message = pcall(net.restore, net, name)
      assert.is_false(ok)
      assert.matches("population 'p' counts its rate (compute_rate) over no time in the state, over 10 ms here", message, 1, true)
    end
    for _, n in ipairs { net, twin } do n:run(10) end
    assert.equal("", differences(net, twin))
    net:store "after"
    net:restore "after"
    os.remove(PATH)
  end)
end)

describe("Functions that are called while a part is made", function()
  it("are told that they cannot add others, and may read", function()
    local net, p, q = made()
    local ok, message = pcall(refused["synapses whose connector adds neurons"], net, p, q)
    assert.is_false(ok)
    assert.matches("net: a population cannot be added by a function that is called while values are set or a part of the network is made", message, 1, true)
    local seen
    net:project { from = q, to = p, target = "exc", connect = lp.all_to_all(), weights = function(i) seen = net.t + p.tau[1] return i end }
    assert.equals(10, seen)
  end)
end)

describe("An error of a step", function()
  it("in a callback that sets what it may not leaves the step as it is", function()
    local net, p = made()
    local messages = {}
    net:every(1, function() messages[#messages + 1] = select(2, pcall(function() p.tau = { 1, 2 } end)) end)
    net:run(5)
    assert.equals(5, #messages)
    assert.matches("4 numbers expected, got 2", messages[5], 1, true)
  end)
end)

describe("A variable that gets values of its own", function()
  local NEURON = lp.neuron { parameters = { a = 0, b = 0 }, equations = "x = a + b" }

  it("is not taken for another one that holds the same: recordings", function()
    local net = lp.network { dt = 1 }
    local p = net:population { size = 3, neuron = NEURON }
    local r = net:record(p, "a")
    net:run(2)
    p.b = { 5, 6, 7 }
    net:run(2)
    assert.same({ 0, 0, 0, 0 }, r.a:flatten():table())
  end)

  it("is not taken for another one that holds the same: rates under way", function()
    local net = lp.network { dt = 1 }
    local p = net:population { size = 3, neuron = lp.neuron { parameters = { r = 0 } } }
    local q = net:population { size = 3, neuron = lp.neuron { equations = "y = sum(e)" } }
    net:project { from = p, to = q, target = "e", connect = lp.one_to_one(), synapse = lp.models.rate, delays = 3 }
    net:run(1)
    p.r = { 0, 0, 0 }          -- as before, but another array
    p.r[2] = 4
    net:run(6)
    assert.same({ 0, 4, 0 }, q.y:table())
  end)
end)
