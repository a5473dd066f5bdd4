/* The state of a network: its time, and that of all objects in the order in which a network like it makes them. */
#include "base/memory.h"
#include "engine/network.h"

static bool clock_state(Clock *c, State *s) {
  return state_same_f64(s, "dt", c->dt) && state_i64(s, "step", &c->step) && state_check(s, "step", c->step, 0, INT64_MAX / 2) &&
         state_i64(s, "paid_step", &c->paid_step) && state_i64(s, "driven", &c->driven) && state_pass(s, c->dt_array);
}

/* ---- operations ---------------------------------------------------------------------------------------------------- */

static bool operation_state(Operation *o, State *s) {
  return schedule_state(&o->schedule, s) && state_i64(s, "n_calls", &o->n_calls) && state_bool(s, "is_active", &o->is_active) &&
         bound_list_state(&o->kernels, s, "kernel");
}

/* It acted once, and will not again. */
static bool is_over(const Operation *o) { return o->schedule.kind == SCHEDULE_ONCE && o->schedule.next == INT64_MAX; }

/* READ: operations that are not among `ids` were over by then, or are younger than the state: these begin at the present. */
static bool settle_others(Network *n, State *s, const int64_t *ids, int64_t n_ids, int64_t n_made) {
  int64_t i = 0;
  for (int k = 0; k < n->n_operations; k++) {
    Operation *o = n->operations[k];
    while (s->may_lack && i < n_ids && ids[i] < o->id)
      i++;
    if (i < n_ids && ids[i] == o->id && !o->is_removed) {
      i++;
    } else if (o->id > n_made) {
      schedule_restart(&o->schedule, n->clocks[o->clock].dt, network_first_step(n, o->clock, o->schedule.at_start));
      o->n_calls = 0;
    } else {
      o->is_active = false;
      o->schedule.next = INT64_MAX;
    }
  }
  return i == n_ids || s->may_lack || state_fail(s, "operation %lld of the state is not there", (long long)ids[i]);
}

/* Operations come and go while a network runs, so they go by the number that each got when it was made; in the list these ascend. */
static bool operations_state(Network *n, State *s) {
  int64_t n_made = n->n_operations_made, n_ids = 0, room = n->n_operations, *ids = memory_new(sizeof *ids * (size_t)room);
  if (ids == NULL)
    return error_memory(s->error, "list of operations", 8.0 * (double)room);
  for (int k = 0; k < n->n_operations; k++)
    if (!n->operations[k]->is_removed && !is_over(n->operations[k]))
      ids[n_ids++] = n->operations[k]->id;
  bool ok = state_i64(s, "n_operations_made", &n_made) && state_grown(s, "operations", ARRAY_I64, (void **)&ids, &n_ids, &room) &&
            (s->mode != STATE_READ || settle_others(n, s, ids, n_ids, n_made));
  for (int64_t i = 0, k = 0; ok && i < n_ids; k++) {
    Operation *o = k < n->n_operations ? n->operations[k] : NULL;
    while (i < n_ids && (o == NULL || ids[i] < o->id)) /* missing, and it may be */
      i++;
    if (i == n_ids || o->id != ids[i])
      continue;
    i++;
    ok = state_enter(s, "operation", o->id, o) && operation_state(o, s);
    if (ok)
      state_leave(s);
  }
  memory_free(ids);
  return ok;
}

/* ---- derived constants --------------------------------------------------------------------------------------------- */

/* Versions of arrays are counted from the beginning of a process: what counts is whether the constants are those of their inputs. */
static bool derived_state(Derived *d, State *s) {
  enum { NEVER, STALE, CURRENT };
  int state = d->seen == UINT64_MAX ? NEVER : d->seen == network_input_versions(d->bound) ? CURRENT : STALE;
  if (!state_int(s, "constants.state", &state) || !state_check(s, "constants.state", state, NEVER, CURRENT))
    return false;
  if (s->mode == STATE_READ)
    d->seen = state == NEVER ? UINT64_MAX : network_input_versions(d->bound) + (state == STALE);
  return true;
}

static bool all_derived_state(Network *n, State *s) {
  for (int pass = 0; pass < 2; pass++) /* all arrays first: they are each other's inputs */
    for (int k = 0; k < n->n_derived; k++) {
      Derived *d = &n->derived[k];
      if (!state_enter(s, "derived", k + 1, d->projection) || !(pass == 0 ? bound_state(d->bound, s) : derived_state(d, s)))
        return false;
      state_leave(s);
    }
  return true;
}

/* ---- the whole ----------------------------------------------------------------------------------------------------- */

static bool time_state(Network *n, State *s) {
  int64_t ended = (int64_t)n->ended;
  bool ok = state_same_i64(s, "seed", (int64_t)n->seed) && state_f64(s, "t", &n->t) && state_i64(s, "ended", &ended) &&
            state_i64(s, "unchecked", &n->unchecked) && state_f64(s, "checked_time", &n->watches.checked_time);
  int64_t n_objects = n->n_objects;
  ok = ok && state_i64(s, "n_objects", &n_objects) && state_check(s, "n_objects", n_objects, 0, UINT32_MAX) &&
       state_same_i64(s, "n_clocks", n->n_clocks) && state_same_i64(s, "n_populations", n->n_populations) &&
       state_same_i64(s, "n_projections", n->n_projections) && state_same_i64(s, "n_derived", n->n_derived);
  if (!ok)
    return false;
  if (n->n_clocks < 64 && (uint64_t)ended >> n->n_clocks != 0)
    return state_fail(s, "more clocks have ended than there are");
  n->ended = (uint64_t)ended;
  n->n_objects = (uint32_t)n_objects;
  return true;
}

/* ---- recorders ------------------------------------------------------------------------------------------------------ */

/* READ: does the state hold the recorder with this number? It may have been removed by then. */
static bool has_recorder(State *s, const char *what, int64_t id, int64_t n_made) {
  if (s->mode != STATE_READ)
    return true;
  if (s->keeps_recorded || id > n_made || !state_enter(s, what, id, NULL))
    return false;
  bool is_there = state_has(s, "is_on", ARRAY_BOOL);
  state_leave(s);
  return is_there;
}

/* Recorders come and go, so they go by their numbers. READ: those that are not in the state begin at the present. */
static bool recorders_state(Network *n, State *s) {
  int64_t n_rows = n->n_recorders_made, n_spikes = n->n_spike_recorders_made;
  const int64_t most = s->may_lack ? INT32_MAX : n_rows, most_spikes = s->may_lack ? INT32_MAX : n_spikes;
  if (!state_i64(s, "n_recorders", &n_rows) || !state_check(s, "n_recorders", n_rows, 0, most) ||
      !state_i64(s, "n_spike_recorders", &n_spikes) || !state_check(s, "n_spike_recorders", n_spikes, 0, most_spikes))
    return false;
  for (int k = 0; k < n->n_recorders; k++) {
    Recorder *r = n->recorders[k];
    if (!has_recorder(s, "recorder", r->id, n_rows)) {
      recorder_restart(r, n->clocks[r->clock].dt, network_next_step(n, r->clock), s->keeps_recorded);
      continue;
    }
    if (!state_enter(s, "recorder", r->id, r) || !recorder_state(r, s))
      return false;
    state_leave(s);
  }
  for (int k = 0; k < n->n_spike_recorders; k++) {
    SpikeRecorder *r = n->spike_recorders[k];
    if (!has_recorder(s, "spike_recorder", r->id, n_spikes)) {
      spike_recorder_restart(r, network_next_step(n, r->clock), s->keeps_recorded);
      continue;
    }
    if (!state_enter(s, "spike_recorder", r->id, r) || !spike_recorder_state(r, s))
      return false;
    state_leave(s);
  }
  return true;
}

static bool objects_state(Network *n, State *s) {
#define EACH(what, count, items, function)                                                                                                 \
  for (int k = 0; k < n->count; k++) {                                                                                                     \
    if (!state_enter(s, what, k + 1, items) || !function(items, s))                                                                        \
      return false;                                                                                                                        \
    state_leave(s);                                                                                                                        \
  }
  EACH("clock", n_clocks, &n->clocks[k], clock_state)
  EACH("population", n_populations, n->populations[k], population_state)
  EACH("projection", n_projections, n->projections[k], projection_state)
  if (!operations_state(n, s))
    return false;
#undef EACH
  return recorders_state(n, s) && all_derived_state(n, s);
}

bool network_read_storage(Network *n, Projection *p, State *s) {
  for (int k = 0; k < n->n_projections; k++)
    if (n->projections[k] == p) {
      projection_drop_kernels(p);
      n->is_changed = true;
      bool ok = state_enter(s, "projection", k + 1, p) && projection_rows_state(p, s);
      n->is_torn |= !ok;
      return ok;
    }
  return state_fail(s, "no such projection");
}

/* Spikes under way, packed by where and when they arrive: made again from what is state. */
static int64_t bytes_of_parcels(const Network *n) {
  int64_t sum = 0;
  for (int k = 0; k < n->n_clocks; k++) {
    sum += deliveries_bytes(&n->clocks[k].deliveries);
    for (int s = 0; s < N_STAGES; s++)
      sum += regions_bytes(&n->clocks[k].regions[s]);
  }
  return sum;
}

bool network_state(Network *n, State *s) {
  bool is_reading = s->mode == STATE_READ;
  if (is_reading && n->is_running)
    return error_set(s->error, "a state cannot be read during a step: do it between runs");
  if (s->mode == STATE_WRITE && n->is_torn)
    return error_set(s->error, "the network holds a part of a state that could not be read: it has none to be written");
  n->is_torn |= is_reading;
  state_begin(s, n);
  bool ok = time_state(n, s) && objects_state(n, s) && state_memory(s, "registers", workers_bytes(&n->workers)) &&
            state_memory(s, "parcels", bytes_of_parcels(n));
  if (is_reading) {
    n->is_changed = true;
    n->is_torn = !ok;
  }
  return ok;
}
