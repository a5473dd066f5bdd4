--- Equations in pieces, of which models are put together: `lp.equations "..." + "..."`.
local compose = require "lunapse.language.front.compose"
local options = require "lunapse.options"

---@class Equations  lines of a model's part
---@field text string
---@operator add(Equations|string): Equations
local Equations = { _noun = "equations" }
Equations.__index = Equations

local equations = {}

local function new(text) return setmetatable({ text = text }, Equations) end

--- Is `x` such a piece?
---@param x any
---@return boolean
function equations.is(x) return getmetatable(x) == Equations end

local function text_of(x)
  if equations.is(x) then return x.text end
  if type(x) ~= "string" then options.fail("lp.equations: a text or equations expected, got " .. options.show(x)) end
  return x
end

--- Lines of equations, as a piece from which models are put together. `a + b` has the lines of both, and is a part of a description like a text. `with` replaces names,
--- so that one text serves for many: `lp.equations("tau * dg/dt = -g", { g = "g_ampa", tau = "tau_ampa" })`. What lines write is replaced by names, what they read
--- by names, numbers or expressions.
---@param text string|Equations
---@param with? table<string, string|number>
---@return Equations
--- Errors: "equations: there is no 'h' to be replaced".
function equations.new(text, with)
  text = text_of(text)
  if with == nil then return new(text) end
  if type(with) ~= "table" then options.fail("lp.equations: a table of names and what replaces them expected, got " .. options.show(with)) end
  return new(require("lunapse.network.model").guard(compose.substitute, text, with))
end

function Equations.__add(a, b) return new(text_of(a) .. "\n" .. text_of(b)) end

function Equations:__tostring() return options.printable(self.text) end

--- A description with texts in place of pieces.
---@param description table
---@return table
function equations.written(description)
  if equations.is(description) then return description.text end
  if type(description) ~= "table" or getmetatable(description) then return description end
  local made = {}
  for part, value in pairs(description) do made[part] = equations.written(value) end
  return made
end

return equations
