/* Streams made of streams: ramps, gains, sequences, cuts, choices of channels, and functions of the samples.
**
** Each retains the streams it reads, and reads them in its own order: give a stream to one reader only. Constructors return NULL with `e` filled. */
#ifndef LUNAPSE_SOUND_SHAPE_H
#define LUNAPSE_SOUND_SHAPE_H
#include <stdint.h>

#include "base/stream.h"

/* The first n_on and the last n_off of the source's samples times sin(pi/2 k/(m-1))^2, k = 0 .. m-1, reversed at the end. */
Stream *shape_ramp(Stream *source, int64_t n_on, int64_t n_off, Error *e);

/* Channel c times gains[c]; one gain does for all (n_gains 1). */
Stream *shape_gain(Stream *source, const double *gains, int64_t n_gains, Error *e);

/* One after the other: the nominal length of each, then silence. They have one rate and width, and a length. */
Stream *shape_sequence(Stream *const *sources, int64_t n, Error *e);

/* Side by side: the channels of the first, then those of the second, ... of one rate; as long as the longest. */
Stream *shape_join(Stream *const *sources, int64_t n, Error *e);

/* Rows first .. first+n-1, then silence; a negative `first` begins with silence. n = -1: as far as the source goes. */
Stream *shape_cut(Stream *source, int64_t first, int64_t n, Error *e);

/* Channels channels[0], channels[1], ... of the source (from 0; any order, repetition allowed). */
Stream *shape_pick(Stream *source, const int64_t *channels, int64_t n, Error *e);

/* The mean of all channels, as one. */
Stream *shape_mono(Stream *source, Error *e);

/* What a function is applied with. `apply` gets rows at, at+1, ... as block[n][n_channels], changes them in place, and returns false with
** `e` filled on an error. `free` (may be NULL) gets the context when the stream goes. A function whose result for a row could hang on the rows
** around it, or that is costly to call, says wants_whole_blocks: it always gets STREAM_BLOCK rows, the first a multiple of that. */
typedef struct {
  bool wants_whole_blocks;
  void *context; /* owned by the stream once shape_map has returned one */
  bool (*apply)(void *context, double *block, int64_t n, int64_t n_channels, int64_t at, Error *e);
  void (*free)(void *context);
} ShapeFunction;

Stream *shape_map(Stream *source, ShapeFunction function, Error *e);

#endif
