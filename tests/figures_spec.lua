-- What figures look like where it is easily wrong: bars upon bars, lines over images, letters beside the axes, raised and lowered parts, ticks of one
-- style, more series than colours, looks and letter sizes.
local canvas = require "lunapse.core.canvas"
local colour = require "lunapse.plot.colour"
local compare = require "tests.compare"
local figures = require "tests.figures"
local layout = require "lunapse.plot.layout"
local lp = require "lunapse"
local scale = require "lunapse.plot.scale"
local style = require "lunapse.plot.style"
local text = require "lunapse.plot.text"
local fails = compare.fails
local list, plan_of = figures.list, figures.plan_of

--- How much ink there is in a strip along each side of the page, of so many points.
local function ink_at_edges(fig, strip)
  local on = fig:draw { transparent = true, dpi = 100 }
  local w, h = 72 * fig.width, 72 * fig.height
  return on:ink(0, 0, strip, h), on:ink(w - strip, 0, strip, h), on:ink(0, 0, w, strip), on:ink(0, h - strip, w, strip)
end

describe("bars", function()
  local function drawn(...)
    local fig = lp.figure { width = 3, height = 3 }
    fig[1]:bars(...)
    return fig[1].items[1].data, fig
  end

  it("are lengths on their bases", function()
    local data = drawn({ 1, 2, -3 }, { base = { 10, 20, 30 } })
    assert.same({ { 10, 20, 30 }, { 11, 22, 27 } }, { data.low:table(), data.high:table() })
    data = drawn({ 1, 2 }, { base = -5 })
    assert.same({ { -5, -5 }, { -4, -3 } }, { data.low:table(), data.high:table() })
    data = drawn({ 1, 2 })
    assert.same({ { 0, 0 }, { 1, 2 } }, { data.low:table(), data.high:table() })
  end)

  it("upon bars reach as high as their sum, and begin where the others end", function()
    for _, is_flat in ipairs { false, true } do
      local fig = lp.figure { width = 3, height = 3 }
      fig[1]:bars({ 2, 4 }, { color = "blue", flat = is_flat }):bars({ 3, 1 }, { base = { 2, 4 }, color = "red", flat = is_flat })
      local from, to = scale.limits({ fig[1] }, is_flat and "x" or "y")
      assert.equal(0, from)
      assert.truthy(to >= 5 and to < 5.5, to)
      local on, plan = fig:draw { dpi = 72 }, plan_of(fig)[1]
      local function colour_at(x, y)
        local column = plan.rect.left + layout.part(plan.x, x) * plan.rect.width
        local row = plan.rect.top + (1 - layout.part(plan.y, y)) * plan.rect.height
        local r, g, b = on:pixel(math.floor(column) + 1, math.floor(row) + 1)
        return ("%02x%02x%02xff"):format(r, g, b)
      end
      local blue, red = ("%08x"):format(colour.get("", "blue")), ("%08x"):format(colour.get("", "red"))
      for _, row in ipairs { { 1, 1, blue }, { 1, 1.9, blue }, { 1, 2.1, red }, { 1, 4.9, red }, { 1, 5.05, "ffffffff" }, { 2, 3.9, blue }, { 2, 4.1, red },
        { 2, 5.05, "ffffffff" } } do
        local x, y = row[1], row[2]
        if is_flat then x, y = y, x end
        assert.equal(row[3], colour_at(x, y))
      end
    end
  end)

  it("have errors at their ends", function()
    local fig = lp.figure()
    fig[1]:bars({ 1, 1 }, { base = { 10, 20 }, yerr = { 0.5, 4 } })
    local _, to = scale.limits({ fig[1] }, "y")
    assert.truthy(to >= 25)
  end)

  it("refuse bases that do not fit", function()
    assert.equal("bars: base has 1 values, there are 2 bars", fails(function() drawn({ 1, 2 }, { base = { 1 } }) end))
    assert.equal("bars: base must be a finite number, got NaN", fails(function() drawn({ 1, 2 }, { base = 0 / 0 }) end))
  end)
end)

describe("a line over an image", function()
  local rows = list(10, function(r) return list(20, function(c) return r * c end) end)

  local function limits(line, extent)
    local fig = lp.figure()
    fig[1]:image(rows, { extent = extent })
    if line then fig[1]:line(line[1], line[2]) end
    local x0, x1 = scale.limits({ fig[1] }, "x")
    local y0, y1 = scale.limits({ fig[1] }, "y")
    return { x0, x1, y0, y1 }
  end

  it("leaves no strip between the image and its frame", function()
    assert.same({ 0, 200, -1, 1 }, limits({ { 0, 100, 200 }, { -0.5, 0.9, 0 } }, { 0, 200, -1, 1 }))
    assert.same({ 0, 200, -1, 1 }, limits({ { 0, 100, 200 }, { -1, 1, 0 } }, { 0, 200, -1, 1 }))
    assert.same({ 0.5, 20.5, 10.5, 0.5 }, limits { { 1, 20 }, { 2, 9 } })
  end)

  it("has room on the side where it leaves the image", function()
    local l = limits({ { 0, 100, 200 }, { 0, 3, 0 } }, { 0, 200, -1, 1 })
    assert.same({ 0, 200, -1 }, { l[1], l[2], l[3] })
    assert.truthy(l[4] > 3 and l[4] < 3.5)
  end)
end)

describe("letters", function()
  local function figure()
    local fig = lp.figure { width = 4, height = 3 }
    fig[1]:line(list(100, function(k) return math.sin(k / 9) end))
    return fig
  end

  it("that a note has beside the axes are on the page", function()
    for _, note in ipairs { { 100, 0, "a note to the right" }, { -20, 0, "left", { align = "right" } }, { 50, 1.3, "above\nin two lines", { align = "center" } },
      { 50, -1.4, "below", { valign = "top" } }, { 101, 0, "upwards and away", { angle = 60 } }, { 103, 1.1, "A", { bold = true, size = 30 } } } do
      local fig = figure()
      fig[1]:text(table.unpack(note))
      for _, ink in ipairs { ink_at_edges(fig, 2) } do assert.equal(0, ink, note[3]) end
    end
  end)

  it("of a note far away do not push the axes off the page", function()
    local fig = figure()
    local before = plan_of(fig)[1].rect
    fig[1]:text(5000, 0, "nobody sees this")
    assert.same(before, plan_of(fig)[1].rect)
  end)

  it("of titles and labels that are too long stand in several lines", function()
    local long = ("many words of a title that has no end "):rep(3)
    local fig = lp.figure { width = 4, height = 3.6, title = long }
    fig[1]:line { 1, 2 }:title(long):xlabel(long):ylabel(long)
    for _, ink in ipairs { ink_at_edges(fig, 2) } do assert.equal(0, ink) end
    local on = canvas.open { width = 100, height = 100, dpi = 72 }
    local wrapped = text.wrap(on, "one two x_{a b} three", { size = 10 }, 60)
    assert.truthy(wrapped:find "\n")
    assert.truthy(wrapped:find("x_{a b}", 1, true))
    for line in wrapped:gmatch "[^\n]+" do assert.truthy((text.measure(on, line, { size = 10 })) <= 60) end
    assert.equal("one\ntwo", text.wrap(on, "one\ntwo", { size = 10 }, 1000))
  end)

  it("raised and lowered behind one letter stand above each other", function()
    local on = canvas.open { width = 200, height = 100, dpi = 72 }
    local font = { size = 20 }
    local function width(s) return (text.measure(on, s, font)) end
    local x, sub, sup = width "x", width "x_{exc}" - width "x", width "x^{2}" - width "x"
    for _, s in ipairs { "x_{exc}^{2}", "x^{2}_{exc}" } do compare.near(x + math.max(sub, sup), width(s), 1e-9) end
    compare.near(x + 2 * sup, width "x^{2}^{2}", 1e-9)
    compare.near(x + sub + width "y" + sup, width "x_{exc}y^{2}", 1e-9)
    local _, plain = text.measure(on, "x", font)
    local _, raised = text.measure(on, "x^{2}", font)
    local _, lowered = text.measure(on, "x_{i}", font)
    assert.truthy(raised > plain and lowered > plain)
    assert.equal("x_i2", text.plain "x_i^{2}")
  end)
end)

describe("ticks of logarithmic axes", function()
  local function labels(x_span, y_span)
    local fig = lp.figure { width = 5, height = 4 }
    fig[1]:line({ 1, x_span }, { 1, y_span }):log "xy"
    local plan = plan_of(fig)[1]
    return plan.x.ticks.labels, plan.y.ticks.labels
  end

  it("are written in one way in a figure", function()
    local x, y = labels(1e4, 1e-6)
    assert.same({ "10^{0}", "10^{1}", "10^{2}", "10^{3}", "10^{4}" }, x)
    assert.truthy(table.concat(y, " "):find("10^{\u{2212}6}", 1, true))
    x, y = labels(1e4, 100)
    assert.same({ "1", "10", "100", "1000", "10000" }, x)
    assert.same({ "1", "10", "100" }, y)
    local fig = lp.figure { columns = 2, width = 8, height = 4 }
    fig[1]:line({ 1, 2 }, { 1, 1000 }):log "y"
    fig[2]:line({ 1, 2 }, { 1, 1e7 }):log "y"
    assert.equal("10^{0}", plan_of(fig)[1].y.ticks.labels[1])
  end)
end)

describe("more series than colours", function()
  it("have dashes, shapes and shades that tell them apart", function()
    local fig = lp.figure()
    for _ = 1, 40 do fig[1]:line { 1, 2 } end
    local seen = {}
    for k, item in ipairs(fig[1].items) do
      local look = ("%08x %s"):format(item.data.color, table.concat(item.data.dash, ","))
      assert.falsy(seen[look], k)
      seen[look] = true
    end
    fig = lp.figure()
    for _ = 1, 40 do fig[1]:points { 1, 2 } end
    seen = {}
    for k, item in ipairs(fig[1].items) do
      local look = ("%08x %s"):format(item.data.color, item.data.mark.shape)
      assert.falsy(seen[look], k)
      seen[look] = true
    end
    fig = lp.figure()
    for _ = 1, 24 do fig[1]:bars { 1, 2 } end
    seen = {}
    for k, item in ipairs(fig[1].items) do
      assert.falsy(seen[item.data.color], k)
      seen[item.data.color] = true
    end
  end)

  it("begin as they always did", function()
    local fig = lp.figure()
    for k = 1, #colour.palette do
      fig[1]:line { 1, 2 }
      assert.equal(colour.palette[k], fig[1].items[k].data.color)
      assert.same({}, fig[1].items[k].data.dash)
    end
    fig[1]:line({ 1, 2 }, { dash = "dotted" }):line({ 1, 2 }, { color = "red" })
    assert.equal("dotted", fig[1].items[9].data.dash)
    assert.same({}, fig[1].items[10].data.dash)
  end)
end)

describe("the look of a figure", function()
  local function sizes(opt)
    local fig = lp.figure(opt)
    fig[1]:line({ 1, 2 }, { label = "a" }):xlabel "x":title "t"
    return plan_of(fig)[1], fig
  end

  it("has letters of the size that was asked for", function()
    local normal, large = sizes { width = 5, height = 4 }, sizes { width = 5, height = 4, font_size = 20 }
    compare.near(2, large.legend.line / normal.legend.line, 1e-9)
    assert.truthy(large.rect.height < normal.rect.height)
    local seen
    local fig = lp.figure { font_size = 9 }
    style.with(fig.look, function() seen = { style.label_size, style.tick_size, style.title_size } end)
    for k, expected in ipairs { 9, 8.1, 10.35 } do compare.near(expected, seen[k]) end
    assert.equal(10, style.label_size)
  end)

  it("has a name, fields of its own, or both", function()
    local _, paper = sizes { style = "paper" }
    assert.same({ 3.4, 2.3, 300 }, { paper.width, paper.height, paper.dpi })
    assert.equal(7, lp.figure { style = "paper", columns = 2 }.width)
    assert.same({ 5, 72 }, (function() local f = lp.figure { style = "paper", width = 5, dpi = 72 } return { f.width, f.dpi } end)())
    local fig = lp.figure { style = { "paper", line_width = 5, text = "red", palette = { "black", "#ff0000" } } }
    fig[1]:line { 1, 2 }:line { 2, 1 }:line { 3, 1 }
    assert.same({ 0x000000ff, 0xff0000ff, colour.shade(0x000000ff, 1) }, list(3, function(k) return fig[1].items[k].data.color end))
    assert.same({ 4, 2 }, fig[1].items[3].data.dash)
    style.with(fig.look, function()
      assert.same({ 5, 8, colour.get("", "red") }, { style.line_width, style.label_size, style.text })
    end)
    assert.same({ 1.4, 10, 8 }, { style.line_width, style.label_size, #colour.palette })
    assert.truthy(#lp.figure { style = "talk" }:draw():hash() == 16)
  end)

  it("is that of the figure alone, whatever happens in between", function()
    local fig, other = lp.figure { style = "talk" }, lp.figure()
    other[1]:line { 1, 2 }
    local before = other:draw():hash()
    fig[1]:line { 1, 2 }
    fig:draw()
    assert.is_false(pcall(function() fig[1]:line({ 1, 2 }, { color = "no colour" }) end))
    assert.is_false(pcall(style.with, fig.look, error, "broken"))
    assert.equal(before, other:draw():hash())
  end)

  it("is refused where it is none", function()
    assert.equal("figure: unknown style 'papr': did you mean 'paper'?", fails(lp.figure, { style = "papr" }))
    assert.equal("figure: style: unknown field 'line_widht': did you mean 'line_width'?", fails(lp.figure, { style = { line_widht = 1 } }))
    assert.equal("figure: style: line_width must be a length in points, got the text 'thick'", fails(lp.figure, { style = { line_width = "thick" } }))
    assert.equal("figure: font_size must lie in 1..200 points, got 0", fails(lp.figure, { font_size = 0 }))
    assert.matches("figure: style: text: unknown colour 'blu'", fails(lp.figure, { style = { text = "blu" } }))
    assert.matches("palette must be a list of colours", fails(lp.figure, { style = { palette = {} } }))
  end)
end)

describe("error bars", function()
  --- The vertical (or, lying, horizontal) strokes of the first item, as { from, to } in data.
  local function ends(draw)
    local fig = lp.figure { width = 4, height = 3 }
    draw(fig[1])
    local data = fig[1].items[1].data
    return data.errors.y.low:table(), data.errors.y.high:table(), fig
  end

  it("are plus and minus so much, or so much on each side", function()
    for _, kind in ipairs { "line", "points", "bars" } do
      local low, high = ends(function(axes) axes[kind](axes, { 1, 2, 4 }, { yerr = 0.5 }) end)
      assert.same({ { 0.5, 1.5, 3.5 }, { 1.5, 2.5, 4.5 } }, { low, high })
      low, high = ends(function(axes) axes[kind](axes, { 1, 2 }, { yerr = { 0.25, 1 } }) end)
      assert.same({ { 0.75, 1 }, { 1.25, 3 } }, { low, high })
      low, high = ends(function(axes) axes[kind](axes, { 1, 2 }, { yerr = { low = 0, high = { 1, 2 } } }) end)
      assert.same({ { 1, 2 }, { 2, 4 } }, { low, high })
    end
  end)

  it("widen the limits and are drawn where they belong", function()
    local _, _, fig = ends(function(axes) axes:points({ 1, 2, 3 }, { 5, 5, 5 }, { yerr = { 1, 3, 0 / 0 }, color = "red" }) end)
    local from, to = scale.limits({ fig[1] }, "y")
    assert.truthy(from <= 2 and to >= 8 and from > 1 and to < 9)
    local on, plan = fig:draw { dpi = 72 }, plan_of(fig)[1]
    local function is_inked(x, y)
      local column = plan.rect.left + layout.part(plan.x, x) * plan.rect.width
      local row = plan.rect.top + (1 - layout.part(plan.y, y)) * plan.rect.height
      local r, g = on:pixel(math.floor(column + 0.5), math.floor(row + 0.5))
      local r2, g2 = on:pixel(math.floor(column + 0.5) + 1, math.floor(row + 0.5))
      return r > g + 50 or r2 > g2 + 50
    end
    assert.same({ true, true, false, false }, { is_inked(2, 7), is_inked(2, 3), is_inked(1, 7), is_inked(3, 5.6) })
  end)

  it("end at the frame where a logarithmic axis has no place for them", function()
    local _, _, fig = ends(function(axes) axes:points({ 1, 2 }, { 10, 100 }, { yerr = { 20, 1 } }):log "y" end)
    assert.truthy(#fig:draw():hash() == 16)
  end)

  it("are refused where they do not fit", function()
    local function refused(opt) return fails(function() lp.figure()[1]:points({ 1, 2 }, opt) end) end
    assert.equal("points: yerr has 1 values, there are 2", refused { yerr = { 1 } })
    assert.equal("points: yerr must not be negative, got -1", refused { yerr = { 1, -1 } })
    assert.equal("points: yerr.high has 3 values, there are 2", refused { yerr = { high = { 1, 2, 3 } } })
    assert.matches("error bars are for one line", fails(function() lp.figure()[1]:line({ { 1, 2 }, { 3, 4 } }, { yerr = 1 }) end))
  end)
end)

describe("letters of panels", function()
  it("stand at the left of their column, above the axes", function()
    local fig = lp.figure { rows = 2, columns = 2, letters = true, width = 6, height = 4 }
    fig[1]:line { 1, 2 }
    fig[2]:line { 1, 2 }
    fig[3]:line({ 1, 2 }):ylabel "a label"
    local plans = plan_of(fig)
    assert.same({ "A", "B", "C" }, { plans[1].letter, plans[2].letter, plans[3].letter })
    assert.equal(plans[1].rect.left - plans[1].letter_at, plans[3].rect.left - plans[3].letter_at)
    assert.truthy(plans[1].rect.top > style.margin + style.title_size * style.capital)
    assert.equal("a", plan_of((function() local f = lp.figure { letters = "a" } f[1]:line { 1 } return f end)())[1].letter)
    assert.equal("figure: letters is true, 'A' or 'a', not 'x'", fails(lp.figure, { letters = "x" }))
  end)
end)
