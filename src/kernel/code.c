#include "kernel/code.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"

/* Positions of the first arithmetic code of each operation, and their number of arguments. */
static const uint16_t first_code[N_MATH] = {
#define OP_1(name, args, result, text) [MATH_##name] = CODE_##name,
#define OP_2 OP_1
#define OP_3 OP_1
#include "kernel/ops.def"
#undef OP_1
#undef OP_2
#undef OP_3
};
static const uint8_t arity[N_MATH] = {
#define OP_1(name, args, result, text) [MATH_##name] = 1,
#define OP_2(name, args, result, text) [MATH_##name] = 2,
#define OP_3(name, args, result, text) [MATH_##name] = 3,
#include "kernel/ops.def"
#undef OP_1
#undef OP_2
#undef OP_3
};

static const uint32_t NOWHERE = UINT32_MAX;

typedef struct {
  Program *p;
  int *last_use;     /* [n_instructions] of a value; -1: dead */
  int *n_uses;       /* [n_instructions] */
  int *partner;      /* [n_instructions] the value that an operation computes in passing, or -1 */
  bool *is_absorbed; /* [n_instructions] the other side of that */
  int *next_write;   /* [n_instructions + 1] the first instruction from here on that writes elements, or n_instructions */
  uint32_t *place;   /* [n_instructions] register, or number of the uniform value */
  uint32_t *free_registers;
  int n_free;
  Code *out;
  int n_out;
} Builder;

static bool is_write(int op) {
  return op == OP_STORE || op == OP_ACC || op == OP_SUM || op == OP_MIN_OF || op == OP_MAX_OF || op == OP_STAMP || op == OP_FREEZE;
}

static bool is_effect(int op) { return is_write(op) || op == OP_SPIKE; }

/* Backwards from the effects: who is used, and where last. */
static void find_uses(Builder *b) {
  const Program *p = b->p;
  for (int at = 0; at < p->n_instructions; at++)
    b->last_use[at] = -1;
  for (int at = p->n_instructions - 1; at >= 0; at--) {
    const Instruction *in = &p->instructions[at];
    if (is_effect(in->op))
      b->last_use[at] = at;
    if (b->last_use[at] < 0)
      continue;
    for (int k = 0; k < 3; k++)
      if (in->arg[k] >= 0) {
        b->n_uses[in->arg[k]]++;
        if (b->last_use[in->arg[k]] < at)
          b->last_use[in->arg[k]] = at;
      }
  }
}

static bool is_math(const Program *p, int at, int math) { return p->instructions[at].op == OP_FIRST_MATH + math; }

/* Pair each sum or difference with a product that has no other use, and each product with such a sum or difference. */
static void find_partners(Builder *b) {
  const Program *p = b->p;
  for (int at = 0; at < p->n_instructions; at++)
    b->partner[at] = -1;
  for (int at = 0; at < p->n_instructions; at++) {
    bool is_sum = is_math(p, at, MATH_add) || is_math(p, at, MATH_sub), is_product = is_math(p, at, MATH_mul);
    if (p->is_uniform[at] || b->last_use[at] < 0 || !(is_sum || is_product))
      continue;
    for (int k = 0; k < 2 && b->partner[at] < 0; k++) {
      int first = p->instructions[at].arg[k];
      bool fits = is_sum ? is_math(p, first, MATH_mul) : is_math(p, first, MATH_add) || is_math(p, first, MATH_sub);
      if (!fits || p->is_uniform[first] || b->n_uses[first] != 1 || b->partner[first] >= 0)
        continue;
      b->partner[at] = first;
      b->is_absorbed[first] = true;
      for (int i = 0; i < 2; i++)
        if (b->last_use[p->instructions[first].arg[i]] < at)
          b->last_use[p->instructions[first].arg[i]] = at;
    }
  }
}

static uint32_t take_register(Builder *b) {
  if (b->n_free > 0)
    return b->free_registers[--b->n_free];
  return (uint32_t)b->p->n_registers++;
}

static void give_register(Builder *b, uint32_t r) { b->free_registers[b->n_free++] = r; }

static uint16_t memory_code(int op) {
  static const uint16_t codes[OP_FIRST_MATH] = {
    [OP_LOAD] = CODE_LOAD,
    [OP_STORE] = CODE_STORE,
    [OP_ACC] = CODE_ACC,
    [OP_SUM] = CODE_SUM,
    [OP_MIN_OF] = CODE_MIN_OF,
    [OP_MAX_OF] = CODE_MAX_OF,
    [OP_ELAPSED] = CODE_ELAPSED,
    [OP_STAMP] = CODE_STAMP,
    [OP_ACTIVE] = CODE_ACTIVE,
    [OP_FREEZE] = CODE_FREEZE,
    [OP_NOW] = CODE_NOW,
    [OP_INDEX] = CODE_INDEX,
    [OP_SPIKE] = CODE_SPIKE,
    [OP_DRAW] = CODE_DRAW,
    [OP_DRAW_NORMAL] = CODE_DRAW_NORMAL,
    [OP_DRAW_GAMMA] = CODE_DRAW_GAMMA,
    [OP_DRAW_POISSON] = CODE_DRAW_POISSON,
    [OP_DRAW_BINOMIAL] = CODE_DRAW_BINOMIAL,
    [OP_LOOKUP] = CODE_LOOKUP,
    [OP_LOCATE] = CODE_LOCATE,
    [OP_BEYOND] = CODE_BEYOND,
  };
  return codes[op];
}

static Code start_code(const Program *p, const Instruction *in) {
  Code c = { .op = in->op >= OP_FIRST_MATH ? first_code[in->op - OP_FIRST_MATH] : memory_code(in->op),
             .scope = (uint8_t)in->scope,
             .site = in->draw };
  if (in->slot >= 0) {
    c.slot = (uint32_t)in->slot;
    c.scope = (uint8_t)p->slots[in->slot].scope;
    c.kind = (uint8_t)p->slots[in->slot].kind;
  }
  if (in->op == OP_LOOKUP || in->op == OP_LOCATE || in->op == OP_BEYOND)
    c.extra = (uint32_t)(in - p->instructions);
  if (in->op == OP_FREEZE)
    c.extra = in->arg[1] >= 0;
  if (in->op == OP_DRAW || in->op == OP_DRAW_NORMAL)
    c.extra = in->arg[0] >= 0;
  return c;
}

/* Denormals are zero, with their sign: as the processor takes them during a run, and as generated C writes them. */
static double flushed(double x) { return fabs(x) < DBL_MIN ? copysign(0.0, x) : x; }
static float flushed_float(float x) { return fabsf(x) < FLT_MIN ? copysignf(0.0f, x) : x; }

static void build_uniform(Builder *b) {
  Program *p = b->p;
  uint32_t n = 0;
  for (int at = 0; at < p->n_instructions; at++)
    if (p->instructions[at].op == OP_CONST && b->last_use[at] >= 0) {
      if (p->is_float)
        ((float *)p->constants)[n] = flushed_float((float)p->instructions[at].value);
      else
        ((double *)p->constants)[n] = flushed(p->instructions[at].value);
      b->place[at] = n++;
    }
  p->n_constants = (int)n;
  for (int at = 0; at < p->n_instructions; at++) {
    const Instruction *in = &p->instructions[at];
    if (!p->is_uniform[at] || in->op == OP_CONST || b->last_use[at] < 0)
      continue;
    Code c = start_code(p, in);
    uint32_t *arg[3] = { &c.a, &c.b, &c.c };
    for (int k = 0; k < 3; k++)
      *arg[k] = in->arg[k] >= 0 ? b->place[in->arg[k]] : 0;
    if (!is_effect(in->op))
      c.dst = b->place[at] = n++;
    p->uniform_code[p->n_uniform_code++] = c;
  }
  p->uniform_code[p->n_uniform_code++] = (Code){ .op = CODE_END };
  p->n_uniform = (int)n;
}

/* May a loaded register stand for the array itself? Only while nothing writes into arrays of that shape. */
static bool may_borrow(const Builder *b, int at) {
  const Program *p = b->p;
  const Slot *s = &p->slots[p->instructions[at].slot];
  if (s->kind != KIND_REAL || s->scope == SCOPE_UNIFORM)
    return false;
  return b->next_write[at + 1] >= b->last_use[at];
}

static void find_writes(Builder *b) {
  const Program *p = b->p;
  b->next_write[p->n_instructions] = p->n_instructions;
  for (int at = p->n_instructions - 1; at >= 0; at--) {
    const Instruction *in = &p->instructions[at];
    bool is_here = is_write(in->op) && p->slots[in->slot].scope != SCOPE_UNIFORM;
    b->next_write[at] = is_here ? at : b->next_write[at + 1];
  }
}

/* Which form of an arithmetic operation, given which arguments are uniform; false where an argument must be splat first. */
static bool choose_form(Code *c, int math, const bool uniform[3]) {
  if (arity[math] == 1)
    return true;
  if (arity[math] == 2) {
    c->op = (uint16_t)(c->op + (uniform[1] ? 1 : uniform[0] ? 2 : 0));
    return true;
  }
  c->op = (uint16_t)(c->op + (uniform[1] ? 2 : 0) + (uniform[2] ? 1 : 0));
  return !uniform[0];
}

/* The operation that `at` and its partner make together: its code, and its arguments A, B and C. */
static uint16_t fuse(const Builder *b, int at, int32_t value[3]) {
  const Program *p = b->p;
  const Instruction *in = &p->instructions[at], *first = &p->instructions[b->partner[at]];
  int side = in->arg[0] == b->partner[at] ? 0 : 1;
  value[0] = first->arg[0];
  value[1] = first->arg[1];
  value[2] = in->arg[1 - side];
  uint16_t op = is_math(p, at, MATH_add)               ? CODE_mul_add
                : is_math(p, at, MATH_sub)             ? (side == 0 ? CODE_mul_sub : CODE_sub_mul)
                : is_math(p, b->partner[at], MATH_add) ? CODE_add_mul
                                                       : CODE_diff_mul;
  return (uint16_t)(op + (p->is_uniform[value[0]] ? 4 : p->is_uniform[value[1]] ? 2 : 0) + (p->is_uniform[value[2]] ? 1 : 0));
}

static void build_element(Builder *b, int at) {
  Program *p = b->p;
  const Instruction *in = &p->instructions[at];
  Code c = start_code(p, in);
  int32_t value[3] = { in->arg[0], in->arg[1], in->arg[2] };
  uint32_t *arg[3] = { &c.a, &c.b, &c.c };
  bool uniform[3], takes_uniform = in->op >= OP_FIRST_MATH, is_fused = b->partner[at] >= 0;
  uint32_t splat[3] = { NOWHERE, NOWHERE, NOWHERE };
  if (is_fused)
    c.op = fuse(b, at, value);
  for (int k = 0; k < 3; k++) {
    uniform[k] = value[k] >= 0 && p->is_uniform[value[k]];
    *arg[k] = value[k] >= 0 ? b->place[value[k]] : 0;
  }
  bool first_as_is = !takes_uniform || is_fused || choose_form(&c, in->op - OP_FIRST_MATH, uniform);
  for (int k = 0; k < 3; k++)
    if (uniform[k] && (!takes_uniform || (k == 0 && !first_as_is))) {
      splat[k] = take_register(b);
      b->out[b->n_out++] = (Code){ .op = CODE_SPLAT, .dst = splat[k], .a = *arg[k] };
      *arg[k] = splat[k];
    }
  for (int k = 0; k < 3; k++) { /* arguments that die here free their registers first: the result may take one of them */
    if (splat[k] != NOWHERE)
      give_register(b, splat[k]);
    bool is_repeated = (k > 0 && value[k] == value[0]) || (k > 1 && value[k] == value[1]);
    if (value[k] >= 0 && !uniform[k] && !is_repeated && b->last_use[value[k]] == at)
      give_register(b, b->place[value[k]]);
  }
  if (!is_effect(in->op))
    c.dst = b->place[at] = take_register(b);
  if (in->op == OP_LOAD)
    c.may_borrow = may_borrow(b, at);
  if (in->op == OP_SUM)
    c.extra = (uint32_t)p->n_sums++;
  bool has_index = in->slot >= 0 || in->op == OP_INDEX || (in->op >= OP_DRAW && in->op <= OP_DRAW_BINOMIAL);
  p->uses_pre |= c.scope == SCOPE_PRE && has_index;
  p->uses_post |= c.scope == SCOPE_POST && has_index;
  b->out[b->n_out++] = c;
}

static void build_elements(Builder *b) {
  Program *p = b->p;
  b->out = p->code;
  for (int at = 0; at < p->n_instructions; at++)
    if (!p->is_uniform[at] && b->last_use[at] >= 0 && !b->is_absorbed[at])
      build_element(b, at);
  p->has_elements = b->n_out > 0;
  b->out[b->n_out++] = (Code){ .op = CODE_END };
  p->n_code = b->n_out;
}

/* How often a slot is written: while the elements go by, and once a row after its elements (an OP_SUM into what a row has one of). */
typedef struct {
  int n_writes, n_sums;
} Writes;

/* The block rule where `outer` is the outer neuron's scope. Elements of a block are done instruction by instruction: that equals element by
** element unless one element reads (or writes by a second instruction) what an earlier one has written. `writes` is room for every slot. */
static BlockRule find_rule(const Program *p, Scope outer, Writes *writes) {
  BlockRule rule = BLOCK_FREE;
  memset(writes, 0, sizeof *writes * (size_t)p->n_slots);
  for (int at = 0; at < p->n_instructions; at++) {
    const Instruction *in = &p->instructions[at];
    if (!is_write(in->op))
      continue;
    Scope scope = p->slots[in->slot].scope;
    bool is_late = in->op == OP_SUM && (scope == outer || scope == SCOPE_UNIFORM);
    writes[in->slot].n_sums += is_late;
    writes[in->slot].n_writes += !is_late;
  }
  for (int s = 0; s < p->n_slots; s++) {
    Scope scope = p->slots[s].scope;
    if (scope == SCOPE_ELEM)
      continue;
    if (scope == SCOPE_UNIFORM && writes[s].n_sums > 1)
      rule = BLOCK_ROW > rule ? BLOCK_ROW : rule;
    bool is_read = scope != SCOPE_UNIFORM && (p->slot_use[s] & SLOT_IS_READ); /* uniform slots are read before the elements */
    if (writes[s].n_writes == 0 || (writes[s].n_writes == 1 && !is_read))
      continue;
    BlockRule needed = scope == outer || scope == SCOPE_UNIFORM ? BLOCK_SINGLE : BLOCK_ROW;
    rule = needed > rule ? needed : rule;
  }
  return rule;
}

static void find_rules(Program *p, Writes *writes) {
  bool is_written = false;
  for (int s = 0; s < p->n_slots; s++)
    is_written |= p->slots[s].scope >= SCOPE_PRE && (p->slot_use[s] & SLOT_IS_WRITTEN);
  p->rule[0] = find_rule(p, SCOPE_PRE, writes);
  p->rule[1] = find_rule(p, SCOPE_POST, writes);
  p->may_alias = is_written && p->nest >= NEST_ALL;
}

static size_t take(size_t *at, size_t bytes) {
  size_t here = *at;
  *at += (bytes + 63) / 64 * 64;
  return here;
}

static void lay_out(Program *p) {
  size_t real = p->is_float ? sizeof(float) : sizeof(double), at = 0;
  p->at_pointers = take(&at, sizeof(void *) * (size_t)p->n_registers);
  p->at_uniform = take(&at, sizeof(double) * (size_t)p->n_uniform);
  p->at_registers = take(&at, real * CODE_BLOCK * (size_t)p->n_registers);
  p->at_sums = take(&at, real * CODE_SUM_LANES * (size_t)p->n_sums);
  p->at_block = take(&at, p->nest == NEST_EACH ? 8 * CODE_BLOCK : 64 * CODE_BLOCK + 64); /* struct Work of vm_run.h, which checks it */
  p->scratch_bytes = at;
}

bool code_prepare(Program *p, Error *e) {
  size_t n = (size_t)p->n_instructions;
  Builder b = { .p = p };
  b.last_use = memory_new(n * sizeof *b.last_use);
  b.n_uses = memory_new(n * sizeof *b.n_uses);
  b.partner = memory_new(n * sizeof *b.partner);
  b.is_absorbed = memory_new(n * sizeof *b.is_absorbed);
  b.next_write = memory_new((n + 1) * sizeof *b.next_write);
  Writes *writes = memory_new(sizeof *writes * (size_t)p->n_slots);
  b.place = memory_new(n * sizeof *b.place);
  b.free_registers = memory_new((4 * n + 1) * sizeof *b.free_registers);
  p->uniform_code = memory_new((n + 1) * sizeof *p->uniform_code);
  p->code = memory_new((4 * n + 1) * sizeof *p->code);
  p->constants = memory_new(n * sizeof(double));
  bool is_good = b.last_use != NULL && b.n_uses != NULL && b.partner != NULL && b.is_absorbed != NULL && b.place != NULL &&
                 b.next_write != NULL && writes != NULL && b.free_registers != NULL && p->uniform_code != NULL && p->code != NULL &&
                 p->constants != NULL;
  if (is_good) {
    find_uses(&b);
    find_partners(&b);
    find_writes(&b);
    build_uniform(&b);
    build_elements(&b);
    find_rules(p, writes);
    lay_out(p);
  } else {
    error_memory(e, "a program", (double)n * sizeof(Code));
  }
  memory_free(b.last_use);
  memory_free(b.n_uses);
  memory_free(b.partner);
  memory_free(b.is_absorbed);
  memory_free(b.next_write);
  memory_free(writes);
  memory_free(b.place);
  memory_free(b.free_registers);
  return is_good;
}
