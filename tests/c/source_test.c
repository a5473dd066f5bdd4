/* Poisson sources: the rates, the independence and the agreement of all methods. */
#include "engine/source.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/archive.h"
#include "base/memory.h"
#include "check.h"
#include "random/random.h"

enum { MOST = 4000 };
static int32_t spikes[MOST];
static double rates[MOST];
static int64_t counts[MOST];

static Poisson *make(int64_t n, PoissonMethod method, uint64_t seed) {
  Error e = { "" };
  Poisson *p = poisson_new(n, 1, seed, 5, method, &e);
  CHECK(p != NULL, "%s", e.text);
  return p;
}

static void set(Poisson *p, double rate) {
  Error e = { "" };
  CHECK(poisson_set_rate(p, rate, &e), "%s", e.text);
}

static void set_all(Poisson *p) {
  Error e = { "" };
  CHECK(poisson_set_rates(p, rates, ARRAY_F64, &e), "%s", e.text);
}

static void check_ascending(int64_t m, int64_t n) {
  for (int64_t k = 0; k < m; k++)
    CHECK(spikes[k] >= 0 && spikes[k] < n && (k == 0 || spikes[k] > spikes[k - 1]), "spike %lld is neuron %d", (long long)k,
          (int)spikes[k]);
}

/* Is `got` within 5 standard deviations of Binomial(n, p)? */
static bool is_near(double got, double n, double p) { return fabs(got - n * p) <= 5 * sqrt(n * p * (1 - p)) + 1e-9; }

/* ---- equal rates ------------------------------------------------------------------------------------------------- */

/* Everything that a train of independent coins must satisfy, for one method and one p. */
static void check_coins(PoissonMethod method, int64_t n, double p, int64_t n_steps) {
  Poisson *source = make(n, method, 11);
  set(source, p * 1000);
  static bool before[MOST], now[MOST];
  static int64_t last[MOST];
  int64_t total = 0, neighbours = 0, repeats = 0, short_gaps = 0, gaps = 0;
  double squares = 0;
  memset(counts, 0, sizeof counts);
  memset(before, 0, sizeof before);
  for (int64_t i = 0; i < n; i++)
    last[i] = -1;
  int64_t half = (int64_t)(log(0.5) / log1p(-p)) + 1; /* P(gap <= half) is just above 1/2 */
  for (int64_t t = 0; t < n_steps; t++) {
    int64_t m = poisson_step(source, t, spikes);
    check_ascending(m, n);
    memset(now, 0, sizeof now);
    for (int64_t k = 0; k < m; k++) {
      int32_t i = spikes[k];
      now[i] = true;
      counts[i]++;
      repeats += before[i];
      neighbours += k > 0 && spikes[k - 1] == i - 1;
      if (t >= n_steps / 2 && last[i] >= 0 && t - last[i] <= n_steps / 4) {
        gaps++;
        short_gaps += t - last[i] <= half;
      }
      last[i] = t;
    }
    memcpy(before, now, sizeof now);
    total += m;
    squares += (m - n * p) * (m - n * p);
  }
  const char *what = method == POISSON_SKIP ? "skip" : "per neuron";
  CHECK(is_near((double)total, (double)(n * n_steps), p), "%s, p %g: %lld spikes", what, p, (long long)total);
  CHECK(is_near((double)neighbours, (double)((n - 1) * n_steps), p * p), "%s, p %g: %lld neighbours", what, p, (long long)neighbours);
  CHECK(is_near((double)repeats, (double)(n * (n_steps - 1)), p * p), "%s, p %g: %lld repeats", what, p, (long long)repeats);
  double variance = squares / n_steps / (n * p * (1 - p));
  CHECK(fabs(variance - 1) < 5 * sqrt((2 + 1 / (n * p * (1 - p))) / n_steps), "%s, p %g: variance of counts %g times binomial", what, p,
        variance);
  double share = (1 - pow(1 - p, (double)half)) / (1 - pow(1 - p, (double)(n_steps / 4)));
  CHECK(gaps < 100 || is_near((double)short_gaps, (double)gaps, share), "%s, p %g: %lld of %lld gaps are short, %g expected", what, p,
        (long long)short_gaps, (long long)gaps, share);
  double chi = 0;
  for (int64_t i = 0; i < n; i++)
    chi += pow((double)counts[i] - n_steps * p, 2) / (n_steps * p * (1 - p));
  CHECK(fabs(chi - n) < 5 * sqrt(2.0 * n), "%s, p %g: chi-square of neurons %g", what, p, chi);
  poisson_free(source);
}

static void test_equal(void) {
  PoissonMethod methods[] = { POISSON_SKIP, POISSON_PER_NEURON };
  for (int k = 0; k < 2; k++) {
    check_coins(methods[k], 1000, 0.015, 4000);
    check_coins(methods[k], 300, 0.1, 4000);
    check_coins(methods[k], 130, 0.6, 4000);
    check_coins(methods[k], 37, 0.003, 40000);
    check_coins(methods[k], 1, 0.02, 100000);
  }
}

static void test_ends(void) {
  PoissonMethod methods[] = { POISSON_AUTO, POISSON_SKIP, POISSON_PER_NEURON };
  for (int k = 0; k < 3; k++) {
    Poisson *p = make(300, methods[k], 1);
    CHECK(poisson_step(p, 0, spikes) == 0, "rate 0 from the start");
    for (double rate = 1000; rate <= 1e6; rate *= 10) {
      set(p, rate);
      for (int t = 1; t < 20; t++) {
        CHECK(poisson_step(p, t, spikes) == 300, "p >= 1 spikes always");
        check_ascending(300, 300);
      }
    }
    set(p, 0);
    CHECK(poisson_step(p, 20, spikes) == 0, "silent again");
    set(p, 1e-300);
    for (int t = 0; t < 100; t++)
      CHECK(poisson_step(p, t, spikes) == 0, "a rate of 1e-300");
    poisson_free(p);
    p = make(0, methods[k], 1);
    set(p, 2000);
    CHECK(poisson_step(p, 0, spikes) == 0, "no neurons");
    Error e;
    CHECK(poisson_set_rates(p, rates, ARRAY_F64, &e), "no rates");
    poisson_free(p);
  }
}

/* ---- unequal rates ----------------------------------------------------------------------------------------------- */

static double p_of(int64_t i) { return rates[i] / 1000 < 1 ? rates[i] / 1000 : 1; }

/* counts[] over n_steps against p_of: a chi-square over neurons that spike neither never nor always. */
static void check_counts(const char *what, int64_t n, int64_t n_steps) {
  double chi = 0, variance = 0, got = 0, wanted = 0, spread = 0;
  for (int64_t i = 0; i < n; i++) {
    double p = p_of(i), v = n_steps * p * (1 - p);
    got += (double)counts[i];
    wanted += n_steps * p;
    spread += v;
    if (v <= 0) {
      CHECK(counts[i] == n_steps * p, "%s: neuron %lld spiked %lld times", what, (long long)i, (long long)counts[i]);
      continue;
    }
    chi += pow((double)counts[i] - n_steps * p, 2) / v - 1;
    variance += 2 + (1 - 6 * p * (1 - p)) / v;
  }
  CHECK(fabs(got - wanted) <= 5 * sqrt(spread), "%s: %g spikes, %g expected", what, got, wanted);
  CHECK(fabs(chi) < 5 * sqrt(variance), "%s: chi-square %g, spread %g", what, chi, sqrt(variance));
}

static void run_counts(Poisson *p, int64_t n, int64_t first, int64_t n_steps, bool is_changing) {
  memset(counts, 0, sizeof counts);
  for (int64_t t = first; t < first + n_steps; t++) {
    int64_t bad = -1, m = is_changing ? poisson_step_rates(p, t, rates, ARRAY_F64, spikes, &bad) : poisson_step(p, t, spikes);
    check_ascending(m, n);
    CHECK(!is_changing || bad == 0, "%lld bad rates", (long long)bad);
    for (int64_t k = 0; k < m; k++)
      counts[spikes[k]]++;
  }
}

static void fill_rates(int kind, int64_t n) {
  for (int64_t i = 0; i < n; i++)
    switch (kind) {
    case 0: rates[i] = 15 * (0.02 + 1.98 * (double)i / (double)n); break;                              /* several octaves */
    case 1: rates[i] = i % 7 == 3 ? 0 : i % 11 == 4 ? 1500 : pow(10, (double)(i % 13) / 3 - 1); break; /* silent, certain, dense and rare */
    case 2: rates[i] = i % 2 ? 10 : 11; break;                                                         /* one octave */
    default: rates[i] = i % 3 ? 0 : 400; break;                                                        /* dense or silent */
    }
}

static void test_unequal(void) {
  PoissonMethod methods[] = { POISSON_AUTO, POISSON_SKIP, POISSON_PER_NEURON };
  for (int kind = 0; kind < 4; kind++)
    for (int k = 0; k < 3; k++) {
      char what[80];
      snprintf(what, sizeof what, "rates %d, method %d", kind, (int)methods[k]);
      fill_rates(kind, 1000);
      Poisson *p = make(1000, methods[k], 3 + (uint64_t)kind);
      set_all(p);
      run_counts(p, 1000, 0, 4000, false);
      check_counts(what, 1000, 4000);
      run_counts(p, 1000, 4000, 3000, true);
      check_counts(what, 1000, 3000);
      poisson_free(p);
    }
}

/* Spikes of neurons in different groups, and of one neuron at different steps, are independent. */
static void test_unequal_independence(void) {
  fill_rates(0, 400);
  for (int64_t i = 0; i < 400; i++)
    rates[i] *= 10;
  Poisson *p = make(400, POISSON_AUTO, 9);
  set_all(p);
  enum { STEPS = 20000 };
  double together = 0, wanted_together = 0, again = 0, wanted_again = 0;
  static bool before[MOST], now[MOST];
  for (int64_t i = 0; i < 400; i++) {
    wanted_again += (STEPS - 1) * p_of(i) * p_of(i);
    wanted_together += i < 200 ? STEPS * p_of(i) * p_of(399 - i) : 0;
  }
  for (int64_t t = 0; t < STEPS; t++) {
    int64_t m = poisson_step(p, t, spikes);
    memset(now, 0, sizeof now);
    for (int64_t k = 0; k < m; k++) {
      now[spikes[k]] = true;
      again += before[spikes[k]];
    }
    for (int64_t i = 0; i < 200; i++)
      together += now[i] && now[399 - i];
    memcpy(before, now, sizeof now);
  }
  CHECK(fabs(together - wanted_together) < 5 * sqrt(wanted_together), "%g pairs, %g expected", together, wanted_together);
  CHECK(fabs(again - wanted_again) < 5 * sqrt(wanted_again) * 1.2, "%g repeats, %g expected", again, wanted_again);
  poisson_free(p);
}

/* Rates that change while the source runs: each step has the rate of that step, however it is given. */
static void test_changes(void) {
  Poisson *p = make(500, POISSON_AUTO, 4);
  double wanted = 0, got = 0;
  for (int64_t t = 0; t < 20000; t++) {
    double rate = 20 + 19 * sin(t * 0.01);
    set(p, rate);
    got += (double)poisson_step(p, t, spikes);
    wanted += 500 * rate / 1000;
  }
  CHECK(fabs(got - wanted) < 5 * sqrt(wanted), "a rate set in every step: %g spikes, %g expected", got, wanted);
  got = wanted = 0;
  for (int64_t t = 20000; t < 30000; t++) {
    if (t % 10 == 0) {
      for (int64_t i = 0; i < 500; i++)
        rates[i] = (double)((t / 10 + i) % 50);
      set_all(p);
    }
    for (int64_t i = 0; i < 500; i++)
      wanted += rates[i] / 1000;
    got += (double)poisson_step(p, t, spikes);
  }
  CHECK(fabs(got - wanted) < 5 * sqrt(wanted), "rates set in every tenth step: %g spikes, %g expected", got, wanted);
  float narrow[500];
  for (int i = 0; i < 500; i++)
    narrow[i] = i == 7 ? -1 : i == 8 ? NAN : 500;
  int64_t bad, m = poisson_step_rates(p, 1, narrow, ARRAY_F32, spikes, &bad);
  CHECK(bad == 2 && is_near((double)m, 498, 0.5), "%lld bad, %lld spikes", (long long)bad, (long long)m);
  poisson_free(p);
}

/* ---- the same again ---------------------------------------------------------------------------------------------- */

static uint64_t digest(Poisson *p, int64_t first, int64_t n_steps) {
  uint64_t h = 1469598103934665603u;
  for (int64_t t = first; t < first + n_steps; t++) {
    int64_t m = poisson_step(p, t, spikes);
    for (int64_t k = 0; k < m; k++)
      h = (h ^ (uint64_t)(t * MOST + spikes[k])) * 1099511628211u;
  }
  return h;
}

/* Write the state of p, or read what was written into q. */
static void hand_over(Poisson *p, Poisson *q) {
  static Archive archive;
  Error e = { "" };
  State s = p != NULL ? archive_writer(&archive, &e) : archive_reader(&archive, &e);
  CHECK(poisson_state(p != NULL ? p : q, &s), "%s", e.text);
  state_finish(&s);
  if (q != NULL)
    archive_clear(&archive);
}

static void test_same_again(void) {
  for (int kind = -1; kind < 4; kind++) {
    uint64_t first = 0, rest = 0;
    for (int lanes = 8; lanes >= 2; lanes /= 2) {
      random_use_lanes(lanes);
      Poisson *p = make(1000, POISSON_AUTO, 21), *q = make(1000, POISSON_AUTO, 21);
      if (kind < 0) {
        set(p, 15);
        set(q, 15);
      } else {
        fill_rates(kind, 1000);
        set_all(p);
        set_all(q);
      }
      uint64_t h = digest(p, 0, 777);
      hand_over(p, NULL);
      uint64_t g = digest(p, 777, 500);
      hand_over(NULL, q);
      CHECK(digest(q, 777, 500) == g, "rates %d: a restored source goes on as before", kind);
      CHECK(lanes == 8 || (h == first && g == rest), "rates %d: %d lanes give other spikes", kind, lanes);
      first = h;
      rest = g;
      poisson_free(p);
      poisson_free(q);
    }
    random_use_lanes(0);
  }
  uint64_t seen[3];
  for (int k = 0; k < 3; k++) {
    Poisson *p = poisson_new(1000, 1, k == 1 ? 2 : 1, k == 2 ? 2 : 1, POISSON_AUTO, NULL);
    set(p, 15);
    seen[k] = digest(p, 0, 100);
    poisson_free(p);
  }
  CHECK(seen[0] != seen[1] && seen[0] != seen[2], "seed and object matter");
  Poisson *p = make(1000, POISSON_AUTO, 21);
  set(p, 500);
  CHECK(digest(p, 0, 50) == digest(p, 0, 50), "one draw a step: a function of the step");
  CHECK(digest(p, 0, 50) != digest(p, 1ll << 32, 50), "far steps are other steps");
  set(p, 10);
  digest(p, 0, 5);
  memset(counts, 0, sizeof counts);
  double got = 0;
  for (int64_t t = 0; t < 4000; t++)
    got += (double)poisson_step(p, 3 * t, spikes);
  CHECK(is_near(got, 4e6, 0.01), "jumps: %g spikes", got);
  char text[200];
  poisson_describe(p, text, sizeof text);
  CHECK(strcmp(text, "skip, 1 group of 1000 neurons") == 0, "%s", text);
  poisson_free(p);
}

static void test_poisson_errors(void) {
  Error e = { "" };
  CHECK(poisson_new(-1, 1, 1, 1, POISSON_AUTO, &e) == NULL, "n < 0");
  CHECK_ERROR(e, "got -1");
  CHECK(poisson_new(1ll << 31, 1, 1, 1, POISSON_AUTO, &e) == NULL, "n too large");
  CHECK(poisson_new(10, 0, 1, 1, POISSON_AUTO, &e) == NULL, "dt 0");
  CHECK_ERROR(e, "time step above 0");
  Poisson *p = make(10, POISSON_AUTO, 1);
  set(p, 2000);
  CHECK(!poisson_set_rate(p, -1, &e), "negative");
  CHECK_ERROR(e, "a rate must be a number >= 0, got -1");
  CHECK(!poisson_set_rate(p, NAN, &e) && !poisson_set_rate(p, INFINITY, &e), "NaN, infinite");
  for (int i = 0; i < 10; i++)
    rates[i] = i;
  rates[6] = NAN;
  CHECK(!poisson_set_rates(p, rates, ARRAY_F64, &e), "NaN among many");
  CHECK_ERROR(e, "for neuron 7");
  CHECK(poisson_step(p, 0, spikes) == 10, "the old rates stay");
  rates[6] = 1;
  int failed = 0;
  for (long k = 1;; k++, failed++) {
    memory_fail_after(k);
    e.text[0] = 0;
    bool is_set = poisson_set_rates(p, rates, ARRAY_F64, &e);
    memory_fail_after(0);
    if (is_set)
      break;
    CHECK_ERROR(e, "out of memory");
    CHECK(poisson_step(p, k, spikes) == 10, "the old rates stay");
  }
  CHECK(failed > 0, "no allocation was made to fail");
  poisson_free(p);
  poisson_free(NULL);
  memory_fail_after(1);
  CHECK(poisson_new(10, 1, 1, 1, POISSON_AUTO, &e) == NULL, "out of memory");
  memory_fail_after(0);
}

int main(void) {
  test_equal();
  test_ends();
  test_unequal();
  test_unequal_independence();
  test_changes();
  test_same_again();
  test_poisson_errors();
  return check_done();
}
