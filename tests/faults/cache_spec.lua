-- Compiled kernels when the world is not as it should be: no home, folders that others can change, damaged and foreign files, compilers that hang or are
-- killed, programs that are killed, many processes at once. The code that runs is always right, and nothing is left behind.
local kernel = require "lunapse.core.kernel"
if not kernel.compiler() then return end

local HOST = os.getenv "HOST" or "build/lunapse"
local IS_ROOT = io.popen("id -u"):read "n" == 0
local OFTEN = os.getenv "LUNAPSE_FAULTS" == "all" and 12 or 4          -- how often a compiler is killed somewhere in its work
local folder

local function shell(command)
  local pipe = assert(io.popen("{ " .. command .. "\n} 2>&1"))
  local text = pipe:read "a"
  pipe:close()
  return (text:gsub("%s+$", ""))
end

local function write(name, text)
  local file = assert(io.open(folder .. "/" .. name, "w"))
  file:write(text)
  file:close()
end

--- A script that runs a small network and prints its result: the same bits by interpreter and native code. `tau` makes it a text of its own.
local SCRIPT = [[
local lp = require "lunapse"
local facts = require "lunapse.tell.facts"
local net = lp.network { tier = os.getenv "TIER" or "native" }
local p = net:population { size = 3, neuron = lp.neuron { equations = "%g * dv/dt = exp(-v/7) - v : init = 0.3" } }
local ok, why = pcall(net.run, net, 5)
if not ok then print(why) os.exit(1) end
net:run(tonumber(arg and arg[1] or 0))
print(("%%a"):format(p.v[1]), facts.tier_of(net, p))]]

local RIGHT = {}
local function right(tau)
  RIGHT[tau] = RIGHT[tau] or shell(("TIER=interpreter %s %s/%g.lua"):format(HOST, folder, tau)):match "^%S+"
  return RIGHT[tau]
end

--- Shell text that runs the script for `tau` with the cache in the test's folder, unless `environment` says otherwise.
local function command(tau, environment)
  write(("%g.lua"):format(tau), SCRIPT:format(tau))
  return ("%s TMPDIR=%s/tmp %s %s/%g.lua"):format(environment or ("LUNAPSE_CACHE=%s/cache"):format(folder), folder, HOST, folder, tau)
end

local function run(tau, environment)
  local value, tier = shell(command(tau, environment)):match "^(%S+)%s+(.*)$"
  return value, tier
end

local function entries(name)
  local list = {}
  for entry in shell(("ls -A %s/%s"):format(folder, name)):gmatch "[^\n]+" do list[#list + 1] = entry end
  return list
end

--- Wait until `condition` holds, for as long as a loaded machine may take.
local function wait_for(condition)
  for _ = 1, 400 do
    if condition() then return true end
    os.execute "sleep 0.05"
  end
  return false
end

local function processes() return shell(("pgrep -f '%s/[c]ache|%s/[h]ang' | wc -l"):format(folder, folder)) end

--- No compiler and none of its watchers, and no temporary file.
local function is_clean()
  return processes() == "0" and #entries "tmp" == 0 and not shell(("ls -A %s/cache 2>/dev/null"):format(folder)):find("tmp.", 1, true)
end

before_each(function()
  folder = shell "mktemp -d"
  shell(("mkdir -m 700 %s/tmp"):format(folder))
end)

after_each(function() shell(("chmod -R u+rwx %s; rm -rf %s"):format(folder, folder)) end)

describe("native code without a usual place for it", function()
  local function check(environment, reason)
    local value, tier = run(11, environment)
    assert.equal(right(11), value)
    assert.truthy(tier:find("^native, compiled anew by every process: "), tier)
    assert.truthy(tier:find(reason, 1, true), tier)
    assert.same({}, entries "tmp")
  end

  it("runs where HOME is not set", function() check("env -u HOME -u XDG_CACHE_HOME -u LUNAPSE_CACHE", "neither LUNAPSE_CACHE, XDG_CACHE_HOME nor HOME is set") end)

  it("runs where HOME is not there, and does not make it", function()
    check(("env -u LUNAPSE_CACHE -u XDG_CACHE_HOME HOME=%s/nobody"):format(folder), "No such file or directory")
    assert.equal("", shell(("ls -d %s/nobody 2>/dev/null"):format(folder)))
  end)

  it("runs where HOME cannot be written", function()
    local home = "/proc/self"
    if not IS_ROOT then
      home = folder .. "/home"
      shell("mkdir -m 500 " .. home)
    end
    check("env -u LUNAPSE_CACHE -u XDG_CACHE_HOME HOME=" .. home, "cannot make the cache folder")
  end)

  it("runs where the folder is open to others", function()
    shell(("mkdir -p %s/home/.cache/lunapse; chmod 777 %s/home/.cache/lunapse"):format(folder, folder))
    check(("env -u LUNAPSE_CACHE -u XDG_CACHE_HOME HOME=%s/home"):format(folder), "can be written by others (mode 777)")
    assert.same({}, entries "home/.cache/lunapse")
  end)

  it("takes another temporary folder where TMPDIR cannot be used", function()
    shell(("chmod 777 %s/tmp"):format(folder))
    check("env -u HOME -u LUNAPSE_CACHE -u XDG_CACHE_HOME", "neither")
  end)
end)

describe("a cache folder that was named", function()
  it("is refused with the reason where it cannot be made", function()
    assert.truthy(shell(command(12, "LUNAPSE_CACHE=/proc/self/cache")):find("no native code: cannot make the cache folder '/proc/self/cache'", 1, true))
  end)

  it("is refused below a folder that others may write to", function()
    shell(("mkdir -p %s/open/mine; chmod 777 %s/open; chmod 700 %s/open/mine"):format(folder, folder, folder))
    local text = shell(command(12, ("LUNAPSE_CACHE=%s/open/mine/cache"):format(folder)))
    assert.truthy(text:find(("the folder '%s/open' can be written by others (mode 777)"):format(folder), 1, true), text)
    assert.same({}, entries "open/mine/cache")
  end)

  it("is used below one that is sticky", function()
    shell(("mkdir -p %s/open/mine; chmod 1777 %s/open; chmod 700 %s/open/mine"):format(folder, folder, folder))
    local value, tier = run(12, ("LUNAPSE_CACHE=%s/open/mine/cache"):format(folder))
    assert.same({ right(12), "native" }, { value, tier })
    assert.equal(1, #entries "open/mine/cache")
  end)

  if IS_ROOT then
    it("is refused where somebody else owns it, or a folder above it", function()
      shell(("mkdir -p -m 755 %s/his/mine; chown 12345 %s/his"):format(folder, folder))
      assert.truthy(shell(command(12, ("LUNAPSE_CACHE=%s/his"):format(folder))):find("belongs to user 12345, not to you", 1, true))
      assert.truthy(shell(command(12, ("LUNAPSE_CACHE=%s/his/mine/cache"):format(folder))):find("his' belongs to user 12345", 1, true))
    end)
  end
end)

describe("an entry of the cache", function()
  --- Two compiled kernels: the path of the entry of the first, and that of the second. They are compiled once.
  local made, made_first
  local function two()
    if not made then
      run(13)
      made_first, made = entries("cache")[1], shell "mktemp -d"
      run(14)
      shell(("cp -a %s/cache %s"):format(folder, made))
    else
      shell(("cp -a %s/cache %s"):format(made, folder))
    end
    for _, name in ipairs(entries "cache") do
      if name ~= made_first then return folder .. "/cache/" .. made_first, folder .. "/cache/" .. name end
    end
  end

  teardown(function() if made then os.execute("rm -rf " .. made) end end)

  for what, damage in pairs {
    ["a pipe that nobody writes to"] = "rm %s; mkfifo -m 600 %s",
    ["a link to a device"] = "rm %s; ln -s /dev/zero %s",
    ["a folder"] = "rm %s; mkdir %s",
    ["another kernel's library"] = "cat %s >/dev/null; cp OTHER %s",
    ["a library that is none of ours"] = "echo 'int x;' | cc -shared -fPIC -x c -o %s -; chmod 700 %s",
    ["a file of zeros"] = "head -c 20000 /dev/zero >%s; chmod 700 %s",
    ["cut short"] = "truncate -s 3000 %s; : %s",
    ["a byte too long"] = "echo >>%s; : %s",
  } do
    it("is built anew when it is " .. what, function()
      local first, other = two()
      shell((damage:gsub("OTHER", other):gsub("%%s", first)))
      for _ = 1, 2 do
        local value, tier = run(13)
        assert.same({ right(13), "native" }, { value, tier })
      end
      assert.equal("regular file 700", shell("LC_ALL=C stat -c '%F %a' " .. first))
      assert.equal(2, #entries "cache")
    end)
  end

  it("does no harm when it is changed while it is in use", function()
    local first = two()
    local script = SCRIPT:format(13):gsub("net:run%(tonumber[^\n]*", ("os.execute 'truncate -s 100 %s' net:run(5)"):format(first))
    write("changed.lua", script)
    write("unchanged.lua", (SCRIPT:format(13):gsub("net:run%(tonumber[^\n]*", "net:run(5)")))
    local changed = shell(("LUNAPSE_CACHE=%s/cache %s %s/changed.lua"):format(folder, HOST, folder))
    assert.truthy(changed:find("native$"), changed)
    assert.equal(shell(("TIER=interpreter %s %s/unchanged.lua"):format(HOST, folder)):match "^%S+", changed:match "^%S+")
  end)

  it("is right for twenty processes that find none", function()
    local one = command(15)
    local text = shell(("for k in $(seq 20); do %s & done; wait"):format(one))
    local n = 0
    for value, tier in text:gmatch "(%S+)\t([^\n]*)" do
      n = n + 1
      assert.same({ right(15), "native" }, { value, tier })
    end
    assert.equal(20, n)
    assert.equal(1, #entries "cache")
    assert.is_true(is_clean())
  end)

  it("is right for processes that meet it while it is cut, flipped, replaced and removed", function()
    local one = command(16)
    run(16)
    write("damage.sh", ([[
      cd %s/cache; entry=$(ls | head -n 1); cp $entry ../whole
      for k in $(seq 60); do
        case $((k %% 5)) in
          0) truncate -s $((RANDOM %% 20000)) $entry ;;
          1) printf x | dd of=$entry bs=1 seek=$((RANDOM %% 15000)) conv=notrunc status=none ;;
          2) rm -f $entry; mkfifo $entry ;;
          3) rm -f $entry ;;
          4) cp ../whole ../part; mv -f ../part $entry ;;
        esac
        sleep 0.02
      done]]):format(folder))
    local text = shell(("bash %s/damage.sh & for k in $(seq 20); do %s & sleep 0.05; done; wait"):format(folder, one))
    local n = 0
    for value, tier in text:gmatch "(%S+)\t([^\n]*)" do
      n = n + 1
      assert.same({ right(16), "native" }, { value, tier })
    end
    assert.equal(20, n, text)
    local value, tier = run(16)
    assert.same({ right(16), "native" }, { value, tier })
    assert.is_true(is_clean())
  end)
end)

describe("a compiler", function()
  local function hanging()
    write("hang", "#!/bin/sh\nsleep 1000 &\nsleep 1000\n")
    shell(("chmod +x %s/hang"):format(folder))
    return ("LUNAPSE_CC=%s/hang LUNAPSE_CACHE=%s/cache"):format(folder, folder)
  end

  it("that hangs is ended when its time is over, and the reason is told", function()
    local text = shell(command(17, hanging() .. " LUNAPSE_CC_TIMEOUT=1"))
    assert.truthy(text:find("no native code: the C compiler did not end within 1 s (LUNAPSE_CC_TIMEOUT)", 1, true), text)
    assert.is_true(wait_for(is_clean))
  end)

  it("that hangs does not delay a run that nobody asked to be native", function()
    local value, tier = run(17, hanging() .. " TIER=auto")
    assert.same({ right(17), "interpreter, native code is being built" }, { value, tier })
    assert.is_true(wait_for(is_clean))
  end)

  it("has a time that is a number", function()
    assert.truthy(shell(command(17, hanging() .. " LUNAPSE_CC_TIMEOUT=soon")):find("must be a whole number of seconds in 1..1000000, got 'soon'", 1, true))
  end)

  for _, signal in ipairs { "TERM", "INT", "HUP", "QUIT", "KILL", "SEGV" } do
    it("ends with the program that SIG" .. signal .. " ends, with all that it has started", function()
      local one = command(17, hanging()):gsub(" TMPDIR", " exec env --default-signal TMPDIR", 1)
      write("start.sh", "ulimit -c 0; " .. one:gsub("^(.-) exec", "export %1; exec"))
      local pipe = io.popen(("bash -c 'bash %s/start.sh >/dev/null 2>&1 & echo $!'"):format(folder))
      local pid = pipe:read "l"
      pipe:close()
      assert.is_true(wait_for(function() return shell(("pgrep -f '%s/[h]ang -std' | wc -l"):format(folder)) == "2" end))
      os.execute(("kill -%s %s"):format(signal, pid))
      assert.is_true(wait_for(is_clean), shell(("pgrep -fa '%s/'; ls -A %s/cache %s/tmp"):format(folder, folder, folder)))
    end)
  end

  it("of a point of a sweep ends with the sweep", function()
    hanging()
    write("sweep.lua", [[
      local lp = require "lunapse"
      lp.sweep { { k = { 1, 2, 3, 4 } }, workers = 2, run = function(p)
        local net = lp.network { tier = "native" }
        net:population { size = 1, neuron = lp.neuron { equations = ("%g * dv/dt = 1 - v"):format(p.k + 0.123) } }
        net:run(1)
      end }]])
    for _, signal in ipairs { "TERM", "KILL", "INT" } do
      write("start.sh", ("export LUNAPSE_CC=%s/hang LUNAPSE_CACHE=%s/cache TMPDIR=%s/tmp; exec env --default-signal %s %s/sweep.lua")
        :format(folder, folder, folder, HOST, folder))
      local pipe = io.popen(("bash -c 'bash %s/start.sh >/dev/null 2>&1 & echo $!'"):format(folder))
      local pid = pipe:read "l"
      pipe:close()
      assert.is_true(wait_for(function() return shell(("pgrep -f '%s/[h]ang -std' | wc -l"):format(folder)) == "4" end))
      os.execute(("kill -%s %s"):format(signal, pid))
      assert.is_true(wait_for(function() return is_clean() and shell(("pgrep -f '%s/[s]weep.lua' | wc -l"):format(folder)) == "0" end),
        shell(("pgrep -fa '%s/'; ls -A %s/cache %s/tmp"):format(folder, folder, folder)))
    end
  end)

  it("that is killed somewhere in its work leaves a message, and no library that is used", function()
    local before = [[
os.execute("sleep " .. arg[2] .. "; group=$(pgrep -f '/[c]c -std.*" .. os.getenv "MARK" .. "' | head -n 1); [ -z \"$group\" ] || kill -KILL -$group 2>/dev/null")
]]
    for k = 1, 12, 12 // OFTEN do
      local tau, mark = 20 + k, ("%s/c%d"):format(folder, k)
      write(("%g.lua"):format(tau), (SCRIPT:format(tau):gsub("local ok, why", function(found) return before .. found end)))
      local text = shell(("MARK=%s LUNAPSE_CACHE=%s %s %s/%g.lua 0 %g"):format(mark, mark, HOST, folder, tau, 0.03 * k))
      assert.truthy(text:find("^0x%S+\tnative$") or text:find("no native code: ", 1, true), text)
      local value, tier = run(tau, "LUNAPSE_CACHE=" .. mark)
      assert.same({ right(tau), "native" }, { value, tier })
      assert.equal(1, #entries(("c%d"):format(k)))
    end
  end)
end)
