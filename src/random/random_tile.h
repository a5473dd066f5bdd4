/* Sixteen blocks of Philox4x32-10 at a time. No include guard: random.c includes this once per instruction set, with
**   LANES     64-bit lanes of a vector: 2, 4 or 8
**   TARGET    attribute that allows the instructions, or nothing
**   NAME(x)   x with the instruction set's suffix
**   MULTIPLY(a, b)  product of the low 32 bits of each lane
** A lane holds one 32-bit word: the product needs no shuffle, and what it leaves in the upper half is ignored by the next round. Every variant does the same
** IEEE operations in the same order, so their results are the same bits. */

typedef uint64_t NAME(Words) __attribute__((vector_size(LANES * 8)));
typedef double NAME(Reals) __attribute__((vector_size(LANES * 8)));
typedef uint32_t NAME(Halves) __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
typedef double NAME(Stored) __attribute__((vector_size(LANES * 8), aligned(8), may_alias));
typedef uint64_t NAME(Numbers) __attribute__((vector_size(LANES * 8), aligned(8), may_alias));
#define V NAME(Words)
#define D NAME(Reals)
#define TILE_INLINE static inline __attribute__((always_inline)) TARGET

enum { NAME(ROUNDS) = 10 };

/* The keys of all rounds. */
TILE_INLINE void NAME(keys)(const TileKey *k, V key[2 * NAME(ROUNDS)]) {
  for (int r = 0; r < NAME(ROUNDS); r++) {
    key[2 * r] = (V){ 0 } + (k->key.word[0] + (uint32_t)r * 0x9E3779B9u);
    key[2 * r + 1] = (V){ 0 } + (k->key.word[1] + (uint32_t)r * 0xBB67AE85u);
  }
}

TILE_INLINE void NAME(philox)(const TileKey *k, const V key[2 * NAME(ROUNDS)], uint64_t block, V c[4]) {
  const V zero = { 0 };
  static const uint64_t numbers[8] = { 0, 1, 2, 3, 4, 5, 6, 7 };
  V lane = *(const NAME(Numbers) *)numbers + block;
  const V m0 = zero + 0xD2511F53u, m1 = zero + 0xCD9E8D57u;
  V c0 = lane & 0xFFFFFFFFu, c1 = lane >> 32, c2 = zero + k->object, c3 = zero + k->stream;
#pragma GCC unroll 10
  for (int r = 0; r < NAME(ROUNDS); r++) {
    V p0 = MULTIPLY(c0, m0), p1 = MULTIPLY(c2, m1);
    c0 = (p1 >> 32) ^ c1 ^ key[2 * r];
    c2 = (p0 >> 32) ^ c3 ^ key[2 * r + 1];
    c1 = p1;
    c3 = p0;
  }
  c[0] = c0;
  c[1] = c1;
  c[2] = c2;
  c[3] = c3;
}

/* As lp_open64: an odd multiple of 2^-53. */
TILE_INLINE D NAME(unit)(V low, V high) {
  V bits = ((low & 0xFFFFFFFFu) | high << 32) >> 12 | 0x3FF0000000000000u;
  return (D)bits - 0x1.fffffffffffffp-1;
}

/* As lp_log64, operation by operation, for 0 < x < 1 that are not denormal. */
TILE_INLINE D NAME(log)(D x) {
  V moved = (V)x + (0x3FF0000000000000u - 0x3FE6A09E667F3BCDu);
  D k = (D)((moved >> 52) | 0x4330000000000000u) - 4503599627371519.0;
  D f = (D)((moved & 0x000FFFFFFFFFFFFFu) + 0x3FE6A09E667F3BCDu) - 1.0;
  D s = f / (2.0 + f), h = 0.5 * f * f, z = s * s, w = z * z;
  D r = z * (6.666666666666735130e-01 + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01))) +
        w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
  return k * 6.93147180369123816490e-01 - ((h - (s * (h + r) + k * 1.90821492927058770002e-10)) - f);
}

static TARGET void NAME(words)(const TileKey *k, uint64_t block, int64_t n_tiles, uint32_t *out) {
  V key[2 * NAME(ROUNDS)];
  NAME(keys)(k, key);
  for (int64_t t = 0; t < n_tiles; t++)
    for (int l = 0; l < TILE; l += LANES) {
      V c[4];
      NAME(philox)(k, key, block + (uint64_t)(t * TILE + l), c);
      for (int w = 0; w < 4; w++)
        *(NAME(Halves) *)(out + t * 4 * TILE + w * TILE + l) = __builtin_convertvector(c[w], NAME(Halves));
    }
}

static TARGET void NAME(uniforms)(const TileKey *k, uint64_t block, int64_t n_tiles, double *out) {
  V key[2 * NAME(ROUNDS)];
  NAME(keys)(k, key);
  for (int64_t t = 0; t < n_tiles; t++)
    for (int l = 0; l < TILE; l += LANES) {
      V c[4];
      NAME(philox)(k, key, block + (uint64_t)(t * TILE + l), c);
      *(NAME(Stored) *)(out + t * 2 * TILE + l) = NAME(unit)(c[0], c[1]);
      *(NAME(Stored) *)(out + t * 2 * TILE + TILE + l) = NAME(unit)(c[2], c[3]);
    }
}

static TARGET void NAME(exponentials)(const TileKey *k, uint64_t block, int64_t n_tiles, double *out) {
  V key[2 * NAME(ROUNDS)];
  NAME(keys)(k, key);
  for (int64_t t = 0; t < n_tiles; t++)
    for (int l = 0; l < TILE; l += LANES) {
      V c[4];
      NAME(philox)(k, key, block + (uint64_t)(t * TILE + l), c);
      *(NAME(Stored) *)(out + t * 2 * TILE + l) = -NAME(log)(NAME(unit)(c[0], c[1]));
      *(NAME(Stored) *)(out + t * 2 * TILE + TILE + l) = -NAME(log)(NAME(unit)(c[2], c[3]));
    }
}

#undef V
#undef D
#undef TILE_INLINE
#undef LANES
#undef TARGET
#undef NAME
#undef MULTIPLY
