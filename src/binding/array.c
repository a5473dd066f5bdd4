#include "binding/array.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

#include "base/array_complex.h"
#include "base/array_shape.h"
#include "base/machine.h"
#include "base/shares.h"
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

static int make_box(lua_State *L) {
  binding_array_box(L);
  return 1;
}

/* Protected: where Lua has no memory for the box, nobody else has the array. */
void binding_push_array(lua_State *L, Array *a) {
  if (a == NULL)
    luaL_error(L, "out of memory for an array");
  lua_pushcfunction(L, make_box);
  if (lua_pcall(L, 0, 1, 0) != LUA_OK) {
    array_release(a);
    lua_error(L);
  }
  *(Array **)lua_touserdata(L, -1) = a;
}

/* Elements that are runs get memory of their own here: only arithmetic takes them as they are. */
static void write_out(lua_State *L, Array *a) {
  if (array_write_out(a))
    return;
  lua_gc(L, LUA_GCCOLLECT); /* what nobody uses any more may be in the way */
  if (!array_write_out(a))
    luaL_error(L, "no memory for %I elements of an array", (LUAI_UACINT)array_count(a));
}

Array *binding_test_array_form(lua_State *L, int index) {
  Array **box = luaL_testudata(L, index, BINDING_ARRAY);
  if (box == NULL || *box == NULL)
    return NULL;
  if ((*box)->buffer != NULL && (*box)->buffer->successor != NULL)
    array_follow(*box);
  return *box;
}

Array *binding_check_array_form(lua_State *L, int index) {
  Array *a = binding_test_array_form(L, index);
  if (a == NULL)
    luaL_typeerror(L, index, "array");
  return a;
}

Array *binding_test_element_array(lua_State *L, int index) {
  Array *a = binding_test_array_form(L, index);
  if (a == NULL)
    return NULL;
  write_out(L, a);
  array_settle(a);
  return a;
}

Array *binding_test_runs(lua_State *L, int index) {
  Array **box = luaL_testudata(L, index, BINDING_ARRAY);
  return box != NULL && *box != NULL && (*box)->runs != NULL ? *box : NULL;
}

Array *binding_check_element_array(lua_State *L, int index) {
  Array *a = binding_test_element_array(L, index);
  if (a == NULL)
    luaL_typeerror(L, index, "array");
  return a;
}

void binding_array_check_fits(lua_State *L, const Array *a, ArrayType type) {
  Error e;
  if (!array_complex_fits(type, a, &e))
    luaL_error(L, "%s", e.text);
}

Array *binding_test_array(lua_State *L, int index) {
  Array *a = binding_test_element_array(L, index);
  if (a != NULL)
    binding_array_check_fits(L, a, ARRAY_F64);
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

Array *binding_array_make(lua_State *L, ArrayType type, int n_axes, const int64_t *shape) {
  Array **box = binding_array_box(L);
  *box = array_new_shaped(type, n_axes, shape);
  if (*box == NULL) { /* what nobody uses any more may be in the way */
    lua_gc(L, LUA_GCCOLLECT);
    *box = array_new_shaped(type, n_axes, shape);
  }
  if (*box == NULL) {
    char needed[MACHINE_NEED], text[ARRAY_SHAPE_TEXT];
    double bytes = (double)array_type_size(type);
    Array like = { .n_axes = n_axes };
    for (int d = 0; d < n_axes; d++)
      bytes *= (double)(like.shape[d] = shape[d]);
    machine_need(bytes, needed);
    luaL_error(L, "no memory for a %s array of %s elements: %s", array_type_name(type), array_shape_text(&like, text), needed);
  }
  return *box;
}

int binding_array_check_shape(lua_State *L, int index, int64_t least, int64_t *shape, int *rest) {
  bool is_list = lua_type(L, index) == LUA_TTABLE;
  int n = 0, last = is_list ? (int)(lua_rawlen(L, index) < 100 ? lua_rawlen(L, index) : 100) : lua_gettop(L), at = is_list ? 1 : index;
  for (; at <= last; at++) {
    if (is_list)
      lua_rawgeti(L, index, at);
    else
      lua_pushvalue(L, at);
    bool is_end = !is_list && lua_type(L, -1) != LUA_TNUMBER && !lua_isnil(L, -1);
    if (!is_end && !lua_isnil(L, -1)) {
      int is_whole;
      lua_Integer length = lua_tointegerx(L, -1, &is_whole);
      luaL_argcheck(L, n < ARRAY_MOST_AXES, is_list ? index : at, "an array has at most 8 axes");
      if (is_list && !is_whole)
        luaL_argerror(L, index,
                      lua_pushfstring(L, "length %d of the shape must be a whole number, got %s", at,
                                      lua_isstring(L, -1) ? lua_tostring(L, -1) : luaL_typename(L, -1)));
      if (!is_whole)
        luaL_checkinteger(L, at); /* raises */
      luaL_argcheck(L, length >= least, is_list ? index : at, "the lengths of a shape must not be negative");
      shape[n++] = length;
    }
    lua_pop(L, 1);
    if (is_end)
      break;
  }
  if (n == 0 && is_list)
    luaL_argerror(L, index, "a shape of at least one length expected");
  if (n == 0)
    luaL_typeerror(L, index, "number");
  if (rest != NULL)
    *rest = is_list ? index + 1 : at;
  return n;
}

int binding_array_check_axis(lua_State *L, int index, const Array *a, int n_axes, int otherwise) {
  char shape[ARRAY_SHAPE_TEXT];
  if (lua_isnoneornil(L, index))
    return otherwise;
  lua_Integer axis = luaL_checkinteger(L, index);
  if (axis == 0 || axis > n_axes || axis < -n_axes)
    luaL_argerror(L, index,
                  lua_pushfstring(L, "axis %I is out of range: the array has shape %s", (LUAI_UACINT)axis, array_shape_text(a, shape)));
  return (int)(axis > 0 ? axis - 1 : n_axes + axis);
}

ArrayType binding_array_check_type(lua_State *L, int index, ArrayType otherwise) {
  if (lua_isnoneornil(L, index))
    return otherwise;
  ArrayType type = otherwise;
  const char *name = luaL_checkstring(L, index);
  if (!array_type_from_name(name, &type))
    luaL_argerror(L, index, lua_pushfstring(L, "unknown type '%s' (known: float64, float32, int64, int32, bool, complex128)", name));
  return type;
}

int64_t binding_array_check_index(lua_State *L, int index, const Array *a, const char *what, int64_t n) {
  int is_whole;
  lua_Integer i = lua_tointegerx(L, index, &is_whole);
  char shape[ARRAY_SHAPE_TEXT];
  if (lua_type(L, index) != LUA_TNUMBER)
    luaL_error(L, "%s must be a whole number, got %s", what, luaL_typename(L, index));
  if (!is_whole)
    luaL_error(L, "%s must be a whole number, got %s", what, luaL_tolstring(L, index, NULL));
  if (i < 1 || i > n)
    luaL_error(L, "%s %I is out of range: the array has shape %s", what, (LUAI_UACINT)i, array_shape_text(a, shape));
  return i - 1;
}

ArrayType binding_array_table_type(lua_State *L, int index) {
  int top = lua_gettop(L), kind = LUA_TTABLE;
  lua_pushvalue(L, index);
  for (int d = 0; d <= ARRAY_MOST_AXES && kind == LUA_TTABLE && lua_checkstack(L, 2); d++)
    kind = lua_rawgeti(L, -1, 1);
  const Array *first = kind == LUA_TUSERDATA ? binding_test_element_array(L, -1) : NULL;
  bool has_complex = first != NULL && array_is_complex(first);
  lua_settop(L, top);
  return has_complex ? ARRAY_C128 : kind == LUA_TBOOLEAN ? ARRAY_BOOL : ARRAY_F64;
}

void binding_array_check_vector(lua_State *L, int index, const Array *a) {
  char shape[ARRAY_SHAPE_TEXT];
  if (a->n_axes != 1)
    luaL_argerror(L, index, lua_pushfstring(L, "1-d array expected, got shape %s (see flatten, row, column)", array_shape_text(a, shape)));
}

void binding_array_check_matrix(lua_State *L, int index, const Array *a) {
  char shape[ARRAY_SHAPE_TEXT];
  if (a->n_axes < 2)
    luaL_argerror(L, index, lua_pushfstring(L, "matrix expected, got a 1-d array of shape %s", array_shape_text(a, shape)));
}

/* ---- elements ---- */

void binding_array_push_element(lua_State *L, ArrayType type, const char *at) {
  if (type == ARRAY_C128)
    memcpy(binding_array_make(L, type, 1, &(int64_t){ 1 })->at, at, array_type_size(type));
  else if (type == ARRAY_F64 || type == ARRAY_F32)
    binding_array_push_number(L, array_load(type, at));
  else if (type == ARRAY_BOOL)
    lua_pushboolean(L, array_load(type, at) != 0);
  else
    lua_pushinteger(L, array_load_integer(type, at));
}

/* A number that the type cannot hold is an error, not a truncation. */
static void check_holds(lua_State *L, ArrayType type, int value_index) {
  lua_Number low = type == ARRAY_I32 ? INT32_MIN : -0x1p63, high = type == ARRAY_I32 ? (lua_Number)INT32_MAX + 1 : 0x1p63;
  lua_Number x = lua_tonumber(L, value_index);
  if (!(x >= low && x < high) || floor(x) != x)
    luaL_error(L, "an array of %s cannot hold %s", array_type_name(type), luaL_tolstring(L, value_index, NULL));
}

void binding_array_set_element(lua_State *L, ArrayType type, char *at, int value_index) {
  Array *one = type == ARRAY_C128 ? binding_test_element_array(L, value_index) : NULL;
  if (one != NULL && array_count(one) == 1)
    array_convert(type, at, 1, one->type, one->at, 1, 1);
  else if (lua_type(L, value_index) == LUA_TBOOLEAN)
    array_store(type, at, lua_toboolean(L, value_index));
  else if (lua_type(L, value_index) != LUA_TNUMBER)
    luaL_error(L, "a number is needed as element of an array, got %s", luaL_typename(L, value_index));
  else if (type == ARRAY_F64 || type == ARRAY_F32 || type == ARRAY_C128)
    array_store(type, at, lua_tonumber(L, value_index));
  else if (type == ARRAY_BOOL)
    array_store(type, at, lua_tonumber(L, value_index) != 0);
  else if (lua_isinteger(L, value_index) && type == ARRAY_I64)
    array_store_integer(type, at, lua_tointeger(L, value_index));
  else {
    check_holds(L, type, value_index);
    array_store(type, at, lua_tonumber(L, value_index));
  }
}

/* ---- from Lua values ---- */

/* A (nested) table on its way into an array: the lengths that its first elements have, and the place that is being read. */
typedef struct {
  Array *array;
  char *to;
  int n_axes;
  int64_t shape[ARRAY_MOST_AXES], place[ARRAY_MOST_AXES];
} Nested;

/* What messages call the part at the present place down to `depth`: "row 2" of a matrix, "part [2][1]" where there are more axes. */
static const char *part_name(lua_State *L, const Nested *t, int depth, bool is_first) {
  if (t->n_axes == 2)
    return lua_pushfstring(L, "row %I", (LUAI_UACINT)(is_first ? 1 : t->place[0] + 1));
  lua_pushliteral(L, "part ");
  for (int d = 0; d < depth; d++) {
    lua_pushfstring(L, "[%I]", (LUAI_UACINT)(is_first ? 1 : t->place[d] + 1));
    lua_concat(L, 2);
  }
  return lua_tostring(L, -1);
}

/* Add the axes that the table on top of the stack has, by its first elements. */
static void find_shape(lua_State *L, Nested *t) {
  int top = lua_gettop(L);
  luaL_checkstack(L, ARRAY_MOST_AXES + 4, "array");
  for (lua_pushvalue(L, -1);; lua_rawgeti(L, -1, 1)) {
    Array *a = binding_test_element_array(L, -1);
    int n_more = a != NULL ? a->n_axes : lua_type(L, -1) == LUA_TTABLE || lua_type(L, -1) == LUA_TUSERDATA;
    if (n_more == 0)
      break;
    if (t->n_axes + n_more > ARRAY_MOST_AXES)
      luaL_error(L, "an array has at most %d axes, but the table is nested deeper", ARRAY_MOST_AXES);
    for (int d = 0; d < n_more; d++)
      t->shape[t->n_axes++] = a != NULL ? a->shape[d] : (int64_t)lua_rawlen(L, -1);
    if (lua_type(L, -1) != LUA_TTABLE)
      break;
  }
  lua_settop(L, top);
}

/* Copy the value on top of the stack, `depth` axes down, to where the reading is. */
static void fill_part(lua_State *L, Nested *t, int depth) {
  int kind = lua_type(L, -1);
  if (depth == t->n_axes) {
    if (kind != LUA_TNUMBER && kind != LUA_TBOOLEAN) {
      const char *name = luaL_typename(L, -1);
      luaL_error(L, "element %I of %s is a %s, not a number", (LUAI_UACINT)(t->place[depth - 1] + 1),
                 depth == 1 ? "the table" : part_name(L, t, depth - 1, false), name);
    }
    binding_array_set_element(L, t->array->type, t->to, -1);
    t->to += array_type_size(t->array->type);
    return;
  }
  Array *a = binding_test_element_array(L, -1);
  const char *name = luaL_typename(L, -1);
  if (a == NULL && kind != LUA_TTABLE)
    luaL_error(L, "%s is %s, not a table of numbers", part_name(L, t, depth, false), name);
  if (a != NULL && a->n_axes != t->n_axes - depth)
    luaL_error(L, "%s is a %d-d array, not a table of numbers", part_name(L, t, depth, false), a->n_axes);
  int64_t n = a != NULL ? a->shape[0] : (int64_t)lua_rawlen(L, -1);
  if (n != t->shape[depth])
    luaL_error(L, "%s has %I elements, %s has %I", part_name(L, t, depth, false), (LUAI_UACINT)n, part_name(L, t, depth, true),
               (LUAI_UACINT)t->shape[depth]);
  if (a != NULL) {
    binding_array_check_fits(L, a, t->array->type);
    char shape[ARRAY_SHAPE_TEXT], wanted[ARRAY_SHAPE_TEXT];
    Array to = array_part(t->array, depth, 0);
    if (!array_same_shape(&to, a))
      luaL_error(L, "%s has shape %s, %s has %s", part_name(L, t, depth, false), array_shape_text(a, shape), part_name(L, t, depth, true),
                 array_shape_text(&to, wanted));
    to.at = t->to;
    if (array_count(a) > 0)
      array_copy(&to, a, NULL); /* of other memory: nothing can fail */
    t->to += array_count(a) * (int64_t)array_type_size(to.type);
    return;
  }
  for (t->place[depth] = 0; t->place[depth] < t->shape[depth]; t->place[depth]++) {
    lua_rawgeti(L, -1, t->place[depth] + 1);
    fill_part(L, t, depth + 1);
    lua_pop(L, 1);
  }
}

static void from_table(lua_State *L, int index, ArrayType type) {
  Nested t = { .n_axes = 0 };
  lua_pushvalue(L, index);
  find_shape(L, &t);
  for (int d = 1; d < t.n_axes && t.shape[0] > 0; d++)
    if (t.shape[d] == 0)
      luaL_error(L, "%s is empty", part_name(L, &t, d, true));
  t.array = binding_array_make(L, type, t.n_axes, t.shape);
  t.to = t.array->at;
  lua_insert(L, -2);
  fill_part(L, &t, 0);
  lua_pop(L, 1);
}

Array *binding_to_array(lua_State *L, int index, ArrayType type) {
  index = lua_absindex(L, index);
  luaL_checkstack(L, 8, "array");
  Array *a = binding_test_element_array(L, index), **box;
  if (a != NULL) {
    if (a->type == type && !a->is_repeated) {
      lua_pushvalue(L, index);
      return a;
    }
    binding_array_check_fits(L, a, type);
    box = binding_array_box(L);
    *box = array_duplicate(a, type);
    if (*box == NULL)
      luaL_error(L, "no memory for a copy of the array as %s", array_type_name(type));
  } else if (lua_type(L, index) == LUA_TTABLE)
    from_table(L, index, type);
  else {
    if (lua_type(L, index) != LUA_TNUMBER && lua_type(L, index) != LUA_TBOOLEAN)
      luaL_typeerror(L, index, "array, table of numbers or number");
    a = binding_array_make(L, type, 1, &(int64_t){ 1 });
    binding_array_set_element(L, type, a->at, index);
  }
  return *(Array **)lua_touserdata(L, -1);
}

/* ---- the metatable ---- */

/* The array that a metamethod works on; upvalue 1 is the metatable. Cheaper than a look-up in the registry. */
static inline Array *self_form(lua_State *L) {
  Array **box = lua_touserdata(L, 1);
  if (box == NULL || !lua_getmetatable(L, 1))
    luaL_typeerror(L, 1, "array");
  bool is_array = lua_rawequal(L, -1, lua_upvalueindex(1)) && *box != NULL;
  lua_pop(L, 1);
  if (!is_array)
    luaL_typeerror(L, 1, "array");
  if ((*box)->buffer != NULL && (*box)->buffer->successor != NULL)
    array_follow(*box);
  return *box;
}

static inline Array *self(lua_State *L) {
  Array *a = self_form(L);
  write_out(L, a);
  array_settle(a);
  return a;
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

/* Push what stands at place `i` of an axis: a view, of a 1-d array the element. */
static int push_part(lua_State *L, Array *a, int axis, int64_t i) {
  if (a->n_axes == 1 && array_is_complex(a)) { /* Lua has no complex number: a view of the element */
    Error e = { "" };
    Array **box = binding_array_box(L);
    return binding_array_return(L, box, array_slice(a, 0, i + 1, i + 1, 1, &e), &e);
  }
  if (a->n_axes == 1) {
    binding_array_push_element(L, a->type, array_place(a, 1, i));
    return 1;
  }
  Array **box = binding_array_box(L);
  return binding_array_return(L, box, array_line(a, axis, i), &(Error){ "out of memory for a view" });
}

/* a[i], a[mask], a[indexes], a.method */
static int array_index(lua_State *L) {
  int is_whole, kind = lua_type(L, 2);
  if (kind == LUA_TSTRING) {
    self_form(L);
    return push_method(L);
  }
  Array *a = self(L);
  lua_Integer i = lua_tointegerx(L, 2, &is_whole);
  if (is_whole && kind == LUA_TNUMBER && i >= 1 && i <= a->shape[0])
    return push_part(L, a, 0, i - 1);
  if (kind == LUA_TTABLE || kind == LUA_TUSERDATA)
    return binding_array_take(L);
  if (is_whole && i == a->shape[0] + 1)
    return 0;                                               /* `ipairs` stops at the first nil */
  binding_array_check_index(L, 2, a, "index", a->shape[0]); /* raises */
  return 0;
}

/* a[i] = x or values, a[mask] = values, a[indexes] = values */
static int array_newindex(lua_State *L) {
  Array *a = self(L);
  int kind = lua_type(L, 2);
  if (kind == LUA_TTABLE || kind == LUA_TUSERDATA)
    return binding_array_put(L);
  if (kind == LUA_TSTRING)
    return luaL_error(L, "an array has no field '%s' to set", lua_tostring(L, 2));
  int64_t i = binding_array_check_index(L, 2, a, "index", a->shape[0]);
  binding_array_check_value(L, 1, a, 3);
  binding_array_to_write(L, 1);
  if (a->n_axes > 1) {
    Error e;
    Array part = array_part(a, 1, i), *values = binding_to_array(L, 3, a->type);
    binding_array_check_values(L, 1, a, values);
    bool is_fine = array_copy(&part, values, &e);
    if (!is_fine)
      return binding_array_fail(L, &e);
  } else
    binding_array_set_element(L, a->type, array_place(a, 1, i), 3);
  binding_array_written(L, 1, a);
  return 0;
}

static int array_len(lua_State *L) {
  lua_pushinteger(L, self_form(L)->shape[0]);
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
  char shape[ARRAY_SHAPE_TEXT];
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

/* The number of the element that the whole numbers from stack place 2 on name, one for each axis. */
static int64_t check_place(lua_State *L, const Array *a) {
  static const char *const names[] = { "row", "column" };
  int64_t place = 0;
  for (int d = 0; d < a->n_axes; d++) {
    char name[] = "index 1"; /* ARRAY_MOST_AXES has one digit */
    name[sizeof name - 2] = (char)('1' + d);
    place = place * a->shape[d] + binding_array_check_index(L, 2 + d, a, a->n_axes <= 2 ? names[d] : name, a->shape[d]);
  }
  return place;
}

/* get(i, j, ...): one index for each axis; of a complex array both parts */
static int array_method_get(lua_State *L) {
  Array *a = binding_check_element_array(L, 1);
  if (array_is_complex(a)) {
    const double *parts = (const double *)(const void *)array_element(a, check_place(L, a));
    lua_pushnumber(L, parts[0]);
    lua_pushnumber(L, parts[1]);
    return 2;
  }
  binding_array_push_element(L, a->type, array_element(a, check_place(L, a)));
  return 1;
}

/* set(i, j, ..., x[, imaginary part]) */
static int array_method_set(lua_State *L) {
  Array *a = binding_check_element_array(L, 1);
  double imaginary = array_is_complex(a) ? luaL_optnumber(L, 3 + a->n_axes, 0) : 0;
  lua_settop(L, 2 + a->n_axes);
  int64_t place = check_place(L, a);
  binding_array_check_value(L, 1, a, 2 + a->n_axes);
  binding_array_to_write(L, 1);
  binding_array_set_element(L, a->type, array_element(a, place), 2 + a->n_axes);
  if (array_is_complex(a) && lua_type(L, 2 + a->n_axes) == LUA_TNUMBER)
    ((double *)(void *)array_element(a, place))[1] = imaginary;
  binding_array_written(L, 1, a);
  lua_settop(L, 1);
  return 1;
}

/* at(i[, axis]): what stands at place i of an axis; a negative i counts from the end. */
static int array_method_at(lua_State *L) {
  Array *a = binding_check_element_array(L, 1);
  int axis = binding_array_check_axis(L, 3, a, a->n_axes, 0);
  if (lua_isinteger(L, 2) && lua_tointeger(L, 2) < 0 && lua_tointeger(L, 2) >= -a->shape[axis]) {
    lua_pushinteger(L, a->shape[axis] + 1 + lua_tointeger(L, 2));
    lua_replace(L, 2);
  }
  return push_part(L, a, axis, binding_array_check_index(L, 2, a, "index", a->shape[axis]));
}

static int array_method_type(lua_State *L) {
  lua_pushstring(L, array_type_name(binding_check_array_form(L, 1)->type));
  return 1;
}

static int array_method_shape(lua_State *L) {
  const Array *a = binding_check_array_form(L, 1);
  for (int d = 0; d < a->n_axes; d++)
    lua_pushinteger(L, a->shape[d]);
  return a->n_axes;
}

static int array_method_axes(lua_State *L) {
  lua_pushinteger(L, binding_check_array_form(L, 1)->n_axes);
  return 1;
}

static int array_method_size(lua_State *L) {
  lua_pushinteger(L, array_count(binding_check_array_form(L, 1)));
  return 1;
}

/* ---- the module ---- */

static int module_new(lua_State *L) {
  ArrayType type = binding_array_check_type(L, 1, ARRAY_F64);
  int64_t shape[ARRAY_MOST_AXES];
  int n_axes = binding_array_check_shape(L, 2, 0, shape, NULL);
  binding_array_make(L, type, n_axes, shape);
  return 1;
}

/* from(values[, type]); an array is copied, its type kept if none is named. */
static int module_from(lua_State *L) {
  Array *a = binding_test_element_array(L, 1);
  ArrayType natural = a != NULL ? a->type : lua_istable(L, 1) ? binding_array_table_type(L, 1) : ARRAY_F64;
  ArrayType type = binding_array_check_type(L, 2, natural);
  if (a == NULL)
    binding_to_array(L, 1, type);
  else {
    binding_array_check_fits(L, a, type);
    Array **box = binding_array_box(L);
    return binding_array_return(L, box, array_duplicate(a, type), &(Error){ "out of memory for a copy" });
  }
  return 1;
}

static int module_is(lua_State *L) {
  lua_pushboolean(L, binding_test_array_form(L, 1) != NULL);
  return 1;
}

static const luaL_Reg methods[] = {
  { "get", array_method_get },     { "set", array_method_set },   { "at", array_method_at },     { "type", array_method_type },
  { "shape", array_method_shape }, { "axes", array_method_axes }, { "size", array_method_size }, { NULL, NULL },
};

/* is_finite(a): is none of its elements infinite or NaN? Of complex numbers nothing is said: true. */
static int module_is_finite(lua_State *L) {
  lua_pushboolean(L, array_is_finite(binding_check_element_array(L, 1)));
  return 1;
}

static const luaL_Reg module[] = {
  { "new", module_new }, { "from", module_from }, { "is", module_is }, { "is_finite", module_is_finite }, { NULL, NULL },
};

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
