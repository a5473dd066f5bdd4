#include "engine/event_ring.h"

#include "base/memory.h"

void ring_free(Spikes *ring, int64_t depth) {
  for (int64_t k = 0; ring != NULL && k < depth; k++)
    memory_free(ring[k].neuron);
  memory_free(ring);
}

Spikes *ring_new(int64_t depth, Error *e) {
  Spikes *ring = memory_new(sizeof *ring * (size_t)depth);
  if (ring == NULL)
    error_memory(e, "spike history", (double)sizeof *ring * (double)depth);
  for (int64_t k = 0; ring != NULL && k < depth; k++)
    ring[k].step = -1;
  return ring;
}

void ring_move(Spikes *ring, int64_t depth, Spikes *old, int64_t old_depth) {
  for (int64_t k = 0; old != NULL && k < old_depth; k++)
    if (old[k].step >= 0) {
      ring[old[k].step & (depth - 1)] = old[k];
      old[k].neuron = NULL;
    }
  ring_free(old, old_depth);
}

void ring_forget(Spikes *ring, int64_t depth) {
  for (int64_t k = 0; ring != NULL && k < depth; k++) {
    ring[k].step = -1;
    ring[k].n = 0;
  }
}

bool ring_reserve(Spikes *s, int64_t n_neurons, int64_t n, Error *e) {
  if (n <= s->capacity)
    return true;
  int64_t larger = memory_larger(s->capacity, n), capacity = larger < n_neurons || n > n_neurons ? larger : n_neurons;
  int32_t *neuron = memory_new(sizeof *neuron * (size_t)capacity);
  if (neuron == NULL)
    return error_memory(e, "spikes of a step", 4.0 * (double)capacity);
  memory_free(s->neuron);
  s->neuron = neuron;
  s->capacity = capacity;
  return true;
}
