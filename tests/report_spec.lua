-- net:report, progress of runs, warnings, figures in the terminal.

local golden = dofile "tests/golden.lua"
local lp = require "lunapse"
local progress = require "lunapse.tell.progress"
local report = require "lunapse.tell.report"
local terminal = require "lunapse.plot.terminal"

local HOST = os.getenv "HOST" or "build/lunapse"

local function example()
  local net = lp.network { dt = 0.5, seed = 3, tier = "interpreter" }
  local cell = lp.neuron { name = "cell", parameters = { tau = 10, v_th = "1*mV", t_ref = "2*ms" }, equations = [[
      tau*ms * dv/dt = g_exc - v   : init = 0, mV
      if_up = if v > 0*mV: 1 else: 0
      dg_exc/dt = -g_exc / (5*ms)  : mV, exponential
    ]], spike = "v > v_th", reset = "v = 0*mV", refractory = "t_ref" }
  local input = net:poisson { name = "input_50", size = 50, rates = 40 }
  local cells = net:population { name = "cells", geometry = { 4, 5 }, neuron = cell }
  net:project { name = "feed", from = input, to = cells, target = "exc", connect = lp.fixed_probability(0.4), weights = lp.uniform(0, 0.4),
    delays = lp.uniform(1, 3), synapse = lp.models.STDP { w_max = 0.4 } }
  net:record(cells, "spike")
  net:record(cells, "v", { every = 10 })
  return net
end

describe("net:report", function()
  it("writes the tables of Nordlie et al. 2009 as Markdown and LaTeX", function()
    local net = example()
    golden.check("report_md", report.text(net, "md"))
    golden.check("report_tex", report.text(net, "tex"))
  end)

  it("writes a file, whole or not at all", function()
    local net, path = example(), os.tmpname()
    assert.equal(path .. ".md", net:report(path .. ".md", { title = "A 100 % model" }))
    local file = assert(io.open(path .. ".md"))
    assert.equal(report.text(net, "md", "A 100 % model"), file:read "a")
    file:close()
    os.remove(path .. ".md")
    assert.has_error(function() net:report "net.txt" end, "net:report: 'net.txt' does not end in .md or .tex")
    assert.error_matches(function() net:report "/nowhere/at/all.md" end, "cannot write '/nowhere/at/all.md'")
    assert.error_matches(function() net:report("a.md", { titel = "x" }) end, "titel")
  end)

  it("is LaTeX that compiles in its braces and dollars", function()
    local text = report.text(example(), "tex")
    local depth = 0
    for c in text:gsub("\\[{}$]", ""):gmatch "[{}]" do
      depth = depth + (c == "{" and 1 or -1)
      assert.is_true(depth >= 0)
    end
    assert.equal(0, depth)
    local _, dollars = text:gsub("\\%$", ""):gsub("%$", "")
    assert.equal(0, dollars % 2)
  end)
end)

describe("progress", function()
  it("draws a bar", function()
    assert.equal("████▌   ", progress.bar(4.5 / 8, 8))
    assert.equal("        ", progress.bar(0, 8))
    assert.equal("████████", progress.bar(1, 8))
    golden.check("progress", progress.line { done = 0.25, t = 500, duration = 2000, elapsed = 2, rates = { { name = "E", rate = 12.34 }, { name = "I", rate = 5 } } })
  end)

  local function noisy()
    local net = lp.network { dt = 0.1, seed = 5 }
    local pop = net:population { size = 5, neuron = lp.neuron { equations = "dv/dt = -v/10 + xi\ndu/dt = (v - u)/7 : exponential" } }
    local slow = net:population { size = 3, dt = 0.35, neuron = lp.neuron { equations = "dx/dt = Normal(0, 1) - x/5" } }
    return net, pop, slow
  end

  it("changes no bit, however a run is sliced", function()
    local one, pop_one, slow_one = noisy()
    local many, pop_many, slow_many = noisy()
    one:run(777.7)
    local n, last = 0, 0
    many:run(777.7, { report_every = 0, report = function(done, t)
      n = n + 1
      assert.is_true(done >= last and done <= 1 and t <= 778)
      last = done
    end })
    assert.is_true(n > 2, n)
    assert.equal(1, last)
    assert.equal(one.t, many.t)
    assert.is_true(pop_one.v == pop_many.v and pop_one.u == pop_many.u and slow_one.x == slow_many.x)
  end)

  it("reports at the end of a short run, and lets errors through", function()
    local net, calls = noisy(), {}
    net:run(1, { report = function(done) calls[#calls + 1] = done end })
    assert.same({ 1 }, calls)
    assert.error_matches(function() net:run(10, { report = function() error "mine" end }) end, "mine")
    net:run(1)
    net:every(5, function() net:stop() end)
    net:run(100, { report = function() end })
    assert.is_true(net.t < 40)
    assert.error_matches(function() net:run(1, { raport = 1 }) end, "unknown option 'raport': did you mean 'report'")
  end)

  it("is silent in a pipe", function()
    local script = [[local lp = require "lunapse" local net = lp.network() net:population { size = 2, neuron = lp.models.LIF } local t = os.time()
      while os.time() - t < 2 do net:run(200000) end]]
    local pipe = io.popen(("%s -e '%s' 2>&1"):format(HOST, script))
    assert.equal("", pipe:read "a")
    pipe:close()
  end)
end)

describe("warnings", function()
  --- What a script says on stderr.
  local function said(text)
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write('local lp = require "lunapse"\n', text)
    file:close()
    local pipe = io.popen(("%s %s 2>&1 >/dev/null"):format(HOST, path))
    local out = pipe:read "a"
    pipe:close()
    os.remove(path)
    return (out:gsub("of [%d%.]+ [kMG]B in this machine", "of SIZE in this machine"))
  end

  it("come once, with what to do", function()
    golden.check("warnings", said [[
local net = lp.network { dt = 0.1 }
local quiet = net:population { name = "quiet", size = 5, neuron = lp.models.LIF }
local other = net:population { name = "other", size = 5, neuron = lp.models.LIF }
net:project { name = "idle", from = other, to = quiet, target = "exc", connect = lp.all_to_all() }
net:project { name = "zero", from = quiet, to = quiet, target = "inh", connect = lp.all_to_all(), weights = 0 }
net:record(quiet, "spike")
net:run(200)
net:run(200)
local wild = lp.network { dt = 0.1 }
wild:population { name = "wild", size = 2, neuron = lp.neuron { equations = "dv/dt = 1", spike = "v > 0.5", reset = "v = 0" } }
wild:run(100)
local stiff = lp.network { dt = 1 }
stiff:population { name = "stiff", size = 1, neuron = lp.neuron { parameters = { tau = 1.5, tau_m = 0.4 }, equations = "tau * dv/dt = -v\ndu/dt = -u / tau_m" } }
stiff:population { name = "fine", size = 1, neuron = lp.neuron { parameters = { tau = 0.1 }, equations = "tau * dv/dt = -v : exponential" } }
stiff:run(1)
local big = lp.network {}
big:record(big:population { name = "big", size = 1000, neuron = lp.models.LIF }, { "v", "g_exc" })
big:every(0.1, function() big:stop() end)
big:run(1e9)
local none = lp.network {}
local a, b = none:poisson { size = 2, rates = 1 }, none:population { size = 2, neuron = lp.models.LIF }
none:project { name = "empty", from = a, to = b, target = "exc", connect = lp.fixed_probability(0) }
none:run(1)
]])
  end)

  it("name rates that sources cannot send, and what can", function()
    golden.check("warnings_rates", said [[
local net = lp.network { dt = 0.1 }
net:poisson { name = "number", size = 100, rates = 20000 }
net:poisson { name = "list", size = 3, rates = { 1, 3000, 2 } }
net:poisson { name = "drawn", size = 3, rates = lp.uniform(5000, 5000.0001) }
net:poisson { name = "timed", size = 3, rates = lp.timed_array({ 5, 2500, 5 }, { times = { 0, 500, 501 } }) }
net:poisson { name = "text", size = 3, rates = "2200 + 100*i" }
net:poisson { name = "fine", size = 3, rates = 1999 }
local set = net:poisson { name = "set", size = 2, rates = { 1, 1 } }
net:run(1)
set.rates[2] = 4000
net:run(1)
]])
  end)

  it("are not given where silence and rates are what was asked for", function()
    assert.equal("", said [[
local net = lp.network { dt = 0.1 }
local function seen(p) net:record(p, "spike") return p end
local late = net:spike_source { name = "late", size = 2, spikes = { { 500 }, { 600 } } }
local off = net:poisson { name = "off", size = 2, rates = 0 }
local empty = net:spike_source { name = "empty", size = 2 }
local cells = seen(net:population { name = "cells", size = 2, neuron = lp.models.LIF })
local next = net:population { name = "next", size = 2, neuron = lp.models.LIF }
for _, source in ipairs { late, off, empty } do
  seen(source)
  net:project { from = source, to = cells, target = "exc", connect = lp.all_to_all(), weights = 1 }
end
local unseen = net:spike_source { name = "unseen", size = 1, spikes = { { 1000 } } }
net:project { from = unseen, to = next, target = "exc", connect = lp.all_to_all(), weights = 1 }
net:project { from = cells, to = next, target = "exc", connect = lp.all_to_all(), weights = 1 }
net:poisson { name = "fast", size = 20, rates = "797" }
net:population { name = "dice", size = 30, neuron = lp.neuron { parameters = { p = 0.08 }, equations = "x = p", spike = "Uniform(0, 1) < p" } }
seen(net:population { name = "driven", size = 1, neuron = lp.models.LIF, drive = { I = lp.timed_array({ 0, 50 }, { times = { 0, 800 } }) } })
net:project { name = "learns", from = late, to = next, target = "exc", synapse = lp.models.STDP, connect = lp.all_to_all(), weights = 0 }
net:run(200)
net:run(200)
]])
    assert.equal("", said [[
local net = lp.network { dt = 0.1 }
local cells = net:population { name = "cells", size = 2, neuron = lp.models.LIF }
net:record(cells, "spike")
net:at(300, function() cells.I = 50 end)
net:run(200)
]])
  end)

  it("of silence count from the first run of a population, not of its network", function()
    local text = [[
local net = lp.network { dt = 0.1 }
net:run(200)
net:record(net:population { name = "late", size = 1, neuron = lp.models.LIF }, "spike")
net:run(%d)
]]
    assert.equal("", said(text:format(50)))
    assert.truthy(said(text:format(150)):find "population 'late' is recorded but has not spiked in 150 ms")
  end)

  it("can be silenced, all or those of a network", function()
    local text = [[ net:record(net:population { size = 1, neuron = lp.models.LIF }, "spike") net:run(200)]]
    assert.truthy(said("local net = lp.network {}" .. text):find "has not spiked")
    assert.equal("", said("local net = lp.network { warnings = false }" .. text))
    assert.equal("", said("warn '@off' local net = lp.network {}" .. text))
  end)

  it("can be silenced about one population or projection, by its name", function()
    local text = [[
net:record(net:population { name = "quiet", size = 1, neuron = lp.models.LIF }, "spike")
local other = net:population { name = "other", size = 1, neuron = lp.models.LIF }
net:record(other, "spike")
local again = net:population { name = "again", size = 1, neuron = lp.models.LIF }
net:project { name = "idle", from = again, to = other, target = "exc", connect = lp.all_to_all(), weights = 1 }
net:run(200)]]
    local all, some = said("local net = lp.network {}" .. text), said("local net = lp.network { warnings = { quiet = false, idle = false, other = true } }" .. text)
    for _, name in ipairs { "'quiet' is recorded", "'other' is recorded", "'idle' has delivered nothing" } do assert.truthy(all:find(name, 1, true), name) end
    assert.truthy(some:find("'other' is recorded", 1, true))
    assert.is_nil(some:find "quiet" or some:find "idle")
    local refused = require "tests.refused"
    local net = lp.network { warnings = { quite = false } }
    net:population { name = "quiet", size = 1, neuron = lp.models.LIF }
    refused("network, warnings: unknown population or projection 'quite': did you mean 'quiet'?", net.run, net, 1)
    refused("names of populations and projections with true or false expected, such as { cells = false }, got 1 = the text 'quiet'", lp.network, { warnings = { "quiet" } })
  end)

  it("are not given where all is well", function()
    assert.equal("", said [[
local net = lp.network { dt = 0.1 }
local cells = net:population { size = 5, neuron = lp.models.LIF, parameters = { I = 20 } }
net:project { from = cells, to = cells, target = "exc", connect = lp.all_to_all(), weights = 0.1 }
net:record(cells, "spike")
net:record(cells, "v", { every = 1 })
net:run(300)]])
  end)
end)

describe("a parameter of a neuron that nothing reads", function()
  local function with(f)
    local net = lp.network {}
    local pop = net:population { name = "pop", size = 2, neuron = lp.neuron { name = "cell", parameters = { tau = 10, extra = 1 }, equations = "tau * dv/dt = -v" } }
    if f then f(net, pop) end
    net:run(1)
  end

  it("is an error at the first run", function()
    assert.error_matches(with, "neuron 'cell', parameter 'extra': nothing reads the parameter 'extra'")
  end)

  it("may be read by synapses, operations, scripts, fills and references", function()
    with(function(net, pop)
      net:project { from = pop, to = pop, connect = lp.all_to_all(), synapse = lp.synapse { equations = "dw/dt = post.extra" } }
    end)
    with(function(_, pop) pop:run_regularly("v += extra", { every = 1 }) end)
    with(function(_, pop) assert.equal(1, pop.extra[1]) end)
    with(function(_, pop) pop.extra = 3 end)
    with(function(_, pop) pop.v = "2 * extra" end)
    with(function(net, pop) net:record(pop, "extra") end)
    with(function(net, pop)
      net:population { size = 2, neuron = lp.neuron { equations = "dx/dt = other.extra" }, refs = { other = pop } }
    end)
  end)
end)

describe("figures in the terminal", function()
  local function environment(t) return function(name) return t[name] end end

  it("go by what the terminal says of itself", function()
    for protocol, says in pairs { kitty = { TERM = "xterm-kitty" }, iterm2 = { TERM_PROGRAM = "iTerm.app" }, sixel = { TERM = "foot" }, blocks = { TERM = "xterm-256color" } } do
      assert.equal(protocol, terminal.protocol(environment(says)))
    end
    assert.equal("blocks", terminal.protocol(environment { TERM = "screen", KITTY_WINDOW_ID = "1", TMUX = "x" }))
    assert.equal("sixel", terminal.protocol(environment { TERM = "xterm-kitty", LUNAPSE_GRAPHICS = "sixel" }))
  end)

  it("write base 64 and the protocols around it", function()
    assert.same({ "", "TQ==", "TWE=", "TWFu", "+/8=" }, { terminal.base64 "", terminal.base64 "M", terminal.base64 "Ma", terminal.base64 "Man", terminal.base64 "\xfb\xff" })
    assert.equal("\27]1337;File=inline=1;size=3:TWFu\7\n", terminal.iterm2 "Man")
    assert.equal("\27_Ga=T,f=100,m=0;TWFu\27\\\n", terminal.kitty "Man")
    local long = terminal.kitty(("x"):rep(6000))
    assert.truthy(long:find "^\27_Ga=T,f=100,m=1;" and long:find "\27_Gm=0;")
    assert.equal('\27Pq"1;1;2;1#0;2;0;0;0#215;2;100;100;100#0@?$#215?@-\27\\\n', terminal.sixel { { 0x000000, 0xffffff } })
    assert.equal("\27[38;5;16;48;5;231m▀▀\27[0m\n", terminal.blocks { { 0x000000, 0x000000 }, { 0xffffff, 0xffffff } })
    assert.equal("\27[38;2;1;2;3m▀\27[0m\n", terminal.blocks({ { 0x010203 } }, true))
  end)

  it("are as wide as asked, with their words above", function()
    local fig = lp.plot(lp.array { 1, 3, 2 })
    fig[1]:title "A line"
    local text, lines = terminal.text(fig, { protocol = "blocks", columns = 40 })
    assert.truthy(text:find "^A line, x: index\n")
    local rows = 0
    for line in text:gmatch "[^\n]+" do
      local _, cells = line:gsub("▀", "")
      if rows > 0 then assert.equal(40, cells) end
      rows = rows + 1
    end
    assert.equal(rows, lines)
    assert.truthy(terminal.text(fig, { protocol = "kitty", columns = 40, dpi = 30 }):find "^\27_G")
    assert.truthy(terminal.text(fig, { protocol = "sixel", columns = 40, dpi = 20 }):find "^\27Pq")
  end)
end)

describe("lp.plot", function()
  it("chooses a figure for what it is given", function()
    local net = example()
    net:run(100)
    local given = { recording = net.recordings[2], spikes = net.recordings[1], projection = net.projections.feed, population = net.populations.cells,
      vector = lp.array { 1, 2, 3 }, matrix = lp.zeros(30, 40), list = { 1, 2, 3 }, rows = { { 1, 2 }, { 3, 4 } },
      sound = require("lunapse.hearing").tone(440, 10) }
    local kinds = {}
    for name, x in pairs(given) do
      local fig = lp.plot(x)
      assert.is_number(fig:draw { dpi = 20 }:size())
      local item = fig[1].items[1]
      for _, kind in ipairs { "line", "points", "raster", "histogram", "image" } do
        if item.kind == require("lunapse.plot.kinds." .. kind) then kinds[name] = kind end
      end
    end
    assert.same({ recording = "image", spikes = "raster", projection = "image", population = "points", vector = "line", matrix = "image", list = "line",
      rows = "line", sound = "line" }, kinds)
    assert.has_error(function() lp.plot "text" end, "lp.plot: a recording, a population, a projection, an array or a sound expected, got a string")
  end)

  it("can be watched during a run", function()
    local net, path = example(), os.tmpname()
    local watch = net:watch { net.recordings[1], every = 10, file = path .. ".png", at_most = 1000 }
    net:run(50)
    assert.equal(5, watch.calls)
    local file = assert(io.open(path .. ".png", "rb"))
    assert.equal("\x89PNG", file:read(4))
    file:close()
    os.remove(path .. ".png")
    local made = 0
    net:watch { function()
      made = made + 1
      return lp.plot { 1, 2 }
    end, every = 10, file = path .. ".png", at_most = 0.1 }
    net:run(50)
    assert.equal(1, made)
    os.remove(path .. ".png")
    assert.error_matches(function() net:watch {} end, "what is to be watched stands first")
  end)
end)
