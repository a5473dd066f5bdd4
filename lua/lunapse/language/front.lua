local fail = require "lunapse.language.fail"
local statements = require "lunapse.language.statements"
local front = {}
front.fail = fail.at
local function place_of(text, part)
  if type(part) == "table" then return { kind = part.kind, name = part.name, part = part.part, text = text } end
  return { kind = part or "equation", text = text }
end
function front.statements(text, part) return statements.list(place_of(text, part)) end
function front.expression(text, part) return statements.expression(place_of(text, part)) end
return front
