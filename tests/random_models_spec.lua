--- Random models, run in both tiers: every variable must have the same bits in the end.
local lp = require "lunapse"

local seed = tonumber(os.getenv "LUNAPSE_TEST_SEED") or 20
local random = math.random

local function pick(list) return list[random(#list)] end

--- A random expression over `names`, bounded so that nothing explodes for long.
local function expression(names, depth)
  if depth == 0 then
    if random() < 0.3 then return ("%.3g"):format(random() * 4 - 2) end
    return pick(names)
  end
  local function sub() return expression(names, depth - 1 - random(0, 1) * (depth > 1 and 1 or 0)) end
  local kind = random(10)
  if kind <= 3 then return ("(%s %s %s)"):format(sub(), pick { "+", "-", "*" }, sub()) end
  if kind == 4 then return ("%s(%s)"):format(pick { "tanh", "sin", "cos", "sigmoid", "abs", "floor", "pos" }, sub()) end
  if kind == 5 then return ("clip(%s, -1, 1)"):format(sub()) end
  if kind == 6 then return ("(%s / (1 + abs(%s)))"):format(sub(), sub()) end
  if kind == 7 then return ("(if %s %s %s: %s else: %s)"):format(sub(), pick { "<", ">=", ">", "<=" }, sub(), sub(), sub()) end
  if kind == 8 then return ("exp(-abs(%s))"):format(sub()) end
  if kind == 9 then return ("%s(%s, %s)"):format(pick { "min", "max" }, sub(), sub()) end
  return ("(%s)^2 / 4"):format(sub())
end

local function neuron()
  local n, lines = random(2, 4), {}
  local names = { "p", "q" }
  for k = 1, n do names[#names + 1] = "x" .. k end
  names[#names + 1] = "g_exc"
  if random() < 0.4 then
    lines[#lines + 1] = "s = " .. expression({ "p", "x1", "t" }, 2)
    names[#names + 1] = "s"
  end
  local method = pick { "explicit", "midpoint", "heun", "rk4", "exponential", "semi-implicit" }
  for k = 1, n do
    local drive = expression(names, 3)
    if method == "exponential" or method == "semi-implicit" then
      local others = {}
      for _, name in ipairs(names) do if name ~= "x" .. k then others[#others + 1] = name end end
      drive = expression(others, 3)
    end
    local noise = random() < 0.3 and " + 0.1 * Normal(0, 1)" or ""
    lines[#lines + 1] = ("tau%d * dx%d/dt = tanh(%s + p)%s - x%d : init = %.2g, %s%s"):format(k, k, drive, noise, k, random() - 0.5, method,
      random() < 0.3 and ", min = -0.8" or "")
  end
  lines[#lines + 1] = "dg_exc/dt = -g_exc / 5"
  local parameters = { p = random(), q = random() * 2 - 1 }
  for k = 1, n do parameters["tau" .. k] = 2 + 10 * random() end
  return {
    name = "random", parameters = parameters, equations = table.concat(lines, "\n"), spike = ("x1 > %.2g"):format(0.2 * random()),
    reset = "x1 = -0.5 ; x2 += 0.1 * q", refractory = pick { 1, 2.5, "x2 > 0.3 and t - t_last < 4" },
  }
end

local function synapse()
  local event = random() < 0.6
  local flag = event and "event-driven" or pick { "exponential", "explicit" }
  local own = random() < 0.5 and "v" or "y"       -- whether both sides meet in one variable
  return {
    name = "random", parameters = { A = 0.1 * random(), B = 0.1 * random(), tx = 5 + 20 * random(), ty = 5 + 20 * random(), w_max = 0.5 },
    equations = ("tx * dx/dt = -x : %s\nty * dy/dt = -y : %s"):format(flag, flag) .. (own == "v" and ("\ndv/dt = (0.1 - v)/10 : %s"):format(flag) or ""),
    pre_spike = ("g_target += w * %s\nx += A\nw = clip(w - y%s, 0, w_max)"):format(pick { "1", "(1 + x)", "pre.x2" }, own == "v" and " + 0.01 * v" or ""),
    post_spike = ("y += B\nw = clip(w + %s, 0, w_max)%s"):format(pick { "x", "x * (w_max - w)", "x - 0.1 * w" }, own == "v" and "\nv += 0.2" or ""),
  }
end

--- Everything that a run leaves, by name.
local function outcome(case, tier, threads, parts)
  local net = lp.network { dt = case.dt, seed = case.seed, tier = tier, threads = threads, precision = case.precision }
  local input = net:poisson { size = 40, rates = lp.uniform(5, 80) }
  local cells = net:population { size = case.size, neuron = lp.neuron(case.neuron), parameters = { p = lp.uniform(0, 1) } }
  local projections = {
    net:project { from = input, to = cells, target = "exc", connect = lp.fixed_probability(0.5), weights = lp.uniform(0, 0.5) },
    net:project { from = cells, to = cells, target = "exc", connect = case.connect, weights = lp.uniform(0, 0.5), delays = case.delays,
      synapse = lp.synapse(case.synapse) },
  }
  local spikes = net:record(cells, "spike")
  if parts then net._core:split(parts) end
  net:run(case.duration)
  local found = { spikes = spikes.step:table() }
  for name, v in pairs(cells._compiled.variables_by_name) do
    if v.kind == "state" and v.scope == "elem" then found[name] = cells[name]:table() end
  end
  for _, name in ipairs { "w", "x", "y" } do
    local value = projections[2][name]
    found["synapse " .. name] = type(value) == "number" and { value } or value:table()
  end
  return found
end

warn "@off"

describe("random models have the same bits in both tiers and for any number of threads:", function()
  for number = 1, 24 do
    it("model " .. number, function()
      math.randomseed(seed * 1000 + number)
      local case = {
        neuron = neuron(), synapse = synapse(), size = pick { 1, 7, 300 }, dt = pick { 0.1, 0.5, 1 }, seed = number, duration = 60,
        precision = pick { "float64", "float32" }, delays = pick { 1, 3, lp.uniform(1, 8) },
        connect = pick { lp.all_to_all { self = true }, lp.fixed_probability(0.5, { self = true }) },
      }
      local reference = outcome(case, "interpreter", 1)
      for _, way in ipairs { { "native", 1 }, { "native", 2, 2 }, { "native", 3, 5 }, { "interpreter", 2, 3 } } do
        local other = outcome(case, table.unpack(way))
        for name, values in pairs(reference) do
          assert.equal(#values, #other[name])
          for k, value in ipairs(values) do
            if value ~= other[name][k] and (value == value or other[name][k] == other[name][k]) then
              error(("%s[%d]: interpreter %.17g, %s with %d threads %.17g\n%s\n%s"):format(name, k, value, way[1], way[2], other[name][k],
                case.neuron.equations, case.synapse.pre_spike), 0)
            end
          end
        end
      end
    end)
  end
end)
