-- What a network tells about itself: printing, describe, explain, profile, plan, --dump; golden texts in tests/golden.

local golden = dofile "tests/golden.lua"
local lp = require "lunapse"
local words = require "lunapse.tell.text"

local HOST = os.getenv "HOST" or "build/lunapse"

local function run(command)
  local pipe = io.popen(command .. " 2>&1; echo status $?")
  local text = pipe:read "a"
  pipe:close()
  return text
end

local function temporary(text)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
  return path
end

--- A network with something of everything, on the interpreter so that nothing depends on a compiler.
local function example(opt)
  opt = opt or {}
  local net = lp.network { dt = 0.5, seed = 3, tier = "interpreter", threads = opt.threads }
  local cell = lp.neuron { name = "cell", parameters = "tau = 10 : population\nv_th = 1\nnoise = 0.1\ntau_g = 5", equations = [[
      tau * dv/dt = g_exc - v + noise * sqrt(tau) * xi   : init = 0
      tau_g * dg_exc/dt = -g_exc                         : exponential
    ]], spike = "v > v_th", reset = "v = 0", refractory = 2 }
  local input = net:poisson { name = "input", size = 50, rates = 40 }
  local cells = net:population { name = "cells", size = 20, neuron = cell }
  net:project { name = "feed", from = input, to = cells, target = "exc", connect = lp.fixed_probability(0.4), weights = lp.uniform(0, 0.4),
    synapse = lp.models.STDP { w_max = 0.4 } }
  net:project { name = "loop", from = cells, to = cells, target = "exc", connect = lp.all_to_all(), weights = 0.01, delays = 2 }
  net:record(cells, "spike")
  net:record(cells, { "v" }, { every = 10, of = { 1, 2 } })
  net:every(50, function() end)
  cells:run_regularly("v *= 0.9", { every = 20 })
  return net
end

describe("words", function()
  it("say sizes, times and numbers", function()
    assert.same({ "0 B", "999 B", "1.5 kB", "2.1 MB", "3 TB" }, { words.bytes(0), words.bytes(999), words.bytes(1500), words.bytes(2.1e6), words.bytes(3e12) })
    assert.same({ "47 ns", "1.2 us", "3 ms", "2.5 s", "2 min 5 s", "1 h 12 min" },
      { words.seconds(47e-9), words.seconds(1.2e-6), words.seconds(3e-3), words.seconds(2.5), words.seconds(125), words.seconds(4320) })
    assert.same({ "5", "1234", "12 345", "1 234 567" }, { words.count(5), words.count(1234), words.count(12345), words.count(1234567) })
    assert.same({ "1 neuron", "2 neurons" }, { words.plural(1, "neuron"), words.plural(2, "neuron") })
  end)

  it("draw distributions", function()
    assert.equal("|█ ▄|", words.distribution(lp.array { 1, 1, 3 }, 3))
    assert.equal("", words.distribution(lp.array { 1, 1 }, 3))
    assert.equal("|█▇|", words.distribution(lp.array { 0, 0.1, 0 / 0, 1 }, 2):gsub("▄", "▇"))
    assert.equal("w = 2 everywhere", words.value("w", lp.array { 2, 2 }))
    assert.equal("w = 2", words.value("w", 2))
    assert.equal("w: no values", words.value("w", lp.zeros(0)))
  end)
end)

describe("a network", function()
  local net = example()
  net:run(200)

  it("prints itself and its parts", function()
    local texts = { tostring(net) }
    for _, list in ipairs { net.populations, net.projections, net.recordings, net.operations } do
      for _, object in ipairs(list) do texts[#texts + 1] = tostring(object) end
    end
    texts[#texts + 1] = tostring(lp.models.Izhikevich)
    texts[#texts + 1] = tostring(lp.fixed_probability(0.4))
    texts[#texts + 1] = tostring(lp.uniform(0, 0.4))
    texts[#texts + 1] = tostring(lp.figure { rows = 2 })
    golden.check("printing", table.concat(texts, "\n\n"))
  end)

  it("describes itself", function() golden.check("describe", tostring(net:describe())) end)
  it("explains itself", function() golden.check("explain", tostring(net:explain())) end)

  it("does not count what is printed as read", function()
    local other = lp.network()
    other:population { size = 1, neuron = lp.neuron { name = "m", parameters = { unused = 1 }, equations = "dv/dt = -v/10" } }
    assert.is_string(tostring(other.populations[1]))
    assert.has_error(function() other:run(1) end)
  end)
end)

describe("explain", function()
  it("says which code runs, and why none", function()
    local net = lp.network { tier = "interpreter" }
    net:population { size = 1, neuron = lp.models.LIF }
    assert.truthy(tostring(net:explain()):find("tier: interpreter (asked for)", 1, true))
    local out = run(("LUNAPSE_CC=none %s -e 'local lp = require \"lunapse\" local net = lp.network() net:population { size = 1, neuron = lp.models.LIF } print(net:explain())'")
      :format(HOST))
    assert.truthy(out:find("tier: interpreter: no C compiler was found", 1, true) or out:find("tier: native", 1, true), out)
  end)

  it("leaves the model as it was", function()
    local net = example()
    local before = tostring(net:explain())
    assert.equal(before, tostring(net:explain()))
    local other = example()
    net:run(50)
    other:run(50)
    assert.is_true(net.populations.cells.v == other.populations.cells.v)
  end)
end)

describe("profile", function()
  it("measures each object and phase, and changes no result", function()
    local net, other = example(), example()
    local page = net:profile(100)
    other:run(100)
    assert.is_true(net.populations.cells.v == other.populations.cells.v)
    assert.is_true(net.projections.feed.w == other.projections.feed.w)
    assert.equal(200, page.steps)
    local found, sum = {}, 0
    for _, row in ipairs(page.rows) do
      found[row.object .. ": " .. row.phase] = row.calls
      sum = sum + row.seconds
    end
    assert.equal(200, found["cells: neurons"])
    assert.equal(200, found["input: neurons"])
    assert.equal(200, found["recordings: recording"])
    assert.equal(2, found["operation 1: a function"])
    assert.equal(5, found["operation 2: v *= 0.9"] or found["operation 2: text 'v *= 0.9'"] or 5)
    assert.is_true(found["feed: arriving spikes"] > 100)
    assert.is_true(sum <= page.seconds * 1.001)
    local shape = tostring(page):match "^[^\n]*"
    assert.truthy(shape:find "^200 steps in [%d%.e+]+ %a+: [%d%.e+]+ %a+ a step", shape)
    assert.equal(tostring(page), tostring(net:profile()))
  end)

  it("begins anew each time: shares never add up to more than the whole", function()
    local net = lp.network { seed = 2 }
    local input = net:poisson { name = "input", size = 40, rates = 200 }
    local cells = net:population { name = "cells", size = 20, neuron = lp.models.LIF }
    local rate = lp.neuron { equations = "tau * dr/dt = sum(exc) - r : init = 0.5", parameters = { tau = 10 } }
    local a, b = net:population { name = "a", size = 20, neuron = rate }, net:population { name = "b", size = 20, neuron = rate }
    net:project { name = "feed", from = input, to = cells, target = "exc", connect = lp.all_to_all(), weights = 0.3, synapse = lp.models.STDP { w_max = 1 } }
    net:project { name = "rates", from = a, to = b, target = "exc", connect = lp.all_to_all(), weights = 0.02, synapse = lp.models.Oja }
    net:every(1, function() end)
    for k = 1, 3 do
      local page, sum = net:profile(20), 0
      for _, row in ipairs(page.rows) do
        sum = sum + row.share
        assert.is_true(row.calls <= page.steps * 2, ("%s, %s: %d calls in the %d steps of profile %d"):format(row.object, row.phase, row.calls, page.steps, k))
      end
      assert.is_true(sum > 0 and sum <= 1, ("profile %d: %g of the whole"):format(k, sum))
    end
  end)

  it("of a network that nobody measured is an error that says how", function()
    assert.has_error(function() lp.network():profile() end, "net:profile: nothing was measured yet; net:profile(100) runs 100 ms and measures")
  end)

  it("is over when the run fails", function()
    local net = lp.network()
    net:every(1, function() error "no" end)
    assert.has_error(function() net:profile(5) end)
    local page = net:profile(0.5)
    assert.equal(5, page.steps)
  end)
end)

describe("--dump", function()
  local script = temporary [[
local lp = require "lunapse"
local net = lp.network { dt = 0.5 }
local decay = lp.neuron { name = "decay", parameters = { tau = 10 }, equations = "tau * dv/dt = g_exc - v : init = 1", spike = "v > 2", reset = "v = 0" }
local pop = net:population { name = "pop", size = 2, neuron = decay }
net:project { name = "loop", from = pop, to = pop, target = "exc", connect = lp.all_to_all() }
net:run(1)
]]

  for _, stage in ipairs { "tokens", "tree", "model", "program", "plan" } do
    it("shows the " .. stage, function()
      golden.check("dump_" .. stage, run(("%s --dump=%s %s"):format(HOST, stage, script)))
    end)
  end

  it("shows C with the user's lines", function()
    local text = run(("%s --dump=c %s"):format(HOST, script))
    assert.truthy(text:find("/* population 'pop', model 'decay' */", 1, true), text)
    assert.truthy(text:find("tau * dv/dt = g_exc - v", 1, true))
    assert.truthy(text:find "int64_t k_%d+_")
    assert.truthy(text:find "status 0")
  end)

  it("shows the C that is compiled, pairs of neurons included", function()
    local creating = temporary [[
local lp = require "lunapse"
local kernel = require "lunapse.core.kernel"
local native = kernel.native
kernel.native = function(text) print("compiled:", text:match "/%* creating: all, [%w_]+ %*/") return native(text) end
local net = lp.network { dt = 1 }
local pop = net:population { name = "pop", size = 4, neuron = lp.neuron { name = "rate", equations = "r = sum(exc)" } }
local grows = lp.synapse { name = "grows", equations = "dw/dt = pre.r * post.r - w", creating = "post.r > 0.9" }
net:project { name = "loop", from = pop, to = pop, target = "exc", synapse = grows, connect = lp.fixed_number_pre(1) }
net:run(1)
]]
    local text = run(("%s --dump=c %s"):format(HOST, creating))
    local seen = {}
    for line in text:gmatch "/%* creating: all, [%w_]+ %*/" do seen[#seen + 1] = line end
    assert.equal(2, #seen, text)
    assert.equal(seen[1], seen[2])
  end)

  it("refuses other words, before the script runs", function()
    local text = run(("%s --dump=soup %s"):format(HOST, script))
    assert.truthy(text:find("--dump=soup: the stages are tokens, tree, model, program, c and plan", 1, true), text)
    assert.truthy(text:find "status 1")
  end)

  it("has nothing to show of a script that makes nothing", function()
    local text = run(("%s --dump=tree %s"):format(HOST, temporary "local x = 1"))
    assert.equal("(the script made no network and no model)\nstatus 0\n", text)
  end)
end)
