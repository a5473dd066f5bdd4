#include "binding/debug.h"

#include <lauxlib.h>

#include "base/memory.h"
#include "binding/array.h"
#include "engine/put_off.h"

/* debug.fail_after(n): the engine's n-th request for memory from now fails; 0 switches this off. */
static int fail_after(lua_State *L) {
  lua_Integer n = luaL_checkinteger(L, 1);
  luaL_argcheck(L, n >= 0, 1, "a count expected");
  memory_fail_after((long)n);
  return 0;
}

/* debug.has_failed() -> boolean: has the request that the last fail_after named come, and failed? */
static int has_failed(lua_State *L) {
  lua_pushboolean(L, memory_has_failed());
  return 1;
}

/* debug.live_blocks() -> how many blocks of the engine's memory are not freed */
static int live_blocks(lua_State *L) {
  lua_pushinteger(L, memory_live());
  return 1;
}

/* debug.peek(array, k) -> element k (from 1) as it is in this process, where ranks share the array: what others have computed is not asked for */
static int peek(lua_State *L) {
  Array **box = luaL_checkudata(L, 1, BINDING_ARRAY);
  const lua_Integer k = luaL_checkinteger(L, 2);
  luaL_argcheck(L, k >= 1 && k <= array_count(*box), 2, "there is no such element");
  lua_pushnumber(L, array_get(*box, k - 1));
  return 1;
}

/* debug.put_off_from(n): what post spikes do is put off in projections of so many synapses, from the next plan on; 0: where it pays */
static int put_off_least(lua_State *L) {
  put_off_from(luaL_checkinteger(L, 1));
  return 0;
}

static const luaL_Reg functions[] = {
  { "fail_after", fail_after },      { "has_failed", has_failed },
  { "live_blocks", live_blocks },    { "peek", peek },
  { "put_off_from", put_off_least }, { NULL, NULL },
};

int binding_open_debug(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
