-- The synapse from i to j: values by the neurons that it joins, in the order of lists of pairs, and as sparse triplets.
local lp = require "lunapse"

local pre, post = { 3, 1, 5, 1, 3, 3 }, { 2, 4, 1, 1, 2, 4 }      -- 3 -> 2 twice

local function build(target, connect, opt)
  local net = lp.network { dt = 1, seed = 1 }
  local from = net:population { size = 5, name = "from", neuron = lp.models.LIF }
  local to = net:population { size = 4, name = "to", neuron = lp.models.LIF }
  opt = opt or {}
  opt.from, opt.to, opt.target, opt.connect = from, to, target, connect
  return net:project(opt), net, from, to
end

local function refused(message, f, ...)
  local ok, e = pcall(f, ...)
  assert.is_false(ok)
  assert.truthy(tostring(e):find(message, 1, true), tostring(e))
end

describe("proj:get", function()
  it("gives the value of one synapse, and nothing or what is said where there is none", function()
    local p = build("exc", lp.pairs(pre, post), { weights = { 1, 2, 3, 4, 5, 6 }, delays = { 1, 2, 3, 4, 5, 6 } })
    assert.equal(6, p:get("w", 3, 4))
    assert.equal(1, p:get("w", 3, 2))          -- the first of two
    assert.is_nil(p:get("w", 2, 1))
    assert.equal(0, p:get("w", 2, 1, 0))
    assert.equal(3, p:get("d", 5, 1))
    assert.equal(3, p:get("delays", 5, 1))
  end)

  it("gives values in the order of a list of pairs, as they were given", function()
    for _, target in ipairs { "exc", "inh" } do
      local p = build(target, lp.pairs(pre, post), { weights = { 1, 2, 3, 4, 5, 6 } })
      assert.same({ 1, 2, 3, 4, 5, 6 }, p:get("w", pre, post):table())
      assert.same({ 6, 1 }, p:get("w", lp.array { 3, 3 }, { 4, 2 }):table())
      assert.same({ 4, -1, -1 }, p:get("w", { 1, 2, 5 }, { 1, 2, 4 }, -1):table())
      local missing = p:get("w", { 1, 2 }, { 1, 1 })
      assert.equal(4, missing[1])
      assert.is_true(missing[2] ~= missing[2])
    end
  end)

  it("knows every variable, of whatever scope and format", function()
    local rule = lp.synapse { parameters = "k = 2\ng = 3 : projection\np = 4 : presynaptic\nq = 5 : postsynaptic",
      equations = "x = w*k*g*p*q + 0*i\ny = post.v\ndz/dt = -z/3 : event-driven, init = 8", pre_spike = "g_target += w; z += 1" }
    for _, connect in ipairs { lp.all_to_all(), lp.fixed_probability(0.9) } do
      local p, net = build("exc", connect, { synapse = rule, weights = 2 })
      p.p, p.q = { 1, 2, 3, 4, 5 }, { 1, 2, 3, 4 }
      net:run(2)
      for _, name in ipairs { "k", "g", "p", "q", "x", "y", "z", "w", "d" } do
        local all, matrix = p:get(name, p.pre, p.post), name ~= "d" and p:matrix(name)
        assert.equal(p.size, #all)
        for m = 1, p.size do
          local value = p:get(name, p.pre[m], p.post[m])
          assert.equal(value, all[m], name)
          if matrix then assert.equal(value, matrix:get(p.post[m], p.pre[m]), name) end
        end
      end
      assert.equal(2 * 2 * 3 * p.pre[3] * p.post[3], p:get("x", p.pre[3], p.post[3]))
    end
  end)

  it("says what is wrong", function()
    local p = build("exc", lp.pairs(pre, post))
    refused("get of 'projection1': pre must be a whole number in 1..5, got 6", p.get, p, "w", 6, 1)
    refused("post, element 2 must be a whole number in 1..4, got 1.5", p.get, p, "w", { 1, 1 }, { 1, 1.5 })
    refused("2 pre neurons and 1 post neurons", p.get, p, "w", { 1, 2 }, { 1 })
    refused("'pre' must be a number or a list of numbers", p.get, p, "w", "x", 1)
    refused("unknown variable 'ww': did you mean 'w'?", p.get, p, "ww", 1, 1)
  end)
end)

describe("proj:set", function()
  it("sets a variable of one synapse or of listed pairs", function()
    local p, net = build("exc", lp.pairs(pre, post), { weights = { 1, 2, 3, 4, 5, 6 } })
    p:set("w", 3, 4, 60)
    p:set("w", { 5, 1 }, { 1, 4 }, { 30, 20 })
    p:set("w", { 3, 3 }, { 2, 2 }, { 10, 50 })
    assert.same({ 10, 20, 30, 4, 50, 60 }, p:get("w", pre, post):table())
    p:set("w", { 1, 1 }, { 1, 4 }, 7)
    assert.same({ 10, 7, 30, 7, 50, 60 }, p:get("w", pre, post):table())
    net:run(1)
    assert.equal(10 + 7 + 30 + 7 + 50 + 60, p.w:sum())
  end)

  it("gives what was one value for all to each synapse", function()
    local p = build("exc", lp.all_to_all(), { weights = 2 })
    p:set("w", 2, 3, 9)
    assert.equal(9, p:matrix("w"):get(3, 2))
    assert.equal(19 * 2 + 9, p.w:sum())
  end)

  it("gives synapses delays of their own, one by one", function()
    local p = build("exc", lp.pairs(pre, post), { delays = 2 })
    p:set("d", { 5, 1 }, { 1, 4 }, { 5, 7 })
    assert.same({ 5, 7, 2 }, p:get("d", { 5, 1, 1 }, { 1, 4, 1 }):table())
    assert.equal(5 + 7 + 2 * (p.size - 2), p.delays:sum())
  end)

  it("refuses what does not take effect", function()
    local p = build("exc", lp.pairs(pre, post), { synapse = lp.synapse { parameters = "g = 1 : projection\nk = 1 : presynaptic",
      equations = "x = w*g*k", pre_spike = "g_target += w" } })
    refused("there is no synapse from 2 to 2", p.set, p, "w", 2, 2, 1)
    refused("there is no further synapse from 1 to 1", p.set, p, "w", { 1, 1 }, { 1, 1 }, 1)
    refused("g has no value of its own for each synapse", p.set, p, "g", 1, 1, 1)
    refused("k has no value of its own for each synapse", p.set, p, "k", 1, 1, 1)
    refused("x is computed anew in every step", p.set, p, "x", 1, 1, 1)
    refused("must be at least 0, got -1", p.set, p, "d", 1, 1, -1)
    refused("2 numbers expected, got 3", p.set, p, "w", { 1, 1 }, { 1, 4 }, { 1, 2, 3 })
    refused("not a number (NaN)", p.set, p, "w", 1, 1, 0 / 0)
  end)
end)

describe("proj:sparse", function()
  it("makes the same connections again", function()
    local p, net, from, to = build("exc", lp.pairs(pre, post), { weights = { 1, 2, 3, 4, 5, 6 }, delays = { 1, 2, 3, 4, 5, 6 } })
    local again = net:project { from = from, to = to, target = "exc", connect = lp.sparse(p:sparse()) }
    for _, name in ipairs { "w", "d" } do assert.same(p:get(name, pre, post):table(), again:get(name, pre, post):table()) end
    assert.equal(6, again.size)
    local one = build("exc", lp.all_to_all(), { weights = 3 }):sparse()
    assert.same({ 20, 3, 3, 1 }, { #one.i, one.w:min(), one.w:max(), one.d:max() })
  end)

  it("has any variable, and is a copy", function()
    local p = build("exc", lp.pairs(pre, post), { synapse = lp.synapse { equations = "x = i + 10*j", pre_spike = "g_target += w*x" } })
    p._net:run(1)
    local s = p:sparse "x"
    for k = 1, p.size do assert.equal(s.i[k] + 10 * s.j[k], s.w[k]) end
    assert.is_nil(s.d)
    s.w:fill(0)
    s.i:fill(1)
    assert.is_true(p.x:min() > 10 and p.pre:max() == 5)
  end)
end)
