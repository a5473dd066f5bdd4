--- What a live view costs the network that it shows. One line for each network:
---   bench live NETWORK processor=X wall=X states=N
--- `processor` is the processor time of the thread that simulates, `wall` the time on the clock, each with somebody looking over that without; medians of stretches that alternate. `states`
--- is how many states a second the browser got. A browser looks all the time (headless Chromium, Debian's package "chromium"); in the stretches without, the run has no view.
--- Run: lunapse tests/bench/live.lua [only=coba pairs=20 seconds=1 threads=1 browser="chromium --headless ..."]
local lp = require "lunapse"
local host = require "lunapse.core.host"
local a = lp.arguments { only = "", pairs = 20, seconds = 1, threads = 1,
  browser = "chromium --headless --no-sandbox --disable-gpu --window-size=1200,900 --remote-debugging-port=9333 --user-data-dir=%s '%s'" }

local function shell(text)
  local pipe <close> = io.popen(text)
  return pipe:read "l"
end

local function median(list)
  table.sort(list)
  return (list[(#list + 1) // 2] + list[#list // 2 + 1]) / 2
end

--- Seconds that this thread has computed: the server's is another one.
local function processor()
  local file <close> = assert(io.open "/proc/thread-self/schedstat")
  return file:read "n" / 1e9
end

local COBA = dofile((arg[0]:match "^(.*)/[^/]*$" or ".") .. "/coba.lua")

local networks = {
  { "small", function(net)
    local input = net:poisson { name = "input", size = 100, rates = 15 }
    local cells = net:population { name = "cells", size = 50, neuron = lp.models.LIF, parameters = { I = lp.uniform(10, 16) } }
    net:project { from = input, to = cells, target = "exc", connect = lp.all_to_all(), weights = lp.uniform(0, 1), synapse = lp.models.STDP { w_max = 1 } }
  end },
  { "many", function(net)
    local all = {}
    for k = 1, 10 do all[k] = net:population { size = 300, neuron = lp.models.LIF, parameters = { I = lp.uniform(10, 20) } } end
    for k = 1, 10 do
      net:project { from = all[k], to = all[k % 10 + 1], target = "exc", connect = lp.fixed_probability(0.2), weights = lp.uniform(0, 0.02) }
    end
  end },
  { "coba", function(net)
    local all = net:population { name = "cells", size = 4000, neuron = COBA }
    all.v, all.g_exc, all.g_inh = lp.normal(-65, 5), lp.normal(4, 1.5), lp.normal(20, 12)
    net:project { from = all:slice(1, 3200), to = all, target = "exc", connect = lp.fixed_probability(0.02), weights = 0.6 }
    net:project { from = all:slice(3201, 4000), to = all, target = "inh", connect = lp.fixed_probability(0.02), weights = 6.7 }
  end },
  { "large", function(net)
    local all = net:population { name = "cells", size = 20000, neuron = lp.models.LIF, parameters = { I = 20 } }
    all.v = lp.uniform(-65, -50)
    net:project { from = all, to = all, target = "exc", connect = lp.fixed_probability(0.01), weights = lp.uniform(0, 0.002), delays = 1.5 }
  end },
}

local function measure(name, make)
  local net = lp.network { dt = 0.1, seed = 1, threads = a.threads }
  make(net)
  net:run(500)                                                      -- until its kernels are native
  local began = host.seconds()
  net:run(500)
  local span = math.max(1, math.floor(500 * a.seconds / (host.seconds() - began)))
  local view <close> = net:serve()
  local states, publish = 0, view._server.publish
  getmetatable(view._server).publish = function(...)
    states = states + 1
    return publish(...)
  end
  local folder = shell "mktemp -d"
  local browser = shell(("exec %s >/dev/null 2>&1 & echo $!"):format(a.browser:format(folder, view.address)))
  local _ <close> = setmetatable({}, { __close = function()
    os.execute(("kill %s; sleep 0.5; rm -rf %s"):format(browser, folder))
    getmetatable(view._server).publish = publish
  end })
  for _ = 1, 200 do
    if view._server:asked() then break end
    os.execute "sleep 0.1"
  end
  assert(view._server:asked(), "no browser looks")
  os.execute "sleep 2"                                              -- until it has done what it does at its start
  local function stretch(is_seen)
    net._live = is_seen and view or nil
    local wall, own = host.seconds(), processor()
    net:run(span)
    return host.seconds() - wall, processor() - own
  end
  stretch(true)
  local walls, owns, seen = {}, {}, 0
  states = 0
  for k = 1, a.pairs do
    local wall, own = stretch(false)
    local wall_seen, own_seen = stretch(true)
    walls[k], owns[k], seen = wall_seen / wall, own_seen / own, seen + wall_seen
  end
  net._live = view
  print(("bench live %s processor=%.3f wall=%.3f states=%.1f"):format(name, median(owns), median(walls), states / seen))
end

if not os.execute(("command -v %s >/dev/null"):format(a.browser:match "%S+")) then
  print(("bench live: there is no %s here"):format(a.browser:match "%S+"))
  return
end
for _, row in ipairs(networks) do
  if a.only == "" or a.only == row[1] then measure(table.unpack(row)) end
end
