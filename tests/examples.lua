--- Run examples as they stand and hold their results against what was published: `lunapse tests/examples.lua [FILE or FOLDER...]` (make examples); all of
--- examples/ without targets. In the comment of a script stands
---   --- Published: rate 35..40 Hz (table 1), cv 0.8..1.2 (figure 3)
---   --- Takes 3 s.
--- of which this reads the name of a result, its least and its most. One line for each script; the exit status is 1 where one is outside, or not printed.
local host = require "lunapse.core.host"

local HOST = os.getenv "HOST" or "build/lunapse"
local examples = {}

--- The bands in a script's comment: name -> { least, most }, and how many; and the seconds it takes, if it says so.
function examples.published(path)
  local bands, n, text = {}, 0, {}
  for line in io.lines(path) do
    if not line:find "^%-%-%-" then break end
    text[#text + 1] = line:sub(4)
  end
  local comment = table.concat(text, " "):gsub("%s+", " ")
  for name, least, most in (comment:match "Published:(.*)" or ""):gmatch "([%a_][%w_]*) (%-?[%d.]-[%de%-]*)%.%.(%-?[%d.]+[%de%-]*)" do
    bands[name], n = { tonumber(least), tonumber(most) }, n + 1
  end
  return bands, n, tonumber(comment:match "Takes ([%d.]+) s")
end

--- What is wrong with the results that a script has printed; nil if nothing is.
function examples.judge(path, output)
  local line = output:match "\n(result [^\n]*)\n$" or output:match "^(result [^\n]*)\n$"
  if not line then return "it prints no results: " .. output end
  for name, band in pairs((examples.published(path))) do
    local value = tonumber(line:match("%f[%w_]" .. name .. "=(%S+)"))
    if not value then return ("no result '%s' in: %s"):format(name, line) end
    if not (value >= band[1] and value <= band[2]) then return ("%s = %g is not in %g..%g"):format(name, value, band[1], band[2]) end
  end
end

--- Every script of a folder and of those in it.
function examples.scripts(folder)
  local list = {}
  for _, name in ipairs(host.list_folder(folder)) do
    local path = folder .. "/" .. name
    if name:find "%.lua$" then list[#list + 1] = path end
    for _, inner in ipairs(name:find "/$" and examples.scripts(path:sub(1, -2)) or {}) do list[#list + 1] = inner end
  end
  table.sort(list)
  return list
end

if ... == "as a module" then return examples end

local targets, is_bad = {}, false
for _, target in ipairs(#arg > 0 and arg or { "examples" }) do
  for _, path in ipairs(target:find "%.lua$" and { target } or examples.scripts(target)) do targets[#targets + 1] = path end
end
local figure = os.tmpname() .. ".png"
for _, path in ipairs(targets) do
  local begun = os.time()
  local pipe = io.popen(("%s %s out=%s 2>&1 </dev/null"):format(HOST, path, figure))
  local output = pipe:read "a"
  local wrong = not pipe:close() and output or examples.judge(path, output)
  local _, n = examples.published(path)
  is_bad = is_bad or wrong ~= nil
  print(("%-48s %4d s  %s"):format(path, os.time() - begun, wrong or (n == 0 and "runs" or n .. " published")))
end
os.remove(figure)
os.exit(not is_bad)
