/* The state of a storage: which neurons each place joins. The reverse index follows from it. */
#include "base/memory.h"
#include "synapses/storage.h"
#include "synapses/storage_private.h"

static bool check_rows(const Storage *s, State *state) {
  int64_t n_major = storage_n_major(s), before = 0;
  for (int64_t r = 0; r <= n_major; r++) {
    if (s->row[r] < before || s->row[r] > s->n_synapses || (r == 0 && s->row[r] != 0))
      return state_fail(state, "row %lld begins at place %lld", (long long)r + 1, (long long)s->row[r] + 1);
    before = s->row[r];
  }
  return (before == s->n_synapses || state_fail(state, "rows end before place %lld", (long long)s->n_synapses)) &&
         state_check_i32(state, "minor", s->minor, s->n_synapses, 0, storage_n_minor(s) - 1);
}

static bool rows_state(Storage *s, State *state, int64_t room_rows, int64_t room_places) {
  int64_t n_rows = storage_n_major(s) + 1, n_places = s->n_synapses;
  if (!state_grown(state, "row", ARRAY_I64, (void **)&s->row, &n_rows, &room_rows) ||
      !state_grown(state, "minor", ARRAY_I32, (void **)&s->minor, &n_places, &room_places))
    return false;
  if (n_rows != storage_n_major(s) + 1 || n_places != s->n_synapses)
    return state_fail(state, "%lld rows and %lld places do not fit", (long long)n_rows - 1, (long long)n_places);
  return state->mode != STATE_READ || check_rows(s, state);
}

static int64_t reverse_bytes(const Storage *s) { return s->column != NULL ? 8 * (storage_n_minor(s) + 1) + 12 * s->n_synapses : 0; }

/* READ: the reverse index, if there was one, is that of rows that are gone. */
static bool renew_reverse(Storage *s, State *state) {
  bool is_wanted = s->column != NULL;
  memory_free((void *)s->column);
  memory_free((void *)s->column_major);
  memory_free((void *)s->column_place);
  s->column = s->column_place = NULL;
  s->column_major = NULL;
  return !is_wanted || storage_need_reverse(s, 0, state->error);
}

bool storage_state(Storage *s, State *state, int64_t n_pre, int64_t n_post, bool may_change) {
  Owned *owned = (Owned *)s;
  const bool is_reading = state->mode == STATE_READ, by_pre = storage_is_by_pre(s);
  const int64_t n_before = s->n_synapses, room_rows = s->row != NULL ? storage_n_major(s) + 1 : 0,
                room_places = s->minor != NULL ? s->n_synapses : 0;
  int64_t format = s->format;
  if (!state_i64(state, "format", &format) || !state_i64(state, "n_synapses", &s->n_synapses))
    return false;
  bool is_other = format != (int64_t)s->format || s->n_synapses != n_before;
  if (is_other && !may_change) {
    int64_t n_there = s->n_synapses;
    s->n_synapses = n_before;
    return state_fail(state, "%lld synapses here, and %lld in the state, or stored in another way: the kernels do not fit",
                      (long long)n_before, (long long)n_there);
  }
  if (!state_check(state, "format", format, FORMAT_DENSE_PRE, FORMAT_ROWS_POST) ||
      !state_check(state, "n_synapses", s->n_synapses, 0, INT64_MAX / 16))
    return false;
  s->format = (Format)format;
  if (storage_is_by_pre(s) != by_pre)
    return state_fail(state, "synapses are stored by the other neuron in the state");
  if (!state_i64(state, "n_pre", &s->n_pre) || !state_i64(state, "n_post", &s->n_post) || !state_i64(state, "pre_first", &s->pre_first) ||
      !state_i64(state, "post_first", &s->post_first) || !state_bool(state, "is_unique", &s->is_unique) ||
      !state_bool(state, "is_by_delay", &owned->is_by_delay))
    return false;
  if (!state_check(state, "pre_first", s->pre_first, 0, n_pre) || !state_check(state, "n_pre", s->n_pre, 0, n_pre - s->pre_first) ||
      !state_check(state, "post_first", s->post_first, 0, n_post) || !state_check(state, "n_post", s->n_post, 0, n_post - s->post_first))
    return false;
  if (storage_is_dense(s))
    return s->n_synapses == s->n_pre * s->n_post || state_fail(state, "a dense block of another size");
  return rows_state(s, state, room_rows, room_places) && (!is_reading || renew_reverse(s, state)) &&
         state_memory(state, "reverse index", reverse_bytes(s));
}
