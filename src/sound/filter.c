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
  Stream *control;      /* owned reference: where coefficients come from row by row; NULL where they stay */
  int64_t n_held;       /* rows in `coefficients`: 1, or as many as are read of `control` at once */
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

/* The triangle of Jury: both poles within the unit circle. */
static bool is_stable(const Section *s) { return fabs(s->a2) < 1 && fabs(s->a1) < 1 + s->a2; }

static bool is_finite(const Section *s) {
  return isfinite(s->b0) && isfinite(s->b1) && isfinite(s->b2) && isfinite(s->a1) && isfinite(s->a2);
}

/* Every channel and section of a row of coefficients, in a loop without branches. */
CLONES static bool is_sound_row(const double *f, int64_t n_sections, int64_t n) {
  int bad = 0;
  for (int64_t i = 0; i < n_sections; i++, f += PER_SECTION * n) {
#pragma omp simd reduction(| : bad)
    for (int64_t c = 0; c < n; c++) {
      double b = (f[c] + f[n + c] + f[2 * n + c]) * 0, a1 = fabs(f[3 * n + c]), a2 = f[4 * n + c];
      bad |= !(b == 0) | !(fabs(a2) < 1) | !(a1 < 1 + a2);
    }
  }
  return !bad;
}

/* What is wrong with row `at` of the coefficients. */
static bool fail_row(Filter *f, const double *row, int64_t at) {
  int64_t n = f->stream.n_channels;
  for (int64_t i = 0; i < f->n_sections; i++, row += PER_SECTION * n)
    for (int64_t c = 0; c < n; c++) {
      Section s = { row[c], row[n + c], row[2 * n + c], row[3 * n + c], row[4 * n + c] };
      if (is_finite(&s) && is_stable(&s))
        continue;
      double ms = (double)at * 1000 / f->stream.rate;
      if (!is_finite(&s))
        return error_set(&f->stream.error, "iir: at %g ms, channel %lld, section %lld: coefficients must be finite", ms, (long long)(c + 1),
                         (long long)(i + 1));
      return error_set(
          &f->stream.error,
          "iir: at %g ms, channel %lld, section %lld is unstable: a pole of 1 %+g z^-1 %+g z^-2 lies on or outside the unit circle", ms,
          (long long)(c + 1), (long long)(i + 1), s.a1, s.a2);
    }
  return error_set(&f->stream.error, "iir: coefficients must be finite, and their sums too");
}

/* Rows of which each has its own coefficients. */
static bool run_controlled(Filter *f, double *out, int64_t n) {
  Stream *s = &f->stream;
  for (int64_t done = 0; done < n;) {
    int64_t rows = n - done < f->n_held ? n - done : f->n_held;
    if (stream_read(f->control, f->coefficients, rows) < 0)
      return stream_fail(s, f->control);
    unsigned mode = parallel_mode();
    parallel_flush_denormals();
    for (int64_t k = 0; k < rows; k++, done++) {
      const double *row = f->coefficients + k * f->control->n_channels;
      if (!is_sound_row(row, f->n_sections, s->n_channels)) {
        parallel_restore_mode(mode);
        return fail_row(f, row, s->at + done);
      }
      for (int i = 0; i < f->n_sections; i++)
        run_section(row + i * PER_SECTION * s->n_channels, f->state + i * 2 * s->n_channels, out + done * s->n_channels, 1, s->n_channels);
    }
    parallel_restore_mode(mode);
  }
  return true;
}

static bool filter_read(Stream *s, double *out, int64_t n) {
  Filter *f = (Filter *)s;
  if (stream_read(f->source, f->input ? f->input : out, n) < 0)
    return stream_fail(s, f->source);
  if (f->input)
    for (int64_t k = 0; k < n; k++)
      for (int64_t c = 0; c < s->n_channels; c++)
        out[k * s->n_channels + c] = f->input[k];
  if (f->control)
    return run_controlled(f, out, n);
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
  if (f->control && !stream_reset(f->control))
    return stream_fail(s, f->control);
  return stream_reset(f->source) || stream_fail(s, f->source);
}

static void filter_free(Stream *s) {
  Filter *f = (Filter *)s;
  stream_release(f->source);
  stream_release(f->control);
  memory_free(f->coefficients);
  memory_free(f->state);
  memory_free(f->input);
  memory_free(f);
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

/* A filter at rest, with room for n_held rows of coefficients. */
static Filter *new_filter(Stream *source, int64_t width, int n_sections, int64_t n_held, Error *e) {
  Filter *f = memory_new(sizeof *f);
  if (!f)
    return error_memory(e, "a filter", sizeof *f), NULL;
  stream_init(&f->stream, width, source->rate, source->n_samples);
  f->stream.read = filter_read, f->stream.reset = filter_reset, f->stream.free = filter_free;
  f->source = stream_retain(source);
  f->n_sections = n_sections;
  f->n_held = n_held;
  bool is_spread = width > source->n_channels;
  size_t n_coefficients = (size_t)(n_held * PER_SECTION * n_sections * width), n_state = 2 * (size_t)(n_sections * width);
  f->coefficients = memory_new(sizeof(double) * n_coefficients);
  f->state = memory_new(sizeof(double) * n_state);
  f->input = is_spread ? memory_new(sizeof(double) * STREAM_BLOCK) : NULL;
  if (f->coefficients && f->state && (!is_spread || f->input))
    return f;
  stream_release(&f->stream);
  return error_memory(e, "a filter", (double)sizeof(double) * (double)(n_coefficients + n_state)), NULL;
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
  int64_t width = n_channels > source->n_channels ? n_channels : source->n_channels;
  Filter *f = new_filter(source, width, n_sections, 1, e);
  if (!f)
    return NULL;
  lay_out(f, sections, n_channels == 1);
  return &f->stream;
}

Stream *filter_controlled_new(Stream *source, Stream *coefficients, int n_sections, Error *e) {
  int64_t per_channel = PER_SECTION * (int64_t)n_sections, width = coefficients->n_channels / per_channel;
  if (width < 1 || coefficients->n_channels % per_channel != 0 || (source->n_channels != 1 && source->n_channels != width))
    return error_set(e, "iir: %lld coefficients for %lld channels and %d sections", (long long)coefficients->n_channels,
                     (long long)source->n_channels, n_sections),
           NULL;
  if (coefficients->rate != source->rate)
    return error_set(e, "iir: what the coefficients depend on has %g rows a second, the source has %g", coefficients->rate, source->rate),
           NULL;
  enum { NUMBERS = 1 << 15 }; /* 256 kB */
  int64_t rows = NUMBERS / coefficients->n_channels;
  Filter *f = new_filter(source, width, n_sections, rows < 1 ? 1 : rows > STREAM_BLOCK ? STREAM_BLOCK : rows, e);
  if (!f)
    return NULL;
  f->control = stream_retain(coefficients);
  if (f->stream.n_samples >= 0 && coefficients->n_samples > f->stream.n_samples)
    f->stream.n_samples = coefficients->n_samples;
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
