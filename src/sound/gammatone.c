#include "sound/gammatone.h"

#include <complex.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"

enum {
  MOST_LANES = 8,
  PER_CHANNEL = 7, /* gain; A1s/A0 of the four sections; -B1; -B2 */
  STATES = 8,      /* two for each section */
  ROWS = 64        /* rows that go through one group of channels before the next: their output stays in the first cache */
};

typedef struct Bank {
  Stream stream;
  Stream *source; /* owned reference */
  bool is_mono;
  int lanes;
  void (*filter)(struct Bank *, const double *x, double *out, int64_t n);
  double *coefficients; /* owned, [group][PER_CHANNEL][lanes] */
  double *state;        /* owned, [group][STATES][lanes] */
  size_t state_bytes;
  double *input; /* owned, [STREAM_BLOCK][source's channels] */
} Bank;

#define LANES 2
#define TARGET
#define NAME(x) x##_2
#include "sound/gammatone_lanes.h"
#undef LANES
#undef TARGET
#undef NAME

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define HAS_WIDE 1
#define LANES 4
#define TARGET __attribute__((target("avx2")))
#define NAME(x) x##_4
#include "sound/gammatone_lanes.h"
#undef LANES
#undef TARGET
#undef NAME
#define LANES 8
#define TARGET __attribute__((target("avx512f")))
#define NAME(x) x##_8
#include "sound/gammatone_lanes.h"
#undef LANES
#undef TARGET
#undef NAME
#endif

const GammatoneShape gammatone_shape = { 1.019, 9.26449, 24.7, 1 };

static int wanted_lanes;

void gammatone_set_lanes(int n) { wanted_lanes = n; }

int gammatone_lanes(void) {
  int there = 2;
#ifdef HAS_WIDE
  if (__builtin_cpu_supports("avx512f"))
    there = 8;
  else if (__builtin_cpu_supports("avx2"))
    there = 4;
#endif
  return wanted_lanes && wanted_lanes < there ? wanted_lanes : there;
}

/* The denominator at cf is (1 - E)(1 - E/z^2) with z = exp(i phi): written like this, nothing cancels at low frequencies. */
GammatoneSections gammatone_sections(double cf, double rate, const GammatoneShape *shape) {
  const double q[4] = { sqrt(3 + pow(2, 1.5)), -sqrt(3 + pow(2, 1.5)), sqrt(3 - pow(2, 1.5)), -sqrt(3 - pow(2, 1.5)) };
  double t = 1 / rate, order = shape->order;
  double width = order == 1 ? cf / shape->q + shape->min_width : pow(pow(cf / shape->q, order) + pow(shape->min_width, order), 1 / order);
  double decay = shape->b * 2 * M_PI * width * t, e = exp(-decay), phi = 2 * M_PI * cf * t;
  double co = cos(phi), si = sin(phi);
  GammatoneSections f = { .a0 = t, .b1 = -2 * co * e, .b2 = e * e };
  double complex back = co - I * si; /* 1/z at cf */
  double complex denominator = -expm1(-decay) * (1 - f.b2 / e * (back * back));
  double complex gain = 1;
  for (int s = 0; s < 4; s++) {
    f.a1[s] = -t * e * (co + q[s] * si);
    gain *= (t + f.a1[s] * back) / denominator;
  }
  f.gain = cabs(gain);
  return f;
}

/* Coefficients and state of one group of channels lie together, so that each is one aligned load. Lanes beyond the last channel filter nothing. */
static void lay_out(Bank *b, const double *cf, const GammatoneShape *shape) {
  for (int64_t c = 0; c < b->stream.n_channels; c++) {
    GammatoneSections s = gammatone_sections(cf[c], b->stream.rate, shape);
    double *f = b->coefficients + c / b->lanes * b->lanes * PER_CHANNEL + c % b->lanes;
    f[0] = s.a0 * s.a0 * s.a0 * s.a0 / s.gain;
    for (int k = 0; k < 4; k++)
      f[(1 + k) * b->lanes] = s.a1[k] / s.a0;
    f[5 * b->lanes] = -s.b1;
    f[6 * b->lanes] = -s.b2;
  }
}

static bool bank_read(Stream *s, double *out, int64_t n) {
  Bank *b = (Bank *)s;
  if (stream_read(b->source, b->input, n) < 0)
    return stream_fail(s, b->source);
  unsigned mode = parallel_mode();
  parallel_flush_denormals(); /* in silence the states decay into denormal numbers */
  b->filter(b, b->input, out, n);
  parallel_restore_mode(mode);
  return true;
}

static bool bank_reset(Stream *s) {
  Bank *b = (Bank *)s;
  memset(b->state, 0, b->state_bytes);
  return stream_reset(b->source) || stream_fail(s, b->source);
}

static void bank_free(Stream *s) {
  Bank *b = (Bank *)s;
  stream_release(b->source);
  memory_free(b->coefficients);
  memory_free(b->state);
  memory_free(b->input);
  memory_free(b);
}

Stream *gammatone_new(Stream *source, const double *cf, int64_t n, const GammatoneShape *shape, Error *e) {
  if (n < 1)
    return error_set(e, "gammatone: no centre frequency"), NULL;
  if (source->n_channels != 1 && source->n_channels != n)
    return error_set(e,
                     "gammatone: the source has %lld channels, and there are %lld centre frequencies: give a source of one channel, or one "
                     "frequency for each channel",
                     (long long)source->n_channels, (long long)n),
           NULL;
  for (int64_t c = 0; c < n; c++)
    if (!(cf[c] > 0 && cf[c] < source->rate / 2))
      return error_set(e, "gammatone: centre frequency %lld is %g Hz: it must lie above 0 and below half the sampling rate, %g Hz",
                       (long long)(c + 1), cf[c], source->rate / 2),
             NULL;
  Bank *b = memory_new(sizeof *b);
  if (!b)
    return error_memory(e, "a filterbank", sizeof *b), NULL;
  stream_init(&b->stream, n, source->rate, source->n_samples);
  b->stream.read = bank_read, b->stream.reset = bank_reset, b->stream.free = bank_free;
  b->source = stream_retain(source);
  b->is_mono = source->n_channels == 1;
  b->lanes = gammatone_lanes();
  b->filter = filter_rows_2;
#ifdef HAS_WIDE
  if (b->lanes == 4)
    b->filter = filter_rows_4;
  if (b->lanes == 8)
    b->filter = filter_rows_8;
#endif
  int64_t padded = (n + b->lanes - 1) / b->lanes * b->lanes;
  b->state_bytes = sizeof(double) * STATES * (size_t)padded;
  size_t coefficient_bytes = sizeof(double) * PER_CHANNEL * (size_t)padded,
         input_bytes = sizeof(double) * STREAM_BLOCK * (size_t)source->n_channels;
  b->coefficients = memory_new(coefficient_bytes);
  b->state = memory_new(b->state_bytes);
  b->input = memory_new(input_bytes);
  if (!b->coefficients || !b->state || !b->input) {
    error_memory(e, "a filterbank", (double)(coefficient_bytes + b->state_bytes + input_bytes));
    stream_release(&b->stream);
    return NULL;
  }
  lay_out(b, cf, shape);
  return &b->stream;
}
