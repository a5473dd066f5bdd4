-- Many processes that run one script, started by the mpirun of this machine: the same bits and the same words as one process, one message where something fails.

local mpirun = require "tests.mpirun"
local ROOT, PROGRAM, START, why = mpirun.root, mpirun.program, mpirun.start, mpirun.missing

local SCRIPT = [[
package.path = "]] .. ROOT .. [[/tests/?.lua;" .. package.path
local lp = require "lunapse"
local ranks = require "lunapse.ranks"
local stored = require "lunapse.network.stored"

-- threads and tiers differ among the ranks, and nobody sees it
local net = require "everything" { threads = 1 + ranks.me(), tier = ranks.me() % 2 == 1 and "auto" or "interpreter" }
local recording = net:record(net.populations[3], "v", { file = "rows.h5" })
net:run(40)
print(#recording.t)
net:run(30, { checkpoint = "run.h5", every = 0 })
print(net:run_until("v > 0.7", { of = net.populations[3], max = 20 }))

local brief, names = stored.digest(net), {}
for name in pairs(brief) do names[#names + 1] = name end
table.sort(names)
for k, name in ipairs(names) do names[k] = name .. " " .. tostring(brief[name]) end
local mine = table.concat(names, "\n")
for _, other in ipairs(ranks.gather("digest", mine)) do assert(other == mine) end
print(#names, #recording.t, select(2, mine:gsub("%d", "%0")), lp.array { mine:byte(1, -1) }:sum())

-- files are written once and read by all
local out = io.open("text.txt", "w")
out:write(mine)
out:close()
assert(io.open("text.txt"):read "a" == mine)
for line in io.lines "text.txt" do assert(line == names[1]) break end
lp.write("v.npy", net.populations[3].v)
print(lp.read "v.npy":sum(), io.open "nowhere.txt", pcall(io.open, "/nowhere/x", "w"))
print(pcall(lp.write, "/nowhere/v.npy", net.populations[3].v))
print(io.popen("echo said; echo x >>once.txt"):read "l", os.execute "echo x >>once.txt", io.open("once.txt"):read "a")
local fig = lp.figure {}
fig[1]:line { 1, 2, 3 }
fig:save "figure.png"
math.randomseed(3)

-- what nobody can know before is the same on all
local now = { os.time(), os.clock(), lp.seconds() }
for _, other in ipairs(ranks.gather("clocks", now)) do for k = 1, 3 do assert(other[k] == now[k]) end end
local drawn = math.random(1 << 40)
for _, other in ipairs(ranks.gather("chance", drawn)) do assert(other == drawn) end

-- points of a sweep are shared, results are everybody's
local sweep = lp.sweep { parameters = { a = { 1, 2, 3, 4, 5 } }, workers = 1, run = function(p, k)
  assert(k ~= 4, "not this one")
  return { x = p.a ^ 2, list = lp.array { p.a, k } }
end }
for _, other in ipairs(ranks.gather("results", tostring(sweep))) do assert(other == tostring(sweep)) end
print(sweep, sweep.list:sum(), sweep.failed[1].k)
local best = lp.optimize { run = function(p) return (p.x - 0.3) ^ 2 end, parameters = { x = { -1, 1 } }, evaluations = 6, workers = 2 }
print(best)

-- candidates of a fit too, but where they draw numbers
for _, noise in ipairs { "", "+ 0.1 * sqrt(2 * tau) * xi" } do
  local model = lp.neuron { parameters = { tau = 10, R = 1, I = 0 }, equations = "tau * dv/dt = -v + R * I " .. noise .. " : init = 0", spike = "v > 12", reset = "v = 0" }
  local input = lp.normal(10, 5):draw(300, 3)
  local f = lp.fit { model = model, dt = 0.1, input = { I = input }, target = input:cumsum() / 100, parameters = { tau = { 2, 60 }, R = { 0.1, 10 } }, population = 7, rounds = 3 }
  print(f, f.neuron_steps, ("%.17g"):format(f.error), table.concat(f.history:table(), " "))
end
]]

describe("ranks", function()
  if why then
    print("ranks_spec: " .. why)
    it("are left out: " .. why, function() end)
    return
  end

  local folder
  before_each(function() folder = io.popen("mktemp -d"):read "l" end)
  after_each(function() os.execute("rm -rf " .. folder) end)

  --- The words of mpirun, which come before or after those of the ranks, are cut out: what stands between two lines of dashes, and lines that name a process.
  local function without_mpirun(said)
    local kept, is_inside = {}, false
    for line in said:gmatch "[^\n]*\n?" do
      local is_dashes = line:find "^%-%-%-%-%-%-+\n?$" ~= nil
      if not is_inside and not is_dashes and not line:find "^%[[%w%-]+:%d+%]" then kept[#kept + 1] = line end
      if is_dashes then is_inside = not is_inside end
    end
    return table.concat(kept)
  end

  --- What a script prints, in a folder of its own, and whether it ended well.
  local function run(text, n, name)
    local own = folder .. "/" .. (name or n)
    os.execute("mkdir -p " .. own)
    local file = io.open(own .. "/script.lua", "w")
    file:write(text)
    file:close()
    local said, is_fine = mpirun.run(own, n, "script.lua")
    return without_mpirun(said), is_fine, own, said
  end

  local function bytes(path)
    local file = assert(io.open(path, "rb"))
    local text = file:read "a"
    file:close()
    return text
  end

  it("do what one process does, to the bit, and say and write it once", function()
    local said, is_fine, alone = run(SCRIPT, 1)
    assert.is_true(is_fine, said)
    for _, n in ipairs { 2, 3 } do
      local other, other_fine, own = run(SCRIPT, n)
      assert.is_true(other_fine, other)
      assert.equal(said, other)
      for _, name in ipairs { "text.txt", "once.txt", "v.npy" } do assert.is_true(bytes(alone .. "/" .. name) == bytes(own .. "/" .. name), name) end
      assert.is_true(mpirun.has("test -s " .. own .. "/figure.png"))
    end
  end)

  it("go on from a checkpoint that another number of them has written", function()
    local text = [[
package.path = "]] .. ROOT .. [[/tests/?.lua;" .. package.path
local net = require "everything" {}
net:run(30, { checkpoint = "run.h5", every = 0, report = function(done) if done > 0.5 and arg[1] == nil and os.getenv "STOP" then error "enough" end end })
print(net.t, net.populations[3].v:sum())]]
    local whole = run(text, 1, "whole")
    local stopped, is_fine, own = run("os.getenv = function() return 'yes' end " .. text, 3, "part")
    assert.is_false(is_fine, stopped)
    assert.truthy(stopped:find("enough", 1, true), stopped)
    local other, other_fine, _, all = run(text, 2, "part")
    assert.is_true(other_fine, all)
    assert.equal(whole, other)
    assert.is_true(mpirun.has("test -e " .. own .. "/run.h5"))
  end)

  -- threads, tiers and parts differ among the ranks
  local function shared(text) return "package.path = '" .. ROOT .. "/tests/?.lua;' .. package.path\n" .. [[
local lp, ranks, shared = require "lunapse", require "lunapse.ranks", require "shared_networks"
local function options() return { threads = 1 + ranks.me() % 2, tier = ranks.me() > 0 and "auto" or "interpreter", parts = 2 + ranks.me() } end
local function new() return shared.new(options()) end
]] .. text end

  it("share a network's run, to the bit, and compute together what one process computes", function()
    local text = shared [[
local lines = {}
for r, said in ipairs(ranks.gather("shares", shared.all(options))) do
  for _, line in ipairs(said) do lines[#lines + 1] = ("rank %d: %s"):format(r - 1, line) end
end
local out = io.open("shares.txt", "w")
out:write(table.concat(lines, "\n"))
out:close()]]
    local said, is_fine = run(text, 1)
    assert.is_true(is_fine, said)
    for _, n in ipairs { 2, 3 } do
      local other, other_fine, own = run(text, n)
      assert.is_true(other_fine, other)
      assert.equal(said, other)
      local shares, next_one, is_whole = bytes(own .. "/shares.txt"), {}, {}
      for name, first, last in shares:gmatch "rank %d: ([^\n]-): this rank computes neurons (%d+) to (%d+)" do
        assert.equal(next_one[name] or 1, tonumber(first), name)
        next_one[name] = tonumber(last) + 1
      end
      for name in shares:gmatch "rank 0: ([^\n]-): every rank computes all of it" do is_whole[name] = true end
      assert.same({ ["static: cells"] = 61, ["learning: cells"] = 61, ["single precision: cells"] = 61, ["clocks: cells"] = 61, ["clocks: coarse"] = 41, ["structure: cells"] = 61,
        ["beside others: cells"] = 61, ["beside others: other"] = 31, ["beside others: follower"] = 21 }, next_one)
      assert.same({ ["static: noise"] = true, ["static: given"] = true, ["beside others: rated"] = true, ["beside others: joined"] = true, ["beside others: valued"] = true,
        ["beside others: watched"] = true }, is_whole)
    end
  end)

  it("leave to others what is theirs, until somebody looks", function()
    local said, is_fine = run(shared [[
local debug = require "lunapse.core.debug"
local net = new()
local cells = shared.cells_of(net)
local proj = shared.join(net, cells, cells, { synapse = lp.models.STDP, delays = 1 })
cells.v, cells.g_exc = 7, 7
local w, v = proj.w, cells.v
net:run(5)
local first, last = cells._core:own()
for k = 1, 60 do assert((debug.peek(v, k) == 7) == (k < first or k > last), k) end
local at = {}
for k = 1, proj.size do at[k] = debug.peek(w, k) end
assert(v[1] ~= 7 and v[60] ~= 7)
local changed = 0
for k = 1, proj.size do if w[k] ~= at[k] then changed = changed + 1 end end
assert(changed > 0)
print "so it is"]], 2)
    assert.equal("so it is\n", said)
    assert.is_true(is_fine)
  end)

  it("hold those synapses alone that end at their neurons, with the numbers of the whole, whatever joins them", function()
    local text = shared [[
local facts, stored = require "lunapse.tell.facts", require "lunapse.network.stored"
local held, n_held, n_all = {}, 0, 0
local function note(name, p)
  held[#held + 1] = ("%s: %s"):format(name, facts.part_of(p) and facts.part_of(p):gsub("%d+", "N", 1))
  if p._held then n_held, n_all = n_held + p._core:count(), n_all + p.size end
end
local function digest(net)
  local lines = {}
  for name, value in pairs(stored.digest(net)) do lines[#lines + 1] = name .. " " .. tostring(value) end
  table.sort(lines)
  return lp.array { table.concat(lines):byte(1, -1) }:dot(lp.arange(1, #table.concat(lines)) % 1013)
end
local connectors = { probable = lp.fixed_probability(0.2), ["from so many"] = lp.fixed_number_pre(7), ["to so many"] = lp.fixed_number_post(9), ["so many"] = lp.fixed_total(500),
  one = lp.one_to_one() }
local late = { one = 1, uniform = lp.uniform(0.3, 6), normal = lp.normal(2, 1.5, { min = 0.1, max = 3 }) }
local function each(list) local names = {} for name in pairs(list) do names[#names + 1] = name end table.sort(names) return ipairs(names) end
for _, name in each(connectors) do
  for _, delay in each(late) do
    local net = new()
    local cells = shared.cells_of(net)
    local synapse = delay == "uniform" and lp.models.STP or lp.models.STDP
    local static = shared.join(net, cells, cells, { connect = connectors[name], delays = late[delay], weights = lp.normal(0.3, 0.1) })
    local plastic = shared.join(net, cells, cells, { connect = connectors[name], delays = late[delay], weights = lp.normal(0.3, 0.1), synapse = synapse })
    local views = shared.join(net, cells:select(lp.arange(3, 50)), cells:select { 60, 4, 9, 31, 22, 2, 41 }, { delays = late[delay], synapse = synapse })
    net:run(15)
    note(name .. ", " .. delay, static)
    note(name .. ", " .. delay, plastic)
    note("views", views)
    print(name, delay, static.size, plastic.w:sum(), digest(net), plastic.delays:sum(), static.post:sum())
    net:run(10)
    print(cells.v:sum(), plastic.w:sum())
  end
end
local counts = ranks.gather("counts", { n_held, n_all })
if ranks.n() > 1 then
  local sum = 0
  for _, one in ipairs(counts) do sum = sum + one[1] end
  assert(sum == n_all, sum .. " of " .. n_all)
end
local out = io.open("held.txt", "w")
out:write(table.concat(held, "\n"))
out:close()]]
    local said, is_fine = run(text, 1)
    assert.is_true(is_fine, said)
    for _, n in ipairs { 2, 3 } do
      local other, other_fine, own = run(text, n)
      assert.is_true(other_fine, other)
      assert.equal(said, other)
      local whole = {}
      for line in bytes(own .. "/held.txt"):gmatch "[^\n]+" do
        if not line:find "this rank holds N of %d+ synapses" then whole[#whole + 1] = line end
      end
      -- which of a pre neuron's synapses come first is not to be seen in the rows of post neurons
      assert.same({ "from so many, normal: nil", "from so many, normal: nil", "from so many, uniform: nil", "from so many, uniform: nil" }, whole)
    end
  end)

  it("have all synapses as soon as somebody looks", function()
    local text = shared [[
local facts = require "lunapse.tell.facts"
local function new_one(more)
  local net = new()
  local cells = shared.cells_of(net)
  local proj = shared.join(net, cells, cells, more or { synapse = lp.models.STDP, delays = 1 })
  return proj, cells, net
end
local function is_part(p) return ranks.n() == 1 or p._held ~= nil end

-- what concerns all of it alone, and numbers that hold for all or are drawn, need no synapse of others
local proj, cells, net = new_one()
proj.A_plus, proj.tau_plus = 0.02, lp.uniform(15, 25)
net:run(10)
proj.w = lp.normal(0.1, 0.02)
proj:disable_learning()
net:run(10)
proj:enable_learning()
net:run(10)
proj:reset()
net:run(10)
proj:reset_weights()
net:run(10)
print(proj.size, proj.delay, proj.from.name, tostring(net:describe()):match "STDP +A_minus.-\n\n")
assert(is_part(proj))
if ranks.n() > 1 then
  assert(tostring(net:explain()):find("ranks: this rank holds " .. proj._core:count() .. " of 683 synapses, those that end at its neurons", 1, true))
end
assert(proj.fan_in:sum() == 683)
print(proj.w:sum(), proj.tau_plus:sum(), cells.v:sum())
assert(ranks.n() == 1 or facts.part_of(proj):find "^every rank holds all synapses: the script reads fan_in$", facts.part_of(proj))

-- each way in
local function fine(name, look, more)
  local p, c, n = new_one(more)
  n:run(12)
  assert(is_part(p), name)
  local seen = look(p, c, n)
  n:run(12)
  print(name, seen, p.w:sum(), c.v:sum())
end
fine("w", function(p) return p.w[7] end)
fine("set one", function(p) p.w[7] = 0.3 end)
fine("set all", function(p) p.w = p.w * 0.5 end)
fine("numbers", function(p) return p.pre:sum() + p.post:sum() + p.fan_in:sum() + p.fan_out:sum() end)
fine("delays", function(p) p.delays = lp.uniform(1, 4) return p.delays:sum() end)
fine("record", function(p, _, n) local r = n:record(p, "w", { every = 3 }) n:run(9) return r.w:sum() end)
fine("record trace", function(p, _, n) local r = n:record(p, "x", { every = 3, of = { 2, 60 } }) n:run(9) return r.x:sum() end, { synapse = lp.synapse {
  parameters = "tau = 20", equations = "tau * dx/dt = -x : event-driven", pre_spike = { "g_target += w", "x += 0.1" }, post_spike = "w += 0.01 * x" } })
fine("prune", function(p) return p:prune "w < 0.1" end)
fine("create", function(p) p:create_synapse({ 1, 2 }, { 60, 3 }, 0.2) return p.size end)
fine("regularly", function(p) p:run_regularly("w *= 0.99", { every = 2 }) end)
fine("condition", function(p, _, n) return n:run_until("w > 0.299", { of = p, max = 5 }) end)
fine("store", function(_, c, n) n:store() n:run(5) local v = c.v:sum() n:restore() return v end)
fine("save", function(_, _, n) n:save "saved.h5" return lp.load "saved.h5".projections[1].w:sum() end)
fine("copy", function(p, c, n) return n:project { from = c, to = c, target = "inh", connect = lp.copy(p), delays = 1 }.size end, { delays = 1 })
fine("every", function(p, _, n) local sum = 0 n:every(4, function() sum = sum + p.w:sum() end) n:run(9) return sum end)
fine("sweep", function(p, _, n)
  return lp.sweep { parameters = { a = { 1, 2, 3 } }, workers = 2, run = function(at) n:run(at.a) return { w = p.w:sum() } end }.w:sum()
end)
fine("text", function(p) p.w = "0.1 + 0.001 * pre.v" end)
fine("matrix", function(p) return p:matrix("w", 0):sum() end)
fine("sums", function(p) return p:sum_post "w":sum() end)

-- in any order, together with what ranks share of neurons
local p, c, n = new_one()
local q = shared.join(n, c, c, { name = "q", synapse = lp.models.STDP })
n:run(10)
local sums = {}
local looks = { function() sums[1] = p.w:sum() end, function() sums[2] = c.v:sum() end, function() sums[3] = q.w:sum() end }
for _, k in ipairs(ranks.me() == 0 and { 1, 2, 3 } or ranks.me() == 1 and { 3, 2, 1 } or { 2, 3, 1 }) do looks[k]() end
print(table.unpack(sums))

-- what turns out to be nobody's to share
net = new()
local watched, other = shared.cells_of(net), shared.cells_of(net, { name = "other" })
local onto = shared.join(net, other, watched, { synapse = lp.models.STDP })
net:run(10)
assert(is_part(onto))
net:population { name = "follower", size = 60, neuron = lp.neuron { name = "follower", equations = "5 * dx/dt = watched.v - x" }, refs = { watched = watched } }
net:run(10)
assert(ranks.n() == 1 or not onto._held and facts.part_of(onto) == "every rank holds all synapses: a run goes over all of them", facts.part_of(onto))
print(net.populations.follower.x:sum(), onto.w:sum())
local back = shared.join(net, watched, other, { synapse = lp.synapse { pre_spike = { "g_target += w", "pre.base += 0.001 * w" } } })
local drawing = shared.join(net, watched, other, { synapse = lp.synapse { pre_spike = "g_target += w * Uniform(0, 1)" } })
local counting = shared.join(net, watched, other, { synapse = lp.synapse { pre_spike = "g_target += w / N_incoming" } })
net:run(10)
assert(not back._held and not drawing._held and not counting._held)
print(watched.v:sum(), other.v:sum(), back.size, drawing.size, counting.size)

-- what is not finite is found by one rank, and told by all
net = new()
cells = shared.cells_of(net)
local growing = shared.join(net, cells, cells, { synapse = lp.synapse { parameters = "k = 0.1",
  equations = "dx/dt = k * x * x : init = 1", pre_spike = "g_target += w * 0.001 * x" } })
print(pcall(net.run, net, 50))]]
    local said, is_fine = run(text, 1)
    assert.is_true(is_fine, said)
    for _, n in ipairs { 2, 3 } do
      local other, other_fine = run(text, n)
      assert.is_true(other_fine, other)
      assert.equal(said, other)
    end
  end)

  it("have all of it wherever something else goes on with it", function()
    local text = shared [[
local net = new()
local cells = shared.cells_of(net)
local proj = shared.join(net, cells, cells, { synapse = lp.models.STDP })
net:run(20)
print(lp.sweep { parameters = { a = { 1, 2, 3 } }, workers = 2, run = function(p)
  local before = cells.v:sum()
  net:run(10 * p.a)
  return { before = before, after = cells.v:sum(), w = proj.w:sum() }
end })
net:run(10)
print(proj.w:sum())

-- arrays outlive their network, and memory is freed on each rank when it pleases
local w, v = proj.w, cells.v
net:run(5)
net, cells, proj = nil, nil, nil
for _ = 1, ranks.me() do collectgarbage() end
print(w:sum(), v:sum())

-- each rank may look at another one first, as in the order of pairs
local nets, populations, sums = { new(), new() }, {}, {}
for i, n in ipairs(nets) do
  populations[i] = shared.cells_of(n)
  n:run(5 * i)
end
for _, i in ipairs(ranks.me() == 0 and { 1, 2 } or { 2, 1 }) do sums[i] = populations[i].v:sum() end
print(sums[1], sums[2])

-- one rank alone finds what is not finite, and a function raises on all
net = new()
local k = {}
for i = 1, 40 do k[i] = i == 33 and 1 or 0 end
net:population { name = "cells", size = 40, neuron = lp.neuron { parameters = "k = 0", equations = "dv/dt = k * v * v : init = 1" }, parameters = { k = k } }
net:run(1)
print(pcall(net.run, net, 50))
net = new()
cells = shared.cells_of(net)
net:every(2, function(t) if t > 9 then error("enough", 0) end end)
print(select(2, pcall(net.run, net, 50)):match "[^\n]*")]]
    local said, is_fine = run(text, 1)
    assert.is_true(is_fine, said)
    for _, n in ipairs { 2, 3 } do assert.equal(said, (run(text, n))) end
  end)

  it("compute cells with a shape each by itself: a tree joins the compartments of its cell", function()
    local text = [[
local lp = require "lunapse"
local soma = lp.sphere { diameter = 20 }
soma.dend = lp.cylinder { length = 300, diameter = 2, n = 15 }
local net = lp.network { dt = 0.1, tier = "interpreter" }
local cells = net:cables { name = "cells", morphology = soma, size = 2000,
  neuron = lp.neuron { parameters = "I = 0 : point current", equations = "Im = 0.05*(-70 - v) : init = -70", spike = "v > -60", refractory = 2 } }
cells.soma.I = "Uniform(0, 100)"
local spikes = net:record(cells, "spike")
net:run(20)
print(require("lunapse.core.engine").digest(cells.v), spikes:count())]]
    local said, is_fine = run(text, 1)
    assert.is_true(is_fine, said)
    assert.matches("^%-?%d+\t%d%d%d%d+\n$", said)
    for _, n in ipairs { 2, 3 } do assert.equal(said, (run(text, n))) end
  end)

  it("go on from a checkpoint of what they shared", function()
    local text = shared [[
local net = new()
local cells = shared.cells_of(net)
local proj = shared.join(net, cells, cells, { synapse = lp.models.STDP })
net:record(cells, "v", { every = 2 })
net:run(30, { checkpoint = "run.h5", every = 0, report = function(done) if done > 0.5 and os.getenv "STOP" then error "enough" end end })
print(net.t, cells.v:sum(), proj.w:sum(), net.recordings[1].v:sum())]]
    local whole = run(text, 1, "whole")
    local stopped, is_fine = run("os.getenv = function() return 'yes' end " .. text, 3, "part")
    assert.is_false(is_fine, stopped)
    local other, other_fine, _, all = run(text, 2, "part")
    assert.is_true(other_fine, all)
    assert.equal(whole, other)
  end)

  it("end with one message and its rank where one of them fails", function()
    local text = [[
local ranks = require "lunapse.ranks"
local net = require "lunapse".network {}
if ranks.me() == 1 then error "only here" end
for k = 1, 10 do net:run(10) end]]
    local said, is_fine = run(text, 2)
    assert.is_false(is_fine)
    assert.equal("lunapse: rank 1: script.lua:3: only here\nstack traceback:\n\tscript.lua:3: in main chunk\n", said)
  end)

  -- synapses of the others are made, and files written, by all together
  local whole = shared [[
local net = new()
local cells = shared.cells_of(net)
local proj = shared.join(net, cells, cells, { synapse = lp.models.STDP, delays = 2 })
net:run(10)
assert(proj._held)
local function alone(r, f) if ranks.me() == r then f() end end
local function broken(name) getmetatable(proj._core).__index[name] = function() error("no " .. name, 0) end end
]]

  for name, case in pairs {
    ["an error before"] = { 'alone(1, function() error("only here", 0) end) print(proj.w:sum())', "rank 1: only here" },
    ["an end before"] = { "alone(1, function() os.exit(0) end) print(proj.w:sum())",
      "rank 1 has come to the end of its script while rank 0 waits for it (numbers of a network): a script must do the same on all ranks" },
    ["an end before a file"] = { 'alone(0, function() os.exit(3) end) net:save "x.h5"', "rank 0: has ended, the others have not" },
    ["an error within"] = { 'alone(1, function() broken "make_whole" end) print(proj.w:sum())', "rank 1: no make_whole" },
    ["an error of all within"] = { 'broken "make_whole" print(proj.w:sum())', "no make_whole" },
    ["an error within, for a file"] = { 'alone(0, function() broken "lay_out" end) net:save "x.h5"', "rank 0: no lay_out" },
    ["an error within, for a checkpoint"] = { 'alone(2, function() broken "lay_out" end) net:run(5, { checkpoint = "run.h5", every = 0 })', "rank 2: no lay_out" },
    ["an error in a function, and files"] = { [[
net:record(cells, "v", { file = "rows.h5" })
net:every(2, function(t) alone(1, function() if t > 15 then error("in a function", 0) end end) proj.w:sum() end)
net:run(20)]], "rank 1: at t = 16 ms: in a function" },
    ["an error in a report, and files"] = { [[
net:record(cells, "v", { file = "rows.h5" })
net:run(20, { report = function() alone(2, function() error("in a report", 0) end) proj.w:sum() end })]], "rank 2: in a report" },
  } do
    it("end within seconds where one fails while all have to do with all synapses: " .. name, function()
      local clock = require "lunapse".seconds
      local begin = clock()
      local said, is_fine = run(whole .. case[1], 3)
      assert.is_false(is_fine)
      assert.equal("lunapse: " .. case[2], (said:match "^[^\n]*"))
      assert.is_nil(said:find("lunapse:", 9, true), said)
      assert.is_true(clock() - begin < 20)          -- ten, and those of a busy machine
    end)
  end

  it("end where one of them does something else, or ends before the others", function()
    local said = run("local lp, ranks = require 'lunapse', require 'lunapse.ranks' if ranks.me() == 1 then os.exit(0) end lp.network {}:run(1)", 2)
    assert.equal("lunapse: rank 1 has come to the end of its script while rank 0 waits for it (net:run): a script must do the same on all ranks\n", said)
    said = run([[
local lp, ranks = require "lunapse", require "lunapse.ranks"
local net = lp.network {}
net:population { name = "cells", size = 2 + ranks.me(), neuron = lp.models.LIF }
net:run(1)]], 2)
    assert.equal("lunapse: script.lua:4: net:run: ranks have different networks: rank 0 has population 'cells' of 2, 0 spikes where rank 1 has population 'cells' of 3, 0 spikes; "
      .. "a script must do the same on all ranks, and what it does in the order of pairs() it need not\nstack traceback:\n\tscript.lua:4: in main chunk\n", said)
  end)

  it("all end where one of them is killed", function()
    local said, is_fine = mpirun.run(folder, 3, "-e '" .. [[
local ranks = require "lunapse.ranks"
local pid = io.open("/proc/self/stat"):read "n"
local pids = ranks.gather("pids", pid)
os.execute("kill -9 " .. pids[2])
require "lunapse".network {}:run(1e9)']])
    assert.is_false(is_fine)
    assert.truthy(said:find "rank 1 .*signal 9", said)
  end)

  it("have no prompt, no notebook, no live view, no script that comes through a pipe", function()
    local pipe = io.popen(("echo 'print(1)' | %s2 %s - 2>&1"):format(START, PROGRAM))
    assert.truthy(pipe:read "a":find("lunapse: a script on the standard input is read by one process, and 2 were started together: give them a script\n", 1, true))
    pipe:close()
    local said, is_fine = run("print(pcall(io.open, 'x', 'r+'))\nrequire 'lunapse'.network {}:serve()", 2)
    assert.is_false(is_fine)
    assert.equal("false\tio.open: mode \"r+\" both reads and writes 'x', which 2 ranks cannot do together: open it once for each\n"
      .. "lunapse: script.lua:2: net:serve: a live view is of one process, and 2 ranks run this script\nstack traceback:\n\tscript.lua:2: in main chunk\n", said)
  end)

  it("need the library of MPI, and say so", function()
    os.execute(("cp %s %s/lunapse"):format(PROGRAM, folder))
    local pipe = io.popen(("LUNAPSE_PATH=%s/lua OMPI_COMM_WORLD_SIZE=3 %s/lunapse -e 'print(1)' 2>&1"):format(ROOT, folder))
    assert.equal("lunapse: this Lunapse was built without libopenmpi-dev, which 3 ranks need (lunapse_mpi.so beside the program): install it (Debian's package) and build anew, "
      .. "or start one process\n", pipe:read "a")
    pipe:close()
    -- as where Lunapse's own is installed, and MPI is not
    os.execute(("cd %s && cc -shared -o libabsent.so.7 -Wl,-soname,libabsent.so.7 -x c /dev/null "
      .. "&& cc -shared -Wl,--no-as-needed -o lunapse_mpi.so -x c /dev/null -x none ./libabsent.so.7 && rm libabsent.so.7"):format(folder))
    pipe = io.popen(("LUNAPSE_PATH=%s/lua OMPI_COMM_WORLD_SIZE=3 %s/lunapse -e 'print(1)' 2>&1"):format(ROOT, folder))
    assert.equal("lunapse: 3 ranks need the library libabsent.so.7, which cannot be opened: install MPI (Debian's package openmpi-bin), or start one process\n", pipe:read "a")
    pipe:close()
  end)
end)
