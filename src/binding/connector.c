/* Connectors and views from their tables in Lua. */
#include <lauxlib.h>
#include <math.h>
#include <stdio.h>

#include "base/array_block.h"
#include "binding/array.h"
#include "binding/engine.h"
#include "binding/kernel.h"
#include "synapses/connect_kernel.h"

/* Fields of the table at `index`; arrays stay alive on the stack. */
static double number_field(lua_State *L, int index, const char *name, double otherwise) {
  lua_getfield(L, index, name);
  double x = lua_isnil(L, -1) ? otherwise : luaL_checknumber(L, -1);
  lua_pop(L, 1);
  return x;
}

static bool boolean_field(lua_State *L, int index, const char *name) {
  lua_getfield(L, index, name);
  bool b = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return b;
}

static Array *array_field(lua_State *L, int index, const char *name, ArrayType type) {
  lua_getfield(L, index, name);
  if (lua_isnil(L, -1)) {
    luaL_error(L, "field '%s' is missing", name);
    return NULL;
  }
  Array *a = binding_to_array(L, -1, type);
  if (!array_is_contiguous(a))
    luaL_error(L, "field '%s' must be contiguous", name);
  return a;
}

/* Element numbers from 1 to positions from 0, checked against n, in memory that stays on the stack. */
static int32_t *positions_field(lua_State *L, int index, const char *name, int64_t n, int64_t *count) {
  lua_getfield(L, index, name);
  Array *a = binding_test_array(L, -1);
  lua_pop(L, 1);
  if (a == NULL || !array_is_contiguous(a))
    a = array_field(L, index, name, ARRAY_F64); /* a table: fractions are found below */
  *count = array_count(a);
  int32_t *out = lua_newuserdatauv(L, sizeof *out * (size_t)(*count + 1), 0);
  for (int64_t k = 0; k < *count; k++) {
    double x = array_get(a, k);
    if (!(x >= 1 && x <= (double)n && x == floor(x))) {
      char text[32];
      snprintf(text, sizeof text, "%.10g", x);
      luaL_error(L, "%s[%d] is %s: it must be a whole number in 1 .. %d", name, (int)k + 1, text, (int)n);
    }
    out[k] = (int32_t)x - 1;
  }
  return out;
}

/* { first = (from 1), n = } or { index = array from 1 } */
View binding_check_view(lua_State *L, int index, int64_t n_population) {
  View v = { 0 };
  luaL_checktype(L, index, LUA_TTABLE);
  lua_getfield(L, index, "index");
  bool is_listed = !lua_isnil(L, -1);
  lua_pop(L, 1);
  if (is_listed) {
    v.index = positions_field(L, index, "index", n_population, &v.n);
    return v;
  }
  v.first = (int64_t)number_field(L, index, "first", 1) - 1;
  v.n = (int64_t)number_field(L, index, "n", (double)n_population);
  return v;
}

#define CONNECT_KERNEL "lunapse.connect_kernel"

static int free_connect_kernel(lua_State *L) {
  connect_kernel_free(lua_touserdata(L, 1));
  return 0;
}

/* A number for each pre neuron, or NULL where there are none; the array stays alive on the stack. */
static const double *limit_field(lua_State *L, int index, const char *name, const ConnectEnds *ends) {
  lua_getfield(L, index, name);
  if (lua_isnil(L, -1))
    return NULL;
  Array *a = array_field(L, index, name, ARRAY_F64);
  if (array_count(a) != ends->n_pre)
    luaL_error(L, "%s: %d numbers expected", name, (int)ends->n_pre);
  return (const double *)a->at;
}

/* { program =, arrays = { of its slots }, result = number of the slot for the answers (its array is ignored), low =, high = }. The connector's memory stays on the stack. */
static Connector read_program(lua_State *L, int index, const ConnectEnds *ends, int n_threads) {
  Error e;
  ConnectKernel *k = lua_newuserdatauv(L, sizeof *k, 0);
  *k = (ConnectKernel){ 0 };
  if (luaL_newmetatable(L, CONNECT_KERNEL)) {
    lua_pushcfunction(L, free_connect_kernel);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  lua_getfield(L, index, "program");
  Program *program = binding_check_program(L, -1);
  lua_getfield(L, index, "arrays");
  luaL_checktype(L, -1, LUA_TTABLE);
  int n = program_n_slots(program), arrays = lua_gettop(L), result = (int)number_field(L, index, "result", 1) - 1;
  void **slots = lua_newuserdatauv(L, sizeof *slots * (size_t)(n + 1), 0);
  for (int s = 0; s < n; s++) {
    if (s == result)
      continue;
    const Scope scope = program_slot(program, s)->scope;
    const int64_t wanted = scope == SCOPE_PRE ? ends->n_pre : scope == SCOPE_POST ? ends->n_post : 1;
    lua_rawgeti(L, arrays, s + 1);
    Array *a = binding_check_array(L, -1);
    if (a->type != ARRAY_F64 || !array_is_contiguous(a) || array_count(a) != wanted)
      luaL_error(L, "slot %d: %d contiguous numbers in float64 expected", s + 1, (int)wanted);
    slots[s] = a->at;
    lua_pop(L, 1); /* `arrays` holds it */
  }
  if (program_nest(program) != NEST_ALL || result < 0 || result >= n || program_slot(program, result)->scope != SCOPE_ELEM)
    luaL_error(L, "a program over all pairs with a slot for the answers expected");
  if (!connect_kernel_init(k, program, slots, result, ends, n_threads, &e))
    binding_raise(L, &e);
  k->low = limit_field(L, index, "low", ends);
  k->high = limit_field(L, index, "high", ends);
  return connect_kernel(k);
}

/* ---- the fields of connect.def -------------------------------------------------------------------------------------- */

static void read_pairs(lua_State *L, int index, const ConnectEnds *ends, Connector *c) {
  int64_t n_post = 0;
  c->pair_pre = positions_field(L, index, "pre", ends->pre.n, &c->n_pairs);
  c->pair_post = positions_field(L, index, "post", ends->post.n, &n_post);
  if (c->n_pairs != n_post)
    luaL_error(L, "pairs: as many pre as post neurons expected, got %d and %d", (int)c->n_pairs, (int)n_post);
}

static void read_mask(lua_State *L, int index, const ConnectEnds *ends, Connector *c) {
  Array *mask = array_field(L, index, "mask", ARRAY_BOOL);
  char shape[ARRAY_SHAPE_TEXT];
  if (mask->n_axes > 2 || mask->shape[0] != ends->pre.n || mask->shape[1] != ends->post.n)
    luaL_error(L, "mask: %d x %d expected (pre x post), got %s", (int)ends->pre.n, (int)ends->post.n, array_shape_text(mask, shape));
  c->mask = (const uint8_t *)mask->at;
}

static void read_coordinates(lua_State *L, int index, const ConnectEnds *ends, Connector *c) {
  Array *pre = array_field(L, index, "pre_at", ARRAY_F64), *post = array_field(L, index, "post_at", ARRAY_F64);
  c->n_dims = (int)number_field(L, index, "dims", 1);
  if (array_count(pre) != ends->pre.n * c->n_dims || array_count(post) != ends->post.n * c->n_dims)
    luaL_error(L, "coordinates: %d per neuron expected", c->n_dims);
  c->pre_at = (const double *)pre->at;
  c->post_at = (const double *)post->at;
}

/* Whole numbers, each less `shift`, in memory that stays on the stack. */
static int32_t *whole_field(lua_State *L, int index, const char *name, int shift, int64_t *count) {
  Array *a = array_field(L, index, name, ARRAY_I32);
  *count = array_count(a);
  int32_t *out = lua_newuserdatauv(L, sizeof *out * (size_t)(*count + 1), 0);
  for (int64_t k = 0; k < *count; k++)
    out[k] = ((const int32_t *)a->at)[k] - shift;
  return out;
}

static void read_axes(lua_State *L, int index, Connector *c) {
  c->n_places = (int64_t)number_field(L, index, "n_places", 0);
  lua_getfield(L, index, "axes");
  luaL_checktype(L, -1, LUA_TTABLE);
  const int axes = lua_gettop(L);
  c->n_axes = (int)luaL_len(L, axes);
  if (c->n_axes < 1 || c->n_axes > CONNECT_MOST_AXES)
    luaL_error(L, "a grid has 1 to %d axes, not %d", (int)CONNECT_MOST_AXES, c->n_axes);
  ConnectAxis *axis = lua_newuserdatauv(L, sizeof *axis * (size_t)c->n_axes, 0);
  luaL_checkstack(L, 8 * c->n_axes, NULL);
  for (int a = 0; a < c->n_axes; a++) {
    int64_t n_post, n_place;
    lua_rawgeti(L, axes, a + 1);
    const int at = lua_gettop(L);
    axis[a].n_pre = (int64_t)number_field(L, at, "n_pre", 0);
    axis[a].n_post = (int64_t)number_field(L, at, "n_post", 0);
    axis[a].pre = whole_field(L, at, "pre", 1, &axis[a].n);
    axis[a].post = whole_field(L, at, "post", 1, &n_post);
    axis[a].place = whole_field(L, at, "place", 0, &n_place);
    if (axis[a].n != n_post || axis[a].n != n_place)
      luaL_error(L, "axis %d: lists of one length expected", a + 1);
  }
  c->axis = axis;
}

Connector binding_check_connector(lua_State *L, int index, const ConnectEnds *ends, int n_threads) {
  static const char *const kinds[] = {
#define CONNECTOR(name, fields) #name,
#include "synapses/connect.def"
#undef CONNECTOR
    NULL
  };
  luaL_checktype(L, index, LUA_TTABLE);
  lua_getfield(L, index, "kind");
  Connector c = { .kind = (ConnectKind)luaL_checkoption(L, -1, NULL, kinds) };
  switch (c.kind) {
#define SELF c.self = boolean_field(L, index, "self");
#define NUMBER(member, field, otherwise) c.member = number_field(L, index, field, otherwise);
#define WHOLE(member, field) c.member = (int64_t)number_field(L, index, field, -1);
#define PAIRS read_pairs(L, index, ends, &c);
#define MASK read_mask(L, index, ends, &c);
#define COORDINATES read_coordinates(L, index, ends, &c);
#define AXES read_axes(L, index, &c);
#define PROGRAM c = read_program(L, index, ends, n_threads);
#define CONNECTOR(name, fields)                                                                                                            \
  case CONNECT_##name:                                                                                                                     \
    fields break;
#include "synapses/connect.def"
#undef CONNECTOR
#undef SELF
#undef NUMBER
#undef WHOLE
#undef PAIRS
#undef MASK
#undef COORDINATES
#undef AXES
#undef PROGRAM
  case N_CONNECTS: break;
  }
  return c;
}
