/* Functions in processes of their own, as the Lua module `lunapse.core.process`: what lp.sweep is made of. Main thread only. */
#ifndef LUNAPSE_BINDING_PROCESS_H
#define LUNAPSE_BINDING_PROCESS_H
#include <lua.h>

/* Push the module. */
int binding_open_process(lua_State *L);

#endif
