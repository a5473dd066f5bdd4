#include "binding/json.h"

#include <cjson/cJSON.h>
#include <lauxlib.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

enum {
  MOST_DEEP = 200, /* tables in tables; a table that holds itself ends here */
  MOST_SHOWN = 40, /* bytes of what is no JSON */
};

/* ---- from JSON ------------------------------------------------------------------------------------------------------- */

static void push(lua_State *L, const cJSON *item) {
  luaL_checkstack(L, 4, "the JSON is nested too deeply");
  if (cJSON_IsString(item)) {
    lua_pushstring(L, item->valuestring);
  } else if (cJSON_IsNumber(item)) {
    lua_Integer whole;
    if (lua_numbertointeger(item->valuedouble, &whole) && (lua_Number)whole == item->valuedouble)
      lua_pushinteger(L, whole);
    else
      lua_pushnumber(L, item->valuedouble);
  } else if (cJSON_IsBool(item)) {
    lua_pushboolean(L, cJSON_IsTrue(item));
  } else if (cJSON_IsArray(item) || cJSON_IsObject(item)) {
    lua_Integer n = 0;
    lua_newtable(L);
    for (const cJSON *child = item->child; child; child = child->next) {
      push(L, child);
      if (cJSON_IsArray(item))
        lua_rawseti(L, -2, ++n);
      else
        lua_setfield(L, -2, child->string);
    }
  } else {
    lua_pushnil(L);
  }
}

static int push_root(lua_State *L) {
  push(L, lua_touserdata(L, 1));
  return 1;
}

int binding_json_decode(lua_State *L) {
  size_t n;
  const char *text = luaL_checklstring(L, 1, &n);
  cJSON *root = cJSON_ParseWithLength(text, n);
  if (!root)
    return luaL_error(L, "this is no JSON: %s", lua_pushlstring(L, text, n < MOST_SHOWN ? n : MOST_SHOWN));
  lua_pushcfunction(L, push_root);
  lua_pushlightuserdata(L, root);
  int status = lua_pcall(L, 1, 1, 0);
  cJSON_Delete(root);
  return status == LUA_OK ? 1 : lua_error(L);
}

/* ---- to JSON --------------------------------------------------------------------------------------------------------- */

static bool is_array(lua_State *L, int index) {
  if (luaL_getmetafield(L, index, "__json") != LUA_TNIL) {
    lua_pop(L, 1);
    return true;
  }
  bool has_first = lua_rawgeti(L, index, 1) != LUA_TNIL;
  lua_pop(L, 1);
  return has_first;
}

/* The value on top as an item of `parent`, under `name` in an object. False when memory is short. */
static bool add(lua_State *L, cJSON *parent, const char *name, int depth);

static bool add_children(lua_State *L, cJSON *item, int depth) {
  int table = lua_gettop(L);
  if (cJSON_IsArray(item)) {
    for (lua_Integer k = 1, n = (lua_Integer)lua_rawlen(L, table); k <= n; k++) {
      lua_rawgeti(L, table, k);
      bool is_good = add(L, item, NULL, depth + 1);
      lua_pop(L, 1);
      if (!is_good)
        return false;
    }
    return true;
  }
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING)
      luaL_error(L, "JSON objects have strings as keys, not a %s", luaL_typename(L, -2));
    if (!add(L, item, lua_tostring(L, -2), depth + 1))
      return false;
  }
  return true;
}

static bool add(lua_State *L, cJSON *parent, const char *name, int depth) {
  cJSON *item;
  luaL_checkstack(L, 4, "the value is nested too deeply");
  switch (lua_type(L, -1)) {
  case LUA_TSTRING: item = cJSON_CreateString(lua_tostring(L, -1)); break;
  case LUA_TNUMBER: item = isfinite(lua_tonumber(L, -1)) ? cJSON_CreateNumber(lua_tonumber(L, -1)) : cJSON_CreateNull(); break;
  case LUA_TBOOLEAN: item = cJSON_CreateBool(lua_toboolean(L, -1)); break;
  case LUA_TTABLE: item = is_array(L, lua_gettop(L)) ? cJSON_CreateArray() : cJSON_CreateObject(); break;
  default: return luaL_error(L, "a %s has no form in JSON", luaL_typename(L, -1)) != 0;
  }
  if (!item)
    return false;
  if (!(name ? cJSON_AddItemToObject(parent, name, item) : cJSON_AddItemToArray(parent, item))) {
    cJSON_Delete(item);
    return false;
  }
  if (depth > MOST_DEEP)
    luaL_error(L, "the value is nested too deeply for JSON");
  return lua_type(L, -1) != LUA_TTABLE || add_children(L, item, depth);
}

/* The value stands at index 1, the root, an array that takes it, at 2. */
static int add_root(lua_State *L) {
  cJSON *root = lua_touserdata(L, 2);
  lua_settop(L, 1);
  lua_pushboolean(L, add(L, root, NULL, 0));
  return 1;
}

int binding_json_encode(lua_State *L) {
  luaL_checkany(L, 1);
  lua_settop(L, 1);
  cJSON *root = cJSON_CreateArray();
  if (!root)
    return luaL_error(L, "not enough memory");
  lua_pushcfunction(L, add_root);
  lua_pushvalue(L, 1);
  lua_pushlightuserdata(L, root);
  int status = lua_pcall(L, 2, 1, 0);
  char *text = status == LUA_OK && lua_toboolean(L, -1) ? cJSON_PrintUnformatted(root->child) : NULL;
  cJSON_Delete(root);
  if (status != LUA_OK)
    return lua_error(L);
  if (!text)
    return luaL_error(L, "not enough memory");
  lua_pushstring(L, text);
  cJSON_free(text);
  return 1;
}
