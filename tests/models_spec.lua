-- The model library: every file of lua/lunapse/models/ is in the list, is read, runs, and gives the same bits in both tiers; a new file is tested
-- without a line here. Defaults are those of PyNN's and ANNarchy's models of the same name.

local kernel = require "lunapse.core.kernel"
local lp = require "lunapse"

local function files()
  local list = {}
  for name in io.popen("ls lua/lunapse/models"):lines() do
    name = name:match "^(.*)%.lua$"
    if name ~= "init" then list[#list + 1] = name end
  end
  table.sort(list)
  return list
end

local function names_of_library()
  local list = {}
  for name in pairs(lp.models) do list[#list + 1] = name end
  table.sort(list)
  return list
end

--- The values of all variables and parameters of an object, exact to the bit, as text.
local function state_of(object, checked)
  local lines = {}
  local function add(name)
    local value = object[name]
    local parts = {}
    for k = 1, type(value) == "number" and 1 or #value do
      local x = type(value) == "number" and value or value[k]
      assert.is_true(x == x and math.abs(x) < math.huge, ("%s[%d] = %s"):format(name, k, x))
      parts[k] = ("%a"):format(x)
    end
    lines[#lines + 1] = name .. " " .. table.concat(parts, " ")
  end
  for _, variable in ipairs(checked.variables) do
    if variable.name ~= "g_target" and not variable.name:find "%." then add(variable.name) end
  end
  for _, parameter in ipairs(checked.parameters) do add(parameter.name) end
  return table.concat(lines, "\n")
end

-- ---- neurons -----------------------------------------------------------------------------------------------------------

local source_of_rates = lp.neuron { name = "source", equations = "r = 0.1 + 0.1 * sin(t / 20) + i / 50" }

--- One second of five neurons with noisy excitation and weaker inhibition of weight `w`: the state, and how many spikes.
local function run_neurons(neuron, tier, w)
  local net = lp.network { dt = 0.1, seed = 7, tier = tier }
  local pop = net:population { size = 5, neuron = neuron }
  local reads = {}
  for name in pairs(neuron.checked.targets_read) do reads[#reads + 1] = name end
  table.sort(reads)
  local is_spiking = neuron.checked.spike ~= nil
  for _, target in ipairs(reads) do
    local share = target:find "^inh" and 0.2 or 1
    local from = is_spiking and net:poisson { size = 40, rates = 50 * share } or net:population { size = 4, neuron = source_of_rates }
    net:project { from = from, to = pop, target = target, connect = lp.fixed_probability(0.8), weights = lp.uniform(0.5 * w * share, 1.5 * w * share) }
  end
  local spikes = is_spiking and net:record(pop, "spike")
  net:run(1000)
  return state_of(pop, neuron.checked), spikes and spikes:count() or nil
end

--- The weight at which a model with its own defaults begins to spike: models differ in their units.
local function run_until_it_spikes(neuron, tier)
  for _, w in ipairs { 0.001, 0.01, 0.1, 0.5, 1, 2, 5, 10, 50 } do
    local state, spikes = run_neurons(neuron, tier, w)
    if spikes > 0 then return state, spikes, w end
  end
  error(neuron.name .. " never spikes")
end

-- ---- synapses ----------------------------------------------------------------------------------------------------------

--- One second of synapses between neurons that are active: the state, and the weights before and after.
local function run_synapses(synapse, tier)
  local net = lp.network { dt = 0.5, seed = 11, tier = tier }
  local checked = synapse.checked
  local pre, post
  if checked.psp and #checked.pre_spike == 0 then
    pre = net:population { size = 6, neuron = source_of_rates }
    post = net:population { size = 3, neuron = lp.models.LeakyIntegrator }
  else
    pre = net:poisson { size = 6, rates = 40 }
    post = net:population { size = 3, neuron = lp.models.LIF { I = 16.5 } }
    if checked.reads.post and checked.reads.post.r then post:compute_rate(500) end
  end
  local w_max = checked.parameters_by_name.w_max
  local w = w_max and w_max.default or 0.5
  local proj = net:project { from = pre, to = post, target = "exc", synapse = synapse, connect = lp.all_to_all(), weights = lp.uniform(0.3 * w, 0.7 * w) }
  local before = proj.w:copy()
  net:run(1000)
  local moved = 0
  for k = 1, #before do if proj.w[k] ~= before[k] then moved = moved + 1 end end
  local arrived = checked.psp and post.v or post.g_exc
  return state_of(proj, checked) .. "\nw " .. tostring(moved) .. " " .. ("%a %a %a"):format(arrived[1], arrived[2], arrived[3]), moved
end

-- ---- what is expected --------------------------------------------------------------------------------------------------

--- Published defaults: of the models of the same names in PyNN and ANNarchy; Song, Miller & Abbott 2000; Carlson et al. 2013.
local pynn = { v_rest = -65, cm = 1, tau_m = 20, tau_syn_E = 5, tau_syn_I = 5, v_thresh = -50, v_reset = -65, tau_refrac = 0, i_offset = 0 }
local isfa = { v_rest = -70.6, cm = 0.281, tau_m = 9.3667, tau_syn_E = 5, tau_syn_I = 5, e_rev_E = 0, e_rev_I = -80, tau_w = 144, a = 4, b = 0.0805,
  delta_T = 2, v_thresh = -50.4, v_reset = -70.6, v_spike = -40, tau_refrac = 0.1, i_offset = 0 }
local function with(base, more)
  local all = {}
  for _, list in ipairs { base, more } do for k, v in pairs(list) do all[k] = v end end
  return all
end

local defaults = {
  LeakyIntegrator = { tau = 10, B = 0, T = 0 },
  Izhikevich = { a = 0.02, b = 0.2, c = -65, d = 8, v_thresh = 30, i_offset = 0, noise = 0, tau_refrac = 0 },
  IF_curr_exp = pynn, IF_curr_alpha = pynn,
  IF_cond_exp = with(pynn, { e_rev_E = 0, e_rev_I = -70 }), IF_cond_alpha = with(pynn, { e_rev_E = 0, e_rev_I = -70 }),
  EIF_cond_exp_isfa_ista = isfa, EIF_cond_alpha_isfa_ista = isfa,
  HH_cond_exp = { gbar_Na = 20, gbar_K = 6, gleak = 0.01, cm = 0.2, v_offset = -63, e_rev_Na = 50, e_rev_K = -90, e_rev_leak = -65, e_rev_E = 0,
    e_rev_I = -80, tau_syn_E = 0.2, tau_syn_I = 2, i_offset = 0, v_thresh = 0 },
  Hebb = { eta = 0.01 }, Oja = { eta = 0.01, alpha = 1 }, IBCM = { eta = 0.01, tau = 2000 },
  STP = { tau_rec = 100, tau_facil = 0.01, U = 0.5 },
  STDP = { tau_plus = 20, tau_minus = 20, A_plus = 0.01, A_minus = 0.01, w_min = 0, w_max = 1 },
  nearest_neighbour_STDP = { tau_plus = 20, tau_minus = 60, A_plus = 0.0002, A_minus = 0.000066, w_min = 0, w_max = 0.03 },
  homeostatic_STDP = { tau_plus = 20, tau_minus = 60, A_plus = 0.0002, A_minus = 0.000066, w_min = 0, w_max = 0.03, alpha = 0.1, beta = 1, gamma = 50,
    Rtarget = 35, T = 5000 },
}

local starts = {
  Izhikevich = { v = -65, u = -13 }, IF_curr_exp = { v = -65, g_exc = 0 }, IF_cond_alpha = { v = -65, alpha_exc = 0 },
  EIF_cond_exp_isfa_ista = { v = -70.6, w = 0 }, HH_cond_exp = { n = 0, m = 0, h = 1, v = -65 }, LIF = { v = -65 }, AdEx = { v = -70.6, w = 0 },
}

-- ---- the specs ---------------------------------------------------------------------------------------------------------

describe("the model library", function()
  it("lists its folder", function()
    assert.same(files(), names_of_library())
    assert.is_true(#files() >= 20)
  end)

  it("refuses a name it does not know", function()
    assert.has_error(function() return lp.models.Izikevich end, "lp.models: unknown model 'Izikevich': did you mean 'Izhikevich'?")
  end)

  for _, name in ipairs(files()) do
    describe(name, function()
      local m = lp.models[name]
      local is_neuron = m.kind == "neuron"

      it("has its file's name, a comment that says what it is, and nothing but a description", function()
        assert.equal(name, m.name)
        local file = assert(io.open("lua/lunapse/models/" .. name .. ".lua"))
        local text = file:read "a"
        file:close()
        assert.is_truthy(text:find "^%-%-%- %u[^\n]*[%.%):]", "a first line such as '--- Oja's rule for rates (Oja 1982).'")
        assert.is_truthy(text:find "^%-%-[^\n]*\n" and text:gsub("%-%-[^\n]*\n", ""):find "^return {", "code is for other folders")
      end)

      it("gives the same bits in both tiers, all of them finite", function()
        if is_neuron and m.checked.spike then
          local interpreted, spikes, w = run_until_it_spikes(m, "interpreter")
          local native, native_spikes = run_neurons(m, "native", w)
          assert.equal(interpreted, native)
          assert.equal(spikes, native_spikes)
        elseif is_neuron then
          assert.equal(run_neurons(m, "interpreter", 1), (run_neurons(m, "native", 1)))
        else
          local interpreted, moved = run_synapses(m, "interpreter")
          assert.equal(interpreted, (run_synapses(m, "native")))
          assert.equal(m.checked.writes.w ~= nil, moved > 0)
        end
      end)

      if defaults[name] then
        it("has the published defaults", function()
          local got = {}
          for _, p in ipairs(m.checked.parameters) do got[p.name] = p.default end
          assert.same(defaults[name], got)
        end)
      end

      if starts[name] then
        it("starts where it is said to", function()
          local pop = lp.network({ tier = "interpreter" }):population { size = 2, neuron = m }
          for variable, value in pairs(starts[name]) do assert.near(value, pop[variable][2], 1e-12, variable) end
        end)
      end
    end)
  end

  it("has defaults for models that exist", function()
    for _, list in ipairs { defaults, starts } do
      for name in pairs(list) do assert.is_not_nil(lp.models[name]) end
    end
  end)

  it("AdEx spikes at about the same times wherever its cut is above the threshold", function()
    local times = {}
    for k, cut in ipairs { -40, 0, 20 } do
      local net = lp.network { warnings = false }
      local cell = net:population { size = 1, neuron = lp.models.AdEx, parameters = { v_cut = cut, I = 1000 } }
      local spikes = net:record(cell, "spike")
      net:run(200)
      times[k] = spikes.t
      assert.truthy(cell.w:max() < 1000)
    end
    assert.equal(8, #times[1])
    for k = 2, 3 do
      assert.equal(8, #times[k])
      assert.truthy((times[k] - times[1]):abs():max() < 1)
    end
  end)
end)

it("lunapse.warm compiles what networks of the library's models need, whatever their size", function()
  require "lunapse.warm"
  local natives = 0
  for name, model in pairs(lp.models) do
    if model.kind == "neuron" then
      local net = lp.network { dt = 0.1 }
      local cells = net:population { size = 40, neuron = model }
      if cells:_has_spikes() then
        local input = net:poisson { size = 30, rates = 0 }
        for _, connect in ipairs { lp.all_to_all(), lp.fixed_probability(0.2) } do
          net:project { from = input, to = cells, target = "exc", connect = connect, weights = lp.uniform(0, 1), synapse = lp.models.STDP }
        end
      end
      for native in pairs(net._natives) do
        natives = natives + 1
        assert.equal("ready", native:state(), name)
      end
    end
  end
  assert.is_true(not kernel.compiler() or natives > 20)
end)
