--- .csv and .tsv: a row a line.
local array = require "lunapse.array"
local files = require "lunapse.core.files"
local options = require "lunapse.options"
local values = require "lunapse.data.values"

local csv = {}

-- ---- reading ----

--- Columns under their names; one without a name under its number.
local function by_name(path, columns, names)
  local result, seen = { columns = {} }, {}
  for k, column in ipairs(columns) do
    local name = names and names[k] ~= "" and names[k] or k
    if seen[name] then
      options.fail(("lp.read: '%s': columns %d and %d are both called '%s'; say { columns = { names } }"):format(path, seen[name], k, name))
    end
    seen[name] = k
    result.columns[k] = name
    if name ~= "columns" then result[name] = column end
  end
  if seen.columns then result.columns = columns[seen.columns] end   -- what the file says goes before what we add
  return result
end

local function columns_of(matrix)
  local _, n = matrix:shape()
  local columns = {}
  for k = 1, n do columns[k] = matrix:column(k) end
  return columns
end

function csv.read(path, opt, format)
  local given = opt.columns
  local columns, names = values.call("lp.read", files.csv_read, path, {
    separator = opt.separator or format.separator, decimal = opt.decimal, comment = opt.comment, header = opt.header, missing = opt.missing,
    skip = opt.skip and options.whole("lp.read", "skip", opt.skip, 0),
  })
  if array.is(columns) then
    if not given then return columns end
    columns = columns_of(columns)
  end
  if given and #given ~= #columns then
    options.fail(("lp.read: '%s' has %d columns, and option 'columns' has %d names"):format(path, #columns, #given))
  end
  return by_name(path, columns, given or names)
end

-- ---- writing ----

local function check_column(where, column)
  local shape = { column:shape() }
  if #shape ~= 1 then options.fail(("%s: a column has one axis, and this array has %d"):format(where, #shape)) end
  return column, shape[1]
end

--- A column as C takes it (an array, or a list of strings), and its length.
local function column_of(path, name, x)
  local where = ("lp.write: column '%s' of '%s'"):format(name, path)
  if not values.is_plain(x) or type(x[1]) ~= "string" then return check_column(where, values.array(where, x)) end
  for k = 1, #x do
    if type(x[k]) ~= "string" then options.fail(("%s: element %d is %s, and the first one is a text"):format(where, k, options.show(x[k]))) end
  end
  return x, #x
end

local function is_matrix(x)
  return array.is(x) or values.is_plain(x) and x.columns == nil and x[1] ~= nil and type(x[1]) ~= "string"
end

function csv.write(path, x, opt, format)
  local separator = opt.separator or format.separator or ","
  if #separator ~= 1 then options.fail(("lp.write: separator must be one character, got '%s'"):format(separator)) end
  if is_matrix(x) then
    local matrix = values.array(("lp.write: '%s'"):format(path), x)
    local shape = { matrix:shape() }
    if #shape > 2 then options.fail(("lp.write: '%s': a table has rows and columns, and this array has %d axes"):format(path, #shape)) end
    if not opt.columns then return values.call("lp.write", files.csv_write, path, separator, matrix) end
    if #shape == 1 then matrix = matrix:reshape(#matrix, 1) end
    local columns = columns_of(matrix)
    if #opt.columns ~= #columns then
      options.fail(("lp.write: the array has %d columns, and option 'columns' has %d names"):format(#columns, #opt.columns))
    end
    return values.call("lp.write", files.csv_write, path, separator, columns, opt.columns)
  end
  if not values.is_plain(x) then options.fail(("lp.write: '%s': an array or a table of columns expected, got %s"):format(path, options.show(x))) end
  local names = opt.columns or values.names(("lp.write: '%s'"):format(path), x)
  if #names == 0 then options.fail(("lp.write: '%s': the table is empty"):format(path)) end
  local columns, titles, n = {}, {}, nil
  for k, name in ipairs(names) do
    if x[name] == nil then options.fail(("lp.write: '%s': there is no column '%s'"):format(path, tostring(name))) end
    local length
    columns[k], length = column_of(path, name, x[name])
    n = n or length
    if length ~= n then
      options.fail(("lp.write: '%s': column '%s' has %d rows, and '%s' has %d"):format(path, tostring(name), length, tostring(names[1]), n))
    end
    titles[k] = type(name) == "string" and name or ""
  end
  values.call("lp.write", files.csv_write, path, separator, columns, opt.header ~= false and titles or nil)
end

return csv
