-- Storage formats: whoever is outside the files of a format knows none by name, and values of synapses are read in the order of the synapses
-- wherever they lie.
local array = require "lunapse.core.array"
local emit_c = require "lunapse.language.emit"
local host = require "lunapse.core.host"
local kernel = require "lunapse.core.kernel"
local lp = require "lunapse"

-- ---- who knows a format -------------------------------------------------------------------------------------------------

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "a"
  file:close()
  return text
end

local function files(folder, found)
  for _, name in ipairs(host.list_folder(folder) or {}) do
    local path = folder .. "/" .. name
    if name:find "/$" then
      files(path:sub(1, -2), found)
    elseif name:find "%.[ch]$" or name:find "%.def$" or name:find "%.lua$" then
      found[path] = read(path)
    end
  end
  return found
end

local layouts = {}
for name in read "src/kernel/formats.def":gmatch "\nFORMAT%(([%w_]+)%)" do layouts[#layouts + 1] = name end

--- How a format is named: by itself, by its members of struct Storage, by the names under which Lua knows it.
local function signs(layout)
  local list = { "FORMAT%(" .. layout .. "%)", "FORMAT_" .. layout .. "%f[^%w_]", "storage_" .. layout .. "%f[^%w_]", "nest_walk_" .. layout, "layouts%." .. layout,
    "%->" .. layout .. "%.%l", "storage%." .. layout .. "%.", "%} " .. layout .. ";", "['\"]%^?" .. layout .. "['\"]%)" }
  for name, facts in pairs(kernel.formats()) do
    if facts.layout == layout then list[#list + 1] = "%f[%w_]" .. name .. "%f[^%w_]" end
  end
  return list
end

--- The line in which `text` names the layout, or takes a format's name apart.
local function names_format(text, layout)
  local number = 0
  for line in (text .. "\n"):gmatch "(.-)\n" do
    number = number + 1
    for _, sign in ipairs(signs(layout)) do
      if line:find(sign) then return number end
    end
    if line:find "core:format%(%)%s*[:=~]" or line:find "%f[%w_]s%->format%s*[=!]=" or line:find "storage%->format%s*[=!]=" then return number end
  end
end

--- The files of a format, as docs/extending.md lists them: patterns for paths, NAME for the format's own.
local function documented()
  local section = read "docs/extending.md":match "\n## A storage format\n(.-)\n## "
  local list = {}
  for path in section:gmatch "\n%d%. `([%w_/%.]+)`:" do list[#list + 1] = path end
  return list
end

describe("a storage format", function()
  local sources = files("lua", files("src", {}))

  it("is known by the listed files alone", function()
    local listed = documented()
    assert.is_true(#layouts >= 2 and #listed > 0 and #listed <= 5)
    local faults, seen = {}, {}
    for _, layout in ipairs(layouts) do
      for path, text in pairs(sources) do
        local line = names_format(text, layout)
        local owner
        for k, pattern in ipairs(listed) do
          local own = pattern:gsub("rows16", layout)
          if path == own or own ~= pattern and path:gsub("%.[ch]$", ""):find(own:gsub("%.c$", ""), 1, true) then owner = k end
        end
        if line and not owner then faults[#faults + 1] = ("%s:%d names the format '%s'"):format(path, line, layout) end
        if line and owner then seen[owner] = true end
      end
    end
    table.sort(faults)
    assert.equal("", table.concat(faults, "\n"))
    for k, path in ipairs(listed) do assert.is_true(seen[k] or false, path .. " knows no format") end
  end)

  it("is seen where it is named", function()
    for _, line in ipairs {
      "if (s->format == FORMAT_rows)", "s->rows.minor[k]", "return &storage_dense;", 'format = "rows_pre"', "-- dense_post", "p.format == FORMAT_dense",
      'core:format():find "_pre"', 'if core:format() == name then', "if (s->format != x)", "p->storage->format == 1",
    } do
      local found = false
      for _, layout in ipairs(layouts) do found = found or names_format(line, layout) ~= nil end
      assert.is_true(found, line)
    end
    for _, line in ipairs {
      "rows of synapses", '{ "rows", rows },', "storage_row(s, r)", "dense matrix", 'text:format("x")', "c->format == CANVAS_PNG;", "options->format == NULL",
    } do
      for _, layout in ipairs(layouts) do assert.is_nil(names_format(line, layout), line) end
    end
  end)

  it("has words, a major side, a format for pairs, and loops of its own", function()
    local slots = { { name = "w", scope = "elem", kind = "real" }, { name = "g", scope = "post", kind = "real" } }
    local formats = kernel.formats()
    for name, facts in pairs(formats) do
      assert.is_true(facts.major == "pre" or facts.major == "post")
      assert.truthy(facts.words:find(facts.major .. " neuron", 1, true), facts.words)
      assert.equal(facts.major, formats[facts.block].major)
      for _, nest in ipairs { "all", "pre", "post" } do
        local program = { name = "add", nest = nest, slots = slots, code = { { op = "load", slot = 1 }, { op = "acc", 1, slot = 2 } } }
        assert.truthy(emit_c.source { programs = { program }, formats = { name }, kernel = kernel }:find(nest .. ", " .. name, 1, true))
      end
    end
  end)

  it("is asked for by programs over synapses", function()
    local program = { name = "p", nest = "all", slots = {}, code = {} }
    assert.has_error(function() emit_c.source { programs = { program }, kernel = kernel } end, "program 'p': nest 'all' needs a storage format")
  end)
end)

-- ---- numbers and places ---------------------------------------------------------------------------------------------------

--- Let the values of a projection's synapses lie backwards.
local function turn_round(proj)
  local core = proj._core
  local n = proj.size
  local backwards = array.arange(n, 1, -1):astype "int64"
  local turned = {}
  function turned:places() return backwards end
  function turned:is_in_order() return false end
  function turned:read(a) return a:take(backwards) end
  function turned:write(a, values) a:assign(values:take(backwards)) end
  rawset(proj, "_core", setmetatable(turned, { __index = function(_, key) return function(_, ...) return core[key](core, ...) end end }))
end

describe("values of synapses that lie elsewhere", function()
  local net, proj
  before_each(function()
    net = lp.network { seed = 1 }
    local cells = net:population { size = 3, neuron = lp.models.LIF }
    proj = net:project { from = cells, to = cells, target = "exc", connect = lp.pairs({ 1, 1, 2, 3 }, { 1, 2, 3, 1 }), weights = { 1, 2, 3, 4 } }
    turn_round(proj)
  end)
  local function inside() return proj._arrays.w:table() end

  it("are read and set in the order of the synapses", function()
    assert.same({ 4, 3, 2, 1 }, proj.w:table())
    proj.w = { 5, 6, 7, 8 }
    assert.same({ 8, 7, 6, 5 }, inside())
    assert.same({ 5, 6, 7, 8 }, proj.w:table())
    proj.w = 2
    assert.same({ 2, 2, 2, 2 }, inside())
  end)

  it("are written back by rows, scaling and norms", function()
    proj.w = { 1, 2, 3, 4 }
    for j, row in proj:incoming() do row.w = row.w * 10 ^ j end
    assert.same({ 10, 200, 3000, 40 }, proj.w:table())
    assert.same({ 40, 3000, 200, 10 }, inside())
    proj:scale_pre { 0.1, 1, 1 }
    assert.same({ 1, 20, 3000, 40 }, proj.w:table())
    proj:normalize { to = 1 }
    assert.same({ 1 / 41, 1, 1, 40 / 41 }, proj.w:table())
    assert.same({ 1 / 41 + 40 / 41, 1, 1 }, proj:sum_post "w":table())
  end)

  it("are recorded by number", function()
    proj.w = { 1, 2, 3, 4 }
    local some, all = net:record(proj, "w", { of = { 1, 3 } }), net:record(proj, "w")
    net:run(net.dt)
    assert.same({ 1, 3 }, some.w[1]:table())
    assert.same({ 1, 2, 3, 4 }, all.w[1]:table())
    assert.same({ 1, 2 }, some.pre:table())
  end)
end)

-- ---- the way back -------------------------------------------------------------------------------------------------------

describe("the way from post neurons back to synapses", function()
  local Held = lp.neuron { parameters = { I = 0 }, equations = "v = I", spike = "v > 1e9" }
  local learns = lp.synapse { pre_spike = "", post_spike = "w += pre.I" }

  --- Weights after post neurons 1, 1, 2 and 3 have spiked, and what they should be.
  local function learned(tier, pre, post, n_pre)
    local net = lp.network { dt = 1, tier = tier, threads = 1 }
    local from = net:population { size = n_pre, neuron = Held }
    from.I = lp.arange(n_pre)
    local to = net:spike_source { size = 3, spikes = { { 1, 3 }, { 1 }, { 5 } } }
    local proj = net:project { from = from, to = to, synapse = learns, connect = lp.pairs(pre, post), weights = 0 }
    net:run(10)
    local times = lp.array { 2, 1, 1 }
    return proj.w:table(), (times[proj.post] * from.I[proj.pre]):table()
  end

  for _, tier in ipairs { "interpreter", "native" } do
    it("finds every synapse, in rows of any length, " .. tier, function()
      local pre, post = {}, {}
      for k, length in ipairs { 3, 0, 700, 1, 0, 64, 2 } do
        for i = 1, length do pre[#pre + 1], post[#post + 1] = k, i * i % 3 + 1 end
      end
      local found, expected = learned(tier, pre, post, 7)
      assert.same(expected, found)
    end)

    it("cuts long rows where there are too many for 32 bits, " .. tier, function()
      local n, long = 2 ^ 20 // 1, 5000
      local pre, post = lp.zeros(n + long), lp.zeros(n + long)
      pre:slice(1, n):assign(lp.arange(n))
      pre:slice(n + 1, n + long):fill(77)
      post:assign(lp.arange(n + long) % 3 + 1)
      local found, expected = learned(tier, pre, post, n)
      assert.are.equal(n + long, #found)
      for k = 1, #found do
        if found[k] ~= expected[k] then error(("synapse %d has %g, not %g"):format(k, found[k], expected[k])) end
      end
    end)
  end

  it("takes four bytes a synapse", function()
    local net = lp.network { dt = 1, precision = "float32" }
    local cells = net:population { size = 500, neuron = lp.models.LIF }
    local before = net:describe().bytes
    local proj = net:project { from = cells, to = cells, target = "exc", connect = lp.fixed_number_post(400), synapse = lp.models.STDP, weights = lp.uniform(0, 1) }
    net:run(1)
    assert.is_true((net:describe().bytes - before) / proj.size < 12.3)
  end)
end)
