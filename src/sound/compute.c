#include "sound/compute.h"

#include <stddef.h>
#include <string.h>

#include "base/memory.h"

typedef struct {
  Stream stream;
  Stream **sources; /* owned references */
  int64_t n_sources, n_channels, most_rows;
  double **inputs; /* owned, each [most_rows][n_channels] */
  double *spread;  /* owned, [most_rows]: rows of a source of one channel */
  double *held;    /* owned, [width]: the last result, where not every row has one of its own */
  ComputeFunction function;
} Compute;

int64_t compute_rows(int64_t n_channels, int64_t width) {
  enum { NUMBERS = 1 << 15 }; /* 256 kB: what a second cache holds */
  int64_t most = NUMBERS / (n_channels > width ? n_channels : width);
  return most < 1 ? 1 : most > STREAM_BLOCK ? STREAM_BLOCK : most;
}

/* Rows of source k into inputs[k], one channel to all. */
static bool pull(Compute *p, int64_t k, int64_t n) {
  Stream *from = p->sources[k];
  double *to = p->inputs[k];
  bool is_spread = from->n_channels < p->n_channels;
  if (stream_read(from, is_spread ? p->spread : to, n) < 0)
    return stream_fail(&p->stream, from);
  if (is_spread)
    for (int64_t row = 0; row < n; row++)
      for (int64_t c = 0; c < p->n_channels; c++)
        *to++ = p->spread[row];
  return true;
}

/* Of n rows from `at` on, those that get a result, moved together: how many, the first of them in *first. */
static int64_t choose(Compute *p, int64_t at, int64_t n, int64_t *first) {
  int64_t every = p->function.every, skip = (every - at % every) % every, chosen = skip < n ? (n - skip + every - 1) / every : 0;
  *first = at + skip;
  for (int64_t k = 0; k < p->n_sources; k++)
    for (int64_t row = 0; row < chosen; row++)
      memmove(p->inputs[k] + row * p->n_channels, p->inputs[k] + (skip + row * every) * p->n_channels,
              sizeof(double) * (size_t)p->n_channels);
  return chosen;
}

/* Results of every `every`-th row, which lie at the start of `out`, to the rows that they hold for. */
static void spread_results(Compute *p, double *out, int64_t at, int64_t n, int64_t first, int64_t chosen) {
  int64_t width = p->stream.n_channels, every = p->function.every;
  size_t bytes = sizeof(double) * (size_t)width;
  for (int64_t row = n - 1; row >= 0; row--) { /* from behind: a result is never overwritten before it is used */
    int64_t number = at + row < first ? -1 : (at + row - first) / every;
    memmove(out + row * width, number < 0 ? p->held : out + number * width, bytes);
  }
  if (chosen > 0)
    memcpy(p->held, out + (n - 1) * width, bytes);
}

static bool compute_read(Stream *s, double *out, int64_t n) {
  Compute *p = (Compute *)s;
  for (int64_t done = 0; done < n;) {
    int64_t rows = n - done < p->most_rows ? n - done : p->most_rows, at = s->at + done, first = at, chosen = rows;
    double *to = out + done * s->n_channels;
    for (int64_t k = 0; k < p->n_sources; k++)
      if (!pull(p, k, rows))
        return false;
    if (p->function.every > 1)
      chosen = choose(p, at, rows, &first);
    if (chosen > 0 && !p->function.apply(p->function.context, p->inputs, to, chosen, first, p->function.every, &s->error))
      return false;
    if (p->function.every > 1)
      spread_results(p, to, at, rows, first, chosen);
    done += rows;
  }
  return true;
}

static bool compute_reset(Stream *s) {
  Compute *p = (Compute *)s;
  for (int64_t k = 0; k < p->n_sources; k++)
    if (!stream_reset(p->sources[k]))
      return stream_fail(s, p->sources[k]);
  return true;
}

/* Where every row has its result, a place is as good as another. */
static bool compute_seek(Stream *s, int64_t at) {
  Compute *p = (Compute *)s;
  for (int64_t k = 0; k < p->n_sources; k++)
    if (!stream_seek(p->sources[k], at))
      return stream_fail(s, p->sources[k]);
  return true;
}

static void compute_free(Stream *s) {
  Compute *p = (Compute *)s;
  for (int64_t k = 0; k < p->n_sources; k++) {
    stream_release(p->sources[k]);
    memory_free(p->inputs[k]);
  }
  if (p->function.free)
    p->function.free(p->function.context);
  memory_free(p->sources);
  memory_free(p->inputs);
  memory_free(p->spread);
  memory_free(p->held);
  memory_free(p);
}

static bool agree(Stream *const *sources, int64_t n, int64_t n_channels, Error *e) {
  for (int64_t k = 0; k < n; k++) {
    if (sources[k]->rate != sources[0]->rate)
      return error_set(e, "source %lld has %g rows a second, the first one has %g", (long long)(k + 1), sources[k]->rate, sources[0]->rate);
    if (sources[k]->n_channels != 1 && sources[k]->n_channels != n_channels)
      return error_set(e, "source %lld has %lld channels: one or %lld are needed", (long long)(k + 1), (long long)sources[k]->n_channels,
                       (long long)n_channels);
  }
  return true;
}

Stream *compute_new(Stream *const *sources, int64_t n_sources, int64_t n_channels, ComputeFunction function, Error *e) {
  if (!agree(sources, n_sources, n_channels, e))
    return NULL;
  Compute *p = memory_new(sizeof *p);
  if (!p)
    return error_memory(e, "a stream", sizeof *p), NULL;
  stream_init(&p->stream, function.width, sources[0]->rate, -1);
  p->stream.read = compute_read, p->stream.reset = compute_reset, p->stream.free = compute_free;
  if (function.every == 1)
    p->stream.seek = compute_seek;
  p->n_channels = n_channels;
  p->most_rows = compute_rows(n_channels, function.width);
  size_t bytes = sizeof(double) * (size_t)(p->most_rows * n_channels);
  p->sources = memory_new(sizeof *p->sources * (size_t)n_sources);
  p->inputs = memory_new(sizeof *p->inputs * (size_t)n_sources);
  p->spread = memory_new(sizeof(double) * (size_t)p->most_rows);
  p->held = memory_new(sizeof(double) * (size_t)function.width);
  bool ok = p->sources && p->inputs && p->spread && p->held;
  for (int64_t k = 0; ok && k < n_sources; k++) {
    p->sources[k] = stream_retain(sources[k]);
    p->n_sources++;
    p->inputs[k] = memory_new(bytes);
    ok = p->inputs[k] != NULL;
    if (sources[k]->n_samples > p->stream.n_samples)
      p->stream.n_samples = sources[k]->n_samples;
  }
  if (!ok) {
    stream_release(&p->stream);
    return error_memory(e, "a stream", (double)bytes * (double)n_sources), NULL;
  }
  p->function = function;
  return &p->stream;
}

/* ---- loops ---- */

struct LoopRow {
  int32_t references;
  int64_t width, at; /* at: the row that the loop is at */
  double *initial, *now;
};

LoopRow *loop_row_new(const double *initial, int64_t width, Error *e) {
  LoopRow *row = memory_new(sizeof *row);
  if (row) {
    row->references = 1;
    row->width = width;
    row->initial = memory_new(sizeof(double) * (size_t)width);
    row->now = memory_new(sizeof(double) * (size_t)width);
  }
  if (!row || !row->initial || !row->now) {
    loop_row_release(row);
    return error_memory(e, "a loop", (double)sizeof(double) * 2 * (double)width), NULL;
  }
  memcpy(row->initial, initial, sizeof(double) * (size_t)width);
  memcpy(row->now, initial, sizeof(double) * (size_t)width);
  return row;
}

LoopRow *loop_row_retain(LoopRow *row) {
  row->references++;
  return row;
}

void loop_row_release(LoopRow *row) {
  if (!row || --row->references > 0)
    return;
  memory_free(row->initial);
  memory_free(row->now);
  memory_free(row);
}

int64_t loop_row_width(const LoopRow *row) { return row->width; }

typedef struct {
  Stream stream;
  LoopRow *row; /* owned reference */
} Tap;

static bool tap_read(Stream *s, double *out, int64_t n) {
  LoopRow *row = ((Tap *)s)->row;
  if (n != 1 || s->at != row->at)
    return error_set(
        &s->error,
        "feedback: rows %lld to %lld of what comes back are wanted at row %lld: a loop is made row by row, and something in it "
        "reads ahead (a Lua function, a long FIR filter, a sound that is cut or resampled)",
        (long long)s->at, (long long)(s->at + n - 1), (long long)row->at);
  memcpy(out, row->now, sizeof *out * (size_t)row->width);
  return true;
}

static bool tap_reset(Stream *s) {
  (void)s;
  return true;
}

static bool tap_seek(Stream *s, int64_t at) {
  (void)s, (void)at;
  return true;
}

static void tap_free(Stream *s) {
  loop_row_release(((Tap *)s)->row);
  memory_free(s);
}

Stream *loop_tap(LoopRow *row, double rate, Error *e) {
  Tap *t = memory_new(sizeof *t);
  if (!t)
    return error_memory(e, "a loop", sizeof *t), NULL;
  stream_init(&t->stream, row->width, rate, -1);
  t->stream.read = tap_read, t->stream.reset = tap_reset, t->stream.seek = tap_seek, t->stream.free = tap_free;
  t->row = loop_row_retain(row);
  return &t->stream;
}

typedef struct {
  Stream stream;
  Stream *body;  /* owned reference */
  LoopRow *row;  /* owned reference */
  double *whole; /* owned, [body's channels] */
} Loop;

static bool loop_read(Stream *s, double *out, int64_t n) {
  Loop *p = (Loop *)s;
  for (int64_t k = 0; k < n; k++) {
    p->row->at = s->at + k;
    if (stream_read(p->body, p->whole, 1) < 0)
      return stream_fail(s, p->body);
    memcpy(out + k * s->n_channels, p->whole, sizeof *out * (size_t)s->n_channels);
    memcpy(p->row->now, p->whole + p->body->n_channels - p->row->width, sizeof *out * (size_t)p->row->width);
  }
  return true;
}

static bool loop_reset(Stream *s) {
  Loop *p = (Loop *)s;
  memcpy(p->row->now, p->row->initial, sizeof(double) * (size_t)p->row->width);
  return stream_reset(p->body) || stream_fail(s, p->body);
}

static void loop_free(Stream *s) {
  Loop *p = (Loop *)s;
  stream_release(p->body);
  loop_row_release(p->row);
  memory_free(p->whole);
  memory_free(p);
}

Stream *loop_new(Stream *body, int64_t n_out, LoopRow *row, Error *e) {
  if (n_out > body->n_channels || row->width > body->n_channels)
    return error_set(e, "feedback: %lld channels are given, %lld go on and %lld back", (long long)body->n_channels, (long long)n_out,
                     (long long)row->width),
           NULL;
  Loop *p = memory_new(sizeof *p);
  if (!p)
    return error_memory(e, "a loop", sizeof *p), NULL;
  stream_init(&p->stream, n_out, body->rate, body->n_samples);
  p->stream.read = loop_read, p->stream.reset = loop_reset, p->stream.free = loop_free;
  p->body = stream_retain(body);
  p->row = loop_row_retain(row);
  p->whole = memory_new(sizeof(double) * (size_t)body->n_channels);
  if (!p->whole) {
    stream_release(&p->stream);
    return error_memory(e, "a loop", (double)sizeof(double) * (double)body->n_channels), NULL;
  }
  return &p->stream;
}
