/* Numbers of 16 bits: half precision of IEEE 754, 11 significant bits from 2^-14 to 65504, multiples of 2^-24 below. */
#ifndef LUNAPSE_BASE_HALF_H
#define LUNAPSE_BASE_HALF_H
#include <math.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t half_bits_of(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

/* The nearest number of half precision, of two the even one; infinite beyond 65504 and what is nearest to it. NaN stays. */
static inline double half_nearest(double x) {
  if (fabs(x) < 0x1p-14)
    return rint(x * 0x1p24) * 0x1p-24;
  const uint64_t bits = half_bits_of(x), even = bits >> 42 & 1, rounded = (bits + 0x1ffffffffffu + even) & ~0x3ffffffffffu;
  double y;
  memcpy(&y, &rounded, sizeof y);
  return x - x != 0 ? x : fabs(y) > 65504 ? copysign(INFINITY, x) : y;
}

/* The bits of a finite number that is one of half precision. */
static inline uint16_t half_of(double x) {
  const uint64_t bits = half_bits_of(x);
  const uint16_t sign = (uint16_t)(bits >> 48 & 0x8000);
  if (fabs(x) < 0x1p-14)
    return (uint16_t)(sign | (uint16_t)(fabs(x) * 0x1p24));
  return (uint16_t)(sign | (((bits >> 52 & 0x7ff) - 1008) << 10) | (bits >> 42 & 0x3ff));
}

/* The number of finite bits, without a branch. The smallest numbers, which lack the leading 1, get one that is subtracted. Nothing on the way is a denormal of
** float, which a run takes for 0. */
static inline float half_number(uint16_t half) {
  const uint32_t size = half & 0x7fffu, sign = (half & 0x8000u) << 16, is_small = size < 0x400u;
  const uint32_t bits = (size << 13) + ((112u + is_small) << 23), one = (0u - is_small) & 0x38800000u; /* 2^-14 */
  float x, y;
  memcpy(&x, &bits, sizeof x);
  memcpy(&y, &one, sizeof y);
  x -= y;
  uint32_t all;
  memcpy(&all, &x, sizeof all);
  all |= sign;
  memcpy(&x, &all, sizeof x);
  return x;
}

#endif
