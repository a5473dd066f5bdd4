/* What all files of the engine's binding share: handles to objects of a network, types of userdata, errors. */
#include <lauxlib.h>

#include "binding/array.h"
#include "binding/engine.h"

int binding_raise(lua_State *L, const Error *e) { return luaL_error(L, "%s", e->text); }

Network *binding_check_network(lua_State *L, int index) {
  Network *n = *(Network **)luaL_checkudata(L, index, BINDING_NETWORK);
  if (n == NULL) /* finalizers run in any order: this one is of something that was collected together with it */
    luaL_error(L, "this network has been collected");
  return n;
}

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

int binding_check_clock(lua_State *L, int index, const Network *n) {
  lua_Integer clock = luaL_checkinteger(L, index);
  luaL_argcheck(L, clock >= 0 && clock < n->n_clocks, index, "no such clock");
  return (int)clock;
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
