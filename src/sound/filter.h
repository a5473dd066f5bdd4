/* Filters made of second-order sections in a row, with coefficients of their own for every channel: the colour of pink noise, and whatever coefficients
** the caller has. Direct form II transposed, starting from rest, state kept from block to block. */
#ifndef LUNAPSE_SOUND_FILTER_H
#define LUNAPSE_SOUND_FILTER_H
#include <stdint.h>

#include "base/error.h"
#include "base/stream.h"

/* (b0 + b1 z^-1 + b2 z^-2) / (1 + a1 z^-1 + a2 z^-2) */
typedef struct {
  double b0, b1, b2, a1, a2;
} Section;

/* A stream through sections[channel][n_sections] (copied), n_channels of them: as many as the source has, or any number where it has one, or one
** for all channels. Errors: other widths, coefficients that are not finite, poles on or outside the unit circle. NULL on an error. */
Stream *filter_new(Stream *source, const Section *sections, int64_t n_channels, int n_sections, Error *e);

/* The same with coefficients that change: each row of the stream `coefficients` is [section][b0 b1 b2 a1 a2][channel], and holds for that row of the
** source. The state goes on as it is. A row that is not finite or not stable fails the read. */
Stream *filter_controlled_new(Stream *source, Stream *coefficients, int n_sections, Error *e);

/* Sections that turn white noise of variance 1 into pink noise of variance 1: power proportional to 1/f within 0.25 dB from 20 Hz to 0.48 of the
** rate, flat below 4 Hz. Fills at most FILTER_PINK_SECTIONS and returns how many; *settle gets the rows after which its start is forgotten. */
enum { FILTER_PINK_SECTIONS = 16 };
int filter_pink(Section *sections, double rate, int64_t *settle);

#endif
