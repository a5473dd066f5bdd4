#include "binding/debug.h"

#include <lauxlib.h>
#include <stdbool.h>

#include "base/memory.h"

/* ---- Lua's own memory: its allocator, with a fault in it ---------------------------------------------------------------- */

static struct {
  lua_Alloc allocate; /* what Lua had before */
  void *context;
  lua_Integer countdown; /* of requests for more memory; 0: off */
  int fails;             /* left: Lua collects its garbage and asks once more */
  bool has_failed, is_meant;
} lua_memory;

static void *allocate(void *context, void *block, size_t old_size, size_t new_size) {
  bool grows = new_size > 0 && (block == NULL || new_size > old_size); /* without a block the old size is a type */
  if (grows && lua_memory.countdown > 0 && --lua_memory.countdown == 0)
    lua_memory.fails = 2;
  if (grows && lua_memory.fails > 0) {
    lua_memory.fails--;
    lua_memory.has_failed = true;
    return NULL;
  }
  return lua_memory.allocate(context, block, old_size, new_size);
}

/* ---- the module --------------------------------------------------------------------------------------------------------- */

/* debug.fail_after(n, whose): the n-th request for memory from now fails, of the "engine" or of "lua"; 0 switches this off. */
static int fail_after(lua_State *L) {
  static const char *const names[] = { "engine", "lua", NULL };
  lua_Integer n = luaL_checkinteger(L, 1);
  luaL_argcheck(L, n >= 0, 1, "a count expected");
  lua_memory.is_meant = luaL_checkoption(L, 2, NULL, names) == 1;
  if (!lua_memory.is_meant) {
    memory_fail_after((long)n);
    return 0;
  }
  if (lua_memory.allocate == NULL) {
    lua_memory.allocate = lua_getallocf(L, &lua_memory.context);
    lua_setallocf(L, allocate, lua_memory.context);
  }
  lua_memory.countdown = n;
  lua_memory.fails = 0;
  if (n > 0)
    lua_memory.has_failed = false;
  return 0;
}

/* debug.has_failed() -> boolean: has the request that the last fail_after named come, and failed? */
static int has_failed(lua_State *L) {
  lua_pushboolean(L, lua_memory.is_meant ? lua_memory.has_failed : memory_has_failed());
  return 1;
}

/* debug.live_blocks() -> how many blocks of the engine's memory are not freed */
static int live_blocks(lua_State *L) {
  lua_pushinteger(L, memory_live());
  return 1;
}

static const luaL_Reg functions[] = {
  { "fail_after", fail_after },
  { "has_failed", has_failed },
  { "live_blocks", live_blocks },
  { NULL, NULL },
};

int binding_open_debug(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
