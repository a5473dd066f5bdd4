#define _GNU_SOURCE
#include "kernel/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

enum { FOLDER_MAX = PATH_MAX - 128, MOST_LIBRARIES = 4000 };

static char folder[FOLDER_MAX];    /* "": not chosen yet */
static char work[FOLDER_MAX + 16]; /* "": none */
static int work_lock = -1;

/* ---- hashing --------------------------------------------------------------------------------------------------------- */
typedef struct {
  uint64_t a, b;
} Hash;

static Hash hash_bytes(Hash h, const void *bytes, size_t n) {
  const unsigned char *p = bytes;
  for (size_t k = 0; k < n; k += 8) {
    uint64_t w = 0;
    memcpy(&w, p + k, n - k < 8 ? n - k : 8);
    h.a = (h.a ^ w) * 0x9E3779B97F4A7C15u;
    h.b = (h.b + w) * 0xC2B2AE3D27D4EB4Fu;
    h.a ^= h.a >> 29;
    h.b ^= h.b >> 31;
  }
  h.a = (h.a ^ n) * 0xD6E8FEB86659FD93u;
  h.b = (h.b ^ h.a) * 0xA0761D6478BD642Fu;
  return (Hash){ h.a ^ h.b >> 32, h.b ^ h.a >> 32 };
}

CacheKey cache_key(const char *const *parts) {
  Hash h = { 0x243F6A8885A308D3u, 0x13198A2E03707344u };
  for (; *parts != NULL; parts++)
    h = hash_bytes(h, *parts, strlen(*parts));
  CacheKey key;
  snprintf(key.text, sizeof key.text, "%016llx%016llx", (unsigned long long)h.a, (unsigned long long)h.b);
  return key;
}

/* ---- the folder ------------------------------------------------------------------------------------------------------- */
/* Make `path` (its parents must be there) if it is not there, and refuse it unless it is a folder that nobody else can change. */
static bool make_safe(const char *path, Error *e) {
  struct stat s;
  if (mkdir(path, 0700) != 0 && errno != EEXIST)
    return error_set(e, "cannot make the cache folder '%s': %s", path, strerror(errno));
  if (lstat(path, &s) != 0)
    return error_set(e, "cannot use the cache folder '%s': %s", path, strerror(errno));
  if (!S_ISDIR(s.st_mode))
    return error_set(e, "the cache folder '%s' is no folder", path);
  if (s.st_uid != geteuid())
    return error_set(e, "the cache folder '%s' belongs to user %ld, not to you (%ld): code in it would run as you", path, (long)s.st_uid,
                     (long)geteuid());
  if (s.st_mode & 022)
    return error_set(e, "the cache folder '%s' can be written by others (mode %03o): code in it would run as you; chmod 700 it", path,
                     (unsigned)s.st_mode & 0777);
  if (access(path, R_OK | W_OK | X_OK) != 0)
    return error_set(e, "cannot write to the cache folder '%s': %s", path, strerror(errno));
  return true;
}

static bool default_folder(char *path, size_t size, Error *e) {
  const char *own = getenv("LUNAPSE_CACHE"), *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
  int n;
  if (own != NULL && own[0] != '\0')
    n = snprintf(path, size, "%s", own);
  else if (xdg != NULL && xdg[0] == '/')
    n = snprintf(path, size, "%s/lunapse", xdg);
  else if (home != NULL && home[0] == '/')
    n = snprintf(path, size, "%s/.cache/lunapse", home);
  else
    return error_set(e, "no place for the cache of compiled kernels: neither LUNAPSE_CACHE, XDG_CACHE_HOME nor HOME is set");
  if (n < 0 || (size_t)n >= size)
    return error_set(e, "the path of the cache folder is too long");
  for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) { /* ~/.cache may be missing */
    *slash = '\0';
    mkdir(path, 0700);
    *slash = '/';
  }
  return true;
}

bool cache_set_folder(const char *path, Error *e) {
  char chosen[FOLDER_MAX];
  if (path == NULL) {
    if (!default_folder(chosen, sizeof chosen, e))
      return false;
  } else if (strlen(path) >= sizeof chosen) {
    return error_set(e, "the path of the cache folder is too long");
  } else {
    strcpy(chosen, path);
  }
  if (!make_safe(chosen, e))
    return false;
  cache_close_work();
  if (realpath(chosen, folder) == NULL || strlen(folder) + 64 > sizeof folder) {
    folder[0] = '\0';
    return error_set(e, "cannot use the cache folder '%s'", chosen);
  }
  return true;
}

const char *cache_folder(Error *e) {
  if (folder[0] == '\0')
    return cache_set_folder(NULL, e) ? folder : NULL;
  return make_safe(folder, e) ? folder : NULL; /* looked at every time: it may have been removed or opened to others meanwhile */
}

void cache_library_path(const CacheKey *key, char *path, size_t size) { snprintf(path, size, "%s/%s.so", folder, key->text); }
void cache_work_path(const CacheKey *key, const char *ending, char *path, size_t size) {
  snprintf(path, size, "%s/%s%s", work, key->text, ending);
}
const char *cache_work_folder(void) { return work; }

/* ---- temporary folders ------------------------------------------------------------------------------------------------ */
static void remove_folder(const char *path) {
  DIR *d = opendir(path);
  if (d == NULL)
    return;
  const struct dirent *entry;
  while ((entry = readdir(d)) != NULL)
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
      unlinkat(dirfd(d), entry->d_name, 0);
  closedir(d);
  rmdir(path);
}

typedef struct {
  struct timespec when;
  char name[40];
} Library;

static int by_age(const void *a, const void *b) {
  const struct timespec *x = &((const Library *)a)->when, *y = &((const Library *)b)->when;
  return x->tv_sec != y->tv_sec ? (x->tv_sec < y->tv_sec ? -1 : 1) : x->tv_nsec < y->tv_nsec ? -1 : x->tv_nsec > y->tv_nsec;
}

/* Keep the cache from growing for ever: of too many libraries, drop the older half. */
static void drop_old(DIR *d, int n) {
  Library *all = memory_new(sizeof *all * (size_t)n);
  if (all == NULL)
    return;
  int found = 0;
  struct stat s;
  const struct dirent *entry;
  rewinddir(d);
  while (found < n && (entry = readdir(d)) != NULL)
    if (strlen(entry->d_name) == 35 && fstatat(dirfd(d), entry->d_name, &s, AT_SYMLINK_NOFOLLOW) == 0) {
      all[found].when = s.st_mtim;
      memcpy(all[found++].name, entry->d_name, 36);
    }
  qsort(all, (size_t)found, sizeof *all, by_age);
  for (int k = 0; k < found / 2; k++)
    unlinkat(dirfd(d), all[k].name, 0);
  memory_free(all);
}

/* Remove temporary folders that no living process locks, and old libraries when there are very many. */
static void sweep(void) {
  DIR *d = opendir(folder);
  if (d == NULL)
    return;
  const struct dirent *entry;
  int n_libraries = 0;
  while ((entry = readdir(d)) != NULL) {
    char path[PATH_MAX];
    n_libraries += strlen(entry->d_name) == 35 && strcmp(entry->d_name + 32, ".so") == 0;
    if (strncmp(entry->d_name, "tmp.", 4) != 0 || snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >= (int)sizeof path)
      continue;
    int lock = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (lock < 0)
      continue;
    if (flock(lock, LOCK_EX | LOCK_NB) == 0)
      remove_folder(path);
    close(lock);
  }
  if (n_libraries > MOST_LIBRARIES)
    drop_old(d, n_libraries);
  closedir(d);
}

bool cache_open_work(Error *e) {
  if (cache_folder(e) == NULL)
    return false;
  if (work[0] != '\0' && access(work, W_OK) == 0)
    return true;
  cache_close_work();
  sweep();
  for (int tries = 0; tries < 20; tries++) {
    struct stat now;
    snprintf(work, sizeof work, "%s/tmp.XXXXXX", folder);
    if (mkdtemp(work) == NULL)
      break;
    work_lock = open(work, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    /* between mkdtemp and flock another process may have taken the folder for a dead one's */
    if (work_lock >= 0 && flock(work_lock, LOCK_EX | LOCK_NB) == 0 && stat(work, &now) == 0)
      return true;
    if (work_lock >= 0)
      close(work_lock);
    work_lock = -1;
  }
  error_set(e, "cannot make a temporary folder in the cache '%s': %s", folder, strerror(errno));
  work[0] = '\0';
  return false;
}

void cache_close_work(void) {
  if (work[0] != '\0')
    remove_folder(work);
  if (work_lock >= 0)
    close(work_lock);
  work[0] = '\0';
  work_lock = -1;
}

void cache_leave_work(void) {
  if (work_lock >= 0)
    close(work_lock); /* the parent's own descriptor keeps the lock */
  work[0] = '\0';
  work_lock = -1;
}

/* ---- libraries --------------------------------------------------------------------------------------------------------- */
typedef struct {
  char magic[8];
  uint64_t size; /* of what stands before the trailer */
  Hash hash;
} Trailer;

static const char magic[8] = { 'L', 'u', 'n', 'a', 'p', 's', 'e', '1' };

/* The whole content of `fd` in memory that the caller frees; NULL when it cannot be read. */
static char *read_whole(int fd, size_t size) {
  char *bytes = memory_new(size);
  size_t done = 0;
  while (bytes != NULL && done < size) {
    ssize_t n = read(fd, bytes + done, size - done);
    if (n <= 0) {
      memory_free(bytes);
      return NULL;
    }
    done += (size_t)n;
  }
  return bytes;
}

static bool is_sealed(int fd) {
  struct stat s;
  Trailer t;
  if (fstat(fd, &s) != 0 || !S_ISREG(s.st_mode) || s.st_uid != geteuid() || (s.st_mode & 022) || s.st_size <= (off_t)sizeof t ||
      s.st_size > INT32_MAX)
    return false;
  size_t size = (size_t)s.st_size;
  char *bytes = read_whole(fd, size);
  if (bytes == NULL)
    return false;
  memcpy(&t, bytes + size - sizeof t, sizeof t);
  Hash h = hash_bytes((Hash){ 1, 2 }, bytes, size - sizeof t);
  memory_free(bytes);
  return memcmp(t.magic, magic, sizeof magic) == 0 && t.size == size - sizeof t && t.hash.a == h.a && t.hash.b == h.b;
}

bool cache_has(const CacheKey *key) {
  char path[PATH_MAX];
  cache_library_path(key, path, sizeof path);
  int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return false;
  bool is_good = is_sealed(fd);
  close(fd);
  return is_good;
}

bool cache_put(const CacheKey *key, Error *e) {
  char from[PATH_MAX], to[PATH_MAX];
  struct stat s;
  cache_work_path(key, ".so", from, sizeof from);
  cache_library_path(key, to, sizeof to);
  int fd = open(from, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &s) != 0 || s.st_size <= 0) {
    if (fd >= 0)
      close(fd);
    return error_set(e, "the compiler left no library");
  }
  size_t size = (size_t)s.st_size;
  char *bytes = read_whole(fd, size);
  Trailer t = { .size = size };
  memcpy(t.magic, magic, sizeof magic);
  if (bytes != NULL)
    t.hash = hash_bytes((Hash){ 1, 2 }, bytes, size);
  bool is_good =
      bytes != NULL && lseek(fd, 0, SEEK_END) == (off_t)size && write(fd, &t, sizeof t) == (ssize_t)sizeof t && fchmod(fd, 0700) == 0;
  memory_free(bytes);
  is_good = close(fd) == 0 && is_good && rename(from, to) == 0;
  return is_good || error_set(e, "cannot write '%s': %s", to, strerror(errno));
}
