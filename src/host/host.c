#include "host/host.h"

#include <lauxlib.h>
#include <unistd.h>

#include "base/version.h"

/* host.is_terminal(fd) -> boolean: is file descriptor 0, 1 or 2 a terminal? */
static int host_is_terminal(lua_State *L) {
  lua_pushboolean(L, isatty((int)luaL_checkinteger(L, 1)));
  return 1;
}

static const luaL_Reg functions[] = {
  {"is_terminal", host_is_terminal},
  {NULL, NULL},
};

int host_open(lua_State *L) {
  luaL_newlib(L, functions);
  lua_pushliteral(L, LUNAPSE_VERSION);
  lua_setfield(L, -2, "version");
  return 1;
}
