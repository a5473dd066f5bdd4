/* Random numbers as a pure function of (seed, object, stream, element): Philox4x32-10, so that nothing has to be stored and the
** same element gets the same value on any thread, in any order, on any machine.
**
** The generator's key is derived from the network's seed (random_key), which keeps these numbers apart from those that equations
** draw. The counter is four words:
**   [0] element, low 32 bits   [1] element, high 16 bits | round << 16   [2] object   [3] stream
** A round is one more block of four words for the same element (rejection methods); sequences of unknown length count blocks in [0] and
** rows in [1]. `object` numbers the population, projection or source in the network; `stream` separates uses inside one object: callers
** take streams below RANDOM_STREAM_ENGINE freely, one for each use. Sources also put the upper half of a step number into the stream's bits 8 to 29.
** log and exp are those of the kernels (kernel/prelude_math.h), so the bits do not depend on a C library. Elements lie below 2^48.
** Functions are thread-safe; random_fill splits big ranges over all processors. Nothing is owned, nothing is allocated
** unless a function says so.
**
** This folder (random) makes random numbers, and distributions of them, for what is built; draws of equations are those of kernel. */
#ifndef LUNAPSE_RANDOM_RANDOM_H
#define LUNAPSE_RANDOM_RANDOM_H
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum {
  RANDOM_STREAM_ENGINE = 0x40000000,                /* streams from here on belong to the engine itself */
  RANDOM_STREAM_CONNECT = RANDOM_STREAM_ENGINE,     /* rows of connectors */
  RANDOM_STREAM_POISSON = RANDOM_STREAM_ENGINE + 1, /* and the next two: Poisson sources */
  RANDOM_STREAM_TOTAL = RANDOM_STREAM_ENGINE + 4    /* how many synapses rows get, of a given number */
};

typedef enum {
  DISTRIBUTION_CONSTANT,         /* a */
  DISTRIBUTION_UNIFORM,          /* in (a, b) */
  DISTRIBUTION_DISCRETE_UNIFORM, /* whole numbers a .. b, both included */
  DISTRIBUTION_NORMAL,           /* mean a, standard deviation b */
  DISTRIBUTION_LOGNORMAL,        /* exp of Normal(a, b) */
  DISTRIBUTION_EXPONENTIAL,      /* RATE a: mean 1/a */
  DISTRIBUTION_GAMMA,            /* shape a, scale b: mean a b */
  DISTRIBUTION_BINOMIAL,         /* a trials, success probability b */
  DISTRIBUTION_POISSON           /* mean a */
} DistributionKind;

typedef struct Distribution {
  DistributionKind kind;
  double a, b;
  double low, high; /* values are clamped to low .. high (not drawn again); -INFINITY, INFINITY: not at all */
} Distribution;

/* A distribution without clamping. */
Distribution distribution_make(DistributionKind kind, double a, double b);

/* Are the parameters legal? The message names the distribution and the value: "Normal: sigma must be >= 0, got -1". */
bool distribution_check(const Distribution *d, Error *e);
const char *distribution_name(DistributionKind kind); /* "Uniform" */

/* Values of elements first .. first+n-1 into out[0..n-1]. `d` must have passed distribution_check. */
void random_fill(const Distribution *d, uint64_t seed, uint32_t object, uint32_t stream, int64_t first, double *out, int64_t n);

/* The same, handed over in pieces of at most some hundred values, from several threads at once where there are many: `first` counts from 0. */
typedef void RandomTake(void *context, int64_t first, const double *values, int64_t n);
void random_each(const Distribution *d, uint64_t seed, uint32_t object, uint32_t stream, int64_t first, int64_t n, RandomTake *take,
                 void *context);

/* Value of one element: what random_fill gives it. */
double random_value(const Distribution *d, uint64_t seed, uint32_t object, uint32_t stream, int64_t element);

/* The generator's key for a seed. Compute it once, outside of loops. */
typedef struct RandomKey {
  uint32_t word[2];
} RandomKey;
RandomKey random_key(uint64_t seed);

/* One block: four independent words of 32 bits. */
void random_block(RandomKey key, uint32_t object, uint32_t stream, uint64_t element, uint32_t round, uint32_t out[4]);

/* Blocks in bulk, vectorised. A tile is 16 consecutive blocks first .. first+15, given word by word: out[tile * 64 + word * 16 + block]. */
enum { RANDOM_TILE = 16 };
void random_words(RandomKey key, uint32_t object, uint32_t stream, uint64_t first, int64_t n_tiles, uint32_t *out);

/* 32 numbers a tile: uniforms in (0,1) from words 0 and 1 of its blocks, then from words 2 and 3; or -log of these: exponentials of mean 1. */
void random_uniforms(RandomKey key, uint32_t object, uint32_t stream, uint64_t first, int64_t n_tiles, double *out);
void random_exponentials(RandomKey key, uint32_t object, uint32_t stream, uint64_t first, int64_t n_tiles, double *out);

/* Tests: use vectors of at most 2, 4 or 8 lanes (0: the best there is). Returns what is used now. The numbers are the same. */
int random_use_lanes(int n);

/* A sequence of words from one (object, stream, row), for algorithms that need an unknown number of draws. */
typedef struct RandomSequence {
  RandomKey key;
  uint32_t object, stream;
  uint32_t row, block; /* the counter's words 1 and 0 */
  uint32_t n_left;
  uint32_t word[4 * RANDOM_TILE]; /* a tile */
} RandomSequence;
RandomSequence random_sequence(RandomKey key, uint32_t object, uint32_t stream, uint32_t row); /* up to 2^34 words */
uint32_t random_next(RandomSequence *s);
double random_next_uniform(RandomSequence *s);             /* in (0,1), 52 bits and a half */
uint32_t random_next_below(RandomSequence *s, uint32_t n); /* 0 .. n-1, without bias; n >= 1 */

/* k different numbers of 0 .. n-1, every set equally likely, ascending in out[0..k-1]. `bits` is scratch: bitmap_bytes(n) zeroed bytes (base/bitmap.h),
** zeroed again on return. */
void random_choose(RandomSequence *s, int64_t n, int64_t k, uint64_t *bits, int32_t *out);

#endif
