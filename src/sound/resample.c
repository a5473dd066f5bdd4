#include "sound/resample.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/memory.h"

enum {
  ZEROS = 64,        /* zero crossings of the sinc on either side: what gives a transition band of 0.05 of the lower rate */
  MOST_PHASES = 4096 /* of the table. More, or rates without a common measure: between two entries, 140 dB exact */
};
static const double attenuation = 100; /* dB */

typedef struct {
  Stream stream;
  Stream *source;   /* owned reference */
  double ratio;     /* source rows for one row */
  int64_t up, down; /* the same as down/up, where it is a fraction of small numbers; else up = 0 */
  int64_t half;     /* taps on either side */
  int64_t n_phases;
  double *taps;   /* owned, [n_phases + 1][2 half]; the last phase is the first, one row on */
  double *mixed;  /* owned, [2 half]: taps between two phases */
  double *window; /* owned, [room][channels]: rows base .. base+n_held-1 of the source */
  int64_t room, base, n_held;
} Resample;

/* Modified Bessel function of order 0, by its series. */
static double bessel(double x) {
  double sum = 1, term = 1;
  for (int k = 1; term > 1e-18 * sum; k++) {
    term *= (x / (2 * k)) * (x / (2 * k));
    sum += term;
  }
  return sum;
}

/* Taps for a row that lies `part` (0..1) after row 0 of the source: tap k weighs row k - half + 1. They add up to 1, so that a constant stays. */
static void design_phase(double *taps, int64_t half, double part, double scale) {
  double beta = 0.1102 * (attenuation - 8.7), sum = 0;
  double width = (attenuation - 7.95) / (2.285 * 2 * ZEROS * M_PI); /* of the transition, in half rates (Kaiser) */
  double cutoff = scale * (1 - width / 2);                          /* so that the stop band begins at the half rate */
  for (int64_t k = 0; k < 2 * half; k++) {
    double t = part - (double)(k - half + 1), edge = t / (double)half, x = M_PI * cutoff * t;
    taps[k] = fabs(edge) < 1 ? (x == 0 ? 1 : sin(x) / x) * bessel(beta * sqrt(1 - edge * edge)) : 0;
    sum += taps[k];
  }
  for (int64_t k = 0; k < 2 * half; k++)
    taps[k] /= sum;
}

/* Row `at`: the source's row before it, and taps. */
static const double *find_taps(Resample *r, int64_t at, int64_t *whole) {
  int64_t width = 2 * r->half;
  if (r->up) {
    *whole = at * r->down / r->up;
    return r->taps + at * r->down % r->up * width;
  }
  double place = (double)at * r->ratio, phase = (place - floor(place)) * (double)r->n_phases, part = phase - floor(phase);
  const double *low = r->taps + (int64_t)phase * width, *high = low + width;
  *whole = (int64_t)floor(place);
  for (int64_t k = 0; k < width; k++)
    r->mixed[k] = low[k] + part * (high[k] - low[k]);
  return r->mixed;
}

/* Hold the source's rows up to `last`. Rows before 0 are silence, and held as such. */
static bool hold(Resample *r, int64_t first, int64_t last) {
  int64_t width = r->source->n_channels;
  while (r->base + r->n_held <= last) {
    if (r->n_held == r->room) {
      int64_t gone = first - r->base;
      r->n_held -= gone, r->base = first;
      memmove(r->window, r->window + gone * width, sizeof(double) * (size_t)(r->n_held * width));
    }
    int64_t n = r->room - r->n_held, at = r->base + r->n_held;
    if (n > STREAM_BLOCK)
      n = STREAM_BLOCK;
    double *to = r->window + r->n_held * width;
    if (at < 0) {
      if (n > -at)
        n = -at;
      memset(to, 0, sizeof *to * (size_t)(n * width));
    } else if (stream_read(r->source, to, n) < 0)
      return stream_fail(&r->stream, r->source);
    r->n_held += n;
  }
  return true;
}

static bool resample_read(Stream *s, double *out, int64_t n) {
  Resample *r = (Resample *)s;
  for (int64_t k = 0; k < n; k++, out += s->n_channels) {
    int64_t whole;
    const double *taps = find_taps(r, s->at + k, &whole);
    int64_t first = whole - r->half + 1;
    if (!hold(r, first, whole + r->half))
      return false;
    const double *x = r->window + (first - r->base) * s->n_channels;
    for (int64_t c = 0; c < s->n_channels; c++) {
      double even = 0, odd = 0;
      for (int64_t t = 0; t < 2 * r->half; t += 2) {
        even += taps[t] * x[t * s->n_channels + c];
        odd += taps[t + 1] * x[(t + 1) * s->n_channels + c];
      }
      out[c] = even + odd;
    }
  }
  return true;
}

static bool resample_seek(Stream *s, int64_t at) {
  Resample *r = (Resample *)s;
  int64_t whole;
  find_taps(r, at, &whole);
  r->base = whole - r->half + 1, r->n_held = 0;
  return stream_seek(r->source, r->base > 0 ? r->base : 0) || stream_fail(s, r->source);
}

static bool resample_reset(Stream *s) {
  Resample *r = (Resample *)s;
  r->base = 1 - r->half, r->n_held = 0;
  return stream_reset(r->source) || stream_fail(s, r->source);
}

static void resample_free(Stream *s) {
  Resample *r = (Resample *)s;
  stream_release(r->source);
  memory_free(r->taps);
  memory_free(r->mixed);
  memory_free(r->window);
  memory_free(r);
}

static int64_t common_measure(int64_t a, int64_t b) {
  while (b) {
    int64_t rest = a % b;
    a = b, b = rest;
  }
  return a;
}

Stream *resample_new(Stream *source, double rate, Error *e) {
  Resample *r = memory_new(sizeof *r);
  if (!r)
    return error_memory(e, "a change of rate", sizeof *r), NULL;
  double length = rint((double)source->n_samples * rate / source->rate);
  stream_init(&r->stream, source->n_channels, rate, source->n_samples < 0 ? -1 : (int64_t)length);
  r->stream.read = resample_read, r->stream.reset = resample_reset, r->stream.seek = resample_seek, r->stream.free = resample_free;
  r->source = stream_retain(source);
  r->ratio = source->rate / rate;
  double scale = r->ratio > 1 ? 1 / r->ratio : 1;
  r->half = (int64_t)ceil(ZEROS / scale);
  r->base = 1 - r->half;
  r->n_phases = MOST_PHASES;
  if (rate == rint(rate) && source->rate == rint(source->rate)) {
    int64_t measure = common_measure((int64_t)rate, (int64_t)source->rate), up = (int64_t)rate / measure;
    if (up <= MOST_PHASES)
      r->up = r->n_phases = up, r->down = (int64_t)source->rate / measure;
  }
  r->room = 2 * r->half + STREAM_BLOCK;
  double bytes = 8.0 * (double)((r->n_phases + 2) * 2 * r->half + r->room * source->n_channels);
  r->taps = memory_new(sizeof(double) * (size_t)((r->n_phases + 1) * 2 * r->half));
  r->mixed = memory_new(sizeof(double) * (size_t)(2 * r->half));
  r->window = memory_new(sizeof(double) * (size_t)(r->room * source->n_channels));
  if (!r->taps || !r->mixed || !r->window) {
    stream_release(&r->stream);
    return error_memory(e, "a change of rate", bytes), NULL;
  }
  for (int64_t p = 0; p <= r->n_phases; p++)
    design_phase(r->taps + p * 2 * r->half, r->half, (double)p / (double)r->n_phases, scale);
  return &r->stream;
}
