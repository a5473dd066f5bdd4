/* What the analysis of spikes does once per spike. Spikes are two 1-d arrays of equal count: neuron numbers from 1, and times in ms,
** ascending. Arguments are borrowed; functions return the caller's array, or NULL with `e` filled. */
#ifndef LUNAPSE_BASE_ARRAY_SPIKES_H
#define LUNAPSE_BASE_ARRAY_SPIKES_H
#include "base/array.h"

/* The steps that a recording covers: n_steps of dt ms from the time `from`. */
typedef struct {
  double from, dt;
  int64_t n_steps;
} SpikeSteps;

/* Instantaneous rates (Hz, float64 [n_neurons][n_steps]): from the step of a spike up to the step before the neuron's next one the
** rate is the inverse of the interval between them; it is 0 before the first and after the last spike, and a spike in the very first
** step starts no interval. Errors: neuron numbers outside 1..n_neurons, no memory. */
Array *array_spike_rates(const Array *neuron, const Array *t, int64_t n_neurons, const SpikeSteps *steps, Error *e);

/* First-order low-pass along the last axis of `a`: y[0] = x[0], y[k] = y[k-1] + (x[k] - y[k-1]) gain. float64. */
Array *array_lowpass(const Array *a, double gain, Error *e);

/* How often t_b - t_a falls into bins of `bin` ms around the lags -n_half bin, ..., 0, ..., n_half bin (int64 [2 n_half + 1]); a lag
** in the middle between two bins goes to the one further from 0. Both arrays ascend. `is_auto` leaves out the pairs of a spike with
** itself. Errors: times that descend, no memory. */
Array *array_correlogram(const Array *a, const Array *b, double bin, int64_t n_half, bool is_auto, Error *e);

#endif
