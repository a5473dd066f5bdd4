--- Recordings that fill a file: the same as those in memory; read by others meanwhile; going on where a killed program was; and what happens when nothing can be
--- written.
local lp = require "lunapse"
local array = require "lunapse.core.array"
local options = require "lunapse.options"
local process = require "lunapse.core.process"
local hdf5 = require "lunapse.core.hdf5"

local HOST = os.getenv "HOST" or "build/lunapse"
local IS_ROOT = io.popen("id -u"):read "n" == 0
local PYTHON = os.execute "/usr/bin/python3 -c 'import h5py' 2>/dev/null" and "/usr/bin/python3"
local folder

local function shell(command)
  local pipe = assert(io.popen("{ " .. command .. "\n} 2>&1; echo status $?"))
  local text = pipe:read "a"
  pipe:close()
  local out, status = text:match "^(.-)%s*status (%d+)%s*$"
  return out, tonumber(status)
end

local function path(name) return folder .. "/" .. name end

local function write(name, text)
  local file <close> = assert(io.open(path(name), "w"))
  file:write(text)
end

local function exists(name)
  local f = io.open(path(name), "rb")
  if f then f:close() end
  return f ~= nil
end

--- Is it closed, as far as the file says? Files that are being written bear a mark in their first bytes.
local function is_closed(name)
  local file <close> = assert(io.open(path(name), "rb"))
  return file:read(12):byte(12) == 0
end

--- Equal to the bit: NaN is NaN.
local function same(a, b)
  return a:type() == b:type() and #a == #b and a:size() == b:size() and (a:size() == 0 or (a:eq(b) + a:ne(a) * b:ne(b)):min() > 0)
end

--- Names of the arrays in which two tables of lp.read differ.
local function differences(a, b, at, list)
  list = list or {}
  for name, value in pairs(a) do
    local place = at and at .. "/" .. name or name
    local is_told = name == "columns" or name == "lunapse"
    if type(value) == "table" and not is_told then
      differences(value, type(b[name]) == "table" and b[name] or {}, place, list)
    elseif array.is(value) and not (array.is(b[name]) and same(value, b[name])) then
      list[#list + 1] = place
    end
  end
  for name in pairs(b) do if a[name] == nil then list[#list + 1] = name end end
  table.sort(list)
  return list
end

local CELL = lp.neuron { name = "cell", parameters = "tau = 10\nI = 0", equations = [[
    tau * dv/dt = I + 0.01 * g_exc - v + 0.3 * xi * sqrt(tau) : init = 0
    slow = slow + Uniform(0, 1) : every = 5
  ]], spike = "v > 1", reset = "v = 0" }

local PASSIVE = lp.neuron { name = "passive", parameters = "tau = 10 : ms\nE = -65 : mV", equations = "tau * dv/dt = E - v : mV, init = -50*mV" }

local HEBB = lp.synapse { name = "Hebb", parameters = "rate = 0.001", equations = "dw/dt = rate * w", pre_spike = "g_target += w" }

local function network(opt)
  local net = lp.network { dt = 0.5, seed = opt and opt.seed or 5, tier = "interpreter", precision = opt and opt.precision, warnings = false }
  local cells = net:population { name = "cells", size = 30, neuron = CELL, parameters = { I = lp.uniform(0.5, 2) } }
  local synapses = net:project { name = "synapses", from = cells, to = cells, target = "exc", connect = lp.fixed_probability(0.2), weights = lp.uniform(0, 1), synapse = HEBB }
  return net, cells, synapses
end

local function check_equal(filed, kept)
  assert.equal(kept:count(), filed:count())
  assert.is_true(same(kept.t, filed.t))
  for _, name in ipairs(kept._names and kept:_names() or { "neuron", "step" }) do assert.is_true(same(kept[name], filed[name]), name) end
end

describe("a recording in a file", function()
  before_each(function() folder = io.popen("mktemp -d"):read "l" end)
  after_each(function()
    collectgarbage()
    os.execute("rm -rf " .. folder)
  end)

  for _, opt in ipairs { { precision = "float64" }, { precision = "float32" }, { precision = "float64", compress = true }, { precision = "float64", compress = 9 } } do
    it(("is the one in memory, after every run (%s, compress = %s)"):format(opt.precision, tostring(opt.compress)), function()
      local net, cells, synapses = network(opt)
      local pairs_of = {}
      for _, what in ipairs { { cells, { "v", "slow" }, { every = 1 } }, { synapses, "w", { of = { 3, 1 } } }, { cells, "spike" } } do
        local given = { file = path "a.h5", compress = opt.compress }
        for key, value in pairs(what[3] or {}) do given[key] = value end
        pairs_of[#pairs_of + 1] = { net:record(what[1], what[2], given), net:record(what[1], what[2], what[3]) }
      end
      for _, duration in ipairs { 20, 0.5, 300, 7 } do
        net:run(duration)
        for _, pair in ipairs(pairs_of) do check_equal(pair[1], pair[2]) end
      end
      for _ = 1, 5 do net:step() end
      for _, pair in ipairs(pairs_of) do check_equal(pair[1], pair[2]) end
      assert.equal(pairs_of[3][2]:mean_rate(), pairs_of[3][1]:mean_rate())
      assert.equal(tostring(pairs_of[1][2]), tostring(pairs_of[1][1]))
      local held = lp.read(path "a.h5")
      assert.same({}, differences({ v = held.cells.v }, { v = pairs_of[1][2].v:rows(1, #held.cells.t) }))
      assert.is_true(same(held.spikes.cells.node_ids + 1, pairs_of[3][2].neuron:take(array.arange(1, #held.spikes.cells.node_ids)):astype "int64"))
      net:run(1)
      check_equal(pairs_of[1][1], pairs_of[1][2])
    end)
  end

  it("takes no more memory than a block, however long the run is", function()
    local net, cells = network()
    local rows, spikes = net:record(cells, "v", { file = path "a.h5" }), net:record(cells, "spike", { file = path "a.h5" })
    net:run(20000)
    assert.equal(40000, rows:count())
    assert.equal(40000 * 30, lp.read(path "a.h5", "cells/v"):size())
    assert.is_true(rows._cores[1].core:bytes() < 4e6, rows._cores[1].core:bytes())
    assert.is_true(spikes._core:bytes() < 4e6)
    assert.is_true(rows:_bytes_after(1e12) < 4e6)
  end)

  it("lies in the file by name, with what belongs to it", function()
    local net, cells, synapses = network()
    net:record(cells, { "v", "slow" }, { file = path "a.h5", every = 2, of = { 7, 2 } })
    net:record(synapses, "w", { file = path "a.h5" })
    net:record(cells, "spike", { file = path "a.h5", of = { 1, 2 } })
    net:record(net:population { name = "passive", size = 2, neuron = PASSIVE }, "v", { file = path "a.h5" })
    net:run(10)
    local held, of = lp.read(path "a.h5")
    assert.same({ 5, 2 }, { held.cells.v:shape() })
    assert.same({ 20, #synapses.pre }, { held.synapses.w:shape() })
    assert.same({ 2, 4, 6, 8, 10 }, held.cells.t:table())
    assert.same({ 7, 2 }, of.cells.neurons:table())
    assert.same({ 2.0, 0.5, "cells", "population" }, { of.cells.every, of.cells.dt, of.cells.of, of.cells.kind })
    assert.equal("mV", of["passive/v"].unit)
    assert.equal("ms", of["cells/t"].unit)
    assert.same(synapses.pre:table(), of.synapses.pre:table())
    assert.same(synapses.post:table(), of.synapses.post:table())
    assert.same({ 2, 0.5 }, { of["spikes/cells"].sorting, of["spikes/cells"].dt })          -- none, by_id, by_time
    assert.equal("milliseconds", of["spikes/cells/timestamps"].units)
    assert.equal("int64", held.spikes.cells.node_ids:type())
  end)

  it("is read by others while the run goes on", function()
    local net, cells = network()
    local rows = net:record(cells, "v", { file = path "a.h5" })
    write("a.py", ([[
import h5py
f = h5py.File("%s", "r", swmr=True)
print(f["cells/v"].shape[0], repr(float(f["cells/v"][19, 4])))
]]):format(path "a.h5"))
    net:run(10)
    local seen, by_python = {}, {}
    net:every(5, function()
      local t = lp.read(path "a.h5", "cells/t")
      seen[#seen + 1] = #t
      if PYTHON then
        by_python[#by_python + 1] = shell(("%s %s"):format(PYTHON, path "a.py"))
      end
    end)
    net:run(10)
    net:run(10)
    assert.same({ 20, 20, 40, 40 }, seen)
    for k, text in ipairs(by_python) do
      local n, value = text:match "^(%d+) (%S+)$"
      assert.same({ seen[k], rows.v[20][5] }, { tonumber(n), tonumber(value) })
    end
  end)

  it("is a file that h5py reads, to the bit", function()
    if not PYTHON then return end
    write("a.lua", ([[
      local lp = require "lunapse"
      local net = lp.network { dt = 0.1, tier = "interpreter" }
      local cells = net:population { name = "cells", size = 7, neuron = lp.models.LIF, parameters = { I = lp.uniform(10, 40) } }
      net:record(cells, "v", { file = "%s", compress = true })
      local v, spikes = net:record(cells, "v"), net:record(cells, "spike", { file = "%s" })
      net:run(500)
      spikes:save(arg[1])
      local sum = 0
      for k = 1, #v.t do sum = sum + k * v.v[k][3] end
      print(("%%.17g %%d %%.17g %%d"):format(sum, #spikes.t, spikes.t[#spikes.t], spikes.neuron[#spikes.t] - 1))
    ]]):format(path "a.h5", path "a.h5"))
    write("a.py", ([[
import h5py
f = h5py.File("%s", "r")
total = 0.0
for k, x in enumerate(f["cells/v"][:, 2]): total += (k + 1) * float(x)
s = f["spikes/cells"]
print("%%.17g %%d %%.17g %%d" %% (total, len(s["timestamps"]), s["timestamps"][-1], s["node_ids"][-1]))
order = s.attrs.get_id("sorting").dtype
assert h5py.check_enum_dtype(order) == {"none": 0, "by_id": 1, "by_time": 2} and s.attrs["sorting"] == 2 and s["node_ids"].dtype == "uint64"
assert list(f["cells"].attrs["neurons"]) == list(range(1, 8))
]]):format(path "a.h5"))
    local here = shell(("%s %s %s"):format(HOST, path "a.lua", path "saved.h5"))
    assert.equal(here, (shell(("%s %s"):format(PYTHON, path "a.py"))))
    write("saved.py", ([[
import h5py
one, other = h5py.File("%s", "r")["spikes/cells"], h5py.File("%s", "r")["spikes/cells"]
for name in ["timestamps", "node_ids"]: assert (one[name][:] == other[name][:]).all() and one[name].dtype == other[name].dtype
assert one.attrs.get_id("sorting").dtype == other.attrs.get_id("sorting").dtype
]]):format(path "a.h5", path "saved.h5"))
    assert.equal("", (shell(("%s %s"):format(PYTHON, path "saved.py"))))
  end)

  it("can be emptied, paused and taken up", function()
    local net, cells = network()
    local file, kept = {}, {}
    for _, list in ipairs { { file, path "a.h5" }, { kept } } do
      list[1][1], list[1][2] = net:record(cells, "v", { file = list[2] }), net:record(cells, "spike", { file = list[2] })
    end
    local function both(method) for k = 1, 2 do file[k][method](file[k]) kept[k][method](kept[k]) end end
    local function check() for k = 1, 2 do check_equal(file[k], kept[k]) end end
    for _, method in ipairs { "pause", "resume", "clear", "pause", "clear", "resume" } do
      net:run(30)
      both(method)
      check()
      net:run(30)
      check()
      assert.same({ pcall(kept[2].mean_rate, kept[2]) }, { pcall(file[2].mean_rate, file[2]) })
    end
    assert.equal(kept[1]:count(), #lp.read(path "a.h5", "cells/t"))
    net:reset { recordings = true }
    assert.equal(0, #lp.read(path "a.h5", "cells/t"))
    net:run(5)
    assert.same(kept[1].t:table(), lp.read(path "a.h5", "cells/t"):table())
  end)

  it("goes back with the network", function()
    local net, cells = network()
    local file = { net:record(cells, "v", { file = path "a.h5" }), net:record(cells, "spike", { file = path "a.h5" }) }
    net:store "begin"
    net:run(50)
    local spikes = file[2].t
    net:store "middle"
    net:run(70)
    local v, t = file[1].v, file[1].t
    net:restore "middle"
    assert.equal(100, #lp.read(path "a.h5", "cells/t"))
    assert.equal(#spikes, #lp.read(path "a.h5", "spikes/cells/timestamps"))
    assert.is_true(same(spikes, file[2].t))
    net:run(70)
    assert.is_true(same(v, file[1].v) and same(t, file[1].t))
    net:restore("middle", { recordings = false })
    net:run(10)
    assert.equal(260, #lp.read(path "a.h5", "cells/t"))
    assert.equal(60.0, file[1].t[260])
    net:restore "begin"
    assert.equal(0, #lp.read(path "a.h5", "cells/t"))
    net:run(120)
    assert.is_true(same(v, file[1].v))
  end)

  it("shares its file with others, if there is room for all", function()
    local net, cells, synapses = network()
    local other = net:population { name = "spikes", size = 2, neuron = CELL }
    local file = path "a.h5"
    net:record(cells, "v", { file = file })
    net:record(synapses, "w", { file = file })
    assert.has_error(function() net:record(cells, "slow", { file = file }) end,
      ("net:record: 'cells' in '%s' is that of variables of population 'cells': record all variables at once, { \"v\", \"u\" }, or name another file"):format(file))
    net:record(cells, "spike", { file = file })
    assert.has_error(function() net:record(cells, "spike", { file = file, of = { 1 } }) end,
      ("net:record: 'spikes/cells' in '%s' is that of spikes of population 'cells': record all variables at once, { \"v\", \"u\" }, or name another file"):format(file))
    net:record(other, "v", { file = file })
    net:run(5)
    assert.has_error(function() net:record(other, "spike", { file = file }) end,
      ("net:record: '%s' is being filled since the first run: make all its recordings before that, or name another file"):format(file))
    net:record(other, "spike", { file = path "b.h5" })
    net:run(5)
    assert.same({ "cells", "lunapse", "spikes", "synapses" }, (function(t) table.sort(t) return t end)(lp.read(file).columns))
    assert.equal(20, #lp.read(file, "spikes/t"))
  end)

  it("is refused where it cannot be made", function()
    local net, cells = network()
    local function refused(message, opt) assert.has_error(function() net:record(cells, "v", opt) end, message) end
    refused("net:record: the name of the file must end in \".h5\", got 'a.npz'", { file = "a.npz" })
    refused("net:record: compress must be a whole number in 0..9, got 10", { file = path "a.h5", compress = 10 })
    refused("net:record: option 'compress' is of a file: option 'file' is missing", { compress = true })
    refused(("net:record: cannot write '%s/no/a.h5': No such file or directory"):format(folder), { file = path "no/a.h5" })
    assert(os.execute("mkdir " .. path "d.h5"))
    refused(("net:record: cannot write '%s': Is a directory"):format(path "d.h5"), { file = path "d.h5" })
    if not IS_ROOT then
      assert(os.execute(("mkdir %s && chmod 555 %s"):format(path "ro", path "ro")))
      refused(("net:record: cannot write '%s': Permission denied"):format(path "ro/a.h5"), { file = path "ro/a.h5" })
    end
    assert.equal(0, #net.recordings)
    net:record(cells, "v", { file = path "a.h5" })
    assert.is_false(exists "a.h5")
    local second, others = network()
    assert.has_error(function() second:record(others, "v", { file = path "a.h5" }) end,
      ("net:record: another network of this script records to '%s': name another file"):format(path "a.h5"))
  end)

  it("replaces an old file, also that of a network of before", function()
    write("a.h5", "this is something else")
    for trial = 1, 3 do
      local net, cells = network { seed = trial }
      local rows = net:record(cells, "v", { file = path "a.h5" })
      net:run(10 * trial)
      assert.is_true(same(rows.v, lp.read(path "a.h5", "cells/v")))
    end
    local one, firsts = network()
    local rows = one:record(firsts, "v", { file = path "a.h5" })
    one:run(10)
    local second, others = network()
    second:record(others, "v", { file = path "a.h5" })
    assert.equal(20, #rows.t)
    second:run(5)
    assert.has_error(function() one:run(5) end, ("net:run: another network of this script has replaced '%s': this one cannot go on in it"):format(path "a.h5"))
    assert.has_error(function() return rows.v end, ("recording: cannot read '%s': it is not the file that was written"):format(path "a.h5"))
    assert.is_false(exists "a.previous.h5")
  end)

  it("keeps the columns that it began with", function()
    local net, _, synapses = network()
    local rows = net:record(synapses, "w", { file = path "a.h5" })
    net:run(5)
    local n, pre = #synapses.pre, rows.pre
    local i, j = synapses.pre[1], synapses.post[1]
    local warned = {}
    net._warns = true
    local warn <const> = options.warn
    options.warn = function(text) warned[#warned + 1] = text end
    synapses:prune { 1 }
    synapses:create_synapse(i, j, 0.5)          -- it has its column again
    assert.same({}, warned)
    for k = 1, 2 do synapses:create_synapse(k, k, 1) end
    options.warn = warn
    local text = "the recording of projection 'synapses' in '%s' has columns for the synapses that there were when its file was made, none for those that come later"
    assert.same({ text:format(path "a.h5") }, warned)
    net:run(5)
    assert.same({ 20, n }, { rows.w:shape() })
    assert.same(pre:table(), rows.pre:table())
  end)
end)

describe("recording:save", function()
  before_each(function() folder = io.popen("mktemp -d"):read "l" end)
  after_each(function() os.execute("rm -rf " .. folder) end)

  it("writes what such a file would hold, of a recording in memory or in a file", function()
    local net, cells, synapses = network()
    local kept = { net:record(cells, { "v", "slow" }, { of = { 3, 1 } }), net:record(cells, "spike"), net:record(synapses, "w") }
    local filed = { net:record(cells, { "v", "slow" }, { of = { 3, 1 }, file = path "a.h5" }), net:record(cells, "spike", { file = path "b.h5" }),
      net:record(synapses, "w", { file = path "c.h5" }) }
    net:run(50)
    for k, name in ipairs { "a.h5", "b.h5", "c.h5" } do
      local there, of = lp.read(path(name))
      of[""].id, of["lunapse"], of["lunapse/checkpoints"] = nil, nil, nil
      for _, r in ipairs { kept[k], filed[k] } do
        r:save(path "copy.h5")
        local here, of_here = lp.read(path "copy.h5")
        there.lunapse = nil
        assert.same({}, differences(there, here))
        for place, attributes in pairs(of) do
          for key, value in pairs(attributes) do
            local other = of_here[place][key]
            if array.is(value) then assert.same(value:table(), other:table()) else assert.equal(value, other) end
          end
        end
      end
    end
    assert.has_error(function() filed[1]:save(path "a.h5") end, ("recording:save: '%s' is the file that the recording fills: name another one"):format(path "a.h5"))
  end)

  it("writes arrays by name, and tables of columns", function()
    local net, cells = network()
    local rows, spikes = net:record(cells, { "v", "slow" }, { of = { 3, 1 } }), net:record(cells, "spike")
    net:run(20)
    rows:save(path "a.npz")
    assert.same({}, differences((lp.read(path "a.npz")), { t = rows.t, v = rows.v, slow = rows.slow }))
    rows:save(path "a.csv")
    local table_of = lp.read(path "a.csv")
    assert.same({ "t", "v_3", "v_1", "slow_3", "slow_1" }, table_of.columns)
    assert.same(rows.v:column(2):table(), table_of.v_1:table())
    spikes:save(path "s.csv")
    assert.same(spikes.neuron:table(), lp.read(path "s.csv").neuron:table())
    assert.has_error(function() rows:save(path "a.mat") end,
      ("recording:save: the name of the file must end in .h5, .hdf5, .npz, .csv or .tsv, got '%s'"):format(path "a.mat"))
  end)
end)

-- ---- programs that end before their time ----

--- Two runs with checkpoints, one before and one between them without; it may be killed near a time.
local RESUMED = [[
  local lp = require "lunapse"
  local folder, kill_at, wait = arg[1], tonumber(arg[2]), arg[3]
  local net = lp.network { dt = 0.1, seed = 3, tier = "interpreter" }
  local cells = net:population { name = "cells", size = 60, neuron = lp.models.LIF, parameters = { I = lp.uniform(10, 40) } }
  local p = net:project { name = "p", from = cells, to = cells, target = "exc", connect = lp.fixed_probability(0.1), weights = lp.uniform(0, 0.5) }
  local rows = net:record(cells, { "v", "g_exc" }, { file = folder .. "/traces.h5", compress = arg[4] == "compress" })
  local spikes = net:record(cells, "spike", { file = folder .. "/traces.h5" })
  net:record(p, "w", { file = folder .. "/w.h5", every = 10 })
  net:every(5, function(t)
    if kill_at and t >= kill_at then
      kill_at = nil
      io.popen("sleep " .. wait .. "; kill -9 $PPID")
    end
  end)
  net:run(50)
  net:run(300, { checkpoint = folder .. "/one.h5", every = 0 })
  net:run(20)
  net:run(300, { checkpoint = folder .. "/two.h5", every = 0 })
  print(rows:count(), #rows.t, rows.v:sum(), spikes:count(), spikes:mean_rate())]]

describe("a program that records to a file", function()
  before_each(function() folder = io.popen("mktemp -d"):read "l" end)
  after_each(function() os.execute("rm -rf " .. folder) end)

  it("refuses to go on without its file", function()
    write("run.lua", RESUMED)
    shell(("%s %s %s 300 0"):format(HOST, path "run.lua", folder))
    assert(os.remove(path "traces.h5"))
    local out, status = shell(("%s %s %s"):format(HOST, path "run.lua", folder))
    assert.equal(1, status)
    out = out:gsub("one%.previous%.h5", "one.h5")          -- it may have been killed while the new file took the place of the old one
    assert.truthy(out:find(("net:run: checkpoint '%s/one.h5': the rows that were recorded until then are not in '%s/traces.h5'"):format(folder, folder), 1, true), out)
  end)

  local function ended(text)
    write("run.lua", ([[
      local lp = require "lunapse"
      local net = lp.network { dt = 0.1, tier = "interpreter" }
      local cells = net:population { name = "cells", size = 5, neuron = lp.models.LIF, parameters = { I = 30 } }
      net:record(cells, "v", { file = "%s" })
      net:record(cells, "spike", { file = "%s" })
      net:run(10)
      %s]]):format(path "a.h5", path "a.h5", text))
    local out, status = shell(("%s %s"):format(HOST, path "run.lua"))
    return out, status, #lp.read(path "a.h5", "cells/t")
  end

  it("leaves it closed and whole, however it ends", function()
    for _, how in ipairs {
      { "", 0, 100 },
      { "net:step() net:step()", 0, 102 },
      { "error 'broken'", 1, 100 },
      { "net:at(20, function() error 'broken' end) net:run(50)", 1, 200 },
      { "net:at(20, function() io.popen('kill -INT $PPID'):close() end) net:run(1e6)", 130 },
      { "net:at(20, function() io.popen('kill -TERM $PPID'):close() end) net:run(1e6)", 143 },
      { "os.exit(3, true)", 3, 100 },
    } do
      local out, status, n = ended(how[1])
      assert.equal(how[2], status, out)
      assert.is_true(n >= (how[3] or 200) and n <= (how[3] or 1e7), how[1])
      assert.is_true(is_closed "a.h5", how[1])
    end
  end)

  it("leaves it readable when it is killed", function()
    local _, status, n = ended "os.execute('kill -9 $PPID') net:run(10)"
    assert.same({ 137, 100 }, { status, n })
    assert.is_false(is_closed "a.h5")
    local file <close> = hdf5.open(path "a.h5", "resume")
    assert.equal(100, file:info("cells/v").shape[1])
    file:close()
    assert.is_true(is_closed "a.h5")
  end)

  it("hears of it when the disk is full, and keeps everything", function()
    write("run.lua", ([[
      local lp = require "lunapse"
      local net = lp.network { dt = 0.1, tier = "interpreter" }
      local cells = net:population { name = "cells", size = 100, neuron = lp.models.LIF, parameters = { I = lp.uniform(10, 40) } }
      local rows, spikes = net:record(cells, "v", { file = "%s" }), net:record(cells, "spike", { file = "%s" })
      local kept, kept_spikes = net:record(cells, "v"), net:record(cells, "spike")
      local ok, message = pcall(net.run, net, 500)
      print(ok, message)
      print((rows.v - kept.v):abs():max(), #rows.t == #kept.t, (spikes.t - kept_spikes.t):abs():max())
      net:run(10)
      rows:resume()
      net:run(10)
      print(#kept.t - #rows.t)
    ]]):format(path "a.h5", path "a.h5"))
    local out = shell(("trap '' XFSZ; ulimit -f 2000; %s %s"):format(HOST, path "run.lua"))
    local lines = {}
    for line in out:gmatch "[^\n]+" do lines[#lines + 1] = line end
    local pause = "(recording to that file pauses; what was recorded can still be read)"
    assert.truthy(lines[1]:match "^false\t.*run.lua:%d+: at t = [%d.]+ ms: cannot write '.-a.h5': File too large ", out)
    assert.equal(pause, lines[1]:sub(-#pause))
    assert.same({ "0.0\ttrue\t0.0", "100" }, { lines[2], lines[3] })
    assert.is_true(#lp.read(path "a.h5", "cells/t") > 0)
    assert.is_true(is_closed "a.h5")
  end)
end)

describe("a file of a recording that is gone or in use", function()
  before_each(function() folder = io.popen("mktemp -d"):read "l" end)
  after_each(function() os.execute("rm -rf " .. folder) end)

  it("ends the recording in one sentence when it is removed meanwhile", function()
    local net, cells = network()
    local rows = net:record(cells, "v", { file = path "a.h5" })
    net:run(10)
    assert(os.remove(path "a.h5"))
    assert.has_error(function() net:run(5) end,
      ("at t = 15 ms: cannot write '%s': it was removed while it was being written (recording to that file pauses; what was recorded can still be read)"):format(path "a.h5"))
    assert.equal(10, rows:count())
    assert.equal(15.0, rows.t[10])
    net:run(5)
    assert.equal(10, rows:count())
    rows:resume()
    net:run(5)
    assert.same({ 20, 30 }, { rows.v:shape() })
  end)

  it("is refused to a second writer, and the first goes on", function()
    local first = hdf5.open(path "two.h5", "live")
    first:extensible("x", "int64")
    first:share()
    first:append("x", { 1, 2 })
    first:flush()
    for _, mode in ipairs { "live", "resume", "append" } do
      assert.has_error(function() hdf5.open(path "two.h5", mode) end, ("cannot write '%s': it is being written, by another program or by this one"):format(path "two.h5"))
    end
    local net, cells = network()
    local rows = net:record(cells, "v", { file = path "two.h5" })
    assert.has_error(function() net:run(1) end, ("net:run: '%s' is being written by another program: name another file"):format(path "two.h5"))
    assert.equal(0, rows:count())
    first:append("x", { 3 })
    local child = process.start(function() os.execute(("for k in $(seq 200); do [ -e %s ] && break; sleep 0.02; done"):format(path "end")) end)          -- it has the file open, too
    first:close()
    assert.is_false(hdf5.is_held(path "two.h5"))
    assert.is_nil(process.wait({ child }, 0))
    write("end", "")
    process.wait({ child }, -1)
    assert.same({ 1, 2, 3 }, lp.read(path "two.h5").x:table())
    net:run(1)
    assert.equal(2, #lp.read(path "two.h5", "cells/t"))
  end)

  it("is followed by a network that is restored from a file, or begins anew", function()
    do
      local net, cells = network()
      net:record(cells, "v", { file = path "a.h5" })
      net:run(10)
      net:save(path "net.h5")
      net:run(10)
    end
    collectgarbage()
    local whole = lp.read(path "a.h5", "cells/v")
    do
      local net, cells = network()
      local rows = net:record(cells, "v", { file = path "a.h5" })
      net:restore(path "net.h5")
      assert.equal(20, #rows.t)
      assert.is_true(same(whole:rows(1, 20), rows.v))
      net:run(10)
      assert.is_true(same(whole, rows.v))
    end
    collectgarbage()
    assert.is_true(same(whole, lp.read(path "a.h5", "cells/v")))
    local loaded, missing = lp.load(path "net.h5", { warnings = false })
    assert.same({ ("what was recorded of 'cells', which is in '%s'"):format(path "a.h5") }, missing)
    loaded:run(10)
    assert.is_true(same(whole:rows(21, 40), loaded.recordings[1].v))
    warn "@off"
    local net, cells = network()
    local rows = net:record(cells, "v", { file = path "other.h5" })
    net:restore(path "net.h5")
    warn "@on"
    assert.equal(0, rows:count())
    net:run(10)
    assert.is_true(same(whole:rows(21, 40), rows.v))
  end)

  it("takes little memory for many recordings of one file", function()
    local function memory() return tonumber(assert(io.open "/proc/self/statm"):read("a"):match "%d+ (%d+)") * 4096 end
    local net = lp.network { dt = 1, tier = "interpreter" }
    local names = { "a", "b", "c", "d", "e", "f", "g", "h" }
    local model = lp.neuron { equations = table.concat(names, " += 1\n") .. " += 1" }
    local all = {}
    for k = 1, 40 do all[k] = net:record(net:population { size = 1, neuron = model }, names, { file = path "many.h5" }) end
    net:run(1)
    collectgarbage()
    local before = memory()
    net:run(19999)          -- 58 MB; blocks and what HDF5 knows of 360 datasets take 42
    local host = os.getenv "HOST" or ""
    if not (host:find "check" or host:find "tsan") then assert.is_true(memory() - before < 80e6, memory() - before) end     -- sanitizers keep what was freed
    for _, k in ipairs { 1, 40 } do
      assert.equal(0, (all[k].h:column(1) - lp.arange(1, 20000)):abs():max())
      assert.equal(20000, #all[k].t)
    end
  end)
end)
