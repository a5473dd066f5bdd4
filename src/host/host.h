/* The program itself, as the Lua module lunapse.core.host: version, options, terminal, interrupts, line editor. Main thread only.
**
** This folder (host) is the program: command line, line editor, signals, list of modules. */
#ifndef LUNAPSE_HOST_HOST_H
#define LUNAPSE_HOST_HOST_H
#include <lua.h>

/* Opens lunapse.core.host. */
int host_open(lua_State *L);

/* Keep the value of a long option (--name=value): the module's `options.name`. */
void host_set_option(lua_State *L, const char *name, const char *value);

#endif
