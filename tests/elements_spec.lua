-- What may be written into parts of variables: the same as into the whole, and a refused write leaves the values as they were.

local lp = require "lunapse"
local stored = require "lunapse.network.stored"

local CELL = lp.neuron { name = "cell", parameters = "x = 0.5\n k = 1 : int\n most = inf", equations = "n = n : int, init = 2\n dv/dt = x - v + g_exc + min(k, most) + n" }

local function small(opt)
  local net = lp.network { dt = 1, warnings = false, precision = opt and opt.precision }
  local p = net:population { name = "p", size = 4, neuron = CELL }
  local q = net:poisson { name = "q", size = 3, rates = 10 }
  local s = net:project { name = "s", from = q, to = p, target = "exc", connect = lp.all_to_all(), weights = 1 }
  local i = net:poisson_input { name = "i", to = p, target = "exc", rate = 5, n = 2 }
  return { p = p, q = q, s = s, i = i, net = net }
end

--- Every way in which elements are written.
local ways = {
  element = function(a, x) a[2] = x end,
  set = function(a, x) a:set(2, x) end,
  put = function(a, x) a:put({ 1, 2 }, { 1, x }) end,
  indexes = function(a, x) a[{ 2 }] = x end,
  mask = function(a, x) a[a:ge(-1)] = x end,
  fill = function(a, x) a:fill(x) end,
  assign = function(a, x)
    local list = {}
    for k = 1, #a do list[k] = k == 2 and x or 1 end
    a:assign(list)
  end,
  part = function(a, x) a:slice(2, 3):fill(x) end,
  sum = function(a, x) a:add(x) end,
  array = function(a, x) a:multiply(lp.array.full(x, #a)) end,
}

describe("Numbers that are not finite are refused in every element of", function()
  for of, names in pairs { p = { "x", "v", "k", "n" }, q = { "rates" }, s = { "w" }, i = { "rate", "n", "weight" } } do
    for _, name in ipairs(names) do
      it(of .. "." .. name, function()
        for _, precision in ipairs { "float64", "float32" } do
          for way, write in pairs(ways) do
            for x, word in pairs { [math.huge] = "must be finite, got inf", [-math.huge] = "must be finite, got -inf" } do
              local o = small { precision = precision }
              local ok, message = pcall(write, o[of][name], x)
              assert.is_false(ok, way)
              assert.matches(word, message, 1, true)
            end
            local o = small { precision = precision }
            local before = o[of][name]:table()
            local ok, message = pcall(write, o[of][name], 0 / 0)
            assert.is_false(ok, way)
            assert.matches(("'%s', %s: "):format(of, name), message, 1, true)
            assert.matches("is not a number (NaN)", message, 1, true)
            assert.same(before, o[of][name]:table(), way)
          end
        end
      end)
    end
  end

  it("whole values, of a text too", function()
    local o = small()
    local ok, message = pcall(function() o.p.x = "if i == 3: sqrt(-1) else: 1" end)
    assert.is_false(ok)
    assert.matches("population 'p', x: 'if i == 3: sqrt(-1) else: 1' is not a number (NaN) for element 3", message, 1, true)
    assert.same({ 0.5, 0.5, 0.5, 0.5 }, o.p.x:table())
    ok, message = pcall(function() o.s:normalize { to = 0 / 0 } end)
    assert.is_false(ok)
    assert.matches("got NaN", message, 1, true)
    assert.equal(1, o.s.w[1])
  end)

  it("while an infinite value that a model gave is stored and put back", function()
    local o = small()
    o.p.most[2] = 3
    o.net:store "a"
    local digest = stored.digest(o.net)
    o.p.most[1] = 5
    o.net:restore "a"
    assert.same({}, stored.differences(digest, stored.digest(o.net)))
    assert.equal(math.huge, o.p.most[1])
  end)
end)

describe("Numbers below the least are refused in every element of", function()
  for of, name in pairs { q = "rates", i = "rate" } do
    it(of .. "." .. name, function()
      for way, write in pairs(ways) do
        local o = small()
        local before = o[of][name]:table()
        if way ~= "sum" or before[1] < 20 then
          local ok, message = pcall(write, o[of][name], -20)
          assert.is_false(ok, way)
          assert.matches(name .. " must be at least 0, got -", message, 1, true)
          assert.same(before, o[of][name]:table(), way)
        end
      end
    end)
  end
end)

describe("A variable of whole numbers", function()
  it("is driven by whole numbers alone", function()
    local function driven(name, source)
      local net = lp.network { dt = 1 }
      local p = net:population { size = 1, neuron = CELL, drive = { [name] = source } }
      net:run(2)
      return p[name][1]
    end
    assert.equal(4, driven("k", lp.timed_array({ 3, 4 }, { dt = 1 })))
    for _, source in ipairs { lp.timed_array({ 3, 2.5 }, { dt = 1 }), lp.timed_array({ 3, 4 }, { dt = 2, interpolate = true }) } do
      local ok, message = pcall(driven, "k", source)
      assert.is_false(ok)
      assert.matches("population 'population1', drive: k holds whole numbers (int): a timed array of whole numbers expected", message, 1, true)
    end
  end)

  it("is told what was wrong, to the last digit", function()
    for value, shown in pairs { [1e9 + 0.5] = "1000000000.5", [2 ^ 40 + 0.25] = "1099511627776.25", [2.5] = "2.5" } do
      local ok, message = pcall(lp.fixed_number_pre, value)
      assert.is_false(ok)
      assert.matches("got " .. shown, message, 1, true)
    end
  end)
end)

describe("An object of the library in place of options", function()
  it("is told as what it is, and shows nothing of itself", function()
    local o = small()
    for message, f in pairs {
      ["net:reset: a table of options expected, got a population"] = function() o.net:reset(o.p) end,
      ["normalize of 's': a table of options expected, got a network"] = function() o.s:normalize(o.net) end,
      ["lp.neuron: a description in a table expected, got a network"] = function() lp.neuron(o.net) end,
      ["lp.condition: parameters in a table expected, got a projection"] = function() lp.condition("i < j", o.s) end,
      ["hspan: a table of options expected, got a network"] = function() lp.figure()[1]:hspan(1, 2, o.net) end,
      ["hspan: the end must be a finite number, got a network"] = function() lp.figure()[1]:hspan(1, o.net) end,
      ["population 'q', rates: numbers expected: got a userdata"] = function() o.q.rates = io.stdout end,
      ["net:save: 'log/f' of net:keep is a function, which no file can hold"] = function()
        o.net:keep("log", {}).f = print
        o.net:save(os.tmpname() .. ".h5")
      end,
    } do
      local ok, said = pcall(f)
      assert.is_false(ok)
      assert.equal(message, (said:gsub("^[^:]+:%d+: ", "")))
    end
  end)
end)
