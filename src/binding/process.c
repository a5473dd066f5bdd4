#include "binding/process.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/output.h"
#include "base/parallel.h"
#include "base/process.h"
#include "binding/engine.h"
#include "binding/pack.h"
#include "kernel/native.h"

#define PROCESS "lunapse.process"

#define LIBRARY "lunapse."

enum { MOST_ARGUMENTS = 16 };

/* ---- the child ------------------------------------------------------------------------------------------------------- */

/* error -> { message, traceback }, and the value itself where it is a plain table, which has no text of its own */
static int with_traceback(lua_State *L) {
  bool is_plain = lua_istable(L, 1) && !luaL_getmetafield(L, 1, "__tostring");
  bool has_text = lua_isstring(L, 1) || luaL_getmetafield(L, 1, "__tostring") != LUA_TNIL;
  const char *text = has_text ? luaL_tolstring(L, 1, NULL) : lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, 1));
  int message = lua_gettop(L);
  luaL_traceback(L, L, text, 1);
  lua_createtable(L, 0, 3);
  lua_insert(L, -2);
  lua_setfield(L, -2, "traceback");
  lua_pushvalue(L, message);
  lua_setfield(L, -2, "message");
  if (is_plain) {
    lua_pushvalue(L, 1);
    lua_setfield(L, -2, "value");
  }
  return 1;
}

/* The table of an error as bytes; without the value where that cannot be sent. */
static int pack_error(lua_State *L) {
  binding_pack(L, 1, "error");
  return 1;
}

static void push_packed_error(lua_State *L) {
  lua_pushcfunction(L, pack_error);
  lua_pushvalue(L, -2);
  if (lua_pcall(L, 1, 1, 0) == LUA_OK)
    return;
  lua_pop(L, 1);
  lua_pushnil(L);
  lua_setfield(L, -2, "value");
  binding_pack(L, -1, "error");
}

/* Push the names of the library's modules that are loaded, as a set. */
static void push_loaded(lua_State *L) {
  lua_newtable(L);
  lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1))
    if (lua_type(L, -2) == LUA_TSTRING && strncmp(lua_tostring(L, -2), LIBRARY, sizeof LIBRARY - 1) == 0) {
      lua_pushvalue(L, -2);
      lua_pushboolean(L, true);
      lua_rawset(L, -6);
    }
  lua_pop(L, 1);
}

/* f(...) -> its first result, as bytes, behind the names of what it has loaded of the library, each with a line feed, and a zero: who starts another one has it loaded
** before, once for all. */
static int call_and_pack(lua_State *L) {
  push_loaded(L);
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 2, 1);
  binding_pack(L, 2, "result");
  lua_replace(L, 2);
  push_loaded(L);
  lua_pushliteral(L, "");
  for (lua_pushnil(L); lua_next(L, 3) != 0; lua_pop(L, 1)) {
    lua_pushvalue(L, -2);
    if (lua_rawget(L, 1) == LUA_TNIL) {
      lua_pushvalue(L, 4);
      lua_pushvalue(L, -4);
      lua_pushliteral(L, "\n");
      lua_concat(L, 3);
      lua_replace(L, 4);
    }
    lua_pop(L, 1);
  }
  lua_pushlstring(L, "", 1);
  lua_pushvalue(L, 2);
  lua_concat(L, 3);
  return 1;
}

/* The function and its arguments are on the stack from `first` on. The first byte says how it went. */
static _Noreturn void run_child(lua_State *L, Process *p, int first) {
  size_t n;
  native_after_fork();
  lua_pushcfunction(L, call_and_pack);
  lua_insert(L, first);
  lua_pushcfunction(L, with_traceback);
  lua_insert(L, first);
  Error e;
  bool is_good = lua_pcall(L, lua_gettop(L) - first - 1, 1, first) == LUA_OK;
  if (is_good && !output_arrived(&e)) {
    is_good = false;
    lua_pushcfunction(L, with_traceback);
    lua_pushstring(L, e.text);
    lua_call(L, 1, 1);
  }
  if (!is_good) {
    if (lua_type(L, -1) != LUA_TTABLE) { /* out of memory: no handler ran */
      lua_pushliteral(L, "not enough memory");
      binding_pack(L, -1, "error");
    } else {
      push_packed_error(L);
    }
  }
  const char *bytes = lua_tolstring(L, -1, &n);
  if (process_send(p, is_good ? "+" : "-", 1))
    process_send(p, bytes, n);
  native_finish_builds(); /* the pipe stays open: who reads to its end finds the kernels in the cache */
  process_leave(EXIT_SUCCESS);
}

/* ---- the parent ------------------------------------------------------------------------------------------------------ */

static Process *check_process(lua_State *L, int index) { return luaL_checkudata(L, index, PROCESS); }

/* process.start(f, ...) -> process: calls f(...) in a child */
static int process_of(lua_State *L) {
  Error e;
  luaL_checktype(L, 1, LUA_TFUNCTION);
  luaL_argcheck(L, lua_gettop(L) <= MOST_ARGUMENTS, MOST_ARGUMENTS, "too many arguments");
  Process *p = lua_newuserdatauv(L, sizeof *p, 0);
  *p = (Process){ .pipe = -1 };
  luaL_setmetatable(L, PROCESS);
  lua_insert(L, 1);
  Process side;
  switch (process_start(&side, &e)) {
  case PROCESS_CHILD: run_child(L, &side, 2);
  case PROCESS_PARENT: *p = side; break;
  default: return binding_raise(L, &e);
  }
  lua_settop(L, 1);
  return 1;
}

/* process.wait(list, ms) -> number of one that has ended, or nil; waits for ever where ms is negative. Holes (false) are skipped. */
static int wait_for(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  int n = (int)luaL_len(L, 1), timeout = (int)luaL_optinteger(L, 2, -1);
  Process **list = lua_newuserdatauv(L, sizeof *list * (size_t)(n + 1), 0);
  for (int k = 0; k < n; k++) {
    lua_rawgeti(L, 1, k + 1);
    list[k] = luaL_testudata(L, -1, PROCESS);
    lua_pop(L, 1);
  }
  int ended = process_wait(list, n, timeout);
  if (ended < 0)
    return 0;
  lua_pushinteger(L, ended + 1);
  return 1;
}

/* p:result() -> true, value, names of the library's modules that were loaded for it, lines | false, { message =, traceback = } | nil, how it ended. After process.wait has
** named it. */
static int result_of(lua_State *L) {
  Process *p = check_process(L, 1);
  luaL_argcheck(L, p->is_ended, 1, "it still runs");
  if (WIFSIGNALED(p->status)) {
    lua_pushnil(L);
    lua_pushfstring(L, "its process was ended by signal %d (%s)", WTERMSIG(p->status), strsignal(WTERMSIG(p->status)));
    return 2;
  }
  if (p->n_bytes < 2) {
    lua_pushnil(L);
    lua_pushfstring(L, "its process ended early, with status %d", WEXITSTATUS(p->status));
    return 2;
  }
  bool is_good = p->bytes[0] == '+';
  const char *names = p->bytes + 1, *end = is_good ? memchr(names, 0, (size_t)p->n_bytes - 1) : names - 1;
  if (end == NULL)
    return luaL_error(L, "what a process has sent is cut off");
  lua_pushboolean(L, is_good);
  binding_unpack(L, end + 1, (size_t)(p->bytes + p->n_bytes - end - 1));
  if (!is_good)
    return 2;
  lua_pushlstring(L, names, (size_t)(end - names));
  return 3;
}

static int stop(lua_State *L) {
  process_stop(check_process(L, 1));
  return 0;
}

/* process.processors() -> how many this process may use */
static int processors(lua_State *L) {
  lua_pushinteger(L, parallel_processors());
  return 1;
}

/* process.pack(value) -> string;  process.unpack(string) -> value */
static int pack(lua_State *L) {
  luaL_checkany(L, 1);
  binding_pack(L, 1, "value");
  return 1;
}

static int unpack(lua_State *L) {
  size_t n;
  const char *bytes = luaL_checklstring(L, 1, &n);
  binding_unpack(L, bytes, n);
  return 1;
}

static const luaL_Reg methods[] = {
  { "result", result_of }, { "stop", stop }, { "__gc", stop }, { "__close", stop }, { NULL, NULL },
};

static const luaL_Reg functions[] = {
  { "pack", pack }, { "processors", processors }, { "start", process_of }, { "unpack", unpack }, { "wait", wait_for }, { NULL, NULL },
};

int binding_open_process(lua_State *L) {
  luaL_newmetatable(L, PROCESS);
  luaL_setfuncs(L, methods, 0);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  luaL_newlib(L, functions);
  return 1;
}
