/* Pictures: a thin face of cairo (drawing) and libpng (writing), for pixels, SVG and PDF alike.
**
** Lengths are points (1/72 inch), y grows downwards, colours are 0xRRGGBBAA. What is drawn in *data* coordinates (curves, marks,
** bars, images) goes through the canvas's current frame: a rectangle of the page with limits, linear or logarithmic, and is clipped
** to it. A number that is not finite, or not positive on a logarithmic axis, has no place: curves break there, marks are left out.
** Millions of data are reduced to what the pixels can show before cairo sees them.
** Ownership: one Canvas owns its cairo objects and bytes until canvas_free; data are borrowed for the call. Not thread-safe.
** Errors of drawing (no memory) stick to the canvas and are told by canvas_save.
**
** This folder (canvas) draws: nothing in it knows what is drawn. */
#ifndef LUNAPSE_CANVAS_CANVAS_H
#define LUNAPSE_CANVAS_CANVAS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct Canvas Canvas;
typedef enum { CANVAS_PNG, CANVAS_SVG, CANVAS_PDF } CanvasFormat;

typedef struct {
  CanvasFormat format;
  double width, height; /* points */
  double dpi;           /* pixels an inch, of PNG and of what is drawn as pixels inside SVG and PDF */
  uint32_t background;  /* 0xRRGGBBAA; alpha 0 leaves the page transparent */
  const char *family;   /* font family, "DejaVu Sans" */
} CanvasPage;

typedef struct {
  double left, top, width, height; /* points */
  double x0, x1, y0, y1;           /* limits: x0 at the left edge, y0 at the bottom; x0 > x1 turns the axis round */
  bool x_log, y_log;               /* then the limits are positive */
  double x_linear, y_linear;       /* above 0: symmetric-logarithmic, linear between -x_linear and x_linear (as long as one decade) */
} CanvasFrame;

enum { CANVAS_MAX_DASH = 8 };
typedef struct {
  uint32_t color;
  double width; /* points; 0 draws nothing */
  int n_dash;
  double dash[CANVAS_MAX_DASH]; /* on, off, ... in points */
} CanvasPen;

typedef struct {
  double size; /* points */
  bool is_bold, is_italic;
} CanvasFont;

typedef struct {
  double width;               /* of the advance: where a following text would begin */
  double ascent, descent;     /* of the font, the same for every text */
  double ink_top, ink_bottom; /* of this text's ink, upwards and downwards from the base line */
} CanvasExtent;

typedef enum { MARK_CIRCLE, MARK_SQUARE, MARK_DIAMOND, MARK_TRIANGLE, MARK_CROSS, MARK_PLUS, MARK_TICK } CanvasShape;
typedef struct {
  CanvasShape shape;
  double size;  /* points: the diameter; of MARK_TICK the height */
  double width; /* points: of the strokes of CROSS, PLUS, TICK */
  uint32_t color;
} CanvasMark;

typedef struct {
  const char *key, *value;
} CanvasNote; /* UTF-8; borrowed */

/* A blank page. NULL with `e` filled: absurd sizes, no memory. */
Canvas *canvas_open(const CanvasPage *page, Error *e);

/* The picture in a PNG file, one point a pixel. NULL with `e` filled. */
Canvas *canvas_read_png(const char *path, Error *e);

void canvas_free(Canvas *c);

/* What is wrong with the canvas (no memory, already saved as SVG or PDF), or NULL. */
const char *canvas_fault(Canvas *c);

void canvas_size(const Canvas *c, double *width, double *height);

/* The nearest place where an axis-parallel line of the width (points; 0 for an edge between pixels) covers whole pixels. */
double canvas_snap(const Canvas *c, double at, double line_width);

/* ---- in page coordinates (points) ---- */

/* False with `e` filled where the text is not UTF-8. Text is drawn from its base line's left end, turned by `angle` (radians,
** clockwise) round it. */
bool canvas_measure(Canvas *c, const char *text, const CanvasFont *font, CanvasExtent *out, Error *e);
bool canvas_text(Canvas *c, double x, double y, const char *text, const CanvasFont *font, double angle, uint32_t color, Error *e);

/* `n` axis-parallel or slanted segments, xy[4 n] as x1 y1 x2 y2; axis-parallel ones are snapped to pixels. */
void canvas_rules(Canvas *c, const double *xy, size_t n, const CanvasPen *pen);

/* A rectangle with rounded corners (radius 0: square), filled and then outlined; a colour with alpha 0 is left out. */
void canvas_box(Canvas *c, double left, double top, double width, double height, double radius, uint32_t fill, const CanvasPen *edge);

/* Polygons, xy[2 n], filled (what lies within an even number of them is a hole) and outlined: a corner that is NaN ends one and begins
** the next; `is_open` leaves out the closing lines, `is_clipped` what lies outside the frame. */
void canvas_shape(Canvas *c, const double *xy, size_t n, bool is_open, bool is_clipped, uint32_t fill, const CanvasPen *edge);

/* One mark at (x, y), not clipped. */
void canvas_mark(Canvas *c, double x, double y, const CanvasMark *mark);

/* ---- in data coordinates ---- */

void canvas_set_frame(Canvas *c, const CanvasFrame *frame);

/* Where a datum lies on the page; NAN where it has no place. */
double canvas_place_x(const Canvas *c, double x);
double canvas_place_y(const Canvas *c, double y);

/* A polyline. `x` may be NULL: 1, 2, ... Where x ascends and there are many points a pixel, each pixel column gets its first, lowest,
** highest and last value, in their order: the same picture in time O(n + pixels). `is_stair`: each value holds until the next x. */
void canvas_curve(Canvas *c, const double *x, const double *y, size_t n, bool is_stair, const CanvasPen *pen);

/* The area between two curves over ascending x (NULL: 1, 2, ...). On a log axis what is not positive lies at the frame's bottom. */
void canvas_area(Canvas *c, const double *x, const double *low, const double *high, size_t n, uint32_t fill);

/* Marks at the points; y or x NULL: 1, 2, ... Above a few thousand, SVG and PDF get them as one picture of `dpi`. A mark's own colour
** is colors[k] of the table, its own size sizes[k] (not finite: no mark); NULL: that of `mark`. */
typedef struct {
  const double *sizes, *colors; /* colors: 0 .. 255, places in `lut` */
  const uint32_t *lut;
} CanvasEach;
void canvas_marks(Canvas *c, const double *x, const double *y, size_t n, const CanvasMark *mark, const CanvasEach *each);

/* Rectangles between x0[k] and x1[k] and between low[k] and high[k] (NULL: `base`), edges snapped to pixels; `is_flat` turns the bars
** on their side: x0, x1 are then y. `edge` is drawn where bars are wide enough to bear it. */
typedef struct {
  const double *x0, *x1, *low, *high;
  double base;
  bool is_flat;
  uint32_t fill;
  CanvasPen edge;
} CanvasBars;
void canvas_bars(Canvas *c, const CanvasBars *bars, size_t n);

/* A matrix as an image. Row 0 lies at y0, column 0 at x0; cells are boxes without smoothing; where several share a pixel, their
** mean (without the NaN) is shown. A NaN cell is left transparent. `lut`: 256 colours for the values lo to hi. With 3 or 4 channels the values
** of a cell are its red, green, blue (and opacity), from none at lo to all at hi. */
typedef struct {
  const double *values;
  size_t rows, columns, channels; /* contiguous, row-major; channels: 1, 3 or 4 */
  double lo, hi;
  double x0, x1, y0, y1;
  const double *x_edges, *y_edges; /* [columns + 1], [rows + 1], ascending: cells of unequal widths; NULL: x0 to x1 in equal parts */
  const uint32_t *lut;
} CanvasImage;
bool canvas_image(Canvas *c, const CanvasImage *image, Error *e);

/* ---- looking at pixels (PNG canvases) ---- */

/* The part of the rectangle (points) that has ink, 0..1: how full a place is. */
double canvas_ink(Canvas *c, double left, double top, double width, double height);

/* A hash (FNV-1a, 64 bits) of size and pixels. */
uint64_t canvas_hash(Canvas *c);

/* The channel (0 red .. 3 alpha) of a pixel, 0..255, not premultiplied; -1 outside. */
int canvas_pixel(Canvas *c, long column, long row, int channel);

/* Mean and greatest absolute difference of the channels, 0..255; false where the sizes differ. */
bool canvas_difference(Canvas *a, Canvas *b, double *mean, double *greatest);

/* ---- writing ---- */

/* Write the file, in the format of the canvas: PNG with a text chunk for each note, SVG with title and description, PDF with its
** document information; "Creation Time" is added (SOURCE_DATE_EPOCH, else now). The same drawing, notes and date give the same bytes.
** Written beside the target and renamed when complete: a failure leaves an old file as it was. */
bool canvas_save(Canvas *c, const char *path, const CanvasNote *notes, size_t n_notes, Error *e);

/* The same bytes in memory, without notes; they belong to the canvas. NULL with `e`. */
const char *canvas_encode(Canvas *c, size_t *n, Error *e);

#endif
