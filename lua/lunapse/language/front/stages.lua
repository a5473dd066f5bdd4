--- What each stage of the front made of a text, to be read by people: `lunapse --dump=tokens|tree|model script.lua`.

local parts = require "lunapse.language.base.parts"
local print = require "lunapse.language.base.print"
local tokens = require "lunapse.language.front.tokens"
local tree = require "lunapse.language.base.tree"
local units = require "lunapse.language.base.unit_table"

local dump = {}

--- One token a line: offset, kind, text.
---@param text string
---@param part? string
---@return string
function dump.tokens(text, part)
  local read = tokens.read { kind = part or "equation", text = text }
  local lines = {}
  for k = 1, read.n do
    local shown = read.kind[k] == "newline" and "\\n" or text:sub(read.pos[k], read.stop[k])
    lines[k] = ("%4d  %-8s %s"):format(read.pos[k], read.kind[k], shown):gsub("%s+$", "")
  end
  return table.concat(lines, "\n")
end

local function label(node)
  local kind = node.kind
  if kind == "number" then
    local unit = node.unit and node.unit ~= units.none and "  [" .. units.text(node.unit) .. "]" or ""
    return "number " .. print.number(node.value) .. unit
  elseif kind == "name" then
    return "name " .. (node.base and node.base .. "." or "") .. node.name
  elseif kind == "bool" then
    return "bool " .. tostring(node.value)
  elseif kind == "unary" or kind == "binary" then
    return kind .. " " .. node.op
  end
  return kind .. (node.name and " " .. node.name or "")
end

local DEEPEST_INDENT = 40

--- One node a line, children indented (beyond forty levels by a number); a node that stands in a second place is shown once and then named by its number.
---@param root table
---@param indent? string
---@return string
function dump.tree(root, indent)
  local count, times, number, lines = 0, {}, {}, {}
  local function tally(node)
    times[node] = (times[node] or 0) + 1
    if times[node] > 1 then return end
    for _, field in ipairs(tree.kinds[node.kind]) do tally(node[field]) end
    for _, argument in ipairs(node.args or {}) do tally(argument) end
  end
  tally(root)
  local function visit(node, depth, role)
    local space = (indent or "") .. ("  "):rep(math.min(depth, DEEPEST_INDENT)) .. (depth > DEEPEST_INDENT and ("(%d) "):format(depth) or "")
      .. (role and role .. ": " or "")
    if number[node] then
      lines[#lines + 1] = space .. "#" .. number[node]
      return
    end
    local leaf = #tree.kinds[node.kind] == 0 and not node.args
    local mark = ""
    if times[node] > 1 and not leaf then
      count = count + 1
      number[node] = count
      mark = "  #" .. count
    end
    lines[#lines + 1] = space .. label(node) .. mark
    for _, field in ipairs(tree.kinds[node.kind]) do visit(node[field], depth + 1, node.kind == "if" and field or nil) end
    for _, argument in ipairs(node.args or {}) do visit(argument, depth + 1) end
  end
  visit(root, 0)
  return table.concat(lines, "\n")
end

local function sorted(set)
  local list = {}
  for name in pairs(set or {}) do list[#list + 1] = name end
  table.sort(list)
  return list
end

local function add(lines, text, ...)
  lines[#lines + 1] = select("#", ...) > 0 and text:format(...) or text
end

local function add_names(lines, title, set)
  local list = sorted(set)
  if #list > 0 then add(lines, "  %s: %s", title, table.concat(list, ", ")) end
end

local function title(model)
  return model.kind .. (model.name and (" '%s'"):format(model.name) or "")
end

local function value_text(parameter)
  if parameter.given then return tostring(parameter.given) end
  if parameter.default == nil then return "(to be given)" end
  if type(parameter.default) == "number" then return print.number(parameter.default) end
  return print.tree(parameter.default)
end

--- Every part of a checked model through one eye: `show(row)` gives its lines, none where it is missing.
local function by_part(model, show)
  local lines = { title(model) }
  for _, row in ipairs(model.rows) do
    local shown = row.name ~= "name" and show(row) or {}
    if #shown > 0 then lines[#lines + 1] = row.name end
    table.move(shown, 1, #shown, #lines + 1, lines)
  end
  return table.concat(lines, "\n")
end

local function trees(model)
  return by_part(model, function(row)
    local lines = {}
    local function add_tree(text, lhs, rhs)
      lines[#lines + 1] = "  " .. text
      if lhs then lines[#lines + 1] = dump.tree(lhs, "    ") .. "\n    =" end
      if rhs then lines[#lines + 1] = dump.tree(rhs, "    ") end
    end
    if row.kind == "parameters" then
      for _, parameter in ipairs(model.parameters) do add_tree(parameter.name .. " = " .. value_text(parameter), nil, parameter.tree) end
    elseif row.kind == "functions" then
      for _, definition in ipairs(model.functions) do add_tree(print.definition(definition), nil, definition.body) end
    else
      for _, statement in ipairs(parts.statements(model, row.name)) do add_tree(statement.text, statement.lhs, statement.rhs) end
      for _, line in ipairs(#lines == 0 and print.part(model, row) or print.options(row, model.source[row.name])) do add_tree(line) end
    end
    return lines
  end)
end

local function text_words(model)
  return by_part(model, function(row)
    local place = model.places[row.name]
    return place and { dump.tokens(place.text, row.name) } or {}
  end)
end

--- A stage of a checked model, for `--dump=STAGE`.
---@param stage "tokens"|"tree"|"model"
---@param model table
---@return string
function dump.stage(stage, model)
  if stage == "tokens" then return text_words(model) end
  if stage == "tree" then return trees(model) end
  if stage == "model" then return dump.model(model) end
  error(("unknown stage '%s'; known: tokens, tree, model"):format(tostring(stage)), 2)
end

--- A checked model: its parameters, variables, statements as they are understood, and what it reads from outside.
---@param model table
---@return string
function dump.model(model)
  local lines = {}
  add(lines, title(model))
  for _, parameter in ipairs(model.parameters) do
    local words = {}
    for _, key in ipairs { "scope", "type" } do words[#words + 1] = parameter[key] end
    if parameter.unit then words[#words + 1] = units.text(parameter.unit) end
    add(lines, "  parameter %s = %s%s", parameter.name, value_text(parameter), #words > 0 and "  (" .. table.concat(words, ", ") .. ")" or "")
  end
  for _, variable in ipairs(model.variables) do
    local words = { variable.kind }
    words[#words + 1] = variable.type
    if variable.unit then words[#words + 1] = units.text(variable.unit) end
    add(lines, "  variable %s  (%s)", variable.name, table.concat(words, ", "))
  end
  for _, row in ipairs(model.rows) do
    local shown = row.name ~= "name" and row.kind ~= "parameters" and print.part(model, row) or {}
    if row.kind == "statements" or row.kind == "functions" then
      if #shown > 0 then add(lines, "  %s", row.name) end
      for _, line in ipairs(shown) do add(lines, "    %s", line) end
    elseif shown[1] then
      add(lines, "  %s: %s", row.name, shown[1])
    end
  end
  add_names(lines, "targets", model.targets_read)
  for _, base in ipairs(sorted(model.reads)) do add_names(lines, "reads of " .. base, model.reads[base]) end
  for _, side in ipairs { "pre", "post" } do add_names(lines, "writes to " .. side, model.writes[side]) end
  local unread = {}
  for _, parameter in ipairs(model.unread) do unread[parameter.name] = true end
  add_names(lines, "read by no part", unread)
  return table.concat(lines, "\n")
end

return dump
