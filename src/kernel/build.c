#define _GNU_SOURCE
#include "kernel/build.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "kernel/compiler.h"
#include "kernel/workplace.h"

extern char **environ;

/* What both sides agree on. */
static const char title[] = "lunapse: kernel compiler"; /* argv[0] of the watcher, as ps shows it */
enum { AT_KEY = 1, AT_FOLDER, AT_TIMEOUT, AT_COMPILER };
enum { FD_LIFE = 3, FD_CODE = 4, FIRST_FREE_FD = 5 };
enum { STATUS_DONE = 0, STATUS_FAILED = 1, STATUS_HUNG = 2 };
enum { LOG_MAX = 4000 };

/* ---- the parent -------------------------------------------------------------------------------------------------------- */
static void close_one(int *fd) {
  if (*fd >= 0)
    close(*fd);
  *fd = -1;
}

/* A descriptor above those that the watcher gets, so that none is overwritten before it is copied. */
static int lift(int fd) {
  int high = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 16) : -1;
  int why = errno;
  if (fd >= 0)
    close(fd);
  errno = why;
  return high;
}

static int text_file(const char *text) {
  int fd = lift(cache_new_memory("lunapse text"));
  if (fd >= 0 && (!cache_write_all(fd, text, strlen(text)) || lseek(fd, 0, SEEK_SET) != 0))
    close_one(&fd);
  return fd;
}

static int spawn(Build *b, int text, int life, char *const *argv) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  sigset_t none, every;
  sigemptyset(&none);
  sigfillset(&every);
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, text, 0);
  posix_spawn_file_actions_adddup2(&files, b->log, 1);
  posix_spawn_file_actions_adddup2(&files, b->log, 2);
  posix_spawn_file_actions_adddup2(&files, life, FD_LIFE);
  posix_spawn_file_actions_adddup2(&files, b->code, FD_CODE);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setpgroup(&attributes, 0); /* Ctrl-C is for us, not for the compiler */
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &every);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  int error = posix_spawn(&b->process, "/proc/self/exe", &files, &attributes, argv, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (error != 0)
    b->process = 0;
  return error;
}

bool build_start(Build *b, const CacheKey *key, const char *text, bool is_fast, const char *folder, Error *e) {
  char seconds[16];
  const char *argv[AT_COMPILER + 1 + COMPILER_FLAGS], *compiler = compiler_path(e);
  int timeout = compiler_timeout(e), ends[2] = { -1, -1 };
  *b = (Build){ .life = -1, .log = -1, .code = -1 };
  if (compiler == NULL || timeout == 0)
    return false;
  snprintf(seconds, sizeof seconds, "%d", timeout);
  argv[0] = title;
  argv[AT_KEY] = key->text;
  argv[AT_FOLDER] = folder != NULL ? folder : "";
  argv[AT_TIMEOUT] = seconds;
  argv[AT_COMPILER] = compiler;
  compiler_flags(is_fast, argv + AT_COMPILER + 1);
  int from = text_file(text), error = 0;
  b->log = lift(cache_new_memory("lunapse log"));
  b->code = lift(cache_new_memory("lunapse kernel"));
  if (from < 0 || b->log < 0 || b->code < 0 || pipe2(ends, O_CLOEXEC) != 0) {
    error = errno;
  } else {
    ends[0] = lift(ends[0]);
    b->life = ends[1];
    error = ends[0] < 0 ? errno : spawn(b, from, ends[0], (char *const *)argv);
  }
  close_one(&from);
  close_one(&ends[0]);
  if (error == 0)
    return true;
  build_forget(b);
  return error_set(e, "cannot start the C compiler '%s': %s", compiler, strerror(error));
}

void build_forget(Build *b) {
  close_one(&b->life);
  close_one(&b->log);
  close_one(&b->code);
  b->process = 0;
}

/* Nobody can change the file any more; its descriptor goes to the caller. */
static int take_library(Build *b) {
  struct stat s;
  if (fstat(b->code, &s) != 0 || s.st_size == 0)
    return -1;
  fcntl(b->code, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
  int fd = b->code;
  b->code = -1;
  return fd;
}

static char *take_log(const Build *b) {
  struct stat s;
  size_t size = fstat(b->log, &s) == 0 ? (size_t)s.st_size : 0;
  return cache_read_all(b->log, size < LOG_MAX ? size : LOG_MAX);
}

BuildState build_poll(Build *b, int *library, char **log) {
  int status = 0;
  pid_t ended = waitpid(b->process, &status, WNOHANG);
  *library = -1;
  *log = NULL;
  if (ended == 0 || (ended < 0 && errno != ECHILD)) /* ECHILD: somebody else reaps children; the library tells */
    return BUILD_RUNS;
  bool is_hung = ended > 0 && WIFEXITED(status) && WEXITSTATUS(status) == STATUS_HUNG;
  bool is_done = ended < 0 || (WIFEXITED(status) && WEXITSTATUS(status) == STATUS_DONE);
  if (is_done)
    *library = take_library(b);
  *log = take_log(b);
  build_forget(b);
  return is_hung ? BUILD_HUNG : *library >= 0 ? BUILD_DONE : BUILD_FAILED;
}

void build_stop(Build *b) {
  const struct timespec pause = { .tv_nsec = 1000000 };
  pid_t ended = 0;
  close_one(&b->life);
  for (int tries = 0; tries < 5000 && (ended = waitpid(b->process, NULL, WNOHANG)) == 0; tries++)
    nanosleep(&pause, NULL);
  if (ended == 0) { /* stuck: a file system that does not answer */
    kill(b->process, SIGKILL);
    waitpid(b->process, NULL, 0);
  }
  build_forget(b);
}

/* ---- the watcher ------------------------------------------------------------------------------------------------------- */
static volatile sig_atomic_t is_asked_to_end;

static void on_signal(int number) {
  if (number != SIGCHLD)
    is_asked_to_end = 1;
}

/* Signals arrive while we wait for them and at no other time. */
static void watch_signals(void) {
  static const int numbers[] = { SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT };
  struct sigaction action = { .sa_handler = on_signal };
  sigset_t blocked;
  sigemptyset(&blocked);
  sigemptyset(&action.sa_mask);
  for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
    sigaction(numbers[k], &action, NULL);
    sigaddset(&blocked, numbers[k]);
  }
  sigprocmask(SIG_BLOCK, &blocked, NULL);
  signal(SIGPIPE, SIG_IGN);
}

static void close_others(void) {
#ifdef SYS_close_range
  if (syscall(SYS_close_range, FIRST_FREE_FD, ~0U, 0) == 0)
    return;
#endif
  for (int fd = FIRST_FREE_FD; fd < 1024; fd++)
    close(fd);
}

static void say(const char *text) {
  if (ftruncate(STDERR_FILENO, 0) == 0 && lseek(STDERR_FILENO, 0, SEEK_SET) == 0)
    cache_write_all(STDERR_FILENO, text, strlen(text));
}

/* The compiler, reading the text on its standard input and leaving its library at `to`. */
static pid_t start_compiler(char **words, int n, const char *to) {
  const char *argv[COMPILER_FLAGS + 8] = { NULL };
  if (n > COMPILER_FLAGS + 1)
    return -1;
  for (int k = 0; k < n; k++)
    argv[k] = words[k];
  const char *const rest[] = { "-o", to, "-x", "c", "-", NULL };
  memcpy(argv + n, rest, sizeof rest);
  pid_t pid = fork();
  if (pid > 0)
    setpgid(pid, pid); /* on both sides: whoever comes first */
  if (pid != 0)
    return pid;
  sigset_t none;
  sigemptyset(&none);
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGPIPE, SIG_DFL);
  sigprocmask(SIG_SETMASK, &none, NULL);
  close(FD_LIFE);
  close(FD_CODE);
  execv(argv[0], (char *const *)argv);
  fprintf(stderr, "cannot start the C compiler '%s': %s\n", argv[0], strerror(errno));
  _exit(127);
}

/* Wait until the compiler has ended (true), the parent is gone or the time is over. */
static bool wait_for_compiler(pid_t compiler, int seconds, int *status, bool *is_late) {
  struct timespec now, end;
  sigset_t none;
  sigemptyset(&none);
  clock_gettime(CLOCK_MONOTONIC, &end);
  end.tv_sec += seconds;
  *is_late = false;
  for (;;) {
    pid_t ended;
    while ((ended = waitpid(-1, status, WNOHANG)) > 0)
      if (ended == compiler)
        return true;
    clock_gettime(CLOCK_MONOTONIC, &now);
    struct timespec left = { .tv_sec = end.tv_sec - now.tv_sec, .tv_nsec = end.tv_nsec - now.tv_nsec };
    if (left.tv_nsec < 0)
      left = (struct timespec){ left.tv_sec - 1, left.tv_nsec + 1000000000 };
    struct pollfd life = { .fd = FD_LIFE };
    int n = left.tv_sec < 0 ? 0 : ppoll(&life, 1, &left, &none);
    *is_late = n == 0;
    if (is_asked_to_end || n >= 0)
      return false;
  }
}

/* Kill the compiler's process group and reap what came to us from it, for a second at most. */
static void end_compiler(pid_t compiler) {
  const struct timespec pause = { .tv_nsec = 1000000 };
  kill(-compiler, SIGKILL);
  for (int tries = 0; tries < 1000; tries++) {
    pid_t ended = waitpid(-1, NULL, WNOHANG);
    if (ended < 0)
      return;
    if (ended == 0)
      nanosleep(&pause, NULL);
  }
}

/* The library goes to the parent and into the cache. What keeps it out of the cache is said, and no failure. */
static int deliver(const CacheKey *key, const char *folder, const char *place, const char *library) {
  char beside[PATH_MAX + 16];
  struct stat s;
  Error e = { "" };
  int fd = open(library, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  char *bytes = fd >= 0 && fstat(fd, &s) == 0 && s.st_size > 0 ? cache_read_all(fd, (size_t)s.st_size) : NULL;
  if (fd >= 0)
    close(fd);
  if (bytes == NULL)
    return say("the C compiler left no library"), STATUS_FAILED;
  bool is_good = cache_write_all(FD_CODE, bytes, (size_t)s.st_size);
  snprintf(beside, sizeof beside, "%s/kept", place);
  if (folder[0] != '\0')
    cache_put(folder, key, beside, bytes, (size_t)s.st_size, &e);
  say(is_good ? e.text : "out of memory: a compiled kernel");
  memory_free(bytes);
  return is_good ? STATUS_DONE : STATUS_FAILED;
}

static int compile(const CacheKey *key, const char *folder, int seconds, const char *place, char **words, int n) {
  char library[PATH_MAX + 16], text[160];
  struct stat log;
  int status = 0;
  bool is_late = false;
  snprintf(library, sizeof library, "%s/kernel.so", place);
  setenv("TMPDIR", place, 1);
  setenv("LC_ALL", "C", 1);
  pid_t compiler = start_compiler(words, n, library);
  if (compiler < 0)
    return say("cannot start a process for the C compiler"), STATUS_FAILED;
  bool is_ended = wait_for_compiler(compiler, seconds, &status, &is_late);
  end_compiler(compiler);
  if (is_late) {
    snprintf(text, sizeof text, "the C compiler did not end within %d s (LUNAPSE_CC_TIMEOUT)", seconds);
    return say(text), STATUS_HUNG;
  }
  if (is_ended && WIFEXITED(status) && WEXITSTATUS(status) == 0)
    return deliver(key, folder, place, library);
  if (fstat(STDERR_FILENO, &log) == 0 && log.st_size == 0)
    say("the C compiler ended without a message");
  return STATUS_FAILED;
}

bool build_main(int argc, char **argv, int *status) {
  CacheKey key;
  Error e = { "" };
  if (argc <= AT_COMPILER || strcmp(argv[0], title) != 0 || strlen(argv[AT_KEY]) >= sizeof key.text)
    return false;
  prctl(PR_SET_NAME, "lunapse-cc");
  prctl(PR_SET_CHILD_SUBREAPER, 1); /* what the compiler has started comes to us when it ends, and can be waited for */
  close_others();
  watch_signals();
  strcpy(key.text, argv[AT_KEY]);
  const char *folder = argv[AT_FOLDER], *place = workplace_open(folder[0] != '\0' ? folder : NULL, &e);
  *status = STATUS_FAILED;
  if (place == NULL)
    say(e.text);
  else
    *status = compile(&key, folder, atoi(argv[AT_TIMEOUT]), place, argv + AT_COMPILER, argc - AT_COMPILER);
  workplace_close();
  return true;
}
