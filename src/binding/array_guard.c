/* Writing to arrays whose owner wants to know (`lunapse.core.guard`, for the library's own use): before anything is written through any view of guarded memory, the owner may refuse, or give
** the elements memory of their own (array_move); afterwards he may put what was written to work.
**
** A guard is a table { before = function(a), after = function(a), finite = function(a) }, each of which may be missing; with `finite`, which says whose array it is (nil: this one is the owner's own),
** values that are not finite are refused before anything is written. Its owner keeps it alive: the registry
** holds it by a weak reference, so that an array alone keeps no network alive. */
#include <lauxlib.h>
#include <math.h>

#include "base/array_reduce.h"
#include "base/away.h"
#include "binding/array.h"
#include "binding/array_parts.h"
#include "binding/engine.h"

static const char GUARDS = 0; /* its address is the registry's key of: buffer -> guard, values weak */

static void push_guards(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &GUARDS) == LUA_TTABLE)
    return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "v");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &GUARDS);
}

/* Call what the guard of the array at `index` has for this moment. */
static void call_guard(lua_State *L, int index, const Array *a, const char *moment) {
  index = lua_absindex(L, index);
  luaL_checkstack(L, 6, "array");
  int top = lua_gettop(L);
  push_guards(L);
  if (lua_rawgetp(L, -1, a->buffer) == LUA_TTABLE && lua_getfield(L, -1, moment) == LUA_TFUNCTION) {
    lua_pushvalue(L, index);
    lua_call(L, 1, 0);
  }
  lua_settop(L, top);
}

/* Push whose array it is that stands at `index`, where its guard wants finite values alone; else nil. */
static const char *push_owner(lua_State *L, int index, const Array *a) {
  index = lua_absindex(L, index);
  luaL_checkstack(L, 6, "array");
  const int top = lua_gettop(L);
  push_guards(L);
  const char *owner = NULL;
  if (lua_rawgetp(L, -1, a->buffer) == LUA_TTABLE && lua_getfield(L, -1, "finite") == LUA_TFUNCTION) {
    lua_pushvalue(L, index);
    lua_call(L, 1, 1);
    owner = lua_tostring(L, -1);
  } else
    lua_pushnil(L);
  lua_replace(L, top + 1);
  lua_settop(L, top + 1);
  return owner;
}

/* `x`, which is to be written for the owner, must be finite. `k`: the value of several that it is, from 1; 0: the only one. */
static void check_finite(lua_State *L, const char *owner, double x, int64_t k) {
  if (isfinite(x))
    return;
  const char *what = k > 0 ? lua_pushfstring(L, "element %I", (LUAI_UACINT)k) : "the value";
  if (isnan(x))
    luaL_error(L, "%s: %s is not a number (NaN)", owner, what);
  luaL_error(L, "%s: %s must be finite, got %s", owner, what, x > 0 ? "inf" : "-inf");
}

void binding_array_check_value(lua_State *L, int index, const Array *a, int value) {
  if (!a->buffer->is_guarded || lua_type(L, value) != LUA_TNUMBER || isfinite(lua_tonumber(L, value)))
    return;
  const char *owner = push_owner(L, index, a);
  if (owner != NULL)
    check_finite(L, owner, lua_tonumber(L, value < 0 ? value - 1 : value), 0);
  lua_pop(L, 1);
}

void binding_array_check_values(lua_State *L, int index, const Array *a, const Array *values) {
  if (!a->buffer->is_guarded || (values->type != ARRAY_F64 && values->type != ARRAY_F32))
    return;
  const char *owner = push_owner(L, index, a); /* before the values are read: most have none */
  const int64_t n = array_count(values);
  const ArrayRuns *runs = values->runs;
  for (int64_t j = 0; owner != NULL && runs != NULL && j < runs->n; j++)
    if (runs->first[j + 1] > runs->first[j])
      check_finite(L, owner, runs->value[j], runs->first[j] + 1);
  if (owner != NULL && runs == NULL && !array_is_finite(values))
    for (int64_t k = 0; k < n; k++)
      check_finite(L, owner, array_load(values->type, array_element(values, k)), n > 1 ? k + 1 : 0);
  lua_pop(L, 1);
}

Array *binding_array_to_write(lua_State *L, int index) {
  Array *a = binding_check_element_array(L, index);
  if (a->buffer->is_guarded) {
    call_guard(L, index, a, "before");
    array_follow(a);
  }
  if (array_meets_itself(a))
    luaL_error(L, "these windows share elements, so that writing one would change others: take a copy()");
  if (a->is_repeated)
    luaL_error(L, "one value stands for all elements of this array: it cannot be changed in parts");
  return a;
}

void binding_array_written(lua_State *L, int index, Array *a) {
  array_touch(a);
  if (a->buffer->is_guarded)
    call_guard(L, index, a, "after");
}

/* set(a, guard): the owner's functions for all views of this memory; nil: nobody asks any more. */
static int module_set(lua_State *L) {
  const Array *a = binding_check_array_form(L, 1);
  luaL_argcheck(L, a->buffer != NULL, 1, "an array with memory expected");
  if (!lua_isnil(L, 2))
    luaL_checktype(L, 2, LUA_TTABLE);
  push_guards(L);
  lua_pushvalue(L, 2);
  lua_rawsetp(L, -2, a->buffer);
  a->buffer->is_guarded = !lua_isnil(L, 2);
  return 0;
}

/* repeated(a, n): the first element of `a`, n times; shares its memory. */
static int module_repeated(lua_State *L) {
  Error e = { "out of memory for a view" };
  Array *a = binding_check_element_array(L, 1), **box = binding_array_box(L);
  lua_Integer n = luaL_checkinteger(L, 2);
  luaL_argcheck(L, n >= 0, 2, "the number of elements must not be negative");
  luaL_argcheck(L, array_count(a) >= 1, 1, "an array without elements has none to repeat");
  return binding_array_return(L, box, array_repeat(a, n), &e);
}

/* move(a, to): the elements of the memory behind `a` are those of `to` from now on. */
static int module_move(lua_State *L) {
  Array *a = binding_check_element_array(L, 1), *to = binding_check_element_array(L, 2);
  luaL_argcheck(L, to->n_axes == 1 && array_is_contiguous(to) && !to->is_repeated && to->at == to->buffer->data, 2,
                "a whole 1-d array expected");
  array_move(a, to);
  return 0;
}

/* is_repeated(a): does one value stand for all elements? */
static int module_is_repeated(lua_State *L) {
  lua_pushboolean(L, binding_check_array_form(L, 1)->is_repeated);
  return 1;
}

/* version(a) -> a number that grows when anybody but a kernel of a step writes to the memory of `a`. It looks at no element. */
static int module_version(lua_State *L) {
  const Array *a = binding_check_array_form(L, 1);
  luaL_argcheck(L, a->buffer != NULL, 1, "an array with memory expected");
  lua_pushinteger(L, a->buffer->version);
  return 1;
}

/* extent(a) -> the least and the largest element of an array that has some. What is away stays away. */
static int module_extent(lua_State *L) {
  const Array *a = binding_check_array_form(L, 1);
  const Away *away = a->buffer != NULL ? a->buffer->away : NULL;
  double low, high;
  if (away == NULL || (size_t)array_count(a) * array_type_size(a->type) != a->buffer->bytes ||
      !away->extent(away, a->buffer, &low, &high)) {
    a = binding_check_element_array(L, 1);
    ArrayScalar least = { 0 }, most = { 0 };
    Error e;
    if (!array_reduce(ARRAY_REDUCE_MIN, a, 0, &least, &e) || !array_reduce(ARRAY_REDUCE_MAX, a, 0, &most, &e))
      return binding_raise(L, &e);
    low = least.number;
    high = most.number;
  }
  lua_pushnumber(L, low);
  lua_pushnumber(L, high);
  return 2;
}

/* is_away(a): do its elements stand elsewhere, so that it has no memory of its own? */
static int module_is_away(lua_State *L) {
  const Array *a = binding_check_array_form(L, 1);
  lua_pushboolean(L, a->buffer != NULL && a->buffer->away != NULL && !a->buffer->away->has_memory);
  return 1;
}

int binding_open_guard(lua_State *L) {
  static const luaL_Reg functions[] = {
    { "set", module_set },         { "repeated", module_repeated }, { "move", module_move },       { "is_repeated", module_is_repeated },
    { "version", module_version }, { "extent", module_extent },     { "is_away", module_is_away }, { NULL, NULL },
  };
  luaL_newlib(L, functions);
  return 1;
}
