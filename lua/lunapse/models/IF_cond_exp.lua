--- Integrate-and-fire, conductance synapses with exponential decay (PyNN's name and defaults). ms, mV, nA, nF, uS.
return {
  name = "IF_cond_exp",
  parameters = { v_rest = -65, cm = 1, tau_m = 20, tau_syn_E = 5, tau_syn_I = 5, e_rev_E = 0, e_rev_I = -70, v_thresh = -50, v_reset = -65,
                 tau_refrac = 0, i_offset = 0 },
  equations = [[
    cm * dv/dt = cm / tau_m * (v_rest - v) + g_exc * (e_rev_E - v) + g_inh * (e_rev_I - v) + i_offset   : exponential, init = v_reset
    tau_syn_E * dg_exc/dt = -g_exc                                                                      : exponential
    tau_syn_I * dg_inh/dt = -g_inh                                                                      : exponential
  ]],
  spike = "v > v_thresh",
  reset = "v = v_reset",
  refractory = "tau_refrac",
}
