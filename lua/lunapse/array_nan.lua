--- Reductions that leave out what is nan: `a:nanmean(axis)` and the like, as numpy has them. Without an axis over all elements, with one over each line along it;
--- where nothing but nan is, nan (a sum is 0, a product 1). What every method does is written in `lunapse/meta/array.lua`.

local array = require "lunapse.core.array"
local options = require "lunapse.options"

local methods = array.methods

local nothing = array.full(0 / 0, 1)[1]          -- an element that is nan has no sign; 0/0 has one on some machines, and shows it

local function filled(a, x) return a:where(~a:isnan(), x) end

--- How many there are: a number, or an array with one for each line along the axis.
local function counted(a, axis) return (~a:isnan()):count(axis) end

--- A result where it was made of anything, else nan.
local function known(result, n)
  if array.is(n) then return result:where(n:gt(0), nothing) end
  return n > 0 and result or nothing
end

--- What stands for each line, laid along the axis again.
local function along(result, axis) return axis and array.is(result) and result:expand(axis) or result end

function methods:nansum(axis) return filled(self, 0):sum(axis) end
function methods:nanprod(axis) return filled(self, 1):prod(axis) end

function methods:nanmean(axis)
  local n = counted(self, axis)
  return known(filled(self, 0):sum(axis) / n, n)
end

--- An axis counted from the end, as the one that it is.
local function from_first(a, axis) return axis and axis < 0 and a:axes() + 1 + axis or axis end

function methods:nanvar(axis, freedom)
  axis = from_first(self, axis)
  local n = counted(self, axis)
  local apart = self - along(self:nanmean(axis), axis)
  return known(filled(apart * apart, 0):sum(axis) / (n - (freedom or 0)), n)
end

function methods:nanstd(axis, freedom)
  local var = self:nanvar(axis, freedom)
  return array.is(var) and var:sqrt() or math.sqrt(var)
end

function methods:nanmin(axis) return known(filled(self, math.huge):min(axis), counted(self, axis)) end
function methods:nanmax(axis) return known(filled(self, -math.huge):max(axis), counted(self, axis)) end

--- One quantile of each row, whose elements ascend, nan last; `n`: how many are not nan.
local function of_rows(rows, n, q)
  local _, width = rows:shape()
  local place = (n - 1):clip(0, math.huge) * q
  local low = place:floor()
  local first = (array.arange(0, #rows - 1) * width + low + 1):astype "int64"
  local flat = rows:flatten()
  local under, over = flat:take(first), flat:take((first + (place:gt(low)):astype "int64"))
  return known(under + (over - under) * (place - low), n)
end

function methods:nanquantile(q, axis)
  local list = array.is(q) and q or type(q) == "table" and array.from(q)
  if list then
    local parts = {}
    for k, each in ipairs(list:flatten():table()) do
      local part = self:nanquantile(each, axis)
      parts[k] = array.is(part) and part or array.from { part }
    end
    return axis and self:axes() > 1 and array.stack(parts, 1) or array.join(parts)
  end
  options.number("nanquantile", "q", q, 0, 1)
  axis = from_first(self, axis)
  if not axis or self:axes() == 1 then
    local there = self:flatten()
    there = there[~there:isnan()]
    return #there > 0 and there:quantile(q) or nothing
  end
  local order = {}
  for d = 1, self:axes() do if d ~= axis then order[#order + 1] = d end end
  order[#order + 1] = axis
  local lines = self:transpose(table.unpack(order)):sort(-1)
  local shape = { lines:shape() }
  local width = table.remove(shape)
  if width == 0 then return array.full(0 / 0, table.unpack(shape)) end
  local rows = lines:reshape(lines:size() // width, width)
  return of_rows(rows, counted(rows, 2), q):reshape(table.unpack(shape))
end

function methods:nanmedian(axis) return self:nanquantile(0.5, axis) end
