#include "canvas/canvas.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "canvas/inside.h"

enum { MAX_SIDE = 32000 }; /* pixels: cairo's images end at 32767 */

/* Details of vector pictures: a 300th of an inch is the finest that print and screen show. */
static const double VECTOR_GRAIN = 72.0 / 300;

static cairo_status_t collect(void *closure, const unsigned char *data, unsigned int length) {
  CanvasBytes *b = closure;
  if (!memory_reserve(&b->bytes, (int64_t)b->n, (int64_t)(b->n + length), &b->room, 1))
    return CAIRO_STATUS_NO_MEMORY;
  memcpy(b->bytes + b->n, data, length);
  b->n += length;
  return CAIRO_STATUS_SUCCESS;
}

static cairo_surface_t *open_surface(Canvas *c) {
  switch (c->format) {
  case CANVAS_SVG: return cairo_svg_surface_create_for_stream(collect, &c->bytes, c->width, c->height);
  case CANVAS_PDF: return cairo_pdf_surface_create_for_stream(collect, &c->bytes, c->width, c->height);
  default: break;
  }
  return cairo_image_surface_create(CAIRO_FORMAT_ARGB32, (int)lround(c->width * c->scale), (int)lround(c->height * c->scale));
}

/* Text is placed by unhinted widths, so that a layout is the same at every resolution and in every format. */
static void set_font(Canvas *c, const char *family) {
  cairo_font_options_t *options = cairo_font_options_create();
  cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
  cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_SLIGHT);
  cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
  cairo_set_font_options(c->cr, options);
  cairo_font_options_destroy(options);
  cairo_select_font_face(c->cr, family, CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
}

static Canvas *adopt(Canvas *c, const char *family, uint32_t background, Error *e) {
  c->cr = cairo_create(c->surface);
  if (canvas_fault(c)) {
    error_set(e, "no picture of %g x %g inch at %g dpi: %s", c->width / 72, c->height / 72, c->dpi, canvas_fault(c));
    canvas_free(c);
    return NULL;
  }
  cairo_scale(c->cr, c->scale, c->scale);
  set_font(c, family);
  if (background & 0xff) {
    canvas_set_color(c->cr, background);
    cairo_paint(c->cr);
  }
  c->frame = (CanvasFrame){ .width = c->width, .height = c->height, .x1 = 1, .y1 = 1 };
  return c;
}

Canvas *canvas_open(const CanvasPage *page, Error *e) {
  bool is_png = page->format == CANVAS_PNG;
  if (!(page->dpi >= 1 && page->dpi <= 10000)) {
    error_set(e, "dpi must lie in 1..10000, got %g", page->dpi);
    return NULL;
  }
  double unit = (is_png ? page->dpi : 72) / 72;
  if (!(page->width * unit >= 1 && page->height * unit >= 1 && page->width * unit <= MAX_SIDE && page->height * unit <= MAX_SIDE)) {
    error_set(e, "a picture has 1 to %d pixels a side, got %.0f x %.0f", MAX_SIDE, page->width * unit, page->height * unit);
    return NULL;
  }
  Canvas *c = memory_new(sizeof *c);
  if (!c) {
    error_memory(e, "a canvas", sizeof *c);
    return NULL;
  }
  c->format = page->format;
  c->width = page->width;
  c->height = page->height;
  c->dpi = page->dpi;
  c->scale = is_png ? unit : 1;
  c->grain = is_png ? 1 / unit : VECTOR_GRAIN;
  c->surface = open_surface(c);
  return adopt(c, page->family, page->background, e);
}

Canvas *canvas_read_png(const char *path, Error *e) {
  Canvas *c = memory_new(sizeof *c);
  if (!c) {
    error_memory(e, "a canvas", sizeof *c);
    return NULL;
  }
  cairo_surface_t *read = cairo_image_surface_create_from_png(path);
  cairo_status_t status = cairo_surface_status(read);
  if (status != CAIRO_STATUS_SUCCESS) {
    error_set(e, "cannot read '%s': %s", path, cairo_status_to_string(status));
    cairo_surface_destroy(read);
    canvas_free(c);
    return NULL;
  }
  c->format = CANVAS_PNG;
  c->dpi = 72;
  c->scale = c->grain = 1;
  c->width = cairo_image_surface_get_width(read);
  c->height = cairo_image_surface_get_height(read);
  c->surface = open_surface(c); /* always with alpha, whatever the file has */
  c = adopt(c, "DejaVu Sans", 0, e);
  if (c) {
    cairo_set_source_surface(c->cr, read, 0, 0);
    cairo_paint(c->cr);
  }
  cairo_surface_destroy(read);
  return c;
}

void canvas_free(Canvas *c) {
  if (!c)
    return;
  if (c->cr)
    cairo_destroy(c->cr);
  if (c->surface)
    cairo_surface_destroy(c->surface);
  memory_free(c->bytes.bytes);
  free(c->encoded);
  memory_free(c);
}

const char *canvas_fault(Canvas *c) {
  if (c->is_finished)
    return "already saved";
  if (c->is_starved)
    return "out of memory";
  cairo_status_t status = cairo_surface_status(c->surface);
  if (status == CAIRO_STATUS_SUCCESS)
    status = cairo_status(c->cr);
  return status == CAIRO_STATUS_SUCCESS ? NULL : cairo_status_to_string(status);
}

void canvas_size(const Canvas *c, double *width, double *height) {
  *width = c->width;
  *height = c->height;
}

double canvas_snap(const Canvas *c, double at, double line_width) {
  if (c->format != CANVAS_PNG)
    return at;
  long pixels = line_width > 0 ? lround(line_width * c->scale) : 0;
  if (line_width > 0 && pixels < 1)
    pixels = 1;
  double device = at * c->scale;
  return (pixels % 2 ? floor(device) + 0.5 : round(device)) / c->scale;
}

/* ---- pens ---- */

void canvas_set_color(cairo_t *cr, uint32_t color) {
  cairo_set_source_rgba(cr, (color >> 24) / 255.0, (color >> 16 & 255) / 255.0, (color >> 8 & 255) / 255.0, (color & 255) / 255.0);
}

void canvas_set_pen(cairo_t *cr, const CanvasPen *pen) {
  canvas_set_color(cr, pen->color);
  cairo_set_line_width(cr, pen->width);
  cairo_set_dash(cr, pen->dash, pen->n_dash, 0);
  cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_cap(cr, CAIRO_LINE_CAP_BUTT);
}

static bool is_visible(const CanvasPen *pen) { return pen && pen->width > 0 && (pen->color & 255); }

/* ---- text ---- */

static cairo_scaled_font_t *use_font(Canvas *c, const CanvasFont *font) {
  cairo_font_face_t *face = cairo_get_font_face(c->cr);
  char family[128];
  strncpy(family, cairo_toy_font_face_get_family(face), sizeof family - 1);
  family[sizeof family - 1] = '\0';
  cairo_select_font_face(c->cr, family, font->is_italic ? CAIRO_FONT_SLANT_ITALIC : CAIRO_FONT_SLANT_NORMAL,
                         font->is_bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(c->cr, font->size);
  return cairo_get_scaled_font(c->cr);
}

/* Glyphs, checked here: given bytes that are no UTF-8, cairo_show_text would silence the context for ever. */
static cairo_glyph_t *shape_text(cairo_scaled_font_t *font, double x, double y, const char *text, int *n, Error *e) {
  cairo_glyph_t *glyphs = NULL;
  *n = 0;
  cairo_status_t status = cairo_scaled_font_text_to_glyphs(font, x, y, text, -1, &glyphs, n, NULL, NULL, NULL);
  if (status == CAIRO_STATUS_SUCCESS)
    return glyphs;
  error_set(e, "cannot draw the text '%.60s': %s", text,
            status == CAIRO_STATUS_INVALID_STRING ? "it is not UTF-8" : cairo_status_to_string(status));
  *n = -1;
  return NULL;
}

bool canvas_measure(Canvas *c, const char *text, const CanvasFont *font, CanvasExtent *out, Error *e) {
  int n;
  cairo_scaled_font_t *scaled = use_font(c, font);
  cairo_glyph_t *glyphs = shape_text(scaled, 0, 0, text, &n, e);
  if (n < 0)
    return false;
  cairo_text_extents_t ink;
  cairo_font_extents_t whole;
  cairo_scaled_font_glyph_extents(scaled, glyphs, n, &ink);
  cairo_scaled_font_extents(scaled, &whole);
  cairo_glyph_free(glyphs);
  *out = (CanvasExtent){ ink.x_advance, whole.ascent, whole.descent, -ink.y_bearing, ink.y_bearing + ink.height };
  return true;
}

bool canvas_text(Canvas *c, double x, double y, const char *text, const CanvasFont *font, double angle, uint32_t color, Error *e) {
  int n;
  if (!isfinite(x) || !isfinite(y) || !isfinite(angle))
    return true; /* no place; cairo would fail for good */
  cairo_save(c->cr);
  cairo_translate(c->cr, x, y);
  if (angle != 0)
    cairo_rotate(c->cr, angle);
  cairo_scaled_font_t *scaled = use_font(c, font);
  cairo_glyph_t *glyphs = shape_text(scaled, 0, 0, text, &n, e);
  if (n > 0) {
    canvas_set_color(c->cr, color);
    cairo_show_glyphs(c->cr, glyphs, n);
  }
  if (glyphs)
    cairo_glyph_free(glyphs);
  cairo_restore(c->cr);
  return n >= 0;
}

/* ---- shapes on the page ---- */

void canvas_rules(Canvas *c, const double *xy, size_t n, const CanvasPen *pen) {
  if (!is_visible(pen) || n == 0)
    return;
  cairo_save(c->cr);
  canvas_set_pen(c->cr, pen);
  for (size_t k = 0; k < n; k++) {
    double x1 = xy[4 * k], y1 = xy[4 * k + 1], x2 = xy[4 * k + 2], y2 = xy[4 * k + 3];
    if (x1 == x2)
      x1 = x2 = canvas_snap(c, x1, pen->width);
    if (y1 == y2)
      y1 = y2 = canvas_snap(c, y1, pen->width);
    cairo_move_to(c->cr, x1, y1);
    cairo_line_to(c->cr, x2, y2);
  }
  if (c->format == CANVAS_PNG && pen->width * c->scale < 1)
    cairo_set_line_width(c->cr, 1 / c->scale);
  cairo_stroke(c->cr);
  cairo_restore(c->cr);
}

static void fill_and_outline(Canvas *c, uint32_t fill, const CanvasPen *edge) {
  if (fill & 255) {
    canvas_set_color(c->cr, fill);
    cairo_fill_preserve(c->cr);
  }
  if (is_visible(edge)) {
    canvas_set_pen(c->cr, edge);
    cairo_stroke_preserve(c->cr);
  }
  cairo_new_path(c->cr);
}

void canvas_box(Canvas *c, double left, double top, double width, double height, double radius, uint32_t fill, const CanvasPen *edge) {
  double edge_width = is_visible(edge) ? edge->width : 0;
  CanvasPen whole = edge_width > 0 ? *edge : (CanvasPen){ 0 };
  if (c->format == CANVAS_PNG && edge_width > 0)
    whole.width = fmax(edge_width, 1 / c->scale);
  double x0 = canvas_snap(c, left, edge_width), x1 = canvas_snap(c, left + width, edge_width);
  double y0 = canvas_snap(c, top, edge_width), y1 = canvas_snap(c, top + height, edge_width);
  cairo_save(c->cr);
  cairo_new_path(c->cr);
  if (radius > 0) {
    double r = fmin(radius, fmin(x1 - x0, y1 - y0) / 2), quarter = acos(0);
    cairo_arc(c->cr, x1 - r, y0 + r, r, -quarter, 0);
    cairo_arc(c->cr, x1 - r, y1 - r, r, 0, quarter);
    cairo_arc(c->cr, x0 + r, y1 - r, r, quarter, 2 * quarter);
    cairo_arc(c->cr, x0 + r, y0 + r, r, 2 * quarter, 3 * quarter);
    cairo_close_path(c->cr);
  } else {
    cairo_rectangle(c->cr, x0, y0, x1 - x0, y1 - y0);
  }
  fill_and_outline(c, fill, &whole);
  cairo_restore(c->cr);
}

void canvas_shape(Canvas *c, const double *xy, size_t n, bool is_open, bool is_clipped, uint32_t fill, const CanvasPen *edge) {
  if (n == 0)
    return;
  cairo_save(c->cr);
  if (is_clipped)
    canvas_clip_frame(c);
  cairo_set_fill_rule(c->cr, CAIRO_FILL_RULE_EVEN_ODD);
  cairo_new_path(c->cr);
  for (size_t k = 0; k <= n; k++) {
    bool is_corner = k < n && isfinite(xy[2 * k]) && isfinite(xy[2 * k + 1]);
    if (is_corner)
      cairo_line_to(c->cr, fmax(-CANVAS_FAR, fmin(xy[2 * k], CANVAS_FAR)), fmax(-CANVAS_FAR, fmin(xy[2 * k + 1], CANVAS_FAR)));
    else if (!is_open && cairo_has_current_point(c->cr))
      cairo_close_path(c->cr);
    if (!is_corner)
      cairo_new_sub_path(c->cr);
  }
  fill_and_outline(c, fill, edge);
  cairo_restore(c->cr);
}

/* ---- the frame ---- */

void canvas_set_frame(Canvas *c, const CanvasFrame *frame) { c->frame = *frame; }

static CanvasAxis make_axis(double at, double length, double v0, double v1, bool is_log, double linear) {
  CanvasAxis axis = { at, 0, 1, is_log, linear };
  double from = canvas_scaled(&axis, v0), to = canvas_scaled(&axis, v1);
  axis.from = from;
  axis.per = length / (to - from);
  return axis;
}

CanvasAxis canvas_x_axis(const Canvas *c) {
  const CanvasFrame *f = &c->frame;
  return make_axis(f->left, f->width, f->x0, f->x1, f->x_log, f->x_linear);
}

CanvasAxis canvas_y_axis(const Canvas *c) {
  const CanvasFrame *f = &c->frame;
  return make_axis(f->top + f->height, -f->height, f->y0, f->y1, f->y_log, f->y_linear);
}

double canvas_place_x(const Canvas *c, double x) {
  CanvasAxis axis = canvas_x_axis(c);
  return canvas_place(&axis, x);
}

double canvas_place_y(const Canvas *c, double y) {
  CanvasAxis axis = canvas_y_axis(c);
  return canvas_place(&axis, y);
}

void canvas_clip_frame(Canvas *c) {
  const CanvasFrame *f = &c->frame;
  cairo_rectangle(c->cr, f->left, f->top, f->width, f->height);
  cairo_clip(c->cr);
}
