-- The floor plan: a file uses its own floor and the floors below, never one above or beside it, and there are no circles.
--
-- C rooms, by what they may include:
--   base        nothing but itself            kernel, canvas, files, numeric, web, ranks   base;   sound   base, numeric
--   random      base, kernel                  synapses                base, kernel, random
--   engine      all of these but canvas, sound                binding     everything below
--   host        base, binding, itself
-- Lua's own headers are for binding and host alone, and threads are started by base/parallel.c alone.
--
-- Lua rooms, by what they may require:
--   language    language: it is text and trees, it holds no pointer and knows no C module. Inside it front uses base, back uses
--               base and front, emit uses itself alone
--   models      models: descriptions, no code (models/init.lua, which makes models of them, counts as API)
--   the API     network, tell, help, sweep, data and the files beside init.lua: language, models, the C modules, each other, the subjects
--   subjects    plot, hearing, analysis, sonata, fit, ...: the public API (`lunapse`, network, tell, ...) and themselves.
--               Drawing, sound and HDF5 files have C rooms of their own, so plot may use lunapse.core.canvas, hearing lunapse.core.sound and lunapse.core.hdf5, sonata lunapse.core.hdf5 and fit lunapse.core.numeric;
--               arrays are the currency of all of them: lunapse.core.array is open to every subject.
--   prompt      the public API, itself, lunapse.core.host
--   notebook    the public API, the prompt, itself, lunapse.core.notebook and .host
--   examples    the public API: what any user can use

local host = require "lunapse.core.host"

-- ---- the plan ----------------------------------------------------------------------------------------------------------

local function set(list)
  local result = {}
  for _, name in ipairs(list) do result[name] = true end
  return result
end

local c_rooms = {
  base = set {},
  kernel = set { "base" },
  canvas = set { "base" },
  sound = set { "base", "numeric" },
  files = set { "base" },
  numeric = set { "base" },
  web = set { "base" },
  ranks = set { "base" },
  random = set { "base", "kernel" },
  synapses = set { "base", "random", "kernel" },
  engine = set { "base", "random", "kernel", "synapses", "files" },
  binding = set { "base", "random", "kernel", "canvas", "sound", "files", "numeric", "web", "synapses", "engine" },
  host = set { "base", "binding" },
}
local lua_headers = set { "lua.h", "lauxlib.h", "lualib.h", "luaconf.h", "lua.hpp" }

-- A room that is not named here is a subject.
local lua_rooms = { language = true, models = true, api = true, prompt = true, notebook = true, examples = true }
local api_folders = set { "network", "tell", "help", "sweep", "data" }
local floors_of_language = { base = set {}, front = set { "base" }, back = set { "base", "front" }, emit = set {} }
local doors = {     -- C modules open to subjects
  plot = set { "lunapse.core.canvas", "lunapse.core.array", "lunapse.core.host" },
  fit = set { "lunapse.core.numeric", "lunapse.core.array" },
  hearing = set { "lunapse.core.sound", "lunapse.core.hdf5", "lunapse.core.array" },
  sonata = set { "lunapse.core.hdf5", "lunapse.core.array" },
  prompt = set { "lunapse.core.host" },
  live = set { "lunapse.core.web", "lunapse.core.host", "lunapse.core.array" },
  notebook = set { "lunapse.core.notebook", "lunapse.core.host", "lunapse.core.array" },
}
local door_of_every_subject = set { "lunapse.core.array" }

-- ---- reading -----------------------------------------------------------------------------------------------------------

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "a"
  file:close()
  return text
end

--- path -> text of all files below `folder` whose name ends so.
local function files(folder, endings, found)
  found = found or {}
  for _, name in ipairs(host.list_folder(folder) or {}) do
    local path = folder .. "/" .. name
    if name:find "/$" then
      files(path:sub(1, -2), endings, found)
    elseif endings[name:match "%.(%a+)$" or ""] then
      found[path] = read(path)
    end
  end
  return found
end

local function numbered_lines(text)
  local lines = {}
  for line in (text .. "\n"):gmatch "(.-)\n" do lines[#lines + 1] = line end
  return ipairs(lines)
end

-- ---- C -----------------------------------------------------------------------------------------------------------------

--- What is wrong with one C file: a list of texts, each with file and line. Its edges go to `uses`.
local function check_c(path, text, uses, faults)
  local room, name = path:match "^src/([%w_]+)/(.+)$"
  if not room or not c_rooms[room] then
    faults[#faults + 1] = path .. ": not in a room of the plan"
    return
  end
  for number, line in numbered_lines(text) do
    local function fault(what) faults[#faults + 1] = ("%s:%d: %s"):format(path, number, what) end
    local quoted, bracketed = line:match '^%s*#%s*include%s*"([^"]+)"', line:match "^%s*#%s*include%s*<([^>]+)>"
    local target = quoted and quoted:match "^([%w_]+)/"
    if quoted and not target then
      fault(('"%s" has no room: write "%s/%s"'):format(quoted, room, quoted))
    elseif target and not c_rooms[target] then
      fault(('"%s": there is no room %s'):format(quoted, target))
    elseif target and target ~= room and not c_rooms[room][target] then
      fault(("%s may not include %s"):format(room, quoted))
    elseif bracketed and lua_headers[bracketed] and room ~= "binding" and room ~= "host" then
      fault(("%s may not include <%s>"):format(room, bracketed))
    elseif bracketed and c_rooms[bracketed:match "^([%w_]+)/" or ""] then
      fault(('<%s> is ours: write "%s"'):format(bracketed, bracketed))
    end
    if target then uses[room .. "/" .. name][quoted] = true end
    local pragma = line:match "^%s*#%s*pragma%s+omp%s+(%w+)"
    if (pragma and pragma ~= "simd") or (line:find "pthread_create" and path ~= "src/base/parallel.c") then
      fault "threads are those of base/parallel.h"
    end
  end
end

--- The circles among `uses` (name -> set of names), each told once.
local function circles(uses)
  local found, state, trail = {}, {}, {}
  local function visit(name)
    state[name] = "open"
    trail[#trail + 1] = name
    local targets = {}
    for target in pairs(uses[name] or {}) do targets[#targets + 1] = target end
    table.sort(targets)
    for _, target in ipairs(targets) do
      if state[target] == "open" then
        local from = #trail
        while trail[from] ~= target do from = from - 1 end
        found[#found + 1] = "circle: " .. table.concat(trail, " -> ", from) .. " -> " .. target
      elseif not state[target] then
        visit(target)
      end
    end
    trail[#trail] = nil
    state[name] = "done"
  end
  local all = {}
  for name in pairs(uses) do all[#all + 1] = name end
  table.sort(all)
  for _, name in ipairs(all) do
    if not state[name] then visit(name) end
  end
  return found
end

local function check_all_c(sources)
  local faults, uses = {}, {}
  for path in pairs(sources) do uses[path:gsub("^src/", "")] = {} end
  for path, text in pairs(sources) do check_c(path, text, uses, faults) end
  for _, circle in ipairs(circles(uses)) do faults[#faults + 1] = circle end
  table.sort(faults)
  return faults
end

-- ---- Lua ---------------------------------------------------------------------------------------------------------------

local function lua_room(path)
  if path:find "^examples/" then return "examples" end
  if path == "lua/lunapse/models/init.lua" then return "api" end
  local folder = path:match "^lua/lunapse/([%w_]+)/"
  if folder then return api_folders[folder] and "api" or folder end
  return path:match "^lua/lunapse/[%w_]+%.lua$" and "api" or nil
end

--- The room of a module name; "core" for C modules, "public" for the module table itself, nil for other people's.
local function module_room(name)
  if name == "lunapse" then return "public" end
  local first, more = name:match "^lunapse%.([%w_]+)(.*)$"
  if not first then return nil end
  if first == "core" then return "core" end
  if api_folders[first] then return "api" end
  -- a subject may be one file beside init.lua or a folder with an init.lua
  return (more ~= "" or host.list_folder("lua/lunapse/" .. first)) and first or "api"
end

--- Within the language a folder uses the folders below it.
local function may_require_in_language(path, name)
  local from, to = path:match "^lua/lunapse/language/(%w+)", name:match "^lunapse%.language%.(%w+)"
  local below = floors_of_language[from]
  return not below or from == to or below[to] or false
end

local function may_require(room, target, name)
  if not target then return false end                 -- the library stands on Lua alone
  if target == room then return true end
  if target == "core" then
    if room == "api" then return true end
    if doors[room] then return doors[room][name] or false end
    return not lua_rooms[room] and door_of_every_subject[name] or false
  end
  if room == "language" or room == "models" then return false end
  if room == "api" then return target ~= "prompt" and target ~= "notebook" end
  if target == "prompt" then return room == "notebook" or room == "examples" end
  if target == "public" or target == "api" then return true end
  return room == "examples" or room == "prompt" or room == "notebook" or not lua_rooms[target]   -- a subject may build on another subject
end

--- Module names that a Lua text requires by literal, with their line and whether that happens when the file is loaded.
local function required(text)
  local list = {}
  for number, line in numbered_lines(text) do
    local code = line:gsub("^%s*%-%-.*$", "")
    for _, pattern in ipairs { '%f[%w_]require%s*%(?%s*"([^"]+)"', "%f[%w_]require%s*%(?%s*'([^']+)'", "%f[%w_]require%s*%(?%s*%[%[(.-)%]%]" } do
      for name in code:gmatch(pattern) do   -- a name that ends in a dot is put together at run time
        if not name:find "%.$" then
          list[#list + 1] = { name = name, line = number, is_at_load = not code:find "^%s" }
        end
      end
    end
  end
  return list
end

local function check_lua(path, text, uses, faults)
  local room = lua_room(path)
  if not room then
    faults[#faults + 1] = path .. ": not in a room of the plan"
    return
  end
  for _, use in ipairs(required(text)) do
    local target = module_room(use.name)
    if not may_require(room, target, use.name) or (room == "language" and target == room and not may_require_in_language(path, use.name)) then
      faults[#faults + 1] = ("%s:%d: %s may not require %s"):format(path, use.line, room, use.name)
    end
    if use.is_at_load and target and target ~= "core" then uses[#uses + 1] = { from = path, to = use.name } end
  end
end

local function module_name(path)
  return (path:gsub("^lua/", ""):gsub("%.lua$", ""):gsub("/", "."):gsub("%.init$", ""))
end

local function check_all_lua(sources)
  local faults, edges, uses = {}, {}, {}
  for path, text in pairs(sources) do check_lua(path, text, edges, faults) end
  for _, edge in ipairs(edges) do
    local from = module_name(edge.from)
    uses[from] = uses[from] or {}
    uses[from][edge.to] = true
  end
  for _, circle in ipairs(circles(uses)) do faults[#faults + 1] = circle end
  table.sort(faults)
  return faults
end

-- ---- the house ---------------------------------------------------------------------------------------------------------

local top_level = set { "src/", "lua/", "examples/", "tests/", "docs/", "Makefile", "README.md", "LICENSE", "lunapse-scm-1.rockspec" }

--- Names at the top of the tree: what git keeps, or all there is where there is no git; dot files aside.
local function names_at_top()
  local pipe = io.popen "git ls-files 2>/dev/null"
  local found = {}
  for path in pipe:lines() do found[path:match "^[^/]+/" or path] = true end
  pipe:close()
  if next(found) == nil then
    for _, name in ipairs(host.list_folder ".") do
      if name ~= "build/" then found[name] = true end
    end
  end
  return found
end

describe("the floor plan", function()
  it("holds in C", function()
    local sources = files("src", set { "c", "h", "def", "inc" })
    assert.is_true(next(sources) ~= nil)
    assert.equal("", table.concat(check_all_c(sources), "\n"))
  end)

  it("holds in Lua", function()
    local sources = files("lua", set { "lua" })
    files("examples", set { "lua" }, sources)
    assert.is_true(next(sources) ~= nil)
    assert.equal("", table.concat(check_all_lua(sources), "\n"))
  end)

  it("has this at the top of the tree, and nothing else", function()
    local found = names_at_top()
    for name in pairs(top_level) do assert.is_true(found[name], name .. " is not there") end
    for name in pairs(found) do
      assert.is_true(top_level[name] or name:find "^%." ~= nil, name .. " does not belong at the top of the tree")
    end
  end)

  it("puts the opener of every binding into the program", function()
    local modules = read "src/host/modules.c"
    for path, text in pairs(files("src/binding", set { "h" })) do
      for opener in text:gmatch "int%s+(binding_open_[%w_]+)%s*%(" do
        assert.truthy(modules:find(opener, 1, true), path .. ": host/modules.c does not know " .. opener)
      end
    end
  end)
end)

describe("the check of the floor plan", function()
  local function c_faults(path, text) return check_all_c { [path] = text } end
  local function lua_faults(path, text) return check_all_lua { [path] = text } end

  it("sees C that looks upward or sideways", function()
    assert.same({ "src/base/a.c:2: base may not include kernel/kernel.h" }, c_faults("src/base/a.c", '\n#include "kernel/kernel.h"'))
    assert.same({ "src/canvas/a.c:1: canvas may not include sound/file.h" }, c_faults("src/canvas/a.c", '#include "sound/file.h"'))
    assert.same({ "src/host/a.c:1: host may not include engine/network.h" }, c_faults("src/host/a.c", '# include "engine/network.h"'))
    assert.same({ "src/engine/a.h:1: engine may not include <lua.h>" }, c_faults("src/engine/a.h", "#include <lua.h>"))
    assert.same({ 'src/engine/a.h:1: "b.h" has no room: write "engine/b.h"' }, c_faults("src/engine/a.h", '#include "b.h"'))
    assert.same({ 'src/engine/a.h:1: <base/b.h> is ours: write "base/b.h"' }, c_faults("src/engine/a.h", "#include <base/b.h>"))
    assert.same({ "src/attic/a.h: not in a room of the plan" }, c_faults("src/attic/a.h", ""))
    assert.same({ "src/engine/a.c:1: threads are those of base/parallel.h" }, c_faults("src/engine/a.c", "#pragma omp parallel for"))
    assert.same({}, c_faults("src/engine/a.c", "#pragma omp simd"))
  end)

  it("lets through what the plan allows", function()
    assert.same({}, c_faults("src/engine/a.c", '#include "engine/a.h"\n#include "kernel/b.h"\n#include "base/b.h"\n#include <math.h>'))
    assert.same({}, c_faults("src/binding/a.c", '#include <lua.h>\n#include "engine/b.h"\n#include "canvas/b.h"'))
    assert.same({}, lua_faults("lua/lunapse/network/network.lua", 'local a = require "lunapse.core.engine"\nlocal b = require "lunapse.language.back"'))
    assert.same({}, lua_faults("lua/lunapse/plot/a.lua", 'require "lunapse.plot.ticks"\nrequire "lunapse.core.canvas"\nrequire("lunapse")'))
    assert.same({}, lua_faults("lua/lunapse/language/a.lua", '-- not require "lunapse.core.array"'))
  end)

  it("sees circles", function()
    assert.same({ "circle: base/a.h -> base/b.h -> base/a.h" },
      check_all_c { ["src/base/a.h"] = '#include "base/b.h"', ["src/base/b.h"] = '#include "base/a.h"' })
    assert.same({ "circle: lunapse.language.a -> lunapse.language.b -> lunapse.language.a" }, check_all_lua {
      ["lua/lunapse/language/a.lua"] = 'local b = require "lunapse.language.b"',
      ["lua/lunapse/language/b.lua"] = "local a = require 'lunapse.language.a'",
    })
  end)

  it("sees Lua that looks upward or sideways", function()
    local function refused(path, name)
      local room = lua_room(path)
      assert.same({ ("%s:1: %s may not require %s"):format(path, room, name) }, lua_faults(path, ("local x = require(%q)"):format(name)))
    end
    refused("lua/lunapse/language/a.lua", "lunapse.core.array")
    refused("lua/lunapse/language/a.lua", "lunapse.network.network")
    refused("lua/lunapse/language/a.lua", "lfs")
    refused("lua/lunapse/language/front/a.lua", "lunapse.language.back.lower")
    refused("lua/lunapse/language/base/a.lua", "lunapse.language.front")
    refused("lua/lunapse/models/a.lua", "lunapse.language.front")
    refused("lua/lunapse/network/network.lua", "lunapse.prompt.show")
    refused("lua/lunapse/plot/a.lua", "lunapse.core.engine")
    refused("lua/lunapse/plot/a.lua", "lunapse.language.base.unit_table")
    refused("lua/lunapse/analysis/a.lua", "lunapse.core.canvas")
    refused("lua/lunapse/prompt/a.lua", "lunapse.core.engine")
    refused("examples/a.lua", "lunapse.core.array")
  end)
end)
