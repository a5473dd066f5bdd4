---@meta
--- Types for editors, and the reference of what axes draw. Each method is a file of lua/lunapse/plot/kinds.

---@class lunapse.Axes
local Axes = {}

--- A line through y, or one for each column if y is a matrix (one row a time, as recordings are). `x` defaults to 1, 2, ...; NaN is a gap.
--- Options: label, color, alpha, width, dash, marker, marker_size, stair (hold each value until the next x), xerr and yerr (error bars of plus and minus so much: a number, one for
--- each value, or { low = ..., high = ... }).
---@param x ArrayLike  may be left out
---@param y ArrayLike
---@param opt? { label?: string|string[], color?: string|number|table, alpha?: number, width?: number, dash?: string|table, marker?: string, marker_size?: number, stair?: boolean, xerr?: number|ArrayLike|table, yerr?: number|ArrayLike|table }
---@return lunapse.Axes
function Axes:line(x, y, opt) end

--- A mark at each point. Options: label, color, alpha, marker, size (the diameter in points, or one for each), stroke, open (bare inside), xerr and yerr (as of a line), values (a value for each point,
--- shown by its colour: with map, range, norm, linthresh and bar, as of an image).
---@param x ArrayLike  may be left out
---@param y ArrayLike
---@param opt? { label?: string, color?: string|number|table, alpha?: number, marker?: string, size?: number|ArrayLike, stroke?: number, open?: boolean, xerr?: number|ArrayLike|table, yerr?: number|ArrayLike|table, values?: ArrayLike, map?: string|table, range?: number[], norm?: string, linthresh?: number, bar?: boolean|string, bar_ticks?: table }
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
--- `extent` = { x0, x1, y0, y1 } column 1 begins at x0 and row 1 at y0, and y grows upwards; with `x` and `y` they are the centres of columns and rows (ascending; or their edges, one
--- more), which need not be equally far apart. NaN cells are left blank. `bar` adds a colour bar, with a label if it is a string; aspect = "equal" makes the cells square; `map` is the
--- colour map: a name of lp.colormaps ("viridis" unless given), turned round with "_r", or a list of colours; `range` = { low, high }; `norm` = "log", or "symlog" with `linthresh`, spreads
--- the values over the map by their logarithms. An array of rows x columns x 3 or 4 is an image in its own colours: red, green, blue (and opacity), 0..1, or 0..255 in an array of
--- integers.
---@param x ArrayLike  may be left out, with y
---@param y ArrayLike
---@param matrix ArrayLike
---@param opt? { map?: string|table, range?: number[], norm?: string, linthresh?: number, extent?: number[], bar?: boolean|string, origin?: string, aspect?: string, bar_ticks?: table }
---@return lunapse.Axes
function Axes:image(x, y, matrix, opt) end

--- How many points lie where: an image of a two-dimensional histogram. `bins`: how many along both axes (10 if not given), or { bins or edges of x, bins or edges of y };
--- `density` makes the volume 1; cells without points are blank. Colours as of an image.
---@param x ArrayLike
---@param y ArrayLike
---@param opt? { bins?: integer|table, density?: boolean, map?: string|table, range?: number[], norm?: string, linthresh?: number, bar?: boolean|string, bar_ticks?: table }
---@return lunapse.Axes
function Axes:hist2d(x, y, opt) end

--- Contours of a matrix with a row for each y and a column for each x (ascending; 1, 2, ... unless given). `levels`: about how many, at round numbers (8), or where. Lines have the
--- colours of their levels, as an image has, or `color`; `labels` = true writes the level upon them. Around NaN there are none.
---@param x ArrayLike  may be left out, with y
---@param y ArrayLike
---@param z ArrayLike
---@param opt? { levels?: integer|ArrayLike, color?: string|number|table, alpha?: number, width?: number, dash?: string|table, label?: string, labels?: boolean, map?: string|table, range?: number[], norm?: string, linthresh?: number, bar?: boolean|string, bar_ticks?: table }
---@return lunapse.Axes
function Axes:contour(x, y, z, opt) end

--- Filled contours: the areas between levels, each in the colour of its middle. Options as of contours, without those of lines.
---@param x ArrayLike  may be left out, with y
---@param y ArrayLike
---@param z ArrayLike
---@param opt? { levels?: integer|ArrayLike, map?: string|table, range?: number[], norm?: string, linthresh?: number, bar?: boolean|string, bar_ticks?: table }
---@return lunapse.Axes
function Axes:contourf(x, y, z, opt) end

--- Arrows (u, v): of matrices on the grid of x (columns) and y (rows), else one at each point (x, y). `scale`: how many units of (u, v) an arrow as long as the axes are wide has (default:
--- the longest reaches to its neighbour); `angles` = "uv" (unless given): u is to the right and v upwards on the page; "xy": towards (x + u, y + v). `values` colours them, as points.
---@param x ArrayLike
---@param y ArrayLike
---@param u ArrayLike
---@param v ArrayLike
---@param opt? { label?: string, color?: string|number|table, alpha?: number, width?: number, scale?: number, angles?: "uv"|"xy", values?: ArrayLike, map?: string|table, range?: number[], norm?: string, linthresh?: number, bar?: boolean|string, bar_ticks?: table }
---@return lunapse.Axes
function Axes:quiver(x, y, u, v, opt) end

--- Streamlines of the field (u, v), matrices on the grid of x (columns, ascending) and y (rows). `density` 1: at most about thirty lines side by side.
---@param x ArrayLike
---@param y ArrayLike
---@param u ArrayLike
---@param v ArrayLike
---@param opt? { label?: string, color?: string|number|table, alpha?: number, width?: number, density?: number }
---@return lunapse.Axes
function Axes:streamplot(x, y, u, v, opt) end

--- Bars of given heights, at 1, 2, ... or at x; of a matrix each column is a series: side by side, or upon each other where `stacked`. Options: label, color, alpha, width (part of their
--- spacing, 0.8), shift (in such parts), base (where they stand: a number, or one for each), labels (names under the bars), xerr and yerr (as of a line; of a matrix a matrix), flat (on
--- their side).
---@param x ArrayLike  may be left out
---@param heights ArrayLike
---@param opt? { label?: string|string[], color?: string|number|table, alpha?: number, width?: number, shift?: number, base?: number|ArrayLike, labels?: string[], xerr?: number|ArrayLike|table, yerr?: number|ArrayLike|table, flat?: boolean, stacked?: boolean }
---@return lunapse.Axes
function Axes:bars(x, heights, opt) end

--- The band between two curves, for errors and ranges. `x` ascends, or is nil for 1, 2, ...; `low` and `high` may be numbers; NaN is a gap; `stair` holds each value until the next x. Without
--- a colour it takes that of the last series drawn, so that it belongs to the line before it.
---@param x ArrayLike?
---@param low ArrayLike|number
---@param high ArrayLike|number
---@param opt? { label?: string, color?: string|number|table, alpha?: number, stair?: boolean }
---@return lunapse.Axes
function Axes:band(x, low, high, opt) end

--- The area between y and 0; of a matrix one for each column, each upon the one before.
---@param x ArrayLike  may be left out
---@param y ArrayLike
---@param opt? { label?: string|string[], color?: string|number|table, alpha?: number, stair?: boolean }
---@return lunapse.Axes
function Axes:area(x, y, opt) end

--- Boxes from the first to the third quartile with a line at the median, for each group: a list of them, the columns of a matrix, or a vector (one group). Whiskers reach to the last value
--- within `whiskers` (1.5) interquartile ranges (J. Tukey 1977), what lies beyond is a point unless `outliers` = false. `x`: where they stand; `labels` name them; `width` as part of their
--- distance (0.5); `flat` lays them on their side.
---@param values ArrayLike|ArrayLike[]
---@param opt? { label?: string, labels?: string[], color?: string|number|table, alpha?: number, width?: number, x?: ArrayLike, flat?: boolean, whiskers?: number, outliers?: boolean }
---@return lunapse.Axes
function Axes:boxplot(values, opt) end

--- Violins: the density of each group's values between the least and the greatest, with median and quartiles. `bandwidth`: of its Gaussian kernel in standard deviations (n^-0.2: D. Scott
--- 1992). The rest as of boxes.
---@param values ArrayLike|ArrayLike[]
---@param opt? { label?: string, labels?: string[], color?: string|number|table, alpha?: number, width?: number, x?: ArrayLike, flat?: boolean, bandwidth?: number }
---@return lunapse.Axes
function Axes:violinplot(values, opt) end

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

--- Text at a place of the data; `arrow` = { x, y } draws an arrow from the words to that point.
---@param x number
---@param y number
---@param text string
---@param opt? { color?: string|number|table, size?: number, bold?: boolean, italic?: boolean, align?: string, valign?: string, angle?: number, arrow?: number[] }
---@return lunapse.Axes
function Axes:text(x, y, text, opt) end

--- An arrow from one place of the data to another.
---@param x0 number
---@param y0 number
---@param x1 number  the tip
---@param y1 number
---@param opt? { label?: string, color?: string|number|table, alpha?: number, width?: number }
---@return lunapse.Axes
function Axes:arrow(x0, y0, x1, y1, opt) end

return Axes
