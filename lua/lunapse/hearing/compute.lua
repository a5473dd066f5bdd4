--- Functions of several sources, filters whose coefficients are such functions, and loops: methods of every source.

local array = require "lunapse.array"
local core = require "lunapse.core.sound"
local expression = require "lunapse.expression"
local given = require "lunapse.hearing.given"
local options = require "lunapse.options"
local Source = require "lunapse.hearing.source"

--- Names that stand in every expression.
local in_every_text = { x = "the sample", t = "the time in ms", i = "the channel, from 1" }

--- What the names in expressions stand for: `given` for the compiler, `sources` in order (self first), and how wide and long all of it is.
local function take_parameters(self, where, parameters)
  local taken = { given = { x = { source = 1 }, t = { fill = "t" }, i = { fill = "i" } }, sources = { self }, channels = self.channels, n = self.n, rate = self.rate, cf = self.cf }
  if type(parameters) ~= "table" or Source.is(parameters) then options.fail(("%s: a table of parameters by name expected, got %s"):format(where, options.show(parameters))) end
  local lists, names = {}, {}
  for name in pairs(parameters) do names[#names + 1] = name end
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  for _, name in ipairs(names) do
    local value = parameters[name]
    if type(name) ~= "string" then options.fail(("%s: parameters are a table by names, got one at %s"):format(where, tostring(name))) end
    if in_every_text[name] then options.fail(("%s: '%s' is given: %s"):format(where, name, in_every_text[name])) end
    if Source.is(value) then
      if value.rate and taken.rate and value.rate ~= taken.rate then
        options.fail(("%s: '%s' has %g rows a second, not %g"):format(where, name, value.rate, taken.rate))
      end
      taken.sources[#taken.sources + 1] = value
      taken.rate, taken.cf = taken.rate or value.rate, taken.cf or value.cf
      taken.channels = math.max(taken.channels, value.channels)
      if value.n and (not taken.n or value.n > taken.n) then taken.n = value.n end
      taken.given[name] = { source = #taken.sources }
    elseif type(value) == "number" or type(value) == "string" then
      if value ~= value then options.fail(("%s: '%s' must be a number, got NaN"):format(where, name)) end
      taken.given[name] = value
    elseif type(value) == "table" or array.is(value) then
      lists[name] = given.numbers(where, ("'%s'"):format(name), value)
      taken.given[name] = lists[name]
      taken.channels = math.max(taken.channels, #lists[name])
    else
      options.fail(("%s: '%s' must be a number, one for each channel, a source or an expression, got %s"):format(where, name, options.show(value)))
    end
  end
  for name, list in pairs(lists) do
    if list:isnan():any() then options.fail(("%s: '%s' must be numbers, got NaN"):format(where, name)) end
    if #list ~= taken.channels then options.fail(("%s: %d values of '%s' for %d channels"):format(where, #list, name, taken.channels)) end
  end
  for k, source in ipairs(taken.sources) do
    if source.channels ~= 1 and source.channels ~= taken.channels then
      options.fail(("%s: source %d has %d channels: 1 or %d are needed"):format(where, k, source.channels, taken.channels))
    end
  end
  return taken
end

--- Expressions as a function that opens the stream of their results: those of one row lie side by side, each with all channels. And whether these are
--- the same in all rows.
local function compile(where, texts, taken, every)
  local targets, number = {}, {}
  for k = 1, #texts do
    targets[k] = "=" .. k
    number[targets[k]] = k
  end
  local program, slots, is_read = expression.compile(texts, taken.given, targets, where)
  for name in pairs(taken.given) do
    if not is_read[name] and not in_every_text[name] then
      local hint = name == "every" and " (options follow the parameters: iir(filter, {...}, { every = 2 }))" or ""
      options.fail(("%s: no expression reads the parameter '%s'%s"):format(where, name, hint))
    end
  end
  local fills, used, is_fixed = {}, {}, true
  for k, name in ipairs(slots) do
    local meaning = taken.given[name]
    if number[name] then
      fills[k] = { result = number[name] }
    elseif array.is(meaning) then
      fills[k] = meaning
    elseif meaning.fill then
      fills[k], is_fixed = meaning.fill, is_fixed and meaning.fill ~= "t"
    else
      used[#used + 1] = taken.sources[meaning.source]
      fills[k], is_fixed = { source = #used }, false
    end
  end
  local function open(rate)
    local streams = { #used == 0 and core.constant(0, 1, rate, 1) or nil }
    for k, source in ipairs(used) do streams[k] = source._open(rate) end
    return core.kernel(streams, program, fills, taken.channels, #texts, every)
  end
  return open, is_fixed
end

--- Apply a function to every sample.
--- Text is an expression of `x` (the sample), `t` (ms), `i` (the channel, from 1), `pi`, `inf`, and the names in `parameters`; it is compiled like an
--- equation. A parameter is a number, a list of one for each channel, another source (its sample of the same row), or a text: an expression by itself. A source of one channel goes to
--- all channels. A Lua function gets each block as an array [512][channels], and the time of its first row in ms; it gives back an array of
--- that shape, or nothing where it has changed the block. It must give the same for the same block and time.
---@param f string|fun(block: any, t: number): any
---@param parameters? table<string, number|number[]|Source|string>
---@return Source
--- Example: fb:map "3 * clip(x, 0, inf)", fb:map("a * tanh(x / b)", { a = 2, b = 0.1 }), left:map("x * y", { y = right }).
function Source:map(f, parameters)
  if type(f) == "function" then
    return self:derive({}, function(stream) return core.map(stream, f) end)
  end
  if type(f) ~= "string" then options.fail("map: an expression of x or a function of blocks expected, got " .. type(f)) end
  local taken = take_parameters(self, "map", parameters or {})
  return Source.new(getmetatable(self), { rate = taken.rate, n = taken.n, channels = taken.channels, cf = taken.cf, _open = (compile("map", { f }, taken, 1)) })
end

-- ---- filters ------------------------------------------------------------------------------------------------------------

--- A section of { b0, b1, b2, a1, a2 } or { b0, b1, b2, a0, a1, a2 } as the five; nil for anything else.
local function five(s)
  if type(s) ~= "table" or (#s ~= 5 and #s ~= 6) then return nil end
  if #s == 5 then return { s[1], s[2], s[3], s[4], s[5] } end
  local made = {}
  for k, from in ipairs { 1, 2, 3, 5, 6 } do
    made[k] = type(s[from]) == "number" and type(s[4]) == "number" and s[from] / s[4] or ("(%s)/(%s)"):format(s[from], s[4])
  end
  return made
end

local function is_coefficient(x) return type(x) == "number" or type(x) == "string" end

--- The sections of what `iir` takes for one channel, a filter or a list of sections; nil for anything else.
local function sections_of(x)
  if type(x) ~= "table" then return nil end
  local list = x.sections or x
  return type(list[1]) == "table" and is_coefficient(list[1][1]) and list or nil
end

local function checked(list, where)
  local made = {}
  for k, section in ipairs(list) do
    made[k] = five(section) or options.fail(("%s: section %d must be { b0, b1, b2, a1, a2 }, or with a0 before a1"):format(where, k))
  end
  return made
end

--- Numbers for each channel: a filter that stays.
local function fixed(self, coefficients, n_sections, n_channels)
  if self.rate then core.filter(core.constant(0, self.channels, self.rate, 1), coefficients, n_sections) end   -- what is wrong is an error here, not when the stream is opened
  return self:derive({ channels = math.max(self.channels, n_channels) }, function(stream) return core.filter(stream, coefficients, n_sections) end)
end

--- Coefficients that are expressions. Where they depend on no source they are numbers, found once.
local function expressed(self, list, parameters, every)
  local taken, texts = take_parameters(self, "iir", parameters), {}
  for _, section in ipairs(list) do
    for _, coefficient in ipairs(section) do texts[#texts + 1] = type(coefficient) == "number" and ("%.17g"):format(coefficient) or coefficient end
  end
  local open, is_fixed = compile("iir", texts, taken, every)
  if is_fixed then
    local row = open(self.rate or 1):read(1)
    return fixed(self, row:reshape(#list, 5, taken.channels):transpose({ 3, 1, 2 }):copy():reshape(#list * taken.channels, 5), #list, taken.channels)
  end
  local own = self._open
  return Source.new(getmetatable(self), { rate = taken.rate, n = taken.n, channels = taken.channels, cf = taken.cf,
    _open = function(rate) return core.controlled(own(rate), open(rate), #list) end })
end

--- Any filter as second-order sections in a row, each { b0, b1, b2, a1, a2 } for (b0 + b1/z + b2/z^2) / (1 + a1/z + a2/z^2), or { b0, b1, b2, a0, a1, a2 }.
--- Coefficients may be expressions, as of `map`, of names in `parameters`. Where these are sources, coefficients change in time: a row is filtered with those of the sources' same row (of row 0,
--- `every`, 2 `every`, ... where `every` is more than 1), and the filter's state goes on.
---@param filter lunapse.Filter|table[]  of lp.signal.butter, or a list of sections; or a list of such, one for each channel
---@param parameters? table<string, number|number[]|Source|string>
---@param opt? { every?: integer }  rows from one set of coefficients to the next, default 1
---@return Source
--- Example: fb:iir { { 0.5, 0.5, 0, 0, 0 } } (the mean of two samples), fb:iir(lp.signal.butter(4, { 500, 2000 }, { type = "band", fs = fb.rate })),
--- snd:iir({ { "k", 0, 0, "k - 1", 0 } }, { k = "2*pi*f/44100", f = cutoff }) (a low-pass filter whose cutoff is a source).
function Source:iir(filter, parameters, opt)
  local every = options.whole("iir", "every", options.check("iir", opt or {}, { every = "number" }).every or 1, 1)
  local one = sections_of(filter)
  local lists, flat = one and { one } or filter, {}
  if type(lists) ~= "table" or #lists == 0 then options.fail("iir: a filter or a list of sections expected, got " .. options.show(filter)) end
  local made, each, is_text = {}, 0, false
  for channel, own in ipairs(lists) do
    local list = sections_of(own) or options.fail(("iir: channel %d: a filter or a list of sections expected, got %s"):format(channel, options.show(own)))
    made[channel] = checked(list, "iir")
    each = math.max(each, #made[channel])
  end
  for _, list in ipairs(made) do
    for k = 1, each do
      local section = list[k] or { 1, 0, 0, 0, 0 }      -- filters of lower order go through the others' sections unchanged
      flat[#flat + 1] = section
      for _, coefficient in ipairs(section) do
        if not is_coefficient(coefficient) then options.fail("iir: coefficients are numbers or expressions, got " .. options.show(coefficient)) end
        is_text = is_text or type(coefficient) == "string"
      end
    end
  end
  if not is_text then
    if parameters and next(parameters) ~= nil then options.fail "iir: parameters are for coefficients that are expressions, and all of these are numbers" end
    return fixed(self, array.from(flat), each, #lists)
  end
  if not one then options.fail "iir: coefficients that are expressions are one list of sections: what differs between channels is a parameter" end
  return expressed(self, flat, parameters or {}, every)
end

--- A finite filter: row k is the sum of taps[j] x[k - j + 1]. From 129 taps on by Fourier transform (Debian's libfftw3), in blocks, for which the source is read ahead.
---@param taps any  [tap], or [channel][tap]: a table or an array, lp.signal.firwin's for one
---@return Source
--- Example: fb:fir(lp.signal.firwin(101, 2000, { fs = fb.rate })).
function Source:fir(taps)
  if type(taps) ~= "table" and not array.is(taps) then options.fail("fir: taps [tap] or [channel][tap] expected, got " .. options.show(taps)) end
  taps = array.from(taps, "float64"):copy()
  if taps:axes() > 2 or taps:size() == 0 then options.fail(("fir: taps [tap] or [channel][tap] expected, got shape %s"):format(table.concat({ taps:shape() }, " x "))) end
  if taps:axes() == 1 then taps = taps:reshape(1, #taps) end
  core.fir(core.constant(0, self.channels, self.rate or 1, 1), taps)   -- what is wrong is an error here
  return self:derive({ channels = math.max(self.channels, (taps:shape())) }, function(stream) return core.fir(stream, taps) end)
end

-- ---- loops --------------------------------------------------------------------------------------------------------------

--- A loop: what `f` makes of the source and of what came back a row before. `f` gets this source and `back`, and gives the source that goes on and, where that is another one, the one
--- that goes back: its row k - 1 is row k of `back`. A loop is made row by row, so nothing in it may read ahead (Lua functions of blocks, long FIR filters).
---@param f fun(source: Source, back: Source): Source, Source?
---@param opt? { channels?: integer, initial?: number|number[] }  of what goes back: how many channels (as many as the source), and row 0 of `back` (0)
---@return Source
--- Example: a peak follower: fb:feedback(function(x, back) return x:map("max(x, d*y)", { d = 0.99, y = back }) end).
function Source:feedback(f, opt)
  opt = options.check("feedback", opt or {}, { channels = "number", initial = "any" })
  if type(f) ~= "function" then options.fail("feedback: a function of two sources expected, got " .. type(f)) end
  local channels = options.whole("feedback", "channels", opt.channels or self.channels, 1)
  local initial = opt.initial or 0
  initial = type(initial) == "number" and array.full(initial + 0.0, channels) or array.from(initial, "float64"):copy()
  if not initial:isfinite():all() then options.fail "feedback: initial must be finite" end
  if initial:axes() ~= 1 or #initial ~= channels then options.fail(("feedback: initial: %d values for %d channels"):format(initial:size(), channels)) end
  local now   -- the row of the loop that is being opened
  local back = Source.new(Source, { rate = self.rate, channels = channels, _open = function(rate)
    if not now then options.fail "feedback: what comes back can be used in its loop only" end
    return core.tap(now, rate)
  end })
  local out, returned = f(self, back)
  returned = returned or out
  if not Source.is(out) or not Source.is(returned) then options.fail("feedback: the function must give a source, it gave " .. options.show(out)) end
  if returned.channels ~= channels then
    options.fail(("feedback: %d channels go back, but %d come back: channels = %d"):format(returned.channels, channels, returned.channels))
  end
  return Source.new(getmetatable(out), { rate = out.rate, n = out.n or self.n, channels = out.channels, cf = out.cf or self.cf, _open = function(rate)
    local outer, row = now, core.loop_row(initial)
    now = row
    local ok, body = pcall(function()
      return rawequal(out, returned) and out._open(rate) or core.join { out._open(rate), returned._open(rate) }
    end)
    now = outer
    if not ok then error(body, 0) end
    return core.loop(body, out.channels, row)
  end })
end

return Source
