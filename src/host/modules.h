/* Where `require` finds Lunapse: the C modules lunapse.core.* linked into the program, and the Lua library beside it.
** Main thread only. */
#ifndef LUNAPSE_HOST_MODULES_H
#define LUNAPSE_HOST_MODULES_H
#include <lua.h>

/* Put the C modules into package.preload (each opens when first required) and a searcher for `lunapse` and `lunapse.*`
** in front of package.path, so that the library is found from any folder and no script can lose it by setting package.path.
** `program` is argv[0], used where the system cannot say where the program lies. */
void modules_install(lua_State *L, const char *program);

/* The program's own file; NULL when the system does not say. Lives as long as the program. */
const char *modules_program(void);

/* Find it: before anything else here, and from what the program was called. NULL when nobody says. */
const char *modules_find_program(const char *called);

/* The folder that holds lunapse/init.lua; NULL when there is none. Lives as long as the program. */
const char *modules_folder(void);

/* True when `source` (a chunk name, "@file") is a file of the Lua library. */
int modules_owns(const char *source);

#endif
