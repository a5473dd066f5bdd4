-- What the objects of a network hold: fields declared once, a list of state for each, and memory told from it. Roles of programs: one table.

local array = require "lunapse.core.array"
local fields = require "lunapse.network.fields"
local lp = require "lunapse"
local host = require "lunapse.core.host"
local roles = require "lunapse.language.base.roles"

local CELL = lp.neuron { name = "cell", parameters = "tau = 10\nI = 0\ngain = 0", equations = [[
    slow = slow + 1 : every = 5, init = Uniform(0, 1)
    tau * dv/dt = I + gain + g_exc - v : init = Uniform(0, 1)
    left := I - v
  ]], spike = "v > 1", reset = "v = 0", refractory = 2, axon_spike = "v > 0.9", axon_reset = "slow += 1",
  events = { burst = { when = "v > 0.95 and t - t_burst > 3", effect = "slow += 1" } } }
local RATED = lp.neuron { name = "rated", parameters = "tau = 10", equations = "tau * dr/dt = sum(exc) - r + 1" }
local GROWING = lp.synapse { name = "growing", parameters = "tau = 20\nstep = 0.1", equations = [[
    tau * dx/dt = -x : event-driven
    post.gain = sum(w)
    pull := 2*x
  ]], pre_spike = "g_target += w ; x += step",  post_spike = "w += 0.001 * x",
  on = { pre_burst = "x += step", post_burst = "w += 0.002 * x" }, pruning = "w < 0", creating = "i != j : proba = 0.01, w = 0.1" }
local HEBB = lp.synapse { name = "Hebb", equations = "dw/dt = 1e-6 * pre.r * post.r", psp = "w * pre.r" }

--- A network with an object of every kind, in unusual states.
local function example(opt)
  local net = lp.network { dt = 1, seed = 5, tier = "interpreter", precision = opt and opt.precision, warnings = false }
  local noise = net:poisson { name = "noise", size = 20, rates = lp.uniform(10, 50) }
  local given = net:spike_source { name = "given", size = 2, neuron = { 1, 2 }, t = { 3, 5 } }
  local cells = net:population { name = "cells", size = 10, neuron = CELL, parameters = { I = 2 } }
  local rated = net:population { name = "rated", size = 4, neuron = RATED }
  cells:compute_rate(10)
  cells.tau = lp.uniform(8, 12)
  local feed = net:project { name = "feed", from = noise, to = cells, target = "exc", connect = lp.fixed_probability(0.5), weights = lp.uniform(0, 0.1) }
  local pairs_ = net:project { name = "pairs", from = given, to = cells, target = "exc", connect = lp.pairs({ 1, 2, 1 }, { 3, 1, 2 }), weights = { 1, 2, 3 },
    delays = { 2, 1, 3 } }
  local growing = net:project { name = "growing", from = cells, to = cells, target = "exc", connect = lp.fixed_probability(0.5), synapse = GROWING }
  local late = net:project { name = "late", from = rated, to = rated, target = "exc", connect = lp.all_to_all(), weights = lp.uniform(0, 0.1), delays = 4,
    synapse = HEBB }
  local part = net:project { name = "part", from = cells:slice(2, 4), to = cells:select { 1, 5 }, target = "exc", connect = lp.all_to_all() }
  growing:start_pruning { every = 10 }
  growing:start_creating { every = 10 }
  pairs_:disable_learning()
  local once
  net:at(25, function() end)
  once = net.operations[#net.operations]
  local regular = cells:run_regularly("v *= 0.9", { every = 4, when = "start" })
  local spikes, rows, weights = net:record(cells, "spike"), net:record(cells, { "v", "slow" }, { every = 2, of = { 1, 2 } }), net:record(growing, "w", { every = 5 })
  local input = net:poisson_input { name = "input", to = cells:select { 3, 9 }, target = "exc", rate = { 5, 9 }, n = 10, weight = 0.01 }
  net:run(20)
  local objects = { net = net, noise = noise, given = given, cells = cells, rated = rated, feed = feed, pairs = pairs_, growing = growing, late = late, part = part,
    spikes = spikes, rows = rows, weights = weights, once = once, regular = regular, view = cells:slice(2, 3),
    input = input }
  for _, name in ipairs { "t", "neuron" } do assert.truthy(spikes[name]) end       -- caches are there, too
  assert.truthy(rows.v and weights.w and growing.pre and growing.post)
  return objects
end

local function item(object, name)
  for _, found in ipairs(object:_state()) do
    if found.name == name then return found end
  end
end

describe("fields", function()
  it("hold nothing that is not declared, in any kind of object", function()
    for name, object in pairs(example()) do
      for field in pairs(object) do assert.truthy(getmetatable(object)._fields[field], ("%s: %s"):format(name, tostring(field))) end
    end
  end)

  it("that nobody declared can be neither set nor read", function()
    for name, object in pairs(example()) do
      assert.is_false((pcall(function() object._forgotten = 1 end)), name)
      assert.is_nil(rawget(object, "_forgotten"), name)
    end
    local o = example()
    assert.has_error(function() return o.cells._forgotten end, "population 'cells': unknown variable '_forgotten' (known: I, g_exc, gain, r, slow, tau, v)")
    assert.has_error(function() return o.feed._forgotten end)
    assert.has_error(function() return o.net._forgotten end)
    assert.has_error(function() fields.object({ _fields = fields.declare { a = { "state", "" } } }, { b = 1 }) end, "field 'b' is not declared")
    assert.has_error(function() fields.declare { a = { "stale", "" } } end)
    assert.has_error(function() fields.declare({ a = { "state", "" } }, fields.declare { a = { "made", "" } }) end)
  end)

  it("of recordings cannot be set by users", function()
    local o = example()
    assert.has_error(function() o.rows.v = 1 end, "recording: 'v' cannot be set")
    assert.has_error(function() o.spikes.n = 1 end, "recording: 'n' cannot be set")
  end)
end)

describe("the list of state", function()
  it("holds every field that is state, and every array below one", function()
    for name, object in pairs(example()) do
      if name ~= "view" then
        local by_name, arrays = {}, {}
        for _, found in ipairs(object:_state()) do
          by_name[found.name] = found
          if found.array then arrays[found.array] = true end
        end
        for field, row in pairs(getmetatable(object)._fields) do
          local value = rawget(object, field)
          if row.kind == "state" and array.is(value) then
            assert.truthy(arrays[value], name .. "." .. field)
          elseif row.kind == "state" and value ~= nil then
            local is_arrays = false
            if type(value) == "table" then
              for key, a in pairs(value) do
                if array.is(a) then
                  is_arrays = true
                  assert.truthy(arrays[a], ("%s.%s: %s"):format(name, field, key))
                end
              end
            end
            assert.truthy(is_arrays or by_name[field], name .. "." .. field)
          end
        end
      end
    end
  end)

  it("says of each item its type, who may read it, and its memory", function()
    local types = { number = true, text = true, ["truth value"] = true, table = true, memory = true, float64 = true, float32 = true, int64 = true, int32 = true,
      bool = true }
    for name, object in pairs(example()) do
      for _, found in ipairs(name ~= "view" and object:_state() or {}) do
        local what = name .. ": " .. found.name
        assert.truthy(types[found.type], what)
        assert.truthy(({ user = true, engine = true, house = true })[found.reader], what)
        if found.array then
          assert.equal(found.array:type(), found.type, what)
          assert.equal(found.array:size() * fields.bytes_of[found.type], found.bytes, what)
        elseif found.reader == "house" then
          assert.truthy(found.value ~= nil, what)
        end
      end
    end
  end)

  it("gives users their variables, and keeps what is hidden", function()
    local o = example()
    for _, object in ipairs { o.cells, o.growing, o.late } do
      for _, name in ipairs(object:_variable_names()) do assert.equal("user", item(object, name).reader, name) end
    end
    assert.equal("house", item(o.cells, "_frozen").reader)
    assert.equal("house", item(o.growing, "_T0_1").reader)
    assert.is_true(item(o.cells, "_c1").is_made)
    assert.is_nil(item(o.cells, "v").is_made)
  end)

  it("has what the script cannot say again: scopes that widened, draws, learning, rates, the order of pairs, delayed rates", function()
    local o = example()
    assert.same({ tau = "elem", gain = "elem" }, item(o.cells, "_scopes").value)
    assert.equal(o.net._draws, item(o.net, "_draws").value)
    assert.is_true(o.net._draws >= 4)
    assert.is_false(item(o.pairs, "_plastic").value)
    assert.same({ 1, 3, 2 }, item(o.pairs, "_place_of_pair").array:table())        -- rows by pre neuron, each sorted by delay
    assert.equal(20, item(o.noise, "rates").array:size())
    assert.same({ rates = "elem" }, item(o.noise, "_scopes").value)
    assert.equal("user", item(o.input, "rate").reader)
    assert.same({ n = "elem", rate = "elem" }, item(o.input, "_scopes").value)
    assert.equal(4, item(o.late, "r").array:size())
    assert.equal("house", item(o.late, "r").reader)
    assert.equal(4, item(o.regular, "_every").value)
    assert.equal(0, item(o.spikes, "_from").value)
  end)
end)

describe("memory", function()
  it("is the sum of what the lists say", function()
    local o = example()
    local sum = fields.bytes(o.net)
    for _, list in ipairs { o.net.populations, o.net.projections, o.net.inputs, o.net.recordings, o.net.operations } do
      for _, object in ipairs(list) do
        for _, found in ipairs(object:_state()) do sum = sum + (found.bytes or 0) end
      end
    end
    assert.equal(sum, o.net:describe().bytes)
  end)

  it("counts rates of sources, copies of delayed rates, numbers of neurons that were asked for, and arrays as wide as they are", function()
    local net = lp.network { dt = 1, tier = "interpreter" }
    local one, each = net:poisson { size = 1000, rates = 5 }, net:poisson { size = 1000, rates = lp.uniform(1, 9) }
    assert.is_true(fields.bytes(one) < 8000)
    assert.equal(8, item(one, "rates").bytes)
    assert.equal(8000, item(each, "rates").bytes)
    net:run(1)
    assert.equal(8000, item(each, "poisson/given").bytes)
    assert.is_true(fields.bytes(each) >= fields.bytes(one) + 16000)
    local cells = net:population { size = 100, neuron = RATED }
    local now = net:project { from = cells, to = cells, target = "exc", connect = lp.one_to_one() }
    local late = net:project { from = cells, to = cells, target = "exc", connect = lp.one_to_one(), delays = 3 }
    assert.equal(1600, item(late, "lag/pre.r/ring").bytes)
    assert.equal(800 + 1600 + 16, fields.bytes(late) - fields.bytes(now))    -- the copy; two steps before it, their number, and which is next
    local before = fields.bytes(now)
    assert.equal(100, #now.pre)
    assert.is_true(fields.bytes(now) >= before + 400)
  end)

  it("of float32 is half of that of float64, recorded rows included", function()
    local function rows(precision)
      local net = lp.network { dt = 1, precision = precision, tier = "interpreter" }
      local cells = net:population { size = 1000, neuron = RATED }
      local r = net:record(cells, "r")
      net:run(64)
      assert.equal(64 * 8, item(r, "r/times").bytes)
      return item(r, "r/rows").bytes, item(cells, "r").bytes
    end
    local wide, cells = rows "float64"
    local narrow, small = rows "float32"
    assert.equal(64 * 8000, wide)
    assert.equal(64 * 4000, narrow)
    assert.equal(8000, cells)
    assert.equal(4000, small)
  end)

  it("of spikes is what the engine has reserved for them", function()
    local net = lp.network { dt = 1, tier = "interpreter" }
    local source = net:spike_source { size = 4, neuron = { 1, 2, 3, 4 }, t = { 1, 1, 2, 2 } }
    local r = net:record(source, "spike")
    local function reserved() return item(r, "neuron").bytes, item(r, "step").bytes, item(r, "count").bytes end
    assert.same({ 0, 0, 0 }, { reserved() })
    net:run(5)
    local spikes, steps = 16, 16
    if host.is_debug then spikes, steps = 4, 2 end     -- its buffers have no room to spare
    assert.same({ spikes * 4, steps * 8, steps * 4 }, { reserved() })
  end)
end)

describe("roles", function()
  local part = { over = "elem", program = { nest = "each" } }

  it("that no table knows are errors where a program gets them", function()
    assert.has_error(function() roles.entry("neuron", "pre", part) end, "a neuron has no role 'pre'")
    assert.has_error(function() roles.entry("synapse", "updat", part) end, "a synapse has no role 'updat'")
    assert.has_error(function() roles.entry("neuron", "reset", part) end, "role 'reset' of a neuron cannot have the nest 'each'")
    assert.equal("update", roles.entry("neuron", "update", part).role)
  end)

  it("stand in their phases in what runs when, every one of them", function()
    local o = example()
    o.net:record(o.cells, "left")
    o.net:record(o.growing, "pull")
    local text = tostring(o.net:describe())
    local here = { neuron = "cells", synapse = "growing" }
    for kind, name in pairs(here) do
      for _, role in ipairs(roles.names(kind)) do
        local row, object = roles.row(kind, role), name
        if kind == "synapse" and (role == "psp" or role == "equations" or role == "ahead") then object = "late" end
        if role == "operation" then
          assert.truthy(text:find("1 operations at the start  'v *= 0.9' of 'cells', every 4 ms", 1, true), text)
        elseif row.phase and role ~= "ahead" then
          assert.truthy(text:find(("%s: %s, "):format(object, role), 1, true), role .. "\n" .. text)
        elseif role == "later" then          -- it stands by: there are few synapses
          assert.is_nil(text:find(row.when, 1, true))
        elseif not row.phase then
          assert.truthy(text:find((": %s, %s"):format(role, row.when), 1, true), role .. "\n" .. text)
        end
      end
    end
    assert.truthy(text:find("6 spikes of this step      growing: post, ", 1, true), text)
  end)

  it("of sums a step ahead are shown where they run", function()
    local net = lp.network { dt = 1, tier = "interpreter" }
    local rated = net:population { size = 4, neuron = RATED }
    net:project { name = "soon", from = rated, to = rated, target = "exc", connect = lp.all_to_all(), weights = lp.uniform(0, 0.1), synapse = HEBB }
    assert.truthy(tostring(net:describe()):find("soon: ahead, each synapse", 1, true))
  end)

  it("have native code made of them, or none, as the table says", function()
    local compiled = require "lunapse.network.compiled"
    local o = example()
    for _, object in ipairs { o.cells, o.growing, o.late } do
      local is_native = {}
      for _, entry in ipairs((compiled.native_entries(object._made))) do is_native[entry.role] = true end
      for _, entry in ipairs(object._compiled.programs) do
        assert.equal(roles.row(object._compiled.kind, entry.role).is_native or false, is_native[entry.role] or false, entry.role)
      end
    end
  end)

  it("are compiled for the storage that they walk, in --dump=c as in the network: creating walks pairs", function()
    local compiled = require "lunapse.network.compiled"
    local o = example()
    local text = compiled.source(compiled.native_entries(o.growing._made), o.growing._made.settings)
    assert.truthy(text:find("/* creating: all, dense_pre */", 1, true))
    assert.truthy(text:find("/* pruning: all, rows_pre */", 1, true))
  end)
end)
