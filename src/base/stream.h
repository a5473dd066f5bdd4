/* A Stream is a source of rows that are made block by block: a sound, a filterbank, a timed array, a function of time.
**
** What drives neurons, and what sound is filtered through, is a chain of Streams: each owns a reference to the ones it reads.
** A stream has no end: past `n_samples` a sound is silent and the filters behind it ring out, a timed array keeps its last row; so
** `stream_read` fills every row it is asked for. The rows do not depend on how they are cut into blocks, to the bit, and are the
** same again after a reset. Memory is that of one block, whatever the length.
** Ownership: made with one reference, freed with the last. Not thread-safe: one reader, on the thread that made it (a stream may call
** Lua). Nothing is allocated by a read. */
#ifndef LUNAPSE_BASE_STREAM_H
#define LUNAPSE_BASE_STREAM_H
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum { STREAM_BLOCK = 512 }; /* rows: the most that `read` is ever asked for at once; also a good size of a reader's buffer */

typedef struct Stream Stream;
struct Stream {
  int64_t n_channels; /* width of a row */
  double rate;        /* rows a second, Hz */
  int64_t n_samples;  /* nominal length in rows; -1 where there is none */
  int64_t at;         /* rows read since the last reset: the number of the next row */
  int32_t references;
  bool is_failed; /* set with `error`; a failed stream fails again until it is reset */
  Error error;

  /* What a kind of stream supplies; others call the functions below.
  **   read   fill out[n][n_channels], 1 <= n <= STREAM_BLOCK, and return true; or fill `error` and return false
  **   reset  go back to row 0
  **   seek   move to row `at` (NULL: stream_seek resets and reads up to there)
  **   free   release what the stream holds, and the stream itself */
  bool (*read)(Stream *, double *out, int64_t n);
  bool (*reset)(Stream *);
  bool (*seek)(Stream *, int64_t at);
  void (*free)(Stream *);
};

/* Set the fields above, with one reference; `s` is the beginning of a larger structure, zeroed by memory_new. */
void stream_init(Stream *s, int64_t n_channels, double rate, int64_t n_samples);

/* Count references. `stream_release(NULL)` does nothing. */
Stream *stream_retain(Stream *s);
void stream_release(Stream *s);

/* Fill out[n][n_channels], row-major, with the next n rows (any n >= 0). Returns n, or -1 with `s->error` filled. */
int64_t stream_read(Stream *s, double *out, int64_t n);

/* The same of what may take long, outside a run: Ctrl-C ends it between two blocks, with the error "interrupted"; the stream can be read on. */
int64_t stream_read_long(Stream *s, double *out, int64_t n);

/* Start again at row 0. The rows that follow are the same bits as the first time. */
bool stream_reset(Stream *s);

/* Go to row `at` (>= 0): what is read next is what would be read there after a reset. For resuming a run from a file. Ctrl-C ends it. */
bool stream_seek(Stream *s, int64_t at);

/* For the makers of streams that read others: take over the error of `from` and return false. */
bool stream_fail(Stream *s, const Stream *from);

/* True where a clock of step `dt` (ms) ticks once for every row, to 1 part in 10^9. */
bool stream_fits_clock(const Stream *s, double dt);

#endif
