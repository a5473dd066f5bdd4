--- `lunapse --dump=STAGE script.lua`: what each stage made of every model that the script used, printed after the script has run.
---
---   tokens   the words of each text              program  the kernel programs of each population and projection
---   tree     each statement as a tree            c        the C text that they become
---   model    the checked model                   plan     what runs when in each network
local compiled = require "lunapse.network.compiled"
local language_dump = require "lunapse.language.front.stages"
local model = require "lunapse.network.model"
local network = require "lunapse.network.network"
local options = require "lunapse.options"
local print_tree = require "lunapse.language.base.print"

local dump = {}

local stages = { tokens = "model", tree = "model", model = "model", program = "compiled", c = "compiled", plan = "network" }

local networks, models = {}, {}      -- what the script has made, in order

--- Wrap a constructor so that what it makes is kept.
local function keep(module, name, list)
  local make = module[name]
  module[name] = function(...)
    local made = make(...)
    list[#list + 1] = made
    return made
  end
end

--- Begin to keep what the script makes. Errors: an unknown stage.
---@param stage string
function dump.start(stage)
  if not stages[stage] then error(("--dump=%s: the stages are tokens, tree, model, program, c and plan"):format(stage), 0) end
  keep(network, "new", networks)
  keep(model, "neuron", models)
  keep(model, "synapse", models)
end

-- ---- models ----

local function each_object(f)
  for _, net in ipairs(networks) do
    for _, p in ipairs(net.populations) do f(net, p, "population") end
    for _, p in ipairs(net.projections) do f(net, p, "projection") end
  end
end

--- Every checked model that the script made or used, once, in the order of their first use.
local function checked_models()
  local list, seen = {}, {}
  local function add(checked)
    if seen[checked] then return end
    seen[checked] = true
    list[#list + 1] = checked
  end
  for _, made in ipairs(models) do add(made.checked) end
  each_object(function(_, p)
    if p._model then add(p._model.checked) end
  end)
  return list
end

-- ---- programs ----

local function operand(program, instruction, k)
  local slot = instruction.slot and program.slots[instruction.slot]
  local words = { instruction.op }
  if slot then words[#words + 1] = (slot.owner == "self" and "" or slot.owner .. ".") .. slot.var end
  if instruction.op == "const" then words[#words + 1] = print_tree.number(instruction.value) end
  if instruction.draw then words[#words + 1] = "site " .. instruction.draw end
  if instruction.scope then words[#words + 1] = instruction.scope end
  for _, argument in ipairs(instruction) do words[#words + 1] = "%" .. argument end
  return ("%%%-3d %s"):format(k, table.concat(words, " "))
end

--- A kernel program: its slots, then one instruction a line, with the user's line above what it became.
---@param program table
---@return string
function dump.program(program)
  local lines = { ("program %s, nest %s"):format(program.name, program.nest) }
  for k, slot in ipairs(program.slots) do
    lines[#lines + 1] = ("  slot %d: %s.%s, %s, %s%s"):format(k, slot.owner, slot.var, slot.scope, slot.kind, slot.history and ", as it was" or "")
  end
  local linear = program.linear
  if linear then lines[#lines + 1] = ("  %s of %d linear equations"):format(linear.kind, linear.size) end
  for k, instruction in ipairs(program.code) do
    local comment = program.comments and program.comments[k]
    if comment then lines[#lines + 1] = "  # " .. comment end
    lines[#lines + 1] = "  " .. operand(program, instruction, k)
  end
  return table.concat(lines, "\n")
end

local function programs_of(made)
  local parts = {}
  for _, entry in ipairs(made.compiled.programs) do
    parts[#parts + 1] = ("%s, over %s%s\n%s"):format(entry.role, entry.over, entry.every and (", every %g ms"):format(entry.every) or "", dump.program(entry.program))
  end
  return table.concat(parts, "\n\n")
end

local function c_of(made)
  local entries = compiled.native_entries(made)
  if #entries == 0 then return "/* nothing to compile */" end
  return (compiled.source(entries, made.settings))
end

-- ---- the whole ----

--- The text of a stage, for what was made since start.
---@param stage string
---@return string
function dump.text(stage)
  local parts = {}
  if stages[stage] == "model" then
    for _, checked in ipairs(checked_models()) do parts[#parts + 1] = language_dump.stage(stage, checked) end
  elseif stages[stage] == "compiled" then
    local seen = {}
    each_object(function(_, p, what)
      if p._made and not seen[p._made] then
        seen[p._made] = true
        local title = ("%s '%s', model '%s'"):format(what, p.name, p._model.name)
        parts[#parts + 1] = stage == "c" and "/* " .. title .. " */\n" .. c_of(p._made) or title .. "\n\n" .. programs_of(p._made)
      end
    end)
  else
    for k, net in ipairs(networks) do
      parts[#parts + 1] = (#networks > 1 and ("network %d"):format(k) or "network") .. table.concat(net:_plan(), "\n")
    end
  end
  return table.concat(parts, "\n\n")
end

--- Print the stage.
---@param stage string
function dump.finish(stage)
  local text = dump.text(stage)
  print(text == "" and "(the script made no network and no model)" or options.printable(text))
end

return dump
