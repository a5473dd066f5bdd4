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

/* A view looks at no element; only what is made of runs needs memory. */
static Array *check_array_to_view(lua_State *L) {
  return binding_test_runs(L, 1) != NULL ? binding_check_element_array(L, 1) : binding_check_array_form(L, 1);
}

static int slice(lua_State *L, int axis) {
  Error e = { "" };
  Array *a = check_array_to_view(L), **box;
  lua_Integer step = luaL_optinteger(L, 4, 1);
  lua_Integer first = luaL_optinteger(L, 2, step > 0 ? 1 : a->shape[axis]);
  lua_Integer last = luaL_optinteger(L, 3, step > 0 ? a->shape[axis] : 1);
  box = binding_array_box(L);
  return binding_array_return(L, box, array_slice(a, axis, first, last, step, &e), &e);
}

/* slice([first[, last[, step[, axis]]]]) */
static int method_slice(lua_State *L) {
  const Array *a = check_array_to_view(L);
  return slice(L, binding_array_check_axis(L, 5, a, a->n_axes, 0));
}

static int method_rows(lua_State *L) {
  binding_array_check_matrix(L, 1, binding_check_element_array(L, 1));
  return slice(L, 0);
}

static int method_columns(lua_State *L) {
  binding_array_check_matrix(L, 1, binding_check_element_array(L, 1));
  return slice(L, 1);
}

static int line(lua_State *L, int axis, const char *what) {
  Array *a = binding_check_element_array(L, 1);
  binding_array_check_matrix(L, 1, a);
  int64_t k = binding_array_check_index(L, 2, a, what, a->shape[axis]);
  Array **box = binding_array_box(L);
  return return_view(L, box, array_line(a, axis, k));
}

static int method_row(lua_State *L) { return line(L, 0, "row"); }
static int method_column(lua_State *L) { return line(L, 1, "column"); }

/* transpose(): the axes in opposite order; transpose(2, 1, 3): axis 1 of the result is axis 2, and so on */
static int method_transpose(lua_State *L) {
  Array *a = binding_check_element_array(L, 1);
  int64_t given[ARRAY_MOST_AXES];
  int order[ARRAY_MOST_AXES], n = lua_isnoneornil(L, 2) ? 0 : binding_array_check_shape(L, 2, 1, given, NULL), seen = 0;
  binding_array_check_matrix(L, 1, a);
  for (int d = 0; d < a->n_axes; d++) {
    order[d] = n == 0 ? a->n_axes - 1 - d : d < n && given[d] <= a->n_axes ? (int)given[d] - 1 : -1;
    seen |= order[d] < 0 ? 0 : 1 << order[d];
  }
  if (seen != (1 << a->n_axes) - 1 || n > a->n_axes)
    return luaL_argerror(L, 2, lua_pushfstring(L, "each of the axes 1 to %d expected once", a->n_axes));
  Array **box = binding_array_box(L);
  return return_view(L, box, array_transpose(a, order));
}

static int method_reshape(lua_State *L) {
  Error e = { "" };
  Array *a = binding_check_element_array(L, 1);
  int64_t shape[ARRAY_MOST_AXES];
  int n_axes = binding_array_check_shape(L, 2, -1, shape, NULL);
  Array **box = binding_array_box(L);
  return binding_array_return(L, box, array_reshape(a, n_axes, shape, &e), &e);
}

static int method_flatten(lua_State *L) {
  Error e = { "" };
  Array *a = binding_check_element_array(L, 1), **box = binding_array_box(L);
  int64_t count = array_count(a);
  return binding_array_return(L, box, array_reshape(a, 1, &count, &e), &e);
}

/* expand([axis]): one more axis, of length 1, which becomes this one (the last unless given) */
static int method_expand(lua_State *L) {
  Error e = { "" };
  Array *a = binding_check_element_array(L, 1);
  luaL_argcheck(L, a->n_axes < ARRAY_MOST_AXES, 1, "an array has at most 8 axes");
  int axis = binding_array_check_axis(L, 2, a, a->n_axes + 1, a->n_axes);
  int64_t shape[ARRAY_MOST_AXES] = { 0 };
  for (int d = 0; d <= a->n_axes; d++)
    shape[d] = d == axis ? 1 : a->shape[d - (d > axis)];
  Array **box = binding_array_box(L);
  return binding_array_return(L, box, array_reshape(a, a->n_axes + 1, shape, &e), &e);
}

/* windows(n[, axis]): a view of all runs of n neighbours along an axis, in one more axis behind the others */
static int method_windows(lua_State *L) {
  Array *a = binding_check_element_array(L, 1);
  luaL_argcheck(L, a->n_axes < ARRAY_MOST_AXES, 1, "an array has at most 8 axes");
  lua_Integer n = luaL_checkinteger(L, 2);
  int axis = binding_array_check_axis(L, 3, a, a->n_axes, 0);
  if (n < 1 || n > a->shape[axis])
    return luaL_argerror(L, 2,
                         lua_pushfstring(L, "windows of 1 to %I elements expected, got %I", (LUAI_UACINT)a->shape[axis], (LUAI_UACINT)n));
  int64_t shape[ARRAY_MOST_AXES], stride[ARRAY_MOST_AXES];
  for (int d = 0; d < a->n_axes; d++) {
    shape[d] = a->shape[d] - (d == axis ? n - 1 : 0);
    stride[d] = array_strides(a)[d];
  }
  shape[a->n_axes] = n;
  stride[a->n_axes] = stride[axis];
  Array **box = binding_array_box(L);
  *box = array_view(a, a->n_axes + 1, 0, shape, stride);
  return *box != NULL ? 1 : luaL_error(L, "out of memory for an array");
}

/* squeeze([axis]): without this axis, or without all, of length 1; one axis is left */
static int method_squeeze(lua_State *L) {
  Error e = { "" };
  Array *a = binding_check_element_array(L, 1);
  char text[ARRAY_SHAPE_TEXT];
  int axis = binding_array_check_axis(L, 2, a, a->n_axes, -1), n = 0;
  int64_t shape[ARRAY_MOST_AXES] = { 1 };
  if (axis >= 0 && a->shape[axis] != 1)
    return luaL_argerror(L, 2,
                         lua_pushfstring(L, "axis %d of an array of shape %s is not of length 1", axis + 1, array_shape_text(a, text)));
  for (int d = 0; d < a->n_axes; d++)
    if (a->shape[d] != 1 || (axis >= 0 && axis != d))
      shape[n++] = a->shape[d];
  Array **box = binding_array_box(L);
  return binding_array_return(L, box, array_reshape(a, n > 0 ? n : 1, shape, &e), &e);
}

/* ---- copies ---- */

static int duplicate(lua_State *L, Array *a, ArrayType type) {
  Error e = { "" };
  binding_array_check_fits(L, a, type);
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
  if (from == NULL)
    from = binding_to_array(L, 2, binding_check_element_array(L, 1)->type);
  binding_array_check_values(L, 1, binding_check_element_array(L, 1), from);
  Array *a = binding_array_to_write(L, 1);
  array_follow(from);
  binding_array_check_fits(L, from, a->type);
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

/* The arrays and tables from stack place 1 to `n` behind each other along `axis` (from 0; negative: from the end). */
static int join(lua_State *L, int n, int axis) {
  Error e = { "" };
  Array **parts = lua_newuserdatauv(L, (size_t)n * sizeof *parts, 0);
  ArrayType type = ARRAY_BOOL;
  for (int k = 0; k < n; k++) {
    parts[k] = binding_array_operand(L, k + 1).array;
    if (parts[k] == NULL)
      luaL_typeerror(L, k + 1, "array");
    type = k == 0 ? parts[k]->type : array_common_type(type, parts[k]->type);
  }
  Array **box = binding_array_box(L);
  return binding_array_return(L, box, array_join(parts, n, axis, type, &e), &e);
}

/* a:join(b, ...) */
static int method_join(lua_State *L) {
  luaL_checkany(L, 1);
  return join(L, lua_gettop(L), 0);
}

/* Unpack the list of arrays at place 1, of length n, to the places 1 .. n + 1, the last of which keeps the axis. */
static int unpack_parts(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_Integer n = (lua_Integer)lua_rawlen(L, 1);
  luaL_argcheck(L, n >= 1, 1, "there is nothing to join");
  luaL_argcheck(L, n < 100000, 1, "too many arrays to join at once");
  luaL_checkstack(L, (int)n + 8, "too many arrays to join at once");
  lua_settop(L, 2);
  for (lua_Integer k = 1; k <= n; k++) {
    lua_rawgeti(L, 1, k);
    lua_insert(L, -2);
  }
  lua_remove(L, 1);
  return (int)n;
}

/* module.join({ a, b, ... }[, axis]) */
static int module_join(lua_State *L) {
  int n = unpack_parts(L);
  const Array *first = binding_array_operand(L, 1).array;
  return join(L, n, first == NULL ? 0 : binding_array_check_axis(L, n + 1, first, first->n_axes, 0));
}

/* module.stack({ a, b, ... }[, axis]): along a new axis */
static int module_stack(lua_State *L) {
  int n = unpack_parts(L), axis = 0;
  for (int k = 1; k <= n; k++) {
    Array *a = binding_array_operand(L, k).array;
    if (a == NULL)
      luaL_typeerror(L, k, "array");
    if (k == 1)
      axis = binding_array_check_axis(L, n + 1, a, a->n_axes + 1, 0);
    lua_pushcfunction(L, method_expand);
    lua_pushvalue(L, k);
    lua_pushinteger(L, axis + 1);
    lua_call(L, 2, 1);
    lua_replace(L, k);
  }
  return join(L, n, axis);
}

/* ---- tables ---- */

static void push_table(lua_State *L, const Array *a) {
  luaL_checkstack(L, 4, "array");
  lua_createtable(L, a->shape[0] < INT32_MAX ? (int)a->shape[0] : INT32_MAX, 0);
  Array part = array_part(a, 1, 0);
  for (int64_t k = 0; k < a->shape[0]; k++) {
    part.at = array_place(a, 1, k);
    if (part.n_axes == 0)
      binding_array_push_element(L, a->type, part.at);
    else
      push_table(L, &part);
    lua_rawseti(L, -2, k + 1);
  }
}

static int method_table(lua_State *L) {
  push_table(L, binding_check_element_array(L, 1));
  return 1;
}

/* ---- making arrays ---- */

/* A zeroed array of the shape at `index`, and the type behind that. */
static Array *make(lua_State *L, int index) {
  int64_t shape[ARRAY_MOST_AXES];
  int type_at, n_axes = binding_array_check_shape(L, index, 0, shape, &type_at);
  return binding_array_make(L, binding_array_check_type(L, type_at, ARRAY_F64), n_axes, shape);
}

static int module_zeros(lua_State *L) {
  make(L, 1);
  return 1;
}

static int module_ones(lua_State *L) {
  array_fill(make(L, 1), 1);
  return 1;
}

/* full(value, shape[, type]) */
static int module_full(lua_State *L) {
  if (lua_type(L, 1) != LUA_TBOOLEAN)
    luaL_checknumber(L, 1);
  make(L, 2);
  lua_pushvalue(L, 1);
  lua_copy(L, -2, 1);
  lua_replace(L, 2);
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
  { "reshape", method_reshape }, { "flatten", method_flatten }, { "expand", method_expand },
  { "windows", method_windows }, { "squeeze", method_squeeze }, { "copy", method_copy },
  { "astype", method_astype },   { "assign", method_assign },   { "fill", method_fill },
  { "join", method_join },       { "table", method_table },     { NULL, NULL },
};

static const luaL_Reg functions[] = {
  { "join", module_join }, { "stack", module_stack },       { "zeros", module_zeros },   { "ones", module_ones },
  { "full", module_full }, { "linspace", module_linspace }, { "arange", module_arange }, { NULL, NULL },
};

void binding_array_add_shape(lua_State *L, int module_at, int methods_at) {
  lua_pushvalue(L, module_at);
  luaL_setfuncs(L, functions, 0);
  lua_pushvalue(L, methods_at);
  luaL_setfuncs(L, methods, 0);
  lua_pop(L, 2);
}
