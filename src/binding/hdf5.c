#include <lauxlib.h>
#include <string.h>

#include "base/array_block.h"
#include "base/whole_file.h"
#include "binding/array.h"
#include "binding/array_parts.h"
#include "binding/files.h"
#include "binding/path.h"
#include "files/hdf5.h"

#define VALUE "lunapse.hdf5_value"

static int fail(lua_State *L, const Error *e) { return luaL_error(L, "%s", e->text); }

/* ---- boxes ---- */

Hdf5 *binding_check_hdf5(lua_State *L, int index) {
  Hdf5 **box = luaL_checkudata(L, index, BINDING_HDF5);
  luaL_argcheck(L, *box != NULL, index, "the file is closed");
  return *box;
}

/* What was read and is not yet Lua's: the collector frees it when pushing it fails. */
static int value_gc(lua_State *L) {
  hdf5_value_free(luaL_checkudata(L, 1, VALUE));
  return 0;
}

/* hdf5.open(path, "read"|"create"|"append"|"live"|"resume") */
static int file_open(lua_State *L) {
  static const char *const names[] = { "read", "create", "append", "live", "resume", NULL };
  static const Hdf5Mode modes[] = { HDF5_READ, HDF5_CREATE, HDF5_APPEND, HDF5_LIVE, HDF5_RESUME };
  Error e;
  const char *path = binding_check_path(L, 1);
  Hdf5Mode mode = modes[luaL_checkoption(L, 2, "read", names)];
  Hdf5 **box = lua_newuserdatauv(L, sizeof *box, 0);
  *box = NULL;
  luaL_setmetatable(L, BINDING_HDF5);
  *box = hdf5_open(path, mode, &e);
  if (*box == NULL)
    fail(L, &e);
  return 1;
}

static int end(lua_State *L, bool is_good, bool is_loud) {
  Error e;
  Hdf5 **box = luaL_checkudata(L, 1, BINDING_HDF5), *f = *box;
  *box = NULL;
  if (!hdf5_close(f, is_good, &e) && is_good && is_loud)
    fail(L, &e);
  return 0;
}

/* file:close([is_good]) */
static int file_close(lua_State *L) { return end(L, lua_isnoneornil(L, 2) || lua_toboolean(L, 2), true); }

/* Left by an error, a created file is not whole. */
static int file_leave(lua_State *L) { return end(L, lua_isnoneornil(L, 2), true); }

/* A created file that nobody closed is not known to be whole. */
static int file_gc(lua_State *L) { return end(L, false, false); }

/* ---- pushing ---- */

static const char *const kinds[] = {
  [HDF5_GROUP] = "group", [HDF5_NUMBERS] = "numbers", [HDF5_TEXTS] = "texts",   [HDF5_PATHS] = "references", [HDF5_COLUMNS] = "columns",
  [HDF5_LISTS] = "lists", [HDF5_EMPTY] = "empty",     [HDF5_BROKEN] = "broken", [HDF5_OTHER] = "other",
};

/* { kind =, type =, shape = { ... } } into the table on top of the stack. */
static void push_info(lua_State *L, const Hdf5Info *info) {
  lua_pushstring(L, kinds[info->kind]);
  lua_setfield(L, -2, "kind");
  if (info->kind == HDF5_NUMBERS || info->kind == HDF5_LISTS) {
    lua_pushstring(L, array_type_name(info->type));
    lua_setfield(L, -2, "type");
  }
  lua_pushfstring(L, "%I:%I", (LUAI_UACINT)info->id[0], (LUAI_UACINT)info->id[1]);
  lua_setfield(L, -2, "id");
  if (info->kind == HDF5_GROUP || info->kind == HDF5_EMPTY || info->kind == HDF5_BROKEN)
    return;
  lua_createtable(L, info->n_dims, 0);
  for (int k = 0; k < info->n_dims; k++) {
    lua_pushinteger(L, info->shape[k]);
    lua_rawseti(L, -2, k + 1);
  }
  lua_setfield(L, -2, "shape");
}

static void push_value(lua_State *L, Hdf5Value *v);

/* One element of texts or lists; a list goes to Lua. */
static void push_element(lua_State *L, Hdf5Value *v, int64_t k) {
  if (v->texts != NULL)
    lua_pushlstring(L, v->texts[k].at, v->texts[k].n);
  else {
    Array *list = v->lists[k];
    v->lists[k] = NULL;
    binding_push_array(L, list);
  }
}

/* Tables in tables, an axis each. */
static void push_nested(lua_State *L, Hdf5Value *v, int axis, int64_t *k) {
  if (axis == v->info.n_dims) {
    push_element(L, v, (*k)++);
    return;
  }
  luaL_checkstack(L, 4, "axes");
  lua_createtable(L, v->info.shape[axis] < 1 << 26 ? (int)v->info.shape[axis] : 0, 0);
  for (int64_t i = 0; i < v->info.shape[axis] && v->n > 0; i++) {
    push_nested(L, v, axis + 1, k);
    lua_rawseti(L, -2, i + 1);
  }
}

static void push_numbers(lua_State *L, Hdf5Value *v) {
  Array *a = v->numbers;
  if (v->info.n_dims == 0) {
    binding_array_push_element(L, a->type, a->at);
    return;
  }
  v->numbers = NULL;
  binding_push_array(L, a);
}

/* { a = array, b = { texts }, columns = { "a", "b" } } */
static void push_columns(lua_State *L, Hdf5Value *v) {
  luaL_checkstack(L, 8, "columns");
  lua_createtable(L, 0, v->n_columns + 1);
  lua_createtable(L, v->n_columns, 0);
  for (int k = 0; k < v->n_columns; k++) {
    lua_pushstring(L, v->names[k]);
    lua_rawseti(L, -2, k + 1);
  }
  lua_setfield(L, -2, "columns");
  for (int k = 0; k < v->n_columns; k++) {
    push_value(L, &v->values[k]);
    lua_setfield(L, -2, v->names[k]);
  }
}

static void push_value(lua_State *L, Hdf5Value *v) {
  int64_t k = 0;
  switch (v->info.kind) {
  case HDF5_NUMBERS: push_numbers(L, v); break;
  case HDF5_COLUMNS: push_columns(L, v); break;
  case HDF5_EMPTY: lua_pushnil(L); break;
  default: push_nested(L, v, 0, &k); break;
  }
}

/* ---- what is there ---- */

/* file:list([group]) or file:attributes([path]) -> { { name =, kind =, type =, shape = } } */
static int push_list(lua_State *L, bool is_attributes) {
  Error e;
  Hdf5 *f = binding_check_hdf5(L, 1);
  const char *group = luaL_optstring(L, 2, "");
  Hdf5Names names;
  if (!hdf5_names(f, group, is_attributes, &names, &e))
    fail(L, &e);
  lua_createtable(L, 0, 0);
  for (int64_t k = 0; k < names.n; k++) { /* names first: what raises below finds them in Lua's hands */
    lua_pushstring(L, names.names[k]);
    lua_rawseti(L, -2, k + 1);
  }
  int64_t n = names.n;
  hdf5_names_free(&names);
  for (int64_t k = 1; k <= n; k++) {
    Hdf5Info info;
    lua_rawgeti(L, -1, k);
    const char *name = lua_tostring(L, -1), *path = is_attributes || *group == '\0' ? NULL : lua_pushfstring(L, "%s/%s", group, name);
    if (!hdf5_info(f, is_attributes ? group : path != NULL ? path : name, is_attributes ? name : NULL, &info, &e))
      fail(L, &e);
    if (path != NULL)
      lua_pop(L, 1);
    lua_createtable(L, 0, 5);
    lua_insert(L, -2);
    lua_setfield(L, -2, "name");
    push_info(L, &info);
    lua_rawseti(L, -2, k);
  }
  return 1;
}

static int file_list(lua_State *L) { return push_list(L, false); }
static int file_attributes(lua_State *L) { return push_list(L, true); }

/* file:info(path [, attribute]) -> { kind =, type =, shape = }, or nil where there is nothing */
static int file_info(lua_State *L) {
  Error e;
  Hdf5Info info;
  Hdf5 *f = binding_check_hdf5(L, 1);
  const char *path = luaL_checkstring(L, 2), *attribute = luaL_optstring(L, 3, NULL);
  if (!hdf5_has(f, path, attribute))
    return lua_pushnil(L), 1;
  if (!hdf5_info(f, path, attribute, &info, &e))
    fail(L, &e);
  lua_createtable(L, 0, 4);
  push_info(L, &info);
  return 1;
}

/* ---- reading ---- */

static int read_any(lua_State *L, Hdf5 *f, const char *path, const char *attribute, const Hdf5Part *part) {
  Error e;
  Hdf5Value *v = lua_newuserdatauv(L, sizeof *v, 0);
  memset(v, 0, sizeof *v);
  luaL_setmetatable(L, VALUE);
  if (!hdf5_read(f, path, attribute, part, v, &e))
    fail(L, &e);
  push_value(L, v);
  hdf5_value_free(v);
  return 1;
}

/* file:read(path [, first [, count [, is_float]]]): first from 1 */
static int file_read(lua_State *L) {
  Hdf5 *f = binding_check_hdf5(L, 1);
  const char *path = luaL_checkstring(L, 2);
  Hdf5Part part = { luaL_optinteger(L, 3, 1) - 1, luaL_optinteger(L, 4, -1), lua_toboolean(L, 5) };
  return read_any(L, f, path, NULL, &part);
}

/* file:attribute(path, name) */
static int file_attribute(lua_State *L) {
  return read_any(L, binding_check_hdf5(L, 1), luaL_checkstring(L, 2), luaL_checkstring(L, 3), NULL);
}

/* ---- writing ---- */

static Hdf5Storage check_storage(lua_State *L, int index) {
  Hdf5Storage how = { 0 };
  if (lua_isnoneornil(L, index))
    return how;
  luaL_checktype(L, index, LUA_TTABLE);
  lua_getfield(L, index, "chunk");
  how.chunk = luaL_optinteger(L, -1, 0);
  lua_getfield(L, index, "compress");
  how.compress = lua_isboolean(L, -1) ? lua_toboolean(L, -1) * 4 : (int)luaL_optinteger(L, -1, 0);
  lua_getfield(L, index, "unsigned");
  how.is_unsigned = lua_toboolean(L, -1);
  lua_pop(L, 3);
  if (how.chunk < 0)
    luaL_error(L, "chunk must be a number of rows, got %I", (LUAI_UACINT)how.chunk);
  if (how.compress < 0 || how.compress > 9)
    luaL_error(L, "compress must lie in 0..9, got %d", how.compress);
  return how;
}

/* The array at `index` without gaps; what is made for that takes its place. */
static const Array *contiguous(lua_State *L, int index) {
  Array *a = binding_check_element_array(L, index);
  if (array_is_contiguous(a))
    return a;
  binding_push_array(L, array_duplicate(a, a->type));
  lua_replace(L, index);
  return binding_check_element_array(L, index);
}

static void write_array(lua_State *L, Hdf5 *f, const char *path, const char *attribute, int index, const Hdf5Storage *how) {
  Error e;
  const Array *a = contiguous(L, index);
  if (!hdf5_write(f, path, attribute, a->type, a->n_axes, a->shape, a->at, how, &e))
    fail(L, &e);
}

static void write_number(lua_State *L, Hdf5 *f, const char *path, const char *attribute, int index) {
  Error e;
  int64_t whole = lua_tointeger(L, index);
  double number = lua_tonumber(L, index);
  uint8_t truth = (uint8_t)lua_toboolean(L, index);
  bool is_truth = lua_isboolean(L, index), is_whole = lua_isinteger(L, index);
  ArrayType type = is_truth ? ARRAY_BOOL : is_whole ? ARRAY_I64 : ARRAY_F64;
  const void *from = is_truth ? (const void *)&truth : is_whole ? (const void *)&whole : &number;
  if (!hdf5_write(f, path, attribute, type, 0, NULL, from, NULL, &e))
    fail(L, &e);
}

/* A text, or a table of them; the table keeps the strings alive. */
static void write_texts(lua_State *L, Hdf5 *f, const char *path, const char *attribute, int index) {
  Error e;
  bool is_one = lua_type(L, index) == LUA_TSTRING;
  int64_t n = is_one ? 1 : (int64_t)lua_rawlen(L, index);
  Hdf5Text *texts = lua_newuserdatauv(L, sizeof *texts * (size_t)(n + 1), 0);
  for (int64_t k = 0; k < n; k++) {
    if (is_one)
      lua_pushvalue(L, index);
    else
      lua_rawgeti(L, index, k + 1);
    if (lua_type(L, -1) != LUA_TSTRING)
      luaL_error(L, "element %I of the table is a %s, and the first one is a string", (LUAI_UACINT)(k + 1), luaL_typename(L, -1));
    texts[k].at = (char *)lua_tolstring(L, -1, &texts[k].n);
    lua_pop(L, 1);
  }
  if (!hdf5_write_texts(f, path, attribute, is_one ? 0 : 1, &n, texts, &e))
    fail(L, &e);
}

static void write_any(lua_State *L, Hdf5 *f, const char *path, const char *attribute, int index, const Hdf5Storage *how) {
  int first = LUA_TNIL;
  if (lua_istable(L, index)) {
    first = lua_rawgeti(L, index, 1);
    lua_pop(L, 1);
  }
  if (lua_type(L, index) == LUA_TNUMBER || lua_isboolean(L, index))
    write_number(L, f, path, attribute, index);
  else if (lua_type(L, index) == LUA_TSTRING || first == LUA_TSTRING)
    write_texts(L, f, path, attribute, index);
  else {
    if (lua_istable(L, index)) {
      binding_to_array(L, index, binding_array_table_type(L, index));
      lua_replace(L, index);
    }
    write_array(L, f, path, attribute, index, how);
  }
}

/* file:write(path, value [, { chunk =, compress =, unsigned = }]) */
static int file_write(lua_State *L) {
  Hdf5 *f = binding_check_hdf5(L, 1);
  const char *path = luaL_checkstring(L, 2);
  Hdf5Storage how = check_storage(L, 4);
  luaL_checkany(L, 3);
  write_any(L, f, path, NULL, 3, &how);
  return 0;
}

/* One of the names in the table at 5. */
static void write_choice(lua_State *L, Hdf5 *f, const char *path, const char *attribute) {
  enum { MOST = 32 };
  Error e;
  const char *names[MOST], *value = luaL_checkstring(L, 4);
  int n = (int)lua_rawlen(L, 5), chosen = -1;
  luaL_argcheck(L, n <= MOST, 5, "too many names");
  for (int k = 0; k < n; k++) {
    lua_rawgeti(L, 5, k + 1);
    names[k] = luaL_checkstring(L, -1); /* the table keeps it */
    lua_pop(L, 1);
    if (strcmp(names[k], value) == 0)
      chosen = k;
  }
  luaL_argcheck(L, chosen >= 0, 4, "none of the names");
  if (!hdf5_write_choice(f, path, attribute, n, names, chosen, &e))
    fail(L, &e);
}

/* file:set_attribute(path, name, value [, { names }]): with names, an enumeration of them */
static int file_set_attribute(lua_State *L) {
  Hdf5 *f = binding_check_hdf5(L, 1);
  if (lua_istable(L, 5))
    return write_choice(L, f, luaL_checkstring(L, 2), luaL_checkstring(L, 3)), 0;
  luaL_checkany(L, 4);
  write_any(L, f, luaL_checkstring(L, 2), luaL_checkstring(L, 3), 4, NULL);
  return 0;
}

/* file:group(path) */
static int file_group(lua_State *L) {
  Error e;
  if (!hdf5_make_group(binding_check_hdf5(L, 1), luaL_checkstring(L, 2), &e))
    fail(L, &e);
  return 0;
}

/* file:remove(path [, attribute]) */
static int file_remove(lua_State *L) {
  Error e;
  if (!hdf5_remove(binding_check_hdf5(L, 1), luaL_checkstring(L, 2), luaL_optstring(L, 3, NULL), &e))
    fail(L, &e);
  return 0;
}

/* file:extensible(path, type [, { shape of a row } [, { chunk =, compress =, unsigned = }]]) */
static int file_extensible(lua_State *L) {
  Error e;
  int64_t row[HDF5_MOST_AXES];
  int n = 0;
  Hdf5 *f = binding_check_hdf5(L, 1);
  const char *path = luaL_checkstring(L, 2);
  ArrayType type = binding_array_check_type(L, 3, ARRAY_F64);
  if (!lua_isnoneornil(L, 4)) {
    luaL_checktype(L, 4, LUA_TTABLE);
    n = (int)lua_rawlen(L, 4);
    luaL_argcheck(L, n < HDF5_MOST_AXES, 4, "too many axes");
    for (int k = 0; k < n; k++) {
      lua_rawgeti(L, 4, k + 1);
      row[k] = luaL_checkinteger(L, -1);
      lua_pop(L, 1);
    }
  }
  Hdf5Storage how = check_storage(L, 5);
  if (!hdf5_extensible(f, path, type, n, row, &how, &e))
    fail(L, &e);
  return 0;
}

/* file:append(path, rows) */
static int file_append(lua_State *L) {
  Error e;
  Hdf5Info info;
  Hdf5 *f = binding_check_hdf5(L, 1);
  const char *path = luaL_checkstring(L, 2);
  if (!hdf5_info(f, path, NULL, &info, &e))
    fail(L, &e);
  if (lua_isnumber(L, 3) || lua_istable(L, 3)) {
    binding_to_array(L, 3, info.type);
    lua_replace(L, 3);
  }
  const Array *a = contiguous(L, 3);
  if (a->type != info.type)
    luaL_error(L, "'%s' in '%s' holds %s, got rows of %s", path, hdf5_path(f), array_type_name(info.type), array_type_name(a->type));
  bool is_like = a->n_axes == info.n_dims;
  for (int k = 1; k < info.n_dims && is_like; k++)
    is_like = a->shape[k] == info.shape[k];
  if (!is_like)
    luaL_error(L, "'%s' in '%s': the shape of the rows is another one", path, hdf5_path(f));
  if (!hdf5_append(f, path, a->type, a->at, a->shape[0], &e))
    fail(L, &e);
  return 0;
}

/* ---- the file ---- */

static int file_flush(lua_State *L) {
  Error e;
  if (!hdf5_flush(binding_check_hdf5(L, 1), &e))
    fail(L, &e);
  return 0;
}

/* file:sync() */
static int file_sync(lua_State *L) {
  Error e;
  if (!hdf5_sync(binding_check_hdf5(L, 1), &e))
    fail(L, &e);
  return 0;
}

/* file:cut(path, n) */
static int file_cut(lua_State *L) {
  Error e;
  if (!hdf5_cut(binding_check_hdf5(L, 1), luaL_checkstring(L, 2), luaL_checkinteger(L, 3), &e))
    fail(L, &e);
  return 0;
}

/* file:share() */
static int file_share(lua_State *L) {
  Error e;
  if (!hdf5_share(binding_check_hdf5(L, 1), &e))
    fail(L, &e);
  return 0;
}

static int file_text(lua_State *L) {
  Hdf5 **box = luaL_checkudata(L, 1, BINDING_HDF5);
  if (*box == NULL)
    lua_pushliteral(L, "HDF5 file (closed)");
  else
    lua_pushfstring(L, "HDF5 file '%s'", hdf5_path(*box));
  return 1;
}

static const luaL_Reg methods[] = {
  { "append", file_append },
  { "attribute", file_attribute },
  { "attributes", file_attributes },
  { "close", file_close },
  { "cut", file_cut },
  { "extensible", file_extensible },
  { "flush", file_flush },
  { "group", file_group },
  { "info", file_info },
  { "list", file_list },
  { "read", file_read },
  { "remove", file_remove },
  { "set_attribute", file_set_attribute },
  { "share", file_share },
  { "sync", file_sync },
  { "write", file_write },
  { NULL, NULL },
};

static const luaL_Reg events[] = {
  { "__gc", file_gc },
  { "__close", file_leave },
  { "__tostring", file_text },
  { NULL, NULL },
};

/* hdf5.sweep(path) */
static int sweep(lua_State *L) {
  whole_file_sweep(binding_check_path(L, 1));
  return 0;
}

/* hdf5.is_held(path [, seconds]) */
static int is_held(lua_State *L) { return lua_pushboolean(L, hdf5_is_held(binding_check_path(L, 1), luaL_optnumber(L, 2, 0))), 1; }

static const luaL_Reg functions[] = {
  { "is_held", is_held },
  { "open", file_open },
  { "sweep", sweep },
  { NULL, NULL },
};

int binding_open_hdf5(lua_State *L) {
  if (luaL_newmetatable(L, VALUE)) {
    lua_pushcfunction(L, value_gc);
    lua_setfield(L, -2, "__gc");
  }
  if (luaL_newmetatable(L, BINDING_HDF5)) {
    luaL_setfuncs(L, events, 0);
    luaL_newlib(L, methods);
    lua_setfield(L, -2, "__index");
  }
  lua_pop(L, 2);
  luaL_newlib(L, functions);
  return 1;
}
