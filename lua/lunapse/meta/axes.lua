---@meta
--- Types for editors, and the reference of what axes draw. Each method is a file of lua/lunapse/plot/kinds.

---@class lunapse.Axes
local Axes = {}

--- A line through y, or one for each column if y is a matrix (one row a time, as recordings are). `x` defaults to 1, 2, ...; NaN is a gap.
--- Options: label, color, alpha, width, dash, marker, marker_size, stair (hold each value until the next x), error (bars of plus and minus so much: a number, one for each
--- value, or { low = ..., high = ... }).
---@param x ArrayLike  may be left out
---@param y ArrayLike
---@param opt? { label?: string|string[], color?: string|number|table, alpha?: number, width?: number, dash?: string|table, marker?: string, marker_size?: number, stair?: boolean, error?: number|ArrayLike|table }
---@return lunapse.Axes
function Axes:line(x, y, opt) end

--- A mark at each point. Options: label, color, alpha, marker, size, stroke, error (bars, as of a line).
---@param x ArrayLike  may be left out
---@param y ArrayLike
---@param opt? { label?: string, color?: string|number|table, alpha?: number, marker?: string, size?: number, stroke?: number, error?: number|ArrayLike|table }
---@return lunapse.Axes
function Axes:points(x, y, opt) end

--- A raster of spikes: of a recording, or of times (ms) and neurons. Up to about sixty rows are drawn as ticks, more as dots.
--- Of a recording, silent neurons and times without spikes are shown too. Options: label, color, alpha, size, marker, width.
---@param spikes SpikeRecording|ArrayLike  the recording, or the times
---@param neuron? ArrayLike  numbers from 1, where times were given
---@param opt? { label?: string, color?: string|number|table, alpha?: number, size?: number, marker?: string, width?: number }
---@return lunapse.Axes
function Axes:raster(spikes, neuron, opt) end

--- How often which value occurs. `bins`: their number or a table of edges (default: by Freedman and Diaconis); `density` makes the area 1; `outline`
--- draws the contour only. Values that are not finite, or outside the range, are not counted.
---@param values ArrayLike
---@param opt? { label?: string, color?: string|number|table, alpha?: number, bins?: integer|number[], range?: number[], density?: boolean, outline?: boolean }
---@return lunapse.Axes
function Axes:histogram(values, opt) end

--- A matrix in colours. Without `extent` rows and columns count from 1 and row 1 is at the top (origin = "bottom": at the bottom); with
--- `extent` = { x0, x1, y0, y1 } column 1 begins at x0 and row 1 at y0, and y grows upwards. NaN cells are left blank. `bar` adds a colour bar, with a
--- label if it is a string; aspect = "equal" makes the cells square; `map` is the colour map: "viridis" (unless given), "magma", "inferno", "plasma", "hot", "gray",
--- "coolwarm", or one of them turned round: "gray_r". An array of rows x columns x 3 or 4 is an image in its own colours: red, green, blue (and opacity), 0..1, or
--- 0..255 in an array of integers.
---@param matrix ArrayLike
---@param opt? { map?: string, range?: number[], extent?: number[], bar?: boolean|string, origin?: string, aspect?: string, bar_ticks?: table }
---@return lunapse.Axes
function Axes:image(matrix, opt) end

--- Bars of given heights, at 1, 2, ... or at x. Options: label, color, alpha, width (part of their spacing, 0.8), shift (in such parts), base (where they stand: a number, or
--- one for each, for bars upon bars), labels (names under the bars), error (as of a line), flat (on their side).
---@param x ArrayLike  may be left out
---@param heights ArrayLike
---@param opt? { label?: string, color?: string|number|table, alpha?: number, width?: number, shift?: number, base?: number|ArrayLike, labels?: string[], error?: number|ArrayLike|table, flat?: boolean }
---@return lunapse.Axes
function Axes:bars(x, heights, opt) end

--- The band between two curves, for errors and ranges. `x` ascends, or is nil for 1, 2, ...; NaN is a gap. Without a colour it takes that of the last
--- series drawn, so that it belongs to the line before it.
---@param x ArrayLike?
---@param low ArrayLike
---@param high ArrayLike
---@param opt? { label?: string, color?: string|number|table, alpha?: number }
---@return lunapse.Axes
function Axes:band(x, low, high, opt) end

--- A horizontal line through the whole axes.
---@param y number
---@param opt? { label?: string, color?: string|number|table, alpha?: number, width?: number, dash?: string|table }
---@return lunapse.Axes
function Axes:hline(y, opt) end

--- A vertical line through the whole axes.
---@param x number
---@param opt? { label?: string, color?: string|number|table, alpha?: number, width?: number, dash?: string|table }
---@return lunapse.Axes
function Axes:vline(x, opt) end

--- A shaded horizontal span.
---@param from number
---@param to number
---@param opt? { label?: string, color?: string|number|table, alpha?: number }
---@return lunapse.Axes
function Axes:hspan(from, to, opt) end

--- A shaded vertical span.
---@param from number
---@param to number
---@param opt? { label?: string, color?: string|number|table, alpha?: number }
---@return lunapse.Axes
function Axes:vspan(from, to, opt) end

--- Text at a place of the data.
---@param x number
---@param y number
---@param text string
---@param opt? { color?: string|number|table, size?: number, bold?: boolean, italic?: boolean, align?: string, valign?: string, angle?: number }
---@return lunapse.Axes
function Axes:text(x, y, text, opt) end

return Axes
