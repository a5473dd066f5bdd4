--- Populations of nodes or edges as tables: a row each, whose attributes are its own (in a group of HDF5, by `..._group_id` and `..._group_index`) or else those of
--- its type (in CSV, by `..._type_id`). Nodes and edges differ in the word that their names begin with.
local array = require "lunapse.core.array"
local hdf5 = require "lunapse.core.hdf5"
local lp = require "lunapse"
local options = require "lunapse.options"

local tables = {}

local MAGIC = 0x0A7A

-- ---- types ----

--- Fields of a line: blanks part them, quotes keep them together, a quote in quotes is written twice.
local function fields_of(line, fail)
  local fields, at = {}, 1
  while true do
    at = line:find("[^ \t]", at)
    if not at then return fields end
    local field, stop
    if line:sub(at, at) == '"' then
      local parts, from = {}, at + 1
      repeat
        local quote = line:find('"', from, true)
        if not quote then fail "the quote that begins here does not end" end
        parts[#parts + 1] = line:sub(from, quote - 1)
        local is_twice = line:sub(quote + 1, quote + 1) == '"'
        from = quote + (is_twice and 2 or 1)
      until not is_twice
      field, stop = table.concat(parts, '"'), from
    else
      field, stop = line:match("^([^ \t]+)()", at)
    end
    fields[#fields + 1] = field
    at = stop
  end
end

local is_missing = { NULL = true, NA = true, nan = true, NaN = true, [""] = true, None = true }

--- A number, where the text is one.
local function value_of(text)
  if is_missing[text] then return nil end
  return text:match "^[+-]?%.?%d[%w.+-]*$" and not text:find "[xX]" and tonumber(text) or text
end

--- What dynamics_params of a type name: a file with parameters by name.
local function read_parameters(where, path, name, components, row)
  local at = name:sub(1, 1) == "/" and name or (components or path:match "^(.*/)[^/]*$" or "") .. name
  local ok, content = pcall(lp.read, at, { format = "json" })
  if not ok then options.fail(("%s: '%s': dynamics_params: %s"):format(where, path, (tostring(content):gsub("^.-lp%.read: ", "")))) end
  for key, value in pairs(type(content) == "table" and content or {}) do
    if type(value) == "number" then row["dynamics_params/" .. key] = value end
  end
end

---@class SonataTypes
---@field path? string
---@field rows table<integer, table>[]   lists of rows by number of their type; several populations may use one number

local function add_row(types, where, line, row, word)
  local id = math.tointeger(row[word .. "_type_id"])
  if not id then
    options.fail(("%s: '%s', line %d: %s_type_id must be a whole number, got %s"):format(where, types.path, line, word, options.show(row[word .. "_type_id"])))
  end
  types.rows[id] = types.rows[id] or {}
  for _, other in ipairs(types.rows[id]) do
    if other.population == row.population then
      options.fail(("%s: '%s', line %d: %s type %d is there twice"):format(where, types.path, line, word, id))
    end
  end
  table.insert(types.rows[id], row)
end

--- Types from a CSV file.
local function read_types(where, path, word, components)
  local types = { path = path, rows = {} }
  if not path then return types end
  local file, why = io.open(path)
  local text = file and file:read "a"
  if file then file:close() end
  if not text then options.fail(("%s: cannot read '%s': %s"):format(where, path, file and "it is a folder" or why:find "No such" and "no such file" or why:gsub("^.*: ", ""))) end
  local header, number = nil, 0
  for line in (text .. "\n"):gmatch "(.-)\r?\n" do
    number = number + 1
    local fields = fields_of(line, function(what) options.fail(("%s: '%s', line %d: %s"):format(where, path, number, what)) end)
    if #fields > 0 and not header then
      header = fields
      local has_id = false
      for _, name in ipairs(header) do has_id = has_id or name == word .. "_type_id" end
      if not has_id then
        options.fail(("%s: '%s', line %d: there is no column '%s_type_id' between blanks (%s)"):format(where, path, number, word, table.concat(header, ", ")))
      end
    elseif #fields > 0 then
      if #fields ~= #header then
        options.fail(("%s: '%s', line %d has %d fields, and the header has %d"):format(where, path, number, #fields, #header))
      end
      local row = {}
      for k, name in ipairs(header) do row[name] = value_of(fields[k]) end
      if row.dynamics_params then read_parameters(where, path, tostring(row.dynamics_params), components, row) end
      row.dynamics_params = nil
      add_row(types, where, number, row, word)
    end
  end
  return types
end

--- The row of a type for a population: its own before one for all.
local function type_of(types, id, population)
  local best
  for _, row in ipairs(types.rows[id] or {}) do
    if row.population == population then return row end
    if row.population == nil or #types.rows[id] == 1 then best = row end
  end
  return best
end

-- ---- populations ----

---@class SonataTable
---@field name string
---@field path string
---@field size integer
---@field type_id array
---@field type_ids integer[]         those that occur, ascending
local Table = {}
Table.__index = Table

function Table:fail(text) options.fail(("%s: '%s': %s"):format(self.where, self.path, text)) end

--- A dataset of the population, or nil.
function Table:dataset(name)
  local at = self.group .. "/" .. name
  local info = self.file:info(at)
  if not info or info.kind == "group" then return nil end
  if info.kind == "empty" then return array.zeros(0) end
  local value = self.file:read(at)
  return type(value) == "number" and array.from { value } or type(value) == "string" and { value } or value
end

--- One of whole numbers, a row each.
function Table:column(name, is_needed)
  local value = self:dataset(name)
  if value == nil then
    if is_needed then self:fail(("'%s' has no '%s'"):format(self.group, name)) end
    return nil
  end
  if not array.is(value) or value:axes() ~= 1 or value:type():find "float" and not (value:floor() == value) then
    self:fail(("'%s/%s' must hold a whole number for each %s"):format(self.group, name, self.word))
  end
  if self.size and #value ~= self.size then self:fail(("'%s/%s' has %d rows, and '%s_type_id' has %d"):format(self.group, name, #value, self.word, self.size)) end
  return value:astype "int64"
end

--- Groups of rows: number -> { rows = array, index = array }, and the names of their attributes.
function Table:read_groups()
  local ids, index = self:column(self.word .. "_group_id"), self:column(self.word .. "_group_index")
  self.groups, self.names = {}, {}
  for _, item in ipairs(self.file:list(self.group)) do
    if item.kind == "group" and item.name:find "^%d+$" then self.groups[math.tointeger(item.name)] = { names = {} } end
  end
  local counted = 0
  for id, group in pairs(self.groups) do          -- their order leaves no trace
    local at = ("%s/%d"):format(self.group, id)
    group.rows = ids and ids:eq(id):find() or id == 0 and array.arange(1, self.size) or array.arange(1, 0)
    group.index = index and index:take(group.rows) + 1 or group.rows
    counted = counted + #group.rows
    for _, item in ipairs(self.file:list(at)) do
      if item.kind ~= "group" then group.names[item.name] = item end
    end
    local parameters = self.file:info(at .. "/dynamics_params")
    for _, item in ipairs(parameters and parameters.kind == "group" and self.file:list(at .. "/dynamics_params") or {}) do
      group.names["dynamics_params/" .. item.name] = item
    end
    local most, shortest = math.huge, nil
    for name, item in pairs(group.names) do
      local n = item.shape and item.shape[1] or 0
      self.names[name] = true
      if n < most or n == most and name > shortest then most, shortest = n, name end
    end
    if #group.rows > 0 and (group.index:min() < 1 or group.index:max() > most) then
      local worst = group.index:min() < 1 and group.index:min() or group.index:max()
      self:fail(("%s_group_index %d is not in group '%s'%s"):format(self.word, worst - 1, at, shortest and (", whose '%s' has %d rows"):format(shortest, most) or ""))
    end
  end
  if ids and counted ~= self.size then
    for k = 1, self.size do
      if not self.groups[ids[k]] then self:fail(("%s %d is in the group %d, and there is no '%s/%d'"):format(self.word, k - 1, ids[k], self.group, ids[k])) end
    end
  end
end

--- The types that occur.
function Table:read_types(types)
  self.type_ids, self.types = {}, {}
  local rest = self.type_id
  while #rest > 0 do
    local id = rest:min()
    self.type_ids[#self.type_ids + 1] = id
    rest = rest[rest:ne(id)]
    local row = type_of(types, id, self.name)
    if not row and types.path then
      local known = {}
      for number in pairs(types.rows) do known[#known + 1] = number end
      table.sort(known)
      self:fail(("%s type %d of '%s' is not in '%s' (known: %s)"):format(self.word, id, self.name, types.path, table.concat(known, ", ")))
    end
    self.types[id] = row or {}
    for name in pairs(self.types[id]) do self.names[name] = true end
  end
end

--- Rows of a type.
function Table:rows_of_type(id) return self.type_id:eq(id):find() end

--- Own values of a group, a row of the group each.
local function own(self, id, name)
  local at = ("%d/%s"):format(id, name)
  local value = self:dataset(at)
  local library = self.file:info(("%s/%d/@library/%s"):format(self.group, id, name)) and self:dataset(("%d/@library/%s"):format(id, name))
  if library and array.is(value) then          -- numbers of texts
    local texts = {}
    for k = 1, #value do
      texts[k] = library[math.tointeger(value[k]) + 1] or self:fail(("'%s/%s' has the number %g, and '@library/%s' has %d texts"):format(self.group, at, value[k], name, #library))
    end
    return texts
  end
  return value
end

--- A number for each row, NaN where it has none; nil where nobody has one.
---@param name string
---@return array?
function Table:numbers(name)
  if not self.names[name] then return nil end
  local result = array.full(0 / 0, self.size)
  for id, row in pairs(self.types) do
    if type(row[name]) == "number" then
      result:put(self:rows_of_type(id), row[name])
    elseif row[name] ~= nil then
      self:fail(("%s of %s type %d must be a number, got %s"):format(name, self.word, id, options.show(row[name])))
    end
  end
  for id, group in pairs(self.groups) do
    if group.names[name] and #group.rows > 0 then
      local value = own(self, id, name)
      if not array.is(value) then self:fail(("'%s/%d/%s' must hold numbers"):format(self.group, id, name)) end
      if value:axes() ~= 1 then self:fail(("'%s/%d/%s' must hold one number for each %s"):format(self.group, id, name, self.word)) end
      result:put(group.rows, value:take(group.index):astype "float64")
    end
  end
  return result
end

--- A text for each row, as a list in which rows without one have false; nil where nobody has one.
---@param name string
---@return (string|false)[]?
function Table:texts(name)
  if not self.names[name] then return nil end
  local result, ids = {}, self.type_id
  for k = 1, self.size do
    local value = self.types[ids[k]][name]
    result[k] = value ~= nil and tostring(value)
  end
  for id, group in pairs(self.groups) do
    if group.names[name] then
      local value = own(self, id, name)
      for k = 1, #group.rows do
        local text = value[group.index[k]]
        result[group.rows[k]] = not is_missing[text] and tostring(text)
      end
    end
  end
  return result
end

--- Rows that have one type and one model template: { type_id, template, rows }, in order.
function Table:classes()
  local list = {}
  local has_own = false
  for _, group in pairs(self.groups) do has_own = has_own or group.names.model_template or group.names.model_type end
  if not has_own then
    for k, id in ipairs(self.type_ids) do
      local row = self.types[id]
      list[k] = { type_id = id, template = row.model_template, model_type = row.model_type, rows = self:rows_of_type(id), type = row }
    end
    return list
  end
  local templates, kinds, by = self:texts "model_template" or {}, self:texts "model_type" or {}, {}
  for k = 1, self.size do
    local id, template, kind = self.type_id[k], templates[k] or nil, kinds[k] or nil
    local key = ("%d %s\0%s"):format(id, template or "", kind or "")
    if not by[key] then
      by[key] = { type_id = id, template = template, model_type = kind, rows = {}, type = self.types[id] }
      list[#list + 1] = by[key]
    end
    table.insert(by[key].rows, k)
  end
  for _, class in ipairs(list) do class.rows = array.from(class.rows, "int64") end
  return list
end

--- Parameters of rows by name, of those that have any: arrays, or numbers where all are equal; and which rows have none, by name.
function Table:parameters(rows)
  local found, lacking = {}, {}
  for name in pairs(self.names) do
    local short = name:match "^dynamics_params/(.+)$"
    local value = short and self:numbers(name):take(rows)
    local nan = value and value:isnan()
    if value and #rows > 0 and not nan:all() then
      found[short] = value:min() == value:max() and not nan:any() and value[1] or value
      if nan:any() then lacking[short] = nan end
    end
  end
  return found, lacking
end

-- ---- files ----

local function check_magic(where, path, file)
  local magic = file:info("", "magic") and file:attribute("", "magic")
  if magic and magic ~= MAGIC then options.fail(("%s: '%s' is no SONATA file: its attribute 'magic' is %s, not 0x%X"):format(where, path, tostring(magic), MAGIC)) end
end

--- The populations in a file.
---@param where string
---@param entry { file: string, types?: string }
---@param word "node"|"edge"
---@param components? string
---@return SonataTable[]
---@return Hdf5File file  to be closed
function tables.read(where, entry, word, components)
  local ok, file = pcall(hdf5.open, entry.file, "read")
  if not ok then options.fail(("%s: %s"):format(where, tostring(file))) end
  check_magic(where, entry.file, file)
  local root = word .. "s"
  local info = file:info(root)
  if not info or info.kind ~= "group" then options.fail(("%s: '%s' holds no %s: there is no group '%s' in it"):format(where, entry.file, root, root)) end
  local types, list = read_types(where, entry.types, word, components), {}
  for _, item in ipairs(file:list(root)) do
    if item.kind == "group" then
      local t = setmetatable({ where = where, path = entry.file, file = file, word = word, name = item.name, group = root .. "/" .. item.name, names = {} }, Table)
      t.type_id = t:column(word .. "_type_id", true)
      t.size = #t.type_id
      t:read_groups()
      t:read_types(types)
      list[#list + 1] = t
    end
  end
  if #list == 0 then options.fail(("%s: '%s' holds no population of %s"):format(where, entry.file, root)) end
  return list, file
end

--- All populations of several files, as a list with names; closing it closes the files.
function tables.read_all(where, entries, word, components)
  local files = {}
  local all = setmetatable({}, { __close = function()
    for _, file in ipairs(files) do file:close() end
  end })
  for _, entry in ipairs(entries) do
    local list, file = tables.read(where, entry, word, components)
    files[#files + 1] = file
    for _, t in ipairs(list) do
      if all[t.name] then options.fail(("%s: the population '%s' of %ss is in '%s' and in '%s'"):format(where, t.name, word, all[t.name].path, t.path)) end
      all[#all + 1], all[t.name] = t, t
    end
  end
  return all
end

-- ---- what a script says of them ----

--- What is given for a class of rows: by number of the type, template, or name of the population.
function tables.given(given, t, class)
  local value = given[class.type_id]
  if value == nil and class.template then value = given[class.template] end
  if value == nil then value = given[t.name] end
  return value
end

--- Every key means something.
function tables.check_keys(where, option, all, given)
  local known, is_known = {}, {}
  local function add(key)
    if key ~= nil and not is_known[key] then is_known[key], known[#known + 1] = true, tostring(key) end
  end
  for _, t in ipairs(all) do
    add(t.name)
    for _, class in ipairs(t:classes()) do
      add(class.type_id)
      add(class.template)
    end
  end
  for key in pairs(given) do
    if not is_known[key] then options.fail(("%s: option '%s': %s"):format(where, option, options.unknown("type, template or population", tostring(key), known))) end
  end
end

--- Parameters for a model from those in the files. `given` says where each comes from.
---@param where string   of whom, for messages
---@param checked table   the model
---@param given { parameters?: table, without?: string[] }
---@param found table<string, number|array>
---@param lacking table<string, array>   masks of rows that have no value
---@return table parameters
---@return table variables  to be set when the object is there
function tables.parameters_for(where, checked, given, found, lacking)
  local used, result = {}, {}
  local function names()
    local list = {}
    for name in pairs(found) do list[#list + 1] = name end
    return list
  end
  local function value_for(name, from)
    if found[from] == nil then options.fail(("%s: parameter '%s': dynamics_params: %s"):format(where, name, options.unknown("name", from, names()))) end
    used[from] = true
    local value = found[from]
    if not lacking[from] then return value end
    local own_one = checked.parameters_by_name[name]
    local default = own_one and type(own_one.default) == "number" and own_one.default
    if not default then options.fail(("%s: parameter '%s': some have no '%s' in dynamics_params, and the model no default"):format(where, name, from)) end
    return lacking[from]:select(default, value)
  end
  local view = setmetatable({}, { __index = function(_, from) return value_for(from, from) end })
  for name, source in pairs(given.parameters or {}) do
    if type(source) == "string" then source = value_for(name, source)
    elseif type(source) == "function" then source = source(view) end
    result[name], used[name] = source, true
  end
  for _, name in ipairs(given.without or {}) do
    if found[name] == nil then options.fail(("%s: without: dynamics_params: %s"):format(where, options.unknown("name", tostring(name), names()))) end
    used[name] = true
  end
  local variables, is_variable = {}, {}
  for _, v in ipairs(checked.variables) do is_variable[v.name] = true end
  local rest = names()
  table.sort(rest)
  for _, name in ipairs(rest) do
    if not used[name] then
      if not checked.parameters_by_name[name] and not is_variable[name] then
        local known = {}
        for _, p in ipairs(checked.parameters) do known[#known + 1] = p.name end
        for variable in pairs(is_variable) do known[#known + 1] = variable end
        options.fail(("%s: dynamics_params: model '%s': %s; parameters = { name = \"%s\" } says which one it is, without = { \"%s\" } that it is left out"):format(where,
          checked.name or "neuron", options.unknown("parameter", name, known), name, name))
      end
      result[name] = value_for(name, name)
    end
  end
  for name, value in pairs(result) do
    if is_variable[name] then result[name], variables[name] = nil, value end
  end
  return result, variables
end

return tables
