/* Pictures in Lua: the userdata "lunapse.canvas", on which lua/lunapse/plot draws figures. lua/lunapse/meta/canvas.lua describes it
** for editors. A canvas is freed with its userdata. Main thread only. */
#ifndef LUNAPSE_BINDING_CANVAS_H
#define LUNAPSE_BINDING_CANVAS_H
#include <lua.h>

#define BINDING_CANVAS "lunapse.canvas"

/* Push the module `lunapse.core.canvas`. */
int binding_open_canvas(lua_State *L);

#endif
