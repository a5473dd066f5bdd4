/* Loops over the synapses of a projection for scripts: sums per neuron, and values per neuron applied to synapses. Rows are read in one stream. Sums of a row
** go to lanes that are added at the end, so their order is fixed. Values are in the order of the synapses. Arrays are contiguous; sizes and types are checked
** here. Main thread. */
#ifndef LUNAPSE_SYNAPSES_WEIGHTS_H
#define LUNAPSE_SYNAPSES_WEIGHTS_H
#include "base/array.h"
#include "synapses/storage.h"

typedef enum { WEIGHTS_SUM, WEIGHTS_SUM_ABS, WEIGHTS_SUM_SQUARE } WeightsSum;
typedef enum { WEIGHTS_SCALE, WEIGHTS_ADD } WeightsChange;

/* out[neuron] = sum over its synapses of values, |values| or values^2. out: float64, as long as the population; values: float64 or float32,
** one per synapse. */
bool weights_sum(const Storage *s, Side side, WeightsSum what, const Array *values, Array *out, Error *e);

/* values *= by[neuron], or values += by[neuron], for every synapse. by: float64, as long as the population. */
bool weights_change(const Storage *s, Side side, WeightsChange what, Array *values, const Array *by, Error *e);

/* by[neuron] for every synapse, as a new array (the caller's): of runs where the synapses of a neuron stand together (base/array.h). */
Array *weights_spread(const Storage *s, Side side, const Array *by, Error *e);

/* Values of synapses from and into an array that kernels use, which has them by place (synapses/storage.h): by_synapse[k] = by_place[place of synapse k],
** and back. Both arrays are of one type. */
bool weights_read(const Storage *s, const Array *by_place, Array *by_synapse, Error *e);
bool weights_write(const Storage *s, const Array *by_synapse, Array *by_place, Error *e);

#endif
