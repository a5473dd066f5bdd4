--- What several specs of figures share: made-up data, and where a figure puts what it draws.
local canvas = require "lunapse.core.canvas"
local layout = require "lunapse.plot.layout"
local style = require "lunapse.plot.style"

local figures = {}

--- { f(1), ..., f(n) }
function figures.list(n, f)
  local values = {}
  for k = 1, n do values[k] = f(k) end
  return values
end

--- The plan of a figure with its look in force.
function figures.plan_of(fig)
  local on = canvas.open { width = 72 * fig.width, height = 72 * fig.height, dpi = 72 }
  return style.with(fig.look, layout.plan, fig, on)
end

return figures
