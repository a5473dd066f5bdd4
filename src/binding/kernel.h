/* Kernel programs and native code in Lua: module `lunapse.core.kernel`. Main thread only. */
#ifndef LUNAPSE_BINDING_KERNEL_H
#define LUNAPSE_BINDING_KERNEL_H
#include <lua.h>

#include "kernel/native.h"
#include "kernel/program.h"

#define BINDING_PROGRAM "lunapse.program"
#define BINDING_NATIVE "lunapse.native"

/* Push the module. */
int binding_open_kernel(lua_State *L);

/* The object at `index`, borrowed; raises when it is something else. */
Program *binding_check_program(lua_State *L, int index);
Native *binding_check_native(lua_State *L, int index);

#endif
