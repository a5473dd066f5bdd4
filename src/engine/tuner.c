#include "engine/tuner.h"

#include <math.h>

/* Steps of each mode; steps that take long end a mode earlier, by time. */
enum {
  LOOK_TICKS = 8,
  WARM_TICKS = 4,
  TRY_TICKS = 8,
  SAMPLE_EVERY = 64,
  SHORTEST_ROUND = 64,
  LONGEST_ROUND = 8192,
  LONG_ROUND = 256,
  REST_TICKS = 16
};
#define LONG_LOOK_NS 2e6  /* two steps that take so long together tell enough */
#define LONG_ROUND_NS 1e9 /* a round of LONG_ROUND steps or more that takes so long is long enough */

/* A piece this short cannot gain: to hand it over costs as much. A part this long is worth handing over by itself. */
#define LEAST_NS 1000
#define PART_NS 4000
enum { MOST_PARTS_A_THREAD = 16 };

/* What the threads have gained excuses so much waiting. A rest is as many times the loss that brought it, between these bounds. */
#define MOST_CREDIT 20e6
#define REST_TIMES 32
#define SHORTEST_REST (int64_t)20e6
#define LONGEST_REST (int64_t)2e9

void tuner_init(Tuner *t, int n_threads) {
  *t = (Tuner){ .n_threads = n_threads, .mode = TUNER_LOOK, .is_timed = true, .ticks_left = 1, .round = SHORTEST_ROUND };
}

static void enter(Tuner *t, TunerMode mode, int64_t now) {
  t->mode = mode;
  t->is_timed = mode == TUNER_LOOK;
  t->ticks = 0;
  t->begin = now;
  t->ticks_left = 1;
}

static bool has_ended(const Tuner *t, int64_t n_ticks, int64_t now) {
  return t->ticks >= n_ticks || (t->ticks >= 2 && (double)(now - t->begin) > LONG_LOOK_NS);
}

static bool is_round_over(const Tuner *t, int64_t now) {
  return t->ticks >= t->round || (t->ticks >= LONG_ROUND && (double)(now - t->begin) > LONG_ROUND_NS);
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
  t->ticks_left = t->mode == TUNER_REST ? REST_TICKS : 1;
  switch (t->mode) {
  case TUNER_LOOK:
    if (has_ended(t, LOOK_TICKS, now))
      enter(t, TUNER_WARM, now);
    break;
  case TUNER_WARM:
    if (has_ended(t, WARM_TICKS, now))
      enter(t, TUNER_TRY, now);
    break;
  case TUNER_TRY:
    if (has_ended(t, TRY_TICKS, now))
      enter(t, TUNER_STEADY, now);
    break;
  case TUNER_STEADY:
    if (is_round_over(t, now)) {
      t->round = t->round < LONGEST_ROUND ? 2 * t->round : LONGEST_ROUND;
      enter(t, TUNER_LOOK, now);
    } else {
      go_on(t);
    }
    break;
  case TUNER_REST:
    if (now - t->begin > t->rest) {
      t->round = SHORTEST_ROUND;
      enter(t, TUNER_LOOK, now);
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

Call tuner_decide(const Tuner *t, const Cost *c, int64_t work) {
  Call call = { .class = class_of(work), .work = work > 0 ? work : 1 };
  const float alone = c->alone[call.class];
  if (t->forced_parts > 0) {
    call.is_shared = true;
    return call;
  }
  switch (t->mode) {
  case TUNER_WARM:
  case TUNER_TRY: call.is_shared = alone == 0 || alone * (float)work > LEAST_NS; break;
  case TUNER_STEADY: call.is_shared = c->pays_from > 0 && call.class >= c->pays_from - 1; break;
  default: break;
  }
  call.is_timed = call.is_shared || t->is_timed || alone == 0;
  return call;
}

/* A mean that outliers move little: what disturbs a measurement makes it longer. */
static void learn(float *mean, double x) {
  if (*mean == 0)
    *mean = (float)x;
  else if (x < *mean)
    *mean += (float)(x - *mean) / 4;
  else
    *mean += (float)((x < 2 * *mean ? x : 2 * *mean) - *mean) / 16;
}

static void compare(Cost *c, int class) {
  if (c->alone[class] == 0 || c->shared[class] == 0)
    return;
  if (c->shared[class] < c->alone[class] * 0.95f) {
    if (c->pays_from == 0 || c->pays_from > class + 1)
      c->pays_from = class + 1;
  } else if (c->pays_from > 0 && c->pays_from <= class + 1) {
    c->pays_from = class + 2;
  }
}

static void rest(Tuner *t, int64_t lost, int64_t now) {
  int64_t longer = 2 * t->rest > REST_TIMES * lost ? 2 * t->rest : REST_TIMES * lost;
  t->rest = longer < SHORTEST_REST ? SHORTEST_REST : longer > LONGEST_REST ? LONGEST_REST : longer;
  t->credit = 0;
  enter(t, TUNER_REST, now);
}

void tuner_learn(Tuner *t, Cost *c, const Call *call, int64_t elapsed, int64_t waited, int64_t now) {
  const int k = call->class;
  const double work = (double)call->work;
  if (!call->is_shared) {
    learn(&c->alone[k], (double)elapsed / work);
    compare(c, k);
    return;
  }
  const double expected = c->shared[k] > 0 ? c->shared[k] * work : c->alone[k] * work, over = (double)elapsed - expected;
  const double lost = over < (double)waited ? over : (double)waited;
  if (lost > PARALLEL_SPIN_NS) {
    t->credit -= lost;
    if (t->credit < 0)
      rest(t, (int64_t)lost, now);
    return;
  }
  if (t->mode == TUNER_WARM)
    return;
  learn(&c->shared[k], (double)elapsed / work);
  compare(c, k);
  t->credit = fmin(t->credit + c->alone[k] * work - (double)elapsed, MOST_CREDIT);
  if (t->credit == MOST_CREDIT)
    t->rest = 0;
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
