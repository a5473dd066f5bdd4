/* Sound files, through libsndfile: read and written block by block. WAV, AIFF, FLAC, Ogg, and whatever else it knows to read.
**
** Integer samples are read as -1 .. 1. A file that ends before the samples that it promises is an error, also where libsndfile would quietly
** take what is there.
**
** This folder (sound) has sounds as streams: files, generators, filters, measures. */
#ifndef LUNAPSE_SOUND_FILE_H
#define LUNAPSE_SOUND_FILE_H
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/stream.h"

/* The samples of a file as a stream that jumps; it holds the file open. NULL with `e` filled: no such file, no sound in it, empty, truncated. A
** sample that is not finite, or missing, fails the read. */
Stream *file_open(const char *path, Error *e);

typedef enum { FILE_PCM16, FILE_PCM24, FILE_FLOAT32, FILE_FLOAT64, FILE_COMPRESSED /* lossy, for Ogg */ } FileSamples;

/* Write n rows of a stream (reset first) to `path`; what kind of file, its ending says: .wav .aiff .aif .flac .ogg. Errors: another ending, a kind that
** cannot hold such samples, a rate that is no whole number, a sample beyond -1 .. 1 for integers (at most 1 in the last place over, which is
** clipped). The file appears when it is whole, and a file of that name stays as it was until then. */
bool file_save(const char *path, Stream *s, int64_t n, FileSamples samples, Error *e);

#endif
