/* Elementary functions for kernels: the same bits from any compiler, any instruction set and any vector width.
**
** Compiled into the interpreter and, as text, in front of every generated kernel (native.h). The rules that make it work:
** only + - * / sqrt, integer operations, comparisons and selects; no branch, no table, no call of the C library's mathematics; compiled with
** -ffp-contract=off. So gcc and clang vectorise every function without -ffast-math, and a vector lane computes what a scalar does.
** Errors below are against the exact value, in units of the last place, over the ranges of tests/c/kernel_math.c.
** Methods: fdlibm (Sun Microsystems 1993, 2004) for log, pow, asin, atan and the kernels of sin and cos, its coefficients included;
** the exponential's polynomials were fitted for this file (Chebyshev, on |r| <= ln2/2).
** Flushing denormals to zero changes denormal arguments and results, nothing else.
** `lp_exp(x)` and so on choose the precision by the argument's type.
**
** The prelude is a list of pieces, of which a generated file has those that it uses (lua/lunapse/language/emit/prelude.lua). A mark opens a piece and names it; it
** ends at the next mark or at an empty line:
**   name: others            what it needs besides itself; functions (lp_...) need LP_FUNCTION without saying so
**   name = single double    one name for both precisions: in a generated file it stands for the one of its precision */
#ifndef LUNAPSE_KERNEL_PRELUDE_MATH_H
#define LUNAPSE_KERNEL_PRELUDE_MATH_H

/*@ LP_FUNCTION */
#define LP_FUNCTION static inline __attribute__((always_inline, unused))
/*@ LP_INF */
#define LP_INF __builtin_inf()
/*@ LP_NAN */
#define LP_NAN __builtin_nan("")
/*@ LP_MAGIC */
/* x + LP_MAGIC puts the integer nearest to x into the low bits of the sum, for |x| < 2^51. */
#define LP_MAGIC 6755399441055744.0
/*@ LP_MAGICF */
#define LP_MAGICF 12582912.0f

/* A number of which the compiler is to know nothing: what it computes ahead it does not flush to zero. */
/*@ lp_hidden64 */
LP_FUNCTION double lp_hidden64(double x) { __asm__("" : "+m"(x)); return x; }
/*@ lp_hidden32 */
LP_FUNCTION float lp_hidden32(float x) { __asm__("" : "+m"(x)); return x; }

/* ---- bits -------------------------------------------------------------------------------------------------------- */
/*@ lp_bits64 */
LP_FUNCTION uint64_t lp_bits64(double x) { uint64_t b; __builtin_memcpy(&b, &x, 8); return b; }
/*@ lp_double */
LP_FUNCTION double lp_double(uint64_t b) { double x; __builtin_memcpy(&x, &b, 8); return x; }
/*@ lp_bits32 */
LP_FUNCTION uint32_t lp_bits32(float x) { uint32_t b; __builtin_memcpy(&b, &x, 4); return b; }
/*@ lp_float */
LP_FUNCTION float lp_float(uint32_t b) { float x; __builtin_memcpy(&x, &b, 4); return x; }
/*@ lp_high: lp_double lp_bits64 */
LP_FUNCTION double lp_high(double x) { return lp_double(lp_bits64(x) & 0xffffffff00000000u); }   /* upper 21 bits of the mantissa */
/*@ lp_abs64: lp_double lp_bits64 */
LP_FUNCTION double lp_abs64(double x) { return lp_double(lp_bits64(x) & 0x7fffffffffffffffu); }
/*@ lp_abs32: lp_float lp_bits32 */
LP_FUNCTION float lp_abs32(float x) { return lp_float(lp_bits32(x) & 0x7fffffffu); }
/*@ lp_signed64: lp_double lp_bits64 */
LP_FUNCTION double lp_signed64(double x, double sign) {   /* x >= 0 with the sign of `sign` */
  return lp_double(lp_bits64(x) | (lp_bits64(sign) & 0x8000000000000000u));
}
/*@ lp_signed32: lp_float lp_bits32 */
LP_FUNCTION float lp_signed32(float x, float sign) { return lp_float(lp_bits32(x) | (lp_bits32(sign) & 0x80000000u)); }

/* ---- rounding (one instruction each; exact, so the library's fallback has the same bits) --------------------------- */
/*@ lp_floor64 */
LP_FUNCTION double lp_floor64(double x) { return __builtin_floor(x); }
/*@ lp_floor32 */
LP_FUNCTION float lp_floor32(float x) { return __builtin_floorf(x); }
/*@ lp_ceil64 */
LP_FUNCTION double lp_ceil64(double x) { return __builtin_ceil(x); }
/*@ lp_ceil32 */
LP_FUNCTION float lp_ceil32(float x) { return __builtin_ceilf(x); }
/*@ lp_trunc64 */
LP_FUNCTION double lp_trunc64(double x) { return __builtin_trunc(x); }
/*@ lp_trunc32 */
LP_FUNCTION float lp_trunc32(float x) { return __builtin_truncf(x); }
/*@ lp_round64 */
LP_FUNCTION double lp_round64(double x) { return __builtin_rint(x); }
/*@ lp_round32 */
LP_FUNCTION float lp_round32(float x) { return __builtin_rintf(x); }
/*@ lp_sqrt64 */
LP_FUNCTION double lp_sqrt64(double x) { return __builtin_sqrt(x); }
/*@ lp_sqrt32 */
LP_FUNCTION float lp_sqrt32(float x) { return __builtin_sqrtf(x); }

/* ---- exponentials -------------------------------------------------------------------------------------------------- */
/*@ lp_pow2: lp_double lp_bits64 LP_MAGIC */
/* 2^k for a whole number -1022 <= k <= 1023 (float: -126..127). */
LP_FUNCTION double lp_pow2(double k) { return lp_double(lp_bits64(k + (LP_MAGIC + 1023)) << 52); }
/*@ lp_pow2f: lp_float lp_bits32 LP_MAGICF */
LP_FUNCTION float lp_pow2f(float k) { return lp_float(lp_bits32(k + (LP_MAGICF + 127)) << 23); }
/*@ lp_exp_core */
/* exp(r) - 1 for |r| <= ln2/2. */
LP_FUNCTION double lp_exp_core(double r) {
  double r2 = r * r, r4 = r2 * r2;
  double a = (0.5 + r * 0.16666666666666670991) + r2 * (0.041666666666666669755 + r * 0.0083333333333261351258);
  double b = (0.0013888888888883748305 + r * 0.00019841269874820625271) + r2 * (0.000024801587325547741216 + r * 2.755725540020642443e-6);
  double c = (2.7557273643110295328e-7 + r * 2.5105217004720745164e-8) + r2 * 2.0914686968086877233e-9;
  return r + r2 * (a + r4 * (b + r4 * c));
}
/*@ lp_exp_coref */
LP_FUNCTION float lp_exp_coref(float r) {
  float r2 = r * r;
  float a = (0.5f + r * 0.166666666816f) + r2 * (0.0416664649253f + r * 0.00833331092548f);
  return r + r2 * (a + (r2 * r2) * (0.00139336499963f + r * 0.000198909908247f));
}
/*@ LP_EXP_REDUCE: LP_MAGIC */
/* x = k ln2 + r; the low bits of `shifted` are k. The product k * LN2_HI is exact. */
#define LP_EXP_REDUCE(x)                                                                   \
  const double shifted = (x) * 1.4426950408889634074 + LP_MAGIC, k = shifted - LP_MAGIC;   \
  const double r = ((x) - k * 0.69314718036912381649) - k * 1.9082149292705878161e-10
/*@ LP_EXP_REDUCEF: LP_MAGICF */
#define LP_EXP_REDUCEF(x)                                                                  \
  const float shifted = (x) * 1.44269504088896f + LP_MAGICF, k = shifted - LP_MAGICF;      \
  const float r = ((x) - k * 0.693145751953125f) - k * 1.4286068203094172e-6f
/*@ lp_exp_shifted: LP_EXP_REDUCE LP_MAGIC lp_exp_core lp_pow2 */
/* 2^shift exp(x). The power of two is applied in two steps, so that results near both ends of the range are right. */
LP_FUNCTION double lp_exp_shifted(double x, double shift) {
  const double c = x < -746.0 ? -746.0 : x > 711.0 ? 711.0 : x;
  LP_EXP_REDUCE(c);
  const double n = k + shift, h = (n * 0.5 + LP_MAGIC) - LP_MAGIC;
  return (1.0 + lp_exp_core(r)) * lp_pow2(h) * lp_pow2(n - h);
}
/*@ lp_exp_shiftedf: LP_EXP_REDUCEF LP_MAGICF lp_exp_coref lp_pow2f */
LP_FUNCTION float lp_exp_shiftedf(float x, float shift) {
  const float c = x < -104.0f ? -104.0f : x > 90.0f ? 90.0f : x;
  LP_EXP_REDUCEF(c);
  const float n = k + shift, h = (n * 0.5f + LP_MAGICF) - LP_MAGICF;
  return (1.0f + lp_exp_coref(r)) * lp_pow2f(h) * lp_pow2f(n - h);
}
/*@ lp_exp64: LP_EXP_REDUCE lp_exp_core lp_double lp_bits64 LP_INF */
/* The exponent is added to as a whole number, where the result is a normal number; below these it is 0. What is computed of other x is not taken. 1 ulp */
LP_FUNCTION double lp_exp64(double x) {
  LP_EXP_REDUCE(x);
  const double y = lp_double(lp_bits64(1.0 + lp_exp_core(r)) + (lp_bits64(shifted) << 52));
  const double high = x <= 709.782712893384 ? y : x + LP_INF;
  return x < -708.3964185322641 ? 0.0 : high;
}
/*@ lp_exp32: LP_EXP_REDUCEF lp_exp_coref lp_float lp_bits32 LP_INF */
LP_FUNCTION float lp_exp32(float x) {                                              /* 1 ulp */
  LP_EXP_REDUCEF(x);
  const float y = lp_float(lp_bits32(1.0f + lp_exp_coref(r)) + (lp_bits32(shifted) << 23));
  const float high = x <= 88.72283f ? y : x + (float)LP_INF;
  return x < -87.33654f ? 0.0f : high;
}
/*@ lp_expm1_64: LP_EXP_REDUCE lp_pow2 lp_exp_core */
/* 2^k (exp(r) - 1) + (2^k - 1), with 2^k = s * t so that neither overflows. */
LP_FUNCTION double lp_expm1_64(double x) {                                         /* 2 ulp */
  const double c = x < -50.0 ? -50.0 : x > 711.0 ? 711.0 : x;
  LP_EXP_REDUCE(c);
  const double h = k > 1000.0 ? 1000.0 : k, s = lp_pow2(h), t = lp_pow2(k - h);
  const double y = (lp_exp_core(r) * s + (s - 1.0)) * t;
  return x == 0.0 ? x : y;
}
/*@ lp_expm1_32: LP_EXP_REDUCEF lp_pow2f lp_exp_coref */
LP_FUNCTION float lp_expm1_32(float x) {
  const float c = x < -20.0f ? -20.0f : x > 90.0f ? 90.0f : x;
  LP_EXP_REDUCEF(c);
  const float h = k > 120.0f ? 120.0f : k, s = lp_pow2f(h), t = lp_pow2f(k - h);
  const float y = (lp_exp_coref(r) * s + (s - 1.0f)) * t;
  return x == 0.0f ? x : y;
}
/*@ lp_erf_near */
/* erf(a)/a as a polynomial of z = a^2 <= 1; Chebyshev, 13 terms (7e-18). */
LP_FUNCTION double lp_erf_near(double z) {
  double y = 5.9589307431349412188e-11;
  y = y * z + -1.1373902296430911635e-9; y = y * z + 1.4660051998394847679e-8; y = y * z + -1.6350354461959655636e-7;
  y = y * z + 1.6461004480962034678e-6; y = y * z + -0.000014925595519506043454; y = y * z + 0.00012055331122299265255;
  y = y * z + -0.00085483269811296659963; y = y * z + 0.0052239776248232225684; y = y * z + -0.026866170645077334198;
  y = y * z + 0.11283791670954881569; y = y * z + -0.37612638903183748117; y = y * z + 1.1283791670955125738;
  return y;
}
/*@ lp_erfc_far: lp_exp64 */
/* erfc(a) for a >= 0: (1 + 2 a) exp(a^2) erfc(a) is smooth in (a - 3.75)/(a + 3.75) (Shepherd & Laframboise 1981, doi:10.1090/S0025-5718-1981-0595058-X; coefficients fitted for
** this file on 0 .. 27.8: Chebyshev, 24 terms, 1e-17). a^2 = h^2 + d, where h^2 is exact. */
LP_FUNCTION double lp_erfc_far(double a) {
  const double c = a > 27.5 ? 27.5 : a, h = (c + 6442450944.0) - 6442450944.0, d = (c - h) * (c + h);
  const double u = ((c - 3.75) / (c + 3.75) + 0.119) * 1.1350737797956867196;
  double y = -5.1467430806557805469e-11;
  y = y * u + -1.438639015077156626e-10; y = y * u + 6.7660432296867520421e-10; y = y * u + 2.129781179074090537e-9;
  y = y * u + -6.0168734597736132442e-9; y = y * u + -2.0586675830160425169e-8; y = y * u + 5.5488121531059907369e-8;
  y = y * u + 1.7166013766911078817e-7; y = y * u + -6.0697738367610837352e-7; y = y * u + -1.157819019325707331e-6;
  y = y * u + 7.3917617105662373351e-6; y = y * u + 7.9863225809785972378e-7; y = y * u + -0.000082541807005295231646;
  y = y * u + 0.00019966244219821275656; y = y * u + 0.00037239131545665815257; y = y * u + -0.0041208004353897143892;
  y = y * u + 0.015841709434587492935; y = y * u + -0.040406628658358146866; y = y * u + 0.076217995790671437027;
  y = y * u + -0.10723606861645839336; y = y * u + 0.10211103523427673478; y = y * u + -0.0285464632646334326;
  y = y * u + -0.12048874200304582268; y = y * u + 1.2540891875056766431;
  return y / (1.0 + 2.0 * c) * (1.0 - d * (1.0 - d * (0.5 - d * 0.16666666666666666667))) * lp_exp64(-(h * h));
}
/*@ lp_erf64: lp_abs64 lp_signed64 lp_erf_near lp_erfc_far */
LP_FUNCTION double lp_erf64(double x) { /* 2 ulp */
  const double a = lp_abs64(x), near = a * lp_erf_near(a < 1.0 ? a * a : 1.0), far = 1.0 - lp_erfc_far(a);
  return x == x ? lp_signed64(a < 1.0 ? near : far, x) : x;
}
/*@ lp_erf32: lp_erf64 */
LP_FUNCTION float lp_erf32(float x) { return (float)lp_erf64((double)x); }
/*@ lp_erfc64: lp_abs64 lp_erf_near lp_erfc_far */
LP_FUNCTION double lp_erfc64(double x) { /* 6 ulp */
  const double a = lp_abs64(x), near = 1.0 - x * lp_erf_near(a < 0.5 ? a * a : 0.25), far = lp_erfc_far(a);
  return a < 0.5 ? near : x < 0.0 ? 2.0 - far : far;
}
/*@ lp_erfc32: lp_erfc64 */
LP_FUNCTION float lp_erfc32(float x) { return (float)lp_erfc64((double)x); }
/*@ lp_sinh64: lp_abs64 lp_expm1_64 lp_exp_shifted lp_signed64 */
LP_FUNCTION double lp_sinh64(double x) {                                           /* 3 ulp */
  const double a = lp_abs64(x), t = lp_expm1_64(a > 30.0 ? 30.0 : a);
  const double y = a > 30.0 ? lp_exp_shifted(a, -1.0) : 0.5 * (t + t / (t + 1.0));
  return lp_signed64(y, x);
}
/*@ lp_sinh32: lp_abs32 lp_expm1_32 lp_exp_shiftedf lp_signed32 */
LP_FUNCTION float lp_sinh32(float x) {
  const float a = lp_abs32(x), t = lp_expm1_32(a > 12.0f ? 12.0f : a);
  const float y = a > 12.0f ? lp_exp_shiftedf(a, -1.0f) : 0.5f * (t + t / (t + 1.0f));
  return lp_signed32(y, x);
}
/*@ lp_cosh64: lp_exp_shifted lp_abs64 */
LP_FUNCTION double lp_cosh64(double x) {                                           /* 2 ulp */
  const double h = lp_exp_shifted(lp_abs64(x), -1.0);
  return h + 0.25 / h;
}
/*@ lp_cosh32: lp_exp_shiftedf lp_abs32 */
LP_FUNCTION float lp_cosh32(float x) {
  const float h = lp_exp_shiftedf(lp_abs32(x), -1.0f);
  return h + 0.25f / h;
}
/*@ lp_tanh64: lp_abs64 lp_expm1_64 lp_signed64 */
LP_FUNCTION double lp_tanh64(double x) {                                           /* 3 ulp */
  const double a = lp_abs64(x), t = lp_expm1_64(a > 22.0 ? 44.0 : 2.0 * a);
  return x == x ? lp_signed64(t / (t + 2.0), x) : x;
}
/*@ lp_tanh32: lp_abs32 lp_expm1_32 lp_signed32 */
LP_FUNCTION float lp_tanh32(float x) {
  const float a = lp_abs32(x), t = lp_expm1_32(a > 10.0f ? 20.0f : 2.0f * a);
  return x == x ? lp_signed32(t / (t + 2.0f), x) : x;
}
/*@ lp_exprel64: lp_expm1_64 */
LP_FUNCTION double lp_exprel64(double x) { const double t = lp_expm1_64(x) / x; return x == 0.0 ? 1.0 : t; }   /* (exp(x) - 1) / x */
/*@ lp_exprel32: lp_expm1_32 */
LP_FUNCTION float lp_exprel32(float x) { const float t = lp_expm1_32(x) / x; return x == 0.0f ? 1.0f : t; }
/*@ lp_of_exprel64: lp_expm1_64 */
LP_FUNCTION double lp_of_exprel64(double x) { const double t = x / lp_expm1_64(x); return x == 0.0 ? 1.0 : t; }   /* 1 / exprel(x), with one division */
/*@ lp_of_exprel32: lp_expm1_32 */
LP_FUNCTION float lp_of_exprel32(float x) { const float t = x / lp_expm1_32(x); return x == 0.0f ? 1.0f : t; }
/*@ lp_sigmoid64: lp_exp64 */
LP_FUNCTION double lp_sigmoid64(double x) { return 1.0 / (1.0 + lp_exp64(-x)); }
/*@ lp_sigmoid32: lp_exp32 */
LP_FUNCTION float lp_sigmoid32(float x) { return 1.0f / (1.0f + lp_exp32(-x)); }

/* ---- logarithms ---------------------------------------------------------------------------------------------------- */
/*@ LP_LOG_REDUCE: lp_bits64 lp_double */
/* x = 2^k z with sqrt(1/2) <= z < sqrt(2), for x > 0; defines k and f = z - 1. */
#define LP_LOG_REDUCE(x)                                                                                   \
  const int is_tiny = (x) < 2.2250738585072014e-308;                                                       \
  const uint64_t moved = lp_bits64(is_tiny ? (x) * 18014398509481984.0 : (x)) + (0x3ff0000000000000u - 0x3fe6a09e667f3bcdu); \
  const double k = lp_double((moved >> 52) | 0x4330000000000000u) - (is_tiny ? 4503599627371573.0 : 4503599627371519.0);     \
  const double f = lp_double((moved & 0x000fffffffffffffu) + 0x3fe6a09e667f3bcdu) - 1.0
/*@ LP_LOG_REDUCEF: lp_bits32 lp_float */
#define LP_LOG_REDUCEF(x)                                                                                  \
  const int is_tiny = (x) < 1.17549435e-38f;                                                               \
  const uint32_t moved = lp_bits32(is_tiny ? (x) * 33554432.0f : (x)) + (0x3f800000u - 0x3f3504f3u);       \
  const float k = lp_float((moved >> 23) | 0x4b000000u) - (is_tiny ? 8388760.0f : 8388735.0f);             \
  const float f = lp_float((moved & 0x007fffffu) + 0x3f3504f3u) - 1.0f
/*@ LP_LOG_SPECIAL: LP_INF LP_NAN */
/* The right value for x that is not a positive finite number. */
#define LP_LOG_SPECIAL(x, y) ((x) < LP_INF ? ((x) > 0 ? (y) : (x) == 0 ? -LP_INF : LP_NAN) : (x))
/*@ LP_LOG_SPECIALF: LP_INF LP_NAN */
#define LP_LOG_SPECIALF(x, y) ((x) < (float)LP_INF ? ((x) > 0 ? (y) : (x) == 0 ? -(float)LP_INF : (float)LP_NAN) : (x))
/*@ lp_log_core */
/* log(1 + f) = f - (f^2/2 - s (f^2/2 + R)), s = f / (2 + f): this is R. */
LP_FUNCTION double lp_log_core(double s) {
  const double z = s * s, w = z * z;
  return z * (6.666666666666735130e-01 + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01))) +
         w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
}
/*@ lp_log_coref */
LP_FUNCTION float lp_log_coref(float s) {
  const float z = s * s, w = z * z;
  return z * (0.66666662693f + w * 0.28498786688f) + w * (0.40000972152f + w * 0.24279078841f);
}
/*@ lp_log64: LP_LOG_REDUCE lp_log_core LP_LOG_SPECIAL */
LP_FUNCTION double lp_log64(double x) {                                            /* 1 ulp */
  LP_LOG_REDUCE(x);
  const double s = f / (2.0 + f), h = 0.5 * f * f;
  const double y = k * 6.93147180369123816490e-01 - ((h - (s * (h + lp_log_core(s)) + k * 1.90821492927058770002e-10)) - f);
  return LP_LOG_SPECIAL(x, y);
}
/*@ lp_log32: LP_LOG_REDUCEF lp_log_coref LP_LOG_SPECIALF */
LP_FUNCTION float lp_log32(float x) {
  LP_LOG_REDUCEF(x);
  const float s = f / (2.0f + f), h = 0.5f * f * f;
  const float y = k * 6.9313812256e-01f - ((h - (s * (h + lp_log_coref(s)) + k * 9.0580006145e-06f)) - f);
  return LP_LOG_SPECIALF(x, y);
}
/*@ lp_log1p64: LP_LOG_REDUCE lp_log_core LP_LOG_SPECIAL */
/* log(u) of the rounded u = 1 + x, plus what the rounding lost. */
LP_FUNCTION double lp_log1p64(double x) {                                          /* 1 ulp */
  const double u = 1.0 + x;
  LP_LOG_REDUCE(u);
  const double lost = (x < 1.0 ? x - (u - 1.0) : 1.0 - (u - x)) / u;
  const double g = k == 0.0 ? x : f;      /* then u = z, and x is f without the rounding */
  const double c = k == 0.0 ? 0.0 : lost;
  const double s = g / (2.0 + g), h = 0.5 * g * g;
  const double y = k * 6.93147180369123816490e-01 - ((h - (s * (h + lp_log_core(s)) + (k * 1.90821492927058770002e-10 + c))) - g);
  const double z = LP_LOG_SPECIAL(u, y);
  return x == 0.0 ? x : z;
}
/*@ lp_log1p32: LP_LOG_REDUCEF lp_log_coref LP_LOG_SPECIALF */
LP_FUNCTION float lp_log1p32(float x) {
  const float u = 1.0f + x;
  LP_LOG_REDUCEF(u);
  const float lost = (x < 1.0f ? x - (u - 1.0f) : 1.0f - (u - x)) / u;
  const float g = k == 0.0f ? x : f, c = k == 0.0f ? 0.0f : lost;
  const float s = g / (2.0f + g), h = 0.5f * g * g;
  const float y = k * 6.9313812256e-01f - ((h - (s * (h + lp_log_coref(s)) + (k * 9.0580006145e-06f + c))) - g);
  const float z = LP_LOG_SPECIALF(u, y);
  return x == 0.0f ? x : z;
}
/*@ lp_log2_64: LP_LOG_REDUCE lp_high lp_log_core LP_LOG_SPECIAL */
/* log(z) in two parts, times the constant in two parts: exact for powers of the base. */
LP_FUNCTION double lp_log2_64(double x) {                                          /* 1 ulp */
  LP_LOG_REDUCE(x);
  const double s = f / (2.0 + f), h = 0.5 * f * f, hi = lp_high(f - h), lo = ((f - hi) - h) + s * (h + lp_log_core(s));
  const double a = hi * 1.44269504072144627571e+00, b = (lo + hi) * 1.67517131648865118353e-10 + lo * 1.44269504072144627571e+00;
  const double w = k + a, y = (b + ((k - w) + a)) + w;
  return LP_LOG_SPECIAL(x, y);
}
/*@ lp_log10_64: LP_LOG_REDUCE lp_high lp_log_core LP_LOG_SPECIAL */
LP_FUNCTION double lp_log10_64(double x) {                                         /* 2 ulp */
  LP_LOG_REDUCE(x);
  const double s = f / (2.0 + f), h = 0.5 * f * f, hi = lp_high(f - h), lo = ((f - hi) - h) + s * (h + lp_log_core(s));
  const double a = hi * 4.34294481878168880939e-01, k2 = k * 3.01029995663611771306e-01;
  const double b = k * 3.69423907715893078616e-13 + (lo + hi) * 2.50829467116452752298e-11 + lo * 4.34294481878168880939e-01;
  const double w = k2 + a, y = (b + ((k2 - w) + a)) + w;
  return LP_LOG_SPECIAL(x, y);
}
/*@ lp_log2_32: lp_log2_64 */
LP_FUNCTION float lp_log2_32(float x) { return (float)lp_log2_64((double)x); }
/*@ lp_log10_32: lp_log10_64 */
LP_FUNCTION float lp_log10_32(float x) { return (float)lp_log10_64((double)x); }

/* ---- powers -------------------------------------------------------------------------------------------------------- */
/*@ lp_pow64: lp_abs64 lp_bits64 lp_double lp_high LP_MAGIC lp_pow2 LP_INF lp_floor64 lp_signed64 LP_NAN */
/* log2|x| in two doubles, times y, then 2^ of it (fdlibm e_pow.c with its branches turned into selects). Special values as in C99. */
LP_FUNCTION double lp_pow64(double x, double y) {                                  /* 1 ulp */
  const double ax = lp_abs64(x);
  const int is_tiny = ax < 2.2250738585072014e-308;
  const uint64_t bits = lp_bits64(is_tiny ? ax * 9007199254740992.0 : ax);
  const double m = lp_double((bits & 0x000fffffffffffffu) | 0x3ff0000000000000u);
  const double e = lp_double((bits >> 52) | 0x4330000000000000u) - (is_tiny ? 4503599627371572.0 : 4503599627371519.0);
  const double base = m < 1.2247 ? 1.0 : m < 1.73205 ? 1.5 : 1.0;
  const double z = m < 1.73205 ? m : 0.5 * m, n = m < 1.73205 ? e : e + 1.0;
  const double dp_h = base == 1.5 ? 5.84962487220764160156e-01 : 0.0, dp_l = base == 1.5 ? 1.35003920212974897128e-08 : 0.0;
  const double u = z - base, v = 1.0 / (z + base), ss = u * v, s_h = lp_high(ss);
  const double t_h = lp_high(z + base), t_l = z - (t_h - base), s_l = v * ((u - s_h * t_h) - s_h * t_l);
  const double s2 = ss * ss;
  const double q = s2 * s2 * (5.99999999999994648725e-01 + s2 * (4.28571428578550184252e-01 + s2 * (3.33333329818377432918e-01 +
                   s2 * (2.72728123808534006489e-01 + s2 * (2.30660745775561754067e-01 + s2 * 2.06975017800338417784e-01))))) + s_l * (s_h + ss);
  const double sq = s_h * s_h, w_h = lp_high((3.0 + sq) + q), w_l = q - ((w_h - 3.0) - sq);
  const double g = s_h * w_h, h = s_l * w_h + w_l * ss, o_h = lp_high(g + h), o_l = h - (o_h - g);
  const double z_h = 9.61796700954437255859e-01 * o_h, z_l = (-7.02846165095275826516e-09 * o_h + o_l * 9.61796693925975554329e-01) + dp_l;
  const double t1 = lp_high(((z_h + z_l) + dp_h) + n), t2 = z_l - (((t1 - n) - dp_h) - z_h);
  const double yc = y > 1e21 ? 1e21 : y < -1e21 ? -1e21 : y, y1 = lp_high(yc);
  const double l = (yc - y1) * t1 + yc * t2, p = y1 * t1, sum = l + p;
  const int is_out = lp_abs64(sum) > 1100.0;
  const double p_h = is_out ? (sum > 0.0 ? 1100.0 : -1100.0) : p, p_l = is_out ? 0.0 : l;
  const double k = ((p_l + p_h) + LP_MAGIC) - LP_MAGIC, f_h = p_h - k, t = lp_high(p_l + f_h);
  const double c = t * 6.93147182464599609375e-01, d = (p_l - (t - f_h)) * 6.93147180559945286227e-01 + t * -1.90465429995776804525e-09;
  const double a = c + d, b = d - (a - c), aa = a * a;
  const double r = a - aa * (1.66666666666666019037e-01 + aa * (-2.77777777770155933842e-03 + aa * (6.61375632143793436117e-05 +
                   aa * (-1.65339022054652515390e-06 + aa * 4.13813679705723846039e-08))));
  const double one = 1.0 - (((a * r) / (r - 2.0) - (b + a * b)) - a), half = (k * 0.5 + LP_MAGIC) - LP_MAGIC;
  const double power = one * lp_pow2(half) * lp_pow2(k - half);
  const double edge = (ax == 0.0) == (y > 0.0) ? 0.0 : LP_INF;             /* |x| is 0 or infinite */
  const double size = ((ax == 0.0) | (ax == LP_INF)) ? edge : power;
  const int is_whole = lp_floor64(y) == y, is_odd = is_whole & (lp_floor64(0.5 * y) != 0.5 * y);
  const double with_sign = is_odd ? lp_signed64(size, x) : size;
  const double defined = ((x < 0.0) & (x > -LP_INF) & !is_whole) ? LP_NAN : with_sign;
  const double number = ((x == x) & (y == y)) ? defined : LP_NAN;
  return ((y == 0.0) | (x == 1.0)) ? 1.0 : number;
}
/*@ lp_pow32: lp_pow64 */
LP_FUNCTION float lp_pow32(float x, float y) { return (float)lp_pow64((double)x, (double)y); }

/* ---- circular functions -------------------------------------------------------------------------------------------- */
/*@ lp_sin_core */
LP_FUNCTION double lp_sin_core(double y, double lo) {   /* |y| <= pi/4, argument y + lo */
  const double z = y * y, w = z * z, v = z * y;
  const double r = 8.33333333332248946124e-03 + z * (-1.98412698298579493134e-04 + z * 2.75573137070700676789e-06) +
                   z * w * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10);
  return y - ((z * (0.5 * lo - v * r) - lo) - v * -1.66666666666666324348e-01);
}
/*@ lp_cos_core */
LP_FUNCTION double lp_cos_core(double y, double lo) {
  const double z = y * y, w = z * z;
  const double r = z * (4.16666666666666019037e-02 + z * (-1.38888888888741095749e-03 + z * 2.48015872894767294178e-05)) +
                   w * w * (-2.75573143513906633035e-07 + z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11));
  const double h = 0.5 * z, one = 1.0 - h;
  return one + (((1.0 - one) - h) + (z * r - y * lo));
}
/*@ LP_CIRCLE_REDUCE: lp_abs64 LP_NAN LP_MAGIC lp_bits64 */
/* x = n pi/2 + y + lo by pi/2 in parts of 23 bits (Cody and Waite); good to |x| < 1e9, beyond which the result is NaN:
** the exact method needs a table, and a phase of 1e9 rad has lost its meaning in a simulation. */
#define LP_CIRCLE_REDUCE(x)                                                                          \
  const double within = lp_abs64(x) <= 1e9 ? (x) : LP_NAN;                                           \
  const double shifted = within * 6.36619772367581382433e-01 + LP_MAGIC, n = shifted - LP_MAGIC;     \
  const uint64_t quarter = lp_bits64(shifted);                                                       \
  const double r = (within - n * 0x1.921fb4p+0) - n * 0x1.4442dp-24, part = n * 0x1.846988p-48;      \
  const double near = r - part, tail = ((r - near) - part) - n * 0x1.8cc51701b839ap-72;              \
  const double y = near + tail, lo = (near - y) + tail
/*@ lp_sin64: LP_CIRCLE_REDUCE lp_sin_core lp_cos_core */
LP_FUNCTION double lp_sin64(double x) {                                            /* 1 ulp */
  LP_CIRCLE_REDUCE(x);
  const double s = lp_sin_core(y, lo), c = lp_cos_core(y, lo), v = quarter & 1 ? c : s;
  const double z = quarter & 2 ? -v : v;
  return x == 0.0 ? x : z;
}
/*@ lp_cos64: LP_CIRCLE_REDUCE lp_sin_core lp_cos_core */
LP_FUNCTION double lp_cos64(double x) {                                            /* 1 ulp */
  LP_CIRCLE_REDUCE(x);
  const double s = lp_sin_core(y, lo), c = lp_cos_core(y, lo), v = quarter & 1 ? s : c;
  return (quarter + 1) & 2 ? -v : v;
}
/*@ lp_tan64: LP_CIRCLE_REDUCE lp_sin_core lp_cos_core */
LP_FUNCTION double lp_tan64(double x) {                                            /* 3 ulp */
  LP_CIRCLE_REDUCE(x);
  const double s = lp_sin_core(y, lo), c = lp_cos_core(y, lo), t = quarter & 1 ? -c / s : s / c;
  return x == 0.0 ? x : t;
}
/*@ lp_cos_turn: LP_MAGIC lp_bits64 lp_sin_core lp_cos_core */
LP_FUNCTION double lp_cos_turn(double u) {   /* cos(2 pi u), 0 <= u <= 1 */
  const double shifted = 4.0 * u + LP_MAGIC, y = (4.0 * u - (shifted - LP_MAGIC)) * 1.57079632679489661923;
  const uint64_t quarter = lp_bits64(shifted);
  const double s = lp_sin_core(y, 0.0), c = lp_cos_core(y, 0.0), v = quarter & 1 ? s : c;
  return (quarter + 1) & 2 ? -v : v;
}
/*@ lp_sin32: lp_sin64 */
LP_FUNCTION float lp_sin32(float x) { return (float)lp_sin64((double)x); }
/*@ lp_cos32: lp_cos64 */
LP_FUNCTION float lp_cos32(float x) { return (float)lp_cos64((double)x); }
/*@ lp_tan32: lp_tan64 */
LP_FUNCTION float lp_tan32(float x) { return (float)lp_tan64((double)x); }
/*@ lp_asin_core */
/* (asin(s) - s) / s as a function of t = s^2 <= 1/4. */
LP_FUNCTION double lp_asin_core(double t) {
  const double p = t * (1.66666666666666657415e-01 + t * (-3.25565818622400915405e-01 + t * (2.01212532134862925881e-01 +
                   t * (-4.00555345006794114027e-02 + t * (7.91534994289814532176e-04 + t * 3.47933107596021167570e-05)))));
  return p / (1.0 + t * (-2.40339491173441421878e+00 + t * (2.02094576023350569471e+00 + t * (-6.88283971605453293030e-01 + t * 7.70381505559019352791e-02))));
}
/*@ lp_asin64: lp_abs64 lp_asin_core lp_sqrt64 lp_high lp_signed64 LP_NAN */
LP_FUNCTION double lp_asin64(double x) {                                           /* 1 ulp */
  const double a = lp_abs64(x);
  const int is_low = a < 0.5;
  const double t = is_low ? a * a : (1.0 - a) * 0.5, q = lp_asin_core(t);
  const double s = lp_sqrt64(t), w = lp_high(s), c = s > 0.0 ? (t - w * w) / (s + w) : 0.0;
  const double high = 7.85398163397448278999e-01 - ((2.0 * s * q - (6.12323399573676603587e-17 - 2.0 * c)) - (7.85398163397448278999e-01 - 2.0 * w));
  const double y = is_low ? a + a * q : high;
  return a <= 1.0 ? lp_signed64(y, x) : LP_NAN;
}
/*@ lp_acos64: lp_abs64 lp_asin_core lp_sqrt64 lp_high LP_NAN */
LP_FUNCTION double lp_acos64(double x) {                                           /* 1 ulp */
  const double a = lp_abs64(x);
  const int is_low = a < 0.5;
  const double t = is_low ? a * a : (1.0 - a) * 0.5, q = lp_asin_core(t);
  const double s = lp_sqrt64(t), w = lp_high(s), c = s > 0.0 ? (t - w * w) / (s + w) : 0.0;
  const double low = 1.57079632679489655800e+00 - (x - (6.12323399573676603587e-17 - x * q));
  const double right = 2.0 * (w + (q * s + c)), left = 3.14159265358979311600e+00 - 2.0 * (s + (q * s - 6.12323399573676603587e-17));
  const double y = is_low ? low : x > 0.0 ? right : left;
  return a <= 1.0 ? y : LP_NAN;
}
/*@ lp_step */
/* One select after another: chains of ?: become control flow that gcc does not turn back. */
LP_FUNCTION double lp_step(double a, double edge, double above, double below) { return a >= edge ? above : below; }
/*@ lp_by_range: lp_step */
LP_FUNCTION double lp_by_range(double a, double v0, double v1, double v2, double v3, double v4) {
  return lp_step(a, 2.4375, v4, lp_step(a, 1.1875, v3, lp_step(a, 0.6875, v2, lp_step(a, 0.4375, v1, v0))));
}
/*@ lp_atan_positive: lp_by_range */
LP_FUNCTION double lp_atan_positive(double a) {
  const double top = lp_by_range(a, a, 2.0 * a - 1.0, a - 1.0, a - 1.5, -1.0);
  const double below = lp_by_range(a, 1.0, 2.0 + a, a + 1.0, 1.0 + 1.5 * a, a);
  const double hi = lp_by_range(a, 0.0, 4.63647609000806093515e-01, 7.85398163397448278999e-01, 9.82793723247329054082e-01, 1.57079632679489655800e+00);
  const double lo = lp_by_range(a, 0.0, 2.26987774529616870924e-17, 3.06161699786838301793e-17, 1.39033110312309984516e-17, 6.12323399573676603587e-17);
  const double x = top / below, z = x * x, w = z * z;
  const double s1 = z * (3.33333333333329318027e-01 + w * (1.42857142725034663711e-01 + w * (9.09088713343650656196e-02 +
                    w * (6.66107313738753120669e-02 + w * (4.97687799461593236017e-02 + w * 1.62858201153657823623e-02)))));
  const double s2 = w * (-1.99999999998764832476e-01 + w * (-1.11111104054623557880e-01 + w * (-7.69187620504482999495e-02 +
                    w * (-5.83357013379057348645e-02 + w * -3.65315727442169155270e-02))));
  return hi - ((x * (s1 + s2) - lo) - x);
}
/*@ lp_atan64: lp_signed64 lp_atan_positive lp_abs64 */
LP_FUNCTION double lp_atan64(double x) { return x == x ? lp_signed64(lp_atan_positive(lp_abs64(x)), x) : x; }   /* 1 ulp */
/*@ lp_atan2_64: lp_abs64 LP_INF lp_atan_positive lp_bits64 lp_signed64 LP_NAN */
LP_FUNCTION double lp_atan2_64(double y, double x) {                               /* 2 ulp */
  const double ay = lp_abs64(y), ax = lp_abs64(x);
  const int is_both = (ay == ax) & ((ay == 0.0) | (ay == LP_INF));            /* 0/0 and inf/inf have a direction all the same */
  const double quotient = ay / ax, same = ay == 0.0 ? 0.0 : 1.0, ratio = is_both ? same : quotient;
  const double z = lp_atan_positive(ratio);
  const double left = 3.14159265358979311600e+00 - (z - 1.22464679914735317720e-16);
  const double v = (int64_t)lp_bits64(x) < 0 ? left : z;
  return ((x == x) & (y == y)) ? lp_signed64(v, y) : LP_NAN;
}
/*@ lp_asin32: lp_asin64 */
LP_FUNCTION float lp_asin32(float x) { return (float)lp_asin64((double)x); }
/*@ lp_acos32: lp_acos64 */
LP_FUNCTION float lp_acos32(float x) { return (float)lp_acos64((double)x); }
/*@ lp_atan32: lp_atan64 */
LP_FUNCTION float lp_atan32(float x) { return (float)lp_atan64((double)x); }
/*@ lp_atan2_32: lp_atan2_64 */
LP_FUNCTION float lp_atan2_32(float y, float x) { return (float)lp_atan2_64((double)y, (double)x); }

/* ---- selections ------------------------------------------------------------------------------------------------------ */
/*@ lp_min64 */
/* min and max give their second argument where the two do not compare (a NaN). mod has the sign of the divisor, rem of the dividend. */
LP_FUNCTION double lp_min64(double a, double b) { return a < b ? a : b; }
/*@ lp_min32 */
LP_FUNCTION float lp_min32(float a, float b) { return a < b ? a : b; }
/*@ lp_max64 */
LP_FUNCTION double lp_max64(double a, double b) { return a > b ? a : b; }
/*@ lp_max32 */
LP_FUNCTION float lp_max32(float a, float b) { return a > b ? a : b; }
/*@ lp_sign64 */
LP_FUNCTION double lp_sign64(double x) { return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : x; }
/*@ lp_sign32 */
LP_FUNCTION float lp_sign32(float x) { return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : x; }
/*@ lp_heaviside64 */
LP_FUNCTION double lp_heaviside64(double x) { return x > 0.0 ? 1.0 : 0.0; }
/*@ lp_heaviside32 */
LP_FUNCTION float lp_heaviside32(float x) { return x > 0.0f ? 1.0f : 0.0f; }
/*@ lp_mod64: lp_floor64 */
LP_FUNCTION double lp_mod64(double a, double b) { return a - b * lp_floor64(a / b); }
/*@ lp_mod32: lp_floor32 */
LP_FUNCTION float lp_mod32(float a, float b) { return a - b * lp_floor32(a / b); }
/*@ lp_rem64: lp_trunc64 */
LP_FUNCTION double lp_rem64(double a, double b) { return a - b * lp_trunc64(a / b); }
/*@ lp_rem32: lp_trunc32 */
LP_FUNCTION float lp_rem32(float a, float b) { return a - b * lp_trunc32(a / b); }

/* ---- step counts ----------------------------------------------------------------------------------------------------- */
/*@ lp_count64: lp_round64 */
/* The nearest whole number, ties to even, as a count; what no count can hold goes to the end of the range (a NaN to the lower one). */
LP_FUNCTION int64_t lp_count64(double x) {
  const double r = lp_round64(x), low = r > -1e15 ? r : -1e15;
  return (int64_t)(low < 1e15 ? low : 1e15);
}
/*@ lp_count32: lp_round64 */
LP_FUNCTION int32_t lp_count32(double x) {
  const double r = lp_round64(x), low = r > -2147483648.0 ? r : -2147483648.0;
  return (int32_t)(low < 2147483647.0 ? low : 2147483647.0);
}
/*@ lp_halves64: lp_round64 */
/* x, or the half that it misses by no more than a quotient of numbers in single precision may: 0.15 ms of 0.1 ms are 1.5 steps in every precision. */
LP_FUNCTION double lp_halves64(double x) {
  const double near = lp_round64(2 * x), miss = 2 * x - near, most = 2e-6 + 2.4e-7 * (x < 0 ? -x : x);
  return miss <= most && -miss <= most ? near / 2 : x;
}
/*@ lp_freeze64: lp_count64 lp_halves64 */
/* The first step in which a neuron is free again that is frozen for x steps after `step`. */
LP_FUNCTION int64_t lp_freeze64(int64_t step, double x) { return step + 1 + lp_count64(lp_halves64(x)); }
/*@ lp_freeze32: lp_count32 lp_round64 lp_halves64 */
LP_FUNCTION int32_t lp_freeze32(int64_t step, double x) { return lp_count32((double)(step + 1) + lp_round64(lp_halves64(x))); }

/* ---- one name for both precisions ------------------------------------------------------------------------------------ */
/*@ LP_BY_TYPE */
#define LP_BY_TYPE(x, single, dbl) _Generic((x), float: single, default: dbl)
/*@ lp_min = lp_min32 lp_min64 */
#define lp_min(a, b) LP_BY_TYPE(a, lp_min32, lp_min64)(a, b)
/*@ lp_max = lp_max32 lp_max64 */
#define lp_max(a, b) LP_BY_TYPE(a, lp_max32, lp_max64)(a, b)
/*@ lp_sign = lp_sign32 lp_sign64 */
#define lp_sign(x) LP_BY_TYPE(x, lp_sign32, lp_sign64)(x)
/*@ lp_heaviside = lp_heaviside32 lp_heaviside64 */
#define lp_heaviside(x) LP_BY_TYPE(x, lp_heaviside32, lp_heaviside64)(x)
/*@ lp_mod = lp_mod32 lp_mod64 */
#define lp_mod(a, b) LP_BY_TYPE(a, lp_mod32, lp_mod64)(a, b)
/*@ lp_rem = lp_rem32 lp_rem64 */
#define lp_rem(a, b) LP_BY_TYPE(a, lp_rem32, lp_rem64)(a, b)
/*@ lp_abs = lp_abs32 lp_abs64 */
#define lp_abs(x) LP_BY_TYPE(x, lp_abs32, lp_abs64)(x)
/*@ lp_floor = lp_floor32 lp_floor64 */
#define lp_floor(x) LP_BY_TYPE(x, lp_floor32, lp_floor64)(x)
/*@ lp_ceil = lp_ceil32 lp_ceil64 */
#define lp_ceil(x) LP_BY_TYPE(x, lp_ceil32, lp_ceil64)(x)
/*@ lp_trunc = lp_trunc32 lp_trunc64 */
#define lp_trunc(x) LP_BY_TYPE(x, lp_trunc32, lp_trunc64)(x)
/*@ lp_round = lp_round32 lp_round64 */
#define lp_round(x) LP_BY_TYPE(x, lp_round32, lp_round64)(x)
/*@ lp_sqrt = lp_sqrt32 lp_sqrt64 */
#define lp_sqrt(x) LP_BY_TYPE(x, lp_sqrt32, lp_sqrt64)(x)
/*@ lp_exp = lp_exp32 lp_exp64 */
#define lp_exp(x) LP_BY_TYPE(x, lp_exp32, lp_exp64)(x)
/*@ lp_expm1 = lp_expm1_32 lp_expm1_64 */
#define lp_expm1(x) LP_BY_TYPE(x, lp_expm1_32, lp_expm1_64)(x)
/*@ lp_sinh = lp_sinh32 lp_sinh64 */
#define lp_sinh(x) LP_BY_TYPE(x, lp_sinh32, lp_sinh64)(x)
/*@ lp_cosh = lp_cosh32 lp_cosh64 */
#define lp_cosh(x) LP_BY_TYPE(x, lp_cosh32, lp_cosh64)(x)
/*@ lp_tanh = lp_tanh32 lp_tanh64 */
#define lp_tanh(x) LP_BY_TYPE(x, lp_tanh32, lp_tanh64)(x)
/*@ lp_erf = lp_erf32 lp_erf64 */
#define lp_erf(x) LP_BY_TYPE(x, lp_erf32, lp_erf64)(x)
/*@ lp_erfc = lp_erfc32 lp_erfc64 */
#define lp_erfc(x) LP_BY_TYPE(x, lp_erfc32, lp_erfc64)(x)
/*@ lp_exprel = lp_exprel32 lp_exprel64 */
#define lp_exprel(x) LP_BY_TYPE(x, lp_exprel32, lp_exprel64)(x)
/*@ lp_of_exprel = lp_of_exprel32 lp_of_exprel64 */
#define lp_of_exprel(x) LP_BY_TYPE(x, lp_of_exprel32, lp_of_exprel64)(x)
/*@ lp_sigmoid = lp_sigmoid32 lp_sigmoid64 */
#define lp_sigmoid(x) LP_BY_TYPE(x, lp_sigmoid32, lp_sigmoid64)(x)
/*@ lp_log = lp_log32 lp_log64 */
#define lp_log(x) LP_BY_TYPE(x, lp_log32, lp_log64)(x)
/*@ lp_log1p = lp_log1p32 lp_log1p64 */
#define lp_log1p(x) LP_BY_TYPE(x, lp_log1p32, lp_log1p64)(x)
/*@ lp_log2 = lp_log2_32 lp_log2_64 */
#define lp_log2(x) LP_BY_TYPE(x, lp_log2_32, lp_log2_64)(x)
/*@ lp_log10 = lp_log10_32 lp_log10_64 */
#define lp_log10(x) LP_BY_TYPE(x, lp_log10_32, lp_log10_64)(x)
/*@ lp_pow = lp_pow32 lp_pow64 */
#define lp_pow(x, y) LP_BY_TYPE(x, lp_pow32, lp_pow64)(x, y)
/*@ lp_sin = lp_sin32 lp_sin64 */
#define lp_sin(x) LP_BY_TYPE(x, lp_sin32, lp_sin64)(x)
/*@ lp_cos = lp_cos32 lp_cos64 */
#define lp_cos(x) LP_BY_TYPE(x, lp_cos32, lp_cos64)(x)
/*@ lp_tan = lp_tan32 lp_tan64 */
#define lp_tan(x) LP_BY_TYPE(x, lp_tan32, lp_tan64)(x)
/*@ lp_asin = lp_asin32 lp_asin64 */
#define lp_asin(x) LP_BY_TYPE(x, lp_asin32, lp_asin64)(x)
/*@ lp_acos = lp_acos32 lp_acos64 */
#define lp_acos(x) LP_BY_TYPE(x, lp_acos32, lp_acos64)(x)
/*@ lp_atan = lp_atan32 lp_atan64 */
#define lp_atan(x) LP_BY_TYPE(x, lp_atan32, lp_atan64)(x)
/*@ lp_atan2 = lp_atan2_32 lp_atan2_64 */
#define lp_atan2(y, x) LP_BY_TYPE(y, lp_atan2_32, lp_atan2_64)(y, x)

#endif
