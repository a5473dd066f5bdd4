/* `lunapse.core.numeric`: linear algebra, Fourier transforms and series for lua/lunapse/linalg.lua and lua/lunapse/signal. */
#ifndef LUNAPSE_BINDING_NUMERIC_H
#define LUNAPSE_BINDING_NUMERIC_H
#include <lua.h>

/* Push the module `lunapse.core.numeric`. */
int binding_open_numeric(lua_State *L);

#endif
