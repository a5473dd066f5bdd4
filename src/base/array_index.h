/* Loops over arrays through index arrays: what projections need to go between synapses and neurons. Indexes count from 1.
** All arrays are contiguous; sizes are checked here, index values too. */
#ifndef LUNAPSE_BASE_ARRAY_INDEX_H
#define LUNAPSE_BASE_ARRAY_INDEX_H
#include "base/array.h"

/* matrix[row[k]][column[k]] = values[k]. matrix: float64; row, column: int32; values: float64 or float32. */
bool array_put_pairs(Array *matrix, const Array *row, const Array *column, const Array *values, Error *e);

#endif
