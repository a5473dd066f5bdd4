#include "engine/bound_check.h"

#include "engine/bound_kernel.h"
#include "synapses/storage.h"

/* How many elements the array of a slot needs, so that every element of its scope is in it. */
static int64_t needed(const BoundKernel *b, int slot) {
  const Storage *s = b->args.storage;
  Scope scope = program_slot(b->program, slot)->scope;
  if (scope == SCOPE_UNIFORM)
    return program_slot_size(b->program, slot);
  if (b->nest == NEST_EACH || b->nest == NEST_LIST)
    return b->nest == NEST_EACH ? program_room(b->program, b->first + b->n) : 0; /* of a list: bound_fits_list looks at its elements */
  if (scope == SCOPE_ELEM)
    return storage_n_places(s);
  Side side = scope == SCOPE_PRE ? SIDE_PRE : SIDE_POST;
  return storage_first(s, side) + storage_n(s, side);
}

bool bound_fits(const BoundKernel *b) {
  if (b->nest >= NEST_ALL && b->args.storage == NULL)
    return false;
  for (int k = 0; k < b->n_slots; k++)
    if (b->pointers[k] != b->arrays[k]->at || array_count(b->arrays[k]) < needed(b, k))
      return false;
  return true;
}

/* Numbers of neurons that a list may hold: first .. last-1. */
static void range_of_list(const BoundKernel *b, int64_t *first, int64_t *last) {
  const Storage *s = b->args.storage;
  *first = 0;
  *last = INT64_MAX;
  if (b->nest == NEST_LIST) {
    for (int k = 0; k < b->n_slots; k++)
      if (program_slot(b->program, k)->scope == SCOPE_ELEM && array_count(b->arrays[k]) < *last)
        *last = array_count(b->arrays[k]);
    return;
  }
  Side side = b->nest == NEST_PRE ? SIDE_PRE : SIDE_POST;
  *first = storage_first(s, side);
  *last = *first + storage_n(s, side);
}

bool bound_fits_list(const BoundKernel *b, const int32_t *list, int64_t n_list, const int64_t *begin, const int64_t *end) {
  const Storage *s = b->args.storage;
  int64_t first, last;
  if (!bound_fits(b))
    return false;
  range_of_list(b, &first, &last);
  for (int64_t k = 0; k < n_list; k++) {
    /* spikes that arrive after different delays come in the order in which they were sent */
    bool ascends = k == 0 || list[k] > list[k - 1] || begin != NULL;
    if (!ascends || list[k] < first || list[k] >= last)
      return false;
    if (begin != NULL && (begin[k] > end[k] || begin[k] < 0 || end[k] > s->n_synapses))
      return false;
  }
  return true;
}

bool spikes_are_sound(const int32_t *neuron, int64_t n_spikes, int64_t n, bool may_repeat) {
  if (n_spikes < 0 || (n_spikes > n && !may_repeat) || (n_spikes > 0 && (neuron[0] < 0 || neuron[n_spikes - 1] >= n)))
    return false;
  for (int64_t k = 1; k < n_spikes; k++)
    if (neuron[k] < neuron[k - 1] || (neuron[k] == neuron[k - 1] && !may_repeat))
      return false;
  return true;
}
