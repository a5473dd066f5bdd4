-- Reading order: a mean, sum, minimum or maximum over the own population sees what the lines above have written.
local lp = require "lunapse"

for _, tier in ipairs { "interpreter", "native" } do
  describe("reading order, " .. tier, function()
    local net

    before_each(function() net = lp.network { dt = 1, tier = tier } end)

    local function population(size, neuron) return net:population { size = size, neuron = lp.neuron(neuron) } end

    it("holds for reductions in equations", function()
      local p = population(4, { equations = [[
        v = v + 1       : local
        m = mean(v)
        low = v - min(v)
        w = v == max(v)
        total = sum(v)
      ]] })
      p.v = { 0, 1, 2, 3 }
      net:step()
      assert.same({ 1, 2, 3, 4 }, p.v:table())
      assert.same({ 2.5, 2.5, 2.5, 2.5 }, p.m:table())
      assert.same({ 0, 1, 2, 3 }, p.low:table())
      assert.same({ 0, 0, 0, 1 }, p.w:table())
      assert.same({ 10, 10, 10, 10 }, p.total:table())
    end)

    it("holds from line to line", function()
      local p = population(3, { equations = [[
        v = v * 2       : local
        v = v - mean(v)
        v = v + max(v)
        s = sum(v)
      ]] })
      p.v = { 1, 2, 6 }
      net:step()
      assert.same({ 2, 4, 12 }, p.v:table())       -- 2 4 12 less their mean 6 is -4 -2 6, and 6 more
      assert.same({ 18, 18, 18 }, p.s:table())
    end)

    it("leaves what stands above to the step before", function()
      local p = population(2, { equations = [[
        m = mean(v)
        v = v + 1       : local
      ]] })
      p.v = { 1, 3 }
      net:step()
      assert.same({ 2, 2 }, p.m:table())
      net:step()
      assert.same({ 3, 3 }, p.m:table())
    end)

    it("holds for lines said to be of the population", function()
      local p = population(2, { equations = [[
        v = v + 1       : local
        m = mean(v)     : population
        u = v - m
      ]] })
      p.v = { 1, 3 }
      net:step()
      assert.equal(3, p.m)
      assert.same({ -1, 1 }, p.u:table())
    end)

    it("holds before differential equations and in spike conditions", function()
      local p = population(3, { equations = [[
        a = a + 1        : local
        dv/dt = mean(a)  : explicit
      ]], spike = "v >= max(v)", reset = "n = n + 1" })
      p.a = { 0, 1, 2 }
      p.v = { 0, 1, 5 }
      net:step()
      assert.same({ 2, 3, 7 }, p.v:table())
      assert.same({ 0, 0, 1 }, p.n:table())
    end)

    it("holds with what arrives", function()
      local from = population(2, { equations = "r = r : local" })
      local to = population(2, { equations = [[
        drive = sum(exc)
        r = drive / (0.5 + mean(drive))
      ]] })
      from.r = { 1, 2 }
      net:project { from = from, to = to, target = "exc", connect = lp.one_to_one(), weights = 1 }
      net:step()
      assert.same({ 0.5, 1 }, to.r:table())
    end)

    it("keeps neurons that are refractory where they are", function()
      local p = population(2, { equations = [[
        v = v + 1       : local
        u = mean(v)     : local
        w = w + mean(u) : local
      ]], spike = "v > 2", reset = "v = 0", refractory = { "v < 1", stops = { "u", "w" } } })
      p.v = { 0, 2 }
      net:step()                         -- v becomes 1 and 3, the second spikes
      assert.same({ 1, 0 }, p.v:table())
      assert.same({ 2, 2 }, p.w:table())
      net:step()                         -- v becomes 2 and 1, the second waits
      assert.same({ 2, 1 }, p.v:table())
      assert.same({ 1.5, 2 }, p.u:table())
      assert.same({ 3.75, 2 }, p.w:table())
    end)

    it("holds in operations, and for every one of their lines", function()
      local p = population(4, { equations = "v = v : local" })
      p.v = { 1, 2, 3, 4 }
      p:run_regularly("v = v + 10; v = v - mean(v); v = v / max(v)", { every = 1 })
      net:step()
      assert.same({ -1, -1 / 3, 1 / 3, 1 }, p.v:table())
    end)

    it("is the same in an operation whose model knows the mean itself", function()
      local p = population(2, { equations = [[
        v = v           : local
        m = mean(v)
      ]] })
      p.v = { 1, 3 }
      p:run_regularly("v = v + 10; v = v - mean(v)", { every = 1 })
      net:step()
      assert.same({ -1, 1 }, p.v:table())
      net:step()
      assert.same({ 0, 0 }, p.m:table())
    end)
  end)
end
