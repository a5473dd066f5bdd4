/* What must hold when a bound kernel is called, for ASSERT: no element that it may touch lies outside the arrays of its slots. */
#ifndef LUNAPSE_ENGINE_BOUND_CHECK_H
#define LUNAPSE_ENGINE_BOUND_CHECK_H
#include <stdbool.h>
#include <stdint.h>

struct BoundKernel;

/* Before a run over everything (EACH, ALL): pointers are those of the arrays, and these are long enough. */
bool bound_fits(const struct BoundKernel *b);

/* Before a run over listed elements or neurons: they ascend without repetition, exist, and begin .. end lie in their rows. */
bool bound_fits_list(const struct BoundKernel *b, const int32_t *list, int64_t n_list, const int64_t *begin, const int64_t *end);

/* Neuron numbers of one step: ascending, from 0 to n - 1; of given spikes some may be the same. */
bool spikes_are_sound(const int32_t *neuron, int64_t n_spikes, int64_t n, bool may_repeat);

#endif
