/* Where a region is cut into parts, and how the parts come to cost the same. */
#include <math.h>
#include <string.h>

#include "engine/region_private.h"

enum { LINE = 64 }; /* neurons or cells: pieces begin with a cache line */
#define LITTLE 0.02 /* of a part: no piece is made for so little */

typedef struct Cut {
  Region *r;
  double room; /* weight that is left in this part */
  int n_pieces, part, n_parts;
} Cut;

static double target(const Region *r, int part, double total) {
  return (r->parts[part].end - (part > 0 ? r->parts[part - 1].end : 0)) * total;
}

static void next_part(Cut *c, double total) {
  c->r->parts[++c->part].first_piece = c->n_pieces;
  if (c->part < c->n_parts)
    c->room += target(c->r, c->part, total);
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

static void cut_field(Cut *c, int field, double total) {
  const Field *f = &c->r->fields[field];
  const int64_t first = own_first(f), n = own_last(f);
  const double each = f->weight / (double)(n - first), little = LITTLE * total / c->n_parts;
  for (int64_t from = first; from < n;) {
    const double left = each * (double)(n - from);
    const bool is_last = c->part == c->n_parts - 1;
    if (!is_last && c->room < little && left > 0) {
      next_part(c, total);
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
      next_part(c, total);
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
  for (int k = 0; k < n_parts && r->n_ends != n_parts; k++)
    r->parts[k].end = (double)(k + 1) / n_parts;
  r->n_ends = n_parts;
  Cut c = { .r = r, .room = target(r, 0, total), .n_parts = n_parts };
  for (int k = 0; k <= n_parts; k++)
    r->parts[k].ns = r->parts[k].first_piece = 0;
  for (int k = 0; k < r->n_fields; k++)
    cut_field(&c, k, total);
  while (c.part < n_parts)
    next_part(&c, total);
  r->n_parts = n_parts;
  r->n_timed = 0;
  find_cuts(r);
}

/* Ends of parts by what these cost. Between two ends everything is taken to cost the same for its weight. */
static void move_ends(Region *r, double ns, double how_far) {
  double end[PARALLEL_MAX], before = 0;
  for (int k = 0, part = 0; k < r->n_parts - 1; k++) {
    const double wanted = ns * (k + 1) / r->n_parts;
    while (part < r->n_parts - 1 && before + (double)r->parts[part].ns < wanted)
      before += (double)r->parts[part++].ns;
    const double begin = part > 0 ? r->parts[part - 1].end : 0, inside = (wanted - before) / fmax((double)r->parts[part].ns, 1);
    end[k] = begin + (r->parts[part].end - begin) * fmin(inside, 1);
  }
  for (int k = 0; k < r->n_parts - 1; k++)
    r->parts[k].end += how_far * (end[k] - r->parts[k].end);
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
  if ((double)most * r->n_parts > (dear ? 1.15 : 1.05) * (double)sum) {
    move_ends(r, (double)sum, dear ? 1 : 0.5); /* a measurement is a measurement, but of many calls a good one */
    r->n_recuts += r->n_recuts < MOST_RECUTS;
    region_cut(r, r->n_parts);
    return;
  }
  r->n_timed = 0;
  for (int k = 0; k < r->n_parts; k++)
    r->parts[k].ns = 0;
}
