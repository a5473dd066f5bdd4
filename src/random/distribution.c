/* Distributions of random.h: one value per element. Where a value needs one uniform, a tile of sixteen blocks gives 32 elements; where
** it needs an unknown number (rejection), every element has blocks of its own. */
#include <math.h>
#include <string.h>

#include "base/clones.h"
#include "base/parallel.h"
#include "random/random.h"
#include "kernel/prelude_math.h"
#include "kernel/prelude_random.h"

static const char *const NAMES[] = { "constant",    "Uniform", "DiscreteUniform", "Normal", "LogNormal",
                                     "Exponential", "Gamma",   "Binomial",        "Poisson" };

const char *distribution_name(DistributionKind kind) { return NAMES[kind]; }

Distribution distribution_make(DistributionKind kind, double a, double b) {
  return (Distribution){ .kind = kind, .a = a, .b = b, .low = -INFINITY, .high = INFINITY };
}

static bool is_whole(double x) { return fabs(x) <= 0x1p53 && x == trunc(x); }

static bool check_parameters(const Distribution *d, Error *e) {
  const char *name = distribution_name(d->kind);
  double a = d->a, b = d->b;
  switch (d->kind) {
  case DISTRIBUTION_CONSTANT: return true;
  case DISTRIBUTION_UNIFORM: return a <= b || error_set(e, "%s: the lower end must not lie above the upper end, got %g and %g", name, a, b);
  case DISTRIBUTION_DISCRETE_UNIFORM:
    if (!is_whole(a) || !is_whole(b))
      return error_set(e, "%s: both ends must be whole numbers, got %g and %g", name, a, b);
    return a <= b || error_set(e, "%s: the lower end must not lie above the upper end, got %g and %g", name, a, b);
  case DISTRIBUTION_NORMAL:
  case DISTRIBUTION_LOGNORMAL: return b >= 0 || error_set(e, "%s: sigma must be >= 0, got %g", name, b);
  case DISTRIBUTION_EXPONENTIAL: return a > 0 || error_set(e, "%s: the rate must be > 0, got %g", name, a);
  case DISTRIBUTION_GAMMA:
    if (!(a > 0))
      return error_set(e, "%s: the shape must be > 0, got %g", name, a);
    return b > 0 || error_set(e, "%s: the scale must be > 0, got %g", name, b);
  case DISTRIBUTION_BINOMIAL:
    if (!is_whole(a) || a < 0)
      return error_set(e, "%s: the number of trials must be a whole number >= 0, got %g", name, a);
    return (b >= 0 && b <= 1) || error_set(e, "%s: the probability must lie in 0..1, got %g", name, b);
  case DISTRIBUTION_POISSON: return (a >= 0 && a < 1e15) || error_set(e, "%s: the mean must lie in 0 .. 1e15, got %g", name, a);
  }
  return error_set(e, "unknown distribution %d", (int)d->kind);
}

bool distribution_check(const Distribution *d, Error *e) {
  if (d->kind > DISTRIBUTION_POISSON)
    return error_set(e, "unknown distribution %d", (int)d->kind);
  if (!isfinite(d->a) || !isfinite(d->b))
    return error_set(e, "%s: parameters must be finite, got %g and %g", distribution_name(d->kind), d->a, d->b);
  if (!(d->low <= d->high))
    return error_set(e, "%s: min must not lie above max, got %g and %g", distribution_name(d->kind), d->low, d->high);
  return check_parameters(d, e);
}

/* ---- one uniform, one value -------------------------------------------------------------------------------------- */

static inline __attribute__((always_inline)) double ratio(const double num[8], const double den[8], double r) {
  double p = num[7], q = den[7];
#pragma GCC unroll 7
  for (int i = 6; i >= 0; i--) {
    p = p * r + num[i];
    q = q * r + den[i];
  }
  return p / q;
}

/* Quantiles of N(0,1): Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37 (1988) 477-484; relative error 1e-16. One ratio of polynomials holds in the
** middle, one for sqrt(-log u) in the tails, and one far out. */
static const double MIDDLE_P[8] = {
  3.3871328727963666080e0,  1.3314166789178437745e+2, 1.9715909503065514427e+3, 1.3731693765509461125e+4,
  4.5921953931549871457e+4, 6.7265770927008700853e+4, 3.3430575583588128105e+4, 2.5090809287301226727e+3
};
static const double MIDDLE_Q[8] = { 1,
                                    4.2313330701600911252e+1,
                                    6.8718700749205790830e+2,
                                    5.3941960214247511077e+3,
                                    2.1213794301586595867e+4,
                                    3.9307895800092710610e+4,
                                    2.8729085735721942674e+4,
                                    5.2264952788528545610e+3 };
static const double TAIL_P[8] = {
  1.42343711074968357734e0, 4.63033784615654529590e0,  5.76949722146069140550e0,  3.64784832476320460504e0,
  1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4
};
static const double TAIL_Q[8] = { 1,
                                  2.05319162663775882187e0,
                                  1.67638483018380384940e0,
                                  6.89767334985100004550e-1,
                                  1.48103976427480074590e-1,
                                  1.51986665636164571966e-2,
                                  5.47593808499534494600e-4,
                                  1.05075007164441684324e-9 };
static const double FAR_P[8] = {
  6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,  2.96560571828504891230e-1,
  2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7
};
static const double FAR_Q[8] = { 1,
                                 5.99832206555887937690e-1,
                                 1.36929880922735805310e-1,
                                 1.48753612908506148525e-2,
                                 7.86869131145613259100e-4,
                                 1.84631831751005468180e-5,
                                 1.42151175831644588870e-7,
                                 2.04426310338993978564e-15 };
enum { PER_TILE = 2 * RANDOM_TILE, TILES = 16, CHUNK = TILES * PER_TILE };

CLONES static void quantiles_of_middle(const double *restrict u, double *restrict x, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; i++) {
    const double q = u[i] - 0.5;
    x[i] = q * ratio(MIDDLE_P, MIDDLE_Q, 0.180625 - q * q);
  }
}

/* The distance from the end of (0,1) becomes that from the middle of the distribution; `r` is scratch. */
CLONES static void quantiles_of_tail(double *restrict x, double *restrict r, int64_t n) {
#pragma omp simd
  for (int64_t k = 0; k < n; k++)
    r[k] = sqrt(-lp_log64(x[k]));
#pragma omp simd
  for (int64_t k = 0; k < n; k++)
    x[k] = ratio(TAIL_P, TAIL_Q, r[k] - 1.6);
  for (int64_t k = 0; k < n; k++)
    if (r[k] > 5)
      x[k] = ratio(FAR_P, FAR_Q, r[k] - 5);
}

/* Where in u the numbers of the tails are, and how far they are from the end of (0,1) that is nearer. Whether a number is one of them is chance: nothing branches. */
static int gather_tails(const double *restrict u, int *restrict at, double *restrict tail, int n) {
  int n_tail = 0;
  for (int i = 0; i < n; i++) {
    const double from_middle = fabs(u[i] - 0.5);
    at[n_tail] = i;
    tail[n_tail] = 0.5 - from_middle;
    n_tail += from_middle > 0.425;
  }
  return n_tail;
}

/* Of at most CHUNK numbers. The few in the tails are put side by side, so that all of them go through the same operations. */
static void normal_quantiles(const double *restrict u, double *restrict x, int64_t n) {
  double tail[CHUNK], scratch[CHUNK];
  int at[CHUNK];
  quantiles_of_middle(u, x, n);
  const int n_tail = gather_tails(u, at, tail, (int)n);
  quantiles_of_tail(tail, scratch, n_tail);
  for (int k = 0; k < n_tail; k++)
    x[at[k]] = copysign(tail[k], u[at[k]] - 0.5);
}

static double normal_quantile(double u) {
  double x;
  normal_quantiles(&u, &x, 1);
  return x;
}

/* Whole numbers low .. high. Spans are below 2^54, so u's 52 bits cannot reach every number of the widest, but are fair to one part in 10^7 up to 2^28. */
static inline __attribute__((always_inline)) double discrete(double low, double high, double u) {
  double x = low + floor(u * (high - low + 1));
  return x > high ? high : x;
}

static double clamp(double low, double high, double x) { return x < low ? low : x > high ? high : x; }

/* The values of at most CHUNK uniforms, or of numbers that are normal already. A loop for each kind: all are vectorised. */
#define EACH(value)                                                                                                                        \
  _Pragma("omp simd") for (int64_t i = 0; i < n; i++) {                                                                                    \
    const double z = u[i];                                                                                                                 \
    out[i] = clamp(low, high, value);                                                                                                      \
  }                                                                                                                                        \
  break
CLONES static void transform(DistributionKind kind, double a, double b, double low, double high, const double *u, double *out, int64_t n) {
  switch (kind) {
  case DISTRIBUTION_DISCRETE_UNIFORM: EACH(discrete(a, b, z));
  case DISTRIBUTION_NORMAL: EACH(a + b * z);
  case DISTRIBUTION_LOGNORMAL: EACH(lp_exp64(a + b * z));
  case DISTRIBUTION_EXPONENTIAL: EACH(-lp_log64(z) / a);
  default: EACH(a + (b - a) * z);
  }
}
#undef EACH

static void from_uniforms(const Distribution *d, double *restrict u, double *restrict out, int64_t n) {
  const bool is_normal = d->kind == DISTRIBUTION_NORMAL || d->kind == DISTRIBUTION_LOGNORMAL;
  if (is_normal)
    normal_quantiles(u, out, n);
  transform(d->kind, d->a, d->b, d->low, d->high, is_normal ? out : u, out, n);
}

/* ---- rejection --------------------------------------------------------------------------------------------------- */

/* The element's own uniforms, two a round. */
typedef struct {
  RandomKey key;
  uint32_t object, stream;
} Draw;

static void two_uniforms(const Draw *w, int64_t element, uint32_t round, double u[2]) {
  uint32_t word[4];
  random_block(w->key, w->object, w->stream, (uint64_t)element, round, word);
  for (int i = 0; i < 2; i++)
    u[i] = lp_open64(word[2 * i], word[2 * i + 1]);
}

enum { LAST_ROUND = 0xFFFF }; /* rejection gives up here: never seen, the chance is below 1e-1000 */

/* Marsaglia & Tsang, "A simple method for generating gamma variables", ACM TOMS 26 (2000) 363-372. Below shape 1: Gamma(a+1) U^(1/a). */
static double gamma_value(const Draw *w, int64_t element, double shape) {
  double boost = 1, u[2];
  if (shape < 1) {
    two_uniforms(w, element, LAST_ROUND, u);
    boost = lp_exp64(lp_log64(u[0]) / shape);
    shape += 1;
  }
  double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
  for (uint32_t round = 0; round < LAST_ROUND; round++) {
    two_uniforms(w, element, round, u);
    double x = normal_quantile(u[0]), v = 1 + c * x;
    if (v <= 0)
      continue;
    v = v * v * v;
    if (lp_log64(u[1]) < 0.5 * x * x + d - d * v + d * lp_log64(v))
      return boost * d * v;
  }
  return boost * d;
}

/* Walk up the probabilities: for n p < 10. */
static double binomial_walk(double n, double p, double u) {
  double odds = p / (1 - p), f = lp_exp64(n * lp_log1p64(-p)), k = 0;
  while (u > f && k < n) {
    u -= f;
    k += 1;
    f *= (n - k + 1) / k * odds;
    if (f < 1e-300)
      break;
  }
  return k;
}

/* BTRS of Hormann, "The generation of binomial random variates", J. Stat. Comput. Simul. 46 (1993) 101-110: for n p >= 10, p <= 1/2. */
static double binomial_reject(const Draw *w, int64_t element, double n, double p) {
  double spread = sqrt(n * p * (1 - p)), b = 1.15 + 2.53 * spread, a = -0.0873 + 0.0248 * b + 0.01 * p, centre = n * p + 0.5;
  double sure = 0.92 - 4.2 / b, odds = p / (1 - p), alpha = (2.83 + 5.1 / b) * spread, mode = floor((n + 1) * p);
  for (uint32_t round = 0; round < LAST_ROUND; round++) {
    double u[2];
    two_uniforms(w, element, round, u);
    double x = u[0] - 0.5, v = u[1], edge = 0.5 - fabs(x), k = floor((2 * a / edge + b) * x + centre);
    if (edge >= 0.07 && v <= sure)
      return k;
    if (k < 0 || k > n)
      continue;
    v = lp_log64(v * alpha / (a / (edge * edge) + b));
    double bound = (mode + 0.5) * lp_log64((mode + 1) / (odds * (n - mode + 1))) + (n + 1) * lp_log64((n - mode + 1) / (n - k + 1)) +
                   (k + 0.5) * lp_log64(odds * (n - k + 1) / (k + 1)) + lp_stirling_rest(mode) + lp_stirling_rest(n - mode) -
                   lp_stirling_rest(k) - lp_stirling_rest(n - k);
    if (v <= bound)
      return k;
  }
  return mode;
}

static double binomial_value(const Draw *w, int64_t element, double n, double p) {
  bool is_mirrored = p > 0.5;
  if (is_mirrored)
    p = 1 - p;
  double k = 0, u[2];
  if (p > 0 && n * p >= 10) {
    k = binomial_reject(w, element, n, p);
  } else if (p > 0) {
    two_uniforms(w, element, 0, u);
    k = binomial_walk(n, p, u[0]);
  }
  return is_mirrored ? n - k : k;
}

/* As lp_poisson64, with two uniforms for each element and round. */
static double poisson_value(const Draw *w, int64_t element, double mean) {
  double u[2];
  for (uint32_t round = 0; round < LAST_ROUND; round++) {
    two_uniforms(w, element, round, u);
    double k = mean < LP_POISSON_WALK ? lp_poisson_walk(mean, u[0]) : lp_poisson_try(mean, u[0], u[1]);
    if (k >= 0)
      return k;
  }
  return floor(mean);
}

/* The value of an element that takes an unknown number of uniforms. */
static double drawn_value(const Distribution *d, const Draw *w, int64_t element) {
  switch (d->kind) {
  case DISTRIBUTION_GAMMA: return d->b * gamma_value(w, element, d->a);
  case DISTRIBUTION_POISSON: return poisson_value(w, element, d->a);
  default: return binomial_value(w, element, d->a, d->b);
  }
}

/* ---- filling ----------------------------------------------------------------------------------------------------- */

enum { PARALLEL_FROM = 1 << 16, CHUNKS_A_PART = 8 };

/* Elements first .. first+n-1, all within one chunk of CHUNK elements. */
static void fill_chunk(const Distribution *d, const Draw *w, int64_t first, double *out, int64_t n) {
  if (d->kind >= DISTRIBUTION_GAMMA) {
    for (int64_t i = 0; i < n; i++)
      out[i] = clamp(d->low, d->high, drawn_value(d, w, first + i));
    return;
  }
  double u[CHUNK];
  int64_t tile = first / PER_TILE, last = (first + n - 1) / PER_TILE;
  random_uniforms(w->key, w->object, w->stream, (uint64_t)tile * RANDOM_TILE, last - tile + 1, u);
  from_uniforms(d, u + (first - tile * PER_TILE), out, n);
}

/* Chunks are counted from element 0. */
typedef struct Each {
  const Distribution *d;
  Draw w;
  int64_t first, n;
  RandomTake *take;
  void *context;
} Each;

static void each_chunk(void *context, int64_t from, int64_t to) {
  const Each *f = context;
  double values[CHUNK];
  for (int64_t c = f->first / CHUNK + from; c < f->first / CHUNK + to; c++) {
    int64_t first = c * CHUNK > f->first ? c * CHUNK : f->first,
            last = (c + 1) * CHUNK < f->first + f->n ? (c + 1) * CHUNK : f->first + f->n;
    if (f->d->kind == DISTRIBUTION_CONSTANT)
      for (int64_t i = 0; i < last - first; i++)
        values[i] = clamp(f->d->low, f->d->high, f->d->a);
    else
      fill_chunk(f->d, &f->w, first, values, last - first);
    f->take(f->context, first - f->first, values, last - first);
  }
}

void random_each(const Distribution *d, uint64_t seed, uint32_t object, uint32_t stream, int64_t first, int64_t n, RandomTake *take,
                 void *context) {
  if (n <= 0)
    return;
  Each f = { d, { random_key(seed), object, stream }, first, n, take, context };
  parallel_ranges(n >= PARALLEL_FROM ? parallel_processors() : 1, (first + n - 1) / CHUNK - first / CHUNK + 1, CHUNKS_A_PART, each_chunk,
                  &f);
}

static void take_all(void *context, int64_t first, const double *values, int64_t n) {
  memcpy((double *)context + first, values, (size_t)n * sizeof *values);
}

void random_fill(const Distribution *d, uint64_t seed, uint32_t object, uint32_t stream, int64_t first, double *out, int64_t n) {
  random_each(d, seed, object, stream, first, n, take_all, out);
}

double random_value(const Distribution *d, uint64_t seed, uint32_t object, uint32_t stream, int64_t element) {
  double x;
  random_fill(d, seed, object, stream, element, &x, 1);
  return x;
}
