--- Nearest-neighbour STDP: in every step the weight follows the trace of the later of the two spikes (Carlson et al. 2013).
return {
  name = "nearest_neighbour_STDP",
  parameters = { tau_plus = 20, tau_minus = 60, A_plus = 0.0002, A_minus = 0.000066, w_min = 0, w_max = 0.03 },
  equations = [[
    tau_plus  * dltp/dt = -ltp   : exponential
    tau_minus * dltd/dt = -ltd   : exponential
    w += if t_post >= t_pre: ltp else: -ltd   : min = w_min, max = w_max
  ]],
  pre_spike = [[
    g_target += w
    ltp = A_plus
  ]],
  post_spike = "ltd = A_minus",
}
