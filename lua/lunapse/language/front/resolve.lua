--- Names to meanings: every name of a tree is the model's own, given, a target, or a unit; anything else is an error.
---
--- Returns new trees in which units have become numbers (`20*ms` is one number node with value, unit and `written`). Reads are
--- noted in the scope: own names, targets (g_exc, sum(exc)), pre.X, post.X and references to other populations.

local fail = require "lunapse.language.base.fail"
local functions = require "lunapse.language.base.functions"
local names = require "lunapse.language.front.names"
local tree = require "lunapse.language.base.tree"
local units = require "lunapse.language.base.unit_table"

local resolve = {}

---@class Scope
---@field kind string  "neuron" or "synapse"
---@field own table<string, table>  parameters and variables by name
---@field errors table  a fail.list
---@field reads table<string, boolean>  own names that something reads
---@field targets table<string, boolean>  neurons: targets read as g_X or sum(X)
---@field bases table<string, table>  base -> set of names read: pre, post, references
---@field arrays table<string, table>  arrays of the model by name, which are called like functions; arrays_read: names of those that something reads
---@field has_units boolean  a unit was named somewhere
---@field first_unit? table    where; n_units counts such places
---@field materials table      node -> what made_of found
---@field defined? table       what the definitions came to, as the memory of a pass

--- A scope for the trees of one model.
---@return Scope
function resolve.scope(kind, own, errors)
  return { kind = kind, own = own, errors = errors, reads = {}, targets = {}, bases = {}, has_units = false, spiking = false, arrays = {}, arrays_read = {},
    materials = setmetatable({}, { __mode = "k" }) }
end

--- All names that could stand for a value in this scope.
function resolve.known(scope, context)
  local list = {}
  for name, what in pairs(scope.own) do
    if context.variables ~= false or context.own or what.role == "parameter" then list[#list + 1] = name end
  end
  for name in pairs(names.given[scope.kind]) do
    if name ~= "g_target" and (context.variables ~= false or names.constants[name]) then list[#list + 1] = name end
  end
  return list
end

local function case_twin(scope, name)
  local lower = name:lower()
  for own in pairs(scope.own) do
    if own ~= name and own:lower() == lower then return own end
  end
end

--- Names of Brian and of targets, as a synapse here writes them: v_post is post.v, g_exc is post.g_exc.
---@param name string
---@return string?
function resolve.of_side(name)
  local stem, side = name:match "^(.+)_(p[ro][es]t?)$"
  if side == "pre" or side == "post" then return side .. "." .. stem end
  if name:find "^g_." then return "post." .. name end
end

local function unknown(scope, node, place, context)
  local name = node.name
  if scope.errors:is_full() then return scope.errors:add() end
  local known = resolve.known(scope, context)
  local message = ("unknown name '%s'"):format(name)
  local hint
  if name:find "^d." and scope.own[name:sub(2)] then
    hint = ("d%s/dt stands on the left side of '=' alone"):format(name:sub(2))
  elseif scope.kind == "synapse" and resolve.of_side(name) then
    hint = ("did you mean '%s'?"):format(resolve.of_side(name))
  elseif name == "rand" or name == "randn" then
    hint = name == "rand" and "a random number is Uniform(0, 1)" or "a random number is Normal(0, 1)"
  elseif name == "N" then
    hint = "a synapse has two sides: pre.N, post.N"
  elseif name == "pre" or name == "post" then
    hint = scope.kind == "synapse" and ("name the variable: %s.v"):format(name) or "a neuron has no pre and no post"
  elseif scope.arrays[name] then
    message, hint = ("'%s' is an array"):format(name), ("write %s(...)"):format(name)
  elseif functions.rows[name] and not functions.rows[name].is_free or functions.aliases[name] then
    message, hint = ("'%s' is a function"):format(name), ("write %s(...)"):format(name)
  elseif units.known[name] and not case_twin(scope, name) then
    message, hint = ("the unit '%s' has no number"):format(name), ("a unit follows its number: 1*%s"):format(name)
  elseif name == "lastspike" then
    hint = "did you mean 't_last'?"
  elseif name == "not_refractory" then
    hint = "that is t - t_last > refractory, with the period as it is given"
  end
  hint = hint or fail.suggest(name, known, "known names")
  scope.errors:add(place, node, message, hint)
end

local function read_name(scope, node, place, context)
  local name = node.name
  if node.base then return resolve.base(scope, node, place, context) end
  local own = scope.own[name]
  if own then
    if context.variables == false and own.role ~= "parameter" and not context.own then
      scope.errors:add(place, node, ("'%s' is a variable: %s"):format(name, context.why), "parameters and numbers can stand here")
    end
    scope.reads[name] = true
    if scope.kind == "neuron" and own.role == "variable" and name:find "^g_." then scope.targets[name:sub(3)] = true end
    return node
  end
  local given = names.is_given(scope.kind, name)
  if given then
    if name == "g_target" then
      scope.errors:add(place, node, "'g_target' cannot be read", "it is written in pre_spike; a target's value is post.g_NAME")
    elseif context.variables == false and not names.constants[name] and not (context.index and (name == "i" or name == "j" or name == "N")) then
      scope.errors:add(place, node, ("'%s' is not known yet: %s"):format(name, context.why), "parameters and numbers can stand here")
    elseif given == "white noise" and not context.ode then
      scope.errors:add(place, node, ("white noise '%s' outside of a differential equation"):format(name),
        "a random number for each step is Normal(0, 1)")
    end
    return node
  end
  if scope.kind == "neuron" and name:find "^g_." and context.variables ~= false then
    scope.targets[name:sub(3)] = true
    return node
  end
  if scope.kind == "neuron" and name == "r" and scope.spiking and context.variables ~= false then
    scope.reads_rate = true
    return node
  end
  unknown(scope, node, place, context)
  return node
end

--- pre.X, post.X, and X of a referenced population.
function resolve.base(scope, node, place, context)
  local base = node.base
  if context.variables == false and not context.bases then
    scope.errors:add(place, node, ("'%s.%s' is not known yet: %s"):format(base, node.name, context.why), "parameters and numbers can stand here")
    return node
  end
  if scope.kind == "neuron" and (base == "pre" or base == "post") then
    scope.errors:add(place, node, ("a neuron has no '%s'"):format(base), "pre. and post. belong into synapses; a target's input is sum(exc) or g_exc")
    return node
  end
  local own = scope.own[base] or names.given[scope.kind][base] and { role = "given name" }
  if own then
    scope.errors:add(place, node, ("'%s' is a %s, it has no '.%s'"):format(base, own.role, node.name), "before the dot stands pre, post or a reference")
    return node
  end
  scope.bases[base] = scope.bases[base] or {}
  scope.bases[base][node.name] = scope.bases[base][node.name] or node
  return node
end

local function number_text(value)
  local text = ("%.17g"):format(value)
  local short = ("%.15g"):format(value)
  return tonumber(short) == value and short or text
end

--- A unit as it is written; inside another one it gets parentheses.
local function unit_text(node, nested)
  if node.kind == "name" then return node.name end
  if node.kind == "number" then return number_text(node.value) end
  if node.kind == "unary" then return "-" .. unit_text(node.a, true) end
  local text = unit_text(node.a, node.op == "^" or node.a.kind == "unary") .. node.op .. unit_text(node.b, node.b.kind ~= "unary")
  return nested and "(" .. text .. ")" or text
end

--- What a tree is made of: "units" that the model does not use for itself (and numbers), "numbers" alone, or "others". `known` remembers.
local function made_of(scope, node, known)
  local found = known[node]
  if found then return found end
  if node.kind == "name" then
    found = (node.base or scope.own[node.name] or not units.known[node.name]) and "others" or "units"
  elseif node.kind == "call" then
    found = "others"
  else
    found = "numbers"
    for _, field in ipairs(tree.kinds[node.kind]) do
      local part = made_of(scope, node[field], known)
      if part == "others" or found == "numbers" then found = part end
      if found == "others" then break end
    end
  end
  known[node] = found
  return found
end

--- Take note that a unit is named: from then on all lines are checked. The first place is told where it is the only one.
function resolve.note_unit(scope, place, node)
  scope.has_units = true
  scope.n_units = (scope.n_units or 0) + 1
  scope.first_unit = scope.first_unit or { place = node.place or place, node = node }
end

--- `left * unit` and `left / unit`: a number with a unit is folded; before '/' anything may stand.
local function apply_unit(scope, node, left, place)
  local value, unit = units.of_tree(node.b)
  if not value then return nil end
  local number = left.kind == "number" and left.value or units.constant(left)
  local power = node.op == "*" and 1 or -1
  if not number then
    local name = tree.find(node.b, function(n) return n.kind == "name" end)
    local twin = case_twin(scope, name.name)
    if twin then
      scope.errors:add(place, name, ("unknown name '%s'"):format(name.name),
        ("did you mean '%s'? (the unit %s needs a number before it)"):format(twin, name.name))
      return node
    end
  end
  resolve.note_unit(scope, place, node)
  local right = tree.number(value, node.b)
  right.unit, right.written, right.is_product = unit, unit_text(node.b), node.b.kind == "binary" and node.b.op ~= "^"
  if not number then return tree.binary(node.op, left, right, node) end
  local folded = tree.number(power == 1 and number * value or number / value, node)
  folded.unit = units.multiply(left.unit or units.none, unit, power)
  folded.written, folded.is_product = (left.written or number_text(number)) .. node.op .. unit_text(node.b, true), true
  return folded
end

--- How an array is read: with its arguments.
local function check_array(scope, node, place)
  local one = scope.arrays[node.name]
  scope.arrays_read[node.name] = true
  local facts = one.facts
  if not facts or facts.n_arguments == #node.args then return true end
  local says = facts.is_timed and (facts.n_arguments == 2 and "%s(t, i): a time, and which of its %d channels" or "%s(t): it has one channel")
    or facts.n_arguments == 2 and "%s(x, y)" or "%s(x)"
  scope.errors:add(place, node, ("the array '%s' takes %d argument%s, got %d"):format(node.name, facts.n_arguments, facts.n_arguments == 1 and "" or "s", #node.args),
    says:format(node.name, facts.channels))
  return false
end

local function check_call(scope, node, place)
  if scope.arrays[node.name] then return check_array(scope, node, place) end
  local row = functions.rows[node.name]
  if not row then
    local known = functions.names()
    for name in pairs(scope.functions or {}) do if type(name) == "string" then known[#known + 1] = name end end
    for _, one in ipairs(scope.arrays) do known[#known + 1] = one.name end
    local hint
    if scope.own[node.name] then
      hint = ("'%s' is a %s; for a product write '%s * (...)'"):format(node.name, scope.own[node.name].role, node.name)
    elseif node.name == "rand" or node.name == "randn" then
      hint = node.name == "rand" and "a random number is Uniform(0, 1)" or "a random number is Normal(0, 1)"
    else
      hint = fail.nearest(node.name, known)
      hint = hint and ("did you mean '%s'?"):format(hint) or "functions of your own are defined in the part 'functions'"
    end
    scope.errors:add(place, { pos = node.pos, stop = node.pos and node.pos + #node.name - 1, place = node.place },
      ("unknown function '%s'"):format(node.name), hint)
    return false
  end
  local least = functions.also_reductions[node.name] and 1 or row.least
  if #node.args < least or #node.args > row.most then
    local wanted = row.least == row.most and tostring(row.least) or ("at least %d"):format(least)
    scope.errors:add(place, node, ("%s takes %s argument%s, got %d"):format(node.name, wanted, wanted == "1" and "" or "s", #node.args),
      row.doc)
    return false
  end
  return true
end

--- The number that an argument is whatever the model's values are; nil where it is none.
local function constant(node)
  if node.kind == "number" then return node.value end
  if node.kind == "name" and not node.base and node.name == "inf" then return math.huge end
  if node.kind == "unary" and node.op == "-" then
    local a = constant(node.a)
    return a and -a
  end
  return units.constant(node)
end

--- Distributions that cannot be.
local function check_draw(scope, node, place)
  local row = functions.rows[node.name]
  if not row or not row.wrong then return end
  local a, b = node.args[1] and constant(node.args[1]), node.args[2] and constant(node.args[2])
  local why
  for _, x in ipairs { a or 0, b or 0 } do
    if x - x ~= 0 then why = ("its arguments must be finite, got %s"):format(x ~= x and "NaN" or ("%g"):format(x)) end
  end
  why = why or row.wrong(a, b)
  if why then scope.errors:add(place, node, ("%s: %s"):format(node.name, why), "") end
end

--- `sum(exc)` in a neuron: the argument is the name of a target unless the model has a variable of that name.
local function is_target(scope, node)
  if scope.kind ~= "neuron" or #node.args ~= 1 then return false end
  local argument = node.args[1]
  if argument.kind ~= "name" or argument.base or scope.own[argument.name] then return false end
  return not scope.arrays[node.name] and functions.rows[node.name].role == "reduction" or functions.also_reductions[node.name] or false
end

--- What arrives at all targets together is a target without a name.
local function sum_of_all(node)
  local copy = tree.copy(node)
  copy.args = { tree.name("", { pos = node.pos, stop = node.stop }) }
  return copy
end

local function read_call(scope, node, place, context, visit)
  if scope.kind == "neuron" and node.name == "sum" and #node.args == 0 then node = sum_of_all(node) end
  if not check_call(scope, node, place) then return node end
  if context.variables == false and not scope.arrays[node.name] and functions.rows[node.name].role == "reduction" then
    scope.errors:add(place, node, ("%s is not known yet: %s"):format(node.name, context.why), "parameters and numbers can stand here")
    return node
  end
  if is_target(scope, node) and names.is_given(scope.kind, node.args[1].name) then
    scope.errors:add(place, node.args[1], ("%s over a population takes the name of a variable"):format(node.name), "assign it to a variable first")
    return node
  end
  if is_target(scope, node) then
    scope.targets[node.args[1].name] = true
    scope.sums = scope.sums or {}
    scope.sums[node.args[1].name] = true
    return node
  end
  local args = {}
  for k, argument in ipairs(node.args) do args[k] = visit(argument) end
  if scope.arrays[node.name] then
    node = tree.copy(node)
    node.args, node.is_array = args, true
    return node
  end
  check_draw(scope, { name = node.name, args = args, pos = node.pos, stop = node.stop, place = node.place }, place)
  local same = true
  for k in ipairs(args) do same = same and args[k] == node.args[k] end
  if same then return node end
  local copy = tree.copy(node)
  copy.args = args
  return copy
end

--- Resolve a tree. `context`: variables = false where only parameters and constants are known (`why` says so), `own` where the
--- model's variables are too, `index` where i, j and N are, `bases` where pre. and post. are, `ode` where white noise may stand.
---@param scope Scope
---@param root table
---@param place table
---@param context table
---@param done? table  memory of the pass: hand in one table for several trees of one context
---@return table
function resolve.tree(scope, root, place, context, done)
  done = done or {}
  local materials = scope.materials
  local visit
  function visit(node)
    local result = done[node]
    if result then return result end
    local kind = node.kind
    if kind == "name" then
      result = read_name(scope, node, place, context)
    elseif kind == "call" then
      result = read_call(scope, node, place, context, visit)
    elseif kind == "binary" and (node.op == "*" or node.op == "/") and made_of(scope, node.b, materials) == "units" then
      result = apply_unit(scope, node, visit(node.a), place) or node
    else
      result = node
      for _, field in ipairs(tree.kinds[kind]) do
        local child = visit(node[field])
        if child ~= node[field] then
          if result == node then result = tree.copy(node) end
          result[field] = child
        end
      end
    end
    done[node] = result
    return result
  end
  return visit(root)
end

return resolve
