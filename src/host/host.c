#include "host/host.h"

#include <dirent.h>
#include <errno.h>
#include <lauxlib.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "base/debug.h"
#include "base/machine.h"
#include "base/version.h"
#include "base/whole_file.h"
#include "binding/path.h"
#include "host/editor.h"
#include "host/modules.h"
#include "host/report.h"
#include "host/signals.h"
#include "host/watch.h"

static const char options_key; /* registry: name -> value of the long options given */

void host_set_option(lua_State *L, const char *name, const char *value) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &options_key) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &options_key);
  }
  if (name) {
    lua_pushstring(L, value);
    lua_setfield(L, -2, name);
  }
  lua_pop(L, 1);
}

/* host.is_terminal(fd) -> boolean: is file descriptor 0, 1 or 2 a terminal? */
static int host_is_terminal(lua_State *L) {
  lua_pushboolean(L, isatty((int)luaL_checkinteger(L, 1)));
  return 1;
}

/* host.columns() -> width of the terminal in characters; 80 where nobody knows. */
static int host_columns(lua_State *L) {
  struct winsize size = { 0 };
  bool is_known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  lua_pushinteger(L, is_known ? size.ws_col : 80);
  return 1;
}

/* host.at_prompt(boolean): a second Ctrl-C then does not end the program. */
static int host_at_prompt(lua_State *L) {
  signals_at_prompt(lua_toboolean(L, 1));
  return 0;
}

/* host.clear_interrupt() -> boolean: was there a Ctrl-C since the last call? Forgets it. */
static int host_clear_interrupt(lua_State *L) {
  lua_pushboolean(L, signals_interrupted());
  signals_clear();
  return 1;
}

/* host.interrupt(): raises "interrupted"; for the library, when the engine has ended a run because of Ctrl-C. */
static int host_interrupt(lua_State *L) { return signals_raise(L); }

static int host_watch_termination(lua_State *L) {
  signals_watch_termination(lua_toboolean(L, 1));
  return 0;
}

static int host_is_terminated(lua_State *L) {
  lua_pushboolean(L, signals_terminated());
  return 1;
}

/* host.ask_terminal(question, end, seconds) -> what the terminal answers, up to and with the character `end`; nil when it says nothing in time,
** or when stdin and stdout are no terminal. */
static int host_ask_terminal(lua_State *L) {
  size_t n;
  const char *question = luaL_checklstring(L, 1, &n), *end = luaL_checkstring(L, 2);
  double patience = luaL_checknumber(L, 3);
  struct termios before, raw;
  if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, &before) != 0)
    return 0;
  raw = before;
  raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
  raw.c_cc[VMIN] = 0;
  raw.c_cc[VTIME] = 0;
  if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) != 0)
    return 0;
  char answer[128];
  size_t length = 0;
  bool is_whole = false;
  if (write(STDOUT_FILENO, question, n) == (ssize_t)n) {
    struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
    while (!is_whole && length < sizeof answer && poll(&input, 1, (int)(1000 * patience)) == 1 &&
           read(STDIN_FILENO, answer + length, 1) == 1)
      is_whole = answer[length++] == *end;
  }
  tcsetattr(STDIN_FILENO, TCSANOW, &before);
  if (!is_whole)
    return 0;
  lua_pushlstring(L, answer, length);
  return 1;
}

/* host.seconds() -> wall time since some moment; never goes back. */
static int host_seconds(lua_State *L) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  lua_pushnumber(L, (lua_Number)now.tv_sec + 1e-9 * (lua_Number)now.tv_nsec);
  return 1;
}

/* host.list_folder(path) -> sorted by nobody: names, those of folders with a "/" at the end; nil, message when it cannot be read. */
static int host_list_folder(lua_State *L) {
  const char *path = binding_check_path(L, 1);
  DIR *folder = opendir(path);
  if (!folder)
    return luaL_fileresult(L, 0, path);
  lua_newtable(L);
  lua_Integer n = 0;
  for (struct dirent *entry; (entry = readdir(folder));) {
    struct stat info;
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
      continue;
    bool is_folder = fstatat(dirfd(folder), entry->d_name, &info, 0) == 0 && S_ISDIR(info.st_mode);
    lua_pushfstring(L, "%s%s", entry->d_name, is_folder ? "/" : "");
    lua_rawseti(L, -2, ++n);
  }
  closedir(folder);
  return 1;
}

/* host.make_folder(path) -> true; makes what is missing above it too, readable by the owner alone. nil, message on failure. */
static int host_make_folder(lua_State *L) {
  const char *path = binding_check_path(L, 1);
  for (const char *slash = path; slash;) {
    slash = strchr(slash + 1, '/');
    const char *part = slash ? lua_pushlstring(L, path, (size_t)(slash - path)) : path;
    if (mkdir(part, 0700) != 0 && errno != EEXIST)
      return luaL_fileresult(L, 0, part);
    if (slash)
      lua_pop(L, 1);
  }
  lua_pushboolean(L, 1);
  return 1;
}

/* host.write_file(path, bytes) -> true; a file that was there stays as it was until the new one is whole. Raises when it cannot be written. */
static int host_write_file(lua_State *L) {
  Error e;
  size_t n;
  const char *bytes = luaL_checklstring(L, 2, &n);
  if (!whole_file_write(binding_check_path(L, 1), bytes, n, &e))
    return luaL_error(L, "%s", e.text);
  lua_pushboolean(L, 1);
  return 1;
}

/* host.memory() -> bytes that this process may use at most, and how many of them are free; nothing where nobody says. */
static int host_memory(lua_State *L) {
  double all, available;
  if (!machine_memory(&all, &available))
    return 0;
  lua_pushnumber(L, all);
  lua_pushnumber(L, available);
  return 2;
}

static const luaL_Reg functions[] = {
  { "ask_terminal", host_ask_terminal },
  { "at_prompt", host_at_prompt },
  { "clear_interrupt", host_clear_interrupt },
  { "columns", host_columns },
  { "editor", editor_new },
  { "interrupt", host_interrupt },
  { "watch_termination", host_watch_termination },
  { "is_terminated", host_is_terminated },
  { "is_terminal", host_is_terminal },
  { "list_folder", host_list_folder },
  { "make_folder", host_make_folder },
  { "memory", host_memory },
  { "report", report_handler },
  { "seconds", host_seconds },
  { "unwatch_work", unwatch_work },
  { "watch_work", watch_work },
  { "write_file", host_write_file },
  { NULL, NULL },
};

int host_open(lua_State *L) {
  luaL_newlib(L, functions);
  lua_pushliteral(L, LUNAPSE_VERSION);
  lua_setfield(L, -2, "version");
  lua_pushstring(L, modules_folder());
  lua_setfield(L, -2, "folder");
  lua_pushstring(L, modules_program());
  lua_setfield(L, -2, "program");
  lua_pushboolean(L, IS_DEBUG);
  lua_setfield(L, -2, "is_debug");
  lua_pushliteral(L, LUNAPSE_MISSING);
  lua_setfield(L, -2, "missing");
  host_set_option(L, NULL, NULL); /* makes the table */
  lua_rawgetp(L, LUA_REGISTRYINDEX, &options_key);
  lua_setfield(L, -2, "options");
  return 1;
}
