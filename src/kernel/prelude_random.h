/* Random numbers as a pure function of (seed, object, draw site, element, step): nothing to store, the same under any schedule.
**
** Philox4x32-10 (Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011). (seed, object, site) give a 64-bit key
** once per call; (element, try, step) is the counter. Uniform and normal numbers are branch-free and vectorise; gamma, Poisson and binomial loop.
** For many elements in a row kernel/draws.h gives the same numbers faster. */
#ifndef LUNAPSE_KERNEL_PRELUDE_RANDOM_H
#define LUNAPSE_KERNEL_PRELUDE_RANDOM_H

/*@ LpWords */
typedef struct { uint64_t a, b, c, d; } LpWords;   /* four 32-bit words */

/*@ LP_WORD */
/* 32-bit words in 64-bit lanes, beside doubles: that is what vectorises best. c1 and c3 may carry bits above the word. */
#define LP_WORD 0xffffffffu
/*@ LP_ROUND: LP_WORD */
#define LP_ROUND { const uint64_t p = c0 * 0xD2511F53u, q = c2 * 0xCD9E8D57u; \
    c0 = ((q >> 32) ^ c1 ^ k0) & LP_WORD; c1 = q; c2 = ((p >> 32) ^ c3 ^ k1) & LP_WORD; c3 = p; \
    k0 = k0 + 0x9E3779B9u; k1 = k1 + 0xBB67AE85u; }
/*@ lp_philox: LpWords LP_ROUND LP_WORD */
LP_FUNCTION LpWords lp_philox(uint64_t c0, uint64_t c1, uint64_t c2, uint64_t c3, uint64_t k0, uint64_t k1) {
  LP_ROUND LP_ROUND LP_ROUND LP_ROUND LP_ROUND LP_ROUND LP_ROUND LP_ROUND LP_ROUND LP_ROUND
  return (LpWords){ c0, c1 & LP_WORD, c2, c3 & LP_WORD };
}

/*@ lp_stream: LpWords lp_philox LP_WORD */
/* The key of a draw site. */
LP_FUNCTION uint64_t lp_stream(uint64_t seed, uint32_t object, uint32_t site) {
  const LpWords r = lp_philox(object, site, 0x4c756e61u, 0, seed & LP_WORD, seed >> 32);
  return r.a | r.b << 32;
}
/*@ lp_words: LpWords lp_philox LP_WORD */
/* Four words for an element (below 2^48) at a step; `tries` counts the numbers that a loop has used up (below 2^16). */
LP_FUNCTION LpWords lp_words(uint64_t key, int64_t element, int64_t step, uint32_t tries) {
  const uint64_t e = (uint64_t)element, s = (uint64_t)step;
  return lp_philox(e & LP_WORD, (e >> 32) ^ (uint64_t)tries << 16, s & LP_WORD, s >> 32, key & LP_WORD, key >> 32);
}
/*@ lp_open64: lp_double */
/* An odd multiple of 2^-53 (2^-24), so neither 0 nor 1: the mantissa bits of a number in [1, 2), less the last bit below 1. */
LP_FUNCTION double lp_open64(uint64_t low, uint64_t high) {
  return lp_double((high << 20 | low >> 12) | 0x3ff0000000000000u) - 0x1.fffffffffffffp-1;
}
/*@ lp_open32: lp_float */
LP_FUNCTION float lp_open32(uint64_t word) { return lp_float((uint32_t)(word >> 9) | 0x3f800000u) - 0x1.fffffep-1f; }

/*@ lp_uniform64: LpWords lp_words lp_open64 */
LP_FUNCTION double lp_uniform64(uint64_t key, int64_t element, int64_t step) {
  const LpWords r = lp_words(key, element, step, 0);
  return lp_open64(r.a, r.b);
}
/*@ lp_uniform32: lp_open32 lp_words */
LP_FUNCTION float lp_uniform32(uint64_t key, int64_t element, int64_t step) { return lp_open32(lp_words(key, element, step, 0).a); }

/*@ lp_normal_of64: lp_sqrt64 lp_log64 lp_cos_turn */
/* Box & Muller (1958). */
LP_FUNCTION double lp_normal_of64(double u, double v) { return lp_sqrt64(-2.0 * lp_log64(u)) * lp_cos_turn(v); }
/*@ lp_normal_of32: lp_sqrt32 lp_log32 lp_cos_turn */
LP_FUNCTION float lp_normal_of32(float u, float v) { return lp_sqrt32(-2.0f * lp_log32(u)) * (float)lp_cos_turn((double)v); }
/*@ lp_normal_from: LpWords lp_normal_of64 lp_open64 */
LP_FUNCTION double lp_normal_from(LpWords r) { return lp_normal_of64(lp_open64(r.a, r.b), lp_open64(r.c, r.d)); }
/*@ lp_normal64: lp_normal_from lp_words */
LP_FUNCTION double lp_normal64(uint64_t key, int64_t element, int64_t step) { return lp_normal_from(lp_words(key, element, step, 0)); }
/*@ lp_normal32: LpWords lp_words lp_normal_of32 lp_open32 */
LP_FUNCTION float lp_normal32(uint64_t key, int64_t element, int64_t step) {
  const LpWords r = lp_words(key, element, step, 0);
  return lp_normal_of32(lp_open32(r.a), lp_open32(r.b));
}

/*@ lp_gamma64: LP_INF LP_NAN lp_sqrt64 LpWords lp_words lp_normal_from lp_open64 lp_log64 lp_pow64 */
/* Gamma(shape, 1): Marsaglia & Tsang (2000); a shape below 1 by Gamma(shape + 1) U^(1/shape). NaN for a shape that is not positive. */
static inline __attribute__((unused)) double lp_gamma64(uint64_t key, int64_t element, int64_t step, double shape) {
  if (!(shape > 0) || shape == LP_INF)
    return shape == LP_INF ? LP_INF : LP_NAN;
  const double d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3, c = 1 / lp_sqrt64(9 * d);
  for (uint32_t tries = 0; tries < 40000; tries += 2) {
    const LpWords a = lp_words(key, element, step, tries), b = lp_words(key, element, step, tries + 1);
    const double x = lp_normal_from(a), u = lp_open64(b.a, b.b), v = 1 + c * x;
    if (v > 0 && lp_log64(u) < 0.5 * x * x + d - d * (v * v * v) + d * lp_log64(v * v * v))
      return d * (v * v * v) * (shape < 1 ? lp_pow64(lp_open64(b.c, b.d), 1 / shape) : 1);
  }
  return d;
}
/*@ lp_gamma32: lp_gamma64 */
static inline __attribute__((unused)) float lp_gamma32(uint64_t key, int64_t element, int64_t step, float shape) {
  return (float)lp_gamma64(key, element, step, (double)shape);
}

/*@ lp_stirling_rest */
/* log k! less Stirling's formula. */
LP_FUNCTION double lp_stirling_rest(double k) {
  static const double small[] = { 0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211,
                                  0.0138761288230707, 0.0118967099458917, 0.0104112652619720, 0.00925546218271273, 0.00833056343336287 };
  const double n = k + 1, nn = n * n;
  return k < 10 ? small[(int)k] : (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / nn) / nn) / n;
}
/*@ lp_poisson_walk: lp_exp64 */
/* Poisson(mean) below a mean of LP_POISSON_WALK: how many partial sums of the probabilities lie below u. What is left when a probability is below
** LP_POISSON_END is less than the distance of two numbers u. */
#define LP_POISSON_WALK 32.0
#define LP_POISSON_END 0x1p-60
#define LP_POISSON_MOST 128 /* more partial sums than any mean has */
static inline __attribute__((unused)) double lp_poisson_walk(double mean, double u) {
  double f = lp_exp64(-mean), c = f, k = 0;
  while (u > c && f > LP_POISSON_END) {
    k += 1;
    f *= mean * (1.0 / k);
    c += f;
  }
  return k;
}
/*@ lp_poisson_try: lp_sqrt64 lp_abs64 lp_floor64 lp_log64 lp_stirling_rest lp_log1p64 */
/* One try of PTRS (Hoermann, "The transformed rejection method for generating Poisson random variables", 1993), for a mean of 10 and more: the number, or
** -1 where it is rejected. The probability of k is taken by its distance from the mean (Loader 2000), which keeps its digits for any mean. */
static inline __attribute__((unused)) double lp_poisson_try(double mean, double u, double v) {
  const double b = 0.931 + 2.53 * lp_sqrt64(mean), a = -0.059 + 0.02483 * b, x = u - 0.5, edge = 0.5 - lp_abs64(x);
  const double k = lp_floor64((2 * a / edge + b) * x + mean + 0.43);
  if (edge >= 0.07 && v <= 0.9277 - 3.6224 / (b - 2))
    return k;
  if (k < 0 || (edge < 0.013 && v > edge))
    return -1;
  const double n = k + 1, d = (mean - n) / n, high = v * (1.1239 + 1.1328 / (b - 3.4)) / (a / (edge * edge) + b);
  const double p = 0.5 * lp_log64(n) - lp_log64(mean) - 0.91893853320467274178 - lp_stirling_rest(k) - n * (d - lp_log1p64(d));
  return lp_log64(high) <= p ? k : -1;
}
/*@ lp_one_of: LpWords */
LP_FUNCTION uint64_t lp_one_of(LpWords r, int64_t element) {
  return element & 2 ? (element & 1 ? r.d : r.c) : (element & 1 ? r.b : r.a);
}
/*@ lp_eighth_of: LpWords */
LP_FUNCTION uint64_t lp_eighth_of(LpWords r, int64_t element) {
  const uint64_t word = element & 4 ? (element & 2 ? r.d : r.c) : (element & 2 ? r.b : r.a);
  return element & 1 ? word >> 16 : word & 0xffffu;
}
/*@ lp_joined: lp_open64 LP_WORD */
/* The middle of the 2^-48 that 16 upper and 32 lower bits name. */
LP_FUNCTION double lp_joined(uint64_t upper, uint64_t lower) {
  return lp_open64((lower << 16 & LP_WORD) | 0x8000u, upper << 16 | lower >> 16);
}
/*@ lp_poisson64: LP_NAN LpWords lp_words lp_one_of lp_eighth_of lp_joined lp_poisson_walk lp_open64 lp_poisson_try lp_floor64 */
/* Poisson(mean): eight elements share a block, which has the 16 upper bits of their numbers. These decide nearly always; the lower ones are in other blocks.
** NaN for a mean that is negative, or from 1e15 on. */
#define LP_POISSON_LOWER 0xffffu
static inline __attribute__((unused)) double lp_poisson64(uint64_t key, int64_t element, int64_t step, double mean) {
  if (!(mean >= 0) || !(mean < 1e15))
    return LP_NAN;
  if (mean < LP_POISSON_WALK) {
    const LpWords upper = lp_words(key, element >> 3, step, 0), lower = lp_words(key, element >> 2, step, LP_POISSON_LOWER);
    return lp_poisson_walk(mean, lp_joined(lp_eighth_of(upper, element), lp_one_of(lower, element)));
  }
  for (uint32_t tries = 1; tries < 40000; tries++) {
    const LpWords r = lp_words(key, element, step, tries);
    const double k = lp_poisson_try(mean, lp_open64(r.a, r.b), lp_open64(r.c, r.d));
    if (k >= 0)
      return k;
  }
  return lp_floor64(mean);
}
/*@ lp_poisson32: lp_poisson64 */
static inline __attribute__((unused)) float lp_poisson32(uint64_t key, int64_t element, int64_t step, float mean) {
  return (float)lp_poisson64(key, element, step, (double)mean);
}

/*@ lp_binomial64: lp_round64 LP_NAN lp_exp64 lp_log1p64 LpWords lp_words lp_open64 lp_sqrt64 lp_floor64 lp_abs64 lp_log64 lp_stirling_rest */
/* Binomial(n, p): inversion below a mean of 10, else BTRS (Hoermann 1993). n is rounded; NaN for n < 0 or p outside 0..1. */
#define LP_BINOMIAL_END 200
static inline __attribute__((unused)) double lp_binomial64(uint64_t key, int64_t element, int64_t step, double wanted, double chance) {
  const double n = lp_round64(wanted);
  if (!(n >= 0) || !(n < 1e15) || !(chance >= 0) || !(chance <= 1))
    return LP_NAN;
  const double p = chance > 0.5 ? 1 - chance : chance, q = 1 - p, mean = n * p;
  double k = 0;
  if (mean < 10) {
    const double none = lp_exp64(n * lp_log1p64(-p));
    for (uint32_t tries = 0; tries < 40000; tries++) {
      const LpWords r = lp_words(key, element, step, tries);
      double u = lp_open64(r.a, r.b), f = none;
      for (k = 0; u > f && k < LP_BINOMIAL_END && k < n; k++) {
        u -= f;
        f *= (n - k) / (k + 1) * (p / q);
      }
      if (k < LP_BINOMIAL_END)
        break;
    }
  } else {
    const double deviation = lp_sqrt64(mean * q), b = 1.15 + 2.53 * deviation, a = -0.0873 + 0.0248 * b + 0.01 * p, c = mean + 0.5;
    const double v_r = 0.92 - 4.2 / b, alpha = (2.83 + 5.1 / b) * deviation, m = lp_floor64((n + 1) * p), odds = p / q;
    for (uint32_t tries = 0; tries < 40000; tries++) {
      const LpWords r = lp_words(key, element, step, tries);
      const double u = lp_open64(r.a, r.b) - 0.5, v = lp_open64(r.c, r.d), us = 0.5 - lp_abs64(u);
      k = lp_floor64((2 * a / us + b) * u + c);
      if (us >= 0.07 && v <= v_r)
        break;
      if (k < 0 || k > n)
        continue;
      if (lp_log64(v * alpha / (a / (us * us) + b)) <=
          (m + 0.5) * lp_log64((m + 1) / (odds * (n - m + 1))) + (n + 1) * lp_log64((n - m + 1) / (n - k + 1)) +
          (k + 0.5) * lp_log64(odds * (n - k + 1) / (k + 1)) +
          (((lp_stirling_rest(m) + lp_stirling_rest(n - m)) - lp_stirling_rest(k)) - lp_stirling_rest(n - k)))
        break;
    }
  }
  return chance > 0.5 ? n - k : k;
}
/*@ lp_binomial32: lp_binomial64 */
static inline __attribute__((unused)) float lp_binomial32(uint64_t key, int64_t element, int64_t step, float n, float p) {
  return (float)lp_binomial64(key, element, step, (double)n, (double)p);
}

#endif
