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
    assert.equal("unknown role 'upd' of a population's kernels; known: update, reset, axon, axon_reset", fails(population.set_kernels, population, "upd", {}))
    assert.equal("unknown role 'psp' of a population's kernels; known: update, reset, axon, axon_reset", fails(population.set_kernels, population, "psp", {}))
    assert.equal("unknown role 'summed' of a projection's kernels; known: pre, axon, psp, equations, ahead, post",
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
