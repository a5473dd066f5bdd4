/* Pictures: every allocation of the room fails once and is told, not crashed on; ranges, histograms, snapping. */
#include "canvas/canvas.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "canvas/data.h"
#include "check.h"

enum { N = 50000 };
static double x[N], y[N];
static char path[64];

/* Draw a little of everything and save it; false with `e` filled when something failed. */
static bool draw_all(CanvasFormat format, Error *e) {
  uint32_t lut[256] = { 0x000000ff };
  CanvasPage page = { format, 144, 144, 72, 0xffffffff, "DejaVu Sans" };
  CanvasFrame frame = { .left = 10, .top = 10, .width = 120, .height = 120, .x0 = 0, .x1 = N, .y0 = -1, .y1 = 1 };
  CanvasPen pen = { .color = 0x0072b2ff, .width = 1 };
  CanvasMark mark = { MARK_CIRCLE, 3, 1, 0xd55e00ff };
  CanvasImage image = {
    .values = y, .rows = 100, .columns = 100, .channels = 1, .lo = -1, .hi = 1, .x0 = 0, .x1 = N, .y0 = -1, .y1 = 1, .lut = lut
  };
  CanvasBars bars = { .x0 = x, .x1 = x + 1, .high = y, .fill = 0x00ff00ff };
  CanvasNote notes[] = { { "seed", "1" }, { "Title", "\xc3\xbc" } };
  Canvas *c = canvas_open(&page, e);
  if (!c)
    return false;
  canvas_set_frame(c, &frame);
  canvas_curve(c, x, y, N, false, &pen);
  canvas_area(c, x, y, x, N, 0x00000010);
  canvas_marks(c, x, y, N, &mark, NULL);
  canvas_bars(c, &bars, 10);
  bool ok = canvas_image(c, &image, e) && canvas_save(c, path, notes, 2, e);
  canvas_free(c);
  return ok;
}

static void every_allocation_fails(CanvasFormat format) {
  long n = 1;
  for (; n < 200; n++) {
    Error e = { "" };
    unlink(path);
    memory_fail_after(n);
    bool ok = draw_all(format, &e);
    memory_fail_after(0);
    if (ok)
      break;
    CHECK(strstr(e.text, "memory") != NULL, "allocation %ld of format %d: '%s'", n, (int)format, e.text);
    CHECK(access(path, F_OK) != 0, "allocation %ld of format %d left a file", n, (int)format);
  }
  CHECK(n > 4 && n < 200, "format %d: %ld allocations", (int)format, n);
  CHECK(access(path, F_OK) == 0, "format %d: no file", (int)format);
  unlink(path);
}

static void numbers(void) {
  double values[] = { 3, NAN, -2, INFINITY, 0, 7 }, lo = 99, hi = 99, edges[] = { 0, 1, 3 }, counts[2];
  CHECK(canvas_range(values, 6, false, &lo, &hi) == 4 && lo == -2 && hi == 7, "%g .. %g", lo, hi);
  CHECK(canvas_range(values, 6, true, &lo, &hi) == 2 && lo == 3 && hi == 7, "%g .. %g", lo, hi);
  CHECK(canvas_range(values + 1, 1, false, &lo, &hi) == 0 && lo == 3, "%g", lo);
  CHECK(canvas_histogram(values, 6, edges, 2, counts) == 2 && counts[0] == 1 && counts[1] == 1, "%g %g", counts[0], counts[1]);
}

static void snapping(void) {
  CanvasPage page = { CANVAS_PNG, 72, 72, 144, 0xffffffff, "DejaVu Sans" };
  Error e = { "" };
  Canvas *c = canvas_open(&page, &e);
  CHECK(c != NULL, "%s", e.text);
  if (!c)
    return;
  CHECK(canvas_snap(c, 10.1, 0.5) == 10.25, "%g", canvas_snap(c, 10.1, 0.5)); /* one pixel: its middle */
  CHECK(canvas_snap(c, 10.1, 1) == 10, "%g", canvas_snap(c, 10.1, 1));        /* two pixels: the edge between */
  CHECK(canvas_snap(c, 10.3, 0) == 10.5, "%g", canvas_snap(c, 10.3, 0));
  CHECK(isnan(canvas_place_x(c, NAN)) && isnan(canvas_place_y(c, INFINITY)), "NaN has a place");
  CHECK(canvas_pixel(c, 0, 0, 3) == 255 && canvas_pixel(c, 144, 0, 0) == -1, "pixels");
  canvas_free(c);
}

int main(void) {
  for (int k = 0; k < N; k++) {
    x[k] = k;
    y[k] = sin(k * 0.001);
  }
  snprintf(path, sizeof path, "/tmp/canvas_test_%ld.out", (long)getpid());
  every_allocation_fails(CANVAS_PNG);
  every_allocation_fails(CANVAS_SVG);
  every_allocation_fails(CANVAS_PDF);
  numbers();
  snapping();
  return check_done();
}
