#include "kernel/linear.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clones.h"
#include "base/memory.h"
#include "kernel/prelude_math.h"
#include "kernel/tree.h"

#if defined __GNUC__ && !defined __clang__
#pragma GCC optimize("O3", "no-trapping-math") /* the loops are worth vectorising whatever the rest of the program is built with */
#endif

enum { LINEAR_BLOCK = 32, TERMS = 9 };

/* ---- checking ----------------------------------------------------------------------------------------------------- */
static bool is_real(const Program *p, int slot, bool may_be_element) {
  return slot >= 0 && slot < p->n_slots && p->slots[slot].kind == KIND_REAL &&
         (p->slots[slot].scope == SCOPE_UNIFORM || (may_be_element && p->slots[slot].scope == SCOPE_ELEM));
}

static bool check_propagator(const Program *p, const LinearDescription *d) {
  bool is_good = is_real(p, d->h, false) && is_real(p, d->propagator, false);
  for (int k = 0; is_good && k < d->n * d->n; k++)
    is_good = d->matrix[k] == -1 || is_real(p, d->matrix[k], false);
  return is_good;
}

static bool check_step(const Program *p, const LinearDescription *d) {
  bool is_good = is_real(p, d->propagator, false);
  for (int k = 0; is_good && k < d->n; k++) {
    is_good = is_real(p, d->state[k], true) && is_real(p, d->result[k], true) && (d->input[k] == -1 || is_real(p, d->input[k], true));
    Scope scope = p->slots[d->state[0]].scope; /* one for all */
    is_good = is_good && p->slots[d->state[k]].scope == scope && p->slots[d->result[k]].scope == scope &&
              (scope == SCOPE_ELEM || d->input[k] == -1 || p->slots[d->input[k]].scope == SCOPE_UNIFORM);
  }
  return is_good;
}

/* ---- life --------------------------------------------------------------------------------------------------------- */
void linear_free(Linear *s) {
  if (s == NULL)
    return;
  memory_free(s->numbers);
  memory_free(s);
}

static const int *copy_numbers(Linear *s, const int *from, int n) {
  int *to = s->numbers + s->n_numbers;
  memcpy(to, from, sizeof *to * (size_t)n);
  s->n_numbers += n;
  return to;
}

static void note_use(Program *p, const int *slots, int n, int use) {
  for (int k = 0; k < n; k++)
    if (slots[k] >= 0)
      p->slot_use[slots[k]] |= (uint8_t)use;
}

static void take_propagator(Program *p, Linear *s, const LinearDescription *d) {
  size_t n = (size_t)d->n;
  s->matrix = copy_numbers(s, d->matrix, d->n * d->n);
  note_use(p, s->matrix, d->n * d->n, SLOT_IS_READ);
  note_use(p, &s->h, 1, SLOT_IS_READ);
  note_use(p, &s->propagator, 1, SLOT_IS_WRITTEN);
  p->scratch_bytes = 3 * sizeof(double) * n * n + n * n;
}

static void take_step(Program *p, Linear *s, const LinearDescription *d) {
  s->state = copy_numbers(s, d->state, d->n);
  s->input = copy_numbers(s, d->input, d->n);
  s->result = copy_numbers(s, d->result, d->n);
  note_use(p, s->state, d->n, SLOT_IS_READ);
  note_use(p, s->input, d->n, SLOT_IS_READ);
  note_use(p, &s->propagator, 1, SLOT_IS_READ);
  note_use(p, s->result, d->n, SLOT_IS_WRITTEN);
  p->has_elements = p->slots[d->state[0]].scope == SCOPE_ELEM;
  s->moving = s->numbers + s->n_numbers;
  for (int j = 0; j < d->n; j++)
    if (d->input[j] >= 0 && p->slots[d->input[j]].scope == SCOPE_ELEM)
      s->numbers[s->n_numbers + s->n_moving++] = j;
  p->scratch_bytes = sizeof(double) * (size_t)d->n;
}

static bool check(const Program *p, const LinearDescription *d) {
  if (p->nest != NEST_EACH || d->n < 1)
    return false;
  switch (d->kind) {
  case LINEAR_PROPAGATOR: return d->n <= LINEAR_MAX && check_propagator(p, d);
  case LINEAR_STEP: return d->n <= LINEAR_MAX && check_step(p, d);
  case LINEAR_TREE: return d->n_nodes <= PROGRAM_MAX; /* the rest: tree_prepare */
  }
  return false;
}

const char *linear_kind_name(LinearKind kind) { return kind == LINEAR_STEP ? "step" : kind == LINEAR_TREE ? "tree" : "propagator"; }

bool linear_prepare(Program *p, const LinearDescription *d, Error *e) {
  if (!check(p, d))
    return error_set(e, "program '%s': its linear system does not fit its slots", p->name);
  const bool is_step = d->kind == LINEAR_STEP, is_tree = d->kind == LINEAR_TREE;
  size_t room = is_tree ? 3 * (size_t)d->n_nodes : is_step ? 4 * (size_t)d->n : (size_t)d->n * (size_t)d->n;
  Linear *s = memory_new(sizeof *s);
  p->linear = s;
  if (s == NULL || (s->numbers = memory_new(sizeof *s->numbers * room)) == NULL)
    return error_memory(e, "a linear system", (double)(sizeof *s->numbers * room));
  s->kind = d->kind;
  s->n = d->n;
  if (is_tree)
    return tree_prepare(p, s, d, e);
  s->h = d->h;
  s->propagator = d->propagator;
  if (is_step)
    take_step(p, s, d);
  else
    take_propagator(p, s, d);
  return true;
}

/* ---- the propagator ------------------------------------------------------------------------------------------------ */
/* c = a b, rows of n. Each sum goes from the first to the last. */
CLONES static void multiply(const double *restrict a, const double *restrict b, double *restrict c, int n) {
  for (int i = 0; i < n; i++) {
    double *const row = c + (size_t)i * (size_t)n;
    for (int j = 0; j < n; j++)
      row[j] = 0.0;
    for (int k = 0; k < n; k++) {
      const double weight = a[(size_t)i * (size_t)n + (size_t)k], *const from = b + (size_t)k * (size_t)n;
      if (weight != 0.0) /* most coefficients of a large system are 0 */
        for (int j = 0; j < n; j++)
          row[j] += weight * from[j];
    }
  }
}

static double row_norm(const double *m, int n) {
  double most = 0.0;
  for (int i = 0; i < n; i++) {
    double sum = 0.0;
    for (int j = 0; j < n; j++)
      sum += fabs(m[i * n + j]);
    most = sum > most || sum != sum ? sum : most;
  }
  return most;
}

/* reach[i n + j]: whether variable j acts on variable i, directly or through others. */
static void find_reach(const double *m, bool *reach, int n) {
  for (int k = 0; k < n * n; k++)
    reach[k] = m[k] != 0.0;
  for (int k = 0; k < n; k++)
    for (int i = 0; i < n; i++)
      if (reach[i * n + k])
        for (int j = 0; j < n; j++)
          reach[i * n + j] |= reach[k * n + j];
}

/* What no loop leads back to has an exponential of its own. */
static bool is_alone(const bool *reach, int i, int n) {
  for (int j = 0; j < n; j++)
    if (j != i && reach[i * n + j] && reach[j * n + i])
      return false;
  return true;
}

/* Q and E = P - 1 by scaling and doubling: Taylor's series over h/2^k, so short that nine terms are exact to the last bit, then k times Q(2s) = 2 Q(s) + E(s) Q(s)
** and E(2s) = 2 E(s) + E(s) E(s) (why: solver_exact.lua). */
static int64_t propagator(const KernelArgs *args) {
  const Linear *s = args->program->linear;
  const int n = s->n;
  const size_t size = (size_t)n * (size_t)n;
  double *const p = args->slot[s->propagator], *const q = p + size;
  double *const m = args->scratch, *const a = m + size, *const b = a + size;
  bool *const reach = (bool *)(b + size);
  const double h = *(const double *)args->slot[s->h];
  for (size_t k = 0; k < size; k++)
    m[k] = s->matrix[k] >= 0 ? *(const double *)args->slot[s->matrix[k]] : 0.0;
  int doublings = 0;
  for (double norm = row_norm(m, n) * fabs(h); norm > 0.0625 && norm <= 1e300; norm *= 0.5)
    doublings++;
  const double small = ldexp(h, -doublings);
  for (size_t k = 0; k < size; k++) {
    a[k] = small * m[k];
    q[k] = k % ((size_t)n + 1) == 0 ? 1.0 : 0.0;
  }
  for (int term = TERMS; term >= 2; term--) { /* Horner: 1 + A/2 (1 + A/3 (...)) */
    multiply(a, q, b, n);
    for (size_t k = 0; k < size; k++)
      q[k] = (k % ((size_t)n + 1) == 0 ? 1.0 : 0.0) + b[k] / term;
  }
  multiply(a, q, p, n);
  for (size_t k = 0; k < size; k++)
    q[k] *= small;
  for (; doublings > 0; doublings--) {
    multiply(p, q, b, n);
    multiply(p, p, a, n);
    for (size_t k = 0; k < size; k++) {
      q[k] = 2.0 * q[k] + b[k];
      p[k] = 2.0 * p[k] + a[k];
    }
  }
  find_reach(m, reach, n);
  for (int i = 0; i < n; i++) {
    const size_t at = (size_t)i * ((size_t)n + 1);
    p[at] += 1.0;
    if (is_alone(reach, i, n)) {
      p[at] = lp_exp64(m[at] * h);
      q[at] = h * lp_exprel64(m[at] * h);
    }
  }
  return 0;
}

/* ---- the step ------------------------------------------------------------------------------------------------------ */
/* What the inputs that all elements share add to each variable. */
CLONES static void add_constants(const Linear *s, void *const *slot, const double *q, double *constant) {
  for (int i = 0; i < s->n; i++) {
    constant[i] = 0.0;
    for (int j = 0, moving = 0; j < s->n; j++)
      if (moving < s->n_moving && s->moving[moving] == j)
        moving++;
      else if (s->input[j] >= 0)
        constant[i] += q[i * s->n + j] * *(const double *)slot[s->input[j]];
  }
}

#define real double
#define LINEAR_NAME(name) name##64
#include "kernel/linear_step.h"
#undef real
#undef LINEAR_NAME

#define real float
#define LINEAR_NAME(name) name##32
#include "kernel/linear_step.h"
#undef real
#undef LINEAR_NAME

/* A system of the whole population: one element, in doubles. */
static int64_t step_uniform(const KernelArgs *args) {
  KernelArgs one = *args;
  one.first = 0;
  one.last = 1;
  return step64(&one);
}

KernelFunction linear_function(const Program *p) {
  if (p->linear->kind == LINEAR_TREE)
    return tree_function(p);
  if (p->linear->kind == LINEAR_PROPAGATOR)
    return propagator;
  if (!p->has_elements)
    return step_uniform;
  return p->is_float ? step32 : step64;
}
