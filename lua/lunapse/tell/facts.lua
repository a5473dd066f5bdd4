--- Facts about the objects of a network in words, for what tells about it: describe, explain.
local delays = require "lunapse.network.delays"
local fields = require "lunapse.network.fields"
local kernel = require "lunapse.core.kernel"
local pathways = require "lunapse.network.pathways"
local words = require "lunapse.tell.text"

local facts = {}

--- Memory of an object: everything that its list of state holds.
facts.bytes_of = fields.bytes

--- Why there is no native code.
---@param native Native
---@return string
function facts.why_interpreted(native)
  local log = native:log()
  return kernel.compiler() and log or ("no C compiler was found (%s)"):format(log:match ": (.*)" or log)
end

--- What this rank computes of a population; nil where one process computes all, or before the first run.
---@return string?
function facts.share_of(p)
  local first, last = p._core:own()
  if first then return ("this rank computes neurons %d to %d of %d"):format(first, last, p.size) end
  return last and "every rank computes all of it: " .. last
end

--- How often this rank has told the others its spikes, and what that took; nil where it never has.
---@return string?
function facts.telling(net)
  local times, sent, received, steps, longest = net._core:told()
  if times == 0 then return nil end
  return ("ranks: this rank has told all others its spikes %s in %s%s: %s sent, %s received"):format(words.plural(times, "time"), words.plural(steps, "step"),
    longest > 1 and (", once in %d where nobody asks before"):format(longest) or "", words.bytes(sent), words.bytes(received))
end

--- What this rank holds of a projection; nil where one process holds all, and always has.
---@return string?
function facts.part_of(p)
  if p._held then return ("this rank holds %d of %s, those that end at its neurons"):format(p._core:count(), words.plural(p.size, "synapse")) end
  return p._was_part and "every rank holds all synapses: " .. p._was_part
end

--- Which code runs the kernels of an object at this moment.
function facts.tier_of(net, object)
  if not object._made then return object._words.code end
  if net._tier == "interpreter" then return "interpreter (asked for)" end
  local native = object._made.native
  if native == false then return "nothing to compile" end
  if native == nil then return "interpreter" end
  local state = native:state()
  if state == "building" then return "interpreter, native code is being built" end
  if state == "failed" then return "interpreter: " .. (native:log():match "^the C compiler[^\n]*" or "the C compiler failed") end
  if state == "none" then return "interpreter: " .. facts.why_interpreted(native) end
  local _, why = kernel.cache_folder()
  return why and ("native, compiled anew by every process: %s"):format(why) or "native"
end

--- How the synapses of a projection are stored.
function facts.stored_as(p)
  return kernel.formats()[p._core:format()].words .. (p._copied and (", those of '%s'"):format(p._copied.name) or "")
end

--- Delays of a projection, and of its pathways that have others.
function facts.delay_text(p) return delays.text(p) .. pathways.text(p) end

--- The targets of a projection.
function facts.target_text(p) return #p._targets > 0 and table.concat(p._targets, ", ") or "-" end

--- The method of equations that name none, with the tolerances that the script gave.
function facts.method(net)
  local text = net._method
  for _, name in ipairs { "rtol", "atol" } do
    if net["_" .. name] then text = ("%s, %s %g"):format(text, name, net["_" .. name]) end
  end
  return text
end

--- The settings of a network on one line.
function facts.head(net)
  return ("network: dt = %g ms, seed %d, %s, method %s, %s, tier %s, at t = %s"):format(net.dt, net.seed, net._precision, facts.method(net),
    words.plural(net._threads, "thread"), net._tier, words.time(net.t))
end

return facts
