#include "engine/sum_ahead.h"

#include <string.h>

#include "base/memory.h"
#include "engine/row_blocks.h"

/* ---- who uses an array --------------------------------------------------------------------------------------------- */

/* What is done with an array behind the neurons of a step, and who looks at it between steps. */
typedef struct Use {
  const Buffer *buffer;      /* NULL: a free place in the table */
  const Projection *learner; /* whose equations write it; the first of them */
  const Projection *summing; /* whose psp used it last */
  int n_summing;             /* projections whose psp uses it */
  bool is_learnt_by_many;
  bool is_in_equations, is_in_events, is_written_by_events;
  bool is_driven; /* set at the start of the next step */
  bool is_seen;
} Use;

/* A table of all arrays by their memory, with room for twice as many. */
typedef struct Uses {
  Use *table;
  size_t mask;
} Uses;

static Use *use_of(const Uses *u, const Array *a) {
  size_t at = (size_t)((uintptr_t)a->buffer * 0x9E3779B97F4A7C15u >> 20) & u->mask;
  while (u->table[at].buffer != NULL && u->table[at].buffer != a->buffer)
    at = (at + 1) & u->mask;
  u->table[at].buffer = a->buffer;
  return &u->table[at];
}

/* What a kernel of a role makes of an array. */
static void note(Use *u, Role role, const Projection *p, bool is_written) {
  if (role_info(role)->nest == ROLE_LISTED) {
    u->is_in_events = true;
    u->is_written_by_events |= is_written;
  } else if (role == ROLE_EQUATIONS) {
    u->is_in_equations = true;
    u->is_learnt_by_many |= is_written && u->learner != NULL && u->learner != p;
    u->learner = is_written && u->learner == NULL ? p : u->learner;
  } else if (role == ROLE_PSP && u->summing != p) {
    u->summing = p;
    u->n_summing++;
  }
}

static void note_kernel(const Uses *uses, const BoundKernel *b, Role role, const Projection *p) {
  for (int i = 0; i < b->n_slots; i++)
    note(use_of(uses, b->arrays[i]), role, p, program_writes_slot(b->program, i));
  for (int i = 0; i < b->n_reductions; i++)
    note(use_of(uses, b->reductions[i].source), role, p, false);
}

static void note_seen(const Uses *uses, const BoundKernel *b) {
  for (int i = 0; i < b->n_slots; i++)
    use_of(uses, b->arrays[i])->is_seen = true;
  for (int i = 0; i < b->n_reductions; i++)
    use_of(uses, b->reductions[i].source)->is_seen = true;
}

static size_t count_of(const BoundList *list) {
  size_t n = 0;
  for (int k = 0; k < list->n; k++)
    n += (size_t)(list->items[k]->n_slots + list->items[k]->n_reductions);
  return n;
}

static bool find_uses(const Network *n, Uses *uses, Error *e) {
  size_t count = (size_t)n->n_recorders, room = 16;
  for (int k = 0; k < n->n_projections; k++)
    for (int r = 0; r < N_ROLES; r++)
      count += count_of(&n->projections[k]->kernels[r]);
  for (int k = 0; k < n->n_derived; k++)
    count += (size_t)(n->derived[k].bound->n_slots + n->derived[k].bound->n_reductions);
  for (int k = 0; k < n->n_populations; k++)
    count += (size_t)n->populations[k]->n_drives;
  while (room < 2 * count)
    room *= 2;
  *uses = (Uses){ memory_new(room * sizeof *uses->table), room - 1 };
  if (uses->table == NULL)
    return error_memory(e, "plan of a step", (double)(room * sizeof *uses->table));
  for (int k = 0; k < n->n_projections; k++)
    for (int r = 0; r < N_ROLES; r++)
      for (int i = 0; i < n->projections[k]->kernels[r].n; i++)
        note_kernel(uses, n->projections[k]->kernels[r].items[i], (Role)r, n->projections[k]);
  for (int k = 0; k < n->n_recorders; k++)
    use_of(uses, n->recorders[k]->source)->is_seen = true;
  for (int k = 0; k < n->n_derived; k++)
    note_seen(uses, n->derived[k].bound);
  for (int k = 0; k < n->n_populations; k++)
    for (int i = 0; i < n->populations[k]->n_drives; i++)
      use_of(uses, n->populations[k]->drives[i].target)->is_driven = true;
  return true;
}

/* ---- who may sum ahead --------------------------------------------------------------------------------------------- */

/* The kernels of one pass. Returns their number, 0 where they are too many. */
static int list_of(const Projection *p, BoundKernel **list) {
  int n = 0;
  if (p->kernels[ROLE_EQUATIONS].n + p->kernels[ROLE_PSP].n > BLOCKS_MOST)
    return 0;
  for (int k = 0; k < p->kernels[ROLE_EQUATIONS].n; k++)
    list[n++] = p->kernels[ROLE_EQUATIONS].items[k];
  for (int k = 0; k < p->kernels[ROLE_PSP].n; k++)
    list[n++] = p->kernels[ROLE_PSP].items[k];
  return n;
}

/* Do the projection's own kernels allow it? */
static bool is_candidate(const Network *n, const Projection *p) {
  const BoundList *kernels = p->kernels;
  BoundKernel *list[BLOCKS_MOST];
  if (!p->may_sum_ahead || kernels[ROLE_PSP].n != 1 || kernels[ROLE_EQUATIONS].n == 0 ||
      kernels[ROLE_PRE].n + kernels[ROLE_PATHWAY].n > 0 || kernels[ROLE_POST].n + kernels[ROLE_PATHWAY_POST].n > 0 || p->n_lags > 0 ||
      p->n_flushes > 0 || n->n_clocks > 1)
    return false;
  return kernels[ROLE_AHEAD].n == 1 || blocks_fit(list, list_of(p, list));
}

/* Does nothing else behind the neurons in a step write what is read, or use the sums at all, and does nobody look at them? Two projections may sum into one
** target in any order, the result is the same; more may not. */
static bool is_undisturbed(const Uses *uses, const Projection *p) {
  const BoundKernel *psp = p->kernels[ROLE_PSP].items[0];
  for (int i = 0; i < psp->n_reductions; i++)
    if (use_of(uses, psp->reductions[i].source)->is_driven)
      return false;
  for (int i = 0; i < psp->n_slots; i++) {
    const Use *u = use_of(uses, psp->arrays[i]);
    if (!program_writes_slot(psp->program, i)) {
      bool is_learnt_elsewhere = u->is_learnt_by_many || (u->learner != NULL && u->learner != p);
      if (is_learnt_elsewhere || u->is_written_by_events || u->is_driven)
        return false;
    } else if (program_slot(psp->program, i)->scope != SCOPE_POST || u->is_in_equations || u->is_in_events || u->is_seen ||
               u->n_summing > 2) {
      return false;
    }
  }
  return true;
}

bool ahead_plan(Network *n, Error *e) {
  bool is_wanted = false;
  Uses uses = { 0 };
  for (int k = 0; k < n->n_projections; k++)
    is_wanted |= is_candidate(n, n->projections[k]);
  if (is_wanted && !find_uses(n, &uses, e))
    return false;
  n->sums_ahead = false;
  for (int k = 0; k < n->n_projections; k++) {
    Projection *p = n->projections[k];
    bool is_on = is_wanted && is_candidate(n, p) && is_undisturbed(&uses, p);
    p->summed_step = INT64_MIN;
    if (p->kernels[ROLE_EQUATIONS].n > 0)
      p->kernels[ROLE_EQUATIONS].items[0]->ahead = is_on ? p : NULL;
    if (p->kernels[ROLE_PSP].n > 0)
      p->kernels[ROLE_PSP].items[0]->ahead = is_on ? p : NULL;
    n->sums_ahead |= is_on;
  }
  memory_free(uses.table);
  return true;
}

/* ---- in a step ----------------------------------------------------------------------------------------------------- */

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
    if (p->kernels[ROLE_AHEAD].n == 1) {
      for (int i = 0; i < p->kernels[ROLE_EQUATIONS].n - 1; i++)
        bound_run_step(p->kernels[ROLE_EQUATIONS].items[i], &n->workers, t, c->dt, c->step);
      bound_run_step(p->kernels[ROLE_AHEAD].items[0], &n->workers, t, c->dt, c->step);
      p->summed_step = c->step + 1;
      k += p->kernels[ROLE_EQUATIONS].n - 1;
      continue;
    }
    BoundKernel *list[BLOCKS_MOST];
    BlockTime times[BLOCKS_MOST];
    int n_list = list_of(p, list);
    for (int i = 0; i < n_list; i++)
      times[i] = i < p->kernels[ROLE_EQUATIONS].n ? (BlockTime){ t, c->step } : (BlockTime){ clock_ms(c->dt, c->step + 1), c->step + 1 };
    blocks_run(list, times, n_list, &p->ahead_cost, &n->workers);
    p->summed_step = c->step + 1;
    k += p->kernels[ROLE_EQUATIONS].n - 1;
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
    const BoundKernel *psp = p->kernels[ROLE_PSP].items[0];
    for (int i = 0; i < psp->n_slots; i++)
      if (program_writes_slot(psp->program, i))
        memset(psp->arrays[i]->at, 0, array_type_size(psp->arrays[i]->type) * (size_t)array_count(psp->arrays[i]));
  }
}
