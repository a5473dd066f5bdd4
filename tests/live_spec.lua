-- What names read as, and what becomes of what is written: a write takes effect or is refused.
local lp = require "lunapse"
local array = lp.array

local function refused(message, write)
  local ok, got = pcall(write)
  assert.is_false(ok, "accepted: " .. message)
  assert.truthy(tostring(got):find(message, 1, true), tostring(got))
end

--- Ways of writing a number into an array.
local ways = {
  index = function(a, x) a[2] = x end,
  set = function(a, x) a:set(2, x) end,
  put = function(a, x) a:put({ 2 }, { x }) end,
  part = function(a, x) a:slice(2, 2):fill(x) end,
  sum = function(a, x) a:slice(2, 2):add(x - a[2]) end,
  mask = function(a, x) a[array.arange(1, #a):eq(2)] = x end,
  matrix = function(a, x) a:reshape(#a, 1)[2] = { x } end,
}

local Cell = lp.neuron {
  name = "Cell",
  parameters = "tau = 10\nE = -70 : population\nk = 3 : int",
  equations = [[
    m := v / 2
    drive = g_exc + 1
    tau * dv/dt = E - v + drive
    early = late + 1
    late = drive + k
    average = mean(v) ]],
  spike = "v > 0", reset = "v = -65",
}

describe("a name of a population reads", function()
  local net, p
  before_each(function()
    net = lp.network { dt = 1, seed = 3 }
    p = net:population { size = 4, neuron = Cell }
  end)

  it("as an array, also where one value holds for all, unless the model says that it is one", function()
    assert.equal("array float64 [4]  10 for all 4", tostring(p.tau))
    assert.equal(4, #p.tau)
    assert.equal(40, p.tau:sum())
    assert.same({ 20, 20, 20, 20 }, (p.tau * 2):table())
    assert.equal(-70, p.E)
    net:step()
    assert.same({ p.v:mean(), 4 }, { p.average[3], #p.average })
  end)

  it("the same however its values were given", function()
    for _, tau in ipairs { 5, { 5, 5, 5, 5 }, lp.uniform(5, 5), "5" } do
      local q = net:population { size = 4, neuron = Cell }
      q.tau = tau
      assert.same({ 5, 5, 5, 5 }, q.tau:table())
    end
  end)

  it("as it is defined", function()
    p.v = { 1, 2, 3, 4 }
    assert.same({ 0.5, 1, 1.5, 2 }, p.m:table())
    refused("population 'population1', m is defined: m := v / 2", function() p.m = 1 end)
    refused("m is defined", function() p.m[1] = 1 end)
  end)

  for name, write in pairs(ways) do
    it("and takes values for single neurons: " .. name, function()
      local before, slice = p.tau, p:slice(2, 3)
      local part = slice.tau
      write(p.tau, 20)
      for _, a in ipairs { p.tau, before } do assert.same({ 10, 20, 10, 10 }, a:table()) end
      assert.same({ 20, 10 }, part:table())
      p.v = -60
      net:step()
      assert.equal(p.v[1], p.v[3])
      assert.is_true(math.abs(p.v[2] - (-60 + (-70 + 60 + 1) / 20)) < 1e-9)
      assert.is_true(math.abs(p.v[1] - (-60 + (-70 + 60 + 1) / 10)) < 1e-9)
      p.tau = 5
      assert.same({ 5, 5, 5, 5 }, before:table())
    end)
  end

  it("and takes values through selections", function()
    p:select({ 4, 2 }).v[1] = 7
    p:select({ 1, 3 }).tau = 8
    p:slice(2, 2).tau[1] = 9
    assert.equal(7, p.v[4])
    assert.same({ 8, 9, 8, 10 }, p.tau:table())
    refused("E is one value for the whole population", function() p:slice(1, 2).E = 3 end)
    refused("a number expected", function() p.E = { 1, 2, 3, 4 } end)
  end)

  it("and says why a value would be lost", function()
    refused("population 'population1', drive is computed anew in every step: drive = g_exc + 1", function() p.drive = 30 end)
    for _, write in pairs(ways) do
      refused("drive is computed anew in every step", function() write(p.drive, 30) end)
      refused("g_exc is what arrives", function() write(p.g_exc, 1) end)
    end
    refused("average is computed anew in every step", function() p.average = 1 end)
    refused("drive is computed anew", function() p:slice(1, 2).drive = 1 end)
    p.late = 5                              -- a line above reads it: it takes effect once
    net:step()
    assert.same({ 6, 6, 6, 6 }, p.early:table())
  end)

  it("and lets synapses see what is set before neurons move", function()
    local rate = lp.neuron { equations = "r = sum(exc)" }
    local a, b = net:population { size = 2, neuron = rate }, net:population { size = 2, neuron = rate }
    refused("r is computed anew in every step", function() a.r = 3 end)
    net:project { from = a, to = b, target = "exc", connect = lp.one_to_one(), weights = 2 }
    a.r = { 3, 4 }
    net:step()
    assert.same({ 6, 8 }, b.r:table())
  end)

  it("and keeps whole numbers whole", function()
    for _, write in pairs(ways) do
      refused("k holds whole numbers (int), got 2.5", function() write(p.k, 2.5) end)
      assert.same({ 3, 3, 3, 3 }, p.k:table())
    end
    refused("k holds whole numbers (int), got 2.5", function() p.k = 2.5 end)
    refused("k holds whole numbers (int), got 0.5 as element 2", function() p.k = { 1, 0.5, 2, 3 } end)
    p.k[2] = 5
    assert.same({ 3, 5, 3, 3 }, p.k:table())
  end)

  it("the rate that is counted, which nobody sets", function()
    p:compute_rate(100)
    for _, write in pairs(ways) do refused("r is counted from spikes", function() write(p.r, 1) end) end
  end)
end)

describe("a name of a projection", function()
  local net, p, post
  local Rule = lp.synapse {
    parameters = "eta = 0.1\ngain = 2 : projection\nkappa = 1 : postsynaptic",
    equations = "dx/dt = -x/10 : event-driven\nshown = w * 2",
    pre_spike = "x += 1; w += eta * gain * kappa * x",
  }
  before_each(function()
    net = lp.network { dt = 1 }
    local source = net:spike_source { size = 2, spikes = { { 1, 4 }, { 2 } } }
    post = net:population { size = 3, neuron = lp.models.LIF }
    p = net:project { from = source, to = post, connect = lp.all_to_all(), synapse = Rule, delays = { 1, 2, 3, 1, 2, 3 } }
  end)

  it("has a value for each synapse, unless the model says otherwise", function()
    assert.same({ 6, 6, 6, 3 }, { #p.w, #p.eta, #p.delays, #p.kappa })
    assert.equal(2, p.gain)
    p.eta = { 1, 2, 3 }                      -- one for each post neuron
    for k = 1, 6 do assert.equal(p.post[k], p.eta[k]) end
    p.eta[4] = 9
    assert.equal(9, p.eta[4])
    p.eta = p.eta * 2
    assert.equal(18, p.eta[4])
    p.eta = { { 5, 7 }, by = "pre" }
    for k = 1, 6 do assert.equal(p.pre[k] == 1 and 5 or 7, p.eta[k]) end
  end)

  it("goes on with what was handed out before, whoever still holds it", function()
    local before = p.eta
    p.eta = { { 1, 2, 3 }, by = "post" }
    collectgarbage()
    collectgarbage()
    before[2] = 7
    assert.equal(7, p.eta[2])
    assert.equal(p.post[3], p.eta[3])
  end)

  it("takes values for single synapses", function()
    for _, write in pairs(ways) do
      p.w, p.eta = 1, 0.1
      write(p.w, 3)
      write(p.eta, 0.5)
      assert.same({ 1, 3, 1, 1, 1, 1 }, p.w:table())
      assert.same({ 0.1, 0.5, 0.1, 0.1, 0.1, 0.1 }, p.eta:table())
    end
    net:run(3)
    assert.equal(1 + 0.1 * 2, p.w[1])
  end)

  it("that is fixed is not written", function()
    for _, name in ipairs { "delays", "d" } do
      for _, write in pairs(ways) do refused(name .. " is set for all synapses at once", function() write(p[name], 1) end) end
    end
    for _, name in ipairs { "pre", "post", "fan_in", "fan_out" } do
      for _, write in pairs(ways) do refused(name .. " is set when the projection is made", function() write(p[name], 1) end) end
      refused("is set when the projection is made", function() p[name] = 1 end)
    end
    refused("shown is computed anew in every step: shown = w * 2", function() p.shown[1] = 3 end)
  end)

  it("that decays between events is read without a trace, and written at the present", function()
    net:run(3)
    local first = p.x[1]
    assert.equal(first, p.x[1])
    p.x[1] = 5
    net:run(1)
    assert.is_true(math.abs(p.x[1] - 5 * math.exp(-1 / 10)) < 1e-12)
  end)
end)

describe("looking", function()
  local function run(look)
    local net = lp.network { dt = 0.1, seed = 5 }
    local source = net:poisson { size = 20, rates = 50 }
    local post = net:population { size = 5, neuron = lp.models.LIF }
    local p = net:project { from = source, to = post, target = "exc", connect = lp.all_to_all(), synapse = lp.models.STDP, weights = 2 }
    for _ = 1, 20 do
      net:run(7.3)
      look(net, p)
    end
    return p.w:table()
  end
  local unseen = run(function() end)

  for name, look in pairs {
    reading = function(_, p) return p.x_pre or p.w, p:_variable_names() end,
    ["reading all"] = function(_, p) for _, name in ipairs(p:_variable_names()) do local _ = p[name] end end,
    printing = function(_, p) return tostring(p) end,
    explaining = function(net, p) return net:explain(p) end,
    describing = function(net) return net:describe() end,
  } do
    it("changes nothing of what follows: " .. name, function()
      assert.same(unseen, run(function(net, p) pcall(look, net, p) end))
    end)
  end
end)

describe("looking", function()
  it("leaves the whole state as it was: printing, reading, explaining and describing in the middle of a run", function()
    local stored = require "lunapse.network.stored"
    local net = lp.network { dt = 1, seed = 3, tier = "interpreter" }
    local a, b = net:poisson { size = 30, rates = 50 }, net:poisson { size = 4, rates = 50 }
    local p = net:project { from = a, to = b, synapse = lp.models.STDP, connect = lp.all_to_all(), weights = 0.5 }
    net:run(300)
    local before = stored.digest(net)
    local _ = { tostring(p), tostring(net), net:explain(), net:describe(), p:_each "w" }
    for _, name in ipairs(p:_variable_names()) do _ = p[name] end
    assert.same({}, stored.differences(before, stored.digest(net)))
  end)
end)

describe("looking at random moments", function()
  local stored = require "lunapse.network.stored"
  local PAIR = lp.synapse { name = "pair", parameters = "tau = 20\nrho = 7", equations = [[
      tau * dx/dt = -x : event-driven
      dy/dt = -y/rho + x : event-driven
      ds/dt = (1 - s)/tau : event-driven, init = 1
    ]], pre_spike = "g_target += w*s ; x += 0.1 ; s *= 0.9", post_spike = "w += 0.01*x + 0.001*y" }

  --- A network whose traces are kept in all ways; `look(net, k)` is called at random moments, in steps and between them.
  local function run(opt, look)
    local net = lp.network { dt = 0.1, seed = 7, tier = opt.tier, threads = opt.threads, precision = opt.precision, warnings = false }
    local source = net:poisson { name = "source", size = 30, rates = 40 }
    local post = net:population { name = "post", size = 6, neuron = lp.models.LIF, parameters = { I = 14 } }
    local state = 12345
    local function draw(n)
      state = (state * 1103515245 + 12345) % 2147483648
      return state // 65536 % n + 1
    end
    for k, synapse in ipairs { lp.models.STDP, lp.models.STP, PAIR } do
      net:project { name = "p" .. k, from = source, to = post, target = "exc", synapse = synapse, connect = lp.fixed_probability(0.7), weights = lp.uniform(0, 1),
        delays = k == 2 and lp.uniform(0.1, 3) or nil, parameters = k == 3 and { tau = lp.uniform(5, 30) } or nil }
    end
    net:every(0.7, function() if draw(3) == 1 then look(net, draw(1000)) end end)
    for _ = 1, 9 do
      net:run(draw(90) / 10)
      look(net, draw(1000))
    end
    return net
  end

  local function any_projection(net, k) return net.projections[k % 3 + 1] end
  local function between(f) return function(net, k) if not net._core:is_running() then f(net, k) end end end
  local looks = {
    reading = function(net, k)
      local p = any_projection(net, k)
      for _, name in ipairs(p:_variable_names()) do local _ = p[name] end
    end,
    ["reading elements and sums"] = function(net, k)
      local p = any_projection(net, k)
      for _, name in ipairs(p:_variable_names()) do
        local value = p[name]
        if type(value) == "userdata" then local _ = { value:mean(), value[1], value:max(), value * 2 } end
      end
    end,
    printing = function(net, k) local _ = tostring(any_projection(net, k)) end,
    ["printing after an error"] = function(net, k)
      local p = any_projection(net, k)
      pcall(p._at_present, p, function() error "not seen" end)
    end,
    explaining = between(function(net) net:explain() end),
    describing = between(function(net) net:describe() end),
    storing = function(net) net:store "here" end,
    ["asking for a condition"] = between(function(net) net:run_until("x > 1e9", { of = net.projections.p3, max = 0 }) end),
  }
  for _, opt in ipairs { { tier = "interpreter" }, { tier = "native", threads = 2 }, { tier = "interpreter", precision = "float32" } } do
    local unseen
    local function compare(seen)
      unseen = unseen or stored.digest(run(opt, function() end))
      local differences = {}
      for _, name in ipairs(stored.differences(unseen, stored.digest(seen))) do
        if not name:find "operation" then differences[#differences + 1] = name end          -- run_until has one
      end
      assert.same({}, differences)
    end
    for name, look in pairs(looks) do
      it(("leaves the whole state as it was: %s (%s, %s)"):format(name, opt.tier, opt.precision or "float64"), function() compare(run(opt, look)) end)
    end

    it(("leaves it so where recordings look (%s, %s)"):format(opt.tier, opt.precision or "float64"), function()
      local recorded
      local net = run(opt, function(net, k)
        local p = net.projections[1]
        if net._core:is_running() then return end
        if recorded and k % 2 == 0 then
          assert.same(p.w:table(), recorded.w[recorded:count()]:table())
          recorded:remove()
          recorded = nil
        elseif not recorded then
          recorded = net:record(p, { "w" }, { every = 0.3 * (k % 3 + 1) })
          for q = 2, 3 do
            local each = {}
            for _, name in ipairs(net.projections[q]:_variable_names()) do
              if net.projections[q]:_variable(name).scope == "syn" then each[#each + 1] = name end
            end
            net:record(net.projections[q], each, { every = 0.1 * (k % 7 + 1) })
          end
        end
      end)
      for r = #net.recordings, 1, -1 do net.recordings[r]:remove() end
      local seen = stored.digest(net)
      unseen = unseen or stored.digest(run(opt, function() end))
      seen.n_recorders = unseen.n_recorders
      assert.same({}, stored.differences(unseen, seen))
    end)
  end
end)
