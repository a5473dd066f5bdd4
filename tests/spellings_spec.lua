-- What the peers of Lunapse write and what has one meaning is taken as it stands.
local lp = require "lunapse"

--- The value of x after one step of 1 ms.
local function x_after(description)
  local net = lp.network { dt = 1 }
  local p = net:population { size = 1, neuron = lp.neuron(description) }
  net:step()
  return p.x[1]
end

describe("spellings", function()
  it("a line that begins with an operator goes on with the line before", function()
    assert.equal(5, x_after { equations = "v = 2 : local\nx = v\n  + 3 : local" })
    assert.equal(-1, x_after { equations = "v = 2 : local\nx = v # a comment\n\n  - 3 : local" })
    assert.equal(6, x_after { equations = "v = 2 : local\nx = v\n  * 3 : local" })
    assert.equal(1, x_after { equations = "v = 2 : local\nx = v > 1\n  and v < 3 : local" })
  end)

  it("a function of the model's own may have the name of one of the language", function()
    assert.equal(14, x_after { equations = "x = sigmoid(4) + exp(2) : local", functions = "sigmoid(y) = 3*y\nexp(x) = x" })
    local ok, e = pcall(lp.neuron, { equations = "x = Uniform(4) : local", functions = "Uniform(y) = 3*y" })
    assert.is_false(ok)
    assert.truthy(tostring(e):find("'Uniform' is a function of the language", 1, true))
  end)

  it("flags of two words may be joined", function()
    assert.is_table(lp.synapse { equations = "dx/dt = -x : event-driven", pre_spike = "g_target += w\nw -= x : unless_post", post_spike = "x += 1" })
    assert.is_table(lp.neuron { equations = "dv/dt = -v : unless_refractory", spike = "v > 1", refractory = 2 })
  end)

  it("sums of a side", function()
    local net = lp.network { dt = 1 }
    local p = net:population { size = 1, neuron = lp.neuron { equations = "r = 2 + sum(exc) : local" } }
    local proj = net:project { from = p, to = p, target = "exc", connect = lp.one_to_one(), weights = 1,
      synapse = lp.synapse { equations = "a = pre.sum(exc) + post.sum(exc) : local" } }
    net:run(2)
    assert.equal(4, proj.a[1])
    local ok, e = pcall(lp.synapse, { equations = "a = post.sum(v + 1)" })
    assert.is_false(ok)
    assert.truthy(tostring(e):find("post.sum takes the name of a target", 1, true))
  end)
end)
