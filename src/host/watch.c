#define _GNU_SOURCE
#include "host/watch.h"

#include <lauxlib.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/work.h"

enum { PATIENCE = 5, PERIOD = 200 }; /* ms between two states of the line, and how many of them pass before the first */

static struct {
  pthread_t thread;
  pthread_mutex_t lock;
  pthread_cond_t end;
  bool is_on, must_end;
  char text[200];
} watch = { .lock = PTHREAD_MUTEX_INITIALIZER, .end = PTHREAD_COND_INITIALIZER };

static void put(const char *text) {
  ssize_t n = write(STDERR_FILENO, text, strlen(text));
  (void)n;
}

/* Wait for a period; true when the end has come. */
static bool wait_period(void) {
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += PERIOD * 1000000L;
  until.tv_sec += until.tv_nsec / 1000000000L;
  until.tv_nsec %= 1000000000L;
  while (!watch.must_end && pthread_cond_timedwait(&watch.end, &watch.lock, &until) == 0)
    ;
  return watch.must_end;
}

static void *show(void *unused) {
  char line[300];
  bool is_shown = false;
  pthread_mutex_lock(&watch.lock);
  for (int k = 1; !wait_period(); k++) {
    int64_t total = work_total, done = work_done;
    if (k < PATIENCE || total <= 0)
      continue;
    snprintf(line, sizeof line, "\r\033[K%s %d %%", watch.text, (int)(100 * (done < total ? (double)done / (double)total : 1)));
    put(line);
    is_shown = true;
  }
  pthread_mutex_unlock(&watch.lock);
  if (is_shown)
    put("\r\033[K");
  return unused;
}

int watch_work(lua_State *L) {
  const char *text = luaL_checkstring(L, 1), *terminal = getenv("TERM");
  sigset_t every, before;
  if (watch.is_on || !isatty(STDERR_FILENO) || (terminal != NULL && strcmp(terminal, "dumb") == 0))
    return 0;
  snprintf(watch.text, sizeof watch.text, "%s", text);
  watch.must_end = false;
  work_begin(0);
  sigfillset(&every);
  pthread_sigmask(SIG_SETMASK, &every, &before); /* signals are for the main thread */
  watch.is_on = pthread_create(&watch.thread, NULL, show, NULL) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return 0;
}

int unwatch_work(lua_State *L) {
  (void)L;
  if (!watch.is_on)
    return 0;
  pthread_mutex_lock(&watch.lock);
  watch.must_end = true;
  pthread_cond_signal(&watch.end);
  pthread_mutex_unlock(&watch.lock);
  pthread_join(watch.thread, NULL);
  watch.is_on = false;
  return 0;
}
