/* The gammatone filterbank of order 4, as four second-order sections in a row for every channel (Slaney 1993).
**
** Section s is (A0 + A1s z^-1) / (1 + B1 z^-1 + B2 z^-2); all have A0 = T. A0 is taken out of the four and put, with the gain that makes
** the response at the centre frequency 1, in front of the first section: the same filter with four multiplications fewer. Channels lie side by side
** in memory and go through the arithmetic units together, as many as the processor takes; each is computed alone, in one order, so the bits
** do not depend on how many go together. Filters start from rest; their state is kept from block to block. */
#ifndef LUNAPSE_SOUND_GAMMATONE_H
#define LUNAPSE_SOUND_GAMMATONE_H
#include <stdint.h>

#include "base/error.h"
#include "base/stream.h"

/* What shapes the bandwidth: ERB = ((cf/q)^order + min_width^order)^(1/order), bandwidth B = b 2 pi ERB. */
typedef struct {
  double b;         /* 1.019 */
  double q;         /* 9.26449 (Glasberg & Moore 1990) */
  double min_width; /* 24.7 Hz */
  double order;     /* 1 */
} GammatoneShape;

extern const GammatoneShape gammatone_shape; /* the values above */

/* One channel as it is in the literature. */
typedef struct {
  double a0, a1[4], b1, b2;
  double gain; /* of the four sections at cf, before it is divided by */
} GammatoneSections;

/* The coefficients for centre frequency `cf` (Hz, below rate/2) at a sampling rate (Hz). */
GammatoneSections gammatone_sections(double cf, double rate, const GammatoneShape *shape);

/* A stream of n channels with centre frequencies cf[n], which reads `source` (retained): one channel that all filter, or n channels.
** Errors: another width of the source; a frequency that is not in 0 .. rate/2, with its number from 1. NULL on an error. */
Stream *gammatone_new(Stream *source, const double *cf, int64_t n, const GammatoneShape *shape, Error *e);

/* Number of doubles that the widest instructions of this processor take (2, 4 or 8); gammatone_set_lanes makes tests use fewer (0: as many as
** there are). For streams made from now on. */
int gammatone_lanes(void);
void gammatone_set_lanes(int n);

#endif
