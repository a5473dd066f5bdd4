/* Arrays in Lua: the userdata "lunapse.array" and the way in which bindings exchange arrays.
**
** A userdata holds one reference to an Array; views keep their memory alive by themselves. Main thread only. */
#ifndef LUNAPSE_BINDING_ARRAY_H
#define LUNAPSE_BINDING_ARRAY_H
#include <lua.h>

#include "base/array.h"

#define BINDING_ARRAY "lunapse.array"

/* Push the module `lunapse.core.array`. */
int binding_open_array(lua_State *L);

/* Push the module `lunapse.core.guard`: how owners of arrays hear of writes, and arrays in which one value stands for all. */
int binding_open_guard(lua_State *L);

/* The array at `index` (borrowed); raises "array expected, got ..." when it is none. Where one value stands for all elements, a copy with
** memory for each takes its place on the stack. Complex numbers are refused: whoever wants them asks for elements (binding/array_parts.h). */
Array *binding_check_array(lua_State *L, int index);

/* The same, but NULL when it is none. Raises only when memory is short. */
Array *binding_test_array(lua_State *L, int index);

/* Push an array, taking the caller's reference. A NULL raises "out of memory", so that results of `array_new` can be handed on. */
void binding_push_array(lua_State *L, Array *a);

/* An array made of what stands at `index`: an array (itself if the type is right, else a converted copy), a table of numbers or
** booleans, or of such tables or arrays to any depth, a number or boolean (one element). It stays on top of the stack, and is Lua's: it goes
** whatever raises. Raises with the place of the first bad value, and where complex numbers would lose their imaginary parts. */
Array *binding_to_array(lua_State *L, int index, ArrayType type);

#endif
