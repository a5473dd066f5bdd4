-- Documents say what is: every block of Lua in docs/ and in the README runs, prints what is shown, and refuses what is said to be refused;
-- every link leads somewhere; the index names every document. How blocks are marked: tests/docs_run.lua.

local HOST = os.getenv "HOST" or "build/lunapse"
local ROOT = io.popen("pwd"):read "l"
local PROGRAM = HOST:find "^/" and HOST or ROOT .. "/" .. HOST

local function documents()
  local list = { "README.md" }
  for path in io.popen("ls docs/*.md"):lines() do list[#list + 1] = path end
  return list
end

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "a"
  file:close()
  return text
end

--- Run blocks in a fresh folder, where figures may land: what was wrong ("" if nothing), and whether it ended well.
local function run(path)
  local folder = io.popen("mktemp -d"):read "l"
  local pipe = io.popen(("cd %s && %s %s/tests/docs_run.lua %s 2>&1 </dev/null"):format(folder, PROGRAM, ROOT, path))
  local said = pipe:read "a"
  local ok = pipe:close()
  os.execute("rm -rf " .. folder)
  return said, ok == true
end

--- What the runner says of a document that is given as text.
local function verdict(text)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write((text:gsub("~~~", "```")))
  file:close()
  local said, ok = run(path)
  os.remove(path)
  return said:gsub("^[^\n]-:(%d+): ", "%1: "), ok
end

--- Headings as the anchors that a link may name.
local function anchors(text)
  local found = {}
  for heading in ("\n" .. text):gmatch "\n#+ ([^\n]*)" do
    found[heading:lower():gsub("[^%w%s_-]", ""):gsub("%s", "-")] = true
  end
  return found
end

local function dead_links(path, text)
  local dead = {}
  local folder = path:match "^(.*/)" or ""
  for target in text:gsub("```.-\n```", ""):gsub("`[^`\n]*`", ""):gmatch "%]%(([^)%s]+)%)" do
    local file, anchor = target:match "^([^#]*)#?(.*)$"
    if not target:find "^https?:" then
      local where = file == "" and path or folder .. file
      local handle = io.open(where)
      if not handle then
        dead[#dead + 1] = target
      else
        handle:close()
        if anchor ~= "" and not anchors(read(where))[anchor] then dead[#dead + 1] = target end
      end
    end
  end
  return dead
end

describe("the runner of documents", function()
  it("sees what is wrong", function()
    assert.same({ "", true }, { verdict "~~~lua\nlocal x = 1\n~~~\n~~~lua\nprint(x)\n~~~\n~~~text output\n1\n~~~" })
    assert.same({ "", true }, { verdict "~~~lua\nprint 'took 3 s'\n~~~\n~~~text output\ntook ... s\n~~~" })
    assert.same({ "", true }, { verdict "~~~lua error\nerror 'no'\n~~~\n~~~text\nno\n~~~" })
    assert.same({ "4: the output is not what the block shows, but\n2\n", false },
      { verdict "~~~lua\nprint(2)\n~~~\n~~~text output\n1\n~~~" })
    assert.same({ "1: this block should raise\n", false }, { verdict "~~~lua error\n\n~~~\n~~~text\nno\n~~~" })
    assert.same({ "4: the message is not what the block shows, but\nyes\n", false },
      { verdict "~~~lua error\nerror 'yes'\n~~~\n~~~text\nno\n~~~" })
    assert.same({ "1: no message is shown behind this block\n", false }, { verdict "~~~lua error\nerror 'yes'\n~~~\nSo." })
    assert.same({ "1: unknown kind of block 'eror'\n", false }, { verdict "~~~lua eror\nx = 1\n~~~" })
    local said, ok = verdict "~~~lua\nx = = 1\n~~~"
    assert.is_false(ok)
    assert.is_truthy(said:find "unexpected symbol near '='")
    said, ok = verdict "Text\n~~~lua\n\nerror 'here'\n~~~"
    assert.is_false(ok)
    assert.is_truthy(said:find("^2: [^\n]*:4: here"), said)
  end)
end)

describe("document", function()
  for _, path in ipairs(documents()) do
    it(path .. " runs as it stands", function()
      local said, ok = run(ROOT .. "/" .. path)
      assert.equal("", said)
      assert.is_true(ok)
    end)

    it(path .. " has links that lead somewhere", function() assert.same({}, dead_links(path, read(path))) end)
  end

  for _, path in ipairs(documents()) do
    if path:find "coming%-from" then
      it(path .. " has forty pairs, each a block of theirs with the one of ours behind it", function()
        local infos, n = {}, 0
        for info in ("\n" .. read(path)):gmatch "\n```(%a[^\n]*)" do infos[#infos + 1] = info end
        for k, info in ipairs(infos) do
          if info == "python" then
            n = n + 1
            assert.equal("lua", infos[k + 1], ("block %d"):format(k))
          end
        end
        assert.is_true(n >= 40)
      end)
    end
  end

  it("docs/README.md names every document", function()
    local index = read "docs/README.md"
    for _, path in ipairs(documents()) do
      local name = path:match "^docs/(.*)$"
      if name and name ~= "README.md" then assert.is_truthy(index:find("](" .. name .. ")", 1, true), name) end
    end
  end)
end)
