--- The window of a learning rule: what one pair of spikes does to the weight, measured on the rule itself.
local options = require "lunapse.options"
local model = require "lunapse.network.model"

local window = {}

--- The change of a weight by one pre and one post spike, for each difference of their emissions (post minus pre, in steps).
--- Every difference has a synapse of its own, with the weight in the middle between the bounds (parameters w_min, w_max where the rule has
--- them) or at `w`. The post neuron fires `gap` steps after the rule has come to rest.
---@param synapse Model
---@param opt? { dt?: number, from?: integer, to?: integer, w?: number, delay?: number }
---@return { steps: array, interval: array, dw: array }  difference in steps, interval of the events in ms, change of the weight
function window.stdp(synapse, opt)
  local lp = require "lunapse"
  opt = options.check("lp.stdp_window", opt or {}, { dt = "number", from = "number", to = "number", w = "number", delay = "number" })
  if not model.is(synapse, "synapse") then options.fail "lp.stdp_window: a synapse model expected" end
  local dt, first, last = opt.dt or 1, opt.from or -100, opt.to or 100
  local n, lead = last - first + 1, math.max(0, -first) + 2
  local function parameter(name, otherwise)
    local given = synapse.values[name]
    if given ~= nil then return given end
    local p = synapse.checked.parameters_by_name[name]
    return p and type(p.default) == "number" and p.default or otherwise
  end
  local low, high = parameter("w_min", 0), parameter("w_max", nil)
  local w = opt.w or (high and (low + high) / 2 or 1)
  local net = lp.network { dt = dt, tier = "interpreter" }
  local each, pre_t, post_t, steps = {}, {}, {}, {}
  for k = 1, n do
    each[k], steps[k] = k, first + k - 1
    pre_t[k], post_t[k] = lead * dt, (lead + steps[k]) * dt
  end
  local pre = net:spike_source { size = n, neuron = each, t = pre_t }
  local post = net:spike_source { size = n, neuron = each, t = post_t }
  local synapses = net:project { from = pre, to = post, connect = lp.one_to_one(), weights = w, synapse = synapse, delays = opt.delay }
  net:run((lead + math.max(last, 0) + 2) * dt + (opt.delay or dt))
  local d = math.floor(synapses.delay / dt + 0.5)
  local number = lp.array.from(steps, "float64")
  return { steps = number, interval = (number - d + 0.5) * dt, dw = synapses.w - w }
end

return window
