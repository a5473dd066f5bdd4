#include "base/array_complex.h"

#include <complex.h>

#include "base/array_block.h"
#include "base/array_linear.h"
#include "base/array_math.h"

Array *array_complex_part(Array *a, bool is_imaginary) {
  if (!array_is_complex(a))
    return is_imaginary ? array_new_like(a, array_is_float(a) ? a->type : ARRAY_F64) : array_retain(a);
  Array *part = array_view(a, a->n_axes, 0, a->shape, a->stride);
  if (part == NULL)
    return NULL;
  part->type = ARRAY_F64;
  part->at += is_imaginary ? sizeof(double) : 0;
  for (int d = 0; d < part->n_axes; d++)
    part->stride[d] *= 2;
  return part;
}

/* re + i im, both of one shape, as a new array; takes both, either of which may be NULL. */
static Array *from_parts(Array *re, Array *im, Error *e) {
  Array *out = re != NULL && im != NULL ? array_new_like(re, ARRAY_C128) : NULL, *to = NULL;
  if (out != NULL && (to = array_complex_part(out, true)) != NULL) {
    array_copy(out, re, NULL);
    array_copy(to, im, NULL); /* of other memory: nothing can fail */
  } else {
    array_release(out);
    out = NULL;
    if (re != NULL && im != NULL)
      error_memory(e, "complex numbers", 16 * (double)array_count(re));
  }
  array_release(re);
  array_release(im);
  array_release(to);
  return out;
}

/* One reduction of real numbers, as an array. */
static Array *reduce(ArrayReduction kind, const Array *a, int axis, Error *e) {
  if (axis >= 0 && a->n_axes > 1)
    return array_reduce_axis(kind, a, axis, 0, e);
  ArrayScalar value;
  if (!array_reduce(kind, a, 0, &value, e))
    return NULL;
  Array *out = array_new(value.type, 1, 0);
  if (out != NULL)
    array_set(out, 0, value.number);
  return out;
}

Array *array_complex_reduce(ArrayReduction kind, Array *a, int axis, Error *e) {
  if (kind == ARRAY_REDUCE_COUNT || kind == ARRAY_REDUCE_ANY || kind == ARRAY_REDUCE_ALL)
    return reduce(kind, a, axis, e);
  if (kind == ARRAY_REDUCE_NORM1 || kind == ARRAY_REDUCE_NORM2) {
    Array *size = array_unary(ARRAY_ABS, a, e), *out = size != NULL ? reduce(kind, size, axis, e) : NULL;
    array_release(size);
    return out;
  }
  if (kind != ARRAY_REDUCE_SUM && kind != ARRAY_REDUCE_MEAN) {
    error_set(e, "%s has no meaning for complex numbers (see real, imag, abs, arg)", array_reduction_name(kind));
    return NULL;
  }
  Array *re = array_complex_part(a, false), *im = array_complex_part(a, true), *out = NULL;
  if (re != NULL && im != NULL)
    out = from_parts(reduce(kind, re, axis, e), reduce(kind, im, axis, e), e);
  array_release(re);
  array_release(im);
  return out;
}

Array *array_complex_cumsum(Array *a, int axis, Error *e) {
  Array *re = array_complex_part(a, false), *im = array_complex_part(a, true), *out = NULL;
  if (re != NULL && im != NULL)
    out = from_parts(array_cumulate(CUMULATE_SUM, re, axis, e), array_cumulate(CUMULATE_SUM, im, axis, e), e);
  array_release(re);
  array_release(im);
  return out;
}

static Array *product(const Array *a, const Array *b, Error *e) {
  if (a->n_axes != 1 || b->n_axes != 1 || a->shape[0] != b->shape[0])
    return array_product(a, b, e);
  Array *out = array_new(ARRAY_F64, 1, 0);
  if (out != NULL)
    array_set(out, 0, array_inner(a, b));
  return out;
}

/* x op y, which it takes. */
static Array *combine(ArrayBinary op, Array *x, Array *y, Error *e) {
  Array *out = x != NULL && y != NULL ? array_binary(op, &(ArrayOperand){ .array = x }, &(ArrayOperand){ .array = y }, e) : NULL;
  array_release(x);
  array_release(y);
  return out;
}

Array *array_complex_product(Array *a, Array *b, Error *e) {
  Array *part[4] = { array_complex_part(a, false), array_complex_part(a, true), array_complex_part(b, false), array_complex_part(b, true) };
  Array *out = NULL;
  if (part[0] != NULL && part[1] != NULL && part[2] != NULL && part[3] != NULL)
    out = from_parts(combine(ARRAY_SUB, product(part[0], part[2], e), product(part[1], part[3], e), e),
                     combine(ARRAY_ADD, product(part[0], part[3], e), product(part[1], part[2], e), e), e);
  for (int k = 0; k < 4; k++)
    array_release(part[k]);
  return out;
}

bool array_complex_fits(ArrayType type, const Array *from, Error *e) {
  return !array_is_complex(from) || type == ARRAY_C128 ||
         error_set(e, "complex numbers do not fit into %s: take their real, imag, abs or arg", array_type_name(type));
}
