-- Names that models may give: what is taken in is read and set everywhere, and what an object has already is refused where the model is made.
local lp = require "lunapse"
local reserved = require "lunapse.network.reserved"

--- A model with a parameter and a variable of chosen names, in a population.
local function cells(net, parameter, variable)
  return net:population { name = "cells", size = 3, neuron = lp.neuron {
    parameters = { [parameter] = 1 }, equations = ("%s = 2*%s"):format(variable, parameter) } }
end

local function synapses(net, pop, parameter, variable)
  return net:project { from = pop, to = pop, synapse = lp.synapse {
    parameters = { [parameter] = 1 }, equations = ("%s = 2*%s*post.N/3 + 0*w"):format(variable, parameter) }, connect = lp.all_to_all() }
end

--- Every name under which some object has something: fields, methods, and what is read besides.
local function all_names()
  local names = { "_k", "_v", "_c1", "_p1", "_frozen", "_seen_g_exc", "k_2", "with" }
  for _, module in ipairs { "population", "projection", "view" } do
    local class = require("lunapse.network." .. module).class
    for _, list in ipairs { class, class._fields, class._named or {} } do
      for name in pairs(list) do names[#names + 1] = name end
    end
  end
  for _, class in ipairs { require("lunapse.network.recording").Recording, require("lunapse.network.recording").SpikeRecording } do
    for _, list in ipairs { class, class._fields } do
      for name in pairs(list) do names[#names + 1] = name end
    end
  end
  return names
end

describe("a name that a model gives", function()
  it("is refused there, or is read and set in populations, parts, recordings and files", function()
    local path = os.tmpname() .. ".h5"
    local n_refused, n_taken = 0, 0
    for _, name in ipairs(all_names()) do
      local net = lp.network { dt = 1, tier = "interpreter" }
      local ok, p = pcall(cells, net, name, "y")
      if not ok then
        assert.truthy(tostring(p):find(("a parameter cannot be named '%s'"):format(name), 1, true) or tostring(p):find("letter", 1, true), p)
        n_refused = n_refused + 1
      else
        local r, y = net:record(p, name), net:record(p, "y")
        p[name] = { 5, 6, 7 }
        p:slice(2, 3)[name] = 9
        net:run(1)
        assert.same({ 5, 9, 9 }, p[name]:table(), name)
        assert.same({ 9, 9 }, p:slice(2, 3)[name]:table(), name)
        assert.same({ 10, 18, 18 }, p.y:table(), name)
        assert.same({ 5, 9, 9 }, r[name][1]:table(), name)
        assert.truthy(tostring(r):find("1 rows", 1, true))
        net:reset { recordings = true }
        assert.equal(0, #r.t)
        assert.equal(0, y:count())
        n_taken = n_taken + 1
        if n_taken % 4 == 0 then
          net:save(path)
          assert.same({ 5, 9, 9 }, lp.load(path).populations.cells[name]:table(), name)
        end
      end
    end
    os.remove(path)
    assert.is_true(n_refused > 40 and n_taken > 20, n_refused .. " " .. n_taken)
  end)

  it("is refused there, or is read and set in projections and their recordings", function()
    for _, name in ipairs(all_names()) do
      local net = lp.network { dt = 1, tier = "interpreter" }
      local ok, q = pcall(synapses, net, cells(net, "a", "b"), name, "x")
      if ok then
        local r = net:record(q, name)
        q[name] = 4
        net:run(1)
        assert.equal(4, (q[name] or error(name)):max(), name)
        assert.equal(8, q.x:min(), name)
        assert.equal(4, r[name]:max(), name)
      else
        assert.truthy(tostring(q):find(("a parameter cannot be named '%s'"):format(name), 1, true), q)
      end
    end
  end)

  it("may be like a name of the library's own", function()
    for _, tier in ipairs { "interpreter", "native" } do
      local net = lp.network { dt = 1, tier = tier, seed = 1 }
      local function made(k, c, v, frozen)
        local text = ("%s = exp(K/7)\ndV/dt = (exp(C/7) - V)/7 + g_exc : exponential"):format(frozen):gsub("K", k):gsub("C", c):gsub("V", v)
        return net:population { size = 3, neuron = lp.neuron { parameters = { [k] = 1, [c] = 9 }, equations = text, spike = v .. " > 1", reset = v .. " = 0",
          refractory = 3 } }
      end
      local plain, odd = made("a", "b", "v", "e"), made("_c1", "_c2", "_seen_g_exc", "_frozen")
      net:run(40)
      assert.same(plain.v:table(), odd._seen_g_exc:table())
      assert.same(plain.e:table(), odd._frozen:table())
      assert.has_error(function() return odd._c3 end)
      local s = lp.synapse { equations = "dx/dt = -x/6 : event-driven\n_last_x = 3", pre_spike = "x += post._c1; _prune += 1 : init = 0", pruning = "_prune >= 2" }
      local q = net:project { from = odd, to = odd, synapse = s, connect = lp.all_to_all() }
      q:start_pruning { every = 1 }
      local spikes = net:record(odd, "spike")
      net:run(20)
      assert.is_true(spikes:count() >= 9)
      assert.equal(0, q.size)
    end
  end)

  it("has a picture where it is refused", function()
    local ok, e = pcall(lp.neuron, { name = "N", equations = "v = 1\nslice = 2*v" })
    assert.is_false(ok)
    assert.truthy(tostring(e):find("neuron 'N', equations, line 2: a variable cannot be named 'slice': a population has a method of that name\n    slice = 2*v", 1, true), e)
    assert.has_error(function() lp.synapse { equations = "size := 2" } end)
    assert.is_nil(reserved.why("neuron", "fan_in"))
    assert.truthy(reserved.why("neuron", "_net"):find("library's own", 1, true))
  end)
end)
