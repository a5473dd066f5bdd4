-- Connectors with a shape: blocks, small worlds, scale-free graphs, distance in space, ranges by text.
local lp = require "lunapse"

local cell = lp.neuron { name = "cell", parameters = { x = 0, y = 0 }, equations = "v = g_exc" , spike = "v > 1", reset = "v = 0" }

local function joined(connect, opt)
  opt = opt or {}
  local net = lp.network { seed = opt.seed or 1, threads = opt.threads }
  local a = net:population { name = "a", geometry = opt.geometry or { opt.size or 100 }, neuron = cell }
  if opt.x then a.x = opt.x end
  if opt.y then a.y = opt.y end
  return net:project { name = "p", from = a, to = a, target = "exc", connect = connect, weights = opt.weights, delays = opt.delays }, a, net
end

local function pairs_of(p)
  local list, pre, post = {}, p.pre:table(), p.post:table()
  for k = 1, p.size do list[k] = ("%d %d"):format(pre[k], post[k]) end
  return table.concat(list, ",")
end

--- The same seed gives the same pairs, for any number of threads; another seed gives others.
local function is_drawn(connect, opt)
  local function with(more)
    for k, v in pairs(opt or {}) do more[k] = v end
    return pairs_of((joined(connect, more)))
  end
  assert.equal(with {}, with { threads = 3 })
  assert.not_equal(with {}, with { seed = 2 })
end

local function refused(expected, ...)
  local ok, message = pcall(...)
  assert.is_false(ok)
  assert.truthy(tostring(message):find(expected, 1, true), tostring(message))
end

describe("a range by text", function()
  it("joins what it names", function()
    local p = joined("for k in i-2 .. i+2 if k != i", { size = 20 })
    assert.equal(20 * 4 - 6, p.size)
    local away = (p.pre - p.post):abs()
    assert.is_true(away:max() == 2 and away:min() == 1)
    assert.equal("1 1,1 4,2 2,2 5,3 3,4 4,5 5", pairs_of((joined("for k in i .. 3 + i step 3", { size = 5 }))))
    assert.equal("1 3,2 3", pairs_of((joined("for k in 1 .. pre.N if k == 3 and i < 3", { size = 5 }))))
  end)

  it("looks only at pairs within the bounds that a condition names, and finds them all", function()
    local function same(text, opt)
      local full = {}
      for k, v in pairs(opt) do full[k] = v end
      local wanted = pairs_of((joined("(" .. text .. ") and Uniform(0, 1) <= 1", full)))          -- what is drawn for each pair is drawn for all
      assert.equal(wanted, pairs_of((joined(text, opt))), text)
      return #wanted
    end
    local found = 0
    for _, text in ipairs { "j == i + 1", "j == i/2", "abs(i - j) < 3 and i != j", "abs(j - i/3) <= 2", "2 > abs(j + i - 20)", "j > i and j <= i + 3",
      "i - j < 2 and i - j > -3 and j != 4",
      "10 - j > i", "j >= sqrt(i - 5) and j < 0.1*i + 2", "j + 0.3 >= i + 0.3 and i >= j", "j > i or j < 3", "not (j > i) and j > i - 4",
      "j < 0", "i == 3", "3 < 4", "j >= pre.N - 2 and j <= post.N",
      "abs(i - j) < -1", "j == 1e300*i", "j == -1e300", "max(i, j) < 5 and min(i, j) > 2" } do
      for _, opt in ipairs { { size = 23 }, { size = 23, threads = 3 }, { size = 9 } } do found = found + same(text, opt) end
    end
    assert.is_true(found > 3000)
  end)

  it("takes no longer for a large population than its synapses do", function()
    local p = joined("for k in i+1 .. i+10", { size = 200000 })
    assert.equal(2e6 - 55, p.size)          -- all pairs are 4e10, minutes
  end)

  it("looks at views, too", function()
    local net = lp.network { seed = 1 }
    local a = net:population { size = 30, neuron = lp.models.LIF }
    local function in_views(text, from, to) return pairs_of(net:project { from = from, to = to, target = "exc", connect = text, weights = 1 }) end
    for _, text in ipairs { "for k in i - 2 .. i + 3 if k != i", "j == 31 - i", "abs(i - j) == 1" } do
      for _, from in ipairs { a:slice(5, 20), a:select { 20, 3, 7, 8 } } do
        for _, to in ipairs { a:slice(7, 29), a:select { 9, 8, 4, 21, 28 } } do
          local wanted, all = {}, {}
          for pair in in_views("i + j > 0", from, to):gmatch "[^,]+" do all[#all + 1] = pair end
          for _, pair in ipairs(all) do
            local i, j = pair:match "(%d+) (%d+)"
            i, j = tonumber(i), tonumber(j)
            local holds = text:find "for" and j >= i - 2 and j <= i + 3 and j ~= i or text:find "31" and j == 31 - i or text:find "abs" and math.abs(i - j) == 1
            if holds then wanted[#wanted + 1] = pair end
          end
          assert.equal(table.concat(wanted, ","), in_views(text, from, to), text)
        end
      end
    end
  end)

  it("is refused where it is none", function()
    refused("from 1 and with both ends, without a name before it", joined, "k for k in i .. i + 2", {})
    refused('"for k in LOW .. HIGH step STEP if CONDITION" expected', joined, "for k in 1", {})
    refused("with a name other than i", joined, "for i in 1 .. 2", {})
    refused("unknown name 'q'", joined, "for k in q .. i", {})
  end)

  it("shows what was written where it is wrong", function()
    local written = "for k in i - 2 .. i+foo step 2 if k != bar"
    for _, name in ipairs { "foo", "bar" } do
      refused(("unknown name '%s'\n    %s\n%s^~~"):format(name, written, (" "):rep(3 + written:find(name))), joined, written, {})
    end
    refused("')' without '('\n    for k in i .. i+2 )\n                      ^", joined, "for k in i .. i+2 )", {})
    assert.equal(('condition "%s"'):format(written), tostring(lp.condition(written)))
    refused("population 'a' has no 'nothing'\n    known:", joined, lp.spatial { positions = { "nothing" }, scale = 1 })
  end)
end)

describe("blocks", function()
  it("have the probabilities of their table", function()
    local table_of = { { 0.1, 0.5 }, { 0, 1 } }
    local p = joined(lp.blocks { from = { 600, 400 }, p = table_of }, { size = 1000 })
    local n = { { 0, 0 }, { 0, 0 } }
    local pre, post = p.pre:table(), p.post:table()
    for k = 1, p.size do
      local a, b = pre[k] > 600 and 2 or 1, post[k] > 600 and 2 or 1
      n[a][b] = n[a][b] + 1
      assert(pre[k] ~= post[k])
    end
    assert.equal(0, n[2][1])
    assert.equal(400 * 399, n[2][2])
    assert.is_true(math.abs(n[1][1] - 0.1 * 600 * 599) < 5 * (0.09 * 600 * 599) ^ 0.5, n[1][1])
    assert.is_true(math.abs(n[1][2] - 0.5 * 600 * 400) < 5 * (0.25 * 600 * 400) ^ 0.5, n[1][2])
    is_drawn(lp.blocks { from = { 60, 40 }, p = table_of })
  end)

  it("follow the factors of neurons", function()
    local give = lp.linspace(0, 2, 1000)
    local p = joined(lp.blocks { from = { 1000 }, p = { { 0.2 } }, give = give, self = true }, { size = 1000 })
    local fan = p.fan_out:astype "float64"
    assert.is_true(fan:corr(give) > 0.98)
    assert.is_true(math.abs(fan:sum() - 0.2 * 1000 * give:sum()) < 5 * (0.2 * 1000 * 1000) ^ 0.5)
  end)

  it("are refused where they do not fit", function()
    refused("p: a table of 2 x 2 probabilities expected (blocks pre x post), got 1 x 2", lp.blocks, { from = { 1, 2 }, p = { { 1, 2 } } })
    refused("blocks 'from' have 90 neurons, the population 100", joined, lp.blocks { from = { 90 }, p = { { 0.1 } } })
    refused("comes to 2: at most 1 expected", joined, lp.blocks { from = { 100 }, p = { { 1 } }, give = lp.full(2, 100) })
    refused("give: a number for each of 100 neurons expected, got 3", joined, lp.blocks { from = { 100 }, p = { { 1 } }, give = { 1, 2, 3 } })
    refused("did you mean 'from'?", lp.blocks, { form = { 1 }, p = { { 1 } } })
  end)
end)

describe("a graph", function()
  it("is a ring, a small world or random", function()
    local ring = joined(lp.small_world(6, 0))
    local away = (ring.pre - ring.post):abs()
    assert.equal(600, ring.size)
    assert.is_true(away:minimum(100 - away):max() == 3)
    local small = joined(lp.small_world(6, 0.2), { size = 1000 })
    assert.is_true(small.fan_out:min() == 6 and small.fan_out:max() == 6)
    assert.equal(0, small.pre:eq(small.post):count())
    away = (small.pre - small.post):abs()
    local moved = away:minimum(1000 - away):gt(3):count()
    assert.is_true(math.abs(moved - 1200) < 5 * (6000 * 0.2 * 0.8) ^ 0.5, moved)
    is_drawn(lp.small_world(6, 0.2))
    refused("k must be even", lp.small_world, 5, 0.1)
    refused("100 neighbours of 100 neurons", joined, lp.small_world(100, 0.1))
  end)

  it("is scale-free", function()
    local p = joined(lp.scale_free(3), { size = 3000 })
    assert.equal(3 * (3000 - 3), p.size)
    local degree = p.fan_in:astype "float64" + p.fan_out
    assert.is_true(degree:min() >= 1 and degree:max() > 60)
    -- P(k) = 2 m (m + 1) / (k (k + 1) (k + 2)): more than half of k >= 6 lies below 9
    local many, most = degree:ge(6):count(), degree:ge(12):count()
    assert.is_true(math.abs(many / 3000 - 12 / (6 * 7)) < 0.05, many)
    assert.is_true(math.abs(most / 3000 - 12 / (12 * 13)) < 0.03, most)
    assert.equal(6 * (100 - 3), joined(lp.scale_free(3, { both = true })).size)
    is_drawn(lp.scale_free(3))
    refused("more than 100 neurons expected", joined, lp.scale_free(100))
  end)

  it("is within one population", function()
    local _, a, net = joined "i == j"
    refused("within one population", net.project, net, { from = a:slice(1, 50), to = a, target = "exc", connect = lp.small_world(2, 0) })
  end)
end)

describe("distance", function()
  local kernels = {
    gaussian = function(d, s) return math.exp(-d * d / (2 * s * s)) end, exponential = function(d, s) return math.exp(-d / s) end,
    linear = function(d, s) return math.max(0, 1 - d / s) end, uniform = function(d, s) return d <= s and 1 or 0 end,
  }

  it("decides with which probability neurons are joined", function()
    for kernel, f in pairs(kernels) do
      for _, periodic in ipairs { false, true } do
        local p = joined(lp.spatial { kernel = kernel, scale = 0.2, p = 0.6, periodic = periodic }, { geometry = { 20, 25 } })
        local expected, variance = 0, 0
        for i = 0, 499 do
          for j = 0, 499 do
            local dy, dx = math.abs(i // 25 - j // 25) / (periodic and 20 or 19), math.abs(i % 25 - j % 25) / (periodic and 25 or 24)
            if periodic then dy, dx = math.min(dy, 1 - dy), math.min(dx, 1 - dx) end
            local q = i ~= j and 0.6 * f((dx * dx + dy * dy) ^ 0.5, 0.2) or 0
            expected, variance = expected + q, variance + q * (1 - q)
          end
        end
        assert.is_true(math.abs(p.size - expected) < 5 * variance ^ 0.5 + 1e-6 * expected, ("%s: %d, not %g"):format(kernel, p.size, expected))
        assert.equal(0, p.pre:eq(p.post):count())
      end
    end
    is_drawn(lp.spatial { scale = 0.1 })
  end)

  it("is that of positions, and can be said in texts of weights and delays", function()
    local x, y = lp.linspace(0, 9, 100), (lp.arange(1, 100) * 1.7):mod(5)
    local p = joined(lp.spatial { kernel = "uniform", scale = 2, positions = { "x", "y" }, periodic = { 10, 5 } }, { x = x, y = y, weights = "1 - distance/4",
      delays = "1 + distance" })
    local n = 0
    for i = 1, 100 do
      for j = 1, 100 do
        local dx, dy = math.abs(x[i] - x[j]), math.abs(y[i] - y[j])
        local d = (math.min(dx, 10 - dx) ^ 2 + math.min(dy, 5 - dy) ^ 2) ^ 0.5
        if i ~= j and d <= 2 then
          n = n + 1
          assert(math.abs(p:get("w", i, j) - (1 - d / 4)) < 1e-12 and p:get("d", i, j) - (1 + d) > -1e-9 and p:get("d", i, j) - (1 + d) < 0.1, d)
        end
      end
    end
    assert.equal(n, p.size)
    assert.equal(0, joined(lp.spatial { scale = 5, radius = 0.001 }).size)
  end)

  it("is refused where it is none", function()
    refused("'kernel' must be \"gaussian\", \"exponential\", \"linear\" or \"uniform\"", lp.spatial, { kernel = "box", scale = 1 })
    refused("scale must be > 0, got 0", lp.spatial, { scale = 0 })
    refused("'periodic' lists the length", lp.spatial, { scale = 1, positions = { "x" }, periodic = true })
    refused("population 'a' has no 'z'", joined, lp.spatial { scale = 1, positions = { "z" } })
  end)
end)
