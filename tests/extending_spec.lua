-- What the documents say of the house is true: files that are named exist, and every folder is on the map.

local host = require "lunapse.core.host"

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "a"
  file:close()
  return text
end

describe("docs/extending.md", function()
  local table_of = read("docs/extending.md"):match "## What a change touches(.-)\n## "

  it("names files that exist", function()
    local n = 0
    for path in table_of:gmatch "`([%w_/]+/[%w_/]+%.?%w*)`" do
      n = n + 1
      assert.truthy(host.list_folder(path) or io.open(path), path)
    end
    assert.is_true(n > 25, n)
  end)

  --- Files of the sources in which a word stands.
  local function named_in(word)
    local found = {}
    local pipe = io.popen(("grep -rlw -- '%s' lua/lunapse src | sort"):format(word))
    for path in pipe:lines() do found[path] = true end
    pipe:close()
    return found
  end

  it("is right about storage formats: their types are named in their own files, the tables and the two walkers alone", function()
    local listed = {}
    for _, path in ipairs { "src/kernel/formats.def", "src/kernel/prelude_args.h", "src/kernel/vm_nest.h", "lua/lunapse/language/emit/loop.lua" } do listed[path] = true end
    local n = 0
    for name in read("src/kernel/formats.def"):gmatch "\nFORMAT%((%w+)" do
      n = n + 1
      for path in pairs(named_in("storage_" .. name)) do
        assert.truthy(listed[path] or path:find(("src/synapses/storage_%s"):format(name), 1, true) == 1, ("storage_%s is named in %s"):format(name, path))
      end
    end
    assert.is_true(n >= 2, n)
  end)

  it("is right about explicit methods: rows of one file, names of another", function()
    local solvers, flags = read "lua/lunapse/language/back/solver_explicit.lua", read "lua/lunapse/language/front/flags.lua"
    for _, name in ipairs { "explicit", "midpoint", "heun", "rk4" } do
      assert.truthy(solvers:find(name, 1, true), name)
      assert.truthy(flags:find(name, 1, true), name)
    end
  end)
end)

describe("the map in docs/inside.md", function()
  local map = read("docs/inside.md"):match "```text\n(.-)```"

  it("has every folder of the sources", function()
    for _, root in ipairs { "lua/lunapse", "lua/lunapse/language", "src" } do
      for _, name in ipairs(host.list_folder(root)) do
        local folder = name:match "^(%w+)/$"
        if folder then assert.truthy(map:find("%f[%w]" .. folder .. "%f[%W]"), ("%s/%s is not on the map"):format(root, folder)) end
      end
    end
  end)
end)
