--- Cables: populations of neurons with a shape. A cell is a tree of compartments, each an element of the population, with the model's equations; what flows along the tree
--- is solved in every step (language/back/solver_cable.lua, kernel/tree.h).
---
--- Element c of compartment k has the number (k - 1) * cells + c: what is one compartment of all cells, or a section, is a slice.
local array = require "lunapse.core.array"
local membrane = require "lunapse.language.front.membrane"
local object = require "lunapse.network.object"
local options = require "lunapse.options"
local population = require "lunapse.network.population"
local section = require "lunapse.network.section"
local view = require "lunapse.network.view"

--- Neurons with a shape. What any population has, by compartments; sections are its fields, `cells.soma.v`, `cells.dend[1]`.
---@class Cables: Population
---@field cells integer         how many neurons
---@field compartments integer  how many each has
---@field Ra number             ohm cm
---@field morphology Section    their shape, as it was when they were made
local Cables = object.class(population.class, "population", {
  _shape = { "given", "the compartments of a cell and their tree, as a shape describes them" },
  _theta = { "given", "how far the step of the cable looks ahead: 1 or 1/2" },
  _spikes = { "given", "first and last compartment that may spike" },
  _by_path = { "made", "path of a section, every part numbered -> its number in the shape" },
})

Cables._named = { name = true, size = true, geometry = true, cells = true, compartments = true, Ra = true, morphology = true }

Cables._kind = "cables"
Cables._words = { unit = "compartment" }

local cables = {}

--- Current along a branch, in uA/cm2 um2, of 1 mV over 1 ohm cm and a reach of 1/um.
local CONDUCTANCE = 1e7

local thetas = { implicit = 1, ["crank-nicolson"] = 0.5 }

function Cables:_what() return ("model %s, %d cell%s of %d compartments"):format(self._model.name, self.cells, self.cells == 1 and "" or "s", self.compartments) end

function Cables:_add_use(use, key)
  population.class._add_use(self, use, key)
  use.cable = { size = self._shape.n, cells = self.cells, parent = self._shape.parent, place = self._shape.place, theta = self._theta }
  key.cable = use.cable
end

function Cables:_elements(entry)
  if entry.over == "cells" then return 1, self.cells end
  return population.class._elements(self, entry)
end

--- A value for each compartment, for all cells.
local function for_elements(self, list)
  return (array.from(list):reshape(self.compartments, 1) + array.zeros(1, self.cells)):flatten()
end

function Cables:_fill_hidden(v, a)
  local shape = self._shape
  if membrane.places[v.name] then
    a:assign(for_elements(self, shape[v.name]))
  elseif v.name == "_coupling" then
    for k, reach in ipairs(shape.reach) do a[k] = k > 1 and CONDUCTANCE / (self.Ra * reach) or 0 end
  elseif v.name == "_spikes_from" then
    a:fill((self._spikes[1] - 1) * self.cells + 1)
  elseif v.name == "_spikes_to" then
    a:fill(self._spikes[2] * self.cells)
  else
    population.class._fill_hidden(self, v, a)
  end
end

function Cables:_refusal(name)
  if membrane.places[name] then return "is that of the shape: it is set when the cables are made" end
  return population.class._refusal(self, name)
end

-- ---- places ----

--- A path with a number in every part and without the root: "soma.dend" -> "dend[1]".
local function numbered(shape, path)
  local root = shape.sections[1].name
  local rest = path
  if path == root or path == root .. "[1]" then return "" end
  if path:sub(1, #root + 1) == root .. "." then rest = path:sub(#root + 2) end
  return (rest:gsub("[^.]+", function(part) return part:find "%[%d+%]$" and part or part .. "[1]" end))
end

local function index_paths(shape)
  local index = { [""] = 1 }
  for k = 2, #shape.sections do index[numbered(shape, shape.sections[k].path)] = k end
  return index
end

--- The number of a section of the shape.
local function section_number(self, where, path)
  if type(path) ~= "string" then options.fail(("%s: the name of a section expected, such as \"%s\", got %s"):format(where, self._shape.sections[1].path, options.show(path))) end
  local number = self._by_path[numbered(self._shape, path)]
  local found = number and self._shape.sections[number]
  if found and found.path:find "%[%d+%]$" and not path:find "%]$" then
    options.fail(("%s: there are several sections '%s': say which, '%s'"):format(where, path, found.path))
  end
  if found then return number, found end
  local paths = {}
  for k, s in ipairs(self._shape.sections) do paths[k] = s.path end
  return options.fail(("%s: %s"):format(where, options.unknown("section", path, paths)))
end

--- The compartment at a part of a section's length.
local function compartment_at(self, where, path, x)
  local _, s = section_number(self, where, path)
  x = options.number(where, "the place on the section", x == nil and 0.5 or x, 0, 1)
  return math.min(s.last, s.first + math.floor(x * (s.last - s.first + 1)))
end

--- Compartments of all cells as a view: those of a list, ascending.
local function view_of(self, where, list)
  if #list == 0 then options.fail(where .. ": no compartment lies there") end
  local cells = self.cells
  if list[#list] - list[1] + 1 == #list then return view.slice(self, (list[1] - 1) * cells + 1, list[#list] * cells) end
  local index = {}
  for _, k in ipairs(list) do
    for c = 1, cells do index[#index + 1] = (k - 1) * cells + c end
  end
  return view.select(self, index)
end

--- The compartment at a part `x` of a section's length (0..1, the middle unless given), of all cells: `cells:at("dend[1]", 0.5).v`.
---@param path string
---@param x? number
---@return PopulationView
--- Errors: "cables 'cells', at: unknown section 'dent': did you mean 'dend'?".
function Cables:at(path, x)
  local where = ("cables '%s', at"):format(self.name)
  return view_of(self, where, { compartment_at(self, where, path, x) })
end

--- A section and all that is joined to it, of all cells.
---@param path string
---@return PopulationView
function Cables:tree(path)
  local where = ("cables '%s', tree"):format(self.name)
  local number = section_number(self, where, path)
  local list, is_in = {}, { [number] = true }
  for k, s in ipairs(self._shape.sections) do
    is_in[k] = is_in[k] or is_in[s.parent]
    if is_in[k] then for j = s.first, s.last do list[#list + 1] = j end end
  end
  return view_of(self, where, list)
end

--- Compartments whose middles lie from `from` to `to` um along the cable from the beginning of the root, of all cells: all, or those of a section and what is joined
--- to it.
---@param from number
---@param to? number  the end, unless given
---@param path? string
---@return PopulationView
function Cables:between(from, to, path)
  local where = ("cables '%s', between"):format(self.name)
  options.number(where, "the first distance", from, 0, math.huge)
  to = options.number(where, "the second distance", to or math.huge, from, math.huge, false, true)
  local list, is_in = {}, path and { [section_number(self, where, path)] = true }
  for k, s in ipairs(self._shape.sections) do
    if is_in then is_in[k] = is_in[k] or is_in[s.parent] end
    for j = s.first, s.last do
      if (not is_in or is_in[k]) and self._shape.distance[j] >= from and self._shape.distance[j] <= to then list[#list + 1] = j end
    end
  end
  return view_of(self, where, list)
end

--- All compartments of one cell, in the order of the shape.
---@param cell integer
---@return PopulationView
function Cables:cell(cell)
  options.whole(("cables '%s', cell"):format(self.name), "the number of the cell", cell, 1, self.cells)
  if self.cells == 1 then return view.slice(self, 1, self.size) end
  local index = {}
  for k = 1, self.compartments do index[k] = (k - 1) * self.cells + cell end
  return view.select(self, index)
end

--- Views of the sections, each with those that are joined to it by name.
local function section_views(self)
  local where, sections, children = self:_title(), self._shape.sections, {}
  for k, s in ipairs(sections) do
    children[k] = {}
    if k > 1 then table.insert(children[s.parent], k) end
  end
  --- Those of a list of sections, as one view.
  local function joined(name, numbers)
    local list = {}
    for _, k in ipairs(numbers) do
      for j = sections[k].first, sections[k].last do list[#list + 1] = j end
    end
    local made = view_of(self, where, list)
    made:_name(("%s.%s"):format(self.name, name))
    return made
  end
  local function view_of_section(k)
    local made, by_name, order = joined(sections[k].path, { k }), {}, {}
    made._parts = { made }
    for _, child in ipairs(children[k]) do
      local name = sections[child].name
      if not by_name[name] then by_name[name], order[#order + 1] = {}, name end
      table.insert(by_name[name], child)
    end
    for _, name in ipairs(order) do
      local same = by_name[name]
      local path = k == 1 and name or sections[k].path .. "." .. name
      local all = #same == 1 and view_of_section(same[1]) or joined(path, same)
      if #same > 1 then
        all._parts = {}
        for j, child in ipairs(same) do all._parts[j] = view_of_section(child) end
      end
      made._parts[name] = all
    end
    return made
  end
  return view_of_section(1)
end

--- Sections are read as fields: no variable, method or field may have the name of one.
local function check_names(where, shape, checked)
  for _, s in ipairs(shape.sections) do
    local function refuse(what) options.fail(("%s: a section cannot be named '%s': %s of that name is there already"):format(where, s.name, what)) end
    if checked.variables_by_name[s.name] or checked.definitions_by_name[s.name] then refuse "a variable" end
    if checked.parameters_by_name[s.name] then refuse "a parameter" end
    if Cables[s.name] ~= nil or view.class[s.name] ~= nil or Cables._fields[s.name] or view.class._fields[s.name] then refuse "a method" end
    if Cables._named[s.name] then refuse "a field" end
  end
end

-- ---- making ----

--- The first and last compartment that may spike.
local function spiking(self, given)
  local where = "net:cables: spike_at"
  if given == nil then return { 1, 1 } end
  if given == "everywhere" then return { 1, self.compartments } end
  local path, x = given, nil
  if type(given) == "table" then path, x = given[1], given[2] end
  local k = compartment_at(self, where, path, x)
  return { k, k }
end

--- What net:cables makes, once its options are checked.
---@param opt table
function cables.new(net, opt, clock, name)
  local where, shape = "net:cables", opt.shape
  check_names(where, shape, opt.neuron.checked)
  local fixed = { name = name, size = shape.n * opt.size, geometry = { shape.n, opt.size }, cells = opt.size, compartments = shape.n, Ra = opt.Ra, morphology = opt.morphology }
  local self = population.new(Cables, net, fixed, clock)
  self._shape, self._theta, self._by_path = shape, thetas[opt.method], index_paths(shape)
  self._spikes = opt.spikes or spiking(self, opt.spike_at)
  for _, place in ipairs(membrane.places) do self:_set_scope(place.name, "elem") end
  population.with_model(self, opt.neuron, opt)
  local root = section_views(self)
  fixed[shape.sections[1].name] = root
  for part, of in pairs(root._parts) do
    if type(part) == "string" then fixed[part] = of end
  end
  return self
end

--- Check the options of net:cables; see there.
---@param opt table
---@return table
function cables.options(where, opt)
  if opt.morphology == nil then options.fail(where .. ": option 'morphology' is missing") end
  if not section.is(opt.morphology) then
    options.fail(("%s: option 'morphology' must be a section such as lp.cylinder{...}, or lp.morphology(path), got %s"):format(where, options.show(opt.morphology)))
  end
  local made = { neuron = opt.neuron, parameters = {}, refs = opt.refs, arrays = opt.arrays, spike_at = opt.spike_at }
  for name, value in pairs(opt.parameters or {}) do
    if membrane.places[name] then options.fail(("%s: parameter '%s' is that of the shape"):format(where, name)) end
    made.parameters[name] = value
  end
  made.size = options.whole(where, "size", opt.size or 1, 1)
  made.Ra = options.number(where, "Ra", opt.Ra or 100, 0, math.huge, true)
  if opt.Cm ~= nil then
    if made.parameters.Cm ~= nil then options.fail(where .. ": Cm is given twice, as an option and among the parameters") end
    made.parameters.Cm = options.number(where, "Cm", opt.Cm, 0, math.huge, true)
  end
  made.method = opt.method or "implicit"
  if not thetas[made.method] then options.fail(("%s: %s"):format(where, options.unknown("method", made.method, { "implicit", "crank-nicolson" }))) end
  made.shape = opt.morphology:_description()
  made.morphology = section.from_lists(opt.morphology:_lists())          -- as it is now, whatever becomes of what was given
  if made.shape.n * made.size > 2147483646 then options.fail(("%s: there are at most 2147483646 compartments, got %d"):format(where, made.shape.n * made.size)) end
  return made
end

-- ---- in files ----

--- What a file says of cables, beside what it says of any population: options of net:cables.
---@return table
function Cables:_saved()
  local spike_at = "everywhere"
  for _, s in ipairs(self._spikes[2] > self._spikes[1] and {} or self._shape.sections) do
    if self._spikes[1] >= s.first and self._spikes[1] <= s.last then spike_at = { s.path, (self._spikes[1] - s.first + 0.5) / (s.last - s.first + 1) } end
  end
  return { morphology = self.morphology:_lists(), Ra = self.Ra, size = self.cells, spike_at = spike_at, method = self._theta == 1 and "implicit" or "crank-nicolson" }
end

cables.class = Cables
return cables
