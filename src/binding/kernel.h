/* Kernel programs and native code in Lua: module `lunapse.core.kernel`. Main thread only. */
#ifndef LUNAPSE_BINDING_KERNEL_H
#define LUNAPSE_BINDING_KERNEL_H
#include <lua.h>
#include <stdbool.h>

#include "kernel/native.h"
#include "kernel/program.h"

#define BINDING_PROGRAM "lunapse.program"
#define BINDING_NATIVE "lunapse.native"

/* Push the module. */
int binding_open_kernel(lua_State *L);

/* For main, before anything else: is this process one that compiles kernels (kernel/build.h)? Then do its work; it must end with `status`. */
bool binding_is_compiler(int argc, char **argv, int *status);

/* The object at `index`, borrowed; raises when it is something else. */
Program *binding_check_program(lua_State *L, int index);
Native *binding_check_native(lua_State *L, int index);

#endif
