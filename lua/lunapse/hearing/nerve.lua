--- The synapse between inner hair cell and auditory nerve, and the fibre's spikes.

local options = require "lunapse.options"

local nerve = {}

local defaults = { spont = 50, A_SS = 130, tau_ST = 60, tau_R = 2, A_RST = 6, PTS = 8.627, P_Imax = 0.6, c_0 = 0.5, c_1 = 0.5, R_A = 0.75, s_0 = 1, s_1 = 12.5, cf = 1000 }

local equations = [[
  rise = log(2)*20*(spont + 1)/(spont + 5)*P_Imax*max(1.5, 2 + 3*log10(cf/1000))/P_rest
  p_2  = if rise < 100: log(exp(min(rise, 100)) - 1) else: rise
  push = p_2*V_ihc
  P_I  = P_rest/log(2)*(if push < 100: log(1 + exp(min(push, 100))) else: push)
  dC_I/dt = (-P_I*C_I + P_L*(C_L - C_I))/V_I                : init = C_I0
  dC_L/dt = (-P_L*(C_L - C_I) + P_G*(C_G - C_L))/V_L        : init = C_L0
  s = C_I*P_I
  de_0/dt = -e_0/s_0   : unless refractory
  de_1/dt = -e_1/s_1   : unless refractory
  R = s*(1 - c_0*e_0 - c_1*e_1)
]]

--- Volumes (ms), permeabilities and concentrations of the stores at rest: appendix A of the paper.
local function stores(o)
  local A_ON, spont, P_Imax = o.PTS * o.A_SS, o.spont, o.P_Imax
  local A_R = (A_ON - o.A_SS) * o.A_RST / (1 + o.A_RST)
  local A_ST, P_rest = A_ON - o.A_SS - A_R, P_Imax * spont / A_ON
  local C_G = spont * (A_ON - spont) / (A_ON * P_rest * (1 - spont / o.A_SS))
  local gamma_1, gamma_2, kappa_1, kappa_2 = C_G / spont, C_G / o.A_SS, -1 / o.tau_R, -1 / o.tau_ST
  local function volume(A, kappa, other)
    return (1 - P_Imax / P_rest) / (gamma_1 * (A * (kappa - other) / (C_G * P_Imax) + other / (P_rest * gamma_1) - other / (P_Imax * gamma_2)))
  end
  local V_I = (volume(A_R, kappa_1, kappa_2) + volume(A_ST, kappa_2, kappa_1)) / 2
  local alpha = gamma_2 / (kappa_1 * kappa_2)
  local theta_1, theta_3 = alpha * P_Imax / V_I, gamma_2 - 1 / P_Imax
  local P_L = ((-(kappa_1 + kappa_2) * alpha - V_I / P_Imax * theta_3) / theta_1 - 1) * P_Imax
  local P_G, C_I0 = 1 / (theta_3 - 1 / P_L), spont / P_rest
  return { V_I = V_I, V_L = theta_1 * P_L * P_G, P_L = P_L, P_G = P_G, P_rest = P_rest, P_Imax = P_Imax, C_G = C_G, C_I0 = C_I0, C_L0 = C_I0 * (P_rest + P_L) / P_L }
end

--- A model of neurons: auditory nerve fibres (Zhang, Heinz, Bruce & Carney 2001, Journal of the Acoustical Society of America 109:648, equations 17 to 20 and A1 to A20), driven by the voltage of a hair cell:
--- `drive = { V_ihc = h.tan_carney(...) }`. `s` is the rate before refractoriness, Hz, `R` with it, by which they spike. `cf`, Hz, differs between neurons: `parameters = { cf = bank.cf }`.
---@param parameters? table<string, number>  spont (50 Hz), A_SS (130 Hz), tau_ST (60 ms), tau_R (2 ms), A_RST (6), PTS (8.627), P_Imax (0.6), c_0, c_1 (0.5), R_A (0.75 ms), s_0 (1 ms), s_1 (12.5 ms), cf (1000 Hz)
---@return any
--- Example: net:population { size = 20, neuron = h.zhang_synapse(), dt = 1000/50000, drive = { V_ihc = bank }, parameters = { cf = bank.cf } }
function nerve.zhang_synapse(parameters)
  local known, o = {}, {}
  for name in pairs(defaults) do known[name] = "number" end
  parameters = options.check("zhang_synapse", parameters or {}, known)
  for name, value in pairs(defaults) do o[name] = options.number("zhang_synapse", name, parameters[name] or value, 0, math.huge) end
  options.number("zhang_synapse", "spont", o.spont, 0, o.A_SS, true)
  if o.spont == o.A_SS then options.fail(("zhang_synapse: spont must be less than A_SS, %g Hz"):format(o.A_SS)) end
  local own = stores(o)
  own.V_ihc = 0
  for _, name in ipairs { "spont", "c_0", "c_1", "s_0", "s_1", "R_A", "cf" } do own[name] = o[name] end
  return require("lunapse").neuron {
    name = "ZhangSynapse", parameters = own, equations = equations,
    spike = "Uniform(0, 1) < R*dt/1000", reset = "e_0 = 1; e_1 = 1", refractory = "R_A",
  }
end

return nerve
