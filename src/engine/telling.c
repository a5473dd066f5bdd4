#include "engine/telling.h"

#include <string.h>

#include "base/memory.h"
#include "base/ranks.h"
#include "engine/network.h"

/* ---- how often ------------------------------------------------------------------------------------------------------ */

/* How long the spikes of a projection are under way at least, in steps; where that is not one number from step to step: 1. */
static int64_t shortest_way(const Network *n, const Projection *p) {
  if (p->pre->clock != p->post->clock || p->kernels[ROLE_PATHWAY].n > 0)
    return 1;
  if (p->is_part && p->high > 0) /* of all ranks' synapses */
    return clock_steps(n->clocks[p->post->clock].dt, p->low, CLOCK_DELAY);
  return p->delays.n_delays > 0 ? p->delays.delay[0] : p->delay_steps;
}

static void tell_each_step(Network *n, const Population *p) {
  if (p->is_shared)
    n->clocks[p->clock].plan.telling = 1;
}

/* A kernel, and whose it is: of a projection, or of a population. */
typedef struct Use {
  const BoundKernel *bound;
  const Population *population;
  const Projection *projection;
} Use;

/* Are the elements of an array of this population that the kernel uses in a slot those of this rank's neurons? */
static bool is_own(const Use *u, int slot, const Population *of) {
  const BoundKernel *b = u->bound;
  const Scope scope = program_slot(b->program, slot)->scope;
  const bool is_listed = b->nest == NEST_EACH || b->nest == NEST_LIST;
  return b->is_cut && (u->projection != NULL ? u->projection->post : u->population) == of &&
         scope == (u->projection == NULL || is_listed ? SCOPE_ELEM : SCOPE_POST);
}

/* What spikes do to a population, at once to this rank's neurons and to the others when they are told. (A rate comes when all are.) */
static bool is_last_spike(const Population *p, const Array *a) { return p->t_last != NULL && p->t_last->buffer == a->buffer; }
static bool is_rate(const Population *p, const Array *a) { return p->rate != NULL && p->rate->buffer == a->buffer; }

static void look_at_array(Network *n, const Array *a) {
  for (int k = 0; k < n->n_populations; k++)
    if (is_last_spike(n->populations[k], a) || is_rate(n->populations[k], a))
      tell_each_step(n, n->populations[k]);
}

static void look_at_kernel(Network *n, const Use *u) {
  const BoundKernel *b = u->bound;
  for (int k = 0; k < n->n_populations; k++) {
    const Population *p = n->populations[k];
    for (int i = 0; i < b->n_slots; i++)
      if (is_rate(p, b->arrays[i]) || (is_last_spike(p, b->arrays[i]) && !is_own(u, i, p)))
        tell_each_step(n, p);
  }
  for (int i = 0; i < b->n_reductions; i++)
    look_at_array(n, b->reductions[i].source);
}

static void look_at_list(Network *n, const BoundList *list, const Population *population, const Projection *projection) {
  for (int k = 0; k < list->n; k++)
    look_at_kernel(n, &(Use){ list->items[k], population, projection });
}

static void look_at_roles(Network *n, const BoundList *kernels, const Population *population, const Projection *projection) {
  for (int r = 0; r < N_ROLES; r++)
    if (role_info((Role)r)->phase != PHASE_RECORD)
      look_at_list(n, &kernels[r], population, projection);
}

static bool is_any_whole(const BoundList *list) {
  bool is_any = false;
  for (int k = 0; k < list->n; k++)
    is_any |= !list->items[k]->is_cut;
  return is_any;
}

static void look_at_projection(Network *n, const Projection *p) {
  const BoundList *kernels = p->kernels;
  int64_t *telling = &n->clocks[p->pre->clock].plan.telling;
  if (p->pre->is_shared && kernels[ROLE_PRE].n + kernels[ROLE_PATHWAY].n > 0 && shortest_way(n, p) < *telling)
    *telling = shortest_way(n, p);
  /* post spikes bring event-driven variables to one time, also where they are others' neurons': nobody may see that it was later */
  if (is_any_whole(&kernels[ROLE_POST]) || kernels[ROLE_PATHWAY_POST].n > 0 ||
      (kernels[ROLE_POST].n > 0 && p->n_flushes > 0 && kernels[ROLE_EQUATIONS].n + kernels[ROLE_PSP].n > 0))
    tell_each_step(n, p->post);
  for (int k = 0; k < p->n_lags; k++)
    look_at_array(n, p->lags[k].source);
  for (int k = 0; k < p->n_flushes; k++)
    look_at_list(n, &p->flushes[k].kernels, NULL, p);
  look_at_roles(n, kernels, NULL, p);
}

static void look_at_operation(Network *n, Operation *o) {
  o->is_told = !o->is_shared && (o->call != NULL || o->projection != NULL || o->population == NULL || o->is_settling);
  if (!o->is_told)
    look_at_list(n, &o->kernels, o->population, NULL);
}

/* Where spikes arrive nowhere they are told now and then. */
enum { NOWHERE = 100 };

bool telling_plan(Network *n, Error *e) {
  if (n->shared.n_ranks == 1)
    return true;
  for (int k = 0; k < n->n_clocks; k++)
    n->clocks[k].plan.telling = INT64_MAX;
  for (int k = 0; k < n->n_projections; k++)
    look_at_projection(n, n->projections[k]);
  for (int k = 0; k < n->n_operations; k++)
    look_at_operation(n, n->operations[k]);
  for (int k = 0; k < n->n_populations; k++) {
    look_at_roles(n, n->populations[k]->kernels, n->populations[k], NULL);
    if (n->populations[k]->rates != NULL)
      look_at_array(n, n->populations[k]->rates);
  }
  for (int k = 0; k < n->n_clocks; k++) {
    Plan *plan = &n->clocks[k].plan;
    plan->telling = plan->telling == INT64_MAX ? NOWHERE : plan->telling;
    for (int i = 0; i < plan->shared.n; i++)
      if (!population_make_room(plan->shared.items[i], plan->telling, e))
        return false;
  }
  return true;
}

int64_t telling_longest(const Network *n) {
  int64_t longest = 0;
  for (int k = 0; k < n->n_clocks; k++)
    if (n->clocks[k].plan.shared.n > 0 && n->clocks[k].plan.telling > longest)
      longest = n->clocks[k].plan.telling;
  return longest;
}

bool telling_concerns(const Network *n, const Recorder *r) {
  if (r->flushed != NULL || r->look != NULL)
    return true;
  for (int k = 0; k < n->n_populations; k++)
    if (is_last_spike(n->populations[k], r->source) || is_rate(n->populations[k], r->source))
      return true;
  return false;
}

void telling_free(Telling *t) {
  memory_free(t->spikes);
  memory_free(t->neurons);
  *t = (Telling){ 0 };
}

/* ---- telling -------------------------------------------------------------------------------------------------------- */

static Population *shared_of(const Clock *c, int k) { return c->plan.shared.items[k]; }

/* Populations of a clock go together. */
static int64_t n_untold(const Clock *c) { return c->plan.shared.n > 0 ? shared_of(c, 0)->n_untold : 0; }
static int64_t first_untold(const Clock *c) { return shared_of(c, 0)->untold; }

static const char WHAT[] = "spikes of a step";

/* A message: how many steps, how many spikes each population has in each of them, and which: population by population, step by step. */
static bool pack(Telling *t, const Clock *c, int64_t *n_bytes, Error *e) {
  const int n_lists = c->plan.shared.n;
  const int64_t n_steps = n_untold(c), first = first_untold(c);
  int64_t count = 1 + n_steps * n_lists;
  for (int64_t step = first; step < first + n_steps; step++)
    for (int k = 0; k < n_lists; k++)
      count += population_spikes(shared_of(c, k), step)->n;
  *n_bytes = count * (int64_t)sizeof(int32_t);
  if (!memory_reserve(&t->spikes, 0, *n_bytes, &t->room, 1))
    return error_memory(e, WHAT, (double)*n_bytes);
  int32_t *counts = (int32_t *)t->spikes, *to = counts + 1 + n_steps * n_lists;
  *counts++ = (int32_t)n_steps;
  for (int64_t step = first; step < first + n_steps; step++)
    for (int k = 0; k < n_lists; k++) {
      const Spikes *s = population_spikes(shared_of(c, k), step);
      *counts++ = (int32_t)s->n;
      if (s->n > 0)
        memcpy(to, s->neuron, sizeof *to * (size_t)s->n);
      to += s->n;
    }
  return true;
}

/* What one rank has told, list by list. */
typedef struct Heard {
  const int32_t *count, *neuron; /* of the next list */
} Heard;

/* The next list of all ranks, which have ascending neurons. */
static bool next_list(Telling *t, Heard *heard, int64_t *n, Error *e) {
  *n = 0;
  for (int r = 0; r < ranks_n(); r++)
    *n += *heard[r].count;
  if (!memory_reserve(&t->neurons, 0, *n, &t->room_neurons, sizeof *t->neurons))
    return error_memory(e, WHAT, 4.0 * (double)*n);
  int32_t *to = t->neurons;
  for (int r = 0; r < ranks_n(); r++) {
    const int32_t count = *heard[r].count++;
    if (count > 0)
      memcpy(to, heard[r].neuron, sizeof *to * (size_t)count);
    heard[r].neuron += count;
    to += count;
  }
  return true;
}

/* What recorders have left out. */
static bool take_spikes(Network *n, const Population *p, int64_t step, Error *e) {
  bool is_good = true;
  for (int k = 0; k < n->n_spike_recorders; k++) {
    SpikeRecorder *r = n->spike_recorders[k];
    if (r->population == p && record_is_on(&r->active, step))
      is_good = spike_recorder_take(r, step, is_good ? e : NULL) && is_good;
  }
  return is_good;
}

/* On this rank there may have been no post spike that brought event-driven variables to the time to which others have brought them. */
static void bring_to_time(Network *n, const Clock *c, int64_t step) {
  for (int k = 0; k < c->plan.post_spikes.n; k++) {
    Projection *p = c->plan.post_spikes.items[k];
    if (p->post->is_shared && p->n_flushes > 0 && projection_post_events(p, step).n > 0)
      projection_flush_due(p, &n->workers, clock_ms(c->dt, step) + c->dt);
  }
}

static bool hear_all(Network *n, const Clock *c, Heard *heard, bool is_in_step, Error *e) {
  bool is_good = true;
  const int64_t first = first_untold(c), last = first + n_untold(c) - 1;
  for (int64_t step = first; step <= last; step++) {
    for (int k = 0; k < c->plan.shared.n; k++) {
      Population *p = shared_of(c, k);
      int64_t n_spikes;
      is_good = next_list(&n->telling, heard, &n_spikes, is_good ? e : NULL) && is_good;
      is_good = is_good && population_hear(p, clock_ms(c->dt, step), step, n->telling.neurons, n_spikes, e);
      if (step - first < p->n_unrecorded)
        is_good = take_spikes(n, p, step, is_good ? e : NULL) && is_good;
    }
    if (step < last || !is_in_step)
      bring_to_time(n, c, step);
  }
  return is_good;
}

static int64_t steps_of(const void *all, const int64_t *at, int rank) { return *(const int32_t *)((const char *)all + at[rank]); }

/* Have all ranks made as many steps? Who has made more finds that another one has ended its run, and why is for that one to say. */
static bool is_alike(const void *all, const int64_t *at) {
  int64_t least = INT64_MAX, most = 0;
  for (int r = 0; r < ranks_n(); r++) {
    const int64_t n = steps_of(all, at, r);
    least = n < least ? n : least;
    most = n > most ? n : most;
  }
  if (steps_of(all, at, ranks_me()) > least)
    ranks_meet(WHAT);
  return least == most;
}

/* What is untold of a clock; `is_in_step`: the last of these steps is in phase 4. */
static bool tell(Network *n, Clock *c, bool is_in_step, Error *e) {
  Telling *t = &n->telling;
  void *all;
  int64_t *at, n_bytes;
  Heard *heard = memory_new(sizeof *heard * (size_t)ranks_n());
  if (heard == NULL)
    return error_memory(e, WHAT, (double)sizeof *heard * ranks_n());
  if (!pack(t, c, &n_bytes, e) || !ranks_gather(WHAT, t->spikes, n_bytes, &all, &at, e)) {
    memory_free(heard);
    return false;
  }
  const int64_t n_steps = n_untold(c), n_counts = n_steps * c->plan.shared.n;
  t->n_times++;
  t->n_steps += n_steps;
  t->n_sent += n_bytes;
  t->n_received += at[ranks_n()] - n_bytes;
  bool is_good = true;
  if (is_alike(all, at)) {
    for (int r = 0; r < ranks_n(); r++) {
      const int32_t *counts = (const int32_t *)((const char *)all + at[r]) + 1;
      heard[r] = (Heard){ counts, counts + n_counts };
    }
    is_good = hear_all(n, c, heard, is_in_step, e);
  }
  for (int k = 0; k < c->plan.shared.n; k++)
    shared_of(c, k)->n_untold = shared_of(c, k)->n_unrecorded = 0;
  memory_free(heard);
  memory_free(all);
  memory_free(at);
  return is_good;
}

static void look_what_is_left(Network *n) {
  n->telling.is_untold = false;
  for (int k = 0; k < n->n_clocks; k++)
    n->telling.is_untold |= n_untold(&n->clocks[k]) > 0;
}

bool telling_step(Network *n, Clock *c, bool *has_told, Error *e) {
  *has_told = n_untold(c) >= c->plan.telling;
  const bool is_good = !*has_told || tell(n, c, true, e);
  look_what_is_left(n);
  return is_good;
}

bool telling_now(Network *n, Error *e) {
  bool is_good = true;
  for (int k = 0; k < n->n_clocks && n->telling.is_untold; k++) {
    Clock *c = &n->clocks[k];
    if (n_untold(c) > 0)
      is_good = tell(n, c, false, is_good ? e : NULL) && is_good;
  }
  n->telling.is_untold = false;
  return is_good;
}

void telling_is_recorded(Clock *c) {
  for (int k = 0; k < c->plan.shared.n; k++)
    shared_of(c, k)->n_unrecorded = shared_of(c, k)->n_untold;
}
