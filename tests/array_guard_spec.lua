-- Arrays whose owner hears of writes, and arrays in which one value stands for all elements.
local array = require "lunapse.core.array"
local guard = require "lunapse.core.guard"

describe("one value for all elements", function()
  local one, all

  before_each(function()
    one = array.full(3, 1)
    all = guard.repeated(one, 6)
  end)

  it("reads like any other array", function()
    assert.equal(6, #all)
    assert.equal(6, all:size())
    assert.same({ 3, 3, 3, 3, 3, 3 }, all:table())
    assert.equal(3, all[6])
    assert.is_nil(all[7])
    assert.equal(18, all:sum())
    assert.equal(3, all:mean())
    assert.equal(0, all:std())
    assert.equal(3, all:max())
    assert.equal(3, all:median())
    assert.same({ 6, 6, 6, 6, 6, 6 }, (all * 2):table())
    assert.same({ 4, 5, 6, 7, 8, 9 }, (all + array.arange(1, 6)):table())
    assert.same({ -3, -3, -3, -3, -3, -3 }, (-all):table())
    assert.equal(6, all:sqrt():size())
    assert.equal(math.sqrt(3), all:sqrt()[4])
    assert.is_true(all:lt(4):all())
    assert.same({ 3, 3 }, all:take({ 1, 5 }):table())
    assert.same({ 3, 3, 3, 3, 3, 3 }, all:sort():table())
    assert.same({ 3 }, all:unique():table())
    assert.equal("int32", all:astype("int32"):type())
    assert.equal(54, all:dot(all))
    assert.same({ 0, 0, 0, 0, 0 }, all:diff():table())
    assert.same({ 3, 6, 9, 12, 15, 18 }, all:cumsum():table())
    assert.equal(12, #all:join(all))
    assert.is_true(all == array.full(3, 6))
    local counts = all:histogram(2, 0, 4)
    assert.same({ 0, 6 }, counts:table())
  end)

  it("has views", function()
    assert.same({ 3, 3, 3 }, all:slice(2, 4):table())
    assert.same({ 3, 3, 3 }, all:slice(6, 1, -2):table())
    local matrix = all:reshape(2, 3)
    assert.same({ { 3, 3, 3 }, { 3, 3, 3 } }, matrix:table())
    assert.same({ 6, 6, 6 }, matrix:sum(1):table())
    assert.same({ 9, 9 }, matrix:sum(2):table())
    assert.same({ 3, 3 }, matrix:column(2):table())
    assert.same({ 3, 3, 3 }, matrix:transpose():column(1):table())
    assert.same({ 3, 3, 3, 3, 3, 3 }, matrix:flatten():table())
  end)

  it("sees the value change", function()
    one[1] = 4
    assert.equal(24, all:sum())
  end)

  it("says that it is one number", function()
    assert.equal("array float64 [6]  3 for all 6", tostring(all))
    assert.is_true(guard.is_repeated(all))
    assert.is_true(guard.is_repeated(all:slice(2, 3)))
    assert.is_false(guard.is_repeated(all:copy()))
  end)

  it("is not written in parts where nobody gives the elements memory", function()
    for _, write in ipairs {
      function() all[2] = 1 end, function() all:fill(1) end, function() all:set(1, 2) end, function() all:put({ 1 }, 2) end,
      function() all:add(1) end, function() all:slice(1, 2):fill(0) end, function() all:assign(array.arange(1, 6)) end,
    } do
      local ok, message = pcall(write)
      assert.is_false(ok)
      assert.truthy(message:find "one value stands for all elements of this array")
    end
    assert.equal(18, all:sum())
  end)

  it("gets memory of its own when it is written, and every view follows", function()
    local whole
    local mine = { before = function()
      whole = array.full(one[1], 6, nil, "float32")
      guard.move(one, whole)
    end }
    guard.set(one, mine)
    local part, back, matrix = all:slice(3, 5), all:slice(6, 1, -1), all:reshape(2, 3)
    part[2] = 7
    for _, a in ipairs { all, whole } do assert.same({ 3, 3, 3, 7, 3, 3 }, a:table()) end
    assert.same({ 3, 7, 3 }, part:table())
    assert.same({ 3, 3, 7, 3, 3, 3 }, back:table())
    assert.same({ { 3, 3, 3 }, { 7, 3, 3 } }, matrix:table())
    assert.equal("float32", all:type())
    back[1] = 9
    matrix:set(1, 1, 8)
    assert.same({ 8, 3, 3, 7, 3, 9 }, whole:table())
    collectgarbage()
    assert.same({ 8, 3, 3, 7, 3, 9 }, all:table())
  end)

  it("may be assigned from itself while it gets memory", function()
    guard.set(one, { before = function() guard.move(one, array.full(one[1], 6)) end })
    local keep = guard.repeated(one, 6)
    all:assign(keep)
    all:add(keep)
    assert.same({ 6, 6, 6, 6, 6, 6 }, keep:table())
  end)
end)

describe("an array's owner", function()
  it("may refuse every way of writing", function()
    local a = array.arange(1, 4):astype "float64"
    local mine = { before = function() error("set when it is made", 0) end }
    guard.set(a, mine)
    for name, write in pairs {
      index = function() a[2] = 1 end, fill = function() a:fill(1) end, set = function() a:set(1, 2) end, put = function() a:put({ 1 }, 2) end,
      add = function() a:add(1) end, multiply = function() a:multiply(a) end, part = function() a:slice(1, 2)[1] = 0 end,
      assign = function() a:assign { 4, 3, 2, 1 } end, mask = function() a[a:gt(2)] = 0 end, matrix = function() a:reshape(2, 2)[1] = { 0, 0 } end,
    } do
      local ok, message = pcall(write)
      assert.is_false(ok, name)
      assert.equal("set when it is made", message)
    end
    assert.same({ 1, 2, 3, 4 }, a:table())
    guard.set(a, nil)
    a[1] = 5
    assert.equal(5, a[1])
  end)

  it("hears what was written", function()
    local a, told = array.zeros(3), 0
    local mine = { after = function() told = told + 1 end }
    guard.set(a, mine)
    a[1] = 1
    a:fill(2)
    a:slice(2, 3):add(1)
    a:put({ 1, 2 }, { 5, 6 })
    assert.equal(4, told)
    assert.equal(14, a:sum())
    assert.equal(4, told)
  end)

  it("is asked as long as he lives", function()
    local a = array.zeros(3)
    guard.set(a, { before = function() error "no" end })
    collectgarbage()
    collectgarbage()
    a[1] = 1
    assert.equal(1, a[1])
  end)
end)
