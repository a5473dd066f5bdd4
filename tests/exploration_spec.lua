-- The exploration of STDP parameters, driven by sound, in a deterministic reduced run: three tones, four parameter sets, inhibition across all cells.
-- The numbers beside it are Brian 2.5.1's with brian2hears; docs/numerics.md says what differs and why.

local h = require "lunapse.hearing"
local lp = require "lunapse"

local brian = {
  fibres = { 0, 13, 14, 14, 0, 0, 0, 0, 0, 0 },
  cells = { { 15, 20 }, { 15, 20 }, { 2, 3 }, { 2, 2 } },     -- the last two cells of each block; all others are silent
  weight = { 0.0200026863, 0.0199811079, 0.0194613394, 0.0190741540 },
  change = { 5.846e-5, 3.923e-4, 0.0287879, 0.0287879 },
  at_zero = { 0, 0, 2, 2 }, at_most = { 0, 0, 2, 1 },
  inhibitory = 1478,
}
local sets = { { 1e-5, 1 }, { 1e-5, 4 }, { 0.1, 1 }, { 0.1, 4 } }

local Fibre = lp.neuron {
  parameters = { tau = 10, v_rest = -0.07, v_th = -0.06, I_AN = 0, refractory = 5 },
  equations = "tau * dv/dt = I_AN + v_rest - v   : init = v_rest",
  spike = "v > v_th", reset = "v = v_rest", refractory = "refractory",
}
local Cell = lp.neuron {
  parameters = { tau = 10, tau_syn = 5, v_rest = -0.07, v_th = -0.06, refractory = 5 },
  equations = [[
    tau * dv/dt = g_an + v_rest - v   : init = v_rest
    tau_syn * dg_an/dt = -g_an ]],
  spike = "v > v_th", reset = "v = v_rest", refractory = "refractory",
}
local Inhibitory = lp.neuron {
  parameters = { tau = 1, v_rest = -0.07, v_th = -0.069 },
  equations = "tau * dv/dt = v_rest - v   : init = v_rest, exact",
  spike = "v > v_th", reset = "v = v_rest",
}
local stdp = lp.synapse {
  parameters = { taupre = 20, taupost = 20, wmax = 0.04, Apre = 0, Apost = 0 },
  equations = [[
    taupre  * dapre/dt  = -apre    : event-driven
    taupost * dapost/dt = -apost   : event-driven ]],
  pre_spike = [[
    g_target += w
    apre += Apre
    w = clip(w + apost, 0, wmax) ]],
  post_spike = [[
    apost += Apost
    w = clip(w + apre, 0, wmax) ]],
}

local function counts(recording, n)
  local c = {}
  for k = 1, n do c[k] = 0 end
  for k = 1, #recording.neuron do c[recording.neuron[k]] = c[recording.neuron[k]] + 1 end
  return c
end

--- Run it; Brian freezes one step fewer than it is told, so that its 5 ms are 219 and 49 steps.
local function experiment(options)
  local list = { h.silence(20) }
  for _, f in ipairs { 220, 380, 600 } do
    list[#list + 1] = h.tone(f, 100):ramp(10)
    list[#list + 1] = h.silence(20)
  end
  local sound = h.sequence(list):level(65)
  local tiled, i, j = {}, {}, {}
  for k = 1, 40 do tiled[k] = (k - 1) % 10 + 1 end
  for k = 0, 99 do i[k + 1], j[k + 1] = k % 10 + 1, k // 10 + 1 end
  local cochlea = h.gammatone(sound, h.erbspace(100, 5000, 10)):map "3 * clip(x, 0, inf)"
  options.dt = 0.1
  local net = lp.network(options)
  local fibres = net:population { size = 40, neuron = Fibre, dt = 1000 / 44100, drive = { I_AN = cochlea:pick(tiled) },
    parameters = { refractory = 219 / 44.1 } }
  local cells = net:population { size = 40, neuron = Cell, parameters = { refractory = 4.9 } }
  local inhibitory = net:population { size = 40, neuron = Inhibitory }
  local e = { groups = {}, i = i, j = j, sound = sound, net = net }
  for k, p in ipairs(sets) do
    e.groups[k] = net:project { from = fibres:slice(10 * k - 9, 10 * k), to = cells:slice(10 * k - 9, 10 * k), target = "an",
      connect = lp.pairs(i, j), weights = lp.linspace(0.01, 0.03, 100), synapse = stdp, parameters = { Apre = p[1], Apost = -p[1] * p[2] } }
  end
  net:project { from = cells, to = inhibitory, synapse = lp.synapse { pre_spike = "post.v += 0.1" }, connect = "i != j" }
  net:project { from = inhibitory, to = cells, synapse = lp.synapse { pre_spike = "post.v = -0.07" }, connect = "i == j" }
  local heard, answered, inhibited = net:record(fibres, "spike"), net:record(cells, "spike"), net:record(inhibitory, "spike")
  net:run(sound.duration)
  e.fibres, e.cells, e.n_inhibitory, e.answered = counts(heard, 40), counts(answered, 40), inhibited:count(), answered
  return e
end

describe("exploration of STDP parameters", function()
  local e

  setup(function() e = experiment {} end)

  it("hears what brian2hears hears", function()
    assert.equal(16758, e.sound.n)
    for k = 1, 40 do assert.equal(brian.fibres[(k - 1) % 10 + 1], e.fibres[k], "fibre " .. k) end
  end)

  it("lets the cells 9 and 10 of each block fire, as often as in Brian but for single spikes", function()
    for b = 1, 4 do
      for k = 1, 8 do assert.equal(0, e.cells[10 * (b - 1) + k]) end
      for k = 1, 2 do assert.is_true(math.abs(e.cells[10 * (b - 1) + 8 + k] - brian.cells[b][k]) <= 1) end
    end
  end)

  it("learns the weights that Brian learns", function()
    for k, g in ipairs(e.groups) do
      local w, start = g.w, lp.zeros(100)
      for s = 1, 100 do start[s] = 0.01 + 0.02 * ((g.post[s] - 10 * k + 9) * 10 + g.pre[s] - 10 * k + 9) / 99 end
      assert.is_true(math.abs(w:mean() / brian.weight[k] - 1) < 1e-4)
      assert.is_true(math.abs((w - start):abs():max() / brian.change[k] - 1) < 0.05)
      assert.equal(brian.at_zero[k], w:eq(0):sum())
      assert.equal(brian.at_most[k], w:eq(0.04):sum())
    end
  end)

  it("keeps the constants of every projection", function()
    for k, g in ipairs(e.groups) do
      assert.same({ sets[k][1], -sets[k][1] * sets[k][2], 20 }, { g.Apre:max(), g.Apost:min(), g.taupre:mean() })
      assert.is_truthy(tostring(g):find(("Apre = %.6g"):format(sets[k][1]), 1, true))
    end
  end)

  -- An inhibitory cell that fires in a step loses what arrives in that step in Brian, where arrivals come before the reset; here they come in the next step.
  it("has as many inhibitory spikes as its cells' spikes ask for, by our rule and by Brian's", function()
    local at, ours, theirs = {}, 0, 0
    for k = 1, #e.answered.neuron do
      local step = e.answered.step[k]
      at[step] = at[step] or {}
      at[step][e.answered.neuron[k]] = true
    end
    for j = 1, 40 do
      local fires = {}
      for n = 0, 3800 do
        local arrives = false
        for i in pairs(at[n] or {}) do arrives = arrives or i ~= j end
        if arrives then ours = ours + 1 end
        if arrives and not fires[n] then fires[n + 1], theirs = true, theirs + 1 end
      end
    end
    assert.equal(ours, e.n_inhibitory)
    assert.is_true(math.abs(theirs - brian.inhibitory) <= 40)
  end)

  it("gives the same bits on two threads and interpreted", function()
    for _, options in ipairs { { threads = 2 }, { tier = "interpreter" } } do
      local other = experiment(options)
      assert.same(e.cells, other.cells)
      for k, g in ipairs(e.groups) do assert.is_true(g.w == other.groups[k].w) end
    end
  end)
end)
