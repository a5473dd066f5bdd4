--- A generation of candidates as one network: a population of neurons for each input, in which every neuron has the parameters of a candidate of its own. One run
--- of it gives the errors of all.
local array = require "lunapse.array"
local network = require "lunapse.network.network"
local objectives = require "lunapse.fit.objectives"
local options = require "lunapse.options"

local MOST_VALUES = 2 ^ 16                -- of a recording, before its part of the error is taken and it is emptied

---@class FitProblem
---@field model Model
---@field space ParameterSpace
---@field dt number          ms
---@field threads integer
---@field precision string
---@field every number       ms between rows of targets and recordings
---@field rows integer       of them
---@field inputs table<string, Source>[]  for each input
---@field initial table<string, number>
---@field terms FitTerm[]
---@field windows number[][]?
---@field delta number       ms
---@field setup? fun(net: Network, cells: Population, k: integer)

---@class Generation
local Generation = {}
Generation.__index = Generation

local generation = {}

--- Ones for rows that count; nil where all do.
local function mask(problem)
  if not problem.windows then return nil, problem.rows end
  local t, counted = array.arange(1, problem.rows) * problem.every, array.zeros(problem.rows)
  for _, w in ipairs(problem.windows) do counted = counted + (t:ge(w[1] - 1e-9) & t:le(w[2] + 1e-9)):astype "float64" end
  counted = counted:minimum(1)
  return counted, counted:sum()
end

--- The times of a train that count.
local function counted_times(problem, times)
  if not problem.windows then return times end
  local list = {}
  for _, t in ipairs(times) do
    for _, w in ipairs(problem.windows) do
      if t >= w[1] - 1e-9 and t < w[2] - 1e-9 then
        list[#list + 1] = t
        break
      end
    end
  end
  return list
end

local function counted_duration(problem)
  if not problem.windows then return problem.rows * problem.every end
  local sum = 0
  for _, w in ipairs(problem.windows) do sum = sum + w[2] - w[1] end
  return sum
end

--- The parameters of points, one value for each of n neurons; places without a point get those of the first.
local function columns(self, points)
  local values = {}
  for _, p in ipairs(self.problem.space.free) do
    local list = {}
    for k = 1, self.n do list[k] = (points[k] or points[1])[p.name] end
    values[p.name] = list
  end
  return values
end

--- The candidates as they begin. Values at the start follow from the parameters, so they are made anew.
local function begin(self, points)
  self.net:restore()
  local values = columns(self, points)
  for _, cells in ipairs(self.cells) do
    for name, list in pairs(values) do cells[name] = list end
    cells:reset()
    for name, value in pairs(self.problem.initial) do cells[name] = value end
  end
end

--- Trains of the candidates for input k: lists of times.
local function trains_of(self, k)
  local list = self.spikes[k]:trains()
  for i, t in ipairs(list) do list[i] = t:table() end
  return list
end

--- Add the squared differences of rows first .. last.
local function add_squares(self, sums, first, last)
  for i, term in ipairs(self.problem.terms) do
    if term.objective == "mse" then
      local counted = self.mask and self.mask:slice(first, last)
      for k, rows in ipairs(self.rows) do
        rows:_add_squares(term.name, term.data[k]:slice(first, last), counted, sums[i])
      end
    end
  end
end

--- What a function of the user says of candidate i and input k.
local function asked(self, term, points, i, k, trains)
  local problem = self.problem
  local run = { parameters = points[i], input = k, t = array.arange(1, problem.rows) * problem.every, windows = problem.windows }
  for _, name in ipairs(self.names) do run[name] = self.rows[k][name]:column(i):copy() end
  if trains then run.spike = array.from(trains[k][i], "float64") end
  local data = term.data[k]
  if term.name == "spike" then
    data = #data == 1 and array.from(data[1], "float64") or data
  end
  local value = term.objective(run[term.name], data, run)
  if type(value) ~= "number" or value ~= value then
    options.fail(("lp.fit: the objective of '%s' must give a number, math.huge where there is none, got %s for { %s }"):format(term.name, options.show(value),
      problem.space:text(points[i])))
  end
  return value
end

local function is_function(term) return type(term.objective) == "function" end

--- The errors of candidates: the weighted sum of what the objectives say, each as the mean over inputs. math.huge where something is not finite.
---@param points table[]  at most n
---@return number[]
function Generation:errors(points)
  local problem = self.problem
  begin(self, points)
  local sums = {}
  for i in ipairs(problem.terms) do sums[i] = array.zeros(self.n) end
  local first = 1
  while first <= problem.rows do
    local last = math.min(problem.rows, first + self.chunk - 1)
    self.net:run((last - first + 1) * problem.every, { report = false })
    add_squares(self, sums, first, last)
    if self.is_chunked then
      for _, rows in ipairs(self.rows) do rows:clear() end
    end
    first = last + 1
  end
  local trains = {}
  for k in ipairs(self.spikes) do trains[k] = trains_of(self, k) end
  local duration, n_inputs, errors = counted_duration(problem), #self.cells, {}
  for c = 1, #points do
    local error_of = 0
    for i, term in ipairs(problem.terms) do
      local value = 0
      if term.objective == "mse" then
        value = sums[i][c] / self.n_counted / n_inputs
      else
        for k = 1, n_inputs do
          if is_function(term) then
            value = value + asked(self, term, points, c, k, self.spikes[k] and trains) / n_inputs
          else
            local model = counted_times(problem, trains[k][c])
            for _, data in ipairs(self.data[i][k]) do
              value = value + (1 - objectives.gamma(data, model, problem.delta, duration)) / #self.data[i][k] / n_inputs
            end
          end
        end
      end
      error_of = error_of + (term.weight > 0 and term.weight * value or 0)
    end
    errors[c] = error_of - error_of == 0 and error_of or math.huge
  end
  return errors
end

--- What one candidate does: rows of variables [rows][inputs], and its spikes as a record with a neuron for each input.
---@param point table
---@return table<string, any>
function Generation:traces(point)
  local problem, result = self.problem, { t = nil }
  begin(self, { point })
  self.net:run(problem.rows * problem.every, { report = false })
  for _, name in ipairs(self.names) do
    local list = {}
    for k, rows in ipairs(self.rows) do list[k] = rows[name]:column(1) end
    result[name] = array.stack(list, 2)
  end
  result.t = array.arange(1, problem.rows) * problem.every
  if #self.spikes > 0 then
    local t, neuron = {}, {}
    for k in ipairs(self.spikes) do
      for _, x in ipairs(trains_of(self, k)[1]) do t[#t + 1], neuron[#neuron + 1] = x, k end
    end
    result.spike = require("lunapse.analysis").record { t = array.from(t, "float64"), neuron = array.from(neuron, "int64"), n = #self.spikes, from = 0,
      to = problem.rows * problem.every, dt = problem.dt }
  end
  return result
end

--- Does what becomes of a candidate depend on itself alone, wherever it stands and whatever stands beside it? So it is where nothing is drawn, no neuron asks for its number
--- or for the others, nothing else is in the network, and no function of the user is called.
function Generation:is_of_separate()
  for _, term in ipairs(self.problem.terms) do
    if is_function(term) then return false end
  end
  if self.problem.setup then return false end
  for _, cells in ipairs(self.cells) do
    for _, entry in ipairs(cells._compiled.programs) do
      if #(entry.reductions or {}) > 0 or not entry.program.code then return false end
      for _, instruction in ipairs(entry.program.code) do
        if instruction.op == "index" or instruction.op:find "^draw" then return false end
      end
      for _, slot in ipairs(entry.program.slots) do
        if slot.var == "N" or slot.owner ~= "self" and slot.owner ~= "clock" then return false end
      end
    end
  end
  return true
end

--- Neurons times steps of one run.
---@return integer
function Generation:steps() return self.n * #self.cells * math.floor(self.problem.rows * self.problem.every / self.problem.dt + 0.5) end

--- A network for `n` candidates at once. `is_whole`: whole traces are wanted, not their errors.
---@param problem FitProblem
---@param n integer
---@param is_whole? boolean
---@param chunk? integer    rows between two sums: that of a larger generation, so that sums are those of it
---@return Generation
function generation.new(problem, n, is_whole, chunk)
  local self = setmetatable({ problem = problem, n = n, cells = {}, rows = {}, spikes = {}, names = {}, data = {} }, Generation)
  local has_spikes, is_kept = false, is_whole or false
  for _, term in ipairs(problem.terms) do
    if term.name == "spike" then has_spikes = true else self.names[#self.names + 1] = term.name end
    is_kept = is_kept or is_function(term)
  end
  self.net = network.new { dt = problem.dt, threads = problem.threads, precision = problem.precision, warnings = false, finite = false }
  local start = {}
  for _, p in ipairs(problem.space.free) do
    start[p.name] = {}
    for k = 1, n do start[p.name][k] = p.low end
  end
  for name, value in pairs(problem.space.fixed) do start[name] = value end
  for k, drive in ipairs(problem.inputs) do
    local cells = self.net:population { name = ("input%d"):format(k), size = n, neuron = problem.model, parameters = start, drive = next(drive) and drive or nil }
    self.cells[k] = cells
    if problem.setup then problem.setup(self.net, cells, k) end
    if #self.names > 0 then self.rows[k] = self.net:record(cells, self.names, { every = problem.every }) end
    if has_spikes then self.spikes[k] = self.net:record(cells, "spike") end
  end
  for i, term in ipairs(problem.terms) do
    if term.objective == "gamma" then
      self.data[i] = {}
      for k, trains in ipairs(term.data) do
        self.data[i][k] = {}
        for j, times in ipairs(trains) do self.data[i][k][j] = counted_times(problem, times) end
      end
    end
  end
  self.mask, self.n_counted = mask(problem)
  self.is_chunked = not is_kept
  self.chunk = chunk or is_kept and problem.rows or math.max(16, math.floor(MOST_VALUES / (n * math.max(1, #self.names))))
  self.net:store()
  return self
end

return generation
