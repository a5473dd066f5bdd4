#include "engine/sum_ahead.h"

#include <string.h>

#include "engine/row_blocks.h"

static bool uses(const BoundKernel *b, const Array *a, bool only_writes) {
  for (int i = 0; i < b->n_slots; i++)
    if (b->arrays[i]->buffer == a->buffer && (!only_writes || program_writes_slot(b->program, i)))
      return true;
  for (int i = 0; i < b->n_reductions && !only_writes; i++)
    if (b->reductions[i].source->buffer == a->buffer)
      return true;
  return false;
}

static bool list_uses(const BoundList *list, const Array *a, bool only_writes) {
  for (int k = 0; k < list->n; k++)
    if (uses(list->items[k], a, only_writes))
      return true;
  return false;
}

/* Does anything behind the neurons in a step write `a` (or, of a sum, use it at all)? */
static bool is_touched(const Network *n, const Array *a, const Projection *but, bool only_writes) {
  for (int k = 0; k < n->n_projections; k++) {
    const Projection *p = n->projections[k];
    if (p != but && list_uses(&p->equations, a, only_writes))
      return true;
    if (list_uses(&p->pre_spike, a, only_writes) || list_uses(&p->post_spike, a, only_writes) || list_uses(&p->axon_spike, a, only_writes))
      return true;
  }
  return false;
}

/* Does a drive set what `b` reads, at the start of the next step? */
static bool reads_driven(const Network *n, const BoundKernel *b) {
  for (int k = 0; k < n->n_populations; k++) {
    const Population *p = n->populations[k];
    for (int i = 0; i < b->n_slots && p->n_drives > 0; i++)
      if (population_is_driven(p, b->arrays[i]))
        return true;
    for (int i = 0; i < b->n_reductions && p->n_drives > 0; i++)
      if (population_is_driven(p, b->reductions[i].source))
        return true;
  }
  return false;
}

static bool is_seen(const Network *n, const Array *sum) {
  for (int k = 0; k < n->n_recorders; k++)
    if (n->recorders[k]->source->buffer == sum->buffer)
      return true;
  for (int k = 0; k < n->n_derived; k++)
    if (uses(n->derived[k].bound, sum, false))
      return true;
  return false;
}

/* How many projections sum into `sum`: two may come in any order, the result is the same; more may not. */
static int writers_of(const Network *n, const Array *sum) {
  int count = 0;
  for (int k = 0; k < n->n_projections; k++)
    count += list_uses(&n->projections[k]->psp, sum, false);
  return count;
}

/* The kernels of one pass. Returns their number, 0 where they are too many. */
static int list_of(const Projection *p, BoundKernel **list) {
  int n = 0;
  if (p->equations.n + p->psp.n > BLOCKS_MOST)
    return 0;
  for (int k = 0; k < p->equations.n; k++)
    list[n++] = p->equations.items[k];
  for (int k = 0; k < p->psp.n; k++)
    list[n++] = p->psp.items[k];
  return n;
}

static bool may_sum_ahead(const Network *n, const Projection *p) {
  BoundKernel *list[BLOCKS_MOST];
  if (!p->may_sum_ahead || p->psp.n != 1 || p->equations.n == 0 || p->pre_spike.n > 0 || p->post_spike.n > 0 || p->n_lags > 0 ||
      p->n_flushes > 0 || n->n_clocks > 1 || (p->ahead.n != 1 && !blocks_fit(list, list_of(p, list))))
    return false;
  const BoundKernel *psp = p->psp.items[0];
  if (reads_driven(n, psp))
    return false;
  for (int i = 0; i < psp->n_slots; i++) {
    const Array *a = psp->arrays[i];
    if (program_writes_slot(psp->program, i)) {
      if (program_slot(psp->program, i)->scope != SCOPE_POST || is_touched(n, a, NULL, false) || is_seen(n, a) || writers_of(n, a) > 2)
        return false;
    } else if (is_touched(n, a, p, true)) {
      return false;
    }
  }
  return true;
}

void ahead_plan(Network *n) {
  n->sums_ahead = false;
  for (int k = 0; k < n->n_projections; k++) {
    Projection *p = n->projections[k];
    bool is_on = may_sum_ahead(n, p);
    p->summed_step = INT64_MIN;
    if (p->equations.n > 0)
      p->equations.items[0]->ahead = is_on ? p : NULL;
    if (p->psp.n > 0)
      p->psp.items[0]->ahead = is_on ? p : NULL;
    n->sums_ahead |= is_on;
  }
}

/* May a script or an operation look at the network before the sums of the next step are wanted? */
static bool is_anything_due(const Network *n, int64_t step) {
  for (int k = 0; k < n->n_operations; k++) {
    const Operation *o = n->operations[k];
    if (o->is_active && !o->is_removed && o->schedule.next <= step + o->schedule.at_start)
      return true;
  }
  return false;
}

void ahead_equations(Network *n, const Items *equations, const Clock *c, double t) {
  bool is_free = !n->is_stepped && !is_anything_due(n, c->step);
  for (int k = 0; k < equations->n; k++) {
    BoundKernel *b = equations->items[k];
    Projection *p = b->ahead;
    if (p == NULL || !is_free) {
      bound_run_step(b, &n->workers, t, c->dt, c->step);
      continue;
    }
    if (p->ahead.n == 1) {
      for (int i = 0; i < p->equations.n - 1; i++)
        bound_run_step(p->equations.items[i], &n->workers, t, c->dt, c->step);
      bound_run_step(p->ahead.items[0], &n->workers, t, c->dt, c->step);
      p->summed_step = c->step + 1;
      k += p->equations.n - 1;
      continue;
    }
    BoundKernel *list[BLOCKS_MOST];
    BlockTime times[BLOCKS_MOST];
    int n_list = list_of(p, list);
    for (int i = 0; i < n_list; i++)
      times[i] = i < p->equations.n ? (BlockTime){ t, c->step } : (BlockTime){ (double)(c->step + 1) * c->dt, c->step + 1 };
    blocks_run(list, times, n_list, &n->workers);
    p->summed_step = c->step + 1;
    k += p->equations.n - 1;
  }
}

void ahead_sums(Network *n, const Items *sums, const Clock *c, double t) {
  for (int k = 0; k < sums->n; k++) {
    BoundKernel *b = sums->items[k];
    if (b->ahead == NULL || b->ahead->summed_step != c->step)
      bound_run_step(b, &n->workers, t, c->dt, c->step);
  }
}

void ahead_forget(Network *n) {
  for (int k = 0; n->sums_ahead && k < n->n_projections; k++) {
    Projection *p = n->projections[k];
    if (p->summed_step != n->clocks[0].step)
      continue;
    p->summed_step = INT64_MIN;
    const BoundKernel *psp = p->psp.items[0];
    for (int i = 0; i < psp->n_slots; i++)
      if (program_writes_slot(psp->program, i))
        memset(psp->arrays[i]->at, 0, array_type_size(psp->arrays[i]->type) * (size_t)array_count(psp->arrays[i]));
  }
}
