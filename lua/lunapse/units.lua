--- Units for scripts: plain numbers in the coherent system (ms, mV, pA, nS, pF, GOhm; rates in Hz).
---
---     local u = lp.units
---     net:run(2*u.second)          -- 2000
---     pop.v = -60*u.mV             -- -60
---     rates = 15*u.Hz              -- 15: rates are plain numbers in Hz, they are not 1/ms
---
--- The numbers carry no dimension; units in equations do (docs/language.md).

local known = require("lunapse.language.base.unit_table").known

---@type table<string, number>
local values = {
  second = 1000, minute = 60e3, hour = 3600e3, millisecond = 1, microsecond = 1e-3,
}
for name, unit in pairs(known) do values[name] = unit[1] end

return setmetatable({}, {
  __index = function(_, name)
    local value = values[name]
    if value then return value end
    local fail = require "lunapse.language.base.fail"
    local list = {}
    for unit in pairs(values) do list[#list + 1] = unit end
    error(("unknown unit '%s'; %s"):format(tostring(name), fail.suggest(tostring(name), list, "known")), 2)
  end,
  __pairs = function() return next, values end,
  __newindex = function() error("lp.units cannot be changed", 2) end,
})
