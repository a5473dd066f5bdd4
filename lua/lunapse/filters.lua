--- The design of filters, of which every function is one of `lp.signal`: Butterworth, Chebyshev, elliptic, Bessel, and finite ones.
---
--- Values are those of scipy.signal; frequencies are in the unit of `fs`, or in halves of the sampling rate.

local array = require "lunapse.core.array"
local options = require "lunapse.options"

require "lunapse.array"

local filters = {}

---@class lunapse.Filter
---@field sections number[][]  of b0, b1, b2, 1, a1, a2 each, one behind the other; scipy's "sos"

-- ---- complex numbers for a handful of poles ----------------------------------------------------------------------------

local function times(a, b) return { a[1] * b[1] - a[2] * b[2], a[1] * b[2] + a[2] * b[1] } end
local function over(a, b)
  local size = b[1] * b[1] + b[2] * b[2]
  return { (a[1] * b[1] + a[2] * b[2]) / size, (a[2] * b[1] - a[1] * b[2]) / size }
end
local function root(a)
  local size = math.sqrt(a[1] * a[1] + a[2] * a[2])
  local im = math.sqrt(math.max(0, (size - a[1]) / 2))
  return { math.sqrt(math.max(0, (size + a[1]) / 2)), a[2] < 0 and -im or im }
end

--- Both analog poles to which a band turns one of the low-pass.
local function split(p, centre)
  local square = times(p, p)
  local r = root { square[1] - centre * centre, square[2] }
  return { p[1] + r[1], p[2] + r[2] }, { p[1] - r[1], p[2] - r[2] }
end

--- The value of all sections at the angle w.
local function response(sections, w)
  local z, h = { math.cos(-w), math.sin(-w) }, { 1, 0 }
  local z2 = times(z, z)
  for _, s in ipairs(sections) do
    h = times(h, over({ s[1] + s[2] * z[1] + s[3] * z2[1], s[2] * z[2] + s[3] * z2[2] }, { s[4] + s[5] * z[1] + s[6] * z2[1], s[5] * z[2] + s[6] * z2[2] }))
  end
  return h
end

-- ---- from a low-pass of 1 to the filter that is wanted -----------------------------------------------------------------

local bands = { low = 1, high = 1, band = 2, stop = 2 }

local function list_of(where, x)
  if type(x) == "number" then return { x } end
  if not array.is(x) and type(x) ~= "table" then options.fail(("%s: a frequency or a list of two expected, got %s"):format(where, options.show(x))) end
  return array.is(x) and x:table() or x
end

--- Half the sampling rate, which frequencies are below.
local function half_rate(where, fs) return options.number(where, "fs", fs or 2, 0, math.huge, true) / 2 end

local function under(where, edge, nyquist)
  options.number(where, "cutoff", edge, 0, nyquist, true)
  if edge == nyquist then options.fail(("%s: a cutoff must lie below half the sampling rate, %g, got %g"):format(where, nyquist, edge)) end
  return edge
end

--- Edges where the bilinear transform has them (of a sampling rate of 2), checked.
local function warped(where, kind, cutoff, fs)
  if not bands[kind] then options.fail(where .. ": " .. options.unknown("type", kind, { "low", "high", "band", "stop" })) end
  local edges, nyquist = {}, half_rate(where, fs)
  for _, edge in ipairs(list_of(where, cutoff)) do
    under(where, edge, nyquist)
    edges[#edges + 1] = 4 * math.tan(math.pi / 2 * edge / nyquist)
  end
  if #edges ~= bands[kind] or #edges == 2 and edges[1] >= edges[2] then
    options.fail(("%s: type '%s' needs %s"):format(where, kind, bands[kind] == 1 and "one cutoff" or "two cutoffs, the lower one first"))
  end
  return edges
end

--- Analog poles or zeros of the low-pass of 1 as those of the filter.
local function moved(list, kind, centre, half)
  local made = {}
  for _, p in ipairs(list) do
    if kind == "low" then made[#made + 1] = { p[1] * centre, p[2] * centre }
    elseif kind == "high" then made[#made + 1] = over({ centre, 0 }, p)
    else made[#made + 1], made[#made + 2] = split(kind == "band" and { p[1] * half, p[2] * half } or over({ half, 0 }, p), centre) end
  end
  return made
end

--- Quadratics 1 + q1/z + q2/z^2 of points of the plane z; of an odd number of real ones the last has q2 = 0.
local function quadratics(points)
  local made, single = {}, nil
  for _, z in ipairs(points) do
    local is_real = math.abs(z[2]) < 1e-14 * (1 + math.abs(z[1]))
    if is_real and single then
      made[#made + 1] = { -(z[1] + single), z[1] * single }
      single = nil
    elseif is_real then single = z[1]
    elseif z[2] > 0 then made[#made + 1] = { -2 * z[1], z[1] * z[1] + z[2] * z[2] } end
  end
  if single then made[#made + 1] = { -single, 0 } end
  return made
end

--- The filter of these poles and zeros of a low-pass of 1, which passes `level` of what it passes most at its middle.
local function design(kind, edges, poles, zeros, level)
  local centre = #edges == 2 and math.sqrt(edges[1] * edges[2]) or edges[1]
  local half = #edges == 2 and (edges[2] - edges[1]) / 2
  local missing = #poles - #zeros                                    -- zeros at infinity
  local z_poles, z_zeros = {}, {}
  for k, p in ipairs(moved(poles, kind, centre, half)) do z_poles[k] = over({ 4 + p[1], p[2] }, { 4 - p[1], -p[2] }) end
  for k, p in ipairs(moved(zeros, kind, centre, half)) do z_zeros[k] = over({ 4 + p[1], p[2] }, { 4 - p[1], -p[2] }) end
  local angle = 2 * math.atan(centre / 4)
  for _ = 1, missing do
    local notch = { { math.cos(angle), math.sin(angle) }, { math.cos(angle), -math.sin(angle) } }
    local more = ({ low = { { -1, 0 } }, high = { { 1, 0 } }, band = { { 1, 0 }, { -1, 0 } }, stop = notch })[kind]
    for _, z in ipairs(more) do z_zeros[#z_zeros + 1] = z end
  end
  local below, above, sections = quadratics(z_poles), quadratics(z_zeros), {}
  for k, p in ipairs(below) do sections[k] = { 1, above[k][1], above[k][2], 1, p[1], p[2] } end
  local at = response(sections, kind == "high" and math.pi or kind == "band" and angle or 0)
  local gain = (at[1] < 0 and -1 or 1) * math.sqrt(at[1] * at[1] + at[2] * at[2]) / level
  for k = 1, 3 do sections[1][k] = sections[1][k] / gain end
  return { sections = sections }
end

local function order_and_type(where, order, opt)
  opt = options.check(where, opt or {}, { type = "string", fs = "number" })
  options.whole(where, "order", order, 1, 50)
  return opt.type or "low", opt.fs
end

local function angles(order)
  local list = {}
  for k = 1, order do list[k] = math.pi * (2 * k - 1 - order) / (2 * order) end
  return list
end

--- A Butterworth filter in sections of second order. scipy.signal.butter(..., output = "sos") but for the order of its sections.
---@param order integer  @param cutoff number|number[]  where half the power passes, below fs/2: one frequency, for "band" and "stop" two
---@param opt? { type?: "low"|"high"|"band"|"stop", fs?: number }  type "low" if not given; without fs frequencies are in halves of the sampling rate
---@return lunapse.Filter
function filters.butter(order, cutoff, opt)
  local kind, fs = order_and_type("butter", order, opt)
  local edges, poles = warped("butter", kind, cutoff, fs), {}
  for k, angle in ipairs(angles(order)) do poles[k] = { -math.cos(angle), -math.sin(angle) } end
  return design(kind, edges, poles, {}, 1)
end

local function asinh(x) return math.log(x + math.sqrt(x * x + 1)) end
local function acosh(x) return math.log(x + math.sqrt(x * x - 1)) end

--- Poles of a Chebyshev filter of the first kind.
local function on_ellipse(order, epsilon)
  local mu, poles = asinh(1 / epsilon) / order, {}
  local a, b = (math.exp(mu) - math.exp(-mu)) / 2, (math.exp(mu) + math.exp(-mu)) / 2
  for k, angle in ipairs(angles(order)) do poles[k] = { -a * math.cos(angle), -b * math.sin(angle) } end
  return poles
end

--- A Chebyshev filter of type I, which has ripples where it passes. scipy.signal.cheby1(..., output = "sos") but for the order of its sections.
---@param order integer  @param ripple number  dB  @param cutoff number|number[]  where the gain falls below -ripple: one frequency, for "band" and "stop" two
---@param opt? { type?: "low"|"high"|"band"|"stop", fs?: number }
---@return lunapse.Filter
function filters.cheby1(order, ripple, cutoff, opt)
  local kind, fs = order_and_type("cheby1", order, opt)
  local edges = warped("cheby1", kind, cutoff, fs)
  local epsilon = math.sqrt(10 ^ (options.number("cheby1", "ripple", ripple, 0, 1000, true) / 10) - 1)
  return design(kind, edges, on_ellipse(order, epsilon), {}, order % 2 == 1 and 1 or 1 / math.sqrt(1 + epsilon * epsilon))
end

--- A Chebyshev filter of type II, which has ripples where it stops. scipy.signal.cheby2(..., output = "sos") but for the order of its sections.
---@param order integer  @param attenuation number  dB, where it stops  @param cutoff number|number[]  where that is first reached: one frequency, for "band" and "stop" two
---@param opt? { type?: "low"|"high"|"band"|"stop", fs?: number }
---@return lunapse.Filter
function filters.cheby2(order, attenuation, cutoff, opt)
  local kind, fs = order_and_type("cheby2", order, opt)
  local edges = warped("cheby2", kind, cutoff, fs)
  local epsilon = 1 / math.sqrt(10 ^ (options.number("cheby2", "attenuation", attenuation, 0, 1000, true) / 10) - 1)
  local poles, zeros = {}, {}
  for k, p in ipairs(on_ellipse(order, epsilon)) do poles[k] = over({ 1, 0 }, p) end
  for k, angle in ipairs(angles(order)) do
    if 2 * k ~= order + 1 then zeros[#zeros + 1] = { 0, 1 / math.sin(angle) } end
  end
  return design(kind, edges, poles, zeros, 1)
end

-- ---- elliptic: sn and cd of Jacobi, in quarter periods, by Landen's steps (Orfanidis, Lecture Notes on Elliptic Filter Design, 2006) ----

--- Moduli k, ever smaller, of which each carries a function over to the next. `beside` is the complementary modulus of k, since it cannot be had of a k near to 1.
local function moduli(k, beside)
  local list = { k }
  while k > 1e-17 and #list < 20 do
    k = (k / (1 + beside)) ^ 2
    beside = math.sqrt((1 - k) * (1 + k))
    list[#list + 1] = k
  end
  return list
end

--- sn or cd of list[1], where `w` (complex) is the sine or cosine of the same quarters of a circle.
local function upwards(list, w)
  for n = #list, 2, -1 do
    local square = times(w, w)
    w = over({ (1 + list[n]) * w[1], (1 + list[n]) * w[2] }, { 1 + list[n] * square[1], list[n] * square[2] })
  end
  return w
end

--- The u for which sn(i u) is i y.
local function inverse_on_axis(list, y)
  for n = 2, #list do y = 2 * y / ((1 + list[n]) * (1 + math.sqrt(1 + (y * list[n - 1]) ^ 2))) end
  return asinh(y) * 2 / math.pi
end

--- The quarter period of the modulus whose complementary one is `beside`, by the mean of Gauss.
local function quarter_period(beside)
  local a, b = 1, beside
  for _ = 1, 40 do a, b = (a + b) / 2, math.sqrt(a * b) end
  return math.pi / 2 / a
end

--- Of a ratio of ripples k1 the modulus of an elliptic filter of this order: how near to where it passes it stops. And its complementary one.
local function selectivity(order, k1)
  local beside = math.sqrt((1 - k1) * (1 + k1))
  local list, product = moduli(beside, k1), 1
  for k = 1, order // 2 do
    product = product * upwards(list, { math.sin((2 * k - 1) / order * math.pi / 2), 0 })[1]
  end
  local complement = beside ^ order * product ^ 4
  return math.sqrt((1 - complement) * (1 + complement)), complement
end

local function gain_of(where, name, db) return math.sqrt(10 ^ (options.number(where, name, db, 0, 1000, true) / 10) - 1) end

--- An elliptic filter (Cauer's), which has ripples where it passes and where it stops, and the steepest slope between. scipy.signal.ellip(..., output = "sos") but for the order of its sections.
---@param order integer  @param ripple number  dB, where it passes  @param attenuation number  dB, where it stops, above `ripple`
---@param cutoff number|number[]  where the gain falls below -ripple: one frequency, for "band" and "stop" two
---@param opt? { type?: "low"|"high"|"band"|"stop", fs?: number }
---@return lunapse.Filter
function filters.ellip(order, ripple, attenuation, cutoff, opt)
  local kind, fs = order_and_type("ellip", order, opt)
  local edges = warped("ellip", kind, cutoff, fs)
  local epsilon, stops = gain_of("ellip", "ripple", ripple), gain_of("ellip", "attenuation", attenuation)
  if epsilon >= stops then options.fail(("ellip: attenuation must be above the ripple, %g dB, got %g"):format(ripple, attenuation)) end
  local k1 = epsilon / stops
  local k, complement = selectivity(order, k1)
  local list, poles, zeros = moduli(k, complement), {}, {}
  local shift = inverse_on_axis(moduli(k1, math.sqrt((1 - k1) * (1 + k1))), 1 / epsilon) / order * math.pi / 2
  local wide, high = (math.exp(shift) + math.exp(-shift)) / 2, (math.exp(shift) - math.exp(-shift)) / 2
  for n = 1, order // 2 do
    local angle = (2 * n - 1) / order * math.pi / 2
    local zero = 1 / (k * upwards(list, { math.cos(angle), 0 })[1])
    local p = upwards(list, { math.cos(angle) * wide, math.sin(angle) * high })
    zeros[2 * n - 1], zeros[2 * n] = { 0, zero }, { 0, -zero }
    poles[2 * n - 1], poles[2 * n] = { -p[2], p[1] }, { -p[2], -p[1] }
  end
  if order % 2 == 1 then poles[order] = { -upwards(list, { 0, high })[2], 0 } end
  return design(kind, edges, poles, zeros, order % 2 == 1 and 1 or 1 / math.sqrt(1 + epsilon * epsilon))
end

-- ---- Bessel --------------------------------------------------------------------------------------------------------------

--- Poles of a filter whose group delay at 0 is 1 and as flat as may be: 1/x of the zeros x of a Bessel polynomial. These are the eigenvalues of the matrix of its
--- recurrence y(n + 1) = (2n + 1) x y(n) + y(n - 1) (Pasquini 2000, Numerische Mathematik 86:507), not to the last digits. Its differential equation x^2 y'' + (2x + 2) y' =
--- N (N + 1) y says of zeros that the sum of 1/(x[k] - x[j]) over the others is -(1 + x[k])/x[k]^2, which Newton's method solves to the last digits.
local function of_bessel(order)
  local linalg, recurrence = require "lunapse.linalg", array.zeros(order, order)
  recurrence:set(1, 1, -1)
  for n = 0, order - 1 do
    if n < order - 1 then recurrence:set(n + 1, n + 2, 1 / (2 * n + 1)) end
    if n > 0 then recurrence:set(n + 1, n, -1 / (2 * n + 1)) end
  end
  local x, one = linalg.eig(recurrence):astype "complex128", linalg.eye(order)
  for _ = 1, 8 do
    local near = 1 / (x:reshape(order, 1) - x:reshape(1, order) + one) - one
    local square = near * near
    local jacobian = square - one * (square:sum(2) + (2 / x + 1) / (x * x)):reshape(order, 1)
    x = x - linalg.solve(jacobian, near:sum(2) + (1 + x) / (x * x))
  end
  local re, im, poles = x:real(), x:imag(), {}
  for k = 1, order do poles[k] = over({ 1, 0 }, { re[k], math.abs(im[k]) < 1e-12 * math.abs(re[k]) and 0 or im[k] }) end
  return poles
end

local function size_of(z) return math.sqrt(z[1] * z[1] + z[2] * z[2]) end

--- By what poles are divided for a norm of Bessel filters.
local norms = {}

function norms.delay() return 1 end

--- The phase is half way at 1: far above, the filter is as that of Butterworth.
function norms.phase(poles)
  local sum = 0
  for _, p in ipairs(poles) do sum = sum + math.log(size_of(p)) end
  return math.exp(sum / #poles)
end

--- Half of the power passes at 1.
function norms.mag(poles)
  local low, high = 0, 100
  for _ = 1, 100 do
    local w, lost = (low + high) / 2, 0
    for _, p in ipairs(poles) do lost = lost + math.log((p[1] * p[1] + (w - p[2]) ^ 2) / (p[1] * p[1] + p[2] * p[2])) end
    if lost < math.log(2) then low = w else high = w end
  end
  return low
end

--- A Bessel filter (Thomson's), which delays all that it passes alike, so that forms stay what they are. scipy.signal.bessel(..., output = "sos") but for the order of its sections.
---@param order integer  up to 25  @param cutoff number|number[]  one frequency, for "band" and "stop" two
---@param opt? { type?: "low"|"high"|"band"|"stop", fs?: number, norm?: "phase"|"delay"|"mag" }  norm: at the cutoff is half of the phase ("phase", the default), the delay at 0 is one over it ("delay"), or half of the power passes ("mag")
---@return lunapse.Filter
function filters.bessel(order, cutoff, opt)
  opt = options.check("bessel", opt or {}, { type = "string", fs = "number", norm = "string" })
  options.whole("bessel", "order", order, 1, 25)
  local kind, norm = opt.type or "low", opt.norm or "phase"
  if not norms[norm] then options.fail("bessel: " .. options.unknown("norm", norm, { "phase", "delay", "mag" })) end
  local edges, poles = warped("bessel", kind, cutoff, opt.fs), of_bessel(order)
  local scale = norms[norm](poles)
  for k, p in ipairs(poles) do poles[k] = { p[1] / scale, p[2] / scale } end
  return design(kind, edges, poles, {}, 1)
end

-- ---- the least order ---------------------------------------------------------------------------------------------------

--- The least order with which a filter passes and stops as it should, and its cutoffs.
local function least(kind, family, pass, stop, loss, attenuation)
  local ratio = (10 ^ (attenuation / 10) - 1) / (10 ^ (loss / 10) - 1)
  local steep = math.huge                                            -- the nearest edge of what is stopped, for a low-pass of 1
  local product, width = (pass[1] or 0) * (pass[2] or 0), (pass[2] or 0) - (pass[1] or 0)
  for _, s in ipairs(stop) do
    local far = kind == "low" and s / pass[1] or kind == "high" and pass[1] / s or kind == "band" and (s * s - product) / (s * width) or s * width / (s * s - product)
    steep = math.min(steep, math.abs(far))
  end
  if family == "ellip" then
    local k, k1 = 1 / steep, 1 / math.sqrt(ratio)
    local beside, beside1 = math.sqrt((1 - k) * (1 + k)), math.sqrt((1 - k1) * (1 + k1))
    return math.ceil(quarter_period(beside) * quarter_period(k1) / (quarter_period(k) * quarter_period(beside1)) - 1e-12), steep
  end
  if family ~= "butter" then return math.ceil(acosh(math.sqrt(ratio)) / acosh(steep) - 1e-12), steep end
  local order = math.ceil(math.log(ratio) / (2 * math.log(steep)) - 1e-12)
  return order, (10 ^ (loss / 10) - 1) ^ (-1 / (2 * order))
end

--- Edges where a low-pass of `factor` has its edge.
local function scaled(kind, pass, factor)
  if kind == "low" then return { pass[1] * factor } end
  if kind == "high" then return { pass[1] / factor } end
  local width, product = pass[2] - pass[1], pass[1] * pass[2]
  local half = (kind == "band" and factor * width or width / factor) / 2
  local r = math.sqrt(half * half + product)
  return { r - half, r + half }
end

local families = { butter = true, cheby1 = true, cheby2 = true, ellip = true }

--- The filter of least order that loses at most `loss` dB where it passes and at least `attenuation` dB where it stops. Low-pass where pass < stop, high-pass where pass > stop; of two edges each, a
--- band-pass where those that pass lie inside. scipy.signal.iirdesign: of a band-stop the pass edge that is farther from the stopped band moves towards it until both are alike to the filter.
---@param pass number|number[]  @param stop number|number[]  @param loss number  dB  @param attenuation number  dB
---@param opt? { family?: "cheby1"|"cheby2"|"butter"|"ellip", fs?: number }  family "cheby1"
---@return lunapse.Filter
function filters.iirdesign(pass, stop, loss, attenuation, opt)
  local where = "iirdesign"
  opt = options.check(where, opt or {}, { family = "string", fs = "number" })
  local family, nyquist = opt.family or "cheby1", half_rate(where, opt.fs)
  if not families[family] then options.fail(("%s: %s"):format(where, options.unknown("family", family, { "butter", "cheby1", "cheby2", "ellip" }))) end
  options.number(where, "loss", loss, 0, 1000, true)
  options.number(where, "attenuation", attenuation, loss, 1000, true)
  pass, stop = list_of(where, pass), list_of(where, stop)
  if #pass ~= #stop or #pass < 1 or #pass > 2 then options.fail(("%s: one edge or two that pass and as many that stop expected, got %d and %d"):format(where, #pass, #stop)) end
  local kind = #pass == 1 and (pass[1] < stop[1] and "low" or "high") or (pass[1] > stop[1] and "band" or "stop")
  local outer, inner = kind == "band" and stop or pass, kind == "band" and pass or stop
  if #pass == 1 and pass[1] == stop[1] or #pass == 2 and not (outer[1] < inner[1] and inner[1] < inner[2] and inner[2] < outer[2]) then
    options.fail(where .. ": the edges that pass and those that stop must lie apart, one pair inside the other")
  end
  local p, s = warped(where, kind, pass, opt.fs), warped(where, kind, stop, opt.fs)
  if kind == "stop" then          -- a band is alike on both sides in the ratio of frequencies: what more is asked of one side costs order and gives nothing
    local product = s[1] * s[2]
    if p[1] * p[2] < product then p[1] = product / p[2] else p[2] = product / p[1] end
  end
  local order, factor = least(kind, family, p, s, loss, attenuation)
  if order > 50 then options.fail(("%s: a filter of order %d would be needed, and 50 is the most: the edges lie too near to each other"):format(where, order)) end
  local edges = p
  if family == "butter" then edges = scaled(kind, p, factor)
  elseif family == "cheby2" then   -- its own edges are where it stops: as near as the order lets the passing edges be
    local t = acosh(math.sqrt((10 ^ (attenuation / 10) - 1) / (10 ^ (loss / 10) - 1))) / order
    edges = scaled(kind, p, (math.exp(t) + math.exp(-t)) / 2)
  end
  for k, e in ipairs(edges) do edges[k] = math.atan(e / 4) * 2 / math.pi * nyquist end
  local cutoff, more = #edges == 1 and edges[1] or edges, { type = kind, fs = opt.fs }
  if family == "butter" then return filters.butter(order, cutoff, more) end
  if family == "ellip" then return filters.ellip(order, loss, attenuation, cutoff, more) end
  return filters[family](order, family == "cheby1" and loss or attenuation, cutoff, more)
end

--- The coefficients of a filter of n samples with linear phase, by the window method, 1 in the middle of what passes. scipy.signal.firwin.
---@param n integer  odd, unless half the sampling rate is to be stopped
---@param cutoff number|number[]  one frequency, for "band" and "stop" two
---@param opt? { type?: "low"|"high"|"band"|"stop", fs?: number, window?: string }  window "hamming" if not given
---@return Array
function filters.firwin(n, cutoff, opt)
  opt = options.check("firwin", opt or {}, { type = "string", fs = "number", window = "string" })
  options.whole("firwin", "n", n, 1)
  local kind = opt.type or "low"
  if not bands[kind] then options.fail("firwin: " .. options.unknown("type", kind, { "low", "high", "band", "stop" })) end
  local nyquist = half_rate("firwin", opt.fs)
  local edges = {}
  for _, edge in ipairs(list_of("firwin", cutoff)) do
    under("firwin", edge, nyquist)
    edges[#edges + 1] = edge / nyquist
  end
  if #edges ~= bands[kind] or #edges == 2 and edges[1] >= edges[2] then
    options.fail(("firwin: type '%s' needs %s"):format(kind, bands[kind] == 1 and "one cutoff" or "two cutoffs, the lower one first"))
  end
  if n % 2 == 0 and (kind == "high" or kind == "stop") then options.fail(("firwin: type '%s' needs an odd number of samples, got %d"):format(kind, n)) end
  local passes = ({ low = { { 0, edges[1] } }, high = { { edges[1], 1 } }, band = { edges }, stop = { { 0, edges[1] }, { edges[2], 1 } } })[kind]
  local m, h = array.arange(0, n - 1) - (n - 1) / 2, array.zeros(n)
  local function sinc(x) return ((x * math.pi):sin() / (x * math.pi)):where(x:ne(0), 1) end
  for _, pass in ipairs(passes) do h = h + pass[2] * sinc(m * pass[2]) - pass[1] * sinc(m * pass[1]) end
  h = h * require("lunapse.signal").window(opt.window or "hamming", n, true)
  local first = passes[1]
  local middle = first[1] == 0 and 0 or first[2] == 1 and 1 or (first[1] + first[2]) / 2
  return h / (h * (m * (math.pi * middle)):cos()):sum()
end

return filters
