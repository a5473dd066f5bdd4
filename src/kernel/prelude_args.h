/* What a kernel receives, interpreted or native: the one definition, for C and, as text, for generated kernels. Marks: prelude_math.h. */
#ifndef LUNAPSE_KERNEL_PRELUDE_ARGS_H
#define LUNAPSE_KERNEL_PRELUDE_ARGS_H

/*@ integers */
typedef __INT32_TYPE__ int32_t;
typedef __INT64_TYPE__ int64_t;
typedef __UINT32_TYPE__ uint32_t;
typedef __UINT64_TYPE__ uint64_t;

/*@ Storage: integers */
/* Where a projection keeps its synapses (synapses/storage.h). A row holds the synapses of one neuron of the major side. */
typedef struct Storage {
  const struct StorageFormat *of;  /* what answers for it outside kernels */
  int format;                      /* kernel/formats.def: which walk is right */
  _Bool is_by_pre;                 /* the major side is pre */
  _Bool is_unique;                 /* no pair of neurons is joined twice */
  int64_t n_synapses;
  int64_t n_pre, n_post;           /* neurons that may have synapses: so many of their populations, */
  int64_t pre_first, post_first;   /* from these on */
  struct {
    const int64_t *row;            /* [n_major + 1] row r is places row[r] .. row[r+1]-1 */
    const int32_t *minor;          /* [n_synapses] neuron of the minor side */
    const int64_t *column;         /* [n_minor + 1] reverse index, or NULL when nothing needs it */
    const int32_t *column_major;   /* [n_synapses] major of each, ascending within a column */
    const int64_t *column_place;   /* [n_synapses] place of each */
  } rows;
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
  const Draws *draws;              /* native code's: random numbers for blocks of elements */
} KernelArgs;

#endif
