/* HDF5 files, through libhdf5: groups of datasets with attributes, read and written as arrays of base and as texts.
**
** An Hdf5 is an open file. Paths in it are those of HDF5, "group/dataset", from its root. Every failure is one sentence with the file, the place in it
** and the reason. Any thread may call, one at a time is let in; arrays in values are counted, so hdf5_read is for the main thread. A child that was
** forked may close what its parent had open, and nothing is done to the file. Ranks (base/ranks.h) meet where a file is opened and where hdf5_is_held and
** hdf5_is_there are asked: rank 0 writes it, the others write to files of their own that have no names, so that they read there what they have written. */
#ifndef LUNAPSE_FILES_HDF5_H
#define LUNAPSE_FILES_HDF5_H
#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/error.h"

typedef struct Hdf5 Hdf5;

typedef enum {
  HDF5_READ,
  HDF5_CREATE, /* a whole file: it appears at hdf5_close, and until then an old one stays as it was (base/whole_file.h) */
  HDF5_APPEND, /* an existing file, changed in place; a new one where there is none */
  HDF5_LIVE,   /* a new file in its place at once, for rows that are appended while others read (hdf5_share) */
  HDF5_RESUME, /* a live file of before, to go on with: closed, or left by a writer that was killed, whose mark is taken away */
} Hdf5Mode;

/* NULL with `e`: no such file, no HDF5 file, truncated, not allowed, held by another program. */
Hdf5 *hdf5_open(const char *path, Hdf5Mode mode, Error *e);

/* Is the file of this name being written in place, by whomever? That it ends is waited for, `seconds` at most: a program that was killed may be a while in dying. */
bool hdf5_is_held(const char *path, double seconds);

/* Hand all that was written to the system. */
bool hdf5_flush(Hdf5 *f, Error *e);

/* The same, and wait until it is on the disk. */
bool hdf5_sync(Hdf5 *f, Error *e);

/* Is the open file still the one of that name? Error: it was removed, or another one has its place. */
bool hdf5_is_there(const Hdf5 *f, Error *e);

/* From now on others may open the live file and see the rows of the last flush, whatever is written meanwhile: single writer, multiple readers, in the words
** of HDF5, whose readers ask for that (`swmr=True` in h5py; hdf5_open does so by itself). Nothing but rows can be written from here on. */
bool hdf5_share(Hdf5 *f, Error *e);

/* Always frees `f`. `is_good`: all that the caller wanted was written, a created file takes its place; otherwise it is dropped. False with `e`: something of it
** did not reach the disk; a created file is dropped then, too. */
bool hdf5_close(Hdf5 *f, bool is_good, Error *e);

const char *hdf5_path(const Hdf5 *f);

/* ---- what is there ---- */

enum { HDF5_MOST_AXES = 32 }; /* HDF5's own limit */

typedef enum {
  HDF5_GROUP,
  HDF5_NUMBERS,
  HDF5_TEXTS,
  HDF5_PATHS,   /* references to objects: read as their paths */
  HDF5_COLUMNS, /* compound types: each member is a column */
  HDF5_LISTS,   /* numbers, another count for each element */
  HDF5_EMPTY,   /* a dataset without a shape: no value at all */
  HDF5_BROKEN,  /* a link to nothing */
  HDF5_OTHER,   /* a type that is not read */
} Hdf5Kind;

typedef struct {
  Hdf5Kind kind;
  ArrayType type; /* of numbers: what they are read as. Integers below 32 bits widen to int32, uint32 to int64, float16 to float32 */
  bool is_u64;    /* of numbers: they may be too large for int64, which is an error of reading */
  int n_dims;     /* 0: one value */
  int64_t shape[HDF5_MOST_AXES];
  uint64_t id[2]; /* which object of which file it is, however many names it has */
} Hdf5Info;

/* `attribute` NULL: of the object at `path` itself. */
bool hdf5_info(Hdf5 *f, const char *path, const char *attribute, Hdf5Info *info, Error *e);

/* Is there anything under this name? */
bool hdf5_has(Hdf5 *f, const char *path, const char *attribute);

typedef struct {
  int64_t n;
  char **names; /* owned */
} Hdf5Names;

/* Names in a group, or those of the attributes of an object: in the order in which they were made where the file knows it, else sorted. */
bool hdf5_names(Hdf5 *f, const char *path, bool is_attributes, Hdf5Names *names, Error *e);
void hdf5_names_free(Hdf5Names *names);

/* ---- reading ---- */

typedef struct Hdf5Value Hdf5Value;

typedef struct {
  char *at; /* owned, ends in a zero byte */
  size_t n;
} Hdf5Text;

struct Hdf5Value {
  Hdf5Info info;
  int64_t n;         /* elements */
  Array *numbers;    /* owned; of HDF5_NUMBERS. One value: one element */
  Hdf5Text *texts;   /* owned; n of HDF5_TEXTS and HDF5_PATHS */
  Array **lists;     /* owned; n of HDF5_LISTS */
  int n_columns;     /* of HDF5_COLUMNS */
  char **names;      /* owned; of the columns */
  Hdf5Value *values; /* owned; of the columns */
};

typedef struct {
  int64_t first, n; /* rows of the first axis; n = -1: all from there */
  bool is_float;    /* numbers as float64, whatever they are */
} Hdf5Part;

/* A dataset or an attribute, or rows of a dataset (`part` may be NULL: all). Sizes are held against the file's before memory is taken. */
bool hdf5_read(Hdf5 *f, const char *path, const char *attribute, const Hdf5Part *part, Hdf5Value *v, Error *e);
void hdf5_value_free(Hdf5Value *v);

/* `n` elements of a dataset that is read as `type`, from row `first`, to memory of the caller's and with nothing between. Error: another type, or another number of
** elements in `n_rows` rows (-1: all). */
bool hdf5_read_into(Hdf5 *f, const char *path, ArrayType type, int64_t first, int64_t n_rows, void *to, int64_t n, Error *e);

/* ---- writing: an old dataset or attribute of that name is replaced, groups on the way are made ---- */

typedef struct {
  int64_t chunk;    /* rows in a chunk; 0: one piece, or chunks of a good size where it must be chunks */
  int compress;     /* 0: not; 1 (fast) .. 9 (small): deflate, after a shuffle of bytes */
  bool is_unsigned; /* integers that are not negative, as uint64 or uint32 */
} Hdf5Storage;

/* Row-major elements. `how` may be NULL. Not compressed, they go from `from` to the disk in one piece and without a copy. */
bool hdf5_write(Hdf5 *f, const char *path, const char *attribute, ArrayType type, int n_dims, const int64_t *shape, const void *from,
                const Hdf5Storage *how, Error *e);

/* Texts, UTF-8 of any length. Error: a zero byte in one. */
bool hdf5_write_texts(Hdf5 *f, const char *path, const char *attribute, int n_dims, const int64_t *shape, const Hdf5Text *texts, Error *e);

/* One of `n` names as an attribute: an enumeration, in which they are 0, 1, ... */
bool hdf5_write_choice(Hdf5 *f, const char *path, const char *attribute, int n, const char *const *names, int chosen, Error *e);

bool hdf5_make_group(Hdf5 *f, const char *path, Error *e);
bool hdf5_remove(Hdf5 *f, const char *path, const char *attribute, Error *e);

/* A dataset of no rows yet, each of shape `row` (n_dims axes, 0: a number). */
bool hdf5_extensible(Hdf5 *f, const char *path, ArrayType type, int n_dims, const int64_t *row, const Hdf5Storage *how, Error *e);

/* `n` rows of its type behind those that there are. */
bool hdf5_append(Hdf5 *f, const char *path, ArrayType type, const void *from, int64_t n, Error *e);

/* The same from row `first` on, at most behind the last one: rows that are there are written over. */
bool hdf5_put(Hdf5 *f, const char *path, ArrayType type, int64_t first, const void *from, int64_t n, Error *e);

/* Keep the first `n` rows, or all where there are fewer. Not being shared yet, the file remembers the dataset, so that rows can be put once it is. */
bool hdf5_cut(Hdf5 *f, const char *path, int64_t n, Error *e);

#endif
