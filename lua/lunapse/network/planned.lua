--- Networks of which only a plan is made: `lunapse --plan script.lua` runs a script until its first run without memory for neurons and synapses, and tells what the network would
--- take (tell/plan.lua).
---
--- The objects of such a network are compiled and bound as ever, but their arrays and the engine's populations and projections have no elements. So whatever is set is set for
--- none, whatever would be read is not there, and what only elements could tell is refused here.
local array = require "lunapse.core.array"
local host = require "lunapse.core.host"
local options = require "lunapse.options"
local random = require "lunapse.network.distribution"

local planned = {}

local RANKS, RATE = 1, 5

--- Numbers of a plan: checked, with what they are unless given.
---@param where string
---@param opt { ranks?: integer, rate?: number }
---@return { ranks: integer, rate: number }
function planned.numbers(where, opt)
  return { ranks = options.whole(where, "ranks", opt.ranks or RANKS, 1), rate = options.number(where, "rate", opt.rate or RATE, 0, math.huge) }
end

--- What the program was started with: words such as ranks=1024; nil without --plan.
---@return { ranks: integer, rate: number }?
function planned.asked()
  local text = host.options.plan
  if not text then return nil end
  local opt = {}
  for word in text:gmatch "[^%s,]+" do
    local name, value = word:match "^(%l+)=(.*)$"
    if name ~= "ranks" and name ~= "rate" or not tonumber(value) then
      error(("--plan: ranks=N and rate=HZ expected before the script, got '%s'"):format(word), 0)
    end
    opt[name] = math.tointeger(tonumber(value)) or tonumber(value)
  end
  return planned.numbers("--plan", opt)
end

--- Refuse what needs elements.
---@param what string   "population 'E', v"
function planned.refuse(what)
  options.fail(("%s: with --plan neither neurons nor synapses are made, so there are no values: read them behind the first net:run, which prints the plan"):format(what))
end

--- Is a value set for no element of what is only planned? Numbers are set as ever, for what is kept once.
---@param net Network
---@param value any
---@return boolean
function planned.is_left(net, value)
  return net._is_plan and type(value) ~= "number" and type(value) ~= "boolean" and not random.is(value)
end

--- How many elements there are of so many: of one, that one, which others may read as a number.
---@param n integer
---@return integer
function planned.size(n) return n == 1 and 1 or 0 end

--- What the engine knows of synapses that are not made.
planned.connector = { kind = "pairs", pre = {}, post = {} }
planned.view = { first = 1, n = 0 }

--- Delays of each synapse, of no synapse.
---@param given any
---@return any
function planned.delays(given) return random.is(given) and given or array.new("float64", 0) end

--- The end of a script that is only planned: its first run.
---@param net Network
function planned.finish(net)
  print(net:plan(planned.asked()))
  io.stdout:flush()
  os.exit(0, true)
end

return planned
