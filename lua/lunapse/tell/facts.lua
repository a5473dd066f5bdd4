--- Facts about the objects of a network in words, for what tells about it: describe, explain.
local fields = require "lunapse.network.fields"
local words = require "lunapse.tell.text"

local facts = {}

--- Memory of an object: everything that its list of state holds.
facts.bytes_of = fields.bytes

--- Which code runs the kernels of an object at this moment.
function facts.tier_of(net, object)
  if not object._made then return object._words.code end
  if net._tier == "interpreter" then return "interpreter (asked for)" end
  local native = object._made.native
  if native == false then return "nothing to compile" end
  if native == nil then return "interpreter" end
  local state = native:state()
  if state == "ready" then return "native" end
  if state == "building" then return "interpreter, native code is being built" end
  return state == "none" and "interpreter: no C compiler was found" or "interpreter: the C compiler failed"
end

facts.formats = { dense_pre = "dense, a row per pre neuron", dense_post = "dense, a row per post neuron", rows_pre = "rows by pre neuron",
  rows_post = "rows by post neuron" }

--- The delays of a projection.
function facts.delay_text(p)
  local d = p._delays
  if d then
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
