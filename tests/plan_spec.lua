-- net:plan() and `lunapse --plan`: what they reckon is what networks have that are really built.
local lp = require "lunapse"
local lines = require "lunapse.tell.text"
local mpirun = require "tests.mpirun"

local PROGRAM = mpirun.program

local function run(command)
  local pipe = io.popen(command .. " 2>&1 </dev/null")
  local said = pipe:read "a"
  return said, pipe:close() == true
end

-- `lp` and a network `net` that each of them fills
local networks = {
  static = [[
    local E = net:population { name = "E", size = 4000, neuron = lp.models.LIF, parameters = { I = lp.uniform(0, 10) } }
    local I = net:population { name = "I", size = 1000, neuron = lp.models.LIF }
    net:project { from = E, to = I, target = "exc", connect = lp.fixed_probability(0.1), weights = lp.normal(0.001, 0.0001) }
    net:project { from = I, to = E, target = "inh", connect = lp.fixed_total(300000), weights = 0.1, delays = 2 }
    net:project { from = E, to = E, target = "exc", connect = lp.fixed_number_pre(50), weights = 0.1 }
    net:project { from = I, to = I, target = "exc", connect = lp.fixed_number_post(50), weights = lp.uniform(0, 1) }
    net:project { from = E:slice(1, 900), to = I, target = "exc", connect = lp.all_to_all(), weights = lp.uniform(0, 0.001) }
    net:poisson_input { to = E, target = "exc", rate = 8, n = 100, weight = 0.01 }]],
  delayed = [[
    local E = net:population { name = "E", size = 4000, neuron = lp.models.LIF, parameters = { I = 12 } }
    net:project { from = E, to = E, target = "exc", connect = lp.fixed_probability(0.1), weights = lp.normal(0.1, 0.1), delays = lp.normal(1.5, 0.75, { min = 0.1 }) }
    net:project { from = E, to = E, target = "inh", connect = lp.fixed_total(200000), weights = 0.1, delays = lp.uniform(0.5, 3) }]],
  plastic = [[
    local E = net:population { name = "E", size = 3000, neuron = lp.models.LIF }
    local noise = net:poisson { name = "noise", size = 500, rates = lp.uniform(5, 20) }
    net:project { from = noise, to = E, target = "exc", connect = lp.fixed_probability(0.3), synapse = lp.models.STDP,
      weights = lp.uniform(0, 1), parameters = { A_plus = lp.uniform(0, 0.1) } }
    net:project { from = E, to = E, target = "exc", connect = lp.fixed_probability(0.1), synapse = lp.models.STP, weights = 0.1 }]],
  rates = [[
    local neuron = lp.neuron { equations = "10 * dr/dt = 1 + sum(exc) - r" }
    local one, other = net:population { name = "one", size = 800, neuron = neuron }, net:population { name = "other", size = 600, neuron = neuron }
    net:project { from = one, to = other, target = "exc", connect = lp.all_to_all(), weights = lp.uniform(0, 0.01),
      synapse = lp.synapse { equations = "dw/dt = 0.0001 * pre.r * post.r", psp = "w * pre.r" } }
    net:project { from = one, to = one, target = "exc", connect = lp.fixed_probability(0.2), weights = lp.uniform(0, 0.01) }]],
}

local function script(name, precision)
  return ('local lp = require "lunapse"\nlocal net = lp.network { warnings = false, precision = "%s" }\n%s\n'):format(precision, networks[name])
end

local function near(expected, found, what)
  assert.is_true(math.abs(found - expected) < 0.02 * expected, ("%s: planned %s, built %s"):format(what, lines.bytes(math.floor(found)), lines.bytes(math.floor(expected))))
end

describe("a plan", function()
  local path
  before_each(function() path = os.tmpname() end)
  after_each(function() os.remove(path) end)

  local function write(text)
    local file = io.open(path, "w")
    file:write(text)
    file:close()
  end

  for name in pairs(networks) do
    it("reckons what a network takes: " .. name, function()
      for _, precision in ipairs { "float64", "float32" } do
        local net = load(script(name, precision) .. "return net")()
        net:run(5)
        local built = net:describe().bytes
        near(built, net:plan().bytes, name .. " that is there")
        local synapses = 0
        for _, p in ipairs(net.projections) do synapses = synapses + p.size end
        write(script(name, precision) .. "local plan = net:plan()\nprint(plan.bytes, plan.synapses, plan.neurons)\n")
        local said = run(("%s --plan '%s'"):format(PROGRAM, path))
        local bytes, n, neurons = said:match "^([%d.]+)\t([%d.]+)\t([%d.]+)\n$"
        assert.truthy(bytes, said)
        near(built, tonumber(bytes), name .. " that is not")
        near(synapses, tonumber(n), name .. ", synapses")
        assert.equal(net:plan().neurons, tonumber(neurons))
      end
    end)
  end

  it("shares out what ranks hold", function()
    local net = load(script("static", "float64") .. "return net")()
    local plan = net:plan { ranks = 8, rate = 10 }
    assert.equal(8, #plan.of_ranks)
    local synapses, whole = 0, 0
    for _, p in ipairs(plan.projections) do if not p.is_part then whole = whole + p.synapses end end
    for _, one in ipairs(plan.of_ranks) do
      synapses = synapses + one.synapses
      assert.is_true(one.bytes <= plan.largest.bytes and one.bytes < plan.bytes)
    end
    assert.is_true(math.abs(synapses - 7 * whole - plan.synapses) < 1)
    assert.equal(950000, whole)          -- one block, and what is too small
    -- a message each step, with one number, a number for each of two populations and each spike of its own
    assert.equal(10000, plan.messages)
    assert.is_true(math.abs(plan.sent - (10000 * 3 * 4 + 5000 / 8 * 10 * 4)) < 1)
    assert.is_true(math.abs(plan.received - 7 * plan.sent) < 1)
    assert.matches("each rank, at most %(rank %d%): ", tostring(plan))
  end)

  it("is what each rank holds", function()
    if mpirun.missing then return end
    for _, name in ipairs { "static", "delayed", "plastic" } do
      write(script(name, "float64") .. [[
local ranks = require "lunapse.ranks"
local plan = net:plan()
net:run(5)
local held = ranks.gather("held", net:describe().bytes)
for k, bytes in ipairs(held) do
  local one = plan.of_ranks[k].bytes
  assert(#held == 2 and plan.ranks == 2 and math.abs(one - bytes) < 0.02 * bytes, ("rank %d: planned %.0f, held %.0f of %.0f"):format(k - 1, one, bytes, plan.bytes))
  assert(bytes < 0.8 * plan.bytes)
end
print "so it is"]])
      local said = mpirun.run(".", 2, path)
      assert.truthy(said:find("so it is", 1, true), name .. ": " .. said)
    end
  end)

  it("tells what ranks tell each other", function()
    if mpirun.missing then return end
    write [[
local lp, ranks = require "lunapse", require "lunapse.ranks"
local function check(steps, ...)
  local net = lp.network { warnings = false, seed = 4 }
  local cells = net:population { name = "cells", size = 1600, neuron = lp.models.LIF, parameters = { I = lp.uniform(14, 25) } }
  local others = net:population { name = "others", size = 800, neuron = lp.models.LIF, parameters = { I = lp.uniform(14, 25) } }
  for _, delays in ipairs { ... } do
    net:project { from = cells, to = others, target = "exc", connect = lp.fixed_probability(0.1), weights = 0.001, delays = delays }
  end
  local before = net:plan { ranks = 4 }
  net:run(480)
  local n = cells._core:n_spikes() + others._core:n_spikes()
  local plan = net:plan { rate = n / 2400 / 0.48 }
  assert(plan.messages == before.messages and math.abs(plan.messages * 0.48 - 4800 / steps) < 1e-9)
  for _, one in ipairs(ranks.gather("told", table.pack(net._core:told()))) do
    assert(one[1] == 4800 / steps and one[4] == 4800 and one[5] == steps, one[1])
    assert(math.abs(one[3] + one[2] - 0.48 * (plan.sent + plan.received)) <= 1, one[3] + one[2] .. " " .. 0.48 * (plan.sent + plan.received))
    assert(math.abs(one[2] - 0.48 * plan.sent) < 0.1 * plan.sent, one[2] .. " " .. 0.48 * plan.sent)
  end
  local line = "\nranks: this rank has told all others its spikes " .. 4800 // steps .. " times in 4800 steps" .. (steps > 1 and ", once in " .. steps .. " where nobody asks before" or "")
    .. ": [%d.]+ kB sent, [%d.]+ kB received\n"
  assert(tostring(net:explain()):find(line), net:explain())
  local profiled = net:profile(1)
  assert(tostring(profiled):find "times in 4810 steps", profiled)
  for _, row in ipairs(profiled.rows) do if row.phase == "spikes told" then assert(row.calls == math.ceil(10 / steps), row.calls) end end
  return n > 10000
end
print(4 * ranks.n(), check(1, 0.1), check(15, 1.5, 4), check(8, lp.uniform(0.75, 3), 2), check(12, lp.normal(2, 0.5, { min = 1.2 })))]]
    local said = mpirun.run(".", 4, path)
    assert.truthy(said:find("16\ttrue\ttrue\ttrue\ttrue", 1, true), said)
  end)

  it("takes no memory for neurons and synapses, and no time", function()
    write [[
local lp = require "lunapse"
local net = lp.network {}
local pops = {}
for k = 1, 8 do
  pops[k] = net:population { size = 125000000, neuron = lp.models.LIF, parameters = { I = lp.uniform(0, 1) } }
  pops[k].v = "-60 + 5 * Normal(0, 1)"
  net:poisson_input { to = pops[k], target = "exc", rate = 8, n = 1000, weight = 0.1 }
  net:record(pops[k], "spike")
  net:record(pops[k], "v", { of = { 1, 100000000 } })
end
for _, from in ipairs(pops) do
  for _, to in ipairs(pops) do
    net:project { from = from, to = to, target = "exc", connect = lp.fixed_number_pre(500), weights = lp.normal(1, 0.1), delays = 1.5 }
    net:project { from = from:slice(1, 1000), to = to, target = "inh", connect = lp.fixed_probability(0.1), weights = 1, delays = lp.normal(1.5, 0.75, { min = 0.1 }) }
  end
end
local status = io.open("/proc/self/status"):read "a"
io.stderr:write(status:match "VmHWM:%s+(%d+)", "\n")
net:run(1000)
print "not here"]]
    local said, is_fine = run(("timeout 120 %s --plan ranks=1024 rate=3 '%s'"):format(PROGRAM, path))
    assert.is_true(is_fine, said)
    assert.is_true(tonumber(said:match "^(%d+)\n") < 100000, said)
    assert.truthy(said:find("plan: 1 000 000 000 neurons, 4 799 999 999 200 synapses, 1024 ranks, 3 Hz assumed\n", 1, true), said)
    assert.falsy(said:find("not here", 1, true))
    assert.matches("a second of simulated time: each rank sends 10 000 messages to all others", said)
  end)

  it("says what is not there, and what nobody can know", function()
    local function said_of(text)
      write('local lp = require "lunapse"\nlocal net = lp.network {}\nlocal cells = net:population { name = "cells", size = 10, neuron = lp.models.LIF }\n' .. text)
      return (run(("%s --plan '%s'"):format(PROGRAM, path)))
    end
    local not_made = ": with --plan neither neurons nor synapses are made, so there are no values: read them behind the first net:run, which prints the plan\n"
    assert.truthy(said_of "print(cells.v[1])":find("population 'cells', v" .. not_made, 1, true))
    local joined = "net:project { name = 'p', from = cells, to = cells, target = 'exc', connect = lp.one_to_one() }"
    assert.truthy(said_of("print(" .. joined .. ".w)"):find("projection 'p', w" .. not_made, 1, true))
    assert.truthy(said_of "net:save 'x.h5'":find("net:save" .. not_made, 1, true))
    local text = said_of "net:project { name = 'near', from = cells, to = cells, target = 'exc', connect = 'abs(i - j) < 3' } cells.I = { 1, 2 } net:run(1)"
    assert.truthy(text:find("not counted: projection 'near' from cells to cells: only making its synapses tells how many there are", 1, true), text)
    local said = run(("%s --plan rnks=3 '%s'"):format(PROGRAM, path))
    assert.truthy(said:find("--plan: ranks=N and rate=HZ expected before the script, got 'rnks=3'\n", 1, true), said)
    assert.has_error(function() lp.network {}:plan { ranks = 0 } end)
  end)
end)
