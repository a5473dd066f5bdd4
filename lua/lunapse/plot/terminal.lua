--- Figures in the terminal: as pictures where it says that it can (kitty, iTerm2, sixel), in half blocks of colour elsewhere.

local terminal = {}

-- ---- what the terminal can ----

--- How pictures are shown here: "kitty", "iterm2", "sixel" or "blocks". LUNAPSE_GRAPHICS says it outright; inside tmux and screen, which keep pictures
--- to themselves, it is blocks.
---@param environment? fun(name: string): string?  os.getenv unless given
---@return string
function terminal.protocol(environment)
  local get = environment or os.getenv
  local wish = get "LUNAPSE_GRAPHICS"
  if wish == "kitty" or wish == "iterm2" or wish == "sixel" or wish == "blocks" then return wish end
  local term, program = get "TERM" or "", get "TERM_PROGRAM" or ""
  if get "TMUX" or term:find "^screen" or term:find "^tmux" then return "blocks" end
  if get "KITTY_WINDOW_ID" or term:find "kitty" or term:find "ghostty" or program == "ghostty" then return "kitty" end
  if program == "iTerm.app" or program == "WezTerm" or get "LC_TERMINAL" == "iTerm2" then return "iterm2" end
  if term:find "^foot" or term:find "^mlterm" or term:find "^contour" or term:find "sixel" then return "sixel" end
  return "blocks"
end

-- ---- base 64 ----

local DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

---@param bytes string
---@return string
function terminal.base64(bytes)
  local out = {}
  for at = 1, #bytes, 3 do
    local a, b, c = bytes:byte(at, at + 2)
    local word = a << 16 | (b or 0) << 8 | (c or 0)
    local text = ""
    for shift = 18, 0, -6 do
      local digit = word >> shift & 63
      text = text .. DIGITS:sub(digit + 1, digit + 1)
    end
    out[#out + 1] = not b and text:sub(1, 2) .. "==" or not c and text:sub(1, 3) .. "=" or text
  end
  return table.concat(out)
end

-- ---- pictures ----

local CHUNK = 4096

--- A PNG in the graphics protocol of kitty.
---@param png string
---@return string
function terminal.kitty(png)
  local data, parts = terminal.base64(png), {}
  for at = 1, #data, CHUNK do
    local more = at + CHUNK <= #data and 1 or 0
    parts[#parts + 1] = ("\27_G%sm=%d;%s\27\\"):format(at == 1 and "a=T,f=100," or "", more, data:sub(at, at + CHUNK - 1))
  end
  return table.concat(parts) .. "\n"
end

--- A PNG in the protocol of iTerm2.
---@param png string
---@return string
function terminal.iterm2(png)
  return ("\27]1337;File=inline=1;size=%d:%s\7\n"):format(#png, terminal.base64(png))
end

--- Pixels as a table of rows of { red, green, blue } packed into integers; each cell is the mean of a square of `factor` pixels.
local function pixels_of(canvas, factor)
  local rows, n_columns = {}, nil
  local row = 1
  while canvas:pixel(1, row) do
    local line, column = {}, 1
    while true do
      local r, g, b, n = 0, 0, 0, 0
      for dy = 0, factor - 1 do
        for dx = 0, factor - 1 do
          local pr, pg, pb = canvas:pixel(column + dx, row + dy)
          if pr then r, g, b, n = r + pr, g + pg, b + pb, n + 1 end
        end
      end
      if n == 0 or (n_columns and #line == n_columns) then break end
      line[#line + 1] = (r // n) << 16 | (g // n) << 8 | (b // n)
      column = column + factor
    end
    n_columns = n_columns or #line
    rows[#rows + 1] = line
    row = row + factor
  end
  return rows
end

--- A sixel picture of packed pixels, in the 216 colours of a 6 x 6 x 6 cube.
---@param rows integer[][]
---@return string
function terminal.sixel(rows)
  local function index(pixel)
    local function level(shift) return ((pixel >> shift & 255) * 5 + 127) // 255 end
    return level(16) * 36 + level(8) * 6 + level(0)
  end
  local out, used = { "\27Pq" }, {}
  out[2] = ('"1;1;%d;%d'):format(#rows[1], #rows)
  for _, row in ipairs(rows) do
    for _, pixel in ipairs(row) do used[index(pixel)] = true end
  end
  for c = 0, 215 do
    if used[c] then out[#out + 1] = ("#%d;2;%d;%d;%d"):format(c, c // 36 * 20, c // 6 % 6 * 20, c % 6 * 20) end
  end
  for top = 1, #rows, 6 do
    local masks, order = {}, {}
    for k = 0, 5 do
      local row = rows[top + k]
      for x = 1, row and #row or 0 do
        local c = index(row[x])
        if not masks[c] then
          masks[c] = {}
          order[#order + 1] = c
        end
        masks[c][x] = (masks[c][x] or 0) | 1 << k
      end
    end
    for n, c in ipairs(order) do
      local cells, run, last = {}, 0, nil
      local function flush()
        if run > 3 then cells[#cells + 1] = ("!%d%s"):format(run, last) elseif run > 0 then cells[#cells + 1] = last:rep(run) end
      end
      for x = 1, #rows[1] do
        local cell = string.char(63 + (masks[c][x] or 0))
        if cell == last then run = run + 1 else
          flush()
          last, run = cell, 1
        end
      end
      flush()
      out[#out + 1] = "#" .. c .. table.concat(cells) .. (n < #order and "$" or "-")
    end
  end
  return table.concat(out) .. "\27\\\n"
end

--- Packed pixels as half blocks: the upper half of a character is the foreground, the lower one the background.
---@param rows integer[][]
---@param is_true_colour? boolean  24 bits; else the 256 colours that nearly all terminals have
---@return string
function terminal.blocks(rows, is_true_colour)
  local function code(layer, pixel)
    local r, g, b = pixel >> 16, pixel >> 8 & 255, pixel & 255
    if is_true_colour then return ("%d;2;%d;%d;%d"):format(layer, r, g, b) end
    local spread = math.max(r, g, b) - math.min(r, g, b)
    if spread < 12 then
      local grey = (r + g + b) // 3
      return ("%d;5;%d"):format(layer, grey > 246 and 231 or grey < 4 and 16 or 232 + (grey - 4) * 24 // 247)
    end
    local function level(x) return (x * 5 + 127) // 255 end
    return ("%d;5;%d"):format(layer, 16 + 36 * level(r) + 6 * level(g) + level(b))
  end
  local lines = {}
  for k = 1, #rows, 2 do
    local upper, lower = rows[k], rows[k + 1]
    local cells, last = {}, nil
    for x = 1, #upper do
      local style = code(38, upper[x]) .. (lower and ";" .. code(48, lower[x]) or "")
      cells[x] = (style ~= last and "\27[" .. style .. "m" or "") .. "▀"
      last = style
    end
    lines[#lines + 1] = table.concat(cells) .. "\27[0m"
  end
  return table.concat(lines, "\n") .. "\n"
end

-- ---- the whole ----

local function png_of(figure, dpi)
  local on <close> = figure:draw { dpi = dpi }
  return on:bytes()
end

--- Words that half blocks are too coarse for: titles, labels and limits of the axes.
local function captions(figure)
  local lines = {}
  if figure.title_text then lines[1] = figure.title_text end
  for k, axes in ipairs(figure:used()) do
    local words = {}
    if axes.title_text then words[#words + 1] = axes.title_text end
    for _, side in ipairs { "x", "y" } do
      local scale = axes[side]
      if scale.label and scale.label ~= "" then words[#words + 1] = side .. ": " .. scale.label end
    end
    if #words > 0 then lines[#lines + 1] = (#figure:used() > 1 and k .. "  " or "") .. table.concat(words, ", ") end
  end
  return #lines > 0 and table.concat(lines, "\n") .. "\n" or ""
end

--- What to write to a terminal so that it shows the figure, and how many lines it takes (nil where only the terminal knows).
---@param figure lunapse.Figure
---@param opt { protocol: string, columns: integer, is_true_colour?: boolean, dpi?: number }
---@return string text
---@return integer? lines
function terminal.text(figure, opt)
  if opt.protocol == "kitty" then return terminal.kitty(png_of(figure, opt.dpi)) end
  if opt.protocol == "iterm2" then return terminal.iterm2(png_of(figure, opt.dpi)) end
  if opt.protocol == "sixel" then
    local on <close> = figure:draw { dpi = opt.dpi or 80 }
    return terminal.sixel(pixels_of(on, 1))
  end
  local on <close> = figure:draw { dpi = 3 * opt.columns / figure.width }
  local text = captions(figure) .. terminal.blocks(pixels_of(on, 3), opt.is_true_colour)
  local _, lines = text:gsub("\n", "")
  return text, lines
end

return terminal
