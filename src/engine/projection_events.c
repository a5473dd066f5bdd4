/* What events do to the synapses of a projection, and when: spikes that arrive and those of the post side, by the projection's delays, by pathways, and between clocks. */
#include <string.h>

#include "base/memory.h"
#include "engine/clock.h"
#include "engine/projection.h"
#include "engine/put_off.h"

/* Room for `n` parts of rows; the first n_kept of those that are listed stay. */
static bool grow_list(Projection *p, int64_t n_kept, int64_t n, Error *e) {
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
  if (n_kept > 0) {
    memcpy(list, p->list, sizeof *list * (size_t)n_kept);
    memcpy(begin, p->begin, sizeof *begin * (size_t)n_kept);
    memcpy(end, p->end, sizeof *end * (size_t)n_kept);
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

static bool reserve_list(Projection *p, int64_t n, Error *e) { return grow_list(p, 0, n, e); }

/* Where each synapse has its own delay: which there are, and room for events that old. After a state was read this is found out in a step. */
static bool prepare_pathway(Projection *p, Pathway *q, Error *e) {
  return q->n_ages >= 0 ||
         (pathway_prepare(q, p->storage, e) && population_keep_steps(q->side == SIDE_PRE ? p->pre : p->post, pathway_longest(q) + 1, e));
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
  for (int k = 0; k < p->n_pathways; k++)
    if (p->pathways[k].each != NULL && !prepare_pathway(p, &p->pathways[k], e))
      return false;
  kernels_prepare(p->kernels, w);
  for (int k = 0; k < p->n_flushes; k++)
    bound_list_prepare(&p->flushes[k].kernels, w);
  return p->put_off == NULL || put_off_prepare(p->put_off, w, e);
}

/* The parts of the rows of some pre neurons, each of one delay: in a part posts ascend, by which threads share it. -1 when memory is short. */
static int64_t list_whole_rows(Projection *p, const int32_t *list, int64_t n, Error *e) {
  const DelayTable *d = &p->delays;
  RowParts *whole = &p->whole;
  const int64_t first = storage_first(p->storage, SIDE_PRE);
  int64_t room = whole->capacity, room_begin = room, room_end = room, n_parts = 0;
  if (!memory_reserve(&whole->neuron, 0, n * d->n_delays, &room, sizeof *whole->neuron) ||
      !memory_reserve(&whole->begin, 0, n * d->n_delays, &room_begin, sizeof *whole->begin) ||
      !memory_reserve(&whole->end, 0, n * d->n_delays, &room_end, sizeof *whole->end)) {
    error_memory(e, "arriving spikes", 20.0 * (double)(n * d->n_delays));
    return -1;
  }
  whole->capacity = room;
  for (int64_t i = 0; i < n; i++)
    for (int32_t k = 0; k < d->n_delays; k++) {
      whole->neuron[n_parts] = list[i];
      delay_part(d, list[i] - first, k, &whole->begin[n_parts], &whole->end[n_parts]);
      n_parts += whole->begin[n_parts] < whole->end[n_parts];
    }
  return n_parts;
}

static bool walks_rows(const BoundList *kernels) {
  bool walks = false;
  for (int k = 0; k < kernels->n; k++)
    walks |= kernels->items[k]->nest == NEST_PRE;
  return walks;
}

/* Events that reach whole rows, which are sorted by delay. */
static __attribute__((noinline)) bool run_whole_rows(Projection *p, const BoundList *kernels, Workers *w, const int32_t *list, int64_t n,
                                                     double t, int64_t step, Error *e) {
  const int64_t n_parts = list_whole_rows(p, list, n, e);
  for (int k = 0; k < kernels->n && n_parts >= 0; k++)
    if (kernels->items[k]->nest == NEST_PRE)
      bound_events_step(kernels->items[k], w, p->whole.neuron, n_parts, p->whole.begin, p->whole.end, t, step);
    else
      bound_events_step(kernels->items[k], w, list, n, NULL, NULL, t, step);
  return n_parts >= 0;
}

/* What post spikes do to synapses is written down, and done before the rows are read. */
static __attribute__((noinline)) bool run_putting_off(Projection *p, const BoundList *kernels, Workers *w, const int32_t *list, int64_t n,
                                                      const int64_t *begin, const int64_t *end, double t, int64_t step) {
  if (kernels == &p->kernels[ROLE_PRE])
    put_off_do_rows(p->put_off, list, n);
  for (int k = 0; k < kernels->n; k++)
    if (kernels->items[k] == put_off_kernel(p->put_off))
      put_off_note(p->put_off, list, n);
    else
      bound_events_step(kernels->items[k], w, list, n, begin, end, t, step);
  return true;
}

static inline bool run_events(Projection *p, const BoundList *kernels, Workers *w, const int32_t *list, int64_t n, const int64_t *begin,
                              const int64_t *end, double t, int64_t step, Error *e) {
  if (p->n_flushes > 0)
    projection_flush_due(p, w, t);
  if (p->put_off != NULL && put_off_kernel(p->put_off) != NULL)
    return run_putting_off(p, kernels, w, list, n, begin, end, t, step);
  if (__builtin_expect(begin == NULL && p->delays.n_delays > 0, 0) && walks_rows(kernels))
    return run_whole_rows(p, kernels, w, list, n, t, step, e);
  for (int k = 0; k < kernels->n; k++)
    bound_events_step(kernels->items[k], w, list, n, begin, end, t, step);
  return true;
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

/* What the pre side sent in a step, but for what is written down. */
static inline const Spikes *sent_in(const Projection *p, int event, int64_t step) {
  static const Spikes NONE = { .step = -1 };
  return __builtin_expect(step < p->pulls_from, 0) ? &NONE : population_events(p->pre, event, step);
}

/* Room for all parts of rows that may arrive. */
static bool reserve_arrivals(Projection *p, int64_t step, int event, Error *e) {
  int64_t most = 0;
  for (int k = 0; k < p->delays.n_delays; k++)
    most += sent_in(p, event, step - p->delays.delay[k])->n;
  return reserve_list(p, most, e);
}

/* Spikes that arrive now after different delays act in the order in which they were sent. -1 when memory is short. */
static int64_t gather_segments(Projection *p, int64_t step, int event, bool *has_repeats, Error *e) {
  const DelayTable *d = &p->delays;
  const int64_t first = storage_first(p->storage, SIDE_PRE);
  int64_t n = 0;
  if (!reserve_arrivals(p, step, event, e))
    return -1;
  for (int k = d->n_delays - 1; k >= 0; k--) {
    const Spikes *s = sent_in(p, event, step - d->delay[k]);
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

/* The parts of rows that the first n entries reach, where rows are sorted by delay. */
static int64_t waiting_parts(Projection *p, const Arrivals *q, int64_t n) {
  int64_t n_parts = 0;
  for (int64_t k = 0; k < n; k++) {
    Segment part = { .neuron = q->neuron[k] };
    if (arrivals_part(q, k, p->storage, &p->delays, &part.begin, &part.end))
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
    if (n_now > 0 && !run_events(p, kernels, w, p->list, n_now, begin != NULL ? p->begin : NULL, end != NULL ? p->end : NULL, t, step, e))
      return false;
  }
  return true;
}

/* What is written down. `has_parts`: synapses have the delays of the table. */
static bool deliver_waiting(Projection *p, const BoundList *kernels, Arrivals *q, bool has_parts, Workers *w, int64_t step, double t,
                            Error *e) {
  const int64_t n_due = arrivals_due(q, step);
  int64_t n;
  if (n_due == 0)
    return true;
  if (!reserve_list(p, n_due, e))
    return false;
  const int32_t *list = p->list;
  if (has_parts) {
    n = waiting_parts(p, q, n_due);
  } else {
    memcpy(p->list, q->neuron, sizeof *p->list * (size_t)n_due);
    merge_runs(p->list, (int32_t *)p->begin, n_due);
    n = clip_list(&list, n_due, p->storage, SIDE_PRE);
  }
  arrivals_drop(q, n_due);
  return n == 0 || run_rounds(p, kernels, w, list, n, has_parts ? p->begin : NULL, has_parts ? p->end : NULL, t, step, e);
}

/* n = -1 when memory is short. */
static inline __attribute__((always_inline)) Events arrivals_from(Projection *p, int event, int64_t step, Error *e) {
  Events a = { 0 };
  if (p->delays.n_delays > 0) {
    a.n = gather_segments(p, step, event, &a.has_repeats, e);
    a.list = p->list;
    a.begin = p->begin;
    a.end = p->end;
  } else {
    const Spikes *s = sent_in(p, event, step - p->delay_steps);
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
    return run_events(p, kernels, w, a->list, a->n, a->begin, a->end, t, step, e);
  return a->n == 0;
}

/* What arrives after delays of its own: as many parts of rows at once as there is room for; where neurons repeat, step by step of those in which they sent, as
** it is packed (engine/parcels.c). */
static __attribute__((noinline)) bool deliver_parts(Projection *p, const BoundList *kernels, int event, Workers *w, int64_t step, double t,
                                                    Error *e) {
  const DelayTable *d = &p->delays;
  const int64_t first = storage_first(p->storage, SIDE_PRE);
  int64_t n = 0;
  reserve_arrivals(p, step, event, NULL); /* or piece by piece */
  for (int k = d->n_delays - 1; k >= 0; k--) {
    const Spikes *s = sent_in(p, event, step - d->delay[k]);
    const int32_t *list = s->neuron;
    const int64_t n_list = clip_list(&list, s->n, p->storage, SIDE_PRE);
    if (s->has_repeats && n > 0) {
      run_events(p, kernels, w, p->list, n, p->begin, p->end, t, step, e);
      n = 0;
    }
    if (s->has_repeats && !reserve_list(p, n_list, e))
      return false;
    for (int64_t i = 0; i < n_list; i++) {
      if (n == p->capacity) {
        run_events(p, kernels, w, p->list, n, p->begin, p->end, t, step, e);
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
    run_events(p, kernels, w, p->list, n, p->begin, p->end, t, step, e);
  return true;
}

static inline __attribute__((always_inline)) bool deliver_from(Projection *p, const BoundList *kernels, int event, Workers *w, int64_t step,
                                                               double t, Error *e) {
  if (p->delays.n_delays > 0)
    return deliver_parts(p, kernels, event, w, step, t, e);
  const Events a = arrivals_from(p, event, step, e);
  return run_all_events(p, kernels, w, &a, t, step, e);
}

bool projection_reserve_arrivals(Projection *p, int64_t step, Error *e) { return reserve_arrivals(p, step, 0, e); }

Events projection_arrivals(Projection *p, int64_t step, Error *e) { return arrivals_from(p, 0, step, e); }

/* The kernels of one pathway (from 1): neighbours in the list of all. */
static BoundList kernels_of(const BoundList *all, int pathway) {
  BoundList own = { 0 };
  for (int k = 0; k < all->n; k++)
    if (all->items[k]->tag == pathway) {
      own.items = own.n == 0 ? &all->items[k] : own.items;
      own.n++;
    }
  return own;
}

/* Events that a side emitted in one step, with whole rows. */
static bool run_emitted(Projection *p, const BoundList *kernels, const Pathway *q, int64_t emitted, Workers *w, double t, int64_t step,
                        Error *e) {
  const Spikes *s = population_events(q->side == SIDE_PRE ? p->pre : p->post, q->event, emitted);
  Events a = { .list = s->neuron, .has_repeats = s->has_repeats };
  a.n = clip_list(&a.list, s->n, p->storage, q->side);
  return run_all_events(p, kernels, w, &a, t, step, e);
}

/* Each synapse has its own delay: what events of some neurons, each of its age, reach is listed synapse by synapse. Those whose neurons have several events at once act in rounds. */
static bool run_parts(Projection *p, const BoundList *kernels, int64_t n, bool may_repeat, Workers *w, double t, int64_t step, Error *e) {
  if (!may_repeat) {
    if (n > 0)
      run_events(p, kernels, w, p->list, n, p->begin, p->end, t, step, e);
    return true;
  }
  for (int64_t k = 0; k < n; k++)
    p->segments[k] = (Segment){ p->begin[k], p->end[k], p->list[k] };
  order_parts(p->segments, n);
  for (int64_t k = 0; k < n; k++) {
    p->list[k] = p->segments[k].neuron;
    p->begin[k] = p->segments[k].begin;
    p->end[k] = p->segments[k].end;
  }
  return n == 0 || run_rounds(p, kernels, w, p->list, n, p->begin, p->end, t, step, e);
}

/* One event of a neuron: its synapses of this age behind those that are listed. */
static bool list_parts(Projection *p, const Pathway *q, int32_t neuron, int64_t age, int64_t *n, Error *e) {
  const int64_t *place, n_more = pathway_synapses(q, p->storage, neuron, age, &place);
  if (!grow_list(p, *n, *n + n_more, e))
    return false;
  for (int64_t k = 0; k < n_more; k++, ++*n) {
    p->list[*n] = q->pre != NULL ? q->pre[place[k]] : neuron;
    p->begin[*n] = place[k];
    p->end[*n] = place[k] + 1;
  }
  return true;
}

/* What acts now of a pathway with delays of its own; where they differ, what was sent first acts first. */
static bool run_pathway(Projection *p, const BoundList *kernels, Pathway *q, Workers *w, int64_t step, double t, Error *e) {
  if (q->each == NULL)
    return run_emitted(p, kernels, q, step - q->delay_steps, w, t, step, e);
  if (!prepare_pathway(p, q, e))
    return false;
  const Population *from = q->side == SIDE_PRE ? p->pre : p->post;
  int64_t n = 0;
  bool may_repeat = false;
  for (int64_t k = q->n_ages - 1; k >= 0; k--) {
    const Spikes *s = population_events(from, q->event, step - q->ages[k]);
    may_repeat |= s->has_repeats;
    for (int64_t i = 0; i < s->n; i++)
      if (!list_parts(p, q, s->neuron[i], q->ages[k], &n, e))
        return false;
  }
  return run_parts(p, kernels, n, may_repeat, w, t, step, e);
}

/* The same for what waits for a receiver with a clock of its own. */
static bool run_waiting(Projection *p, const BoundList *kernels, Pathway *q, Workers *w, int64_t step, double t, Error *e) {
  if (q->each == NULL)
    return deliver_waiting(p, kernels, &q->waiting, !q->has_delay && p->delays.n_delays > 0, w, step, t, e);
  const int64_t n_due = arrivals_due(&q->waiting, step);
  int64_t n = 0;
  if (n_due == 0)
    return true;
  bool ok = prepare_pathway(p, q, e);
  for (int64_t k = 0; ok && k < n_due; k++)
    ok = list_parts(p, q, q->waiting.neuron[k], q->waiting.delay[k], &n, e);
  arrivals_drop(&q->waiting, n_due);
  return ok && run_parts(p, kernels, n, true, w, t, step, e);
}

/* On one clock: what was sent before the delays changed. */
static inline bool deliver_held(Projection *p, const BoundList *kernels, Arrivals *q, Workers *w, int64_t step, double t, Error *e) {
  return __builtin_expect(q->n == 0, 1) || deliver_waiting(p, kernels, q, p->delays.n_delays > 0, w, step, t, e);
}

static __attribute__((noinline)) bool deliver_pathways(Projection *p, Workers *w, int64_t step, double t, Error *e) {
  bool ok = true;
  for (int k = 0; k < p->n_pathways; k++) {
    Pathway *q = &p->pathways[k];
    const BoundList kernels = kernels_of(&p->kernels[ROLE_PATHWAY], k + 1);
    if (kernels.n == 0)
      continue;
    Error *first = ok ? e : NULL;
    if (p->pre->clock != p->post->clock)
      ok = run_waiting(p, &kernels, q, w, step, t, first) && ok;
    else if (q->has_delay)
      ok = run_pathway(p, &kernels, q, w, step, t, first) && ok;
    else
      ok = deliver_held(p, &kernels, &q->waiting, w, step, t, first) && deliver_from(p, &kernels, q->event, w, step, t, first) && ok;
  }
  return ok;
}

bool projection_deliver(Projection *p, Workers *w, int64_t step, double t, double dt, Error *e) {
  t += 0.5 * dt;
  bool ok = true;
  if (p->pre->clock != p->post->clock)
    ok = deliver_waiting(p, &p->kernels[ROLE_PRE], &p->waiting, p->delays.n_delays > 0, w, step, t, e);
  else if (p->kernels[ROLE_PRE].n > 0)
    ok = deliver_held(p, &p->kernels[ROLE_PRE], &p->waiting, w, step, t, e) && deliver_from(p, &p->kernels[ROLE_PRE], 0, w, step, t, e);
  return p->kernels[ROLE_PATHWAY].n == 0 || !ok ? ok : deliver_pathways(p, w, step, t, e);
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
  bool ok = p->kernels[ROLE_POST].n == 0 || run_all_events(p, &p->kernels[ROLE_POST], w, &a, t + dt, step, e);
  for (int k = 0; k < p->n_pathways && p->kernels[ROLE_PATHWAY_POST].n > 0; k++) {
    const BoundList kernels = kernels_of(&p->kernels[ROLE_PATHWAY_POST], k + 1);
    if (kernels.n > 0)
      ok = run_pathway(p, &kernels, &p->pathways[k], w, step, t + dt, ok ? e : NULL) && ok;
  }
  return ok;
}

/* Events that arrive `ms` after `t`. There is room. */
static void queue_after(Arrivals *q, const Spikes *s, double t, double ms, int32_t delay, double post_dt) {
  const int64_t arrival = clock_steps(post_dt, t + ms, CLOCK_TICK), earliest = clock_steps(post_dt, t, CLOCK_AFTER);
  arrivals_add(q, s, arrival > earliest ? arrival : earliest, delay);
}

/* With the delays of the projection. */
static bool queue_events(Projection *p, Arrivals *q, const Spikes *s, double t, double pre_dt, double post_dt, Error *e) {
  const DelayTable *d = &p->delays;
  if (s->n == 0)
    return true;
  if (!arrivals_reserve(q, s->n * (d->n_delays > 0 ? d->n_delays : 1), e))
    return false;
  if (d->n_delays == 0)
    queue_after(q, s, t, p->delay, 0, post_dt);
  for (int32_t k = 0; k < d->n_delays; k++)
    queue_after(q, s, t, d->delay[k] * (pre_dt < post_dt ? pre_dt : post_dt), d->delay[k], post_dt);
  return true;
}

/* With those of a pathway. */
static bool queue_own(Pathway *q, const Spikes *s, double t, double pre_dt, double post_dt, Error *e) {
  if (!arrivals_reserve(&q->waiting, s->n * (q->each != NULL ? q->n_ages : 1), e))
    return false;
  if (q->each == NULL)
    queue_after(&q->waiting, s, t, q->delay, 0, post_dt);
  for (int64_t k = 0; q->each != NULL && k < q->n_ages; k++)
    queue_after(&q->waiting, s, t, (double)q->ages[k] * (pre_dt < post_dt ? pre_dt : post_dt), (int32_t)q->ages[k], post_dt);
  return true;
}

bool projection_queue(Projection *p, int64_t step, double t, double pre_dt, double post_dt, Error *e) {
  bool ok = p->kernels[ROLE_PRE].n == 0 || queue_events(p, &p->waiting, population_spikes(p->pre, step), t, pre_dt, post_dt, e);
  for (int k = 0; k < p->n_pathways && p->kernels[ROLE_PATHWAY].n > 0; k++) {
    Pathway *q = &p->pathways[k];
    if (q->side != SIDE_PRE || kernels_of(&p->kernels[ROLE_PATHWAY], k + 1).n == 0)
      continue;
    if (q->each != NULL && !prepare_pathway(p, q, ok ? e : NULL)) { /* before the ring is read: it may be made anew */
      ok = false;
      continue;
    }
    const Spikes *s = population_events(p->pre, q->event, step);
    if (!q->has_delay)
      ok = queue_events(p, &q->waiting, s, t, pre_dt, post_dt, ok ? e : NULL) && ok;
    else if (s->n > 0)
      ok = queue_own(q, s, t, pre_dt, post_dt, ok ? e : NULL) && ok;
  }
  return ok;
}

/* ---- delays that change ---------------------------------------------------------------------------------------------- */

/* What the pre side has sent by `step` and what has yet to arrive: the oldest first, of those that arrive together. */
static bool write_down(Projection *p, Arrivals *q, int event, int64_t step, Error *e) {
  const DelayTable *d = &p->delays;
  const int64_t n_delays = d->n_delays > 0 ? d->n_delays : 1, longest = d->n_delays > 0 ? d->delay[n_delays - 1] : p->delay_steps;
  for (int64_t arrival = step; arrival < step + longest; arrival++)
    for (int64_t k = n_delays - 1; k >= 0; k--) {
      const int64_t delay = d->n_delays > 0 ? d->delay[k] : p->delay_steps;
      const Spikes *s = arrival - delay < step ? sent_in(p, event, arrival - delay) : NULL;
      if (s == NULL || s->n == 0)
        continue;
      if (!arrivals_reserve(q, s->n, e))
        return false;
      arrivals_add(q, s, arrival, d->n_delays > 0 ? (int32_t)delay : 0);
    }
  return true;
}

/* `q` and what is written down now. */
static bool hold(Projection *p, const Arrivals *q, int event, int64_t step, Arrivals *made, Error *e) {
  return arrivals_copy(made, q, e) && (p->pre->clock != p->post->clock || write_down(p, made, event, step, e)) &&
         (p->delays.n_delays == 0 || arrivals_spread(made, p->storage, &p->delays, e));
}

/* The queue that goes by the delays of the projection: its own (k = 0), or of the k-th pathway; NULL: it has others. */
static Arrivals *queue_of(Projection *p, int k) {
  Pathway *q = k > 0 ? &p->pathways[k - 1] : NULL;
  return q == NULL ? &p->waiting : q->side == SIDE_PRE && !q->has_delay ? &q->waiting : NULL;
}

bool projection_hold(Projection *p, int64_t step, Error *e) {
  Arrivals *made = memory_new(sizeof *made * (size_t)(p->n_pathways + 1));
  if (made == NULL)
    return error_memory(e, "spikes under way", (double)sizeof *made * (p->n_pathways + 1));
  bool ok = true;
  for (int k = 0; k <= p->n_pathways && ok; k++)
    if (queue_of(p, k) != NULL)
      ok = hold(p, queue_of(p, k), k > 0 ? p->pathways[k - 1].event : 0, step, &made[k], e);
  for (int k = 0; k <= p->n_pathways; k++) {
    Arrivals *q = queue_of(p, k);
    if (ok && q != NULL) {
      arrivals_free(q);
      *q = made[k];
    } else {
      arrivals_free(&made[k]);
    }
  }
  memory_free(made);
  if (ok && p->pre->clock == p->post->clock)
    p->pulls_from = step;
  projection_changed(p);
  return ok;
}

void projection_move_held(Projection *p, const int64_t *to) {
  for (int k = 0; k <= p->n_pathways; k++)
    if (queue_of(p, k) != NULL)
      arrivals_move(queue_of(p, k), to);
}

int64_t projection_settles(const Projection *p) {
  if (p->pulls_from == INT64_MIN)
    return INT64_MIN;
  const int64_t longest = p->delays.n_delays > 0 ? p->delays.delay[p->delays.n_delays - 1] : p->delay_steps;
  int64_t last = p->waiting.n > 0 ? p->waiting.step[p->waiting.n - 1] : INT64_MIN;
  for (int k = 0; k < p->n_pathways; k++) {
    const Arrivals *q = &p->pathways[k].waiting;
    last = q->n > 0 && q->step[q->n - 1] > last ? q->step[q->n - 1] : last;
  }
  return last >= p->pulls_from + longest ? last + 1 : p->pulls_from + longest;
}
