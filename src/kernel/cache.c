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
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

enum { FOLDER_MAX = PATH_MAX - 128, MOST_LIBRARIES = 4000, MOST_BYTES = 256 << 20 };

static char folder[FOLDER_MAX]; /* "": none in use */
static bool is_named;           /* somebody has said which folder: it is used or refused, and nothing else in its place */

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

/* ---- whom a path can be trusted to ---------------------------------------------------------------------------------- */
/* In a user namespace that does not map root, what belongs to root looks as if it belonged to the "overflow" user. */
static bool is_roots(uid_t owner) {
  unsigned long inside, outside, count, overflow = 0;
  if (owner == 0)
    return true;
  FILE *map = fopen("/proc/self/uid_map", "re"), *file = fopen("/proc/sys/kernel/overflowuid", "re");
  bool is_mapped = map == NULL;
  while (map != NULL && fscanf(map, "%lu %lu %lu", &inside, &outside, &count) == 3)
    is_mapped = is_mapped || inside == 0;
  bool is_overflow = file != NULL && fscanf(file, "%lu", &overflow) == 1 && owner == overflow;
  if (map != NULL)
    fclose(map);
  if (file != NULL)
    fclose(file);
  return is_overflow && !is_mapped;
}

/* Is there nobody who could put something else in the place of what the folder holds? Its owner could, and who may write to it, unless it is sticky. */
static bool is_trusted(const char *path, Error *e) {
  struct stat s;
  if (lstat(path, &s) != 0 || !S_ISDIR(s.st_mode))
    return error_set(e, "'%s' is no folder", path);
  if (s.st_uid != geteuid() && !is_roots(s.st_uid))
    return error_set(e, "the folder '%s' belongs to user %ld, who could put code of his own there", path, (long)s.st_uid);
  if ((s.st_mode & 022) && !(s.st_mode & S_ISVTX))
    return error_set(e, "the folder '%s' can be written by others (mode %03o), who could put code of their own there", path,
                     (unsigned)s.st_mode & 0777);
  return true;
}

bool cache_is_trusted(const char *path, Error *e) {
  char at[PATH_MAX];
  if (strlen(path) >= sizeof at)
    return error_set(e, "the path of the folder is too long");
  strcpy(at, path);
  for (;;) {
    if (!is_trusted(at, e))
      return false;
    char *slash = strrchr(at, '/');
    if (slash == NULL || at[1] == '\0')
      return true;
    slash[slash == at] = '\0'; /* of "/tmp" the slash stays */
  }
}

/* ---- the folder ------------------------------------------------------------------------------------------------------- */
/* Refuse the folder at `path` unless it is one that nobody else can change. */
static bool check_folder(const char *path, Error *e) {
  struct stat s;
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

/* Take the folder at `path`, made if it is not there (its parent must be). */
static bool take_folder(const char *path, Error *e) {
  char real[PATH_MAX];
  Error why;
  if (mkdir(path, 0700) != 0 && errno != EEXIST)
    return error_set(e, "cannot make the cache folder '%s': %s", path, strerror(errno));
  if (!check_folder(path, e))
    return false;
  if (realpath(path, real) == NULL || strlen(real) + 64 > sizeof folder)
    return error_set(e, "cannot use the cache folder '%s'", path);
  if (!cache_is_trusted(real, &why))
    return error_set(e, "the cache folder '%s' is not safe: %s", path, why.text);
  strcpy(folder, real);
  return true;
}

/* $XDG_CACHE_HOME/lunapse or ~/.cache/lunapse. */
static bool usual_folder(char *path, size_t size, Error *e) {
  const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
  int n;
  if (xdg != NULL && xdg[0] == '/') {
    n = snprintf(path, size, "%s", xdg);
  } else if (home != NULL && home[0] == '/') {
    if (access(home, X_OK) != 0)
      return error_set(e, "HOME is '%.300s': %s", home, strerror(errno));
    n = snprintf(path, size, "%s/.cache", home);
  } else {
    return error_set(e, "neither LUNAPSE_CACHE, XDG_CACHE_HOME nor HOME is set");
  }
  if (n < 0 || (size_t)n + sizeof "/lunapse" > size)
    return error_set(e, "the path of the cache folder is too long");
  mkdir(path, 0700); /* may be missing; what is wrong with it is said by who takes the folder in it */
  strcat(path, "/lunapse");
  return true;
}

bool cache_set_folder(const char *path, Error *e) {
  char usual[FOLDER_MAX];
  const char *own = getenv("LUNAPSE_CACHE");
  if (path == NULL && own != NULL && own[0] != '\0')
    path = own;
  bool is_said = path != NULL;
  if (path == NULL && usual_folder(usual, sizeof usual, e))
    path = usual;
  if (folder[0] == '\0')
    is_named = is_said;
  if (path == NULL || !take_folder(path, e))
    return false;
  is_named = is_said;
  return true;
}

const char *cache_folder(Error *e) {
  if (folder[0] == '\0')
    return cache_set_folder(NULL, e) ? folder : NULL;
  return check_folder(folder, e) ? folder : NULL; /* looked at every time: it may have been removed or opened to others meanwhile */
}

bool cache_is_named(void) { return is_named; }

/* ---- old libraries ------------------------------------------------------------------------------------------------------ */
typedef struct {
  struct timespec when;
  char name[40];
} Library;

static int by_age(const void *a, const void *b) {
  const struct timespec *x = &((const Library *)a)->when, *y = &((const Library *)b)->when;
  return x->tv_sec != y->tv_sec ? (x->tv_sec < y->tv_sec ? -1 : 1) : x->tv_nsec < y->tv_nsec ? -1 : x->tv_nsec > y->tv_nsec;
}

static bool is_library(const char *name) { return strlen(name) == 35 && strcmp(name + 32, ".so") == 0; }

/* Keep the cache from growing for ever: of too many libraries, drop the older half. */
static void drop_old(const char *path) {
  Library *all = NULL;
  struct stat s;
  const struct dirent *entry;
  int n = 0, found = 0;
  DIR *d = opendir(path);
  if (d == NULL)
    return;
  while ((entry = readdir(d)) != NULL)
    n += is_library(entry->d_name);
  if (n > MOST_LIBRARIES)
    all = memory_new(sizeof *all * (size_t)n);
  rewinddir(d);
  while (all != NULL && found < n && (entry = readdir(d)) != NULL)
    if (is_library(entry->d_name) && fstatat(dirfd(d), entry->d_name, &s, AT_SYMLINK_NOFOLLOW) == 0) {
      all[found].when = s.st_mtim;
      memcpy(all[found++].name, entry->d_name, 36);
    }
  if (found > 0)
    qsort(all, (size_t)found, sizeof *all, by_age);
  for (int k = 0; k < found / 2; k++)
    unlinkat(dirfd(d), all[k].name, 0);
  memory_free(all);
  closedir(d);
}

/* ---- code in memory ----------------------------------------------------------------------------------------------------- */
int cache_new_memory(const char *name) {
#ifdef MFD_EXEC /* systems that want to know ask since Linux 6.3; the older refuse the word */
  int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
  if (fd >= 0 || errno != EINVAL)
    return fd;
#endif
  return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

bool cache_write_all(int fd, const void *bytes, size_t n) {
  const char *at = bytes;
  while (n > 0) {
    ssize_t wrote = write(fd, at, n);
    if (wrote < 0 && errno == EINTR)
      continue;
    if (wrote <= 0)
      return false;
    at += wrote;
    n -= (size_t)wrote;
  }
  return true;
}

char *cache_read_all(int fd, size_t size) {
  char *bytes = memory_new(size + 1);
  size_t done = 0;
  while (bytes != NULL && done < size) {
    ssize_t n = pread(fd, bytes + done, size - done, (off_t)done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0) {
      memory_free(bytes);
      return NULL;
    }
    done += (size_t)n;
  }
  return bytes;
}

/* ---- libraries --------------------------------------------------------------------------------------------------------- */
/* What stands behind the bytes of a library in the folder. The hash is one of the bytes and of the name that they were kept under. */
typedef struct {
  char magic[8];
  uint64_t size; /* of what stands before the trailer */
  Hash hash;
} Trailer;

static const char magic[8] = { 'L', 'u', 'n', 'a', 'p', 's', 'e', '2' };

static Trailer trailer_of(const CacheKey *key, const char *bytes, size_t size) {
  Trailer t = { .size = size };
  memcpy(t.magic, magic, sizeof magic);
  t.hash = hash_bytes(hash_bytes((Hash){ 1, 2 }, key->text, strlen(key->text)), bytes, size);
  return t;
}

/* The bytes of the open file without their trailer, which the caller frees; NULL where anything about it is wrong. */
static char *read_library(const CacheKey *key, int fd, size_t *size) {
  struct stat s;
  Trailer t, wanted;
  if (fstat(fd, &s) != 0 || !S_ISREG(s.st_mode) || s.st_uid != geteuid() || (s.st_mode & 022) || s.st_size <= (off_t)sizeof t ||
      s.st_size > MOST_BYTES)
    return NULL;
  *size = (size_t)s.st_size - sizeof t;
  char *bytes = cache_read_all(fd, (size_t)s.st_size);
  if (bytes == NULL)
    return NULL;
  memcpy(&t, bytes + *size, sizeof t);
  wanted = trailer_of(key, bytes, *size);
  if (memcmp(&t, &wanted, sizeof t) == 0)
    return bytes;
  memory_free(bytes);
  return NULL;
}

static void library_path(const char *where, const CacheKey *key, char *path, size_t size) {
  snprintf(path, size, "%s/%s.so", where, key->text);
}

int cache_take(const CacheKey *key) {
  char path[PATH_MAX];
  size_t size = 0;
  library_path(folder, key, path, sizeof path);
  int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); /* nothing that stands there makes us wait */
  if (fd < 0)
    return -1;
  char *bytes = read_library(key, fd, &size);
  close(fd);
  if (bytes == NULL)
    return -1;
  int copy = cache_new_memory("lunapse kernel");
  if (copy >= 0 && !cache_write_all(copy, bytes, size)) {
    close(copy);
    copy = -1;
  }
  memory_free(bytes);
  return copy;
}

void cache_drop(const CacheKey *key) {
  char path[PATH_MAX];
  library_path(folder, key, path, sizeof path);
  unlink(path);
}

bool cache_put(const char *where, const CacheKey *key, const char *beside, const char *bytes, size_t size, Error *e) {
  char to[PATH_MAX];
  Trailer t = trailer_of(key, bytes, size);
  library_path(where, key, to, sizeof to);
  int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0700);
  bool is_good = fd >= 0 && fchmod(fd, 0700) == 0 && cache_write_all(fd, bytes, size) && cache_write_all(fd, &t, sizeof t);
  int why = errno;
  if (fd >= 0 && close(fd) != 0 && is_good) {
    is_good = false;
    why = errno;
  }
  if (is_good && rename(beside, to) != 0) {
    rmdir(to); /* an empty folder in its place */
    is_good = rename(beside, to) == 0;
    why = errno;
  }
  if (!is_good)
    return error_set(e, "the compiled kernel cannot be kept as '%s': %s", to, strerror(why));
  drop_old(where);
  return true;
}
