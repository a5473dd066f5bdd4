--- Delays of synapses: how they are given, and how they become whole steps of the receiver's clock (between two clocks, of the shorter one). One delay for all,
--- or one for each synapse; then the rows of the synapses are sorted by delay.
local array = require "lunapse.core.array"
local engine = require "lunapse.core.engine"
local options = require "lunapse.options"
local part = require "lunapse.network.part"
local planned = require "lunapse.network.planned"
local random = require "lunapse.network.distribution"
local values = require "lunapse.network.values"

local delays = {}

local MOST_STEPS = 16777216     -- of a delay: the engine keeps the spikes of so many steps

--- Refuse delays that no projection can have.
function delays.check_range(p, dt, low, high)
  if low < 0 then options.fail(("%s: delays must be at least 0, got %g"):format(p:_title(), low)) end
  if high > MOST_STEPS * dt then
    options.fail(("%s: delays must be at most %g ms (%d steps), got %g"):format(p:_title(), MOST_STEPS * dt, MOST_STEPS, high))
  end
  if p.from:_synapses() and engine.steps(dt, high) > 1 then          -- what delays remember is what neurons were
    options.fail(("%s: the synapses of '%s' are seen as they are, without a delay, got %g"):format(p:_title(), p.from.name, high))
  end
end

--- One delay for all, of whole steps.
local function set_one(p, ms, dt, steps)
  p._delay, p._delay_steps = steps * dt, steps
  p._core:set_delay(ms, steps)
end

--- Refuse delays that differ where they cannot.
local function check_may_differ(p)
  if p._spiking or p.from._clock == p.to._clock then return end
  options.fail(p:_where "delays" .. ": rates that go from one clock to another take one delay for all synapses of a projection")
end

--- The step of which delays are whole numbers, where each synapse has its own.
function delays.step_of(p)
  local net = p._net
  return math.min(net:dt_of(p.from._clock), net:dt_of(p.to._clock))
end

--- The delay of each synapse (ms), where each has its own.
---@param p Projection
---@return array
function delays.each(p) return p._core:delays(delays.step_of(p)) end

--- Delays of a projection in words, without laying them out: "0.5 ms", "0.1 .. 4 ms".
---@param p Projection
---@return string
function delays.text(p)
  if p._delay then return ("%g ms"):format(p._delay) end
  local low, high = p._core:delay_range(delays.step_of(p))
  return low and ("%g .. %g ms"):format(low, high) or "no delays"
end

--- Sort the rows of a projection by delays (ms in place order, an array or a distribution), which become whole steps.
---@param p Projection
---@param given array|Distribution
---@param wants_moved? boolean
---@return array? moved  where each place went
function delays.place(p, given, wants_moved)
  local net, dt, n = p._net, p._net:dt_of(p.to._clock), p._core:count()      -- of synapses that come and go there are others than before already
  local low, high, order
  local function set(...) low, high, order = p._core:set_delays(delays.step_of(p), MOST_STEPS * dt, wants_moved, ...) end
  if p._held then
    local ms, least, most = part.draw_delays(p, delays.step_of(p), values.draw(net, p._object, given))
    if p._held.n > 0 then delays.check_range(p, dt, least, most) end
    set(ms)
    low, high = least, most
  elseif random.is(given) then
    set(values.draw(net, p._object, given))
  else
    local ms = array.new("float64", n)
    values.assign(p:_where "delays", net, p._object, ms, given)
    set(ms)
  end
  if n > 0 and not p._held then delays.check_range(p, dt, low, high) end
  p._delay, p._delay_steps = nil, 1
  p:_forget_delays()
  if not wants_moved then return nil end
  local moved = array.new("int64", n)
  moved:put(order, array.arange(1, n):astype "int64")
  return moved
end

--- Give a projection that is being made its delays: none (the next step), a number, a text, or values for the synapses.
---@param p Projection
---@param given any
function delays.set(p, given)
  local dt = p._net:dt_of(p.to._clock)
  if given == nil then
    set_one(p, 0, dt, 1)
  elseif type(given) == "number" then
    options.number(p:_title(), "delays", given, 0, math.huge)
    delays.check_range(p, dt, given, given)
    set_one(p, given, dt, engine.steps(dt, given))
  else
    if p._net._is_plan then given = planned.delays(given) end
    local each = type(given) == "string" and require("lunapse.network.connect_text").values(p, given, "delays") or p:_in_place_order("delays", given)
    check_may_differ(p)
    local moved = delays.place(p, each, p._place_of_pair ~= nil)
    if moved then p._place_of_pair = moved:take(p._place_of_pair) end
  end
end

--- New synapses come with delays of their own (ms, one or a list): one delay for all becomes a delay per synapse where they differ from it.
---@param p Projection
---@param given number|array|number[]
function delays.make_room(p, given)
  local dt = delays.step_of(p)
  if not p._delay or engine.steps(dt, array.from(given)):eq(engine.steps(dt, p._delay)):all() then return end
  check_may_differ(p)
  p:_flush()
  delays.place(p, array.full(p._delay, p.size))
  p:_rebuild()
end

--- Give the synapses of a projection other delays: what option `delays` takes, one for each in the order in which they are read. What is under way keeps the time that
--- it had when it was sent; rates are read from further back, or less far, at once.
---@param p Projection
---@param where string   how messages call it
---@param given number|string|array|number[]|Distribution
function delays.change(p, where, given)
  local net = p._net
  local dt = net:dt_of(p.to._clock)
  if type(given) == "number" then
    options.number(p:_title(), "delays", given, 0, math.huge)
    delays.check_range(p, dt, given, given)
  elseif type(given) == "table" and not random.is(given) and #given == 0 and next(given) ~= nil then
    options.fail(where .. ": the delays of the synapses expected, a number or one for each; those of pathways are given when the projection is made")
  end
  p:_flush()
  if type(given) == "number" and p._delay then
    local steps = engine.steps(dt, given)
    if math.max(steps, 1) == math.max(p._delay_steps, 1) then return end
    p._core:hold()
    set_one(p, given, dt, steps)
    p:_forget_delays()
    p:_forget_lags()
    p:_rebuild()
    return
  end
  check_may_differ(p)
  if type(given) == "string" then given = require("lunapse.network.connect_text").values(p, given, "delays") end
  local ms = array.new("float64", p.size)
  values.assign(where, net, p._object, ms, given)
  if #ms > 0 then delays.check_range(p, dt, ms:min(), ms:max()) end
  require("lunapse.network.structure").set_delays(p, where, ms)
end

return delays
