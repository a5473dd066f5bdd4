--- Processes that work on points: each starts from the state of the script and hands a value back.
local array = require "lunapse.array"
local options = require "lunapse.options"
local process = require "lunapse.core.process"
local ranks = require "lunapse.ranks"

local workers = {}

-- ---- points as text ----

--- A value in a few words.
function workers.text_of(value)
  if math.type(value) == "float" then return ("%.6g"):format(value) end
  if array.is(value) then return "array " .. table.concat({ value:shape() }, " x ") end
  if type(value) == "function" or (type(value) == "table" and not (getmetatable(value) or {}).__tostring) then return "a " .. type(value) end
  return tostring(value)
end

--- The keys of a table, in order.
function workers.names_of(point)
  local names = {}
  for name in pairs(point) do names[#names + 1] = name end
  table.sort(names, function(a, b)
    if type(a) == "number" and type(b) == "number" then return a < b end
    return tostring(a) < tostring(b)
  end)
  return names
end

local MOST_PARTS, DEEPEST = 12, 3

--- A table with its fields, those that are tables too within braces.
function workers.describe(point, depth)
  depth = depth or 1
  if type(point) ~= "table" then return workers.text_of(point) end
  local parts = {}
  for k, name in ipairs(workers.names_of(point)) do
    if k > MOST_PARTS then
      parts[k] = "..."
      break
    end
    local value = point[name]
    local is_shown = type(value) == "table" and getmetatable(value) == nil
    local text = not is_shown and workers.text_of(value) or depth < DEEPEST and "{ " .. workers.describe(value, depth + 1) .. " }" or "{ ... }"
    parts[k] = math.type(name) == "integer" and text or ("%s = %s"):format(name, text)
  end
  return table.concat(parts, ", ")
end

-- ---- working ----

--- How many processes: what was asked for, else as many as there are processors, which the ranks on a machine share.
---@param where string
---@param given? any
---@return integer
function workers.count(where, given)
  return options.whole(where, "workers", given or math.max(1, process.processors() // ranks.here()), 1, 1000)
end

--- What a process that has ended gave: a value, or nil and how it failed. What of the library it had to load is loaded here, so that those that start from now on have it: to load what a network
--- needs takes longer than many a point.
local function result_of(handle)
  local ok, value, loaded = handle:result()
  if loaded and loaded ~= "" then
    for name in loaded:gmatch "[^\n]+" do require(name) end
    collectgarbage()          -- a process that collects garbage soon after its start writes to, and so copies, all memory that it shares with us
  end
  if ok then return value end
  local failure = { message = value }
  if type(value) == "table" then      -- the trace goes down to `run`; what is below it is the library's own
    failure.message, failure.error = value.value and "{ " .. workers.describe(value.value) .. " }" or value.message, value.value
    failure.traceback = value.traceback:gsub("\n%s*%[C%]: in %?\n%s*%[C%]: in function 'lunapse.core.process.*$", "")
  end
  return nil, failure
end

--- Points first, first + every, ...
local function work_alone(points, run, n, finish, every, first)
  local slots, point_of, next_point, done = {}, {}, first, 0
  local n_own = (#points - first) // every + 1
  local guard <close> = setmetatable({}, { __close = function()   -- an error, Ctrl-C: nobody is left behind
    for _, handle in ipairs(slots) do
      if handle then handle:stop() end
    end
  end })
  for s = 1, n do slots[s] = false end
  while done < n_own do
    for s = 1, n do
      if not slots[s] and next_point <= #points then
        point_of[s], slots[s] = next_point, process.start(run, points[next_point], next_point)
        next_point = next_point + every
      end
    end
    local s = process.wait(slots, 500)
    if s then
      finish(point_of[s], result_of(slots[s]))
      slots[s]:stop()
      slots[s], done = false, done + 1
    end
  end
  return guard
end

--- Call `run(point, k)` for all points, `n` processes at a time, and take results as they come: `finish(k, value, failure)` is called for each. Ranks share the points
--- and then tell each other what they have found: all have all results, in the order of the points.
---@param points any[]
---@param run fun(point: any, k: integer): any
---@param n integer
---@param finish fun(k: integer, value: any, failure?: { message: string, traceback?: string, error?: table })
function workers.work(points, run, n, finish)
  if ranks.n() == 1 then
    work_alone(points, run, n, finish, 1, 1)
    return
  end
  local found, all = {}, {}
  ranks.settle()
  work_alone(points, run, n, function(k, value, failure) found[#found + 1] = { k = k, value = value, failure = failure } end, ranks.n(), ranks.me() + 1)
  for _, list in ipairs(ranks.gather("the results of a sweep", found)) do
    for _, result in ipairs(list) do all[result.k] = result end
  end
  for k, result in ipairs(all) do finish(k, result.value, result.failure) end
end

return workers
