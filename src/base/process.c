#define _GNU_SOURCE
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/prctl.h>
#endif

#include "base/memory.h"
#include "base/ranks.h"

enum { MOST_WAITED = 1024, CHUNK = 1 << 16 };

/* ---- the child ------------------------------------------------------------------------------------------------------- */

static void become_child(Process *p, const int ends[2], pid_t parent) {
  ranks_leave();
  close(ends[0]);
  *p = (Process){ .pipe = ends[1] };
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  signal(SIGPIPE, SIG_IGN); /* a parent that went away is seen by process_send */
#if defined(__linux__)
  prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
  if (getppid() != parent) /* it died before it could be noticed */
    _exit(EXIT_FAILURE);
  int nothing = open("/dev/null", O_RDONLY);
  if (nothing > 0) {
    dup2(nothing, STDIN_FILENO);
    close(nothing);
  }
}

bool process_send(Process *p, const void *bytes, size_t n) {
  const char *at = bytes;
  while (n > 0) {
    ssize_t sent = write(p->pipe, at, n);
    if (sent < 0 && errno != EINTR)
      return false;
    if (sent > 0) {
      at += sent;
      n -= (size_t)sent;
    }
  }
  return true;
}

void process_close(Process *p) {
  if (p->pipe >= 0)
    close(p->pipe);
  p->pipe = -1;
}

void process_leave(int status) {
  fflush(NULL);
  _exit(status);
}

/* ---- the parent ------------------------------------------------------------------------------------------------------ */

ProcessSide process_start(Process *p, Error *e) {
  int ends[2];
  *p = (Process){ .pipe = -1 };
  if (pipe2(ends, O_CLOEXEC) != 0) { /* a compiler that a child starts must not keep the pipe open */
    error_set(e, "cannot make a pipe: %s", strerror(errno));
    return PROCESS_FAILED;
  }
  fflush(NULL);
  pid_t parent = getpid(), pid = fork();
  if (pid == 0) {
    become_child(p, ends, parent);
    return PROCESS_CHILD;
  }
  int why = errno;
  close(ends[1]);
  if (pid < 0) {
    close(ends[0]);
    error_set(e, "cannot start a process: %s", strerror(why));
    return PROCESS_FAILED;
  }
  p->pid = pid;
  p->owner = parent;
  p->pipe = ends[0];
  return PROCESS_PARENT;
}

/* Take what there is; false at the end. */
static bool gather(Process *p) {
  if (!memory_reserve(&p->bytes, p->n_bytes, p->n_bytes + CHUNK, &p->room, 1))
    return false; /* a cut message: the reader of it complains */
  ssize_t got = read(p->pipe, p->bytes + p->n_bytes, (size_t)(p->room - p->n_bytes));
  if (got > 0)
    p->n_bytes += got;
  return got > 0 || (got < 0 && errno == EINTR);
}

static bool reap(Process *p, int flags) {
  pid_t ended;
  do
    ended = waitpid(p->pid, &p->status, flags);
  while (ended < 0 && errno == EINTR && flags == 0);
  if (ended == 0 || (ended < 0 && errno == EINTR))
    return false;
  p->pid = 0;
  p->is_ended = true;
  return true;
}

int process_wait(Process *const *list, int n, int timeout) {
  struct pollfd polled[MOST_WAITED];
  int index[MOST_WAITED], n_polled = 0;
  for (int k = 0; k < n && n_polled < MOST_WAITED; k++)
    if (list[k] != NULL && list[k]->pid > 0) {
      polled[n_polled] = (struct pollfd){ .fd = list[k]->pipe, .events = POLLIN };
      index[n_polled++] = k;
    }
  if (n_polled == 0)
    return -1;
  struct timespec begin, now;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  for (int left = timeout;;) {
    if (poll(polled, (nfds_t)n_polled, left) <= 0)
      return -1;
    for (int k = 0; k < n_polled; k++) {
      Process *p = list[index[k]];
      if (polled[k].revents == 0 || gather(p))
        continue;
      process_close(p);
      while (!reap(p, 0))
        ;
      return index[k];
    }
    if (timeout < 0)
      continue;
    clock_gettime(CLOCK_MONOTONIC, &now);
    left = timeout - (int)((now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1000000);
    if (left < 0)
      return -1;
  }
}

void process_stop(Process *p) {
  process_close(p);
  if (p->pid > 0 && p->owner == getpid()) {
    const struct timespec pause = { .tv_nsec = 1000000 };
    kill(p->pid, SIGTERM);
    for (int tries = 0; tries < 1000 && !reap(p, WNOHANG); tries++)
      nanosleep(&pause, NULL);
    if (p->pid > 0) {
      kill(p->pid, SIGKILL);
      reap(p, 0);
    }
  }
  memory_free(p->bytes);
  p->bytes = NULL;
  p->n_bytes = p->room = 0;
}
