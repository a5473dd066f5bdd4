--- lp.optimize: the least value of something costly, such as a network that runs, over processes.
local array = require "lunapse.array"
local options = require "lunapse.options"
local search = require "lunapse.fit.search"
local workers = require "lunapse.sweep.workers"

local optimize = {}

local EVALUATIONS = 50

local known = { run = "function", workers = "number", file = "string", progress = "boolean", target = "number|table" }
for name, kind in pairs(search.known) do known[name] = kind end

--- What a target is: one number, or a list of them. Nil where there is none.
local function read_target(given)
  if given == nil then return nil end
  local list = type(given) == "number" and { given } or given
  for k = 1, math.max(1, #list) do
    local x = list[k]
    if type(x) ~= "number" or x - x ~= 0 then options.fail(("lp.optimize: target must be a finite number, or a list of these, got %s"):format(options.show(x))) end
  end
  return list
end

--- Numbers that a run gave, one for each place of the target; nil where it gave something else.
local function numbers_of(given, n)
  local list = type(given) == "number" and { given } or array.is(given) and given:axes() == 1 and given:table() or given
  if type(list) ~= "table" or #list ~= n then return nil end
  for k = 1, n do
    if type(list[k]) ~= "number" then return nil end
  end
  return table.move(list, 1, n, 1, {})
end

--- The answer of a run, as search.lua has it, from what it returned; or why there is none.
local function answer_of(returned, target)
  local function missing(value, what)
    local n = target and #target or 1
    return nil, ("it returned %s, where %s expected"):format(options.show(value), n == 1 and ("a %s was"):format(what) or ("%d %ss were"):format(n, what))
  end
  local value, errors = returned[1], returned[2]
  if not target then
    if type(value) ~= "number" then return missing(value, "number") end
    if value ~= value then return nil, "it returned NaN" end
    return value
  end
  local answer = numbers_of(value, #target)
  if not answer then return missing(value, "number") end
  for _, x in ipairs(answer) do
    if x - x ~= 0 then return nil, x ~= x and "it returned NaN" or "it returned an infinite number" end
  end
  local known_errors = numbers_of(errors, #target)
  if errors ~= nil and not known_errors then return missing(errors, "standard error") end
  for j = 1, #target do
    local e = known_errors and known_errors[j] or 0 / 0
    if known_errors and not (e >= 0 and e < math.huge) then return missing(e, "standard error") end
    answer[#target + j] = e
  end
  return answer
end

--- The answers of points from processes. A point that fails has none: math.huge, and a warning with its parameters. An error where all of the first ones fail.
local function evaluator(s, run, n, show)
  local nothing = math.huge
  if s._target then
    nothing = {}
    for j = 1, #s._target do nothing[j], nothing[#s._target + j] = math.huge, 0 end
  end
  return function(points, numbers, keep)
    local values, failed, first = {}, 0, s.evaluations
    workers.work(points, function(p, k) return { run(p, numbers[k]) } end, math.min(n, #points), function(k, returned, failure)
      local answer, why = nil, failure and failure.message
      if not why then answer, why = answer_of(returned, s._target) end
      values[k] = answer or nothing
      if answer then return keep(k, answer) end
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
--- `target`: `run` returns a number, or a list of these, that is to become `target`; what is looked for is the least distance from it (the root of the squares), and `goal` is how near is near
--- enough. "bayes" then has a process of what `run` returns (Astudillo & Frazier 2019), which needs fewer runs than one of the distance. Where chance plays a part `run` returns a
--- second value, the standard error of the first: then `parameters` are those with which the target is expected to be hit, not those of the luckiest run, `uncertain` is the standard
--- error of `value`, and the goal is reached when it is within three of them.
---
--- `file`: values are kept in this file (.npz, .h5) as they come, and the same call goes on from it; what `run` does is yours to keep the same.
---@param opt { parameters: table<string|integer, ParameterRange|number>, run: (fun(p: table<string|integer, number>, k: integer): number|number[], number|number[]|nil), target?: number|number[], workers?: integer, method?: string, population?: integer, evaluations?: integer, goal?: number, tolerance?: number, seed?: integer, file?: string, progress?: boolean }
---   workers: as many as there are processors
---@return Search
--- Errors: "lp.optimize: all of the first points failed; { w = 0.5 }: ...".
function optimize.optimize(opt)
  options.check("lp.optimize", opt, known, { "parameters", "run" })
  local named = {}
  for key in pairs(search.known) do named[key] = opt[key] end
  named.method, named.evaluations, named.target = opt.method or "bayes", opt.evaluations or EVALUATIONS, read_target(opt.target)
  local n = workers.count("lp.optimize", opt.workers)
  local s = search.new("lp.optimize", named)
  local show <close> = require("lunapse.sweep.progress").new("optimize", "evaluations", named.evaluations, opt.progress)
  return s:_run(evaluator(s, opt.run, n, show), { file = opt.file and options.path("lp.optimize", opt.file) })
end

return optimize
