-- What the kinds of figures make of data: where contours lie, what boxes show, which colours values have, what axes upon axes share.
local canvas = require "lunapse.core.canvas"
local compare = require "tests.compare"
local figures = require "tests.figures"
local layout = require "lunapse.plot.layout"
local lp = require "lunapse"
local mapping = require "lunapse.plot.mapping"
local marching = require "lunapse.plot.marching"
local scale = require "lunapse.plot.scale"
local style = require "lunapse.plot.style"
local ticks = require "lunapse.plot.ticks"
local fails = compare.fails
local list, plan_of = figures.list, figures.plan_of

--- The colour on the page at a place of the data, "rrggbb".
local function colour_at(fig, plan, x, y, on)
  on = on or fig:draw { dpi = 72 }
  local column = plan.rect.left + layout.part(plan.x, x) * plan.rect.width
  local row = plan.rect.top + (1 - layout.part(plan.y, y)) * plan.rect.height
  return ("%02x%02x%02x"):format(on:pixel(math.floor(column) + 1, math.floor(row) + 1))
end

local function hex(value) return ("%06x"):format(value >> 8) end

describe("contours", function()
  local n = 41
  local at = list(n, function(k) return -2 + 4 * (k - 1) / (n - 1) end)
  local cone = list(n, function(r) return list(n, function(c) return math.sqrt(at[r] ^ 2 + at[c] ^ 2) end) end)

  it("of a cone are circles, walked with the higher ground on their left", function()
    local lines = marching.lines(at, at, cone, 1)
    assert.equal(1, #lines)
    local line, area = lines[1], 0
    assert.same({ line[1], line[2] }, { line[#line - 1], line[#line] })
    for k = 1, #line - 3, 2 do
      assert.truthy(math.abs(math.sqrt(line[k] ^ 2 + line[k + 1] ^ 2) - 1) < 2e-3)
      area = area + (line[k] * line[k + 3] - line[k + 2] * line[k + 1]) / 2
    end
    assert.truthy(math.abs(area + math.pi) < 0.02, area)           -- clockwise: the higher ground is outside
  end)

  it("end at the border, and regions follow it", function()
    local plane = list(5, function() return list(5, function(c) return c end) end)
    local one = { 1, 2, 3, 4, 5 }
    local lines = marching.lines(one, one, plane, 2.5)
    assert.equal(1, #lines)
    assert.same({ 2.5, 2.5 }, { lines[1][1], lines[1][#lines[1] - 1] })
    local region, area = marching.regions(one, one, plane, 2.5), 0
    assert.equal(1, #region)
    for k = 1, #region[1] - 3, 2 do area = area + (region[1][k] * region[1][k + 3] - region[1][k + 2] * region[1][k + 1]) / 2 end
    assert.equal(10, math.abs(area))                                -- x from 2.5 to 5, y from 1 to 5
  end)

  it("keep apart what a saddle does not join, and leave out cells without values", function()
    local saddle = { { 1, 0 }, { 0, 1 } }
    assert.equal(2, #marching.lines({ 1, 2 }, { 1, 2 }, saddle, 0.4))
    assert.equal(1, #marching.regions({ 1, 2 }, { 1, 2 }, saddle, 0.4))          -- joined: the mean is above
    assert.equal(2, #marching.regions({ 1, 2 }, { 1, 2 }, saddle, 0.6))
    assert.equal(0, #marching.lines({ 1, 2 }, { 1, 2 }, { { 1, 0 / 0 }, { 0, 1 } }, 0.5))
  end)

  it("that are filled have the colour of the middle between their levels", function()
    local fig = lp.figure { width = 4, height = 3 }
    fig[1]:contourf(at, at, cone, { levels = { 0, 1, 2 }, map = "gray" })
    local plan = plan_of(fig)[1]
    assert.same({ "404040", "c0c0c0", "ffffff" }, { colour_at(fig, plan, 0.3, 0.3), colour_at(fig, plan, 1, 1), colour_at(fig, plan, 1.9, 1.9) })
    assert.same({ 0, 2, { 0, 1, 2 } }, { plan.axes.mappings[1].lo, plan.axes.mappings[1].hi, plan.axes.mappings[1].levels })
  end)

  it("choose round levels, decades where the norm is logarithmic", function()
    local fig = lp.figure()
    fig[1]:contour(cone, { levels = 6 }):contourf(cone):contour(list(3, function(r) return { r, 10 * r, 1000 * r } end), { norm = "log" })
    local items = fig[1].items
    assert.same({ 0.0, 0.5, 1.0, 1.5, 2.0, 2.5 }, items[1].data.levels)
    local filled = items[2].data.levels
    assert.truthy(filled[1] <= 0 and filled[#filled] >= math.sqrt(8))            -- from end to end
    assert.same({ 1.0, 10.0, 100.0, 1000.0 }, items[3].data.levels)
  end)

  it("refuse what is no grid", function()
    assert.equal("contour: z must be a matrix of at least 2 x 2", fails(function() lp.figure()[1]:contour { 1, 2, 3 } end))
    assert.equal("contourf: x has 2 values, there are 3", fails(function() lp.figure()[1]:contourf({ 1, 2 }, { 1, 2 }, { { 1, 2, 3 }, { 1, 2, 3 } }) end))
    assert.equal("contour: y must ascend", fails(function() lp.figure()[1]:contour({ 1, 2 }, { 2, 1 }, { { 1, 2 }, { 1, 2 } }) end))
    assert.equal("contour: levels must ascend", fails(function() lp.figure()[1]:contour({ { 1, 2 }, { 1, 2 } }, { levels = { 2, 1 } }) end))
  end)
end)

describe("values in colours", function()
  it("are spread by their norm", function()
    local fig = lp.figure()
    fig[1]:image({ { 1, 10, 100 } }, { norm = "log", map = "gray" }):image({ { -100, 0, 100 } }, { norm = "symlog", linthresh = 1, map = "gray" })
    local log, symlog = fig[1].mappings[1], fig[1].mappings[2]
    assert.same({ 0.0, 128.0, 256.0 }, mapping.places(log, lp.array { 1.0, 10, 100 }):table())
    assert.truthy(mapping.places(log, lp.array { -1.0, 0 }):isnan():all())
    local there = mapping.places(symlog, lp.array { -100.0, -1, 0, 1, 10, 100 }):table()
    for k, part in ipairs { 0, 2, 3, 4, 5, 6 } do assert.truthy(math.abs(there[k] - 256 * part / 6) < 1e-9) end
    assert.equal(0x808080ff, mapping.color(symlog, 0))
  end)

  it("have a range of their own, or one for all axes", function()
    local fig = lp.figure { columns = 3, width = 6, height = 2 }
    fig[1]:image { { 0, 1 }, { 2, 3 } }
    fig[2]:points({ 1, 2 }, { 1, 2 }, { values = { -5, 2 } })
    fig[3]:image({ { 0, 1 }, { 2, 3 } }, { range = { 0, 1 } })
    fig:bar "rate"
    local _, outer = plan_of(fig)
    assert.same({ { -5, 3 }, { -5, 3 }, { 0, 1 } }, list(3, function(k) return { fig[k].mappings[1].lo, fig[k].mappings[1].hi } end))
    assert.truthy(outer.right > style.bar_width and outer.bar.label == "rate")
  end)

  it("of points are drawn with their colours and sizes", function()
    local fig = lp.figure { width = 4, height = 3 }
    fig[1]:points({ 1, 2, 3, 4 }, { 1, 1, 1, 1 }, { values = { 0, 1, 0 / 0, 0.5 }, size = { 8, 12, 12, 0 / 0 }, map = "gray" }):ylim(0, 2):xlim(0, 5)
    local plan, on = plan_of(fig)[1], fig:draw { dpi = 72 }
    assert.same({ "000000", "ffffff" }, { colour_at(fig, plan, 1, 1, on), colour_at(fig, plan, 3, 1, on) })
    local per = plan.rect.width / 5
    assert.equal("000000", colour_at(fig, plan, 1 + 3 / per, 1, on))
    assert.equal("ffffff", colour_at(fig, plan, 1 + 5.5 / per, 1, on))
  end)

  it("over cells of unequal size lie where the cells are", function()
    local fig = lp.figure { width = 4, height = 3 }
    fig[1]:image({ 1, 2, 10 }, { 0, 1 }, { { 0, 0.5, 1 }, { 1, 0.5, 0 } }, { map = "gray" })
    local data = fig[1].items[1].data
    assert.same({ { 0.5, 1.5, 6, 14 }, { -0.5, 0.5, 1.5 } }, { data.x_edges:table(), data.y_edges:table() })
    local plan, on = plan_of(fig)[1], fig:draw { dpi = 72 }
    assert.same({ "000000", "808080", "ffffff", "ffffff", "000000" },
      { colour_at(fig, plan, 1, 0, on), colour_at(fig, plan, 5, 0, on), colour_at(fig, plan, 7, 0, on), colour_at(fig, plan, 1, 1, on), colour_at(fig, plan, 13, 1, on) })
    assert.equal("image: x has 2 values, there are 3 cells: give their centres, or 4 edges", fails(function() fig[1]:image({ 1, 2 }, { 1 }, { { 1, 2, 3 } }) end))
  end)

  it("take maps of one's own", function()
    local fig = lp.figure()
    fig[1]:image({ { 0, 1 } }, { map = { "white", "#ff0000" } })
    assert.same({ 0xffffffff, 0xff0000ff }, { fig[1].mappings[1].lut[1], fig[1].mappings[1].lut[256] })
    assert.same({ "#440154", "#fde725" }, lp.colormaps.colors("viridis", 2))
    assert.equal(4, #lp.colormaps.colors("twilight", 4))
    assert.not_equal(lp.colormaps.colors("twilight", 4)[1], lp.colormaps.colors("twilight", 4)[4])
    assert.matches("unknown colour map 'virids': did you mean 'viridis'?", fails(lp.colormaps.colors, "virids", 3), 1, true)
    assert.matches("did you mean 'figure'?", fails(function() return lp.colormaps.figur end), 1, true)
  end)

  it("refuse norms that do not fit", function()
    local function refused(opt) return fails(function() lp.figure()[1]:image({ { 1, 2 } }, opt) end) end
    assert.equal("image: unknown norm 'lag': did you mean 'log'?", refused { norm = "lag" })
    assert.equal("image: linthresh: up to where it is linear must be a positive number, got nothing", refused { norm = "symlog" })
    assert.equal("image: linthresh is for norm = 'symlog'", refused { linthresh = 1 })
    assert.equal("image: the range of a logarithmic norm must be positive, got 0", refused { norm = "log", range = { 0, 1 } })
    assert.equal("points: color and values exclude each other", fails(function() lp.figure()[1]:points({ 1 }, { values = { 1 }, color = "red" }) end))
  end)
end)

describe("a two-dimensional histogram", function()
  it("counts, and leaves empty cells blank", function()
    local fig = lp.figure()
    fig[1]:hist2d({ 0.5, 0.6, 1.5 }, { 0.5, 0.7, 1.5 }, { bins = { { 0, 1, 2 }, { 0, 1, 2 } } })
    local cells = fig[1].items[1].data.matrix:table()
    assert.same({ 2, 1 }, { cells[1][1], cells[2][2] })
    assert.truthy(cells[1][2] ~= cells[1][2] and cells[2][1] ~= cells[2][1])
    fig[1]:hist2d({ 0.5, 0.6, 1.5 }, { 0.5, 0.7, 3 }, { bins = { { 0, 1, 2 }, { 0, 1, 5 } }, density = true })
    cells = fig[1].items[2].data.matrix:table()
    assert.truthy(math.abs(cells[1][1] * 1 + cells[2][2] * 4 - 1) < 1e-12)
  end)
end)

describe("axes that are logarithmic on both sides", function()
  it("are linear about 0", function()
    local own = { linear = 2 }
    for _, value in ipairs { -2000, -20, -2, -1, 0, 0.5, 2, 20 } do
      assert.truthy(math.abs(scale.unscaled(own, scale.scaled(own, value)) - value) <= 1e-12 * math.abs(value))
    end
    assert.same({ -2.0, 0.5, 3.0 }, { scale.scaled(own, -20), scale.scaled(own, 1), scale.scaled(own, 200) })
    assert.same({ -2.0, 0.5, 3.0 }, scale.scaled_all(own, lp.array { -20.0, 1, 200 }):table())
  end)

  it("draw where they say", function()
    local fig = lp.figure { width = 4, height = 3 }
    fig[1]:line({ 0, 1 }, { 100, 100 }, { color = "red", width = 3 }):line({ 0, 1 }, { -10, -10 }, { color = "blue", width = 3 }):symlog("y", 1):ylim(-1000, 1000)
    local plan = plan_of(fig)[1]
    assert.same({ "d55e00", "0072b2" }, { colour_at(fig, plan, 0.5, 100), colour_at(fig, plan, 0.5, -10) })
    assert.truthy(math.abs(layout.part(plan.y, 100) - 7 / 8) < 1e-12)
    assert.equal("symlog: up to where it is linear must be a positive number, got nothing", fails(function() fig[1]:symlog "y" end))
  end)

  it("have ticks at 0 and at decades", function()
    local function fits() return true end
    local got = ticks.symlog(-100, 1000, 1, fits)
    assert.same({ -100.0, -10.0, -1.0, 0, 1.0, 10.0, 100.0, 1000.0 }, got.values)
    assert.same({ "\u{2212}100", "\u{2212}10", "\u{2212}1", "0", "1", "10", "100", "1000" }, got.labels)
    got = ticks.symlog(-1e6, 1e6, 1, function(values) return #values <= 5 end)
    assert.same({ -1e6, -1e3, 0, 1e3, 1e6 }, got.values)
    assert.equal("10^{3}", got.labels[4])
    assert.same({ 0.0, 0.5, 1.0 }, ticks.symlog(0, 1, 5, function(values) return #values <= 3 end).values)
  end)
end)

describe("axes upon axes", function()
  it("share one scale and have the other for themselves", function()
    local fig = lp.figure { width = 5, height = 3 }
    fig[1]:line({ 0, 10 }, { 0, 1 }, { label = "a" }):ylabel "left"
    local twin = fig[1]:twinx():line({ 5, 20 }, { 100, 300 }, { label = "b" }):ylabel "right"
    local before = plan_of((function() local f = lp.figure { width = 5, height = 3 } f[1]:line({ 0, 20 }, { 0, 1 }):ylabel "left" return f end)())[1].rect
    local plan = plan_of(fig)[1]
    local other = plan.twins[1]
    assert.same({ 0, 20, 0, 20 }, { plan.x.from, plan.x.to, other.x.from, other.x.to })
    assert.truthy(plan.y.to < 2 and other.y.from > 50 and other.y.to > 300)
    assert.equal(plan.rect, other.rect)
    assert.truthy(plan.rect.width < before.width - 20)                              -- room on the right
    assert.same({ 2, "a", "b" }, { #plan.legend.items, plan.legend.items[1].data.label, plan.legend.items[2].data.label })
    assert.not_equal(fig[1].items[1].data.color, twin.items[1].data.color)
    fig[1]:twiny():line({ 1, 2 }, { 0, 1 }):xlabel "above"
    local higher = plan_of(fig)[1]
    assert.truthy(higher.rect.top > plan.rect.top + 20)
    assert.equal("twin and inset axes have none of their own", fails(function() twin:twinx() end))
  end)

  it("within axes lie in parts of them", function()
    local fig = lp.figure { width = 5, height = 4 }
    fig[1]:line { 1, 2, 3 }
    local inset = fig[1]:inset { 0.5, 0.25, 0.4, 0.5 }:line({ 5, 6 }, { 7, 8 })
    local plan = plan_of(fig)[1]
    local within = plan.insets[1]
    assert.equal(inset, within.axes)
    for name, wanted in pairs { left = plan.rect.left + 0.5 * plan.rect.width, width = 0.4 * plan.rect.width, height = 0.5 * plan.rect.height,
      top = plan.rect.top + 0.25 * plan.rect.height } do
      assert.truthy(math.abs(within.rect[name] - wanted) <= 1, name)
    end
    assert.same({ 5, 6 }, { within.x.from, within.x.to })
    assert.equal("inset: expected { left, bottom, width, height } in parts of the axes", fails(function() fig[1]:inset { 0.5, 0.5, 0, 1 } end))
  end)

  it("of a whole figure have one legend", function()
    local fig = lp.figure { columns = 2, width = 6, height = 3 }
    for k = 1, 2 do fig[k]:line({ 1, 2 }, { label = "both" }):line({ 2, k }, { label = "only " .. k }) end
    local free = plan_of(fig)[1].rect
    for _, place in ipairs { "bottom", "top", "right" } do
      local plans, outer = plan_of(fig:legend(place))
      assert.same({ "both", "only 1", "only 2" }, list(#outer.legend.items, function(k) return outer.legend.items[k].data.label end))
      assert.is_nil(plans[1].legend)
      assert.truthy(place == "right" and plans[1].rect.width < free.width - 20 or place ~= "right" and plans[1].rect.height < free.height - 15)
    end
    fig[1]:polar()
    assert.is_nil(plan_of(fig)[1].legend)
    assert.is_nil(select(2, plan_of(fig:legend(false))).legend)
    assert.matches("did you mean 'bottom'?", fails(function() fig:legend "botom" end), 1, true)
  end)
end)

describe("boxes and violins", function()
  it("show quartiles, whiskers and outliers", function()
    local fig = lp.figure()
    fig[1]:boxplot({ { 1, 2, 3, 4, 5, 6, 7, 8, 9, 30 }, { 5, 0 / 0, 5 } }, { labels = { "a", "b" } })
    local one, two = table.unpack(fig[1].items[1].data.groups)
    assert.same({ 3.25, 5.5, 7.75, 1, 9, { 30 } }, { one.q1, one.median, one.q3, one.low, one.high, one.out })
    assert.same({ 5, 5, 5, {} }, { two.q1, two.median, two.q3, two.out })
    assert.same({ "a", "b" }, fig[1].x.ticks.labels)
    local from, to = scale.limits({ fig[1] }, "y")
    assert.truthy(from < 1 and to > 30)
    fig = lp.figure()
    fig[1]:boxplot({ { 1, 2, 3, 4, 5, 6, 7, 8, 9, 30 } }, { outliers = false })
    assert.truthy(select(2, scale.limits({ fig[1] }, "y")) < 10)
  end)

  it("have the density of their values", function()
    local fig = lp.figure()
    fig[1]:violinplot(lp.array { 0, 0, 0, 10 }, { bandwidth = 0.2 })
    local group = fig[1].items[1].data.groups[1]
    assert.truthy(math.abs(group.density[#group.density] / group.density[1] - 1 / 3) < 1e-3)
    fig[1]:violinplot({ { 1, 1, 1 }, {} })                          -- no spread, no values: drawn nevertheless
    assert.equal(16, #fig:draw():hash())
    assert.equal("boxplot: 1 labels for 2 groups", fails(function() fig[1]:boxplot({ { 1 }, { 2 } }, { labels = { "a" } }) end))
  end)
end)

describe("bars of a matrix", function()
  it("stand side by side, or upon each other", function()
    local fig = lp.figure()
    fig[1]:bars({ { 1, 2 }, { 3, 4 } }, { label = { "a", "b" }, yerr = { { 0.1, 0.2 }, { 0.3, 0.4 } } })
    local a, b = fig[1].items[1].data, fig[1].items[2].data
    assert.same({ { 1, 3 }, { 2, 4 }, "a", "b" }, { a.high:table(), b.high:table(), a.label, b.label })
    assert.truthy(math.abs(a.x1[1] - b.x0[1]) < 1e-12 and math.abs(a.x0[1] - 0.6) < 1e-12 and math.abs(b.x1[1] - 1.4) < 1e-12)
    assert.truthy(math.abs(b.errors.y.high[2] - 4.4) < 1e-12)
    fig[1]:bars({ { 1, 2 }, { 3, 4 } }, { stacked = true })
    assert.same({ { 1, 3 }, { 3, 7 } }, { fig[1].items[4].data.low:table(), fig[1].items[4].data.high:table() })
    assert.equal("bars: yerr is 2 x 1, the heights are 2 x 2", fails(function() fig[1]:bars({ { 1, 2 }, { 3, 4 } }, { yerr = { 1, 2 } }) end))
  end)

  it("and areas upon each other reach as high as their sum", function()
    local fig = lp.figure()
    fig[1]:area({ 0, 1 }, { { 1, 2 }, { 3, 4 } }):band(nil, 0, { 5, 6 }, { stair = true })
    local second, band = fig[1].items[2].data, fig[1].items[3].data
    assert.same({ { 1, 3 }, { 3, 7 } }, { second.low:table(), second.high:table() })
    assert.same({ { 1, 2, 2 }, { 5, 5, 6 }, { 0, 0, 0 } }, { band.x:table(), band.high:table(), band.low:table() })
  end)
end)

describe("fields", function()
  local at = list(21, function(k) return -1 + (k - 1) / 10 end)
  local u = list(21, function(r) return list(21, function() return -at[r] end) end)
  local v = list(21, function() return list(21, function(c) return at[c] end) end)

  it("of a rotation have circles as streamlines", function()
    local fig = lp.figure { width = 3, height = 3 }
    fig[1]:streamplot(at, at, u, v)
    fig:draw()
    local lines = fig[1].items[1].data.lines
    assert.truthy(#lines > 8, #lines)
    for _, line in ipairs(lines) do
      local first = math.sqrt((line[1] - 0.5) ^ 2 + (line[2] - 0.5) ^ 2)
      local x, y = line[#line - 1] - 0.5, line[#line] - 0.5
      assert.truthy(math.abs(math.sqrt(x * x + y * y) - first) < 0.01)
    end
    assert.equal("streamplot: u is 21 x 21, v is 2 x 2", fails(function() fig[1]:streamplot(at, at, u, { { 1, 2 }, { 1, 2 } }) end))
  end)

  it("of arrows point where they say", function()
    local fig = lp.figure { width = 4, height = 4 }
    fig[1]:quiver({ 0, 0 }, { 0, 1 }, { 1, 0 }, { 0, 0 }, { scale = 2, width = 4, color = "red" }):xlim(-1, 3):ylim(-1, 3)
    local plan = plan_of(fig)[1]
    assert.same({ "d55e00", "ffffff", "ffffff" }, { colour_at(fig, plan, 0.5, 0), colour_at(fig, plan, -0.5, 0), colour_at(fig, plan, 0.5, 1) })
    assert.same({ "d55e00", "ffffff" }, { colour_at(fig, plan, 1.8, 0), colour_at(fig, plan, 2.2, 0) })           -- half the width of the axes
    assert.equal("quiver: angles is 'uv' or 'xy', not 'up'", fails(function() fig[1]:quiver({ 0 }, { 0 }, { 1 }, { 1 }, { angles = "up" }) end))
  end)
end)

describe("whatever is given", function()
  local nan, inf = 0 / 0, math.huge
  local vectors = { {}, { 1 }, { nan, nan }, { 2, 2, 2 }, { 1, inf, -inf }, { 1e308, -1e308, 0 }, { 1e-310, 2e-310, 3e-310 }, { -1, 0, 1 }, { { 1 }, { 2 }, { 3 } } }
  local matrices = { { { 1 } }, { { 1, 1 }, { 1, 1 } }, { { nan, nan }, { nan, nan } }, { { inf, 1, 2 }, { 1, -inf, nan }, { 0, 1, 2 } }, { { 1e308, -1e308 }, { 0, 1 } } }
  local modes = { function() end, function(axes) axes:log "xy" end, function(axes) axes:symlog("xy", 1e-3) end, function(axes) axes:polar() end }

  it("is drawn, or refused in words", function()
    local n_drawn = 0
    local function try(kind, ...)
      local arguments = table.pack(...)
      for _, set in ipairs(modes) do
        local ok, message = pcall(function()
          local fig = lp.figure { width = 2, height = 2 }
          set(fig[1])
          fig[1][kind](fig[1], table.unpack(arguments, 1, arguments.n))
          fig:draw { dpi = 30 }
        end)
        if ok then n_drawn = n_drawn + 1 end
        for _, inner in ipairs { "attempt to", "lunapse/", "table: 0x", "bad argument" } do
          assert.falsy(not ok and message:find(inner, 1, true), kind .. ": " .. tostring(message))
        end
      end
    end
    for _, v in ipairs(vectors) do
      for _, kind in ipairs { "line", "points", "bars", "area", "boxplot", "violinplot", "histogram" } do try(kind, v) end
      try("points", v, v, { values = v, size = v, norm = "symlog", linthresh = 1, xerr = 1, yerr = 2 })
      try("hist2d", v, v, { norm = "log" })
      try("band", nil, v, v, { stair = true })
      try("quiver", v, v, v, v, { values = v })
    end
    for _, m in ipairs(matrices) do
      for _, kind in ipairs { "image", "contour", "contourf", "bars", "area", "boxplot" } do try(kind, m) end
      for _, norm in ipairs { "log", "linear" } do try("contourf", m, { norm = norm, bar = true }) end
      try("contour", m, { labels = true, levels = 4 })
      try("streamplot", nil, nil, m, m)
      try("quiver", nil, nil, m, m)
    end
    assert.truthy(n_drawn > 250, n_drawn)
  end)
end)

describe("polar axes", function()
  it("have angles and distances", function()
    local fig = lp.figure { width = 4, height = 4 }
    fig[1]:polar():bars({ math.pi / 2 }, { 1 }, { width = 0.6, color = "red" }):ylim(0, 2)
    local plan, on = plan_of(fig)[1], fig:draw { dpi = 72 }
    local cx, cy, radius = plan.rect.left + plan.rect.width / 2, plan.rect.top + plan.rect.height / 2, plan.rect.width / 2
    assert.truthy(math.abs(plan.rect.width - plan.rect.height) <= 1)
    local function there(angle, part)
      return ("%02x%02x%02x"):format(on:pixel(math.floor(cx + part * radius * math.cos(angle)) + 1, math.floor(cy - part * radius * math.sin(angle)) + 1))
    end
    assert.same({ "d55e00", "d55e00", "ffffff", "ffffff" }, { there(math.pi / 2, 0.4), there(math.pi / 2 + 0.2, 0.45), there(math.pi / 2 + 0.15, 0.57), there(-1.2, 0.4) })
    assert.equal("polar axes have lines, points, bars, histograms, bands and areas", fails(function() fig[1]:image { { 1 } } end))
    fig[1]:line({ 0, 1 }, { 1, 1 }, { label = "line", yerr = 0.1, stair = true }):band({ 0, 1 }, 0, { 1, 2 }):points { 1, 1 }:histogram { 1, 2, 2, 3 }
    assert.equal(16, #fig:draw():hash())
  end)
end)

describe("figures", function()
  it("are found by the words of matplotlib", function()
    for word, method in pairs { errorbar = "line", imshow = "image", pcolormesh = "image", contourf = "contourf", fill_between = "band", twinx = "twinx", boxplot = "boxplot",
      violinplot = "violinplot", quiver = "quiver", streamplot = "streamplot", hist2d = "hist2d", scatter = "points", stackplot = "area", annotate = "arrow" } do
      assert.matches("fig[1]:" .. method .. "(", require("lunapse.help").page(word), 1, true)
    end
  end)

  it("have the size that was asked for, to the pixel", function()
    local fig = lp.figure { width = "180 mm", height = "12cm", style = "paper" }
    fig[1]:line { 1, 2 }
    local path = os.tmpname()
    fig:save(path .. ".png")
    local width, height = canvas.read_png(path .. ".png"):size()
    os.remove(path)
    os.remove(path .. ".png")
    assert.same({ math.floor(180 / 25.4 * 300 + 0.5), math.floor(12 / 2.54 * 300 + 0.5) }, { math.floor(width), math.floor(height) })
    assert.equal("figure: width is a number of inches, or a length like '180 mm' (mm, cm, in, pt), not '180 parsec'", fails(lp.figure, { width = "180 parsec" }))
  end)

  it("join looks", function()
    local look = lp.figure { style = { "paper", "dark", line_width = 3 } }.look
    assert.same({ 8, 3, 0x16181dff }, { look.label_size, look.line_width, look.paper })
    assert.matches("did you mean 'dark'?", fails(lp.figure, { style = { "paper", "drak" } }), 1, true)
    local fig = lp.figure { style = "dark", width = 3, height = 2 }
    fig[1]:line { 1, 2 }
    assert.same({ 0x16, 0x18, 0x1d }, { select(1, fig:draw { dpi = 72 }:pixel(1, 1)), 0x18, 0x1d })
  end)

  it("know what others call their options", function()
    local function refused(kind, opt) return fails(function() lp.figure()[1][kind](lp.figure()[1], { { 1, 2 }, { 3, 4 } }, opt) end) end
    assert.matches("unknown option 'linewidth', did you mean 'width'?", refused("line", { linewidth = 2 }), 1, true)
    assert.matches("unknown option 'cmap', did you mean 'map'?", refused("image", { cmap = "hot" }), 1, true)
    assert.matches("unknown option 'vmin', did you mean 'range'?", refused("contourf", { vmin = 0 }), 1, true)
    assert.matches("unknown option 'colr', did you mean 'color'?", refused("line", { colr = "red" }), 1, true)
  end)

  it("have letters in reading order, but where axes say otherwise", function()
    local fig = lp.figure { rows = 2, columns = 2, letters = true }
    for _, k in ipairs { 4, 2, 3, 1 } do fig[k]:line { 1, 2 } end
    local letters = {}
    for _, plan in ipairs(plan_of(fig)) do letters[#letters + 1] = plan.letter end
    assert.same({ "D", "B", "C", "A" }, letters)
    fig[2]:letter(false)
    fig[3]:letter "Z"
    letters = {}
    for _, plan in ipairs(plan_of(fig)) do letters[#letters + 1] = plan.letter or "none" end
    assert.same({ "B", "none", "Z", "A" }, letters)
  end)

  it("have more than eight colours that differ", function()
    local fig, seen = lp.figure(), {}
    for k = 1, 16 do
      fig[1]:line { k, k }
      local color = fig[1].items[k].data.color
      assert.is_nil(seen[color], k)
      seen[color] = true
    end
    assert.equal(hex(0x0072b2ff), hex(fig[1].items[1].data.color))
  end)

  it("take arrows to and from words, and points with errors on both sides", function()
    local fig = lp.figure { width = 4, height = 3 }
    fig[1]:arrow(0, 0, 10, 0, { color = "red", width = 4 }):text(0, 1, "words", { arrow = { 10, 1 }, color = "blue", valign = "middle" })
    fig[1]:points({ 5 }, { 2 }, { xerr = { low = 1, high = 3 } })
    fig[1]:xlim(-1, 11):ylim(-1, 3)
    local plan, on = plan_of(fig)[1], fig:draw { dpi = 144 }
    local function is_inked(x, y)
      local column = 2 * (plan.rect.left + layout.part(plan.x, x) * plan.rect.width)
      local row = 2 * (plan.rect.top + (1 - layout.part(plan.y, y)) * plan.rect.height)
      for d = -2, 2 do
        local r, g, b = on:pixel(math.floor(column) + 1, math.floor(row) + 1 + d)
        if r + g + b < 700 then return true end
      end
      return false
    end
    assert.same({ true, true, true, true, true, false, false },
      { is_inked(4, 0), is_inked(8, 1), is_inked(6, 1), is_inked(4.2, 2), is_inked(7.8, 2), is_inked(3.5, 2), is_inked(8.6, 2) })
    assert.equal("text: arrow is the place that it points to, { x, y }", fails(function() fig[1]:text(0, 0, "a", { arrow = { 1 } }) end))
    assert.equal("arrow: expected x and y of its beginning and of its tip", fails(function() fig[1]:arrow(0, 0, 1) end))
  end)
end)
