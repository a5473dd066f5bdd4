--- Leaky integrate-and-fire with current synapses that decay exponentially, integrated exactly (Rotter & Diesmann 1999). mV, ms.
return {
  name = "LIF",
  parameters = { tau_m = 20, tau_exc = 5, tau_inh = 5, E_L = -65, v_th = -50, v_reset = -65, t_ref = 2, I = 0 },
  equations = [[
    tau_m * dv/dt = E_L - v + g_exc - g_inh + I   : init = E_L, exact
    tau_exc * dg_exc/dt = -g_exc                  : exact
    tau_inh * dg_inh/dt = -g_inh                  : exact
  ]],
  spike = "v > v_th",
  reset = "v = v_reset",
  refractory = "t_ref",
}
