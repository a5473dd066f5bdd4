#include "base/array_spikes.h"

#include <inttypes.h>
#include <math.h>

#include "base/array_block.h"
#include "base/memory.h"

Array *array_spike_rates(const Array *neuron, const Array *t, int64_t n_neurons, const SpikeSteps *steps, Error *e) {
  Array *rates = array_new_shaped(ARRAY_F64, 2, (int64_t[2]){ n_neurons, steps->n_steps });
  /* The step of each neuron's last spike; 0 starts no interval. */
  int64_t *last = rates == NULL ? NULL : memory_new((size_t)n_neurons * sizeof *last);
  bool is_fine = last != NULL;
  if (!is_fine)
    error_memory(e, "a rate for every neuron and step", 8.0 * (double)n_neurons * (double)steps->n_steps);
  for (int64_t k = 0; is_fine && k < t->shape[0]; k++) {
    int64_t i = array_get_integer(neuron, k) - 1;
    if (i < 0 || i >= n_neurons) {
      is_fine = error_set(e, "spike %" PRId64 " is of neuron %" PRId64 ", but there are %" PRId64 " neurons", k + 1, i + 1, n_neurons);
      break;
    }
    double place = rint((array_get(t, k) - steps->from) / steps->dt);
    if (!(place >= 0 && place <= (double)steps->n_steps))
      continue;
    int64_t step = (int64_t)place;
    if (last[i] > 0 && step > last[i]) {
      double *row = (double *)(void *)rates->at + i * steps->n_steps, rate = 1000 / (steps->dt * (double)(step - last[i]));
      for (int64_t s = last[i]; s < step; s++)
        row[s] = rate;
    }
    last[i] = step;
  }
  memory_free(last);
  if (!is_fine) {
    array_release(rates);
    return NULL;
  }
  return rates;
}

Array *array_lowpass(const Array *a, double gain, Error *e) {
  Array *out = array_duplicate(a, ARRAY_F64);
  if (out == NULL) {
    error_memory(e, "a smoothed copy", 8.0 * (double)array_count(a));
    return NULL;
  }
  int64_t n = a->shape[a->n_axes - 1], count = array_count(a);
  for (int64_t first = 0; first < count; first += n) {
    double *x = (double *)(void *)out->at + first;
    for (int64_t k = 1; k < n; k++)
      x[k] = x[k - 1] + (x[k] - x[k - 1]) * gain;
  }
  return out;
}

static bool ascends(const Array *t) {
  for (int64_t k = 1; k < t->shape[0]; k++)
    if (!(array_get(t, k) >= array_get(t, k - 1)))
      return false;
  return true;
}

Array *array_correlogram(const Array *a, const Array *b, double bin, int64_t n_half, bool is_auto, Error *e) {
  if (!ascends(a) || !ascends(b)) {
    error_set(e, "the times of a correlogram must ascend");
    return NULL;
  }
  Array *counts = array_new(ARRAY_I64, 2 * n_half + 1, 0);
  if (counts == NULL) {
    error_memory(e, "a correlogram", 16.0 * (double)n_half);
    return NULL;
  }
  int64_t *count = (int64_t *)(void *)counts->at, first = 0;
  double reach = (double)n_half + 0.5;
  for (int64_t i = 0; i < a->shape[0]; i++) {
    double t = array_get(a, i);
    while (first < b->shape[0] && (array_get(b, first) - t) / bin < -reach)
      first++;
    for (int64_t j = first; j < b->shape[0]; j++) {
      double lag = (array_get(b, j) - t) / bin;
      if (lag > reach)
        break;
      int64_t at = (int64_t)round(lag);
      if ((is_auto && i == j) || at < -n_half || at > n_half)
        continue;
      count[at + n_half]++;
    }
  }
  return counts;
}
