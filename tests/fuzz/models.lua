--- Inputs that are texts of models: made by a grammar, or changed from a text of this repository. Lines: `@run { ... }`, how the network is made; then parts,
--- `equations = "..."`, a line of the text each.
---
--- What is taken runs in a small network by the interpreter, on one thread and cut into parts for three, some natively too: the state must be the same.
local judge = require "tests.fuzz.judge"
local lp = require "lunapse"

local models = { batch = 150 }

local random = math.random
local function pick(list) return list[random(#list)] end
local function chance(p) return random() < p end

-- ---- descriptions as lines ----------------------------------------------------------------------------------------------

--- A value as Lua text on one line; nil where there is none.
local function text_of(value)
  if type(value) == "string" then return (("%q"):format(value):gsub("\\\n", "\\n")) end
  if type(value) == "number" or type(value) == "boolean" then return ("%q"):format(value) end
  if type(value) ~= "table" or getmetatable(value) then return nil end
  local keys, parts = {}, {}
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for _, key in ipairs(keys) do
    local text = text_of(value[key])
    if not text then return nil end
    parts[#parts + 1] = ("[%s] = %s"):format(text_of(key) or "1", text)
  end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

--- Add the lines of a part.
local function add_part(lines, name, value)
  if type(value) == "string" then
    for line in (value .. "\n"):gmatch "([^\n]*)\n" do
      if line:find "%S" then lines[#lines + 1] = ("%s = %s"):format(name, text_of(line)) end
    end
  else
    local text = text_of(value)
    if text then lines[#lines + 1] = ("%s = %s"):format(name, text) end
  end
end

local function description_of(lines)
  local description = {}
  for _, line in ipairs(lines) do
    local name, text = line:match "^([%w_]+) = (.*)$"
    local make = name and load("return " .. text, "=line", "t", {})
    local value = make and make()
    if value ~= nil then
      local before = description[name]
      description[name] = type(before) == "string" and type(value) == "string" and before .. "\n" .. value or value
    end
  end
  return description
end

-- ---- the texts of the repository ------------------------------------------------------------------------------------------

local corpus, texts                              -- { kind, lines } each; lines of all of them, by part

local function add_to_corpus(kind, description)
  local lines, names = {}, {}
  for name in pairs(description) do if type(name) == "string" and name:find "^[%a_][%w_]*$" then names[#names + 1] = name end end
  table.sort(names)
  for _, name in ipairs(names) do add_part(lines, name, description[name]) end
  if #lines > 0 then corpus[#corpus + 1] = { kind = kind, lines = lines } end
  for _, line in ipairs(lines) do texts[#texts + 1] = line end
end

--- Every `neuron { ... }` and `synapse { ... }` of a file that is a table by itself.
local function harvest(path)
  local file = assert(io.open(path))
  local text = file:read "a"
  file:close()
  local environment = setmetatable({}, { __index = function(_, name) return name == "lp" and lp or nil end })
  for kind, body in text:gmatch "([%a]+)%s*(%b{})" do
    if kind == "neuron" or kind == "synapse" then
      local make = load("return " .. body, "=text", "t", environment)
      local ok, description = pcall(make or error)
      if ok and type(description) == "table" then add_to_corpus(kind, description) end
    end
  end
  for quoted in text:gmatch "%[%[(.-)%]%]" do
    if quoted:find "d[%w_]+/dt" and #quoted < 2000 then add_to_corpus(chance(0.5) and "neuron" or "synapse", { equations = quoted }) end
  end
end

function models.prepare()
  if corpus then return end
  corpus, texts = {}, {}
  math.randomseed(1)
  local list = io.popen "ls README.md docs/*.md examples/*.lua tests/*.lua tests/reference/*/model.lua lua/lunapse/models/*.lua 2>/dev/null"
  for path in list:lines() do harvest(path) end
  list:close()
  local models_list = io.popen "ls lua/lunapse/models/*.lua"
  for path in models_list:lines() do
    local name = path:match "([%w_]+)%.lua$"
    if name ~= "init" then
      local model = lp.models[name]
      add_to_corpus(model.kind, model.text)
    end
  end
  models_list:close()
  assert(#corpus > 100, "too few texts were found")
end

-- ---- by grammar -----------------------------------------------------------------------------------------------------------

local ONE = { "tanh", "sin", "cos", "sigmoid", "abs", "floor", "pos", "neg", "exp", "log", "sqrt", "expm1", "exprel", "log1p", "sign", "heaviside", "round",
  "ceil", "atan",
  "sinh", "cosh", "erf", "erfc", "tan", "int", "gate" }
local TWO = { "min", "max", "pow", "mod", "atan2" }
local DRAWS = { "Normal(0, 1)", "Uniform(-1, 1)", "Poisson(0.5)", "Exponential(2)", "Binomial(5, 0.3)", "Gamma(2, 1)", "LogNormal(0, 1)", "DiscreteUniform(0, 3)",
  "Normal(mu = 0, sigma = 1, min = -1)" }

local function number() return pick { ("%.3g"):format(random() * 4 - 2), ("%.3g"):format(random() * 4 - 2), "0", "1", "1e-300", "1e300", "-1", "0.5", "1e-12" } end

--- A random expression over `names`.
local function expression(names, depth)
  if depth <= 0 then return chance(0.3) and number() or pick(names) end
  local function sub() return expression(names, depth - 1 - random(0, 1)) end
  local kind = random(14)
  if kind <= 4 then return ("(%s %s %s)"):format(sub(), pick { "+", "-", "*", "/" }, sub()) end
  if kind <= 6 then return ("%s(%s)"):format(pick(ONE), sub()) end
  if kind == 7 then return ("clip(%s, -1, 1)"):format(sub()) end
  if kind == 8 then return ("(%s / (1 + abs(%s)))"):format(sub(), sub()) end
  if kind == 9 then
    return ("(if %s %s %s%s: %s else: %s)"):format(sub(), pick { "<", ">=", ">", "<=", "==", "!=" }, sub(),
      chance(0.2) and (" %s not %s > 0"):format(pick { "and", "or" }, pick(names)) or "", sub(), sub())
  end
  if kind == 10 then return ("exp(-abs(%s))"):format(sub()) end
  if kind == 11 then return ("%s(%s, %s)"):format(pick(TWO), sub(), sub()) end
  if kind == 12 then return ("-(%s)^%d / 4"):format(sub(), random(0, 3)) end
  if kind == 13 and chance(0.3) then return pick(DRAWS) end
  return ("tanh(%s)"):format(sub())
end

local METHODS = { "explicit", "midpoint", "heun", "rk4", "exponential", "semi-implicit", "implicit", "exact", "milstein", "rk45", "exponential-rosenbrock" }

--- An equation for `name` that is bounded more often than not; linear in it where the method wants that.
local function ode(name, names, method)
  local others = {}
  for _, n in ipairs(names) do if n ~= name then others[#others + 1] = n end end
  local drive
  if method == "exact" or method == "implicit" then
    drive = ("%s * %s + %s"):format(number(), pick(names), number())
  elseif method == "exponential" or method == "semi-implicit" then
    drive = ("tanh(%s)"):format(expression(others, 3))
  else
    drive = chance(0.8) and ("tanh(%s)"):format(expression(names, 3)) or expression(names, 3)
  end
  local noise = chance(0.15) and pick { " + 0.1 * xi", " + 0.1 * xi_a", " + Normal(0, 0.1)" } or ""
  local flags = ("init = %.2g, %s"):format(random() - 0.5, method)
  if chance(0.2) then flags = flags .. ", " .. pick { "min = -0.8", "max = q", "min = -1, max = 1" } end
  return ("tau * d%s/dt = %s - %s%s : %s"):format(name, drive, name, noise, flags)
end

local function by_grammar_neuron()
  local names, lines, n = { "p", "q" }, {}, random(1, 4)
  for k = 1, n do names[#names + 1] = "x" .. k end
  if chance(0.7) then names[#names + 1] = "g_exc" end
  if chance(0.3) then names[#names + 1] = pick { "t", "dt", "i", "N", "t_last", "mod.v", "sum(exc)", "mean(x1)", "max(x1)" } end
  if chance(0.4) then
    lines[#lines + 1] = ("s %s %s"):format(pick { "=", ":=" }, expression({ "p", "x1", "t" }, 2))
    names[#names + 1] = "s"
  end
  if chance(0.15) then
    lines[#lines + 1] = ("m = %s : population, init = 0.5"):format(pick { "mean(x1)", "sum(x1) / N", "max(x1) - min(x1)", "0.9 * m + Uniform(0, 0.1)" })
    names[#names + 1] = "m"
  end
  local method = pick(METHODS)
  for k = 1, n do
    if chance(0.15) then method = pick(METHODS) end
    lines[#lines + 1] = ode("x" .. k, names, method)
  end
  if chance(0.2) then lines[#lines + 1] = ("y = %s : %s"):format(expression(names, 2), pick { "every = 3", "init = 1", "bool", "int", "unless refractory",
    "local" }) end
  if chance(0.5) then lines[#lines + 1] = "dg_exc/dt = -g_exc / 5" end
  local parts = { parameters = ("tau = %.3g\np = %.3g%s\nq = %.3g"):format(2 + 10 * random(), random(), chance(0.2) and " : population" or "", random() * 2 - 1),
    functions = "gate(a) = 1/(1 + exp(-a))", equations = table.concat(lines, "\n") }
  if chance(0.7) then
    parts.spike = pick { ("x1 > %.2g"):format(0.2 * random()), expression(names, 2) .. " > 0.2" }
    parts.reset = "x1 = -0.5 ; x1 += 0.1 * q"
    if chance(0.5) then parts.refractory = pick { 1, 2.5, "q", "x1 > 0.3 and t - t_last < 4", "2*ms" } end
    if chance(0.1) then parts.axon_spike, parts.axon_reset = "x1 > 0.1", "x1 -= 0.2" end
  end
  if chance(0.2) then
    names[#names + 1] = "t_up"
    parts.events = { up = { when = expression(names, 2) .. " > 0.2 and t - t_up > 2", effect = "x1 -= 0.1 * q" }, down = chance(0.5) and expression(names, 2) .. " < 0" or nil }
  end
  return "neuron", parts
end

local function by_grammar_synapse()
  local is_rate = chance(0.3)
  local names = { "A", "B", "w", "x" }
  if is_rate then
    names[#names + 1], names[#names + 2] = "pre.r", "post.r"
    local lines = { ("dw/dt = 0.01 * tanh(%s)%s"):format(expression(names, 3), pick { "", " : min = 0", " : min = -1, max = B, exponential" }),
      "dx/dt = (A - x) / tx" }
    if chance(0.3) then lines[#lines + 1] = "post.total = sum(w)" end
    if chance(0.3) then lines[#lines + 1] = ("z = %s"):format(pick { "mean(post.r)", "sum_post(w)", "norm2(pre.r)", "pre.r * post.r",
      "sum_pre(w) / N_outgoing" }) end
    return "synapse", { parameters = "A = 0.1\nB = 0.5\ntx = 12", equations = table.concat(lines, "\n"), psp = pick { "w * pre.r", "w * x * pre.r",
      expression(names, 2) },
      operation = pick { "sum", "sum", "max", "min", "mean" } }
  end
  local flag = pick { "event-driven", "event-driven", "exponential", "explicit", "exact" }
  local lines = { ("tx * dx/dt = -x : %s"):format(flag), ("ty * dy/dt = -y : %s"):format(flag) }
  if chance(0.4) then lines[#lines + 1] = ("dv/dt = (0.1 - v)/10 : %s"):format(flag) end
  if chance(0.2) then lines[#lines + 1] = "post.total = sum(w) : every = 3" end
  if chance(0.2) then lines[#lines + 1] = "dw/dt = -w / 1000" end
  if chance(0.5) then names[#names + 1] = pick { "y", "pre.x2", "post.v", "t_post - t_pre", "d", "N_incoming", "i - j" } end
  local parts = { parameters = ("A = %.2g\nB = %.2g\ntx = %.3g\nty = %.3g\nw_max = 0.5"):format(0.1 * random(), 0.1 * random(), 5 + 20 * random(),
    5 + 20 * random()),
    equations = table.concat(lines, "\n"),
    pre_spike = ("g_target += w * %s\nx += A\nw = clip(w - y + 0.01 * %s, 0, w_max)"):format(pick { "1", "(1 + x)", "pre.v" }, expression(names, 2)),
    post_spike = ("y += B\nw = clip(w + %s, 0, w_max)"):format(pick { "x", "x * (w_max - w)", "x - 0.1 * w", expression(names, 2) }) }
  if chance(0.2) then parts.pre_spike = { send = parts.pre_spike, late = ("x += A * %s"):format(expression(names, 1)) } end
  if chance(0.2) then
    parts.on = { pre_up = "x += A ; w = clip(w + 0.1*y, 0, w_max)", post_up = chance(0.7) and ("w = clip(w + 0.01 * %s, 0, w_max)"):format(expression(names, 2)) or nil }
  end
  if chance(0.1) then parts.pruning = "w < 0.01 : proba = 0.3" end
  if chance(0.1) then parts.creating = "pre.v > 0 : proba = 0.1, w = 0.2" end
  return "synapse", parts
end

-- ---- by mutation ------------------------------------------------------------------------------------------------------------

local ODD = { "(", ")", "=", ":=", "+=", ":", ",", ";", "#", "^", "**", "-", "--", "if ", " else: ", "and", "not", "dv/dt", "d/dt", "1e999", "0x1p3", "1.2.3",
  "..", "pre.", "post.",
  "g_target", "xi", "t", "inf", "nan", "''", "\"", "\\", "\0", "\27[31m", "\255", "−", "é", "_c1", "_frozen", "end", "nil", "os.execute", "sum(", "mean()",
    "exc", "init = ", "event-driven",
  "every = 0", "every = -1", "refractory", "unless refractory", ": population", ": int", "*ms", "*mV", "/0", "%", "//", "&&", "!", "[1]", "{", "}", "i", "j",
    "N", "w", "d", "v", "dt",
  "Normal(0, -1)", "Uniform(1, 0)", "Poisson(1e300)", "1/0", "0/0", "-1e308*10", "int", "double", "restrict", "NULL", "\t", "\n", "\r\n" }
local PARTS = { "equations", "parameters", "functions", "spike", "reset", "refractory", "axon_spike", "axon_reset", "events", "on", "pre_spike", "post_spike", "psp",
  "operation", "creating",
  "pruning", "name", "description", "equation" }
local VALUES = { "0", "-1", "1e300", "0/0", "1/0", "true", "{}", "{ 1, 2 }", "{ 5, stops = \"spikes\" }", "{ \"v = 1\", \"u = 2\" }", "\"\"", "\" \"",
  "{ tau = \"x\" }", "{ a = {} }", "{ up = \"v > 1\" }", "{ up = { when = \"v > 1\", effect = \"v = 0\" } }", "{ pre_up = \"w += 1\" }", "{ one = \"w += 1\", two = \"w = 0\" }" }

local function words_of(text)
  local words = {}
  for word in text:gmatch "%s*[%w_.]*[^%w_.%s]?" do if word ~= "" then words[#words + 1] = word end end
  return words
end

local function change_text(text)
  local words = words_of(text)
  if #words == 0 then return pick(ODD) end
  for _ = 1, random(1, 3) do
    local k, kind = random(math.max(1, #words)), random(10)
    if kind == 1 then table.remove(words, k)
    elseif kind == 2 then table.insert(words, k, words[random(#words)] or "")
    elseif kind == 3 and #words > 0 then local m = random(#words) words[k], words[m] = words[m], words[k]
    elseif kind <= 5 then table.insert(words, k, pick(ODD))
    elseif kind == 6 then words[k] = pick(ODD)
    elseif kind == 7 then
      local other = words_of(pick(texts):match " = \"(.*)\"" or "x")
      words[k] = other[random(math.max(1, #other))] or ""
    elseif kind == 8 then words[k] = number()
    elseif kind == 9 then
      local m = pick { 2, 5, 60, 1200 }
      words[k] = pick { ("("):rep(m) .. "x" .. (")"):rep(m), ("-"):rep(m) .. "x", "x" .. (" + x"):rep(m), ("x^"):rep(m) .. "2", ("a"):rep(m) }
    else
      local bytes = {}
      for b = 1, random(4) do bytes[b] = string.char(random(0, 255)) end
      table.insert(words, k, table.concat(bytes))
    end
    if #words == 0 then return "" end
  end
  return table.concat(words)
end

local function change(lines)
  for _ = 1, random(1, 4) do
    local k, kind = random(math.max(1, #lines)), random(12)
    local name, text = (lines[k] or ""):match "^([%w_]+) = (.*)$"
    if not name or kind == 1 then lines[#lines + 1] = pick(texts)
    elseif kind == 2 then table.remove(lines, k)
    elseif kind == 3 then table.insert(lines, k, lines[k])
    elseif kind == 4 then lines[k] = ("%s = %s"):format(pick(PARTS), text)
    elseif kind == 5 then lines[k] = ("%s = %s"):format(name, pick(VALUES))
    elseif kind == 6 then
      local m = random(#lines)
      lines[k], lines[m] = lines[m], lines[k]
    else
      local value = load("return " .. text, "=text", "t", {})
      value = value and value()
      if type(value) == "string" then lines[k] = ("%s = %s"):format(name, text_of(change_text(value))) end
    end
  end
end

-- ---- an input -----------------------------------------------------------------------------------------------------------------

function models.make()
  local kind, parts
  local lines = {}
  local is_mutated = chance(0.75)
  if is_mutated and chance(0.85) then
    local found = pick(corpus)
    kind = found.kind
    for _, line in ipairs(found.lines) do lines[#lines + 1] = line end
  else
    kind, parts = (chance(0.6) and by_grammar_neuron or by_grammar_synapse)()
    local names = {}
    for name in pairs(parts) do names[#names + 1] = name end
    table.sort(names)
    for _, name in ipairs(names) do add_part(lines, name, parts[name]) end
  end
  if is_mutated then change(lines) end
  if chance(0.01) then kind = kind == "neuron" and "synapse" or "neuron" end
  local run = { kind = kind, size = pick { 1, 3, 7, 300 }, dt = pick { 0.1, 1, 1, 0.5 }, precision = pick { "float64", "float64", "float32" },
    delay = pick { 0, 1, 3 }, later = pick { 0, 0, 1, 2 }, is_native = chance(0.01), steps = random(2, 8), is_uniform = chance(0.5) }
  if run.kind == "synapse" and run.size == 300 then run.size = 20 end
  table.insert(lines, 1, "@run " .. text_of(run))
  return lines
end

-- ---- trying it ------------------------------------------------------------------------------------------------------------------

local PARTNER = lp.neuron { name = "partner", parameters = { tau = 10, I = 0.2, total = 0 }, equations = [[
    tau * dv/dt = I + total - v + g_exc + sum(rate) : init = Uniform(0, 1)
    u = 0.5 * u + v
    r = pos(v)
    x2 = v * 0.5
  ]], spike = "v > 0.9", reset = "v = 0", events = { up = "v > 0.5 and t - t_up > 3" } }

--- Delays of pathways by their names, some of them for each synapse; all of them from one number.
local function delays_of(model, delay)
  local named, pathways = {}, model.checked.pathways
  if #pathways < 3 or delay == 0 then return delay > 0 and delay or nil end
  for k, pathway in ipairs(pathways) do
    if k % 3 == 1 then named[pathway.name] = lp.uniform(0, delay) elseif k % 3 == 2 then named[pathway.name] = k * delay / 2 end
  end
  return named
end

--- The network in which a model runs; errors as the library raises them.
local function network_of(model, run, way)
  local net = lp.network { dt = run.dt, seed = 7, threads = way.threads, tier = way.tier, precision = run.precision, warnings = false }
  local other = net:population { name = "other", size = run.size, neuron = PARTNER }
  local looked = {}
  if run.kind == "neuron" then
    local refs
    for text in pairs { [model.text.equations or ""] = true } do if type(text) == "string" and text:find("mod.", 1, true) then refs = { mod = other } end end
    local cells = net:population { name = "cells", size = run.size, neuron = model, refs = refs }
    local targets = {}
    for target in pairs(cells._compiled.targets) do targets[#targets + 1] = target end
    table.sort(targets)
    for k, target in ipairs(targets) do
      net:project { name = "p" .. k, from = other, to = cells, target = target, connect = lp.all_to_all(), weights = lp.uniform(0, 0.2),
        delays = run.delay > 0 and run.delay or nil }
    end
    looked[1] = cells
  else
    looked[1] = net:project { name = "p", from = other, to = other, target = (model.checked.writes.g_target or model.text.psp) and "exc" or nil, synapse = model,
      connect = lp.fixed_probability(0.6), weights = not run.is_uniform and lp.uniform(0, 0.5) or nil, delays = delays_of(model, run.delay) }
  end
  return net, looked
end

--- What goes wrong in one way: nil, or what; and the network, or the message.
local function run_in(model, run, way, said)
  local net, looked
  local ok, message = pcall(function()
    net, looked = network_of(model, run, way)
    if way.parts then net._core:split(way.parts) end
    net:run(run.steps * run.dt)
    if run.kind == "synapse" and (run.later or 0) > 0 then looked[1].delays = run.later == 1 and lp.uniform(0, 4) or 2 end
    if way.looks then local _ = tostring(net:explain()) .. tostring(net:describe()) .. tostring(looked[1]) end
    net:run(2 * run.dt)
  end)
  if ok then return nil, net end
  return judge.message(message, said), nil, message
end

function models.try(lines)
  models.prepare()
  local head = load("return " .. ((lines[1] or ""):match "^@run (.*)$" or "{}"), "=run", "t", {})
  local run = head and head() or {}
  if not run.kind then return nil end
  local description, said = description_of(lines), table.concat(lines, "\n")
  local ok, model = pcall(run.kind == "neuron" and lp.neuron or lp.synapse, description)
  if not ok then return judge.message(model, said .. tostring(description.name)) end
  local shown, text = pcall(tostring, model)
  if not shown then return "a model cannot be printed: " .. text end
  local fault, net, message = run_in(model, run, { tier = "interpreter", threads = 1 }, said)
  if fault then return fault end
  local ways = { { tier = "interpreter", threads = 3, parts = 5, looks = true } }
  if run.is_native and net then ways[2] = { tier = "native", threads = 3, parts = 3 } end
  for _, way in ipairs(ways) do
    local found, twin, other = run_in(model, run, way, said)
    if found then return found end
    local name = ("%s with %d threads"):format(way.tier, way.threads)
    if (message or "") ~= (other or "") then return ("other errors: %s; %s: %s"):format(message or "none", name, other or "none") end
    local difference = net and judge.difference(net, twin)
    if difference then return ("difference between interpreter and %s: %s"):format(name, difference) end
  end
  return nil, net ~= nil
end

return models
