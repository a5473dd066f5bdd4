--- Live arrays: what users read by the name of a variable, and what becomes of what they write into it.
---
--- What a name reads as is decided by its model alone: a number where the model says that one value is for the whole population or projection,
--- else an array with a value for each neuron or synapse. Where one value stands for all, it is kept once; the elements get memory of their own
--- when somebody first writes to one, and every array that was handed out before follows.
---
--- A write takes effect or is refused: arrays that are copies carry what is written to where it belongs; what is computed in every step,
--- delivered or fixed says so. The library's own code writes to the arrays that objects hold, not to those that are handed out.
local guard = require "lunapse.core.guard"
local options = require "lunapse.options"
local planned = require "lunapse.network.planned"

local live = {}

local guards = setmetatable({}, { __mode = "k" })     -- array that was handed out -> its guard, which lives as long as it

local function watch(a, functions)
  guard.set(a, functions)
  guards[a] = functions
  return a
end

--- An array into which nobody may write: `why()` says it.
---@param a array      a copy, or a view for users alone
---@param why fun(): string
---@param own? array  through which the library itself writes
---@return array
function live.fixed(a, why, own)
  return watch(a, { before = function(written)
    if not own or not rawequal(written, own) then options.fail(why()) end
  end })
end

--- A copy that users may write to: `read()` gives its values, `write(copy)` takes them back.
---@param read fun(): array
---@param write fun(copy: array)
---@param way? { before?: fun(a: array), after?: fun(a: array), finite?: fun(a: array): string? }  what more is done around a write: before it is read anew, after it was changed; see guard.set
---@return array
function live.copy(read, write, way)
  local copy, is_ours = read(), false
  way = way or {}
  return watch(copy, {
    finite = way.finite,
    before = function(a)
      if is_ours then return end
      if way.before then way.before(a) end
      is_ours = true
      copy:assign(read())
      is_ours = false
      if way.keep then way.keep(a) end
    end,
    after = function(a)
      if is_ours then return end
      if way.after then way.after(a) end
      write(copy)
    end,
  })
end

--- Those elements of an array that have these numbers, as a copy: what is written into it goes to where it came from.
---@param a array
---@param index integer[]|array
---@return array
function live.picked(a, index)
  return live.copy(function() return a:take(index) end, function(part) a:put(index, part) end)
end

-- ---- variables ----

--- Is a variable one number by its model?
---@param v table
---@return boolean
function live.is_number(v) return v.scope == "uniform" and (v.flag_level == 0 or v.kind == "hidden") end

local function refuse(object, v)
  local why = object:_refusal(v.name)
  if why then options.fail(object:_where(v.name) .. " " .. why) end
end

--- Whose array it is, for messages about values that are not finite. The library itself writes through `own`: what it puts back is what was there.
local function owner_of(object, v, own)
  return function(written) return not rawequal(written, own) and object:_where(v.name) or nil end
end

--- What may not be put into an array of a variable, and why: functions (a) -> truth value for each element, message. (Numbers that are not finite are
--- refused before they are written: `finite` of guards.)
local function bounds_of(object, v)
  local least, list = object:_least(v.name), {}
  if v.is_int then list[#list + 1] = { function(a) return a:ne(a:floor()) end, "holds whole numbers (int)" } end
  if least then list[#list + 1] = { function(a) return ~a:ge(least) end, ("must be at least %g"):format(least) } end
  return list
end

--- Functions that keep what was there before a write, and look at what is there afterwards: what may not be there is taken back.
local function legal_numbers(object, v)
  local bounds, kept = bounds_of(object, v), nil
  return function(a) kept = #bounds > 0 and a:copy() end, function(a)
    if not kept then return end
    local before = kept
    kept = nil
    for _, bound in ipairs(bounds) do
      local bad = bound[1](a):flatten():find()
      if #bad > 0 then
        local value = a:flatten()[bad[1]]
        a:assign(before)
        options.fail(("%s %s, got %s"):format(object:_where(v.name), bound[2], options.show(value)))
      end
    end
  end
end

--- The array of a variable itself, as a view for users.
local function itself(object, v, a)
  local keep, check = legal_numbers(object, v)
  return watch(a:slice(1, #a), {
    finite = owner_of(object, v, a),
    before = function(written)
      if rawequal(written, a) then return end          -- the library itself
      refuse(object, v)
      keep(written)
    end,
    after = function(written)
      if not rawequal(written, a) then check(written) end
    end,
  })
end

--- One value for all elements: they get memory of their own when one is written.
local function repeated(object, v, a, scope)
  return watch(guard.repeated(a, object:_n_elements(scope)), {
    finite = owner_of(object, v, a),
    before = function(written)
      if rawequal(written, a) then return end
      refuse(object, v)
      object:_widen { [v.name] = scope }
      local next_guard = guards[live.read(object, v.name)]
      if next_guard and next_guard.before then next_guard.before(written) end
    end,
  })
end

--- A copy, of what is not kept in the order of the elements or stands at the time of its last event.
local function carried(object, v, read)
  local keep, check = legal_numbers(object, v)
  local function write(copy) object:_write_elements(v.name, copy) end
  return live.copy(read, write, { before = function() refuse(object, v) end, keep = keep, after = check, finite = owner_of(object, v) })
end

--- What users read by the name of a variable: a number, or an array with a value for each element.
---@param object Population|Projection
---@param name string
---@return number|array
function live.read(object, name)
  local v = object._compiled.variables_by_name[name]
  local a = object._arrays[v.seen or name]
  if live.is_number(v) then return a[1] end
  if object._net._is_plan then planned.refuse(object:_where(name)) end
  local read = object:_reading(v, a)
  if read then return carried(object, v, read) end
  local known = object._live[name]
  if known and rawequal(known.of, a) and known.n == object.size then return known.shown end
  local shown
  if v.scope == "uniform" then
    shown = repeated(object, v, a, object:_scope_of_flag(v))
  elseif v.is_int or object:_least(v.name) or object:_may_refuse(v) then
    shown = itself(object, v, a)
  else
    shown = watch(a:slice(1, #a), { finite = owner_of(object, v, a) })
  end
  object._live[name] = { shown = shown, of = a, n = object.size }
  return shown
end

--- The array of a variable gave way to another: what was handed out where one value stood for all elements follows, and what cannot says so when it is
--- written to.
---@param object Population|Projection
---@param name string
---@param before array
function live.follow(object, name, before)
  local known = object._live[name]
  if not known or not rawequal(known.of, before) then return end
  local v = object._compiled.variables_by_name[name]
  if guard.is_repeated(known.shown) and v.scope ~= "uniform" then
    local now = live.read(object, name)
    guard.move(before, now)
    guards[known.shown] = guards[now]          -- what guards the memory lives as long as what was handed out
    return
  end
  live.fixed(known.shown, function()
    return ("%s: this array was read when it had %d elements or another state was there: read it anew"):format(object:_where(name), known.n)
  end)
end

--- The object leaves its network: writing to what was handed out is refused from now on.
---@param object Population|Projection
---@param why string
function live.leave(object, why)
  for _, known in pairs(object._live) do live.fixed(known.shown, function() return why end) end
end

return live
