#include "numeric/fft.h"

#include <complex.h>
#include <string.h>

#include "base/array_block.h"
#include "base/memory.h"
#include "numeric/library.h"

static const char purpose[] = "a Fourier transform";

#ifndef HAS_FFTW

Array *fft_transform(FftKind kind, const Array *a, int64_t n, Error *e) {
  (void)kind, (void)a, (void)n;
  library_missing("libfftw3-dev", purpose, e);
  return NULL;
}

FftPlan *fft_plan_new(int64_t n, Error *e) {
  (void)n;
  library_missing("libfftw3-dev", purpose, e);
  return NULL;
}

void fft_plan_free(FftPlan *p) { (void)p; }
void fft_plan_forward(FftPlan *p) { (void)p; }
void fft_plan_back(FftPlan *p) { (void)p; }

#else

#include <fftw3.h>

#define FUNCTIONS(X) X(fftw_plan_many_dft) X(fftw_plan_many_dft_r2c) X(fftw_plan_many_dft_c2r) X(fftw_execute) X(fftw_destroy_plan)

static struct { FUNCTIONS(LIBRARY_MEMBER) } lib;

static bool open_library(Error *e) {
  static bool is_open;
  const LibraryFunction functions[] = { FUNCTIONS(LIBRARY_ROW) };
  return is_open =
             is_open || library_open("libfftw3.so.3", "libfftw3-double3", purpose, functions, sizeof functions / sizeof *functions, e);
}

/* The plan for `many` transforms of length n, one behind the other. */
static fftw_plan plan(FftKind kind, int n, int many, void *from, void *to) {
  int half = n / 2 + 1;
  switch (kind) {
  case FFT_REAL: return lib.fftw_plan_many_dft_r2c(1, &n, many, from, NULL, 1, n, to, NULL, 1, half, FFTW_ESTIMATE);
  case FFT_TO_REAL: return lib.fftw_plan_many_dft_c2r(1, &n, many, from, NULL, 1, half, to, NULL, 1, n, FFTW_ESTIMATE);
  default:
    return lib.fftw_plan_many_dft(1, &n, many, from, NULL, 1, n, to, NULL, 1, n, kind == FFT_FORWARD ? FFTW_FORWARD : FFTW_BACKWARD,
                                  FFTW_ESTIMATE);
  }
}

Array *fft_transform(FftKind kind, const Array *a, int64_t n, Error *e) {
  int64_t shape[ARRAY_MOST_AXES], last = a->shape[a->n_axes - 1], many = last > 0 ? array_count(a) / last : 0;
  memcpy(shape, a->shape, sizeof shape);
  shape[a->n_axes - 1] = kind == FFT_REAL ? n / 2 + 1 : n;
  if (!open_library(e))
    return NULL;
  if (n > INT32_MAX / 2 || many > INT32_MAX) {
    error_set(e, "a Fourier transform of more than %d elements", INT32_MAX / 2);
    return NULL;
  }
  Array *from = array_duplicate(a, a->type); /* transforms back to real numbers use it up */
  Array *out = array_new_shaped(kind == FFT_TO_REAL ? ARRAY_F64 : ARRAY_C128, a->n_axes, shape);
  fftw_plan p = from != NULL && out != NULL && many > 0 ? plan(kind, (int)n, (int)many, from->at, out->at) : NULL;
  if (p != NULL) {
    lib.fftw_execute(p);
    lib.fftw_destroy_plan(p);
    if (kind == FFT_BACKWARD || kind == FFT_TO_REAL) {
      double *x = (double *)(void *)out->at;
      int64_t n_numbers = array_count(out) * (kind == FFT_BACKWARD ? 2 : 1);
      for (int64_t k = 0; k < n_numbers; k++)
        x[k] /= (double)n;
    }
  } else if (many > 0) {
    error_memory(e, purpose, 32.0 * (double)n * (double)many);
    array_release(out);
    out = NULL;
  }
  array_release(from);
  return out;
}

FftPlan *fft_plan_new(int64_t n, Error *e) {
  if (!open_library(e))
    return NULL;
  FftPlan *p = memory_new(sizeof *p);
  if (p) {
    p->n = n;
    p->samples = memory_new(sizeof(double) * (size_t)n);
    p->spectrum = memory_new(sizeof(double) * (size_t)(n + 2));
    if (p->samples && p->spectrum && n <= INT32_MAX / 2) {
      p->forward = plan(FFT_REAL, (int)n, 1, p->samples, p->spectrum);
      p->back = plan(FFT_TO_REAL, (int)n, 1, p->spectrum, p->samples);
    }
  }
  if (p && p->forward && p->back)
    return p;
  fft_plan_free(p);
  return error_memory(e, purpose, 16.0 * (double)n), NULL;
}

void fft_plan_free(FftPlan *p) {
  if (!p)
    return;
  if (p->forward)
    lib.fftw_destroy_plan(p->forward);
  if (p->back)
    lib.fftw_destroy_plan(p->back);
  memory_free(p->samples);
  memory_free(p->spectrum);
  memory_free(p);
}

void fft_plan_forward(FftPlan *p) { lib.fftw_execute(p->forward); }
void fft_plan_back(FftPlan *p) { lib.fftw_execute(p->back); }

#endif
