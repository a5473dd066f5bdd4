-- Figures: where ticks lie, what lands on which pixel, what the files hold, what is said when something is wrong.

local array = require "lunapse.core.array"
local canvas = require "lunapse.core.canvas"
local colour = require "lunapse.plot.colour"
local layout = require "lunapse.plot.layout"
local lp = require "lunapse"
local style = require "lunapse.plot.style"
local text = require "lunapse.plot.text"
local ticks = require "lunapse.plot.ticks"

local HOST = os.getenv "HOST" or "build/lunapse"
local nan, inf = 0 / 0, 1 / 0
local unpack = table.unpack

local folder
setup(function() folder = io.popen("mktemp -d"):read "l" end)
teardown(function() os.execute("rm -rf " .. folder) end)

--- The message of the error that `f` raises, without the place in front.
local function fails(f, ...)
  local ok, message = pcall(f, ...)
  assert.is_false(ok, "no error was raised")
  return (tostring(message):gsub("^[^\n]-:%d+: ", ""))
end

local function has(part, whole)
  assert.is_truthy(whole:find(part, 1, true), ("'%s' is not in '%s'"):format(part, whole))
end

local function read(path)
  local file = assert(io.open(path, "rb"))
  local bytes = file:read "a"
  file:close()
  return bytes
end

local function list(n, f)
  local values = {}
  for k = 1, n do values[k] = f(k) end
  return values
end

--- A page with a frame of 100 x 100 pixels at (10, 10), limits 0..1, one pixel a point.
local function page(frame)
  local on = canvas.open { width = 120, height = 120, dpi = 72 }
  local f = { left = 10, top = 10, width = 100, height = 100, x0 = 0, x1 = 1, y0 = 0, y1 = 1 }
  for name, value in pairs(frame or {}) do f[name] = value end
  on:set_frame(f)
  return on
end

local function pixel(on, x, y)
  local r, g, b = on:pixel(x, y)
  return ("%02x%02x%02x"):format(r, g, b)
end

local function numbers(values) return (canvas.numbers(values)) end

local black = { color = 0x000000ff, width = 1 }

-- ---- ticks ------------------------------------------------------------------------------------------------------

describe("ticks", function()
  local function always() return true end

  --- The number that a label and the common part stand for.
  local function value_of(label, common)
    local function number(s) return tonumber((s:gsub("\u{2212}", "-"))) end
    local factor, offset = 1, 0
    if common then
      local e = common:match "^\u{d7}10%^{(.-)}"
      if e then factor = 10 ^ number(e) end
      local sign, shift, ten = common:match "([%+\u{2212}]+) ([%d%.]+)(.*)$"
      if shift then offset = (sign == "+" and 1 or -1) * tonumber(shift) end
      if ten and ten ~= "" then offset = offset * 10 ^ number(ten:match "^\u{d7}10%^{(.-)}$") end
    end
    return number(label) * factor + offset
  end

  it("lie within the limits, equally far from each other, three to nine of them, at numbers of one or two digits", function()
    math.randomseed(7)
    for _ = 1, 3000 do
      local span = 10 ^ (math.random() * 24 - 12)
      local lo = (math.random() * 2 - 1) * span * 10 ^ math.random(-2, 2)
      local t = ticks.linear(lo, lo + span, always)
      local n, slack = #t.values, 1e-6 * span
      assert.is_true(n >= 3 and n <= 10, ("%d ticks in %g .. %g"):format(n, lo, lo + span))
      local step = t.values[2] - t.values[1]
      local mantissa = step / 10 ^ math.floor(math.log(step, 10) + 1e-9)
      local is_nice = false
      for _, m in ipairs { 1, 2, 2.5, 5 } do is_nice = is_nice or math.abs(mantissa - m) < 1e-3 end
      assert.is_true(is_nice, "step " .. step)
      for k, value in ipairs(t.values) do
        assert.is_true(value >= lo - slack and value <= lo + span + slack)
        if k > 1 then assert.is_true(math.abs(value - t.values[k - 1] - step) < slack) end
      end
    end
  end)

  it("have labels that say the value, all different", function()
    math.randomseed(8)
    for _ = 1, 3000 do
      local span = 10 ^ (math.random() * 24 - 12)
      local lo = (math.random() * 2 - 1) * span * 10 ^ math.random(-2, 7)
      local t = ticks.linear(lo, lo + span, always)
      local seen = {}
      for k, label in ipairs(t.labels) do
        local said = value_of(label, t.common)
        assert.is_true(math.abs(said - t.values[k]) < 1e-3 * span + 1e-14 * math.abs(lo),
          ("%s (%s) for %.17g"):format(label, t.common or "", t.values[k]))
        assert.is_nil(seen[label], label)
        assert.is_true(utf8.len(label) <= 9, label)
        seen[label] = true
      end
    end
  end)

  it("are written as people write them", function()
    local function labels(lo, hi)
      local t = ticks.linear(lo, hi, always)
      return table.concat(t.labels, " "), t.common
    end
    assert.are.same({ "0.000 0.005 0.010 0.015 0.020 0.025 0.030" }, { labels(0, 0.03) })
    assert.are.same({ "0 200 400 600 800 1000" }, { labels(0, 1000) })
    assert.are.same({ "\u{2212}1.00 \u{2212}0.75 \u{2212}0.50 \u{2212}0.25 0.00 0.25 0.50 0.75 1.00" }, { labels(-1, 1) })
    assert.are.same({ "0.0 0.5 1.0 1.5 2.0 2.5 3.0", "\u{d7}10^{\u{2212}5}" }, { labels(0, 3e-5) })
    assert.are.same({ "0.0 0.2 0.4 0.6 0.8 1.0", "\u{d7}10^{6}" }, { labels(0, 1e6) })
    local _, common = labels(1e6 - 0.003, 1e6 + 0.003)
    assert.are.equal("+ 1000000", common)
  end)

  it("stand at whole numbers where only these mean something", function()
    for _, limits in ipairs { { 0.5, 1.5 }, { 0.5, 3.5 }, { 0, 7 }, { 1, 100 } } do
      local t = ticks.linear(limits[1], limits[2], always, true)
      assert.is_true(#t.values > 0)
      for _, value in ipairs(t.values) do assert.are.equal(math.floor(value), value) end
    end
  end)

  it("of a log axis are powers of ten with small ones between", function()
    local t = ticks.log(0.5, 2000, always)
    assert.are.same({ 1, 10, 100, 1000 }, t.values)
    assert.are.same({ "1", "10", "100", "1000" }, t.labels)
    for _, wanted in ipairs { 0.5, 2, 90, 2000 } do
      local found = false
      for _, value in ipairs(t.minor) do found = found or math.abs(value / wanted - 1) < 1e-9 end
      assert.is_true(found, "no small tick at " .. wanted)
    end
    t = ticks.log(1e-30, 1e30, always)
    assert.is_true(#t.values >= 4 and #t.values <= 9)
    assert.are.equal("10^{0}", t.labels[math.floor((#t.values + 1) / 2)])
    t = ticks.log(2, 5, always)
    assert.are.equal("2.0", t.labels[1])
    assert.is_true(#t.values >= 4)
  end)

  it("never overlap, at any limits and sizes", function()
    math.randomseed(9)
    local on = canvas.open { width = 100, height = 100, dpi = 72 }
    for _ = 1, 400 do
      local span = 10 ^ (math.random() * 16 - 8)
      local lo = (math.random() * 2 - 1) * span * 10 ^ math.random(-1, 3)
      local axis = { from = lo, to = lo + span }
      if math.random() < 0.3 then axis = { from = 10 ^ (math.random() * 10 - 8), log = true } axis.to = axis.from * 10 ^ (math.random() * 20 + 0.1) end
      local length = 20 + 600 * math.random()
      local t = layout.ticks(on, axis, length, true)
      local last = -inf
      for k, value in ipairs(t.values) do
        local half = text.measure(on, t.labels[k], { size = style.tick_size }) / 2
        local at = layout.part(axis, value) * length
        assert.is_true(at - half > last, ("labels overlap at %s, %g .. %g on %g points"):format(t.labels[k], axis.from, axis.to, length))
        last = at + half
      end
    end
  end)
end)

-- ---- colours and text -------------------------------------------------------------------------------------------

describe("colours", function()
  it("have names, hex forms, palette numbers and parts", function()
    assert.are.equal(0x0072b2ff, colour.get("line", "blue", 0))
    assert.are.equal(0x123456ff, colour.get("line", "#123456", 0))
    assert.are.equal(0x12345678, colour.get("line", "#12345678", 0))
    assert.are.equal(0xffaa00ff, colour.get("line", "#fa0", 0))
    assert.are.equal(colour.palette[2], colour.get("line", 10, 0))
    assert.are.equal(0xff8000ff, colour.get("line", { 1, 0.5, 0 }, 0))
    assert.are.equal(0x0072b280, colour.get("line", nil, 0x0072b2ff, 0.5))
    has("unknown colour 'blau'", fails(colour.get, "line", "blau", 0))
    has("0..1", fails(colour.get, "line", { 2, 0, 0 }, 0))
    has("alpha must lie in 0..1, got 2", fails(colour.get, "line", "blue", 0, 2))
  end)

  it("make maps of 256, from end to end, either way round", function()
    local ends = { viridis = { 0x440154ff, 0xfde725ff }, hot = { 0x000000ff, 0xffffffff }, gray = { 0x000000ff, 0xffffffff },
      coolwarm = { 0x3b4cc0ff, 0xb40426ff }, magma = { 0x000004ff, 0xfcfdbfff }, cividis = { 0x00224eff, 0xfee838ff }, twilight = { 0xe2d9e2ff, 0xe2d9e2ff },
      RdBu = { 0x67001fff, 0x053061ff },
      inferno = { 0x000004ff, 0xfcffa4ff }, plasma = { 0x0d0887ff, 0xf0f921ff } }
    for name, two in pairs(ends) do
      local map, back = colour.map("image", name), colour.map("image", name .. "_r")
      assert.are.equal(256, #map)
      assert.are.same(two, { map[1], map[256] })
      assert.are.same({ two[2], two[1] }, { back[1], back[256] })
    end
    assert.are.equal(0xff0000ff, colour.map("image", "hot")[96] | 0x0f0000ff)   -- red is full after 3/8 of the way
    has("unknown colour map 'jet' (known: RdBu, cividis", fails(colour.map, "image", "jet"))
  end)
end)

describe("text", function()
  local on = canvas.open { width = 200, height = 50, dpi = 72 }
  local font = { size = 10 }

  it("is as wide as its parts, and smaller where raised", function()
    local one, two = text.measure(on, "ab", font), text.measure(on, "abab", font)
    assert.is_true(math.abs(two - 2 * one) < 1e-6)
    local raised = text.measure(on, "10^{ab}", font) - text.measure(on, "10", font)
    assert.is_true(math.abs(raised - 0.7 * one) < 0.01 * one)
    assert.are.equal(text.measure(on, "w_max^2", font), (on:measure("w_max^2", font)))
    assert.are.equal("g exc, x2", text.plain "g exc, x^{2}")
    local _, height = text.measure(on, "a", font)
    local _, double = text.measure(on, "a\nb", font)
    assert.is_true(double > 1.8 * height)
  end)

  it("that is not UTF-8 is drawn with replacement signs and spoils nothing after it", function()
    text.draw(on, "a\xffb\0c", 10, 20, { size = 10 })
    text.draw(on, "abc", 10, 40, { size = 10 })
    local inked = 0
    for x = 1, 60 do inked = inked + (pixel(on, x, 37) ~= "ffffff" and 1 or 0) end
    assert.is_true(inked > 5)
    has("it is not UTF-8", fails(on.text, on, 0, 0, "\xff"))
  end)
end)

-- ---- pixels -----------------------------------------------------------------------------------------------------

describe("a canvas", function()
  it("draws curves where the data are, with gaps at NaN and infinity", function()
    local on = page()
    on:curve(numbers { 0, 0.3, 0.4, 0.5, 0.6, 1 }, numbers { 0.495, 0.495, nan, 0.495, 0.495, inf }, { color = 0xff0000ff, width = 3 })
    assert.are.equal("ff0000", pixel(on, 30, 61))
    assert.are.equal("ffffff", pixel(on, 30, 50))
    assert.are.equal("ffffff", pixel(on, 50, 61))
    assert.are.equal("ff0000", pixel(on, 65, 61))
    assert.are.equal("ffffff", pixel(on, 90, 61))
    assert.are.equal("ffffff", pixel(on, 9, 61))
  end)

  it("draws many points a pixel as it would draw them one by one", function()
    math.randomseed(3)
    local n = 20000
    local y = list(n, function(k) return 0.5 + 0.3 * math.sin(k / 700) + 0.1 * math.random() end)
    local x = list(n, function(k) return k / n end)
    local whole, parts = page(), page()
    whole:curve(numbers(x), numbers(y), black)
    for first = 1, n - 1, 200 do      -- too few at once to be reduced
      local last = math.min(first + 200, n)
      parts:curve(numbers { unpack(x, first, last) }, numbers { unpack(y, first, last) }, black)
    end
    local differ, dark = 0, 0      -- edges are shaded differently where strokes overlap: what counts is black against white
    for row = 1, 120 do
      for column = 1, 120 do
        local a, b = whole:pixel(column, row), parts:pixel(column, row)
        if math.max(a, b) > 230 and math.min(a, b) < 100 then differ = differ + 1 end
        if a < 100 then dark = dark + 1 end
      end
    end
    assert.are.equal(0, differ)
    assert.is_true(dark > 500)
  end)

  it("keeps single extreme values among a million", function()
    local y = array.zeros and array.zeros(1000000) or numbers(list(1000000, function() return 0 end))
    y[654321] = 1
    y[123456] = nan
    local on = page { x0 = 0, x1 = 1e6, y0 = -0.5, y1 = 1.5 }
    on:curve(nil, y, black)
    local found
    for column = 74, 78 do found = found or pixel(on, column, 50) ~= "ffffff" end
    assert.is_true(found)
  end)

  it("puts marks on their points and inside the frame only", function()
    for _, shape in ipairs { "circle", "square", "diamond", "triangle", "cross", "plus", "tick" } do
      local on = page()
      on:marks(numbers { 0.5, 0, nan, 2 }, numbers { 0.5, 0, 0.5, 0.5 }, { shape = shape, size = 8, width = 2, color = 0x0000ffff })
      assert.are_not.equal("ffffff", pixel(on, 60, 60), shape)
      assert.are.equal("ffffff", pixel(on, 60, 75), shape)
      for k = 1, 120 do
        assert.are.equal("ffffff", pixel(on, 10, k), shape)
        assert.are.equal("ffffff", pixel(on, k, 111), shape)
      end
    end
  end)

  it("mixes colours that let the ground through", function()
    local on = page()
    on:marks(numbers { 0.5 }, numbers { 0.5 }, { shape = "square", size = 20, color = 0xff000080 })
    local r, g, b = on:pixel(61, 60)
    assert.are.equal(255, r)
    assert.is_true(math.abs(g - 127) <= 1 and math.abs(b - 127) <= 1)
  end)

  it("leaves out what a log axis cannot hold", function()
    local on = page { x0 = 1, x1 = 100, x_log = true, y0 = 0.01, y1 = 1, y_log = true }
    local x, y = on:place(10, 0.1)
    assert.is_true(math.abs(x - 60) < 1e-9 and math.abs(y - 60) < 1e-9)
    x, y = on:place(0, -1)
    assert.is_true(x ~= x and y ~= y)
    on:marks(numbers { 10, -10, 0 }, numbers { 0.1, 0.1, 0.1 }, { size = 6, color = 0xff })
    on:curve(numbers { 1, 0, 10, 100 }, numbers { 0.5, 0.5, 0.5, 0 }, black)
    on:area(numbers { 1, 100 }, numbers { -1, -1 }, numbers { 0.02, 0.02 }, 0x00ff00ff)
    assert.are.equal("000000", pixel(on, 60, 60))
    assert.are.equal("00ff00", pixel(on, 60, 108))
  end)

  it("shows the cells of a matrix without blending, and their mean where they are too many", function()
    local lut = list(256, function(k) return (k - 1) << 24 | 0xff end)
    local on = page()
    on:image(numbers { { 0, 1 }, { 2, nan } }, lut, { lo = 0, hi = 2, x0 = 0, x1 = 1, y0 = 1, y1 = 0 })
    assert.are.equal("000000", pixel(on, 11, 11))      -- row 1 at y0 = 1: at the top
    assert.are.equal("000000", pixel(on, 60, 60))
    assert.are.equal("800000", pixel(on, 61, 60))
    assert.are.equal("ff0000", pixel(on, 60, 61))
    assert.are.equal("ffffff", pixel(on, 61, 61))      -- NaN: the paper
    assert.are.equal("ffffff", pixel(on, 10, 10))
    local rows = list(1000, function(r) return list(1000, function(c) return (r + c) % 2 end) end)
    on:image(numbers(rows), lut, { lo = 0, hi = 1, x0 = 0, x1 = 1, y0 = 0, y1 = 1 })
    assert.are.equal("800000", pixel(on, 33, 77))
  end)

  it("shows rows x columns x 3 or 4 in their own colours", function()
    local lut = list(256, function() return 0xff end)
    local place = { lo = 0, hi = 1, x0 = 0, x1 = 1, y0 = 1, y1 = 0 }
    local on = page()
    on:image(numbers { { { 1, 0, 0.5 }, { 0, 2, -1 } }, { { 0, 0, 1 }, { 0, nan, 1 } } }, lut, place)
    assert.are.equal("ff0080", pixel(on, 11, 11))
    assert.are.equal("00ff00", pixel(on, 61, 11))      -- held within lo .. hi
    assert.are.equal("0000ff", pixel(on, 11, 61))
    assert.are.equal("ffffff", pixel(on, 61, 61))
    on = page()
    on:image(numbers { { { 1, 0, 0, 0.5 }, { 1, 0, 0, 0 } } }, lut, place)
    assert.are.equal("ff7f7f", pixel(on, 11, 11))      -- half of the paper shines through
    assert.are.equal("ffffff", pixel(on, 61, 61))
    assert.matches("1, 3 or 4 channels expected", fails(function() on:image(numbers { { { 1, 2 } } }, lut, place) end))
    -- A figure takes bytes from integers, and what lies between 0 and 1 from floats.
    local hashes = {}
    for k, pixels in ipairs { lp.array({ { { 255, 0, 102 } } }, "int32"), lp.array { { { 1, 0, 0.4 } } }, lp.array { { { 255, 0, 102 } } } } do
      local fig = lp.figure()
      fig[1]:image(pixels)
      hashes[k] = fig:draw():hash()
    end
    assert.are.equal(hashes[1], hashes[2])
    assert.are_not.equal(hashes[1], hashes[3])
  end)

  it("draws bars from base to height", function()
    local on = page()
    on:bars(numbers { 0, 0.5 }, numbers { 0.5, 1 }, 0, numbers { 0.25, nan }, { fill = 0x00ff00ff })
    assert.are.equal("00ff00", pixel(on, 11, 110))
    assert.are.equal("00ff00", pixel(on, 60, 86))
    assert.are.equal("ffffff", pixel(on, 60, 85))
    assert.are.equal("ffffff", pixel(on, 61, 110))
    on:bars(numbers { 0 }, numbers { 0.1 }, 0, numbers { 0.5 }, { fill = 0x0000ffff, flat = true })
    assert.are.equal("0000ff", pixel(on, 60, 110))
    assert.are.equal("ffffff", pixel(on, 61, 99))
  end)

  it("survives absurd numbers", function()
    local values = { 0, -0.0, 1, -1, nan, inf, -inf, 1.7e308, -1.7e308, 5e-324, 1e-300, 3e9 }
    math.randomseed(5)
    for _ = 1, 300 do
      local function pick() return values[math.random(#values)] end
      local on = page { x_log = math.random() < 0.5, y_log = math.random() < 0.5, x0 = 1e-3, x1 = 10, y0 = math.random() < 0.5 and 1e-9 or 7, y1 = 2 }
      local n = math.random(0, 8)
      local a, b, c = numbers(list(n, pick)), numbers(list(n, pick)), numbers(list(n, pick))
      on:curve(a, b, { color = 0xff, width = math.random() * 5, dash = { 3, 1 } }, math.random() < 0.5)
      on:area(a, b, c, 0xff0000ff)
      on:marks(a, b, { size = math.random() * 10, color = 0xff })
      on:bars(a, b, math.random() < 0.5 and c or 0, c, { fill = 0xff }, black)
      assert.are.equal(4, select("#", on:pixel(60, 60)))
      assert.are.equal("ffffff", pixel(on, 5, 5))
    end
  end)

  it("counts a histogram as numpy does: lower edges belong to a bin, the last upper one too", function()
    local counts, total = canvas.histogram(numbers { 0, 0.5, 1, 1, 1.5, 2, 2.5, -1, nan, inf }, numbers { 0, 1, 2 })
    assert.are.same({ 2, 4 }, { counts[1], counts[2] })
    assert.are.equal(6, total)
    has("ascending edges", fails(canvas.histogram, numbers { 1 }, numbers { 1, 1 }))
  end)

  it("refuses what cannot be", function()
    has("dpi must lie in 1..10000", fails(canvas.open, { dpi = 0 }))
    has("a picture has 1 to 32000 pixels a side, got 1000000", fails(canvas.open, { width = 720000, height = 72, dpi = 100 }))
    has("format: unknown value 'gif'", fails(canvas.open, { format = "gif" }))
    local on = page()
    has("positive ones on a log axis", fails(on.set_frame, on, { width = 1, height = 1, x0 = 0, x1 = 1, x_log = true }))
    has("3 values expected, got 2", fails(on.curve, on, numbers { 1, 2 }, numbers { 1, 2, 3 }, black))
    has("canvas.numbers makes one", fails(on.curve, on, nil, array.from({ 1, 2 }, "int32"), black))
    on:close()
    has("the canvas is closed", fails(on.size, on))
    has("cannot read", fails(canvas.read_png, folder .. "/nothing.png"))
  end)
end)

-- ---- figures ----------------------------------------------------------------------------------------------------

describe("a figure", function()
  it("chains, and knows its axes by number, by row and column, and over several cells", function()
    local fig = lp.figure { rows = 2, columns = 2 }
    local axes = fig[1]
    assert.are.equal(axes, axes:line { 1, 2 }:points { 1, 2 }:title "t":xlabel "x":ylabel "y":xlim(1, 2):ylim(0):log "x":grid():legend():box())
    assert.are.equal(fig[3], fig[{ 2, 1 }])
    assert.are.equal(fig[4], fig:axes(2, 2))
    assert.are_not.equal(fig[1], fig[2])
    has("the figure has 4 axes: there is no number 5", fails(function() return fig[5] end))
    has("there is no row 3", fails(fig.axes, fig, 3, 1))
    has("the span reaches beyond", fails(fig.axes, fig, 2, 1, { columns = 3 }))
  end)

  it("tells what it does not know, with the nearest name, at the user's line", function()
    local fig = lp.figure()
    local message = fails(lp.figure, { row = 3 })
    has("figure: unknown option 'row', did you mean 'rows'?", message)
    has("known: columns, dpi, font_size, height", message)
    has("unknown option 'colour', did you mean 'color'?", fails(function() fig[1]:line({ 1 }, { colour = "red" }) end))
    has("unknown method 'lines': did you mean 'line'?", fails(function() fig[1]:lines { 1 } end))
    has("unknown method 'line'", fails(function() fig:line { 1 } end))
    has("option 'width' must be a number, got a string", fails(function() fig[1]:line({ 1 }, { width = "2" }) end))
    has("x has 2 values, y has 3", fails(function() fig[1]:line({ 1, 2 }, { 1, 2, 3 }) end))
    has("line: y: element 2 of the table is a string", fails(function() fig[1]:line { 1, "2" } end))
    has("unknown colour 'blau'", fails(function() fig[1]:points({ 1 }, { color = "blau" }) end))
    has("unknown marker 'star'", fails(function() fig[1]:points({ 1 }, { marker = "star" }) end))
    has("unknown dash 'wavy'", fails(function() fig[1]:line({ 1 }, { dash = "wavy" }) end))
    has("a matrix expected, got 2 numbers", fails(function() fig[1]:image { 1, 2 } end))
    has("a matrix, or rows x columns x 3 or 4, expected, got an array of shape 1 x 1 x 2", fails(function() fig[1]:image { { { 1, 2 } } } end))
    has("image: colours have no bar", fails(function() fig[1]:image({ { { 1, 2, 3 } } }, { bar = true }) end))
    has("y must have one dimension, got an array of shape 1 x 1 x 1", fails(function() fig[1]:line { { { 1 } } } end))
    has("range must be { low, high }", fails(function() fig[1]:image({ { 1 } }, { range = { 1, 1 } }) end))
    has("bins must be a whole number in 1..1000000, got 2.5", fails(function() fig[1]:histogram({ 1 }, { bins = 2.5 }) end))
    has("expected x (or nil), low and high", fails(function() fig[1]:band({ 1 }, { 1 }) end))
    has("unknown place 'nowhere'", fails(function() fig[1]:legend "nowhere" end))
    has("2 labels for 3 bars", fails(function() fig[1]:bars({ 1, 2, 3 }, { labels = { "a", "b" } }) end))
    has("expected the times and the neurons", fails(function() fig[1]:raster(3) end))
    has("a log axis needs positive limits, got 0", fails(function() fig[1]:xlim(0, 1):log "x" end))
    has("a log axis needs positive limits, got -1", fails(function() lp.figure()[1]:log "y":ylim(-1, 1) end))
    has("the limits are equal", fails(function() fig[1]:ylim(2, 2) end))
    local _, placed = pcall(function() fig[1]:line({ 1 }, { colour = "red" }) end)
    has("plot_spec.lua:", placed)
  end)

  it("draws what was given, though the array changes afterwards", function()
    local y = array.from { 1, 2, 3 }
    local one, two = lp.figure(), lp.figure()
    one[1]:line(y)
    two[1]:line { 1, 2, 3 }
    y[2] = 9
    assert.are.equal(two:draw():hash(), one:draw():hash())
  end)

  it("draws arrays of every type like tables, and a matrix as its columns", function()
    local hashes = {}
    for _, kind in ipairs { "float64", "float32", "int64", "int32" } do
      local fig = lp.figure()
      fig[1]:line(array.from({ 3, 1, 2 }, kind))
      hashes[#hashes + 1] = fig:draw():hash()
    end
    local columns, lines = lp.figure(), lp.figure()
    columns[1]:line({ 1, 2, 3 }, { { 3, 0 }, { 1, 1 }, { 2, 4 } })
    lines[1]:line({ 1, 2, 3 }, { 3, 1, 2 }):line({ 1, 2, 3 }, { 0, 1, 4 })
    assert.are.equal(lines:draw():hash(), columns:draw():hash())
    for k = 2, #hashes do assert.are.equal(hashes[1], hashes[k]) end
  end)

  it("has limits for every kind of data", function()
    local cases = {
      { {}, 0, 1 }, { { nan, inf }, 0, 1 }, { { 5 }, 4.75, 5.25 }, { { 5, 5 }, 4.75, 5.25 }, { { 0, 0 }, -0.5, 0.5 }, { { -2, -2 }, -2.1, -1.9 },
      { { 0, 10 }, -0.5, 10.5 }, { { 1, nan, 2, -inf }, 0.95, 2.05 }, { { 1e-310 }, -0.5, 0.5 },
    }
    for _, case in ipairs(cases) do
      local fig = lp.figure()
      fig[1]:line(case[1])
      local plan = layout.plan(fig, canvas.open { width = 300, height = 200 })[1]
      assert.is_true(math.abs(plan.y.from - case[2]) < 1e-9 and math.abs(plan.y.to - case[3]) < 1e-9, ("%g .. %g"):format(plan.y.from, plan.y.to))
    end
  end)

  it("draws hostile data without an error", function()
    for _, which in ipairs { "", "x", "y", "xy" } do
      for _, values in ipairs { {}, { nan }, { 0 }, { -1, -2 }, { 1.7e308, -1.7e308 }, { 1e-320, 1e300 }, { inf, -inf, 1 }, { 1e15, 1e15 + 1 } } do
        local fig = lp.figure { columns = 3, rows = 2, width = 6, height = 4 }
        fig[1]:line(values, { label = "a" })
        fig[2]:points(values)
        fig[3]:histogram(values)
        fig[4]:bars(values)
        fig[5]:band(nil, values, values)
        fig[6]:raster(values, values):hline(0):vline(-3):text(0, 0, "x")
        for k = 1, 6 do
          if which ~= "" then fig[k]:log(which) end
        end
        local on = fig:draw { dpi = 40 }
        assert.are.equal(16, #on:hash())
      end
    end
  end)

  it("takes limits from the user, also turned round and on one side only", function()
    local function limits(f)
      local fig = lp.figure()
      f(fig[1]:line { 1, 2, 3 })
      local plan = layout.plan(fig, canvas.open { width = 300, height = 200 })[1]
      return { plan.x.from, plan.x.to, plan.y.from, plan.y.to }
    end
    assert.are.same({ 1, 3, 0, 5 }, limits(function(a) a:ylim(0, 5) end))
    assert.are.same({ 3, 1, 0, 5 }, limits(function(a) a:ylim(0, 5):xlim(3, 1) end))
    assert.are.equal(0, limits(function(a) a:ylim(0) end)[3])
    assert.is_true(limits(function(a) a:ylim(100) end)[4] > 100)
    assert.is_true(limits(function(a) a:ylim(nil, -100) end)[3] < -100)
  end)

  it("shares scales and hides inner labels", function()
    local fig = lp.figure { rows = 2, columns = 2, share_x = "column", share_y = "row" }
    fig[1]:line { 1, 2, 3 }
    fig[2]:line { 10, 20, 30, 40 }
    fig[3]:line({ 0, 10 }, { 5, 6 })
    fig[4]:line { 1 }
    local plans = layout.plan(fig, canvas.open { width = 500, height = 400 })
    assert.are.same({ 0, 10 }, { plans[1].x.from, plans[1].x.to })
    assert.are.same({ plans[1].x.from, plans[1].x.to }, { plans[3].x.from, plans[3].x.to })
    assert.are.same({ plans[1].y.from, plans[1].y.to }, { plans[2].y.from, plans[2].y.to })
    assert.are.same({ false, false, true, true }, { plans[1].x.shown, plans[2].x.shown, plans[3].x.shown, plans[4].x.shown })
    assert.are.same({ true, false, true, false }, { plans[1].y.shown, plans[2].y.shown, plans[3].y.shown, plans[4].y.shown })
    assert.are.equal(plans[1].rect.left, plans[3].rect.left)
  end)

  it("puts the legend where there is room", function()
    local function middle_of_legend(y)
      local fig = lp.figure { width = 4, height = 4 }
      fig[1]:line(y, { label = "here" })
      local on = fig:draw { dpi = 72 }
      local sum_x, sum_y, n = 0, 0, 0
      for row = 1, 288 do
        for column = 1, 288 do
          if pixel(on, column, row) == "cccccc" then sum_x, sum_y, n = sum_x + column, sum_y + row, n + 1 end
        end
      end
      assert.is_true(n > 50)
      return sum_x / n, sum_y / n
    end
    local x, y = middle_of_legend(list(100, function(k) return k end))                  -- full: bottom left to top right
    assert.is_true(x < 144 and y < 144 or x > 144 and y > 144)
    x, y = middle_of_legend(list(100, function(k) return k < 50 and (k % 2) or 0 end))  -- full: the left half
    assert.is_true(x > 144 and y < 144)
  end)

  it("puts the legend outside of axes that are full: beside wide ones, above narrow ones", function()
    local function plan_of(width, label)
      local fig = lp.figure { width = width, height = 3 }
      fig[1]:line(list(400, function(k) return math.sin(k) end), { label = label })
      return layout.plan(fig, canvas.open { width = 72 * width, height = 216 })[1], fig
    end
    local plan = plan_of(5, "here")
    assert.equal("outside", plan.legend_place)
    assert.truthy(plan.rect.left + plan.rect.width + plan.legend_left + plan.legend.width <= 360 and plan.rect.width > 200)
    local narrow, fig = plan_of(2, "with a long name")
    assert.equal("above", narrow.legend_place)
    assert.truthy(narrow.rect.top >= plan.rect.top + narrow.legend.height)
    fig[1]:legend "top right"
    assert.equal(plan.rect.top, layout.plan(fig, canvas.open { width = 144, height = 216 })[1].rect.top)
    local shaded = lp.figure { width = 4, height = 3 }
    shaded[1]:line({ 0, 1 }, { 0, 1 }, { label = "line" }):vspan(0, 1, { label = "a shade hides nothing" })
    assert.equal("top left", layout.plan(shaded, canvas.open { width = 288, height = 216 })[1].legend_place)
  end)

  it("draws all rasters of some axes with dots of one size", function()
    local fig, sizes = lp.figure {}, {}
    fig[1]:raster(lp.linspace(0, 99, 20000), lp.linspace(1, 200, 20000)):raster({ 1, 2 }, { 201, 250 })
    fig[1].frame = { left = 0, top = 0, width = 200, height = 200, x0 = 0, x1 = 100, y0 = 0, y1 = 250 }
    fig[1].canvas = { marks = function(_, _, _, look) sizes[#sizes + 1] = look.size end }
    for _, item in ipairs(fig[1].items) do item.kind.draw(fig[1], item.data) end
    assert.equal(2, #sizes)
    assert.equal(sizes[1], sizes[2])
  end)

  it("clips nothing at the page's edges", function()
    local figures = require "tests.golden.plot"
    for name, make in pairs(figures) do
      local on = make():draw { transparent = true, dpi = 72 }
      local width, height = on:size()
      assert.are.equal(0, on:ink(0, 0, width, 2), name)
      assert.are.equal(0, on:ink(0, height - 2, width, 2), name)
      assert.are.equal(0, on:ink(0, 0, 2, height), name)
      assert.are.equal(0, on:ink(width - 2, 0, 2, height), name)
      assert.is_true(on:ink(0, 0, width, height) > 0.01, name)
    end
  end)

  it("looks like the pictures kept in tests/golden", function()
    for name, make in pairs(require "tests.golden.plot") do
      local kept = canvas.read_png("tests/golden/plot_" .. name .. ".png")
      local mean, greatest = make():draw({ dpi = 60 }):difference(kept)
      -- other versions of cairo and freetype shade edges a little differently: a moved or missing thing is far more
      assert.is_true(mean ~= nil and mean < 0.6, ("%s differs: mean %s, greatest %s"):format(name, tostring(mean), tostring(greatest)))
    end
  end)

  it("draws a million points as no more marks than pixels can show", function()
    local n = 1000000
    local x, y = array.arange(1, n + 0.5, 1) * 0.5698402910 % 1, array.arange(1, n + 0.5, 1) * 0.7548776662 % 1
    local draw = {
      line = function(axes) axes:line(y) end,
      points = function(axes) axes:points(x, y) end,
      raster = function(axes) axes:raster(x, (y * 1000):floor()) end,
      histogram = function(axes) axes:histogram(y) end,
    }
    for kind, f in pairs(draw) do
      local fig = lp.figure { width = 12, height = 4 }
      f(fig[1])
      fig:save(folder .. "/marks.svg")
      local file = assert(io.open(folder .. "/marks.svg"))
      local bytes = file:seek "end"
      file:close()
      assert.is_true(bytes < 3e6, kind .. ": " .. bytes .. " bytes")
    end
  end)
end)

-- ---- files ------------------------------------------------------------------------------------------------------

describe("saving", function()
  --- The text chunks of a PNG, by key; the checksums are libpng's business.
  local function chunks(bytes)
    local found, at = {}, 9
    assert.are.equal("\137PNG\r\n\26\n", bytes:sub(1, 8))
    while at < #bytes do
      local length, kind = string.unpack(">I4c4", bytes, at)
      local body = bytes:sub(at + 8, at + 7 + length)
      if kind == "tEXt" then
        local key, value = body:match "^(.-)%z(.*)$"
        found[key] = value
      elseif kind == "iTXt" then
        local key, value = body:match "^(.-)%z..[^%z]*%z[^%z]*%z(.*)$"
        found[key] = value
      else
        found[kind] = body
      end
      at = at + 12 + length
    end
    return found
  end

  local function small() return lp.figure { width = 2, height = 1.5, info = { seed = 42 } } end

  local script = ([[
    local lp = require "lunapse"
    local fig = lp.figure { width = 2, height = 1.5, title = "T", info = { seed = 42 } }
    fig[1]:line({ 1, 3, 2 }, { label = "x" })
    for k = 1, #arg do fig:save(arg[k]) end
  ]])

  local function child(before, ...)
    local path = folder .. "/script.lua"
    local file = assert(io.open(path, "w"))
    file:write(script)
    file:close()
    local program = HOST:find "^/" and HOST or "$OLDPWD/" .. HOST
    local pipe = io.popen(("cd %s; %s %s script.lua %s 2>&1"):format(folder, before, program, table.concat({ ... }, " ")))
    local out = pipe:read "a"
    return pipe:close(), out
  end

  it("writes PNG with size, resolution, title, program, date and what the user gives", function()
    local fig = small()
    fig[1]:line { 1, 2 }:title "Gewichte w_{max}, \u{b5}"
    local path = folder .. "/a.png"
    assert.are.equal(path, fig:save(path, { dpi = 200, info = { note = "two\nlines" } }))
    local found = chunks(read(path))
    assert.are.same({ 400, 300 }, { (string.unpack(">I4", found.IHDR)), (string.unpack(">I4", found.IHDR, 5)) })
    assert.are.equal(7874, (string.unpack(">I4", found.pHYs)))
    assert.are.equal("Gewichte wmax, \u{b5}", found.Title)
    assert.are.equal(canvas.software, found.Software)
    assert.is_truthy(found.Software:find "^Lunapse %d")
    assert.are.equal("42", found.seed)
    assert.are.equal("two\nlines", found.note)
    assert.is_truthy(found["Creation Time"]:find "^%a%a%a, %d%d %a%a%a %d%d%d%d %d%d:%d%d:%d%d GMT$")
  end)

  it("writes the seeds of the networks that the script made", function()
    local path = folder .. "/seeds.lua"
    local file = assert(io.open(path, "w"))
    file:write [[
      local lp = require "lunapse"
      lp.network { seed = 7 }
      lp.network { seed = 12 }
      lp.figure { width = 2, height = 1.5 }:save(arg[1]) ]]
    file:close()
    assert.is_true(os.execute(("%s %s %s/seeds.png"):format(HOST, path, folder)))
    assert.are.equal("7, 12", chunks(read(folder .. "/seeds.png")).seed)
  end)

  it("reads back the pixels it wrote, with and without a ground", function()
    for _, transparent in ipairs { false, true } do
      local fig = small()
      fig[1]:line({ 1, 2 }, { alpha = 0.5 })
      local path = fig:save(folder .. "/b.png", { transparent = transparent })
      local mean, greatest = fig:draw({ transparent = transparent }):difference(canvas.read_png(path))
      assert.is_true(mean < 0.05 and greatest <= 3, ("mean %g, greatest %g"):format(mean, greatest))
    end
  end)

  it("gives the same bytes for the same date, in every format", function()
    assert.is_truthy(child("SOURCE_DATE_EPOCH=86400", "1.png", "1.svg", "1.pdf"))
    assert.is_truthy(child("SOURCE_DATE_EPOCH=86400", "2.png", "2.svg", "2.pdf"))
    assert.is_truthy(child("SOURCE_DATE_EPOCH=86401", "3.png"))
    for _, ending in ipairs { ".png", ".svg", ".pdf" } do
      assert.is_true(read(folder .. "/1" .. ending) == read(folder .. "/2" .. ending), ending)
    end
    assert.is_false(read(folder .. "/1.png") == read(folder .. "/3.png"))
    local found = chunks(read(folder .. "/1.png"))
    assert.are.equal("Fri, 02 Jan 1970 00:00:00 GMT", found["Creation Time"])
    assert.are.equal("script.lua", found.script)
  end)

  it("writes SVG and PDF by name, points in their thousands as pictures", function()
    local fig = lp.figure { width = 3, height = 2, title = "A & B <c>", info = { seed = 1 } }
    fig[1]:points(list(6000, math.sin)):image({ { 1, 2 } }, { bar = true })
    local svg, pdf = read(fig:save(folder .. "/c.svg")), read(fig:save(folder .. "/c.pdf"))
    has("<title>A &amp; B &lt;c&gt;</title>", svg)
    has("seed = 1", svg)
    assert.is_truthy(svg:find "</svg>%s*$")
    assert.is_truthy(pdf:find "^%%PDF%-1")
    assert.is_truthy(pdf:find "%%%%EOF%s*$")
    assert.is_true(#svg < 600000, #svg)
    assert.is_true(os.execute(("test -z \"$(command -v xmllint)\" || xmllint --noout %s/c.svg"):format(folder)))
  end)

  it("refuses what it cannot write and leaves an old file as it was", function()
    local fig = small()
    fig[1]:line { 1, 2 }
    has("does not end in .png, .svg or .pdf", fails(fig.save, fig, "a.jpg"))
    has("no such folder (it is not made for you)", fails(fig.save, fig, folder .. "/none/a.png"))
    os.execute("mkdir " .. folder .. "/dir.png")
    has("it is a folder", fails(fig.save, fig, folder .. "/dir.png"))
    has("the key 'a  b' of a note", fails(fig.save, fig, folder .. "/x.png", { info = { ["a  b"] = 1 } }))
    has("unknown option 'dppi', did you mean 'dpi'?", fails(fig.save, fig, folder .. "/x.png", { dppi = 1 }))
    local path = folder .. "/old.png"
    local file = assert(io.open(path, "w"))
    file:write "precious"
    file:close()
    local ok, out = child("trap '' XFSZ; ulimit -f 1;", "old.png")     -- no file may grow beyond 512 bytes or a kilobyte
    assert.is_falsy(ok)
    has("cannot write 'old.png'", out)
    assert.are.equal("precious", read(path))
    assert.are.equal("0", io.popen("ls " .. folder .. " | grep -c part"):read "l")
    fig:save(path)
    assert.are.equal("\137PNG", read(path):sub(1, 4))
  end)

  it("follows a link instead of replacing it", function()
    local fig = small()
    fig[1]:line { 1, 2 }
    os.execute(("cd %s && touch real.png && ln -s real.png link.png"):format(folder))
    fig:save(folder .. "/link.png")
    assert.is_true(os.execute(("test -L %s/link.png"):format(folder)))
    assert.are.equal("\137PNG", read(folder .. "/real.png"):sub(1, 4))
  end)
end)
