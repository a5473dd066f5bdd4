/* Writing to arrays whose owner wants to know (`lunapse.core.guard`, for the library's own use): before anything is written through any view of guarded memory, the owner may refuse, or give
** the elements memory of their own (array_move); afterwards he may put what was written to work.
**
** A guard is a table { before = function(a), after = function(a) }, either of which may be missing. Its owner keeps it alive: the registry
** holds it by a weak reference, so that an array alone keeps no network alive. */
#include <lauxlib.h>

#include "base/array.h"
#include "binding/array.h"
#include "binding/array_parts.h"

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

Array *binding_array_to_write(lua_State *L, int index) {
  Array *a = binding_check_element_array(L, index);
  if (a->buffer->is_guarded) {
    call_guard(L, index, a, "before");
    array_follow(a);
  }
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
  Array *a = binding_check_element_array(L, 1);
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
  lua_pushboolean(L, binding_check_element_array(L, 1)->is_repeated);
  return 1;
}

int binding_open_guard(lua_State *L) {
  static const luaL_Reg functions[] = {
    { "set", module_set }, { "repeated", module_repeated }, { "move", module_move }, { "is_repeated", module_is_repeated }, { NULL, NULL },
  };
  luaL_newlib(L, functions);
  return 1;
}
