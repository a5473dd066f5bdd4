/* Between the files that make up HDF5: hdf5.c (files, names, errors), hdf5_read.c, hdf5_write.c. */
#ifndef LUNAPSE_FILES_HDF5_INSIDE_H
#define LUNAPSE_FILES_HDF5_INSIDE_H
#define H5_USE_110_API /* the oldest that this is written for */
#include <hdf5.h>
#include <sys/types.h>

#include "base/whole_file.h"
#include "files/hdf5.h"
#include "files/hdf5_disk.h"

/* A dataset that rows are appended to stays open. */
typedef struct {
  char *path; /* owned */
  hid_t id;
  int n_dims;
  bool is_unsigned;              /* integers without a sign */
  hsize_t shape[HDF5_MOST_AXES]; /* of all of it */
} Rows;

struct Hdf5 {
  hid_t id;
  Hdf5Mode mode;
  Disk *disk;      /* owned; the library's for ever where a write has failed */
  char *path;      /* owned, as it was given */
  bool is_shared;  /* hdf5_share */
  WholeFile whole; /* of HDF5_CREATE */
  Rows *rows;      /* owned */
  int64_t n_rows, rows_capacity;
  Hdf5 *next; /* of those that are open */
};

/* Every call from outside stands between these two. One at a time: not every build of the library lets several threads in. */
bool hdf5_enter(Hdf5 *f, Error *e); /* false with `e`: a write has failed, nothing is to be done with the file but to close it */
bool hdf5_leave(Hdf5 *f, bool is_good, Error *e); /* false with `e` also where a write has failed meanwhile */

/* "cannot read dataset 'a/b' of 'x.h5': why", where the reason is that of the library's last failure. `what`: "dataset ", "attribute ", "group ". False. */
bool hdf5_refuse(const Hdf5 *f, const char *verb, const char *path, const char *attribute, Error *e);

/* The same with a reason of ours. */
bool hdf5_say(const Hdf5 *f, const char *verb, const char *path, const char *attribute, Error *e, const char *why, ...)
    __attribute__((format(printf, 6, 7)));

/* Has the library failed for want of memory? Then it was asked for what no file of this size can need. */
extern bool hdf5_was_short;

/* hdf5_probe.c: can the library read all of this file? */
bool hdf5_survives(const char *path, double bytes);
Hdf5 *hdf5_open_to_look(const char *path, Error *e); /* in that process alone */

/* Bytes of the file now. */
double hdf5_file_bytes(const Hdf5 *f);

hid_t hdf5_bool_type(void);             /* what h5py writes; to be closed */
hid_t hdf5_memory_type(ArrayType type); /* of the machine; to be closed */

/* How elements are transferred, to be closed: where the library converts them it clears buffers of a MB each time, unless it is told that a few need less. */
hid_t hdf5_transfer(hid_t space);

/* Open a dataset that rows are put into; negative where that fails. */
hid_t hdf5_open_rows(const Hdf5 *f, const char *path);

/* Is there a name at the end of the path, whatever it leads to? */
bool hdf5_has_link(const Hdf5 *f, const char *path);

/* "" and "/" are the root. */
static inline const char *hdf5_or_root(const char *path) { return path[0] == '\0' ? "/" : path; }

#endif
