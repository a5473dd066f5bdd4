-- Loops of generated C: one way to walk a row of synapses, and for each storage format an accessor set: where rows, places and inner neurons stand.
-- A program that sums over rows or finds spikes works on 256 elements at a time.
local emit_loop = {}

local BLOCK = 256     -- as DRAWS_MOST of kernel/draws.h
local SHORT = 40      -- lines of a loop that may be written or compiled twice
local FAR = 1 << 17   -- rows of more synapses than that are asked for,
local LONG = 256      -- the next one by rows at least so long, by others the one behind it,
local ASKED = 64      -- so many elements at a time
local AHEAD = " + 24"  -- below COLUMN_AHEAD of synapses/storage_rows.c
local MARKED, MARK = 64, { [64] = "short", [32] = "signed char" }     -- elements that go side by side, and what marks one that spiked: of a quarter of the width
local PART = { ["64"] = 64, ["32"] = 128 }     -- elements: 512 bytes; a longer buffer shares its low address bits with too much of what is read

-- ---- the rows of each storage format ----------------------------------------------------------------------------------
-- For each layout of kernel/formats.def: the rows of `all` synapses, those of listed `majors`, those of listed `minors`. Each gives
--   setup       once per call
--   head        the loop over outer neurons, and what is constant in a row; n_row is the row's length
--   place, inner, inner_type   expressions of $k, the element of the row. $o is the outer side, $i the inner one
--   inner_first   the place is an expression of the inner neuron
--   is_inner_at_place   the inner neuron is an expression of the place
--   is_scattered  the places of a row do not follow one another
--   ahead       the place that will be wanted AHEAD elements later, which is asked for; behind the last row there are so many to read
--   row_at, beside  where a row of the list (%s) begins and ends, and what of 32 bits is read at its places beside values
--   pieces        what it needs of the prelude
-- An index read from memory is unsigned: gcc gathers by a signed one with vgather into a register that it does not clear, so that each gather waits
-- for the one before it (5.3 against 3.4 ms for 10^7 synapses).
-- And for the layout:
--   minor_outside   in `minors` the outer neuron is the listed one; else it is the major
--   is_unique       no row has two synapses of one inner neuron
--   runs            the rows of `all` come in runs that differ by the same steps (rows_at_once)
--   half_vectors    sums in single precision are better in vectors of half the width (emit/init.lua)
local layouts = { dense = { is_unique = true, half_vectors = true }, rows = { minor_outside = true },
                  lattice = { minor_outside = true, runs = true } }

function layouts.dense.all() return {
  setup = { "const int64_t first = args->last > 0 ? args->first : storage->$o_first;",
            "const int64_t last = args->last > 0 ? args->last : storage->$o_first + storage->n_$o;",
            "const int64_t n_row = storage->n_$i, first_$i = storage->$i_first;" },
  head = { "for (int64_t $o = first; $o < last; $o++) {", "  const int64_t base = ($o - storage->$o_first) * n_row;" },
  place = "base + $k", inner = "first_$i + $k", inner_type = "int64_t" } end

function layouts.dense.majors() return {
  setup = { "const int32_t *const restrict list = args->list;",
            "const int64_t first_$i = args->last > 0 ? args->first : storage->$i_first;",
            "const int64_t n_row = (args->last > 0 ? args->last : storage->$i_first + storage->n_$i) - first_$i;" },
  head = { "for (int64_t l = 0; l < args->n_list; l++) {", "  const int64_t $o = list[l];",
           "  const int64_t base = ($o - storage->$o_first) * storage->n_$i + (first_$i - storage->$i_first);" },
  place = "base + $k", inner = "first_$i + $k", inner_type = "int64_t" } end

function layouts.dense.minors() return {
  setup = { "const int32_t *const restrict list = args->list;", "const int64_t n_row = args->n_list;",
            "const int64_t first = args->last > 0 ? args->first : storage->$o_first;",
            "const int64_t last = args->last > 0 ? args->last : storage->$o_first + storage->n_$o;" },
  head = { "for (int64_t $o = first; $o < last; $o++) {", "  const int64_t base = ($o - storage->$o_first) * storage->n_$i - storage->$i_first;" },
  place = "base + $i", inner = "list[$k]", inner_type = "uint32_t", inner_first = true } end

function layouts.rows.all() return {
  setup = { "const int64_t first = args->last > 0 ? args->first : 0, last = args->last > 0 ? args->last : storage->n_$o;",
            "const int64_t *const restrict row = storage->rows.row;", "const int32_t *const restrict minor = storage->rows.minor;" },
  head = { "for (int64_t $o = first; $o < last; $o++) {", "  const int64_t base = row[$o], n_row = row[$o + 1] - base;" },
  place = "base + $k", inner = "minor[place]", inner_type = "uint32_t", is_inner_at_place = true } end

function layouts.rows.majors() return {
  setup = { "const int32_t *const restrict list = args->list;", "const int64_t *const restrict row = storage->rows.row;",
            "const int32_t *const restrict minor = storage->rows.minor;" },
  head = { "for (int64_t l = 0; l < args->n_list; l++) {", "  const int64_t $o = list[l];",
           "  const int64_t base = args->begin ? args->begin[l] : row[$o];",
           "  const int64_t n_row = (args->begin ? args->end[l] : row[$o + 1]) - base;" },
  beside = { "minor" },
  row_at = { "args->begin ? args->begin[%s] : row[list[%s]]", "args->begin ? args->end[%s] : row[list[%s] + 1]" },
  place = "base + $k", inner = "minor[place]", inner_type = "uint32_t", is_inner_at_place = true } end

local column_place = "stretch[column_at[base + $k%s] >> bits].first + (column_at[base + $k%s] & number)"

function layouts.rows.minors() return {
  setup = { "const int32_t *const restrict list = args->list;", "const int64_t *const restrict column = storage->rows.column;",
            "const uint32_t *const restrict column_at = storage->rows.column_at;",
            "const Stretch *const restrict stretch = storage->rows.stretch;",
            "const int bits = storage->rows.stretch_bits;", "const uint32_t number = ((uint32_t)1 << bits) - 1;" },
  head = { "for (int64_t l = 0; l < args->n_list; l++) {", "  const int64_t $o = list[l];",
           "  const int64_t base = column[$o], n_row = column[$o + 1] - base;" },
  place = column_place:format("", ""), ahead = column_place:format(AHEAD, AHEAD), inner = "stretch[column_at[base + $k] >> bits].major",
  inner_type = "uint32_t", is_scattered = true } end

local LATTICE_ROW = { "  const int32_t *const restrict inners = run.inners, *const restrict steps = run.places;",
                      "  const int64_t base = run.place, first_$i = run.inner + storage->$i_first;" }

local function lattice(fields)
  table.move(LATTICE_ROW, 1, #LATTICE_ROW, #fields.head + 1, fields.head)
  table.insert(fields.setup, 1, "const LatticeRows *const lattice = storage->lattice.$o;")
  fields.place, fields.inner, fields.inner_type, fields.is_scattered = "base + steps[$k]", "first_$i + inners[$k]", "int64_t", true
  return fields
end

function layouts.lattice.all() return lattice {
  pieces = { "lattice_run" },
  setup = { "const int64_t first = args->last > 0 ? args->first : storage->$o_first;",
            "const int64_t last = args->last > 0 ? args->last : storage->$o_first + storage->n_$o;" },
  head = { "for (int64_t $o = first; $o < last; $o++) {", "  const LatticeRun run = lattice_run(lattice, $o - storage->$o_first);",
           "  const int64_t n_row = run.n_row;" } } end

function layouts.lattice.majors() return lattice {
  pieces = { "lattice_run", "lattice_before" },
  setup = { "const int32_t *const restrict list = args->list;" },
  head = { "for (int64_t l = 0; l < args->n_list; l++) {", "  const int64_t $o = list[l];",
           "  LatticeRun run = lattice_run(lattice, $o - storage->$o_first);",
           "  if (args->begin) {",
           "    const int64_t from = args->begin[l] - lattice_before(lattice, $o - storage->$o_first);",
           "    run.n_row = args->end[l] - args->begin[l];", "    run.inners += from;", "    run.places += from;", "  }",
           "  const int64_t n_row = run.n_row;" } } end

layouts.lattice.minors = layouts.lattice.majors

--- What the emitter must know of a storage format: its layout's facts, as above, and `major`, the side of its rows. nil for programs over neurons.
---@param facts table  of kernel.formats()
---@return table
function emit_loop.format(facts)
  local layout = layouts[facts.layout] or error(("generated C knows no storage '%s'"):format(facts.layout))
  return setmetatable({ major = facts.major }, { __index = layout })
end

--- The side ("pre" or "post") of the neuron in the outer loop.
---@param nest "all"|"pre"|"post"
---@param format table
---@return string
function emit_loop.outer(nest, format)
  if nest == "all" or nest == format.major or not format.minor_outside then return format.major end
  return nest
end

local function rows_of(nest, format, outer)
  local shape = format[nest == "all" and "all" or nest == format.major and "majors" or "minors"]()
  local inner = outer == "pre" and "post" or "pre"
  local function fill(text) return (text:gsub("%$o", outer):gsub("%$i", inner)) end
  for _, list in ipairs { shape.setup, shape.head } do
    for k, text in ipairs(list) do list[k] = fill(text) end
  end
  shape.place, shape.inner, shape.inner_name = fill(shape.place), fill(shape.inner), inner
  return shape
end

--- May its loops be compiled twice?
---@return boolean
function emit_loop.is_short(body) return #body.lines[2] <= SHORT end

-- ---- writing --------------------------------------------------------------------------------------------------------
local function indent(out, depth, lines)
  local space = ("  "):rep(depth)
  for _, line in ipairs(lines) do out[#out + 1] = space .. line end
end

-- Rows of a large storage come from far: while one is gone through, one of the next is asked for, a line of it for every line of this one. Asked for all at once
-- they would stand in each other's way.
local function asks(body, shape) return shape.row_at and #body.sums == 0 end

local function row_ahead(out, shape)
  local from, to = shape.row_at[1]:gsub("%%s", "ask"), shape.row_at[2]:gsub("%%s", "ask")
  indent(out, 2, { ("const int64_t ask = l + (n_row < %d ? 2 : 1);"):format(LONG), ("const int is_asked = storage->n_synapses > %d && ask < args->n_list;"):format(FAR),
    ("const int64_t next = is_asked ? (%s) : 0, n_next = is_asked ? (%s) - next : 0;"):format(from, to) })
end

local function asking_loop(out, depth, body, shape, hint, declare)
  indent(out, depth, { ("for (int64_t begin = 0; begin < n_row; begin += %d) {"):format(ASKED),
    ("  const int64_t end = n_row - begin < %d ? n_row : begin + %d;"):format(ASKED, ASKED) })
  local function ask(array, bits)
    indent(out, depth + 1, { ("for (int64_t k = begin; k < begin + %d && k < n_next; k += %d) __builtin_prefetch(&%s[next + k]);"):format(ASKED, 512 // bits, array) })
  end
  for _, array in ipairs(shape.beside) do ask(array, 32) end
  for _, s in ipairs(body.arrays) do
    if s.scope == "elem" then ask(s.array, body.width) end
  end
  for _, line in ipairs(hint) do out[#out + 1] = line end
  indent(out, depth + 1, { "for (int64_t k = begin; k < end; k++) {" })
  indent(out, depth + 2, declare)
  indent(out, depth + 2, body.lines[2])
  indent(out, depth + 1, { "}" })
  indent(out, depth, { "}" })
end

-- The loop over n_row elements: plain, or in blocks when sums are collected or the next row is asked for.
local function inner_loop(out, depth, body, shape, is_independent)
  local declare, element = {}, { ["$k"] = #body.sums > 0 and "begin + k" or "k" }
  local place = ("const int64_t place = %s;"):format((shape.place:gsub("%$k", element)))
  local inner = ("const %s %s = %s;"):format(shape.inner_type, shape.inner_name, (shape.inner:gsub("%$k", element)))
  local needs_inner = body.uses[shape.inner_name]
  local needs_place = body.uses.place or (needs_inner and shape.is_inner_at_place)
  if shape.inner_first then
    if needs_inner or needs_place then declare = needs_place and { inner, place } or { inner } end
  else
    if needs_place then declare[#declare + 1] = place end
    if needs_inner then declare[#declare + 1] = inner end
  end
  if shape.ahead and needs_place then
    declare[#declare + 1] = ("const int64_t ahead = %s;"):format((shape.ahead:gsub("%$k", element)))
    for _, s in ipairs(body.arrays) do
      if s.scope == "elem" then declare[#declare + 1] = ("__builtin_prefetch(&%s[ahead]);"):format(s.array) end
    end
  end
  local hint = is_independent and not shape.inner_first and not shape.is_scattered and { "#pragma GCC ivdep" } or {}
  if asks(body, shape) then return asking_loop(out, depth, body, shape, hint, declare) end
  if #body.sums == 0 then
    for _, line in ipairs(hint) do out[#out + 1] = line end
    indent(out, depth, { "for (int64_t k = 0; k < n_row; k++) {" })
    indent(out, depth + 1, declare)
    indent(out, depth + 1, body.lines[2])
    indent(out, depth, { "}" })
    return
  end
  local part = PART[tostring(body.width)]
  indent(out, depth, { ("for (int64_t begin = 0; begin < n_row; begin += %d) {"):format(part),
                       ("  const int64_t n = n_row - begin < %d ? n_row - begin : %d;"):format(part, part) })
  for _, sum in ipairs(body.sums) do indent(out, depth + 1, { ("real %s[%d];"):format(sum.part, part) }) end
  for _, line in ipairs(hint) do out[#out + 1] = line end
  indent(out, depth + 1, { "for (int64_t k = 0; k < n; k++) {" })
  indent(out, depth + 2, declare)
  indent(out, depth + 2, body.lines[2])
  indent(out, depth + 1, { "}" })
  for _, sum in ipairs(body.sums) do indent(out, depth + 1, { ("lp_lanes%s(%s, %s, n);"):format(body.width, sum.lane, sum.part) }) end
  indent(out, depth, { "}" })
end

local function add_total(body, sum)
  local s = sum.slot
  local target = s.scope == "uniform" and "*" .. s.array or ("%s[%s]"):format(s.array, s.scope)
  local cast = s.scope == "uniform" and "(double)" or ""
  return ("%s += %slp_total%s(%s);"):format(target, cast, body.width, sum.lane)
end

local function kept(body, scope, depth, out, is_begin)
  for _, s in ipairs(body.arrays) do
    if s.variable and s.scope == scope then
      local place = scope == "uniform" and "*" .. s.array or ("%s[%s]"):format(s.array, scope)
      indent(out, depth, { is_begin and ("%s %s = %s;"):format(body:element_type(s), s.variable, place) or ("%s = %s;"):format(place, s.variable) })
    end
  end
end

-- Sums of rows that differ by the same steps, 64 rows at once: short rows leave vectors empty, many rows do not. Each row is summed in its own order:
-- element k goes to lane k mod 32.
local function rows_at_once(out, body, shape)
  local outer, inner = body.analysis.outer, shape.inner_name
  local function fill(text) return (text:gsub("%$o", outer):gsub("%$i", inner)) end
  body:piece("lp_fold" .. body.width)
  indent(out, 1, { fill "for (int64_t at = first; at < last;) {", fill "  const LatticeRun run = lattice_run(lattice, at - storage->$o_first);",
    "  const int64_t n_rows = run.n < last - at ? run.n : last - at;",
    "  for (int64_t begin = 0; begin < n_rows && run.n_row > 0; begin += 64) {",
    "    const int64_t n = n_rows - begin < 64 ? n_rows - begin : 64;" })
  for _, sum in ipairs(body.sums) do indent(out, 3, { ("real %s[32 * 64], spare_%s[64];"):format(sum.lane, sum.part) }) end
  indent(out, 3, { "for (int64_t element = 0; element < run.n_row; element++) {",
    "  const int64_t place_at = run.place + run.places[element] + begin * run.place_step;",
    fill "  const int64_t $i_at = run.inner + run.inners[element] + begin * run.inner_step + storage->$i_first;" })
  for _, sum in ipairs(body.sums) do
    indent(out, 4, { ("real *const restrict %s = element < 32 ? %s + 64 * element : spare_%s;"):format(sum.part, sum.lane, sum.part) })
  end
  local function loop(condition, place_step, inner_step)
    indent(out, 4, { condition .. " {" })
    out[#out + 1] = "#pragma GCC ivdep"
    indent(out, 5, { "for (int64_t k = 0; k < n; k++) {" })
    if body.uses[outer] then indent(out, 6, { fill "const int64_t $o = at + begin + k;" }) end
    if body.uses.place then indent(out, 6, { "const int64_t place = place_at" .. place_step .. ";" }) end
    if body.uses[inner] then indent(out, 6, { fill("const int64_t $i = $i_at" .. inner_step .. ";") }) end
    indent(out, 6, body.lines[1])
    indent(out, 6, body.lines[2])
    indent(out, 5, { "}" })
    indent(out, 4, { "}" })
  end
  loop("if (run.inner_step == 1 && run.place_step == 0)", "", " + k")
  loop("else if (run.inner_step == 0 && run.place_step == 1)", " + k", "")
  loop("else", " + k * run.place_step", " + k * run.inner_step")
  for _, sum in ipairs(body.sums) do
    indent(out, 4, { ("for (int64_t k = 0; k < n && element >= 32; k++) %s[64 * (element & 31) + k] += %s[k];"):format(sum.lane, sum.part) })
  end
  indent(out, 3, { "}" })
  for _, sum in ipairs(body.sums) do
    indent(out, 3, { ("lp_fold%s(%s, run.n_row < 32 ? run.n_row : 32, n);"):format(body.width, sum.lane),
      ("for (int64_t k = 0; k < n; k++) %s[at + begin + k] += %s[k];"):format(sum.slot.array, sum.lane) })
  end
  indent(out, 2, { "}", "at += n_rows;" })
  indent(out, 1, { "}", "return 0;" })
end

local function synaptic(out, body, format)
  local outer = body.analysis.outer
  local shape = rows_of(body.program.nest, format, outer)
  for _, name in ipairs(shape.pieces or {}) do body:piece(name) end
  indent(out, 1, { "const Storage *const storage = args->storage;" })
  indent(out, 1, shape.setup)
  if body.program.nest == "all" and format.runs and body.sums_alone and #body.sums > 0 then return rows_at_once(out, body, shape) end
  kept(body, "uniform", 1, out, true)
  indent(out, 1, shape.head)
  if #body.sums > 0 then indent(out, 2, { "if (n_row <= 0) continue;" }) end
  if asks(body, shape) then row_ahead(out, shape) end
  kept(body, outer, 2, out, true)
  for _, sum in ipairs(body.sums) do indent(out, 2, { ("real %s[32] = { 0 };"):format(sum.lane) }) end
  indent(out, 2, body.lines[1])
  inner_loop(out, 2, body, shape, body.is_independent)
  for _, sum in ipairs(body.sums) do indent(out, 2, { add_total(body, sum) }) end
  kept(body, outer, 2, out, false)
  indent(out, 1, { "}" })
  kept(body, "uniform", 1, out, false)
  indent(out, 1, { "return 0;" })
end

-- Draw the numbers of a block of n elements from `begin` on.
local function fill_draw(out, fill)
  indent(out, 2, { ("real %s[%d];"):format(fill.name, BLOCK) })
  for _, name in ipairs(fill.arguments) do indent(out, 2, { ("real %s[%d];"):format(name, BLOCK) }) end
  if #fill.arguments > 0 then
    indent(out, 2, { "for (int64_t k = 0; k < n; k++) {", "  const int64_t i = begin + k;" })
    indent(out, 3, fill.lines)
    indent(out, 2, { "}" })
  end
  local arguments = table.concat({ fill.key, "begin", "n", "args->step", table.unpack(fill.arguments) }, ", ")
  local call = ("args->draws->%s(%s, %s);"):format(fill.kind, arguments, fill.name)
  if not fill.unless_zero then return indent(out, 2, { call }) end
  indent(out, 2, { ("if (%s != 0) %s"):format(fill.unless_zero, call), ("else for (int64_t k = 0; k < n; k++) %s[k] = 0;"):format(fill.name) })
end

-- `n` elements from `begin` on; `last`: what is done with an element at the end.
local function pass(out, depth, body, begin, n, last)
  out[#out + 1] = body.is_independent and "#pragma GCC ivdep" or nil
  indent(out, depth, { ("for (int64_t k = 0; k < %s; k++) {"):format(n), ("  const int64_t i = %s + k;"):format(begin) })
  indent(out, depth + 1, body.lines[2])
  indent(out, depth + 1, { last })
  indent(out, depth, { "}" })
end

-- All n of them, word by word: the bits of a word say who spiked. Where a word is soon done it counts that compilers know how many elements it has.
--
-- Where an element is one long chain of operations, a processor waits for it: the next elements are too far away to be seen. So four vectors of them go side by side, as a compiler
-- makes them where something in the loop is a quarter as wide as a real: marks in place of bits. What is left is as above, since four vectors at once leave many elements over.
local function words(out, depth, body)
  local word, of_block = tonumber(body.width), {}
  for _, fill in ipairs(body.draws) do of_block[#of_block + 1] = fill.name end
  for _, sum in ipairs(body.sums) do of_block[#of_block + 1] = sum.part end
  for _, name in ipairs(of_block) do indent(out, depth, { ("real *const all_%s = %s;"):format(name, name) }) end
  local bits = { begin = ("uint%d_t hit = 0;"):format(word), set = ("hit |= (uint%d_t)%s << k;"):format(word, body.spikes_if),
    note = ("n_spikes = %s(hit, at, args->spikes, n_spikes);"):format(body:piece("lp_scan" .. word)) }
  local function one(head, n, by)
    indent(out, depth, { head, "  const int64_t at = begin + word;", "  " .. by.begin })
    for _, name in ipairs(of_block) do indent(out, depth + 1, { ("real *const %s = all_%s + word;"):format(name, name) }) end
    pass(out, depth + 1, body, "at", n, by.set)
    indent(out, depth, { "  " .. by.note, "}" })
  end
  local function whole(n, by) one(("for (; n - word >= %d; word += %d) {"):format(n, n), tostring(n), by) end
  indent(out, depth, { "int64_t word = 0;" })
  if body.is_one_chain then
    whole(MARKED, { begin = ("%s mark[%d];"):format(MARK[word], MARKED), set = ("mark[k] = %s;"):format(body.spikes_if),
      note = ("n_spikes = %s(mark, %d, at, args->spikes, n_spikes);"):format(body:piece("lp_scan_marks" .. word), MARKED) })
  elseif emit_loop.is_short(body) then
    whole(word, bits)
    return one("if (word < n) {", "n - word", bits)
  end
  one(("for (; word < n; word += %d) {"):format(word), ("(n - word < %d ? n - word : %d)"):format(word, word), bits)
end

-- In blocks of 256, whose numbers are drawn together, or whose sums are collected.
local function blocks(out, body)
  for _, sum in ipairs(body.sums) do indent(out, 1, { ("real %s[32] = { 0 };"):format(sum.lane) }) end
  indent(out, 1, { ("for (int64_t begin = first; begin < last; begin += %d) {"):format(BLOCK),
                   ("  const int64_t n = last - begin < %d ? last - begin : %d;"):format(BLOCK, BLOCK) })
  for _, sum in ipairs(body.sums) do indent(out, 2, { ("real %s[%d];"):format(sum.part, BLOCK) }) end
  for _, fill in ipairs(body.draws) do fill_draw(out, fill) end
  if body.spikes_if then words(out, 2, body) else pass(out, 2, body, "begin", "n") end
  for _, sum in ipairs(body.sums) do indent(out, 2, { ("lp_lanes%s(%s, %s, n);"):format(body.width, sum.lane, sum.part) }) end
  indent(out, 1, { "}" })
  if #body.sums == 0 then return end
  indent(out, 1, { "if (last > first) {" })
  for _, sum in ipairs(body.sums) do indent(out, 2, { add_total(body, sum) }) end
  indent(out, 1, { "}" })
end

-- Over neurons: element i.
local function each(out, body)
  indent(out, 1, { "const int64_t first = args->first, last = args->last;" })
  if body.spikes_if then indent(out, 1, { "int64_t n_spikes = 0;" }) end
  kept(body, "uniform", 1, out, true)
  if #body.sums > 0 or #body.draws > 0 then
    blocks(out, body)
  elseif body.spikes_if then
    indent(out, 1, { "const int64_t begin = first, n = last - first;" })
    words(out, 1, body)
  else
    out[#out + 1] = body.is_independent and "#pragma GCC ivdep" or nil
    indent(out, 1, { "for (int64_t i = first; i < last; i++) {" })
    indent(out, 2, body.lines[2])
    indent(out, 1, { "}" })
  end
  kept(body, "uniform", 1, out, false)
  indent(out, 1, { body.spikes_if and "return n_spikes;" or "return 0;" })
end

local function list(out, body)
  indent(out, 1, { "const int32_t *const restrict list = args->list;" })
  kept(body, "uniform", 1, out, true)
  indent(out, 1, { "for (int64_t k = 0; k < args->n_list; k++) {", "  const int64_t i = list[k];" })
  indent(out, 2, body.lines[2])
  indent(out, 1, { "}" })
  kept(body, "uniform", 1, out, false)
  indent(out, 1, { "return 0;" })
end

--- Append the loops around the statements of `body` to `out`.
function emit_loop.write(out, body, format)
  if not body.analysis.has_elements then
    indent(out, 1, { "return 0;" })
  elseif body.program.nest == "each" then
    each(out, body)
  elseif body.program.nest == "list" then
    list(out, body)
  else
    synaptic(out, body, format)
  end
end

return emit_loop
