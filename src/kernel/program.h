/* A kernel program: what one element computes, as straight-line typed operations in static single assignment form.
**
** Instruction k defines value k; arguments name earlier values. Programs are immutable after program_finish and shared by reference.
** They come down from lua/lunapse/language as tables (see docs/inside.md) and are run by the interpreter (vm.h) or, as C text emitted
** from the same table, natively (native.h). */
#ifndef LUNAPSE_KERNEL_PROGRAM_H
#define LUNAPSE_KERNEL_PROGRAM_H
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* How the elements of a program are walked. */
typedef enum {
  NEST_EACH,                    /* elements first .. last-1 of a population (or of any array) */
  NEST_LIST,                    /* the elements named in a list, ascending, without repetition */
  NEST_ALL,                     /* every synapse of a projection, in storage order */
  NEST_PRE,                     /* every synapse of the pre neurons named in a list (an arriving spike) */
  NEST_POST                     /* every synapse of the post neurons named in a list (a post spike) */
} Nest;

/* Which element of its array a slot means, for the element that is being computed. */
typedef enum {
  SCOPE_UNIFORM,                /* element 0, always a double */
  SCOPE_ELEM,                   /* EACH, LIST: the element itself; ALL, PRE, POST: the synapse's place in storage */
  SCOPE_PRE,                    /* the pre neuron of the synapse  (ALL, PRE, POST only) */
  SCOPE_POST                    /* the post neuron of the synapse (ALL, PRE, POST only) */
} Scope;

typedef enum {
  KIND_REAL,                    /* double or float, as the network's precision says; uniform slots are always double */
  KIND_TIME,                    /* double: ms */
  KIND_COUNT,                   /* int64_t beside double, int32_t beside float: a step number */
  KIND_INDEX                    /* int32_t: an element number from 0 */
} Kind;

/* Where a projection keeps its synapses. Index spaces of pre and post are always those of the whole populations. */
typedef enum {
  FORMAT_NONE,                  /* not a projection */
  FORMAT_DENSE_PRE,             /* every pre with every post, place = (pre - pre_first) * n_post + (post - post_first) */
  FORMAT_DENSE_POST,            /* the same, place = (post - post_first) * n_pre + (pre - pre_first) */
  FORMAT_ROWS_PRE,              /* rows by pre:  row[pre] .. row[pre+1]-1, minor[place] = post */
  FORMAT_ROWS_POST              /* rows by post: row[post] .. row[post+1]-1, minor[place] = pre */
} Format;

typedef struct Storage {
  Format format;
  int64_t n_synapses;
  int64_t n_pre, n_post;        /* DENSE: size of the block; ROWS: size of the populations */
  int64_t pre_first, post_first;/* DENSE: where the block begins in its populations */
  const int64_t *row;           /* ROWS: [n_major + 1] */
  const int32_t *minor;         /* ROWS: [n_synapses] */
  const int64_t *column;        /* ROWS: reverse index [n_minor + 1], or NULL when nothing needs it */
  const int32_t *column_major;  /* ROWS: [n_synapses] major of each, ascending within a column */
  const int64_t *column_place;  /* ROWS: [n_synapses] place of each */
  bool is_unique;               /* no pair of neurons is joined twice */
} Storage;

typedef struct Slot {
  char *name;                   /* for dumps and for generated C: "v", "pre.r" */
  Scope scope;
  Kind kind;
} Slot;

/* Operations that touch memory, time or the loop; the arithmetic ones come from ops.def and follow these in the numbering. */
typedef enum {
  OP_CONST,                     /* -> real  value */
  OP_LOAD,                      /* -> real  slot (REAL, TIME; a COUNT or INDEX slot is converted) */
  OP_STORE,                     /* slot = a */
  OP_ACC,                       /* slot += a, one element after the other, in the order of the nest */
  OP_SUM, OP_MIN_OF, OP_MAX_OF, /* ALL only: reduce a over the synapses of a neuron into a PRE, POST or UNIFORM slot (order: docs/inside.md) */
  OP_ELAPSED,                   /* -> real  args.t - slot (TIME), subtracted in double */
  OP_STAMP,                     /* slot (TIME) = args.t */
  OP_ACTIVE,                    /* -> bool  args.step >= slot (COUNT) */
  OP_FREEZE,                    /* slot (COUNT) = args.step + 1 + nearest integer of a, ties to even, where bool b (b optional) */
  OP_NOW,                       /* -> real  args.t + a * dt of the caller is up to the program: this is args.t itself */
  OP_INDEX,                     /* -> real  number from 1 of the element ("elem"), its pre or its post: field `scope` */
  OP_SPIKE,                     /* EACH only: bool a; where true the element's number goes to args.spikes */
  OP_DRAW,                      /* -> real  uniform in (0,1), field `draw` numbers the draw site: f(seed, object, draw, element, step) */
  OP_DRAW_NORMAL,               /* -> real  N(0,1) */
  OP_DRAW_GAMMA,                /* -> real  Gamma(a = shape, 1) */
  OP_DRAW_BINOMIAL,             /* -> real  Binomial(a = n, b = p) */
  OP_FIRST_MATH                 /* ops.def rows follow */
} Op;

typedef struct Program Program;

#endif
