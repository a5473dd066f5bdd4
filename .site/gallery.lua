-- Draws the pictures of docs/gallery and writes docs/gallery.md: lunapse .site/gallery.lua ROOT. Each script there begins with lines of words (---) and saves one picture under its own
-- name. A picture that has not changed stays as it is, bytes and date.
local canvas = require "lunapse.core.canvas"
local host = require "lunapse.core.host"
local root = arg[1] or "."
local folder = root .. "/docs/gallery"

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read "a"
end

local work = os.getenv "TMPDIR" or "/tmp"
work = io.popen(("mktemp -d '%s/gallery.XXXXXX'"):format(work)):read "l"

local function draw(name)
  assert(os.execute(("cd '%s' && '%s' '%s/%s.lua'"):format(work, host.program, folder, name)), name)
  local fresh, kept = work .. "/" .. name .. ".png", folder .. "/" .. name .. ".png"
  local old = io.open(kept)
  if old then
    old:close()
    local mean = canvas.read_png(fresh):difference(canvas.read_png(kept))
    if mean == 0 then return end
  end
  print("  " .. name)
  host.write_file(kept, read(fresh))
end

local names = {}
for _, file in ipairs(host.list_folder(folder)) do names[#names + 1] = file:match "^(.*)%.lua$" end
table.sort(names)
local lines = { "# Gallery", "", "What figures can show, each with the script that draws it ([figures.md](figures.md) says more). `make gallery` draws them anew.", "" }
for _, name in ipairs(names) do
  draw(name)
  local words, script = {}, read(("%s/%s.lua"):format(folder, name))
  local code = script:gsub("^%-%-%- ([^\n]*)\n", function(line)
    words[#words + 1] = line
    return ""
  end)
  local title = name:gsub("_", " "):gsub("^%l", string.upper)
  lines[#lines + 1] = ("## %s\n\n%s\n\n![%s](gallery/%s.png)\n\n```lua sketch\n%s```\n"):format(title, table.concat(words, " "), name, name, code)
end
host.write_file(root .. "/docs/gallery.md", table.concat(lines, "\n"))
os.execute(("rm -r '%s'"):format(work))
