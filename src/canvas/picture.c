/* Pixels: a matrix drawn as an image, and what tests and the legend ask about pixels. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "canvas/canvas.h"
#include "canvas/inside.h"

uint32_t *canvas_pixels(Canvas *c, int *width, int *height, int *stride_words) {
  if (c->format != CANVAS_PNG)
    return NULL;
  cairo_surface_flush(c->surface);
  *width = cairo_image_surface_get_width(c->surface);
  *height = cairo_image_surface_get_height(c->surface);
  *stride_words = cairo_image_surface_get_stride(c->surface) / 4;
  return (uint32_t *)(void *)cairo_image_surface_get_data(c->surface);
}

void canvas_pixels_done(Canvas *c) { cairo_surface_mark_dirty(c->surface); }

/* ---- a matrix as an image ---- */

typedef struct {
  size_t from, to;
} Cells; /* of one pixel; empty: the pixel lies outside the matrix */

/* The cells of a matrix along one axis: `n`, in equal parts from v0 to v1, or between edges. */
typedef struct {
  double v0, v1;
  const double *edges;
  size_t n;
} Line;

/* Where a value lies, counted in cells: 2.5 is the middle of the third. */
static double cell_at(const Line *line, double value) {
  if (!line->edges)
    return (value - line->v0) / (line->v1 - line->v0) * (double)line->n;
  size_t low = 0, high = line->n;
  while (high - low > 1) {
    size_t middle = (low + high) / 2;
    *(value >= line->edges[middle] ? &low : &high) = middle;
  }
  return (double)low + (value - line->edges[low]) / (line->edges[low + 1] - line->edges[low]);
}

/* Which cells pixel k of a line of pixels shows. Where cells are smaller than pixels, all whose middles lie in the pixel; else the one under
** the pixel's middle. */
static Cells cells_of_pixel(const CanvasAxis *axis, double at, double pixel, const Line *line) {
  size_t n = line->n;
  double middle = cell_at(line, canvas_value(axis, at + pixel / 2));
  if (!(middle >= 0 && middle < (double)n))
    return (Cells){ 0, 0 };
  double a = cell_at(line, canvas_value(axis, at)), b = cell_at(line, canvas_value(axis, at + pixel));
  double low = fmax(fmin(a, b), 0), high = fmin(fmax(a, b), (double)n);
  size_t one = (size_t)middle;
  size_t from = (size_t)ceil(low - 0.5), to = (size_t)ceil(high - 0.5);
  return to > from + 1 ? (Cells){ from, to > n ? n : to } : (Cells){ one, one + 1 };
}

/* The mean of one channel over the cells of a pixel, 0..1 from lo to hi; NaN if there is none. */
static double share_of(const CanvasImage *m, Cells rows, Cells columns, size_t channel) {
  double sum = 0;
  size_t count = 0;
  for (size_t r = rows.from; r < rows.to; r++)
    for (size_t k = columns.from; k < columns.to; k++) {
      double v = m->values[(r * m->columns + k) * m->channels + channel];
      if (!isnan(v))
        sum += v, count++;
    }
  return (sum / (double)count - m->lo) / (m->hi - m->lo);
}

static uint32_t color_of(const CanvasImage *m, Cells rows, Cells columns) {
  double share[4] = { 0, 0, 0, 1 };
  for (size_t c = 0; c < m->channels; c++) {
    share[c] = share_of(m, rows, columns, c);
    if (isnan(share[c]))
      return 0;
  }
  if (m->channels == 1) {
    double at = share[0] * 256;
    uint32_t color = m->lut[at >= 255 ? 255 : at > 0 ? (int)at : 0];
    return 0xff000000u | color >> 8;
  }
  uint32_t pixel = 0; /* alpha, red, green, blue; colours multiplied by alpha */
  double alpha = fmin(fmax(share[3], 0), 1);
  for (int c = 3, shift = 24; shift >= 0; c = c == 3 ? 0 : c + 1, shift -= 8)
    pixel |= (uint32_t)lrint(255 * alpha * (c == 3 ? 1 : fmin(fmax(share[c], 0), 1))) << shift;
  return pixel;
}

/* Fill the pixels of the frame; several rows of pixels that show the same cells are computed once. */
static void fill_pixels(const CanvasImage *m, const Cells *columns, const Cells *rows, uint32_t *out, int width, int height, int stride) {
  for (int y = 0; y < height; y++) {
    uint32_t *line = out + (ptrdiff_t)y * stride;
    if (rows[y].to == rows[y].from)
      continue;
    bool is_same = y > 0 && rows[y].from == rows[y - 1].from && rows[y].to == rows[y - 1].to;
    if (is_same) {
      memcpy(line, line - stride, (size_t)width * sizeof *line);
      continue;
    }
    for (int x = 0; x < width; x++)
      line[x] = columns[x].to == columns[x].from                                                        ? 0
                : x > 0 && columns[x].from == columns[x - 1].from && columns[x].to == columns[x - 1].to ? line[x - 1]
                                                                                                        : color_of(m, rows[y], columns[x]);
  }
}

bool canvas_image(Canvas *c, const CanvasImage *image, Error *e) {
  if (image->rows == 0 || image->columns == 0)
    return true;
  const CanvasFrame *f = &c->frame;
  double scale = c->format == CANVAS_PNG ? c->scale : c->dpi / 72;
  double left = c->format == CANVAS_PNG ? floor(f->left * scale) / scale : f->left;
  double top = c->format == CANVAS_PNG ? floor(f->top * scale) / scale : f->top;
  int width = (int)ceil((f->left + f->width - left) * scale - 1e-6), height = (int)ceil((f->top + f->height - top) * scale - 1e-6);
  if (width < 1 || height < 1)
    return true;
  cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, width, height);
  Cells *cells = memory_new((size_t)(width + height) * sizeof *cells);
  bool ok = cells && cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS;
  if (ok) {
    CanvasAxis ax = canvas_x_axis(c), ay = canvas_y_axis(c);
    Line across = { image->x0, image->x1, image->x_edges, image->columns }, along = { image->y0, image->y1, image->y_edges, image->rows };
    for (int k = 0; k < width; k++)
      cells[k] = cells_of_pixel(&ax, left + k / scale, 1 / scale, &across);
    for (int k = 0; k < height; k++)
      cells[width + k] = cells_of_pixel(&ay, top + k / scale, 1 / scale, &along);
    cairo_surface_flush(surface);
    fill_pixels(image, cells, cells + width, (uint32_t *)(void *)cairo_image_surface_get_data(surface), width, height,
                cairo_image_surface_get_stride(surface) / 4);
    cairo_surface_mark_dirty(surface);
    cairo_save(c->cr);
    canvas_clip_frame(c);
    cairo_translate(c->cr, left, top);
    cairo_scale(c->cr, 1 / scale, 1 / scale);
    cairo_set_source_surface(c->cr, surface, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(c->cr), CAIRO_FILTER_NEAREST);
    cairo_paint(c->cr);
    cairo_restore(c->cr);
  } else {
    error_memory(e, "an image", (double)width * height * 4);
  }
  memory_free(cells);
  cairo_surface_destroy(surface);
  return ok;
}

/* ---- looking at pixels ---- */

double canvas_ink(Canvas *c, double left, double top, double width, double height) {
  int w, h, stride;
  uint32_t *pixels = canvas_pixels(c, &w, &h, &stride);
  if (!pixels)
    return 0;
  int x0 = (int)fmax(0, floor(left * c->scale)), x1 = (int)fmin(w, ceil((left + width) * c->scale));
  int y0 = (int)fmax(0, floor(top * c->scale)), y1 = (int)fmin(h, ceil((top + height) * c->scale));
  double sum = 0;
  for (int y = y0; y < y1; y++)
    for (int x = x0; x < x1; x++)
      sum += pixels[(ptrdiff_t)y * stride + x] >> 24;
  return x1 > x0 && y1 > y0 ? sum / 255 / ((double)(x1 - x0) * (y1 - y0)) : 0;
}

uint64_t canvas_hash(Canvas *c) {
  int width, height, stride;
  uint32_t *pixels = canvas_pixels(c, &width, &height, &stride);
  uint64_t hash = 0xcbf29ce484222325u;
  if (!pixels)
    return hash;
  uint32_t size[2] = { (uint32_t)width, (uint32_t)height };
  for (int y = -1; y < height; y++) {
    const uint32_t *line = y < 0 ? size : pixels + (ptrdiff_t)y * stride;
    for (int x = 0; x < (y < 0 ? 2 : width); x++)
      for (int k = 0; k < 4; k++)
        hash = (hash ^ (line[x] >> (8 * k) & 255)) * 0x100000001b3u;
  }
  return hash;
}

static int channel_of(uint32_t pixel, int channel) {
  uint32_t alpha = pixel >> 24;
  if (channel == 3 || alpha == 0)
    return (int)alpha;
  uint32_t value = pixel >> (8 * (2 - channel)) & 255;
  return (int)((value * 255 + alpha / 2) / alpha);
}

int canvas_pixel(Canvas *c, long column, long row, int channel) {
  int width, height, stride;
  uint32_t *pixels = canvas_pixels(c, &width, &height, &stride);
  if (!pixels || column < 0 || column >= width || row < 0 || row >= height)
    return -1;
  return channel_of(pixels[row * stride + column], channel);
}

bool canvas_difference(Canvas *a, Canvas *b, double *mean, double *greatest) {
  int wa, ha, sa, wb, hb, sb;
  uint32_t *pa = canvas_pixels(a, &wa, &ha, &sa), *pb = canvas_pixels(b, &wb, &hb, &sb);
  if (!pa || !pb || wa != wb || ha != hb)
    return false;
  double sum = 0;
  int most = 0;
  for (int y = 0; y < ha; y++)
    for (int x = 0; x < wa; x++)
      for (int k = 0; k < 4; k++) {
        int d = abs(channel_of(pa[(ptrdiff_t)y * sa + x], k) - channel_of(pb[(ptrdiff_t)y * sb + x], k));
        sum += d;
        if (d > most)
          most = d;
      }
  *mean = sum / (4.0 * wa * ha);
  *greatest = most;
  return true;
}
