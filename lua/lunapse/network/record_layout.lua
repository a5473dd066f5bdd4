--- How a recording lies in an HDF5 file, be it filled while the network runs (network/record_file.lua) or written at once (`recording:save`):
---
---   /                     attributes: format, program; with spikes those of SONATA
---   /NAME/                what was recorded of a population or projection; attributes: of, kind, dt, every, neurons (from 1) or pre and post of each column
---   /NAME/t               [rows] ms
---   /NAME/VARIABLE        [rows][elements]; attribute unit
---   /spikes/NAME/         of a population, as SONATA has it; attributes: sorting (an enumeration), dt, neurons (where only some are recorded)
---   /spikes/NAME/timestamps, node_ids     [spikes] ms, and numbers from 0 (uint64)
---   /spikes/NAME/VARIABLE                 [spikes] value at the spike; attribute unit
---   /axon_spikes/NAME/, /events/EVENT/NAME/   the same of spikes of axons alone, and of events of other kinds
local array = require "lunapse.core.array"
local data = require "lunapse.data"
local fields = require "lunapse.network.fields"
local hdf5 = require "lunapse.core.hdf5"
local options = require "lunapse.options"
local units = require "lunapse.language.base.unit_table"
local version = require "lunapse.core.host".version

local layout = { FORMAT = "lunapse recording" }

---@class RecordPart   a dataset
---@field path string
---@field key string   what it is of the recording: "t", "v", "neuron"
---@field type string
---@field width? integer  elements in a row; nil: a number
---@field is_unsigned? boolean  uint64 in the file
---@field unit? { [1]: string, [2]: string }  name and text of the attribute
---@class RecordLayout
---@field group string
---@field parts RecordPart[]
---@field attributes { [1]: string, [2]: any, [3]: string[]? }[]  name, value, and of which names it is one

local function unit_of(owner, name)
  local v = owner:_variable(name)
  return v and v.unit and v.unit ~= units.none and { "unit", units.text(v.unit) } or nil
end

--- The name of an object as that of a group.
local function group_of(where, owner)
  local name = owner.name
  local is_good = name ~= "" and not name:find "%z"
  for part in (name .. "/"):gmatch "(.-)/" do is_good = is_good and part ~= "" and part ~= "." and part ~= ".." end
  if not is_good then options.fail(("%s: %s cannot name a group of a file: give it another name"):format(where, owner:_title())) end
  return name
end

local function spikes_of(where, r)
  local folder = r._event == "spike" and "spikes/" or r._event == "axon_spike" and "axon_spikes/" or "events/" .. r._event .. "/"
  local group = folder .. group_of(where, r._owner)
  local attributes = { { "sorting", "by_time", { "none", "by_id", "by_time" } }, { "of", r._owner.name }, { "kind", "population" }, { "dt", r.dt } }
  if r.neurons then attributes[#attributes + 1] = { "neurons", r.neurons } end
  local parts = {
    { path = group .. "/timestamps", key = "t", type = "float64", unit = { "units", "milliseconds" } },
    { path = group .. "/node_ids", key = "neuron", type = "int64", is_unsigned = true },
  }
  for _, c in ipairs(r._columns) do
    parts[#parts + 1] = { path = group .. "/" .. c.name, key = c.name, type = c.array:type(), unit = unit_of(r._owner, c.name) }
  end
  return { group = group, attributes = attributes, parts = parts }
end

local function rows_of(where, r)
  local owner = r._owner
  local group, parts = group_of(where, owner), {}
  local is_of_synapses = owner:_synapses() and true or false
  local dt = r._net:dt_of(owner._clock)
  local attributes = { { "of", owner.name }, { "kind", is_of_synapses and "projection" or "population" }, { "dt", dt }, { "every", r._period > 0 and r._period or dt } }
  for k, c in ipairs(r._cores) do
    parts[k] = { path = group .. "/" .. c.name, key = c.name, type = c.array:type(), width = c.width, unit = unit_of(owner, c.name) }
  end
  local width = r._cores[1].width
  if is_of_synapses and width == (r._given and #r._given or owner.size) then
    attributes[#attributes + 1], attributes[#attributes + 2] = { "pre", r.pre }, { "post", r.post }
  elseif not is_of_synapses and (r._given or width == owner.size) then
    attributes[#attributes + 1] = { "neurons", r._given or array.arange(1, owner.size):astype "int64" }
  end
  parts[#parts + 1] = { path = group .. "/t", key = "t", type = "float64", unit = { "unit", "ms" } }
  return { group = group, attributes = attributes, parts = parts }
end

--- Where a recording goes in a file.
---@param where string
---@param r Recording|SpikeRecording
---@return RecordLayout
function layout.of(where, r)
  if r:_holds_spikes() then return spikes_of(where, r) end
  return rows_of(where, r)
end

--- What two layouts both want, in words; nil where there is room for both.
---@param a RecordLayout
---@param b RecordLayout
---@return string?
function layout.clash(a, b)
  if a.group == b.group then return a.group end
  for _, pair in ipairs { { a, b }, { b, a } } do
    for _, part in ipairs(pair[1].parts) do
      if pair[2].group == part.path or pair[2].group:sub(1, #part.path + 1) == part.path .. "/" then return part.path end
      for _, other in ipairs(pair[2].parts) do
        if other.path == part.path or other.path:sub(1, #part.path + 1) == part.path .. "/" then return part.path end
      end
    end
  end
end

--- Attributes of the whole file.
---@param file Hdf5File
---@param has_spikes boolean
function layout.write_head(file, has_spikes)
  file:set_attribute("", "format", layout.FORMAT)
  file:set_attribute("", "program", version)
  if has_spikes then
    file:set_attribute("", "magic", 0x0A7A)
    file:set_attribute("", "version", array.from({ 0, 1 }, "int64"))
  end
end

--- The group of a recording; `make(part)` makes or writes a dataset.
---@param file Hdf5File
---@param place RecordLayout
---@param make fun(part: RecordPart)
function layout.write(file, place, make)
  file:group(place.group)
  for _, attribute in ipairs(place.attributes) do file:set_attribute(place.group, table.unpack(attribute)) end
  for _, part in ipairs(place.parts) do
    make(part)
    if part.unit then file:set_attribute(part.path, part.unit[1], part.unit[2]) end
  end
end

-- ---- rows in a block, blocks in memory ----

--- Bytes. A compressed chunk that was not full at the end of a run is written anew elsewhere, and its place is lost: such chunks are small.
local CHUNK, COMPRESSED, BLOCK, ALL_BLOCKS, LEAST_BLOCK = 1 << 18, 1 << 16, 1 << 20, 1 << 24, 1 << 14
local FEW = 128          -- rows

local function bytes_of(part) return fields.bytes_of[part.type] * (part.width or 1) end

--- How many rows or spikes are handed over at once, and how many are in a chunk of the file, and whether they are to be compressed: chunks that are full when they
--- are written are written once.
---@param place RecordLayout
---@param n integer  recordings that share the memory
---@param compress integer
---@return integer block
---@return fun(part: RecordPart): integer, boolean  rows in a chunk; may it be compressed?
function layout.sizes(place, n, compress)
  local widest, row = 1, 0
  for _, part in ipairs(place.parts) do
    widest, row = math.max(widest, bytes_of(part)), row + bytes_of(part)
  end
  local most = math.max(LEAST_BLOCK, math.min(BLOCK, ALL_BLOCKS // n))
  local largest = compress > 0 and COMPRESSED or CHUNK
  local chunk = math.max(1, math.min(largest // widest, most // row))
  local block = chunk * math.max(1, most // (chunk * row))
  return block, function(part)
    if part.width or block * 8 > largest then return chunk, true end
    return math.max(block, FEW), block >= FEW
  end
end

-- ---- at once ----

--- A table of columns: `t`, and each element of each variable ("v_7" of neuron 7; "v" where it is the only one), or the neurons of spikes.
local function columns_of(r, place)
  local result, names = {}, { "t" }
  for _, part in ipairs(place.parts) do
    local value = r[part.key]
    if part.key == "t" or not part.width then
      if part.key ~= "t" then names[#names + 1] = part.key end
      result[part.key] = value
    else
      for k = 1, part.width do
        local name = part.width == 1 and part.key or ("%s_%d"):format(part.key, r._given and r._given[k] or k)
        names[#names + 1] = name
        result[name] = value:column(k)
      end
    end
  end
  result.columns = names
  return result
end

--- Write what was recorded to a file.
---@param r Recording|SpikeRecording
---@param path string
function layout.save(r, path)
  options.path("recording:save", path)
  local ending = (path:match "%.(%w+)$" or ""):lower()
  if r._place and r._place.file.path == path then options.fail(("recording:save: '%s' is the file that the recording fills: name another one"):format(path)) end
  local place = layout.of("recording:save", r)
  if ending == "h5" or ending == "hdf5" then
    local file <close> = hdf5.open(path, "create")
    layout.write_head(file, r:_holds_spikes())
    layout.write(file, place, function(part)
      local value = r[part.key]
      file:write(part.path, r:_holds_spikes() and part.key == "neuron" and value:astype "int64" - 1 or value, { unsigned = part.is_unsigned })
    end)
    file:close()
  elseif ending == "npz" then
    local all = {}
    for _, part in ipairs(place.parts) do all[part.key] = r[part.key] end
    data.write(path, all)
  elseif ending == "csv" or ending == "tsv" then
    data.write(path, columns_of(r, place))
  else
    options.fail(("recording:save: the name of the file must end in .h5, .hdf5, .npz, .csv or .tsv, got '%s'"):format(path))
  end
end

return layout
