#include "binding/array.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

#include "base/array_shape.h"
#include "base/machine.h"
#include "binding/array_parts.h"

/* ---- boxes ---- */

/* The collector sees a userdata of eight bytes where megabytes hang on it, so array memory is watched here: when what lives has
** grown by as much as was alive after the last collection (within bounds), garbage is collected. */
static _Atomic int64_t collect_at = (int64_t)32 << 20;

static void watch_memory(lua_State *L) {
  if (array_live_bytes() < collect_at || !lua_gc(L, LUA_GCISRUNNING))
    return;
  collect_at = INT64_MAX; /* finalizers may make arrays */
  lua_gc(L, LUA_GCCOLLECT);
  int64_t live = array_live_bytes(), least = (int64_t)32 << 20, most = (int64_t)1 << 30;
  collect_at = live + (live < least ? least : live > most ? most : live);
}

Array **binding_array_box(lua_State *L) {
  watch_memory(L);
  Array **box = lua_newuserdatauv(L, sizeof *box, 0);
  *box = NULL;
  if (luaL_getmetatable(L, BINDING_ARRAY) == LUA_TNIL) { /* other modules may push arrays before anybody asked for this one */
    lua_pop(L, 1);
    luaL_requiref(L, "lunapse.core.array", binding_open_array, 0);
    lua_pop(L, 1);
    luaL_getmetatable(L, BINDING_ARRAY);
  }
  lua_setmetatable(L, -2);
  return box;
}

void binding_push_array(lua_State *L, Array *a) {
  if (a == NULL)
    luaL_error(L, "out of memory for an array");
  *binding_array_box(L) = a;
}

Array *binding_test_element_array(lua_State *L, int index) {
  Array **box = luaL_testudata(L, index, BINDING_ARRAY);
  if (box != NULL && *box != NULL && (*box)->buffer->successor != NULL)
    array_follow(*box);
  return box == NULL ? NULL : *box;
}

Array *binding_check_element_array(lua_State *L, int index) {
  Array *a = binding_test_element_array(L, index);
  if (a == NULL)
    luaL_typeerror(L, index, "array");
  return a;
}

Array *binding_test_array(lua_State *L, int index) {
  Array *a = binding_test_element_array(L, index);
  if (a == NULL || !a->is_repeated)
    return a;
  index = lua_absindex(L, index); /* who computes with pointers needs every element */
  Array **box = binding_array_box(L);
  *box = array_duplicate(a, a->type);
  if (*box == NULL)
    luaL_error(L, "no memory for %I elements of an array", (LUAI_UACINT)array_count(a));
  a = *box;
  lua_replace(L, index);
  return a;
}

Array *binding_check_array(lua_State *L, int index) {
  Array *a = binding_test_array(L, index);
  if (a == NULL)
    luaL_typeerror(L, index, "array");
  return a;
}

static int array_gc(lua_State *L) {
  Array **box = luaL_testudata(L, 1, BINDING_ARRAY);
  if (box != NULL) {
    array_release(*box);
    *box = NULL;
  }
  return 0;
}

int binding_array_fail(lua_State *L, const Error *e) { return luaL_error(L, "%s", e->text); }

Array *binding_array_make(lua_State *L, ArrayType type, lua_Integer n_rows, lua_Integer n_columns) {
  Array **box = binding_array_box(L);
  *box = array_new(type, n_rows, n_columns);
  if (*box == NULL) { /* what nobody uses any more may be in the way */
    lua_gc(L, LUA_GCCOLLECT);
    *box = array_new(type, n_rows, n_columns);
  }
  if (*box == NULL) {
    char needed[MACHINE_NEED];
    machine_need((double)array_type_size(type) * (double)n_rows * (double)(n_columns > 0 ? n_columns : 1), needed);
    if (n_columns == 0)
      luaL_error(L, "no memory for a %s array of %I elements: %s", array_type_name(type), (LUAI_UACINT)n_rows, needed);
    luaL_error(L, "no memory for a %s array of %I x %I elements: %s", array_type_name(type), (LUAI_UACINT)n_rows, (LUAI_UACINT)n_columns,
               needed);
  }
  return *box;
}

ArrayType binding_array_check_type(lua_State *L, int index, ArrayType otherwise) {
  if (lua_isnoneornil(L, index))
    return otherwise;
  ArrayType type = otherwise;
  const char *name = luaL_checkstring(L, index);
  if (!array_type_from_name(name, &type))
    luaL_argerror(L, index, lua_pushfstring(L, "unknown type '%s' (known: float64, float32, int64, int32, bool)", name));
  return type;
}

int64_t binding_array_check_index(lua_State *L, int index, const Array *a, const char *what, int64_t n) {
  int is_whole;
  lua_Integer i = lua_tointegerx(L, index, &is_whole);
  char shape[48];
  if (lua_type(L, index) != LUA_TNUMBER)
    luaL_error(L, "%s must be a whole number, got %s", what, luaL_typename(L, index));
  if (!is_whole)
    luaL_error(L, "%s must be a whole number, got %s", what, luaL_tolstring(L, index, NULL));
  if (i < 1 || i > n)
    luaL_error(L, "%s %I is out of range: the array has shape %s", what, (LUAI_UACINT)i, array_shape_text(a, shape));
  return i - 1;
}

ArrayType binding_array_table_type(lua_State *L, int index) {
  int kind = lua_rawgeti(L, index, 1);
  lua_pop(L, 1);
  return kind == LUA_TBOOLEAN ? ARRAY_BOOL : ARRAY_F64;
}

void binding_array_check_vector(lua_State *L, int index, const Array *a) {
  char shape[48];
  if (a->n_dims != 1)
    luaL_argerror(L, index, lua_pushfstring(L, "1-d array expected, got shape %s (see flatten, row, column)", array_shape_text(a, shape)));
}

void binding_array_check_matrix(lua_State *L, int index, const Array *a) {
  char shape[48];
  if (a->n_dims != 2)
    luaL_argerror(L, index, lua_pushfstring(L, "matrix expected, got a 1-d array of shape %s", array_shape_text(a, shape)));
}

/* ---- elements ---- */

void binding_array_push_element(lua_State *L, const Array *a, int64_t row, int64_t column) {
  if (a->type == ARRAY_F64 || a->type == ARRAY_F32)
    lua_pushnumber(L, array_get(a, row, column));
  else if (a->type == ARRAY_BOOL)
    lua_pushboolean(L, array_get(a, row, column) != 0);
  else
    lua_pushinteger(L, array_get_integer(a, row, column));
}

/* A number that the type cannot hold is an error, not a truncation. */
static void check_holds(lua_State *L, ArrayType type, int value_index) {
  lua_Number low = type == ARRAY_I32 ? INT32_MIN : -0x1p63, high = type == ARRAY_I32 ? (lua_Number)INT32_MAX + 1 : 0x1p63;
  lua_Number x = lua_tonumber(L, value_index);
  if (!(x >= low && x < high) || floor(x) != x)
    luaL_error(L, "an array of %s cannot hold %s", array_type_name(type), luaL_tolstring(L, value_index, NULL));
}

void binding_array_set_element(lua_State *L, Array *a, int64_t row, int64_t column, int value_index) {
  if (lua_type(L, value_index) == LUA_TBOOLEAN)
    array_set(a, row, column, lua_toboolean(L, value_index));
  else if (lua_type(L, value_index) != LUA_TNUMBER)
    luaL_error(L, "a number is needed as element of an array, got %s", luaL_typename(L, value_index));
  else if (a->type == ARRAY_F64 || a->type == ARRAY_F32)
    array_set(a, row, column, lua_tonumber(L, value_index));
  else if (a->type == ARRAY_BOOL)
    array_set(a, row, column, lua_tonumber(L, value_index) != 0);
  else if (lua_isinteger(L, value_index) && a->type == ARRAY_I64)
    array_set_integer(a, row, column, lua_tointeger(L, value_index));
  else {
    check_holds(L, a->type, value_index);
    array_set(a, row, column, lua_tonumber(L, value_index));
  }
}

/* ---- from Lua values ---- */

/* Copy the `n` values of the table on top of the stack into row `row`. */
static void fill_row(lua_State *L, Array *a, int64_t row, int64_t n) {
  for (int64_t k = 0; k < n; k++) {
    int kind = lua_rawgeti(L, -1, k + 1);
    if (kind != LUA_TNUMBER && kind != LUA_TBOOLEAN) {
      if (a->n_dims == 1)
        luaL_error(L, "element %I of the table is a %s, not a number", (LUAI_UACINT)(k + 1), luaL_typename(L, -1));
      luaL_error(L, "element %I of row %I is a %s, not a number", (LUAI_UACINT)(k + 1), (LUAI_UACINT)(row + 1), luaL_typename(L, -1));
    }
    if (a->n_dims == 1)
      binding_array_set_element(L, a, k, 0, -1);
    else
      binding_array_set_element(L, a, row, k, -1);
    lua_pop(L, 1);
  }
}

/* The length of the row on top of the stack, a table or a 1-d array. */
static int64_t row_length(lua_State *L, int64_t row) {
  Array *a = binding_test_element_array(L, -1);
  if (a != NULL && a->n_dims == 1)
    return a->shape[0];
  if (a != NULL || lua_type(L, -1) != LUA_TTABLE)
    luaL_error(L, "row %I is %s, not a table of numbers", (LUAI_UACINT)(row + 1), a != NULL ? "a 2-d array" : luaL_typename(L, -1));
  return (int64_t)lua_rawlen(L, -1);
}

static void from_rows(lua_State *L, int index, ArrayType type) {
  int64_t n_rows = (int64_t)lua_rawlen(L, index);
  lua_rawgeti(L, index, 1);
  int64_t n_columns = row_length(L, 0);
  lua_pop(L, 1);
  if (n_columns == 0)
    luaL_error(L, "row 1 is empty");
  Array *a = binding_array_make(L, type, n_rows, n_columns);
  for (int64_t r = 0; r < n_rows; r++) {
    lua_rawgeti(L, index, r + 1);
    int64_t n = row_length(L, r);
    if (n != n_columns)
      luaL_error(L, "row %I has %I elements, row 1 has %I", (LUAI_UACINT)(r + 1), (LUAI_UACINT)n, (LUAI_UACINT)n_columns);
    Array *from = binding_test_element_array(L, -1);
    if (from != NULL)
      array_convert(type, array_element(a, r, 0), 1, from->type, from->at, from->stride[0], n);
    else
      fill_row(L, a, r, n);
    lua_pop(L, 1);
  }
}

Array *binding_to_array(lua_State *L, int index, ArrayType type) {
  index = lua_absindex(L, index);
  luaL_checkstack(L, 8, "array");
  Array *a = binding_test_element_array(L, index), **box;
  if (a != NULL) {
    if (a->type == type && !a->is_repeated)
      return array_retain(a);
    box = binding_array_box(L);
    *box = array_duplicate(a, type);
    if (*box == NULL)
      luaL_error(L, "no memory for a copy of the array as %s", array_type_name(type));
  } else if (lua_type(L, index) == LUA_TTABLE) {
    int first = lua_rawgeti(L, index, 1);
    lua_pop(L, 1);
    if (first == LUA_TTABLE || first == LUA_TUSERDATA)
      from_rows(L, index, type);
    else {
      a = binding_array_make(L, type, (lua_Integer)lua_rawlen(L, index), 0);
      lua_pushvalue(L, index);
      fill_row(L, a, 0, a->shape[0]);
      lua_pop(L, 1);
    }
  } else {
    if (lua_type(L, index) != LUA_TNUMBER && lua_type(L, index) != LUA_TBOOLEAN)
      luaL_typeerror(L, index, "array, table of numbers or number");
    binding_array_set_element(L, binding_array_make(L, type, 1, 0), 0, 0, index);
  }
  a = array_retain(*(Array **)lua_touserdata(L, -1));
  lua_pop(L, 1);
  return a;
}

/* ---- the metatable ---- */

/* The array that a metamethod works on; upvalue 1 is the metatable. Cheaper than a look-up in the registry. */
static inline Array *self(lua_State *L) {
  Array **box = lua_touserdata(L, 1);
  if (box == NULL || !lua_getmetatable(L, 1))
    luaL_typeerror(L, 1, "array");
  bool is_array = lua_rawequal(L, -1, lua_upvalueindex(1)) && *box != NULL;
  lua_pop(L, 1);
  if (!is_array)
    luaL_typeerror(L, 1, "array");
  if ((*box)->buffer->successor != NULL)
    array_follow(*box);
  return *box;
}

/* The part of the library that is written in Lua joins when something of it is first wanted; without it arrays work too. */
static void load_library(lua_State *L) {
  lua_getglobal(L, "require");
  lua_pushliteral(L, "lunapse.array");
  if (lua_pcall(L, 1, 0, 0) != LUA_OK)
    lua_pop(L, 1);
}

static int push_method(lua_State *L) {
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(2)) != LUA_TNIL)
    return 1;
  load_library(L);
  lua_pushvalue(L, 2);
  if (lua_gettable(L, lua_upvalueindex(2)) == LUA_TNIL) /* the library's methods raise, naming the nearest */
    return luaL_error(L, "an array has no method '%s'", lua_tostring(L, 2));
  return 1;
}

/* a[i], m[i], a[mask], a[indexes], a.method */
static int array_index(lua_State *L) {
  Array *a = self(L);
  int is_whole, kind = lua_type(L, 2);
  lua_Integer i = lua_tointegerx(L, 2, &is_whole);
  if (is_whole && kind == LUA_TNUMBER && a->n_dims == 1 && i >= 1 && i <= a->shape[0]) {
    binding_array_push_element(L, a, i - 1, 0);
    return 1;
  }
  if (kind == LUA_TSTRING)
    return push_method(L);
  if (kind == LUA_TTABLE || kind == LUA_TUSERDATA)
    return binding_array_take(L);
  if (is_whole && i == a->shape[0] + 1)
    return 0; /* `ipairs` stops at the first nil */
  i = binding_array_check_index(L, 2, a, "index", a->shape[0]);
  Array **box = binding_array_box(L);
  return binding_array_return(L, box, array_line(a, 0, i), &(Error){ "out of memory for a view" });
}

/* a[i] = x, m[i] = row, a[mask] = values, a[indexes] = values */
static int array_newindex(lua_State *L) {
  Array *a = self(L);
  int kind = lua_type(L, 2);
  if (kind == LUA_TTABLE || kind == LUA_TUSERDATA)
    return binding_array_put(L);
  if (kind == LUA_TSTRING)
    return luaL_error(L, "an array has no field '%s' to set", lua_tostring(L, 2));
  int64_t i = binding_array_check_index(L, 2, a, "index", a->shape[0]);
  binding_array_to_write(L, 1);
  if (a->n_dims == 2) {
    Error e;
    Array **row = binding_array_box(L), *values;
    *row = array_line(a, 0, i);
    values = *row == NULL ? NULL : binding_to_array(L, 3, a->type);
    bool is_fine = values == NULL ? error_set(&e, "out of memory for a view") : array_copy(*row, values, &e);
    array_release(values);
    if (!is_fine)
      return binding_array_fail(L, &e);
  } else
    binding_array_set_element(L, a, i, 0, 3);
  binding_array_written(L, 1, a);
  return 0;
}

static int array_len(lua_State *L) {
  lua_pushinteger(L, self(L)->shape[0]);
  return 1;
}

/* The step of `for i, x in pairs(a)`. */
static int array_next(lua_State *L) {
  lua_Integer i = luaL_optinteger(L, 2, 0) + 1;
  if (i < 1 || i > binding_check_element_array(L, 1)->shape[0])
    return 0;
  lua_pushinteger(L, i);
  lua_geti(L, 1, i);
  return 2;
}

static int array_pairs(lua_State *L) {
  binding_check_element_array(L, 1);
  lua_pushcfunction(L, array_next);
  lua_pushvalue(L, 1);
  lua_pushinteger(L, 0);
  return 3;
}

/* The library in Lua says it better, if it is there: methods.tostring. */
static int array_tostring(lua_State *L) {
  Array *a = self(L);
  char shape[48];
  load_library(L);
  lua_pushliteral(L, "tostring");
  if (lua_rawget(L, lua_upvalueindex(2)) == LUA_TFUNCTION) {
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);
    return 1;
  }
  lua_pushfstring(L, "array %s [%s]", array_type_name(a->type), array_shape_text(a, shape));
  return 1;
}

/* get(i[, j]) */
static int array_method_get(lua_State *L) {
  Array *a = binding_check_element_array(L, 1);
  int64_t row = binding_array_check_index(L, 2, a, "row", a->shape[0]);
  int64_t column = a->n_dims == 1 ? 0 : binding_array_check_index(L, 3, a, "column", a->shape[1]);
  binding_array_push_element(L, a, row, column);
  return 1;
}

/* set(i, x) or set(i, j, x) */
static int array_method_set(lua_State *L) {
  Array *a = binding_check_element_array(L, 1);
  int64_t row = binding_array_check_index(L, 2, a, "row", a->shape[0]);
  int64_t column = a->n_dims == 1 ? 0 : binding_array_check_index(L, 3, a, "column", a->shape[1]);
  binding_array_set_element(L, binding_array_to_write(L, 1), row, column, 2 + a->n_dims);
  binding_array_written(L, 1, a);
  lua_settop(L, 1);
  return 1;
}

static int array_method_type(lua_State *L) {
  lua_pushstring(L, array_type_name(binding_check_element_array(L, 1)->type));
  return 1;
}

static int array_method_shape(lua_State *L) {
  Array *a = binding_check_element_array(L, 1);
  lua_pushinteger(L, a->shape[0]);
  if (a->n_dims == 1)
    return 1;
  lua_pushinteger(L, a->shape[1]);
  return 2;
}

static int array_method_size(lua_State *L) {
  lua_pushinteger(L, array_count(binding_check_element_array(L, 1)));
  return 1;
}

/* ---- the module ---- */

static int module_new(lua_State *L) {
  ArrayType type = binding_array_check_type(L, 1, ARRAY_F64);
  lua_Integer n_rows = luaL_checkinteger(L, 2), n_columns = luaL_optinteger(L, 3, 0);
  luaL_argcheck(L, n_rows >= 0, 2, "the number of rows must not be negative");
  luaL_argcheck(L, lua_isnoneornil(L, 3) || n_columns >= 1, 3, "the number of columns must be at least 1");
  binding_array_make(L, type, n_rows, n_columns);
  return 1;
}

/* from(values[, type]); an array is copied, its type kept if none is named. */
static int module_from(lua_State *L) {
  Array *a = binding_test_element_array(L, 1);
  ArrayType natural = a != NULL ? a->type : lua_istable(L, 1) ? binding_array_table_type(L, 1) : ARRAY_F64;
  ArrayType type = binding_array_check_type(L, 2, natural);
  if (a == NULL)
    binding_push_array(L, binding_to_array(L, 1, type));
  else {
    Array **box = binding_array_box(L);
    return binding_array_return(L, box, array_duplicate(a, type), &(Error){ "out of memory for a copy" });
  }
  return 1;
}

static int module_is(lua_State *L) {
  lua_pushboolean(L, binding_test_element_array(L, 1) != NULL);
  return 1;
}

static const luaL_Reg methods[] = {
  { "get", array_method_get },     { "set", array_method_set },   { "type", array_method_type },
  { "shape", array_method_shape }, { "size", array_method_size }, { NULL, NULL },
};

static const luaL_Reg module[] = { { "new", module_new }, { "from", module_from }, { "is", module_is }, { NULL, NULL } };

static const luaL_Reg meta[] = {
  { "__index", array_index }, { "__newindex", array_newindex }, { "__len", array_len }, { "__gc", array_gc },
  { "__pairs", array_pairs }, { "__tostring", array_tostring }, { NULL, NULL },
};

int binding_open_array(lua_State *L) {
  luaL_newlib(L, module);
  int module_at = lua_gettop(L);
  luaL_newlib(L, methods);
  luaL_newmetatable(L, BINDING_ARRAY);
  binding_array_add_shape(L, module_at, module_at + 1);
  binding_array_add_math(L, module_at + 1, module_at + 2);
  binding_array_add_spikes(L, module_at, module_at + 1);
  lua_pushvalue(L, -1);
  lua_pushvalue(L, module_at + 1);
  luaL_setfuncs(L, meta, 2);
  lua_pushliteral(L, "array");
  lua_setfield(L, -2, "__metatable");
  lua_pushliteral(L, "array"); /* what messages about wrong arguments say */
  lua_setfield(L, -2, "__name");
  lua_pop(L, 1);
  lua_setfield(L, module_at, "methods");
  return 1;
}
