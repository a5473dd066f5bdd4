"""A generation of candidates as brian2modelfitting runs it in Brian 2's runtime mode: 200 AdEx neurons with parameters of their own, 300 ms at 0.1 ms, the squared
error summed. Prints steps of neurons a second, of the second run (the first compiles); examples/fit_adex.lua prints ours."""
import time
from brian2 import *
defaultclock.dt = 0.1*ms
n, duration = 200, 300*ms
rows = int(duration/defaultclock.dt)
I = TimedArray(600 + 350*np.random.randn(rows), dt=defaultclock.dt)
target = TimedArray(-70 + 5*np.random.randn(rows), dt=defaultclock.dt)
eqs = """
dv/dt = (g_L*(E_L - v) + g_L*delta_T*exp((v + 50.4)/delta_T) + g_exc*(0 - v) + g_inh*(-80 - v) + I(t) - w)/C/ms : 1
dw/dt = (a*(v - E_L) - w)/tau_w/ms : 1
dg_exc/dt = -g_exc/(5*ms) : 1
dg_inh/dt = -g_inh/(5*ms) : 1
C : 1 (constant)
g_L : 1 (constant)
E_L : 1 (constant)
delta_T : 1 (constant)
a : 1 (constant)
tau_w : 1 (constant)
b : 1 (constant)
total_error : 1
"""
P = NeuronGroup(n, eqs, threshold="v > -40", reset="v = -70.6; w += b", method="rk4")
P.run_regularly("total_error += (v - target(t))**2 * int(t > 10*ms)", when="end")
for name, low, high in [("C", 100, 500), ("g_L", 10, 60), ("E_L", -90, -55), ("delta_T", 0.5, 6), ("a", 0, 20), ("tau_w", 30, 400), ("b", 10, 300)]:
    setattr(P, name, low + (high - low)*np.random.rand(n))
P.v = -70
run(1*ms)
start = time.process_time()
run(duration)
seconds = time.process_time() - start
print("seconds=%g steps_per_second=%g" % (seconds, n*rows/seconds))
