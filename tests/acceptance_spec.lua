-- Models in the words of other programs' users (tests/acceptance): nearly all are taken as they stand; of the rest the message says how to write them.
local lp = require "lunapse"

local function run(entry)
  local net = lp.network { dt = 0.1, seed = 1, tier = "interpreter", constants = entry.constants, warnings = false }
  if entry.neuron then
    net:population { size = 3, neuron = lp.neuron(entry.neuron) }
    return net:run(5)
  end
  local cells = entry.rates and lp.neuron { equations = "r = 0.5 + sum(exc) + 0.1*i" }
    or lp.neuron { parameters = "tau = 10", equations = "tau * dv/dt = 20 - v + g_exc" .. (entry.total and "\n total = total : init = 0, local" or ""),
      spike = "v > 5", reset = "v = 0" }
  local pop = net:population { size = 3, neuron = cells }
  if entry.window then pop:compute_rate(entry.window) end
  local target = entry.target ~= false and "exc" or nil
  local synapse = entry.synapse and lp.synapse(entry.synapse)
  if synapse and not (synapse.checked.psp or synapse.checked.writes.g_target) then target = nil end
  net:project { from = pop, to = pop, target = target, synapse = synapse, connect = entry.connect or lp.all_to_all(), weights = 0.3 }
  net:run(5)
end

local all, n_all, n_refused = {}, 0, 0
for k, program in ipairs { "annarchy", "brian" } do
  all[k] = { program = program, entries = dofile("tests/acceptance/" .. program .. ".lua") }
  for _, entry in ipairs(all[k].entries) do n_all, n_refused = n_all + 1, n_refused + (entry.refused and 1 or 0) end
end

describe("models in the words of other programs", function()
  it("are taken as they stand in 95 of 100 cases", function() assert.is_true(n_refused <= 0.05 * n_all, ("%d of %d are refused"):format(n_refused, n_all)) end)
end)

for _, one in ipairs(all) do
  describe("models as users of " .. one.program .. " write them", function()
    for _, entry in ipairs(one.entries) do
      it((entry.refused and "are told how to be written: " or "run: ") .. entry[1], function()
        local ok, e = pcall(run, entry)
        if not entry.refused then
          assert.is_true(ok, tostring(e))
          return
        end
        assert.is_false(ok)
        assert.matches(entry.refused, tostring(e))
      end)
    end
  end)
end

-- ---- what is recorded ----

describe("recording and analysis as users of other programs know them", function()
  local folder = os.tmpname()
  os.remove(folder)
  os.execute("mkdir " .. folder)
  teardown(function() os.execute("rm -r " .. folder) end)

  --- What an entry finds.
  local function stage()
    local net = lp.network { dt = 1, tier = "interpreter", warnings = false }
    local cells = net:population { name = "cells", size = 4, neuron = lp.neuron { equations = "v = t*i ; w = i + 0*t" } }
    local sources = net:spike_source { name = "sources", size = 4, spikes = { { 1, 3, 7 }, { 2 }, {}, {} } }
    local firing = net:population { name = "firing", size = 1, neuron = lp.neuron { equations = "v += t", spike = "v > 0", reset = "v = 0" } }
    --- What a function warns of.
    local function warned(f)
      local options = require "lunapse.options"
      local before, said = options.warn, {}
      options.warn = function(text) said[#said + 1] = text end
      local ok, why = pcall(f)
      options.warn = before
      assert.is_true(ok, tostring(why))
      return table.concat(said, "\n")
    end
    return { lp = lp, net = net, cells = cells, sources = sources, firing = firing, warned = warned,
      averaging = net:population { name = "averaging", size = 4, neuron = lp.neuron { equations = "v = t*i ; m = mean(v) : population" } },
      proj = net:project { from = cells, to = net:population { size = 4, neuron = lp.neuron { equations = "r = sum(exc)" } }, target = "exc",
        synapse = lp.synapse { equations = "dw/dt = 0*pre.v", psp = "w*pre.v" }, connect = lp.all_to_all(), weights = 0.5 },
      path = function(name) return folder .. "/" .. name end }
  end

  for _, entry in ipairs(dofile "tests/acceptance/recording.lua") do
    it(entry[1], function()
      for word in (entry[2] .. ", "):gmatch "([^,]+), " do assert.truthy(require("lunapse.help.peers").find(word), word) end
      local results = table.pack(pcall(assert(load(entry.code, entry[1], "t", stage()))))
      if entry.refused then return assert.matches(entry.refused, tostring(results[2])) end
      assert.is_true(results[1], tostring(results[2]))
      for k, wanted in ipairs(entry.gives) do
        local given = results[k + 1]
        if type(wanted) == "number" then assert.near(wanted, given, 1e-12) else assert.same(wanted, given) end
      end
    end)
  end
end)

-- ---- what these words mean ----

local function message(f, ...)
  local ok, e = pcall(f, ...)
  assert.is_false(ok)
  return tostring(e)
end

--- The values of y for `size` neurons after a step.
local function values(equations, opt)
  opt = opt or {}
  local net = lp.network { dt = 0.1, tier = opt.tier or "interpreter", precision = opt.precision, finite = false }
  local pop = net:population { size = opt.size or 5, neuron = lp.neuron { equations = equations, functions = opt.functions } }
  net:run(0.1)
  return pop.y:table()
end

describe("words of other programs", function()
  it("%% and // are the remainder and the whole part of one division, rounded down", function()
    for _, tier in ipairs { "interpreter", "native" } do
      assert.same({ -1, -1, 0, 0, 0, 1 }, values("y = (i - 3) // 3", { size = 6, tier = tier }))
      assert.same({ 1, 2, 0, 1, 2, 0 }, values("y = (i - 3) % 3", { size = 6, tier = tier }))
    end
    assert.same({ -2, -1, 0 }, values("y = (i + 3) % -3", { size = 3 }))
    assert.same({ 8, 8 }, values("y = 7 + 2 * 7 % 3 // 2 + 0*i", { size = 2 }))          -- from the left, as strong as *
    -- a model's own floor and mod are other functions
    assert.same({ 4, 4 }, values("y = floor(7 // 2) - 6 + 0*i", { size = 2, functions = "floor(x) = x + 7" }))
  end)

  it("isnan and isfinite are conditions", function()
    for _, tier in ipairs { "interpreter", "native" } do
      for _, precision in ipairs { "float64", "float32" } do
        assert.same({ 12, 2, 1 }, values("x = if i == 1: log(-1) else: (if i == 2: inf else: 3) ; "
          .. "y = (if isnan(x): 12 else: 0) + (if not isnan(x) and not isfinite(x): 2 else: 0) + isfinite(x)", { size = 3, tier = tier, precision = precision }))
      end
    end
    assert.matches("takes 1 argument, got 2", message(lp.neuron, { equations = "y = isnan(1, 2)" }))
  end)

  it("timestep counts whole steps in spite of rounding", function()
    assert.same({ 3, 2, -1, 10 }, values("y = timestep(if i == 1: 0.3 else: (if i == 2: 0.29 else: (if i == 3: -0.05 else: 1)), 0.1)", { size = 4 }))
  end)

  it("a line of a name and a unit is a variable that begins at 0 and can be set", function()
    local net = lp.network { dt = 1 }
    local pop = net:population { size = 3, neuron = lp.neuron { equations = "v = 2*I\n I : 1\n J : volt (shared)" } }
    assert.same({ 0, 0, 0 }, pop.I:table())
    pop.I = { 1, 2, 3 }
    net:run(1)
    assert.same({ 2, 4, 6 }, pop.v:table())
    assert.equal("number", type(pop.J))
    assert.matches("it has no '='", message(lp.neuron, { equations = "I : exponential" }))
  end)

  it("long names of units are worth what the short ones are", function()
    for long, short in pairs { volt = "V", mvolt = "mV", msecond = "ms", second = "s", namp = "nA", pamp = "pA", nsiemens = "nS", usiemens = "uS",
      pfarad = "pF", Mohm = "MOhm", khertz = "kHz" } do
      local one = lp.neuron { parameters = ("a = 3*%s ; b = 3*%s"):format(long, short), equations = "y = if a == b: 1 else: 0" }
      local net = lp.network {}
      local pop = net:population { size = 1, neuron = one }
      net:run(0.1)
      assert.equal(1, pop.y[1], long)
    end
  end)
end)

describe("constants of a network", function()
  local Cell = lp.neuron { name = "Cell", parameters = "lr ; tau = 10", equations = "tau*dx/dt = lr - x" }

  it("are values of what models only name, where objects are given none", function()
    local net = lp.network { constants = { lr = 3 } }
    local a = net:population { size = 2, neuron = Cell }
    local b = net:population { size = 2, neuron = Cell, parameters = { lr = 5 } }
    local syn = lp.synapse { parameters = "lr", equations = "dw/dt = lr*pre.x" }
    local p = net:project { from = a, to = b, synapse = syn, connect = lp.all_to_all() }
    assert.same({ 3, 5, 3 }, { a.lr[1], b.lr[1], p.lr[1] })
    assert.equal(3, net.constants.lr)
    net:run(1)
    local path = os.tmpname() .. ".h5"
    net:save(path)
    local again = lp.load(path)
    assert.same({ 3, 5, 3 }, { again.populations[1].lr[1], again.populations[2].lr[1], again.projections[1].lr[1] })
    assert.equal(3, again.constants.lr)
    os.remove(path)
  end)

  it("are refused where nothing reads them, and what is named without a value where there are none", function()
    assert.matches("its model names the parameter 'lr' without a value", message(function() lp.network {}:population { size = 1, neuron = Cell } end))
    assert.matches("which has 'l_r'", message(function() lp.network { constants = { l_r = 1 } }:population { size = 1, neuron = Cell } end))
    local net = lp.network { constants = { lrr = 1 } }
    net:population { size = 1, neuron = Cell, parameters = { lr = 1 } }
    assert.matches("no model reads the constant 'lrr'.*did you mean 'lr'", message(net.run, net, 1))
    assert.matches("lr must be a number, got the text 'a'", message(lp.network, { constants = { lr = "a" } }))
    assert.matches("a constant has a name, got 3", message(lp.network, { constants = { [3] = 1 } }))
  end)
end)
