#define _GNU_SOURCE
#include "base/whole_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/ranks.h"

/* ---- a program that is ended meanwhile -------------------------------------------------------------------------------- */
enum { MOST = 8 }; /* files at a time that a signal removes; any number can be written */

static struct {
  volatile sig_atomic_t is_used;
  pid_t owner; /* a child that was forked meanwhile leaves it alone */
  char beside[PATH_MAX];
} being_written[MOST];

static const int deadly[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGALRM, SIGXCPU, SIGXFSZ };
enum { N_DEADLY = sizeof deadly / sizeof *deadly };

void whole_file_drop_all(void) {
  for (int k = 0; k < MOST; k++)
    if (being_written[k].is_used && being_written[k].owner == getpid())
      unlink(being_written[k].beside);
}

static void on_end(int number) {
  whole_file_drop_all();
  signal(number, SIG_DFL);
  raise(number);
}

static bool is_anything_written(void) {
  for (int k = 0; k < MOST; k++)
    if (being_written[k].is_used)
      return true;
  return false;
}

/* Watch for the signals that would end the program, and for no others: what somebody handles or ignores is his. Or leave them alone again. */
static void watch(bool is_on) {
  struct sigaction now, ours = { .sa_handler = is_on ? on_end : SIG_DFL };
  sigemptyset(&ours.sa_mask);
  for (int k = 0; k < N_DEADLY; k++)
    if (sigaction(deadly[k], NULL, &now) == 0 && now.sa_handler == (is_on ? SIG_DFL : on_end))
      sigaction(deadly[k], &ours, NULL);
}

static int take_slot(const char *beside) {
  static bool is_watching_exit;
  if (!is_watching_exit) /* who calls exit in the middle of a file */
    is_watching_exit = atexit(whole_file_drop_all) == 0;
  if (!is_anything_written())
    watch(true);
  for (int k = 0; k < MOST; k++)
    if (!being_written[k].is_used) {
      strcpy(being_written[k].beside, beside);
      being_written[k].owner = getpid();
      being_written[k].is_used = 1;
      return k;
    }
  return -1;
}

static void leave_slot(int slot) {
  if (slot < 0)
    return; /* none was free */
  being_written[slot].is_used = 0;
  if (!is_anything_written())
    watch(false);
}

/* ---- writing ---------------------------------------------------------------------------------------------------------- */
static bool refuse(const WholeFile *w, const char *why, Error *e) {
  bool is_lost = strcmp(why, strerror(ENOENT)) == 0;
  return error_set(e, "cannot write %s'%s': %s%s", w->what, w->path, is_lost ? "no such folder" : why,
                   is_lost ? " (it is not made for you)" : "");
}

/* Create a file in the target's folder, under a name that is short and nobody else's. It is known to the handler of signals before it is there. */
static int open_beside(WholeFile *w) {
  const char *slash = strrchr(w->target, '/');
  int n = slash != NULL ? (int)(slash - w->target) + 1 : 0, fd = -1;
  struct timespec now;
  errno = EEXIST;
  for (int tries = 0; tries < 100 && fd < 0 && errno == EEXIST; tries++) {
    leave_slot(w->slot);
    clock_gettime(CLOCK_REALTIME, &now);
    if (snprintf(w->beside, sizeof w->beside, "%.*s.lunapse-%lx-%lx", n, w->target, (long)getpid(), now.tv_nsec) >= PATH_MAX) {
      errno = ENAMETOOLONG;
      return -1;
    }
    w->slot = take_slot(w->beside);
    fd = open(w->beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  }
  return fd;
}

/* Undo the beginning, and say why. */
static bool give_up(WholeFile *w, int fd, int why, Error *e) {
  if (fd >= 0) {
    close(fd);
    unlink(w->beside);
  }
  leave_slot(w->slot);
  return refuse(w, strerror(why), e);
}

static bool begin(WholeFile *w, Error *e) {
  struct stat old;
  const char *what = w->what, *path = w->path;
  if (strlen(path) >= sizeof w->target)
    return error_set(e, "cannot write %s'%.60s...': the name is too long", what, path);
  bool is_there = stat(path, &old) == 0;
  if (is_there && S_ISDIR(old.st_mode))
    return refuse(w, "it is a folder", e);
  if (is_there && !S_ISREG(old.st_mode)) {
    w->file = fopen(path, "wbe");
    return w->file != NULL || refuse(w, strerror(errno), e);
  }
  if (realpath(path, w->target) == NULL)
    strcpy(w->target, path);
  if (is_there && access(w->target, W_OK) != 0)
    return refuse(w, strerror(errno), e);
  int fd = open_beside(w), why = errno;
  if (fd < 0)
    return give_up(w, fd, why, e);
  mode_t mask = umask(0);
  umask(mask);
  fchmod(fd, is_there ? old.st_mode & 07777 : 0666 & ~mask);
  w->file = fdopen(fd, "wb");
  return w->file != NULL || give_up(w, fd, ENOMEM, e);
}

bool whole_file_begin(WholeFile *w, const char *what, const char *path, Error *e) {
  *w = (WholeFile){ .what = what, .path = path, .slot = -1 };
  if (ranks_n() == 1)
    return begin(w, e);
  ranks_meet("writing a file"); /* who still reads the old one has done so */
  bool is_good = ranks_share_result("writing a file", ranks_is_silent() || begin(w, e), e);
  if (is_good && ranks_is_silent()) {
    w->file = fopen("/dev/null", "wbe");
    is_good = w->file != NULL || refuse(w, strerror(errno), e);
  }
  return is_good;
}

/* The new name is on the disk, too. What cannot be synced (some file systems have no folders to sync) is as good as it gets. */
static void sync_folder(const WholeFile *w) {
  char folder[PATH_MAX];
  strcpy(folder, w->beside);
  char *slash = strrchr(folder, '/');
  if (slash != NULL)
    slash[1] = '\0';
  int fd = open(slash != NULL ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return;
  fsync(fd);
  close(fd);
}

bool whole_file_end(WholeFile *w, bool is_good, Error *e) {
  bool was_good = is_good, is_beside = w->beside[0] != '\0';
  errno = 0;
  is_good = is_good && fflush(w->file) == 0 && (!is_beside || fsync(fileno(w->file)) == 0);
  int why = errno;
  if (fclose(w->file) != 0 && is_good) {
    is_good = false;
    why = errno;
  }
  w->file = NULL;
  if (is_beside && is_good && rename(w->beside, w->target) != 0) {
    is_good = false;
    why = errno;
  }
  if (is_beside && is_good)
    sync_folder(w);
  else if (is_beside)
    unlink(w->beside);
  leave_slot(w->slot);
  if (was_good && !is_good)
    refuse(w, strerror(why), e);
  return is_good;
}

bool whole_file_write(const char *path, const void *bytes, size_t n, Error *e) {
  WholeFile w;
  if (!whole_file_begin(&w, "", path, e))
    return false;
  errno = 0;
  bool is_good = fwrite(bytes, 1, n, w.file) == n || refuse(&w, strerror(errno), e);
  return whole_file_end(&w, is_good, e);
}

/* ---- what was left ---------------------------------------------------------------------------------------------------- */
static void sweep_one(int folder, const char *name) {
  enum { SECONDS = 2 };
  struct stat info;
  int fd = openat(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0)
    return;
  if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && time(NULL) - info.st_mtime > SECONDS && flock(fd, LOCK_EX | LOCK_NB) == 0)
    unlinkat(folder, name, 0);
  close(fd);
}

void whole_file_sweep(const char *path) {
  char folder[PATH_MAX];
  const char *slash = strrchr(path, '/');
  if (strlen(path) >= sizeof folder)
    return;
  int fd = -1;
  if (slash == NULL)
    strcpy(folder, ".");
  else
    snprintf(folder, sizeof folder, "%.*s", (int)(slash - path) + 1, path);
  DIR *d = (fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >= 0 ? fdopendir(fd) : NULL;
  for (struct dirent *entry; d != NULL && (entry = readdir(d)) != NULL;)
    if (strncmp(entry->d_name, ".lunapse-", 9) == 0)
      sweep_one(fd, entry->d_name);
  if (d != NULL)
    closedir(d);
  else if (fd >= 0)
    close(fd);
}
