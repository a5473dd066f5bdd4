/* Shared libraries that are opened when something of them is first wanted.
**
** This folder (numeric) is linear algebra, spectra, filters and minima on plain memory: LAPACK and BLAS (lapack.h), FFTW (fft.h) and NLopt (minimize.h) do
** the work where they have a function for it. They are not linked: a script that needs none of them starts without them, and without one of them everything
** else works. The build needs their headers (HAS_BLAS, HAS_FFTW, HAS_NLOPT of the Makefile). Main thread only; nothing here starts a thread. */
#ifndef LUNAPSE_NUMERIC_LIBRARY_H
#define LUNAPSE_NUMERIC_LIBRARY_H
#include <stddef.h>

#include "base/error.h"

/* Where the address of a function of that name goes. */
typedef struct {
  const char *name;
  void *place;
} LibraryFunction;

/* A list X(name) of functions becomes `static struct { ... } lib`, and rows for library_open. */
#define LIBRARY_MEMBER(name) __typeof__(name) *name;
#define LIBRARY_ROW(name) { #name, &lib.name },

/* Open the shared library `file` and look the functions up. False with `e` naming the package of Debian (`package`) and what it is for. */
bool library_open(const char *file, const char *package, const char *purpose, const LibraryFunction *functions, size_t n, Error *e);

/* The same message where the build had no headers. */
bool library_missing(const char *package, const char *purpose, Error *e);

#endif
