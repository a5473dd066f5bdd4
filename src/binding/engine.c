#include "binding/engine.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

#include "base/array_index.h"
#include "base/parallel.h"
#include "binding/array.h"
#include "binding/kernel.h"
#include "random/random.h"
#include "engine/run.h"

int binding_raise(lua_State *L, const Error *e) { return luaL_error(L, "%s", e->text); }

Network *binding_check_network(lua_State *L, int index) { return *(Network **)luaL_checkudata(L, index, BINDING_NETWORK); }

Handle *binding_check_handle(lua_State *L, int index, const char *type) {
  Handle *h = luaL_checkudata(L, index, type);
  if (h->object == NULL)
    luaL_error(L, "this %s was removed from its network", type + sizeof "lunapse." - 1);
  return h;
}

void binding_push_handle(lua_State *L, int network_index, const char *type, Network *network, void *object) {
  network_index = lua_absindex(L, network_index);
  Handle *h = lua_newuserdatauv(L, sizeof *h, 1);
  *h = (Handle){ network, object };
  lua_pushvalue(L, network_index);
  lua_setiuservalue(L, -2, 1);
  luaL_setmetatable(L, type);
}

void binding_push_network_of(lua_State *L, int index) { lua_getiuservalue(L, index, 1); }

Array *binding_keep_array(lua_State *L, int index, ArrayType type) {
  Array *a = binding_to_array(L, index, type);
  binding_push_array(L, a);
  return a;
}

static BoundKernel *check_bound(lua_State *L, int index) {
  BoundKernel **box = luaL_checkudata(L, index, BINDING_BOUND);
  if (*box == NULL)
    luaL_argerror(L, index, "this kernel was given away already");
  return *box;
}

BoundKernel *binding_take_bound(lua_State *L, int index) {
  BoundKernel *b = check_bound(L, index);
  *(BoundKernel **)lua_touserdata(L, index) = NULL;
  return b;
}

void binding_take_bounds(lua_State *L, int index, BoundList *list) {
  Error e;
  index = lua_absindex(L, index);
  luaL_checktype(L, index, LUA_TTABLE);
  lua_Integer n = (lua_Integer)lua_rawlen(L, index);
  *list = (BoundList){ 0 };
  for (lua_Integer k = 1; k <= n; k++) { /* what is no kernel is found before any is taken */
    lua_rawgeti(L, index, k);
    check_bound(L, -1);
    lua_pop(L, 1);
  }
  for (lua_Integer k = 1; k <= n; k++) {
    lua_rawgeti(L, index, k);
    BoundKernel **box = lua_touserdata(L, -1);
    lua_pop(L, 1);
    if (*box != NULL && !bound_list_add(list, *box, &e)) {
      bound_list_free(list);
      binding_raise(L, &e);
    }
    *box = NULL;
  }
}

/* ---- bound kernels ---- */

/* net:bind(program, { arrays }, n [, projection or block of pairs [, object [, first element from 1]]]). A block must outlive the kernel. */
static int network_bind(lua_State *L) {
  Network *n = binding_check_network(L, 1);
  Program *program = binding_check_program(L, 2);
  luaL_checktype(L, 3, LUA_TTABLE);
  lua_Integer count = luaL_checkinteger(L, 4);
  const Storage *storage = NULL;
  if (luaL_testudata(L, 5, BINDING_PAIRS) != NULL)
    storage = lua_touserdata(L, 5);
  else if (!lua_isnoneornil(L, 5))
    storage = ((Projection *)binding_check_handle(L, 5, BINDING_PROJECTION)->object)->storage;
  uint32_t object = (uint32_t)luaL_optinteger(L, 6, 0);
  lua_Integer first = luaL_optinteger(L, 7, 1) - 1;
  int n_slots = program_n_slots(program);
  if ((int)lua_rawlen(L, 3) != n_slots)
    return luaL_error(L, "the program has %d slots, got %d arrays", n_slots, (int)lua_rawlen(L, 3));
  Array **arrays = lua_newuserdatauv(L, sizeof *arrays * (size_t)(n_slots + 1), 0);
  for (int k = 0; k < n_slots; k++) {
    lua_rawgeti(L, 3, k + 1);
    arrays[k] = binding_check_array(L, -1);
    const Slot *slot = program_slot(program, k);
    ArrayType real = program_is_f32(program) ? ARRAY_F32 : ARRAY_F64;
    ArrayType wanted = slot->scope == SCOPE_UNIFORM || slot->kind == KIND_TIME ? ARRAY_F64
                       : slot->kind == KIND_COUNT                              ? (program_is_f32(program) ? ARRAY_I32 : ARRAY_I64)
                       : slot->kind == KIND_INDEX                              ? ARRAY_I32
                                                                               : real;
    if (arrays[k]->type != wanted || !array_is_contiguous(arrays[k]))
      return luaL_error(L, "slot '%s' wants a contiguous %s array, got %s", slot->name, array_type_name(wanted),
                        array_type_name(arrays[k]->type));
    if (slot->scope == SCOPE_UNIFORM && array_count(arrays[k]) < program_slot_size(program, k))
      return luaL_error(L, "slot '%s' wants %I numbers, got %I", slot->name, (lua_Integer)program_slot_size(program, k),
                        (lua_Integer)array_count(arrays[k]));
    lua_pop(L, 1);
  }
  Error e;
  BoundKernel **box = lua_newuserdatauv(L, sizeof *box, 0);
  *box = NULL;
  luaL_setmetatable(L, BINDING_BOUND);
  *box = bound_new(program, arrays, n_slots, first, count, storage, n->seed, object, &e);
  return *box == NULL ? binding_raise(L, &e) : 1;
}

static int bound_gc(lua_State *L) {
  BoundKernel **box = luaL_checkudata(L, 1, BINDING_BOUND);
  bound_free(*box);
  *box = NULL;
  return 0;
}

static int bound_native(lua_State *L) {
  Error e;
  if (!bound_set_native(check_bound(L, 1), binding_check_native(L, 2), luaL_checkstring(L, 3), &e))
    return binding_raise(L, &e);
  lua_settop(L, 1);
  return 1;
}

/* bound:every(period, offset, dt, step) */
static int bound_every(lua_State *L) {
  check_bound(L, 1)->schedule =
      schedule_new(luaL_checknumber(L, 2), luaL_optnumber(L, 3, 0), false, luaL_checknumber(L, 4), luaL_checkinteger(L, 5));
  lua_settop(L, 1);
  return 1;
}

/* bound:reduce(op, source, target) */
static int bound_reduce(lua_State *L) {
  static const char *const ops[] = { "sum", "mean", "min", "max", "norm1", "norm2", NULL };
  Error e;
  if (!bound_add_reduction(check_bound(L, 1), (Reduce)luaL_checkoption(L, 2, NULL, ops), binding_check_array(L, 3),
                           binding_check_array(L, 4), &e))
    return binding_raise(L, &e);
  lua_settop(L, 1);
  return 1;
}

/* bound:gather(source, target, index): target[k] = source[index[k]] before every run; int64 index from 1. The target is of the source's type, or float64
** of float32. */
static int bound_gather(lua_State *L) {
  Error e;
  BoundKernel *b = check_bound(L, 1);
  Array *source = binding_check_array(L, 2), *target = binding_check_array(L, 3), *index = binding_check_array(L, 4);
  if (index->type != ARRAY_I64 || !array_is_contiguous(source) || !array_is_contiguous(target) || !array_is_contiguous(index) ||
      (target->type != source->type && (target->type != ARRAY_F64 || source->type != ARRAY_F32)) || array_type_size(source->type) < 4 ||
      array_count(target) != array_count(index))
    return luaL_error(L, "gather: arrays do not fit");
  for (int64_t k = 0; k < array_count(index); k++)
    luaL_argcheck(L, array_get(index, k, 0) >= 1 && array_get(index, k, 0) <= (double)array_count(source), 4, "no such element");
  if (!bound_add_gather(b, source, target, index, &e))
    return binding_raise(L, &e);
  lua_settop(L, 1);
  return 1;
}

/* bound:over("pre" | "post"): whose elements it walks. */
static int bound_over(lua_State *L) {
  static const char *const sides[] = { "uniform", "pre", "post", "syn", "elem", NULL };
  int side = luaL_checkoption(L, 2, NULL, sides);
  check_bound(L, 1)->over = side == 1 ? OVER_PRE : side == 2 ? OVER_POST : OVER_UNKNOWN;
  lua_settop(L, 1);
  return 1;
}

/* net:run_bound(bound [, t [, step]]): at once. */
static int network_run_bound(lua_State *L) {
  Network *n = binding_check_network(L, 1);
  BoundKernel *b = check_bound(L, 2);
  Error e;
  size_t before = n->workers.scratch_bytes;
  if (!workers_reserve(&n->workers, b, 0, &e))
    return binding_raise(L, &e);
  n->is_changed |= n->workers.scratch_bytes != before; /* in a callback: kernels that were prepared point to the old registers */
  bound_run(b, &n->workers, luaL_optnumber(L, 3, n->t), luaL_optinteger(L, 4, n->clocks[0].step));
  return 0;
}

/* ---- networks ---- */

/* engine.network(dt, seed, precision, threads) */
static int engine_network(lua_State *L) {
  static const char *const precisions[] = { "float64", "float32", NULL };
  Error e;
  double dt = luaL_checknumber(L, 1);
  lua_Integer seed = luaL_checkinteger(L, 2), n_threads = luaL_checkinteger(L, 4);
  int is_f32 = luaL_checkoption(L, 3, NULL, precisions);
  luaL_argcheck(L, dt > 0 && isfinite(dt), 1, "dt must be positive");
  luaL_argcheck(L, n_threads >= 1 && n_threads <= PARALLEL_MAX, 4, "between 1 and 256 threads");
  Network **box = lua_newuserdatauv(L, sizeof *box, 1);
  *box = NULL;
  luaL_setmetatable(L, BINDING_NETWORK);
  lua_newtable(L); /* what callbacks need: operation -> function */
  lua_setiuservalue(L, -2, 1);
  *box = network_new(dt, (uint64_t)seed, is_f32, (int)n_threads, &e);
  return *box == NULL ? binding_raise(L, &e) : 1;
}

static int network_gc(lua_State *L) {
  Network **box = luaL_checkudata(L, 1, BINDING_NETWORK);
  network_free(*box);
  *box = NULL;
  return 0;
}

static int network_clock_of(lua_State *L) {
  Error e;
  Network *n = binding_check_network(L, 1);
  double dt = luaL_checknumber(L, 2);
  luaL_argcheck(L, dt > 0 && isfinite(dt), 2, "dt must be positive");
  if (n->is_running)
    return luaL_error(L, "clocks cannot be added during a step");
  if (n->n_clocks >= 64)
    return luaL_error(L, "a network has at most 64 clocks");
  int clock = network_clock(n, dt, &e);
  if (clock < 0)
    return binding_raise(L, &e);
  lua_pushinteger(L, clock);
  return 1;
}

/* net:dt_array(clock): the array that kernels read dt from; net:clock_step(clock): number of its next step. */
static int check_clock(lua_State *L, const Network *n, int index) {
  lua_Integer clock = luaL_checkinteger(L, index);
  luaL_argcheck(L, clock >= 0 && clock < n->n_clocks, index, "no such clock");
  return (int)clock;
}

static int network_dt_array(lua_State *L) {
  Network *n = binding_check_network(L, 1);
  binding_push_array(L, array_retain(n->clocks[check_clock(L, n, 2)].dt_array));
  return 1;
}

static int network_clock_step(lua_State *L) {
  Network *n = binding_check_network(L, 1);
  int clock = check_clock(L, n, 2);
  lua_pushinteger(L, n->clocks[clock].step + (lua_Integer)(n->ended >> clock & 1));
  return 1;
}

static const char *const result_names[] = { "done", "stopped", "interrupted", "failed", "not finite" };

/* Errors of callbacks travel as the Lua value in the network's user value, under "error": the run then ended with "raised". */
static int push_result(lua_State *L, RunResult result, const Error *e) {
  lua_getiuservalue(L, 1, 1);
  if (lua_getfield(L, -1, "error") != LUA_TNIL) {
    lua_pushnil(L);
    lua_setfield(L, -3, "error");
    lua_pushliteral(L, "raised");
    lua_insert(L, -2);
    return 2;
  }
  lua_pushstring(L, result_names[result]);
  if (result != RUN_FAILED && result != RUN_NOT_FINITE)
    return 1;
  lua_pushstring(L, e->text);
  return 2;
}

static lua_State *calling; /* the coroutine in which a network runs: callbacks run on its stack */

static int run_network(lua_State *L, double until, bool only_one) {
  Network *n = binding_check_network(L, 1);
  Error e = { "" };
  lua_State *outer = calling;
  calling = L;
  RunResult result = only_one ? network_step(n, &e) : network_run(n, until, &e);
  calling = outer;
  return push_result(L, result, &e);
}

/* net:run(until) -> "done" | "stopped" | "interrupted", or "failed" | "not finite" | "raised" and the error */
static int network_run_until(lua_State *L) { return run_network(L, luaL_checknumber(L, 2), false); }
static int network_one_step(lua_State *L) { return run_network(L, INFINITY, true); }

static int network_request_stop(lua_State *L) {
  network_stop(binding_check_network(L, 1));
  return 0;
}

static int network_time(lua_State *L) {
  lua_pushnumber(L, binding_check_network(L, 1)->t);
  return 1;
}

static int network_is_running(lua_State *L) {
  lua_pushboolean(L, binding_check_network(L, 1)->is_running);
  return 1;
}

static int network_poll_native(lua_State *L) {
  lua_pushboolean(L, plan_poll(binding_check_network(L, 1)));
  return 1;
}

/* net:split(n): for tests: cut everything that can be cut into n parts, always; 0: where that is faster. */
static int network_split(lua_State *L) {
  Network *n = binding_check_network(L, 1);
  lua_Integer parts = luaL_checkinteger(L, 2);
  luaL_argcheck(L, parts >= 0 && parts <= PARALLEL_MAX, 2, "between 0 and 256 parts");
  n->workers.tuner.forced_parts = (int)parts;
  n->is_changed = true; /* small kernels were prepared to run whole */
  return 0;
}

static int network_hold_native(lua_State *L) {
  binding_check_network(L, 1)->hold_native_until = luaL_checkinteger(L, 2);
  return 0;
}

static int network_derive_now(lua_State *L) {
  network_derive(binding_check_network(L, 1));
  return 0;
}

/* net:new_object(): the next object number, for random streams. */
static int network_new_object(lua_State *L) {
  lua_pushinteger(L, ++binding_check_network(L, 1)->n_objects);
  return 1;
}

/* net:watch(array, name) and net:forget_watch(array) */
static int network_watch_array(lua_State *L) {
  Error e;
  if (!watches_add(&binding_check_network(L, 1)->watches, binding_check_array(L, 2), luaL_checkstring(L, 3), &e))
    return binding_raise(L, &e);
  return 0;
}

static int network_forget_array(lua_State *L) {
  watches_forget(&binding_check_network(L, 1)->watches, binding_check_array(L, 2));
  return 0;
}

/* net:derived(bound [, projection]) -> light userdata for net:forget_derived */
static int network_derived(lua_State *L) {
  Error e;
  Network *n = binding_check_network(L, 1);
  Projection *p = lua_isnoneornil(L, 3) ? NULL : binding_check_handle(L, 3, BINDING_PROJECTION)->object;
  BoundKernel *b = binding_take_bound(L, 2);
  if (!network_add_derived(n, b, p, &e))
    return binding_raise(L, &e);
  lua_pushlightuserdata(L, b);
  return 1;
}

static int network_forget(lua_State *L) {
  network_forget_derived(binding_check_network(L, 1), lua_touserdata(L, 2));
  return 0;
}

/* ---- operations ---- */

static int network_run_until(lua_State *L);
static int network_one_step(lua_State *L);

/* Length of the text of a traceback up to the line of its frame `n`, counted from 1: one line each, a note about tail calls may follow. The whole where
** Lua has left out frames before it. */
static size_t traceback_length(const char *text, const char *frames, int n) {
  const char *line = strchr(frames, '\n');
  for (int k = 1; line != NULL; line = strchr(line + 1, '\n')) {
    if (strncmp(line, "\n\t...", 5) == 0)
      return strlen(text);
    if (strncmp(line, "\n\t(...", 6) != 0 && k++ == n)
      return (size_t)(line - text);
  }
  return strlen(text);
}

/* The message with the frames of the operation; those that called the run belong to the error that the run raises. */
static int traceback(lua_State *L) {
  if (lua_type(L, 1) != LUA_TSTRING)
    return 1;
  size_t n_message = lua_rawlen(L, 1);
  luaL_traceback(L, L, lua_tostring(L, 1), 1);
  lua_Debug ar;
  for (int level = 1; lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "f", &ar);
    lua_CFunction f = lua_tocfunction(L, -1);
    lua_pop(L, 1);
    if (f == network_run_until || f == network_one_step) {
      const char *text = lua_tostring(L, -1);
      lua_pushlstring(L, text, traceback_length(text, text + n_message + 1, level));
      return 1;
    }
  }
  return 1;
}

/* Call the Lua function of an operation, found in the network's user value under the operation's address. */
static bool call_lua(void *context, double t, int64_t n, Error *e) {
  lua_State *L = calling;
  Operation *o = context;
  int top = lua_gettop(L);
  if (!lua_checkstack(L, 8))
    return error_set(e, "out of memory: Lua stack");
  unsigned mode = parallel_mode();
  lua_getiuservalue(L, 1, 1);
  lua_pushcfunction(L, traceback);
  lua_rawgetp(L, -2, o);
  lua_pushnumber(L, t);
  lua_pushinteger(L, n);
  bool ok = lua_pcall(L, 2, 1, top + 2) == LUA_OK;
  if (!ok) {
    lua_setfield(L, top + 1, "error");
    error_set(e, "an operation failed");
  } else if (lua_isboolean(L, -1) && !lua_toboolean(L, -1)) {
    o->is_active = false; /* a function that returns false asks not to be called again */
  }
  lua_settop(L, top);
  parallel_restore_mode(mode);
  return ok;
}

/* The schedule of an operation made (or made anew) now: `every` in ms or "once", `offset` in ms. */
static Schedule check_schedule(lua_State *L, int every, int offset, const Network *n, int clock, bool at_start) {
  double dt = n->clocks[clock].dt;
  int64_t from = network_first_step(n, clock, at_start);
  if (lua_type(L, every) == LUA_TSTRING && strcmp(lua_tostring(L, every), "once") == 0)
    return schedule_once(luaL_checknumber(L, offset), at_start, dt, from);
  return schedule_new(luaL_checknumber(L, every), luaL_optnumber(L, offset, 0), at_start, dt, from);
}

/* net:operation{ clock=, every=, offset=, at_start=, kernels = { bounds } | call = function, projection = } -> operation */
static int network_operation(lua_State *L) {
  Error e;
  Network *n = binding_check_network(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_getfield(L, 2, "clock");
  int clock = check_clock(L, n, -1);
  lua_getfield(L, 2, "every");
  lua_getfield(L, 2, "offset");
  lua_getfield(L, 2, "at_start");
  bool at_start = lua_toboolean(L, -1);
  Operation *o = operation_new(clock, check_schedule(L, -3, -2, n, clock, at_start), &e);
  if (o == NULL || !network_add_operation(n, o, &e))
    return binding_raise(L, &e);
  if (lua_getfield(L, 2, "kernels") == LUA_TTABLE)
    binding_take_bounds(L, -1, &o->kernels);
  if (lua_getfield(L, 2, "projection") != LUA_TNIL)
    o->projection = binding_check_handle(L, -1, BINDING_PROJECTION)->object;
  lua_getiuservalue(L, 1, 1);
  if (lua_getfield(L, 2, "call") == LUA_TFUNCTION) {
    o->call = call_lua;
    o->context = o;
    lua_rawsetp(L, -2, o);
  }
  binding_push_handle(L, 1, BINDING_OPERATION, n, o);
  return 1;
}

static Operation *check_operation(lua_State *L) { return binding_check_handle(L, 1, BINDING_OPERATION)->object; }

static int operation_set_active(lua_State *L) {
  check_operation(L)->is_active = lua_toboolean(L, 2);
  return 0;
}

static int operation_is_active(lua_State *L) {
  lua_pushboolean(L, check_operation(L)->is_active);
  return 1;
}

static int operation_calls(lua_State *L) {
  lua_pushinteger(L, check_operation(L)->n_calls);
  return 1;
}

/* operation:reschedule(every, offset) */
static int operation_reschedule(lua_State *L) {
  Handle *h = binding_check_handle(L, 1, BINDING_OPERATION);
  Operation *o = h->object;
  o->schedule = check_schedule(L, 2, 3, h->network, o->clock, o->schedule.at_start);
  return 0;
}

static int operation_set_kernels(lua_State *L) {
  Handle *h = binding_check_handle(L, 1, BINDING_OPERATION);
  BoundList list, *kernels = &((Operation *)h->object)->kernels;
  binding_take_bounds(L, 2, &list);
  bound_list_free(kernels);
  *kernels = list;
  h->network->is_changed = true;
  return 0;
}

static int operation_remove(lua_State *L) {
  Handle *h = binding_check_handle(L, 1, BINDING_OPERATION);
  Operation *o = h->object;
  o->is_active = false;
  o->is_removed = true; /* freed when no run is under way */
  h->object = NULL;
  lua_getiuservalue(L, 1, 1);
  lua_getiuservalue(L, -1, 1);
  lua_pushnil(L);
  lua_rawsetp(L, -2, o);
  return 0;
}

/* ---- random numbers ---- */

/* engine.random(kind, a, b, low, high, seed, object, stream, n [, first]) -> float64 array */
static int engine_random(lua_State *L) {
  static const char *const kinds[] = { "constant",    "uniform", "discrete_uniform", "normal",  "lognormal",
                                       "exponential", "gamma",   "binomial",         "poisson", NULL };
  Error e;
  Distribution d = { .kind = (DistributionKind)luaL_checkoption(L, 1, NULL, kinds),
                     .a = luaL_checknumber(L, 2),
                     .b = luaL_optnumber(L, 3, 0),
                     .low = luaL_optnumber(L, 4, -INFINITY),
                     .high = luaL_optnumber(L, 5, INFINITY) };
  if (!distribution_check(&d, &e))
    return binding_raise(L, &e);
  lua_Integer n = luaL_checkinteger(L, 9), first = luaL_optinteger(L, 10, 0);
  Array *a = array_new(ARRAY_F64, n, 0);
  binding_push_array(L, a);
  random_fill(&d, (uint64_t)luaL_checkinteger(L, 6), (uint32_t)luaL_checkinteger(L, 7), (uint32_t)luaL_checkinteger(L, 8), first,
              (double *)a->at, n);
  return 1;
}

/* engine.put_pairs(matrix, rows, columns, values): see base/array_index.h */
static int engine_put_pairs(lua_State *L) {
  Error e;
  if (!array_put_pairs(binding_check_array(L, 1), binding_check_array(L, 2), binding_check_array(L, 3), binding_check_array(L, 4), &e))
    return binding_raise(L, &e);
  lua_settop(L, 1);
  return 1;
}

/* engine.touch(array): kernels wrote to it. */
static int engine_touch(lua_State *L) {
  array_touch(binding_check_array(L, 1));
  return 0;
}

/* engine.steps(dt, ms [, rule]): engine/clock.h. A number gives an integer, an array (or table) an int64 array. */
static int engine_steps(lua_State *L) {
  static const char *const rules[] = { "tick", "delay", "after", "event", "span", NULL };
  double dt = luaL_checknumber(L, 1);
  luaL_argcheck(L, dt > 0 && isfinite(dt), 1, "dt must be positive");
  ClockRule rule = (ClockRule)luaL_checkoption(L, 3, "delay", rules);
  if (lua_type(L, 2) == LUA_TNUMBER) {
    lua_pushinteger(L, clock_steps(dt, lua_tonumber(L, 2), rule));
    return 1;
  }
  const Array *ms = binding_keep_array(L, 2, ARRAY_F64);
  Array *steps = array_new(ARRAY_I64, ms->shape[0], ms->n_dims == 2 ? ms->shape[1] : 0);
  binding_push_array(L, steps);
  for (int64_t r = 0, k = 0; r < ms->shape[0]; r++)
    for (int64_t c = 0; c < ms->shape[1]; c++)
      ((int64_t *)steps->at)[k++] = clock_steps(dt, array_get(ms, r, c), rule);
  return 1;
}

static int engine_processors(lua_State *L) {
  lua_pushinteger(L, parallel_processors());
  return 1;
}

int binding_set_kernels(lua_State *L, Network *n, BoundList *kernels, RoleOwner owner) {
  Error e;
  BoundList list;
  const char *role = luaL_checkstring(L, 2);
  binding_take_bounds(L, 3, &list);
  return network_set_kernels(n, kernels, owner, role, &list, &e) ? 0 : binding_raise(L, &e);
}

void binding_new_type(lua_State *L, const char *name, const luaL_Reg *methods, lua_CFunction gc) {
  luaL_newmetatable(L, name);
  lua_newtable(L);
  luaL_setfuncs(L, methods, 0);
  lua_setfield(L, -2, "__index");
  if (gc != NULL) {
    lua_pushcfunction(L, gc);
    lua_setfield(L, -2, "__gc");
  }
  lua_pop(L, 1);
}

void binding_add_methods(lua_State *L, const char *name, const luaL_Reg *methods) {
  luaL_getmetatable(L, name);
  lua_getfield(L, -1, "__index");
  luaL_setfuncs(L, methods, 0);
  lua_pop(L, 2);
}

static const luaL_Reg network_methods[] = {
  { "bind", network_bind },
  { "run_bound", network_run_bound },
  { "clock", network_clock_of },
  { "dt_array", network_dt_array },
  { "clock_step", network_clock_step },
  { "run", network_run_until },
  { "step", network_one_step },
  { "stop", network_request_stop },
  { "time", network_time },
  { "is_running", network_is_running },
  { "poll_native", network_poll_native },
  { "hold_native", network_hold_native },
  { "split", network_split },
  { "derive", network_derive_now },
  { "new_object", network_new_object },
  { "watch", network_watch_array },
  { "forget_watch", network_forget_array },
  { "derived", network_derived },
  { "forget_derived", network_forget },
  { "operation", network_operation },
  { "measure", binding_network_measure },
  { "meter", binding_network_meter },
  { NULL, NULL },
};

static const luaL_Reg bound_methods[] = { { "native", bound_native }, { "every", bound_every }, { "reduce", bound_reduce },
                                          { "gather", bound_gather }, { "over", bound_over },   { NULL, NULL } };

static const luaL_Reg operation_methods[] = {
  { "set_active", operation_set_active },
  { "is_active", operation_is_active },
  { "calls", operation_calls },
  { "reschedule", operation_reschedule },
  { "remove", operation_remove },
  { "set_kernels", operation_set_kernels },
  { NULL, NULL },
};

static const luaL_Reg functions[] = {
  { "network", engine_network },
  { "random", engine_random },
  { "put_pairs", engine_put_pairs },
  { "touch", engine_touch },
  { "processors", engine_processors },
  { "steps", engine_steps },
  { NULL, NULL },
};

int binding_open_engine(lua_State *L) {
  binding_new_type(L, BINDING_NETWORK, network_methods, network_gc);
  binding_new_type(L, BINDING_BOUND, bound_methods, bound_gc);
  binding_new_type(L, BINDING_OPERATION, operation_methods, NULL);
  luaL_newlib(L, functions);
  binding_open_population(L);
  binding_open_projection(L);
  binding_open_record(L);
  return 1;
}
