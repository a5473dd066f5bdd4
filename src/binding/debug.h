/* lunapse.core.debug: faults on demand, for tests/faults. */
#ifndef LUNAPSE_BINDING_DEBUG_H
#define LUNAPSE_BINDING_DEBUG_H
#include <lua.h>

int binding_open_debug(lua_State *L);

#endif
