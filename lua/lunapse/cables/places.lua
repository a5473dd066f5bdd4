--- Places for synapses, drawn at random over the compartments of cables.
local array = require "lunapse.core.array"
local distribution = require "lunapse.network.distribution"
local options = require "lunapse.options"
local population = require "lunapse.network.population"

local places = {}

--- Draw places on cables, or on a part of them, for synapses: numbers of its compartments, ascending, some perhaps several times, as the posts of `lp.pairs` in a projection to
--- that part. So many in all (`number`), or as many as come from a density, by Poisson's distribution: `per_length` in 1/um or `per_area` in 1/um2. Longer compartments get more
--- (of `per_area` those with more membrane); `by` weighs them, a function of the distance from the beginning of the root in um. Drawn with the network's seed.
---@param on Cables|PopulationView
---@param opt { number?: integer, per_length?: number, per_area?: number, by?: fun(distance: number): number }
---@return array  int64
--- Errors: "lp.places: one of number, per_length and per_area expected".
function places.places(on, opt)
  local where = "lp.places"
  local whole = population.is(on) and on:_whole()
  if not whole or whole._kind ~= "cables" then options.fail(("%s: cables or a part of them expected, got %s"):format(where, options.show(on))) end
  opt = options.check(where, opt, { number = "number", per_length = "number", per_area = "number", by = "function" })
  if (opt.number and 1 or 0) + (opt.per_length and 1 or 0) + (opt.per_area and 1 or 0) ~= 1 then options.fail(where .. ": one of number, per_length and per_area expected") end
  local size, up_to, total = opt.per_area and on.area or on.length, {}, 0
  for k = 1, on.size do
    local weight = opt.by and options.number(where, ("what 'by' gives at %g um"):format(on.distance[k]), opt.by(on.distance[k]), 0, math.huge) or 1
    total = total + weight * size[k]
    up_to[k] = total
  end
  if total == 0 then options.fail(where .. ": 'by' is 0 everywhere") end
  local n, net = opt.number and options.whole(where, "number", opt.number, 0), whole._net
  if not n then
    local name = opt.per_length and "per_length" or "per_area"
    n = math.tointeger(net:draw(distribution.poisson(options.number(where, name, opt[name], 0, math.huge) * total), 1)[1])
  end
  local at, found, k = net:draw(distribution.uniform(0, 1), n):table(), {}, 1
  table.sort(at)
  for j = 1, n do
    while k < on.size and up_to[k] <= at[j] * total do k = k + 1 end
    found[j] = k
  end
  return n > 0 and array.from(found, "int64") or array.new("int64", 0)
end

return places
