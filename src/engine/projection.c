#include "engine/projection.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "engine/clock.h"

Projection *projection_new(Population *pre, Population *post, Storage *storage, uint32_t object, Error *e) {
  Projection *p = memory_new(sizeof *p);
  if (p == NULL) {
    error_memory(e, "projection", sizeof *p);
    return NULL;
  }
  p->pre = pre;
  p->post = post;
  p->storage = storage;
  p->object = object;
  p->delay_steps = 1;
  projection_changed(p);
  return p;
}

void projection_changed(Projection *p) {
  static int64_t n_changes; /* of all: a projection that takes the place of another in memory does not look like it */
  p->n_changes = ++n_changes;
}

void projection_free(Projection *p) {
  if (p == NULL)
    return;
  projection_drop_kernels(p);
  memory_free(p->flushes);
  projection_clear_lags(p);
  memory_free(p->lags);
  delay_table_free(&p->delays);
  storage_free(p->storage);
  memory_free(p->held);
  memory_free(p->segments);
  memory_free(p->list);
  memory_free(p->begin);
  memory_free(p->end);
  memory_free(p->waiting.step);
  memory_free(p->waiting.neuron);
  memory_free(p->waiting.delay);
  memory_free(p);
}

bool projection_set_delay(Projection *p, double delay, int64_t steps, Error *e) {
  p->delay = delay;
  p->delay_steps = steps < 1 ? 1 : steps;
  return population_keep_steps(p->pre, p->delay_steps + 1, e);
}

bool projection_set_delays(Projection *p, StepList steps, int64_t *origin, int n_threads, Error *e) {
  projection_changed(p);
  const bool is_possible = steps.longest <= STORAGE_LONGEST_DELAY; /* else sorting refuses them */
  if ((is_possible && !population_keep_steps(p->pre, steps.longest + 1, e)) ||
      !storage_sort_by_delay(p->storage, steps, &p->delays, origin, n_threads, e))
    return false;
  for (int64_t k = 0; k < p->n_waiting && p->delays.n_delays == 1; k++) /* under way since one delay held for all */
    if (p->waiting.delay[k] == 0)
      p->waiting.delay[k] = p->delays.delay[0];
  return true;
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
  p->n_waiting = 0;
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

static bool reserve_list(Projection *p, int64_t n, Error *e) {
  if (n <= p->capacity)
    return true;
  n = memory_larger(p->capacity, n);
  Segment *segments = memory_new(sizeof *segments * (size_t)n);
  int32_t *list = memory_new(sizeof *list * (size_t)n);
  int64_t *begin = memory_new(sizeof *begin * (size_t)n), *end = memory_new(sizeof *end * (size_t)n);
  if (segments == NULL || list == NULL || begin == NULL || end == NULL) {
    memory_free(segments);
    memory_free(list);
    memory_free(begin);
    memory_free(end);
    return error_memory(e, "arriving spikes", 36.0 * (double)n);
  }
  memory_free(p->segments);
  memory_free(p->list);
  memory_free(p->begin);
  memory_free(p->end);
  p->segments = segments;
  p->list = list;
  p->begin = begin;
  p->end = end;
  p->capacity = n;
  return true;
}

bool projection_prepare(Projection *p, Workers *w, Error *e) {
  enum { PARTS = 256 }; /* of rows that surely have room: the rest is asked for when it arrives */
  if ((p->delays.n_delays > 0 || p->pre->clock != p->post->clock) && !reserve_list(p, PARTS, e))
    return false;
  if (!kernels_reserve(p->kernels, w, p->pre->n, e))
    return false;
  for (int k = 0; k < p->n_flushes; k++)
    if (!bound_list_reserve(&p->flushes[k].kernels, w, 0, e))
      return false;
  kernels_prepare(p->kernels, w);
  for (int k = 0; k < p->n_flushes; k++)
    bound_list_prepare(&p->flushes[k].kernels, w);
  return true;
}

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

void projection_flush_due(Projection *p, Workers *w, double t) {
  for (int k = 0; k < p->n_flushes; k++)
    if (p->flushes[k].due != NULL && t > *(const double *)p->flushes[k].due->at)
      catch_up(&p->flushes[k], w, t);
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

static inline void run_events(Projection *p, const BoundList *kernels, Workers *w, const int32_t *list, int64_t n, const int64_t *begin,
                              const int64_t *end, double t, int64_t step) {
  if (p->n_flushes > 0)
    projection_flush_due(p, w, t);
  for (int k = 0; k < kernels->n; k++)
    bound_events_step(kernels->items[k], w, list, n, begin, end, t, step);
}

/* The listed neurons that may have synapses: a block may begin and end inside its populations. */
static int64_t clip_list(const int32_t **list, int64_t n_list, const Storage *s, Side side) {
  const int64_t first = storage_first(s, side), n = storage_n(s, side);
  while (n_list > 0 && **list < first) {
    (*list)++;
    n_list--;
  }
  while (n_list > 0 && (*list)[n_list - 1] >= first + n)
    n_list--;
  return n_list;
}

typedef const Spikes *(*SpikesOf)(const Population *, int64_t step);

static const Spikes *own_spikes(const Population *p, int64_t step) { return population_spikes(p, step); }

/* Room for all parts of rows that may arrive. */
static bool reserve_arrivals(Projection *p, int64_t step, SpikesOf spikes_of, Error *e) {
  int64_t most = 0;
  for (int k = 0; k < p->delays.n_delays; k++)
    most += spikes_of(p->pre, step - p->delays.delay[k])->n;
  return reserve_list(p, most, e);
}

/* Spikes that arrive now after different delays act in the order in which they were sent. -1 when memory is short. */
static int64_t gather_segments(Projection *p, int64_t step, SpikesOf spikes_of, bool *has_repeats, Error *e) {
  const DelayTable *d = &p->delays;
  const int64_t first = storage_first(p->storage, SIDE_PRE);
  int64_t n = 0;
  if (!reserve_arrivals(p, step, spikes_of, e))
    return -1;
  for (int k = d->n_delays - 1; k >= 0; k--) {
    const Spikes *s = spikes_of(p->pre, step - d->delay[k]);
    if (s->n == 0)
      continue;
    *has_repeats |= s->has_repeats;
    const int32_t *list = s->neuron;
    const int64_t n_list = clip_list(&list, s->n, p->storage, SIDE_PRE);
    for (int64_t i = 0; i < n_list; i++) {
      p->list[n] = list[i];
      delay_part(d, list[i] - first, k, &p->begin[n], &p->end[n]);
      n += p->begin[n] < p->end[n];
    }
  }
  return n;
}

/* Neurons of several ticks, each ascending: merge neighbouring runs until one is left. */
static void merge_runs(int32_t *list, int32_t *scratch, int64_t n) {
  for (int64_t n_runs = 2; n_runs > 1;) {
    n_runs = 0;
    for (int64_t from = 0; from < n; n_runs++) {
      int64_t middle = from + 1, to, at = from;
      while (middle < n && list[middle - 1] <= list[middle])
        middle++;
      for (to = middle; to < n && (to == middle || list[to - 1] <= list[to]);)
        to++;
      for (int64_t a = from, b = middle; a < middle || b < to;)
        scratch[at++] = b == to || (a < middle && list[a] <= list[b]) ? list[a++] : list[b++];
      from = to;
    }
    memcpy(list, scratch, sizeof *list * (size_t)n);
  }
}

/* The first n entries leave the queue. */
static void drop_waiting(Projection *p, int64_t n) {
  p->n_waiting -= n;
  memmove(p->waiting.step, p->waiting.step + n, sizeof *p->waiting.step * (size_t)p->n_waiting);
  memmove(p->waiting.neuron, p->waiting.neuron + n, sizeof *p->waiting.neuron * (size_t)p->n_waiting);
  memmove(p->waiting.delay, p->waiting.delay + n, sizeof *p->waiting.delay * (size_t)p->n_waiting);
}

/* Which of the delays of the table this is; -1: no synapse has it. */
static int32_t find_delay(const DelayTable *d, int32_t delay) {
  int32_t low = 0, high = d->n_delays;
  while (low < high) {
    const int32_t middle = low + (high - low) / 2;
    if (d->delay[middle] < delay)
      low = middle + 1;
    else
      high = middle;
  }
  return low < d->n_delays && d->delay[low] == delay ? low : -1;
}

static inline bool is_behind(const Segment *a, const Segment *b) {
  return a->neuron != b->neuron ? a->neuron > b->neuron : a->begin > b->begin;
}

/* Order parts of rows by neuron and place, so that those of one synapse are neighbours (Shell 1959). */
static void order_parts(Segment *s, int64_t n) {
  int64_t gap = 1;
  while (gap < n / 3)
    gap = 3 * gap + 1;
  for (; gap > 0; gap /= 3)
    for (int64_t k = gap; k < n; k++) {
      const Segment x = s[k];
      int64_t at = k;
      for (; at >= gap && is_behind(&s[at - gap], &x); at -= gap)
        s[at] = s[at - gap];
      s[at] = x;
    }
}

/* Those of the first n entries whose synapses have delays of their own: the parts of rows that they reach. */
static int64_t waiting_parts(Projection *p, int64_t n) {
  const int64_t first = storage_first(p->storage, SIDE_PRE), n_rows = storage_n(p->storage, SIDE_PRE);
  int64_t n_parts = 0;
  for (int64_t k = 0; k < n; k++) {
    Segment part = { .neuron = p->waiting.neuron[k] };
    const int32_t which = find_delay(&p->delays, p->waiting.delay[k]);
    if (which < 0 || part.neuron < first || part.neuron >= first + n_rows)
      continue;
    delay_part(&p->delays, part.neuron - first, which, &part.begin, &part.end);
    if (part.begin < part.end)
      p->segments[n_parts++] = part;
  }
  order_parts(p->segments, n_parts);
  for (int64_t k = 0; k < n_parts; k++) {
    p->list[k] = p->segments[k].neuron;
    p->begin[k] = p->segments[k].begin;
    p->end[k] = p->segments[k].end;
  }
  return n_parts;
}

/* Events of one synapse act one after the other: where neurons repeat (a source with several spikes in a step, a slow receiver), the list is run in
** rounds, each without repetition. The parts of rows of one neuron that begin at different places are different synapses. */
static __attribute__((noinline)) bool run_rounds(Projection *p, const BoundList *kernels, Workers *w, const int32_t *list, int64_t n,
                                                 const int64_t *begin, const int64_t *end, double t, int64_t step, Error *e) {
  if (!reserve_list(p, n, e)) /* where the list is the projection's own there is room, and it stays */
    return false;
  Segment *all = p->segments;
  for (int64_t k = 0; k < n; k++)
    all[k] = (Segment){ begin != NULL ? begin[k] : 0, end != NULL ? end[k] : 0, list[k] };
  for (int64_t round = 0, n_now = n; n_now > 0; round++) {
    n_now = 0;
    for (int64_t k = 0, before = 0; k < n; k++) {
      before = k > 0 && all[k].neuron == all[k - 1].neuron && all[k].begin == all[k - 1].begin ? before + 1 : 0;
      if (before != round)
        continue;
      p->list[n_now] = all[k].neuron;
      p->begin[n_now] = all[k].begin;
      p->end[n_now++] = all[k].end;
    }
    if (n_now > 0)
      run_events(p, kernels, w, p->list, n_now, begin != NULL ? p->begin : NULL, end != NULL ? p->end : NULL, t, step);
  }
  return true;
}

/* Spikes that wait for a receiver with a clock of its own. */
static bool deliver_waiting(Projection *p, Workers *w, int64_t step, double t, Error *e) {
  int64_t n_due = 0, n;
  while (n_due < p->n_waiting && p->waiting.step[n_due] <= step)
    n_due++;
  if (n_due == 0)
    return true;
  if (!reserve_list(p, n_due, e))
    return false;
  const int32_t *list = p->list;
  const bool has_parts = p->delays.n_delays > 0;
  if (has_parts) {
    n = waiting_parts(p, n_due);
  } else {
    memcpy(p->list, p->waiting.neuron, sizeof *p->list * (size_t)n_due);
    merge_runs(p->list, (int32_t *)p->begin, n_due);
    n = clip_list(&list, n_due, p->storage, SIDE_PRE);
  }
  drop_waiting(p, n_due);
  return n == 0 || run_rounds(p, &p->kernels[ROLE_PRE], w, list, n, has_parts ? p->begin : NULL, has_parts ? p->end : NULL, t, step, e);
}

/* n = -1 when memory is short. */
static inline __attribute__((always_inline)) Events arrivals_from(Projection *p, SpikesOf spikes_of, int64_t step, Error *e) {
  Events a = { 0 };
  if (p->delays.n_delays > 0) {
    a.n = gather_segments(p, step, spikes_of, &a.has_repeats, e);
    a.list = p->list;
    a.begin = p->begin;
    a.end = p->end;
  } else {
    const Spikes *s = spikes_of(p->pre, step - p->delay_steps);
    a.list = s->neuron;
    a.n = clip_list(&a.list, s->n, p->storage, SIDE_PRE);
    a.has_repeats = s->has_repeats;
  }
  return a;
}

static inline __attribute__((always_inline)) bool run_all_events(Projection *p, const BoundList *kernels, Workers *w, const Events *a,
                                                                 double t, int64_t step, Error *e) {
  if (a->n > 0 && __builtin_expect(a->has_repeats, 0))
    return run_rounds(p, kernels, w, a->list, a->n, a->begin, a->end, t, step, e);
  if (a->n > 0)
    run_events(p, kernels, w, a->list, a->n, a->begin, a->end, t, step);
  return a->n >= 0;
}

/* What arrives after delays of its own: as many parts of rows at once as there is room for; where neurons repeat, step by step of those in which they sent, as
** it is packed (engine/parcels.c). */
static __attribute__((noinline)) bool deliver_parts(Projection *p, const BoundList *kernels, SpikesOf spikes_of, Workers *w, int64_t step,
                                                    double t, Error *e) {
  const DelayTable *d = &p->delays;
  const int64_t first = storage_first(p->storage, SIDE_PRE);
  int64_t n = 0;
  reserve_arrivals(p, step, spikes_of, NULL); /* or piece by piece */
  for (int k = d->n_delays - 1; k >= 0; k--) {
    const Spikes *s = spikes_of(p->pre, step - d->delay[k]);
    const int32_t *list = s->neuron;
    const int64_t n_list = clip_list(&list, s->n, p->storage, SIDE_PRE);
    if (s->has_repeats && n > 0) {
      run_events(p, kernels, w, p->list, n, p->begin, p->end, t, step);
      n = 0;
    }
    if (s->has_repeats && !reserve_list(p, n_list, e))
      return false;
    for (int64_t i = 0; i < n_list; i++) {
      if (n == p->capacity) {
        run_events(p, kernels, w, p->list, n, p->begin, p->end, t, step);
        n = 0;
      }
      p->list[n] = list[i];
      delay_part(d, list[i] - first, k, &p->begin[n], &p->end[n]);
      n += p->begin[n] < p->end[n];
    }
    if (s->has_repeats) {
      if (n > 0 && !run_rounds(p, kernels, w, p->list, n, p->begin, p->end, t, step, e))
        return false;
      n = 0;
    }
  }
  if (n > 0)
    run_events(p, kernels, w, p->list, n, p->begin, p->end, t, step);
  return true;
}

static inline __attribute__((always_inline)) bool deliver_from(Projection *p, const BoundList *kernels, SpikesOf spikes_of, Workers *w,
                                                               int64_t step, double t, Error *e) {
  if (p->delays.n_delays > 0)
    return deliver_parts(p, kernels, spikes_of, w, step, t, e);
  const Events a = arrivals_from(p, spikes_of, step, e);
  return run_all_events(p, kernels, w, &a, t, step, e);
}

bool projection_reserve_arrivals(Projection *p, int64_t step, Error *e) { return reserve_arrivals(p, step, own_spikes, e); }

Events projection_arrivals(Projection *p, int64_t step, Error *e) { return arrivals_from(p, own_spikes, step, e); }

bool projection_deliver(Projection *p, Workers *w, int64_t step, double t, double dt, Error *e) {
  t += 0.5 * dt;
  if (p->pre->clock != p->post->clock)
    return deliver_waiting(p, w, step, t, e);
  return deliver_from(p, &p->kernels[ROLE_PRE], own_spikes, w, step, t, e) &&
         (p->kernels[ROLE_AXON_SPIKE].n == 0 || deliver_from(p, &p->kernels[ROLE_AXON_SPIKE], population_axon_spikes, w, step, t, e));
}

static inline Events post_events(const Projection *p, int64_t step) {
  const Spikes *spikes = population_spikes(p->post, step);
  Events a = { .list = spikes->neuron, .has_repeats = spikes->has_repeats };
  a.n = clip_list(&a.list, spikes->n, p->storage, SIDE_POST);
  return a;
}

Events projection_post_events(const Projection *p, int64_t step) { return post_events(p, step); }

bool projection_post_spikes(Projection *p, Workers *w, int64_t step, double t, double dt, Error *e) {
  const Events a = post_events(p, step);
  return run_all_events(p, &p->kernels[ROLE_POST], w, &a, t + dt, step, e);
}

/* Put spikes that arrive `ms` after `t` into the queue, behind what arrives before them or with them. There is room. */
static void queue_after(Projection *p, const Spikes *s, double t, double ms, int32_t delay, double post_dt) {
  const int64_t arrival = clock_steps(post_dt, t + ms, CLOCK_TICK), earliest = clock_steps(post_dt, t, CLOCK_AFTER);
  const int64_t step = arrival > earliest ? arrival : earliest;
  int64_t at = p->n_waiting;
  while (at > 0 && p->waiting.step[at - 1] > step)
    at--;
  const size_t n_behind = (size_t)(p->n_waiting - at);
  memmove(p->waiting.step + at + s->n, p->waiting.step + at, sizeof *p->waiting.step * n_behind);
  memmove(p->waiting.neuron + at + s->n, p->waiting.neuron + at, sizeof *p->waiting.neuron * n_behind);
  memmove(p->waiting.delay + at + s->n, p->waiting.delay + at, sizeof *p->waiting.delay * n_behind);
  memcpy(p->waiting.neuron + at, s->neuron, sizeof *s->neuron * (size_t)s->n);
  for (int64_t k = 0; k < s->n; k++) {
    p->waiting.step[at + k] = step;
    p->waiting.delay[at + k] = delay;
  }
  p->n_waiting += s->n;
}

bool projection_queue(Projection *p, const Spikes *s, double t, double pre_dt, double post_dt, Error *e) {
  if (s->n == 0)
    return true;
  const DelayTable *d = &p->delays;
  const int64_t wanted = p->n_waiting + s->n * (d->n_delays > 0 ? d->n_delays : 1);
  int64_t room = p->waiting_capacity, room_neurons = room, room_delays = room;
  if (!memory_reserve(&p->waiting.step, p->n_waiting, wanted, &room, sizeof *p->waiting.step) ||
      !memory_reserve(&p->waiting.neuron, p->n_waiting, wanted, &room_neurons, sizeof *p->waiting.neuron) ||
      !memory_reserve(&p->waiting.delay, p->n_waiting, wanted, &room_delays, sizeof *p->waiting.delay))
    return error_memory(e, "spikes under way", 16.0 * (double)memory_larger(p->waiting_capacity, wanted));
  p->waiting_capacity = room;
  if (d->n_delays == 0)
    queue_after(p, s, t, p->delay, 0, post_dt);
  for (int32_t k = 0; k < d->n_delays; k++)
    queue_after(p, s, t, d->delay[k] * (pre_dt < post_dt ? pre_dt : post_dt), d->delay[k], post_dt);
  return true;
}

Meter projection_meter(const Projection *p, Phase phase) {
  Meter m = kernels_meter(p->kernels, phase);
  return (Meter){ m.ns + p->meters[phase].ns, m.calls + p->meters[phase].calls };
}

void projection_clear_meters(Projection *p) {
  memset(p->meters, 0, sizeof p->meters);
  kernels_clear_meters(p->kernels);
}
