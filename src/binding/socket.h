/* Sockets of ZeroMQ for messages of several parts, and the signatures of the messages: what the notebook's protocol is carried by. One thread. */
#ifndef LUNAPSE_BINDING_SOCKET_H
#define LUNAPSE_BINDING_SOCKET_H
#include <lua.h>

/* Makes the metatable of sockets. */
void binding_prepare_socket(lua_State *L);

/* bind(kind, address) -> socket; kind is "router", "pub" or "rep". Closed by the collector or socket:close(), which give what was sent a second to leave.
** socket:send { part, ... }
** socket:receive() -> { part, ... }; nil when nothing is there */
int binding_socket_bind(lua_State *L);

/* poll(list, ms) -> list of booleans: which sockets or file descriptors can be read. A negative time waits for ever. A signal ends it early. */
int binding_socket_poll(lua_State *L);

/* hmac(key, text) -> HMAC with SHA-256, in hexadecimal digits */
int binding_hmac(lua_State *L);

#endif
