--- The BCM rule with a sliding threshold (Intrator & Cooper 1992).
return {
  name = "IBCM",
  parameters = { eta = 0.01, tau = "2000 : projection" },
  equations = [[
    tau * dtheta/dt + theta = post.r^2                      : postsynaptic, exponential
    dw/dt = eta * post.r * (post.r - theta) * pre.r         : min = 0
  ]],
  psp = "w * pre.r",
}
