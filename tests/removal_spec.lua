-- Objects that leave their network: who needs them says so, the rest goes on with the same bits, and nothing is left behind.

local everything = dofile "tests/everything.lua"
local lp = require "lunapse"
local hdf5 = require "lunapse.core.hdf5"
local options = require "lunapse.options"
local stored = require "lunapse.network.stored"

local CELL = lp.neuron { name = "cell", parameters = { tau = 10, I = 0, total = 0 }, equations = "tau * dv/dt = I + total + g_exc - v + xi : init = Uniform(0, 1)",
  spike = "v > 1", reset = "v = 0" }
local SUM = lp.synapse { name = "summing", equations = "post.total = sum(w * pre.v)" }
local RATE = lp.neuron { name = "rate", parameters = "tau = 10", equations = "seen = sum(exc)\ntau * dr/dt = seen - r + 1" }
local TRACE = lp.synapse { name = "trace", parameters = "tau = 20", equations = "tau * dx/dt = -x : event-driven", pre_spike = "g_target += w ; x += 1",
  post_spike = "w += 0.01 * x" }

local folder = os.tmpname()
os.remove(folder)
local function path(name) return folder .. "/" .. name end

local function fails(f, ...)
  local ok, message = pcall(f, ...)
  assert.is_false(ok)
  return (tostring(message):gsub("^[^:]+:%d+: ", ""))
end

--- Warnings go into a list, for as long as what this gives is open.
local function listen(said)
  local warn = options.warn
  options.warn = function(text) said[#said + 1] = text end
  return setmetatable({}, { __close = function() options.warn = warn end })
end

--- All that users can read of the objects with these names.
local function readings(net, names)
  local list = {}
  for _, name in ipairs(names) do
    local object = net.populations[name] or net.projections[name] or net.inputs[name]
    local variables = object:_variable_names()
    table.sort(variables)
    for _, variable in ipairs(variables) do
      local value = object[variable]
      list[#list + 1] = ("%s.%s %s"):format(name, variable, type(value) == "number" and ("%a"):format(value) or table.concat(value:table(), " "))
    end
  end
  return table.concat(list, "\n")
end

local function names_of(net)
  local names = {}
  for _, kind in ipairs { "populations", "projections", "inputs" } do
    for _, object in ipairs(net[kind]) do names[#names + 1] = object.name end
  end
  return names
end

--- Objects of all kinds in the midst of a network of everything, in the order in which they can be removed.
local function extras(net)
  local cells = net.populations.cells
  local more = net:population { name = "more", size = 9, neuron = CELL, parameters = { I = lp.uniform(1, 2) }, dt = 1 }
  local fed = net:population { name = "fed", size = 3, neuron = CELL, drive = { I = lp.timed_array({ { 1, 2, 3 } }, { dt = 1 }) } }
  local into = net:project { name = "into", from = cells, to = more, target = "exc", synapse = TRACE, connect = lp.fixed_probability(0.5), weights = 0.1 }
  local sums = net:project { name = "sums", from = fed, to = more, synapse = SUM, connect = lp.all_to_all() }
  local input = net:poisson_input { name = "extra", to = more, target = "exc", rate = 10, n = 20, weight = 0.1 }
  local text = more:run_regularly("v *= 0.5", { every = 3 })
  local called = net:every(4, function() end)
  local spikes, w, v = net:record(more, "spike"), net:record(into, "w", { every = 2 }), net:record(input, "events")
  return { v, w, spikes, called, text, input, sums, into, fed, more }
end

describe("removing", function()
  setup(function() os.execute("mkdir -p " .. folder) end)
  teardown(function() os.execute("rm -rf " .. folder) end)

  for _, opt in ipairs { { tier = "interpreter" }, { tier = "native", threads = 3 }, { tier = "interpreter", precision = "float32", threads = 2 } } do
    it(("leaves the rest of a network as it is, to the bit (%s, %d threads)"):format(opt.tier, opt.threads or 1), function()
      local ends = {}
      for _, is_removed in ipairs { false, true } do
        local net = everything(opt)
        net.recordings[3]:remove()
        local names = names_of(net)
        local list = extras(net)
        local late = net:population { name = "late cells", size = 5, neuron = CELL, parameters = { I = 2 } }
        net:project { name = "late one", from = late, to = late, target = "exc", connect = lp.fixed_probability(0.5), weights = lp.uniform(0, 1) }
        names[#names + 1], names[#names + 2] = "late cells", "late one"
        net:run(11)
        for k, object in ipairs(is_removed and list or {}) do
          object:remove()
          net:run(k % 3)
        end
        net:run(40 - net.t)
        local r = net.recordings
        ends[#ends + 1] = readings(net, names) .. table.concat(r[1].t:table(), " ") .. table.concat(r[1].neuron:table(), " ") .. table.concat(r[2].v:flatten():table(), " ")
      end
      assert.is_true(ends[1] == ends[2])
    end)
  end

  it("is refused while something needs the object, and says what", function()
    local net = lp.network { dt = 1, tier = "interpreter" }
    local a = net:population { name = "A", size = 4, neuron = CELL }
    local reading = lp.neuron { name = "reading", equations = "x = mean(o.v) + mean(other.v)" }
    local b = net:population { name = "B", size = 2, neuron = reading, refs = { o = a, other = a } }
    local p = net:project { name = "P", from = a, to = a, target = "exc", connect = "i != j" }
    local input = net:poisson_input { name = "noise", to = a:slice(1, 2), target = "exc", rate = 1 }
    local s, v, w = net:record(a, "spike"), net:record(a, "v"), net:record(p, "w")
    assert.equal("net:remove: population 'A' is needed: projection 'P' goes from 'A' to 'A'; poisson input 'noise' goes to it; "
      .. "population 'B' reads it as 'o', 'other' (option refs); a recording of its spikes is there; a recording of its v is there; remove these before",
      fails(a.remove, a))
    assert.equal("net:remove: projection 'P' is needed: a recording of its w is there; remove that before", fails(net.remove, net, p))
    net:run(3)
    for _, object in ipairs { w, v, s, input, p, b, a } do net:remove(object) end
    assert.same({ 0, 0, 0, 0, 0 }, { #net.populations, #net.projections, #net.inputs, #net.recordings, #net.operations })
    net:run(3)
    assert.equal("net:remove: a population, a projection, a Poisson input, a recording or an operation expected, got the text 'A'", fails(net.remove, net, "A"))
    local other = lp.network {}
    local c = other:population { name = "C", size = 2, neuron = CELL }
    assert.equal("net:remove: population 'C' belongs to another network", fails(net.remove, net, c))
    assert.equal("net:remove: C[1..1] is a part of population 'C': the whole can be removed", fails(other.remove, other, c:slice(1, 1)))
    other:every(1, function() c:remove() end)
    assert.matches("population 'C' cannot be removed during a step; do it between runs", fails(other.run, other, 5))
  end)

  it("takes along what is the object's own: texts, rules, drives", function()
    local net = everything {}
    net.recordings[3]:remove()
    local n = #net.operations
    net.projections.growing:remove()
    assert.equal(n - 2, #net.operations)
    net:run(20)
    local cells = net:population { name = "fed", size = 1, neuron = CELL, drive = { I = lp.timed_array({ 1, 2 }, { dt = 1 }) } }
    cells:run_regularly("v = 0", { every = 1 })
    net:run(2)
    cells:remove()
    assert.equal(n - 2, #net.operations)
    net:run(5)
  end)

  it("leaves a handle that says so, whatever is done with it", function()
    local net = lp.network { dt = 1, tier = "interpreter" }
    local a = net:population { name = "A", size = 4, neuron = CELL }
    local p = net:project { name = "P", from = a, to = a, target = "exc", synapse = TRACE, connect = "i != j" }
    local view, v, w, x, pre, I = a:slice(1, 2), a.v, p.w, p.x, p.pre, a.I
    local r, s, o = net:record(a, "v"), net:record(a, "spike"), net:every(1, function() end)
    net:run(2)
    for _, object in ipairs { r, s, o, p, a } do object:remove() end
    for object, title in pairs { [a] = "population 'A'", [p] = "projection 'P'", [o] = "operation: a function", [r] = "the recording of population 'A' (v)",
      [s] = "the recording of population 'A' (spikes)" } do
      local message = title .. " was removed from its network"
      assert.equal(message, fails(function() return object.name end))
      assert.equal(message, fails(function() object.v = 1 end))
      assert.equal(message, fails(function() return #object end))
      assert.equal(message, fails(function() object:remove() end))
      assert.equal(message, fails(net.remove, net, object))
      assert.equal(title .. " (removed from its network)", tostring(object))
    end
    for _, f in ipairs { function() v[1] = 3 end, function() I:fill(3) end, function() return view.v end, function() net:record(view, "v") end,
      function() net:record(a, "v") end, function() net:project { from = a, to = a, connect = "i != j" } end,
      function() net:population { size = 4, neuron = CELL, refs = { o = a } } end, function() net:poisson_input { to = a, target = "exc", rate = 1 } end } do
      assert.equal("population 'A' was removed from its network", fails(f))
    end
    for _, f in ipairs { function() w[1] = 3 end, function() x[1] = 3 end, function() pre[1] = 1 end, function() net:record(p, "w") end } do
      assert.equal("projection 'P' was removed from its network", fails(f))
    end
    assert.equal(4, #v)
    net:run(2)
  end)

  it("lets names be given again, and what an object was warned of is not forgotten", function()
    local said = {}
    local net = lp.network { dt = 1, tier = "interpreter" }
    local _ <close> = listen(said)
    local slow = lp.neuron { name = "slow", parameters = { tau = 1 }, equations = "tau * dv/dt = -v" }
    for k = 1, 3 do
      local a = net:population { name = "A", size = k, neuron = slow }
      local p = net:project { from = net:population { size = 2, neuron = CELL }, to = a, synapse = lp.synapse { equations = "w = pre.v + post.tau" },
        connect = lp.all_to_all() }
      net:run(1)
      assert.equal(k, #said)
      assert.equal("projection1", p.name)
      assert.equal("population2", p.from.name)
      local from = p.from
      p:remove()
      net:run(1)
      from:remove()
      a:remove()
    end
  end)

  it("is no reason to call parameters useless", function()
    local net = lp.network { dt = 1, tier = "interpreter" }
    local a = net:population { name = "A", size = 2, neuron = lp.neuron { name = "with place", parameters = { x = 1 }, equations = "v = 1" } }
    local p = net:project { from = a, to = a, synapse = lp.synapse { equations = "w = pre.x" }, connect = lp.all_to_all() }
    p:remove()
    net:population { name = "B", size = 2, neuron = CELL }
    net:run(1)
  end)

  it("of one of several that share a sum leaves the sum of the others, and of the last what there was", function()
    for _, tier in ipairs { "interpreter", "native" } do
      local net = lp.network { dt = 1, tier = tier }
      local from = net:population { size = 3, neuron = lp.neuron { name = "given", parameters = { v = 2 }, equations = "y = v" } }
      local to = net:population { size = 2, neuron = CELL }
      local list = {}
      for k = 1, 3 do
        list[k] = net:project { from = from, to = to, synapse = SUM, connect = lp.all_to_all(), weights = 10 ^ k }
      end
      net:run(1)
      assert.equal(6660, to.total[1])
      for _, case in ipairs { { 1, 6600 }, { 3, 600 }, { 2, 600 } } do
        list[case[1]]:remove()
        net:run(1)
        assert.equal(case[2], to.total[1])
      end
      local r = net:population { size = 2, neuron = RATE }
      local p = net:project { from = r, to = r, target = "exc", connect = lp.all_to_all() }
      net:run(30)
      assert.is_true(r.seen[1] > 0.5)
      p:remove()
      net:run(1)
      assert.equal(0, r.seen[1])
    end
  end)

  it("gives memory and time back: a recording for each trial", function()
    local net = lp.network { dt = 1, tier = "interpreter" }
    local a = net:population { name = "A", size = 50, neuron = CELL, parameters = { I = 2 } }
    net:run(10)
    local before = net:describe().bytes
    for _ = 1, 20 do
      local spikes <close> = net:record(a, "spike")
      local v <close> = net:record(a, "v")
      net:run(20)
      assert.equal(20, v:count())
      assert.is_true(spikes:count() > 0)
    end
    assert.equal(0, #net.recordings)
    local grown = net:describe().bytes - before
    assert.is_true(grown < 4096, grown)
    for _ = 1, 20 do
      local more = net:population { size = 1000, neuron = CELL }
      local p = net:project { from = more, to = a, target = "exc", connect = lp.fixed_number_post(10) }
      net:run(1)
      p:remove()
      more:remove()
    end
    assert.equal(before + grown, net:describe().bytes)
    assert.is_nil(tostring(net:profile(5)):find "population2")
  end)

  it("is told to who makes a recording for each trial and keeps it", function()
    local net, said = lp.network { dt = 1, tier = "interpreter" }, {}
    local a = net:population { name = "A", size = 2, neuron = CELL }
    local _ <close> = listen(said)
    for _ = 1, 9 do net:record(a, "v") end
    assert.same({}, said)
    net:record(a, "v")
    assert.same({ "population 'A' has 10 recordings of its v: each goes on, and takes time and memory, until it is removed: r:remove(), or local r <close> = net:record(...)" },
      said)
  end)

  it("of recordings and operations happens in functions of operations, too", function()
    local net = lp.network { dt = 1, tier = "interpreter", warnings = false }
    local a = net:population { name = "A", size = 2, neuron = CELL }
    local first, second = net:record(a, "v"), net:record(a, "v", { from = 8 })
    local text, counted = a:run_regularly("v = 7", { every = 1 }), nil
    net:every(1, function(t)
      if t ~= 5 then return end
      counted = first:count()
      for _, x in ipairs { first, second, text } do x:remove() end
    end)
    net:run(20)
    assert.equal(4, counted)
    assert.same({ 0, 1 }, { #net.recordings, #net.operations })
  end)

  it("of a recording in a file closes the file with its last one, whole", function()
    local net = lp.network { dt = 1, tier = "interpreter" }
    local a = net:population { name = "A", size = 3, neuron = CELL, parameters = { I = 2 } }
    local spikes, v = net:record(a, "spike", { file = path "r.h5" }), net:record(a, "v", { file = path "r.h5" })
    net:run(10)
    local last = a.v:copy()
    v:remove()
    net:run(10)
    local n = spikes:count()
    spikes:remove()
    local file = hdf5.open(path "r.h5", "read")
    assert.equal(n, file:info("spikes/A/timestamps").shape[1])
    local rows = file:read "A/v"
    assert.same({ 10, 3 }, { rows:shape() })
    assert.equal(table.concat(last:table(), " "), table.concat(rows[10]:table(), " "))
    file:close()
    net:record(a, "v", { file = path "r.h5" })          -- replaces it
    net:run(5)
  end)

  it("before a state is put back: recordings and operations may be gone or new, other objects may not", function()
    for _, tier in ipairs { "interpreter", "native" } do
      local net = everything { tier = tier, has_functions = false }
      local second = net.recordings[2]
      net:run(10)
      net.recordings[1]:remove()
      net:store()
      net:run(20)
      local last, v = stored.digest(net), second.v:copy()
      local third = net:record(net.populations.cells, "v")
      net:run(3)
      net:restore()
      assert.equal(0, third:count())
      third:remove()
      net:run(20)
      assert.equal("n_recorders", table.concat(stored.differences(last, stored.digest(net)), " "))          -- of all that were ever made
      net.recordings[2]:remove()
      net:restore()
      net:run(20)
      assert.is_true(second.v:eq(v):all())
      net.projections.late:remove()
      assert.equal("net:restore: state 'default': projection 'late' of the state is not in the network", fails(net.restore, net))
    end
    local net = lp.network { dt = 1 }
    net:population { name = "A", size = 2, neuron = CELL }
    net:store()
    net.populations.A:remove()
    net:population { name = "A", size = 2, neuron = CELL }
    assert.equal("net:restore: state 'default': population 'A' was removed and another one made after the state was stored", fails(net.restore, net))
  end)

  it("before the network is saved: files know nothing of what is gone", function()
    local function script()
      local net = everything { has_functions = false }
      local list = extras(net)
      local kept = net:record(net.populations.cells, "v", { of = { 3 } })
      net:run(10)
      net.recordings[1]:remove()
      list[4]:remove()
      for k, object in ipairs(list) do if k ~= 4 then object:remove() end end
      return net, kept
    end
    local net, kept = script()
    net:run(7)
    net:save(path "net.h5")
    net:run(20)
    local last = stored.digest(net)
    local again = script()
    again:restore(path "net.h5")
    assert.equal(34, again.recordings[#again.recordings]:count())
    again:run(20)
    assert.equal("", table.concat(stored.differences(last, stored.digest(again)), " "))
    local alone = lp.load(path "net.h5")
    alone:run(20)
    assert.equal(readings(net, names_of(net)), readings(alone, names_of(alone)))
    local r = alone.recordings[#alone.recordings]
    assert.equal(table.concat(kept.v:flatten():table(), " "), table.concat(r.v:flatten():table(), " "))
  end)

  it("and making at random is the same in both tiers and on several threads", function()
    local function run(seed, tier, threads)
      local net = lp.network { dt = 1, seed = seed, tier = tier, threads = threads, warnings = false }
      local state = seed
      local function draw(n)
        state = (state * 1103515245 + 12345) % 2147483648
        return state // 65536 % n + 1
      end
      local function any(list) return list[draw(#list)] end
      net:population { size = 20, neuron = CELL, parameters = { I = 1.5 } }
      for _ = 1, 40 do
        local what = draw(8)
        local pop = any(net.populations)
        if what == 1 then net:population { size = 10 + draw(20), neuron = CELL, parameters = { I = lp.uniform(1, 2) } }
        elseif what == 2 then net:project { from = pop, to = any(net.populations), target = "exc", synapse = TRACE, connect = lp.fixed_probability(0.3), weights = 0.2 }
        elseif what == 3 then net:project { from = pop, to = any(net.populations), synapse = SUM, connect = lp.fixed_probability(0.3), weights = 0.01 }
        elseif what == 4 then net:record(pop, draw(2) == 1 and "v" or "spike")
        elseif what == 5 then pop:run_regularly("v *= 0.9", { every = draw(5) })
        else
          local list = { table.unpack(net.recordings) }
          for _, kind in ipairs { "operations", "projections", "populations" } do table.move(net[kind], 1, #net[kind], #list + 1, list) end
          if #net.populations > 1 then pcall(net.remove, net, any(list)) end
        end
        net:run(draw(4))
      end
      return stored.digest(net)
    end
    for seed = 1, 4 do
      local one = run(seed, "interpreter", 1)
      assert.equal("", table.concat(stored.differences(one, run(seed, "native", 3)), " "), seed)
    end
  end)
end)
