#include "engine/spike_list.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct SpikeList {
  int64_t n;
  int64_t n_events;
  double *time;                 /* owned; [n_events] ascending, ms */
  int32_t *neuron;              /* owned; [n_events] ascending where times are equal */
  double dt, period;            /* ms; period 0: once */
  int64_t period_steps;         /* the period, where it is a whole number of steps; else 0 */
  int64_t quiet_from, quiet_to; /* no step from quiet_from to quiet_to - 1 has events: a hint alone */
  int32_t *found;               /* owned; the spikes of the step that was asked for */
  int64_t n_found, capacity;
};

SpikeList *spike_list_new(int64_t n, Error *e) {
  if (n < 0 || n > INT32_MAX) {
    error_set(e, "a spike list has between 0 and 2147483647 neurons, got %lld", (long long)n);
    return NULL;
  }
  SpikeList *s = memory_new(sizeof *s);
  if (s == NULL)
    error_memory(e, "a spike list", sizeof *s);
  else
    s->n = n;
  return s;
}

void spike_list_free(SpikeList *s) {
  if (s == NULL)
    return;
  memory_free(s->time);
  memory_free(s->neuron);
  memory_free(s->found);
  memory_free(s);
}

int64_t spike_list_count(const SpikeList *s) { return s->n_events; }

/* ---- setting the events -------------------------------------------------------------------------------------------- */

enum { MOST_IN_A_STEP = 100000000 };

typedef struct Event {
  uint64_t time; /* bits of the double: in the order of the numbers, since none is negative */
  uint32_t neuron;
} Event;

static inline uint64_t digit_of(const Event *v, int shift) { return shift < 64 ? v->time >> shift : v->neuron >> (shift - 64); }

/* By time, then by neuron. Least significant digit first, 11 bits a pass, the neuron's number before the time; a digit that all share needs no pass.
** Returns whichever of the two holds the result. */
static Event *sort_events(Event *from, Event *to, int64_t n) {
  enum { DIGIT = 11, SIZE = 1 << DIGIT };
  static const int SHIFTS[] = { 64, 75, 86, 0, 11, 22, 33, 44, 55 };
  for (size_t pass = 0; pass < sizeof SHIFTS / sizeof *SHIFTS; pass++) {
    int shift = SHIFTS[pass];
    int64_t at[SIZE + 1] = { 0 };
    for (int64_t k = 0; k < n; k++)
      at[(digit_of(&from[k], shift) & (SIZE - 1)) + 1]++;
    if (at[(digit_of(&from[0], shift) & (SIZE - 1)) + 1] == n)
      continue;
    for (int d = 0; d < SIZE; d++)
      at[d + 1] += at[d];
    for (int64_t k = 0; k < n; k++)
      to[at[digit_of(&from[k], shift) & (SIZE - 1)]++] = from[k];
    Event *swap = from;
    from = to;
    to = swap;
  }
  return from;
}

static bool check_event(const SpikeList *s, int64_t k, int32_t neuron, double time, double dt, double period, Error *e) {
  if (neuron < 0 || neuron >= s->n)
    return error_set(e, "event %lld: there is no neuron %lld, the source has %lld", (long long)k + 1, (long long)neuron + 1,
                     (long long)s->n);
  if (!(time >= 0))
    return error_set(e, "event %lld: a spike time must be >= 0, got %g", (long long)k + 1, time);
  if (!(time / dt < 0x1p53))
    return error_set(e, "event %lld: the spike time %g ms is too far away", (long long)k + 1, time);
  if (period > 0 && time >= period)
    return error_set(e, "event %lld: the spike time %g ms does not lie within the period of %g ms", (long long)k + 1, time, period);
  return true;
}

static bool check_period(double period, double dt, int64_t n_events, Error *e) {
  if (!(dt > 0) || !isfinite(dt))
    return error_set(e, "a spike list needs a time step above 0, got %g", dt);
  if (!(period >= 0) || !(period / dt < 0x1p53))
    return error_set(e, "a period must be 0 (none) or a time in ms, got %g", period);
  if (period > 0 && !((double)n_events * (dt / period) <= MOST_IN_A_STEP))
    return error_set(e, "a period of %g ms would give more than %d spikes in a step of %g ms", period, (int)MOST_IN_A_STEP, dt);
  return true;
}

/* Events in order, in memory of their own; NULL with an error. */
static Event *take_events(const SpikeList *s, const int32_t *neuron, const double *time, int64_t n, double dt, double period, Error *e) {
  Event *events = memory_new((size_t)n * sizeof *events), *other = memory_new((size_t)n * sizeof *other);
  bool is_good = events != NULL && other != NULL, is_sorted = true;
  if (!is_good)
    error_memory(e, "sorting a spike list", 2.0 * (double)n * sizeof *events);
  for (int64_t k = 0; k < n && is_good; k++) {
    is_good = check_event(s, k, neuron[k], time[k], dt, period, e);
    double plain = time[k] + 0.0; /* no -0, whose bits are out of order */
    memcpy(&events[k].time, &plain, sizeof plain);
    events[k].neuron = (uint32_t)neuron[k];
    is_sorted = is_sorted && (k == 0 || events[k].time > events[k - 1].time ||
                              (events[k].time == events[k - 1].time && events[k].neuron >= events[k - 1].neuron));
  }
  Event *sorted = is_good && !is_sorted ? sort_events(events, other, n) : events;
  memory_free(sorted == events ? other : events);
  if (is_good)
    return sorted;
  memory_free(events);
  return NULL;
}

static void set_period(SpikeList *s, double period, double dt) {
  double steps = rint(period / dt);
  s->dt = dt;
  s->period = period;
  s->period_steps = fabs(period / dt - steps) <= 1e-9 * steps ? (int64_t)steps : 0;
  s->quiet_from = s->quiet_to = 0;
}

bool spike_list_set(SpikeList *s, const int32_t *neuron, const double *time, int64_t n_events, double dt, double period, Error *e) {
  if (!check_period(period, dt, n_events, e))
    return false;
  Event *events = take_events(s, neuron, time, n_events, dt, period, e);
  double *times = memory_new((size_t)n_events * sizeof *times);
  int32_t *neurons = memory_new((size_t)n_events * sizeof *neurons);
  if (events == NULL || times == NULL || neurons == NULL) {
    if (events != NULL)
      error_memory(e, "a spike list", 12.0 * (double)n_events);
    memory_free(events);
    memory_free(times);
    memory_free(neurons);
    return false;
  }
  for (int64_t k = 0; k < n_events; k++) {
    memcpy(&times[k], &events[k].time, sizeof *times);
    neurons[k] = (int32_t)events[k].neuron;
  }
  memory_free(events);
  memory_free(s->time);
  memory_free(s->neuron);
  s->time = times;
  s->neuron = neurons;
  s->n_events = n_events;
  set_period(s, period, dt);
  return true;
}

/* ---- the events of a step ------------------------------------------------------------------------------------------ */

/* The step of event k in a cycle of the period: the nearest. Cycles of whole steps are all alike. */
static double step_of(const SpikeList *s, int64_t cycle, int64_t k) {
  if (s->period_steps > 0)
    return rint(s->time[k] / s->dt) + (double)cycle * (double)s->period_steps;
  return rint((s->time[k] + (double)cycle * s->period) / s->dt);
}

/* The first event of a cycle whose step is not below `step`. */
static int64_t find_event(const SpikeList *s, int64_t cycle, double step) {
  int64_t low = 0, high = s->n_events;
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    if (step_of(s, cycle, middle) < step)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static bool add_found(SpikeList *s, const int32_t *neurons, int64_t n, Error *e) {
  if (s->n_found + n > s->capacity) {
    int64_t capacity = 2 * (s->n_found + n) + 16;
    int32_t *grown = memory_grow(s->found, sizeof *grown * (size_t)s->n_found, sizeof *grown * (size_t)capacity);
    if (grown == NULL)
      return error_memory(e, "spikes of a step", 4.0 * (double)capacity);
    s->found = grown;
    s->capacity = capacity;
  }
  memcpy(s->found + s->n_found, neurons, sizeof *neurons * (size_t)n);
  s->n_found += n;
  return true;
}

static int by_number(const void *a, const void *b) {
  int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
  return (x > y) - (x < y);
}

static void sort_found(SpikeList *s) {
  for (int64_t k = 1; k < s->n_found; k++)
    if (s->found[k] < s->found[k - 1]) { /* events of different times fell together */
      qsort(s->found, (size_t)s->n_found, sizeof *s->found, by_number);
      return;
    }
}

/* Collect the events of a step from one cycle; the result is the step of the cycle's next event, or INFINITY. */
static double collect(SpikeList *s, int64_t cycle, double step, bool *is_good, Error *e) {
  int64_t from = find_event(s, cycle, step), to = from;
  while (to < s->n_events && step_of(s, cycle, to) == step) /* exact: both are whole numbers */
    to++;
  if (to > from && *is_good)
    *is_good = add_found(s, s->neuron + from, to - from, e);
  return to < s->n_events ? step_of(s, cycle, to) : INFINITY;
}

int64_t spike_list_step(SpikeList *s, int64_t step, const int32_t **neurons, Error *e) {
  s->n_found = 0;
  *neurons = s->found;
  if (s->n_events == 0 || step < 0 || (step >= s->quiet_from && step < s->quiet_to))
    return 0;
  int64_t first = 0, last = 0;
  if (s->period > 0) { /* cycles that reach into this step, and one more on both sides against rounding; the last shows what comes next */
    double at = (double)step * (s->dt / s->period), reach = s->dt / s->period;
    first = (int64_t)fmax(floor(at - reach) - 1, 0);
    last = (int64_t)floor(at + reach) + 2;
  }
  bool is_good = true;
  double next = INFINITY;
  for (int64_t cycle = first; cycle <= last; cycle++)
    next = fmin(next, collect(s, cycle, (double)step, &is_good, e));
  s->quiet_from = is_good ? step + 1 : 0;
  s->quiet_to = !is_good ? 0 : next < 0x1p62 ? (int64_t)next : INT64_MAX;
  if (!is_good)
    return -1;
  sort_found(s);
  *neurons = s->found;
  return s->n_found;
}

/* ---- state --------------------------------------------------------------------------------------------------------- */

static bool check_events(const SpikeList *s, int64_t n_neurons, State *state) {
  if (n_neurons != s->n_events)
    return state_fail(state, "%lld neurons at %lld times", (long long)n_neurons, (long long)s->n_events);
  if (s->n_events > 0 && !check_period(s->period, s->dt, s->n_events, state->error))
    return false;
  for (int64_t k = 0; k < s->n_events; k++) {
    if (!check_event(s, k, s->neuron[k], s->time[k], s->dt, s->period, state->error))
      return false;
    bool ascends = k == 0 || s->time[k] > s->time[k - 1] || (s->time[k] == s->time[k - 1] && s->neuron[k] >= s->neuron[k - 1]);
    if (!ascends)
      return state_fail(state, "event %lld comes before the one that it follows", (long long)k + 1);
  }
  return true;
}

bool spike_list_state(SpikeList *s, State *state) {
  int64_t room = s->n_events, n_neurons = room, room_neurons = room;
  if (!state_enter(state, "list", 0, NULL) || !state_grown(state, "time", ARRAY_F64, (void **)&s->time, &s->n_events, &room) ||
      !state_grown(state, "neuron", ARRAY_I32, (void **)&s->neuron, &n_neurons, &room_neurons) || !state_f64(state, "dt", &s->dt) ||
      !state_f64(state, "period", &s->period) || !state_memory(state, "found", 4 * s->capacity))
    return false;
  if (state->mode == STATE_READ) {
    bool is_sound = check_events(s, n_neurons, state);
    if (!is_sound) { /* nobody may follow what was read */
      s->n_events = 0;
      return false;
    }
    if (s->n_events > 0)
      set_period(s, s->period, s->dt);
  }
  state_leave(state);
  return true;
}
