/* Where a region is cut into parts, and how the parts come to cost the same. */
#include <math.h>
#include <string.h>

#include "engine/region_private.h"

enum { LINE = 64 }; /* neurons or cells: pieces begin with a cache line */

typedef struct Cut {
  Region *r;
  double target, room; /* weight of a part; what is left of it in this one */
  int n_pieces, part, n_parts;
} Cut;

static void next_part(Cut *c) {
  c->r->parts[++c->part].first_piece = c->n_pieces;
  c->room += c->target;
}

static void add_piece(Cut *c, int field, int64_t first, int64_t last) {
  Field *f = &c->r->fields[field];
  if (f->n_pieces++ == 0)
    f->first_piece = c->n_pieces;
  c->r->pieces[c->n_pieces++] = (Piece){ .field = field, .first = first, .last = last };
}

/* What of a field this process computes, from .. to-1. */
static int64_t own_first(const Field *f) { return f->by_cells ? 0 : f->population->own_first; }
static int64_t own_last(const Field *f) { return f->by_cells ? f->population->n_cells : f->population->own_last; }

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
      add_piece(c, field, from, n);
      c->room -= left;
      return;
    }
    int64_t to = from + ((int64_t)(c->room / each) + LINE / 2) / LINE * LINE;
    if (to > from) {
      to = to < n ? to : n;
      add_piece(c, field, from, to);
      c->room -= each * (double)(to - from);
      from = to;
    }
    if (from < n)
      next_part(c);
  }
}

void region_free_cuts(Region *r) {
  for (int k = 0; k < r->n_items; k++)
    storage_free_cuts(&r->items[k].cuts);
}

/* Where pieces begin in rows that arrive whole. */
static void find_cuts(Region *r) {
  int64_t first[PARALLEL_MAX];
  region_free_cuts(r);
  for (int k = 0; k < r->n_items; k++) {
    Item *it = &r->items[k];
    const Field *f = &r->fields[it->field];
    if (it->kind != ITEM_DELIVER || it->call.is_banded || it->projection->delays.n_delays > 0)
      continue;
    for (int i = 0; i < f->n_pieces; i++)
      first[i] = r->pieces[f->first_piece + i].first;
    storage_find_cuts(it->projection->storage, first, f->n_pieces, r->w->n_threads, &it->cuts);
    if (puts_off(it))
      put_off_cut(it->projection->put_off, first, f->n_pieces);
  }
}

void region_cut(Region *r, int n_parts) {
  static int64_t n_cuts;
  double total = 0;
  r->cut = ++n_cuts;
  for (int k = 0; k < r->n_fields; k++) {
    total += r->fields[k].weight;
    r->fields[k].n_pieces = 0;
  }
  Cut c = { .r = r, .target = total / n_parts, .room = total / n_parts, .n_parts = n_parts };
  memset(r->parts, 0, sizeof *r->parts * (size_t)(n_parts + 1));
  for (int k = 0; k < r->n_fields; k++)
    cut_field(&c, k);
  while (c.part < n_parts)
    next_part(&c);
  r->n_parts = n_parts;
  r->n_timed = 0;
  find_cuts(r);
}

static int64_t n_own(const Field *f) { return own_last(f) - own_first(f); }

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

/* Are rows put together for each part (engine/bundle.h)? Another cut then takes as long as many steps. */
static bool is_dear(const Region *r) {
  bool is = false;
  for (int k = 0; k < r->deliveries.n; k++)
    is |= r->deliveries.items[k].parcels != NULL && parcels_are_dear(r->deliveries.items[k].parcels);
  return is;
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
  const bool dear = is_dear(r);
  if (++r->n_timed < CALLS << (dear ? 2 + 2 * r->n_recuts : r->n_recuts))
    return;
  if ((double)most * r->n_parts > (dear ? 1.15 : 1.1) * (double)sum) {
    weigh(r, sum);
    r->n_recuts += r->n_recuts < MOST_RECUTS;
    region_cut(r, r->n_parts);
    return;
  }
  r->n_timed = 0;
  for (int k = 0; k < r->n_parts; k++)
    r->parts[k].ns = 0;
}
