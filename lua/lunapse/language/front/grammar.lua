--- Tokens to trees: expressions, by precedence climbing.
---
---     expression  = "if" expression ":" expression "else" ":" expression | disjunction
---     or < and < not < comparison (no chains) < + - < * / < unary - < ^ (right-associative) < names, numbers, calls, parentheses
---
--- `**` becomes "^", `~=` becomes "!=", `is` becomes "==", `is not` becomes "!="; aliases of functions become their one name;
--- `ite(c, a, b)` becomes an `if`; min and max of more than two values become nested calls.
---
--- Passes over trees are recursive, and so is reading what is nested: parentheses, calls, signs, powers, `if`. How deep both may go is limited here; the field
--- `depth` of a node is the number of levels from it down.

local fail = require "lunapse.language.base.fail"
local functions = require "lunapse.language.base.functions"
local tree = require "lunapse.language.base.tree"

local grammar = { deepest_nesting = 1000 }

---@class Reader  a cursor over tokens
local Reader = {}
Reader.__index = Reader

--- A reader at the first token.
---@param toks Tokens
---@return Reader
function grammar.reader(toks)
  return setmetatable({ kind = toks.kind, value = toks.value, pos = toks.pos, stop = toks.stop, place = toks.place, at = 1, nesting = 0 }, Reader)
end

function Reader:span(k)
  k = k or self.at
  return { pos = self.pos[k], stop = self.stop[k] }
end

function Reader:fail(message, hint, k)
  fail.at(self.place, self:span(k), message, hint)
end

--- The words for the token at k, as an error names it.
function Reader:describe(k)
  local kind = self.kind[k]
  if kind == "end" then return "the end of the text" end
  if kind == "newline" then return self.place.text:sub(self.pos[k], self.pos[k]) == ";" and "';'" or "the end of the line" end
  return ("'%s'"):format(self.place.text:sub(self.pos[k], self.stop[k]))
end

--- The line that the token at k stands on.
function Reader:line(k)
  return (fail.line_of(self.place, self.pos[k]))
end

--- Complain that the token at hand does not fit, as precisely as what stands before it allows.
function Reader:unexpected(wanted)
  local kind, at = self.kind[self.at], self.at
  local before = at > 1 and self.kind[at - 1] or "newline"
  if kind == "elif" then self:fail("'elif' is not a word of the language", "write 'else: if c: a else: b'") end
  if kind == "else" then self:fail("'else' without 'if'", "write 'if c: a else: b'") end
  if kind == "=" then
    local open = self.open and self.open[#self.open]
    if open and self:line(open) < self:line(at) then
      self:fail("'(' is never closed", "a ')' is missing before the next statement", open)
    end
    if self.in_condition or open then self:fail("'=' assigns a value", "compare with '=='") end
    local line = self:line(at)
    for k = at - 1, 1, -1 do
      if self:line(k) < line then
        self:fail("'=' is not expected here", ("the line before ends with '%s', so it goes on here")
          :format(self.place.text:sub(self.pos[k], self.stop[k])))
      elseif self.kind[k] == "newline" then
        break
      end
    end
    self:fail("a second '='", "one '=' a statement; compare with '=='")
  end
  if (kind == "newline" or kind == "end") and self.open and self.open[1] then
    self:fail("'(' is never closed", "a ')' is missing", self.open[#self.open])
  end
  if (kind == "name" or kind == "if") and self.open and self.open[1] and self:line(at - 1) < self:line(at) then
    self:fail("'(' is never closed", "a ')' is missing before the next line", self.open[#self.open])
  end
  if wanted then self:fail(("%s expected, found %s"):format(wanted, self:describe(at)), "") end
  if kind == "name" or kind == "number" or kind == "(" then
    local left = at > 1 and self.place.text:sub(self.pos[at - 1], self.stop[at - 1]) or ""
    local right = self.place.text:sub(self.pos[at], self.stop[at])
    if before == "number" or before == ")" or (before == "name" and kind ~= "name") then
      self:fail(("'%s' follows '%s' without an operator"):format(right, left), ("did you mean '%s*%s'?"):format(left, kind == "(" and "(...)" or right))
    end
    self:fail(("'%s' follows '%s' without an operator"):format(right, left), "")
  end
  if kind == ")" then self:fail("')' without '('", "") end
  self:fail(("%s is not expected here"):format(self:describe(at)), "")
end

function Reader:expect(kind, wanted)
  if self.kind[self.at] ~= kind then self:unexpected(wanted or ("'%s'"):format(kind)) end
  self.at = self.at + 1
  return self.at - 1
end

--- Enter what is nested: parentheses, an argument list, the operand of a sign, an exponent, an `if`.
function Reader:enter(at)
  self.nesting = self.nesting + 1
  if self.nesting > grammar.deepest_nesting then
    self:fail(("nested more than %d levels deep"):format(grammar.deepest_nesting), "give inner parts names of their own, in lines before", at)
  end
end

function Reader:leave() self.nesting = self.nesting - 1 end

--- Note how deep a node is whose children are a, b, c.
function Reader:deep(node, a, b, c)
  local depth = a.depth or 1
  if b and (b.depth or 1) > depth then depth = b.depth end
  if c and (c.depth or 1) > depth then depth = c.depth end
  node.depth = depth + 1
  if depth >= tree.deepest then
    self:fail(("more than %d operations in a row"):format(tree.deepest - 1), "give parts of it names of their own, in lines before", self.at - 1)
  end
  return node
end

--- Left and right binding power of the binary operators.
local left_power = {
  ["or"] = 1, ["and"] = 2, ["<"] = 4, ["<="] = 4, [">"] = 4, [">="] = 4, ["=="] = 4, ["!="] = 4, ["~="] = 4, ["is"] = 4,
  ["+"] = 5, ["-"] = 5, ["*"] = 6, ["/"] = 6, ["//"] = 6, ["%"] = 6, ["^"] = 8, ["**"] = 8,
}
local not_power, minus_power = 3, 7
local plain = { ["**"] = "^", ["~="] = "!=" }

local function missing_operand(reader)
  local at = reader.at
  local kind = reader.kind[at]
  local before = at > 1 and reader.kind[at - 1]
  if kind == "if" then reader:fail("'if' inside an expression", "put it in parentheses: (if c: a else: b)") end
  if kind == "elif" or kind == "else" and before ~= ":" then reader:unexpected() end
  local span = kind == "end" and before and { pos = reader.stop[at - 1], stop = reader.stop[at - 1] } or reader:span()
  if before and before ~= "newline" then
    if kind == "newline" then span = reader:span(at - 1) end
    local left = reader.place.text:sub(reader.pos[at - 1], reader.stop[at - 1])
    local found = kind ~= "end" and kind ~= "newline" and (", found " .. reader:describe(at)) or ""
    fail.at(reader.place, span, ("an expression is missing after '%s'%s"):format(left, found), "")
  end
  fail.at(reader.place, span, "an expression is missing", "")
end

--- `name = value` in the arguments of a draw: the place of the argument, or "min" and "max", which clamp.
local function argument_place(reader, row, args)
  local at, name = reader.at, reader.value[reader.at]
  local known, place = {}, nil
  for k, names in ipairs(row.args) do
    known[#known + 1] = names[1]
    for _, one in ipairs(names) do place = place or one == name and k end
  end
  if not place and (name == "min" or name == "max") then place = name end
  if not place then reader:fail(("%s has no argument '%s'"):format(row.name, name), fail.suggest(name, known, "its arguments")) end
  if args[place] then reader:fail(("the argument '%s' is given twice"):format(name), "") end
  reader.at = at + 2
  return place
end

--- The arguments of a call. Those of draws may have names: Normal(mu = 0, sigma = 1).
local function read_arguments(reader, function_name)
  local args = {}
  local row = functions.rows[function_name]
  local has_names = false
  local open = reader.open
  open[#open + 1] = reader:expect "("
  if reader.kind[reader.at] == ")" then
    open[#open] = nil
    reader.at = reader.at + 1
    return args
  end
  local in_condition = reader.in_condition
  reader.in_condition = false
  reader:enter(open[#open])
  while true do
    if row and row.role == "draw" and reader.kind[reader.at] == "name" and reader.kind[reader.at + 1] == "=" then
      local place = argument_place(reader, row, args)
      args[place], has_names = reader:expression(), true
    elseif has_names then
      reader:fail("an argument without a name after one with a name", "give it a name, too")
    else
      args[#args + 1] = reader:expression()
    end
    if reader.kind[reader.at] ~= "," then break end
    reader.at = reader.at + 1
  end
  if reader.kind[reader.at] == "=" and reader.kind[reader.at - 1] == "name" then
    reader:fail("arguments have no names here", "give the values in order", reader.at - 1)
  end
  if reader.kind[reader.at] ~= ")" then
    if reader.kind[reader.at] == ":" then reader:fail("'(' is never closed", "a ')' is missing", open[#open]) end
    reader:unexpected()
  end
  for k = 1, has_names and row.least or 0 do
    if not args[k] then reader:fail(("%s: the argument '%s' is missing"):format(row.name, row.args[k][1]), row.doc) end
  end
  open[#open] = nil
  reader:leave()
  reader.at = reader.at + 1
  reader.in_condition = in_condition
  return args
end

--- The node of a call: one name for each function, `ite` and many-valued min and max rewritten.
local function make_call(reader, name, args, at)
  local alias = functions.aliases[name] and name
  name = functions.aliases[name] or name
  if name == "ite" and #args == 3 then return reader:deep(tree.conditional(args[1], args[2], args[3], at), args[1], args[2], args[3]) end
  if (name == "min" or name == "max") and #args > 2 then
    local node = args[1]
    for k = 2, #args do node = reader:deep(tree.call(name, { node, args[k] }, at), node, args[k]) end
    return node
  end
  local low, high = args.min, args.max
  args.min, args.max = nil, nil
  local node, deepest = tree.call(name, args, at), args[1]
  node.alias = alias
  for k = 2, #args do if (args[k].depth or 1) > (deepest.depth or 1) then deepest = args[k] end end
  if deepest then reader:deep(node, deepest) end
  -- the bound comes first, so that NaN stays NaN (back/lower.lua)
  if low then node = reader:deep(tree.call("max", { low, node }, at), node, low) end
  if high then node = reader:deep(tree.call("min", { high, node }, at), node, high) end
  return node
end

--- post.sum(exc): what arrived at a target of that neuron, its variable sum_exc. Nil where no such call stands.
local function of_target(reader, first)
  if reader.value[first + 2] ~= "sum" or reader.kind[first + 3] ~= "(" then return nil end
  local args = read_arguments(reader)
  local at = { pos = reader.pos[first], stop = reader.stop[reader.at - 1] }
  local argument = #args == 1 and args[1].kind == "name" and not args[1].base and args[1].name
  if not argument then fail.at(reader.place, at, ("%s.sum takes the name of a target"):format(reader.value[first]), "like post.sum(exc)") end
  return tree.name("sum_" .. argument, at, reader.value[first])
end

local function read_name(reader)
  local first = reader.at
  local name = reader.value[first]
  local kind = reader.kind[first + 1]
  reader.at = first + 1
  if reader.left_side and kind == "/" and reader.value[first + 2] == "dt" and name:find "^d." then
    reader.at = first + 3
    return { kind = "derivative", name = name:sub(2), pos = reader.pos[first], stop = reader.stop[first + 2] }
  elseif kind == "(" then
    local args = read_arguments(reader, name)
    return make_call(reader, name, args, { pos = reader.pos[first], stop = reader.stop[reader.at - 1], name_stop = reader.stop[first] })
  elseif kind == "." then
    reader.at = first + 2
    if reader.kind[first + 2] ~= "name" then
      reader:fail(("a name is missing after '%s.'"):format(name), "", first + 1)
    end
    reader.at = first + 3
    if reader.kind[first + 3] == "." then
      reader:fail("a name has one dot at most", "like pre.r", first + 3)
    end
    local target = of_target(reader, first)
    if target then return target end
    return tree.name(reader.value[first + 2], { pos = reader.pos[first], stop = reader.stop[first + 2] }, name)
  end
  return tree.name(name, { pos = reader.pos[first], stop = reader.stop[first] })
end

local function read_primary(reader)
  local at = reader.at
  local kind = reader.kind[at]
  if kind == "number" then
    reader.at = at + 1
    return tree.number(reader.value[at], reader:span(at))
  elseif kind == "name" then
    return read_name(reader)
  elseif kind == "true" or kind == "false" then
    reader.at = at + 1
    return tree.bool(kind == "true", reader:span(at))
  elseif kind == "(" then
    local open, in_condition = reader.open, reader.in_condition
    open[#open + 1] = at
    reader.at = at + 1
    reader:enter(at)
    local node = reader:expression()
    if reader.kind[reader.at] ~= ")" then reader:unexpected() end
    open[#open] = nil
    reader:leave()
    reader.in_condition = in_condition
    reader.at = reader.at + 1
    return node
  end
  missing_operand(reader)
end

--- Operators that stand for functions; `alias` is what was written, so that no function of a model takes their place.
local whole = {
  ["%"] = function(a, b) return { kind = "call", name = "mod", alias = "%", args = { a, b }, pos = a.pos, stop = b.stop } end,
  ["//"] = function(a, b) return { kind = "call", name = "floor", alias = "//", args = { tree.binary("/", a, b) }, pos = a.pos, stop = b.stop } end,
}

local read_binary

local function read_unary(reader, power)
  local at = reader.at
  local kind = reader.kind[at]
  if kind == "-" or kind == "+" then
    reader.at = at + 1
    reader:enter(at)
    local operand = read_binary(reader, math.max(power, minus_power))
    reader:leave()
    if kind == "+" then return operand end
    return reader:deep(tree.unary("-", operand, { pos = reader.pos[at], stop = operand.stop }), operand)
  elseif kind == "not" then
    if power > not_power then
      reader:fail("'not' inside a comparison or a sum", "put it in parentheses: (not a)")
    end
    reader.at = at + 1
    reader:enter(at)
    local operand = read_binary(reader, not_power)
    reader:leave()
    return reader:deep(tree.unary("not", operand, { pos = reader.pos[at], stop = operand.stop }), operand)
  end
  return read_primary(reader)
end

function read_binary(reader, power)
  local left = read_unary(reader, power)
  local compared
  while true do
    local at = reader.at
    local op = reader.kind[at]
    local binding = left_power[op]
    if not binding or binding < power then return left end
    if binding == 4 then
      if compared then
        reader:fail("comparisons do not chain", "write 'a < b and b < c'")
      end
      compared = true
    end
    reader.at = at + 1
    if op == "is" then
      op = "=="
      if reader.kind[reader.at] == "not" then
        op = "!="
        reader.at = reader.at + 1
      end
    end
    local right
    if binding == 8 then
      reader:enter(at)
      right = read_binary(reader, minus_power)
      reader:leave()
    else
      right = read_binary(reader, binding + 1)
    end
    if whole[op] then
      left = reader:deep(whole[op](left, right), left, right)
    else
      left = reader:deep({ kind = "binary", op = plain[op] or op, a = left, b = right, pos = left.pos, stop = right.stop }, left, right)
    end
  end
end

--- Read one expression and stand behind it. The caller says what may follow.
---@return table node
function Reader:expression()
  local at = self.at
  if self.kind[at] ~= "if" then return read_binary(self, 1) end
  local in_condition = self.in_condition
  self.at = at + 1
  self.in_condition = true
  self:enter(at)
  local cond = self:expression()
  self.in_condition = false
  if self.kind[self.at] ~= ":" then
    if self.kind[self.at] == "name" and self.value[self.at] == "then" then self:fail("'then' is written ':'", "if c: a else: b") end
    if self.kind[self.at] == "=" then self:fail("'=' assigns a value", "compare with '=='") end
    self:unexpected "':' after the condition"
  end
  self.at = self.at + 1
  local yes = self:expression()
  if self.kind[self.at] ~= "else" then
    local kind = self.kind[self.at]
    if kind == "newline" or kind == "end" or kind == ":" or kind == ")" or kind == "," then
      self:fail("'if' without 'else'", "every 'if' needs both values: if c: a else: b", at)
    end
    self:unexpected()
  end
  self.at = self.at + 1
  if self.kind[self.at] ~= ":" then
    self:fail("':' is missing after 'else'", "write 'else: value'", self.at - 1)
  end
  self.at = self.at + 1
  local no = self:expression()
  self:leave()
  self.in_condition = in_condition
  return self:deep({ kind = "if", cond = cond, yes = yes, no = no, pos = self.pos[at], stop = no.stop }, cond, yes, no)
end

--- Begin an expression afresh (forget open parentheses of an earlier statement).
function Reader:fresh()
  self.open, self.in_condition, self.nesting = {}, false, 0
end

return grammar
