#include "binding/path.h"

#include <lauxlib.h>
#include <string.h>

const char *binding_check_path(lua_State *L, int index) {
  size_t n;
  const char *path = luaL_checklstring(L, index, &n);
  if (n == 0)
    luaL_error(L, "the name of the file is empty");
  if (strlen(path) != n)
    luaL_error(L, "the name of the file holds a zero byte: '%s\\0%s'", path, path + strlen(path) + 1);
  return path;
}
