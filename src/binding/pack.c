#include "binding/pack.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array_block.h"
#include "base/memory.h"
#include "binding/array.h"
#include "binding/array_parts.h"

enum { MOST_LEVELS = 100 };

/* ---- writing: a tag, then what belongs to it -------------------------------------------------------------------------- */

typedef struct Writer {
  lua_State *L;
  char *bytes; /* of the userdata at `box`: freed by Lua when something raises */
  size_t n, room;
  int box;
  const char *name;
  int key[MOST_LEVELS]; /* stack indexes of the keys on the way to the present value */
  int n_keys;
} Writer;

static void put(Writer *w, const void *bytes, size_t n) {
  if (w->n + n > w->room) {
    w->room = (size_t)memory_larger((int64_t)w->room, (int64_t)(w->n + n));
    char *more = lua_newuserdatauv(w->L, w->room, 0);
    memcpy(more, w->bytes, w->n);
    w->bytes = more;
    lua_replace(w->L, w->box);
  }
  memcpy(w->bytes + w->n, bytes, n);
  w->n += n;
}

static void put_tag(Writer *w, char tag) { put(w, &tag, 1); }
static void put_size(Writer *w, uint64_t n) { put(w, &n, sizeof n); }

/* "result.w[3]: ..." */
static int refuse(Writer *w, const char *why) {
  lua_State *L = w->L;
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  luaL_addstring(&b, w->name);
  for (int k = 0; k < w->n_keys; k++) {
    bool is_word = lua_type(L, w->key[k]) == LUA_TSTRING;
    luaL_addstring(&b, is_word ? "." : "[");
    luaL_tolstring(L, w->key[k], NULL);
    luaL_addvalue(&b);
    if (!is_word)
      luaL_addchar(&b, ']');
  }
  luaL_pushresult(&b);
  return luaL_error(L, "%s: %s", lua_tostring(L, -1), why);
}

static void put_array(Writer *w, Array *a) {
  Array *whole = array_is_contiguous(a) ? array_retain(a) : array_duplicate(a, a->type);
  binding_push_array(w->L, whole); /* Lua's, so that it goes when something raises */
  put_tag(w, 'a');
  put_size(w, a->type);
  put_size(w, (uint64_t)a->n_axes);
  for (int d = 0; d < a->n_axes; d++)
    put_size(w, (uint64_t)a->shape[d]);
  put(w, whole->at, array_type_size(a->type) * (size_t)array_count(a));
  lua_pop(w->L, 1);
}

static void put_value(Writer *w, int index);

static void put_table(Writer *w, int index) {
  lua_State *L = w->L;
  if (w->n_keys == MOST_LEVELS)
    refuse(w, "tables are nested too deeply, or one contains itself");
  if (lua_getmetatable(L, index))
    refuse(w, "an object of a class belongs to its process; hand on the numbers, strings, tables and arrays that you want of it");
  luaL_checkstack(L, 8, NULL);
  put_tag(w, '{');
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
    int key = lua_gettop(L) - 1;
    w->key[w->n_keys++] = key;
    if (lua_type(L, key) != LUA_TNUMBER && lua_type(L, key) != LUA_TSTRING && lua_type(L, key) != LUA_TBOOLEAN)
      refuse(w, "keys must be numbers, strings or booleans");
    put_value(w, key);
    put_value(w, key + 1);
    w->n_keys--;
  }
  put_tag(w, '}');
}

static void put_value(Writer *w, int index) {
  lua_State *L = w->L;
  switch (lua_type(L, index)) {
  case LUA_TNIL: put_tag(w, 'n'); return;
  case LUA_TBOOLEAN: put_tag(w, lua_toboolean(L, index) ? 't' : 'f'); return;
  case LUA_TNUMBER:
    if (lua_isinteger(L, index)) {
      lua_Integer i = lua_tointeger(L, index);
      put_tag(w, 'i');
      put(w, &i, sizeof i);
    } else {
      lua_Number x = lua_tonumber(L, index);
      put_tag(w, 'd');
      put(w, &x, sizeof x);
    }
    return;
  case LUA_TSTRING: {
    size_t n;
    const char *text = lua_tolstring(L, index, &n);
    put_tag(w, 's');
    put_size(w, n);
    put(w, text, n);
    return;
  }
  case LUA_TTABLE: put_table(w, index); return;
  default: {
    Array *a = binding_test_element_array(L, index);
    if (a != NULL && a->is_repeated)
      a = binding_test_array(L, index);
    if (a != NULL)
      put_array(w, a);
    else
      refuse(w, lua_pushfstring(L, "a %s cannot be handed on", luaL_typename(L, index)));
  }
  }
}

void binding_pack(lua_State *L, int index, const char *name) {
  Writer w = { .L = L, .name = name, .room = 256 };
  index = lua_absindex(L, index);
  w.bytes = lua_newuserdatauv(L, w.room, 0);
  w.box = lua_gettop(L);
  put_value(&w, index);
  lua_pushlstring(L, w.bytes, w.n);
  lua_replace(L, w.box);
}

/* ---- reading ---------------------------------------------------------------------------------------------------------- */

typedef struct Reader {
  lua_State *L;
  const char *at, *end;
} Reader;

static void take(Reader *r, void *out, size_t n) {
  if ((size_t)(r->end - r->at) < n)
    luaL_error(r->L, "the bytes of a value are cut off");
  if (n > 0)
    memcpy(out, r->at, n);
  r->at += n;
}

static uint64_t take_size(Reader *r) {
  uint64_t n;
  take(r, &n, sizeof n);
  return n;
}

static void take_array(Reader *r) {
  uint64_t type = take_size(r), n_axes = take_size(r);
  bool is_good = type <= ARRAY_C128 && n_axes >= 1 && n_axes <= ARRAY_MOST_AXES;
  int64_t shape[ARRAY_MOST_AXES];
  double bytes = is_good ? (double)array_type_size((ArrayType)type) : 0;
  for (uint64_t d = 0; is_good && d < n_axes; d++) {
    uint64_t n = take_size(r);
    is_good = n <= (uint64_t)1 << 40;
    shape[d] = (int64_t)n;
    bytes *= (double)n;
  }
  if (!is_good || bytes > (double)(r->end - r->at))
    luaL_error(r->L, "the bytes of an array are damaged");
  Array *a = array_new_shaped((ArrayType)type, (int)n_axes, shape);
  binding_push_array(r->L, a);
  take(r, a->at, array_type_size(a->type) * (size_t)array_count(a));
}

static bool take_value(Reader *r) {
  lua_State *L = r->L;
  char tag;
  luaL_checkstack(L, 4, NULL);
  take(r, &tag, 1);
  switch (tag) {
  case 'n': lua_pushnil(L); return true;
  case 't': lua_pushboolean(L, 1); return true;
  case 'f': lua_pushboolean(L, 0); return true;
  case 'i': {
    lua_Integer i;
    take(r, &i, sizeof i);
    lua_pushinteger(L, i);
    return true;
  }
  case 'd': {
    lua_Number x;
    take(r, &x, sizeof x);
    lua_pushnumber(L, x);
    return true;
  }
  case 's': {
    uint64_t n = take_size(r);
    if (n > (size_t)(r->end - r->at))
      luaL_error(L, "the bytes of a string are cut off");
    lua_pushlstring(L, r->at, n);
    r->at += n;
    return true;
  }
  case 'a': take_array(r); return true;
  case '{':
    lua_newtable(L);
    while (take_value(r)) {
      if (!take_value(r))
        break;
      lua_rawset(L, -3);
    }
    return true;
  case '}': return false;
  default: return luaL_error(L, "the bytes of a value are damaged");
  }
}

void binding_unpack(lua_State *L, const char *bytes, size_t n) {
  Reader r = { .L = L, .at = bytes, .end = bytes + n };
  if (!take_value(&r) || r.at != r.end)
    luaL_error(L, "the bytes of a value are damaged");
}
