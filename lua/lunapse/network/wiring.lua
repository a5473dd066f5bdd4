--- How a projection's compiled model meets the engine: which scopes it is compiled for, where its variables live, which arrays its kernels see.
--- (lua/lunapse/network/projection.lua is what users see of it.)
local array = require "lunapse.core.array"
local engine = require "lunapse.core.engine"
local instance = require "lunapse.network.compiled"
local writers = require "lunapse.network.writers"

local function where(self, name) return ("projection '%s', %s"):format(self.name, name) end

--- How many values a variable of this scope has in its array: pre and post variables cover their whole population.
local function count_of(self, scope)
  return scope == "pre" and self.from.size or scope == "post" and self.to.size or scope == "syn" and self._core:n_places() or 1
end

--- Let `change` write into the array of a variable of this scope; where each synapse has a value, they are in the order of the synapses.
local function edit(self, scope, a, change)
  local values = scope == "syn" and self._core:read(a) or a
  change(values)
  self._core:write(a, values)
end

-- ---- compiling and binding ----

--- What the language wants to know of an end.
local function end_of(pop)
  return { kind = "neuron", name = pop.name, is_spiking = pop:_has_spikes(), has_axon = pop._compiled.has_axon,
    targets = pop._compiled.targets or {}, variables = pop._compiled.variables,
    variables_by_name = setmetatable({}, { __index = function(_, name) return pop:_variable(name) end,
      __pairs = function() return pairs(pop._compiled.variables_by_name) end }) }
end

local function compile(self)
  local net = self._net
  local use = {
    name = self.name, pre = end_of(self.from), post = end_of(self.to), targets = self._targets, param_scopes = self._scopes,
    weight_scope = self._weight_scope, delay_scope = self._delay_scope, refs = self._refs_use, method = net._method, plastic = self._plastic, creates = self._creates,
    precision = net._precision, same_population = self.from == self.to,
  }
  local key = { pre = instance.scopes_of(self.from), post = instance.scopes_of(self.to), targets = self._targets, scopes = self._scopes, weight = self._weight_scope,
    delay = self._delay_scope, refs = instance.scopes_of_refs(self), method = net._method, plastic = self._plastic, creates = self._creates, same = self.from == self.to }
  self._made = instance.compile(self._model.checked, use, key, { precision = net._precision, math = net._math, format = self._core:format() })
  self._compiled = self._made.compiled
end

--- A rate-coded projection with a delay of several steps reads its pre neurons as they were.
local function lagged(self, name)
  local source = self.from:_array(name)
  if self._delay_steps <= 1 then return source end
  local lag = self._lagged[name]
  if not lag or lag.source ~= source then
    if lag then self._core:remove_lag(lag.delayed) end
    lag = { source = source, delayed = source:copy() }
    self._core:add_lag(source, lag.delayed, self._delay_steps - 1)
    self._lagged[name] = lag
  end
  lag.is_used = true
  return lag.delayed
end

--- Lags outlive a compilation: what is under way stays.
local function drop_unused_lags(self)
  for name, lag in pairs(self._lagged) do
    if not lag.is_used then
      self._core:remove_lag(lag.delayed)
      self._lagged[name] = nil
    end
  end
end

local function resolver(self)
  return function(slot)
    if slot.owner == "self" then return self:_array(slot.var) end
    if slot.owner == "pre" and slot.history then return lagged(self, slot.var) end
    if (slot.owner == "pre" or slot.owner == "post") and slot.var == "N" then
      return array.full(slot.owner == "pre" and self.from.size or self.to.size, 1, nil, "float64")
    end
    if slot.owner == "pre" then return self.from:_array(slot.var) end
    if slot.owner == "post" then return self.to:_array(slot.var) end
    if slot.owner == "clock" then return self._net._core:dt_array(self.to._clock) end
    return instance.referenced(self, slot)
  end
end

--- First element and number of elements of a program: a sum over synapses starts and finishes at the neurons of its view alone.
local function elements(self, entry)
  if entry.over == "uniform" then return 1, 0 end
  if entry.over == "syn" then return 1, count_of(self, "syn") end
  if entry.role == "summed" and (entry.piece == "start" or entry.piece == "finish") then return select(2, writers.share(self, entry)) end
  return 1, (entry.over == "pre" and self.from or self.to).size
end

--- Some programs run elsewhere, or once and not in steps.
local function is_in_steps(self, entry)
  if entry.role == "ahead" then return self._delay_steps <= 1 end
  if entry.role == "init" or entry.role == "pruning" or entry.role == "creating" then return false end
  return entry.role ~= "summed" or not entry.piece or (writers.share(self, entry))
end

local function bind_entry(self, k, resolve)
  local entry = self._compiled.programs[k]
  local first, n = elements(self, entry)
  return instance.bind(self._net, self._made, k, resolve, n, self._core, self._object, first)
end

local function fill_hidden(self, v, a)
  if v.name == "N_incoming" then a:assign(self._core:fan_in())
  elseif v.name == "N_outgoing" then a:assign(self._core:fan_out())
  elseif v.name == "d" then edit(self, v.scope, a, function(values) values:assign(self.__delays or array.full(self.__delay, 1)) end)
  else a:fill(v.init or 0) end
end

local function initialise(self, only_missing)
  local net, resolve = self._net, resolver(self)
  for _, v in ipairs(self._compiled.variables) do
    if not (only_missing and self._arrays[v.name]) then
      local a = instance.new_array(v, count_of(self, v.scope), net._precision)
      local given = v.kind == "parameter" and self._values[v.name]
      if given ~= nil and given ~= false then
        edit(self, v.scope, a, function(values) instance.assign(where(self, v.name), net, self._object, values, given) end)
      else
        fill_hidden(self, v, a)
      end
      self._arrays[v.name] = a
    end
  end
  for k, entry in ipairs(self._compiled.programs) do
    local v = self._compiled.variables_by_name[entry.var]
    if entry.role == "init" and not (v.kind == "parameter" and self._values[v.name] ~= nil) and not (only_missing and self._initialised[v.name]) then
      net._core:run_bound(bind_entry(self, k, resolve), net._core:time())
      engine.touch(self._arrays[v.name])
    end
  end
  for _, v in ipairs(self._compiled.variables) do self._initialised[v.name] = true end
end

--- A variable whose scope has widened is spread: every synapse gets the value that its neuron (or all) had.
local function follow_scopes(self)
  for _, v in ipairs(self._compiled.variables) do
    local a, before = self._arrays[v.name], self._scope_now[v.name]
    if a and before and before ~= v.scope then
      local spread = instance.new_array(v, count_of(self, v.scope), self._net._precision)
      if before == "uniform" then
        spread:fill(a[1])
      elseif v.scope == "syn" then
        edit(self, "syn", spread, function(values) values:assign(a:take(before == "pre" and self.pre or self.post)) end)
      elseif v.scope == "uniform" and #a > 0 then
        spread:fill(a[1])
      end
      self._arrays[v.name] = spread
      self._net:_array_replaced(("projection '%s'"):format(self.name), v.name, a, spread)
    end
    self._scope_now[v.name] = v.scope
  end
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

local roles = { "psp", "equations", "pre", "post", "axon", "ahead" }

local function bind(self)
  local net, core = self._net, self._net._core
  for _, token in ipairs(self._derived) do core:forget_derived(token) end
  for _, a in ipairs(self._watched) do core:forget_watch(a) end
  self._derived, self._watched = {}, {}
  local resolve, lists = resolver(self), { psp = {}, equations = {}, pre = {}, post = {}, axon = {}, ahead = {} }
  if self._compiled.needs.reverse then self._core:index "post" end
  for _, lag in pairs(self._lagged) do lag.is_used = false end
  local flushed, reduced = {}, {}
  for _, flush in ipairs(self._compiled.flushes or {}) do flushed[flush.program] = flush end
  self._core:clear_flushes()
  for k, entry in ipairs(self._compiled.programs) do
    if is_in_steps(self, entry) then
      local bound = bind_entry(self, k, resolve)
      local every = entry.every or (entry.every_variable and self._arrays[entry.every_variable][1])
      if every then bound:every(every, 0, net:dt_of(self.to._clock), core:clock_step(self.to._clock)) end
      if not reduced[entry.role] then
        reduced[entry.role] = true
        for _, r in ipairs(self._compiled.reductions or {}) do
          if r.role == entry.role then instance.reduce(bound, r.op, resolve { owner = r.owner, var = r.var }, self._arrays[r.name]) end
        end
      end
      if entry.role == "derive" then
        self._derived[#self._derived + 1] = core:derived(bound, self._core)
      elseif entry.role == "flush" then
        local due = flushed[k] and flushed[k].due
        self._core:add_flush(due and self._arrays[due] or nil, { bound })
      else
        local role = lists[entry.role] and entry.role or "equations"
        lists[role][#lists[role] + 1] = bound
      end
    end
  end
  drop_unused_lags(self)
  for _, role in ipairs(roles) do self._core:set_kernels(role, lists[role]) end
  self._core:sum_ahead(sums_alone(self))
  for _, v in ipairs(self._compiled.variables) do
    if v.kind == "state" and v.type ~= "time" and v.scope ~= "uniform" then
      core:watch(self._arrays[v.name], ("projection '%s', variable '%s'"):format(self.name, v.name))
      self._watched[#self._watched + 1] = self._arrays[v.name]
    end
  end
end

--- Every event-driven variable stands at `now`: the clocks of the new compilation start there.
local function start_clocks(self, now)
  for _, flush in ipairs(self._compiled.flushes or {}) do
    if flush.start then self._arrays[flush.start]:fill(now) end
    if flush.last then self._arrays[flush.last]:fill(now) end
    if flush.due then self._arrays[flush.due]:fill(0) end
  end
end

return {
  count_of = count_of,
  edit = edit,
  compile = compile,
  resolver = resolver,
  bind_entry = bind_entry,
  fill_hidden = fill_hidden,
  initialise = initialise,
  follow_scopes = follow_scopes,
  bind = bind,
  start_clocks = start_clocks,
}
