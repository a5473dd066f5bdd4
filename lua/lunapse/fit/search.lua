--- Searches: a method, the parameters that it looks for, and all that it has tried.
---
--- A method is a function of its seed and of the values that it was told. So a file need only hold what was tried: a search that goes on from one asks for the same
--- points again, and gets the values of those that the file has.
---
--- An answer is what there is about a point: its value, or, where a target is to be hit, what the run gave for each place of the target and then the standard errors of that (NaN
--- where they are not known). The value then is the distance from the target.
local array = require "lunapse.array"
local chance = require "lunapse.fit.chance"
local data = require "lunapse.data"
local methods = require "lunapse.fit.methods"
local numeric = require "lunapse.core.numeric"
local options = require "lunapse.options"
local parameters = require "lunapse.fit.parameters"
local seconds = require("lunapse.arguments").seconds

local SAVED_EVERY = 1                     -- seconds between two states of a file
local SURE = 3                            -- standard errors within which the goal must be reached

--- A search for the least value of a function: what lp.optimizer gives, and lp.minimize and lp.optimize when they are done. `print(search)` shows a table of the best
--- parameters.
---@class Search
---@field parameters table<string|integer, number>  the best so far, with the fixed ones
---@field value number          their value; lp.optimize with a target: how far from it they are
---@field uncertain number?     lp.optimize, where the runs say their standard errors: that of the distance
---@field evaluations integer   how many values there are
---@field history Array         [generations] the best value after each
---@field stopped string?       why it ended: "tolerance", "goal", "evaluations"; nil while it goes on
---@field method string
---@field population integer    points in a generation
local Search = { _noun = "search" }

local search = { class = Search }

--- Options that all searches have.
search.known = { parameters = "table", method = "string", population = "number", evaluations = "number", seed = "number", goal = "number", tolerance = "number" }

local read = {}

function read.parameters(self) return self._best and self._space:at(self._best) end
function read.history(self) return array.from(self._history, "float64") end

function Search:__index(key)
  if Search[key] ~= nil then return Search[key] end
  if read[key] then return read[key](self) end
  if type(key) ~= "string" or key:find "^_" or key == "stopped" or key == "value" or key == "uncertain" then return nil end
  return options.missing("search", key, search.names(self))
end

--- What a user may read and call.
function search.names(self)
  local names = { "parameters", "history", "stopped", "value" }
  for key in pairs(self) do if not key:find "^_" and key ~= "value" and key ~= "stopped" then names[#names + 1] = key end end
  for key, value in pairs(Search) do if type(value) == "function" and not key:find "^_" then names[#names + 1] = key end end
  table.sort(names)
  return names
end

Search.__complete = search.names

-- ---- what was tried ----

--- All that was tried, in order: a table of arrays by the names of the parameters (free ones), and `value`.
---@return table<string|integer, Array>
function Search:tried()
  local result, d = { value = array.from(self._values, "float64") }, #self._space.free
  for k, p in ipairs(self._space.free) do
    local column = {}
    for n = 1, self.evaluations do column[n] = self._tried[(n - 1) * d + k] end
    result[p.name] = array.from(column, "float64")
  end
  return result
end

--- A value of a point, if it is one.
function Search:_check(point, value)
  if type(value) ~= "number" then
    options.fail(("%s: a number expected as value of { %s }, got %s"):format(self._where, self._space:text(point), options.show(value)))
  elseif value ~= value then
    options.fail(("%s: the value of { %s } is NaN: math.huge says that there is none"):format(self._where, self._space:text(point)))
  end
  return value
end

--- The value of an answer.
local function value_of(self, answer)
  if not rawget(self, "_target") then return answer end
  local sum = 0
  for j, wanted in ipairs(self._target) do sum = sum + (answer[j] - wanted) ^ 2 end
  return math.sqrt(sum)
end

--- Note a point and what there is about it; gives its value. The same value later is no news: the first one stays the best.
local function note(self, x, point, answer)
  local value, free, tried, n = Search._check(self, point, value_of(self, answer)), self._space.free, self._tried, self.evaluations
  for k = 1, #free do tried[n * #free + k] = point[free[k].name] end
  self.evaluations = n + 1
  self._values[n + 1], self._answers[n + 1] = value, answer
  if not self.value or value < self.value then self._best, self.value = table.move(x, 1, #x, 1, {}), value + 0.0 end
  return value
end

--- A generation is over: is the search?
function Search:_end_generation()
  local guess = self._method.guess and self._method:guess()
  if guess then self._best, self.value, self.uncertain = guess.x, guess.distance, guess.uncertain end
  self._history[#self._history + 1] = self.value
  if self.value + SURE * (self.uncertain or 0) <= self._goal then
    self.stopped = "goal"
  elseif self._method.spread and self._method:spread() < self._tolerance then
    self.stopped = "tolerance"
  elseif self.evaluations >= self._most then
    self.stopped = "evaluations"
  end
end

-- ---- asking and telling ----

function Search:_refuse_one_by_one(what)
  if not self._row.module then
    options.fail(("search:%s: method '%s' asks for one value after the other: lp.minimize has it; 'cma-es', 'de' and 'bayes' can be asked"):format(what, self.method))
  end
end

--- The points of the next generation; an empty list when the search is over. Their values are for `tell`.
---@return table<string|integer, number>[]  as `parameters`: tables of values
function Search:ask()
  self:_refuse_one_by_one "ask"
  if self._asked then options.fail "search:ask: the values of the last points are missing: search:tell { ... }" end
  if self.stopped then return {} end
  local left = self._most - self.evaluations
  local asked, points = self._method:ask(left), {}
  if #asked > left then
    self.stopped = "evaluations"
    return {}
  end
  for k, x in ipairs(asked) do points[k] = self._space:at(x) end
  self._asked, self._points = asked, points
  return points
end

--- The values of the points that were asked for, in their order. math.huge is worse than any number.
---@param values number[]|Array
function Search:tell(values)
  self:_refuse_one_by_one "tell"
  local asked, points = self._asked, self._points
  if not asked then options.fail "search:tell: nothing was asked: search:ask()" end
  if array.is(values) then values = values:table() end
  if type(values) ~= "table" or #values ~= #asked then
    options.fail(("search:tell: %d values expected, got %s"):format(#asked, type(values) == "table" and #values or options.show(values)))
  end
  local distances = {}
  for k, x in ipairs(asked) do distances[k] = note(self, x, points[k], values[k]) end
  self._asked, self._points = nil, nil
  self._method:tell(distances, asked, values)
  self:_end_generation()
end

-- ---- files ----

--- Is this an answer? (There is NaN where there was none yet.)
local function is_there(answer)
  local first = type(answer) == "table" and answer[1] or answer
  return first == first
end

--- What a file holds of an earlier part of this search: answers by their number.
local function read_file(self, path)
  local file = io.open(path, "rb")
  if not file then return nil end
  file:close()
  local held, d = data.read(path), #self._space.free
  local points, values = type(held) == "table" and held.points, type(held) == "table" and held.values
  local is_ours = array.is(points) and array.is(values) and points:axes() == 2 and #points == #values and select(2, points:shape()) == d
  if not is_ours or (select(2, values:shape()) or 0) ~= (self._target and 2 * #self._target or 0) then
    options.fail(("%s: '%s' holds no search for these %d parameters%s: remove it, or name another file"):format(self._where, path, d,
      self._target and (" and a target of %d"):format(#self._target) or ""))
  end
  return { points = points:table(), values = values:table() }
end

local function write_file(self)
  self._saved_at = seconds()
  local points, values, n = {}, {}, self.evaluations
  local d = #self._space.free
  for k = 1, n do points[k], values[k] = table.move(self._tried, (k - 1) * d + 1, k * d, 1, {}), self._answers[k] end
  for k, pending in ipairs(self._pending or {}) do points[n + k], values[n + k] = pending.point, pending.value end
  if #points > 0 then
    data.write(self._file, { points = array.from(points, "float64"), values = array.from(values, "float64") })
  end
end

--- A value of the generation that is being evaluated is there.
local function keep(self, k, value)
  self._pending[k].value = value
  if seconds() - self._saved_at >= SAVED_EVERY then write_file(self) end
end

--- What the file has about point k of this generation; nil where it has nothing.
local function held_value(self, k, point)
  local number = self.evaluations + k
  local held = self._held and self._held.points[number]
  if not held then return nil end
  for i, p in ipairs(self._space.free) do
    if held[i] ~= point[p.name] then
      options.fail(("%s: '%s' is of another search: its point %d has %s = %s, where this one has %s; remove it, or name another file"):format(self._where, self._file,
        number, p.name, options.show(held[i]), options.show(point[p.name])))
    end
  end
  local value = self._held.values[number]
  if is_there(value) then return value end
end

--- The answers of points: of the file where it has them, else evaluated.
local function values_of(self, points, evaluate)
  local numbers = {}
  if not self._file then
    for k in ipairs(points) do numbers[k] = self.evaluations + k end
    return evaluate(points, numbers, function() end)
  end
  local values, missing, places = {}, {}, {}
  self._pending = {}
  for k, point in ipairs(points) do
    local list = {}
    for i, p in ipairs(self._space.free) do list[i] = point[p.name] end
    values[k] = held_value(self, k, point)
    self._pending[k] = { point = list, value = values[k] or self._unknown }
    local is_checked = self.evaluations < self._checked
    if values[k] == nil or is_checked then
      missing[#missing + 1], places[#places + 1], numbers[#numbers + 1] = point, k, self.evaluations + k
    end
  end
  if #missing > 0 then
    local found = evaluate(missing, numbers, function(k, value) keep(self, places[k], value) end)
    for k, place in ipairs(places) do
      if values[place] and values[place] ~= found[k] then
        options.fail(("%s: '%s' is of another search: its point %d has the value %s, which now is %s; remove it, or name another file"):format(self._where, self._file,
          self.evaluations + place, options.show(values[place]), options.show(found[k])))
      end
      values[place] = found[k]
    end
  end
  self._pending = nil
  return values
end

-- ---- running ----

--- Search until it is over. `evaluate(points, numbers, keep)` gives the answers of a list of points (tables of parameters), which have these numbers among all that are tried;
--- it may call keep(k, answer) for each before.
--- `opt.file`: what was tried is kept there, and what is there already is not done again, but for the first `opt.checked` values, which must come out the same.
--- `opt.watch(self)` is called after each generation.
---@param evaluate fun(points: table[], numbers: integer[], keep: fun(k: integer, value: number)): number[]
---@param opt? { file?: string, checked?: integer, watch?: fun(self: Search) }
function Search:_run(evaluate, opt)
  opt = opt or {}
  local watch = opt.watch or function() end
  self._file, self._checked, self._saved_at = opt.file, opt.checked or 0, seconds()
  self._held = opt.file and read_file(self, opt.file)
  local saving <close> = setmetatable({}, { __close = function()   -- also after an error, or Ctrl-C
    if opt.file then write_file(self) end
    self._file, self._held, self._pending = nil, nil, nil
  end })
  if self._row.module then
    while not self.stopped do
      local points = self:ask()
      if #points == 0 then break end
      self:tell(values_of(self, points, evaluate))
      if opt.file and seconds() - self._saved_at >= SAVED_EVERY then write_file(self) end
      watch(self)
    end
  else
    local why = numeric.minimize(self.method, function(x)
      local point = self._space:at(x)
      local value = note(self, x, point, values_of(self, { point }, evaluate)[1])
      self._history[#self._history + 1] = self.value
      watch(self)
      return value
    end, self._start, { step = self._step, tolerance = self._tolerance, goal = self._goal, evaluations = self._most,
      population = self._row.has_population and self._given_population or 0, seed = self._seed })
    self.stopped = why
  end
  return saving and self
end

-- ---- making ----

--- A search. `opt` was checked against search.known, or holds further options of others.
---@param where string
---@param opt { parameters: table, method: string, population?: integer, evaluations?: integer, seed?: integer, goal?: number, tolerance?: number, start?: table, step?: number, target?: number[] }
---   start: a point where local methods begin, in place of those of the parameters; step: how far they look at first, in parts of the range; target: what runs are to give
---@return Search
function search.new(where, opt)
  local space = parameters.read(where, opt.parameters)
  local d = #space.free
  local row = methods.find(where, opt.method, d)
  local given = opt.population and options.whole(where, "population", opt.population, row.least_population and row.least_population(d) or 1, 1000000)
  local evaluations = options.whole(where, "evaluations", opt.evaluations, 1, 2 ^ 31 - 1)
  local population = given or row.population and row.population(d) or 1
  if row.module and row.module ~= "bayes" and evaluations < population then
    options.fail(("%s: evaluations must be at least the population, %d, got %d"):format(where, population, evaluations))
  end
  local seed = options.whole(where, "seed", opt.seed or 1, 0, 2 ^ 32 - 1)
  local goal = opt.goal or -math.huge
  if goal ~= goal then options.fail(("%s: goal must be a number, got NaN"):format(where)) end
  local tolerance = options.number(where, "tolerance", opt.tolerance or 1e-6, 0, 1)
  local start, is_given = space:start()
  if opt.start then start, is_given = space:place(opt.start), true end
  local self = { method = row.name, population = population, evaluations = 0, _where = where, _space = space, _row = row, _most = evaluations, _goal = goal,
    _tolerance = tolerance, _seed = seed, _given_population = given, _given = opt.parameters, _start = start, _step = opt.step or 0.25, _tried = {}, _values = {}, _answers = {},
    _history = {}, _target = opt.target, _unknown = 0 / 0 }
  if opt.target then
    self._unknown = {}
    for j = 1, 2 * #opt.target do self._unknown[j] = 0 / 0 end
  end
  if row.module then
    self._method = methods.load(row)(d, { population = population, chance = chance.new(seed), start = is_given and start or nil, step = opt.step, target = opt.target })
  end
  return setmetatable(self, Search)
end

-- ---- showing ----

--- Rows of a table of the parameters: name, value, range.
---@param space ParameterSpace
---@param point table
---@return string[]
function search.table_of(space, point)
  local rows, width = {}, { 0, 0 }
  for k, p in ipairs(space.free) do
    local value = point[p.name]
    local edge = value <= p.low and ", at its lower bound" or value >= p.high and ", at its upper bound" or ""
    rows[k] = { tostring(p.name), ("%.6g"):format(value), ("%g .. %g%s%s"):format(p.low, p.high, p.is_log and ", log" or "", edge) }
    for i = 1, 2 do width[i] = math.max(width[i], #rows[k][i]) end
  end
  for k, row in ipairs(rows) do rows[k] = ("  %-" .. width[1] .. "s  %" .. width[2] .. "s   in %s"):format(table.unpack(row)) end
  return rows
end

local ended = { tolerance = "its points lie together", goal = "the goal is reached", evaluations = "all evaluations are used up" }

--- Why it ended, in words.
function search.words(self) return self.stopped and ended[self.stopped] or "it goes on" end

function Search:__tostring()
  if not self.value then return ("search by %s: nothing tried yet"):format(self.method) end
  local lines = search.table_of(self._space, self.parameters)
  local sure = self.uncertain and (" +- %.2g"):format(self.uncertain) or ""
  table.insert(lines, 1, ("search by %s: %.6g%s after %d evaluations; %s"):format(self.method, self.value, sure, self.evaluations, search.words(self)))
  return options.printable(table.concat(lines, "\n"))
end

return search
