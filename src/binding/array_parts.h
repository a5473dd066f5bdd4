/* What the files of the array binding share among themselves; others use binding/array.h. */
#ifndef LUNAPSE_BINDING_ARRAY_PARTS_H
#define LUNAPSE_BINDING_ARRAY_PARTS_H
#include <lua.h>

#include "base/array_block.h"
#include "base/array_math.h"

/* The array at `index` as it is, for who goes by strides: one value may stand for all elements. */
Array *binding_check_element_array(lua_State *L, int index);
Array *binding_test_element_array(lua_State *L, int index);

/* The array at `index`, ready to be written: its owner was asked, every element has memory of its own. What is then written is told to him
** by binding_array_written. Both may raise. */
Array *binding_array_to_write(lua_State *L, int index);
void binding_array_written(lua_State *L, int index, Array *a);

/* Push an empty box, to be filled with a reference at once; what raises before that is harmless. */
Array **binding_array_box(lua_State *L);

/* Put `a` (taken) into the box on top of the stack and return 1; raise `e`, or "out of memory" if it is empty, when `a` is NULL. */
int binding_array_return(lua_State *L, Array **box, Array *a, const Error *e);

/* Raise `e` at the caller's line. */
int binding_array_fail(lua_State *L, const Error *e);

/* Push a new array (rows x columns; columns 0 for 1-d); raises when it cannot be had. */
Array *binding_array_make(lua_State *L, ArrayType type, lua_Integer n_rows, lua_Integer n_columns);

/* The type named by the string at `index`; `otherwise` when there is nothing. */
ArrayType binding_array_check_type(lua_State *L, int index, ArrayType otherwise);

/* The type of the array that a table becomes when none is named: bool if its first element is a boolean, else float64. */
ArrayType binding_array_table_type(lua_State *L, int index);

/* The whole number at `index`, 1 <= it <= n, as a C index from 0. `what` and the shape of `a` go into the message. */
int64_t binding_array_check_index(lua_State *L, int index, const Array *a, const char *what, int64_t n);

/* Raises unless `a`, the argument at `index`, is 1-d, or 2-d. */
void binding_array_check_vector(lua_State *L, int index, const Array *a);
void binding_array_check_matrix(lua_State *L, int index, const Array *a);

/* An array (borrowed), a value, or a table, whose place on the stack an array takes. Raises on anything else. */
ArrayOperand binding_array_operand(lua_State *L, int index);

/* Push or write one element; a value that the type cannot hold raises. */
void binding_array_push_element(lua_State *L, const Array *a, int64_t row, int64_t column);
void binding_array_set_element(lua_State *L, Array *a, int64_t row, int64_t column, int value_index);
void binding_array_push_scalar(lua_State *L, const ArrayScalar *x);

/* a:take(which), a:put(which, values): also what a[which] and a[which] = values do. */
int binding_array_take(lua_State *L);
int binding_array_put(lua_State *L);

/* Add methods and metamethods of one file to the tables at these (absolute) stack places; functions to the module. */
void binding_array_add_math(lua_State *L, int methods_at, int meta_at);
void binding_array_add_shape(lua_State *L, int module_at, int methods_at);
void binding_array_add_spikes(lua_State *L, int module_at, int methods_at);

#endif
