--- Poisson neurons whose rates are an equation.
local lp = require "lunapse"

describe("Poisson rates as a text", function()
  it("change with time and differ per neuron", function()
    local net = lp.network { dt = 0.5, seed = 3 }
    local p = net:poisson { size = 500, rates = "if t < 1000: 100 else: (if i <= 250: 20 else: 0)" }
    local spikes = net:record(p, "spike")
    net:run(1000)
    local n = 500 * 100                                   -- expected; the standard deviation is below its root
    assert.is_true(math.abs(spikes:count() - n) < 4.5 * math.sqrt(n))
    spikes:clear()
    net:run(1000)
    local m = 250 * 20
    assert.is_true(math.abs(spikes:count() - m) < 4.5 * math.sqrt(m))
    assert.is_true(spikes.neuron:max() <= 250)
    assert.equal(20, p.rates[1])
  end)

  it("are checked like every equation", function()
    local ok, message = pcall(function() lp.network {}:poisson { size = 1, rates = "5 * foo" } end)
    assert.is_false(ok)
    assert.truthy(message:find("unknown name 'foo'", 1, true))
  end)

  it("that never exceed 0 give no spikes, and those of certainty one in every step", function()
    local net = lp.network { dt = 1, warnings = false }
    local never, always = net:poisson { size = 3, rates = "-5" }, net:poisson { size = 3, rates = "2000" }
    local none, all = net:record(never, "spike"), net:record(always, "spike")
    net:run(100)
    assert.equal(0, none:count())
    assert.equal(300, all:count())
  end)
end)
