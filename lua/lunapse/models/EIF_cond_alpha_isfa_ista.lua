--- Adaptive exponential integrate-and-fire, conductances with an alpha function (Brette & Gerstner 2005; PyNN's name and defaults).
return {
  name = "EIF_cond_alpha_isfa_ista",
  parameters = { v_rest = -70.6, cm = 0.281, tau_m = 9.3667, tau_syn_E = 5, tau_syn_I = 5, e_rev_E = 0, e_rev_I = -80, tau_w = 144, a = 4, b = 0.0805,
                 delta_T = 2, v_thresh = -50.4, v_reset = -70.6, v_spike = -40, tau_refrac = 0.1, i_offset = 0 },
  equations = [[
    gmax_exc = exp((tau_syn_E - dt / 2) / tau_syn_E)
    gmax_inh = exp((tau_syn_I - dt / 2) / tau_syn_I)
    I = alpha_exc * (e_rev_E - v) + alpha_inh * (e_rev_I - v) + i_offset
    tau_m * dv/dt = v_rest - v + delta_T * exp((v - v_thresh) / delta_T) + tau_m / cm * (I - w)   : init = v_reset
    tau_w * dw/dt = a * (v - v_rest) / 1000 - w
    tau_syn_E * dg_exc/dt = -g_exc                             : exponential
    tau_syn_I * dg_inh/dt = -g_inh                             : exponential
    tau_syn_E * dalpha_exc/dt = gmax_exc * g_exc - alpha_exc   : exponential
    tau_syn_I * dalpha_inh/dt = gmax_inh * g_inh - alpha_inh   : exponential
  ]],
  spike = "v > v_spike",
  reset = "v = v_reset ; w += b",
  refractory = "tau_refrac",
}
