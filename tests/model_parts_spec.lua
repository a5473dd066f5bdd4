-- The one table of parts: whatever a model may consist of is read, checked, and told by all that tell about models.
local description = require "lunapse.language.front.description"
local front = require "lunapse.language.front"
local help_index = require "lunapse.help.index"
local lp = require "lunapse"
local parts = require "lunapse.language.base.parts"
local report = require "lunapse.tell.report"
local stages = require "lunapse.language.front.stages"

--- A timed array of so many rows.
local function rows(n) return lp.timed_array(lp.zeros(n), { dt = 1 }) end

-- A model with all of its parts, each with a number of its own in it.
local full = {
  neuron = {
    name = "full100", description = "all parts, 101", parameters = { p102 = 102 }, functions = "f(x) = x * 103", arrays = { stim = rows(110) },
    equations = "dv/dt = f(p102) + 104 + g_exc + stim(t)",
    spike = "v > 105", reset = "v = 106", refractory = 107, axon_spike = "v > 108", axon_reset = "v = 109",
    events = { burst = { when = "v > 111 and t > t_burst", effect = "v -= 112" }, quiet = "v < 113" },
  },
  synapse = {
    name = "full200", description = "all parts, 201", parameters = { p202 = 202 }, functions = "f(x) = x * 203", arrays = { stim = rows(212) },
    equations = "dw/dt = f(p202) * 204 * stim(t)",
    psp = "w * 205 * pre.v", operation = "max", pre_spike = "w += 207", post_spike = { soon = "w -= 208", late = "w += 214" },
    on = { pre_burst = "w += 215", post_quiet = { one = "w += 216", two = "w += 217" } }, creating = "pre.v > 209 : proba = 0.25, w = 0.125, d = 3",
    pruning = "w < 210 : proba = 0.75",
  },
}

-- The same with its parts side by side.
local spread = {}
for kind, text in pairs(full) do spread[kind] = description.spread(kind, text) end

local function plain(text) return (text:gsub("%p", "%%%0")) end

--- What stands for a part in a text, as a pattern.
local function mark_of(row, given)
  if row.kind == "choice" then return "%f[%w]" .. given[row.name] .. "%f[%W]" end
  local text = row.kind == "parameters" and next(given.parameters) or tostring(given[row.name])
  if row.kind == "arrays" then return "stim = timed array of " .. (given.spike and 110 or 212) .. " rows" end
  return "%f[%d]" .. text:match "[12]%d%d" .. "%f[%D]"
end

local function network()
  local net = lp.network { tier = "interpreter" }
  local cells = net:population { name = "cells", size = 3, neuron = lp.neuron(full.neuron) }
  net:project { name = "all", from = cells, to = cells, target = "exc", connect = lp.all_to_all(), synapse = lp.synapse(full.synapse) }
  return net
end

describe("the parts of a model", function()
  it("are all in the models of this spec", function()
    for kind, given in pairs(full) do
      for _, row in ipairs(parts.of(kind)) do assert.is_not_nil(given[row.name], kind .. ", " .. row.name) end
      for name in pairs(given) do assert.is_table(parts.of(kind)[name], kind .. ", " .. name) end
    end
  end)

  local net = network()
  local explained, reported, in_tex = tostring(net:explain()), report.text(net, "md"), report.text(net, "tex")
  for _, kind in ipairs { "neuron", "synapse" } do
    local given = full[kind]
    local tellers = {
      print = tostring(lp[kind](given)), ["--dump=tree"] = stages.stage("tree", front[kind](given)),
      ["--dump=model"] = stages.stage("model", front[kind](given)), ["net:explain"] = explained,
    }
    for teller, text in pairs(tellers) do
      it(("of a %s are all told by %s"):format(kind, teller), function()
        for _, row in ipairs(parts.rows(kind, spread[kind])) do
          -- the name of a model is in the title, its parameters have lines of their own
          local head = (row.name == "name" or row.kind == "parameters") and "" or plain(row.name) .. "%f[%W].-"
          assert.matches(head .. mark_of(row, spread[kind]), text)
        end
      end)
    end
    it(("of a %s are all in the report"):format(kind), function()
      for _, row in ipairs(parts.rows(kind, spread[kind])) do
        assert.matches(plain(row.title) .. ".-" .. mark_of(row, spread[kind]), reported)
        assert.matches(plain(row.title) .. ".-" .. mark_of(row, spread[kind]), in_tex)
      end
    end)
    it(("of a %s are told in one order"):format(kind), function()
      for teller, text in pairs(tellers) do
        local at = 1
        if teller ~= "net:explain" then
          for _, row in ipairs(parts.rows(kind, spread[kind])) do
            if row.name ~= "name" and (row.kind ~= "parameters" or teller ~= "--dump=model") and row.kind ~= "words" then
              local found = text:find("\n%s*" .. plain(row.name) .. "%f[%W]", at)
              assert.is_number(found, teller .. ", " .. row.name)
              at = found
            end
          end
        end
      end
    end)
  end

  it("tell what the flags of creating and pruning set", function()
    for _, text in ipairs { explained, tostring(lp.synapse(full.synapse)), stages.stage("model", front.synapse(full.synapse)) } do
      for _, flag in ipairs { "proba = 0.25", "w = 0.125", "d = 3", "proba = 0.75" } do assert.is_truthy(text:find(flag, 1, true), flag) end
    end
    assert.matches("mathrm{proba} = 0%.25.-{w} = 0%.125.-{d} = 3", reported)
  end)

  it("are refused by name where they stand in the wrong kind of model", function()
    for kind, other in pairs { neuron = "synapse", synapse = "neuron" } do
      for _, row in ipairs(parts.of(other)) do
        if not parts.of(kind)[row.name] then
          local ok, failure = pcall(front[kind], { [row.name] = full[other][row.name] })
          assert.is_false(ok)
          assert.matches(("unknown part '%s'"):format(row.name), tostring(failure))
        end
      end
    end
  end)

  it("are refused without the part that they need", function()
    for _, kind in ipairs { "neuron", "synapse" } do
      for _, row in ipairs(parts.of(kind)) do
        if row.needs then
          local given = {}
          for name, text in pairs(full[kind]) do if name ~= row.needs then given[name] = text end end
          local ok, failure = pcall(front[kind], given)
          assert.is_false(ok)
          assert.matches(("'[%%w_]+' without '%s'"):format(row.needs), tostring(failure))
        end
      end
    end
  end)

  it("are the fields of a description that editors show, and lp.help", function()
    for kind, class in pairs { neuron = "NeuronDescription", synapse = "SynapseDescription" } do
      local fields, names = help_index.class_fields(class), table.move(parts.names(kind), 1, #parts.names(kind), 1, {})
      table.sort(fields)
      table.sort(names)
      assert.same(names, fields)
    end
  end)

  it("are refused among the equations, with an example of how they are written", function()
    for _, kind in ipairs { "neuron", "synapse" } do
      for _, row in ipairs(parts.of(kind)) do
        if row.example then
          local ok, failure = pcall(front[kind], { equations = row.name .. " = 3" })
          assert.is_false(ok)
          assert.is_truthy(tostring(failure):find(("it is a part of its own: %s = %s"):format(row.name, row.example), 1, true), tostring(failure))
        end
      end
    end
  end)

  it("have expressions that are checked alike: types, units, functions of the model", function()
    local function said(kind, given)
      local ok, failure = pcall(front[kind], given)
      return not ok and tostring(failure) or "nothing"
    end
    assert.matches("psp: this is a number, a condition is expected", said("synapse", { equations = "w = w", psp = "if w: 1 else: 2" }))
    assert.matches("pruning: pruning is a number", said("synapse", { pruning = "w + 1" }))
    assert.matches("creating: 'd' has the unit ms, this one mV", said("synapse", { parameters = { D = "3*mV" }, creating = "pre.v > 0 : d = D" }))
    assert.matches("refractory: a refractory period has the unit ms, this one mV",
      said("neuron", { parameters = { R = "3*mV" }, equations = "v = 1*mV", spike = "v > 2*mV", refractory = "R" }))
    assert.equal("nothing", said("synapse", { functions = "half(x) = x/2", creating = "i != j : proba = half(1), w = half(pre.v)" }))
  end)
end)
