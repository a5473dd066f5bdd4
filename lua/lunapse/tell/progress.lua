--- Progress of long work: a bar on a terminal, silence in a pipe, a function for who wants to know.
---
--- A run is cut into slices of wall time by asking the engine for intermediate times. The engine does whole ticks, in order, whatever the slices
--- are, so results do not depend on them.
local host = require "lunapse.core.host"
local options = require "lunapse.options"
local ranks = require "lunapse.ranks"
local screen = require "lunapse.tell.screen"
local words = require "lunapse.tell.text"

local progress = {}

local PATIENCE = 1          -- seconds until a bar appears
local REFRESH = 0.2         -- seconds between two states of it
local SLICE = 0.1           -- seconds of work between two looks at the clock
local CELLS = 24

local EIGHTHS = { "▏", "▎", "▍", "▌", "▋", "▊", "▉" }

--- The bar itself: "███▌      ".
---@param done number  0..1
---@param cells? integer
---@return string
function progress.bar(done, cells)
  cells = cells or CELLS
  local eighths = math.floor(math.max(0, math.min(1, done)) * cells * 8)
  local full, part = eighths // 8, eighths % 8
  return ("█"):rep(full) .. (part > 0 and EIGHTHS[part] or "") .. (" "):rep(cells - full - (part > 0 and 1 or 0))
end

--- The line under which a run can be watched: bar, simulated time, speed, time left, mean rates.
---@param state { done: number, t: number, duration: number, elapsed: number, rates: { name: string, rate: number }[] }
---@return string
function progress.line(state)
  local ran = state.done * state.duration
  local left = state.done > 0 and state.elapsed * (1 - state.done) / state.done or 0
  local speed = state.elapsed > 0 and ran / 1000 / state.elapsed or 0
  local parts = { ("%s %3.0f %%"):format("|" .. progress.bar(state.done) .. "|", math.floor(100 * state.done)),
    ("%s of %s"):format(words.time(ran), words.time(state.duration)), ("%.3g x real time"):format(speed), words.seconds(left) .. " left" }
  if state.duration == math.huge then parts = { words.time(state.t), words.seconds(state.elapsed) } end
  local rates = {}
  for k, r in ipairs(state.rates) do
    if k <= 3 then rates[k] = ("%s %.3g Hz"):format(r.name, r.rate) end
  end
  if #rates > 0 then parts[#parts + 1] = table.concat(rates, ", ") end
  return table.concat(parts, "  ")
end

local watching = setmetatable({}, { __close = host.unwatch_work })
local not_watching = setmetatable({}, { __close = function() end })

--- Show how far what the engine does is, until what this gives is closed.
---@param text string
---@param is_long boolean  only what is long is shown
---@return table
function progress.watch(text, is_long)
  if not is_long then return not_watching end
  host.watch_work(options.printable(text))
  return watching
end

--- Rates of the spiking populations since `counts` were taken.
local function rates_since(net, counts, ms)
  local rates = {}
  for k, p in ipairs(net.populations) do
    if p:_has_spikes() and p.size > 0 and ms > 0 then
      rates[#rates + 1] = { name = p.name, rate = (p._core:n_spikes() - (counts[k] or 0)) / p.size / ms * 1000 }
    end
  end
  return rates
end

local function counts_of(net)
  local counts = {}
  for k, p in ipairs(net.populations) do counts[k] = p._core:n_spikes() end
  return counts
end

--- Run slice by slice; `visit(state)` after each one.
--- `seconds`: the clock that slices are cut by. Where something is done between slices that ranks do together it is the same on all of them.
local function run_in_slices(net, until_t, visit, checkpoints, seconds)
  local core = net._core
  local start, began = core:time(), seconds()
  local duration, slice = until_t - start, 64 * net.dt
  local counts, at = counts_of(net), start
  local function look(is_over)
    if not net._live then return end
    net._live:_look { done = duration > 0 and (core:time() - start) / duration or 1, duration = duration, elapsed = seconds() - began, is_over = is_over }
  end
  while true do
    look()
    local before = seconds()
    local short = net._live and net._live.slice or math.huge
    at = math.min(until_t, at + math.min(slice, short))
    local result, message = core:run(at)
    if result ~= "done" then
      look(true)
      return result, message
    end
    local now = seconds()
    if checkpoints and ranks.n() > 1 and ranks.any("between two slices", host.is_terminated()) then return "interrupted" end
    if checkpoints and at < until_t then
      if net._live then net._live:_rest() end          -- what is written is the network without its view
      checkpoints:look()
    end
    visit { done = duration > 0 and math.min(1, (at - start) / duration) or 1, t = core:time(), duration = duration, elapsed = now - began,
      rates = setmetatable({}, { __index = function(_, k) return rates_since(net, counts, core:time() - start)[k] end }) }
    if at >= until_t then
      look(true)
      return "done"
    end
    local took = now - before
    if short < slice then took = SLICE end          -- it says nothing of longer ones
    slice = slice * math.max(0.25, math.min(4, SLICE / math.max(took, 1e-6)))
    slice = math.max(slice, net.dt)
  end
end

--- Is there somebody to draw a line for? Ranks cut their runs at the same steps, whatever the terminal of one of them.
local function is_live() return ranks.n() == 1 and screen.is_live() end

--- Run a network until a time; what the engine says: "done", or why not, and a message.
---@param net Network
---@param until_t number  ms
---@param opt { report?: fun(done: number, t: number)|boolean, report_every?: number }
---@param checkpoints? Checkpoints  asked between slices whether one is to be written
function progress.run(net, until_t, opt, checkpoints)
  if opt.report_every then options.number("net:run", "report_every", opt.report_every, 0, math.huge) end
  local report = type(opt.report) == "function" and opt.report
  if not report and not checkpoints and not net._live and (opt.report == false or not (opt.report or is_live())) then return net._core:run(until_t) end
  local every, told, is_drawn = opt.report_every and opt.report_every / 1000 or REFRESH, 0, false
  local on_terminal = not report and opt.report ~= false and is_live()
  local results = table.pack(pcall(run_in_slices, net, until_t, function(state)
    local is_last = state.done >= 1
    if report then
      if is_last or state.elapsed - told >= every then
        told = state.elapsed
        report(state.done, state.t)
      end
    elseif on_terminal and not is_last and state.elapsed >= PATIENCE and state.elapsed - told >= REFRESH then
      told, is_drawn = state.elapsed, true
      screen.say(progress.line(state))
    end
  end, checkpoints, (report or checkpoints) and ranks.seconds or host.seconds))
  if is_drawn then screen.clear() end
  if net._live then net._live:_rest() end
  if not results[1] then error(results[2], 0) end
  return table.unpack(results, 2, results.n)
end

return progress
