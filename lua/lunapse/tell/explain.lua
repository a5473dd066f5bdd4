--- What was made of the user's text: net:explain().
local alternatives = require "lunapse.language.back.alternatives"
local back = require "lunapse.language.back"
local facts = require "lunapse.tell.facts"
local print_tree = require "lunapse.language.base.print"
local words = require "lunapse.tell.text"

---@class Network
local Network = {}

local function add(lines, more)
  for _, line in ipairs(more) do lines[#lines + 1] = line end
end

-- ---- explain ----

local function equation_lines(checked)
  local lines = {}
  for _, row in ipairs(checked.rows) do
    local shown = row.name ~= "name" and row.kind ~= "parameters" and print_tree.part(checked, row) or {}
    if row.kind == "period" or row.kind == "choice" or row.kind == "words" then
      lines[#lines + 1] = shown[1] and ("    %s: %s"):format(row.name, shown[1])
    elseif #shown > 0 then
      lines[#lines + 1] = "    " .. row.name
      for _, line in ipairs(shown) do lines[#lines + 1] = "      " .. line end
    end
  end
  return lines
end

local scope_words = { uniform = "one value", elem = "one per neuron", pre = "one per pre neuron", post = "one per post neuron", syn = "one per synapse" }

local function scope_lines(compiled)
  local by_scope, order = {}, {}
  for _, v in ipairs(compiled.variables) do
    if v.kind ~= "hidden" and v.kind ~= "derived" then
      if not by_scope[v.scope] then
        by_scope[v.scope] = {}
        order[#order + 1] = v.scope
      end
      table.insert(by_scope[v.scope], v.name)
    end
  end
  local lines = {}
  for _, scope in ipairs(order) do lines[#lines + 1] = ("    %s: %s"):format(scope_words[scope], table.concat(by_scope[scope], ", ")) end
  return lines
end

local function method_lines(object)
  local lines = {}
  for _, note in ipairs(object._compiled.notes or {}) do
    if note.what == "method" or note.what == "storage" or note.what == "held" or note.what == "refractory" then lines[#lines + 1] = "    " .. note.text end
  end
  local checked, made = object._model.checked, object._made
  local compile = checked.kind == "neuron" and back.neuron or back.synapse
  local others, usable = alternatives.of(checked, function() return compile(checked, made.use) end), {}
  for _, other in ipairs(others) do
    if not other.reason then usable[#usable + 1] = other.method end
  end
  if #usable > 0 then lines[#lines + 1] = "    the whole could use: " .. table.concat(usable, ", ") end
  for _, other in ipairs(others) do
    if other.reason then lines[#lines + 1] = ("    %s refuses: %s"):format(other.method, other.reason) end
  end
  return lines
end

local function derived_lines(compiled)
  local lines = {}
  for _, note in ipairs(compiled.notes or {}) do
    if note.what == "derived" then lines[#lines + 1] = ("    %s = %s"):format(note.name, note.formula) end
  end
  return lines
end

local function section(lines, title, content)
  if #content == 0 then return end
  lines[#lines + 1] = "  " .. title
  add(lines, content)
end

local function random_text(object)
  local n = object._compiled.n_draws or 0
  if not object._model and object._words.random then return object._words.random:format(object._object, object._net.seed) end
  return n == 0 and "none in the equations" or ("%s a step and element, stream %d of seed %d"):format(words.plural(n, "draw"), object._object, object._net.seed)
end

--- When what post spikes do to synapses is done.
local function post_spikes_text(p)
  local needs = p._compiled.needs
  if not needs.reverse then return nil end
  local is_off, why
  if needs.later then is_off, why = p._core:puts_off() end
  if is_off then return "written down, and done to synapses when these are read next" end
  return "done to synapses at once: " .. (why or needs.now or "synapses share what they learn")
end

local function explain_object(lines, object, net)
  if object._model then
    section(lines, "as understood", equation_lines(object._model.checked))
    section(lines, "where values live", scope_lines(object._compiled))
    section(lines, "methods", method_lines(object))
    section(lines, "computed when a parameter changes", derived_lines(object._compiled))
  else
    local how = object._core:describe_source()
    if how ~= "" then lines[#lines + 1] = "  method: " .. how end
  end
  lines[#lines + 1] = "  tier: " .. facts.tier_of(net, object)
  lines[#lines + 1] = "  memory: " .. words.bytes(facts.bytes_of(object))
  lines[#lines + 1] = "  random numbers: " .. random_text(object)
end

--- What was made of the text of each object: equations as understood, where each value lives, which methods advance the equations and why others
--- refuse, how synapses are stored, which code runs them, memory, streams of random numbers, and the cost of a step if `net:profile` has measured it.
---@return Page
function Network:explain()
  local lines = { facts.head(self) }
  lines[2] = facts.telling(self)
  for _, p in ipairs(self.populations) do
    lines[#lines + 1] = ""
    lines[#lines + 1] = ("population '%s': %s, %s"):format(p.name, words.plural(p.size, "neuron"), p:_what())
    explain_object(lines, p, self)
    local share = facts.share_of(p)
    if share then lines[#lines + 1] = "  ranks: " .. share end
    lines[#lines + 1] = require("lunapse.tell.profile").line(self, p)
  end
  for _, p in ipairs(self.projections) do
    lines[#lines + 1] = ""
    lines[#lines + 1] = ("projection '%s': %s from '%s' to '%s', model %s, delay %s"):format(p.name, words.plural(p.size, "synapse"), p.from.name, p.to.name,
      p._model.name, facts.delay_text(p))
    lines[#lines + 1] = "  stored as: " .. facts.stored_as(p) .. (p._weight_scope == "uniform" and ", one weight for all" or "")
    local held = facts.part_of(p)
    if held then lines[#lines + 1] = "  ranks: " .. held end
    local post_spikes = post_spikes_text(p)
    if post_spikes then lines[#lines + 1] = "  post spikes: " .. post_spikes end
    explain_object(lines, p, self)
    lines[#lines + 1] = require("lunapse.tell.profile").line(self, p)
  end
  for _, input in ipairs(self.inputs) do
    lines[#lines + 1] = ""
    lines[#lines + 1] = ("poisson input '%s': to %s of %s of '%s', at the start of every step"):format(input.name, input.target, words.plural(input.size, "neuron"),
      input._population.name)
    explain_object(lines, input, self)
    lines[#lines + 1] = require("lunapse.tell.profile").line(self, input)
  end
  return words.page(lines)
end

return Network
