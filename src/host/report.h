/* How an error of a script is told: the user's own line first, then a traceback that starts there. Main thread only. */
#ifndef LUNAPSE_HOST_REPORT_H
#define LUNAPSE_HOST_REPORT_H
#include <lua.h>

/* A message handler for lua_pcall and xpcall: error value -> text "script.lua:12: what\nstack traceback:\n...".
** Frames of the Lua library and of C above the user's are left out, and so is the host below him. An error that the library
** raised at its own line is moved to the user's. With LUNAPSE_TRACE=1 in the environment nothing is left out or moved. */
int report_handler(lua_State *L);

/* What `warn` does: as in stock lua, off until "@on" (or -W), except that warnings of the library, "lunapse: ...", are told
** until somebody says "@off". */
void report_install_warnings(lua_State *L);

/* Replaces pcall: messages that the library raises at its own lines get the line of the user who called it, whether he catches them or not. */
void report_install_pcall(lua_State *L);

/* Print "lunapse: text" to stderr. */
void report_print(const char *text);

#endif
