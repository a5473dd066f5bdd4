--- Which methods could have been chosen for the equations of a model, and why the others refuse: asked of the solvers themselves, by
--- compiling the model once for each method.
local fail = require "lunapse.language.base.fail"
local systems = require "lunapse.language.back.systems"

local alternatives = {}

local function ode_statements(checked)
  local found = {}
  for _, statement in ipairs(checked.equations) do
    if statement.kind == "ode" then found[#found + 1] = statement end
  end
  return found
end

--- A method that would take a line of the model as standing still does not fit: why, or nil.
local function held_back(made)
  for _, note in ipairs(made.notes) do
    if note.what == "held" then return ("'%s = ...' depends on %s and stands still within a step"):format(note.line, note.variable) end
  end
end

--- For each equation of a model, every method other than the one in use: whether the whole model could use it, or why not.
---@param checked table  a checked model
---@param compile fun(): table  compiles it for its present use
---@return { method: string, reason: string? }[]  sorted by name; no reason: it would be accepted
function alternatives.of(checked, compile)
  local statements, given, list = ode_statements(checked), {}, {}
  if #statements == 0 then return list end
  for k, statement in ipairs(statements) do given[k] = statement.flags.method or false end
  local function restore()
    for k, statement in ipairs(statements) do statement.flags.method = given[k] or nil end
  end
  for _, method in ipairs(systems.methods()) do
    if not (method == "event-driven" and checked.kind == "neuron") then
      for _, statement in ipairs(statements) do statement.flags.method = method end
      local ok, made = pcall(compile)
      if not ok and not fail.is(made) then
        restore()
        error(made, 0)
      end
      local reason
      if ok then reason = held_back(made) else reason = made.reason end
      list[#list + 1] = { method = method, reason = reason }
    end
  end
  restore()
  return list
end

return alternatives
