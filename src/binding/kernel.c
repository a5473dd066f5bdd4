#include "binding/kernel.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/interrupt.h"
#include "base/parallel.h"
#include "binding/array.h"
#include "kernel/build.h"
#include "kernel/vm.h"
#include "synapses/storage.h"

static int fail(lua_State *L, const Error *e) { return luaL_error(L, "%s", e->text); }

Program *binding_check_program(lua_State *L, int index) { return *(Program **)luaL_checkudata(L, index, BINDING_PROGRAM); }
Native *binding_check_native(lua_State *L, int index) { return *(Native **)luaL_checkudata(L, index, BINDING_NATIVE); }

/* ---- from a Lua table to a description ------------------------------------------------------------------------------ */
/* Where the reader is, for messages. */
typedef struct {
  lua_State *L;
  const char *program;
  const char *what; /* "slot" or "instruction" */
  int at;
} Reading;

static int refuse(const Reading *p, const char *message) {
  return luaL_error(p->L, "program '%s', %s %d: %s", p->program, p->what, p->at, message);
}

/* The string field `key` of the table on top; raises when it is missing. */
static const char *string_field(const Reading *p, const char *key) {
  if (lua_getfield(p->L, -1, key) != LUA_TSTRING)
    refuse(p, lua_pushfstring(p->L, "field '%s' must be a string", key));
  const char *s = lua_tostring(p->L, -1);
  lua_pop(p->L, 1); /* the table keeps it */
  return s;
}

static int name_field(const Reading *p, const char *key, const char *(*name_of)(int), int n) {
  const char *s = string_field(p, key);
  for (int k = 0; k < n; k++)
    if (strcmp(s, name_of(k)) == 0)
      return k;
  return refuse(p, lua_pushfstring(p->L, "unknown %s '%s'", key, s));
}

static const char *scope_name(int k) { return program_scope_name((Scope)k); }
static const char *kind_name(int k) { return program_kind_name((Kind)k); }
static const char *nest_name(int k) { return program_nest_name((Nest)k); }

static void read_slot(const Reading *p, Slot *s) {
  s->name = (char *)string_field(p, "name");
  s->scope = (Scope)name_field(p, "scope", scope_name, SCOPE_POST + 1);
  s->kind = (Kind)name_field(p, "kind", kind_name, KIND_INDEX + 1);
}

static int32_t integer_field(const Reading *p, const char *key) {
  int is_integer;
  lua_getfield(p->L, -1, key);
  lua_Integer n = lua_tointegerx(p->L, -1, &is_integer);
  lua_pop(p->L, 1);
  if (!is_integer || n < 0 || n > INT32_MAX)
    refuse(p, lua_pushfstring(p->L, "field '%s' must be a whole number", key));
  return (int32_t)n;
}

static bool flag_field(const Reading *p, const char *key) {
  lua_getfield(p->L, -1, key);
  bool is_set = lua_toboolean(p->L, -1);
  lua_pop(p->L, 1);
  return is_set;
}

static void read_arguments(const Reading *p, Instruction *in) {
  lua_Integer n = luaL_len(p->L, -1);
  if (n > 3)
    refuse(p, "more than 3 arguments");
  for (int k = 0; k < 3; k++) {
    int is_integer = 0;
    lua_Integer v = 0;
    if (k < n) {
      lua_geti(p->L, -1, k + 1);
      v = lua_tointegerx(p->L, -1, &is_integer);
      lua_pop(p->L, 1);
      if (!is_integer || v < 1 || v > INT32_MAX)
        refuse(p, lua_pushfstring(p->L, "argument %d is no value number", k + 1));
    }
    in->arg[k] = (int32_t)v - 1;
  }
}

static void read_instruction(const Reading *p, Instruction *in) {
  const char *op = string_field(p, "op");
  in->op = program_op_from_name(op);
  if (in->op < 0)
    refuse(p, lua_pushfstring(p->L, "unknown operation '%s'", op));
  read_arguments(p, in);
  in->slot = program_op_info(in->op)->has_slot ? integer_field(p, "slot") - 1 : -1;
  if (in->op == OP_INDEX)
    in->scope = (Scope)name_field(p, "scope", scope_name, SCOPE_POST + 1);
  if (in->op >= OP_DRAW && in->op <= OP_DRAW_BINOMIAL) {
    in->draw = (uint32_t)integer_field(p, "draw");
    in->scope = SCOPE_ELEM;
    if (lua_getfield(p->L, -1, "scope") != LUA_TNIL) {
      lua_pop(p->L, 1);
      in->scope = (Scope)name_field(p, "scope", scope_name, SCOPE_POST + 1);
    } else {
      lua_pop(p->L, 1);
    }
  }
  if (in->op == OP_LOOKUP || in->op == OP_LOCATE || in->op == OP_BEYOND) {
    Place *table = &in->table;
    *table = (Place){ 0 };
    table->at = integer_field(p, "at");
    table->rows = integer_field(p, "n_rows");
    if (in->op == OP_LOOKUP)
      table->columns = integer_field(p, "columns");
    else
      table->is_listed = flag_field(p, "is_listed"), table->is_time = flag_field(p, "is_time");
  }
  if (in->op == OP_CONST) {
    int is_number;
    lua_getfield(p->L, -1, "value");
    in->value = lua_tonumberx(p->L, -1, &is_number);
    lua_pop(p->L, 1);
    if (!is_number)
      refuse(p, "field 'value' must be a number");
  }
}

/* A list field of the program table at 1, pushed; its length. */
static int list_field(lua_State *L, const char *key, const char *program) {
  if (lua_getfield(L, 1, key) != LUA_TTABLE)
    luaL_error(L, "program '%s': field '%s' must be a list", program, key);
  lua_Integer n = luaL_len(L, -1);
  if (n > PROGRAM_MAX)
    luaL_error(L, "program '%s': %d entries in '%s' are too many", program, (int)n, key);
  return (int)n;
}

static void check_entry(const Reading *p) {
  if (!lua_istable(p->L, -1))
    refuse(p, "must be a table");
}

/* A list of slot numbers (0: none) in the field `key` of the table on top, as C counts them: a userdata left below the table. Exactly n of them. */
static int *slot_list(lua_State *L, const char *program, const char *key, lua_Integer n) {
  int *list = lua_newuserdatauv(L, sizeof *list * (size_t)n + 1, 0);
  lua_insert(L, -2);
  if (lua_getfield(L, -1, key) != LUA_TTABLE || luaL_len(L, -1) != n)
    luaL_error(L, "program '%s': field '%s' must be a list of %d slots", program, key, (int)n);
  for (lua_Integer k = 0; k < n; k++) {
    lua_geti(L, -1, k + 1);
    list[k] = (int)luaL_checkinteger(L, -1) - 1;
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return list;
}

/* The field `linear` of a program, which is on top: { kind = "propagator", size, propagator, h, matrix }, { kind = "step", size, propagator, state, input,
** result } or { kind = "tree", size, nodes, parent, place, v, diagonal, flow, coupling, cells, theta }. */
static void read_linear(lua_State *L, const char *program, LinearDescription *d) {
  Reading p = { .L = L, .program = program, .what = "linear system", .at = 1 };
  const char *kind = string_field(&p, "kind");
  d->kind = strcmp(kind, "step") == 0 ? LINEAR_STEP : strcmp(kind, "tree") == 0 ? LINEAR_TREE : LINEAR_PROPAGATOR;
  d->n = integer_field(&p, "size");
  if (d->kind == LINEAR_TREE) {
    d->n_nodes = integer_field(&p, "nodes");
    if (d->n_nodes > PROGRAM_MAX)
      luaL_error(L, "program '%s': a tree of %d nodes", program, d->n_nodes);
    d->parent = slot_list(L, program, "parent", d->n_nodes);
    d->place = slot_list(L, program, "place", d->n_nodes);
    d->v = integer_field(&p, "v") - 1;
    d->diagonal = integer_field(&p, "diagonal") - 1;
    d->flow = integer_field(&p, "flow") - 1;
    d->coupling = integer_field(&p, "coupling") - 1;
    d->cells = integer_field(&p, "cells");
    lua_getfield(L, -1, "theta");
    d->theta = luaL_checknumber(L, -1);
    lua_pop(L, 1);
    return;
  }
  d->propagator = integer_field(&p, "propagator") - 1;
  if (d->n > LINEAR_MAX)
    luaL_error(L, "program '%s': a linear system of %d equations", program, d->n);
  if (d->kind == LINEAR_STEP) {
    d->state = slot_list(L, program, "state", d->n);
    d->input = slot_list(L, program, "input", d->n);
    d->result = slot_list(L, program, "result", d->n);
  } else {
    d->h = integer_field(&p, "h") - 1;
    d->matrix = slot_list(L, program, "matrix", (lua_Integer)d->n * d->n);
  }
}

/* The field `again` of a program, which is on top: { left = slot, worst = slot, most = runs, names = "v\nm" }. */
static void read_again(lua_State *L, const char *program, Again *a) {
  Reading p = { .L = L, .program = program, .what = "again", .at = 1 };
  a->left = integer_field(&p, "left") - 1;
  a->worst = integer_field(&p, "worst") - 1;
  a->most = integer_field(&p, "most");
  lua_getfield(L, -1, "names");
  a->names = (char *)luaL_checkstring(L, -1); /* the table keeps it */
  lua_pop(L, 1);
}

/* kernel.program(table, precision): checks the table and makes a program. */
static int kernel_program(lua_State *L) {
  static const char *const precisions[] = { "float64", "float32", NULL };
  luaL_checktype(L, 1, LUA_TTABLE);
  bool is_float = luaL_checkoption(L, 2, "float64", precisions) == 1;
  lua_settop(L, 1);
  if (lua_getfield(L, 1, "name") != LUA_TSTRING)
    return luaL_error(L, "a program needs a name");
  const char *name = lua_tostring(L, -1);
  lua_pushvalue(L, 1);
  int nest = name_field(&(Reading){ .L = L, .program = name, .what = "program", .at = 1 }, "nest", nest_name, NEST_POST + 1);
  lua_pop(L, 1);
  int n_slots = list_field(L, "slots", name), n_code = list_field(L, "code", name); /* at 3 and 4 */
  Slot *slots = lua_newuserdatauv(L, sizeof *slots * (size_t)n_slots + 1, 0);
  Instruction *code = lua_newuserdatauv(L, sizeof *code * (size_t)n_code + 1, 0);
  Program **box = lua_newuserdatauv(L, sizeof *box, 0);
  *box = NULL;
  luaL_setmetatable(L, BINDING_PROGRAM);
  int at_box = lua_gettop(L);
  memset(code, 0, sizeof *code * (size_t)n_code);
  for (int k = 0; k < n_slots; k++) {
    Reading p = { .L = L, .program = name, .what = "slot", .at = k + 1 };
    lua_geti(L, 3, k + 1);
    check_entry(&p);
    read_slot(&p, &slots[k]);
    lua_pop(L, 1);
  }
  for (int k = 0; k < n_code; k++) {
    Reading p = { .L = L, .program = name, .what = "instruction", .at = k + 1 };
    lua_geti(L, 4, k + 1);
    check_entry(&p);
    read_instruction(&p, &code[k]);
    lua_pop(L, 1);
  }
  LinearDescription linear;
  bool is_linear = lua_getfield(L, 1, "linear") == LUA_TTABLE;
  if (is_linear)
    read_linear(L, name, &linear);
  Again again;
  bool is_again = lua_getfield(L, 1, "again") == LUA_TTABLE;
  if (is_again)
    read_again(L, name, &again);
  Error e = { "" };
  *box = program_new(&(ProgramDescription){ .name = name,
                                            .nest = (Nest)nest,
                                            .is_float = is_float,
                                            .n_slots = n_slots,
                                            .n_instructions = n_code,
                                            .slots = slots,
                                            .code = code,
                                            .linear = is_linear ? &linear : NULL,
                                            .again = is_again ? &again : NULL },
                     &e);
  if (*box == NULL)
    return fail(L, &e);
  lua_pushvalue(L, at_box);
  return 1;
}

static int program_gc(lua_State *L) {
  Program **box = luaL_checkudata(L, 1, BINDING_PROGRAM);
  program_release(*box);
  *box = NULL;
  return 0;
}

static int program_text(lua_State *L) {
  char *text = program_dump(binding_check_program(L, 1));
  if (text == NULL)
    return luaL_error(L, "out of memory");
  lua_pushstring(L, text); /* if this raises, `text` is lost with the process's last memory */
  free(text);
  return 1;
}

static int program_tostring(lua_State *L) {
  const Program *p = binding_check_program(L, 1);
  lua_pushfstring(L, "program %s (%s, %d instructions)", program_name(p), program_nest_name(program_nest(p)), program_length(p));
  return 1;
}

/* ---- tables for the language --------------------------------------------------------------------------------------- */
/* The fields of an arithmetic operation that say how it is written, into the table on top. */
static void push_form(lua_State *L, const OpForm *form) {
  lua_pushstring(L, form->kind);
  lua_setfield(L, -2, "form");
  lua_pushstring(L, form->symbol); /* nil for NULL */
  lua_setfield(L, -2, "symbol");
  lua_newtable(L);
  for (int k = 0; k < 3 && form->operands[k] != NULL; k++) {
    lua_pushstring(L, form->operands[k]);
    lua_seti(L, -2, k + 1);
  }
  lua_setfield(L, -2, "operands");
}

/* kernel.ops(): name -> { arity, args = "rr", result = "r" | "b" | nil, slot = true | nil }, and of arithmetic { form = "infix" | "prefix" | "choice" | "call",
** symbol, operands = { "A", ... } }. */
static int kernel_ops(lua_State *L) {
  lua_newtable(L);
  const OpInfo *info;
  for (int op = 0; (info = program_op_info(op)) != NULL; op++) {
    lua_newtable(L);
    lua_pushinteger(L, (lua_Integer)strlen(info->args));
    lua_setfield(L, -2, "arity");
    lua_pushstring(L, info->args);
    lua_setfield(L, -2, "args");
    if (info->result != '-') {
      lua_pushlstring(L, &info->result, 1);
      lua_setfield(L, -2, "result");
    }
    if (info->has_slot) {
      lua_pushboolean(L, 1);
      lua_setfield(L, -2, "slot");
    }
    if (info->form.kind != NULL)
      push_form(L, &info->form);
    lua_setfield(L, -2, info->name);
  }
  return 1;
}

/* kernel.formats(): name -> { layout, major = "pre" | "post", words, block = name of the format of a block of pairs with this major side, can_change }. */
static int kernel_formats(lua_State *L) {
  lua_newtable(L);
  StorageFacts facts;
  for (int k = 0; storage_facts(k, &facts); k++) {
    lua_newtable(L);
    const char *const fields[][2] = {
      { "layout", facts.layout }, { "words", facts.words }, { "block", facts.block }, { "major", facts.major == SIDE_PRE ? "pre" : "post" }
    };
    for (int f = 0; f < 4; f++) {
      lua_pushstring(L, fields[f][1]);
      lua_setfield(L, -2, fields[f][0]);
    }
    lua_pushboolean(L, facts.can_change);
    lua_setfield(L, -2, "can_change");
    lua_setfield(L, -2, facts.name);
  }
  return 1;
}

static int kernel_prelude(lua_State *L) {
  lua_pushstring(L, native_prelude());
  return 1;
}

static int kernel_compiler(lua_State *L) {
  lua_pushstring(L, native_compiler()); /* nil for NULL */
  return 1;
}

/* ---- native code ---------------------------------------------------------------------------------------------------- */
/* kernel.native(text, math): math is "exact" or "fast". */
static int kernel_native(lua_State *L) {
  static const char *const maths[] = { "exact", "fast", NULL };
  const char *text = luaL_checkstring(L, 1);
  bool is_fast = luaL_checkoption(L, 2, "exact", maths) == 1;
  Native **box = lua_newuserdatauv(L, sizeof *box, 0);
  *box = NULL;
  luaL_setmetatable(L, BINDING_NATIVE);
  *box = native_request(text, is_fast);
  return *box != NULL ? 1 : luaL_error(L, "out of memory: native code");
}

static int native_gc(lua_State *L) {
  Native **box = luaL_checkudata(L, 1, BINDING_NATIVE);
  native_release(*box);
  *box = NULL;
  return 0;
}

static int native_state(lua_State *L) {
  lua_pushstring(L, native_state_name(native_poll(binding_check_native(L, 1))));
  return 1;
}

/* native:wait(ms): the state once the build is over, or after so long; Ctrl-C ends the waiting. For tests, for warming the cache, and for tier = "native"; else
** a simulation never waits. */
static int native_wait(lua_State *L) {
  Native *n = binding_check_native(L, 1);
  double ms = luaL_optnumber(L, 2, HUGE_VAL);
  struct timespec pause = { .tv_nsec = 1000000 }, begin, now;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  while (native_poll(n) == NATIVE_BUILDING && !interrupt_flag) {
    clock_gettime(CLOCK_MONOTONIC, &now);
    if ((double)(now.tv_sec - begin.tv_sec) * 1e3 + (double)(now.tv_nsec - begin.tv_nsec) * 1e-6 >= ms)
      break;
    nanosleep(&pause, NULL);
  }
  lua_settop(L, 1);
  return native_state(L);
}

static int native_text(lua_State *L) {
  lua_pushstring(L, native_log(binding_check_native(L, 1)));
  return 1;
}

static int native_tostring(lua_State *L) {
  lua_pushfstring(L, "native code (%s)", native_state_name(native_poll(binding_check_native(L, 1))));
  return 1;
}

bool binding_is_compiler(int argc, char **argv, int *status) { return build_main(argc, argv, status); }

static int kernel_cache_folder(lua_State *L) {
  Error e = { "" };
  const char *path = native_cache_folder(&e);
  if (path != NULL) {
    lua_pushstring(L, path);
    return 1;
  }
  lua_pushnil(L);
  lua_pushstring(L, e.text);
  return 2;
}

static int kernel_set_cache_folder(lua_State *L) {
  Error e = { "" };
  return native_set_cache_folder(luaL_optstring(L, 1, NULL), &e) ? 0 : fail(L, &e);
}

static int kernel_instruction_set(lua_State *L) {
  lua_pushstring(L, vm_instruction_set());
  return 1;
}

static int kernel_use_instruction_set(lua_State *L) {
  lua_pushboolean(L, vm_use_instruction_set(luaL_optstring(L, 1, NULL)));
  return 1;
}

/* ---- running a program on arrays (tests) ------------------------------------------------------------------------------ */
/* An integer or index-list field of the options at 3; `keep` is a table that keeps the arrays alive. */
static int64_t option_integer(lua_State *L, const char *key, int64_t missing) {
  int64_t n = lua_getfield(L, 3, key) == LUA_TNIL ? missing : (int64_t)luaL_checkinteger(L, -1);
  lua_pop(L, 1);
  return n;
}

static double option_number(lua_State *L, const char *key, double missing) {
  double x = lua_getfield(L, 3, key) == LUA_TNIL ? missing : luaL_checknumber(L, -1);
  lua_pop(L, 1);
  return x;
}

/* Data of an array field, left on the stack; NULL when there is none. Numbers count from 0 here: these tests speak the kernel's language. */
static const void *option_array(lua_State *L, int table, const char *key, ArrayType type, int64_t *n) {
  luaL_checkstack(L, 4, NULL);
  if (lua_getfield(L, table, key) == LUA_TNIL) {
    *n = 0;
    return NULL;
  }
  Array *a = binding_to_array(L, -1, type);
  lua_remove(L, -2);
  *n = array_count(a);
  return a->at;
}

#define STORAGE "lunapse.kernel_storage"

static int free_storage(lua_State *L) {
  storage_free(*(Storage **)lua_touserdata(L, 1));
  return 0;
}

/* The synapses of the table at `table`: { format =, n_pre =, n_post =, pre = array, post = array } from 0 on, or without pairs all of a block of n_pre neurons from
** pre_first on and n_post from post_first on. The storage stays on the stack. */
static const Storage *make_storage(lua_State *L, int table) {
  struct {
    const char *name;
    int64_t to;
  } n[] = { { "n_pre", 0 }, { "n_post", 0 }, { "pre_first", 0 }, { "post_first", 0 } };
  for (size_t k = 0; k < sizeof n / sizeof *n; k++) {
    lua_getfield(L, table, n[k].name);
    n[k].to = (int64_t)luaL_optinteger(L, -1, 0);
  }
  ConnectEnds ends = { .pre = { .n = n[0].to, .first = n[2].to },
                       .post = { .n = n[1].to, .first = n[3].to },
                       .n_pre = n[0].to + n[2].to,
                       .n_post = n[1].to + n[3].to };
  Connector c = { .kind = CONNECT_all_to_all };
  int64_t n_post;
  c.pair_pre = option_array(L, table, "pre", ARRAY_I32, &c.n_pairs);
  c.pair_post = option_array(L, table, "post", ARRAY_I32, &n_post);
  if (c.pair_pre != NULL)
    c.kind = CONNECT_pairs;
  if (c.n_pairs != n_post)
    luaL_error(L, "as many pre as post neurons expected");
  Error e;
  lua_getfield(L, table, "format");
  const char *format = luaL_checkstring(L, -1);
  Storage **box = lua_newuserdatauv(L, sizeof *box, 0);
  *box = NULL;
  if (luaL_newmetatable(L, STORAGE)) {
    lua_pushcfunction(L, free_storage);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  *box = storage_new(&c, &ends, &(StorageOptions){ .format = format, .n_threads = 1 }, NULL, &e);
  if (*box == NULL || !storage_index(*box, SIDE_PRE, 1, &e) || !storage_index(*box, SIDE_POST, 1, &e))
    luaL_error(L, "%s", e.text);
  return *box;
}

static KernelFunction option_function(lua_State *L, const Program *p) {
  if (lua_getfield(L, 3, "native") == LUA_TNIL)
    return vm_function(p);
  Native *n = binding_check_native(L, -1);
  lua_getfield(L, 3, "name");
  KernelFunction f = native_symbol(n, luaL_checkstring(L, -1));
  if (f == NULL)
    luaL_error(L, "no native function '%s'", lua_tostring(L, -1));
  return f;
}

/* Call `f` so often; nanoseconds of processor time a call takes in the best of three rounds. */
static double time_calls(KernelFunction f, const KernelArgs *args, int64_t times) {
  double best = 1e300;
  for (int round = 0; round < 3; round++) {
    struct timespec a, b;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
    for (int64_t k = 0; k < times; k++)
      f(args);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
    double ns = ((double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec)) / (double)times;
    best = ns < best ? ns : best;
  }
  return best;
}

/* The arrays of the table at 2, as a kernel's slots; the memory is a userdata left on the stack. */
static void **read_slots(lua_State *L, const Program *p) {
  int n_slots = program_n_slots(p);
  void **slots = lua_newuserdatauv(L, sizeof *slots * (size_t)n_slots + 1, 0);
  ArrayType real = program_is_f32(p) ? ARRAY_F32 : ARRAY_F64, count = program_is_f32(p) ? ARRAY_I32 : ARRAY_I64;
  for (int k = 0; k < n_slots; k++) {
    lua_geti(L, 2, k + 1);
    const Slot *slot = program_slot(p, k);
    bool is_double = slot->scope == SCOPE_UNIFORM || slot->kind == KIND_TIME;
    ArrayType type = is_double ? ARRAY_F64 : slot->kind == KIND_REAL ? real : slot->kind == KIND_COUNT ? count : ARRAY_I32;
    Array *a = binding_check_array(L, -1);
    if (a->type != type || !array_is_contiguous(a))
      luaL_error(L, "slot %d '%s' wants a contiguous array of type %s, got %s", k + 1, slot->name, array_type_name(type),
                 array_type_name(a->type));
    if (slot->scope == SCOPE_UNIFORM && array_count(a) < program_slot_size(p, k))
      luaL_error(L, "slot %d '%s' wants %I number%s", k + 1, slot->name, (lua_Integer)program_slot_size(p, k),
                 program_slot_size(p, k) == 1 ? "" : "s");
    slots[k] = a->at;
    lua_pop(L, 1); /* the table keeps it */
  }
  return slots;
}

/* Numbers of the elements that spiked, as an array on the stack. */
static void push_spikes(lua_State *L, const int32_t *spikes, int64_t n) {
  Array *a = array_new(ARRAY_I32, n, 0);
  if (a != NULL && n > 0)
    memcpy(a->at, spikes, sizeof *spikes * (size_t)n);
  binding_push_array(L, a);
}

/* kernel.run(program, { arrays }, opts): runs the interpreter (or function opts.name of opts.native) once, for tests.
** opts: first, last, list, begin, end (indexes from 0, as kernels see them), storage (see make_storage), t, step, seed, object, times;
** flush = true: denormals are zero, as in a running network.
** Returns the array of the elements that spiked, and with `times` the nanoseconds that a call takes. Slots must fit: nothing checks sizes. */
static int kernel_run(lua_State *L) {
  Program *p = binding_check_program(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 3);
  if (lua_isnil(L, 3)) {
    lua_newtable(L);
    lua_replace(L, 3);
  }
  int64_t n, n_end;
  KernelArgs args = { .slot = read_slots(L, p),
                      .first = option_integer(L, "first", 0),
                      .last = option_integer(L, "last", 0),
                      .t = option_number(L, "t", 0),
                      .step = option_integer(L, "step", 0),
                      .seed = (uint64_t)option_integer(L, "seed", 0),
                      .object = (uint32_t)option_integer(L, "object", 0),
                      .program = p,
                      .draws = vm_draws() };
  args.list = option_array(L, 3, "list", ARRAY_I32, &args.n_list);
  args.begin = option_array(L, 3, "begin", ARRAY_I64, &n);
  args.end = option_array(L, 3, "end", ARRAY_I64, &n_end);
  if (lua_getfield(L, 3, "storage") == LUA_TTABLE)
    args.storage = make_storage(L, lua_gettop(L));
  KernelFunction f = option_function(L, p);
  int64_t n_elements = args.last > args.first ? args.last - args.first : 0;
  args.spikes = lua_newuserdatauv(L, sizeof(int32_t) * (size_t)n_elements + 1, 0);
  char *scratch = lua_newuserdatauv(L, program_scratch_bytes(p) + 64, 0);
  args.scratch = scratch + (64 - (uintptr_t)scratch % 64) % 64;
  int64_t times = option_integer(L, "times", 0);
  double ns = times > 0 ? time_calls(f, &args, times) : 0;
  lua_getfield(L, 3, "flush");
  unsigned mode = parallel_mode();
  if (lua_toboolean(L, -1))
    parallel_flush_denormals();
  int64_t n_spikes = f(&args);
  parallel_restore_mode(mode);
  push_spikes(L, args.spikes, n_spikes);
  if (times == 0)
    return 1;
  lua_pushnumber(L, ns);
  return 2;
}

/* ---- module ---------------------------------------------------------------------------------------------------------- */
static const luaL_Reg program_methods[] = {
  { "dump", program_text }, { "__gc", program_gc }, { "__tostring", program_tostring }, { NULL, NULL }
};
static const luaL_Reg native_methods[] = { { "state", native_state }, { "wait", native_wait },           { "log", native_text },
                                           { "__gc", native_gc },     { "__tostring", native_tostring }, { NULL, NULL } };
static const luaL_Reg functions[] = {
  { "program", kernel_program },
  { "ops", kernel_ops },
  { "formats", kernel_formats },
  { "prelude", kernel_prelude },
  { "compiler", kernel_compiler },
  { "native", kernel_native },
  { "cache_folder", kernel_cache_folder },
  { "set_cache_folder", kernel_set_cache_folder },
  { "instruction_set", kernel_instruction_set },
  { "use_instruction_set", kernel_use_instruction_set },
  { "run", kernel_run },
  { NULL, NULL },
};

static void make_class(lua_State *L, const char *name, const luaL_Reg *methods) {
  luaL_newmetatable(L, name);
  luaL_setfuncs(L, methods, 0);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}

int binding_open_kernel(lua_State *L) {
  make_class(L, BINDING_PROGRAM, program_methods);
  make_class(L, BINDING_NATIVE, native_methods);
  luaL_newlib(L, functions);
  return 1;
}
