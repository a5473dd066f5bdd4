#include "random/random.h"

#include <Random123/philox.h>
#include <string.h>

#include "base/bitmap.h"
#include "kernel/prelude_math.h"
#include "kernel/prelude_random.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* ---- the generator ----------------------------------------------------------------------------------------------- */

RandomKey random_key(uint64_t seed) {
  philox4x32_key_t key = { { (uint32_t)seed, (uint32_t)(seed >> 32) } };
  philox4x32_ctr_t counter = { { 0x6E65676Eu, 0x69656E67u, 0xFFFFFFFFu, 0xFFFFFFFFu } };
  counter = philox4x32_R(10, counter, key);
  return (RandomKey){ { counter.v[0], counter.v[1] } };
}

void random_block(RandomKey key, uint32_t object, uint32_t stream, uint64_t element, uint32_t round, uint32_t out[4]) {
  philox4x32_key_t k = { { key.word[0], key.word[1] } };
  philox4x32_ctr_t counter = { { (uint32_t)element, (uint32_t)(element >> 32) | round << 16, object, stream } };
  counter = philox4x32_R(10, counter, k);
  memcpy(out, counter.v, 4 * sizeof *out);
}

enum { TILE = RANDOM_TILE };
typedef struct {
  RandomKey key;
  uint32_t object, stream;
} TileKey;

#define LANES 2
#define TARGET
#define NAME(x) x##_2
#if defined(__x86_64__)
#define MULTIPLY(a, b) ((V)_mm_mul_epu32((__m128i)(a), (__m128i)(b)))
#else
#define MULTIPLY(a, b) (((a)&0xFFFFFFFFu) * (b))
#endif
#include "random/random_tile.h"

typedef struct {
  int lanes;
  void (*words)(const TileKey *, uint64_t, int64_t, uint32_t *);
  void (*uniforms)(const TileKey *, uint64_t, int64_t, double *);
  void (*exponentials)(const TileKey *, uint64_t, int64_t, double *);
} TileSet;

#if defined(__x86_64__)
#define LANES 4
#define TARGET __attribute__((target("avx2")))
#define NAME(x) x##_4
#define MULTIPLY(a, b) ((V)_mm256_mul_epu32((__m256i)(a), (__m256i)(b)))
#include "random/random_tile.h"
#define LANES 8
#define TARGET __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw")))
#define NAME(x) x##_8
#define MULTIPLY(a, b) ((V)_mm512_mul_epu32((__m512i)(a), (__m512i)(b)))
#include "random/random_tile.h"
static const TileSet SETS[] = { { 2, words_2, uniforms_2, exponentials_2 },
                                { 4, words_4, uniforms_4, exponentials_4 },
                                { 8, words_8, uniforms_8, exponentials_8 } };
static int best_set(void) {
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw"))
    return 2;
  return __builtin_cpu_supports("avx2") ? 1 : 0;
}
#else
static const TileSet SETS[] = { { 2, words_2, uniforms_2, exponentials_2 } };
static int best_set(void) { return 0; }
#endif

/* Chosen at the first use; two threads that choose at once choose the same. */
static const TileSet *_Atomic chosen;

static const TileSet *tiles(void) {
  const TileSet *set = chosen;
  if (set == NULL)
    chosen = set = &SETS[best_set()];
  return set;
}

int random_use_lanes(int n) {
  int k = best_set();
  while (k > 0 && n > 0 && SETS[k].lanes > n)
    k--;
  chosen = &SETS[k];
  return SETS[k].lanes;
}

void random_words(RandomKey key, uint32_t object, uint32_t stream, uint64_t first, int64_t n_tiles, uint32_t *out) {
  tiles()->words(&(TileKey){ key, object, stream }, first, n_tiles, out);
}

void random_uniforms(RandomKey key, uint32_t object, uint32_t stream, uint64_t first, int64_t n_tiles, double *out) {
  tiles()->uniforms(&(TileKey){ key, object, stream }, first, n_tiles, out);
}

void random_exponentials(RandomKey key, uint32_t object, uint32_t stream, uint64_t first, int64_t n_tiles, double *out) {
  tiles()->exponentials(&(TileKey){ key, object, stream }, first, n_tiles, out);
}

/* ---- sequences --------------------------------------------------------------------------------------------------- */

RandomSequence random_sequence(RandomKey key, uint32_t object, uint32_t stream, uint32_t row) {
  return (RandomSequence){ .key = key, .object = object, .stream = stream, .row = row };
}

/* Block by block. */
static inline uint32_t next(RandomSequence *s) {
  if (s->n_left == 0) {
    random_words(s->key, s->object, s->stream, (uint64_t)s->row << 32 | s->block, 1, s->word);
    s->block += TILE;
    s->n_left = 4 * TILE;
  }
  const uint32_t k = 4 * TILE - s->n_left--;
  return s->word[k % 4 * TILE + k / 4];
}

uint32_t random_next(RandomSequence *s) { return next(s); }

double random_next_uniform(RandomSequence *s) {
  uint32_t low = next(s);
  return lp_open64(low, next(s));
}

/* Lemire, "Fast random integer generation in an interval" (2019): the product's upper half, drawn again in the few cases that would be unfair. */
static inline uint32_t next_below(RandomSequence *s, uint32_t n) {
  uint64_t product = (uint64_t)next(s) * n;
  if ((uint32_t)product < n)
    for (uint32_t unfair = -n % n; (uint32_t)product < unfair;)
      product = (uint64_t)next(s) * n;
  return (uint32_t)(product >> 32);
}

uint32_t random_next_below(RandomSequence *s, uint32_t n) { return next_below(s, n); }

/* Floyd's algorithm: n steps are not needed for k numbers, and every set is equally likely. */
static void choose_few(RandomSequence *s, int64_t n, int64_t k, uint64_t *bits) {
  for (int64_t j = n - k; j < n; j++) {
    int64_t i = next_below(s, (uint32_t)(j + 1));
    bitmap_put(bits, n, bitmap_has(bits, i) ? j : i);
  }
}

void random_choose(RandomSequence *s, int64_t n, int64_t k, uint64_t *bits, int32_t *out) {
  if (k <= n / 2) {
    choose_few(s, n, k, bits);
    bitmap_drain(bits, n, out);
    return;
  }
  choose_few(s, n, n - k, bits); /* those left out */
  for (int64_t i = 0; i < n; i++)
    if (!bitmap_has(bits, i))
      *out++ = (int32_t)i;
  memset(bits, 0, (size_t)bitmap_bytes(n));
}
