--- Numbers, sizes and tables as people read them: what printing, explain, profile, warnings and the progress bar share.
--- This folder (tell) has what tells people about networks; it changes none.
local array = require "lunapse.core.array"
local options = require "lunapse.options"

local words = {}

--- Bytes: "312 B", "1.5 kB", "2.1 GB" (steps of 1000).
---@param n number
---@return string
function words.bytes(n)
  if n < 1000 then return ("%d B"):format(n) end
  for _, unit in ipairs { "kB", "MB", "GB", "TB", "PB" } do
    n = n / 1000
    if n < 999.5 or unit == "PB" then return ("%.3g %s"):format(n, unit) end
  end
end

--- A stretch of wall time: "47 ns", "1.2 ms", "3.4 s", "2 min 5 s", "1 h 12 min".
---@param seconds number
---@return string
function words.seconds(seconds)
  if seconds < 60 then
    for _, unit in ipairs { { 1, "s" }, { 1e-3, "ms" }, { 1e-6, "us" } } do
      if seconds >= 0.9995 * unit[1] then return ("%.3g %s"):format(seconds / unit[1], unit[2]) end
    end
    return ("%.3g ns"):format(seconds * 1e9)
  end
  local whole = math.floor(seconds + 0.5)
  if whole < 3600 then return ("%d min %d s"):format(whole // 60, whole % 60) end
  return ("%d h %d min"):format(whole // 3600, whole % 3600 // 60)
end

--- Simulated time: "250 ms", "1.2 s" from ten seconds on.
---@param ms number
---@return string
function words.time(ms)
  if ms < 10000 then return ("%.6g ms"):format(ms) end
  return ("%.6g s"):format(ms / 1000)
end

--- A whole number with thin groups: 1234567 -> "1 234 567"; from five digits on.
---@param n number
---@return string
function words.count(n)
  local text = ("%d"):format(n)
  if #text < 5 then return text end
  return (text:reverse():gsub("(%d%d%d)", "%1 "):reverse():gsub("^ ", ""))
end

--- "1 neuron", "3 neurons".
---@param n integer
---@param what string
---@return string
function words.plural(n, what) return words.count(n) .. " " .. what .. (n == 1 and "" or "s") end

--- A table of texts with columns one below the other; columns named in `right` stand to the right.
---@param rows string[][]
---@param right? table<integer, boolean>
---@param indent? string
---@return string[] lines
function words.columns(rows, right, indent)
  local widths, shown = {}, {}
  for r, row in ipairs(rows) do
    shown[r] = {}
    for k, cell in ipairs(row) do
      cell = options.printable(cell)
      shown[r][k], widths[k] = cell, math.max(widths[k] or 0, utf8.len(cell))
    end
  end
  local lines = {}
  for r, row in ipairs(shown) do
    local cells = {}
    for k, cell in ipairs(row) do
      local space = (" "):rep(widths[k] - utf8.len(cell))
      cells[k] = right and right[k] and space .. cell or cell .. space
    end
    lines[r] = (indent or "") .. table.concat(cells, "  "):gsub("%s+$", "")
  end
  return lines
end

local BLOCKS = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" }

--- How often which value occurs: a histogram of the finite values over their range, as block characters; "" where all are equal.
---@param a Array  of one or two dimensions
---@param bins? integer  16 unless given
---@return string
function words.distribution(a, bins)
  local finite = a:isfinite()
  local sound = finite:all() and a or a[finite]
  if sound:size() < 2 then return "" end
  local low, high = sound:min(), sound:max()
  if not (high - low > 1e-12 * math.max(math.abs(low), math.abs(high))) then return "" end      -- equal but for rounding: no bins between them
  local counts = sound:astype("float64"):flatten():histogram(bins or 16, low, high)
  local most, cells = counts:max(), {}
  for k = 1, #counts do
    cells[k] = counts[k] == 0 and " " or BLOCKS[math.min(8, 1 + math.floor(counts[k] / most * 7.999))]
  end
  return "|" .. table.concat(cells) .. "|"
end

--- A variable's value on one line: the number, or range, mean and distribution of an array.
---@param name string
---@param value number|boolean|Array
---@return string
function words.value(name, value)
  if not array.is(value) then return ("%s = %s"):format(name, type(value) == "number" and ("%.6g"):format(value) or tostring(value)) end
  if value:size() == 0 then return name .. ": no values" end
  local low, high = value:min(), value:max()
  if low == high then return ("%s = %.6g%s"):format(name, low, value:size() > 1 and " everywhere" or "") end
  return ("%s in %.6g .. %.6g, mean %.6g  %s"):format(name, low, high, value:mean(), words.distribution(value)):gsub("%s+$", "")
end

---@class Page  a text that prints itself: what net:describe(), net:explain() and their like give back
---@field text string
local Page = {}
function Page:__index(key)
  if Page[key] ~= nil then return Page[key] end
  local names = { "text" }
  for name in pairs(self) do if type(name) == "string" and name ~= "text" then names[#names + 1] = name end end
  return options.missing("page", key, names)
end
Page.__name = "lunapse.page"
function Page:__tostring() return self.text end

--- A page of these lines, with further fields for who wants the numbers.
---@param lines string[]
---@param fields? table
---@return Page
function words.page(lines, fields)
  local page = fields or {}
  page.text = options.printable(table.concat(lines, "\n"))
  return setmetatable(page, Page)
end

return words
