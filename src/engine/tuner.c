#include "engine/tuner.h"

#include <math.h>

/* Steps of each mode. After a change some tell nothing: data have to come to the thread that now uses them, and sleepers to wake up, together with the
** processors they run on. Steps that take long end a mode earlier. */
enum { SETTLE_TICKS = 4, LOOK_TICKS = 8, WARM_TICKS = 8, TRY_TICKS = 8, SAMPLE_EVERY = 64, SHORTEST_ROUND = 256, REST_TICKS = 16 };
#define WARM_NS 1000000
#define LONG_LOOK_NS 2000000 /* two steps that take so long together tell enough */

/* A round is so many times as long as what trying has cost, between these bounds. */
enum { ROUND_TIMES = 64 };
#define SHORTEST_ROUND_NS 10e6
#define LONGEST_ROUND_NS 2e9

/* A piece that does not pay, or no longer, may have been disturbed: it is tried again soon, and ever later while that comes to the same. */
enum { LEAST_TIMES = 8 }; /* as long as trying has cost */
#define SHORTEST_PATIENCE (int64_t)20e6
#define LONGEST_PATIENCE (int64_t)640e6

/* A piece this short cannot gain: to hand it over costs as much. A part this long is worth handing over by itself. */
#define LEAST_NS 1000
#define PART_NS 4000
enum { MOST_PARTS_A_THREAD = 16 };

/* What the threads have gained excuses so much waiting, at most and at least. A rest is so many times what was lost beyond that, or twice the rest before
** if not even as much time has passed since then. */
#define MOST_CREDIT 20e6
#define MOST_DEBT 1e6
#define LONGEST_REST (int64_t)2e9
enum { REST_TIMES = 32 };

static void enter(Tuner *t, TunerMode mode, int64_t now) {
  t->mode = mode;
  t->is_timed = mode == TUNER_LOOK;
  t->is_settling = mode == TUNER_LOOK || mode == TUNER_WARM;
  t->ticks = 0;
  t->begin = now;
  t->ticks_left = mode == TUNER_REST ? REST_TICKS : 1;
}

static void begin_round(Tuner *t, int64_t now) {
  if (t->again == 0)
    t->patience = SHORTEST_PATIENCE;
  t->again = 0;
  t->tried = 0;
  t->tried_calls = 0;
  enter(t, TUNER_LOOK, now);
}

void tuner_init(Tuner *t, int n_threads) {
  *t = (Tuner){ .n_threads = n_threads };
  begin_round(t, 0);
}

static bool has_looked(const Tuner *t, int64_t n_ticks, int64_t now) {
  return t->ticks >= n_ticks || (t->ticks >= 2 && now - t->begin > LONG_LOOK_NS);
}

static bool is_warm(const Tuner *t, int64_t now) {
  return now - t->begin > WARM_NS && (t->ticks >= WARM_TICKS || now - t->begin > LONG_LOOK_NS);
}

/* At first everything is cold. */
static bool is_settled(const Tuner *t, int64_t now) {
  return t->is_known ? t->ticks >= SETTLE_TICKS || now - t->begin > LONG_LOOK_NS / 2 : is_warm(t, now);
}

static bool is_round_over(const Tuner *t, int64_t now) {
  const double least = fmin(fmax(ROUND_TIMES * t->tried, SHORTEST_ROUND_NS), LONGEST_ROUND_NS);
  return (t->again > 0 && now > t->again && (double)(now - t->begin) > LEAST_TIMES * t->tried) ||
         (t->ticks >= SHORTEST_ROUND && (double)(now - t->begin) > least);
}

/* Every SAMPLE_EVERY-th step is timed. */
static void go_on(Tuner *t) {
  t->is_timed = !t->is_timed;
  t->ticks_left = t->is_timed ? 1 : SAMPLE_EVERY - 1;
}

void tuner_turn(Tuner *t, int64_t now) {
  if (t->begin == 0)
    t->begin = now;
  t->ticks += t->mode == TUNER_STEADY && !t->is_timed ? SAMPLE_EVERY - 1 : 1;
  t->ticks_left = 1;
  switch (t->mode) {
  case TUNER_LOOK:
    if (t->is_settling && is_settled(t, now)) {
      t->is_settling = false;
      t->ticks = 0;
      t->begin = now;
    } else if (!t->is_settling && has_looked(t, LOOK_TICKS, now))
      enter(t, TUNER_WARM, now);
    break;
  case TUNER_WARM:
    if (t->ticks >= WARM_TICKS && t->tried_calls == 0)
      enter(t, TUNER_STEADY, now); /* all is too small to be shared */
    else if (is_warm(t, now))
      enter(t, TUNER_TRY, now);
    break;
  case TUNER_TRY:
    t->is_known = true;
    if (has_looked(t, TRY_TICKS, now))
      enter(t, TUNER_STEADY, now);
    break;
  case TUNER_STEADY:
    if (!is_round_over(t, now)) {
      go_on(t);
      break;
    }
    begin_round(t, now);
    break;
  case TUNER_REST:
    t->ticks_left = REST_TICKS;
    if (now - t->begin > t->rest) {
      t->rested = now;
      begin_round(t, now);
    }
    break;
  }
}

static int class_of(int64_t work) {
  int class = 0;
  for (work /= 2 * TUNER_LEAST_WORK; work > 0 && class < TUNER_CLASSES - 1; work /= 2)
    class ++;
  return class;
}

/* Were all threads faster for as much work? Where one way has not been seen, for as much as comes nearest. */
static bool pays(const Cost *c, int class) {
  for (int d = 0; d < TUNER_CLASSES; d++)
    for (int k = class - d; k <= class + d; k += d > 0 ? 2 * d : 1)
      if (k >= 0 && k < TUNER_CLASSES && c->alone[k] > 0 && c->shared[k] > 0)
        return c->shared[k] < c->alone[k] * 0.95f;
  return false;
}

Call tuner_decide(const Tuner *t, const Cost *c, int64_t work) {
  Call call = { .class = class_of(work), .work = work > 0 ? work : 1 };
  if (t->forced_parts > 0) {
    call.is_shared = true;
    return call;
  }
  switch (t->mode) {
  case TUNER_WARM:
  case TUNER_TRY: call.is_shared = !tuner_is_small(c, &call); break;
  case TUNER_STEADY: call.is_shared = pays(c, call.class); break;
  default: break;
  }
  call.is_timed = call.is_shared || t->is_timed || c->alone[call.class] == 0;
  return call;
}

/* A mean that outliers move little: what disturbs a measurement makes it longer. */
static void learn(float *mean, double x) {
  if (*mean == 0 || x < *mean / 2)
    *mean = (float)x;
  else if (x < *mean)
    *mean += (float)(x - *mean) / 2;
  else
    *mean += (float)(fmin(x, 1.5 * *mean) - *mean) / 4;
}

static void rest(Tuner *t, int64_t now) {
  int64_t again = now - t->rested < t->rest ? 2 * t->rest : 0, deserved = (int64_t)(REST_TIMES * -t->credit);
  int64_t longer = again > deserved ? again : deserved;
  t->rest = longer < LONGEST_REST ? longer : LONGEST_REST;
  t->credit = 0;
  enter(t, TUNER_REST, now);
}

/* What a call cost beyond the way that is known to be best. */
static double beyond(const Cost *c, int k, double work, double elapsed) {
  const float alone = c->alone[k], shared = c->shared[k];
  const double best = (shared == 0 || (alone > 0 && alone < shared) ? alone : shared) * work;
  return best > 0 && elapsed > best ? elapsed - best : 0;
}

void tuner_learn(Tuner *t, Cost *c, const Call *call, int64_t elapsed, int64_t waited, int64_t now) {
  const int k = call->class;
  const double work = (double)call->work;
  if (t->mode != TUNER_STEADY && t->mode != TUNER_REST)
    t->tried += beyond(c, k, work, (double)elapsed);
  if (!call->is_shared) {
    if (!t->is_settling)
      learn(&c->alone[k], (double)elapsed / work);
    return;
  }
  t->tried_calls++;
  const double expected = c->shared[k] > 0 ? c->shared[k] * work : c->alone[k] * work, over = (double)elapsed - expected;
  const double lost = over < (double)waited ? over : (double)waited;
  if (t->is_settling && lost < MOST_DEBT)
    return;
  if (lost > PARALLEL_SPIN_NS) {
    t->credit -= lost;
  } else {
    learn(&c->shared[k], (double)elapsed / work);
    if ((t->mode == TUNER_STEADY || t->mode == TUNER_TRY) && t->again == 0 && !pays(c, k)) {
      t->again = now + t->patience;
      t->patience = 2 * t->patience < LONGEST_PATIENCE ? 2 * t->patience : LONGEST_PATIENCE;
    }
    if (c->alone[k] > c->shared[k]) /* by means: a caller that was stopped itself would have been so alone, too */
      t->credit = fmin(t->credit + (c->alone[k] - c->shared[k]) * work, MOST_CREDIT);
  }
  if (t->credit < -MOST_DEBT)
    rest(t, now);
}

bool tuner_is_small(const Cost *c, const Call *call) {
  const float alone = c->alone[call->class];
  return alone > 0 && alone * (float)call->work < LEAST_NS;
}

int tuner_parts(const Tuner *t, const Cost *c, const Call *call, int64_t most) {
  double alone = c->alone[call->class] * (double)call->work;
  int64_t each = (int64_t)(alone / PART_NS) / t->n_threads;
  each = each < 1 ? 1 : each > MOST_PARTS_A_THREAD ? MOST_PARTS_A_THREAD : each;
  int64_t n = each * t->n_threads;
  if (t->forced_parts > 0)
    n = t->forced_parts;
  return (int)(n < most ? n : most);
}
