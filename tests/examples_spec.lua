-- Every script of examples/ runs as a user would run it, only shorter: it writes its figure and ends with a line of results.

local HOST = os.getenv "HOST" or "build/lunapse"
local ROOT = io.popen("pwd"):read "l"
local PROGRAM = HOST:find "^/" and HOST or ROOT .. "/" .. HOST
local examples = assert(loadfile "tests/examples.lua") "as a module"
local SHORT = 2000      -- ms of simulated time
local IS_SANITIZED = HOST:find "check" ~= nil or HOST:find "tsan" ~= nil          -- everything takes ten times as long: one folder is enough
local QUICK = 5         -- s: what takes no longer runs as it stands, and what it gives must be what was published
local SMALL = { ["examples/fit_adex.lua"] = "duration=60 population=20 rounds=3 refine=2", ["examples/fit_hh.lua"] = "duration=20 population=10 rounds=2",
  ["examples/fit_spikes.lua"] = "duration=300 trains=3 population=10 rounds=2", ["examples/tune_network.lua"] = "duration=100 n=200 runs=6",
  ["examples/microcircuit.lua"] = "scale=0.02", ["examples/brunel_2000.lua"] = "scale=0.05" }

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "a"
  file:close()
  return text
end

--- Width and height of a PNG file; an error if it is none, or not whole.
local function png_size(path)
  local bytes = read(path)
  assert.equal("\137PNG\r\n\26\n", bytes:sub(1, 8), path .. " is no PNG file")
  assert.equal("IHDR", bytes:sub(13, 16))
  assert.equal("IEND\174\66\96\130", bytes:sub(-8), path .. " is cut off")
  return string.unpack(">I4I4", bytes, 17)
end

describe("example", function()
  local folder

  before_each(function() folder = io.popen("mktemp -d"):read "l" end)
  after_each(function() os.execute("rm -rf " .. folder) end)

  --- Run a script in the test's folder: lines of output, and whether it ended with status 0.
  local function run(path, arguments)
    local pipe = io.popen(("cd %s && %s %s/%s %s 2>&1 </dev/null"):format(folder, PROGRAM, ROOT, path, arguments))
    local lines = {}
    for line in pipe:lines() do lines[#lines + 1] = line end
    return lines, pipe:close() == true
  end

  for _, path in ipairs(examples.scripts "examples") do
    local is_left_out = IS_SANITIZED and not path:find "^examples/[^/]+$"

    it(path .. " says what it shows, where it comes from, and how to run it", function()
      local comment = read(path):match "^%-%-%- [^\n]*\n[%-\n%C]-\n?local lp"
      assert.is_truthy(comment, "it begins with a comment, then local lp = require \"lunapse\"")
      assert.is_truthy(comment:find("Run: lunapse " .. path, 1, true), "the comment has no line 'Run: lunapse " .. path .. "'")
    end)

    it(path .. " draws its figure and prints its results", function()
      if is_left_out then return end
      local figure = folder .. "/figure.png"
      local _, _, seconds = examples.published(path)
      local is_quick = seconds and seconds <= QUICK
      local lines, ok = run(path, ("out=%s %s"):format(figure, is_quick and "" or ("duration=%d %s"):format(SHORT, SMALL[path] or "")))
      assert.is_true(ok, table.concat(lines, "\n"))
      local width, height = png_size(figure)
      assert.is_true(width >= 300 and height >= 200)
      local last = lines[#lines]
      assert.is_truthy(last:find "^result [%w_]+=", last)
      assert.is_nil(last:lower():find "=%-?nan", last)
      if is_quick then assert.is_nil(examples.judge(path, last .. "\n")) end
    end)

    it(path .. " refuses arguments it does not know", function()
      if is_left_out then return end
      local lines, ok = run(path, "durations=10")
      assert.is_false(ok)
      assert.is_truthy(table.concat(lines, "\n"):find("unknown argument 'durations': did you mean 'duration'?", 1, true))
    end)
  end

  it("is there at all", function() assert.is_true(#examples.scripts "examples" >= 20) end)
end)
