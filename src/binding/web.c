#include "binding/web.h"

#include <lauxlib.h>
#include <stdbool.h>

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

/* server:publish(text) */
static int publish(lua_State *L) {
  Error e;
  size_t n;
  Server *s = check_server(L);
  const char *text = luaL_checklstring(L, 2, &n);
  return server_publish(s, text, n, &e) ? 0 : luaL_error(L, "%s", e.text);
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
