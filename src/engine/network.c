#define _GNU_SOURCE
#include "engine/network.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "base/parallel.h"

enum { CHECK_EVERY = 4096, POLL_EVERY = 64 };     /* steps */
static const double SAME_TIME = 1e-6;             /* of a step: ticks this close together are one */

Network *network_new(double dt, uint64_t seed, bool is_f32, int n_threads, Error *e) {
  Network *n = memory_new(sizeof *n);
  if (n == NULL) {
    error_memory(e, "network", sizeof *n);
    return NULL;
  }
  n->seed = seed;
  n->is_f32 = is_f32;
  if (!workers_init(&n->workers, n_threads, e) || network_clock(n, dt, e) < 0) {
    network_free(n);
    return NULL;
  }
  return n;
}

static void operation_free(Operation *o) {
  if (o != NULL)
    bound_list_free(&o->kernels);
  memory_free(o);
}

void network_free(Network *n) {
  if (n == NULL)
    return;
  for (int k = 0; k < n->n_operations; k++)
    operation_free(n->operations[k]);
  for (int k = 0; k < n->n_recorders; k++)
    recorder_free(n->recorders[k]);
  for (int k = 0; k < n->n_spike_recorders; k++)
    spike_recorder_free(n->spike_recorders[k]);
  for (int k = 0; k < n->n_projections; k++)
    projection_free(n->projections[k]);
  for (int k = 0; k < n->n_populations; k++)
    population_free(n->populations[k]);
  for (int k = 0; k < n->n_derived; k++)
    bound_free(n->derived[k].bound);
  for (int k = 0; k < n->n_watches; k++) {
    array_release(n->watches[k].array);
    memory_free(n->watches[k].name);
  }
  for (int k = 0; k < n->n_clocks; k++)
    array_release(n->clocks[k].dt_array);
  memory_free(n->operations);
  memory_free(n->recorders);
  memory_free(n->recorder_sources);
  memory_free(n->spike_recorders);
  memory_free(n->projections);
  memory_free(n->populations);
  memory_free(n->derived);
  memory_free(n->watches);
  memory_free(n->clocks);
  workers_free(&n->workers);
  memory_free(n);
}

/* Make room for one more item of `size` bytes in a list of `count`. */
static bool grow(void **list, int count, size_t size, Error *e) {
  void *grown = memory_grow(*list, size * (size_t)count, size * (size_t)(count + 1));
  if (grown == NULL)
    return error_memory(e, "list of a network", (double)size * (count + 1));
  *list = grown;
  return true;
}

int network_clock(Network *n, double dt, Error *e) {
  for (int k = 0; k < n->n_clocks; k++)
    if (fabs(n->clocks[k].dt - dt) <= 1e-12 * dt)
      return k;
  Array *a = array_new(ARRAY_F64, 1, 0);
  if (a == NULL || !grow((void **)&n->clocks, n->n_clocks, sizeof *n->clocks, e)) {
    if (a == NULL)
      error_memory(e, "clock", 8);
    array_release(a);
    return -1;
  }
  *(double *)a->at = dt;
  n->clocks[n->n_clocks] = (Clock){ .dt = dt, .step = (int64_t)ceil(n->t / dt - SAME_TIME), .dt_array = a };
  return n->n_clocks++;
}

bool network_add_population(Network *n, Population *p, Error *e) {
  if (!grow((void **)&n->populations, n->n_populations, sizeof *n->populations, e)) {
    population_free(p);
    return false;
  }
  n->populations[n->n_populations++] = p;
  n->is_changed = true;
  return true;
}

bool network_add_projection(Network *n, Projection *p, Error *e) {
  if (!grow((void **)&n->projections, n->n_projections, sizeof *n->projections, e)) {
    projection_free(p);
    return false;
  }
  n->projections[n->n_projections++] = p;
  n->is_changed = true;
  return true;
}

Operation *operation_new(int clock, Schedule schedule, Error *e) {
  Operation *o = memory_new(sizeof *o);
  if (o == NULL) {
    error_memory(e, "operation", sizeof *o);
    return NULL;
  }
  o->clock = clock;
  o->schedule = schedule;
  o->is_active = true;
  return o;
}

bool network_add_operation(Network *n, Operation *o, Error *e) {
  if (!grow((void **)&n->operations, n->n_operations, sizeof *n->operations, e)) {
    operation_free(o);
    return false;
  }
  n->operations[n->n_operations++] = o;
  n->is_changed = true;
  return true;
}

bool network_add_recorder(Network *n, Recorder *r, Projection *source, Error *e) {
  if (!grow((void **)&n->recorders, n->n_recorders, sizeof *n->recorders, e) ||
      !grow((void **)&n->recorder_sources, n->n_recorders, sizeof *n->recorder_sources, e)) {
    recorder_free(r);
    return false;
  }
  n->recorder_sources[n->n_recorders] = source;
  n->recorders[n->n_recorders++] = r;
  return true;
}

void network_remove_recorder(Network *n, const Recorder *r) {
  for (int k = 0; k < n->n_recorders; k++)
    if (n->recorders[k] == r) {
      recorder_free(n->recorders[k]);
      n->n_recorders--;
      memmove(n->recorders + k, n->recorders + k + 1, sizeof *n->recorders * (size_t)(n->n_recorders - k));
      memmove(n->recorder_sources + k, n->recorder_sources + k + 1, sizeof *n->recorder_sources * (size_t)(n->n_recorders - k));
      return;
    }
}

bool network_add_spike_recorder(Network *n, SpikeRecorder *r, Error *e) {
  if (!grow((void **)&n->spike_recorders, n->n_spike_recorders, sizeof *n->spike_recorders, e)) {
    spike_recorder_free(r);
    return false;
  }
  n->spike_recorders[n->n_spike_recorders++] = r;
  return true;
}

bool network_add_derived(Network *n, Bound *b, Error *e) {
  if (!workers_reserve(&n->workers, b, 0, e) || !grow((void **)&n->derived, n->n_derived, sizeof *n->derived, e)) {
    bound_free(b);
    return false;
  }
  n->derived[n->n_derived++] = (Derived){ .bound = b, .seen = UINT64_MAX };
  return true;
}

void network_forget_derived(Network *n, const Bound *b) {
  for (int k = 0; k < n->n_derived; k++)
    if (n->derived[k].bound == b) {
      bound_free(n->derived[k].bound);
      n->n_derived--;
      memmove(n->derived + k, n->derived + k + 1, sizeof *n->derived * (size_t)(n->n_derived - k));
      return;
    }
}

bool network_watch(Network *n, Array *a, const char *name, Error *e) {
  size_t length = strlen(name) + 1;
  char *copy = memory_new(length);
  if (copy == NULL || !grow((void **)&n->watches, n->n_watches, sizeof *n->watches, e)) {
    memory_free(copy);
    return error_memory(e, "watched variable", (double)length);
  }
  memcpy(copy, name, length);
  n->watches[n->n_watches++] = (Watch){ .array = array_retain(a), .name = copy };
  return true;
}

void network_forget_watch(Network *n, const Array *a) {
  for (int k = n->n_watches - 1; k >= 0; k--)
    if (n->watches[k].array == a) {
      array_release(n->watches[k].array);
      memory_free(n->watches[k].name);
      n->n_watches--;
      memmove(n->watches + k, n->watches + k + 1, sizeof *n->watches * (size_t)(n->n_watches - k));
    }
}

/* Versions of everything that a program reads. Its own results are among its arrays too, but only Lua bumps versions. */
static uint64_t input_versions(const Bound *b) {
  uint64_t sum = 0;
  for (int k = 0; k < b->n_slots; k++)
    sum += b->arrays[k]->buffer->version;
  return sum;
}

void network_derive(Network *n) {
  for (int k = 0; k < n->n_derived; k++) {
    Derived *d = &n->derived[k];
    uint64_t now = input_versions(d->bound);
    if (now == d->seen)
      continue;
    d->seen = now;
    bound_run(d->bound, &n->workers, n->t, n->clocks[0].step);
  }
}

static bool poll_list(const BoundList *list) {
  bool is_building = false;
  for (int k = 0; k < list->n; k++)
    is_building |= bound_poll(list->items[k]);
  return is_building;
}

bool network_poll(Network *n) {
  if (n->clocks[0].step < n->hold_native_until)
    return true;
  bool is_building = false;
  for (int k = 0; k < n->n_populations; k++) {
    is_building |= poll_list(&n->populations[k]->update);
    if (n->populations[k]->reset != NULL)
      is_building |= bound_poll(n->populations[k]->reset);
  }
  for (int k = 0; k < n->n_projections; k++) {
    Projection *p = n->projections[k];
    is_building |= poll_list(&p->psp) | poll_list(&p->equations) | poll_list(&p->pre_spike) | poll_list(&p->post_spike);
    for (int i = 0; i < p->n_flushes; i++)
      is_building |= poll_list(&p->flushes[i].kernels);
  }
  for (int k = 0; k < n->n_operations; k++)
    is_building |= poll_list(&n->operations[k]->kernels);
  return is_building;
}

/* Reserve what kernels need; then, since registers may have moved, fix every kernel's. */
static bool prepare(Network *n, Error *e) {
  for (int pass = 0; pass < 2; pass++) {
    for (int k = 0; k < n->n_populations; k++) {
      Population *p = n->populations[k];
      for (int i = 0; i < p->update.n; i++)
        if (!workers_reserve(&n->workers, p->update.items[i], 0, e))
          return false;
      if (p->reset != NULL && !workers_reserve(&n->workers, p->reset, 0, e))
        return false;
      bound_list_prepare(&p->update, &n->workers);
      if (p->reset != NULL)
        bound_prepare(p->reset, &n->workers);
    }
    for (int k = 0; k < n->n_projections; k++)
      if (!projection_prepare(n->projections[k], &n->workers, e))
        return false;
    for (int k = 0; k < n->n_operations; k++) {
      BoundList *kernels = &n->operations[k]->kernels;
      for (int i = 0; i < kernels->n; i++)
        if (!workers_reserve(&n->workers, kernels->items[i], 0, e))
          return false;
      bound_list_prepare(kernels, &n->workers);
    }
  }
  n->is_changed = false;
  return true;
}

static bool first_not_finite(const Array *a, int64_t *element) {
  int64_t n = array_count(a);
  if (a->type == ARRAY_F64) {
    const double *x = (const double *)a->at;
    double sum = 0;               /* 0 * NaN and 0 * inf are NaN: one cheap pass where all is well */
    for (int64_t i = 0; i < n; i++)
      sum += 0 * x[i];
    if (sum == 0)
      return false;
  }
  for (int64_t i = 0; i < n; i++)
    if (!isfinite(a->type == ARRAY_F64 ? ((const double *)a->at)[i] : (double)((const float *)a->at)[i])) {
      *element = i;
      return true;
    }
  return false;
}

bool network_check_finite(Network *n, Error *e) {
  int64_t i;
  for (int k = 0; k < n->n_watches; k++) {
    const Array *a = n->watches[k].array;
    if (!first_not_finite(a, &i))
      continue;
    double value = a->type == ARRAY_F64 ? ((const double *)a->at)[i] : (double)((const float *)a->at)[i];
    return error_set(e, "%s, element %lld is %g at t = %.10g ms (it was finite at %.10g ms)", n->watches[k].name, (long long)i + 1, value, n->t,
                     n->checked_time);
  }
  n->checked_time = n->t;
  return true;
}

/* ---- one tick: the eight phases, for the clocks whose bit is set in `due` ---- */

typedef struct Tick {
  Network *n;
  uint64_t due;
} Tick;

static inline bool is_due(const Tick *tick, int clock) { return tick->due >> clock & 1; }
static inline double tick_time(const Clock *c) { return (double)c->step * c->dt; }

static bool run_operation(Network *n, Operation *o, double t, int64_t step, Error *e) {
  if (o->call != NULL) {
    if (!o->call(o->context, t, ++o->n_calls, e))
      return false;
    network_derive(n);            /* Lua may have set parameters */
    return !n->is_changed || prepare(n, e);
  }
  if (o->projection != NULL)
    projection_flush(o->projection, &n->workers, t);
  for (int k = 0; k < o->kernels.n; k++)
    bound_run(o->kernels.items[k], &n->workers, t, step);
  for (int k = 0; k < o->kernels.n; k++)
    for (int i = 0; i < o->kernels.items[k]->n_slots; i++)
      if (program_writes_slot(o->kernels.items[k]->program, i))
        array_touch(o->kernels.items[k]->arrays[i]);
  network_derive(n);
  return true;
}

static bool run_operations(Tick *tick, bool at_start, Error *e) {
  Network *n = tick->n;
  for (int k = 0; k < n->n_operations; k++) {     /* callbacks may add operations: they act from the next time on */
    Operation *o = n->operations[k];
    if (o->schedule.at_start != at_start || !is_due(tick, o->clock))
      continue;
    Clock *c = &n->clocks[o->clock];
    if (!schedule_due(&o->schedule, c->step))
      continue;
    int64_t step = c->step;
    schedule_advance(&o->schedule, c->dt, step);
    if (o->is_active && !run_operation(n, o, (double)(at_start ? step : step + 1) * c->dt, step, e))
      return false;
  }
  return true;
}

static bool step_populations(Tick *tick, Error *e) {
  Network *n = tick->n;
  for (int k = 0; k < n->n_populations; k++) {
    Population *p = n->populations[k];
    if (!is_due(tick, p->clock))
      continue;
    const Clock *c = &n->clocks[p->clock];
    if (!population_step(p, &n->workers, tick_time(c), c->dt, c->step, e))
      return false;
  }
  if (n->n_clocks == 1)
    return true;
  for (int k = 0; k < n->n_projections; k++) {    /* spikes to receivers with another clock */
    Projection *p = n->projections[k];
    if (p->pre->clock == p->post->clock || !is_due(tick, p->pre->clock))
      continue;
    const Clock *c = &n->clocks[p->pre->clock];
    if (!projection_queue(p, population_spikes(p->pre, c->step), tick_time(c), n->clocks[p->post->clock].dt, e))
      return false;
  }
  return true;
}

static bool take_records(Tick *tick, Error *e) {
  Network *n = tick->n;
  for (int k = 0; k < n->n_recorders; k++) {
    Recorder *r = n->recorders[k];
    const Clock *c = &n->clocks[r->clock];
    if (!is_due(tick, r->clock) || !schedule_due(&r->schedule, c->step))
      continue;
    double t = (double)(c->step + 1) * c->dt;
    schedule_advance(&r->schedule, c->dt, c->step);
    if (!r->is_active)
      continue;
    if (n->recorder_sources[k] != NULL)
      projection_flush(n->recorder_sources[k], &n->workers, t);
    if (!recorder_take(r, t, e))
      return false;
  }
  for (int k = 0; k < n->n_spike_recorders; k++) {
    SpikeRecorder *r = n->spike_recorders[k];
    if (is_due(tick, r->clock) && r->is_active && !spike_recorder_take(r, n->clocks[r->clock].step, e))
      return false;
  }
  return true;
}

/* A failure does not cut a tick short: the rest of the step still happens, so that the network is in a proper state afterwards. */
typedef struct Outcome {
  bool is_failed;
  Error *error;                 /* of the first failure; NULL from then on */
} Outcome;

static inline void note(Outcome *o, bool ok) {
  if (__builtin_expect(!ok, 0)) {
    o->is_failed = true;
    o->error = NULL;
  }
}

static bool run_tick(Tick *tick, Error *e) {
  Network *n = tick->n;
  Workers *w = &n->workers;
  Outcome outcome = { false, e };
  if (n->n_operations > 0)
    note(&outcome, run_operations(tick, true, outcome.error));
  for (int k = 0; k < n->n_projections; k++) {
    Projection *p = n->projections[k];
    const Clock *c = &n->clocks[p->post->clock];
    if (p->pre_spike.n > 0 && is_due(tick, p->post->clock))
      note(&outcome, projection_deliver(p, w, c->step, tick_time(c), c->dt, outcome.error));
  }
  for (int k = 0; k < n->n_projections; k++) {
    Projection *p = n->projections[k];
    const Clock *c = &n->clocks[p->post->clock];
    if (p->psp.n > 0 && is_due(tick, p->post->clock))
      projection_sum(p, w, c->step, tick_time(c), c->dt);
  }
  note(&outcome, step_populations(tick, outcome.error));
  for (int k = 0; k < n->n_projections; k++) {
    Projection *p = n->projections[k];
    const Clock *c = &n->clocks[p->post->clock];
    if (p->n_lags > 0 && is_due(tick, p->pre->clock))
      projection_move_lags(p);
    if (p->equations.n > 0 && is_due(tick, p->post->clock))
      projection_equations(p, w, c->step, tick_time(c), c->dt);
  }
  for (int k = 0; k < n->n_projections; k++) {
    Projection *p = n->projections[k];
    const Clock *c = &n->clocks[p->post->clock];
    if (p->post_spike.n > 0 && is_due(tick, p->post->clock))
      projection_post_spikes(p, w, c->step, tick_time(c), c->dt);
  }
  if (n->n_operations > 0)
    note(&outcome, run_operations(tick, false, outcome.error));
  if (n->n_recorders > 0 || n->n_spike_recorders > 0)
    note(&outcome, take_records(tick, outcome.error));
  return !outcome.is_failed;
}

/* Time of the next tick, and the clocks that tick then. */
static double next_tick(const Network *n, uint64_t *due) {
  double t = tick_time(&n->clocks[0]);
  *due = 1;
  for (int k = 1; k < n->n_clocks; k++) {
    double other = tick_time(&n->clocks[k]), slack = SAME_TIME * fmin(n->clocks[k].dt, n->clocks[0].dt);
    if (other < t - slack) {
      t = other;
      *due = 1ull << k;
    } else if (other <= t + slack) {
      *due |= 1ull << k;
    }
  }
  return t;
}

static void remove_operations(Network *n) {
  int kept = 0;
  for (int k = 0; k < n->n_operations; k++)
    if (n->operations[k]->is_removed)
      operation_free(n->operations[k]);
    else
      n->operations[kept++] = n->operations[k];
  n->n_operations = kept;
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static RunResult run_loop(Network *n, double until, bool only_one, Error *e) {
  bool is_building = network_poll(n);
  double polled = seconds();
  double shortest = n->clocks[0].dt;
  for (int k = 1; k < n->n_clocks; k++)
    shortest = fmin(shortest, n->clocks[k].dt);
  double limit = until - SAME_TIME * shortest;
  for (int64_t ticks = 1;; ticks++) {
    Tick tick = { .n = n };
    if (next_tick(n, &tick.due) >= limit)
      return RUN_DONE;
    if (interrupt_flag)
      return RUN_INTERRUPTED;
    bool ok = run_tick(&tick, e);
    for (int k = 0; k < n->n_clocks; k++)
      if (is_due(&tick, k)) {
        n->clocks[k].step++;
        n->t = tick_time(&n->clocks[k]);
      }
    if (!ok)
      return RUN_FAILED;
    if (n->wants_stop)
      return RUN_STOPPED;
    if (only_one)
      return RUN_DONE;
    if (is_building && (n->hold_native_until > 0 || (ticks % POLL_EVERY == 0 && seconds() - polled > 1e-3))) {
      is_building = network_poll(n);
      polled = seconds();
    }
    if (ticks % CHECK_EVERY == 0 && !network_check_finite(n, e))
      return RUN_FAILED;
  }
}

static RunResult run(Network *n, double until, bool only_one, Error *e) {
  if (n->is_running) {
    error_set(e, "the network is already running: run and step cannot be called from its own operations");
    return RUN_FAILED;
  }
  remove_operations(n);
  unsigned mode = parallel_mode();
  parallel_flush_denormals();
  n->is_running = true;
  n->wants_stop = false;
  network_derive(n);
  RunResult result = RUN_FAILED;
  if (prepare(n, e)) {
    result = run_loop(n, until, only_one, e);
    if (result == RUN_DONE && !only_one && !network_check_finite(n, e))
      result = RUN_FAILED;
  }
  n->is_running = false;
  parallel_restore_mode(mode);
  return result;
}

RunResult network_run(Network *n, double until, Error *e) { return run(n, until, false, e); }
RunResult network_step(Network *n, Error *e) { return run(n, INFINITY, true, e); }
void network_stop(Network *n) { n->wants_stop = true; }
