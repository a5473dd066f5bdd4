/* Views of arrays, arrays put together, arrays and tables, and the functions that make arrays. */
#include "base/array_shape.h"

#include <lauxlib.h>
#include <math.h>

#include "binding/array.h"
#include "binding/array_parts.h"

/* ---- views ---- */

static int return_view(lua_State *L, Array **box, Array *view) {
  Error e = { "out of memory for a view" };
  return binding_array_return(L, box, view, &e);
}

static int slice(lua_State *L, int dimension) {
  Error e = { "" };
  Array *a = binding_check_element_array(L, 1), **box;
  lua_Integer step = luaL_optinteger(L, 4, 1);
  lua_Integer first = luaL_optinteger(L, 2, step > 0 ? 1 : a->shape[dimension]);
  lua_Integer last = luaL_optinteger(L, 3, step > 0 ? a->shape[dimension] : 1);
  box = binding_array_box(L);
  return binding_array_return(L, box, array_slice(a, dimension, first, last, step, &e), &e);
}

static int method_slice(lua_State *L) { return slice(L, 0); }

static int method_rows(lua_State *L) {
  binding_array_check_matrix(L, 1, binding_check_element_array(L, 1));
  return slice(L, 0);
}

static int method_columns(lua_State *L) {
  binding_array_check_matrix(L, 1, binding_check_element_array(L, 1));
  return slice(L, 1);
}

static int line(lua_State *L, int dimension, const char *what) {
  Array *a = binding_check_element_array(L, 1);
  binding_array_check_matrix(L, 1, a);
  int64_t k = binding_array_check_index(L, 2, a, what, a->shape[dimension]);
  Array **box = binding_array_box(L);
  return return_view(L, box, array_line(a, dimension, k));
}

static int method_row(lua_State *L) { return line(L, 0, "row"); }
static int method_column(lua_State *L) { return line(L, 1, "column"); }

static int method_transpose(lua_State *L) {
  Array *a = binding_check_element_array(L, 1);
  binding_array_check_matrix(L, 1, a);
  Array **box = binding_array_box(L);
  return return_view(L, box, array_transpose(a));
}

static int method_reshape(lua_State *L) {
  Error e = { "" };
  Array *a = binding_check_element_array(L, 1);
  lua_Integer n_rows = luaL_checkinteger(L, 2), n_columns = luaL_optinteger(L, 3, 0);
  luaL_argcheck(L, n_rows >= 0, 2, "a shape must not be negative");
  luaL_argcheck(L, lua_isnoneornil(L, 3) || n_columns >= 1, 3, "the number of columns must be at least 1");
  Array **box = binding_array_box(L);
  return binding_array_return(L, box, array_reshape(a, n_rows, n_columns, &e), &e);
}

static int method_flatten(lua_State *L) {
  Error e = { "" };
  Array *a = binding_check_element_array(L, 1), **box = binding_array_box(L);
  return binding_array_return(L, box, array_reshape(a, array_count(a), 0, &e), &e);
}

/* ---- copies ---- */

static int duplicate(lua_State *L, Array *a, ArrayType type) {
  Error e = { "" };
  Array **box = binding_array_box(L), *copy = array_duplicate(a, type);
  if (copy == NULL)
    error_memory(&e, "a copy", (double)array_count(a) * (double)array_type_size(type));
  return binding_array_return(L, box, copy, &e);
}

static int method_copy(lua_State *L) {
  Array *a = binding_check_element_array(L, 1);
  return duplicate(L, a, a->type);
}

static int method_astype(lua_State *L) {
  Array *a = binding_check_element_array(L, 1);
  luaL_checkstring(L, 2);
  return duplicate(L, a, binding_array_check_type(L, 2, a->type));
}

/* assign(values): values of the same shape, or one value. */
static int method_assign(lua_State *L) {
  Error e = { "" };
  Array *from = binding_test_element_array(L, 2);
  /* An array is converted while it is copied; only other values are made into one first. */
  if (from == NULL) {
    from = binding_to_array(L, 2, binding_check_element_array(L, 1)->type);
    binding_push_array(L, from); /* on the stack it is freed whatever a guard does */
  }
  Array *a = binding_array_to_write(L, 1);
  array_follow(from);
  if (!array_copy(a, from, &e))
    return binding_array_fail(L, &e);
  binding_array_written(L, 1, a);
  lua_settop(L, 1);
  return 1;
}

static int method_fill(lua_State *L) {
  if (lua_type(L, 2) != LUA_TBOOLEAN)
    luaL_checknumber(L, 2);
  return method_assign(L);
}

/* join(b, ...) */
static int method_join(lua_State *L) {
  Error e = { "" };
  int n = lua_gettop(L);
  luaL_checkany(L, 1);
  Array **parts = lua_newuserdatauv(L, (size_t)n * sizeof *parts, 0);
  ArrayType type = ARRAY_BOOL;
  for (int k = 0; k < n; k++) {
    parts[k] = binding_array_operand(L, k + 1).array;
    if (parts[k] == NULL)
      luaL_typeerror(L, k + 1, "array");
    type = k == 0 ? parts[k]->type : array_common_type(type, parts[k]->type);
  }
  Array **box = binding_array_box(L);
  return binding_array_return(L, box, array_join(parts, n, type, &e), &e);
}

/* module.join{a, b, ...} */
static int module_join(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_Integer n = (lua_Integer)lua_rawlen(L, 1);
  luaL_argcheck(L, n >= 1, 1, "there is nothing to join");
  luaL_argcheck(L, n < 100000, 1, "too many arrays to join at once");
  luaL_checkstack(L, (int)n + 8, "too many arrays to join at once");
  lua_settop(L, 1);
  for (lua_Integer k = 1; k <= n; k++)
    lua_rawgeti(L, 1, k);
  lua_remove(L, 1);
  return method_join(L);
}

/* ---- tables ---- */

static void push_line(lua_State *L, const Array *a, int64_t row, int64_t n) {
  lua_createtable(L, n < INT32_MAX ? (int)n : INT32_MAX, 0);
  for (int64_t k = 0; k < n; k++) {
    binding_array_push_element(L, a, a->n_dims == 1 ? k : row, a->n_dims == 1 ? 0 : k);
    lua_rawseti(L, -2, k + 1);
  }
}

static int method_table(lua_State *L) {
  Array *a = binding_check_element_array(L, 1);
  if (a->n_dims == 1) {
    push_line(L, a, 0, a->shape[0]);
    return 1;
  }
  lua_createtable(L, a->shape[0] < INT32_MAX ? (int)a->shape[0] : INT32_MAX, 0);
  for (int64_t row = 0; row < a->shape[0]; row++) {
    push_line(L, a, row, a->shape[1]);
    lua_rawseti(L, -2, row + 1);
  }
  return 1;
}

/* ---- making arrays ---- */

static int make_filled(lua_State *L, int shape_at, double value) {
  lua_settop(L, shape_at + 2);
  int type_at = lua_type(L, shape_at + 1) == LUA_TSTRING ? shape_at + 1 : shape_at + 2;
  bool is_matrix = type_at == shape_at + 2 && !lua_isnil(L, shape_at + 1);
  lua_Integer n_rows = luaL_checkinteger(L, shape_at), n_columns = is_matrix ? luaL_checkinteger(L, shape_at + 1) : 0;
  luaL_argcheck(L, n_rows >= 0, shape_at, "the number of rows must not be negative");
  luaL_argcheck(L, !is_matrix || n_columns >= 1, shape_at + 1, "the number of columns must be at least 1");
  Array *a = binding_array_make(L, binding_array_check_type(L, type_at, ARRAY_F64), n_rows, n_columns);
  if (value != 0)
    array_fill(a, value);
  return 1;
}

static int module_zeros(lua_State *L) { return make_filled(L, 1, 0); }
static int module_ones(lua_State *L) { return make_filled(L, 1, 1); }

/* full(value, rows[, columns][, type]) */
static int module_full(lua_State *L) {
  if (lua_type(L, 1) != LUA_TBOOLEAN)
    luaL_checknumber(L, 1);
  make_filled(L, 2, 0);
  lua_pushvalue(L, 1);
  lua_replace(L, 2);
  lua_replace(L, 1);
  lua_settop(L, 2);
  return method_fill(L);
}

static int module_linspace(lua_State *L) {
  Error e = { "" };
  double first = luaL_checknumber(L, 1), last = luaL_checknumber(L, 2);
  lua_Integer n = luaL_checkinteger(L, 3);
  luaL_argcheck(L, n >= 0, 3, "the number of elements must not be negative");
  Array **box = binding_array_box(L);
  return binding_array_return(L, box, array_linspace(n, first, last), &e);
}

/* arange(n) = 1..n; arange(first, last[, step]) counts as `for` does. */
static int module_arange(lua_State *L) {
  Error e = { "" };
  lua_settop(L, 3);
  if (lua_isnil(L, 2)) {
    lua_pushinteger(L, 1);
    lua_insert(L, 1);
    lua_settop(L, 3);
  }
  double first = luaL_checknumber(L, 1), last = luaL_checknumber(L, 2), step = luaL_optnumber(L, 3, 1);
  luaL_argcheck(L, step != 0 && isfinite(step), 3, "the step must be a number other than 0");
  luaL_argcheck(L, isfinite(first) && isfinite(last), 2, "the ends must be finite");
  bool is_whole = lua_isinteger(L, 1) && lua_isinteger(L, 2) && (lua_isinteger(L, 3) || lua_isnil(L, 3));
  /* 0, 0.1 .. 1 has eleven elements although 1/0.1 may come out below ten: a billionth of a step is forgiven. */
  double n = floor((last - first) / step + (is_whole ? 0 : 1e-9)) + 1;
  luaL_argcheck(L, n < 0x1p40, 2, "the range has too many elements");
  Array **box = binding_array_box(L);
  return binding_array_return(L, box, array_ramp(is_whole ? ARRAY_I64 : ARRAY_F64, n > 0 ? (int64_t)n : 0, first, step), &e);
}

static const luaL_Reg methods[] = {
  { "slice", method_slice },     { "rows", method_rows },       { "columns", method_columns },
  { "row", method_row },         { "column", method_column },   { "transpose", method_transpose },
  { "reshape", method_reshape }, { "flatten", method_flatten }, { "copy", method_copy },
  { "astype", method_astype },   { "assign", method_assign },   { "fill", method_fill },
  { "join", method_join },       { "table", method_table },     { NULL, NULL },
};

static const luaL_Reg functions[] = {
  { "join", module_join },         { "zeros", module_zeros },   { "ones", module_ones }, { "full", module_full },
  { "linspace", module_linspace }, { "arange", module_arange }, { NULL, NULL },
};

void binding_array_add_shape(lua_State *L, int module_at, int methods_at) {
  lua_pushvalue(L, module_at);
  luaL_setfuncs(L, functions, 0);
  lua_pushvalue(L, methods_at);
  luaL_setfuncs(L, methods, 0);
  lua_pop(L, 2);
}
