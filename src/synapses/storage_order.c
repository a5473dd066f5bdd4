/* Changing a storage that is there: rows sorted by delay, and synapses added and removed. */
#include <string.h>

#include "base/debug.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "synapses/storage.h"
#include "synapses/storage_check.h"
#include "synapses/storage_private.h"

enum { LONGEST_DELAY = 1 << 24 }; /* steps: 28 minutes at 0.1 ms */

/* ---- rows by delay ------------------------------------------------------------------------------------------------ */

static bool check_delays(const Storage *s, const int32_t *delay, int32_t *longest, Error *e) {
  *longest = 0;
  for (int64_t p = 0; p < s->n_synapses; p++) {
    if (delay[p] < 1 || delay[p] > LONGEST_DELAY)
      return error_set(e, "a delay must be between 1 and %d steps, got %d", (int)LONGEST_DELAY, (int)delay[p]);
    if (delay[p] > *longest)
      *longest = delay[p];
  }
  return true;
}

/* The delays that occur; rank[d] is the number of delay d among them. NULL when memory is short. */
static int32_t *rank_delays(const Storage *s, const int32_t *delay, int32_t longest, DelayTable *table, Error *e) {
  int32_t *rank = memory_new((size_t)(longest + 1) * sizeof *rank);
  if (rank == NULL) {
    error_memory(e, "sorting delays", 4.0 * longest);
    return NULL;
  }
  for (int64_t p = 0; p < s->n_synapses; p++)
    rank[delay[p]] = 1;
  for (int32_t d = 0; d <= longest; d++)
    table->n_delays += rank[d];
  table->delay = memory_new((size_t)table->n_delays * sizeof *table->delay);
  if (table->delay == NULL) {
    memory_free(rank);
    error_memory(e, "a table of delays", 4.0 * table->n_delays);
    return NULL;
  }
  int32_t k = 0;
  for (int32_t d = 0; d <= longest; d++)
    if (rank[d]) {
      table->delay[k] = d;
      rank[d] = k++;
    }
  return rank;
}

static int64_t longest_row(const Storage *s) {
  int64_t longest = 0;
  for (int64_t r = 0; r < storage_n_major(s); r++)
    if (s->row[r + 1] - s->row[r] > longest)
      longest = s->row[r + 1] - s->row[r];
  return longest;
}

/* A counting sort of one row; equal delays keep their order. `begin` is the row's part of the table, `minor` a spare row. */
static void sort_one_row(const Storage *s, int64_t r, const int32_t *rank, const int32_t *delay, int32_t n_delays, int64_t *begin,
                         int32_t *within, int32_t *minor) {
  const int64_t first = s->row[r], n = s->row[r + 1] - first;
  int32_t *stored = (int32_t *)s->minor + first;
  for (int64_t k = 0; k < n; k++)
    begin[rank[delay[first + k]] + 1]++;
  begin[0] = first;
  storage_add_up(begin, n_delays);
  for (int64_t k = 0; k < n; k++) {
    int64_t place = begin[rank[delay[first + k]]]++;
    within[place - first] = (int32_t)k;
    minor[place - first] = stored[k];
  }
  memcpy(stored, minor, (size_t)n * sizeof *minor);
  for (int32_t k = n_delays; k > 0; k--) /* every begin has moved to the next one's */
    begin[k] = begin[k - 1];
  begin[0] = first;
}

bool storage_sort_by_delay(Storage *s, const int32_t *delay, DelayTable *table, int32_t **within, int n_threads, Error *e) {
  *table = (DelayTable){ 0 };
  *within = NULL;
  if (storage_is_dense(s))
    return error_set(e, "synapses stored densely have one delay");
  int32_t longest;
  if (!check_delays(s, delay, &longest, e))
    return false;
  int32_t *rank = rank_delays(s, delay, longest, table, e);
  if (rank == NULL)
    return false;
  const int64_t n_rows = storage_n_major(s), width = table->n_delays + 1;
  int n_team = storage_team(s->column != NULL, n_threads, s->n_synapses);
  int32_t **spare = (int32_t **)storage_each(n_team, 4 * longest_row(s));
  Reverse v = { n_team, NULL, (int64_t *)s->column, (int64_t *)s->column_place, (int32_t *)s->column_major };
  v.cursor = (int64_t **)storage_each(n_team, v.column != NULL ? 8 * storage_n_minor(s) : 0);
  table->begin = memory_new((size_t)(n_rows * width) * sizeof *table->begin);
  *within = memory_new((size_t)s->n_synapses * sizeof **within);
  bool is_good = spare != NULL && v.cursor != NULL && table->begin != NULL && *within != NULL;
  if (is_good) {
#pragma omp parallel for num_threads(n_team) schedule(dynamic, 64) if (n_team > 1)
    for (int64_t r = 0; r < n_rows; r++)
      sort_one_row(s, r, rank, delay, table->n_delays, table->begin + r * width, *within + s->row[r], spare[parallel_id()]);
    ((Owned *)s)->is_by_delay = true;
    if (v.column != NULL)
      storage_fill_reverse(s, &v);
  } else {
    error_memory(e, "sorting synapses by delay", 8.0 * (double)(n_rows * width) + 4.0 * (double)s->n_synapses);
    memory_free(*within);
    *within = NULL;
    delay_table_free(table);
  }
  memory_free(rank);
  storage_each_free(spare, n_team);
  storage_each_free(v.cursor, n_team);
  ASSERT(!is_good || storage_is_sound(s, false));
  return is_good;
}

void delay_table_free(DelayTable *table) {
  memory_free(table->delay);
  memory_free(table->begin);
  *table = (DelayTable){ 0 };
}

bool storage_permute(const Storage *s, const int32_t *within, void *array, int size, Error *e) {
  int n_team = storage_team(false, 0, s->n_synapses);
  int64_t bytes = longest_row(s) * size;
  char **spare = (char **)storage_each(n_team, bytes);
  if (spare == NULL)
    return error_memory(e, "sorting synapses by delay", n_team * (double)bytes);
#pragma omp parallel for num_threads(n_team) schedule(dynamic, 64) if (n_team > 1)
  for (int64_t r = 0; r < storage_n_major(s); r++) {
    const int64_t first = s->row[r], n = s->row[r + 1] - first;
    char *row = (char *)array + first * size, *copy = spare[parallel_id()];
    memcpy(copy, row, (size_t)(n * size));
    for (int64_t k = 0; k < n; k++)
      if (size == 8)
        ((int64_t *)row)[k] = ((const int64_t *)copy)[within[first + k]];
      else if (size == 4)
        ((int32_t *)row)[k] = ((const int32_t *)copy)[within[first + k]];
      else
        memcpy(row + k * size, copy + (int64_t)within[first + k] * size, (size_t)size);
  }
  storage_each_free(spare, n_team);
  return true;
}

/* ---- synapses added and removed ------------------------------------------------------------------------------------ */

static bool check_change(const StorageChange *c, Error *e) {
  for (int64_t k = 0; k < c->n_added; k++)
    if (c->added_pre[k] < 0 || c->added_pre[k] >= c->n_pre || c->added_post[k] < 0 || c->added_post[k] >= c->n_post)
      return error_set(e, "added synapse %lld joins neurons %lld and %lld, but there are %lld pre and %lld post neurons", (long long)k + 1,
                       (long long)c->added_pre[k] + 1, (long long)c->added_post[k] + 1, (long long)c->n_pre, (long long)c->n_post);
  return true;
}

/* Majors and minors of what stays, in place order, then of what is added. Returns their number. */
static int64_t list_pairs(const Storage *old, const StorageChange *c, int32_t *pre, int32_t *post) {
  const int64_t n_old = old->n_synapses;
  int64_t n = n_old;
  storage_fill_pre(old, 0, n_old, pre);
  storage_fill_post(old, 0, n_old, post);
  if (c->keep != NULL) {
    n = 0;
    for (int64_t p = 0; p < n_old; p++) {
      pre[n] = pre[p];
      post[n] = post[p];
      n += c->keep[p] != 0;
    }
  }
  if (c->n_added > 0) {
    memcpy(pre + n, c->added_pre, (size_t)c->n_added * sizeof *pre);
    memcpy(post + n, c->added_post, (size_t)c->n_added * sizeof *post);
  }
  return n + c->n_added;
}

/* places: of the listed pairs, as list_pairs orders them. */
static void share_places(const Storage *old, const StorageChange *c, const int64_t *places, int64_t *of_old, int64_t *of_added) {
  int64_t n = 0;
  for (int64_t p = 0; p < old->n_synapses; p++)
    of_old[p] = c->keep == NULL || c->keep[p] ? places[n++] : -1;
  if (c->n_added > 0)
    memcpy(of_added, places + n, (size_t)c->n_added * sizeof *of_added);
}

Storage *storage_rebuild(const Storage *old, const StorageChange *c, int64_t **place_of_old, int64_t **place_of_added, Error *e) {
  *place_of_old = *place_of_added = NULL;
  if (!check_change(c, e))
    return NULL;
  const bool by_pre = storage_is_by_pre(old);
  const size_t n_most = (size_t)(old->n_synapses + c->n_added);
  int32_t *pre = memory_new(n_most * sizeof *pre), *post = memory_new(n_most * sizeof *post);
  int64_t *of_old = memory_new((size_t)old->n_synapses * sizeof *of_old), *of_added = memory_new((size_t)c->n_added * sizeof *of_added),
          *places = NULL;
  Storage *s = NULL;
  bool is_good = pre != NULL && post != NULL && of_old != NULL && of_added != NULL;
  if (!is_good)
    error_memory(e, "adding and removing synapses", 24.0 * (double)n_most);
  is_good = is_good && (s = storage_empty(by_pre ? FORMAT_ROWS_PRE : FORMAT_ROWS_POST, c->n_pre, c->n_post, e)) != NULL;
  if (is_good) {
    StoragePairs p = { .n = list_pairs(old, c, pre, post), .major = by_pre ? pre : post, .minor = by_pre ? post : pre };
    is_good = storage_build_pairs(s, &p, &places, e) && (old->column == NULL || storage_need_reverse(s, 0, e));
  }
  if (is_good) {
    share_places(old, c, places, of_old, of_added);
    *place_of_old = of_old;
    *place_of_added = of_added;
  } else {
    storage_free(s);
    s = NULL;
    memory_free(of_old);
    memory_free(of_added);
  }
  memory_free(places);
  memory_free(pre);
  memory_free(post);
  ASSERT(storage_is_sound(s, true));
  return s;
}

void storage_swap(Storage *a, Storage *b) {
  Owned *first = (Owned *)a, *second = (Owned *)b, spare = *first;
  *first = *second;
  *second = spare;
}
