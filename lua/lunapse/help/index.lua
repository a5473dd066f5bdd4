--- The index of everything public: functions, modules, classes with their methods, models, units, sections of the documents, each with its docstring.
local docstrings = require "lunapse.help.docstrings"
local host = require "lunapse.core.host"

local index = {}

local function path_of(module)
  local stem = host.folder .. "/lunapse/" .. module:gsub("%.", "/")
  local file = io.open(stem .. ".lua")
  if not file then return stem .. "/init.lua" end
  file:close()
  return stem .. ".lua"
end

--- The docstrings of a module of the library.
function index.docs_of(module) return docstrings.of_file(path_of(module)) or { list = {}, by_line = {}, by_name = {} } end

-- ---- what there is ----

--- The methods of a module's class that another's does not have.
local function own_methods(module, parent)
  local own, inherited = {}, require(parent).class
  for name, method in pairs(require(module).class) do
    if inherited[name] ~= method then own[name] = method end
  end
  return own
end

--- Classes: what an object is called in examples, where its class is, and in which files its methods stand.
local classes = {
  { name = "Network", var = "net", table = function() return require("lunapse.network.network").class end,
    files = { "network.network", "network.run", "network.stored", "network.recording", "network.poisson_input", "network.removal", "tell.describe", "tell.plan",
      "tell.explain", "tell.profile", "tell.report", "plot.show", "live" } },
  { name = "Population", var = "pop", table = function() return require("lunapse.network.population").class end, files = { "network.population" } },
  { name = "Cables", var = "cells", table = function() return own_methods("lunapse.network.cables", "lunapse.network.population") end, files = { "network.cables" } },
  { name = "Section", var = "section", table = function() return require("lunapse.cables.plot").class end, files = { "network.section", "cables.plot" } },
  { name = "Projection", var = "proj", table = function() return require("lunapse.network.projection").class end,
    files = { "network.projection", "network.weights", "network.between", "network.ends" } },
  { name = "Model", var = "model", table = function() return require("lunapse.network.model").class end, files = { "network.model" } },
  { name = "PoissonInput", var = "input", table = function() return require("lunapse.network.poisson_input").class end, files = { "network.poisson_input" } },
  { name = "Recording", var = "rec", table = function() return require("lunapse.network.recording").Recording end, files = { "network.recording" } },
  { name = "SpikeRecording", var = "spikes", table = function() return require("lunapse.network.recording").SpikeRecording end, files = { "network.recording" },
    also = function() return require "lunapse.analysis" end },
  { name = "Operation", var = "op", table = function() return require("lunapse.network.operation").class end, files = { "network.operation" } },
  { name = "LiveView", var = "view", table = function() return require("lunapse.live").LiveView end, files = { "live" } },
  { name = "Sweep", var = "s", table = function() return require("lunapse.sweep").class end, files = { "sweep" } },
  { name = "Fit", var = "fit", table = function() return require("lunapse.fit").class end, files = { "fit" } },
  { name = "Search", var = "search", table = function() return require("lunapse.fit.search").class end, files = { "fit.search" } },
  { name = "lunapse.Figure", var = "fig", table = function() return getmetatable(require("lunapse.plot.figure").new()) end,
    files = { "plot.figure", "plot.show" } },
  { name = "lunapse.Axes", var = "fig[1]", table = function() return require "lunapse.plot.axes" end, files = { "meta.axes", "plot.axes" }, inner = { new = true,
    next_color = true, next_shade = true, last_color = true, range_x = true, range_y = true } },
  { name = "SpikingNetwork", var = "snn", table = function() return require("lunapse.converter").SpikingNetwork end, files = { "converter" } },
  { name = "Logger", var = "log", table = function() return require("lunapse.logger").Logger end, files = { "logger" } },
  { name = "Array", var = "a", table = function() return require("lunapse.array").methods end, files = { "meta.array", "array" } },
  { name = "Sound", var = "snd", table = function() return require("lunapse.hearing").Sound end, files = { "hearing.sound" }, inner = { make = true, count = true } },
  { name = "HRTFSet", var = "set", table = function() return require("lunapse.hearing").HRTFSet end, files = { "hearing.hrtf" } },
  { name = "HRTF", var = "hrtf", table = function() return require("lunapse.hearing").HRTF end, files = { "hearing.hrtf" } },
  { name = "Source", var = "src", table = function() return require("lunapse.hearing").Source end, files = { "hearing.source", "hearing.compute" },
    inner = { class = true, new = true, derive = true } },
}

local function method_doc(class, name)
  for _, module in ipairs(class.files) do
    local docs = index.docs_of(module)
    local short = class.name:match "[^.]+$"
    local doc = docs.by_name[short .. ":" .. name] or docs.by_name[short .. "." .. name] or (class.name == "Array" and docs.by_name["methods:" .. name])
    if doc then return doc end
  end
end

local function class_doc(class)
  for _, module in ipairs(class.files) do
    local doc = index.docs_of(module).by_name[class.name]
    if doc and #doc.text > 0 then return doc end
  end
end

local function entry(kind, name, doc, more)
  local e = more or {}
  e.kind, e.name, e.doc = kind, name, doc
  return e
end

local function is_public(name) return type(name) == "string" and not name:find "^_" end

local function sorted_keys(t, keep)
  local names = {}
  for name, value in pairs(t) do
    if is_public(name) and keep(value, name) then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

local function is_function(value) return type(value) == "function" end

--- The docstring of a function of the library, by where it is defined; nil where there is none.
---@param f any
---@return Doc?
function index.doc(f)
  if type(f) ~= "function" then return nil end
  local info = debug.getinfo(f, "S")
  local path = info.source:match "^@(.*)$"
  local docs = path and docstrings.of_file(path)
  return docs and docs.by_line[info.linedefined] or nil
end

local function add_functions(list)
  local lp = require "lunapse"
  local places = getmetatable(lp).__places()
  local names = sorted_keys(places, function() return true end)
  for _, name in ipairs(names) do
    local value = lp[name]
    if is_function(value) then
      local doc = index.doc(value) or index.docs_of("meta.array").by_name["array." .. name] or index.docs_of("array").by_name["array." .. name]
      list[#list + 1] = entry("function", "lp." .. name, doc, { value = value, group = "lp" })
    elseif type(value) == "table" and name ~= "models" and name ~= "units" then
      list[#list + 1] = entry("module", "lp." .. name, index.docs_of(places[name][1]).list[1], { value = value, group = "lp." .. name })
      for _, field in ipairs(sorted_keys(value, is_function)) do
        local doc = index.doc(value[field]) or index.docs_of("meta.array").by_name["array." .. field]
        list[#list + 1] = entry("function", "lp." .. name .. "." .. field, doc, { value = value[field], group = "lp." .. name })
      end
    end
  end
  local hearing = require "lunapse.hearing"
  list[#list + 1] = entry("module", "lunapse.hearing", index.docs_of("hearing").list[1], { value = hearing, group = "lunapse.hearing" })
  for _, name in ipairs(sorted_keys(hearing, is_function)) do
    list[#list + 1] = entry("function", "hearing." .. name, index.doc(hearing[name]), { value = hearing[name], group = "lunapse.hearing" })
  end
end

local function add_classes(list)
  for _, class in ipairs(classes) do
    local methods = class.table()
    local short = class.name:match "[^.]+$"
    list[#list + 1] = entry("class", short, class_doc(class), { value = methods, var = class.var, group = short })
    local seen = {}
    local function add(name, value, doc)
      seen[name] = true
      list[#list + 1] = entry("method", class.var .. ":" .. name, doc, { value = value, class = short, group = short })
    end
    local names = sorted_keys(methods, is_function)
    if class.name == "Network" then
      for name in pairs(methods.__elsewhere) do
        if is_public(name) and rawget(methods, name) == nil then names[#names + 1] = name end
      end
      table.sort(names)
    end
    for _, name in ipairs(names) do
      if not (class.inner and class.inner[name]) then add(name, rawget(methods, name), method_doc(class, name)) end
    end
    if class.also then
      local more = class.also()
      for _, name in ipairs(sorted_keys(more, is_function)) do
        if not seen[name] and not name:find "^is_" and name ~= "class" then add(name, nil, index.doc(more[name])) end
      end
    end
  end
end

local function add_models(list)
  list[#list + 1] = entry("module", "lp.models", index.docs_of("models").list[1], { value = require "lunapse.models", group = "lp.models" })
  for name, value in pairs(require "lunapse.models") do
    list[#list + 1] = entry("model", "lp.models." .. name, index.docs_of("models." .. name).list[1], { value = value, group = "lp.models" })
  end
end

local function add_units(list)
  local lp = require "lunapse"
  local names = {}
  for name in pairs(lp.units) do names[#names + 1] = name end
  table.sort(names)
  local doc = index.docs_of("units").list[1]
  list[#list + 1] = entry("module", "lp.units", doc, { value = lp.units, group = "lp.units", names = names })
end

--- Sections of one document: the words before its first heading count as one, blocks of code as text.
local function read_sections(list, name, path)
  local title, text, is_code = nil, {}, false
  local function close()
    local where = title and ("docs/%s.md: %s"):format(name, title) or ("docs/%s.md"):format(name)
    if #text > 0 then list[#list + 1] = entry("page", where, { text = text, params = {}, returns = {} }) end
    text = {}
  end
  for line in io.lines(path) do
    if line:find "^```" then is_code = not is_code end
    local heading = not is_code and line:match "^##+%s+(.*)$"
    if heading then
      close()
      title = heading
    elseif not line:find "^```" and not (not is_code and line:find "^# ") and (line:find "%S" or #text > 0) then
      text[#text + 1] = line
    end
  end
  close()
end

--- Sections of all documents, so that every word that is explained somewhere is found. (api.md says what the docstrings say.)
local function add_pages(list)
  for _, folder in ipairs { host.folder .. "/../docs", host.folder .. "/../doc/lunapse/docs" } do
    local names = host.list_folder(folder) or {}
    table.sort(names)
    for _, file in ipairs(names) do
      local name = file:match "^(.*)%.md$"
      if name and name ~= "api" and name ~= "README" then read_sections(list, name, folder .. "/" .. file) end
    end
  end
end

local all

--- Everything public with its docstring (nil where there is none).
---@return table[] entries  { kind, name, doc, value }
function index.entries()
  if not all or host.is_debug then
    all = {}
    add_functions(all)
    add_classes(all)
    add_models(all)
    add_units(all)
    add_pages(all)
  end
  return all
end

--- Names of the fields of a class that stands as the type of an argument: "lunapse.FigureOptions", "NeuronDescription".
---@param name string
---@return string[]?
function index.class_fields(name)
  local doc = index.docs_of("plot.figure").by_name[name] or index.docs_of("language.base.parts").by_name[name]
  if not doc then return nil end
  local names = {}
  for k, field in ipairs(doc.fields) do names[k] = field.name:gsub("%?$", "") end
  return names
end

index.classes = classes

return index
