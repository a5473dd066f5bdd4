---@meta
--- Types for editors, and the reference of the C module `lunapse.core.sound`: streams. What users call is `lunapse.hearing`.

--- Rows of numbers that are made block by block. A stream has no end: past `n` a sound is silent and filters ring out. The rows do not depend on
--- how many are read at a time. One reader for each stream: functions below take over the streams that they are given.
---@class Stream
---@field channels integer  numbers in a row
---@field rate number       rows a second, Hz
---@field n integer         nominal length in rows; -1 where there is none
---@field at integer        rows read since the last reset
local Stream = {}

--- The next n rows, as an array [n][channels]; with `is_flat` and one channel, [n]. Errors: those of files and of functions in the stream.
---@param n integer  @param is_flat? boolean
---@return Array
function Stream:read(n, is_flat) end

--- Go back to row 0: what follows is the same, to the bit.
---@return Stream
function Stream:reset() end

--- Go to a row, counted from 0: what follows is what would be read there after a reset.
---@param row integer
---@return Stream
function Stream:seek(row) end

--- Let go of files and memory now, not when the collector finds the stream.
function Stream:close() end

local sound = {}

-- ---- streams that read nothing ----

--- `value` on every channel for n rows: silence (0), a click.
---@param value number  @param channels integer  @param rate number  @param n integer
---@return Stream
function sound.constant(value, channels, rate, n) end

--- The sum of tones, amplitude sin(phase + 2 pi frequency k/rate); three lists of one length.
---@param frequencies ArrayLike  @param amplitudes ArrayLike  @param phases ArrayLike  @param rate number  @param n integer
---@return Stream
function sound.tones(frequencies, amplitudes, phases, rate, n) end

--- White Gaussian noise of variance 1; n = -1: without end.
---@param seed integer  @param channels integer  @param rate number  @param n integer
---@return Stream
function sound.noise(seed, channels, rate, n) end

--- Rows of an array in time: `timing` has rate (rows a second) or times (ms), and may have period (ms), interpolate, silent (zeros after the end).
---@param rows Array  @param timing { rate?: number, times?: Array, period?: number, interpolate?: boolean, silent?: boolean }  @param rate number
---@return Stream
function sound.rows(rows, timing, rate) end

--- The samples of a file.
---@param path string
---@return Stream
function sound.file(path) end

--- What a function makes of times: called with an array of the times (ms) of 512 rows, gives an array [512] or [512][channels], or a number.
---@param f fun(times: Array): any  @param channels integer  @param rate number
---@return Stream
function sound.generator(f, channels, rate) end

-- ---- streams made of streams ----

---@param s Stream  @param n_on integer  @param n_off integer  samples
---@return Stream
function sound.ramp(s, n_on, n_off) end

---@param s Stream  @param gains ArrayLike  one, or one for each channel
---@return Stream
function sound.gain(s, gains) end

---@param streams Stream[]  of one rate and width
---@return Stream
function sound.sequence(streams) end

---@param streams Stream[]  of one rate; side by side
---@return Stream
function sound.join(streams) end

--- Rows first .. first+n-1 (from 0; a negative `first` begins with silence), then silence.
---@param s Stream  @param first integer  @param n? integer  default: as far as the stream goes
---@return Stream
function sound.cut(s, first, n) end

---@param s Stream  @param channels ArrayLike  numbers from 1, in any order
---@return Stream
function sound.pick(s, channels) end

--- The mean of all channels.
---@param s Stream
---@return Stream
function sound.mono(s) end

---@param s Stream  @param rate number
---@return Stream
function sound.resample(s, rate) end

--- A function of blocks [512][channels] and the time of their first row (ms); it gives such an array, or nothing where it changed the block.
---@param s Stream  @param f fun(block: Array, t: number): any
---@return Stream
function sound.map(s, f) end

--- A kernel program over the samples of streams, each of one channel or n_channels. A row has n_results * n_channels numbers, result by result. For each slot { source = k }, { result = k } (from 1),
--- "t" (the row's time, ms), "i" (the channel, from 1) or an array with a value for each channel. `every`: results of each such row hold till the next.
---@param streams Stream[]  @param program any  @param fills (string|table|Array)[]  @param n_channels integer  @param n_results? integer  @param every? integer
---@return Stream
function sound.kernel(streams, program, fills, n_channels, n_results, every) end

--- The row that goes back in a loop, first `initial`, a value for each channel; what hears it; and the loop, of whose body the first n_out channels go on and the last ones back.
---@param initial Array
---@return any row
function sound.loop_row(initial) end
---@param row any  @param rate number
---@return Stream
function sound.tap(row, rate) end
---@param body Stream  @param n_out integer  @param row any
---@return Stream
function sound.loop(body, n_out, row) end

-- ---- filters ----

---@param s Stream  @param cf ArrayLike  Hz  @param shape? { b?: number, q?: number, min_width?: number, order?: number }
---@return Stream
function sound.gammatone(s, cf, shape) end

--- The coefficients of one gammatone filter: sections (a0 + a1[k]/z)/(1 + b1/z + b2/z^2), k = 1 .. 4, divided by gain.
---@param cf number  @param rate number  @param shape? table
---@return { a0: number, a1: number[], b1: number, b2: number, gain: number }
function sound.gammatone_sections(cf, rate, shape) end

--- How many channels a gammatone filterbank computes together; n limits it from now on (0: as many as the processor can). The bits are the same.
---@param n? integer
---@return integer
function sound.lanes(n) end

--- Second-order sections { b0, b1, b2, a1, a2 } in a row, n_sections for each channel.
---@param s Stream  @param coefficients ArrayLike  @param n_sections integer
---@return Stream
function sound.filter(s, coefficients, n_sections) end

--- The same with coefficients that change: a row of the second stream is [section][b0 b1 b2 a1 a2][channel].
---@param s Stream  @param coefficients Stream  @param n_sections integer
---@return Stream
function sound.controlled(s, coefficients, n_sections) end

--- A finite filter, taps [channel][tap]; long ones by Fourier transform.
---@param s Stream  @param taps Array
---@return Stream
function sound.fir(s, taps) end

--- Sections that make white noise pink, and the rows after which their start is forgotten.
---@param rate number
---@return Array coefficients, integer settle
function sound.pink(rate) end

-- ---- measures, files ----

--- In one pass over n rows from the first: means, rms about the mean, largest absolute values; arrays [channels].
---@param s Stream  @param n integer
---@return Array means, Array rms, Array peaks
function sound.measure(s, n) end

--- Mean squares over bins of `bin` rows, an array [n_bins][channels].
---@param s Stream  @param bin integer  @param n_bins integer
---@return Array
function sound.bins(s, bin, n_bins) end

--- Columns first .. last of `power` in dB, transposed, not less than `range` below the largest; and the largest.
---@param power Array  @param reference number  @param range number  @param first integer  @param last integer
---@return Array, number
function sound.decibels(power, reference, range, first, last) end

---@param path string  @param s Stream  @param n integer  @param samples "pcm16"|"pcm24"|"float32"|"float64"|"compressed"
function sound.save(path, s, n, samples) end

--- Play a file by the first of these programs that is there, and wait for its end; nil where none is.
---@param path string  @param players string[][]  the name of each and its arguments before the file
---@return string?
function sound.play(path, players) end

return sound
