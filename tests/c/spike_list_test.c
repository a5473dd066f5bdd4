/* Lists of given spikes: every event counts, in the step nearest to its time, in every cycle of the period. */
#include "engine/spike_list.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/memory.h"
#include "check.h"
#include "random/random.h"

static void expect(SpikeList *s, int64_t step, int64_t n, const int32_t *wanted) {
  Error e = { "" };
  const int32_t *got;
  int64_t m = spike_list_step(s, step, &got, &e);
  CHECK(m == n, "step %lld has %lld spikes, not %lld", (long long)step, (long long)m, (long long)n);
  for (int64_t k = 0; k < m && k < n; k++)
    CHECK(got[k] == wanted[k], "step %lld: neuron %d, not %d", (long long)step, (int)got[k], (int)wanted[k]);
}

static void test_list(void) {
  Error e = { "" };
  SpikeList *s = spike_list_new(10, &e);
  expect(s, 0, 0, NULL);
  int32_t neuron[] = { 5, 2, 9, 2, 2, 0, 3 };
  double time[] = { 1.0, 1.04, 0, 0.96, 30, 0.25, 0.349 }; /* 10, 10, 0, 10, 300, 2 (half-way: even), 3 */
  CHECK(spike_list_set(s, neuron, time, 7, 0.1, 0, &e), "%s", e.text);
  CHECK(spike_list_count(s) == 7, "%lld events", (long long)spike_list_count(s));
  for (int pass = 0; pass < 2; pass++) {
    expect(s, 0, 1, (int32_t[]){ 9 });
    expect(s, 1, 0, NULL);
    expect(s, 2, 1, (int32_t[]){ 0 });
    expect(s, 3, 1, (int32_t[]){ 3 });
    expect(s, 9, 0, NULL);
    expect(s, 10, 3, (int32_t[]){ 2, 2, 5 });
    expect(s, 300, 1, (int32_t[]){ 2 });
    expect(s, 301, 0, NULL);
    expect(s, 10, 3, (int32_t[]){ 2, 2, 5 });
    expect(s, 10, 3, (int32_t[]){ 2, 2, 5 });
  }
  CHECK(spike_list_set(s, neuron, time, 1, 0.1, 2, &e), "%s", e.text); /* period of 20 steps */
  expect(s, 10, 1, (int32_t[]){ 5 });
  expect(s, 11, 0, NULL);
  expect(s, 30, 1, (int32_t[]){ 5 });
  expect(s, 2000000000010, 1, (int32_t[]){ 5 });
  expect(s, 10, 1, (int32_t[]){ 5 });
  struct {
    int32_t neuron;
    double time, dt, period;
    const char *text;
  } bad[] = { { 10, 1, 0.1, 0, "no neuron 11" },
              { -1, 1, 0.1, 0, "no neuron 0" },
              { 0, -0.01, 0.1, 0, ">= 0, got -0.01" },
              { 0, NAN, 0.1, 0, ">= 0" },
              { 0, INFINITY, 0.1, 0, "too far" },
              { 0, 2, 0.1, 2, "within the period of 2 ms" },
              { 0, 1, 0.1, 1e-10, "spikes in a step" },
              { 0, 1, 0, 0, "time step" },
              { 0, 1, 0.1, NAN, "period" },
              { 0, 1, 0.1, -1, "period" },
              { 0, 1e30, 0.1, 0, "too far" } };
  for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
    CHECK(!spike_list_set(s, &bad[k].neuron, &bad[k].time, 1, bad[k].dt, bad[k].period, &e), "case %d accepted", (int)k);
    CHECK_ERROR(e, bad[k].text);
  }
  expect(s, 30, 1, (int32_t[]){ 5 }); /* refused changes change nothing */
  int failed = 0;
  for (long k = 1;; k++, failed++) {
    memory_fail_after(k);
    bool is_set = spike_list_set(s, neuron, time, 7, 0.1, 0, &e);
    memory_fail_after(0);
    if (is_set)
      break;
    CHECK_ERROR(e, "out of memory");
    expect(s, 30, 1, (int32_t[]){ 5 });
  }
  CHECK(failed >= 4, "%d allocations failed", failed);
  CHECK(spike_list_set(s, NULL, NULL, 0, 0.1, 0, &e) && spike_list_count(s) == 0, "no events");
  expect(s, 0, 0, NULL);
  spike_list_free(s);
  spike_list_free(NULL);
}

static void test_memory(void) {
  Error e = { "" };
  SpikeList *s = spike_list_new(3, &e);
  int32_t neuron[] = { 2, 1 };
  double time[] = { 0.98, 1.02 };
  CHECK(spike_list_set(s, neuron, time, 2, 0.1, 0, &e), "%s", e.text);
  const int32_t *got;
  memory_fail_after(1);
  CHECK(spike_list_step(s, 10, &got, &e) == -1, "no memory for the spikes of a step");
  memory_fail_after(0);
  CHECK_ERROR(e, "out of memory");
  expect(s, 10, 2, (int32_t[]){ 1, 2 }); /* the same step, asked again */
  spike_list_free(s);
}

enum { N = 300, STEPS = 5000, EVENTS = 40000 };

static void compare(SpikeList *s, uint8_t table[STEPS][N]) {
  Error e = { "" };
  for (int64_t t = 0; t < STEPS; t++) {
    const int32_t *got;
    int64_t m = spike_list_step(s, t, &got, &e), k = 0;
    for (int32_t i = 0; i < N; i++)
      for (int c = 0; c < table[t][i]; c++, k++)
        CHECK(k < m && got[k] == i, "step %lld, neuron %d", (long long)t, (int)i);
    CHECK(k == m, "step %lld: %lld spikes too many", (long long)t, (long long)(m - k));
  }
}

/* Many events in random order against a plain table of counts; once in order, too. */
static void test_long_list(void) {
  static int32_t neuron[EVENTS];
  static double time[EVENTS];
  static uint8_t table[STEPS][N];
  RandomSequence r = random_sequence(random_key(1), 1, 1, 1);
  for (int k = 0; k < EVENTS; k++) {
    int64_t step = random_next_below(&r, STEPS);
    neuron[k] = (int32_t)random_next_below(&r, N);
    time[k] = 0.1 * ((double)step + 0.98 * (random_next_uniform(&r) - 0.5));
    time[k] = time[k] < 0 ? 0 : time[k];
    table[step][neuron[k]]++;
  }
  Error e = { "" };
  SpikeList *s = spike_list_new(N, &e);
  CHECK(spike_list_set(s, neuron, time, EVENTS, 0.1, 0, &e), "%s", e.text);
  compare(s, table);
  spike_list_free(s);
}

/* Periods, whole steps or not, longer and far shorter than a step: every cycle's times are nearest to the steps in which they fall. */
static void test_periods(void) {
  static const double periods[] = { 7, 0.5, 0.1, 16.66666666666667, 0.25, 3.14159, 0.013, 0.99999, 1000.0 / 44100 };
  enum { FEW = 5 };
  static uint8_t table[STEPS][N];
  RandomSequence r = random_sequence(random_key(2), 1, 1, 1);
  Error e = { "" };
  SpikeList *s = spike_list_new(N, &e);
  for (size_t p = 0; p < sizeof periods / sizeof *periods; p++) {
    int32_t neuron[FEW];
    double time[FEW], period = periods[p];
    memset(table, 0, sizeof table);
    for (int k = 0; k < FEW; k++) {
      neuron[k] = (int32_t)random_next_below(&r, 4);
      time[k] = period * random_next_uniform(&r);
      bool is_whole = fabs(period / 0.1 - rint(period / 0.1)) < 1e-9;
      for (int64_t c = 0;; c++) {
        double step = is_whole ? rint(time[k] / 0.1) + (double)c * rint(period / 0.1) : rint((time[k] + (double)c * period) / 0.1);
        if (step >= STEPS)
          break;
        table[(int64_t)step][neuron[k]]++;
      }
    }
    CHECK(spike_list_set(s, neuron, time, FEW, 0.1, period, &e), "%s", e.text);
    compare(s, table);
  }
  /* No drift: a minute of 60 Hz at 0.1 ms, and cycle 10^9 of a period of 1/60 s. */
  CHECK(spike_list_set(s, (int32_t[]){ 0 }, (double[]){ 0 }, 1, 0.1, 1000.0 / 60, &e), "%s", e.text);
  int64_t total = 0;
  const int32_t *got;
  for (int64_t t = 0; t < 600000; t++)
    total += spike_list_step(s, t, &got, &e);
  CHECK(total == 3600, "%lld spikes in a minute", (long long)total);
  expect(s, 166666666667, 1, (int32_t[]){ 0 });
  expect(s, 166666666666, 0, NULL);
  spike_list_free(s);
}

int main(void) {
  test_list();
  test_memory();
  test_long_list();
  test_periods();
  return check_done();
}
