#include "numeric/minimize.h"

#include <math.h>
#include <stddef.h>

#include "numeric/library.h"

static const char purpose[] = "a method of NLopt";

const char *const minimize_methods[] = { "crs2", "isres", "esch", "direct", "bobyqa", "nelder-mead", NULL };

#ifndef HAS_NLOPT

bool minimize(const MinimizeTask *task, MinimizeFunction *function, void *user, const char **why, Error *e) {
  (void)task, (void)function, (void)user, (void)why;
  return library_missing("libnlopt-dev", purpose, e);
}

#else

#include <nlopt.h>

#define FUNCTIONS(X)                                                                                                                       \
  X(nlopt_create)                                                                                                                          \
  X(nlopt_destroy)                                                                                                                         \
  X(nlopt_force_stop)                                                                                                                      \
  X(nlopt_get_errmsg)                                                                                                                      \
  X(nlopt_optimize)                                                                                                                        \
  X(nlopt_set_initial_step1)                                                                                                               \
  X(nlopt_set_lower_bounds1)                                                                                                               \
  X(nlopt_set_maxeval)                                                                                                                     \
  X(nlopt_set_min_objective)                                                                                                               \
  X(nlopt_set_population)                                                                                                                  \
  X(nlopt_set_stopval)                                                                                                                     \
  X(nlopt_set_upper_bounds1)                                                                                                               \
  X(nlopt_set_xtol_abs1)                                                                                                                   \
  X(nlopt_srand)

static struct { FUNCTIONS(LIBRARY_MEMBER) } lib;

static bool open_library(Error *e) {
  static bool is_open;
  const LibraryFunction functions[] = { FUNCTIONS(LIBRARY_ROW) };
  return is_open = is_open || library_open("libnlopt.so.0", "libnlopt0", purpose, functions, sizeof functions / sizeof *functions, e);
}

/* In the order of minimize_methods. */
static const nlopt_algorithm algorithms[] = { NLOPT_GN_CRS2_LM, NLOPT_GN_ISRES,  NLOPT_GN_ESCH,
                                              NLOPT_GN_DIRECT,  NLOPT_LN_BOBYQA, NLOPT_LN_NELDERMEAD };

typedef struct {
  MinimizeFunction *function;
  void *user;
  nlopt_opt opt;
  bool is_stopped;
  int left; /* values that may still be asked for: some methods look at their limit between generations alone */
} Call;

static double value_of(unsigned n, const double *x, double *gradient, void *data) {
  (void)n, (void)gradient;
  const double worst = 1e100; /* the methods compute with values: infinite ones would spread */
  Call *call = data;
  double value = worst;
  if (call->is_stopped || call->left == 0) {
    lib.nlopt_force_stop(call->opt);
    return worst;
  }
  call->left--;
  if (!call->function(x, &value, call->user)) {
    call->is_stopped = true;
    lib.nlopt_force_stop(call->opt);
  }
  return fmin(value, worst);
}

bool minimize(const MinimizeTask *task, MinimizeFunction *function, void *user, const char **why, Error *e) {
  if (!open_library(e))
    return false;
  nlopt_opt opt = lib.nlopt_create(algorithms[task->method], (unsigned)task->n);
  double least;
  if (opt == NULL)
    return error_memory(e, purpose, 8.0 * task->n);
  Call call = { .function = function, .user = user, .opt = opt, .left = task->evaluations };
  lib.nlopt_srand((unsigned long)task->seed);
  lib.nlopt_set_min_objective(opt, value_of, &call);
  lib.nlopt_set_lower_bounds1(opt, 0);
  lib.nlopt_set_upper_bounds1(opt, 1);
  lib.nlopt_set_maxeval(opt, task->evaluations);
  lib.nlopt_set_stopval(opt, task->goal);
  lib.nlopt_set_xtol_abs1(opt, task->tolerance);
  lib.nlopt_set_initial_step1(opt, task->step);
  lib.nlopt_set_population(opt, (unsigned)task->population);
  nlopt_result result = lib.nlopt_optimize(opt, task->x, &least);
  bool is_good = true;
  if (call.is_stopped)
    *why = NULL;
  else if (result == NLOPT_STOPVAL_REACHED)
    *why = "goal";
  else if (result == NLOPT_MAXEVAL_REACHED || result == NLOPT_FORCED_STOP)
    *why = "evaluations";
  else if (result > 0 || result == NLOPT_ROUNDOFF_LIMITED)
    *why = "tolerance";
  else {
    const char *message = lib.nlopt_get_errmsg(opt);
    is_good = error_set(e, "%s", message != NULL ? message : result == NLOPT_OUT_OF_MEMORY ? "not enough memory" : "the method failed");
  }
  lib.nlopt_destroy(opt);
  return is_good;
}

#endif
