-- Gathers the pages of the site: lunapse .site/pages.lua FROM TO. Documents as they are but for their links; the gallery with a picture of every example, which the example
-- itself draws, unless a picture is there that is newer.
local host = require "lunapse.core.host"
local from, to = arg[1], arg[2]

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read "a"
end

local function write(name, text) host.write_file(to .. "/" .. name, text) end

-- What takes longer than a page is worth is drawn from less.
local SHORT = { stdp_exploration = "tones=24", heterosynaptic = "duration=8000", brunel_2000 = "scale=0.4" }

--- Words behind the language of a block are for the tests. A block of another program and ours behind it (docs/coming-from-*.md) stand side by side where there is room.
local function page(text)
  text = text:gsub("\n```(%w+) [^\n]*", "\n```%1"):gsub("%]%(%.%./examples/[%w_/]-([%w_]+)%.lua%)", "](gallery/%1.md)")
  return (text:gsub("\n(```python\n.-\n```)\n(```lua\n.-\n```)", function(theirs, ours)
    return ('\n<div class="beside" markdown="1">\n\n%s\n\n%s\n\n</div>'):format(theirs, ours)
  end))
end

assert(host.make_folder(to .. "/gallery"))
for _, name in ipairs(host.list_folder(from .. "/docs/gallery")) do
  if name:find "%.png$" then write("gallery/" .. name, read(from .. "/docs/gallery/" .. name)) end
end
write("index.md", page(read(from .. "/README.md")):gsub("%]%(docs/README%.md", "](documents.md"):gsub("%]%(docs/", "](")
  :gsub("`docs/`", "[`docs/`](documents.md)"):gsub("`examples/`", "[`examples/`](examples.md)"))
write("documents.md", page(read(from .. "/docs/README.md")))
for _, name in ipairs(host.list_folder(from .. "/docs")) do
  if name:find "%.md$" and name ~= "README.md" then write(name, page(read(from .. "/docs/" .. name))) end
  if name:find "%.png$" then write(name, read(from .. "/docs/" .. name)) end
end

write("beside.css", [[
@media (min-width: 60em) {
  .beside { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 0 1rem; }
  .beside > * { margin-top: 0; }
}
.md-typeset thead:has(th:empty) { display: none; }
]])

--- Is the picture there, and newer than the script?
local function is_fresh(picture, script) return os.execute(("test '%s' -nt '%s'"):format(picture, script)) == true end

--- "stdp_song" as a title: "STDP song"; a paper's is "Song Abbott 2001".
local SPELT = { adex = "AdEx", ann = "ANN", anf = "ANF", bcm = "BCM", bold = "BOLD", ca3 = "CA3", coba = "COBA", cuba = "CUBA", hh = "HH", pynn = "PyNN",
  snn = "SNN", stdp = "STDP", stp = "STP" }
local function title(name)
  local words = name:gsub("%w+", function(word) return SPELT[word] end):gsub("_", " "):gsub("^%l", string.upper)
  return (name:find "_%d%d%d%d$" and words:gsub("%f[%w]%l", string.upper) or words)
end

local lines = { "# Examples", "", "Each picture is drawn by the script below it.", "" }

--- The page of a script, and its part of the gallery.
local function show(folder, name)
  local script, picture = ("%s/%s/%s.lua"):format(from, folder, name), ("%s/gallery/%s.png"):format(to, name)
  if not is_fresh(picture, script) then
    print("  " .. name)
    assert(os.execute(("%s %s out=%s %s >/dev/null"):format(host.program, script, picture, SHORT[name] or "")), name)
  end
  local text, words = read(script), {}
  for line in text:gmatch "[^\n]+" do
    if not line:find "^%-%-%-" then break end
    words[#words + 1] = line:sub(5)
  end
  local comment = table.concat(words, " ")
  comment = comment:match "^(.-)%s*Takes [%d.]+ s" or comment:match "^(.-)%s*Run:" or comment
  local said, published = comment:match "^(.-)%s*Published:%s*(.*)$"
  said = said or comment
  write(("gallery/%s.lua"):format(name), text)
  write(("gallery/%s.md"):format(name), ("# %s\n\n%s\n\n%s![%s](%s.png)\n\n[Download %s.lua](%s.lua)\n\n```lua\n%s```\n"):format(title(name), said,
    published and "Published, and held by `make examples`: " .. published .. "\n\n" or "", name, name, name, name, text))
  lines[#lines + 1] = ("### %s\n\n%s\n\n[![%s](gallery/%s.png)](gallery/%s.md)\n\n[Script](gallery/%s.md) · [download](gallery/%s.lua)")
    :format(title(name), said:match "^.-%.%f[%s\0]" or said, name, name, name, name, name)
  local notebook = io.open(("%s/examples/notebooks/%s.ipynb"):format(from, name))
  if notebook then
    write(("gallery/%s.ipynb"):format(name), notebook:read "a")
    notebook:close()
    lines[#lines] = lines[#lines] .. (" · [notebook](gallery/%s.ipynb)"):format(name)
  end
  lines[#lines + 1] = ""
end

for _, section in ipairs { { "examples", "Networks, learning and tools" }, { "examples/papers", "Papers" }, { "examples/annarchy", "From ANNarchy" },
  { "examples/brian2hears", "Sounds and ears, from Brian 2 hears" } } do
  lines[#lines + 1] = ("## %s\n"):format(section[2])
  local names = {}
  for _, file in ipairs(host.list_folder(from .. "/" .. section[1])) do names[#names + 1] = file:match "^(.*)%.lua$" end
  table.sort(names)
  for _, name in ipairs(names) do show(section[1], name) end
end
write("examples.md", table.concat(lines, "\n"))
