-- Messages that people can read: names that are not there, names that hold control characters, numbers in words, errors that are tables, what cannot be held.
local lp = require "lunapse"
local hearing = require "lunapse.hearing"
local host = require "lunapse.core.host"
local compare = require "tests.compare"
local fails = compare.fails

local HOST = os.getenv "HOST" or "build/lunapse"

local function network()
  local net = lp.network { dt = 1 }
  local p = net:population { name = "p", size = 4, neuron = lp.models.LIF }
  return net, p
end

describe("a method or field that is not there", function()
  local net, p = network()
  local q = net:project { from = p, to = p, target = "exc", connect = lp.one_to_one(), weights = 1 }
  local spikes = net:record(p, "spike")
  local op = net:every(1, function() end)
  net:run(20)
  local tone = hearing.tone(440, 100)
  -- an object, a word that is nearly one of its own, and that one; another word that is not
  local objects = {
    network = { net, "recrod", "record" },
    population = { p, "slise", "slice" },
    view = { p:slice(1, 2), "slize", "slice" },
    projection = { q, "matrx", "matrix" },
    recording = { net:record(p, "v"), "pauze", "pause" },
    ["recording of spikes"] = { spikes, "mean_rates", "mean_rate" },
    window = { spikes:window(0, 10), "correllogram", "correlogram", "fano_factor", "fano" },
    ["window of a window"] = { spikes:window(0, 10):window(2, 4), "pooled_ISI", "pooled_isi" },
    array = { lp.array.zeros(3), "flaten", "flatten" },
    figure = { lp.figure(), "sav", "save" },
    axes = { lp.figure()[1], "xlable", "xlabel" },
    operation = { op, "resum", "resume" },
    sound = { tone, "lvl", "level", "lowpas", "lowpass" },
    filterbank = { hearing.gammatone(tone, { 500 }), "highpas", "highpass" },
    ["timed array"] = { lp.timed_array({ 1 }, { dt = 1 }), "half_waves", "half_wave" },
    spectrogram = { hearing.spectrogram(tone), "draws", "draw" },
    sweep = { lp.sweep { { k = { 1 } }, run = function() return { x = 1 } end, progress = false }, "matrx", "matrix" },
    page = { net:describe(), "txt", "text" },
    ["lp.analysis"] = { lp.analysis, "mean_rat", "mean_rate" },
    ["lp.array"] = { lp.array, "zeroes", "zeros" },
    ["lunapse.hearing"] = { hearing, "gamatone", "gammatone" },
  }
  for name, row in pairs(objects) do
    it("is an error with the nearest name: " .. name, function()
      for k = 2, #row, 2 do
        if row[k] ~= "lvl" then
          local message = fails(function() return row[1][row[k]](row[1]) end)
          assert.truthy(message:find("'" .. row[k] .. "'", 1, true) and message:find("did you mean '" .. row[k + 1] .. "'?", 1, true), message)
        end
      end
      local message = fails(function() return row[1]:quux(1) end)
      assert.truthy(message:find("'quux'", 1, true), message)
      assert.falsy(message:find("nil value", 1, true), message)
    end)
  end

  it("is told at the user's line", function()
    local _, message = pcall(function() return spikes:mean_rats() end)
    assert.matches("^[^\n]*messages_spec.lua:%d+: recording: unknown method or field 'mean_rats': did you mean 'mean_rate'%?$", message)
  end)
end)

describe("a name with control characters", function()
  local BAD, SHOWN = "a\27[31mX\7\127\194\155\155", "a\\27[31mX\\7\\127\\194\\155\\155"

  local function is_plain(text)
    local rest = text:gsub("[\9\10\32-\126]", "")
    return utf8.len(rest) and not rest:find "[\0-\31\127]" and not rest:find "\194[\128-\159]"
  end

  it("is shown with them as numbers, wherever it is printed", function()
    local folder = io.popen("mktemp -d"):read "l"
    local file = assert(io.open(folder .. "/script.lua", "w"))
    file:write(([[
      local lp = require "lunapse"
      local BAD = %q
      local net = lp.network { seed = 1 }
      local p = net:population { name = BAD, size = 3, neuron = lp.neuron { name = BAD, parameters = { tau = 0.1 },
        equations = "tau*dv/dt = -v + g_exc", spike = "v > 1", reset = "v = 0" } }
      local q = net:project { name = BAD .. 2, from = p, to = p, target = "exc", connect = lp.all_to_all(), weights = 1 }
      local r, v, op = net:record(p, "spike"), net:record(p, "v"), p:run_regularly("v = 2 * v", { every = 10 })
      net:run(200)
      for _, x in ipairs { net, p, q, p:slice(1, 2), r, v, op, net:describe(), net:explain(), net:profile(1), p._model } do print(x) end
      for _, f in ipairs {
        function() p.foo = 1 end, function() return p.foo end, function() q.foo = 1 end, function() net:record(p, "zz") end, function() net:record(p, BAD) end,
        function() lp.neuron { name = BAD, equations = "dv/dt = zz" } end, function() p:slice(9, 10) end, function() net:population { name = BAD, size = 1, neuron = lp.models.LIF } end,
        function() lp.figure { [BAD] = 1 } end, function() net:report(BAD) end, function() lp.network { [BAD] = 1 } end,
      } do print(select(2, pcall(f))) end
      net:report "net.md"
      print(io.open "net.md":read "a")
      print(lp.sweep { { [BAD] = { BAD } }, run = function() return { [BAD] = BAD } end })
      pcall(lp.sweep, { { k = { BAD, "b" } }, run = function(x) if x.k == BAD then error(BAD, 0) end return 1 end })
      error("end", 0)]]):format(BAD))
    file:close()
    for _, stage in ipairs { "program", "model", "plan", "c" } do
      local pipe = io.popen(("cd %s && %s --dump=%s script.lua 2>&1"):format(folder, HOST:find "^/" and HOST or io.popen("pwd"):read "l" .. "/" .. HOST, stage))
      local text = pipe:read "a"
      pipe:close()
      for line in text:gmatch "[^\n]+" do assert.truthy(is_plain(line), ("%q"):format(line)) end
      local _, n = text:gsub(SHOWN:gsub("%p", "%%%0"), "")
      assert.truthy(n > 30, n .. "\n" .. text)
      assert.matches("\nlunapse: end\n", text)
    end
    os.execute("rm -rf " .. folder)
  end)

  it("stays what it is for the script", function()
    local net = lp.network()
    local p = net:population { name = BAD, size = 1, neuron = lp.models.LIF }
    assert.equal(BAD, p.name)
    assert.equal(p, net.populations[BAD])
  end)
end)

describe("names and texts of any length", function()
  local net, p = network()
  local long, spaced, umlauts = ("a"):rep(40000), ("x + "):rep(10000), ("ü"):rep(20000)
  local cases = {
    ["name of a model"] = function(s) lp.neuron { name = s, equations = "dv/dt = q" } end,
    ["part of a model"] = function(s) lp.neuron { [s] = s } end,
    ["parameter"] = function(s) lp.neuron { parameters = { [s] = "u" }, equations = "v = 1" } end,
    ["known name"] = function(s) lp.neuron { parameters = { [s:gsub("[^a]", "b")] = 1 }, equations = "v = u" } end,
    ["line of a text"] = function(s) lp.neuron { equations = "v = u + " .. s } end,
    ["option"] = function(s) lp.network { [s] = 1 } end,
    ["value of an option"] = function(s) lp.network { tier = s } end,
    ["name of a population"] = function(s) net:population({ name = s, size = 2, neuron = lp.models.LIF }).v = { 1, 2, 3 } end,
    ["variable"] = function(s) p[s] = 1 end,
    ["method of an array"] = function(s) return lp.zeros(2)[s] end,
    ["file"] = function(s) lp.read(s) end,
    ["target"] = function(s) net:project { from = p, to = p, target = s, connect = lp.all_to_all() } end,
  }
  for what, try in pairs(cases) do
    it("are short in messages: " .. what, function()
      for _, text in ipairs { long, spaced, umlauts } do
        local message = fails(try, text)
        assert.truthy(#message < 3000 and utf8.len(message), ("%d letters: %s"):format(#message, message:sub(1, 300)))
      end
    end)
  end

  it("are short at the end of a program, too, and a script's own errors are as it made them", function()
    local pipe = io.popen(HOST .. " -l lp=lunapse -e 'lp.network { [(\"a\"):rep(40000)] = 1 }' 2>&1")
    assert.truthy(#pipe:read "a" < 1000)
    pipe:close()
    assert.equal(40000, #select(2, pcall(error, long, 0)))
    assert.equal(40000, #select(2, pcall(function() error(long, 0) end)))
  end)

  it("are found by lp.help, or not, at once", function()
    assert.matches("nothing about", tostring(require("lunapse.help").page(long)))
  end)
end)

it("a finalizer that uses a network which was collected before hears of it", function()
  local code = 'local box = {} setmetatable({}, { __gc = function() print(select(2, pcall(box.net.run, box.net, 1))) end }) box.net = lp.network()'
  local pipe = io.popen(("%s -l lp=lunapse -e '%s' 2>&1"):format(HOST, code))
  local text = pipe:read "a"
  local _, how, status = pipe:close()
  assert.same({ "exit", 0 }, { how, status }, text)
  assert.matches("this network has been collected\n$", text)
end)

it("what is no length of a shape is told by its kind", function()
  assert.matches("must be a whole number, got table", fails(lp.zeros, { {} }))
end)

describe("numbers in messages", function()
  it("of memory are in words", function()
    local message = fails(lp.array.zeros, 1000000, 1000000)
    assert.matches("no memory for a float64 array of 1000000 x 1000000 elements: 8 TB; of [%d.]+ [MGT]B in this machine [%d.]+ [MGT]B are free$", message)
    local all, available = host.memory()
    assert.truthy(all > 1e7 and available > 1e6 and available <= all)
  end)

  it("of a range are true", function()
    assert.equal("figure: rows must be a whole number in 1..1000, got 1000000000", fails(lp.figure, { rows = 1e9 }))
    assert.equal("figure: columns must be a whole number in 1..1000, got 0", fails(lp.figure, { columns = 0 }))
  end)
end)

describe("synapses that cannot be held", function()
  for what, connector in pairs { fixed_probability = lp.fixed_probability(0.5), fixed_number_pre = lp.fixed_number_pre(500000),
    fixed_number_post = lp.fixed_number_post(500000) } do
    it("are refused before they are made: " .. what, function()
      local net = lp.network()
      local p = net:population { size = 1000000, neuron = lp.neuron { equations = "r = 0" } }
      local message = fails(net.project, net, { from = p, to = p, target = "exc", connect = connector, weights = 1 })
      assert.matches("^projection 'projection1': about 500 000 000 000 synapses need at least 2 TB; of [%d.]+ %a+ in this machine [%d.]+ %a+ are free$", message)
      assert.equal(0, #net.projections)
    end)
  end

  it("count their weights where each has one", function()
    local net = lp.network { precision = "float32" }
    local p = net:population { size = 1000000, neuron = lp.neuron { equations = "r = 0" } }
    assert.matches("about 1 000 000 000 000 synapses need at least 4 TB", fails(net.project, net, { from = p, to = p, target = "exc", connect = lp.all_to_all(),
      weights = lp.uniform(0, 1) }))
  end)
end)

describe("a run without an end", function()
  it("is refused where nothing ends it, with the remedy", function()
    local net, p = network()
    assert.matches("net:run_until%(condition, { max = math.huge }%)", fails(net.run, net, math.huge))
    p:run_regularly("v = v + 1", { every = 10 })          -- a text stops nothing
    assert.matches("net:run_until%(condition, { max = math.huge }%)", fails(net.run, net, math.huge))
    assert.equal(0, net.t)
  end)

  it("goes on until its condition holds, or a function stops it", function()
    local net = network()
    local t, held = net:run_until(function(now) return now >= 30 end, { max = math.huge })
    assert.same({ 30, true }, { t, held })
    net:every(10, function(now) if now >= 60 then net:stop() end end)
    local told = {}
    net:run(math.huge, { report = function(done, now) told[#told + 1] = { done, now } end, report_every = 0 })
    assert.equal(60, net.t)
  end)
end)

describe("a point of a sweep that raises what is no text", function()
  local function message_of(value)
    return (fails(lp.sweep, { { k = { 1 } }, run = function() error(value) end, progress = false }):gsub("^lp.sweep: every point failed; point 1 %(k = 1%): ", ""))
  end

  it("is told by its fields", function()
    assert.equal('{ code = 3, deep = { 1, 2 }, what = bad }', message_of { code = 3, what = "bad", deep = { 1, 2 } })
    assert.equal("(error object is a function value)", message_of(function() end))
    assert.equal("(error object is a nil value)", message_of(nil))
    assert.equal("(error object is a table value)", message_of { f = print })
    assert.equal("as text", message_of(setmetatable({}, { __tostring = function() return "as text" end })))
    assert.equal("42", message_of(42))
  end)

  it("keeps its table for the script", function()
    warn "@off"
    local s = lp.sweep { { k = { 1, 2 } }, run = function(p) if p.k == 1 then error { code = { 7, "x" } } end return 1 end, progress = false }
    warn "@on"
    assert.same({ 7, "x" }, s.failed[1].error.code)
    assert.equal("{ code = { 7, x } }", s.failed[1].message)
  end)
end)
