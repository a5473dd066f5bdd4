/* Pictures in motion: pictures of one size, one after the other, as a GIF (giflib), an APNG or an MP4 (the program ffmpeg, to which they are handed through a
** socket). The file appears whole or not at all. A Movie belongs to the caller until movie_end, which frees it. Main thread only. */
#ifndef LUNAPSE_CANVAS_MOVIE_H
#define LUNAPSE_CANVAS_MOVIE_H
#include <stdbool.h>

#include "base/error.h"
#include "canvas/canvas.h"

typedef struct Movie Movie;
typedef enum { MOVIE_GIF, MOVIE_APNG, MOVIE_MP4 } MovieFormat;

/* NULL with `e`: no giflib in this build, no ffmpeg on this machine, a path that cannot be written. `loops`: it begins anew at its end (not of MP4). */
Movie *movie_begin(const char *path, MovieFormat format, double fps, bool loops, Error *e);

/* The next picture, of a PNG canvas; false with `e`: its size is not that of the first, the encoder has failed. */
bool movie_add(Movie *m, Canvas *picture, Error *e);

/* Finish it (`is_good`: everything was added), or remove it. */
bool movie_end(Movie *m, bool is_good, Error *e);

#endif
