/* A kernel program: what one element computes, as straight-line typed operations in static single assignment form.
**
** Instruction k defines value k; arguments name earlier values. Programs are immutable and shared by reference (counted on the main thread).
** They come down from lua/lunapse/language as tables (see docs/inside.md) and are run by the interpreter (vm.h) or, as C text emitted
** from the same table, natively (native.h). */
#ifndef LUNAPSE_KERNEL_PROGRAM_H
#define LUNAPSE_KERNEL_PROGRAM_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "kernel/prelude_args.h"

enum {
  PROGRAM_MAX = 1 << 20, /* instructions, slots */
  LINEAR_MAX = 4096      /* equations of one linear system: 256 MB of propagator */
};

/* How the elements of a program are walked. */
typedef enum {
  NEST_EACH, /* elements first .. last-1 of a population (or of any array) */
  NEST_LIST, /* the elements named in a list, ascending, without repetition */
  NEST_ALL,  /* every synapse of a projection, in storage order */
  NEST_PRE,  /* every synapse of the pre neurons named in a list (an arriving spike) */
  NEST_POST  /* every synapse of the post neurons named in a list (a post spike) */
} Nest;

/* Which element of its array a slot means, for the element that is being computed. */
typedef enum {
  SCOPE_UNIFORM, /* element 0, always a double */
  SCOPE_ELEM,    /* EACH, LIST: the element itself; ALL, PRE, POST: the synapse's place in storage */
  SCOPE_PRE,     /* the pre neuron of the synapse  (ALL, PRE, POST only) */
  SCOPE_POST     /* the post neuron of the synapse (ALL, PRE, POST only) */
} Scope;

typedef enum {
  KIND_REAL,  /* double or float, as the network's precision says; uniform slots are always double */
  KIND_TIME,  /* double: ms */
  KIND_COUNT, /* int64_t beside double, int32_t beside float: a step number */
  KIND_INDEX  /* int32_t: an element number from 0 */
} Kind;

/* Formats of Storage. Neurons of both sides are always numbered as in the whole populations. */
typedef enum {
#define FORMAT(name) FORMAT_##name,
#include "kernel/formats.def"
#undef FORMAT
  N_FORMATS
} Format;

typedef struct Slot {
  char *name; /* for dumps and for generated C: "v", "pre.r" */
  Scope scope;
  Kind kind;
} Slot;

/* Operations that touch memory, time or the loop; the arithmetic ones come from ops.def and follow these in the numbering. */
typedef enum {
  OP_CONST, /* -> real  value */
  OP_LOAD,  /* -> real  slot (REAL, TIME; a COUNT or INDEX slot is converted) */
  OP_STORE, /* slot = a */
  OP_ACC,   /* slot += a, one element after the other, in the order of the nest */
  OP_SUM,
  OP_MIN_OF,
  OP_MAX_OF,  /* ALL only: reduce a over the synapses of a neuron into a PRE, POST or UNIFORM slot (order: docs/inside.md) */
  OP_ELAPSED, /* -> real  args.t - slot (TIME), subtracted in double */
  OP_STAMP,   /* slot (TIME) = args.t */
  OP_ACTIVE,  /* -> bool  args.step >= slot (COUNT) */
  OP_FREEZE,  /* slot (COUNT) = args.step + 1 + nearest integer of a, ties to even, where bool b (b optional) */
  OP_NOW,     /* -> real  args.t + a * dt of the caller is up to the program: this is args.t itself */
  OP_INDEX,   /* -> real  number from 1 of the element ("elem"), its pre or its post: field `scope` */
  OP_SPIKE,   /* EACH only: bool a; where true the element's number goes to args.spikes */
  OP_DRAW, /* -> real  uniform in (0,1), field `draw` numbers the draw site: f(seed, object, draw, element, step). Field `scope` says whose
                    ** number the element is, as of OP_INDEX; UNIFORM: one number for all, that of element 0.
                    ** While a (optional, the same for all elements) is zero nothing is drawn and the value is 0 */
  OP_DRAW_NORMAL,   /* -> real  N(0,1); a as above */
  OP_DRAW_GAMMA,    /* -> real  Gamma(a = shape, 1) */
  OP_DRAW_POISSON,  /* -> real  Poisson(a = mean) */
  OP_DRAW_BINOMIAL, /* -> real  Binomial(a = n, b = p) */
  /* Tables: a uniform slot (REAL) that holds many numbers, axes and rows of values; field `table` says where in it. */
  OP_LOOKUP,    /* -> real  the number in row a and column b, both from 0; rows end where they end, a column that is not there gives NaN */
  OP_LOCATE,    /* -> real  the last point of an axis, from 0, that is not above a; -1 below all of them; of time: above args.t + a */
  OP_BEYOND,    /* -> real  how far a is beyond that point, in steps to the next one */
  OP_FIRST_MATH /* ops.def rows follow */
} Op;

/* Arithmetic operations: OP_FIRST_MATH + MATH_add and so on, in the order of ops.def. */
enum {
#define OP_1(name, args, result, text) MATH_##name,
#define OP_2 OP_1
#define OP_3 OP_1
#include "kernel/ops.def"
#undef OP_1
#undef OP_2
#undef OP_3
  N_MATH
};

/* Where in a table's array an operation reads: rows * columns numbers, or an axis of `rows` points. An axis begins with its period (0: it has none); then
** come its points, if they are listed, or else the first point and the step. */
typedef struct Place {
  int32_t at, rows, columns;
  bool is_listed, is_time;
} Place;

/* One operation. Values are numbered from 0 here (from 1 in Lua and in messages); instruction k defines value k. */
typedef struct Instruction {
  int op;         /* an Op, or OP_FIRST_MATH + MATH_x */
  int32_t arg[3]; /* value numbers, -1 where there is none */
  int32_t slot;   /* -1 where there is none */
  Scope scope;    /* OP_INDEX, OP_DRAW... */
  uint32_t draw;  /* OP_DRAW... */
  double value;   /* OP_CONST */
  Place table;    /* OP_LOOKUP, OP_LOCATE, OP_BEYOND */
} Instruction;

/* How an arithmetic operation is written in C (ops.def). */
typedef struct OpForm {
  const char *kind;        /* "infix", "prefix", "choice" (?:), "call"; NULL: not arithmetic */
  const char *symbol;      /* the sign, or the name of the function; NULL for a choice */
  const char *operands[3]; /* in order: "A", "B", "C" for the arguments, or a number as C text; NULL ends them */
} OpForm;

/* What the checker, the dumper and the language know of an operation. */
typedef struct OpInfo {
  const char *name; /* as in Lua: "load", "add" */
  const char *args; /* one letter an argument: r real, b bool */
  char result;      /* r, b, or - for none */
  bool has_slot;
  OpForm form;
} OpInfo;

typedef struct Program Program;

/* A program may be, instead of operations, a step of a linear system x' = M x + b (linear.h), or of what flows along trees (tree.h). Slot numbers; -1 where there
** is none. */
typedef enum { LINEAR_PROPAGATOR, LINEAR_STEP, LINEAR_TREE } LinearKind;
typedef struct LinearDescription {
  LinearKind kind;
  int n;             /* equations; TREE: places */
  int propagator;    /* uniform, 2 n^2 doubles: P, then Q, row after row */
  int h;             /* PROPAGATOR: uniform, the length of the step */
  const int *matrix; /* PROPAGATOR: [n * n] uniform coefficients, -1 for 0 */
  const int *state, *input,
      *result;               /* STEP: [n] x, b (-1 for 0) and y; all of the elements, or all uniform; an input may be uniform anyway */
  int n_nodes;               /* TREE: places and joints */
  const int *parent, *place; /* TREE: [n_nodes] numbers from 0; -1: the root has none, a joint is none */
  int v, diagonal, flow;     /* TREE: n * cells numbers each */
  int coupling;              /* TREE: uniform, n_nodes numbers: of each node and its parent */
  int64_t cells;             /* TREE: elements, each of which is a tree */
  double theta;              /* TREE: how far the step looks ahead, above 0, at most 1 */
} LinearDescription;

/* A program of nest EACH may be run again and again (again.h): until the slot `left`, which it counts down, is 0 for every element, `most` times at most. Where that was
** too seldom, slot `worst` says which of the variables, whose names stand in `names` one a line, is to blame: numbers from 1. */
typedef struct Again {
  int left, worst; /* slots; -1: the program is run once */
  int most;
  char *names;
} Again;

/* Everything a program is made from; borrowed for the call of program_new. */
typedef struct ProgramDescription {
  const char *name;
  Nest nest;
  bool is_float; /* `real` is float, not double */
  int n_slots, n_instructions;
  const Slot *slots;
  const Instruction *code;
  const LinearDescription *linear; /* NULL: the program is its code; else it has none */
  const Again *again;              /* NULL: it is run once */
} ProgramDescription;

/* What a program does with a slot (bits). */
enum { SLOT_IS_READ = 1, SLOT_IS_WRITTEN = 2, SLOT_IS_SUMMED = 4 /* by acc, sum, min_of or max_of; SLOT_IS_WRITTEN is set too */ };

/* Check a program and make it ready to run, with one reference; NULL and an error that names the instruction otherwise. Rules beyond types:
** a slot's loads come before its write; one write a slot (several acc, or several sums, of one slot may follow each other); uniform slots are
** stored from values that are the same for all elements; one spike operation. */
Program *program_new(const ProgramDescription *description, Error *e);
Program *program_retain(Program *p);
void program_release(Program *p); /* NULL is allowed */

size_t program_scratch_bytes(const Program *p); /* for KernelArgs.scratch; 64-byte aligned memory (memory_new) */
const char *program_name(const Program *p);
Nest program_nest(const Program *p);
bool program_is_f32(const Program *p);
int program_n_slots(const Program *p);
const Slot *program_slot(const Program *p, int slot);
int program_slot_use(const Program *p, int slot);
int64_t program_slot_size(const Program *p,
                          int slot); /* numbers that a uniform slot's array must hold, 1 but for linear systems and tables */
int64_t program_room(const Program *p,
                     int64_t n); /* numbers that the array of an EACH program's elem slot must hold for n elements; -1: it has no n */
bool program_writes_slot(const Program *p, int slot);     /* store, acc, sum, min_of, max_of, stamp or freeze */
bool program_writes_scope(const Program *p, Scope scope); /* the same, of any slot of that scope */
int program_length(const Program *p);                     /* number of instructions */
int64_t program_trees(const Program *p);                  /* trees that it solves (kernel/tree.h); 0: it is no such program */
int program_work(const Program *p);                       /* operations for one element, about: what is worth sharing out is judged by it */
bool program_has_elements(const Program *p);              /* false: everything in it is uniform, first and last do not matter */
bool program_is_like(const Program *p, const Program *other); /* computes the same, whatever its slots are called */
bool program_numbers(const Program *p);                       /* uses numbers of elements: index, draws */
bool program_spikes(const Program *p);                        /* has a spike operation */
const Again *program_again(const Program *p);                 /* NULL: it is run once */

/* The program as text, one instruction a line, with what the interpreter made of it; free() it. NULL when out of memory. */
char *program_dump(const Program *p);

/* Operations by number and by name (-1: there is none). */
const OpInfo *program_op_info(int op);
int program_op_from_name(const char *name);
const char *program_nest_name(Nest nest);    /* "each" */
const char *program_scope_name(Scope scope); /* "elem" */
const char *program_kind_name(Kind kind);    /* "real" */

#endif
