--- How fixed points depend on a parameter, where they lose their stability, and what the model does in a run.
local lp = require "lunapse"
local FitzHugh = lp.neuron { name = "FitzHugh", parameters = { I = 0, a = 0.7, b = 0.8, tau = 12.5 },
  equations = "dv/dt = v - v**3/3 - w + I : rk4; tau * dw/dt = v + a - b*w : rk4" }
local diagram = lp.bifurcation(FitzHugh, { parameter = "I", range = { 0, 2 }, limits = { v = { -3, 3 }, w = { -2, 3 } }, duration = 400, dt = 0.2, n = 61,
  axes = lp.figure { width = "110 mm", height = "80 mm" }[1] })
diagram.axes:legend "right"
diagram.figure:save "bifurcation.png"
