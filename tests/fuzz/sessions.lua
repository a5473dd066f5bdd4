--- Inputs that are scripts: networks are made, connected, recorded, run, changed between runs and in callbacks, read, stored, saved, put back, and everything that
--- docs/api.md names is called with arguments right and wrong. A line is a Lua statement, after `@run { ... }`. Errors are part of life; what follows must work.
---
--- Each script runs twice or more: on one thread, cut into parts for three while everything is looked at now and then, some natively. Errors and final state
--- must be the same.
local judge = require "tests.fuzz.judge"
local lp = require "lunapse"
local hearing = require "lunapse.hearing"

local sessions = { batch = 40 }

local random = math.random
local function pick(list) return list[random(#list)] end
local function chance(p) return random() < p end

-- ---- models, few, so that their native code is compiled once -----------------------------------------------------------------

local NEURONS = {
  lp.neuron { name = "full", parameters = { tau = 10, I = 0, total = 0 }, equations = [[
    tau * dv/dt = I - v + g_exc : init = 0
    dg_exc/dt = -g_exc/5
    k = total
  ]], spike = "v > 1", reset = "v = 0", refractory = 2 },
  lp.neuron { name = "rate", parameters = { tau = 10 }, equations = "tau*dr/dt = sum(exc) - r + 1" },
  lp.neuron { name = "mean", parameters = { b = 1 }, equations = "m = mean(v) : population, init = 0\n dv/dt = b - v/20 + g_exc + 0.1*Normal(0,1) : init = 0",
    spike = "v > 1", reset = "v = 0", axon_spike = "v > 0.8", axon_reset = "v -= 0.01", events = { up = { when = "v > 0.5 and t - t_up > 3", effect = "v += 0.01" } } },
  lp.neuron { name = "reader", equations = "dv/dt = mod.v - v + g_exc : init = 0", spike = "v > 1", reset = "v = 0" },
}
local SYNAPSES = {
  lp.models.static, lp.models.STDP, lp.models.rate, lp.models.Oja,
  lp.synapse { name = "trace", parameters = { tau = 10, a = 0.1 }, equations = "tau * dx/dt = a - x : event-driven\n dw/dt = -w/1000",
    pre_spike = "g_target += w; x += 1; w += 0.01*x", post_spike = "w -= 0.01*x", pruning = "w < 0.05 : proba = 0.5", creating = "i != j : proba = 0.2, w = 0.1" },
  lp.synapse { name = "heard", parameters = { tau = 10 }, equations = "tau * dx/dt = -x : event-driven", pre_spike = "g_target += w",
    on = { pre_up = "x += 1 ; w += 0.01*x", post_up = "w -= 0.01*x" } },
  lp.synapse { name = "summing", equations = "post.total = sum(w) : every = 3", pre_spike = "g_target += w" },
  lp.synapse { name = "Hebb", parameters = { lr = 0.001 }, equations = "dw/dt = lr*pre.r*post.r", psp = "w*pre.r" },
}

-- ---- statements ----------------------------------------------------------------------------------------------------------------

local NAMES = { "v", "tau", "I", "total", "r", "b", "m", "w", "x", "y", "a", "lr", "d", "g_exc", "k", "rates", "tau_plus", "A_plus", "w_max", "rate", "n",
  "weight", "events", "t",
  "size", "name", "delay", "delays", "pre", "post", "fan_in", "none" }
local TEXTS = { "v = 0.5*v", "w = w*0.9", "tau = tau + 0.1", "w += 0.1", "I = v + Normal(0,1)", "w -= 0.1*clip(w,0,1)/N_incoming", "v = ", "zz = 1", "x = x + w" }

local function number() return ("%.3g"):format(random() * 3) end
local function time() return pick { "0", "0.05", "1", "2.3", "5", ("%.3g"):format(random() * 20) } end

local function numbers(n)
  local list = {}
  for i = 1, n do list[i] = ("%.2g"):format(random() + 0.1) end
  return "{ " .. table.concat(list, ", ") .. " }"
end

local ODD = { "nil", "0", "-1", "1.5", "0/0", "1/0", "-1/0", "2^53", "-2^63", "1e300", "1e-300", "''", "'x'", "'v'", "'spike'", "'w < 0.1'", "'\\27\\0\\255'",
  "true", "false", "{}",
  "{ 1, 2 }", "{ 'a' }", "{ { 1, 2 }, { 3 } }", "{ x = 1 }", "print", "lp", "net", "P(1)", "J(1)", "R(1)", "lp.zeros(0)", "lp.zeros(3, 0)", "lp.arange(1, 7)",
  "lp.array { { 1, 2 }, { 3, 4 } }", "lp.array { 0/0, 1/0 }", "lp.array { true, false }", "lp.uniform(0, 1)", "lp.normal(0, 1)", "lp.all_to_all()", "lp.models.LIF",
  "setmetatable({}, { __index = function() error 'mine' end })", "coroutine.create(print)", "io.stdout", "function() error 'on purpose' end",
    "math.mininteger", "'1e3'" }

--- A value for a variable of some object; some are wrong.
local function value()
  return pick { number, function() return tostring(random(3)) end, function() return "lp.uniform(0.1, 2)" end, function() return numbers(random(6)) end,
    function() return ("lp.array.from(%s, '%s')"):format(numbers(random(6)), pick { "float64", "float32", "int32" }) end,
      function() return "'0.5 + 0.1*Normal(0,1)'" end,
    function() return "'i*0.1'" end, function() return "each(o)" end, function() return pick(ODD) end } ()
end

local function index() return tostring(random(9)) end
local function population() return chance(0.3) and ("part(P(%s), %s)"):format(index(), index()) or ("P(%s)"):format(index()) end
local function connector()
  return pick { "lp.all_to_all()", "lp.fixed_probability(0.5)", "lp.one_to_one()", "lp.fixed_number_pre(2)", "lp.pairs({ 1, 1, 2 }, { 1, 2, 1 })",
    "lp.all_to_all { self = false }",
    "lp.condition 'i != j and abs(i - j) < 3'", "lp.gaussian { amplitude = 1, sigma = 0.3 }", "lp.fixed_number_post(1)",
      "lp.generator(function(i, n) return { i % n + 1 } end)",
    "lp.sparse { pre = { 1, 2 }, post = { 2, 1 }, weights = { 0.5, 0.25 } }", "lp.generator(function() error 'on purpose' end)",
      "lp.from_file(file 'pairs.csv')", "3" }
end
local function name_of_file() return pick { "a.h5", "b.h5", "a.csv", "a.npy", "a.npz", "a.png", "a.svg", "a.md", "a.tex", "a.wav", "no/a.h5", "pairs.csv",
  "a.xyz", "" } end

local statements                                  -- the list of what makes one; set below
local function statement() return pick(statements)() end

--- A function as Lua text: some raise, stop the network, collect garbage, or do what scripts do.
local function callback()
  local body = {}
  for k = 1, random(2) do
    body[k] = chance(0.7) and ("guard(function() %s end)"):format(statement())
      or pick { "error 'on purpose'", "net:stop()", "collectgarbage()", "collectgarbage 'step'", "return false", "local x <const> = nil + 1", "error {}",
        "net:run(1)", "return 'x'" }
    if body[k]:find "^return" then return "function() " .. table.concat(body, " ") .. " end" end
  end
  return "function() " .. table.concat(body, " ") .. " end"
end

local methods                                     -- of each receiver, from docs/api.md: { receiver, function } each
local RECEIVERS = { net = "net", pop = "P(%s)", proj = "J(%s)", input = "I(%s)", rec = "R(%s)", spikes = "S(%s)", op = "O(%s)", fig = "F(%s)",
  ["fig[1]"] = "F(%s)[1]", a = "A(%s)", lp = "lp",
  ["lp.analysis"] = "lp.analysis", ["lp.array"] = "lp.array", hearing = "hearing" }
local LEFT_OUT = { ["lp.help"] = true, ["lp.result"] = true, ["lp.sweep"] = true, ["lp.arguments"] = true, ["net:run"] = true, ["net:run_until"] = true,
  ["net:profile"] = true,
  ["net:watch"] = true, ["fig:show"] = true, ["lp.stdp_window"] = true,
  ["net:save"] = true, ["net:report"] = true, ["rec:save"] = true, ["spikes:save"] = true, ["fig:save"] = true,
    ["lp.write"] = true }          -- others call these, with files of theirs

local function read_methods()
  methods = {}
  for line in io.lines "docs/api.md" do
    local receiver, mark, name = line:match "^### `(.-)([:.])([%w_]+)%("
    if receiver and mark == "." and receiver:find ":" then receiver = nil end
    if receiver and RECEIVERS[receiver] and not LEFT_OUT[receiver .. mark .. name] then methods[#methods + 1] = { RECEIVERS[receiver], mark, name } end
  end
  assert(#methods > 150, "docs/api.md has few methods")
end

local function any_call()
  local method, arguments = pick(methods), {}
  for k = 1, random(0, 4) do arguments[k] = chance(0.6) and pick(ODD) or value() end
  return ("local o = %s keep(o%s%s(%s))"):format(method[1]:format(index()), method[2], method[3], table.concat(arguments, ", "))
end

statements = {
  function() return ("add(pops, net:population { size = %d, neuron = N[%d]%s })"):format(random(1, 20), random(3), chance(0.3) and ", dt = " .. pick { "0.5",
    "0.3", "1" } or "") end,
  function() return ("local o = { size = %d } add(pops, net:poisson { size = o.size, rates = %s })"):format(random(1, 20), value()) end,
  function()
    local n, neuron, t = random(1, 9), {}, {}
    for k = 1, random(0, 20) do neuron[k], t[k] = random(n), ("%.4g"):format(random() * 20) end
    return ("add(pops, net:spike_source { size = %d, neuron = { %s }, t = { %s }%s })"):format(n, table.concat(neuron, ", "), table.concat(t, ", "),
      chance(0.3) and ", period = " .. pick { "20", "30", "20.37" } or "")
  end,
  function()
    local name = pick { "I", "v", "rates", "r" }
    local drive = ("%s = lp.timed_array(%s, { dt = %s%s })"):format(name, pick { "{ 1, 20, 3 }", "{ { 1, 2 }, { 30, 4 } }", "{ 0.5 }" }, pick { "0.5", "1", "7" },
      chance(0.3) and ", period = 21" or "")
    return ("add(pops, net:%s { size = %d, drive = { %s } })"):format(name == "rates" and "poisson" or "population", random(3), drive):gsub("population {",
      "population { neuron = N[" .. random(3) .. "],")
  end,
  function() return ("add(pops, net:population { size = %d, neuron = N[4], refs = { mod = %s } })"):format(random(1, 20), population()) end,
  function()
    return ("local o = %s add(inputs, net:poisson_input { to = o, %s, rate = %s, n = %s, weight = %s })"):format(population(),
      pick { "target = 'exc'", "target = 'exc'", "variable = 'v'", "variable = 'tau'" },
      pick { "20", value(), "'5*i'", "'if t < 9: 50 else: x'", "lp.timed_array({ 3, 50 }, { dt = 4 })" }, pick { "1", "30", value() }, value())
  end,
  function()
    return ("add(projs, net:project { from = %s, to = %s, synapse = S_[%d], weights = %s, connect = %s%s%s })"):format(population(), population(), random(#SYNAPSES),
      pick { "0.5", "0.1", "lp.uniform(0, 0.5)", value():gsub("each%(o%)", "1") }, connector(), chance(0.8) and ", target = 'exc'" or "",
      chance(0.4) and ", delays = " .. pick { "1", "2.5", "lp.uniform(0, 5)", "-1" } or "")
  end,
  function() return ("local p = %s add(recs, net:record(p, %s, { every = %s%s }))"):format(pick { population(), "J(" .. index() .. ")", "I(" .. index() .. ")" },
    pick { "'spike'", "'v'", "'r'", "'tau'", "'m'", "{ 'v', 'g_exc' }", "'w'", "'x'", "'d'", "'events'", "{ 'n', 'weight' }" }, pick { "nil", "1", "2.3", "0" },
    chance(0.1) and ", file = file '" .. pick { "r.h5", "q.h5" } .. "'" or chance(0.2) and ", from = net.t + 3" or "") end,
  function() return ("local o = %s o.%s = %s"):format(pick { population(), "J(" .. index() .. ")", "I(" .. index() .. ")" }, pick(NAMES), value()) end,
  function() return ("local a = %s.%s if type(a) == 'userdata' then a[%s] = %s keep(a) end"):format(pick { population(), "J(" .. index() .. ")",
    "I(" .. index() .. ")" }, pick(NAMES),
    pick { "#a", "1", index(), "0", "-1" }, pick { number(), number(), pick(ODD) }) end,
  function() return ("P(%s):compute_rate(%s)"):format(index(), time()) end,
  function() return ("P(%s):set_spikes({ 1, 1 }, { %.4g, %.4g })"):format(index(), random() * 50, random() * 100) end,
  function() return ("J(%s):%s()"):format(index(), pick { "disable_learning", "enable_learning", "reset", "reset_weights" }) end,
  function() return ("net:reset%s"):format(pick { "()", " { weights = true }", " { recordings = true }", " { populations = true, synapses = true }" }) end,
  function() return ("P(%s):reset()"):format(index()) end,
  function() return ("J(%s):normalize { to = 1 }"):format(index()) end,
  function() return ("local p = J(%s) keep { p:sum_post 'w', p:matrix 'w', p.fan_in } for _, row in p:incoming() do row.w = row.w * 0.9 end"):format(index()) end,
  function() return ("J(%s):create_synapse(%s, %s, %s)"):format(index(), pick { "1", "{ 1, 2 }", "99" }, pick { "1", "{ 2, 1 }" }, pick { "0.5", "{ 1, 2 }",
    "nil" }) end,
  function() return ("J(%s).delays = %s"):format(index(), pick { "lp.uniform(0, 5)", "3", "0.5", "o.delays + 1", "'1 + i % 3'", "-1" }):gsub("o.delays", "J(1).delays") end,
  function() return ("keep(J(%s):prune(%s))"):format(index(), pick { "'w < 0.2'", "{ 1 }", "{}", "{ 99 }", "{ 1, 1 }", "'zz'" }) end,
  function() return ("add(ops, J(%s):start_%s { every = %s })"):format(index(), pick { "pruning", "creating" }, time()) end,
  function() return ("add(ops, net:every(%s, %s, { when = '%s', offset = %s }))"):format(time(), callback(), pick { "start", "end" }, pick { "0", "0", "1.7" }) end,
  function() return ("net:at(net.t + %s, %s)"):format(time(), callback()) end,
  function() return ("add(ops, %s:run_regularly('%s', { every = %s }))"):format(pick { "P(" .. index() .. ")", "J(" .. index() .. ")" }, pick(TEXTS), time()) end,
  function() return ("O(%s):%s()"):format(index(), pick { "stop", "resume", "remove" }) end,
  function() return ("O(%s).every = %s"):format(index(), pick { time(), pick(ODD) }) end,
  function() return ("local r = R(%s) keep { r, r.t, r.%s }"):format(index(), pick { "v", "neuron", "w", "x" }) end,
  function() return ("R(%s):%s()"):format(index(), pick { "pause", "resume", "clear" }) end,
  function() return ("%s:remove()"):format(pick { "P(%s)", "J(%s)", "R(%s)", "I(%s)", "O(%s)" }):format(index()) end,
  function() return ("net:run_until(%s, { max = 10, of = P(%s) })"):format(pick { "'v > 0.5'", "function() return net.t > 20 end", "'zz > 1'",
    "function() error 'on purpose' end" }, index()) end,
  function() return ("net:store '%s'"):format(pick { "a", "b" }) end,
  function() return ("net:restore('%s'%s)"):format(pick { "a", "b" }, pick { "", ", { recordings = false }" }) end,
  function() return ("net:save(file '%s')"):format(pick { "a.h5", "b.h5", "a.npy", "no/a.h5" }) end,
  function() return ("net:restore(file '%s')"):format(pick { "a.h5", "b.h5" }) end,
  function() return ("local other = lp.load(file '%s') other:run(3) keep(tostring(other))"):format(pick { "a.h5", "b.h5" }) end,
  function() return ("local f = lp.plot(%s) add(figs, f) f:save(file '%s')"):format(pick { "R(%s)", "P(%s)", "J(%s)", "A(%s)", "I(%s)" }, pick { "a.png",
    "a.svg", name_of_file() }):format(index()) end,
  function() return ("lp.write(file '%s', %s) keep(lp.read(file '%s'))"):format(name_of_file(), value():gsub("each%(o%)", "1"), name_of_file()) end,
  function() return ("collectgarbage '%s'"):format(pick { "collect", "step", "collect", "generational", "incremental" }) end,
  function() return ("later(function() %s end)"):format(statement()) end,
  function() return "net:step()" end,
  function() return ("local t = net:keep('log', { n = 0 }) t.n = %s"):format(pick { "1", "{ 1 }", "lp.zeros(2)", "print", "t" }) end,
  function() return ("keep(net:draw(%s, %s))"):format(pick { "lp.normal(0, 1)", pick(ODD) }, pick { "3", "0", pick(ODD) }) end,
  function() return ("fresh { dt = %s }"):format(pick { "0.1", "1", "0" }) end,
}
for _ = 1, 8 do statements[#statements + 1] = any_call end

function sessions.prepare() if not methods then read_methods() end end

function sessions.make()
  sessions.prepare()
  local lines = { ("@run { dt = %s, seed = %d, precision = '%s', is_native = %s }"):format(pick { "0.1", "0.5", "1" }, random(100), pick { "float64",
    "float64", "float32" },
    tostring(chance(0.02))) }
  local function add(line) lines[#lines + 1] = line:gsub("\n", " ") end
  for k = 1, 7 do if chance(0.7) then add(statements[k]()) end end
  for _ = 1, random(5, 40) do
    add(statement())
    if chance(0.25) then add(("net:run(%s)"):format(time())) end
  end
  add "net:run(3)"
  return lines
end

-- ---- running a script -----------------------------------------------------------------------------------------------------------

local PURPOSE = { "on purpose", "mine", "perform arithmetic on a nil value" }

--- Why an error of a script is a fault; nil where it is none, and what to compare.
local function judged(message, said)
  if type(message) == "table" and next(message) == nil then return nil, "{}" end             -- error {} of a callback
  if type(message) ~= "string" then return judge.message(message, said), tostring(message) end
  local first = message:gsub("\nstack traceback:.*", "")
  for _, text in ipairs(PURPOSE) do if first:find(text, 1, true) then return nil, first end end
  local own = first:match "input:%d+: (.*)$"
  if own and own:find "^attempt to" then return nil, first end                                   -- the script's own slip
  return judge.message(first, said), first
end

local is_untouched = {}                            -- folders as they were made: processes take longer than most scripts

local function prepare_folder(place)
  if is_untouched[place] then return end
  os.execute(("rm -rf '%s' && mkdir -p '%s' && printf '1,1\\n2,1,0.5\\n' >'%s/pairs.csv'"):format(place, place, place))
  is_untouched[place] = true
end

--- Run the script in one way; the network, the errors by line, and what is wrong.
local function run_in(lines, run, way, place)
  local errors, kept, due, fault = {}, {}, {}, nil
  local said = table.concat(lines, "\n") .. place
  local e, lists = nil, { pops = {}, projs = {}, recs = {}, ops = {}, inputs = {}, figs = {} }

  local function note(ok, message)
    if ok then return end
    local wrong, text = judged(message, said)
    fault = fault or wrong
    errors[#errors + 1] = text
  end
  local function made(list, k) return #list > 0 and list[(k - 1) % #list + 1] or nil end

  local function fresh(opt)
    opt.seed, opt.precision, opt.threads, opt.tier, opt.warnings = run.seed, run.precision, way.threads, way.tier, false
    local net = lp.network(opt)
    if way.parts then net._core:split(way.parts) end
    e.net = net
    for name in pairs(lists) do
      local list = {}
      e[name] = list
    end
  end

  e = setmetatable({ lp = lp, hearing = hearing, N = NEURONS, S_ = SYNAPSES, fresh = fresh,
    P = function(k) return made(e.pops, k) end, J = function(k) return made(e.projs, k) end, R = function(k) return made(e.recs, k) end,
    O = function(k) return made(e.ops, k) end, I = function(k) return made(e.inputs, k) end, S = function(k) return made(e.recs, k) end,
    F = function(k)
      if #e.figs == 0 then e.figs[1] = lp.figure { columns = 2 } end
      return made(e.figs, k)
    end,
    A = function(k) return ({ lp.arange(1, 6), lp.arange(1, 6):reshape(2, 3), lp.array { 0 / 0, 1 }, lp.zeros(0), lp.array { true, false }, lp.arange(1,
      24):reshape(2, 3, 4),
      lp.array.from({ 1, 2, 3 }, "float32"), lp.array.from({ 3, 1, 2 }, "int64"), lp.linspace(0, 1, 100) })[k] end,
    add = function(list, object) list[#list + 1] = object end,
    keep = function(x) kept[#kept + 1] = x end,
    file = function(name)
      is_untouched[place] = nil
      return ("%s/%s"):format(place, name)
    end,
    guard = function(f) note(pcall(f)) end,
    later = function(f) due[#due + 1] = setmetatable({}, { __gc = function() note(pcall(f)) end }) end,
    each = function(o)
      local list = {}
      for i = 1, o and o.size or 1 do list[i] = i / 7 end
      return list
    end,
    part = function(p, k) return p and p.size > 2 and (k % 2 == 0 and p:slice(1 + k % 2, p.size - k % 3) or p:select { p.size, 1 }) or p end,
  }, { __index = _G })
  prepare_folder(place)
  note(pcall(fresh, { dt = run.dt }))
  for k = 2, #lines do
    local f, message = load(lines[k], "=input", "t", e)
    if not f then return nil, errors, nil, message end
    note(pcall(f))
    -- finalizers run in both ways at the same lines
    if #due > 0 then
      due = {}
      collectgarbage()
    end
    if way.looks and e.net and k % 6 == 0 then
      local is_fine, why = pcall(function()
        local _ = tostring(e.net) .. tostring(e.net:describe()) .. tostring(e.net:explain())
        for _, list in ipairs { e.pops, e.projs, e.recs, e.ops, e.inputs } do for _, object in ipairs(list) do _ = tostring(object) end end
      end)
      if not is_fine then fault = fault or judged(why, said) or "looking fails: " .. tostring(why) end
    end
    if fault then break end
  end
  return e.net, errors, fault
end

function sessions.try(lines, place)
  local head = load("return " .. ((lines[1] or ""):match "^@run (.*)$" or "nil"), "=run", "t", {})
  local run = head and head()
  if not run then return nil end
  local before, folder = collectgarbage "generational", place .. "/files"
  collectgarbage(before)
  local net, errors, fault, no_script = run_in(lines, run, { tier = "interpreter", threads = 1 }, folder)
  if fault or no_script then return fault end
  local ways = { { tier = "interpreter", threads = 3, parts = 5, looks = true } }
  if run.is_native then ways[2] = { tier = "native", threads = 3, parts = 3 } end
  for _, way in ipairs(ways) do
    collectgarbage(before)
    local twin, others, found = run_in(lines, run, way, folder)
    if found then return found end
    local name = ("%s with %d threads%s"):format(way.tier, way.threads, way.looks and ", looked at" or "")
    for k = 1, math.max(#errors, #others) do
      if errors[k] ~= others[k] then return ("other errors: %s; %s: %s"):format(errors[k] or "none", name, others[k] or "none") end
    end
    local difference = net and judge.difference(net, twin)
    if difference then return ("difference between interpreter and %s: %s"):format(name, difference) end
  end
  return nil, true
end

return sessions
