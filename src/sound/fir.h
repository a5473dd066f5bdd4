/* Finite filters: short ones as sums, long ones by Fourier transform of overlapping blocks (overlap-save). Starting from rest. */
#ifndef LUNAPSE_SOUND_FIR_H
#define LUNAPSE_SOUND_FIR_H
#include <stdint.h>

#include "base/error.h"
#include "base/stream.h"

enum { FIR_SHORT = 128 }; /* taps; from there on a transform is faster */

/* Row k of a channel is the sum of taps[j] x[k - j]. taps[n_channels][n_taps] are copied: as many channels as the source has, or any number where it has one, or
** one for all. Errors: other widths, taps that are not finite, no FFTW for a long one. A long one reads its source ahead. */
Stream *fir_new(Stream *source, const double *taps, int64_t n_channels, int64_t n_taps, Error *e);

#endif
