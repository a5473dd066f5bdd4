/* Arguments are arrays that the Lua side has made ready: float64 or complex128, of shapes that fit. Here they become contiguous. */
#include "binding/numeric.h"

#include <lauxlib.h>
#include <math.h>

#include "base/array_complex.h"
#include "binding/array.h"
#include "binding/array_parts.h"
#include "numeric/fft.h"
#include "numeric/lapack.h"
#include "numeric/minimize.h"
#include "numeric/series.h"

/* The array at `index` as `type`, contiguous; what is made for that takes its place. */
static Array *dense(lua_State *L, int index, ArrayType type) {
  Array *a = binding_check_element_array(L, index);
  if (a->type == type && array_is_contiguous(a) && !a->is_repeated)
    return a;
  binding_array_check_fits(L, a, type);
  binding_push_array(L, array_duplicate(a, type));
  lua_replace(L, index);
  return binding_check_element_array(L, index);
}

static ArrayType wide(const Array *a) { return array_is_complex(a) ? ARRAY_C128 : ARRAY_F64; }

/* The array of `n_axes` at `index` in its wide type. */
static Array *check(lua_State *L, int index, int n_axes) {
  Array *a = dense(L, index, wide(binding_check_element_array(L, index)));
  char shape[ARRAY_SHAPE_TEXT];
  if (a->n_axes != n_axes)
    luaL_argerror(L, index, lua_pushfstring(L, "%d axes expected, got shape %s", n_axes, array_shape_text(a, shape)));
  return a;
}

static Array *check_square(lua_State *L, int index) {
  Array *a = check(L, index, 2);
  luaL_argcheck(L, a->shape[0] == a->shape[1], index, "square matrix expected");
  return a;
}

static int raise(lua_State *L, const Error *e) { return luaL_error(L, "%s", e->text); }

/* Push the results, all of which are there. */
static int give(lua_State *L, int n, Array *const results[]) {
  Array **boxes[3];
  for (int k = 0; k < n; k++)
    boxes[k] = binding_array_box(L);
  for (int k = 0; k < n; k++)
    *boxes[k] = results[k];
  return n;
}

/* product(a, b) */
static int numeric_product(lua_State *L) {
  Error e = { "" };
  Array *a = binding_check_element_array(L, 1), *b = binding_check_element_array(L, 2), **box = binding_array_box(L);
  return binding_array_return(L, box, lapack_product(a, b, &e), &e);
}

/* lu(a) -> both factors in one, exchanged rows, the first zero pivot or 0 */
static int numeric_lu(lua_State *L) {
  Error e;
  Array *a = check(L, 1, 2), *result[2];
  int64_t zero;
  if (!lapack_lu(a, &result[0], &result[1], &zero, &e))
    return raise(L, &e);
  give(L, 2, result);
  lua_pushinteger(L, zero);
  return 3;
}

/* lu_solve(factors, exchanged rows, b) -> x; all real or all complex */
static int numeric_lu_solve(lua_State *L) {
  Error e;
  Array *lu = check_square(L, 1), *pivots = dense(L, 2, ARRAY_I64), *b = dense(L, 3, lu->type), *x;
  luaL_argcheck(L, pivots->n_axes == 1 && pivots->shape[0] == lu->shape[0], 2, "one row for each pivot expected");
  luaL_argcheck(L, b->n_axes == 2 && b->shape[0] == lu->shape[0], 3, "matrix with as many rows expected");
  for (int64_t k = 0; k < pivots->shape[0]; k++)
    luaL_argcheck(L, array_get(pivots, k) >= 1 && array_get(pivots, k) <= (double)lu->shape[0], 2, "no row of the matrix");
  return lapack_lu_solve(lu, pivots, b, &x, &e) ? give(L, 1, &x) : raise(L, &e);
}

/* cholesky(a) -> lower factor, order of the leading part that is not positive definite or 0 */
static int numeric_cholesky(lua_State *L) {
  Error e;
  Array *lower;
  int64_t bad;
  if (!lapack_cholesky(check_square(L, 1), &lower, &bad, &e))
    return raise(L, &e);
  give(L, 1, &lower);
  lua_pushinteger(L, bad);
  return 2;
}

/* qr(a, is_complete) -> q, r */
static int numeric_qr(lua_State *L) {
  Error e;
  Array *result[2];
  return lapack_qr(check(L, 1, 2), lua_toboolean(L, 2), &result[0], &result[1], &e) ? give(L, 2, result) : raise(L, &e);
}

/* eig(a) -> values, vectors */
static int numeric_eig(lua_State *L) {
  Error e;
  Array *result[2];
  return lapack_eig(check_square(L, 1), &result[0], &result[1], &e) ? give(L, 2, result) : raise(L, &e);
}

/* eigh(a) -> values, vectors */
static int numeric_eigh(lua_State *L) {
  Error e;
  Array *result[2];
  return lapack_eigh(check_square(L, 1), &result[0], &result[1], &e) ? give(L, 2, result) : raise(L, &e);
}

/* svd(a, is_full) -> u, s, vh */
static int numeric_svd(lua_State *L) {
  Error e;
  Array *result[3];
  return lapack_svd(check(L, 1, 2), lua_toboolean(L, 2), &result[0], &result[1], &result[2], &e) ? give(L, 3, result) : raise(L, &e);
}

/* fft(kind, a, n): along the last axis, which is made n long on the side of the signal before */
static int numeric_fft(lua_State *L) {
  static const char *const kinds[] = { "forward", "backward", "real", "to_real", NULL };
  Error e = { "" };
  FftKind kind = (FftKind)luaL_checkoption(L, 1, NULL, kinds);
  Array *a = dense(L, 2, kind == FFT_REAL ? ARRAY_F64 : ARRAY_C128);
  lua_Integer n = luaL_checkinteger(L, 3);
  luaL_argcheck(L, n >= 1 && a->shape[a->n_axes - 1] == (kind == FFT_TO_REAL ? n / 2 + 1 : n), 3, "length of the last axis expected");
  Array **box = binding_array_box(L);
  return binding_array_return(L, box, fft_transform(kind, a, n, &e), &e);
}

static double *numbers(const Array *a) { return (double *)(void *)a->at; }

/* filter(b, a, x, state): x is [rows][n], state [rows][order] and changed; a[1] is 1, a and b are of one length */
static int numeric_filter(lua_State *L) {
  Array *b = dense(L, 1, ARRAY_F64), *a = dense(L, 2, ARRAY_F64), *x = dense(L, 3, ARRAY_F64), *state = binding_check_array(L, 4);
  int64_t n = b->shape[0];
  luaL_argcheck(L, n >= 1 && a->shape[0] == n && a->n_axes == 1 && b->n_axes == 1, 2, "as many coefficients expected");
  luaL_argcheck(L, x->n_axes == 2, 3, "matrix expected");
  luaL_argcheck(L, state->type == ARRAY_F64 && array_is_contiguous(state) && array_count(state) == x->shape[0] * (n - 1), 4,
                "one state for each row expected");
  Array *y = binding_array_make(L, ARRAY_F64, 2, x->shape);
  for (int64_t r = 0; r < x->shape[0]; r++)
    series_filter(numbers(b), numbers(a), n, numbers(x) + r * x->shape[1], numbers(y) + r * x->shape[1], x->shape[1],
                  numbers(state) + r * (n - 1));
  return 1;
}

/* convolve(a, b): two vectors, all sums */
static int numeric_convolve(lua_State *L) {
  Array *a = dense(L, 1, ARRAY_F64), *b = dense(L, 2, ARRAY_F64);
  luaL_argcheck(L, a->n_axes == 1 && a->shape[0] > 0, 1, "vector expected");
  luaL_argcheck(L, b->n_axes == 1 && b->shape[0] > 0, 2, "vector expected");
  Array *y = binding_array_make(L, ARRAY_F64, 1, &(int64_t){ a->shape[0] + b->shape[0] - 1 });
  series_convolve(numbers(a), a->shape[0], numbers(b), b->shape[0], numbers(y));
  return 1;
}

/* places(edges, x, is_right) -> int64 like x: how many of the ascending edges lie below */
static int numeric_places(lua_State *L) {
  Array *edges = dense(L, 1, ARRAY_F64), *x = dense(L, 2, ARRAY_F64);
  Array *out = binding_array_make(L, ARRAY_I64, x->n_axes, x->shape);
  for (int64_t k = 0; k < array_count(x); k++)
    ((int64_t *)(void *)out->at)[k] = series_place(numbers(edges), array_count(edges), numbers(x)[k], lua_toboolean(L, 3));
  return 1;
}

/* ---- minima ------------------------------------------------------------------------------------------------------------ */

/* What a search calls: the function is at `function` of the stack; an error that it raised stays on top of it. */
typedef struct {
  lua_State *L;
  int function, n;
} Search;

/* f, x -> f { x[1], ..., x[n] } */
static int call_with_table(lua_State *L) {
  const double *x = lua_touserdata(L, 2);
  int n = (int)lua_tointeger(L, 3);
  lua_createtable(L, n, 0);
  for (int k = 0; k < n; k++) {
    lua_pushnumber(L, x[k]);
    lua_rawseti(L, -2, k + 1);
  }
  lua_pushvalue(L, 1);
  lua_insert(L, -2);
  lua_call(L, 1, 1);
  luaL_checktype(L, -1, LUA_TNUMBER);
  return 1;
}

/* Nothing jumps through the library: an error ends the search first. */
static bool value_at(const double *x, double *value, void *user) {
  Search *search = user;
  lua_State *L = search->L;
  if (!lua_checkstack(L, 8))
    return false;
  lua_pushcfunction(L, call_with_table);
  lua_pushvalue(L, search->function);
  lua_pushlightuserdata(L, (void *)(uintptr_t)x);
  lua_pushinteger(L, search->n);
  if (lua_pcall(L, 3, 1, 0) != LUA_OK)
    return false;
  *value = lua_tonumber(L, -1);
  lua_pop(L, 1);
  return true;
}

static double number_field(lua_State *L, int index, const char *name) {
  lua_getfield(L, index, name);
  double x = luaL_checknumber(L, -1);
  lua_pop(L, 1);
  return x;
}

/* minimize(method, f, start, { step =, tolerance =, goal =, evaluations =, population =, seed = }) -> what ended it */
static int numeric_minimize(lua_State *L) {
  Error e = { "" };
  MinimizeTask task = { .method = luaL_checkoption(L, 1, NULL, minimize_methods) };
  luaL_checktype(L, 2, LUA_TFUNCTION);
  luaL_checktype(L, 3, LUA_TTABLE);
  luaL_checktype(L, 4, LUA_TTABLE);
  lua_settop(L, 4);
  task.n = (int)luaL_len(L, 3);
  luaL_argcheck(L, task.n >= 1, 3, "a number expected");
  task.step = number_field(L, 4, "step");
  task.tolerance = number_field(L, 4, "tolerance");
  task.goal = number_field(L, 4, "goal");
  task.evaluations = (int)number_field(L, 4, "evaluations");
  task.population = (int)number_field(L, 4, "population");
  task.seed = (uint64_t)number_field(L, 4, "seed");
  task.x = lua_newuserdatauv(L, sizeof *task.x * (size_t)task.n, 0);
  for (int k = 0; k < task.n; k++) {
    lua_rawgeti(L, 3, k + 1);
    task.x[k] = luaL_checknumber(L, -1);
    luaL_argcheck(L, task.x[k] >= 0 && task.x[k] <= 1, 3, "within 0..1 expected");
    lua_pop(L, 1);
  }
  const char *why;
  int top = lua_gettop(L);
  if (!minimize(&task, value_at, &(Search){ .L = L, .function = 2, .n = task.n }, &why, &e))
    return raise(L, &e);
  if (why == NULL)
    return lua_gettop(L) > top ? lua_error(L) : luaL_error(L, "not enough memory");
  lua_pushstring(L, why);
  return 1;
}

static const luaL_Reg functions[] = {
  { "product", numeric_product },
  { "lu", numeric_lu },
  { "lu_solve", numeric_lu_solve },
  { "cholesky", numeric_cholesky },
  { "qr", numeric_qr },
  { "eig", numeric_eig },
  { "eigh", numeric_eigh },
  { "svd", numeric_svd },
  { "fft", numeric_fft },
  { "filter", numeric_filter },
  { "minimize", numeric_minimize },
  { "convolve", numeric_convolve },
  { "places", numeric_places },
  { NULL, NULL },
};

int binding_open_numeric(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
