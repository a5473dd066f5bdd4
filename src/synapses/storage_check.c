#include "synapses/storage_check.h"

#include "synapses/storage.h"

static bool row_is_sound(const Storage *s, int64_t row, bool is_sorted) {
  const int64_t first = storage_minor_first(s), last = first + storage_n_minor(s), length = storage_row(s, row + 1) - storage_row(s, row);
  StorageBuffer buffer;
  int64_t n = 0, before = -1;
  for (StorageSpan span = storage_span(s, row, 0, &buffer); span.n > 0; span = storage_span(s, row, n, &buffer)) {
    for (int64_t k = 0; k < span.n; k++) {
      int64_t minor = span.minors != NULL ? span.minors[k] : span.minor + k;
      if (minor < first || minor >= last || (is_sorted && (minor < before || (s->is_unique && minor == before))))
        return false;
      before = minor;
    }
    n += span.n;
  }
  return n == length;
}

bool storage_is_sound(const Storage *s, bool is_sorted) {
  if (s == NULL)
    return true;
  const int64_t n_rows = storage_n_major(s);
  if (storage_row(s, 0) != 0 || storage_row(s, n_rows) != s->n_synapses || s->pre_first < 0 || s->post_first < 0)
    return false;
  for (int64_t r = 0; r < n_rows; r++)
    if (!row_is_sound(s, r, is_sorted))
      return false;
  return true;
}
