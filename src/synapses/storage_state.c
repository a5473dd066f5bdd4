/* The state of a storage: which neurons each synapse joins. What storage_index made follows from it. */
#include "base/memory.h"
#include "synapses/storage_check.h"
#include "synapses/storage_private.h"

/* What an index of minors is there for. */
static bool is_indexed(const Storage *s) { return s->of->index_minors != NULL && storage_n_minor(s) > 0 && s->of->column_size(s, 0) >= 0; }

/* Everything but the format. */
static bool contents_state(Storage *s, State *state, int64_t n_pre, int64_t n_post) {
  return state_i64(state, "n_synapses", &s->n_synapses) && state_check(state, "n_synapses", s->n_synapses, 0, INT64_MAX / 16) &&
         state_i64(state, "pre_first", &s->pre_first) && state_check(state, "pre_first", s->pre_first, 0, n_pre) &&
         state_i64(state, "n_pre", &s->n_pre) && state_check(state, "n_pre", s->n_pre, 0, n_pre - s->pre_first) &&
         state_i64(state, "post_first", &s->post_first) && state_check(state, "post_first", s->post_first, 0, n_post) &&
         state_i64(state, "n_post", &s->n_post) && state_check(state, "n_post", s->n_post, 0, n_post - s->post_first) &&
         state_bool(state, "is_unique", &s->is_unique) && (s->of->state == NULL || s->of->state(s, state));
}

/* READ: another storage takes the place of this one when all of it is there and sound. */
static bool read_storage(Storage *s, State *state, int64_t n_pre, int64_t n_post, bool may_change) {
  int number = storage_number(s);
  if (!state_int(state, "format", &number))
    return false;
  if (number != storage_number(s) && !may_change)
    return state_fail(state, "the synapses are stored in another way in the state: %s here", s->of->words[storage_major(s)]);
  Storage *next = storage_by_number(number, state->error);
  bool is_good = next != NULL && contents_state(next, state, n_pre, n_post);
  if (is_good && !may_change && next->n_synapses != s->n_synapses)
    is_good = state_fail(state, "%lld synapses here, and %lld in the state", (long long)s->n_synapses, (long long)next->n_synapses);
  if (is_good && !storage_is_sound(next, false))
    is_good = state_fail(state, "synapses of neurons that are not there");
  if (is_good && is_indexed(s))
    is_good = storage_index(next, storage_major(next) == SIDE_PRE ? SIDE_POST : SIDE_PRE, 0, state->error);
  if (is_good)
    storage_swap(s, next);
  storage_free(next);
  return is_good;
}

bool storage_state(Storage *s, State *state, int64_t n_pre, int64_t n_post, bool may_change) {
  if (state->mode == STATE_READ)
    return read_storage(s, state, n_pre, n_post, may_change);
  int number = storage_number(s);
  return state_int(state, "format", &number) && contents_state(s, state, n_pre, n_post);
}

/* ---- delays --------------------------------------------------------------------------------------------------------- */

/* Cuts of a row ascend from its beginning to its end. */
static bool cuts_are_sound(const DelayTable *t, const Storage *s, int64_t row) {
  const int32_t *cut = t->cut + row * (t->n_delays + 1);
  for (int32_t k = 0; k < t->n_delays; k++)
    if (cut[k] > cut[k + 1])
      return false;
  return cut[0] == 0 && cut[t->n_delays] == storage_row(s, row + 1) - storage_row(s, row);
}

/* Delays that were read: there are some, and they ascend. */
static bool check_delays(const DelayTable *t, State *state) {
  if (!state_check_i32(state, "delay", t->delay, t->n_delays, 1, STORAGE_LONGEST_DELAY))
    return false;
  for (int32_t k = 1; k < t->n_delays; k++)
    if (t->delay[k] <= t->delay[k - 1])
      return state_fail(state, "delays do not ascend");
  return true;
}

/* Which of the delays each synapse has: some that there is, and rows are sorted by delay. */
static bool check_each(const DelayTable *t, const Storage *s, State *state) {
  for (int64_t r = 0; r < storage_n_major(s); r++)
    for (int64_t k = storage_row(s, r), before = 0; k < storage_row(s, r + 1); k++) {
      const int32_t which = delay_of_each(t, k);
      if (which < before || which >= t->n_delays)
        return state_fail(state, "delays of row %lld do not ascend", (long long)r + 1);
      before = which;
    }
  return true;
}

static bool check_table(const DelayTable *t, const Storage *s, int64_t n_cuts, State *state) {
  if (t->n_delays == 0)
    return n_cuts == 0 || state_fail(state, "parts of rows without delays");
  if (s->of->sort_by_delay == NULL || n_cuts != storage_n_major(s) * (t->n_delays + 1))
    return state_fail(state, "%lld parts of rows do not fit", (long long)n_cuts);
  if (!check_delays(t, state))
    return false;
  for (int64_t r = 0; r < storage_n_major(s); r++)
    if (!cuts_are_sound(t, s, r))
      return state_fail(state, "row %lld has parts outside of it", (long long)r + 1);
  return true;
}

/* Where rows begin is known. */
static bool find_rows(DelayTable *t, const Storage *s, State *state) {
  const int64_t n = t->n_delays > 0 ? storage_n_major(s) : 0;
  t->first = memory_new((size_t)n * sizeof *t->first);
  if (t->first == NULL)
    return error_memory(state->error, "a table of delays", 8.0 * (double)n);
  for (int64_t r = 0; r < n; r++)
    t->first[r] = storage_row(s, r);
  return true;
}

/* Files of the first version count cuts from the first row on, in 64 bits. */
static bool read_early_cuts(DelayTable *t, const Storage *s, State *state, int64_t *n_cuts) {
  const int64_t width = t->n_delays + 1;
  int64_t *begin = NULL, room = 0;
  if (!state_grown(state, "begin", ARRAY_I64, (void **)&begin, n_cuts, &room)) {
    memory_free(begin);
    return false;
  }
  t->cut = memory_new((size_t)*n_cuts * sizeof *t->cut);
  bool is_good = t->cut != NULL || error_memory(state->error, "a table of delays", 4.0 * (double)*n_cuts);
  for (int64_t k = 0; is_good && k < *n_cuts && k / width < storage_n_major(s); k++) {
    const int64_t cut = begin[k] - storage_row(s, k / width);
    is_good = (cut >= 0 && cut <= INT32_MAX) || state_fail(state, "a row with a part outside of it");
    t->cut[k] = (int32_t)cut;
  }
  memory_free(begin);
  return is_good;
}

/* Which of the delays each synapse has: as the numbers stand in memory, in words of 32 bits. */
static bool each_state(DelayTable *t, const Storage *s, State *state) {
  const int64_t n_words = delay_each_words(t, s);
  int64_t n = n_words, room = n;
  if (!state_grown(state, "each", ARRAY_I32, &t->each, &n, &room))
    return false;
  if (state->mode != STATE_READ)
    return true;
  t->rows = s;
  t->each_bytes = delay_each_bytes(t);
  return (s->of->sort_by_delay != NULL || state_fail(state, "delays of synapses that have one for all")) && check_delays(t, state) &&
         state_check(state, "each", n, n_words, n_words) && check_each(t, s, state);
}

static bool table_items(DelayTable *t, const Storage *s, State *state) {
  int64_t n = t->n_delays, n_cuts = n > 0 ? storage_n_major(s) * (n + 1) : 0, room = n, room_cuts = n_cuts;
  if (!state_grown(state, "delay", ARRAY_I32, (void **)&t->delay, &n, &room) || !state_check(state, "delays", n, 0, STORAGE_LONGEST_DELAY))
    return false;
  t->n_delays = (int32_t)n;
  if (state->mode == STATE_READ ? state_has(state, "each", ARRAY_I32) : t->each != NULL)
    return each_state(t, s, state);
  const bool is_early = state->mode == STATE_READ && !state_has(state, "cut", ARRAY_I32);
  return (is_early ? read_early_cuts(t, s, state, &n_cuts) : state_grown(state, "cut", ARRAY_I32, (void **)&t->cut, &n_cuts, &room_cuts)) &&
         (state->mode != STATE_READ || (check_table(t, s, n_cuts, state) && find_rows(t, s, state))) &&
         state_memory(state, "first", n > 0 ? 8 * storage_n_major(s) : 0);
}

bool delay_table_state(DelayTable *table, const Storage *s, State *state) {
  if (state->mode != STATE_READ)
    return table_items(table, s, state);
  DelayTable next = { 0 };
  bool is_good = table_items(&next, s, state);
  if (is_good) {
    DelayTable before = *table;
    *table = next;
    next = before;
  }
  delay_table_free(&next);
  return is_good;
}
