/* The server of the live view, as the Lua module `lunapse.core.web`; it is there where libmicrohttpd was when Lunapse was built. */
#ifndef LUNAPSE_BINDING_WEB_H
#define LUNAPSE_BINDING_WEB_H
#include <lua.h>

/* Push the module. */
int binding_open_web(lua_State *L);

#endif
