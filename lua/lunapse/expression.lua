--- An expression of the equation language as a kernel program over whole arrays, apart from any model: `3 * clip(x, 0, inf)`.

local kernel = require "lunapse.core.kernel"
local fail = require "lunapse.language.base.fail"
local front = require "lunapse.language.front"
local lower = require "lunapse.language.back.lower"
local names = require "lunapse.language.front.names"
local options = require "lunapse.options"
local resolve = require "lunapse.language.front.resolve"
local values = require "lunapse.language.back.values"

local expression = {}

local function known_names(given)
  local known = {}
  for name in pairs(given) do known[#known + 1] = name end
  for name in pairs(names.constants) do known[#known + 1] = name end
  return known
end

--- What names mean: the `model` of lunapse.language.lower.
local function new_model(what, given)
  local model = { kind = what, graph = values.new(), sites = {}, n_sites = 0, slots = {} }
  function model:meaning(env, node)
    local name, meaning = node.name, given[node.name]
    if not node.base and type(meaning) == "number" then return self.graph:const(meaning) end
    if not node.base and meaning then
      self.slots[name] = self.slots[name] or { key = name, name = name, level = 3, kind = "real" }
      return self.graph:load(self.slots[name])
    end
    if not node.base and names.constants[name] then return self.graph:const(names.constants[name]) end
    lower.fail(env, node, ("unknown name '%s'"):format(name), known_names(given))
  end
  function model:reduction(env, node) -- luacheck: ignore self
    lower.fail(env, node, ("'%s' is for neurons and synapses"):format(node.name), "")
  end
  return model
end

--- Units to numbers; unknown names and functions, wrong numbers of arguments: errors that point at them.
local function check(tree, place, given)
  local own = {}
  for name in pairs(given) do own[name] = { role = "parameter" } end
  local scope = resolve.scope("neuron", own, fail.list())
  tree = resolve.tree(scope, tree, place, { variables = false, why = "an expression stands alone" })
  scope.errors:raise()
  return tree
end

--- The program table that stores `value` in the slot `target`, and the names of its slots.
local function write_program(value, target, text)
  local program = { name = "expression", nest = "each", slots = {}, code = {}, comments = { text } }
  local number, slot_number, slot_names = {}, {}, {}
  local function slot_of(name)
    if not slot_number[name] then
      slot_names[#slot_names + 1] = name
      slot_number[name] = #slot_names
      program.slots[#slot_names] = { name = name, scope = "elem", kind = "real" }
    end
    return slot_number[name]
  end
  local function write(node)
    if number[node] then return number[node] end
    local instruction = { op = node.op, value = node.value, slot = node.slot and slot_of(node.slot.name) }
    for k, argument in ipairs { node.a, node.b, node.c } do instruction[k] = write(argument) end
    program.code[#program.code + 1] = instruction
    number[node] = #program.code
    return #program.code
  end
  local result = write(value)
  program.code[#program.code + 1] = { op = "store", slot = slot_of(target), result }
  return program, slot_names
end

--- Compile an expression.
---@param text string
---@param given table<string, number|any>  names that may stand in it: numbers become constants; every other one is a slot
---@param target string  the slot that gets the result; may be one of `given` (the old value is read first)
---@param what? string   what the text is, for errors
---@return any program   `lunapse.program` over elements, in double precision
---@return string[] slots  names of its slots, in order
--- Errors: those of the equation language, with the line and a caret; random numbers.
function expression.compile(text, given, target, what)
  for name, meaning in pairs(given) do
    local reason = type(meaning) == "number" and names.why_not("neuron", name)
    if reason then options.fail(("%s: %s"):format(what or "expression", reason)) end
  end
  local place = { kind = what or "expression", text = text }
  local tree = check(front.expression(text, place), place, given)
  local model = new_model(place.kind, given)
  local value = lower.real(lower.environment(model, { place = place }), tree)
  if model.n_sites > 0 then options.fail(place.kind .. ": random numbers cannot stand in an expression alone") end
  local program, slots = write_program(value, target, text)
  return kernel.program(program, "float64"), slots
end

return expression
