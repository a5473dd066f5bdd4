--- Bursts as a teaching signal (Payeur, Guerguiev, Zenke, Richards & Naud 2021, Nature Neuroscience 24:1010-1019, equation 1): a synapse learns by what its post
--- neuron does now and by what it does on average, dw/dt = eta (B - P E) x. E are its events, isolated spikes or the first spikes of bursts; B its bursts, second
--- spikes within 16 ms; P is how many of its events were bursts, over the last seconds, and x a trace of the events of the pre neuron. So weights grow while
--- bursts become more frequent, fall while they become rarer, and stay where nothing changes, whatever the rates are. Points: means over synapses in
--- which the probability of bursts changes at 0; lines: what the rule is on average, eta <x> <E> (change of the probability) tau (1 - exp(-t/tau)).
--- Published: up 0.9..1.1, down 0.9..1.1 (change of the weight over that of equation 1), same -0.1..0.1 (where the probability stays), events 4..6 Hz
--- Takes 2 s.
--- Run: lunapse examples/papers/payeur_2021.lua [seed=1 duration=60000 threads=1 out=payeur_2021.png]
local lp = require "lunapse"
local a = lp.arguments { seed = 1, duration = 60e3, threads = 1, out = "payeur_2021.png" }

local SYNAPSES, TAU, TAU_X, ETA, BEFORE = 1000, 10e3, 50, 0.002, 0.3           -- for each case; ms of the average and of the trace
-- Somata that begin an event by chance, and dendrites that decide whether it becomes a burst: a second spike after 10 ms. Which of its spikes are events, and
-- which bursts, the neuron finds by their intervals.
local cell = lp.neuron {
  parameters = "rate = 6 ; p = 0.3 ; p_before = 0.3 ; tau = 10000",
  equations = [[
    begins = Uniform(0, 1) < rate*dt/1000 and t - t_single > 40 : bool
    fires = begins or  abs(t - due) < dt/2                       : bool
    due = due                                                    : init = -1
    tau * dE/dt = -E                                             : init = 48, exponential
    tau * dB/dt = -B                                             : init = 48*p_before, exponential
    P = B/E
  ]],
  spike = "fires",
  events = {
    single = { when = "fires and t - t_last > 16", effect = "E += 1 ; due = if Uniform(0, 1) < p: t + 10 else: -1" },
    burst = { when = "fires and t - t_last <= 16 and t_last == t_single", effect = "B += 1" },
  },
}
local rule = lp.synapse {
  parameters = { tau_x = TAU_X, eta = ETA }, equations = "tau_x * dx/dt = -x : event-driven",
  on = { pre_single = "x += 1", post_single = "w -= eta * post.P * x", post_burst = "w += eta * x" },
}

local net = lp.network { dt = 1, seed = a.seed, threads = a.threads }
local cases = { { name = "up", p = 0.45, color = "red" }, { name = "same", p = BEFORE, color = "black" }, { name = "down", p = 0.15, color = "blue" } }
for _, case in ipairs(cases) do
  local pre = net:population { size = SYNAPSES, neuron = cell }
  local post = net:population { size = SYNAPSES, neuron = cell, parameters = { p = case.p, p_before = BEFORE } }
  case.synapses = net:project { from = pre, to = post, connect = lp.one_to_one(), weights = 1, synapse = rule }
  case.w, case.bursts = net:record(case.synapses, "w", { every = 1000 }), net:record(post, "burst")
  case.events, case.x = net:record(post, "single"), net:record(pre, "single")
end
net:run(a.duration)

local fig = lp.figure { rows = 1, columns = 2, width = "150 mm", height = "65 mm", style = "paper", letters = true }
local results, seconds = {}, a.duration / 1000
for k, case in ipairs(cases) do
  local events, arrivals = case.events:count() / SYNAPSES / seconds, case.x:count() / SYNAPSES / seconds
  local total = ETA * (arrivals * TAU_X / 1000) * events * (case.p - BEFORE) * TAU / 1000
  local learnt = case.w.w:mean(2) - 1
  local function expected(t) return total * (1 - (t / -TAU):exp()) end
  local largest = ETA * (arrivals * TAU_X / 1000) * events * 0.15 * TAU / 1000
  local last = learnt[#learnt]
  results[k] = { case.name, last / (case.p == BEFORE and largest or expected(lp.array { case.w.t[#learnt] })[1]) }
  local p = case.bursts:histogram(1000)
  fig[1]:line(lp.arange(1, #p), p / case.events:histogram(1000), { color = case.color, label = case.name })
  fig[2]:points(case.w.t / 1000, learnt, { color = case.color, size = 2 }):line(case.w.t / 1000, expected(case.w.t), { color = case.color })
  if k == 1 then results[4] = { "events", events } end
end
fig[1]:ylim(0, 0.8):xlabel "time (s)":ylabel "bursts for each event":legend "top left"
fig[2]:xlabel "time (s)":ylabel "change of the weight"
print("figure: " .. fig:save(a.out))
lp.result(results)
