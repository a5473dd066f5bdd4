#include "synapses/storage.h"

#include <string.h>

#include "base/away.h"
#include "base/debug.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "synapses/storage_check.h"
#include "synapses/storage_private.h"

static const StorageFormat *const formats[] = {
#define FORMAT(name) &storage_##name,
#include "kernel/formats.def"
#undef FORMAT
};

static const char *const layouts[] = {
#define FORMAT(name) #name,
#include "kernel/formats.def"
#undef FORMAT
};

/* ---- memory and threads ------------------------------------------------------------------------------------------- */

enum { SYNAPSES_A_THREAD = 1 << 16 }; /* less than this is not worth another thread */
enum { MOST_WITH_CURSORS = 16 };      /* eight bytes per thread and neuron must stay little */

int storage_team(bool has_cursors, int n_threads, int64_t work) {
  int most = has_cursors ? MOST_WITH_CURSORS : PARALLEL_MAX;
  if (n_threads <= 0)
    n_threads = parallel_processors();
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

/* ---- formats by name ------------------------------------------------------------------------------------------------ */

bool storage_facts(int k, StorageFacts *facts) {
  if (k < 0 || k >= 2 * N_FORMATS)
    return false;
  const StorageFormat *f = formats[k / 2];
  Side major = k % 2 == 0 ? SIDE_PRE : SIDE_POST;
  Storage block = storage_block(major, 0, 0, 0, 0);
  *facts = (StorageFacts){ f->name[major], layouts[k / 2], f->words[major], storage_name(&block), major, f->can_change };
  return true;
}

const char *storage_name(const Storage *s) { return s->of->name[storage_major(s)]; }

int storage_number(const Storage *s) { return 2 * s->of->number + (int)storage_major(s); }

/* ---- making and freeing ------------------------------------------------------------------------------------------- */

/* A storage in which nothing but format and side is set. */
static Storage *storage_of(int format, Side major, Error *e) {
  Storage *s = memory_new(sizeof *s);
  if (s == NULL)
    error_memory(e, "a projection's storage", sizeof *s);
  else
    *s = (Storage){ .of = formats[format], .format = format, .is_by_pre = major == SIDE_PRE, .is_unique = true };
  return s;
}

Storage *storage_by_number(int number, Error *e) {
  for (int k = 0; k < N_FORMATS; k++)
    if (number / 2 == formats[k]->number)
      return storage_of(k, number % 2 == 0 ? SIDE_PRE : SIDE_POST, e);
  error_set(e, "the synapses are stored in a way that this version does not know");
  return NULL;
}

static bool has_name(const char *name, int *format, Side *major, Error *e) {
  for (int k = 0; k < 2 * N_FORMATS; k++) {
    *format = k / 2;
    *major = k % 2 == 0 ? SIDE_PRE : SIDE_POST;
    if (strcmp(formats[*format]->name[*major], name) == 0)
      return true;
  }
  return error_set(e, "there is no storage format '%s'", name);
}

/* The first format that fits: there is one for everything. */
static void choose(const ConnectJob *job, const StorageOptions *o, int *format, Side *major) {
  for (*format = 0; *format < N_FORMATS - 1; ++*format) {
    const StorageFormat *f = formats[*format];
    if (f->can_hold(job) && (f->can_change || !o->is_changing) && (f->sort_by_delay != NULL || !o->has_delays))
      break;
  }
  *major = formats[*format]->side(&job->ends, o);
}

/* Can what ends at some posts be made by itself? Rows of pres that are sorted by delay need all their synapses for it. */
static bool fits_part(const ConnectJob *job, const StorageOptions *o) {
  int format;
  Side major;
  if (o->own_last == 0 || o->is_changing || o->format != NULL || !connect_can_part(job) || connect_work(job) < o->least)
    return false;
  choose(job, o, &format, &major);
  return formats[format]->can_part && !(o->has_delays && (major == SIDE_POST || job->by_post));
}

static Storage *build(const ConnectJob *job, const StorageOptions *o, StorageExtras *extras, Error *e) {
  int format;
  Side major;
  if (o->format == NULL) {
    choose(job, o, &format, &major);
    if (!formats[format]->can_hold(job)) {
      error_set(e, "synapses that share their values neither come nor go, and have one delay for all");
      return NULL;
    }
  } else if (!has_name(o->format, &format, &major, e)) {
    return NULL;
  } else if (!formats[format]->can_hold(job)) {
    error_set(e, "these synapses cannot be stored as '%s'", o->format);
    return NULL;
  }
  Storage *s = storage_of(format, major, e);
  if (s == NULL || s->of->build(s, job, o, extras, e))
    return s;
  storage_free(s);
  if (extras != NULL) {
    memory_free(extras->synapse_of_pair);
    memory_free(extras->weight);
    *extras = (StorageExtras){ .n_all = -1 };
  }
  return NULL;
}

Storage *storage_new(const Connector *c, const ConnectEnds *ends, const StorageOptions *options, StorageExtras *extras, Error *e) {
  if (extras != NULL)
    *extras = (StorageExtras){ .n_all = -1 };
  ConnectJob job;
  _Atomic int64_t seen = 0;
  Storage *s = NULL;
  if (connect_prepare(&job, c, ends, options->is_rate, e)) {
    if (extras != NULL && fits_part(&job, options)) {
      job.seen = &seen;
      job.own_first = options->own_first;
      job.own_last = options->own_last;
    }
    s = build(&job, options, extras, e);
    if (s != NULL && job.seen != NULL)
      extras->n_all = seen / 2; /* counted, then made */
  }
  connect_finish(&job);
  ASSERT(storage_is_sound(s, true));
  return s;
}

void storage_free(Storage *s) {
  if (s == NULL || s->n_more_owners-- > 0)
    return;
  if (s->away != NULL)
    s->away->forget(s->away, s);
  if (s->of->free != NULL)
    s->of->free(s);
  memory_free(s);
}

Storage *storage_retain(Storage *s) {
  s->n_more_owners++;
  return s;
}

bool storage_pack(Storage *s, bool is_packed, Error *e) { return s->of->pack == NULL || s->of->pack(s, is_packed, e); }

int64_t storage_bytes(const Storage *s) { return (int64_t)sizeof *s + s->of->bytes(s); }
int64_t storage_bytes_walked(const Storage *s) { return s->of->bytes_walked; }

/* ---- rows --------------------------------------------------------------------------------------------------------- */

int64_t storage_row(const Storage *s, int64_t row) { return s->of->row(s, row); }

/* The row that holds synapse k. */
static int64_t row_of(const Storage *s, int64_t k) {
  int64_t low = 0, high = storage_n_major(s);
  while (high - low > 1) {
    int64_t middle = low + (high - low) / 2;
    if (s->of->row(s, middle) <= k)
      low = middle;
    else
      high = middle;
  }
  return low;
}

int64_t storage_share(const Storage *s, int k, int n) {
  const int64_t n_rows = storage_n_major(s), wanted = (int64_t)((__int128)s->n_synapses * k / n);
  if (k <= 0 || k >= n)
    return k <= 0 ? 0 : n_rows;
  int64_t row = row_of(s, wanted);
  return row < n_rows && s->of->row(s, row) < wanted ? row + 1 : row;
}

StorageSpan storage_span(const Storage *s, int64_t row, int64_t from, StorageBuffer *b) { return s->of->span(s, row, from, b); }

/* Write the minors of elements from .. to-1 of a row. */
static void copy_minors(const Storage *s, int64_t row, int64_t from, int64_t to, int32_t *out) {
  StorageBuffer b;
  while (from < to) {
    StorageSpan span = storage_span(s, row, from, &b);
    int64_t n = span.n < to - from ? span.n : to - from;
    if (span.minors != NULL)
      memcpy(out, span.minors, (size_t)n * sizeof *out);
    else
      for (int64_t k = 0; k < n; k++)
        out[k] = (int32_t)(span.minor + k);
    out += n;
    from += n;
  }
}

/* ---- synapses and places ------------------------------------------------------------------------------------------ */

void storage_neurons(const Storage *s, Side side, int64_t first, int64_t last, int32_t *out) {
  const bool is_major = side == storage_major(s);
  for (int64_t r = first < last ? row_of(s, first) : 0; first < last; r++) {
    const int64_t begin = storage_row(s, r), end = storage_row(s, r + 1), to = end < last ? end : last;
    if (is_major)
      for (int64_t k = first; k < to; k++)
        out[k - first] = (int32_t)(storage_major_first(s) + r);
    else
      copy_minors(s, r, first - begin, to - begin, out);
    out += to - first;
    first = to;
  }
}

static void count_majors(const Storage *s, int64_t *out) {
  for (int64_t r = 0; r < storage_n_major(s); r++)
    out[storage_major_first(s) + r] = storage_row(s, r + 1) - storage_row(s, r);
}

static void count_minors(const Storage *s, int64_t *out) {
  StorageBuffer b;
  StorageSpan span;
  const int64_t first = storage_minor_first(s), n = storage_n_minor(s);
  if (n > 0 && s->of->column_size(s, 0) >= 0) {
    for (int64_t k = 0; k < n; k++)
      out[first + k] = s->of->column_size(s, k);
    return;
  }
  for (int64_t r = 0; r < storage_n_major(s); r++)
    for (int64_t from = 0; (span = storage_span(s, r, from, &b)).n > 0; from += span.n)
      for (int64_t k = 0; k < span.n; k++)
        out[span.minors != NULL ? span.minors[k] : span.minor + k]++;
}

void storage_fan(const Storage *s, Side side, int64_t n, int64_t *out) {
  memset(out, 0, (size_t)n * sizeof *out);
  (side == storage_major(s) ? count_majors : count_minors)(s, out);
}

/* Numbers of the synapses of a minor neuron, by a pass over all. */
static int64_t find_minor(const Storage *s, int64_t minor, int64_t *out) {
  StorageBuffer b;
  StorageSpan span;
  int64_t n = 0, number = 0;
  for (int64_t r = 0; r < storage_n_major(s); r++)
    for (int64_t from = 0; (span = storage_span(s, r, from, &b)).n > 0; from += span.n, number += span.n)
      for (int64_t k = 0; k < span.n; k++)
        if ((span.minors != NULL ? span.minors[k] : span.minor + k) == minor)
          out[n++] = number + k;
  return n;
}

int64_t storage_of_neuron(const Storage *s, Side side, int64_t neuron, int64_t *out) {
  const int64_t k = neuron - storage_first(s, side);
  if (k < 0 || k >= storage_n(s, side))
    return 0;
  if (side == storage_major(s)) {
    int64_t first = storage_row(s, k), n = storage_row(s, k + 1) - first;
    for (int64_t i = 0; i < n; i++)
      out[i] = first + i;
    return n;
  }
  int64_t n = s->of->column_size(s, k);
  if (n < 0)
    return find_minor(s, neuron, out);
  s->of->column(s, k, out);
  return n;
}

bool storage_index(Storage *s, Side side, int n_threads, Error *e) {
  return side == storage_major(s) || s->of->index_minors == NULL || s->of->index_minors(s, n_threads, e);
}

bool storage_is_in_order(const Storage *s) { return s->of->places == NULL; }
int64_t storage_n_places(const Storage *s) { return s->of->places == NULL ? s->n_synapses : s->of->n_places(s); }

void storage_places(const Storage *s, int64_t first, int64_t last, int64_t *out) {
  if (s->of->places != NULL)
    s->of->places(s, first, last, out);
  else
    for (int64_t k = first; k < last; k++)
      out[k - first] = k;
}

/* ---- events ------------------------------------------------------------------------------------------------------- */

bool storage_can_cut(const Storage *s) { return s->of->can_cut(s); }
void storage_cut(KernelArgs *args, int64_t first, int64_t last, int64_t *begin, int64_t *end) {
  args->storage->of->cut(args, first, last, begin, end);
}

bool storage_find_cuts(const Storage *s, const int64_t *first, int n_parts, int n_threads, RowCuts *out) {
  *out = (RowCuts){ 0 };
  if (n_parts < 2 || s->of->find_cuts == NULL || storage_major(s) != SIDE_PRE || (n_parts - 1) * s->n_pre > s->n_synapses / 8)
    return false;
  *out = (RowCuts){ n_parts, s->n_pre, memory_new(sizeof *out->at * (size_t)((n_parts - 1) * s->n_pre)) };
  if (out->at != NULL)
    s->of->find_cuts(s, first, n_threads, out);
  return out->at != NULL;
}

void storage_free_cuts(RowCuts *c) {
  memory_free(c->at);
  *c = (RowCuts){ 0 };
}

int64_t storage_bytes_of_cuts(const RowCuts *c) { return c->n_parts < 2 ? 0 : (c->n_parts - 1) * c->n_rows * (int64_t)sizeof *c->at; }

void storage_cut_known(KernelArgs *args, const RowCuts *c, int part, int64_t *begin, int64_t *end) {
  args->storage->of->cut_known(args, c, part, begin, end);
}

/* Number of the k-th minor of a row. */
static int64_t minor_of(const Storage *s, int64_t row, int64_t k) {
  StorageBuffer b;
  const StorageSpan span = storage_span(s, row, k, &b);
  return span.minors != NULL ? span.minors[0] : span.minor;
}

static int64_t first_of_row(const Storage *s, int64_t row) { return minor_of(s, row, 0); }
static int64_t last_of_row(const Storage *s, int64_t row) { return minor_of(s, row, storage_row(s, row + 1) - storage_row(s, row) - 1); }

bool storage_is_banded(const Storage *s) {
  enum { NARROW = 8 }; /* of all posts, a row reaches over less than this part */
  int64_t width = 0, before_first = 0, before_last = 0;
  for (int64_t r = 0; storage_major(s) == SIDE_PRE && r < s->n_pre; r++) {
    if (storage_row(s, r + 1) == storage_row(s, r))
      return false;
    const int64_t first = first_of_row(s, r), last = last_of_row(s, r);
    if (first < before_first || last < before_last)
      return false;
    width += last - first;
    before_first = first;
    before_last = last;
  }
  return storage_major(s) == SIDE_PRE && width < s->n_post * s->n_pre / NARROW;
}

/* The first of a list, from place `from` on, of which `is_past` holds; in a band it holds of all behind it. */
static int64_t first_that(const KernelArgs *args, int64_t from, bool (*is_past)(const Storage *s, int64_t row, int64_t post),
                          int64_t post) {
  for (int64_t to = args->n_list; from < to;) {
    const int64_t middle = from + (to - from) / 2;
    if (is_past(args->storage, args->list[middle] - args->storage->pre_first, post))
      to = middle;
    else
      from = middle + 1;
  }
  return from;
}

static bool ends_behind(const Storage *s, int64_t row, int64_t post) { return last_of_row(s, row) >= post; }
static bool begins_behind(const Storage *s, int64_t row, int64_t post) { return first_of_row(s, row) >= post; }

BandCut storage_cut_band(const KernelArgs *args, int64_t first, int64_t last) {
  const int64_t from = first_that(args, 0, ends_behind, first), whole_from = first_that(args, from, begins_behind, first);
  const int64_t to = first_that(args, from, begins_behind, last), whole_to = first_that(args, from, ends_behind, last);
  const int64_t begin = whole_from < to ? whole_from : to;
  return (BandCut){ from, begin, whole_to > begin ? whole_to : begin, to };
}

bool storage_has_lists(const Storage *s) { return s->of->list != NULL; }

Storage storage_list(const Storage *like, const int32_t *minors, int64_t n) {
  Storage s = *like;
  s.is_unique = false;
  s.n_synapses = n;
  s.of->list(&s, minors);
  return s;
}

bool storage_sort_by_delay(Storage *s, StepList delay, bool may_say_each, DelayTable *table, int64_t *origin, int n_threads, Error *e) {
  *table = (DelayTable){ 0 };
  if (s->of->sort_by_delay == NULL)
    return error_set(e, "these synapses have one delay for all: they are stored %s", s->of->words[storage_major(s)]);
  return s->of->sort_by_delay(s, delay, may_say_each, table, origin, n_threads, e);
}

void delay_table_free(DelayTable *table) {
  memory_free(table->delay);
  memory_free(table->first);
  memory_free(table->cut);
  memory_free(table->each);
  *table = (DelayTable){ 0 };
}

bool delay_have_each(DelayTable *t, const Storage *s) {
  t->rows = s;
  t->each_bytes = delay_each_bytes(t);
  t->each = memory_new(4 * (size_t)delay_each_words(t, s) + 1);
  return t->each != NULL;
}

void delay_put_each(const DelayTable *t, int64_t place, int32_t k) {
  if (t->each_bytes == 1)
    ((uint8_t *)t->each)[place] = (uint8_t)k;
  else if (t->each_bytes == 2)
    ((uint16_t *)t->each)[place] = (uint16_t)k;
  else
    ((int32_t *)t->each)[place] = k;
}

/* The first place from `begin` on whose delay is not below the k-th. */
static int64_t first_of_delay(const DelayTable *t, int64_t begin, int64_t end, int32_t k) {
  while (begin < end) {
    const int64_t middle = begin + (end - begin) / 2;
    if (delay_of_each(t, middle) < k)
      begin = middle + 1;
    else
      end = middle;
  }
  return begin;
}

typedef uint8_t Bytes __attribute__((vector_size(16)));
typedef uint8_t BytesAt __attribute__((vector_size(16), aligned(1), may_alias));
typedef uint64_t Halves __attribute__((vector_size(16)));

static inline int64_t n_true(Bytes x) {
  const Halves h = (Halves)x;
  return (__builtin_popcountll(h[0]) + __builtin_popcountll(h[1])) / 8;
}

/* Bytes of a row: all are looked at, a vector at a time, which costs less than to find out where to look. Behind the last one memory has room (base/memory.h). */
static void find_in_bytes(const uint8_t *which, int64_t n, int32_t k, int64_t *below, int64_t *upto) {
  static const Bytes numbers = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
  const Bytes zero = { 0 }, own = zero + (uint8_t)k;
  *below = *upto = 0;
  for (int64_t at = 0; at < n; at += 16) {
    const Bytes x = *(const BytesAt *)(which + at), here = numbers < (zero + (uint8_t)(n - at < 16 ? n - at : 16));
    *below += n_true((Bytes)(x < own) & here);
    *upto += n_true((Bytes)(x <= own) & here);
  }
}

void delay_part_of_each(const DelayTable *t, int64_t row, int32_t k, int64_t *begin, int64_t *end) {
  const int64_t first = storage_row(t->rows, row), last = storage_row(t->rows, row + 1);
  if (t->each_bytes == 1) {
    find_in_bytes((const uint8_t *)t->each + first, last - first, k, begin, end);
    *begin += first;
    *end += first;
    return;
  }
  *begin = first_of_delay(t, first, last, k);
  *end = first_of_delay(t, *begin, last, k + 1);
}

/* ---- synapses that come and go -------------------------------------------------------------------------------------- */

static bool check_change(const StorageChange *c, Error *e) {
  for (int64_t k = 0; k < c->n_added; k++)
    if (c->added_pre[k] < 0 || c->added_pre[k] >= c->n_pre || c->added_post[k] < 0 || c->added_post[k] >= c->n_post)
      return error_set(e, "added synapse %lld joins neurons %lld and %lld, but there are %lld pre and %lld post neurons", (long long)k + 1,
                       (long long)c->added_pre[k] + 1, (long long)c->added_post[k] + 1, (long long)c->n_pre, (long long)c->n_post);
  return true;
}

/* Neurons of what stays, in order, then of what is added. Returns their number. */
static int64_t list_pairs(const Storage *old, const StorageChange *c, int32_t *pre, int32_t *post) {
  const int64_t n_old = old->n_synapses;
  int64_t n = n_old;
  storage_neurons(old, SIDE_PRE, 0, n_old, pre);
  storage_neurons(old, SIDE_POST, 0, n_old, post);
  if (c->keep != NULL) {
    n = 0;
    for (int64_t k = 0; k < n_old; k++) {
      pre[n] = pre[k];
      post[n] = post[k];
      n += c->keep[k] != 0;
    }
  }
  if (c->n_added > 0) {
    memcpy(pre + n, c->added_pre, (size_t)c->n_added * sizeof *pre);
    memcpy(post + n, c->added_post, (size_t)c->n_added * sizeof *post);
  }
  return n + c->n_added;
}

/* numbers: of the listed pairs, as list_pairs orders them. */
static void share_numbers(const Storage *old, const StorageChange *c, const int64_t *numbers, int64_t *of_old, int64_t *of_added) {
  int64_t n = 0;
  for (int64_t k = 0; k < old->n_synapses; k++)
    of_old[k] = c->keep == NULL || c->keep[k] ? numbers[n++] : -1;
  if (c->n_added > 0)
    memcpy(of_added, numbers + n, (size_t)c->n_added * sizeof *of_added);
}

/* The old format, or the first that can change. */
static int changing(const Storage *old) {
  int format = old->format;
  while (!formats[format]->can_change)
    format = (format + 1) % N_FORMATS;
  return format;
}

static bool fill_changed(Storage *s, const Storage *old, const StorageChange *c, int32_t *pre, int32_t *post, int64_t **numbers, Error *e) {
  StoragePairs p = { .n = list_pairs(old, c, pre, post), .major = s->is_by_pre ? pre : post, .minor = s->is_by_pre ? post : pre };
  return s->of->build_pairs(s, c->n_pre, c->n_post, &p, numbers, e);
}

Storage *storage_rebuild(const Storage *old, const StorageChange *c, int64_t **of_old, int64_t **of_added, Error *e) {
  *of_old = *of_added = NULL;
  if (!check_change(c, e))
    return NULL;
  const size_t n_most = (size_t)(old->n_synapses + c->n_added);
  int32_t *pre = memory_new(n_most * sizeof *pre), *post = memory_new(n_most * sizeof *post);
  int64_t *numbers = NULL, *for_old = memory_new((size_t)old->n_synapses * sizeof *for_old),
          *for_added = memory_new((size_t)c->n_added * sizeof *for_added);
  Storage *s = NULL;
  bool is_good = pre != NULL && post != NULL && for_old != NULL && for_added != NULL;
  if (!is_good)
    error_memory(e, "adding and removing synapses", 24.0 * (double)n_most);
  is_good = is_good && (s = storage_of(changing(old), storage_major(old), e)) != NULL;
  if (is_good && fill_changed(s, old, c, pre, post, &numbers, e)) {
    share_numbers(old, c, numbers, for_old, for_added);
    *of_old = for_old;
    *of_added = for_added;
  } else {
    storage_free(s);
    s = NULL;
    memory_free(for_old);
    memory_free(for_added);
  }
  memory_free(numbers);
  memory_free(pre);
  memory_free(post);
  return s;
}

void storage_swap(Storage *a, Storage *b) {
  Storage spare = *a;
  const int32_t owners_a = a->n_more_owners, owners_b = b->n_more_owners;
  *a = *b;
  *b = spare;
  a->n_more_owners = owners_a; /* who owns them stays */
  b->n_more_owners = owners_b;
}
