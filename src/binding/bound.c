/* Bound kernels in Lua: programs with arrays, until an object takes them. */
#include <lauxlib.h>

#include "binding/array.h"
#include "binding/engine.h"
#include "binding/kernel.h"

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
    if (*box == NULL)
      error_set(&e, "kernel %d is in the list twice", (int)k);
    if (*box == NULL || !bound_list_add(list, *box, &e)) {
      bound_list_free(list);
      binding_raise(L, &e);
    }
    *box = NULL;
  }
}

int binding_set_kernels(lua_State *L, Network *n, BoundList *kernels, RoleOwner owner) {
  Error e;
  BoundList list;
  const char *role = luaL_checkstring(L, 2);
  binding_take_bounds(L, 3, &list);
  return network_set_kernels(n, kernels, owner, role, &list, &e) ? 0 : binding_raise(L, &e);
}

/* net:bind(program, { arrays }, n [, projection or block of pairs [, object [, first element from 1]]]). A block must outlive the kernel. */
static int network_bind(lua_State *L) {
  const Network *network = binding_check_network(L, 1);
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
  int n = (int)lua_rawlen(L, 3);
  Array **arrays = lua_newuserdatauv(L, sizeof *arrays * (size_t)(n + 1), 0);
  for (int k = 0; k < n; k++) {
    lua_rawgeti(L, 3, k + 1);
    arrays[k] = binding_check_array(L, -1);
    lua_pop(L, 1);
  }
  Error e;
  BoundKernel **box = lua_newuserdatauv(L, sizeof *box, 0);
  *box = NULL;
  luaL_setmetatable(L, BINDING_BOUND);
  *box = bound_new(program, arrays, n, first, count, storage, network->seed, object, &e);
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

/* bound:gather(source, target, index): target[k] = source[index[k]] before every run; int64 index from 1. */
static int bound_gather(lua_State *L) {
  Error e;
  BoundKernel *b = check_bound(L, 1);
  Array *source = binding_check_array(L, 2), *target = binding_check_array(L, 3), *index = binding_check_array(L, 4);
  if (!bound_add_gather(b, source, target, index, &e))
    return binding_raise(L, &e);
  lua_settop(L, 1);
  return 1;
}

/* bound:over("pre" | "post"): whose elements it walks. */
static int bound_over(lua_State *L) {
  static const char *const sides[] = { "uniform", "pre", "post", "syn", "elem", "cells", NULL };
  int side = luaL_checkoption(L, 2, NULL, sides);
  check_bound(L, 1)->over = side == 1 ? OVER_PRE : side == 2 ? OVER_POST : OVER_UNKNOWN;
  lua_settop(L, 1);
  return 1;
}

/* bound:title(text): whose it is. */
static int bound_title(lua_State *L) {
  Error e;
  if (!bound_set_title(check_bound(L, 1), luaL_checkstring(L, 2), &e))
    return binding_raise(L, &e);
  lua_settop(L, 1);
  return 1;
}

/* bound:tag(kind of event, from 1 | pathway, from 1): to which it belongs, where several share a list. */
static int bound_tag(lua_State *L) {
  check_bound(L, 1)->tag = (int)luaL_checkinteger(L, 2);
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

static const luaL_Reg methods[] = { { "native", bound_native }, { "every", bound_every },
                                    { "reduce", bound_reduce }, { "gather", bound_gather },
                                    { "over", bound_over },     { "title", bound_title },
                                    { "tag", bound_tag },       { NULL, NULL } };

static const luaL_Reg network_methods[] = { { "bind", network_bind }, { "run_bound", network_run_bound }, { NULL, NULL } };

void binding_open_bound(lua_State *L) {
  binding_new_type(L, BINDING_BOUND, methods, bound_gc);
  binding_add_methods(L, BINDING_NETWORK, network_methods);
}
