-- exponential-rosenbrock: order 2 on coupled systems, exact on linear ones, stable on stiff ones; the same bits in both tiers; what it refuses.

local lp = require "lunapse"

local METHOD = "exponential-rosenbrock"

local function run(model, name, dt, opt)
  opt = opt or {}
  local net = lp.network { dt = dt, method = opt.method or METHOD, tier = opt.tier or "interpreter" }
  local cells = net:population { size = opt.size or 1, neuron = lp.neuron(model), parameters = opt.parameters }
  net:run(opt.duration or 1)
  return cells[name][1], cells[name]
end

local function order_of(model, name, right, coarse, duration)
  local first = math.abs(run(model, name, 1/coarse, { duration = duration }) - right)
  local second = math.abs(run(model, name, 0.5/coarse, { duration = duration }) - right)
  return math.log(first/second, 2), second
end

-- Values by DOP853 of scipy 1.10 at rtol = atol = 1e-13.
local hodgkin_huxley = { equations = [[
  am := 1/exprel(-(v + 40)/10) ; bm := 4*exp(-(v + 65)/18)
  ah := 0.07*exp(-(v + 65)/20) ; bh := 1/(1 + exp(-(v + 35)/10))
  an := 0.1/exprel(-(v + 55)/10) ; bn := 0.125*exp(-(v + 65)/80)
  dv/dt = 10 - 120*m^3*h*(v - 50) - 36*n^4*(v + 77) - 0.3*(v + 54.387) : init = -65
  dm/dt = am*(1 - m) - bm*m : init = 0.05
  dh/dt = ah*(1 - h) - bh*h : init = 0.6
  dn/dt = an*(1 - n) - bn*n : init = 0.32
]] }

describe("exponential-rosenbrock", function()
  it("has order 2 on Hodgkin and Huxley, where exponential has 1", function()
    local order, wrong = order_of(hodgkin_huxley, "v", -75.07309010300973, 64, 5)
    assert.is_true(math.abs(order - 2) < 0.2 and wrong < 0.02, ("order %g, %g"):format(order, wrong))
  end)

  it("has order 2 where equations depend on t", function()
    -- x' = x (cos t - y), y' = 0 from y = 0: x = exp(sin t)
    local order = order_of({ equations = "dx/dt = x*(cos(t) - y) : init = 1 \n dy/dt = -y*x" }, "x", math.exp(math.sin(1)), 32)
    assert.is_true(math.abs(order - 2) < 0.1, ("order %g"):format(order))
  end)

  it("has order 2 on van der Pol", function()
    local order = order_of({ equations = "dx/dt = y : init = 2 \n dy/dt = (1 - x^2)*y - x" }, "x", 2.0081497621749063, 64, 20)
    assert.is_true(math.abs(order - 2) < 0.2, ("order %g"):format(order))
  end)

  it("is exact where rates differ by orders of magnitude", function()
    for _, k in ipairs { 10, 1000, 10000 } do
      local net = lp.network { dt = 1, method = "exponential-rosenbrock", tier = "interpreter" }
      local cells = net:population { size = 1, neuron = lp.neuron { parameters = { k = k },
        equations = "dx/dt = -k*(x - y) : init = 0.5 \n dy/dt = 0.1*(x - y) : init = 1 \n dz/dt = -k*(z - t)" } }
      net:run(3)
      assert.near(1 - 0.05/(k + 0.1), cells.x[1], 1e-13)
      assert.near(3 - 1/k, cells.z[1], 1e-12)
    end
  end)

  it("is exact where the system is linear, with an input that is linear in t", function()
    -- x'' = 1 - 9x
    assert.near(1/9 + 8/9*math.cos(3), (run({ equations = "dx/dt = -3*y + t : init = 1 \n dy/dt = 3*x" }, "x", 0.5)), 1e-13)
    local linear = { equations = "2*dx/dt = -x + 3*y - 1 : init = 1 \n dy/dt = -x - 4*y : init = 2 \n dz/dt = y - z \n du/dt = -u : init = 1" }
    for _, name in ipairs { "x", "y", "z", "u" } do
      assert.near((run(linear, name, 0.25, { method = "exact" })), (run(linear, name, 0.25)), 1e-13)
    end
  end)

  it("is stable on a stiff system at steps of a hundred of its time constants", function()
    -- x' = -1000 (x^3 - y), y' = -y: x goes to the cube root of y
    local x = run({ equations = "dx/dt = -1000*(x^3 - y) : init = 1 \n dy/dt = -y : init = 1" }, "x", 0.1, { duration = 2 })
    assert.near(math.exp(-2/3), x, 0.01)
  end)

  it("gives the same bits in both tiers", function()
    local _, a = run(hodgkin_huxley, "v", 0.05, { size = 3, duration = 3 })
    local _, b = run(hodgkin_huxley, "v", 0.05, { size = 3, duration = 3, tier = "native" })
    assert.same(a:table(), b:table())
  end)

  it("refuses noise, what has no slope, and too many at once", function()
    local function refuses(text, message) assert.error_matches(function() run({ equations = text }, "x", 1) end, message) end
    refuses("dx/dt = -x + xi", METHOD:gsub("%-", "%%-") .. "': it is not made for noise")
    refuses("dx/dt = clip(x, 0, 1)", "'x' has no slope by x: 'clip%(x, 0, 1%)' has no known slope")
    refuses("dx/dt = max(x) - 2*x", "'x' has no slope by x: 'max%(x%)' has no known slope")
    local many = {}
    for k = 1, 12 do many[k] = ("dx%d/dt = sin(x%d)"):format(k, k % 12 + 1) end
    refuses(table.concat(many, "\n") .. "\n dx/dt = x1", "13 equations act on each other: what is computed for each neuron in each step grows with the third power")
    local apart = {}
    for k = 1, 12 do apart[k] = ("dx%d/dt = sin(x%d)"):format(k, k) end
    assert.has_no_error(function() run({ equations = table.concat(apart, "\n") }, "x1", 1) end)
  end)
end)
