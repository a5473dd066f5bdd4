#include "engine/deliveries.h"

#include "base/memory.h"

/* ---- who uses what --------------------------------------------------------------------------------------------------- */

/* A buffer, and the last deliveries that wrote it and that used it at all; -1: none. */
typedef struct Use {
  const Buffer *buffer;
  int written, used;
} Use;

/* By buffer; open addressing. */
typedef struct Uses {
  Use *table;
  int64_t size, n;
} Uses;

static Use *find(const Uses *u, const Buffer *buffer) {
  uint64_t at = ((uintptr_t)buffer >> 4) * 0x9E3779B97F4A7C15u >> 20;
  while (u->table[at & (uint64_t)(u->size - 1)].buffer != buffer && u->table[at & (uint64_t)(u->size - 1)].buffer != NULL)
    at++;
  return &u->table[at & (uint64_t)(u->size - 1)];
}

static bool grow(Uses *u, Error *e) {
  enum { LEAST = 64 };
  if (2 * u->n < u->size)
    return true;
  Uses larger = { .size = u->size > 0 ? 2 * u->size : LEAST, .n = u->n };
  larger.table = memory_new(sizeof *larger.table * (size_t)larger.size);
  if (larger.table == NULL)
    return error_memory(e, "plan of a step", (double)sizeof *larger.table * (double)larger.size);
  for (int64_t k = 0; k < u->size; k++)
    if (u->table[k].buffer != NULL)
      *find(&larger, u->table[k].buffer) = u->table[k];
  memory_free(u->table);
  *u = larger;
  return true;
}

/* What to do with each use of a projection: find the last delivery that it has to come after, or note that it is delivery `place`. */
typedef struct Visit {
  Uses *uses;
  bool notes;
  int place, after;
  Error *e;
} Visit;

static bool visit(Visit *v, const Array *a, bool is_written) {
  if (!grow(v->uses, v->e))
    return false;
  Use *use = find(v->uses, a->buffer);
  if (use->buffer == NULL) {
    *use = (Use){ a->buffer, -1, -1 };
    v->uses->n++;
  }
  const int after = is_written ? use->used : use->written;
  v->after = after > v->after ? after : v->after;
  if (v->notes) {
    use->used = v->place > use->used ? v->place : use->used;
    use->written = is_written && v->place > use->written ? v->place : use->written;
  }
  return true;
}

static bool visit_kernels(Visit *v, const BoundList *list) {
  for (int k = 0; k < list->n; k++) {
    const BoundKernel *b = list->items[k];
    for (int i = 0; i < b->n_slots; i++)
      if (!visit(v, b->arrays[i], program_writes_slot(b->program, i)))
        return false;
    for (int i = 0; i < b->n_reductions; i++)
      if (!visit(v, b->reductions[i].source, false) || !visit(v, b->reductions[i].target, true))
        return false;
  }
  return true;
}

static bool visit_all(Visit *v, const Projection *p) {
  for (int k = 0; k < p->n_flushes; k++)
    if (!visit_kernels(v, &p->flushes[k].kernels))
      return false;
  return visit_kernels(v, &p->kernels[ROLE_PRE]) && visit_kernels(v, &p->kernels[ROLE_PATHWAY]);
}

/* ---- planning -------------------------------------------------------------------------------------------------------- */

typedef struct Planner {
  Projection *const *list;
  int n;
  int *place;      /* [n] the delivery of each */
  int *first;      /* [n] of each delivery, its first projection */
  bool *is_packed; /* [n] of each delivery */
  int n_deliveries;
  Uses uses;
  Error *e;
} Planner;

/* The first delivery behind `after` that the projection may join, or a new one. */
static int place_of(Planner *w, const Projection *p, int after) {
  const bool fits = parcels_fit(p);
  for (int k = after + 1; fits && k < w->n_deliveries; k++)
    if (w->is_packed[k] && parcels_go_together(w->list[w->first[k]], p))
      return k;
  w->is_packed[w->n_deliveries] = fits;
  return w->n_deliveries++;
}

static bool place_all(Planner *w) {
  for (int k = 0; k < w->n; k++) {
    Visit v = { .uses = &w->uses, .after = -1, .e = w->e };
    if (!visit_all(&v, w->list[k]))
      return false;
    const int n_before = w->n_deliveries;
    w->place[k] = place_of(w, w->list[k], v.after);
    if (w->n_deliveries > n_before)
      w->first[w->place[k]] = k;
    v.notes = true;
    v.place = w->place[k];
    if (!visit_all(&v, w->list[k]))
      return false;
  }
  return true;
}

/* Parcels of the old deliveries that are good for these members, taken from there; else new ones. */
static Parcels *parcels_for(Deliveries *old, Projection *const *members, int n, Error *e) {
  for (int k = 0; k < old->n; k++)
    if (old->items[k].parcels != NULL && parcels_are_for(old->items[k].parcels, members, n)) {
      Parcels *found = old->items[k].parcels;
      old->items[k].parcels = NULL;
      parcels_plan(found);
      return found;
    }
  return parcels_new(members, n, e);
}

static bool make(Planner *w, Deliveries *old, Deliveries *made, Projection **members) {
  for (int d = 0; d < w->n_deliveries; d++) {
    int n = 0;
    for (int k = w->first[d]; k < w->n && (n == 0 || w->is_packed[d]); k++)
      if (w->place[k] == d)
        members[n++] = w->list[k];
    made->items[made->n++] = (Delivery){ .projection = members[0], .first = w->first[d] };
    if (!w->is_packed[d])
      projection_have(members[0]);
    else if ((made->items[d].parcels = parcels_for(old, members, n, w->e)) == NULL)
      return false;
  }
  return true;
}

bool deliveries_plan(Deliveries *d, Projection *const *list, int n, Error *e) {
  Planner w = { .list = list, .n = n, .e = e };
  Deliveries made = { .n_places = n };
  Projection **members = memory_new(sizeof *members * (size_t)n);
  w.place = made.place = memory_new(sizeof *w.place * (size_t)n);
  w.first = memory_new(sizeof *w.first * (size_t)n);
  w.is_packed = memory_new(sizeof *w.is_packed * (size_t)n);
  made.items = memory_new(sizeof *made.items * (size_t)n);
  bool ok = members != NULL && w.place != NULL && w.first != NULL && w.is_packed != NULL && made.items != NULL;
  ok = ok ? place_all(&w) && make(&w, d, &made, members) : error_memory(e, "plan of a step", (double)sizeof *made.items * n);
  deliveries_free(d);
  if (ok)
    *d = made;
  else
    deliveries_free(&made);
  memory_free(members);
  memory_free(w.first);
  memory_free(w.is_packed);
  memory_free(w.uses.table);
  return ok;
}

void deliveries_free(Deliveries *d) {
  for (int k = 0; k < d->n; k++)
    parcels_free(d->items[k].parcels);
  memory_free(d->items);
  memory_free(d->place);
  *d = (Deliveries){ 0 };
}

int64_t deliveries_bytes(const Deliveries *d) {
  int64_t sum = 0;
  for (int k = 0; k < d->n; k++)
    sum += d->items[k].parcels != NULL ? parcels_bytes(d->items[k].parcels) : 0;
  return sum;
}

/* ---- running --------------------------------------------------------------------------------------------------------- */

bool delivery_run_parcels(Delivery *d, Workers *w, int64_t step, double t, double dt, Error *e) {
  if (parcels_begin_whole(d->parcels, step, w)) {
    parcels_run_whole(d->parcels, w, t + 0.5 * dt);
    return true;
  }
  bool ok = true;
  for (int k = 0; k < delivery_size(d); k++)
    ok = delivery_run_alone(delivery_member(d, k), w, step, t, dt, ok ? e : NULL) && ok;
  return ok;
}
