--- Convolutions and poolings: which neurons of two grids are joined, axis by axis. The synapses are the product of the axes: none of them is stored, and a filter
--- is kept once for all places where it lies.
local connect = require "lunapse.network.connect"
local options = require "lunapse.options"

local convolution = {}

local function shape_text(shape) return table.concat(shape, " x ") end

--- A new axis between `n_pre` and `n_post` neurons, without pairs.
local function axis(n_pre, n_post) return { n_pre = n_pre, n_post = n_post, pre = {}, post = {}, place = {} } end

local function join(a, pre, post, place)
  local k = #a.pre + 1
  a.pre[k], a.post[k], a.place[k] = pre, post, place
end

--- Every pre neuron with the one post neuron: `place` apart.
local function consumed(n, place)
  local a = axis(n, 1)
  for i = 1, n do join(a, i, 1, (i - 1) * place) end
  return a
end

--- Where neuron i (from 1) lies on an axis of n neurons, or nil: it is none. Beyond the border of ...
local borders = {
  zero = function(i, n) return i >= 1 and i <= n and i or nil end,
  border = function(i, n) return math.max(1, math.min(n, i)) end,
  periodic = function(i, n) return (i - 1) % n + 1 end,
}
borders.none = borders.zero

--- The option that may be one number or one for each axis.
local function of_axis(where, name, value, d, n, otherwise)
  if value == nil then return otherwise end
  if type(value) == "table" and #value ~= n then options.fail(("%s: %s: a number, or %d of them expected, got %d"):format(where, name, n, #value)) end
  return options.whole(where, name, type(value) == "table" and value[d] or value, 1)
end

--- How far apart the centres of neighbours lie: as it is given, or as the sizes say.
local function stride_of(where, c, d, n, n_pre, n_post)
  local stride = of_axis(where, "stride", c.stride, d, n)
  if stride then return stride end
  if c.padding == "none" then return 1 end
  if n_pre % n_post ~= 0 then
    options.fail(("%s: axis %d: %d neurons cannot be spread evenly over %d: give option 'stride'"):format(where, d, n_pre, n_post))
  end
  return n_pre // n_post
end

--- Axis d, along which a filter of `size` lies.
local function sliding(where, c, d, n, n_pre, n_post, size, place)
  local stride, dilation = stride_of(where, c, d, n, n_pre, n_post), of_axis(where, "dilation", c.dilation, d, n, 1)
  local reach = (size - 1) * dilation + 1
  local is_inside = c.padding == "none"
  local expected = is_inside and (n_pre - reach) // stride + 1 or (n_pre + stride - 1) // stride
  if expected < 1 then options.fail(("%s: axis %d: a filter of %d neurons does not fit into %d without padding"):format(where, d, reach, n_pre)) end
  if n_post ~= expected then
    options.fail(("%s: axis %d: a filter of %d at every %s of %d neurons, padding \"%s\", gives %d: the post population has %d"):format(where, d, size,
      stride == 1 and "one" or stride .. ".", n_pre, c.padding, expected, n_post))
  end
  local a, at = axis(n_pre, n_post), borders[c.padding]
  local first = is_inside and 1 or (stride - 1) // 2 + 1 - (size - 1) // 2 * dilation          -- of the filter at the first post neuron
  for post = 1, n_post do
    for k = 0, size - 1 do
      local pre = at(first + (post - 1) * stride + k * dilation, n_pre)
      if pre then join(a, pre, post, k * place) end
    end
  end
  return a
end

--- Each map with its own: the last axis of both.
local function parallel(n)
  local a = axis(n, n)
  for i = 1, n do join(a, i, i, 0) end
  return a
end

local function bank(n)
  local a = axis(1, n)
  for i = 1, n do join(a, 1, i, i - 1) end
  return a
end

local function whole(where, what, view)
  if view:_whole() ~= view then options.fail(("%s: %s joins whole populations, not a part of '%s'"):format(where, what, view:_whole().name)) end
  return view.geometry
end

--- The axes of lp.convolution between two populations.
---@param c Connector
---@param from Population|PopulationView
---@param to Population|PopulationView
---@param where string  for messages
---@return Connector
function convolution.bind(c, from, to, where)
  local pre, post = whole(where, "a convolution", from), whole(where, "a convolution", to)
  local filter = table.move(c.shape, c.bank and 2 or 1, #c.shape, 1, {})
  local n_post = #post - (c.bank and 1 or 0)          -- axes of the post population that are axes of the pre population
  local function refuse(why)
    options.fail(("%s: %s (%s pre, filter %s, %s post)"):format(where, why, shape_text(pre), shape_text(c.shape), shape_text(post)))
  end
  if c.bank and post[#post] ~= c.shape[1] then refuse(("the last axis of the post population has a neuron for each of %d filters"):format(c.shape[1])) end
  if c.keep_last and (#filter ~= #pre - 1 or n_post ~= #pre or pre[#pre] ~= post[#pre]) then
    refuse "with keep_last the filter has one axis less than the populations, and their last axes are alike"
  end
  if not c.keep_last and #filter ~= #pre then
    refuse(("a filter has as many axes as the pre population, %d%s"):format(#pre, #filter == #pre - 1 and "; keep_last = true filters each map of its last axis"
      or #filter == #pre + 1 and not c.bank and "; bank = true takes the first axis as that of several filters" or ""))
  end
  if n_post > #pre or n_post < 1 then refuse "the post population has more axes than the filtered pre population, or none" end
  local axes, place = {}, c.bank and c.shape[1] or 1
  for d = #pre, 1, -1 do
    if c.keep_last and d == #pre then
      axes[d] = parallel(pre[d])
    elseif d > n_post then
      if filter[d] ~= pre[d] then refuse(("axis %d is not in the post population, so the filter covers all of it"):format(d)) end
      axes[d], place = consumed(pre[d], place), place * filter[d]
    else
      axes[d], place = sliding(where, c, d, n_post - (c.keep_last and 1 or 0), pre[d], post[d], filter[d], place), place * filter[d]
    end
  end
  if c.bank then axes[#axes + 1] = bank(c.shape[1]) end
  return connect.make(c.text, { kind = "axes", axes = axes, n_places = place, filters = c.filters, shared = { shape = c.shape, bank = c.bank } })
end

--- The axes of lp.pooling.
function convolution.bind_pooling(c, from, to, where)
  local pre, post = whole(where, "a pooling", from), whole(where, "a pooling", to)
  if #post > #pre then
    options.fail(("%s: the post population has more axes than what is pooled (%s pre, %s post)"):format(where, shape_text(pre), shape_text(post)))
  end
  local axes = {}
  for d = 1, #pre do
    local n_pre, n_post = pre[d], post[d] or 1
    local extent = of_axis(where, "extent", c.extent, d, #pre, n_pre // n_post)
    local stride = of_axis(where, "stride", c.stride, d, #pre, extent)
    local most = (n_pre + stride - 1) // stride
    if n_post > most or (n_post - 1) * stride + extent < n_pre then
      options.fail(("%s: axis %d: %d regions of %d neurons, %d apart, do not cover %d: give options 'extent' and 'stride'"):format(where, d, n_post, extent, stride,
        n_pre))
    end
    axes[d] = axis(n_pre, n_post)
    for j = 1, n_post do
      for i = (j - 1) * stride + 1, math.min(n_pre, (j - 1) * stride + extent) do join(axes[d], i, j, 0) end
    end
  end
  return connect.make(c.text, { kind = "axes", axes = axes, n_places = 1, shared = { shape = { 1 } } })
end

-- ---- filters as users see them ----

--- Values as they lie in memory, where the number of the filter is fastest, from those that have the shape of the filters.
function convolution.laid(filters, shared)
  if not shared.bank then return filters:flatten() end
  local n = shared.shape[1]
  return filters:reshape(n, filters:size() // n):transpose():copy():flatten()
end

--- And back.
function convolution.seen(values, shared)
  local shape = shared.shape
  if not shared.bank then return values:copy():reshape(shape) end
  return values:reshape(values:size() // shape[1], shape[1]):transpose():copy():reshape(shape)
end

return convolution
