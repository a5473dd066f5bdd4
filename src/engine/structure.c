#include "engine/structure.h"

Storage structure_pairs(const Projection *p, const PairBlock *b) {
  return storage_major(p->storage) == SIDE_PRE ? storage_block(SIDE_PRE, b->major_first, b->n_major, b->minor_first, b->n_minor)
                                               : storage_block(SIDE_POST, b->minor_first, b->n_minor, b->major_first, b->n_major);
}

static inline void clear(Array *a, int64_t place) {
  if (a->type == ARRAY_F64)
    ((double *)a->at)[place] = 0;
  else
    ((float *)a->at)[place] = 0;
}

void structure_clear_known(const Projection *p, const Storage *pairs, Array *answers) {
  const Storage *s = p->storage;
  const int64_t first = storage_major_first(pairs), minor_first = storage_minor_first(pairs), n_minor = storage_n_minor(pairs);
  const int64_t own = storage_major_first(s), own_end = own + storage_n_major(s), end = first + storage_n_major(pairs);
  StorageBuffer buffer;
  StorageSpan span;
  for (int64_t major = own > first ? own : first; major < end && major < own_end; major++)
    for (int64_t from = 0; (span = storage_span(s, major - own, from, &buffer)).n > 0; from += span.n)
      for (int64_t k = 0; k < span.n; k++) {
        const int64_t minor = (span.minors != NULL ? span.minors[k] : span.minor + k) - minor_first;
        if (minor >= 0 && minor < n_minor)
          clear(answers, (major - first) * n_minor + minor);
      }
}

void structure_replace(Projection *p, Storage *next) {
  projection_drop_kernels(p);
  delay_table_free(&p->delays);
  storage_swap(p->storage, next);
  storage_free(next);
}
