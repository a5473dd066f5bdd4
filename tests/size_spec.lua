-- Large texts: the work grows as the text does, and what is nested too deep is refused at its place.
-- Work is counted in steps of the Lua machine, so nothing here depends on a clock.
local back = require "lunapse.language.back"
local emit_c = require "lunapse.language.emit"
local front = require "lunapse.language.front"
local kernel = require "lunapse.core.kernel"
local lp = require "lunapse"
local printer = require "lunapse.language.base.print"
local stages = require "lunapse.language.front.stages"

--- Steps of the Lua machine, in thousands, that a call takes.
local function work(f, ...)
  local count = 0
  debug.sethook(function() count = count + 1 end, "", 1000)
  local ok, result = pcall(f, ...)
  debug.sethook()
  if not ok then error(result, 0) end
  return count, result
end

local function lines(n, line)
  local list = {}
  for k = 1, n do list[k] = line(k) end
  return table.concat(list, "\n")
end

local neuron = front.neuron { equations = "dv/dt = -v\ntau = 1\nr = v", spike = "v > 1", reset = "v = 0" }
local ends = back.neuron(neuron, { name = "ends" })

--- Everything that is done with a text up to the C that it becomes.
local function make(kind, description)
  local checked = front[kind](description)
  local compiled = kind == "neuron" and back.neuron(checked, {})
    or back.synapse(checked, { pre = ends, post = ends, targets = {}, delay_scope = "uniform", weight_scope = "syn" })
  local programs, formats = {}, {}
  for k, entry in ipairs(compiled.programs) do
    local nest = entry.program.nest
    programs[k], formats[k] = entry.program, (nest == "each" or nest == "list") and "none" or "rows_pre"
    kernel.program(entry.program)
  end
  emit_c.source { programs = programs, formats = formats, kernel = kernel }
  stages.stage("model", checked)
  stages.stage("tree", checked)
  return compiled
end

local neurons = {
  ["lines that assign"] = function(n) return { equations = lines(n, function(k) return ("x%d = %d + v"):format(k, k) end) .. "\ndv/dt = -v" } end,
  ["lines that read the line before"] = function(n)
    return { equations = "x0 = v\n" .. lines(n, function(k) return ("x%d = 0.5 * x%d + 1"):format(k, k - 1) end) .. "\ndv/dt = -v" }
  end,
  ["lines that read the line behind"] = function(n)
    return { equations = lines(n, function(k) return ("x%d = 0.5 * x%d + 1 : init = 1"):format(k, k + 1) end) .. ("\nx%d = Uniform(0, 1)"):format(n + 1) }
  end,
  ["equations"] = function(n) return { equations = lines(n, function(k) return ("dx%d/dt = %d - x%d : init = %d"):format(k, k, k, k) end) } end,
  ["equations of a ring"] = function(n) return { equations = lines(n, function(k) return ("dx%d/dt = x%d - x%d"):format(k, k % n + 1, k) end) } end,
  ["equations with a method"] = function(n) return { equations = lines(n, function(k) return ("dx%d/dt = (%d - x%d)/10 : exponential"):format(k, k, k) end) } end,
  ["equations with stages"] = function(n) return { equations = lines(n, function(k) return ("dx%d/dt = (%d - x%d*v)/10 : rk4"):format(k, k, k) end) .. "\nv = 1" } end,
  ["noisy equations"] = function(n) return { equations = lines(n, function(k) return ("dx%d/dt = -x%d + x%d*xi_%d : milstein"):format(k, k, k, k) end) } end,
  ["equations that rest"] = function(n)
    return { equations = lines(n, function(k) return ("dx%d/dt = %d - x%d"):format(k, k, k) end), spike = "x1 > 0.5", reset = "x1 = 0", refractory = 2 }
  end,
  ["whole numbers"] = function(n) return { equations = "dv/dt = -v\nk = 1 : int\n" .. lines(n, function(k) return ("k%d = k + %d : int\nk = k%d + 1"):format(k, k, k) end) } end,
  ["increments of one variable"] = function(n) return { equations = "dv/dt = -v\n" .. lines(n, function() return "y += v" end) } end,
  ["parameters"] = function(n)
    return { parameters = lines(n, function(k) return ("p%d = %d"):format(k, k) end),
      equations = lines(n, function(k) return ("x%d = p%d * v"):format(k, k) end) .. "\ndv/dt = -v" }
  end,
  ["parameters that depend on each other"] = function(n)
    return { parameters = "p0 = 1\n" .. lines(n, function(k) return ("p%d = p%d + 1"):format(k, k - 1) end), equations = ("dv/dt = -v/p%d"):format(n) .. "\n" ..
      lines(n, function(k) return ("x%d = p%d"):format(k, k - 1) end) }
  end,
  ["definitions"] = function(n)
    return { equations = lines(n, function(k) return ("m%d := %d * v\nx%d = m%d"):format(k, k, k, k) end) .. "\ndv/dt = -v" }
  end,
  ["lines that stand still in the stages of a method"] = function(n)
    return { equations = "x0 = v\n" .. lines(n, function(k) return ("x%d = 0.5 * x%d + 1\ndy%d/dt = x%d - y%d : rk4"):format(k, k - 1, k, k, k) end)
      .. ("\ndv/dt = -x%d : rk4"):format(n) }
  end,
  ["numbers drawn with numbers of their own"] = function(n)
    return { equations = lines(n, function(k) return ("x%d = Gamma(%d + v, 1)"):format(k, k) end) .. "\ndv/dt = -v" }
  end,
  ["lines of an event"] = function(n)
    return { equations = "dv/dt = 1", spike = "v > 1", reset = lines(n, function(k) return ("x%d = %d + v : init = 1"):format(k, k) end) }
  end,
  ["functions"] = function(n)
    return { functions = lines(n, function(k) return ("f%d(x) = x + %d"):format(k, k) end),
      equations = lines(n, function(k) return ("x%d = f%d(v)"):format(k, k) end) .. "\ndv/dt = -v" }
  end,
  ["units"] = function(n) return { equations = lines(n, function(k) return ("x%d = %d*mV + v"):format(k, k) end) .. "\ndv/dt = -v/(10*ms) : mV" } end,
  ["terms of a sum"] = function(n) return { equations = "dv/dt = -v\nx = " .. lines(n, function(k) return k .. "*v" end):gsub("\n", " + ") } end,
  ["terms of an equation"] = function(n) return { equations = "dv/dt = " .. lines(n, function(k) return k .. "*v" end):gsub("\n", " - ") .. " : exponential" } end,
  ["factors of a product"] = function(n)
    return { parameters = "p = 2", equations = "dv/dt = " .. lines(n, function(k) return k % 2 == 0 and "v" or "p" end):gsub("\n", " * ") }
  end,
  ["arguments of max"] = function(n) return { equations = "dv/dt = -v\nx = max(" .. lines(n, function(k) return "v + " .. k end):gsub("\n", ", ") .. ")" } end,
}

local synapses = {
  ["lines that assign"] = function(n) return { equations = lines(n, function(k) return ("x%d = %d + post.v"):format(k, k) end) } end,
  ["traces"] = function(n)
    return { equations = lines(n, function(k) return ("%d * dx%d/dt = -x%d : event-driven"):format(k, k, k) end),
      pre_spike = lines(n, function(k) return ("x%d += %d"):format(k, k) end), post_spike = "w += " .. lines(n, function(k) return "x" .. k end):gsub("\n", " + ") }
  end,
  ["lines of both events"] = function(n)
    return { pre_spike = lines(n, function(k) return ("x%d = %d + w : init = 0"):format(k, k) end),
      post_spike = lines(n, function(k) return ("x%d = x%d * post.v"):format(k, k) end) }
  end,
  ["values per pre neuron"] = function(n)
    return { equations = lines(n, function(k) return ("x%d = exp(pre.v / %d)"):format(k, k) end) .. "\ndw/dt = " ..
      lines(n, function(k) return ("x%d * exp(pre.v * %d)"):format(k, k) end):gsub("\n", " + ") }
  end,
}

describe("the work grows as the text does, with", function()
  for kind, cases in pairs { neuron = neurons, synapse = synapses } do
    for name, description in pairs(cases) do
      it(("%s of a %s"):format(name, kind), function()
        work(make, kind, description(20)) -- what is done once
        local small, large = work(make, kind, description(150)), work(make, kind, description(600))
        assert.is_true(large <= 4 * 1.35 * small + 20, ("%d thousand steps for 150, %d for 600"):format(small, large))
      end)
    end
  end

  it("definitions that read the definition before", function()
    local function chain(n)
      local checked = front.neuron { equations = "m0 := v\n" .. lines(n, function(k) return ("m%d := 0.5 * m%d + m%d"):format(k, k - 1, math.max(k - 2, 0)) end)
        .. ("\ndv/dt = -m%d : rk4"):format(n) }
      return back.neuron(checked, {})
    end
    work(chain, 20)
    local small, large = work(chain, 150), work(chain, 600)
    assert.is_true(large <= 4 * 1.35 * small + 20, ("%d thousand steps for 150, %d for 600"):format(small, large))
  end)

  it("the same function of itself, again and again", function()
    for _, body in ipairs { "x*x + 1", "x + x", "if x > 1: x else: -x", "max(x, 1/x)" } do
      local function nested(n)
        return { functions = "f(x) = " .. body, equations = "dv/dt = " .. ("f("):rep(n) .. "v" .. (")"):rep(n), spike = ("f("):rep(n) .. "v" .. (")"):rep(n) .. " > 1" }
      end
      work(make, "neuron", nested(3))
      local small, large = work(make, "neuron", nested(10)), work(make, "neuron", nested(40))
      assert.is_true(large <= 5 * small + 100, ("%s: %d thousand steps for 10, %d for 40"):format(body, small, large))
    end
  end)

  it("functions that call the one before twice", function()
    local function chain(n)
      return { functions = "f0(x) = x + 1\n" .. lines(n, function(k) return ("f%d(x) = f%d(x) * f%d(x)"):format(k, k - 1, k - 1) end),
        equations = ("dv/dt = -f%d(v)"):format(n) }
    end
    local small, large = work(make, "neuron", chain(10)), work(make, "neuron", chain(40))
    assert.is_true(large <= 5 * small + 100, ("%d thousand steps for 10, %d for 40"):format(small, large))
  end)

  it("errors", function()
    local function wrong(n)
      return { equations = lines(n, function(k) return ("x%d = y%d + v"):format(k, k) end) .. "\ndv/dt = -v" }
    end
    local function fail(n) return tostring(select(2, pcall(front.neuron, wrong(n)))) end
    local small, large = work(fail, 500), work(fail, 2000)
    assert.is_true(large <= 4 * 1.35 * small + 20, ("%d thousand steps for 500, %d for 2000"):format(small, large))
    assert.matches("line 1: unknown name 'y1'", fail(2000))
    assert.matches("... and 1992 more errors$", fail(2000))
  end)
end)

describe("ten thousand statements", function()
  it("are compiled and run", function()
    local n = 10000
    local net = lp.network { tier = "interpreter", dt = 0.5 }
    local cells = net:population { size = 2, neuron = lp.neuron { equations = lines(n, function(k) return ("dx%d/dt = %d - x%d"):format(k, k, k) end) } }
    net:run(0.5)
    assert.equal(0.5 * n, cells["x" .. n][1])
    assert.equal(0.5, cells.x1[2])
  end)
end)

describe("draws in functions", function()
  it("are as many as the calls that draw", function()
    local function draws(text, functions)
      return back.neuron(front.neuron { parameters = "s = 2", functions = functions, equations = text }, {}).n_draws
    end
    assert.equal(2, draws("x = f(s) + f(s)", "f(s) = Normal(0, s)"))
    assert.equal(2, draws("x = twice(s)", "f(s) = Normal(0, s)\ntwice(s) = f(s) + f(s)"))
  end)
end)

describe("what is nested too deep", function()
  local n = 1000 -- the limit of docs/language.md

  local function wrap(before, inside, behind) return function(k) return before:rep(k) .. inside .. behind:rep(k) end end
  local kinds = {
    ["parentheses"] = wrap("(", "v", ")"), ["signs"] = wrap("-", "v", ""), ["calls"] = wrap("exp(", "v", ")"), ["powers"] = wrap("v^", "v", ""),
    ["else"] = wrap("if v > 1: 2 else: ", "v", ""), ["calls of two"] = wrap("max(1, ", "v", ")"), ["plus signs"] = wrap("+", "v", ""),
    ["calls of functions of the model"] = wrap("f(", "v", ")"),
  }

  local function checked(text) return front.neuron { functions = "f(x) = x + 1", equations = "dv/dt = -v\nx = " .. text } end

  for name, text in pairs(kinds) do
    it(("is refused at its place: %s"):format(name), function()
      make("neuron", { functions = "f(x) = x + 1", equations = "dv/dt = -v\nx = " .. text(n) })
      for _, k in ipairs { n + 1, 20 * n } do
        local ok, failure = pcall(checked, text(k))
        assert.is_false(ok)
        assert.matches("^neuron, equations, line 2: nested more than 1000 levels deep\n    [^\n]+\n *%^", tostring(failure))
        assert.is_true(#tostring(failure) < 600)
      end
    end)
  end

  it("is refused in conditions, flags, parameters and functions", function()
    local deep = ("("):rep(n + 1) .. "1" .. (")"):rep(n + 1)
    for what, description in pairs {
      ["spike"] = { equations = "v = 1", spike = deep .. " > 0" }, ["equations, line 1"] = { equations = "v = 1 : init = " .. deep },
      ["parameters, line 1"] = { parameters = "p = " .. deep, equations = "v = p" }, ["functions, line 1"] = { functions = "f(x) = " .. deep, equations = "v = f(1)" },
      ["parameter 'p'"] = { parameters = { p = deep }, equations = "v = p" },
    } do
      local ok, failure = pcall(front.neuron, description)
      assert.is_false(ok)
      assert.is_truthy(tostring(failure):find("neuron, " .. what .. ": nested more than 1000 levels deep", 1, true), tostring(failure))
    end
  end)

  it("is refused as a row of operations", function()
    local rows = {
      sums = function(k) return ("v + "):rep(k) .. "v" end, products = function(k) return ("v * "):rep(k) .. "v" end,
      conditions = function(k) return "if " .. ("v > 1 or "):rep(k) .. "v > 2: 1 else: 2" end,
      ["arguments of min"] = function(k) return "min(" .. ("v, "):rep(k) .. "v)" end,
    }
    for name, row in pairs(rows) do
      make("neuron", { equations = "dv/dt = -v\nx = " .. row(9990) })
      for _, k in ipairs { 10001, 30000 } do
        local ok, failure = pcall(checked, row(k))
        assert.is_false(ok, name)
        assert.matches("^neuron, equations, line 2: more than 9999 operations in a row\n", tostring(failure))
      end
    end
  end)

  it("is compiled by every method up to the limit", function()
    for _, method in ipairs { "explicit", "midpoint", "heun", "rk4", "exponential", "semi-implicit", "implicit", "exact" } do
      make("neuron", { equations = "dv/dt = " .. ("v - "):rep(1500) .. "v : " .. method })
      make("neuron", { parameters = "p = 2", equations = "dv/dt = " .. ("(1 - "):rep(500) .. "v" .. (")*p"):rep(500) .. " : " .. method })
    end
    make("neuron", { equations = "dv/dt = " .. ("v - "):rep(1500) .. "v + sin(" .. ("v - "):rep(1500) .. "v)*xi : milstein" })
  end)

  it("is refused where functions make much of little", function()
    local function double(k)
      return { functions = "f0(x) = x*x + 1\n" .. lines(k, function(i) return ("f%d(x) = f%d(f%d(x))"):format(i, i - 1, i - 1) end),
        equations = ("dv/dt = -f%d(v)"):format(k) }
    end
    make("neuron", double(10))
    for _, k in ipairs { 14, 22 } do
      local ok, failure = pcall(front.neuron, double(k))
      assert.is_false(ok)
      assert.matches("^neuron, functions, line 14: with its functions put in place, this goes more than 10000 levels deep\n    f13%(x%) = f12%(f12%(x%)%)\n", tostring(failure))
    end
    local function wide(k)
      return { functions = "f0(x, y) = x*y + 1\n" .. lines(k, function(i) return ("f%d(x, y) = f%d(x + %d, y) * f%d(x, y + %d)"):format(i, i - 1, i, i - 1, i) end),
        equations = ("dv/dt = -f%d(v, 2)"):format(k) }
    end
    local ok, failure = pcall(front.neuron, wide(40))
    assert.is_false(ok)
    assert.matches("^neuron, functions, line %d+: with its functions put in place, this comes to more than 100000 operations\n", tostring(failure))
  end)

  it("is refused where functions call each other without end in sight", function()
    local ok, failure = pcall(front.neuron, { functions = lines(5000, function(k) return ("f%d(x) = f%d(x)"):format(k, k + 1) end) .. "\nf5001(x) = x",
      equations = "v = f1(2)" })
    assert.is_false(ok)
    assert.matches("^neuron, functions, line 501: functions that call functions, more than 500 levels deep\n", tostring(failure))
  end)

  it("never overflows a stack, whatever it is", function()
    local pieces = { "(", "-", "if v > 1: ", "exp(", "v^", "not ", "f(", "min(1, ", "2 * (", "ite(v > 1, ", "v < (", "sum(" }
    for _, piece in ipairs(pieces) do
      for _, kind in ipairs { "neuron", "synapse" } do
        for _, part in ipairs { "equations", kind == "neuron" and "spike" or "psp" } do
          local text = (part == "equations" and "x = " or "") .. piece:rep(20000) .. "1"
          local ok, failure = pcall(front[kind], { [part] = text })
          assert.is_false(ok)
          assert.is_nil(tostring(failure):find "stack", piece)
          assert.matches("nested more than 1000 levels deep", tostring(failure))
        end
      end
    end
  end)
end)

describe("a line of the user's in a message", function()
  it("is cut where it is long", function()
    local long = "x = " .. ("v + "):rep(200) .. "oops + " .. ("v + "):rep(200) .. "v"
    local ok, failure = pcall(front.neuron, { equations = long .. "\nv = 1" })
    assert.is_false(ok)
    local line, caret = tostring(failure):match "\n(    %.%.%. [^\n]+ %.%.%.)\n( +%^~~~)"
    assert.equal("oops", line:sub(#caret - 3, #caret))
  end)

  it("is cut between characters", function()
    local ok, failure = pcall(front.neuron, { equations = "x = 1 # " .. ("\u{e4}"):rep(300) .. "\ny = 2 + " .. ("v"):rep(200) .. " # " .. ("\u{e4}"):rep(300) })
    assert.is_false(ok)
    assert.is_number(utf8.len(tostring(failure)))
  end)
end)

describe("a huge tree", function()
  it("is printed in part", function()
    local deep = front.neuron { functions = "f(x) = x*x + 1", equations = "v = " .. ("f("):rep(40) .. "v" .. (")"):rep(40) }
    local text = printer.statement(deep.equations[1])
    assert.is_true(#text < 100000)
    assert.matches("%.%.%.", text)
  end)
end)
