--- Delays of synapses: how they are given, and how they become whole steps of the receiver's clock. One delay for all, or one for each synapse; then the
--- rows of the synapses are sorted by delay.
local array = require "lunapse.core.array"
local engine = require "lunapse.core.engine"
local options = require "lunapse.options"
local values = require "lunapse.network.values"

local delays = {}

local MOST_STEPS = 16777216     -- of a delay: the engine keeps the spikes of so many steps

local function check_range(p, dt, low, high)
  if low < 0 then options.fail(("%s: delays must be at least 0, got %g"):format(p:_title(), low)) end
  if high > MOST_STEPS * dt then
    options.fail(("%s: delays must be at most %g ms (%d steps), got %g"):format(p:_title(), MOST_STEPS * dt, MOST_STEPS, high))
  end
end

--- One delay for all, of whole steps.
local function set_one(p, ms, dt, steps)
  p._delay, p._delay_steps = steps * dt, steps
  p._core:set_delay(ms, steps)
end

--- Refuse delays that differ where they cannot.
local function check_may_differ(p, dense_word)
  if p.from._clock ~= p.to._clock then options.fail(p:_where "delays" .. ": one delay for all expected between populations with different dt") end
  if not p._spiking then options.fail(p:_where "delays" .. dense_word) end
end

--- Sort the rows of a projection by delays (ms, in place order), which become whole steps.
---@param p Projection
---@param ms array
---@return array moved  where each place went
function delays.place(p, ms)
  local dt = p._net:dt_of(p.to._clock)
  local steps = engine.steps(dt, ms)
  local order = p._core:set_delays(steps:astype "int32")
  p._delay, p._delay_steps, p._delays = nil, 1, (steps * dt):take(order)
  local moved = array.new("int64", #ms)
  moved:put(order, array.arange(1, #ms):astype "int64")
  return moved
end

--- Give a projection that is being made its delays: none (the next step), a number, or values for the synapses.
---@param p Projection
---@param given any
function delays.set(p, given)
  local dt = p._net:dt_of(p.to._clock)
  if given == nil then
    set_one(p, 0, dt, 1)
  elseif type(given) == "number" then
    options.number(p:_title(), "delays", given, 0, math.huge)
    check_range(p, dt, given, given)
    set_one(p, given, dt, engine.steps(dt, given))
  else
    local ms = array.new("float64", p.size)
    values.assign(p:_where "delays", p._net, p._object, ms, p:_in_place_order("delays", given))
    if p.size > 0 then check_range(p, dt, ms:min(), ms:max()) end
    check_may_differ(p, ": rate-coded projections take one delay for all synapses")
    local moved = delays.place(p, ms)
    if p._place_of_pair then p._place_of_pair = moved:take(p._place_of_pair) end
  end
end

--- New synapses come with delays of their own (ms, one or a list): one delay for all becomes a delay per synapse where they differ from it.
---@param p Projection
---@param given number|array|number[]
function delays.make_room(p, given)
  if p._delays or engine.steps(p._net:dt_of(p.to._clock), array.from(given)):eq(p._delay_steps):all() then return end
  check_may_differ(p, ": rate-coded projections have one delay for all synapses")
  p:_flush()
  delays.place(p, array.full(p._delay, p.size))
  p:_rebuild()
end

return delays
