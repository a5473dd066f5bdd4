--- Bifurcation diagrams: lp.bifurcation(model, { parameter = "I", range = { 0, 1000 }, limits = { v = { -80, -40 }, w = { -100, 500 } } }).

local array = require "lunapse.core.array"
local figure = require "lunapse.plot.figure"
local fixed_points = require "lunapse.dynamics.fixed_points"
local network = require "lunapse.network.network"
local options = require "lunapse.options"
local slopes = require "lunapse.network.slopes"

local bifurcation = {}

--- What was found and drawn.
---@class lunapse.Bifurcation
---@field figure lunapse.Figure
---@field axes lunapse.Axes
---@field values Array            [n] of the parameter
---@field fixed_points table[][]  for each value a list of { at (in the order of variables), kind, is_stable, eigenvalues per ms }
---@field variables string[]
---@field points table[]          { kind = "Hopf" | "fold", at = the parameter, value = the variable }, by the parameter
---@field cycles table?           low, high: arrays [n], the least and the greatest value of the variable in the second half of a run; NaN where it rests
local Diagram = {}
Diagram.__index = Diagram

function Diagram:__tostring()
  local lines = { ("bifurcations of '%s' along %s: %d"):format(self.name, self.parameter, #self.points) }
  for _, point in ipairs(self.points) do lines[#lines + 1] = ("  %s at %s = %.4g (%s = %.4g)"):format(point.kind, self.parameter, point.at, self.variable, point.value) end
  return table.concat(lines, "\n")
end

local known = { parameter = "string", range = "table", limits = "table", variable = "string", n = "number", parameters = "table", fixed = "table", cycles = "boolean",
  duration = "number", dt = "number", start = "table", axes = "any" }

local WHERE = "lp.bifurcation"

local function range_of(name, given)
  local a, b = given[1], given[2]
  if type(a) ~= "number" or type(b) ~= "number" or not (a < b) or b - a == math.huge then options.fail(("%s: %s must be { low, high }"):format(WHERE, name)) end
  return { a, b }
end

-- Fixed points of neighbouring values of the parameter that belong together: the nearest of the same stability. Each branch: { k, point } from value to value.
local function branches(found, widths)
  local open, all = {}, {}
  for k, list in ipairs(found) do
    local still, taken = {}, {}
    for _, branch in ipairs(open) do
      local last, best, least = branch[#branch].point, nil, 0.15
      for _, point in ipairs(list) do
        local distance = 0
        for j = 1, #widths do distance = math.max(distance, math.abs(point.at[j] - last.at[j]) / widths[j]) end
        if point.is_stable == last.is_stable and not taken[point] and distance < least then best, least = point, distance end
      end
      if best then
        taken[best] = true
        branch[#branch + 1] = { k = k, point = best }
        still[#still + 1] = branch
      end
    end
    for _, point in ipairs(list) do
      if not taken[point] then
        local branch = { { k = k, point = point } }
        still[#still + 1], all[#all + 1] = branch, branch
      end
    end
    open = still
  end
  return all
end

local function leading(point) return point.eigenvalues[1] end

local function near(a, b, widths, reach)
  for j = 1, #widths do
    if math.abs(a.at[j] - b.at[j]) > reach * widths[j] then return false end
  end
  return true
end

-- Where two branches meet, from their ends and the points before these: the square of their distance goes to 0 in proportion to the parameter.
local function fold(a, b, i, j, back, values, index)
  local k, here, before = a[i].k, a[i].point.at[index] - b[j].point.at[index], a[i + back] and b[j + back]
  local step = values[k] - values[k + back]
  local at, value = values[k] + step / 2, (a[i].point.at[index] + b[j].point.at[index]) / 2
  if before then
    local there = a[i + back].point.at[index] - b[j + back].point.at[index]
    if there * there > here * here then at = values[k] + step * math.min(1, here * here / (there * there - here * here)) end
  end
  return { kind = "fold", at = at, value = value }
end

-- Where one branch ends and another of the other stability begins a complex pair has crossed (Hopf); where two end, or begin, together, it is a fold.
local function special(all, values, widths, index)
  local points, n = {}, #values
  for i, a in ipairs(all) do
    local first, last = a[1], a[#a]
    for j, b in ipairs(all) do
      local begin = b[1]
      if last.k + 1 == begin.k and last.point.is_stable ~= begin.point.is_stable and near(last.point, begin.point, widths, 0.1) then
        local x, y = leading(last.point), leading(begin.point)
        if x[2] ~= 0 or y[2] ~= 0 then
          local part = x[1] == y[1] and 0.5 or math.max(0, math.min(1, x[1] / (x[1] - y[1])))
          points[#points + 1] = { kind = "Hopf", at = values[last.k] + part * (values[begin.k] - values[last.k]),
            value = last.point.at[index] + part * (begin.point.at[index] - last.point.at[index]) }
        end
      end
      if j > i and a[1].point.is_stable ~= b[1].point.is_stable then
        if last.k == b[#b].k and last.k < n and near(last.point, b[#b].point, widths, 0.3) then points[#points + 1] = fold(a, b, #a, #b, -1, values, index) end
        if first.k == begin.k and first.k > 1 and near(first.point, begin.point, widths, 0.3) then points[#points + 1] = fold(a, b, 1, 1, 1, values, index) end
      end
    end
  end
  table.sort(points, function(p, q) return p.at < q.at end)
  return points
end

-- The model itself, a neuron for each value of the parameter: what the variable does in the second half of a run.
local function cycles(field, opt, values, n, width)
  local duration, dt = opt.duration or 1000, opt.dt or 0.05
  local net = network.new { dt = dt, tier = "interpreter", warnings = false }
  local cells = net:population { name = "neurons", size = n, neuron = field.model, parameters = { [opt.parameter] = values } }
  for name, value in pairs(field.initial) do cells[name] = opt.start and opt.start[name] or value end
  net:run(duration / 2)
  local rows = net:record(cells, opt.variable)
  net:run(duration / 2)
  local low, high = rows[opt.variable]:min(1), rows[opt.variable]:max(1)
  local rests = (high - low):le(0.01 * width)
  return { low = low:where(rests:eq(0), 0 / 0), high = high:where(rests:eq(0), 0 / 0) }
end

local function draw(diagram, all, values, index)
  local axes, labelled = diagram.axes, {}
  for _, branch in ipairs(all) do
    local x, y, is_stable = {}, {}, branch[1].point.is_stable
    for k, one in ipairs(branch) do x[k], y[k] = values[one.k], one.point.at[index] end
    local label = is_stable and "stable" or "unstable"
    axes:line(x, y, { color = "black", dash = is_stable and "solid" or "dashed", label = not labelled[label] and label or nil, marker = #branch == 1 and "." or nil })
    labelled[label] = true
  end
  if diagram.cycles then
    axes:line(values, diagram.cycles.high, { color = "red", label = "in a run" }):line(values, diagram.cycles.low, { color = "red" })
  end
  for _, kind in ipairs { "Hopf", "fold" } do
    local x, y = {}, {}
    for _, point in ipairs(diagram.points) do
      if point.kind == kind then x[#x + 1], y[#y + 1] = point.at, point.value end
    end
    if #x > 0 then axes:points(x, y, { color = kind == "Hopf" and "blue" or "green", marker = kind == "Hopf" and "o" or "s", size = 6, label = kind }) end
  end
  axes:xlabel(diagram.parameter):ylabel(diagram.variable)
end

--- Draw how the fixed points of a neuron model, and what it does in a run, depend on one of its parameters.
---
--- `parameter` and its `range`; `limits`: the variables that move, each with the range in which fixed points are looked for, { v = { -80, -40 }, w = { -100, 500 } } (at most six; others are held
--- at their initial values, or as `fixed` says); `variable`: what is shown (the first of the text, unless given); `n`: how many values of the parameter (101); `cycles`: whether the model is
--- run too (true), with spikes and resets, for `duration` ms (1000) in steps of `dt` (0.05) from its initial state or `start`: the least and greatest value in the second half are drawn where they
--- differ; `parameters`: values that differ from the model's; `axes`: where to draw. Bifurcations are told by what changes between neighbouring values: a complex pair of eigenvalues that
--- crosses (Hopf), a stable and an unstable point that end together (fold).
---@param model Model
---@param given { parameter: string, range: number[], limits: table<string, number[]>, variable?: string, n?: integer, parameters?: table<string, number>, fixed?: table<string, number>, cycles?: boolean, duration?: number, dt?: number, start?: table<string, number>, axes?: lunapse.Axes }
---@return lunapse.Bifurcation
--- Errors: "lp.bifurcation: unknown parameter 'J': did you mean 'I'?".
function bifurcation.bifurcation(model, given)
  local opt = {}
  for name, value in pairs(options.check(WHERE, given, known, { "parameter", "range", "limits" })) do opt[name] = value end
  local field = slopes.new(WHERE, model, opt.parameters, opt.fixed)
  if not field.bare.checked.parameters_by_name[opt.parameter] then
    local names = {}
    for name in pairs(field.bare.checked.parameters_by_name) do names[#names + 1] = name end
    options.fail(WHERE .. ": " .. options.unknown("parameter", opt.parameter, names))
  end
  local n = math.tointeger(opt.n or 101)
  if not n or n < 2 or n > 10000 then options.fail(("%s: n must be a whole number in 2..10000, got %s"):format(WHERE, options.show(opt.n))) end
  local range, names, limits, widths, index = range_of("range", opt.range), {}, {}, {}, nil
  for name in pairs(opt.limits) do
    if field.initial[name] == nil then options.fail(WHERE .. ": limits: " .. field:unknown(tostring(name))) end
  end
  for _, name in ipairs(field.variables) do
    if opt.limits[name] then
      names[#names + 1], limits[name] = name, range_of(("limits of '%s'"):format(name), opt.limits[name])
      widths[#names] = limits[name][2] - limits[name][1]
    end
  end
  if #names == 0 or #names > fixed_points.most then options.fail(("%s: limits are for 1 to %d variables, got %d"):format(WHERE, fixed_points.most, #names)) end
  opt.variable = opt.variable or names[1]
  for k, name in ipairs(names) do
    if name == opt.variable then index = k end
  end
  if not index then options.fail(WHERE .. ": " .. options.unknown("variable", opt.variable, table.move(names, 1, #names, 1, {}))) end
  local values = array.linspace(range[1], range[2], n)
  local list = values:table()
  local diagram = setmetatable({ name = model.name, parameter = opt.parameter, variable = opt.variable, variables = names, values = values }, Diagram)
  diagram.axes = opt.axes or figure.new { width = 5, height = 4 }[1]
  diagram.figure = diagram.axes.figure
  diagram.fixed_points = fixed_points.find(field, names, limits, opt.parameter, list)
  local all = branches(diagram.fixed_points, widths)
  diagram.points = special(all, list, widths, index)
  if opt.cycles ~= false then diagram.cycles = cycles(field, opt, values, n, widths[index]) end
  draw(diagram, all, list, index)
  return diagram
end

return bifurcation
