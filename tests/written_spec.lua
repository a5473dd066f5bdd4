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
