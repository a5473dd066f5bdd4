/* One line editor on the terminal, made of libedit, as a Lua object. What keys complete to and what history keeps is decided
** in lua/lunapse/prompt. There is one at a time; main thread only. */
#ifndef LUNAPSE_HOST_EDITOR_H
#define LUNAPSE_HOST_EDITOR_H
#include <lua.h>

/* host.editor(complete) -> editor, or nil when stdin or stdout is no terminal.
**   complete(text, at) is called on Tab with the line and the number of bytes before the cursor; it returns what to insert
**   there ("" for nothing) and, optionally, a text to show below the line. An error in it only rings the bell.
** editor:read(prompt) -> line without its newline; or nil, "end" (Ctrl-D); or nil, "interrupted" (Ctrl-C)
**   prompt may hold colour: every escape sequence between two \1 bytes, so that it counts no columns.
** editor:remember(text): the newest entry of the history.
** editor:close() gives the terminal back; the collector does it too. */
int editor_new(lua_State *L);

#endif
