-- Networks at the prompt, on a real terminal: progress, interrupts, mistakes that are mended, help, figures, and how soon the first trace is there.

local terminal = dofile "tests/terminal.lua"
local await, enter, keys, text = terminal.await, terminal.enter, terminal.keys, terminal.text

local function open(environment) terminal.open("", environment or "NO_COLOR=1", 200) end

local function network(size)
  enter "net = lp.network { dt = 0.1 }"
  enter(("pop = net:population { name = 'pop', size = %d, neuron = lp.models.LIF { I = 20 } }"):format(size))
end

describe("a network at the prompt", function()
  before_each(terminal.begin)
  after_each(terminal.finish)

  it("shows how far a long run is, stops at Ctrl-C, and goes on", function()
    open()
    network(1000)
    enter "spikes = net:record(pop, 'spike')"
    text "net:run(1e8)"
    await "> net:run(1e8)"
    keys "Enter"
    local shown = await("x real time", true)
    assert.truthy(shown:find "|[^|]*|%s+%d+ %%  [%d%.]+ m?s of 100000 s  [%d%.e+]+ x real time  .* left  pop [%d%.]+ Hz", shown)
    keys "C-c"
    await("interrupted", true)
    await "\n>"
    assert.falsy(terminal.screen():find("x real time", 1, true), "the bar stays")
    assert.equal("true", enter "net.t > 0 and net.t < 1e8")
    assert.equal("true", enter "spikes:count() > 0 and #spikes.t == spikes:count()")
    enter "before, steps = net.t, net.t / 0.1"
    assert.equal("true", enter "math.abs(steps - math.floor(steps + 0.5)) < 1e-3")
    enter "net:run(50)"
    assert.equal("true", enter "math.abs(net.t - before - 50) < 1e-6")
  end)

  it("shows how far a long build is, and stops it at Ctrl-C", function()
    open()
    network(300000)
    local code = "proj = net:project { name = 'cond', from = pop, to = pop, target = 'exc', connect = 'mod(i - j, 9999) == 1' }"
    text(code)
    await("> " .. code)
    keys "Enter"
    local shown = await("projection 'cond': 0 %", true)
    assert.falsy(shown:find("interrupted", 1, true))
    keys "C-c"
    await("interrupted", true)
    await "\n>"
    assert.falsy(terminal.screen():find("'cond': 0 %", 1, true), "the line stays")
    assert.equal("0", enter "#net.projections")
    enter "proj = net:project { from = pop, to = pop, target = 'exc', connect = lp.one_to_one(), weights = 1 }"
    assert.equal("300000", enter "proj.size")
    enter "net:run(1)"
    assert.equal("1.0", enter "net.t")
  end)

  it("shows no bar for a short run", function()
    open()
    network(2)
    assert.truthy(enter("net:run(100)"):find "^network: dt = 0.1 ms")
    assert.falsy(terminal.screen():find("real time", 1, true))
  end)

  it("says what is wrong with a model, and takes the corrected one", function()
    open()
    enter "net = lp.network {}"
    local shown = enter "m = lp.neuron { equations = 'tau * dv/dt = -vv', parameters = { tau = 10 } }"
    assert.truthy(shown:find("unknown name 'vv'", 1, true) and shown:find("^~", 1, true) and shown:find("did you mean 'v'?", 1, true), shown)
    keys "Up"
    await("tau = 10 } }")
    keys "C-u"
    enter "m = lp.neuron { equations = 'tau * dv/dt = -v : init = 1', parameters = { tau = 10 } }"
    enter "pop = net:population { size = 3, neuron = m }"
    enter "net:run(10)"
    assert.equal("true", enter "math.abs(pop.v[1] - (1 - 0.1 / 10)^100) < 1e-12")
    shown = enter "net:run(10, { raport = print })"
    assert.truthy(shown:find("did you mean 'report'?", 1, true), shown)
    assert.truthy(enter("pop.vv"):find("unknown variable 'vv': did you mean 'v'?", 1, true))
  end)

  it("explains itself and draws figures", function()
    open()
    network(3)
    enter "spikes = net:record(pop, 'spike')"
    enter "net:run(200)"
    assert.truthy(enter("pop"):find("3 neurons, model 'LIF'\n", 1, true))
    assert.truthy(enter("lp.help(lp.one_to_one)"):find("lp.one_to_one()\n  The k-th pre neuron", 1, true))
    text "net:exp"
    await "> net:exp"
    keys "Tab"
    await "> net:explain("
    text ")"
    await "net:explain()"
    keys "Enter"
    await("where values live", true)
    await "\n>"
    text "lp.plot(spikes):show { columns = 40 }"
    await "columns = 40 }"
    keys "Enter"
    local shown = await("▀▀▀▀", true)
    assert.truthy(shown:find("x: time (ms), y: neuron", 1, true), shown)
    await "\n>"
  end)

  it("offers variables, parameters and methods", function()
    open()
    network(3)
    text "pop.tau_e"
    await "> pop.tau_e"
    keys "Tab"
    await "> pop.tau_exc"
    keys "C-u"
    text "pop:compute"
    await "> pop:compute"
    keys "Tab"
    await "> pop:compute_rate("
    keys "C-u"
    text "lp.models.Izh"
    await "> lp.models.Izh"
    keys "Tab"
    await "> lp.models.Izhikevich"
  end)

  it("offers the options of a call and the parameters of a model", function()
    open()
    network(3)
    text "net:project { fr"
    await "> net:project { fr"
    keys "Tab"
    await "> net:project { from ="
    text "pop, to = pop, conn"
    await "to = pop, conn"
    keys "Tab"
    await "to = pop, connect ="
    keys "C-u"
    text "m = lp.neuron { eq"
    await "{ eq"
    keys "Tab"
    await "{ equations ="
    keys "C-u"
    text "fig = lp.figure { share_"
    await "{ share_"
    keys "Tab"
    keys "Tab"
    await("share_x  share_y", true)
    keys "C-u"
    text "s = lp.models.STDP { tau_p"
    await "{ tau_p"
    keys "Tab"
    await "{ tau_plus ="
  end)
end)
