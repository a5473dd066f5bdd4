-- The emitter of C: the pieces of the prelude, names of users in generated code, and that what is shown is what is compiled.
local emit_c = require "lunapse.language.emit"
local emit_prelude = require "lunapse.language.emit.prelude"
local kernel = require "lunapse.core.kernel"
local lp = require "lunapse"

local HOST = os.getenv "HOST" or "build/lunapse"

local function shell(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local text = pipe:read "a"
  local _, _, status = pipe:close()
  return text, status
end

local function file_with(text, ending)
  local path = os.tmpname() .. (ending or "")
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
  return path
end

describe("the prelude", function()
  local pieces = emit_prelude.pieces(kernel.prelude())

  local function words_of(text)
    local set = {}
    for word in text:gsub("/%*.-%*/", ""):gmatch "[%a_][%w_]*" do set[word] = true end
    return set
  end

  it("declares what each piece needs: what its text names, no more and no less", function()
    assert.is_true(#pieces > 100)
    local of_type = { integers = { "int32_t", "int64_t", "uint32_t", "uint64_t" } }
    for _, piece in ipairs(pieces) do
      if piece.needs then
        local words, needs = words_of(piece.text), {}
        for _, other in ipairs(piece.needs) do needs[other] = true end
        for _, other in ipairs(pieces) do
          if other ~= piece and not of_type[other.name] and other.name ~= "LP_FUNCTION" then
            assert.equal(words[other.name] or false, needs[other.name] or false, piece.name .. " and " .. other.name)
          end
        end
        assert.is_true(not words.LP_FUNCTION or piece.name == "LP_FUNCTION" or needs.LP_FUNCTION or false, piece.name)
      else
        for _, one in pairs(piece.by_precision) do assert.is_table(pieces[one], piece.name) end
      end
    end
  end)

  it("has nothing outside of its pieces but comments and guards", function()
    local is_inside, is_comment = false, false
    for line in kernel.prelude():gmatch "([^\n]*)\n" do
      if is_comment or line:find "^/%*" then
        is_inside, is_comment = is_inside or line:find "^/%*@" ~= nil, not line:find "%*/%s*$"
      elseif line == "" then
        is_inside = false
      elseif not is_inside then
        assert.matches("^#ifndef LUNAPSE_", line:gsub("^#define LUNAPSE_", "#ifndef LUNAPSE_"):gsub("^#endif$", "#ifndef LUNAPSE_"))
      end
    end
  end)

  it("compiles piece by piece, with what that needs and nothing else", function()
    if not kernel.compiler() then return end
    local texts = {}          -- all in one file, each with names of its own: what a piece lacks, no other gives it
    for k, piece in ipairs(pieces) do
      local text = emit_prelude.select(kernel.prelude(), { KernelArgs = true, [piece.name] = true }, k % 2 == 0 and "float64" or "float32")
      texts[k] = text:gsub("[%a_][%w_]*", function(word) return pieces[word] and ("%s_%d"):format(word, k) end)
    end
    local path = file_with(table.concat(texts, "\n") .. "\n", ".c")
    local said = shell(("%s -std=gnu11 -fsyntax-only -Werror=implicit-function-declaration %s || echo refused"):format(kernel.compiler(), path))
    os.remove(path)
    assert.equal("", said)
  end)

  it("refuses a piece that is not there", function()
    assert.has_error(function() emit_prelude.select(kernel.prelude(), { lp_nothing = true }, "float64") end)
  end)
end)

it("the text of kernels has no names of objects or models: what is the same is compiled once, and found again", function()
  if not kernel.compiler() then return end
  local compiled = require "lunapse.network.compiled"
  local function texts(word, size)
    local net = lp.network { dt = 1, tier = "native" }
    local cells = net:population { name = word .. "s", size = size, neuron = lp.neuron { name = word, equations = "10 * dv/dt = -v + g_exc", spike = "v > 1", reset = "v = 0" } }
    local p = net:project { name = word, from = cells, to = cells, target = "exc", connect = lp.all_to_all(), synapse = lp.synapse { name = word, pre_spike = "g_target += w" } }
    local all = {}
    for k, object in ipairs { cells, p } do all[k] = compiled.source(compiled.native_entries(object._made), object._made.settings) end
    return all
  end
  local mine = texts("mine", 20)
  assert.matches("k_1_update", mine[1])
  assert.same(mine, texts("other", 30))
end)

-- Words of C and of its extensions, macros of compilers and systems, names of headers, of the prelude and of the loops of generated code.
local NASTY = { "unix", "linux", "asm", "typeof", "I", "near", "far", "double_t", "float_t", "NULL", "EOF", "main", "short", "long", "real", "auto", "register",
  "restrict", "inline", "signed", "volatile", "static", "struct", "union", "enum", "switch", "case", "default", "break", "goto", "return", "sizeof", "typedef",
  "extern", "const", "void", "char", "complex", "bool", "i386",
  "errno", "stdin", "stderr", "y0", "y1", "j0", "gamma", "signgam", "args", "storage", "first", "last", "begin", "n", "row", "minor", "list", "k", "l", "place",
  "base", "now", "step", "n_step", "hit", "word", "at", "all_normal_1", "n_spikes",
  "n_pre", "pre_first", "n_row", "column", "first_post", "int32_t", "int64_t", "uint64_t", "Storage", "KernelArgs", "LpWords",
  "lp_exp", "lp_exp64", "lp_min", "lp_hidden64", "lp_scan64", "LP_INF", "LP_FUNCTION", "LP_HALF_VECTORS", "x_v", "of_v", "at_v", "new_v", "x_1", "c_0_5", "k_1_update",
  "part_1", "lane_1", "key_1", "since_t_last", "is_past_frozen", "x_", "uniform_1", "draws", "dt_", "slot", "object", "seed", "end_", "inf_", "NAN", "M_PI" }

describe("names of users", function()
  if not kernel.compiler() then return end

  --- Neurons and synapses in which every nasty name is a parameter, a variable, or a target, run on a tier; all values at the end.
  local function run(tier, precision)
    local net = lp.network { dt = 0.5, seed = 4, tier = tier, precision = precision, threads = 1 }
    local equations, parameters, traces, events, learn = {}, {}, {}, {}, {}
    for k, name in ipairs(NASTY) do
      if k % 3 == 0 then
        parameters[name] = k / 10
      else
        equations[#equations + 1] = ("d%s/dt = (%d - %s)/10 + 0.5 * (if %s > 1: 0.25 else: %s) : init = %d"):format(name, k, name, name, name, k % 7)
      end
      if k % 3 == 0 then
        events[#events + 1] = ("%s = 0.5 * %s + w"):format(name, name)
        traces[#traces + 1] = ("%d * d%s/dt = -%s : event-driven"):format(k, name, name)
      elseif k % 3 == 1 then
        traces[#traces + 1] = ("d%s/dt = -%s/20 : init = 1, postsynaptic"):format(name, name)
      end
      if k % 3 ~= 2 then learn[#learn + 1] = "0.001 * " .. name end
    end
    local sum = {}
    for name in pairs(parameters) do sum[#sum + 1] = name end
    table.sort(sum)
    equations[#equations + 1] = "dv/dt = 1 + 0.01 * (" .. table.concat(sum, " + ") .. ") + g_exc + sum(unsigned)"
    local cell = lp.neuron { name = "nasty", parameters = parameters, equations = equations, spike = "v > 10", reset = "v = 0", refractory = 1 }
    local rule = lp.synapse { name = "nasty", equations = traces, pre_spike = { "g_target += w", table.unpack(events) },
      post_spike = "w += " .. table.concat(learn, " + ") .. " : min = 0, max = 5" }
    local cells = net:population { name = "cells", size = 8, neuron = cell }
    cells.v = lp.array { 0, 1, 2, 3, 4, 5, 6, 7 }
    local dense = net:project { from = cells, to = cells, target = "exc", connect = lp.all_to_all(), weights = 0.1, synapse = rule }
    local rows = net:project { from = cells, to = cells, target = "exc", connect = lp.fixed_probability(0.5), weights = 0.1, delays = 1, synapse = rule }
    net:project { from = cells, to = cells, target = "unsigned", connect = lp.pairs({ 1 }, { 2 }), synapse = lp.synapse { psp = "w * pre.linux" } }
    net:run(60)
    for native in pairs(net._natives) do assert.equal("ready", native:state(), native:log()) end
    assert.equal(tier == "native", next(net._natives) ~= nil)
    local values = {}
    for _, object in ipairs { cells, dense, rows } do
      for _, variable in ipairs(object._compiled.variables) do
        local value = variable.kind ~= "hidden" and variable.kind ~= "derived" and object[variable.name]
        for k, x in ipairs(type(value) == "number" and { value } or value and value:flatten():table() or {}) do
          values[#values + 1] = ("%s %d %a"):format(variable.name, k, x)
        end
      end
    end
    return values
  end

  for _, precision in ipairs { "float64", "float32" } do
    it("may be any word, in both tiers, with the same bits in " .. precision, function()
      local interpreted = run("interpreter", precision)
      assert.is_true(#interpreted > #NASTY)
      assert.same(interpreted, run("native", precision))
    end)
  end
end)

describe("denormal numbers in texts", function()
  if not kernel.compiler() then return end

  local lines = {
    "a = floor(-min(x, 4.9e-324))", "b = heaviside(x) * 1e-160 * 1e-160", "c = floor(-(if x > 0: 1e-310 else: -1e-39))", "e = exp(-744) * x",
    "f = (if x > 1: 1e-200 else: 1e-100) * 1e-120 * 1e-200", "g = 1e-200 * 1e-120 * 1e200", "h = (x / 2.2e307) / 1e10", "k = abs(-1e-310)",
    "m = (if x > 1: -1e-310 else: 1) / 1e-30", "n = floor(-1e-310)",
  }

  local function run(tier, precision)
    local net = lp.network { dt = 1, seed = 1, tier = tier, precision = precision, threads = 1 }
    local cells = net:population { size = 5, neuron = lp.neuron { equations = { "x = i - 2", table.unpack(lines) } } }
    net:run(3)
    local values = {}
    for _, line in ipairs(lines) do
      local name = line:sub(1, 1)
      for k = 1, 5 do values[#values + 1] = ("%s %d %a"):format(name, k, cells[name][k]) end
    end
    return values, cells
  end

  for _, precision in ipairs { "float64", "float32" } do
    it("are zero in both tiers, in " .. precision, function()
      local interpreted, cells = run("interpreter", precision)
      assert.same(interpreted, (run("native", precision)))
      for _, name in ipairs { "a", "b", "f" } do
        for k = 3, 5 do assert.equal(0, cells[name][k], name) end
      end
      for _, name in ipairs { "g", "k", "n" } do      -- one value for all
        for k = 1, 5 do assert.equal(0, cells[name][k], name) end
      end
    end)
  end
end)

describe("--dump=c", function()
  if not kernel.compiler() then return end

  it("shows the text that is compiled, of every kind of program", function()
    local script = file_with([[
      local kernel = require "lunapse.core.kernel"
      local lp = require "lunapse"
      local asked, native = {}, kernel.native
      kernel.native = function(text, math) asked[#asked + 1] = text return native(text, math) end
      local net = lp.network { tier = "native", threads = 1, math = "fast" }
      local cell = lp.neuron { equations = "dv/dt = 1 - v + g_exc\nr = v", spike = "v > 2", reset = "v = 0", axon_spike = "v > 1", axon_reset = "v = 0.5" }
      local A = net:population { name = "A", size = 4, neuron = cell }
      local rule = lp.synapse { equations = "dx/dt = -x : event-driven", pre_spike = "g_target += w\nx += 1", post_spike = "w += 0.1 * x",
        creating = "pre.v + post.v > 0.5 : proba = 0.5", pruning = "w > 3" }
      for _, connect in ipairs { lp.all_to_all(), lp.fixed_probability(0.5), lp.pairs({ 1, 2 }, { 2, 1 }) } do
        local p = net:project { from = A, to = A, target = "exc", connect = connect, synapse = rule }
        p:start_creating { every = 1 }
        p:start_pruning { every = 1 }
      end
      net:run(3)
      package.loaded.asked = asked
      for _, text in ipairs(asked) do io.stdout:write("ASKED\n", text, "END\n") end
    ]], ".lua")
    local text = shell(("%s --dump=c %s"):format(HOST, script))
    os.remove(script)
    local asked, shown = text:match "^(.*END\n)(.*)$"
    assert.is_string(asked, text)
    local n = 0
    for source in asked:gmatch "ASKED\n(.-)END\n" do
      n = n + 1
      assert.is_truthy(shown:find(source, 1, true), "not shown: " .. source:match "^[^\n]*")
    end
    assert.is_true(n >= 3)
    assert.matches("creating: all, dense_p", shown)
    assert.is_nil(shown:find "creating: all, rows")
  end)
end)

describe("a request for native code", function()
  if not kernel.compiler() then return end

  it("says by itself whether mathematics may be fast, and the two are two libraries", function()
    local slots = { { name = "v", scope = "elem", kind = "real" } }
    local p = { name = "p", nest = "each", slots = slots, code = { { op = "load", slot = 1 }, { op = "mul", 1, 1 }, { op = "store", 2, slot = 1 } } }
    local text = emit_c.source { programs = { p }, kernel = kernel }
    local exact, fast = kernel.native(text), kernel.native(text, "fast")
    assert.equal("ready", exact:wait(60e3), exact:log())
    assert.equal("ready", fast:wait(60e3), fast:log())
    assert.has_error(function() kernel.native(text, "fsat") end)
    -- what the text says does not matter
    local odd = kernel.native("/* #define LP_FAST_MATH 1 */\n" .. text)
    assert.equal("ready", odd:wait(60e3), odd:log())
  end)
end)

describe("NaN in min, max and clip", function()
  for _, tier in ipairs { "interpreter", "native" } do
    it("is what docs/language.md says: " .. tier, function()
      if tier == "native" and not kernel.compiler() then return end
      local wanted = { ["max(no, 0)"] = 0, ["max(0, no)"] = "nan", ["min(no, 0)"] = 0, ["min(0, no)"] = "nan", ["max(no, 0, 1)"] = 1,
        ["max(0, 1, no)"] = "nan", ["clip(no, 0, 1)"] = "nan" }
      local lines, names = { "no = zero/zero" }, {}
      for text in pairs(wanted) do
        names[#names + 1] = text
        lines[#lines + 1] = ("x%d = %s"):format(#names, text)
      end
      local net = lp.network { dt = 1, tier = tier, finite = false }
      local p = net:population { size = 5, neuron = lp.neuron { parameters = { zero = 0 }, equations = table.concat(lines, "\n") } }   -- elements of a vector, and what is left over
      net:run(2)
      for k, text in ipairs(names) do
        for i = 1, 5 do
          local got = p["x" .. k][i]
          assert.equal(wanted[text], got ~= got and "nan" or got, text)
        end
      end
    end)
  end
end)

describe("few elements", function()
  if not kernel.compiler() then return end

  --- A neuron with inputs that learn, and one for all: bits at the end.
  local function run(options)
    local net = lp.network { dt = 1, seed = 3, tier = options.tier, precision = options.precision, threads = options.threads }
    if options.parts then net._core:split(options.parts) end
    local input = net:poisson { size = options.inputs, rates = lp.linspace(5, 60, options.inputs) }
    local output = net:population { size = options.outputs, neuron = lp.models.Izhikevich, parameters = { noise = 0 } }
    output:compute_rate(100)
    local from = options.slice and input:slice(2, options.inputs) or input
    for _, rule in ipairs { "nearest_neighbour_STDP", "homeostatic_STDP", "STDP" } do
      net:project { from = from, to = output, target = "exc", synapse = lp.models[rule], connect = lp.all_to_all(), weights = lp.uniform(0.01, 0.5) }
    end
    net:run(300)
    local lists = { output.v:table(), output.r:table() }
    for _, p in ipairs(net.projections) do lists[#lists + 1] = p.w:table() end
    return lists, output
  end

  for _, precision in ipairs { "float64", "float32" } do
    it("are computed in loops of known lengths, to the same bits: " .. precision, function()
      for _, size in ipairs { { 1, 1 }, { 20, 1 }, { 67, 3 }, { 100, 8 }, { 70, 9 } } do
        for _, slice in ipairs { false, size[1] > 1 or nil } do
          local function with(tier, threads, parts)
            return (run { tier = tier, precision = precision, inputs = size[1], outputs = size[2], slice = slice, threads = threads, parts = parts })
          end
          local wanted = with("interpreter", 1)
          assert.same(wanted, with("native", 1))
          assert.same(wanted, with("native", 2, 2))
        end
      end
    end)
  end

  it("have a compilation of their own", function()
    local _, few = run { tier = "native", precision = "float64", inputs = 20, outputs = 8 }
    local _, more = run { tier = "native", precision = "float64", inputs = 20, outputs = 9 }
    local compiled = require "lunapse.network.compiled"
    local function text(object) return (compiled.source(compiled.native_entries(object._made), object._made.settings)) end
    assert.matches("args%->last == 8 %? k_1_update_of%(args, 0, 8%)", text(few))
    assert.not_matches("_of%(args", text(more))
    assert.matches("== 20 .* == 8 .* k_%d_pre_spike_of%(args, 0, 0, 20, 8, 0, 0%)", text(few._net.projections[1]))
  end)
end)

describe("neurons that are one long chain", function()
  if not kernel.compiler() then return end

  local function neuron(noise)
    return lp.neuron { parameters = { I = 14 }, equations = ("20 * dv/dt = -65 - v + 2*exp((v + 50)/2) + I%s : init = Uniform(-70, -50)"):format(noise), spike = "v > -40",
      reset = "v = -65" }
  end

  --- Who spiked when, and where they are at the end.
  local function run(noise, size, options)
    local net = lp.network { dt = 0.1, seed = 3, tier = options.tier, precision = options.precision, threads = options.threads, method = noise == "" and "rk4" or "euler" }
    if options.threads then net._core:split(options.threads) end
    local cells = net:population { size = size, neuron = neuron(noise), parameters = { I = lp.linspace(12, 25, size) } }
    local spikes = net:record(cells, "spike")
    net:run(100)
    return { cells.v:table(), spikes.t:table(), spikes.neuron:table() }, cells
  end

  for _, precision in ipairs { "float64", "float32" } do
    it("go through it 64 at a time, to the same bits and spikes: " .. precision, function()
      for _, noise in ipairs { "", " + 3*xi" } do
        for _, size in ipairs { 2, 63, 64, 200, 333 } do
          local wanted = run(noise, size, { tier = "interpreter", precision = precision })
          assert.is_true(#wanted[2] > size / 2)
          assert.same(wanted, (run(noise, size, { tier = "native", precision = precision })))
          assert.same(wanted, (run(noise, size, { tier = "native", precision = precision, threads = 2 })))
        end
      end
    end)
  end

  it("are found by the length of the chain", function()
    local compiled = require "lunapse.network.compiled"
    local function text(model)
      local cells = lp.network({ dt = 0.1 }):population { size = 100, neuron = model }
      return (compiled.source(compiled.native_entries(cells._made), cells._made.settings, ""))
    end
    assert.matches("mark%[k%] = ", text(neuron ""))
    assert.not_matches("mark", text(lp.models.LIF))
    assert.not_matches("mark", text(lp.models.HH_cond_exp))
  end)
end)
