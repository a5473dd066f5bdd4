/* Looking into a storage: reverse index, neurons of places, places of neurons, counts, size; and freeing it. */
#include <omp.h>
#include <string.h>

#include "base/debug.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "synapses/storage.h"
#include "synapses/storage_check.h"
#include "synapses/storage_private.h"

/* ---- memory and threads ------------------------------------------------------------------------------------------- */

enum { SYNAPSES_A_THREAD = IS_DEBUG ? 8 : 1 << 16 }; /* less than this is not worth another thread */
enum { MOST_WITH_CURSORS = 16 };                     /* eight bytes per thread and neuron must stay little */

int storage_team(bool has_cursors, int n_threads, int64_t work) {
  int most = has_cursors ? MOST_WITH_CURSORS : PARALLEL_MAX;
  if (n_threads <= 0)
    n_threads = omp_get_max_threads();
  return parallel_count(n_threads < most ? n_threads : most, work / SYNAPSES_A_THREAD);
}

void **storage_each(int n, int64_t bytes) {
  void **blocks = memory_new((size_t)n * sizeof *blocks);
  for (int k = 0; k < n && blocks != NULL; k++)
    if ((blocks[k] = memory_new((size_t)bytes)) == NULL) {
      storage_each_free(blocks, k);
      return NULL;
    }
  return blocks;
}

void storage_each_free(void *blocks, int n) {
  for (int k = 0; k < n && blocks != NULL; k++)
    memory_free(((void **)blocks)[k]);
  memory_free(blocks);
}

void storage_free(Storage *s) {
  if (s == NULL)
    return;
  memory_free((void *)s->row);
  memory_free((void *)s->minor);
  memory_free((void *)s->column);
  memory_free((void *)s->column_major);
  memory_free((void *)s->column_place);
  memory_free(s);
}

int64_t storage_bytes(const Storage *s) {
  int64_t bytes = (int64_t)sizeof(Owned);
  if (s->row != NULL)
    bytes += 8 * (storage_n_major(s) + 1) + 4 * s->n_synapses;
  if (s->column != NULL)
    bytes += 8 * (storage_n_minor(s) + 1) + 12 * s->n_synapses;
  return bytes;
}

/* ---- reverse index ------------------------------------------------------------------------------------------------ */

/* Within a column the entries of a share follow those of the shares before it: majors ascend. */
void storage_fill_reverse(const Storage *s, const Reverse *v) {
  const int64_t n_rows = storage_n_major(s), n_columns = storage_n_minor(s);
#pragma omp parallel for num_threads(v->n) schedule(static, 1) if (v->n > 1)
  for (int k = 0; k < v->n; k++)
    for (int64_t p = s->row[storage_share(n_rows, k, v->n)]; p < s->row[storage_share(n_rows, k + 1, v->n)]; p++)
      v->cursor[k][s->minor[p]]++;
  int64_t sum = 0;
  for (int64_t c = 0; c < n_columns; c++) {
    v->column[c] = sum;
    for (int k = 0; k < v->n; k++) {
      int64_t n = v->cursor[k][c];
      v->cursor[k][c] = sum;
      sum += n;
    }
  }
  v->column[n_columns] = sum;
#pragma omp parallel for num_threads(v->n) schedule(static, 1) if (v->n > 1)
  for (int k = 0; k < v->n; k++)
    for (int64_t r = storage_share(n_rows, k, v->n); r < storage_share(n_rows, k + 1, v->n); r++)
      for (int64_t p = s->row[r]; p < s->row[r + 1]; p++) {
        int64_t at = v->cursor[k][s->minor[p]]++;
        v->major[at] = (int32_t)r;
        v->place[at] = p;
      }
}

bool storage_need_reverse(Storage *s, int n_threads, Error *e) {
  if (storage_is_dense(s) || s->column != NULL)
    return true;
  size_t n = (size_t)s->n_synapses;
  Reverse v = { .n = storage_team(true, n_threads, s->n_synapses) };
  v.cursor = (int64_t **)storage_each(v.n, 8 * storage_n_minor(s));
  v.column = memory_new((size_t)(storage_n_minor(s) + 1) * sizeof *v.column);
  v.major = memory_new(n * sizeof *v.major);
  v.place = memory_new(n * sizeof *v.place);
  bool is_good = v.cursor != NULL && v.column != NULL && v.major != NULL && v.place != NULL;
  if (is_good) {
    storage_fill_reverse(s, &v);
    s->column = v.column;
    s->column_major = v.major;
    s->column_place = v.place;
  } else {
    memory_free(v.column);
    memory_free(v.major);
    memory_free(v.place);
    error_memory(e, "the reverse index of synapses", 12.0 * (double)n);
  }
  storage_each_free(v.cursor, v.n);
  ASSERT(!is_good || storage_is_sound(s, false));
  return is_good;
}

/* ---- neurons of places -------------------------------------------------------------------------------------------- */

/* The row that holds `place`. */
static int64_t row_of(const Storage *s, int64_t place) {
  int64_t low = 0, high = storage_n_major(s);
  while (high - low > 1) {
    int64_t middle = low + (high - low) / 2;
    if (s->row[middle] <= place)
      low = middle;
    else
      high = middle;
  }
  return low;
}

static void fill_majors(const Storage *s, int64_t first, int64_t last, int32_t *out) {
  if (first >= last)
    return;
  if (storage_is_dense(s)) {
    const int64_t width = storage_n_minor(s);
    for (int64_t p = first; p < last;) {
      int64_t r = p / width, end = (r + 1) * width < last ? (r + 1) * width : last;
      for (; p < end; p++)
        *out++ = (int32_t)(r + storage_major_first(s));
    }
    return;
  }
  int64_t r = row_of(s, first);
  for (int64_t p = first; p < last; r++)
    for (int64_t end = s->row[r + 1] < last ? s->row[r + 1] : last; p < end; p++)
      *out++ = (int32_t)r;
}

static void fill_minors(const Storage *s, int64_t first, int64_t last, int32_t *out) {
  if (first >= last)
    return;
  if (!storage_is_dense(s)) {
    memcpy(out, s->minor + first, (size_t)(last - first) * sizeof *out);
    return;
  }
  const int64_t width = storage_n_minor(s);
  int64_t c = first % width;
  for (int64_t p = first; p < last; p++) {
    *out++ = (int32_t)(c + storage_minor_first(s));
    c = c + 1 < width ? c + 1 : 0;
  }
}

void storage_fill_pre(const Storage *s, int64_t first, int64_t last, int32_t *out) {
  (storage_is_by_pre(s) ? fill_majors : fill_minors)(s, first, last, out);
}

void storage_fill_post(const Storage *s, int64_t first, int64_t last, int32_t *out) {
  (storage_is_by_pre(s) ? fill_minors : fill_majors)(s, first, last, out);
}

int64_t storage_pre(const Storage *s, int64_t place) {
  int32_t i;
  storage_fill_pre(s, place, place + 1, &i);
  return i;
}

int64_t storage_post(const Storage *s, int64_t place) {
  int32_t i;
  storage_fill_post(s, place, place + 1, &i);
  return i;
}

/* ---- counts ------------------------------------------------------------------------------------------------------- */

static void count_dense(int64_t first, int64_t n_block, int64_t each, int64_t n, int64_t *out) {
  for (int64_t i = 0; i < n; i++)
    out[i] = i >= first && i < first + n_block ? each : 0;
}

static void count_major(const Storage *s, int64_t n, int64_t *out) {
  if (storage_is_dense(s)) {
    count_dense(storage_major_first(s), storage_n_major(s), storage_n_minor(s), n, out);
    return;
  }
  for (int64_t i = 0; i < n; i++)
    out[i] = s->row[i + 1] - s->row[i];
}

static void count_minor(const Storage *s, int64_t n, int64_t *out) {
  if (storage_is_dense(s)) {
    count_dense(storage_minor_first(s), storage_n_minor(s), storage_n_major(s), n, out);
    return;
  }
  memset(out, 0, (size_t)n * sizeof *out);
  if (s->column != NULL)
    for (int64_t i = 0; i < n; i++)
      out[i] = s->column[i + 1] - s->column[i];
  else
    for (int64_t p = 0; p < s->n_synapses; p++)
      out[s->minor[p]]++;
}

void storage_fan_in(const Storage *s, int64_t n_post, int64_t *out) { (storage_is_by_pre(s) ? count_minor : count_major)(s, n_post, out); }
void storage_fan_out(const Storage *s, int64_t n_pre, int64_t *out) { (storage_is_by_pre(s) ? count_major : count_minor)(s, n_pre, out); }

/* ---- places of neurons -------------------------------------------------------------------------------------------- */

static int64_t find_in_row(const Storage *s, int64_t row, int32_t minor) {
  int64_t low = s->row[row], high = s->row[row + 1];
  if (((const Owned *)s)->is_by_delay) {
    while (low < high && s->minor[low] != minor)
      low++;
    return low < high ? low : -1;
  }
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    if (s->minor[middle] < minor)
      low = middle + 1;
    else
      high = middle;
  }
  return low < s->row[row + 1] && s->minor[low] == minor ? low : -1;
}

int64_t storage_find(const Storage *s, int64_t pre, int64_t post) {
  int64_t major = storage_is_by_pre(s) ? pre : post, minor = storage_is_by_pre(s) ? post : pre;
  major -= storage_major_first(s); /* 0 for rows */
  minor -= storage_minor_first(s);
  if (major < 0 || major >= storage_n_major(s) || minor < 0 || minor >= storage_n_minor(s))
    return -1;
  return storage_is_dense(s) ? major * storage_n_minor(s) + minor : find_in_row(s, major, (int32_t)minor);
}

static int64_t places_of_major(const Storage *s, int64_t major, int64_t *out) {
  major -= storage_major_first(s);
  if (major < 0 || major >= storage_n_major(s))
    return 0;
  int64_t first = storage_is_dense(s) ? major * storage_n_minor(s) : s->row[major];
  int64_t last = storage_is_dense(s) ? first + storage_n_minor(s) : s->row[major + 1];
  for (int64_t p = first; p < last; p++)
    out[p - first] = p;
  return last - first;
}

static int64_t places_of_minor(const Storage *s, int64_t minor, int64_t *out) {
  minor -= storage_minor_first(s);
  if (minor < 0 || minor >= storage_n_minor(s))
    return 0;
  int64_t n = 0;
  if (storage_is_dense(s)) {
    for (; n < storage_n_major(s); n++)
      out[n] = n * storage_n_minor(s) + minor;
  } else if (s->column != NULL) {
    n = s->column[minor + 1] - s->column[minor];
    memcpy(out, s->column_place + s->column[minor], (size_t)n * sizeof *out);
  } else {
    for (int64_t p = 0; p < s->n_synapses; p++)
      if (s->minor[p] == minor)
        out[n++] = p;
  }
  return n;
}

int64_t storage_places_of_post(const Storage *s, int64_t post, int64_t *out) {
  return (storage_is_by_pre(s) ? places_of_minor : places_of_major)(s, post, out);
}

int64_t storage_places_of_pre(const Storage *s, int64_t pre, int64_t *out) {
  return (storage_is_by_pre(s) ? places_of_major : places_of_minor)(s, pre, out);
}
