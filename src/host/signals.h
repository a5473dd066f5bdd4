/* Ctrl-C. The first one raises interrupt_flag (base/interrupt.h), which the engine reads at its step boundaries, and hooks the
** running Lua code, so that whichever comes first raises the error "interrupted". A second one ends the program, whether the first still waits or was
** caught by a script that goes on. At the prompt nothing ends it: there the second raises an error that nothing catches, and says how to end the program
** if the first still waits. Main thread only, except interrupt_flag. */
#ifndef LUNAPSE_HOST_SIGNALS_H
#define LUNAPSE_HOST_SIGNALS_H
#include <lua.h>
#include <stdbool.h>

/* Watch for Ctrl-C on behalf of `L`, the main state; also replaces coroutine.resume and coroutine.wrap by twins that remember
** which coroutine runs, because a hook set on one thread does not stop another. Leaves an ignored SIGINT (nohup) ignored. */
void signals_install(lua_State *L);

/* At the prompt a second Ctrl-C does not end the program. */
void signals_at_prompt(bool is_at_prompt);

/* Has there been a Ctrl-C since the last signals_clear? Stays true after somebody has acted on it. */
bool signals_interrupted(void);

/* Whoever has stopped because of interrupt_flag says so with this: lowers the flag, so that nobody stops a second time, and
** raises "interrupted". */
int signals_raise(lua_State *L);

/* An error has got past all that catches: what was raised again and again need not be any more. */
void signals_uncaught(void);

/* Forget a Ctrl-C that nobody acted on (the prompt, before it runs the next input). */
void signals_clear(void);

#endif
