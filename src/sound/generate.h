/* Streams that read nothing: sounds made from formulas, noise, and rows of an array laid out in time.
**
** Row k of a sound is the sample at k/rate s after its start; past `n` samples it is silent. All of them jump to any row at once.
** Ownership and threading as for every stream (base/stream.h). Constructors return NULL with `e` filled. */
#ifndef LUNAPSE_SOUND_GENERATE_H
#define LUNAPSE_SOUND_GENERATE_H
#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/stream.h"

/* `value` on every channel: 0 is silence, another one a click. */
Stream *generate_constant(double value, int64_t n_channels, double rate, int64_t n, Error *e);

/* One pure tone: frequency in Hz, phase in rad. */
typedef struct {
  double frequency, amplitude, phase;
} Partial;

/* The sum of partials, amplitude sin(phase + 2 pi frequency k / rate). `partials` is copied. */
Stream *generate_tones(const Partial *partials, int64_t n_partials, double rate, int64_t n, Error *e);

/* White Gaussian noise of variance 1, every channel of its own. A sample is a function of (seed, channel, k) alone: Philox4x32-10 (Salmon et al. 2011)
** and the transform of Box & Muller. `n` may be -1: without end. */
Stream *generate_noise(uint64_t seed, int64_t n_channels, double rate, int64_t n, Error *e);

/* How the rows of an array lie in time. */
typedef struct {
  double rate;          /* rows of the array a second, Hz; row k holds from k/rate on. Not used where `times` is given */
  const Array *times;   /* NULL, or when each row begins: ms, rising, the first >= 0 (copied) */
  double period;        /* ms after which it starts again; 0: never */
  bool is_interpolated; /* straight lines between rows, not steps */
  bool ends_silent;     /* zeros after the last row (a sound); else the last row stays (a timed array). Before times[0]: zeros */
} RowTiming;

/* The rows of `rows` ([time][channel], any type, retained) as a stream at `rate`. Errors: no rows, times that fall or are too many or too few, a
** period shorter than the last time. */
Stream *generate_rows(Array *rows, const RowTiming *timing, double rate, Error *e);

#endif
