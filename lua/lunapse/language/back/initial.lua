--- Initial values: numbers are left to whoever makes the arrays; expressions (init = b*v0, Uniform(0, 1)) become programs, role "init",
--- one for each variable, in the order in which they must run (`var` names the variable).

local assemble = require "lunapse.language.back.assemble"
local lines = require "lunapse.language.back.lines"
local lower = require "lunapse.language.back.lower"
local order = require "lunapse.language.base.order"
local roles = require "lunapse.language.base.roles"
local tree = require "lunapse.language.base.tree"

local initial = {}

--- Variables in an order in which each comes after those that its initial value reads.
local function in_order(model, list)
  local wanted = {}
  for _, variable in ipairs(list) do wanted[variable.name] = variable end
  local function needs(variable)
    local found = {}
    tree.each(variable.init_tree, function(n)
      local other = n.kind == "name" and not n.base and wanted[n.name]
      if other then found[#found + 1] = { other, { node = n, of = variable } } end
    end)
    return found
  end
  return order.of(list, needs, function(variable, where)
    model:fail(where.of.equation, where.node, ("the initial value of '%s' depends on itself"):format(variable.name), "")
  end)
end

--- The program that stores an expression into a variable.
---@param model table
---@param variable table
---@param node table
---@return table entry  { over, level, program }
function initial.program(model, variable, node, statement)
  local nests = model.kind == "neuron" and { [0] = "each", [3] = "each" } or { [0] = "each", "each", "each", "all" }
  local env = lower.environment(model, { statement = statement, level = variable.level, role = "init" })
  local segment = assemble.segment(model, { name = "init_" .. variable.name, levels = { variable.level }, nests = nests,
    plain = true })
  local value = lines.typed(env, variable, lower.eval(env, node))
  assemble.effect(segment, { op = "store", slot = variable.slot, value = value, level = variable.level })
  return assemble.programs(segment)[1]
end

--- Add the init programs of all variables whose initial value is not a number.
function initial.programs(model)
  local list = {}
  for _, variable in ipairs(model.variables) do
    if variable.init_tree and not variable.init then list[#list + 1] = variable end
  end
  for _, variable in ipairs(in_order(model, list)) do
    local entry = initial.program(model, variable, variable.init_tree, variable.equation)
    variable.init_program = entry.program
    model.programs[#model.programs + 1] = roles.entry(model.kind, "init", entry, { var = variable.name })
  end
end

return initial
