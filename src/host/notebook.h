/* The two processes behind a notebook, as the Lua module lunapse.core.notebook. One, the *relay*, holds the sockets and is always there to answer; its child, the
** *worker*, runs the cells. What the worker prints, by whatever way, comes to the relay through pipes, and a channel carries packets (strings) both ways. Main thread only. */
#ifndef LUNAPSE_HOST_NOTEBOOK_H
#define LUNAPSE_HOST_NOTEBOOK_H
#include <lua.h>

/* Opens lunapse.core.notebook; lua/lunapse/meta/notebook.lua describes it. */
int notebook_open(lua_State *L);

#endif
