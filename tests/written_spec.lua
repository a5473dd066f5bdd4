-- What anybody writes for each neuron lives once per neuron, whatever its own equation would need.
local lp = require "lunapse"

local kinds = {
  variable = lp.neuron { equations = "hits = hits : init = 0\ny = 2*hits" },
  parameter = lp.neuron { parameters = "hits = 0", equations = "y = 2*hits" },
  said = lp.neuron { equations = "hits = hits : init = 0, local\ny = 2*hits" },
}

local function each(f)
  for what, neuron in pairs(kinds) do
    for _, tier in ipairs { "interpreter", "native" } do
      local net = lp.network { dt = 1, tier = tier, seed = 1 }
      local source = net:spike_source { size = 3, spikes = { { 0 }, { 0 }, { 0, 3 } } }
      f(net, source, net:population { name = "p", size = 3, neuron = neuron }, what .. ", " .. tier)
    end
  end
end

local function join(net, from, to, synapse, weights)
  return net:project { from = from, to = to, connect = lp.one_to_one(), synapse = lp.synapse(synapse), weights = weights }
end

local count = { pre_spike = "post.hits += 1" }

describe("a variable lives once per neuron", function()
  it("that spikes of one projection or of several write", function()
    each(function(net, source, p, what)
      local early = net:record(p, "hits")
      local reader = join(net, source, p, { equations = "x = post.hits" })
      local follower = net:population { size = 3, neuron = lp.neuron { equations = "z = o.hits" }, refs = { o = p } }
      join(net, source, p, count)
      join(net, source, p, count)
      net:run(10)
      assert.same({ 2, 2, 4 }, p.hits:table(), what)
      assert.same({ 4, 4, 8 }, p.y:table(), what)
      assert.same({ 2, 2, 4 }, reader.x:table(), what)
      assert.same({ 2, 2, 4 }, follower.z:table(), what)
      assert.same({ 2, 2, 4 }, early.hits[10]:table(), what)
    end)
  end)

  it("that sums over synapses write, on either side", function()
    each(function(net, source, p, what)
      join(net, source, p, { equations = "post.hits = sum(w)" }, { 1, 2, 3 })
      net:run(3)
      assert.same({ 2, 4, 6 }, p.y:table(), what)
    end)
    each(function(net, _, p, what)
      join(net, p, p, { equations = "pre.hits = sum(w)" }, { 1, 2, 3 })
      net:run(3)
      assert.same({ 2, 4, 6 }, p.y:table(), what)
    end)
  end)

  it("that operations of populations and projections write", function()
    each(function(net, _, p, what)
      p:run_regularly("hits += i", { every = 5 })
      net:run(10)
      assert.same({ 2, 4, 6 }, p.hits:table(), what)
    end)
    each(function(net, source, p, what)
      join(net, source, p, { equations = "x = w" }, { 1, 2, 3 }):run_regularly("post.hits += w", { every = 5 })
      net:run(10)
      assert.same({ 2, 4, 6 }, p.hits:table(), what)
    end)
  end)

  it("that drives, Poisson inputs and Lua write", function()
    each(function(net, _, p, what)
      local driven = net:population { size = 3, neuron = kinds.variable, drive = { hits = lp.timed_array({ { 1, 2, 3 }, { 4, 5, 6 } }, { dt = 5 }) } }
      net:run(10)
      assert.same({ 8, 10, 12 }, driven.y:table(), what)
      p.hits[2] = 5
      net:run(1)
      assert.same({ 0, 10, 0 }, p.y:table(), what)
      net:poisson_input { to = p, variable = "hits", rate = 500, n = 10, weight = 1 }
      net:run(20)
      assert.is_true(p.hits[1] ~= p.hits[2] and p.hits[2] ~= p.hits[3], what)
    end)
  end)

  it("unless the model says that one value is for all", function()
    local net = lp.network { dt = 1 }
    local source = net:spike_source { size = 3, spikes = { { 0 }, { 0 }, { 0, 3 } } }
    local p = net:population { size = 3, neuron = lp.neuron { equations = "hits = hits : init = 0, population" } }
    join(net, source, p, count)
    net:run(10)
    assert.equal(4, p.hits)
    local ok, e = pcall(join, net, source, p, { equations = "post.hits = sum(w)" })
    assert.is_false(ok)
    assert.truthy(tostring(e):find("'post.hits' is one number for the whole population", 1, true))
  end)

  it("in stored and saved states, too", function()
    local path = os.tmpname() .. ".h5"
    each(function(net, source, p, what)
      join(net, source, p, count)
      net:run(2)
      net:store()
      net:save(path)
      net:run(10)
      assert.same({ 1, 1, 2 }, p.hits:table(), what)
      net:restore()
      assert.same({ 1, 1, 1 }, p.hits:table(), what)
      local again = lp.load(path)
      again:run(10)
      assert.same({ 1, 1, 2 }, again.populations.p.hits:table(), what)
    end)
    os.remove(path)
  end)
end)

describe("what synapses write to a variable that neurons compute anew", function()
  local refused = require "tests.refused"

  local function run(equations, synapse, more)
    local net = lp.network { dt = 1, seed = 1, warnings = false }
    local source = net:spike_source { size = 1, spikes = { { 0, 3 } } }
    local p = net:population { name = "p", size = 1, neuron = lp.neuron { equations = equations, spike = "t > 5", reset = "hits += 1 : init = 0" } }
    if synapse then join(net, source, p, synapse) end
    if more then more(net, source, p) end
    net:run(8)
    return p
  end
  local lines = "x = 2*v\ndv/dt = 0.1"

  it("is refused with its place, whenever it is written", function()
    for _, synapse in ipairs { { pre_spike = "w = w\npost.x += w" }, { equations = "post.x = sum(w)" }, { post_spike = "post.x += w" },
      { pre_spike = "post.x = max(post.v, w)" } } do
      refused("what is written to 'post.x' is lost: the neurons of 'p' compute it anew in every step, x = 2*v", run, lines, synapse)
    end
    refused("synapse, pre_spike, line 2: what", run, lines, { pre_spike = "w = w\npost.x += w" })
    refused("'pre.x' is lost", run, lines, nil, function(net, _, p) join(net, p, p, { post_spike = "pre.x += w" }) end)
  end)

  it("is taken where somebody reads it first", function()
    assert.near(0.8 + 2, run("dv/dt = 0.1 + x\nx = 0", { pre_spike = "post.x += w" }).v[1], 1e-12)                         -- a line above it
    assert.near(2, run("v = 0\nx = x", { pre_spike = "post.x += w" }).x[1], 1e-12)                                         -- the line itself
    assert.near(2 + 8/4, run("x = x + 1 : every = 4", { pre_spike = "post.x += w" }).x[1], 1e-12)
    local reader = run(lines .. "\nk = k : init = 0", nil, function(net, source, p)
      join(net, source, p, { pre_spike = "post.x += 10" })
      join(net, source, p, { pre_spike = "post.k += post.x" })
    end)
    assert.near(10 + 2*0 + 10 + 2*0.3, reader.k[1], 1e-12)
    local summed = run(lines .. "\nu = g_in", nil, function(net, source, p)
      join(net, source, p, { equations = "post.x = sum(w)" })
      net:project { from = p, to = p, target = "in", connect = lp.one_to_one(), synapse = lp.synapse { psp = "post.x" } }
    end)
    assert.equal(1, summed.u[1])
    local follower = run(lines, { pre_spike = "post.x += w" }, function(net, _, p)
      net:population { size = 1, neuron = lp.neuron { equations = "z = o.x" }, refs = { o = p } }
    end)
    assert.is_true(follower.x[1] > 0)
  end)
end)
