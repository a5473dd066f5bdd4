--- lp.minimize and lp.optimizer: the least value of a function of a script.
local options = require "lunapse.options"
local search = require "lunapse.fit.search"

local minimize = {}

local EVALUATIONS_EACH = 2000             -- for each free parameter, unless it is said

local function with_defaults(opt)
  local copy = {}
  for key, value in pairs(opt) do copy[key] = value end
  copy.method = copy.method or "cma-es"
  if copy.evaluations == nil and type(copy.parameters) == "table" then
    local d = 0
    for _, p in pairs(copy.parameters) do if type(p) == "table" then d = d + 1 end end
    copy.evaluations = math.max(1, EVALUATIONS_EACH * d, (tonumber(copy.population) or 0) * 100)
  end
  return copy
end

--- The least value of f within bounds, in this process. f gets a table of the parameters, by name or as a list, and returns a number, or math.huge where there is
--- none. `parameters` has a range for each, `{ low, high, log = true, start = x }`, or a number where it is fixed.
---
--- `method`: "cma-es" (default: Hansen, arXiv:1604.00772) and "de" (differential evolution, Storn & Price 1997) want a generation of `population` points at once; "bayes"
--- (see lp.optimize) takes few of them; NLopt's "crs2", "isres", "esch" and "direct" look everywhere, its "bobyqa" and "nelder-mead" go downhill from the start. It ends
--- when all points lie within `tolerance` of the ranges (1e-6), at a value of at most `goal`, or after `evaluations` values (2000 for each parameter). The
--- same seed gives the same points. NLopt's methods need Debian's package libnlopt-dev when Lunapse is built. An error that f raises ends it and goes on to the caller.
---@param f fun(p: table<string|integer, number>): number
---@param opt { parameters: table<string|integer, ParameterRange|number>, method?: string, population?: integer, evaluations?: integer, goal?: number, tolerance?: number, seed?: integer }
---@return Search
--- Example: lp.minimize(function(x) return (x[1] - 1)^2 + (x[2] + 2)^2 end, { parameters = { { -5, 5 }, { -5, 5 } } })
--- Errors: "lp.minimize: parameter 'tau': the bounds must rise, got 50 to 5".
function minimize.minimize(f, opt)
  if type(f) ~= "function" then options.fail("lp.minimize: a function expected, got " .. options.show(f)) end
  options.check("lp.minimize", opt, search.known, { "parameters" })
  local s = search.new("lp.minimize", with_defaults(opt))
  return s:_run(function(points)
    local values = {}
    for k, point in ipairs(points) do values[k] = s:_check(point, f(point)) end
    return values
  end)
end

--- A search that is led by hand, for values that are got together: `search:ask()` gives the points of a generation, `search:tell(values)` takes their values, until
--- `search.stopped` says why it is over. Options are those of lp.minimize, methods "cma-es", "de" and "bayes".
---@param opt { parameters: table<string|integer, ParameterRange|number>, method?: string, population?: integer, evaluations?: integer, goal?: number, tolerance?: number, seed?: integer }
---@return Search
function minimize.optimizer(opt)
  options.check("lp.optimizer", opt, search.known, { "parameters" })
  local self = search.new("lp.optimizer", with_defaults(opt))
  self:_refuse_one_by_one "ask"
  return self
end

return minimize
