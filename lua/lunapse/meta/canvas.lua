---@meta
--- Types for editors, and the reference of `lunapse.core.canvas`, the C module that figures are drawn with. Most users want
--- `lp.figure` (lua/lunapse/plot/figure.lua); this is for a new plot kind, or for a picture that is no figure.
---
--- Lengths are points (1/72 inch), y grows downwards, colours are integers 0xRRGGBBAA. Data are float64 arrays without gaps, as
--- `canvas.numbers` makes them. Data methods draw through the frame that `set_frame` gave, clipped to it; what is not finite, or not
--- positive on a log axis, has no place: curves break there, marks are left out.
---
---     local canvas = require "lunapse.core.canvas"
---     local on = canvas.open { format = "png", width = 288, height = 216, dpi = 100 }
---     on:set_frame { left = 40, top = 10, width = 230, height = 170, x0 = 0, x1 = 10, y0 = -1, y1 = 1 }
---     on:curve(nil, canvas.numbers { 0, 1, 0, -1 }, { color = 0x0072b2ff, width = 1.5 })
---     on:save("sketch.png", { { "seed", "1" } })

---@class lunapse.Pen
---@field color? integer  default black
---@field width? number  default 1; 0 draws nothing
---@field dash? number[]  on, off, ... (at most 8 lengths)

---@class lunapse.Font
---@field size? number  default 10
---@field bold? boolean
---@field italic? boolean

---@class lunapse.Mark
---@field shape? "circle"|"square"|"diamond"|"triangle"|"cross"|"plus"|"tick"
---@field size? number  the diameter; of a tick the height
---@field width? number  of the strokes of cross, plus, tick
---@field color? integer

---@class lunapse.CanvasModule
---@field software string  "Lunapse 0.1.0"
local canvas = {}

--- A blank page. Errors: "dpi must lie in 1..10000, got 0"; "a picture has 1 to 32000 pixels a side, got ...".
---@param page { format?: "png"|"svg"|"pdf", width?: number, height?: number, dpi?: number, background?: integer, family?: string }
---@return lunapse.Canvas
function canvas.open(page) end

--- The picture in a PNG file, one point a pixel. Errors: "cannot read 'a.png': file not found".
---@param path string
---@return lunapse.Canvas
function canvas.read_png(path) end

--- Begin a GIF, an APNG or an MP4 of pictures of one size (the last two by the program ffmpeg). It appears with `save`, and not at all without.
---@param path string
---@param format "gif"|"apng"|"mp4"
---@param fps number
---@param loops boolean
---@return { add: fun(self: any, picture: lunapse.Canvas), save: fun(self: any) }
function canvas.movie(path, format, fps, loops) end

--- A private float64 copy without gaps. Errors as `array.from`.
---@param values ArrayLike|number
---@return Array numbers
---@return integer axes
---@return integer rows
---@return integer columns  1 of a vector
function canvas.numbers(values) end

--- The least and greatest finite value, or with `positive` of those above 0; nothing where there is none.
---@param values Array
---@param positive? boolean
---@return number? lo
---@return number? hi
---@return integer? count
function canvas.range(values, positive) end

--- Counts between ascending edges: a bin holds its lower edge, the last one both.
---@param values Array
---@param edges Array
---@return Array counts
---@return integer total  how many were counted
function canvas.histogram(values, edges) end

---@class lunapse.Canvas
local Canvas = {}

---@return number width
---@return number height
function Canvas:size() end

--- Where an axis-parallel line of the width covers whole pixels, nearest to `at`; without width: an edge between pixels.
---@param at number
---@param width? number
---@return number
function Canvas:snap(at, width) end

--- Width; ascent and descent of the font; how far this text's ink reaches above and below the base line. Errors: not UTF-8.
---@param text string
---@param font? lunapse.Font
---@return number width
---@return number ascent
---@return number descent
---@return number ink_top
---@return number ink_bottom
function Canvas:measure(text, font) end

--- Text from the left end of its base line, turned by `angle` (radians, clockwise) round it.
---@param x number
---@param y number
---@param text string
---@param font? lunapse.Font
---@param angle? number
---@param color? integer
function Canvas:text(x, y, text, font, angle, color) end

--- Segments { x1, y1, x2, y2, ... }; axis-parallel ones are snapped to pixels.
---@param segments number[]
---@param pen? lunapse.Pen
function Canvas:rules(segments, pen) end

---@param left number
---@param top number
---@param width number
---@param height number
---@param opt { radius?: number, fill?: integer }
---@param edge? lunapse.Pen
function Canvas:box(left, top, width, height, opt, edge) end

--- Polygons { x1, y1, x2, y2, ... }: NaN ends one and begins the next; what lies within an even number of them is not filled. `clip` leaves out what is outside the frame.
---@param corners number[]
---@param opt { open?: boolean, clip?: boolean, fill?: integer }
---@param edge? lunapse.Pen
function Canvas:shape(corners, opt, edge) end

--- One mark on the page.
---@param x number
---@param y number
---@param mark lunapse.Mark
function Canvas:mark(x, y, mark) end

--- The rectangle that data are drawn in, and its limits: x0 at the left edge, y0 at the bottom. Errors: no area, equal limits, limits
--- that are not positive on a log axis. `x_linear` and `y_linear` above 0: symmetric-logarithmic, linear up to that.
---@param frame { left: number, top: number, width: number, height: number, x0: number, x1: number, y0: number, y1: number, x_log?: boolean, y_log?: boolean, x_linear?: number, y_linear?: number }
function Canvas:set_frame(frame) end

--- Where a datum lies on the page; NaN where it has no place.
---@param x number
---@param y number
---@return number x
---@return number y
function Canvas:place(x, y) end

--- A polyline; x nil: 1, 2, ... Millions of points over ascending x cost a few milliseconds.
---@param x Array?
---@param y Array
---@param pen lunapse.Pen
---@param is_stair? boolean  hold each value until the next x
function Canvas:curve(x, y, pen, is_stair) end

--- The area between two curves over ascending x.
---@param x Array?
---@param low Array
---@param high Array
---@param color integer
function Canvas:area(x, low, high, color) end

--- Marks at points. More than 5000 become a picture in SVG and PDF.
---@param x Array?
---@param y Array
---@param mark lunapse.Mark
---@param sizes? Array   a diameter for each
---@param places? Array  of their colours in `colors`, 0 to 255
---@param colors? integer[]  256
function Canvas:marks(x, y, mark, sizes, places, colors) end

--- Rectangles between x0 and x1, low (an array, or one number) and high; `flat` lays them on their side.
---@param x0 Array
---@param x1 Array
---@param low Array|number
---@param high Array
---@param opt { fill?: integer, flat?: boolean }
---@param edge? lunapse.Pen  drawn where bars are wide enough
function Canvas:bars(x0, x1, low, high, opt, edge) end

--- A matrix; row 1 begins at y0, column 1 at x0. Cells are not blended; where several share a pixel their mean is shown; NaN is left out. Rows x
--- columns x 3 or 4 are red, green, blue (and opacity), from none at lo to all at hi.
---@param matrix Array
---@param colors integer[]  256, for the values lo to hi
---@param place { lo: number, hi: number, x0: number, x1: number, y0: number, y1: number, x_edges: Array?, y_edges: Array? }  edges: ascending, of cells of unequal size
function Canvas:image(matrix, colors, place) end

--- The part of a rectangle that has ink, 0..1 (PNG canvases with a transparent ground).
---@return number
function Canvas:ink(left, top, width, height) end

--- A hash of size and pixels (PNG canvases), 16 hex digits.
---@return string
function Canvas:hash() end

--- A pixel's red, green, blue and alpha, 0..255; nothing outside the picture.
---@param column integer  from 1
---@param row integer
---@return integer? red
---@return integer? green
---@return integer? blue
---@return integer? alpha
function Canvas:pixel(column, row) end

--- Mean and greatest absolute difference of all channels, 0..255; nil where the sizes differ.
---@param other lunapse.Canvas
---@return number? mean
---@return number? greatest
function Canvas:difference(other) end

--- Write the file. Notes become text chunks of a PNG, the description of an SVG, the subject of a PDF; "Creation Time" is added
--- (SOURCE_DATE_EPOCH if set). An old file is replaced only when the new one is complete. SVG and PDF canvases can be saved once.
---@param path string
---@param notes? { [1]: string, [2]: string }[]
---@return string path
--- Errors: "cannot write 'a/b.png': no such folder (it is not made for you)".
function Canvas:save(path, notes) end

--- What `save` would write, without notes.
---@return string
function Canvas:bytes() end

--- Free the canvas now rather than when it is collected.
function Canvas:close() end

return canvas
