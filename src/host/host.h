/* The program itself, as the Lua module lunapse.core.host: version, terminal, interrupts, line editor. Main thread only. */
#ifndef LUNAPSE_HOST_HOST_H
#define LUNAPSE_HOST_HOST_H
#include <lua.h>

/* Opens lunapse.core.host. */
int host_open(lua_State *L);

#endif
