--- The networks of tests/bench/peers, run by another simulator and by Lunapse in turn, so that a slow moment hits both. One line each:
---   bench peers-NAME ours=X PEER=Y ratio=R least=R most=R pairs=N       medians; X and Y are CPU seconds, or ns for a step of a compartment or neuron; R = Y / X
--- Run: lunapse tests/bench/peers.lua [pairs=3 only=coba python=/usr/bin/python3], or make bench-peers
local lp = require "lunapse"
local a = lp.arguments { pairs = 3, only = "", python = "/usr/bin/python3" }
local here = arg[0]:match "^(.*)/[^/]*$" or "."
local root, figure = here .. "/../..", os.tmpname() .. ".png"

local measure = dofile(here .. "/base/measure.lua")
local median, output = measure.median, measure.command

local function lunapse(arguments) return ("'%s' %s/%s"):format(arg[-1], root, arguments) end
local function brian(script) return ("%s %s/peers/%s"):format(a.python, here, script) end
local function per_step(rate) return 1e9 / rate end

-- A peer: how it is asked whether it is there, and what to install where it is not.
local PEERS = {
  brian2 = { probe = a.python .. [[ -c "import brian2; from brian2.devices.device import auto_target; print(brian2.__version__, auto_target().class_name)"]],
    missing = "Brian 2 is missing: apt install python3-brian (and cython3, python3-dev, g++, without which it runs its NumPy code)" },
}

-- Each program prints its cost as KEY=NUMBER; `cost` makes costs of rates.
local BENCHES = {
  { "coba_4000_1s", ours = lunapse "tests/bench/speed.lua runs=1 only=coba", our_key = "ours", peer = "brian2", theirs = brian "brian_coba.py", key = "seconds" },
  { "cables", ours = lunapse "tests/bench/cables.lua cells=2000 runs=4", our_key = "cables%-exponential ours", peer = "brian2", theirs = brian "brian_cells.py", key = "ns" },
  { "fit_adex", ours = lunapse("examples/fit_adex.lua rounds=20 refine=20 out=" .. figure), our_key = "steps_per_second", peer = "brian2",
    theirs = brian "brian_fit.py", key = "steps_per_second", cost = per_step },
}

local function cost_of(command, key, cost)
  local number = tonumber(output(command):match(key .. "=([%d.e+-]+)"))
  return number and (cost and cost(number) or number)
end

local is_there = {}
for name, peer in pairs(PEERS) do
  local version, target = output(peer.probe):match "^(%S+) (%S+)"
  is_there[name] = version ~= nil
  print(version and ("peer %s version=%s target=%s"):format(name, version, target) or ("peer %s: %s"):format(name, peer.missing))
end
for _, b in ipairs(BENCHES) do
  if is_there[b.peer] and b[1]:find(a.only, 1, true) then
    local ours, theirs, ratios = {}, {}, {}
    for pair = 1, a.pairs do
      ours[pair], theirs[pair] = cost_of(b.ours, b.our_key, b.cost), cost_of(b.theirs, b.key, b.cost)
      if not ours[pair] or not theirs[pair] then break end
      ratios[pair] = theirs[pair] / ours[pair]
    end
    if #ratios < a.pairs then
      print(("bench peers-%s: %s printed no %s="):format(b[1], #ours > #theirs and b.theirs or b.ours, #ours > #theirs and b.key or b.our_key))
    else
      local ratio, least, most = median(ratios), math.min(table.unpack(ratios)), math.max(table.unpack(ratios))
      print(("bench peers-%s ours=%.4g %s=%.4g ratio=%.3g least=%.3g most=%.3g pairs=%d"):format(b[1], median(ours), b.peer, median(theirs), ratio,
        least, most, a.pairs))
    end
    io.stdout:flush()
  end
end
os.remove(figure)
os.remove((figure:gsub("%.png$", "")))
print [[
To add a peer: a program in tests/bench/peers that runs the same network (what it is stands in the Brian script of that name), twice where the first run
compiles, and prints seconds=X, CPU time of the run alone; then a line in PEERS and in BENCHES of tests/bench/peers.lua. NEST: conda install -c conda-forge
nest-simulator, or built from github.com/nest/nest-simulator; its neuron for COBA is iaf_cond_exp; time Simulate alone. Auryn: built from
github.com/fzenke/auryn; COBA is examples/sim_coba_benchmark.cpp.]]
