-- Kernel programs: what is refused and with which words, and how the generated C reads.
local array = require "lunapse.core.array"
local emit_c = require "lunapse.language.emit"
local kernel = require "lunapse.core.kernel"

local function slot(name, scope, kind, owner)
  return { name = name, scope = scope, kind = kind or "real", owner = owner, var = owner and name }
end

local SLOTS = { slot("v", "elem", "real", "self"), slot("tau", "uniform", "real", "self"), slot("t_last", "elem", "time", "self"),
                slot("who", "elem", "index", "self") }
local SYNAPSES = { slot("w", "elem"), slot("post.g", "post"), slot("pre.r", "pre") }
local NOW = { op = "now" }

local function program(nest, slots, code) return { name = "test", nest = nest, slots = slots, code = code } end

describe("a program is refused when it", function()
  local cases = {
    { "names an unknown operation", "each", { { op = "madd" } }, "instruction 1: unknown operation 'madd'" },
    { "uses a value before it is there", "each", { { op = "neg", 1 } }, "instruction 1 %(neg%): argument 1 names value 1, which is not defined before it" },
    { "lacks an argument", "each", { NOW, { op = "add", 1 } }, "instruction 2 %(add%): takes 2 arguments, argument 2 is missing" },
    { "has an argument too many", "each", { NOW, { op = "neg", 1, 1 } }, "instruction 2 %(neg%): takes 1 argument, got more" },
    { "takes a bool for a real", "each", { NOW, { op = "lt", 1, 1 }, { op = "add", 1, 2 } },
      "instruction 3 %(add%): argument 2 must be a real; value 2 %(lt%) is a bool" },
    { "takes a real for a bool", "each", { NOW, { op = "spike", 1 } }, "instruction 2 %(spike%): argument 1 must be a bool" },
    { "uses a value of a store", "each", { NOW, { op = "store", 1, slot = 1 }, { op = "neg", 2 } }, "which has no value" },
    { "names no slot", "each", { { op = "load", slot = 9 } }, "names slot 9; there are 4 slots" },
    { "reads after writing", "each", { NOW, { op = "store", 1, slot = 1 }, { op = "load", slot = 1 } },
      "instruction 3 %(load%): reads 'v', which instruction 2 %(store%) has written" },
    { "writes twice", "each", { NOW, { op = "store", 1, slot = 1 }, { op = "acc", 1, slot = 1 } }, "instruction 3 %(acc%): writes 'v', which instruction 2" },
    { "stores what varies into one place", "each", { { op = "load", slot = 1 }, { op = "store", 1, slot = 2 } },
      "stores into 'tau', of which there is one, a value that differs" },
    { "measures the age of a number", "each", { { op = "elapsed", slot = 1 } }, "slot 'v' must be of kind time, it is of kind real" },
    { "writes an index", "each", { NOW, { op = "store", 1, slot = 4 } }, "slot 'who' holds indexes, which no program may write" },
    { "sums over neurons into neurons", "each", { NOW, { op = "sum", 1, slot = 1 } }, "reduces into 'v' of scope elem in nest 'each'" },
    { "spikes twice", "each", { NOW, { op = "lt", 1, 1 }, { op = "spike", 2 }, { op = "spike", 2 } }, "instruction 3 says already who spikes" },
    { "spikes in a list", "list", { NOW, { op = "lt", 1, 1 }, { op = "spike", 2 } }, "spikes need nest 'each', this is 'list'" },
    { "asks for a neuron that is none", "each", { { op = "index", scope = "pre" } }, "there is no such index in nest 'each'" },
    { "has an odd argument", "each", { { op = "neg", "x" } }, "argument 1 is no value number" },
    { "has a constant without value", "each", { { op = "const" } }, "field 'value' must be a number" },
  }
  for _, case in ipairs(cases) do
    it(case[1], function()
      local ok, message = pcall(kernel.program, program(case[2], SLOTS, case[3]))
      assert.is_false(ok)
      assert.matches("program 'test', instruction", message)
      assert.matches(case[4], message)
    end)
  end

  it("has synapses where there are none", function()
    local ok, message = pcall(kernel.program, program("each", SYNAPSES, {}))
    assert.is_false(ok)
    assert.matches("slot 2 'post.g': scope post needs a nest over synapses, not 'each'", message)
  end)

  it("is no program at all", function()
    assert.has_error(function() kernel.program { nest = "each" } end, "a program needs a name")
    assert.has_error(function() kernel.program { name = "x", nest = "eech", slots = {}, code = {} } end, "program 'x', program 1: unknown nest 'eech'")
    assert.has_error(function() kernel.program { name = "x", nest = "each", slots = { 1 }, code = {} } end, "program 'x', slot 1: must be a table")
    assert.is_false(pcall(kernel.program, { name = "x", nest = "each", slots = {}, code = {} }, "float16"))
  end)
end)

describe("the table of operations", function()
  it("names arguments and results, and has each argument once among its operands", function()
    local n, forms = 0, { infix = true, prefix = true, choice = true, call = true }
    for name, op in pairs(kernel.ops()) do
      assert.equal(#op.args, op.arity, name)
      if op.form then
        n = n + 1
        assert.is_true(forms[op.form], name)
        local times = {}
        for _, operand in ipairs(op.operands) do times[operand] = (times[operand] or 0) + 1 end
        for k, letter in ipairs { "A", "B", "C" } do assert.equal(k <= op.arity and 1 or nil, times[letter], name) end
        assert.matches("^[rb]$", op.result)
      end
    end
    assert.is_true(n >= 45)
  end)
end)

-- A leaky neuron, as the language would hand it down.
local LIF = {
  name = "update", nest = "each",
  slots = { SLOTS[1], SLOTS[2], slot("dt", "uniform", "real", "clock") },
  code = { { op = "load", slot = 1 }, { op = "load", slot = 2 }, { op = "load", slot = 3 }, { op = "div", 3, 2 }, { op = "neg", 1 },
           { op = "mul", 5, 4 }, { op = "add", 1, 6 }, { op = "store", 7, slot = 1 }, { op = "const", value = 1 }, { op = "gt", 7, 9 }, { op = "spike", 10 } },
  comments = { [5] = "tau dv/dt = -v */ #error" },
}

local function functions_of(text) return text:match("typedef %w+ real;(.*)") end

describe("generated C", function()
  it("reads like the equations", function()
    local text = functions_of(emit_c.source { programs = { LIF }, kernel = kernel })
    assert.equal([[


/* update: each */
int64_t k_1_update(const KernelArgs *args) {
  real *const restrict of_v = args->slot[0];
  const double *const restrict at_tau = args->slot[1];
  const double *const restrict at_dt = args->slot[2];
  const real x_tau = (real)*at_tau;
  const real x_dt = (real)*at_dt;
  const real x_4 = x_dt / x_tau;
  const int64_t first = args->first, last = args->last;
  int64_t n_spikes = 0;
  const int64_t begin = first, n = last - first;
  int64_t word = 0;
  for (; n - word >= 64; word += 64) {
    const int64_t at = begin + word;
    uint64_t hit = 0;
#pragma GCC ivdep
    for (int64_t k = 0; k < 64; k++) {
      const int64_t i = at + k;
      const real x_v = of_v[i];
      /* tau dv/dt = -v * / #error */
      const real new_v = x_v + -x_v * x_4;
      of_v[i] = new_v;
      hit |= (uint64_t)(new_v > 1.0) << k;
    }
    n_spikes = lp_scan64(hit, at, args->spikes, n_spikes);
  }
  if (word < n) {
    const int64_t at = begin + word;
    uint64_t hit = 0;
#pragma GCC ivdep
    for (int64_t k = 0; k < n - word; k++) {
      const int64_t i = at + k;
      const real x_v = of_v[i];
      /* tau dv/dt = -v * / #error */
      const real new_v = x_v + -x_v * x_4;
      of_v[i] = new_v;
      hit |= (uint64_t)(new_v > 1.0) << k;
    }
    n_spikes = lp_scan64(hit, at, args->spikes, n_spikes);
  }
  return n_spikes;
}
]], text)
  end)

  it("keeps what the outer neuron gathers in a variable", function()
    local text = functions_of(emit_c.source { kernel = kernel, formats = { "dense_post" },
      programs = { program("pre", SYNAPSES, { { op = "load", slot = 1 }, { op = "acc", 1, slot = 2 } }) } })
    assert.matches("real now_post_g = of_post_g%[post%];.-now_post_g %+= x_w;.-of_post_g%[post%] = now_post_g;", text)
  end)

  it("promises nothing about arrays that may be one", function()
    local slots = { SYNAPSES[1], SYNAPSES[2], slot("pre.g", "pre") }
    local text = functions_of(emit_c.source { kernel = kernel, formats = { "dense_post" },
      programs = { program("pre", slots, { { op = "load", slot = 3 }, { op = "acc", 1, slot = 2 } }) } })
    assert.matches("real %*const of_post_g", text)
    assert.matches("const real %*const of_pre_g", text)
    assert.is_nil(text:find("ivdep"))
    assert.is_nil(text:find("now_post_g"))
  end)

  it("names a number only where the compiler could compute with it ahead", function()
    local function text_of(...)
      local code = { { op = "load", slot = 1 }, { op = "const", value = 0.25 }, ... }
      code[#code + 1] = { op = "store", #code, slot = 1 }
      return functions_of(emit_c.source { programs = { program("each", { SLOTS[1] }, code) }, kernel = kernel })
    end
    assert.matches("x_v %* 0%.25;", text_of { op = "mul", 1, 2 })
    assert.matches("c_0_25 = lp_hidden64%(0%.25%);.*lp_min%(x_v, c_0_25%);", text_of { op = "min", 1, 2 })
    assert.matches("c_0_25 = lp_hidden64%(0%.25%);.*lp_exp%(c_0_25%);", text_of { op = "exp", 2 })
    assert.matches("lp_heaviside%(x_v%) %* c_0_25;", text_of({ op = "heaviside", 1 }, { op = "mul", 3, 2 }))
    assert.matches("lp_max%(x_v, 0%.0%);", text_of({ op = "const", value = 0 }, { op = "max", 1, 3 }))
  end)

  it("writes numbers that are read back as they were", function()
    local names = require "lunapse.language.emit.names"
    for _, x in ipairs { 0, 1, -1, 0.1, 1 / 3, 1e-300, 5e-324, 1.7976931348623157e308, 2 ^ 53 + 2, math.pi } do
      assert.equal(math.abs(x) < 2 ^ -1022 and 0 or x, tonumber((names.number(x, "float64"))))
      local single = math.abs(x) < 3e38 and string.unpack("f", string.pack("f", x))
      if single then assert.equal(single, string.unpack("f", string.pack("f", tonumber((names.number(x, "float32"):gsub("f$", "")))))) end
    end
    assert.equal("0.1f", (names.number(0.1, "float32")))
    for _, x in ipairs { -0.0, -4.9e-324, -2.2e-308 } do assert.equal("-0.0", (names.number(x, "float64"))) end
  end)
end)

describe("contraction", function()
  it("happens only where math is fast", function()
    if not kernel.compiler() then return end
    local p = program("each", SLOTS, { { op = "load", slot = 1 }, { op = "mul", 1, 1 }, { op = "const", value = -1 }, { op = "add", 2, 3 },
                                       { op = "store", 4, slot = 1 } })
    local function unused(type) return array.from({ 0 }, type) end
    local function result(math_mode)
      local native = kernel.native(emit_c.source { programs = { p }, kernel = kernel }, math_mode)
      assert.equal("ready", native:wait(60e3), native:log())
      local v = array.from({ 1 + 2 ^ -30 }, "float64")
      local arrays = { v, unused "float64", unused "float64", unused "int32" }
      kernel.run(kernel.program(p), arrays, { first = 0, last = 1, native = native, name = emit_c.symbol(1, p) })
      return v[1]
    end
    assert.equal(2 ^ -29, result("exact"))   -- the last bit of the square is rounded away
    local fast = result("fast")
    assert.is_true(fast == 2 ^ -29 or fast == 2 ^ -29 + 2 ^ -60)   -- kept, where the processor can multiply and add in one
  end)
end)
