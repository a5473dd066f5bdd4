--- The flags: what may follow ` : ` behind a statement, one row each, in the order in which they are written. Whoever has to do with flags reads this table;
--- a new flag is a row here, and what acts on it.
---
---   name      of the field in a statement's `flags`
---   kind      "setting"  name = expression, kept as a tree
---             "choice"   one of the words of `words`, kept as what it means
---             "unit"     a unit, kept as its vector
---             "word"     is there or not: the words of `text`, or the name as one word
---   behind    the kinds of places that take it (column `flags` of base/parts.lua; "parameter": a parameter's line)
---   of, part  the kind of model, or the part of one, to which it belongs; nil: all of these
---   words     each word of a choice -> the one that it means
local flags = {}

local all = { equation = true, event = true, parameter = true }
local statement = { equation = true, event = true }

--- How an equation is solved.
flags.methods = {
  explicit = "explicit", euler = "explicit", implicit = "implicit",
  ["semi-implicit"] = "semi-implicit", semiimplicit = "semi-implicit", semi_implicit = "semi-implicit",
  exponential = "exponential", exact = "exact", midpoint = "midpoint", rk2 = "midpoint", heun = "heun", rk4 = "rk4", rk45 = "rk45",
  ["exponential-rosenbrock"] = "exponential-rosenbrock", exponential_rosenbrock = "exponential-rosenbrock",
  milstein = "milstein", ["event-driven"] = "event-driven", event_driven = "event-driven",
}

--- Whose a variable is.
flags.scopes = {
  population = "population", projection = "projection", presynaptic = "presynaptic", postsynaptic = "postsynaptic",
  ["local"] = "local", semiglobal = "postsynaptic", global = "global", shared = "global",
}

--- What values a variable has.
flags.types = { int = "int", bool = "bool", float = "float" }

flags.rows = {
  { name = "init", kind = "setting", behind = statement },
  { name = "min", kind = "setting", behind = all },
  { name = "max", kind = "setting", behind = all },
  { name = "every", kind = "setting", behind = { equation = true } },
  { name = "proba", kind = "setting", behind = { creating = true, pruning = true } },
  { name = "w", kind = "setting", behind = { creating = true } },
  { name = "d", kind = "setting", behind = { creating = true } },
  { name = "method", kind = "choice", behind = { equation = true }, words = flags.methods },
  { name = "rtol", kind = "setting", behind = { equation = true } },
  { name = "atol", kind = "setting", behind = { equation = true } },
  { name = "scope", kind = "choice", behind = all, words = flags.scopes },
  { name = "type", kind = "choice", behind = all, words = flags.types },
  { name = "unit", kind = "unit", behind = all },
  { name = "unless_refractory", kind = "word", text = "unless refractory", behind = { equation = true }, of = "neuron" },
  { name = "clock_driven", kind = "word", text = "clock-driven", behind = { equation = true }, of = "synapse" },
  { name = "constant", kind = "word", behind = { equation = true, parameter = true } },
  { name = "point_current", kind = "word", text = "point current", behind = { equation = true, parameter = true }, of = "neuron" },
  { name = "unless_post", kind = "word", text = "unless post", behind = { event = true }, part = "pre_spike" },
}

for _, row in ipairs(flags.rows) do flags.rows[row.name] = row end

--- Flags of other programs, and what is written here.
flags.elsewhere = {
  summed = "a sum over synapses into neurons: post.total = sum(w)",
  linked = "another population's variable is read where it is needed: mod.v, with refs = { mod = population }",
  ["constant over dt"] = "what a line assigns stands still within a step anyway: leave the flag out",
  exponential_euler = "did you mean 'exponential'?", gsl_rkf45 = "did you mean 'rk45'?", gsl = "did you mean 'rk45'?", linear = "did you mean 'exact'?",
}

--- May the flag stand there? A statement of which nothing is known ("any") takes all that some statement takes.
---@param row table
---@param place_kind string
---@return boolean
function flags.takes(row, place_kind)
  if place_kind == "any" then return row.behind.equation or row.behind.event or false end
  return row.behind[place_kind] or false
end

--- The words of a flag of kind "word", by any spelling of them; nil where there is none.
---@param word string  "unless refractory" or "unless_refractory"
---@return table? row
function flags.of_word(word)
  local row = flags.rows[word:gsub(" ", "_")]
  return row and row.kind == "word" and row or nil
end

return flags
