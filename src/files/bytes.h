/* Files as bytes: opened with a reason where that fails, read whole, or piece by piece from whatever holds them.
**
** This folder (files) reads and writes data files: HDF5, npy and npz, tables of text, pictures. */
#ifndef LUNAPSE_FILES_BYTES_H
#define LUNAPSE_FILES_BYTES_H
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

/* Open for reading. NULL with `e`: "cannot read 'x.csv': no such file". `size` gets the bytes of an ordinary file, -1 of a pipe or a device. */
FILE *bytes_open(const char *path, int64_t *size, Error *e);

/* All bytes, and a zero byte behind them; to be freed by memory_free. */
char *bytes_read_all(const char *path, int64_t *n, Error *e);

/* "cannot read 'x.csv': ...". False. */
bool bytes_refuse(const char *path, Error *e, const char *why, ...) __attribute__((format(printf, 3, 4)));

/* Where a reader takes its bytes from: a file, or one in an archive. */
typedef struct Bytes {
  const char *name; /* for messages: the path, or "name' in 'x.npz", which stands between quotes */
  int64_t n_left;   /* how many there are */
  void *data;
  bool (*read)(struct Bytes *b, void *to, int64_t n); /* exactly n of them; false: they are not there */
} Bytes;

bool bytes_read_file(Bytes *b, void *to, int64_t n); /* `read` of a FILE in `data` */

#endif
