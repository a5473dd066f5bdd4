/* The engine without Lua: schedules, recorders, and a small network in which every allocation fails once. */
#include "engine/run.h"

#include <stdlib.h>

#include "base/memory.h"
#include "check.h"
#include "small_network.h"

/* ---- schedules --------------------------------------------------------------------------------------------------- */

/* The steps below `n` that a schedule hits, asked for every step, must be those of `hit`. */
static void check_hits(double every, double offset, bool at_start, double dt, int64_t from, int64_t n,
                       bool (*hit)(double, double, bool, double, int64_t)) {
  Schedule s = schedule_new(every, offset, at_start, dt, from);
  for (int64_t step = from; step < n; step++) {
    bool is_due = schedule_due(&s, step);
    CHECK(is_due == hit(every, offset, at_start, dt, step), "every %g, offset %g, %s, dt %g, from %lld: step %lld is %d", every, offset,
          at_start ? "start" : "end", dt, (long long)from, (long long)step, is_due);
    if (is_due)
      schedule_advance(&s, dt, step);
  }
}

/* Does some kT + offset, k >= 1 (k >= 0 at the start, or with a positive offset), lie in (previous edge, this edge]? Steps are counted in whole thousandths. */
static bool is_hit(double every, double offset, bool at_start, double dt, int64_t step) {
  long long t = llround(every * 1000), o = llround(offset * 1000), h = llround(dt * 1000);
  long long edge = (step + !at_start) * h, before = edge - h;
  long long least = at_start || o > 0 ? 0 : 1;
  long long k = (edge - o) >= 0 ? (edge - o) / t : -((o - edge + t - 1) / t); /* the last hit at or before the edge */
  return k >= least && k * t + o > before;
}

static void test_schedules(void) {
  static const double periods[] = { 0.1, 0.25, 0.3, 1, 0.04, 7.7, 100 }, offsets[] = { 0, 0.2, 0.35, 3, -0.1 },
                      steps[] = { 0.1, 0.025, 1, 0.3 };
  for (int p = 0; p < 7; p++)
    for (int o = 0; o < 5; o++)
      for (int d = 0; d < 4; d++)
        for (int at_start = 0; at_start < 2; at_start++)
          for (int64_t from = 0; from < 50; from += 7)
            check_hits(periods[p], offsets[o], at_start, steps[d], from, 3000, is_hit);
}

static void test_schedules_for_long(void) {
  Schedule s = schedule_new(0.7, 0, false, 0.1, 0);
  int64_t hits = 0;
  for (int64_t step = 0; step < 70000000; step = s.next) {
    if (!schedule_due(&s, step))
      continue;
    hits++;
    CHECK(step % 7 == 6, "step %lld", (long long)step);
    schedule_advance(&s, 0.1, step);
  }
  CHECK(hits == 10000000, "%lld hits", (long long)hits);
  Schedule small = schedule_new(1e-5, 0, false, 1, 0), tiny = schedule_new(1e-300, 0, true, 1, 0), always = schedule_always();
  for (int64_t step = 0; step < 1000; step++) {
    CHECK(schedule_due(&small, step) && schedule_due(&tiny, step) && schedule_due(&always, step), "step %lld", (long long)step);
    schedule_advance(&small, 1, step);
    schedule_advance(&tiny, 1, step);
    schedule_advance(&always, 1, step);
  }
  Schedule once = schedule_once(5, false, 1, 0), past = schedule_once(5, true, 1, 6), never = schedule_new(INFINITY, 0, false, 1, 0);
  CHECK(once.next == 4, "step %lld", (long long)once.next);
  schedule_advance(&once, 1, 4);
  CHECK(once.next == INT64_MAX && past.next == INT64_MAX && never.next == INT64_MAX, "there is only one hit");
  Schedule late = schedule_new(1, 0, false, 0.1, 1000000007);
  CHECK(late.next == 1000000009, "step %lld", (long long)late.next);
}

/* ---- a network --------------------------------------------------------------------------------------------------- */

/* Make a network and run it; what it did as one number. */
static bool run_once(double *outcome, Error *e) {
  Parts parts = { 0 };
  Network *n = NULL;
  bool ok = make_parts(&parts, e) && (n = network_new(1, 1, false, 1, e)) != NULL && fill_network(n, &parts, e) &&
            network_run(n, 100, e) == RUN_DONE;
  if (ok) {
    *outcome = 0;
    for (int k = 0; k < N_OUT; k++)
      *outcome += (k + 1) * ((double *)parts.v->at)[k] + 1000 * ((double *)parts.rate->at)[k];
    *outcome += 1e6 * (double)n->spike_recorders[0]->n + 1e9 * (double)n->spike_recorders[1]->n;
    CHECK(parts.n_calls == 50, "%d calls", parts.n_calls);
    CHECK(n->t == 100 && n->recorders[0]->n_rows == 100 && n->recorders[1]->n_rows == 33, "t = %g, %lld and %lld rows", n->t,
          (long long)n->recorders[0]->n_rows, (long long)n->recorders[1]->n_rows);
  }
  network_free(n);
  free_parts(&parts);
  return ok;
}

/* Every allocation of making and running a network fails once: an error, nothing lost (the leak detector of `make check` sees to that), and the next
** network is as good as the first. */
static void test_memory(void) {
  double expected = 0, outcome = 0;
  Error e = { "" };
  CHECK(run_once(&expected, &e), "%s", e.text);
  int n_failed = 0;
  for (long k = 1;; k++) {
    Error failed = { "" };
    memory_fail_after(k);
    bool ok = run_once(&outcome, &failed);
    memory_fail_after(0);
    if (ok) {
      CHECK(outcome == expected, "after %ld failures: %.17g, not %.17g", k, outcome, expected);
      break;
    }
    n_failed++;
    CHECK(strstr(failed.text, "out of memory") != NULL, "allocation %ld: '%s'", k, failed.text);
    if (k == 5000)
      CHECK(false, "no end of failing allocations");
    if (k == 5000)
      break;
  }
  CHECK(n_failed > 80, "only %d allocations", n_failed);
}

/* A run that runs out of memory finishes its step, keeps what was recorded, and can go on. */
static void test_failing_run(void) {
  Error e = { "" };
  Parts parts = { 0 };
  Network *n = NULL;
  CHECK(make_parts(&parts, &e) && (n = network_new(1, 1, false, 1, &e)) && fill_network(n, &parts, &e), "%s", e.text);
  int n_failures = 0, n_early = 0;
  for (int k = 0; k < 400; k++) {
    double t = n->t;
    memory_fail_after(1 + k % 23); /* the first ones fail while the run is prepared, the others in a step */
    RunResult result = network_run(n, t + 5, &e);
    memory_fail_after(0);
    n_early += n->t == t;
    if (result == RUN_DONE) {
      CHECK(n->t == t + 5, "t = %g", n->t);
      continue;
    }
    n_failures++;
    CHECK(result == RUN_FAILED && strstr(e.text, "out of memory") != NULL, "%d: '%s'", result, e.text);
  }
  CHECK(n_early > 0 && n_failures > n_early + 3 && n_failures < 400, "%d failures, %d before the first step", n_failures, n_early);
  const Recorder *r = n->recorders[0];
  CHECK((double)r->n_rows >= n->t - n_failures && (double)r->n_rows <= n->t, "%lld rows at %g", (long long)r->n_rows, n->t);
  for (int64_t k = 1; k < r->n_rows; k++)
    CHECK(r->times[k] > r->times[k - 1], "row %lld at %g after %g", (long long)k, r->times[k], r->times[k - 1]);
  Array *rows = recorder_rows(r), *times = recorder_times(r), *neurons = spike_recorder_neurons(n->spike_recorders[0]),
        *steps = spike_recorder_steps(n->spike_recorders[0]);
  CHECK(rows && times && neurons && steps && rows->shape[0] == r->n_rows && rows->shape[1] == N_OUT && neurons->shape[0] == steps->shape[0],
        "shapes");
  for (int64_t k = 0; k < neurons->shape[0]; k++)
    CHECK(array_get(neurons, k) >= 1 && array_get(neurons, k) <= N_OUT && (k == 0 || array_get(steps, k) >= array_get(steps, k - 1)),
          "spike %lld", (long long)k);
  array_release(rows);
  array_release(times);
  array_release(neurons);
  array_release(steps);
  network_free(n);
  free_parts(&parts);
}

/* ---- recorders --------------------------------------------------------------------------------------------------- */

static void test_recorder(void) {
  Error e = { "" };
  Array *one = array_of(1, 3, &e), *three = array_of(3, 0, &e), *two = array_of(2, 0, &e);
  Recorder *r = recorder_new(one, NULL, 0, 0, schedule_always(), &e);
  for (int k = 0; k < 64; k++)
    CHECK(recorder_take(r, k, &e), "%s", e.text);
  memory_fail_after(1);
  CHECK(!recorder_take(r, 64, &e) && r->n_rows == 64, "a row too many");
  memory_fail_after(2);
  CHECK(!recorder_take(r, 64, &e) && r->n_rows == 64, "a row without a time");
  memory_fail_after(0);
  CHECK(recorder_take(r, 64, &e) && r->n_rows == 65 && r->times[63] == 63, "%s", e.text);
  for (int k = 0; k < 3; k++)
    ((double *)three->at)[k] = k;
  for (long k = 1; k <= 3; k++) {
    memory_fail_after(k);
    bool ok = recorder_widen(r, three, &e);
    memory_fail_after(0);
    if (!ok)
      CHECK(r->n_columns == 1 && r->source == one && r->n_rows == 65, "half widened");
  }
  if (r->n_columns == 1)
    CHECK(recorder_widen(r, three, &e), "%s", e.text);
  CHECK(recorder_take(r, 65, &e) && r->n_rows == 66 && r->n_columns == 3, "%s", e.text);
  Array *rows = recorder_rows(r);
  CHECK(array_get(rows, 2) == 3 && array_get(rows, 64 * 3) == 3 && array_get(rows, 65 * 3 + 2) == 2 && array_get(rows, 65 * 3 + 1) == 1,
        "values");
  CHECK(!recorder_widen(r, two, &e) && r->source == three, "three columns became two");
  array_release(rows);
  recorder_free(r);
  array_release(one);
  array_release(two);
  array_release(three);
}

int main(void) {
  test_schedules();
  test_schedules_for_long();
  test_recorder();
  test_memory();
  test_failing_run();
  return check_done();
}
