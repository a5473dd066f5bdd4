"""COBA of Brette et al. 2007 with Brian 2, one second; prints the seconds of the second run (the first compiles)."""
import time
from brian2 import *
defaultclock.dt = 0.1*ms
eqs = """
dv/dt = ((-60 - v) + ge*(0 - v) + gi*(-80 - v))/(20*ms) : 1 (unless refractory)
dge/dt = -ge/(5*ms) : 1
dgi/dt = -gi/(10*ms) : 1
"""
P = NeuronGroup(4000, eqs, threshold="v > -50", reset="v = -60", refractory=5*ms, method="euler")
P.v, P.ge, P.gi = "-65 + 5*randn()", "4 + 1.5*randn()", "20 + 12*randn()"
Ce = Synapses(P[:3200], P, on_pre="ge += 0.6")
Ci = Synapses(P[3200:], P, on_pre="gi += 6.7")
Ce.connect(p=0.02)
Ci.connect(p=0.02)
run(10*ms)
start = time.process_time()
run(1000*ms)
print("seconds=%g" % (time.process_time() - start))
