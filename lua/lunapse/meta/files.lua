---@meta
--- Types for editors, and the reference of the C module `lunapse.core.files`: .npy, .npz, .csv and .png. What users call is `lp.read` and `lp.write`.

local files = {}

--- The array of a .npy file, a number where it has no axes.
---@param path string  @param is_float? boolean  as float64, whatever it is
---@return Array|number|boolean
function files.npy_read(path, is_float) end

---@param path string  @param value Array|number|boolean
function files.npy_write(path, value) end

--- An .npz archive, open for reading.
---@class NpzArchive
local Archive = {}

---@return string[]
function Archive:names() end

---@param k integer  place among the names, from 1  @param is_float? boolean
---@return Array|number|boolean
function Archive:read(k, is_float) end

---@param path string
---@return NpzArchive
function files.npz_open(path) end

---@param path string  @param names string[]  @param values (Array|number|boolean)[]  @param is_packed? boolean
function files.npz_write(path, names, values, is_packed) end

--- A matrix where there are numbers alone and no header; else a list of columns, and their names if there is a header.
---@param path string
---@param form { separator?: string, decimal?: string, comment?: string, skip?: integer, header?: boolean, missing?: string[] }
---@return Array|(Array|string[])[] columns, string[]? names
function files.csv_read(path, form) end

--- Columns are equally long.
---@param path string  @param separator string  @param columns Array|(Array|string[])[]  @param names? string[]
function files.csv_write(path, separator, columns, names) end

---@param path string
---@return Array, integer  int32, and 8 or 16: its bits
function files.png_read(path) end

---@param path string  @param picture Array  int32, of rows x columns, or rows x columns x 3 or 4  @param bits 8|16
function files.png_write(path, picture, bits) end

--- Decoded by the program ffmpeg.
---@param path string  @param rows integer  @param columns integer  @param is_grey boolean  @param fps number  @param from number ms  @param to number ms, or math.huge
---@return Array  int32, of frames x rows x columns (x 3)
function files.video_read(path, rows, columns, is_grey, fps, from, to) end

return files
