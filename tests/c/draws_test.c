/* Random numbers for blocks: on every instruction set, for any first element and any length, the bits of the functions that give one. */
#include "kernel/draws.h"

#include <stdint.h>
#include <stdlib.h>

#include "check.h"
#include "kernel/vm.h"
#include "kernel/prelude_math.h"
#include "kernel/prelude_random.h"

enum { N = DRAWS_MOST };
static const uint64_t KEY = 0x123456789abcdef0u;

static const int64_t firsts[] = { 0, 1, 255, 256, (1ll << 32) - 3, (1ll << 33) + 7, (1ll << 47) - 300 };
static const int64_t lengths[] = { 1, 2, 7, 8, 31, 255, 256 };
static const int64_t steps[] = { 0, 1, 123456, (1ll << 32) + 5, 1ll << 40 };

static bool same64(double a, double b) { return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b)); }
static bool same32(float a, float b) { return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b)); }

#define COMPARE(name, got, want, is_same)                                                                                                  \
  CHECK(is_same(got, want), "%s: %s(element %lld, %lld of %lld, step %lld): %.17g, not %.17g", vm_instruction_set(), name,                 \
        (long long)(first + k), (long long)k, (long long)n, (long long)step, (double)(got), (double)(want))

static void compare(const Draws *d, int64_t first, int64_t n, int64_t step, const double *a, const double *b) {
  double x[N], y[N];
  float p[N], q[N], fa[N], fb[N];
  d->uniform64(KEY, first, n, step, x);
  d->normal64(KEY, first, n, step, y);
  d->uniform32(KEY, first, n, step, p);
  d->normal32(KEY, first, n, step, q);
  for (int64_t k = 0; k < n; k++) {
    COMPARE("uniform64", x[k], lp_uniform64(KEY, first + k, step), same64);
    COMPARE("normal64", y[k], lp_normal64(KEY, first + k, step), same64);
    COMPARE("uniform32", p[k], lp_uniform32(KEY, first + k, step), same32);
    COMPARE("normal32", q[k], lp_normal32(KEY, first + k, step), same32);
    fa[k] = (float)a[k];
    fb[k] = (float)b[k];
  }
  d->gamma64(KEY, first, n, step, a, x);
  d->poisson64(KEY, first, n, step, a, y);
  d->gamma32(KEY, first, n, step, fa, p);
  d->poisson32(KEY, first, n, step, fa, q);
  for (int64_t k = 0; k < n; k++) {
    COMPARE("gamma64", x[k], lp_gamma64(KEY, first + k, step, a[k]), same64);
    COMPARE("poisson64", y[k], lp_poisson64(KEY, first + k, step, a[k]), same64);
    COMPARE("gamma32", p[k], lp_gamma32(KEY, first + k, step, fa[k]), same32);
    COMPARE("poisson32", q[k], lp_poisson32(KEY, first + k, step, fa[k]), same32);
  }
  d->binomial64(KEY, first, n, step, a, b, x);
  d->binomial32(KEY, first, n, step, fa, fb, q);
  for (int64_t k = 0; k < n; k++) {
    COMPARE("binomial64", x[k], lp_binomial64(KEY, first + k, step, a[k], b[k]), same64);
    COMPARE("binomial32", q[k], lp_binomial32(KEY, first + k, step, fa[k], fb[k]), same32);
  }
  memcpy(x, a, sizeof x); /* an argument's array may take the result */
  d->poisson64(KEY, first, n, step, x, x);
  memcpy(y, b, sizeof y);
  d->binomial64(KEY, first, n, step, a, y, y);
  for (int64_t k = 0; k < n; k++) {
    COMPARE("poisson64 in place", x[k], lp_poisson64(KEY, first + k, step, a[k]), same64);
    COMPARE("binomial64 in place", y[k], lp_binomial64(KEY, first + k, step, a[k], b[k]), same64);
  }
}

/* Arguments: the same for all, usual ones of each element's own, and everything that there is, wrong ones too. */
static void fill(int kind, double *a, double *b) {
  static const double alike[][2] = { { 2, 0.3 }, { 0.1, 0 },     { 31.9, 0.1 }, { 40, 0.02 }, { 200, 0.01 }, { 1e6, 5e-7 }, { 100, 0.98 },
                                     { 0, 1 },   { 1e9, 1e-10 }, { 7, 0.5 },    { -1, 0.25 }, { NAN, 0.5 },  { 3, NAN },    { 3, 1.5 } };
  static const double any[] = {
    0, -0.0, 0.5, 1, 2.5, 9.99, 10, 31.99, 32, 33, 1e3, 1e9, 1e14, 1e15, 1e300, -3, INFINITY, NAN, 1e-310, 1e-20
  };
  static const double chances[] = { 0, 1e-300, 1e-9, 0.01, 0.3, 0.5, 0.5000001, 0.99, 1, 1.01, -0.1, NAN };
  int n_alike = sizeof alike / sizeof *alike;
  for (int k = 0; k < N; k++) {
    double u = lp_uniform64(99, k, kind), v = lp_uniform64(98, k, kind);
    if (kind < n_alike) {
      a[k] = alike[kind][0];
      b[k] = alike[kind][1];
    } else if (kind < n_alike + 4) {
      a[k] = (kind % 2 ? 40 : 3) * u;
      b[k] = (kind % 2 ? 0.3 : 1) * v;
    } else {
      a[k] = any[(int)(u * (sizeof any / sizeof *any))];
      b[k] = chances[(int)(v * (sizeof chances / sizeof *chances))];
    }
  }
}

/* A mean whose first sum has the upper bits of one element's number: there the lower ones decide. */
static void compare_ties(const Draws *d) {
  const int64_t first = 0, n = N, step = 3;
  double a[N], x[N];
  for (int64_t tied = 0; tied < N; tied += 5) {
    const uint64_t upper = lp_eighth_of(lp_words(KEY, tied >> 3, step, 0), tied);
    if (upper < 64)
      continue;
    for (int64_t k = 0; k < N; k++)
      a[k] = -lp_log64(((double)upper + 0.5) * 0x1p-16);
    CHECK((uint64_t)(lp_exp64(-a[0]) * 0x1p16) == upper, "no tie");
    d->poisson64(KEY, first, n, step, a, x);
    for (int64_t k = 0; k < n; k++)
      COMPARE("poisson64 with a tie", x[k], lp_poisson64(KEY, k, step, a[k]), same64);
  }
}

/* Means whose sums fit into tables of every length, and into none; so many numbers that those next to any sum, and the largest, are among them. */
static void compare_tables(const Draws *d) {
  const int64_t n = N;
  static const double means[] = { 1e-7, 0.01, 0.3, 1.3, 3, 6.5, 14, 17, 31.9 };
  double a[N], x[N];
  for (size_t i = 0; i < sizeof means / sizeof *means; i++) {
    for (int k = 0; k < N; k++)
      a[k] = means[i];
    for (int64_t step = 0; step < 300; step++) {
      const int64_t first = 3 * step;
      d->poisson64(KEY, first, n, step, a, x);
      for (int64_t k = 0; k < n; k++)
        COMPARE("poisson64 of a table", x[k], lp_poisson64(KEY, first + k, step, means[i]), same64);
    }
  }
}

int main(void) {
  static const char *const sets[] = { "x86-64-v2", "x86-64-v3", "x86-64-v4", NULL };
  double a[N], b[N];
  for (int s = 0; s < 4; s++) {
    if (!vm_use_instruction_set(sets[s]))
      continue;
    compare_ties(vm_draws());
    compare_tables(vm_draws());
    for (int kind = 0; kind < 24; kind++) {
      fill(kind, a, b);
      for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        size_t at = (size_t)kind + i;
        compare(vm_draws(), firsts[at % 7], lengths[i], steps[at % 5], a, b);
      }
    }
  }
  return check_done();
}
