---@meta
--- Types for editors, and the reference of the C module `lunapse.core.hdf5`: open HDF5 files. What users call is `lp.read` and `lp.write`.

--- An open file. Paths in it are "group/dataset", from its root; "" is the root. Each error is one sentence with the file, the place in it and the reason.
---@class Hdf5File
local File = {}

---@alias Hdf5Kind "group"|"numbers"|"texts"|"references"|"columns"|"lists"|"empty"|"broken"|"other"

--- What is at a place. `type` and `shape` are those of the array that reading gives ({} is one value); `id` tells whether two names mean one object.
---@class Hdf5Info
---@field name? string
---@field kind Hdf5Kind   "columns": a table; "lists": numbers of another count in each element; "broken": a link to nothing; "other": not read
---@field type? ArrayType
---@field shape? integer[]
---@field id string

--- What is in a group, in the order in which it was made where the file knows that, else sorted.
---@param group? string  default: the root
---@return Hdf5Info[]
function File:list(group) end

--- The attributes of a group or dataset.
---@param path? string
---@return Hdf5Info[]
function File:attributes(path) end

--- nil where nothing is.
---@param path string  @param attribute? string
---@return Hdf5Info?
function File:info(path, attribute) end

--- Numbers as an array (one value: a number or boolean), texts as a string or tables of strings, a table as { column = ..., columns = { names } }, an empty dataset as nil.
--- Integers below 32 bits widen to int32, uint32 to int64, float16 to float32; a uint64 that int64 cannot hold is an error. References are read as paths.
---@param path string  @param first? integer  row of the first axis, from 1  @param count? integer  rows; default: all from there
---@param is_float? boolean  numbers as float64, whatever they are
---@return any
function File:read(path, first, count, is_float) end

---@param path string  @param name string
---@return any
function File:attribute(path, name) end

--- Write an array, a number, a boolean, a string, or a table of numbers or strings; what stands there is replaced, unless it is a group. Groups on the way are made.
---@param path string  @param value any
---@param storage? { chunk?: integer, compress?: integer|boolean, unsigned?: boolean }  rows in a chunk; 1 (fast) .. 9 (small); uint64 or uint32 in place of int64 or int32
function File:write(path, value, storage) end

---@param path string  @param name string  @param value any
---@param names? string[]  the value is one of them, as an enumeration in which they are 0, 1, ...
function File:set_attribute(path, name, value, names) end

--- Make a group, and those on the way to it.
---@param path string
function File:group(path) end

---@param path string  @param attribute? string
function File:remove(path, attribute) end

--- A dataset of no rows yet, to which `append` adds some.
---@param path string  @param type? ArrayType  @param row? integer[]  shape of a row; default {}: a number
---@param storage? { chunk?: integer, compress?: integer|boolean, unsigned?: boolean }
function File:extensible(path, type, row, storage) end

--- Rows of the dataset's type behind those that there are.
---@param path string  @param rows ArrayLike
function File:append(path, rows) end

--- Hand all that was written to the system.
function File:flush() end

--- The same, and wait until it is on the disk.
function File:sync() end

--- Keep the first `n` rows of a dataset.
---@param path string
---@param n integer
function File:cut(path, n) end

--- Of a live file: others may read it from now on, `h5py.File(path, "r", swmr=True)`, and see the rows of the last flush. Nothing but rows can be written from here on.
function File:share() end

--- A file that was created appears now, whole; with `false` it is dropped. Left to the collector or by an error, it is dropped, too.
---@param is_good? boolean
function File:close(is_good) end

local hdf5 = {}

--- "read"; "create": a new file, which appears at `close` and replaces an old one only then; "append": an existing file, changed in place; "live": a new
--- file in its place at once, for rows that others read while they are written; "resume": such a file, to go on with. Errors: no such file, not an HDF5 file, truncated, held by another program.
---@param path string  @param mode? "read"|"create"|"append"|"live"|"resume"
---@return Hdf5File
function hdf5.open(path, mode) end

--- Is the file being written in place, by this program or another one?
---@param path string
---@param seconds? number  to wait for its end
---@return boolean
function hdf5.is_held(path, seconds) end

--- Remove what programs that were killed while they wrote left in the folder of a file.
---@param path string
function hdf5.sweep(path) end

return hdf5
