-- Data in and out of files: lp.read and lp.write against themselves, against numpy and h5py, with damaged files, full disks and readers of a live file.
local lp = require "lunapse"
local core = require "lunapse.core.hdf5"

local HOST = os.getenv "HOST" or "build/lunapse"
local ROOT = io.popen("pwd"):read "l"
local PROGRAM = HOST:find "^/" and HOST or ROOT .. "/" .. HOST
local folder

before_each(function() folder = io.popen("mktemp -d"):read "l" .. "/" end)
after_each(function() os.execute("rm -rf " .. folder) end)

local function put(name, text)
  local file = assert(io.open(folder .. name, "wb"))
  file:write(text)
  file:close()
end

local function get(name)
  local file = assert(io.open(folder .. name, "rb"))
  local bytes = file:read "a"
  file:close()
  return bytes
end

local function shell(command)
  local pipe = io.popen(("cd %s && { %s\n} 2>&1"):format(folder, command))
  local out = pipe:read "a"
  local _, _, status = pipe:close()
  return out, status
end

--- Run Python with numpy and h5py: the first one that has them.
local function python(text)
  put("script.py", "import numpy as np, h5py, io\n" .. text)
  local out, status = shell "p=python3; $p -c 'import numpy, h5py' 2>/dev/null || p=/usr/bin/python3; $p script.py"
  assert.equal(0, status, out)
  return out
end

--- All numbers of an array, type and shape as one text.
local function told(a)
  if not lp.array.is(a) then return tostring(a) end
  local flat = a:flatten()
  local parts = { a:type(), table.concat({ a:shape() }, "x") }
  for k = 1, #flat do parts[#parts + 1] = flat[k] ~= flat[k] and "nan" or tostring(flat[k]) end   -- the sign of NaN means nothing
  return table.concat(parts, " ")
end

local function same(a, b) assert.equal(told(a), told(b)) end

local function read(name, opt) return (lp.read(folder .. name, opt)) end
local function write(name, x, opt) lp.write(folder .. name, x, opt) end

local function refuses(pattern, f, ...)
  local ok, why = pcall(f, ...)
  assert.is_false(ok)
  assert.matches(pattern, why)
end

local ARRAYS = {
  lp.array { 1.5, -2, 1 / 3 }, lp.arange(1, 24):reshape(2, 3, 4), lp.array { true, false, true }, lp.arange(1, 6):astype "int32":reshape(3, 2),
  lp.linspace(0, 1, 7):astype "float32", lp.array.zeros { 0, 3 }, lp.array { math.huge, -math.huge, 2 ^ 53 + 2 },
}

describe("what was written reads back the same", function()
  it("as .npy, .npz and .h5", function()
    local all = {}
    for k, a in ipairs(ARRAYS) do
      write("a.npy", a)
      same(a, read "a.npy")
      all["a" .. k] = a
    end
    for _, opt in ipairs { {}, { compress = true } } do
      for _, name in ipairs { "a.npz", "a.h5" } do
        write(name, all, opt)
        local back = read(name)
        for k, a in ipairs(ARRAYS) do same(a, back["a" .. k]) end
        same(ARRAYS[2], read(name, "a2"))
      end
    end
  end)

  it("as numbers, and as views with strides", function()
    for _, x in ipairs { 3.5, 7, true } do
      write("a.npy", x)
      assert.equal(x, read "a.npy")
      write("a.h5", { x = x })
      assert.equal(x, read("a.h5", "x"))
    end
    local view = ARRAYS[2]:transpose()
    write("a.npy", view)
    same(view:copy(), read "a.npy")
  end)

  it("as nested tables in HDF5, with attributes and in order", function()
    write("a.h5", { z = 1, g = { text = "grün", list = { "x", "" }, deep = { v = ARRAYS[1] } }, columns = { "z", "g" } },
      { attributes = { [""] = { title = "T" }, ["g/deep/v"] = { unit = "mV", limits = lp.array { 1, 2 } } } })
    local back, attributes = lp.read(folder .. "a.h5")
    assert.same({ "z", "g" }, back.columns)
    assert.same({ "grün", { "x", "" } }, { back.g.text, back.g.list })
    same(ARRAYS[1], back.g.deep.v)
    assert.equal("T", attributes[""].title)
    local _, own = lp.read(folder .. "a.h5", "g/deep/v")
    assert.equal("mV", own.unit)
    write("a.h5", lp.array { 1 }, { append = true, dataset = "g/more" })
    assert.equal(4, #read("a.h5", "g").columns)
    same(lp.array { 1 }, read("a.h5", "g/more"))
    same(ARRAYS[2]:slice(2, 2), (function() write("b.h5", { x = ARRAYS[2] }) return read("b.h5", { dataset = "x", first = 2, count = 1 }) end)())
  end)

  it("as tables of text", function()
    write("a.csv", { t = lp.array { 0.1, 1e300, 1 / 3 }, n = lp.arange(1, 3), ok = { true, false, true }, s = { "a", "b,\n\"c\"", "" }, columns = { "t", "s" } })
    local back = read "a.csv"
    assert.same({ "t", "s", "n", "ok" }, back.columns)
    same(lp.array { 0.1, 1e300, 1 / 3 }, back.t)
    same(lp.arange(1, 3), back.n)
    same(lp.array { true, false, true }, back.ok)
    assert.same({ "a", "b,\n\"c\"", "" }, back.s)
    write("m.tsv", lp.array { { 1, 2 }, { 3, 4.5 } })
    assert.equal("1.0\t2.0\n3.0\t4.5\n", get "m.tsv")
    same(lp.array { { 1, 2 }, { 3, 4.5 } }, read "m.tsv")
  end)

  it("as pictures and sounds", function()
    for _, a in ipairs { lp.arange(0, 199):reshape(10, 20), lp.arange(0, 23):reshape(2, 4, 3), lp.arange(0, 23):reshape(2, 3, 4) } do
      write("a.png", a)
      same(a:astype "int32", read "a.png")
    end
    write("a.png", lp.array { { 0, 65535 } }, { bits = 16 })
    same(lp.array { { 0, 65535 } }:astype "int32", read "a.png")
    write("a.wav", lp.linspace(-1, 1, 100), { rate = 8000, samples = "float64" })
    same(lp.linspace(-1, 1, 100), read "a.wav":samples())
  end)
end)

describe("numpy and h5py", function()
  it("write what is read here, of every type, in both byte orders", function()
    python [==[
rng = np.random.default_rng(1)
names = ['?'] + [o + t for o in '<>' for t in ('i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8', 'f2', 'f4', 'f8')]
lines, arrays = [], {}
with h5py.File('all.h5', 'w') as f:
  for k, t in enumerate(names):
    a = rng.integers(0, 100, size=(2, 3, 2)).astype(t)
    if 'i' in t: a = -a
    wide = {'b': 'bool', 'i': 'int64' if a.itemsize == 8 else 'int32', 'u': 'int64' if a.itemsize > 3 else 'int32', 'f': 'float64' if a.itemsize == 8 else 'float32'}[a.dtype.kind]
    np.save(f'c{k}.npy', a); np.save(f'f{k}.npy', np.asfortranarray(a)); f[f'x{k}'] = a
    arrays[f'x{k}'] = a
    text = lambda x: str(bool(x)).lower() if a.dtype.kind == 'b' else repr(float(x)) if a.dtype.kind == 'f' else str(int(x))
    lines.append(wide + ' 2x3x2 ' + ' '.join(text(x) for x in a.ravel()))
np.savez('all.npz', **arrays); np.savez_compressed('packed.npz', **arrays)
open('wanted', 'w').write('\n'.join(lines))]==]
    local k, h5, npz, packed = 0, read "all.h5", read "all.npz", read "packed.npz"
    for line in get "wanted":gmatch "[^\n]+" do
      for _, a in ipairs { read(("c%d.npy"):format(k)), read(("f%d.npy"):format(k)), h5["x" .. k], npz["x" .. k], packed["x" .. k] } do
        assert.equal(line, told(a))
      end
      k = k + 1
    end
    assert.equal(23, k)
    assert.equal("x0", npz.columns[1])
  end)

  it("save the same bytes as .npy, and read .npz and .h5", function()
    for k, a in ipairs(ARRAYS) do write(("a%d.npy"):format(k), a) end
    write("z.npz", { b = ARRAYS[1], a = ARRAYS[2], n = 3, columns = { "b", "a" } })
    write("g.h5", { g = { x = ARRAYS[2], s = "text", l = { "x", "y" }, t = lp.array { true, false } } }, { compress = true })
    assert.equal("True\n['b', 'a', 'n'] 3\nTrue [b'x', b'y'] [True, False] b'text'\n", python [==[
arrays = [np.array([1.5, -2, 1/3]), np.arange(1, 25).reshape(2, 3, 4), np.array([True, False, True]), np.arange(1, 7, dtype='i4').reshape(3, 2),
  np.linspace(0, 1, 7).astype('f4'), np.zeros((0, 3)), np.array([np.inf, -np.inf, 2.0**53 + 2])]
def same(k, a):
  b = io.BytesIO(); np.save(b, a); return b.getvalue() == open(f'a{k + 1}.npy', 'rb').read()
print(all(same(k, a) for k, a in enumerate(arrays)))
z = np.load('z.npz'); print(z.files, z['n'])
f = h5py.File('g.h5', 'r'); g = f['g']
print((g['x'][:] == arrays[1]).all(), list(g['l'][:]), g['t'][:].tolist(), g['s'][()])]==])
  end)

  it("write texts, tables, lists, scalars, empty datasets, links and MATLAB's ways", function()
    python [==[
f = h5py.File('a.h5', 'w', userblock_size=512)
f['fixed'] = np.array([b'ab', b'cde']); f['free'] = ['x', 'y\u00e9z', '']; f['one'] = 'hello'; f['number'] = np.int16(-7)
f['table'] = np.array([(1, 2.5, b'x', True, [1, 2]), (2, 3.5, b'yy', False, [3, 4])], dtype=[('a', 'i4'), ('b', 'f8'), ('c', 'S3'), ('d', '?'), ('e', 'f4', 2)])
f['none'] = h5py.Empty('f8'); f['soft'] = h5py.SoftLink('/nowhere'); f['g/again'] = f['fixed']; f['opaque'] = np.void(b'abc')
f['g/up'] = f['/']
v = f.create_dataset('lists', (2,), dtype=h5py.vlen_dtype(np.int32)); v[0] = [1, 2, 3]; v[1] = [4]
f['big'] = np.array([2**64 - 1], 'u8')
def matlab(name, value, kind): f[name] = value; f[name].attrs['MATLAB_class'] = np.bytes_(kind)
matlab('char', np.array([[104], [228], [0xd83d], [0xde00]], 'u2'), 'char'); matlab('rows', np.array([[97, 99], [98, 100]], 'u2'), 'char'); matlab('truth', np.array([[1], [0]], 'u1'), 'logical')
matlab('cell', np.array([[f['char'].ref], [f['number'].ref]], h5py.ref_dtype), 'cell')
matlab('matrix', np.arange(6.).reshape(3, 2), 'double'); matlab('empty', np.array([0, 3], 'u8'), 'double'); f['empty'].attrs['MATLAB_empty'] = np.uint8(1)
s = f.create_group('struct'); s.attrs['MATLAB_class'] = np.bytes_('struct'); s['x'] = np.array([[3.]]); s['x'].attrs['MATLAB_class'] = np.bytes_('double')
s = f.create_group('structs'); s.attrs['MATLAB_class'] = np.bytes_('struct'); s['x'] = np.array([[f['char'].ref], [f['number'].ref]], h5py.ref_dtype)
f.close()]==]
    refuses("'big' in '.*a.h5': element 1 is 18446744073709551615, which int64 cannot hold %(type = \"float64\" reads it rounded%)", read, "a.h5", "big")
    assert.equal(1.8446744073709552e19, read("a.h5", { dataset = "big", type = "float64" })[1])
    warn "@off"   -- of what is left out
    local t = read("a.h5", { type = "float64" })
    warn "@on"
    assert.same({ { "ab", "cde" }, { "x", "yéz", "" }, "hello", -7.0 }, { t.fixed, t.free, t.one, t.number })
    assert.same({ "a", "b", "c", "d", "e" }, t.table.columns)
    assert.same({ "x", "yy" }, t.table.c)
    same(lp.array { { 1, 2 }, { 3, 4 } }, t.table.e)
    assert.is_nil(t.none)
    assert.is_nil(t.soft)
    assert.is_nil(t.opaque)
    assert.same({ "ab", "cde" }, t.g.again)
    same(lp.array { 1, 2, 3 }:astype "int32", t.lists[1])
    assert.same({ "hä😀", { "ab", "cd" } }, { t.char, t.rows })
    assert.equal("hä😀", t.cell[1][1])
    assert.same({ true, false }, { t.truth:flatten()[1], t.truth:flatten()[2] })
    same(lp.array { { 0, 2, 4 }, { 1, 3, 5 } }, t.matrix:transpose():copy())
    assert.same({ 3, 0 }, { t.empty:shape() })
    assert.same({ 3, { { "hä😀" }, { -7.0 } } }, { t.struct.x:get(1, 1), t.structs.x })
    refuses("unknown dataset 'fixd': did you mean 'fixed'%?", read, "a.h5", "fixd")
  end)

  it("read rows while they are written", function()
    put("writer.lua", [[
      local f = require "lunapse.core.hdf5".open("live.h5", "live")
      f:extensible("v", "float64", { 3 }, { chunk = 100 })
      f:share()
      local lp = require "lunapse"
      for k = 1, 4000 do
        f:append("v", lp.full(k, 5, 3))
        if k % 20 == 0 then f:flush() end
      end
      os.execute "kill -9 $PPID"]])
    local out = (function()
      put("reader.py", [==[
import h5py, time, os
while not os.path.exists('live.h5'): time.sleep(0.001)
f = None
while f is None:
  try: f = h5py.File('live.h5', 'r', libver='latest', swmr=True)
  except OSError: time.sleep(0.001)
n = 0
for k in range(30):
  f['v'].refresh()
  x = f['v'][:]
  assert all(x[i, 0] == i // 5 + 1 and x[i, 2] == i // 5 + 1 for i in range(0, len(x), 7)), len(x)
  n = len(x)
  time.sleep(0.005)
print('good')]==])
      return (shell(("p=python3; $p -c 'import h5py' 2>/dev/null || p=/usr/bin/python3; %s writer.lua & $p reader.py; wait"):format(PROGRAM)))
    end)()
    assert.truthy(out:find "good", out)
    local rows = read("live.h5", "v")            -- also when its writer was killed
    assert.equal(20000, #rows)
    assert.equal(4000, rows:get(20000, 3))
    refuses("another program writes to it, or was killed while it did", core.open, folder .. "live.h5", "append")
  end)
end)

describe("a file of pandas", function()
  it("has frames as tables, or as blocks of columns of one type", function()          -- pandas 1.5: to_hdf with format="table" (data_columns=True or not), to_hdf
    local t = lp.read "tests/golden/pandas.h5"
    assert.same({ "index", "t", "n", "name", "ok" }, t.table.table.columns)
    same(lp.array { 0.1, 0.2, 0.3 }, t.table.table.t)
    same(lp.array.from({ 10, 20, 30 }, "int64"), t.table.table.index)
    assert.same({ "a", "bb", "c" }, t.table.table.name)
    same(lp.array { true, false, true }, t.table.table.ok)
    same(lp.array { { 0.1 }, { 0.2 }, { 0.3 } }, t.plain.table.values_block_0)
    assert.same({ "t", "n", "ok" }, t.fixed.axis0)
    same(lp.array { { 0.1 }, { 0.2 }, { 0.3 } }, t.fixed.block0_values)
    same(lp.array { 1.5, 2.5 }, t.series.values)
  end)
end)

describe("a table of text", function()
  local function parsed(text, opt)
    put("x.csv", text)
    return read("x.csv", opt)
  end

  it("has a header where no field of its first line is a number, or as is said", function()
    same(lp.array { { 1, 2 }, { 3, 4 } }:astype "int64", parsed "1,2\n3,4\n")
    assert.same({ "a", "b" }, parsed "a,b\n1,2\n".columns)
    assert.same({ 1, 2 }, parsed("a,b\nc,d\n", { header = false }).columns)
    assert.same({ "u", "v" }, parsed("1,2\n", { columns = { "u", "v" } }).columns)
  end)

  it("may have missing values, other separators and decimals, comments, quotes over lines, any ends of lines", function()
    same(lp.array { 1, 0 / 0, 0 / 0, 4 }, (function() local t = parsed "x,y\r\n1,a\r\n,b\r\nNA,c\r\n4,d" return t.x end)())
    local t = parsed("\xef\xbb\xbfx;y\r# c\r1,5;-2\r\r;1e3\r-;3", { separator = ";", decimal = ",", comment = "#", missing = { "-" } })
    same(lp.array { 1.5, 0 / 0, 0 / 0 }, t.x)
    same(lp.array { -2, 1000, 3 }, t.y)
    assert.same({ 'a "b"', "c\nd" }, parsed 'x,n\n"a ""b""",1\n"c\nd",2\n'.x)
  end)

  it("gives numbers to the last bit, in any locale", function()
    local texts, wanted = { "x" }, {}
    local state = 7
    for k = 1, 2000 do
      state = state * 6364136223846793005 + 1442695040888963407
      local x = string.unpack("d", string.pack("i8", state))
      if x ~= x or x == math.huge or x == -math.huge then x = k / 7 end
      texts[#texts + 1] = ("%." .. (k % 12 + 8) .. "g"):format(x)
      wanted[k] = tonumber(texts[#texts])
    end
    texts[2], wanted[1] = "0.5", 0.5
    local old = os.setlocale()
    os.setlocale "de_DE.UTF-8"
    local got = parsed(table.concat(texts, "\n")).x
    os.setlocale(old)
    for k = 1, #wanted do assert.equal(wanted[k], got[k]) end
  end)

  it("that is wrong is refused with line and column", function()
    for text, why in pairs {
      ["a,b\n1,2\n3\n"] = "line 3 has 1 field, and line 1 has 2", ['a\n"x\n'] = "line 2, column 1: the quote that begins here does not end",
      ['"a"b,c\n'] = "line 1, column 4: something stands behind a quoted field", ["a\0b,1\n"] = "line 1, column 2: a zero byte: it is no text", [""] = "it is empty",
      ["a,a\n1,2\n"] = "columns 1 and 2 are both called 'a'", ["\n\n"] = "it holds no rows",
    } do refuses(why:gsub("%p", "%%%0"), parsed, text) end
  end)
end)

describe("what cannot be is one sentence", function()
  it("of reading", function()
    put("x.npy", "no array")
    put("x.npz", "no archive")
    put("x.h5", "no file of this kind")
    put("x.png", "no picture of any kind")
    refuses("lp.read: cannot read '.*x.npy': it is no .npy file", read, "x.npy")
    refuses("it is no .npz file", read, "x.npz")
    refuses("it is not an HDF5 file", read, "x.h5")
    refuses("it is no PNG file", read, "x.png")
    for _, name in ipairs { "none.npy", "none.npz", "none.h5", "none.csv", "none.png" } do refuses("cannot read '.*" .. name .. "': no such file", read, name) end
    refuses("unknown ending '.cvs': did you mean '.csv'%?", read, "x.cvs")
    refuses("has no ending that says what it is %(known: .npy, .npz", read, "x")
    refuses("unknown option 'heder': did you mean 'header'%?", read, "x.csv", { heder = true })
    write("whole.h5", { x = lp.zeros(10000) })
    put("cut.h5", get "whole.h5":sub(1, 40000))
    refuses("it is truncated", read, "cut.h5")
    write("whole.npy", lp.zeros(100))
    put("cut.npy", get "whole.npy":sub(1, 500))
    refuses("it is truncated: 800 bytes of numbers are promised, and 372 are there", read, "cut.npy")
  end)

  it("of a network whose own attributes are something else", function()
    python [==[
for k, (format, version) in enumerate([(np.array([(1, 2.)], 'i4,f8'), 1), ('lunapse network', 'one'), ('lunapse network', np.array([(1, 2.)], 'i4,f8'))]):
  with h5py.File(f'other{k}.h5', 'w') as f: f.attrs['format'], f.attrs['version'] = format, version]==]
    refuses("other0.h5' holds no network: its attribute 'format' is a table, not \"lunapse network\"", lp.load, folder .. "other0.h5")
    refuses("other1.h5' is damaged: its attribute 'version' is the text 'one', not a number", lp.load, folder .. "other1.h5")
    refuses("other2.h5' is damaged: its attribute 'version' is a table, not a number", lp.load, folder .. "other2.h5")
  end)

  it("of what is larger than memory, and a part of it is read", function()
    if HOST:find "check" or HOST:find "tsan" then return end          -- sanitizers reserve more than any limit
    python [==[
with h5py.File('big.h5', 'w') as f:
  for name, chunks in ('whole', None), ('chunks', (1000,)): f.create_dataset(name, (600_000_000,), 'f8', chunks=chunks)[599_999_999] = 7
with open('big.npy', 'wb') as f:
  np.lib.format.write_array_header_1_0(f, {'descr': '<f8', 'fortran_order': False, 'shape': (600_000_000,)}); f.truncate(f.tell() + 4_800_000_000)]==]
    put("big.lua", [==[
      local lp = require "lunapse"
      for _, name in ipairs { "whole", "chunks" } do
        print(lp.read("big.h5", { dataset = name, first = 599999999, count = 2 })[2])
        print(select(2, pcall(lp.read, "big.h5", name)))
      end
      print(select(2, pcall(lp.read, "big.npy")))]==])
    local out = shell(("ulimit -v 3000000; %s big.lua"):format(PROGRAM))
    local lines = {}
    for line in out:gmatch "[^\n]+" do lines[#lines + 1] = line:gsub("; of .*", "") end
    assert.same({ "7.0", "big.lua:4: lp.read: out of memory: whole needs 4.8 GB", "7.0", "big.lua:4: lp.read: out of memory: chunks needs 4.8 GB",
      "big.lua:6: lp.read: out of memory: big.npy needs 4.8 GB" }, lines)
  end)

  it("of writing, and leaves the old file and nothing else", function()
    local big = lp.linspace(0, 1, 4000)
    for name, x in pairs { ["a.npy"] = big, ["a.npz"] = { x = big }, ["a.csv"] = big, ["a.h5"] = { x = big } } do
      put(name, "old")
      put("script.lua", ("local lp = require 'lunapse' local x = lp.linspace(0, 1, 4000) lp.write('%s', %s)"):format(name, type(x) == "table" and "{ x = x }" or "x"))
      local out = shell(("trap '' XFSZ; ulimit -f 4; %s script.lua"):format(PROGRAM))
      assert.matches("cannot write '.*" .. name .. "': File too large", out)
      assert.equal("old", get(name))
      os.remove(folder .. "script.lua")
      assert.equal(name .. "\n", (shell "ls -A"))
      os.remove(folder .. name)
    end
    refuses("no such folder", write, "none/a.h5", { x = big })
    refuses("holds values under names", write, "a.h5", big)
    refuses("column 'b' has 1 rows, and 'a' has 2", write, "a.csv", { a = { 1, 2 }, b = { 1 } })
    refuses("the table holds itself", (function() local t = {} t.t = t write("a.h5", t) end))
    refuses("elements must lie in 0..255, these lie in 0..256 %(bits = 16 takes up to 65535%)", write, "a.png", lp.array { { 0, 256 } })
    assert.equal("", (shell "ls -A"))
  end)

  it("of a file that nobody closes: it does not appear", function()
    local f = core.open(folder .. "a.h5", "create")
    f:write("x", 1)
    f = nil -- luacheck: ignore
    collectgarbage()
    assert.equal("", (shell "ls -A"))
    pcall(function()
      local g <close> = core.open(folder .. "a.h5", "create")
      g:write("x", 1)
      error "in the middle"
    end)
    assert.equal("", (shell "ls -A"))
    shell(("%s -e 'f = require [[lunapse.core.hdf5]].open([[a.h5]], [[create]]) os.exit(0)'"):format(PROGRAM))
    shell(("%s -e 'f = require [[lunapse.core.hdf5]].open([[a.h5]], [[create]]) os.execute [[kill -TERM $PPID]]'"):format(PROGRAM))
    assert.equal("", (shell "ls -A"))
  end)
end)
