#include "sound/generate.h"

#include <Random123/philox.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/array_block.h"
#include "base/memory.h"

/* None of these streams has a state: `at` is all they know. */
static bool stay(Stream *s) {
  (void)s;
  return true;
}
static bool jump(Stream *s, int64_t at) {
  (void)s, (void)at;
  return true;
}
static void free_plain(Stream *s) { memory_free(s); }

static void *new_source(size_t bytes, int64_t n_channels, double rate, int64_t n, bool (*read)(Stream *, double *, int64_t), Error *e) {
  Stream *s = memory_new(bytes);
  if (!s)
    return error_memory(e, "a sound", (double)bytes), NULL;
  stream_init(s, n_channels, rate, n);
  s->read = read, s->reset = stay, s->seek = jump, s->free = free_plain;
  return s;
}

/* How many of the next n rows still belong to the sound. */
static int64_t rows_left(const Stream *s, int64_t n) {
  if (s->n_samples < 0 || s->at + n <= s->n_samples)
    return n;
  return s->at < s->n_samples ? s->n_samples - s->at : 0;
}

static void silence_after(const Stream *s, double *out, int64_t from, int64_t n) {
  memset(out + from * s->n_channels, 0, sizeof *out * (size_t)((n - from) * s->n_channels));
}

/* ---- constants ---- */

typedef struct {
  Stream stream;
  double value;
} Constant;

static bool read_constant(Stream *s, double *out, int64_t n) {
  int64_t last = rows_left(s, n);
  for (int64_t k = 0; k < last * s->n_channels; k++)
    out[k] = ((Constant *)s)->value;
  silence_after(s, out, last, n);
  return true;
}

Stream *generate_constant(double value, int64_t n_channels, double rate, int64_t n, Error *e) {
  Constant *c = new_source(sizeof *c, n_channels, rate, n, read_constant, e);
  if (!c)
    return NULL;
  c->value = value;
  return &c->stream;
}

/* ---- tones ---- */

typedef struct {
  Stream stream;
  int64_t n_partials;
  Partial *partials;
} Tones;

/* Whole turns are taken off before the sine: hours into a sound its argument is as exact as at the start. */
static bool read_tones(Stream *s, double *out, int64_t n) {
  Tones *t = (Tones *)s;
  int64_t last = rows_left(s, n);
  memset(out, 0, sizeof *out * (size_t)n);
  for (int64_t p = 0; p < t->n_partials; p++) {
    Partial partial = t->partials[p];
    for (int64_t k = 0; k < last; k++) {
      double turns = partial.frequency * (double)(s->at + k) / s->rate;
      out[k] += partial.amplitude * sin(partial.phase + 2 * M_PI * (turns - floor(turns)));
    }
  }
  return true;
}

static void free_tones(Stream *s) {
  memory_free(((Tones *)s)->partials);
  memory_free(s);
}

Stream *generate_tones(const Partial *partials, int64_t n_partials, double rate, int64_t n, Error *e) {
  size_t bytes = sizeof *partials * (size_t)n_partials;
  Tones *t = new_source(sizeof *t, 1, rate, n, read_tones, e);
  if (!t)
    return NULL;
  t->stream.free = free_tones;
  t->partials = memory_new(bytes);
  if (!t->partials) {
    stream_release(&t->stream);
    return error_memory(e, "the partials of a sound", (double)bytes), NULL;
  }
  memcpy(t->partials, partials, bytes);
  t->n_partials = n_partials;
  return &t->stream;
}

/* ---- noise ---- */

typedef struct {
  Stream stream;
  philox4x32_key_t key;
} Noise;

static double unit(uint32_t high, uint32_t low) { /* in (0, 1), 53 bits */
  return ((double)(((uint64_t)high << 21) ^ (low >> 11)) + 0.5) * 0x1p-53;
}

/* One call of Philox gives the samples 2m and 2m+1 of a channel. */
static void noise_pair(const Noise *s, int64_t m, int64_t channel, double pair[2]) {
  philox4x32_ctr_t counter = { { (uint32_t)m, (uint32_t)((uint64_t)m >> 32), (uint32_t)channel, 0x736f756eu } };
  philox4x32_ctr_t r = philox4x32(counter, s->key);
  double radius = sqrt(-2 * log(unit(r.v[0], r.v[1]))), angle = 2 * M_PI * unit(r.v[2], r.v[3]);
  pair[0] = radius * cos(angle);
  pair[1] = radius * sin(angle);
}

static bool read_noise(Stream *s, double *out, int64_t n) {
  int64_t last = rows_left(s, n);
  for (int64_t c = 0; c < s->n_channels; c++) {
    double pair[2];
    for (int64_t k = 0; k < last; k++) {
      int64_t sample = s->at + k;
      if (k == 0 || sample % 2 == 0)
        noise_pair((Noise *)s, sample / 2, c, pair);
      out[k * s->n_channels + c] = pair[sample % 2];
    }
  }
  silence_after(s, out, last, n);
  return true;
}

Stream *generate_noise(uint64_t seed, int64_t n_channels, double rate, int64_t n, Error *e) {
  Noise *s = new_source(sizeof *s, n_channels, rate, n, read_noise, e);
  if (!s)
    return NULL;
  s->key.v[0] = (uint32_t)seed, s->key.v[1] = (uint32_t)(seed >> 32);
  return &s->stream;
}

/* ---- rows of an array ---- */

typedef struct {
  Stream stream;
  Array *rows;   /* owned reference */
  double *times; /* owned, ms, or NULL */
  double row_rate, period;
  bool is_interpolated, ends_silent;
  int64_t recent; /* with times: the row found last; only a hint */
} Rows;

/* A quotient that is a whole number but for rounding is that number: 0.3 ms / 0.1 ms is the third row, not almost the third. */
static double settle(double x) {
  double whole = rint(x);
  return fabs(x - whole) < 1e-9 * fmax(1, fabs(whole)) ? whole : x;
}

/* The row that holds at time t (ms), -1 before the first, and how far on to the next one (0..1). */
static int64_t find_row(Rows *r, double t, double *part) {
  int64_t n = r->rows->shape[0], row;
  double here = settle(t * r->row_rate / 1000), length = 1;
  if (!r->times) {
    row = here < (double)n ? (int64_t)here : n;
    here -= (double)row;
  } else {
    double close = t + 1e-9 * fmax(1, t); /* as in settle */
    row = r->recent;
    if (row >= n || (row >= 0 && r->times[row] > close))
      row = -1;
    while (row + 1 < n && r->times[row + 1] <= close)
      row++;
    r->recent = row;
    if (row < 0)
      return -1;
    here = t - r->times[row];
    length = row + 1 < n ? r->times[row + 1] - r->times[row] : r->period > 0 ? r->period - r->times[row] : 1;
  }
  *part = here > 0 && length > 0 ? fmin(here / length, 1) : 0;
  return row;
}

static bool read_rows(Stream *s, double *out, int64_t n) {
  Rows *r = (Rows *)s;
  int64_t n_rows = r->rows->shape[0];
  for (int64_t k = 0; k < n; k++, out += s->n_channels) {
    double t = (double)(s->at + k) * 1000 / s->rate, part = 0;
    if (r->period > 0)
      t -= r->period * floor(settle(t / r->period));
    int64_t row = find_row(r, t > 0 ? t : 0, &part);
    bool is_past = row >= n_rows;
    if (row < 0 || (is_past && r->ends_silent)) {
      memset(out, 0, sizeof *out * (size_t)s->n_channels);
      continue;
    }
    if (is_past)
      row = n_rows - 1, part = 0;
    int64_t next = row + 1 < n_rows ? row + 1 : r->period > 0 ? 0 : row;
    const char *here = array_place(r->rows, 1, row), *after = array_place(r->rows, 1, next);
    int64_t gap = r->rows->stride[1] * (int64_t)array_type_size(r->rows->type);
    for (int64_t c = 0; c < s->n_channels; c++) {
      out[c] = array_load(r->rows->type, here + c * gap);
      if (r->is_interpolated)
        out[c] += part * (array_load(r->rows->type, after + c * gap) - out[c]);
    }
  }
  return true;
}

/* The common case, samples of a sound: one row for one row. */
static bool read_samples(Stream *s, double *out, int64_t n) {
  Rows *r = (Rows *)s;
  int64_t last = rows_left(s, n);
  const double *from = (const double *)r->rows->at;
  for (int64_t k = 0; k < last; k++)
    for (int64_t c = 0; c < s->n_channels; c++)
      *out++ = from[(s->at + k) * r->rows->stride[0] + c * r->rows->stride[1]];
  silence_after(s, out, 0, n - last);
  return true;
}

static void free_rows(Stream *s) {
  array_release(((Rows *)s)->rows);
  memory_free(((Rows *)s)->times);
  memory_free(s);
}

static bool take_times(Rows *r, const Array *times, Error *e) {
  int64_t n = array_count(times);
  if (n != r->rows->shape[0])
    return error_set(e, "timed array: %lld times for %lld rows", (long long)n, (long long)r->rows->shape[0]);
  r->times = memory_new(sizeof(double) * (size_t)n);
  if (!r->times)
    return error_memory(e, "the times of a timed array", (double)sizeof(double) * (double)n);
  r->recent = -1;
  for (int64_t k = 0; k < n; k++) {
    r->times[k] = array_get(times, k);
    if (!(r->times[k] >= 0 && isfinite(r->times[k])) || (k > 0 && !(r->times[k] > r->times[k - 1])))
      return error_set(e, "timed array: times must rise from 0 or later; time %lld is %g ms", (long long)(k + 1), r->times[k]);
  }
  return true;
}

/* Where the last row ends, ms. Times say only where it begins. */
static bool check_period(const Rows *r, Error *e) {
  int64_t n = r->rows->shape[0];
  double least = r->times ? r->times[n - 1] : (double)(n - 1) * 1000 / r->row_rate;
  if (r->period == 0 || r->period > least)
    return true;
  return error_set(e, "timed array: a period of %g ms ends before the last row begins, at %g ms", r->period, least);
}

Stream *generate_rows(Array *rows, const RowTiming *timing, double rate, Error *e) {
  if (rows->n_axes > 2)
    return error_set(e, "timed array: rows of numbers expected, got an array of %d axes", rows->n_axes), NULL;
  if (rows->shape[0] < 1 || rows->shape[1] < 1)
    return error_set(e, "timed array: no rows"), NULL;
  bool is_direct = !timing->times && timing->rate == rate && timing->period == 0 && timing->ends_silent && rows->type == ARRAY_F64;
  Rows *r = new_source(sizeof *r, rows->shape[1], rate, rows->shape[0], is_direct ? read_samples : read_rows, e);
  if (!r)
    return NULL;
  r->stream.free = free_rows;
  r->rows = array_retain(rows);
  r->row_rate = timing->rate, r->period = timing->period;
  r->is_interpolated = timing->is_interpolated, r->ends_silent = timing->ends_silent;
  if ((timing->times && !take_times(r, timing->times, e)) || !check_period(r, e)) {
    stream_release(&r->stream);
    return NULL;
  }
  if (!is_direct)
    r->stream.n_samples = timing->times || timing->period > 0 ? -1 : (int64_t)rint((double)rows->shape[0] * rate / timing->rate);
  return &r->stream;
}
