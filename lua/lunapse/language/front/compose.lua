--- Descriptions made of descriptions: with other and further lines (`extend`), or with names replaced by expressions (`replace`). Texts alone: what comes out is a
--- description like any other, and is checked as such.
---
--- Lines are known by what they write, parameters and functions by their names. Names are replaced where they stand in the text, so that the rest stays as it was written.

local description = require "lunapse.language.front.description"
local fail = require "lunapse.language.base.fail"
local inline = require "lunapse.language.front.inline"
local parameters = require "lunapse.language.front.parameters"
local parts = require "lunapse.language.base.parts"
local statements = require "lunapse.language.front.statements"
local tree = require "lunapse.language.base.tree"

local compose = {}

local function copy_of(given)
  local copy = {}
  for key, value in pairs(given) do copy[key] = value end
  return copy
end

-- ---- extend ----

--- The text of each item of a list, which begin at `pos`: up to the next one.
local function pieces(text, list)
  local found = {}
  for k, item in ipairs(list) do
    found[k] = { name = item.name, text = text:sub(item.pos, list[k + 1] and list[k + 1].pos - 1 or #text):match "^(.-)[%s;]*$" }
  end
  return found
end

--- Parameters as a list of { name, text } where they are written as text, and { name, value } where a table has them.
local function parameter_list(kind, given)
  local all, list = given.parameters, {}
  parameters.read(kind, given.name, all)          -- for its errors
  local text = type(all) == "string" and all or type(all) == "table" and #all > 0 and table.concat(all, "\n")
  if text then list = pieces(text, parameters.read(kind, given.name, text)) end
  for name, value in pairs(type(all) == "table" and all or {}) do
    if type(name) == "string" then list[#list + 1] = { name = name, value = value } end
  end
  return list
end

local function as_table(list)
  local made = {}
  for _, one in ipairs(list) do
    if one.text then made[#made + 1] = one.text else made[one.name] = one.value end
  end
  return made
end

--- A list in which items of another replace those of their name; the rest of the others stands behind.
local function merged(list, others)
  local by_name, made = {}, {}
  for _, one in ipairs(others) do by_name[one.name] = one end
  for _, one in ipairs(list) do
    made[#made + 1] = by_name[one.name] or one
    by_name[one.name] = nil
  end
  for _, one in ipairs(others) do
    if by_name[one.name] then made[#made + 1] = one end
  end
  return made
end

--- Names of the parameters of a description.
---@param kind "neuron"|"synapse"
---@param given table
---@return string[]
function compose.parameters(kind, given)
  local names = {}
  for k, one in ipairs(parameter_list(kind, given)) do names[k] = one.name end
  return names
end

--- A description without some of its parameters.
---@param kind "neuron"|"synapse"
---@param given table
---@param names table<string, boolean>
---@return table
function compose.without(kind, given, names)
  local made, kept = copy_of(given), {}
  for _, one in ipairs(parameter_list(kind, given)) do
    if not names[one.name] then kept[#kept + 1] = one end
  end
  made.parameters = as_table(kept)
  return made
end

local function texts_of(list)
  local lines = {}
  for k, one in ipairs(list) do lines[k] = one.text end
  return table.concat(lines, "\n")
end

local function function_list(kind, given)
  local place = description.part(kind, given, "functions")
  return place and pieces(place.text, inline.read(place)) or {}
end

--- What a line writes: "w", "post.v".
local function written(statement)
  local target = statement.target
  return target.base and target.base .. "." .. target.name or target.name
end

local function statement_list(kind, given)
  local place = description.part(kind, given, "equations")
  return place and statements.list(place) or {}
end

--- Equations in which the lines of a variable give way to the others' lines for it. Lines that only change a variable (`+=`) stand behind.
local function merged_equations(list, others)
  local of, replaces, lines = {}, {}, {}
  for _, statement in ipairs(others) do
    local name = written(statement)
    of[name] = of[name] or {}
    table.insert(of[name], statement.text)
    replaces[name] = replaces[name] or statement.op == "=" or statement.op == ":="
  end
  local is_there = {}
  for _, statement in ipairs(list) do
    local name = written(statement)
    if not replaces[name] then
      lines[#lines + 1] = statement.text
    elseif not is_there[name] then
      is_there[name] = true
      table.move(of[name], 1, #of[name], #lines + 1, lines)
    end
  end
  for _, statement in ipairs(others) do
    if not is_there[written(statement)] then lines[#lines + 1] = statement.text end
  end
  return table.concat(lines, "\n")
end

local joins = {}

function joins.parameters(kind, base, more) return as_table(merged(parameter_list(kind, base), parameter_list(kind, more))) end

function joins.functions(kind, base, more) return texts_of(merged(function_list(kind, base), function_list(kind, more))) end

function joins.arrays(_, base, more)
  local made = copy_of(base.arrays)
  for name, value in pairs(more.arrays) do
    if math.type(name) then made[#made + 1] = value else made[name] = value end
  end
  return made
end

function joins.equations(kind, base, more) return merged_equations(statement_list(kind, base), statement_list(kind, more)) end

--- What of a description is replaced as one: of what stands in `events` and `on` each event with all that it does, of all else a part.
local function unit_of(part)
  local outer, name = part:match "^(.-)%.([%w_]+)"
  return (outer == "events" or outer == "on") and outer .. "." .. name or outer or part
end

--- Has a description a part, or one that stands in it?
local function has_part(given, part)
  for key in pairs(given) do
    if key:match "^[^.]*" == part then return true end
  end
  return false
end

--- A description with other parts. Parameters, functions and equations replace those of their name or join them; of all other parts the new text is the whole; `false`
--- takes a part out.
---@param kind "neuron"|"synapse"
---@param base table
---@param more table
---@return table
function compose.extend(kind, base, more)
  local made, named = copy_of(base), copy_of(more)
  named.name = named.name or base.name
  local given, replaced = description.spread(kind, named), {}
  for part in pairs(given) do replaced[unit_of(part)] = not joins[part] end
  for part in pairs(base) do
    if replaced[unit_of(part)] or given[part:match "^[^.]*"] == false then made[part] = nil end
  end
  for part, value in pairs(given) do
    if value == false and not has_part(base, part) then
      fail.at({ kind = kind, name = base.name, text = "" }, nil, ("there is no part '%s' to be taken out"):format(part), "")
    elseif value == false then
      made[part] = nil
    else
      made[part] = joins[part] and base[part] ~= nil and joins[part](kind, base, { name = named.name, [part] = value }) or value
    end
  end
  return made
end

-- ---- replace ----

--- What stands for a name: { text (in parentheses where it is no single word), word = the new name where it is one }.
local function replacement(name, value)
  if type(value) == "number" then
    if value ~= value or value == math.huge or value == -math.huge then error(("'%s' cannot be replaced by %s"):format(name, value), 0) end
    return { text = value < 0 and ("(%.17g)"):format(value) or ("%.17g"):format(value) }
  end
  local place = { kind = "replacement", part = ("of '%s'"):format(name), text = value }
  if type(value) ~= "string" then fail.at(place, nil, ("it is a %s"):format(type(value)), "a text or a number is expected") end
  local node = statements.expression(place)
  if node.kind == "name" and not node.base then return { text = node.name, word = node.name } end
  return { text = (node.kind == "number" or node.kind == "name") and value or ("(%s)"):format(value) }
end

local function replacements(with)
  local made = {}
  for name, value in pairs(with) do
    if type(name) ~= "string" then error(("names are replaced: a text expected, got a %s"):format(type(name)), 0) end
    made[name] = replacement(name, value)
  end
  return made
end

--- Work on one description: which names were met, and which of those to be replaced were found.
local function new_work(with) return { with = replacements(with), found = {}, met = {} } end

local function note(work, name)
  work.met[name] = true
  local with = work.with[name]
  if with then work.found[name] = true end
  return with
end

--- Edits of a text: the names of a tree.
local function edit_tree(work, edits, node)
  tree.each(node, function(n)
    if n.kind == "derivative" then
      local with = note(work, n.name)
      if with then edits[#edits + 1] = { n.pos + 1, n.pos + #n.name, with.text } end
    elseif n.kind == "name" and not n.base then
      local with = note(work, n.name)
      if with then edits[#edits + 1] = { n.pos, n.stop, with.text } end
    end
  end)
end

local function edit_flags(work, edits, flags)
  for _, value in pairs(flags or {}) do
    if type(value) == "table" and tree.kinds[value.kind] then edit_tree(work, edits, value) end
  end
end

local function edited(text, edits)
  table.sort(edits, function(a, b) return a[1] > b[1] end)
  for _, edit in ipairs(edits) do text = text:sub(1, edit[1] - 1) .. edit[3] .. text:sub(edit[2] + 1) end
  return text
end

--- Statements with names replaced. A line that writes what an expression stands for is taken out where `takes_out`, else it is an error.
local function replace_statements(work, place, takes_out)
  local edits = {}
  for _, statement in ipairs(statements.list(place)) do
    local target = statement.target
    local with = not target.base and note(work, target.name)
    if with and not with.word then
      if not takes_out then fail.at(place, target, ("'%s' is written here: an expression cannot take its place"):format(target.name), "give this part anew, too") end
      edits[#edits + 1] = { statement.pos, statement.stop, "" }
    else
      if statement.lhs then edit_tree(work, edits, statement.lhs) else edit_tree(work, edits, target) end
      edit_tree(work, edits, statement.rhs)
      edit_flags(work, edits, statement.flags)
    end
  end
  return edited(place.text, edits)
end

local function replace_condition(work, place, takes_flags)
  local edits, condition = {}, statements.condition(place, takes_flags)
  edit_tree(work, edits, condition.rhs)
  edit_flags(work, edits, condition.flags)
  return edited(place.text, edits)
end

--- How the parts of each kind are gone through: function(work, kind, given, row), which gives the new value.
local passes = {}

function passes.statements(work, kind, given, row) return replace_statements(work, description.part(kind, given, row.name), row.name == "equations") end

function passes.condition(work, kind, given, row) return replace_condition(work, description.part(kind, given, row.name)) end
passes.number = passes.condition

--- Of names that a refractory period lists only words can take the place.
local function replace_names(work, place, names)
  if type(names) ~= "table" then return names end
  local made = {}
  for k, name in ipairs(names) do
    local with = note(work, name)
    if with and not with.word then fail.at(place, nil, ("'%s' is listed here: an expression cannot take its place"):format(name), "give this part anew, too") end
    made[k] = with and with.word or name
  end
  return made
end

function passes.period(work, kind, given, row)
  local value = given[row.name]
  local place = { kind = kind, name = given.name, part = row.name, text = value }
  if type(value) == "string" then return replace_condition(work, place) end
  if type(value) ~= "table" then return value end
  local made = copy_of(value)
  for _, name in ipairs(row.options) do made[name] = replace_names(work, place, value[name]) end
  place.text = value[1]
  if type(value[1]) == "string" then made[1] = replace_condition(work, place) end
  return made
end

--- A parameter of a name that is replaced goes, or goes by the new name.
local function replace_parameter(work, kind, given, one, is_there)
  local place = { kind = kind, name = given.name, part = ("parameter '%s'"):format(one.name), text = one.text or one.value }
  local with = note(work, one.name)
  if with and (not with.word or is_there[with.word]) then return nil end
  local name = with and with.word or one.name
  if one.text then
    local edits = {}
    place.takes = "parameter"
    for _, statement in ipairs(one.text:find "^[%w_]+%s*=" and statements.list(place) or {}) do
      edit_tree(work, edits, statement.rhs)
      edit_flags(work, edits, statement.flags)
    end
    return { name = name, text = (edited(one.text, edits):gsub("^[%w_]+", name, 1)) }
  end
  return { name = name, value = type(one.value) == "string" and replace_condition(work, place, "parameter") or one.value }
end

function passes.parameters(work, kind, given)
  local list, is_there, made = parameter_list(kind, given), {}, {}
  for _, one in ipairs(list) do is_there[one.name] = true end
  for _, one in ipairs(list) do made[#made + 1] = replace_parameter(work, kind, given, one, is_there) end
  return as_table(made)
end

--- Names that are to be replaced and stand nowhere are an error.
local function check_found(work, place)
  for name in pairs(work.with) do
    if not work.found[name] then
      local met = {}
      for known in pairs(work.met) do met[#met + 1] = known end
      fail.at(place, nil, ("there is no '%s' to be replaced"):format(name), fail.suggest(name, met, "names"))
    end
  end
end

--- A description with names replaced by expressions, numbers or other names, wherever they are read. A parameter that an expression takes the place of goes, and so do the
--- equations that compute it; a new name is the name of the parameter or variable from then on.
---@param kind "neuron"|"synapse"
---@param base table
---@param with table<string, string|number>
---@return table
function compose.replace(kind, base, with)
  local work, made = new_work(with), copy_of(base)
  for _, row in ipairs(parts.rows(kind, base)) do
    if base[row.name] ~= nil and passes[row.kind] then made[row.name] = passes[row.kind](work, kind, base, row) end
  end
  check_found(work, { kind = kind, name = base.name, text = "" })
  return made
end

--- A text of statements with names replaced; those that its lines write, by other names alone.
---@param text string
---@param with table<string, string|number>
---@return string
function compose.substitute(text, with)
  local place, work = { kind = "equations", text = text }, new_work(with)
  local made = replace_statements(work, place)
  check_found(work, { kind = "equations", text = "" })
  return made
end

return compose
