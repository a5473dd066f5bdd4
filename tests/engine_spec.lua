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
