/* On how many threads a piece of a step runs: on one or on all, whichever is faster. Nothing is assumed about the machine; what a piece costs each way is
** measured while the network runs, for few calls in many. Results never depend on it.
**
** Steps come in rounds. A round begins with some steps on one thread (LOOK) and some on all (WARM until the workers are awake, then TRY), both timed;
** then each piece runs the way that was faster for as much work as it has (STEADY), for so long that trying costs less than two parts in a hundred.
** A machine that has other work stops a worker in the middle of its part, and who waits for it loses milliseconds. Such losses are set off against what the
** threads have gained so far; when they outweigh it, all rest: one thread does the work for a time, longer each time.
** A Tuner belongs to a network, a Cost to a piece of its work. Main thread only. */
#ifndef LUNAPSE_ENGINE_TUNER_H
#define LUNAPSE_ENGINE_TUNER_H
#include <stdbool.h>
#include <stdint.h>

#include "base/parallel.h"

enum { TUNER_CLASSES = 24 }; /* of work: each twice the one before */

/* What a piece has been seen to cost. Zero it when it becomes another piece (native code instead of interpreted). */
typedef struct Cost {
  float alone[TUNER_CLASSES], shared[TUNER_CLASSES]; /* ns for a unit of work; 0: not seen yet */
} Cost;

typedef enum { TUNER_LOOK, TUNER_WARM, TUNER_TRY, TUNER_STEADY, TUNER_REST } TunerMode;

typedef struct Tuner {
  int n_threads;
  TunerMode mode;
  bool is_timed;        /* calls on one thread are timed in this step */
  bool is_settling;     /* the mode has just begun: what calls take says nothing yet */
  bool is_known;        /* a round has been gone through */
  int64_t ticks_left;   /* until tuner_turn */
  int64_t ticks, begin; /* of the mode: steps so far, ns when it began */
  double tried;         /* ns: what looking and trying has cost in this round */
  int64_t tried_calls;  /* on all threads, in this round */
  double credit;        /* ns: what all threads have gained, less what was lost by waiting for those that did not run */
  int64_t rest, rested; /* ns: how long the last rest was; it ended at `rested` */
  int64_t again,
      patience; /* ns: when a new round begins at the latest, because what paid has ceased to (0: never), and how long that is waited for */
  bool is_held; /* somebody has decided for all that runs now: on this thread */
  int forced_parts; /* tests: cut everything that can be cut into so many parts, always; 0: as said above */
} Tuner;

/* One call of a piece. */
typedef struct Call {
  bool is_shared, is_timed;
  int class;
  int64_t work;
  int64_t begin;
} Call;

void tuner_init(Tuner *t, int n_threads);

/* At the end of every step. */
void tuner_turn(Tuner *t, int64_t now);
static inline void tuner_tick(Tuner *t) {
  if (--t->ticks_left <= 0)
    tuner_turn(t, parallel_nanoseconds());
}

/* Work is counted in operations: elements times the length of the program. Less than this is never worth a thought, on any machine. */
enum { TUNER_LEAST_WORK = 16384 };
static inline bool tuner_minds(const Tuner *t, int64_t work) {
  return t->n_threads > 1 && !t->is_held && (work >= TUNER_LEAST_WORK || t->forced_parts > 0);
}

/* How will a call of that much work run? */
Call tuner_decide(const Tuner *t, const Cost *c, int64_t work);

/* It took `elapsed` ns, of which the caller waited `waited` for other threads. */
void tuner_learn(Tuner *t, Cost *c, const Call *call, int64_t elapsed, int64_t waited, int64_t now);

/* Both with the clock. */
static inline Call tuner_begin(const Tuner *t, const Cost *c, int64_t work) {
  Call call = tuner_decide(t, c, work);
  call.begin = call.is_timed ? parallel_nanoseconds() : 0;
  return call;
}

static inline void tuner_end(Tuner *t, Cost *c, const Call *call, int64_t waited) {
  if (call->is_timed) {
    int64_t now = parallel_nanoseconds();
    tuner_learn(t, c, call, now - call->begin, waited, now);
  }
}

/* Is a call of this piece so short that nothing could be gained? */
bool tuner_is_small(const Cost *c, const Call *call);

/* Into how many parts (a multiple of the threads, `most` at most) to cut a call that all threads share. */
int tuner_parts(const Tuner *t, const Cost *c, const Call *call, int64_t most);

#endif
