#include "engine/projection.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "engine/bundle.h"
#include "engine/put_off.h"

Projection *projection_new(Population *pre, Population *post, Storage *storage, uint32_t object, Error *e) {
  Projection *p = memory_new(sizeof *p);
  if (p == NULL) {
    error_memory(e, "projection", sizeof *p);
    return NULL;
  }
  p->pre = pre;
  p->post = post;
  p->storage = storage;
  p->n_all = storage->n_synapses;
  p->object = object;
  p->delay_steps = 1;
  p->pulls_from = INT64_MIN;
  projection_changed(p);
  return p;
}

void projection_changed(Projection *p) {
  static int64_t n_changes; /* of all: a projection that takes the place of another in memory does not look like it */
  p->n_changes = ++n_changes;
  projection_leave_bundle(p);
}

void projection_leave_bundle(Projection *p) {
  bundle_release(p->bundle);
  p->bundle = NULL;
}

void projection_have(const Projection *p) {
  away_bring_back(&p->storage->away);
  for (int r = 0; away_is_any() && r < N_ROLES; r++)
    for (int k = 0; k < p->kernels[r].n; k++)
      bound_settle(p->kernels[r].items[k]);
}

void projection_free(Projection *p) {
  if (p == NULL)
    return;
  projection_drop_kernels(p); /* the bundle goes, too */
  memory_free(p->flushes);
  projection_clear_lags(p);
  memory_free(p->lags);
  delay_table_free(&p->delays);
  storage_free(p->storage);
  array_release(p->wanted);
  memory_free(p->held);
  share_runs_release(p->runs);
  memory_free(p->segments);
  memory_free(p->list);
  memory_free(p->begin);
  memory_free(p->end);
  memory_free(p->whole.neuron);
  memory_free(p->whole.begin);
  memory_free(p->whole.end);
  arrivals_free(&p->waiting);
  pathways_free(p->pathways, p->n_pathways);
  memory_free(p);
}

bool projection_set_delay(Projection *p, double delay, int64_t steps, Error *e) {
  projection_changed(p);
  p->delay = delay;
  p->delay_steps = steps < 1 ? 1 : steps;
  return population_keep_steps(p->pre, p->delay_steps + 1, e);
}

bool projection_set_delays(Projection *p, StepList steps, int64_t *origin, int n_threads, Error *e) {
  put_off_do_all(p->put_off);
  projection_changed(p);
  const bool is_possible = steps.longest <= STORAGE_LONGEST_DELAY; /* else sorting refuses them */
  if ((is_possible && !population_keep_steps(p->pre, steps.longest + 1, e)) ||
      !storage_sort_by_delay(p->storage, steps, p->is_part || p->is_plain, &p->delays, origin, n_threads, e))
    return false;
  for (int64_t k = 0; k < p->waiting.n && p->delays.n_delays == 1; k++) /* under way since one delay held for all */
    if (p->waiting.delay[k] == 0)
      p->waiting.delay[k] = p->delays.delay[0];
  return true;
}

bool projection_set_pathways(Projection *p, Pathway *list, int n, Error *e) {
  projection_changed(p);
  for (int k = 0; k < n && n == p->n_pathways; k++) { /* the same ones with other delays, or none: what is under way goes on */
    const Arrivals waiting = list[k].waiting;
    list[k].waiting = p->pathways[k].waiting;
    p->pathways[k].waiting = waiting;
  }
  pathways_free(p->pathways, p->n_pathways);
  p->pathways = list;
  p->n_pathways = n;
  bool ok = true;
  for (int k = 0; k < n && ok; k++)
    ok = population_keep_steps(list[k].side == SIDE_PRE ? p->pre : p->post, list[k].delay_steps + 1, e);
  return ok;
}

void projection_delays(const Projection *p, double dt, double *ms) {
  for (int64_t row = 0, n = storage_n_major(p->storage); row < n && p->delays.n_delays > 0; row++)
    for (int32_t k = 0; k < p->delays.n_delays; k++) {
      int64_t begin, end;
      delay_part(&p->delays, row, k, &begin, &end);
      for (int64_t i = begin; i < end; i++)
        ms[i] = p->delays.delay[k] * dt;
    }
}

Flush *projection_add_flush(Projection *p, Array *due, Error *e) {
  Flush *flushes = memory_grow(p->flushes, sizeof *flushes * (size_t)p->n_flushes, sizeof *flushes * (size_t)(p->n_flushes + 1));
  if (flushes == NULL) {
    error_memory(e, "flush", sizeof *flushes);
    return NULL;
  }
  p->flushes = flushes;
  flushes[p->n_flushes].due = due != NULL ? array_retain(due) : NULL;
  return &flushes[p->n_flushes++];
}

void projection_clear_flushes(Projection *p) {
  for (int k = 0; k < p->n_flushes; k++) {
    bound_list_free(&p->flushes[k].kernels);
    array_release(p->flushes[k].due);
  }
  p->n_flushes = 0;
}

void projection_drop_kernels(Projection *p) {
  projection_changed(p);
  put_off_free(p->put_off);
  p->put_off = NULL;
  kernels_free(p->kernels);
  projection_clear_flushes(p);
}

static LagRows lag_rows(const Projection *p) { return (LagRows){ p->storage, &p->delays }; }

static Lag *find_lag(Projection *p, const Array *delayed) {
  for (int k = 0; k < p->n_lags; k++)
    if (p->lags[k].delayed == delayed)
      return &p->lags[k];
  return NULL;
}

bool projection_add_lag(Projection *p, Array *source, Array *delayed, int64_t n_steps, const Array *before, Error *e) {
  Lag lag;
  if (!lag_new(&lag, lag_rows(p), source, delayed, n_steps, e))
    return false;
  lag.is_driven = population_is_driven(p->pre, source);
  Lag *old = before != NULL ? find_lag(p, before) : NULL;
  if (old != NULL && old->source == source)
    lag_take_over(&lag, lag_rows(p), old);
  if (old != NULL) {
    lag_free(old);
    *old = lag;
    return true;
  }
  Lag *lags = memory_grow(p->lags, sizeof *lags * (size_t)p->n_lags, sizeof *lags * (size_t)(p->n_lags + 1));
  if (lags == NULL) {
    lag_free(&lag);
    return error_memory(e, "delayed rates", (double)sizeof *lags);
  }
  p->lags = lags;
  lags[p->n_lags++] = lag;
  return true;
}

void projection_remove_lag(Projection *p, const Array *delayed) {
  Lag *lag = find_lag(p, delayed);
  if (lag == NULL)
    return;
  lag_free(lag);
  *lag = p->lags[--p->n_lags];
}

void projection_clear_lags(Projection *p) {
  for (int k = 0; k < p->n_lags; k++)
    lag_free(&p->lags[k]);
  p->n_lags = 0;
}

void projection_forget(Projection *p) {
  p->waiting.n = 0;
  p->pulls_from = INT64_MIN;
  for (int k = 0; k < p->n_pathways; k++)
    p->pathways[k].waiting.n = 0;
  p->summed_step = INT64_MIN;
  projection_changed(p);
  for (int k = 0; k < p->n_lags; k++)
    lag_forget(&p->lags[k], lag_rows(p));
}

void projection_move_lags(Projection *p, bool driven) {
  for (int k = 0; k < p->n_lags; k++)
    if (p->lags[k].is_driven == driven)
      lag_move(&p->lags[k], lag_rows(p));
}

/* What was put off is done before, since it reads what is brought to another time: that is away (base/away.h), and kernels that run apart ask for it. */
static void run_flush(Flush *f, Workers *w, double t) {
  for (int i = 0; i < f->kernels.n; i++)
    bound_run(f->kernels.items[i], w, t, 0);
}

/* Bring a flush up to `t` in the steps in which it falls due, not in those in which something happens to happen: rounding then depends on time alone, and the
** same synapses learn the same bits in a projection of their own and as a part of a larger one. After a long silence nothing is left and steps are
** skipped. */
static void catch_up(Flush *f, Workers *w, double t) {
  enum { MOST_STEPS = 32 };
  const double *due = (const double *)f->due->at;
  for (int k = 0; t > *due; k++) {
    double at = *due, step;
    run_flush(f, w, at);
    step = *due - at;
    if (!(step > 0)) /* a time constant of 0 or none: as before, when asked */
      break;
    if (k == MOST_STEPS && t > *due)
      run_flush(f, w, at + floor((t - at) / step) * step);
  }
}

static bool is_due(const Flush *f, double t) { return f->due != NULL && t > *(const double *)f->due->at; }

bool projection_is_flush_due(const Projection *p, double t) {
  bool is = false;
  for (int k = 0; k < p->n_flushes; k++)
    is |= is_due(&p->flushes[k], t);
  return is;
}

void projection_flush_due(Projection *p, Workers *w, double t) {
  for (int k = 0; k < p->n_flushes; k++)
    if (is_due(&p->flushes[k], t)) {
      put_off_do_all(p->put_off);
      catch_up(&p->flushes[k], w, t);
    }
}

void projection_flush(Projection *p, Workers *w, double t) {
  for (int k = 0; k < p->n_flushes; k++)
    run_flush(&p->flushes[k], w, t);
}

/* Copy all that flushes write to or from what is held; its bytes. A mode without memory only counts. */
typedef enum { HOLD_COUNT, HOLD_KEEP, HOLD_PUT_BACK } Hold;

static size_t hold_array(Projection *p, size_t at, const Array *a, Hold how) {
  const size_t bytes = array_type_size(a->type) * (size_t)array_count(a);
  if (how == HOLD_KEEP && bytes > 0)
    memcpy(p->held + at, a->at, bytes);
  if (how == HOLD_PUT_BACK && bytes > 0)
    memcpy(a->at, p->held + at, bytes);
  return at + bytes;
}

static size_t hold(Projection *p, Hold how) {
  size_t at = 0;
  for (int f = 0; f < p->n_flushes; f++) {
    const BoundList *kernels = &p->flushes[f].kernels;
    if (p->flushes[f].due != NULL)
      at = hold_array(p, at, p->flushes[f].due, how);
    for (int k = 0; k < kernels->n; k++) {
      const BoundKernel *b = kernels->items[k];
      for (int i = 0; i < b->n_slots; i++)
        if (program_writes_slot(b->program, i))
          at = hold_array(p, at, b->arrays[i], how);
      for (int i = 0; i < b->n_reductions; i++)
        at = hold_array(p, at, b->reductions[i].target, how);
    }
  }
  return at;
}

bool projection_show(Projection *p, Workers *w, double t, Error *e) {
  for (int f = 0; f < p->n_flushes; f++)
    for (int k = 0; k < p->flushes[f].kernels.n; k++)
      bound_settle(p->flushes[f].kernels.items[k]);
  const size_t bytes = hold(p, HOLD_COUNT);
  if (bytes > p->held_capacity) {
    char *held = memory_new(bytes);
    if (held == NULL)
      return error_memory(e, "present values of event-driven variables", (double)bytes);
    memory_free(p->held);
    p->held = held;
    p->held_capacity = bytes;
  }
  hold(p, HOLD_KEEP);
  projection_flush(p, w, t);
  return true;
}

void projection_put_back(Projection *p) { hold(p, HOLD_PUT_BACK); }

Meter projection_meter(const Projection *p, Phase phase) {
  Meter m = kernels_meter(p->kernels, phase);
  return (Meter){ m.ns + p->meters[phase].ns, m.calls + p->meters[phase].calls };
}

void projection_clear_meters(Projection *p) {
  memset(p->meters, 0, sizeof p->meters);
  kernels_clear_meters(p->kernels);
}
