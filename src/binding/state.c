/* What the state of a network, without its parts, or of an object consists of, as a table: one method of all types of the engine. */
#include <lauxlib.h>
#include <string.h>

#include "binding/engine.h"

#define STATE "lunapse.state" /* frees what a State came to own, whatever happens */

static int state_gc(lua_State *L) {
  state_finish(lua_touserdata(L, 1));
  return 0;
}

/* Add a row to the table on top of the stack. */
static bool put(void *context, const StateItem *item, const void *data, Error *e) {
  lua_State *L = context;
  const bool is_memory = item->kind == STATE_MEMORY;
  (void)data, (void)e;
  lua_createtable(L, 0, 5);
  lua_pushstring(L, item->name);
  lua_setfield(L, -2, "name");
  lua_pushstring(L, is_memory ? "memory" : array_type_name(item->type));
  lua_setfield(L, -2, "type");
  lua_pushinteger(L, item->n);
  lua_setfield(L, -2, "count");
  lua_pushinteger(L, item->bytes);
  lua_setfield(L, -2, "bytes");
  lua_pushboolean(L, item->kind == STATE_VARIABLE);
  lua_setfield(L, -2, "is_variable");
  lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
  return true;
}

/* object:state() -> { { name =, type =, count =, bytes =, is_variable = }, ... }: what is a variable is held by others too; of "memory" the elements are bytes. */
static int list_state(lua_State *L) {
  Error e;
  const char *type = lua_tostring(L, lua_upvalueindex(1));
  bool is_whole = strcmp(type, BINDING_NETWORK) == 0;
  Handle *h = is_whole ? NULL : binding_check_handle(L, 1, type);
  Network *n = is_whole ? binding_check_network(L, 1) : h->network;
  State *s = lua_newuserdatauv(L, sizeof *s, 0);
  *s = (State){ .mode = STATE_LIST, .context = L, .error = &e, .put = put, .only = is_whole ? (void *)n : h->object };
  if (luaL_newmetatable(L, STATE)) {
    lua_pushcfunction(L, state_gc);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  luaL_checkstack(L, 8, "state");
  lua_newtable(L);
  return network_state(n, s) ? 1 : binding_raise(L, &e);
}

void binding_open_state(lua_State *L) {
  static const char *const types[] = { BINDING_NETWORK,   BINDING_POPULATION, BINDING_PROJECTION,
                                       BINDING_OPERATION, BINDING_RECORDER,   BINDING_SPIKE_RECORDER };
  for (size_t k = 0; k < sizeof types / sizeof *types; k++) {
    luaL_getmetatable(L, types[k]);
    lua_getfield(L, -1, "__index");
    lua_pushstring(L, types[k]);
    lua_pushcclosure(L, list_state, 1);
    lua_setfield(L, -2, "state");
    lua_pop(L, 2);
  }
}
