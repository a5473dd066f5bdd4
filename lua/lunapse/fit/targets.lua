--- What a model is to do, for lp.fit: traces of variables and trains of spikes, one for each of some inputs, with what counts of them.
local array = require "lunapse.array"
local options = require "lunapse.options"

---@class FitTerm            one thing to come near to
---@field name string        a variable, or "spike"
---@field data any[]         for each input: an array [rows], or a list of trains (lists of times)
---@field objective "mse"|"gamma"|fun(simulated: any, target: any, run: table): number
---@field weight number

local targets = {}

local where = "lp.fit"

local function fail(text, ...) options.fail(("%s: %s"):format(where, text:format(...))) end

local function is_record(x)
  if type(x) ~= "table" or array.is(x) then return false end
  local ok, has = pcall(function() return x.neuron ~= nil and x.t ~= nil end)
  return ok and has
end

-- ---- traces ----

--- Columns of an array [rows] or [rows][traces]; finite.
function targets.columns(what, given)
  local ok, a = pcall(array.from, given, "float64")
  if not ok or a:axes() > 2 or a:size() == 0 then
    fail("%s must be an array [rows] or [rows][inputs] of numbers, got %s", what, array.is(given) and "shape " .. table.concat({ given:shape() }, " x ") or options.show(given))
  end
  if a:axes() == 1 then a = a:expand() end
  if not a:isfinite():all() then
    local bad = (~a:isfinite()):flatten():argmax() - 1
    local _, n = a:shape()
    fail("%s is not finite at row %d%s: what is to be left out of a target lies outside of 'windows'", what, bad // n + 1, n > 1 and (", input %d"):format(bad % n + 1) or "")
  end
  local columns = {}
  for k = 1, select(2, a:shape()) do columns[k] = a:column(k):copy() end
  return columns
end

-- ---- spikes ----

local function train(what, times)
  local ok, a = pcall(array.from, times, "float64")
  if not ok or (a:size() > 0 and a:axes() ~= 1) or not a:isfinite():all() then fail("%s must be a list of times in ms, got %s", what, options.show(times)) end
  return a:size() > 0 and a:sort():table() or {}
end

--- The trains of one input: those of a record of spikes, or one list of times.
local function trains(what, given)
  if not is_record(given) then return { train(what, given) } end
  local list = require("lunapse.analysis").trains(given)
  for k, t in ipairs(list) do list[k] = t:table() end
  if #list == 0 then fail("%s is a record of no neuron", what) end
  return list
end

--- Trains for each input.
local function spikes(given)
  if is_record(given) or array.is(given) then return { trains("target 'spike'", given) } end
  if type(given) ~= "table" then fail("target 'spike' must be a record of spikes or a list of times, got %s", options.show(given)) end
  if type(given[1]) == "number" or #given == 0 then return { trains("target 'spike'", given) } end
  local list = {}
  for k, one in ipairs(given) do list[k] = trains(("target 'spike', number %d"):format(k), one) end
  return list
end

-- ---- all of it ----

local function recordable(model)
  local names = {}
  for _, v in ipairs(model.checked.variables) do names[#names + 1] = v.name end
  for _, d in ipairs(model.checked.definitions) do names[#names + 1] = d.target.name end
  if model.checked.spike then names[#names + 1] = "spike" end
  return names
end

--- A target without a name: a record is of spikes, numbers are a trace of v.
local function named(model, given)
  if given == nil then fail "option 'target' is missing: a trace, { v = trace }, or { spike = record }" end
  if is_record(given) then return { spike = given } end
  local is_list = array.is(given) or type(given) == "table" and #given > 0
  if not is_list then
    if type(given) ~= "table" or next(given) == nil then fail("target must be a trace, a record of spikes, or a table of these by name, got %s", options.show(given)) end
    return given
  end
  if not array.is(given) and is_record(given[1]) then return { spike = given } end
  local names = recordable(model)
  for _, name in ipairs(names) do if name == "v" then return { v = given } end end
  return fail("model '%s' has no variable v: say of what the target is a trace, target = { %s = ... }", model.name, names[1] or "name")
end

local function of_term(given, name, default)
  if type(given) == "table" then
    local value = given[name]
    return value == nil and default or value
  end
  return given == nil and default or given
end

local function check_names(option, given, terms)
  if type(given) ~= "table" then return end
  local names = {}
  for k, term in ipairs(terms) do names[k] = term.name end
  for name in pairs(given) do
    local found = false
    for _, known in ipairs(names) do found = found or known == name end
    if not found then fail("%s: %s", option, options.unknown("target", name, { table.unpack(names) })) end
  end
end

--- The terms of the error, in the order of their names.
---@param model Model
---@param opt { target: any, objective?: any, weights?: table<string, number> }
---@return FitTerm[]
function targets.read(model, opt)
  local terms, known = {}, recordable(model)
  for name, given in pairs(named(model, opt.target)) do
    local is_known = false
    for _, other in ipairs(known) do is_known = is_known or other == name end
    if not is_known then fail("target: model '%s': %s", model.name, options.unknown("variable", name, { table.unpack(known) })) end
    local is_spikes = name == "spike"
    terms[#terms + 1] = { name = name, data = is_spikes and spikes(given) or targets.columns(("target '%s'"):format(name), given),
      from = is_spikes and is_record(given) and given.from or nil, to = is_spikes and is_record(given) and given.to or nil }
  end
  table.sort(terms, function(a, b) return a.name < b.name end)
  check_names("objective", opt.objective, terms)
  check_names("weights", opt.weights, terms)
  for _, term in ipairs(terms) do
    local usual = term.name == "spike" and "gamma" or "mse"
    term.objective = of_term(opt.objective, term.name, usual)
    if type(term.objective) ~= "function" and term.objective ~= usual then
      if term.objective == "mse" or term.objective == "gamma" then
        fail("objective '%s' is of %s: target '%s' has '%s', or a function", term.objective, usual == "mse" and "spikes" or "traces", term.name, usual)
      end
      fail("%s", options.unknown("objective", term.objective, { "mse", "gamma" }))
    end
    term.weight = options.number(where, ("the weight of '%s'"):format(term.name), of_term(opt.weights, term.name, 1), 0, math.huge)
  end
  return terms
end

--- Stretches of time that count, in ms: checked, within 0..duration; nil: all.
---@return number[][]?
function targets.windows(given, duration)
  if given == nil then return nil end
  if type(given) == "table" and type(given[1]) == "number" then given = { given } end
  if type(given) ~= "table" or #given == 0 then fail("windows must be { from, to } in ms, or a list of these, got %s", options.show(given)) end
  local last, list = 0, {}
  for k, w in ipairs(given) do
    local from, to = type(w) == "table" and w[1], type(w) == "table" and w[2]
    if type(from) ~= "number" or type(to) ~= "number" or not (from >= last and to > from and to <= duration * (1 + 1e-9)) then
      fail("window %d must be { from, to } in ms within 0 .. %g, behind the window before it, got %s", k, duration,
        type(w) == "table" and ("{ %s, %s }"):format(options.show(from), options.show(to)) or options.show(w))
    end
    last, list[k] = to, { from, to }
  end
  return list
end

return targets
