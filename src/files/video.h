/* Videos as arrays, decoded by the program ffmpeg, which is run without a shell. */
#ifndef LUNAPSE_FILES_VIDEO_H
#define LUNAPSE_FILES_VIDEO_H
#include <stdbool.h>

#include "base/array.h"
#include "base/error.h"

typedef struct VideoOptions {
  int rows, columns; /* of a frame; what the video has is scaled to it, each number the mean of what it covers */
  bool is_grey;      /* else red, green, blue */
  double fps;        /* frames of a second, repeated or left out as that needs */
  double from, to;   /* ms; to: INFINITY for the end */
} VideoOptions;

/* int32 of frames x rows x columns (grey) or x 3, 0 .. 255. */
Array *video_read(const char *path, const VideoOptions *options, Error *e);

#endif
