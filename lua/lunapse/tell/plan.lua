--- What a network takes, or would take: net:plan(), and `lunapse --plan script.lua`, which tells it of networks that no machine here could hold.
---
--- Everything is counted from what decides it: how long arrays are by the scopes of the compilations, how many synapses by the connectors' rules, how these are stored. What depends on
--- activity is reckoned with an assumed rate. tests/plan_spec.lua compares the sums with what networks have that are really built.
local delays = require "lunapse.network.delays"
local estimate = require "lunapse.network.estimate"
local fields = require "lunapse.network.fields"
local part = require "lunapse.network.part"
local planned = require "lunapse.network.planned"
local random = require "lunapse.network.distribution"
local ranks = require "lunapse.ranks"
local values = require "lunapse.network.values"
local words = require "lunapse.tell.text"

---@class Network
local Network = {}

local OWN_UNIT = 4                  -- neurons: a rank has a multiple (src/engine/shared.c)
local LEAST_PART = 65536            -- synapses from which on a projection is held in part
local WHOLE_SLOTS = 65536           -- spikes of the steps that a small population keeps room for (src/engine/population.c)
local MANY_DRAWS = 1 << 18
local NOWHERE = 100                 -- steps after which spikes are told that arrive nowhere (src/engine/telling.c)

-- ---- neurons ----

local function bytes_of(net, v) return fields.bytes_of[values.new_array(v, 0, net._precision):type()] end

--- The first neuron of a rank, from 0.
local function first_of(n, rank, n_ranks) return rank == n_ranks and n or n * rank // n_ranks // OWN_UNIT * OWN_UNIT end

--- Whether ranks share its neurons, as far as it can be known before a run: see src/engine/shared.c.
local function is_shared(p, n_ranks)
  local has_update = false
  for _, entry in ipairs(p._compiled.programs) do has_update = has_update or entry.role == "update" end
  return n_ranks > 1 and has_update and p.size >= OWN_UNIT * n_ranks and #(p._compiled.events or {}) == 0 and p._kind ~= "cables"
end

--- The steps of spikes that it keeps: as many as the longest delay of what it sends asks for.
local function depth_of(net, p, longest)
  local depth, steps = 2, (longest[p] or 0) / net:dt_of(p._clock) + 2
  while depth < steps do depth = depth * 2 end
  return depth
end

local function population_row(net, p, opt, longest)
  local bytes, n = 0, p.size
  for _, v in ipairs(p._compiled.variables) do bytes = bytes + (v.scope == "uniform" and (v.count or 1) or n) * bytes_of(net, v) end
  if p._rate_window then bytes = bytes + n * (4 + fields.bytes_of[net._precision]) end
  local depth = depth_of(net, p, longest)
  local a_step = p:_has_spikes() and n * opt.rate * net:dt_of(p._clock) / 1000 or 0
  bytes = bytes + 4 * n + depth * (16 + 4 * (n * depth <= WHOLE_SLOTS and n or a_step))
  return { name = p.name, neurons = n, bytes = bytes, is_shared = is_shared(p, opt.ranks), a_step = a_step, dt = net:dt_of(p._clock) }
end

--- Poisson inputs have an array with a value for each neuron of their population for whatever is not one number.
local function input_row(net, input)
  local bytes = 0
  for _, v in ipairs(input._compiled.variables) do
    if v.name ~= "x" then bytes = bytes + (v.scope == "uniform" and 1 or input._population.size) * bytes_of(net, v) end
  end
  return { name = input.name, neurons = input.size, bytes = bytes }
end

-- ---- synapses ----

--- On average: nil where only making them tells.
local function expected(p, from, to)
  local connect = p._connect
  local n = estimate.synapses(connect, from, to)
  local excludes = connect.kind == "all_to_all" or connect.kind == "fixed_probability"
  if n and excludes and not connect.self and p.from == p.to then
    n = n * (1 - 1 / math.max(p.from.size, 1))
  end
  return n
end

--- Neurons of a view, of which ranks have parts: how many lie among first .. last-1 (from 0).
local function within(view, size, first, last)
  if view.index then return #view.index * (last - first) / size end
  return math.max(0, math.min(view.first - 1 + view.n, last) - math.max(view.first - 1, first))
end

local function view_size(view) return view.index and #view.index or view.n end

--- Is it stored as one block (formats.def: the first one)?
local function is_block(p)
  local one, other = p._from_view, p._to_view
  if p._connect.kind ~= "all_to_all" or one.index or other.index or not p._delay or p._creates or p._model.checked.pruning or p._model.checked.creating then return false end
  local overlaps = one.first < other.first + other.n and other.first < one.first + one.n
  return p._connect.self or p.from ~= p.to or not overlaps
end

--- The longest delay in ms, how many different ones there are in steps, and the shortest.
local function delays_of(p, n)
  local dt, given = delays.step_of(p), p._asked and p._asked.delays
  if p._delay then return p._delay, 0, p._delay end
  local known_low, known_high = p._core:delay_range(dt)
  if not random.is(given) then return known_high or 10 * dt, known_low and math.floor((known_high - known_low) / dt + 1.5) or 10, known_low or dt end
  local low, high
  if given.kind == "uniform" or given.kind == "discrete_uniform" then
    low, high = given.a, given.b
  elseif given.kind == "normal" or given.kind == "lognormal" then
    local z = math.sqrt(2 * math.log(math.max(n, 2))) - 0.5          -- where one of n is still to be expected, nearly
    low, high = given.a - z * given.b, given.a + z * given.b
    if given.kind == "lognormal" then low, high = math.exp(low), math.exp(high) end
  elseif given.kind == "exponential" then
    low, high = 0, math.log(math.max(n, 2)) / given.a
  else
    local drawn = given:draw(MANY_DRAWS)
    low, high = drawn:min(), drawn:max()
  end
  low, high = math.min(math.max(low, given.low, 0), given.high), math.max(math.min(high, given.high), given.low)
  return high, math.max(1, math.min(n, math.ceil(high / dt - 1e-9) - math.max(1, math.ceil(low / dt - 1e-9)) + 1)), known_low or low
end

local can_part = { all_to_all = true, one_to_one = true, fixed_probability = true, fixed_number_pre = true, fixed_number_post = true, fixed_total = true }

--- Is it held in part where ranks share the neurons that it ends at?
local function may_part(p, n, n_delays)
  if not p._asked or not p._asked.may_part or not can_part[p._connect.kind] or is_block(p) or n < LEAST_PART or part.obstacle(p) then return false end
  return n_delays == 0 or p._spiking and p._connect.kind ~= "fixed_number_pre"
end

local LEAST_PUT_OFF = 1 << 20         -- as LEAST_SYNAPSES of engine/put_off.c

--- Bytes of the way back from post spikes to synapses; where what those do is put off, marks of the neurons.
local function bytes_back(net, p, n, n_delays)
  local rows, columns = p.from.size, p.to.size
  if p._compiled.needs.later and n >= LEAST_PUT_OFF and n_delays == 0 and net._threads == 1 and ranks.n() == 1 then return 4 * (rows + columns) end
  return 8 * columns + 4 * n + 8 * math.min(rows, n)
end

--- Bytes of `n` of its synapses, by what they are.
local function bytes_of_synapses(net, p, n, n_delays, is_part)
  local rows = p._spiking and p.from.size or p.to.size
  local bytes = { begins = 0, minors = 0, values = 0, delays = 0, reverse = 0 }
  if not is_block(p) and not p._shared then
    bytes.begins, bytes.minors = 8 * rows, 4 * n
    if is_part and part.is_packed(p) and n < 4294967296 then          -- those that have synapses, where these are drawn at random
      bytes.begins = 12 / 64 * rows + 4 * math.min(n, rows * (1 - math.exp(-n / rows)))
    end
    if p._spiking and p._compiled.needs.reverse then bytes.reverse = bytes_back(net, p, n, n_delays) end
    if n_delays > 0 then          -- cuts of rows; or, where these are short and nobody asks where in them a delay is, which of the delays each has
      local cuts, each = 8 * rows + 4 * rows * (n_delays + 1), (n_delays <= 256 and 1 or n_delays <= 65536 and 2 or 4) * n
      bytes.delays = (is_part or p._is_plain) and 4 * each < cuts and each or cuts
    end
  end
  for _, v in ipairs(p._compiled.variables) do
    local count = v.scope == "uniform" and (v.count or 1) or v.scope == "pre" and p.from.size or v.scope == "post" and p.to.size or n
    if v.scope == "syn" and p._shared then count = #p._arrays[v.name] end
    if not (p._copied and v.name == "w") then bytes.values = bytes.values + count * bytes_of(net, v) end
  end
  bytes.all = bytes.begins + bytes.minors + bytes.values + bytes.delays + bytes.reverse
  return bytes
end

local function end_of(p, view) return { size = view_size(view), _whole = function() return p end } end

--- For how many steps ranks need not tell each other of spikes that it brings, and which are acted on; nil where it does not mind (src/engine/telling.c).
local function telling_of(net, p, shortest, shared)
  local roles, dt = {}, net:dt_of(p.to._clock)
  for _, entry in ipairs(p._compiled.programs) do roles[entry.role] = true end
  if shared[p.to] and roles.pathway_post then return { [p.to] = 1 } end
  if not shared[p.from] or not (roles.pre or roles.pathway) then return {} end
  return { [p.from] = (roles.pathway or net:dt_of(p.from._clock) ~= dt) and 1 or math.max(1, math.ceil(shortest / dt - 1e-6)) }
end

local function projection_row(net, p, opt, shared)
  local n = not net._is_plan and p.size or expected(p, end_of(p.from, p._from_view), end_of(p.to, p._to_view))
  if not n then return { name = p.name, from = p.from.name, to = p.to.name } end
  local longest, n_delays, shortest = delays_of(p, n)
  local row = { name = p.name, from = p.from.name, to = p.to.name, synapses = n, bytes = bytes_of_synapses(net, p, n, n_delays), longest = longest, sender = p.from,
    telling = telling_of(net, p, shortest, shared) }
  row.is_part = shared[p.to] and may_part(p, n, n_delays) or false
  row.of_rank = {}
  local size = math.max(view_size(p._to_view), 1)
  for rank = 0, opt.ranks - 1 do
    local own = row.is_part and within(p._to_view, p.to.size, first_of(p.to.size, rank, opt.ranks), first_of(p.to.size, rank + 1, opt.ranks)) / size or 1
    row.of_rank[rank + 1] = n * own
  end
  row.bytes_of_rank = function(rank) return row.is_part and bytes_of_synapses(net, p, row.of_rank[rank + 1], n_delays, true) or row.bytes end
  return row
end

-- ---- the whole ----

local function sum(rows, f)
  local total = 0
  for _, row in ipairs(rows) do total = total + f(row) end
  return total
end

--- What each rank tells the others in a second of simulated time: by clock one message in as many steps as the shortest delay lasts, with a number for them, for each population in
--- each of them, and for each of its own spikes.
local function traffic(populations, telling, n_ranks)
  local steps, messages, sent, all = {}, 0, 0, 0
  for _, row in ipairs(populations) do
    if row.is_shared then
      local per_second = 1000 / row.dt
      steps[row.dt] = per_second
      sent = sent + 4 * per_second * (1 + row.a_step / n_ranks)
      all = all + 4 * per_second * (n_ranks + row.a_step)
    end
  end
  for dt, n in pairs(steps) do messages = messages + n / (telling[dt] or NOWHERE) end
  return messages, sent + 4 * messages, all - sent + 4 * messages * (n_ranks - 1)
end

local function collect(net, opt)
  local plan = { ranks = opt.ranks, rate = opt.rate, populations = {}, projections = {}, inputs = {}, unknown = {} }
  local shared, longest, telling = {}, {}, {}
  for _, p in ipairs(net.populations) do shared[p] = is_shared(p, opt.ranks) end
  for _, p in ipairs(net.projections) do
    local row = projection_row(net, p, opt, shared)
    table.insert(row.synapses and plan.projections or plan.unknown, row)
    if row.synapses then longest[row.sender] = math.max(longest[row.sender] or 0, row.longest) end
    for sender, steps in pairs(row.telling or {}) do
      local dt = net:dt_of(sender._clock)
      telling[dt] = math.min(telling[dt] or steps, steps)
    end
  end
  for k, p in ipairs(net.populations) do plan.populations[k] = population_row(net, p, opt, longest) end
  for k, p in ipairs(net.inputs) do plan.inputs[k] = input_row(net, p) end
  plan.neurons, plan.synapses = sum(plan.populations, function(r) return r.neurons end), sum(plan.projections, function(r) return r.synapses end)
  local of_neurons = sum(plan.populations, function(r) return r.bytes end) + sum(plan.inputs, function(r) return r.bytes end)
  plan.bytes = of_neurons + sum(plan.projections, function(r) return r.bytes.all end)
  plan.of_ranks, plan.largest = {}, nil
  for rank = 0, opt.ranks - 1 do
    local one = { rank = rank, neurons = of_neurons, begins = 0, minors = 0, values = 0, delays = 0, reverse = 0, bytes = of_neurons, synapses = 0 }
    for _, row in ipairs(plan.projections) do
      local bytes = row.bytes_of_rank(rank)
      for _, name in ipairs { "begins", "minors", "values", "delays", "reverse" } do one[name] = one[name] + bytes[name] end
      one.bytes, one.synapses = one.bytes + bytes.all, one.synapses + row.of_rank[rank + 1]
    end
    plan.of_ranks[rank + 1] = one
    if not plan.largest or one.bytes > plan.largest.bytes then plan.largest = one end
  end
  plan.messages, plan.sent, plan.received = traffic(plan.populations, telling, opt.ranks)
  return plan
end

local function bytes_text(n) return words.bytes(math.floor(n + 0.5)) end

local function add(lines, more)
  for _, line in ipairs(more) do lines[#lines + 1] = line end
end

local function count(n) return words.count(math.floor(n + 0.5)) end

local function tables(plan)
  local lines = {}
  local rows = { { "population", "neurons", "memory", "ranks" } }
  for _, r in ipairs(plan.populations) do
    rows[#rows + 1] = { r.name, count(r.neurons), bytes_text(r.bytes), r.is_shared and "each computes a part" or plan.ranks > 1 and "each computes all" or "" }
  end
  for _, r in ipairs(plan.inputs) do rows[#rows + 1] = { r.name, count(r.neurons), bytes_text(r.bytes), "" } end
  add(lines, words.columns(rows, { [2] = true, [3] = true }, "  "))
  lines[#lines + 1] = ""
  rows = { { "projection", "from", "to", "synapses", "begins", "minors", "values", "delays", "reverse", "memory", "ranks" } }
  for _, r in ipairs(plan.projections) do
    local b, cells = r.bytes, { r.name, r.from, r.to, count(r.synapses) }
    for _, name in ipairs { "begins", "minors", "values", "delays", "reverse", "all" } do cells[#cells + 1] = b[name] > 0 and bytes_text(b[name]) or "-" end
    cells[#cells + 1] = r.is_part and "each holds a part" or plan.ranks > 1 and "each holds all" or ""
    rows[#rows + 1] = cells
  end
  add(lines, words.columns(rows, { [4] = true, [5] = true, [6] = true, [7] = true, [8] = true, [9] = true, [10] = true }, "  "))
  return lines
end

--- What the network takes, or on `ranks` processes would take: neurons and synapses by the rules of the connectors, bytes by what they are of (`begins`: where the synapses of a neuron begin;
--- `minors`: at which neurons they end; `values`: weights and whatever else each has; `delays`; `reverse`: the way back that plastic synapses need), what the largest rank holds, and what each tells the
--- others in a second of simulated time where neurons spike `rate` times a second. Of a network that is there synapses are counted; `lunapse --plan` tells it before any is made.
---
--- Fields: `bytes`, `neurons`, `synapses` of one process; `ranks`, `rate`; `of_ranks`, a list with `bytes`, `synapses` and the parts of the bytes; `largest` of these; `messages`, `sent` and `received` (bytes)
--- of each rank in a second; `populations`, `projections`, `inputs`, and `unknown`, of which only making them tells how many synapses they have.
---@param opt? { ranks?: integer, rate?: number }   1 (or as many as run the script) and 5 Hz unless given
---@return Page
--- Example: print(net:plan { ranks = 1024, rate = 3 }).
function Network:plan(opt)
  local options = require "lunapse.options"
  options.colon(self, "network", "net:plan")
  opt = options.check("net:plan", opt or {}, { ranks = "number", rate = "number" })
  local plan = collect(self, planned.numbers("net:plan", { ranks = opt.ranks or ranks.n(), rate = opt.rate }))
  local lines = { ("plan: %s, %s, %s, %g Hz assumed"):format(words.plural(math.floor(plan.neurons), "neuron"), words.plural(math.floor(plan.synapses), "synapse"),
    words.plural(plan.ranks, "rank"), plan.rate), "" }
  add(lines, tables(plan))
  lines[#lines + 1] = ""
  for _, r in ipairs(plan.unknown) do
    lines[#lines + 1] = ("not counted: projection '%s' from %s to %s: only making its synapses tells how many there are"):format(r.name, r.from, r.to)
  end
  lines[#lines + 1] = "one process: " .. bytes_text(plan.bytes)
  if plan.ranks > 1 then
    local most = plan.largest
    local parts = {}
    for k, name in ipairs { "neurons", "begins", "minors", "values", "delays", "reverse" } do parts[k] = name .. " " .. bytes_text(most[name]) end
    lines[#lines + 1] = ("each rank, at most (rank %d): %s: %s; %s"):format(most.rank, bytes_text(most.bytes), table.concat(parts, ", "),
      words.plural(math.floor(most.synapses + 0.5), "synapse"))
    lines[#lines + 1] = ("a second of simulated time: each rank sends %s messages to all others, %s, and receives %s"):format(count(plan.messages), bytes_text(plan.sent),
      bytes_text(plan.received))
  end
  return words.page(lines, plan)
end

return Network
