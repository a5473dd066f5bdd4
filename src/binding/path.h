/* Names of files that come from Lua. */
#ifndef LUNAPSE_BINDING_PATH_H
#define LUNAPSE_BINDING_PATH_H
#include <lua.h>

/* The string at `index`; raises when it is none, is empty, or holds a zero byte, behind which C would see nothing. */
const char *binding_check_path(lua_State *L, int index);

#endif
