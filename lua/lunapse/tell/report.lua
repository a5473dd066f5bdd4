--- net:report: a description of a network as it stands in a paper, in the tables of Nordlie, Gewaltig & Plesser (2009, PLoS Comput Biol 5(8)
--- e1000456): summary, populations, connectivity, neuron and synapse models with their equations, input, measurements, parameters.
local facts = require "lunapse.tell.facts"
local host = require "lunapse.core.host"
local latex = require "lunapse.language.base.latex"
local options = require "lunapse.options"
local parts = require "lunapse.language.base.parts"
local print_tree = require "lunapse.language.base.print"
local random = require "lunapse.network.distribution"
local words = require "lunapse.tell.text"

---@class Network
local Network = {}

local report = { methods = Network }

--- A cell is a text, or { math = "LaTeX" }.
local function math_cell(text) return { math = text } end

-- ---- what the tables say ----

local function unique(list)
  local seen, out = {}, {}
  for _, x in ipairs(list) do
    if not seen[x] then
      seen[x] = true
      out[#out + 1] = x
    end
  end
  return out
end

local function names_of(list, f)
  local out = {}
  for _, x in ipairs(list) do out[#out + 1] = f(x) end
  return #out > 0 and table.concat(unique(out), ", ") or "none"
end

local function element_of(p) return p._words.elements or p._model.name end

local function value_text(value)
  if type(value) == "number" then return ("%.6g"):format(value) end
  if type(value) == "boolean" then return tostring(value) end
  if random.is(value) or type(value) == "string" then return tostring(value) end
  if type(value) == "userdata" then
    if value:size() == 0 then return "-" end
    if value:min() == value:max() then return ("%.6g"):format(value:min()) end
    return ("%.6g to %.6g, mean %.6g"):format(value:min(), value:max(), value:mean())
  end
  return tostring(value)
end

local function connectivity_text(p) return p._connect and tostring(p._connect) or words.plural(p.size, "synapse") end

local function delay_text(p)
  return value_text(p._delay or p.delays) .. " ms"
end

local function weight_text(p)
  if not p._compiled.variables_by_name.w then return "-" end
  if p._given_weights ~= nil and type(p._given_weights) ~= "userdata" and type(p._given_weights) ~= "table" then return value_text(p._given_weights) end
  if random.is(p._given_weights) then return tostring(p._given_weights) end
  return value_text(p.w)
end

local function is_plastic(p)
  local is_learned = false
  parts.each_statement(p._model.checked, function(statement)
    is_learned = is_learned or statement.target.name == "w" and not statement.target.base
  end)
  return is_learned
end

local function models_of(list)
  local out, seen = {}, {}
  for _, object in ipairs(list) do
    local checked = object._model and object._model.checked
    if checked and not seen[checked] then
      seen[checked] = true
      out[#out + 1] = object
    end
  end
  return out
end

local function summary(net)
  local inputs, neurons = {}, {}
  for _, p in ipairs(net.populations) do table.insert(p._words.input and inputs or neurons, p) end
  table.move(net.inputs, 1, #net.inputs, #inputs + 1, inputs)
  local rows = {
    { "Populations", names_of(neurons, function(p) return p.name end) },
    { "Topology", names_of(neurons, function(p) return #p.geometry > 1 and ("%s: %s grid"):format(p.name, table.concat(p.geometry, " x ")) or nil end) },
    { "Connectivity", names_of(net.projections, connectivity_text) },
    { "Neuron model", names_of(neurons, function(p) return p._model.name end) },
    { "Synapse model", names_of(net.projections, function(p) return p._model.name end) },
    { "Plasticity", names_of(net.projections, function(p) return is_plastic(p) and p._model.name or nil end) },
    { "Input", names_of(inputs, function(p) return ("%s (%s)"):format(p.name, element_of(p)) end) },
    { "Measurements", names_of(net.recordings, function(r)
      return ("%s of %s"):format(r:_recorded(), r._of)
    end) },
    { "Integration", ("dt = %g ms, method %s where an equation names none, %s"):format(net.dt, facts.method(net), net._precision) },
  }
  return { letter = "A", title = "Model summary", rows = rows }
end

local function populations(net)
  local rows = {}
  for _, p in ipairs(net.populations) do rows[#rows + 1] = { p.name, element_of(p), words.count(p.size) } end
  return { letter = "B", title = "Populations", header = { "Name", "Elements", "Size" }, rows = rows }
end

local function connectivity(net)
  local rows = {}
  for _, p in ipairs(net.projections) do
    rows[#rows + 1] = { p.name, p.from.name, p.to.name, ("%s, %s"):format(connectivity_text(p), words.plural(p.size, "synapse")),
      #p._targets > 0 and table.concat(p._targets, ", ") or "-", weight_text(p), delay_text(p), p._model.name }
  end
  return { letter = "C", title = "Connectivity", header = { "Name", "Source", "Target", "Pattern", "Input", "Weight", "Delay", "Synapse" }, rows = rows }
end

--- The cells of a part of a model, one a row; parameters have a table of their own.
local function part_cells(checked, row)
  local cells, value = {}, checked[row.name]
  if row.kind == "functions" then
    for k, definition in ipairs(value) do cells[k] = math_cell(latex.definition(definition)) end
  elseif row.kind == "period" and value ~= nil then
    cells = print_tree.options(row, checked.source[row.name])
    table.insert(cells, 1, type(value) == "number" and words.time(value) or math_cell(latex.tree(value)))
  elseif row.kind == "words" or row.kind == "choice" or row.kind == "arrays" then
    cells = print_tree.part(checked, row)
  else
    for k, statement in ipairs(parts.statements(checked, row.name)) do cells[k] = math_cell(latex.statement(statement)) end
  end
  return cells
end

--- A model as rows of a title and a cell.
---@param model Model
---@return table[]
function report.model_rows(model)
  local checked, rows = model.checked, { { "Name", model.name } }
  for _, row in ipairs(checked.rows) do
    for k, cell in ipairs(row.name ~= "name" and part_cells(checked, row) or {}) do rows[#rows + 1] = { k == 1 and row.title or "", cell } end
  end
  return rows
end

local function model_table(object, letter)
  local checked, rows = object._model.checked, report.model_rows(object._model)
  return { letter = letter, title = (checked.kind == "neuron" and "Neuron model " or "Synapse model ") .. object._model.name, rows = rows }
end

local function input(net)
  local rows = {}
  for _, p in ipairs(net.populations) do
    local rates = p:_given_rates()
    if p._words.input then rows[#rows + 1] = { p.name, p._words.input, rates and value_text(rates) .. " Hz" or "-" } end
  end
  for _, p in ipairs(net.inputs) do
    local rate = not p._model.checked.parameters_by_name.rate and "by an equation" or value_text(p.rate) .. " Hz"
    rows[#rows + 1] = { p.name, ("%s Poisson sources for each neuron of %s, added to %s with weight %s"):format(value_text(p.n), p.to.name, p.target,
      value_text(p.weight)), rate }
  end
  return { letter = "F", title = "Input", header = { "Name", "Type", "Rate" }, rows = rows }
end

local function measurements(net)
  local rows = {}
  for _, r in ipairs(net.recordings) do
    local every = r:_every()
    rows[#rows + 1] = { r._of, r:_recorded(), every > 0 and ("every %g ms"):format(every) or "every step" }
  end
  return { letter = "G", title = "Measurements", header = { "Of", "What", "When" }, rows = rows }
end

local function unit_text(parameter)
  if not parameter.unit then return "" end
  return require("lunapse.language.base.unit_table").text(parameter.unit)
end

local function parameter_tables(net)
  local tables = {}
  for _, list in ipairs { net.populations, net.projections } do
    for _, object in ipairs(list) do
      local rows = {}
      object:_be_whole "a report tells its parameters"
      for _, parameter in ipairs(object._model and object._model.checked.parameters or {}) do
        local a = object._arrays[parameter.name]
        local value = a and (#a == 1 and a[1] or a) or parameter.default
        if type(value) == "table" and value.kind then value = print_tree.tree(value) end
        rows[#rows + 1] = { math_cell(latex.name(parameter.name)), value_text(value), unit_text(parameter) }
      end
      if #rows > 0 then
        tables[#tables + 1] = { letter = "H", title = ("Parameters of %s"):format(object.name), header = { "Parameter", "Value", "Unit" }, rows = rows }
      end
    end
  end
  return tables
end

--- The tables of a report, in order.
---@param net Network
---@return table[]
function report.tables(net)
  local tables = { summary(net), populations(net), connectivity(net) }
  for _, object in ipairs(models_of(net.populations)) do tables[#tables + 1] = model_table(object, "D") end
  for _, object in ipairs(models_of(net.projections)) do tables[#tables + 1] = model_table(object, "E") end
  tables[#tables + 1] = input(net)
  tables[#tables + 1] = measurements(net)
  for _, t in ipairs(parameter_tables(net)) do tables[#tables + 1] = t end
  local kept = {}
  for _, t in ipairs(tables) do
    if #t.rows > 0 then kept[#kept + 1] = t end
  end
  return kept
end

-- ---- Markdown ----

local writers = {}

local function markdown_cell(cell)
  if type(cell) == "table" then return "$" .. cell.math:gsub("|", "\\vert ") .. "$" end
  return (cell:gsub("|", "\\|"))
end

function writers.md(tables, title)
  local lines = { "# " .. title, "" }
  for _, t in ipairs(tables) do
    lines[#lines + 1] = ("## %s. %s"):format(t.letter, t.title)
    lines[#lines + 1] = ""
    local n = #t.rows[1]
    lines[#lines + 1] = "|" .. (t.header and " " .. table.concat(t.header, " | ") .. " |" or (" |"):rep(n))
    lines[#lines + 1] = "|" .. ("---|"):rep(n)
    for _, row in ipairs(t.rows) do
      local cells = {}
      for k, cell in ipairs(row) do cells[k] = markdown_cell(cell) end
      lines[#lines + 1] = "| " .. table.concat(cells, " | ") .. " |"
    end
    lines[#lines + 1] = ""
  end
  return table.concat(lines, "\n")
end

-- ---- LaTeX ----

local specials = { ["\\"] = "\\textbackslash{}", ["&"] = "\\&", ["%"] = "\\%", ["$"] = "\\$", ["#"] = "\\#", ["_"] = "\\_", ["{"] = "\\{", ["}"] = "\\}",
  ["~"] = "\\textasciitilde{}", ["^"] = "\\textasciicircum{}" }

local function latex_cell(cell)
  if type(cell) == "table" then return "$" .. cell.math .. "$" end
  return (cell:gsub("[\\&%%$#_{}~^]", specials))
end

--- Columns: text as narrow as it is, the last one as wide as the rest of the line.
local function latex_columns(n) return ("l"):rep(n - 1) .. "X" end

function writers.tex(tables, title)
  local lines = { "\\documentclass{article}", "\\usepackage[utf8]{inputenc}", "\\usepackage{amsmath,booktabs,tabularx}", "\\usepackage[margin=2cm]{geometry}",
    "\\begin{document}", "\\section*{" .. latex_cell(title) .. "}" }
  for _, t in ipairs(tables) do
    lines[#lines + 1] = ""
    lines[#lines + 1] = "\\noindent\\begin{tabularx}{\\linewidth}{" .. latex_columns(#t.rows[1]) .. "}"
    lines[#lines + 1] = ("\\toprule\n\\multicolumn{%d}{l}{\\textbf{%s\\quad %s}} \\\\\n\\midrule"):format(#t.rows[1], t.letter, latex_cell(t.title))
    if t.header then
      local cells = {}
      for k, cell in ipairs(t.header) do cells[k] = "\\textbf{" .. latex_cell(cell) .. "}" end
      lines[#lines + 1] = table.concat(cells, " & ") .. " \\\\"
    end
    for _, row in ipairs(t.rows) do
      local cells = {}
      for k, cell in ipairs(row) do cells[k] = latex_cell(cell) end
      lines[#lines + 1] = table.concat(cells, " & ") .. " \\\\"
    end
    lines[#lines + 1] = "\\bottomrule\n\\end{tabularx}\n\\bigskip"
  end
  lines[#lines + 1] = "\\end{document}\n"
  return table.concat(lines, "\n")
end

--- The report as text.
---@param net Network
---@param format "md"|"tex"
---@param title? string
---@return string
function report.text(net, format, title) return writers[format](report.tables(net), title or "Model description") end

--- Write a description of the network to a file, in the tables that Nordlie, Gewaltig & Plesser (2009) propose: summary, populations, connectivity,
--- models with their equations, input, measurements, parameters. The name says how: .md (equations between dollar signs) or .tex (a whole document).
---@param path string
---@param opt? { title?: string }
---@return string path
--- Errors: "net:report: 'net.txt' does not end in .md or .tex".
function Network:report(path, opt)
  opt = options.check("net:report", opt or {}, { title = "string" })
  options.path("net:report", path)
  local format = (path:match "%.(%w+)$" or ""):lower()
  if not writers[format] then options.fail(("net:report: '%s' does not end in .md or .tex"):format(path)) end
  local ok, why = pcall(host.write_file, path, options.printable(report.text(self, format, opt.title)))
  if not ok then options.fail("net:report: " .. why) end
  return path
end

return report
