/* Files that appear whole or not at all: written beside their target, synced, and moved into its place. A failure leaves an old file as it was and nothing beside it,
** and so does a signal that ends the program meanwhile. What is no file (a device, a pipe) is written to as it stands: nothing may be moved over it. One thread
** at a time. Ranks (base/ranks.h) meet where a file is begun; it is rank 0 that writes it, what the others write goes nowhere. */
#ifndef LUNAPSE_BASE_WHOLE_FILE_H
#define LUNAPSE_BASE_WHOLE_FILE_H
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"

typedef struct {
  FILE *file;              /* write here (or to its descriptor alone); closed by whole_file_end */
  const char *what, *path; /* borrowed, for messages: "" or "sound file ", and the path as it was given */
  char target[PATH_MAX];   /* what a symbolic link at `path` points to, so that it stays a link */
  char beside[PATH_MAX];   /* "": written as it stands */
  int slot;                /* where the handler of signals finds it */
} WholeFile;

bool whole_file_begin(WholeFile *w, const char *what, const char *path, Error *e);

/* Close it. `is_good`: all was written to it so far; then it takes its place, and false with `e` means that it could not. Otherwise it is removed, and false. */
bool whole_file_end(WholeFile *w, bool is_good, Error *e);

/* The whole of it at once. */
bool whole_file_write(const char *path, const void *bytes, size_t n, Error *e);

/* Remove what programs that were killed left in the folder of `path`: files that nobody holds a lock on (HDF5 files are locked while they are written) and that
** nobody has touched for two seconds. */
void whole_file_sweep(const char *path);

/* For who ends the program in a signal handler: remove what is being written. */
void whole_file_drop_all(void);

#endif
