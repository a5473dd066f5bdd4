--- Descriptions as users write them: a table of texts, one for each part.

local fail = require "lunapse.language.base.fail"
local parts = require "lunapse.language.base.parts"

local description = {}

--- Names of parts elsewhere, and ours.
local called_elsewhere = {
  threshold = "spike", model = "equations", on_pre = "pre_spike", on_post = "post_spike", params = "parameters",
  pre = "pre_spike", post = "post_spike", equation = "equations", weights = "weights belong to the projection",
  method = "methods are flags of their equations, or an option of the network",
}

--- Refuse what is no table, and parts that nobody knows.
function description.check_keys(kind, given)
  if type(given) ~= "table" then
    error(("a description of a %s is a table, got a %s"):format(kind, type(given)), 0)
  end
  if given.name ~= nil and type(given.name) ~= "string" then
    fail.at({ kind = kind, part = "name", text = "" }, nil, ("it is a %s, a text is expected"):format(type(given.name)), "")
  end
  local place = { kind = kind, name = given.name, text = "" }
  local known, names = parts.of(kind), parts.names(kind)
  local order = {}
  for key in pairs(given) do order[#order + 1] = tostring(key) end
  table.sort(order)
  for _, key in ipairs(order) do
    if not known[key] then
      local other = called_elsewhere[key]
      if other and known[other] then other = ("did you mean '%s'?"):format(other) end
      local near = fail.nearest(key, names)
      local hint = other or near and ("did you mean '%s'?"):format(near)
      hint = (hint and hint .. " " or "") .. "(known parts: " .. table.concat(names, ", ") .. ")"
      fail.at(place, nil, ("unknown part '%s'"):format(key), hint)
    end
  end
end

--- The text of a part and its place, nil where it is missing; a list of texts is joined, one a line.
function description.part(kind, given, part)
  local text = given[part]
  if text == nil then return nil end
  local place = { kind = kind, name = given.name, part = part }
  if type(text) == "table" then
    for key in pairs(text) do
      if math.type(key) ~= "integer" or key < 1 or key > #text then
        fail.at(place, nil, ("it has an entry named '%s'"):format(tostring(key)), "a text or a list of texts is expected, which have no names")
      end
    end
    for k, line in ipairs(text) do
      if type(line) ~= "string" then fail.at(place, nil, ("entry %d is a %s, a text is expected"):format(k, type(line)), "") end
    end
    text = table.concat(text, "\n")
  elseif type(text) ~= "string" then
    fail.at(place, nil, ("it is a %s, a text is expected"):format(type(text)), "")
  end
  place.text = text
  return place
end

--- A part that is one of some words, nil where it is missing.
function description.choice(kind, given, row)
  local word = given[row.name]
  if word == nil then return nil end
  for _, known in ipairs(row.choices) do if known == word then return known end end
  fail.at({ kind = kind, name = given.name, part = row.name, text = "" }, nil,
    ("unknown %s '%s'"):format(row.name, tostring(word)), fail.suggest(tostring(word), row.choices))
end

--- Refuse parts that make no sense without another.
function description.check_parts(kind, given)
  for _, row in ipairs(parts.of(kind)) do
    if row.needs and given[row.name] ~= nil and given[row.needs] == nil then
      fail.at({ kind = kind, name = given.name, part = row.name, text = "" }, nil, ("'%s' without '%s'"):format(row.name, row.needs),
        ("it acts when the condition '%s' becomes true"):format(row.needs))
    end
  end
end

return description
