-- Pictures, videos and gaze as what drives neurons; filters of early vision against their formulas; what is refused.

local lp = require "lunapse"

local seeing = lp.seeing
local pixel = lp.neuron { parameters = { r = 0 }, equations = "" }

local folder = os.tmpname()
os.remove(folder)
os.execute("mkdir " .. folder)
local function path(name) return folder .. "/" .. name end
teardown(function() os.execute("rm -r " .. folder) end)

local function same(wanted, a)
  assert.same({ wanted:shape() }, { a:shape() })
  assert.is_true((wanted - a):abs():max() < 1e-12, tostring(a))
end

describe("a picture", function()
  it("of a PNG is what a population on a grid shows, scaled by the means of what is covered", function()
    lp.write(path "grey.png", lp.array { { 0, 51, 102, 153 }, { 255, 204, 0, 51 } })
    same(lp.array { { 0, 0.2, 0.4, 0.6 }, { 1, 0.8, 0, 0.2 } }, seeing.image(path "grey.png"))
    same(lp.array { { 0.5, 0.3 } }, seeing.image(path "grey.png", { geometry = { 1, 2 } }))
    -- two thirds of a point each: (0 + 0.2/3)*3/4 ...
    same(lp.array { { (0 + 0.2/3)*0.75, (0.2*2/3 + 0.4*2/3)*0.75, (0.4/3 + 0.6)*0.75 } }, seeing.image(lp.array { { 0, 0.2, 0.4, 0.6 } }, { geometry = { 1, 3 } }))
    same(lp.array { { 0, 0, 1, 1 }, { 0, 0, 1, 1 } }, seeing.image({ { 0, 1 } }, { geometry = { 2, 4 } }))
    local net = lp.network {}
    local image = net:population { geometry = { 2, 4 }, neuron = pixel }
    image.r = seeing.image(path "grey.png", { geometry = image.geometry })
    assert.near(0.8, image.r[6], 1e-12)
  end)

  it("has colours, or is as grey as they are bright; what is transparent lies on white", function()
    lp.write(path "colour.png", lp.array { { { 255, 0, 0 }, { 0, 255, 0 } }, { { 0, 0, 255 }, { 255, 255, 255 } } }:astype "int32")
    same(lp.array { { 0.299, 0.587 }, { 0.114, 1 } }, seeing.image(path "colour.png", { geometry = { 2, 2 } }))
    same(lp.array { { { 0.5, 0.25 + 0.25, 0.5 } } }, seeing.image(path "colour.png", { geometry = { 1, 1, 3 } }))
    lp.write(path "glass.png", lp.array { { { 0, 0, 0, 255 }, { 0, 0, 0, 51 } } }:astype "int32")
    same(lp.array { { 0, 0.8 } }, seeing.image(path "glass.png", { geometry = { 1, 2 } }))
    same(lp.array { { { 0.2, 0.2, 0.2 } } }, seeing.image({ { 0.2 } }, { geometry = { 1, 1, 3 } }))
  end)

  it("has a white of its own", function()
    lp.write(path "deep.png", lp.array { { 0, 65535, 13107 } }, { bits = 16 })
    same(lp.array { { 0, 1, 0.2 } }, seeing.image(path "deep.png"))
    lp.write(path "dark.png", lp.array { { 0, 13, 255 } }, { bits = 16 })          -- the file says how many bits it has, not its brightest point
    same(lp.array { { 0, 13/65535, 255/65535 } }, seeing.image(path "dark.png"))
    assert.same({ bits = 16 }, select(2, lp.read(path "dark.png")))
    same(lp.array { { 0.25, 0.5 } }, seeing.image(lp.array { { 1, 2 } }, { white = 4 }))
    same(lp.array { { 0.25, 3 } }, seeing.image(lp.array { { 0.25, 3 } }))
  end)
end)

--- What a population is driven to at the ends of steps of 10 ms.
local function driven(film, geometry, n)
  local net = lp.network { dt = 10 }
  local cells, seen = net:population { geometry = geometry, neuron = pixel, drive = { r = film } }, {}
  for k = 1, n do
    net:run(10)
    seen[k] = cells.r:table()
  end
  return seen
end

describe("frames", function()
  it("come one after the other, each for its time, and again", function()
    lp.write(path "one.png", lp.array { { 0, 255 } })
    local film = seeing.frames({ path "one.png", { { 1.0, 0.5 } } }, { geometry = { 1, 2 }, dt = 20, period = 40 })
    assert.same({ { 0, 1 }, { 0, 1 }, { 1, 0.5 }, { 1, 0.5 }, { 0, 1 } }, driven(film, { 1, 2 }, 5))
    local of_array = seeing.frames(lp.array { { { 0, 1 } }, { { 0.5, 0.25 } } }, { geometry = { 1, 2 }, times = { 0, 30 } })
    assert.same({ { 0, 1 }, { 0, 1 }, { 0, 1 }, { 0.5, 0.25 } }, driven(of_array, { 1, 2 }, 4))
    assert.same({ { 0, 1 }, { 0.5, 0.25 } }, driven(seeing.frames(lp.array { { { 0, 1 } }, { { 0.5, 0.25 } } }, { geometry = { 1, 2 }, fps = 100 }), { 1, 2 }, 2))
  end)

  it("of a video are decoded by ffmpeg, which is found or named", function()
    local film = path "film.mkv"
    local host = os.getenv "HOST" or "build/lunapse"
    local pipe = io.popen(("echo x > %s; PATH=/nowhere %s -e 'print(select(2, pcall(require(\"lunapse\").read, \"%s\", { size = { 2, 2 } })))' 2>&1"):format(film, host, film))
    local said = pipe:read "a"
    pipe:close()
    assert.matches("film.mkv': videos need the program ffmpeg (Debian's package ffmpeg)", said, 1, true)
    if not os.execute "command -v ffmpeg >/dev/null" then return pending "there is no ffmpeg" end
    assert.error_matches(function() lp.read(film, { size = { 2, 2 } }) end, "film.mkv': ffmpeg says: Invalid data")
    local pictures = {}
    for k = 1, 4 do
      local picture = (lp.arange(1, 4*6*3)*(k*37) % 251):floor():reshape(4, 6, 3):astype "int32"
      pictures[k] = picture
      lp.write(path("frame" .. k .. ".png"), picture)
    end
    assert.is_true(os.execute(("ffmpeg -loglevel error -y -framerate 50 -i %s -c:v ffv1 -pix_fmt bgr0 %s"):format(path "frame%d.png", film)))
    local frames = lp.read(film, { size = { 4, 6 }, fps = 50 })
    assert.same({ 4, 4, 6, 3 }, { frames:shape() })
    for k = 1, 4 do assert.same(pictures[k]:flatten():table(), frames:at(k):flatten():table()) end
    local seen = driven(seeing.frames(film, { geometry = { 4, 6, 3 }, fps = 50, from = 20, to = 60 }), { 4, 6, 3 }, 4)
    for k, frame in ipairs { 2, 2, 3, 3 } do assert.near(pictures[frame]:get(2, 3, 1)/255, seen[k][(1*6 + 2)*3 + 1], 1e-12) end
    assert.same({ 2, 2, 3 }, { lp.read(film, { size = { 2, 3 }, fps = 25, grey = true }):shape() })
  end)
end)

it("a gaze moves over a picture", function()
  local picture = lp.arange(1, 24):astype "float64":reshape(4, 6)
  local gaze = seeing.saccades(picture, { geometry = { 2, 3 }, at = { { 1, 2 }, { 3, 5 } }, dt = 10 })
  assert.same({ { 1, 2, 3, 7, 8, 9 }, { 16, 17, 18, 22, 23, 24 }, { 16, 17, 18, 22, 23, 24 } }, driven(gaze, { 2, 3 }, 3))
  gaze = seeing.saccades(picture, { geometry = { 1, 1, 3 }, at = lp.array { { 4, 6 } }, times = { 0 } })
  assert.same({ { 24, 24, 24 } }, driven(gaze, { 1, 1, 3 }, 1))
end)

describe("a filter", function()
  it("of ganglion cells is a difference of Gaussians of sum 1 each", function()
    local f, sums = seeing.dog { size = { 5, 7 }, centre = 0.8, surround = 1.6 }, { 0, 0 }
    local function bell(r, c, s) return math.exp(-(r*r + c*c)/(2*s*s)) end
    for r = -2, 2 do for c = -3, 3 do sums = { sums[1] + bell(r, c, 0.8), sums[2] + bell(r, c, 1.6) } end end
    for r = -2, 2 do for c = -3, 3 do assert.near(bell(r, c, 0.8)/sums[1] - bell(r, c, 1.6)/sums[2], f:get(r + 3, c + 4), 1e-14) end end
    assert.near(0, f:sum(), 1e-14)
  end)

  it("of simple cells is a Gabor function: mean 0, sum of squares 1", function()
    local bank = seeing.gabor { size = { 9, 11 }, wavelength = 5, angle = { 0, 30, 90 }, phase = { 0, 90 }, sigma = 2.5, aspect = 0.7 }
    assert.same({ 6, 9, 11 }, { bank:shape() })
    local at = { { 0, 0 }, { 0, 90 }, { 30, 0 }, { 30, 90 }, { 90, 0 }, { 90, 90 } }
    for k, one in ipairs(at) do
      local a, phase, raw, envelope, sums = math.rad(one[1]), math.rad(one[2]), {}, {}, { 0, 0, 0 }
      for r = -4, 4 do for c = -5, 5 do
        local x, y = c*math.cos(a) - r*math.sin(a), c*math.sin(a) + r*math.cos(a)
        local e = math.exp(-(x*x + 0.49*y*y)/12.5)
        raw[#raw + 1], envelope[#envelope + 1] = e*math.cos(2*math.pi*x/5 + phase), e
        sums[1], sums[2] = sums[1] + raw[#raw], sums[2] + e
      end end
      for i in ipairs(raw) do
        raw[i] = raw[i] - envelope[i]*sums[1]/sums[2]
        sums[3] = sums[3] + raw[i]^2
      end
      for i in ipairs(raw) do assert.near(raw[i]/sums[3]^0.5, bank:at(k):flatten()[i], 1e-13) end
    end
    local one = seeing.gabor { size = 7, wavelength = 4, angle = 45 }
    assert.same({ 7, 7 }, { one:shape() })
    assert.near(0, one:sum(), 1e-14)
    assert.near(1, one:square():sum(), 1e-14)
    local net = lp.network {}      -- an edge answers to its own direction
    local image = net:population { geometry = { 15, 15 }, neuron = pixel }
    local maps = net:population { geometry = { 15, 15, 2 }, neuron = lp.neuron { equations = "r = abs(sum(in))" } }
    net:project { from = image, to = maps, target = "in",
      connect = lp.convolution(seeing.gabor { size = 7, wavelength = 6, angle = { 0, 90 }, phase = 90 }, { bank = true, padding = "border" }) }
    image.r = "(i - 1) % 15 > 7"
    net:run(1)
    local r = maps.r:reshape(15, 15, 2)
    assert.is_true(r:get(8, 8, 1) > 0.5 and r:get(8, 8, 2) < 1e-12)
  end)
end)

it("what is no picture, no time and no filter is refused", function()
  local function refused(message, f, ...)
    local ok, why = pcall(f, ...)
    assert.is_false(ok)
    assert.matches(message, tostring(why), 1, true)
  end
  local grid = { geometry = { 2, 2 } }
  refused("option 'geometry' must be { rows, columns } or { rows, columns, 3 }, got 1 numbers", seeing.image, { { 1 } }, { geometry = { 4 } })
  refused("lp.seeing.image: unknown option 'size'", seeing.image, { { 1 } }, { size = { 2, 2 } })
  refused("a picture has rows x columns, or rows x columns x 3 or 4; this array has the shape 5", seeing.image, lp.ones(5), grid)
  refused("a picture expected, the path of a PNG file or an array of rows x columns (x 3), got a function", seeing.image, print, grid)
  refused("got 5", seeing.image, 5, grid)
  refused("got a table: row 2 has 1 elements, row 1 has 2", seeing.image, { { 0, 1 }, { 1 } }, grid)
  refused("lp.seeing.image: a picture has numbers, one of these is NaN or infinite", seeing.image, { { 0/0, 1 } }, grid)
  refused("lp.seeing.frames, picture 2: a picture has numbers", seeing.frames, { { { 1 } }, { { 1/0 } } }, { geometry = { 1, 1 }, dt = 1 })
  refused("how solid points are, the fourth channel, lies in 0 .. 1, here in 255 .. 255", seeing.image, { { { 255, 0, 0, 255 } } })
  refused("no such file", seeing.image, "nothing.png", grid)
  refused("one of dt (ms), fps and times is needed", seeing.frames, { { { 1 } } }, grid)
  refused("a list of pictures or the path of a video expected, got", seeing.frames, {}, { geometry = { 2, 2 }, dt = 1 })
  refused("option 'from' is a time in a video", seeing.frames, { { { 1 } } }, { geometry = { 2, 2 }, dt = 1, from = 3 })
  refused("frames of a video come as option 'fps' says (25)", seeing.frames, "x.mp4", { geometry = { 2, 2 }, dt = 1 })
  refused("picture 1: a picture has rows x columns", seeing.frames, { { 1, 2 } }, { geometry = { 2, 2 }, dt = 1 })
  refused("at[2]: a window of 2 rows around row 4 leaves the picture, which has 4", seeing.saccades, lp.ones(4, 4), { geometry = { 2, 2 }, at = { { 2, 2 }, { 4, 2 } }, dt = 1 })
  refused("option 'at' must list the centres of the fixations", seeing.saccades, lp.ones(4, 4), { geometry = { 2, 2 }, at = { 1, 2 }, dt = 1 })
  refused("size must be odd, so that there is a centre, got 4", seeing.dog, { size = 4, centre = 1, surround = 2 })
  refused("nothing is left of the filter", seeing.gabor, { size = 1, wavelength = 4 })
  refused("angle: a number or a list of numbers expected, got NaN", seeing.gabor, { size = 5, wavelength = 4, angle = 0/0 })
  refused("centre 1 and surround 1 do not differ in 3 x 3 pixels", seeing.dog, { size = 3, centre = 1, surround = 1 })
  refused("lp.read: 'x.mp4': size = { rows, columns } of the frames is needed", lp.read, "x.mp4")
  refused("option 'to' must lie behind 'from' (5 ms), got 3", lp.read, "x.mp4", { size = { 2, 2 }, from = 5, to = 3 })
  refused("files of kind video are read alone", lp.write, path "x.mp4", lp.ones(2, 2, 2))
  refused("lp.seeing: unknown method or field 'gabro'", function() return seeing.gabro end)
end)
