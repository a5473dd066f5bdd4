#include "engine/record.h"

#include <math.h>
#include <string.h>

#include "base/array_block.h"
#include "base/bitmap.h"
#include "base/clones.h"
#include "base/memory.h"
#include "base/shares.h"
#include "engine/clock.h"

static bool reserve(void *items, int64_t used, int64_t wanted, int64_t *capacity, size_t size, const char *what, Error *e) {
  return memory_reserve(items, used, wanted, capacity, size) ||
         error_memory(e, what, (double)size * (double)memory_larger(*capacity, wanted));
}

Recorder *recorder_new(Array *source, const int64_t *places, int64_t n_places, int clock, Schedule schedule, Error *e) {
  for (int64_t k = 0; places != NULL && k < n_places; k++)
    if (places[k] < 0 || places[k] >= array_count(source)) {
      error_set(e, "there is no element %lld to record, there are %lld", (long long)places[k] + 1, (long long)array_count(source));
      return NULL;
    }
  Recorder *r = memory_new(sizeof *r);
  if (r == NULL) {
    error_memory(e, "recorder", sizeof *r);
    return NULL;
  }
  r->clock = clock;
  r->source = array_retain(source);
  r->schedule = schedule;
  r->active.now = r->active.before = true;
  r->n_columns = places == NULL ? array_count(source) : n_places;
  if (places != NULL) {
    r->places = memory_new(sizeof *places * (size_t)n_places);
    if (r->places == NULL) {
      error_memory(e, "recorder", 8.0 * (double)n_places);
      recorder_free(r);
      return NULL;
    }
    memcpy(r->places, places, sizeof *places * (size_t)n_places);
  }
  return r;
}

void recorder_free(Recorder *r) {
  if (r == NULL)
    return;
  array_release(r->source);
  memory_free(r->places);
  memory_free(r->rows);
  memory_free(r->times);
  memory_free(r);
}

void recorder_clear(Recorder *r) { r->n_rows = r->n_taken = 0; }

void recorder_taken(Recorder *r) {
  r->n_taken += r->n_rows;
  r->n_rows = 0;
}

static bool hand_over(const RecordSink *s, int64_t n, Error *e) { return s->take == NULL || n < s->block || s->take(s->context, e); }

/* It is what it was last. */
static void switch_restart(RecordSwitch *w, int64_t step) {
  w->before = w->now;
  w->since = step;
}

void recorder_restart(Recorder *r, double dt, int64_t step, bool keeps) {
  schedule_restart(&r->schedule, dt, step);
  switch_restart(&r->active, step);
  if (!keeps)
    recorder_clear(r);
}

int64_t recorder_bytes(const Recorder *r) {
  int64_t row = (int64_t)array_type_size(r->source->type) * r->n_columns + (int64_t)sizeof *r->times;
  return r->capacity * row + (r->places != NULL ? (int64_t)sizeof *r->places * r->n_columns : 0);
}

/* to[k] = from[index[k]]; where there is none, NaN (0 among whole numbers). */
static void copy_elements(ArrayType type, char *to, const char *from, const int64_t *index, int64_t n) {
  size_t size = array_type_size(type);
  if (type == ARRAY_F64)
    for (int64_t k = 0; k < n; k++)
      ((double *)to)[k] = index[k] < 0 ? NAN : ((const double *)from)[index[k]];
  else if (type == ARRAY_F32)
    for (int64_t k = 0; k < n; k++)
      ((float *)to)[k] = index[k] < 0 ? NAN : ((const float *)from)[index[k]];
  else
    for (int64_t k = 0; k < n; k++)
      if (index[k] < 0)
        memset(to + size * (size_t)k, 0, size);
      else
        memcpy(to + size * (size_t)k, from + size * (size_t)index[k], size);
}

bool recorder_follow(Recorder *r, Array *source, const int64_t *places, const int64_t *from, int64_t n, Error *e) {
  size_t size = array_type_size(source->type), row = size * (size_t)n, old_row = size * (size_t)r->n_columns;
  if (source->type != r->source->type)
    return error_set(e, "the recorded variable has become another type");
  int64_t *copy = memory_new(sizeof *copy * (size_t)n);
  bool stays = n == r->n_columns;
  for (int64_t k = 0; k < n && stays; k++)
    stays = from[k] == k;
  if (stays && copy != NULL) {
    memcpy(copy, places, sizeof *copy * (size_t)n);
    array_retain(source);
    array_release(r->source);
    memory_free(r->places);
    r->source = source;
    r->places = copy;
    return true;
  }
  char *rows = memory_new(row * (size_t)r->n_rows);
  if (copy == NULL || rows == NULL) {
    memory_free(copy);
    memory_free(rows);
    return error_memory(e, "recording", (double)row * (double)r->n_rows);
  }
  memcpy(copy, places, sizeof *copy * (size_t)n);
  for (int64_t k = 0; k < r->n_rows; k++)
    copy_elements(source->type, rows + row * (size_t)k, r->rows + old_row * (size_t)k, from, n);
  array_retain(source);
  array_release(r->source);
  memory_free(r->places);
  memory_free(r->rows);
  r->source = source;
  r->places = copy;
  r->rows = rows;
  r->n_columns = n;
  r->capacity = r->n_rows; /* times have at least as much */
  return true;
}

bool recorder_widen(Recorder *r, Array *source, Error *e) {
  int64_t n = array_count(source);
  size_t size = array_type_size(source->type);
  if (r->places != NULL || (n != r->n_columns && r->n_columns != 1))
    return error_set(e, "%lld recorded columns do not fit %lld elements", (long long)r->n_columns, (long long)n);
  if (r->n_taken > 0 && (n != r->n_columns || source->type != r->source->type))
    return error_set(e, "earlier rows are of another form");
  if (n != r->n_columns || source->type != r->source->type) {
    char *rows = memory_new(size * (size_t)n * (size_t)r->capacity);
    if (rows == NULL)
      return error_memory(e, "recording", (double)size * (double)n * (double)r->capacity);
    Array *to = array_new(source->type, r->n_rows, n), *from = recorder_rows(r);
    bool ok = to != NULL && from != NULL;
    for (int64_t k = 0; ok && k < r->n_rows; k++)
      for (int64_t i = 0; i < n; i++)
        array_set(to, k * n + i, array_get(from, k * r->n_columns + (r->n_columns == 1 ? 0 : i)));
    if (ok && r->n_rows > 0)
      memcpy(rows, to->at, size * (size_t)(r->n_rows * n));
    array_release(to);
    array_release(from);
    if (!ok) {
      memory_free(rows);
      return error_memory(e, "recording", (double)size * (double)n * (double)r->n_rows);
    }
    memory_free(r->rows);
    r->rows = rows;
    r->n_columns = n;
  }
  array_retain(source);
  array_release(r->source);
  r->source = source;
  return true;
}

bool recorder_take(Recorder *r, double t, Error *e) {
  array_settle(r->source);
  size_t size = array_type_size(r->source->type), row = size * (size_t)r->n_columns;
  bool is_taken = hand_over(&r->sink, r->n_rows, e);
  if (r->n_rows == r->capacity) {
    int64_t capacity = r->capacity;
    if (!reserve(&r->rows, r->n_rows, r->n_rows + 1, &capacity, row, "recording", e))
      return false;
    capacity = r->capacity;
    if (!reserve(&r->times, r->n_rows, r->n_rows + 1, &capacity, sizeof *r->times, "recording", e))
      return false;
    r->capacity = capacity;
  }
  char *to = r->rows + row * (size_t)r->n_rows;
  const char *from = r->source->at;
  if (r->places == NULL)
    memcpy(to, from, row);
  else
    copy_elements(r->source->type, to, from, r->places, r->n_columns);
  r->times[r->n_rows++] = t;
  return is_taken;
}

static Array *copy_out(ArrayType type, int64_t n_taken, int64_t n_rows, int64_t n_columns, const void *data) {
  Array like = { .n_axes = n_columns == 0 ? 1 : 2, .shape = { n_taken + n_rows, n_columns } }, *a = array_new_raw(&like, type);
  size_t row = array_type_size(type) * (size_t)(n_columns > 0 ? n_columns : 1);
  if (a != NULL)
    memset(a->at, 0, row * (size_t)n_taken); /* whoever has these rows puts them there */
  if (a != NULL && n_rows > 0 && row > 0)
    memcpy((char *)a->at + row * (size_t)n_taken, data, row * (size_t)n_rows);
  return a;
}

Array *recorder_rows(const Recorder *r) { return copy_out(r->source->type, r->n_taken, r->n_rows, r->n_columns, r->rows); }

#define ADD_SQUARES(name, T)                                                                                                               \
  CLONES static void name(double *restrict sum, const T *restrict x, double target, double weight, int64_t n) {                            \
    ARRAY_SIMD for (int64_t k = 0; k < n; k++) sum[k] += ((double)x[k] - target) * ((double)x[k] - target) * weight;                       \
  }
ADD_SQUARES(add_squares_f64, double)
ADD_SQUARES(add_squares_f32, float)

bool recorder_add_squares(const Recorder *r, const Array *target, const Array *weight, Array *sums, Error *e) {
  enum { BLOCK = 256 };
  const Array *all[] = { target, weight != NULL ? weight : target, sums };
  const size_t size = array_type_size(r->source->type);
  for (int k = 0; k < 3; k++)
    if (all[k]->type != ARRAY_F64 || !array_is_contiguous(all[k]) || array_count(all[k]) != (k == 2 ? r->n_columns : r->n_rows))
      return error_set(e, "a float64 number for each of %lld rows and %lld columns expected", (long long)r->n_rows,
                       (long long)r->n_columns);
  for (int64_t first = 0; first < r->n_columns; first += BLOCK) {
    const int64_t n = r->n_columns - first < BLOCK ? r->n_columns - first : BLOCK;
    double scratch[BLOCK], *sum = (double *)sums->at + first;
    for (int64_t row = 0; row < r->n_rows; row++) {
      const double w = weight != NULL ? ((const double *)weight->at)[row] : 1;
      const void *x = r->rows + (size_t)(row * r->n_columns + first) * size;
      const double wanted = ((const double *)target->at)[row];
      if (r->source->type == ARRAY_F32) {
        add_squares_f32(sum, x, wanted, w, n);
        continue;
      }
      if (r->source->type != ARRAY_F64) {
        array_convert(ARRAY_F64, scratch, 1, r->source->type, x, 1, n);
        x = scratch;
      }
      add_squares_f64(sum, x, wanted, w, n);
    }
  }
  array_touch(sums);
  return true;
}

Array *recorder_times(const Recorder *r) { return copy_out(ARRAY_F64, r->n_taken, r->n_rows, 0, r->times); }

static bool add_columns(SpikeRecorder *r, Array *const *columns, int n, Error *e) {
  if (n == 0)
    return true;
  r->columns = memory_new(sizeof *r->columns * (size_t)n);
  if (r->columns == NULL)
    return error_memory(e, "recorder", (double)sizeof *r->columns * n);
  for (; r->n_columns < n; r->n_columns++) {
    SpikeValues *v = &r->columns[r->n_columns].at;
    *v = (SpikeValues){ .source = array_retain(columns[r->n_columns]), .event = r->event, .step = -1 };
    if (!population_take_values(r->population, v, e)) {
      array_release(v->source);
      return false;
    }
  }
  return true;
}

SpikeRecorder *spike_recorder_new(Population *p, int event, const int64_t *wanted, int64_t n_wanted, Array *const *columns, int n_columns,
                                  int clock, Error *e) {
  SpikeRecorder *r = memory_new(sizeof *r);
  if (r == NULL) {
    error_memory(e, "recorder", sizeof *r);
    return NULL;
  }
  r->clock = clock;
  r->population = p;
  r->event = event;
  r->active.now = r->active.before = true;
  if (wanted != NULL) {
    r->wanted = memory_new((size_t)bitmap_bytes(p->n));
    if (r->wanted == NULL) {
      error_memory(e, "recorder", (double)bitmap_bytes(p->n));
      memory_free(r);
      return NULL;
    }
    for (int64_t k = 0; k < n_wanted; k++)
      bitmap_put(r->wanted, p->n, wanted[k]);
  }
  if (!add_columns(r, columns, n_columns, e)) {
    spike_recorder_free(r);
    return NULL;
  }
  return r;
}

void spike_recorder_free(SpikeRecorder *r) {
  if (r == NULL)
    return;
  for (int k = 0; k < r->n_columns; k++) {
    SpikeColumn *c = &r->columns[k];
    population_leave_values(r->population, &c->at);
    array_release(c->at.source);
    memory_free(c->at.values);
    memory_free(c->kept);
  }
  memory_free(r->columns);
  memory_free(r->wanted);
  memory_free(r->neuron);
  memory_free(r->step);
  memory_free(r->count);
  memory_free(r);
}

void spike_recorder_clear(SpikeRecorder *r) { r->n = r->n_steps = r->n_taken = 0; }

void spike_recorder_taken(SpikeRecorder *r) {
  r->n_taken += r->n;
  r->n = r->n_steps = 0;
}

void spike_recorder_restart(SpikeRecorder *r, int64_t step, bool keeps) {
  switch_restart(&r->active, step);
  if (!keeps)
    spike_recorder_clear(r);
}

int64_t spike_recorder_bytes(const SpikeRecorder *r) {
  int64_t columns = 0;
  for (int k = 0; k < r->n_columns; k++)
    columns += (int64_t)array_type_size(r->columns[k].at.source->type) * (r->columns[k].capacity + r->columns[k].at.capacity);
  return columns + r->capacity * (int64_t)sizeof *r->neuron + r->step_capacity * (int64_t)(sizeof *r->step + sizeof *r->count) +
         (r->wanted != NULL ? bitmap_bytes(r->population->n) : 0);
}

/* A value that nobody took is NaN (0 among whole numbers). */
static void keep_value(const SpikeColumn *c, int64_t k, int64_t step, int64_t spike) {
  const size_t size = array_type_size(c->at.source->type);
  const int64_t none = -1;
  char *to = (char *)c->kept + size * (size_t)k;
  if (c->at.step == step && spike < c->at.n)
    memcpy(to, (const char *)c->at.values + size * (size_t)spike, size);
  else
    copy_elements(c->at.source->type, to, NULL, &none, 1);
}

static void keep_spike(SpikeRecorder *r, int32_t neuron, int64_t step, int64_t spike) {
  for (int c = 0; c < r->n_columns; c++)
    keep_value(&r->columns[c], r->n, step, spike);
  r->neuron[r->n++] = neuron;
}

static bool reserve_columns(SpikeRecorder *r, int64_t n, Error *e) {
  for (int k = 0; k < r->n_columns; k++) {
    SpikeColumn *c = &r->columns[k];
    if (!reserve(&c->kept, r->n, n, &c->capacity, array_type_size(c->at.source->type), "recording of spikes", e))
      return false;
  }
  return true;
}

bool spike_recorder_take(SpikeRecorder *r, int64_t step, Error *e) {
  const Spikes *s = population_events(r->population, r->event, step);
  if (s->n == 0)
    return true;
  bool is_taken = hand_over(&r->sink, r->n, e);
  int64_t capacity = r->step_capacity;
  if (!reserve(&r->neuron, r->n, r->n + s->n, &r->capacity, sizeof *r->neuron, "recording of spikes", e) ||
      !reserve_columns(r, r->n + s->n, e))
    return false;
  if (r->n_steps == r->step_capacity) {
    if (!reserve(&r->step, r->n_steps, r->n_steps + 1, &capacity, sizeof *r->step, "recording of spikes", e))
      return false;
    capacity = r->step_capacity;
    if (!reserve(&r->count, r->n_steps, r->n_steps + 1, &capacity, sizeof *r->count, "recording of spikes", e))
      return false;
    r->step_capacity = capacity;
  }
  int64_t before = r->n;
  if (r->wanted == NULL && r->n_columns == 0) {
    memcpy(r->neuron + r->n, s->neuron, sizeof *s->neuron * (size_t)s->n);
    r->n += s->n;
  } else {
    for (int64_t i = 0; i < s->n; i++)
      if (r->wanted == NULL || bitmap_has(r->wanted, s->neuron[i]))
        keep_spike(r, s->neuron[i], step, i);
  }
  if (r->n > before) {
    r->step[r->n_steps] = step;
    r->count[r->n_steps++] = (int32_t)(r->n - before);
  }
  return is_taken;
}

Array *spike_recorder_neurons(const SpikeRecorder *r) {
  Array *a = array_new(ARRAY_I32, r->n_taken + r->n, 0);
  for (int64_t k = 0; a != NULL && k < r->n; k++)
    ((int32_t *)a->at)[r->n_taken + k] = r->neuron[k] + 1;
  return a;
}

Array *spike_recorder_steps(const SpikeRecorder *r) {
  Array *a = array_new(ARRAY_I64, r->n_taken + r->n, 0);
  for (int64_t s = 0, k = r->n_taken; a != NULL && s < r->n_steps; s++)
    for (int32_t c = 0; c < r->count[s]; c++)
      ((int64_t *)a->at)[k++] = r->step[s];
  return a;
}

Array *spike_recorder_times(const SpikeRecorder *r, double dt) {
  Array *a = array_new(ARRAY_F64, r->n_taken + r->n, 0);
  for (int64_t s = 0, k = r->n_taken; a != NULL && s < r->n_steps; s++)
    for (int32_t c = 0; c < r->count[s]; c++)
      ((double *)a->at)[k++] = clock_ms(dt, r->step[s]);
  return a;
}

Array *spike_recorder_values(const SpikeRecorder *r, int k) {
  return copy_out(r->columns[k].at.source->type, r->n_taken, r->n, 0, r->columns[k].kept);
}

void spike_recorder_follow(SpikeRecorder *r, int k, Array *source) {
  array_retain(source);
  array_release(r->columns[k].at.source);
  r->columns[k].at.source = source;
}

/* ---- state --------------------------------------------------------------------------------------------------------- */

static bool switch_state(RecordSwitch *w, State *s) {
  return state_bool(s, "is_on", &w->now) && state_bool(s, "was_on", &w->before) && state_i64(s, "since", &w->since);
}

/* Where all stays in memory, what a sink has is nowhere to be found. */
static bool taken_state(int64_t *n_taken, const RecordSink *sink, State *s) {
  if (!state_i64(s, "n_taken", n_taken) || !state_check(s, "n_taken", *n_taken, 0, INT64_MAX))
    return false;
  if (s->mode == STATE_READ && sink->context == NULL)
    *n_taken = 0;
  return true;
}

/* Columns, which change where synapses come and go. */
static bool columns_state(Recorder *r, State *s) {
  bool has_places = r->places != NULL;
  int64_t n = r->n_columns, room = n;
  if (!state_bool(s, "has_places", &has_places) || !state_i64(s, "n_columns", &n))
    return false;
  if (has_places && !state_grown(s, "places", ARRAY_I64, (void **)&r->places, &n, &room))
    return false;
  if (s->mode != STATE_READ)
    return true;
  if (!has_places) {
    memory_free(r->places);
    r->places = NULL;
  }
  if (!has_places && n != array_count(r->source))
    return state_fail(s, "%lld columns, and %lld elements to record", (long long)n, (long long)array_count(r->source));
  r->n_columns = n;
  return r->places == NULL || state_check_i64(s, "places", r->places, n, -1, array_count(r->source) - 1);
}

static bool rows_state(Recorder *r, State *s) {
  int64_t n = r->n_rows * r->n_columns, room = r->capacity * r->n_columns, n_times = r->n_rows, room_times = r->capacity;
  if (!schedule_state(&r->schedule, s) || !switch_state(&r->active, s) || !state_array(s, "source", r->source) || !columns_state(r, s) ||
      !taken_state(&r->n_taken, &r->sink, s) || !state_grown(s, "rows", r->source->type, (void **)&r->rows, &n, &room) ||
      !state_grown(s, "times", ARRAY_F64, (void **)&r->times, &n_times, &room_times))
    return false;
  if (s->mode != STATE_READ)
    return true;
  if (n_times > 0 ? n % n_times != 0 || n / n_times != r->n_columns : n != 0)
    return state_fail(s, "%lld numbers are no %lld rows", (long long)n, (long long)n_times);
  r->n_rows = r->capacity = n_times;
  return true;
}

bool recorder_state(Recorder *r, State *s) {
  bool is_good = rows_state(r, s);
  if (!is_good && s->mode == STATE_READ)
    r->n_rows = r->capacity = r->n_taken = 0;
  return is_good;
}

/* The values of the step that is under way, and those that were kept. */
static bool column_state(SpikeColumn *c, int64_t n_spikes, State *s) {
  SpikeValues *v = &c->at;
  int64_t n = n_spikes, n_now = v->n;
  if (!state_i64(s, "step", &v->step) || !state_i64(s, "n", &n_now) ||
      !state_grown(s, "values", v->source->type, &v->values, &v->n, &v->capacity) ||
      !state_grown(s, "kept", v->source->type, &c->kept, &n, &c->capacity))
    return false;
  return s->mode != STATE_READ || (n == n_spikes && v->n == n_now) ||
         state_fail(s, "%lld values for %lld spikes", (long long)(n + v->n), (long long)(n_spikes + n_now));
}

static bool columns_of_spikes_state(SpikeRecorder *r, State *s) {
  for (int k = 0; k < r->n_columns; k++) {
    if (!state_enter(s, "column", k + 1, NULL) || !state_array(s, "source", r->columns[k].at.source) ||
        !column_state(&r->columns[k], r->n, s))
      return false;
    state_leave(s);
  }
  return true;
}

static bool spikes_state(SpikeRecorder *r, State *s) {
  int64_t n_counts = r->n_steps, room_step = r->step_capacity, room_count = room_step, n = 0;
  if (!switch_state(&r->active, s) || !taken_state(&r->n_taken, &r->sink, s) ||
      !state_grown(s, "neuron", ARRAY_I32, (void **)&r->neuron, &r->n, &r->capacity) ||
      !state_grown(s, "step", ARRAY_I64, (void **)&r->step, &r->n_steps, &room_step) ||
      !state_grown(s, "count", ARRAY_I32, (void **)&r->count, &n_counts, &room_count) || !columns_of_spikes_state(r, s))
    return false;
  if (s->mode != STATE_READ)
    return true;
  r->step_capacity = n_counts;
  if (n_counts != r->n_steps)
    return state_fail(s, "%lld counts for %lld steps", (long long)n_counts, (long long)r->n_steps);
  if (!state_check_i32(s, "count", r->count, n_counts, 0, INT32_MAX))
    return false;
  for (int64_t k = 0; k < n_counts; k++)
    n += r->count[k];
  return (n == r->n || state_fail(s, "%lld spikes in steps with %lld", (long long)r->n, (long long)n)) &&
         state_check_i32(s, "neuron", r->neuron, r->n, 0, r->population->n - 1);
}

bool spike_recorder_state(SpikeRecorder *r, State *s) {
  bool is_good = spikes_state(r, s);
  if (!is_good && s->mode == STATE_READ)
    r->n = r->n_steps = r->step_capacity = r->n_taken = 0;
  return is_good;
}
