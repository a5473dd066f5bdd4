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

  --- Files of the sources in which a word stands, not counting lines of comments and the words of other programs.
  local function named_in(word)
    local found = {}
    local pipe = io.popen(("grep -rw -- '%s' lua/lunapse src"):format(word))
    for line in pipe:lines() do
      local path, text = line:match "^([^:]+):%s*(.*)$"
      local is_comment = text:find "^%-%-" or text:find "^/?%*"
      if not is_comment and path ~= "lua/lunapse/help/peers.lua" then found[path] = true end
    end
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

  it("lists no more files for a change than were promised", function()
    local most = { ["explicit method"] = 2, ["connector in C"] = 3, ["storage format"] = 5, ["part of a neuron model"] = 3,
      ["part of a synapse model"] = 3, ["role of kernels"] = 3 }
    for what, files in table_of:gmatch "\n| ([^|]+) | ([^|]+) |" do
      local _, n = files:gsub("`%w+/[%w_/]+%.?%w*`", "")
      if most[what] then assert.is_true(n <= most[what], ("%s: %d files"):format(what, n)) end
      most[what] = nil
    end
    assert.is_nil(next(most))
  end)

  --- A word of the sources stands in these files alone.
  local function stands_in(word, ...)
    local listed = {}
    for _, path in ipairs { ... } do listed[path] = true end
    for path in pairs(named_in(word)) do assert.truthy(listed[path], ("'%s' stands in %s"):format(word, path)) end
    for path in pairs(listed) do assert.truthy(named_in(word)[path], ("'%s' does not stand in %s"):format(word, path)) end
  end

  it("is right about explicit methods: their rows and their words", function()
    for _, name in ipairs { "milstein", "heun" } do
      stands_in(name, "lua/lunapse/language/back/solver_explicit.lua", "lua/lunapse/language/base/flag_table.lua")
    end
  end)

  it("is right about connectors: a kind stands in its two files in C and in one of Lua, and is public from there", function()
    local lp = require "lunapse"
    for name in read("src/synapses/connect.def"):gmatch "\nCONNECTOR%((fixed_[%w_]+)" do
      stands_in("kind_" .. name, "src/synapses/connect.c")
      assert.truthy(read("lua/lunapse/network/connectors.lua"):find(('kind = "%s"'):format(name), 1, true), name)
      assert.is_function(lp[name])
    end
  end)

  it("is right about flags: they stand in their table, and where something follows from them", function()
    stands_in("unless_refractory", "lua/lunapse/language/base/flag_table.lua", "lua/lunapse/language/front/refractory.lua")
    stands_in("unless_post", "lua/lunapse/language/base/flag_table.lua", "lua/lunapse/language/back/synapse.lua", "lua/lunapse/language/back/synapse_parts.lua")
  end)
end)

describe("the map in docs/inside.md", function()
  local map = read("docs/inside.md"):match "```text\n(.-)```"

  --- Folders below a folder, "lua/lunapse/language/front/" ...
  local function folders_below(root, found)
    for _, name in ipairs(host.list_folder(root)) do
      if name:sub(-1) == "/" then
        found[#found + 1] = root .. "/" .. name
        folders_below(root .. "/" .. name:sub(1, -2), found)
      end
    end
    return found
  end

  local folders = folders_below("src", folders_below("lua/lunapse", {}))

  it("has every folder of the sources", function()
    assert.is_true(#folders > 20, #folders)
    for _, path in ipairs(folders) do
      local name = path:match "(%w+)/$"
      assert.truthy(map:find("%f[%w]" .. name .. "%f[%W]"), path .. " is not on the map")
    end
  end)

  it("names no folder that is not there", function()
    local known = {}
    for _, path in ipairs(folders) do known[path:match "(%w+)/$"] = true end
    for name in map:gmatch "(%w+)/" do
      if name ~= "lua" and name ~= "lunapse" and name ~= "src" and name ~= "examples" then assert.truthy(known[name], name) end
    end
  end)
end)

describe("the first file of a folder", function()
  local first = { ["src/base"] = "array.h", ["src/binding"] = "engine.h", ["src/canvas"] = "canvas.h", ["src/engine"] = "network.h", ["src/files"] = "bytes.h",
    ["src/host"] = "host.h", ["src/kernel"] = "kernel.h", ["src/numeric"] = "library.h", ["src/random"] = "random.h", ["src/sound"] = "file.h", ["src/synapses"] = "storage.h",
    ["src/web"] = "server.h", ["src/ranks"] = "mpi.c",
    ["lua/lunapse/network"] = "network.lua", ["lua/lunapse/tell"] = "text.lua", ["lua/lunapse/plot"] = "figure.lua", ["lua/lunapse/plot/kinds"] = "line.lua",
    ["lua/lunapse/meta"] = "engine.lua", ["lua/lunapse/dynamics"] = "fixed_points.lua", ["lua/lunapse/language/base"] = "tree.lua" }

  it("says what the folder is for; init.lua where there is one", function()
    for folder, name in pairs(first) do
      local beginning = read(folder .. "/" .. name):sub(1, 2000)
      assert.truthy(beginning:find("This folder (" .. folder:match "%w+$" .. ")", 1, true), folder)
    end
    for _, root in ipairs { "lua/lunapse", "lua/lunapse/language", "lua/lunapse/plot", "src" } do
      for _, name in ipairs(host.list_folder(root)) do
        local folder = root .. "/" .. name:sub(1, -2)
        if name:sub(-1) == "/" and not first[folder] and name ~= "language/" then assert.truthy(io.open(folder .. "/init.lua"), folder) end
      end
    end
  end)
end)
