#include "host/modules.h"

#include <lauxlib.h>
#include <limits.h>
#include <lualib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "binding/array.h"
#include "binding/canvas.h"
#include "binding/debug.h"
#include "binding/engine.h"
#include "binding/files.h"
#include "binding/kernel.h"
#include "binding/numeric.h"
#include "binding/process.h"
#include "binding/ranks.h"
#include "binding/sound.h"
#include "host/host.h"
#ifdef LUNAPSE_NOTEBOOK
#include "host/notebook.h"
#endif
#ifdef LUNAPSE_WEB
#include "binding/web.h"
#endif

static const luaL_Reg core_modules[] = {
  { "lunapse.core.array", binding_open_array },     { "lunapse.core.guard", binding_open_guard },
  { "lunapse.core.kernel", binding_open_kernel },   { "lunapse.core.engine", binding_open_engine },
  { "lunapse.core.canvas", binding_open_canvas },   { "lunapse.core.sound", binding_open_sound },
  { "lunapse.core.process", binding_open_process }, { "lunapse.core.hdf5", binding_open_hdf5 },
  { "lunapse.core.files", binding_open_files },     { "lunapse.core.host", host_open },
  { "lunapse.core.numeric", binding_open_numeric }, { "lunapse.core.ranks", binding_open_ranks },
#ifdef LUNAPSE_NOTEBOOK
  { "lunapse.core.notebook", notebook_open },
#endif
#ifdef LUNAPSE_WEB
  { "lunapse.core.web", binding_open_web },
#endif
  { "lunapse.core.debug", binding_open_debug },
};

static char folder[PATH_MAX];   /* of the Lua library; "" when there is none */
static char the_file[PATH_MAX]; /* of the program; "" when nobody says */

/* The program's own file, without symbolic links, so that the tree is found through a link in ~/bin too. */
static bool find_program(const char *program, char *out) {
  static const char *const self[] = { "/proc/self/exe", "/proc/curproc/file", "/proc/curproc/exe" };
  bool found = false;
  for (size_t i = 0; i < sizeof self / sizeof *self && !found; i++)
    found = realpath(self[i], out) != NULL;
  if (!found && program && strchr(program, '/'))
    found = realpath(program, out) != NULL;
  if (!found)
    out[0] = '\0';
  return found;
}

const char *modules_find_program(const char *program) { return find_program(program, the_file) ? the_file : NULL; }

static bool is_library(const char *path) {
  char probe[2 * PATH_MAX];
  snprintf(probe, sizeof probe, "%s/lunapse", path);
  return access(probe, R_OK | X_OK) == 0;
}

static bool take_folder(const char *path) {
  if (is_library(path) && realpath(path, folder))
    return true;
  folder[0] = '\0';
  return false;
}

/* LUNAPSE_PATH, or share/lunapse of the installation, or lua/ of the tree that the program was built in (build/, build/check/),
** or where the build was told that it would be installed (a program copied away from its share/). */
static void find_folder(const char *program) {
  static const char *const places[] = { "../share/lunapse", "../lua", "../../lua" };
  char path[PATH_MAX + 32];
  const char *given = getenv("LUNAPSE_PATH");
  bool is_known = modules_find_program(program) != NULL;
  if (given && *given) { /* a wrong one finds nothing, rather than something else */
    take_folder(given);
    return;
  }
  if (is_known)
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
      snprintf(path, sizeof path, "%.*s/%s", (int)(strrchr(the_file, '/') - the_file), the_file, places[i]);
      if (take_folder(path))
        return;
    }
#ifdef LUNAPSE_SHARE
  take_folder(LUNAPSE_SHARE);
#endif
}

const char *modules_program(void) { return the_file[0] ? the_file : NULL; }

const char *modules_folder(void) { return folder[0] ? folder : NULL; }

int modules_owns(const char *source) {
  size_t n = strlen(folder);
  return n > 0 && source[0] == '@' && strncmp(source + 1, folder, n) == 0 && strncmp(source + 1 + n, "/lunapse/", 9) == 0;
}

/* A package searcher: name -> loader, file name. */
static int search_library(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  bool is_ours = strncmp(name, "lunapse", 7) == 0 && (name[7] == '\0' || name[7] == '.');
  if (!is_ours)
    return 0;
  if (!folder[0]) {
    lua_pushliteral(L, "no Lunapse library beside the program (set LUNAPSE_PATH to the folder that holds lunapse/init.lua)");
    return 1;
  }
  const char *stem = luaL_gsub(L, name, ".", "/");
  static const char *const endings[] = { ".lua", "/init.lua" };
  for (int i = 0; i < 2; i++) {
    const char *file = lua_pushfstring(L, "%s/%s%s", folder, stem, endings[i]);
    if (access(file, R_OK) == 0) {
      if (luaL_loadfile(L, file) != LUA_OK)
        return luaL_error(L, "error loading module '%s' from file '%s':\n\t%s", name, file, lua_tostring(L, -1));
      lua_insert(L, -2);
      return 2;
    }
  }
  lua_pushfstring(L, "no file '%s/%s.lua'\n\tno file '%s/%s/init.lua'", folder, stem, folder, stem);
  return 1;
}

void modules_install(lua_State *L, const char *program) {
  find_folder(program);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  for (size_t i = 0; i < sizeof core_modules / sizeof *core_modules; i++) {
    lua_pushcfunction(L, core_modules[i].func);
    lua_setfield(L, -2, core_modules[i].name);
  }
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "searchers");
  for (lua_Integer i = luaL_len(L, -1); i >= 2; i--) { /* behind the preload searcher */
    lua_rawgeti(L, -1, i);
    lua_rawseti(L, -2, i + 1);
  }
  lua_pushcfunction(L, search_library);
  lua_rawseti(L, -2, 2);
  lua_pop(L, 3);
}
