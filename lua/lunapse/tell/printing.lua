--- What print and the prompt show of networks, populations and projections.
local facts = require "lunapse.tell.facts"
local options = require "lunapse.options"
local words = require "lunapse.tell.text"

local printing = {}

--- Mean rate since the beginning, for what spikes.
local function rate_line(p)
  local t = p._net.t
  if not p:_has_spikes() or p.size == 0 or t <= 0 then return nil end
  local n = p._core:n_spikes()
  return ("  %s in %s: %.4g Hz"):format(words.plural(n, "spike"), words.time(t), n / p.size / t * 1000)
end

local function value_line(object, name)
  local v = object._compiled.variables_by_name[name]
  local a = object._arrays[name]
  if not a then return nil end
  return "  " .. words.value(name, v and v.scope == "uniform" and a[1] or a)
end

--- A population: size, model, rate so far, each variable with its range, mean and distribution.
---@param p Population
---@param names string[]  its variables
---@return string
function printing.population(p, names)
  local title = ("population '%s': %s"):format(p.name, words.plural(p.size, p._words.unit)) .. (p._words.suffix or "")
  if p._model then title = title .. (", model '%s'"):format(p._model.name) end
  local lines = { title }
  local rates = p:_given_rates()
  if rates then lines[2] = type(rates) == "number" and ("  rates = %g Hz"):format(rates) or "  " .. words.value("rates", rates) end
  lines[#lines + 1] = rate_line(p)
  for _, name in ipairs(names) do
    if p.size > 0 and not (rates and name == "rates") then lines[#lines + 1] = value_line(p, name) end
  end
  return options.printable(table.concat(lines, "\n"))
end

local function delays_text(p)
  local text = facts.delay_text(p)
  return (p._delay and "delay " or p.size > 0 and "delays " or "") .. text
end

local function fan_text(p)
  if p.size == 0 then return nil end
  local fan = p.fan_in
  local low, high = fan:min(), fan:max()
  return low == high and ("  %d for each post neuron"):format(low) or ("  %d to %d for each post neuron, mean %.4g"):format(low, high, fan:mean())
end

--- A projection: how many synapses, how they are stored, each variable with its range, mean and distribution.
---@param p Projection
---@param names string[]
---@return string
function printing.projection(p, names)
  local target = #p._targets > 0 and (", target %s"):format(table.concat(p._targets, " and ")) or ""
  local lines = { ("projection '%s': %s from '%s' to '%s'%s, %s, stored as %s"):format(p.name, words.plural(p.size, "synapse"), p.from.name, p.to.name,
    target, delays_text(p), facts.stored_as(p)) }
  lines[2] = ("  model '%s'%s"):format(p._model.name, p._plastic and "" or ", learning is off")
  lines[#lines + 1] = fan_text(p)
  p:_at_present(function()
    for _, name in ipairs(names) do lines[#lines + 1] = value_line(p, name) end
  end)
  return options.printable(table.concat(lines, "\n"))
end

--- A Poisson input: what it goes to, and its values.
---@param input PoissonInput
---@return string
function printing.poisson_input(input)
  local lines = { ("poisson input '%s' to %s of %s of population '%s'"):format(input.name, input.target, words.plural(input.size, "neuron"), input._population.name) }
  for _, name in ipairs { "rate", "n", "weight", "events" } do
    local is_one = input._compiled.variables_by_name[name].scope == "uniform"
    lines[#lines + 1] = "  " .. words.value(name, is_one and input._arrays[name][1] or input[name]) .. (name == "rate" and is_one and " Hz" or "")
  end
  return options.printable(table.concat(lines, "\n"))
end

--- A network: its settings, a line for each population and projection; net:describe() says more.
---@param net Network
---@return string
function printing.network(net)
  local lines = { ("network: dt = %g ms, seed %d, %s, %s, t = %s"):format(net.dt, net.seed, net._precision, words.plural(net._threads, "thread"),
    words.time(net.t)) }
  for _, p in ipairs(net.populations) do lines[#lines + 1] = ("  population '%s': %s"):format(p.name, words.plural(p.size, p._words.unit)) end
  for _, p in ipairs(net.projections) do
    lines[#lines + 1] = ("  projection '%s': %s from '%s' to '%s'"):format(p.name, words.plural(p.size, "synapse"), p.from.name, p.to.name)
  end
  for _, input in ipairs(net.inputs) do
    lines[#lines + 1] = ("  poisson input '%s': to %s of %s of '%s'"):format(input.name, input.target, words.plural(input.size, "neuron"), input._population.name)
  end
  if #net.recordings > 0 then lines[#lines + 1] = ("  %s, %s"):format(words.plural(#net.recordings, "recording"), words.plural(#net.operations, "operation")) end
  return options.printable(table.concat(lines, "\n"))
end

return printing
