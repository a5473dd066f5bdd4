--- What names mean in a synapse: its own variables, the two neurons, references, and the given names.
--- These are the methods of a synapse model that resolve names; synapse.lua compiles with them.
---
--- `env.part` says where a name stands: "equations", "psp", "operation", "init", or a part that says what an event does, "pre_spike", "post_spike", "on.pre_burst". In
--- those t, t_pre and t_post are times of events, elsewhere t_pre and t_post are times of emission.

local Model = require "lunapse.language.back.compilation"
local functions = require "lunapse.language.base.functions"
local lower = require "lunapse.language.back.lower"
local pathways = require "lunapse.language.back.pathways"
local scope = require "lunapse.language.back.scope"
local traces = require "lunapse.language.back.traces"

local Synapse = setmetatable({}, { __index = Model })
Synapse.__index = Synapse

local side_level = { pre = 1, post = 2 }
local ref_level = { uniform = 0, pre = 1, post = 2, synapse = 3 }

local function visible(variables)
  local names = {}
  for name, variable in pairs(variables) do if not Model.is_inner(variable) then names[#names + 1] = name end end
  return names
end

--- The word for one of the two ends: "post neuron 'LIF'"; "post synapse 'gate'" where the projection ends at those of another one.
local function side_words(model, base)
  local compiled = model.options[base]
  return base .. " " .. compiled.kind .. (compiled.name and (" '%s'"):format(compiled.name) or "")
end

--- A variable of the pre or post neuron: { name, base, level, slot }, or nil.
---@param base "pre"|"post"
---@param name string
---@param history? string  part in which a delayed value is wanted
---@param is_seen? boolean  it is what arrived, kept where no user looks
---@return table?
function Synapse:of_neuron(base, name, history, is_seen)
  local compiled = self.options[base]
  local found = compiled.variables_by_name[name]
  local is_spiking = compiled.is_spiking or compiled.has_spikes
  if not found then
    if name == "t_last" and compiled.kind ~= "synapse" then found = { scope = "elem", type = "time" }
    elseif name == "r" and is_spiking then found = { scope = "elem", type = "real" }
    elseif name == "N" then found = { scope = "uniform", type = "real" } end
  end
  if not found or found.name and Model.is_inner(found) and not is_seen then return nil end
  if name == "t_last" then self.needs[base .. "_t_last"] = true end
  if name == "r" and is_spiking and not (compiled.variables_by_name.r and compiled.variables_by_name.r.kind ~= "hidden") then
    self.needs[base .. "_rate"] = true
  end
  local level = found.scope == "uniform" and 0 or side_level[base]
  if history and self.options.delay_scope == "syn" then level = 3 end          -- every synapse sees its own past
  local key = base .. "." .. name .. (history and "@" .. history or "")
  local variable = self.neuron_variables[key]
  if not variable then
    local slot = self:foreign(base, name, { level = level, kind = found.type or "real", history = history,
      constant = name == "N" or found.constant and not history or false })
    variable = { name = base .. "." .. name, base = base, var = name, level = level, slot = slot, is_int = found.is_int, is_bool = found.is_bool }
    self.neuron_variables[key] = variable
  end
  return variable
end

--- The same, with an error at the node where there is none.
function Synapse:side(env, node, history)
  local variable = self:of_neuron(node.base, node.name, history)
  if variable then return variable end
  self:refuse_defined(env, node)
  local known = visible(self.options[node.base].variables_by_name)
  local at = { pos = node.pos, stop = node.stop, name = node.name, place = node.place }
  lower.fail(env, at, ("the %s has no '%s'"):format(side_words(self, node.base), node.name), known)
end

--- What arrived in this step at a target of the pre or post neuron, sum_exc; nil for other names.
function Synapse:arrived(base, name, history)
  local found = self.options[base].variables_by_name[name]
  return found and found.seen and self:of_neuron(base, found.seen, history, true)
end

--- The variable of the post neuron behind a target: g_NAME or sum_NAME. Spikes add to g, psp to the sum where there are both.
---@param name string
---@return table
function Synapse:target_variable(name)
  local post = self.options.post
  local has_g, has_sum = post.variables_by_name["g_" .. name], post.variables_by_name["sum_" .. name]
  if has_g and has_g.kind == "parameter" then has_g = nil end
  if not has_g and not has_sum and post.variables_by_name.sum_ then return self:of_neuron("post", "sum_") end      -- sum() takes all
  if not has_g and not has_sum then
    local known = {}
    for other, variable in pairs(post.variables_by_name) do
      local target = other:match "^g_(.+)" or variable.kind == "target" and other:match "^sum_(.+)"
      if target and variable.kind ~= "parameter" then known[#known + 1] = target end
    end
    self:fail(nil, { name = name }, ("nothing in the %s reads the target '%s'"):format(side_words(self, "post"), name), #known > 0 and known
      or ("it reads no target at all: use g_%s%s in its equations"):format(name, post.kind == "synapse" and "" or (" or sum(%s)"):format(name)))
  end
  local takes_g = has_g and (not has_sum or (self.is_spiking and not self.source.psp))
  return self:of_neuron("post", (takes_g and "g_" or "sum_") .. name)
end

--- Whether psp and equations see the pre neuron as it was a delay ago: rate-coded projections.
function Synapse:sees_the_past(part, base)
  return base == "pre" and not self.is_spiking and (part == "psp" or part == "equations") and part or nil
end

--- A variable of a population given as a reference.
function Synapse:reference(env, node)
  local refs = self.options.refs or {}
  local ref = refs[node.base]
  if not ref then
    local names = visible(refs)
    lower.fail(env, node, ("unknown reference '%s'"):format(node.base),
      #names > 0 and names or "give the population as refs = { " .. node.base .. " = ... }")
  end
  local variable = ref.variables[node.name]
  if not variable then
    self:refuse_defined(env, node)
    lower.fail(env, { pos = node.pos, stop = node.stop, name = node.name, place = node.place },
      ("'%s' has no '%s'"):format(node.base, node.name), visible(ref.variables))
  end
  local level = variable.scope == "uniform" and 0 or ref_level[ref.by]
  if not level then
    lower.fail(env, node, ("it is not said how '%s' is indexed"):format(node.base),
      ("refs = { %s = { population, by = \"pre\" } }, or \"post\", or mean(%s.%s)"):format(node.base, node.base, node.name))
  end
  return self:foreign("ref:" .. node.base, variable.seen or node.name, { level = level, kind = variable.type or "real" })
end

-- ----------------------------------------------------------------------------------------------------------------- values

--- The pathway that a part is; nil of other parts.
local function pathway_in(model, part)
  for _, pathway in ipairs(model.source.pathways) do
    if pathway.part == part then return pathway end
  end
end

--- The level of what happens in a pathway.
function Synapse:level_of_pathway(pathway) return pathways.level(self.options, pathway) end

--- The pathway by which spikes of the pre neuron arrive; nil where they do nothing. `fail`: called where there are several.
local function arriving(model, fail)
  local found
  for _, pathway in ipairs(model.source.pathways) do
    if pathways.is_arrival(pathway) then
      if found and fail then fail() end
      found = found or pathway
    end
  end
  return found
end

--- Time of arrival of the last pre spike, where other events ask for t_pre.
function Synapse:arrival()
  local pathway = arriving(self)
  return self:hidden("_arrived", { level = pathway and self:level_of_pathway(pathway) or self.pre_level, type = "time", init = -1e9, text = "time of the last pre event" })
end

local function last_spike(model, base, env, node)
  local variable = model:of_neuron(base, "t_last")
  return variable and model.graph:load(variable.slot) or lower.fail(env, node, ("the %s does not spike"):format(side_words(model, base)), "")
end

local function delay_level(model) return model.options.delay_scope == "syn" and 3 or 0 end

local given = {}

function given.i(model) return model.graph:index(1) end

function given.j(model) return model.graph:index(2) end

function given.w(model) return model.graph:load(model.by_name.w.slot) end

--- Delays lie in the engine's table; who reads them has them laid out.
function given.d(model) return model.graph:load(model:hidden("d", { level = delay_level(model), text = "delay in ms" }).slot) end

function given.t_pre(model, env, node)
  local pathway = pathway_in(model, env.part)
  if not pathway then return last_spike(model, "pre", env, node) end
  if pathways.is_arrival(pathway) then return env.time end
  arriving(model, function()
    lower.fail(env, node, "spikes of the pre neuron arrive by several pathways: the time of which of them is meant?",
      "keep it in a variable of that pathway, last = t; or read when the neuron spiked: pre.t_last")
  end)
  return model.graph:load(model:arrival().slot)
end

function given.t_post(model, env, node)
  local pathway = pathway_in(model, env.part)
  if not pathway then return last_spike(model, "post", env, node) end
  if pathway.side == "post" and pathway.event == "spike" then return env.time end
  return model.graph:add(last_spike(model, "post", env, node), model:dt())          -- emitted in step n, a post spike is an event at (n + 1) dt
end

function given.N_incoming(model)
  model.needs.n_incoming = true
  return model.graph:load(model:hidden("N_incoming", { level = 2, type = "count", text = "number of synapses of the post neuron" }).slot)
end

function given.N_outgoing(model)
  model.needs.n_outgoing = true
  return model.graph:load(model:hidden("N_outgoing", { level = 1, type = "count", text = "number of synapses of the pre neuron" }).slot)
end

function Synapse:read(env, variable)
  if variable.trace then return traces.read(env, variable) end
  return env.stored[variable] or self.graph:load(variable.slot)
end

function Synapse:write(env, variable, value)
  if variable.trace then return traces.write(env, variable, value) end
  lower.put(env, variable, value)
end

function Synapse:meaning(env, node)
  if node.base == "pre" or node.base == "post" then
    if node.name == "i" then return self.graph:index(side_level[node.base]) end
    local defined = self:defined(node.base, node.name)
    if defined then return lower.eval(env, defined) end
    local history = self:sees_the_past(env.part, node.base)
    return self:read(env, self:arrived(node.base, node.name, history) or self:side(env, node, history))
  elseif node.base then
    local defined = self:defined(node.base, node.name)
    return defined and lower.eval(env, defined) or self.graph:load(self:reference(env, node))
  end
  local variable = self.by_name[node.name]
  if variable then return self:read(env, variable) end
  local value = self:common(env, node)
  if value then return value end
  if given[node.name] then return given[node.name](self, env, node) end
  if self:noise_name(node) then
    lower.fail(env, node, ("'%s' is noise: it can stand on the right side of a differential equation only"):format(node.name), "")
  end
  lower.fail(env, node, ("unknown name '%s'"):format(node.name), self:known_names { "i", "j", "w", "d", "t_pre", "t_post", "N_incoming", "N_outgoing" })
end

--- sum_post(w), sum_pre(w): prepared by reductions.lua; mean(pre.r) and the like: of the engine.
function Synapse:reduction(env, node)
  local prepared = env.sums and env.sums[node]
  if prepared then return self.graph:load(prepared.slot) end
  if node.name == "sum_post" or node.name == "sum_pre" or node.name == "sum" then
    lower.fail(env, node, ("'%s' cannot be computed here"):format(node.name), node.name == "sum"
      and "write it to a neuron, post.total = sum(w), or use sum_post(w)" or "it goes over all synapses: equations, psp and operations may use it")
  end
  local argument = node.args[1]
  if argument.kind ~= "name" or not argument.base then
    lower.fail(env, argument, ("%s takes a variable of a population, like %s(pre.r)"):format(node.name, node.name), "")
  end
  local owner = argument.base
  if owner == "pre" or owner == "post" then self:side(env, argument) else self:reduced_reference(env, argument) owner = "ref:" .. owner end
  return self.graph:load(self:over_population(node.name, owner, argument.name).slot)
end

--- A reference inside mean(...) needs no indexing.
function Synapse:reduced_reference(env, node)
  local ref = (self.options.refs or {})[node.base]
  if ref and ref.variables[node.name] then return end
  self:reference(env, node)
end

-- ----------------------------------------------------------------------------------------------------------------- levels

--- The level of t_pre and t_post in a part.
local level_of_time, at_no_event = {}, { equations = true, psp = true, operation = true }

function level_of_time.t_pre(model, part)
  local pathway, arrives = pathway_in(model, part), arriving(model)
  if not pathway then return at_no_event[part] and 1 or 0 end
  return pathways.is_arrival(pathway) and 0 or arrives and model:level_of_pathway(arrives) or model.pre_level
end

function level_of_time.t_post(model, part)
  local pathway = pathway_in(model, part)
  if not pathway then return at_no_event[part] and 2 or 0 end
  return pathway.side == "post" and pathway.event == "spike" and 0 or 2
end

--- The level of a name or call in a part; second result true where what stands inside does not count.
function Synapse:level_of(node, part)
  if node.kind == "call" then
    local row = functions.rows[node.name]
    if row and row.role == "draw" then return 3 end
    if node.name == "sum_post" then return 2, true end
    if node.name == "sum_pre" then return 1, true end
    if row and row.role == "reduction" or (functions.also_reductions[node.name] and #node.args == 1) then return 0, true end
    return 0
  end
  local name = node.name
  if node.base == "pre" or node.base == "post" then
    if name == "i" then return side_level[node.base] end
    local defined = self:defined(node.base, name)
    if defined then return scope.of_tree(defined, function(n) return self:level_of(n, part) end) end
    local variable = self:of_neuron(node.base, name)
    if not variable then return side_level[node.base] end
    if self.options.delay_scope == "syn" and self:sees_the_past(part, node.base) then return 3 end
    local written = self.neuron_writes[part .. ":" .. node.base .. "." .. name]
    return written and 3 or variable.level
  elseif node.base then
    local defined = self:defined(node.base, name)
    if defined then return scope.of_tree(defined, function(n) return self:level_of(n, part) end) end
    local ref = (self.options.refs or {})[node.base]
    return ref and ref_level[ref.by] or 0
  end
  local variable = self.by_name[name]
  if variable then return variable.level end
  if level_of_time[name] then return level_of_time[name](self, part) end
  if name == "i" or name == "N_outgoing" then return 1 end
  if name == "j" or name == "N_incoming" then return 2 end
  if name == "d" then return delay_level(self) end
  if self:noise_name(node) then return 3 end
  return 0
end

return Synapse
