/* What the files of this room share: the canvas's fields and the way from data to page. Nobody else includes this. */
#ifndef LUNAPSE_CANVAS_INSIDE_H
#define LUNAPSE_CANVAS_INSIDE_H
#include <cairo.h>
#include <math.h>

#include "canvas/canvas.h"

/* Bytes that an SVG or PDF surface has written so far. */
typedef struct {
  unsigned char *bytes; /* owned */
  size_t n;
  int64_t room;
} CanvasBytes;

struct Canvas {
  CanvasFormat format;
  cairo_surface_t *surface; /* owned */
  cairo_t *cr;              /* owned; user unit: the point */
  double width, height;     /* points */
  double dpi;
  double scale; /* device pixels a point; 1 where there are no pixels */
  double grain; /* points: curves are not drawn in more detail than this */
  CanvasFrame frame;
  CanvasBytes bytes;
  char *encoded;    /* owned, by libc: what canvas_encode has made last, or NULL */
  bool is_finished; /* SVG and PDF: saved, nothing can be drawn any more */
  bool is_starved;  /* something was not drawn for want of memory */
};

/* One axis of a frame: position = at + (u - from) * per, u = canvas_scaled(value). */
typedef struct {
  double at, from, per;
  bool is_log;
  double linear; /* above 0: symmetric-logarithmic */
} CanvasAxis;

CanvasAxis canvas_x_axis(const Canvas *c);
CanvasAxis canvas_y_axis(const Canvas *c);

/* Far outside every page, and small enough for cairo's fixed-point coordinates. */
enum { CANVAS_FAR = 100000 };

/* The value, its logarithm, or what is linear about 0 and logarithmic from `linear` on, on both sides. */
static inline double canvas_scaled(const CanvasAxis *axis, double value) {
  if (axis->is_log)
    return value > 0 ? log10(value) : NAN;
  double size = fabs(value) / axis->linear;
  return axis->linear > 0 ? copysign(size > 1 ? 1 + log10(size) : size, value) : value;
}

static inline double canvas_place(const CanvasAxis *axis, double value) {
  double at = axis->at + (canvas_scaled(axis, value) - axis->from) * axis->per;
  if (!isfinite(value))
    return NAN;
  return at > CANVAS_FAR ? CANVAS_FAR : at < -CANVAS_FAR ? -CANVAS_FAR : at;
}

/* The inverse. */
static inline double canvas_value(const CanvasAxis *axis, double at) {
  double u = axis->from + (at - axis->at) / axis->per;
  if (axis->is_log)
    return pow(10, u);
  return axis->linear > 0 ? copysign(axis->linear * (fabs(u) > 1 ? pow(10, fabs(u) - 1) : fabs(u)), u) : u;
}

void canvas_set_color(cairo_t *cr, uint32_t color);
void canvas_set_pen(cairo_t *cr, const CanvasPen *pen);
void canvas_clip_frame(Canvas *c); /* after cairo_save */

/* The pixels of a PNG canvas, ready to be read and written; NULL for others. Call canvas_pixels_done after writing. */
uint32_t *canvas_pixels(Canvas *c, int *width, int *height, int *stride_words);
void canvas_pixels_done(Canvas *c);

/* Write the picture's pixels as PNG to an open file. */
bool canvas_write_png(Canvas *c, void *file, const CanvasNote *notes, size_t n_notes, Error *e);

#endif
