--- What populations and projections share: a compiled model, the arrays of its variables, and the kernels bound to them.
---
--- A model is compiled for what is special about its use (which parameters differ per element, which targets there are, how synapses
--- are stored), never for values. Equal uses share one compilation, so that a thousand projections of one rule compile once.
local array = require "lunapse.core.array"
local engine = require "lunapse.core.engine"
local kernel = require "lunapse.core.kernel"
local back = require "lunapse.language.back"
local model = require "lunapse.network.model"
local options = require "lunapse.options"
local random = require "lunapse.network.distribution"

local instance = {}

local compilations = setmetatable({}, { __mode = "k" })   -- checked model -> key -> compilation

local function sorted_text(t)
  if type(t) ~= "table" then return tostring(t) end
  local keys = {}
  for k in pairs(t) do keys[#keys + 1] = k end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  local parts = {}
  for k, key in ipairs(keys) do parts[k] = tostring(key) .. "=" .. sorted_text(t[key]) end
  return "{" .. table.concat(parts, ",") .. "}"
end

--- Rates: learning and the next step's sums in one program, where the two can be one (role "ahead").
local function add_ahead(compiled)
  local psp, equations
  for _, entry in ipairs(compiled.programs) do
    if entry.role == "psp" then
      if psp then return end
      psp = entry
    elseif entry.role == "summed" or entry.role == "equations" then
      equations = entry
    end
  end
  if not psp or not equations or equations.role == "summed" or equations.over ~= "syn" or equations.every or equations.every_variable or
    #(compiled.reductions or {}) > 0 then return end
  local program = require("lunapse.language.back.fuse").programs(equations.program, psp.program, "ahead")
  if program then compiled.programs[#compiled.programs + 1] = { role = "ahead", over = "syn", program = program } end
end

--- Compile `checked` with `use` (the options of language/back/init.lua) once for each `key`.
--- `formats` says for which storage native code of synapse programs is made.
---@return table compilation { compiled, programs (userdata, in the compiled order), native (handle or nil), symbols }
function instance.compile(checked, use, key, settings)
  local per_model = compilations[checked]
  if not per_model then
    per_model = {}
    compilations[checked] = per_model
  end
  key = table.concat({ sorted_text(key), settings.precision, settings.format or "none", settings.math }, "|")
  local found = per_model[key]
  if found then return found end
  local compiled = model.guard(checked.kind == "neuron" and back.neuron or back.synapse, checked, use)
  if checked.kind == "synapse" then add_ahead(compiled) end
  local made = { compiled = compiled, programs = {}, settings = settings, use = use }
  for k, entry in ipairs(compiled.programs) do made.programs[k] = kernel.program(entry.program, settings.precision) end
  per_model[key] = made
  return made
end

--- Scopes of the variables of a population: what a compilation that reads them depends on.
function instance.scopes_of(pop)
  local key = { rate = pop._rate_window ~= nil, spikes = pop:_has_spikes(), axon = pop._compiled.has_axon }
  for name, v in pairs(pop._compiled.variables_by_name) do
    if v.kind ~= "derived" then key[name] = v.scope .. ":" .. v.type end
  end
  return key
end

--- The same of all populations that an object reads by reference.
function instance.scopes_of_refs(object)
  local key = {}
  for name, ref in pairs(object._refs or {}) do key[name] = { by = object._refs_use[name].by, scopes = instance.scopes_of(ref._population) } end
  return key
end

--- What texts are compiled against, under the name of the object: equal objects share a compilation.
function instance.named(compiled, name) return setmetatable({ name = name }, { __index = compiled }) end

--- Programs that run too rarely to be compiled.
local interpreted = { derive = true, init = true }

--- Is native code made of a program? Not of those that are no text: linear systems run as they are.
local function is_native(entry) return not interpreted[entry.role] and not entry.program.linear end

--- The storage for which native code of a program is made.
local function format_of(entry, format)
  local nest = entry.program.nest
  if nest == "each" or nest == "list" then return "none" end
  if entry.over == "pairs" then return format:find "_pre" and "dense_pre" or "dense_post" end      -- it walks pairs, not synapses
  return format
end

--- The C text of programs, and the name of the function of each.
---@param entries table[]   of a compiled model
---@param settings table    precision, format
---@param title string
---@return string
---@return string[] symbols
function instance.source(entries, settings, title)
  local emit_c = require "lunapse.language.emit"
  local programs, formats, symbols = {}, {}, {}
  for k, entry in ipairs(entries) do
    programs[k], formats[k], symbols[k] = entry.program, format_of(entry, settings.format), emit_c.symbol(k, entry.program)
  end
  return emit_c.source { programs = programs, formats = formats, precision = settings.precision, kernel = kernel, title = title }, symbols
end

--- Those programs of a compilation of which native code is made, and where each stands among all.
---@return table[] entries
---@return integer[] places
function instance.native_entries(made)
  local entries, places = {}, {}
  for k, entry in ipairs(made.compiled.programs) do
    if is_native(entry) then entries[#entries + 1], places[#places + 1] = entry, k end
  end
  return entries, places
end

--- Ask for native code of a compilation, once. Nobody waits: kernels swap over when it is there.
function instance.request_native(made)
  if made.native ~= nil then return end
  local entries, places = instance.native_entries(made)
  made.native, made.symbols = false, {}
  if #entries == 0 then return end
  local text, symbols = instance.source(entries, made.settings, made.compiled.name)
  for k, place in ipairs(places) do made.symbols[place] = symbols[k] end
  made.native = kernel.native(text, made.settings.math)
end

--- Arrays that hold picked elements of another: array -> { source, index }. They are filled before each kernel that reads them.
local picked = setmetatable({}, { __mode = "k" })

--- The array of a variable of a referenced population, as the reading object sees it. References by an index, or to a part of a population, read
--- picked elements. A slot without a scope means the population as a whole, for reductions.
---@param refs table      of the object: name -> { population, index?, view? }
function instance.referenced(object, slot)
  local name = slot.owner:match "^ref:(.*)$"
  local ref = object._refs[name]
  local source = ref.population:_array(slot.var)
  local index = ref.index
  local is_one = slot.scope == "uniform"            -- one neuron for all: read as a double, in float32 networks too
  if is_one and (ref.population:_variable(slot.var).scope == "uniform" or (not index and source:type() == "float64")) then return source end
  if not is_one and (not index or (slot.scope == nil and not ref.is_part)) then return source end
  index = index or array.from({ 1 }, "int64")
  object._picked = object._picked or {}
  local key = name .. "." .. slot.var .. (is_one and " of one" or "")
  local known = object._picked[key]
  if not known or picked[known].source ~= source then
    known = array.new(is_one and "float64" or source:type(), #index)
    picked[known] = { source = source, index = index }
    object._picked[key] = known
  end
  return known
end

local function fill_picked(bound, a)
  local from = picked[a]
  if from then bound:gather(from.source, a, from.index) end
end

--- Bind a program to arrays, as net._core:bind does.
function instance.bound(net, program, arrays, ...)
  local bound = net._core:bind(program, arrays, ...)
  for _, a in ipairs(arrays) do fill_picked(bound, a) end
  return bound
end

--- Compute a number for the whole of `source` before each run of a kernel.
function instance.reduce(bound, op, source, target)
  fill_picked(bound, source)
  bound:reduce(op, source, target)
end

--- Bind one program of a compilation to arrays. `resolve(slot)` gives the array of a slot.
function instance.bind(net, made, index, resolve, n, projection, object, first)
  local entry = made.compiled.programs[index]
  local arrays = {}
  for k, slot in ipairs(entry.program.slots) do arrays[k] = resolve(slot) end
  local bound = instance.bound(net, made.programs[index], arrays, n, projection, object, first)
  bound:over(entry.over == "pairs" and "syn" or entry.over)
  if net._tier ~= "interpreter" and is_native(entry) then
    instance.request_native(made)
    if made.native then
      net:_note_native(made.native)
      bound:native(made.native, made.symbols[index])
    end
  end
  return bound
end

--- Native code for kernels that were bound one by one (operations): one library for all of them.
function instance.native_for(net, entries, bounds, format)
  if net._tier == "interpreter" or #entries == 0 then return end
  local text, symbols = instance.source(entries, { precision = net._precision, format = format }, "operation")
  local native = kernel.native(text, net._math)
  net:_note_native(native)
  for k, bound in ipairs(bounds) do bound:native(native, symbols[k]) end
end

--- Type of the array that holds a variable.
local function array_type(variable, precision)
  if variable.scope == "uniform" or variable.type == "time" then return "float64" end
  if variable.type == "count" then return precision == "float32" and "int32" or "int64" end
  return precision
end

--- A new array for a variable, `n` elements.
function instance.new_array(variable, n, precision)
  return array.new(array_type(variable, precision), variable.scope == "uniform" and (variable.count or 1) or n)
end

--- Put a value into `a` (an array of `n` elements): a number, a table or array of n numbers, or a distribution.
---@param where string   for messages: "population 'E', v"
---@param net table
---@param object integer number of the object, for random streams
function instance.assign(where, net, object, a, value)
  local n = #a
  if type(value) == "number" or type(value) == "boolean" then
    if value ~= value then options.fail(("%s: the value is not a number (NaN)"):format(where)) end
    if value == math.huge or value == -math.huge then options.fail(("%s: the value must be finite, got %s"):format(where, options.show(value))) end
    a:fill(value == true and 1 or value or 0)
  elseif random.is(value) then
    net._draws = net._draws + 1
    a:assign(engine.random(value.kind, value.a, value.b, value.low, value.high, net._seed, object, net._draws, n))
  elseif type(value) == "table" or type(value) == "userdata" then
    local ok, from = pcall(array.from, value)
    if not ok then options.fail(("%s: numbers expected: %s"):format(where, tostring(from))) end
    if from:size() ~= n then options.fail(("%s: %d numbers expected, got %d"):format(where, n, from:size())) end
    from = from:flatten()
    local bad = from:ne(from)
    if bad:any() then options.fail(("%s: element %d is not a number (NaN)"):format(where, bad:find()[1])) end
    bad = ~from:isfinite()
    if bad:any() then options.fail(("%s: element %d must be finite, got %s"):format(where, bad:find()[1], options.show(from[bad:find()[1]]))) end
    a:assign(from)
  else
    options.fail(("%s: a number, a table or array of numbers, or a distribution expected, got %s"):format(where, options.show(value)))
  end
end

return instance
