--- The neuron of the COBA benchmark, as the benches and the program in C beside them have it: Brette et al. (2007), benchmark 1, in mV and ms.
return require("lunapse").neuron {
  parameters = { tau = 20, tau_exc = 5, tau_inh = 10, El = -60, Ee = 0, Ei = -80, Vt = -50, Vr = -60 },
  equations = [[
    tau * dv/dt = (El - v) + g_exc * (Ee - v) + g_inh * (Ei - v)   : init = -60
    tau_exc * dg_exc/dt = -g_exc
    tau_inh * dg_inh/dt = -g_inh ]],
  spike = "v > Vt", reset = "v = Vr", refractory = 5,
}
