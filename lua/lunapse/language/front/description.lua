--- Descriptions as users write them: a table of texts, one for each part.

local fail = require "lunapse.language.base.fail"
local names = require "lunapse.language.front.names"

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
  local place = { kind = kind, name = given.name, text = "" }
  local known = {}
  for _, part in ipairs(names.parts[kind]) do known[part] = true end
  local order = {}
  for key in pairs(given) do order[#order + 1] = tostring(key) end
  table.sort(order)
  for _, key in ipairs(order) do
    if not known[key] then
      local other = called_elsewhere[key]
      if other and known[other] then other = ("did you mean '%s'?"):format(other) end
      local near = fail.nearest(key, names.parts[kind])
      local hint = other or near and ("did you mean '%s'?"):format(near)
      hint = (hint and hint .. " " or "") .. "(known parts: " .. table.concat(names.parts[kind], ", ") .. ")"
      fail.at(place, nil, ("unknown part '%s'"):format(key), hint)
    end
  end
end

--- The text of a part and its place; a list of texts is joined, one a line.
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

--- The part `operation`: how psp of several synapses come together.
function description.operation(given)
  local operation = given.operation
  if operation == nil then return nil end
  local known = { "sum", "max", "min", "mean" }
  for _, name in ipairs(known) do if name == operation then return name end end
  fail.at({ kind = "synapse", name = given.name, part = "operation", text = "" }, nil,
    ("unknown operation '%s'"):format(tostring(operation)), fail.suggest(tostring(operation), known))
end

--- Parts that make no sense without another.
function description.check_parts(kind, given)
  local function needs(part, other)
    if given[part] ~= nil and given[other] == nil then
      fail.at({ kind = kind, name = given.name, part = part, text = "" }, nil, ("'%s' without '%s'"):format(part, other),
        ("it acts when the condition '%s' becomes true"):format(other))
    end
  end
  needs("reset", "spike")
  needs("axon_reset", "axon_spike")
end

return description
