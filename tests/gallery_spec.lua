-- The gallery: every script of docs/gallery draws the picture that is kept beside it, and docs/gallery.md shows the scripts as they are. `make gallery` draws them anew;
-- look at them before you keep them.
local canvas = require "lunapse.core.canvas"
local host = require "lunapse.core.host"

local HOST = os.getenv "HOST" or "build/lunapse"
local ROOT = io.popen("pwd"):read "l"
local PROGRAM = HOST:find "^/" and HOST or ROOT .. "/" .. HOST

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read "a"
end

describe("the gallery", function()
  local names, folder = {}, io.popen("mktemp -d"):read "l"
  for _, file in ipairs(host.list_folder "docs/gallery") do names[#names + 1] = file:match "^(.*)%.lua$" end
  table.sort(names)

  -- all scripts in one process, as their user would run them
  local script = {}
  for _, name in ipairs(names) do script[#script + 1] = ("dofile '%s/docs/gallery/%s.lua'"):format(ROOT, name) end
  host.write_file(folder .. "/all.lua", table.concat(script, "\n"))
  local pipe = io.popen(("cd '%s' && '%s' all.lua 2>&1 </dev/null"):format(folder, PROGRAM))
  local said = pipe:read "a"
  local ok = pipe:close()

  teardown(function() os.execute("rm -rf " .. folder) end)

  it("runs", function()
    assert.same({ true, "" }, { ok, said })
    assert.truthy(#names > 15)
  end)

  for _, name in ipairs(names) do
    it("draws " .. name .. " as it is kept", function()
      local mean, greatest = canvas.read_png(folder .. "/" .. name .. ".png"):difference(canvas.read_png("docs/gallery/" .. name .. ".png"))
      -- other versions of cairo and freetype shade edges a little differently: a moved or missing thing is far more
      assert.truthy(mean and mean < 0.5, ("mean %s, greatest %s"):format(tostring(mean), tostring(greatest)))
    end)
  end

  it("has nothing cut off at the edges of a picture", function()
    for _, name in ipairs(names) do
      local on = canvas.read_png("docs/gallery/" .. name .. ".png")
      local width, height = on:size()
      local ground = table.concat({ on:pixel(1, 1) }, ",")
      for column = 1, width do
        for _, row in ipairs { 1, height } do assert.equal(ground, table.concat({ on:pixel(math.floor(column), math.floor(row)) }, ","), name) end
      end
      for row = 1, height do
        for _, column in ipairs { 1, width } do assert.equal(ground, table.concat({ on:pixel(math.floor(column), math.floor(row)) }, ","), name) end
      end
    end
  end)

  it("is what the document shows", function()
    local document = read "docs/gallery.md"
    for _, name in ipairs(names) do
      local code = read(("docs/gallery/%s.lua"):format(name)):gsub("^%-%-%- [^\n]*\n", "")
      assert.truthy(document:find("```lua sketch\n" .. code .. "```", 1, true), name)
      assert.truthy(document:find(("](gallery/%s.png)"):format(name), 1, true), name)
    end
  end)
end)
