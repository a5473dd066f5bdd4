--- Removing: populations, projections, Poisson inputs, recordings and operations leave their network for good.
---
--- What is a part of an object goes with it: its variables and drives, its texts of run_regularly, the rules of its model that were started, its share of a sum.
--- What needs it and is somebody's own is not taken away behind his back: removing is then refused, and the message names who needs it. Whoever still holds a
--- removed object is told so. Everybody else goes on with the same bits, since random streams go by numbers that objects got when they were made.
local ends = require "lunapse.network.ends"
local live = require "lunapse.network.live"
local operation = require "lunapse.network.operation"
local options = require "lunapse.options"
local poisson_input = require "lunapse.network.poisson_input"
local population = require "lunapse.network.population"
local projection = require "lunapse.network.projection"
local record_file = require "lunapse.network.record_file"
local recording = require "lunapse.network.recording"
local view = require "lunapse.network.view"
local writers = require "lunapse.network.writers"

---@class Network
local Network = {}

-- ---- who needs it ----

local function quoted(names)
  table.sort(names)
  for k, name in ipairs(names) do names[k] = ("'%s'"):format(name) end
  return table.concat(names, ", ")
end

--- Names of references of an object to a population.
local function refs_to(object, pop)
  local names = {}
  for name, ref in pairs(object._refs) do
    if ref.population == pop then names[#names + 1] = name end
  end
  return #names > 0 and quoted(names) or nil
end

--- Who needs an object, each in a sentence.
local function needed_by(net, object)
  local list = {}
  local function add(text, ...) list[#list + 1] = text:format(...) end
  for _, p in ipairs(net.projections) do
    if p._copied == object then add("%s is a copy of it", p:_title()) end
    if p.from == object or p.to == object then add("%s goes from '%s' to '%s'", p:_title(), p.from.name, p.to.name) end
  end
  for _, input in ipairs(net.inputs) do
    if input.to:_whole() == object then add("%s goes to it", input:_title()) end
  end
  for _, kind in ipairs { "populations", "projections" } do
    for _, other in ipairs(net[kind]) do
      local names = other ~= object and refs_to(other, object)
      if names then add("%s reads it as %s (option refs)", other:_title(), names) end
    end
  end
  for _, r in ipairs(net.recordings) do
    if r._owner == object then add("a recording of its %s is there", r:_recorded()) end
  end
  return list
end

-- ---- taking out ----

local function take_out(list, object)
  for k, other in ipairs(list) do
    if other == object then table.remove(list, k) end
  end
end

--- Nothing is left of an object but its title, for whoever holds it.
local function leave_title(object, title, noun)
  local function refuse() options.fail(title .. " was removed from its network") end
  for key in next, object do rawset(object, key, nil) end
  setmetatable(object, { _noun = noun, _is_removed = true, __index = refuse, __newindex = refuse, __len = refuse, __close = function() end,
    __complete = function() return {} end,
    __tostring = function() return options.printable(title .. " (removed from its network)") end })
end

--- Parameters that only the object read were not forgotten by who made their population.
local function keep_read(pop)
  for _, parameter in ipairs(pop._model and pop._model.checked.parameters or {}) do pop:_note_use(parameter.name) end
end

local function remove_texts(net, object)
  for k = #net.operations, 1, -1 do
    local o = net.operations[k]
    if o._of == object or o._rule and o._rule.of == object then net:remove(o) end
  end
end

--- Populations, projections and Poisson inputs.
local function remove_object(net, object, list)
  remove_texts(net, object)
  live.leave(object, object:_title() .. " was removed from its network")
  object:_unbind()
  local others = list == net.projections and writers.remove(object) or {}
  for _, ref in pairs(object._refs) do keep_read(ref.population) end
  if list == net.projections then
    keep_read(object.from)
    keep_read(object.to)
  end
  object:_detach()
  take_out(list, object)
  if list == net.projections then ends.leave(object) end
  list[object.name] = nil
  net._checked_populations, net._checked_projections = nil, nil
  for key in pairs(net._warned) do          -- who gets its name has not been warned of
    if key:find(object.name, 1, true) then net._warned[key] = nil end
  end
  for _, other in ipairs(others) do other:_rebuild() end
end

local function remove_recording(net, r)
  record_file.detach(r)
  r:_detach()
  take_out(net.recordings, r)
end

local function remove_operation(net, o)
  o._core:remove()
  take_out(net.operations, o)
  take_out(net._retired, o)
end

--- What `x` is: its class, and how it is removed.
local function kind_of(net, x)
  local class = getmetatable(x)
  if class == operation.class then return remove_operation, true end
  if class == recording.Recording or class == recording.SpikeRecording then return remove_recording, true end
  if projection.is(x) then return remove_object, false, net.projections end
  if poisson_input.is(x) then return remove_object, true, net.inputs end
  if population.is(x) then return remove_object, false, net.populations end
end

--- Remove a population, projection, Poisson input, recording or operation; `x:remove()` is the same. With a population or projection go its drives and its texts of
--- run_regularly; while anything else needs it, removing is an error that says what: projections, Poisson inputs, references, recordings. What was recorded and is
--- still wanted is read before. The rest of the network goes on with the same bits, and the name may be given again. Populations and projections are removed
--- between runs, the others in a function of an operation, too.
---@param x Population|Projection|PoissonInput|Recording|SpikeRecording|Operation
---@return Network
--- Errors: "net:remove: population 'E' is needed: projection 'EE' goes from 'E' to 'E'; remove that before".
function Network:remove(x)
  options.colon(self, "network", "net:remove")
  if view.is(x) then options.fail(("net:remove: %s is a part of %s: the whole can be removed"):format(x.name, x:_whole():_title())) end
  local class = getmetatable(x)
  if type(class) == "table" and class._is_removed then return x.name end          -- which says so
  local take, may_be_in_step, list = kind_of(self, x)
  if not take then
    options.fail("net:remove: a population, a projection, a Poisson input, a recording or an operation expected, got " .. options.show(x))
  end
  self:_check_whole "nothing can be removed"
  local title = x:_title()
  if x._net ~= self then options.fail(("net:remove: %s belongs to another network"):format(title)) end
  if not may_be_in_step and self._core:is_running() then options.fail(("net:remove: %s cannot be removed during a step; do it between runs"):format(title)) end
  local needed = needed_by(self, x)
  if #needed > 0 then
    options.fail(("net:remove: %s is needed: %s; remove %s before"):format(title, table.concat(needed, "; "), #needed > 1 and "these" or "that"))
  end
  take(self, x, list)
  leave_title(x, title, class._noun)
  return self
end

return Network
