/* The least value of a function within the unit cube, by NLopt.
**
** Main thread only; one after the other. The numbers that the methods draw are of `seed` alone, so the same function and task give the same bits. */
#ifndef LUNAPSE_NUMERIC_MINIMIZE_H
#define LUNAPSE_NUMERIC_MINIMIZE_H
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* The methods, by the names that users have for them; NULL behind the last. */
extern const char *const minimize_methods[];

typedef struct {
  int method;       /* number in minimize_methods */
  int n;            /* coordinates, at least 1 (bobyqa: 2) */
  double *x;        /* [n] in 0..1: where it starts; used up */
  double step;      /* of local methods: how far the first points lie from the start */
  double tolerance; /* it ends where a step changes no coordinate by more */
  double goal;      /* or where a value is at most this */
  int evaluations;  /* or when so many values were asked for */
  int population;   /* of methods that have one; 0: as many as NLopt thinks */
  uint64_t seed;
} MinimizeTask;

/* A value at x [n]; false where there will be none and the search is to end. */
typedef bool MinimizeFunction(const double *x, double *value, void *user);

/* Look for the least value. False with `e` filled when memory or the library is missing or the method fails; true also where the function ended
** it. What was found is what the function has seen. `why`: what ended it, "tolerance", "goal" or "evaluations"; NULL where the function did. */
bool minimize(const MinimizeTask *task, MinimizeFunction *function, void *user, const char **why, Error *e);

#endif
