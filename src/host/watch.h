/* A line on the terminal that says how far long work in C is (base/work.h), written by the handler of a timer: the main thread is at work. Main thread only. */
#ifndef LUNAPSE_HOST_WATCH_H
#define LUNAPSE_HOST_WATCH_H
#include <lua.h>

/* host.watch_work(text): from a second on show the text and the part that is done, on standard error; nothing where that is no terminal.
** host.unwatch_work(): no longer; take the line away. */
int watch_work(lua_State *L);
int unwatch_work(lua_State *L);

#endif
