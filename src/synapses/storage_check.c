#include "synapses/storage_check.h"

#include "synapses/storage_private.h"

static bool rows_are_sound(const Storage *s, bool is_sorted) {
  const int64_t n_major = storage_n_major(s), n_minor = storage_n_minor(s);
  if (s->row[0] != 0 || s->row[n_major] != s->n_synapses)
    return false;
  for (int64_t r = 0; r < n_major; r++) {
    if (s->row[r] > s->row[r + 1])
      return false;
    for (int64_t k = s->row[r]; k < s->row[r + 1]; k++) {
      if (s->minor[k] < 0 || s->minor[k] >= n_minor)
        return false;
      bool is_first = k == s->row[r];
      if (is_sorted && !is_first && (s->minor[k] < s->minor[k - 1] || (s->is_unique && s->minor[k] == s->minor[k - 1])))
        return false;
    }
  }
  return true;
}

static bool columns_are_sound(const Storage *s) {
  const int64_t n_minor = storage_n_minor(s);
  if (s->column[0] != 0 || s->column[n_minor] != s->n_synapses)
    return false;
  for (int64_t m = 0; m < n_minor; m++)
    for (int64_t k = s->column[m]; k < s->column[m + 1]; k++) {
      int64_t place = s->column_place[k], major = s->column_major[k];
      bool is_first = k == s->column[m];
      if (place < 0 || place >= s->n_synapses || s->minor[place] != m || place < s->row[major] || place >= s->row[major + 1] ||
          (!is_first && s->column_major[k - 1] > major))
        return false;
    }
  return true;
}

bool storage_is_sound(const Storage *s, bool is_sorted) {
  if (s == NULL)
    return true;
  if (storage_is_dense(s))
    return s->n_synapses == s->n_pre * s->n_post && s->pre_first >= 0 && s->post_first >= 0;
  return rows_are_sound(s, is_sorted) && (s->column == NULL || columns_are_sound(s));
}
