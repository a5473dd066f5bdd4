--- Text with raised and lowered parts ("10^{-3}", "g_{exc}") and line breaks, placed by its edges.
--- The part in braces is drawn smaller; a bare ^ or _ stays what it is. Bytes that are not UTF-8 are shown as U+FFFD.

local style = require "lunapse.plot.style"

local text = {}

local SMALL, RISE, DROP, LINE = 0.7, 0.38, 0.2, 1.35   -- of the size: small parts, their shift up and down, distance of lines

local function clean(s)
  while true do
    local ok, bad = utf8.len(s)
    if ok then return (s:gsub("[%z\1-\9\11-\31]", " ")) end
    s = s:sub(1, bad - 1) .. "\u{fffd}" .. s:sub(bad + 1)
  end
end

-- A line as runs: each a list of parts { text, size, shift } that begin at one place. What is raised and what is lowered right behind the same letter
-- stand above each other: two parts.
local function runs_of(line)
  local runs, at, last_sign = {}, 1, nil
  while at <= #line do
    local from, to, sign, inner = line:find("([%^_])(%b{})", at)
    local plain = line:sub(at, (from or #line + 1) - 1)
    if plain ~= "" then
      runs[#runs + 1] = { { plain, 1, 0 } }
      last_sign = nil
    end
    if not from then break end
    if #inner > 2 then
      local part = { (inner:sub(2, -2):gsub("^%-(%d)", "\u{2212}%1")), SMALL, sign == "^" and RISE or -DROP }
      if last_sign and last_sign ~= sign then
        table.insert(runs[#runs], part)
        last_sign = nil
      else
        runs[#runs + 1] = { part }
        last_sign = sign
      end
    end
    at = to + 1
  end
  return runs
end

local function parse(s)
  local lines = {}
  for line in (clean(tostring(s)) .. "\n"):gmatch "(.-)\n" do lines[#lines + 1] = runs_of(line) end
  return lines
end

local function font_of(part, font) return { size = font.size * part[2], bold = font.bold, italic = font.italic } end

local function width_of_run(canvas, run, font)
  local width = 0
  for _, part in ipairs(run) do width = math.max(width, (canvas:measure(part[1], font_of(part, font)))) end
  return width
end

local function width_of(canvas, runs, font)
  local width = 0
  for _, run in ipairs(runs) do width = width + width_of_run(canvas, run, font) end
  return width
end

--- How far raised parts of a line reach above its capitals and lowered ones below the foot of g, in parts of the size.
local function reach_of(runs)
  local above, below = 0, 0
  for _, run in ipairs(runs) do
    for _, part in ipairs(run) do
      above = math.max(above, part[3] + part[2] * style.capital - style.capital)
      below = math.max(below, -part[3] + part[2] * style.hang - style.hang)
    end
  end
  return above, below
end

--- The text with line breaks where it would be wider than `width`: between words, and not within braces.
---@param canvas lunapse.Canvas
---@param s string
---@param font { size: number, bold?: boolean, italic?: boolean }
---@param width number
---@return string
function text.wrap(canvas, s, font, width)
  local lines = {}
  for line in (clean(tostring(s)) .. "\n"):gmatch "(.-)\n" do
    local present
    for word in line:gsub("%b{}", function(inner) return (inner:gsub(" ", "\0")) end):gmatch "%S+" do
      word = word:gsub("%z", " ")
      local longer = present and present .. " " .. word or word
      if present and width_of(canvas, runs_of(longer), font) > width then
        lines[#lines + 1], present = present, word
      else
        present = longer
      end
    end
    lines[#lines + 1] = present or ""
  end
  return table.concat(lines, "\n")
end

--- The text without its markup, for files that take plain text only.
---@param s string
---@return string
function text.plain(s) return (clean(s):gsub("[%^_](%b{})", function(inner) return inner:sub(2, -2) end):gsub("%s+", " ")) end

--- Width and height in points. The height runs from the capitals' top (or that of a raised part) to the foot of g (or of a lowered part), lines included.
---@param canvas lunapse.Canvas
---@param s string
---@param font { size: number, bold?: boolean, italic?: boolean }
---@return number width
---@return number height
function text.measure(canvas, s, font)
  local lines, width = parse(s), 0
  for _, runs in ipairs(lines) do width = math.max(width, width_of(canvas, runs, font)) end
  local above, below = reach_of(lines[1]), select(2, reach_of(lines[#lines]))
  return width, font.size * (style.capital + style.hang + LINE * (#lines - 1) + above + below)
end

--- Draw at (x, y), which is the text's `align` ("left", "center", "right") and `valign` ("top", "middle", "base", "bottom") point.
--- `angle` in radians, clockwise; the text is turned round that point.
---@param canvas lunapse.Canvas
---@param s string
---@param x number
---@param y number
---@param opt { size: number, bold?: boolean, italic?: boolean, color?: integer, align?: string, valign?: string, angle?: number }
function text.draw(canvas, s, x, y, opt)
  local lines = parse(s)
  local angle, size = opt.angle or 0, opt.size
  local cos, sin = math.cos(angle), math.sin(angle)
  local deep = size * LINE * (#lines - 1)              -- from the first base line to the last
  local above, below = reach_of(lines[1]), select(2, reach_of(lines[#lines]))
  local rise = (style.capital + above) * size
  local top = ({ top = rise, middle = (style.capital * size - deep) / 2, base = -deep, bottom = -deep - (style.hang + below) * size })[opt.valign or "base"]
  local shares = { left = 0, center = 0.5, right = 1 }
  for k, runs in ipairs(lines) do
    local along = -shares[opt.align or "left"] * width_of(canvas, runs, opt)
    local down = top + (k - 1) * LINE * size
    for _, run in ipairs(runs) do
      for _, part in ipairs(run) do
        local lowered = down - part[3] * size
        canvas:text(x + along * cos - lowered * sin, y + along * sin + lowered * cos, part[1], font_of(part, opt), angle, opt.color or style.text)
      end
      along = along + width_of_run(canvas, run, opt)
    end
  end
end

return text
