/* Random numbers: reproducible bits, the same by any path, and the distributions they claim to have. */
#include "random/random.h"

#include <Random123/philox.h>
#include <stdint.h>
#include <stdlib.h>

#include "check.h"
#include "base/bitmap.h"
#include "kernel/prelude_math.h"

enum { N = 200000 };
static double x[N], y[N];

static void test_blocks(void) {
  philox4x32_ctr_t counter = { { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff } };
  philox4x32_key_t key = { { 0xffffffff, 0xffffffff } };
  uint32_t block[4], words[64 * 4], plain[64 * 4];
  random_block((RandomKey){ { 0xffffffff, 0xffffffff } }, 0xffffffff, 0xffffffff, UINT64_MAX, 0, block);
  CHECK(block[0] == 0x408f276d && block[1] == 0x41c83b0e && block[2] == 0xa20bc7c6 && block[3] == 0x6d5451fd, "published vector");
  counter = philox4x32_R(10, counter, key);
  CHECK(counter.v[0] == block[0], "header");
  uint64_t first = 0xFFFFFFF5u; /* crosses into the counter's second word */
  RandomKey k = random_key(7);
  static double first_e[128], e[128], first_u[128], u[128];
  for (int lanes = 2; lanes <= 8; lanes *= 2) {
    int used = random_use_lanes(lanes);
    CHECK(used <= lanes, "%d", used);
    random_words(k, 5, 6, first, 4, lanes == 2 ? plain : words);
    random_exponentials(k, 5, 6, first, 4, lanes == 2 ? first_e : e);
    random_uniforms(k, 5, 6, first, 4, lanes == 2 ? first_u : u);
    if (lanes > 2) {
      CHECK(memcmp(words, plain, sizeof words) == 0, "words, %d lanes", lanes);
      CHECK(memcmp(e, first_e, sizeof e) == 0, "exponentials, %d lanes", lanes);
      CHECK(memcmp(u, first_u, sizeof u) == 0, "uniforms, %d lanes", lanes);
    }
  }
  random_use_lanes(0);
  for (int b = 0; b < 64; b++) {
    random_block(k, 5, 6, first + (uint64_t)b, 0, block);
    for (int w = 0; w < 4; w++)
      CHECK(plain[b / 16 * 64 + w * 16 + b % 16] == block[w], "block %d word %d", b, w);
    double v = ((double)(((uint64_t)block[1] << 32 | block[0]) >> 12) + 0.5) * 0x1p-52;
    CHECK(first_u[b / 16 * 32 + b % 16] == v, "uniform %d", b);
    CHECK(first_e[b / 16 * 32 + b % 16] == -lp_log64(v), "exponential %d", b);
  }
}

/* Kolmogorov-Smirnov distance times sqrt(n): above 2.2 has probability 1e-4. */
static int compare(const void *a, const void *b) {
  double p = *(const double *)a, q = *(const double *)b;
  return (p > q) - (p < q);
}

static double ks(double (*cdf)(double)) {
  memcpy(y, x, sizeof x);
  qsort(y, N, sizeof *y, compare);
  double d = 0;
  for (int i = 0; i < N; i++) {
    double f = cdf(y[i]);
    d = fmax(d, fmax(f - (double)i / N, (i + 1.0) / N - f));
  }
  return d * sqrt(N);
}

static double cdf_uniform(double v) { return (v + 1) / 4; }
static double cdf_normal(double v) { return 0.5 * erfc(-(v - 2) / 0.5 / sqrt(2)); }
static double cdf_lognormal(double v) { return 0.5 * erfc(-(log(v) - 1) / 0.25 / sqrt(2)); }
static double cdf_exponential(double v) { return 1 - exp(-4 * v); }
static double cdf_gamma3(double v) {
  v /= 2;
  return 1 - exp(-v) * (1 + v + v * v / 2);
} /* shape 3, scale 2 */
static double cdf_gamma_half(double v) { return erf(sqrt(v)); } /* shape 1/2, scale 1 */

static void fill(DistributionKind kind, double a, double b) {
  Distribution d = distribution_make(kind, a, b);
  Error e = { "" };
  CHECK(distribution_check(&d, &e), "%s", e.text);
  random_fill(&d, 1, 2, 3, 0, x, N);
}

static void test_continuous(void) {
  struct {
    DistributionKind kind;
    double a, b;
    double (*cdf)(double);
  } rows[] = { { DISTRIBUTION_UNIFORM, -1, 3, cdf_uniform },       { DISTRIBUTION_NORMAL, 2, 0.5, cdf_normal },
               { DISTRIBUTION_LOGNORMAL, 1, 0.25, cdf_lognormal }, { DISTRIBUTION_EXPONENTIAL, 4, 0, cdf_exponential },
               { DISTRIBUTION_GAMMA, 3, 2, cdf_gamma3 },           { DISTRIBUTION_GAMMA, 0.5, 1, cdf_gamma_half } };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    fill(rows[i].kind, rows[i].a, rows[i].b);
    double d = ks(rows[i].cdf);
    CHECK(d < 2.2, "%s(%g, %g): Kolmogorov-Smirnov %g", distribution_name(rows[i].kind), rows[i].a, rows[i].b, d);
  }
  double product = 0; /* neighbours are independent */
  fill(DISTRIBUTION_NORMAL, 0, 1);
  for (int i = 1; i < N; i++)
    product += x[i] * x[i - 1];
  CHECK(fabs(product) < 4 * sqrt(N), "lag one %g", product);
}

static double log_binomial(double n, double p, double k) {
  return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + (k > 0 ? k * log(p) : 0) + (n - k > 0 ? (n - k) * log1p(-p) : 0);
}

/* Chi-square over cells of expectation >= 5; the bound is its mean + 5 standard deviations. */
static void check_whole(const char *name, double low, double high, double (*probability)(double)) {
  double chi = 0, observed = 0, expected = 0;
  int cells = 0, span = (int)(high - low) + 1;
  int *count = calloc((size_t)span, sizeof *count);
  for (int i = 0; i < N; i++) {
    CHECK(x[i] >= low && x[i] <= high && x[i] == floor(x[i]), "%s gave %g", name, x[i]);
    count[(int)(x[i] - low)]++;
  }
  for (int k = 0; k < span; k++) {
    observed += count[k];
    expected += N * probability(low + k);
    if (expected >= 5) {
      chi += (observed - expected) * (observed - expected) / expected;
      cells++;
      observed = expected = 0;
    }
  }
  CHECK(cells > 1 && chi < cells - 1 + 5 * sqrt(2.0 * cells), "%s: chi-square %g over %d cells", name, chi, cells);
  free(count);
}

static double p_die(double k) {
  (void)k;
  return 1.0 / 6;
}
static double p_few(double k) { return exp(log_binomial(20, 0.1, k)); }
static double p_many(double k) { return exp(log_binomial(100, 0.3, k)); }
static double p_mirror(double k) { return exp(log_binomial(40, 0.9, k)); }
static double p_large(double k) { return exp(log_binomial(1000, 0.5, k)); }
static double mean_of_poisson;
static double p_poisson(double k) { return exp(k * log(mean_of_poisson) - mean_of_poisson - lgamma(k + 1)); }

static void test_whole(void) {
  fill(DISTRIBUTION_DISCRETE_UNIFORM, -2, 3);
  check_whole("DiscreteUniform(-2, 3)", -2, 3, p_die);
  fill(DISTRIBUTION_BINOMIAL, 20, 0.1);
  check_whole("Binomial(20, 0.1)", 0, 20, p_few);
  fill(DISTRIBUTION_BINOMIAL, 100, 0.3);
  check_whole("Binomial(100, 0.3)", 0, 100, p_many);
  fill(DISTRIBUTION_BINOMIAL, 40, 0.9);
  check_whole("Binomial(40, 0.9)", 0, 40, p_mirror);
  fill(DISTRIBUTION_BINOMIAL, 1000, 0.5);
  check_whole("Binomial(1000, 0.5)", 0, 1000, p_large);
  static const double means[] = { 0.02, 0.7, 3.14, 17.5, 31.9, 32.1, 60, 700 };
  for (size_t i = 0; i < sizeof means / sizeof *means; i++) {
    mean_of_poisson = means[i];
    fill(DISTRIBUTION_POISSON, means[i], 0);
    check_whole("Poisson", 0, means[i] + 12 * sqrt(means[i]) + 15, p_poisson);
  }
  fill(DISTRIBUTION_POISSON, 0, 0);
  CHECK(x[0] == 0 && x[N - 1] == 0, "mean 0");
  fill(DISTRIBUTION_BINOMIAL, 7, 0);
  CHECK(x[0] == 0 && x[N - 1] == 0, "p = 0");
  fill(DISTRIBUTION_BINOMIAL, 7, 1);
  CHECK(x[0] == 7 && x[N - 1] == 7, "p = 1");
}

static void test_pure(void) {
  for (int kind = DISTRIBUTION_CONSTANT; kind <= DISTRIBUTION_POISSON; kind++) {
    Distribution d = distribution_make((DistributionKind)kind, 3, kind == DISTRIBUTION_BINOMIAL ? 0.5 : 4);
    random_fill(&d, 11, 12, 13, 0, x, N);
    random_fill(&d, 11, 12, 13, 777, y, 5001);
    CHECK(memcmp(y, x + 777, 5001 * sizeof *x) == 0, "%s depends on the range", distribution_name(d.kind));
    CHECK(random_value(&d, 11, 12, 13, 90001) == x[90001], "%s: one value", distribution_name(d.kind));
    random_use_lanes(2);
    random_fill(&d, 11, 12, 13, 0, y, 5001);
    random_use_lanes(0);
    CHECK(memcmp(y, x, 5001 * sizeof *x) == 0, "%s depends on the machine", distribution_name(d.kind));
    if (kind == DISTRIBUTION_CONSTANT)
      continue;
    for (int other = 0; other < 3; other++) {
      random_fill(&d, 11 + (other == 0), 12 + (other == 1), 13 + (other == 2), 0, y, 1000);
      int same = 0;
      for (int i = 0; i < 1000; i++)
        same += x[i] == y[i];
      CHECK(same < 600, "%s: %d equal values", distribution_name(d.kind), same);
    }
  }
  Distribution far = distribution_make(DISTRIBUTION_UNIFORM, 0, 1);
  CHECK(random_value(&far, 1, 1, 1, (1ll << 47) + 1) != random_value(&far, 1, 1, 1, 1), "elements above 2^32");
  Distribution known = distribution_make(DISTRIBUTION_NORMAL, 0, 1);
  CHECK(random_value(&known, 1, 2, 3, 4) == 0x1.9dee7f21a6169p-6, "the numbers of earlier versions");
  known = distribution_make(DISTRIBUTION_GAMMA, 2.5, 1);
  CHECK(random_value(&known, 1, 2, 3, 4) == 0x1.1a1ee67113248p+1, "the numbers of earlier versions");
}

static void test_clamp_and_errors(void) {
  Distribution d = { DISTRIBUTION_NORMAL, 0, 1, -0.5, 0.25 };
  random_fill(&d, 1, 2, 3, 0, x, N);
  int low = 0, high = 0;
  for (int i = 0; i < N; i++) {
    low += x[i] == -0.5;
    high += x[i] == 0.25;
    CHECK(x[i] >= -0.5 && x[i] <= 0.25, "%g", x[i]);
  }
  CHECK(fabs(low / (double)N - 0.30854) < 0.005 && fabs(high / (double)N - 0.40129) < 0.005, "clamped, not drawn again: %d %d", low, high);
  struct {
    DistributionKind kind;
    double a, b;
    const char *text;
  } bad[] = { { DISTRIBUTION_UNIFORM, 2, 1, "Uniform: the lower end" },
              { DISTRIBUTION_DISCRETE_UNIFORM, 0.5, 1, "whole" },
              { DISTRIBUTION_DISCRETE_UNIFORM, 3, 1, "lower end" },
              { DISTRIBUTION_NORMAL, 0, -1, "Normal: sigma must be >= 0, got -1" },
              { DISTRIBUTION_LOGNORMAL, 0, -1, "LogNormal: sigma" },
              { DISTRIBUTION_EXPONENTIAL, 0, 0, "rate must be > 0" },
              { DISTRIBUTION_GAMMA, 0, 1, "shape" },
              { DISTRIBUTION_GAMMA, 1, 0, "scale" },
              { DISTRIBUTION_BINOMIAL, 1.5, 0.5, "whole" },
              { DISTRIBUTION_BINOMIAL, 2, 1.2, "0..1, got 1.2" },
              { DISTRIBUTION_BINOMIAL, -1, 0.5, "whole number >= 0" },
              { DISTRIBUTION_POISSON, -1, 0, "0 .. 1e15, got -1" },
              { DISTRIBUTION_POISSON, 1e16, 0, "0 .. 1e15, got 1e+16" },
              { DISTRIBUTION_NORMAL, NAN, 1, "finite" },
              { DISTRIBUTION_UNIFORM, 0, INFINITY, "finite" } };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    Error e = { "" };
    d = distribution_make(bad[i].kind, bad[i].a, bad[i].b);
    CHECK(!distribution_check(&d, &e), "%s(%g, %g) accepted", distribution_name(d.kind), d.a, d.b);
    CHECK_ERROR(e, bad[i].text);
  }
  Error e = { "" };
  d = (Distribution){ DISTRIBUTION_UNIFORM, 0, 1, 2, 1 };
  CHECK(!distribution_check(&d, &e), "min above max accepted");
}

static void test_choose(void) {
  enum { M = 12, TRIES = 60000 };
  for (int k = 0; k <= M; k += 3) {
    int count[M] = { 0 }, pairs = 0;
    uint64_t bits[8] = { 0 };
    for (int t = 0; t < TRIES; t++) {
      RandomSequence s = random_sequence(random_key(5), 1, 2, (uint32_t)t);
      int32_t out[M];
      random_choose(&s, M, k, bits, out);
      bool zero = false, one = false;
      for (int i = 0; i < k; i++) {
        CHECK(out[i] >= 0 && out[i] < M && (i == 0 || out[i] > out[i - 1]), "ascending");
        count[out[i]]++;
        zero |= out[i] == 2;
        one |= out[i] == 11;
      }
      pairs += zero && one;
    }
    for (int i = 0; i < M; i++)
      CHECK(fabs(count[i] - TRIES * k / (double)M) <= 5 * sqrt(TRIES * (k / (double)M) * (1 - k / (double)M)),
            "k %d: %d was chosen %d times", k, i, count[i]);
    double p = k * (k - 1) / (double)(M * (M - 1));
    CHECK(fabs(pairs - TRIES * p) <= 5 * sqrt(TRIES * p * (1 - p)), "k %d: %d pairs", k, pairs);
    for (int i = 0; i < 8; i++)
      CHECK(bits[i] == 0, "scratch is left clean");
  }
  RandomSequence s = random_sequence(random_key(1), 1, 1, 1);
  for (int i = 0; i < 100; i++)
    CHECK(random_next_below(&s, 1) == 0, "below 1");
}

int main(void) {
  test_blocks();
  test_continuous();
  test_whole();
  test_pure();
  test_clamp_and_errors();
  test_choose();
  return check_done();
}
