/* Accuracy of kernel/prelude_math.h against the C library over wide ranges, and its special values. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/prelude_math.h"

static int failures;
static uint64_t state = 88172645463325252u;

static uint64_t next(void) {
  state ^= state << 13;
  state ^= state >> 7;
  return state ^= state << 17;
}

static double between(double lo, double hi) { return lo + (hi - lo) * ((double)(next() >> 11) * 0x1p-53); }

/* Distance in units of the last place of the exact value, as a long double knows it. */
static double ulps(double got, long double want, int is_float) {
  if (isnan(got) && isnan(want))
    return 0;
  if (isinf(got) || isinf(want))
    return got == (is_float ? (double)(float)want : (double)want) ? 0 : INFINITY;
  double size = fabs((double)want), least = is_float ? 0x1p-126 : 0x1p-1022;
  if (got == 0 && size < least) /* flushed, as kernels do */
    return 0;
  if (size < least)
    size = least;
  int e;
  frexp(size, &e);
  return (double)(fabsl((long double)got - want) / ldexpl(1, e - (is_float ? 24 : 53)));
}

typedef struct {
  const char *name;
  double (*f64)(double);
  float (*f32)(float);
  long double (*exact)(long double);
  double lo, hi; /* range; 0,0: all bit patterns */
  double limit64, limit32;
} Case;

#define WRAP(name, f, g)                                                                                                                   \
  static double name##_d(double x) { return f(x); }                                                                                        \
  static float name##_f(float x) { return g(x); }
WRAP(exp, lp_exp64, lp_exp32)
WRAP(expm1, lp_expm1_64, lp_expm1_32)
WRAP(sinh, lp_sinh64, lp_sinh32)
WRAP(cosh, lp_cosh64, lp_cosh32)
WRAP(tanh, lp_tanh64, lp_tanh32)
WRAP(erf, lp_erf64, lp_erf32)
WRAP(erfc, lp_erfc64, lp_erfc32)
WRAP(log, lp_log64, lp_log32)
WRAP(log1p, lp_log1p64, lp_log1p32)
WRAP(log2, lp_log2_64, lp_log2_32)
WRAP(log10, lp_log10_64, lp_log10_32)
WRAP(sin, lp_sin64, lp_sin32)
WRAP(cos, lp_cos64, lp_cos32)
WRAP(tan, lp_tan64, lp_tan32)
WRAP(asin, lp_asin64, lp_asin32)
WRAP(acos, lp_acos64, lp_acos32)
WRAP(atan, lp_atan64, lp_atan32)

static const Case cases[] = {
  { "exp", exp_d, exp_f, expl, -708, 709.7, 1, 1.5 },   { "exp", exp_d, exp_f, expl, -1, 1, 1, 1.5 },
  { "exp", exp_d, exp_f, expl, 0, 0, 1.01, 1.5 },       { "expm1", expm1_d, expm1_f, expm1l, -40, 709, 2, 2.5 },
  { "expm1", expm1_d, expm1_f, expm1l, -1, 1, 2, 2.5 }, { "expm1", expm1_d, expm1_f, expm1l, 0, 0, 2, 2.5 },
  { "sinh", sinh_d, sinh_f, sinhl, -3, 3, 3, 3.5 },     { "sinh", sinh_d, sinh_f, sinhl, 0, 0, 3, 3.5 },
  { "cosh", cosh_d, cosh_f, coshl, -30, 30, 2, 2.5 },   { "cosh", cosh_d, cosh_f, coshl, 0, 0, 2, 2.5 },
  { "tanh", tanh_d, tanh_f, tanhl, -3, 3, 3, 3.5 },     { "tanh", tanh_d, tanh_f, tanhl, 0, 0, 3, 3.5 },
  { "erf", erf_d, erf_f, erfl, -3, 3, 2, 1 },           { "erf", erf_d, erf_f, erfl, 0, 0, 2, 1 },
  { "erfc", erfc_d, erfc_f, erfcl, -6, 3, 6, 1 },       { "erfc", erfc_d, erfc_f, erfcl, 3, 26, 6, 1.5 },
  { "erfc", erfc_d, erfc_f, erfcl, 0, 0, 6, 1.5 },      { "log", log_d, log_f, logl, 0.5, 2, 1, 1.5 },
  { "log", log_d, log_f, logl, 0, 0, 1, 1.5 },          { "log1p", log1p_d, log1p_f, log1pl, -0.9, 3, 1.5, 2 },
  { "log1p", log1p_d, log1p_f, log1pl, 0, 0, 1.5, 2 },  { "log2", log2_d, log2_f, log2l, 0.5, 2, 1.5, 1 },
  { "log2", log2_d, log2_f, log2l, 0, 0, 1.5, 1 },      { "log10", log10_d, log10_f, log10l, 0.5, 2, 2, 1 },
  { "log10", log10_d, log10_f, log10l, 0, 0, 2, 1 },    { "sin", sin_d, sin_f, sinl, -10, 10, 1, 1 },
  { "sin", sin_d, sin_f, sinl, -9e8, 9e8, 1, 1 },       { "cos", cos_d, cos_f, cosl, -10, 10, 1, 1 },
  { "cos", cos_d, cos_f, cosl, -9e8, 9e8, 1, 1 },       { "tan", tan_d, tan_f, tanl, -10, 10, 3, 1 },
  { "tan", tan_d, tan_f, tanl, -9e8, 9e8, 3, 1 },       { "asin", asin_d, asin_f, asinl, -1, 1, 1.5, 1 },
  { "acos", acos_d, acos_f, acosl, -1, 1, 1.5, 1 },     { "atan", atan_d, atan_f, atanl, -5, 5, 1, 1 },
  { "atan", atan_d, atan_f, atanl, 0, 0, 1, 1 },
};

static void run_case(const Case *c) {
  double worst = 0, at = 0, worst_f = 0, at_f = 0;
  for (int i = 0; i < 200000; i++) {
    uint64_t bits = next();
    uint32_t bits32 = (uint32_t)next();
    double x = between(c->lo, c->hi);
    float xf = (float)x;
    if (c->lo == c->hi) {
      memcpy(&x, &bits, 8);
      memcpy(&xf, &bits32, 4);
    }
    double u = ulps(c->f64(x), c->exact(x), 0);
    if (!(u <= worst))
      worst = u, at = x;
    u = ulps(c->f32(xf), c->exact(xf), 1);
    if (!(u <= worst_f))
      worst_f = u, at_f = xf;
  }
  if (getenv("VERBOSE"))
    printf("%-6s [%g, %g]: %.3f (at %.17g), float %.3f (at %.9g)\n", c->name, c->lo, c->hi, worst, at, worst_f, at_f);
  if (!(worst <= c->limit64)) {
    failures++;
    printf("FAIL %s: %g ulp at %.17g (limit %g)\n", c->name, worst, at, c->limit64);
  }
  if (!(worst_f <= c->limit32)) {
    failures++;
    printf("FAIL float %s: %g ulp at %.9g (limit %g)\n", c->name, worst_f, at_f, c->limit32);
  }
}

static void run_pow(void) {
  double worst = 0, ax = 0, ay = 0, worst_f = 0, worst_2 = 0;
  for (int i = 0; i < 400000; i++) {
    double x, y;
    if (i % 2) {
      x = exp(between(-700, 700)), y = between(-700, 700) / fabs(log(x));
    } else {
      uint64_t a = next(), b = next();
      memcpy(&x, &a, 8), memcpy(&y, &b, 8);
    }
    if (i % 8 == 0)
      y = rint(between(-20, 20));
    if (i % 16 == 0)
      x = between(-30, 30);
    double u = ulps(lp_pow64(x, y), powl(x, y), 0);
    if (!(u <= worst))
      worst = u, ax = x, ay = y;
    float fx = (float)x, fy = (float)y;
    u = ulps(lp_pow32(fx, fy), powl(fx, fy), 1);
    if (!(u <= worst_f))
      worst_f = u;
    u = ulps(lp_atan2_64(x, y), atan2l(x, y), 0);
    if (!(u <= worst_2))
      worst_2 = u;
  }
  if (getenv("VERBOSE"))
    printf("pow: %.3f at (%.17g, %.17g), float %.3f; atan2 %.3f\n", worst, ax, ay, worst_f, worst_2);
  if (!(worst <= 1.01)) {
    failures++;
    printf("FAIL pow: %g ulp at (%.17g, %.17g)\n", worst, ax, ay);
  }
  if (!(worst_f <= 1)) {
    failures++;
    printf("FAIL float pow: %g ulp\n", worst_f);
  }
  if (!(worst_2 <= 2)) {
    failures++;
    printf("FAIL atan2: %g ulp\n", worst_2);
  }
}

static void same(const char *what, double got, double want) {
  if (memcmp(&got, &want, 8) != 0 && !(isnan(got) && isnan(want))) {
    failures++;
    printf("FAIL %s = %.17g, want %.17g\n", what, got, want);
  }
}
#define SAME(e, want) same(#e, e, want)

static void run_special(void) {
  const double inf = INFINITY, nan_ = NAN;
  static const double values[] = { 0.0,    -0.0,        1,           -1,       2,         -2,         3,       -3,
                                   0.5,    -0.5,        1e300,       -1e300,   0x1p53,    0x1p53 + 2, -0x1p53, 5e-324,
                                   1e-310, 1 - 0x1p-53, 1 + 0x1p-52, INFINITY, -INFINITY, NAN };
  SAME(lp_exp64(-inf), 0.0);
  SAME(lp_exp64(inf), inf);
  SAME(lp_exp64(nan_), nan_);
  SAME(lp_exp64(0), 1.0);
  SAME(lp_exp64(-0.0), 1.0);
  SAME(lp_exp64(1e308), inf);
  SAME(lp_exp64(-708.3964185322641), 2.2250738585072626e-308);
  SAME(lp_exp64(-708.3964185322642), 0.0);
  SAME(lp_exp64(709.782712893384), 0x1.fffffffffff2ap+1023);
  SAME(lp_exp64(709.7827128933841), inf);
  SAME(lp_exp32(-87.33655f), 0.0);
  SAME(lp_exp32(88.72284f), inf);
  SAME(lp_exp32(-inf), 0.0);
  SAME(lp_exp32(inf), inf);
  SAME(lp_exp32(nan_), nan_);
  SAME(lp_exp32(0), 1.0);
  SAME(lp_log64(0), -inf);
  SAME(lp_log64(-0.0), -inf);
  SAME(lp_log64(-1), nan_);
  SAME(lp_log64(inf), inf);
  SAME(lp_log64(-inf), nan_);
  SAME(lp_log64(nan_), nan_);
  SAME(lp_log64(1), 0.0);
  SAME(lp_log32(0), -inf);
  SAME(lp_log32(-1), nan_);
  SAME(lp_log32(inf), inf);
  SAME(lp_log32(nan_), nan_);
  SAME(lp_log32(1), 0.0);
  SAME(lp_expm1_64(-inf), -1.0);
  SAME(lp_expm1_64(inf), inf);
  SAME(lp_expm1_64(-0.0), -0.0);
  SAME(lp_expm1_64(1e-300), 1e-300);
  SAME(lp_expm1_32(-inf), -1.0);
  SAME(lp_log1p64(-1), -inf);
  SAME(lp_log1p64(-2), nan_);
  SAME(lp_log1p64(inf), inf);
  SAME(lp_log1p64(-0.0), -0.0);
  SAME(lp_log1p64(1e-300), 1e-300);
  SAME(lp_log2_64(8), 3.0);
  SAME(lp_log2_64(0x1p-1000), -1000.0);
  SAME(lp_log10_64(1000), 3.0);
  SAME(lp_log10_64(1e22), 22.0);
  SAME(lp_sin64(0.0), 0.0);
  SAME(lp_sin64(-0.0), -0.0);
  SAME(lp_sin64(inf), nan_);
  SAME(lp_cos64(0), 1.0);
  SAME(lp_cos64(2e9), nan_);
  SAME(lp_tan64(-0.0), -0.0);
  SAME(lp_asin64(1), M_PI_2);
  SAME(lp_asin64(-1), -M_PI_2);
  SAME(lp_asin64(1.1), nan_);
  SAME(lp_acos64(1), 0.0);
  SAME(lp_acos64(-1), M_PI);
  SAME(lp_acos64(-1.1), nan_);
  SAME(lp_atan64(inf), M_PI_2);
  SAME(lp_atan64(-inf), -M_PI_2);
  SAME(lp_atan64(-0.0), -0.0);
  SAME(lp_tanh64(inf), 1.0);
  SAME(lp_tanh64(-inf), -1.0);
  SAME(lp_tanh64(-0.0), -0.0);
  SAME(lp_erf64(inf), 1.0);
  SAME(lp_erf64(-inf), -1.0);
  SAME(lp_erf64(-0.0), -0.0);
  SAME(lp_erf64(nan_), nan_);
  SAME(lp_erfc64(inf), 0.0);
  SAME(lp_erfc64(-inf), 2.0);
  SAME(lp_erfc64(0), 1.0);
  SAME(lp_erfc64(nan_), nan_);
  SAME(lp_sinh64(-inf), -inf);
  SAME(lp_sinh64(-0.0), -0.0);
  SAME(lp_cosh64(-inf), inf);
  SAME(lp_exprel64(0), 1.0);
  SAME(lp_exprel32(0), 1.0);
  SAME(lp_of_exprel64(0), 1.0);
  SAME(lp_of_exprel32(0), 1.0);
  SAME(lp_of_exprel64(800), 0.0);
  SAME(lp_of_exprel64(-800), 800.0);
  SAME(lp_sigmoid64(-inf), 0.0);
  SAME(lp_sigmoid64(inf), 1.0);
  SAME(lp_round64(2.5), 2.0);
  SAME(lp_round64(3.5), 4.0);
  SAME(lp_round64(-0.5), -0.0);
  for (unsigned i = 0; i < sizeof values / sizeof *values; i++)
    for (unsigned k = 0; k < sizeof values / sizeof *values; k++) {
      double x = values[i], y = values[k];
      char what[80];
      snprintf(what, sizeof what, "pow(%g, %g)", x, y);
      if (ulps(lp_pow64(x, y), powl(x, y), 0) > 1 || signbit(lp_pow64(x, y)) != signbit(pow(x, y)))
        if (!isnan(pow(x, y)) || !isnan(lp_pow64(x, y)))
          same(what, lp_pow64(x, y), pow(x, y));
      snprintf(what, sizeof what, "atan2(%g, %g)", x, y);
      if (ulps(lp_atan2_64(x, y), atan2l(x, y), 0) > 1)
        same(what, lp_atan2_64(x, y), atan2(x, y));
    }
  for (int b = -12; b <= 12; b++)
    for (int e = 0; e <= 12; e++) {
      double want = 1;
      for (int k = 0; k < e; k++)
        want *= b;
      if (fabs(want) < 0x1p53)
        same("pow(integer, integer)", lp_pow64(b, e), want);
    }
}

int main(void) {
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++)
    run_case(&cases[i]);
  run_pow();
  run_special();
  return failures != 0;
}
