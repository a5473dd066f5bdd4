--- Rate-coded leaky integrator with a threshold; defaults of ANNarchy.
return {
  name = "LeakyIntegrator",
  parameters = { tau = 10, B = 0, T = "0 : population" },
  equations = [[
    tau * dv/dt + v = sum(exc) - sum(inh) + B   : exponential
    r = pos(v - T)
  ]],
}
