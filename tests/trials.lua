--- For specs of stored states: whatever a script changes after a state was put back, the state stays what it was.
local assert = require "luassert"
local stored = require "lunapse.network.stored"

--- Put each state back, after each of the changes, and run to `until_t`: the network then is what it was there for the first time.
---@param net Network
---@param names string[]      of stored states
---@param changes function[]
---@param until_t number
---@param last table          its digest at that time
---@param what string         for messages
return function(net, names, changes, until_t, last, what)
  for k, change in ipairs(changes) do
    for _, name in ipairs(names) do
      change()
      net:run(5)
      net:restore(name)
      net:run(until_t - net.t)
      assert.equal("", table.concat(stored.differences(last, stored.digest(net)), ", "), ("%s, change %d, %s"):format(what, k, name))
    end
  end
end
