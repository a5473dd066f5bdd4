/* The step of a linear system in one precision: `real`, LINEAR_NAME. Included by linear.c alone.
**
** Elements go in blocks, so that the states of a block stay in the cache while every row of P goes over them. Each sum is taken in the order of
** the equations, element by element, so neither the block nor the thread shows in it. */

/* One row for n elements from `first` on. */
static inline __attribute__((always_inline)) void LINEAR_NAME(row)(const Linear *s, void *const *slot, int i, const double *p,
                                                                   const double *q, real constant, int64_t first, int n) {
  real sum[LINEAR_BLOCK];
  for (int j = 0; j < s->n; j++) {
    const real weight = (real)p[j], *const x = (const real *)slot[s->state[j]] + first;
    for (int k = 0; k < n; k++)
      sum[k] = j == 0 ? weight * x[k] : sum[k] + weight * x[k];
  }
  for (int j = 0; j < s->n_moving; j++) {
    const real weight = (real)q[s->moving[j]], *const b = (const real *)slot[s->input[s->moving[j]]] + first;
    for (int k = 0; k < n; k++)
      sum[k] += weight * b[k];
  }
  real *const restrict y = (real *)slot[s->result[i]] + first;
  for (int k = 0; k < n; k++)
    y[k] = sum[k] + constant;
}

CLONES static int64_t LINEAR_NAME(step)(const KernelArgs *args) {
  const Linear *s = args->program->linear;
  const double *p = args->slot[s->propagator], *q = p + (size_t)s->n * (size_t)s->n;
  double *constant = args->scratch;
  add_constants(s, args->slot, q, constant);
  for (int64_t first = args->first; first < args->last; first += LINEAR_BLOCK)
    for (int i = 0; i < s->n; i++) {
      const size_t at = (size_t)i * (size_t)s->n;
      const int64_t n = args->last - first;
      if (n >= LINEAR_BLOCK) /* a number that the compiler knows: the sums stay in registers */
        LINEAR_NAME(row)(s, args->slot, i, p + at, q + at, (real)constant[i], first, LINEAR_BLOCK);
      else
        LINEAR_NAME(row)(s, args->slot, i, p + at, q + at, (real)constant[i], first, (int)n);
    }
  return 0;
}
