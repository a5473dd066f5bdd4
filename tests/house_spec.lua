-- How the tests themselves run: what is there is not fetched again, and no test depends on how fast the machine is.

local host = require "lunapse.core.host"

local function read(path)
  local file <close> = assert(io.open(path))
  return file:read "a"
end

describe("make test and make quick", function()
  it("install nothing themselves: they ask make setup, and that only for what is missing", function()
    local makefile = read "Makefile"
    assert.is_nil(makefile:find "apt%-get")
    assert.truthy(makefile:find("with = .ci/packages --quiet $(1) || $(MAKE) setup", 1, true))
    for _, target in ipairs { "test", "quick" } do
      local recipe = assert(makefile:match("\n" .. target .. ":[^\n]*\n(\t.-)\n\n"), target)
      for line in recipe:gmatch "[^\n]+" do assert.is_nil(line:find "%-%-install" or line:find "setup" or line:find "sudo", line) end
    end
  end)

  it("touch no network where the packages are there", function()
    local folder = io.popen("mktemp -d"):read "l"
    for _, name in ipairs { "apt-get", "sudo" } do
      local file <close> = assert(io.open(folder .. "/" .. name, "w"))
      file:write("#!/bin/sh\necho " .. name .. " >>" .. folder .. "/called\nexit 1\n")
    end
    os.execute(("chmod +x %s/*"):format(folder))
    local pipe = io.popen(("PATH=%s:$PATH .ci/packages --install build 2>&1"):format(folder))
    local said = pipe:read "a"
    pipe:close()
    local called <close> = io.open(folder .. "/called")
    if said == "" then assert.is_nil(called) else assert.truthy(said:find "needs packages that are not here yet", said) end
    os.execute("rm -r " .. folder)
  end)
end)

describe("make site", function()
  it("has every document in its navigation, and every folder of examples in its gallery", function()
    local navigation, pages, n = assert(read ".site/mkdocs.yml":match "\nnav:(.*)"), read ".site/pages.lua", 0
    for _, name in ipairs(host.list_folder "docs") do
      if name:find "%.md$" and name ~= "README.md" then
        n = n + 1
        assert.truthy(navigation:find(": " .. name .. "\n", 1, true), name)
      end
    end
    assert.is_true(n > 30, n)
    for _, name in ipairs(host.list_folder "examples") do
      local folder = "examples/" .. (name:match "^(.*)/$" or "")
      local has_scripts = folder ~= "examples/" and table.concat(host.list_folder(folder), "\n"):find "%.lua%f[\n\0]"
      if has_scripts then assert.truthy(pages:find(('"%s"'):format(folder), 1, true), folder) end
    end
  end)
end)

describe("specs", function()
  it("assert nothing about how long something takes", function()
    local n = 0
    for _, name in ipairs(host.list_folder "tests") do
      if name:find "_spec%.lua$" and name ~= "house_spec.lua" then
        n = n + 1
        for line in read("tests/" .. name):gmatch "[^\n]+" do
          local is_timed = line:find "os%.clock%(" or line:find "lp%.seconds%(" or line:find "host%.seconds%("
          assert.falsy(is_timed and line:find "assert", ("%s: %s"):format(name, line))
          assert.falsy(line:find "assert.*[<>]=? *%d*%.?%d+ *%* *seconds" or line:find "assert.*elapsed *<", ("%s: %s"):format(name, line))
        end
      end
    end
    assert.is_true(n > 50, n)
  end)
end)
