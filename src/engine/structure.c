#include "engine/structure.h"

Storage structure_pairs(const Projection *p, const PairBlock *b) {
  bool by_pre = storage_is_by_pre(p->storage);
  Storage s = { .format = by_pre ? FORMAT_DENSE_PRE : FORMAT_DENSE_POST, .n_synapses = b->n_major * b->n_minor, .is_unique = true };
  s.n_pre = by_pre ? b->n_major : b->n_minor;
  s.n_post = by_pre ? b->n_minor : b->n_major;
  s.pre_first = by_pre ? b->major_first : b->minor_first;
  s.post_first = by_pre ? b->minor_first : b->major_first;
  return s;
}

static inline void clear(Array *a, int64_t place) {
  if (a->type == ARRAY_F64)
    ((double *)a->at)[place] = 0;
  else
    ((float *)a->at)[place] = 0;
}

void structure_clear_known(const Projection *p, const Storage *pairs, Array *answers) {
  const Storage *s = p->storage;
  const bool by_pre = storage_is_by_pre(s);
  const int64_t first = by_pre ? pairs->pre_first : pairs->post_first, last = first + (by_pre ? pairs->n_pre : pairs->n_post);
  const int64_t minor_first = by_pre ? pairs->post_first : pairs->pre_first, n_minor = by_pre ? pairs->n_post : pairs->n_pre;
  if (storage_is_dense(s)) {
    const int64_t own = by_pre ? s->pre_first : s->post_first, n_own = by_pre ? s->n_pre : s->n_post;
    const int64_t own_minor = by_pre ? s->post_first : s->pre_first, n_own_minor = by_pre ? s->n_post : s->n_pre;
    for (int64_t r = first; r < last; r++)
      for (int64_t m = minor_first; m < minor_first + n_minor && r >= own && r < own + n_own; m++)
        if (m >= own_minor && m < own_minor + n_own_minor)
          clear(answers, (r - first) * n_minor + m - minor_first);
    return;
  }
  for (int64_t r = first; r < last; r++)
    for (int64_t k = s->row[r]; k < s->row[r + 1]; k++) {
      int64_t m = s->minor[k] - minor_first;
      if (m >= 0 && m < n_minor)
        clear(answers, (r - first) * n_minor + m);
    }
}

void structure_replace(Projection *p, Storage *next) {
  projection_drop_kernels(p);
  delay_table_free(&p->delays);
  storage_swap(p->storage, next);
  storage_free(next);
}
