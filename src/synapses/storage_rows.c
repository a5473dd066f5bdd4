/* The format "rows": for each major neuron its minors, sorted; by delay first where delays differ. What asks by minors has a reverse index made. */
#include "synapses/storage_rows.h"

#include <string.h>

#include "base/away.h"
#include "base/clones.h"
#include "base/debug.h"
#include "base/memory.h"
#include "base/parallel.h"

static Side side(const ConnectEnds *ends, const StorageOptions *options) {
  (void)ends;
  return options->is_rate ? SIDE_POST : SIDE_PRE;
}

static bool can_hold(const ConnectJob *job) { return job->connector.kind != CONNECT_axes; }

static void rows_free(Storage *s) {
  memory_free((void *)s->rows.row);
  memory_free((void *)s->rows.minor);
  memory_free((void *)s->rows.column);
  memory_free((void *)s->rows.column_at);
  memory_free((void *)s->rows.stretch);
  memory_free((void *)s->packed.has);
  memory_free((void *)s->packed.before);
  memory_free((void *)s->packed.begin);
}

/* Before minors are read: they may be away. */
static const int32_t *minors_of(const Storage *s) {
  away_bring_back(&s->away);
  return s->rows.minor;
}

static int64_t bytes_of_columns(const Storage *s) {
  return s->rows.column != NULL ? 8 * (storage_n_minor(s) + 1) + 4 * s->n_synapses + (int64_t)sizeof(Stretch) * s->rows.n_stretches : 0;
}

static int64_t n_words(const Storage *s) { return storage_n_major(s) / 64 + 1; }
static int64_t n_filled(const Storage *s) { return s->packed.before[n_words(s) - 1] + __builtin_popcountll(s->packed.has[n_words(s) - 1]); }

static int64_t bytes_of_rows(const Storage *s) {
  return s->packed.has == NULL ? 8 * (storage_n_major(s) + 1) : 12 * n_words(s) + 4 * (n_filled(s) + 1);
}

static int64_t bytes_of_minors(const Storage *s) { return s->away != NULL ? 0 : 4 * s->n_synapses; }

static int64_t bytes(const Storage *s) { return bytes_of_rows(s) + bytes_of_minors(s) + bytes_of_columns(s); }

/* ---- rows, packed --------------------------------------------------------------------------------------------------- */

static void unpack(Storage *s, int64_t *row) {
  for (int64_t r = 0; r <= storage_n_major(s); r++)
    row[r] = row_at(s, r);
  s->rows.row = row;
  memory_free((void *)s->packed.has);
  memory_free((void *)s->packed.before);
  memory_free((void *)s->packed.begin);
  memset(&s->packed, 0, sizeof s->packed);
}

static void fill_packed(const Storage *s, uint64_t *has, uint32_t *before, uint32_t *begin) {
  uint32_t n = 0;
  for (int64_t r = 0; r < storage_n_major(s); r++) {
    if (r % 64 == 0)
      before[r / 64] = n;
    if (s->rows.row[r + 1] == s->rows.row[r])
      continue;
    has[r / 64] |= (uint64_t)1 << r % 64;
    begin[n++] = (uint32_t)s->rows.row[r];
  }
  if (storage_n_major(s) % 64 == 0)
    before[storage_n_major(s) / 64] = n;
  begin[n] = (uint32_t)s->n_synapses;
}

static bool pack(Storage *s, bool is_packed, Error *e) {
  const int64_t n_rows = storage_n_major(s);
  if ((s->packed.has != NULL) == is_packed || (is_packed && s->n_synapses > UINT32_MAX))
    return true;
  if (!is_packed) {
    int64_t *row = memory_new((size_t)(n_rows + 1) * sizeof *row);
    if (row == NULL)
      return error_memory(e, "rows of synapses", 8.0 * (double)n_rows);
    unpack(s, row);
    return true;
  }
  int64_t filled = 0;
  for (int64_t r = 0; r < n_rows; r++)
    filled += s->rows.row[r + 1] > s->rows.row[r];
  uint64_t *has = memory_new((size_t)n_words(s) * sizeof *has);
  uint32_t *before = memory_new((size_t)n_words(s) * sizeof *before), *begin = memory_new((size_t)(filled + 1) * sizeof *begin);
  if (has == NULL || before == NULL || begin == NULL) {
    memory_free(has);
    memory_free(before);
    memory_free(begin);
    return error_memory(e, "rows of synapses", 4.0 * (double)filled);
  }
  fill_packed(s, has, before, begin);
  memory_free((void *)s->rows.row);
  s->rows.row = NULL;
  s->packed.has = has;
  s->packed.before = before;
  s->packed.begin = begin;
  return true;
}

/* ---- rows and columns ----------------------------------------------------------------------------------------------- */

/* A row ends where the next begins, within the synapses. */
static bool check_rows(const Storage *s, int64_t n_rows, int64_t n_places, State *state) {
  if (n_rows != storage_n_major(s) + 1 || n_places != s->n_synapses || s->pre_first != 0 || s->post_first != 0)
    return state_fail(state, "%lld rows with %lld places do not fit", (long long)n_rows - 1, (long long)n_places);
  if (s->rows.row[0] != 0 || s->rows.row[n_rows - 1] != s->n_synapses)
    return state_fail(state, "rows have %lld places, and there are %lld", (long long)s->rows.row[n_rows - 1], (long long)s->n_synapses);
  for (int64_t r = 1; r < n_rows; r++)
    if (s->rows.row[r] < s->rows.row[r - 1])
      return state_fail(state, "row %lld begins at place %lld", (long long)r + 1, (long long)s->rows.row[r] + 1);
  return true;
}

static bool rows_state(Storage *s, State *state) {
  int64_t n_rows = storage_n_major(s) + 1, n_places = s->n_synapses, room_rows = n_rows, room_places = n_places;
  if (s->packed.has != NULL) { /* of a part, which is told of and never written */
    ASSERT(state->mode == STATE_LIST);
    return state_memory(state, "row", bytes_of_rows(s)) &&
           state_grown(state, "minor", ARRAY_I32, (void **)&s->rows.minor, &n_places, &room_places) &&
           state_memory(state, "columns", bytes_of_columns(s));
  }
  const bool is_away = state->mode == STATE_LIST && s->away != NULL;
  if (!is_away)
    minors_of(s);
  return state_grown(state, "row", ARRAY_I64, (void **)&s->rows.row, &n_rows, &room_rows) &&
         (is_away || state_grown(state, "minor", ARRAY_I32, (void **)&s->rows.minor, &n_places, &room_places)) &&
         (state->mode != STATE_READ || check_rows(s, n_rows, n_places, state)) && state_memory(state, "columns", bytes_of_columns(s));
}

static int64_t row(const Storage *s, int64_t r) { return row_at(s, r); }

static StorageSpan span(const Storage *s, int64_t r, int64_t from, StorageBuffer *b) {
  (void)b;
  const int64_t begin = row_at(s, r) + from;
  return (StorageSpan){ .n = row_at(s, r + 1) - begin, .minors = minors_of(s) + begin };
}

static void list(Storage *s, const int32_t *minors) { s->rows.minor = minors; }

static int64_t column_size(const Storage *s, int64_t k) { return s->rows.column != NULL ? s->rows.column[k + 1] - s->rows.column[k] : -1; }

static void column(const Storage *s, int64_t k, int64_t *out) {
  const uint32_t *at = s->rows.column_at + s->rows.column[k], number = ((uint32_t)1 << s->rows.stretch_bits) - 1;
  for (int64_t i = 0, n = column_size(s, k); i < n; i++)
    out[i] = s->rows.stretch[at[i] >> s->rows.stretch_bits].first + (at[i] & number);
}

enum { COLUMN_AHEAD = 32 }; /* entries that may be read behind the last one (language/emit/loop.lua) */

/* Arrays of a reverse index, to be filled. */
typedef struct Reverse {
  int n;            /* shares of the rows */
  int64_t **cursor; /* per share: [n_minor] zeroed; counts of the columns, then where its entries go */
  int64_t *column;
  uint32_t *at;
  int bits; /* of a synapse's number in its stretch */
} Reverse;

/* In how many stretches rows first .. last-1 are. */
static int64_t stretches(const Storage *s, int64_t first, int64_t last, int bits) {
  const int64_t most = (int64_t)1 << bits;
  int64_t n = 0;
  for (int64_t r = first; r < last; r++)
    n += (row_at(s, r + 1) - row_at(s, r) + most - 1) >> bits;
  return n;
}

static int64_t longest_row(const Storage *s);

/* The longest stretches whose number and that of a synapse in them are 32 bits together: whole rows nearly always. */
static int stretch_bits(const Storage *s) {
  int bits = 0;
  while ((int64_t)1 << bits < longest_row(s))
    bits++;
  while (stretches(s, 0, storage_n_major(s), bits) > (int64_t)1 << (32 - bits))
    bits--;
  return bits;
}

static void fill_stretches(const Storage *s, int bits, Stretch *out) {
  for (int64_t r = 0; r < storage_n_major(s); r++)
    for (int64_t p = row_at(s, r); p < row_at(s, r + 1); p += (int64_t)1 << bits)
      *out++ = (Stretch){ (uint32_t)p, (int32_t)r };
}

typedef struct FillReverse {
  const Storage *s;
  const Reverse *v;
} FillReverse;

static void count_columns(void *context, int share) {
  const FillReverse *f = context;
  const int64_t n_rows = storage_n_major(f->s);
  int64_t *count = f->v->cursor[share];
  for (int64_t p = row_at(f->s, rows_share(n_rows, share, f->v->n)); p < row_at(f->s, rows_share(n_rows, share + 1, f->v->n)); p++)
    count[f->s->rows.minor[p]]++;
}

static void fill_columns(void *context, int share) {
  const FillReverse *f = context;
  const int64_t n_rows = storage_n_major(f->s), first = rows_share(n_rows, share, f->v->n), last = rows_share(n_rows, share + 1, f->v->n);
  const int bits = f->v->bits;
  int64_t *cursor = f->v->cursor[share];
  uint32_t stretch = (uint32_t)stretches(f->s, 0, first, bits);
  for (int64_t r = first; r < last; r++) {
    const int64_t begin = row_at(f->s, r), n = row_at(f->s, r + 1) - begin;
    for (int64_t k = 0; k < n; k++) /* behind a whole stretch, its number is one more */
      f->v->at[cursor[f->s->rows.minor[begin + k]]++] = (uint32_t)(((uint64_t)stretch << bits) + (uint64_t)k);
    stretch += (uint32_t)((n + ((int64_t)1 << bits) - 1) >> bits);
  }
}

/* Within a column the entries of a share follow those of the shares before it: majors ascend. */
static void fill_reverse(const Storage *s, const Reverse *v) {
  const int64_t n_columns = storage_n_minor(s);
  FillReverse f = { s, v };
  parallel_run(v->n, v->n, count_columns, &f);
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
  parallel_run(v->n, v->n, fill_columns, &f);
}

static bool index_minors(Storage *s, int n_threads, Error *e) {
  if (s->rows.column != NULL)
    return true;
  minors_of(s);
  if (s->n_synapses > INT32_MAX)
    return error_set(e, "%lld synapses are too many to be found by both of their neurons: at most %d", (long long)s->n_synapses, INT32_MAX);
  size_t n = (size_t)s->n_synapses;
  Reverse v = { .n = storage_team(true, n_threads, s->n_synapses) };
  v.cursor = (int64_t **)storage_each(v.n, 8 * storage_n_minor(s));
  v.column = memory_new((size_t)(storage_n_minor(s) + 1) * sizeof *v.column);
  v.at = memory_new((n + COLUMN_AHEAD) * sizeof *v.at);
  v.bits = stretch_bits(s);
  const int64_t n_stretches = stretches(s, 0, storage_n_major(s), v.bits);
  Stretch *stretch = memory_new((size_t)n_stretches * sizeof *stretch);
  bool is_good = v.cursor != NULL && v.column != NULL && v.at != NULL && stretch != NULL;
  if (is_good) {
    fill_reverse(s, &v);
    fill_stretches(s, v.bits, stretch);
    s->rows.column = v.column;
    s->rows.column_at = v.at;
    s->rows.stretch = stretch;
    s->rows.n_stretches = n_stretches;
    s->rows.stretch_bits = v.bits;
  } else {
    memory_free(v.column);
    memory_free(v.at);
    memory_free(stretch);
    error_memory(e, "the reverse index of synapses", 4.0 * (double)n + (double)sizeof *stretch * (double)n_stretches);
  }
  storage_each_free(v.cursor, v.n);
  return is_good;
}

/* ---- events --------------------------------------------------------------------------------------------------------- */

/* A column is sorted by its majors, the posts, but has no begin and end. */
static bool can_cut(const Storage *s) { return s->is_by_pre; }

/* First place in [begin, end) whose minor is not below `minor`. */
static int64_t lower_bound(const int32_t *minors, int64_t begin, int64_t end, int64_t minor) {
  while (begin < end) {
    int64_t middle = begin + (end - begin) / 2;
    if (minors[middle] < minor)
      begin = middle + 1;
    else
      end = middle;
  }
  return begin;
}

/* Where `minor` would stand in [begin, end) if the row were spread evenly over all n_minor. */
static inline int64_t likely_place(int64_t begin, int64_t end, int64_t minor, int64_t n_minor) {
  return begin + (int64_t)((double)(end - begin) * (double)minor / (double)n_minor);
}

/* lower_bound, looked for from the likely place on: mostly within a cache line of it. */
static int64_t seek(const int32_t *minors, int64_t begin, int64_t end, int64_t minor, int64_t n_minor) {
  int64_t at = likely_place(begin, end, minor, n_minor), step = 4;
  if (at < end && minors[at] < minor) {
    for (begin = at + 1; begin + step < end && minors[begin + step] < minor; step *= 2)
      begin += step + 1;
    return lower_bound(minors, begin, begin + step < end ? begin + step : end, minor);
  }
  for (end = at < end ? at : end; end - step > begin && minors[end - step] >= minor; step *= 2)
    end -= step;
  return lower_bound(minors, end - step > begin ? end - step : begin, end, minor);
}

static void cut(KernelArgs *args, int64_t first, int64_t last, int64_t *begin, int64_t *end) {
  const Storage *s = args->storage;
  const int32_t *minors = minors_of(s);
  for (int64_t i = 0; i < args->n_list; i++) { /* rows come from far: all that will be looked at is asked for before the first is */
    begin[i] = args->begin != NULL ? args->begin[i] : row_at(s, args->list[i]);
    end[i] = args->begin != NULL ? args->end[i] : row_at(s, args->list[i] + 1);
    if (first > 0)
      __builtin_prefetch(&minors[likely_place(begin[i], end[i], first, s->n_post)]);
    if (last < s->n_post)
      __builtin_prefetch(&minors[likely_place(begin[i], end[i], last, s->n_post)]);
  }
  for (int64_t i = 0; i < args->n_list; i++) {
    const int64_t from = begin[i], to = end[i];
    if (first > 0)
      begin[i] = seek(minors, from, to, first, s->n_post);
    if (last < s->n_post)
      end[i] = seek(minors, from, to, last, s->n_post);
  }
  args->begin = begin;
  args->end = end;
}

typedef struct CutsJob {
  const Storage *s;
  const int64_t *first;
  RowCuts *out;
} CutsJob;

static void find_cuts_of(void *context, int64_t from, int64_t to) {
  const CutsJob *job = context;
  const RowCuts *c = job->out;
  for (int64_t r = from; r < to; r++) {
    const int64_t begin = row_at(job->s, r), end = row_at(job->s, r + 1);
    for (int k = 1; k < c->n_parts; k++)
      c->at[(k - 1) * c->n_rows + r] = (uint32_t)(seek(job->s->rows.minor, begin, end, job->first[k], job->s->n_post) - begin);
  }
}

static void find_cuts(const Storage *s, const int64_t *first, int n_threads, RowCuts *out) {
  CutsJob job = { s, first, out };
  minors_of(s);
  parallel_ranges(n_threads, out->n_rows, ROWS_A_PART, find_cuts_of, &job);
}

static void cut_known(KernelArgs *args, const RowCuts *c, int part, int64_t *begin, int64_t *end) {
  const Storage *s = args->storage;
  const int32_t *minors = minors_of(s);
  const uint32_t *at = part > 0 ? c->at + (part - 1) * c->n_rows : NULL, *next = part < c->n_parts - 1 ? c->at + part * c->n_rows : NULL;
  for (int64_t i = 0; i < args->n_list; i++) {
    const int64_t r = args->list[i], row = row_at(s, r);
    begin[i] = at != NULL ? row + at[r] : row;
    end[i] = next != NULL ? row + next[r] : row_at(s, r + 1);
    __builtin_prefetch(&minors[begin[i]]); /* rows come from far */
  }
  args->begin = begin;
  args->end = end;
}

/* ---- rows by delay ---------------------------------------------------------------------------------------------------- */

static inline int32_t step_at(const void *at, int bytes, int64_t k) {
  return bytes == 1 ? ((const uint8_t *)at)[k] : bytes == 2 ? ((const uint16_t *)at)[k] : ((const int32_t *)at)[k];
}

/* Steps first .. first+n-1. */
CLONES static void read_steps(StepList l, int64_t first, int64_t n, int32_t *restrict out) {
  if (l.bytes == 1)
#pragma omp simd
    for (int64_t k = 0; k < n; k++)
      out[k] = step_at(l.at, 1, first + k);
  else if (l.bytes == 2)
#pragma omp simd
    for (int64_t k = 0; k < n; k++)
      out[k] = step_at(l.at, 2, first + k);
  else if (n > 0)
    memcpy(out, (const int32_t *)l.at + first, (size_t)n * sizeof *out);
}

/* rank[d] becomes 1 where delay d occurs. False where one is not to be had. */
static bool mark_delays(const Storage *s, StepList delay, int32_t *rank, Error *e) {
  enum { AT_ONCE = 1024 };
  int32_t steps[AT_ONCE];
  for (int64_t p = 0; p < s->n_synapses; p += AT_ONCE) {
    const int64_t n = s->n_synapses - p < AT_ONCE ? s->n_synapses - p : AT_ONCE;
    read_steps(delay, p, n, steps);
    for (int64_t k = 0; k < n; k++) {
      if (steps[k] < 1 || steps[k] > delay.longest || steps[k] > STORAGE_LONGEST_DELAY)
        return error_set(e, "a delay must be between 1 and %d steps, got %d", (int)STORAGE_LONGEST_DELAY, (int)steps[k]);
      rank[steps[k]] = 1;
    }
  }
  return true;
}

/* The delays that occur; rank[d] is the number of delay d among them. NULL when one is not to be had, or memory is short. */
static int32_t *rank_delays(const Storage *s, StepList delay, DelayTable *table, Error *e) {
  const int64_t n = (delay.longest < STORAGE_LONGEST_DELAY ? delay.longest : STORAGE_LONGEST_DELAY) + 1;
  int32_t *rank = memory_new((size_t)n * sizeof *rank);
  bool is_good = rank != NULL ? mark_delays(s, delay, rank, e) : error_memory(e, "sorting delays", 4.0 * (double)n);
  for (int64_t d = 0; is_good && d < n; d++)
    table->n_delays += rank[d];
  table->delay = is_good ? memory_new((size_t)table->n_delays * sizeof *table->delay) : NULL;
  if (table->delay == NULL) {
    memory_free(rank);
    if (is_good)
      error_memory(e, "a table of delays", 4.0 * table->n_delays);
    *table = (DelayTable){ 0 };
    return NULL;
  }
  int32_t k = 0;
  for (int64_t d = 0; d < n; d++)
    if (rank[d]) {
      table->delay[k] = (int32_t)d;
      rank[d] = k++;
    }
  return rank;
}

static int64_t longest_row(const Storage *s) {
  int64_t longest = 0;
  for (int64_t r = 0; r < storage_n_major(s); r++)
    if (row_at(s, r + 1) - row_at(s, r) > longest)
      longest = row_at(s, r + 1) - row_at(s, r);
  return longest;
}

typedef struct SortRows {
  const Storage *s;
  const int32_t *rank;
  StepList delay;
  const DelayTable *table;
  int64_t *origin;
  int32_t **spare; /* of each thread: two rows, of the longest, and the cuts of one */
  int64_t longest;
} SortRows;

/* Where rows are short it takes less to say the delay of each synapse: a quarter as much at least, since it takes longer to find. */
static bool make_table(const Storage *s, DelayTable *t, bool may_say_each) {
  const int64_t n_rows = storage_n_major(s), n_cuts = n_rows * (t->n_delays + 1);
  t->rows = s;
  if (may_say_each && 4 * delay_each_bytes(t) * s->n_synapses < 8 * n_rows + 4 * n_cuts)
    return delay_have_each(t, s);
  t->first = memory_new((size_t)n_rows * sizeof *t->first);
  t->cut = memory_new((size_t)n_cuts * sizeof *t->cut);
  return t->first != NULL && t->cut != NULL;
}

/* The `n` synapses from `first` on, of these ranks: one is put in its place after the other. */
static void sort_few(const SortRows *c, int64_t first, int64_t n, int32_t *rank) {
  int32_t *stored = (int32_t *)c->s->rows.minor + first;
  for (int64_t k = 0; k < n; k++) {
    const int32_t own = rank[k], minor = stored[k];
    int64_t place = k;
    for (; place > 0 && rank[place - 1] > own; place--) {
      rank[place] = rank[place - 1];
      stored[place] = stored[place - 1];
      if (c->origin != NULL)
        c->origin[first + place] = c->origin[first + place - 1];
    }
    rank[place] = own;
    stored[place] = minor;
    if (c->origin != NULL)
      c->origin[first + place] = first + k;
  }
  for (int64_t k = 0; k < n; k++)
    delay_put_each(c->table, first + k, rank[k]);
}

/* A counting sort of one row; equal delays keep their order. */
static void sort_one_row(const SortRows *c, int64_t r, int32_t *rank, int32_t *minor) {
  enum { FEW = 8 };
  const int64_t first = row_at(c->s, r), n = row_at(c->s, r + 1) - first;
  const DelayTable *t = c->table;
  const int32_t n_delays = t->n_delays;
  int32_t *stored = (int32_t *)c->s->rows.minor + first, *cut = minor + c->longest;
  read_steps(c->delay, first, n, rank);
  for (int64_t k = 0; k < n; k++)
    rank[k] = c->rank[rank[k]];
  if (t->each != NULL && n <= FEW) {
    sort_few(c, first, n, rank);
    return;
  }
  if (t->each == NULL) {
    cut = t->cut + r * (n_delays + 1);
    t->first[r] = first;
  } else {
    memset(cut, 0, (size_t)(n_delays + 1) * sizeof *cut);
  }
  for (int64_t k = 0; k < n; k++)
    cut[rank[k] + 1]++;
  for (int32_t k = 0; k < n_delays; k++)
    cut[k + 1] += cut[k];
  for (int64_t k = 0; k < n; k++) {
    const int32_t place = cut[rank[k]]++;
    if (c->origin != NULL)
      c->origin[first + place] = first + k;
    minor[place] = stored[k];
  }
  memcpy(stored, minor, (size_t)n * sizeof *minor);
  for (int32_t k = n_delays; k > 0; k--) /* every cut has moved to the next one's */
    cut[k] = cut[k - 1];
  cut[0] = 0;
  for (int32_t k = 0; t->each != NULL && k < n_delays; k++)
    for (int32_t i = cut[k]; i < cut[k + 1]; i++)
      delay_put_each(t, first + i, k);
}

static void sort_rows(void *context, int64_t first, int64_t last) {
  const SortRows *c = context;
  int32_t *spare = c->spare[parallel_id()];
  for (int64_t r = first; r < last; r++)
    sort_one_row(c, r, spare, spare + c->longest);
}

static bool sort_by_delay(Storage *s, StepList delay, bool may_say_each, DelayTable *table, int64_t *origin, int n_threads, Error *e) {
  const int64_t n_rows = storage_n_major(s), longest = longest_row(s);
  minors_of(s);
  if (longest > INT32_MAX)
    return error_set(e, "a neuron with %lld synapses cannot have delays of their own", (long long)longest);
  int32_t *rank = rank_delays(s, delay, table, e);
  if (rank == NULL)
    return false;
  const int64_t width = table->n_delays + 1;
  int n_team = storage_team(s->rows.column != NULL, n_threads, s->n_synapses);
  int32_t **spare = (int32_t **)storage_each(n_team, 8 * longest + 4 * width);
  Reverse v = { n_team, NULL, (int64_t *)s->rows.column, (uint32_t *)s->rows.column_at, s->rows.stretch_bits };
  v.cursor = (int64_t **)storage_each(n_team, v.column != NULL ? 8 * storage_n_minor(s) : 0);
  bool is_good = spare != NULL && v.cursor != NULL && make_table(s, table, may_say_each);
  if (is_good) {
    SortRows sort = { s, rank, delay, table, origin, spare, longest };
    parallel_ranges(n_team, n_rows, ROWS_A_PART, sort_rows, &sort);
    if (v.column != NULL)
      fill_reverse(s, &v);
  } else {
    error_memory(e, "sorting synapses by delay", 4.0 * (double)(n_rows * width));
    delay_table_free(table);
  }
  memory_free(rank);
  storage_each_free(spare, n_team);
  storage_each_free(v.cursor, n_team);
  return is_good;
}

const StorageFormat storage_rows = { .name = { "rows_pre", "rows_post" },
                                     .words = { "rows by pre neuron", "rows by post neuron" },
                                     .number = 1,
                                     .can_change = true,
                                     .can_part = true,
                                     .bytes_walked = 4,
                                     .side = side,
                                     .can_hold = can_hold,
                                     .build = rows_build,
                                     .build_pairs = rows_build_pairs,
                                     .free = rows_free,
                                     .bytes = bytes,
                                     .row = row,
                                     .span = span,
                                     .column_size = column_size,
                                     .column = column,
                                     .index_minors = index_minors,
                                     .can_cut = can_cut,
                                     .cut = cut,
                                     .find_cuts = find_cuts,
                                     .cut_known = cut_known,
                                     .sort_by_delay = sort_by_delay,
                                     .list = list,
                                     .pack = pack,
                                     .state = rows_state };
