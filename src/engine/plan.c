#include "engine/plan.h"

#include <math.h>

#include "base/memory.h"
#include "engine/network.h"
#include "engine/put_off.h"
#include "engine/row_blocks.h"
#include "engine/sum_ahead.h"

enum { N_LISTS = 9 };

static void lists_of(Plan *p, Items *lists[N_LISTS]) {
  Items *all[N_LISTS] = { &p->drives,  &p->arriving, &p->sums,      &p->populations, &p->shared,
                          &p->senders, &p->lags,     &p->equations, &p->post_spikes };
  for (int k = 0; k < N_LISTS; k++)
    lists[k] = all[k];
}

void plan_free(Plan *p) {
  Items *lists[N_LISTS];
  lists_of(p, lists);
  for (int k = 0; k < N_LISTS; k++)
    memory_free(lists[k]->items);
}

static void clear_plans(Network *n) {
  Items *lists[N_LISTS];
  for (int c = 0; c < n->n_clocks; c++) {
    lists_of(&n->clocks[c].plan, lists);
    for (int k = 0; k < N_LISTS; k++)
      lists[k]->n = 0;
    n->clocks[c].plan.work = 0;
  }
}

static bool add_item(Items *list, void *item, Error *e) {
  if (!memory_reserve(&list->items, list->n, list->n + 1, &list->capacity, sizeof *list->items))
    return error_memory(e, "plan of a step", (list->n + 1) * 8.0);
  list->items[list->n++] = item;
  return true;
}

static bool add_bounds(Items *list, const BoundList *bounds, Error *e) {
  for (int k = 0; k < bounds->n; k++)
    if (!add_item(list, bounds->items[k], e))
      return false;
  return true;
}

/* How many numbers a kernel moves for each element. */
static int width(const BoundKernel *b) {
  int n = 0;
  for (int i = 0; i < b->n_slots; i++)
    n += program_slot(b->program, i)->scope == SCOPE_ELEM;
  return n;
}

/* Numbers that kernels of every step move. */
static double work_of(const BoundList *kernels) {
  double sum = 0;
  for (int r = 0; r < N_ROLES; r++)
    for (int k = 0; role_info(r)->nest == ROLE_WHOLE && role_info(r)->phase != PHASE_RECORD && r != ROLE_AHEAD && k < kernels[r].n; k++) {
      const BoundKernel *b = kernels[r].items[k];
      if (b->schedule.next == INT64_MIN)
        sum += (double)width(b) * (double)(b->nest == NEST_ALL ? b->args.storage->n_synapses : b->n);
    }
  return sum;
}

/* Numbers that a spike of a neuron moves in its synapses, on average. */
static double fan(const BoundList *kernels, const Storage *s, int64_t n_neurons) {
  double sum = 0;
  for (int k = 0; k < kernels->n && n_neurons > 0; k++)
    sum += (double)width(kernels->items[k]) * (double)s->n_synapses / (double)n_neurons;
  return sum;
}

static bool add_projection(Network *n, Projection *p, Error *e) {
  Plan *here = &n->clocks[p->post->clock].plan, *there = &n->clocks[p->pre->clock].plan;
  const BoundList *kernels = p->kernels;
  here->work += work_of(kernels);
  p->pre->work_of_spike += fan(&kernels[ROLE_PRE], p->storage, p->pre->n);
  p->post->work_of_spike += fan(&kernels[ROLE_POST], p->storage, p->post->n);
  if (kernels[ROLE_PRE].n + kernels[ROLE_PATHWAY].n > 0 &&
      (!add_item(&here->arriving, p, e) || (here != there && !add_item(&there->senders, p, e))))
    return false;
  if (p->n_lags > 0 && !add_item(&there->lags, p, e))
    return false;
  if (kernels[ROLE_POST].n + kernels[ROLE_PATHWAY_POST].n > 0 && !add_item(&here->post_spikes, p, e))
    return false;
  return add_bounds(&here->sums, &kernels[ROLE_PSP], e) && add_bounds(&here->equations, &kernels[ROLE_EQUATIONS], e);
}

static uint32_t marked; /* a number for each plan that was ever made */

bool plan_writes(const Buffer *b) { return b->written == marked; }

int plan_users(const Buffer *b) { return b->used == marked ? b->n_users : 0; }

static void mark_use(Buffer *b) {
  if (b->used != marked)
    b->n_users = 0;
  b->used = marked;
  b->n_users++;
}

static void mark(const BoundList *list) {
  for (int k = 0; k < list->n; k++) {
    const BoundKernel *b = list->items[k];
    for (int i = 0; i < b->n_slots; i++) {
      mark_use(b->arrays[i]->buffer);
      if (program_writes_slot(b->program, i))
        b->arrays[i]->buffer->written = marked;
    }
    for (int i = 0; i < b->n_reductions; i++)
      mark_use(b->reductions[i].source->buffer);
  }
}

static void mark_all(const Network *n) {
  marked++;
  for (int r = 0; r < N_ROLES; r++) {
    for (int k = 0; k < n->n_populations; k++)
      mark(&n->populations[k]->kernels[r]);
    for (int k = 0; k < n->n_projections; k++)
      mark(&n->projections[k]->kernels[r]);
  }
  for (int k = 0; k < n->n_projections; k++)
    for (int f = 0; f < n->projections[k]->n_flushes; f++)
      mark(&n->projections[k]->flushes[f].kernels);
}

static bool reads(const BoundKernel *b, const Buffer *of) {
  for (int k = 0; k < b->n_slots; k++)
    if (b->arrays[k]->buffer == of)
      return true;
  for (int k = 0; k < b->n_reductions; k++)
    if (b->reductions[k].source->buffer == of)
      return true;
  return false;
}

/* Does anything that is derived depend on what the operation writes? */
static bool is_derived_from(const Network *n, const Operation *o) {
  for (int k = 0; k < o->kernels.n; k++)
    for (int i = 0; i < o->kernels.items[k]->n_slots; i++)
      for (int d = 0; d < n->n_derived && program_writes_slot(o->kernels.items[k]->program, i); d++)
        if (reads(n->derived[d].bound, o->kernels.items[k]->arrays[i]->buffer))
          return true;
  return false;
}

static bool make_plans(Network *n, Error *e) {
  mark_all(n);
  for (int k = 0; k < n->n_operations; k++)
    n->operations[k]->feeds_derived = is_derived_from(n, n->operations[k]);
  for (int k = 0; k < n->n_populations; k++) {
    Population *p = n->populations[k];
    Plan *plan = &n->clocks[p->clock].plan;
    plan->work += work_of(p->kernels);
    p->work_of_spike = 0;
    if (!add_item(&plan->populations, p, e) || (p->n_drives > 0 && !add_item(&plan->drives, p, e)))
      return false;
  }
  for (int k = 0; k < n->n_projections; k++)
    if (!add_projection(n, n->projections[k], e))
      return false;
  for (int k = 0; k < n->n_projections; k++)
    if (n->projections[k]->put_off != NULL && !put_off_plan(n->projections[k]->put_off, &n->workers, e))
      return false;
  if (!shared_plan(n, e) || !telling_plan(n, e))
    return false;
  for (int k = 0; k < n->n_clocks; k++) {
    Clock *c = &n->clocks[k];
    if (!deliveries_plan(&c->deliveries, (Projection *const *)c->plan.arriving.items, c->plan.arriving.n, e))
      return false;
  }
  if (!ahead_plan(n, e))
    return false;
  n->sums_ahead = n->sums_ahead && n->shared.n == 0; /* what is summed ahead is summed for all neurons */
  return regions_plan(n, e);
}

static bool prepare_objects(Network *n, Error *e) {
  for (int k = 0; k < n->n_populations; k++)
    if (!population_prepare(n->populations[k], &n->workers, e))
      return false;
  for (int k = 0; k < n->n_projections; k++)
    if (!projection_prepare(n->projections[k], &n->workers, e))
      return false;
  for (int k = 0; k < n->n_operations; k++) {
    BoundList *kernels = &n->operations[k]->kernels;
    if (!bound_list_reserve(kernels, &n->workers, 0, e))
      return false;
    bound_list_prepare(kernels, &n->workers);
    n->operations[k]->is_blocked = blocks_fit(kernels->items, kernels->n);
  }
  return true;
}

/* Where delays have changed and nothing of before is under way any more, all is as if they had never been others. When the next ones will be: */
static void settle(Network *n) {
  n->settles = INFINITY;
  for (int k = 0; k < n->n_projections; k++) {
    Projection *p = n->projections[k];
    const Clock *c = &n->clocks[p->post->clock];
    const int64_t step = projection_settles(p);
    if (step == INT64_MIN)
      continue;
    if (network_next_step(n, p->post->clock) >= step) {
      p->pulls_from = INT64_MIN;
      projection_changed(p);
    } else {
      n->settles = fmin(n->settles, clock_ms(c->dt, step));
    }
  }
}

bool plan_prepare(Network *n, Error *e) {
  if (!n->is_changed && !shared_is_old(&n->shared))
    return true;
  if (!telling_now(n, e))
    return false;
  shared_settle(&n->shared); /* whatever is planned now, it begins with all numbers */
  if (!shared_make_whole(n, e))
    return false;
  settle(n);
  n->is_building = true; /* perhaps: plan_poll finds out */
  clear_plans(n);        /* they may name kernels that are gone: should memory be short below, nothing runs */
  bool ok = prepare_objects(n, e) && prepare_objects(n, e) && make_plans(n, e);
  n->is_changed = !ok;
  n->n_plans += ok;
  return ok;
}

bool plan_poll(Network *n) {
  if (n->clocks[0].step < n->hold_native_until)
    return true;
  if (!n->is_building && !n->is_changed)
    return false;
  bool is_building = false;
  for (int k = 0; k < n->n_populations; k++)
    is_building |= kernels_poll(n->populations[k]->kernels);
  for (int k = 0; k < n->n_projections; k++) {
    Projection *p = n->projections[k];
    is_building |= kernels_poll(p->kernels);
    is_building |= p->put_off != NULL && put_off_poll(p->put_off);
    for (int i = 0; i < p->n_flushes; i++)
      is_building |= bound_list_poll(&p->flushes[i].kernels);
  }
  for (int k = 0; k < n->n_operations; k++)
    is_building |= bound_list_poll(&n->operations[k]->kernels);
  n->is_building = is_building;
  return is_building;
}
