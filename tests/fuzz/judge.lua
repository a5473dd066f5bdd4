--- What no message may say, and whether two networks hold the same.
local stored = require "lunapse.network.stored"

local judge = {}

--- Signs that the inside shows. What the input itself says is no sign.
local SIGNS = {
  "attempt to ", "[%w_]+: 0x%x+", "lunapse/[%w_/]+%.lua:%d+", "lunapse%.core[%w_.]*", "lunapse%.[a-z_]+%.[a-z_]+", "%[C%]", "%f[%w_]_[a-z][%w_]*",
  "%f[%w]nil value", "field '%?'", "function '%?'", "to '%?'", "assertion failed", "stack overflow", "stack traceback",
  "error object is", "error in error handling", "src/[%w_/]+%.[ch]", "lua_[a-z]+", "upvalue", "HDF5%-DIAG", "H5[A-Z]_?[a-z_]+",
}
local MOST_LETTERS = 6000

--- Why a message is none for users; nil where it is one. `said`: the text of the input.
---@param message any
---@param said string
---@return string?
function judge.message(message, said)
  if type(message) ~= "string" then return ("the error is a %s: %s"):format(type(message), tostring(message)) end
  if #message > MOST_LETTERS + 2 * #said then return ("a message of %d letters: %s"):format(#message, message:sub(1, 200)) end
  for _, sign in ipairs(SIGNS) do
    local at = 1
    while true do
      local first, last = message:find(sign, at)
      if not first then break end
      if not said:find(message:sub(first, last), 1, true) then return "a message shows the inside: " .. message end
      at = last + 1
    end
  end
  if message:find "[\0-\8\11-\31\127]" then return ("a message holds control characters: %q"):format(message) end
  if not utf8.len(message) then return ("a message is no UTF-8: %q"):format(message) end
end

local function is_equal(a, b)
  if a == b then return true end
  if type(a) == "table" and type(b) == "table" then
    if #a ~= #b then return false end
    for k = 1, #a do if not is_equal(a[k], b[k]) then return false end end
    return true
  end
  return type(a) == "number" and type(b) == "number" and a ~= a and b ~= b      -- which NaN it is means nothing
end

local function values_of(x) return type(x) == "userdata" and x:table() or x end

--- The digest of a network. What a script keeps in it may be what cannot be stored: then it is compared without, and why comes second.
local function digest_of(net)
  local ok, digest = pcall(stored.digest, net)
  if ok then return digest end
  local kept = net._kept
  net._kept = {}
  local without = stored.digest(net)
  net._kept = kept
  return without, (digest:gsub("^[^\n]-%.lua:%d+: ", ""))
end

--- In what two networks made in the same way differ: "projection 'p', w"; nil where all is equal.
---@param one Network
---@param other Network
---@return string?
function judge.difference(one, other)
  local digest, why = digest_of(one)
  local other_digest, other_why = digest_of(other)
  if why ~= other_why then return ("one: %s; the other: %s"):format(why or "can be stored", other_why or "can be stored") end
  local names = stored.differences(digest, other_digest)
  if #names == 0 then return nil end
  local only_numbers = true
  for _, kind in ipairs(stored.kinds) do
    for k, object in ipairs(one[kind]) do
      local twin = other[kind][k]
      for name, a in pairs(rawget(object, "_arrays") or {}) do
        local b = twin and twin._arrays[name]
        if not b or not is_equal(values_of(a), values_of(b)) then only_numbers = false end
      end
    end
  end
  for _, name in ipairs(names) do only_numbers = only_numbers and name:find "_arrays/" ~= nil end
  if only_numbers then return nil end
  return table.concat(names, ", "):sub(1, 300)
end

return judge
