/* lunapse.core.ranks: processes that run one script together (base/ranks.h). */
#ifndef LUNAPSE_BINDING_RANKS_H
#define LUNAPSE_BINDING_RANKS_H
#include <lua.h>

int binding_open_ranks(lua_State *L);

#endif
