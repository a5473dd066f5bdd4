/* The state of a projection: its synapses, their delays, what is under way. */
#include <string.h>

#include "engine/projection.h"

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

static bool check_delays(const Projection *p, int64_t n_begins, State *s) {
  const DelayTable *d = &p->delays;
  const Storage *storage = p->storage;
  int64_t n_major = storage_is_by_pre(storage) ? storage->n_pre : storage->n_post, width = (int64_t)d->n_delays + 1;
  if (d->n_delays == 0)
    return n_begins == 0 || state_fail(s, "parts of rows without delays");
  if (storage_is_dense(storage) || n_begins != n_major * width)
    return state_fail(s, "%lld parts of rows do not fit", (long long)n_begins);
  if (!state_check_i32(s, "delay", d->delay, d->n_delays, 1, POPULATION_MOST_STEPS))
    return false;
  for (int32_t k = 1; k < d->n_delays; k++)
    if (d->delay[k] <= d->delay[k - 1])
      return state_fail(s, "delays do not ascend");
  for (int64_t r = 0; r < n_major; r++)
    for (int64_t k = 0; k < width; k++) {
      int64_t begin = d->begin[r * width + k], before = k == 0 ? storage->row[r] : d->begin[r * width + k - 1];
      bool is_edge = k == 0 || k == width - 1;
      if (begin < before || begin > storage->row[r + 1] || (is_edge && begin != storage->row[k == 0 ? r : r + 1]))
        return state_fail(s, "part %lld of row %lld begins at place %lld", (long long)k + 1, (long long)r + 1, (long long)begin + 1);
    }
  return true;
}

static bool delays_state(Projection *p, State *s) {
  DelayTable *d = &p->delays;
  const Storage *storage = p->storage;
  int64_t n_delays = d->n_delays, room = n_delays,
          n_begins = n_delays > 0 ? (storage_is_by_pre(storage) ? storage->n_pre : storage->n_post) * (n_delays + 1) : 0;
  if (s->mode == STATE_READ) /* the rows may be other ones by now: begin anew */
    n_begins = room = 0;
  int64_t room_begins = n_begins;
  if (!state_enter(s, "delays", 0, NULL) || !state_f64(s, "ms", &p->delay) || !state_i64(s, "steps", &p->delay_steps) ||
      !state_check(s, "steps", p->delay_steps, 1, POPULATION_MOST_STEPS) ||
      !state_grown(s, "delay", ARRAY_I32, (void **)&d->delay, &n_delays, &room))
    return false;
  if (n_delays > POPULATION_MOST_STEPS)
    return state_fail(s, "%lld different delays", (long long)n_delays);
  d->n_delays = (int32_t)n_delays;
  if (!state_grown(s, "begin", ARRAY_I64, (void **)&d->begin, &n_begins, &room_begins))
    return false;
  if (s->mode == STATE_READ) {
    int64_t longest = p->delay_steps;
    if (!check_delays(p, n_begins, s))
      return false;
    if (n_delays > 0 && d->delay[n_delays - 1] > longest)
      longest = d->delay[n_delays - 1];
    if (!population_keep_steps(p->pre, longest + 1, s->error))
      return false;
  }
  state_leave(s);
  return true;
}

/* Spikes that wait for a receiver on another clock. */
static bool waiting_state(Projection *p, State *s) {
  int64_t n = p->n_waiting, n_neurons = n, room = p->waiting_capacity, room_neurons = room;
  if (!state_enter(s, "waiting", 0, NULL) || !state_grown(s, "step", ARRAY_I64, (void **)&p->waiting.step, &n, &room) ||
      !state_grown(s, "neuron", ARRAY_I32, (void **)&p->waiting.neuron, &n_neurons, &room_neurons))
    return false;
  if (s->mode == STATE_READ) {
    p->n_waiting = 0;
    p->waiting_capacity = room < room_neurons ? room : room_neurons;
    if (n != n_neurons || !state_check_i32(s, "neuron", p->waiting.neuron, n, 0, p->pre->n - 1))
      return n == n_neurons ? false : state_fail(s, "%lld steps and %lld neurons", (long long)n, (long long)n_neurons);
    for (int64_t k = 1; k < n; k++)
      if (p->waiting.step[k] < p->waiting.step[k - 1])
        return state_fail(s, "spikes that do not wait in order");
    p->n_waiting = n;
  }
  state_leave(s);
  return true;
}

static bool has_kernels(const Projection *p) {
  int n = p->n_flushes;
  for (int r = 0; r < N_ROLES; r++)
    n += p->kernels[r].n;
  return n > 0;
}

bool projection_state(Projection *p, State *s) {
  if (!state_same_i64(s, "object", p->object) || !state_enter(s, "storage", 0, NULL) ||
      !storage_state(p->storage, s, p->pre->n, p->post->n, !has_kernels(p)))
    return false;
  state_leave(s);
  if (!delays_state(p, s) || !kernels_state(p->kernels, s))
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
  int64_t each = 2 * (int64_t)sizeof *p->segments + (int64_t)sizeof *p->list + (int64_t)sizeof *p->begin + (int64_t)sizeof *p->end;
  return waiting_state(p, s) && state_memory(s, "arriving", p->capacity * each);
}
