--- How a notebook shows values: each as text, as the prompt does, and besides as a picture, as a table, or as formulas.
local array = require "lunapse.core.array"
local message = require "lunapse.notebook.message"
local model = require "lunapse.network.model"
local network = require "lunapse.network.network"
local population = require "lunapse.network.population"
local projection = require "lunapse.network.projection"
local show = require "lunapse.prompt.show"
local words = require "lunapse.tell.text"

local display = {}

---@class notebook.Bundle  forms of a value by their types, as Jupyter names them
---@field data table<string, string>
---@field metadata? table

local escapes = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }
local function escape(text) return (message.text(tostring(text)):gsub('[&<>"]', escapes)) end

--- A table of texts, the first row its heads. Cells that are tables hold HTML.
local function html_table(caption, rows)
  local out = { "<table>" }
  if caption then out[2] = "<caption style=\"text-align:left\">" .. escape(caption) .. "</caption>" end
  for k, row in ipairs(rows) do
    local kind, cells = k == 1 and "th" or "td", {}
    for i, cell in ipairs(row) do cells[i] = ("<%s>%s</%s>"):format(kind, type(cell) == "table" and cell.html or escape(cell), kind) end
    out[#out + 1] = (k == 1 and "<thead>" or "") .. "<tr>" .. table.concat(cells) .. "</tr>" .. (k == 1 and "</thead><tbody>" or "")
  end
  out[#out + 1] = "</tbody></table>"
  return table.concat(out, "\n")
end

local function number(x)
  if type(x) ~= "number" then return tostring(x) end
  return math.type(x) == "integer" and tostring(x) or ("%.6g"):format(x)
end

-- ---- figures -----------------------------------------------------------------------------------------------------

local DPI = 72           -- of the page, which is what an inch of a figure is
local SHARP = 2          -- pixels of a picture for each of the page

local function as_png(figure, dpi)
  local on <close> = figure:draw { dpi = dpi or SHARP * (figure.dpi and math.max(DPI, figure.dpi // SHARP) or DPI) }
  return require("lunapse.plot.terminal").base64(on:bytes())
end

local function as_svg(figure)
  local on <close> = figure:draw { format = "svg" }
  return on:bytes()
end

--- A figure as a picture, as wide as it says in inches.
---@param figure lunapse.Figure
---@param opt? { format?: string, dpi?: number }
---@return notebook.Bundle
function display.figure(figure, opt)
  local text = tostring(figure)
  if opt and opt.format == "svg" then return { data = { ["text/plain"] = text, ["image/svg+xml"] = as_svg(figure) } } end
  local size = { width = math.floor(figure.width * DPI + 0.5), height = math.floor(figure.height * DPI + 0.5) }
  return { data = { ["text/plain"] = text, ["image/png"] = as_png(figure, opt and opt.dpi) }, metadata = { ["image/png"] = size } }
end

--- How far long work is.
---@param text string  "" when it is done
---@return notebook.Bundle
function display.progress(text)
  return { data = { ["text/plain"] = message.text(text), ["text/html"] = text == "" and "" or "<pre style=\"margin:0\">" .. escape(text) .. "</pre>" } }
end

-- ---- arrays ------------------------------------------------------------------------------------------------------

local HEAD, TAIL = 6, 3

--- Numbers of what is shown of n; false where some are left out.
local function ends(n)
  local list = {}
  for k = 1, n do
    if n <= HEAD + TAIL + 1 or k <= HEAD or k > n - TAIL then list[#list + 1] = k elseif k == HEAD + 1 then list[#list + 1] = false end
  end
  return list
end

local function array_html(a)
  local n, columns = a:shape()
  if a:size() == 0 or a:axes() > 2 then return nil end
  local shown = ends(columns or n)
  local rows = { { "" } }
  for _, k in ipairs(shown) do table.insert(rows[1], k and tostring(k) or "…") end
  for _, r in ipairs(columns and ends(n) or { 1 }) do
    local row, part = { { html = "<b>" .. (not columns and "" or r and r or "…") .. "</b>" } }, r and columns and a[r] or not columns and a
    for _, k in ipairs(shown) do row[#row + 1] = part and k and number(part[k]) or "…" end
    rows[#rows + 1] = row
  end
  local lines = {}
  for line in tostring(a):gmatch "[^\n]+" do lines[#lines + 1] = line end
  local summary = #lines > 1 and ",  " .. lines[#lines]:gsub("^%s+", "") or ""
  return html_table(("array %s [%s]"):format(a:type(), table.concat({ a:shape() }, " x ")) .. summary, rows)
end

-- ---- networks ----------------------------------------------------------------------------------------------------

local function value_row(object, name)
  local v, a = object._compiled.variables_by_name[name], object._arrays[name]
  if not a then return nil end
  if v and v.scope == "uniform" or a:size() == 1 then return { name, number(a:flatten()[1]), "", "", "" } end
  if a:size() == 0 then return nil end
  if a:type() == "bool" then return { name, ("%d of %d true"):format(a:count(), a:size()), "", "", "" } end
  return { name, number(a:mean()), number(a:min()), number(a:max()), { html = "<code>" .. escape(words.distribution(a)) .. "</code>" } }
end

local function object_html(object)
  local rows = { { "", "mean", "least", "greatest", "" } }
  for _, name in ipairs(object:_variable_names()) do rows[#rows + 1] = value_row(object, name) end
  local title = tostring(object):match "^[^\n]*"
  return #rows > 1 and html_table(title, rows) or nil
end

local function projection_html(p)
  local html
  p:_at_present(function() html = object_html(p) end)
  return html
end

local function network_html(net)
  local rows = { { "", "what", "size", "from", "to", "model" } }
  for _, p in ipairs(net.populations) do
    rows[#rows + 1] = { p.name, "population", words.plural(p.size, p._words.unit), "", "", p._model and p._model.name or "" }
  end
  for _, p in ipairs(net.projections) do
    rows[#rows + 1] = { p.name, "projection", words.plural(p.size, "synapse"), p.from.name, p.to.name, p._model.name }
  end
  for _, input in ipairs(net.inputs) do rows[#rows + 1] = { input.name, "Poisson input", words.plural(input.size, "neuron"), "", input._population.name, input.target } end
  return #rows > 1 and html_table(tostring(net):match "^[^\n]*", rows) or nil
end

-- ---- models ------------------------------------------------------------------------------------------------------

local specials = { ["\\"] = "\\backslash ", ["&"] = "\\&", ["%"] = "\\%", ["$"] = "\\$", ["#"] = "\\#", ["_"] = "\\_", ["{"] = "\\{", ["}"] = "\\}" }

--- The parts of a model, a line for each statement.
local function model_latex(m)
  local lines = {}
  for _, row in ipairs(require("lunapse.tell.report").model_rows(m)) do
    local cell = type(row[2]) == "table" and row[2].math or "\\text{" .. row[2]:gsub("[\\&%%$#_{}]", specials) .. "}"
    lines[#lines + 1] = ("\\text{%s} & %s"):format(row[1], cell)
  end
  return "$$\\begin{array}{ll}\n" .. table.concat(lines, " \\\\\n") .. "\n\\end{array}$$"
end

-- ---- all ---------------------------------------------------------------------------------------------------------

local function is_figure(x) return type(x) == "table" and (getmetatable(x) or {}).__name == "lunapse.figure" end

--- Axes stand in a figure, and a line of calls that draws ends with them.
local function figure_of(x)
  if is_figure(x) then return x end
  if type(x) == "table" and getmetatable(x) == package.loaded["lunapse.plot.axes"] then return x.figure end
end

local function class_of(class) return function(x) return type(x) == "table" and getmetatable(x) == class end end

local rich = {
  { is = array.is, type = "text/html", make = array_html },
  { is = population.is, type = "text/html", make = object_html },
  { is = projection.is, type = "text/html", make = projection_html },
  { is = class_of(network.class), type = "text/html", make = network_html },
  { is = model.is, type = "text/latex", make = model_latex },
}

--- Is a value more than a text?
---@param value any
---@return boolean
function display.is_rich(value)
  if figure_of(value) then return true end
  for _, form in ipairs(rich) do
    if form.is(value) then return true end
  end
  return false
end

--- The forms of a value.
---@param value any
---@return notebook.Bundle
function display.of(value)
  local figure = figure_of(value)
  if figure then return display.figure(figure) end
  local data = { ["text/plain"] = message.text(show.format(value)) }
  for _, form in ipairs(rich) do
    if form.is(value) then data[form.type] = form.make(value) end
  end
  return { data = data }
end

return display
