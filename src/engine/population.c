#include "engine/population.h"

#include <math.h>
#include <string.h>

#include "base/debug.h"
#include "base/memory.h"
#include "engine/bound_check.h"
#include "engine/cells.h"
#include "engine/clock.h"

Population *population_new(int64_t n, int clock, uint32_t object, Error *e) {
  if (n < 0 || n > POPULATION_MOST) {
    error_set(e, "a population has between 0 and %d neurons, got %lld", (int)POPULATION_MOST, (long long)n);
    return NULL;
  }
  Population *p = memory_new(sizeof *p);
  if (p == NULL) {
    error_memory(e, "population", sizeof *p);
    return NULL;
  }
  p->n = p->own_last = n;
  p->clock = clock;
  p->object = object;
  p->found = memory_new(sizeof *p->found * (size_t)n);
  if (p->found == NULL || !population_keep_steps(p, 2, e)) {
    if (p->found == NULL)
      error_memory(e, "spike list of a population", 4.0 * (double)n);
    population_free(p);
    return NULL;
  }
  return p;
}

static void free_drive(Drive *d) {
  stream_release(d->stream);
  array_release(d->target);
  memory_free(d->name);
  memory_free(d->block);
}

void population_free(Population *p) {
  if (p == NULL)
    return;
  kernels_free(p->kernels);
  for (int k = 0; k < p->n_events; k++) {
    memory_free(p->events[k].name);
    ring_free(p->events[k].ring, p->depth);
  }
  memory_free(p->events);
  poisson_free(p->poisson);
  array_release(p->rates);
  memory_free(p->rates_name);
  spike_list_free(p->list);
  ring_free(p->ring, p->depth);
  memory_free(p->found);
  memory_free(p->taken);
  array_release(p->t_last);
  array_release(p->rate);
  memory_free(p->window_counts);
  memory_free(p->window_spikes);
  memory_free(p->window_total);
  for (int k = 0; k < p->n_drives; k++)
    free_drive(&p->drives[k]);
  memory_free(p->drives);
  memory_free(p);
}

static int64_t depth_for(int64_t n_steps) {
  int64_t depth = 2;
  while (depth < n_steps + 1)
    depth *= 2;
  return depth;
}

bool population_keep_steps(Population *p, int64_t n_steps, Error *e) {
  if (!population_make_room(p, n_steps, e))
    return false;
  p->kept = depth_for(n_steps) > p->kept ? depth_for(n_steps) : p->kept;
  return true;
}

bool population_make_room(Population *p, int64_t n_steps, Error *e) {
  const int64_t depth = depth_for(n_steps);
  if (p->ring != NULL && depth <= p->depth)
    return true;
  const size_t n_rings = (size_t)p->n_events + 1;
  Spikes **made = memory_new(sizeof *made * n_rings);
  bool ok = made != NULL || error_memory(e, "spike history", (double)(sizeof *made * n_rings));
  for (size_t k = 0; ok && k < n_rings; k++)
    ok = (made[k] = ring_new(depth, e)) != NULL;
  for (size_t k = 0; made != NULL && k < n_rings; k++) { /* all or none: rings have one depth */
    Spikes **ring = k == 0 ? &p->ring : &p->events[k - 1].ring;
    if (!ok) {
      ring_free(made[k], made[k] != NULL ? depth : 0);
      continue;
    }
    ring_move(made[k], depth, *ring, p->depth);
    *ring = made[k];
  }
  memory_free(made);
  if (ok)
    p->depth = depth;
  return ok;
}

void population_forget_spikes(Population *p) {
  ring_forget(p->ring, p->depth);
  for (int k = 0; k < p->n_events; k++)
    ring_forget(p->events[k].ring, p->depth);
  if (p->t_last != NULL)
    array_fill(p->t_last, POPULATION_NO_SPIKE);
  if (p->n_window > 0) {
    memset(p->window_counts, 0, sizeof *p->window_counts * (size_t)p->n_window);
    memset(p->window_total, 0, sizeof *p->window_total * (size_t)p->n);
    p->window_position = p->window_head = p->window_size = 0;
    array_fill(p->rate, 0);
  }
}

static char *copy_text(const char *text, Error *e) {
  char *copy = memory_new(strlen(text) + 1);
  if (copy == NULL)
    error_memory(e, "a name", (double)strlen(text));
  else
    strcpy(copy, text);
  return copy;
}

bool population_add_event(Population *p, const char *name, Error *e) {
  for (int k = 0; k < p->n_events; k++)
    if (strcmp(p->events[k].name, name) == 0)
      return true;
  EventKind *events = memory_grow(p->events, sizeof *events * (size_t)p->n_events, sizeof *events * (size_t)(p->n_events + 1));
  if (events == NULL)
    return error_memory(e, "events of a population", sizeof *events);
  p->events = events;
  EventKind made = { .name = copy_text(name, e) };
  if (made.name == NULL || (made.ring = ring_new(p->depth, e)) == NULL) {
    memory_free(made.name);
    return false;
  }
  events[p->n_events++] = made;
  return true;
}

bool population_prepare(Population *p, Workers *w, Error *e) {
  if (!kernels_reserve(p->kernels, w, 0, e))
    return false;
  kernels_prepare(p->kernels, w);
  p->goes_in_parts = false;
  for (int k = 0; k < p->kernels[ROLE_UPDATE].n; k++)
    p->goes_in_parts |= program_again(p->kernels[ROLE_UPDATE].items[k]->program) != NULL;
  p->n_cells = cells_count(&p->kernels[ROLE_UPDATE], p->n);
  return true;
}

bool population_count_rate(Population *p, Array *rate, double window, double dt, Error *e) {
  int64_t n_window = clock_steps(dt, window, CLOCK_SPAN);
  if (n_window < 1 || array_count(rate) != p->n)
    return error_set(e, "a rate wants a window of at least one step and a number for each of %lld neurons", (long long)p->n);
  int32_t *counts = memory_new(sizeof *counts * (size_t)n_window), *total = memory_new(sizeof *total * (size_t)p->n);
  if (counts == NULL || total == NULL) {
    memory_free(counts);
    memory_free(total);
    return error_memory(e, "rate window", 4.0 * (double)(n_window + p->n));
  }
  memory_free(p->window_counts);
  memory_free(p->window_total);
  array_release(p->rate);
  p->window_counts = counts;
  p->window_total = total;
  p->rate = array_retain(rate);
  p->window = window;
  p->n_window = n_window;
  p->window_position = p->window_head = p->window_size = 0;
  array_fill(rate, 0);
  return true;
}

bool population_take_values(Population *p, SpikeValues *v, Error *e) {
  SpikeValues **taken = memory_grow(p->taken, sizeof *taken * (size_t)p->n_taken, sizeof *taken * (size_t)(p->n_taken + 1));
  if (taken == NULL)
    return error_memory(e, "values at spikes", sizeof *taken);
  p->taken = taken;
  p->taken[p->n_taken++] = v;
  return true;
}

void population_leave_values(Population *p, const SpikeValues *v) {
  int kept = 0;
  for (int k = 0; k < p->n_taken; k++)
    if (p->taken[k] != v)
      p->taken[kept++] = p->taken[k];
  p->n_taken = kept;
}

bool population_add_drive(Population *p, Stream *stream, Array *target, const char *name, double dt, Error *e) {
  if (!stream_fits_clock(stream, dt))
    return error_set(e, "%s: a stream of %g Hz has no row for each step of %g ms", name, stream->rate, dt);
  if (stream->n_channels != 1 && stream->n_channels != array_count(target))
    return error_set(e, "%s: a stream of %lld channels cannot set %lld elements", name, (long long)stream->n_channels,
                     (long long)array_count(target));
  Drive *drives = memory_grow(p->drives, sizeof *drives * (size_t)p->n_drives, sizeof *drives * (size_t)(p->n_drives + 1));
  if (drives == NULL)
    return error_memory(e, "drive", sizeof *drives);
  p->drives = drives;
  char *copy = copy_text(name, e);
  if (copy == NULL)
    return false;
  double *block = memory_new(sizeof *block * STREAM_BLOCK * (size_t)stream->n_channels);
  if (block == NULL) {
    memory_free(copy);
    return error_memory(e, "block of a drive", 8.0 * STREAM_BLOCK * (double)stream->n_channels);
  }
  drives[p->n_drives++] = (Drive){ .stream = stream_retain(stream), .target = array_retain(target), .name = copy, .block = block };
  return true;
}

void population_move_drives(Population *p, const Array *before, Array *after) {
  for (int k = 0; k < p->n_drives; k++)
    if (p->drives[k].target == before) {
      p->drives[k].target = array_retain(after);
      array_release((Array *)before);
    }
}

void population_remove_drive(Population *p, const Array *target) {
  int kept = 0;
  for (int k = 0; k < p->n_drives; k++)
    if (p->drives[k].target->buffer == target->buffer)
      free_drive(&p->drives[k]);
    else
      p->drives[kept++] = p->drives[k];
  p->n_drives = kept;
}

bool population_is_driven(const Population *p, const Array *a) {
  for (int k = 0; k < p->n_drives; k++)
    if (p->drives[k].target->buffer == a->buffer)
      return true;
  return false;
}

bool population_set_rates(Population *p, Array *rates, const char *name, double dt, uint64_t seed, Error *e) {
  if (p->poisson == NULL && (p->poisson = poisson_new(p->n, dt, seed, p->object, POISSON_AUTO, e)) == NULL)
    return false;
  if (p->rates_name == NULL && (p->rates_name = copy_text(name, e)) == NULL)
    return false;
  array_retain(rates);
  array_release(p->rates);
  p->rates = rates;
  p->rates_seen = rates->buffer->version - 1;
  return true;
}

/* What most steps of small networks do not need stays out of the way of what they do. */
#define RARELY __attribute__((noinline, cold))

static RARELY bool refuse_row(const Drive *d, const double *row, Error *e) {
  int64_t c = 0;
  while (row[c] - row[c] == 0)
    c++;
  return error_set(e, "%s: its drive gives %s in channel %lld", d->name, isnan(row[c]) ? "no number (NaN)" : "an infinite number",
                   (long long)c + 1);
}

static RARELY bool pull_drive(Drive *d, Error *e) {
  if (d->next == d->n_rows) {
    d->n_rows = stream_read(d->stream, d->block, STREAM_BLOCK);
    d->next = 0;
    if (d->n_rows < 0) {
      d->n_rows = 0;
      return error_set(e, "%s", d->stream->error.text);
    }
  }
  int64_t n = array_count(d->target), n_channels = d->stream->n_channels;
  const double *row = d->block + d->next++ * n_channels;
  double bad = 0; /* 0 * NaN and 0 * inf are NaN */
  for (int64_t c = 0; c < n_channels; c++)
    bad += 0 * row[c];
  if (bad != 0)
    return refuse_row(d, row, e);
  if (n_channels == 1)
    array_fill(d->target, row[0]);
  else if (d->target->type == ARRAY_F64)
    memcpy(d->target->at, row, sizeof *row * (size_t)n);
  else
    for (int64_t i = 0; i < n; i++)
      ((float *)d->target->at)[i] = (float)row[i];
  array_touch(d->target);
  return true;
}

bool population_pull_drives(Population *p, Error *e) {
  bool is_good = true;
  for (int k = 0; k < p->n_drives; k++) /* also behind one that failed: all stay in step */
    is_good = pull_drive(&p->drives[k], is_good ? e : NULL) && is_good;
  return is_good;
}

/* Small populations write into the ring at once; large ones would waste memory in it and are copied. */
enum { WHOLE_SLOTS = 1 << 16 };

static RARELY void give_whole_slot(const Population *p, Spikes *s) {
  if (p->n * p->depth <= WHOLE_SLOTS && (s->neuron = memory_new(sizeof *s->neuron * (size_t)p->n)) != NULL)
    s->capacity = p->n;
}

static inline Spikes *open_slot(Population *p, int64_t step) {
  Spikes *s = &p->ring[step & (p->depth - 1)];
  s->step = step;
  s->n = 0;
  s->has_repeats = false;
  if (__builtin_expect(s->capacity == 0, 0))
    give_whole_slot(p, s);
  return s;
}

/* Copy this step's spikes into the ring. */
static __attribute__((noinline)) bool keep_spikes(Spikes *s, const Population *p, const int32_t *found, int64_t n, Error *e) {
  if (!ring_reserve(s, p->n, n, e))
    return false;
  memcpy(s->neuron, found, sizeof *found * (size_t)n);
  return true;
}

static void set_rate(Population *p, int32_t neuron) {
  double rate = p->window_total[neuron] * (1000.0 / p->window);
  if (p->rate->type == ARRAY_F64)
    ((double *)p->rate->at)[neuron] = rate;
  else
    ((float *)p->rate->at)[neuron] = (float)rate;
}

static RARELY bool grow_window(Population *p, int64_t n_more, Error *e) {
  int64_t capacity = memory_larger(p->window_capacity, p->window_size + n_more);
  int32_t *queue = memory_new(sizeof *queue * (size_t)capacity);
  if (queue == NULL)
    return error_memory(e, "rate window", 4.0 * (double)capacity);
  for (int64_t k = 0; k < p->window_size; k++)
    queue[k] = p->window_spikes[(p->window_head + k) % p->window_capacity];
  memory_free(p->window_spikes);
  p->window_spikes = queue;
  p->window_capacity = capacity;
  p->window_head = 0;
  return true;
}

/* What leaves the window is subtracted, what came is added. */
static __attribute__((noinline)) bool count_spikes(Population *p, int32_t leaving, const Spikes *s, Error *e) {
  for (; leaving > 0; leaving--) {
    int32_t neuron = p->window_spikes[p->window_head];
    if (++p->window_head == p->window_capacity)
      p->window_head = 0;
    p->window_size--;
    p->window_total[neuron]--;
    set_rate(p, neuron);
  }
  if (p->window_size + s->n > p->window_capacity && !grow_window(p, s->n, e))
    return false;
  for (int64_t k = 0; k < s->n; k++) {
    int64_t tail = p->window_head + p->window_size++;
    p->window_spikes[tail >= p->window_capacity ? tail - p->window_capacity : tail] = s->neuron[k];
    p->window_total[s->neuron[k]]++;
    set_rate(p, s->neuron[k]);
  }
  return true;
}

/* Slide the window by one step. The work is that of the spikes. */
static inline bool slide_window(Population *p, const Spikes *s, Error *e) {
  int32_t *count = &p->window_counts[p->window_position], leaving = *count;
  *count = (int32_t)s->n;
  if (++p->window_position == p->n_window)
    p->window_position = 0;
  return (leaving == 0 && s->n == 0) || count_spikes(p, leaving, s, e);
}

static bool take_values_of(SpikeValues *v, const int32_t *neuron, int64_t n, int64_t step, Error *e) {
  const size_t size = array_type_size(v->source->type);
  if (!memory_reserve(&v->values, 0, n, &v->capacity, size))
    return error_memory(e, "values at spikes", (double)size * (double)n);
  const bool is_one = array_count(v->source) == 1;
  const char *from = v->source->at;
  for (int64_t k = 0; k < n; k++)
    memcpy((char *)v->values + size * (size_t)k, from + (is_one ? 0 : size * (size_t)neuron[k]), size);
  v->n = n;
  v->step = step;
  return true;
}

/* What recorders want to know of the neurons that spike, while it is as the spike found it. */
static RARELY bool take_values(Population *p, Workers *w, const Spikes *s, int64_t n, double t, int64_t step, int event, Error *e) {
  bool is_good = true;
  for (int k = 0; p->n_taken > 0 && k < p->kernels[ROLE_LOOK].n; k++)
    bound_run(p->kernels[ROLE_LOOK].items[k], w, t, step);
  for (int k = 0; k < p->n_taken; k++)
    if (p->taken[k]->event == event)
      is_good = take_values_of(p->taken[k], s->neuron, n, step, is_good ? e : NULL) && is_good;
  return is_good;
}

static inline __attribute__((always_inline)) void run_reset(const BoundList *resets, Workers *w, const Spikes *s, int64_t n, double t,
                                                            int64_t step) {
  for (int k = 0; k < resets->n; k++)
    bound_events_step(resets->items[k], w, s->neuron, n, NULL, NULL, t, step);
}

/* Events beside spikes: all are found, and values taken, before a spike or an event changes anything. */
static RARELY bool find_events(Population *p, Workers *w, double t, int64_t step, Error *e) {
  bool is_good = true;
  for (int event = 1; event <= p->n_events; event++) {
    Spikes *s = &p->events[event - 1].ring[step & (p->depth - 1)];
    s->step = step;
    s->n = 0;
    int64_t n = 0;
    for (int k = 0; k < p->kernels[ROLE_EVENT].n; k++)
      if (p->kernels[ROLE_EVENT].items[k]->tag == event)
        n += bound_each(p->kernels[ROLE_EVENT].items[k], w, t, step, p->found);
    ASSERT(spikes_are_sound(p->found, n, p->n, false));
    if (n == 0)
      continue;
    if (!keep_spikes(s, p, p->found, n, is_good ? e : NULL)) {
      is_good = false;
      continue;
    }
    s->n = n;
    is_good = take_values(p, w, s, n, t, step, event, is_good ? e : NULL) && is_good;
  }
  return is_good;
}

/* What they do to their neurons, kind by kind, behind the reset of spikes. */
static RARELY void run_effects(Population *p, Workers *w, double t, int64_t step) {
  const BoundList *effects = &p->kernels[ROLE_EFFECT];
  for (int k = 0; k < effects->n; k++) {
    const Spikes *s = population_events(p, effects->items[k]->tag, step);
    if (s->n > 0)
      bound_events_step(effects->items[k], w, s->neuron, s->n, NULL, NULL, t, step);
  }
}

/* Equations that are not due in every step, or run on several threads. */
static __attribute__((noinline)) int64_t run_update(BoundKernel *b, Workers *w, double t, double dt, int64_t step, int32_t *found) {
  if (!schedule_due(&b->schedule, step))
    return 0;
  int64_t n = bound_each(b, w, t, step, found);
  schedule_advance(&b->schedule, dt, step);
  return n;
}

static RARELY int64_t step_cells(Population *p, Workers *w, double t, int64_t step, int32_t *found) {
  const BoundCall call = { .t = t, .step = step, .spikes = found };
  return cells_step(&p->kernels[ROLE_UPDATE], w, &p->cells_cost, &call, p->n_cells, p->n / p->n_cells);
}

static inline int64_t find_spikes(Population *p, Workers *w, double t, double dt, int64_t step, int32_t *found) {
  if (p->poisson != NULL)
    return poisson_step(p->poisson, step, found);
  if (__builtin_expect(p->n_cells > 0, 0))
    return step_cells(p, w, t, step, found);
  const BoundList *update = &p->kernels[ROLE_UPDATE];
  int64_t n = 0;
  for (int k = 0; k < update->n; k++) {
    BoundKernel *b = update->items[k];
    if (__builtin_expect(!b->is_direct, 0)) {
      n += run_update(b, w, t, dt, step, found);
    } else {
      b->args.t = t;
      b->args.step = step;
      b->args.spikes = found;
      ASSERT(bound_fits(b));
      n += b->run(&b->args);
    }
  }
  return n;
}

/* Rates that were written since the last look. */
static RARELY bool follow_rates(Population *p, int64_t step, Error *e) {
  Error why;
  if (!poisson_follow(p->poisson, p->rates->at, p->rates->type, array_count(p->rates), step, &why))
    return error_set(e, "%s: %s", p->rates_name, why.text); /* looked at again in the next step: bad rates are never passed over */
  p->rates_seen = p->rates->buffer->version;
  return true;
}

/* Given spikes, straight from their list to the ring; -1 when memory is short. */
static RARELY int64_t take_given(Population *p, Spikes *s, int64_t step, Error *e) {
  const int32_t *given;
  int64_t n = spike_list_step(p->list, step, &given, e);
  if (n > 0 && !keep_spikes(s, p, given, n, e))
    return -1;
  for (int64_t k = 1; k < n; k++)
    s->has_repeats |= given[k] == given[k - 1];
  return n;
}

/* Before the equations; tells where the spikes go. */
static inline bool begin_step(Population *p, int64_t step, int32_t **spikes, Error *e) {
  if (p->rates != NULL && p->rates->buffer->version != p->rates_seen && !follow_rates(p, step, e))
    return false;
  Spikes *s = open_slot(p, step);
  *spikes = s->capacity >= p->n ? s->neuron : p->found;
  return true;
}

/* Equations that go through a step in parts have come to its end, for every neuron. */
static RARELY bool is_through(const Population *p, double t, Error *e) {
  const BoundList *update = &p->kernels[ROLE_UPDATE];
  for (int k = 0; k < update->n; k++)
    if (!bound_is_through(update->items[k], t, e))
      return false;
  return true;
}

static inline void set_last(const Population *p, const int32_t *spikes, int64_t n, double t) {
  if (p->t_last != NULL)
    for (int64_t k = 0; k < n; k++)
      ((double *)p->t_last->at)[spikes[k]] = t;
}

/* What spikes do to their neurons. */
static inline __attribute__((always_inline)) void act(Population *p, Workers *w, const Spikes *s, double t, int64_t step) {
  set_last(p, s->neuron, s->n, t);
  run_reset(&p->kernels[ROLE_RESET], w, s, s->n, t, step);
}

bool population_acts_in_parts(const Population *p) {
  bool does = p->n_events == 0 && p->n_taken == 0 && p->n_cells == 0;
  for (int k = 0; k < p->kernels[ROLE_RESET].n; k++) {
    const BoundKernel *b = p->kernels[ROLE_RESET].items[k];
    does = does && bound_can_cut(b) && b->is_cut == p->is_shared && b->n_reductions == 0;
  }
  return does;
}

void population_act(const Population *p, const Workers *w, double t, int64_t step, const int32_t *spikes, int64_t n) {
  const BoundCall call = { .t = t, .step = step, .list = spikes, .n_list = n };
  set_last(p, spikes, n, t);
  for (int k = 0; k < p->kernels[ROLE_RESET].n; k++)
    bound_run_cut(p->kernels[ROLE_RESET].items[k], w, &call, 0, p->n);
}

/* After them: `n` neurons have spiked. */
static inline __attribute__((always_inline)) bool end_step(Population *p, Workers *w, double t, int64_t step, int64_t n, bool have_acted,
                                                           Error *e) {
  Spikes *s = &p->ring[step & (p->depth - 1)];
  const bool is_whole = s->capacity >= p->n, is_given = p->list != NULL;
  ASSERT(n < 0 || spikes_are_sound(is_given || is_whole ? s->neuron : p->found, n, p->n, is_given));
  if (n < 0 || (n > 0 && !is_whole && !is_given && !keep_spikes(s, p, p->found, n, e)))
    return false;
  if (n > 0 && __builtin_expect(p->n_taken > 0, 0) && !take_values(p, w, s, n, t, step, 0, e))
    return false;
  if (__builtin_expect(p->n_events > 0, 0) && !find_events(p, w, t, step, e))
    return false;
  if (n > 0) {
    p->n_spikes_total += n;
    s->n = n;
    if (!have_acted)
      act(p, w, s, t, step);
  }
  if (__builtin_expect(p->n_events > 0, 0))
    run_effects(p, w, t, step);
  const bool is_counted = p->n_window == 0 || slide_window(p, s, e);
  return __builtin_expect(!p->goes_in_parts, 1) ? is_counted : is_counted && is_through(p, t, e);
}

/* This rank's neurons; the spikes of the others come later. */
static RARELY bool end_own_step(Population *p, Workers *w, double t, int64_t step, int64_t n, bool have_acted, Error *e) {
  Spikes *s = &p->ring[step & (p->depth - 1)];
  ASSERT(spikes_are_sound(s->capacity >= p->n ? s->neuron : p->found, n, p->n, false));
  if (p->n_untold++ == 0)
    p->untold = step;
  if (n > 0 && s->capacity < p->n && !keep_spikes(s, p, p->found, n, e))
    return false;
  s->n = n;
  if (n > 0 && !have_acted)
    act(p, w, s, t, step);
  return true;
}

bool population_hear(Population *p, double t, int64_t step, const int32_t *neuron, int64_t n, Error *e) {
  Spikes *s = &p->ring[step & (p->depth - 1)];
  ASSERT(s->step == step && spikes_are_sound(neuron, n, p->n, false));
  s->n = 0;
  if (n > 0 && !keep_spikes(s, p, neuron, n, e))
    return false;
  s->n = n;
  p->n_spikes_total += n;
  set_last(p, neuron, n, t);
  return p->n_window == 0 || slide_window(p, s, e);
}

bool population_step(Population *p, Workers *w, double t, double dt, int64_t step, Error *e) {
  int32_t *spikes;
  if (!begin_step(p, step, &spikes, e))
    return false;
  int64_t n = p->list != NULL ? take_given(p, &p->ring[step & (p->depth - 1)], step, e) : find_spikes(p, w, t, dt, step, spikes);
  return __builtin_expect(p->is_shared, 0) ? end_own_step(p, w, t, step, n, false, e) : end_step(p, w, t, step, n, false, e);
}

bool population_begin(Population *p, int64_t step, int32_t **spikes, Error *e) { return begin_step(p, step, spikes, e); }

bool population_end(Population *p, Workers *w, double t, int64_t step, int64_t n, bool have_acted, Error *e) {
  return p->is_shared ? end_own_step(p, w, t, step, n, have_acted, e) : end_step(p, w, t, step, n, have_acted, e);
}

int64_t population_fire(Population *p, int64_t step, int32_t *spikes) { return poisson_step(p->poisson, step, spikes); }
