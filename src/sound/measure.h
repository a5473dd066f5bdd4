/* What is measured of a whole stream, in one pass and in the memory of one block: level, peak, energy in bins of time. */
#ifndef LUNAPSE_SOUND_MEASURE_H
#define LUNAPSE_SOUND_MEASURE_H
#include <stdint.h>

#include "base/error.h"
#include "base/stream.h"

/* Of one channel. */
typedef struct {
  double mean;
  double rms;  /* sqrt(mean((x - mean)^2)) */
  double peak; /* largest |x| */
} Measure;

/* Reset the stream, read n rows and measure every channel into measures[n_channels]. Moments of blocks are merged (Chan, Golub & LeVeque
** 1983): as exact as two passes. False with `e` filled when a read fails. */
bool measure_channels(Stream *s, int64_t n, Measure *measures, Error *e);

/* Reset the stream and read n_bins * bin rows: bins[n_bins][n_channels] = mean of x^2 over each bin. */
bool measure_bins(Stream *s, int64_t bin, int64_t n_bins, double *bins, Error *e);

#endif
