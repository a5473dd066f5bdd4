#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/modules.h"

static int traceback(lua_State *L) {
  luaL_traceback(L, L, luaL_tolstring(L, 1, NULL), 1);
  return 1;
}

int main(int argc, char **argv) {
  lua_State *L = luaL_newstate();
  if (!L) return EXIT_FAILURE;
  luaL_openlibs(L);
  modules_install(L, argv[0]);
  lua_pushcfunction(L, traceback);
  int script = 1, status = LUA_OK;
  if (argc > 2 && strcmp(argv[1], "-e") == 0) {
    status = luaL_loadstring(L, argv[2]);
    script = 3;
  } else {
    status = luaL_loadfile(L, argv[1]);
  }
  lua_createtable(L, argc, 1);
  for (int i = 0; i < argc; i++) {
    lua_pushstring(L, argv[i]);
    lua_rawseti(L, -2, i - script);
  }
  lua_setglobal(L, "arg");
  int n = 0;
  for (int i = script + 1; i < argc; i++, n++) lua_pushstring(L, argv[i]);
  if (status == LUA_OK) status = lua_pcall(L, n, 0, 1);
  if (status != LUA_OK) fprintf(stderr, "lunapse: %s\n", lua_tostring(L, -1));
  lua_close(L);
  return status == LUA_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
