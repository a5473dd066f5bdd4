/* Running regions. */
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "engine/cells.h"
#include "engine/region_private.h"

/* ---- running: one thread ------------------------------------------------------------------------------------------- */

/* Where and when a stage runs. */
typedef struct Moment {
  Network *n;
  Clock *c;
  double t;
  Error *error; /* of the first failure; NULL from then on */
  bool is_good;
} Moment;

static void note(Moment *m, bool ok) {
  if (!ok) {
    m->is_good = false;
    m->error = NULL;
  }
}

static inline double time_of_arrivals(const Moment *m) { return m->t + 0.5 * m->c->dt; }

/* An operation that is due acts, unless one before it has failed. */
static bool acts(const Operation *o, const Moment *m) { return o->is_active && m->error != NULL && schedule_due(&o->schedule, m->c->step); }

/* It may have written what others look at. */
static void finish_input(Operation *o, const Moment *m, bool has_acted) {
  if (schedule_due(&o->schedule, m->c->step))
    schedule_advance(&o->schedule, m->c->dt, m->c->step);
  o->n_calls += has_acted;
  for (int k = 0; k < o->kernels.n && has_acted; k++)
    bound_touch(o->kernels.items[k]);
}

static void run_input(Operation *o, Moment *m) {
  const bool does = acts(o, m);
  for (int k = 0; k < o->kernels.n && does; k++)
    bound_run(o->kernels.items[k], &m->n->workers, m->t, m->c->step);
  finish_input(o, m, does);
}

static void run_item(const Item *it, Moment *m) {
  Workers *w = &m->n->workers;
  const Clock *c = m->c;
  switch (it->kind) {
  case ITEM_INPUT: run_input(it->operation, m); break;
  case ITEM_DELIVER: break; /* run_deliveries */
  case ITEM_KERNEL: bound_run_step(it->bound, w, m->t, c->dt, c->step); break;
  case ITEM_NEURONS:
  case ITEM_SOURCE:
  case ITEM_GIVEN: note(m, population_step(it->population, w, m->t, c->dt, c->step, m->error)); break;
  case ITEM_POST:
    if (projection_expects_post(it->projection, c->step))
      note(m, projection_post_spikes(it->projection, w, c->step, m->t, c->dt, m->error));
    break;
  }
}

static void run_deliveries(const Region *r, Moment *m) {
  for (int k = 0; k < r->deliveries.n; k++)
    note(m, delivery_run(&r->deliveries.items[k], &m->n->workers, m->c->step, m->t, m->c->dt, m->error));
}

/* ---- running: before the parts ------------------------------------------------------------------------------------- */

static void take_events(Item *it, Events a) {
  it->call.list = a.list;
  it->call.n_list = a.n;
  it->call.begin = a.begin;
  it->call.end = a.end;
  it->is_active = a.n > 0;
  it->has_repeats = a.has_repeats;
}

typedef struct Gather {
  Item **items;
  int64_t step;
} Gather;

/* There is room for all that is found. */
static void gather_one(void *context, int part) {
  const Gather *g = context;
  take_events(g->items[part], projection_arrivals(g->items[part]->projection, g->step, NULL));
}

static void gather_here(Item *it, Moment *m) {
  Events a = projection_arrivals(it->projection, m->c->step, m->error);
  note(m, a.n >= 0);
  take_events(it, a);
}

static int part_of(const Region *r, int piece) {
  int part = 0;
  while (r->parts[part + 1].first_piece <= piece)
    part++;
  return part;
}

/* Cut parcels as the region is cut. */
static bool cut_parcels(const Region *r, Parcels *q) {
  const int n = parcels_n_members(q);
  Posts *posts = memory_new(sizeof *posts * (size_t)n * (size_t)r->n_parts);
  for (int m = 0; posts != NULL && m < n; m++) {
    const Field *f = r->fields;
    while (f->population != parcels_member(q, m)->post || f->by_cells)
      f++;
    for (int k = f->first_piece; k < f->first_piece + f->n_pieces; k++)
      posts[part_of(r, k) * n + m] = (Posts){ r->pieces[k].first, r->pieces[k].last };
  }
  const bool ok = posts != NULL && parcels_cut(q, posts, r->n_parts, r->cut, r->w);
  memory_free(posts);
  return ok;
}

/* As the region is; false where they cannot be. */
static bool is_cut(const Region *r, const Delivery *d) {
  return d->parcels != NULL && (parcels_stamp(d->parcels) == r->cut || cut_parcels(r, d->parcels));
}

static void begin_parcels(Region *r, int64_t step) {
  for (int k = 0; k < r->deliveries.n; k++) {
    Delivery *d = &r->deliveries.items[k];
    d->is_packed = is_cut(r, d) && parcels_begin(d->parcels, step);
  }
  for (int k = 0; k < r->deliveries.n_places; k++)
    r->items[r->n_inputs + k].is_packed = r->deliveries.items[r->deliveries.place[k]].is_packed;
}

/* What arrives. Where it is many a row with many delays that is looked through, by all threads. */
static int64_t gather(Region *r, Moment *m) {
  enum { OF_DELAY = 16 };
  Item *items[PARALLEL_MAX];
  Gather g = { items, m->c->step };
  int64_t waited = 0;
  begin_parcels(r, m->c->step);
  for (int k = 0; k < r->n_items;) {
    int n = 0;
    int64_t work = 0;
    for (; k < r->n_items && n < PARALLEL_MAX; k++) {
      Item *it = &r->items[k];
      if (it->kind != ITEM_DELIVER)
        continue;
      Projection *p = it->projection;
      if (it->is_packed) {
        it->is_active = it->has_repeats = false;
        continue;
      }
      if (p->delays.n_delays > 0 && !projection_reserve_arrivals(p, m->c->step, NULL)) {
        it->is_active = false; /* piece by piece, on this thread */
        it->has_repeats = true;
        continue;
      }
      if (p->delays.n_delays == 0 || p->pre->list != NULL) {
        gather_here(it, m);
        continue;
      }
      work += OF_DELAY * p->delays.n_delays;
      items[n++] = it;
    }
    if (n < 2 || !tuner_minds(&r->w->tuner, work)) {
      for (int i = 0; i < n; i++)
        gather_one(&g, i);
      continue;
    }
    Call call = tuner_begin(&r->w->tuner, &r->gather_cost, work);
    int64_t now = parallel_run(call.is_shared ? r->w->n_threads : 1, n, gather_one, &g);
    tuner_end(&r->w->tuner, &r->gather_cost, &call, now);
    waited += now;
  }
  return waited;
}

/* Flushes that are due, kernels that run before the parts, numbers for whole populations. */
static void prepare_kernels(const Item *it, const Moment *m) {
  const BoundList *list = kernels_of(it);
  Workers *w = &m->n->workers;
  if (it->projection != NULL && it->projection->n_flushes > 0)
    projection_flush_due(it->projection, w, it->call.t);
  if (puts_off(it))
    put_off_begin(it->projection->put_off, it->call.list, it->call.n_list);
  for (int k = 0; k < list->n; k++) {
    BoundKernel *b = list->items[k];
    if (is_before(it, b))
      bound_events_step(b, w, it->call.list, it->call.n_list, it->call.begin, it->call.end, it->call.t, it->call.step);
    else if (schedule_due(&b->schedule, it->call.step))
      bound_compute_reductions(b);
  }
}

static void prepare_joined(const Item *it) {
  for (int k = 0; k < it->projection->kernels[ROLE_POST].n; k++)
    bound_compute_reductions(it->projection->kernels[ROLE_POST].items[k]);
}

static void prepare_item(Item *it, Moment *m) {
  const Clock *c = m->c;
  it->call.t = it->kind == ITEM_DELIVER ? time_of_arrivals(m) : it->kind == ITEM_POST ? m->t + c->dt : m->t;
  it->call.step = c->step;
  switch (it->kind) {
  case ITEM_DELIVER: break; /* gathered */
  case ITEM_INPUT: break;   /* decided before that */
  case ITEM_POST:
    if (it->is_joined) {
      it->is_active = true;
      prepare_joined(it);
      return;
    }
    take_events(it, projection_post_events(it->projection, c->step));
    break;
  case ITEM_KERNEL:
    it->is_active = schedule_due(&it->bound->schedule, c->step);
    if (it->is_active)
      bound_compute_reductions(it->bound);
    return;
  case ITEM_NEURONS:
  case ITEM_SOURCE:
    it->is_active = population_begin(it->population, c->step, &it->call.spikes, m->error);
    note(m, it->is_active);
    break;
  case ITEM_GIVEN: it->is_active = true; return;
  }
  if (it->is_active && !it->is_plain)
    prepare_kernels(it, m);
}

/* ---- running: the parts -------------------------------------------------------------------------------------------- */

static int64_t run_kernels(const Item *it, const Workers *w, const BoundCall *call, int64_t first, int64_t last) {
  const BoundList *list = kernels_of(it);
  int64_t n_spikes = 0;
  for (int k = 0; k < list->n; k++) {
    const BoundKernel *b = list->items[k];
    if (!is_before(it, b) && schedule_due(&b->schedule, it->call.step))
      n_spikes += bound_run_cut(b, w, call, first, last);
  }
  return n_spikes;
}

/* What acts at the start of the step is the first in its field. */
static void run_inputs(const Region *r, const Piece *p) {
  const Field *f = &r->fields[p->field];
  for (int k = f->first; k < f->first + f->n && r->by_field[k] < r->n_inputs; k++)
    if (r->items[r->by_field[k]].is_active)
      run_kernels(&r->items[r->by_field[k]], r->w, &r->items[r->by_field[k]].call, p->first, p->last);
}

/* What the spikes of a piece do to synapses that end there. */
static void run_joined(const Region *r, const Item *it, const Piece *p, const int32_t *spikes) {
  const Storage *s = it->projection->storage;
  const BoundList *list = kernels_of(it);
  const int64_t from = storage_first(s, SIDE_POST), to = from + storage_n(s, SIDE_POST);
  const int64_t first = p->first > from ? p->first : from, last = p->last < to ? p->last : to; /* a block may begin and end inside */
  BoundCall call = it->call;
  call.list = spikes;
  call.n_list = p->n_spikes;
  for (int k = 0; k < list->n && first < last; k++)
    if (puts_off(it) && list->items[k] == put_off_kernel(it->projection->put_off))
      put_off_note_part(it->projection->put_off, (int)(p - r->pieces) - r->fields[p->field].first_piece, call.list, call.n_list);
    else
      bound_run_cut(list->items[k], r->w, &call, first, last);
}

static void run_piece(const Region *r, Piece *p) {
  const Field *f = &r->fields[p->field];
  const int32_t *spikes = NULL;
  p->n_spikes = 0;
  for (int k = f->first; k < f->first + f->n; k++) {
    const Item *it = &r->items[r->by_field[k]];
    if (!it->is_active || it->kind == ITEM_GIVEN || it->kind == ITEM_DELIVER || it->kind == ITEM_INPUT)
      continue;
    if (it->is_joined) {
      if (p->n_spikes > 0)
        run_joined(r, it, p, spikes);
      continue;
    }
    if (it->kind == ITEM_NEURONS)
      spikes = it->call.spikes + p->first;
    if (it->kind == ITEM_SOURCE)
      p->n_spikes += population_fire(it->population, it->call.step, it->call.spikes);
    else if (it->kind == ITEM_KERNEL)
      bound_run_cut(it->bound, r->w, &it->call, p->first, p->last);
    else if (it->by_cells)
      p->n_spikes +=
          cells_run(kernels_of(it), r->w, &it->call, f->population->n_cells, f->population->n / f->population->n_cells, p->first, p->last);
    else
      p->n_spikes += run_kernels(it, r->w, &it->call, p->first, p->last);
    if (it->acts && p->n_spikes > 0)
      population_act(it->population, r->w, it->call.t, it->call.step, spikes, p->n_spikes);
  }
}

/* What is done before some rows are read in a part. */
typedef struct Doing {
  const Item *item;
  const BoundCall *call;
  void *scratch;
} Doing;

static void do_put_off(void *context, const KernelArgs *rows) {
  const Doing *d = context;
  put_off_do_part(d->item->projection->put_off, d->call->part, rows->list, rows->n_list, rows->begin, rows->end, rows->list - d->call->list,
                  d->scratch);
}

static void deliver_item(const Region *r, const Item *it, int part) {
  BoundCall call = it->call;
  call.cuts = it->cuts.n_parts > 0 ? &it->cuts : NULL;
  for (int k = r->parts[part].first_piece; it->is_active && k < r->parts[part + 1].first_piece; k++)
    if (r->pieces[k].field == it->field) {
      call.part = k - r->fields[it->field].first_piece;
      const Piece *p = &r->pieces[k];
      Doing doing = { it, &call, r->w->scratch[parallel_id()] };
      if (puts_off(it))
        bound_cut_rows(it->projection->storage, r->w, &call, p->first, p->last, do_put_off, &doing);
      run_kernels(it, r->w, &call, p->first, p->last);
    }
}

static void deliver_to_part(const Region *r, int part) {
  for (int d = 0; d < r->deliveries.n; d++) {
    const Delivery *delivery = &r->deliveries.items[d];
    if (delivery->is_packed) {
      parcels_run(delivery->parcels, part, r->w, r->t_of_arrivals);
      continue;
    }
    for (int k = delivery->first, left = delivery_size(delivery); left > 0; k++)
      if (r->deliveries.place[k] == d) {
        deliver_item(r, &r->items[r->n_inputs + k], part);
        left--;
      }
  }
}

static void ask_for(const void *at, size_t bytes) {
  enum { LINE = 64, MOST = 64 * LINE };
  for (size_t k = 0; k < bytes && k < MOST; k += LINE)
    __builtin_prefetch((const char *)at + k);
}

/* What the caller has written for this step comes from its processor's cache: all of it at once, or each line would be waited for. */
static void ask_for_step(const Region *r) {
  ask_for(r, sizeof *r);
  ask_for(r->items, sizeof *r->items * (size_t)r->n_items);
  for (int k = r->n_inputs; k < r->n_items && r->items[k].kind == ITEM_DELIVER; k++)
    if (r->items[k].is_active)
      ask_for(r->items[k].call.list, sizeof *r->items[k].call.list * (size_t)r->items[k].call.n_list);
}

static void run_part(void *context, int part) {
  Region *r = context;
  if (parallel_id() > 0)
    ask_for_step(r);
  int64_t begin = r->is_timed ? parallel_own_nanoseconds() : 0;
  const int first = r->parts[part].first_piece, last = r->parts[part + 1].first_piece;
  for (int k = first; k < last && r->n_inputs > 0; k++)
    run_inputs(r, &r->pieces[k]);
  deliver_to_part(r, part);
  for (int k = first; k < last; k++)
    run_piece(r, &r->pieces[k]);
  if (r->is_timed)
    r->parts[part].last_ns = parallel_own_nanoseconds() - begin;
}

/* ---- running: after the parts -------------------------------------------------------------------------------------- */

/* Spikes that were found piece by piece, put together. */
static int64_t join_spikes(const Region *r, const Field *f, int32_t *spikes) {
  const int64_t n_each = f->by_cells ? f->population->n / f->population->n_cells : 1; /* elements */
  int64_t n = 0;
  for (int k = f->first_piece; k < f->first_piece + f->n_pieces; k++) {
    const Piece *p = &r->pieces[k];
    if (p->n_spikes > 0 && p->first * n_each != n)
      memmove(spikes + n, spikes + p->first * n_each, sizeof *spikes * (size_t)p->n_spikes);
    n += p->n_spikes;
  }
  if (f->by_cells)
    cells_sort(spikes, n);
  return n;
}

static void finish_item(const Region *r, const Item *it, Moment *m) {
  const Clock *c = m->c;
  if (it->kind == ITEM_INPUT)
    finish_input(it->operation, m, it->is_active);
  if (!it->is_active)
    return;
  if (it->kind == ITEM_KERNEL)
    schedule_advance(&it->bound->schedule, c->dt, c->step);
  if (it->kind == ITEM_GIVEN)
    run_item(it, m);
  if (it->kind != ITEM_NEURONS && it->kind != ITEM_SOURCE)
    return;
  const BoundList *list = kernels_of(it);
  for (int k = 0; k < list->n; k++)
    if (schedule_due(&list->items[k]->schedule, c->step))
      schedule_advance(&list->items[k]->schedule, c->dt, c->step);
  note(m, population_end(it->population, r->w, m->t, c->step, join_spikes(r, &r->fields[it->field], it->call.spikes), it->acts, m->error));
}

/* ---- running ------------------------------------------------------------------------------------------------------- */

/* Operations of this step. What arrives after different delays, and who will spike, is told by who has spiked in the step before. */
static int64_t work_of(const Region *r, int64_t step) {
  int64_t sum = 0;
  for (int k = 0; k < r->n_items; k++) {
    const Item *it = &r->items[k];
    switch (it->kind) {
    case ITEM_DELIVER: {
      const Projection *p = it->projection;
      sum += it->work * population_spikes(p->pre, step - (p->delays.n_delays > 0 ? 1 : p->delay_steps))->n;
      break;
    }
    case ITEM_POST: sum += it->work * population_spikes(it->population, step - it->is_joined)->n; break;
    case ITEM_KERNEL: sum += schedule_due(&it->bound->schedule, step) ? it->work : 0; break;
    default: sum += it->work;
    }
  }
  return sum;
}

/* Parts are few: where a population is cut, every spike that arrives there is looked at once for each of them. What is packed stays cut as it is. */
static int parts_of(const Region *r, const Call *call) {
  enum { PART_NS = 50000, MOST_A_THREAD = 4 };
  const Tuner *t = &r->w->tuner;
  if (t->forced_parts > 0)
    return t->forced_parts;
  if (r->has_parcels) /* whatever the call */
    return t->n_threads;
  int64_t each = (int64_t)(r->cost.alone[call->class] * (double)call->work / t->n_threads / PART_NS);
  int n = (int)(each < 1 ? 1 : each > MOST_A_THREAD ? MOST_A_THREAD : each) * t->n_threads;
  n = n < PARALLEL_MAX ? n : PARALLEL_MAX;
  return r->n_parts >= n && r->n_parts <= 2 * n ? r->n_parts : n;
}

/* On this thread; the kernels of a region that runs whole do, too. What is packed is cut for all threads from the beginning. */
static void run_whole(Region *r, Moment *m) {
  r->w->tuner.is_held = true;
  if (r->has_parcels && r->n_parts == 0)
    region_cut(r, parts_of(r, NULL));
  for (int k = 0; r->has_parcels && k < r->deliveries.n; k++)
    is_cut(r, &r->deliveries.items[k]);
  for (int k = 0; k < r->n_inputs; k++)
    run_item(&r->items[k], m);
  run_deliveries(r, m);
  for (int k = r->n_inputs; k < r->n_items; k++)
    run_item(&r->items[k], m);
  r->w->tuner.is_held = false;
}

/* Given spikes may name a neuron several times in a step. Each is an event of its own, and events of one synapse go in rounds over the whole
** projection. What is put off may be in other parts, or have no room: memory was short. Flushes that are due may have to come before the spikes of the step. */
static bool must_be_whole(const Region *r, const Moment *m) {
  for (int k = 0; k < r->n_items; k++) {
    const Item *it = &r->items[k];
    if (it->kind == ITEM_DELIVER && puts_off(it) && put_off_n_parts(it->projection->put_off) != r->fields[it->field].n_pieces)
      return true;
    if (it->kind == ITEM_DELIVER ? it->has_repeats
                                 : it->kind == ITEM_POST && !it->is_joined && population_spikes(it->population, m->c->step)->has_repeats)
      return true;
    if (it->is_joined &&
        (projection_is_flush_due(it->projection, m->t + m->c->dt) || (puts_off(it) && !put_off_expect(it->projection->put_off))))
      return true;
  }
  return false;
}

static int64_t run_parts(Region *r, Moment *m, int n_parts) {
  enum { TIME_EVERY = 16 };
  if (r->n_parts != n_parts)
    region_cut(r, n_parts);
  r->is_timed = ++r->n_calls % TIME_EVERY == 0 || r->w->tuner.mode == TUNER_TRY;
  for (int k = 0; k < r->n_inputs; k++)
    r->items[k].is_active = acts(r->items[k].operation, m);
  int64_t waited = gather(r, m);
  r->t_of_arrivals = time_of_arrivals(m);
  if (must_be_whole(r, m)) {
    run_whole(r, m);
    return waited;
  }
  for (int k = 0; k < r->n_items; k++)
    prepare_item(&r->items[k], m);
  memory_forbid();
  int64_t at_end = parallel_run(r->w->n_threads, n_parts, run_part, r);
  memory_allow();
  for (int k = 0; k < r->n_items; k++)
    finish_item(r, &r->items[k], m);
  if (r->is_timed)
    region_balance(r);
  return waited + at_end;
}

static void run_region(Region *r, Moment *m) {
  enum { SMALL_CALLS = 64 };
  Tuner *t = &r->w->tuner;
  if (r->n_small > 0 && t->forced_parts == 0) {
    r->n_small--;
    run_whole(r, m);
    return;
  }
  int64_t work = work_of(r, m->c->step), waited = 0;
  bool is_minded = tuner_minds(t, work);
  Call call = is_minded ? tuner_begin(t, &r->cost, work) : (Call){ 0 };
  if (call.is_shared)
    waited = run_parts(r, m, parts_of(r, &call));
  else
    run_whole(r, m);
  if (is_minded)
    tuner_end(t, &r->cost, &call, waited);
  if (!is_minded || tuner_is_small(&r->cost, &call))
    r->n_small = SMALL_CALLS;
}

bool regions_run(Network *n, Clock *c, Stage stage, double t, Error *e) {
  const Regions *list = &c->regions[stage];
  Moment m = { n, c, t, e, true };
  if (n->is_changed) /* and could not be planned anew: regions may name kernels that are gone */
    return true;
  for (int k = 0; k < list->n; k++)
    if (list->items[k]->n_items == 1) {
      run_deliveries(list->items[k], &m);
      run_item(&list->items[k]->items[0], &m);
    } else
      run_region(list->items[k], &m);
  return m.is_good;
}
