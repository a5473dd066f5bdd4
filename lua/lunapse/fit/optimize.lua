--- lp.optimize: the least value of something costly, such as a network that runs, over processes.
local options = require "lunapse.options"
local search = require "lunapse.fit.search"
local workers = require "lunapse.sweep.workers"

local optimize = {}

local EVALUATIONS = 50

local known = { run = "function", workers = "number", file = "string", progress = "boolean" }
for name, kind in pairs(search.known) do known[name] = kind end

--- The values of points from processes. A point that fails has none: math.huge, and a warning with its parameters. An error where all of the first ones fail.
local function evaluator(s, run, n, show)
  return function(points, numbers, keep)
    local values, failed, first = {}, 0, s.evaluations
    workers.work(points, function(p, k) return run(p, numbers[k]) end, math.min(n, #points), function(k, value, failure)
      local why = failure and failure.message
        or type(value) ~= "number" and ("it returned %s, where a number was expected"):format(options.show(value))
        or value ~= value and "it returned NaN" or nil
      values[k] = why and math.huge or value
      if not why then return keep(k, value) end
      failed = failed + 1
      if first == 0 and failed == #points then options.fail(("lp.optimize: all of the first points failed; { %s }: %s"):format(s._space:text(points[k]), why)) end
      options.warn(("optimize: { %s } failed: %s"):format(s._space:text(points[k]), why))
    end)
    show(s.evaluations + #points, s.value and (", best %.4g"):format(s.value))
    return values
  end
end

--- Find the parameters with which `run` returns the least value, in processes as lp.sweep has them: `run(p, k)` gets the parameters and the number of the evaluation, makes its own
--- network and returns a number. Results do not depend on `workers`.
---
--- `parameters`, `goal`, `tolerance`, `seed` and the other methods are those of lp.minimize. The default, "bayes", is for values that are costly: a Gaussian process with a
--- Matern 5/2 kernel is fitted to the values so far, and the points with the largest expected improvement come next (Jones, Schonlau & Welch 1998; Snoek, Larochelle
--- & Adams 2012), `population` (4) at a time. It ends after `evaluations` (50). A point that raises an error, returns no number, or whose process ends is told in a warning and
--- counts as worse than all others.
---
--- `file`: values are kept in this file (.npz, .h5) as they come, and the same call goes on from it; what `run` does is yours to keep the same.
---@param opt { parameters: table<string|integer, ParameterRange|number>, run: (fun(p: table<string|integer, number>, k: integer): number), workers?: integer, method?: string, population?: integer, evaluations?: integer, goal?: number, tolerance?: number, seed?: integer, file?: string, progress?: boolean }
---   workers: as many as there are processors
---@return Search
--- Errors: "lp.optimize: all of the first points failed; { w = 0.5 }: ...".
function optimize.optimize(opt)
  options.check("lp.optimize", opt, known, { "parameters", "run" })
  local named = {}
  for key in pairs(search.known) do named[key] = opt[key] end
  named.method, named.evaluations = opt.method or "bayes", opt.evaluations or EVALUATIONS
  local n = workers.count("lp.optimize", opt.workers)
  local s = search.new("lp.optimize", named)
  local show <close> = require("lunapse.sweep.progress").new("optimize", "evaluations", named.evaluations, opt.progress)
  return s:_run(evaluator(s, opt.run, n, show), { file = opt.file and options.path("lp.optimize", opt.file) })
end

return optimize
