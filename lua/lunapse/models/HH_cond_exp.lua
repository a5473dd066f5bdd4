--- Hodgkin-Huxley neuron with the rates of Traub & Miles (1991) and conductance synapses (PyNN's name and defaults). ms, mV, nA, nF, uS.
--- bh has the published form 4/(1 + exp((40 - v + v_offset)/5)).
return {
  name = "HH_cond_exp",
  parameters = { gbar_Na = 20, gbar_K = 6, gleak = 0.01, cm = 0.2, v_offset = -63, e_rev_Na = 50, e_rev_K = -90, e_rev_leak = -65, e_rev_E = 0,
                 e_rev_I = -80, tau_syn_E = 0.2, tau_syn_I = 2, i_offset = 0, v_thresh = 0 },
  functions = [[
    an(x) = 0.032 * (15 - x) / (exp((15 - x) / 5) - 1)
    am(x) = 0.32 * (13 - x) / (exp((13 - x) / 4) - 1)
    ah(x) = 0.128 * exp((17 - x) / 18)
    bn(x) = 0.5 * exp((10 - x) / 40)
    bm(x) = 0.28 * (x - 40) / (exp((x - 40) / 5) - 1)
    bh(x) = 4 / (1 + exp((40 - x) / 5))
  ]],
  equations = [[
    prev_v = v
    dn/dt = an(v - v_offset) * (1 - n) - bn(v - v_offset) * n   : init = 0, exponential
    dm/dt = am(v - v_offset) * (1 - m) - bm(v - v_offset) * m   : init = 0, exponential
    dh/dt = ah(v - v_offset) * (1 - h) - bh(v - v_offset) * h   : init = 1, exponential
    cm * dv/dt = gleak * (e_rev_leak - v) + gbar_K * n^4 * (e_rev_K - v) + gbar_Na * m^3 * h * (e_rev_Na - v) + g_exc * (e_rev_E - v) + g_inh * (e_rev_I - v) + i_offset   : init = e_rev_leak, exponential
    tau_syn_E * dg_exc/dt = -g_exc   : exponential
    tau_syn_I * dg_inh/dt = -g_inh   : exponential
  ]],
  spike = "v > v_thresh and prev_v <= v_thresh",
}
