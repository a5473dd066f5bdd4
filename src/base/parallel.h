/* Threads and the floating-point mode, in one place.
**
** One set of worker threads serves all networks of the process. A job is a number of parts, each done once, by the thread that calls or by a worker; the
** caller works too, and takes whatever no worker has begun, so that a worker that the system does not run holds nobody up. Whoever waits looks again
** and again for some microseconds and then sleeps, whatever the environment says. A job inside a part runs on the thread that is there. One thread at a
** time calls from outside; workers block all signals, allocate nothing and live as long as the process. A forked child has none and starts its own. */
#ifndef LUNAPSE_BASE_PARALLEL_H
#define LUNAPSE_BASE_PARALLEL_H
#include <stdint.h>

enum {
  PARALLEL_MAX = 256,           /* most threads of a network */
  PARALLEL_MOST_PARTS = 0xffff, /* of a job */
  PARALLEL_SPIN_NS = 50000      /* how long a thread looks before it sleeps: about what waking it costs */
};

/* Do part `part`. Parts of one job may run at the same time, in any order, on threads 0 .. n_threads-1 (see parallel_id). */
typedef void (*ParallelPart)(void *context, int part);

/* Do parts 0 .. n_parts-1 on up to `n_threads` threads, in the caller's floating-point mode. Neighbouring parts go to one thread, the same in every job of as
** many parts, unless another is free earlier. Returns the nanoseconds for which the caller waited at the end for parts that others had begun. */
int64_t parallel_run(int n_threads, int n_parts, ParallelPart do_part, void *context);

/* Do first .. last-1. */
typedef void (*ParallelRange)(void *context, int64_t first, int64_t last);

/* Cut 0 .. n-1 into parts of `grain` (more, where these would be too many), and do them; returns what parallel_run does. */
int64_t parallel_ranges(int n_threads, int64_t n, int64_t grain, ParallelRange do_range, void *context);

/* How many of `n_threads` a job worth `n_shares` shares should use. */
int parallel_count(int n_threads, int64_t n_shares);

int parallel_id(void);         /* number of this thread in the job whose part it does: 0 is who called */
int parallel_processors(void); /* processors this process may use */

int64_t parallel_nanoseconds(void);     /* of a clock that only goes forward */
int64_t parallel_own_nanoseconds(void); /* processor time of this thread: when it did not run does not count */

/* Denormal numbers become zero on this thread: silent networks decay into them and run many times slower otherwise. */
void parallel_flush_denormals(void);

/* The mode before, for parallel_restore_mode: Lua code keeps the IEEE rules. */
unsigned parallel_mode(void);
void parallel_restore_mode(unsigned mode);

#endif
