-- Grids of parameters, sweeps over processes, and many parameter sets in one network: the same weights each way.

local lp = require "lunapse"
local host = require "lunapse.core.host"
local process = require "lunapse.core.process"

local HOST = os.getenv "HOST" or "build/lunapse"
local ROOT = io.popen("pwd"):read "l"
local PROGRAM = HOST:find "^/" and HOST or ROOT .. "/" .. HOST

local function message_of(f, ...)
  local ok, message = pcall(f, ...)
  assert.is_false(ok, "no error")
  return (tostring(message):gsub("^[^\n]-:%d+: ", ""))
end

--- Run f without the warnings it gives; returns what f returns.
local function quietly(f)
  warn "@off"
  local results = table.pack(pcall(f))
  warn "@on"
  assert(results[1], results[2])
  return table.unpack(results, 2, results.n)
end

local function children()
  local me = io.open "/proc/self/stat":read "n"
  local list = {}
  for line in io.popen("ps --ppid " .. me .. " -o pid=,stat=,comm="):lines() do
    if not line:find "ps$" and not line:find "sh$" then list[#list + 1] = line end
  end
  return list
end

describe("lp.grid", function()
  it("gives all combinations, names in alphabetical order, the last one fastest", function()
    assert.same({ { Apre = 1e-5, ratio = 1 }, { Apre = 1e-5, ratio = 4 }, { Apre = 0.1, ratio = 1 }, { Apre = 0.1, ratio = 4 } },
      lp.grid { ratio = { 1, 4 }, Apre = { 1e-5, 0.1 } })
  end)

  it("gives them in the order that is asked for", function()
    assert.same({ { a = 2, b = 5 }, { a = 1, b = 5 }, { a = 2, b = 6 }, { a = 1, b = 6 } }, lp.grid({ a = { 2, 1 }, b = { 5, 6 } }, { "b", "a" }))
  end)

  it("takes arrays, single values, texts", function()
    assert.same({ { a = 0.5, b = "x", c = true }, { a = 1.5, b = "x", c = true } }, lp.grid { a = lp.linspace(0.5, 1.5, 2), b = "x", c = { true } })
    assert.equal(1000, #lp.grid { a = lp.arange(1, 10), b = lp.arange(1, 10), c = lp.arange(1, 10) })
  end)

  it("refuses what is no grid", function()
    assert.equal("lp.grid: no parameters", message_of(lp.grid, {}))
    assert.equal("lp.grid: 'a' has no values", message_of(lp.grid, { a = {} }))
    assert.equal("lp.grid: names of parameters expected, got 1", message_of(lp.grid, { { 1 }, { 2 } }))
    assert.equal("lp.grid: a table of lists expected, got number", message_of(lp.grid, 3))
    assert.equal("lp.grid, order: unknown parameter 'c' (known: a, b)", message_of(lp.grid, { a = 1, b = 2 }, { "a", "c" }))
    assert.equal("lp.grid, order: 'b' is missing", message_of(lp.grid, { a = 1, b = 2 }, { "a" }))
    assert.equal("lp.grid, order: 'a' is named twice", message_of(lp.grid, { a = 1, b = 2 }, { "a", "a" }))
    assert.equal("lp.grid, order: a list of names expected, got number", message_of(lp.grid, { a = 1, b = 2 }, 2))
  end)
end)

describe("lp.zip", function()
  it("puts values side by side", function()
    assert.same({ { A = 1, B = 10, c = 3 }, { A = 2, B = 20, c = 3 } }, lp.zip { A = { 1, 2 }, B = lp.array.from { 10, 20 }, c = 3 })
    assert.same({ { A = 1, B = false } }, lp.zip { A = { 1 }, B = { false } })
  end)

  it("refuses lists of two lengths", function()
    assert.equal("lp.zip: 'b' has 3 values, 'a' has 2", message_of(lp.zip, { a = { 1, 2 }, b = { 1, 2, 3 } }))
  end)
end)

describe("values between processes", function()
  it("come back as they were", function()
    local value = { 1, 2.5, -0.0, 1 / 0, math.mininteger, "text\0with\nzeros", true, false, [-3] = "x", [0.5] = { deep = { er = { 1 } } }, [true] = 1, empty = {} }
    assert.same(value, process.unpack(process.pack(value)))
    local back = process.unpack(process.pack { i = 3, f = 3.0 })
    assert.equal("integer", math.type(back.i))
    assert.equal("float", math.type(back.f))
    for _, a in ipairs { lp.linspace(0, 1, 7), lp.arange(1, 5), lp.zeros(3, 4, "float32") + 0.1, lp.arange(1, 12):reshape(3, 4):transpose(),
      lp.arange(1, 9):gt(4), lp.zeros(0) } do
      local again = process.unpack(process.pack(a))
      assert.equal(a:type(), again:type())
      assert.same({ a:shape() }, { again:shape() })
      assert.is_true(a == again)
    end
  end)

  it("are refused with the place of what cannot go", function()
    local loop = {}
    loop.again = loop
    assert.equal("value: a function cannot be handed on", message_of(process.pack, print))
    assert.equal("value.a[2]: a function cannot be handed on", message_of(process.pack, { a = { 1, print } }))
    assert.is_truthy(message_of(process.pack, loop):find "again: tables are nested too deeply, or one contains itself$")
    assert.is_truthy(message_of(process.pack, { net = lp.network {} }):find "^value.net: an object of a class belongs to its process")
    assert.is_truthy(message_of(process.pack, { [{}] = 1 }):find "keys must be numbers, strings or booleans$")
  end)

  it("are checked when they are read", function()
    local bytes = process.pack { a = lp.linspace(0, 1, 100), b = "text", c = 1.5 }
    for n = 0, #bytes - 1 do assert.is_false((pcall(process.unpack, bytes:sub(1, n)))) end
    for n = 1, #bytes do pcall(process.unpack, bytes:sub(1, n - 1) .. string.char(bytes:byte(n) ~ 0x55) .. bytes:sub(n + 1)) end
  end)
end)

--- A small network whose spikes depend on its seed and a rate.
local function spikes_at(p, k)
  local net = lp.network { seed = k, threads = 1 + k % 2 }
  local pop = net:poisson { size = 2000, rates = p.rate }
  local r = net:record(pop, "spike")
  net:run(50)
  return { n = r:count(), first = r.t:slice(1, 5), name = ("%s/%d"):format(p.name, k), nested = { k = { k } } }
end

describe("lp.sweep", function()
  local points = lp.grid { rate = { 10, 20, 40 }, name = { "x", "y" } }

  it("gives the same for any number of workers, as a loop does", function()
    local expected = {}
    for k, p in ipairs(points) do expected[k] = spikes_at(p, k) end
    for _, workers in ipairs { 1, 2, 3, 6, 50 } do
      local s = lp.sweep { points, run = spikes_at, workers = workers }
      assert.equal(6, #s)
      assert.same({}, s.failed)
      for k = 1, 6 do
        assert.equal(expected[k].n, s.results[k].n)
        assert.equal(expected[k].name, s.results[k].name)
        assert.is_true(expected[k].first == s.results[k].first)
        assert.same({ k = { k } }, s.results[k].nested)
      end
    end
  end)

  it("gathers numbers and arrays in arrays, the rest in tables, parameters beside results", function()
    local s = lp.sweep { points, run = spikes_at }
    assert.equal(6, #s.n)
    assert.equal("float64", s.n:type())
    assert.same({ 6, 5 }, { s.first:shape() })
    assert.same({ 10, 20, 40, 10, 20, 40 }, s.rate:table())
    assert.equal("x/1", s.name[1])     -- a result hides the parameter of its name
    assert.same({ "name", "rate", "first", "n", "nested" }, s:names())
    local m, rows, columns = lp.sweep({ lp.grid { a = { 2, 1 }, b = { 5, 6, 7 } }, run = function(p) return p.a * 100 + p.b end }):matrix("value", "a", "b")
    assert.same({ { 105, 106, 107 }, { 205, 206, 207 } }, m:table())
    assert.same({ 1, 2 }, rows:table())
    assert.same({ 5, 6, 7 }, columns:table())
    assert.equal("sweep: unknown result 'nn': did you mean 'n'?", message_of(function() return s.nn end))
  end)

  it("takes the names and lists of a grid, or any list", function()
    assert.same({ 3, 4, 6, 8 }, lp.sweep({ parameters = { a = { 1, 2 }, b = { 3, 4 } }, run = function(p) return p.a * p.b end }).value:table())
    assert.same({ 2, 4, 6 }, lp.sweep({ { 1, 2, 3 }, run = function(x) return x * 2 end }).value:table())
  end)

  it("starts every point from the same state", function()
    local counter = 0
    math.randomseed(3)
    local s = lp.sweep { { 1, 2, 3, 4 }, workers = 1, run = function()
      counter = counter + 1
      return { counter = counter, draw = math.random() }
    end }
    assert.same({ 1, 1, 1, 1 }, s.counter:table())
    assert.equal(s.draw[1], s.draw[4])
    assert.equal(0, counter)
  end)

  it("may go on with a network that was run before, also with threads", function()
    local net = lp.network { seed = 2, threads = 3 }
    local pop = net:population { size = 5000, neuron = lp.models.Izhikevich, parameters = {} }
    pop.v = lp.uniform(-70, -50)
    net:run(5)
    local s = lp.sweep { { 1, 2, 3 }, workers = 2, run = function()
      net:run(20)
      return pop.v:sum()
    end }
    net:run(20)
    assert.same({ pop.v:sum(), pop.v:sum(), pop.v:sum() }, s.value:table())
  end)

  it("reports points that fail, with their parameters, and keeps the others", function()
    local told = {}
    local before = io.stderr
    local s = quietly(function()
      return lp.sweep { lp.grid { a = { 1, 2, 3, 4, 5 }, b = 7 }, workers = 2, run = function(p)
        if p.a == 2 then error "no good" end
        if p.a == 3 then os.exit(4) end
        if p.a == 4 then return { deep = { f = print } } end
        return { x = p.a * p.b }
      end }
    end)
    assert.equal(before, io.stderr)
    for k, f in ipairs(s.failed) do told[k] = ("%d %s"):format(f.k, (f.message:gsub("^[^\n]-:%d+: ", ""))) end
    assert.same({ "2 no good", "3 its process ended early, with status 4", "4 result.deep.f: a function cannot be handed on" }, told)
    assert.same({ a = 3, b = 7 }, s.failed[2].point)
    assert.is_truthy(s.failed[1].traceback:find("sweep_spec.lua:%d+: in function"))
    assert.is_nil(s.failed[1].traceback:find("lunapse.core", 1, true))
    assert.same({ 7, 35 }, { s.x[1], s.x[5] })
    assert.is_true(s.x[2] ~= s.x[2])
    assert.is_truthy(tostring(s):find("^sweep of 5 points, 3 failed\n  a  b   x\n  1  7   7\n"), tostring(s))
  end)

  it("fails where every point does", function()
    assert.is_truthy(message_of(lp.sweep, { lp.grid { a = { 1, 2 } }, run = function(p) error("no: " .. p.a, 0) end })
      :find("lp.sweep: every point failed; point 1 (a = 1): no: 1", 1, true))
  end)

  it("is stopped by what kills a point", function()
    local s = quietly(function()
      return lp.sweep { { 1, 2 }, run = function(k)
        if k == 1 then
          local me = io.open "/proc/self/stat":read "n"
          os.execute("kill -9 " .. me)
        end
        return k
      end }
    end)
    assert.equal("its process was ended by signal 9 (Killed)", s.failed[1].message)
    assert.equal(2, s.value[2])
  end)

  it("leaves no process behind", function()
    lp.sweep { { 1, 2, 3 }, run = function(x) return x end }
    quietly(function() return lp.sweep { { 1, 2, 3 }, run = function(x) return x == 1 and 1 or error "x" end } end)
    collectgarbage()
    assert.same({}, children())
  end)

  it("refuses what is no sweep", function()
    local run = function() return 1 end
    assert.equal("lp.sweep: option 'run' is missing", message_of(lp.sweep, { { 1 } }))
    assert.equal("lp.sweep: option 'parameters' is missing", message_of(lp.sweep, { run = run }))
    assert.equal("lp.sweep: no points", message_of(lp.sweep, { {}, run = run }))
    assert.equal("lp.sweep: unknown option 'worker': did you mean 'workers'?", message_of(lp.sweep, { { 1 }, run = run, worker = 1 }))
    assert.equal("lp.sweep: workers must be a whole number in 1..1000, got 0", message_of(lp.sweep, { { 1 }, run = run, workers = 0 }))
    assert.equal("lp.sweep: the points are given twice, as the first value and as 'parameters'", message_of(lp.sweep, { { 1 }, parameters = { 1 }, run = run }))
  end)

  describe("as a script", function()
    local folder
    before_each(function() folder = io.popen("mktemp -d"):read "l" end)
    after_each(function() os.execute("rm -rf " .. folder) end)

    local function script(name, text)
      local file = assert(io.open(folder .. "/" .. name, "w"))
      file:write('local lp = require "lunapse"\n', text)
      file:close()
    end

    local function shell(command)
      local pipe = io.popen(("cd %s && { %s; } 2>&1 </dev/null"):format(folder, command))
      local out = pipe:read "a"
      pipe:close()
      return out
    end

    it("says nothing in a pipe, and shows its progress when it is told to", function()
      script("a.lua", "lp.sweep { { 1, 2, 3 }, run = function(x) return x end }")
      assert.equal("", shell(PROGRAM .. " a.lua"))
      script("b.lua", "lp.sweep { { 1, 2, 3 }, run = function(x) return x end, progress = true }")
      local out = shell(PROGRAM .. " b.lua")
      assert.is_truthy(out:find("sweep: 0 of 3 points", 1, true))
      assert.is_truthy(out:find("sweep: 3 of 3 points, %d+ s\27%[K\n$"), out)
    end)

    it("warns of a failed point with its parameters, and shows once what points print", function()
      script("a.lua", [[
        io.write "before "
        lp.sweep { lp.grid { a = { 1, 2 } }, workers = 1, run = function(p)
          print("point", p.a)
          assert(p.a == 1, "no")
          return 1
        end } ]])
      assert.equal("before point\t1\npoint\t2\nlunapse: warning: sweep, point 2 (a = 2) failed: a.lua:5: no\n", shell(PROGRAM .. " a.lua"))
    end)

    it("saves a table", function()
      script("a.lua", [[ lp.sweep({ lp.grid { a = { 0.1, 2 }, s = { 'x,"y"' } }, run = function(p) return { r = p.a / 3, n = 7, w = lp.zeros(3) } end }):save "t.csv" ]])
      assert.equal("", shell(PROGRAM .. " a.lua"))
      assert.equal(('a,s,n,r\n%.17g,"x,""y""",7,%.17g\n2,"x,""y""",7,%.17g\n'):format(0.1, 0.1 / 3, 2 / 3), shell "cat t.csv")
    end)

    it("ends with Ctrl-C, and all its processes with it", function()
      script("a.lua", [[
        lp.sweep { { 1, 2 }, workers = 2, run = function()
          io.stdout:write(io.open "/proc/self/stat":read "n", "\n")
          io.stdout:flush()
          while true do end
        end } ]])
      script("kill.lua", [[
        local parent, one, two = io.read "n", io.read "n", io.read "n"
        os.execute("kill -INT " .. parent)
        print((io.read "a":gsub("^%s+", "")))
        for _, pid in ipairs { one, two } do print(io.open("/proc/" .. pid .. "/stat") and "alive" or "gone") end ]])
      -- a shell's background jobs ignore SIGINT; the one in front does not
      local out = shell(("{ sh -c 'echo $$; exec %s a.lua 2>&1'; echo status $?; } | %s kill.lua"):format(PROGRAM, PROGRAM))
      assert.is_truthy(out:find("a.lua:2: interrupted", 1, true), out)
      assert.is_truthy(out:find("status 130\n+gone\ngone\n$"), out)
    end)
  end)
end)

describe("many parameter sets", function()
  local SETS, T = 200, 900
  local rule = lp.synapse {
    parameters = { taupre = 20, taupost = 20, wmax = 0.04, Apre = 0, Apost = 0 },
    equations = [[
      taupre  * dapre/dt  = -apre    : event-driven
      taupost * dapost/dt = -apost   : event-driven ]],
    pre_spike = [[
      g_target += w
      apre += Apre
      w = clip(w + apost, 0, wmax) ]],
    post_spike = [[
      apost += Apost
      w = clip(w + apre, 0, wmax) ]],
  }
  local cell = lp.neuron { parameters = { tau = 10, tau_exc = 5 }, equations = "tau * dv/dt = g_exc - v; tau_exc * dg_exc/dt = -g_exc",
    spike = "v > 0.06", reset = "v = 0", refractory = 5 }
  local sets, neuron, t, start = {}, {}, {}, {}

  setup(function()
    for k = 1, SETS do sets[k] = { Apre = 2e-6 * k, Apost = -2.1e-6 * k } end
    math.randomseed(1)
    for i = 1, 10 do
      for _ = 1, 40 do neuron[#neuron + 1], t[#t + 1] = i, math.random(0, 10 * T) / 10 end
    end
    for k = 1, 100 do start[k] = math.random() * 0.04 end
  end)

  local function begin(size)
    local net = lp.network { dt = 0.1, warnings = false }
    return net, net:spike_source { size = 10, neuron = neuron, t = t }, net:population { size = size, neuron = cell }
  end

  local function as_projections()
    local net, input, cells = begin(10 * SETS)
    local groups = {}
    for k = 1, SETS do
      groups[k] = net:project { from = input, to = cells:slice(10 * k - 9, 10 * k), target = "exc", connect = lp.all_to_all(), weights = start,
        synapse = rule, parameters = sets[k] }
    end
    net:step()
    return net, function(k) return groups[k].w end, groups
  end

  local function as_one()
    local net, input, cells = begin(10 * SETS)
    local function set_of(j) return sets[(j - 1) // 10 + 1] end
    local all = net:project { from = input, to = cells, target = "exc", connect = lp.all_to_all(), synapse = rule,
      weights = function(i, j) return start[10 * (i - 1) + (j - 1) % 10 + 1] end,
      parameters = { Apre = lp.arange(1, 10 * SETS):map(function(j) return set_of(j).Apre end),
                     Apost = lp.arange(1, 10 * SETS):map(function(j) return set_of(j).Apost end) } }
    net:step()
    return net, function(k) return all.w:reshape(10, 10 * SETS):columns(10 * k - 9, 10 * k):copy():flatten() end, all
  end

  it("learn the same weights as projections, as blocks of one projection, and in processes of their own", function()
    local net, one, groups = as_projections()
    local other, two, all = as_one()
    net:run(T - net.t)
    other:run(T - other.t)
    local three = lp.sweep { sets, run = function(p)
      local own, input, cells = begin(10)
      local group = own:project { from = input, to = cells, target = "exc", connect = lp.all_to_all(), weights = start, synapse = rule, parameters = p }
      own:run(T)
      return group.w
    end }
    local moved = 0
    for k = 1, SETS do
      assert.is_true(one(k) == two(k), "one projection, set " .. k)
      assert.is_true(one(k) == three.results[k], "process, set " .. k)
      moved = math.max(moved, (one(k) - lp.array.from(start)):abs():max())
      assert.same({ sets[k].Apre, sets[k].Apost }, { groups[k].Apre:max(), groups[k].Apost:min() })
      assert.same({ sets[k].Apre, sets[k].Apost }, { all.Apre[10 * k], all.Apost[10 * k - 9] })
    end
    assert.is_true(moved > 1e-3)
  end)

  it("learn the same bits whether somebody looks at the weights and records them or not", function()
    local net, weights = as_projections()
    net:run(T - net.t)
    local watched, seen, groups = as_projections()
    watched:every(70, function() return groups[3].w:mean() > 0 end)
    watched:record(groups[5], "w", { every = 10 })
    watched:run(T - watched.t)
    for _, k in ipairs { 3, 5 } do assert.is_true(weights(k) == seen(k)) end
  end)

  it("share one compilation, and may be set at any time", function()
    local net, _, groups = as_projections()
    if host.is_debug then return end      -- nothing is shared there
    for k = 2, SETS do assert.equal(groups[1]._made, groups[k]._made) end
    for k = 1, SETS do groups[k].Apre = 1e-4 * k end
    net:run(1)
    for k = 1, SETS do assert.equal(1e-4 * k, groups[k].Apre:min()) end
    assert.equal(groups[1]._made, groups[SETS]._made)
  end)
end)
