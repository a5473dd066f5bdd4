/* The step of trees in one precision: `real`, TREE_NAME. Included by tree.c alone.
**
** Every tree is computed by itself, in the order of its nodes, so neither the block nor the thread shows in it. */

/* What a block of trees works on. Rows of n numbers, one for each node. */
typedef struct TREE_NAME(Block) {
  const double *coupling, *sum; /* [n_nodes] of each node and its parent; of each node and all its neighbours */
  real **v;                     /* [n_nodes] the quantity: of places where it is kept, of joints in `joint` */
  real *joint;
  real *diagonal; /* at first the matrix's, then the inverse of what elimination left of it */
  real *flow;     /* at first the right side, then what the step adds */
} TREE_NAME(Block);

/* n trees from `first` on. */
static inline __attribute__((always_inline)) void TREE_NAME(sweep)(const KernelArgs *args, const Linear *s, const TREE_NAME(Block) * b,
                                                                   int64_t first, int64_t n) {
  const double *const coupling = b->coupling;
  const real theta = (real)s->theta;
  for (int i = 0; i < s->n_nodes; i++) {
    real *const restrict d = b->diagonal + i * n, *const restrict f = b->flow + i * n;
    const real own = theta * (real)b->sum[i];
    if (s->place[i] < 0) {
      b->v[i] = b->joint + i * n;
      for (int64_t c = 0; c < n; c++) {
        d[c] = own;
        f[c] = b->v[i][c] = 0;
      }
      continue;
    }
    const int64_t at = s->place[i] * s->cells + first;
    const real *const restrict diagonal = (const real *)args->slot[s->diagonal] + at;
    const real *const restrict flow = (const real *)args->slot[s->flow] + at;
    b->v[i] = (real *)args->slot[s->v] + at;
    for (int64_t c = 0; c < n; c++) {
      d[c] = diagonal[c] + own;
      f[c] = flow[c];
    }
  }
  for (int i = 1; i < s->n_nodes; i++) { /* a joint is where as much flows in as out: the mean of its neighbours */
    const int p = s->parent[i], joint = s->place[i] < 0 ? i : s->place[p] < 0 ? p : -1;
    if (joint < 0)
      continue;
    const real share = (real)(coupling[i] / b->sum[joint]);
    real *const restrict to = b->v[joint];
    const real *const restrict from = b->v[joint == i ? p : i];
    for (int64_t c = 0; c < n; c++)
      to[c] += share * from[c];
  }
  for (int i = s->n_nodes - 1; i > 0; i--) {
    const int p = s->parent[i];
    const real g = (real)coupling[i], pull = theta * g, square = pull * pull;
    real *const restrict d = b->diagonal + i * n, *const restrict f = b->flow + i * n;
    real *const restrict d_parent = b->diagonal + p * n, *const restrict f_parent = b->flow + p * n;
    const real *const restrict v = b->v[i], *const restrict v_parent = b->v[p];
    for (int64_t c = 0; c < n; c++) {
      const real along = g * (v_parent[c] - v[c]), inverse = 1 / d[c];
      d_parent[c] -= square * inverse; /* the next division waits for this one */
      f[c] += along;
      f_parent[c] += pull * inverse * f[c] - along;
      d[c] = inverse;
    }
  }
  for (int i = 0; i < s->n_nodes; i++) {
    const real pull = i > 0 ? theta * (real)coupling[i] : 0;
    const real *const restrict d = b->diagonal + i * n, *const x_parent = b->flow + (i > 0 ? s->parent[i] : 0) * n;
    real *const x = b->flow + i * n, *const restrict v = b->v[i];
    if (i == 0)
      for (int64_t c = 0; c < n; c++)
        x[c] = x[c] / d[c];
    else
      for (int64_t c = 0; c < n; c++)
        x[c] = (x[c] + pull * x_parent[c]) * d[c];
    if (s->place[i] >= 0)
      for (int64_t c = 0; c < n; c++)
        v[c] += x[c];
  }
}

CLONES static int64_t TREE_NAME(tree)(const KernelArgs *args) {
  const Linear *s = args->program->linear;
  const double *const given = args->slot[s->coupling];
  const int64_t n_nodes = s->n_nodes;
  double *const coupling = args->scratch, *const sum = coupling + n_nodes, *const room = sum + n_nodes;
  TREE_NAME(Block)
  b = { .coupling = coupling,
        .sum = sum,
        .diagonal = (real *)room,
        .flow = (real *)(room + TREE_BLOCK * n_nodes),
        .joint = (real *)(room + 2 * TREE_BLOCK * n_nodes),
        .v = (real **)(room + 3 * TREE_BLOCK * n_nodes) };
  sum[0] = 0;
  for (int i = 1; i < n_nodes; i++) {
    coupling[i] = sum[i] = given[s->branch[i]];
    sum[s->parent[i]] += coupling[i];
  }
  for (int64_t first = args->first; first < args->last; first += TREE_BLOCK) {
    const int64_t left = args->last - first;
    if (left >= TREE_BLOCK) /* a number that the compiler knows */
      TREE_NAME(sweep)(args, s, &b, first, TREE_BLOCK);
    else if (left == 1)
      TREE_NAME(sweep)(args, s, &b, first, 1);
    else
      TREE_NAME(sweep)(args, s, &b, first, left);
  }
  return 0;
}
