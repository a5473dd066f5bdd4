/* Curves, areas and bars in data coordinates.
**
** Invariant: cairo never sees a coordinate far outside the page (its numbers are 24.8 fixed point and would wrap), nor more than a
** few vertices a pixel column (its rasteriser is slower than linear in them). */
#include "base/memory.h"
#include "canvas/canvas.h"
#include "canvas/inside.h"

typedef struct {
  double x, y;
} Point;

/* ---- a pen that clips ---- */

typedef struct {
  Canvas *c;
  double left, right, top, bottom; /* segments outside are not drawn; beyond the frame by more than a line's width */
  Point last;
  bool has_last, is_open; /* open: cairo's current point is `last` */
  int part;               /* long paths are stroked in parts of so many vertices; 0: not, since it would be seen */
  int n_path;
} Pen;

/* Vertices stroked at once: the rasteriser is slower than linear in steep strokes that overlap. */
enum { PART_PLAIN = 400, PART_DENSE = 8, MANY = 20000 /* vertices in no order: drawn a little coarser */ };

static Pen pen_begin(Canvas *c, const CanvasPen *style, int part) {
  const CanvasFrame *f = &c->frame;
  double margin = 4 * style->width + 4;
  cairo_save(c->cr);
  canvas_clip_frame(c);
  canvas_set_pen(c->cr, style);
  cairo_new_path(c->cr);
  return (Pen){ .c = c,
                .left = f->left - margin,
                .right = f->left + f->width + margin,
                .top = f->top - margin,
                .bottom = f->top + f->height + margin,
                .part = style->n_dash == 0 && (style->color & 255) == 255 ? part : 0 };
}

static void pen_end(Pen *p) {
  cairo_stroke(p->c->cr);
  cairo_restore(p->c->cr);
}

/* Cut the segment a-b to the pen's rectangle (Liang and Barsky 1984); false where nothing is left. */
static bool cut(const Pen *p, Point *a, Point *b) {
  double dx = b->x - a->x, dy = b->y - a->y, t0 = 0, t1 = 1;
  double ends[4][2] = { { -dx, a->x - p->left }, { dx, p->right - a->x }, { -dy, a->y - p->top }, { dy, p->bottom - a->y } };
  for (int k = 0; k < 4; k++) {
    double along = ends[k][0], room = ends[k][1];
    if (along == 0) {
      if (room < 0)
        return false;
    } else if (along < 0) {
      t0 = fmax(t0, room / along);
    } else {
      t1 = fmin(t1, room / along);
    }
  }
  if (t0 > t1)
    return false;
  Point from = *a;
  *a = (Point){ from.x + t0 * dx, from.y + t0 * dy };
  *b = (Point){ from.x + t1 * dx, from.y + t1 * dy };
  return true;
}

static void pen_lift(Pen *p) { p->has_last = p->is_open = false; }

static void pen_to(Pen *p, Point to) {
  if (!p->has_last) {
    p->last = to;
    p->has_last = true;
    p->is_open = false;
    return;
  }
  Point a = p->last, b = to;
  if (cut(p, &a, &b)) {
    cairo_t *cr = p->c->cr;
    if (!p->is_open || a.x != p->last.x || a.y != p->last.y)
      cairo_move_to(cr, a.x, a.y);
    cairo_line_to(cr, b.x, b.y);
    p->is_open = b.x == to.x && b.y == to.y;
    if (p->part && ++p->n_path >= p->part) {
      cairo_stroke(cr);
      cairo_move_to(cr, a.x, a.y); /* once more, so that the corner gets its join */
      cairo_line_to(cr, b.x, b.y);
      p->n_path = 0;
    }
  } else {
    p->is_open = false;
  }
  p->last = to;
}

/* ---- many points a pixel ---- */

/* What one pixel column keeps of the points that fall into it. */
typedef struct {
  long column;
  bool has;
  Point first, low, high, last;
  size_t low_at, high_at;
} Column;

static void column_add(Column *k, Point p, size_t at) {
  if (!k->has) {
    k->first = k->low = k->high = p;
    k->low_at = k->high_at = at;
    k->has = true;
  } else if (p.y < k->low.y) {
    k->low = p;
    k->low_at = at;
  } else if (p.y > k->high.y) {
    k->high = p;
    k->high_at = at;
  }
  k->last = p;
}

static void column_draw(Column *k, Pen *pen) {
  if (!k->has)
    return;
  bool low_first = k->low_at <= k->high_at;
  pen_to(pen, k->first);
  pen_to(pen, low_first ? k->low : k->high);
  pen_to(pen, low_first ? k->high : k->low);
  pen_to(pen, k->last);
  k->has = false;
}

static inline double nth_x(const double *x, size_t k) { return x ? x[k] : (double)k + 1; }

static bool ascends(const double *x, size_t n) {
  if (!x)
    return true;
  double last = -INFINITY;
  for (size_t k = 0; k < n; k++) {
    if (isnan(x[k]))
      continue;
    if (x[k] < last)
      return false;
    last = x[k];
  }
  return true;
}

/* Number of pixel columns of the frame; the columns left and right of it are -1 and this number. */
static long count_columns(const Canvas *c) { return (long)ceil(c->frame.width / c->grain) + 1; }

static inline long column_of(const Canvas *c, double at, long n_columns) {
  double k = floor((at - c->frame.left) / c->grain);
  return k < 0 ? -1 : k >= n_columns ? n_columns : (long)k;
}

static bool is_dense(const Canvas *c, const double *x, size_t n) { return n > 4 * (size_t)count_columns(c) && ascends(x, n); }

static void curve_reduced(Canvas *c, Pen *pen, const double *x, const double *y, size_t n, bool is_stair) {
  CanvasAxis ax = canvas_x_axis(c), ay = canvas_y_axis(c);
  long n_columns = count_columns(c);
  Column column = { .has = false };
  for (size_t k = 0; k < n; k++) {
    Point p = { canvas_place(&ax, nth_x(x, k)), canvas_place(&ay, y[k]) };
    if (isnan(p.x) || isnan(p.y)) {
      column_draw(&column, pen);
      pen_lift(pen);
      continue;
    }
    long at = column_of(c, p.x, n_columns);
    if (column.has && at != column.column) {
      Point held = column.last;
      column_draw(&column, pen);
      if (is_stair)
        pen_to(pen, (Point){ p.x, held.y });
    }
    column.column = at;
    column_add(&column, p, k);
  }
  column_draw(&column, pen);
}

static void curve_plain(Canvas *c, Pen *pen, const double *x, const double *y, size_t n, bool is_stair) {
  CanvasAxis ax = canvas_x_axis(c), ay = canvas_y_axis(c);
  for (size_t k = 0; k < n; k++) {
    Point p = { canvas_place(&ax, nth_x(x, k)), canvas_place(&ay, y[k]) };
    if (isnan(p.x) || isnan(p.y)) {
      pen_lift(pen);
      continue;
    }
    if (is_stair && pen->has_last)
      pen_to(pen, (Point){ p.x, pen->last.y });
    /* A cloud of points in no order: what moves less than a third of a pixel is not seen. */
    bool is_still = n > MANY && pen->has_last && fabs(p.x - pen->last.x) + fabs(p.y - pen->last.y) < c->grain / 3;
    if (!is_still)
      pen_to(pen, p);
  }
}

void canvas_curve(Canvas *c, const double *x, const double *y, size_t n, bool is_stair, const CanvasPen *pen) {
  if (n == 0 || pen->width <= 0 || (pen->color & 255) == 0)
    return;
  bool dense = is_dense(c, x, n);
  Pen p = pen_begin(c, pen, dense || n > MANY ? PART_DENSE : PART_PLAIN);
  if (dense)
    curve_reduced(c, &p, x, y, n, is_stair);
  else
    curve_plain(c, &p, x, y, n, is_stair);
  pen_end(&p);
}

/* ---- areas ---- */

/* Where a bound of an area lies: at the frame's bottom where a log axis has no place for it; NAN for NaN; infinite bounds reach the
** frame's edge. */
static double bound(const Canvas *c, const CanvasAxis *ay, double value) {
  const CanvasFrame *f = &c->frame;
  double margin = 10;
  if (isnan(value))
    return NAN;
  if (isinf(value) || (ay->is_log && value <= 0)) {
    bool is_down = value <= 0 ? ay->per < 0 : ay->per > 0;
    return is_down ? f->top + f->height + margin : f->top - margin;
  }
  double at = canvas_place(ay, value);
  return fmin(fmax(at, f->top - margin), f->top + f->height + margin);
}

typedef struct {
  Point *edge; /* [2 room]: forward along one bound from the front, the other bound from the back */
  size_t n, room;
} Strip;

static void strip_add(Strip *s, double x, double low, double high) {
  s->edge[s->n] = (Point){ x, low };
  s->edge[s->room + s->n] = (Point){ x, high };
  s->n++;
}

static void strip_fill(Strip *s, cairo_t *cr) {
  if (s->n > 1) {
    cairo_new_path(cr);
    for (size_t k = 0; k < s->n; k++)
      cairo_line_to(cr, s->edge[k].x, s->edge[k].y);
    for (size_t k = s->n; k-- > 0;)
      cairo_line_to(cr, s->edge[s->room + k].x, s->edge[s->room + k].y);
    cairo_close_path(cr);
    cairo_fill(cr);
  }
  s->n = 0;
}

static void area_draw(Canvas *c, Strip *s, const double *x, const double *low, const double *high, size_t n, bool dense) {
  CanvasAxis ax = canvas_x_axis(c), ay = canvas_y_axis(c);
  long n_columns = count_columns(c), column = 0;
  bool has = false;
  double at = 0, down = 0, up = 0;
  for (size_t k = 0; k <= n; k++) {
    double px = k < n ? canvas_place(&ax, nth_x(x, k)) : NAN;
    double a = k < n ? bound(c, &ay, low[k]) : NAN, b = k < n ? bound(c, &ay, high[k]) : NAN;
    bool is_gap = isnan(px) || isnan(a) || isnan(b);
    long where = is_gap ? 0 : column_of(c, px, n_columns);
    if (has && (is_gap || !dense || where != column)) {
      strip_add(s, at, down, up);
      has = false;
    }
    if (is_gap) {
      strip_fill(s, c->cr);
      continue;
    }
    at = px;
    column = where;
    down = has ? fmax(down, a) : a; /* y grows downwards: the widest reach within the column */
    up = has ? fmin(up, b) : b;
    has = true;
  }
}

void canvas_area(Canvas *c, const double *x, const double *low, const double *high, size_t n, uint32_t fill) {
  if (n == 0 || (fill & 255) == 0)
    return;
  bool dense = is_dense(c, x, n);
  size_t room = dense ? (size_t)count_columns(c) + 4 : n;
  Strip s = { memory_new(2 * room * sizeof(Point)), 0, room };
  if (!s.edge) {
    c->is_starved = true;
    return;
  }
  cairo_save(c->cr);
  canvas_clip_frame(c);
  canvas_set_color(c->cr, fill);
  area_draw(c, &s, x, low, high, n, dense);
  cairo_restore(c->cr);
  memory_free(s.edge);
}

/* ---- bars ---- */

static void bar_box(Canvas *c, const CanvasBars *b, const CanvasAxis *along, const CanvasAxis *up, size_t k, double box[4]) {
  const CanvasFrame *f = &c->frame;
  double low = b->low ? b->low[k] : b->base, high = b->high[k];
  double a0 = canvas_place(along, b->x0[k]), a1 = canvas_place(along, b->x1[k]);
  double floor_at = b->is_flat ? f->left - 10 : f->top + f->height + 10;
  double h0 = up->is_log && low <= 0 ? floor_at : canvas_place(up, low);
  double h1 = up->is_log && high <= 0 ? floor_at : canvas_place(up, high);
  double edge[4] = { a0, a1, h0, h1 };
  for (int i = 0; i < 4; i++)
    edge[i] = canvas_snap(c, edge[i], 0);
  box[0] = b->is_flat ? fmin(edge[2], edge[3]) : fmin(edge[0], edge[1]);
  box[1] = b->is_flat ? fmin(edge[0], edge[1]) : fmin(edge[2], edge[3]);
  box[2] = b->is_flat ? fabs(edge[3] - edge[2]) : fabs(edge[1] - edge[0]);
  box[3] = b->is_flat ? fabs(edge[1] - edge[0]) : fabs(edge[3] - edge[2]);
}

void canvas_bars(Canvas *c, const CanvasBars *bars, size_t n) {
  CanvasAxis ax = canvas_x_axis(c), ay = canvas_y_axis(c);
  const CanvasAxis *along = bars->is_flat ? &ay : &ax, *up = bars->is_flat ? &ax : &ay;
  cairo_save(c->cr);
  canvas_clip_frame(c);
  for (size_t k = 0; k < n; k++) {
    double box[4];
    bar_box(c, bars, along, up, k, box);
    if (isnan(box[0] + box[1] + box[2] + box[3]))
      continue;
    double thickness = bars->is_flat ? box[3] : box[2], length = bars->is_flat ? box[2] : box[3];
    if (thickness == 0 && length > 0)
      *(bars->is_flat ? &box[3] : &box[2]) = c->grain; /* thinner than a pixel: still there */
    cairo_rectangle(c->cr, box[0], box[1], box[2], box[3]);
    canvas_set_color(c->cr, bars->fill);
    cairo_fill(c->cr);
    if (bars->edge.width <= 0 || thickness < 6 * bars->edge.width || length <= 0)
      continue;
    cairo_rectangle(c->cr, box[0], box[1], box[2], box[3]);
    canvas_set_pen(c->cr, &bars->edge);
    cairo_set_line_join(c->cr, CAIRO_LINE_JOIN_MITER);
    cairo_stroke(c->cr);
  }
  cairo_restore(c->cr);
}
