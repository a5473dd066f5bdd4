--- The parts of a model: what a description may say, one row each, in the order in which they are read and shown. Whoever has to do with parts reads
--- this table; a new part is a row here, with its line for editors, and what the back makes of it.
---
---   of        "neuron" or "synapse"; nil: both
---   kind      what its text is:
---             "words"       said to people
---             "parameters"  parameters.lua
---             "functions"   inline.lua
---             "arrays"      timed arrays and tables, by name (network/lookup.lua)
---             "statements"  equations and assignments
---             "condition"   one expression that is true or false
---             "number"      one expression
---             "period"      a number of ms, or an expression: of ms, or a condition
---             "choice"      one of `choices`
---             "events", "pathways"  parts by name, each of which is a part of its own: what `events` says of burst is the part "events.burst"
---   flags     which flags its statements take (front/flags.lua); nil: none
---   unit      the unit of its value, where the unit check demands one: "ms", or the name that it must agree with
---   needs     the part without which it makes no sense
---   options   what it may say besides, as a table: { 5, stops = "spikes" }
---   side, event, pathway   the neuron to whose events it belongs, which kind of them, and what delays call it
---   title     what it is called in a paper
---   example   how it is written, for hints
local parts = {}

--- The parts of a neuron's description; all are texts of the equation language unless said.
---@class NeuronDescription
---@field name? string
---@field parameters? string|table   "tau = 10 : population", or a table of values
---@field equations? string
---@field spike? string              a condition
---@field reset? string
---@field refractory? number|string|{ [1]: number|string, stops?: "spikes"|string[], discards?: string[] }  ms, a name or a condition; what stands still meanwhile
---@field axon_spike? string
---@field axon_reset? string
---@field events? table<string, string|{ when: string, effect?: string }>  other events by name: when they happen, and what they do
---@field functions? string
---@field arrays? table<string, any>  timed arrays and tables that equations read: stim(t), f(x); or names of such as are given with each population
---@field description? string         words for people

--- The parts of a synapse's description.
---@class SynapseDescription
---@field name? string
---@field description? string
---@field parameters? string|table
---@field equations? string
---@field psp? string
---@field operation? string
---@field pre_spike? string|table<string, string>   or several, by name, each with a delay of its own
---@field post_spike? string|table<string, string>
---@field on? table<string, string|table<string, string>>  what other events of its neurons do: { pre_burst = ..., post_burst = ... }
---@field creating? string
---@field pruning? string
---@field functions? string
---@field arrays? table<string, any>

local rows = {
  { name = "name", kind = "words", title = "Name" },
  { name = "description", kind = "words", title = "Description" },
  { name = "parameters", kind = "parameters", flags = "parameter", title = "Parameters" },
  { name = "functions", kind = "functions", title = "Functions" },
  { name = "arrays", kind = "arrays", title = "Arrays" },
  { name = "equations", kind = "statements", flags = "equation", title = "Dynamics" },

  { name = "spike", of = "neuron", kind = "condition", title = "Spike when", example = '"v > vt"' },
  { name = "reset", of = "neuron", kind = "statements", flags = "event", needs = "spike", title = "After a spike", example = '"v = vr"' },
  { name = "refractory", of = "neuron", kind = "period", unit = "ms", needs = "spike", options = { "stops", "discards" }, title = "Refractory",
    example = "5" },
  { name = "axon_spike", of = "neuron", kind = "condition", needs = "spike", title = "Axon spikes when", example = '"v > vt"' },
  { name = "axon_reset", of = "neuron", kind = "statements", flags = "event", needs = "axon_spike", title = "After an axon spike", example = '"v = vr"' },
  { name = "events", of = "neuron", kind = "events", title = "Events" },

  { name = "psp", of = "synapse", kind = "number", unit = "g_target", title = "Transmission", example = '"w * pre.r"' },
  { name = "operation", of = "synapse", kind = "choice", choices = { "sum", "max", "min", "mean" }, title = "Over synapses", example = '"max"' },
  { name = "pre_spike", of = "synapse", kind = "statements", flags = "event", side = "pre", event = "spike", pathway = "pre_spike", title = "Pre spike",
    example = '"g_target += w"' },
  { name = "post_spike", of = "synapse", kind = "statements", flags = "event", side = "post", event = "spike", pathway = "post_spike", title = "Post spike",
    example = '"w += x"' },
  { name = "on", of = "synapse", kind = "pathways", title = "Events" },
  { name = "creating", of = "synapse", kind = "condition", flags = "creating", title = "Created where", example = '"pre.r > 1 : w = 0.1"' },
  { name = "pruning", of = "synapse", kind = "condition", flags = "pruning", title = "Removed where", example = '"w < 0.01"' },
}

local by_kind, names_of, by_name = { neuron = {}, synapse = {} }, { neuron = {}, synapse = {} }, {}
for _, row in ipairs(rows) do
  by_name[row.name] = row
  for kind, list in pairs(by_kind) do
    if not row.of or row.of == kind then
      list[#list + 1], list[row.name] = row, row
      table.insert(names_of[kind], row.name)
    end
  end
end

--- The rows of a kind of model, in order and by name.
---@param kind "neuron"|"synapse"
---@return table
function parts.of(kind) return by_kind[kind] end

--- Names of the parts of a kind of model, in order.
---@param kind "neuron"|"synapse"
---@return string[]
function parts.names(kind) return names_of[kind] end

--- Rows of what stands in parts that hold parts, by their names: each pattern, and the row that it means.
local inner = {
  { "^events%.([%w_]+)$", function(event) return { of = "neuron", kind = "condition", event = event, title = ("Event %s when"):format(event) } end },
  { "^events%.([%w_]+)%.effect$", function(event)
    return { of = "neuron", kind = "statements", flags = "event", needs = "events." .. event, event = event, title = ("After event %s"):format(event) }
  end },
  { "^(p%a+)_spike%.([%w_]+)$", function(side, pathway)
    return { of = "synapse", kind = "statements", flags = "event", side = side, event = "spike", pathway = pathway,
      title = ("%s spike, %s"):format(side == "pre" and "Pre" or "Post", pathway) }
  end },
  { "^on%.(p%a-)_([%w_]+)$", function(side, event)
    return { of = "synapse", kind = "statements", flags = "event", side = side, event = event, pathway = side .. "_" .. event,
      title = ("%s event %s"):format(side == "pre" and "Pre" or "Post", event) }
  end },
  { "^on%.(p%a-)_([%w_]+)%.([%w_]+)$", function(side, event, pathway)
    return { of = "synapse", kind = "statements", flags = "event", side = side, event = event, pathway = pathway,
      title = ("%s event %s, %s"):format(side == "pre" and "Pre" or "Post", event, pathway) }
  end },
}

--- The row of a part by name, also of one that stands in another; nil where there is none.
---@param name string?
---@return table?
function parts.row(name)
  if by_name[name] or not name then return by_name[name] end
  for _, one in ipairs(inner) do
    local first, second, third = name:match(one[1])
    if first then
      by_name[name] = one[2](first, second, third)
      by_name[name].name = name
    end
  end
  return by_name[name]
end

--- The rows of a description whose parts stand side by side (front/description.lua): those of its kind in order, with those that stand in another in its place.
---@param kind "neuron"|"synapse"
---@param given table
---@return table[]
function parts.rows(kind, given)
  local of, list = {}, {}
  for name in pairs(given) do
    local outer = tostring(name):match "^(.-)%."
    if outer and parts.row(name) then
      of[outer] = of[outer] or {}
      table.insert(of[outer], name)
    end
  end
  for _, row in ipairs(by_kind[kind]) do
    local names = of[row.name] or {}
    table.sort(names)
    if #names == 0 and row.kind ~= "events" and row.kind ~= "pathways" then list[#list + 1] = row end
    for _, name in ipairs(names) do list[#list + 1] = parts.row(name) end
  end
  return list
end

--- What a part of a checked model says, as statements in the order of the text: equations, definitions and assignments, or one condition or expression
--- with its flags.
---@param checked table
---@param name string
---@return table[]  empty where the part is missing, or is no text of the language
function parts.statements(checked, name)
  local condition = checked.conditions[name]
  if condition then return { condition } end
  if parts.row(name).kind ~= "statements" then return {} end
  if name ~= "equations" or #checked.definitions == 0 then return checked[name] or {} end
  local list = table.move(checked.equations, 1, #checked.equations, 1, {})
  table.move(checked.definitions, 1, #checked.definitions, #list + 1, list)
  table.sort(list, function(a, b) return a.pos < b.pos end)
  return list
end

--- Call `visit(statement, name of its part)` for the equations and assignments of a checked model, in reading order. (What is defined is put in place of
--- its name: definitions do nothing by themselves.)
---@param checked table
---@param visit fun(statement: table, part: string)
function parts.each_statement(checked, visit)
  for _, row in ipairs(checked.rows) do
    if row.kind == "statements" then
      for _, statement in ipairs(checked[row.name]) do visit(statement, row.name) end
    end
  end
end

--- Call `visit(condition, name of its part)` for the conditions and expressions of a checked model: parts that are one expression.
---@param checked table
---@param visit fun(condition: table, part: string)
function parts.each_condition(checked, visit)
  for _, row in ipairs(checked.rows) do
    local condition = checked.conditions[row.name]
    if condition then visit(condition, row.name) end
  end
end

return parts
