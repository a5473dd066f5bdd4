-- The grammars of editors know the language: its parts, flags, methods, scopes, types and units; and Vim colours a script as they say.
local flags = require "lunapse.language.base.flag_table"
local units = require "lunapse.language.base.unit_table"

local function read(path)
  local file <close> = assert(io.open(path))
  return file:read "a"
end

local texts = { vim = read "docs/editors/lunapse.vim", textmate = read "docs/editors/lunapse.tmLanguage.json" }

local function knows(what, word)
  for editor, text in pairs(texts) do
    assert.truthy(text:find("%f[%w_]" .. word:gsub("%-", "%%-") .. "%f[^%w_]"), ("%s does not know the %s '%s'"):format(editor, what, word))
  end
end

describe("the grammars of editors", function()
  it("know every part that is written in equations", function()
    local n = 0
    for name in read "lua/lunapse/language/base/parts.lua":gmatch '\n  { name = "([%a_]+)"' do
      local words = { name = true, description = true, arrays = true, operation = true, shape = true, events = true, on = true }
      if not words[name] then
        knows("part", name)
        n = n + 1
      end
    end
    assert.is_true(n >= 12)
  end)

  it("know every flag and unit", function()
    for _, row in ipairs(flags.rows) do
      if row.kind == "word" then knows("flag", row.text or row.name) end
    end
    for _, word in ipairs {
      "init", "min", "max", "every", "exponential", "exact", "rk4", "milstein", "event-driven", "population", "projection", "int", "bool" } do
      knows("flag", word)
    end
    for name in pairs(units.known) do knows("unit", name) end
  end)

  for _, editor in ipairs { "vim -u NONE -N -es", "nvim -u NONE --headless" } do it("colour a script: " .. editor:match "%a+", function()
    if not os.execute(("command -v %s >/dev/null"):format(editor:match "%a+")) then return end
    local folder = io.popen("mktemp -d"):read "l"
    local function write(name, text)
      local file <close> = assert(io.open(folder .. "/" .. name, "w"))
      file:write(text)
    end
    write("model.lua",
      'local cell = lp.neuron {\n  equations = [[\n    tau * dv/dt = 5*mV - exp(v)  : init = -65  # so\n  ]],\n  spike = "v > vt",\n}\nprint "v > 5"\n')
    local places = { { 3, 11, "Derivative" }, { 3, 19, "Number" }, { 3, 21, "Unit" }, { 3, 26, "Function" }, { 3, 36, "Flag" },
      { 3, 49, "Comment" }, { 5, 14, "Operator" } }
    local script = { "syntax on", "edit " .. folder .. "/model.lua", "set filetype=lua",
      "source docs/editors/lunapse.vim", "set filetype=lua", "source docs/editors/lunapse.vim", "syntax sync fromstart", "redir! > " .. folder .. "/said" }
    for _, place in ipairs(places) do script[#script + 1] = ('echo synIDattr(synID(%d,%d,1),"name")'):format(place[1], place[2]) end
    script[#script + 1] = 'echo synIDattr(synID(7,10,1),"name")\nredir END\nqall!\n'
    write("script.vim", table.concat(script, "\n"))
    os.execute(("timeout 20 %s -S %s/script.vim </dev/null >/dev/null 2>&1"):format(editor, folder))
    local said = {}
    for line in read(folder .. "/said"):gmatch "%S+" do said[#said + 1] = line end
    os.execute("rm -r " .. folder)
    if said[#said] ~= "luaString" then return end          -- a Vim without its syntax files, such as vim-tiny
    for k, place in ipairs(places) do assert.equal("lunapse" .. place[3], said[k]) end
  end) end
end)
