--- Descriptions as users write them: a table of texts, one for each part. Parts that hold parts (`events`, `on`, spikes with several pathways) are taken apart first,
--- so that everybody behind here knows parts alone.

local fail = require "lunapse.language.base.fail"
local names = require "lunapse.language.front.names"
local parts = require "lunapse.language.base.parts"

local description = {}

--- Names of parts elsewhere, and ours.
local called_elsewhere = {
  threshold = "spike", model = "equations", on_pre = "pre_spike", on_post = "post_spike", params = "parameters",
  pre = "pre_spike", post = "post_spike", equation = "equations", weights = "weights belong to the projection",
  method = "methods are flags of their equations, or an option of the network",
}

--- Refuse what is no table, and parts that nobody knows.
local function check_keys(kind, given)
  if type(given) ~= "table" then
    error(("a description of a %s is a table, got a %s"):format(kind, type(given)), 0)
  end
  if given.name ~= nil and type(given.name) ~= "string" then
    fail.at({ kind = kind, part = "name", text = "" }, nil, ("it is a %s, a text is expected"):format(type(given.name)), "")
  end
  local place = { kind = kind, name = given.name, text = "" }
  local known, known_names = parts.of(kind), parts.names(kind)
  local order = {}
  for key in pairs(given) do order[#order + 1] = tostring(key) end
  table.sort(order)
  for _, key in ipairs(order) do
    if not known[key] and not (key:find(".", 1, true) and parts.row(key)) then
      local other = called_elsewhere[key]
      if other and known[other] then other = ("did you mean '%s'?"):format(other) end
      local near = fail.nearest(key, known_names)
      local hint = other or near and ("did you mean '%s'?"):format(near)
      hint = (hint and hint .. " " or "") .. "(known parts: " .. table.concat(known_names, ", ") .. ")"
      fail.at(place, nil, ("unknown part '%s'"):format(key), hint)
    end
  end
end

-- ---- parts that hold parts ----

local function place_of(kind, given, part) return { kind = kind, name = given.name, part = part, text = "" } end

--- Names of events and pathways are names like others.
local function check_name(place, what, name)
  if type(name) ~= "string" or not name:match "^%a[%w_]*$" then
    fail.at(place, nil, ("'%s' is no name of %s"):format(tostring(name), what), "letters, digits and '_' are expected")
  end
end

local own_parts = { spike = "spike", axon_spike = "axon_spike" }

local spreaders = {}

--- What `events` says of each: a condition, or { when = condition, effect = statements }.
function spreaders.events(kind, given, row, add)
  local place = place_of(kind, given, row.name)
  if type(given.events) ~= "table" then
    fail.at(place, nil, ("it is a %s"):format(type(given.events)), 'events by name are expected: events = { burst = "v > -20" }')
  end
  for name, says in pairs(given.events) do
    check_name(place, "an event", name)
    if own_parts[name] then fail.at(place, nil, ("'%s' is an event already"):format(name), ("it is a part of its own: %s = ..."):format(own_parts[name])) end
    local why = names.is_given("neuron", "t_" .. name)
    if why then fail.at(place, nil, ("an event cannot be named '%s': t_%s is %s"):format(name, name, why), "choose another name") end
    local at = place_of(kind, given, "events." .. name)
    if type(says) == "table" and says.when == nil and #says == 0 then fail.at(at, nil, "it is not said when it happens", 'when = "v > -20" is expected') end
    if type(says) == "table" and #says == 0 then
      for key in pairs(says) do
        if key ~= "when" and key ~= "effect" then fail.at(at, nil, ("it has an entry named '%s'"):format(tostring(key)), fail.suggest(tostring(key), { "when", "effect" })) end
      end
      add("events." .. name, says.when)
      if says.effect ~= nil then add("events." .. name .. ".effect", says.effect) end
    else
      add("events." .. name, says)
    end
  end
end

--- Is a text of statements given as several, by names?
local function is_named(value) return type(value) == "table" and #value == 0 and next(value) ~= nil end

--- What an event of one side does: a text, or texts by name.
local function add_pathways(kind, given, part, value, add)
  if not is_named(value) then return add(part, value) end
  for name, text in pairs(value) do
    check_name(place_of(kind, given, part), "a pathway", name)
    add(part .. "." .. name, text)
  end
end

function spreaders.pathways(kind, given, row, add)
  local place = place_of(kind, given, row.name)
  if not is_named(given.on) then fail.at(place, nil, "events and what they do are expected", 'on = { pre_burst = "w += x" }') end
  for key, value in pairs(given.on) do
    local side, event = tostring(key):match "^(p%a-)_(.+)$"
    if side ~= "pre" and side ~= "post" or not event:match "^%a[%w_]*$" then
      fail.at(place, nil, ("unknown event '%s'"):format(tostring(key)),
        'pre_NAME and post_NAME are expected, with the name of an event of the neuron: on = { pre_burst = "w += x" }')
    end
    if event == "spike" then fail.at(place, nil, ("'%s' is a part of its own"):format(key), ("leave it out of 'on': %s = ..."):format(key)) end
    add_pathways(kind, given, "on." .. key, value, add)
  end
end

--- A description whose parts stand side by side: what `events` says of burst is the part "events.burst" (and "events.burst.effect"), what `on` says of pre_burst is
--- "on.pre_burst", and what a spike does by several pathways is "pre_spike.NAME". One that is so already stays as it is. Errors: unknown parts, and what is wrong in these.
---@param kind "neuron"|"synapse"
---@param given table
---@return table
function description.spread(kind, given)
  check_keys(kind, given)
  local made = {}
  local function add(part, value) made[part] = value end
  for _, row in ipairs(parts.of(kind)) do
    local value = given[row.name]
    if spreaders[row.kind] and value ~= nil and value ~= false then
      spreaders[row.kind](kind, given, row, add)
    elseif row.pathway and is_named(value) then
      add_pathways(kind, given, row.name, value, add)
    else
      made[row.name] = value
    end
  end
  for key, value in pairs(given) do
    if tostring(key):find(".", 1, true) then made[key] = value end
  end
  return made
end

--- The value of a part that holds parts, put together again; nil where none of them is there.
---@param given table  side by side
---@param part string
---@return table?
function description.whole(given, part)
  local made
  for key, value in pairs(given) do
    local outer, name, rest = tostring(key):match "^(.-)%.([%w_]+)%.?([%w_]*)$"
    if outer == part then
      made = made or {}
      if part == "events" then
        made[name] = made[name] or {}
        made[name][rest == "" and "when" or rest] = value
      elseif rest ~= "" then
        made[name] = made[name] or {}
        made[name][rest] = value
      else
        made[name] = value
      end
    end
  end
  return made
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
  for _, row in ipairs(parts.rows(kind, given)) do
    if row.needs and given[row.name] ~= nil and given[row.needs] == nil then
      fail.at({ kind = kind, name = given.name, part = row.name, text = "" }, nil, ("'%s' without '%s'"):format(row.name, row.needs),
        ("it acts when the condition '%s' becomes true"):format(row.needs))
    end
  end
end

return description
