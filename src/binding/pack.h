/* Lua values as bytes, for handing them from process to process of one machine: nil, booleans, numbers, strings, arrays (in full precision and
** shape), and tables of these. Main thread only. */
#ifndef LUNAPSE_BINDING_PACK_H
#define LUNAPSE_BINDING_PACK_H
#include <lua.h>

/* Push the value at `index` as a string. Raises "NAME.field[3]: a function cannot be handed on", where `name` is what the value is called. */
void binding_pack(lua_State *L, int index, const char *name);

/* Push the value that `bytes` describes; raises when they are cut off. */
void binding_unpack(lua_State *L, const char *bytes, size_t n);

#endif
