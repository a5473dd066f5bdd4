--- Random sessions with the library: networks are made, run, changed between runs and in callbacks, read, dropped. Nothing may crash, and no error may
--- come out of a line of the library. For the sanitizers: `make BUILD=build/check SANITIZE=address,undefined`, then
--- `build/check/lunapse tests/fuzz/network.lua [seed] [sessions] [tier]`.
local lp = require "lunapse"
warn "@off"

local seed, sessions, tier = tonumber(arg[1]) or os.time() % 10000, tonumber(arg[2]) or 100, arg[3]
local R = math.random

local function pick(list) return list[R(#list)] end

local NEURONS = {
  lp.neuron { parameters = { tau = 10, I = 0, total = 0 }, equations = "tau * dv/dt = I - v + g_exc : init = 0\n dg_exc/dt = -g_exc/5\n k = total",
    spike = "v > 1", reset = "v = 0", refractory = 2 },
  lp.neuron { parameters = { tau = 10 }, equations = "tau*dr/dt = sum(exc) - r + 1" },
  lp.neuron { parameters = { b = 1 }, equations = "m = mean(v) : population, init = 0\n dv/dt = b - v/20 + g_exc + 0.1*Normal(0,1) : init = 0",
    spike = "v > 1", reset = "v = 0" },
}
local READER = lp.neuron { equations = "dv/dt = mod.v - v + g_exc : init = 0", spike = "v > 1", reset = "v = 0" }
local SYNAPSES = {
  lp.models.static, lp.models.STDP, lp.models.rate, lp.models.Oja,
  lp.synapse { parameters = { tau = 10, a = 0.1 }, equations = "tau * dx/dt = a - x : event-driven\n dw/dt = -w/1000",
    pre_spike = "g_target += w; x += 1; w += 0.01*x", post_spike = "w -= 0.01*x" },
  lp.synapse { equations = "post.total = sum(w) : every = 3", pre_spike = "g_target += w" },
  lp.synapse { parameters = { lr = 0.001 }, equations = "dw/dt = lr*pre.r*post.r", psp = "w*pre.r" },
}
local NAMES = { "v", "tau", "I", "total", "r", "b", "m", "w", "x", "y", "a", "lr", "d", "g_exc", "k", "rates", "tau_plus", "A_plus", "w_max", "none" }
local TEXTS = { "v = 0.5*v", "w = w*0.9", "tau = tau + 0.1", "w += 0.1", "I = v + Normal(0,1)", "w -= 0.1*clip(w,0,1)/N_incoming" }

local function numbers(n)
  local list = {}
  for i = 1, n do list[i] = R() + 0.1 end
  return list
end

--- Something to set a variable of `n` values to; some of it is wrong.
local function value(n)
  return pick {
    function() return R() * 3 end, function() return R(3) end, function() return lp.uniform(0.1, 2) end, function() return numbers(n) end,
    function() return lp.array.from(numbers(n), pick { "float64", "float32" }) end, function() return "0.5 + 0.1*Normal(0,1)" end,
    function() return "i*0.1" end, function() return pick { 0 / 0, math.huge, -1, { 1, 2 }, "x+", true, {} } end,
  } ()
end

local function maybe(...) return pick { false, false, ... } or nil end

local kept = {}                       -- arrays and recordings that outlive their networks

local function report(ok, message)
  if ok or type(message) ~= "string" then return end
  local first = message:match "^[^\n]*"
  local is_fault = first:find("attempt to", 1, true) and not first:find "fuzz/network.lua:%d+: attempt"
  if is_fault or first:find "lua/lunapse/[%w_/]+%.lua:%d+: " then
    print(("seed %d: an error out of the library: %s"):format(seed, message))
    os.exit(1)
  end
end

local function session()
  local net = lp.network { dt = pick { 0.1, 0.5, 1 }, seed = R(100), threads = pick { 1, 1, 2, 4 }, precision = pick { "float64", "float64", "float32" }, tier = tier }
  local pops, projs, recs, ops, inputs, act = {}, {}, {}, {}, {}, nil

  local function part(p)
    if R(3) == 1 and p.size > 2 then return p:slice(R(1, p.size // 2), R(p.size // 2 + 1, p.size)) end
    if R(3) > 1 then return p end
    local list, seen = {}, {}
    for _ = 1, R(p.size) do
      local i = R(p.size)
      if not seen[i] then list[#list + 1], seen[i] = i, true end
    end
    return p:select(list)
  end

  local acts = {
    function() pops[#pops + 1] = net:population { size = R(1, 20), neuron = pick(NEURONS), dt = maybe(false, 0.5, 0.3, 1) } end,
    function() pops[#pops + 1] = net:poisson { size = R(1, 20), rates = value(5), dt = maybe(1) } end,
    function()
      local n, neuron, t = R(1, 9), {}, {}
      for k = 1, R(0, 20) do neuron[k], t[k] = R(n), R() * 20 end
      pops[#pops + 1] = net:spike_source { size = n, neuron = neuron, t = t, period = maybe(20, 30, 20.37) }
    end,
    function()
      local name = pick { "I", "v", "rates", "r" }
      local drive = { [name] = lp.timed_array(pick { { 1, 20, 3 }, { { 1, 2 }, { 30, 4 } }, { 0.5 } }, { dt = pick { 0.5, 1, 7 }, period = maybe(21) }) }
      local size = R(1, 3)
      pops[#pops + 1] = name == "rates" and net:poisson { size = size, drive = drive } or net:population { size = size, neuron = pick(NEURONS), drive = drive }
    end,
    function()
      inputs[#inputs + 1] = net:poisson_input { to = part(pick(pops)), target = pick { "exc", "exc", false } or nil, variable = maybe("v", "tau", "k"),
        rate = pick { 20, value(3), "5*i", "if t < 9: 50 else: x", lp.timed_array({ 3, 50 }, { dt = 4 }) }, n = pick { 1, 30, value(2) }, weight = value(4) }
    end,
    function() local p = pick(inputs) p[pick { "rate", "n", "weight", "events" }] = value(pick { p.size, 1 }) end,
    function()
      local p = pick(inputs)
      local a = p[pick { "rate", "n", "weight", "events" }]
      if type(a) == "userdata" then
        a[R(#a)] = R()
        kept[#kept + 1] = a
      end
    end,
    function() recs[#recs + 1] = net:record(pick(inputs), pick { "events", "rate", { "n", "weight" } }, { every = maybe(1, 2.3), from = maybe(net.t + 3) }) end,
    function() kept[#kept + 1] = tostring(pick(inputs)) .. tostring(net:describe()) .. tostring(net:explain()) end,
    function() if R(3) == 1 then pick(inputs):remove() end end,
    function() pops[#pops + 1] = net:population { size = R(1, 20), neuron = READER, refs = { mod = part(pick(pops)) } } end,
    function()
      projs[#projs + 1] = net:project { from = part(pick(pops)), to = part(pick(pops)), target = pick { "exc", "exc", false } or nil, synapse = pick(SYNAPSES),
        weights = pick { value(4), 0.5, 0.1 }, delays = maybe(1, 2.5, lp.uniform(0, 5)),
        connect = pick { lp.all_to_all(), lp.fixed_probability(0.5), lp.one_to_one(), lp.fixed_number_pre(2), lp.pairs({ 1, 1, 2 }, { 1, 2, 1 }) } }
    end,
    function() recs[#recs + 1] = net:record(part(pick(pops)), pick { "spike", "v", "r", "tau", "m", { "v", "g_exc" } }, { every = maybe(1, 2.3) }) end,
    function() recs[#recs + 1] = net:record(pick(projs), pick { "w", "x", "d" }, { every = maybe(1, 2.3), from = maybe(net.t + 3) }) end,
    function() local p = pick(pops) p[pick(NAMES)] = value(p.size) end,
    function() local p = part(pick(pops)) p[pick(NAMES)] = value(p.size) end,
    function() local p = pick(projs) p[pick(NAMES)] = value(pick { p.size, p.size, p.from.size, p.to.size, 1 }) end,
    function()
      local a = pick { pick(pops), pick(projs) }[pick(NAMES)]
      if type(a) == "userdata" then
        a[R(#a)] = R()
        kept[#kept + 1] = a
      end
    end,
    function() pick(pops):compute_rate(R() * 20 + 1) end,
    function() pick(pops):set_spikes({ 1, 1 }, { R() * 50, R() * 100 }) end,
    function() local p = pick(projs) pick { p.disable_learning, p.enable_learning }(p) end,
    function() pick { pick(pops), pick(projs) }:reset() end,
    function() pick(projs):normalize { to = 1 } end,
    function()
      local p = pick(projs)
      kept[#kept + 1] = { p:sum_post "w", p:matrix "w", p.fan_in }
      for _, row in p:incoming() do row.w = row.w * 0.9 end
    end,
    function()
      ops[#ops + 1] = net:every(R() * 5 + 0.05, function()
        for _ = 1, R(2) do act() end
        if R(20) == 1 then net:stop() end
        if R(30) == 1 then error "on purpose" end
        return R(30) ~= 1
      end, { when = pick { "start", "end" }, offset = pick { 0, 0, 1.7 } })
    end,
    function() net:at(net.t + R() * 20, act) end,
    function() ops[#ops + 1] = pick { pick(pops), pick(projs) }:run_regularly(pick(TEXTS), { every = R() * 5 + 0.1 }) end,
    function() local o = pick(ops) pick { o.stop, o.resume, o.remove }(o) end,
    function() pick(ops).every = R() * 10 end,
    function() local r = pick(recs) kept[#kept + 1] = { r, r.t, r[pick { "v", "neuron", "w", "x" }] } end,
    function() local r = pick(recs) pick { r.pause, r.resume, r.clear }(r) end,
    function() net:run_until(pick { "v > 0.5", function() return R(40) == 1 end }, { max = 10, of = pick(pops) }) end,
    function() kept[#kept + 1] = tostring(net) .. tostring(pick(pops)) .. tostring(pick(projs)) .. tostring(pick(recs)) end,
    function() collectgarbage() end,
    function() net:step() end,
  }
  act = function() report(pcall(pick(acts))) end
  for k = 1, 5 do pcall(acts[k]) end
  for _ = 1, R(10, 60) do
    act()
    if R(3) == 1 then report(pcall(net.run, net, R() * 30)) end
  end
  if #kept > 50 then kept = {} end
end

for k = 1, sessions do
  math.randomseed(seed * 100000 + k)
  session()
end
print(("%d sessions with seed %d"):format(sessions, seed))
