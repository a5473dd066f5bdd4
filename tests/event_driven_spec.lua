-- Event-driven equations that move together, and those whose constants belong to the neurons.
local lp = require "lunapse"

--- The exact course of x' = a x + b s, s' = c x + d s: many small steps of the classical method of order 4.
local function course(m, x, s, duration)
  local n = 4000
  local h = duration / n
  local function slope(p, q) return m[1] * p + m[2] * q, m[3] * p + m[4] * q end
  for _ = 1, n do
    local k1, l1 = slope(x, s)
    local k2, l2 = slope(x + h / 2 * k1, s + h / 2 * l1)
    local k3, l3 = slope(x + h / 2 * k2, s + h / 2 * l2)
    local k4, l4 = slope(x + h * k3, s + h * l3)
    x, s = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4), s + h / 6 * (l1 + 2 * l2 + 2 * l3 + l4)
  end
  return x, s
end

local function network(equations, tier, more)
  local net = lp.network { dt = 0.1, tier = tier }
  local source = net:spike_source { size = 2, spikes = { { 3, 3.5, 20 }, { 4, 25 } } }
  local post = net:population { name = "post", size = 2, neuron = lp.neuron { parameters = { tau = 4 },
    equations = "dv/dt = g_exc/100 - v/tau", spike = "v > 1" } }
  local proj = net:project { from = source, to = post, target = "exc", connect = lp.all_to_all(), weights = 1,
    synapse = lp.synapse { equations = equations, pre_spike = "x += 1; g_target += w*s" .. (more or "") } }
  return net, proj, post
end

describe("two event-driven equations", function()
  local cases = {
    { "a chain", "dx/dt = -x/3 : event-driven\nds/dt = x - s/5 : event-driven", { -1 / 3, 0, 1, -1 / 5 } },
    { "a chain of one time constant", "dx/dt = -x/5 : event-driven\nds/dt = x - s/5 : event-driven", { -1 / 5, 0, 1, -1 / 5 } },
    { "a chain of almost one", "dx/dt = -x/5 : event-driven\nds/dt = x - s/5.0000001 : event-driven", { -1 / 5, 0, 1, -1 / 5.0000001 } },
    { "a chain of very different ones", "dx/dt = -x/0.5 : event-driven\nds/dt = x - s/500 : event-driven", { -2, 0, 1, -1 / 500 } },
    { "the other way round", "ds/dt = x - s/5 : event-driven\ndx/dt = -x/3 : event-driven", { -1 / 3, 0, 1, -1 / 5 } },
    { "a loop that turns", "dx/dt = -x/3 - s : event-driven\nds/dt = x - s/5 : event-driven", { -1 / 3, -1, 1, -1 / 5 } },
    { "a loop that does not", "dx/dt = -x/3 + s/20 : event-driven\n3*ds/dt = x - s : event-driven", { -1 / 3, 1 / 20, 1 / 3, -1 / 3 } },
    { "an oscillator", "dx/dt = s/2 : event-driven\nds/dt = -x/2 : event-driven", { 0, 1 / 2, -1 / 2, 0 } },
    { "a sum", "dx/dt = -x/7 : event-driven\nds/dt = x : event-driven", { -1 / 7, 0, 1, 0 } },
    { "constants of the neuron", "dx/dt = -x/post.tau : event-driven\nds/dt = x - s/post.tau : event-driven", { -1 / 4, 0, 1, -1 / 4 } },
  }
  for _, case in ipairs(cases) do
    it("are exact: " .. case[1], function()
      for _, tier in ipairs { "interpreter", "native" } do
        local net, proj = network(case[2], tier)
        net:run(26)
        local x, s = proj.x:copy(), proj.s:copy()
        net:run(9.7)
        for k = 1, #proj.x do
          local x_now, s_now = course(case[3], x[k], s[k], 9.7)
          assert.is_true(math.abs(proj.x[k] - x_now) < 1e-11 * (1 + math.abs(x_now)), ("%s x %.17g %.17g"):format(tier, proj.x[k], x_now))
          assert.is_true(math.abs(proj.s[k] - s_now) < 1e-11 * (1 + math.abs(s_now)), ("%s s %.17g %.17g"):format(tier, proj.s[k], s_now))
        end
        assert.is_true(s:max() > 0)
      end
    end)
  end

  it("are the same in both tiers, and looking changes nothing that was not looked at", function()
    for _, case in ipairs(cases) do
      local seen = {}
      for _, tier in ipairs { "interpreter", "native" } do
        local net, proj, post = network(case[2], tier)
        net:run(40)
        seen[#seen + 1] = { post.v:table(), proj.x:table(), proj.s:table() }
      end
      assert.same(seen[1], seen[2])
    end
  end)

  it("follow a parameter of the neurons that is set", function()
    local net, proj, post = network("dx/dt = -x/post.tau : event-driven", "interpreter", "; s = x")
    net:run(26)
    local before = proj.x:copy()
    post.tau = { 2, 8 }
    net:run(5)
    for k = 1, #proj.x do
      local wanted = before[proj.pre[k]] * math.exp(-5 / post.tau[proj.post[k]])
      assert.is_true(math.abs(proj.x[k] - wanted) < 1e-12)
    end
  end)

  it("live together", function()
    local net, proj = network("dx/dt = -x/3 : event-driven\nds/dt = x - s/5 : event-driven, local", "interpreter")
    net:run(5)
    assert.equal(proj.size, #proj.x)
    assert.equal(proj.size, #proj.s)
  end)

  it("are refused where they have no closed form", function()
    for text, message in pairs {
      ["dx/dt = -x/3 : event-driven\nds/dt = x*s : event-driven"] = "not linear in",
      ["dx/dt = -x/3 : event-driven\nds/dt = x - s + 1 : event-driven"] = "equations that move together decay to zero here",
      ["dx/dt = -x/3 : event-driven\nds/dt = x*w - s : event-driven"] = "between events only",
      ["dx/dt = -x*post.v : event-driven\nds/dt = -s : event-driven"] = "'post.v' does not stand still",
    } do
      local ok, e = pcall(network, text, "interpreter")
      assert.is_false(ok)
      assert.truthy(tostring(e):find(message, 1, true), tostring(e))
    end
  end)
end)

describe("chains of event-driven equations", function()
  --- The exact course of x' = M x: the power series of exp, in a hundred steps.
  local function course_of(m, x, duration)
    local n, steps = #x, 100
    for _ = 1, steps do
      local term, sum = x, table.move(x, 1, n, 1, {})
      for k = 1, 25 do
        local d = {}
        for i = 1, n do
          d[i] = 0
          for j, c in pairs(m[i]) do d[i] = d[i] + c * term[j] * duration / steps / k end
          sum[i] = sum[i] + d[i]
        end
        term = d
      end
      x = sum
    end
    return x
  end

  local cases = {
    { "three", { { [1] = -1 / 3 }, { 1, -1 / 5 }, { [2] = 1, [3] = -1 / 7 } } },
    { "three of one time constant", { { -0.2 }, { 1, -0.2 }, { [2] = 1, [3] = -0.2 } } },
    { "three of almost one", { { -0.2 }, { 1, -0.2000001 }, { [2] = 1, [3] = -0.20001 } } },
    { "two alike and another", { { -0.2 }, { 1, -3 }, { [2] = 1, [3] = -0.2 } } },
    { "very different ones", { { -2 }, { 0.5, -0.02 }, { [2] = 1, [3] = -0.0001 } } },
    { "sums of sums", { { -0.3 }, { 1 }, { [2] = 0.1 } } },
    { "two ways", { { -0.3 }, { 1, -0.1 }, { [1] = 2, [3] = -0.4 }, { [2] = 1, [3] = -1, [4] = -0.2 } } },
    { "four", { { -1 }, { 1, -0.9 }, { [2] = 1, [3] = -0.5 }, { [3] = 1, [4] = -0.05 } } },
    { "five, two of them alike", { { -1 }, { 1, -0.5 }, { [2] = 1, [3] = -0.25 }, { [3] = 1, [4] = -0.5 }, { [4] = 1, [5] = -0.1 } } },
    { "six of one", { { -0.5 }, { 1, -0.5 }, { [2] = 1, [3] = -0.5 }, { [3] = 1, [4] = -0.5 }, { [4] = 1, [5] = -0.5 }, { [5] = 1, [6] = -0.5 } } },
    { "growing ones", { { 0.01 }, { 1, 0.02 }, { [2] = -1, [3] = -0.02 } } },
  }

  local function equations_of(m, backwards)
    local text = {}
    for i, row in ipairs(m) do
      local terms = {}
      for j = 1, #m do if row[j] then terms[#terms + 1] = ("(%.17g)*x%d"):format(row[j], j) end end
      text[i] = ("dx%d/dt = %s : event-driven"):format(i, table.concat(terms, " + "))
    end
    if backwards then
      for i = 1, #text // 2 do text[i], text[#text + 1 - i] = text[#text + 1 - i], text[i] end
    end
    return table.concat(text, "\n")
  end

  for _, case in ipairs(cases) do
    it("are exact: " .. case[1], function()
      local bits
      for _, opt in ipairs { { tier = "interpreter" }, { tier = "native" }, { tier = "interpreter", threads = 3 }, { tier = "interpreter", backwards = true } } do
        local n = #case[2]
        local net = lp.network { dt = 0.1, tier = opt.tier, threads = opt.threads }
        local source = net:spike_source { size = 2, spikes = { { 3, 3.5, 20 }, { 4, 25 } } }
        local post = net:population { size = 2, neuron = lp.neuron { equations = "v = g_exc : local" } }
        local proj = net:project { from = source, to = post, target = "exc", connect = lp.all_to_all(),
          synapse = lp.synapse { equations = equations_of(case[2], opt.backwards), pre_spike = ("x1 += 1 ; g_target += x%d"):format(n) } }
        net:run(26)
        local before, all = {}, {}
        for i = 1, n do before[i] = proj["x" .. i][1] end
        net:run(9.7)
        local after = course_of(case[2], before, 9.7)
        for i = 1, n do
          local now = proj["x" .. i][1]
          assert.is_true(math.abs(now - after[i]) < 2e-12 * (1 + math.abs(after[i])), ("%s x%d: %.17g, not %.17g"):format(opt.tier, i, now, after[i]))
          all[i] = now
        end
        assert.is_true(all[n] ~= 0)
        bits = bits or all
        if not opt.backwards then assert.same(bits, all) end
      end
    end)
  end

  it("are refused where they are none, or too long", function()
    local function message(equations)
      local net = lp.network {}
      local source, post = net:spike_source { size = 1 }, net:population { size = 1, neuron = lp.neuron { equations = "v = g_exc : local" } }
      local ok, e = pcall(net.project, net, { from = source, to = post, connect = lp.all_to_all(), synapse = lp.synapse { equations = equations, pre_spike = "x += 1" } })
      assert.is_false(ok)
      return tostring(e)
    end
    assert.matches("none may read what reads it", message "dx/dt = y - x : event-driven\ndy/dt = z - y : event-driven\ndz/dt = x - z : event-driven")
    assert.matches("and '1' holds 'y' up", message "dx/dt = -x : event-driven\ndy/dt = x - y + 1 : event-driven\ndz/dt = y - z : event-driven")
    local long = { "dx/dt = -x : event-driven" }
    for k = 1, 6 do long[#long + 1] = ("dx%d/dt = %s - x%d : event-driven"):format(k, k == 1 and "x" or "x" .. k - 1, k) end
    assert.matches("7 equations move together, and 6 at most can", message(table.concat(long, "\n")))
  end)
end)

describe("event-driven variables late in a run", function()
  --- What five neurons that learn have learned at 1100 ms, `act` at 333 ms; time constants of tau ms.
  local function learned(tau, act)
    local net = lp.network { dt = 1, tier = "interpreter" }
    local cells = net:population { size = 5, neuron = lp.neuron { equations = "10 * dv/dt = 20 - v + 3 * Normal(0, 1)\n J := 2 * v", spike = "v > 10", reset = "v = 0" } }
    local proj = net:project { from = cells, to = cells, connect = lp.all_to_all(), weights = 0, synapse = lp.synapse { parameters = { tau = tau },
      equations = "dx/dt = -x / tau : event-driven\n dy/dt = -y / tau : event-driven", pre_spike = "x += 1; w -= 0.1 * y", post_spike = "w += x; y += 1" } }
    net:run(333)
    local made = act and act(net, cells, proj)
    net:run(1100 - 333)
    return proj, made
  end

  it("are not touched by who looks at what nothing else reads", function()
    for _, tau in ipairs { 0.4, 7.3, 20 } do          -- of the first, exp(333 / tau) is no number
      local alone = learned(tau)
      assert.is_true(alone.w:min() < alone.w:max())
      local seen = learned(tau, function(net, cells) net:record(cells, "J") end)
      assert.same({ alone.w:table(), alone.x:table() }, { seen.w:table(), seen.x:table() })
    end
  end)

  it("begin there in a projection that is made there", function()
    for _, tau in ipairs { 0.4, 20 } do
      local _, late = learned(tau, function(net, cells)
        return net:project { from = cells, to = cells, connect = lp.one_to_one(), weights = 0, synapse = lp.synapse { parameters = { tau = tau },
          equations = "dx/dt = -x / tau : event-driven", pre_spike = "x += 1", post_spike = "w += x" } }
      end)
      local w = late.w:table()
      for k = 1, #w do assert.is_true(w[k] > 0 and w[k] < 1000, w[k]) end
    end
  end)
end)
