-- Networks in files: what is put back, or made of a file alone, goes on with the same bits; what does not fit is refused, and old files stay.

local everything = dofile "tests/everything.lua"
local lp = require "lunapse"
local stored = require "lunapse.network.stored"

local folder = os.tmpname()
os.remove(folder)

local function path(name) return folder .. "/" .. name end

local function differences(net, brief) return table.concat(stored.differences(brief, stored.digest(net)), ", ") end

--- Run a script in a process of its own; what it prints, and its exit status.
local function child(body, before)
  local name = os.tmpname()
  local file = assert(io.open(name, "w"))
  file:write(body)
  file:close()
  local shell = io.popen(("%s %s %s 2>&1; echo status $?"):format(before or "", os.getenv "HOST" or "build/lunapse", name))
  local text = shell:read "a"
  shell:close()
  os.remove(name)
  return text
end

local function write(name, text)
  local file = assert(io.open(path(name), "wb"))
  file:write(text)
  file:close()
end

local function read(name)
  local file = assert(io.open(path(name), "rb"))
  local text = file:read "a"
  file:close()
  return text
end

describe("a network in a file", function()
  setup(function() os.execute("mkdir -p " .. folder) end)
  teardown(function() os.execute("rm -rf " .. folder) end)

  it("goes on with the same bits in a network that a script has made, on any threads, in any tier", function()
    local net = everything {}
    for _, t in ipairs { 0, 33, 50 } do net:run(t - net.t):save(path(("at%d.h5"):format(t))) end
    net:run(30)
    local last = stored.digest(net)
    for t, opt in pairs { [0] = { threads = 3 }, [33] = {}, [50] = { tier = "native", threads = 2 } } do
      local other = everything(opt)
      if t == 33 then other:run(12) end
      other:restore(path(("at%d.h5"):format(t)))
      assert.equal(t, other.t)
      other:run(80 - t)
      assert.equal("", differences(other, last))
    end
  end)

  it("is made of the file alone, but for functions, which are listed", function()
    local net = everything { has_functions = false }
    net:run(50):save(path "whole.h5")
    local before = stored.digest(net)
    net:run(30)
    local last = stored.digest(net)
    local other, missing = lp.load(path "whole.h5", { threads = 2 })
    assert.same({}, missing)
    assert.equal("", differences(other, before))
    other:run(30)
    assert.equal("", differences(other, last))
    assert.equal(tostring(net.projections.growing), tostring(other.projections.growing))
    assert.same(net:keep("log"), other:keep("log"))

    everything {}:run(20):save(path "functions.h5")
    local _, absent = lp.load(path "functions.h5", { warnings = false })
    assert.same({ "the drive of population 'driven'", "a function every 7 ms", "a function at 33 ms", "a function at 61 ms" }, absent)
  end)

  it("was driven, and goes on without its drives, as often as it is saved", function()
    local function rows(...) return lp.timed_array({ ... }, { dt = 11, period = 70 }) end
    local cell = lp.neuron { name = "rated", parameters = "tau = 10", equations = "tau * dr/dt = 1 - r" }
    local net = lp.network { dt = 1, tier = "interpreter", warnings = false }
    net:population { name = "one", size = 3, neuron = cell, drive = { tau = rows(5, 20, 10) } }
    net:population { name = "each", size = 3, neuron = cell, drive = { tau = rows({ 5, 20, 10 }, { 3, 4, 5 }) } }
    local cells = net:population { name = "cells", size = 3, neuron = lp.models.LIF }
    net:poisson { name = "noise", size = 3, rates = rows(50, 200) }
    for name, to in pairs { whole = cells, part = cells:select { 1, 3 } } do
      net:poisson_input { name = name .. "1", to = to, target = "exc", rate = rows(50, 200, 100) }
    end
    net:poisson_input { name = "different", to = cells, target = "exc", rate = rows({ 50, 200, 100 }, { 3, 4, 5 }) }
    net:run(35):save(path "driven.h5")
    local before = stored.digest(net)
    for _ = 1, 2 do
      local other, missing = lp.load(path "driven.h5", { warnings = false })
      assert.is_true(#missing >= 3)          -- Poisson inputs say so every time
      for _, item in ipairs(stored.differences(before, stored.digest(other))) do assert.matches("drive %d/row$", item) end
      other:save(path "driven.h5")
      assert.equal(net.populations.one.r[2], other.populations.one.r[2])
      other:run(10)
    end
  end)

  it("that is damaged is refused with its name, and a network that has got a part of it does not run", function()
    local function make()
      local net = lp.network { dt = 1, tier = "interpreter" }
      local p = net:population { name = "p", size = 3, neuron = lp.models.LIF }
      net:record(p, "v")
      return net
    end
    make():run(5):save(path "good.h5")
    for place, value in pairs { ["populations/1/fields/_arrays/v"] = lp.zeros(2, 2), ["recordings/1/made/names"] = 3, ["network/made/dt"] = "x" } do
      os.execute(("cp %s %s"):format(path "good.h5", path "bad.h5"))
      lp.write(path "bad.h5", value, { append = true, dataset = place })
      local net = make()
      local ok, message = pcall(lp.load, path "bad.h5")
      assert.is_false(ok)
      assert.truthy(message:find(("lp.load: '%s' is damaged"):format(path "bad.h5"), 1, true), message)
      assert.falsy(message:find "attempt to")
      if place:find "_arrays" then
        assert.is_false((pcall(net.restore, net, path "bad.h5")))
        assert.is_false((pcall(net.run, net, 1)))
        net:restore(path "good.h5"):run(1)
        assert.equal(6, net.t)
      end
    end
  end)

  it("keeps tables that hold themselves neither in memory nor in a file, nor functions in a file", function()
    local net = lp.network { dt = 1 }
    local log = net:keep("log", {})
    log.me = log
    assert.has_error(function() net:store() end, "net:keep: a table that is kept holds itself: it cannot be stored")
    log.me = print
    assert.has_error(function() net:save(path "kept.h5") end, "net:save: 'log/me' of net:keep is a function, which no file can hold")
  end)

  it("may be of the other precision", function()
    local net, other = everything {}, everything { precision = "float32" }
    net:run(20):save(path "wide.h5")
    other:restore(path "wide.h5")
    assert.is_true((other.populations.cells.v - net.populations.cells.v):abs():max() < 1e-6)
    other:run(5):save(path "narrow.h5")
    net:restore(path "narrow.h5")
    assert.is_true((other.populations.cells.v - net.populations.cells.v):abs():max() == 0)
    net:run(5)
  end)

  it("of another shape is refused with what differs, and nothing has changed", function()
    local RATED = lp.neuron { name = "rated", parameters = "tau = 10", equations = "tau * dr/dt = sum(exc) - r + 1" }
    local function make(opt)
      local net = lp.network { dt = opt.dt or 1, seed = opt.seed, tier = "interpreter" }
      local e = net:population { name = opt.name or "exc", size = opt.size or 8, neuron = opt.neuron or RATED }
      if opt.more then net:population { name = opt.more, size = 2, neuron = RATED } end
      if opt.to then net:project { name = "loop", from = e, to = e, target = "exc", connect = lp.all_to_all() } end
      return net
    end
    make { size = 16, to = true }:run(5):save(path "shape.h5")
    local other = lp.neuron { name = "rated", parameters = "tau = 10", equations = "tau * dr/dt = sum(exc) - 2 * r + 1" }
    for opt, expected in pairs {
      [{ to = true }] = "population 'exc' has 16 neurons in the state, 8 here",
      [{ size = 16, dt = 0.5, to = true }] = "dt is 1 in the file, 0.5 here",
      [{ size = 16, seed = 7, to = true }] = "seed is 1 in the file, 7 here",
      [{ size = 16, name = "E", to = true }] = "population 1 is 'E' here, and 'exc' in the state",
      [{ size = 16 }] = "projection 'loop' of the state is not in the network",
      [{ size = 16, more = "inh", to = true }] = "population 'inh' was made after the state was stored",
      [{ size = 16, neuron = other, to = true }] = "population 'exc': its model 'rated' has other equations in the file",
    } do
      local net = make(opt)
      net:run(3)
      local before = stored.digest(net)
      assert.has_error(function() net:restore(path "shape.h5") end, ("net:restore: '%s': %s"):format(path "shape.h5", expected))
      assert.equal("", differences(net, before))
    end
  end)

  it("that is no network, of a later version, cut off or garbage is refused; a file that cannot be written leaves the old one", function()
    local net = lp.network { dt = 1, tier = "interpreter" }
    net:population { name = "exc", size = 8, neuron = lp.models.LIF }
    net:save(path "good.h5")
    local good = read "good.h5"
    local hdf5 = require "lunapse.core.hdf5"
    assert.error_matches(function() net:restore(path "none.h5") end, "^[^\n]*net:restore: cannot read '.*none.h5': no such file")
    write("text.h5", "no file of this kind")
    assert.error_matches(function() lp.load(path "text.h5") end, "lp.load: cannot read '.*text.h5': it is not an HDF5 file")
    write("empty.h5", "")
    assert.error_matches(function() net:restore(path "empty.h5") end, "it is empty")
    local file = hdf5.open(path "other.h5", "create")
    file:write("x", 1)
    file:close()
    assert.error_matches(function() lp.load(path "other.h5") end, "other.h5' holds no network: its attribute 'format' is missing")
    write("later.h5", good)
    file = hdf5.open(path "later.h5", "append")
    file:set_attribute("", "version", 99)
    file:close()
    assert.error_matches(function() net:restore(path "later.h5") end, "was written by a later Lunapse %(.*%): format 99, this one reads up to 1")
    local before = stored.digest(net)
    for k = 1, 12 do
      write("cut.h5", good:sub(1, #good * k // 13))
      assert.is_false((pcall(net.restore, net, path "cut.h5")), k)
    end
    assert.equal("", differences(net, before))
    assert.error_matches(function() net:save(path "no/such/folder.h5") end, "no such folder")
    for _, writes in ipairs { function() net:save "/sys/x.h5" end, function() net:run(1, { checkpoint = "/sys/x.h5", report = false }) end } do          -- root may not, either
      assert.error_matches(writes, "^[^\n]*net:%l+: .*cannot write '/sys/x.h5': %u[%l -]+$")
    end
    assert.error_matches(function() net:save "x.npy" end, "net:save: the name of a file must end in \".h5\", got 'x.npy'")
    os.execute("chmod a-w " .. path "good.h5")
    assert.equal(good, read "good.h5")
  end)

  it("that does not fit on the disk, or in a folder that cannot be written, is one sentence at the user's line, and the file before is whole", function()
    local body = ([[
      local lp = require "lunapse"
      local net = lp.network { dt = 1, tier = "interpreter" }
      net:population { name = "exc", size = 8000, neuron = lp.models.LIF }
      for _, try in ipairs { { net.save, net, %q }, { net.run, net, 1, { checkpoint = %q, report = false } } } do print(select(2, pcall(table.unpack(try)))) end
      net:run(1)]])
    local names = { path "disk.h5", path "disk_run.h5" }
    child(body:format(names[1], names[2]))
    local before = { read "disk.h5", read "disk_run.h5" }
    local text = child(body:format(names[1], names[2]):gsub("net:run%(1%)$", ""):gsub("LIF }", "LIF }\n      net:run(0)"), "trap '' XFSZ; ulimit -f 200;")
    assert.matches("^[^\n]-:%d+: net:save: cannot write '[^\n]*disk.h5': File too large\n", text)
    assert.same(before, { read "disk.h5", read "disk_run.h5" })
    os.remove(names[2])
    text = child(body:format(names[1], names[2]), "trap '' XFSZ; ulimit -f 200;")
    assert.matches("\n[^\n]-:%d+: net:run: checkpoint: cannot write '[^\n]*disk_run.h5': File too large\nstatus 0\n$", text)
    text = child(body:format(path "no/a.h5", path "no/b.h5"))
    assert.matches(":%d+: net:save: cannot write '[^\n]*a.h5': no such folder", text)
    assert.matches(":%d+: net:run: checkpoint: cannot write '[^\n]*b.h5': no such folder", text)
  end)

  it("of the first version is read for ever", function()
    local net, missing = lp.load "tests/golden/network_v1.h5"
    assert.same({}, missing)
    assert.equal(50, net.t)
    local sums = {}
    for _, p in ipairs(net.projections) do sums[#sums + 1] = ("%s %d %.12g"):format(p.name, p.size, p.w:sum()) end
    for _, p in ipairs(net.populations) do
      for _, name in ipairs(p:_variable_names()) do
        local value = p[name]
        sums[#sums + 1] = ("%s.%s %.12g"):format(p.name, name, type(value) == "number" and value or value:sum())
      end
    end
    table.sort(sums)
    local file = assert(io.open "tests/golden/network_v1.txt")
    local expected = file:read "a"
    file:close()
    assert.equal(expected, table.concat(sums, "\n") .. "\n")
    net:run(10)
  end)
end)

describe("a run with checkpoints", function()
  setup(function() os.execute("mkdir -p " .. folder) end)
  teardown(function() os.execute("rm -rf " .. folder) end)

  --- A script that runs to 150 ms and tells its state in brief; `more` stands before its run.
  local function script(name, more, every)
    return ([[
      local everything = dofile "tests/everything.lua"
      local stored = require "lunapse.network.stored"
      local net = everything { tier = "interpreter" }
      local noise, cells = net.populations.noise, net.populations.cells
      %s
      net:run(10)
      net:run(140, { checkpoint = %q, every = %s })
      local brief, names = stored.digest(net), {}
      for item in pairs(brief) do names[#names + 1] = item end
      table.sort(names)
      local sum = 0
      for _, item in ipairs(names) do
        for c in (item .. tostring(brief[item])):gmatch "." do sum = (sum * 31 + c:byte()) & 0xffffffffffff end
      end
      print("sum", sum, net.t, #net.recordings[2].t)
    ]]):format(more or "", name, every or "0")
  end

  it("ends with the same bits, where it is killed between two of them and where it is killed while one is written", function()
    local whole = child(script(path "undisturbed.h5", nil, "1000"))
    assert.matches("^sum\t%d+\t150.0\t75\nstatus 0\n$", whole)
    --- The program kills itself where it has reached a time: while a checkpoint is written, or between two.
    local while_written = [[
      local hdf5 = require "lunapse.core.hdf5"
      local open = hdf5.open
      hdf5.open = function(name, mode)
        local file = open(name, mode)
        if mode == "create" and net.t > %d then
          file:write("x", require("lunapse").zeros(100000))
          io.popen("kill -9 $PPID"):close()
        end
        return file
      end]]
    local between = [[
      local progress = require "lunapse.tell.progress"
      local run = progress.run
      progress.run = function(n, until_t, opt, checkpoints)
        if not checkpoints then return run(n, until_t, opt) end
        run(n, %d, opt, checkpoints)
        io.popen("kill -9 $PPID"):close()
      end]]
    for k, how in ipairs { between, while_written, between, while_written } do
      assert.matches("status 137\n$", child(script(path "killed.h5", how:format(k * 30 + 7), "0")))
    end
    assert.equal(whole, child(script(path "killed.h5", nil, "0")))
  end)

  it("writes one more at SIGTERM and SIGUSR1, and ends with status 143", function()
    --- The operation is there in all runs, so that the networks are equal.
    local function sends(signal) return ([[net:at(100, function() %s end)]]):format(signal and ('io.popen("kill -%s $PPID"):close()'):format(signal) or "") end
    local undisturbed = child(script(path "not_sent.h5", sends(), "1000"))
    assert.matches("^sum.*status 0\n$", undisturbed)
    for _, signal in ipairs { "TERM", "USR1" } do
      local name = path(signal .. ".h5")
      local text = child(script(name, sends(signal), "1000"))
      assert.matches("lunapse: ended by a signal at t = %d+%.?%d* ms: '.*' holds the network, the same script goes on from there\nstatus 143\n$", text)
      assert.equal(undisturbed, child(script(name, sends(), "1000")))
    end
  end)

  it("that is over is not run again", function()
    local whole = child(script(path "plain.h5", nil, "1000"))
    local text = child(script(path "plain.h5", "net:every(1, function() end)", "1000"))
    assert.matches("is the checkpoint of a run that began otherwise", text)
    assert.equal(whole, child(script(path "plain.h5", "-- this one has a comment", "1000")))
  end)

  it("refuses a file of another script or another run", function()
    local function says(more, expected)
      local text = child(script(path "plain.h5", more, "1000"))
      assert.truthy(text:find(expected, 1, true), text)
      assert.matches("status 1\n$", text)
    end
    says("cells.tau = 11", "is the checkpoint of a run that began otherwise (gain of population 'cells', tau of population 'cells', ")
    says("net:run(5)", "is the checkpoint of a run that began at 10 ms, this one begins at 15 ms: remove it to begin anew")
    says(("net:run(5, { checkpoint = %q })"):format(path "other_run.h5"), "is the checkpoint of a run that began at 10 ms, this one begins at 15 ms")
    local net = lp.network { dt = 1 }
    net:population { size = 1, neuron = lp.models.LIF }
    net:run(1, { checkpoint = path "one.h5", report = false })
    assert.has_error(function() net:run(1, { checkpoint = path "one.h5" }) end,
      ("net:run: '%s' is the checkpoint of an earlier run of this script: each run has one of its own"):format(path "one.h5"))
    assert.has_error(function() net:run(1, { checkpoint = "one" }) end, "net:run: the name of a checkpoint must end in \".h5\", got 'one'")
    assert.has_error(function() net:run(1, { every = 3 }) end)
    net:save(path "saved.h5")
    assert.error_matches(function() net:run(1, { checkpoint = path "saved.h5" }) end, "is a network, but no checkpoint: name another file, or remove it")
  end)

  it("goes on from the file before where the last one is damaged", function()
    local whole = child(script(path "two.h5", nil, "0"))
    write("two.h5", read("two.h5"):sub(1, 2000))
    local text = child(script(path "two.h5", nil, "0"))
    assert.matches("lunapse: warning: .*two.h5.*: going on from '.*two.previous.h5'", text)
    assert.equal(whole:match "sum.*", text:match "sum.*")
  end)
end)
