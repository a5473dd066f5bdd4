/* The inside of a Program, for the kernel room alone: what program.c checks, code.c prepares and the interpreter (vm_run.h) runs.
**
** Values that are the same for all elements ("uniform") live in an array of scalars and are computed once per call; the others live in
** registers of CODE_BLOCK lanes, allocated by liveness. */
#ifndef LUNAPSE_KERNEL_CODE_H
#define LUNAPSE_KERNEL_CODE_H
#include "base/debug.h"
#include "kernel/program.h"

enum {
  CODE_BLOCK = IS_DEBUG ? 4 : 256, /* elements that one instruction works on; 20 registers of doubles then fit the first-level cache */
  CODE_LANES = IS_DEBUG ? 4 : 16,  /* loops run over whole groups of so many lanes, so they need no remainder loop */
  CODE_SUM_LANES = 32              /* of OP_SUM; part of its meaning */
};

/* Two operations in one pass over a block, where the first has no other use: half the traffic, the same two roundings.
** Forms: FUSED_name + 2 * (0, 1, 2: neither, B, A is uniform) + (C is uniform). */
/* clang-format off */
#define CODE_FUSED(ROW) \
  ROW(mul_add, A * B + C) \
  ROW(mul_sub, A * B - C) \
  ROW(sub_mul, C - A * B) \
  ROW(add_mul, (A + B) * C) \
  ROW(diff_mul, (A - B) * C)
/* clang-format on */

/* Operation codes of the interpreter. _vs: the second argument is uniform, _sv: the first; select: _vvs, _vsv, _vss likewise. */
typedef enum {
  CODE_SPLAT, /* register = uniform value */
  CODE_LOAD,
  CODE_STORE,
  CODE_ACC,
  CODE_SUM,
  CODE_MIN_OF,
  CODE_MAX_OF,
  CODE_ELAPSED,
  CODE_STAMP,
  CODE_ACTIVE,
  CODE_FREEZE,
  CODE_NOW,
  CODE_INDEX,
  CODE_SPIKE,
  CODE_DRAW,
  CODE_DRAW_NORMAL,
  CODE_DRAW_GAMMA,
  CODE_DRAW_POISSON,
  CODE_DRAW_BINOMIAL,
  CODE_LOOKUP,
  CODE_LOCATE,
  CODE_BEYOND,
#define OP_1(name, args, result, text) CODE_##name,
#define OP_2(name, args, result, text) CODE_##name, CODE_##name##_vs, CODE_##name##_sv,
#define OP_3(name, args, result, text) CODE_##name, CODE_##name##_vvs, CODE_##name##_vsv, CODE_##name##_vss,
#include "kernel/ops.def"
#undef OP_1
#undef OP_2
#undef OP_3
#define ROW(name, text) CODE_##name, CODE_##name##_vvs, CODE_##name##_vsv, CODE_##name##_vss, CODE_##name##_svv, CODE_##name##_svs,
  CODE_FUSED(ROW)
#undef ROW
      CODE_END
} CodeOp;

typedef struct Code {
  uint16_t op;
  uint8_t scope, kind;   /* of the slot; of OP_INDEX and draws */
  uint32_t dst, a, b, c; /* registers, or numbers of uniform values */
  uint32_t slot;
  uint32_t
      extra; /* number of the OP_SUM; FREEZE: 1 when b counts; DRAW, DRAW_NORMAL: 1 when a counts; of tables: number of the instruction */
  uint32_t site;   /* of a draw */
  bool may_borrow; /* LOAD: the register may point into the array, nothing writes there while it is used */
} Code;

/* What must hold between the elements of one block, so that instructions may run one after the other over all of them. */
typedef enum {
  BLOCK_FREE,  /* any elements */
  BLOCK_ROW,   /* one row of unique partners */
  BLOCK_SINGLE /* one element */
} BlockRule;

/* A linear system (linear.c). */
typedef struct Linear {
  LinearKind kind;
  int n, propagator, h; /* slots, as all that follow */
  int *numbers;         /* owned; what the others point into */
  int n_numbers;
  const int *matrix, *state, *input, *result;
  const int *moving; /* [n_moving] those inputs that differ from element to element */
  int n_moving;
  /* TREE, as in its description */
  int n_nodes, v, diagonal, flow, coupling;
  const int *parent, *place,
      *branch; /* [n_nodes] in the order of elimination (tree.c); branch: which coupling joins it to its parent there */
  int64_t cells;
  double theta;
} Linear;

struct Program {
  int references;
  char *name;
  Nest nest;
  bool is_float, has_elements, uses_pre, uses_post, has_spike;
  int n_slots, n_instructions;
  Slot *slots;
  uint8_t *slot_use;
  int64_t *slot_size; /* [n_slots] numbers that the array of a uniform slot must hold */
  Instruction *instructions;
  bool *is_uniform; /* [n_instructions] */

  Code *uniform_code, *code; /* both end with CODE_END */
  int n_uniform_code, n_code;
  int n_constants, n_uniform; /* uniform values 0 .. n_constants-1 are constants */
  void *constants;            /* [n_constants] of real */
  int n_registers, n_sums;
  /* Block rules: of the program where pre is the outer neuron, and where post is. */
  BlockRule rule[2];
  bool may_alias; /* a slot of one side is written and one of another side read: look at the pointers */
  Linear *linear; /* owned; NULL: the program is its code */
  Again again;    /* `names` is owned */
  size_t at_pointers, at_uniform, at_registers, at_sums, at_block, scratch_bytes; /* layout of the scratch memory */
};

/* Fill in everything from uniform_code on. False when out of memory or too large. */
bool code_prepare(Program *p, Error *e);

#endif
