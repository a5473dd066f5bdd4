-- The back of the equation language: scopes, storage of event-driven variables, programs. Programs are run by tests/evaluate.lua, which
-- shares nothing with the kernel room, against the reference data.

package.path = "./tests/?.lua;" .. package.path
local back = require "lunapse.language.back"
local evaluate = require "evaluate"
local front = require "lunapse.language.front"

local STDP = {
  name = "STDP", parameters = { tau_plus = 20, tau_minus = 20, A_plus = 0.01, A_minus = 0.0105, w_max = 0.06 },
  equations = [[ tau_plus  * dx/dt = -x   : event-driven
                 tau_minus * dy/dt = -y   : event-driven ]],
  pre_spike = [[ g_target += w
                 x += A_plus * w_max
                 w = clip(w + y, 0, w_max) ]],
  post_spike = [[ y -= A_minus * w_max
                  w = clip(w + x, 0, w_max) ]],
}

local function neuron(description, options) return back.neuron(front.neuron(description), options or {}) end

local receiver = neuron { name = "LIF", parameters = { total = 0 }, equations = "10*dv/dt = g_exc - v\n 5*dg_exc/dt = -g_exc\n s = total",
  spike = "v > 100", reset = "v = 0" }
local sender = evaluate.source(1).compiled
local rated = neuron { name = "rate", equations = "10*dr/dt + r = sum(exc)" }

local function synapse(description, options)
  local given = { pre = sender, post = receiver, targets = { "exc" } }
  for key, value in pairs(options or {}) do given[key] = value end
  return back.synapse(front.synapse(description), given)
end

local function scopes(compiled)
  local found = {}
  for name, variable in pairs(compiled.variables_by_name) do found[name] = variable.scope end
  return found
end

local function programs(compiled, role)
  local list = {}
  for _, entry in ipairs(compiled.programs) do if entry.role == role then list[#list + 1] = entry end end
  return list
end

--- Operations of a program as one text, in order.
local function ops(program)
  local list = {}
  for k, ins in ipairs(program.code) do
    list[k] = ins.op .. (ins.slot and ":" .. program.slots[ins.slot].name .. "@" .. program.slots[ins.slot].scope or "")
  end
  return table.concat(list, " ")
end

local function count(program, op)
  local n = 0
  for _, ins in ipairs(program.code) do if ins.op == op then n = n + 1 end end
  return n
end

local function fails(run, ...)
  local ok, problem = pcall(run)
  assert.is_false(ok)
  for _, words in ipairs { ... } do
    assert.is_truthy(tostring(problem):find(words, 1, true), ("'%s' not in: %s"):format(words, tostring(problem)))
  end
end

-- ---------------------------------------------------------------------------------------------------------------- scopes

describe("scopes", function()
  it("of STDP: one trace per pre neuron, one per post neuron, w alone per synapse", function()
    local found = scopes(synapse(STDP))
    assert.same({ "pre", "post", "syn" }, { found.x, found.y, found.w })
  end)

  it("of STDP with a delay per synapse: nothing a pre spike sets is shared", function()
    local found = scopes(synapse(STDP, { delay_scope = "syn" }))
    assert.same({ "syn", "post" }, { found.x, found.y })
  end)

  it("follow parameters that differ per synapse", function()
    local found = scopes(synapse(STDP, { param_scopes = { A_plus = "syn", tau_minus = "post" } }))
    assert.same({ "syn", "post" }, { found.x, found.y })
  end)

  it("of the homeostatic rule", function()
    local found = scopes(synapse { parameters = { tau_plus = 20, tau_minus = 60, Rtarget = 35 },
      equations = [[ tau_plus * dltp/dt = -ltp : exponential
                     tau_minus * dltd/dt = -ltd : exponential
                     R = post.r : postsynaptic
                     K = R/(1 + abs(1 - R/Rtarget))
                     stdp = if t_post >= t_pre: ltp else: -ltd
                     w += (0.1*w*(1 - R/Rtarget) + stdp)*K ]],
      pre_spike = "g_target += w ; ltp = 0.1", post_spike = "ltd = 0.2" })
    assert.same({ "pre", "post", "post", "post", "syn", "syn" }, { found.ltp, found.ltd, found.R, found.K, found.stdp, found.w })
  end)

  it("flags widen, and assert: a flag narrower than possible names the dependence", function()
    local text = { equations = "a = pre.r : local\n dw/dt = a" }
    assert.equal("syn", scopes(synapse(text, { pre = rated, post = rated, targets = {} })).a)
    fails(function() synapse({ name = "S", equations = "a = 2\n a2 = pre.r*post.r : postsynaptic\n dw/dt = a2*a" },
      { pre = rated, post = rated, targets = {} }) end, "line 2", "once per post neuron", "once per pre neuron", "pre.r")
    fails(function() synapse { pre_spike = "x += 1 : init = 0, projection\n g_target += x" } end, "once per projection", "per pre neuron")
  end)

  it("of neurons: what only assigns uniform things is computed once", function()
    local compiled = neuron { parameters = { f = 1 }, equations = "p = sin(f*t)\n dv/dt = p - v" }
    assert.equal("uniform", scopes(compiled).p)
    assert.equal("elem", scopes(compiled).v)
    assert.equal("elem", scopes(neuron({ parameters = { f = 1 }, equations = "p = sin(f*t)\n dv/dt = p - v" },
      { param_scopes = { f = "elem" } })).p)
    local update = programs(compiled, "update")
    assert.same({ "uniform", "elem" }, { update[1].over, update[2].over })
  end)

  it("population-wide lines run before the others", function()
    local compiled = neuron { equations = "a = b + 0*i\n b = t : population" }
    local pop = evaluate.population(compiled, 2, 1)
    pop:begin()
    pop:advance()
    pop:advance()
    assert.same({ 1, 1 }, pop.arrays.a)
  end)

  it("lifting keeps the reading order", function()
    -- u is the same for all synapses of a pre neuron; w reads it before and after it moves
    local rule = { equations = "dz/dt = -z/1000 : event-driven, init = 0",
      pre_spike = "w = u\n u += 1 : init = 5\n w2 = u : init = 0\n g_target += w + w2 + z" }
    local compiled = synapse(rule)
    assert.equal("pre", scopes(compiled).u)
    local proj = evaluate.projection(compiled, evaluate.source(2), evaluate.population(receiver, 2, 1),
      { { 1, 1, 0 }, { 1, 2, 0 }, { 2, 1, 0 } }, 1)
    proj:begin()
    proj:arrive(3, { 1 })
    proj:arrive(4, { 1, 2 })
    assert.same({ 6, 6, 5 }, proj.arrays.w)
    assert.same({ 7, 7, 6 }, proj.arrays.w2[3] and proj.arrays.w2 or { proj.arrays.w2[1], proj.arrays.w2[1], proj.arrays.w2[2] })
    assert.same({ 7, 6 }, proj.arrays.u)
  end)
end)

-- --------------------------------------------------------------------------------------------------------------- programs

describe("programs", function()
  it("of STDP touch w and one trace per synapse, with no exp of their own", function()
    local compiled = synapse(STDP)
    local pre = programs(compiled, "pre")
    assert.same({ "pre", "syn" }, { pre[1].over, pre[2].over })
    assert.equal(1, count(pre[2].program, "store"))
    assert.equal(1, count(pre[2].program, "acc"))
    for _, ins in ipairs(pre[2].program.code) do
      local slot = ins.slot and pre[2].program.slots[ins.slot]
      assert.is_false(slot and slot.scope == "pre" or false)
    end
    assert.is_true(compiled.needs.reverse)
    assert.equal("normalised", compiled.variables_by_name.x.storage)
  end)

  it("share what is equal and leave out what nobody needs", function()
    local update = programs(neuron { equations = "a = exp(v/2)*3\n b = exp(v/2)*4\n dv/dt = -v" }, "update")[1].program
    assert.equal(1, count(update, "exp"))
  end)

  it("divide by no time constant at run time", function()
    local update = programs(neuron { parameters = { tau = 10, C = 2 },
      equations = "dv/dt = (g_exc*(1 - v) - v)/tau + exp((v - 3)/C)/C : rk4" }, "update")[1].program
    assert.equal(0, count(update, "div"))
  end)

  it("keep a division by a parameter where a last bit would show", function()
    local update = programs(neuron { parameters = { n = 49 }, equations = "dv/dt = floor(v/n)" }, "update")[1].program
    assert.equal(1, count(update, "div"))
  end)

  it("zero targets without an equation, also in refractory neurons", function()
    local compiled = neuron { equations = "10*dv/dt = g_exc - v", spike = "v > 1", reset = "v = 0", refractory = 5 }
    local pop = evaluate.population(compiled, 1, 1)
    pop:begin()
    pop.arrays.g_exc[1] = 20
    assert.same({ 1 }, pop:advance())
    assert.equal(0, pop.arrays.g_exc[1])
    pop.arrays.g_exc[1] = 20
    assert.same({}, pop:advance())
    assert.equal(0, pop.arrays.g_exc[1])
    assert.equal(0, pop.arrays.v[1])
  end)

  it("freeze for round(refractory/dt) steps, halves to even", function()
    for refractory, free_at in pairs { [0.5] = 1, [1.5] = 3, [2] = 3, [2.5] = 3 } do
      local pop = evaluate.population(neuron { parameters = { R = refractory }, equations = "dv/dt = 1", spike = "v > 0.5", reset = "v = 0",
        refractory = "R" }, 1, 1)
      pop:begin()
      assert.same({ 1 }, pop:advance())
      local n = 1
      while #pop:advance() == 0 do n = n + 1 end
      assert.equal(free_at, n, "refractory " .. refractory)
    end
  end)

  it("take a condition for a refractory period", function()
    local pop = evaluate.population(neuron { equations = "dv/dt = 1\n 2*dg_x/dt = -g_x : init = 8", spike = "v > 0.5", reset = "v = 0",
      refractory = "g_x > 1" }, 1, 1)
    pop:begin()
    local spiked = {}
    for step = 1, 6 do if #pop:advance() > 0 then spiked[#spiked + 1] = step end end
    assert.same({ 1, 4, 5, 6 }, spiked) -- g_x: 8 4 2 1
  end)

  it("draw once per element, step and place", function()
    local pop = evaluate.population(neuron { functions = "twice(x) = x + x", equations = "a = Uniform(0, 1)\n b = twice(Uniform(2, 3))" }, 3, 1)
    pop:begin()
    pop:advance()
    assert.not_equal(pop.arrays.a[1], pop.arrays.a[2])
    assert.is_true(pop.arrays.b[1] > 4 and pop.arrays.b[1] < 6)
    local update = programs(pop.compiled, "update")[1].program
    assert.equal(2, count(update, "draw")) -- an argument that stands twice is one draw
  end)

  it("carry the user's lines as comments", function()
    local update = programs(neuron { equations = "x = 1 + t : min = 0 # first" }, "update")[1].program
    local text = ""
    for _, comment in pairs(update.comments) do text = text .. comment end
    assert.equal("x = 1 + t", text)
  end)

  it("of a model come out alike each time", function()
    local function all()
      local text = {}
      for _, entry in ipairs(synapse(STDP).programs) do text[#text + 1] = entry.role .. entry.over .. ops(entry.program) end
      return table.concat(text, "\n")
    end
    local first = all()
    for _ = 1, 5 do assert.equal(first, all()) end
  end)
end)

-- ------------------------------------------------------------------------------------------------------- synapses, specially

describe("synapses", function()
  it("that transmit nothing are refused, unless they have no target", function()
    fails(function() synapse { name = "S", pre_spike = "w += 1" } end, "transmits nothing", "g_target += w")
    synapse({ pre_spike = "w += 1" }, { targets = {} })
    local silent = synapse(STDP, { targets = {} })
    assert.equal(0, count(programs(silent, "pre")[2].program, "acc"))
  end)

  it("with a target that nobody reads are refused", function()
    fails(function() synapse(STDP, { targets = { "ecx" } }) end, "'ecx'", "did you mean 'exc'?")
  end)

  it("that read what a neuron does not have are refused with what it has", function()
    fails(function() synapse({ name = "S", pre_spike = "g_target += w*post.g_ecx" }) end, "post neuron 'LIF' has no 'g_ecx'", "g_exc")
    fails(function() synapse({ equations = "dw/dt = mod.r" }, { pre = rated, post = rated, targets = {} }) end, "mod")
    fails(function() synapse({ equations = "dw/dt = mod.r" }, { pre = rated, post = rated, targets = {},
      refs = { mod = { variables = rated.variables_by_name } } }) end, "how 'mod' is indexed", "by =")
  end)

  it("add one increment to every target", function()
    local two = neuron { name = "two", equations = "dg_a/dt = -g_a\n dg_b/dt = -g_b\n v = g_a + g_b" }
    local pre = programs(synapse({ pre_spike = "g_target += w" }, { post = two, targets = { "a", "b" } }), "pre")
    assert.equal(2, count(pre[1].program, "acc"))
  end)

  it("load, add, bound and store where an increment has bounds", function()
    local pre = programs(synapse { pre_spike = "g_target += w : max = 1" }, "pre")[1].program
    assert.equal(0, count(pre, "acc"))
    assert.equal(1, count(pre, "min"))
  end)

  it("write to neurons", function()
    local post = evaluate.population(receiver, 2, 1)
    local proj = evaluate.projection(synapse({ pre_spike = "post.v = 7" }), evaluate.source(1), post, { { 1, 2, 0 } }, 1)
    proj:begin()
    proj:arrive(1, { 1 })
    assert.same({ 0, 7 }, post.arrays.v)
  end)

  it("stop w while learning is off, and nothing else", function()
    local compiled = synapse(STDP, { plastic = false })
    local pre = programs(compiled, "pre")
    assert.equal("acc:post.g_exc@post", ops(pre[2].program):match "acc.*")
    assert.equal(1, #programs(compiled, "post"))
  end)

  it("skip lines 'unless post'", function()
    local pre, post = evaluate.source(2), evaluate.population(receiver, 1, 1)
    local proj = evaluate.projection(synapse({ pre_spike = "w += 1 : unless post\n g_target += 0" }), pre, post, { { 1, 1, 0 }, { 2, 1, 0 } }, 1)
    proj:begin()
    pre.arrays.t_last[1], pre.arrays.t_last[2], post.arrays.t_last[1] = 4, 3, 4
    proj:arrive(5, { 1, 2 })
    assert.same({ 0, 1 }, proj.arrays.w)
  end)

  it("sum over synapses into neurons, mean, min and max too", function()
    for op, result in pairs { sum = { 5, 4, 0 }, mean = { 2.5, 4, 0 }, min = { 2, 4, 0 }, max = { 3, 4, 0 } } do
      local post = evaluate.population(neuron({ parameters = { total = 9 }, equations = "x = total" }, { written = { "total" } }), 3, 1)
      local proj = evaluate.projection(synapse({ equations = "dw/dt = 0\n post.total = " .. op .. "(w)" },
        { targets = {}, post = post.compiled }), evaluate.source(2), post, { { 1, 1, 2 }, { 1, 2, 4 }, { 2, 1, 3 } }, 1)
      proj:begin()
      proj:run_role("equations", 0, 0)
      assert.same(result, post.arrays.total)
    end
  end)

  it("sum inside expressions: sum_post, sum_pre", function()
    local post = evaluate.population(receiver, 2, 1)
    local proj = evaluate.projection(synapse({ equations = "w = w/sum_post(w)\n z = sum_pre(w)" }, { targets = {} }), evaluate.source(2), post,
      { { 1, 1, 2 }, { 1, 2, 4 }, { 2, 1, 6 } }, 1)
    proj:begin()
    proj:run_role("equations", 0, 0)
    assert.same({ 0.25, 1, 0.75 }, proj.arrays.w)
    assert.same({ 1.25, 0.75 }, proj.arrays.z)
  end)

  it("sum psp, with its operations", function()
    for op, result in pairs { sum = { 23, 12 }, mean = { 11.5, 12 }, min = { 8, 12 }, max = { 15, 12 } } do
      local pre, post = evaluate.population(rated, 2, 1), evaluate.population(rated, 2, 1)
      pre.arrays.r[1], pre.arrays.r[2] = 4, 5
      local compiled = synapse({ psp = "w*pre.r", operation = op }, { pre = rated, post = rated })
      local proj = evaluate.projection(compiled, pre, post, { { 1, 1, 2 }, { 1, 2, 3 }, { 2, 1, 3 } }, 1)
      proj:begin()
      proj:run_role("psp", 0, 0)
      assert.same(result, post.arrays.sum_exc)
    end
  end)

  it("event-driven equations must be linear and have constants that stand still", function()
    fails(function() synapse { name = "S", equations = "dx/dt = -x*x : event-driven", pre_spike = "g_target += x" } end, "event-driven", "product")
    fails(function() synapse { equations = "dx/dt = y - x : event-driven\n dy/dt = -y", pre_spike = "g_target += x ; y += 1" } end,
      "between events", "'y'")
    fails(function() synapse { equations = "dx/dt = post.v - x : event-driven", pre_spike = "g_target += x" } end, "post.v")
    fails(function() synapse { equations = "dx/dt = -x : event-driven\n x = 2", pre_spike = "g_target += x" } end, "event-driven")
  end)

  it("read event-driven variables at the end of the step in equations", function()
    local post = evaluate.population(receiver, 1, 1)
    local proj = evaluate.projection(synapse { equations = "dx/dt = -x/10 : event-driven\n z = x", pre_spike = "x += 1 ; g_target += w" },
      evaluate.source(1), post, { { 1, 1, 0 } }, 1)
    proj:begin()
    proj:arrive(2, { 1 }) -- at 2.5 ms
    proj:run_role("equations", 2, 2)
    assert.near(math.exp(-0.05), proj.arrays.z[1], 1e-14)
  end)

  it("know the times of events", function()
    local pre, post = evaluate.source(1), evaluate.population(receiver, 1, 1)
    local proj = evaluate.projection(synapse { pre_spike = "a = t : init = 0\n b = t_pre - t_post : init = 0\n g_target += a + b",
      post_spike = "c = t - t_pre : init = 0 \n e = t_post - t : init = 9 \n w = c + e" }, pre, post, { { 1, 1, 0 } }, 0.5)
    proj:begin()
    post.arrays.t_last[1] = 3 * 0.5 -- emitted in step 3: an event at 2 ms
    proj:arrive(10, { 1 })
    assert.near(5.25, proj.arrays.a[1], 1e-14)
    assert.near(5.25 - 2, proj.arrays.b[1], 1e-14)
    proj:post_spikes(12, { 1 })
    assert.near(6.5 - 5.25, proj.arrays.c[1], 1e-14)
    assert.equal(0, proj.arrays.e[1])
  end)
end)

-- ------------------------------------------------------------------------------------------------------ texts from outside

describe("texts from outside", function()
  local checked = front.neuron { name = "N", parameters = { a = 1 }, equations = "dv/dt = a - v" }
  local compiled = back.neuron(checked, {})

  it("operate", function()
    local made = back.operation(checked, compiled, "v = 2*v + i : max = 4")
    local arrays = {}
    for k, slot in ipairs(made.programs[1].program.slots) do arrays[k] = slot.var == "v" and { 1, 1, 1 } end
    evaluate.run(made.programs[1].program, arrays, { { elem = 1 }, { elem = 2 }, { elem = 3 } }, { t = 0 })
    assert.same({ 3, 4, 4 }, arrays[1])
    assert.same({ "v" }, made.writes)
  end)

  it("normalise by what arrives", function()
    local rule = front.synapse { equations = "dw/dt = 0.1" }
    local proj = evaluate.projection(back.synapse(rule, { pre = sender, post = receiver, targets = {} }), evaluate.source(2),
      evaluate.population(receiver, 1, 1), { { 1, 1, 3 }, { 2, 1, 1 } }, 1)
    proj:begin()
    local made = back.operation(rule, proj.compiled, "w *= 8/sum_post(w)")
    for _, variable in ipairs(made.variables) do proj.arrays[variable.name] = { 0, 0 } end
    for _, entry in ipairs(made.programs) do proj:run_entry(entry, 0, 0) end
    assert.same({ 6, 2 }, proj.arrays.w)
  end)

  it("fill", function()
    local program = back.fill(checked, compiled, "v", "10*i + a", 1)
    local v = {}
    local arrays = {}
    for k, slot in ipairs(program.slots) do arrays[k] = slot.var == "v" and v or { 1 } end
    evaluate.run(program, arrays, { { elem = 1 }, { elem = 2 } }, { t = 0 })
    assert.same({ 11, 21 }, v)
    fails(function() back.fill(checked, compiled, "v", "10*vv", 1) end, "vv")
  end)

  it("ask", function()
    local made = back.value(checked, compiled, "v > 1 and t > 3", true)
    assert.equal("_value", made.variable.name)
    assert.equal("elem", made.over)
  end)
end)

-- ---------------------------------------------------------------------------------------------------------- reference cases

local function csv(path)
  local columns, header = {}, {}
  for line in io.lines("tests/reference/" .. path) do
    local k = 0
    for field in line:gmatch "[^,]+" do
      k = k + 1
      if not header[k] or columns.n == nil and #header < k then header[k] = field columns[field] = {} else table.insert(columns[header[k]], tonumber(field)) end
    end
    columns.n = #(columns[header[1]] or {})
  end
  return columns
end

--- step -> list of neurons, from a file of spikes.
local function by_step(path)
  local spikes, found = csv(path), {}
  for k = 1, spikes.n do
    local step = spikes.step[k]
    found[step] = found[step] or {}
    table.insert(found[step], spikes.neuron[k])
  end
  for _, list in pairs(found) do table.sort(list) end
  return found
end

local function check_spikes(path, emitted, last_step)
  local expected, wrong, n = by_step(path), 0, 0
  for step = 0, last_step do
    local want, got = expected[step] or {}, emitted[step] or {}
    n = n + #want
    if table.concat(want, ",") ~= table.concat(got, ",") then wrong = wrong + 1 end
  end
  assert.equal(0, wrong)
  assert.is_true(n > 0)
end

--- Largest difference of a column from values by row of t, relative to the largest value.
local function difference(column, times, dt, values, last_step)
  local largest, worst = 0, 0
  for k, t in ipairs(times) do
    local step = math.floor(t / dt + 0.5)
    if step <= last_step then
      largest = math.max(largest, math.abs(column[k]))
      worst = math.max(worst, math.abs(column[k] - values[step]))
    end
  end
  return worst / largest
end

--- Neurons with given inputs, all to all, for the cases 01, 02 and 07.
local function run_lif(case, dt, steps, description, I)
  local compiled = neuron(description, { param_scopes = { I = "elem" } })
  local pop = evaluate.population(compiled, 3, dt)
  pop.arrays.I = I
  pop:begin()
  local static = front.synapse { pre_spike = "g_target += w" }
  local inputs = {}
  for _, kind in ipairs { "exc", "inh" } do
    local weights, list, size = csv(case .. "/weights_" .. kind .. ".csv"), {}, 0
    for k = 1, weights.n do
      list[k] = { weights.pre[k], weights.post[k], weights.w[k] }
      size = math.max(size, weights.pre[k])
    end
    local projection = evaluate.projection(back.synapse(static, { pre = sender, post = compiled, targets = { kind } }),
      evaluate.source(size), pop, list, dt)
    projection:begin()
    inputs[#inputs + 1] = { projection = projection, spikes = by_step(case .. "/inputs_" .. kind .. ".csv") }
  end
  local trace, emitted = { {}, {}, {} }, {}
  for n = 0, steps do
    for k = 1, 3 do trace[k][n] = pop.arrays.v[k] end
    for _, input in ipairs(inputs) do input.projection:arrive(n, input.spikes[n - 1] or {}) end
    emitted[n] = pop:advance()
  end
  local expected = csv(case .. "/expected.csv")
  for k = 1, 3 do
    local worst = difference(expected[("v[%d]"):format(k)], expected.t, dt, trace[k], steps)
    assert.is_true(worst < 1e-9, ("neuron %d: %g"):format(k, worst))
  end
  check_spikes(case .. "/spikes.csv", emitted, steps)
end

local conductances = [[
  tau * dv/dt = (El - v) + g_exc * (Ee - v) + g_inh * (Ei - v) + I   : init = -60, %s
  tau_exc * dg_exc/dt = -g_exc : %s
  tau_inh * dg_inh/dt = -g_inh : %s ]]

describe("reference case", function()
  for case, method in pairs { ["01-lif-explicit"] = "explicit", ["02-lif-exponential"] = "exponential" } do
    it(case, function()
      run_lif(case, 0.1, 2000, { parameters = { tau = 20, tau_exc = 5, tau_inh = 10, El = -60, Ee = 0, Ei = -80, Vt = -50, Vr = -60, I = 0 },
        equations = conductances:gsub("%%s", method), spike = "v > Vt", reset = "v = Vr", refractory = 5 }, { 0, 5, 12 })
    end)
  end

  it("07-lif-exact", function()
    run_lif("07-lif-exact", 0.25, 1600, { parameters = { tau = 10, tau_exc = 2, tau_inh = 7, El = -65, Vt = -52, Vr = -68, I = 0 },
      equations = [[ tau * dv/dt = (El - v) + g_exc - g_inh + I   : init = -60, exact
                     tau_exc * dg_exc/dt = -g_exc   : exact
                     tau_inh * dg_inh/dt = -g_inh   : exact ]],
      spike = "v > Vt", reset = "v = Vr", refractory = 3 }, { 0, 10, 14 })
  end)

  it("03-izhikevich-rs-midpoint", function()
    local pop = evaluate.population(neuron({ parameters = { a = 0.02, b = 0.2, c = -65, d = 8, I = 0 },
      equations = [[ dv/dt = 0.04 * v^2 + 5.0 * v + 140.0 - u + I   : init = -65, midpoint
                     du/dt = a * (b*v - u)                           : midpoint, init = b * -65 ]],
      spike = "v >= 30", reset = "v = c ; u += d" }, { param_scopes = { I = "elem" } }), 5, 0.5)
    pop:begin()
    local trace, emitted = { {}, {}, {}, {}, {} }, {}
    for n = 0, 999 do
      if n == 0 then pop.arrays.I = { 0, 0, 0, 0, 0 } elseif n == 100 then pop.arrays.I = { 4, 6, 8, 9, 14 }
      elseif n == 600 then pop.arrays.I = { 2, 12, 4, 5, 20 } end
      for k = 1, 5 do trace[k][n] = pop.arrays.u[k] end
      emitted[n] = pop:advance()
    end
    local expected = csv "03-izhikevich-rs-midpoint/expected.csv"
    for k = 1, 5 do assert.is_true(difference(expected[("u[%d]"):format(k)], expected.t, 0.5, trace[k], 999) < 1e-6) end
    check_spikes("03-izhikevich-rs-midpoint/spikes.csv", emitted, 999)
  end)

  it("06a-hh-exponential", function()
    local pop = evaluate.population(neuron({ parameters = { C = 200, gl = 10, El = -60, gNa = 20000, ENa = 50, gK = 6000, EK = -90, v_T = -63, I = 0 },
      functions = [[ am(x) = 0.32 * (13 - x) / (exp((13 - x)/4) - 1)
        bm(x) = 0.28 * (x - 40) / (exp((x - 40)/5) - 1)
        ah(x) = 0.128 * exp((17 - x)/18)
        bh(x) = 4 / (1 + exp((40 - x)/5))
        an(x) = 0.032 * (15 - x) / (exp((15 - x)/5) - 1)
        bn(x) = 0.5 * exp((10 - x)/40) ]],
      equations = [[ v_prev = v
        C * dv/dt = gl * (El - v) + gNa * m^3 * h * (ENa - v) + gK * n^4 * (EK - v) + I   : init = -60, exponential
        dm/dt = am(v - v_T) * (1 - m) - bm(v - v_T) * m    : init = 0, exponential
        dh/dt = ah(v - v_T) * (1 - h) - bh(v - v_T) * h    : init = 1, exponential
        dn/dt = an(v - v_T) * (1 - n) - bn(v - v_T) * n    : init = 0, exponential ]],
      spike = "v > -20 and v_prev <= -20" }, { param_scopes = { I = "elem" } }), 3, 0.05)
    pop.arrays.I = { 0, 120, 500 }
    pop:begin()
    local trace, emitted = { {}, {}, {} }, {}
    for n = 0, 800 do
      for k = 1, 3 do trace[k][n] = pop.arrays.v[k] end
      emitted[n] = pop:advance()
    end
    local expected = csv "06a-hh-exponential/expected.csv"
    for k = 1, 3 do
      assert.is_true(difference(expected[("v[%d]"):format(k)], expected.t, 0.05, trace[k], 800) < 1e-7)
    end
    check_spikes("06a-hh-exponential/spikes.csv", emitted, 800)
  end)

  it("08-stp", function()
    local events = csv "08-stp/events.csv"
    local parameters = { { 0.5, 800, 10, 2 }, { 0.15, 130, 530, 5 }, { 0.45, 600, 20, 3 }, { 0.3, 200, 200, 1 } }
    local rule = front.synapse { parameters = { U = 0, tau_rec = 1, tau_facil = 1 },
      equations = [[ dx/dt = (1 - x)/tau_rec     : init = 1, event-driven
                     du/dt = (U - u)/tau_facil   : init = U, event-driven ]],
      pre_spike = "g_target += w * u * x ; x *= (1 - u) ; u += U * (1 - u)" }
    for _, delay_scope in ipairs { "uniform", "syn" } do -- once per pre neuron, once per synapse
      local post = evaluate.population(receiver, 4, 0.1)
      local proj = evaluate.projection(back.synapse(rule, { pre = sender, post = receiver, targets = { "exc" }, delay_scope = delay_scope,
        param_scopes = { U = "syn", tau_rec = "syn", tau_facil = "syn" } }), evaluate.source(4), post,
        { { 1, 1, 2 }, { 2, 2, 5 }, { 3, 3, 3 }, { 4, 4, 1 } }, 0.1)
      for k, p in ipairs(parameters) do
        proj.arrays.U[k], proj.arrays.tau_rec[k], proj.arrays.tau_facil[k] = p[1], p[2], p[3]
      end
      proj:begin()
      for k = 1, events.n do
        local s = events.synapse[k]
        post.arrays.g_exc[s] = 0
        proj:arrive(events.step_arrived[k], { s })
        assert.near(events["w*u*x"][k], post.arrays.g_exc[s], 1e-9 * parameters[s][4])
      end
    end
  end)

  it("09b-stdp-song", function()
    local compiled = neuron { parameters = { tau_m = 10, tau_e = 5, vt = -54, vr = -60, El = -74, Ee = 0 },
      equations = [[ tau_m * dv/dt = El - v + g_exc * (Ee - vr)   : init = -60
                     tau_e * dg_exc/dt = -g_exc ]], spike = "v > vt", reset = "v = vr" }
    local weights, spikes = csv "09b-stdp-song/weights.csv", by_step "09b-stdp-song/inputs.csv"
    local list, size = {}, weights.n
    for k = 1, size do list[k] = { weights.pre and weights.pre[k] or k, 1, weights["w(t=0)"][k] } end
    local post = evaluate.population(compiled, 1, 1)
    post:begin()
    local proj = evaluate.projection(back.synapse(front.synapse(STDP), { pre = sender, post = compiled, targets = { "exc" } }),
      evaluate.source(size), post, list, 1)
    proj:begin()
    local emitted, compared = {}, 0
    for n = 0, 4008 do
      local column = weights[("w(t=%d)"):format(n)]
      if column then
        compared = compared + 1
        for k = 1, size do assert.near(column[k], proj.arrays.w[k], 1e-9 * 0.06) end
      end
      proj:arrive(n, spikes[n - 1] or {})
      emitted[n] = post:advance()
      proj:post_spikes(n, emitted[n])
    end
    assert.is_true(compared >= 3)
    check_spikes("09b-stdp-song/spikes.csv", emitted, 4008)
  end)
end)

describe("conditions on structure", function()
  it("prune, create, and connect pairs", function()
    local compiled = synapse { parameters = { limit = 2 }, equations = "age += 1 : init = 0, int", pre_spike = "g_target += w",
      pruning = "age > limit", creating = "i != j and post.v >= 0 : w = 0.25, d = 2" }
    assert.equal("syn", scopes(compiled).age)
    local proj = evaluate.projection(compiled, evaluate.source(2), evaluate.population(receiver, 2, 1), { { 1, 1, 0 }, { 1, 2, 0 } }, 1)
    proj:begin()
    proj.arrays.age[2] = 2
    proj:run_role("equations", 0, 0)
    proj:run_role("pruning", 0, 0)
    proj:run_role("creating", 0, 0)
    assert.same({ 0, 1 }, proj.arrays._prune)
    assert.same({ 0, 1 }, proj.arrays._create)
    assert.same({ 0.25, 0.25 }, proj.arrays._new_w)
    fails(function() synapse { pre_spike = "g_target += w", creating = "w > 1" } end, "not there yet")
  end)

  it("are compiled for pairs without a synapse model", function()
    local made = back.pairs("abs(i - j) == 1", { pre = sender, post = receiver, is_condition = true })
    assert.equal("all", made.program.nest)
    assert.equal("_value", made.variable.name)
  end)
end)

describe("explanations", function()
  it("say what was inferred, used and derived", function()
    local notes = {}
    for _, note in ipairs(synapse(STDP).notes) do notes[#notes + 1] = note.what .. " " .. note.text end
    local text = table.concat(notes, "\n")
    assert.is_truthy(text:find("scope x lives once per pre neuron: it depends on spikes of the pre neuron", 1, true))
    assert.is_truthy(text:find("storage y: event-driven, normalised", 1, true))
    assert.is_truthy(text:find("derived _c", 1, true))
    text = ""
    for _, note in ipairs(receiver.notes) do text = text .. note.what .. " " .. note.text .. "\n" end
    assert.is_truthy(text:find("method v: explicit (default)", 1, true))
  end)

  it("hold what their sentences say as fields", function()
    for _, compiled in ipairs { synapse(STDP), receiver, neuron { equations = "v = 1 : population\ndx/dt = -x/3 : semi-implicit" } } do
      for _, note in ipairs(compiled.notes) do
        assert.is_truthy(note.text:find(note.name, 1, true), note.text)
        if note.what == "method" then assert.is_truthy(note.text:find(note.name .. ": " .. note.method, 1, true), note.text) end
        if note.what == "derived" then assert.equal(note.name .. " = " .. note.formula .. " is computed when its parameters change", note.text) end
      end
    end
  end)

  it("give the reason of a refusal as its solver gave it, whatever the model is called", function()
    local alternatives = require "lunapse.language.back.alternatives"
    local checked = front.neuron { name = "it's 'mine', line 3: x", equations = "dv/dt = v*(1 - v)" }
    local reasons = {}
    for _, other in ipairs(alternatives.of(checked, function() return back.neuron(checked, {}) end)) do reasons[other.method] = other.reason end
    assert.equal("the equation is not linear in 'v': 'v * (1 - v)' is a product of them", reasons.exponential)
    assert.equal("the system is not linear in its variables: 'v * (1 - v)' is a product of them", reasons.exact)
    assert.is_nil(reasons.rk4)
  end)

  it("put the user's lines above what they became, without flags", function()
    local compiled = neuron { equations = "a = if v > 1: 2 else: 3 : init = (if 1 > 2: 3 else: 4), min = 1\ndv/dt = -v + a : init = 2" }
    local comments = {}
    for _, entry in ipairs(compiled.programs) do
      for _, comment in pairs(entry.program.comments or {}) do comments[comment] = true end
    end
    assert.is_true(comments["a = if v > 1: 2 else: 3"])
    assert.is_true(comments["dv/dt = -v + a"])
  end)
end)
