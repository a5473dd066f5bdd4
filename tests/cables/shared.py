# What tests/cables/make.py and make_swc.py share: the squid's axon of Hodgkin and Huxley (1952) as a text for Brian, and how their numbers are written.
import textwrap
from brian2 import *
import brian2

prefs.codegen.target = 'numpy'
out = []

def lua(name, values):
    out.append('  %s = {\n    %s\n  },' % (name, textwrap.fill(', '.join('%.10g' % x for x in values), 140, subsequent_indent='    ')))

def write(maker):
    print('-- Made by tests/cables/%s with Brian %s.\nreturn {' % (maker, brian2.__version__))
    print('\n'.join(out))
    print('}')

El, ENa, EK = 10.613*mV, 115*mV, -12*mV
gl, gNa0, gK = 0.3*msiemens/cm**2, 120*msiemens/cm**2, 36*msiemens/cm**2
eqs = '''
Im = gl*(El - v) + gNa*m**3*h*(ENa - v) + gK*n**4*(EK - v) : amp/meter**2
I : amp (point current)
dm/dt = alpham*(1 - m) - betam*m : 1
dn/dt = alphan*(1 - n) - betan*n : 1
dh/dt = alphah*(1 - h) - betah*h : 1
alpham = (0.1/mV)*10*mV/exprel((-v + 25*mV)/(10*mV))/ms : Hz
betam = 4*exp(-v/(18*mV))/ms : Hz
alphah = 0.07*exp(-v/(20*mV))/ms : Hz
betah = 1/(exp((-v + 30*mV)/(10*mV)) + 1)/ms : Hz
alphan = (0.01/mV)*10*mV/exprel((-v + 10*mV)/(10*mV))/ms : Hz
betan = 0.125*exp(-v/(80*mV))/ms : Hz
gNa : siemens/meter**2
'''
