/* Where a region is cut into parts, and how the parts come to cost the same. */
#include <math.h>
#include <stdlib.h>

#include "engine/region_private.h"

enum { LINE = 64 }; /* neurons or cells: pieces begin with a cache line */

/* What of a field this process computes, from .. to-1. */
static int64_t own_first(const Field *f) { return f->by_cells ? 0 : f->population->own_first; }
static int64_t own_last(const Field *f) { return f->by_cells ? f->population->n_cells : f->population->own_last; }
static int64_t n_own(const Field *f) { return own_last(f) - own_first(f); }

/* A large population has its share in every part: then parts cost the same, whichever population is busy. Small ones fill parts together. */
static bool is_striped(const Field *f, int n_parts) {
  enum { LEAST = IS_DEBUG ? LINE : 4 * LINE };
  return !f->is_whole && n_own(f) >= (int64_t)LEAST * n_parts;
}

int64_t region_most_pieces(const Region *r) {
  int64_t n = r->n_fields + PARALLEL_MAX; /* of small ones */
  for (int k = 0; k < r->n_fields; k++) {
    const int64_t of_large = n_own(&r->fields[k]) / LINE;
    n += of_large < PARALLEL_MAX ? of_large : PARALLEL_MAX;
  }
  return n;
}

typedef struct Cut {
  Region *r;
  double target, room; /* weight of a part; what is left of it in this one */
  int n_pieces, part, n_parts;
} Cut;

static void next_part(Cut *c) {
  c->part++;
  c->room += c->target;
}

static void add_piece(Cut *c, int part, int field, int64_t first, int64_t last) {
  c->r->pieces[c->n_pieces++] = (Piece){ .part = part, .field = field, .first = first, .last = last };
}

static void stripe_field(Cut *c, int field) {
  const Field *f = &c->r->fields[field];
  const int64_t begin = own_first(f), n = n_own(f);
  for (int64_t k = 0, from = begin; k < c->n_parts; k++) {
    const int64_t to = k == c->n_parts - 1 ? begin + n : begin + n * (k + 1) / c->n_parts / LINE * LINE;
    add_piece(c, (int)k, field, from, to);
    from = to;
  }
}

static void cut_field(Cut *c, int field) {
  const Field *f = &c->r->fields[field];
  const int64_t first = own_first(f), n = own_last(f);
  const double each = f->weight / (double)(n - first), little = 0.1 * c->target;
  for (int64_t from = first; from < n;) {
    const double left = each * (double)(n - from);
    const bool is_last = c->part == c->n_parts - 1;
    if (!is_last && c->room < little && left > 0) {
      next_part(c);
      continue;
    }
    if (is_last || left <= fmax(c->room, 0) + little || f->is_whole) {
      add_piece(c, c->part, field, from, n);
      c->room -= left;
      return;
    }
    int64_t to = from + ((int64_t)(c->room / each) + LINE / 2) / LINE * LINE;
    if (to > from) {
      to = to < n ? to : n;
      add_piece(c, c->part, field, from, to);
      c->room -= each * (double)(to - from);
      from = to;
    }
    if (from < n)
      next_part(c);
  }
}

static int by_part(const void *a, const void *b) {
  const Piece *x = a, *y = b;
  return x->part != y->part ? x->part - y->part : x->field - y->field;
}

/* Where parts begin, and which pieces are of a field. */
static void link_pieces(Region *r, int n_pieces, int n_parts) {
  qsort(r->pieces, (size_t)n_pieces, sizeof *r->pieces, by_part);
  for (int k = 0; k < r->n_fields; k++)
    r->fields[k].first_piece = -1;
  for (int k = n_pieces - 1; k >= 0; k--) {
    r->pieces[k].next = r->fields[r->pieces[k].field].first_piece;
    r->fields[r->pieces[k].field].first_piece = k;
  }
  for (int part = 0, k = 0; part <= n_parts; part++) {
    while (k < n_pieces && r->pieces[k].part < part)
      k++;
    r->parts[part] = (Part){ .first_piece = k };
  }
}

void region_cut(Region *r, int n_parts) {
  static int64_t n_cuts;
  double total = 0;
  r->cut = ++n_cuts;
  for (int k = 0; k < r->n_fields; k++)
    total += is_striped(&r->fields[k], n_parts) ? 0 : r->fields[k].weight;
  Cut c = { .r = r, .target = total / n_parts, .room = total / n_parts, .n_parts = n_parts };
  for (int k = 0; k < r->n_fields; k++)
    if (is_striped(&r->fields[k], n_parts))
      stripe_field(&c, k);
    else
      cut_field(&c, k);
  link_pieces(r, c.n_pieces, n_parts);
  r->n_parts = n_parts;
  r->n_timed = 0;
}

static double weight_of(const Region *r, const Piece *p) {
  const Field *f = &r->fields[p->field];
  return f->weight * (double)(p->last - p->first) / (double)n_own(f);
}

/* Weights by what the parts cost: half of the way, since a measurement is a measurement. */
static void weigh(Region *r, int64_t ns) {
  double total = 0;
  for (int k = 0; k < r->n_fields; k++) {
    total += r->fields[k].weight;
    r->fields[k].factor = 0;
  }
  for (int part = 0; part < r->n_parts; part++) {
    double weight = 0;
    const int first = r->parts[part].first_piece, last = r->parts[part + 1].first_piece;
    for (int k = first; k < last; k++)
      weight += weight_of(r, &r->pieces[k]);
    for (int k = first; k < last; k++) {
      const Piece *p = &r->pieces[k];
      Field *f = &r->fields[p->field];
      if (weight > 0)
        f->factor += (double)r->parts[part].ns / (double)ns * total / weight * (double)(p->last - p->first) / (double)n_own(f);
    }
  }
  for (int k = 0; k < r->n_fields; k++)
    r->fields[k].weight *= 0.5 + 0.5 * r->fields[k].factor;
}

/* Where rows are put together for each part (engine/bundle.h), another cut takes as long as many steps. */
static double most_unequal(const Region *r) {
  for (int k = 0; k < r->deliveries.n; k++)
    if (r->deliveries.items[k].parcels != NULL && parcels_are_dear(r->deliveries.items[k].parcels))
      return 1.3;
  return 1.1;
}

void region_balance(Region *r) {
  enum { CALLS = 4, MOST_RECUTS = 8 };
  int64_t sum = 0, most = 0;
  for (int k = 0; k < r->n_parts; k++) {
    Part *p = &r->parts[k];
    p->ns += p->last_ns;
    sum += p->ns;
    most = p->ns > most ? p->ns : most;
  }
  if (++r->n_timed < CALLS << r->n_recuts)
    return;
  if ((double)most * r->n_parts > most_unequal(r) * (double)sum) {
    weigh(r, sum);
    r->n_recuts += r->n_recuts < MOST_RECUTS;
  }
  region_cut(r, r->n_parts);
}
