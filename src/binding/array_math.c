/* Arithmetic, reductions, orders and products of arrays in Lua: every function checks, calls one function of base, and pushes. What
** differs between functions of one kind is the operation's number, which each carries as its upvalue. */
#include <lauxlib.h>
#include <math.h>

#include "base/array_complex.h"
#include "base/array_order.h"
#include "base/array_reduce.h"
#include "base/array_shape.h"
#include "binding/array.h"
#include "binding/array_parts.h"
#include "numeric/lapack.h"

static int operation(lua_State *L) { return (int)lua_tointeger(L, lua_upvalueindex(1)); }

void binding_array_push_number(lua_State *L, double x) { lua_pushnumber(L, isnan(x) ? (double)NAN : x); }

void binding_array_push_scalar(lua_State *L, const ArrayScalar *x) {
  if (x->type == ARRAY_F64)
    binding_array_push_number(L, x->number);
  else if (x->type == ARRAY_BOOL)
    lua_pushboolean(L, x->integer != 0);
  else
    lua_pushinteger(L, x->integer);
}

int binding_array_return(lua_State *L, Array **box, Array *a, const Error *e) {
  if (a == NULL)
    return luaL_error(L, "%s", e->text[0] != '\0' ? e->text : "out of memory for an array");
  *box = a;
  return 1;
}

ArrayOperand binding_array_operand(lua_State *L, int index) {
  ArrayOperand o = { .array = binding_test_element_array(L, index) };
  if (o.array != NULL)
    return o;
  switch (lua_type(L, index)) {
  case LUA_TNUMBER:
    o.scalar.number = lua_tonumber(L, index);
    o.scalar.type = lua_isinteger(L, index) ? ARRAY_I64 : ARRAY_F64;
    o.scalar.integer = lua_isinteger(L, index) ? lua_tointeger(L, index) : 0;
    return o;
  case LUA_TBOOLEAN: o.scalar = (ArrayScalar){ ARRAY_BOOL, lua_toboolean(L, index), lua_toboolean(L, index) }; return o;
  case LUA_TTABLE:
    /* The array takes the table's place on the stack, which keeps it alive. */
    binding_to_array(L, index, binding_array_table_type(L, index));
    lua_replace(L, index);
    o.array = binding_test_element_array(L, index);
    return o;
  default: luaL_typeerror(L, index, "array or number"); return o;
  }
}

/* The same for arithmetic, which takes runs as they are. */
static ArrayOperand side(lua_State *L, int index) {
  const int op = operation(L);
  Array *runs = op == ARRAY_ADD || op == ARRAY_SUB || op == ARRAY_MUL || op == ARRAY_DIV ? binding_test_runs(L, index) : NULL;
  return runs != NULL ? (ArrayOperand){ .array = runs } : binding_array_operand(L, index);
}

/* An array, or what a table of numbers makes one. */
static Array *array_argument(lua_State *L, int index) {
  ArrayOperand o = binding_array_operand(L, index);
  if (o.array == NULL)
    luaL_typeerror(L, index, "array");
  return o.array;
}

/* ---- element by element ---- */

static int call_binary(lua_State *L) {
  Error e = { "" };
  ArrayOperand x = side(L, 1), y = side(L, 2);
  if (x.array == NULL && y.array == NULL)
    luaL_typeerror(L, 1, "array");
  Array **box = binding_array_box(L);
  return binding_array_return(L, box, array_binary((ArrayBinary)operation(L), &x, &y, &e), &e);
}

static int call_into(lua_State *L) {
  Error e = { "" };
  ArrayOperand y = side(L, 2);
  if (y.array != NULL)
    binding_array_check_values(L, 1, binding_check_element_array(L, 1), y.array);
  else
    binding_array_check_value(L, 1, binding_check_element_array(L, 1), 2);
  Array *x = binding_array_to_write(L, 1);
  if (y.array != NULL && y.array->runs == NULL)
    array_follow(y.array);
  if (!array_binary_into((ArrayBinary)operation(L), x, &y, &e))
    return binding_array_fail(L, &e);
  binding_array_written(L, 1, x);
  lua_settop(L, 1);
  return 1;
}

static int call_unary(lua_State *L) {
  Error e = { "" };
  Array *x = binding_check_element_array(L, 1), **box = binding_array_box(L);
  return binding_array_return(L, box, array_unary((ArrayUnary)operation(L), x, &e), &e);
}

/* real(), imag(): views of the parts of a complex array */
static int call_part(lua_State *L) {
  Array *a = binding_check_element_array(L, 1);
  if (!array_is_complex(a))
    a = binding_check_array(L, 1);
  Array **box = binding_array_box(L);
  return binding_array_return(L, box, array_complex_part(a, operation(L)), &(Error){ "out of memory for a view" });
}

static int method_where(lua_State *L) {
  Error e = { "" };
  ArrayOperand x = { .array = binding_check_element_array(L, 1) };
  Array *mask = array_argument(L, 2);
  ArrayOperand y = binding_array_operand(L, 3);
  Array **box = binding_array_box(L);
  return binding_array_return(L, box, array_select(mask, &x, &y, &e), &e);
}

static int method_select(lua_State *L) {
  Error e = { "" };
  Array *mask = binding_check_element_array(L, 1);
  ArrayOperand x = binding_array_operand(L, 2), y = binding_array_operand(L, 3);
  Array **box = binding_array_box(L);
  return binding_array_return(L, box, array_select(mask, &x, &y, &e), &e);
}

static int method_clip(lua_State *L) {
  Error e = { "" };
  Array *x = binding_check_element_array(L, 1);
  bool has_low = !lua_isnoneornil(L, 2), has_high = !lua_isnoneornil(L, 3);
  ArrayOperand low = { 0 }, high = { 0 };
  if (has_low)
    low = binding_array_operand(L, 2);
  if (has_high)
    high = binding_array_operand(L, 3);
  Array **box = binding_array_box(L);
  return binding_array_return(L, box, array_clip(x, has_low ? &low : NULL, has_high ? &high : NULL, &e), &e);
}

static int array_eq(lua_State *L) {
  Array *a = binding_test_element_array(L, 1), *b = binding_test_element_array(L, 2);
  lua_pushboolean(L, a != NULL && b != NULL && array_equal(a, b));
  return 1;
}

/* ---- reductions ---- */

static int call_reduction(lua_State *L) {
  Error e = { "" };
  ArrayScalar value;
  Array *a = binding_check_element_array(L, 1);
  int axis = binding_array_check_axis(L, 2, a, a->n_axes, -1);
  double freedom = luaL_optnumber(L, 3, 0);
  if (array_is_complex(a)) {
    Array **box = binding_array_box(L), *out = array_complex_reduce((ArrayReduction)operation(L), a, axis, &e);
    binding_array_return(L, box, out, &e);
    if (!array_is_complex(out) && out->n_axes == 1 && (axis < 0 || a->n_axes == 1))
      binding_array_push_element(L, out->type, out->at);
    return 1;
  }
  if (axis >= 0 && a->n_axes > 1) {
    Array **box = binding_array_box(L);
    return binding_array_return(L, box, array_reduce_axis((ArrayReduction)operation(L), a, axis, freedom, &e), &e);
  }
  if (!array_reduce((ArrayReduction)operation(L), a, freedom, &value, &e))
    return binding_array_fail(L, &e);
  binding_array_push_scalar(L, &value);
  return 1;
}

/* quantile(q[, axis]): of one q what stands at it along the first axis of the quantiles of a list */
static int method_quantile(lua_State *L) {
  Error e = { "" };
  Array *a = binding_check_array(L, 1);
  bool is_one = lua_type(L, 2) == LUA_TNUMBER;
  int axis = binding_array_check_axis(L, 3, a, a->n_axes, -1);
  Array *list = binding_to_array(L, 2, ARRAY_F64), **box = binding_array_box(L);
  *box = array_duplicate(list, ARRAY_F64); /* contiguous; becomes the result */
  if (*box == NULL)
    return luaL_error(L, "out of memory for quantiles");
  double *q = (double *)(void *)(*box)->at;
  if (axis < 0 || a->n_axes == 1) {
    if (!array_quantiles(a, q, array_count(*box), q, &e))
      return binding_array_fail(L, &e);
    if (is_one)
      binding_array_push_number(L, q[0]);
    return 1;
  }
  Array **all = binding_array_box(L);
  binding_array_return(L, all, array_quantiles_axis(a, axis, q, array_count(*box), &e), &e);
  if (!is_one)
    return 1;
  box = binding_array_box(L);
  return binding_array_return(L, box, array_line(*all, 0, 0), &e);
}

static int method_corr(lua_State *L) {
  Array *a = binding_check_array(L, 1), *b = array_argument(L, 2);
  char one[ARRAY_SHAPE_TEXT], other[ARRAY_SHAPE_TEXT];
  if (array_count(a) != array_count(b))
    return luaL_error(L, "cannot correlate arrays of shapes %s and %s", array_shape_text(a, one), array_shape_text(b, other));
  binding_array_push_number(L, array_correlation(a, b));
  return 1;
}

static int method_dot(lua_State *L) {
  Error e = { "" };
  Array *a = binding_check_element_array(L, 1), *b = array_argument(L, 2);
  if (array_is_complex(a) || array_is_complex(b)) {
    Array **box = binding_array_box(L);
    return binding_array_return(L, box, lapack_product(a, b, &e), &e);
  }
  if (a->n_axes == 1 && b->n_axes == 1 && a->shape[0] == b->shape[0]) {
    binding_array_push_number(L, array_inner(a, b));
    return 1;
  }
  Array **box = binding_array_box(L);
  return binding_array_return(L, box, lapack_product(a, b, &e), &e);
}

static int method_outer(lua_State *L) {
  Error e = { "" };
  Array *a = binding_check_element_array(L, 1), *b = array_argument(L, 2), **column = binding_array_box(L), **box;
  binding_array_check_vector(L, 1, a);
  binding_array_check_vector(L, 2, b);
  *column = array_view(a, 2, 0, a->shape, (int64_t[2]){ array_strides(a)[0], 1 });
  if (*column == NULL)
    return luaL_error(L, "out of memory for an array");
  box = binding_array_box(L);
  return binding_array_return(L, box, array_binary(ARRAY_MUL, &(ArrayOperand){ .array = *column }, &(ArrayOperand){ .array = b }, &e), &e);
}

/* ---- orders and positions ---- */

/* The axis at place 2; a 1-d array needs none. */
static int check_along(lua_State *L, const Array *a) {
  if (lua_isnoneornil(L, 2))
    binding_array_check_vector(L, 1, a);
  return binding_array_check_axis(L, 2, a, a->n_axes, 0);
}

static int along(lua_State *L, Array *(*function)(const Array *, int, Error *)) {
  Error e = { "" };
  Array *a = binding_check_array(L, 1);
  int axis = check_along(L, a);
  Array **box = binding_array_box(L);
  return binding_array_return(L, box, function(a, axis, &e), &e);
}

static int method_sort(lua_State *L) { return along(L, array_sort); }
static int method_argsort(lua_State *L) { return along(L, array_argsort); }

static int cumulate(lua_State *L, ArrayCumulation kind) {
  Error e = { "" };
  Array *a = kind == CUMULATE_SUM ? binding_check_element_array(L, 1) : binding_check_array(L, 1);
  int axis = check_along(L, a);
  Array **box = binding_array_box(L);
  return binding_array_return(L, box, array_is_complex(a) ? array_complex_cumsum(a, axis, &e) : array_cumulate(kind, a, axis, &e), &e);
}

static int method_cumsum(lua_State *L) { return cumulate(L, CUMULATE_SUM); }
static int method_cumprod(lua_State *L) { return cumulate(L, CUMULATE_PRODUCT); }
static int method_cummin(lua_State *L) { return cumulate(L, CUMULATE_MIN); }
static int method_cummax(lua_State *L) { return cumulate(L, CUMULATE_MAX); }

static int method_unique(lua_State *L) {
  Error e = { "" };
  Array *a = binding_check_array(L, 1), **box = binding_array_box(L);
  return binding_array_return(L, box, array_unique(a, &e), &e);
}

static int method_diff(lua_State *L) {
  Error e = { "" };
  Array *a = binding_check_element_array(L, 1);
  int axis = check_along(L, a);
  int64_t n = a->shape[axis];
  Array **later = binding_array_box(L), **earlier = binding_array_box(L);
  *later = array_slice(a, axis, n > 0 ? 2 : 1, n, 1, &e);
  *earlier = array_slice(a, axis, 1, n > 0 ? n - 1 : 0, 1, &e);
  if (*later == NULL || *earlier == NULL)
    return binding_array_fail(L, &e);
  Array **box = binding_array_box(L);
  return binding_array_return(L, box, array_binary(ARRAY_SUB, &(ArrayOperand){ .array = *later }, &(ArrayOperand){ .array = *earlier }, &e),
                              &e);
}

static int method_find(lua_State *L) {
  Error e = { "" };
  Array *a = lua_isnoneornil(L, 2) ? binding_check_element_array(L, 1) : array_argument(L, 2), *found[ARRAY_MOST_AXES],
        **box[ARRAY_MOST_AXES];
  luaL_checkstack(L, ARRAY_MOST_AXES + 4, "array");
  for (int d = 0; d < a->n_axes; d++)
    box[d] = binding_array_box(L);
  if (!array_find(a, found, &e))
    return binding_array_fail(L, &e);
  for (int d = 0; d < a->n_axes; d++)
    *box[d] = found[d];
  return a->n_axes;
}

int binding_array_take(lua_State *L) {
  Error e = { "" };
  Array *a = binding_check_element_array(L, 1), *which = array_argument(L, 2);
  int axis = binding_array_check_axis(L, 3, a, a->n_axes, 0);
  Array **box = binding_array_box(L);
  return binding_array_return(L, box, array_take(a, which, axis, &e), &e);
}

int binding_array_put(lua_State *L) {
  Error e = { "" };
  Array *a = binding_check_element_array(L, 1), *which = array_argument(L, 2);
  int axis = binding_array_check_axis(L, 4, a, a->n_axes, 0);
  Array *values = binding_to_array(L, 3, a->type);
  binding_array_check_values(L, 1, a, values);
  binding_array_to_write(L, 1);
  array_follow(values);
  if (!array_put(a, which, values, axis, &e))
    return binding_array_fail(L, &e);
  binding_array_written(L, 1, a);
  lua_settop(L, 1);
  return 1;
}

/* histogram([bins[, low, high]]) */
static int method_histogram(lua_State *L) {
  Error e = { "" };
  Array *a = binding_check_array(L, 1);
  lua_settop(L, 4);
  Array **counts = binding_array_box(L), **edges = binding_array_box(L);
  if (lua_isnil(L, 2) || lua_type(L, 2) == LUA_TNUMBER) {
    lua_Integer n_bins = luaL_optinteger(L, 2, 10);
    ArrayScalar low = { .number = 0 }, high = { .number = 1 }; /* the range of nothing */
    luaL_argcheck(L, n_bins >= 1 && n_bins <= INT32_MAX, 2, "the number of bins must lie in 1..2147483647");
    if (array_count(a) > 0 && (lua_isnil(L, 3) || lua_isnil(L, 4)) &&
        (!array_reduce(ARRAY_REDUCE_MIN, a, 0, &low, &e) || !array_reduce(ARRAY_REDUCE_MAX, a, 0, &high, &e)))
      return binding_array_fail(L, &e);
    *edges = array_edges(n_bins, luaL_optnumber(L, 3, low.number), luaL_optnumber(L, 4, high.number), &e);
  } else {
    Array *given = binding_to_array(L, 2, ARRAY_F64);
    *edges = array_duplicate(given, ARRAY_F64);
    lua_pop(L, 1);
    if (*edges != NULL)
      luaL_argcheck(L, (*edges)->n_axes == 1 && (*edges)->shape[0] >= 2, 2, "edges are a 1-d array of at least two numbers");
  }
  if (*edges == NULL || (*counts = array_histogram(a, *edges, &e)) == NULL)
    return luaL_error(L, "%s", e.text[0] != '\0' ? e.text : "out of memory for a histogram");
  return 2;
}

/* ---- registration ---- */

typedef struct {
  const char *name;
  int operation;
} Operation;

static const Operation binaries[] = {
  { "lt", ARRAY_LT },           { "le", ARRAY_LE },       { "gt", ARRAY_GT },     { "ge", ARRAY_GE },      { "eq", ARRAY_EQ },
  { "ne", ARRAY_NE },           { "both", ARRAY_AND },    { "either", ARRAY_OR }, { "differ", ARRAY_XOR }, { "minimum", ARRAY_MINIMUM },
  { "maximum", ARRAY_MAXIMUM }, { "atan2", ARRAY_ATAN2 }, { "pow", ARRAY_POW },   { "mod", ARRAY_MOD },    { NULL, 0 },
};

static const Operation in_place[] = {
  { "add", ARRAY_ADD }, { "subtract", ARRAY_SUB }, { "multiply", ARRAY_MUL }, { "divide", ARRAY_DIV }, { NULL, 0 },
};

static const Operation operators[] = {
  { "__add", ARRAY_ADD },
  { "__sub", ARRAY_SUB },
  { "__mul", ARRAY_MUL },
  { "__div", ARRAY_DIV },
  { "__idiv", ARRAY_FLOOR_DIV },
  { "__mod", ARRAY_MOD },
  { "__pow", ARRAY_POW },
  { "__band", ARRAY_AND },
  { "__bor", ARRAY_OR },
  { "__bxor", ARRAY_XOR },
  { NULL, 0 },
};

static const Operation unary_operators[] = { { "__unm", ARRAY_NEG }, { "__bnot", ARRAY_NOT }, { NULL, 0 } };

static const luaL_Reg methods[] = {
  { "where", method_where },       { "select", method_select },       { "clip", method_clip },
  { "quantile", method_quantile }, { "corr", method_corr },           { "dot", method_dot },
  { "matmul", method_dot },        { "outer", method_outer },         { "sort", method_sort },
  { "argsort", method_argsort },   { "cumsum", method_cumsum },       { "cumprod", method_cumprod },
  { "cummin", method_cummin },     { "cummax", method_cummax },       { "unique", method_unique },
  { "diff", method_diff },         { "find", method_find },           { "take", binding_array_take },
  { "put", binding_array_put },    { "histogram", method_histogram }, { NULL, NULL },
};

static void add(lua_State *L, int table, lua_CFunction function, const char *name, int op) {
  lua_pushinteger(L, op);
  lua_pushcclosure(L, function, 1);
  lua_setfield(L, table, name);
}

static void add_all(lua_State *L, int table, lua_CFunction function, const Operation *row) {
  for (; row->name != NULL; row++)
    add(L, table, function, row->name, row->operation);
}

void binding_array_add_math(lua_State *L, int methods_at, int meta_at) {
  add_all(L, methods_at, call_binary, binaries);
  add_all(L, methods_at, call_into, in_place);
  add_all(L, meta_at, call_binary, operators);
  add_all(L, meta_at, call_unary, unary_operators);
  for (int op = 0; op < ARRAY_N_UNARIES; op++)
    add(L, methods_at, call_unary, array_unary_name((ArrayUnary)op), op);
  for (int kind = 0; kind < ARRAY_N_REDUCTIONS; kind++)
    add(L, methods_at, call_reduction, array_reduction_name((ArrayReduction)kind), kind);
  add(L, methods_at, call_part, "real", false);
  add(L, methods_at, call_part, "imag", true);
  lua_pushvalue(L, methods_at);
  luaL_setfuncs(L, methods, 0);
  lua_pop(L, 1);
  lua_pushcfunction(L, array_eq);
  lua_setfield(L, meta_at, "__eq");
}
