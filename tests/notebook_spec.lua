-- The kernel of Jupyter, asked by Jupyter's own client (tests/notebook.py has the scenarios), and the notebooks of examples/, run as Jupyter runs them.

local host = require "lunapse.core.host"

local HOST = os.getenv "HOST" or "build/lunapse"
local ROOT = io.popen("pwd -P"):read "l"
local PROGRAM = HOST:find "^/" and HOST or ROOT .. "/" .. HOST
local QUOTED = "'" .. PROGRAM .. "'"          -- the folder may have blanks in its name

--- Python that has Jupyter: the first one may be somebody's own, without Debian's packages.
local function python()
  for _, name in ipairs { "python3", "/usr/bin/python3" } do
    if os.execute(name .. " -c 'import jupyter_client' 2>/dev/null") then return name end
  end
end

local function run(command)
  local pipe = io.popen(command .. " 2>&1")
  local out = pipe:read "a"
  local is_fine = pipe:close()
  return out, is_fine
end

describe("lunapse --kernel", function()
  it("says what it can do", function()
    local out = run(QUOTED .. " --kernel")
    assert.truthy(out:find("lunapse --kernel install [PREFIX]", 1, true), out)
  end)

  if host.missing ~= "" then
    it("names the packages that the program was built without", function()
      local out, is_fine = run(QUOTED .. " --kernel install")
      assert.falsy(is_fine)
      assert.truthy(out:find("install " .. host.missing, 1, true), out)
    end)
    return
  end

  it("tells Jupyter how it is started", function()
    local folder = io.popen("mktemp -d"):read "l"
    local out = run(QUOTED .. " --kernel install " .. folder)
    local place = folder .. "/share/jupyter/kernels/lunapse"
    assert.equal("Jupyter finds Lunapse in " .. place .. "\n", out)
    local spec = require("lunapse.core.notebook").decode(io.open(place .. "/kernel.json"):read "a")
    assert.same({ "--kernel", "{connection_file}" }, { spec.argv[2], spec.argv[3] })
    assert.equal("message", spec.interrupt_mode)
    assert.is_true(os.execute(("test -x '%s'"):format(spec.argv[1])))
    os.execute("rm -r " .. folder)
    assert.truthy(run(QUOTED .. " --kernel /nowhere.json"):find("cannot read the connection file: /nowhere.json", 1, true))
  end)

  local interpreter = python()
  it("finds Jupyter's client here", function() assert.truthy(interpreter, "python3-jupyter-client is missing") end)
  if not interpreter then return end

  local results = {}
  setup(function()
    local out = run(("%s tests/notebook.py %s"):format(interpreter, QUOTED))
    for name, result in out:gmatch "([%w_]+): ([^\n]*)" do results[name] = results[name] or result end
    results.all = out
  end)
  for name, what in pairs {
    execute = "runs cells and shows the value of the expression that ends one", order = "keeps the order of all that is printed and shown",
    much = "loses nothing of ten megabytes", errors = "tells errors in colour, with the caret, and skips what was sent behind one",
    rich = "shows figures, arrays, networks and models", asking = "completes, explains, knows whether a cell is whole, remembers",
    input = "asks for input", interrupt = "stops a run at a step, and anything else", progress = "shows how far a run is in one place",
    crash = "tells how a cell ended that took its process with it", lives = "is many at once, restarts, ends, hears nobody else" } do
    it(what, function() assert.equal("ok", results[name] or results.all) end)
  end
end)

if host.missing == "" and python() then
  describe("the notebooks of examples/", function()
    local core, folder = require "lunapse.core.notebook", nil
    local names = {}
    for path in io.popen "ls examples/notebooks/*.ipynb":lines() do names[#names + 1] = path:match "([%w_]+)%.ipynb$" end
    local SHORT = { two_factor = 10, heterosynaptic = 1500, stdp_exploration = 600 }      -- ms; of the others 2000

    local function read(path)
      local file <close> = assert(io.open(path))
      return file:read "a"
    end

    --- They run as they are, but for the time that they simulate.
    setup(function()
      folder = io.popen("mktemp -d"):read "l"
      for _, name in ipairs(names) do
        local text, n = read("examples/notebooks/" .. name .. ".ipynb"):gsub("duration = [%de]+", "duration = " .. (SHORT[name] or 2000))
        assert.equal(1, n, name)
        host.write_file(folder .. "/" .. name .. ".ipynb", text)
      end
      local environment = ("JUPYTER_DATA_DIR=%s JUPYTER_RUNTIME_DIR=%s IPYTHONDIR=%s HOME=%s"):gsub("%%s", folder)
      run(("cd %s && export %s && %s --kernel install && jupyter-nbconvert --execute --allow-errors --inplace *.ipynb"):format(folder, environment, QUOTED))
    end)
    teardown(function() os.execute("rm -rf " .. folder) end)

    it("are the five published experiments", function()
      assert.same({ "heterosynaptic", "homeostatic_ramp", "stdp_exploration", "stdp_song", "two_factor" }, names)
    end)
    for _, name in ipairs(names) do
      it("run to their end and show figures: " .. name, function()
        local n_cells, n_pictures = 0, 0
        for _, cell in ipairs(core.decode(read(folder .. "/" .. name .. ".ipynb")).cells) do
          if cell.cell_type == "code" then
            n_cells = n_cells + 1
            assert.equal(n_cells, cell.execution_count)
            for _, output in ipairs(cell.outputs) do
              assert.is_nil(output.evalue)
              if output.data and output.data["image/png"] then n_pictures = n_pictures + 1 end
            end
          end
        end
        assert.is_true(n_cells > 3 and n_pictures > 0)
      end)
    end
  end)
end

if host.missing == "" then
  describe("JSON", function()
    local core = require "lunapse.core.notebook"

    it("carries what Lua and it have in common", function()
      local value = { text = "ä\"\n", list = { 1, 2.5, -3 }, none = setmetatable({}, { __json = "array" }), flag = true, deep = { { {} } } }
      local back = core.decode(core.encode(value))
      assert.same(value, back)
      assert.equal("integer", math.type(back.list[1]))
      assert.equal("[]", core.encode(value.none))
      assert.equal("[null,null]", core.encode { 0 / 0, math.huge })
      assert.same({ a = { 1, [3] = 2 } }, core.decode '{"a": [1, null, 2], "b": null}')
    end)

    it("refuses what it has no form for", function()
      assert.has_error(function() core.encode { print } end, "a function has no form in JSON")
      assert.has_error(function() core.encode { a = { [true] = 1 } } end, "JSON objects have strings as keys, not a boolean")
      local circle = {}
      circle[1] = circle
      assert.has_error(function() core.encode(circle) end, "the value is nested too deeply for JSON")
      assert.has_error(function() core.decode "{" end, "this is no JSON: {")
    end)
  end)
end
