--- What a run calls, in which order, and how it ends: times, operations, conditions, values that are not finite, Ctrl-C.
local lp = require "lunapse"
local compare = require "tests.compare"
local near = compare.near

describe("times at which functions are called", function()
  before_each(function() warn "@off" end)        -- periods that are no multiple of dt are warned about
  after_each(function() warn "@on" end)

  local function calls(dt, duration, start)
    local net = lp.network { dt = dt }
    local list = {}
    start(net, function(t, n) list[#list + 1] = ("%.10g#%d"):format(t, n) end)
    net:run(duration)
    return table.concat(list, " ")
  end

  it("every period, at the end of the steps that end there", function()
    assert.are.equal("0.5#1 1#2 1.5#3", calls(0.1, 1.9, function(net, f) net:every(0.5, f) end))
  end)
  it("every period, at the start of the steps that begin there", function()
    assert.are.equal("0#1 0.5#2 1#3 1.5#4", calls(0.1, 1.6, function(net, f) net:every(0.5, f, { when = "start" }) end))
  end)
  it("with an offset", function()
    assert.are.equal("0.2#1 0.7#2 1.2#3", calls(0.1, 1.6, function(net, f) net:every(0.5, f, { offset = 0.2 }) end))
    assert.are.equal("0.2#1 0.7#2 1.2#3", calls(0.1, 1.6, function(net, f) net:every(0.5, f, { offset = 0.2, when = "start" }) end))
    assert.are.equal("0.3#1 0.8#2 1.3#3", calls(0.1, 1.6, function(net, f) net:every(0.5, f, { offset = -0.2 }) end))
  end)
  it("periods that are no multiple of dt: the first step at or after each, without drift", function()
    assert.are.equal("0.5#1 1#2 1.5#3 1.5#3", calls(0.5, 2, function(net, f) net:every(0.4, function(t, n) if n ~= 4 then f(t, n) end if n == 3 then f(t, n) end end) end))
    -- k * 0.25 at dt = 0.1: 0.25, 0.5, 0.75, 1.0
    assert.are.equal("0.3#1 0.5#2 0.8#3 1#4", calls(0.1, 1, function(net, f) net:every(0.25, f) end))
    assert.are.equal("0#1 0.3#2 0.5#3 0.8#4", calls(0.1, 1, function(net, f) net:every(0.25, f, { when = "start" }) end))
  end)
  it("a period below dt acts once a step", function()
    assert.are.equal("1#1 2#2 3#3", calls(1, 3, function(net, f) net:every(0.001, f) end))
    assert.are.equal("1#1 2#2 3#3", calls(1, 3, function(net, f) net:every(1e-12, f) end))
  end)
  it("do not drift over a million steps", function()
    local net = lp.network { dt = 0.1 }
    local last
    net:every(0.7, function(t, n) last = { t, n } end)
    net:run(100000)
    near(0.7 * 142857, last[1], 1e-12)
    assert.are.equal(142857, last[2])
  end)
  it("at given times", function()
    assert.are.equal("0.3#1 1#1 1.5#1", calls(0.1, 1.6, function(net, f) net:at({ 1, 0.3, 1.45 }, f) end))
    assert.are.equal("0#1 1#1", calls(0.1, 1.6, function(net, f) net:at({ 0, 1 }, f, { when = "start" }) end))
  end)
  it("the network's time in a function is the function's time", function()
    local net = lp.network { dt = 0.5 }
    local seen = {}
    net:every(0.5, function(t) seen[#seen + 1] = net.t - t end)
    net:every(0.5, function(t) seen[#seen + 1] = net.t - t end, { when = "start" })
    net:run(2)
    assert.are.same({ 0, 0, 0, 0, 0, 0, 0, 0 }, seen)
  end)
  it("what a function adds begins at the next hit", function()
    local net = lp.network { dt = 1 }
    local list = {}
    local function note(name) return function(t) list[#list + 1] = name .. t end end
    net:at(2, function()
      net:every(1, note "end")
      net:every(1, note "start", { when = "start" })
      net:at(3, note "at")
    end)
    net:run(4)
    assert.are.equal("start2.0 end3.0 at3.0 start3.0 end4.0", table.concat(list, " "))
  end)
  it("in the order in which they were added, starts before the neurons, ends after them", function()
    local net = lp.network { dt = 1 }
    local p = net:population { size = 1, neuron = lp.neuron { equations = "dv/dt = 1 : init = 0" } }
    local list = {}
    local function note(name) return function() list[#list + 1] = name .. p.v[1] end end
    net:every(1, note "a")
    net:every(1, note "b", { when = "start" })
    net:every(1, note "c")
    net:every(1, note "d", { when = "start" })
    net:run(2)
    assert.are.equal("b0.0 d0.0 a1.0 c1.0 b1.0 d1.0 a2.0 c2.0", table.concat(list, " "))
  end)
  it("a function that returns false is not called again; other values do not matter", function()
    assert.are.equal("1#1 2#2", calls(1, 5, function(net, f) net:every(1, function(t, n)
      f(t, n)
      return n < 2
    end) end))
  end)
end)

describe("operations", function()
  local function make(dt)
    local net = lp.network { dt = dt or 1 }
    local times = {}
    local o = net:every(2, function(t) times[#times + 1] = t end)
    return net, o, times
  end

  it("count their calls", function()
    local net, o = make()
    net:run(7)
    assert.are.equal(3, o.calls)
    assert.are.equal(2, o.every)
  end)
  it("stop and resume: in their old rhythm", function()
    local net, o, times = make()
    net:run(3)
    o:stop()
    net:run(4)
    o:resume()
    net:run(3)
    assert.are.same({ 2, 8, 10 }, times)
  end)
  it("take another period from now on", function()
    local net, o, times = make()
    net:run(3)
    o.every = 3
    net:run(7)
    assert.are.same({ 2, 6, 9 }, times)
  end)
  it("change their period themselves", function()
    local net = lp.network { dt = 1 }
    local times, o = {}, nil
    o = net:every(1, function(t)
      times[#times + 1] = t
      o.every = 2 * o.every
    end)
    net:run(20)
    assert.are.same({ 1, 2, 4, 8, 16 }, times)
  end)
  it("are removed, by themselves too", function()
    local net, o, times = make()
    net:run(3)
    o:remove()
    net:run(3)
    assert.are.same({ 2 }, times)
    local n, p = 0, nil
    p = net:every(1, function()
      n = n + 1
      if n == 2 then p:remove() end
    end)
    net:run(5)
    assert.are.equal(2, n)
  end)
  it("remove each other in the middle of a step", function()
    local net = lp.network { dt = 1 }
    local list, second = {}, nil
    net:every(1, function(t)
      list[#list + 1] = "first" .. t
      if second then second:remove() end
      second = nil
    end)
    second = net:every(1, function() list[#list + 1] = "second" end)
    net:run(2)
    assert.are.equal("first1.0 first2.0", table.concat(list, " "))
  end)
end)

describe("functions that replace what is running", function()
  local LEARNS = lp.synapse { parameters = { a = 1 }, equations = "x = x + a : init = 0, local", pre_spike = "g_target += w", post_spike = "w += a" }

  for _, when in ipairs { "start", "end" } do
    for _, fails in ipairs { false, true } do
      it(("at the %s of a step%s"):format(when, fails and ", and then fail" or ""), function()
        local net = lp.network { dt = 1 }
        local s = net:spike_source { size = 2, spikes = { { 0, 1, 2, 3, 4, 5 }, { 0, 1, 2, 3, 4, 5 } } }
        local p = net:population { size = 2, neuron = lp.neuron { parameters = { b = 0 }, equations = "v = v + g_exc + b : init = 0", spike = "v >= 4", reset = "v = 0" } }
        local q = net:project { from = s, to = p, target = "exc", connect = lp.all_to_all(), weights = 1, synapse = LEARNS }
        net:at(3, function()
          p.b = { 0, 1 }
          q.a = { 1, 2, 3, 4 }
          q.w = q.w + q.a
          if fails then error "after all" end
        end, { when = when })
        local ok = pcall(net.run, net, 6)
        assert.are.equal(not fails, ok)
        if fails then net:run(6 - net.t) end
        assert.are.equal(6, net.t)
        assert.are.same({ 6, 3 + 2 * 3, 3 + 3 * 3, 3 + 4 * 3 }, q.x:table())
        assert.are.same({ 0, 1 }, p.b:table())
      end)
    end
  end
end)

describe("running", function()
  local CLOCK = lp.neuron { equations = "dv/dt = 1 : init = 0" }

  it("for nothing", function()
    local net = lp.network { dt = 1 }
    local p = net:population { size = 1, neuron = CLOCK }
    assert.are.equal(net, net:run(0))
    assert.are.equal(0, net.t)
    assert.are.equal(0, p.v[1])
  end)
  it("in pieces is running once", function()
    local net = lp.network { dt = 0.1 }
    local p = net:population { size = 1, neuron = CLOCK }
    for _ = 1, 1000 do net:run(0.1) end
    assert.are.equal(100, net.t)
    near(100, p.v[1])
    for _ = 1, 1000 do net:step() end
    assert.are.equal(200, net.t)
  end)
  it("without objects", function()
    local net = lp.network { dt = 1 }
    net:run(3)
    assert.are.equal(3, net.t)
  end)
  it("stops at the end of the step in which it is told to", function()
    local net = lp.network { dt = 1 }
    local p = net:population { size = 1, neuron = CLOCK }
    net:at(3, function() net:stop() end)
    net:at(6, function() net:stop() end, { when = "start" })
    net:run(10)
    assert.are.equal(3, net.t)
    net:run(math.huge)
    assert.are.equal(7, net.t)
    near(7, p.v[1])
    net:stop()                                   -- between runs: nothing to stop
    net:run(1)
    assert.are.equal(8, net.t)
  end)
  it("step is one step", function()
    local net = lp.network { dt = 0.5 }
    local p = net:population { size = 1, neuron = CLOCK }
    net:step():step()
    assert.are.equal(1, net.t)
    near(1, p.v[1])
  end)
  it("one network in a function of another, and in a coroutine", function()
    local outer, inner = lp.network { dt = 1 }, lp.network { dt = 0.5 }
    local times = {}
    inner:every(0.5, function(t) times[#times + 1] = -t end)
    outer:every(1, function(t)
      times[#times + 1] = t
      coroutine.wrap(function() inner:run(1) end)()
    end)
    outer:run(2)
    assert.are.same({ 1, -0.5, -1, 2, -1.5, -2 }, times)
  end)
  it("a function cannot yield out of a run, and says so", function()
    local net = lp.network { dt = 1 }
    net:every(1, function() coroutine.yield() end)
    local co = coroutine.create(function() net:run(1) end)
    local ok, message = coroutine.resume(co)
    assert.is_false(ok)
    assert.matches("at t = 1 ms: attempt to yield across a C%-call boundary", message)
  end)
end)

describe("values that are not finite", function()
  local GROWS = lp.neuron { parameters = { a = 0 }, equations = "dv/dt = a * v : init = 1\n u = 1 : local" }

  it("stop the run with variable, element and time", function()
    local net = lp.network { dt = 1 }
    local p = net:population { name = "growing", size = 3, neuron = GROWS, parameters = { a = { 0, 1e300, 0 } } }
    local r = net:record(p, "v")
    local ok, message = pcall(net.run, net, 10)
    assert.is_false(ok)
    assert.matches("running_spec.lua:%d+: population 'growing', variable 'v', element 2 is inf at t = 10 ms %(it was finite at 0 ms%)$", message)
    -- Everything can be looked at, mended, and go on.
    assert.are.equal(10, r:count())
    p.a, p.v = 0, 1
    net:run(10)
    assert.are.equal(20, net.t)
    assert.are.equal(20, r:count())
  end)
  it("of synapses", function()
    local net = lp.network { dt = 1 }
    local s = net:spike_source { size = 2, spikes = { { 1 }, { 2 } } }
    net:project { name = "learning", from = s, to = s, connect = lp.all_to_all(), weights = { 1, 1 }, synapse = lp.synapse { pre_spike = "w = w / 0 - w / 0" } }
    local ok, message = pcall(net.run, net, 5)
    assert.is_false(ok)
    assert.matches("projection 'learning', variable 'w', element 1 is NaN at t = 5 ms", message)
  end)
  it("are let through by a network that is told so", function()
    local net = lp.network { dt = 1, finite = false, warnings = false }
    local p = net:population { name = "growing", size = 2, neuron = GROWS, parameters = { a = { 0, 1e300 } } }
    net:run(10)
    assert.are.equal(10, net.t)
    assert.are.same({ 1, math.huge }, p.v:table())
    assert.has_error(function() lp.network { finite = 1 } end)
  end)
  it("are found in long runs, not only at the end", function()
    local net = lp.network { dt = 1 }
    net:population { size = 1, neuron = GROWS, parameters = { a = 1e300 } }
    local ok = pcall(net.run, net, 1e7)
    assert.is_false(ok)
    assert.is_true(net.t <= 5000)
  end)

  -- A population of which one element grows out of bounds at a time of its own.
  local function large(size, opt)
    local net = lp.network { dt = 0.1, threads = opt and opt.threads }
    local p = net:population { name = "large", size = size, neuron = GROWS }
    p.a = p.v * 0
    return net, p
  end

  --- Runs (or steps) until one fails; how many there were.
  local function until_failure(most, f)
    for k = 1, most do
      if not pcall(f) then return k end
    end
  end

  it("are found by the very run, however short, where there is little to look at", function()
    local net, p = large(2000)
    net:run(1)
    p.a = 1e300
    net:run(0.1)
    assert.is_false(pcall(net.run, net, 0.1), "v has grown out of bounds in the second step")
    assert.is_near(1.2, net.t, 1e-9)
  end)
  it("are found by a run that did much more than looking costs", function()
    for _, threads in ipairs { 1, 3 } do
      local net, p = large(600000, { threads = threads })
      net:run(1)           -- moves v, u and a ten times: worth a look at v and u
      p.v[577777] = 1e308
      p.a[577777] = 1e300
      local ok, message = pcall(net.run, net, 2)
      assert.is_false(ok)
      assert.matches("'v', element 577777 is inf at t = 3 ms %(it was finite at 1 ms%)", message)
    end
  end)
  it("are found soon by short runs and single steps, which do not look at everything each time", function()
    for _, way in ipairs { "run", "step" } do
      local net, p = large(100000)
      net:run(5)
      p.v[99999] = 1e308
      p.a[99999] = 1e300
      local n = until_failure(100, function() if way == "run" then net:run(0.1) else net:step() end end)
      assert.is_true(n > 1 and n <= 20, ("%s %s"):format(way, n))
      assert.is_false(pcall(net.run, net, 0.1), "not mended: the next run fails at once")
      p.a, p.v = 0, 1
      net:run(0.1)
    end
  end)
  it("of many synapses are found in 4096 steps at the latest, wherever they end", function()
    local net = lp.network { dt = 1 }
    local s = net:spike_source { size = 3000, spikes = { { 1 } } }
    local learning = net:project { name = "learning", from = s, to = s, connect = lp.fixed_probability(0.4), weights = lp.uniform(0, 1),
      synapse = lp.models.STDP { w_max = 1 }, target = nil }
    net:run(2000)
    learning._arrays.w:set(learning.size, 0 / 0)          -- scripts cannot
    local n = until_failure(4200, function() net:run(1) end)
    assert.is_true(n ~= nil and n > 1 and n <= 4096, tostring(n))
  end)
end)

describe("the engine's word for how a run ended", function()
  local function ended(prepare, until_t)
    local net = lp.network { dt = 1 }
    prepare(net)
    return net._core:run(until_t or 10)
  end

  it("is done, stopped, raised with what was raised, or not finite", function()
    assert.same({ "done" }, { ended(function() end) })
    assert.same({ "stopped" }, { ended(function(net) net:at(3, function() net:stop() end) end) })
    local mine = { code = 3 }
    assert.same({ "raised", mine }, { ended(function(net) net:at(3, function() error(mine) end) end) })
    local grows = lp.neuron { equations = "dv/dt = v * v : init = 1e200" }
    local word, message = ended(function(net) net:population { name = "growing", size = 1, neuron = grows } end)
    assert.equal("not finite", word)
    assert.matches("^population 'growing', variable 'v', element 1 is inf at t = 10 ms", message)
  end)

  it("and not what its message looks like: every failure of the engine is told with its time", function()
    local h = require "lunapse.hearing"
    local net = lp.network { dt = 1 }
    local text = "nothing is known at t = 7"
    local sound = h.from_function(function(t)
      if t[1] > 0 then error(text, 0) end
      return t
    end, 10000, { rate = 1000 })
    net:population { size = 1, neuron = lp.neuron { parameters = { I = 0 }, equations = "dv/dt = I" }, drive = { I = sound } }
    local ok, message = pcall(net.run, net, 1000)
    assert.is_false(ok)
    assert.matches("at t = %d+ ms: .*nothing is known at t = 7", message)
  end)
end)

describe("Ctrl-C", function()
  --- Run a script that interrupts itself during a run, in a child process; its output and exit status.
  local function child(body)
    local name = os.tmpname()
    local file = assert(io.open(name, "w"))
    file:write [[
      local lp = require "lunapse"
      local net = lp.network { dt = 0.1, warnings = false }
      local p = net:population { size = 10, neuron = lp.neuron { equations = "dv/dt = 1 : init = 0" } }
      local r = net:record(p, "v")
      net:at(5, function() io.popen("kill -INT $PPID"):close() end)   -- os.execute would keep the signal away
    ]]
    file:write(body)
    file:close()
    local shell = io.popen(("%s %s 2>&1; echo status $?"):format(os.getenv "HOST" or "build/lunapse", name))
    local text = shell:read "a"
    shell:close()
    os.remove(name)
    return text
  end

  it("ends a run at a step boundary, with status 130", function()
    local text = child "net:run(1e9) print 'not reached'"
    assert.matches("status 130\n$", text)
    assert.is_nil(text:find("not reached", 1, true))
  end)
  it("leaves the network and its recordings usable where it is caught", function()
    local text = child [[
      local ok, message = pcall(net.run, net, 1e9)
      print(ok, message, net.t, r:count(), r.v[50][1] - 5 < 1e-9)
      net:run(1)
      print(net.t, r:count())
    ]]
    assert.matches("^false\t.*interrupted.*\t5.0\t50\ttrue\n6.0\t60\nstatus 0\n$", text)
  end)
end)

describe("durations of runs", function()
  it("add up, whatever the step", function()
    for _, case in ipairs { { 0.1, 0.25, 400, 100 }, { 1000 / 44100, 1, 1000, 1000 }, { 0.3, 0.1, 300, 30 }, { 1, 0.5, 20, 10 }, { 0.1, 0.1, 1000, 100 } } do
      local net = lp.network { dt = case[1], warnings = false }
      for _ = 1, case[3] do net:run(case[2]) end
      assert.is_true(math.abs(net.t - case[4]) < 1e-6 * case[1], ("dt = %g: %.10g"):format(case[1], net.t))
    end
  end)

  it("begin to count at the present where something else has happened", function()
    local net = lp.network { dt = 0.1, warnings = false }
    net:run(0.25):step()
    assert.equal(0.4, net.t)
    net:run(0.25)
    assert.is_true(math.abs(net.t - 0.7) < 1e-9)
    net:every(0.1, function() net:stop() end)
    net:run(0.25)
    assert.is_true(math.abs(net.t - 0.8) < 1e-9)
  end)

  it("that end between two steps are told once", function()
    local said, options = {}, require "lunapse.options"
    local warn = options.warn
    options.warn = function(text) said[#said + 1] = text end
    local net = lp.network { dt = 0.1 }
    net:run(0.3):run(0.25):run(0.3):run(0.25)
    options.warn = warn
    assert.same({ "net:run: 0.55 ms lies between two steps of 0.1 ms: the run ends at 0.6 ms, and the next begins to count at 0.55 ms" }, said)
  end)
end)

describe("the cost of a call", function()
  --- Lua instructions that steps and runs take once they have been called before.
  local function instructions(n_projections)
    local net = lp.network { dt = 1, tier = "interpreter", warnings = false }
    local cells = net:population { size = 2, neuron = lp.models.LeakyIntegrator }
    for _ = 1, n_projections do net:project { from = cells, to = cells, target = "exc", connect = lp.all_to_all { self = true }, weights = 0.001, synapse = lp.models.Oja } end
    net:run(200):step():run(1)
    local count, hook, mask, every = 0, debug.gethook()
    debug.sethook(function() count = count + 1 end, "", 1)
    net:step()
    net:run(1)
    debug.sethook(hook, mask, every)
    return count
  end

  it("does not depend on how many projections there are", function() assert.equal(instructions(1), instructions(40)) end)

  it("is no reason not to look: what was changed is looked over again", function()
    local net = lp.network { dt = 1, tier = "interpreter", warnings = false }
    local cells = net:population { size = 2, neuron = lp.models.LeakyIntegrator }
    net:run(1)
    net:project { from = cells, to = cells, target = "exc", connect = lp.all_to_all(),
      synapse = lp.synapse { psp = "w * pre.r", pruning = "w < 0", equations = "dw/dt = 0" } }
    local said, options = {}, require "lunapse.options"
    local warn = options.warn
    options.warn = function(text) said[#said + 1] = text end
    net._warns = true
    net:run(1):run(1)
    options.warn = warn
    assert.equal(1, #said)
    assert.matches("which does nothing until start_pruning", said[1], 1, true)
  end)
end)
