--- Values for the synapses of a projection, as they may be given: one for each synapse, for each post or pre neuron (of the population, or of
--- the view that the projection joins), or a function of the two neurons.
local array = require "lunapse.core.array"
local options = require "lunapse.options"
local random = require "lunapse.network.distribution"
local scopes_of = require "lunapse.language.back.scope"

local given = {}

--- Call f(i, j) for each synapse, in the order of synapses, with the numbers of its pre and its post neuron in their populations.
---@param p Projection
---@param name string
---@param f fun(i: integer, j: integer): number|boolean
---@return array  [p.size]
function given.call(p, name, f)
  local pre, post, values = p._core:pre():table(), p._core:post():table(), {}
  for k = 1, p.size do
    local value = f(pre[k], post[k])
    if type(value) == "boolean" then value = value and 1 or 0 end
    if type(value) ~= "number" then
      options.fail(("%s: the function gave %s for pre %d, post %d: a number expected"):format(p:_where(name), type(value), pre[k], post[k]))
    end
    values[k] = value
  end
  return p.size > 0 and array.from(values, "float64") or array.new("float64", 0)
end

local function view_size(view) return view.index and #view.index or view.n end

--- Values of the neurons of a view among those of the whole population; the others keep what they have.
local function place(p, name, value, view, size)
  local default = p._model.checked.parameters_by_name[name]
  default = default and default.default
  local before = p._arrays[name]
  local whole
  if before and #before == size then
    whole = before:astype "float64"
  else
    whole = array.full(before and before[1] or type(default) == "number" and default or 0, size, nil, "float64")
  end
  local numbers = view.index or array.arange(view.first, view.first + view.n - 1)
  return whole:put(numbers, array.from(value, "float64"):flatten())
end

local words = { pre = "pre", post = "post", synapse = "syn" }

--- The scopes that a parameter's flag allows, in the order in which they are tried.
local function allowed(p, name)
  local parameter, v = p._model.checked.parameters_by_name[name], p._compiled.variables_by_name[name]
  local level = parameter and parameter.scope and scopes_of.of_flag(p._model.checked, parameter.scope) or v and v.flag_level
  if level == 0 then options.fail(p:_where(name) .. " is one value for the whole projection: a number expected") end
  if level == 1 or level == 2 then return { level == 1 and "pre" or "post" } end
  local is_of_pre = v and v.kind ~= "parameter" and v.scope == "pre"          -- as it reads, so it is set
  local first, second = is_of_pre and "pre" or "post", is_of_pre and "post" or "pre"
  return p._shared and { first, second } or { "syn", first, second }
end

--- What a value that is not one number means: the scope that the variable needs, and the value laid out for it ("syn": as it was given).
---@param p Projection
---@param name string
---@param value any  { values, by = "pre" } says which neurons are meant where the numbers of both sides would fit (without it those of the variable's own side, else post)
---@return "syn"|"post"|"pre" scope
---@return any value
--- Errors: "80 numbers expected (one per synapse), or 8 (one per post neuron), or 10 (one per pre neuron), got 3".
function given.fit(p, name, value)
  if p._shared and (random.is(value) or type(value) == "function") then
    options.fail(p:_where(name) .. ": its synapses share their weights and have no values of their own: a number, or one for each post or pre neuron, expected")
  end
  if random.is(value) or type(value) == "function" or name == "w" then return "syn", value end
  if type(value) ~= "table" and not array.is(value) then
    options.fail(("%s: a number, numbers, a distribution, a text or a function expected, got a %s"):format(p:_where(name), type(value)))
  end
  local scopes = allowed(p, name)
  if type(value) == "table" and value.by ~= nil then
    local by = words[value.by]
    if not by then options.fail(('%s: \'by\' must be "pre", "post" or "synapse", got %s'):format(p:_where(name), tostring(value.by))) end
    scopes = { by }
    value = #value == 1 and type(value[1]) ~= "number" and value[1] or table.move(value, 1, #value, 1, {})
  end
  local n = type(value) == "userdata" and value:size() or #value
  local size = { syn = p.size, post = p.to.size, pre = p.from.size }
  local part = { post = view_size(p._to_view), pre = view_size(p._from_view) }
  for _, scope in ipairs(scopes) do
    if n == size[scope] then return scope, value end
  end
  for _, scope in ipairs(scopes) do
    if n == part[scope] then return scope, place(p, name, value, scope == "pre" and p._from_view or p._to_view, size[scope]) end
  end
  local expected = {}
  for k, scope in ipairs(scopes) do
    local what = scope == "syn" and "one per synapse" or ("one per %s neuron"):format(scope)
    local count = part[scope] and part[scope] ~= size[scope] and ("%d or %d"):format(part[scope], size[scope]) or tostring(size[scope])
    expected[k] = k == 1 and ("%s numbers expected (%s)"):format(count, what) or ("%s (%s)"):format(count, what)
  end
  return options.fail(("%s: %s, got %d"):format(p:_where(name), table.concat(expected, ", or "), n))
end

--- Values for a variable of a given scope: those of fewer neurons are repeated for each synapse.
---@return any
function given.to(p, name, value, scope)
  local own, laid = given.fit(p, name, value)
  if own == scope or scope ~= "syn" then return laid end
  return array.from(laid, "float64"):flatten():take(own == "pre" and p._core:pre() or p._core:post())
end

return given
