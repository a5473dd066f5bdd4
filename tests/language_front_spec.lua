--- The front of the equation language: what it accepts, and what it makes of it. Errors are in errors_spec.

local dump = require "lunapse.language.front.stages"
local fail = require "lunapse.language.base.fail"
local front = require "lunapse.language.front"
local functions = require "lunapse.language.base.functions"
local latex = require "lunapse.language.base.latex"
local printer = require "lunapse.language.base.print"
local tree = require "lunapse.language.base.tree"
local units = require "lunapse.language.base.unit_table"

--- Whether two trees say the same thing; positions do not count.
local function same_tree(a, b)
  if a.kind ~= b.kind or a.name ~= b.name or a.base ~= b.base or a.op ~= b.op or a.unit ~= b.unit or a.value ~= b.value then return false end
  for k, argument in ipairs(a.args or {}) do if not b.args[k] or not same_tree(argument, b.args[k]) then return false end end
  if #(a.args or {}) ~= #(b.args or {}) then return false end
  for _, field in ipairs(tree.kinds[a.kind]) do if not same_tree(a[field], b[field]) then return false end end
  return true
end

--- A tree with every operator in parentheses, so that structure shows.
local function structure(node)
  local kind = node.kind
  if kind == "number" then return printer.number(node.value) end
  if kind == "name" then return (node.base and node.base .. "." or "") .. node.name end
  if kind == "bool" then return tostring(node.value) end
  if kind == "derivative" then return "D" .. node.name end
  if kind == "unary" then return "(" .. node.op .. " " .. structure(node.a) .. ")" end
  if kind == "binary" then return "(" .. structure(node.a) .. " " .. node.op .. " " .. structure(node.b) .. ")" end
  if kind == "if" then return "{" .. structure(node.cond) .. " ? " .. structure(node.yes) .. " : " .. structure(node.no) .. "}" end
  local args = {}
  for k, argument in ipairs(node.args) do args[k] = structure(argument) end
  return node.name .. "(" .. table.concat(args, ", ") .. ")"
end

local function parsed(text) return structure(front.expression(text)) end

--- The value of a tree, with the functions' plain Lua bodies.
local function evaluate(node, values)
  local kind = node.kind
  if kind == "number" then return node.value end
  if kind == "name" then return assert(values[node.name], node.name) end
  if kind == "unary" then return -evaluate(node.a, values) end
  if kind == "call" then
    local args = {}
    for k, argument in ipairs(node.args) do args[k] = evaluate(argument, values) end
    return functions.rows[node.name].eval(table.unpack(args))
  end
  local a, b = evaluate(node.a, values), evaluate(node.b, values)
  if node.op == "+" then return a + b elseif node.op == "-" then return a - b elseif node.op == "*" then return a * b
  elseif node.op == "/" then return a / b end
  return a ^ b
end

describe("expressions", function()
  it("bind as in mathematics", function()
    assert.are.equal("(a + (b * c))", parsed "a + b * c")
    assert.are.equal("((a - b) - c)", parsed "a - b - c")
    assert.are.equal("((a / b) / c)", parsed "a / b / c")
    assert.are.equal("(a ^ (b ^ c))", parsed "a^b^c")
    assert.are.equal("(- (x ^ 2))", parsed "-x^2")
    assert.are.equal("(2 ^ (- x))", parsed "2^-x")
    assert.are.equal("((- a) * b)", parsed "-a * b")
    assert.are.equal("(a - (- b))", parsed "a - -b")
    assert.are.equal("(a ^ 2)", parsed "a**2")
    assert.are.equal("a", parsed "+a")
    assert.are.equal("((not (a < b)) and ((c != d) or e))", parsed "not a < b and (c ~= d or e)")
    assert.are.equal("(a or (b and c))", parsed "a or b and c")
    assert.are.equal("((a + 1) < (b * 2))", parsed "a + 1 < b * 2")
  end)

  it("know is and is not, and truth values in both spellings", function()
    assert.are.equal("((a == true) and (b != false))", parsed "a is True and b is not false")
  end)

  it("read numbers in all their forms", function()
    for text, value in pairs { ["3"] = 3, ["3."] = 3, [".5"] = 0.5, ["1e-3"] = 1e-3, ["2.5E+2"] = 250, ["0.1"] = 0.1 } do
      local node = front.expression(text)
      assert.are.equal(value, node.value)
      assert.are.equal("float", math.type(node.value))
    end
  end)

  it("nest if, in both notations and over several lines", function()
    assert.are.equal("{(a < b) ? x : {c ? y : z}}", parsed "if a < b: x else: if c: y else: z")
    assert.are.equal("{a ? {b ? x : y} : z}", parsed "if a: if b: x else: y else: z")
    assert.are.equal("{a ? x : (y + 1)}", parsed "if a: x else: y + 1")
    assert.are.equal("(1 + {a ? x : y})", parsed "1 + (if a: x else: y)")
    assert.are.equal("{a ? x : y}", parsed "ite(a, x, y)")
    assert.are.equal("{(a > 1) ? x : y}", parsed "if a > 1:\n    x\n  else:\n    y")
  end)

  it("write one name for each function, and two values for each min", function()
    assert.are.equal("log(a)", parsed "ln(a)")
    assert.are.equal("abs(a)", parsed "fabs(a)")
    assert.are.equal("pow(a, 3)", parsed "power(a, 3)")
    assert.are.equal("mod(a, 3)", parsed "modulo(a, 3)")
    assert.are.equal("(pos(a) + neg(b))", parsed "positive(a) + negative(b)")
    assert.are.equal("min(min(a, b), c)", parsed "min(a, b, c)")
    assert.are.equal("max(exc)", parsed "max(exc)")
  end)

  it("say where they stand", function()
    local node = front.expression "  a + exp(b.c)"
    assert.are.same({ 3, 14 }, { node.pos, node.stop })
    assert.are.same({ 7, 14 }, { node.b.pos, node.b.stop })
    assert.are.same({ 11, 13, "b", "c" }, { node.b.args[1].pos, node.b.args[1].stop, node.b.args[1].base, node.b.args[1].name })
  end)
end)

describe("statements", function()
  it("are equations, assignments and increments", function()
    local list = front.statements "tau * dv/dt + v = I ; x = 3\nw += x\nw -= 1; w *= 2; w /= 3\npost.total = sum(w)"
    local seen = {}
    for k, s in ipairs(list) do seen[k] = s.kind .. " " .. (s.target.base or "") .. s.target.name .. " " .. s.op end
    assert.are.same({ "ode v =", "assign x =", "assign w +=", "assign w -=", "assign w *=", "assign w /=", "assign posttotal =" }, seen)
    assert.are.equal("((tau * Dv) + v)", structure(list[1].lhs))
    assert.are.equal("I", structure(list[1].rhs))
    assert.are.same({ 1, 1, 2, 3, 3, 3, 4 }, (function() local l = {} for k, s in ipairs(list) do l[k] = s.line end return l end)())
    assert.are.equal("tau * dv/dt + v = I", list[1].text)
  end)

  it("take flags of every sort", function()
    local list = front.statements [[
      dv/dt = -v    : init = -60, min = a + 1, max = 'b', exponential, postsynaptic, mV, unless refractory
      x = 1         : int, every = 1000
      du/dt = -u    : semi-implicit
      dz/dt = -z    : event-driven, init = Uniform(0, 1)
      ds/dt = -s    : pA/ms, rk2
      w += x        : unless post ]]
    local first = list[1].flags
    assert.are.equal("(- 60)", structure(first.init))
    assert.are.equal("(a + 1)", structure(first.min))
    assert.are.equal("b", structure(first.max))
    assert.are.same({ "exponential", "postsynaptic", true }, { first.method, first.scope, first.unless_refractory })
    assert.are.equal(units.mV, first.unit)
    assert.are.equal("int", list[2].flags.type)
    assert.are.equal(1000, list[2].flags.every.value)
    assert.are.equal("semi-implicit", list[3].flags.method)
    assert.are.equal("event-driven", list[4].flags.method)
    assert.are.equal("Uniform(0, 1)", structure(list[4].flags.init))
    assert.are.equal(units.multiply(units.pA, units.ms, -1), list[5].flags.unit)
    assert.are.equal("midpoint", list[5].flags.method)
  end)

  it("know every name of every method", function()
    for name, canonical in pairs { euler = "explicit", explicit = "explicit", implicit = "implicit", semiimplicit = "semi-implicit",
      exponential = "exponential", exact = "exact", midpoint = "midpoint", rk2 = "midpoint", heun = "heun", rk4 = "rk4", rk45 = "rk45",
      ["exponential-rosenbrock"] = "exponential-rosenbrock", exponential_rosenbrock = "exponential-rosenbrock",
      milstein = "milstein", event_driven = "event-driven" } do
      assert.are.equal(canonical, front.statements("dv/dt = -v : " .. name)[1].flags.method)
    end
  end)

  it("run over several lines in parentheses, after operators and before else", function()
    local list = front.statements [[
      I = (a   # the first
           + b)
      J = a +
          b
      delta = if phase > 0.5:
                  eta * (c)
               else:
                  0.0   : min = -m, max = m
      K = 1 ]]
    assert.are.equal(4, #list)
    assert.are.equal("(a + b)", structure(list[1].rhs))
    assert.are.equal("I = (a + b)", list[1].text)
    assert.are.equal("{(phase > 0.5) ? (eta * c) : 0}", structure(list[3].rhs))
    assert.are.equal("m", structure(list[3].flags.max))
    assert.are.equal(9, list[4].line)
  end)

  it("of an empty text are none", function()
    assert.are.same({}, front.statements "  \n # nothing\n ; ")
  end)
end)

-- The models of the published texts, as they stand between the quotes.

local RS = {
  name = "RS",
  parameters = [[
    a = 0.02 : population
    b = 0.2 : population
    c = -65. : population
    d = 8. : population
    tau_ampa = 5. : population
    tau_nmda = 150. : population
    vrev = 0.0 : population
  ]],
  equations = [[
    # Inputs
    I = g_ampa * (vrev - v) + g_nmda * nmda(v, -80.0, 60.0) * (vrev -v)
    # Membrane potential and recovery variable are solved using the midpoint method for stability
    dv/dt = (0.04 * v + 5.0) * v + 140.0 - u + I : init=-65., midpoint
    du/dt = a * (b*v - u) : init=-13., midpoint
    # AMPA and NMDA conductances
    tau_ampa * dg_ampa/dt = -g_ampa : exponential
    tau_nmda * dg_nmda/dt = -g_nmda : exponential
  ]],
  spike = [[
    v >= 30.
  ]],
  reset = [[
    v = c
    u += d
  ]],
  functions = [[
    nmda(v, t, s) = ((v-t)/(s))^2 / (1.0 + ((v-t)/(s))^2)
  ]],
}

local homeostatic = {
  parameters = [[
    # STDP
    tau_plus = 20. : projection
    tau_minus = 60. : projection
    A_plus = 0.0002 : projection
    A_minus = 0.000066 : projection
    w_min = 0.0 : projection
    w_max = 0.03 : projection
    # Homeostatic regulation
    alpha = 0.1 : projection
    beta = 1.0 : projection
    gamma = 50. : projection
    Rtarget = 35. : projection
    T = 5000. : projection
  ]],
  equations = [[
    # Traces
    tau_plus * dltp/dt = -ltp : exponential
    tau_minus * dltd/dt = -ltd : exponential
    # Homeostatic values
    R = post.r : postsynaptic
    K = R/(T*(1.+fabs(1. - R/Rtarget) * gamma)) : postsynaptic
    # Nearest-neighbour
    stdp = if t_post >= t_pre: ltp else: - ltd
    w += (alpha * w * (1- R/Rtarget) + beta * stdp ) * K : min=w_min, max=w_max
  ]],
  pre_spike = [[
    g_target += w
    ltp = A_plus
  ]],
  post_spike = [[
    ltd = A_minus
  ]],
}

local IF = {
  parameters = [[
    tau_m = 10.0
    tau_e = 5.0
    vt = -54.0
    vr = -60.0
    El = -74.0
    Ee = 0.0
  ]],
  equations = [[
    tau_m * dv/dt = El - v + g_exc * (Ee - vr) : init = -60.0
    tau_e * dg_exc/dt = - g_exc
  ]],
  spike = [[
    v > vt
  ]],
  reset = [[
    v = vr
  ]],
}

describe("published models", function()
  it("regular-spiking neuron with AMPA and NMDA", function()
    local model = front.neuron(RS)
    assert.are.equal(7, #model.parameters)
    assert.are.same({ -65, "population" }, { model.parameters_by_name.c.default, model.parameters_by_name.c.scope })
    assert.are.equal(5, #model.equations)
    assert.are.equal("(v >= 30)", structure(model.spike))
    assert.are.same({ ampa = true, nmda = true }, model.targets_read)
    local names = {}
    for k, variable in ipairs(model.variables) do names[k] = variable.name .. ":" .. variable.kind end
    assert.are.same({ "I:assign", "v:ode", "u:ode", "g_ampa:ode", "g_nmda:ode" }, names)
    assert.are.same({}, model.unread)
    assert.is_false(model.has_units)
  end)

  it("homeostatic STDP", function()
    local model = front.synapse(homeostatic)
    assert.are.equal("postsynaptic", model.equations[3].flags.scope)
    assert.are.equal("post", model.equations[3].rhs.base)
    assert.are.equal("w_max", model.equations[6].flags.max.name)
    assert.are.equal("g_target", model.pre_spike[1].target.name)
    assert.is_truthy(model.writes.w)
    assert.is_truthy(model.reads.post.r)
  end)

  it("integrate-and-fire neuron of the STDP network", function()
    local model = front.neuron(IF)
    assert.are.equal("(tau_m * Dv)", structure(model.equations[1].lhs))
    assert.are.equal(-60, units.constant(model.equations[1].flags.init))
  end)

  it("two factors: by a copy, and directly by a reference", function()
    local copy = front.neuron { parameters = { tau = 10 }, equations = "pop1_r = sum(copy)\ntau* dr/dt + r = sum(exc)" }
    assert.are.same({ copy = true, exc = true }, copy.targets_read)
    front.synapse { parameters = { lr = 0.1 }, equations = "dw/dt = lr * pre.r * pre.pop1_r" }
    local direct = front.synapse { parameters = { lr = 0.1 }, equations = "dw/dt = lr * mod.r * pre.r" }
    assert.is_truthy(direct.refs_used.mod.r)
    assert.is_nil(direct.refs_used.pre)
  end)

  it("heterosynaptic normalisation, and its operation", function()
    local model = front.synapse { parameters = { growth = 1e-4 }, equations = "dw/dt = growth\npost.total = sum(w) : every = 1000" }
    assert.is_truthy(model.writes.post.total)
    local list, scope = front.operation(model, "w -= clip((post.total - post.initial) / N_incoming, 0, inf)")
    assert.are.equal("clip(((post.total - post.initial) / N_incoming), 0, inf)", structure(list[1].rhs))
    assert.is_truthy(scope.bases.post.initial)
    local neuron = front.neuron { parameters = { total = 0, initial = 0 } }
    assert.are.equal(2, #neuron.unread)
    assert.has_no.errors(function() front.refuse_unread(neuron, { total = true, initial = true }) end)
    assert.has_error(function() front.refuse_unread(neuron, { total = true }) end)
  end)

  it("groups of one rule, event-driven", function()
    local model = front.synapse {
      parameters = { taupre = 20, taupost = 20, wmax = 0.04, Apre = 1e-5, Apost = -1e-5 },
      equations = "taupre * dapre/dt = -apre : event-driven\ntaupost * dapost/dt = -apost : event-driven",
      pre_spike = "post.I_AI_1 += w\napre += Apre\nw = clip(w + apost, 0, wmax)",
      post_spike = "apost += Apost; w = clip(w + apre, 0, wmax)",
    }
    assert.is_truthy(model.writes.post.I_AI_1)
  end)

  it("reference cases: STP, gap junctions, Hodgkin-Huxley, BCM, noise", function()
    front.synapse { parameters = { U = 0.5, tau_rec = 800, tau_facil = 10 },
      equations = "dx/dt = (1 - x)/tau_rec : init = 1, event-driven\ndu/dt = (U - u)/tau_facil : init = U, event-driven",
      pre_spike = "g_target += w * u * x\nx *= (1 - u)\nu += U * (1 - u)" }
    front.synapse { psp = "w * (pre.v - post.v)" }
    front.synapse { parameters = { tau_theta = 80, eta = 0.002, w_min = 0.1 }, equations = [[
      tau_theta * dtheta/dt + theta = post.r^2     : postsynaptic, exponential
      delta = post.r - theta                       : postsynaptic
      dw/dt = eta * post.r * delta * pre.r         : min = w_min ]] }
    local hh = front.neuron {
      parameters = { C = 200, gl = 10, El = -60, gNa = 20000, ENa = 50, gK = 6000, EK = -90, v_T = -63, I = 0 },
      functions = [[
        am(x) = 0.32 * (13 - x) / (exp((13 - x)/4) - 1)
        bm(x) = 0.28 * (x - 40) / (exp((x - 40)/5) - 1)
        ah(x) = 0.128 * exp((17 - x)/18)
        bh(x) = 4 / (1 + exp((40 - x)/5))
        an(x) = 0.032 * (15 - x) / (exp((15 - x)/5) - 1)
        bn(x) = 0.5 * exp((10 - x)/40) ]],
      equations = [[
        v_prev = v
        C * dv/dt = gl * (El - v) + gNa * m^3 * h * (ENa - v) + gK * n^4 * (EK - v) + I   : init = -60, exponential
        dm/dt = am(v - v_T) * (1 - m) - bm(v - v_T) * m    : init = 0, exponential
        dh/dt = ah(v - v_T) * (1 - h) - bh(v - v_T) * h    : init = 1, exponential
        dn/dt = an(v - v_T) * (1 - n) - bn(v - v_T) * n    : init = 0, exponential ]],
      spike = "v > -20 and v_prev <= -20",
    }
    assert.are.equal(5, #hh.variables)
    front.neuron { parameters = { tau = 10, sigma = 2 }, equations = "dx/dt = -x/tau + sigma * sqrt(2/tau) * xi" }
    front.neuron { parameters = { C = 281, g_L = 30, E_L = -70.6, v_T = -50.4, delta_T = 2, v_cut = -40, tau_w = 144, a = 4, b = 80.5,
      v_r = -70.6, I = 0 },
      equations = [[
        C * dv/dt = g_L * (E_L - v) + g_L * delta_T * exp((v - v_T)/delta_T) - w + I   : init = E_L, rk4
        tau_w * dw/dt = a * (v - E_L) - w                                              : init = 0, rk4 ]],
      spike = "v > v_cut", reset = "v = v_r ; w += b" }
  end)
end)

describe("models", function()
  it("take parameters as text and as tables", function()
    local model = front.neuron {
      parameters = { tau = "20*ms", on = true, C = { 200, unit = "pF", scope = "local" }, I = "Uniform(0, 10)*pA : local",
        k = "2 * pi", half = "k / 2", text = setmetatable({ text = "Normal(0, 1)" }, {}), any = setmetatable({}, {}), n = { 3, type = "int" } },
    }
    local by_name = model.parameters_by_name
    assert.are.same({ 20, units.ms }, { by_name.tau.default, by_name.tau.unit })
    assert.are.same({ 1, "bool" }, { by_name.on.default, by_name.on.type })
    assert.are.same({ 200, "local", units.known.pF[2] }, { by_name.C.default, by_name.C.scope, by_name.C.unit })
    assert.are.equal("(Uniform(0, 10) * 1)", structure(by_name.I.default))
    assert.are.equal("(2 * pi)", structure(by_name.k.default))
    assert.are.equal("(k / 2)", structure(by_name.half.default))
    assert.are.equal("Normal(0, 1)", structure(by_name.text.default))
    assert.is_nil(by_name.any.default)
    assert.is_table(by_name.any.given)
    assert.are.equal("int", by_name.n.type)
    local text = front.neuron { parameters = "a = 0.02 : population\n b : local ; c = -65. # reset\n V0 = 3 : V", equations = "x = a + b + c" }
    assert.are.same({ 0.02, "population" }, { text.parameters[1].default, text.parameters[1].scope })
    assert.is_nil(text.parameters[2].default)
    assert.are.equal(-65, text.parameters[3].default)
    assert.are.equal(3000, text.parameters[4].default)
    assert.are.equal("V0", text.unread[1].name)
  end)

  it("put functions in place and compute each argument once", function()
    local model = front.neuron { functions = "f(x, y) = g(x) + x*y\ng(z) = z^2", equations = "v = f(t + 1, 2)" }
    local rhs = model.equations[1].rhs
    assert.are.equal("(((t + 1) ^ 2) + ((t + 1) * 2))", structure(rhs))
    assert.are.equal(rhs.a.a, rhs.b.a)
    assert.are.equal("functions", rhs.place.part)
    assert.is_nil(rhs.b.a.place)
  end)

  it("make units one number, and let the model's own names win over units", function()
    local model = front.neuron { equations = "x = 2*s + V/3 + -60*mV/ms * m ; s = 0*mV/ms; V = 0*mV/ms; m = 1" }
    local rhs = model.equations[1].rhs
    assert.are.equal("(((2 * s) + (V / 3)) + (-60 * m))", structure(rhs))
    assert.are.equal("-60*mV/ms", rhs.b.a.written)
    assert.are.equal("mV/ms", units.text(rhs.b.a.unit))
  end)

  it("know the names that are given", function()
    front.neuron { equations = "x = t + dt + pi + i/N + t_last + r + g_any + sum(exc)", spike = "x > inf", reset = "x = 0" }
    front.synapse { equations = "x = t + dt + pi + i*j + w + d + t_pre - t_post + N_incoming/N_outgoing + mean(pre.r) + norm2(pre.r)" }
  end)

  it("let an event start a variable of its own", function()
    local counter = front.neuron { equations = "dv/dt = 1", spike = "v > 1", reset = "v = 0; count += 1 : init = 0" }
    assert.are.equal("event", counter.variables_by_name.count.kind)
    local helper = front.synapse { pre_spike = "dw = w * 0.1; w += dw" }
    assert.are.equal("event", helper.variables_by_name.dw.kind)
  end)

  it("tell conditions from numbers", function()
    front.neuron { parameters = { on = true }, equations = "x = if on: 1 else: 0\nb = x > 0 : bool\ny = if b and not on: 1 else: 2\nz = (x > 3) * 2" }
    front.synapse { equations = "x = if pre.active: 1 else: 0" }
  end)

  it("start variables from parameters, draws, the index and each other", function()
    local model = front.neuron { parameters = { b = 0.2 }, equations = "dv/dt = -v : init = -65\ndu/dt = -u : init = b*v + Normal(0, 1) + i/N" }
    assert.are.equal("(((b * v) + Normal(0, 1)) + (i / N))", structure(model.equations[2].flags.init))
  end)

  it("read refractory as number, name, time and condition", function()
    local function refractory(value, extra)
      return front.neuron { parameters = extra, equations = "dv/dt = 1", spike = "v > 1", reset = "v = 0", refractory = value }.refractory
    end
    assert.are.equal(5, refractory(5))
    assert.are.equal(5, refractory "5")
    assert.are.equal("tau", refractory("tau", { tau = 2 }).name)
    assert.are.equal("(v > 0)", structure(refractory { "v > 0", stops = "spikes" }))
    assert.are.equal(2000, front.neuron { equations = "dv/dt = 1/ms", spike = "v > 1", reset = "v = 0", refractory = "2*s" }.refractory)
  end)

  it("read creating and pruning with their flags", function()
    local model = front.synapse {
      equations = "age += 1 : init = 0, int",
      creating = "pre.r > 0.9 and post.r > 0.9 : proba = 0.5, w = 0.01, d = 2", pruning = "age > 100 : proba = 0.2",
    }
    assert.are.equal(0.5, model.creating.flags.proba.value)
    assert.are.equal(2, model.creating.flags.d.value)
    assert.are.equal("(age > 100)", structure(model.pruning.rhs))
  end)

  it("check formulas and operations against a model", function()
    local model = front.neuron { equations = "dv/dt = -v" }
    assert.are.equal("(mean(v) > 3)", structure(front.formula(model, "mean(v) > 3", "condition", true)))
    assert.has_error(function() front.formula(model, "v + 1", "condition", true) end)
    assert.has_error(function() front.operation(model, "x = 1") end)
    assert.has_error(function() front.operation(model, "dv/dt = 1") end)
  end)
end)

describe("units", function()
  local function unit_of(name, description)
    local unit = front.neuron(description).units[name]
    return unit and units.text(unit)
  end

  it("are found for what has no flag", function()
    local lif = {
      parameters = "tau = 10*ms; El = -74*mV; Ee = 0*mV; R = 0.1*GOhm; vt = -54*mV",
      equations = "I = 50*pA + 10*pA*Normal(0, 1)\ntau * dv/dt = El - v + g_exc * (Ee - v) + R*I : init = -60*mV\n5*ms * dg_exc/dt = -g_exc",
      spike = "v > vt", reset = "v = El", refractory = "2*ms",
    }
    assert.are.equal("mV", unit_of("v", lif))
    assert.are.equal("pA", unit_of("I", lif))
    assert.are.equal("1", unit_of("g_exc", lif))
    assert.are.equal("nS", unit_of("g_exc", { equations = "200*pF * dv/dt = g_exc * (0*mV - v) : init = -60*mV" }))
    assert.are.equal("mV", unit_of("s", { equations = "dx/dt = -x/(10*ms) + s*sqrt(2/(10*ms))*xi : mV", parameters = "s : mV" }))
  end)

  it("are worth what they say in one coherent system", function()
    local function value(text) return front.neuron({ parameters = { a = text } }).parameters[1].default end
    assert.are.equal(20, value "20*ms")
    assert.are.equal(1000, value "1*s")
    assert.are.equal(-60, value "-60*mV")
    assert.are.equal(2000, value "2*nA")
    assert.are.equal(0.5, value "500*MOhm")
    assert.are.equal(1000, value "1*nF")
    assert.are.equal(0.001, value "1/s")
    assert.are.equal(15, value "15*Hz")
    assert.are.equal(2000, value "2*kHz")
    assert.are.equal(3, value "3*(mV/ms)")
    -- V = R I, tau = R C, I = g V hold in plain numbers
    local known = units.known
    assert.are.equal(known.V[1], known.GOhm[1] * known.nA[1])
    assert.are.equal(known.s[1], known.GOhm[1] * known.nF[1])
    assert.are.equal(known.pA[1], known.nS[1] * known.mV[1])
    assert.are.equal(units.mV, units.multiply(known.GOhm[2], known.nA[2]))
    assert.are.equal(units.ms, units.multiply(known.GOhm[2], known.pF[2]))
  end)

  it("of rates go over to 1/ms by division", function()
    local model = front.neuron { parameters = "rate = 15*Hz", equations = "p = Uniform(0, 1) < rate/Hz/s * dt" }
    local factor = model.equations[1].rhs.b.a
    assert.are.equal("((rate / 1) / 1000)", structure(factor))
  end)

  it("are not asked for in a model that names none", function()
    assert.is_false(front.neuron(IF).has_units)
    assert.is_nil(front.neuron(IF).units)
  end)

  it("let 0 and inf stand anywhere", function()
    front.neuron { equations = "dv/dt = -v/(10*ms) : init = 0, min = 0, max = inf, mV", spike = "v > 0", reset = "v = 0" }
  end)

  it("for scripts are plain numbers", function()
    local script = require "lunapse.units"
    assert.are.same({ 1000, 1, 1, 1e-3 * 1000, 1000 }, { script.second, script.ms, script.mV, script.MOhm * 1000, script.kHz })
    assert.has_error(function() return script.secnd end)
    assert.has_error(function() script.ms = 2 end)
  end)
end)

describe("functions", function()
  it("have slopes that agree with differences", function()
    local tested = 0
    for name, row in pairs(functions.rows) do
      for k, slope in ipairs(row.slope or {}) do
        local steps = slope == "0" or name == "mod" -- flat pieces: choose a point inside one
        local point = name == "asin" and { 0.3, 0.7 } or name == "acos" and { 0.3, 0.7 } or steps and { 1.3, 0.7 } or { 0.8, 0.37 }
        local h = 1e-6
        local up, down = { table.unpack(point) }, { table.unpack(point) }
        up[k], down[k] = up[k] + h, down[k] - h
        local difference = (row.eval(table.unpack(up, 1, row.least)) - row.eval(table.unpack(down, 1, row.least))) / (2 * h)
        local value = evaluate(front.expression(slope), { a = point[1], b = point[2] })
        assert.is_true(math.abs(value - difference) < 1e-6 * (1 + math.abs(value)), ("%s by argument %d: %g, %g"):format(name, k, value, difference))
        tested = tested + 1
      end
    end
    assert.is_true(tested > 30)
  end)

  it("have the values that their rows promise", function()
    local rows = functions.rows
    assert.are.equal(1, rows.exprel.eval(0))
    assert.is_true(math.abs(rows.expm1.eval(1e-9) - 1.0000000005e-9) < 1e-24)
    assert.is_true(math.abs(rows.log1p.eval(1e-9) - 0.9999999995e-9) < 1e-24)
    assert.are.equal(2, rows.mod.eval(-1, 3))
    assert.are.same({ 2, 2, -2, 4 }, { rows.round.eval(2.5), rows.round.eval(1.5), rows.round.eval(-2.5), rows.round.eval(3.5) })
    assert.are.same({ -1, 1 }, { rows.int.eval(-1.9), rows.int.eval(1.9) })
    assert.are.same({ 0, 1 }, { rows.heaviside.eval(0), rows.heaviside.eval(0.1) })
    assert.are.same({ 0, 3, 2 }, { rows.clip.eval(-1, 0, 3), rows.clip.eval(9, 0, 3), rows.clip.eval(2, 0, 3) })
  end)
end)

--- A random well-formed tree; `depth` bounds it.
local function random_tree(random, depth)
  local pick = depth <= 0 and random(4) or random(14)
  local function below() return random_tree(random, depth - 1 - random(2)) end
  if pick == 1 then return tree.number(({ 0, 1, 2.5, 1e-7, 12345.678, 1 / 3, 1e22 })[random(7)]) end
  if pick == 2 then return tree.name(({ "v", "tau_m", "g_exc", "x1" })[random(4)]) end
  if pick == 3 then return tree.name("r", nil, ({ "pre", "post", "mod" })[random(3)]) end
  if pick == 4 then return tree.bool(random(2) == 1) end
  if pick <= 9 then
    local op = ({ "+", "-", "*", "/", "^", "<", "<=", ">", ">=", "==", "!=", "and", "or" })[random(13)]
    return tree.binary(op, below(), below(), {})
  end
  if pick <= 11 then return tree.unary(random(2) == 1 and "-" or "not", below(), {}) end
  if pick == 12 then return tree.conditional(below(), below(), below(), {}) end
  local name = ({ "exp", "clip", "nmda", "max" })[random(4)]
  local args = {}
  for k = 1, name == "max" and 2 or random(3) do args[k] = below() end
  return tree.call(name, args)
end

describe("printing", function()
  it("gives text that parses to the same tree, for random trees", function()
    local state = 12345
    local function random(n)
      state = (state * 1103515245 + 12345) % 2147483648
      return state // 65536 % n + 1
    end
    local longest = 0
    for _ = 1, 2000 do
      local node = random_tree(random, 7)
      local text = printer.tree(node)
      longest = math.max(longest, #text)
      local ok, again = pcall(front.expression, text)
      assert.is_true(ok, text .. "\n" .. tostring(again))
      assert.is_true(same_tree(node, again), text .. "\n" .. structure(node) .. "\n" .. structure(again))
      assert.are.equal(text, printer.tree(again))
    end
    assert.is_true(longest > 100)
  end)

  it("uses the fewest parentheses", function()
    for _, text in ipairs { "a + b * c", "(a + b) * c", "-x^2", "(-x)^2", "a - (b - c)", "a / (b * c)", "not (a and b)", "a^b^c", "(a^b)^c",
      "if a > b: x else: y", "1 + (if a: x else: y)", "exp(-t / tau)", "pre.r * post.r", "2^-x", "(a < b) == c" } do
      assert.are.equal(text, printer.tree(front.expression(text)))
    end
  end)

  it("gives statements and models back as they were meant", function()
    for _, description in ipairs { RS, IF } do
      for _, statement in ipairs(front.statements(description.equations)) do
        local text = printer.statement(statement)
        local again = front.statements(text)[1]
        assert.is_true(same_tree(statement.rhs, again.rhs), text)
        assert.are.equal(statement.flags.method, again.flags.method)
        assert.are.equal(text, printer.statement(again))
      end
    end
    local model = front.neuron { parameters = "tau = 20*ms", equations = "tau * dv/dt = 3*mV/2 - v : init = -60*mV, min = -80*mV" }
    assert.are.equal("tau * dv/dt = 3*mV / 2 - v : init = -60*mV, min = -80*mV", printer.statement(model.equations[1]))
  end)

  it("gives LaTeX", function()
    local function tex(text) return latex.tree(front.expression(text)) end
    assert.are.equal("\\frac{a + b}{c}", tex "(a + b)/c")
    assert.are.equal("\\tau_{m}", tex "tau_m")
    assert.are.equal("-{x}^{2}", tex "-x^2")
    assert.are.equal("\\left(a + b\\right) \\, c", tex "(a + b) * c")
    assert.are.equal("\\exp\\left(\\frac{-t}{\\tau}\\right)", tex "exp(-t/tau)")
    assert.are.equal("\\begin{cases} x & \\text{if } a \\ge b \\\\ y & \\text{otherwise} \\end{cases}", tex "if a >= b: x else: y")
    assert.are.equal("\\sqrt{x} + \\left|y\\right|", tex "sqrt(x) + abs(y)")
    assert.are.equal("r^{\\mathrm{pre}} \\cdot 2", tex "pre.r * 2")
    assert.are.equal("\\tau \\, \\frac{dv}{dt} = g_{\\mathrm{exc}} - v", latex.statement(front.statements("tau * dv/dt = g_exc - v")[1]))
    assert.are.equal("w \\mathrel{+}= 1 \\cdot 10^{-5}", latex.statement(front.statements("w += 1e-5")[1]))
  end)
end)

describe("dumps", function()
  it("of tokens show offset, kind and text", function()
    assert.are.equal("   1  name     v\n   3  =        =\n   5  number   3.5\n   9  *        *\n  11  name     x\n  12  newline  \\n\n"
      .. "  13  name     y\n  15  =        =\n  17  number   1\n  18  end", dump.tokens "v = 3.5 * x\ny = 1")
  end)

  it("of trees show shared nodes once", function()
    local model = front.neuron { functions = "f(x) = x*x", equations = "v = f(t + 1)" }
    assert.are.equal("binary *\n  binary +  #1\n    name t\n    number 1\n  #1", dump.tree(model.equations[1].rhs))
  end)

  it("of stages go through all parts", function()
    local model = front.neuron { name = "n", equations = "dv/dt = -v", spike = "v > 1", reset = "v = 0" }
    assert.are.equal([[
neuron 'n'
equations
  dv/dt = -v
    derivative v
    =
    unary -
      name v
spike
  v > 1
    binary >
      name v
      number 1
reset
  v = 0
    number 0]], dump.stage("tree", model))
    assert.is_truthy(dump.stage("tokens", model):find("\nspike\n   1  name     v\n", 1, true))
    assert.are.equal(dump.model(model), dump.stage("model", model))
    assert.has_error(function() dump.stage("plan", model) end)
  end)

  it("of models show what was understood", function()
    local text = dump.model(front.neuron { name = "LIF", parameters = "tau = 20*ms ; k = 1", equations = "tau * dv/dt = -v + sum(exc)",
      spike = "v > 1", reset = "v = 0" })
    assert.are.equal([[
neuron 'LIF'
  parameter tau = 20  (ms)
  parameter k = 1
  variable v  (ode, 1)
  equations
    tau * dv/dt = -v + sum(exc)
  spike: v > 1
  reset
    v = 0
  targets: exc
  read by no part: k]], text)
  end)
end)

describe("damaged texts", function()
  it("raise errors of the language and nothing else", function()
    -- every prefix of a real text, and every text with one character gone or doubled, is accepted or refused with a picture
    local text = RS.equations:gsub("%s*#[^\n]*", "")
    local function try(damaged)
      local ok, raised = pcall(front.neuron, { parameters = RS.parameters, functions = RS.functions, equations = damaged, name = "damaged" })
      assert.is_true(ok or fail.is(raised), tostring(raised) .. "\n" .. damaged)
    end
    for k = 1, #text do
      try(text:sub(1, k))
      try(text:sub(1, k - 1) .. text:sub(k + 1))
      try(text:sub(1, k) .. text:sub(k))
    end
  end)
end)

describe("docs/language.md", function()
  it("names every function, flag, given name, unit and part", function()
    local file = assert(io.open("docs/language.md"))
    local text = file:read "a"
    file:close()
    local said = {}
    for code in text:gmatch "`([^`\n]+)`" do
      for word in code:gmatch "[%a_][%w_-]*" do said[word] = true end
    end
    local flags = require "lunapse.language.base.flag_table"
    local names = require "lunapse.language.front.names"
    local wanted = functions.names()
    for _, list in ipairs { flags.methods, flags.scopes, flags.types, names.given.neuron, names.given.synapse, units.known } do
      for name in pairs(list) do wanted[#wanted + 1] = name end
    end
    for _, row in ipairs(flags.rows) do if row.kind ~= "choice" and row.kind ~= "unit" then wanted[#wanted + 1] = (row.text or row.name):match "[%w-]+$" end end
    local parts = require "lunapse.language.base.parts"
    for _, kind in ipairs { "neuron", "synapse" } do table.move(parts.names(kind), 1, #parts.names(kind), #wanted + 1, wanted) end
    local missing = {}
    for _, name in ipairs(wanted) do if not said[name] then missing[#missing + 1] = name end end
    assert.are.equal("", table.concat(missing, " "))
  end)

  it("shows models that are accepted", function()
    local file = assert(io.open("docs/language.md"))
    local text = file:read "a"
    file:close()
    local count = 0
    for block in text:gmatch "```lua\n(.-)```" do
      local chunk = assert(load(block, "=docs/language.md", "t", { require = require, print = function() end }))
      chunk()
      count = count + 1
    end
    assert.is_true(count >= 4)
  end)
end)
