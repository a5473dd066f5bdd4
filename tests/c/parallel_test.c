/* Jobs in parts: each part once, whatever else the machine does; nested, from children, in the caller's floating-point mode. */
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/parallel.h"
#include "check.h"

enum { MOST = 3000 };

typedef struct Count {
  int times[MOST]; /* plain numbers: a part that is done twice, or seen too early, is a race that the detector reports */
  int n_threads;
  int64_t sum;
} Count;

static void count(void *context, int part) {
  Count *c = context;
  c->times[part]++;
  CHECK(parallel_id() >= 0 && parallel_id() < c->n_threads, "thread %d of %d", parallel_id(), c->n_threads);
}

static void check_counts(const Count *c, int n) {
  for (int k = 0; k < n; k++)
    CHECK(c->times[k] == 1, "part %d of %d was done %d times", k, n, c->times[k]);
}

static void test_each_part_once(void) {
  static Count c;
  unsigned random = 1;
  for (int job = 0; job < 20000; job++) {
    random = random * 1664525u + 1013904223u;
    int n = (int)(random >> 16) % (job % 100 == 0 ? MOST : 12);
    c.n_threads = 1 + (int)(random >> 8) % 5;
    memset(c.times, 0, sizeof *c.times * (size_t)n);
    int64_t waited = parallel_run(c.n_threads, n, count, &c);
    CHECK(waited >= 0, "waited %lld ns", (long long)waited);
    check_counts(&c, n);
  }
}

static void add_range(void *context, int64_t first, int64_t last) {
  _Atomic int64_t *sum = context;
  for (int64_t i = first; i < last; i++)
    *sum += i;
}

static void test_ranges(void) {
  const int64_t sizes[] = { 0, 1, 63, 64, 65, 1000, 300000 };
  for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
    for (int64_t grain = 1; grain < 1000; grain *= 7) { /* 300000 ranges of one are more than a job may have parts */
      _Atomic int64_t sum = 0;
      parallel_ranges(3, sizes[k], grain, add_range, &sum);
      CHECK(sum == sizes[k] * (sizes[k] - 1) / 2, "%lld in ranges of %lld: %lld", (long long)sizes[k], (long long)grain, (long long)sum);
    }
}

typedef struct Outer {
  Count inner[8];
} Outer;

static void run_inner(void *context, int part) {
  const int before = parallel_id();
  parallel_run(4, 50, count, &((Outer *)context)->inner[part]);
  CHECK(parallel_id() == before, "thread %d became %d", before, parallel_id());
}

static void test_nested(void) {
  static Outer outer;
  for (int k = 0; k < 8; k++)
    outer.inner[k].n_threads = 1; /* the thread that is there */
  parallel_run(3, 8, run_inner, &outer);
  for (int k = 0; k < 8; k++)
    check_counts(&outer.inner[k], 50);
}

typedef struct Tiny {
  volatile double value;
  double halved[64];
} Tiny;

static void halve(void *context, int part) {
  Tiny *t = context;
  t->halved[part] = t->value / 2;
}

/* Denormal numbers come and go with the caller's mode, on every thread. */
static void test_mode(void) {
  static Tiny tiny = { .value = 2.3e-308 };
  for (int round = 0; round < 200; round++) {
    unsigned mode = parallel_mode();
    if (round % 2 == 1)
      parallel_flush_denormals();
    parallel_run(3, 64, halve, &tiny);
    double own = tiny.value / 2;
    parallel_restore_mode(mode);
    for (int k = 0; k < 64; k++)
      CHECK(memcmp(&tiny.halved[k], &own, sizeof own) == 0, "round %d, part %d: %g, not %g", round, k, tiny.halved[k], own);
  }
}

/* Parts that take long: the caller sleeps meanwhile. Whoever waits long enough sleeps, and is woken. */
static void doze(void *context, int part) {
  if (part % 2 == 1)
    usleep(2000);
  count(context, part);
}

static void test_sleep(void) {
  static Count c;
  c.n_threads = 2;
  for (int round = 0; round < 20; round++) {
    memset(c.times, 0, sizeof c.times);
    parallel_run(2, 2, doze, &c);
    check_counts(&c, 2);
    if (round % 4 == 0)
      usleep(1000);
  }
}

/* A child has no threads of its parent's; it and the parent go on. */
static void test_fork(void) {
  static Count c;
  c.n_threads = 3;
  for (int round = 0; round < 5; round++) {
    pid_t pid = fork();
    for (int job = 0; job < 200; job++) {
      memset(c.times, 0, sizeof c.times);
      parallel_run(3, 30, count, &c);
      check_counts(&c, 30);
    }
    if (pid == 0)
      _exit(check_failures > 0);
    int status = -1;
    CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child ended with %d", status);
  }
}

int main(void) {
  CHECK(parallel_processors() >= 1, "%d processors", parallel_processors());
  CHECK(parallel_id() == 0, "thread %d", parallel_id());
  test_each_part_once();
  test_ranges();
  test_nested();
  test_mode();
  test_sleep();
  test_fork();
  return check_done();
}
