--- Oja's rule for rates (Oja 1982): Hebbian growth, kept in bounds by the square of the post rate.
return {
  name = "Oja",
  parameters = { eta = 0.01, alpha = 1 },
  equations = "dw/dt = eta * (pre.r * post.r - alpha * post.r^2 * w)   : min = 0",
  psp = "w * pre.r",
}
