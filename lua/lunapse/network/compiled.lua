--- Compiled models: what the language made of a model for one use of it, its kernel programs, their native code, and how they are bound to arrays.
---
--- A model is compiled for what is special about its use (which parameters differ per element, which targets there are, how synapses
--- are stored), never for values. Equal uses share one compilation, so that a thousand projections of one rule compile once.
local array = require "lunapse.core.array"
local host = require "lunapse.core.host"
local kernel = require "lunapse.core.kernel"
local back = require "lunapse.language.back"
local model = require "lunapse.network.model"
local partners = require "lunapse.network.partners"
local roles = require "lunapse.language.base.roles"

local compiled = {}

local compilations = setmetatable({}, { __mode = "k" })   -- checked model -> key -> compilation

local function sorted_text(t)
  if type(t) ~= "table" then return tostring(t) end
  local parts, value_of = {}, {}
  for key, value in pairs(t) do
    key = tostring(key)
    parts[#parts + 1], value_of[key] = key, value
  end
  table.sort(parts)
  for k, key in ipairs(parts) do parts[k] = key .. "=" .. sorted_text(value_of[key]) end
  return "{" .. table.concat(parts, ",") .. "}"
end

--- Rates: learning and the next step's sums in one program, where the two can be one (role "ahead").
local function add_ahead(model_made)
  local psp, equations
  for _, entry in ipairs(model_made.programs) do
    if entry.role == "psp" then
      if psp then return end
      psp = entry
    elseif entry.role == "summed" or entry.role == "equations" then
      equations = entry
    end
  end
  if not psp or not equations or equations.role == "summed" or equations.over ~= "syn" or equations.every or equations.every_variable or
    #psp.reductions > 0 or #equations.reductions > 0 then return end
  local program = require("lunapse.language.back.fuse").programs(equations.program, psp.program, "ahead")
  if program then table.insert(model_made.programs, roles.entry("synapse", "ahead", { over = "syn", program = program })) end
end

--- Compile `checked` with `use` (the options of language/back/init.lua) once for each `key`. `settings`: precision, math, for synapses the format in which
--- they are stored, and how many elements there are where they are few (`_few`).
---@return table compilation { compiled, programs (userdata, in the compiled order), native (handle or nil), symbols }
function compiled.compile(checked, use, key, settings)
  local per_model = compilations[checked]
  if not per_model then
    per_model = {}
    compilations[checked] = per_model
  end
  key = table.concat({ sorted_text(key), settings.precision, settings.format or "none", settings.math, sorted_text(settings.few) }, "|")
  local found = per_model[key]
  if found then return found end
  local made = { settings = settings, use = use, programs = {} }
  made.compiled = model.guard(checked.kind == "neuron" and back.neuron or back.synapse, checked, use)
  if checked.kind == "synapse" then add_ahead(made.compiled) end
  for k, entry in ipairs(made.compiled.programs) do made.programs[k] = kernel.program(entry.program, settings.precision) end
  if not host.is_debug then per_model[key] = made end
  return made
end

--- What texts are compiled against, under the name of the object: equal objects share a compilation.
function compiled.named(made, name) return setmetatable({ name = name }, { __index = made }) end

-- ---- native code ----

local FEW, FEW_INPUTS = 8, 1024     -- more, and what surrounds a loop no longer counts beside it

--- How many neurons there are, by what kernels go over, where they are so few that it is worth a compilation of their own to know it; else nil.
function compiled.few_neurons(n) return n <= FEW and { elem = n } or nil end

--- The same for the dense synapses of a few neurons with their inputs.
function compiled.few_synapses(format, pre, post)
  if kernel.formats()[format].layout ~= "dense" or math.min(pre, post) > FEW or math.max(pre, post) > FEW_INPUTS then return nil end
  return { pre = pre, post = post }
end

--- Is native code made of a program? Not of those that run rarely, nor of linear systems, which are no text.
---@param made table  compilation
---@param entry table
---@return boolean
function compiled.is_native(made, entry)
  return roles.row(made.compiled.kind, entry.role).is_native == true and not entry.program.linear
end

--- The storage format that a program walks: that of its synapses, or of a block of pairs. nil where there is none.
local function format_of(entry, format)
  if not format or entry.over ~= "pairs" then return format end
  return kernel.formats()[format].block
end

--- How many elements a program is expected to walk, where they are few: generated loops are compiled for them, too (emit/init.lua).
local function counts_of(entry, few)
  if not few then return nil end
  local nest = entry.program.nest
  if nest == "each" then
    local n = few[entry.over] or few.elem
    return n and { elem = n }
  end
  return nest ~= "list" and few.pre and entry.over ~= "pairs" and few or nil
end

--- The C text of programs, and the name of the function of each.
---@param entries table[]   of a compiled model
---@param settings table    see compiled.compile
---@return string
---@return string[] symbols
function compiled.source(entries, settings)
  local emit_c = require "lunapse.language.emit"
  local programs, formats, symbols, counts = {}, {}, {}, {}
  for k, entry in ipairs(entries) do
    programs[k], formats[k], symbols[k] = entry.program, format_of(entry, settings.format), emit_c.symbol(k, entry.program)
    counts[k] = counts_of(entry, settings.few)
  end
  return emit_c.source { programs = programs, formats = formats, counts = counts, precision = settings.precision, kernel = kernel }, symbols
end

--- Those programs of a compilation of which native code is made, and where each stands among all.
---@return table[] entries
---@return integer[] places
function compiled.native_entries(made)
  local entries, places = {}, {}
  for k, entry in ipairs(made.compiled.programs) do
    if compiled.is_native(made, entry) then entries[#entries + 1], places[#places + 1] = entry, k end
  end
  return entries, places
end

--- Ask for native code of a compilation, once. Nobody waits: kernels swap over when it is there.
local function request_native(made)
  if made.native ~= nil then return end
  local entries, places = compiled.native_entries(made)
  made.native, made.symbols = false, {}
  if #entries == 0 then return end
  local text, symbols = compiled.source(entries, made.settings)
  for k, place in ipairs(places) do made.symbols[place] = symbols[k] end
  made.native = kernel.native(text, made.settings.math)
end

--- Native code for kernels that were bound one by one (operations): one library for all of them.
function compiled.native_for(net, entries, bounds, format)
  if net._tier == "interpreter" or #entries == 0 then return end
  local text, symbols = compiled.source(entries, { precision = net._precision, format = format })
  local native = kernel.native(text, net._math)
  net:_note_native(native)
  for k, bound in ipairs(bounds) do bound:native(native, symbols[k]) end
end

-- ---- binding ----

--- Arrays that hold picked elements of another: array -> { source, index }. They are filled before each kernel that reads them.
local picked = setmetatable({}, { __mode = "k" })

--- An array of an object that holds picked elements of another array, filled before each kernel that reads it.
---@param object Population|Projection
---@param key string     under which the object keeps it
---@param source array
---@param index array    numbers from 1
---@return array
function compiled.picked(object, key, source, index)
  local known = object._picked[key]
  if not known or not rawequal(picked[known].source, source) or #known ~= #index then
    known = array.new(source:type(), #index)
    object._picked[key] = known
  end
  picked[known] = { source = source, index = index }
  return known
end

--- The array of a variable of other synapses, as those that read it see it.
local function beside(object, ref, name, slot)
  local source, index = partners.source(object, ref, slot.var, slot.scope == nil)
  if not index then return source end
  return compiled.picked(object, name .. "." .. slot.var .. (slot.scope == nil and " whole" or ""), source, index)
end

--- The array of a variable of a referenced population, as the reading object sees it. References by an index, or to a part of a population, read
--- picked elements. A slot without a scope means the population as a whole, for reductions.
function compiled.referenced(object, slot)
  local name = slot.owner:match "^ref:(.*)$"
  local ref = object._refs[name]
  if ref.is_synapses then return beside(object, ref, name, slot) end
  local source = ref.population:_array(slot.var)
  local index = ref.index
  local is_one = slot.scope == "uniform"            -- one neuron for all: read as a double, in float32 networks too
  if is_one and (ref.population:_variable(slot.var).scope == "uniform" or (not index and source:type() == "float64")) then return source end
  if not is_one and (not index or (slot.scope == nil and not ref.is_part)) then return source end
  index = index or array.from({ 1 }, "int64")
  local key = name .. "." .. slot.var .. (is_one and " of one" or "")
  local known = object._picked[key]
  if not known or not rawequal(picked[known].source, source) then
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

--- Bind a program to the arrays of an object: `n` of its elements, from `first` (1) on; its synapses, or a block of pairs.
---@param program userdata
---@param slots table[]  of the program
---@param own? table<string, array>  arrays that stand in for those of the object
---@return Bound
function compiled.bound(object, program, slots, own, n, first, pairs_of)
  local arrays, resolve = {}, object._resolve
  for k, slot in ipairs(slots) do arrays[k] = own and slot.owner == "self" and own[slot.var] or resolve(object, slot) end
  local bound = compiled.bound_to(object, program, arrays, n, first, pairs_of)
  for _, a in ipairs(arrays) do fill_picked(bound, a) end
  return bound
end

--- Bind a program to arrays, one for each of its slots.
---@return Bound
function compiled.bound_to(object, program, arrays, n, first, pairs_of)
  return object._net._core:bind(program, arrays, n, pairs_of or object:_synapses(), object._object, first)
end

--- Before each run of a kernel, compute a number for the whole of a variable: `reduction` is a row of a compiled model's list.
---@param target array  [1]
function compiled.reduce(object, bound, reduction, target)
  local source = object:_resolve { owner = reduction.owner, var = reduction.var }
  fill_picked(bound, source)
  bound:reduce(reduction.op, source, target)
end

--- Bind the k-th program of an object's compilation to the object's arrays.
---@return Bound
function compiled.bind(object, k, n, first)
  local net, made = object._net, object._made
  local entry = made.compiled.programs[k]
  local bound = compiled.bound(object, made.programs[k], entry.program.slots, nil, n, first)
  bound:over(entry.over)
  if entry.program.again then bound:title(object:_title()) end
  if entry.tag then bound:tag(entry.tag) end
  if net._tier ~= "interpreter" and compiled.is_native(made, entry) then
    request_native(made)
    if made.native then
      net:_note_native(made.native)
      bound:native(made.native, made.symbols[k])
    end
  end
  return bound
end

return compiled
