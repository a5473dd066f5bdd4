--- Searches for the least value: all methods on functions of BBOB (Hansen et al. 2009: sphere, ellipsoid, Rosenbrock, Rastrigin; on [-5, 5], moved off the middle), what
--- ends them, asking and telling, over processes, from files, and their errors.
local lp = require "lunapse"
local compare = require "tests.compare"
local options = require "lunapse.options"
local fails, near = compare.fails, compare.within

--- The warnings that the library gives while f runs.
local function warnings_of(f)
  local said, before = {}, options.warn
  options.warn = function(message) said[#said + 1] = message end
  local ok, message = pcall(f)
  options.warn = before
  assert(ok, message)
  return table.concat(said, "\n")
end

local OFF = { 1.3, -0.7, 2.1, 0.4, -1.9, 0.9, -2.2, 1.1 }

local functions = {}

--- Each with its minimum, 0, at OFF.
function functions.sphere(x)
  local sum = 0
  for k = 1, #x do sum = sum + (x[k] - OFF[k]) ^ 2 end
  return sum
end

function functions.ellipsoid(x)
  local sum = 0
  for k = 1, #x do sum = sum + 10 ^ (6 * (k - 1) / (#x - 1)) * (x[k] - OFF[k]) ^ 2 end
  return sum
end

function functions.rosenbrock(x)
  local sum = 0
  for k = 1, #x - 1 do
    local a, b = x[k] - OFF[k] + 1, x[k + 1] - OFF[k + 1] + 1
    sum = sum + 100 * (b - a * a) ^ 2 + (1 - a) ^ 2
  end
  return sum
end

function functions.rastrigin(x)
  local sum = 0
  for k = 1, #x do sum = sum + 10 + (x[k] - OFF[k]) ^ 2 - 10 * math.cos(2 * math.pi * (x[k] - OFF[k])) end
  return sum
end

local function box(d)
  local list = {}
  for k = 1, d do list[k] = { -5, 5 } end
  return list
end

--- method -> function -> how near to 0 it must come in how many values, at most, in five dimensions.
local wanted = {
  ["cma-es"] = { sphere = { 1e-9, 1200 }, ellipsoid = { 1e-8, 2500 }, rosenbrock = { 1e-8, 4000 }, rastrigin = { 1e-8, 16000, population = 200 } },
  de = { sphere = { 1e-9, 8000 }, ellipsoid = { 1e-9, 12000 }, rosenbrock = { 1e-7, 20000, population = 40 }, rastrigin = { 1e-8, 20000 } },
  crs2 = { sphere = { 1e-6, 4000 }, ellipsoid = { 1e-4, 6000 }, rosenbrock = { 1e-6, 9000 } },
  isres = { sphere = { 0.05, 8000 }, rastrigin = { 12, 8000 } },
  esch = { sphere = { 0.1, 8000 } },
  direct = { sphere = { 1e-3, 5000 }, rosenbrock = { 5, 5000 } },
  bobyqa = { sphere = { 1e-9, 100 }, ellipsoid = { 1e-7, 300 }, rosenbrock = { 1e-6, 1000 } },
  ["nelder-mead"] = { sphere = { 1e-8, 1000 }, ellipsoid = { 1e-6, 2000 }, rosenbrock = { 1e-6, 2000 } },
}

describe("lp.minimize", function()
  for method, rows in pairs(wanted) do
    for name, row in pairs(rows) do
      it(("finds the least value of the %s by %s"):format(name, method), function()
        local found = lp.minimize(functions[name], { parameters = box(5), method = method, evaluations = row[2], population = row.population, seed = 3 })
        assert.is_true(found.value <= row[1], found.value)
        assert.is_true(found.evaluations <= row[2])
        near(found.value, functions[name](found.parameters))
      end)
    end
  end

  it("adapts to what is turned and stretched: CMA-ES needs as many values for an ellipsoid in any direction", function()
    local a = lp.linalg.qr(lp.normal(0, 1):draw(25, 7):reshape(5, 5))
    local function turned(x)
      local y = a:dot(lp.array(x) - lp.array(OFF):slice(1, 5)):table()
      for k = 1, 5 do y[k] = y[k] + OFF[k] end
      return functions.ellipsoid(y)
    end
    local found = lp.minimize(turned, { parameters = box(5), method = "cma-es", evaluations = 3000 })
    assert.is_true(found.value < 1e-8, found.value)
  end)

  it("has the same points for the same seed, and others for another", function()
    for _, method in ipairs { "cma-es", "de", "crs2", "isres", "esch", "bayes" } do
      local function run(seed)
        return lp.minimize(functions.sphere, { parameters = box(2), method = method, evaluations = method == "bayes" and 14 or 200, seed = seed }):tried()
      end
      local first, again, other = run(1), run(1), run(2)
      assert.is_true(first[2] == again[2] and first.value == again.value, method)
      assert.is_false(first.value == other.value, method)
    end
  end)

  it("takes parameters by name, fixed ones, logarithmic ranges, starts", function()
    local seen = {}
    local found = lp.minimize(function(p)
      seen[#seen + 1] = p
      return math.log(p.tau / 3e-4) ^ 2 + (p.w - 2) ^ 2 + p.fixed
    end, { parameters = { tau = { 1e-6, 1, log = true, start = 1e-2 }, w = { -1, 5, start = 4.5 }, fixed = 7 }, method = "nelder-mead" })
    near(3e-4, found.parameters.tau, 1e-4)
    near(2, found.parameters.w, 1e-4)
    assert.equal(7, found.parameters.fixed)
    near(1e-2, seen[1].tau, 1e-12)
    near(4.5, seen[1].w, 1e-12)
    for _, p in ipairs(seen) do assert.is_true(p.tau >= 1e-6 and p.tau <= 1 and p.w >= -1 and p.w <= 5) end
    local x = found:tried()
    assert.equal(found.evaluations, #x.tau)
    near(found.value, x.value:min())
    near(found.value, found.history[#found.history])
  end)

  it("draws logarithmic ranges evenly by factors", function()
    local below = 0
    lp.minimize(function(p) below = below + (p[1] < 1e-2 and 1 or 0) return 0.0 end, { parameters = { { 1e-4, 1, log = true } }, method = "de", population = 1000,
      evaluations = 1000 })
    assert.equal(500, below)
  end)

  it("finds least values at bounds", function()
    for _, method in ipairs { "cma-es", "de", "bobyqa", "nelder-mead" } do
      local found = lp.minimize(function(x) return x[1] - 2 * x[2] end, { parameters = { { 1, 4 }, { -3, 5 } }, method = method })
      near(-9, found.value, 1e-3, method)
    end
  end)

  it("ends at a goal, by tolerance, or with its evaluations", function()
    local goal = lp.minimize(functions.sphere, { parameters = box(3), goal = 0.5 })
    assert.equal("goal", goal.stopped)
    assert.is_true(goal.value <= 0.5)
    assert.equal("tolerance", lp.minimize(functions.sphere, { parameters = box(3), tolerance = 1e-2 }).stopped)
    for _, method in ipairs { "cma-es", "de", "crs2", "esch", "direct", "bobyqa", "nelder-mead", "isres" } do
      local n = 0
      local found = lp.minimize(function(x) n = n + 1 return functions.rosenbrock(x) end, { parameters = box(3), method = method, evaluations = 90 })
      assert.is_true(n == found.evaluations and n <= 90, method)
      if method ~= "bobyqa" and method ~= "nelder-mead" then assert.equal("evaluations", found.stopped) end
    end
  end)

  it("hands errors of the function on, whatever they are, and works after them", function()
    for _, method in ipairs { "cma-es", "bobyqa", "crs2", "direct" } do
      local raised, n = { "mine" }, 0
      local ok, value = pcall(lp.minimize, function()
        n = n + 1
        if n == 3 then error(raised) end
        return 1
      end, { parameters = box(3), method = method })
      assert.is_true(not ok and value == raised and n == 3, method)
      assert.is_true(lp.minimize(functions.sphere, { parameters = box(2), method = method, evaluations = 60 }).value < 5)
    end
  end)

  it("may be called from a function that it calls", function()
    local found = lp.minimize(function(x)
      return lp.minimize(function(y) return (x[1] - 1) ^ 2 + (y[1] - x[1]) ^ 2 end, { parameters = { { -2, 2 } }, method = "nelder-mead" }).value
    end, { parameters = { { -2, 2 } }, method = "nelder-mead" })
    near(1, found.parameters[1], 1e-4)
  end)

  it("takes math.huge for what has no value", function()
    for _, method in ipairs { "cma-es", "de", "crs2", "nelder-mead", "bayes" } do
      local found = lp.minimize(function(x) return x[1] < 0 and math.huge or (x[1] - 1) ^ 2 + x[2] ^ 2 end, { parameters = { { -2, 2, start = 1.5 }, { -2, 2 } },
        method = method, evaluations = method == "bayes" and 40 or 2000 })
      assert.is_true(found.value < 0.05, method)
    end
  end)

  it("prints a table", function()
    local found = lp.minimize(function(p) return p.b - p.a end, { parameters = { a = { 0, 1 }, b = { 1, 10, log = true } }, method = "bobyqa" })
    assert.equal([[
search by bobyqa: 0 after N evaluations; its points lie together
  a  1   in 0 .. 1, at its upper bound
  b  1   in 1 .. 10, log, at its lower bound]], (tostring(found):gsub("after %d+", "after N")))
  end)

  it("refuses what it cannot mean", function()
    local f = functions.sphere
    for text, opt in pairs {
      ["lp.minimize: parameter 'tau': the bounds must rise, got 50 to 5"] = { parameters = { tau = { 50, 5 } } },
      ["lp.minimize: parameter '1': the upper bound must be a finite number, got nothing"] = { parameters = { { 1 } } },
      ["lp.minimize: parameter 'tau': a logarithmic range must be above 0, got 0 to 5"] = { parameters = { tau = { 0, 5, log = true } } },
      ["lp.minimize: parameter 'tau': start must lie within the bounds, 1 to 5, got 6"] = { parameters = { tau = { 1, 5, start = 6 } } },
      ["lp.minimize: parameter 'tau': unknown option 'lgo': did you mean 'log'?"] = { parameters = { tau = { 1, 5, lgo = true } } },
      ["lp.minimize: parameter 'tau' must be a range { low, high } or a number, got the text '5..50'"] = { parameters = { tau = "5..50" } },
      ["lp.minimize: nothing to look for: no parameter has a range { low, high }"] = { parameters = { tau = 5 } },
      ["lp.minimize: unknown method 'neldermead': did you mean 'nelder-mead'?"] = { parameters = box(2), method = "neldermead" },
      ["lp.minimize: method 'bobyqa' needs at least 2 free parameters, got 1: 'nelder-mead' takes one"] = { parameters = { { 1, 2 } }, method = "bobyqa" },
      ["lp.minimize: evaluations must be at least the population, 100, got 50"] = { parameters = box(2), population = 100, evaluations = 50 },
      ["lp.minimize: population must be a whole number in 4..1000000, got 3"] = { parameters = box(2), population = 3 },
      ["lp.minimize: unknown option 'bound'"] = { bound = box(2) },
    } do
      local message = fails(lp.minimize, f, opt)
      assert.is_truthy(message:find(text, 1, true), message)
    end
    for _, method in ipairs { "cma-es", "bobyqa" } do
      local opt = { parameters = { a = { 0, 1 }, b = { 0, 1 } }, method = method }
      assert.is_truthy(fails(lp.minimize, function() return 0 / 0 end, opt):find "the value of { a = [%d.]+, b = [%d.]+ } is NaN: math.huge says that there is none")
      assert.is_truthy(fails(lp.minimize, function() end, opt):find "a number expected as value of { a = [%d.]+, b = [%d.]+ }, got nothing")
    end
    assert.is_truthy(fails(lp.minimize, 3, {}):find("lp.minimize: a function expected, got 3", 1, true))
  end)
end)

describe("lp.optimizer", function()
  it("is asked and told, and comes to what lp.minimize finds", function()
    for _, method in ipairs { "cma-es", "de", "bayes" } do
      local opt = { parameters = box(2), method = method, evaluations = method == "bayes" and 22 or 400, seed = 5 }
      local whole, search = lp.minimize(functions.rosenbrock, opt), lp.optimizer(opt)
      while not search.stopped do
        local values = {}
        for k, p in ipairs(search:ask()) do values[k] = functions.rosenbrock(p) end
        if #values > 0 then search:tell(values) end
      end
      assert.equal(whole.value, search.value)
      assert.equal(whole.evaluations, search.evaluations)
      assert.same(whole.parameters, search.parameters)
      assert.same({}, search:ask())
    end
  end)

  it("refuses answers to what was not asked", function()
    local search = lp.optimizer { parameters = box(2), method = "de", population = 5 }
    assert.is_truthy(fails(search.tell, search, { 1 }):find("search:tell: nothing was asked", 1, true))
    search:ask()
    assert.is_truthy(fails(search.ask, search):find("search:ask: the values of the last points are missing", 1, true))
    assert.is_truthy(fails(search.tell, search, { 1, 2 }):find("search:tell: 5 values expected, got 2", 1, true))
    search:tell(lp.arange(1, 5))
    assert.equal(1, search.value)
    assert.is_truthy(fails(lp.optimizer, { parameters = box(2), method = "crs2" }):find("'crs2' asks for one value after the other", 1, true))
    assert.is_truthy(fails(function() return search.vlue end):find("unknown method or field 'vlue': did you mean 'value'?", 1, true))
  end)
end)

--- Branin's function (Jones et al. 1998): three minima of 0.397887.
local function branin(p)
  return (p.y - 5.1 / (4 * math.pi ^ 2) * p.x ^ 2 + 5 / math.pi * p.x - 6) ^ 2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(p.x) + 10
end

local plane = { x = { -5, 10 }, y = { 0, 15 } }

describe("lp.optimize", function()
  local file

  before_each(function() file = os.tmpname() .. ".npz" end)
  after_each(function() os.remove(file) os.remove((file:gsub("%.npz$", ""))) end)

  it("finds the least value in few evaluations", function()
    local found = lp.optimize { parameters = plane, run = branin, evaluations = 24, population = 6, workers = 2 }
    assert.is_true(found.value < 0.7, found.value)
    assert.equal(24, found.evaluations)
  end)

  it("brings a network with conductances to 30 Hz, within 0.05 Hz, in less than 40 runs", function()
    local COBA = lp.neuron {
      name = "COBA", parameters = { E_l = -49 },
      equations = [[
        20 * dv/dt = E_l - v + g_exc * (0 - v) + g_inh * (-80 - v)   : init = Normal(-55, 5)
        5 * dg_exc/dt = -g_exc                                       : exponential
        10 * dg_inh/dt = -g_inh                                      : exponential ]],
      spike = "v > -50", reset = "v = -60", refractory = 5,
    }
    local function rate(p)
      local net = lp.network { dt = 0.1, seed = 3 }
      local cells = net:population { size = 200, neuron = COBA { E_l = p.E_l } }
      net:project { from = cells:slice(1, 160), to = cells, target = "exc", connect = lp.fixed_probability(0.1), weights = 0.03 }
      net:project { from = cells:slice(161, 200), to = cells, target = "inh", connect = lp.fixed_probability(0.1), weights = 0.2 }
      local spikes = net:record(cells, "spike")
      net:run(300)
      return spikes:window(50, 300):mean_rate()
    end
    local found = lp.optimize { parameters = { E_l = { -48, -30 } }, workers = 2, evaluations = 39, goal = 0.05 ^ 2, run = function(p) return (rate(p) - 30) ^ 2 end }
    assert.equal("goal", found.stopped)
    near(30, rate(found.parameters), 0.05)
  end)

  it("finds it in the presence of noise", function()
    local k = 0
    local function noisy(p)
      k = k + 1
      return (p.x - 1) ^ 2 + 0.05 * lp.normal(0, 1):draw(1, k)[1]
    end
    local found = lp.minimize(noisy, { parameters = { x = { -3, 3 } }, method = "bayes", evaluations = 16 })
    near(1, found.parameters.x, 0.35)
  end)

  it("hits a target by what the runs give, in few of them", function()
    local function rate(p) return 240 / (p.w - 1.5) ^ 1.2 - 2 end                    -- as a network's over the weight of inhibition
    local function search(seed, run) return lp.optimize { parameters = { w = { 4, 12 } }, target = 30, goal = 0.05, evaluations = 39, seed = seed, workers = 1, run = run } end
    for seed = 1, 3 do
      local found = search(seed, rate)
      assert.equal("goal", found.stopped)
      assert.is_true(found.evaluations <= 16, found.evaluations)
      near(30, rate(found.parameters), 0.05)
      assert.is_nil(found.uncertain)
    end
    local found = search(1, function(p, k)
      local error_of = math.abs(rate(p) - 30) > 1 and 0.3 or 0.06
      return rate(p) + error_of * lp.normal(0, 1):draw(1, k)[1], error_of
    end)
    assert.equal("goal", found.stopped)
    assert.is_true(found.evaluations > 12 and found.value + 3 * found.uncertain <= 0.05)
    near(30, rate(found.parameters), 0.05)
    assert.is_true(found:tried().value:min() > 1e-4 and not found:tried().w:eq(found.parameters.w):any())       -- not the luckiest run
    assert.is_truthy(tostring(found):find("+- 0.01", 1, true))
    local lucky = lp.optimize { parameters = { w = { 4, 12 } }, target = 30, goal = 0.05, evaluations = 8, workers = 1, run = function() return 30, 1 end }
    assert.equal("evaluations", lucky.stopped)                                        -- each hits it, but none is sure of it
  end)

  it("hits several targets at once, and one by other methods", function()
    local function both(p) return { 10 * p.x * p.y, p.x + 3 * p.y } end
    local found = lp.optimize { parameters = { x = { 0.1, 4 }, y = { 0.1, 4 } }, target = { 20, 7 }, run = both, goal = 0.05, evaluations = 40, workers = 1 }
    assert.equal("goal", found.stopped)
    local x, y = found.parameters.x, found.parameters.y
    near(found.value, math.sqrt((10 * x * y - 20) ^ 2 + (x + 3 * y - 7) ^ 2), 1e-12)
    local other = lp.optimize { parameters = { x = { 0, 4 } }, target = 3, run = function(p) return p.x ^ 2 end, method = "de", population = 6, evaluations = 120, workers = 1 }
    near(math.sqrt(3), other.parameters.x, 1e-2)
  end)

  it("says what is wrong with a target, or with what a run gives for it", function()
    local function message(target, run)
      return fails(lp.optimize, { parameters = { x = { 0, 1 } }, target = target, run = run or function() return 1 end, evaluations = 4, workers = 1 })
    end
    assert.equal("lp.optimize: target must be a finite number, or a list of these, got NaN", message(0 / 0))
    assert.equal("lp.optimize: target must be a finite number, or a list of these, got nothing", message {})
    local cases = { { { 1, 2 }, function() return 1 end, "it returned 1, where 2 numbers were expected" },
      { 1, function() return "a" end, "it returned the text 'a', where a number was expected" },
      { 1, function() return 0 / 0 end, "it returned NaN" }, { 1, function() return math.huge end, "it returned an infinite number" },
      { 1, function() return 1, -1 end, "it returned -1, where a standard error was expected" },
      { { 1, 2 }, function() return { 1, 2 }, 3 end, "it returned 3, where 2 standard errors were expected" } }
    for _, case in ipairs(cases) do
      local said
      warnings_of(function() said = message(case[1], case[2]) end)
      assert.is_truthy(said:find(case[3], 1, true), said)
    end
  end)

  it("goes on from a file with a target", function()
    local function of(run, evaluations)
      return lp.optimize { parameters = { x = { 0, 4 } }, target = 3, evaluations = evaluations, workers = 1, file = file, run = run }
    end
    local function run(p, k) return p.x ^ 2, 0.1 + k / 1000 end
    of(run, 8)
    local again = of(function(p, k)
      if k <= 8 then error "was done before" end
      return run(p, k)
    end, 12)
    os.remove(file)
    local whole = of(run, 12)
    assert.is_true(whole:tried().x == again:tried().x and whole.uncertain == again.uncertain)
    local function refused(target)
      return fails(lp.optimize, { parameters = { x = { 0, 4 } }, target = target, run = function() return 1 end, evaluations = 12, file = file })
    end
    assert.is_truthy(refused(nil):find("holds no search for these 1 parameters:", 1, true))
    assert.is_truthy(refused({ 1, 2 }):find("holds no search for these 1 parameters and a target of 2:", 1, true))
  end)

  it("does not depend on the number of workers", function()
    local function run(n) return lp.optimize { parameters = plane, run = branin, method = "de", population = 6, evaluations = 12, workers = n } end
    local one, three = run(1), run(3)
    assert.is_true(one:tried().x == three:tried().x and one:tried().value == three:tried().value)
  end)

  it("numbers the evaluations, and keeps what the script has", function()
    local mine = 0
    local found = lp.optimize { parameters = plane, run = function(_, k) mine = mine + 1 return k + mine / 10 end, evaluations = 9, workers = 2, method = "de", population = 9 }
    assert.same({ 1.1, 2.1, 3.1, 4.1, 5.1, 6.1, 7.1, 8.1, 9.1 }, found:tried().value:table())
    assert.equal(0, mine)
  end)

  it("goes on from a file, to the same points", function()
    local function of(run, evaluations) return { parameters = plane, run = run, evaluations = evaluations, file = file, method = "de", population = 4, workers = 2 } end
    local whole = lp.minimize(branin, { parameters = plane, method = "de", population = 4, evaluations = 16 })
    lp.optimize(of(branin, 7))
    local again = lp.optimize(of(function(p, k) return k > 4 and branin(p) or error "was done before" end, 16))
    assert.is_true(whole:tried().x == again:tried().x and whole:tried().value == again:tried().value)
    local held = lp.read(file)
    assert.same({ 16, 2 }, { held.points:shape() })
    lp.optimize(of(function() error "was done before" end, 16))
  end)

  it("keeps the values of a generation that was not finished", function()
    local done, search = 0, require "lunapse.fit.search"
    local function begin() return search.new("lp.optimize", { parameters = plane, method = "bayes", evaluations = 8, population = 4 }) end
    local function run(points, _, keep)
      local values = {}
      for k, p in ipairs(points) do
        done = done + 1
        if done == 6 then error("ended", 0) end
        values[k] = branin(p)
        keep(k, values[k])
      end
      return values
    end
    assert.equal("ended", fails(function() begin():_run(run, { file = file }) end))
    local held = lp.read(file)
    assert.equal(6, #held.values)
    assert.equal(1, held.values:isnan():count())
    local again = begin():_run(run, { file = file })
    assert.equal(9, done)                                    -- the sixth once more, and two
    assert.is_true(again:tried().value == begin():_run(run):tried().value)
  end)

  it("refuses the file of another search", function()
    lp.optimize { parameters = plane, run = branin, evaluations = 4, file = file }
    assert.is_truthy(fails(lp.optimize, { parameters = { x = { -5, 10 }, y = { 0, 14 } }, run = branin, evaluations = 8, file = file })
      :find("is of another search: its point 1 has y = ", 1, true))
    assert.is_truthy(fails(lp.optimize, { parameters = { x = { -5, 10 } }, run = branin, evaluations = 8, file = file })
      :find("holds no search for these 1 parameters", 1, true))
    lp.write(file, { some = lp.zeros(3) })
    assert.is_truthy(fails(lp.optimize, { parameters = plane, run = branin, evaluations = 8, file = file }):find("holds no search for these 2 parameters", 1, true))
  end)

  it("tells of points that fail, and goes on with the others", function()
    local said = warnings_of(function()
      local found = lp.optimize { parameters = plane, evaluations = 8, workers = 2, run = function(p, k)
        if k == 2 then error("not this one", 0) elseif k == 3 then return "text" elseif k == 4 then return 0 / 0 end
        return branin(p)
      end }
      assert.equal(3, found:tried().value:eq(math.huge):count())
      assert.is_true(found.value < math.huge)
    end)
    assert.is_truthy(said:find "optimize: { x = [%-%d.]+, y = [%d.]+ } failed: not this one")
    assert.is_truthy(said:find("failed: it returned the text 'text', where a number was expected", 1, true))
    assert.is_truthy(said:find("failed: it returned NaN", 1, true))
    local message
    warnings_of(function() message = fails(lp.optimize, { parameters = plane, run = function() error("never", 0) end }) end)
    assert.is_truthy(message:find "^lp.optimize: all of the first points failed; { x = [%-%d.]+, y = [%d.]+ }: never")
  end)
end)
