#include "sound/filter.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/clones.h"

enum { PER_SECTION = 5 };

typedef struct {
  Stream stream;
  Stream *source; /* owned reference */
  int n_sections;
  double *coefficients; /* owned, [section][b0 b1 b2 a1 a2][channel] */
  double *state;        /* owned, [section][2][channel] */
  double *input;        /* owned, [STREAM_BLOCK]: rows of a source of one channel; NULL where rows are read into `out` itself */
} Filter;

/* One section over n rows, in place. Channels are independent, so they go side by side. */
CLONES static void run_section(const double *restrict f, double *restrict state, double *restrict rows, int64_t n, int64_t n_channels) {
  const double *b0 = f, *b1 = f + n_channels, *b2 = f + 2 * n_channels, *a1 = f + 3 * n_channels, *a2 = f + 4 * n_channels;
  double *p = state, *q = state + n_channels;
  for (int64_t k = 0; k < n; k++, rows += n_channels) {
#pragma omp simd
    for (int64_t c = 0; c < n_channels; c++) {
      double x = rows[c], y = b0[c] * x + p[c];
      p[c] = (b1[c] * x + q[c]) - a1[c] * y;
      q[c] = b2[c] * x - a2[c] * y;
      rows[c] = y;
    }
  }
}

static bool filter_read(Stream *s, double *out, int64_t n) {
  Filter *f = (Filter *)s;
  if (stream_read(f->source, f->input ? f->input : out, n) < 0)
    return stream_fail(s, f->source);
  if (f->input)
    for (int64_t k = 0; k < n; k++)
      for (int64_t c = 0; c < s->n_channels; c++)
        out[k * s->n_channels + c] = f->input[k];
  unsigned mode = parallel_mode();
  parallel_flush_denormals();
  for (int i = 0; i < f->n_sections; i++)
    run_section(f->coefficients + i * PER_SECTION * s->n_channels, f->state + i * 2 * s->n_channels, out, n, s->n_channels);
  parallel_restore_mode(mode);
  return true;
}

static bool filter_reset(Stream *s) {
  Filter *f = (Filter *)s;
  memset(f->state, 0, sizeof(double) * 2 * (size_t)(f->n_sections * s->n_channels));
  return stream_reset(f->source) || stream_fail(s, f->source);
}

static void filter_free(Stream *s) {
  Filter *f = (Filter *)s;
  stream_release(f->source);
  memory_free(f->coefficients);
  memory_free(f->state);
  memory_free(f->input);
  memory_free(f);
}

/* The triangle of Jury: both poles within the unit circle. */
static bool is_stable(const Section *s) { return fabs(s->a2) < 1 && fabs(s->a1) < 1 + s->a2; }

static bool is_finite(const Section *s) {
  return isfinite(s->b0) && isfinite(s->b1) && isfinite(s->b2) && isfinite(s->a1) && isfinite(s->a2);
}

static bool check_sections(const Section *sections, int64_t n_channels, int n_sections, Error *e) {
  for (int64_t k = 0; k < n_channels * n_sections; k++) {
    long long channel = k / n_sections + 1, section = k % n_sections + 1;
    if (!is_finite(&sections[k]))
      return error_set(e, "filter: channel %lld, section %lld: coefficients must be finite", channel, section);
    if (!is_stable(&sections[k]))
      return error_set(e,
                       "filter: channel %lld, section %lld is unstable: a pole of 1 %+g z^-1 %+g z^-2 lies on or outside the unit circle",
                       channel, section, sections[k].a1, sections[k].a2);
  }
  return true;
}

static void lay_out(Filter *f, const Section *sections, bool one_for_all) {
  int64_t width = f->stream.n_channels;
  for (int64_t c = 0; c < width; c++)
    for (int i = 0; i < f->n_sections; i++) {
      const Section *s = &sections[(one_for_all ? 0 : c) * f->n_sections + i];
      double *to = f->coefficients + i * PER_SECTION * width + c;
      to[0] = s->b0, to[width] = s->b1, to[2 * width] = s->b2, to[3 * width] = s->a1, to[4 * width] = s->a2;
    }
}

Stream *filter_new(Stream *source, const Section *sections, int64_t n_channels, int n_sections, Error *e) {
  if (n_channels < 1 || n_sections < 1)
    return error_set(e, "filter: no coefficients"), NULL;
  if (n_channels != 1 && source->n_channels != 1 && n_channels != source->n_channels)
    return error_set(e, "filter: coefficients for %lld channels, but the source has %lld", (long long)n_channels,
                     (long long)source->n_channels),
           NULL;
  if (!check_sections(sections, n_channels, n_sections, e))
    return NULL;
  Filter *f = memory_new(sizeof *f);
  if (!f)
    return error_memory(e, "a filter", sizeof *f), NULL;
  int64_t width = n_channels > source->n_channels ? n_channels : source->n_channels;
  stream_init(&f->stream, width, source->rate, source->n_samples);
  f->stream.read = filter_read, f->stream.reset = filter_reset, f->stream.free = filter_free;
  f->source = stream_retain(source);
  f->n_sections = n_sections;
  bool is_spread = width > source->n_channels;
  double per_channel = (double)sizeof(double) * n_sections * (PER_SECTION + 2);
  f->coefficients = memory_new(sizeof(double) * PER_SECTION * (size_t)(n_sections * width));
  f->state = memory_new(sizeof(double) * 2 * (size_t)(n_sections * width));
  f->input = is_spread ? memory_new(sizeof(double) * STREAM_BLOCK) : NULL;
  if (!f->coefficients || !f->state || (is_spread && !f->input)) {
    stream_release(&f->stream);
    return error_memory(e, "a filter", per_channel * (double)width), NULL;
  }
  lay_out(f, sections, n_channels == 1);
  return &f->stream;
}

/* Root of the sum of squares of the impulse response. */
static double loudness(const Section *sections, int n_sections, int64_t n) {
  double state[FILTER_PINK_SECTIONS][2] = { { 0 } }, sum = 0;
  for (int64_t k = 0; k < n; k++) {
    double x = k == 0;
    for (int i = 0; i < n_sections; i++) {
      const Section *s = &sections[i];
      double y = s->b0 * x + state[i][0];
      state[i][0] = s->b1 * x + state[i][1] - s->a1 * y;
      state[i][1] = s->b2 * x - s->a2 * y;
      x = y;
    }
    sum += x * x;
  }
  return sqrt(sum);
}

/* A slope of -3 dB an octave as a staircase: real poles half a decade apart with a zero midway (on a logarithmic axis) between two of them, to
** the z plane by exp(-2 pi f/rate). Near half the rate this lies up to 1.5 dB too high; the pair (1 + 0.40 z^-1)/(1 + 0.32 z^-1), found by
** search, takes that off. The bilinear transform was tried for the poles and zeros: 7 dB off at the top. */
int filter_pink(Section *sections, double rate, int64_t *settle) {
  double zeros[2 * FILTER_PINK_SECTIONS], poles[2 * FILTER_PINK_SECTIONS], lowest = 4, step = sqrt(10);
  int n = 0, n_sections = 0;
  zeros[n] = -0.40, poles[n++] = -0.32;
  for (double f = lowest; f < 3 * rate && n < 2 * FILTER_PINK_SECTIONS; f *= step, n++) {
    poles[n] = exp(-2 * M_PI * f / rate);
    zeros[n] = exp(-2 * M_PI * f * sqrt(step) / rate);
  }
  for (int k = 0; k < n; k += 2) {
    double z = k + 1 < n ? zeros[k + 1] : 0, p = k + 1 < n ? poles[k + 1] : 0;
    sections[n_sections++] = (Section){ 1, -(zeros[k] + z), zeros[k] * z, -(poles[k] + p), poles[k] * p };
  }
  *settle = (int64_t)ceil(16 * rate / (2 * M_PI * lowest));
  double scale = 1 / loudness(sections, n_sections, *settle);
  sections[0].b0 *= scale, sections[0].b1 *= scale, sections[0].b2 *= scale;
  return n_sections;
}
