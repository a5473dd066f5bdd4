#include "binding/ranks.h"

#include <lauxlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/ranks.h"
#include "base/shares.h"
#include "binding/engine.h"

/* ranks.n() -> how many there are;  ranks.together() -> how many do the same now;  ranks.me() -> which one this is, from 0;  ranks.here() -> how many are on this machine */
static int n(lua_State *L) {
  lua_pushinteger(L, ranks_n());
  return 1;
}

static int together(lua_State *L) {
  lua_pushinteger(L, ranks_together());
  return 1;
}

static int me(lua_State *L) {
  lua_pushinteger(L, ranks_me());
  return 1;
}

static int here(lua_State *L) {
  lua_pushinteger(L, ranks_n_here());
  return 1;
}

/* ranks.apart(is_apart) -> what was before: from now on each does something of its own */
static int apart(lua_State *L) {
  luaL_checktype(L, 1, LUA_TBOOLEAN);
  lua_pushboolean(L, ranks_apart(lua_toboolean(L, 1)));
  return 1;
}

/* ranks.settle(): all have the same elements of all arrays, before some of them work apart */
static int settle(lua_State *L) {
  (void)L;
  shares_settle_all();
  return 0;
}

/* ranks.failing(text | nil): what is done now is what a failure asks for, maybe of this rank alone, or that is over */
static int failing(lua_State *L) {
  ranks_say_failing(luaL_optstring(L, 1, NULL));
  return 0;
}

/* ranks.meet(what): returns when all have come there */
static int meet(lua_State *L) {
  ranks_meet(luaL_checkstring(L, 1));
  return 0;
}

/* ranks.gather(what, bytes) -> { bytes of rank 0, of rank 1, ... } */
static int gather(lua_State *L) {
  size_t size;
  const char *what = luaL_checkstring(L, 1), *bytes = luaL_checklstring(L, 2, &size);
  void *all;
  int64_t *at;
  Error e;
  if (!ranks_gather(what, bytes, (int64_t)size, &all, &at, &e))
    return binding_raise(L, &e);
  lua_createtable(L, ranks_n(), 0);
  for (int r = 0; r < ranks_n(); r++) {
    lua_pushlstring(L, (const char *)all + at[r], (size_t)(at[r + 1] - at[r]));
    lua_rawseti(L, -2, r + 1);
  }
  memory_free(all);
  memory_free(at);
  return 1;
}

static const luaL_Reg functions[] = {
  { "apart", apart }, { "failing", failing }, { "gather", gather },     { "here", here }, { "me", me }, { "meet", meet },
  { "n", n },         { "settle", settle },   { "together", together }, { NULL, NULL },
};

int binding_open_ranks(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
