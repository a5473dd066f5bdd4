-- Models as ANNarchy's users write them: texts of ours for each idiom of its manual, sections 1 (neurons), 2 (synapses), 4 (built-in synapses) and 5 (connections) of its features.
-- An entry: what it shows; `neuron` or `synapse` (between neurons with rates, or with spikes) or `connect`; `refused`: what is said of it, with the way to write it.
return {
  { "parameters as text, comments, a scope", neuron = { parameters = [[
      tau = 10.0 : population   # a time constant
      baseline = -0.2
      noise = 0.1 ; on = True : bool
    ]], equations = "tau * dmp/dt + mp = sum(exc) + baseline + noise * Uniform(-1.0, 1.0)\n r = if on: pos(mp) else: 0.0" } },
  { "the equation in any arrangement", neuron = { parameters = "tau = 10.", equations = "tau * dv/dt + v - 1.0 = 0.5 * t" } },
  { "init, min, max by name", neuron = { parameters = "tau = 10. ; E = -65. ; top = 3.0", equations = "tau * dv/dt = E - v : init = E, min = -70., max = top" } },
  { "random initial values", neuron = { equations = "dv/dt = -v : init = Uniform(-65.0, -55.0)" } },
  { "methods", neuron = { equations = [[
      da/dt = -a : explicit
      db/dt = -b : implicit
      dc/dt = -c : exponential
      dd/dt = -d : midpoint
      de/dt = -e : rk4
      2.0 * df/dt = -f : semiimplicit ]] } },
  { "coupled equations by one method", neuron = { parameters = "a = 0.02 ; b = 0.2 ; I = 5.0", equations = [[
      dv/dt = 0.04 * v^2 + 5.0 * v + 140.0 - u + I : init = -65.0, midpoint
      du/dt = a * (b * v - u) : init = -13.0, midpoint ]], spike = "v >= 30.0", reset = "v = -65.0\n u += 8.0" } },
  { "assignments and increments", neuron = { equations = "x = 2.0 * t\n y = x * x\n z += 0.1 : init = 0.0\n z *= 0.99" } },
  { "conditionals over lines", neuron = { equations = [[
      x = if t > 3.0:
            1.0
          else:
            if t > 2.0: 0.5 else: 0.0   : min = 0.0, max = 1.0 ]] } },
  { "ite, and, or, not, is", neuron = { equations = "x = ite((t > 1.0) and (t < 2.0), 1.0, 0.0)\n y = if not (t > 3) or t is 5: 1 else: 0" } },
  { "powers and functions", neuron = {
    equations = "x = t^2 + t**2 + power(t, 2) + pow(t, 2) + fabs(-t) + positive(t) + neg(t) + ln(1.0 + t) + modulo(t, 3.0) + clip(t, 0.0, 1.0)" } },
  { "isnan, isfinite, pi", neuron = { equations = "x = if isnan(t): 0.0 else: cos(2.0 * pi * t)\n y = if isfinite(x): x else: 0.0" } },
  { "distributions by the names of their arguments", neuron = {
    equations = "x = Normal(mu=0.0, sigma=1.0) + Exponential(1.0) + Gamma(1.0, 2.0) + LogNormal(0.0, 1.0) + DiscreteUniform(1, 6)" } },
  { "one number for the population", neuron = { equations = "n = Uniform(0.0, 1.0) : population\n x = n * t" } },
  { "functions of the model", neuron = { functions = "gate(v, h, s) = 1.0 / (1.0 + exp((h - v) / s))\n sigmoid(x) = 1.0 / (1.0 + exp(-x))",
    equations = "dv/dt = gate(v, 0.0, 1.0) - sigmoid(v)" } },
  { "everything that arrives", neuron = { equations = "tau * dr/dt + r = sum() : min = 0.0", parameters = "tau = 10.0" } },
  { "over the population", neuron = { equations = "dv/dt = 1.0 - v + t\n m = mean(v)\n n = norm2(v)\n r = v / (0.01 + max(v))" } },
  { "a line that begins with an operator", neuron = { equations = "x = t\n  + 1.0\n  - 0.5 * t" } },
  { "conductances without an equation", neuron = { parameters = "tau = 10.0 ; E = -60.0",
    equations = "tau * dv/dt = E - v + g_exc - g_inh : init = -60.0", spike = "v > -50.0", reset = "v = E" } },
  { "exponential conductances", neuron = { parameters = "tau = 10.0 ; tau_exc = 5.0",
    equations = "tau * dv/dt = -v + g_exc : exponential\n tau_exc * dg_exc/dt = -g_exc : exponential", spike = "v > 1.0", reset = "v = 0.0",
    refractory = 5 } },
  { "alpha conductances", neuron = { parameters = "tau = 5.0",
    equations = "gmax = exp((tau - dt/2.0)/tau)\n dv/dt = alpha - v\n tau * dg_exc/dt = -g_exc : exponential\n tau * dalpha/dt = gmax * g_exc - alpha : exponential",
    spike = "v > 1.0", reset = "v = 0.0" } },
  { "refractory by the name of a parameter", neuron = { parameters = "t_ref = 3.0", equations = "dv/dt = 0.2", spike = "v > 1.0", reset = "v = 0.0", refractory = "t_ref" } },
  { "the last spike", neuron = { equations = "dv/dt = 0.2\n since = t - t_last", spike = "v > 1.0", reset = "v = 0.0" } },
  { "spikes of the axon", neuron = { equations = "dv/dt = 0.2", spike = "v > 2.0", reset = "v = 0.0", axon_spike = "v > 1.0", axon_reset = "v += 0.5" } },
  { "what is found before the spike", neuron = { parameters = "vt = 0.0",
    equations = "prev_v = v\n dv/dt = 1.0 : init = -2.0", spike = "(v > vt) and (prev_v <= vt)", reset = "v = -1.0" } },
  { "a constant of the network", neuron = { parameters = "learning_rate", equations = "x = learning_rate * t" }, constants = { learning_rate = 0.1 } },

  { "psp", synapse = { psp = "w * pre.r" }, rates = true },
  { "psp with max", synapse = { psp = "w * pre.r * (1.0 - pre.r)", operation = "max" }, rates = true },
  { "Hebb", synapse = { parameters = "eta = 0.01 : projection", equations = "dw/dt = eta * pre.r * post.r : min = 0.0, explicit" }, rates = true },
  { "Oja", synapse = { parameters = "tau = 5000. ; alpha = 8.0", equations = "tau * dw/dt = pre.r * post.r - alpha * post.r^2 * w : min = 0.0" }, rates = true },
  { "BCM", synapse = { parameters = "eta = 0.01 : projection ; tau = 2000. : projection", equations =
    "tau * dtheta/dt + theta = post.r^2 : postsynaptic, exponential\n dw/dt = eta * post.r * (post.r - theta) * pre.r : min = 0.0, explicit" }, rates = true },
  { "means of the two populations", synapse = { equations = "dw/dt = 0.01 * (pre.r - mean(pre.r)) * (post.r - mean(post.r))" }, rates = true },
  { "semiglobal", synapse = { equations = "x = post.r * 2.0 : semiglobal\n dw/dt = x * pre.r" }, rates = true },
  { "what arrives at either side", synapse = { equations = "dw/dt = 0.01 * pre.sum(exc) * post.sum(exc)" }, rates = true },
  { "projection-wide values", synapse = { parameters = "dopamine = 0.5 : projection",
    equations = "trace = pre.r * post.r\n delta = if dopamine > 0.2: trace else: -trace\n w += 0.01 * delta : min = 0.0, max = 1.0" }, rates = true },
  { "gap junctions", synapse = { psp = "w * (pre.v - post.v)" } },
  { "g_target", synapse = { pre_spike = "g_target += w" } },
  { "g_target with bounds", synapse = { pre_spike = "g_target += w * 0.5 : max = 2.0" } },
  { "STDP", synapse = { parameters = "tau_pre = 20. ; tau_post = 20. ; cA = 0.01 ; cd = 0.011 ; w_max = 1.0",
    equations = "tau_pre * dx/dt = -x : event-driven\n tau_post * dy/dt = -y : event-driven",
    pre_spike = "g_target += w\n x += cA * w_max\n w = clip(w + y, 0.0, w_max)", post_spike = "y -= cd * w_max\n w = clip(w + x, 0.0, w_max)" } },
  { "STDP by times of spikes", synapse = { parameters = "tau = 20.",
    pre_spike = "g_target += w\n w = clip(w - 0.01 * exp((t_post - t)/tau), 0.0, 1.0)", post_spike = "w = clip(w + 0.01 * exp((t_pre - t)/tau), 0.0, 1.0)" } },
  { "unless_post", synapse = { pre_spike = "g_target += w\n w -= 0.1 : unless_post", post_spike = "w += 0.1" } },
  { "STP", synapse = { parameters = "tau_rec = 100. ; tau_facil = 20. ; U = 0.5",
    equations = "dx/dt = (1.0 - x)/tau_rec : init = 1.0, event-driven\n du/dt = (U - u)/tau_facil : init = 0.5, event-driven",
    pre_spike = "g_target += w * u * x\n x *= (1.0 - u)\n u += U * (1.0 - u)" } },
  { "NMDA, summed in every step", synapse = { parameters = "tau = 10.0", equations = "tau * dx/dt = -x\n tau * dg/dt = -g + x * (1.0 - g)", psp = "g", pre_spike = "x += w" } },
  { "calcium", synapse = { parameters = "tau_ca = 20. ; theta = 1.0", equations = "tau_ca * dca/dt = -ca\n dw/dt = if ca > theta: 0.01 else: -0.001 : min = 0.0",
    pre_spike = "g_target += w\n ca += 1.0", post_spike = "ca += 2.0" } },
  { "conditional change with flags", synapse = { parameters = "ltp = 0.1 ; ltd = 0.05 ; w_max = 1.0",
    pre_spike = "g_target += w\n w += if t_post >= t_pre: ltp else: -ltd : min = 0.0, max = w_max" } },
  { "homeostasis by the rate over a window", synapse = { parameters = "target = 35.",
    equations = "R = post.r : postsynaptic\n K = R / (target * (1.0 + fabs(1.0 - R/target) * 5.0)) : postsynaptic", pre_spike = "g_target += w\n w += 0.01 * K" }, window = 100 },
  { "structural plasticity", synapse = { equations = "dw/dt = 0.0 * pre.r", creating = "pre.r * post.r > 0.9 : proba = 0.5, w = 0.01, d = 1.0",
    pruning = "w < 0.0 : proba = 0.5" }, rates = true },

  { "no psp among the equations", synapse = { equations = "psp = w * pre.r" }, rates = true, refused = "it is a part of its own: psp = " },
  { "no division that is none", neuron = { equations = "x = rand(0, 1)" }, refused = "a random number is Uniform%(0, 1%)" },
}
