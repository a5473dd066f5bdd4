--- What the equation language refuses, and the words in which it says so: the whole text of every error, line, caret and hint.
---
--- A change of wording is a change here. The caret is part of the text: it must stand below the first character that is wrong.

local front = require "lunapse.language.front"
local fail = require "lunapse.language.base.fail"

describe("language errors", function()

local function refused(kind, title, description, picture)
  it(("%s: %s"):format(kind, title), function()
    local ok, raised = pcall(front[kind], description)
    assert.is_false(ok)
    assert.is_true(fail.is(raised), tostring(raised))
    assert.are.equal(picture, raised.message)
  end)
end

-- Text.

refused("neuron", "a wrong character",
  { equations = "x = a $ b" }, [[
neuron, equations, line 1: wrong character '$'
    x = a $ b
          ^]])

refused("neuron", "a letter that is not of the alphabet",
  { equations = "τ = 10" }, [[
neuron, equations, line 1: wrong character 'τ'
    τ = 10
    ^  names are made of the letters a-z, A-Z, digits and _]])

refused("neuron", "a typographic minus",
  { equations = "x = 3 − 2" }, [[
neuron, equations, line 1: '−' means nothing here
    x = 3 − 2
          ^  this is a typographic minus: did you mean '-'?]])

refused("neuron", "two ampersands",
  { spike = "v > 1 && u > 2", equations = "v = 1; u = 1" }, [[
neuron, spike: '&&' means nothing here
    v > 1 && u > 2
          ^~  did you mean 'and'?]])

refused("neuron", "a parenthesis of flags that is not closed",
  { equations = "x = t : ms (unless refractory" }, [[
neuron, equations, line 1: '(' is never closed
    x = t : ms (unless refractory
               ^  flags stand in it, commas between them]])

refused("neuron", "an exclamation mark",
  { equations = "x = if !y: 1 else: 2; y = 3" }, [[
neuron, equations, line 1: '!' means nothing here
    x = if !y: 1 else: 2; y = 3
           ^  did you mean 'not'?]])

refused("neuron", "square brackets",
  { equations = "x = y[1]" }, [[
neuron, equations, line 1: '[' means nothing here
    x = y[1]
         ^  there are no indices: a name stands for the element's own value]])

refused("neuron", "a comment of another language",
  { equations = "x = 3\n// the value" }, [[
neuron, equations, line 2: '//' means nothing here
    // the value
    ^~  a comment starts with '#']])

refused("neuron", "a number with two dots",
  { equations = "x = 1.2.3" }, [[
neuron, equations, line 1: bad number '1.2.3'
    x = 1.2.3
        ^~~~~  numbers look like 3, 0.5, 2.5e-3]])

refused("neuron", "a number with an unfinished exponent",
  { equations = "x = 1e + 2" }, [[
neuron, equations, line 1: bad number '1e'
    x = 1e + 2
        ^~  numbers look like 3, 0.5, 2.5e-3]])

refused("neuron", "a number that touches a name",
  { equations = "x = 2v\nv = 1" }, [[
neuron, equations, line 1: bad number '2v'
    x = 2v
        ^~  did you mean '2*v'?]])

refused("neuron", "a number that touches a unit",
  { equations = "x = 20ms" }, [[
neuron, equations, line 1: bad number '20ms'
    x = 20ms
        ^~~~  did you mean '20*ms'?]])

refused("neuron", "a number too large for a float",
  { equations = "x = 1e999" }, [[
neuron, equations, line 1: the number '1e999' is too large
    x = 1e999
        ^~~~~  infinity is 'inf']])

-- Grammar.

refused("neuron", "a parenthesis that is never closed",
  { equations = "I = g_exc * (E - v\ndv/dt = I", parameters = "E = 0" }, [[
neuron, equations, line 1: '(' is never closed
    I = g_exc * (E - v
                ^  a ')' is missing before the next line]])

refused("neuron", "a parenthesis that is never closed, at the end",
  { equations = "v = exp(3" }, [[
neuron, equations, line 1: '(' is never closed
    v = exp(3
           ^  a ')' is missing]])

refused("neuron", "a parenthesis too many",
  { equations = "v = (3 + 2))" }, [[
neuron, equations, line 1: ')' without '('
    v = (3 + 2))
               ^]])

refused("neuron", "an empty right side",
  { equations = "v =\nu = 3" }, [[
neuron, equations, line 1: an expression is missing after '='
    v =
      ^]])

refused("neuron", "an operator without its right side",
  { equations = "v = 3 *" }, [[
neuron, equations, line 1: an expression is missing after '*'
    v = 3 *
          ^]])

refused("neuron", "a line that goes on by mistake",
  { equations = "v = 3 +\nu = 3" }, [[
neuron, equations, line 2: '=' is not expected here
    u = 3
      ^  the line before ends with '+', so it goes on here]])

refused("neuron", "a line that begins with an operator",
  { equations = "v = 3 : init = 0\n  + 2" }, [[
neuron, equations, line 2: a statement cannot begin with '+'
    + 2
    ^  flags end the statement above: they stand on its last line]])

refused("neuron", "an operator behind the end of a statement",
  { equations = "v = 3;\n  + 2" }, [[
neuron, equations, line 2: a statement cannot begin with '+'
    + 2
    ^  ';' ends the statement above]])

refused("neuron", "a text that begins with an operator",
  { equations = "  * 2\nv = 3" }, [[
neuron, equations, line 1: a statement cannot begin with '*'
    * 2
    ^  nothing stands before it]])

refused("neuron", "two names without an operator",
  { equations = "v = a b" }, [[
neuron, equations, line 1: 'b' follows 'a' without an operator
    v = a b
          ^]])

refused("neuron", "a product without its sign",
  { equations = "v = 2 (3 + 4)" }, [[
neuron, equations, line 1: '(' follows '2' without an operator
    v = 2 (3 + 4)
          ^  did you mean '2*(...)'?]])

refused("neuron", "an equation without '='",
  { equations = "v + 3" }, [[
neuron, equations, line 1: this is not an equation: it has no '='
    v + 3
    ^~~~~  a statement is 'x = ...' or 'dx/dt = ...']])

refused("neuron", "a comparison as a statement",
  { equations = "v == 3" }, [[
neuron, equations, line 1: '==' compares
    v == 3
      ^~  assign with '=']])

refused("neuron", "two equals signs",
  { equations = "v = u = 3" }, [[
neuron, equations, line 1: a second '='
    v = u = 3
          ^  one '=' a statement; compare with '==']])

refused("neuron", "an assignment in a condition",
  { equations = "v = if u = 3: 1 else: 2" }, [[
neuron, equations, line 1: '=' assigns a value
    v = if u = 3: 1 else: 2
             ^  compare with '==']])

refused("neuron", "an assignment in a spike condition",
  { equations = "v = 3", spike = "v = 3" }, [[
neuron, spike: '=' assigns a value
    v = 3
      ^  compare with '==']])

refused("neuron", "a chained comparison",
  { equations = "v = if 0 < t < 10: 1 else: 2" }, [[
neuron, equations, line 1: comparisons do not chain
    v = if 0 < t < 10: 1 else: 2
                 ^  write 'a < b and b < c']])

refused("neuron", "if without else",
  { equations = "v = if t > 3: 1" }, [[
neuron, equations, line 1: 'if' without 'else'
    v = if t > 3: 1
        ^~  every 'if' needs both values: if c: a else: b]])

refused("neuron", "else without a colon",
  { equations = "v = if t > 3: 1 else 2" }, [[
neuron, equations, line 1: ':' is missing after 'else'
    v = if t > 3: 1 else 2
                    ^~~~  write 'else: value']])

refused("neuron", "elif",
  { equations = "v = if t > 3: 1 elif t > 2: 2 else: 3" }, [[
neuron, equations, line 1: 'elif' is not a word of the language
    v = if t > 3: 1 elif t > 2: 2 else: 3
                    ^~~~  write 'else: if c: a else: b']])

refused("neuron", "then",
  { equations = "v = if t > 3 then 1 else 2" }, [[
neuron, equations, line 1: 'then' is written ':'
    v = if t > 3 then 1 else 2
                 ^~~~  if c: a else: b]])

refused("neuron", "if as a statement",
  { equations = "if t > 3: v = 1" }, [[
neuron, equations, line 1: this is not an equation: it has no '='
    if t > 3: v = 1
    ^~~~~~~~  a statement is 'x = ...' or 'dx/dt = ...']])

refused("neuron", "if in the middle of a sum",
  { equations = "v = 1 + if t > 3: 1 else: 2" }, [[
neuron, equations, line 1: 'if' inside an expression
    v = 1 + if t > 3: 1 else: 2
            ^~  put it in parentheses: (if c: a else: b)]])

refused("neuron", "else alone",
  { equations = "v = 3 else: 2" }, [[
neuron, equations, line 1: 'else' without 'if'
    v = 3 else: 2
          ^~~~  write 'if c: a else: b']])

refused("neuron", "an assignment to a function",
  { equations = "exp(v) = 3" }, [[
neuron, equations, line 1: a value cannot be assigned to a function, here 'exp'
    exp(v) = 3
    ^~~~~~  functions are defined in the part 'functions']])

refused("neuron", "an assignment to a sum",
  { equations = "v + 1 = 3" }, [[
neuron, equations, line 1: the left side is neither a name nor an equation of dx/dt
    v + 1 = 3
    ^~~~~  a statement is 'x = ...' or 'dx/dt = ...']])

refused("neuron", "an increment of C",
  { equations = "v++" }, [[
neuron, equations, line 1: '++' is not an operator
    v++
     ^~  write v += 1]])

refused("neuron", "an argument by name, of a function",
  { equations = "v = exp(x=0)" }, [[
neuron, equations, line 1: arguments have no names here
    v = exp(x=0)
            ^  give the values in order]])

refused("neuron", "an argument of a draw that it does not have",
  { equations = "v = Normal(mu=0, sgima=1)" }, [[
neuron, equations, line 1: Normal has no argument 'sgima'
    v = Normal(mu=0, sgima=1)
                     ^~~~~  did you mean 'sigma'?]])

refused("neuron", "an argument of a draw given twice",
  { equations = "v = Normal(0, mu=1)" }, [[
neuron, equations, line 1: the argument 'mu' is given twice
    v = Normal(0, mu=1)
                  ^~]])

refused("neuron", "an argument of a draw left out",
  { equations = "v = Uniform(min=1)" }, [[
neuron, equations, line 1: Uniform: the argument 'max' is missing
    v = Uniform(min=1)
                     ^  uniform between a and b]])

refused("neuron", "an argument without a name behind one with a name",
  { equations = "v = Normal(sigma=1, 0)" }, [[
neuron, equations, line 1: an argument without a name after one with a name
    v = Normal(sigma=1, 0)
                        ^  give it a name, too]])

for _, case in ipairs {
  { "Exponential(-1)", "the rate must be above 0, got -1" }, { "Exponential(0)", "the rate must be above 0, got 0" },
  { "DiscreteUniform(6, 1)", "the lower end must not lie above the upper end, got 6 and 1" },
  { "DiscreteUniform(0.5, 2)", "both ends must be whole numbers, got 0.5" }, { "Uniform(3, 2 - 1)", "the lower end must not lie above the upper end, got 3 and 1" },
  { "Binomial(2.5, 0.3)", "the number of trials must be a whole number from 0, got 2.5" }, { "Binomial(p = 1.3, n = 5)", "the probability must lie in 0..1, got 1.3" },
  { "Normal(0, -1)", "the standard deviation must be at least 0, got -1" }, { "LogNormal(mu = 0, sigma = -0.1)", "the standard deviation must be at least 0, got -0.1" },
  { "Gamma(-2, 1)", "the shape must be above 0, got -2" }, { "Gamma(2, 0)", "the scale must be above 0, got 0" },
  { "Poisson(-3)", "the mean must lie in 0 .. 1e15, got -3" }, { "Normal(0, inf)", "its arguments must be finite, got inf" },
} do
  local name = case[1]:match "^%a+"
  refused("neuron", "a distribution that cannot be, " .. case[1], { equations = "v = " .. case[1] }, ([[
neuron, equations, line 1: %s: %s
    v = %s
        %s]]):format(name, case[2], case[1], "^" .. ("~"):rep(#case[1] - 1)))
  refused("neuron", "the same as an initial value, " .. case[1], { equations = "v = v : init = " .. case[1] }, ([[
neuron, equations, line 1: %s: %s
    v = v : init = %s
                   %s]]):format(name, case[2], case[1], "^" .. ("~"):rep(#case[1] - 1)))
end

refused("neuron", "sum() beside the sum of a target",
  { equations = "v = sum() + sum(exc)" }, [[
neuron, equations, line 1: sum() is what arrives at all targets, but 'exc' is read by itself, too
    v = sum() + sum(exc)
        ^~~~~  name the targets: sum(exc) + ...]])

refused("neuron", "an empty text",
  { spike = "  # nothing\n", equations = "v = 1" }, [[
neuron, spike: an expression is missing: the text is empty]])

refused("neuron", "two conditions in spike",
  { spike = "v > 1\nu > 2", equations = "v = 1; u = 2" }, [[
neuron, spike, line 2: only one expression can stand here
    u > 2
    ^  join conditions with 'and' or 'or']])

-- Flags.

refused("neuron", "a method misspelt",
  { equations = "dv/dt = -v : exponental" }, [[
neuron, equations, line 1: unknown flag 'exponental'
    dv/dt = -v : exponental
                 ^~~~~~~~~~  did you mean 'exponential'?]])

refused("neuron", "a method with a hyphen misspelt",
  { equations = "dv/dt = -v : event-drivn" }, [[
neuron, equations, line 1: unknown flag 'event-drivn'
    dv/dt = -v : event-drivn
                 ^~~~~~~~~~~  did you mean 'event-driven'?]])

refused("neuron", "a flag that nobody knows",
  { equations = "dv/dt = -v : start = 3" }, [[
neuron, equations, line 1: unknown flag 'start ='
    dv/dt = -v : start = 3
                 ^~~~~  known: atol, every, init, max, min, rtol]])

refused("neuron", "a flag without its value",
  { equations = "dv/dt = -v : init" }, [[
neuron, equations, line 1: the flag 'init' needs a value
    dv/dt = -v : init
                 ^~~~  write init = ...]])

refused("neuron", "a flag twice",
  { equations = "dv/dt = -v : init = 1, init = 2" }, [[
neuron, equations, line 1: this flag stands twice
    dv/dt = -v : init = 1, init = 2
                           ^~~~]])

refused("neuron", "two methods",
  { equations = "dv/dt = -v : euler, rk4" }, [[
neuron, equations, line 1: a second method
    dv/dt = -v : euler, rk4
                        ^~~]])

refused("neuron", "flags without a comma",
  { equations = "dv/dt = -v : init = 1 exponential" }, [[
neuron, equations, line 1: a comma is missing between flags
    dv/dt = -v : init = 1 exponential
                          ^~~~~~~~~~~  : init = 0, exponential]])

refused("neuron", "a second colon",
  { equations = "dv/dt = -v : init = 1 : exponential" }, [[
neuron, equations, line 1: a second ':'
    dv/dt = -v : init = 1 : exponential
                          ^  flags are separated by commas]])

refused("neuron", "a number as a flag",
  { equations = "dv/dt = -v : -60" }, [[
neuron, equations, line 1: a number is not a flag
    dv/dt = -v : -60
                 ^~~  did you mean 'init = -60'?]])

refused("neuron", "flags in parentheses",
  { equations = "dv/dt = -v : (unless refractory)" }, [[
neuron, equations, line 1: flags stand without parentheses
    dv/dt = -v : (unless refractory)
                 ^  write ': unless refractory', commas between flags]])

refused("neuron", "unless something else",
  { equations = "dv/dt = -v : unless spiking" }, [[
neuron, equations, line 1: 'unless' what?
    dv/dt = -v : unless spiking
                 ^~~~~~~~~~~~~~  unless refractory, unless post]])

refused("neuron", "a method for an assignment",
  { equations = "v = 3 : exponential" }, [[
neuron, equations, line 1: 'exponential' is a method for dx/dt, this is an assignment
    v = 3 : exponential
            ^~~~~~~~~~~]])

refused("neuron", "a flag of another part",
  { reset = "v = 3 : exponential", equations = "dv/dt = 1", spike = "v > 1" }, [[
neuron, reset, line 1: a statement of an event does not take the flag 'exponential'
    v = 3 : exponential
            ^~~~~~~~~~~  known flags: bool, init, int, local, max, min, population, postsynaptic, presynaptic, projection, unless post, a unit]])

refused("synapse", "a flag of another part",
  { pruning = "w < 0.1 : w = 0.5" }, [[
synapse, pruning: pruning does not take the flag 'w'
    w < 0.1 : w = 0.5
              ^  known flags: proba]])

refused("neuron", "a scope of synapses in a neuron",
  { equations = "v = 3 : postsynaptic" }, [[
neuron, equations, line 1: a neuron has no scope 'postsynaptic'
    v = 3 : postsynaptic
            ^~~~~~~~~~~~  scopes: population, local]])

refused("synapse", "a scope of neurons in a synapse",
  { parameters = "a = 1 : population", equations = "x = a" }, [[
synapse, parameters, line 1: a synapse has no scope 'population'
    a = 1 : population
            ^~~~~~~~~~  scopes: projection, presynaptic, postsynaptic, local]])

refused("neuron", "an event-driven neuron",
  { equations = "dv/dt = -v : event-driven" }, [[
neuron, equations, line 1: 'event-driven' belongs to synapses
    dv/dt = -v : event-driven
                 ^~~~~~~~~~~~  neurons move in every step]])

refused("synapse", "a flag of another program",
  { equations = "total = w : 1 (summed)" }, [[
synapse, equations, line 1: unknown flag 'summed'
    total = w : 1 (summed)
                   ^~~~~~  a sum over synapses into neurons: post.total = sum(w)]])

refused("neuron", "a flag of three words of another program",
  { equations = "I = Normal(0, 1) : 1 (constant over dt)" }, [[
neuron, equations, line 1: unknown flag 'constant over dt'
    I = Normal(0, 1) : 1 (constant over dt)
                          ^~~~~~~~~~~~~~~~  what a line assigns stands still within a step anyway: leave the flag out]])

refused("synapse", "a bound of what moves at events alone",
  { equations = "20*dx/dt = -x : event-driven, max = 2*0.5", pre_spike = "x += 0.6 ; g_target += w*x" }, [[
synapse, equations, line 1: 'max' bounds what moves in every step, and this moves at events alone
    20*dx/dt = -x : event-driven, max = 2*0.5
                                  ^~~  the line that changes it there says its bound: x += ... : max = 2*0.5]])

refused("neuron", "a whole number that moves by an equation",
  { equations = "dv/dt = -v : int" }, [[
neuron, equations, line 1: a variable with an equation cannot be 'int'
    dv/dt = -v : int
                 ^~~]])

refused("synapse", "unless refractory in a synapse",
  { equations = "dx/dt = -x : unless refractory" }, [[
synapse, equations, line 1: 'unless refractory' belongs to neurons
    dx/dt = -x : unless refractory
                 ^~~~~~~~~~~~~~~~~]])

refused("synapse", "unless post outside of pre_spike",
  { post_spike = "w += 1 : unless post" }, [[
synapse, post_spike, line 1: 'unless post' belongs into pre_spike
    w += 1 : unless post
             ^~~~~~~~~~~]])

-- Names.

refused("neuron", "a name misspelt",
  { parameters = { vrev = 0 }, equations = "# inputs\ndv/dt = -v\nI = g_ampa * (vrve - v)", name = "RS" }, [[
neuron 'RS', equations, line 3: unknown name 'vrve'
    I = g_ampa * (vrve - v)
                  ^~~~  did you mean 'vrev'?]])

refused("neuron", "a name in the wrong case",
  { parameters = { Ee = 0 }, equations = "dv/dt = EE - v" }, [[
neuron, equations, line 1: unknown name 'EE'
    dv/dt = EE - v
            ^~  did you mean 'Ee'?]])

refused("neuron", "a name that is like no other",
  { parameters = { tau = 10 }, equations = "tau * dv/dt = banana - v" }, [[
neuron, equations, line 1: unknown name 'banana'
    tau * dv/dt = banana - v
                  ^~~~~~  known names: dt, i, inf, N, pi, t, t_last, tau, v, xi]])

refused("neuron", "two names misspelt, shown together",
  { parameters = { tau_m = 10, vrest = 1 }, equations = "tau_n * dv/dt = vrst - v" }, [[
neuron, equations, line 1: unknown name 'tau_n'
    tau_n * dv/dt = vrst - v
    ^~~~~  did you mean 'tau_m'?
neuron, equations, line 1: unknown name 'vrst'
    tau_n * dv/dt = vrst - v
                    ^~~~  did you mean 'vrest'?]])

refused("neuron", "a reset of a misspelt name",
  { equations = "dvm/dt = -vm", spike = "vm > 1", reset = "vmm = 0" }, [[
neuron, reset, line 1: unknown name 'vmm'
    vmm = 0
    ^~~  did you mean 'vm'?]])

refused("neuron", "a counter that nothing starts",
  { equations = "dv/dt = -v", spike = "v > 1", reset = "v = 0; count += 1" }, [[
neuron, reset, line 1: unknown name 'count'
    v = 0; count += 1
           ^~~~~  to make it a variable of its own, start it: count += 1 : init = 0]])

refused("neuron", "a spike condition on a misspelt name",
  { equations = "dvm/dt = -vm", spike = "wm > 1" }, [[
neuron, spike: unknown name 'wm'
    wm > 1
    ^~  did you mean 'vm'?]])

refused("neuron", "a derivative on the right side",
  { equations = "dv/dt = -v\nI = 3 * dv/dt" }, [[
neuron, equations, line 2: unknown name 'dv'
    I = 3 * dv/dt
            ^~  dv/dt stands on the left side of '=' alone]])

refused("neuron", "a function misspelt",
  { equations = "v = epx(-t)" }, [[
neuron, equations, line 1: unknown function 'epx'
    v = epx(-t)
        ^~~  did you mean 'exp'?]])

refused("neuron", "a function of Brian",
  { equations = "v = rand() < 0.5" }, [[
neuron, equations, line 1: unknown function 'rand'
    v = rand() < 0.5
        ^~~~  a random number is Uniform(0, 1)]])

refused("neuron", "a function that nobody knows",
  { equations = "v = bessel(t)" }, [[
neuron, equations, line 1: unknown function 'bessel'
    v = bessel(t)
        ^~~~~~  functions of your own are defined in the part 'functions']])

refused("neuron", "a variable that is called",
  { parameters = { g = 1 }, equations = "v = g(3)" }, [[
neuron, equations, line 1: unknown function 'g'
    v = g(3)
        ^  'g' is a parameter; for a product write 'g * (...)']])

refused("neuron", "a function without its arguments",
  { equations = "v = 3 * exp" }, [[
neuron, equations, line 1: 'exp' is a function
    v = 3 * exp
            ^~~  write exp(...)]])

refused("neuron", "too few arguments",
  { equations = "v = clip(t, 0)" }, [[
neuron, equations, line 1: clip takes 3 arguments, got 2
    v = clip(t, 0)
        ^~~~~~~~~~  clip(x, low, high): x held between two bounds]])

refused("neuron", "too many arguments",
  { equations = "v = exp(t, 2)" }, [[
neuron, equations, line 1: exp takes 1 argument, got 2
    v = exp(t, 2)
        ^~~~~~~~~  e to the power a]])

refused("neuron", "pre. in a neuron",
  { equations = "v = pre.r" }, [[
neuron, equations, line 1: a neuron has no 'pre'
    v = pre.r
        ^~~~~  pre. and post. belong into synapses; a target's input is sum(exc) or g_exc]])

refused("neuron", "a neuron that writes to another",
  { equations = "post.v = 3" }, [[
neuron, equations, line 1: a neuron cannot write 'post.v'
    post.v = 3
    ^~~~~~  only synapses write to their neurons]])

refused("neuron", "a variable with a dot",
  { equations = "v = 3\nu = v.x" }, [[
neuron, equations, line 2: 'v' is a variable, it has no '.x'
    u = v.x
        ^~~  before the dot stands pre, post or a reference]])

refused("neuron", "white noise in an assignment",
  { equations = "I = 0.1 * xi" }, [[
neuron, equations, line 1: white noise 'xi' outside of a differential equation
    I = 0.1 * xi
              ^~  a random number for each step is Normal(0, 1)]])

refused("neuron", "a parameter that an equation assigns",
  { parameters = { tau = 10 }, equations = "dv/dt = -v/tau\ntau = 3" }, [[
neuron, equations, line 2: 'tau' is a parameter: an equation cannot change it
    tau = 3
    ^~~  take it out of the parameters and start it with 'init =']])

refused("neuron", "a variable with two equations",
  { equations = "dv/dt = -v\ndv/dt = 1" }, [[
neuron, equations, line 2: a second equation for 'dv/dt'
    dv/dt = 1
    ^~  the first stands in line 1]])

refused("neuron", "two derivatives in one equation",
  { equations = "dv/dt + du/dt = -v" }, [[
neuron, equations, line 1: a second derivative in one equation
    dv/dt + du/dt = -v
            ^~~~~  one equation has one derivative]])

refused("neuron", "a derivative inside a function",
  { equations = "exp(dv/dt) = -v" }, [[
neuron, equations, line 1: dv/dt does not stand linearly
    exp(dv/dt) = -v
    ^~~~~~~~~~  it may be multiplied, divided and added to, nothing else]])

refused("neuron", "a derivative below a fraction line",
  { equations = "1/(dv/dt) = -v" }, [[
neuron, equations, line 1: dv/dt does not stand linearly
    1/(dv/dt) = -v
    ^~~~~~~~  it may be multiplied, divided and added to, nothing else]])

refused("neuron", "a derivative that is added to",
  { equations = "dv/dt += 3" }, [[
neuron, equations, line 1: a differential equation has '=', not '+='
    dv/dt += 3
          ^~]])

refused("neuron", "a parameter named like the time",
  { parameters = { t = 3 }, equations = "v = t" }, [[
neuron, parameter 't': a parameter cannot be named 't': it is given, the time in ms
    choose another name]])

refused("neuron", "an assignment to the time step",
  { equations = "dt = 0.1" }, [[
neuron, equations, line 1: 'dt' cannot be assigned: it is given, the time step in ms
    dt = 0.1
    ^~  choose another name]])

refused("neuron", "an equation for pi",
  { equations = "dpi/dt = 1" }, [[
neuron, equations, line 1: 'pi' cannot be given an equation: it is given, 3.14159...
    dpi/dt = 1
    ^~~  choose another name]])

refused("neuron", "a parameter named like a function",
  { parameters = { exp = 3 }, equations = "v = exp" }, [[
neuron, parameter 'exp': a parameter cannot be named 'exp': it is a function
    choose another name]])

refused("neuron", "a variable named like a word",
  { equations = "if = 3" }, [[
neuron, equations, line 1: 'if' is a word of the language
    if = 3
    ^~  choose another name]])

refused("neuron", "a parameter twice",
  { parameters = "a = 1\nb = 2\na = 3", equations = "v = a + b" }, [[
neuron, parameters, line 3: the parameter 'a' is defined twice
    a = 3
    ^  first in line 1]])

refused("neuron", "an equation among the parameters",
  { parameters = "dv/dt = 3" }, [[
neuron, parameters, line 1: a parameter is 'name = value'
    dv/dt = 3
    ^~  equations stand in the part 'equations']])

refused("neuron", "parameters in a circle",
  { parameters = "a = b\nb = a", equations = "v = a" }, [[
neuron, parameters, line 1: the default of 'a' depends on itself
    a = b
    ^]])

refused("neuron", "a parameter that depends on a variable",
  { parameters = "a = 2 * v", equations = "dv/dt = -v/a" }, [[
neuron, parameters, line 1: 'v' is a variable: parameters are set before anything is computed
    a = 2 * v
            ^  parameters and numbers can stand here]])

refused("neuron", "an init that depends on the time",
  { equations = "dv/dt = -v : init = 0.2 * t" }, [[
neuron, equations, line 1: 't' is not known yet: init is set before the first step
    dv/dt = -v : init = 0.2 * t
                              ^  parameters and numbers can stand here]])

refused("neuron", "an init that depends on an input",
  { equations = "dv/dt = -v : init = sum(exc)" }, [[
neuron, equations, line 1: sum is not known yet: init is set before the first step
    dv/dt = -v : init = sum(exc)
                        ^~~~~~~~  parameters and numbers can stand here]])

refused("neuron", "an init that depends on what each step computes",
  { parameters = { a = 2 }, equations = "b = a*3\ndx/dt = -x*b : init = 1/b" }, [[
neuron, equations, line 2: 'b' is not known yet: init is set before the first step, which computes it
    dx/dt = -x*b : init = 1/b
                            ^  define it, 'b := ...', or start it, 'b = ... : init = ...']])

refused("synapse", "an init that depends on what each step computes",
  { parameters = { a = 2 }, equations = "dx/dt = -x : init = b\nb = a*pre.v" }, [[
synapse, equations, line 1: 'b' is not known yet: init is set before the first step, which computes it
    dx/dt = -x : init = b
                        ^  define it, 'b := ...', or start it, 'b = ... : init = ...']])

refused("neuron", "a parameter without a value it can have",
  { parameters = { a = print }, equations = "v = a" }, [[
neuron, parameter 'a': its value is a function
    a parameter is a number, a text, true or false, or a distribution]])

refused("neuron", "a parameter table with a wrong option",
  { parameters = { a = { 1, units = "mV" } }, equations = "v = a" }, [[
neuron, parameter 'a': unknown option 'units'
    did you mean 'unit'?]])

-- Conditions.

refused("neuron", "a number as a condition",
  { parameters = { on = 1 }, equations = "v = if on: 1 else: 2" }, [[
neuron, equations, line 1: this is a number, a condition is expected
    v = if on: 1 else: 2
           ^~  write 'on != 0', or give it the flag bool]])

refused("neuron", "a number as a spike condition",
  { equations = "dv/dt = -v", spike = "v" }, [[
neuron, spike: spike is a number, a condition is expected
    v
    ^  write 'v != 0', or give it the flag bool]])

refused("neuron", "a number beside and",
  { equations = "v = if t > 3 and t: 1 else: 2" }, [[
neuron, equations, line 1: this is a number, a condition is expected
    v = if t > 3 and t: 1 else: 2
                     ^  write 't != 0', or give it the flag bool]])

-- Functions.

refused("neuron", "a function that calls itself",
  { functions = "f(x) = g(x) + 1\ng(x) = f(x - 1)", equations = "v = f(3)" }, [[
neuron, functions, line 2: the function 'f' calls itself
    g(x) = f(x - 1)
           ^~~~~~~~  f -> g -> f]])

refused("neuron", "a function with the wrong number of arguments",
  { functions = "gate(v, s) = v/s", equations = "x = gate(3)" }, [[
neuron, equations, line 1: gate(v, s) takes 2 arguments, got 1
    x = gate(3)
        ^~~~~~~]])

refused("neuron", "a function that reads a parameter",
  { parameters = { k = 1 }, functions = "f(x) = k * x", equations = "v = f(k)" }, [[
neuron, functions, line 1: unknown name 'k' in a function
    f(x) = k * x
           ^  a function sees its arguments alone: pass it as one]])

refused("neuron", "a function with a misspelt argument",
  { functions = "f(volt) = vlot^2", equations = "v = f(1)" }, [[
neuron, functions, line 1: unknown name 'vlot' in a function
    f(volt) = vlot^2
              ^~~~  did you mean 'volt'?]])

refused("neuron", "a function that hides another",
  { functions = "max(a, b) = a", equations = "v = max(1, 2)" }, [[
neuron, functions, line 1: 'max' is a function of the language
    max(a, b) = a
    ^~~  choose another name]])

refused("neuron", "a function twice",
  { functions = "f(x) = x; f(x) = 2*x", equations = "v = f(1)" }, [[
neuron, functions, line 1: the function 'f' is defined twice
    f(x) = x; f(x) = 2*x
              ^]])

refused("neuron", "a function without arguments in parentheses",
  { functions = "f = 3", equations = "v = 1" }, [[
neuron, functions, line 1: a function is expected
    f = 3
    ^  like f(x, y) = x * y]])

refused("neuron", "a function named like a parameter",
  { parameters = { f = 1 }, functions = "f(x) = x", equations = "v = f(1) + f" }, [[
neuron, functions, line 1: 'f' is a parameter too
    f(x) = x
    ^  choose another name for the function]])

-- Parts.

refused("neuron", "an unknown part",
  { equation = "v = 3" }, [[
neuron: unknown part 'equation'
    did you mean 'equations'? (known parts: name, description, parameters, functions, arrays, equations, spike, reset, refractory, axon_spike, axon_reset, events)]])

refused("neuron", "a part as Brian names it",
  { equations = "v = 3", threshold = "v > 1" }, [[
neuron: unknown part 'threshold'
    did you mean 'spike'? (known parts: name, description, parameters, functions, arrays, equations, spike, reset, refractory, axon_spike, axon_reset, events)]])

refused("synapse", "a synapse part as Brian names it",
  { on_pre = "w += 1" }, [[
synapse: unknown part 'on_pre'
    did you mean 'pre_spike'? (known parts: name, description, parameters, functions, arrays, equations, psp, operation, pre_spike, post_spike, on, creating, pruning)]])

refused("neuron", "a part that is a number",
  { equations = 3 }, [[
neuron, equations: it is a number, a text is expected]])

refused("neuron", "reset without spike",
  { equations = "v = 3", reset = "v = 0" }, [[
neuron, reset: 'reset' without 'spike'
    it acts when the condition 'spike' becomes true]])

refused("neuron", "a negative refractory period",
  { equations = "v = 3", spike = "v > 1", refractory = -2 }, [[
neuron, refractory: it must be a time in ms, got -2]])

refused("neuron", "a refractory period without spike",
  { equations = "v = 3", refractory = 2 }, [[
neuron, refractory: 'refractory' without 'spike'
    it acts when the condition 'spike' becomes true]])

refused("synapse", "psp among the equations",
  { equations = "psp = w * pre.r", name = "default" }, [[
synapse 'default', equations, line 1: 'psp' does not stand among the equations
    psp = w * pre.r
    ^~~  it is a part of its own: psp = "w * pre.r"]])

refused("synapse", "psp with its name",
  { psp = "psp = w * pre.r" }, [[
synapse, psp: the part 'psp' is an expression alone
    psp = w * pre.r
        ^  leave out 'psp =']])

refused("neuron", "spike among the equations",
  { equations = "dv/dt = -v\nspike = v > 1" }, [[
neuron, equations, line 2: 'spike' does not stand among the equations
    spike = v > 1
    ^~~~~  it is a part of its own: spike = "v > vt"]])

refused("synapse", "a wrong operation",
  { psp = "w * pre.r", operation = "maximum" }, [[
synapse, operation: unknown operation 'maximum'
    known: max, mean, min, sum]])

refused("synapse", "the input of a target in a synapse",
  { pre_spike = "g_exc += w" }, [[
synapse, pre_spike, line 1: unknown name 'g_exc'
    g_exc += w
    ^~~~~  did you mean 'g_target'?]])

refused("synapse", "g_target among the equations",
  { equations = "g_target = w * pre.r" }, [[
synapse, equations, line 1: 'g_target' is written when a spike arrives
    g_target = w * pre.r
    ^~~~~~~~  put it into pre_spike; a sum in every step is a psp]])

refused("synapse", "g_target as a value",
  { pre_spike = "g_target += w\nx = g_target + 1 : init = 0" }, [[
synapse, pre_spike, line 2: 'g_target' cannot be read
    x = g_target + 1 : init = 0
        ^~~~~~~~  it is written in pre_spike; a target's value is post.g_NAME]])

refused("synapse", "a name of Brian with _post",
  { pre_spike = "v_post += w" }, [[
synapse, pre_spike, line 1: unknown name 'v_post'
    v_post += w
    ^~~~~~  did you mean 'post.v'?]])

refused("synapse", "a value of Brian with _post",
  { pre_spike = "g_target += w * (v_post - 3)" }, [[
synapse, pre_spike, line 1: unknown name 'v_post'
    g_target += w * (v_post - 3)
                     ^~~~~~  did you mean 'post.v'?]])

refused("synapse", "a parameter that nothing reads",
  { parameters = { lr = 0.1, tua = 10 }, equations = "dw/dt = lr * pre.r" }, [[
synapse, parameter 'tua': nothing reads the parameter 'tua'
    take it out, or use it]])

refused("synapse", "a parameter w",
  { parameters = { w = 1 }, pre_spike = "g_target += w" }, [[
synapse, parameter 'w': a parameter cannot be named 'w': it is given, the weight
    its values come from 'weights' of the projection]])

refused("synapse", "a delay that an equation changes",
  { equations = "d = 3" }, [[
synapse, equations, line 1: 'd' cannot be assigned: it is given, the delay in ms
    d = 3
    ^  delays are set by the projection]])

refused("synapse", "a size without a side",
  { equations = "x = w / N" }, [[
synapse, equations, line 1: unknown name 'N'
    x = w / N
            ^  a synapse has two sides: pre.N, post.N]])

refused("synapse", "a write to a reference",
  { equations = "mod.r = w" }, [[
synapse, equations, line 1: 'mod.r' cannot be written
    mod.r = w
    ^~~~~  a synapse writes to pre. and post. alone; references are read only]])

refused("synapse", "an equation for a neuron's variable",
  { equations = "dpost.v/dt = w" }, [[
synapse, equations, line 1: the left side is neither a name nor an equation of dx/dt
    dpost.v/dt = w
    ^~~~~~~~~~  a statement is 'x = ...' or 'dx/dt = ...']])

refused("synapse", "a differential equation in an event",
  { pre_spike = "dx/dt = -x" }, [[
synapse, pre_spike, line 1: a differential equation in an event
    dx/dt = -x
    ^~  it belongs into 'equations']])

refused("synapse", "pre without a variable",
  { psp = "w * pre" }, [[
synapse, psp: unknown name 'pre'
    w * pre
        ^~~  name the variable: pre.v]])

-- Units.

refused("neuron", "an unknown unit",
  { parameters = "tau = 10 : msec", equations = "tau * dv/dt = -v" }, [[
neuron, parameters, line 1: unknown flag 'msec'
    tau = 10 : msec
               ^~~~  known flags: bool, constant, int, local, max, min, point current, population, postsynaptic, presynaptic, projection, a unit]])

refused("neuron", "an unknown unit in a quotient",
  { equations = "dv/dt = -v/(3*ms) : mV/sec" }, [[
neuron, equations, line 1: unknown unit 'sec'
    dv/dt = -v/(3*ms) : mV/sec
                           ^~~  known: cm2, GOhm, Hz, kHz, kOhm, MOhm, mS, ms, mV, nA, nF, nS, pA, pF, pS, s, uA, uF, um2, uS, us, uV, V]])

refused("neuron", "a unit without its number",
  { equations = "dv/dt = -v/ms + mV" }, [[
neuron, equations, line 1: the unit 'mV' has no number
    dv/dt = -v/ms + mV
                    ^~  a unit follows its number: 1*mV]])

refused("neuron", "a unit taken for a variable",
  { parameters = { tau = 10 }, equations = "tau * dv/dt = -V" }, [[
neuron, equations, line 1: unknown name 'V'
    tau * dv/dt = -V
                   ^  did you mean 'v'?]])

refused("neuron", "a voltage and a time",
  { name = "LIF", parameters = "tau = 10*ms; El = -70*mV", equations = "tau * dv/dt = El - tau : init = -70*mV\nu = v" }, [[
neuron 'LIF', equations, line 1: the sides of '-' differ in unit: mV and ms
    tau * dv/dt = El - tau : init = -70*mV
                  ^~~~~~~~]])

refused("neuron", "a time constant that was forgotten",
  { parameters = "El = -70*mV", equations = "dv/dt = El - v" }, [[
neuron, equations, line 1: the left side has the unit mV/ms, the right side mV
    dv/dt = El - v
            ^~~~~~
units are checked because one is named here: neuron, parameters, line 1: El = -70*mV]])

refused("neuron", "a plain number among units",
  { parameters = "tau = 10*ms", equations = "tau * dv/dt = -v : init = -60*mV", spike = "v > -50", reset = "v = -60" }, [[
neuron, spike: the sides of '>' differ in unit: mV and 1
    v > -50
    ^~~~~~~  did you mean '-50*mV'?
neuron, reset, line 1: 'v' has the unit mV, the right side 1
    v = -60
        ^~~  did you mean '-60*mV'?]])

refused("neuron", "a parameter that lacks its unit",
  { parameters = { tau = 10 }, equations = "tau * dv/dt = -v : init = -60*mV" }, [[
neuron, equations, line 1: the left side has the unit mV/ms, the right side mV
    tau * dv/dt = -v : init = -60*mV
                  ^~  parameters without a unit: tau]])

refused("neuron", "the exponential of a voltage",
  { equations = "v = 3*mV\nx = exp(v)" }, [[
neuron, equations, line 2: the argument of exp must have no unit, it has mV
    x = exp(v)
            ^  divide it by 1*mV or the like
units are checked because one is named here: neuron, equations, line 1: v = 3*mV]])

refused("neuron", "two values of an if",
  { equations = "v = if t > 3*ms: 1*mV else: 1*pA" }, [[
neuron, equations, line 1: the two values of 'if' differ in unit: mV and pA
    v = if t > 3*ms: 1*mV else: 1*pA
        ^~~~~~~~~~~~~~~~~~~~~~~~~~~~]])

refused("neuron", "a wrong init",
  { equations = "dv/dt = -v/(10*ms) : init = 3*ms, mV" }, [[
neuron, equations, line 1: 'v' has the unit mV, its 'init' ms
    dv/dt = -v/(10*ms) : init = 3*ms, mV
                                ^~~~]])

refused("neuron", "a rate times a time",
  { parameters = "rate = 15*Hz", equations = "p = Uniform(0, 1) < rate * dt" }, [[
neuron, equations, line 1: the sides of '<' differ in unit: 1 and ms*Hz
    p = Uniform(0, 1) < rate * dt
        ^~~~~~~~~~~~~~~~~~~~~~~~~  rates in Hz and times in ms: rate/Hz/s is in 1/ms
units are checked because one is named here: neuron, parameters, line 1: rate = 15*Hz]])

refused("neuron", "a refractory period in mV",
  { equations = "dv/dt = -v/(10*ms) : mV", spike = "v > 1*mV", reset = "v = 0", refractory = "2*mV" }, [[
neuron, refractory: a refractory period has the unit ms, this one mV
    2*mV
    ^~~~]])

refused("neuron", "a current for a conductance",
  { parameters = "C = 200*pF; gL = 10*nS; EL = -70*mV; I = 100*nS", equations = "C * dv/dt = gL * (EL - v) + I" }, [[
neuron, equations, line 1: the sides of '+' differ in unit: pA and nS
    C * dv/dt = gL * (EL - v) + I
                ^~~~~~~~~~~~~~~~~]])

it("is a table that turns into its message", function()
  local _, raised = pcall(front.expression, "1 +")
  assert.are.equal(raised.message, tostring(raised))
  assert.are.equal(1, raised.message:find("equation", 1, true))
end)

it("shows at most eight errors, and counts the rest", function()
  local lines = {}
  for k = 1, 11 do lines[k] = ("x%d = unknown_%d_name"):format(k, k * 1111) end
  local _, raised = pcall(front.neuron, { equations = table.concat(lines, "\n") })
  assert.are.equal(11, raised.count)
  assert.is_truthy(raised.message:find("... and 3 more errors", 1, true))
end)

it("puts the caret below the character in lines with letters of several bytes and with tabs", function()
  local _, raised = pcall(front.neuron, { equations = "\tv = 3 \t* \u{3c4}" })
  assert.are.equal(table.concat({
    "neuron, equations, line 1: wrong character '\u{3c4}'",
    "    v = 3  * \u{3c4}",
    "             ^  names are made of the letters a-z, A-Z, digits and _",
  }, "\n"), raised.message)
end)

it("numbers lines as the editor does, counting comments and empty lines", function()
  local _, raised = pcall(front.neuron, { equations = "\n# one\n\nv = 1; u = wrong_name" })
  assert.are.equal(1, raised.message:find("neuron, equations, line 4:", 1, true))
end)

it("finds the nearest name by insertions, swaps and case, and none for what is far", function()
  assert.are.equal("tau_plus", fail.nearest("tau_pls", { "tau_minus", "tau_plus", "w" }))
  assert.are.equal("vrev", fail.nearest("verv", { "v", "vrev", "vr" }))
  assert.are.equal("Ee", fail.nearest("ee", { "El", "Ee" }))
  assert.is_nil(fail.nearest("banana", { "v", "tau", "El" }))
  assert.is_nil(fail.nearest("a", { "b", "c" }))
  assert.are.equal(1, fail.distance("abc", "acb"))
  assert.are.equal(0.5, fail.distance("V", "v"))
  assert.are.equal(3, fail.distance("", "abc"))
end)

end)
