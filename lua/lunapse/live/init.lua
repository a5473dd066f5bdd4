--- net:serve: a running network in the browser. A server hands out one page and the latest state of the run (`lunapse.core.web`); the state is made here, between two slices of a run,
--- when somebody looks. What it takes is bounded: after each look the run has a hundred times as long for itself, and recording takes a hundredth at most. A state is a line of JSON and, behind it, long lists as they are: numbers are
--- copied here and drawn by the browser, and nobody between the two turns them into text.
local array = require "lunapse.core.array"
local host = require "lunapse.core.host"
local json = require "lunapse.live.json"
local options = require "lunapse.options"
local ranks = require "lunapse.ranks"

--- The live view of a network, as net:serve gives it.
---@class LiveView
---@field address string     where the browser finds it: on this machine alone, with a token that only you know
local LiveView = {}
LiveView.__index = LiveView
LiveView.__name = "lunapse.live"

---@class Network
local Network = {}

local live = { methods = Network, LiveView = LiveView }

local PATIENCE = 3         -- seconds after which nobody looks any more
local BREAK = 0.2          -- seconds between two states, at least: the page does not ask more often
local SHARE = 100          -- how much longer than a look takes the run has for itself
local STRETCH = 10         -- seconds that are recorded in one go, at most: then it is seen anew how long the run takes without
local WINDOW = 1000        -- ms: where a network does more between two states, the last so many of them are shown
local NEURONS = 200        -- of a population in the raster, at most
local SPIKES = 1500        -- of a population in one state: fewer neurons are recorded where they spike often
local TRACES = 4           -- neurons whose variable is shown
local POINTS = 400         -- of a trace between two states
local BINS = 40            -- of the histograms
local WEIGHTS = 50000      -- of a projection in its histogram, at most

-- ---- what is shown ----

local function spread(size, most)
  local numbers = {}
  for k = 1, math.min(size, most) do numbers[k] = size <= most and k or (k - 1) * size // most + 1 end
  return numbers
end

local function is_variable(v) return v.kind ~= "parameter" and v.scope == "elem" end

--- What may be chosen: "population.variable".
local function choices(net)
  local list = {}
  for _, p in ipairs(net.populations) do
    for _, v in ipairs(p._compiled.variables) do
      if is_variable(v) and not v.name:find "^_" then list[#list + 1] = p.name .. "." .. v.name end
    end
  end
  return list
end

--- A population and the name of a variable of it, of what a browser wishes; nil of anything else.
local function chosen(net, wish)
  for _, p in ipairs(net.populations) do
    if wish:sub(1, #p.name + 1) == p.name .. "." then
      local name = wish:sub(#p.name + 2)
      for _, v in ipairs(p._compiled.variables) do
        if v.name == name and is_variable(v) then return p, name end
      end
    end
  end
end

--- Recordings of its own, which are there while somebody looks: as much as is wanted of `span` ms.
local function record(self, wish, span)
  local net = self._net
  local own = { spikes = {}, wish = wish, span = span, from = net.t, took = 0, more = 0 }
  for _, p in ipairs(net.populations) do
    if p:_has_spikes() and p.size > 0 then
      local each = math.max(self._rates[p.name] or 0, 0.1) * span / 1000          -- spikes that a neuron will have
      local n = math.max(1, math.min(NEURONS, math.ceil(SPIKES / each)))
      own.spikes[p.name] = net:record(p, "spike", p.size > n and { of = spread(p.size, n) } or nil)
    end
  end
  local p, name = chosen(net, wish)
  if p then
    local steps = math.max(1, math.ceil(span / POINTS / net:dt_of(p._clock)))
    own.rows, own.name = net:record(p, name, { of = spread(p.size, TRACES), every = steps * net:dt_of(p._clock) }), name
  end
  self._own = own
end

--- Seconds by which recording has cost more than it may: it took so much longer than without, at most as long again: what else kept the run waiting is not of the view.
local function excess(own) return math.min(own.more, own.took - own.more) - own.took / SHARE end

--- Take its recordings out of the network, which then is as if nobody had looked.
function LiveView:_rest()
  local own = self._own
  self._own = nil
  if not own then return end
  self._spent = self._spent + math.max(0, excess(own))
  for _, r in pairs(own.spikes) do r:remove() end
  if own.rows then own.rows:remove() end
end

local function last(values, most) return #values > most and values:slice(#values - most + 1, #values) or values end

--- A list that goes behind the line: which of the numbers there it is. They are float32, so times are told from the state's own.
local function behind(lists, values)
  local first = lists.n or 0
  lists[#lists + 1], lists.n = values, first + #values
  return json.array { first, #values }
end

local function population_state(self, p, span, lists)
  local r = self._own and self._own.spikes[p.name]
  local state = { name = p.name, size = p.size }
  if p:_has_spikes() then
    local n = p._core:n_spikes()
    local before = self._counts[p.name]
    self._counts[p.name] = n
    if before and span > 0 then state.rate = (n - before) / p.size / span * 1000 end
    self._rates[p.name] = state.rate
    if r then state.t, state.i = behind(lists, last(r.t, 2 * SPIKES) - self._net.t), behind(lists, last(r.neuron, 2 * SPIKES)) end
  end
  return state
end

--- Weights as a histogram, of large projections those of every so many-th synapse.
local function weights_state(self, p, now)
  local known = self._weights[p.name]
  if known and now < known.again then return known.state end
  local w = p:_array "w"
  local state = { name = p.name, from = p.from.name, to = p.to.name, size = p.size }
  if array.is(w) and p.size > 0 then
    w = p.w
    local every = (#w + WEIGHTS - 1) // WEIGHTS
    if every > 1 then w, state.of = w:slice(1, #w, every), (#w + every - 1) // every end
    local low, high = w:min(), w:max()
    state.low, state.high, state.mean = low, high, w:mean()
    if low < high then state.counts = json.array(w:histogram(BINS, low, high):table()) end
  end
  local took = host.seconds() - now
  self._weights[p.name] = { state = state, again = now + math.max(1, SHARE * took) }
  return state
end

local function traces_state(self, lists)
  local rows = self._own and self._own.rows
  if not rows or rows:count() == 0 then return nil end
  local traces, of, values = {}, self._own, rows[self._own.name]
  for k = 1, select(2, values:shape()) or 1 do traces[k] = behind(lists, values:column(k)) end
  return { of = of.wish, t = behind(lists, rows.t - self._net.t), traces = json.array(traces) }
end

local function state_of(self, run, now, lists)
  local net = self._net
  local span = net.t - (self._t or net.t)
  local populations, projections = {}, {}
  for k, p in ipairs(net.populations) do populations[k] = population_state(self, p, span, lists) end
  for k, p in ipairs(net.projections) do projections[k] = weights_state(self, p, host.seconds()) end
  return { t = net.t, span = span, recorded = self._own and net.t - self._own.from or nil,
    is_running = not run.is_over, done = run.done, duration = run.duration, elapsed = run.elapsed,
    speed = self._now and now > self._now and span / 1000 / (now - self._now) or nil,
    populations = json.array(populations), projections = json.array(projections), choices = json.array(choices(net)), shown = traces_state(self, lists) }
end

-- ---- during a run ----

--- The slice behind us. Where nothing was recorded it says how long a millisecond takes; else how much longer than that it took, with what setting up the recordings made the engine do again.
local function account(self, now)
  local ran = self._left_at and self._net.t - self._left_at or 0
  if ran <= 0 then return end
  local took, own = now - self._left, self._own
  if not own then
    self._pace = took / ran
  else
    own.took, own.more = own.took + took, own.more + took - self._pace * ran
  end
end

local function publish(self, run, wish, now)
  local lists = {}
  local state = state_of(self, run, now, lists)
  lists.n = nil
  self._server:publish(json.encode(state), lists)
  self._t, self._now = self._net.t, now
  local own = self._own
  if not own then return end
  for _, r in pairs(own.spikes) do r:clear() end
  if own.rows then own.rows:clear() end
  local recorded = self._net.t - own.from
  local is_other = own.wish ~= wish or recorded > 3 * own.span or 3 * recorded < own.span
  local is_enough = self.slice or run.is_over or excess(own) > 0 or own.took > STRETCH
  if is_other or is_enough then self:_rest() end
  if is_other and not is_enough then record(self, wish, recorded) end
  own.from = self._net.t
end

--- Make a state, or have what it needs recorded first: of a fast network a slice of its own, of a slow one all from here on, where that costs little.
local function show(self, run, wish, now)
  if self._own or not self._pace or run.is_over or self._server:is_paused() then
    publish(self, run, wish, now)
    self.slice = nil
    self._spent = self._spent + host.seconds() - now
    self._next, self._spent = now + math.max(BREAK, SHARE * self._spent), 0
  else
    local span = BREAK / self._pace
    record(self, wish, math.min(span, WINDOW))
    if span > WINDOW then self.slice = WINDOW end
    self._next, self._spent = now + BREAK, self._spent + host.seconds() - now
  end
end

--- Called between two slices of a run, where nothing of the network is on its way: tell who looks; wait while somebody has paused it. `slice` says how many ms the
--- next slice may be long.
---@param run { done: number, duration: number, elapsed: number, is_over?: boolean }
function LiveView:_look(run)
  local server = self._server
  if not server then return end
  account(self, host.seconds())
  repeat
    local wish, now = server:asked(), host.seconds()
    if wish then self._seen = now end
    if self._own and now - (self._seen or now) > PATIENCE then self:_rest() end
    if self.slice or (wish and (now >= self._next or run.is_over)) then show(self, run, wish or self._own and self._own.wish or "", now) end
    if run.is_over or self.slice then break end
    server:wait(50)
  until not server:is_paused()
  if run.is_over then self:_rest() end
  self._left, self._left_at = host.seconds(), not run.is_over and self._net.t or nil
end

-- ---- for the script ----

--- End the live view: the browser is told, the address is free.
function LiveView:close()
  self:_rest()
  if self._server then self._server:close() end
  self._server = nil
  if self._net._live == self then self._net._live = nil end
end

--- Let the network wait, in a run or at the beginning of the next, until `resume` or the button in the browser.
function LiveView:pause() if self._server then self._server:pause(true) end end

--- Go on.
function LiveView:resume() if self._server then self._server:pause(false) end end

--- Is it paused?
---@return boolean
function LiveView:is_paused() return self._server ~= nil and self._server:is_paused() end

function LiveView:__tostring() return self._server and "live view at " .. self.address or "live view, closed" end

LiveView.__close = LiveView.close

local function read_page()
  local file <close> = assert(io.open(host.folder .. "/lunapse/live/page.html", "rb"))
  return file:read "a"
end

--- Show the network in the browser while it runs: `print(net:serve())` says where. The page has a raster, rates, a variable that you choose there, the weights as
--- histograms, how far the run is, and a button that pauses it. It is for this machine alone: the server listens at 127.0.0.1, and the address holds a token.
--- Looking changes no bit of what is computed. Making what is shown takes about a hundredth of the time; the network also has recordings of the view's own then, some per cent. Where nobody looks nothing is made.
---
--- `port`: any that is free unless given. `paused = true`: the next run begins when somebody presses the button. Needs libmicrohttpd when Lunapse is built.
---@param opt? { port?: integer, paused?: boolean }
---@return LiveView
--- Errors: "net:serve: this network is served already, at http://127.0.0.1:...: close that view first".
function Network:serve(opt)
  options.colon(self, "network", "net:serve")
  opt = options.check("net:serve", opt or {}, { port = "number", paused = "boolean" })
  local port = opt.port and options.whole("net:serve", "port", opt.port, 1) or 0
  if port > 65535 then options.fail(("net:serve: port must be at most 65535, got %d"):format(port)) end
  if ranks.n() > 1 then options.fail(("net:serve: a live view is of one process, and %d ranks run this script"):format(ranks.n())) end
  if self._live then options.fail(("net:serve: this network is served already, at %s: close that view first"):format(self._live.address)) end
  local ok, web = pcall(require, "lunapse.core.web")
  if not ok then
    options.fail "net:serve: this Lunapse was built without libmicrohttpd-dev, which the live view needs: install it (Debian's package) and build anew"
  end
  local opened, server = pcall(web.open, port, read_page())
  if not opened then options.fail("net:serve: " .. server) end
  if opt.paused then server:pause(true) end
  self._live = setmetatable({ address = server:address(), _net = self, _server = server, _counts = {}, _rates = {}, _weights = {}, _next = 0, _spent = 0 }, LiveView)
  return self._live
end

return live
