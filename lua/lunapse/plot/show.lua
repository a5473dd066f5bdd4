--- Figures at once: lp.plot chooses one for what it is given, fig:show draws it in the terminal, net:watch keeps one fresh during a run.
local array = require "lunapse.core.array"
local host = require "lunapse.core.host"
local options = require "lunapse.options"
local population = require "lunapse.network.population"
local projection = require "lunapse.network.projection"
local recording = require "lunapse.network.recording"
local screen = require "lunapse.tell.screen"

---@class Network
local Network = {}

local show = { methods = Network }

local MOST_LINES = 12          -- columns of a matrix that are still drawn as lines
local MOST_CELLS = 4000000     -- of a matrix of weights

-- ---- choosing ----

local function new(opt) return require("lunapse.plot.figure").new(opt) end

local function plot_array(a, title)
  local fig = new()
  local _, columns = a:shape()
  if not columns then fig[1]:line(a):xlabel "index"
  elseif a:axes() > 2 then fig[1]:image(a, { aspect = "equal" }):xlabel "column":ylabel "row"
  elseif columns <= MOST_LINES then fig[1]:line(a):xlabel "row"
  else fig[1]:image(a, { bar = true }):xlabel "column":ylabel "row" end
  if title then fig[1]:title(title) end
  return fig
end

local function plot_rows(r)
  local names = r:_names()
  local fig = new { rows = #names, share_x = #names > 1 or nil }
  local t = r.t
  for k, name in ipairs(names) do
    local rows = r[name]
    local n, columns = rows:shape()
    if (columns or 1) <= MOST_LINES or n < 2 then
      fig[k]:line(t, rows):ylabel(name)
    else
      fig[k]:image(rows:transpose(), { extent = { t[1], t[n], 0.5, columns + 0.5 }, bar = name }):ylabel "element"
    end
    if k == #names then fig[k]:xlabel "time (ms)" end
  end
  fig[1]:title(r._of)
  return fig
end

local function plot_spikes(r)
  local fig = new()
  fig[1]:raster(r):xlabel "time (ms)":ylabel "neuron"
  if rawget(r, "_of") then fig[1]:title(r._of) end
  return fig
end

local function plot_projection(p)
  local fig, w = new(), p.w
  if array.is(w) and p.from.size * p.to.size <= MOST_CELLS and p.from.size > 1 and p.to.size > 1 then
    fig[1]:image(p:matrix("w", 0 / 0), { bar = "w" }):xlabel("pre: " .. p.from.name):ylabel("post: " .. p.to.name)
  else
    fig[1]:histogram(array.is(w) and w or array.full(w, p.size)):xlabel "w":ylabel "synapses"
  end
  fig[1]:title(("projection '%s'"):format(p.name))
  return fig
end

local function plot_population(p)
  local names = {}
  for _, v in ipairs(p._compiled.variables) do
    if v.kind == "state" and v.scope == "elem" and #names < 4 then names[#names + 1] = v.name end
  end
  if #names == 0 then options.fail(("lp.plot: population '%s' has no variables to show; plot a recording of it"):format(p.name)) end
  local fig = new { rows = #names }
  for k, name in ipairs(names) do fig[k]:points(p[name]):ylabel(name) end
  fig[#names]:xlabel "neuron"
  fig[1]:title(("population '%s'"):format(p.name))
  return fig
end

local function is_a(x, class) return type(x) == "table" and getmetatable(x) == class end

--- A figure of what is given: lines of a recording (an image, where it has many columns), a raster of recorded spikes, the weights of a projection as a
--- matrix, the variables of a population, a line or an image of an array or a table of numbers, the samples of a sound.
---@param x Recording|SpikeRecording|Projection|Population|ArrayLike|Sound
---@return lunapse.Figure  lp.plot(x):show() or :save "name.png"
--- Errors: "lp.plot: a recording, a population, a projection, an array or a sound expected, got a string".
function show.plot(x)
  if array.is(x) then return plot_array(x) end
  if is_a(x, recording.Recording) then return plot_rows(x) end
  if is_a(x, recording.SpikeRecording) then return plot_spikes(x) end
  if projection.is(x) then return plot_projection(x) end
  if population.is(x) then return plot_population(x:_whole()) end
  if type(x) == "table" then
    local class = getmetatable(x) or {}
    if class.__name == "lunapse.spikes" then return plot_spikes(x) end
    if class.draw and rawget(x, "values") then
      local fig = new()
      x:draw(fig[1])
      return fig
    end
    if class.samples then return plot_array(x:samples(), tostring(x):match "^[^\n]*") end
    local ok, a = pcall(array.from, x)
    if ok then return plot_array(a) end
  end
  return options.fail(("lp.plot: a recording, a population, a projection, an array or a sound expected, got a %s"):format(type(x)))
end

-- ---- showing ----

local has_sixel    -- what the terminal said of itself when it was first asked

--- "blocks", unless the terminal announces sixel among its abilities (the 4 in its answer to DA1).
local function announced()
  if has_sixel == nil then
    local answer = host.ask_terminal("\27[c", "c", 0.2)
    has_sixel = answer ~= nil and answer:find "[?;]4[;c]" ~= nil
  end
  return has_sixel and "sixel" or "blocks"
end

local function settings(opt)
  local terminal = require "lunapse.plot.terminal"
  local colour, protocol = os.getenv "COLORTERM", opt.protocol or terminal.protocol()
  if protocol == "blocks" and not opt.protocol and not os.getenv "LUNAPSE_GRAPHICS" then protocol = announced() end
  return { protocol = protocol, columns = opt.columns or math.min(host.columns() - 1, 100), dpi = opt.dpi,
    is_true_colour = colour == "truecolor" or colour == "24bit" }
end

local protocols = { kitty = true, iterm2 = true, sixel = true, blocks = true }

--- Write a figure to the terminal, or show it below the cell of a notebook, there in place of the one at `place`.
---@return any place  for the next one; in the terminal the number of lines that it takes, where that is known
function show.show(figure, opt, place)
  opt = options.check("fig:show", opt or {}, { protocol = "string", columns = "number", dpi = "number", format = "string" })
  if opt.format and opt.format ~= "png" and opt.format ~= "svg" then options.fail(('fig:show: format must be "png" or "svg", got "%s"'):format(opt.format)) end
  if screen.notebook then return screen.notebook.figure(figure, place, opt) end
  if opt.protocol and not protocols[opt.protocol] then
    options.fail(('fig:show: protocol must be "blocks", "iterm2", "kitty" or "sixel", got "%s"'):format(opt.protocol))
  end
  local text, lines = require("lunapse.plot.terminal").text(figure, settings(opt))
  io.stdout:write(text)
  io.stdout:flush()
  return lines
end

-- ---- watching ----

--- Keep a figure fresh while the network runs: `net:watch { spikes, every = 100 }` draws it anew in the terminal, or below the cell of a notebook, every 100 ms of simulated time,
--- `file = "live.png"` writes it to a file instead. What is watched is anything that lp.plot takes, or a function that makes a figure. Faster than
--- `at_most` times a second (10) it is not drawn. The operation that this gives can be stopped and removed.
---@param opt { [1]: any, every?: number, file?: string, at_most?: number }  every: ms of simulated time, 100 unless given
---@return Operation
function Network:watch(opt)
  options.check("net:watch", opt, { [1] = "any", every = "number", file = "string", at_most = "number" })
  local what = opt[1]
  if what == nil then options.fail "net:watch: what is to be watched stands first: net:watch { spikes, every = 100 }" end
  local make = type(what) == "function" and what or function() return show.plot(what) end
  local drawn, at, pause = nil, -math.huge, 1 / (opt.at_most or 10)
  return self:every(opt.every or 100, function()
    local now = host.seconds()
    if now - at < pause then return end
    local fig = make()
    if opt.file then
      fig:save(opt.file)
    elseif screen.notebook or host.is_terminal(1) then
      if drawn and not screen.notebook then io.stdout:write(("\27[%dA"):format(drawn)) end
      drawn = show.show(fig, nil, drawn)
    end
    at = host.seconds()
  end)
end

return show
