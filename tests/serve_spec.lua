-- A running network in the browser: what the server says and to whom, that a run is told, paused and gone on with, and that looking changes nothing.
local lp = require "lunapse"
local host = require "lunapse.core.host"
local json = require "lunapse.live.json"
local stored = require "lunapse.network.stored"

local is_built = pcall(require, "lunapse.core.web")
local has_decoder, notebook = pcall(require, "lunapse.core.notebook")

local function shell(command)
  local pipe <close> = io.popen(command .. " 2>&1")
  return pipe:read "a"
end

local function get(address, more) return shell(("curl -s --max-time 5 %s '%s'"):format(more or "", address)) end
local function status(address, more) return get(address, "-o /dev/null -w '%{http_code}' " .. (more or "")) end

--- A state as the page reads it: its line of JSON, and the numbers behind.
local function read_state(body)
  local line = body:match "^([^\n]*)\n *"
  local at, floats = (#line + 4) // 4 * 4, {}
  for k = 1, (#body - at) // 4 do floats[k] = string.unpack("<f", body, at + 4 * k - 3) end
  assert.equal(0, #body % 4)
  return has_decoder and notebook.decode(line) or nil, floats, line
end

local function make(opt)
  local net = lp.network { dt = 0.1, seed = 3, warnings = false, tier = opt and opt.tier or "interpreter", threads = opt and opt.threads }
  local input = net:poisson { name = "input", size = 30, rates = 40 }
  local cells = net:population { name = "cells", size = 10, neuron = lp.models.LIF, parameters = { I = 14 } }
  net:project { name = "learning", from = input, to = cells, target = "exc", connect = lp.all_to_all(), weights = lp.uniform(0, 2), synapse = lp.models.STDP }
  return net, input, cells
end

describe("JSON of a state", function()
  it("has objects, arrays that may be empty, numbers, and null for what is none", function()
    assert.equal('{"a":[],"b":[1,2.5,3],"c":{},"d":[1,null,null],"e":"x\\"\\\\\\u000a\\u003c"}',
      json.encode { a = json.array {}, b = json.array { 1, 2.5, 3 }, c = {}, d = json.array { 1, 0 / 0, math.huge }, e = 'x"\\\n<' })
    assert.equal('"a?"', json.encode "a\255")
  end)
end)

if not is_built then
  it("net:serve says what is missing", function()
    local _, message = pcall(function() lp.network {}:serve() end)
    assert.truthy(tostring(message):find("libmicrohttpd-dev", 1, true), message)
  end)
  return
end

describe("net:serve", function()
  local net, view
  before_each(function()
    net = make()
    view = net:serve()
  end)
  after_each(function() view:close() end)

  it("listens on this machine alone, to who knows the token and calls it by its name", function()
    local port, token = view.address:match "^http://127%.0%.0%.1:(%d+)/(%x+)/$"
    assert.equal(32, #token)
    assert.equal("200", status(view.address))
    for _, wrong in ipairs { "", token:sub(1, 31), token:reverse() .. "/", token .. "/nowhere", ("0"):rep(32) .. "/state" } do
      assert.equal("404", status(("http://127.0.0.1:%s/%s"):format(port, wrong)), wrong)
    end
    assert.equal("404", status(view.address, "-H 'Host: elsewhere.example'"))
    assert.equal("404", status(view.address .. "pause"))               -- POST alone
    local listening = shell("cat /proc/net/tcp /proc/net/tcp6")
    assert.truthy(listening:find(("0100007F:%04X 00000000:0000 0A"):format(port)))
    assert.is_nil(listening:find(("00000000:%04X 00000000:0000 0A"):format(port)))
  end)

  it("has a page that loads nothing from elsewhere", function()
    local page = get(view.address)
    assert.truthy(page:find("<title>Lunapse</title>", 1, true))
    assert.is_nil(page:find("https?://") or page:find("<script src", 1, true) or page:find("<link rel=\"stylesheet", 1, true))
  end)

  it("tells a run: time, rates, spikes, weights, the variable that was chosen", function()
    assert.equal("204", status(view.address .. "state"))                -- nothing has run yet
    local missing = { '"name":"input","rate":', '"name":"cells","rate":', '"i":%[%d', '"of":"cells.v"', '"traces":%[%[%-?%d', '"counts":%[%d', '"duration":60000',
      '"choices":%["cells.v"' }
    net:every(20, function()
      local state = get(view.address .. "state?show=cells.v")
      if state ~= "" and has_decoder then assert.equal("table", type(read_state(state))) end
      for k = #missing, 1, -1 do
        if state:find(missing[k]) then table.remove(missing, k) end
      end
      if #missing == 0 then net:stop() end
    end)
    net:run(60000)
    assert.same({}, missing)
    assert.is_true(net.t < 60000)
    local final = get(view.address .. "state")
    assert.truthy(final:find('"is_running":false', 1, true), final)
    assert.is_true(math.abs(net.t - tonumber(final:match '"t":([%d.e+]+)}\n')) < 1e-3)
    assert.equal(0, #net.recordings)                                    -- its own are gone
  end)

  it("has lists behind the line: times that are told from its own, neurons, values; and says what is new alone", function()
    if not has_decoder then return end
    local own = net:record(net.populations.cells, "v", { of = { 1, 3, 6, 8 } })          -- those of the view
    local n_spikes, n_values = 0, 0
    net:every(5, function()
      local body = get(view.address .. "state?show=cells.v")
      if body == "" then return end
      local state, floats = read_state(body)
      local most = 0
      local function list(place)
        most = math.max(most, place[1] + place[2])
        return table.move(floats, place[1] + 1, place[1] + place[2], 1, {})
      end
      for _, p in ipairs(state.populations) do
        if p.t then
          local ts, is = list(p.t), list(p.i)
          assert.equal(#ts, #is)
          n_spikes = n_spikes + #ts
          for k, t in ipairs(ts) do assert.is_true(t <= 1e-3 and t >= -state.recorded - 1e-3 and is[k] % 1 == 0 and is[k] >= 1 and is[k] <= p.size) end
        end
      end
      if state.shown then
        local ts, rows = list(state.shown.t), {}
        for k = 1, 4 do rows[k] = list(state.shown.traces[k]) end
        for n, t in ipairs(ts) do
          n_values = n_values + 1
          local row = math.floor((state.t + t) / 0.1 + 0.5)          -- of our own recording: one a step
          for k = 1, 4 do assert.is_true(math.abs(own.v[row][k] - rows[k][n]) < 1e-4) end
        end
      end
      assert.equal(#floats, most)
      if n_spikes > 100 and n_values > 100 then net:stop() end
    end)
    net:run(60000)
    assert.is_true(n_spikes > 100 and n_values > 100)
    local headers = get(view.address .. "state", "-D - -o /dev/null")
    local number = headers:match "Lunapse%-State: (%d+)"
    assert.is_true(tonumber(number) > 1)
    assert.equal("204", status(view.address .. "state?since=" .. number))
    assert.equal("200", status(view.address .. "state?since=" .. (tonumber(number) - 1)))
  end)

  -- By a clock that the spec turns: a millisecond takes `pace` seconds, `more` times as long where it is recorded, and a state a hundredth.
  local function look_at(pace, more)
    view:close()
    view = net:serve()
    local server, of, seconds = view._server, view._net, host.seconds
    local clock, without, states, recorded, known = 0, 0, 0, 0, { t = 0, populations = {}, projections = {} }
    view._net, host.seconds = known, function() return clock end
    view._server = { asked = function() return "" end, is_paused = function() return false end, wait = function() end,
      publish = function() states, clock = states + 1, clock + 0.01 end }
    local slice = math.max(0.1, 0.1 / pace)
    while without < 600 do
      view:_look { done = 0.5, duration = 1e9, elapsed = clock }
      local ran = math.min(slice, view.slice or math.huge)
      known.t, without, clock = known.t + ran, without + ran * pace, clock + ran * pace * (view._own and more or 1)
      if view._own then recorded = recorded + ran end
    end
    view:_rest()
    view._server, view._net, host.seconds = server, of, seconds
    return clock / without - 1, states / clock, recorded / known.t
  end

  it("takes some hundredths of the run's time, however dear its recordings are; and sees nearly all of a slow run where they are cheap", function()
    for _, pace in ipairs { 1e-5, 1e-4, 1e-2, 1, 30 } do
      for _, more in ipairs { 1.001, 1.03, 1.3, 1.9 } do
        local share, states, recorded = look_at(pace, more)
        local case = ("%g s a ms, %g times as long: %g of the time, %g states a second, %g recorded"):format(pace, more, share, states, recorded)
        assert.is_true(share < 0.0201, case)
        assert.is_true(states > (pace < 30 and 0.05 or 0), case)
        if pace == 1e-2 and more == 1.001 then assert.is_true(recorded > 0.8, case) end
      end
    end
  end)

  it("takes any wish, and shows of it what there is", function()
    local wishes = { "cells.tau_m", "nowhere.v", "cells.", "%00", ("x"):rep(5000), "cells.v%22%3C" }
    local k = 0
    net:every(20, function()
      k = k + 1
      get(view.address .. "state?show=" .. wishes[k % #wishes + 1])
    end)
    net:run(200)
    assert.equal(200, net.t)
    assert.equal("200", status(view.address .. "state"))
  end)

  it("pauses and goes on from the browser and from the script", function()
    assert.equal("204", status(view.address .. "pause", "-X POST"))
    assert.is_true(view:is_paused())
    -- another process looks whether the run waits, and lets it go on
    local folder = io.popen("mktemp -d"):read "l"
    os.execute(("(sleep 0.3; curl -s '%sstate' >%s/waiting; curl -s -D %s/headers -o /dev/null '%sstate'; curl -s -X POST '%sresume') &"):format(view.address, folder, folder,
      view.address, view.address))
    net:run(200)
    assert.is_false(view:is_paused())
    assert.truthy(shell("cat " .. folder .. "/headers"):find "Lunapse%-Paused: yes")
    os.execute("rm -r " .. folder)
    assert.equal(200, net.t)
    view:pause()
    assert.is_true(view:is_paused())
    view:resume()
    net:run(10)
  end)

  it("is ended by close, and made once at a time", function()
    local ok, message = pcall(net.serve, net)
    assert.is_false(ok)
    assert.truthy(message:find("net:serve: this network is served already, at " .. view.address, 1, true), message)
    local port = math.tointeger(view.address:match ":(%d+)/")
    local other = make()
    ok, message = pcall(other.serve, other, { port = port })
    assert.is_false(ok)
    assert.truthy(message:find(("net:serve: cannot listen at 127.0.0.1, port %d: "):format(port), 1, true), message)
    view:close()
    assert.equal("live view, closed", tostring(view))
    assert.equal("000", status(view.address))
    local again <close> = net:serve { port = port }
    assert.equal("200", status(again.address))
    ok, message = pcall(other.serve, other, { prot = 1 })
    assert.is_false(ok)
    assert.truthy(message:find("did you mean 'port'", 1, true), message)
    for _, wrong in ipairs { 0, 70000, 1.5 } do assert.is_false((pcall(other.serve, other, { port = wrong }))) end
  end)

  it("is closed with the program, also where a run is interrupted while it waits", function()
    local said = shell(([['%s' -e 'local lp = require "lunapse" local net = lp.network {} net:population { size = 1, neuron = lp.models.LIF }
      local view = net:serve { paused = true } print(view.address) os.execute "(sleep 0.2; kill -INT $PPID) &" net:run(100)']]):format(host.program))
    assert.truthy(said:find "http://127" and said:find "interrupted", said)
  end)
end)

describe("looking at a served network", function()
  local unseen
  --- The state at the end of some runs; `look(net, view)` is called in the midst of them.
  local function run(opt, look)
    local net = make(opt)
    local view = look and net:serve()
    if look then net:every(13.7, function() look(view) end) else net:every(13.7, function() end) end
    for _ = 1, 3 do net:run(60.3) end
    if view then view:close() end
    return stored.digest(net)
  end

  for name, opt in pairs { interpreted = { tier = "interpreter" }, ["native, two threads"] = { tier = "native", threads = 2 } } do
    it("changes no bit: " .. name, function()
      unseen = run(opt)
      local n = 0
      local seen = run(opt, function(view)
        n = n + 1
        assert.equal("", get(view.address .. "state?show=" .. (n % 2 == 0 and "cells.v" or "cells.g_exc"), "-o /dev/null"))
      end)
      assert.is_true(n > 10)
      seen.n_recorders, seen.n_spike_recorders = unseen.n_recorders, unseen.n_spike_recorders          -- how many there ever were
      assert.same({}, stored.differences(unseen, seen))
    end)
  end

  it("is not in what is stored: a state from before the look goes back, one of a checkpoint goes on", function()
    local net = make()
    net:store "before"
    local view <close> = net:serve()
    net:every(10, function() get(view.address .. "state?show=cells.v", "-o /dev/null") end)
    net:run(150)
    local w = net.projections.learning.w:table()
    net:restore "before"
    net:run(150)
    assert.same(w, net.projections.learning.w:table())
  end)
end)
