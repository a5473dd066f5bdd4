--- Roles: what a compiled program is for. Everybody who must know one from another reads this table: the language, which gives the roles; the network,
--- which binds programs to the engine; and what tells about it. A role that stands here in no row is an error where a program gets it.
---
--- A row has
---   nests      the nests that its programs may have
---   is_native  whether native code is made of it; what runs rarely is interpreted
---   phase      of the step, where the engine runs it by itself
---   list       the engine's list that it is bound to: one of those kernels, or "derived", "flush"
---   when       when it runs, where that is in no phase
local roles = {}

--- The phases of a step.
roles.phases = { "operations at the start", "arriving spikes", "rates summed", "neurons", "equations of synapses", "spikes of this step",
  "operations at the end", "recording" }

local each, all, list = { each = true }, { each = true, all = true }, { list = true }

local rows = {
  neuron = {
    init       = { nests = each, when = "when it is made, and at reset" },
    derive     = { nests = each, list = "derived", when = "when a parameter that it depends on was set" },
    slow       = { nests = each, is_native = true, phase = 4, list = "update" },
    update     = { nests = each, is_native = true, phase = 4, list = "update" },
    event      = { nests = each, is_native = true, phase = 4, list = "event" },     -- finds those that have an event of another kind
    reset      = { nests = list, is_native = true, phase = 4, list = "reset" },
    effect     = { nests = list, is_native = true, phase = 4, list = "effect" },    -- and what it does to them
    operation  = { nests = each, is_native = true, when = "at the times of its operation" },
    look       = { nests = each, is_native = true, list = "look", when = "when a recording looks at what is defined" },
  },
  synapse = {
    init       = { nests = all, when = "when it is made, and at reset" },
    derive     = { nests = all, list = "derived", when = "when a parameter that it depends on was set" },
    pre        = { nests = { list = true, pre = true }, is_native = true, phase = 2, list = "pre" },
    pathway    = { nests = { list = true, pre = true }, is_native = true, phase = 2, list = "pathway" },
    psp        = { nests = all, is_native = true, phase = 3, list = "psp" },
    equations  = { nests = all, is_native = true, phase = 5, list = "equations" },
    summed     = { nests = all, is_native = true, phase = 5, list = "equations" },
    ahead      = { nests = { all = true }, is_native = true, phase = 5, list = "ahead" },     -- equations, and psp of the next step
    post       = { nests = { list = true, post = true }, is_native = true, phase = 6, list = "post" },
    pathway_post = { nests = { list = true, pre = true, post = true }, is_native = true, phase = 6, list = "pathway_post" },
    later      = { nests = each, is_native = true, list = "later", when = "when a row is read whose post neurons have spiked since" },
    flush      = { nests = all, is_native = true, list = "flush", when = "when an event-driven variable is read, or has grown large" },
    operation  = { nests = all, is_native = true, when = "at the times of its operation" },
    look       = { nests = all, is_native = true, list = "look", when = "when a recording looks at what is defined" },
    pruning    = { nests = all, is_native = true, when = "at the times of start_pruning" },
    creating   = { nests = all, is_native = true, when = "at the times of start_creating" },  -- over pairs, of which some are synapses
  },
}

--- The engine's lists of kernels by role: the rows of src/engine/roles.def.
local lists, apart = { neuron = {}, synapse = {} }, { derived = true, flush = true, later = true }
for kind, names in pairs(lists) do
  for _, row in pairs(rows[kind]) do
    if row.list and not apart[row.list] and not names[row.list] then
      names[row.list] = true
      names[#names + 1] = row.list
    end
  end
  table.sort(names)
end

--- What is known of a role. An error where there is none of that name.
---@param kind "neuron"|"synapse"  of the compiled model
---@param role string
---@return { nests: table<string, boolean>, is_native: boolean?, phase: integer?, list: string?, when: string? }
function roles.row(kind, role)
  return rows[kind][role] or error(("a %s has no role '%s'"):format(kind, tostring(role)), 2)
end

--- An entry of a compiled model: a program with its role, checked.
---@param kind "neuron"|"synapse"
---@param role string
---@param part { over: string, program: table }  as of assemble.programs
---@param fields? table  further fields of the entry
---@param reductions? table[]  over whole populations, computed before the program runs
---@return table entry
function roles.entry(kind, role, part, fields, reductions)
  local row, nest = roles.row(kind, role), part.program.nest
  if not row.nests[nest] then error(("role '%s' of a %s cannot have the nest '%s'"):format(role, kind, tostring(nest)), 2) end
  local entry = { role = role, over = part.over, program = part.program, reductions = reductions or {} }
  for key, value in pairs(fields or {}) do entry[key] = value end
  return entry
end

--- Names of the engine's lists of kernels.
---@param kind "neuron"|"synapse"
---@return string[]
function roles.lists(kind) return lists[kind] end

--- Names of all roles, sorted.
---@param kind "neuron"|"synapse"
---@return string[]
function roles.names(kind)
  local names = {}
  for name in pairs(rows[kind]) do names[#names + 1] = name end
  table.sort(names)
  return names
end

return roles
