/* Connectors and the storage built from them: the same synapses in every format and with any number of threads, in order, indexed both ways. */
#include "synapses/connect.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/memory.h"
#include "check.h"
#include "synapses/storage.h"

/* ---- a storage as a plain list of pairs ----------------------------------------------------------------------------- */

typedef struct List {
  int64_t n;
  int32_t *pre, *post; /* in place order */
} List;

static List list_of(const Storage *s) {
  List l = { s->n_synapses, malloc((size_t)s->n_synapses * 4 + 4), malloc((size_t)s->n_synapses * 4 + 4) };
  storage_fill_pre(s, 0, l.n, l.pre);
  storage_fill_post(s, 0, l.n, l.post);
  return l;
}

static void list_free(List *l) {
  free(l->pre);
  free(l->post);
}

/* A number that depends on the set of pairs, not on their order. */
static uint64_t digest(const List *l) {
  uint64_t sum = 0;
  for (int64_t k = 0; k < l->n; k++) {
    uint64_t h = ((uint64_t)l->pre[k] << 32 | (uint32_t)l->post[k]) * 0x9E3779B97F4A7C15u;
    h ^= h >> 29;
    sum += h * 0xBF58476D1CE4E5B9u;
  }
  return sum;
}

static void check_reverse(const Storage *s, const List *l, bool by_pre) {
  int64_t n_minor = by_pre ? s->n_post : s->n_pre;
  CHECK(s->column[0] == 0 && s->column[n_minor] == s->n_synapses, "columns end at %lld", (long long)s->column[n_minor]);
  for (int64_t c = 0; c < n_minor; c++)
    for (int64_t k = s->column[c]; k < s->column[c + 1]; k++) {
      int64_t p = s->column_place[k];
      CHECK(s->minor[p] == c, "column %lld holds place %lld of neuron %d", (long long)c, (long long)p, (int)s->minor[p]);
      CHECK(s->column_major[k] == (by_pre ? l->pre : l->post)[p], "major of place %lld", (long long)p);
      CHECK(k == s->column[c] || s->column_major[k] >= s->column_major[k - 1], "majors ascend in column %lld", (long long)c);
    }
}

/* Everything that holds for any storage. */
static void check_storage(const Storage *s, int64_t n_pre, int64_t n_post, bool is_sorted) {
  List l = list_of(s);
  bool by_pre = storage_is_by_pre(s);
  int64_t *in = calloc((size_t)n_post + 1, 8), *out = calloc((size_t)n_pre + 1, 8), *places = malloc((size_t)(l.n + 1) * 8);
  int64_t *in2 = calloc((size_t)n_post + 1, 8), *out2 = calloc((size_t)n_pre + 1, 8);
  for (int64_t k = 0; k < l.n; k++) {
    CHECK(l.pre[k] >= 0 && l.pre[k] < n_pre && l.post[k] >= 0 && l.post[k] < n_post, "place %lld joins %d and %d", (long long)k,
          (int)l.pre[k], (int)l.post[k]);
    in[l.post[k]]++;
    out[l.pre[k]]++;
    const int32_t *major = by_pre ? l.pre : l.post, *minor = by_pre ? l.post : l.pre;
    if (k > 0 && is_sorted)
      CHECK(major[k] > major[k - 1] || (major[k] == major[k - 1] && (s->is_unique ? minor[k] > minor[k - 1] : minor[k] >= minor[k - 1])),
            "places %lld and %lld are in order", (long long)k - 1, (long long)k);
    int64_t found = storage_find(s, l.pre[k], l.post[k]);
    CHECK(found >= 0 && l.pre[found] == l.pre[k] && l.post[found] == l.post[k] && (!s->is_unique || found == k),
          "place %lld is found at %lld", (long long)k, (long long)found);
    if (k % 97 == 0)
      CHECK(storage_pre(s, k) == l.pre[k] && storage_post(s, k) == l.post[k], "neurons of place %lld", (long long)k);
  }
  storage_fan_in(s, n_post, in2);
  storage_fan_out(s, n_pre, out2);
  CHECK(memcmp(in, in2, (size_t)n_post * 8) == 0 && memcmp(out, out2, (size_t)n_pre * 8) == 0, "fan-in and fan-out");
  for (int64_t j = 0; j < n_post; j += 3) {
    int64_t n = storage_places_of_post(s, j, places);
    CHECK(n == in[j], "%lld places of post %lld", (long long)n, (long long)j);
    for (int64_t k = 0; k < n; k++)
      CHECK(l.post[places[k]] == j && (k == 0 || places[k] > places[k - 1] || !is_sorted), "place %lld of post %lld", (long long)k,
            (long long)j);
  }
  for (int64_t i = 0; i < n_pre; i += 3) {
    int64_t n = storage_places_of_pre(s, i, places);
    CHECK(n == out[i], "%lld places of pre %lld", (long long)n, (long long)i);
    for (int64_t k = 0; k < n; k++)
      CHECK(l.pre[places[k]] == i, "place %lld of pre %lld", (long long)k, (long long)i);
  }
  CHECK(storage_find(s, n_pre, 0) == -1 && storage_find(s, 0, n_post) == -1, "neurons that do not exist");
  if (s->column != NULL)
    check_reverse(s, &l, by_pre);
  int32_t part[7]; /* a range that begins inside a row */
  if (l.n > 20) {
    storage_fill_pre(s, 11, 18, part);
    CHECK(memcmp(part, l.pre + 11, sizeof part) == 0, "pre of a range");
    storage_fill_post(s, 11, 18, part);
    CHECK(memcmp(part, l.post + 11, sizeof part) == 0, "post of a range");
  }
  free(in);
  free(out);
  free(in2);
  free(out2);
  free(places);
  list_free(&l);
}

/* ---- views that every connector is tried on -------------------------------------------------------------------------- */

enum { PRE = 150, POST = 120 };
static int32_t every_third[40], shuffled[60];
static double pre_at[PRE * 2], post_at[PRE * 2];
static uint8_t mask[PRE * PRE];

static ConnectEnds ends_of(int kind) {
  ConnectEnds e = { .pre = { .n = PRE }, .post = { .n = POST }, .n_pre = PRE, .n_post = POST, .seed = 77, .object = 3 };
  if (kind >= 4) { /* within one population */
    e.n_post = PRE;
    e.post.n = PRE;
    e.same_population = true;
  }
  if (kind == 1 || kind == 5)
    e.pre = (View){ .n = 60, .first = 20 }, e.post = (View){ .n = 60, .first = 50 };
  if (kind == 2 || kind == 6)
    e.pre = (View){ .n = 40, .index = every_third }, e.post = (View){ .n = 60, .index = shuffled };
  if (kind == 3 || kind == 7)
    e.pre = (View){ .n = 60, .index = shuffled }, e.post = (View){ .n = 40, .first = 60 };
  return e;
}

static int64_t odd_row(const void *context, int64_t row, int32_t *post) {
  int64_t n = 0;
  for (int32_t j = 0; j < *(const int *)context; j++)
    if ((row * 7 + j) % 5 == 1)
      post[n++] = j;
  return n;
}

static int32_t given_pre[500], given_post[500];

/* Connector number k for these ends; false where it makes no sense. */
static bool connector_of(int k, const ConnectEnds *ends, Connector *c) {
  static int width;
  Error e = { "" };
  width = (int)ends->post.n;
  switch (k) {
  case 0: *c = connect_all_to_all(false); return true;
  case 1: *c = connect_all_to_all(true); return true;
  case 2: *c = connect_one_to_one(); return ends->pre.n == ends->post.n;
  case 3: return connect_fixed_probability(c, 0.1, false, &e);
  case 4: return connect_fixed_probability(c, 0.3, true, &e);
  case 5: return connect_fixed_number_pre(c, 7, false, &e);
  case 6: return connect_fixed_number_pre(c, 35, true, &e);
  case 7: return connect_fixed_number_post(c, 7, false, &e);
  case 8: return connect_fixed_number_post(c, 39, false, &e);
  case 9: *c = connect_mask(mask); return true;
  case 10: return connect_gaussian(c, 1.5, 0.2, 0.3, false, 2, pre_at, post_at, &e);
  case 11: return connect_dog(c, 1, 0.1, 0.4, 0.5, 0.1, true, 2, pre_at, post_at, &e);
  case 12: *c = connect_function(odd_row, &width); return true;
  case 13: *c = connect_pairs(given_pre, given_post, 500); return true;
  default: return connect_fixed_probability(c, 1, false, &e);
  }
}
enum { N_CONNECTORS = 15, N_ENDS = 8 };

static bool leaves_self_out(int k) { return k == 0 || k == 3 || k == 5 || k == 7 || k == 8 || k == 10 || k == 14; }

/* The numbers 0 .. n-1 in any order. */
static void shuffle(uint64_t seed, int32_t *out, int64_t n) {
  RandomSequence s = random_sequence(random_key(seed), 1, 1, 0);
  for (int64_t i = 0; i < n; i++) {
    int64_t j = random_next_below(&s, (uint32_t)(i + 1));
    out[i] = out[j];
    out[j] = (int32_t)i;
  }
}

static void prepare(void) {
  for (int i = 0; i < 40; i++)
    every_third[i] = 3 * i;
  shuffle(1, shuffled, 60);
  for (int i = 0; i < 60; i++)
    shuffled[i] = 2 * shuffled[i] - (shuffled[i] > 30);
  Distribution d = distribution_make(DISTRIBUTION_UNIFORM, 0, 1);
  random_fill(&d, 1, 2, 3, 0, pre_at, PRE * 2);
  random_fill(&d, 1, 2, 4, 0, post_at, PRE * 2);
  for (int i = 0; i < PRE * PRE; i++)
    mask[i] = random_value(&d, 1, 2, 5, i) < 0.2;
  for (int i = 0; i < 500; i++) {
    given_pre[i] = (int32_t)(40 * random_value(&d, 1, 2, 6, i));
    given_post[i] = (int32_t)(40 * random_value(&d, 1, 2, 7, i));
  }
}

static Storage *make(const Connector *c, const ConnectEnds *ends, Format format, int n_threads, bool reverse, StorageExtras *extras) {
  Error e = { "" };
  Storage *s = storage_new(c, ends, &(StorageOptions){ .format = format, .reverse = reverse, .n_threads = n_threads }, extras, &e);
  CHECK(s != NULL, "%s: %s", connect_name(c->kind), e.text);
  return s;
}

/* Weights follow their synapses whatever the format. */
static void check_weights(const Connector *c, const ConnectEnds *ends, const Storage *s, const double *weight) {
  if (weight == NULL)
    return;
  static int32_t pre_position[PRE], post_position[PRE];
  for (int64_t k = 0; k < ends->pre.n; k++)
    pre_position[view_at(&ends->pre, k)] = (int32_t)k;
  for (int64_t k = 0; k < ends->post.n; k++)
    post_position[view_at(&ends->post, k)] = (int32_t)k;
  List l = list_of(s);
  for (int64_t k = 0; k < l.n; k++) {
    const double *a = c->pre_at + 2 * pre_position[l.pre[k]], *b = c->post_at + 2 * post_position[l.post[k]];
    double square = pow(a[0] - b[0], 2) + pow(a[1] - b[1], 2), w = c->amplitude * exp(-square / (2 * c->sigma * c->sigma));
    if (c->kind == CONNECT_DOG)
      w -= c->amplitude_minus * exp(-square / (2 * c->sigma_minus * c->sigma_minus));
    CHECK(fabs(weight[k] - w) < 1e-14, "weight %g, not %g", weight[k], w);
    CHECK(fabs(w) > c->limit * fabs(c->amplitude - c->amplitude_minus) * (1 - 1e-12), "%g is below the limit", w);
  }
  list_free(&l);
}

static void test_everything(void) {
  for (int which = 0; which < N_ENDS; which++)
    for (int k = 0; k < N_CONNECTORS; k++) {
      ConnectEnds ends = ends_of(which);
      Connector c;
      if (!connector_of(k, &ends, &c))
        continue;
      uint64_t first = 0;
      for (int variant = 0; variant < 6; variant++) {
        int threads = variant % 3 == 0 ? 1 : variant % 3 == 1 ? 2 : 3;
        StorageExtras extras;
        Storage *s = make(&c, &ends, variant < 3 ? FORMAT_ROWS_PRE : FORMAT_ROWS_POST, threads, variant != 0, &extras);
        if (s == NULL)
          return;
        check_storage(s, ends.n_pre, ends.n_post, true);
        List l = list_of(s);
        uint64_t h = digest(&l);
        CHECK(variant == 0 || h == first, "%s, views %d, variant %d: other synapses", connect_name(c.kind), which, variant);
        first = h;
        if (ends.same_population && leaves_self_out(k))
          for (int64_t i = 0; i < l.n; i++)
            CHECK(l.pre[i] != l.post[i], "%s: neuron %d is joined to itself", connect_name(c.kind), (int)l.pre[i]);
        CHECK((extras.weight != NULL) == (k == 10 || k == 11) && (extras.place_of_pair != NULL) == (k == 13), "extras");
        check_weights(&c, &ends, s, extras.weight);
        for (int64_t i = 0; extras.place_of_pair != NULL && i < c.n_pairs; i++) {
          int64_t place = extras.place_of_pair[i];
          CHECK(l.pre[place] == view_at(&ends.pre, given_pre[i]) && l.post[place] == view_at(&ends.post, given_post[i]), "pair %lld",
                (long long)i);
        }
        list_free(&l);
        memory_free(extras.weight);
        memory_free(extras.place_of_pair);
        storage_free(s);
      }
    }
}

/* ---- what each connector promises -------------------------------------------------------------------------------------- */

static void test_counts(void) {
  static int64_t in[PRE], out[PRE];
  for (int which = 0; which < N_ENDS; which++)
    for (int k = 0; k < N_CONNECTORS; k++) {
      ConnectEnds ends = ends_of(which);
      Connector c;
      if (!connector_of(k, &ends, &c))
        continue;
      Storage *s = make(&c, &ends, FORMAT_ROWS_PRE, 1, false, NULL);
      storage_fan_in(s, ends.n_post, in);
      storage_fan_out(s, ends.n_pre, out);
      int64_t common = 0; /* neurons that are in both views */
      for (int64_t i = 0; i < ends.pre.n; i++)
        for (int64_t j = 0; j < ends.post.n; j++)
          common += ends.same_population && view_at(&ends.pre, i) == view_at(&ends.post, j);
      int64_t all = ends.pre.n * ends.post.n;
      if (k == 0 || k == 14)
        CHECK(s->n_synapses == all - common, "all to all: %lld", (long long)s->n_synapses);
      if (k == 1)
        CHECK(s->n_synapses == all, "all to all with self: %lld", (long long)s->n_synapses);
      if (k == 2)
        for (int64_t i = 0; i < ends.pre.n; i++)
          CHECK(s->n_synapses == ends.pre.n && storage_find(s, view_at(&ends.pre, i), view_at(&ends.post, i)) >= 0,
                "one to one, position %lld", (long long)i);
      for (int64_t j = 0; (k == 5 || k == 6) && j < ends.post.n; j++)
        CHECK(in[view_at(&ends.post, j)] == c.k, "fan-in %lld", (long long)in[view_at(&ends.post, j)]);
      for (int64_t i = 0; (k == 7 || k == 8) && i < ends.pre.n; i++)
        CHECK(out[view_at(&ends.pre, i)] == c.k, "fan-out %lld", (long long)out[view_at(&ends.pre, i)]);
      if (k == 9) {
        int64_t wanted = 0;
        for (int64_t i = 0; i < all; i++)
          wanted += mask[i];
        CHECK(s->n_synapses == wanted, "mask: %lld", (long long)s->n_synapses);
      }
      CHECK(s->is_unique == (k != 13), "%s: is_unique", connect_name(c.kind));
      storage_free(s);
    }
}

/* Over many seeds every pair is joined equally often, and pairs of pairs independently. */
static void test_chance(void) {
  enum { N = 12, TRIES = 20000 };
  for (int k = 0; k < 4; k++) {
    static int64_t count[N][N];
    memset(count, 0, sizeof count);
    int64_t both = 0, total = 0;
    double squares = 0;
    Connector c;
    Error e;
    if (k < 2)
      connect_fixed_probability(&c, k ? 0.7 : 0.05, false, &e);
    else if (k == 2)
      connect_fixed_number_pre(&c, 4, false, &e);
    else
      connect_fixed_number_post(&c, 9, false, &e);
    double p = k < 2 ? c.p : (double)c.k / (N - 1);
    for (int t = 0; t < TRIES; t++) {
      ConnectEnds ends = {
        .pre = { .n = N }, .post = { .n = N }, .n_pre = N, .n_post = N, .same_population = true, .seed = (uint64_t)t, .object = 1
      };
      Storage *s = make(&c, &ends, FORMAT_ROWS_PRE, 1, false, NULL);
      for (int64_t i = 0; i < N; i++)
        for (int64_t q = s->row[i]; q < s->row[i + 1]; q++)
          count[i][s->minor[q]]++;
      both += storage_find(s, 2, 3) >= 0 && storage_find(s, 5, 3) >= 0;
      total += s->n_synapses;
      squares += pow((double)s->n_synapses - N * (N - 1) * p, 2);
      storage_free(s);
    }
    double chi = 0;
    for (int i = 0; i < N; i++)
      for (int j = 0; j < N; j++)
        chi += i == j ? 0 : pow((double)count[i][j] - TRIES * p, 2) / (TRIES * p * (1 - p));
    CHECK(chi < 132 + 5 * sqrt(2 * 132), "case %d: chi-square of the pairs %g", k, chi);
    double together = k == 2 ? 4.0 * 3 / (11 * 10) : p * p;
    CHECK(fabs((double)both - TRIES * together) < 5 * sqrt(TRIES * together), "case %d: %lld pairs of pairs", k, (long long)both);
    if (k < 2)
      CHECK(fabs(squares / TRIES / (132 * p * (1 - p)) - 1) < 0.06, "case %d: variance %g", k, squares / TRIES);
    else
      CHECK(total == TRIES * N * c.k, "case %d: %lld", k, (long long)total);
  }
}

static void test_large_sparse(void) {
  Connector c;
  Error e = { "" };
  connect_fixed_probability(&c, 0.001, false, &e);
  ConnectEnds ends = {
    .pre = { .n = 40000 }, .post = { .n = 40000 }, .n_pre = 40000, .n_post = 40000, .same_population = true, .seed = 5, .object = 1
  };
  Storage *s = make(&c, &ends, FORMAT_ROWS_PRE, 2, false, NULL), *t = make(&c, &ends, FORMAT_ROWS_POST, 2, true, NULL);
  double wanted = 40000.0 * 39999 * 0.001;
  CHECK(fabs((double)s->n_synapses - wanted) < 5 * sqrt(wanted), "%lld synapses", (long long)s->n_synapses);
  List a = list_of(s), b = list_of(t);
  CHECK(a.n == b.n && digest(&a) == digest(&b), "both formats hold the same synapses");
  CHECK(storage_bytes(s) < 4 * s->n_synapses + 8 * 40001 + 1000, "%lld bytes", (long long)storage_bytes(s));
  list_free(&a);
  list_free(&b);
  storage_free(s);
  storage_free(t);
}

/* Large enough that several threads work: place by place the same as with one. */
static void test_threads(void) {
  enum { N = 900 };
  static int32_t any_order[N], delay[N * N];
  static int width = N;
  shuffle(3, any_order, N);
  Error e = { "" };
  for (int k = 0; k < 10; k++) {
    Connector c = connect_all_to_all(false);
    if (k % 5 == 1)
      connect_fixed_probability(&c, 0.4, false, &e);
    if (k % 5 == 2)
      connect_fixed_number_pre(&c, 300, false, &e);
    if (k % 5 == 3)
      connect_fixed_number_post(&c, 600, false, &e);
    if (k % 5 == 4)
      c = connect_function(odd_row, &width);
    View all = { .n = N, .index = k < 5 ? NULL : any_order };
    ConnectEnds ends = { .pre = all, .post = all, .n_pre = N, .n_post = N, .same_population = true, .seed = 6, .object = 2 };
    for (int format = FORMAT_ROWS_PRE; format <= FORMAT_ROWS_POST; format++) {
      Storage *one = make(&c, &ends, (Format)format, 1, true, NULL), *many = make(&c, &ends, (Format)format, 4, true, NULL);
      size_t n = (size_t)one->n_synapses;
      for (int round = 0; round < 2; round++) {
        CHECK(many->n_synapses == one->n_synapses && memcmp(one->row, many->row, (N + 1) * 8) == 0 &&
                  memcmp(one->minor, many->minor, n * 4) == 0,
              "%s, case %d, round %d: rows", connect_name(c.kind), k, round);
        CHECK(memcmp(one->column, many->column, (N + 1) * 8) == 0 && memcmp(one->column_major, many->column_major, n * 4) == 0 &&
                  memcmp(one->column_place, many->column_place, n * 8) == 0,
              "%s, case %d, round %d: reverse index", connect_name(c.kind), k, round);
        if (round == 1)
          break;
        for (size_t p = 0; p < n; p++)
          delay[p] = 1 + (int32_t)((p * 2654435761u >> 9) % 11);
        DelayTable a = { 0 }, b = { 0 };
        int32_t *within_a = NULL, *within_b = NULL;
        CHECK(storage_sort_by_delay(one, delay, &a, &within_a, 1, &e) && storage_sort_by_delay(many, delay, &b, &within_b, 4, &e), "%s",
              e.text);
        CHECK(memcmp(within_a, within_b, n * 4) == 0 && memcmp(a.begin, b.begin, N * 12 * 8) == 0, "%s, case %d: order of delays",
              connect_name(c.kind), k);
        memory_free(within_a);
        memory_free(within_b);
        delay_table_free(&a);
        delay_table_free(&b);
      }
      storage_free(one);
      storage_free(many);
    }
  }
}

/* The figures of ANNarchy's connect_dog on a 20 x 20 grid: 159600 synapses, the sum of row 210 and the first two weights of row 0. */
static void test_dog(void) {
  static double at[400 * 2];
  connect_grid((int64_t[]){ 20, 20 }, 2, at);
  CHECK(at[0] == 0 && at[2 * 399] == 1 && at[2 * 19 + 1] == 1 && at[2 * 20] == 1.0 / 19, "grid");
  double line[1] = { 7 };
  connect_grid((int64_t[]){ 1 }, 1, line);
  CHECK(line[0] == 0, "an axis of one");
  Connector c;
  Error e = { "" };
  CHECK(connect_dog(&c, 0.2, 0.1, 0.1, 0.7, 0, false, 2, at, at, &e), "%s", e.text);
  ConnectEnds ends = { .pre = { .n = 400 }, .post = { .n = 400 }, .n_pre = 400, .n_post = 400, .same_population = true, .seed = 1 };
  StorageExtras extras;
  Storage *s = make(&c, &ends, FORMAT_ROWS_POST, 1, false, &extras);
  CHECK(s->n_synapses == 159600, "%lld", (long long)s->n_synapses);
  double sum = 0;
  for (int64_t k = s->row[210]; k < s->row[211]; k++)
    sum += extras.weight[k];
  CHECK(fabs(sum + 28.8993) < 5e-5, "row 210: %.6f", sum);
  double first = extras.weight[s->row[210]], second = extras.weight[s->row[210] + 1];
  CHECK(fabs(first + 0.05682) < 5e-6 && fabs(second + 0.05995) < 5e-6, "%.6f %.6f", first, second);
  memory_free(extras.weight);
  storage_free(s);
}

static void test_dense(void) {
  Error e = { "" };
  Connector all = connect_all_to_all(false), with_self = connect_all_to_all(true);
  for (int which = 0; which < N_ENDS; which++)
    for (int k = 0; k < 4; k++) {
      ConnectEnds ends = ends_of(which);
      StorageOptions o = { .format = FORMAT_ROWS_PRE, .dense = k < 2 ? FORMAT_DENSE_PRE : FORMAT_DENSE_POST };
      Storage *s = storage_new(k % 2 ? &with_self : &all, &ends, &o, NULL, &e);
      CHECK(s != NULL, "%s", e.text);
      bool is_block = ends.pre.index == NULL && ends.post.index == NULL && (k % 2 || !ends.same_population);
      CHECK(storage_is_dense(s) == is_block, "views %d, self %d", which, k % 2);
      CHECK(s->format == (is_block ? o.dense : FORMAT_ROWS_PRE), "format %d", (int)s->format);
      check_storage(s, ends.n_pre, ends.n_post, true);
      CHECK(storage_need_reverse(s, 0, &e), "%s", e.text);
      storage_free(s);
    }
  ConnectEnds apart = { .pre = { .n = 30 }, .post = { .n = 20, .first = 30 }, .n_pre = PRE, .n_post = PRE, .same_population = true };
  Storage *s = storage_new(&all, &apart, &(StorageOptions){ .format = FORMAT_ROWS_PRE, .dense = FORMAT_DENSE_POST }, NULL, &e);
  CHECK(s != NULL && s->format == FORMAT_DENSE_POST && s->n_synapses == 600, "views apart have no diagonal");
  check_storage(s, PRE, PRE, true);
  storage_free(s);
}

/* ---- changing what is there ---------------------------------------------------------------------------------------------- */

static void test_delays(void) {
  Error e = { "" };
  for (int variant = 0; variant < 4; variant++) {
    ConnectEnds ends = ends_of(5);
    Connector c;
    connect_fixed_probability(&c, 0.4, false, &e);
    Storage *s = make(&c, &ends, variant % 2 ? FORMAT_ROWS_POST : FORMAT_ROWS_PRE, 1, variant >= 2, NULL);
    List before = list_of(s);
    int32_t *delay = malloc((size_t)before.n * 4), *within;
    double *weight = malloc((size_t)before.n * 8);
    uint8_t *byte = malloc((size_t)before.n);
    for (int64_t k = 0; k < before.n; k++) {
      delay[k] = (int32_t)(3 + (before.pre[k] * 31 + before.post[k] * 17) % 5 * 4);
      weight[k] = before.pre[k] * 1000 + before.post[k];
      byte[k] = (uint8_t)(before.pre[k] + before.post[k]);
    }
    DelayTable table;
    CHECK(storage_sort_by_delay(s, delay, &table, &within, variant + 1, &e), "%s", e.text);
    CHECK(storage_permute(s, within, delay, 4, &e) && storage_permute(s, within, weight, 8, &e) && storage_permute(s, within, byte, 1, &e),
          "%s", e.text);
    check_storage(s, PRE, PRE, false);
    List after = list_of(s);
    CHECK(digest(&before) == digest(&after), "the same synapses");
    CHECK(table.n_delays == 5 && table.delay[0] == 3 && table.delay[4] == 19, "%d delays", (int)table.n_delays);
    for (int64_t r = 0; r < PRE; r++) {
      const int64_t *begin = table.begin + r * 6;
      CHECK(begin[0] == s->row[r] && begin[5] == s->row[r + 1], "row %lld", (long long)r);
      for (int d = 0; d < 5; d++)
        for (int64_t k = begin[d]; k < begin[d + 1]; k++) {
          CHECK(delay[k] == table.delay[d] && delay[k] == 3 + (after.pre[k] * 31 + after.post[k] * 17) % 5 * 4, "delay of place %lld",
                (long long)k);
          CHECK(weight[k] == after.pre[k] * 1000 + after.post[k] && byte[k] == (uint8_t)(after.pre[k] + after.post[k]),
                "arrays move along");
          CHECK(k == begin[d] || s->minor[k] > s->minor[k - 1], "sorted within a delay");
        }
    }
    memory_free(within);
    delay_table_free(&table);
    delay[5] = 0;
    CHECK(!storage_sort_by_delay(s, delay, &table, &within, 1, &e), "a delay of 0");
    CHECK_ERROR(e, "between 1 and");
    list_free(&before);
    list_free(&after);
    free(delay);
    free(weight);
    free(byte);
    storage_free(s);
  }
  Connector all = connect_all_to_all(true);
  ConnectEnds ends = ends_of(0);
  Storage *s = storage_new(&all, &ends, &(StorageOptions){ .format = FORMAT_ROWS_PRE, .dense = FORMAT_DENSE_PRE }, NULL, &e);
  DelayTable table;
  int32_t *within, one = 1;
  CHECK(!storage_sort_by_delay(s, &one, &table, &within, 1, &e), "dense storage is not sorted");
  storage_free(s);
}

static void test_rebuild(void) {
  Error e = { "" };
  for (int variant = 0; variant < 6; variant++) {
    ConnectEnds ends = ends_of(variant < 4 ? 6 : 1);
    Connector c = connect_all_to_all(true);
    if (variant < 4)
      connect_fixed_probability(&c, 0.3, true, &e);
    StorageOptions o = { .format = variant % 2 ? FORMAT_ROWS_POST : FORMAT_ROWS_PRE,
                         .dense = variant == 5 ? FORMAT_DENSE_POST : FORMAT_DENSE_PRE,
                         .reverse = variant >= 2 };
    Storage *s = storage_new(&c, &ends, &o, NULL, &e);
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
    CHECK(t->n_synapses == n_kept + 4 && !t->is_unique && storage_is_by_pre(t) == storage_is_by_pre(s) && !storage_is_dense(t),
          "%lld synapses", (long long)t->n_synapses);
    CHECK((t->column != NULL) == (s->column != NULL), "reverse index");
    check_storage(t, ends.n_pre, ends.n_post, true);
    List after = list_of(t);
    uint8_t *used = calloc((size_t)after.n, 1);
    for (int64_t k = 0; k < before.n; k++) {
      if (change.keep != NULL && !keep[k]) {
        CHECK(of_old[k] == -1, "place %lld was removed", (long long)k);
        continue;
      }
      int64_t q = of_old[k];
      CHECK(q >= 0 && q < after.n && !used[q] && after.pre[q] == before.pre[k] && after.post[q] == before.post[k],
            "place %lld went to %lld", (long long)k, (long long)q);
      used[q] = 1;
    }
    for (int k = 0; k < 4; k++) {
      CHECK(!used[of_added[k]] && after.pre[of_added[k]] == pre[k] && after.post[of_added[k]] == post[k], "added pair %d", k);
      used[of_added[k]] = 1;
    }
    int failed = 0;
    for (long k = 1;; k++, failed++) {
      int64_t *a, *b;
      memory_fail_after(k);
      Storage *u = storage_rebuild(s, &change, &a, &b, &e);
      memory_fail_after(0);
      if (u == NULL) {
        CHECK_ERROR(e, "out of memory");
        continue;
      }
      storage_free(u);
      memory_free(a);
      memory_free(b);
      break;
    }
    CHECK(failed >= 8, "%d allocations failed", failed);
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

/* ---- what is refused, and every allocation failing once ------------------------------------------------------------------- */

static void test_memory(void) {
  for (int which = 0; which < N_ENDS; which++)
    for (int k = 0; k < N_CONNECTORS; k++) {
      ConnectEnds ends = ends_of(which);
      Connector c;
      if (!connector_of(k, &ends, &c))
        continue;
      int failed = 0;
      for (long n = 1;; n++, failed++) {
        Error e = { "" };
        StorageExtras extras;
        memory_fail_after(n);
        Storage *s = storage_new(&c, &ends, &(StorageOptions){ .format = FORMAT_ROWS_POST, .reverse = true }, &extras, &e);
        memory_fail_after(0);
        if (s != NULL) {
          storage_free(s);
          memory_free(extras.weight);
          memory_free(extras.place_of_pair);
          break;
        }
        CHECK(extras.weight == NULL && extras.place_of_pair == NULL, "nothing is left behind");
        CHECK_ERROR(e, "out of memory");
      }
      CHECK(failed >= 8, "%s: %d allocations failed", connect_name(c.kind), failed);
    }
  Error e = { "" };
  ConnectEnds ends = ends_of(5);
  Connector c;
  connect_fixed_probability(&c, 0.4, false, &e);
  Storage *s = make(&c, &ends, FORMAT_ROWS_PRE, 1, true, NULL);
  int32_t *delay = malloc((size_t)s->n_synapses * 4), *within;
  for (int64_t k = 0; k < s->n_synapses; k++)
    delay[k] = 1 + (int32_t)(k % 3);
  DelayTable table;
  int failed = 0;
  for (long n = 1;; n++, failed++) {
    memory_fail_after(n);
    bool is_sorted = storage_sort_by_delay(s, delay, &table, &within, 1, &e);
    memory_fail_after(0);
    if (is_sorted)
      break;
    CHECK_ERROR(e, "out of memory");
    CHECK(within == NULL && table.delay == NULL && table.begin == NULL, "nothing is left behind");
    check_storage(s, PRE, PRE, true);
  }
  CHECK(failed >= 6, "%d allocations failed", failed);
  memory_fail_after(1);
  CHECK(!storage_permute(s, within, delay, 4, &e), "out of memory");
  memory_fail_after(0);
  memory_free(within);
  delay_table_free(&table);
  free(delay);
  storage_free(s);
}

static void refused(const Connector *c, const ConnectEnds *ends, const char *text) {
  Error e = { "" };
  Storage *s = storage_new(c, ends, &(StorageOptions){ .format = FORMAT_ROWS_PRE }, NULL, &e);
  CHECK(s == NULL, "%s was accepted (%s)", connect_name(c->kind), text);
  CHECK_ERROR(e, text);
  storage_free(s);
}

static void test_errors(void) {
  Error e = { "" };
  Connector c;
  double bad_p[] = { -0.1, 1.2, NAN };
  for (int k = 0; k < 3; k++)
    CHECK(!connect_fixed_probability(&c, bad_p[k], false, &e), "p = %g", bad_p[k]);
  CHECK(!connect_fixed_probability(&c, 1.2, false, &e), "p = 1.2");
  CHECK_ERROR(e, "p must lie in 0..1, got 1.2");
  CHECK(!connect_fixed_number_pre(&c, -1, false, &e), "k = -1");
  CHECK_ERROR(e, "fixed_number_pre: the number must be >= 0, got -1");
  CHECK(!connect_gaussian(&c, 1, 0, 0, false, 1, pre_at, post_at, &e), "sigma 0");
  CHECK_ERROR(e, "gaussian: sigma must be > 0");
  CHECK(!connect_dog(&c, 1, 1, 1, -1, 0, false, 1, pre_at, post_at, &e) &&
            !connect_dog(&c, NAN, 1, 1, 1, 0, false, 1, pre_at, post_at, &e) &&
            !connect_dog(&c, 1, 1, 1, 1, -1, false, 1, pre_at, post_at, &e) &&
            !connect_dog(&c, 1, 1, 1, 1, 0, false, 4, pre_at, post_at, &e),
        "dog");
  ConnectEnds ends = ends_of(0), same = ends_of(4);
  c = connect_one_to_one();
  refused(&c, &ends, "one size, got 150 pre and 120 post");
  connect_fixed_number_pre(&c, 151, false, &e);
  refused(&c, &ends, "cannot take 151 different pre neurons of 150");
  connect_fixed_number_post(&c, 150, false, &e);
  refused(&c, &same, "without a self-connection");
  int32_t one[] = { 3, 200 };
  c = connect_pairs(one, one, 2);
  refused(&c, &ends, "pair 2 is (201, 201)");
  c = connect_all_to_all(true);
  ends.pre = (View){ .n = 10, .first = 145 };
  refused(&c, &ends, "neurons 146 to 155, its population has 150");
  int32_t twice[] = { 1, 5, 1 }, beyond[] = { 0, 150 };
  ends.pre = (View){ .n = 3, .index = twice };
  refused(&c, &ends, "names neuron 2 twice");
  ends.pre = (View){ .n = 2, .index = beyond };
  refused(&c, &ends, "names neuron 151");
  ends.pre = (View){ .n = 151 };
  refused(&c, &ends, "has 151 neurons, its population 150");
  ends.n_pre = 1ll << 31;
  refused(&c, &ends, "too large");
  ends = ends_of(0);
  CHECK(storage_new(&c, &ends, &(StorageOptions){ .format = FORMAT_NONE }, NULL, &e) == NULL, "no format");
}

/* Nobody, and only oneself. */
static void test_empty(void) {
  Error e = { "" };
  for (int k = 0; k < N_CONNECTORS; k++) {
    ConnectEnds ends = { .pre = { .n = 0 }, .post = { .n = k % 2 ? 5 : 0 }, .n_pre = 10, .n_post = 10, .same_population = true, .seed = 1 };
    Connector c;
    if (!connector_of(k, &ends, &c) || k == 13)
      continue;
    if (k >= 5 && k <= 8)
      c.k = 0;
    Storage *s = make(&c, &ends, FORMAT_ROWS_PRE, 2, true, NULL);
    CHECK(s->n_synapses == 0, "%s: %lld", connect_name(c.kind), (long long)s->n_synapses);
    check_storage(s, 10, 10, true);
    storage_free(s);
  }
  Connector none = connect_pairs(NULL, NULL, 0), all = connect_all_to_all(false);
  ConnectEnds alone = { .pre = { .n = 1 }, .post = { .n = 1 }, .n_pre = 1, .n_post = 1, .same_population = true };
  Storage *s = make(&none, &alone, FORMAT_ROWS_POST, 1, true, NULL), *t = make(&all, &alone, FORMAT_ROWS_POST, 1, true, NULL);
  CHECK(s->n_synapses == 0 && s->is_unique && t->n_synapses == 0, "alone");
  DelayTable table;
  int32_t *within;
  CHECK(storage_sort_by_delay(s, NULL, &table, &within, 1, &e) && table.n_delays == 0, "%s", e.text);
  memory_free(within);
  delay_table_free(&table);
  storage_free(s);
  storage_free(t);
  storage_free(NULL);
}

int main(void) {
  prepare();
  test_everything();
  test_counts();
  test_chance();
  test_large_sparse();
  test_threads();
  test_dog();
  test_dense();
  test_delays();
  test_rebuild();
  test_memory();
  test_errors();
  test_empty();
  return check_done();
}
