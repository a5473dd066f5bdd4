--- Arrays of any number of axes, compared with loops over flat lists of their elements: random shapes in random layouts of memory.
local array = require "lunapse.array"
local compare = require "tests.compare"
local fails, same = compare.fails, compare.same

local nan = 0 / 0
local types = { "float64", "float32", "int64", "int32", "bool" }
local state

--- A whole number in low .. high, always the same sequence.
local function draw(low, high)
  state = (state * 6364136223846793005 + 1442695040888963407)
  return low + (state >> 33) % (high - low + 1)
end

before_each(function() state = 4711 end)

local function product(shape)
  local n = 1
  for _, length in ipairs(shape) do n = n * length end
  return n
end

--- The index along each axis of element k, counted from 1, the last axis fastest.
local function index_of(shape, k)
  local index, left = {}, k - 1
  for d = #shape, 1, -1 do
    index[d] = left % shape[d] + 1
    left = left // shape[d]
  end
  return index
end

local function number_of(shape, index)
  local k = 0
  for d = 1, #shape do k = k * shape[d] + index[d] - 1 end
  return k + 1
end

local function random_shape(n_axes, low, high)
  local shape = {}
  for d = 1, n_axes do shape[d] = draw(low or 1, high or 4) end
  return shape
end

--- The same elements in memory laid out otherwise: with the axes in another order, gaps between elements, some axes backwards.
local function scattered(a)
  local n, order, back = a:axes(), {}, {}
  for d = 1, n do order[d] = d end
  for d = n, 2, -1 do
    local e = draw(1, d)
    order[d], order[e] = order[e], order[d]
  end
  for d = 1, n do back[order[d]] = d end
  local turned = n > 1 and a:transpose(order) or a
  local wide, steps = { turned:shape() }, {}
  for d = 1, n do
    steps[d] = ({ 1, 1, 2, -1, -2 })[draw(1, 5)]
    wide[d] = wide[d] * math.abs(steps[d])
  end
  local view = array.zeros(wide, a:type())
  for d = 1, n do
    view = steps[d] > 0 and view:slice(steps[d], nil, steps[d], d) or view:slice(nil, -steps[d], steps[d], d)
  end
  view:assign(turned)
  return n > 1 and view:transpose(back) or view
end

--- An array of small numbers (distinct enough for orders) in some layout, its shape, and its elements as a flat list.
local function sample(shape, kind)
  local values = {}
  for k = 1, product(shape) do
    if kind == "bool" then values[k] = draw(0, 1) == 1 else values[k] = draw(-9, 9) end
  end
  local a = array.from(values, kind):reshape(shape)
  return draw(1, 2) == 1 and a or scattered(a), values
end

local function check(a, shape, values, what)
  assert.are.same(shape, { a:shape() }, what)
  for k = 1, #values do
    local got, wanted = a:get(table.unpack(index_of(shape, k))), values[k]
    if got ~= wanted and (got == got or wanted == wanted) then
      error(("%s: element %d of shape %s is %s, not %s"):format(what, k, table.concat(shape, " x "), got, wanted), 2)
    end
  end
  assert.are.equal(#values, a:size(), what)
end

--- The shape without axis d, and for each of its places the list of elements along the axis.
local function lines(shape, values, axis)
  local rest = table.move(shape, 1, #shape, 1, {})
  table.remove(rest, axis)
  local list = {}
  for k = 1, product(rest) do
    local index, line = index_of(rest, k), {}
    table.insert(index, axis, 1)
    for i = 1, shape[axis] do
      index[axis] = i
      line[i] = values[number_of(shape, index)]
    end
    list[k] = line
  end
  return rest, list
end

--- The flat list that has `list[k]` along the axis at the k-th place of the others.
local function from_lines(shape, axis, list)
  local rest, values = table.move(shape, 1, #shape, 1, {}), {}
  table.remove(rest, axis)
  for k, line in ipairs(list) do
    local index = index_of(rest, k)
    table.insert(index, axis, 1)
    for i = 1, shape[axis] do
      index[axis] = i
      values[number_of(shape, index)] = line[i]
    end
  end
  return values
end

--- f(shape, kind) for random shapes of 1 to 5 axes and each type.
local function trials(f, kinds)
  for n_axes = 1, 5 do
    for _, kind in ipairs(kinds or types) do
      for _ = 1, 3 do f(random_shape(n_axes, 1, ({ 9, 5, 4, 3, 2 })[n_axes]), kind) end
    end
  end
end

describe("an array of many axes", function()
  it("is made from nested tables, and becomes one", function()
    trials(function(shape, kind)
      local a, values = sample(shape, kind)
      check(a, shape, values, "sample")
      check(array.from(a:table(), kind), shape, values, "table")
      check(a:copy(), shape, values, "copy")
      assert.are.equal(kind, a:type())
      assert.are.equal(#shape, a:axes())
      assert.are.equal(shape[1], #a)
      if #shape > 1 then
        local parts = {}
        for i = 1, #a do parts[i] = a[i] end
        check(array.from(parts, kind), shape, values, "arrays in a table")
        for i = 1, #a do parts[i] = draw(1, 2) == 1 and a[i]:table() or a[i] end
        check(array.from(parts, kind), shape, values, "tables and arrays in a table")
      end
    end)
    same({ { { true } } }, array.from { { { true } } })
    same({ { { 7, 7 } } }, array.full(7, { 1, 1, 2 }, "int32"))
    same({ { { 1.0, 1.0 } } }, array.ones(1, 1, 2))
    assert.are.same({ 2, 0, 3 }, { array.zeros(2, 0, 3):shape() })
    assert.are.same({ 1, 1, 1, 1, 1, 1, 1, 2 }, { array.zeros(1, 1, 1, 1, 1, 1, 1, 2, "bool"):shape() })
    assert.are.equal("int64", array.new("int64", { 2, 2 }):type())
  end)

  it("refuses shapes and tables that are none, with the place", function()
    local deep = 1
    for _ = 1, 9 do deep = { deep } end
    assert.are.equal("an array has at most 8 axes, but the table is nested deeper", fails(array.from, deep))
    assert.matches("at most 8 axes", fails(array.zeros, 1, 1, 1, 1, 1, 1, 1, 1, 1))
    assert.matches("at most 8 axes", fails(array.zeros, { 1, 1, 1, 1, 1, 1, 1, 1, 1 }))
    assert.matches("must not be negative", fails(array.zeros, { 2, -1 }))
    assert.matches("length 2 of the shape must be a whole number, got 1.5", fails(array.zeros, { 2, 1.5 }))
    assert.matches("length 1 of the shape must be a whole number, got x", fails(array.zeros, { "x" }))
    assert.matches("a shape of at least one length expected", fails(array.zeros, {}))
    assert.are.equal("part [2][1] has 3 elements, part [1][1] has 2", fails(array.from, { { { 1, 2 } }, { { 1, 2, 3 } } }))
    assert.are.equal("part [2] has 1 elements, part [1] has 2", fails(array.from, { { { 1 }, { 2 } }, { { 1 } } }))
    assert.are.equal("element 2 of part [2][1] is a string, not a number", fails(array.from, { { { 1, 2 } }, { { 1, "x" } } }))
    assert.are.equal("element 1 of part [1][2] is a table, not a number", fails(array.from, { { { 1 }, { {} } } }))
    assert.are.equal("part [1][2] is number, not a table of numbers", fails(array.from, { { { 1 }, 2 } }))
    assert.are.equal("part [1][1] is empty", fails(array.from, { { {} } }))
    assert.are.equal("part [2] has shape 2 x 3, part [1] has 2 x 2", fails(array.from, { array.ones(2, 2), array.ones(2, 3) }))
    assert.are.equal("part [2] is a 1-d array, not a table of numbers", fails(array.from, { array.ones(2, 2), array.ones(2) }))
    assert.are.equal("no memory for a bool array of 1000000 x 1000000 x 1000000 elements", fails(array.zeros, 1000000, 1000000, 1000000, "bool"):match "^[^:]*")
    assert.matches("no memory", fails(array.zeros, 0, math.maxinteger, math.maxinteger))
  end)

  it("gives parts as views along every axis", function()
    trials(function(shape, kind)
      local a, values = sample(shape, kind)
      for axis = 1, #shape do
        local rest, list = lines(shape, values, axis)
        for i = 1, shape[axis] do
          local part = a:at(i, axis)
          if #shape == 1 then
            assert.are.equal(values[i], part)
          else
            local wanted = {}
            for k, line in ipairs(list) do wanted[k] = line[i] end
            check(part, rest, wanted, "at")
            check(a:at(i - shape[axis] - 1, axis - #shape - 1), rest, wanted, "at, from the end")
            if axis == 1 then check(a[i], rest, wanted, "a[i]") end
          end
        end
        local first = draw(1, shape[axis])
        local last, step = draw(first, shape[axis]), draw(1, 2)
        local cut, wanted = {}, table.move(shape, 1, #shape, 1, {})
        for k, line in ipairs(list) do
          cut[k] = {}
          for i = first, last, step do cut[k][#cut[k] + 1] = line[i] end
        end
        wanted[axis] = #cut[1]
        check(a:slice(first, last, step, axis), wanted, from_lines(wanted, axis, cut), "slice")
        local turned = {}
        for k, line in ipairs(list) do
          turned[k] = {}
          for i = 1, #line do turned[k][i] = line[#line + 1 - i] end
        end
        check(a:reverse(axis), shape, from_lines(shape, axis, turned), "reverse")
      end
    end)
    local a = array.zeros(2, 3, 4)
    a:at(2, 3):slice(2, 3, 1, 2):fill(5)
    a[2][1][1] = 7
    a:set(1, 1, 4, 8)
    a[1][3] = { 1, 2, 3, 4 }
    a:at(-1, 2):add { { 10 }, { 20 } }
    same({ { { 0, 0, 0, 8 }, { 0, 5, 0, 0 }, { 11, 12, 13, 14 } }, { { 7, 0, 0, 0 }, { 0, 5, 0, 0 }, { 20, 25, 20, 20 } } }, a)
    assert.are.equal(14, a:get(1, 3, 4))
    assert.are.equal("index 3 5 is out of range: the array has shape 2 x 3 x 4", fails(a.get, a, 1, 1, 5))
    assert.are.equal("index 4 is out of range: the array has shape 2 x 3 x 4", fails(a.at, a, 4, 2))
    assert.are.equal("index 0 is out of range: the array has shape 2 x 3 x 4", fails(a.at, a, 0))
    assert.are.equal("index 3 must be a whole number, got no value", fails(a.get, a, 1, 1))
    assert.matches("axis 4 is out of range: the array has shape 2 x 3 x 4", fails(a.slice, a, 1, 2, 1, 4))
    assert.matches("cannot copy an array of shape 3 into one of shape 3 x 4", fails(function() a[1] = { 1, 2, 3 } end))
  end)

  it("takes other shapes: a view where memory allows it", function()
    trials(function(shape, kind)
      local a, values = sample(shape, kind)
      local n = #values
      check(a:flatten(), { n }, values, "flatten")
      local other, left = {}, n
      for d = 1, draw(1, 5) do
        local length = 1
        for candidate = left, 1, -1 do
          if left % candidate == 0 and draw(1, 2) == 1 then length = candidate break end
        end
        other[d], left = length, left // length
      end
      other[#other + 1] = left
      check(a:reshape(other), other, values, "reshape")
      local unknown = draw(1, #other)
      local given = table.move(other, 1, #other, 1, {})
      given[unknown] = -1
      check(a:reshape(given), other, values, "reshape with -1")
      local view = a:copy():reshape(other)
      check(view:reshape(shape), shape, values, "and back")
      local order, turned, wanted = {}, {}, {}
      for d = 1, #shape do order[d] = d end
      for d = #shape, 2, -1 do
        local e = draw(1, d)
        order[d], order[e] = order[e], order[d]
      end
      if #shape > 1 then
        for d = 1, #shape do turned[d] = shape[order[d]] end
        for k = 1, n do
          local index, back = index_of(turned, k), {}
          for d = 1, #shape do back[order[d]] = index[d] end
          wanted[k] = values[number_of(shape, back)]
        end
        check(a:transpose(order), turned, wanted, "transpose")
        check(a:transpose(table.unpack(order)), turned, wanted, "transpose")
        for d = 1, #shape do order[d] = #shape + 1 - d end
        assert.is_true(a:transpose() == a:transpose(order))
      end
      for axis = 1, #shape + 1 do
        local more = table.move(shape, 1, #shape, 1, {})
        table.insert(more, axis, 1)
        check(a:expand(axis), more, values, "expand")
        check(a:expand(axis):squeeze(axis), shape, values, "squeeze")
      end
      local few = {}
      for _, length in ipairs(shape) do if length > 1 then few[#few + 1] = length end end
      check(a:squeeze(), few[1] and few or { 1 }, values, "squeeze")
    end)
    local a = array.arange(24):reshape(2, 3, 4)
    a:reshape(6, 4)[6][4] = 99
    a:transpose(3, 1, 2):reshape(4, 2, 3, 1)[1][1][1][1] = 98
    a:slice(nil, nil, 2, 3):reshape(2, 3, 2, 1):set(2, 1, 2, 1, 97)    -- the gap between elements stays the same
    assert.are.same({ 99, 98, 97 }, { a:get(2, 3, 4), a:get(1, 1, 1), a:get(2, 1, 3) })
    assert.are.equal("an array of shape 2 x 3 x 4 cannot take shape 5 x -1", fails(a.reshape, a, 5, -1))
    assert.are.equal("an array of shape 2 x 3 x 4 cannot take shape -1 x -1", fails(a.reshape, a, -1, -1))
    assert.are.equal("an array of shape 0 cannot take shape 0 x -1", fails(a.reshape, array.zeros(0), 0, -1))
    assert.are.same({ 3, 0 }, { array.zeros(0):reshape(3, -1):shape() })
    assert.matches("each of the axes 1 to 3 expected once", fails(a.transpose, a, 1, 2))
    assert.matches("each of the axes 1 to 3 expected once", fails(a.transpose, a, 1, 2, 2))
    assert.matches("each of the axes 1 to 3 expected once", fails(a.transpose, a, 1, 2, 4))
    assert.matches("axis 2 of an array of shape 2 x 3 x 4 is not of length 1", fails(a.squeeze, a, 2))
    assert.matches("at most 8 axes", fails(a.expand, array.zeros(1, 1, 1, 1, 1, 1, 1, 1)))
  end)

  it("is indexed by lists and masks along every axis", function()
    trials(function(shape, kind)
      local a, values = sample(shape, kind)
      for axis = 1, #shape do
        local rest, list = lines(shape, values, axis)
        local which, mask, chosen = {}, {}, {}
        for i = 1, draw(1, 4) do which[i] = draw(1, shape[axis]) end
        for i = 1, shape[axis] do
          mask[i] = draw(0, 1) == 1
          if mask[i] then chosen[#chosen + 1] = i end
        end
        local function taken(places)
          local out, wanted = {}, table.move(shape, 1, #shape, 1, {})
          for k, line in ipairs(list) do
            out[k] = {}
            for i, place in ipairs(places) do out[k][i] = line[place] end
          end
          wanted[axis] = #places
          return wanted, from_lines(wanted, axis, out)
        end
        local wanted, elements = taken(which)
        check(a:take(which, axis), wanted, elements, "take")
        check(a:take(which, axis - #shape - 1), wanted, elements, "take")
        wanted, elements = taken(chosen)
        check(a:take(array.from(mask, "bool"), axis), wanted, elements, "take by a mask")
        if axis == 1 then check(a[array.from(mask, "bool")], wanted, elements, "a[mask]") end

        -- Writing: to a copy that is laid out the same way, of the same shape, repeated, or one value.
        local places = chosen
        wanted = table.move(shape, 1, #shape, 1, {})
        wanted[axis] = #places
        local new, new_values = sample(wanted, kind)
        local _, new_lines = lines(wanted, new_values, axis)
        local target, after = scattered(a), {}
        for k, line in ipairs(list) do
          after[k] = table.move(line, 1, #line, 1, {})
          for i, place in ipairs(places) do after[k][place] = new_lines[k][i] end
        end
        target:put(places, new, axis)
        check(target, shape, from_lines(shape, axis, after), "put")
        target = scattered(a)
        local one = kind == "bool" and true or 5
        for k, line in ipairs(list) do
          after[k] = table.move(line, 1, #line, 1, {})
          for _, place in ipairs(places) do after[k][place] = one end
        end
        target:put(array.from(mask, "bool"), one, axis)
        check(target, shape, from_lines(shape, axis, after), "put one value")
        assert.are.equal(#rest, #shape - 1)
      end

      -- A mask over some leading axes.
      local n_leading = draw(1, #shape)
      local leading = table.move(shape, 1, n_leading, 1, {})
      local mask, flags = sample(leading, "bool")
      local size, wanted, found, n = product(shape) // product(leading), {}, {}, 0
      for d = 1, n_leading do found[d] = {} end
      for k, flag in ipairs(flags) do
        if flag then
          n = n + 1
          table.move(values, (k - 1) * size + 1, k * size, #wanted + 1, wanted)
          for d, i in ipairs(index_of(leading, k)) do found[d][n] = i end
        end
      end
      check(a[mask], table.move(shape, n_leading + 1, #shape, 2, { n }), wanted, "a mask over leading axes")
      local got = { mask:find() }
      assert.are.equal(n_leading, #got)
      for d = 1, n_leading do same(found[d], got[d]) end
      local b = scattered(a)
      b[mask] = b[mask]
      check(b, shape, values, "written back")
      if size > 1 then
        local row = a:reshape(-1, size)[1]:copy():reshape(table.move(shape, n_leading + 1, #shape, 1, {}))
        b[mask] = row
        for k, flag in ipairs(flags) do if flag then table.move(values, 1, size, (k - 1) * size + 1) end end
        -- What stands in the first part was read before it was written: it is still there.
        check(b, shape, values, "repeated along the mask")
      end
    end)
    local a = array.zeros(2, 3, 4)
    assert.are.equal("a mask of shape 3 does not fit axis 3 of an array of shape 2 x 3 x 4", fails(a.take, a, { true, false, true }, 3))
    assert.are.equal("a mask of shape 2 x 4 does not fit an array of shape 2 x 3 x 4", fails(a.take, a, array.zeros(2, 4, "bool")))
    assert.are.equal("values of shape 2 x 3 do not fit 1 parts of an array of shape 2 x 3 x 4", fails(a.put, a, { 1 }, array.ones(2, 3), 3))
    assert.matches("index 5 .* is out of range: the array has shape 2 x 3 x 4", fails(a.take, a, { 5 }, 3))
    assert.matches("columns of an array of shape 2 x 3", fails(a.put, array.ones(2, 3), { 1 }, { 1, 2, 3 }, 2))
  end)
end)

describe("along an axis", function()
  local function count(line, f)
    local n = 0
    for _, x in ipairs(line) do if f(x) then n = n + 1 end end
    return n
  end
  local function as_number(x) return x == true and 1 or x == false and 0 or x end
  local function is_true(x) return as_number(x) ~= 0 end
  local function sum(line)
    local total = 0
    for _, x in ipairs(line) do total = total + as_number(x) end
    return total
  end
  local function mean(line) return sum(line) / #line end
  local function variance(line, freedom)
    local total, middle = 0, mean(line)
    for _, x in ipairs(line) do total = total + (as_number(x) - middle) ^ 2 end
    return #line > (freedom or 0) and total / (#line - (freedom or 0)) or nan
  end
  local function sorted(line)
    local copy = {}
    for i, x in ipairs(line) do copy[i] = as_number(x) end
    table.sort(copy)
    return copy
  end
  local function quantile(line, q)
    local s = sorted(line)
    local place = q * (#s - 1)
    local below = place // 1 | 0
    return s[below + 1] + (place - below) * ((s[below + 2] or s[below + 1]) - s[below + 1])
  end
  local function extreme(line, is_better)
    local best = 1
    for i = 2, #line do if is_better(as_number(line[i]), as_number(line[best])) then best = i end end
    return best
  end
  local function less(x, y) return x < y end
  local function more(x, y) return x > y end
  local of = {
    sum = sum, mean = mean, var = variance,
    std = function(line, freedom) return math.sqrt(variance(line, freedom)) end,
    prod = function(line) local p = 1 for _, x in ipairs(line) do p = p * as_number(x) end return p end,
    median = function(line) return quantile(line, 0.5) end,
    norm1 = function(line) local t = 0 for _, x in ipairs(line) do t = t + math.abs(as_number(x)) end return t end,
    norm2 = function(line) local t = 0 for _, x in ipairs(line) do t = t + as_number(x) ^ 2 end return math.sqrt(t) end,
    min = function(line) return line[extreme(line, less)] end,
    max = function(line) return line[extreme(line, more)] end,
    argmin = function(line) return extreme(line, less) end,
    argmax = function(line) return extreme(line, more) end,
    count = function(line) return count(line, is_true) end,
    any = function(line) return count(line, is_true) > 0 end,
    all = function(line) return count(line, is_true) == #line end,
  }

  local function close(wanted, got, what)
    if type(wanted) == "number" and wanted == wanted then
      assert(math.abs(wanted - got) <= 1e-12 * math.max(1, math.abs(wanted)), ("%s: %s, not %s"):format(what, got, wanted))
    else
      assert(wanted == got or (wanted ~= wanted and got ~= got), ("%s: %s, not %s"):format(what, got, wanted))
    end
  end

  local function check_close(a, shape, wanted, what)
    assert.are.same(shape, { a:shape() }, what)
    for k, x in ipairs(wanted) do close(x, a:get(table.unpack(index_of(shape, k))), what) end
  end

  it("every reduction is that of each line", function()
    trials(function(shape, kind)
      local a, values = sample(shape, kind)
      for name, f in pairs(of) do
        for freedom = 0, (name == "var" or name == "std") and 1 or 0 do
          close(f(values, freedom), a[name](a, nil, freedom), name)
          for axis = 1, #shape do
            local rest, list = lines(shape, values, axis)
            local got = a[name](a, axis, freedom)
            if #shape == 1 then
              close(f(values, freedom), got, name)
              close(f(values, freedom), a[name](a, -1, freedom), name)
            else
              local wanted = {}
              for k, line in ipairs(list) do wanted[k] = f(line, freedom) end
              check_close(got, rest, wanted, name .. " along " .. axis)
              assert.is_true(freedom == 1 or name == "var" or name == "std" or got == a[name](a, axis - #shape - 1), name)
            end
          end
        end
      end
    end)
  end)

  it("quantiles, orders, running sums and differences are those of each line", function()
    trials(function(shape, kind)
      local a, values = sample(shape, kind)
      for axis = 1, #shape do
        local rest, list = lines(shape, values, axis)
        if #shape > 1 then
          local third, both = {}, table.move(rest, 1, #rest, 2, { 2 })
          for k, line in ipairs(list) do third[k] = quantile(line, 0.3) end
          check_close(a:quantile(0.3, axis), rest, third, "quantile")
          for k, line in ipairs(list) do third[#list + k] = quantile(line, 0.9) end
          check_close(a:quantile({ 0.3, 0.9 }, axis), both, third, "quantiles")
        else
          close(quantile(values, 0.3), a:quantile(0.3, 1), "quantile")
        end
        local in_order, running, gaps = {}, {}, {}
        for k, line in ipairs(list) do
          in_order[k], running[k], gaps[k] = sorted(line), {}, {}
          local total = 0
          for i, x in ipairs(line) do
            total = total + as_number(x)
            running[k][i] = total
            if i > 1 then gaps[k][i - 1] = as_number(x) - as_number(line[i - 1]) end
          end
        end
        local sorted_array, order = a:sort(axis), a:argsort(axis)
        check(sorted_array:astype "float64", shape, from_lines(shape, axis, in_order), "sort")
        assert.are.equal(kind, sorted_array:type())
        local _, orders = lines(shape, order:flatten():table(), axis)
        for k, places in ipairs(orders) do
          for i, place in ipairs(places) do
            assert.are.equal(in_order[k][i], as_number(list[k][place]))
            assert.is_true(i == 1 or in_order[k][i] ~= in_order[k][i - 1] or place > places[i - 1], "equal elements keep their order")
          end
        end
        check_close(a:cumsum(axis), shape, from_lines(shape, axis, running), "cumsum")
        local shorter = table.move(shape, 1, #shape, 1, {})
        shorter[axis] = shape[axis] - 1
        check_close(a:diff(axis), shorter, from_lines(shorter, axis, gaps), "diff")
      end
      local seen = {}
      for _, x in ipairs(values) do seen[as_number(x)] = true end
      local different = 0
      for _ in pairs(seen) do different = different + 1 end
      assert.are.equal(different, #a:unique())
      if #shape > 1 then
        for _, name in ipairs { "sort", "argsort", "cumsum", "diff" } do assert.matches("1%-d array expected, got shape", fails(a[name], a)) end
      end
      local smooth, rest = a:lowpass(0.25), nil
      assert.are.same(shape, { smooth:shape() })
      local _, wanted = lines(shape, values, #shape)
      for k, line in ipairs(wanted) do
        local y
        for i, x in ipairs(line) do
          y = y and y + 0.25 * (as_number(x) - y) or as_number(x)
          line[i] = y
        end
        rest = k
      end
      assert.is_truthy(rest)
      check_close(smooth, shape, from_lines(shape, #shape, wanted), "lowpass")
    end)
  end)

  it("says what is wrong", function()
    local a = array.zeros(2, 0, 3)
    assert.are.equal("an array of no elements has no max", fails(a.max, a, 2))
    assert.are.same({ 2, 3 }, { a:sum(2):shape() })
    assert.are.same({ 0, 3 }, { a:max(1):shape() })
    assert.matches("axis 5 is out of range: the array has shape 2 x 0 x 3", fails(a.mean, a, 5))
    assert.matches("axis 0 is out of range", fails(a.sort, a, 0))
    assert.matches("a quantile must lie in 0..1, got 2", fails(a.quantile, array.ones(2, 2, 2), 2, 1))
  end)

  it("arrays are joined and stacked", function()
    trials(function(shape, kind)
      for axis = 1, #shape do
        local parts, all, total = {}, {}, 0
        for k = 1, 3 do
          local own = table.move(shape, 1, #shape, 1, {})
          own[axis] = draw(0, 3)
          local a, values = sample(own, kind)
          parts[k], total = a, total + own[axis]
          local _, list = lines(own, values, axis)
          for i, line in ipairs(list) do
            all[i] = all[i] or {}
            table.move(line, 1, #line, #all[i] + 1, all[i])
          end
        end
        local wanted = table.move(shape, 1, #shape, 1, {})
        wanted[axis] = total
        check(array.join(parts, axis), wanted, from_lines(wanted, axis, all), "join")
      end
      local a, in_a = sample(shape, kind)
      local b, in_b = sample(shape, kind)
      for axis = 1, #shape + 1 do
        local wanted, both = table.move(shape, 1, #shape, 1, {}), {}
        table.insert(wanted, axis, 2)
        for k = 1, #in_a do both[k] = { in_a[k], in_b[k] } end
        check(array.stack({ a, b }, axis), wanted, from_lines(wanted, axis, both), "stack")
      end
    end)
    same({ { 1.0, 3.0 }, { 2.0, 4.0 } }, array.stack({ { 1, 2 }, { 3, 4 } }, -1))
    same({ { 1.0, 2.0, 5.0 }, { 3.0, 4.0, 6.0 } }, array.join({ { { 1, 2 }, { 3, 4 } }, { { 5 }, { 6 } } }, 2))
    assert.are.equal("cannot join arrays of shapes 2 x 3 x 1 and 2 x 3 x 2", fails(array.join, { array.ones(2, 3, 1), array.ones(2, 3, 2) }))
    assert.are.equal("cannot join arrays of shapes 1 x 2 and 1 x 3", fails(array.stack, { array.ones(2), array.ones(3) }))
    assert.matches("axis 3 is out of range", fails(array.join, { array.ones(2, 2), array.ones(2, 2) }, 3))
    assert.matches("axis 4 is out of range", fails(array.stack, { array.ones(2, 2), array.ones(2, 2) }, 4))
    assert.matches("nothing to join", fails(array.stack, {}))
  end)
end)

describe("element by element", function()
  local operate = {
    add = function(x, y) return x + y end, subtract = function(x, y) return x - y end, multiply = function(x, y) return x * y end,
    minimum = math.min, maximum = math.max,
    lt = function(x, y) return x < y end, le = function(x, y) return x <= y end, gt = function(x, y) return x > y end,
    ge = function(x, y) return x >= y end, eq = function(x, y) return x == y end, ne = function(x, y) return x ~= y end,
  }
  local operators = {
    add = function(a, b) return a + b end, subtract = function(a, b) return a - b end, multiply = function(a, b) return a * b end,
  }

  --- The value of a flat list of `shape` at the place `index` of a wider shape.
  local function spread(shape, values, index)
    local own = {}
    for d = 1, #shape do own[d] = shape[d] == 1 and 1 or index[#index - #shape + d] end
    return values[number_of(shape, own)]
  end

  --- A shape that may stand beside this one: axes missing in front, or of length 1.
  local function narrowed(shape)
    local own = {}
    for d = draw(1, #shape), #shape do own[#own + 1] = draw(1, 3) == 1 and 1 or shape[d] end
    return own
  end

  it("shapes combine from the last axis on", function()
    for n_axes = 1, 6 do
      for _ = 1, 25 do
        local whole = random_shape(n_axes, 1, 3)
        local kind, other = types[draw(1, 4)], types[draw(1, 4)]
        local one, two = whole, narrowed(whole)
        if draw(1, 2) == 1 then one, two = two, one end
        if draw(1, 3) == 1 then       -- each of the two is short where the other is not
          one, two = {}, {}
          for d = 1, n_axes do
            local which = draw(1, 3)
            one[d], two[d] = which == 1 and 1 or whole[d], which == 2 and 1 or whole[d]
          end
        end
        local a, in_a = sample(one, kind)
        local b, in_b = sample(two, other)
        for name, f in pairs(operate) do
          local wanted = {}
          for k = 1, product(whole) do
            local index = index_of(whole, k)
            wanted[k] = f(spread(one, in_a, index), spread(two, in_b, index))
          end
          local got = operators[name] and operators[name](a, b) or a[name](a, b)
          check(got, whole, wanted, name)
          if operators[name] and #one == #whole and table.concat(one, " ") == table.concat(whole, " ") and
            (kind:find "float" or other:find "int") then
            local target = scattered(a)
            check(target[name](target, b), whole, wanted, name .. " in place")
          end
        end
        -- Assigning repeats in the same way; a mask chooses between the two.
        local target, filled, mixed = scattered(array.zeros(whole)), {}, {}
        local mask, flags = sample(narrowed(whole), "bool")
        local mask_shape = { mask:shape() }
        for k = 1, product(whole) do
          local index = index_of(whole, k)
          filled[k] = spread(two, in_b, index)
          mixed[k] = spread(mask_shape, flags, index) and spread(one, in_a, index) or filled[k]
        end
        check(target:assign(b), whole, filled, "assign")
        check((a + array.zeros(whole)):where(mask, b), whole, mixed, "where")
      end
    end
    assert.are.equal("cannot add arrays of shapes 2 x 3 x 4 and 3", fails(function() return array.ones(2, 3, 4) + array.ones(3) end))
    assert.are.equal("cannot copy an array of shape 2 x 3 into one of shape 3", fails(array.ones(3).assign, array.ones(3), array.ones(2, 3)))
    local a = array.ones(3)
    assert.are.equal("the result has shape 2 x 1 x 3 and does not fit into the array, which has shape 3", fails(a.add, a, array.ones(2, 1, 3)))
  end)

  it("functions keep the shape", function()
    trials(function(shape, kind)
      local a, values = sample(shape, kind)
      local negative, squares, flags, kept = {}, {}, {}, {}
      for k, x in ipairs(values) do
        local y = x == true and 1 or x == false and 0 or x
        negative[k], squares[k], flags[k], kept[k] = -y, y * y, y == 0, math.max(-2, math.min(y, 3))
      end
      check(-a, shape, negative, "negative")
      check(a:square(), shape, squares, "square")
      check(a:negate(), shape, flags, "negate")
      check(a:clip(-2, 3), shape, kept, "clip")
      check(a:astype "float32":astype "int64", shape, (function() for k = 1, #kept do kept[k] = -negative[k] end return kept end)(), "astype")
      local seen = {}
      local mapped = a:map(function(x, ...)
        seen[#seen + 1] = number_of(shape, { ... })
        return x
      end)
      for k = 1, #values do assert.are.equal(k, seen[k]) end
      assert.are.same(shape, { mapped:shape() })
      assert.is_true(mapped == a)
      assert.is_true(a == scattered(a))
      assert.is_false(a == (kind == "bool" and ~a or a + 1))
      local walked = 0
      for i, part in ipairs(a) do
        walked = walked + 1
        assert.is_true(#shape == 1 and part == values[i] or part == a:at(i))
      end
      assert.are.equal(#a, walked)
    end)
  end)

  it("repeated values keep their place when they get memory", function()
    local guard = require "lunapse.core.guard"
    for trial = 1, 40 do
      local one = array.full(3, 1)
      local a = guard.repeated(one, 24):reshape(2, 3, 4)
      assert.are.equal(72, a:sum())
      same({ { 6, 6, 6, 6 }, { 6, 6, 6, 6 }, { 6, 6, 6, 6 } }, a:sum(1))
      guard.set(one, { before = function() guard.move(one, array.full(one[1], 24)) end })
      local view, index = a, { draw(1, 2), draw(1, 3), draw(1, 4) }
      view = view:transpose(3, 1, 2):at(index[3])          -- along the axes 1 and 2
      if trial % 2 == 0 then view = view:reverse(2):reverse(2) end
      view:expand(1):set(1, index[1], index[2], 7)
      for k = 1, 24 do
        local at = index_of({ 2, 3, 4 }, k)
        assert.are.equal(at[1] == index[1] and at[2] == index[2] and at[3] == index[3] and 7 or 3, a:get(table.unpack(at)))
      end
    end
  end)
end)

describe("printing", function()
  it("shows the parts under their index, the first and last ones of many", function()
    assert.are.equal([[
array int64 [2 x 2 x 3]
  [1]
  1  2  3
  4  5  6
  [2]
  7  8  9
  10  11  12
  mean 6.5, range 1 .. 12]], tostring(array.arange(12):reshape(2, 2, 3)))
    assert.are.equal([[
array bool [1 x 2 x 1 x 2]
  [1][1]
  false  false
  [1][2]
  false  false
  0 of 4 true]], tostring(array.zeros(1, 2, 1, 2, "bool")))
    local text = tostring(array.zeros(50, 40, 30))
    assert.matches("^array float64 %[50 x 40 x 30%]\n  %[1%]\n", text)
    assert.matches("  %[2%]\n.-\n  %.%.%.\n  %[49%]\n.-\n  %[50%]\n", text)
    assert.is_true(select(2, text:gsub("\n", "")) < 40)
    assert.are.equal("array float64 [2 x 0 x 3]", tostring(array.zeros(2, 0, 3)))
  end)
end)
