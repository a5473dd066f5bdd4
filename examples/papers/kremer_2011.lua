--- A map of directions in the barrel cortex (Kremer, Leger, Goodman, Brette & Bourdieu 2011, Journal of Neuroscience 31:10689-10700): bars that sweep over the
--- whiskers in random directions reach one barrel before the next. Near a border neurons of layer 2/3 get spikes from the neighbour as well, and by STDP of
--- what comes from layer 4 each prefers the direction in which it lies: a pinwheel in every barrel. Numbers are those of Brian 2's example of this paper, but
--- for three by three barrels.
--- Published: neighbours 0.2..1, outward 0.2..1 (mean cosines of the angles between the directions of neighbours, and between direction and place in the
--- barrel; 0 is chance: "direction maps with pinwheels", that example), neighbours_before -0.1..0.1
--- Takes 5 s.
--- Run: lunapse examples/papers/kremer_2011.lua [seed=1 duration=10000 threads=1 out=kremer_2011.png]
local lp = require "lunapse"
local a = lp.arguments { seed = 1, duration = 10000, threads = 1, out = "kremer_2011.png" }

local BARRELS, M_4, M_E, M_I = 3, 22, 25, 12                                     -- barrels, and neurons of each, along a side
local SIDE, TAU, TAU_E, TAU_I = BARRELS * M_E, 10, 2, 25                         -- ms
local EPSC, IPSC = (TAU_E / TAU)^(TAU / (TAU_E - TAU)), -(TAU_I / TAU)^(TAU / (TAU_I - TAU))
local whisker = lp.neuron {
  name = "layer 4",
  parameters = { x = 0, y = 0, selectivity = 0, side = BARRELS },
  equations = [[
    direction = Uniform(0, 2*pi)      : every = 60, population
    place = (floor(x) + 0.5 - side/2)*cos(direction) + (floor(y) + 0.5 - side/2)*sin(direction)
    rate = if abs(place - mod(t, 60)/5 + 6) < 0.5: 0.1*pos(cos(direction - selectivity)) else: 0
  ]],
  spike = "Uniform(0, 1) < rate*dt",                                               -- ms, barrels; a barrel in 5 ms
}
local cell = lp.neuron {
  name = "layer 2/3",
  parameters = { x = 0, y = 0, El = -70, tau = TAU, tau_e = TAU_E, tau_i = TAU_I, vt_rest = -55, vt_jump = 2, tau_vt = 50 },
  equations = [[
    tau * dv/dt = El - v + g_exc + g_inh : init = El, exact ; tau_vt * dvt/dt = vt_rest - vt : init = vt_rest, exact
    tau_e * dg_exc/dt = -g_exc : exact ; tau_i * dg_inh/dt = -g_inh : exact
  ]],
  spike = "v > vt", reset = "v = El ; vt += vt_jump", refractory = 2,
}
local STDP = lp.synapse {
  name = "STDP",
  parameters = { tau_p = 5, tau_d = 25, A_p = 0.05 * EPSC, A_d = 0.04 * EPSC, w_max = EPSC },
  equations = [[
    tau_p * dp/dt = -p : event-driven ; tau_d * dq/dt = -q : event-driven
    re := w*cos(pre.selectivity) ; im := w*sin(pre.selectivity)
  ]],
  pre_spike = "g_target += w ; p += A_p ; w = clip(w - q, 0, w_max)",
  post_spike = "q += A_d ; w = clip(w + p, 0, w_max)",
}

local net = lp.network { dt = 0.2, seed = a.seed, threads = a.threads }
--- m by m neurons in each barrel, at their places.
local function sheet(name, m, neuron)
  local cells = net:population { name = name, size = BARRELS * m * BARRELS * m, neuron = neuron }
  cells.x, cells.y = ("(mod(i - 1, %d) + 0.5)/%d"):format(BARRELS * m, m), ("((i - 1) // %d + 0.5)/%d"):format(BARRELS * m, m)
  return cells
end
local layer4, exc, inh = sheet("layer 4", M_4, whisker), sheet("exc", M_E, cell), sheet("inh", M_I, cell)
layer4.selectivity = ("2*pi*(mod(floor(%d*y), %d)/%d + mod(floor(%d*x), %d)/%d)"):format(M_4, M_4, M_4, M_4, M_4, M_4 * M_4)     -- evenly in each barrel
local forward = net:project { from = layer4, to = exc, target = "exc", synapse = STDP, weights = EPSC / 2,
  connect = lp.probability "0.5*(floor(pre.x) == floor(post.x) and floor(pre.y) == floor(post.y))" }
for _, part in ipairs { { exc, exc, 0.15, 0.4, 0.3 * EPSC }, { exc, inh, 0.15, 0.4, EPSC }, { inh, exc, 1, 0.2, IPSC } } do
  net:project { from = part[1], to = part[2], target = part[1] == exc and "exc" or "inh", weights = part[5],
    connect = lp.probability("p*exp(-((pre.x - post.x)^2 + (pre.y - post.y)^2)/(2*width^2))", { p = part[3], width = part[4] }) }
end
--- The angles that the neurons prefer, by their weights, [y][x]; the mean cosine of differences in x; and how they differ from the place in the barrel.
local function map()
  local angle = forward:sum_post("im"):atan2(forward:sum_post "re")
  local matrix, place = angle:reshape(SIDE, SIDE), (exc.y - exc.y:floor() - 0.5):atan2(exc.x - exc.x:floor() - 0.5)
  return matrix, (matrix:columns(2, SIDE) - matrix:columns(1, SIDE - 1)):cos():mean(), angle - place
end
local before, neighbours_before, from_place_before = map()
net:run(a.duration)
local after, neighbours, from_place = map()

local fig = lp.figure { rows = 2, columns = 2, heights = { 1.3, 1 }, width = "150 mm", height = "130 mm", style = "paper", letters = true }
local histogram = fig:axes(2, 1, { columns = 2 }):xlim(-180, 180):xlabel "preferred direction, from that of the place in the barrel (degrees)":ylabel "neurons"
for k, state in ipairs { { before, from_place_before, "before", "gray" }, { after, from_place, "after", "red", bar = "preferred direction (degrees)" } } do
  local axes, turned = fig[{ 1, k }], state[2] + math.pi
  axes:image(state[1] * (180 / math.pi), { map = "twilight", range = { -180, 180 }, extent = { 0, BARRELS, 0, BARRELS }, origin = "bottom", bar = state.bar })
  axes:title(state[3]):xlabel "x (barrels)":ylabel "y (barrels)"
  for border = 1, BARRELS - 1 do axes:vline(border, { color = "white", width = 0.8 }):hline(border, { color = "white", width = 0.8 }) end
  histogram:histogram(turned:mod(2 * math.pi) * (180 / math.pi) - 180, { bins = 36, range = { -180, 180 }, outline = true, color = state[4], label = state[3] })
end
print("figure: " .. fig:save(a.out))
lp.result { { "neighbours", neighbours }, { "outward", from_place:cos():mean() }, { "neighbours_before", neighbours_before } }
