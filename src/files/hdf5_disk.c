#define _GNU_SOURCE
#include "files/hdf5_disk.h"
#include "base/ranks.h"
#include "files/hdf5.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define H5_USE_110_API
#include <hdf5.h>
#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

/* A file as the library sees it. */
typedef struct {
  H5FD_t base; /* first, as the library wants it */
  Disk *disk;  /* borrowed */
  haddr_t end; /* of what the library has given out */
} DiskFile;

enum { MOST_AT_ONCE = 1 << 20 }; /* bytes of one call: Linux is several times slower with a GB at once */

static bool fail(Disk *d, int why) {
  if (d->error == 0)
    d->error = why;
  return false;
}

/* The library opens a file in several ways before it is content; there is one descriptor for all of them. */
static H5FD_t *open_disk(const char *name, unsigned flags, hid_t properties, haddr_t most) {
  (void)name, (void)most;
  Disk *const *d = H5Pget_driver_info(properties);
  DiskFile *f = d != NULL ? calloc(1, sizeof *f) : NULL;
  if (f == NULL)
    return NULL;
  f->disk = *d;
  if ((flags & H5F_ACC_TRUNC) != 0 && ftruncate(f->disk->fd, 0) != 0) {
    fail(f->disk, errno);
    free(f);
    return NULL;
  }
  return &f->base;
}

static herr_t close_disk(H5FD_t *file) {
  free(file);
  return 0;
}

/* Two handles of one file are strangers: each has what it has read itself. */
static int compare(const H5FD_t *a, const H5FD_t *b) {
  uintptr_t first = (uintptr_t)((const DiskFile *)a)->disk, second = (uintptr_t)((const DiskFile *)b)->disk;
  return first < second ? -1 : first > second;
}

static herr_t query(const H5FD_t *file, unsigned long *flags) {
  (void)file;
  *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE | H5FD_FEAT_AGGREGATE_SMALLDATA |
           H5FD_FEAT_SUPPORTS_SWMR_IO | H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
  return 0;
}

static haddr_t get_eoa(const H5FD_t *file, H5FD_mem_t type) {
  (void)type;
  return ((const DiskFile *)file)->end;
}

static herr_t set_eoa(H5FD_t *file, H5FD_mem_t type, haddr_t end) {
  (void)type;
  ((DiskFile *)file)->end = end;
  return 0;
}

static haddr_t get_eof(const H5FD_t *file, H5FD_mem_t type) {
  struct stat info;
  (void)type;
  return fstat(((const DiskFile *)file)->disk->fd, &info) == 0 ? (haddr_t)info.st_size : 0;
}

/* Behind the end of the file there are zeros: what was given out and not yet written. */
static herr_t read_disk(H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t at, size_t n, void *to) {
  Disk *d = ((DiskFile *)file)->disk;
  char *next = to;
  (void)type, (void)transfer;
  if (at > INT64_MAX - n)
    return -1;
  while (n > 0) {
    ssize_t got = pread(d->fd, next, n < MOST_AT_ONCE ? n : MOST_AT_ONCE, (off_t)at);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return fail(d, errno) - 1;
    if (got == 0) {
      memset(next, 0, n);
      return 0;
    }
    next += got, at += (haddr_t)got, n -= (size_t)got;
  }
  return 0;
}

static herr_t write_disk(H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t at, size_t n, const void *from) {
  Disk *d = ((DiskFile *)file)->disk;
  const char *next = from;
  (void)type, (void)transfer;
  while (n > 0 && !d->is_lost && d->owner == getpid()) {
    ssize_t put = pwrite(d->fd, next, n < MOST_AT_ONCE ? n : MOST_AT_ONCE, (off_t)at);
    if (put < 0 && errno == EINTR)
      continue;
    if (put <= 0) {
      d->is_lost = true;
      fail(d, put < 0 ? errno : ENOSPC);
      break;
    }
    next += put, at += (haddr_t)put, n -= (size_t)put;
  }
  return 0;
}

/* The file becomes as long as what was given out. */
static herr_t truncate_disk(H5FD_t *file, hid_t transfer, hbool_t is_closing) {
  DiskFile *f = (DiskFile *)file;
  struct stat info;
  (void)transfer, (void)is_closing;
  if (f->disk->is_lost || f->disk->owner != getpid() || fstat(f->disk->fd, &info) != 0 || (haddr_t)info.st_size == f->end)
    return 0;
  if (ftruncate(f->disk->fd, (off_t)f->end) != 0) {
    f->disk->is_lost = true;
    fail(f->disk, errno);
  }
  return 0;
}

/* Where the file system has no locks, without. */
static herr_t lock(H5FD_t *file, hbool_t is_writing) {
  Disk *d = ((DiskFile *)file)->disk;
  if (d->has_no_lock || flock(d->fd, (is_writing ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 || (errno != EWOULDBLOCK && errno != EAGAIN))
    return 0;
  fail(d, EWOULDBLOCK);
  return -1;
}

static herr_t unlock(H5FD_t *file) {
  Disk *d = ((DiskFile *)file)->disk;
  if (!d->has_no_lock)
    flock(d->fd, LOCK_UN);
  return 0;
}

/* A byte that no file has. Such locks are no matter of flock, and belong to the open file: who reads and closes it elsewhere in the program does not give them back. */
static struct flock mark_of_writers(void) {
  return (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = INT64_MAX - 1, .l_len = 1 };
}

/* A program that was killed may be a while in dying: `seconds` at most it is waited for. */
static bool is_taken(int fd, int command, double seconds) {
  const struct timespec pause = { .tv_nsec = 10000000 };
  for (int k = 0;; k++) {
    struct flock mark = mark_of_writers();
    bool is_done = fcntl(fd, command, &mark) == 0, is_free = command == F_OFD_SETLK || mark.l_type == F_UNLCK;
    if (is_done ? is_free : errno != EAGAIN && errno != EACCES) /* where the file system has no locks: without */
      return false;
    if (k >= seconds * 100)
      return true;
    nanosleep(&pause, NULL);
  }
}

bool hdf5_disk_hold(Disk *d) { return !is_taken(d->fd, F_OFD_SETLK, 1); }

void hdf5_disk_let_go(Disk *d) {
  struct flock mark = mark_of_writers();
  mark.l_type = F_UNLCK;
  fcntl(d->fd, F_OFD_SETLK, &mark);
}

bool hdf5_is_held(const char *path, double seconds) {
  int fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
  bool is_held = fd >= 0 && is_taken(fd, F_OFD_GETLK, seconds);
  if (fd >= 0)
    close(fd);
  return ranks_share_result("looking at a file", is_held, NULL);
}

static const H5FD_class_t class_of_disks = {
#if H5_VERSION_GE(1, 13, 0)
  .version = H5FD_CLASS_VERSION,
  .value = (H5FD_class_value_t)511, /* of those that are free for programs' own */
#endif
  .name = "lunapse",
  .maxaddr = INT64_MAX,
  .fc_degree = H5F_CLOSE_WEAK,
  .fapl_size = sizeof(Disk *),
  .open = open_disk,
  .close = close_disk,
  .cmp = compare,
  .query = query,
  .get_eoa = get_eoa,
  .set_eoa = set_eoa,
  .get_eof = get_eof,
  .read = read_disk,
  .write = write_disk,
  .truncate = truncate_disk,
  .lock = lock,
  .unlock = unlock,
  .fl_map = H5FD_FLMAP_DICHOTOMY,
};

bool hdf5_disk_use(int64_t properties, Disk *d) {
  static hid_t driver = H5I_INVALID_HID;
  if (driver < 0)
    driver = H5FDregister(&class_of_disks);
  return driver >= 0 && H5Pset_driver((hid_t)properties, driver, &d) >= 0;
}
