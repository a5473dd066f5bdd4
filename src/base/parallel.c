#define _GNU_SOURCE
#include "base/parallel.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

/* ---- waiting ------------------------------------------------------------------------------------------------------ */

int64_t parallel_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t parallel_own_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline void pause_shortly(void) {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");
#endif
}

/* A wait under way. */
typedef struct Spin {
  int64_t begin;
  int turns;
} Spin;

/* Wait a little; false when it has been long enough. */
static inline bool spin(Spin *s) {
  enum { LOOK_EVERY = 16 };
  pause_shortly();
  if (++s->turns % LOOK_EVERY != 0)
    return true;
  return parallel_nanoseconds() - s->begin < PARALLEL_SPIN_NS;
}

static void sleep_on(sem_t *s) {
  while (sem_wait(s) != 0 && errno == EINTR)
    ;
}

/* ---- the one job -------------------------------------------------------------------------------------------------- */

/* Words that different threads write lie in different cache lines (they are fetched in pairs). */
#define OWN_LINE _Alignas(128)

/* What belongs to one thread. Its share are the parts that it does first: it takes them from the front; who has done his own takes from the back. Every word
** bears the number of the job, so that a worker that comes late, when its job is over, finds nothing that it could take for its own. What a worker needs to begin comes
** in one line: between processors that are far from each other each takes a quarter of a microsecond. */
typedef struct Seat {
  OWN_LINE _Atomic uint64_t share; /* number of the job << 32 | next part << 16 | end of the share */
  _Atomic uint64_t call; /* number of the job << 32 | how many threads' shares to look through; ASLEEP: the worker waits for `wake` */
  ParallelPart do_part;  /* these three are read by who has taken a part, and written when all parts are done */
  void *context;
  unsigned mode;
  OWN_LINE sem_t wake;
} Seat;

enum { ASLEEP = 0, NOT_CALLED = 1 };

static Seat seats[PARALLEL_MAX];

static struct {
  uint32_t number;
  int n_workers;
  OWN_LINE atomic_bool is_taken;
  OWN_LINE _Atomic uint32_t left; /* parts that are not done, and IS_AWAITED once the caller sleeps */
  sem_t done;
} job;

#define IS_AWAITED 0x80000000u

static _Thread_local int own_id;

int parallel_id(void) { return own_id; }

/* The next part of a share, or -1. */
static inline int take(_Atomic uint64_t *share, uint32_t number, bool from_front) {
  uint64_t now = atomic_load_explicit(share, memory_order_relaxed);
  for (;;) {
    uint32_t next = now >> 16 & 0xffff, end = now & 0xffff;
    if ((uint32_t)(now >> 32) != number || next == end)
      return -1;
    uint64_t then = from_front ? now + (1 << 16) : now - 1;
    if (atomic_compare_exchange_weak_explicit(share, &now, then, memory_order_acquire, memory_order_relaxed))
      return (int)(from_front ? next : end - 1);
  }
}

/* Do parts while there are any; returns how many. */
static uint32_t work(uint32_t number, int n_threads) {
  const Seat *own = &seats[own_id];
  uint32_t n_done = 0;
  for (int k = 0; k < n_threads; k++) {
    int seat = k == 0 || own_id + k < n_threads ? own_id + k : own_id + k - n_threads;
    for (int part; (part = take(&seats[seat].share, number, k == 0)) >= 0; n_done++) {
      if (n_done == 0 && own_id != 0)
        parallel_restore_mode(own->mode);
      own->do_part(own->context, part);
    }
  }
  return n_done;
}

/* ---- workers ------------------------------------------------------------------------------------------------------ */

/* The first call that is not `seen`. */
static uint64_t await_call(Seat *s, uint64_t seen) {
  for (Spin wait = { .begin = parallel_nanoseconds() }; spin(&wait);)
    if (atomic_load_explicit(&s->call, memory_order_relaxed) != seen)
      return atomic_load_explicit(&s->call, memory_order_acquire);
  if (atomic_compare_exchange_strong(&s->call, &seen, ASLEEP))
    sleep_on(&s->wake); /* who calls a sleeper wakes it, once */
  return atomic_load_explicit(&s->call, memory_order_acquire);
}

static void *serve(void *own_seat) {
  Seat *s = own_seat;
  own_id = (int)(s - seats);
  for (uint64_t call = NOT_CALLED;;) {
    call = await_call(s, call);
    uint32_t n_done = work((uint32_t)(call >> 32), (int)(call & 0xffff));
    if (n_done > 0 && atomic_fetch_sub_explicit(&job.left, n_done, memory_order_acq_rel) - n_done == IS_AWAITED)
      sem_post(&job.done);
  }
  return NULL;
}

/* In a forked child: no thread but this one is there. */
static void forget_workers(void) {
  job.n_workers = 0;
  atomic_store(&job.is_taken, false);
}

/* Have `n` workers, or as many as the system gives. */
static void start_workers(int n) {
  static bool is_ready;
  sigset_t all, before;
  if (!is_ready)
    pthread_atfork(NULL, NULL, forget_workers);
  is_ready = true;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  for (; job.n_workers < n; job.n_workers++) {
    Seat *s = &seats[job.n_workers + 1];
    pthread_t thread;
    atomic_store(&s->call, NOT_CALLED);
    if (job.n_workers == 0)
      sem_init(&job.done, 0, 0);
    sem_init(&s->wake, 0, 0);
    if (pthread_create(&thread, NULL, serve, s) != 0)
      break;
    pthread_detach(thread);
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* ---- the caller --------------------------------------------------------------------------------------------------- */

static int64_t await_end(void) {
  if (atomic_load_explicit(&job.left, memory_order_acquire) == 0)
    return 0;
  Spin wait = { .begin = parallel_nanoseconds() };
  while (spin(&wait))
    if (atomic_load_explicit(&job.left, memory_order_acquire) == 0)
      return parallel_nanoseconds() - wait.begin;
  if (atomic_fetch_or_explicit(&job.left, IS_AWAITED, memory_order_acq_rel) != 0)
    sleep_on(&job.done);
  return parallel_nanoseconds() - wait.begin;
}

static void call_workers(int n_threads, int n_parts, ParallelPart do_part, void *context) {
  const uint64_t number = (uint64_t)++job.number << 32;
  const unsigned mode = parallel_mode();
  atomic_store_explicit(&job.left, (uint32_t)n_parts, memory_order_relaxed);
  for (int k = 0; k < n_threads; k++) {
    seats[k].do_part = do_part;
    seats[k].context = context;
    seats[k].mode = mode;
    uint64_t first = (uint64_t)((int64_t)n_parts * k / n_threads), end = (uint64_t)((int64_t)n_parts * (k + 1) / n_threads);
    atomic_store_explicit(&seats[k].share, number | first << 16 | end, memory_order_release);
  }
  const uint64_t looked_through =
      n_parts > n_threads ? (uint64_t)n_threads : 1; /* of one part each the caller does what a worker has not begun */
  for (int k = 1; k < n_threads; k++)
    if (atomic_exchange_explicit(&seats[k].call, number | looked_through, memory_order_acq_rel) == ASLEEP)
      sem_post(&seats[k].wake);
}

int64_t parallel_run(int n_threads, int n_parts, ParallelPart do_part, void *context) {
  if (n_threads > n_parts)
    n_threads = n_parts;
  if (n_threads <= 1 || atomic_exchange_explicit(&job.is_taken, true, memory_order_acquire)) {
    const int outer = own_id;
    own_id = 0;
    for (int part = 0; part < n_parts; part++)
      do_part(context, part);
    own_id = outer;
    return 0;
  }
  if (job.n_workers < n_threads - 1)
    start_workers(n_threads - 1);
  n_threads = job.n_workers + 1 < n_threads ? job.n_workers + 1 : n_threads;
  call_workers(n_threads, n_parts, do_part, context);
  uint32_t n_done = work(job.number, n_threads);
  atomic_fetch_sub_explicit(&job.left, n_done, memory_order_acq_rel);
  int64_t waited = await_end();
  atomic_store_explicit(&job.is_taken, false, memory_order_release);
  return waited;
}

typedef struct Ranges {
  ParallelRange do_range;
  void *context;
  int64_t n, grain;
} Ranges;

static void do_one_range(void *context, int part) {
  const Ranges *r = context;
  int64_t first = part * r->grain, last = first + r->grain;
  r->do_range(r->context, first, last < r->n ? last : r->n);
}

int64_t parallel_ranges(int n_threads, int64_t n, int64_t grain, ParallelRange do_range, void *context) {
  int64_t least = (n + PARALLEL_MOST_PARTS - 1) / PARALLEL_MOST_PARTS;
  Ranges r = { do_range, context, n, grain > least ? grain : least };
  return n <= 0 ? 0 : parallel_run(n_threads, (int)((n + r.grain - 1) / r.grain), do_one_range, &r);
}

int parallel_count(int n_threads, int64_t n_shares) {
  if (n_shares < n_threads)
    n_threads = (int)n_shares;
  return n_threads > 1 ? n_threads : 1;
}

int parallel_processors(void) {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0)
    return CPU_COUNT(&set);
#endif
  long n = sysconf(_SC_NPROCESSORS_ONLN);
  return n > 0 ? (int)n : 1;
}

/* ---- the floating-point mode ---------------------------------------------------------------------------------------- */

#if defined(__x86_64__)
enum { FLUSH_TO_ZERO = 0x8000, DENORMALS_ARE_ZERO = 0x0040 };
unsigned parallel_mode(void) { return _mm_getcsr(); }
void parallel_restore_mode(unsigned mode) { _mm_setcsr(mode); }
void parallel_flush_denormals(void) { _mm_setcsr(_mm_getcsr() | FLUSH_TO_ZERO | DENORMALS_ARE_ZERO); }
#elif defined(__aarch64__)
unsigned parallel_mode(void) {
  uint64_t mode;
  __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
  return (unsigned)mode;
}
void parallel_restore_mode(unsigned mode) { __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)mode)); }
void parallel_flush_denormals(void) { parallel_restore_mode(parallel_mode() | 1u << 24); }
#else
unsigned parallel_mode(void) { return 0; }
void parallel_restore_mode(unsigned mode) { (void)mode; }
void parallel_flush_denormals(void) {}
#endif
