/* Random numbers for a block of elements, for the instruction set that the including file is compiled for (VM_SUFFIX names it). Included by draws_v2.c, draws_v3.c and draws_v4.c.
**
** Every function does for each element the operations of its namesake in prelude_random.h, in their order: the loops run over elements, and a loop that
** is over for some elements goes on without changing their numbers. Philox is written with vectors, because a product of two 32-bit words costs one
** instruction that compilers do not find. */
#if defined __GNUC__ && !defined __clang__
#pragma GCC optimize("O3", "no-trapping-math") /* the loops are worth it whatever the rest of the program is built with */
#endif
#include <stdbool.h>
#include <string.h>

#include "kernel/draws.h"
#include "kernel/prelude_math.h"
#include "kernel/prelude_random.h"
#include "kernel/vm_vector.h"

#if defined __x86_64__
#include <immintrin.h>
#endif
#if defined __AVX512F__
#define DRAW_LANES 8
#define DRAW_MULTIPLY(a, b) ((DrawWords)_mm512_mul_epu32((__m512i)(a), (__m512i)(b)))
#define DRAW_ANY(mask) (_mm512_test_epi64_mask((__m512i)(mask), (__m512i)(mask)) != 0)
#elif defined __AVX2__
#define DRAW_LANES 4
#define DRAW_MULTIPLY(a, b) ((DrawWords)_mm256_mul_epu32((__m256i)(a), (__m256i)(b)))
#define DRAW_ANY(mask) (!_mm256_testz_si256((__m256i)(mask), (__m256i)(mask)))
#elif defined __x86_64__
#define DRAW_LANES 2
#define DRAW_MULTIPLY(a, b) ((DrawWords)_mm_mul_epu32((__m128i)(a), (__m128i)(b)))
#define DRAW_ANY(mask) (_mm_movemask_epi8((__m128i)(mask)) != 0)
#else
#define DRAW_LANES 2
#define DRAW_MULTIPLY(a, b) (((a)&LP_WORD) * (b))
#define DRAW_ANY(mask) (((mask)[0] | (mask)[1]) != 0)
#endif

enum { DRAW_BLOCK = DRAWS_MOST, DRAW_ROOM = DRAW_BLOCK + 16 * DRAW_LANES }; /* loops run over whole vectors, walks over several */
typedef uint64_t DrawWords __attribute__((vector_size(8 * DRAW_LANES)));
typedef int64_t DrawTruths __attribute__((vector_size(8 * DRAW_LANES)));
typedef uint16_t DrawQuarters __attribute__((vector_size(8 * DRAW_LANES)));
typedef double DrawReals __attribute__((vector_size(8 * DRAW_LANES)));
typedef uint64_t DrawWordsAt __attribute__((vector_size(8 * DRAW_LANES), aligned(8), may_alias));
typedef uint16_t DrawQuartersAt __attribute__((vector_size(8 * DRAW_LANES), aligned(2), may_alias));
typedef double DrawRealsAt __attribute__((vector_size(8 * DRAW_LANES), aligned(8), may_alias));

#define DRAW_INLINE static inline __attribute__((always_inline))

/* lp_words of elements first .. first+DRAW_LANES-1; every word's upper half may hold anything. */
DRAW_INLINE void draw_words(uint64_t key, int64_t first, int64_t step, uint32_t tries, DrawWords c[4]) {
  static const uint64_t lanes[8] = { 0, 1, 2, 3, 4, 5, 6, 7 };
  const DrawWords zero = { 0 }, m0 = zero + 0xD2511F53u, m1 = zero + 0xCD9E8D57u, element = *(const DrawWordsAt *)lanes + (uint64_t)first;
  DrawWords c0 = element, c1 = element >> 32 ^ (uint64_t)tries << 16, c2 = zero + (uint64_t)step, c3 = zero + ((uint64_t)step >> 32);
  uint64_t k0 = key, k1 = key >> 32;
  for (int round = 0; round < 10; round++) {
    const DrawWords p = DRAW_MULTIPLY(c0, m0), q = DRAW_MULTIPLY(c2, m1);
    c0 = (q >> 32) ^ c1 ^ k0;
    c2 = (p >> 32) ^ c3 ^ k1;
    c1 = q;
    c3 = p;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  c[0] = c0, c[1] = c1, c[2] = c2, c[3] = c3;
}

/* lp_open64. */
DRAW_INLINE DrawReals draw_open(DrawWords low, DrawWords high) {
  return (DrawReals)((high & LP_WORD) << 20 | (low & LP_WORD) >> 12 | 0x3ff0000000000000u) - 0x1.fffffffffffffp-1;
}

/* The first one or both numbers of each element's block. */
static void draw_opens(uint64_t key, int64_t first, int64_t n, int64_t step, double *u, double *v) {
  for (int64_t k = 0; k < n; k += DRAW_LANES) {
    DrawWords c[4];
    draw_words(key, first + k, step, 0, c);
    const DrawReals a = draw_open(c[0], c[1]);
    if (n - k >= DRAW_LANES)
      *(DrawRealsAt *)(u + k) = a;
    else
      memcpy(u + k, &a, sizeof *u * (size_t)(n - k));
    if (v == NULL)
      continue;
    const DrawReals b = draw_open(c[2], c[3]);
    if (n - k >= DRAW_LANES)
      *(DrawRealsAt *)(v + k) = b;
    else
      memcpy(v + k, &b, sizeof *v * (size_t)(n - k));
  }
}

/* The first two words of each element's block. */
static void draw_pairs(uint64_t key, int64_t first, int64_t n, int64_t step, uint64_t *a, uint64_t *b) {
  for (int64_t k = 0; k < n; k += DRAW_LANES) {
    DrawWords c[4];
    draw_words(key, first + k, step, 0, c);
    *(DrawWordsAt *)(a + k) = c[0] & LP_WORD;
    *(DrawWordsAt *)(b + k) = c[1] & LP_WORD;
  }
}

static void draw_uniform64(uint64_t key, int64_t first, int64_t n, int64_t step, double *out) {
  draw_opens(key, first, n, step, out, NULL);
}

static void draw_uniform32(uint64_t key, int64_t first, int64_t n, int64_t step, float *out) {
  uint64_t a[DRAW_ROOM], b[DRAW_ROOM];
  draw_pairs(key, first, n, step, a, b);
  VM_VECTOR for (int64_t k = 0; k < n; k++) out[k] = lp_open32(a[k]);
}

static void draw_normal64(uint64_t key, int64_t first, int64_t n, int64_t step, double *out) {
  double u[DRAW_ROOM], v[DRAW_ROOM];
  draw_opens(key, first, n, step, u, v);
  VM_VECTOR for (int64_t k = 0; k < n; k++) out[k] = lp_normal_of64(u[k], v[k]);
}

static void draw_normal32(uint64_t key, int64_t first, int64_t n, int64_t step, float *out) {
  uint64_t a[DRAW_ROOM], b[DRAW_ROOM];
  draw_pairs(key, first, n, step, a, b);
  VM_VECTOR for (int64_t k = 0; k < n; k++) out[k] = lp_normal_of32(lp_open32(a[k]), lp_open32(b[k]));
}

static void draw_gamma64(uint64_t key, int64_t first, int64_t n, int64_t step, const double *shape, double *out) {
  for (int64_t k = 0; k < n; k++)
    out[k] = lp_gamma64(key, first + k, step, shape[k]);
}

static void draw_gamma32(uint64_t key, int64_t first, int64_t n, int64_t step, const float *shape, float *out) {
  for (int64_t k = 0; k < n; k++)
    out[k] = lp_gamma32(key, first + k, step, shape[k]);
}

/* A word for each of n elements, of which four share a block: as 32-bit numbers, from the first of the first block on. `out` has room for four whole vectors more. */
static void draw_fours(uint64_t key, int64_t first_block, int64_t n, int64_t step, uint32_t tries, uint32_t *out) {
  for (int64_t k = 0; k < n; k += 4 * DRAW_LANES) {
    DrawWords c[4];
    draw_words(key, first_block + k / 4, step, tries, c);
    const DrawWords ab = (c[0] & LP_WORD) | c[1] << 32, cd = (c[2] & LP_WORD) | c[3] << 32;
    uint64_t at[2 * DRAW_LANES];
    for (int i = 0; i < DRAW_LANES; i++) {
      at[2 * i] = ab[i];
      at[2 * i + 1] = cd[i];
    }
    memcpy(out + k, at, sizeof at);
  }
}

/* 1 where `on`, else 0. */
DRAW_INLINE DrawReals draw_count(DrawTruths on) {
  const DrawReals one = (DrawReals){ 0 } + 1.0;
  return (DrawReals)((DrawWords)on & (DrawWords)one);
}

/* lp_poisson_walk of n means, n a multiple of 2 DRAW_LANES; f holds exp(-mean). */
static void draw_poisson_walks(int64_t n, const double *u, const double *mean, const double *f, double *x) {
  for (int64_t k = 0; k < n; k += 2 * DRAW_LANES) {
    const DrawReals u0 = *(const DrawRealsAt *)(u + k), u1 = *(const DrawRealsAt *)(u + k + DRAW_LANES);
    const DrawReals m0 = *(const DrawRealsAt *)(mean + k), m1 = *(const DrawRealsAt *)(mean + k + DRAW_LANES);
    DrawReals f0 = *(const DrawRealsAt *)(f + k), f1 = *(const DrawRealsAt *)(f + k + DRAW_LANES);
    DrawReals c0 = f0, c1 = f1, x0 = { 0 }, x1 = { 0 };
    for (double count = 1;; count++) {
      const DrawTruths on0 = (u0 > c0) & (f0 > LP_POISSON_END), on1 = (u1 > c1) & (f1 > LP_POISSON_END);
      if (!DRAW_ANY(on0 | on1))
        break;
      x0 += draw_count(on0);
      x1 += draw_count(on1);
      f0 *= m0 * (1.0 / count);
      f1 *= m1 * (1.0 / count);
      c0 += f0;
      c1 += f1;
    }
    *(DrawRealsAt *)(x + k) = x0;
    *(DrawRealsAt *)(x + k + DRAW_LANES) = x1;
  }
}

/* The next multiple of so many. */
DRAW_INLINE int64_t draw_whole(int64_t n, int64_t of) { return (n + of - 1) / of * of; }

/* The partial sums of the probabilities, as lp_poisson_walk adds them, in units of 2^-16 and cut to whole ones; how many are below 1. A number whose upper bits are
** above one of them is above the sum, and below it below; where they are the same only the lower bits tell. Behind the last one stands the largest number. */
typedef struct DrawSums {
  double mean;
  int n;
  int n_halvings; /* by which they are found among 2^n_halvings - 1 numbers, all others being the largest */
  uint16_t sum[LP_POISSON_MOST];
} DrawSums;

/* Of the same mean as in the last call, most often: block after block of a population. */
static const DrawSums *draw_poisson_sums(double mean) {
  static _Thread_local DrawSums last = { .mean = -1 };
  if (last.mean == mean)
    return &last;
  double f = lp_exp64(-mean), c = f;
  last.mean = mean;
  last.n = last.n_halvings = 0;
  memset(last.sum, 0xff, sizeof last.sum);
  for (double count = 1; f > LP_POISSON_END && c < 1 && last.n < LP_POISSON_MOST; count++) {
    last.sum[last.n++] = (uint16_t)(c * 0x1p16);
    f *= mean * (1.0 / count);
    c += f;
  }
  while (last.n_halvings < 6 && last.sum[(1 << last.n_halvings) - 1] < UINT16_MAX)
    last.n_halvings++;
  return &last;
}

enum {
  DRAW_WIDE = 2,
  DRAW_COUNTED = DRAW_WIDE * 4 * DRAW_LANES,
  DRAW_TIED = 0x8000
}; /* numbers that are counted at once; what marks a tie */

/* How many sums lie below each of n numbers of 16 bits, with DRAW_TIED where it is the same as one? n is a multiple of DRAW_COUNTED. Does any tie? */
static bool draw_poisson_counts(int64_t n, const void *numbers, const DrawSums *sums, uint16_t *count) {
  const DrawQuartersAt *number = numbers;
  DrawQuarters any = { 0 };
  for (int64_t k = 0; k < n; k += DRAW_COUNTED) {
    DrawQuarters w[DRAW_WIDE], y[DRAW_WIDE] = { { 0 } }, tied[DRAW_WIDE] = { { 0 } };
    for (int i = 0; i < DRAW_WIDE; i++)
      w[i] = number[k / (4 * DRAW_LANES) + i];
    for (int j = 0; j < sums->n; j++) {
      const uint16_t sum = sums->sum[j];
      DrawQuarters on[DRAW_WIDE];
      for (int i = 0; i < DRAW_WIDE; i++) {
        on[i] = (DrawQuarters)(w[i] > sum);
        tied[i] |= (DrawQuarters)(w[i] == sum);
        y[i] -= on[i];
      }
      if (!DRAW_ANY((DrawWords)(on[0] | on[1])))
        break;
    }
    for (int i = 0; i < DRAW_WIDE; i++) {
      *(DrawQuartersAt *)(count + k + i * 4 * DRAW_LANES) = y[i] | (tied[i] & DRAW_TIED);
      any |= tied[i];
    }
  }
  return DRAW_ANY((DrawWords)any);
}

#if defined __AVX512BW__
/* The same for sums of which at most 31 matter: where a table fits into a register, halving it takes as many steps as the number of its entries has bits. A
** number that is the largest counts as tied, too. */
static bool draw_poisson_bisected(int64_t n, const void *numbers, const DrawSums *sums, uint16_t *count) {
  const __m512i *number = numbers;
  const __m512i mark = _mm512_set1_epi16((short)DRAW_TIED);
  __m512i table[5];
  __mmask32 any = 0;
  for (int half = 0; half < 5; half++)
    table[half] = _mm512_loadu_si512(sums->sum + (1 << half) - 1);
  for (int64_t k = 0; k < n; k += 32) {
    const __m512i w = _mm512_loadu_si512(number + k / 32);
    __m512i below = _mm512_setzero_si512();
    for (int half = 4; half >= 0; half--)
      if (half < sums->n_halvings)
        below = _mm512_mask_add_epi16(below, _mm512_cmpgt_epu16_mask(w, _mm512_permutexvar_epi16(below, table[half])), below,
                                      _mm512_set1_epi16((short)(1 << half)));
    const __mmask32 tied = _mm512_cmpeq_epu16_mask(w, _mm512_permutexvar_epi16(below, table[0]));
    _mm512_storeu_si512(count + k, _mm512_mask_blend_epi16(tied, below, _mm512_or_si512(below, mark)));
    any |= tied;
  }
  return any != 0;
}
#endif

static bool draw_poisson_find(int64_t n, const void *number, const DrawSums *sums, uint16_t *count) {
#if defined __AVX512BW__
  if (sums->n_halvings <= 5)
    return draw_poisson_bisected(n, number, sums, count);
#endif
  return draw_poisson_counts(n, number, sums, count);
}

/* For one mean, with a walk: the counts, from the first of the block that holds `first` on; how many of them lie before it. */
static int64_t draw_poisson_alike(uint64_t key, int64_t first, int64_t n, int64_t step, double mean, uint16_t *count) {
  uint32_t word[DRAW_ROOM / 2 + 4 * DRAW_LANES]; /* of two numbers each */
  const int64_t before = first & 7, whole = draw_whole(before + n, DRAW_COUNTED);
  draw_fours(key, first >> 3, whole / 2, step, 0, word);
  if (!draw_poisson_find(whole, word, draw_poisson_sums(mean), count))
    return before;
  for (int64_t at = 0; at < whole; at += DRAW_COUNTED) {
    uint16_t any = 0;
    VM_VECTOR for (int k = 0; k < DRAW_COUNTED; k++) any |= count[at + k];
    for (int k = 0; k < DRAW_COUNTED && any & DRAW_TIED; k++)
      if (count[at + k] & DRAW_TIED)
        count[at + k] = (uint16_t)lp_poisson64(key, first - before + at + k, step, mean);
  }
  return before;
}

/* Into doubles or floats. */
#define DRAW_POISSON_ALIKE(bits, real)                                                                                                     \
  static bool draw_poisson_alike##bits(uint64_t key, int64_t first, int64_t n, int64_t step, const real *mean, real *out) {                \
    uint16_t count[DRAW_ROOM];                                                                                                             \
    const double m = (double)mean[0];                                                                                                      \
    uint##bits##_t others = 0, one, now;                                                                                                   \
    memcpy(&one, mean, sizeof one);                                                                                                        \
    VM_VECTOR for (int64_t k = 0; k < n; k++) {                                                                                            \
      memcpy(&now, mean + k, sizeof now);                                                                                                  \
      others |= now ^ one;                                                                                                                 \
    }                                                                                                                                      \
    if (others != 0 || !((m >= 0) & (m < LP_POISSON_WALK)))                                                                                \
      return false;                                                                                                                        \
    const int64_t before = draw_poisson_alike(key, first, n, step, m, count);                                                              \
    for (int64_t k = 0; k < n; k++)                                                                                                        \
      out[k] = (real)count[before + k];                                                                                                    \
    return true;                                                                                                                           \
  }
DRAW_POISSON_ALIKE(64, double)
DRAW_POISSON_ALIKE(32, float)
#undef DRAW_POISSON_ALIKE

static void draw_poisson64(uint64_t key, int64_t first, int64_t n, int64_t step, const double *mean, double *out) {
  double u[DRAW_ROOM], m[DRAW_ROOM], f[DRAW_ROOM], x[DRAW_ROOM];
  uint32_t words[DRAW_ROOM], lower[DRAW_ROOM];
  uint16_t upper[DRAW_ROOM];
  const int64_t whole = draw_whole(n, 8 * DRAW_LANES);
  int64_t n_others = 0;
  if (draw_poisson_alike64(key, first, n, step, mean, out))
    return;
  VM_VECTOR for (int64_t k = 0; k < n; k++) n_others += !((mean[k] >= 0) & (mean[k] < LP_POISSON_WALK));
  draw_fours(key, first >> 3, ((first & 7) + n + 1) / 2, step, 0, words);
  memcpy(upper, words, sizeof *upper * (size_t)((first & 7) + n));
  draw_fours(key, first >> 2, (first & 3) + n, step, LP_POISSON_LOWER, lower);
  VM_VECTOR for (int64_t k = 0; k < n; k++) u[k] = lp_joined(upper[(first & 7) + k], lower[(first & 3) + k]);
  memcpy(m, mean, sizeof *m * (size_t)n);
  for (int64_t k = 0; k < n && n_others > 0; k++)
    m[k] = m[k] >= 0 && m[k] < LP_POISSON_WALK ? m[k] : 0;
  for (int64_t k = n; k < whole; k++)
    u[k] = m[k] = 0;
  VM_VECTOR for (int64_t k = 0; k < whole; k++) f[k] = lp_exp64(-m[k]);
  draw_poisson_walks(whole, u, m, f, x);
  for (int64_t k = 0; k < n && n_others > 0; k++)
    if (!(mean[k] >= 0) || !(mean[k] < LP_POISSON_WALK))
      x[k] = lp_poisson64(key, first + k, step, mean[k]);
  memcpy(out, x, sizeof *x * (size_t)n);
}

/* Numbers in double and back. */
static __attribute__((noinline)) void draw_widen(const float *from, int64_t n, double *to) {
  for (int64_t k = 0; k < n; k++)
    to[k] = (double)from[k];
}
static void draw_narrow(const double *from, int64_t n, float *to) {
  for (int64_t k = 0; k < n; k++)
    to[k] = (float)from[k];
}

static void draw_poisson32(uint64_t key, int64_t first, int64_t n, int64_t step, const float *mean, float *out) {
  double m[DRAW_BLOCK], x[DRAW_BLOCK];
  if (draw_poisson_alike32(key, first, n, step, mean, out))
    return;
  draw_widen(mean, n, m);
  draw_poisson64(key, first, n, step, m, x);
  draw_narrow(x, n, out);
}

/* The walks of lp_binomial64 of n elements (a multiple of 2 DRAW_LANES) with the same number of trials, less than LP_BINOMIAL_END steps long where
** x is below that. `none` is the probability of 0. */
static void draw_walks_alike(double trials, double odds, double none, int64_t n, const double *u, double *x) {
  double f[LP_BINOMIAL_END + 1] = { none }; /* the probabilities, as far as they were needed */
  int known = 1;
  const int end = trials < LP_BINOMIAL_END ? (int)trials : LP_BINOMIAL_END;
  for (int64_t k = 0; k < n; k += 2 * DRAW_LANES) {
    DrawReals u0 = *(const DrawRealsAt *)(u + k), u1 = *(const DrawRealsAt *)(u + k + DRAW_LANES), x0 = { 0 }, x1 = { 0 };
    for (int count = 0; count < end; count++) {
      const DrawTruths on0 = u0 > f[count], on1 = u1 > f[count];
      if (!DRAW_ANY(on0 | on1))
        break;
      x0 += draw_count(on0);
      x1 += draw_count(on1);
      u0 -= f[count];
      u1 -= f[count];
      if (count + 1 == known) {
        f[known] = f[count] * ((trials - count) / (count + 1.0) * odds);
        known++;
      }
    }
    *(DrawRealsAt *)(x + k) = x0;
    *(DrawRealsAt *)(x + k + DRAW_LANES) = x1;
  }
}

/* The same with trials of their own. */
static void draw_walks(const double *trials, const double *odds, const double *none, int64_t n, const double *u, double *x) {
  for (int64_t k = 0; k < n; k += DRAW_LANES) {
    const DrawReals t = *(const DrawRealsAt *)(trials + k), o = *(const DrawRealsAt *)(odds + k);
    DrawReals v = *(const DrawRealsAt *)(u + k), f = *(const DrawRealsAt *)(none + k), y = { 0 };
    for (double count = 0; count < LP_BINOMIAL_END; count++) {
      const DrawTruths on = (v > f) & (t > count);
      if (!DRAW_ANY(on))
        break;
      y += draw_count(on);
      v -= f;
      f *= (t - count) / (count + 1) * o;
    }
    *(DrawRealsAt *)(x + k) = y;
  }
}

/* Is it a walk? */
DRAW_INLINE int64_t draw_is_walk(double trials, double p, double chance) {
  return (trials >= 0) & (trials < 1e15) & (chance >= 0) & (chance <= 1) & (trials * p < 10);
}
DRAW_INLINE double draw_rarer(double chance) { return chance > 0.5 ? 1 - chance : chance; }

static void draw_binomial64(uint64_t key, int64_t first, int64_t n, int64_t step, const double *wanted, const double *chance, double *out) {
  double u[DRAW_ROOM], t[DRAW_ROOM], p[DRAW_ROOM], odds[DRAW_ROOM], none[DRAW_ROOM], x[DRAW_ROOM];
  const int64_t whole = draw_whole(n, 8 * DRAW_LANES);
  const double trials = lp_round64(wanted[0]), rarer = draw_rarer(chance[0]);
  int64_t n_unlike = 0, n_others = 0;
  VM_VECTOR for (int64_t k = 0; k < n; k++) n_unlike += (wanted[k] != wanted[0]) | (chance[k] != chance[0]);
  draw_opens(key, first, n, step, u, NULL);
  for (int64_t k = n; k < whole; k++)
    u[k] = 0;
  if (n_unlike == 0 && draw_is_walk(trials, rarer, chance[0])) {
    draw_walks_alike(trials, rarer / (1 - rarer), lp_exp64(trials * lp_log1p64(-rarer)), whole, u, x);
  } else {
    VM_VECTOR for (int64_t k = 0; k < n; k++) {
      const double trials_k = lp_round64(wanted[k]), rarer_k = draw_rarer(chance[k]);
      const int64_t is_walk = draw_is_walk(trials_k, rarer_k, chance[k]);
      n_others += !is_walk;
      t[k] = is_walk ? trials_k : 0;
      p[k] = is_walk ? rarer_k : 0;
    }
    for (int64_t k = n; k < whole; k++)
      t[k] = p[k] = 0;
    VM_VECTOR for (int64_t k = 0; k < whole; k++) {
      odds[k] = p[k] / (1 - p[k]);
      none[k] = lp_exp64(t[k] * lp_log1p64(-p[k]));
    }
    draw_walks(t, odds, none, whole, u, x);
  }
  VM_VECTOR for (int64_t k = 0; k < n; k++) {
    u[k] = chance[k] > 0.5 ? lp_round64(wanted[k]) - x[k] : x[k];
    n_others += x[k] >= LP_BINOMIAL_END; /* which no walk ever is */
  }
  for (int64_t k = 0; k < n && n_others > 0; k++)
    if (x[k] >= LP_BINOMIAL_END || !draw_is_walk(lp_round64(wanted[k]), draw_rarer(chance[k]), chance[k]))
      u[k] = lp_binomial64(key, first + k, step, wanted[k], chance[k]);
  memcpy(out, u, sizeof *u * (size_t)n);
}

static void draw_binomial32(uint64_t key, int64_t first, int64_t n, int64_t step, const float *trials, const float *chance, float *out) {
  double t[DRAW_BLOCK], p[DRAW_BLOCK], x[DRAW_BLOCK];
  draw_widen(trials, n, t);
  draw_widen(chance, n, p);
  draw_binomial64(key, first, n, step, t, p, x);
  draw_narrow(x, n, out);
}

const Draws VM_PASTE(draws_, VM_SUFFIX) = { draw_uniform64, draw_uniform32, draw_normal64,  draw_normal32,   draw_gamma64,
                                            draw_gamma32,   draw_poisson64, draw_poisson32, draw_binomial64, draw_binomial32 };

#undef DRAW_MULTIPLY
#undef DRAW_INLINE
