--- Delays that change while a network runs: what is under way keeps the time that it had when it was sent.
local lp = require "lunapse"
local refused = require "tests.refused"

local Silent = lp.neuron { equations = "c = c + g_exc : init = 0" }
local PERIOD = 7           -- steps between two changes

--- A network whose delays are others every PERIOD steps, by `delays_of(k-th change, synapses)`; what arrives at each neuron in each step.
local function run(opt)
  local net = lp.network { dt = opt.dt or 1, tier = opt.tier, threads = opt.threads, seed = 5, precision = opt.precision }
  local pre = opt.pre and opt.pre(net) or net:spike_source { size = 30, neuron = opt.spikes.neuron, t = opt.spikes.t }
  local post = net:population { size = 40, neuron = lp.neuron { equations = "x = g_exc : init = 0" }, dt = opt.post_dt }
  local p = net:project { from = pre, to = post, target = "exc", connect = opt.connect or lp.fixed_number_pre(6), weights = opt.weights or "1 + (3*i + 5*j) % 8",
    delays = opt.delays, synapse = opt.synapse }
  local k = 0
  net:every(PERIOD, function()
    k = k + 1
    opt.change(p, k, net)
  end, { when = opt.when or "start" })
  local x = net:record(post, "x")
  net:run(opt.duration or 60)
  return x.x, p, net
end

--- Spikes of 30 neurons, by chance but always the same; some neurons spike twice in a step.
local function chance(twice)
  local neuron, t = {}, {}
  for k = 1, 400 do
    neuron[k], t[k] = k * 7919 % 30 + 1, k * k * 31 % 50
    if twice and k % 9 == 0 then neuron[#neuron + 1], t[#t + 1] = neuron[k], t[k] end
  end
  local order, sorted = {}, { neuron = {}, t = {} }
  for k = 1, #t do order[k] = k end
  table.sort(order, function(a, b) return t[a] ~= t[b] and t[a] < t[b] or t[a] == t[b] and (neuron[a] < neuron[b] or neuron[a] == neuron[b] and a < b) end)
  local last = {}
  for _, k in ipairs(order) do
    local key = t[k] .. " " .. neuron[k]
    if twice or not last[key] then sorted.neuron[#sorted.neuron + 1], sorted.t[#sorted.t + 1] = neuron[k], t[k] end
    last[key] = true
  end
  return sorted
end

--- What arrives, event by event. `delay_of(synapse, step)`: in force when a spike is sent in a step.
local function expected(spikes, weights, pre, post, delay_of, duration)
  local x = lp.zeros(duration, 40)
  for k = 1, #spikes.t do
    for s = 1, #pre do
      local at = spikes.t[k] + delay_of(s, spikes.t[k]) + 1
      if pre[s] == spikes.neuron[k] and at <= duration then x:set(at, post[s], x:get(at, post[s]) + weights[s]) end
    end
  end
  return x
end

local function some_delays(k, n)
  local list = {}
  for s = 1, n do list[s] = (s * 5 + k * 11 + s * k) % 9 + 1 end
  return list
end

for _, tier in ipairs { "interpreter", "native" } do
  describe("delays that change, " .. tier .. ",", function()
    for _, twice in ipairs { false, true } do
      it("let arrive what is under way as it was sent" .. (twice and ", where neurons spike several times in a step" or ""), function()
        local spikes = chance(twice)
        for _, when in ipairs { "start", "end" } do
          local seen = {}              -- delays in force before the first change, after it, ...; of each pair
          local x, p = run { tier = tier, spikes = spikes, when = when, delays = 4, change = function(p, k)
            if k == 1 then for s = 1, p.size do seen[s] = { 4 } end end
            if k == 3 then p.delay = 3 else p.delays = some_delays(k, p.size) end
            for s = 1, p.size do seen[p.pre[s] .. " " .. p.post[s]] = seen[p.pre[s] .. " " .. p.post[s]] or { 4 } end
            local d = p.delays
            for s = 1, p.size do
              local own = seen[p.pre[s] .. " " .. p.post[s]]
              own[#own + 1] = d[s]
            end
          end }
          local wanted = expected(spikes, p.w, p.pre, p.post, function(s, step)
            -- a change at the end of a step is for what is sent behind it; the first operation acts at 0, or at the end of the step before PERIOD
            local own = seen[p.pre[s] .. " " .. p.post[s]]
            return own[(when == "start" and step // PERIOD + 1 or (step + 0) // PERIOD) + 1]
          end, 60)
          assert.same(wanted:table(), x:table(), when)
        end
      end)
    end

    --- A network that learns, with drawn delays; `f(p, net, k)` every PERIOD ms. A fingerprint of all that came of it.
    local function learning(f, opt)
      opt = opt or {}
      local net = lp.network { dt = 0.5, tier = tier, threads = opt.threads or 1, seed = 8, precision = opt.precision }
      local pre = net:poisson { size = 60, rates = 60 }
      local post = net:population { size = 80, neuron = lp.models.LIF, parameters = { I = 18 } }
      local p = net:project { from = pre, to = post, target = "exc", connect = lp.fixed_probability(0.3), weights = lp.uniform(0, 1), delays = opt.delays or lp.uniform(1, 9),
        synapse = opt.synapse or lp.models.STDP }
      local spikes = net:record(post, "spike")
      net:every(PERIOD, function(t) f(p, net, t // PERIOD) end)
      local function print_of() return { spikes.n, p.size, p.w:sum(), post.v:sum(), p.delays:sum(), p.w:cumsum():sum() } end
      return net, print_of, p
    end
    local function redraw(p, _, k)
      if k % 3 == 1 then p.delays = lp.uniform(1, 12) elseif k % 3 == 2 then p.delays = p.delays + 0.5 end
    end

    it("have the same bits for any number of threads, and after restoring, loading and going on", function()
      for _, opt in ipairs { {}, { delays = 3 }, { synapse = lp.synapse { pre_spike = "g_target += w" } } } do
        local net, print_of = learning(redraw, opt)
        net:run(100)
        local wanted = print_of()
        assert.truthy(wanted[1] > 50, wanted[1])
        for _, threads in ipairs { 2, 3 } do
          local other, other_print = learning(redraw, { threads = threads, delays = opt.delays, synapse = opt.synapse })
          other:run(100)
          assert.same(wanted, other_print())
        end
        local again, again_print = learning(redraw, opt)
        again:run(44)                                       -- two ms behind a change
        again:store()
        again:run(30):restore():run(56)
        assert.same(wanted, again_print())
      end
    end)

    it("are the others at once, and nothing else, when nothing is under way", function()
      local function none() end
      local one, one_print, p = learning(none, { delays = 3 })
      p.delays = 6
      one:run(50)
      local two, two_print = learning(none, { delays = 6 })
      two:run(50)
      assert.same(one_print(), two_print())
    end)

    it("are saved, and go on from a file", function()
      local path = os.tmpname() .. ".h5"
      local function network()
        local net = lp.network { dt = 1, tier = tier, seed = 4 }
        local pre = net:poisson { name = "pre", size = 20, rates = 100 }
        local post = net:population { name = "post", size = 20, neuron = Silent }
        local p = net:project { name = "p", from = pre, to = post, target = "exc", connect = lp.fixed_probability(0.5), weights = lp.uniform(0, 1), delays = lp.uniform(1, 9) }
        return net, post, p
      end
      local net, post, p = network()
      net:run(20)
      p.delays = lp.uniform(1, 12)
      net:save(path)
      net:run(30)
      local loaded = lp.load(path, { tier = tier })
      loaded:run(30)
      os.remove(path)
      local other = { loaded.populations[2], loaded.projections[1] }
      assert.same(post.c:table(), other[1].c:table())
      assert.same(p.delays:table(), other[2].delays:table())
    end)

    it("may change while synapses come and go, which take what is under way to them along", function()
      local net = lp.network { dt = 1, tier = tier }
      local pre = net:spike_source { size = 2, neuron = { 1, 2 }, t = { 1, 1 } }
      local post = net:population { size = 3, neuron = Silent }
      local p = net:project { from = pre, to = post, target = "exc", connect = lp.all_to_all(), weights = { 1, 2, 4, 8, 16, 32 }, delays = 5 }
      net:run(3)
      p.delays = { 9, 3, 2, 7, 1, 8 }
      p:prune "w == 2 or w == 16"
      p:create_synapse(1, 2, 64, 2)
      net:run(7)
      assert.same({ 1 + 8, 0, 4 + 32 }, post.c:table())
      net:run(10)
      assert.same({ 1 + 8, 0, 4 + 32 }, post.c:table())
    end)

    it("go from clock to clock", function()
      for _, dts in ipairs { { 1, 2 }, { 2, 1 } } do
        local net = lp.network { dt = dts[1], tier = tier }
        local pre = net:spike_source { size = 2, neuron = { 1, 2, 1, 2 }, t = { 4, 4, 12, 12 } }
        local post = net:population { size = 2, neuron = lp.neuron { equations = "x = g_exc : init = 0" }, dt = dts[2] }
        local p = net:project { from = pre, to = post, target = "exc", connect = lp.all_to_all(), weights = { 1, 2, 4, 8 }, delays = { 6, 6, 8, 10 } }
        local x = net:record(post, "x")
        net:run(8)
        p.delays = { 2, 4, 6, 8 }
        net:run(16)
        local got = {}
        for k = 1, #x.t do
          local both = { x.x[k][1], x.x[k][2] }
          if both[1] + both[2] > 0 then got[#got + 1] = ("%g:%g,%g"):format(x.t[k] - (x.t[1] - 0), both[1], both[2]) end
        end
        assert.same({ "10:1,2", "12:4,0", "14:1,8", "16:0,2", "18:4,0", "20:0,8" }, got)
      end
    end)

    it("are those of other events, too, whose pathways have none of their own", function()
      local net = lp.network { dt = 1, tier = tier }
      local pre = net:population { size = 1, neuron = lp.neuron { equations = "v += 1 : init = 0", spike = "v == 3", events = { burst = "v == 5" } } }
      local post = net:population { size = 1, neuron = Silent }
      local Both = lp.synapse { equations = "sent = sent : init = -1\nburst = burst : init = -1", pre_spike = "g_target += w ; sent = t", on = { pre_burst = "burst = t" } }
      local p = net:project { from = pre, to = post, target = "exc", connect = lp.all_to_all(), delays = 6, synapse = Both }
      net:run(4)
      p.delays = 9                                          -- the spike was sent in the step that begins at 2, the burst comes in that at 4
      net:run(6)
      assert.same({ 8.5, -1 }, { p.sent[1], p.burst[1] })
      net:run(5)
      assert.same({ 8.5, 13.5 }, { p.sent[1], p.burst[1] })
    end)

    it("of rates are read from there at once, where that is kept", function()
      local net = lp.network { dt = 1, tier = tier }
      local pre = net:population { size = 2, neuron = lp.neuron { equations = "r = t : init = 0" } }
      local post = net:population { size = 2, neuron = lp.neuron { equations = "r = sum(exc)" } }
      local p = net:project { from = pre, to = post, target = "exc", connect = lp.one_to_one(), weights = 1, delays = 4 }
      local function next_rates() return net:run(1) and post.r:table() end
      net:run(20)
      local now = post.r[1]
      assert.equal(15, now)
      p.delays = 2
      assert.same({ now + 3, now + 3 }, next_rates())
      p.delays = 4                                          -- of two steps more nothing is kept: what comes next stays until it is due
      assert.same({ now + 4, now + 4 }, next_rates())
      assert.same({ now + 4, now + 4 }, next_rates())
      assert.same({ now + 4, now + 4 }, next_rates())
      assert.same({ now + 5, now + 5 }, next_rates())
      p.delays = { 3, 1 }
      assert.same({ now + 7, now + 9 }, next_rates())
      p.delays = { 2, 3 }
      assert.same({ now + 9, now + 8 }, next_rates())
    end)

    it("are refused where synapses cannot be sorted by them, or are no delays", function()
      local net = lp.network { dt = 1, tier = tier }
      local pre = net:poisson { size = 4, rates = 10 }
      local post = net:population { size = 4, neuron = Silent }
      local p = net:project { name = "p", from = pre, to = post, target = "exc", connect = lp.all_to_all(), weights = lp.uniform(0, 1), delays = 2 }
      refused("projection 'p', delays: 16 numbers expected, got 3", function() p.delays = { 1, 2, 3 } end)
      refused("-1", function() p.delays = -1 end)
      refused("must be at least 0, got -2", function() p.delays = lp.full(-2, 16) end)
      refused("those of pathways are given when the projection is made", function() p.delays = { transmission = 3 } end)
      refused("proj.delays = ...", function() p.delays[3] = 4 end)
      local copy = net:project { name = "copy", from = pre, to = post, target = "exc", connect = lp.copy(p), delays = 1 }
      refused("one delay for all synapses expected: 'copy' is a copy of it", function() p.delays = lp.uniform(1, 5) end)
      refused("one delay for all synapses expected: it has the synapses of 'p'", function() copy.delays = lp.uniform(1, 5) end)
      copy.delays = 3
      net:run(5)
      assert.same({ 2, 3 }, { p.delay, copy.delay })
    end)
  end)
end
