"""Hodgkin-Huxley cells of 20 compartments with Brian 2, each a SpatialNeuron, 100 ms at 0.025 ms; prints ns for a compartment and step, of the second run (the first
compiles). tests/bench/cables.lua has 10,000 such cells."""
import time
from brian2 import *
defaultclock.dt = 0.025*ms
cells, compartments, duration = 5, 20, 100*ms
eqs = """
Im = 0.3*msiemens/cm**2*(10.613*mV - v) + 120*msiemens/cm**2*m**3*h*(115*mV - v) + 36*msiemens/cm**2*n**4*(-12*mV - v) : amp/meter**2
I : amp (point current)
dm/dt = 1/exprel((25*mV - v)/(10*mV))/ms*(1 - m) - 4*exp(-v/(18*mV))/ms*m : 1
dn/dt = 0.1/exprel((10*mV - v)/(10*mV))/ms*(1 - n) - 0.125*exp(-v/(80*mV))/ms*n : 1
dh/dt = 0.07*exp(-v/(20*mV))/ms*(1 - h) - h/(exp((30*mV - v)/(10*mV)) + 1)/ms : 1
"""
net = Network()
for _ in range(cells):
    cell = SpatialNeuron(Cylinder(n=compartments, length=400*um, diameter=2*um), eqs, Cm=1*uF/cm**2, Ri=100*ohm*cm, method="exponential_euler")
    cell.v, cell.h, cell.n = 0*mV, 0.6, 0.3
    cell.I[0] = 1*nA
    net.add(cell)
net.run(1*ms)
start = time.process_time()
net.run(duration)
print("ns=%g" % ((time.process_time() - start)/(duration/defaultclock.dt*compartments*cells)*1e9))
