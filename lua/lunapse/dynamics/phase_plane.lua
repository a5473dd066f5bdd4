--- Phase planes: lp.phase_plane(model, { x = "v", y = "w", xlim = ..., ylim = ... }).

local array = require "lunapse.core.array"
local figure = require "lunapse.plot.figure"
local fixed_points = require "lunapse.dynamics.fixed_points"
local network = require "lunapse.network.network"
local options = require "lunapse.options"
local slopes = require "lunapse.network.slopes"

local phase = {}

local NODES, FIELD = 151, 41       -- of the grid along each axis: of nullclines, of the field

--- What was found and drawn.
---@class lunapse.PhasePlane
---@field figure lunapse.Figure
---@field axes lunapse.Axes
---@field fixed_points table[]   { at = { x, y }, kind = "saddle", is_stable = false, eigenvalues = { { re, im }, ... } per ms }, by x
---@field trajectories table[]   { x, y }: arrays, with NaN where the neuron was reset
local Plane = {}
Plane.__index = Plane

function Plane:__tostring()
  local lines = { ("phase plane of '%s': %d fixed point%s"):format(self.name, #self.fixed_points, #self.fixed_points == 1 and "" or "s") }
  for _, point in ipairs(self.fixed_points) do
    local values = {}
    for k, value in ipairs(point.eigenvalues) do
      values[k] = ("%.4g"):format(value[1]) .. (value[2] == 0 and "" or (" %s %.4gi"):format(value[2] < 0 and "-" or "+", math.abs(value[2])))
    end
    lines[#lines + 1] = ("  %s = %.6g, %s = %.6g: %s (eigenvalues %s per ms)"):format(self.x, point.at[1], self.y, point.at[2], point.kind, table.concat(values, ", "))
  end
  return table.concat(lines, "\n")
end

local known = { x = "string", y = "string", xlim = "table", ylim = "table", parameters = "table", fixed = "table", trajectory = "table", duration = "number", dt = "number",
  field = "string|boolean", axes = "any", legend = "string|boolean" }

local function limits_of(name, given)
  local a, b = given[1], given[2]
  if type(a) ~= "number" or type(b) ~= "number" or not (a < b) or b - a == math.huge then options.fail(("lp.phase_plane: %s must be { low, high }"):format(name)) end
  return { a, b }
end

local function grid(n, xlim, ylim)
  local x, y = array.linspace(xlim[1], xlim[2], n), array.linspace(ylim[1], ylim[2], n)
  local k = array.arange(0, n * n - 0.5)
  return x, y, x:take((k:mod(n) + 1):astype "int64"), y:take(((k / n):floor() + 1):astype "int64")
end

-- Slopes of both variables on a grid, as matrices with a row for each y.
local function on_grid(field, n, opt)
  local x, y, xs, ys = grid(n, opt.xlim, opt.ylim)
  local slope = field:at({ [opt.x] = xs, [opt.y] = ys }, n * n)
  return x, y, slope[opt.x]:reshape(n, n), slope[opt.y]:reshape(n, n)
end

local function draw_field(axes, field, opt)
  local x, y, u, v = on_grid(field, opt.field == "quiver" and 17 or FIELD, opt)
  if opt.field ~= "quiver" then return axes:streamplot(x, y, u, v, { color = "silver" }) end
  -- all arrows have one length: slopes differ by orders of magnitude
  local dx, dy = opt.xlim[2] - opt.xlim[1], opt.ylim[2] - opt.ylim[1]
  local size = ((u / dx):square() + (v / dy):square()):sqrt() + 1e-300
  axes:quiver(x, y, u / dx / size, v / dy / size, { color = "silver", scale = 20 })
end

--- The model itself, with spikes and resets, from states that are given.
local function trajectories(field, opt)
  local starts = opt.trajectory[1] and opt.trajectory or { opt.trajectory }
  local net = network.new { dt = opt.dt or 0.05, tier = "interpreter", warnings = false }
  local cells = net:population { name = "neuron", size = #starts, neuron = field.model }
  for _, name in ipairs(field.variables) do
    local column = {}
    for k, start in ipairs(starts) do column[k] = start[name] or field.initial[name] end
    cells[name] = column
  end
  for _, start in ipairs(starts) do
    for name, value in pairs(start) do
      if field.initial[name] == nil then options.fail("lp.phase_plane: trajectory: " .. field:unknown(name)) end
      if type(value) ~= "number" then options.fail(("lp.phase_plane: trajectory: a number expected for '%s', got %s"):format(name, options.show(value))) end
    end
  end
  local first = { cells[opt.x]:copy(), cells[opt.y]:copy() }
  local rows = net:record(cells, { opt.x, opt.y })
  local spikes = field.model.spike and net:record(cells, "spike")
  net:run(opt.duration or 500)
  local list = {}
  for k = 1, #starts do
    local xs, ys = rows[opt.x]:column(k), rows[opt.y]:column(k)
    local is_spike, x, y = {}, { first[1][k] }, { first[2][k] }
    for s = 1, spikes and #spikes.t or 0 do
      -- the row behind the step of a spike is that of its reset
      if spikes.neuron[s] == k then is_spike[math.floor(spikes.t[s] / net.dt + 0.5) + 1] = true end
    end
    for r = 1, #xs do
      if is_spike[r] then x[#x + 1], y[#y + 1] = 0 / 0, 0 / 0 end
      x[#x + 1], y[#y + 1] = xs[r], ys[r]
    end
    list[k] = { x = array.from(x, "float64"), y = array.from(y, "float64") }
  end
  return list
end

local looks = {
  { "stable", true, function(point) return point.is_stable end },
  { "saddle", false, function(point) return point.kind == "saddle" end },
  { "unstable", false, function(point) return not point.is_stable and point.kind ~= "saddle" end },
}

-- Filled: stable; open: unstable; open squares: saddles.
local function draw_points(axes, found)
  for _, look in ipairs(looks) do
    local x, y = {}, {}
    for _, point in ipairs(found) do
      if look[3](point) then x[#x + 1], y[#y + 1] = point.at[1], point.at[2] end
    end
    if #x > 0 then
      local marker = look[1] == "saddle" and "square" or "circle"
      axes:points(x, y, { color = "black", marker = marker, size = 6.5, label = look[1] .. (look[1] ~= "saddle" and " fixed point" or ""), open = not look[2] })
    end
  end
end

--- Draw the phase plane of two variables of a neuron model, from its own equations (without spikes and resets): the lines on which either does not change, the field between them, the
--- fixed points with their stability, and how the model itself moves from where it is put.
---
--- `x`, `y`: the variables (the first two that have a differential equation, unless given), `xlim` and `ylim` what is shown; `parameters`: values that differ from the model's; `fixed`: values of
--- the other variables, which are held (at their initial values, unless given); `trajectory`: a state to begin at, { v = -60, w = 0 }, or a list of them, of a run of `duration` ms (500) in
--- steps of `dt` (0.05), in which the model spikes and is reset, and the other variables move too; `field`: "streamplot" (unless given), "quiver" or false; `axes`: where to draw, in place of
--- a figure of its own; `legend`: a place, or false. Fixed points are found from all cells of a lattice of 61 x 61 in which both slopes change their sign, by Newton's method; two that
--- are nearer to each other than such a cell may be seen as one.
---@param model Model
---@param given { x?: string, y?: string, xlim: number[], ylim: number[], parameters?: table<string, number>, fixed?: table<string, number>, trajectory?: table, duration?: number, dt?: number, field?: string|false, axes?: lunapse.Axes, legend?: string|false }
---@return lunapse.PhasePlane
--- Errors: "lp.phase_plane: unknown variable 'u': did you mean 'v'?".
function phase.phase_plane(model, given)
  local opt = {}
  for name, value in pairs(options.check("lp.phase_plane", given, known, { "xlim", "ylim" })) do opt[name] = value end
  local field = slopes.new("lp.phase_plane", model, opt.parameters, opt.fixed)
  opt.x, opt.y = opt.x or field.variables[1], opt.y or field.variables[2]
  if not opt.y then options.fail(("lp.phase_plane: model '%s' has one differential equation, a plane needs two"):format(model.name)) end
  for _, name in ipairs { opt.x, opt.y } do
    if field.initial[name] == nil then options.fail("lp.phase_plane: " .. field:unknown(name)) end
  end
  if opt.x == opt.y then options.fail(("lp.phase_plane: x and y are both '%s'"):format(opt.x)) end
  if type(opt.field) == "string" and opt.field ~= "quiver" and opt.field ~= "streamplot" then
    options.fail("lp.phase_plane: " .. options.unknown("field", opt.field, { "quiver", "streamplot" }))
  end
  opt.xlim, opt.ylim = limits_of("xlim", opt.xlim), limits_of("ylim", opt.ylim)
  local plane = setmetatable({ name = model.name, x = opt.x, y = opt.y, trajectories = {} }, Plane)
  plane.axes = opt.axes or figure.new { width = 5, height = 4 }[1]
  plane.figure = plane.axes.figure
  local axes = plane.axes
  if opt.field ~= false then draw_field(axes, field, opt) end
  local x, y, u, v = on_grid(field, NODES, opt)
  axes:contour(x, y, u, { levels = { 0 }, color = "blue", label = ("d%s/dt = 0"):format(opt.x) })
  axes:contour(x, y, v, { levels = { 0 }, color = "orange", label = ("d%s/dt = 0"):format(opt.y) })
  if opt.trajectory then
    plane.trajectories = trajectories(field, opt)
    for _, path in ipairs(plane.trajectories) do axes:line(path.x, path.y, { color = "red" }) end
  end
  plane.fixed_points = fixed_points.find(field, { opt.x, opt.y }, { [opt.x] = opt.xlim, [opt.y] = opt.ylim })[1]
  draw_points(axes, plane.fixed_points)
  axes:xlim(opt.xlim[1], opt.xlim[2]):ylim(opt.ylim[1], opt.ylim[2]):xlabel(opt.x):ylabel(opt.y)
  if opt.legend ~= nil then axes:legend(opt.legend) end
  return plane
end

return phase
