/* Discrete Fourier transforms by FFTW, along the last axis.
**
** Arguments are borrowed and contiguous; results are new arrays, the caller's, or NULL with `e` filled: no memory, no library. Plans are FFTW's
** estimates, which look at no clock: the same numbers give the same bits. */
#ifndef LUNAPSE_NUMERIC_FFT_H
#define LUNAPSE_NUMERIC_FFT_H
#include "base/array.h"

typedef enum {
  FFT_FORWARD,  /* complex128 to complex128: sum of x[j] exp(-2 pi i j k/n) */
  FFT_BACKWARD, /* complex128 to complex128: with the other sign, divided by n */
  FFT_REAL,     /* float64 to the first n/2 + 1 of the forward transform */
  FFT_TO_REAL   /* back from these to `n` float64, divided by n */
} FftKind;

/* `n` is the length of the last axis on the side of the signal, at least 1. */
Array *fft_transform(FftKind kind, const Array *a, int64_t n, Error *e);

/* A transform that is done again and again, between `samples` (n numbers) and `spectrum` (the first n/2 + 1 of the transform, real and imaginary part in turn). */
typedef struct {
  int64_t n;
  double *samples, *spectrum; /* owned by the plan */
  void *forward, *back;
} FftPlan;

FftPlan *fft_plan_new(int64_t n, Error *e);
void fft_plan_free(FftPlan *p);

/* From samples to spectrum, and back (not divided by n; uses the spectrum up). */
void fft_plan_forward(FftPlan *p);
void fft_plan_back(FftPlan *p);

#endif
