/* Marks at data points: circles, squares, crosses, ticks.
**
** On pixels a mark is a stamp: its coverage is drawn once for each of PHASES x PHASES positions within a pixel, then laid down at
** every point. That costs a few nanoseconds a pixel of the mark, where filling paths would cost microseconds a point, so a million
** spikes are drawn in a tenth of a second; few marks go the same way, so that a picture does not change its look with the count.
** SVG and PDF get paths up to MANY marks, and above that one picture of the page's resolution, as a file of a million paths
** could not be opened. */
#include <string.h>

#include "base/memory.h"
#include "canvas/canvas.h"
#include "canvas/inside.h"

enum { PHASES = 4, MANY = 5000, MAX_STAMP = 4000 /* pixels a side */ };

/* ---- one mark as a path ---- */

static void path_polygon(cairo_t *cr, double x, double y, const double (*corner)[2], int n, double r) {
  for (int k = 0; k < n; k++)
    cairo_line_to(cr, x + r * corner[k][0], y + r * corner[k][1]);
  cairo_close_path(cr);
}

/* Draw with the current source; areas are as large as the circle looks. */
static void draw_mark(cairo_t *cr, double x, double y, const CanvasMark *m) {
  static const double diamond[][2] = { { 0, -1.2 }, { 1.2, 0 }, { 0, 1.2 }, { -1.2, 0 } };
  static const double triangle[][2] = { { 0, -1.15 }, { 1.1, 0.85 }, { -1.1, 0.85 } };
  double r = fmin(m->size / 2, CANVAS_FAR); /* cairo takes for ever over an endless arc */
  cairo_new_path(cr);
  switch (m->shape) {
  case MARK_CIRCLE: cairo_arc(cr, x, y, r, 0, 4 * acos(0)); break;
  case MARK_SQUARE: cairo_rectangle(cr, x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r); break;
  case MARK_DIAMOND: path_polygon(cr, x, y, diamond, 4, r); break;
  case MARK_TRIANGLE: path_polygon(cr, x, y, triangle, 3, r); break;
  case MARK_CROSS:
    cairo_move_to(cr, x - r, y - r), cairo_line_to(cr, x + r, y + r);
    cairo_move_to(cr, x - r, y + r), cairo_line_to(cr, x + r, y - r);
    break;
  case MARK_PLUS:
    cairo_move_to(cr, x - r, y), cairo_line_to(cr, x + r, y);
    cairo_move_to(cr, x, y + r), cairo_line_to(cr, x, y - r);
    break;
  case MARK_TICK: cairo_move_to(cr, x, y - r), cairo_line_to(cr, x, y + r); break;
  }
  if (m->shape < MARK_CROSS) {
    cairo_fill(cr);
  } else {
    cairo_set_line_width(cr, m->width);
    cairo_set_line_cap(cr, CAIRO_LINE_CAP_BUTT);
    cairo_set_dash(cr, NULL, 0, 0);
    cairo_stroke(cr);
  }
}

void canvas_mark(Canvas *c, double x, double y, const CanvasMark *mark) {
  if (mark->size <= 0)
    return;
  cairo_save(c->cr);
  canvas_set_color(c->cr, mark->color);
  draw_mark(c->cr, x, y, mark);
  cairo_restore(c->cr);
}

/* ---- stamps ---- */

typedef struct {
  int width, height;       /* pixels of one phase */
  int left, top;           /* of the pixel that holds the point, within the stamp */
  int phases;              /* a side */
  unsigned char *coverage; /* owned; [phases][phases][height][width] */
} Stamp;

static bool stamp_rectangle(Stamp *s, const CanvasMark *m, double scale) {
  s->phases = 1; /* ticks lie on whole pixels: sharp */
  s->width = (int)fmax(1, round(m->width * scale));
  s->height = (int)fmax(1, round(m->size * scale));
  s->left = s->width / 2;
  s->top = s->height / 2;
  if (s->width > MAX_STAMP || s->height > MAX_STAMP)
    return false;
  s->coverage = memory_new((size_t)s->width * (size_t)s->height);
  if (s->coverage)
    memset(s->coverage, 255, (size_t)s->width * (size_t)s->height);
  return s->coverage != NULL;
}

static bool stamp_drawn(Stamp *s, const CanvasMark *m, double scale) {
  double reach = 1.3 * m->size + m->width;
  if (reach * scale > MAX_STAMP)
    return false;
  s->phases = PHASES;
  s->left = s->top = (int)ceil(reach * scale / 2) + 1;
  s->width = s->height = 2 * s->left + 1;
  size_t side = (size_t)s->width;
  s->coverage = memory_new(side * side * PHASES * PHASES);
  if (!s->coverage)
    return false;
  bool ok = true;
  for (int k = 0; k < PHASES * PHASES && ok; k++) {
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_A8, s->width, s->height);
    cairo_t *cr = cairo_create(surface);
    double x = s->left + (k % PHASES + 0.5) / PHASES, y = s->top + (k / PHASES + 0.5) / PHASES;
    cairo_scale(cr, scale, scale);
    draw_mark(cr, x / scale, y / scale, m);
    cairo_surface_flush(surface);
    ok = cairo_status(cr) == CAIRO_STATUS_SUCCESS && cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS;
    const unsigned char *from = cairo_image_surface_get_data(surface);
    int stride = cairo_image_surface_get_stride(surface);
    for (int row = 0; row < s->height && ok; row++)
      memcpy(s->coverage + side * side * (size_t)k + side * (size_t)row, from + (ptrdiff_t)stride * row, side);
    cairo_destroy(cr);
    cairo_surface_destroy(surface);
  }
  return ok;
}

/* ---- laying them down ---- */

typedef struct {
  uint32_t *pixels;        /* premultiplied ARGB */
  int stride;              /* in words */
  int x0, y0, x1, y1;      /* the part that may be written */
  double left, top, scale; /* page coordinates (points) of pixel (0, 0); pixels a point */
} Target;

static inline uint32_t scaled(uint32_t value, uint32_t by) { /* value * by / 255, rounded; exact for 0..255 */
  uint32_t t = value * by + 128;
  return (t + (t >> 8)) >> 8;
}

static inline uint32_t blend(uint32_t under, const uint32_t source[4], uint32_t coverage) {
  uint32_t alpha = scaled(source[3], coverage), rest = 255 - alpha, out = 0;
  for (int k = 0; k < 4; k++) {
    uint32_t channel = scaled(source[k], coverage) + scaled(under >> (8 * k) & 255, rest);
    out |= (channel > 255 ? 255 : channel) << (8 * k);
  }
  return out;
}

static void stamp_put(const Target *t, const Stamp *s, const uint32_t source[4], double x, double y) {
  double fx = floor(x), fy = floor(y);
  int phase_x = (int)((x - fx) * s->phases), phase_y = (int)((y - fy) * s->phases);
  int left = (int)fx - s->left, top = (int)fy - s->top;
  int from_x = left < t->x0 ? t->x0 - left : 0, to_x = left + s->width > t->x1 ? t->x1 - left : s->width;
  int from_y = top < t->y0 ? t->y0 - top : 0, to_y = top + s->height > t->y1 ? t->y1 - top : s->height;
  const unsigned char *coverage = s->coverage + (size_t)(phase_y * s->phases + phase_x) * (size_t)s->width * (size_t)s->height;
  uint32_t solid = source[3] << 24 | source[2] << 16 | source[1] << 8 | source[0];
  bool is_opaque = source[3] == 255;
  for (int row = from_y; row < to_y; row++) {
    const unsigned char *cover = coverage + (size_t)row * (size_t)s->width;
    uint32_t *out = t->pixels + (ptrdiff_t)(top + row) * t->stride + left;
    for (int k = from_x; k < to_x; k++) {
      if (cover[k] == 255 && is_opaque)
        out[k] = solid;
      else if (cover[k] != 0)
        out[k] = blend(out[k], source, cover[k]);
    }
  }
}

/* What is to be drawn: marks at points, each perhaps with a colour and a size of its own. */
typedef struct {
  const double *x, *y;
  size_t n;
  const CanvasMark *mark;
  const CanvasEach *each;
} Marks;

/* Mark k and its place on the page; false where it has none. */
static bool mark_at(const Marks *all, const CanvasAxis *ax, const CanvasAxis *ay, size_t k, CanvasMark *mark, double *px, double *py) {
  *px = canvas_place(ax, all->x ? all->x[k] : (double)k + 1);
  *py = canvas_place(ay, all->y ? all->y[k] : (double)k + 1);
  *mark = *all->mark;
  if (all->each->sizes)
    mark->size = all->each->sizes[k];
  if (all->each->colors && !isfinite(all->each->colors[k]))
    return false;
  if (all->each->colors)
    mark->color = all->each->lut[(int)fmax(0, fmin(255, all->each->colors[k]))];
  return isfinite(mark->size) && mark->size > 0 && !isnan(*px) && !isnan(*py);
}

static bool put_all(Canvas *c, const Target *t, const Marks *all) {
  Stamp s = { 0 };
  const CanvasMark *m = all->mark;
  bool ok = m->shape == MARK_TICK ? stamp_rectangle(&s, m, t->scale) : stamp_drawn(&s, m, t->scale);
  CanvasAxis ax = canvas_x_axis(c), ay = canvas_y_axis(c);
  for (size_t k = 0; k < all->n && ok; k++) {
    double px, py;
    CanvasMark own;
    if (!mark_at(all, &ax, &ay, k, &own, &px, &py))
      continue;
    uint32_t alpha = own.color & 255;
    uint32_t source[4] = { scaled(own.color >> 8 & 255, alpha), scaled(own.color >> 16 & 255, alpha), scaled(own.color >> 24, alpha),
                           alpha };
    stamp_put(t, &s, source, (px - t->left) * t->scale, (py - t->top) * t->scale);
  }
  memory_free(s.coverage);
  return ok;
}

/* ---- onto pixels, or as pixels into a vector file ---- */

static bool marks_on_pixels(Canvas *c, const Marks *all) {
  int width, height, stride;
  const CanvasFrame *f = &c->frame;
  uint32_t *pixels = canvas_pixels(c, &width, &height, &stride);
  Target t = { pixels,
               stride,
               (int)fmax(0, floor(f->left * c->scale)),
               (int)fmax(0, floor(f->top * c->scale)),
               (int)fmin(width, ceil((f->left + f->width) * c->scale)),
               (int)fmin(height, ceil((f->top + f->height) * c->scale)),
               0,
               0,
               c->scale };
  bool ok = put_all(c, &t, all);
  canvas_pixels_done(c);
  return ok;
}

static bool marks_as_picture(Canvas *c, const Marks *all) {
  const CanvasFrame *f = &c->frame;
  double scale = c->dpi / 72;
  int width = (int)ceil(f->width * scale), height = (int)ceil(f->height * scale);
  cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, width, height);
  bool ok = cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS;
  if (ok) {
    cairo_surface_flush(surface);
    Target t = { (uint32_t *)(void *)cairo_image_surface_get_data(surface),
                 cairo_image_surface_get_stride(surface) / 4,
                 0,
                 0,
                 width,
                 height,
                 f->left,
                 f->top,
                 scale };
    ok = put_all(c, &t, all);
    cairo_surface_mark_dirty(surface);
    cairo_save(c->cr);
    canvas_clip_frame(c);
    cairo_translate(c->cr, f->left, f->top);
    cairo_scale(c->cr, 1 / scale, 1 / scale);
    cairo_set_source_surface(c->cr, surface, 0, 0);
    cairo_paint(c->cr);
    cairo_restore(c->cr);
  }
  cairo_surface_destroy(surface);
  return ok;
}

static void marks_as_paths(Canvas *c, const Marks *all) {
  CanvasAxis ax = canvas_x_axis(c), ay = canvas_y_axis(c);
  cairo_save(c->cr);
  canvas_clip_frame(c);
  for (size_t k = 0; k < all->n; k++) {
    double px, py;
    CanvasMark own;
    if (!mark_at(all, &ax, &ay, k, &own, &px, &py))
      continue;
    canvas_set_color(c->cr, own.color);
    draw_mark(c->cr, px, py, &own);
  }
  cairo_restore(c->cr);
}

void canvas_marks(Canvas *c, const double *x, const double *y, size_t n, const CanvasMark *mark, const CanvasEach *each) {
  static const CanvasEach alike = { NULL, NULL, NULL };
  if (n == 0 || mark->size <= 0 || (mark->color & 255) == 0 || canvas_fault(c))
    return;
  Marks all = { x, y, n, mark, each ? each : &alike };
  bool ok = true;
  if (all.each->sizes || (c->format != CANVAS_PNG && n <= MANY)) /* a stamp has one size */
    marks_as_paths(c, &all);
  else if (c->format == CANVAS_PNG)
    ok = marks_on_pixels(c, &all);
  else
    ok = marks_as_picture(c, &all);
  if (!ok)
    c->is_starved = true;
}
