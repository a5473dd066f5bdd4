--- Projections: synapses of one model from one population (or a view of it) to another.
local array = require "lunapse.core.array"
local compiled = require "lunapse.network.compiled"
local convolution = require "lunapse.network.convolution"
local copied = require "lunapse.network.copied"
local delays = require "lunapse.network.delays"
local ends = require "lunapse.network.ends"
local estimate = require "lunapse.network.estimate"
local guard = require "lunapse.core.guard"
local live = require "lunapse.network.live"
local object = require "lunapse.network.object"
local operation = require "lunapse.network.operation"
local options = require "lunapse.options"
local part = require "lunapse.network.part"
local parts = require "lunapse.language.base.parts"
local ranks = require "lunapse.ranks"
local pathways = require "lunapse.network.pathways"
local planned = require "lunapse.network.planned"
local synapse_values = require "lunapse.network.synapse_values"
local values = require "lunapse.network.values"
local writers = require "lunapse.network.writers"

--- Synapses of one model from one population to another. Its variables and parameters are its fields: `proj.w` is a live array in the order of the
--- synapses, `proj.pre` and `proj.post` are the neurons that each joins.
---@class Projection
---@field name string
---@field from Population|Projection
---@field to Population|Projection
---@field size integer   number of synapses
---@field delay number   ms, where one delay holds for all (else see `delays`)
---@field delays number|string|array|number[]|Distribution   ms; reads as one for each synapse. Set: what is under way keeps the time that it had when it was sent
---@field pathways table<string, { side: "pre"|"post", event: string, delay: number?, delays: array }>   what events do to the synapses: delays in ms, `delay` where one holds for all
---@field [string] any   variables and parameters: live arrays in the order of the synapses, or numbers where the model says `: projection`
local Projection = object.class(object.base, "projection", {
  _from_view = { "given", "the neurons of `from` that it joins: { first =, n = } or { index = }" },
  _to_view = { "given", "the neurons of `to`" },
  _targets = { "given", "names of the inputs of the post neurons that it acts on" },
  _connect = { "given", "the connector" },
  _given_weights = { "given", "option weights" },
  _weights_as = { "given", "option weights_as" },
  _first_weights = { "given", "{ value, is_placed, draws }: the weights that it was made with, and how often had been drawn before" },
  _shared = { "state", "{ shape, bank } of the filters that its synapses share; nil where each has values of its own" },
  _copied = { "given", "the projection whose synapses and weights it has; nil: its own" },
  _asked = { "given", "of option delays and whether it may be held in part: { delays, may_part }, for plans" },
  _is_plain = { "given", "whether its synapses change nothing but their post neurons" },
  _held = { "made", "that it is held in part (part.lua); nil: this process has all synapses" },
  _was_part = { "made", "why it is held in part no longer; nil: it is, or never was" },
  _spiking = { "made", "whether spikes arrive; else rates are summed" },
  _weight_scope = { "state", "\"uniform\" while all synapses share one weight, else \"syn\"" },
  _delay = { "state", "ms; nil where each synapse has its own" },
  _delay_steps = { "state", "the delay in steps, where one holds for all; else 1" },
  _place_of_pair = { "state", "places of the pairs of neurons as they were given; nil where none were, and once synapses have come or gone", "array" },
  _own_delays = { "state", "pathways that have other delays than these: name -> { ms, steps }, or { each = true }; nil where there are none" },
  _weighed = { "scratch", "version of the weights when it was last looked whether" },
  _weighs_nothing = { "scratch", "all of them are 0" },
  _plastic = { "state", "false while learning is off" },
  _creates = { "state", "true from the first new synapse on: every synapse then has states of its own" },
  _started = { "state", "rules of the model that were started: pruning, creating" },
  _delayed = { "state", "pre variables as they were, for rates with a delay of several steps: name -> array" },
  _delayed_used = { "scratch", "those of them that the present kernels read" },
  _writers = { "made", "variables that other projections write -> who writes each (writers.lua)" },
  _sites = { "made", "its synapses as an end of other projections: the engine's population (ends.lua)" },
  _sites_object = { "made", "their number in the network: it says when they were made" },
  _n_sites = { "made", "how many these are, or will be in a network that is read from a file and has no synapses yet" },
  _is_shown_now = { "scratch", "true while its event-driven variables stand at the present because somebody looks" },
  _pre_numbers = { "made", "what `pre` gave" },
  _post_numbers = { "made", "what `post` gave" },
  _seen = { "made", "`delays`, `d`: what these gave, as long as somebody holds it" },
})

--- What is its field besides variables.
Projection._named = { geometry = true, filters = true, name = true, size = true, from = true, to = true, pre = true, post = true, fan_in = true, fan_out = true, d = true,
  delay = true, delays = true, pathways = true }

local projection = {}

-- ---- as an object ----

--- Who needs all synapses asks for them here.
---@param why? string   who does
function Projection:_be_whole(why) part.ask(self, why or "something looks at its synapses") end

--- The neurons of its synapses on one side: of those that are here.
function Projection:_neurons(side)
  if not self._held then return self[side] end
  return side == "pre" and self._core:pre() or self._core:post()
end

function Projection:_drawing(scope) return self._held and scope == "syn" and part.drawing(self) or nil end

function Projection:_synapses() return self._core end

function Projection:_format() return self._core:format() end

function Projection:_few() return compiled.few_synapses(self:_format(), ends.size(self.from), ends.size(self.to)) end

function Projection:_known_names()
  local names = self:_variable_names()
  names[#names + 1] = "d"
  return names
end

--- The populations that texts on it read.
function Projection:_ends() return { self.from, self.to } end

--- Scopes of the variables: what a compilation that reads them depends on.
function Projection:_scopes_key()
  local key = {}
  for name, v in pairs(self._compiled.variables_by_name) do
    if v.kind ~= "derived" then key[name] = v.kind .. ":" .. v.scope .. ":" .. v.type end
  end
  for _, statement in ipairs(self._model.checked.definitions) do key[statement.target.name .. " :="] = statement.bare end
  return key
end

--- It was bound anew: synapses that read it follow.
function Projection:_changed() self._net:_population_changed(self) end

--- How many values a variable of this scope has in its array: pre and post variables cover their whole population.
function Projection:_count(scope)
  return scope == "pre" and ends.size(self.from) or scope == "post" and ends.size(self.to) or scope == "syn" and self._core:n_places() or 1
end

function Projection:_in_order(scope, a) return scope == "syn" and self._core:read(a) or a end

function Projection:_places_of(name, numbers)
  local places = self._compiled.variables_by_name[name].scope == "syn" and self._core:places()
  if not places then return numbers end
  return numbers and places:take(array.from(numbers)) or places
end

-- How weights are rounded so that 16 bits hold them: gives what rounds a piece of them. `largest()` is the size of the largest.
local rounding = {
  float16 = function() return function(some) return some:float16() end end,
  --- To whole numbers of a step, a power of two, of which the largest weight has at most 2^13: other projections from these neurons may have larger ones.
  int16 = function(largest)
    local most, step = largest(), 2.0 ^ -100
    while most < math.huge and most > 2 ^ 13 * step do step = 2 * step end
    return function(some) return (some * (1 / step)):round():multiply(step):add(0) end
  end,
}

--- Option weights_as: the weights, which were given as a whole, become numbers that 16 bits hold.
local function round_weights(self)
  local SOME, w = 1 << 14, self._arrays.w          -- small enough for what is rounded to stay in caches
  local function pieces(act)
    for first = 1, #w, SOME do act(w:slice(first, math.min(first + SOME - 1, #w))) end
  end
  local rounded_of = rounding[self._weights_as](function()
    local most = 0
    pieces(function(some) most = math.max(most, some:abs():max()) end)
    return most
  end)
  pieces(function(some)
    local rounded = rounded_of(some)
    if not array.is_finite(rounded) then
      options.fail(("%s: weights_as = \"%s\" holds %s, got %s"):format(self:_where "weights", self._weights_as,
        self._weights_as == "float16" and "numbers up to 65504" or "finite numbers", options.show(some:abs():max())))
    end
    some:assign(rounded)
  end)
end

function Projection:_edit(scope, a, change)
  if scope == "syn" and self._shared then options.fail(("projection '%s': its synapses share their weights, and have no values of their own"):format(self.name)) end
  local each = self:_in_order(scope, a)
  change(each)
  if scope == "syn" then self._core:write(a, each) end
  if self._weights_as and rawequal(a, self._arrays.w) then round_weights(self) end
end

function Projection:_fill(name, text)
  object.base._fill(self, name, text)
  if self._weights_as and name == "w" then round_weights(self) end
end

function Projection:_widest() return "syn" end

function Projection:_n_elements(scope)
  return scope == "pre" and self.from.size or scope == "post" and self.to.size or self._held and self._core:count() or self.size
end

local scope_of_level = { [1] = "pre", [2] = "post" }

function Projection:_scope_of_flag(v) return scope_of_level[v.flag_level] or "syn" end

--- Looking leaves no trace, not even in the rounding of what comes.
function Projection:_at_present(look)
  if #self._compiled.flushes == 0 or self._is_shown_now then return look() end
  self._core:show()
  self._is_shown_now = true
  local results = table.pack(pcall(look))
  self._is_shown_now = nil
  self._core:put_back()
  if not results[1] then error(results[2], 0) end
  return table.unpack(results, 2, results.n)
end

--- Is it a parameter that is kept once for each pre or post neuron, because its values were given so? It reads as what its model says: a value for each
--- synapse. (Variables live where the equations put them.)
local function is_narrow(v) return v.kind == "parameter" and (v.scope == "pre" or v.scope == "post") and not v.flag_level end

function Projection:_reading(v, a)
  local is_event_driven = self:_is_event_driven(v.name)
  local is_other = v.name == "w" and self._copied ~= nil          -- what guards a view of them would guard them for the original, too
  if not is_event_driven and not is_narrow(v) and not is_other and (v.scope ~= "syn" or self._core:is_in_order()) then return nil end
  local function read()
    if is_other and v.scope == "uniform" then return array.full(a[1], self.size):astype(a:type()) end
    if is_narrow(v) then return a:take(v.scope == "pre" and self.pre or self.post) end
    return self:_in_order(v.scope, a):copy()
  end
  return is_event_driven and function() return self:_at_present(read) end or read
end

--- A variable as a value for each synapse.
---@return array
function Projection:_each(name)
  local value, v = self[name], self._compiled.variables_by_name[name]
  if type(value) == "number" then return array.full(value, self.size) end
  if not v or is_narrow(v) then return value end
  if v.scope == "pre" or v.flag_level == 1 then return value:take(self.pre) end
  if v.scope == "post" or v.flag_level == 2 then return value:take(self.post) end
  return value
end

function Projection:_may_refuse(v) return v.name == "w" and self._shared ~= nil or object.base._may_refuse(self, v) end

--- Take back what users wrote into a copy of a variable.
function Projection:_write_elements(name, copy)
  local v = self._compiled.variables_by_name[name]
  if is_narrow(v) then
    self:_widen { [name] = "syn" }
    v = self._compiled.variables_by_name[name]
  end
  self:_flush()
  self:_edit(v.scope, self._arrays[name], function(each) each:assign(copy) end)
end

function Projection:_is_reset(v) return v.name ~= "w" and not v.name:find "^_steps_" and object.base._is_reset(self, v) end

function Projection:_set_scope(name, scope)
  if name == "w" then self._weight_scope = "syn" else self._scopes[name] = scope end
end

function Projection:_add_use(use, key)
  if self._copied then self._weight_scope = copied.scope(self._copied) end
  use.pre, key.pre = ends.use(self.from), self.from:_scopes_key()
  use.post, key.post = ends.use(self.to), self.to:_scopes_key()
  use.pathways = pathways.kinds(self)
  key.pathways = use.pathways
  local same = { targets = self._targets, weight_scope = self._weight_scope, delay_scope = self._delay and "uniform" or "syn", plastic = self._plastic,
    creates = self._creates, shared = self._shared ~= nil, same_population = self.from == self.to }
  for name, value in pairs(same) do use[name], key[name] = value, value end
end

function Projection:_compile()
  object.base._compile(self)
  part.check(self)
end

-- ---- arrays of its ends ----

local source_of = setmetatable({}, { __mode = "k" })     -- delayed array -> the array that it follows

--- A rate-coded projection with delays of several steps reads its pre neurons as they were. Where every synapse has a delay of its own it gets an array with what each
--- sees, anew whenever kernels are bound: synapses may have come and gone.
local function delayed(self, name)
  local source, known = ends.array(self, "pre", name), self._delayed[name]
  if self._delay and self._delay_steps <= 1 then return source end
  local is_made = known and rawequal(source_of[known], source)
  if not is_made or not self._delay and not self._delayed_used[name] then
    local before = known
    known = self._delay and source:copy() or array.new(source:type(), self._core:count())
    self._core:add_lag(source, known, self._delay_steps - 1, before)
    self._delayed[name], source_of[known] = known, source
  end
  self._delayed_used[name] = true
  return known
end

function Projection:_foreign(slot)
  local owner = slot.owner
  if owner == "pre" and slot.history then return delayed(self, slot.var) end
  if owner ~= "pre" and owner ~= "post" then return compiled.referenced(self, slot) end
  return ends.array(self, owner, slot.var)
end

function Projection:_n_of_index(name)
  if name == "i" or name == "pre.i" then return self.from.size end
  return (name == "j" or name == "post.i") and self.to.size or nil
end

function Projection:_fill_hidden(v, a)
  if v.name == "N_incoming" then a:assign(self._core:fan_in())
  elseif v.name == "N_outgoing" then a:assign(self._core:fan_out())
  elseif v.name == "d" then self:_edit(v.scope, a, function(each) each:assign(self._delay and array.full(self._delay, 1) or delays.each(self)) end)
  else object.base._fill_hidden(self, v, a) end
end

local given_scope = { N_incoming = "post", N_outgoing = "pre", d = "syn" }

--- The array of a variable. What a text reads of the synapses themselves, and the model does not, is laid out for who asks.
function Projection:_array(name)
  if self._arrays[name] or not given_scope[name] then return object.base._array(self, name) end
  local v = { name = name, scope = name == "d" and self._delay and "uniform" or given_scope[name], type = name == "d" and "real" or "count" }
  local a = values.new_array(v, self:_count(v.scope), self._net._precision)
  self:_fill_hidden(v, a)
  return a
end

-- ---- binding ----

--- A sum over synapses starts and finishes at the neurons of its view alone.
function Projection:_elements(entry)
  if entry.role == "summed" and (entry.piece == "start" or entry.piece == "finish") and entry.over ~= "uniform" then
    return select(2, writers.share(self, entry))
  end
  return object.base._elements(self, entry)
end

function Projection:_runs(entry, row)
  if entry.role == "ahead" then return self._delay and self._delay_steps <= 1 end
  if entry.role == "summed" and entry.piece then return (writers.share(self, entry)) end
  return object.base._runs(self, entry, row)
end

--- Whether what arrives at the targets is gathered in variables that hold nothing else.
local function sums_alone(self)
  for _, name in ipairs(self._targets) do
    for _, variable in ipairs { "g_" .. name, "sum_" .. name } do
      local v = self.to._compiled.variables_by_name[variable]
      if v and v.kind ~= "target" then return false end
    end
  end
  return #self._targets > 0
end

function Projection:_bind()
  if self._copied then self._arrays.w = self._copied._arrays.w end
  if self._compiled.needs.reverse and not self._compiled.needs.later then self._core:index "post" end     -- else the engine does where it is needed
  self._delayed_used = {}
  pathways.set(self)
  object.base._bind(self)
  for name, a in pairs(self._delayed) do          -- they outlive a compilation: what is under way stays
    if not self._delayed_used[name] then
      self._core:remove_lag(a)
      self._delayed[name] = nil
    end
  end
  self._core:sum_ahead(sums_alone(self))
  for _, copy in ipairs(copied.of(self)) do
    if copy._arrays.w and not rawequal(copy._arrays.w, self._arrays.w) then copy:_rebuild() end
  end
end

function Projection:_unbind()
  object.base._unbind(self)
  self._core:clear_flushes()
  self._core:put_off()
end

-- ---- values ----

--- Numbers in the order in which synapses were given (lp.pairs) go to their places. Later on values are set in the order in which they are
--- read, so that `proj.w = proj.w * 2` is what it says.
function Projection:_in_place_order(name, value)
  if self._net._is_plan then return value end
  if type(value) == "function" or values.is_list(value) then self:_be_whole "values are given for each synapse" end
  if type(value) == "function" then return synapse_values.call(self, name, value) end
  if not self._place_of_pair or not values.is_list(value) then return value end
  local ok, given = pcall(array.from, value)
  if not ok or given:size() ~= self.size then return value end          -- what is wrong with it is said where it is assigned
  local placed = array.new(given:type(), self.size)
  placed:put(self._place_of_pair, given:flatten())
  return placed
end

function Projection:_call(name, f) return synapse_values.call(self, name, f) end

function Projection:_fit(name, value) return synapse_values.fit(self, name, value) end

function Projection:_lay_out(v, value)
  if not values.is_list(value) then return value end
  return synapse_values.to(self, v.name, value, v.scope)
end

local readers = Projection._readers

--- What is fixed when synapses are made.
local function fixed(self, name, a)
  return live.fixed(a, function() return self:_where(name) .. " " .. self:_refusal(name) end)
end

function readers.pre(self)
  self._pre_numbers = self._pre_numbers or fixed(self, "pre", self._core:pre())
  return self._pre_numbers
end

function readers.post(self)
  self._post_numbers = self._post_numbers or fixed(self, "post", self._core:post())
  return self._post_numbers
end

--- As an end of others its synapses lie in a line.
function readers.geometry(self) return { self.size } end

function readers.fan_in(self) return fixed(self, "fan_in", self._core:fan_in()) end

function readers.fan_out(self) return fixed(self, "fan_out", self._core:fan_out()) end

--- The delay of each synapse in ms. The engine keeps them in a table; one array is laid out for as long as somebody holds it.
local function delays_as(self, name)
  if self._delay then return fixed(self, name, guard.repeated(array.full(self._delay, 1, nil, "float64"), self.size)) end
  local seen = self._seen[name] or fixed(self, name, delays.each(self))
  self._seen[name] = seen
  return seen
end

--- Delays are others than before.
function Projection:_forget_delays() self._seen = setmetatable({}, { __mode = "v" }) end

function readers.delays(self) return delays_as(self, "delays") end

function readers.d(self) return delays_as(self, "d") end

function readers.delay(self) return self._delay or options.fail(self:_where "delay" .. " differs between synapses: see delays") end

--- What events do, and after which delays.
function readers.pathways(self) return pathways.read(self) end

--- Where synapses share filters, these are what can be set.
function readers.filters(self)
  local shared = self._shared
  if not shared or self._weight_scope == "uniform" then return nil end
  return live.copy(function() return convolution.seen(self._arrays.w, shared) end, function(copy) self._arrays.w:assign(convolution.laid(copy, shared)) end)
end

--- What is written down of rates follows other delays from here on.
function Projection:_forget_lags()
  for _, a in pairs(self._delayed) do source_of[a] = nil end
end

function Projection:_set(name, value)
  if name == "delays" or name == "delay" or name == "d" then return delays.change(self, self:_where(name), value) end
  if name == "filters" and self._copied then options.fail(("%s %s"):format(self:_where(name), self:_refusal(name))) end
  if name ~= "filters" or not self._shared then return object.base._set(self, name, value) end
  local filters = self.filters
  if not filters then options.fail(self:_where(name) .. " is not there: it pools, without filters") end
  local ok, given = pcall(array.from, value, "float64")
  local is_alike = ok and given:size() == filters:size() and given:axes() == filters:axes()
  for k, n in ipairs(is_alike and { filters:shape() } or {}) do is_alike = is_alike and ({ given:shape() })[k] == n end
  if not is_alike then options.fail(("%s: numbers in the shape %s expected"):format(self:_where(name), table.concat(self._shared.shape, " x "))) end
  values.assign(self:_where(name), self._net, self._object, self._arrays.w, convolution.laid(given, self._shared))
end

function Projection:_refusal(name)
  if self._copied and (name == "w" or name == "filters") then return ("is that of '%s', of which it is a copy: set it there"):format(self._copied.name) end
  if name == "w" and self._shared then
    return self._weight_scope == "uniform" and "is one number, given when the projection is made" or "is shared by the synapses: set 'filters'"
  end
  if name == "delays" or name == "d" then return "is set for all synapses at once, which are sorted by it: proj.delays = ..." end
  return object.base._refusal(self, name)
end

--- The number of synapses changed: what is known of each, besides its variables, is found anew.
function Projection:_resize(n)
  self._fixed.size, self._pre_numbers, self._post_numbers, self._place_of_pair = n, nil, nil, nil
  ends.resize(self, n)
  self:_forget_delays()
  for _, v in ipairs(self._compiled.variables) do
    if v.name == "N_incoming" or v.name == "N_outgoing" then self:_fill_hidden(v, self._arrays[v.name]) end
  end
end

--- Give the weights their values: those of the connector, or option weights.
local function set_weights(self, given, is_placed)
  if not self._compiled.variables_by_name.w then return end
  if type(given) == "string" then return self:_fill("w", given) end
  if planned.is_left(self._net, given) then return end
  local scope = self._compiled.variables_by_name.w.scope
  if self._shared then return values.assign(self:_where "weights", self._net, self._object, self._arrays.w, given) end
  self:_edit(scope, self._arrays.w, function(each)
    values.assign(self:_where "weights", self._net, self._object, each, is_placed and given or self:_in_place_order("weights", given), false, nil, self:_drawing(scope))
  end)
end

--- Weights that an operation writes live per synapse, and so does all that other projections write (`is_each`).
function Projection:_mark_written(name, is_each)
  if is_each then ends.check_written(self, name) end
  if name == "w" and (self._shared or self._copied) then options.fail(("%s %s"):format(self:_where "w", self:_refusal "w")) end
  if name == "w" and self._weight_scope == "uniform" then self:_widen { w = "syn" } end
  local v = is_each and name ~= "w" and self._compiled.variables_by_name[name]
  if v and v.scope ~= "syn" then self:_widen { [name] = "syn" } end
end

-- ---- what users call ----

--- Run an equation text on all synapses every `every` ms, compiled like the model's own: all names of its equations, sums, random numbers.
--- `proj:run_regularly("w *= 0.9", { every = 1000 })`
---@param text string
---@param opt { every: number, when?: "start"|"end", offset?: number }
---@return Operation
function Projection:run_regularly(text, opt) return operation.run_regularly(self, text, opt) end

--- Add synapses between neurons of the two populations, numbered as in `pre` and `post`: one, or lists. `w` and `d` (ms): a number, or one each; without
--- them 0 (or the weight that all share) and the next step. Other variables get their initial values. A pair that has a synapse gets another one, a contact with a
--- weight, a delay and states of its own. Between runs or in an operation.
---@param pre integer|integer[]|array
---@param post integer|integer[]|array
---@param w? number|number[]|array|Distribution
---@param d? number|number[]|array
---@return array places  of the new synapses
function Projection:create_synapse(pre, post, w, d) return require("lunapse.network.structure").create(self, pre, post, w, d) end

--- Remove synapses: those that satisfy a condition ("w < 0.01"), those where an array of truth values is true (`proj.w:lt(0.01)`), or
--- those at given places. Between runs or in an operation.
---@param what string|array|integer[]
---@return integer n  how many were removed
function Projection:prune(what) return require("lunapse.network.structure").prune(self, what) end

--- Apply the model's `pruning` condition every `every` ms: `proj:start_pruning { every = 100 }`.
---@param opt { every: number, when?: "start"|"end", offset?: number }
---@return Operation
function Projection:start_pruning(opt) return require("lunapse.network.structure").start(self, "pruning", opt) end

--- Apply the model's `creating` condition every `every` ms to all pairs that have no synapse: `proj:start_creating { every = 100 }`.
---@param opt { every: number, when?: "start"|"end", offset?: number }
---@return Operation
function Projection:start_creating(opt) return require("lunapse.network.structure").start(self, "creating", opt) end

--- Stop the weights from changing; traces go on. `enable_learning` lets them change again.
---@return Projection
function Projection:disable_learning() return self:_set_plastic(false) end

--- Let the weights change (the state after creation).
---@return Projection
function Projection:enable_learning() return self:_set_plastic(true) end

function Projection:_set_plastic(on)
  if self._plastic ~= on then
    self._plastic = on
    self:_rebuild()
  end
  return self
end

--- Put every variable but the weights back to its initial value. Parameters keep theirs. (`reset_weights` is for the weights.)
function Projection:reset() self:_reset() end

--- Put the weights back to what they were when the projection was made: the same values, drawn ones too.
function Projection:reset_weights()
  if self._copied then options.fail(("reset_weights of '%s': w %s"):format(self.name, self:_refusal "w")) end
  local first, net = self._first_weights, self._net
  self:_flush()
  local draws = net._draws
  net._draws = first.draws
  local ok, message = pcall(set_weights, self, first.value, first.is_placed)
  net._draws = draws
  if not ok then error(message, 0) end
end

--- Take it out of the network, for good: see net:remove.
function Projection:remove() self._net:remove(self) end

local index, newindex = Projection.__index, object.base.__newindex

function Projection.__index(self, key)
  if self._net._is_plan and part.is_of_all(self, key) then planned.refuse(self:_where(key)) end
  if rawget(self, "_held") and part.is_of_all(self, key) then self:_be_whole(("the script reads %s"):format(key)) end
  return index(self, key)
end

function Projection:__newindex(key, value)
  if rawget(self, "_held") and not getmetatable(self)._fields[key] and part.is_set_for_all(self, key, value) then
    self:_be_whole(("the script sets %s"):format(key))
  end
  return newindex(self, key, value)
end

function Projection:__tostring() return require("lunapse.tell.printing").projection(self, self:_variable_names()) end

function Projection:__complete()
  local names = object.base.__complete(self)
  for name in pairs(self._named) do names[#names + 1] = name end
  return names
end

for _, methods in ipairs { require "lunapse.network.weights", require "lunapse.network.between", ends.methods } do
  for name, method in pairs(methods) do Projection[name] = method end
end

-- ---- making ----

--- Parameters of neurons that these synapses write (`post.total = sum(w)`) live once per neuron and are no constants.
local function widen_written(self)
  parts.each_statement(self._model.checked, function(statement)
    local base, name = statement.target.base, statement.target.name
    local pop = base == "post" and self.to or base == "pre" and self.from
    if pop then pop:_mark_written(name, true) end
  end)
  if self.to:_synapses() then
    for _, name in ipairs(self._targets) do self.to:_mark_written("g_" .. name, true) end
  end
end

--- A synapse that only transmits must be told where to.
local function check_target(self)
  local checked = self._model.checked
  for _, pathway in ipairs(checked.pathways) do
    local pop = pathway.side == "pre" and self.from or self.to
    local events = pop:_events()
    if not events[pathway.event] and pathway.event == "spike" then
      options.fail(("projection '%s': synapses '%s' have a %s, but %s emits no spikes"):format(self.name, self._model.name,
        pathway.part:match "^[^.]*", pop:_title()))
    elseif not events[pathway.event] then
      local known = {}
      for name in pairs(events) do known[#known + 1] = name end
      options.fail(("projection '%s': synapses '%s' act at '%s_%s', but %s has no such event: %s"):format(self.name, self._model.name, pathway.side,
        pathway.event, pop:_title(), options.unknown("event", pathway.event, known)))
    end
  end
  local transmits = checked.writes.g_target or checked.psp
  local learns = #checked.variables > 0 or checked.writes.w or next(checked.writes.pre) or next(checked.writes.post)
  if transmits and not learns and #self._targets == 0 then
    options.fail(("projection '%s': synapses '%s' only transmit, so option 'target' must say to which input, such as target = \"exc\""):format(
      self.name, self._model.name))
  end
end

--- The rate of a spiking population is there only where it is counted.
local function check_rates(self)
  for side, pop in pairs { pre = self.from, post = self.to } do
    if self._compiled.needs[side .. "_rate"] and not pop._rate_window then
      options.fail(("projection '%s': its synapses read %s.r, but population '%s' counts no rate; call its method compute_rate(window) first"):format(
        self.name, side, pop.name))
    end
  end
end

--- A connector that falls off with distance must know where the neurons are.
local function with_positions(self, connect, from, to)
  if not connect.needs_positions then return connect end
  local pre_at, dims = self._net:_positions(from)
  local post_at, post_dims = self._net:_positions(to)
  if dims ~= post_dims then options.fail(("projection '%s': both populations must have geometries of equal dimension"):format(self.name)) end
  local placed = { pre_at = pre_at, post_at = post_at, dims = dims }
  for name, value in pairs(connect) do placed[name] = value end
  return placed
end

--- Synapses that share their weights have nothing of their own.
local function check_shared(self, opt)
  if not self._shared then return end
  local checked = opt.synapse.checked
  local function refuse(what) options.fail(("projection '%s': synapses of a %s share their weights: %s"):format(self.name, opt.connect.text, what)) end
  if opt.delays ~= nil and type(opt.delays) ~= "number" or next(opt.delays_of_each) then refuse "one delay for all expected, a number" end
  if opt.weights ~= nil and type(opt.weights) ~= "number" and not opt.connect.filters then refuse "one weight for all expected, a number" end
  if checked.pruning or checked.creating then refuse(("they neither come nor go, as rules of '%s' say"):format(opt.synapse.name)) end
end

--- Weights that are kept in 16 bits stay as they are given.
local function check_weights_as(self, opt)
  if opt.weights_as == nil then return end
  local where = ("projection '%s': option weights_as"):format(self.name)
  if not rounding[opt.weights_as] then options.fail(("%s: %s"):format(where, options.unknown("format", opt.weights_as, { "float16", "int16" }))) end
  if self._shared or self._copied then options.fail(("%s: the weights of a %s are not its own"):format(where, opt.connect.text)) end
  if opt.synapse.checked.writes.w then
    options.fail(("%s: weights of 16 bits stay as they are given, and synapses '%s' change w: leave it out"):format(where, opt.synapse.name))
  end
end

--- Let the engine make the synapses. Weights that come with the connector, in place order.
local function make_synapses(self, opt)
  local checked, core = self._model.checked, self._net._core
  if self._copied then
    self._core = core:projection_copy { pre = ends.core(self.from), post = ends.core(self.to), of = self._copied._core, object = self._object }
    self._fixed.size = self._core:count()
    return nil
  end
  local may_part = part.is_possible(self, opt)
  self._is_plain = #checked.variables == 0 and not checked.writes.w and not next(checked.writes.pre)
  self._asked = { delays = opt.delays, may_part = may_part }
  if self._net._is_plan then
    self._core = core:projection { pre = ends.core(self.from), post = ends.core(self.to), pre_view = planned.view, post_view = planned.view, is_rate = not self._spiking,
      connect = planned.connector, object = self._object }
    self._fixed.size = estimate.synapses(opt.connect, opt.from, opt.to) or 0
    return nil
  end
  local has_delays = next(opt.delays_of_each) ~= nil or opt.delays ~= nil and type(opt.delays) ~= "number"
  local recipe = {
    pre = ends.core(self.from), post = ends.core(self.to), pre_view = self._from_view, post_view = self._to_view, is_rate = not self._spiking,
    is_changing = checked.pruning or checked.creating, has_delays = has_delays,
    is_plain = self._is_plain, has_values = has_delays or not self._is_plain or opt.weights ~= nil and type(opt.weights) ~= "number",
    connect = with_positions(self, opt.connect, opt.from, opt.to), object = self._object, may_part = may_part and ranks.n() > 1,
  }
  local ok, made, places, weights, n = pcall(core.projection, core, recipe)
  if not ok then
    local remedy = opt.connect.remedy and made:find("must lie in 0..1", 1, true) and not made:find("NaN", 1, true) and "\n    " .. opt.connect.remedy or ""
    options.fail(("projection '%s': %s%s"):format(self.name, made, remedy))
  end
  self._core, self._place_of_pair, self._fixed.size = made, places, n or made:count()
  if n then self._held = { n = n, recipe = recipe, is_ready = false } end
  return weights
end

--- Parameters as they were given: lists in place order, with the scope that they need; texts are left for later.
local function take_parameters(self)
  local texts = {}
  for name, value in pairs(self._values) do
    if type(value) == "string" then
      self:_be_whole "values are given by a text"
      texts[#texts + 1], self._values[name] = { name, value }, 0
    elseif not values.is_one(value) then
      self._scopes[name], value = synapse_values.fit(self, name, value)
      self._values[name] = self._scopes[name] == "syn" and self:_in_place_order(name, value) or value
    end
  end
  table.sort(texts, function(one, other) return one[1] < other[1] end)
  return texts
end

--- Make a projection from the options of `net:project`.
function projection.new(net, name, opt)
  local from, to = opt.from:_whole(), opt.to:_whole()
  for _, one in ipairs { from, to } do ends.core(one) end          -- made before it: should it be refused, they go after it
  local self = object.new(Projection, net, { name = name, from = from, to = to }, to._clock, {
    _from_view = opt.from:_selection(), _to_view = opt.to:_selection(), _targets = opt.targets, _connect = opt.connect, _given_weights = opt.weights, _weights_as = opt.weights_as,
    _plastic = true, _spiking = from:_has_spikes() or pathways.reach(opt.synapse.checked, "pre"), _started = {}, _delayed = {}, _delayed_used = {},
    _shared = opt.connect.shared, _copied = opt.connect.copied, _writers = {},
  })
  if self._copied then
    self._shared = self._copied._shared
    copied.check(self:_title(), { from = opt.from, to = opt.to, connect = opt.connect, synapse = opt.synapse, weights = opt.weights, delays = opt.delays,
      is_spiking = self._spiking })
  end
  self:_forget_delays()
  self:_take_model(opt.synapse, opt.parameters, opt.arrays)
  opt.delays, opt.delays_of_each = pathways.split(self, opt.delays)
  check_shared(self, opt)
  check_weights_as(self, opt)
  check_target(self)
  local weights = make_synapses(self, opt)
  delays.set(self, opt.delays)
  local given = opt.weights
  if given ~= nil and (weights or opt.connect.weights or opt.connect.filters) then
    options.fail(("projection '%s': the connector has weights of its own: leave out option 'weights', or set them afterwards"):format(self.name))
  end
  if given == nil then given = weights or opt.connect.filters or (self._place_of_pair and opt.connect.weights) or 1 end
  self._weight_scope = type(given) == "number" and "uniform" or "syn"
  local texts = take_parameters(self)
  net:_resolve_refs(self, opt.refs)
  widen_written(self)
  self:_compile()
  check_rates(self)
  self:_follow()
  self:_initialise()
  pathways.fill(self, opt.delays_of_each)
  self:_start_clocks(net._core:time())
  self._first_weights = { value = given, is_placed = given == weights, draws = net._draws }
  if not self._copied then set_weights(self, given, given == weights) end
  local others = writers.add(self)
  net:_on_undo(function()
    for _, other in ipairs(writers.remove(self)) do other:_rebuild() end
  end)
  self:_bind()
  for _, other in ipairs(others) do other:_rebuild() end
  for _, t in ipairs(texts) do self:_fill(t[1], t[2]) end
  part.begin(self)
  return self
end

--- Is `x` a projection?
---@param x any
---@return boolean
function projection.is(x)
  local class = getmetatable(x)
  return type(class) == "table" and class._noun == "projection"
end

projection.class = Projection
return projection
