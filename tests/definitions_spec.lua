-- Definitions: `name := expression` is put in place wherever the name is read.
local lp = require "lunapse"

local function refused(equations, message, kind)
  local ok, e = pcall(kind or lp.neuron, { equations = equations })
  assert.is_false(ok)
  assert.truthy(tostring(e):find(message, 1, true), tostring(e))
end

--- v(1) of dv/dt = -v^2 from v = 1 in steps of dt, written in two ways.
local function decay(method, equations, dt)
  local net = lp.network { dt = dt, warnings = false }
  local p = net:population { size = 1, neuron = lp.neuron { equations = equations:format(method) } }
  net:run(1)
  return p.v[1]
end

describe("a definition", function()
  it("is the same as the expression itself, in every method and both tiers", function()
    local defined = "k := v/2\nm := k + k\ndv/dt = -m*v + w/10 : init = 1, %s\ndw/dt = m - w : init = 0.5, %s"
    local spelled = "dv/dt = -(v/2 + v/2)*v + w/10 : init = 1, %s\ndw/dt = v/2 + v/2 - w : init = 0.5, %s"
    for _, method in ipairs { "explicit", "midpoint", "heun", "rk4" } do
      for _, tier in ipairs { "interpreter", "native" } do
        local net = lp.network { dt = 0.1, tier = tier }
        local a = net:population { size = 3, neuron = lp.neuron { equations = defined:format(method, method) } }
        local b = net:population { size = 3, neuron = lp.neuron { equations = spelled:format(method, method) } }
        a.v, b.v = { 1, 2, 3 }, { 1, 2, 3 }
        net:run(5)
        assert.same(b.v:table(), a.v:table())
        assert.same(b.w:table(), a.w:table())
      end
    end
  end)

  it("keeps the order of a method that an assignment loses", function()
    for method, order in pairs { midpoint = 2, heun = 2, rk4 = 4 } do
      local function error_of(equations, dt) return math.abs(decay(method, equations, dt) - 0.5) end
      local by_definition = "m := v\ndv/dt = -m*v : init = 1, %s"
      local by_line = "m = v\ndv/dt = -m*v : init = 1, %s"
      local measured = math.log(error_of(by_definition, 0.1) / error_of(by_definition, 0.05), 2)
      assert.is_true(math.abs(measured - order) < 0.3, method .. measured)
      assert.is_true(math.log(error_of(by_line, 0.1) / error_of(by_line, 0.05), 2) < 1.3)
    end
  end)

  it("stands in conditions, resets, refractory periods, operations and conditions of runs", function()
    local net = lp.network { dt = 1 }
    local p = net:population { size = 2, neuron = lp.neuron {
      parameters = { vt = 3 },
      equations = "over := v > vt\nback := vt - 3\nwait := 2\nv = v + 1 : local",
      spike = "over", reset = "v = back", refractory = "wait",
    } }
    p.v = { 2, 3 }
    local spikes = net:record(p, "spike")
    net:run(2)
    assert.same({ 2, 1 }, spikes.neuron:table())
    p:run_regularly("v = if over: 10 else: 20", { every = 1 })
    net:step()
    assert.same({ 20, 20 }, p.v:table())
    local _, held = net:run_until("over and v > 2*vt", { of = p, max = 5 })
    assert.is_true(held)
  end)

  it("reads parameters, other definitions below it, targets and functions", function()
    local net = lp.network { dt = 1 }
    local p = net:population { size = 2, neuron = lp.neuron {
      parameters = { a = 2 }, functions = "f(x) = a_of(x) + 1\na_of(x) = 3*x",
      equations = "y := z + sum(exc)\nz := f(a)\nr = y : local",
    } }
    p.a = { 1, 2 }
    local q = net:population { size = 2, neuron = lp.neuron { parameters = { r = 10 } } }
    net:project { from = q, to = p, target = "exc", connect = lp.one_to_one(), weights = 1 }
    net:step()
    assert.same({ 14, 17 }, p.r:table())
  end)

  it("is read by synapses, of either neuron", function()
    for _, tier in ipairs { "interpreter", "native" } do
      local net = lp.network { dt = 1, tier = tier }
      local p = net:population { size = 2, neuron = lp.neuron { parameters = { k = 5 }, equations = "r = r : local\nx := 2*r - k\ny := x + i + N" } }
      p.r, p.k = { 1, 2 }, { 5, 6 }
      local proj = net:project { from = p, to = p, connect = lp.all_to_all(), weights = 0,
        synapse = lp.synapse { equations = "w = pre.x + 100*post.y" } }
      net:step()
      local x, y = { -3, -2 }, { 0, 2 }
      for k = 1, proj.size do assert.equal(x[proj.pre[k]] + 100 * y[proj.post[k]], proj.w[k]) end
    end
  end)

  it("is not shared between models that look alike from outside", function()
    local net = lp.network { dt = 1 }
    local rule = lp.synapse { equations = "w = post.x" }
    for k = 1, 2 do
      local p = net:population { size = 1, neuron = lp.neuron { equations = ("r = r : local, init = 1\nx := %d*r"):format(k) } }
      net:project { name = "p" .. k, from = p, to = p, connect = lp.one_to_one(), weights = 0, synapse = rule }
    end
    net:step()
    assert.equal(1, net.projections.p1.w[1])
    assert.equal(2, net.projections.p2.w[1])
  end)

  it("belongs to synapses too", function()
    local net = lp.network { dt = 1 }
    local p = net:population { size = 2, neuron = lp.neuron { parameters = { r = 3 } } }
    local proj = net:project { from = p, to = p, connect = lp.all_to_all(), weights = 1,
      synapse = lp.synapse { parameters = { eta = 0.5 }, equations = "gain := eta * pre.r\nw += gain * w" } }
    net:step()
    assert.equal(2.5, proj.w:max())
  end)

  it("is told as it is written, where it stands, by all that tell about models", function()
    local front, stages, report = require "lunapse.language.front", require "lunapse.language.front.stages", require "lunapse.tell.report"
    local description = { name = "told", functions = "twice(x) = 2*x", equations = "h := 3 + twice(v)\ndv/dt = h - v\nlast_one := v", spike = "v > last_one + 1",
      reset = "v = 0" }
    local net = lp.network { tier = "interpreter" }
    net:population { size = 1, neuron = lp.neuron(description) }
    local told = { tostring(lp.neuron(description)), stages.stage("model", front.neuron(description)), stages.stage("tree", front.neuron(description)),
      tostring(net:explain()) }
    for _, text in ipairs(told) do
      assert.matches("\n%s*h := 3 %+ [^\n]+.-\n%s*dv/dt = .-\n%s*last_one := v\n", text)
      assert.is_nil(text:find("h()", 1, true))
      assert.is_nil(text:find("last_one()", 1, true))
    end
    assert.is_truthy(report.text(net, "md"):find("| Dynamics | $h \\mathrel{:}= 3 + 2 \\, v$ |", 1, true), report.text(net, "md"))
    assert.is_truthy(report.text(net, "tex"):find(" & $\\mathrm{last}_{\\mathrm{one}} \\mathrel{:}= v$", 1, true), report.text(net, "tex"))
  end)

  it("is refused where it cannot mean one thing", function()
    refused("a := b\nb := a\ndv/dt = -v*a", "line 2: 'a' is defined by itself")
    refused("a := Uniform(0, 1)\ndv/dt = -v", "a random number in a definition")
    refused("a := xi\ndv/dt = -v", "a random number in a definition")
    local ok, e = pcall(lp.neuron, { functions = "f(x) = x * g(1)\ng(x) = Normal(0, x)", equations = "b := f(v)\na := b\ndv/dt = -a" })
    assert.is_false(ok)
    assert.truthy(tostring(e):find("line 1: a random number in a definition", 1, true), tostring(e))
    refused("a := q\ndv/dt = -v*a", "unknown name 'q'")
    refused("a := 1\na = 2\ndv/dt = -v*a", "it is defined once (':=') or assigned ('='), not both")
    refused("a := 1 : init = 3\ndv/dt = -v", "a definition takes no flags")
    refused("a := 1\na := 2\ndv/dt = -a", "'a' is defined twice")
    refused("t := 4\ndv/dt = -v", "'t' cannot be defined: it is given, the time in ms")
    refused("dv/dt := 1", "a differential equation has '=', not ':='")
    refused("pre.x := 1", "'pre.x' cannot be defined here", lp.synapse)
    ok, e = pcall(lp.neuron, { equations = "dv/dt = -v", spike = "v > 1", reset = "v := 0" })
    assert.is_false(ok)
    assert.truthy(tostring(e):find("a definition (':=') belongs into the equations", 1, true))
    local p = lp.network {}:population { size = 1, neuron = lp.neuron { equations = "a := v\ndv/dt = -a" } }
    ok, e = pcall(p.run_regularly, p, "x := 1", { every = 1 })
    assert.is_false(ok)
    assert.truthy(tostring(e):find("a definition (':=') belongs into the equations", 1, true))
  end)
end)

describe("a line that stands still within a step", function()
  --- What is warned of in a run, and what explain says.
  local function warnings_of(equations)
    local script = os.tmpname()
    local file = assert(io.open(script, "w"))
    file:write(([[
      local lp = require "lunapse"
      local net = lp.network { dt = 0.1 }
      net:population { size = 1, neuron = lp.neuron { equations = %q } }
      net:run(1)
      net:run(1)
      print(net:explain())
    ]]):format(equations))
    file:close()
    local pipe = assert(io.popen(("%s %s 2>&1"):format(os.getenv "HOST" or "build/lunapse", script)))
    local said, explained = {}, {}
    for line in pipe:lines() do table.insert(line:find "warning:" and said or explained, line) end
    pipe:close()
    os.remove(script)
    return table.concat(said, "\n"), table.concat(explained, "\n")
  end

  it("is told once where a method loses by it", function()
    local said = warnings_of "m = v^2\nk = m + 1\ndv/dt = -k*v : rk4"
    assert.truthy(said:find("k = m + 1 is computed once a step from v: method rk4 has order 1 in it; 'k := ...' has it in every stage", 1, true), said)
    assert.equal(1, select(2, said:gsub("warning:", "")))
    for _, method in ipairs { "heun", "exact", "implicit", "exponential", "milstein" } do
      assert.truthy(warnings_of(("m = v^2\ndv/dt = 1 - v + m : %s"):format(method)):find(method, 1, true), method)
    end
  end)

  it("is told by explain alone for midpoint, and nowhere for explicit", function()
    local said, explained = warnings_of "m = v^2\ndv/dt = -m*v : midpoint"
    assert.equal("", said)
    assert.truthy(explained:find("method midpoint has order 1 in it", 1, true))
    said, explained = warnings_of "m = v^2\ndv/dt = -m*v"
    assert.equal("", said)
    assert.falsy(explained:find("computed once a step", 1, true))
  end)

  it("is no matter where it does not depend on what the method moves", function()
    assert.equal("", (warnings_of "u = t\nm = u^2\ndv/dt = -m*v : rk4"))
    assert.equal("", (warnings_of "dv/dt = -m*v : rk4\nm = v^2"))
    assert.equal("", (warnings_of "m = v\ndv/dt = -v : exponential\ndn/dt = m - n : exponential"))
  end)

  it("makes explain offer no method that does not fit", function()
    local _, explained = warnings_of "m = v^2\ndv/dt = 1 - v + m"
    local offered = explained:match "the whole could use: ([^\n]*)"
    assert.equal("explicit", offered)
  end)
end)

describe("what arrives in a step", function()
  it("can be read, recorded, and seen by synapses", function()
    for _, tier in ipairs { "interpreter", "native" } do
      local net = lp.network { dt = 1, tier = tier }
      local source = net:spike_source { size = 1, neuron = { 1 }, t = { 2 } }
      local p = net:population { size = 1, neuron = lp.neuron { equations = "v = g_a : local\nr = sum(b)" } }
      net:project { from = source, to = p, target = "a", connect = lp.all_to_all(), weights = 1 }
      local q = net:population { size = 1, neuron = lp.neuron { equations = "r = r : local, init = 5" } }
      local proj = net:project { from = q, to = p, target = "b", connect = lp.all_to_all(), weights = 1,
        synapse = lp.synapse { equations = "x = post.sum(b) + 100*post.g_a\ny = post.sum_b : local" } }
      local of_p, of_proj = net:record(p, { "v", "g_a", "sum_b" }), net:record(proj, { "x", "y" })
      net:run(6)
      assert.same({ 0, 0, 0, 1, 0, 0 }, of_p.g_a:flatten():table())
      assert.same(of_p.v:flatten():table(), of_p.g_a:flatten():table())
      assert.same({ 5, 5, 5, 5, 5, 5 }, of_p.sum_b:flatten():table())
      assert.same({ 5, 5, 5, 105, 5, 5 }, of_proj.x:flatten():table())
      assert.same({ 5, 5, 5, 5, 5, 5 }, of_proj.y:flatten():table())
      assert.same({ 5 }, p.sum_b:table())
    end
  end)
end)
