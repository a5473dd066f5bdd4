#include "sound/fir.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/clones.h"
#include "base/memory.h"
#include "numeric/fft.h"

typedef struct {
  Stream stream;
  Stream *source; /* owned reference */
  int64_t n_taps, n_in;
  bool one_for_all;
  double *taps; /* owned. Short: [tap][channel]. Long: [filter][n + 2], their transforms over n */
  double *
      past; /* owned. Short: [n_taps - 1 + STREAM_BLOCK][n_in], the last rows before the block, and the block. Long: [n_in][n], one behind the other */

  /* long ones alone: blocks of `step` rows, of which the last made one waits in `made` */
  FftPlan *plan;
  int64_t step, block; /* block: the number of the one that is there; -1 for none */
  double *made;        /* owned, [step][channel] */
  double *rows;        /* owned, [STREAM_BLOCK][n_in] */
  double *spectra;     /* owned, [n_in][n + 2] */
} Fir;

/* ---- short ---- */

CLONES static void sum_taps(const double *taps, int64_t n_taps, const double *x, int64_t n_in, double *out, int64_t n_channels) {
  memset(out, 0, sizeof *out * (size_t)n_channels);
  for (int64_t j = 0; j < n_taps; j++, taps += n_channels) {
    const double *row = x - j * n_in;
    if (n_in == n_channels) {
#pragma omp simd
      for (int64_t c = 0; c < n_channels; c++)
        out[c] += taps[c] * row[c];
    } else {
#pragma omp simd
      for (int64_t c = 0; c < n_channels; c++)
        out[c] += taps[c] * row[0];
    }
  }
}

static bool read_short(Stream *s, double *out, int64_t n) {
  Fir *f = (Fir *)s;
  double *now = f->past + (f->n_taps - 1) * f->n_in;
  if (stream_read(f->source, now, n) < 0)
    return stream_fail(s, f->source);
  for (int64_t k = 0; k < n; k++)
    sum_taps(f->taps, f->n_taps, now + k * f->n_in, f->n_in, out + k * s->n_channels, s->n_channels);
  memmove(f->past, f->past + n * f->n_in, sizeof *f->past * (size_t)((f->n_taps - 1) * f->n_in));
  return true;
}

/* ---- long ---- */

static void multiply(double *to, const double *a, const double *b, int64_t n) {
  for (int64_t k = 0; k < n; k += 2) {
    to[k] = a[k] * b[k] - a[k + 1] * b[k + 1];
    to[k + 1] = a[k] * b[k + 1] + a[k + 1] * b[k];
  }
}

/* The next block: the last n_taps - 1 rows and `step` new ones of each input, through every filter. */
static bool make_block(Fir *f) {
  Stream *s = &f->stream;
  int64_t n = f->plan->n, keep = f->n_taps - 1, width = n + 2;
  for (int64_t c = 0; c < f->n_in; c++)
    memmove(f->past + c * n, f->past + c * n + f->step, sizeof(double) * (size_t)keep);
  for (int64_t done = 0; done < f->step;) {
    int64_t rows = f->step - done < STREAM_BLOCK ? f->step - done : STREAM_BLOCK;
    if (stream_read(f->source, f->rows, rows) < 0)
      return stream_fail(s, f->source);
    for (int64_t k = 0; k < rows; k++)
      for (int64_t c = 0; c < f->n_in; c++)
        f->past[c * n + keep + done + k] = f->rows[k * f->n_in + c];
    done += rows;
  }
  for (int64_t c = 0; c < f->n_in; c++) {
    memcpy(f->plan->samples, f->past + c * n, sizeof(double) * (size_t)n);
    fft_plan_forward(f->plan);
    memcpy(f->spectra + c * width, f->plan->spectrum, sizeof(double) * (size_t)width);
  }
  for (int64_t c = 0; c < s->n_channels; c++) {
    multiply(f->plan->spectrum, f->spectra + (f->n_in == 1 ? 0 : c * width), f->taps + (f->one_for_all ? 0 : c * width), width);
    fft_plan_back(f->plan);
    for (int64_t k = 0; k < f->step; k++)
      f->made[k * s->n_channels + c] = f->plan->samples[keep + k] / (double)n;
  }
  f->block++;
  return true;
}

static bool read_long(Stream *s, double *out, int64_t n) {
  Fir *f = (Fir *)s;
  for (int64_t done = 0; done < n;) {
    int64_t at = s->at + done, skip = at % f->step, rows = f->step - skip;
    if (rows > n - done)
      rows = n - done;
    if (f->block != at / f->step && !make_block(f))
      return false;
    memcpy(out + done * s->n_channels, f->made + skip * s->n_channels, sizeof *out * (size_t)(rows * s->n_channels));
    done += rows;
  }
  return true;
}

/* ---- both ---- */

static size_t past_numbers(const Fir *f) { return (size_t)(f->plan ? f->n_in * f->plan->n : (f->n_taps - 1 + STREAM_BLOCK) * f->n_in); }

static bool fir_reset(Stream *s) {
  Fir *f = (Fir *)s;
  memset(f->past, 0, sizeof(double) * past_numbers(f));
  f->block = -1;
  return stream_reset(f->source) || stream_fail(s, f->source);
}

static void fir_free(Stream *s) {
  Fir *f = (Fir *)s;
  stream_release(f->source);
  fft_plan_free(f->plan);
  memory_free(f->taps);
  memory_free(f->past);
  memory_free(f->made);
  memory_free(f->rows);
  memory_free(f->spectra);
  memory_free(f);
}

static bool prepare_short(Fir *f, const double *taps) {
  int64_t width = f->stream.n_channels;
  f->taps = memory_new(sizeof(double) * (size_t)(f->n_taps * width));
  f->past = memory_new(sizeof(double) * past_numbers(f));
  if (!f->taps || !f->past)
    return false;
  for (int64_t c = 0; c < width; c++)
    for (int64_t j = 0; j < f->n_taps; j++)
      f->taps[j * width + c] = taps[(f->one_for_all ? 0 : c) * f->n_taps + j];
  f->stream.read = read_short;
  return true;
}

static bool prepare_long(Fir *f, const double *taps, Error *e) {
  int64_t n = 2048, n_filters = f->one_for_all ? 1 : f->stream.n_channels;
  while (n < 4 * f->n_taps)
    n *= 2;
  f->plan = fft_plan_new(n, e);
  if (!f->plan)
    return false;
  f->step = n - f->n_taps + 1;
  f->taps = memory_new(sizeof(double) * (size_t)(n_filters * (n + 2)));
  f->past = memory_new(sizeof(double) * past_numbers(f));
  f->made = memory_new(sizeof(double) * (size_t)(f->step * f->stream.n_channels));
  f->rows = memory_new(sizeof(double) * (size_t)(STREAM_BLOCK * f->n_in));
  f->spectra = memory_new(sizeof(double) * (size_t)(f->n_in * (n + 2)));
  if (!f->taps || !f->past || !f->made || !f->rows || !f->spectra)
    return error_memory(e, "a filter", (double)sizeof(double) * (double)(f->step * f->stream.n_channels + n_filters * n));
  for (int64_t c = 0; c < n_filters; c++) {
    memset(f->plan->samples, 0, sizeof(double) * (size_t)n);
    memcpy(f->plan->samples, taps + c * f->n_taps, sizeof(double) * (size_t)f->n_taps);
    fft_plan_forward(f->plan);
    memcpy(f->taps + c * (n + 2), f->plan->spectrum, sizeof(double) * (size_t)(n + 2));
  }
  f->stream.read = read_long;
  return true;
}

Stream *fir_new(Stream *source, const double *taps, int64_t n_channels, int64_t n_taps, Error *e) {
  if (n_channels != 1 && source->n_channels != 1 && n_channels != source->n_channels)
    return error_set(e, "fir: taps for %lld channels, but the source has %lld", (long long)n_channels, (long long)source->n_channels), NULL;
  for (int64_t k = 0; k < n_channels * n_taps; k++)
    if (!isfinite(taps[k]))
      return error_set(e, "fir: channel %lld, tap %lld: taps must be finite", (long long)(k / n_taps + 1), (long long)(k % n_taps + 1)),
             NULL;
  Fir *f = memory_new(sizeof *f);
  if (!f)
    return error_memory(e, "a filter", sizeof *f), NULL;
  stream_init(&f->stream, n_channels > source->n_channels ? n_channels : source->n_channels, source->rate, source->n_samples);
  f->stream.reset = fir_reset, f->stream.free = fir_free;
  f->source = stream_retain(source);
  f->n_taps = n_taps;
  f->n_in = source->n_channels;
  f->one_for_all = n_channels == 1;
  f->block = -1;
  error_memory(e, "a filter", (double)sizeof(double) * (double)(n_channels * n_taps));
  if (n_taps <= FIR_SHORT ? prepare_short(f, taps) : prepare_long(f, taps, e))
    return &f->stream;
  stream_release(&f->stream);
  return NULL;
}
