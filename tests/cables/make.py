# Reference values of tests/cables_brian_spec.lua, by Brian 2.5.1 (Stimberg, Brette and Goodman 2019; Debian: python3-brian), once:
#
#     python3 tests/cables/make.py > tests/cables/values.lua
#
# Each case is one of the compartmental problems that its examples treat, at its dt and number of compartments. Numbers are mV, ms, m/s.
from shared import *

def fresh(dt):
    start_scope()
    defaultclock.dt = dt

# ---- infinite cable: a pulse in the middle, v over time there and further away
fresh(0.1*ms)
gL, EL = 1e-4*siemens/cm**2, -70*mV
neuron = SpatialNeuron(Cylinder(diameter=1*um, length=3*mm, n=500), 'Im = gL*(EL - v) : amp/meter**2\nI : amp (point current)', Cm=1*uF/cm**2, Ri=100*ohm*cm)
neuron.v = EL
near, far = 250, 300
mon = StateMonitor(neuron, 'v', record=[near, far])
net = Network(neuron, mon)
neuron.I[250] = 0.1*nA
net.run(1*ms)
neuron.I = 0*amp
net.run(50*ms)
lua('infinite', [float(mon.v[i][k]/mV) for k in (5, 10, 20, 50, 100, 200, 400) for i in (0, 1)])

# ---- Hodgkin and Huxley 1952: the squid's axon
fresh(0.01*ms)
neuron = SpatialNeuron(Cylinder(length=10*cm, diameter=2*238*um, n=1000), eqs, method='exponential_euler', refractory='m > 0.4', threshold='m > 0.5',
                       Cm=1*uF/cm**2, Ri=35.4*ohm*cm)
neuron.v, neuron.h, neuron.m, neuron.n, neuron.gNa = 0*mV, 1, 0, 0.5, gNa0
mon, spikes = StateMonitor(neuron, 'v', record=[300, 700]), SpikeMonitor(neuron)
net = Network(neuron, mon, spikes)
net.run(50*ms)
neuron.I[0] = 1*uA
net.run(3*ms)
neuron.I = 0*amp
net.run(10*ms)
first = {}
for i, t in zip(spikes.i, spikes.t/ms):
    if t > 50: first.setdefault(int(i), float(t))
d = neuron.distance
lua('axon', [float((d[700] - d[300])/meter)/(first[700] - first[300])*1000, float(max(mon.v[0][5000:])/mV), float(min(mon.v[0][5000:])/mV), first[300]])

# ---- Rall's branched cable beside its equivalent cylinder, and a bipolar cell
def after_50_ms(morpho, where):
    fresh(0.1*ms)
    EL = -70*mV
    neuron = SpatialNeuron(morpho, 'Im = gL*(EL - v) : amp/meter**2\nI : amp (point current)', Cm=1*uF/cm**2, Ri=150*ohm*cm,
                           namespace={'gL': 1e-4*siemens/cm**2, 'EL': EL})
    neuron.v = EL
    where(neuron)
    Network(neuron).run(50*ms)
    return neuron

d1 = 0.5*um
r = (d1**1.5 + d1**1.5)**(2./3)
morpho = Cylinder(diameter=r, length=200*um, n=50)
morpho.L = Cylinder(diameter=d1, length=300*um, n=50)
morpho.R = Cylinder(diameter=d1, length=300*um, n=50)
def inject(n): n.I[0] = 0.02*nA
n = after_50_ms(morpho, inject)
lua('rall', [float(x/mV) for x in (n.main.v[0], n.main.v[49], n.L.v[0], n.L.v[25], n.L.v[49])])

morpho = Soma(30*um)
morpho.axon = Cylinder(diameter=1*um, length=300*um, n=50)
morpho.L = Cylinder(diameter=1*um, length=100*um, n=50)
morpho.R = Cylinder(diameter=1*um, length=150*um, n=50)
def inject(n): n.I[0] = 0.2*nA
n = after_50_ms(morpho, inject)
lua('bipolar', [float(x/mV) for x in (n.main.v[0], n.axon.v[-1], n.L.v[-1], n.R.v[25])])
def inject(n): n.L.I[49] = 0.05*nA
n = after_50_ms(morpho, inject)
lua('bipolar_dendrite', [float(x/mV) for x in (n.main.v[0], n.axon.v[-1], n.L.v[49], n.R.v[25])])

# ---- lateral inhibition of synapses on a dendrite: excitation at the end, shunting inhibition on the path and off it
def synapses(inhibited):
    fresh(0.1*ms)
    El, Ee, Ei = -70*mV, 0*mV, -80*mV
    taue, taui, gL = 5*ms, 10*ms, 1e-4*siemens/cm**2
    morpho = Cylinder(length=600*um, diameter=1*um, n=60)
    eqs = '''Im = gL*(El - v) : amp/meter**2
    Is = ge*(Ee - v) + gi*(Ei - v) : amp (point current)
    dge/dt = -ge/taue : siemens
    dgi/dt = -gi/taui : siemens'''
    neuron = SpatialNeuron(morpho, eqs, Cm=1*uF/cm**2, Ri=150*ohm*cm, method='exponential_euler',
                           namespace=dict(El=El, Ee=Ee, Ei=Ei, taue=taue, taui=taui, gL=gL))
    neuron.v = El
    mon = StateMonitor(neuron, 'v', record=[0, 30, 50])
    net = Network(neuron, mon)
    net.run(5*ms)
    neuron.ge[50] = 2*nS
    if inhibited is not None: neuron.gi[inhibited] = 10*nS
    net.run(30*ms)
    return [float(max(mon.v[i])/mV) for i in range(3)]

lua('excited', synapses(None))
lua('inhibited_on_path', synapses(20))
lua('inhibited_off_path', synapses(58))

# ---- the potential outside of an axon: membrane currents, each by its distance
fresh(0.02*ms)
neuron = SpatialNeuron(Cylinder(x=[0, 10]*cm, diameter=2*238*um, n=200, type='axon'), eqs, method='exponential_euler', Cm=1*uF/cm**2, Ri=35.4*ohm*cm)
neuron.v, neuron.h, neuron.m, neuron.n, neuron.gNa = 0*mV, 1, 0, 0.5, gNa0
mon = StateMonitor(neuron, ['v', 'Im'], record=True)
net = Network(neuron, mon)
net.run(30*ms)
neuron.I[0] = 1*uA
net.run(3*ms)
neuron.I = 0*amp
net.run(6*ms)
v = mon.v/mV
capacitive = diff(v, axis=1)/0.02             # uA/cm2 at Cm = 1
through = capacitive - (mon.Im/(uA/cm**2))[:, 1:]
x, area = array(neuron.x/meter), array(neuron.area/meter**2)
place, sigma = 0.05, 0.3
weight = area/(4*pi*sigma)/sqrt((x - place)**2 + 0.001**2)
potential = (through*1e-2*weight[:, None]).sum(axis=0)*1e3   # A/m2 -> V -> mV
part = potential[1600:]
lua('outside', [float(part.max()), float(part.min())])

write('make.py')
