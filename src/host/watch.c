#define _GNU_SOURCE
#include "host/watch.h"

#include <errno.h>
#include <lauxlib.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/work.h"

static const struct itimerval never, now_and_then = { .it_value = { .tv_sec = 1 }, .it_interval = { .tv_usec = 200000 } };

static struct {
  bool is_on;
  volatile sig_atomic_t is_shown;
  size_t n;
  char line[220]; /* the text behind what clears the line; the part that is done comes behind its n bytes */
  struct sigaction before;
} watch;

static void put(const char *text, size_t n) {
  ssize_t written = write(STDERR_FILENO, text, n);
  (void)written;
}

/* Runs in the midst of the work, so it writes the number itself: nothing of stdio may be called here. */
static void show(int number) {
  (void)number;
  int saved = errno;
  int64_t total = work_total, done = work_done;
  if (total > 0) {
    int percent = (int)(100 * (done < total ? (double)done / (double)total : 1));
    size_t n = watch.n;
    for (int unit = percent >= 100 ? 100 : percent >= 10 ? 10 : 1; unit > 0; unit /= 10)
      watch.line[n++] = (char)('0' + percent / unit % 10);
    memcpy(watch.line + n, " %", 2);
    put(watch.line, n + 2);
    watch.is_shown = true;
  }
  errno = saved;
}

int watch_work(lua_State *L) {
  const char *text = luaL_checkstring(L, 1), *terminal = getenv("TERM");
  struct itimerval timer;
  if (watch.is_on || !isatty(STDERR_FILENO) || (terminal != NULL && strcmp(terminal, "dumb") == 0))
    return 0;
  if (getitimer(ITIMER_REAL, &timer) != 0 || timer.it_value.tv_sec != 0 || timer.it_value.tv_usec != 0) /* somebody else's */
    return 0;
  snprintf(watch.line, sizeof watch.line - 8, "\r\033[K%s ", text);
  watch.n = strlen(watch.line);
  watch.is_shown = false;
  work_begin(0);
  struct sigaction ours = { .sa_handler = show, .sa_flags = SA_RESTART };
  sigemptyset(&ours.sa_mask);
  watch.is_on = sigaction(SIGALRM, &ours, &watch.before) == 0;
  if (watch.is_on)
    setitimer(ITIMER_REAL, &now_and_then, NULL);
  return 0;
}

int unwatch_work(lua_State *L) {
  (void)L;
  if (!watch.is_on)
    return 0;
  setitimer(ITIMER_REAL, &never, NULL);
  sigaction(SIGALRM, &watch.before, NULL);
  if (watch.is_shown)
    put("\r\033[K", 4);
  watch.is_on = false;
  return 0;
}
