#include "engine/bound_check.h"

#include "engine/bound_kernel.h"

static bool is_by_pre(const Storage *s) { return s->format == FORMAT_DENSE_PRE || s->format == FORMAT_ROWS_PRE; }
static bool is_dense(const Storage *s) { return s->format == FORMAT_DENSE_PRE || s->format == FORMAT_DENSE_POST; }

/* How many elements an array needs, so that every element of `scope` is in it. */
static int64_t needed(const BoundKernel *b, Scope scope) {
  const Storage *s = b->args.storage;
  if (scope == SCOPE_UNIFORM)
    return 1;
  if (b->nest == NEST_EACH || b->nest == NEST_LIST)
    return b->nest == NEST_EACH ? b->first + b->n : 0; /* of a list: bound_fits_list looks at its elements */
  if (scope == SCOPE_ELEM)
    return s->n_synapses;
  int64_t first = scope == SCOPE_PRE ? s->pre_first : s->post_first, n = scope == SCOPE_PRE ? s->n_pre : s->n_post;
  return is_dense(s) ? first + n : n;
}

bool bound_fits(const BoundKernel *b) {
  if (b->nest >= NEST_ALL && b->args.storage == NULL)
    return false;
  for (int k = 0; k < b->n_slots; k++)
    if (b->pointers[k] != b->arrays[k]->at || array_count(b->arrays[k]) < needed(b, program_slot(b->program, k)->scope))
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
  bool is_pre = b->nest == NEST_PRE;
  if (is_dense(s))
    *first = is_pre ? s->pre_first : s->post_first;
  *last = *first + (is_pre ? s->n_pre : s->n_post);
}

bool bound_fits_list(const BoundKernel *b, const int32_t *list, int64_t n_list, const int64_t *begin, const int64_t *end) {
  const Storage *s = b->args.storage;
  int64_t first, last;
  if (!bound_fits(b))
    return false;
  range_of_list(b, &first, &last);
  for (int64_t k = 0; k < n_list; k++) {
    /* spikes that arrive after different delays name a neuron once for each segment of its row */
    bool ascends = k == 0 || list[k] > list[k - 1] || (begin != NULL && list[k] == list[k - 1] && begin[k] >= end[k - 1]);
    if (!ascends || list[k] < first || list[k] >= last)
      return false;
    if (begin == NULL)
      continue;
    bool is_row = (b->nest == NEST_PRE) == is_by_pre(s);
    const int64_t *row = is_row ? s->row : s->column;
    if (is_dense(s) || row == NULL || begin[k] > end[k] || begin[k] < row[list[k]] || end[k] > row[list[k] + 1])
      return false;
  }
  return true;
}

bool spikes_are_sound(const int32_t *neuron, int64_t n_spikes, int64_t n) {
  if (n_spikes < 0 || n_spikes > n || (n_spikes > 0 && (neuron[0] < 0 || neuron[n_spikes - 1] >= n)))
    return false;
  for (int64_t k = 1; k < n_spikes; k++)
    if (neuron[k] <= neuron[k - 1])
      return false;
  return true;
}
