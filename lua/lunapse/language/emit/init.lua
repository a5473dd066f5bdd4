-- Kernel programs as C: pleasant to read, quick to compile, the same bits as the interpreter.
--
--   program --emit_order--> another order --emit_values--> levels, uses, aliases --emit_body--> statements --emit_loop--> loops --emit_prelude--> the file
--
-- One function per program. Values that are the same for all elements stand before the loops, those of the outer neuron before the inner
-- loop. Nothing here may change a result: no reassociation, no other function than the interpreter's.
local emit_body = require "lunapse.language.emit.body"
local emit_loop = require "lunapse.language.emit.loop"
local emit_names = require "lunapse.language.emit.names"
local emit_order = require "lunapse.language.emit.order"
local emit_prelude = require "lunapse.language.emit.prelude"
local emit_values = require "lunapse.language.emit.values"

local emit_c = {}

--- The name of the C function of the index-th program.
---@param index integer
---@param program table
---@return string
function emit_c.symbol(index, program) return ("k_%d_%s"):format(index, emit_names.clean(program.name)) end

-- Pointers to the arrays that are used. `restrict` where no other slot can be the same array.
local function declare_arrays(out, body)
  for _, s in ipairs(body.arrays) do
    local qualifier = s.may_alias and "" or " restrict"
    local constant = s.is_written and "" or "const "
    out[#out + 1] = ("  %s%s *const%s %s = args->slot[%d];"):format(constant, body:element_type(s), qualifier, s.array, s.number - 1)
  end
end

-- What a function asks for how many elements there are, and the names under which it gets them where they are few.
local NAMES = { ["args%->first"] = "from", ["args%->last"] = "to", ["storage%->n_pre"] = "n_pre", ["storage%->n_post"] = "n_post",
                ["storage%->pre_first"] = "pre_first", ["storage%->post_first"] = "post_first" }

-- Few elements: the loops stand in a function that is put in place twice, once for the counts that are expected, so that compilers know how long each loop is.
-- Another count, or a part of the elements, is as right and takes longer.
local function know_counts(out, begin, symbol, program, format, counts)
  local outer = format and emit_loop.outer(program.nest, format)
  for k = begin, #out do
    for asked, name in pairs(NAMES) do out[k] = out[k]:gsub(asked, name) end
  end
  local parameters, given, expected = "int64_t from, int64_t to", "args->first, args->last", "args->first == 0 && args->last == " .. (counts.elem or 0)
  local known = "0, " .. (counts.elem or 0)
  if format then
    local storage = "args->storage->"
    parameters = parameters .. ", int64_t n_pre, int64_t n_post, int64_t pre_first, int64_t post_first"
    given = ("%s, %sn_pre, %sn_post, %spre_first, %spost_first"):format(given, storage, storage, storage, storage)
    known = ("0, 0, %d, %d, 0, 0"):format(counts.pre, counts.post)
    expected = ("%sn_pre == %d && %sn_post == %d && %spre_first == 0 && %spost_first == 0 && args->first == 0 && %s"):format(storage, counts.pre, storage,
      counts.post, storage, storage, program.nest == "all" and ("args->last == " .. counts[outer]) or "args->last == 0")
  end
  out[begin] = ("static inline __attribute__((always_inline)) int64_t %s_of(const KernelArgs *args, %s) {"):format(symbol, parameters)
  out[#out + 1] = ("static __attribute__((noinline)) int64_t %s_any(const KernelArgs *args) { return %s_of(args, %s); }"):format(symbol, symbol, given)
  out[#out + 1] = ("int64_t %s(const KernelArgs *args) {"):format(symbol)
  out[#out + 1] = ("  return %s ? %s_of(args, %s) : %s_any(args);"):format(expected, symbol, known, symbol)
  out[#out + 1] = "}"
end

local function emit_function(out, index, program, name, counts, options)
  local is_one_chain
  program, is_one_chain = emit_order.side_by_side(program, options.ops)
  local format = emit_values.SYNAPTIC[program.nest] and (options.formats[name] or
    error(("program '%s': nest '%s' needs a storage format"):format(program.name, program.nest), 3))
  format = format and emit_loop.format(format)
  local analysis = emit_values.analyse(program, format, options.ops)
  local body = emit_body.new { program = program, analysis = analysis, precision = options.precision, ops = options.ops, names = emit_names.scope(),
    pieces = options.pieces }
  body.is_one_chain = is_one_chain
  body.is_independent = emit_values.is_independent(format, analysis)
  body.sums_alone = emit_values.sums_alone(program, analysis)
  body:write()
  out[#out + 1] = ""
  out[#out + 1] = ("/* %s: %s%s */"):format(emit_names.comment(program.name), program.nest, format and ", " .. name or "")
  if #body.sums > 0 and body.is_single and format and format.half_vectors then out[#out + 1] = body:piece("LP_HALF_VECTORS") end
  out[#out + 1] = ("int64_t %s(const KernelArgs *args) {"):format(emit_c.symbol(index, program))
  local begin = #out
  declare_arrays(out, body)
  if body.uses.now then out[#out + 1] = "  const double now = args->t;" end
  if body.uses.step then
    out[#out + 1] = body.is_single and "  const int32_t step = args->step > 2147483647 ? 2147483647 : (int32_t)args->step;"
      or "  const int64_t step = args->step;"
  end
  for _, line in ipairs(body.lines[0]) do out[#out + 1] = "  " .. line end
  emit_loop.write(out, body, format)
  out[#out + 1] = "}"
  if counts and emit_loop.is_short(body) then know_counts(out, begin, emit_c.symbol(index, program), program, format, counts) end
end

--- C text with one function per program. No name of an object stands in it: the same programs are the same text, and are compiled once.
---@param options table  programs: list of program tables; formats: for each that walks synapses the name of their storage format (a name of
--- kernel.formats()); counts: for each of few elements how many are expected, { elem } or { pre, post }; precision: "float64" or "float32"; kernel: the module lunapse.core.kernel
---@return string
function emit_c.source(options)
  local settings = { precision = options.precision or "float64", ops = options.kernel.ops(), formats = options.kernel.formats(),
    pieces = { KernelArgs = true } }
  local out = {}
  for index, program in ipairs(options.programs) do
    emit_function(out, index, program, options.formats and options.formats[index], options.counts and options.counts[index], settings)
  end
  return table.concat({
    "/* Kernels generated by Lunapse. */",
    emit_prelude.select(options.kernel.prelude(), settings.pieces, settings.precision),
    ("typedef %s real;"):format(settings.precision == "float32" and "float" or "double"),
    table.concat(out, "\n"), "",
  }, "\n")
end

return emit_c
