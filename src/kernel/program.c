#include "kernel/program.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "kernel/linear.h"

/* ---- names and types of operations ------------------------------------------------------------------------------ */
/* clang-format off */
#define NO_FORM { NULL, NULL, { NULL } }
/* clang-format on */
static const OpInfo ops[OP_FIRST_MATH + N_MATH] = {
  [OP_CONST] = { "const", "", 'r', false, NO_FORM },
  [OP_LOAD] = { "load", "", 'r', true, NO_FORM },
  [OP_STORE] = { "store", "r", '-', true, NO_FORM },
  [OP_ACC] = { "acc", "r", '-', true, NO_FORM },
  [OP_SUM] = { "sum", "r", '-', true, NO_FORM },
  [OP_MIN_OF] = { "min_of", "r", '-', true, NO_FORM },
  [OP_MAX_OF] = { "max_of", "r", '-', true, NO_FORM },
  [OP_ELAPSED] = { "elapsed", "", 'r', true, NO_FORM },
  [OP_STAMP] = { "stamp", "", '-', true, NO_FORM },
  [OP_ACTIVE] = { "active", "", 'b', true, NO_FORM },
  [OP_FREEZE] = { "freeze", "rb", '-', true, NO_FORM }, /* the bool may be missing */
  [OP_NOW] = { "now", "", 'r', false, NO_FORM },
  [OP_INDEX] = { "index", "", 'r', false, NO_FORM },
  [OP_SPIKE] = { "spike", "b", '-', false, NO_FORM },
  [OP_DRAW] = { "draw", "r", 'r', false, NO_FORM }, /* the number may be missing */
  [OP_DRAW_NORMAL] = { "draw_normal", "r", 'r', false, NO_FORM },
  [OP_DRAW_GAMMA] = { "draw_gamma", "r", 'r', false, NO_FORM },
  [OP_DRAW_POISSON] = { "draw_poisson", "r", 'r', false, NO_FORM },
  [OP_DRAW_BINOMIAL] = { "draw_binomial", "rr", 'r', false, NO_FORM },
  [OP_LOOKUP] = { "lookup", "rr", 'r', true, NO_FORM },
  [OP_LOCATE] = { "locate", "r", 'r', true, NO_FORM },
  [OP_BEYOND] = { "beyond", "r", 'r', true, NO_FORM },
/* clang-format off */
#define INFIX(a, sign, b) { "infix", #sign, { #a, #b } }
#define PREFIX(sign, a) { "prefix", #sign, { #a } }
#define CHOICE(a, b, c) { "choice", NULL, { #a, #b, #c } }
#define CALL_1(function, a) { "call", #function, { #a } }
#define CALL_2(function, a, b) { "call", #function, { #a, #b } }
/* clang-format on */
#define OP_1(name, args, result, form) [OP_FIRST_MATH + MATH_##name] = { #name, #args, #result[0], false, form },
#define OP_2 OP_1
#define OP_3 OP_1
#include "kernel/ops.def"
#undef OP_1
#undef OP_2
#undef OP_3
};

static const char *const nest_names[] = { "each", "list", "all", "pre", "post" };
static const char *const scope_names[] = { "uniform", "elem", "pre", "post" };
static const char *const kind_names[] = { "real", "time", "count", "index" };

const char *program_nest_name(Nest nest) { return nest_names[nest]; }
const char *program_scope_name(Scope scope) { return scope_names[scope]; }
const char *program_kind_name(Kind kind) { return kind_names[kind]; }

const OpInfo *program_op_info(int op) { return op >= 0 && op < OP_FIRST_MATH + N_MATH ? &ops[op] : NULL; }

int program_op_from_name(const char *name) {
  for (int op = 0; op < OP_FIRST_MATH + N_MATH; op++)
    if (strcmp(ops[op].name, name) == 0)
      return op;
  return -1;
}

/* ---- checking ----------------------------------------------------------------------------------------------------- */
typedef struct {
  const ProgramDescription *d;
  Program *p;
  int *writer; /* [n_slots] instruction that wrote it, or -1 */
  int spike_at;
  Error *e;
} Check;

static bool fail(const Check *c, int at, const char *format, ...) __attribute__((format(printf, 3, 4)));
static bool fail(const Check *c, int at, const char *format, ...) {
  char text[400];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  const OpInfo *info = program_op_info(c->d->code[at].op);
  return error_set(c->e, "program '%s', instruction %d (%s): %s", c->d->name, at + 1, info ? info->name : "?", text);
}

static bool check_slots(const Check *c) {
  bool is_synaptic = c->d->nest >= NEST_ALL;
  for (int i = 0; i < c->d->n_slots; i++) {
    const Slot *s = &c->d->slots[i];
    if (s->name == NULL || s->name[0] == '\0')
      return error_set(c->e, "program '%s', slot %d: has no name", c->d->name, i + 1);
    if ((unsigned)s->scope > SCOPE_POST || (unsigned)s->kind > KIND_INDEX)
      return error_set(c->e, "program '%s', slot %d '%s': unknown scope or kind", c->d->name, i + 1, s->name);
    if (!is_synaptic && s->scope >= SCOPE_PRE)
      return error_set(c->e, "program '%s', slot %d '%s': scope %s needs a nest over synapses, not '%s'", c->d->name, i + 1, s->name,
                       scope_names[s->scope], nest_names[c->d->nest]);
  }
  return true;
}

static bool is_draw(int op) { return op >= OP_DRAW && op <= OP_DRAW_BINOMIAL; }
static bool is_plain_draw(int op) { return op == OP_DRAW || op == OP_DRAW_NORMAL; }
static bool is_reduction(int op) { return op == OP_SUM || op == OP_MIN_OF || op == OP_MAX_OF; }
static bool is_of_table(int op) { return op == OP_LOOKUP || op == OP_LOCATE || op == OP_BEYOND; }
static bool is_read(int op) { return op == OP_LOAD || op == OP_ELAPSED || op == OP_ACTIVE || is_of_table(op); }

static bool check_arguments(const Check *c, int at) {
  const Instruction *in = &c->d->code[at];
  const OpInfo *info = &ops[in->op];
  int n = (int)strlen(info->args);
  for (int k = 0; k < 3; k++) {
    int32_t v = in->arg[k];
    if (k >= n) {
      if (v != -1)
        return fail(c, at, "takes %d argument%s, got more", n, n == 1 ? "" : "s");
      continue;
    }
    if (v == -1 && ((in->op == OP_FREEZE && k == 1) || is_plain_draw(in->op)))
      continue;
    if (v == -1)
      return fail(c, at, "takes %d argument%s, argument %d is missing", n, n == 1 ? "" : "s", k + 1);
    if (v < 0 || v >= at)
      return fail(c, at, "argument %d names value %d, which is not defined before it", k + 1, (int)v + 1);
    const OpInfo *from = &ops[c->d->code[v].op];
    if (from->result == '-')
      return fail(c, at, "argument %d names instruction %d (%s), which has no value", k + 1, (int)v + 1, from->name);
    if (from->result != info->args[k])
      return fail(c, at, "argument %d must be a %s; value %d (%s) is a %s", k + 1, info->args[k] == 'r' ? "real" : "bool", (int)v + 1,
                  from->name, from->result == 'r' ? "real" : "bool");
  }
  return true;
}

/* Does the value of instruction `at` differ from element to element? */
static bool find_uniform(const Check *c, int at) {
  const Instruction *in = &c->d->code[at];
  if ((is_draw(in->op) && in->scope != SCOPE_UNIFORM) || in->op == OP_INDEX || is_reduction(in->op) || in->op == OP_ACC ||
      in->op == OP_SPIKE)
    return false;
  if (in->slot >= 0 && c->d->slots[in->slot].scope != SCOPE_UNIFORM)
    return false;
  for (int k = 0; k < 3; k++)
    if (in->arg[k] >= 0 && !c->p->is_uniform[in->arg[k]])
      return false;
  return true;
}

static bool check_slot_kind(const Check *c, int at) {
  const Instruction *in = &c->d->code[at];
  const Slot *s = &c->d->slots[in->slot];
  bool wants_time = in->op == OP_ELAPSED || in->op == OP_STAMP, wants_count = in->op == OP_ACTIVE || in->op == OP_FREEZE;
  bool wants_real = in->op == OP_ACC || is_reduction(in->op);
  if ((wants_time && s->kind != KIND_TIME) || (wants_count && s->kind != KIND_COUNT) || (wants_real && s->kind != KIND_REAL))
    return fail(c, at, "slot '%s' must be of kind %s, it is of kind %s", s->name,
                wants_time    ? "time"
                : wants_count ? "count"
                              : "real",
                kind_names[s->kind]);
  if (in->op == OP_STORE && s->kind == KIND_INDEX)
    return fail(c, at, "slot '%s' holds indexes, which no program may write", s->name);
  if (is_reduction(in->op)) {
    bool is_right = c->d->nest == NEST_ALL ? s->scope != SCOPE_ELEM : c->d->nest == NEST_EACH && s->scope == SCOPE_UNIFORM;
    if (!is_right)
      return fail(c, at,
                  "reduces into '%s' of scope %s in nest '%s'; it needs nest 'all' and scope pre, post or uniform, or nest 'each' and "
                  "scope uniform",
                  s->name, scope_names[s->scope], nest_names[c->d->nest]);
  }
  return true;
}

/* What a table's array must hold, that all of its operations find what they read. */
static bool check_table(const Check *c, int at) {
  const Instruction *in = &c->d->code[at];
  const Slot *s = &c->d->slots[in->slot];
  const Place *t = &in->table;
  if (s->scope != SCOPE_UNIFORM || s->kind != KIND_REAL)
    return fail(c, at, "slot '%s' must be uniform and of kind real: it is a table", s->name);
  if (t->at < 0 || t->rows < 1 || (in->op == OP_LOOKUP && t->columns < 1))
    return fail(c, at, "has no rows or columns in '%s'", s->name);
  int64_t n = in->op == OP_LOOKUP ? (int64_t)t->rows * t->columns : t->is_listed ? 1 + (int64_t)t->rows : 3;
  if (t->at + n > c->p->slot_size[in->slot])
    c->p->slot_size[in->slot] = t->at + n;
  return true;
}

static bool check_slot_order(Check *c, int at) {
  const Instruction *in = &c->d->code[at];
  const Slot *s = &c->d->slots[in->slot];
  int before = c->writer[in->slot];
  if (is_read(in->op)) {
    c->p->slot_use[in->slot] |= SLOT_IS_READ;
    if (before >= 0)
      return fail(c, at, "reads '%s', which instruction %d (%s) has written; all reads of a slot come before its write", s->name,
                  before + 1, ops[c->d->code[before].op].name);
    return true;
  }
  bool is_sum = in->op == OP_ACC || is_reduction(in->op);
  if (before >= 0 && !(is_sum && c->d->code[before].op == in->op))
    return fail(c, at, "writes '%s', which instruction %d (%s) has written already", s->name, before + 1, ops[c->d->code[before].op].name);
  c->writer[in->slot] = at;
  c->p->slot_use[in->slot] |= SLOT_IS_WRITTEN | (is_sum ? SLOT_IS_SUMMED : 0);
  if (!is_sum && s->scope == SCOPE_UNIFORM && !c->p->is_uniform[at])
    return fail(c, at, "stores into '%s', of which there is one, a value that differs between elements", s->name);
  return true;
}

static bool check_instruction(Check *c, int at) {
  const Instruction *in = &c->d->code[at];
  if (program_op_info(in->op) == NULL)
    return fail(c, at, "unknown operation %d", in->op);
  const OpInfo *info = &ops[in->op];
  if (!check_arguments(c, at))
    return false;
  if (!info->has_slot && in->slot != -1)
    return fail(c, at, "takes no slot");
  if (info->has_slot && (in->slot < 0 || in->slot >= c->d->n_slots))
    return fail(c, at, "names slot %d; there are %d slots", (int)in->slot + 1, c->d->n_slots);
  if (is_plain_draw(in->op) && in->arg[0] >= 0 && !c->p->is_uniform[in->arg[0]])
    return fail(c, at, "what says whether to draw must be the same for all elements");
  c->p->is_uniform[at] = find_uniform(c, at);
  if (is_draw(in->op) && in->scope == SCOPE_UNIFORM && !c->p->is_uniform[at])
    return fail(c, at, "draws one number for all elements from what differs between them");
  if (info->has_slot && (!check_slot_kind(c, at) || !check_slot_order(c, at)))
    return false;
  if (is_of_table(in->op) && !check_table(c, at))
    return false;
  bool has_index = in->op == OP_INDEX || (is_draw(in->op) && in->scope != SCOPE_UNIFORM);
  if (has_index && in->scope != SCOPE_ELEM && (in->scope == SCOPE_UNIFORM || (unsigned)in->scope > SCOPE_POST || c->d->nest < NEST_ALL))
    return fail(c, at, "there is no such index in nest '%s'", nest_names[c->d->nest]);
  if (in->op == OP_SPIKE) {
    if (c->d->nest != NEST_EACH)
      return fail(c, at, "spikes need nest 'each', this is '%s'", nest_names[c->d->nest]);
    if (c->spike_at >= 0)
      return fail(c, at, "instruction %d says already who spikes", c->spike_at + 1);
    c->spike_at = at;
  }
  return true;
}

static bool check_shape(const Check *c) {
  const ProgramDescription *d = c->d;
  if ((unsigned)d->nest > NEST_POST)
    return error_set(c->e, "program '%s': unknown nest", d->name);
  const Again *a = d->again;
  if (a != NULL && (d->nest != NEST_EACH || d->linear != NULL || a->left < 0 || a->left >= d->n_slots || a->worst < 0 ||
                    a->worst >= d->n_slots || a->most < 1 || d->slots[a->left].kind != KIND_REAL || d->slots[a->worst].kind != KIND_REAL ||
                    d->slots[a->left].scope != d->slots[a->worst].scope))
    return error_set(c->e, "program '%s': what says whether to run it again does not fit its slots", d->name);
  if (d->n_instructions > PROGRAM_MAX || d->n_slots > PROGRAM_MAX)
    return error_set(c->e, "program '%s': %d instructions and %d slots; at most %d of each", d->name, d->n_instructions, d->n_slots,
                     PROGRAM_MAX);
  return check_slots(c);
}

static bool check_code(Check *c) {
  const ProgramDescription *d = c->d;
  c->writer = memory_new(sizeof *c->writer * (size_t)d->n_slots);
  if (c->writer == NULL)
    return error_memory(c->e, "a program", sizeof *c->writer * (double)d->n_slots);
  for (int i = 0; i < d->n_slots; i++)
    c->writer[i] = -1;
  c->spike_at = -1;
  for (int at = 0; at < d->n_instructions; at++)
    if (!check_instruction(c, at))
      return false;
  c->p->has_spike = c->spike_at >= 0;
  return true;
}

/* ---- life --------------------------------------------------------------------------------------------------------- */
static char *copy_text(const char *text) {
  size_t n = strlen(text) + 1;
  char *copy = memory_new(n);
  if (copy != NULL)
    memcpy(copy, text, n);
  return copy;
}

static bool copy_description(Program *p, const ProgramDescription *d) {
  p->name = copy_text(d->name);
  p->again = (Again){ .left = -1, .worst = -1 };
  if (d->again != NULL) {
    p->again = *d->again;
    p->again.names = copy_text(d->again->names);
    if (p->again.names == NULL)
      return false;
  }
  p->slots = memory_new(sizeof *p->slots * (size_t)d->n_slots);
  p->slot_use = memory_new((size_t)d->n_slots);
  p->slot_size = memory_new(sizeof *p->slot_size * (size_t)d->n_slots);
  p->instructions = memory_new(sizeof *p->instructions * (size_t)d->n_instructions);
  p->is_uniform = memory_new((size_t)d->n_instructions * sizeof *p->is_uniform);
  if (p->name == NULL || p->slots == NULL || p->slot_use == NULL || p->slot_size == NULL || p->instructions == NULL ||
      p->is_uniform == NULL)
    return false;
  memcpy(p->instructions, d->code, sizeof *p->instructions * (size_t)d->n_instructions);
  for (; p->n_slots < d->n_slots; p->n_slots++) {
    p->slots[p->n_slots] = d->slots[p->n_slots];
    p->slots[p->n_slots].name = copy_text(d->slots[p->n_slots].name);
    p->slot_size[p->n_slots] = 1;
    if (p->slots[p->n_slots].name == NULL)
      return false;
  }
  return true;
}

Program *program_new(const ProgramDescription *d, Error *e) {
  Program *p = memory_new(sizeof *p);
  if (p == NULL) {
    error_memory(e, "a program", sizeof *p);
    return NULL;
  }
  p->references = 1;
  p->nest = d->nest;
  p->is_float = d->is_float;
  p->n_instructions = d->n_instructions;
  Check c = { .d = d, .p = p, .e = e };
  bool is_good = check_shape(&c) &&
                 (copy_description(p, d) || error_memory(e, "a program", sizeof *p->instructions * (double)d->n_instructions)) &&
                 (d->linear != NULL ? linear_prepare(p, d->linear, e) : check_code(&c) && code_prepare(p, e));
  memory_free(c.writer);
  if (is_good)
    return p;
  program_release(p);
  return NULL;
}

Program *program_retain(Program *p) {
  ASSERT(p->references > 0);
  p->references++;
  return p;
}

void program_release(Program *p) {
  if (p == NULL || --p->references > 0)
    return;
  for (int i = 0; i < p->n_slots; i++)
    memory_free(p->slots[i].name);
  memory_free(p->slots);
  memory_free(p->slot_use);
  memory_free(p->slot_size);
  memory_free(p->instructions);
  memory_free(p->is_uniform);
  memory_free(p->uniform_code);
  memory_free(p->code);
  memory_free(p->constants);
  linear_free(p->linear);
  memory_free(p->again.names);
  memory_free(p->name);
  memory_free(p);
}

size_t program_scratch_bytes(const Program *p) { return p->scratch_bytes; }
const char *program_name(const Program *p) { return p->name; }
Nest program_nest(const Program *p) { return p->nest; }
bool program_is_f32(const Program *p) { return p->is_float; }
int program_n_slots(const Program *p) { return p->n_slots; }
const Slot *program_slot(const Program *p, int slot) { return &p->slots[slot]; }
int program_slot_use(const Program *p, int slot) { return p->slot_use[slot]; }
int64_t program_slot_size(const Program *p, int slot) {
  const Linear *s = p->linear;
  if (s != NULL && s->kind == LINEAR_TREE)
    return s->n_nodes;
  return s != NULL && slot == s->propagator ? 2 * (int64_t)s->n * s->n : p->slot_size[slot];
}
int64_t program_room(const Program *p, int64_t n) {
  const Linear *s = p->linear;
  if (s == NULL || s->kind != LINEAR_TREE)
    return n;
  return n <= s->cells ? s->n * s->cells : -1;
}
int64_t program_trees(const Program *p) { return p->linear != NULL && p->linear->kind == LINEAR_TREE ? p->linear->cells : 0; }
int program_length(const Program *p) { return p->n_instructions; }
int program_work(const Program *p) {
  const Linear *s = p->linear;
  enum { OF_NODE = 16 };
  return s == NULL ? p->n_instructions : s->kind == LINEAR_TREE ? OF_NODE * s->n_nodes : s->n * (s->n + s->n_moving);
}
bool program_writes_slot(const Program *p, int slot) { return (p->slot_use[slot] & SLOT_IS_WRITTEN) != 0; }

bool program_writes_scope(const Program *p, Scope scope) {
  for (int i = 0; i < p->n_slots; i++)
    if (p->slots[i].scope == scope && program_writes_slot(p, i))
      return true;
  return false;
}

bool program_has_elements(const Program *p) { return p->has_elements; }

static bool is_like(const Instruction *a, const Instruction *b) {
  return a->op == b->op && a->arg[0] == b->arg[0] && a->arg[1] == b->arg[1] && a->arg[2] == b->arg[2] && a->slot == b->slot &&
         a->scope == b->scope && a->draw == b->draw && memcmp(&a->value, &b->value, sizeof a->value) == 0 && a->table.at == b->table.at &&
         a->table.rows == b->table.rows && a->table.columns == b->table.columns && a->table.is_listed == b->table.is_listed &&
         a->table.is_time == b->table.is_time;
}

bool program_is_like(const Program *p, const Program *other) {
  if (p == other)
    return true;
  if (p->nest != other->nest || p->is_float != other->is_float || p->n_slots != other->n_slots ||
      p->n_instructions != other->n_instructions || p->linear != NULL || other->linear != NULL)
    return false;
  for (int k = 0; k < p->n_slots; k++)
    if (p->slots[k].scope != other->slots[k].scope || p->slots[k].kind != other->slots[k].kind)
      return false;
  for (int k = 0; k < p->n_instructions; k++)
    if (!is_like(&p->instructions[k], &other->instructions[k]))
      return false;
  return true;
}

bool program_numbers(const Program *p) {
  for (int k = 0; k < p->n_instructions; k++) {
    const Instruction *in = &p->instructions[k];
    if (in->op == OP_INDEX || (in->op >= OP_DRAW && in->op <= OP_DRAW_BINOMIAL))
      return true;
  }
  return false;
}

bool program_spikes(const Program *p) { return p->has_spike; }
const Again *program_again(const Program *p) { return p->again.left >= 0 ? &p->again : NULL; }

/* ---- dump --------------------------------------------------------------------------------------------------------- */
static void dump_instruction(FILE *f, const Program *p, int at) {
  const Instruction *in = &p->instructions[at];
  const OpInfo *info = &ops[in->op];
  char name[16] = "";
  if (info->result != '-')
    snprintf(name, sizeof name, "%%%d", at + 1);
  fprintf(f, "  %c %4s %s %s", p->is_uniform[at] ? 'u' : ' ', name, info->result == '-' ? " " : "=", info->name);
  if (in->slot >= 0)
    fprintf(f, " %s", p->slots[in->slot].name);
  if (in->op == OP_CONST)
    fprintf(f, " %.17g", in->value);
  if (in->op == OP_INDEX)
    fprintf(f, " %s", scope_names[in->scope]);
  if (is_draw(in->op))
    fprintf(f, in->scope == SCOPE_ELEM ? " #%u" : " #%u %s", (unsigned)in->draw, scope_names[in->scope]);
  if (in->op == OP_LOOKUP)
    fprintf(f, "[%d: %d x %d]", (int)in->table.at, (int)in->table.rows, (int)in->table.columns);
  if (in->op == OP_LOCATE || in->op == OP_BEYOND)
    fprintf(f, "[%d: %d%s%s]", (int)in->table.at, (int)in->table.rows, in->table.is_listed ? " listed" : "",
            in->table.is_time ? " times" : "");
  for (int k = 0; k < 3 && in->arg[k] >= 0; k++)
    fprintf(f, " %%%d", (int)in->arg[k] + 1);
  fputc('\n', f);
}

char *program_dump(const Program *p) {
  static const char *const rules[] = { "any elements", "elements of one row", "one element" };
  char *text = NULL;
  size_t n = 0;
  FILE *f = open_memstream(&text, &n);
  if (f == NULL)
    return NULL;
  fprintf(f, "program %s, nest %s, %s\n", p->name, nest_names[p->nest], p->is_float ? "float32" : "float64");
  for (int i = 0; i < p->n_slots; i++)
    fprintf(f, "  slot %d %s: %s %s%s%s\n", i + 1, p->slots[i].name, scope_names[p->slots[i].scope], kind_names[p->slots[i].kind],
            p->slot_use[i] & SLOT_IS_READ ? ", read" : "",
            p->slot_use[i] & SLOT_IS_SUMMED    ? ", summed"
            : p->slot_use[i] & SLOT_IS_WRITTEN ? ", written"
                                               : "");
  for (int at = 0; at < p->n_instructions; at++)
    dump_instruction(f, p, at);
  if (p->linear != NULL)
    fprintf(f, "  %s of %d linear equations", linear_kind_name(p->linear->kind), p->linear->n);
  else
    fprintf(f, "  interpreter: %d uniform values, %d registers, %d instructions", p->n_uniform, p->n_registers, p->n_code);
  if (p->again.left >= 0)
    fprintf(f, ", again until %s is 0, %d times at most", p->slots[p->again.left].name, p->again.most);
  if (p->nest >= NEST_ALL)
    fprintf(f, ", blocks of %s (outer pre), %s (outer post)", rules[p->rule[0]], rules[p->rule[1]]);
  fputc('\n', f);
  return fclose(f) == 0 ? text : NULL;
}
