/* Streams of streams that are computed: functions of the samples of several sources at once, and loops, in which a stream hears what it has given before.
**
** Each retains what it reads and reads it in its own order. Constructors return NULL with `e` filled. */
#ifndef LUNAPSE_SOUND_COMPUTE_H
#define LUNAPSE_SOUND_COMPUTE_H
#include <stdbool.h>
#include <stdint.h>

#include "base/stream.h"

/* What is computed. `apply` gets inputs[source][n][n_channels], the rows first, first + step, ..., and fills out[n][width]; or returns false with `e`
** filled. `free` (may be NULL) gets the context when the stream goes. */
typedef struct {
  int64_t width; /* of the result: numbers in a row */
  int64_t every; /* rows from one result to the next; it stays in between */
  void *context; /* owned by the stream once compute_new has returned one */
  bool (*apply)(void *context, double *const *inputs, double *out, int64_t n, int64_t first, int64_t step, Error *e);
  void (*free)(void *context);
} ComputeFunction;

/* Most rows that `apply` gets at once where there are `n_channels` of input and `width` numbers of output. */
int64_t compute_rows(int64_t n_channels, int64_t width);

/* Sources of one rate, each of one channel or of n_channels: one channel goes to all. As long as the longest that has an end; -1 where none has. */
Stream *compute_new(Stream *const *sources, int64_t n_sources, int64_t n_channels, ComputeFunction function, Error *e);

/* The row that a loop gave last; shared by the loop and what hears it. */
typedef struct LoopRow LoopRow;
LoopRow *loop_row_new(const double *initial, int64_t width, Error *e);
LoopRow *loop_row_retain(LoopRow *row);
void loop_row_release(LoopRow *row);
int64_t loop_row_width(const LoopRow *row);

/* Row k is what the loop gave back at k - 1, `initial` at 0. It can be read in the loop only, row by row. */
Stream *loop_tap(LoopRow *row, double rate, Error *e);

/* The first n_out channels of `body`, whose last loop_row_width(row) channels go back. Body is read row by row. */
Stream *loop_new(Stream *body, int64_t n_out, LoopRow *row, Error *e);

#endif
