-- The part of the prelude that a generated file needs: the prelude's text is cut into definitions, and those that are used, directly or
-- by others, are kept in order. A small kernel then has a small file, which is pleasant to read and quick to compile.
local emit_prelude = {}

local function identifiers(text)
  local seen = {}
  for word in text:gmatch("%f[%w_][lL][pP][%w_]*") do seen[word] = true end
  return seen
end

-- The name that a chunk defines. Chunks are: a macro, a function, a type.
local function defined_name(line, chunk)
  return line:match("^#define%s+([%w_]+)") or line:match("%f[%w_](lp_[%w_]+)%(") or chunk:match("([%w_]+);%s*$")
end

local function is_start(line)
  return line:find("^LP_FUNCTION") or line:find("^static inline") or line:find("^#define") or line:find("^typedef") or line:find("^/%*")
end

-- Cut the text at lines that begin a definition; a comment belongs to what follows it. Include guards and headings are dropped.
local function cut(text)
  local chunks, comment, current = {}, {}, nil
  local function close()
    if not current then return end
    local body = table.concat(current, "\n")
    local code = body:gsub("/%*.-%*/", ""):gsub("%s+$", "")
    chunks[#chunks + 1] = { name = defined_name(current.first, code), text = body, uses = identifiers(code) }
    current = nil
  end
  local in_comment = false
  for line in text:gmatch("([^\n]*)\n") do
    if in_comment then
      comment[#comment + 1] = line
      in_comment = not line:find("%*/")
    elseif line == "" or line:find("^#ifndef") or line:find("^#endif") or line:find("^#define LUNAPSE_") then
      close()
      comment = {}
    elseif line:find("^/%*") then
      close()
      comment = line:find("^/%* %-%-%-%-") and {} or { line }
      in_comment = not line:find("%*/")
    elseif is_start(line) then
      close()
      current = comment
      current.first = line
      current[#current + 1] = line
      comment = {}
    elseif current then
      current[#current + 1] = line
    end
  end
  close()
  return chunks
end

local cached = {}

--- The definitions of `prelude` (text) that `body` needs, in order, for one precision ("float64" or "float32").
--- Names that stand for both precisions become plain macros for the one wanted.
---@param prelude string
---@param body string
---@param precision string
---@return string
function emit_prelude.select(prelude, body, precision)
  local chunks = cached[prelude]
  if not chunks then
    chunks = cut(prelude)
    cached[prelude] = chunks
  end
  local by_name, wanted, generic = {}, {}, {}
  for _, chunk in ipairs(chunks) do
    if chunk.name then by_name[chunk.name] = chunk end
    if not (chunk.name and chunk.name:find("^[lL][pP]")) then wanted[chunk] = true end   -- types of the arguments
  end
  local function want(name)
    local chunk = by_name[name]
    if not chunk or wanted[chunk] or generic[name] then return end
    local single, double = chunk.text:match("LP_BY_TYPE%(%w+, ([%w_]+), ([%w_]+)%)")
    if single and name ~= "LP_BY_TYPE" then
      generic[name] = precision == "float32" and single or double
      want(generic[name])
      return
    end
    wanted[chunk] = true
    for other in pairs(chunk.uses) do want(other) end
  end
  for name in pairs(identifiers(body)) do want(name) end
  local out = {}
  for _, chunk in ipairs(chunks) do
    if wanted[chunk] then
      out[#out + 1] = chunk.text
    elseif generic[chunk.name] then
      out[#out + 1] = ("#define %s %s"):format(chunk.name, generic[chunk.name])
    end
  end
  return table.concat(out, "\n")
end

return emit_prelude
