/* What libhdf5 reads and writes through, in place of its own calls of the system. The library does not survive a write that fails: it crashes later, where it
** closes the file or ends. So a write never fails for it; the first failure is kept here, nothing is written from then on, and the callers in this room look. */
#ifndef LUNAPSE_FILES_HDF5_DISK_H
#define LUNAPSE_FILES_HDF5_DISK_H
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct {
  int fd;           /* owned; -1: closed */
  int error;        /* errno of the first failure; 0: none */
  bool is_lost;     /* that was one of writing: what the library believes about the file is no longer true */
  pid_t owner;      /* nobody else's library may write */
  bool has_no_lock; /* of the library: who only looks is in nobody's way */
} Disk;

/* Be the only one that writes in place: until the file is closed, also while readers are let in. False: another handle is, of this program or of another one.
** (HDF5 has a lock of its own, which it gives back where readers are let in.) */
bool hdf5_disk_hold(Disk *d);

/* No longer, whoever else has the open file: children that were forked do. */
void hdf5_disk_let_go(Disk *d);

/* Let files of these properties of access (an identifier of HDF5) go through `d`, which must live as long as the library has the file. */
bool hdf5_disk_use(int64_t properties, Disk *d);

#endif
