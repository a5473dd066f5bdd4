/* JSON texts and Lua values, by libcjson. What there is in both: strings, numbers, booleans, null (nil), arrays and objects. */
#ifndef LUNAPSE_BINDING_JSON_H
#define LUNAPSE_BINDING_JSON_H
#include <lua.h>

/* json_decode(text) -> value. Objects and arrays are tables; a null is nothing. Raises where the text is no JSON. */
int binding_json_decode(lua_State *L);

/* json_encode(value) -> text. A table is an array when it has an element 1 or a metatable with `__json = "array"`, else an object; numbers that are
** not finite are null. Strings must be UTF-8. Raises at what has no form in JSON. */
int binding_json_encode(lua_State *L);

#endif
