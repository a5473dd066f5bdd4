--- Parameters, from text or from a table.
---
---     parameters = "a = 0.02 : population ; tau = 10*ms"            the flags are scope, type, unit, min, max
---     parameters = { a = 0.02, tau = "10*ms", on = true,            a string is an expression, with flags if need be
---                    C = { 200, unit = "pF", scope = "local" },     value first, then options
---                    I = lp.uniform(0, 10),                         an object: an expression if it has a field `text`, else kept
---                                                                   in the parameter's `given`
---                    "rate : population" }                          lines of text, which come first
---
--- A default is a number, or a tree where it depends on other parameters or is drawn. A plain number takes the unit of its flag.

local fail = require "lunapse.language.base.fail"
local flags = require "lunapse.language.front.flags"
local grammar = require "lunapse.language.front.grammar"
local statements = require "lunapse.language.front.statements"
local tokens = require "lunapse.language.front.tokens"
local tree = require "lunapse.language.base.tree"
local units = require "lunapse.language.base.unit_table"

local parameters = {}

local options_known = { scope = true, unit = true, type = true, min = true, max = true }

local function from_flags(name, default, read, span)
  return {
    name = name, default = default, scope = read.scope, type = read.type, unit = read.unit, unit_value = read.unit_value,
    min = read.min, max = read.max, flags = read, pos = span.pos, stop = span.stop,
  }
end

--- A parameter that the text only names (`tau`, `tau : population`): it has no default and must be given with each object.
local function read_bare(reader)
  local first = reader.at
  reader.at = first + 1
  reader:fresh()
  local parameter = from_flags(reader.value[first], nil, flags.read(reader, "parameter"), reader:span(first))
  local kind = reader.kind[reader.at]
  if kind ~= "newline" and kind ~= "end" then reader:unexpected() end
  return parameter
end

local function from_text(place)
  place.counted = true
  local reader = grammar.reader(tokens.read(place))
  local list = {}
  while true do
    while reader.kind[reader.at] == "newline" do reader.at = reader.at + 1 end
    local first = reader.at
    local kind, after = reader.kind[first], reader.kind[first + 1]
    if kind == "end" then return list end
    local parameter
    if kind == "name" and (after == "newline" or after == "end" or after == ":") then
      parameter = read_bare(reader)
    else
      local statement = statements.read(reader)
      if statement.kind ~= "assign" or statement.target.base or statement.op ~= "=" then
        fail.at(place, { pos = statement.pos, stop = statement.target.stop }, "a parameter is 'name = value'",
          statement.kind == "ode" and "equations stand in the part 'equations'" or "")
      end
      parameter = from_flags(statement.target.name, statement.rhs, statement.flags, statement.target)
    end
    parameter.line, parameter.place = fail.line_of(place, reader.pos[first]), place
    list[#list + 1] = parameter
  end
end

--- The text of a random distribution, or of anything that stands for an expression; nil for other values.
local function text_of(value)
  if type(value) ~= "table" and type(value) ~= "userdata" then return nil end
  local ok, text = pcall(function() return value.text end)
  return ok and type(text) == "string" and text or nil
end

--- Values that the language cannot read (arrays, distributions without a text): whoever makes the object sets them.
local function is_object(value)
  return (type(value) == "userdata" or type(value) == "table" and getmetatable(value) ~= nil) and not text_of(value)
end

local function plain_value(place, value)
  if type(value) == "number" then return tree.number(value) end
  if type(value) == "boolean" then return tree.bool(value) end
  fail.at(place, nil, ("its value is a %s"):format(type(value)), "a parameter is a number, a text, true or false, or a distribution")
end

local function with_options(place, value)
  local read = {}
  for key, option in pairs(value) do
    if key ~= 1 then
      if not options_known[key] then
        fail.at(place, nil, ("unknown option '%s'"):format(tostring(key)), fail.suggest(tostring(key), { "scope", "unit", "type", "min", "max" }))
      end
      if key == "min" or key == "max" then
        read[key] = type(option) == "number" and tree.number(option) or statements.expression { kind = place.kind, name = place.name,
          part = place.part .. ", " .. key, text = tostring(option) }
      else
        local words = { kind = place.kind, name = place.name, part = place.part .. ", " .. key, text = ": " .. tostring(option) }
        local found = flags.read(grammar.reader(tokens.read(words)), "parameter")
        if not found[key] then fail.at(place, nil, ("'%s' is no %s"):format(tostring(option), key), "") end
        read[key], read.unit_value = found[key], found.unit_value or read.unit_value
      end
    end
  end
  return read
end

local function from_table(kind, model_name, given)
  local order, lines = {}, {}
  for key, value in pairs(given) do
    if type(key) == "string" then
      order[#order + 1] = key
    elseif math.type(key) == "integer" and key >= 1 and key <= #given and type(value) == "string" then
      lines[key] = value
    else
      fail.at({ kind = kind, name = model_name, part = "parameters" }, nil, "a parameter has no name", "write { tau = 10 }")
    end
  end
  table.sort(order)
  local list = #lines > 0 and from_text { kind = kind, name = model_name, part = "parameters", text = table.concat(lines, "\n") } or {}
  for _, name in ipairs(order) do
    local value = given[name]
    local place = { kind = kind, name = model_name, part = ("parameter '%s'"):format(name), text = "" }
    if not name:find "^[%a_][%w_]*$" then fail.at(place, nil, "this is not a name", "names are made of the letters a-z, A-Z, digits and _") end
    local read, default, object = {}, nil, nil
    if is_object(value) then
      object = value
    elseif type(value) == "table" and not text_of(value) then
      read = with_options(place, value)
      value = value[1]
      if value == nil then fail.at(place, nil, "it has no value", "write { 10, unit = \"ms\" }") end
    end
    local text = type(value) == "string" and value or text_of(value)
    if text then
      place.text = text
      local condition = statements.condition(place, "parameter")
      default = condition.rhs
      for key, flag in pairs(condition.flags) do
        if read[key] == nil then read[key] = flag end
      end
    elseif not object then
      default = plain_value(place, value)
    end
    local parameter = from_flags(name, default, read, { pos = text and 1, stop = text and #text })
    parameter.line, parameter.place, parameter.given = 1, place, object
    list[#list + 1] = parameter
  end
  return list
end

--- The number that a default stands for: a plain one takes the unit of the flag; nil when it must be computed later.
local function number_of(parameter)
  local default = parameter.default
  if default.kind == "bool" then
    parameter.type = parameter.type or "bool"
    return default.value and 1 or 0
  end
  local plain = units.constant(default)
  if plain then return plain * (parameter.unit_value or 1) end
  return nil
end

--- Read the parameters of a model.
---@param kind string
---@param model_name string?
---@param given string|table|nil
---@return table[] list  { name, default, scope, type, unit, min, max, line, place, pos, stop }, also by name
function parameters.read(kind, model_name, given)
  local list
  if given == nil then
    list = {}
  elseif type(given) == "string" then
    list = from_text { kind = kind, name = model_name, part = "parameters", text = given }
  elseif type(given) == "table" then
    list = from_table(kind, model_name, given)
  else
    fail.at({ kind = kind, name = model_name, part = "parameters" }, nil, ("parameters are text or a table, got a %s"):format(type(given)), "")
  end
  for _, parameter in ipairs(list) do
    if parameter.default then
      parameter.tree = parameter.default
      parameter.default = number_of(parameter) or parameter.default
    end
  end
  return list
end

return parameters
