--- Wrong calls: each gives one error, at the user's line, that says where, what was given and what was expected; the network still runs.
---
--- A change of wording is a change here. What is wrong with the text of a model is in errors_spec.lua.
local lp = require "lunapse"

local N = lp.neuron { name = "N", parameters = { tau = 10, I = 0 }, equations = "tau * dv/dt = I - v + g_exc : init = 0; dg_exc/dt = -g_exc / 5",
  spike = "v > 1", reset = "v = 0" }
local R = lp.neuron { name = "R", parameters = { tau = 10 }, equations = "tau * dr/dt = sum(exc) - r" }
local M = lp.neuron { name = "M", equations = "x = mod.v" }

local FILE = debug.getinfo(1, "S").short_src

--- Call `f` with a small network and its objects; the message of the error, without its position, which must lie in `f`.
local function message_of(f)
  local net = lp.network { dt = 0.1, warnings = false }
  local a = net:population { name = "a", size = 10, neuron = N }
  local b = net:population { name = "b", size = 5, neuron = N }
  local p = net:poisson { name = "p", size = 4, rates = 10 }
  local r = net:population { name = "r", size = 3, neuron = R }
  local s = net:project { name = "s", from = p, to = a, target = "exc", connect = lp.all_to_all(), weights = 0.1 }
  local ok, message = pcall(f, net, a, b, p, r, s)
  assert(not ok, "no error")
  assert(type(message) == "string", "the error is no text")
  local info, t = debug.getinfo(f, "S"), net.t
  local before = message:match "^at t = [%d.]+ ms: " or ""         -- out of a callback
  local file, line, text = message:sub(#before + 1):match "^([^:]*):(%d+): (.*)$"
  assert(file, "no position: " .. message)
  assert.are.equal(FILE, file)
  assert(tonumber(line) >= info.linedefined and tonumber(line) <= info.lastlinedefined, "another line: " .. message)
  for _, o in ipairs { table.unpack(net.operations) } do o:remove() end
  net:run(1)
  assert(math.abs(net.t - t - 1) < 1e-9)
  return before .. text
end

--- Options of net:project: all to all onto "exc", but for what is given.
local function synapses(from, to, given)
  local opt = { name = "x", from = from, to = to, target = "exc", connect = lp.all_to_all() }
  for key, value in pairs(given) do opt[key] = value end
  return opt
end

local function elsewhere() return lp.network({}):population { name = "y", size = 3, neuron = N } end

local function refused(title, f, expected)
  it(title, function() assert.are.equal(expected, (message_of(f):gsub("\nstack traceback:.*", ""))) end)
end

describe("options", function()
  refused("a misspelt option, with the nearest name", function(net) net:population { size = 3, neurom = N } end,
    "net:population: unknown option 'neurom': did you mean 'neuron'?")
  refused("a misspelt option of the network", function() lp.network { dtt = 1 } end, "lp.network: unknown option 'dtt': did you mean 'dt'?")
  refused("exchanged letters", function(net) net:poisson { size = 3, raets = 1 } end, "net:poisson: unknown option 'raets': did you mean 'rates'?")
  refused("a missing option", function(net) net:population { size = 3 } end, "net:population: option 'neuron' is missing")
  refused("a missing size", function(net) net:population { neuron = N } end, "net:population: option 'size' is missing")
  refused("an option of the wrong type", function(net) net:population { size = "3", neuron = N } end,
    "net:population: option 'size' must be a number, got the text '3'")
  refused("no table of options", function(net) net:population(3) end, "net:population: a table of options expected, got 3")
  refused("a method called with a dot", function(net) net.population { size = 3, neuron = N } end, "net:population is called with a colon: net:population(...)")
  refused("a run called with a dot", function(net) net.run(10) end, "net:run is called with a colon: net:run(...)")
  refused("a misspelt name of the library", function() return lp.netwrk end, "lunapse: unknown name 'netwrk': did you mean 'network'?")
  refused("a misspelt model", function() return lp.models.STPD end, "lp.models: unknown model 'STPD': did you mean 'STDP'?")
  refused("a misspelt parameter of a model", function() return lp.models.STDP { tau_pls = 3 }, nil end,
    "synapse 'STDP': unknown parameter 'tau_pls': did you mean 'tau_plus'?")
  refused("a misspelt field of the network", function(net) return net.sed end, "network: unknown field 'sed': did you mean 'seed'?")
  refused("a field of the network that cannot be set", function(net) net.dt = 2 end, "network: 'dt' cannot be set once the network is made")
  refused("an unknown tier", function() lp.network { tier = "fast" } end,
    [[lp.network: option 'tier' must be "auto" or "interpreter" or "native", got "fast"]])
  refused("an unknown precision", function() lp.network { precision = "double" } end,
    [[lp.network: option 'precision' must be "float32" or "float64", got "double"]])
  refused("an unknown method", function() lp.network { method = "eular" } end, "lp.network: unknown method 'eular': did you mean 'euler'?")
  refused("a method that is as near to two others: the first of them", function() lp.network { method = "rk5" } end,
    "lp.network: unknown method 'rk5': did you mean 'rk2'?")
  refused("a method like no other", function() lp.network { method = "best" } end, "lp.network: unknown method 'best' (known: euler, exact, explicit, "
    .. "exponential, exponential-rosenbrock, exponential_rosenbrock, heun, implicit, midpoint, milstein, rk2, rk4, rk45, semi-implicit, semi_implicit, semiimplicit)")
  refused("a method that is none of networks", function() lp.network { method = "event-driven" } end,
    "lp.network: method event-driven is for single equations of synapses: write it behind them as a flag")
  refused("a seed that is no whole number", function() lp.network { seed = 1.5 } end, "lp.network: seed must be a whole number of at least 0, got 1.5")
  refused("no threads", function() lp.network { threads = 0 } end, "lp.network: threads must be a whole number in 1..256, got 0")
end)

describe("sizes, times, names", function()
  refused("a negative size", function(net) net:population { size = -3, neuron = N } end,
    "net:population: size must be a whole number of at least 1, got -3")
  refused("no neurons", function(net) net:population { size = 0, neuron = N } end,
    "net:population: size must be a whole number of at least 1, got 0")
  refused("half a neuron", function(net) net:population { size = 3.5, neuron = N } end,
    "net:population: size must be a whole number of at least 1, got 3.5")
  refused("a size that is not a number", function(net) net:poisson { size = 0 / 0, rates = 1 } end,
    "net:poisson: size must be a whole number of at least 1, got NaN")
  refused("more neurons than there can be", function(net) net:population { size = 1e15, neuron = N } end,
    "net:population: size must be at most 2147483646, got 1000000000000000")
  refused("a geometry that does not fit", function(net) net:population { size = 10, geometry = { 3, 3 }, neuron = N } end,
    "net:population: size 10 does not fit the geometry (9 neurons)")
  refused("a geometry without numbers", function(net) net:population { geometry = {}, neuron = N } end,
    "net:population: geometry must list at least one whole number")
  refused("a time step of 0", function() lp.network { dt = 0 } end, "lp.network: dt must be greater than 0, got 0")
  refused("a negative time step", function() lp.network { dt = -0.1 } end, "lp.network: dt must be greater than 0, got -0.1")
  refused("a time step that is not a number", function() lp.network { dt = 0 / 0 } end, "lp.network: dt must be greater than 0, got NaN")
  refused("an infinite time step", function() lp.network { dt = math.huge } end, "lp.network: dt must be finite, got inf")
  refused("a negative time step of a population", function(net) net:population { size = 3, neuron = N, dt = -0.5 } end,
    "net: dt of a population must be greater than 0, got -0.5")
  refused("a negative duration", function(net) net:run(-1) end, "net:run: duration must be at least 0, got -1")
  refused("a duration that is not a number", function(net) net:run(0 / 0) end, "net:run: duration must be at least 0, got NaN")
  refused("a duration as text", function(net) net:run "10" end, "net:run: duration must be a number, got the text '10'")
  refused("no duration", function(net) net:run() end, "net:run: duration must be a number, got nothing")
  refused("two populations with one name", function(net) net:population { name = "a", size = 3, neuron = N } end, "a population named 'a' is already in the network")
  refused("two projections with one name", function(net, _, b, p) net:project { name = "s", from = p, to = b, target = "exc", connect = lp.all_to_all() } end,
    "a projection named 's' is already in the network")
  refused("a name that is no text", function(net) net:population { name = 3, size = 1, neuron = N } end,
    "net:population: option 'name' must be a string, got 3")
end)

describe("models", function()
  refused("a description in place of a model", function(net) net:population { size = 1, neuron = { equations = "dv/dt = -v" } } end,
    "net:population: option 'neuron' must be a neuron model (lp.neuron{...} or one of lp.models)")
  refused("a synapse in place of a neuron", function(net) net:population { size = 1, neuron = lp.models.STDP } end,
    "net:population: option 'neuron' must be a neuron model (lp.neuron{...} or one of lp.models)")
  refused("a neuron in place of a synapse", function(net, _, b, p) net:project { from = p, to = b, target = "exc", connect = lp.all_to_all(), synapse = N } end,
    "net:project: option 'synapse' must be a synapse model (lp.synapse{...} or one of lp.models)")
  refused("a rule for spikes where there are none", function(net, _, _, p, r) net:project(synapses(p, r, { synapse = lp.models.STDP })) end,
    "projection 'x': synapses 'STDP' have a post_spike, but population 'r' emits no spikes")
  for name, make in pairs {
    parameter = function() lp.neuron { name = "M", parameters = "n = 2.5 : int", equations = "v = n" } end,
    ["parameter of synapses"] = function() lp.synapse { name = "M", parameters = "n = 2.5 : int", equations = "w += n" } end,
    variable = function() lp.neuron { name = "M", equations = "n += 1 : int, init = 2.5" } end,
  } do
    it("refuse another number than a whole one where an int begins: " .. name, function()
      local ok, message = pcall(make)
      assert.is_false(ok)
      assert.matches("'n' holds whole numbers %(int%), got 2.5", tostring(message))
    end)
  end
  refused("a time of a timed array that is none", function() lp.timed_array({ 1, 2 }, { times = { 0, 0 / 0 } }) end,
    "timed_array: times must rise from 0 or later; time 2 is NaN ms")
  refused("a reference to no population", function(net) net:population { name = "x", size = 2, neuron = M, refs = { mod = 3 } } end,
    "refs: 'mod' must be a population or a projection, got 3")
  refused("a reference to a population of another size", function(net, a) net:population { name = "x", size = 2, neuron = M, refs = { mod = a } } end,
    [[
neuron 'M', equations, line 1: 'mod.v' has 10 values, and it is not said which neuron reads which
    x = mod.v
        ^~~~~  reduce it, mean(mod.v), or say which: refs = { mod = { population, index = { ... } } }]])
  refused("a reference to another network", function(net) net:population { name = "x", size = 3, neuron = M, refs = { mod = elsewhere() } } end,
    "refs: 'mod' belongs to another network")
  refused("a reference that is missing", function(net) net:population { name = "x", size = 2, neuron = M } end, [[
neuron 'M', equations, line 1: unknown 'mod' in 'mod.v'
    x = mod.v
        ^~~~~  give the population as refs = { mod = ... }]])
end)

describe("values", function()
  refused("an unknown parameter", function(net) net:population { name = "x", size = 3, neuron = N, parameters = { tua = 3 } } end,
    "population 'x': unknown parameter 'tua': did you mean 'tau'?")
  refused("too few values of a parameter", function(net) net:population { name = "x", size = 3, neuron = N, parameters = { tau = { 1, 2 } } } end,
    "population 'x', tau: 3 numbers expected, got 2")
  refused("a parameter that is not a number", function(net) net:population { name = "x", size = 3, neuron = N, parameters = { tau = 0 / 0 } } end,
    "population 'x', tau: the value is not a number (NaN)")
  refused("an infinite parameter", function(net) net:population { name = "x", size = 3, neuron = N, parameters = { tau = math.huge } } end,
    "population 'x', tau: the value must be finite, got inf")
  refused("a function as parameter", function(net) net:population { name = "x", size = 3, neuron = N, parameters = { tau = print } } end,
    "population 'x', tau: a number, a table or array of numbers, or a distribution expected, got a function")
  refused("a text as parameter", function(net) net:population { name = "x", size = 3, neuron = N, parameters = { tau = "10" } } end,
    "population 'x', tau: a number, a table or array of numbers, or a distribution expected, got the text '10'")
  refused("an unknown variable read", function(_, a) return a.taw end, "population 'a': unknown variable 'taw': did you mean 'tau'?")
  refused("a variable without a like", function(_, a) return a.foo end, "population 'a': unknown variable 'foo' (known: I, g_exc, tau, v)")
  refused("an unknown variable set", function(_, a) a.vv = 3 end, "population 'a': unknown variable 'vv': did you mean 'v'?")
  refused("a value that is not a number", function(_, a) a.v = 0 / 0 end, "population 'a', v: the value is not a number (NaN)")
  refused("an infinite value", function(_, a) a.v = -math.huge end, "population 'a', v: the value must be finite, got -inf")
  refused("no value", function(_, a) a.v = nil end,
    "population 'a', v: a number, a table or array of numbers, or a distribution expected, got nothing")
  refused("three values for ten neurons", function(_, a) a.v = { 1, 2, 3 } end, "population 'a', v: 10 numbers expected, got 3")
  refused("a table with a text in it", function(_, _, b) b.v = { 1, 2, "x", 4, 5 } end,
    "population 'b', v: numbers expected: element 3 of the table is a string, not a number")
  refused("a table with a value that is not a number", function(_, _, b) b.v = { 1, 2, 3, 0 / 0, 5 } end, "population 'b', v: element 4 is not a number (NaN)")
  refused("the size of a population", function(_, a) a.size = 3 end, "population 'a', size is set when the population is made")
  refused("an equation text with an unknown name", function(_, a) a.v = "1 + q" end, [[
neuron 'a', v: unknown name 'q'
    1 + q
        ^  known names: dt, g_exc, I, i, inf, N, pi, t, t_last, tau, v, xi]])
  refused("an unfinished equation text", function(_, _, _, _, _, s) s.w = "1 +" end, [[
synapse 's', w: an expression is missing after '+'
    1 +
      ^]])
  refused("a distribution with one argument", function() lp.uniform(1) end, "lp.uniform: argument 2 must be a finite number, got nothing")
  refused("a distribution upside down", function() lp.uniform(2, 1) end, "lp.uniform: the lower end must not lie above the upper end, got 2 and 1")
  refused("a negative standard deviation", function() lp.normal(0, -1) end, "lp.normal: sigma must be >= 0, got -1")
  refused("a distribution that cannot be", function() lp.normal(0, 1, { mn = 2 }) end, "lp.normal: unknown option 'mn': did you mean 'min'?")
end)

describe("parts of populations", function()
  refused("a part that reaches too far", function(_, a) a:slice(1, 11) end, "slice of population 'a': last must be a whole number in 1..10, got 11")
  refused("a part that begins before the first", function(_, a) a:slice(0, 5) end, "slice of population 'a': first must be a whole number in 1..10, got 0")
  refused("a part that ends before it begins", function(_, a) a:slice(5, 4) end, "slice of population 'a': last must be a whole number in 5..10, got 4")
  refused("a neuron selected twice", function(_, a) a:select { 1, 2, 1 } end, "select of population 'a': neuron 1 is named twice")
  refused("a neuron selected that is not there", function(_, a) a:select { 1, 12 } end,
    "select of population 'a': neuron 2 of the list must be a whole number in 1..10, got 12")
  refused("half a neuron selected", function(_, a) a:select { 1.5 } end,
    "select of population 'a': neuron 1 of the list must be a whole number in 1..10, got 1.5")
  refused("nothing selected", function(_, a) a:select() end, "select of population 'a': a list of neurons expected, got nothing")
  refused("a part of a part that reaches too far", function(_, a) a:slice(3, 6):slice(2, 5) end, "slice of a[3..6]: last must be a whole number in 2..4, got 5")
  refused("a method of the whole on a part", function(_, a) a:slice(1, 2):compute_rate(100) end,
    "a[1..2] is a part of population 'a': call compute_rate on the whole")
  refused("values for a part: too many", function(_, a) a:slice(1, 2).v = { 1, 2, 3 } end, "population 'a', v: 2 numbers expected, got 3")
end)

describe("synapses", function()
  refused("a target that nobody reads", function(net, _, b, p) net:project { name = "x", from = p, to = b, target = "exz", connect = lp.all_to_all() } end, [[
synapse 'x': nothing in the post neuron 'b' reads the target 'exz'
    did you mean 'exc'?]])
  refused("a target of neurons without inputs", function(net, a, _, p) net:project(synapses(a, p, {  })) end, [[
synapse 'x': nothing in the post neuron 'p' reads the target 'exc'
    it reads no target at all: use g_exc or sum(exc) in its equations]])
  refused("a target that is no name", function(net, _, b, p) net:project { from = p, to = b, target = { 3 }, connect = lp.all_to_all() } end,
    "net:project: a target must be a name, got 3")
  refused("no target", function(net, _, b, p) net:project { name = "x", from = p, to = b, connect = lp.all_to_all() } end,
    [[projection 'x': synapses 'static' only transmit, so option 'target' must say to which input, such as target = "exc"]])
  refused("a population of another network", function(net, _, _, p) net:project { from = p, to = elsewhere(), target = "exc", connect = lp.all_to_all() } end,
    "net:project: option 'to' belongs to another network")
  refused("no population", function(net, a) net:project { from = 3, to = a, connect = lp.all_to_all() } end,
    "net:project: option 'from' must be a table, got 3")
  refused("no connector", function(net, _, b, p) net:project { from = p, to = b, target = "exc" } end, "net:project: option 'connect' is missing")
  refused("a connector that was not called", function(net, _, b, p) net:project { from = p, to = b, target = "exc", connect = lp.all_to_all } end,
    [[net:project: option 'connect' must be a condition such as "i != j", or a connector such as lp.all_to_all() or lp.fixed_probability(0.1)]])
  refused("a misspelt option of a connector", function() lp.all_to_all { slef = true } end, "lp.all_to_all: unknown option 'slef': did you mean 'self'?")
  refused("a probability above 1", function() lp.fixed_probability(1.2) end, "lp.fixed_probability: p must lie in 0..1, got 1.2")
  refused("a probability that is not a number", function() lp.fixed_probability(0 / 0) end, "lp.fixed_probability: p must lie in 0..1, got NaN")
  refused("one to one between sides of different size", function(net, _, b, p) net:project(synapses(p, b, { connect = lp.one_to_one() })) end,
    "projection 'x': one_to_one: both sides must have one size, got 4 pre and 5 post neurons")
  refused("more neurons than there are", function(net, _, b, p) net:project(synapses(p, b, { connect = lp.fixed_number_pre(6) })) end,
    "projection 'x': fixed_number_pre: cannot take 6 different pre neurons of 4")
  refused("as many neurons as there are, not oneself", function(net, _, b) net:project(synapses(b, b, { connect = lp.fixed_number_post(5) })) end,
    "projection 'x': fixed_number_post: cannot take 5 different post neurons of 5 without a self-connection")
  refused("half a synapse", function() lp.fixed_number_pre(1.5) end, "lp.fixed_number_pre: number must be a whole number of at least 0, got 1.5")
  refused("pairs out of range", function(net, _, b, p) net:project(synapses(p, b, { connect = lp.pairs({ 1, 5 }, { 1, 2 }) })) end,
    "projection 'x': pre[2] is 5: it must be a whole number in 1 .. 4")
  refused("pairs from 0", function(net, _, b, p) net:project(synapses(p, b, { connect = lp.pairs({ 1, 2 }, { 0, 1 }) })) end,
    "projection 'x': post[1] is 0: it must be a whole number in 1 .. 5")
  refused("pairs of halves", function(net, _, b, p) net:project(synapses(p, b, { connect = lp.pairs({ 1, 2.5 }, { 1, 2 }) })) end,
    "projection 'x': pre[2] is 2.5: it must be a whole number in 1 .. 4")
  refused("unequal pairs", function() lp.pairs({ 1, 2 }, { 1 }) end, "lp.pairs: as many pre as post neurons expected, got 2 and 1")
  refused("no pairs", function() lp.pairs() end, "lp.pairs: a list of pre neurons expected, got nothing")
  refused("a matrix of another shape", function(net, _, b, p) net:project(synapses(p, b, { connect = lp.matrix { { 1, 2 }, { 3, 4 } } })) end,
    "projection 'x': a matrix of 4 x 5 expected (pre x post), got 2 x 2")
  refused("a negative delay", function(net, _, b, p) net:project(synapses(p, b, { delays = -1 })) end,
    "projection 'x': delays must be at least 0, got -1")
  refused("a delay that is not a number", function(net, _, b, p) net:project(synapses(p, b, { delays = 0 / 0 })) end,
    "projection 'x': delays must be at least 0, got NaN")
  refused("an infinite delay", function(net, _, b, p) net:project(synapses(p, b, { delays = math.huge })) end,
    "projection 'x': delays must be finite, got inf")
  refused("a negative delay among others", function(net, _, b, p) net:project(synapses(p, b, { connect = lp.pairs({ 1, 2 }, { 1, 2 }), delays = { 1, -3 } })) end,
    "projection 'x': delays must be at least 0, got -3")
  refused("a delay among others that is not a number", function(net, _, b, p) net:project(synapses(p, b, { connect = lp.pairs({ 1, 2 }, { 1, 2 }), delays = { 1, 0 / 0 } })) end,
    "projection 'x', delays: element 2 is not a number (NaN)")
  refused("too few delays", function(net, _, b, p) net:project(synapses(p, b, { delays = { 1, 2 } })) end,
    "projection 'x', delays: 20 numbers expected, got 2")
  refused("a weight that is not a number", function(net, _, b, p) net:project(synapses(p, b, { weights = 0 / 0 })) end,
    "projection 'x', weights: the value is not a number (NaN)")
  refused("an infinite weight", function(net, _, b, p) net:project(synapses(p, b, { weights = math.huge })) end,
    "projection 'x', weights: the value must be finite, got inf")
  refused("too few weights", function(net, _, b, p) net:project(synapses(p, b, { weights = { 1, 2, 3 } })) end,
    "projection 'x', weights: 20 numbers expected, got 3")
  refused("a weight among others that is not a number", function(net, _, b, p) net:project(synapses(p, b, { connect = lp.pairs({ 1, 2 }, { 1, 2 }), weights = { 0 / 0, 1 } })) end,
    "projection 'x', weights: element 1 is not a number (NaN)")
  refused("weights of words", function(net, _, b, p) net:project(synapses(p, b, { connect = lp.pairs({ 1, 2 }, { 1, 2 }), weights = { "x", 1 } })) end,
    "projection 'x', weights: numbers expected: element 1 of the table is a string, not a number")
  refused("a connector as weights", function(net, _, b, p) net:project(synapses(p, b, { weights = lp.one_to_one() })) end,
    "projection 'x', weights: 20 numbers expected, got 0")
  refused("weights from a variable that is not there", function(net, _, b, p) net:project(synapses(p, b, { weights = "1 + pre.x" })) end, [[
synapse 'x', w: the pre neuron 'p' has no 'x'
    1 + pre.x
        ^~~~~  known: rates]])
  refused("an unknown parameter of synapses", function(net, _, b, p) net:project(synapses(p, b, { synapse = lp.models.STDP, parameters = { tau = 3 } })) end,
    "projection 'x': unknown parameter 'tau' (known: A_minus, A_plus, tau_minus, tau_plus, w_max, w_min)")
  refused("three weights for forty synapses", function(_, _, _, _, _, s) s.w = { 1, 2, 3 } end, "projection 's', w: 40 numbers expected, got 3")
  refused("an unknown variable of synapses", function(_, _, _, _, _, s) return s.weight end, "projection 's': unknown variable 'weight' (known: d, w)")
  refused("an unknown variable of synapses set", function(_, _, _, _, _, s) s.ww = 1 end, "projection 's': unknown variable 'ww': did you mean 'w'?")
  refused("a delay that is none, by its name in equations", function(_, _, _, _, _, s) s.d = -3 end, "projection 's': delays must be at least 0, got -3")
  refused("a delay of one synapse", function(_, _, _, _, _, s) s.delays[1] = 3 end,
    "projection 's', delays is set for all synapses at once, which are sorted by it: proj.delays = ...")
  refused("a sum of what is not there", function(_, _, _, _, _, s) s:sum_post "x" end, "projection 's': unknown variable 'x' (known: d, w)")
  refused("values for other neurons spread", function(_, _, _, _, _, s) s:spread_post { 1, 2 } end, "spread_post of projection 's': 10 numbers expected, got 2")
end)

describe("sources of spikes", function()
  refused("a negative rate", function(net) net:poisson { name = "x", size = 3, rates = -1 } end, "population 'x', rates must be at least 0, got -1")
  refused("a rate that is not a number", function(net) net:poisson { name = "x", size = 3, rates = 0 / 0 } end,
    "population 'x', rates: the value is not a number (NaN)")
  refused("an infinite rate", function(net) net:poisson { name = "x", size = 3, rates = math.huge } end,
    "population 'x', rates: the value must be finite, got inf")
  refused("too few rates", function(net) net:poisson { name = "x", size = 3, rates = { 1, 2 } } end,
    "population 'x', rates: 3 numbers expected, got 2")
  refused("a negative rate among others", function(net) net:poisson { name = "x", size = 3, rates = { 1, 2, -2 } } end,
    "population 'x', rates must be at least 0, got -2")
  refused("a rate among others that is not a number", function(net) net:poisson { name = "x", size = 3, rates = { 1, 2, 0 / 0 } } end,
    "population 'x', rates: element 3 is not a number (NaN)")
  refused("a negative rate later", function(_, _, _, p) p.rates = -3 end, "population 'p', rates must be at least 0, got -3")
  refused("a text as rates", function(_, _, _, p) p.rates = "10*i" end,
    "population 'p', rates: a number, a table or array of numbers, or a distribution expected, got the text '10*i'")
  refused("a negative spike time", function(net) net:spike_source { name = "x", size = 3, neuron = { 1, 1 }, t = { 1, -1 } } end,
    "population 'x': event 2: a spike time must be >= 0, got -1")
  refused("a spike time that is not a number", function(net) net:spike_source { name = "x", size = 3, neuron = { 1 }, t = { 0 / 0 } } end,
    "population 'x': event 1: a spike time must be >= 0, got NaN")
  refused("a spike time that is infinite", function(net) net:spike_source { name = "x", size = 3, neuron = { 1 }, t = { math.huge } } end,
    "population 'x': event 1: the spike time inf ms is too far away")
  refused("a spike of a neuron that is not there", function(net) net:spike_source { name = "x", size = 3, neuron = { 4 }, t = { 1 } } end,
    "population 'x': event 1: there is no neuron 4, the source has 3")
  refused("more lists of spikes than neurons", function(net) net:spike_source { name = "x", size = 2, spikes = { {}, {}, { 1 } } } end,
    "population 'x': event 1: there is no neuron 3, the source has 2")
  refused("a list of spikes that is none", function(net) net:spike_source { name = "x", size = 2, spikes = { 1, 2 } } end,
    "net:spike_source: 'spikes' must be a list of times for each neuron, got 1 for neuron 1")
  refused("spikes given twice", function(net) net:spike_source { name = "x", size = 2, spikes = { { 1 } }, neuron = { 1 }, t = { 1 } } end,
    "net:spike_source: either 'spikes' or 'neuron' and 't' can be given")
  refused("more neurons than times", function(net) net:spike_source { name = "x", size = 3, neuron = { 1, 2 }, t = { 1 } } end,
    "population 'x': spikes: as many neurons as times expected, got 2 and 1")
  refused("a spike after the period", function(net) net:spike_source { name = "x", size = 3, neuron = { 1, 2 }, t = { 1, 20 }, period = 10 } end,
    "population 'x': event 2: the spike time 20 ms does not lie within the period of 10 ms")
  refused("a negative period", function(net) net:spike_source { name = "x", size = 3, neuron = { 1 }, t = { 0 }, period = -0.01 } end,
    "population 'x': a period must be 0 (none) or a time in ms, got -0.01")
  refused("a period far below a step", function(net) net:spike_source { name = "x", size = 3, neuron = { 1 }, t = { 0 }, period = 1e-10 } end,
    "population 'x': a period of 1e-10 ms would give more than 100000000 spikes in a step of 0.1 ms")
  refused("spikes for neurons with equations", function(_, a) a:set_spikes({ 1 }, { 1 }) end, "set_spikes: population 'a' is no spike source")
end)

describe("recordings and rates", function()
  refused("an unknown variable recorded", function(net, a) net:record(a, "vv") end, "net:record: population 'a': unknown variable 'vv': did you mean 'v'?")
  refused("a variable of Poisson neurons", function(net, _, _, p) net:record(p, "v") end, "net:record: population 'p': unknown variable 'v' (known: rates, spike)")
  refused("spikes of neurons with rates", function(net, _, _, _, r) net:record(r, "spike") end, "net:record: population 'r' emits no spikes")
  refused("spikes of synapses", function(net, _, _, _, _, s) net:record(s, "spike") end, "net:record: projection 's' emits no spikes")
  refused("an unknown variable of synapses recorded", function(net, _, _, _, _, s) net:record(s, "ww") end,
    "net:record: projection 's': unknown variable 'ww': did you mean 'w'?")
  refused("nothing to record", function(net, a) net:record(a) end,
    'net:record: what to record is missing: "spike", the name of a variable, or a list of names')
  refused("a number to record", function(net, a) net:record(a, 3) end,
    'net:record: what to record is missing: "spike", the name of a variable, or a list of names')
  refused("an element of a population", function(net) return net.populations[1][3].v end,
    "population 'a' is no list: its methods slice(first, last) and select { 3, 1 } give parts of it, and its variables have elements, such as .I[1]")
  refused("elements of a population", function(net) return net.populations[1][{ 1, 2 }] end,
    "population 'a' is no list: its methods slice(first, last) and select { 3, 1 } give parts of it, and its variables have elements, such as .I[1]")
  refused("nobody to record", function(net) net:record(3, "v") end, "net:record: a population, a projection, a part of one, or a Poisson input expected, got 3")
  refused("a variable recorded twice", function(net, a) net:record(a, { "v", "v" }) end, "net:record: 'v' is named twice")
  refused("spikes beside variables", function(net, a) net:record(a, { "v", "spike" }) end,
    "net:record: 'spike' is recorded by itself; what is wanted at each spike is option 'with'")
  refused("one for all beside one each", function(net, a) net:record(a, { "v", "tau" }) end,
    "net:record: v and tau have different sizes (10 and 1): record them separately")
  refused("a neuron recorded that is not there", function(net, a) net:record(a, "v", { of = { 3, 11 } }) end,
    "net:record: population 'a': element 2 of 'of' must be a whole number in 1..10, got 11")
  refused("a neuron recorded twice", function(net, a) net:record(a, "spike", { of = { 3, 3 } }) end, "net:record: population 'a': 'of' names 3 twice")
  refused("a period of 0", function(net, a) net:record(a, "v", { every = 0 }) end, "net:record: every must be greater than 0, got 0")
  refused("a misspelt option of recordings", function(net, a) net:record(a, "v", { evry = 1 }) end, "net:record: unknown option 'evry': did you mean 'every'?")
  refused("a recording of another network", function(net) net:record(elsewhere(), "v") end, "net:record: population 'y' belongs to another network")
  refused("an unknown variable of a recording", function(net, a) return net:record(a, "v").u end, "recording: unknown variable 'u' (known: t, v)")
  refused("a rate over no window", function(_, a) a:compute_rate(0) end, "compute_rate of population 'a': window must be at least 0.1, got 0")
  refused("a rate over a window that is not a number", function(_, a) a:compute_rate(0 / 0) end, "compute_rate of population 'a': window must be at least 0.1, got NaN")
  refused("a rate over an infinite window", function(_, a) a:compute_rate(math.huge) end, "compute_rate of population 'a': window must be finite, got inf")
  refused("a rate over a text", function(_, a) a:compute_rate "1s" end, "compute_rate of population 'a': window must be a number, got the text '1s'")
  refused("a rate of neurons without spikes", function(_, _, _, _, r) r:compute_rate(100) end, "compute_rate: population 'r' emits no spikes")
end)

describe("operations", function()
  refused("no function", function(net) net:every(1, 3) end, "net:every: a function expected, got 3")
  refused("a negative period", function(net) net:every(-1, print) end, "net:every: period must be greater than 0, got -1")
  refused("a period that is not a number", function(net) net:every(0 / 0, print) end, "net:every: period must be greater than 0, got NaN")
  refused("an infinite period", function(net) net:every(math.huge, print) end, "net:every: period must be finite, got inf")
  refused("a wrong moment", function(net) net:every(1, print, { when = "begin" }) end,
    [[net:every: option 'when' must be "start" or "end", got "begin"]])
  refused("a misspelt option of an operation", function(net) net:every(1, print, { wen = "start" }) end, "net:every: unknown option 'wen': did you mean 'when'?")
  refused("no function at a time", function(net) net:at(1) end, "net:at: a function expected, got nothing")
  refused("a time that is past", function(net)
    net:run(5)
    net:at(1, print)
  end,
    "net:at: time 1 ms is past (the network is at 5 ms)")
  refused("a time that is not a number", function(net) net:at(0 / 0, print) end, "net:at: a time must be finite, got NaN")
  refused("an infinite time", function(net) net:at(math.huge, print) end, "net:at: a time must be finite, got inf")
  refused("a time that is a text", function(net) net:at({ "x" }, print) end, "net:at: a time must be a number, got the text 'x'")
  refused("a negative period later", function(net) net:every(1, function() end).every = -1 end, "operation: every must be greater than 0, got -1")
  refused("a field that operations do not have", function(net) net:every(1, function() end).evry = 1 end, "operation: field 'evry' cannot be set")
  refused("an operation that was removed", function(net)
    local o = net:every(1, print)
    o:remove()
    o:stop()
  end,
    "operation: a function was removed from its network")
end)

describe("callbacks", function()
  refused("a run", function(net)
    net:every(1, function() net:run(1) end)
    net:run(2)
  end,
    "at t = 1 ms: net:run: the network is already running; run cannot be called from its own operations")
  refused("a step", function(net)
    net:every(1, function() net:step() end)
    net:run(2)
  end,
    "at t = 1 ms: net:step: the network is already running")
  refused("a new population", function(net)
    net:every(1, function() net:population { size = 1, neuron = N } end)
    net:run(2)
  end,
    "at t = 1 ms: net: a population cannot be added during a step; do it between runs")
  refused("new synapses", function(net, _, b, p)
    net:every(1, function() net:project { from = p, to = b, target = "exc", connect = lp.all_to_all() } end)
    net:run(2)
  end,
    "at t = 1 ms: net: a projection cannot be added during a step; do it between runs")
  refused("a wrong value", function(net, a)
    net:every(1, function() a.v = { 1 } end)
    net:run(2)
  end,
    "at t = 1 ms: population 'a', v: 10 numbers expected, got 1")
  refused("an operation on nothing", function(net)
    net:every(1, function() return nil + 1 end)
    net:run(2)
  end,
    "at t = 1 ms: attempt to perform arithmetic on a nil value")
  refused("an error of its own", function(net)
    net:every(1, function() error "too bad" end)
    net:run(2)
  end,
    "at t = 1 ms: too bad")
end)

describe("a callback that raises", function()
  local function make()
    local net = lp.network { dt = 1 }
    local p = net:population { size = 2, neuron = lp.neuron { equations = "dv/dt = 1 : init = 0" } }
    return net, p, net:record(p, "v")
  end

  it("ends the run with its time and traceback; network and recordings go on", function()
    local net, p, r = make()
    local function deeper(t) error(("bad luck at %g"):format(t)) end
    local o = net:every(3, function(t) deeper(t) end)
    local ok, message = pcall(net.run, net, 10)
    assert.is_false(ok)
    assert.matches("^at t = 3 ms: [^\n]*bad_input_spec.lua:%d+: bad luck at 3\nstack traceback:\n", message)
    assert.matches("in upvalue 'deeper'\n\t[^\n]*bad_input_spec.lua:%d+: in function <[^\n]*>$", message)
    assert.are.equal(3, net.t)
    assert.are.equal(3, p.v[1])                   -- the step was finished
    assert.are.same({ 1, 2, 3 }, r.t:table())
    o:remove()
    net:run(2)
    assert.are.same({ 1, 2, 3, 4, 5 }, r.t:table())
  end)
  it("at the start of a step: the step is finished all the same", function()
    local net, p, r = make()
    net:at(2, function() error "no" end, { when = "start" })
    assert.is_false(pcall(net.run, net, 10))
    assert.are.equal(3, net.t)
    assert.are.equal(3, p.v[1])
    assert.are.equal(3, r:count())
  end)
  it("with an object: it is handed on as it is", function()
    local net = make()
    local object = { code = 3 }
    net:at(2, function() error(object) end)
    local ok, raised = pcall(net.run, net, 10)
    assert.is_false(ok)
    assert.are.equal(object, raised)
    net:at(4, function() error() end)
    assert.is_false((pcall(net.run, net, 10)))
    net:run(1)
    assert.are.equal(5, net.t)
  end)
  it("those after it in the step are not called", function()
    local net = make()
    local called = 0
    net:at(2, function() error "no" end)
    net:every(1, function() called = called + 1 end)
    assert.is_false(pcall(net.run, net, 10))
    assert.are.equal(1, called)
    net:run(1)
    assert.are.equal(2, called)
  end)
end)

describe("tier = \"native\" without a compiler", function()
  it("says so, and how it can be", function()
    local name = os.tmpname()
    local file = assert(io.open(name, "w"))
    file:write [[
      local lp = require "lunapse"
      local net = lp.network { tier = "native" }
      net:population { size = 2, neuron = lp.neuron { equations = "dv/dt = 1 - v * 0.123456789 : init = 0" } }
      print(pcall(net.run, net, 1))
    ]]
    file:close()
    local host = os.getenv "HOST" or "build/lunapse"
    local pipe = io.popen(("env -u LUNAPSE_CC -u CC PATH=/nowhere XDG_CACHE_HOME=/nowhere %s %s 2>&1"):format(host, name))
    local text = pipe:read "a"
    pipe:close()
    os.remove(name)
    assert.matches("^false\t[^\n]*:4: tier = \"native\": no native code: no C compiler was found", text)
  end)
end)
