--- lp.fit: known parameters found again, from traces and from spikes; what counts; inputs; the same result whatever the threads, from files; errors.
local lp = require "lunapse"
local compare = require "tests.compare"
local objectives = require "lunapse.fit.objectives"
local fails, near = compare.fails, compare.within

local DT = 0.1

local Passive = lp.neuron { name = "Passive", parameters = { tau = 10, E = -65, R = 1, I = 0 }, equations = "tau * dv/dt = E - v + R * I : init = E, exponential" }

local LIF = lp.neuron { name = "LIF", parameters = { tau = 20, E = -65, v_t = -50, R = 10, sigma = 0, I = 0 },
  equations = "tau * dv/dt = E - v + R * I + sigma * sqrt(2 * tau) * xi : init = E", spike = "v > v_t", reset = "v = E", refractory = 2 }

--- A current that wanders: an Ornstein-Uhlenbeck process around `mean`.
local function wandering(rows, mean, sd, seed)
  local I, x, noise = lp.zeros(rows), 0, lp.normal(0, 1):draw(rows, seed)
  for k = 1, rows do
    x = x - DT / 5 * x + math.sqrt(2 * DT / 5) * noise[k]
    I[k] = mean + sd * x
  end
  return I
end

--- What a model does with an input: recordings of v and of spikes.
local function measured(model, I, size)
  local net = lp.network { dt = DT, warnings = false }
  local cells = net:population { size = size or 1, neuron = model, drive = { I = lp.timed_array(I, { dt = DT }) } }
  local rows = net:record(cells, "v")
  local spikes = model.spike and net:record(cells, "spike")
  net:run(#I * DT)
  return rows.v, spikes
end

describe("lp.fit", function()
  local I = wandering(400, 5, 5, 1)
  local v = measured(Passive { tau = 17, R = 2.5 }, I)

  local function fit(more)
    local opt = { model = Passive, dt = DT, input = { I = I }, target = v, parameters = { tau = { 2, 60, log = true }, R = { 0.1, 10 } }, population = 20, rounds = 25 }
    for key, value in pairs(more or {}) do opt[key] = value end
    return lp.fit(opt)
  end

  it("finds parameters again by every method", function()
    for method, error_at_most in pairs { de = 1e-4, ["cma-es"] = 1e-4, crs2 = 1e-2, bobyqa = 1e-6, ["nelder-mead"] = 1e-6 } do
      local found = fit { method = method, population = (method == "de" or method == "cma-es") and 20 or 10, rounds = 25 }
      assert.is_true(found.error < error_at_most, method .. ": " .. found.error)
      near(17, found.parameters.tau, 1.5)
      near(2.5, found.parameters.R, 0.2)
    end
  end)

  it("refines what it has found, and says what it cost", function()
    local rough = fit { rounds = 8 }
    assert.equal(160, rough.candidates)
    assert.equal(8, rough.rounds)
    assert.equal(8 * 20 * 400, rough.neuron_steps)
    assert.equal("rounds", rough.stopped)
    assert.equal(8, #rough.history)
    near(rough.error, rough.history[8])
    for _, method in ipairs { "nelder-mead", "bobyqa", "cma-es" } do
      local fine = rough:refine { method = method }
      assert.is_true(fine.error < 1e-12, method .. ": " .. fine.error)
      near(17, fine.parameters.tau, 1e-4)
      assert.is_true(fine.candidates > 160 and fine.neuron_steps > rough.neuron_steps)
    end
    near(rough:refine().error, fit { rounds = 8, refine = "nelder-mead" }.error)
    assert.equal(160, rough.candidates)           -- and stays as it was
  end)

  it("has an error that is the mean squared difference", function()
    local found = fit { rounds = 2 }
    local again = measured(found:model(), I)
    near(((again - v) ^ 2):mean(), found.error, 1e-12)
    local s = found:simulate { record = "v" }
    near(0, (s.v - again):abs():max(), 0)
    near(DT, s.t[1])
    near(40, s.t[#s.t], 1e-9)
  end)

  it("does not depend on threads, on the size of the blocks in which it sums, or on who looks", function()
    local one, three = fit { rounds = 4 }, fit { rounds = 4, threads = 3 }
    assert.is_true(one:tried().value == three:tried().value and one:tried().tau == three:tried().tau)
    local whole = fit { rounds = 4, objective = function(a, b) return ((a - b) ^ 2):mean() end }
    near(0, (whole:tried().value / one:tried().value - 1):abs():max(), 1e-9)
  end)

  it("goes on from a file, and refuses that of something else", function()
    local file = os.tmpname() .. ".h5"
    local whole = fit { rounds = 6 }
    fit { rounds = 3, file = file }
    local again = fit { rounds = 6, file = file }
    assert.is_true(again:tried().value == whole:tried().value)
    assert.equal(4, again.rounds)                 -- the first one, to compare, and three
    local message = fails(fit, { rounds = 6, file = file, target = v + 1 })
    assert.is_truthy(message:find("is of another search: its point 1 has the value", 1, true), message)
    os.remove(file)
  end)

  it("counts what lies in windows, with weights, at every so many ms", function()
    local spoilt = v:copy()
    spoilt:slice(1, 100):add(40)
    spoilt:slice(301, 400):add(-40)
    local found = fit { target = { v = spoilt }, windows = { { 10.05, 20 }, { 20, 29.95 } }, rounds = 40 }
    assert.is_true(found.error < 1e-3, found.error)
    near(17, found.parameters.tau, 1)
    local all = fit { target = spoilt, rounds = 1 }:tried().value
    local weighted = fit { target = { v = spoilt }, weights = { v = 3 }, rounds = 1 }:tried().value
    near(0, (weighted / all - 3):abs():max(), 1e-12)
    local rows = lp.array.from(lp.arange(5, 400):table())[lp.arange(5, 400):mod(5):eq(0)]
    local thinned = fit { target = v:column(1)[rows], every = 0.5, rounds = 25 }
    assert.is_true(thinned.error < 1e-3, thinned.error)
  end)

  it("takes several inputs, as arrays or sources, and values to begin with", function()
    local both = lp.array.stack({ I, wandering(400, -3, 4, 2) }, 2)
    local targets = {}
    for k = 1, 2 do targets[k] = measured(Passive { tau = 17, R = 2.5 }, both:column(k):copy()):column(1) end
    local target = lp.array.stack(targets, 2)
    local found = fit { input = { I = both }, target = target, rounds = 3 }
    local sources = {}
    for k = 1, 2 do sources[k] = lp.timed_array(both:column(k):copy(), { dt = DT }) end
    local by_source = fit { input = { I = sources }, target = target, rounds = 3 }
    assert.is_true(found:tried().value == by_source:tried().value)
    local sum = 0
    for k = 1, 2 do sum = sum + ((measured(found:model(), both:column(k):copy()):column(1) - targets[k]) ^ 2):mean() / 2 end
    near(sum, found.error, 1e-12)
    assert.same({ 400, 2 }, { found:simulate().v:shape() })
    near(-50, fit({ initial = { v = -50 }, rounds = 1 }):simulate().v:get(1, 1), 0.5)
    near(-65, fit({ rounds = 1 }):simulate().v:get(1, 1), 1)
  end)

  it("connects what else drives the candidates", function()
    local Synaptic = lp.neuron { name = "Synaptic", parameters = { tau = 10, tau_g = 5, w = 1 }, equations = [[
      tau_g * dg_exc/dt = -g_exc      : exponential
      tau * dv/dt = -v + w * g_exc    : exponential ]] }
    local function setup(net, cells, k)
      local source = net:spike_source { size = 1, neuron = { 1, 1 }, t = { 3 * k, 12 } }
      net:project { from = source, to = cells, target = "exc", connect = lp.all_to_all(), weights = 10 }
    end
    local targets = {}
    for k = 1, 2 do
      local net = lp.network { dt = DT, warnings = false }
      local cells = net:population { size = 1, neuron = Synaptic { tau_g = 8, w = 2 } }
      setup(net, cells, k)
      local rows = net:record(cells, "v")
      net:run(30)
      targets[k] = rows.v:column(1)
    end
    local found = lp.fit { model = Synaptic, dt = DT, target = lp.array.stack(targets, 2), setup = setup, parameters = { tau_g = { 1, 20 }, w = { 0.1, 5 }, tau = 10 },
      population = 20, rounds = 30 }
    assert.is_true(found.error < 1e-6, found.error)
    near(8, found.parameters.tau_g, 0.05)
  end)

  it("finds all seven parameters of an AdEx within 2 %", function()
    local current = wandering(1500, 600, 350, 5)
    current:slice(900, 1500):add(200)
    local target, spikes = measured(lp.models.AdEx, current)
    assert.is_true(spikes:count() >= 3)
    local found = lp.fit { model = lp.models.AdEx, dt = DT, input = { I = current }, target = target, population = 100, rounds = 60, refine = "cma-es",
      parameters = { C = { 100, 500 }, g_L = { 10, 60 }, E_L = { -90, -55 }, delta_T = { 0.5, 6 }, a = { 0, 20 }, tau_w = { 30, 400 }, b = { 10, 300 } } }
    for name, value in pairs { C = 281, g_L = 30, E_L = -70.6, delta_T = 2, a = 4, tau_w = 144, b = 80.5 } do
      near(value, found.parameters[name], 0.02 * math.abs(value))
    end
  end)

  it("simulates in float32 and goes on in float64", function()
    local current = wandering(800, 1.4, 0.9, 3)
    local target = measured(LIF, current)
    local function narrow(threads)
      return lp.fit { model = LIF, dt = DT, input = { I = current }, target = target, parameters = { tau = { 5, 50 }, v_t = { -60, -40 } },
        population = 40, rounds = 12, precision = "float32", threads = threads }
    end
    local rough = narrow(1)
    assert.is_true(narrow(2):tried().value == rough:tried().value)
    local same, fine = rough:refine { method = "cma-es" }, rough:refine { method = "cma-es", precision = "float64" }
    near(20, same.parameters.tau, 0.01)
    assert.is_true(same.error > 1e-13, "float32 has no more digits: " .. same.error)
    assert.is_true(fine.error < 1e-16, fine.error)
    assert.is_true((fine:simulate().v - target):abs():max() < 1e-6)
    local kept = rough:refine { method = "cma-es", rounds = 1, step = 1e-9, precision = "float64" }
    near(rough.error, kept.error, 1e-3 * rough.error)                    -- what was found counts, as it is in this precision
    assert.equal("lp.fit: precision must be 'float64' or 'float32', got the text 'half'",
      fails(lp.fit, { model = LIF, target = target, dt = DT, input = { I = current }, parameters = { tau = { 5, 50 } }, precision = "half" }))
  end)

  it("finds the conductances of a Hodgkin-Huxley neuron from traces at two currents", function()
    local made_with, current = { gbar_Na = 24, gbar_K = 5, gleak = 0.012 }, lp.zeros(300, 2)
    current:column(1):slice(50, 300):fill(0.2)
    current:column(2):slice(50, 300):fill(0.8)
    local net = lp.network { dt = DT }
    local cells = net:population { size = 2, neuron = lp.models.HH_cond_exp(made_with), drive = { i_offset = lp.timed_array(current, { dt = DT }) } }
    local rows, spikes = net:record(cells, "v"), net:record(cells, "spike")
    net:run(30)
    assert.is_true(spikes:count() >= 3)
    local found = lp.fit { model = lp.models.HH_cond_exp, dt = DT, input = { i_offset = current }, target = rows.v, population = 40, rounds = 30, refine = "cma-es",
      parameters = { gbar_Na = { 5, 100, log = true }, gbar_K = { 1, 30, log = true }, gleak = { 0.001, 0.1, log = true } } }
    for name, value in pairs(made_with) do near(value, found.parameters[name], 0.01 * value) end
  end)

  it("comes as near to noisy spikes as the model that made them", function()
    local current = wandering(6000, 1.4, 0.9, 3)
    local _, spikes = measured(LIF { sigma = 1 }, current, 8)
    local opt = { model = LIF, dt = DT, input = { I = current }, target = spikes, parameters = { tau = { 5, 50 }, v_t = { -60, -40 } }, population = 40, rounds = 12 }
    local found = lp.fit(opt)
    opt.parameters, opt.method, opt.rounds, opt.population = { tau = 20, v_t = -50, E = { -65.000001, -65 } }, "nelder-mead", 1, 1
    local true_one = lp.fit(opt)
    assert.is_true(true_one.error < 0.7)
    assert.is_true(found.error <= true_one.error + 0.02, ("%g, %g"):format(found.error, true_one.error))
  end)

  it("calls what never becomes finite infinitely bad, and stays quiet about it", function()
    local Growing = lp.neuron { name = "Growing", parameters = { k = 1 }, equations = "dv/dt = k * v * v - v : init = 1.2" }
    local net = lp.network { dt = DT }
    local cells = net:population { size = 1, neuron = Growing { k = 0.5 } }
    local rows = net:record(cells, "v")
    net:run(20)
    local found = lp.fit { model = Growing, dt = DT, target = rows.v, parameters = { k = { 0, 2 } }, population = 20, rounds = 12, method = "cma-es" }
    near(0.5, found.parameters.k, 1e-2)
    assert.is_true(found:tried().value:eq(math.huge):any())
    assert.is_truthy(fails(lp.fit, { model = Growing, dt = DT, target = rows.v, parameters = { k = { 5, 6 } }, population = 20 })
      :find("none of the 20 candidates of the first round has a finite error, such as { k = 5.", 1, true))
  end)

  it("prints a table, and has the names that it lists", function()
    local found = fit { rounds = 2 }
    local text = tostring(found)
    local head = "^fit of 'Passive' by de: error [%d.e-]+ after 40 candidates in 2 runs; all rounds are used up\n"
    assert.is_truthy(text:find(head .. "  R    +[%d.]+   in 0.1 .. 10\n  tau  +[%d.]+   in 2 .. 60, log$"), text)
    for _, name in ipairs(getmetatable(found).__complete()) do assert.is_truthy(found[name] ~= nil, name) end
    assert.is_truthy(fails(function() return found.eror end):find("fit: unknown method or field 'eror': did you mean 'error'?", 1, true))
  end)

  it("refuses what it cannot mean", function()
    local short = v:slice(1, 300):copy()
    local bad = v:copy()
    bad:set(17, 1, 0 / 0)
    for text, more in pairs {
      ["lp.fit: model 'Passive': unknown parameter 'taw': did you mean 'tau'?"] = { parameters = { taw = { 1, 2 } } },
      ["lp.fit: parameter 'tau': the bounds must rise, got 50 to 5"] = { parameters = { tau = { 50, 5 } } },
      ["lp.fit: input: model 'Passive': unknown variable 'J'"] = { input = { J = I } },
      ["lp.fit: input 'I' (400 rows every 0.1 ms) lasts 40 ms, target 'v' (300 rows every 0.1 ms) 30 ms"] = { target = short },
      ["lp.fit: target 'v' (400 rows every 0.1 ms) lasts 40 ms, option 'duration' 50 ms"] = { duration = 50 },
      ["lp.fit: target 'v' is not finite at row 17"] = { target = bad },
      ["lp.fit: target: model 'Passive': unknown variable 'u' (known: v)"] = { target = { u = v } },
      ["lp.fit: target: model 'Passive': unknown variable 'spike' (known: v)"] = { target = { spike = { 1, 2 } } },
      ["lp.fit: target 'v' must be an array [rows] or [rows][inputs] of numbers, got shape 2 x 2 x 2"] = { target = lp.zeros(2, 2, 2) },
      ["lp.fit: target 'v' has 3 traces, input 'I' has 2"] = { target = lp.zeros(400, 3), input = { I = lp.zeros(400, 2) } },
      ["lp.fit: objective 'gamma' is of spikes: target 'v' has 'mse', or a function"] = { objective = "gamma" },
      ["lp.fit: unknown objective 'msee': did you mean 'mse'?"] = { objective = "msee" },
      ["lp.fit: weights: unknown target 'u' (known: v)"] = { weights = { u = 1 } },
      ["lp.fit: the weight of 'v' must be at least 0, got -1"] = { weights = { v = -1 } },
      ["lp.fit: window 1 must be { from, to } in ms within 0 .. 40, behind the window before it, got { 30, 50 }"] = { windows = { 30, 50 } },
      ["lp.fit: every must be a multiple of dt, 0.1 ms, got 0.25"] = { every = 0.25 },
      ["lp.fit: initial: model 'Passive': unknown variable 'w'"] = { initial = { w = 1 } },
      ["lp.fit: option 'model' must be a model of neurons"] = { model = lp.models.STDP },
      ["refine: method 'de' looks everywhere"] = { rounds = 1, refine = "de" },
      ["lp.fit: the objective of 'v' must give a number, math.huge where there is none, got NaN for { R = "] = { objective = function() return 0 / 0 end },
    } do
      local message = fails(fit, more)
      assert.is_truthy(message:find(text, 1, true), message)
    end
    assert.is_truthy(fails(lp.fit, { model = Passive, parameters = { tau = { 1, 2 } } }):find("lp.fit: option 'target' is missing", 1, true))
    assert.is_truthy(fails(lp.fit, { model = LIF, target = { spike = { 1, 2 } }, parameters = { tau = { 1, 2 } } })
      :find("lp.fit: how long it lasts is not known: option 'duration' is missing", 1, true))
    local raised = { "mine" }
    local ok, value = pcall(fit, { objective = function() error(raised) end })
    assert.is_true(not ok and value == raised)
  end)
end)

describe("an objective of one's own", function()
  local I = wandering(600, 1.6, 0.5, 4)
  local v, spikes = measured(LIF, I)

  it("sees the trace, the spikes, the target and the run", function()
    local seen = {}
    local found = lp.fit { model = LIF, dt = DT, input = { I = I }, target = { v = v, spike = spikes }, parameters = { v_t = { -55, -45 } }, population = 4, rounds = 1,
      weights = { v = 1, spike = 10 },
      objective = {
        v = function(simulated, target, run)
          assert.same({ 600 }, { simulated:shape() })
          assert.is_true(target == v:column(1))
          assert.same({ 600 }, { run.t:shape() })
          assert.is_true(run.v == simulated and run.input == 1)
          seen[#seen + 1] = run.parameters.v_t
          return 1
        end,
        spike = function(simulated, target, run)
          assert.is_true(target == spikes.t)
          assert.is_true(run.spike == simulated)
          return math.abs(#simulated - #target)
        end,
      } }
    assert.equal(4, #seen)
    local again = found:simulate()
    near(1 + 10 * math.abs(#again.spike.t - #spikes.t), found.error, 1e-12)
  end)
end)

describe("the coincidence factor", function()
  local function gamma(data, model) return objectives.gamma(data, model, 2, 1000) end

  it("is 1 for the same trains, 0 for what chance does, and by the formula in between", function()
    local train = { 100, 200, 300, 400 }
    near(1, gamma(train, train))
    near(1, gamma(train, { 101, 199, 302, 398 }))
    near(0, gamma(train, {}))
    near(1, gamma({}, {}))
    -- two of three within 2 ms; by chance 2 * 2 ms * 3/1000 ms * 4
    near((2 - 0.012 * 4) / 3.5 / (1 - 0.012), gamma(train, { 101, 250, 301 }))
    near((1 - 0.008 * 4) / 3 / (1 - 0.008), gamma(train, { 100, 101 }))       -- one spike of the data coincides with one alone
  end)

  it("is 0 in the mean for trains that have nothing to do with each other", function()
    local function poisson(seed)
      local t = (lp.exponential(0.02):draw(300, seed)):cumsum()
      return t[t:lt(10000)]:table()
    end
    local sum = 0
    for k = 1, 60 do sum = sum + objectives.gamma(poisson(2 * k), poisson(2 * k + 1), 1, 10000) / 60 end
    near(0, sum, 0.02)
  end)

  it("is -1 where the model fires all the time", function()
    local all = {}
    for k = 1, 500 do all[k] = 2 * k end
    near(-1, gamma({ 100, 200 }, all))
  end)
end)
