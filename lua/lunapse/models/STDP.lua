--- Additive pair STDP with traces, all pairs (Song, Miller & Abbott 2000). The window is that of docs/numerics.md.
return {
  name = "STDP",
  parameters = { tau_plus = 20, tau_minus = 20, A_plus = 0.01, A_minus = 0.01, w_min = 0, w_max = 1 },
  equations = [[
    tau_plus  * dx/dt = -x   : event-driven
    tau_minus * dy/dt = -y   : event-driven
  ]],
  pre_spike = [[
    g_target += w
    x += A_plus * w_max
    w = clip(w + y, w_min, w_max)
  ]],
  post_spike = [[
    y -= A_minus * w_max
    w = clip(w + x, w_min, w_max)
  ]],
}
