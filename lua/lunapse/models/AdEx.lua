--- Adaptive exponential integrate-and-fire in physical units (Brette & Gerstner 2005): mV, pA, pF, nS; driven by a current I. What flows goes by v up to v_cut, so that
--- v_cut may be anywhere above v_T: within the step of a spike v would else grow without limit, and w with it.
return {
  name = "AdEx",
  parameters = { C = 281, g_L = 30, E_L = -70.6, v_T = -50.4, delta_T = 2, v_cut = -40, tau_w = 144, a = 4, b = 80.5, v_r = -70.6, t_ref = 0, I = 0,
                 tau_exc = 5, tau_inh = 5, E_exc = 0, E_inh = -80 },
  equations = [[
    u := min(v, v_cut)
    C * dv/dt = g_L * (E_L - u) + g_L * delta_T * exp((u - v_T) / delta_T) + g_exc * (E_exc - u) + g_inh * (E_inh - u) - w + I   : init = E_L, rk4
    tau_w * dw/dt = a * (u - E_L) - w                                                                                             : rk4
    tau_exc * dg_exc/dt = -g_exc                                                                                                  : exponential
    tau_inh * dg_inh/dt = -g_inh                                                                                                  : exponential
  ]],
  spike = "v > v_cut",
  reset = "v = v_r ; w += b",
  refractory = "t_ref",
}
