#include "engine/run.h"

#include <math.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "engine/sum_ahead.h"
#include "engine/row_blocks.h"

enum { POLL_EVERY = 64 }; /* steps */

/* ---- measuring ---- */

/* Functions of a tick take `is_measured`, a constant wherever they are put in place: a run that nobody measures pays nothing. Times go from
** lap to lap, one reading of the clock for each object and phase. */
#define INLINE static inline __attribute__((always_inline))

INLINE void lap(Network *n, Meter *m, bool is_measured) {
  if (!is_measured)
    return;
  int64_t now = parallel_nanoseconds();
  m->ns += now - n->lap;
  m->calls++;
  n->lap = now;
}

/* ---- one tick: the eight phases ---- */

/* What every phase of a tick needs to know. A failure does not cut a tick short: the rest of the step still happens, so that the
** network is in a proper state afterwards. */
typedef struct Tick {
  Network *n;
  uint64_t due; /* bits of the clocks that tick */
  bool is_failed;
  Error *error; /* of the first failure; NULL from then on */
} Tick;

static inline double tick_time(const Clock *c) { return clock_ms(c->dt, c->step); }

static inline void note(Tick *tick, bool ok) {
  if (__builtin_expect(!ok, 0)) {
    tick->is_failed = true;
    tick->error = NULL;
  }
}

static bool run_operation(Network *n, Operation *o, double t, int64_t step, Error *e) {
  if (o->call != NULL) {
    bool ok = o->call(o->context, t, ++o->n_calls, e);
    if (n->is_changed) /* also where it failed: kernels may have been replaced before it did */
      ok = plan_prepare(n, ok ? e : NULL) && ok;
    network_derive(n); /* Lua may have set parameters */
    return ok;
  }
  o->n_calls++;
  if (o->is_settling || away_is_any())
    for (int k = 0; k < o->kernels.n; k++)
      bound_settle(o->kernels.items[k]);
  if (o->projection != NULL)
    projection_flush(o->projection, &n->workers, t);
  if (o->is_blocked && !o->is_shared) {
    BlockTime times[BLOCKS_MOST];
    for (int k = 0; k < o->kernels.n; k++)
      times[k] = (BlockTime){ t, step };
    blocks_run(o->kernels.items, times, o->kernels.n, &o->cost, &n->workers);
  } else {
    for (int k = 0; k < o->kernels.n; k++)
      bound_run(o->kernels.items[k], &n->workers, t, step);
  }
  if (o->is_shared)
    shared_mark(&n->shared);
  for (int k = 0; k < o->kernels.n; k++)
    bound_touch(o->kernels.items[k]);
  if (o->feeds_derived)
    network_derive(n);
  return true;
}

/* Before somebody looks: what other ranks have yet to be told of spikes, and this one of theirs. */
static void tell_now(Tick *tick) {
  if (__builtin_expect(!tick->n->telling.is_untold, 1))
    return;
  note(tick, telling_now(tick->n, tick->error));
  lap(tick->n, &tick->n->telling.meter, tick->n->is_measured);
}

static void run_operations(Tick *tick, int clock, bool at_start) {
  Network *n = tick->n;
  const bool has_regions = n->workers.n_threads > 1 && !n->is_measured;
  int n_now = n->n_operations;
  for (int k = 0; k < n_now; k++) { /* callbacks may add operations: they act from the next time on */
    Operation *o = n->operations[k];
    if (o->schedule.at_start != at_start || o->clock != clock || (o->is_in_region && has_regions))
      continue;
    Clock *c = &n->clocks[clock];
    if (!schedule_due(&o->schedule, c->step))
      continue;
    schedule_advance(&o->schedule, c->dt, c->step);
    if (!o->is_active || tick->is_failed)
      continue;
    n->t = clock_ms(c->dt, at_start ? c->step : c->step + 1);
    if (o->is_told)
      tell_now(tick);
    note(tick, run_operation(n, o, n->t, c->step, tick->error));
    lap(n, &o->meter, n->is_measured);
  }
}

/* Drives are read before anything else happens, so that whoever reads a driven variable in a step sees the sample of that step. A state that was written in an
** operation at the start of a step has those of this step already. */
static void pull_drives(Tick *tick, Clock *c) {
  if (c->driven == c->step)
    return;
  c->driven = c->step;
  for (int k = 0; k < c->plan.drives.n; k++)
    note(tick, population_pull_drives(c->plan.drives.items[k], tick->error));
  for (int k = 0; k < c->plan.lags.n; k++)
    projection_move_lags(c->plan.lags.items[k], true);
}

/* On several threads a stage runs by regions; a run that is measured goes object by object, so that each has its own time. */
INLINE bool by_regions(Tick *tick, Clock *c, Stage stage, double t, bool is_measured) {
  if (is_measured || __builtin_expect(tick->n->workers.n_threads == 1, 1))
    return false;
  if (c->regions[stage].n > 0)
    note(tick, regions_run(tick->n, c, stage, t, tick->error));
  return true;
}

/* What projections have done together is shared out by their synapses: all get the same spikes. */
static void lap_delivery(Network *n, const Delivery *d) {
  Meter all = { 0 };
  double n_synapses = 0;
  lap(n, &all, true);
  for (int k = 0; k < delivery_size(d); k++)
    n_synapses += (double)delivery_member(d, k)->storage->n_synapses;
  for (int k = 0; k < delivery_size(d); k++) {
    Projection *p = delivery_member(d, k);
    Meter *m = &p->meters[PHASE_DELIVER];
    m->ns += n_synapses > 0 ? (int64_t)((double)all.ns * (double)p->storage->n_synapses / n_synapses) : 0;
    m->calls++;
  }
}

INLINE void deliver(Tick *tick, Clock *c, double t, bool is_measured) {
  if (by_regions(tick, c, STAGE_DELIVER, t, is_measured))
    return;
  for (int k = 0; k < c->deliveries.n && !tick->n->is_changed; k++) { /* changed and not planned anew: kernels may be gone */
    Delivery *d = &c->deliveries.items[k];
    if (d->parcels == NULL && !projection_expects(d->projection, c->step))
      continue;
    note(tick, delivery_run(d, &tick->n->workers, c->step, t, c->dt, tick->error));
    if (is_measured)
      lap_delivery(tick->n, d);
  }
}

INLINE void run_bounds(Network *n, const Items *list, const Clock *c, double t, bool is_measured) {
  memory_forbid();
  for (int k = 0; k < list->n; k++) {
    BoundKernel *b = list->items[k];
    bound_run_step(b, &n->workers, t, c->dt, c->step);
    lap(n, &b->meter, is_measured);
  }
  memory_allow();
}

/* A run that is measured sums where it belongs, so that each kernel has its own time. */
INLINE void run_sums(Tick *tick, Clock *c, double t, bool is_measured) {
  Network *n = tick->n;
  if (!is_measured && __builtin_expect(n->sums_ahead, 0))
    ahead_sums(n, &c->plan.sums, c, t);
  else if (!by_regions(tick, c, STAGE_SUM, t, is_measured))
    run_bounds(n, &c->plan.sums, c, t, is_measured);
}

INLINE void run_equations(Tick *tick, Clock *c, double t, bool is_measured) {
  Network *n = tick->n;
  if (!is_measured && __builtin_expect(n->sums_ahead, 0))
    ahead_equations(n, &c->plan.equations, c, t);
  else if (!by_regions(tick, c, STAGE_EQUATIONS, t, is_measured))
    run_bounds(n, &c->plan.equations, c, t, is_measured);
}

INLINE void step_populations(Tick *tick, Clock *c, double t, bool is_measured) {
  Network *n = tick->n;
  bool is_done = by_regions(tick, c, STAGE_NEURONS, t, is_measured);
  for (int k = 0; !is_done && k < c->plan.populations.n; k++) {
    Population *p = c->plan.populations.items[k];
    note(tick, population_step(p, &n->workers, t, c->dt, c->step, tick->error));
    lap(n, &p->meter, is_measured);
  }
  if (__builtin_expect(c->plan.shared.n > 0, 0)) {
    bool has_told;
    note(tick, telling_step(n, c, &has_told, tick->error));
    lap(n, &n->telling.meter, is_measured && has_told);
  }
  for (int k = 0; k < c->plan.senders.n; k++) {
    Projection *p = c->plan.senders.items[k];
    note(tick, projection_queue(p, c->step, t, c->dt, n->clocks[p->post->clock].dt, tick->error));
  }
  for (int k = 0; k < c->plan.lags.n; k++)
    projection_move_lags(c->plan.lags.items[k], false);
}

INLINE void post_spikes(Tick *tick, Clock *c, double t, bool is_measured) {
  bool is_done = by_regions(tick, c, STAGE_POST, t, is_measured);
  for (int k = 0; !is_done && k < c->plan.post_spikes.n; k++) {
    Projection *p = c->plan.post_spikes.items[k];
    if (!projection_expects_post(p, c->step))
      continue;
    note(tick, projection_post_spikes(p, &tick->n->workers, c->step, t, c->dt, tick->error));
    lap(tick->n, &p->meters[PHASE_POST], is_measured);
  }
}

static void take_records(Tick *tick, int clock) {
  Network *n = tick->n;
  Clock *c = &n->clocks[clock];
  double t = clock_ms(c->dt, c->step + 1);
  Projection *shown = NULL; /* recorders of one recording stand together */
  for (int k = 0; k < n->n_recorders; k++) {
    Recorder *r = n->recorders[k];
    if (r->clock != clock || !schedule_due(&r->schedule, c->step))
      continue;
    schedule_advance(&r->schedule, c->dt, c->step);
    if (!record_is_on(&r->active, c->step))
      continue;
    if (n->telling.is_untold && telling_concerns(n, r))
      tell_now(tick);
    if (r->flushed != shown) {
      if (shown != NULL)
        projection_put_back(shown);
      shown = r->flushed;
      if (shown != NULL && !projection_show(shown, &n->workers, t, tick->error)) {
        note(tick, false);
        shown = NULL;
      }
    }
    for (int i = 0; r->look != NULL && i < r->look->n; i++)
      bound_settle(r->look->items[i]);
    for (int i = 0; r->look != NULL && i < r->look->n; i++)
      bound_run_step(r->look->items[i], &n->workers, t, c->dt, c->step);
    note(tick, recorder_take(r, t, tick->error));
  }
  if (shown != NULL)
    projection_put_back(shown);
  for (int k = 0; k < n->n_spike_recorders; k++) {
    SpikeRecorder *r = n->spike_recorders[k];
    if (r->clock == clock && r->population->n_untold == 0 && record_is_on(&r->active, c->step))
      note(tick, spike_recorder_take(r, c->step, tick->error));
  }
  if (__builtin_expect(n->telling.is_untold, 0))
    telling_is_recorded(c);
}

/* Clocks that tick together go through the phases together. */
#define FOR_DUE_CLOCKS(c)                                                                                                                  \
  for (int clock_ = 0; clock_ < n->n_clocks; clock_++)                                                                                     \
    if (tick->due >> clock_ & 1)                                                                                                           \
      for (Clock *c = &n->clocks[clock_]; c != NULL; c = NULL)

/* What comes when a step is at its end: also what is left of it where a state was written in an operation. */
static void end_tick(Tick *tick) {
  Network *n = tick->n;
  n->ended = tick->due;
  if (n->n_operations > 0)
    FOR_DUE_CLOCKS(c) run_operations(tick, clock_, false);
  if (n->n_recorders > 0 || n->n_spike_recorders > 0) {
    FOR_DUE_CLOCKS(c) take_records(tick, clock_);
    lap(n, &n->recording, n->is_measured);
  }
}

INLINE void run_tick(Tick *tick, bool is_measured) {
  Network *n = tick->n;
  FOR_DUE_CLOCKS(c) if (c->plan.drives.n > 0) pull_drives(tick, c);
  if (n->n_operations > 0)
    FOR_DUE_CLOCKS(c) run_operations(tick, clock_, true);
  shared_mark(&n->shared);
  FOR_DUE_CLOCKS(c) deliver(tick, c, tick_time(c), is_measured);
  FOR_DUE_CLOCKS(c) run_sums(tick, c, tick_time(c), is_measured);
  FOR_DUE_CLOCKS(c) step_populations(tick, c, tick_time(c), is_measured);
  FOR_DUE_CLOCKS(c) run_equations(tick, c, tick_time(c), is_measured);
  FOR_DUE_CLOCKS(c) post_spikes(tick, c, tick_time(c), is_measured);
  end_tick(tick);
}

/* The same for one clock: small networks feel every decision. */
INLINE void run_only_tick(Tick *tick, Clock *c, double t) {
  Network *n = tick->n;
  if (__builtin_expect(c->plan.drives.n > 0, 0))
    pull_drives(tick, c);
  if (n->n_operations > 0)
    run_operations(tick, 0, true);
  if (__builtin_expect(n->shared.n > 0, 0))
    shared_mark(&n->shared);
  deliver(tick, c, t, false);
  run_sums(tick, c, t, false);
  step_populations(tick, c, t, false);
  run_equations(tick, c, t, false);
  post_spikes(tick, c, t, false);
  n->ended = 1;
  if (n->n_operations > 0)
    run_operations(tick, 0, false);
  if (n->n_recorders > 0 || n->n_spike_recorders > 0)
    take_records(tick, 0);
}

static void run_measured_tick(Tick *tick) {
  Network *n = tick->n;
  int64_t start = n->lap = parallel_nanoseconds();
  run_tick(tick, true);
  n->total.ns += parallel_nanoseconds() - start;
  n->total.calls++;
}

/* The same where there are several: `t` and *due are those of the first. */
static __attribute__((noinline)) double next_of_clocks(const Network *n, double t, uint64_t *due) {
  for (int k = 1; k < n->n_clocks; k++) {
    double other = tick_time(&n->clocks[k]), shorter = fmin(n->clocks[k].dt, n->clocks[0].dt);
    if (clock_is_before(other, t, shorter)) {
      t = other;
      *due = 1ull << k;
    } else if (!clock_is_before(t, other, shorter)) {
      *due |= 1ull << k;
    }
  }
  return t;
}

/* Time of the next tick, and the clocks that tick then. */
INLINE double next_tick(const Network *n, uint64_t *due) {
  *due = 1;
  const double t = tick_time(&n->clocks[0]);
  return n->n_clocks == 1 ? t : next_of_clocks(n, t, due);
}

/* ---- finite values ---- */

/* A check for finite values goes over all watched elements, however few a step moves. It is made
**   - after CHECK_EVERY ticks, in a run or over several;
**   - when a run ends, where it costs little beside what was run since the last run that ended with one (or, of few elements, beside the call itself).
** What a run leaves unchecked the next ones pay for, so nothing infinite lasts for longer than CHECK_EVERY ticks. */
enum { CHECK_EVERY = 4096, FREE_ELEMENTS = 8192 };

/* Elements whose check costs as much as an eighth of what was run since the last one was paid for. Whatever a step does, it is worth some. */
static double worth(const Network *n) {
  enum { OF_STEP = 256, SHARE = 8 };
  double work = 0, least = 0;
  for (int k = 0; k < n->n_clocks; k++) {
    const Clock *c = &n->clocks[k];
    double steps = (double)(c->step - c->paid_step);
    work += steps * c->plan.work;
    least += steps * OF_STEP;
  }
  for (int k = 0; k < n->n_populations; k++) {
    const Population *p = n->populations[k];
    work += (double)(p->n_spikes_total - p->n_spikes_paid) * p->work_of_spike;
  }
  return least + work / SHARE;
}

static bool check_finite(Network *n, Error *e) {
  const double checked = n->watches.checked_time;
  bool ok = watches_check(&n->watches, n->t, n->workers.n_threads, e);
  if (n->shared.n > 0 && !shared_agree(&n->shared, ok)) { /* this rank's may be well: all say the same */
    shared_settle(&n->shared);
    shared_need_whole(n); /* whose elements it may be */
    n->watches.checked_time = checked;
    ok = watches_check(&n->watches, n->t, n->workers.n_threads, e);
  }
  n->unchecked = ok ? 0 : CHECK_EVERY; /* who goes on without mending it hears of it at once */
  return ok;
}

/* At the end of a run, or of a single step. */
static bool check_if_worth(Network *n, bool only_one, Error *e) {
  bool is_little = !only_one && n->watches.n_elements <= FREE_ELEMENTS;
  if (!is_little && n->unchecked < CHECK_EVERY && worth(n) < (double)n->watches.n_elements)
    return true;
  for (int k = 0; k < n->n_clocks; k++)
    n->clocks[k].paid_step = n->clocks[k].step;
  for (int k = 0; k < n->n_populations; k++)
    n->populations[k]->n_spikes_paid = n->populations[k]->n_spikes_total;
  return check_finite(n, e);
}

/* ---- runs ---- */

/* All clocks that ticked move on. */
static void advance(Network *n, uint64_t due) {
  uint64_t next;
  for (int k = 0; k < n->n_clocks; k++)
    n->clocks[k].step += (int64_t)(due >> k & 1);
  n->t = next_tick(n, &next);
  n->ended = 0;
}

/* A state that was written in an operation at the end of a step: the rest of that step. */
static bool finish_tick(Network *n, Error *e) {
  Tick tick = { .n = n, .due = n->ended, .error = e };
  end_tick(&tick);
  advance(n, tick.due);
  return !tick.is_failed;
}

static RunResult run_loop(Network *n, double until, bool only_one, Error *e) {
  bool is_building = plan_poll(n);
  int64_t polled = parallel_nanoseconds();
  double shortest = n->clocks[0].dt;
  for (int k = 1; k < n->n_clocks; k++)
    shortest = fmin(shortest, n->clocks[k].dt);
  for (int64_t ticks = 1;; ticks++) {
    Tick tick = { .n = n, .error = e };
    double t = next_tick(n, &tick.due);
    if (!clock_is_before(t, until, shortest))
      return RUN_DONE;
    if (interrupt_flag)
      return RUN_INTERRUPTED;
    if (__builtin_expect(!clock_is_before(t, n->settles, shortest), 0)) {
      n->is_changed = true;
      if (!plan_prepare(n, e))
        return RUN_FAILED;
    }
    if (n->n_clocks == 1 && !n->is_measured) {
      run_only_tick(&tick, &n->clocks[0], t);
      n->t = clock_ms(n->clocks[0].dt, ++n->clocks[0].step);
    } else {
      if (n->is_measured)
        run_measured_tick(&tick);
      else
        run_tick(&tick, false);
      advance(n, tick.due);
    }
    n->ended = 0;
    if (n->workers.n_threads > 1)
      tuner_tick(&n->workers.tuner);
    n->unchecked++;
    if (tick.is_failed)
      return RUN_FAILED;
    if (n->wants_stop)
      return RUN_STOPPED;
    if (only_one)
      return RUN_DONE;
    if (is_building && (n->hold_native_until > 0 || (ticks % POLL_EVERY == 0 && parallel_nanoseconds() - polled > 1000000))) {
      is_building = plan_poll(n);
      polled = parallel_nanoseconds();
    }
    if (n->unchecked >= CHECK_EVERY && !check_finite(n, e))
      return RUN_NOT_FINITE;
  }
}

/* Between runs anybody may look at spikes. */
static RunResult tell_at_end(Network *n, RunResult result, Error *e) {
  const bool is_good = result == RUN_DONE || result == RUN_STOPPED;
  Tick tick = { .n = n, .error = is_good ? e : NULL };
  n->lap = n->is_measured ? parallel_nanoseconds() : 0;
  tell_now(&tick);
  return tick.is_failed && is_good ? RUN_FAILED : result;
}

static RunResult run(Network *n, double until, bool only_one, Error *e) {
  if (n->is_running) {
    error_set(e, "the network is already running: run and step cannot be called from its own operations");
    return RUN_FAILED;
  }
  if (n->is_torn) {
    error_set(e, "the network holds a part of a state that could not be read: it cannot run");
    return RUN_FAILED;
  }
  network_remove_operations(n);
  unsigned mode = parallel_mode();
  parallel_flush_denormals();
  n->is_running = true;
  n->wants_stop = false;
  RunResult result = RUN_FAILED;
  if (plan_prepare(n, e)) {
    network_derive(n);
    n->is_stepped = only_one;
    bool is_whole = n->ended == 0 || finish_tick(n, e);
    result = !is_whole ? RUN_FAILED : n->wants_stop ? RUN_STOPPED : run_loop(n, until, only_one, e);
    result = tell_at_end(n, result, e);
    ahead_forget(n);
    if (result == RUN_DONE && !check_if_worth(n, only_one, e))
      result = RUN_NOT_FINITE;
  }
  n->is_running = false;
  parallel_restore_mode(mode);
  return result;
}

RunResult network_run(Network *n, double until, Error *e) { return run(n, until, false, e); }
RunResult network_step(Network *n, Error *e) { return run(n, INFINITY, true, e); }
void network_stop(Network *n) { n->wants_stop = true; }
