/* The state of a projection: its synapses, their delays, what is under way. */
#include <string.h>

#include "base/memory.h"
#include "engine/bundle.h"
#include "engine/projection.h"
#include "engine/put_off.h"

/* Which slot of its kernels an array is: the name that a lag goes by, whatever the order in which lags came to be. */
static const char *name_of(const Projection *p, const Array *a) {
  for (int r = 0; r < N_ROLES; r++)
    for (int k = 0; k < p->kernels[r].n; k++) {
      const BoundKernel *b = p->kernels[r].items[k];
      for (int i = 0; i < b->n_slots; i++)
        if (b->arrays[i] == a)
          return program_slot(b->program, i)->name;
    }
  return "";
}

static bool lag_state(const Projection *p, Lag *lag, State *s, int64_t k) {
  const char *name = name_of(p, lag->delayed);
  return state_enter(s, "lag", *name == '\0' ? k : 0, NULL) && state_enter(s, name, 0, NULL) &&
         state_same_i64(s, "n_steps", lag->n_steps) &&
         state_fixed(s, "ring", lag->source->type, lag->ring, array_count(lag->source) * lag->n_steps) &&
         state_i64(s, "position", &lag->position) && state_check(s, "position", lag->position, 0, lag->n_steps - 1) &&
         state_array(s, "source", lag->source) && state_array(s, "delayed", lag->delayed);
}

static bool delays_state(Projection *p, State *s) {
  if (!state_enter(s, "delays", 0, NULL) || !state_f64(s, "ms", &p->delay) || !state_i64(s, "steps", &p->delay_steps) ||
      !state_check(s, "steps", p->delay_steps, 1, POPULATION_MOST_STEPS) || !delay_table_state(&p->delays, p->storage, s))
    return false;
  const DelayTable *d = &p->delays;
  int64_t longest = d->n_delays > 0 ? d->delay[d->n_delays - 1] : 0;
  if (s->mode == STATE_READ && !population_keep_steps(p->pre, (longest > p->delay_steps ? longest : p->delay_steps) + 1, s->error))
    return false;
  state_leave(s);
  return true;
}

static bool has_kernels(const Projection *p) {
  int n = p->n_flushes;
  for (int r = 0; r < N_ROLES; r++)
    n += p->kernels[r].n;
  return n > 0;
}

bool projection_rows_state(Projection *p, State *s) {
  if (p->is_copy)
    return delays_state(p, s);
  if (!state_enter(s, "storage", 0, NULL) || !storage_state(p->storage, s, p->pre->n, p->post->n, !has_kernels(p)))
    return false;
  state_leave(s);
  return delays_state(p, s);
}

static bool pathways_state(Projection *p, State *s) {
  for (int k = 0; k < p->n_pathways; k++) {
    Pathway *q = &p->pathways[k];
    Population *from = q->side == SIDE_PRE ? p->pre : p->post;
    if (!state_enter(s, "pathway", k + 1, NULL) || !pathway_state(q, from->n, p->storage, s) ||
        (s->mode == STATE_READ && !population_keep_steps(from, q->delay_steps + 1, s->error)))
      return false;
    state_leave(s);
  }
  return true;
}

/* What is under way; since delays can change, from which step on they are those that there are now. */
static bool under_way_state(Projection *p, State *s) {
  if (s->mode == STATE_READ)
    p->pulls_from = INT64_MIN;
  return arrivals_state(&p->waiting, p->pre->n, p->storage, s) && pathways_state(p, s) &&
         (s->mode == STATE_READ && !state_has(s, "pulls_from", ARRAY_I64) ? true : state_i64(s, "pulls_from", &p->pulls_from));
}

bool projection_state(Projection *p, State *s) {
  if (s->mode != STATE_LIST)
    put_off_do_all(p->put_off);
  if (!state_same_i64(s, "object", p->object) || !projection_rows_state(p, s) || !kernels_state(p->kernels, s))
    return false;
  for (int k = 0; k < p->n_flushes; k++) {
    if (!state_enter(s, "flush", k + 1, NULL) || !bound_list_state(&p->flushes[k].kernels, s, "kernel") ||
        !state_array(s, "due", p->flushes[k].due))
      return false;
    state_leave(s);
  }
  if (!state_same_i64(s, "n_lags", p->n_lags))
    return false;
  for (int k = 0; k < p->n_lags; k++) {
    if (!lag_state(p, &p->lags[k], s, k + 1))
      return false;
    state_leave(s);
    state_leave(s);
  }
  if (s->mode == STATE_READ)
    p->summed_step = INT64_MIN;
  if (s->mode == STATE_READ)
    projection_changed(p);
  int64_t each = (int64_t)sizeof *p->segments + (int64_t)sizeof *p->list + (int64_t)sizeof *p->begin + (int64_t)sizeof *p->end;
  int64_t whole = (int64_t)sizeof *p->whole.neuron + (int64_t)sizeof *p->whole.begin + (int64_t)sizeof *p->whole.end;
  return under_way_state(p, s) && state_memory(s, "arriving", p->capacity * each + p->whole.capacity * whole) &&
         state_memory(s, "bundle", p->bundle != NULL ? bundle_bytes(p->bundle) : 0) &&
         state_memory(s, "put off", put_off_bytes(p->put_off));
}
