#include "binding/web.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>

#include "base/memory.h"
#include "binding/array.h"
#include "web/server.h"

#define SERVER "lunapse.server"

enum { LAST_PORT = 65535, LONGEST_WAIT = 1000 };

static Server *check_server(lua_State *L) {
  Server **server = luaL_checkudata(L, 1, SERVER);
  luaL_argcheck(L, *server, 1, "the server is closed");
  return *server;
}

/* web.open(port, page) -> server */
static int web_open(lua_State *L) {
  Error e;
  size_t n;
  lua_Integer port = luaL_checkinteger(L, 1);
  const char *page = luaL_checklstring(L, 2, &n);
  luaL_argcheck(L, port >= 0 && port <= LAST_PORT, 1, "a port expected");
  Server **server = lua_newuserdatauv(L, sizeof(Server *), 0);
  *server = NULL;
  luaL_setmetatable(L, SERVER);
  if (!(*server = server_open((int)port, page, n, &e)))
    return luaL_error(L, "%s", e.text);
  return 1;
}

static int close_server(lua_State *L) {
  Server **server = luaL_checkudata(L, 1, SERVER);
  if (*server)
    server_close(*server);
  *server = NULL;
  return 0;
}

/* server:address() */
static int address(lua_State *L) {
  Server *s = check_server(L);
  lua_pushfstring(L, "http://127.0.0.1:%d/%s/", server_port(s), server_token(s));
  return 1;
}

/* server:asked() -> what is wanted to be seen ("" when nobody said); nil when nobody has asked since something was published */
static int asked(lua_State *L) {
  char wish[SERVER_LONGEST_WISH];
  if (!server_is_asked(check_server(L), wish))
    return 0;
  lua_pushstring(L, wish);
  return 1;
}

static int is_paused(lua_State *L) {
  lua_pushboolean(L, server_is_paused(check_server(L)));
  return 1;
}

/* server:pause(is_paused) */
static int set_paused(lua_State *L) {
  server_set_paused(check_server(L), lua_toboolean(L, 2));
  return 0;
}

/* A new array of float32 for each of the list at `index`, in a new list on the stack; how many numbers they are. */
static int64_t push_floats(lua_State *L, int index) {
  Error e;
  int64_t n = 0;
  lua_Integer n_lists = luaL_len(L, index);
  lua_createtable(L, (int)n_lists, 0);
  for (lua_Integer k = 1; k <= n_lists; k++) {
    lua_geti(L, index, k);
    const Array *a = binding_check_array(L, -1);
    Array *floats = array_new_shaped(ARRAY_F32, a->n_axes, a->shape);
    binding_push_array(L, floats);
    if (!array_copy(floats, a, &e))
      return luaL_error(L, "%s", e.text);
    lua_seti(L, -3, k);
    lua_pop(L, 1);
    n += array_count(floats);
  }
  return n;
}

/* server:publish(line, { array, ... }): the line and a line feed, spaces up to a place that four divides, and the arrays' elements as float32, as this machine has
** them (the browser is on it) */
static int publish(lua_State *L) {
  Error e;
  size_t n;
  Server *s = check_server(L);
  const char *line = luaL_checklstring(L, 2, &n);
  luaL_checktype(L, 3, LUA_TTABLE);
  size_t n_line = (n + sizeof(float)) / sizeof(float) * sizeof(float), n_floats = sizeof(float) * (size_t)push_floats(L, 3);
  char *state = memory_new(n_line + n_floats), *to = state;
  if (!state) {
    error_memory(&e, "the live view", (double)(n_line + n_floats));
    return luaL_error(L, "%s", e.text);
  }
  memcpy(to, line, n);
  to[n] = '\n';
  memset(to + n + 1, ' ', n_line - n - 1);
  to += n_line;
  for (lua_Integer k = 1; k <= luaL_len(L, 3); k++) {
    lua_geti(L, -1, k);
    const Array *floats = binding_check_array(L, -1);
    memcpy(to, floats->at, sizeof(float) * (size_t)array_count(floats));
    to += sizeof(float) * (size_t)array_count(floats);
    lua_pop(L, 1);
  }
  server_publish(s, state, n_line + n_floats);
  return 0;
}

/* server:wait(ms): sleep, while it is paused */
static int wait_paused(lua_State *L) {
  Server *s = check_server(L);
  lua_Integer ms = luaL_checkinteger(L, 2);
  luaL_argcheck(L, ms >= 0 && ms <= LONGEST_WAIT, 2, "a short time expected");
  server_wait(s, (int)ms);
  return 0;
}

int binding_open_web(lua_State *L) {
  static const luaL_Reg methods[] = {
    { "address", address },  { "asked", asked },        { "is_paused", is_paused }, { "pause", set_paused }, { "publish", publish },
    { "wait", wait_paused }, { "close", close_server }, { "__gc", close_server },   { NULL, NULL },
  };
  luaL_newmetatable(L, SERVER);
  luaL_setfuncs(L, methods, 0);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushcfunction(L, web_open);
  lua_setfield(L, -2, "open");
  return 1;
}
