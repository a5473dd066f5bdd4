/* The tuner on machines that are told, not timed: what it chooses there, and what the choosing costs. */
#include "engine/tuner.h"
#include "check.h"

/* A machine under a network with some pieces. Times in ns. */
typedef struct Machine {
  Tuner tuner;
  int64_t now, clock_ns;       /* reading the clock takes time, too */
  double worker_ran;           /* since it was stopped last */
  double stop_after, stop_for; /* 0: the worker is never stopped */
  double caller_stops_after;   /* it is stopped for 4 ms whenever it has run for so long, alone or not */
  double caller_ran;
  double disturbed_from, disturbed_to; /* ns: all threads take three times as long then, without waiting for each other */
  double cold;                         /* ns that the first calls take longer, those of all threads and those of one */
} Machine;

typedef struct Piece {
  Cost cost;
  int64_t work;
  double alone, shared; /* for all of the work */
  int64_t n_alone, n_shared;
} Piece;

static Machine machine(void) {
  Machine m = { .now = 1, .clock_ns = 25 };
  tuner_init(&m.tuner, 2);
  return m;
}

static void run_piece(Machine *m, Piece *p) {
  Call call = tuner_decide(&m->tuner, &p->cost, p->work);
  int64_t begin = m->now, waited = 0;
  m->now += call.is_timed ? 2 * m->clock_ns : 0;
  const bool is_disturbed = (double)m->now > m->disturbed_from && (double)m->now < m->disturbed_to;
  m->now += (int64_t)(call.is_shared ? (is_disturbed ? 3 : 1) * p->shared : p->alone);
  m->now += (int64_t)((call.is_shared ? p->n_shared : p->n_alone) < 4 ? m->cold : 0);
  if (call.is_shared && m->stop_after > 0 && (m->worker_ran += p->shared) > m->stop_after) {
    waited = (int64_t)m->stop_for;
    m->now += waited;
    m->worker_ran = 0;
  }
  m->caller_ran += (double)(m->now - begin);
  if (m->caller_stops_after > 0 && m->caller_ran > m->caller_stops_after) {
    m->now += 4000000;
    m->caller_ran = 0;
  }
  p->n_shared += call.is_shared;
  p->n_alone += !call.is_shared;
  if (call.is_timed)
    tuner_learn(&m->tuner, &p->cost, &call, m->now - begin, waited, m->now);
}

/* Steps until `seconds` are over; returns their mean time. */
static double run(Machine *m, Piece *pieces, int n, double seconds) {
  int64_t begin = m->now, n_steps = 0;
  for (; (double)(m->now - begin) < 1e9 * seconds; n_steps++) {
    for (int k = 0; k < n; k++)
      run_piece(m, &pieces[k]);
    if (--m->tuner.ticks_left <= 0) {
      m->now += m->clock_ns;
      tuner_turn(&m->tuner, m->now);
    }
  }
  return (double)(m->now - begin) / (double)n_steps;
}

static void test_gain(void) {
  const double alone[] = { 5e3, 30e3, 2e6, 100e6 };
  for (int k = 0; k < 4; k++) {
    Machine m = machine();
    Piece p = { .work = 1 << 20, .alone = alone[k], .shared = 0.55 * alone[k] };
    double mean = run(&m, &p, 1, k < 3 ? 2 : 60);
    CHECK(mean < 1.03 * (p.shared + 2 * (double)m.clock_ns), "%g ns alone, %g shared: %g", p.alone, p.shared, mean);
  }
}

static void test_loss(void) {
  const double alone[] = { 1e3, 3e3, 30e3, 2e6, 100e6 };
  for (int k = 0; k < 5; k++) {
    Machine m = machine();
    Piece p = { .work = 1 << 20, .alone = alone[k], .shared = alone[k] + 5e3 };
    double mean = run(&m, &p, 1, k < 4 ? 2 : 60);
    CHECK(mean < 1.02 * p.alone, "%g ns alone, %g shared: %g", p.alone, p.shared, mean);
  }
}

/* Tiny pieces are not asked for at all. */
static void test_tiny(void) {
  Tuner t, one;
  tuner_init(&t, 2);
  tuner_init(&one, 1);
  CHECK(!tuner_minds(&t, TUNER_LEAST_WORK - 1) && tuner_minds(&t, TUNER_LEAST_WORK), "two threads");
  CHECK(!tuner_minds(&one, 1 << 30), "one thread");
  t.forced_parts = 5;
  CHECK(tuner_minds(&t, 1), "parts are forced");
  Cost c = { 0 };
  Call call = tuner_decide(&t, &c, 1);
  CHECK(call.is_shared && tuner_parts(&t, &c, &call, 100) == 5 && tuner_parts(&t, &c, &call, 3) == 3, "parts are forced");
}

static void test_each_piece_its_way(void) {
  Machine m = machine();
  Piece p[] = { { .work = 1 << 14, .alone = 20e3, .shared = 12e3 }, { .work = 1 << 14, .alone = 4e3, .shared = 7e3 } };
  double mean = run(&m, p, 2, 2);
  CHECK(mean < 1.03 * 16e3, "%g ns a step", mean);
  CHECK(p[0].n_shared > 10 * p[0].n_alone && p[1].n_alone > 10 * p[1].n_shared, "%lld and %lld calls shared", (long long)p[0].n_shared,
        (long long)p[1].n_shared);
}

/* Few arriving spikes are one thread's work, many are everybody's. */
static void test_work_decides(void) {
  Machine m = machine();
  Piece p = { 0 };
  double spent = 0, best = 0;
  for (int step = 0; step < 200000; step++) {
    p.work = 5000 << step % 8;
    p.alone = (double)p.work * 0.1;
    p.shared = 6e3 + p.alone * 0.5;
    int64_t begin = m.now;
    run_piece(&m, &p);
    if (--m.tuner.ticks_left <= 0)
      tuner_turn(&m.tuner, m.now);
    spent += (double)(m.now - begin);
    best += p.alone < p.shared ? p.alone : p.shared;
  }
  CHECK(spent < 1.03 * best, "%g times the best", spent / best);
}

/* Other work stops the worker in the middle of its part whenever it has run for 3 ms. */
static void test_loaded(void) {
  const double alone[] = { 10e3, 100e3, 1e6 };
  for (int k = 0; k < 3; k++) {
    Machine m = machine();
    m.stop_after = 3e6;
    m.stop_for = 4e6;
    Piece p = { .work = 1 << 20, .alone = alone[k], .shared = 0.55 * alone[k] };
    double first = run(&m, &p, 1, 1), mean = run(&m, &p, 1, 10);
    CHECK(first < 1.1 * p.alone && mean < 1.02 * p.alone, "loaded, %g ns alone: %g in the first second, then %g", p.alone, first, mean);
    m.stop_after = 0;
    run(&m, &p, 1, 3);
    mean = run(&m, &p, 1, 2);
    CHECK(mean < 1.03 * p.shared, "free again, %g ns shared: %g", p.shared, mean);
  }
}

/* A process of low priority stops the worker seldom: that is no reason to work alone. */
static void test_seldom(void) {
  Machine m = machine();
  m.stop_after = 280e6;
  m.stop_for = 4e6;
  Piece p = { .work = 1 << 20, .alone = 100e3, .shared = 55e3 };
  double mean = run(&m, &p, 1, 10);
  CHECK(mean < 1.1 * p.shared, "%g ns shared: %g", p.shared, mean);
}

/* Who is stopped himself loses as much either way. */
static void test_caller_is_stopped(void) {
  const double after[] = { 0.5e6, 3e6, 40e6 };
  for (int k = 0; k < 3; k++) {
    Machine m = machine();
    m.caller_stops_after = after[k];
    Piece p = { .work = 1 << 20, .alone = 100e3, .shared = 60e3 };
    run(&m, &p, 1, 3);
    p.n_shared = p.n_alone = 0;
    run(&m, &p, 1, 3);
    CHECK(p.n_shared > 20 * p.n_alone, "stopped after %g ns: %lld calls shared, %lld not", after[k], (long long)p.n_shared,
          (long long)p.n_alone);
  }
}

/* What disturbs all threads for a moment is no reason to work alone for long, even if it cost much to try them. */
static void test_disturbed(void) {
  Machine m = machine();
  m.cold = 1.5e6;
  m.disturbed_from = 60e6;
  m.disturbed_to = 66e6;
  Piece p = { .work = 1 << 19, .alone = 22e3, .shared = 13e3 };
  run(&m, &p, 1, 0.5);
  CHECK(p.n_shared > 6 * p.n_alone, "%lld calls shared, %lld not", (long long)p.n_shared, (long long)p.n_alone);
}

/* Work that is now little and now much, of which some amounts are met for the first time by all threads, the first call of each being long. */
static void test_first_calls(void) {
  Machine m = machine();
  Piece p = { 0 };
  bool is_met[64] = { false };
  double spent = 0, best = 0;
  for (int step = 0; step < 100000; step++) {
    const int k = step * 7919 % 13 % 6;
    p.work = (int64_t)100000 << k;
    p.alone = (double)p.work * 0.1;
    p.shared = 3e3 + p.alone * 0.6 + (is_met[k] ? 0 : 5e6);
    const int64_t n_before = p.n_shared, begin = m.now;
    run_piece(&m, &p);
    is_met[k] |= p.n_shared > n_before;
    if (--m.tuner.ticks_left <= 0)
      tuner_turn(&m.tuner, m.now);
    spent += step > 2000 ? (double)(m.now - begin) : 0;
    best += step > 2000 ? 3e3 + p.alone * 0.6 : 0;
  }
  CHECK(spent < 1.05 * best, "%g times the best", spent / best);
}

static void test_parts(void) {
  Machine m = machine();
  Piece p = { .work = 1 << 20, .alone = 1e6, .shared = 0.55e6 };
  run(&m, &p, 1, 1);
  Call call = tuner_decide(&m.tuner, &p.cost, p.work);
  int many = tuner_parts(&m.tuner, &p.cost, &call, 1000), few = tuner_parts(&m.tuner, &p.cost, &call, 3);
  CHECK(many > 4 && many % 2 == 0 && few == 3, "%d and %d parts", many, few);
}

int main(void) {
  test_gain();
  test_loss();
  test_tiny();
  test_each_piece_its_way();
  test_work_decides();
  test_loaded();
  test_seldom();
  test_caller_is_stopped();
  test_disturbed();
  test_first_calls();
  test_parts();
  return check_done();
}
