#include "sound/measure.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/memory.h"

static bool next_rows(Stream *s, double *rows, int64_t n, Error *e) {
  if (stream_read_long(s, rows, n) >= 0)
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
