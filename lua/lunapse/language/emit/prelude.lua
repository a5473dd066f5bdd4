-- The part of the prelude that a generated file needs. The prelude (src/kernel/prelude_*.h) is a list of marked pieces that say what they need;
-- those that are wanted, directly or by others, are kept in order. A small kernel then has a small file, pleasant to read and quick to compile.
local emit_prelude = {}

local function words(text)
  local list = {}
  for word in text:gmatch("%S+") do list[#list + 1] = word end
  return list
end

-- The piece that a mark opens: "name", "name: others" or "name = single double".
local function piece_of(mark)
  local name, sign, rest = mark:match("^([%w_]+)([: ]?=?)(.*)$")
  local piece = { name = name, lines = {} }
  if sign == " =" then
    local single, double = table.unpack(words(rest))
    piece.by_precision = { float32 = single, float64 = double }
  else
    piece.needs = words(rest)
    if name:find("^lp_") then table.insert(piece.needs, "LP_FUNCTION") end
  end
  return piece
end

local read_already = {}

--- The pieces of a prelude, in order, also by name: { name, text, needs = list of names } or { name, by_precision = { float32, float64 } }.
---@param prelude string
---@return table
function emit_prelude.pieces(prelude)
  local pieces, current = read_already[prelude], nil
  if pieces then return pieces end
  pieces = {}
  for line in prelude:gmatch("([^\n]*)\n") do
    local mark = line:match("^/%*@ (.*) %*/$")
    if mark then
      current = piece_of(mark)
      pieces[#pieces + 1], pieces[current.name] = current, current
    elseif line == "" then
      current = nil
    elseif current then
      current.lines[#current.lines + 1] = line
    end
  end
  for _, piece in ipairs(pieces) do piece.text = table.concat(piece.lines, "\n") end
  read_already[prelude] = pieces
  return pieces
end

--- The pieces of `prelude` (text) that are wanted and those that they need, in order, for one precision ("float64" or "float32").
---@param prelude string
---@param wanted table<string, boolean>  names
---@param precision string
---@return string
function emit_prelude.select(prelude, wanted, precision)
  local pieces, has = emit_prelude.pieces(prelude), {}
  local function want(name)
    if has[name] then return end
    local piece = pieces[name] or error(("the prelude has no piece '%s'"):format(name))
    has[name] = true
    if piece.by_precision then return want(piece.by_precision[precision]) end
    for _, other in ipairs(piece.needs) do want(other) end
  end
  for name in pairs(wanted) do want(name) end
  local out = {}
  for _, piece in ipairs(pieces) do
    if has[piece.name] then
      out[#out + 1] = piece.by_precision and ("#define %s %s"):format(piece.name, piece.by_precision[precision]) or piece.text
    end
  end
  return table.concat(out, "\n")
end

return emit_prelude
