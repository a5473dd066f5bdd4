--- .h5, .hdf5 and .mat (version 7.3): groups of datasets as nested tables.
local array = require "lunapse.array"
local core = require "lunapse.core.hdf5"
local options = require "lunapse.options"
local values = require "lunapse.data.values"

local hdf5 = {}

local DEEPEST = 100

local function join(group, name) return group == "" and name or group .. "/" .. name end

-- ---- what MATLAB writes: texts are arrays of uint16, cells are references, truths are bytes ----

local function attribute(file, path, name)
  return file:info(path, name) and file:attribute(path, name)
end

--- Units of UTF-16 from first to last as UTF-8.
local function utf8_of(units, first, last, step)
  local parts, k = {}, first
  while k <= last do
    local unit = units[k] & 0xffff
    local after = k + step <= last and units[k + step] & 0xffff
    if unit >= 0xd800 and unit < 0xdc00 and after and after >= 0xdc00 and after < 0xe000 then
      unit = 0x10000 + (unit - 0xd800 << 10) + (after - 0xdc00)
      k = k + step
    end
    parts[#parts + 1] = utf8.char(unit)
    k = k + step
  end
  return table.concat(parts)
end

--- A row of characters is a text, several rows are a list of texts. The file has the rows of MATLAB as columns.
local function text_of(units)
  if not array.is(units) then return utf8.char(units) end
  local n, rows = units:shape()
  rows = rows or 1
  local flat, list = units:flatten(), {}
  if rows == 1 then return utf8_of(flat, 1, n, 1) end
  for k = 1, rows do list[k] = utf8_of(flat, k, (n - 1) * rows + k, rows) end
  return list
end

local read_one

local function followed(reader, references)
  if type(references) == "string" then return read_one(reader, references) end
  local list = {}
  for k, reference in ipairs(references) do list[k] = followed(reader, reference) end
  return list
end

local function of_matlab(reader, path, info, value, class)
  local file = reader.file
  if attribute(file, path, "MATLAB_empty") then
    if class == "char" then return "" end
    if class == "cell" then return {} end
    if not array.is(value) then return value end
    local shape = {}
    for k = 1, #value do shape[k] = math.tointeger(value[#value + 1 - k]) end
    return array.zeros(shape)
  end
  if class == "char" and info.kind == "numbers" then return text_of(value) end
  if class == "logical" and array.is(value) then return value:ne(0) end
  if class == "logical" and math.type(value) then return value ~= 0 end
  if class == "cell" and info.kind == "references" then
    local rows = followed(reader, value)
    return type(rows) == "table" and #rows == 1 and values.is_plain(rows[1]) and type(value[1]) == "table" and rows[1] or rows
  end
  return value
end

-- ---- reading ----

--- Datasets and groups are read once, however many names they have: a file may link them to each other at will.
local function read_group(reader, path, depth)
  if depth > DEEPEST then options.fail(("lp.read: '%s': groups in groups in groups, more than %d deep"):format(reader.path, DEEPEST)) end
  local result, names = {}, {}
  local is_struct = reader.attributes[path] and reader.attributes[path].MATLAB_class == "struct"
  for _, item in ipairs(values.call("lp.read", reader.file.list, reader.file, path)) do
    local place = join(path, item.name)
    if item.kind == "broken" or item.kind == "other" or reader.open[item.id] then
      options.warn(("lp.read: '%s' in '%s' is left out: %s"):format(place, reader.path,
        item.kind == "broken" and "its link leads nowhere" or reader.open[item.id] and "it is a group that it is in itself" or "it holds nothing that can be read"))
    else
      local value = read_one(reader, place, item, depth)
      if is_struct and item.kind == "references" then value = followed(reader, value) end          -- the fields of several structs in one
      if value ~= nil then
        names[#names + 1] = item.name
        result[item.name] = value
      end
    end
  end
  if result.columns == nil then result.columns = names end
  return result
end

local function read_attributes(reader, path)
  local file, result = reader.file, nil
  for _, item in ipairs(values.call("lp.read", file.attributes, file, path)) do
    if item.kind ~= "other" then
      result = result or {}
      result[item.name] = values.call("lp.read", file.attribute, file, path, item.name)
    end
  end
  return result
end

function read_one(reader, path, info, depth)
  local file = reader.file
  info = info or values.call("lp.read", file.info, file, path)
  if not info then options.fail(("lp.read: cannot read '%s' in '%s': it is not there"):format(path, reader.path)) end
  local id = info.id
  if reader.open[id] then options.fail(("lp.read: cannot read '%s' in '%s': it leads back to itself"):format(path, reader.path)) end
  if reader.seen[id] == nil then
    local attributes = read_attributes(reader, path)
    reader.attributes[path] = attributes
    reader.open[id] = true
    local value
    if info.kind == "group" then
      value = read_group(reader, path, (depth or 0) + 1)
    else
      value = values.call("lp.read", file.read, file, path, reader.first, reader.count, reader.is_float)
      local class = attributes and attributes.MATLAB_class
      if type(class) == "string" then value = of_matlab(reader, path, info, value, class) end
    end
    reader.open[id] = nil
    reader.seen[id] = { value, attributes }
  end
  reader.attributes[path] = reader.seen[id][2]
  return reader.seen[id][1]
end

--- Names in the group in which `path` is looked for, as far as the way to it is there.
local function fail_missing(reader, path)
  local group, rest = "", path
  while true do
    local first, more = rest:match "^([^/]+)/+(.+)$"
    local info = first and reader.file:info(join(group, first))
    if not info or info.kind ~= "group" then break end
    group, rest = join(group, first), more
  end
  local known = {}
  for k, item in ipairs(reader.file:list(group)) do known[k] = join(group, item.name) end
  values.missing("lp.read", reader.path, join(group, rest), known)
end

function hdf5.read(path, opt)
  local file <close> = values.call("lp.read", core.open, path, "read")
  local reader = {
    file = file, path = path, is_float = opt.type ~= nil, seen = {}, open = {}, attributes = {},
    first = opt.first and options.whole("lp.read", "first", opt.first, 1), count = opt.count and options.whole("lp.read", "count", opt.count, 0),
  }
  local dataset = opt.dataset and opt.dataset:gsub("^/+", ""):gsub("/+$", "") or ""
  if (opt.first or opt.count) and dataset == "" then options.fail "lp.read: first and count are of a dataset: say which" end
  local info = values.call("lp.read", file.info, file, dataset)
  if not info then fail_missing(reader, dataset) end
  if (opt.first or opt.count) and info.kind == "group" then
    options.fail(("lp.read: '%s' in '%s' is a group, and first and count are of a dataset"):format(dataset, path))
  end
  local value = read_one(reader, dataset, info)
  if info.kind == "group" then return value, reader.attributes end
  return value, reader.attributes[dataset] or {}
end

-- ---- writing ----

local function is_list(x) return x[1] ~= nil and x.columns == nil end

local function write_one(writer, path, x)
  local file, kind = writer.file, type(x)
  local where = path == "" and ("lp.write: '%s'"):format(writer.path) or ("lp.write: '%s' in '%s'"):format(path, writer.path)
  if kind == "number" or kind == "string" or kind == "boolean" or array.is(x) then
    values.call("lp.write", file.write, file, path, x, writer.storage)
  elseif not values.is_plain(x) then
    options.fail(("%s: an array, a number, a text or a table expected, got %s"):format(where, options.show(x)))
  elseif is_list(x) and type(x[1]) == "string" then
    values.call("lp.write", file.write, file, path, x, writer.storage)
  elseif is_list(x) then
    values.call("lp.write", file.write, file, path, values.array(where, x), writer.storage)
  else
    if writer.open[x] then options.fail(("%s: the table holds itself"):format(where)) end
    writer.open[x] = true
    if path ~= "" then values.call("lp.write", file.group, file, path) end
    for _, name in ipairs(values.names(where, x)) do
      local text = tostring(name)
      if text == "" or text == "." or text:find("/", 1, true) or text:find("\0", 1, true) then
        options.fail(("%s: '%s' cannot be the name of a dataset"):format(where, text))
      end
      write_one(writer, join(path, text), x[name])
    end
    writer.open[x] = nil
  end
end

local function write_attributes(writer, all)
  local file = writer.file
  for _, path in ipairs(values.names("lp.write: attributes", all)) do
    local list = all[path]
    if not values.is_plain(list) then
      options.fail(("lp.write: attributes['%s']: a table of values by name expected, got %s"):format(path, options.show(list)))
    end
    for _, name in ipairs(values.names(("lp.write: attributes['%s']"):format(path), list)) do
      local x = list[name]
      if not array.is(x) and type(x) == "table" and type(x[1]) ~= "string" then x = values.array(("lp.write: attribute '%s' of '%s'"):format(name, path), x) end
      values.call("lp.write", file.set_attribute, file, path, name, x)
    end
  end
end

function hdf5.write(path, x, opt)
  local dataset = opt.dataset and opt.dataset:gsub("^/+", ""):gsub("/+$", "") or ""
  if dataset == "" and (not values.is_plain(x) or is_list(x)) then
    options.fail(("lp.write: '%s' holds values under names: write { name = x }, or say { dataset = name }"):format(path))
  end
  local storage = { chunk = opt.chunk and options.whole("lp.write", "chunk", opt.chunk, 1), compress = opt.compress }
  if type(opt.compress) == "number" then storage.compress = options.whole("lp.write", "compress", opt.compress, 0, 9) end
  local file <close> = values.call("lp.write", core.open, path, opt.append and "append" or "create")
  local writer = { file = file, path = path, storage = storage, open = {} }
  write_one(writer, dataset, x)
  if opt.attributes then write_attributes(writer, opt.attributes) end
  values.call("lp.write", file.close, file)
end

return hdf5
