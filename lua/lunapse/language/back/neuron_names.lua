--- What names mean in a neuron: its own variables, targets, references, and the given names.
--- These are the methods of a neuron model that resolve names; neuron.lua compiles with them.

local Model = require "lunapse.language.back.compilation"
local functions = require "lunapse.language.base.functions"
local lower = require "lunapse.language.back.lower"
local scope = require "lunapse.language.back.scope"

local Neuron = setmetatable({}, { __index = Model })
Neuron.__index = Neuron


function Neuron:meaning(env, node)
  if node.base then
    local defined = self:defined(node.base, node.name)
    return defined and lower.eval(env, defined) or self:reference(env, node)
  end
  local variable = self.by_name[node.name]
  if variable then return self:read(env, variable) end
  local value = self:common(env, node)
  if value then return value end
  local graph, name = self.graph, node.name
  if name == "i" then return graph:index(3) end
  if name == "N" then return graph:load(self:hidden("N", { level = 0, constant = true, text = "size of the population" }).slot) end
  if name == "t_last" then return graph:load(self:last_spike().slot) end
  if name == "r" and self.source.spike then return graph:load(self:own_rate().slot) end
  if self:noise_name(node) then
    lower.fail(env, node, ("'%s' is noise: it can stand on the right side of a differential equation only"):format(name), "")
  end
  lower.fail(env, node, ("unknown name '%s'"):format(name), self:known_names { "i", "N", "t_last" })
end

--- Who looks from outside sees of a target what arrived in the step: it gathers for the next one already.
function Neuron:read(env, variable) return Model.read(self, env, env.looks and variable.seen or variable) end

function Neuron:last_spike()
  return self:hidden("t_last", { level = 3, type = "time", init = -1e9, text = "time of the last spike" })
end

--- The time of the last event of a kind that has one.
---@param event table  of the checked model's list
function Neuron:last_event(event)
  return self:hidden(event.time, { level = 3, type = "time", init = -1e9, text = ("time of the last '%s'"):format(event.name) })
end

--- The rate that the population counts over its window (pop:compute_rate).
function Neuron:own_rate()
  self.needs.rate = true
  return self:hidden("r", { level = 3, text = "rate over the window of compute_rate" })
end

--- The variable of another population that a name with a dot means, and the reference.
function Neuron:referred(env, node)
  local refs = self.options.refs or {}
  local ref = refs[node.base]
  if not ref then
    local names = {}
    for name in pairs(refs) do names[#names + 1] = name end
    lower.fail(env, node, ("unknown '%s' in '%s.%s'"):format(node.base, node.base, node.name),
      #names > 0 and names or "give the population as refs = { " .. node.base .. " = ... }")
  end
  local variable = ref.variables[node.name]
  if not variable or Model.is_inner(variable) then
    self:refuse_defined(env, node)
    local names = {}
    for name, other in pairs(ref.variables) do if not Model.is_inner(other) then names[#names + 1] = name end end
    lower.fail(env, { pos = node.pos, stop = node.stop, name = node.name }, ("'%s' has no '%s'"):format(node.base, node.name), names)
  end
  return variable, ref
end

--- A name with a dot: another population's variable.
function Neuron:reference(env, node)
  local variable, ref = self:referred(env, node)
  if variable.scope ~= "uniform" and ref.by == "reduced" then
    lower.fail(env, node, ("'%s.%s' has %d values, and it is not said which neuron reads which"):format(node.base, node.name, ref.size),
      ("reduce it, mean(%s.%s), or say which: refs = { %s = { population, index = { ... } } }"):format(node.base, node.name, node.base))
  end
  local level = variable.scope ~= "uniform" and ref.by == "elem" and 3 or 0
  return self.graph:load(self:foreign("ref:" .. node.base, variable.seen or node.name, { level = level, kind = variable.type or variable.kind_of_slot }))
end

local of_target = { sum = true, mean = true, min = true, max = true }

--- The variable with what arrives at a target: sum(exc), or mean, min, max where the synapses' `operation` says so; nil for reductions of variables.
function Neuron:arriving(node)
  local argument = node.args[1]
  if not of_target[node.name] or argument.kind ~= "name" or argument.base or self.by_name[argument.name] then return nil end
  return self.by_name["sum_" .. argument.name]
end

--- The own variable whose reduction over the whole population a node is: that of mean(v), max(v), sum(v). Nil for anything else.
function Neuron:reduced(node)
  if node.kind ~= "call" or #node.args ~= 1 then return nil end
  local row, argument = functions.rows[node.name], node.args[1]
  local is_reduction = row and row.role == "reduction" or functions.also_reductions[node.name]
  return is_reduction and argument.kind == "name" and not argument.base and self.by_name[argument.name] or nil
end

--- sum(exc), and mean(v), min(v) ... over the whole population.
function Neuron:reduction(env, node)
  local argument, arriving = node.args[1], self:arriving(node)
  if arriving then return self:read(env, arriving) end
  if argument.kind ~= "name" or (not argument.base and not self.by_name[argument.name]) then
    lower.fail(env, argument, ("%s over a population takes the name of a variable"):format(node.name),
      "assign the expression to a variable first")
  end
  if node.name == "sum_post" or node.name == "sum_pre" then
    lower.fail(env, node, ("'%s' belongs to synapses"):format(node.name), "")
  end
  if argument.base then self:referred(env, argument) end -- for its errors
  local owner = argument.base and "ref:" .. argument.base or "self"
  return self.graph:load(self:over_population(node.name, owner, argument.name).slot)
end

--- The level of a name or call, for inference.
function Neuron:level_of(node) -- (in neurons the part does not matter)
  if node.kind == "call" then
    local row = functions.rows[node.name]
    if row and row.role == "draw" then return 3 end
    if row and row.role == "reduction" or (functions.also_reductions[node.name] and #node.args == 1) then
      if node.name == "sum" or self:arriving(node) then return 3, true end
      return 0, true
    end
    return 0
  end
  if node.base then
    local defined = self:defined(node.base, node.name)
    if defined then return scope.of_tree(defined, function(n) return self:level_of(n) end) end
    local ref = (self.options.refs or {})[node.base]
    return ref and ref.by == "elem" and 3 or 0
  end
  local variable = self.by_name[node.name]
  if variable then return variable.level end
  if node.name == "i" or node.name == "t_last" or node.name == "r" or self:noise_name(node) then return 3 end
  return 0
end

return Neuron
