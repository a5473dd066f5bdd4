--- Scopes: over what each variable has to vary, found from what it depends on.
---
--- Levels are bits, so joining dependences is `|`: uniform 0, pre 1, post 2, both 3. A variable varies over everything that its lines
--- read and over whatever its events happen to; the least such levels are found by going round until nothing grows.

local parts = require "lunapse.language.base.parts"
local printer = require "lunapse.language.base.print"
local tree = require "lunapse.language.base.tree"

local scope = {}

local words = {
  neuron = { population = 0, ["local"] = 3, global = 0 },
  synapse = { projection = 0, global = 0, presynaptic = 1, postsynaptic = 2, ["local"] = 3 },
}

local lives = { neuron = { [0] = "per population", [3] = "per neuron" },
  synapse = { [0] = "per projection", "per pre neuron", "per post neuron", "per synapse" } }

--- A level in words: "once per post neuron".
function scope.words(model, level) return "once " .. lives[model.kind][level] end

--- The level that a scope flag means in a model, or nil (with the flags there are) where it means nothing.
function scope.of_flag(model, flag)
  return words[model.kind][flag]
end

--- Join of the levels of all names and calls in a tree.
---@param node table
---@param level_of fun(node: table): integer, boolean?  the second result: what stands inside does not count
---@return integer
function scope.of_tree(node, level_of)
  local level = 0
  tree.each(node, function(n)
    if n.kind == "name" or n.kind == "call" then
      local own, closed = level_of(n)
      level = level | own
      if closed then return false end -- what a reduction reads inside it does not count outside
    end
  end)
  return level
end

--- For each variable of a model the uses that read it.
local function readers_of(model, uses)
  local readers = {}
  for _, use in ipairs(uses) do
    local seen = {}
    for _, root in ipairs(use.trees) do
      tree.each(root, function(n)
        local variable = n.kind == "name" and not n.base and model.by_name[n.name]
        if variable and not seen[variable] then
          seen[variable] = true
          readers[variable] = readers[variable] or {}
          table.insert(readers[variable], use)
        end
      end)
    end
  end
  return readers
end

--- Let levels grow until every variable covers what it depends on.
--- `uses` = list of { variable, trees, context, statement }: the trees are read where the variable is written; `context` is the level
--- of the place (an event of one neuron). A variable with `fixed` keeps its level.
---@param model table
---@param uses table[]
---@param level_of_tree fun(node: table, use: table): integer
function scope.infer(model, uses, level_of_tree)
  local readers, waiting, is_waiting = readers_of(model, uses), {}, {}
  for k = #uses, 1, -1 do waiting[#waiting + 1], is_waiting[uses[k]] = uses[k], true end
  while #waiting > 0 do
    local use = table.remove(waiting)
    is_waiting[use] = nil
    local variable = use.variable
    local level = variable.level | use.context
    for _, node in ipairs(level ~= 3 and use.trees or {}) do level = level | level_of_tree(node, use) end -- more than 3 there is not
    if level ~= variable.level and not variable.fixed then
      variable.level = level
      for _, reader in ipairs(readers[variable] or {}) do -- they have to be looked at again
        if not is_waiting[reader] then waiting[#waiting + 1], is_waiting[reader] = reader, true end
      end
    end
  end
end

--- The uses of each variable, in order.
---@return table<table, table[]>
function scope.by_variable(uses)
  local of = {}
  for _, use in ipairs(uses) do
    of[use.variable] = of[use.variable] or {}
    table.insert(of[use.variable], use)
  end
  return of
end

--- Why a variable lives where it does, in words: what it reads, and the events that write it.
---@param uses table[]  of the variable
---@param variable table
---@param level_of fun(node: table, use: table): integer
---@return string  empty where there is nothing to say
function scope.reason(uses, variable, level_of)
  local reads, seen = {}, {}
  local function add(text)
    if not seen[text] then
      seen[text] = true
      reads[#reads + 1] = text
    end
  end
  for _, use in ipairs(uses) do
    local row = parts.row(use.part)
    if row and row.side then add(("%s of the %s neuron"):format(row.event == "spike" and "spikes" or ("events '%s'"):format(row.event), row.side)) end
    for _, node in ipairs(use.trees) do
      tree.each(node, function(n)
        if (n.kind == "name" or n.kind == "call") and n.name ~= variable.name and level_of(n, use) ~= 0 then add(printer.tree(n)) end
      end)
    end
  end
  if #reads == 0 then return "" end
  return ": it depends on " .. table.concat(reads, ", ")
end

--- The use, and the node in it, that make a variable vary over more than its flag says.
local function find_culprit(uses, variable, level_of)
  local flag = variable.flag_level
  for _, use in ipairs(uses) do
    if use.variable == variable then
      if use.context & ~flag ~= 0 then return use, nil end
      for _, node in ipairs(use.trees) do
        local culprit = tree.find(node, function(n)
          return (n.kind == "name" or n.kind == "call") and n.name ~= variable.name and level_of(n, use) & ~flag ~= 0
        end)
        if culprit then return use, culprit end
      end
    end
  end
end

--- Hold the scope flags against what was inferred: a wider flag widens, a narrower one is an error that names the dependence.
---@param model table
---@param uses table[]
---@param level_of fun(node: table, use: table): integer
function scope.check(model, uses, level_of)
  local hint = "leave the flag out: scopes are inferred"
  for _, one in ipairs(uses) do
    local variable = one.variable
    local flag = variable.flag_level
    if flag and variable.level & ~flag ~= 0 then
      local says = ("'%s' is said to be %s (%s), but it "):format(variable.name, variable.flag, scope.words(model, flag))
      local use, culprit = find_culprit(uses, variable, level_of)
      if culprit then
        model:fail(use.statement, culprit, says .. "depends on what lives " .. scope.words(model, level_of(culprit, use)), hint)
      elseif use then
        local row = parts.row(use.part)
        if row and row.side and use.context == 3 then hint = "the delays differ, so every synapse has events of its own" end
        model:fail(use.statement, use.statement.target, says .. "is written " .. lives[model.kind][use.context] .. " here", hint)
      end
      model:fail(one.statement, one.statement.target, says .. "lives " .. scope.words(model, variable.level), hint)
    end
  end
end

return scope
