/* What a kernel receives, interpreted or native: the one definition, for C and, as text, for generated kernels. Marks: prelude_math.h. */
#ifndef LUNAPSE_KERNEL_PRELUDE_ARGS_H
#define LUNAPSE_KERNEL_PRELUDE_ARGS_H

/*@ integers */
typedef __INT32_TYPE__ int32_t;
typedef __INT64_TYPE__ int64_t;
typedef __UINT32_TYPE__ uint32_t;
typedef __UINT64_TYPE__ uint64_t;

/*@ LatticeRows: integers */
/* The rows of one side of a lattice (synapses/storage_lattice.c). A neuron has coordinates, the last axis fastest; each of them adds to the number of the row's
** class, and to the neuron and the place from which its synapses count. Rows of one class have the same synapses, counted from there. */
typedef struct LatticeRows {
  int n_axes;                      /* at most 8; those along which there is one neuron alone are left out */
  int64_t n[8];                    /* neurons along each */
  const int32_t *kind[8], *inner[8], *place[8]; /* [n] what a coordinate adds: to the class, to the neuron of the other side, to the place */
  const int64_t *before[8];        /* [n + 1] synapses along this axis, before each coordinate */
  int64_t each;                    /* synapses along the axes that were left out */
  int64_t first_inner, first_place; /* what those add */
  const int32_t *until;            /* [n of the last axis] where the neighbours end that are of the same class, equally far from each other */
  const int64_t *begin;            /* [n_classes + 1] synapses begin[c] .. begin[c+1]-1 are those of class c, */
  const int32_t *inners, *places;  /* by the neurons of the other side */
} LatticeRows;

/*@ LatticeRun: integers */
/* Neighbouring rows that differ by the same steps. */
typedef struct LatticeRun {
  int64_t n, n_row;                /* rows, and synapses of each */
  int64_t inner, place;            /* from where those of the first count */
  int64_t inner_step, place_step;  /* from one row to the next */
  const int32_t *inners, *places;
} LatticeRun;

/*@ lattice_run: LatticeRows LatticeRun */
/* The rows from this one on that are of one run. */
static inline LatticeRun lattice_run(const LatticeRows *l, int64_t row) {
  LatticeRun r = { 1, 0, l->first_inner, l->first_place, 0, 0, 0, 0 };
  int64_t kind = 0;
  for (int a = l->n_axes - 1; a >= 0; a--) {
    const int64_t c = row % l->n[a];
    row /= l->n[a];
    kind += l->kind[a][c];
    r.inner += l->inner[a][c];
    r.place += l->place[a][c];
    if (a == l->n_axes - 1 && l->until[c] > c + 1) {
      r.n = l->until[c] - c;
      r.inner_step = l->inner[a][c + 1] - l->inner[a][c];
      r.place_step = l->place[a][c + 1] - l->place[a][c];
    }
  }
  r.n_row = l->begin[kind + 1] - l->begin[kind];
  r.inners = l->inners + l->begin[kind];
  r.places = l->places + l->begin[kind];
  return r;
}

/*@ lattice_before: LatticeRows */
/* How many synapses the rows before this one have. */
static inline int64_t lattice_before(const LatticeRows *l, int64_t row) {
  int64_t sum = 0, all = l->each;
  for (int a = l->n_axes - 1; a >= 0; a--) { /* of the axes from a on: the synapses before these coordinates, and all */
    const int64_t c = row % l->n[a], *before = l->before[a];
    row /= l->n[a];
    sum = before[c] * all + (before[c + 1] - before[c]) * sum;
    all *= before[l->n[a]];
  }
  return sum;
}

/*@ Stretch: integers */
/* Some synapses of a row, one behind the other. */
typedef struct Stretch {
  uint32_t first;                  /* place of the first */
  int32_t major;                   /* whose row it is */
} Stretch;

/*@ Storage: integers LatticeRows Stretch */
/* Where a projection keeps its synapses (synapses/storage.h). A row holds the synapses of one neuron of the major side. */
typedef struct Storage {
  const struct StorageFormat *of;  /* what answers for it outside kernels */
  int format;                      /* kernel/formats.def: which walk is right */
  _Bool is_by_pre;                 /* the major side is pre */
  _Bool is_unique;                 /* no pair of neurons is joined twice */
  int32_t n_more_owners;           /* besides the first */
  struct Away *away;               /* where minors are meanwhile (base/away.h); NULL: here */
  int64_t n_synapses;
  int64_t n_pre, n_post;           /* neurons that may have synapses: so many of their populations, */
  int64_t pre_first, post_first;   /* from these on */
  struct {
    const int64_t *row;            /* [n_major + 1] row r is places row[r] .. row[r+1]-1 */
    const int32_t *minor;          /* [n_synapses] neuron of the minor side */
    const int64_t *column;         /* [n_minor + 1] reverse index, or NULL when nothing needs it */
    const uint32_t *column_at;     /* [n_synapses] its stretch << stretch_bits | its number there; places ascend within a column */
    const Stretch *stretch;        /* rows that have synapses; longer ones in pieces */
    int64_t n_stretches;
    int stretch_bits;
  } rows;
  struct {
    const struct Lattice *of;      /* what the rest follows from */
    const LatticeRows *pre, *post; /* rows of the pre neurons, of the post neurons */
  } lattice;
  struct {                         /* in place of rows.row, where that is NULL: whoever runs kernels says where rows begin and end */
    const uint64_t *has;           /* a bit for each row: has it synapses? */
    const uint32_t *before;        /* rows with synapses before each 64 */
    const uint32_t *begin;         /* of each row with synapses; n_synapses behind the last */
  } packed;
} Storage;

/*@ Draws: integers */
/* Random numbers for a block of elements (kernel/draws.h). */
typedef struct Draws {
  void (*uniform64)(uint64_t key, int64_t first, int64_t n, int64_t step, double *out);
  void (*uniform32)(uint64_t key, int64_t first, int64_t n, int64_t step, float *out);
  void (*normal64)(uint64_t key, int64_t first, int64_t n, int64_t step, double *out);
  void (*normal32)(uint64_t key, int64_t first, int64_t n, int64_t step, float *out);
  void (*gamma64)(uint64_t key, int64_t first, int64_t n, int64_t step, const double *shape, double *out);
  void (*gamma32)(uint64_t key, int64_t first, int64_t n, int64_t step, const float *shape, float *out);
  void (*poisson64)(uint64_t key, int64_t first, int64_t n, int64_t step, const double *mean, double *out);
  void (*poisson32)(uint64_t key, int64_t first, int64_t n, int64_t step, const float *mean, float *out);
  void (*binomial64)(uint64_t key, int64_t first, int64_t n, int64_t step, const double *trials, const double *chance, double *out);
  void (*binomial32)(uint64_t key, int64_t first, int64_t n, int64_t step, const float *trials, const float *chance, float *out);
} Draws;

/*@ KernelArgs: integers Storage Draws */
typedef struct KernelArgs {
  void *const *slot;               /* base pointer of each slot's array */
  int64_t first, last;             /* EACH: elements first .. last-1.  ALL: majors first .. last-1 (last = 0: all of them) */
  const int32_t *list;             /* LIST: elements.  PRE, POST: neurons, ascending */
  int64_t n_list;
  const int64_t *begin, *end;      /* PRE, POST: the part of each listed neuron's row, or NULL (storage_cut) */
  const Storage *storage;          /* ALL, PRE, POST */
  double t;                        /* ms: what `t` means in this program */
  int64_t step;                    /* clock step: refractory counts and random draws */
  uint64_t seed;                   /* of the network */
  uint32_t object;                 /* number of the object in the network: separates random streams */
  int32_t *spikes;                 /* out: numbers of the elements that spiked, ascending; room for last-first */
  const struct Program *program;   /* the interpreter's */
  void *scratch;                   /* the interpreter's registers: one per thread, program_scratch_bytes */
  const Draws *draws;              /* random numbers for blocks of elements */
  int64_t (*once)(const struct KernelArgs *); /* of a program that is run again and again: one run (kernel/again.h) */
} KernelArgs;

#endif
