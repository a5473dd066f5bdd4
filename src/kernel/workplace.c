#define _GNU_SOURCE
#include "kernel/workplace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/cache.h"

enum { ROOM = 4 << 20 }; /* bytes that a compiler surely needs */

static const char prefix[] = "tmp.lunapse-";
static char place[PATH_MAX]; /* "": none */
static int lock = -1;

/* Empty the open folder, which is closed. */
static void empty(int fd) {
  DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
  const struct dirent *entry;
  if (d == NULL) {
    if (fd >= 0)
      close(fd);
    return;
  }
  while ((entry = readdir(d)) != NULL) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 || unlinkat(dirfd(d), entry->d_name, 0) == 0)
      continue;
    empty(openat(dirfd(d), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    unlinkat(dirfd(d), entry->d_name, AT_REMOVEDIR);
  }
  closedir(d);
}

static int open_folder(const char *path) { return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC); }

/* Remove the folders of dead processes from `where`: those whose names begin so. */
static void sweep(const char *where, const char *beginning) {
  DIR *d = opendir(where);
  const struct dirent *entry;
  struct stat s;
  while (d != NULL && (entry = readdir(d)) != NULL) {
    char path[PATH_MAX];
    if (strncmp(entry->d_name, beginning, strlen(beginning)) != 0 || snprintf(path, sizeof path, "%s/%s", where, entry->d_name) >= PATH_MAX)
      continue;
    int fd = open_folder(path);
    if (fd >= 0 && fstat(fd, &s) == 0 && s.st_uid == geteuid() && flock(fd, LOCK_EX | LOCK_NB) == 0) {
      empty(dup(fd));
      rmdir(path);
    }
    if (fd >= 0)
      close(fd);
  }
  if (d != NULL)
    closedir(d);
}

static bool has_room(const char *where, Error *e) {
  int fd = openat(lock, "room", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  int why = fd < 0 ? errno : posix_fallocate(fd, 0, ROOM);
  if (fd >= 0) {
    close(fd);
    unlinkat(lock, "room", 0);
  }
  return why == 0 || error_set(e, "no room for the compiler in '%s': %s", where, strerror(why));
}

static bool open_in(const char *where, Error *e) {
  struct stat now;
  for (int tries = 0; tries < 20; tries++) {
    if (snprintf(place, sizeof place, "%s/%sXXXXXX", where, prefix) >= PATH_MAX || mkdtemp(place) == NULL) {
      error_set(e, "cannot make a temporary folder in '%s': %s", where, strerror(errno));
      place[0] = '\0';
      return false;
    }
    lock = open_folder(place);
    /* between mkdtemp and flock another process may have taken the folder for a dead one's */
    if (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0 && stat(place, &now) == 0) {
      if (has_room(where, e))
        return true;
      workplace_close();
      return false;
    }
    if (lock >= 0)
      close(lock);
    lock = -1;
  }
  place[0] = '\0';
  return error_set(e, "cannot make a temporary folder in '%s'", where);
}

const char *workplace_open(const char *first, Error *e) {
  const char *const places[] = { first, getenv("TMPDIR"), "/tmp", "/var/tmp", "/dev/shm" };
  for (size_t k = 0; k < sizeof places / sizeof *places; k++) {
    char real[PATH_MAX];
    if (places[k] == NULL || places[k][0] != '/')
      continue;
    if (realpath(places[k], real) == NULL) {
      error_set(e, "no temporary folder '%s': %s", places[k], strerror(errno));
      continue;
    }
    if (!cache_is_trusted(real, e))
      continue;
    sweep(real, k == 0 ? "tmp." : prefix); /* `first` is ours alone; elsewhere others have folders that begin with tmp., too */
    if (open_in(real, e))
      return place;
  }
  return NULL;
}

void workplace_close(void) {
  if (lock < 0)
    return;
  empty(dup(lock));
  rmdir(place);
  close(lock);
  lock = -1;
  place[0] = '\0';
}
