#include "sound/measure.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"

/* Ctrl-C ends long passes, too. */
static bool next_rows(Stream *s, double *rows, int64_t n, Error *e) {
  if (interrupt_flag && interrupt_take())
    return error_set(e, "interrupted");
  if (stream_read(s, rows, n) >= 0)
    return true;
  if (e)
    *e = s->error;
  return false;
}

static bool begin(Stream *s, double **rows, int64_t n_rows, Error *e) {
  double bytes = (double)sizeof(double) * (double)n_rows * (double)s->n_channels;
  *rows = memory_new((size_t)bytes);
  if (!*rows)
    return error_memory(e, "a block of rows", bytes);
  if (stream_reset(s))
    return true;
  if (e)
    *e = s->error;
  memory_free(*rows);
  return false;
}

/* Add the rows of one block to what is known of a channel. `seen` rows came before; `squares` is the sum of (x - mean)^2 so far. */
static void merge_block(Measure *m, double *squares, int64_t seen, const double *x, int64_t n, int64_t stride) {
  double sum = 0, block_squares = 0;
  for (int64_t k = 0; k < n; k++) {
    sum += x[k * stride];
    m->peak = fmax(m->peak, fabs(x[k * stride]));
  }
  double mean = sum / (double)n, step = mean - m->mean;
  for (int64_t k = 0; k < n; k++)
    block_squares += (x[k * stride] - mean) * (x[k * stride] - mean);
  m->mean += step * (double)n / (double)(seen + n);
  *squares += block_squares + step * step * (double)seen * (double)n / (double)(seen + n);
}

bool measure_channels(Stream *s, int64_t n, Measure *measures, Error *e) {
  double *rows, *squares = memory_new(sizeof(double) * (size_t)s->n_channels);
  if (!squares)
    return error_memory(e, "sums of squares", (double)sizeof(double) * (double)s->n_channels);
  bool ok = begin(s, &rows, STREAM_BLOCK, e);
  if (!ok) {
    memory_free(squares);
    return false;
  }
  memset(measures, 0, sizeof *measures * (size_t)s->n_channels);
  for (int64_t seen = 0; seen < n && ok;) {
    int64_t count = n - seen < STREAM_BLOCK ? n - seen : STREAM_BLOCK;
    ok = next_rows(s, rows, count, e);
    for (int64_t c = 0; c < s->n_channels && ok; c++)
      merge_block(&measures[c], &squares[c], seen, rows + c, count, s->n_channels);
    seen += count;
  }
  for (int64_t c = 0; c < s->n_channels; c++)
    measures[c].rms = sqrt(squares[c] / (double)n);
  memory_free(rows);
  memory_free(squares);
  return ok;
}

bool measure_bins(Stream *s, int64_t bin, int64_t n_bins, double *bins, Error *e) {
  double *rows;
  bool ok = begin(s, &rows, STREAM_BLOCK, e);
  if (!ok)
    return false;
  for (int64_t b = 0; b < n_bins && ok; b++, bins += s->n_channels) {
    memset(bins, 0, sizeof *bins * (size_t)s->n_channels);
    for (int64_t done = 0; done < bin && ok;) {
      int64_t count = bin - done < STREAM_BLOCK ? bin - done : STREAM_BLOCK;
      ok = next_rows(s, rows, count, e);
      for (int64_t k = 0; k < count && ok; k++)
        for (int64_t c = 0; c < s->n_channels; c++)
          bins[c] += rows[k * s->n_channels + c] * rows[k * s->n_channels + c];
      done += count;
    }
    for (int64_t c = 0; c < s->n_channels; c++)
      bins[c] /= (double)bin;
  }
  memory_free(rows);
  return ok;
}

/* ---- Fourier transform ---- */

static void reverse_bits(double *re, double *im, int64_t n) {
  for (int64_t k = 1, j = 0; k < n; k++) {
    int64_t bit = n >> 1;
    for (; j & bit; bit >>= 1)
      j ^= bit;
    j ^= bit;
    if (k < j) {
      double r = re[k], i = im[k];
      re[k] = re[j], im[k] = im[j];
      re[j] = r, im[j] = i;
    }
  }
}

/* Radix 2, decimation in time; turns[k] = exp(-2 pi i k / n). */
static void transform(double *re, double *im, int64_t n, const double *turn_re, const double *turn_im) {
  reverse_bits(re, im, n);
  for (int64_t half = 1; half < n; half *= 2)
    for (int64_t first = 0; first < n; first += 2 * half)
      for (int64_t k = 0; k < half; k++) {
        int64_t a = first + k, b = a + half, t = k * (n / (2 * half));
        double r = re[b] * turn_re[t] - im[b] * turn_im[t], i = re[b] * turn_im[t] + im[b] * turn_re[t];
        re[b] = re[a] - r, im[b] = im[a] - i;
        re[a] += r, im[a] += i;
      }
}

static double *new_turns(int64_t n, Error *e) {
  double *turns = memory_new(sizeof(double) * (size_t)(n + 2));
  if (!turns)
    return error_memory(e, "a Fourier transform", (double)sizeof(double) * (double)n), NULL;
  for (int64_t k = 0; k < n / 2; k++)
    turns[k] = cos(2 * M_PI * (double)k / (double)n), turns[n / 2 + k] = -sin(2 * M_PI * (double)k / (double)n);
  return turns;
}

bool measure_fourier(double *re, double *im, int64_t n, Error *e) {
  if (n < 1 || (n & (n - 1)))
    return error_set(e, "Fourier transform: %lld is no power of two", (long long)n);
  double *turns = new_turns(n, e);
  if (!turns)
    return false;
  transform(re, im, n, turns, turns + n / 2);
  memory_free(turns);
  return true;
}

/* Rows of the window that the last frame had already are moved, not read again. */
bool measure_spectra(Stream *s, int64_t window, int64_t hop, int64_t n_frames, double *power, Error *e) {
  if (window < 2 || (window & (window - 1)))
    return error_set(e, "spectrogram: a window of %lld samples is no power of two", (long long)window);
  double *rows, *turns = new_turns(window, e), *hann = memory_new(sizeof(double) * (size_t)window * 3);
  if (!turns || !hann || !begin(s, &rows, window, e)) {
    memory_free(turns);
    if (!hann)
      error_memory(e, "a window", (double)sizeof(double) * (double)window * 3);
    memory_free(hann);
    return false;
  }
  double *re = hann + window, *im = re + window, weight = 0;
  for (int64_t k = 0; k < window; k++) {
    hann[k] = 0.5 - 0.5 * cos(2 * M_PI * (double)k / (double)window);
    weight += hann[k] * hann[k];
  }
  bool ok = next_rows(s, rows, window, e);
  for (int64_t f = 0; f < n_frames && ok; f++, power += window / 2 + 1) {
    for (int64_t k = 0; k < window; k++)
      re[k] = rows[k] * hann[k], im[k] = 0;
    transform(re, im, window, turns, turns + window / 2);
    for (int64_t k = 0; k <= window / 2; k++) {
      double both_sides = k == 0 || k == window / 2 ? 1 : 2;
      power[k] = both_sides * (re[k] * re[k] + im[k] * im[k]) / (weight * s->rate);
    }
    int64_t kept = hop < window ? window - hop : 0;
    memmove(rows, rows + window - kept, sizeof *rows * (size_t)kept);
    for (int64_t skip = hop - window; skip > 0 && ok; skip -= window)
      ok = next_rows(s, rows, skip < window ? skip : window, e);
    if (ok)
      ok = next_rows(s, rows + kept, window - kept, e);
  }
  memory_free(rows);
  memory_free(turns);
  memory_free(hann);
  return ok;
}
