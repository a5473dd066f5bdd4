--- How different two trains of spikes are.
local array = require "lunapse.core.array"
local record = require "lunapse.analysis.record"

local distances = {}

--- The distance of neurons i and j, or of all pairs.
local function between(s, i, j, f)
  s = record.prepare(s)
  if s.spans and #s.spans > 1 then record.fail "a distance needs a recording without pauses: take a window of it" end
  local from, to = record.spans_of(s)[1][1], record.spans_of(s)[1][2]
  if not (to > from) then record.fail("the recording covers no time (%g to %g ms)", from, to) end
  local trains = record.trains(s)
  for k, train in ipairs(trains) do trains[k] = train:table() end
  if i ~= nil or j ~= nil then
    record.check_neuron(s, i, "i")
    record.check_neuron(s, j, "j")
    local function place(k) return s.neurons and s.neurons:eq(k):argmax() or k end
    return f(trains[place(i)], trains[place(j)], from, to)
  end
  local matrix = array.zeros(s.n, s.n)
  for a = 1, s.n do
    for b = a + 1, s.n do
      matrix[a][b] = f(trains[a], trains[b], from, to)
      matrix[b][a] = matrix[a][b]
    end
  end
  return matrix
end

-- ---- costs of turning one train into the other ----

--- Victor-Purpura distance: the least cost of turning one train into the other, where to add or to remove a spike costs 1 and to move it costs `cost` for each
--- ms (Victor & Purpura 1996).
---@param s SpikeRecord
---@param cost number  1/ms; 0: only the numbers of spikes count; inf: every spike that has no twin
---@param i? integer  @param j? integer  numbers of two neurons; all pairs if not given
---@return number|Array  of the two, or [n x n]
function distances.victor_purpura(s, cost, i, j)
  record.check_number(cost, "cost", function(x) return x >= 0 end, "a cost in 1/ms, 0 or more")
  return between(s, i, j, function(a, b)
    local above = {}                      -- least cost of the first k of a and the first m of b, for the k before
    for m = 0, #b do above[m] = m end
    for k = 1, #a do
      local row = { [0] = k }
      for m = 1, #b do
        local far = math.abs(a[k] - b[m])
        row[m] = math.min(above[m] + 1, row[m - 1] + 1, above[m - 1] + (far > 0 and cost * far or 0))
      end
      above = row
    end
    return above[#b] + 0.0
  end)
end

--- Sum over all pairs of spikes of exp(-|t - t'| / tau), in one walk along both (Houghton & Kreuz 2012).
local function overlap(a, b, tau)
  local sum, trace_a, trace_b, last, k, m = 0, 0, 0, 0, 1, 1
  while k <= #a or m <= #b do
    local is_a = m > #b or (k <= #a and a[k] <= b[m])
    local now = is_a and a[k] or b[m]
    local decay = math.exp((last - now) / tau)
    trace_a, trace_b, last = trace_a * decay, trace_b * decay, now
    if is_a then
      sum, trace_a, k = sum + trace_b, trace_a + 1, k + 1
    else
      sum, trace_b, m = sum + trace_a, trace_b + 1, m + 1
    end
  end
  return sum
end

--- Van Rossum distance: between the trains as traces that jump at each spike and decay with `tau`; a spike more is a distance of 1 (van Rossum 2001, times sqrt 2:
--- as Elephant has it).
---@param s SpikeRecord
---@param tau number  ms
---@param i? integer  @param j? integer  numbers of two neurons; all pairs if not given
---@return number|Array  of the two, or [n x n]
function distances.van_rossum(s, tau, i, j)
  record.check_number(tau, "tau", record.is_positive, "a positive time")
  return between(s, i, j, function(a, b)
    return math.sqrt(math.max(0, overlap(a, a, tau) + overlap(b, b, tau) - 2 * overlap(a, b, tau)))
  end)
end

-- ---- profiles over time ----

--- A train as these distances see it: without spikes it has one at each end of the recording.
local function filled(train, from, to) return #train > 0 and train or { from, to } end

--- Interval between spike k and the next, 0 and #train at the ends: as long as its neighbour, if it could be (the correction of edges in PySpike).
local function interval(train, k, from, to)
  if k == 0 then return math.max(train[1] - from, (train[2] or train[1]) - train[1]) end
  if k == #train then return math.max(to - train[k], train[k] - (train[k - 1] or train[k])) end
  return train[k + 1] - train[k]
end

--- Walk along both trains: `f(begin, end, k, m)` for each stretch between two events; k and m spikes have been.
local function walk(a, b, from, to, f)
  local k, m, begin = 0, 0, from
  while begin < to do
    while k < #a and a[k + 1] <= begin do k = k + 1 end
    while m < #b and b[m + 1] <= begin do m = m + 1 end
    local next_event = math.min(a[k + 1] or to, b[m + 1] or to, to)
    f(begin, next_event, k, m)
    begin = next_event
  end
end

--- ISI-distance: the mean over time of |I1 - I2| / max(I1, I2), where I1 and I2 are the intervals of the trains at that time (Kreuz, Haas, Morelli, Abarbanel &
--- Politi 2007; at the edges as PySpike).
---@param s SpikeRecord
---@param i? integer  @param j? integer  numbers of two neurons; all pairs if not given
---@return number|Array  0..1, of the two, or [n x n]
function distances.isi_distance(s, i, j)
  return between(s, i, j, function(a, b, from, to)
    a, b = filled(a, from, to), filled(b, from, to)
    local sum = 0
    walk(a, b, from, to, function(begin, stop, k, m)
      local first, second = interval(a, k, from, to), interval(b, m, from, to)
      sum = sum + (stop - begin) * math.abs(first - second) / math.max(first, second)
    end)
    return sum / (to - from)
  end)
end

--- How far the nearest spike of the other train is from each spike. At its ends the other train has one more spike: as far out as its intervals there say, at the
--- edge of the recording or beyond.
local function nearest(train, other, from, to)
  local n, far, m = #other, {}, 1
  local before = n > 1 and math.min(from, 2 * other[1] - other[2]) or from
  local after = n > 1 and math.max(to, 2 * other[n] - other[n - 1]) or to
  for k, t in ipairs(train) do
    while m < n and other[m + 1] <= t do m = m + 1 end
    far[k] = math.min(math.abs(t - other[m]), math.abs(t - (other[m + 1] or after)), t - before, after - t)
  end
  return far
end

--- How far from a spike of the other the spikes of a train are, at the ends of a stretch in which its spike number k was the last.
local function dissimilarity(train, far, k, begin, stop)
  if k == 0 then return far[1], far[1] end
  if k == #train then return far[k], far[k] end
  local length = train[k + 1] - train[k]
  local function at(t) return (far[k] * (train[k + 1] - t) + far[k + 1] * (t - train[k])) / length end
  return at(begin), at(stop)
end

--- SPIKE-distance: the mean over time of how far the spikes around are from the nearest ones of the other train, each weighted by the intervals: (S1 I2 + S2 I1) /
--- ((I1 + I2)^2 / 2) (Kreuz, Chicharro, Houghton, Andrzejak & Mormann 2013; at the edges as PySpike).
---@param s SpikeRecord
---@param i? integer  @param j? integer  numbers of two neurons; all pairs if not given
---@return number|Array  0..1, of the two, or [n x n]
function distances.spike_distance(s, i, j)
  return between(s, i, j, function(a, b, from, to)
    a, b = filled(a, from, to), filled(b, from, to)
    local far_a, far_b, sum = nearest(a, b, from, to), nearest(b, a, from, to), 0
    walk(a, b, from, to, function(begin, stop, k, m)
      local first, second = interval(a, k, from, to), interval(b, m, from, to)
      local a_begin, a_end = dissimilarity(a, far_a, k, begin, stop)
      local b_begin, b_end = dissimilarity(b, far_b, m, begin, stop)
      sum = sum + (stop - begin) * ((a_begin + a_end) * second + (b_begin + b_end) * first) / (first + second) ^ 2
    end)
    return sum / (to - from)
  end)
end

return distances
