#define _GNU_SOURCE
/* HDF5 files: opening and closing, names, and what a failure of the library means in words. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/ranks.h"
#include "files/hdf5_inside.h"

/* ---- one call at a time ---- */

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static Hdf5 *all_open; /* linked by `next` */

/* What is open when the program ends is closed: the library's own way would go on with files that it has lost. */
static void close_all(void) {
  while (all_open != NULL)
    hdf5_close(all_open, false, NULL);
}

bool hdf5_enter(Hdf5 *f, Error *e) {
  static bool is_prepared;
  pthread_mutex_lock(&one_at_a_time);
  if (!is_prepared) {
    is_prepared = true;
    H5dont_atexit();
    H5open();
    atexit(close_all);
  }
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* of this thread: it prints nothing */
  if (f == NULL || !f->disk->is_lost)
    return true;
  pthread_mutex_unlock(&one_at_a_time);
  return error_set(e, "cannot go on with '%s': writing to it has failed: %s", f->path, strerror(f->disk->error));
}

bool hdf5_leave(Hdf5 *f, bool is_good, Error *e) {
  if (is_good && f != NULL && f->disk->is_lost)
    is_good = hdf5_refuse(f, "write", NULL, NULL, e);
  pthread_mutex_unlock(&one_at_a_time);
  return is_good;
}

/* ---- reasons ---- */

typedef struct {
  bool is_truncated, is_held, is_filter, is_memory;
} Why;

/* That a file has a writer, the library says in its own text alone. */
static herr_t look_at(unsigned n, const H5E_error2_t *entry, void *data) {
  Why *why = data;
  (void)n;
  why->is_truncated |= entry->min_num == H5E_TRUNCATED;
  why->is_held |= entry->desc != NULL && strstr(entry->desc, "already open for") != NULL;
  why->is_filter |= entry->min_num == H5E_NOFILTER;
  why->is_memory |= entry->min_num == H5E_NOSPACE || entry->min_num == H5E_CANTALLOC;
  return 0;
}

static Why last_failure(void) {
  Why why = { 0 };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, look_at, &why);
  return why;
}

bool hdf5_was_short;

static const char *last_reason(const Hdf5 *f) {
  Why why = last_failure();
  hdf5_was_short = hdf5_was_short || why.is_memory;
  bool is_reading = f->mode == HDF5_READ;
  if (f->disk->error == EWOULDBLOCK)
    return "another program has it open";
  if (f->disk->error != 0)
    return strerror(f->disk->error);
  if (why.is_held)
    return "another program writes to it, or was killed while it did ('h5clear -s' takes the mark away)";
  if (why.is_truncated)
    return "it is truncated";
  if (why.is_filter)
    return "it is compressed by a method that is not here";
  if (why.is_memory && !is_reading)
    return "no memory for it";
  return is_reading ? "it is damaged" : "the file does not allow it";
}

bool hdf5_say(const Hdf5 *f, const char *verb, const char *path, const char *attribute, Error *e, const char *why, ...) {
  char text[400], place[400];
  va_list arguments;
  va_start(arguments, why);
  vsnprintf(text, sizeof text, why, arguments);
  va_end(arguments);
  bool is_root = path == NULL || path[0] == '\0' || strcmp(path, "/") == 0;
  if (attribute != NULL && is_root)
    snprintf(place, sizeof place, "attribute '%s' of ", attribute);
  else if (attribute != NULL)
    snprintf(place, sizeof place, "attribute '%s' of '%s' in ", attribute, path);
  else
    snprintf(place, sizeof place, is_root ? "%s" : "'%s' in ", is_root ? "" : path);
  H5Eclear2(H5E_DEFAULT);
  return error_set(e, "cannot %s %s'%s': %s", verb, place, f->path, text);
}

bool hdf5_refuse(const Hdf5 *f, const char *verb, const char *path, const char *attribute, Error *e) {
  return hdf5_say(f, verb, path, attribute, e, "%s", last_reason(f));
}

/* ---- types of memory ---- */

hid_t hdf5_bool_type(void) {
  hid_t type = H5Tenum_create(H5T_NATIVE_INT8);
  signed char no = 0, yes = 1;
  H5Tenum_insert(type, "FALSE", &no);
  H5Tenum_insert(type, "TRUE", &yes);
  return type;
}

hid_t hdf5_transfer(hid_t space) {
  enum { AN_ELEMENT = 64, LEAST = 1 << 12, MOST = 1 << 20 };
  hid_t p = H5Pcreate(H5P_DATASET_XFER);
  hssize_t n = H5Sget_select_npoints(space);
  size_t bytes = n > MOST / AN_ELEMENT ? MOST : (size_t)(n < 0 ? 0 : n) * AN_ELEMENT;
  H5Pset_buffer(p, bytes < LEAST ? LEAST : bytes, NULL, NULL);
  return p;
}

/* Complex numbers as h5py writes them: a compound of two doubles, r and i. */
static hid_t complex_type(void) {
  hid_t type = H5Tcreate(H5T_COMPOUND, 2 * sizeof(double));
  H5Tinsert(type, "r", 0, H5T_NATIVE_DOUBLE);
  H5Tinsert(type, "i", sizeof(double), H5T_NATIVE_DOUBLE);
  return type;
}

hid_t hdf5_memory_type(ArrayType type) {
  switch (type) {
  case ARRAY_F64: return H5Tcopy(H5T_NATIVE_DOUBLE);
  case ARRAY_F32: return H5Tcopy(H5T_NATIVE_FLOAT);
  case ARRAY_I64: return H5Tcopy(H5T_NATIVE_INT64);
  case ARRAY_I32: return H5Tcopy(H5T_NATIVE_INT32);
  case ARRAY_BOOL: return hdf5_bool_type();
  case ARRAY_C128: return complex_type();
  }
  return H5I_INVALID_HID;
}

/* ---- opening ---- */

/* Properties of access. Files of rows use the newest index of chunks, the only one whose readers need no lock; all others what every HDF5 since 1.8 reads. */
static hid_t access_of(const Hdf5 *f) {
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  bool is_live = f->mode == HDF5_LIVE || f->mode == HDF5_RESUME;
  H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
  H5Pset_libver_bounds(access, is_live ? H5F_LIBVER_V110 : H5F_LIBVER_V18, H5F_LIBVER_LATEST);
  H5Pset_alignment(access, 1 << 16, 4096); /* large blocks begin on pages of the system */
  if (f->mode == HDF5_RESUME) {            /* as HDF5's own h5clear does: the names are those of its header of properties */
    hbool_t yes = 1;
    H5Pset(access, "clear_status_flags", &yes);
    H5Pset(access, "skip_eof_check", &yes);
  }
  hdf5_disk_use(access, f->disk);
  return access;
}

/* Properties of creation: names keep the order in which they were made, and the same contents are the same bytes. */
static hid_t create_file(const char *path, hid_t access) {
  hid_t how = H5Pcreate(H5P_FILE_CREATE);
  H5Pset_link_creation_order(how, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  H5Pset_attr_creation_order(how, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  H5Pset_obj_track_times(how, 0);
  hid_t id = H5Fcreate(path, H5F_ACC_TRUNC, how, access);
  H5Pclose(how);
  return id;
}

/* A shared file, also one whose writer was killed, bears the mark of a writer; readers pass it as readers of a live file. */
static hid_t open_file(const Hdf5 *f, const char *path, hid_t access) {
  hid_t id = H5Fopen(path, f->mode == HDF5_READ ? H5F_ACC_RDONLY : H5F_ACC_RDWR, access);
  if (id >= 0 && f->mode == HDF5_RESUME) /* a killed writer gave out more than it has noted: nothing new may come to lie there */
    H5Fincrement_filesize(id, 0);
  bool is_shared = id < 0 && f->mode == HDF5_READ && last_failure().is_held;
  return is_shared ? H5Fopen(path, H5F_ACC_RDONLY | H5F_ACC_SWMR_READ, access) : id;
}

static const char *system_reason(bool is_new) {
  return errno != ENOENT ? strerror(errno) : is_new ? "no such folder (it is not made for you)" : "no such file";
}

/* The signature stands at the begin, or behind a block of the user's of 512, 1024, 2048, ... bytes. */
static bool has_signature(int fd, off_t size) {
  static const unsigned char signature[8] = "\211HDF\r\n\032\n";
  unsigned char bytes[8];
  for (off_t at = 0; at + 8 <= size; at = at == 0 ? 512 : 2 * at)
    if (pread(fd, bytes, 8, at) == 8 && memcmp(bytes, signature, 8) == 0)
      return true;
  return false;
}

static bool check_file(const Hdf5 *f, bool is_new, const char *verb, Error *e) {
  struct stat info;
  if (fstat(f->disk->fd, &info) != 0)
    return hdf5_say(f, verb, NULL, NULL, e, "%s", strerror(errno));
  if (S_ISDIR(info.st_mode))
    return hdf5_say(f, verb, NULL, NULL, e, "it is a folder");
  if (!S_ISREG(info.st_mode))
    return hdf5_say(f, verb, NULL, NULL, e, "it is no ordinary file");
  if (is_new)
    return true;
  if (info.st_size == 0)
    return hdf5_say(f, verb, NULL, NULL, e, "it is empty");
  if (!has_signature(f->disk->fd, info.st_size))
    return hdf5_say(f, verb, NULL, NULL, e, "it is not an HDF5 file");
  return true;
}

/* A pipe that nobody writes to must not hold us up: O_NONBLOCK says nothing to ordinary files. */
static int open_descriptor(const char *path, Hdf5Mode mode, bool *is_new) {
  int flags = O_CLOEXEC | O_NONBLOCK, fd = open(path, (mode == HDF5_READ ? O_RDONLY : O_RDWR) | flags);
  *is_new = mode == HDF5_CREATE || mode == HDF5_LIVE || (mode == HDF5_APPEND && fd < 0 && errno == ENOENT);
  return fd < 0 && errno == ENOENT && *is_new ? open(path, O_RDWR | O_CREAT | flags, 0666) : fd;
}

/* What rank 0 writes in place the others write to a file of their own without a name, which has what was there: they read from it what they have written. */
static int open_copy(const char *path, Error *e) {
  const char *folder = getenv("TMPDIR");
  char name[PATH_MAX], bytes[1 << 16];
  snprintf(name, sizeof name, "%.*s/lunapse-XXXXXX", PATH_MAX - 32, folder != NULL && *folder != '\0' ? folder : "/tmp");
  int fd = mkostemp(name, O_CLOEXEC), from = path != NULL ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
  ssize_t n = 0;
  if (fd >= 0)
    unlink(name);
  while (fd >= 0 && from >= 0 && (n = read(from, bytes, sizeof bytes)) > 0)
    if (write(fd, bytes, (size_t)n) != n)
      n = -1;
  if (from >= 0)
    close(from);
  if (fd >= 0 && n == 0)
    return fd;
  error_set(e, "cannot write '%s': %s", name, strerror(errno));
  if (fd >= 0)
    close(fd);
  return -1;
}

static bool open_file_of_system(Hdf5 *f, Error *e) {
  const char *verb = f->mode == HDF5_READ ? "read" : "write", *at = f->path;
  bool is_new = false;
  struct stat info;
  if (f->mode == HDF5_CREATE && stat(f->path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode))
    return hdf5_say(f, verb, NULL, NULL, e, "it is no ordinary file");
  if (f->mode == HDF5_CREATE && !whole_file_begin(&f->whole, "", f->path, e))
    return false;
  if (f->mode == HDF5_CREATE)
    at = f->whole.beside;
  f->disk->fd = open_descriptor(at, f->mode, &is_new);
  bool is_good = f->disk->fd >= 0 || hdf5_say(f, verb, NULL, NULL, e, "%s", system_reason(is_new));
  if (is_good && f->mode != HDF5_READ && f->mode != HDF5_CREATE && !hdf5_disk_hold(f->disk))
    is_good = hdf5_say(f, verb, NULL, NULL, e, "it is being written, by another program or by this one");
  if (is_good && check_file(f, is_new, verb, e)) {
    hid_t access = access_of(f);
    f->id = is_new ? create_file(at, access) : open_file(f, at, access);
    is_good = f->id >= 0 || hdf5_refuse(f, verb, NULL, NULL, e); /* before the next call, which clears what the library knows of this one */
    H5Pclose(access);
  } else
    is_good = false;
  if (!is_good && f->mode == HDF5_CREATE)
    whole_file_end(&f->whole, false, NULL);
  return is_good;
}

/* Not rank 0: the copy. */
static bool open_silently(Hdf5 *f, Error *e) {
  struct stat info;
  bool is_new = f->mode == HDF5_CREATE || f->mode == HDF5_LIVE || stat(f->path, &info) != 0;
  if (f->mode == HDF5_CREATE && !whole_file_begin(&f->whole, "", f->path, e))
    return false;
  f->disk->fd = open_copy(is_new ? NULL : f->path, e);
  if (f->mode != HDF5_CREATE) {
    ranks_meet("writing in a file");
    if (!ranks_share_result("writing in a file", true, e))
      return false;
  }
  if (f->disk->fd < 0)
    return false;
  hid_t access = access_of(f);
  f->id = is_new ? create_file(f->path, access) : open_file(f, f->path, access);
  bool is_good = f->id >= 0 || hdf5_refuse(f, "write", NULL, NULL, e);
  H5Pclose(access);
  return is_good;
}

static bool open_by_rank(Hdf5 *f, Error *e) {
  bool is_alone = f->mode == HDF5_READ || ranks_n() == 1, is_in_place = f->mode != HDF5_CREATE;
  f->whole.slot = -1;
  if (!is_alone && ranks_is_silent())
    return open_silently(f, e);
  if (!is_alone && is_in_place)
    ranks_meet("writing in a file"); /* the others have a copy of the old one */
  bool is_good = open_file_of_system(f, e);
  return !is_alone && is_in_place ? ranks_share_result("writing in a file", is_good, e) : is_good;
}

static void free_handle(Hdf5 *f) {
  for (int64_t k = 0; k < f->n_rows; k++)
    memory_free(f->rows[k].path);
  if (f->disk != NULL && f->disk->fd >= 0)
    close(f->disk->fd);
  if (f->disk != NULL)
    f->disk->fd = -1;
  if (f->disk != NULL && !f->disk->is_lost)
    memory_free(f->disk);
  memory_free(f->rows);
  memory_free(f->path);
  memory_free(f);
}

static Hdf5 *open_as(Disk disk, const char *path, Hdf5Mode mode, Error *e) {
  Hdf5 *f = memory_new(sizeof *f);
  if (f != NULL) {
    f->path = memory_new(strlen(path) + 1);
    f->disk = memory_new(sizeof *f->disk);
  }
  if (f == NULL || f->path == NULL || f->disk == NULL) {
    if (f != NULL)
      free_handle(f);
    return error_memory(e, "a file", (double)strlen(path)), NULL;
  }
  strcpy(f->path, path);
  f->mode = mode;
  *f->disk = disk;
  f->disk->fd = -1, f->disk->owner = getpid();
  hdf5_enter(NULL, NULL);
  bool is_good = open_by_rank(f, e);
  if (is_good) {
    f->next = all_open;
    all_open = f;
  }
  hdf5_leave(NULL, is_good, e);
  if (is_good)
    return f;
  free_handle(f);
  return NULL;
}

Hdf5 *hdf5_open(const char *path, Hdf5Mode mode, Error *e) {
  struct stat info;
  ranks_meet("opening a file"); /* what rank 0 has written is there */
  bool is_read = mode == HDF5_READ || mode == HDF5_APPEND,
       is_old = is_read && stat(path, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0;
  if (is_old && !hdf5_survives(path, (double)info.st_size))
    return error_set(e, "cannot %s '%s': it is damaged", mode == HDF5_READ ? "read" : "write", path), NULL;
  return open_as((Disk){ 0 }, path, mode, e);
}

Hdf5 *hdf5_open_to_look(const char *path, Error *e) {
  for (Hdf5 *f = all_open; f != NULL; f = f->next) /* the parent's: what is locked by them is not to last longer than it does */
    close(f->disk->fd), f->disk->fd = -1;
  return open_as((Disk){ .has_no_lock = true }, path, HDF5_READ, e);
}

const char *hdf5_path(const Hdf5 *f) { return f->path; }

double hdf5_file_bytes(const Hdf5 *f) {
  hsize_t size = 0;
  return H5Fget_filesize(f->id, &size) < 0 ? 0 : (double)size;
}

/* ---- closing ---- */

bool hdf5_flush(Hdf5 *f, Error *e) {
  if (!hdf5_enter(f, e))
    return false;
  bool is_good = H5Fflush(f->id, H5F_SCOPE_LOCAL) >= 0 || hdf5_refuse(f, "write", NULL, NULL, e);
  return hdf5_leave(f, is_good, e);
}

bool hdf5_sync(Hdf5 *f, Error *e) {
  if (!hdf5_flush(f, e))
    return false;
  if (fdatasync(f->disk->fd) == 0 || errno == EINVAL) /* EINVAL: there is nothing to wait for */
    return true;
  f->disk->is_lost = true;
  f->disk->error = errno;
  return hdf5_say(f, "write", NULL, NULL, e, "%s", strerror(errno));
}

static bool is_there(const Hdf5 *f, Error *e) {
  struct stat here, there;
  if (fstat(f->disk->fd, &here) != 0 || (stat(f->path, &there) != 0 && errno != ENOENT))
    return hdf5_say(f, "write", NULL, NULL, e, "%s", strerror(errno));
  if (here.st_nlink == 0 || stat(f->path, &there) != 0)
    return hdf5_say(f, "write", NULL, NULL, e, "it was removed while it was being written");
  return (here.st_ino == there.st_ino && here.st_dev == there.st_dev) ||
         hdf5_say(f, "write", NULL, NULL, e, "another file has taken its place while it was being written");
}

bool hdf5_is_there(const Hdf5 *f, Error *e) { return ranks_share_result("looking for a file", ranks_is_silent() || is_there(f, e), e); }

/* The library has opened the datasets anew, and forgotten how. */
static bool open_again(Hdf5 *f) {
  bool is_good = true;
  for (int64_t k = 0; k < f->n_rows && is_good; k++) {
    H5Dclose(f->rows[k].id);
    f->rows[k].id = hdf5_open_rows(f, f->rows[k].path);
    is_good = f->rows[k].id >= 0;
  }
  return is_good;
}

bool hdf5_share(Hdf5 *f, Error *e) {
  if (!hdf5_enter(f, e))
    return false;
  bool is_good = f->is_shared;
  if (!is_good && f->mode != HDF5_LIVE && f->mode != HDF5_RESUME)
    hdf5_say(f, "write", NULL, NULL, e, "only a file that was opened for rows can be read by others while it is written");
  else if (!is_good)
    is_good = f->is_shared = (H5Fstart_swmr_write(f->id) >= 0 && open_again(f)) || hdf5_refuse(f, "write", NULL, NULL, e);
  return hdf5_leave(f, is_good, e);
}

/* Let the library write the rest. A file that it has lost is not given back to it. */
static bool finish(Hdf5 *f, Error *e) {
  if (f->disk->is_lost)
    return hdf5_refuse(f, "write", NULL, NULL, e);
  bool is_good = true;
  for (int64_t k = 0; k < f->n_rows && !f->disk->is_lost; k++)
    is_good = H5Dclose(f->rows[k].id) >= 0 && is_good;
  if (!f->disk->is_lost && f->mode != HDF5_READ)
    is_good = H5Fflush(f->id, H5F_SCOPE_LOCAL) >= 0 && is_good;
  if (!f->disk->is_lost)
    is_good = H5Fclose(f->id) >= 0 && is_good;
  is_good = is_good && !f->disk->is_lost;
  return is_good || f->mode == HDF5_READ || hdf5_refuse(f, "write", NULL, NULL, e);
}

bool hdf5_close(Hdf5 *f, bool is_good, Error *e) {
  if (f == NULL)
    return true;
  hdf5_enter(NULL, NULL);
  for (Hdf5 **at = &all_open; *at != NULL; at = &(*at)->next)
    if (*at == f) {
      *at = f->next;
      break;
    }
  if (f->disk->owner != getpid()) /* the file is the parent's, and so is what the library of this process knows of it */
    f->disk->is_lost = true;
  else {
    bool was_good = is_good;
    is_good = finish(f, is_good ? e : NULL) && is_good;
    hdf5_disk_let_go(f->disk);
    if (close(f->disk->fd) != 0 && is_good && f->mode != HDF5_READ)
      is_good = hdf5_say(f, "write", NULL, NULL, e, "%s", strerror(errno));
    f->disk->fd = -1;
    if (f->mode == HDF5_CREATE)
      is_good = whole_file_end(&f->whole, is_good, was_good ? e : NULL);
  }
  H5Eclear2(H5E_DEFAULT);
  free_handle(f);
  return hdf5_leave(NULL, is_good, e);
}

/* ---- names ---- */

typedef struct {
  Hdf5Names *names;
  int64_t capacity;
  bool is_short; /* of memory */
} Gathering;

static herr_t gather(Gathering *g, const char *name) {
  Hdf5Names *names = g->names;
  g->is_short = !memory_reserve(&names->names, names->n, names->n + 1, &g->capacity, sizeof *names->names);
  if (g->is_short)
    return -1;
  char *copy = memory_new(strlen(name) + 1);
  g->is_short = copy == NULL;
  if (g->is_short)
    return -1;
  names->names[names->n++] = strcpy(copy, name);
  return 0;
}

static herr_t gather_link(hid_t group, const char *name, const H5L_info_t *info, void *data) {
  (void)group, (void)info;
  return gather(data, name);
}

static herr_t gather_attribute(hid_t at, const char *name, const H5A_info_t *info, void *data) {
  (void)at, (void)info;
  return gather(data, name);
}

static bool is_in_order(hid_t object, bool is_attributes) {
  unsigned flags = 0;
  hid_t how = H5Iget_type(object) == H5I_GROUP ? H5Gget_create_plist(object) : H5Dget_create_plist(object);
  if (how >= 0 && is_attributes)
    H5Pget_attr_creation_order(how, &flags);
  else if (how >= 0)
    H5Pget_link_creation_order(how, &flags);
  if (how >= 0)
    H5Pclose(how);
  return (flags & H5P_CRT_ORDER_TRACKED) != 0;
}

static bool names_of(Hdf5 *f, const char *path, hid_t object, bool is_attributes, Hdf5Names *names, Error *e) {
  Gathering g = { .names = names };
  hsize_t at = 0;
  H5_index_t order = is_in_order(object, is_attributes) ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
  herr_t status = is_attributes ? H5Aiterate2(object, order, H5_ITER_INC, &at, gather_attribute, &g)
                                : H5Literate(object, order, H5_ITER_INC, &at, gather_link, &g);
  if (g.is_short)
    return error_memory(e, "names", (double)names->n);
  return status >= 0 || hdf5_refuse(f, "read", path, NULL, e);
}

bool hdf5_names(Hdf5 *f, const char *path, bool is_attributes, Hdf5Names *names, Error *e) {
  *names = (Hdf5Names){ 0 };
  if (!hdf5_enter(f, e))
    return false;
  bool is_good = false;
  hid_t object = H5Oopen(f->id, hdf5_or_root(path), H5P_DEFAULT);
  if (object < 0)
    hdf5_say(f, "read", path, NULL, e, "it is not there");
  else if (!is_attributes && H5Iget_type(object) != H5I_GROUP)
    hdf5_say(f, "read", path, NULL, e, "it is no group");
  else
    is_good = names_of(f, path, object, is_attributes, names, e);
  if (object >= 0)
    H5Oclose(object);
  if (!is_good)
    hdf5_names_free(names);
  return hdf5_leave(f, is_good, e);
}

void hdf5_names_free(Hdf5Names *names) {
  for (int64_t k = 0; k < names->n; k++)
    memory_free(names->names[k]);
  memory_free(names->names);
  *names = (Hdf5Names){ 0 };
}

/* H5Lexists wants every group on the way to be there. */
bool hdf5_has_link(const Hdf5 *f, const char *path) {
  char part[4096];
  size_t n = strlen(path);
  if (n == 0 || strcmp(path, "/") == 0)
    return true;
  if (n >= sizeof part)
    return false;
  for (size_t k = 1; k <= n; k++)
    if (path[k] == '/' || path[k] == '\0') {
      memcpy(part, path, k);
      part[k] = '\0';
      if (H5Lexists(f->id, part, H5P_DEFAULT) <= 0)
        return false;
    }
  return true;
}

bool hdf5_has(Hdf5 *f, const char *path, const char *attribute) {
  if (!hdf5_enter(f, NULL))
    return false;
  bool is_there = hdf5_has_link(f, path);
  if (is_there && attribute != NULL)
    is_there = H5Aexists_by_name(f->id, hdf5_or_root(path), attribute, H5P_DEFAULT) > 0;
  H5Eclear2(H5E_DEFAULT);
  return hdf5_leave(NULL, is_there, NULL);
}
