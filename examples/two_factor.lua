--- A weight that learns from two rates, one of which belongs to neither of its neurons: dw/dt = lr * pop1.r * pop2.r for synapses from pop2 to
--- pop3. Once with a reference to pop1, once with the detour of tools whose synapses see their own neurons alone: a relay that carries pop1's rate
--- to pop2, one step late. Run: lunapse examples/two_factor.lua [seed=1 dt=1 duration=10 threads=1 precision=float64 out=two_factor.png]
local lp = require "lunapse"
local a = lp.arguments { seed = 1, dt = 1, duration = 10, threads = 1, precision = "float64", out = "two_factor.png" }

local Input = lp.neuron { name = "Input", parameters = { r = 0 } }
local Leaky = lp.models.LeakyIntegrator { tau = 10 }
local Carrier = lp.neuron {                      -- a leaky integrator that also receives somebody's rate
  name = "Carrier",
  parameters = { tau = 10 },
  equations = [[
    pop1_r = sum(copy)
    tau * dr/dt + r = sum(exc)   : exponential
  ]],
}
local by_ref   = lp.synapse { name = "by_ref",   parameters = { lr = 0.1 }, equations = "dw/dt = lr * pre.r * mod.r" }
local by_relay = lp.synapse { name = "by_relay", parameters = { lr = 0.1 }, equations = "dw/dt = lr * pre.r * pre.pop1_r" }

local net  = lp.network { dt = a.dt, seed = a.seed, threads = a.threads, precision = a.precision }
local in1  = net:population { name = "in1", size = 1, neuron = Input { r = 10 } }
local in2  = net:population { name = "in2", size = 1, neuron = Input { r = 5 } }
local pop1 = net:population { name = "pop1", size = 1, neuron = Leaky }
local pop2 = net:population { name = "pop2", size = 1, neuron = Carrier }
local pop3 = { ref = net:population { name = "pop3", size = 1, neuron = Leaky }, relay = net:population { name = "pop3_relay", size = 1, neuron = Leaky } }

local all = lp.all_to_all()
net:project { from = in1, to = pop1, target = "exc", connect = all }
net:project { from = in2, to = pop2, target = "exc", connect = all }
net:project { from = pop1, to = pop2, target = "copy", connect = lp.one_to_one() }           -- the relay
local ref = net:project { from = pop2, to = pop3.ref, target = "exc", connect = all, synapse = by_ref, refs = { mod = pop1 } }
local relay = net:project { from = pop2, to = pop3.relay, target = "exc", connect = all, synapse = by_relay }

local record = { ref = net:record(ref, "w"), relay = net:record(relay, "w"), r1 = net:record(pop1, "r"), r2 = net:record(pop2, { "r", "pop1_r" }),
  r3 = net:record(pop3.ref, "r"), r3_relay = net:record(pop3.relay, "r") }
net:run(a.duration)

local t = record.ref.t
local fig = lp.figure { rows = 2, width = 7, height = 7 }
fig[1]:line(t, record.r1.r:column(1), { label = "pop1" }):line(t, record.r2.r:column(1), { label = "pop2" })
fig[1]:line(t, record.r2.pop1_r:column(1), { label = "pop1 as the relay brings it", dash = "dashed" }):legend():ylabel "rate"
fig[2]:line(t, record.ref.w:column(1), { label = "by reference" }):line(t, record.relay.w:column(1), { label = "by relay" }):legend()
fig[2]:xlabel "time (ms)":ylabel "weight"
print("figure: " .. fig:save(a.out))

lp.result { { "w_ref", ref.w[1] }, { "w_relay", relay.w[1] }, { "r1", pop1.r[1] }, { "r2", pop2.r[1] }, { "r3_ref", pop3.ref.r[1] },
  { "r3_relay", pop3.relay.r[1] } }
