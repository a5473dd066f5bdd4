--- Izhikevich's two-variable neuron (IEEE Transactions on Neural Networks 14, 2003); regular spiking unless parameters say otherwise.
return {
  name = "Izhikevich",
  parameters = { a = 0.02, b = 0.2, c = -65, d = 8, v_thresh = 30, i_offset = 0, noise = 0, tau_refrac = 0 },
  equations = [[
    I = g_exc - g_inh + noise * Normal(0, 1) + i_offset
    dv/dt = 0.04 * v^2 + 5 * v + 140 - u + I   : init = c
    du/dt = a * (b * v - u)                    : init = b * c
  ]],
  spike = "v > v_thresh",
  reset = "v = c ; u += d",
  refractory = "tau_refrac",
}
