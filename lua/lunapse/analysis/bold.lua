--- The BOLD signal of populations, by balloon models of the blood in their surroundings. Each function here is public, `lp.NAME`.
local options = require "lunapse.options"

local bold = {}

-- Stephan et al. 2007: the revised (R) or the classical (C) coefficients, a non-linear (N) or a linear (L) output.
local outputs = {
  N = "BOLD = V_0*(k_1*(1 - q) + k_2*(1 - q/v) + k_3*(1 - v))",
  L = "BOLD = V_0*((k_1 + k_2)*(1 - q) + (k_3 - k_2)*(1 - v))",
}
local coefficients = {
  R = "k_1 = 4.3*v_0*E_0*TE\nk_2 = epsilon*r_0*E_0*TE\nk_3 = 1 - epsilon",
  C = "k_1 = (1 - V_0)*4.3*v_0*E_0*TE\nk_2 = 2*E_0\nk_3 = 1 - epsilon",
}
local balloon = [[
  ds/dt = (phi*I_CBF - kappa*s - gamma*(f_in - 1))/1000
  df_in/dt = s/1000                                        : init = 1, min = 0.01
  E = 1 - (1 - E_0)^(1/f_in)                               : init = 0.34
  f_out = v^(1/alpha)                                      : init = 1
  dq/dt = (f_in*E/E_0 - (q/v)*f_out)/(1000*tau)            : init = 1, min = 0.01
  dv/dt = (f_in - f_out)/(1000*tau)                        : init = 1, min = 0.01
]]
local defaults = { phi = 1, kappa = 1 / 1.54, gamma = 1 / 2.46, E_0 = 0.34, tau = 0.98, alpha = 0.33, V_0 = 0.02, v_0 = 40.3, TE = 0.04, epsilon = 1.43, r_0 = 25 }

local function model_of(where, given)
  if type(given) == "table" then
    local model = options.check(where .. ", model", given, { parameters = "table", equations = "string", name = "string" }, { "equations" })
    if not model.equations:find "%f[%w_]I_CBF%f[^%w_]" then options.fail(where .. ": the equations of a model read the input as I_CBF") end
    return model.parameters or {}, model.equations
  end
  local which, how = tostring(given):match "^([RC])([NL])$"
  if not which then options.fail(('%s: option \'model\' must be "RN", "RL", "CN", "CL" or { parameters =, equations = }, got %s'):format(where, options.show(given))) end
  local equations, read = balloon .. coefficients[which] .. "\n" .. outputs[how], {}
  for name, value in pairs(defaults) do
    if equations:find("%f[%w_]" .. name .. "%f[^%w_]") then read[name] = value end
  end
  return read, equations
end

--- What is measured in a scanner, as options of a population of one: `local scanner = net:population(lp.bold { of = { E, I }, variable = "r" })`, then `net:record(scanner, "BOLD")`.
--- The input I_CBF is the mean of a variable over all neurons, those of several populations together; with `normalize` ms it is the change against the mean of that first time of the
--- simulation, (m - base)/|base|, and 0 during it.
---
--- `model` is the balloon model of Stephan et al. (2007): "RN" (revised coefficients, non-linear; the default), "RL", "CN" (classical), "CL", or equations of yours that read I_CBF.
--- `parameters` change its values: phi, kappa, gamma (1/s), E_0, tau (s), alpha, V_0, v_0, TE (s), epsilon, r_0.
---@param opt { of: Population|Population[], variable?: string, model?: string|table, normalize?: number, scale?: number, parameters?: table, name?: string }
---@return table  options of net:population
function bold.bold(opt)
  local where = "lp.bold"
  opt = options.check(where, opt, { of = "table", variable = "string", model = "string|table", normalize = "number", scale = "number", parameters = "table", name = "string" },
    { "of" })
  local list = getmetatable(opt.of) and { opt.of } or opt.of
  local variable, total = opt.variable or "r", 0
  if not variable:match "^[%a_][%w_]*$" then options.fail(("%s: variable: a name expected, got %s"):format(where, options.show(variable))) end
  if #list == 0 then options.fail(where .. ": of: one population at least expected") end
  for k, pop in ipairs(list) do
    if type(pop) ~= "table" or not getmetatable(pop) or not pop.size then options.fail(("%s: of[%d]: a population expected, got %s"):format(where, k, options.show(pop))) end
    total = total + pop.size
  end
  local known, equations = model_of(where, opt.model or "RN")
  local parameters, refs, terms = {}, {}, {}
  for name, value in pairs(known) do parameters[name] = value end
  for name, value in pairs(opt.parameters or {}) do
    if known[name] == nil then
      local names = {}
      for other in pairs(known) do names[#names + 1] = other end
      options.fail(where .. ": " .. options.unknown("parameter", name, names))
    end
    parameters[name] = value
  end
  for k, pop in ipairs(list) do
    refs["source_" .. k] = pop
    terms[k] = ("%.17g*mean(source_%d.%s)"):format(pop.size / total, k, variable)
  end
  local input = "seen = " .. table.concat(terms, " + ")
  parameters.scale_of_input = options.number(where, "scale", opt.scale or 1, -math.huge, math.huge)
  if opt.normalize then
    parameters.normalized_after = options.number(where, "normalize", opt.normalize, 0, math.huge, true)
    input = input .. [[

      n_seen = if t < normalized_after: n_seen + 1 else: n_seen
      base = if t < normalized_after: base + (seen - base)/n_seen else: base
      I_CBF = if t < normalized_after: 0 else: scale_of_input*(seen - base)/(abs(base) + 1e-7)
    ]]
  else
    input = input .. "\nI_CBF = scale_of_input*seen"
  end
  local neuron = require("lunapse.network.model").neuron { name = "bold", parameters = parameters, equations = input .. "\n" .. equations }
  return { size = 1, neuron = neuron, refs = refs, name = opt.name }
end

return bold
