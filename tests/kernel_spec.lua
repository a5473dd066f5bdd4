-- The kernel room: what programs mean, that errors name the instruction, and that the interpreter and generated C agree bit by bit.
local array = require "lunapse.core.array"
local emit_c = require "lunapse.language.emit"
local kernel = require "lunapse.core.kernel"
local kernel_random = require "tests.kernel_random"
local kernel_reference = require "tests.kernel_reference"

local names = {}
for name in pairs(kernel.formats()) do names[#names + 1] = name end
table.sort(names)
local FORMATS = { each = { false }, list = { false }, all = names, pre = names, post = names }

local function native_of(programs, formats, precision)
  local native = kernel.native(emit_c.source { programs = programs, formats = formats, precision = precision, kernel = kernel })
  return native
end

local function random_options(random, case)
  local o = { t = random:number(0, 20), step = random:integer(0, 20), seed = random:bits(), object = random:integer(0, 9), first = 0, last = 0,
              flush = random:chance(0.5) }
  local n_pre, n_post = 40, case.is_alias and 40 or 290
  if case.program.nest == "each" then
    local n = random:pick { 1, 7, 40, 256, 300, 600 }
    o.first = random:integer(0, n // 2)
    o.last = random:integer(o.first, n)
    return o, { elem = n }
  end
  if case.program.nest == "list" then
    local list, n = {}, 300
    for i = 0, n - 1 do
      if random:chance(case.density) then list[#list + 1] = i end
    end
    o.list = array.from(list, "int32")
    return o, { elem = n }
  end
  local storage = kernel_random.storage(random, case.format, n_pre, n_post, random:chance(0.7))
  o.storage = storage
  local is_dense = storage.rows == nil
  local side = case.program.nest == "all" and storage.major or case.program.nest
  local other = side == "pre" and "post" or "pre"
  local function range(which)
    local lo = is_dense and storage[which .. "_first"] or 0
    local n = storage["n_" .. which]
    o.first = random:integer(lo, lo + n // 2)
    o.last = random:integer(math.max(o.first, 1), lo + n)
  end
  if case.program.nest == "all" then
    if random:chance(0.5) then range(side) end
  else
    local list, lo = {}, is_dense and storage[side .. "_first"] or 0
    for i = lo, lo + storage["n_" .. side] - 1 do
      if random:chance(case.density) then list[#list + 1] = i end
    end
    o.list = array.from(list, "int32")
    if is_dense and random:chance(0.5) then range(other) end
    if not is_dense and side == storage.major and random:chance(0.5) then
      local from, to = {}, {}
      for k, neuron in ipairs(list) do
        local row = storage.rows[neuron + 1]
        local a = row[1] and row[1][2] or 0
        local b = a + #row
        from[k] = random:integer(a, b)
        to[k] = random:integer(from[k], b)
      end
      o["begin"], o["end"] = array.from(from, "int64"), array.from(to, "int64")
    end
  end
  return o, { elem = storage.n_synapses, pre = n_pre, post = n_post }
end

-- In a third of the synapse programs pre.r and post.r (and g, n) are one array each: a projection of a population onto itself.
local function random_case(random, nest, format, name, functions)
  local case = { program = kernel_random.program(random, nest, name, functions), format = format, density = random:pick { 0.03, 0.3, 1 } }
  if FORMATS[nest][2] and random:chance(0.3) then
    case.is_alias = true
    local by_name = {}
    for k, slot in ipairs(case.program.slots) do by_name[slot.name] = k end
    case.same = { [by_name["post.r"]] = by_name["pre.r"], [by_name["post.g"]] = by_name["pre.g"], [by_name["post.n"]] = by_name["pre.n"] }
  end
  return case
end

local function run(case, values, options, precision, extra)
  local arrays = kernel_random.arrays(values, case.same)
  for k, v in pairs(extra or {}) do options[k] = v end
  local spikes = kernel.run(kernel.program(case.program, precision), arrays, options)
  options.native, options.name = nil, nil
  arrays[#arrays + 1] = spikes
  return arrays
end

local function report(case, k, i, a, b, precision, c_text)
  local slot = case.program.slots[k]
  local text = "%s, %s: slot %s element %d: %.17g and %.17g\n%s\n%s"
  return text:format(case.program.nest, case.format, slot and slot.name or "spikes", i, a or 0 / 0, b or 0 / 0,
    kernel.program(case.program, precision):dump(), c_text or "")
end

local function compare(precision, seed, count)
  local random = kernel_random.generator(seed)
  local cases, programs, formats = {}, {}, {}
  for round = 1, count do
    for _, nest in ipairs { "each", "list", "all", "pre", "post" } do
      local format = FORMATS[nest][(round - 1) % #FORMATS[nest] + 1]
      local case = random_case(random, nest, format, ("p %d"):format(#cases + 1))
      cases[#cases + 1], programs[#cases + 1], formats[#cases + 1] = case, case.program, format
    end
  end
  local native = native_of(programs, formats, precision)
  return function()
    assert.equal("ready", native:wait(120e3), native:log())
    for number, case in ipairs(cases) do
      for _ = 1, 2 do
        local options, sizes = random_options(random, case)
        local values = kernel_random.values(random, case.program, precision, sizes)
        local interpreted = run(case, values, options, precision)
        local compiled = run(case, values, options, precision, { native = native, name = emit_c.symbol(number, case.program) })
        local k, i, a, b = kernel_random.difference(interpreted, compiled)
        if k then
          local text = emit_c.source { programs = { case.program }, formats = { case.format }, precision = precision, kernel = kernel }
          error(report(case, k, i, a, b, precision, text), 0)
        end
      end
    end
  end
end

describe("spikes", function()
  local plain = { { op = "load", slot = 1 }, { op = "const", value = 0 }, { op = "gt", 1, 2 }, { op = "spike", 3 } }
  local drawn = { { op = "draw", draw = 1 }, { op = "load", slot = 1 }, { op = "gt", 2, 1 }, { op = "spike", 3 } }
  local long = { { op = "load", slot = 1 } }                      -- longer than what is written twice
  for k = 1, 50 do long[k + 1] = { op = "sin", k } end
  table.move({ { op = "store", slot = 1, 51 }, { op = "const", value = 0 }, { op = "gt", 51, 53 }, { op = "spike", 54 } }, 1, 4, 52, long)
  local codes = { plain = plain, drawn = drawn, long = long }

  for name, code in pairs(codes) do
    for _, precision in ipairs { "float64", "float32" } do
      it(("are those whose condition holds, in order, wherever a range begins and ends: %s, %s"):format(name, precision), function()
        local program = { name = "p", nest = "each", slots = { { name = "x", scope = "elem", kind = "real" } }, code = code }
        local native = kernel.compiler() and native_of({ program }, { false }, precision)
        if native then assert.equal("ready", native:wait(60e3), native:log()) end
        local made = kernel.program(program, precision)
        local random, values = kernel_random.generator(3), {}
        for i = 1, 700 do values[i] = random:chance(i > 500 and 0.9 or 0.1) and 2 or -2 end
        for _, first in ipairs { 0, 1, 31, 64, 250 } do
          for _, n in ipairs { 0, 1, 2, 31, 32, 33, 63, 64, 65, 128, 200, 256, 257, 320, 450 } do
            local wanted = {}
            for i = first, first + n - 1 do
              if values[i + 1] > 0 then wanted[#wanted + 1] = i end
            end
            for tier = 1, native and 2 or 1 do
              local x = array.from(values, precision)
              local spikes = kernel.run(made, { x }, { first = first, last = first + n, t = 0, step = 3, seed = 5, object = 1,
                native = tier == 2 and native or nil, name = tier == 2 and emit_c.symbol(1, program) or nil })
              assert.same(wanted, spikes:table())
            end
          end
        end
      end)
    end
  end
end)

describe("the interpreter and native code", function()
  if not kernel.compiler() then return end
  -- asked for together, so that they are built beside each other
  local checks = {}
  setup(function()
    checks.float64 = compare("float64", 1, 10)
    checks.float32 = compare("float32", 2, 10)
  end)
  for _, precision in ipairs { "float64", "float32" } do
    it("agree bit by bit on random programs in " .. precision, function() checks[precision]() end)
  end
end)

describe("numbers in programs", function()
  if not kernel.compiler() then return end

  --- What both tiers make of each program, flushing denormals as a running network does, and not.
  local function agree(programs, precision)
    local formats = {}
    for k in ipairs(programs) do formats[k] = "none" end
    local native = native_of(programs, formats, precision)
    assert.equal("ready", native:wait(120e3), native:log())
    local random = kernel_random.generator(#programs)
    for number, program in ipairs(programs) do
      local case = { program = program, format = "none" }
      local values = kernel_random.values(random, program, precision, { elem = 70 }, { 0.0, -0.0, 1.0, 1e30, -5.0 })
      for _, flush in ipairs { true, false } do
        local options = { first = 0, last = 70, flush = flush }
        local interpreted = run(case, values, options, precision)
        local compiled = run(case, values, options, precision, { native = native, name = emit_c.symbol(number, program) })
        local k, i, a, b = kernel_random.difference(interpreted, compiled)
        if k then
          error(report(case, k, i, a, b, precision, emit_c.source { programs = { program }, precision = precision, kernel = kernel }), 0)
        end
      end
    end
  end

  local V = { { name = "v", scope = "elem", kind = "real" } }
  local function of_v(name, ...)
    local code = { { op = "load", slot = 1 }, ... }
    code[#code + 1] = { op = "store", #code, slot = 1 }
    return { name = name, nest = "each", slots = V, code = code }
  end
  local function const(value) return { op = "const", value = value } end

  for _, precision in ipairs { "float64", "float32" } do
    it("that are denormal, or would become so, are zero in both tiers, in " .. precision, function()
      local programs = {}
      for _, x in ipairs { 4.9e-324, -4.9e-324, 2.2e-308, 1.4e-45, -1e-39 } do
        programs[#programs + 1] = of_v("floor(-min(v, x))", const(x), { op = "min", 1, 2 }, { op = "neg", 3 }, { op = "floor", 4 })
        programs[#programs + 1] = of_v("x", const(x))
        programs[#programs + 1] = of_v("abs(x)", const(x), { op = "abs", 2 })
        programs[#programs + 1] = of_v("v > x", const(x), { op = "gt", 1, 2 }, { op = "real_of_bool", 3 })
      end
      for _, x in ipairs { 1e-160, 1e-23, 2.0 ^ -540, 2.0 ^ -64, 2.0 ^ -60, 1e-120 } do
        programs[#programs + 1] = of_v("floor(-heaviside(v) x x)", const(x), { op = "heaviside", 1 }, { op = "mul", 2, 3 }, { op = "mul", 2, 4 }, { op = "neg", 5 },
          { op = "floor", 6 })
        programs[#programs + 1] = of_v("floor(-(v > 0) x x)", const(x), const(0), { op = "gt", 1, 3 }, { op = "real_of_bool", 4 }, { op = "mul", 5, 2 },
          { op = "mul", 6, 2 }, { op = "neg", 7 }, { op = "floor", 8 })
        programs[#programs + 1] = of_v("v x x / x", const(x), { op = "mul", 2, 2 }, { op = "mul", 3, 1 }, { op = "div", 4, 2 })
        programs[#programs + 1] = of_v("v / (1/x) / x", const(1 / x), { op = "div", 1, 2 }, { op = "div", 3, 2 }, { op = "mul", 4, 2 })
      end
      for _, x in ipairs { -710, -740, -88, -100, -746, 2.0 ^ 1023, 2.0 ^ 127 } do
        programs[#programs + 1] = of_v("floor(-exp(x))", const(x), { op = "exp", 2 }, { op = "neg", 3 }, { op = "floor", 4 })
        programs[#programs + 1] = of_v("(v / x) x", const(x), { op = "div", 1, 2 }, { op = "mul", 2, 3 })
      end
      agree(programs, precision)
    end)

    it("mean the same in both tiers, in random expressions of them in " .. precision, function()
      local random, programs = kernel_random.generator(precision == "float64" and 11 or 12), {}
      for k = 1, 60 do programs[k] = kernel_random.numbers(random, "p" .. k) end
      agree(programs, precision)
    end)
  end
end)

describe("the interpreter", function()
  it("does what the programs mean, element by element", function()
    local random = kernel_random.generator(4)
    local functions = {}
    for name in pairs(kernel_reference.MATH) do functions[#functions + 1] = name end
    table.sort(functions)
    for round = 1, 40 do
      for _, nest in ipairs { "each", "list", "all", "pre", "post" } do
        local case = random_case(random, nest, FORMATS[nest][(round - 1) % #FORMATS[nest] + 1], "p", functions)
        local options, sizes = random_options(random, case)
        options.flush = false
        local values = kernel_random.values(random, case.program, "float64", sizes)
        local lists = {}
        for k, value in ipairs(values) do lists[k] = { table.unpack(value.list) } end
        for k, other in pairs(case.same or {}) do lists[k] = lists[other] end
        lists[#lists + 1] = kernel_reference.run(case.program, lists, options)
        local k, i, a, b = kernel_random.difference(lists, run(case, values, options, "float64"))
        if k then error("the meaning and the interpreter: " .. report(case, k, i, a, b, "float64"), 0) end
      end
    end
  end)
end)

describe("instruction sets", function()
  after_each(function() kernel.use_instruction_set(nil) end)
  it("give the same bits", function()
    local random = kernel_random.generator(3)
    for _, precision in ipairs { "float64", "float32" } do
      for round = 1, 12 do
        for _, nest in ipairs { "each", "list", "all", "pre", "post" } do
          local case = random_case(random, nest, FORMATS[nest][(round - 1) % #FORMATS[nest] + 1], "p")
          local options, sizes = random_options(random, case)
          local values = kernel_random.values(random, case.program, precision, sizes)
          local best = run(case, values, options, precision)
          for _, set in ipairs { "x86-64-v2", "x86-64-v3" } do
            if kernel.use_instruction_set(set) then
              local k, i, a, b = kernel_random.difference(best, run(case, values, options, precision))
              if k then error(set .. ": " .. report(case, k, i, a, b, precision), 0) end
            end
            kernel.use_instruction_set(nil)
          end
        end
      end
    end
  end)
end)
