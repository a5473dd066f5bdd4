#include "engine/projection.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

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
  return p;
}

void projection_free(Projection *p) {
  if (p == NULL)
    return;
  bound_list_free(&p->psp);
  bound_list_free(&p->equations);
  bound_list_free(&p->pre_spike);
  bound_list_free(&p->post_spike);
  bound_list_free(&p->axon_spike);
  bound_list_free(&p->ahead);
  for (int k = 0; k < p->n_flushes; k++) {
    bound_list_free(&p->flushes[k].kernels);
    array_release(p->flushes[k].due);
  }
  memory_free(p->flushes);
  projection_clear_lags(p);
  memory_free(p->lags);
  delay_table_free(&p->delays);
  storage_free(p->storage);
  memory_free(p->segments);
  memory_free(p->list);
  memory_free(p->begin);
  memory_free(p->end);
  memory_free(p->waiting);
  memory_free(p);
}

bool projection_set_delay(Projection *p, double delay, int64_t steps, Error *e) {
  p->delay = delay;
  p->delay_steps = steps < 1 ? 1 : steps;
  return population_keep_steps(p->pre, p->delay_steps + 1, e);
}

bool projection_set_delays(Projection *p, const int32_t *steps, int32_t **within, int n_threads, Error *e) {
  int32_t longest = 1;
  for (int64_t k = 0; k < p->storage->n_synapses; k++)
    longest = steps[k] > longest ? steps[k] : longest;
  bool is_possible = longest <= 1 << 24; /* else sorting refuses them */
  return (!is_possible || population_keep_steps(p->pre, longest + 1, e)) &&
         storage_sort_by_delay(p->storage, steps, &p->delays, within, n_threads, e);
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

bool projection_add_lag(Projection *p, Array *source, Array *delayed, int64_t n_steps, Error *e) {
  size_t bytes = array_type_size(source->type) * (size_t)array_count(source);
  char *ring = memory_new(bytes * (size_t)n_steps);
  Lag *lags = ring == NULL ? NULL : memory_grow(p->lags, sizeof *lags * (size_t)p->n_lags, sizeof *lags * (size_t)(p->n_lags + 1));
  if (lags == NULL) {
    memory_free(ring);
    return error_memory(e, "delayed rates", (double)bytes * (double)n_steps);
  }
  for (int64_t k = 0; k < n_steps; k++)
    memcpy(ring + bytes * (size_t)k, source->at, bytes);
  memcpy(delayed->at, source->at, bytes);
  p->lags = lags;
  lags[p->n_lags++] = (Lag){ array_retain(source), array_retain(delayed), ring, n_steps, 0 };
  return true;
}

static void free_lag(Lag *lag) {
  array_release(lag->source);
  array_release(lag->delayed);
  memory_free(lag->ring);
}

void projection_remove_lag(Projection *p, const Array *delayed) {
  for (int k = 0; k < p->n_lags; k++)
    if (p->lags[k].delayed == delayed) {
      free_lag(&p->lags[k]);
      p->lags[k] = p->lags[--p->n_lags];
      return;
    }
}

void projection_clear_lags(Projection *p) {
  for (int k = 0; k < p->n_lags; k++)
    free_lag(&p->lags[k]);
  p->n_lags = 0;
}

void projection_move_lags(Projection *p) {
  for (int k = 0; k < p->n_lags; k++) {
    Lag *lag = &p->lags[k];
    size_t bytes = array_type_size(lag->source->type) * (size_t)array_count(lag->source);
    char *slot = lag->ring + bytes * (size_t)lag->position;
    memcpy(lag->delayed->at, slot, bytes); /* as the step n - n_steps left it */
    memcpy(slot, lag->source->at, bytes);
    if (++lag->position == lag->n_steps)
      lag->position = 0;
  }
}

static bool reserve_list(Projection *p, int64_t n, Error *e) {
  if (n <= p->capacity)
    return true;
  Segment *segments = memory_new(sizeof *segments * (size_t)n * 2);
  int32_t *list = memory_new(sizeof *list * (size_t)n);
  int64_t *begin = memory_new(sizeof *begin * (size_t)n), *end = memory_new(sizeof *end * (size_t)n);
  if (segments == NULL || list == NULL || begin == NULL || end == NULL) {
    memory_free(segments);
    memory_free(list);
    memory_free(begin);
    memory_free(end);
    return error_memory(e, "arriving spikes", 68.0 * (double)n);
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
  BoundList *lists[] = { &p->psp, &p->equations, &p->pre_spike, &p->post_spike, &p->axon_spike, &p->ahead };
  for (int k = 0; k < 6; k++)
    for (int i = 0; i < lists[k]->n; i++)
      if (!workers_reserve(w, lists[k]->items[i], p->pre->n, e))
        return false;
  for (int k = 0; k < p->n_flushes; k++)
    for (int i = 0; i < p->flushes[k].kernels.n; i++)
      if (!workers_reserve(w, p->flushes[k].kernels.items[i], 0, e))
        return false;
  for (int k = 0; k < 6; k++)
    bound_list_prepare(lists[k], w);
  for (int k = 0; k < p->n_flushes; k++)
    bound_list_prepare(&p->flushes[k].kernels, w);
  return p->delays.n_delays == 0 || reserve_list(p, p->pre->n * p->delays.n_delays, e);
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

static inline void run_events(Projection *p, BoundList *kernels, Workers *w, const int32_t *list, int64_t n, const int64_t *begin,
                              const int64_t *end, double t, int64_t step) {
  if (p->n_flushes > 0)
    projection_flush_due(p, w, t);
  for (int k = 0; k < kernels->n; k++)
    bound_events_step(kernels->items[k], w, list, n, begin, end, t, step);
}

/* The listed neurons that lie within [first, first + n): a dense block may begin and end inside its populations. */
static int64_t clip_list(const int32_t **list, int64_t n_list, int64_t first, int64_t n) {
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

/* Sort segments by neuron, stably: insertion for few, else two passes of counting (11 bits each, 22 bits of the neuron's number; larger numbers
** take a third). `spare` has room for n. Returns where the result is: `s` or `spare`. */
static Segment *sort_segments(Segment *s, Segment *spare, int64_t n) {
  enum { FEW = 48, BITS = 11, BINS = 1 << BITS };
  if (n <= FEW) {
    for (int64_t k = 1; k < n; k++) {
      Segment x = s[k];
      int64_t at = k;
      for (; at > 0 && s[at - 1].neuron > x.neuron; at--)
        s[at] = s[at - 1];
      s[at] = x;
    }
    return s;
  }
  int32_t largest = 0;
  for (int64_t k = 0; k < n; k++)
    largest = s[k].neuron > largest ? s[k].neuron : largest;
  for (int shift = 0; shift < 32 && (largest >> shift) > 0; shift += BITS) {
    int64_t place[BINS] = { 0 }, sum = 0;
    for (int64_t k = 0; k < n; k++)
      place[s[k].neuron >> shift & (BINS - 1)]++;
    for (int b = 0; b < BINS; b++) {
      int64_t count = place[b];
      place[b] = sum;
      sum += count;
    }
    for (int64_t k = 0; k < n; k++)
      spare[place[s[k].neuron >> shift & (BINS - 1)]++] = s[k];
    Segment *other = s;
    s = spare;
    spare = other;
  }
  return s;
}

/* Spikes that arrive now after different delays act in the order of their rows. */
static int64_t gather_segments(Projection *p, int64_t step, SpikesOf spikes_of) {
  const DelayTable *d = &p->delays;
  int64_t n = 0;
  for (int k = 0; k < d->n_delays; k++) {
    const Spikes *s = spikes_of(p->pre, step - d->delay[k]);
    for (int64_t i = 0; i < s->n; i++) {
      const int64_t *cut = d->begin + (int64_t)s->neuron[i] * (d->n_delays + 1) + k;
      if (cut[0] < cut[1])
        p->segments[n++] = (Segment){ cut[0], cut[1], s->neuron[i] };
    }
  }
  const Segment *sorted = sort_segments(p->segments, p->segments + p->capacity, n);
  for (int64_t k = 0; k < n; k++) {
    p->list[k] = sorted[k].neuron;
    p->begin[k] = sorted[k].begin;
    p->end[k] = sorted[k].end;
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

/* Take what waits for this step from the queue. */
static int64_t take_waiting(Projection *p, int64_t step, Error *e) {
  int64_t n = 0;
  while (n < p->n_waiting && p->waiting[n].step <= step)
    n++;
  if (n == 0)
    return 0;
  if (!reserve_list(p, n, e))
    return -1;
  for (int64_t k = 0; k < n; k++)
    p->list[k] = p->waiting[k].neuron;
  merge_runs(p->list, (int32_t *)p->begin, n);
  memmove(p->waiting, p->waiting + n, sizeof *p->waiting * (size_t)(p->n_waiting - n));
  p->n_waiting -= n;
  return n;
}

/* A slow receiver may get several spikes of one neuron in one of its steps: they act one after the other, each list without repetition. */
static bool deliver_waiting(Projection *p, Workers *w, int64_t step, double t, Error *e) {
  int64_t n = take_waiting(p, step, e);
  if (n < 0)
    return false;
  const Storage *s = p->storage;
  while (n > 0) {
    int64_t n_now = 0, n_later = 0;
    for (int64_t k = 0; k < n; k++)
      if (n_now > 0 && p->list[n_now - 1] == p->list[k])
        p->begin[n_later++] = p->list[k];
      else
        p->list[n_now++] = p->list[k];
    const int32_t *list = p->list;
    int64_t n_list = storage_is_dense(s) ? clip_list(&list, n_now, s->pre_first, s->n_pre) : n_now;
    if (n_list > 0)
      run_events(p, &p->pre_spike, w, list, n_list, NULL, NULL, t, step);
    for (int64_t k = 0; k < n_later; k++)
      p->list[k] = (int32_t)p->begin[k];
    n = n_later;
  }
  return true;
}

static inline __attribute__((always_inline)) Events arrivals_from(Projection *p, SpikesOf spikes_of, int64_t step) {
  Events a = { .list = p->list, .begin = p->begin, .end = p->end };
  if (p->delays.n_delays > 0) {
    a.n = gather_segments(p, step, spikes_of);
  } else {
    const Spikes *s = spikes_of(p->pre, step - p->delay_steps);
    a = (Events){ .list = s->neuron, .n = s->n };
  }
  const Storage *s = p->storage;
  if (a.n > 0 && storage_is_dense(s))
    a.n = clip_list(&a.list, a.n, s->pre_first, s->n_pre);
  return a;
}

static inline __attribute__((always_inline)) void deliver_from(Projection *p, BoundList *kernels, SpikesOf spikes_of, Workers *w,
                                                               int64_t step, double t) {
  Events a = arrivals_from(p, spikes_of, step);
  if (a.n > 0)
    run_events(p, kernels, w, a.list, a.n, a.begin, a.end, t, step);
}

Events projection_arrivals(Projection *p, int64_t step) { return arrivals_from(p, own_spikes, step); }

bool projection_deliver(Projection *p, Workers *w, int64_t step, double t, double dt, Error *e) {
  t += 0.5 * dt;
  if (p->pre->clock != p->post->clock)
    return deliver_waiting(p, w, step, t, e);
  deliver_from(p, &p->pre_spike, own_spikes, w, step, t);
  if (p->axon_spike.n > 0)
    deliver_from(p, &p->axon_spike, population_axon_spikes, w, step, t);
  return true;
}

Events projection_post_events(const Projection *p, int64_t step) {
  const Spikes *spikes = population_spikes(p->post, step);
  Events a = { .list = spikes->neuron, .n = spikes->n };
  const Storage *s = p->storage;
  if (a.n > 0 && storage_is_dense(s))
    a.n = clip_list(&a.list, a.n, s->post_first, s->n_post);
  return a;
}

void projection_post_spikes(Projection *p, Workers *w, int64_t step, double t, double dt) {
  Events a = projection_post_events(p, step);
  if (a.n > 0)
    run_events(p, &p->post_spike, w, a.list, a.n, NULL, NULL, t + dt, step);
}

bool projection_queue(Projection *p, const Spikes *s, double t, double post_dt, Error *e) {
  if (s->n == 0)
    return true;
  int64_t at = (int64_t)ceil((t + p->delay) / post_dt - 1e-6); /* first tick at or after t + delay */
  int64_t earliest = (int64_t)floor(t / post_dt + 1e-6) + 1;   /* never before the next tick */
  int64_t step = at > earliest ? at : earliest;
  if (p->n_waiting + s->n > p->waiting_capacity) {
    int64_t capacity = 2 * (p->n_waiting + s->n);
    Arrival *waiting = memory_grow(p->waiting, sizeof *waiting * (size_t)p->n_waiting, sizeof *waiting * (size_t)capacity);
    if (waiting == NULL)
      return error_memory(e, "spikes under way", (double)sizeof *waiting * (double)capacity);
    p->waiting = waiting;
    p->waiting_capacity = capacity;
  }
  for (int64_t k = 0; k < s->n; k++) /* one delay for all: later spikes never arrive before */
    p->waiting[p->n_waiting++] = (Arrival){ step, s->neuron[k] };
  return true;
}

void projection_clear_meters(Projection *p) {
  memset(p->meters, 0, sizeof p->meters);
  for (int k = 0; k < p->psp.n; k++)
    p->psp.items[k]->meter = (Meter){ 0 };
  for (int k = 0; k < p->equations.n; k++)
    p->equations.items[k]->meter = (Meter){ 0 };
}
