/* Storage: which format is taken, what each answers, rows by delay, synapses that come and go, threads' parts of events; and a format of this test's own,
** which nobody outside the storage has heard of. */
#include "synapses/storage.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/memory.h"
#include "check.h"
#include "engine/structure.h"
#include "synapses/storage_private.h"
#include "synapses/weights.h"

typedef struct List {
  int64_t n;
  int32_t *pre, *post;
} List;

static List list_of(const Storage *s) {
  List l = { s->n_synapses, malloc((size_t)s->n_synapses * 4 + 4), malloc((size_t)s->n_synapses * 4 + 4) };
  storage_neurons(s, SIDE_PRE, 0, l.n, l.pre);
  storage_neurons(s, SIDE_POST, 0, l.n, l.post);
  return l;
}

static void list_free(List *l) {
  free(l->pre);
  free(l->post);
}

static bool joins(const List *l, int64_t k, int32_t pre, int32_t post) { return l->pre[k] == pre && l->post[k] == post; }

enum { PRE = 150, POST = 120 };
static const Connector ALL = { .kind = CONNECT_all_to_all, .self = true }, OTHERS = { .kind = CONNECT_all_to_all },
                       SOME = { .kind = CONNECT_fixed_probability, .p = 0.3, .self = true };

static ConnectEnds ends_of(bool is_same) {
  return (ConnectEnds){ .pre = { .n = 60, .first = 20 },
                        .post = { .n = 50, .first = 30 },
                        .n_pre = PRE,
                        .n_post = is_same ? PRE : POST,
                        .same_population = is_same,
                        .seed = 77,
                        .object = 3 };
}

static Storage *make(const Connector *c, const ConnectEnds *ends, const StorageOptions *o) {
  Error e = { "" };
  Storage *s = storage_new(c, ends, o, NULL, &e);
  CHECK(s != NULL, "%s", e.text);
  return s;
}

/* ---- which format ------------------------------------------------------------------------------------------------------ */

static void chosen(const Connector *c, const ConnectEnds *ends, const StorageOptions *o, const char *name) {
  Storage *s = make(c, ends, o);
  CHECK(strcmp(storage_name(s), name) == 0, "%s is taken, not %s", storage_name(s), name);
  storage_free(s);
}

static void test_choice(void) {
  ConnectEnds ends = ends_of(false), same = ends_of(true), one = ends;
  one.n_post = one.post.n = 1;
  one.post.first = 0;
  static const int32_t listed[] = { 4, 9, 2 };
  ConnectEnds list = ends;
  list.post = (View){ .n = 3, .index = listed };
  StorageOptions rate = { .is_rate = true }, spikes = { 0 }, changing = { .is_changing = true }, delays = { .has_delays = true };
  chosen(&ALL, &ends, &rate, "dense_post");
  chosen(&ALL, &ends, &spikes, "dense_pre");
  chosen(&ALL, &one, &spikes, "dense_post");
  chosen(&ALL, &ends, &changing, "rows_pre");
  chosen(&ALL, &ends, &delays, "rows_pre");
  chosen(&ALL, &list, &rate, "rows_post");
  chosen(&OTHERS, &same, &rate, "rows_post");
  chosen(&OTHERS, &ends, &spikes, "dense_pre");
  chosen(&SOME, &ends, &spikes, "rows_pre");
  chosen(&SOME, &one, &spikes, "rows_pre");
  ConnectEnds apart = same;
  apart.post = (View){ .n = 20, .first = 80 };
  chosen(&OTHERS, &apart, &rate, "dense_post");
  StorageFacts facts;
  int n = 0;
  for (; storage_facts(n, &facts); n++) {
    chosen(&ALL, &ends, &(StorageOptions){ .format = facts.name }, facts.name);
    CHECK(strstr(facts.words, facts.major == SIDE_PRE ? "pre neuron" : "post neuron") != NULL, "%s", facts.words);
  }
  CHECK(n >= 4, "%d formats", n);
}

/* All pairs of two ranges, told by every format in the same way. */
static void test_block(void) {
  ConnectEnds ends = ends_of(false);
  StorageFacts facts;
  for (int k = 0; storage_facts(k, &facts); k++) {
    Storage *s = make(&ALL, &ends, &(StorageOptions){ .format = facts.name });
    List l = list_of(s);
    int64_t fan[PRE], numbers[60];
    CHECK(storage_major(s) == facts.major && s->n_synapses == 3000 && s->is_unique, "%s", facts.name);
    for (int64_t i = 0; i < 3000; i++) {
      int32_t pre = (int32_t)(facts.major == SIDE_PRE ? i / 50 : i % 60), post = (int32_t)(facts.major == SIDE_PRE ? i % 50 : i / 60);
      CHECK(joins(&l, i, 20 + pre, 30 + post), "%s: synapse %lld", facts.name, (long long)i);
    }
    storage_fan(s, SIDE_PRE, PRE, fan);
    CHECK(fan[19] == 0 && fan[20] == 50 && fan[79] == 50 && fan[80] == 0, "%s: fan-out", facts.name);
    CHECK(storage_of_neuron(s, SIDE_POST, 31, numbers) == 60 && numbers[1] == (facts.major == SIDE_PRE ? 51 : 61), "%s: fan-in",
          facts.name);
    CHECK(storage_of_neuron(s, SIDE_POST, 29, numbers) == 0 && storage_of_neuron(s, SIDE_PRE, 80, numbers) == 0, "%s: outside", facts.name);
    list_free(&l);
    storage_free(s);
  }
}

/* ---- threads ------------------------------------------------------------------------------------------------------------- */

/* The parts of all threads together are the events; each post neuron is one thread's. */
static void test_cut(void) {
  enum { THREADS = 3 };
  ConnectEnds ends = ends_of(false);
  const int32_t list[] = { 20, 23, 50, 79 };
  StorageFacts facts;
  for (int k = 0; storage_facts(k, &facts); k++) {
    Storage *s = make(facts.can_change ? &SOME : &ALL, &ends, &(StorageOptions){ .format = facts.name });
    if (!storage_can_cut(s)) {
      storage_free(s);
      continue;
    }
    List l = list_of(s);
    static int owner[POST];
    memset(owner, -1, sizeof owner);
    int64_t n_seen = 0, n_wanted = 0, begin[4], end[4], numbers[POST];
    for (int i = 0; i < 4; i++)
      n_wanted += storage_of_neuron(s, SIDE_PRE, list[i], numbers);
    for (int t = 0; t < THREADS; t++) {
      KernelArgs args = { .storage = s, .list = list, .n_list = 4 };
      const int64_t first = POST * t / THREADS, last = POST * (t + 1) / THREADS; /* of the population: more than have synapses */
      const int64_t firsts[THREADS] = { 0, POST / THREADS, POST * 2 / THREADS };
      RowCuts cuts;
      storage_cut(&args, first, last, begin, end);
      if (storage_find_cuts(s, firsts, THREADS, 2, &cuts)) { /* says the same */
        KernelArgs known = { .storage = s, .list = list, .n_list = 4 };
        int64_t from[4], to[4];
        storage_cut_known(&known, &cuts, t, from, to);
        for (int i = 0; i < 4; i++)
          CHECK(from[i] == begin[i] && to[i] == end[i], "%s: row %d, part %d: a known cut is another", facts.name, (int)list[i], t);
        storage_free_cuts(&cuts);
      }
      for (int64_t i = 0; i < args.n_list; i++) {
        int64_t n = storage_of_neuron(s, SIDE_PRE, args.list[i], numbers);
        for (int64_t m = 0; m < n; m++) {
          int32_t post = l.post[numbers[m]];
          bool is_mine =
              args.begin != NULL ? numbers[m] >= args.begin[i] && numbers[m] < args.end[i] : post >= args.first && post < args.last;
          n_seen += is_mine;
          CHECK(is_mine == (post >= first && post < last), "%s: post neuron %d in %lld .. %lld", facts.name, (int)post, (long long)first,
                (long long)last - 1);
          CHECK(!is_mine || owner[post] == -1 || owner[post] == t, "%s: post neuron %d has two owners", facts.name, (int)post);
          if (is_mine)
            owner[post] = t;
        }
      }
    }
    CHECK(n_seen == n_wanted, "%s: %lld of %lld events", facts.name, (long long)n_seen, (long long)n_wanted);
    list_free(&l);
    storage_free(s);
  }
}

/* Of a list, those that reach a range of posts: for neighbours that project to neighbours. */
static void test_band(void) {
  static const Connector ONE = { .kind = CONNECT_one_to_one };
  ConnectEnds ends = { .pre = { .n = PRE }, .post = { .n = PRE }, .n_pre = PRE, .n_post = PRE, .seed = 1 }, some = ends_of(false);
  Storage *one = make(&ONE, &ends, &(StorageOptions){ 0 }), *all = make(&ALL, &some, &(StorageOptions){ 0 }),
          *other = make(&SOME, &some, &(StorageOptions){ 0 });
  CHECK(storage_is_banded(one) && !storage_is_banded(all) && !storage_is_banded(other), "which are bands");
  static const int32_t list[] = { 3, 10, 11, 64, 149 };
  for (int64_t first = 0; first <= PRE; first++)
    for (int64_t last = first; last <= PRE; last++) {
      KernelArgs args = { .storage = one, .list = list, .n_list = 5 };
      int64_t n = 0, before = 0;
      for (int k = 0; k < 5; k++) {
        n += list[k] >= first && list[k] < last;
        before += list[k] < first;
      }
      const BandCut c = storage_cut_band(&args, first, last);
      CHECK(c.to - c.from == n && (n == 0 || c.from == before) && c.whole_from == c.from && c.whole_to == c.to, "%lld .. %lld",
            (long long)first, (long long)last - 1);
    }
  storage_free(one);
  storage_free(all);
  storage_free(other);
}

/* ---- changing what is there ------------------------------------------------------------------------------------------------ */

static void test_delays(void) {
  Error e = { "" };
  for (int variant = 0; variant < 8; variant++) {
    const int n_delays = variant < 4 ? 5 : 97; /* cuts of rows at so many would take more than the synapses */
    ConnectEnds ends = ends_of(true);
    Storage *s = make(&SOME, &ends, &(StorageOptions){ .is_rate = variant % 2, .has_delays = true });
    CHECK(variant % 4 < 2 || storage_index(s, variant % 2 ? SIDE_PRE : SIDE_POST, 1, &e), "%s", e.text);
    List before = list_of(s);
    int32_t *delay = malloc((size_t)before.n * 4);
    int64_t *origin = malloc((size_t)before.n * 8), numbers[PRE];
    for (int64_t k = 0; k < before.n; k++)
      delay[k] = (int32_t)(3 + (before.pre[k] * 31 + before.post[k] * 17) % n_delays * 4);
    DelayTable table;
    CHECK(storage_sort_by_delay(s, (StepList){ delay, 4, 400 }, variant >= 4, &table, origin, variant % 4 + 1, &e), "%s", e.text);
    List after = list_of(s);
    for (int64_t k = 0; k < before.n; k++)
      CHECK(joins(&after, k, before.pre[origin[k]], before.post[origin[k]]), "synapse %lld", (long long)k);
    CHECK((table.each != NULL) == (variant >= 4) && (table.cut == NULL) == (variant >= 4),
          "where rows are short the delay of each is said");
    CHECK(table.n_delays == n_delays && table.delay[0] == 3 && table.delay[n_delays - 1] == 4 * n_delays - 1, "%d delays",
          (int)table.n_delays);
    int64_t at = 0;
    for (int64_t r = 0; r < storage_n_major(s); r++) {
      CHECK(storage_row(s, r) == at, "row %lld", (long long)r);
      for (int d = 0; d < n_delays; d++) {
        int64_t begin, end;
        delay_part(&table, r, d, &begin, &end);
        CHECK(begin == at, "delay %d of row %lld", d, (long long)r);
        const int32_t *minor = storage_major(s) == SIDE_PRE ? after.post : after.pre;
        for (at = begin; at < end; at++)
          CHECK(delay[origin[at]] == table.delay[d] && (at == begin || minor[at] > minor[at - 1]), "synapse %lld", (long long)at);
      }
    }
    for (int64_t i = 0; i < PRE; i++) {
      int64_t n = storage_of_neuron(s, SIDE_POST, i, numbers);
      for (int64_t k = 0; k < n; k++)
        CHECK(after.post[numbers[k]] == i, "found after sorting");
    }
    delay_table_free(&table);
    delay[5] = 0;
    CHECK(!storage_sort_by_delay(s, (StepList){ delay, 4, 400 }, true, &table, origin, 1, &e), "a delay of 0");
    CHECK_ERROR(e, "between 1 and");
    list_free(&before);
    list_free(&after);
    free(delay);
    free(origin);
    storage_free(s);
  }
  ConnectEnds ends = ends_of(false);
  Storage *s = make(&ALL, &ends, &(StorageOptions){ 0 });
  DelayTable table;
  int32_t one = 1;
  int64_t origin;
  CHECK(!storage_sort_by_delay(s, (StepList){ &one, 4, 1 }, false, &table, &origin, 1, &e), "a block is not sorted");
  CHECK_ERROR(e, "these synapses have one delay for all: they are stored dense by pre neuron");
  storage_free(s);
}

/* Every allocation fails once. */
static void fail_to_rebuild(const Storage *s, const StorageChange *change) {
  Error e = { "" };
  int failed = 0;
  for (long k = 1;; k++, failed++) {
    int64_t *a, *b;
    memory_fail_after(k);
    Storage *u = storage_rebuild(s, change, &a, &b, &e);
    memory_fail_after(0);
    if (u != NULL) {
      storage_free(u);
      memory_free(a);
      memory_free(b);
      break;
    }
    CHECK_ERROR(e, "out of memory");
    CHECK(a == NULL && b == NULL, "nothing is left behind");
  }
  CHECK(failed >= 7, "%d allocations failed", failed);
}

static void test_rebuild(void) {
  Error e = { "" };
  for (int variant = 0; variant < 6; variant++) {
    ConnectEnds ends = ends_of(false);
    Storage *s = make(variant < 4 ? &SOME : &ALL, &ends, &(StorageOptions){ .is_rate = variant % 2 });
    List before = list_of(s);
    uint8_t *keep = malloc((size_t)before.n);
    int64_t n_kept = 0;
    for (int64_t k = 0; k < before.n; k++)
      n_kept += keep[k] = (k * 2654435761u >> 7) % 3 != 0;
    int32_t pre[] = { 149, 0, 5, 5 }, post[] = { 1, 0, 7, 7 };
    StorageChange change = { variant == 3 ? NULL : keep, 4, pre, post, ends.n_pre, ends.n_post };
    if (variant == 3)
      n_kept = before.n;
    int64_t *of_old, *of_added;
    Storage *t = storage_rebuild(s, &change, &of_old, &of_added, &e);
    CHECK(t != NULL, "%s", e.text);
    CHECK(t->n_synapses == n_kept + 4 && !t->is_unique && storage_major(t) == storage_major(s) && strstr(storage_name(t), "rows") != NULL,
          "%lld synapses, %s", (long long)t->n_synapses, storage_name(t));
    List after = list_of(t);
    uint8_t *used = calloc((size_t)after.n, 1);
    for (int64_t k = 0; k < before.n; k++) {
      int64_t q = of_old[k];
      if (change.keep != NULL && !keep[k])
        CHECK(q == -1, "synapse %lld was removed", (long long)k);
      else
        CHECK(q >= 0 && q < after.n && !used[q]++ && joins(&after, q, before.pre[k], before.post[k]), "synapse %lld went to %lld",
              (long long)k, (long long)q);
    }
    for (int k = 0; k < 4; k++)
      CHECK(!used[of_added[k]]++ && joins(&after, of_added[k], pre[k], post[k]), "added pair %d", k);
    for (int64_t k = 1; k < after.n; k++) {
      const int32_t *major = variant % 2 ? after.post : after.pre, *minor = variant % 2 ? after.pre : after.post;
      CHECK(major[k] > major[k - 1] || (major[k] == major[k - 1] && minor[k] >= minor[k - 1]), "synapse %lld is in order", (long long)k);
    }
    fail_to_rebuild(s, &change);
    pre[1] = (int32_t)ends.n_pre;
    int64_t *a, *b;
    CHECK(storage_rebuild(s, &change, &a, &b, &e) == NULL && a == NULL && b == NULL, "a neuron that does not exist");
    CHECK_ERROR(e, "added synapse 2");
    free(keep);
    free(used);
    list_free(&before);
    list_free(&after);
    memory_free(of_old);
    memory_free(of_added);
    storage_free(s);
    storage_free(t);
  }
}

/* ---- a format of the test's own --------------------------------------------------------------------------------------------- */

/* A ring: pre neuron i is joined with the three post neurons behind i. Nothing is stored; rows are told one element at a time, and values lie
** backwards, every other place empty. */
enum { RING = 20, EACH = 3 };

static int64_t ring_row(const Storage *s, int64_t row) {
  (void)s;
  return row * EACH;
}

static StorageSpan ring_span(const Storage *s, int64_t row, int64_t from, StorageBuffer *b) {
  (void)s;
  b->minors[0] = (int32_t)((row + from + 1) % RING);
  return (StorageSpan){ .n = from < EACH, .minors = b->minors };
}

static int64_t ring_column_size(const Storage *s, int64_t k) {
  (void)s, (void)k;
  return -1;
}

static void ring_places(const Storage *s, int64_t first, int64_t last, int64_t *out) {
  for (int64_t k = first; k < last; k++)
    out[k - first] = 2 * (s->n_synapses - 1 - k);
}

static int64_t ring_n_places(const Storage *s) { return 2 * s->n_synapses; }

static const StorageFormat ring = { .name = { "ring_pre", "ring_post" },
                                    .words = { "a ring by pre neuron", "a ring by post neuron" },
                                    .row = ring_row,
                                    .span = ring_span,
                                    .column_size = ring_column_size,
                                    .places = ring_places,
                                    .n_places = ring_n_places };

static void test_own_format(void) {
  Storage s = { .of = &ring, .is_by_pre = true, .is_unique = true, .n_synapses = RING * EACH, .n_pre = RING, .n_post = RING };
  Error e = { "" };
  List l = list_of(&s);
  int64_t fan[RING], numbers[EACH];
  storage_fan(&s, SIDE_POST, RING, fan);
  for (int64_t k = 0; k < l.n; k++)
    CHECK(joins(&l, k, (int32_t)(k / EACH), (int32_t)((k / EACH + k % EACH + 1) % RING)), "synapse %lld", (long long)k);
  for (int64_t i = 0; i < RING; i++)
    CHECK(fan[i] == EACH && storage_of_neuron(&s, SIDE_POST, i, numbers) == EACH && l.post[numbers[2]] == i, "neuron %lld", (long long)i);
  CHECK(!storage_is_in_order(&s) && storage_n_places(&s) == 2 * l.n, "%lld places", (long long)storage_n_places(&s));
  CHECK(storage_share(&s, 1, 4) == 5 && storage_share(&s, 4, 4) == RING, "shares");

  Array *by_place = array_new(ARRAY_F64, 2 * l.n, 0), *by_synapse = array_new(ARRAY_F64, l.n, 0),
        *by_neuron = array_new(ARRAY_F64, RING, 0);
  double *value = (double *)by_synapse->at, *place = (double *)by_place->at, *sum = (double *)by_neuron->at;
  for (int64_t k = 0; k < 2 * l.n; k++)
    place[k] = (double)k;
  CHECK(weights_read(&s, by_place, by_synapse, &e), "%s", e.text);
  for (int64_t k = 0; k < l.n; k++)
    CHECK(value[k] == (double)(2 * (l.n - 1 - k)), "value of synapse %lld", (long long)k);
  for (int64_t k = 0; k < l.n; k++)
    value[k] = l.post[k] + 0.5;
  CHECK(weights_write(&s, by_synapse, by_place, &e) && place[0] == l.post[l.n - 1] + 0.5 && place[1] == 1, "%s", e.text);
  CHECK(!weights_write(&s, by_place, by_synapse, &e), "the wrong way round");
  CHECK_ERROR(e, "120 values of 60 synapses expected, got 60 and 120");
  CHECK(weights_sum(&s, SIDE_POST, WEIGHTS_SUM, by_synapse, by_neuron, &e), "%s", e.text);
  for (int64_t i = 0; i < RING; i++)
    CHECK(sum[i] == EACH * ((double)i + 0.5), "sum of neuron %lld", (long long)i);
  CHECK(weights_change(&s, SIDE_POST, WEIGHTS_SCALE, by_synapse, by_neuron, &e) && value[0] == 1.5 * 4.5, "%s", e.text);

  Projection p = { .storage = &s };
  Storage pairs = structure_pairs(&p, &(PairBlock){ 2, 3, 0, 10 });
  Array *answers = array_new(ARRAY_F64, pairs.n_synapses, 0);
  array_fill(answers, 1);
  structure_clear_known(&p, &pairs, answers);
  for (int64_t k = 0; k < 30; k++) {
    int64_t away = k % 10 - (2 + k / 10);
    CHECK(((const double *)answers->at)[k] == !(away >= 1 && away <= EACH), "pair %lld", (long long)k);
  }
  array_release(answers);
  array_release(by_place);
  array_release(by_synapse);
  array_release(by_neuron);
  list_free(&l);
}

/* ---- making ------------------------------------------------------------------------------------------------------------------ */

/* Rows across are the same whether they are remembered or made twice: near and far neurons, rows without any, one range of neurons after the other. */
static void test_remembered(void) {
  static const struct {
    int64_t n_pre, n_post, k;
  } sizes[] = {
    { 300, 40, 100 },  { 300, 40, 300 }, { 300, 40, 1 },  { 9000, 60, 500 },
    { 100000, 30, 3 }, { 100000, 3, 1 }, { 20000, 5, 0 }, { 5000, 400, 1000 } /* worth several threads */
  };
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    for (int n_threads = 1; n_threads <= 3; n_threads++) {
      const Connector c = { .kind = CONNECT_fixed_number_pre, .k = sizes[i].k };
      const ConnectEnds ends = {
        .pre = { .n = sizes[i].n_pre }, .post = { .n = sizes[i].n_post }, .n_pre = sizes[i].n_pre, .n_post = sizes[i].n_post, .seed = 7
      };
      Storage *twice = make(&c, &ends, &(StorageOptions){ .n_threads = 1 });
      Storage *once = make(&c, &ends, &(StorageOptions){ .n_threads = n_threads, .has_values = true });
      const int64_t n = twice->n_synapses;
      CHECK(n == sizes[i].k * sizes[i].n_post && once->n_synapses == n && twice->is_by_pre, "%lld synapses", (long long)n);
      CHECK(memcmp(once->rows.row, twice->rows.row, sizeof *once->rows.row * (size_t)(sizes[i].n_pre + 1)) == 0, "rows %d", (int)i);
      CHECK(memcmp(once->rows.minor, twice->rows.minor, sizeof *once->rows.minor * (size_t)n) == 0, "neurons of rows %d", (int)i);
      storage_free(once);
      storage_free(twice);
    }
}

int main(void) {
  test_remembered();
  test_choice();
  test_block();
  test_cut();
  test_band();
  test_delays();
  test_rebuild();
  test_own_format();
  return check_done();
}
