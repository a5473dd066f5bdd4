-- Animations: GIFs are decoded here (LZW: Welch 1984) and compared with the figures themselves; APNG and MP4 are made by ffmpeg, where that is there.
local compare = require "tests.compare"
local lp = require "lunapse"
local fails = compare.fails

local HOST = os.getenv "HOST" or "build/lunapse"

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read "a"
end

--- The numbers behind the codes of one image.
local function decoded(bytes, least)
  local clear, at, bits, n_bits, out = 1 << least, 1, 0, 0, {}
  local width, table_of, previous
  local function restart()
    width, table_of, previous = least + 1, {}, nil
    for k = 0, clear - 1 do table_of[k] = { k } end
    table_of.next = clear + 2
  end
  restart()
  while true do
    while n_bits < width do
      bits, n_bits, at = bits | bytes:byte(at) << n_bits, n_bits + 8, at + 1
    end
    local code = bits & (1 << width) - 1
    bits, n_bits = bits >> width, n_bits - width
    if code == clear + 1 then return out end
    if code == clear then
      restart()
    else
      local entry = table_of[code]
      if not entry then
        entry = table.move(previous, 1, #previous, 1, {})
        entry[#entry + 1] = previous[1]
      end
      table.move(entry, 1, #entry, #out + 1, out)
      if previous and table_of.next < 4096 then
        local new = table.move(previous, 1, #previous, 1, {})
        new[#new + 1] = entry[1]
        table_of[table_of.next] = new
        table_of.next = table_of.next + 1
        if table_of.next == 1 << width and width < 12 then width = width + 1 end
      end
      previous = entry
    end
  end
end

--- What a GIF says: its size, whether it loops, delays, and the picture after each frame: rows of { r, g, b } in one list.
local function gif(path)
  local bytes, at = read(path), 14
  assert.equal("GIF89a", bytes:sub(1, 6))
  local width, height = string.unpack("<I2I2", bytes, 7)
  local found, screen = { width = width, height = height, frames = {}, delays = {} }, {}
  local function blocks()
    local parts = {}
    while true do
      local n = bytes:byte(at)
      parts[#parts + 1] = bytes:sub(at + 1, at + n)
      at = at + n + 1
      if n == 0 then return table.concat(parts) end
    end
  end
  while true do
    local kind = bytes:byte(at)
    if kind == 0x3b then return found end
    if kind == 0x21 then
      local label = bytes:byte(at + 1)
      at = at + 2
      local body = blocks()
      if label == 0xf9 then found.delays[#found.delays + 1] = string.unpack("<I2", body, 2) end
      if label == 0xff then found.loops = body:sub(1, 11) == "NETSCAPE2.0" end
    else
      assert.equal(0x2c, kind)
      local x0, y0, w, h, flags = string.unpack("<I2I2I2I2B", bytes, at + 1)
      local colors = at + 10
      at = colors + 3 * (2 << (flags & 7))
      local least = bytes:byte(at)
      at = at + 1
      for k, place in ipairs(decoded(blocks(), least)) do
        local x, y = x0 + (k - 1) % w, y0 + (k - 1) // w
        screen[y * width + x + 1] = bytes:sub(colors + 3 * place, colors + 3 * place + 2)
      end
      found.last_size = { w, h }
      found.frames[#found.frames + 1] = table.move(screen, 1, width * height, 1, {})
    end
  end
end

local function figure(k, width)
  local fig = lp.figure { width = width or 1.2, height = 1, font_size = 6 }
  fig[1]:points({ k }, { 1 }, { color = "red", size = 8 }):xlim(0, 6):ylim(0, 2)
  return fig
end

describe("an animation", function()
  local folder = io.popen("mktemp -d"):read "l"
  teardown(function() os.execute("rm -rf " .. folder) end)

  it("as a GIF shows its figures one after the other", function()
    local seen = {}
    local moving = lp.animation(function(x, k)
      seen[k] = x
      return figure(x)
    end, { 1, 2.5, 5 }, { fps = 25 })
    assert.same({}, seen)
    assert.equal("animation (3 frames, 0.12 s)", tostring(moving))
    assert.equal(folder .. "/a.gif", moving:save(folder .. "/a.gif", { dpi = 50 }))
    assert.same({ 1, 2.5, 5 }, seen)
    local got = gif(folder .. "/a.gif")
    assert.same({ 60, 50, 3, { 4, 4, 4 }, true }, { got.width, got.height, #got.frames, got.delays, got.loops })
    assert.truthy(got.last_size[1] < 60)                                  -- only what has changed
    for k, x in ipairs { 1, 2.5, 5 } do
      local on, n_red = figure(x):draw { dpi = 50 }, 0
      for row = 1, 50 do
        for column = 1, 60 do
          local r, g, b = got.frames[k][(row - 1) * 60 + column]:byte(1, 3)
          local R, G, B = on:pixel(column, row)
          assert.truthy(math.max(math.abs(r - R), math.abs(g - G), math.abs(b - B)) <= 8)
          if R == 255 and G == 255 then assert.equal(255, g) end
          if R - B > 150 then n_red = n_red + 1 end
        end
      end
      assert.truthy(n_red > 5)
    end
    assert.is_nil(gif(lp.animation(function(k) return figure(k) end, 2):save(folder .. "/once.gif", { loop = false, dpi = 50 })).loops)
  end)

  it("as a GIF may have more colours than a GIF has", function()
    local rows = {}
    for r = 1, 40 do
      rows[r] = {}
      for c = 1, 60 do rows[r][c] = { r / 40, c / 60, (r * c % 41) / 41 } end
    end
    local function image()
      local fig = lp.figure { width = 1.2, height = 1, font_size = 6 }
      fig[1]:image(lp.array(rows))
      return fig
    end
    local got, on, sum = gif(lp.animation(image, 1):save(folder .. "/many.gif", { dpi = 50 })), image():draw { dpi = 50 }, 0
    for k, color in ipairs(got.frames[1]) do
      local r, g, b = on:pixel((k - 1) % 60 + 1, (k - 1) // 60 + 1)
      sum = sum + math.abs(color:byte(1) - r) + math.abs(color:byte(2) - g) + math.abs(color:byte(3) - b)
    end
    assert.truthy(sum / (3 * 3000) < 8, sum / (3 * 3000))
  end)

  it("leaves an old file as it was, and nothing beside it, when something fails", function()
    local path = folder .. "/kept.gif"
    lp.animation(figure, 1):save(path, { dpi = 50 })
    local before = read(path)
    assert.equal("lp.animation: frame 2: the function gave nothing, a figure was expected", fails(function()
      lp.animation(function(k) return k == 1 and figure(k) or nil end, 3):save(path)
    end))
    assert.equal("frame 2 has 200 x 100 pixels, the first has 100 x 100", fails(function()
      lp.animation(function(k) return figure(1, k) end, 2):save(path)
    end))
    assert.matches("my own fault", fails(function() lp.animation(function() error "my own fault" end, 2):save(path) end))
    assert.equal(before, read(path))
    local files = 0
    for name in io.popen("ls -A " .. folder):lines() do files = files + (name:find "kept" and 1 or 0) end
    assert.equal(1, files)
  end)

  it("as APNG and MP4 is made by ffmpeg, or says that it is not there", function()
    local code = [[local lp = require "lunapse" lp.animation(function(k) local f = lp.figure { width = 1.01, height = 1 } f[1]:line { 1, k } return f end, 3):save "%s"]]
    local function run(name, path)
      local pipe = io.popen(("%s %s -e '%s' 2>&1"):format(path and "PATH=" .. path or "", HOST, code:format(folder .. "/" .. name)))
      local said = pipe:read "a"
      pipe:close()
      return said
    end
    assert.matches("a.mp4': APNG and MP4 need the program ffmpeg (Debian's package ffmpeg)", run("a.mp4", "/nowhere"), 1, true)
    assert.is_nil(io.open(folder .. "/a.mp4"))
    if not os.execute "command -v ffmpeg >/dev/null" then return pending "there is no ffmpeg" end
    assert.equal("", run "a.mp4")
    assert.equal("ftyp", read(folder .. "/a.mp4"):sub(5, 8))
    assert.equal("", run "a.png")
    local bytes = read(folder .. "/a.png")
    local at = bytes:find("acTL", 1, true)
    local n_frames, n_plays = string.unpack(">I4I4", bytes, at + 4)
    assert.same({ 3, 0 }, { n_frames, n_plays })
  end)

  it("refuses what is none", function()
    assert.equal("lp.animation: a function that gives a figure expected, got a table", fails(lp.animation, lp.figure(), 3))
    assert.equal("lp.animation: frames must be a whole number in 1..100000, got 0", fails(lp.animation, figure, 0))
    assert.equal("lp.animation: there are no frames", fails(lp.animation, figure, {}))
    assert.equal("lp.animation: fps must lie in 0..1000, got 0", fails(lp.animation, figure, 3, { fps = 0 }))
    assert.equal("save: 'a.avi' does not end in .gif, .png, .apng or .mp4", fails(function() lp.animation(figure, 1):save "a.avi" end))
    assert.matches("cannot write '/nowhere/a.gif'", fails(function() lp.animation(figure, 1):save "/nowhere/a.gif" end), 1, true)
  end)
end)
