--- Nearest-neighbour STDP with homeostasis of the post neuron's rate (Carlson et al. 2013). The post population must count its rate over
--- T ms: `pop:compute_rate(5000)`.
return {
  name = "homeostatic_STDP",
  parameters = { tau_plus = 20, tau_minus = 60, A_plus = 0.0002, A_minus = 0.000066, w_min = 0, w_max = 0.03, alpha = 0.1, beta = 1, gamma = 50,
                 Rtarget = 35, T = 5000 },
  equations = [[
    tau_plus  * dltp/dt = -ltp   : exponential
    tau_minus * dltd/dt = -ltd   : exponential
    R = post.r                                              : postsynaptic
    K = R / (T * (1 + fabs(1 - R / Rtarget) * gamma))       : postsynaptic
    stdp = if t_post >= t_pre: ltp else: -ltd
    w += (alpha * w * (1 - R / Rtarget) + beta * stdp) * K  : min = w_min, max = w_max
  ]],
  pre_spike = [[
    g_target += w
    ltp = A_plus
  ]],
  post_spike = "ltd = A_minus",
}
