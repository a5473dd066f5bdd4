--- Fitting: lp.fit looks for the parameters with which a model does what was measured. This folder also has lp.minimize and lp.optimizer (minimize.lua) and
--- lp.optimize (optimize.lua), on the public API alone; search.lua has what they share, methods.lua the list of methods.
local generation = require "lunapse.fit.generation"
local options = require "lunapse.options"
local search = require "lunapse.fit.search"
local seconds = require("lunapse.arguments").seconds
local shared = require "lunapse.fit.shared"
local targets = require "lunapse.fit.targets"
local timed = require "lunapse.hearing.timed"

local where = "lp.fit"
local function fail(text, ...) options.fail(("%s: %s"):format(where, text:format(...))) end

--- What lp.fit gives. `print(f)` shows the parameters.
---@class Fit
---@field parameters table<string, number>  the best ones, with those that were fixed
---@field error number         of these: the weighted sum of the objectives
---@field history Array        [rounds] the best error after each
---@field candidates integer   how many were tried
---@field rounds integer       runs of a whole generation
---@field neuron_steps integer neurons times steps that were simulated
---@field seconds number       of real time
---@field stopped string       why it ended: "tolerance", "goal", "rounds"
---@field method string
local Fit = { _noun = "fit" }

local fit = { class = Fit }

-- ---- what is given -----------------------------------------------------------------------------------------------------

local function known_variables(model)
  local names = {}
  for _, p in ipairs(model.checked.parameters) do names[#names + 1] = p.name end
  for _, v in ipairs(model.checked.variables) do names[#names + 1] = v.name end
  return names
end

local function check_model(model)
  local class = require("lunapse.network.model")
  if not class.is(model, "neuron") then fail("option 'model' must be a model of neurons, lp.models.AdEx or lp.neuron { ... }, got %s", options.show(model)) end
  return model
end

local function check_parameters(model, given)
  if type(given) ~= "table" then return end      -- search.new says it
  local names = {}
  for _, p in ipairs(model.checked.parameters) do names[#names + 1] = p.name end
  for name in pairs(given) do
    if not model.checked.parameters_by_name[name] then fail("model '%s': %s", model.name, options.unknown("parameter", name, names)) end
  end
end

local function is_source(x) return type(x) == "table" and type(x.stream) == "function" end

--- Inputs by name as a list of sources, or of arrays [rows].
local function read_inputs(model, given)
  local inputs = {}
  for name, value in pairs(given or {}) do
    local names, found = known_variables(model), false
    for _, known in ipairs(names) do found = found or known == name end
    if not found then fail("input: model '%s': %s", model.name, options.unknown("variable", name, names)) end
    if is_source(value) then
      inputs[name] = { value }
    elseif type(value) == "table" and is_source(value[1]) then
      inputs[name] = value
    else
      inputs[name] = targets.columns(("input '%s'"):format(name), value)
    end
  end
  return inputs
end

--- How many inputs there are: what is given once serves all.
local function count_inputs(inputs, terms)
  local n, whose = 1, nil
  local function count(what, list)
    if #list == 1 then return end
    if whose and #list ~= n then fail("%s has %d traces, %s has %d", what, #list, whose, n) end
    n, whose = #list, what
  end
  for name, list in pairs(inputs) do count(("input '%s'"):format(name), list) end
  for _, term in ipairs(terms) do count(("target '%s'"):format(term.name), term.data) end
  return n
end

--- Milliseconds that are simulated: those of the traces, which must agree, or as `duration` says.
local function duration_of(opt, inputs, terms, every)
  local duration, whose
  local function agree(what, ms)
    if not duration then
      duration, whose = ms, what
    elseif math.abs(ms - duration) > 1e-6 * duration then
      fail("%s lasts %g ms, %s %g ms", what, ms, whose, duration)
    end
  end
  if opt.duration then agree("option 'duration'", options.number(where, "duration", opt.duration, 0, math.huge, true)) end
  for _, term in ipairs(terms) do
    if term.name ~= "spike" then agree(("target '%s' (%d rows every %g ms)"):format(term.name, #term.data[1], every), #term.data[1] * every) end
  end
  local names = {}
  for name in pairs(inputs) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local list = inputs[name]
    if not is_source(list[1]) then agree(("input '%s' (%d rows every %g ms)"):format(name, #list[1], opt.dt or 0.1), #list[1] * (opt.dt or 0.1)) end
  end
  if not duration then
    for _, term in ipairs(terms) do duration = duration or term.to end
  end
  return duration or fail "how long it lasts is not known: option 'duration' is missing"
end

--- The drives of each input.
local function drives_of(inputs, n, dt)
  local drives = {}
  for k = 1, n do
    drives[k] = {}
    for name, list in pairs(inputs) do
      local value = list[k] or list[1]
      drives[k][name] = is_source(value) and value or timed.timed_array(value, { dt = dt })
    end
  end
  return drives
end

local known = { model = "any", target = "any", input = "table", parameters = "table", objective = "string|function|table", weights = "table", windows = "table",
  delta = "number", duration = "number", dt = "number", every = "number", initial = "table", setup = "function", threads = "number", method = "string",
  precision = "string", population = "number", rounds = "number", seed = "number", goal = "number", tolerance = "number", refine = "string", file = "string", progress = "boolean" }

local function check_initial(model, given)
  for name, value in pairs(given or {}) do
    local names, found = {}, false
    for _, v in ipairs(model.checked.variables) do names[#names + 1], found = v.name, found or v.name == name end
    if not found then fail("initial: model '%s': %s", model.name, options.unknown("variable", name, names)) end
    options.number(where, ("the initial value of '%s'"):format(name), value, -math.huge, math.huge)
  end
  return given or {}
end

local function check_precision(what, given)
  if given ~= "float64" and given ~= "float32" then options.fail(("%s: precision must be 'float64' or 'float32', got %s"):format(what, options.show(given))) end
  return given
end

--- All that a generation needs to know.
local function problem_of(opt, space)
  local model = opt.model
  local dt = options.number(where, "dt", opt.dt or 0.1, 0, math.huge, true)
  local every = options.number(where, "every", opt.every or dt, dt, math.huge)
  if math.abs(every / dt - math.floor(every / dt + 0.5)) > 1e-6 then fail("every must be a multiple of dt, %g ms, got %g", dt, every) end
  local terms, inputs = targets.read(model, opt), read_inputs(model, opt.input)
  local duration = duration_of(opt, inputs, terms, every)
  local n = count_inputs(inputs, terms)
  local delta, begins = options.number(where, "delta", opt.delta or 4, 0, math.huge, true), 0
  for _, term in ipairs(terms) do
    for k = #term.data + 1, n do term.data[k] = term.data[1] end
    begins = math.max(begins, term.from or 0)
  end
  local windows = targets.windows(opt.windows or begins > 0 and { begins, duration } or nil, duration)
  local rows = math.floor(duration / every + 0.5)
  if rows < 1 then fail("duration must be at least %g ms, got %g", every, duration) end
  return { model = model, space = space, dt = dt, every = every, rows = rows, terms = terms, inputs = drives_of(inputs, n, dt), windows = windows, delta = delta,
    initial = check_initial(model, opt.initial), setup = opt.setup, threads = opt.threads or 1,
    precision = check_precision(where, opt.precision or "float64") }
end

-- ---- the search --------------------------------------------------------------------------------------------------------

--- Errors of points by generations of `n` neurons; counts what was simulated.
local function evaluator(self, n)
  local candidates
  return function(points)
    candidates = candidates or shared.new(self._problem, n)
    local errors = {}
    for first = 1, #points, n do
      local found = candidates:errors(table.move(points, first, math.min(#points, first + n - 1), 1, {}))
      table.move(found, 1, #found, first, errors)
      self.rounds, self.neuron_steps = self.rounds + 1, self.neuron_steps + candidates:steps()
    end
    if not self._is_seen then
      local is_finite = false
      for _, x in ipairs(errors) do is_finite = is_finite or x < math.huge end
      if not is_finite and #points > 1 then
        fail("none of the %d candidates of the first round has a finite error, such as { %s }: look at the ranges of the parameters", #points,
          self._search._space:text(points[1]))
      end
      self._is_seen = true
    end
    return errors
  end
end

--- Take over what a search has found.
local function take(self, s, begun)
  self.seconds = self.seconds + seconds() - begun
  self.candidates = self.candidates + s.evaluations
  self.method, self.stopped = s.method, s.stopped == "evaluations" and "rounds" or s.stopped
  self.history = self.history and require("lunapse.array").join({ self.history, s.history }) or s.history
  if not self.error or s.value <= self.error then self.parameters, self.error = s.parameters, s.value end
end

--- Find the parameters with which a model does what was measured: a whole generation of candidates is one population in which every neuron has parameters of its own,
--- so a round is one run. The same seed gives the same result, for any number of threads.
---
--- `target`: a trace of v as an array [rows], or [rows][inputs] where there are several inputs; spikes, as a recording or a list of times (ms); or a table of these by
--- name, `{ v = trace, spike = recording }`. A trace has a row for each `every` ms (dt unless given), the first at `every`, as net:record has them. Several trains
--- of one input are repetitions, of which the mean counts; for several inputs it is a list of recordings. `input`: name -> array [rows] or [rows][inputs], a value
--- for each step, or a source such as lp.timed_array, or a list of sources. `setup(net, cells, k)` connects whatever else drives the candidates of input k.
--- `parameters`: as lp.minimize has them, a range or a number for each; others keep the model's values.
---
--- `objective`: "mse" of traces, the mean squared difference; "gamma" of spikes, 1 less the coincidence factor within `delta` ms (4; Kistler et al. 1997, Jolivet et al.
--- 2008); or f(simulated, target, run), which gets the trace or the times of one candidate, and `run` with its `parameters`, `t`, `input` (a number) and all that is recorded. A table by
--- name gives each target its own; `weights` says how they are added. `windows`: what counts, { from, to } or a list of these, in ms.
--- `precision`: "float32" simulates the candidates in two thirds of the time, to some seven digits; `fit:refine { precision = "float64" }` then goes on in all of them.
--- `method` ("de") and further options as lp.minimize; `rounds` (50) of `population` (200). `refine = "nelder-mead"`, "bobyqa" or "cma-es" goes on from the best by that.
--- `file`: what was tried is kept in this file (.npz, .h5); the same call goes on from it.
---@param opt { model: Model, parameters: table<string, ParameterRange|number>, target: any, input?: table<string, any>, objective?: any, weights?: table<string, number>, windows?: number[]|number[][], delta?: number, duration?: number, dt?: number, every?: number, initial?: table<string, number>, setup?: fun(net: Network, cells: Population, k: integer), method?: string, population?: integer, rounds?: integer, refine?: string, seed?: integer, goal?: number, tolerance?: number, threads?: integer, precision?: string, file?: string, progress?: boolean }
---@return Fit
--- Errors: "lp.fit: model 'AdEx': unknown parameter 'tau_v': did you mean 'tau_w'?".
function fit.fit(opt)
  options.check(where, opt, known, { "model", "parameters", "target" })
  local model, begun = check_model(opt.model), seconds()
  check_parameters(model, opt.parameters)
  local population = options.whole(where, "population", opt.population or 200, 1, 1000000)
  local rounds = options.whole(where, "rounds", opt.rounds or 50, 1, 1000000)
  local s = search.new(where, { parameters = opt.parameters, method = opt.method or "de", population = population, evaluations = population * rounds, seed = opt.seed,
    goal = opt.goal, tolerance = opt.tolerance })
  local self = setmetatable({ _search = s, _problem = problem_of(opt, s._space), rounds = 0, neuron_steps = 0, candidates = 0, seconds = 0, _population = population }, Fit)
  do
    local show <close> = require("lunapse.sweep.progress").new("fit", "rounds", rounds, opt.progress)
    s:_run(evaluator(self, s._row.module and population or 1), { file = opt.file and options.path(where, opt.file), checked = s._row.module and population or 1,
      watch = function() show(math.ceil(s.evaluations / population), (", error %.4g"):format(s.value)) end })
  end
  take(self, s, begun)
  return opt.refine and self:refine { method = opt.refine } or self
end

-- ---- the result --------------------------------------------------------------------------------------------------------

Fit.__index = function(_, key)
  if Fit[key] ~= nil then return Fit[key] end
  if key == "error" or key == "history" or key == "parameters" then return nil end
  return options.missing("fit", key, Fit.__complete())
end

function Fit.__complete()
  return { "parameters", "error", "history", "candidates", "rounds", "neuron_steps", "seconds", "stopped", "method", "model", "simulate", "refine", "tried" }
end

local function copied(fields)
  local copy = {}
  for key, value in pairs(fields) do copy[key] = value end
  return copy
end

--- The model with the parameters that were found.
---@return Model
function Fit:model() return self._problem.model(self.parameters) end

--- What the model does with the parameters that were found, for the same inputs: a table with `t`, each variable that is a target as an array [rows][inputs], and `spike`, a record of
--- spikes with a neuron for each input, where spikes are a target. With `record` also other variables.
---@param opt? { record?: string|string[] }
---@return table<string, any>
function Fit:simulate(opt)
  opt = options.check("fit:simulate", opt or {}, { record = "string|table" })
  local problem, terms, seen = copied(self._problem), {}, {}
  for _, term in ipairs(self._problem.terms) do terms[#terms + 1], seen[term.name] = term, true end
  local more = type(opt.record) == "string" and { opt.record } or opt.record or {}
  for _, name in ipairs(more) do
    if not seen[name] then terms[#terms + 1], seen[name] = { name = name }, true end
  end
  problem.terms = terms
  return generation.new(problem, 1, true):traces(self.parameters)
end

--- Go on from the best by a local method, "nelder-mead" (default), "bobyqa" or "cma-es": another fit with what it finds. `step`: how far it looks at first, in parts of the
--- ranges (0.05). `rounds` generations of "cma-es" (100), or as many values as `evaluations` says of the others (300 for each parameter). `precision`: that of the fit, unless given.
---@param opt? { method?: string, evaluations?: integer, rounds?: integer, step?: number, tolerance?: number, goal?: number, seed?: integer, precision?: string }
---@return Fit
function Fit:refine(opt)
  opt = options.check("fit:refine", opt or {}, { method = "string", evaluations = "number", rounds = "number", step = "number", tolerance = "number", goal = "number",
    seed = "number", precision = "string" })
  local space, begun = self._search._space, seconds()
  local step = options.number("fit:refine", "step", opt.step or 0.05, 0, 1, true)
  local row = require("lunapse.fit.methods").find("fit:refine", opt.method or "nelder-mead", #space.free)
  if not row.is_local then fail("refine: method '%s' looks everywhere: 'nelder-mead', 'bobyqa' and 'cma-es' go on from a point", row.name) end
  local population = row.module and self._population or 1
  local evaluations = row.module and population * options.whole("fit:refine", "rounds", opt.rounds or 100, 1, 1000000) or opt.evaluations or 300 * #space.free
  local s = search.new("fit:refine", { parameters = self._search._given, method = row.name, population = row.module and population or nil, evaluations = evaluations,
    seed = opt.seed or self._search._seed, goal = opt.goal, tolerance = opt.tolerance or 1e-9, start = self.parameters, step = step })
  local copy = setmetatable(copied(self), Fit)
  local evaluate, precision = evaluator(copy, population), check_precision("fit:refine", opt.precision or self._problem.precision)
  if precision ~= self._problem.precision then
    copy._problem = copied(self._problem)
    copy._problem.precision = precision
    copy.error = evaluate({ self.parameters })[1]          -- what is to be improved on, in this precision
  end
  s:_run(evaluate)
  take(copy, s, begun)
  return copy
end

--- All candidates of the search, in order: a table of arrays by parameter, and `value`, their errors.
---@return table<string, Array>
function Fit:tried() return self._search:tried() end

local ended = { tolerance = "its candidates lie together", goal = "the goal is reached", rounds = "all rounds are used up" }

function Fit:__tostring()
  local lines = search.table_of(self._search._space, self.parameters)
  table.insert(lines, 1, ("fit of '%s' by %s: error %.6g after %d candidates in %d runs; %s"):format(self._problem.model.name, self.method, self.error, self.candidates,
    self.rounds, ended[self.stopped] or "it was stopped"))
  return options.printable(table.concat(lines, "\n"))
end

return fit
