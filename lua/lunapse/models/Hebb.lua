--- Hebb's rule for rates.
return {
  name = "Hebb",
  parameters = { eta = 0.01 },
  equations = "dw/dt = eta * pre.r * post.r   : min = 0",
  psp = "w * pre.r",
}
