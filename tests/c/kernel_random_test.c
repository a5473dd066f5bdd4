/* Random numbers of kernels: Philox against Random123, and the distributions against their exact moments and probabilities. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <Random123/philox.h>

#include "kernel/prelude_math.h"
#include "kernel/prelude_random.h"

static int failures;

static void check(int is_good, const char *what, double got, double want) {
  if (is_good)
    return;
  failures++;
  printf("FAIL %s: %.10g, want %.10g\n", what, got, want);
}

static void test_philox(void) {
  uint64_t state = 12345;
  for (int i = 0; i < 100000; i++) {
    uint32_t w[6];
    for (int k = 0; k < 6; k++) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      w[k] = i < 64 ? ((i >> k) & 1 ? UINT32_MAX : 0) : (uint32_t)(state >> 32);
    }
    philox4x32_ctr_t counter = { { w[0], w[1], w[2], w[3] } };
    philox4x32_key_t words = { { w[4], w[5] } };
    philox4x32_ctr_t want = philox4x32(counter, words);
    LpWords got = lp_philox(w[0], w[1], w[2], w[3], w[4], w[5]);
    int is_same = got.a == want.v[0] && got.b == want.v[1] && got.c == want.v[2] && got.d == want.v[3];
    check(is_same, "philox4x32-10", (double)got.a, want.v[0]);
    if (!is_same)
      return;
  }
}

/* Every part of the name of a number matters, high halves included. */
static void test_names(void) {
  const uint64_t key = lp_stream(1, 2, 3);
  check(key != lp_stream(1 + (1ull << 32), 2, 3) && key != lp_stream(2, 2, 3) && key != lp_stream(1, 3, 3) && key != lp_stream(1, 2, 4),
        "streams differ", 0, 1);
  const double u = lp_uniform64(key, 5, 7);
  check(u == lp_uniform64(key, 5, 7), "a pure function", lp_uniform64(key, 5, 7), u);
  check(u != lp_uniform64(key, 5 + (1ll << 32), 7), "high half of the element", u, 0);
  check(u != lp_uniform64(key, 5, 7 + (1ll << 32)), "high half of the step", u, 0);
  check(u != lp_uniform64(key + (1ull << 32), 5, 7), "high half of the key", u, 0);
}

static void test_open(void) {
  check(lp_open64(0, 0) == 0x1p-53, "least uniform", lp_open64(0, 0), 0x1p-53);
  check(lp_open64(UINT32_MAX, UINT32_MAX) == 1 - 0x1p-53, "greatest uniform", lp_open64(UINT32_MAX, UINT32_MAX), 1 - 0x1p-53);
  check(lp_open32(0) == 0x1p-24f, "least float uniform", (double)lp_open32(0), 0x1p-24);
  check(lp_open32(UINT32_MAX) == 1 - 0x1p-24f, "greatest float uniform", (double)lp_open32(UINT32_MAX), 1 - 0x1p-24);
}

enum { N = 400000 };

typedef struct {
  double mean, variance, third;
} Moments;

static Moments moments(double (*draw)(int64_t i, const double *p), const double *p) {
  double s1 = 0, s2 = 0, s3 = 0;
  for (int i = 0; i < N; i++)
    s1 += draw(i, p);
  double mean = s1 / N;
  for (int i = 0; i < N; i++) {
    double d = draw(i, p) - mean;
    s2 += d * d;
    s3 += d * d * d;
  }
  return (Moments){ mean, s2 / N, s3 / N };
}

static uint64_t key;
static double uniform(int64_t i, const double *p) {
  (void)p;
  return lp_uniform64(key, i, 3);
}
static double uniform_f(int64_t i, const double *p) {
  (void)p;
  return (double)lp_uniform32(key, i, 3);
}
static double normal(int64_t i, const double *p) {
  (void)p;
  return lp_normal64(key, i, 3);
}
static double normal_f(int64_t i, const double *p) {
  (void)p;
  return (double)lp_normal32(key, i, 3);
}
static double gamma_(int64_t i, const double *p) { return lp_gamma64(key, i, 3, p[0]); }
static double poisson(int64_t i, const double *p) { return lp_poisson64(key, i, 3, p[0]); }
static double binomial(int64_t i, const double *p) { return lp_binomial64(key, i, 3, p[0], p[1]); }

/* Mean and variance within 5 standard errors; the fourth central moment `m4` gives the variance's. */
static void test_moments(const char *name, double (*draw)(int64_t, const double *), const double *p, double mean, double variance,
                         double third, double m4, double m6) {
  Moments m = moments(draw, p);
  check(fabs(m.mean - mean) < 5 * sqrt(variance / N), name, m.mean, mean);
  check(fabs(m.variance - variance) < 5 * sqrt((m4 - variance * variance) / N) + 1e-12, name, m.variance, variance);
  check(fabs(m.third - third) < 6 * sqrt((m6 - third * third + 9 * variance * variance * variance) / N) + 1e-12, name, m.third, third);
}

static void test_gamma(double a) {
  char name[40];
  snprintf(name, sizeof name, "gamma(%g)", a);
  double m4 = 3 * a * a + 6 * a, m6 = 15 * a * a * a + 130 * a * a + 120 * a;
  test_moments(name, gamma_, &a, a, a, 2 * a, m4, m6);
}

/* Counts of each value against the exact probabilities (chi square). */
static void test_binomial(double n, double p) {
  static double counts[4000];
  double args[2] = { n, p }, mean = n * p, deviation = sqrt(n * p * (1 - p)), chi = 0, degrees = -1;
  char name[60];
  snprintf(name, sizeof name, "binomial(%g, %g)", n, p);
  memset(counts, 0, sizeof counts);
  int64_t lo = (int64_t)fmax(0, floor(mean - 8 * deviation - 5));
  for (int i = 0; i < N; i++) {
    double k = binomial(i, args);
    if (!(k >= 0 && k <= n) || k != floor(k) || k - (double)lo >= 4000 || k < (double)lo) {
      check(0, name, k, mean);
      return;
    }
    counts[(int64_t)k - lo]++;
  }
  double expected = 0, seen = 0;
  for (int64_t j = 0; j < 4000 && (double)(lo + j) <= n; j++) {
    double k = (double)(lo + j);
    expected += N * exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(p) + (n - k) * log1p(-p));
    seen += counts[j];
    if (expected >= 10) {
      chi += (seen - expected) * (seen - expected) / expected;
      degrees++;
      expected = seen = 0;
    }
  }
  check(degrees > 0 && chi < degrees + 5 * sqrt(2 * degrees) + 10, name, chi, degrees);
}

/* Moments; counts in up to 400 bins of equal width against the exact probabilities (chi square); neighbours, who share a block of words, independent. */
static void test_poisson(double mean) {
  enum { BINS = 400 };
  char name[60];
  snprintf(name, sizeof name, "poisson(%g)", mean);
  test_moments(name, poisson, &mean, mean, mean, mean, 3 * mean * mean + mean, 15 * mean * mean * mean + 25 * mean * mean + mean);
  double lo = fmax(0, floor(mean - 8 * sqrt(mean) - 5)), hi = ceil(mean + 8 * sqrt(mean) + 25), width = ceil((hi - lo) / BINS);
  double counts[BINS + 1] = { 0 }, expected[BINS + 1] = { 0 }, product = 0, before = 0;
  for (int i = 0; i < N; i++) {
    double k = poisson(i, &mean);
    if (k != floor(k) || !(k >= lo) || !(k < hi)) {
      check(0, name, k, mean);
      return;
    }
    counts[(int)((k - lo) / width)]++;
    product += i % 2 == 1 ? (k - mean) * (before - mean) : 0;
    before = k;
  }
  for (double k = lo; k < hi; k++)
    expected[(int)((k - lo) / width)] += N * exp(k * log(mean) - mean - lgamma(k + 1));
  double chi = 0, degrees = -1, wanted = 0, seen = 0;
  for (int b = 0; b <= BINS; b++) {
    wanted += expected[b];
    seen += counts[b];
    if (wanted < 10)
      continue;
    chi += (seen - wanted) * (seen - wanted) / wanted;
    degrees++;
    wanted = seen = 0;
  }
  check(chi < degrees + 5 * sqrt(2 * fmax(degrees, 0)) + 10, name, chi, degrees);
  check(fabs(product) < 5 * mean * sqrt(N / 2.0) + 10, name, product, 0);
}

static void test_special(void) {
  double zero = 0;
  check(isnan(lp_poisson64(key, 1, 1, -1)) && isnan(lp_poisson64(key, 1, 1, NAN)) && isnan(lp_poisson64(key, 1, 1, INFINITY)) &&
            isnan(lp_poisson64(key, 1, 1, 1e15)),
        "bad poisson", 0, NAN);
  check(lp_poisson64(key, 1, 1, 0) == zero && lp_poisson64(key, 1, 1, 1e-300) == zero, "poisson of nothing", 0, 0);
  check(fabs(lp_poisson64(key, 1, 1, 9e14) - 9e14) < 9e8, "poisson of very much", 0, 9e14);
  check(isnan(lp_gamma64(key, 1, 1, 0)) && isnan(lp_gamma64(key, 1, 1, -1)) && isnan(lp_gamma64(key, 1, 1, NAN)), "gamma of a bad shape", 0,
        NAN);
  check(isnan(lp_binomial64(key, 1, 1, -1, 0.5)) && isnan(lp_binomial64(key, 1, 1, 5, 1.5)) && isnan(lp_binomial64(key, 1, 1, NAN, 0.5)),
        "bad binomial", 0, NAN);
  check(lp_binomial64(key, 1, 1, 10, 0) == zero && lp_binomial64(key, 1, 1, 10, 1) == 10 && lp_binomial64(key, 1, 1, 0, 0.3) == zero,
        "certain binomial", 0, 0);
}

int main(void) {
  key = lp_stream(42, 7, 1);
  test_philox();
  test_names();
  test_open();
  test_moments("uniform", uniform, NULL, 0.5, 1.0 / 12, 0, 1.0 / 80, 1.0 / 448);
  test_moments("float uniform", uniform_f, NULL, 0.5, 1.0 / 12, 0, 1.0 / 80, 1.0 / 448);
  test_moments("normal", normal, NULL, 0, 1, 0, 3, 15);
  test_moments("float normal", normal_f, NULL, 0, 1, 0, 3, 15);
  const double shapes[] = { 0.3, 1, 2.5, 40 };
  for (int k = 0; k < 4; k++)
    test_gamma(shapes[k]);
  const double means[] = { 1e-5, 0.003, 0.1, 0.5, 1, 2, 3.7, 9.99, 17.25, 31.999, 32, 33.3, 50, 100.5, 1234.5, 1e5, 1e6, 1e9 };
  for (size_t k = 0; k < sizeof means / sizeof *means; k++)
    test_poisson(means[k]);
  test_binomial(5, 0.3), test_binomial(40, 0.1), test_binomial(40, 0.5), test_binomial(1000, 0.7), test_binomial(1e6, 3e-6),
      test_binomial(100000, 0.25);
  test_special();
  return failures != 0;
}
