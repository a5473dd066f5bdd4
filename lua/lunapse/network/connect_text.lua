--- Texts that say something of pairs of neurons before there are variables of synapses: conditions and probabilities of connections, `abs(i - j) < 3`,
--- `0.5 * exp(-abs(pre.x - post.x) / 10)`, which are compiled like an equation, into a program over all pairs that is run a row at a time while the synapses are
--- made; and delays, `1 + abs(pre.x - post.x) / speed`, over the synapses that were made.
local action = require "lunapse.language.back.action"
local array = require "lunapse.core.array"
local band = require "lunapse.network.connect_band"
local compiled = require "lunapse.network.compiled"
local fail = require "lunapse.language.base.fail"
local front = require "lunapse.language.front"
local kernel = require "lunapse.core.kernel"
local lower = require "lunapse.language.back.lower"
local model = require "lunapse.network.model"
local names = require "lunapse.language.front.names"
local operation = require "lunapse.network.operation"
local options = require "lunapse.options"
local resolve = require "lunapse.language.front.resolve"
local values = require "lunapse.language.back.values"

local connect_text = {}

local levels = { pre = 1, post = 2 }
local scopes = { all = { [0] = "uniform", "pre", "post" }, each = { [0] = "uniform", "elem" } }

--- What may stand behind pre. or post.
local function known_of(pop)
  return { "i", "N", table.unpack(pop:_variable_names()) }
end

--- What names mean: the `model` of lunapse.language.lower. `ends` = { pre = population, post = population }; either may be a projection.
local function new_model(place, ends, parameters)
  local made = { kind = "synapse", graph = values.new(), sites = {}, n_sites = 0, place = place }
  function made:meaning(env, node)
    local base, name, graph = node.base, node.name, self.graph
    if not base then
      if name == "i" or name == "j" then return graph:index(name == "i" and 1 or 2) end
      local value = parameters[name] or names.constants[name]
      if value then return graph:const(value) end
      lower.fail(env, node, ("'%s' is not known yet: synapses are being made"):format(name), "i, j, pre.X, post.X and numbers can stand here")
    end
    local pop = ends[base]
    if not pop then lower.fail(env, node, ("'%s' is no end of the projection"):format(base), "before the dot stands pre or post") end
    if name == "i" then return graph:index(levels[base]) end
    if name == "N" then return graph:const(pop.size) end
    if pop:_is_defined(name) then
      return graph:load { key = base .. "." .. name, name = base .. "." .. name, level = levels[base], kind = "real", owner = base, var = name }
    end
    local v = pop:_variable(name)
    if not v or v.kind == "hidden" or v.kind == "derived" then
      lower.fail(env, node, ("%s has no '%s'"):format(pop:_title(), name), known_of(pop))
    end
    return graph:load { key = base .. "." .. name, name = base .. "." .. name, level = v.scope == "uniform" and 0 or levels[base], kind = "real",
      owner = base, var = name }
  end
  function made:reduction(env, node) -- luacheck: ignore self
    lower.fail(env, node, ("'%s' cannot stand here"):format(node.name), "synapses are being made")
  end
  return made
end

--- The program table that stores `results` in its first slots, over all pairs (nest "all") or over pre neurons ("each"), and the slots of the neurons' variables.
local function write_program(nest, results, text)
  local program = { name = "connect", nest = nest, slots = {}, code = {}, comments = { text } }
  local number, slot_number = {}, {}
  local function slot_of(slot)
    if not slot_number[slot.key] then
      program.slots[#program.slots + 1] = { name = slot.name, scope = scopes[nest][slot.level], kind = "real", owner = slot.owner, var = slot.var }
      slot_number[slot.key] = #program.slots
    end
    return slot_number[slot.key]
  end
  local function write(node)
    if number[node] then return number[node] end
    local instruction = { op = node.op, value = node.value, draw = node.site, slot = node.slot and slot_of(node.slot),
      scope = node.op == "index" and scopes[nest][node.level] or nil }
    for k, argument in pairs { node.a, node.b, node.c } do instruction[k] = write(argument) end
    program.code[#program.code + 1] = instruction
    number[node] = #program.code
    return #program.code
  end
  for k in ipairs(results) do program.slots[k] = { name = "answer" .. k, scope = "elem", kind = "real", owner = "self", var = "answer" } end
  for k, value in ipairs(results) do
    local number_of = write(value)
    program.code[#program.code + 1] = { op = "store", slot = k, number_of }
  end
  return program
end

--- What lies outside of 0..1 is brought to its nearer end. (What is no number stays none.)
local function clipped(graph, p)
  local zero, one = graph:const(0), graph:const(1)
  return graph:select(graph:compare("gt", p, one), one, graph:select(graph:compare("lt", p, zero), zero, p))
end

--- 1 with this probability, else 0; the probability itself where it is none.
local function draw_against(graph, p, draw)
  local is_legal = graph:conjunction(graph:compare("ge", p, graph:const(0)), graph:compare("le", p, graph:const(1)))
  local hit = graph:real(graph:compare("lt", graph:draw("draw", draw, 3), p))
  return graph:select(is_legal, hit, p)
end

local context = { variables = false, index = true, bases = true, why = "synapses are being made" }

local function compile(connector, ends, where)
  local part = connector.part or connector.is_probability and "probability" or "condition"
  local place = { kind = where, part = part, text = connector.source, made_of = connector.made_of }
  local own = {}
  for name in pairs(connector.parameters) do own[name] = { role = "parameter" } end
  local scope = resolve.scope("synapse", own, fail.list())
  local node = resolve.tree(scope, front.expression(connector.source, place), place, context)
  scope.errors:raise()
  local made = new_model(place, ends, connector.parameters)
  made.n_sites = connector.first_site or 0
  local env = lower.environment(made, { place = place })
  local value = lower.eval(env, node)
  if connector.is_probability then
    local p = made.graph:real(value)
    value = draw_against(made.graph, connector.clips and clipped(made.graph, p) or p, made.n_sites)
  elseif not value.truth and not connector.part then
    lower.fail(env, node, "this is a number, not a condition", 'compare it with something, or write lp.probability "..." for a probability')
  end
  local low, high
  if value.truth then low, high = band.of(made.graph, value) end
  return write_program("all", { made.graph:real(value) }, connector.source), low and write_program("each", { low }, "low"), high and write_program("each", { high }, "high")
end

--- The values of a variable of an end; of synapses one for each.
local function values_of(object, name)
  if object:_is_defined(name) then return operation.values(object, name) end
  local is_each = object:_synapses() and object:_variable(name).scope ~= "uniform"
  return is_each and array.from(object:_each(name)) or object:_array(name)
end

--- The connector of a text between two populations, as the engine takes it.
---@param connector table  lp.condition or lp.probability
---@param pre table   the whole populations
---@param post table
---@param where string  for messages: "projection 'x'"
---@return table
function connect_text.bind(connector, pre, post, where)
  local ends = { pre = pre, post = post }
  local made, low, high = model.guard(compile, connector, ends, where)
  local function read(program_table, answer)
    local ok, program = pcall(kernel.program, program_table, "float64")
    if not ok then options.fail(("%s: %s"):format(where, program)) end
    local arrays = { answer }
    for k = 2, #program_table.slots do
      local slot = program_table.slots[k]
      ends[slot.owner]:_note_use(slot.var)          -- a parameter that only a condition reads is read
      arrays[k] = values_of(ends[slot.owner], slot.var):astype "float64"
    end
    return program, arrays
  end
  local function of_each_pre(program_table)
    local answer = array.new("float64", pre.size)
    local program, arrays = read(program_table, answer)
    kernel.run(program, arrays, { last = pre.size })
    return answer
  end
  local program, arrays = read(made, array.new("float64", 1))
  local remedy = connector.is_probability and not connector.clips and "lp.probability(text, {}, { clip = true }) takes what is above as 1, and what is below as 0"
  return { kind = "kernel", program = program, arrays = arrays, result = 1, remedy = remedy or nil,
    low = low and of_each_pre(low), high = high and of_each_pre(high) }
end

--- The values of a text for the synapses of a projection that is being made, in place order. Times and delays are float64 in every network.
---@param p Projection
---@param text string
---@param part string  "delays", for messages
---@return array  [p.size] float64
function connect_text.values(p, text, part)
  local net, ends = p._net, { pre = p.from, post = p.to }
  net._draws = net._draws + 1          -- its draws are those of no other text
  local made = model.guard(compile, { source = text, parameters = {}, part = part, first_site = net._draws * action.sites_each }, ends, p:_title())
  local answer, own = array.new("float64", p._core:n_places()), {}
  for k, slot in ipairs(made.slots) do
    if k > 1 then ends[slot.owner]:_note_use(slot.var) end
    own[k] = k == 1 and answer or values_of(ends[slot.owner], slot.var):astype "float64"
  end
  net._core:run_bound(compiled.bound_to(p, kernel.program(made, "float64"), own, p._core:n_places()), net._core:time())
  return p:_in_order("syn", answer)
end

return connect_text
