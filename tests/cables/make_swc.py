# Shapes from files: reference values of tests/cables_brian_spec.lua and the files that they are of, by Brian 2.5.1 (Stimberg, Brette and Goodman 2019; Debian: python3-brian), once:
#
#     python3 tests/cables/make_swc.py > tests/cables/swc_values.lua
#
# One cell with a soma of one point, of three and of a contour. Segments are 10 um long, so that a compartment of Brian, which is a segment, is one of Lunapse. Branches begin a
# hundredth of a um from the middle of the soma: Brian lets them begin in the middle itself, Lunapse, as NEURON does, at their own first point; so both have the same
# cell, but for this first short compartment.
#
# `name`: all compartments; then of each section (dend, dend.dend, dend.dend2, dend2, axon) without that short one: how many, their area, their length; diameter of the first and
# of the last; area of the first; length of the last; distances of both from the beginning; at the end the area of the cell. `v_name`: v in the soma, at the end of dend.dend2 and of
# the axon every 0.5 ms, with 0.6 nA into the soma for 2 ms. Numbers are um, um2, mV.
from shared import *

def write_swc(name, soma):
    lines, numbers = ['# number type x y z radius parent'], list(range(1, len(soma) + 1))
    for k, (x, y, z, r, parent) in enumerate(soma): lines.append('%d 1 %g %g %g %g %d' % (k + 1, x, y, z, r, parent))
    last = soma[-1] if name == 'contour' else soma[0]
    def branch(kind, parent, start, step, n, r0, r1):
        for k in range(n + 1 if parent == 'soma' else n):
            number = len(lines)
            at = [start[j] + step[j]*(k if parent == 'soma' else k + 1) for j in range(3)]
            share = (k if parent == 'soma' else k + 1)/n
            up = number - 1
            if k == 0: up = (len(soma) if name == 'contour' else 1) if parent == 'soma' else parent
            lines.append('%d %d %.10g %.10g %.10g %.10g %d' % (number, kind, at[0], at[1], at[2], r0 + (r1 - r0)*share, up))
        return number, at
    x, y, z = last[:3]
    fork, at = branch(3, 'soma', (x + 0.01, y, z), (10, 0, 0), 6, 1.0, 0.7)
    branch(3, fork, at, (8, 6, 0), 5, 0.7, 0.4)
    branch(3, fork, at, (8, -6, 0), 9, 0.7, 0.3)
    branch(3, 'soma', (x, y + 0.01, z), (0, 10, 0), 8, 0.9, 0.9)
    branch(2, 'soma', (x, y, z - 0.01), (0, 0, -10), 12, 0.4, 0.4)
    open('tests/cables/%s.swc' % name, 'w').write('\n'.join(lines) + '\n')

somata = {
    'point': [(0, 0, 0, 8, -1)],
    'three': [(0, 0, 0, 8, -1), (0, -8, 0, 8, 1), (0, 8, 0, 8, 1)],
    'contour': [(0, 0, 0, 4, -1), (0, 4, 0, 7, 1), (0, 8, 0, 7.5, 2), (0, 12, 0, 6, 3), (0, 16, 0, 4, 4)],
}
for name, soma in somata.items():
    write_swc(name, soma)
    start_scope()
    defaultclock.dt = 0.01*ms
    morpho = Morphology.from_file('tests/cables/%s.swc' % name)
    neuron = SpatialNeuron(morpho, eqs, method='exponential_euler', Cm=1*uF/cm**2, Ri=100*ohm*cm)
    neuron.v, neuron.m, neuron.h, neuron.n, neuron.gNa = 0*mV, 0.0529, 0.5961, 0.3177, gNa0
    parts = [neuron.dend, neuron.dend.dend, neuron.dend.dend2, neuron.dend2, neuron.axon]
    own = [p.main for p in parts]
    first = [1, 0, 0, 1, 1]             # the short compartment at the soma is left out
    values = [len(neuron)]
    for p, k in zip(own, first):
        values += [len(p) - k] + [float(sum(x[k:])) for x in (p.area/um**2, p.length/um)]
        values += [float(x) for x in (p.diameter[k]/um, p.diameter[-1]/um, p.area[k]/um**2, p.length[-1]/um, (p.distance[k] - neuron.distance[0])/um, (p.distance[-1] - neuron.distance[0])/um)]
    lua(name, values + [float(sum(neuron.area)/um**2)])
    mon = StateMonitor(neuron, 'v', record=[len(neuron.main)//2, neuron.dend.dend2.main.indices[-1], neuron.axon.main.indices[-1]])
    net = Network(neuron, mon)
    neuron.I[len(neuron.main)//2] = 0.6*nA
    net.run(2*ms)
    neuron.I = 0*amp
    net.run(4*ms)
    lua('v_' + name, [float(mon.v[i][k]/mV) for k in range(49, 600, 50) for i in range(3)])

write('make_swc.py')
