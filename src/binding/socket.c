#include "binding/socket.h"

#include <errno.h>
#include <lauxlib.h>
#include <limits.h>
#include <openssl/hmac.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#define SOCKET "lunapse.socket"

enum { MOST_POLLED = 16, LINGER_MS = 1000 };

static int fail(lua_State *L, const char *what) { return luaL_error(L, "cannot %s: %s", what, zmq_strerror(zmq_errno())); }

static void **check_socket(lua_State *L, int index) {
  void **socket = luaL_checkudata(L, index, SOCKET);
  luaL_argcheck(L, *socket, index, "the socket is closed");
  return socket;
}

/* One for the process: it is made for the first socket, and ends with the last one, so that nothing of it is there when the process is copied. */
static struct {
  void *handle;
  int n_sockets;
} context;

static int socket_close(lua_State *L) {
  void **socket = luaL_checkudata(L, 1, SOCKET);
  if (!*socket)
    return 0;
  zmq_close(*socket);
  *socket = NULL;
  if (--context.n_sockets == 0) {
    zmq_ctx_term(context.handle);
    context.handle = NULL;
  }
  return 0;
}

int binding_socket_bind(lua_State *L) {
  static const char *const names[] = { "router", "pub", "rep", NULL };
  static const int kinds[] = { ZMQ_ROUTER, ZMQ_PUB, ZMQ_REP };
  int kind = kinds[luaL_checkoption(L, 1, NULL, names)], linger = LINGER_MS, no_limit = 0, yes = 1;
  const char *address = luaL_checkstring(L, 2);
  void **socket = lua_newuserdatauv(L, sizeof *socket, 0);
  *socket = NULL;
  luaL_setmetatable(L, SOCKET);
  if (!context.handle && !(context.handle = zmq_ctx_new()))
    return fail(L, "use ZeroMQ");
  if (!(*socket = zmq_socket(context.handle, kind)))
    return fail(L, "make a socket");
  context.n_sockets++;
  zmq_setsockopt(*socket, ZMQ_LINGER, &linger, sizeof linger);
  zmq_setsockopt(*socket, ZMQ_SNDHWM, &no_limit, sizeof no_limit); /* what was printed is not dropped, however much it is */
  if (kind == ZMQ_ROUTER)
    zmq_setsockopt(*socket, ZMQ_ROUTER_HANDOVER, &yes, sizeof yes); /* who comes back under his name is heard */
  if (zmq_bind(*socket, address) != 0)
    return luaL_error(L, "cannot listen at %s: %s", address, zmq_strerror(zmq_errno()));
  return 1;
}

static int socket_send(lua_State *L) {
  void *socket = *check_socket(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_Integer n_parts = luaL_len(L, 2);
  for (lua_Integer k = 1; k <= n_parts; k++) {
    size_t n;
    lua_rawgeti(L, 2, k);
    const char *bytes = luaL_checklstring(L, -1, &n);
    while (zmq_send(socket, bytes, n, k < n_parts ? ZMQ_SNDMORE : 0) < 0)
      if (zmq_errno() != EINTR)
        return fail(L, "send a message");
    lua_pop(L, 1);
  }
  return 0;
}

static int socket_receive(lua_State *L) {
  void *socket = *check_socket(L, 1);
  int more = 1;
  lua_newtable(L);
  for (lua_Integer k = 1; more; k++) {
    zmq_msg_t part;
    zmq_msg_init(&part);
    if (zmq_msg_recv(&part, socket, ZMQ_DONTWAIT) < 0) {
      zmq_msg_close(&part);
      return zmq_errno() == EAGAIN || zmq_errno() == EINTR ? 0 : fail(L, "receive a message");
    }
    more = zmq_msg_more(&part);
    lua_pushlstring(L, zmq_msg_data(&part), zmq_msg_size(&part));
    zmq_msg_close(&part);
    lua_rawseti(L, -2, k);
  }
  return 1;
}

int binding_socket_poll(lua_State *L) {
  zmq_pollitem_t items[MOST_POLLED];
  luaL_checktype(L, 1, LUA_TTABLE);
  int n = (int)luaL_len(L, 1);
  luaL_argcheck(L, n <= MOST_POLLED, 1, "too many of them");
  for (int k = 0; k < n; k++) {
    lua_rawgeti(L, 1, k + 1);
    void **socket = luaL_testudata(L, -1, SOCKET);
    items[k] =
        (zmq_pollitem_t){ .socket = socket ? *socket : NULL, .fd = socket ? 0 : (int)luaL_checkinteger(L, -1), .events = ZMQ_POLLIN };
    lua_pop(L, 1);
  }
  if (zmq_poll(items, n, (long)luaL_checkinteger(L, 2)) < 0 && zmq_errno() != EINTR)
    return fail(L, "wait for messages");
  lua_createtable(L, n, 0);
  for (int k = 0; k < n; k++) {
    lua_pushboolean(L, items[k].revents != 0);
    lua_rawseti(L, -2, k + 1);
  }
  return 1;
}

int binding_hmac(lua_State *L) {
  size_t n_key, n;
  const char *key = luaL_checklstring(L, 1, &n_key), *text = luaL_checklstring(L, 2, &n);
  unsigned char digest[EVP_MAX_MD_SIZE];
  char digits[2 * EVP_MAX_MD_SIZE + 1];
  unsigned length = 0;
  luaL_argcheck(L, n_key <= INT_MAX, 1, "too long");
  if (!HMAC(EVP_sha256(), key, (int)n_key, (const unsigned char *)text, n, digest, &length))
    return luaL_error(L, "cannot sign a message");
  for (unsigned k = 0; k < length; k++)
    snprintf(digits + 2 * k, 3, "%02x", digest[k]);
  lua_pushlstring(L, digits, 2 * (size_t)length);
  return 1;
}

void binding_prepare_socket(lua_State *L) {
  static const luaL_Reg methods[] = {
    { "send", socket_send }, { "receive", socket_receive }, { "close", socket_close }, { "__gc", socket_close }, { NULL, NULL },
  };
  luaL_newmetatable(L, SOCKET);
  luaL_setfuncs(L, methods, 0);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}
