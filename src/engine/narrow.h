/* Numbers that are kept in 16 bits and lose nothing: they are ones of half precision, or whole numbers of a step. */
#ifndef LUNAPSE_ENGINE_NARROW_H
#define LUNAPSE_ENGINE_NARROW_H
#include <stddef.h>
#include <stdint.h>

#include "base/half.h"

typedef enum { NARROW_NOT, NARROW_HALF, NARROW_STEPS } NarrowKind;
typedef struct Narrow {
  NarrowKind kind;
  double step; /* STEPS: a power of two */
} Narrow;

/* `n` of them, as numbers of `size` bytes. */
static inline void narrow_widen(Narrow narrow, const uint16_t *x, int64_t n, size_t size, void *to) {
  float *const f = to;
  double *const d = to;
  const float step = (float)narrow.step;
  if (narrow.kind == NARROW_STEPS && size == sizeof(float)) {
#pragma omp simd
    for (int64_t k = 0; k < n; k++)
      f[k] = (float)(int16_t)x[k] * step;
  } else if (narrow.kind == NARROW_STEPS) {
#pragma omp simd
    for (int64_t k = 0; k < n; k++)
      d[k] = (double)(int16_t)x[k] * narrow.step;
  } else if (size == sizeof(float)) {
#pragma omp simd
    for (int64_t k = 0; k < n; k++)
      f[k] = half_number(x[k]);
  } else {
#pragma omp simd
    for (int64_t k = 0; k < n; k++)
      d[k] = (double)half_number(x[k]);
  }
}

/* Pairs: a number of a post and a value of 16 bits side by side, so that both are copied at once. The number comes first in memory, and is the lower half of what is read
** as one, because all machines we run on are little-endian. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "pairs are read from memory in little-endian order");

static inline void narrow_split(const uint32_t *pairs, int64_t n, uint16_t *numbers, uint16_t *values) {
#pragma omp simd
  for (int64_t k = 0; k < n; k++) {
    numbers[k] = (uint16_t)pairs[k];
    values[k] = (uint16_t)(pairs[k] >> 16);
  }
}

#endif
