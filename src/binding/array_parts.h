/* What the files of the array binding share among themselves; others use binding/array.h. */
#ifndef LUNAPSE_BINDING_ARRAY_PARTS_H
#define LUNAPSE_BINDING_ARRAY_PARTS_H
#include <lua.h>

#include "base/array_block.h"
#include "base/array_math.h"

/* The array at `index` as it is, for who goes by strides: one value may stand for all elements. */
Array *binding_check_element_array(lua_State *L, int index);
Array *binding_test_element_array(lua_State *L, int index);

/* The same for who asks for type and shape alone: elements may have no memory yet, be stale (base/shares.h), or away. */
Array *binding_test_array_form(lua_State *L, int index);
Array *binding_check_array_form(lua_State *L, int index);

/* The array at `index` if it is made of runs that have no memory yet (base/array.h), else NULL. The two above write them out. */
Array *binding_test_runs(lua_State *L, int index);

/* Raises where `type` cannot hold what is in `a`: complex numbers. */
void binding_array_check_fits(lua_State *L, const Array *a, ArrayType type);

/* The array at `index`, ready to be written: its owner was asked, every element has memory of its own. What is then written is told to him
** by binding_array_written. Both may raise. */
Array *binding_array_to_write(lua_State *L, int index);
void binding_array_written(lua_State *L, int index, Array *a);

/* Raise where what is about to be written to `a`, which stands at `index`, the Lua value at an index or values, is not finite, and the owner wants none such. */
void binding_array_check_value(lua_State *L, int index, const Array *a, int value);
void binding_array_check_values(lua_State *L, int index, const Array *a, const Array *values);

/* Push an empty box, to be filled with a reference at once; what raises before that is harmless. */
Array **binding_array_box(lua_State *L);

/* Put `a` (taken) into the box on top of the stack and return 1; raise `e`, or "out of memory" if it is empty, when `a` is NULL. */
int binding_array_return(lua_State *L, Array **box, Array *a, const Error *e);

/* Raise `e` at the caller's line. */
int binding_array_fail(lua_State *L, const Error *e);

/* Push a new array; raises when it cannot be had. */
Array *binding_array_make(lua_State *L, ArrayType type, int n_axes, const int64_t *shape);

/* The lengths of a shape at `index`: a list, or numbers up to the first argument that is neither number nor nil. None is less than `least`.
** Returns how many there are (1 to ARRAY_MOST_AXES); `rest`, if not NULL, is where the shape ends on the stack. */
int binding_array_check_shape(lua_State *L, int index, int64_t least, int64_t *shape, int *rest);

/* The axis at `index` as a C number from 0: 1 is the first, -1 the last of n_axes. Without one `otherwise`. */
int binding_array_check_axis(lua_State *L, int index, const Array *a, int n_axes, int otherwise);

/* The type named by the string at `index`; `otherwise` when there is nothing. */
ArrayType binding_array_check_type(lua_State *L, int index, ArrayType otherwise);

/* The type of the array that a table becomes when none is named: bool if its first element is a boolean, else float64. */
ArrayType binding_array_table_type(lua_State *L, int index);

/* The whole number at `index`, 1 <= it <= n, as a C index from 0. `what` and the shape of `a` go into the message. */
int64_t binding_array_check_index(lua_State *L, int index, const Array *a, const char *what, int64_t n);

/* Raises unless `a`, the argument at `index`, is 1-d, or has two axes or more. */
void binding_array_check_vector(lua_State *L, int index, const Array *a);
void binding_array_check_matrix(lua_State *L, int index, const Array *a);

/* An array (borrowed), a value, or a table, whose place on the stack an array takes. Raises on anything else. */
ArrayOperand binding_array_operand(lua_State *L, int index);

/* Push or write the element at `at`; a value that the type cannot hold raises. */
void binding_array_push_number(lua_State *L, double x); /* a NaN without its sign, which means nothing and Lua would print */
void binding_array_push_element(lua_State *L, ArrayType type, const char *at);
void binding_array_set_element(lua_State *L, ArrayType type, char *at, int value_index);
void binding_array_push_scalar(lua_State *L, const ArrayScalar *x);

/* a:take(which[, axis]), a:put(which, values[, axis]): also what a[which] and a[which] = values do. */
int binding_array_take(lua_State *L);
int binding_array_put(lua_State *L);

/* Add methods and metamethods of one file to the tables at these (absolute) stack places; functions to the module. */
void binding_array_add_math(lua_State *L, int methods_at, int meta_at);
void binding_array_add_shape(lua_State *L, int module_at, int methods_at);
void binding_array_add_spikes(lua_State *L, int module_at, int methods_at);

#endif
