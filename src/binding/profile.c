/* Meters in Lua: what net:profile reads. */
#include <lauxlib.h>

#include "binding/engine.h"

/* net:measure(boolean): whether runs measure where time goes; turning it on sets all meters to zero. */
static int network_measuring(lua_State *L) {
  Error e;
  return network_measure(binding_check_network(L, 1), lua_toboolean(L, 2), &e) ? 0 : binding_raise(L, &e);
}

static int push_meter(lua_State *L, Meter m) {
  lua_pushnumber(L, 1e-9 * (double)m.ns);
  lua_pushinteger(L, m.calls);
  return 2;
}

/* net:meter("total" | "recording" | "telling") or net:meter(handle [, "deliver" | "sum" | "equations" | "post"]) -> seconds, calls.
** Projections have four meters, populations and operations one. The calls of "total" are ticks. */
static int network_meter(lua_State *L) {
  static const char *const whole[] = { "total", "recording", "telling", NULL }, *const names[] = { "deliver", "sum", "equations", "post",
                                                                                                   NULL };
  static const Phase of_name[] = { PHASE_DELIVER, PHASE_SUM, PHASE_EQUATIONS, PHASE_POST };
  const Network *n = binding_check_network(L, 1);
  const Meter of_whole[] = { n->total, n->recording, n->telling.meter };
  if (lua_type(L, 2) == LUA_TSTRING)
    return push_meter(L, of_whole[luaL_checkoption(L, 2, NULL, whole)]);
  if (luaL_testudata(L, 2, BINDING_POPULATION) != NULL)
    return push_meter(L, ((Population *)binding_check_handle(L, 2, BINDING_POPULATION)->object)->meter);
  if (luaL_testudata(L, 2, BINDING_OPERATION) != NULL)
    return push_meter(L, ((Operation *)binding_check_handle(L, 2, BINDING_OPERATION)->object)->meter);
  const Projection *p = binding_check_handle(L, 2, BINDING_PROJECTION)->object;
  return push_meter(L, projection_meter(p, of_name[luaL_checkoption(L, 3, NULL, names)]));
}

static const luaL_Reg network_methods[] = { { "measure", network_measuring }, { "meter", network_meter }, { NULL, NULL } };

void binding_open_profile(lua_State *L) { binding_add_methods(L, BINDING_NETWORK, network_methods); }
