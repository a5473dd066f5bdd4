-- What is handed out: the release archive has what git keeps and unpacks to a folder that builds; all that names a version names the same; stock Lua is told why it is not enough.
local host = require "lunapse.core.host"

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read "a"
end

local function shell(command)
  local pipe <close> = io.popen(command .. " 2>&1")
  return pipe:read "a"
end

describe("the version", function()
  it("is told alike by the program, the changes and the Debian package", function()
    assert.equal(host.version, read "docs/changes.md":match "\n## ([%d.]+)\n")
    assert.equal(host.version, read ".dist/debian/changelog":match "^lunapse %(([%d.]+)%-%d+%)")
  end)
end)

describe("make dist", function()
  local folder
  before_each(function() folder = io.popen("mktemp -d"):read "l" end)
  after_each(function() os.execute("rm -rf " .. folder) end)

  it("packs what belongs to Lunapse, the same bytes each time, and nothing that was built", function()
    local archive = ("%s/lunapse-%s.tar.gz"):format(folder, host.version)
    assert.equal(archive .. "\n", shell("env -u MAKEFLAGS -u MAKELEVEL make --no-print-directory BUILD=" .. folder .. " dist"))
    local first = read(archive)
    local names = shell("tar -tzf " .. archive)
    for _, name in ipairs { "Makefile", "README.md", "LICENSE", "docs/changes.md", ".dist/lunapse.1", ".dist/debian/control", "src/host/main.c", "lua/lunapse/init.lua" } do
      assert.truthy(names:find(("lunapse-%s/%s\n"):format(host.version, name), 1, true), name)
    end
    assert.is_nil(names:find "/build/" or names:find "/%.git/")
    shell("env -u MAKEFLAGS -u MAKELEVEL make --no-print-directory BUILD=" .. folder .. " dist")
    assert.is_true(first == read(archive))

    -- an unpacked archive, which has no git, packs itself to the same bytes
    shell(("cd %s && tar -xzf %s && cd lunapse-%s && env -u MAKEFLAGS -u MAKELEVEL make --no-print-directory dist"):format(folder, archive, host.version))
    assert.is_true(first == read(("%s/lunapse-%s/build/lunapse-%s.tar.gz"):format(folder, host.version, host.version)))
  end)
end)

describe("stock Lua", function()
  it("is told that Lunapse runs in its own program", function()
    local stock = os.execute "command -v lua5.4 >/dev/null" and "lua5.4" or "lua"
    local said = shell(([[LUA_PATH='lua/?.lua;lua/?/init.lua' %s -e 'require "lunapse"']]):format(stock))
    assert.truthy(said:find("Lunapse runs in its own program, not in this Lua", 1, true), said)
    assert.truthy(said:find("lunapse script.lua", 1, true), said)
  end)
end)

describe("the Debian package", function()
  it("asks for every library that the build finds with pkg-config or a header", function()
    local control = read ".dist/debian/control"
    for group, package in read ".ci/packages":gmatch "\n(%a+)|([%w.-]+)|" do
      local is_there = control:find(package, 1, true)
      if (group == "build" or group == "notebook") and package:find "%-dev$" and package ~= "libc6-dev" then assert.truthy(is_there, package) end
    end
  end)
end)
