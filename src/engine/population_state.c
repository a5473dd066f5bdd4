/* The state of a population: spikes of the last steps, of the rate window, and where its sources and drives are. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "engine/bound_check.h"
#include "engine/population.h"

/* ---- spikes of the last steps -------------------------------------------------------------------------------------- */

/* A ring laid flat, oldest step first. */
typedef struct Flat {
  int64_t *step, *count; /* [n_steps] */
  int32_t *neuron;       /* [n_spikes] */
  int64_t n_steps, n_spikes;
  int64_t room_steps, room_spikes;
} Flat;

static void flat_free(Flat *f) {
  memory_free(f->step);
  memory_free(f->count);
  memory_free(f->neuron);
}

/* The first step that is kept. */
static int64_t measure(const Population *p, const Spikes *ring, Flat *f) {
  int64_t last = -1;
  for (int64_t k = 0; k < p->depth; k++) {
    f->room_spikes += ring[k].capacity;
    f->room_steps++;
    last = ring[k].step > last ? ring[k].step : last;
  }
  const int64_t first = last < p->kept ? 0 : last - p->kept + 1;
  for (int64_t k = 0; k < p->depth; k++) {
    f->n_steps += ring[k].step >= first;
    f->n_spikes += ring[k].step >= first ? ring[k].n : 0;
  }
  return first;
}

static bool flatten(const Population *p, const Spikes *ring, Flat *f, Error *e) {
  const int64_t depth = p->depth, first = measure(p, ring, f);
  int64_t at = 0, n = 0;
  f->step = memory_new(sizeof *f->step * (size_t)f->n_steps);
  f->count = memory_new(sizeof *f->count * (size_t)f->n_steps);
  f->neuron = memory_new(sizeof *f->neuron * (size_t)f->n_spikes);
  if (f->step == NULL || f->count == NULL || f->neuron == NULL)
    return error_memory(e, "state of spikes", 16.0 * (double)f->n_steps + 4.0 * (double)f->n_spikes);
  for (int64_t step = first; step < first + p->kept; step++) {
    const Spikes *s = &ring[step & (depth - 1)];
    if (s->step != step)
      continue;
    f->step[at] = step;
    f->count[at++] = s->n;
    if (s->n > 0)
      memcpy(f->neuron + n, s->neuron, sizeof *s->neuron * (size_t)s->n);
    n += s->n;
  }
  return true;
}

static bool check_flat(const Flat *f, int64_t n_neurons, bool may_repeat, State *s) {
  int64_t before = -1, n = 0;
  for (int64_t k = 0; k < f->n_steps; k++) {
    if (f->step[k] <= before || f->count[k] < 0 || f->count[k] > f->n_spikes - n ||
        !spikes_are_sound(f->neuron + n, f->count[k], n_neurons, may_repeat))
      return state_fail(s, "%lld spikes of step %lld", (long long)f->count[k], (long long)f->step[k]);
    before = f->step[k];
    n += f->count[k];
  }
  return n == f->n_spikes || state_fail(s, "%lld spikes more than there are steps for", (long long)(f->n_spikes - n));
}

static bool unflatten(Spikes *ring, int64_t depth, const Flat *f, Error *e) {
  for (int64_t k = 0; k < depth; k++) {
    ring[k].step = -1;
    ring[k].n = 0;
  }
  for (int64_t k = 0, n = 0; k < f->n_steps; n += f->count[k++]) {
    Spikes *s = &ring[f->step[k] & (depth - 1)];
    if (f->count[k] > s->capacity) {
      int32_t *neuron = memory_new(sizeof *neuron * (size_t)f->count[k]);
      if (neuron == NULL)
        return error_memory(e, "spikes of a step", 4.0 * (double)f->count[k]);
      memory_free(s->neuron);
      s->neuron = neuron;
      s->capacity = f->count[k];
    }
    if (f->count[k] > 0)
      memcpy(s->neuron, f->neuron + n, sizeof *s->neuron * (size_t)f->count[k]);
    s->n = f->count[k];
    s->step = f->step[k];
    s->has_repeats = false;
    for (int64_t i = 1; i < s->n; i++)
      s->has_repeats |= s->neuron[i] == s->neuron[i - 1];
  }
  return true;
}

/* The ring of spikes, or of another kind of event. Those of axons are called as they always were. */
static bool ring_state(Population *p, State *s, int event) {
  Flat f = { 0 };
  int64_t room_count = 0;
  char name[160] = "ring";
  if (event > 0)
    snprintf(name, sizeof name, "%s_ring", strcmp(p->events[event - 1].name, "axon_spike") == 0 ? "axon" : p->events[event - 1].name);
  Spikes *ring = event == 0 ? p->ring : p->events[event - 1].ring;
  bool ok = state_enter(s, name, 0, NULL);
  if (ok && s->mode == STATE_WRITE)
    ok = flatten(p, ring, &f, s->error);
  else if (ok && s->mode == STATE_LIST)
    measure(p, ring, &f);
  int64_t n_counts = f.n_steps;
  if (s->mode == STATE_LIST)
    room_count = f.room_steps;
  ok = ok && state_grown(s, "step", ARRAY_I64, (void **)&f.step, &f.n_steps, &f.room_steps) &&
       state_grown(s, "count", ARRAY_I64, (void **)&f.count, &n_counts, &room_count) &&
       state_grown(s, "neuron", ARRAY_I32, (void **)&f.neuron, &f.n_spikes, &f.room_spikes);
  if (ok && s->mode == STATE_READ) {
    int64_t span = f.n_steps > 0 ? f.step[f.n_steps - 1] - f.step[0] + 1 : 1;
    ok = (n_counts == f.n_steps || state_fail(s, "%lld counts", (long long)n_counts)) && check_flat(&f, p->n, p->list != NULL, s) &&
         state_check(s, "steps", span, 1, POPULATION_MOST_STEPS) && population_keep_steps(p, span - 1, s->error);
    ring = event == 0 ? p->ring : p->events[event - 1].ring;
    ok = ok && unflatten(ring, p->depth, &f, s->error);
  }
  flat_free(&f);
  if (ok)
    state_leave(s);
  return ok;
}

/* ---- the rate window ----------------------------------------------------------------------------------------------- */

/* The queue of the window's spikes from its beginning on. */
static bool straighten(Population *p, Error *e) {
  if (p->window_head == 0)
    return true;
  int32_t *queue = memory_new(sizeof *queue * (size_t)p->window_capacity);
  if (queue == NULL)
    return error_memory(e, "rate window", 4.0 * (double)p->window_capacity);
  for (int64_t k = 0; k < p->window_size; k++)
    queue[k] = p->window_spikes[(p->window_head + k) % p->window_capacity];
  memory_free(p->window_spikes);
  p->window_spikes = queue;
  p->window_head = 0;
  return true;
}

static bool count_window(Population *p, State *s) {
  int64_t n = 0;
  if (!state_check(s, "position", p->window_position, 0, p->n_window - 1) ||
      !state_check_i32(s, "counts", p->window_counts, p->n_window, 0, INT32_MAX) ||
      !state_check_i32(s, "spikes", p->window_spikes, p->window_size, 0, p->n - 1))
    return false;
  for (int64_t k = 0; k < p->n_window; k++)
    n += p->window_counts[k];
  if (n != p->window_size)
    return state_fail(s, "%lld spikes in steps with %lld", (long long)p->window_size, (long long)n);
  memset(p->window_total, 0, sizeof *p->window_total * (size_t)p->n);
  for (int64_t k = 0; k < p->window_size; k++)
    p->window_total[p->window_spikes[k]]++;
  return true;
}

static bool window_state(Population *p, State *s) {
  if (!state_enter(s, "window", 0, NULL) || !state_same_i64(s, "n", p->n_window))
    return false;
  if (p->n_window > 0) {
    if (s->mode != STATE_LIST && !straighten(p, s->error))
      return false;
    if (!state_fixed(s, "counts", ARRAY_I32, p->window_counts, p->n_window) || !state_i64(s, "position", &p->window_position) ||
        !state_grown(s, "spikes", ARRAY_I32, (void **)&p->window_spikes, &p->window_size, &p->window_capacity) ||
        !state_array(s, "rate", p->rate) || !state_memory(s, "total", 4 * p->n))
      return false;
    if (s->mode == STATE_READ && !count_window(p, s))
      return false;
  }
  state_leave(s);
  return true;
}

/* ---- the whole ----------------------------------------------------------------------------------------------------- */

/* Rows do not depend on how a stream is read, so its place is enough. */
static bool drive_state(Drive *d, State *s, int64_t k) {
  int64_t row = d->stream->at - d->n_rows + d->next;
  if (!state_enter(s, "drive", k, NULL) || !state_i64(s, "row", &row) || !state_check(s, "row", row, 0, INT64_MAX / 2) ||
      !state_array(s, "target", d->target) || !state_memory(s, "block", 8 * STREAM_BLOCK * d->stream->n_channels))
    return false;
  if (s->mode == STATE_READ) {
    d->n_rows = d->next = 0;
    if (!stream_seek(d->stream, row))
      return state_fail(s, "%s", d->stream->error.text);
  }
  state_leave(s);
  return true;
}

bool population_state(Population *p, State *s) {
  if (!state_same_i64(s, "n", p->n) || !state_same_i64(s, "clock", p->clock) || !state_same_i64(s, "object", p->object) ||
      !kernels_state(p->kernels, s) || !state_array(s, "t_last", p->t_last) || !ring_state(p, s, 0))
    return false;
  for (int k = 1; k <= p->n_events; k++)
    if (!ring_state(p, s, k))
      return false;
  if (!window_state(p, s))
    return false;
  if (p->poisson != NULL && (!state_array(s, "rates", p->rates) || !poisson_state(p->poisson, s)))
    return false;
  if (s->mode == STATE_READ && p->rates != NULL)
    p->rates_seen = p->rates->buffer->version - 1; /* they may have been written after the last step */
  if (p->list != NULL && !spike_list_state(p->list, s))
    return false;
  for (int k = 0; k < p->n_drives; k++)
    if (!drive_state(&p->drives[k], s, k + 1))
      return false;
  return state_i64(s, "n_spikes_total", &p->n_spikes_total) && state_i64(s, "n_spikes_paid", &p->n_spikes_paid) &&
         state_memory(s, "found", 4 * p->n);
}
