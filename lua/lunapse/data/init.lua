--- Data in files: lp.read and lp.write. What kind of file it is, its ending says; one table lists the kinds with their readers and writers.
---
---     local t = lp.read "cells.csv"          t.columns, t.v, t.name
---     lp.write("run.h5", { v = v, t = t })   lp.read("run.h5", "v")
local options = require "lunapse.options"

local data = {}

-- ---- kinds of files ----

---@class DataFormat
---@field name string
---@field endings string[]
---@field module string                       of lunapse.data: gives { read, write }
---@field read? table<string, string>         options, with their types, beside `format`
---@field write? table<string, string>

---@type DataFormat[]
local formats = {
  { name = "npy", endings = { "npy" }, module = "npy", read = { type = "string" }, write = {} },
  { name = "npz", endings = { "npz" }, module = "npz", read = { dataset = "string", type = "string" }, write = { compress = "boolean" } },
  { name = "csv", endings = { "csv" }, module = "csv",
    read = { header = "boolean", separator = "string", decimal = "string", comment = "string", skip = "number", missing = "table", columns = "table" },
    write = { header = "boolean", separator = "string", columns = "table" } },
  { name = "tsv", endings = { "tsv" }, module = "csv", separator = "\t",
    read = { header = "boolean", separator = "string", decimal = "string", comment = "string", skip = "number", missing = "table", columns = "table" },
    write = { header = "boolean", separator = "string", columns = "table" } },
  { name = "hdf5", endings = { "h5", "hdf5", "mat" }, module = "hdf5",
    read = { dataset = "string", type = "string", first = "number", count = "number" },
    write = { dataset = "string", append = "boolean", chunk = "number", compress = "number|boolean", attributes = "table" } },
  { name = "json", endings = { "json" }, module = "json", read = {}, write = {} },
  { name = "png", endings = { "png" }, module = "png", read = {}, write = { bits = "number" } },
  { name = "video", endings = { "mp4", "m4v", "mov", "mkv", "webm", "avi", "mpg", "gif" }, module = "video",
    read = { size = "table", grey = "boolean", fps = "number", from = "number", to = "number" } },
  { name = "sound", endings = { "wav", "aiff", "aif", "flac", "ogg" }, module = "sound",
    read = { channels = "number|table", rate = "number", stream = "boolean" }, write = { samples = "string", rate = "number" } },
}

local by_name, by_ending, names, endings = {}, {}, {}, {}
for _, format in ipairs(formats) do
  by_name[format.name] = format
  names[#names + 1] = format.name
  for _, ending in ipairs(format.endings) do
    by_ending[ending] = format
    endings[#endings + 1] = "." .. ending
  end
end

---@return DataFormat
local function format_of(where, path, wanted)
  if wanted ~= nil and type(wanted) ~= "string" then options.fail(("%s: option 'format' must be a string, got %s"):format(where, options.show(wanted))) end
  local found = wanted and (by_name[wanted] or by_ending[wanted])
  if wanted then return found or options.fail(("%s: %s"):format(where, options.unknown("format", wanted, { table.unpack(names) }))) end
  local ending = path:match "%.([^./\\]*)$"
  if not ending then
    options.fail(("%s: '%s' has no ending that says what it is (known: %s); say { format = ... }"):format(where, path, table.concat(endings, ", ")))
  end
  return by_ending[ending:lower()]
    or options.fail(("%s: '%s': %s (option 'format' says it, whatever the name)"):format(where, path, options.unknown("ending", "." .. ending, { table.unpack(endings) })))
end

--- The options of a format; `known` is that of reading or writing.
local function check(where, opt, format, known)
  local all = { format = "string" }
  for name, kind in pairs(known) do all[name] = kind end
  return options.check(("%s: %s"):format(where, format.name), opt, all)
end

-- ---- reading and writing ----

--- What a file holds. Its ending says how it is read, or the option `format`: "npy", "npz", "csv", "tsv", "hdf5", "json", "png", "video", "sound".
--- .npy gives an array (or a number); .npz, .h5, .hdf5 and .mat (version 7.3) a table of all that is in them by name, or one of it; .csv and .tsv a table of
--- columns by name, or a matrix where there are numbers alone and no header; .json nested tables (null is nil); .png an array of int32; .mp4, .mov, .mkv, .webm, .avi, .mpg and .gif frames x rows x columns
--- x 3 of int32, decoded by the program ffmpeg; .wav, .aiff, .flac and .ogg a sound.
--- Tables have `columns`, the names in the order of the file. Of HDF5 files the attributes are a second result, of PNG files { bits = 8 } or 16.
---@param path string
---@param opt? string|table  the name of a dataset, or options: dataset, type = "float64" (npy, npz, hdf5); first, count (rows, hdf5); header, separator, decimal, comment, skip, missing, columns (csv, tsv); those of hearing.load (sound); size = { rows, columns }, grey = true, fps (25), from and to in ms (video)
---@return any value
---@return table? attributes
--- Example: lp.read("run.h5", "E/v"), lp.read("cells.txt", { format = "csv", separator = ";" })
--- Errors: no such file, not such a file, truncated, damaged; of csv with line and column.
function data.read(path, opt)
  options.path("lp.read", path)
  if type(opt) == "string" then opt = { dataset = opt } end
  if opt ~= nil and type(opt) ~= "table" then
    options.fail(("lp.read: the name of a dataset or a table of options expected, got %s"):format(options.show(opt)))
  end
  opt = opt or {}
  local format = format_of("lp.read", path, opt.format)
  check("lp.read", opt, format, format.read)
  if opt.type ~= nil and opt.type ~= "float64" then
    options.fail(("lp.read: type = \"float64\" reads all numbers as such; others keep their own, got '%s'"):format(opt.type))
  end
  return require("lunapse.data." .. format.module).read(path, opt, format)
end

--- Write a value to a file that takes its place when it is whole: until then, and where something fails, an old one of that name stays as it was.
--- .npy takes an array or a number; .npz a table of them by name; .h5 and .hdf5 a table of arrays, numbers, texts, lists and such tables by name;
--- .csv and .tsv a table of columns (arrays, lists of numbers or texts) or a matrix; .json tables, texts, numbers and arrays; .png an array of whole numbers, rows x columns (grey) or x 3 or 4; .wav, .aiff, .flac
--- and .ogg a sound, or an array of samples with the option `rate`.
--- Names are written in the order of the table's `columns`, if it has them, else in that of the alphabet.
---@param path string
---@param x any
---@param opt? table  format; compress (npz, hdf5: true, or 1 .. 9); chunk (rows), dataset (a name for x), append (to the file as it is), attributes = { ["group/dataset"] = { name = value } } (hdf5); header, separator, columns (csv, tsv); bits = 16 (png); samples, rate (sound)
--- Example: lp.write("run.h5", { v = v, E = { t = t } }, { attributes = { v = { unit = "mV" } } })
--- Errors: what such a file cannot hold; no such folder, a full disk.
function data.write(path, x, opt)
  options.path("lp.write", path)
  if opt ~= nil and type(opt) ~= "table" then options.fail(("lp.write: a table of options expected, got %s"):format(options.show(opt))) end
  opt = opt or {}
  local format = format_of("lp.write", path, opt.format)
  if not format.write then options.fail(("lp.write: '%s': files of kind %s are read alone (lp.animation makes films)"):format(path, format.name)) end
  check("lp.write", opt, format, format.write)
  if x == nil then options.fail(("lp.write: nothing to write to '%s'"):format(path)) end
  require("lunapse.data." .. format.module).write(path, x, opt, format)
end

return data
