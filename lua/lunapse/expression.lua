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

--- What names mean: the `model` of lunapse.language.lower. `lower_text(name)` gives the value of a name that is a text.
local function new_model(what, given, lower_text)
  local model = { kind = what, graph = values.new(), sites = {}, n_sites = 0, slots = {}, is_read = {} }
  function model:meaning(env, node)
    local name, meaning = node.name, given[node.name]
    self.is_read[name] = true
    if not node.base and type(meaning) == "number" then return self.graph:const(meaning) end
    if not node.base and type(meaning) == "string" then return lower_text(name, env, node) end
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

--- The program table that stores each value in the slot of its target, and the names of its slots.
local function write_program(results, targets, texts)
  local program = { name = "expression", nest = "each", slots = {}, code = {}, comments = { table.concat(texts, "; ") } }
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
  local written = {}
  for k, value in ipairs(results) do written[k] = write(value) end
  for k, target in ipairs(targets) do program.code[#program.code + 1] = { op = "store", slot = slot_of(target), written[k] } end
  return program, slot_names
end

--- Compile expressions into one program, which computes once what several of them have in common.
---@param texts string|string[]
---@param given table<string, number|string|any>  names that may stand in them: numbers become constants, texts are expressions of other names; every other one is a slot
---@param targets string|string[]  the slots that get the results, one for each text; a target may be one of `given` (the old value is read first)
---@param what? string   what the texts are, for errors
---@return any program   `lunapse.program` over elements, in double precision
---@return string[] slots  names of its slots, in order
---@return table<string, boolean> is_read  names that stand in a text that is computed
--- Errors: those of the equation language, with the line and a caret; random numbers.
function expression.compile(texts, given, targets, what)
  texts = type(texts) == "string" and { texts } or texts
  targets = type(targets) == "string" and { targets } or targets
  for name, meaning in pairs(given) do
    local reason = (type(meaning) == "number" or type(meaning) == "string") and names.why_not("neuron", name)
    if reason then options.fail(("%s: %s"):format(what or "expression", reason)) end
  end
  local model, lower_one
  local found, under_way = {}, {}
  local function lower_text(name, env, node)
    if under_way[name] then lower.fail(env, node, ("'%s' is defined by itself"):format(name), "") end
    under_way[name] = true
    found[name] = found[name] or lower_one(given[name], ("%s: %s"):format(what or "expression", name))
    under_way[name] = nil
    return found[name]
  end
  model = new_model(what or "expression", given, lower_text)
  function lower_one(text, kind)
    local place = { kind = kind, text = text }
    local tree = check(front.expression(text, place), place, given)
    return lower.real(lower.environment(model, { place = place }), tree)
  end
  local results = {}
  for k, text in ipairs(texts) do results[k] = lower_one(text, what or "expression") end
  if model.n_sites > 0 then options.fail(model.kind .. ": random numbers cannot stand in an expression alone") end
  local program, slots = write_program(results, targets, texts)
  return kernel.program(program, "float64"), slots, model.is_read
end

return expression
