--- Facts about the objects of a network in words, for what tells about it: describe, explain.
local kernel = require "lunapse.core.kernel"
local words = require "lunapse.tell.text"

local facts = {}

local function bytes_of_arrays(object)
  local sum = 0
  for _, a in pairs(object._arrays) do
    local kind = a:type()
    sum = sum + a:size() * ((kind == "float64" or kind == "int64") and 8 or kind == "bool" and 1 or 4)
  end
  return sum
end

--- Memory of an object: arrays of its variables, and of a projection the places of its synapses.
function facts.bytes_of(object) return bytes_of_arrays(object) + (object._is_projection and object._core:bytes() or 0) end

--- Memory of what was recorded so far.
function facts.bytes_of_recording(r)
  if rawget(r, "_core") then return 12 * r:count() end
  local sum = 0
  for _, c in ipairs(rawget(r, "_cores")) do sum = sum + r:count() * (8 * c.width + 8) end
  return sum
end

--- Which code runs the kernels of an object at this moment.
function facts.tier_of(net, object)
  if not object._made then return object._kind == "source" and "built in (a list of spikes)" or "built in" end
  if net._tier == "interpreter" then return "interpreter (asked for)" end
  local native = object._made.native
  if native == false then return "nothing to compile" end
  if native == nil then return "interpreter" end
  local state = native:state()
  if state == "ready" then return "native" end
  if state == "building" then return "interpreter, native code is being built" end
  return state == "none" and "interpreter: no C compiler was found" or "interpreter: the C compiler failed"
end

--- What a population consists of, in words.
function facts.kind_of(pop)
  if pop._kind == "neurons" then return "model " .. pop._model.name end
  return pop._kind == "poisson" and "Poisson" or "given spikes"
end

--- How the synapses of a projection are stored.
function facts.stored_as(p) return kernel.formats()[p._core:format()].words end

--- The delays of a projection.
function facts.delay_text(p)
  if p._delay_scope == "syn" then
    local d = p.delays
    return d:size() == 0 and "no delays" or ("%g .. %g ms"):format(d:min(), d:max())
  end
  return ("%g ms"):format(p.delay)
end

--- The targets of a projection.
function facts.target_text(p) return #p._targets > 0 and table.concat(p._targets, ", ") or "-" end

--- The settings of a network on one line.
function facts.head(net)
  return ("network: dt = %g ms, seed %d, %s, method %s, %s, tier %s, at t = %s"):format(net.dt, net.seed, net._precision, net._method,
    words.plural(net._threads, "thread"), net._tier, words.time(net.t))
end

return facts
