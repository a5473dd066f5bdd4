--- Objects: what populations and projections have in common. An object has a model, compiled for its use; the arrays of its variables, which users see as
--- its fields; and kernels, bound to them.
---
--- Its compilation follows its use: where a parameter gets a value for each element, or a reference changes its scope, the object is compiled anew
--- (`_rebuild`), its arrays follow (`_follow`), and its kernels are bound to them. A class says what is its own in methods: `_add_use`, `_count`,
--- `_foreign`, `_elements`, `_fill_hidden` and the like. One Lua state at a time; between steps or in operations.
local array = require "lunapse.core.array"
local back = require "lunapse.language.back"
local compiled = require "lunapse.network.compiled"
local computed = require "lunapse.network.computed"
local engine = require "lunapse.core.engine"
local fields = require "lunapse.network.fields"
local kernel = require "lunapse.core.kernel"
local live = require "lunapse.network.live"
local lookup = require "lunapse.network.lookup"
local model = require "lunapse.network.model"
local operation = require "lunapse.network.operation"
local options = require "lunapse.options"
local planned = require "lunapse.network.planned"
local roles = require "lunapse.language.base.roles"
local values = require "lunapse.network.values"
local warnings = require "lunapse.network.warnings"

local object = {}

--- Methods of all objects; a class takes them over.
local Object = {
  _readers = {},      -- name -> function(self): what users read, besides variables and what is fixed; nil: nothing of that name
}

Object._fields = fields.declare {
  _net = { "given", "the network that owns it" },
  _fixed = { "given", "what it was made with, by name: read as its fields, never set" },
  _clock = { "given", "number of the clock in whose steps it acts" },
  _object = { "given", "its number in the network: separates random streams" },
  _model = { "given", "the model; nil for what has no equations" },
  _values = { "given", "values that parameters were given when it was made" },
  _refs = { "given", "populations that its equations read: name -> { population, index?, is_part }" },
  _refs_use = { "made", "what the language is told of them" },
  _lookups = { "given", "timed arrays and tables that its equations read, by name" },
  _looked = { "made", "what is defined and recorded: a set of names" },
  _driven = { "given", "variables that a drive sets at every step: a set" },
  _core = { "made", "the engine's object" },
  _made = { "made", "the compilation, shared by equal uses" },
  _compiled = { "made", "the compiled model in it: variables, programs, notes ..." },
  _arrays = { "state", "name of a variable -> its array" },
  _scopes = { "state", "what differs between elements, though the model alone would keep one value: name -> scope" },
  _live = { "scratch", "what was handed out as fields: name -> { shown, of, n }" },
  _scope_now = { "made", "the scope for which the array of each variable was made" },
  _derived = { "made", "the engine's tokens for kernels that compute derived constants" },
  _watched = { "made", "arrays that the engine checks for NaN and inf" },
  _picked = { "made", "arrays of picked elements of referenced populations" },
  _n_texts = { "state", "how many texts run_regularly was given: each draws numbers of its own" },
}

-- ---- making ----

--- What objects are before they are compiled, and what those remain that have no equations.
local nothing = { variables = {}, variables_by_name = {}, programs = {}, flushes = {}, needs = {}, targets = {}, notes = {} }

--- What users read by a name that is no method: what is fixed, variables (network/live.lua), and what is defined. (Methods are called through the class
--- here: each `self:` would come back.)
local function read(class, self, key)
  if class._fields[key] then return nil end          -- declared, and nothing in it
  if math.type(key) or type(key) == "table" then
    options.fail(("%s is no list: its methods slice(first, last) and select { 3, 1 } give parts of it, and its variables have elements, such as .%s[1]"):format(
      self:_title(), self:_known_names()[1] or "v"))
  end
  if type(key) ~= "string" then return nil end
  local fixed = self._fixed[key]
  if fixed ~= nil then return fixed end
  local reader = class._readers[key]
  local value = reader and reader(self)
  if value ~= nil then return value end
  local v = self._compiled.variables_by_name[key]
  if v and (class._is_shown(self, v) or v.kind == "hidden" and key:sub(1, 1) ~= "_") then
    class._note_use(self, key)
    return live.read(self, key)
  end
  if class._is_defined(self, key) then
    class._note_use(self, key)
    return live.fixed(operation.values(self, key), function() return class._where(self, key) .. " " .. class._refusal(self, key) end)
  end
  return options.unread(self:_title(), key, self:_known_names(), options.methods { class })
end

--- A class of objects. It has the methods of the class that it builds on, and may replace them.
---@param parent table   another class, or object.base
---@param noun string    "population"
---@param own table      its fields: see fields.declare
---@return table class   the metatable of its objects
function object.class(parent, noun, own)
  local class = {}
  for name, method in pairs(parent) do class[name] = method end
  class._noun, class._fields, class._readers = noun, fields.declare(own, parent._fields), {}
  for name, reader in pairs(parent._readers) do class._readers[name] = reader end
  function class.__index(self, key)
    local method = class[key]
    if method ~= nil then return method end
    return read(class, self, key)
  end
  return class
end

--- A new object of a class.
---@param class table
---@param net Network
---@param fixed table    name and what else is known when it is made
---@param clock integer
---@param more table     first values of the fields of the class
function object.new(class, net, fixed, clock, more)
  local self = { _net = net, _fixed = fixed, _clock = clock, _object = net._core:new_object(), _compiled = nothing, _values = {}, _refs = {}, _refs_use = {}, _driven = {},
    _looked = {}, _lookups = {},
    _arrays = {}, _live = {}, _scopes = {}, _scope_now = {}, _derived = {}, _watched = {}, _picked = {}, _n_texts = 0 }
  for name, value in pairs(more) do self[name] = value end
  net:_on_undo(function()
    if not self._core then return end
    self:_unbind()
    self:_detach()
  end)
  return fields.object(class, self)
end

--- Take a model and the values that parameters get in place of its defaults.
---@param given? table<string, any>
---@param arrays? table<string, any>  in place of those of the model
function Object:_take_model(made_of, given, arrays)
  self._model = made_of
  for name, value in pairs(made_of.values) do self._values[name] = value end
  for name, value in pairs(given or {}) do
    if not made_of.checked.parameters_by_name[name] then
      local names = {}
      for _, p in ipairs(made_of.checked.parameters) do names[#names + 1] = p.name end
      options.fail(("%s: %s"):format(self:_title(), options.unknown("parameter", name, names)))
    end
    self._values[name] = value
  end
  for _, p in ipairs(made_of.checked.parameters) do -- what the model only names is a constant of the network, or given here
    if p.default == nil and self._values[p.name] == nil then
      local value = self._net.constants[p.name]
      if value == nil then
        local near = options.nearest(p.name, self._net:_constant_names())
        options.fail(("%s: its model names the parameter '%s' without a value: parameters = { %s = ... }, or constants = { %s = ... } of the network%s"):format(self:_title(),
          p.name, p.name, p.name, near and (" (which has '%s')"):format(near) or ""))
      end
      self._values[p.name] = value
    end
  end
  self._lookups = lookup.take(self:_title(), made_of, arrays)
end

-- ---- in words ----

--- "population 'E'".
function Object:_title() return ("%s '%s'"):format(getmetatable(self)._noun, self._fixed.name) end

--- Where a message is about: "population 'E', v".
function Object:_where(name) return ("%s '%s', %s"):format(getmetatable(self)._noun, self._fixed.name, name) end

--- Names of the variables that users see.
function Object:_variable_names()
  local names = {}
  for _, v in ipairs(self._compiled.variables) do
    if self:_is_shown(v) then names[#names + 1] = v.name end
  end
  return names
end

--- What else can be read, for messages.
function Object:_known_names() return self:_variable_names() end

--- Names of variables and methods, for completion at the prompt.
function Object:__complete()
  local names = self:_variable_names()
  for name in pairs(getmetatable(self)) do
    if name:sub(1, 1) ~= "_" then names[#names + 1] = name end
  end
  return names
end

-- ---- what a class may say of itself ----

--- The whole of which it is a part, and its part of an array with a value for each element: views are parts.
function Object:_whole() return self end

function Object:_part(a) return a end

--- Does it emit spikes?
function Object:_has_spikes() return false end

--- The synapses that kernels run on: the engine's projection, or nil.
function Object:_synapses() return nil end

--- The storage of synapses for which native code is made.
function Object:_format() return nil end

--- How many elements there are, by what kernels go over, where they are so few that the counts are worth a compilation of their own; else nil.
function Object:_few() return nil end

--- The values in the array of a variable of this scope in the order of the elements: the array itself where it has that order, else a copy.
function Object:_in_order(_, a) return a end

--- Where the elements with these numbers (nil: all) stand in the array of a variable; nil: all, in their order.
function Object:_places_of(_, numbers) return numbers end

--- Let `change` write into the values of an array in the order of the elements.
function Object:_edit(_, a, change) change(a) end

--- Variables that live in continuous time are brought to the present before anybody reads them; the present, where there are any.
function Object:_flush()
  if #self._compiled.flushes > 0 then return self._core:flush() end
end

--- Must a variable be flushed before it is read? What only reads the others leaves no trace in the rounding of what comes.
function Object:_is_event_driven(name)
  for _, flush in ipairs(self._compiled.flushes) do
    for _, variable in ipairs(flush.vars) do
      if variable == name then return true end
    end
  end
  return false
end

--- First element and number of elements of a program.
function Object:_elements(entry) return 1, entry.over == "uniform" and 0 or self:_count(entry.over) end

--- Does it run a program in steps, or at all?
function Object:_runs(_, row) return row.list ~= nil end

--- Is a variable put back by reset?
function Object:_is_reset(v) return v.kind ~= "parameter" and v.kind ~= "derived" end

--- Is it a variable of its own that users know?
function Object:_is_shown(v) return v.kind ~= "hidden" and v.kind ~= "derived" end

--- All its elements are in this process.
function Object:_be_whole() end

--- What draws the elements of a variable of this scope, in place of engine.draw; nil: that does.
function Object:_drawing() end

--- May one value for all become one for each element?
function Object:_may_widen(v) return v.flag_level ~= 0 and v.kind ~= "hidden" end

--- The scope of what has a value for each element.
function Object:_widest() return "elem" end

--- How many elements what is kept in this scope has for users.
function Object:_n_elements(scope) return self:_count(scope) end

--- Over what a variable that is one value for all varies once it is written in parts.
function Object:_scope_of_flag() return self:_widest() end

--- A function that gives the values of a variable in the order of the elements, at this moment; nil where its array is just that.
function Object:_reading() end

--- Call `look` while event-driven variables are at the present; then they are as before.
function Object:_at_present(look) return look() end

--- May some write to a variable be refused? (Of parameters only those that are driven.)
function Object:_may_refuse(v)
  return self._driven[v.name] or v.kind == "target" or v.kind ~= "parameter" and self._model ~= nil and computed.line(self._model.checked, v.name) ~= nil
end

--- The script has to do with a variable.
function Object:_note_use() end

--- It was bound anew: what reads it follows.
function Object:_changed() end

-- ---- arrays ----

--- The array of a variable.
function Object:_array(name)
  local a = self._arrays[name]
  if not a then error(("%s has no array '%s'"):format(self:_title(), name)) end
  return a
end

--- The variable into which what is defined under a name is computed for recordings.
---@param name string
---@return table
function Object:_look_at(name)
  if not self._looked[name] then
    self._looked[name] = true
    self:_rebuild_or_undo(function() self._arrays[self._compiled.looks[name]], self._looked[name] = nil, nil end)
  end
  return self._compiled.variables_by_name[self._compiled.looks[name]]
end

--- Is it something that the model defines (':=')?
function Object:_is_defined(name) return self._model ~= nil and self._model.checked.definitions_by_name[name] ~= nil end

--- A variable as others see it: { scope, type, kind }, or nil.
function Object:_variable(name) return self._compiled.variables_by_name[name] end

--- The array that a program's slot stands for.
function Object:_resolve(slot)
  if slot.owner == "self" then return self._arrays[slot.var] or self:_array(slot.var) end
  if slot.owner == "array" then return lookup.array(lookup.of(self._lookups[slot.var])) end
  if slot.owner == "clock" then return self._net._core:dt_array(self._clock) end
  return self:_foreign(slot)
end

--- The array of a slot that belongs to another object.
function Object:_foreign(slot) return compiled.referenced(self, slot) end

--- Values of a variable that nobody gave any.
function Object:_fill_hidden(v, a) a:fill(v.init or 0) end

-- ---- compiling and binding ----

--- Compile the model for the present use.
function Object:_compile()
  local net = self._net
  local scopes = {}
  for name, scope in pairs(self._scopes) do scopes[name] = scope end
  local use = { name = self.name, param_scopes = scopes, refs = self._refs_use, method = net._method, rtol = net._rtol, atol = net._atol,
    precision = net._precision }
  local key = { scopes = scopes, refs = {}, method = net._method, rtol = net._rtol, atol = net._atol }
  for name, ref in pairs(self._refs) do key.refs[name] = { by = self._refs_use[name].by, scopes = ref.population:_scopes_key() } end
  use.looked = {}
  for name in pairs(self._looked) do table.insert(use.looked, name) end
  table.sort(use.looked)
  key.looked = use.looked
  use.arrays = {}
  for name, one in pairs(self._lookups) do use.arrays[name] = lookup.of(one).shape end
  key.arrays = use.arrays
  self:_add_use(use, key)
  self._made = compiled.compile(self._model.checked, use, key, { precision = net._precision, math = net._math, format = self:_format(),
    few = self:_few() })
  self._compiled = self._made.compiled
  for name in pairs(self._arrays) do          -- what other programs kept for themselves
    if name:find "^_p%d+$" and not self._compiled.variables_by_name[name] then self._arrays[name] = nil end
  end
  self:_check_channels(self._compiled.needs.channels)
end

--- What is looked up with a neuron's number must have a channel for each.
function Object:_check_channels(list)
  for _, one in ipairs(list or {}) do
    local n = self:_n_of_index(one.index)
    if n and n > one.channels then
      options.fail(("%s: array '%s' has %d channels, but '%s' goes to %d"):format(self:_title(), one.name, one.channels, one.index, n))
    end
  end
end

--- How far the number of a neuron goes, by the name that it has in equations; nil for other names.
function Object:_n_of_index(name) return name == "i" and self.size or nil end

--- Arrays follow the scopes: a value that was one for all, or one for each neuron, is spread over the elements that it is kept for now.
function Object:_follow()
  for _, v in ipairs(self._compiled.variables) do
    local a, before = self._arrays[v.name], self._scope_now[v.name]
    if a and before and before ~= v.scope then
      local spread = values.new_array(v, self:_count(v.scope), self._net._precision)
      if before == "uniform" then
        spread:fill(a[1])
      elseif v.scope == "syn" then
        self:_edit("syn", spread, function(each) each:assign(a:take(self:_neurons(before))) end)
      elseif v.scope == "uniform" and #a > 0 then
        spread:fill(a[1])
      end
      self._arrays[v.name] = spread
      self:_replaced(v.name, a, spread)
    end
    self._scope_now[v.name] = v.scope
  end
end

--- Arrays are those that the compilation needs, whatever they hold: a state is about to be put there.
function Object:_fit_arrays()
  for _, v in ipairs(self._compiled.variables) do
    local before, now = self._arrays[v.name], values.new_array(v, self:_count(v.scope), self._net._precision)
    if not before or #before ~= #now or before:type() ~= now:type() then
      self._arrays[v.name] = now
      if before and self:_synapses() then
        live.follow(self, v.name, before)          -- recordings of synapses follow when it is known which there are
      elseif before then
        self:_replaced(v.name, before, now)
      end
    end
    self._scope_now[v.name] = v.scope
  end
end

--- The array of a variable was replaced by another one: what is bound to it goes on with the new one.
function Object:_replaced(name, before, after)
  self._net:_array_replaced(self:_title(), name, before, after)
  live.follow(self, name, before)
end

--- Is the value of a parameter the script's?
local function is_given(self, v) return v.kind == "parameter" and self._values[v.name] ~= nil end
Object._is_given = is_given

--- Arrays for variables that have none yet, and their initial values: what was given, else what the model says, in the order of the model.
function Object:_initialise()
  local is_new = {}
  for _, v in ipairs(self._compiled.variables) do
    if not self._arrays[v.name] then
      local a = values.new_array(v, self:_count(v.scope), self._net._precision)
      if is_given(self, v) and self._values[v.name] ~= false then
        self:_assign(v, a, self._values[v.name])
      else
        self:_fill_hidden(v, a)
      end
      self._arrays[v.name], is_new[v.name] = a, true
    end
  end
  for k, entry in ipairs(self._compiled.programs) do
    if entry.role == "init" and is_new[entry.var] and not is_given(self, self._compiled.variables_by_name[entry.var]) then
      self:_run_program(k)
      engine.touch(self._arrays[entry.var])
    end
  end
end

--- Event-driven variables stand at `now`: the clocks of a new compilation start there.
function Object:_start_clocks(now)
  for _, flush in ipairs(self._compiled.flushes) do
    if flush.start then self._arrays[flush.start]:fill(now) end
    if flush.last then self._arrays[flush.last]:fill(now) end
    if flush.due then self._arrays[flush.due]:fill(now) end
  end
end

--- Bind the k-th program of the compilation to the arrays.
function Object:_bind_program(k)
  local first, n = self:_elements(self._compiled.programs[k])
  return compiled.bind(self, k, n, first)
end

--- Run the k-th program of the compilation now.
function Object:_run_program(k) self._net._core:run_bound(self:_bind_program(k), self._net._core:time()) end

--- Whole-population numbers that a program reads are computed before its kernel runs. `own` has arrays that stand for those of the object.
function Object:_add_reductions(bound, reductions, own)
  for _, r in ipairs(reductions) do compiled.reduce(self, bound, r, own and own[r.name] or self._arrays[r.name]) end
end

--- Derived constants are computed no longer: their arrays are about to be replaced.
function Object:_forget_derived()
  for _, token in ipairs(self._derived) do self._net._core:forget_derived(token) end
  self._derived = {}
end

--- Give the engine its kernels: name of a list -> kernels in order.
function Object:_set_kernels(lists)
  for _, list in ipairs(roles.lists(self._compiled.kind)) do self._core:set_kernels(list, lists[list] or {}) end
end

--- A kernel that brings event-driven variables to the present.
local function add_flush(self, k, bound)
  for _, flush in ipairs(self._compiled.flushes) do
    if flush.program == k then self._core:add_flush(flush.due and self._arrays[flush.due] or nil, { bound }) end
  end
end

--- Bind all programs that run in steps, and those that derive constants and flush.
function Object:_bind()
  local core, kind = self._net._core, self._compiled.kind
  self:_unbind()
  local lists = { derived = {} }
  for k, entry in ipairs(self._compiled.programs) do
    local row = roles.row(kind, entry.role)
    if self:_runs(entry, row) then
      local bound = self:_bind_program(k)
      local every = entry.every or entry.every_variable and self._arrays[entry.every_variable][1]
      if every then bound:every(every, 0, self._net:dt_of(self._clock), core:clock_step(self._clock)) end
      self:_add_reductions(bound, entry.reductions)
      if row.list == "flush" then
        add_flush(self, k, bound)
      elseif row.list == "later" then
        self._core:put_off(bound)
      else
        lists[row.list] = lists[row.list] or {}
        table.insert(lists[row.list], bound)
      end
    end
  end
  for _, bound in ipairs(lists.derived) do table.insert(self._derived, core:derived(bound, self:_synapses())) end
  self:_set_kernels(lists)
  self:_watch()
end

--- The engine looks whether states stay finite.
function Object:_watch()
  if not self._net._finite then return end
  local core = self._net._core
  for _, v in ipairs(self._compiled.variables) do
    if v.kind == "state" and v.type ~= "time" and v.scope ~= "uniform" then
      core:watch(self._arrays[v.name], ("%s, variable '%s'"):format(self:_title(), v.name))
      table.insert(self._watched, self._arrays[v.name])
    end
  end
end

--- Take away what `_bind` gave the engine besides kernels.
function Object:_unbind()
  self:_forget_derived()
  for _, a in ipairs(self._watched) do self._net._core:forget_watch(a) end
  self._watched = {}
end

--- Leave the engine.
function Object:_detach() self._core:remove() end

--- As what a compilation keeps event-driven variables, in words: their arrays mean the same under another one that says the same.
local function traces_of(made)
  local words = {}
  for _, flush in ipairs(made.flushes) do
    local entry = made.programs[flush.program]
    table.insert(words, entry.over or "")
    for _, slot in ipairs(entry.program.slots) do table.insert(words, ("%s.%s %s"):format(slot.owner, slot.var, slot.scope)) end
    for _, one in ipairs(entry.program.code) do
      table.insert(words, table.concat({ one.op, tostring(one.value), tostring(one.slot), table.unpack(one) }, " "))
    end
  end
  return table.concat(words, "\n")
end

--- Compile and bind anew after a change of the use; what reads the object follows. Event-driven variables are brought to the present only where they are kept
--- otherwise from now on: that rounds, and who only looks at something more must not be seen in what comes.
function Object:_rebuild()
  local before, now = self._compiled, nil
  self:_compile()
  if traces_of(before) ~= traces_of(self._compiled) then now = #before.flushes > 0 and self._core:flush() or self._net._core:time() end
  self:_follow()
  self:_initialise()
  if now then self:_start_clocks(now) end
  self:_bind()
  operation.rebind(self)
  self:_changed()
end

--- Compile and bind anew after a change of the use that `undo` takes back, should the call under way be refused.
function Object:_rebuild_or_undo(undo)
  self._net:_on_undo(function()
    undo()
    self:_rebuild()
  end)
  self:_rebuild()
end

--- Parameters that must differ more widely from now on: name -> scope.
function Object:_widen(scopes)
  local before, weight_scope = {}, rawget(self, "_weight_scope")
  for name, scope in pairs(self._scopes) do before[name] = scope end
  for name, scope in pairs(scopes) do self:_set_scope(name, scope) end
  self:_rebuild_or_undo(function()
    self._scopes = before
    if weight_scope then self._weight_scope = weight_scope end
  end)
end

function Object:_set_scope(name, scope) self._scopes[name] = scope end

-- ---- values ----

--- Why nobody may set what has this name; nil where one may.
function Object:_refusal(name)
  local v = self._compiled.variables_by_name[name]
  if self._fixed[name] ~= nil or self._readers[name] and not v then return ("is set when the %s is made"):format(self._noun) end
  if self._driven[name] then return "is set by its drive at every step" end
  if v and v.kind == "target" then return "is what arrives from projections: it is gathered anew in every step" end
  return computed.refusal(self, name)
end

--- The variable that users mean by a name; an error where there is none.
local function variable_of(self, name)
  local v = self._compiled.variables_by_name[name]
  if v and self:_is_shown(v) then return v end
  return options.fail(("%s: %s"):format(self:_title(), options.unknown("variable", name, self:_known_names())))
end

--- Values that have another scope than the variable has now: it gets theirs. A bad value changes nothing.
local function set_anew(self, v, scope, laid)
  local probe = array.new(self._net._precision, self:_n_elements(scope))
  values.assign(self:_where(v.name), self._net, self._object, probe, laid, v.is_int, self:_least(v.name), self:_drawing(scope))
  self:_widen { [v.name] = scope }
  local now = self._compiled.variables_by_name[v.name]          -- what varies with both sides already varies with each synapse
  self:_edit(now.scope, self._arrays[v.name], function(each) each:assign(now.scope == scope and probe or self:_lay_out(now, probe)) end)
end

--- Set a variable from whatever it may be given.
function Object:_set(name, value)
  self:_note_use(name)
  local why = self:_refusal(name)
  if why then options.fail(self:_where(name) .. " " .. why) end
  local v = variable_of(self, name)
  if type(value) == "string" and self:_takes_texts() then return self:_fill(name, value) end
  if planned.is_left(self._net, value) then
    if v.scope ~= self:_widest() and v.flag_level ~= 0 then self:_widen { [name] = self:_widest() } end
    return
  end
  if type(value) == "function" then value = self:_call(name, value) end
  self:_flush()
  if not values.is_one(value) then
    if live.is_number(v) then options.fail(("%s is one value for the whole %s: a number expected"):format(self:_where(name), self._noun)) end
    local scope, laid = self:_fit(name, value)
    if v.scope ~= scope and v.scope ~= self:_widest() then return set_anew(self, v, scope, laid) end
  end
  self:_assign(v, self._arrays[name], self:_lay_out(v, value))
end

--- Put a value into the array of a variable.
function Object:_assign(v, a, value)
  if planned.is_left(self._net, value) then return end
  self:_edit(v.scope, a, function(each) values.assign(self:_where(v.name), self._net, self._object, each, value, v.is_int, self:_least(v.name), self:_drawing(v.scope)) end)
end

--- The least value that may be put into a variable, where there is one.
function Object:_least() end

--- What a value that is not one number means: the scope that the variable needs, and the value laid out for it.
function Object:_fit(_, value) return self:_widest(), value end

--- May variables be set by equation texts?
function Object:_takes_texts() return self._model ~= nil end

--- Values that a function gives, one for each element; what has no use for functions leaves them to be refused.
function Object:_call(_, f) return f end

--- Values for a variable of a given scope, laid out for it.
function Object:_lay_out(_, value) return value end

local scope_of_flag = { population = "uniform", projection = "uniform", presynaptic = "pre", postsynaptic = "post" }

--- The widest scope that a variable may have: that which its parameter is said to have, or one value for each element.
local function widest(self, v)
  local parameter = self._model.checked.parameters_by_name[v.name]
  return parameter and scope_of_flag[parameter.scope] or self:_widest()
end

--- Fill a variable from an equation text: `pop.v = "-60 + 5 * Normal(0, 1)"`.
function Object:_fill(name, text)
  warnings.note_read(self, text)
  self:_flush()
  local v = self._compiled.variables_by_name[name]
  if v.scope == "uniform" and self:_may_widen(v) and widest(self, v) ~= "uniform" then self:_widen { [name] = widest(self, v) } end
  local net = self._net
  net._draws = net._draws + 1
  local made = model.guard(back.fill, self._model.checked, compiled.named(self._compiled, self.name), name, text, net._draws)
  local n, a = self:_count(self._compiled.variables_by_name[name].scope), self._arrays[name]
  local before = a:copy()
  net._core:run_bound(compiled.bound(self, kernel.program(made, net._precision), made.slots, nil, n), net._core:time())
  engine.touch(a)
  local bad = a:ne(a):find()
  if #bad == 0 then return end
  a:assign(before)
  options.fail(("%s: '%s' is not a number (NaN) for element %d"):format(self:_where(name), text, bad[1]))
end

function Object:__newindex(key, value)
  if getmetatable(self)._fields[key] then return rawset(self, key, value) end
  return self._net:_attempt(self._set, self, key, value)
end

function Object:__len() return self.size end

--- Put every variable that is reset back to its initial value.
function Object:_reset()
  local now = self:_flush() or self._net._core:time()
  for _, v in ipairs(self._compiled.variables) do
    if self:_is_reset(v) then self:_fill_hidden(v, self._arrays[v.name]) end
  end
  for k, entry in ipairs(self._compiled.programs) do
    if entry.role == "init" and self:_is_reset(self._compiled.variables_by_name[entry.var]) then self:_run_program(k) end
  end
  self:_start_clocks(now)
end

-- ---- state ----

--- What it is at this moment, as a list: its variables, which users read, fields of its own, and what the engine lists.
---@return StateItem[]
function Object:_state()
  local list = fields.items(self, function(field, name)
    if field ~= "_arrays" then return "house" end
    local v = self:_variable(name)
    return (not v or v.kind == "hidden" or v.kind == "derived") and "house" or "user", v and v.kind == "derived"
  end)
  return fields.add_engine_items(list, self._core)
end

object.base = Object
return object
