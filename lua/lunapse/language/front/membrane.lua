--- Cable models: neurons with a shape (docs/cables.md). What flows through the membrane is said per area, and v has no equation of its own:
---
---     Im = gL*(EL - v) + gNa*m^3*h*(ENa - v)     : init = EL
---     I_syn = g_exc*(0 - v)                      : point current
---
--- Both are definitions, put in place wherever they are read. The equation of v is made of it here: Cm dv/dt is Im and each point current by the area of its
--- compartment; what flows along the cable joins when it is solved (back/solver_cable.lua). A compartment's place and size are parameters of every such model.

local fail = require "lunapse.language.base.fail"
local functions = require "lunapse.language.base.functions"
local tree = require "lunapse.language.base.tree"
local units = require "lunapse.language.base.unit_table"

local membrane = {}

--- What is known of a compartment: plain numbers of um and um2.
membrane.places = {
  { name = "area", text = "the area of the compartment's membrane in um2" },
  { name = "length", text = "the length of the compartment in um" },
  { name = "diameter", text = "the diameter of the compartment in um" },
  { name = "distance", text = "the way from the beginning of the root to the middle of the compartment in um" },
  { name = "x", text = "where the middle of the compartment is, in um" },
  { name = "y", text = "where the middle of the compartment is, in um" },
  { name = "z", text = "where the middle of the compartment is, in um" },
}
for _, row in ipairs(membrane.places) do membrane.places[row.name] = row end

local takes = { init = true, unit = true, spans = true, unit_value = true }
local of_current = { point_current = true, unit = true, spans = true, unit_value = true }

local function reads_v(statement)
  return tree.find(statement.rhs, function(n) return n.kind == "name" and n.name == "v" and not n.base end) ~= nil
end

--- The line that says what Im is; nil where there is none, or v is something else: it has an equation of its own, or nobody reads it.
local function line_of(model, list)
  local line, is_read
  for _, statement in ipairs(list) do
    local target = statement.target
    if not target.base and target.name == "v" then return nil end
    if not target.base and target.name == "Im" and statement.kind ~= "ode" then line = line or statement end
    is_read = is_read or reads_v(statement)
  end
  return is_read and not model.parameters_by_name.v and line or nil
end

local function check_line(line)
  if line.op ~= "=" and line.op ~= ":=" then fail.at(line.place, line.target, ("'Im' is defined by '=', not by '%s'"):format(line.op), "") end
  for key in pairs(line.flags) do
    if not takes[key] then
      fail.at(line.place, line.flags.spans[key], ("'Im' does not take the flag '%s'"):format(key), "it takes init, which is where v starts, and a unit")
    end
  end
end

--- A parameter that the model has although it does not say so.
local function give(model, line, name, default, unit)
  if model.parameters_by_name[name] then return end
  local parameter = { name = name, default = default, tree = tree.number(default, line.target), flags = {}, unit = unit, pos = line.target.pos,
    stop = line.target.stop, line = line.line, place = line.place, is_given = true }
  parameter.tree.unit = unit
  model.parameters[#model.parameters + 1], model.parameters_by_name[name] = parameter, parameter
end

--- Names of compartments' sizes and places belong to the morphology.
local function refuse_places(model, list)
  local function refuse(name, place, node)
    local row = membrane.places[name]
    if row then fail.at(place, node, ("'%s' cannot be defined by a model with Im: it is %s"):format(name, row.text), "choose another name") end
  end
  for _, parameter in ipairs(model.parameters) do refuse(parameter.name, parameter.place, parameter) end
  for _, statement in ipairs(list) do
    if not statement.target.base then refuse(statement.target.name, statement.place, statement.target) end
  end
end

--- Names of the point currents, in reading order.
local function point_currents(model, list)
  local names, seen = {}, {}
  local function note(name, flags)
    if flags.point_current and not seen[name] then seen[name], names[#names + 1] = true, name end
  end
  for _, parameter in ipairs(model.parameters) do note(parameter.name, parameter.flags) end
  for _, statement in ipairs(list) do note(statement.target.name, statement.flags) end
  return names
end

--- The flag `point current` elsewhere than in a cable model would do nothing.
local function refuse_flags(model, list)
  local function refuse(owner, flags)
    if flags.point_current then
      fail.at(owner.place, flags.spans.point_current, "a point current flows into a cable: the model has no line 'Im = ...'",
        "Im is the current through the membrane per area, see docs/cables.md")
    end
  end
  for _, parameter in ipairs(model.parameters) do refuse(parameter, parameter.flags) end
  for _, statement in ipairs(list) do refuse(statement, statement.flags) end
end

--- Cm dv/dt = Im + I/area.
local function equation(line, currents)
  local at = line.target
  local right = tree.name("Im", at)
  for _, name in ipairs(currents) do
    local um2 = tree.number(units.known.um2[1], at)
    um2.unit = units.known.um2[2]
    right = tree.binary("+", right, tree.binary("/", tree.name(name, at), tree.binary("*", tree.name("area", at), um2, at), at), at)
  end
  local text = "Cm * dv/dt = Im" .. (#currents > 0 and " + (" .. table.concat(currents, " + ") .. ")/area" or "")
  return {
    kind = "ode", op = "=", target = tree.name("v", at), rhs = right, pos = line.pos, stop = line.stop, line = line.line, part = line.part, place = line.place,
    lhs = tree.binary("*", tree.name("Cm", at), { kind = "derivative", name = "v", pos = at.pos, stop = at.stop, place = at.place }, at),
    flags = { init = line.flags.init, method = "cable", spans = line.flags.spans }, text = text, bare = text,
  }
end

--- Is a point current what a line says of it now, and may thus be put in place where it is read? Not what is drawn, or has flags of what is computed once a step.
local function is_definable(model, statement)
  if statement.kind ~= "assign" or statement.op ~= "=" or not statement.flags.point_current then return false end
  for key in pairs(statement.flags) do if not of_current[key] then return false end end
  return not tree.find(statement.rhs, function(n)
    return n.kind == "call" and ((functions.rows[n.name] or {}).role == "draw" or (model.functions[n.name] or {}).draw ~= nil)
  end)
end

local function as_definition(statement)
  local definition = {}
  for key, value in pairs(statement) do definition[key] = value end
  definition.kind, definition.op, definition.text, definition.flags = "definition", ":=", statement.bare, { unit = statement.flags.unit }
  return definition
end

--- Where a list of equations says what Im is, the model is a cable's: the equation of v comes behind the others, since it is solved with their new values.
---@param model table
---@param list table[]  statements
---@return table[] list
function membrane.take(model, list)
  local line = model.kind == "neuron" and line_of(model, list)
  if not line then
    refuse_flags(model, list)
    return list
  end
  check_line(line)
  refuse_places(model, list)
  local currents, all = point_currents(model, list), {}
  give(model, line, "Cm", 1, units.multiply(units.known.uF[2], units.known.cm2[2], -1))
  for _, row in ipairs(membrane.places) do give(model, line, row.name, 0, units.none) end
  for _, statement in ipairs(list) do
    all[#all + 1] = (statement == line or is_definable(model, statement)) and as_definition(statement) or statement
  end
  all[#all + 1] = equation(line, currents)
  model.is_cable = true
  return all
end

return membrane
