-- The engine as the API sees it (lunapse.core.engine): what it refuses, in the words that the API hands on.

local array = require "lunapse.core.array"
local engine = require "lunapse.core.engine"
local kernel = require "lunapse.core.kernel"
local fails = require("tests.compare").fails

--- A program that sets x to a number, for each element or for listed ones.
local function setter(nest, precision)
  return kernel.program({ name = "set_" .. nest, nest = nest, slots = { { name = "x", scope = "elem", kind = "real" } },
    code = { { op = "const", value = 1 }, { op = "store", slot = 1, 1 } } }, precision or "float64")
end

describe("the engine refuses, whoever asks,", function()
  it("time steps and numbers of threads that cannot be", function()
    for _, dt in ipairs { 0, -1, 0 / 0, math.huge } do
      assert.truthy(fails(engine.network, dt, 1, "float64", 1):find "^dt must be a positive number of ms, got ", tostring(dt))
    end
    for _, threads in ipairs { 0, -3, 257, 1 << 40 } do
      assert.equal(("between 1 and 256 threads expected, got %d"):format(threads), fails(engine.network, 1, 1, "float64", threads))
    end
  end)

  it("more clocks than 64, and new ones during a step", function()
    local net = engine.network(1, 1, "float64", 1)
    for k = 2, 64 do assert.equal(k - 1, net:clock(k)) end
    assert.equal("a network has at most 64 clocks", fails(net.clock, net, 65))
    assert.equal(63, net:clock(64), "those that are there are found")
    local messages = {}
    net = engine.network(1, 1, "float64", 1)
    net:operation { clock = 0, every = 1, call = function()
      messages[1] = fails(net.clock, net, 2)
      messages[2] = fails(net.population, net, 3, 0, 1)
      messages[3] = fails(net.measure, net, true)
      return false
    end }
    assert.equal("done", net:run(3))
    assert.same({ "clocks cannot be added during a step", "a population cannot be added during a step: do it between runs",
      "measuring cannot start or end during a step: do it between runs" }, messages)
  end)

  it("sizes and arrays that do not fit", function()
    local net = engine.network(1, 1, "float64", 1)
    assert.equal("a population has between 0 and 2147483646 neurons, got 2147483647", fails(net.population, net, 2147483647, 0, 1))
    assert.truthy(fails(net.population, net, 1, 1, 1):find "no such clock")
    local population = net:population(3, 0, 1)
    assert.truthy(fails(population.count_rate, population, array.zeros(2), 5):find "a number for each of 3 neurons")
    assert.truthy(fails(population.count_rate, population, array.zeros(3), 0.2):find "a window of at least one step")
    assert.equal("slot 'x' wants a contiguous float64 array, got float32", fails(net.bind, net, setter "each", { array.new("float32", 3) }, 3))
    assert.equal("slot 'x' wants a contiguous float64 array, got a part of float64",
      fails(net.bind, net, setter "each", { array.zeros(3, 2):column(1) }, 3))
    assert.equal("program 'set_each' has 1 slots, got 2 arrays", fails(net.bind, net, setter "each", { array.zeros(3), array.zeros(3) }, 3))
    local step = kernel.program({ name = "step", nest = "each", code = {},
      slots = { { name = "P", scope = "uniform", kind = "real" }, { name = "x", scope = "elem", kind = "real" }, { name = "y", scope = "elem", kind = "real" } },
      linear = { kind = "step", size = 1, propagator = 1, state = { 2 }, input = { 0 }, result = { 3 } } }, "float64")
    local function bind_step(n) return net:bind(step, { array.zeros(n), array.zeros(3), array.zeros(3) }, 3) end
    assert.equal("slot 'P' wants 2 numbers, got 1", fails(bind_step, 1))
    assert.is_userdata(bind_step(2))
    assert.equal("slot 'x' wants 1 number, got 0", fails(net.bind, net, kernel.program({ name = "set_all", nest = "each",
      slots = { { name = "x", scope = "uniform", kind = "real" } }, code = { { op = "const", value = 1 }, { op = "store", slot = 1, 1 } } }, "float64"),
      { array.zeros(0) }, 3))
    local bound = net:bind(setter "each", { array.zeros(3) }, 3)
    assert.equal("there is no element 4 to gather, there are 3", fails(bound.gather, bound, array.zeros(3), array.zeros(1), array.from({ 4 }, "int64")))
    assert.equal("gathered elements do not fit", fails(bound.gather, bound, array.zeros(3), array.zeros(2), array.from({ 1 }, "int64")))
    assert.truthy(fails(bound.reduce, bound, "sum", array.zeros(3), array.zeros(2)):find "^a reduction wants")
  end)
end)

describe("milliseconds as steps", function()
  it("of a delay: the first step at or after, at least one", function()
    for ms, steps in pairs { [0] = 1, [0.05] = 1, [0.1] = 1, [0.100001] = 2, [0.10000001] = 1, [0.15] = 2, [0.3] = 3, [0.7] = 7, [25.6] = 256 } do
      assert.equal(steps, engine.steps(0.1, ms), tostring(ms))
    end
    assert.equal("integer", math.type(engine.steps(0.1, 0.3)))
  end)

  it("of ticks, events and spans, with less than a millionth of a step forgiven where one is looked for after a time", function()
    for _, row in ipairs { { -0.3, -3, -2, -3 }, { 0, 0, 1, 0 }, { 0.29999999, 3, 4, 3 }, { 0.3, 3, 4, 3 }, { 0.30000001, 3, 4, 3 }, { 0.31, 4, 4, 3 },
        { 0.25, 3, 3, 2 }, { 0.75, 8, 8, 8 } } do
      local ms = row[1]
      assert.same({ ms, row[2], row[3], row[4], row[4] },
        { ms, engine.steps(0.1, ms, "tick"), engine.steps(0.1, ms, "after"), engine.steps(0.1, ms, "event"), engine.steps(0.1, ms, "span") })
    end
  end)

  it("of whole arrays", function()
    local steps = engine.steps(0.5, { 0, 0.5, 0.75, 9 })
    assert.equal("int64", steps:type())
    assert.same({ 1, 1, 2, 18 }, steps:table())
    assert.same({ { 0, 1 }, { 2, 4 } }, engine.steps(0.5, array.from { { 0, 0.5 }, { 1, 2 } }, "tick"):table())
  end)

  it("saturate where they are too far away or no number", function()
    assert.same({ math.maxinteger, math.mininteger, math.maxinteger }, engine.steps(1e-3, { 1e300, -1e300, 0 / 0 }, "event"):table())
    assert.equal(math.maxinteger, engine.steps(1, 0 / 0))
  end)

  it("want a step and a rule that is known", function()
    assert.truthy(fails(engine.steps, 0, 1):find "dt must be positive")
    assert.truthy(fails(engine.steps, 1, 1, "nearest"):find "invalid option 'nearest'")
  end)
end)

describe("kernels by role", function()
  local net, population

  before_each(function()
    net = engine.network(0.1, 1, "float64", 1)
    population = net:population(3, 0, 1)
  end)

  local function bound(nest, a) return net:bind(setter(nest), { a }, 3) end

  it("run in the phase of their role until others take their place", function()
    local x, y = array.zeros(3), array.zeros(3)
    population:set_kernels("update", { bound("each", x), bound("each", y) })
    assert.equal("done", net:step())
    assert.same({ 3, 3 }, { x:sum(), y:sum() })
    x:fill(0)
    y:fill(0)
    population:set_kernels("update", { bound("each", y) })
    net:step()
    assert.same({ 0, 3 }, { x:sum(), y:sum() })
    population:set_kernels("update", {})
    y:fill(0)
    net:step()
    assert.equal(0, y:sum())
  end)

  it("have roles that are known, each object its own", function()
    local projection = net:projection { pre = population, post = population, pre_view = {}, post_view = {}, connect = { kind = "all_to_all" },
      format = "rows_pre", object = 2 }
    assert.equal("unknown role 'upd' of a population's kernels; known: update, reset, event, effect, look", fails(population.set_kernels, population, "upd", {}))
    assert.equal("unknown role 'psp' of a population's kernels; known: update, reset, event, effect, look", fails(population.set_kernels, population, "psp", {}))
    assert.equal("unknown role 'summed' of a projection's kernels; known: pre, pathway, psp, equations, ahead, post, pathway_post, look",
      fails(projection.set_kernels, projection, "summed", {}))
  end)

  it("fit their role, and are taken all or none", function()
    local x = array.zeros(3)
    assert.equal("kernel 'set_list' of nest 'list' cannot have the role 'update'", fails(population.set_kernels, population, "update", { bound("list", x) }))
    assert.equal("kernel 'set_each' of nest 'each' cannot have the role 'reset'", fails(population.set_kernels, population, "reset", { bound("each", x) }))
    local good = bound("each", x)
    assert.truthy(fails(population.set_kernels, population, "update", { good, "no kernel" }):find "bound expected")
    population:set_kernels("update", { good })
    assert.truthy(fails(population.set_kernels, population, "update", { good }):find "given away already")
    net:step()
    assert.equal(3, x:sum())
  end)
end)
