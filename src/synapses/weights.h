/* Loops over the synapses of a projection for scripts: sums per neuron, and values per neuron applied to synapses. Where synapses lie in rows, rows are
** read in one stream and no index of either end is needed. Sums of a row go to lanes that are added at the end, so their order is fixed.
** Arrays are contiguous float64 or float32; sizes are checked here. Main thread. */
#ifndef LUNAPSE_SYNAPSES_WEIGHTS_H
#define LUNAPSE_SYNAPSES_WEIGHTS_H
#include "base/array.h"
#include "kernel/program.h"

typedef enum { WEIGHTS_PRE, WEIGHTS_POST } WeightsSide;
typedef enum { WEIGHTS_SUM, WEIGHTS_SUM_ABS, WEIGHTS_SUM_SQUARE } WeightsSum;
typedef enum { WEIGHTS_SCALE, WEIGHTS_ADD } WeightsChange;

/* out[neuron] = sum over its synapses of values, |values| or values^2. out: float64, as long as the population; values: one per synapse. */
bool weights_sum(const Storage *s, WeightsSide side, WeightsSum what, const Array *values, Array *out, Error *e);

/* values *= by[neuron], or values += by[neuron], for every synapse. by: float64, as long as the population. */
bool weights_change(const Storage *s, WeightsSide side, WeightsChange what, Array *values, const Array *by, Error *e);

#endif
