--- Run the Lua blocks of documents: `lunapse tests/docs_run.lua docs/tour.md ...` One line for every fault; the status is 1 if there is one.
---
--- The blocks of one document run in order and share one environment: a `local` at the start of a line is left out, as at the prompt, so that
--- a later block sees the name. What a fence may say:
---   ```lua            runs, and must not raise
---   ```lua error      must raise; the ```text block behind it shows the message
---   ```lua sketch     is read (its syntax is checked), not run
---   ```text output    directly behind a ```lua block: what that block printed; `...` stands for any part of a line

--- The fenced blocks of a document: { info, text, line (of the fence) }.
local function blocks_of(document)
  local blocks, open, number = {}, nil, 0
  for line in (document .. "\n"):gmatch "(.-)\n" do
    number = number + 1
    local info = line:match "^```(.*)$"
    if info and open then
      open.text, open = table.concat(open.lines, "\n"), nil
    elseif info then
      open = { info = info:match "^%s*(.-)%s*$", line = number, lines = {} }
      blocks[#blocks + 1] = open
    elseif open then
      open.lines[#open.lines + 1] = line
    elseif line:find "%S" then
      blocks[#blocks + 1] = { info = "prose", line = number }
    end
  end
  return blocks
end

local function trimmed(text) return (text:gsub("[ \t]+\n", "\n"):gsub("%s+$", ""):gsub("^\n+", "")) end

--- Whether `got` is what `shown` shows.
local function agree(shown, got)
  local pattern = trimmed(shown):gsub("%p", "%%%0"):gsub("%%%.%%%.%%%.", "[^\n]*")
  return trimmed(got):find("^" .. pattern .. "$") ~= nil
end

local function load_block(block, name, environment)
  local text = ("\n" .. block.text):gsub("\nlocal function ", "\nfunction "):gsub("\nlocal ", "\n")
  return load(("\n"):rep(block.line - 1) .. text, "@" .. name, "t", environment)
end

--- Run a block: whether it raised, its message, what it printed.
local function run(chunk, environment)
  local printed = {}
  function environment.print(...)
    local parts = table.pack(...)
    for k = 1, parts.n do parts[k] = tostring(parts[k]) end
    printed[#printed + 1] = table.concat(parts, "\t")
  end
  local print_before = print
  _G.print = environment.print           -- what the library prints counts too
  local ok, message = xpcall(chunk, function(message) return tostring(message) end)
  _G.print = print_before
  return ok, message, table.concat(printed, "\n")
end

--- A message without the place in the document where it was raised.
local function plain(message, name)
  if message:sub(1, #name + 1) == name .. ":" then return (message:sub(#name + 2):gsub("^%d+: ", "")) end
  return message
end

local function check(name, document)
  local faults, environment = {}, setmetatable({}, { __index = _G })
  local function fault(line, ...) faults[#faults + 1] = ("%s:%d: %s"):format(name, line, string.format(...)) end
  local function compare(behind, what, got)
    if not agree(behind.text, got) then fault(behind.line, "%s is not what the block shows, but\n%s", what, trimmed(got)) end
  end
  local blocks = blocks_of(document)
  for k, block in ipairs(blocks) do
    local behind = blocks[k + 1] or { info = "" }
    local kind = block.info:match "^lua%s*(.*)$"
    if block.info == "text output" and (blocks[k - 1] or {}).info ~= "lua" then fault(block.line, "output of no lua block") end
    if kind and kind ~= "" and kind ~= "error" and kind ~= "sketch" then fault(block.line, "unknown kind of block '%s'", kind) end
    if kind then
      local chunk, problem = load_block(block, name, environment)
      if not chunk then
        fault(block.line, "%s", problem)
      elseif kind == "error" then
        local ok, message = run(chunk, environment)
        if ok then fault(block.line, "this block should raise") end
        if not behind.info:find "^text" then fault(block.line, "no message is shown behind this block") end
        if not ok and behind.info:find "^text" then compare(behind, "the message", plain(message, name)) end
      elseif kind == "" then
        local ok, message, printed = run(chunk, environment)
        if not ok then fault(block.line, "%s", message) end
        if ok and behind.info == "text output" then compare(behind, "the output", printed) end
      end
    end
  end
  return faults
end

local failed = false
for _, path in ipairs(arg) do
  local file = assert(io.open(path))
  local document = file:read "a"
  file:close()
  for _, line in ipairs(check(path:match "docs/[^/]+$" or path:match "[^/]+$", document)) do
    print(line)
    failed = true
  end
end
os.exit(failed and 1 or 0, true)
