--- Points in parameter space: tables of one value for each name, in an order that does not change from run to run.
local options = require "lunapse.options"

local grid = {}

local function values_of(where, name, given)
  if type(name) ~= "string" then options.fail(("%s: names of parameters expected, got %s"):format(where, tostring(name))) end
  if type(given) ~= "table" and type(given) ~= "userdata" then return { given } end
  local list = {}
  for k = 1, #given do list[k] = given[k] end
  if #list == 0 then options.fail(("%s: '%s' has no values"):format(where, name)) end
  return list
end

--- Names and lists of values: the names in alphabetical order, or as `order` lists them.
local function read(where, given, order)
  if type(given) ~= "table" then options.fail(("%s: a table of lists expected, got %s"):format(where, type(given))) end
  local names, lists = {}, {}
  for name, values in pairs(given) do
    names[#names + 1], lists[name] = name, values_of(where, name, values)
  end
  if #names == 0 then options.fail(where .. ": no parameters") end
  table.sort(names)
  if not order then return names, lists end
  if type(order) ~= "table" then options.fail(("%s, order: a list of names expected, got %s"):format(where, type(order))) end
  local seen = {}
  for _, name in ipairs(order) do
    if not lists[name] then options.fail(("%s, order: %s"):format(where, options.unknown("parameter", name, names))) end
    if seen[name] then options.fail(("%s, order: '%s' is named twice"):format(where, name)) end
    seen[name] = true
  end
  if #order ~= #names then
    for _, name in ipairs(names) do
      if not seen[name] then options.fail(("%s, order: '%s' is missing"):format(where, name)) end
    end
  end
  return order, lists
end

--- All combinations: `lp.grid { Apre = { 1e-5, 0.1 }, ratio = { 1, 4 } }` gives { Apre = 1e-5, ratio = 1 }, { Apre = 1e-5, ratio = 4 },
--- { Apre = 0.1, ratio = 1 }, { Apre = 0.1, ratio = 4 }. Names vary in alphabetical order, the last one fastest (a Lua table does not remember how it
--- was written), or in that of `order`; values in the order given. A value that is no list stands in every point.
---@param given table<string, any[]|array|any>
---@param order? string[]  every name once, the last one fastest
---@return table<string, any>[]
function grid.grid(given, order)
  local names, lists = read("lp.grid", given, order)
  local points = { {} }
  for _, name in ipairs(names) do
    local wider = {}
    for _, point in ipairs(points) do
      for _, value in ipairs(lists[name]) do
        local copy = { [name] = value }
        for other, before in pairs(point) do copy[other] = before end
        wider[#wider + 1] = copy
      end
    end
    points = wider
  end
  return points
end

--- Values side by side: `lp.zip { A = { 1, 2 }, B = { 10, 20 } }` gives { A = 1, B = 10 }, { A = 2, B = 20 }. All lists have one length; a value that is
--- no list, or a list of one, stands in every point.
---@param given table<string, any[]|array|any>
---@return table<string, any>[]
function grid.zip(given)
  local names, lists = read("lp.zip", given)
  local n, longest = 1, nil
  for _, name in ipairs(names) do
    local size = #lists[name]
    if size > 1 and longest and size ~= n then
      options.fail(("lp.zip: '%s' has %d values, '%s' has %d"):format(name, size, longest, n))
    end
    if size > 1 then n, longest = size, name end
  end
  local points = {}
  for k = 1, n do
    local point = {}
    for _, name in ipairs(names) do
      local list = lists[name]
      if #list > 1 then point[name] = list[k] else point[name] = list[1] end
    end
    points[k] = point
  end
  return points
end

return grid
