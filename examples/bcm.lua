--- The BCM rule with a sliding threshold (Intrator & Cooper 1992): the output grows until its threshold catches up, and then learns which input to
--- drop. Two inputs, one neuron. Run: lunapse examples/bcm.lua [seed=1 dt=1 duration=1000 threads=1 precision=float64 out=bcm.png]
local lp = require "lunapse"
local a = lp.arguments { seed = 1, dt = 1, duration = 1000, threads = 1, precision = "float64", out = "bcm.png" }

local Input = lp.neuron { name = "Input", parameters = { r = 0 } }
local Linear = lp.neuron { name = "Linear", equations = "r = sum(exc) : min = 0" }
local BCM = lp.synapse {
  name = "BCM",
  parameters = { eta = 0.01, tau = 100 },
  equations = [[
    tau * dtheta/dt + theta = post.r^2         : postsynaptic, exponential
    excess = post.r - theta                    : postsynaptic
    dw/dt = eta * post.r * excess * pre.r      : min = 0
  ]],                    -- the line between the two makes w follow the threshold of this step, not of the last
}

local net = lp.network { dt = a.dt, seed = a.seed, threads = a.threads, precision = a.precision }
local pre = net:population { name = "pre", size = 2, neuron = Input }
local post = net:population { name = "post", size = 1, neuron = Linear }
pre.r = { 1, 0.1 }
local proj = net:project { from = pre, to = post, target = "exc", synapse = BCM, connect = lp.all_to_all(), weights = 1 }
local rate, theta, w = net:record(post, "r"), net:record(proj, "theta"), net:record(proj, "w")
net:run(a.duration)

local r = rate.r:column(1)
local fig = lp.figure { rows = 2, width = 7, height = 7 }
fig[1]:line(rate.t, r, { label = "rate" }):line(theta.t, theta.theta:column(1), { label = "threshold" }):legend():ylabel "rate of the output"
fig[2]:line(w.t, w.w:column(1), { label = "from the strong input" }):line(w.t, w.w:column(2), { label = "from the weak input" }):legend()
fig[2]:xlabel "time (ms)":ylabel "weight"
print("figure: " .. fig:save(a.out))

lp.result { { "r", post.r[1] }, { "theta", proj.theta[1] }, { "w1", proj.w[1] }, { "w2", proj.w[2] }, { "r_max", r:max() }, { "r_max_step", r:argmax() - 1 },
  { "w1_max", w.w:column(1):max() } }
