--- Short-term plasticity (Tsodyks & Markram 1997): u is the part of the resources x that a spike uses.
return {
  name = "STP",
  parameters = { tau_rec = 100, tau_facil = 0.01, U = 0.5 },
  equations = [[
    dx/dt = (1 - x) / tau_rec     : init = 1, event-driven
    du/dt = (U - u) / tau_facil   : init = U, event-driven
  ]],
  pre_spike = [[
    g_target += w * u * x
    x *= (1 - u)
    u += U * (1 - u)
  ]],
}
