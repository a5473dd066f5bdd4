--- Pathways of a projection: what events of its neurons do, each after a delay of its own. How delays are given by their names, and how the engine is told.
---
--- The projection's delays (network/delays.lua) are those of what a spike transmits, and of all other pathways of the pre side that were given no other; what post neurons do
--- acts in its step. `_own_delays` has the rest.
local array = require "lunapse.core.array"
local delays = require "lunapse.network.delays"
local engine = require "lunapse.core.engine"
local options = require "lunapse.options"
local random = require "lunapse.network.distribution"
local values = require "lunapse.network.values"

local pathways = {}

--- Does something happen to synapses of this model when one of their sides has an event?
---@param checked table
---@param side "pre"|"post"
---@return boolean
function pathways.reach(checked, side)
  for _, pathway in ipairs(checked.pathways) do
    if pathway.side == side then return true end
  end
  return false
end

--- Are delays given by the names of pathways?
---@param given any
---@return boolean
function pathways.is_named(given)
  return type(given) == "table" and getmetatable(given) == nil and #given == 0 and type(next(given)) == "string"
end

--- The pathway whose delays are those of the projection: the first that writes to the post neuron, or the first of all.
local function leading(checked)
  local first
  for _, pathway in ipairs(checked.pathways) do
    if pathway.side == "pre" then
      first = first or pathway
      for _, statement in ipairs(checked[pathway.part]) do
        if statement.target.base == "post" or statement.target.name == "g_target" then return pathway end
      end
    end
  end
  return first
end

local function check_names(p, checked, given)
  local known = {}
  for k, pathway in ipairs(checked.pathways) do known[k] = pathway.name end
  for name in pairs(given) do
    if #known == 0 then options.fail(("%s are given by names, and no event does anything to synapses '%s'"):format(p:_where "delays", p._model.name)) end
    if not checked.pathways_by_name[name] then options.fail(("%s: %s"):format(p:_where "delays", options.unknown("pathway", tostring(name), known))) end
  end
end

--- One delay, in whole steps of the receiver: what arrives takes one at least.
local function one(p, pathway, ms)
  options.number(p:_where "delays", pathway.name, ms, 0, math.huge)
  local dt = p._net:dt_of(p._clock)
  delays.check_range(p, dt, ms, ms)
  return { ms = ms, steps = math.max(engine.steps(dt, ms), pathway.side == "pre" and 1 or 0) }
end

--- Take delays apart that are given by the names of pathways.
---@param p Projection  that is being made
---@param given any     option `delays`
---@return any main     those of the projection
---@return table<string, any> each   pathways whose synapses have delays of their own, and what these are
function pathways.split(p, given)
  local each = {}
  if not pathways.is_named(given) then return given, each end
  local checked, own = p._model.checked, {}
  check_names(p, checked, given)
  local lead = leading(checked)
  local main = lead and given[lead.name]
  for _, pathway in ipairs(checked.pathways) do
    local value = given[pathway.name]
    local is_shared = pathway == lead or pathway.side == "pre" and (value == nil or type(value) == "number") and value == main
    if not is_shared and (type(value) == "number" or pathway.side == "pre" and value == nil) then
      own[pathway.name] = one(p, pathway, value or 0)
    elseif not is_shared and value ~= nil then
      own[pathway.name], each[pathway.name] = { each = true }, value
    end
  end
  p._own_delays = next(own) and own or nil
  return main, each
end

--- What a compilation has to know: name -> "own" or "syn" (back/pathways.lua).
---@param p Projection
---@return table<string, string>
function pathways.kinds(p)
  local kinds = {}
  for name, delay in pairs(p._own_delays or {}) do kinds[name] = delay.each and "syn" or "own" end
  return kinds
end

--- The step of which the delays of synapses are whole numbers: of what post neurons do that of the receiver.
local function step_of(p, pathway)
  return pathway.side == "post" and p._net:dt_of(p._clock) or delays.step_of(p)
end

--- Delays of their own of the synapses of some pathways, in whole steps.
---@param p Projection  compiled, with its arrays
---@param each table<string, any>  of pathways.split
function pathways.fill(p, each)
  for _, pathway in ipairs(p._model.checked.pathways) do
    local given = each[pathway.name]
    if given ~= nil then
      local dt, ms = step_of(p, pathway), array.new("float64", p._core:count())
      if type(given) == "string" then given = require("lunapse.network.connect_text").values(p, given, "delays")
      elseif not random.is(given) then given = p:_in_place_order("delays", given) end
      values.assign(("%s, %s"):format(p:_where "delays", pathway.name), p._net, p._object, ms, given)
      if #ms > 0 then delays.check_range(p, p._net:dt_of(p._clock), ms:min(), ms:max()) end
      local steps = engine.steps(dt, ms)
      if pathway.side == "pre" then steps = steps:maximum(1) end
      p._arrays["_steps_" .. pathway.name]:assign(steps)
    end
  end
end

--- Tell the engine of the pathways of a projection, and of the delays that they have. What is under way goes on.
---@param p Projection
function pathways.set(p)
  local list, own = {}, p._own_delays or {}
  for k, pathway in ipairs(p._compiled.pathways) do
    local pop, delay = pathway.side == "pre" and p.from or p.to, own[pathway.name]
    list[k] = { side = pathway.side, event = pop:_number_of_event(pathway.event), ms = delay and (delay.ms or 0), steps = delay and delay.steps }
  end
  p._core:set_pathways(list)
  for k, pathway in ipairs(p._compiled.pathways) do
    if own[pathway.name] and own[pathway.name].each then p._core:spread_pathway(k, p._arrays["_steps_" .. pathway.name]) end
  end
end

--- Pathways as users read them: `proj.pathways.plasticity.delay`.
---@param p Projection
---@return table<string, { side: string, event: string, delay: number?, delays: array }>
function pathways.read(p)
  local made = {}
  for _, pathway in ipairs(p._model.checked.pathways) do
    local own, shown = (p._own_delays or {})[pathway.name], { side = pathway.side, event = pathway.event }
    if own and own.each then
      shown.delays = p._arrays["_steps_" .. pathway.name]:astype "float64" * step_of(p, pathway)
    elseif not own and pathway.side == "pre" and not p._delay then
      shown.delays = array.from(p.delays)
    else
      shown.delay = own and own.steps * p._net:dt_of(p._clock) or pathway.side == "pre" and p._delay or 0
      shown.delays = array.full(shown.delay, p.size)
    end
    made[pathway.name] = shown
  end
  return made
end

--- Own delays in words, behind those of the projection: ", plasticity 5 ms".
---@param p Projection
---@return string
function pathways.text(p)
  local names, words = {}, {}
  for name in pairs(p._own_delays or {}) do names[#names + 1] = name end
  table.sort(names)
  for k, name in ipairs(names) do
    local shown = pathways.read(p)[name]
    words[k] = shown.delay and (", %s %g ms"):format(name, shown.delay) or #shown.delays == 0 and "" or
      (", %s %g .. %g ms"):format(name, shown.delays:min(), shown.delays:max())
  end
  return table.concat(words)
end

return pathways
