#include "host/signals.h"

#include <errno.h>
#include <lauxlib.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/ranks.h"
#include "base/whole_file.h"
#include "host/modules.h"

static lua_State *volatile running; /* the Lua thread that runs now */
static volatile sig_atomic_t has_been, is_prompt, is_insisting;

/* Raise "script.lua:12: interrupted", with the line of the user's that is nearest. */
static int raise_interrupted(lua_State *L) {
  lua_Debug ar;
  for (int level = 0; lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "Sl", &ar);
    if (ar.currentline <= 0 || modules_owns(ar.source))
      continue;
    lua_pushfstring(L, "%s:%d: interrupted", ar.short_src, ar.currentline);
    return lua_error(L);
  }
  lua_pushliteral(L, "interrupted");
  return lua_error(L);
}

/* Runs inside the Lua code that was interrupted. If the engine has acted on the Ctrl-C meanwhile there is nothing left to do. Where the code has caught one
** "interrupted" and goes on, the next one is raised again and again, until it is out of all that catches it. */
static void stop_lua(lua_State *L, lua_Debug *ar) {
  (void)ar;
  if (!is_insisting)
    lua_sethook(L, NULL, 0, 0);
  if (interrupt_take() || is_insisting)
    raise_interrupted(L);
}

static void hook(lua_State *L) { lua_sethook(L, stop_lua, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1); }

static void second_time(void) {
  static const char hint[] = "\nstill waiting for the running code to stop; Ctrl-\\ ends Lunapse\n";
  if (!is_prompt) {
    whole_file_drop_all();
    signal(SIGINT, SIG_DFL);
    raise(SIGINT);
  }
  is_insisting = 1;
  if (interrupt_flag) {
    ssize_t n = write(STDERR_FILENO, hint, sizeof hint - 1);
    (void)n;
  }
}

/* Runs on the thread that runs Lua: workers block all signals. */
static void on_interrupt(int number) {
  (void)number;
  int saved = errno;
  if (has_been)
    second_time();
  has_been = 1;
  interrupt_flag = 1;
  hook(running);
  errno = saved;
}

/* A coroutine has ended or yields: `L` runs again. */
static void come_back(lua_State *L) {
  running = L;
  if (is_insisting)
    hook(L);
}

/* coroutine.resume(co, ...): the original is upvalue 1. It never raises for a coroutine that fails. */
static int resume(lua_State *L) {
  lua_State *co = lua_tothread(L, 1), *before = running;
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  if (co)
    running = co;
  int status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
  come_back(before);
  return status == LUA_OK ? lua_gettop(L) : lua_error(L);
}

/* What coroutine.wrap returned (upvalue 1) around its coroutine (upvalue 2). */
static int wrapped(lua_State *L) {
  lua_State *before = running;
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  running = lua_tothread(L, lua_upvalueindex(2));
  int status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
  come_back(before);
  return status == LUA_OK ? lua_gettop(L) : lua_error(L);
}

static int wrap(lua_State *L) {
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, 1);
  if (!lua_getupvalue(L, -1, 1) || !lua_isthread(L, -1))
    return luaL_error(L, "coroutine.wrap has no coroutine");
  lua_pushcclosure(L, wrapped, 2);
  return 1;
}

static void replace(lua_State *L, const char *name, lua_CFunction twin) {
  lua_getfield(L, -1, name);
  lua_pushcclosure(L, twin, 1);
  lua_setfield(L, -2, name);
}

void signals_install(lua_State *L) {
  struct sigaction action, before;
  running = L;
  lua_getglobal(L, "coroutine");
  replace(L, "resume", resume);
  replace(L, "wrap", wrap);
  lua_pop(L, 1);
  if (sigaction(SIGINT, NULL, &before) == 0 && before.sa_handler == SIG_IGN)
    return;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_interrupt; /* no SA_RESTART: a script that waits in io.read stops too */
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
}

static volatile sig_atomic_t is_terminated;

static void on_termination(int number) {
  if (number == SIGTERM)
    ranks_hurry();
  is_terminated = 1;
  interrupt_flag = ranks_n() == 1; /* ranks end together, where they ask each other (lua/lunapse/ranks.lua) */
}

void signals_watch_termination(bool is_watched) {
  static struct sigaction before[2];
  static bool is_now;
  static const int numbers[] = { SIGTERM, SIGUSR1 };
  struct sigaction action;
  if (is_watched == is_now)
    return;
  is_now = is_watched;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_termination;
  sigemptyset(&action.sa_mask);
  for (int k = 0; k < 2; k++)
    sigaction(numbers[k], is_watched ? &action : &before[k], is_watched ? &before[k] : NULL);
}

bool signals_terminated(void) { return is_terminated != 0; }

void signals_at_prompt(bool is_at_prompt) { is_prompt = is_at_prompt; }

bool signals_interrupted(void) { return has_been != 0; }

int signals_raise(lua_State *L) {
  if (interrupt_take())
    lua_sethook(running, NULL, 0, 0);
  return raise_interrupted(L);
}

void signals_uncaught(void) {
  if (is_insisting)
    lua_sethook(running, NULL, 0, 0);
  is_insisting = 0;
}

void signals_clear(void) {
  if (interrupt_take())
    lua_sethook(running, NULL, 0, 0);
  signals_uncaught();
  has_been = 0;
}
