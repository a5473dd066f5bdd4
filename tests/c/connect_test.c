/* Connectors: the same synapses by either side and with any number of threads, in order, found from both ends. */
#include "synapses/connect.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/memory.h"
#include "check.h"
#include "synapses/storage.h"

/* ---- a storage as a plain list of pairs ----------------------------------------------------------------------------- */

typedef struct List {
  int64_t n;
  int32_t *pre, *post; /* in the order of the synapses */
} List;

static List list_of(const Storage *s) {
  List l = { s->n_synapses, malloc((size_t)s->n_synapses * 4 + 4), malloc((size_t)s->n_synapses * 4 + 4) };
  storage_neurons(s, SIDE_PRE, 0, l.n, l.pre);
  storage_neurons(s, SIDE_POST, 0, l.n, l.post);
  return l;
}

/* Number of the first synapse between two neurons, or -1. */
static int64_t find(const List *l, int64_t pre, int64_t post) {
  for (int64_t k = 0; k < l->n; k++)
    if (l->pre[k] == pre && l->post[k] == post)
      return k;
  return -1;
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

/* What rows and their stretches say, beside the list. */
static void check_rows(const Storage *s, const List *l) {
  const bool by_pre = storage_major(s) == SIDE_PRE;
  const int32_t *major = by_pre ? l->pre : l->post, *minor = by_pre ? l->post : l->pre;
  StorageBuffer buffer;
  StorageSpan span;
  int64_t number = 0;
  CHECK(storage_row(s, 0) == 0 && storage_row(s, storage_n_major(s)) == l->n, "rows end at %lld", (long long)l->n);
  for (int64_t r = 0; r < storage_n_major(s); r++) {
    CHECK(storage_row(s, r) == number, "row %lld begins at %lld", (long long)r, (long long)storage_row(s, r));
    for (int64_t from = 0; (span = storage_span(s, r, from, &buffer)).n > 0; from += span.n)
      for (int64_t k = 0; k < span.n; k++, number++)
        CHECK(major[number] == storage_major_first(s) + r && minor[number] == (span.minors != NULL ? span.minors[k] : span.minor + k),
              "synapse %lld in row %lld", (long long)number, (long long)r);
  }
  for (int n = 1; n < 6; n++)
    for (int k = 0; k < n; k++) {
      int64_t first = storage_share(s, k, n), last = storage_share(s, k + 1, n), longest = 0;
      for (int64_t r = 0; r < storage_n_major(s); r++)
        longest = storage_row(s, r + 1) - storage_row(s, r) > longest ? storage_row(s, r + 1) - storage_row(s, r) : longest;
      CHECK(first <= last && (k > 0 || first == 0) && (k < n - 1 || last == storage_n_major(s)) &&
                storage_row(s, last) - storage_row(s, first) <= l->n / n + longest + 1,
            "share %d of %d: rows %lld to %lld", k, n, (long long)first, (long long)last);
    }
}

static void check_neurons(const Storage *s, Side side, const List *l, int64_t n) {
  const int32_t *neuron = side == SIDE_PRE ? l->pre : l->post;
  int64_t *fan = calloc((size_t)n + 1, 8), *told = calloc((size_t)n + 1, 8), *numbers = malloc((size_t)(l->n + 1) * 8);
  for (int64_t k = 0; k < l->n; k++) {
    CHECK(neuron[k] >= 0 && neuron[k] < n, "synapse %lld has neuron %d", (long long)k, (int)neuron[k]);
    fan[neuron[k]]++;
  }
  storage_fan(s, side, n, told);
  CHECK(memcmp(fan, told, (size_t)n * 8) == 0, "synapses of each neuron");
  for (int64_t i = 0; i < n; i += 3) {
    int64_t found = storage_of_neuron(s, side, i, numbers);
    CHECK(found == fan[i], "%lld synapses of neuron %lld", (long long)found, (long long)i);
    for (int64_t k = 0; k < found; k++)
      CHECK(neuron[numbers[k]] == i && (k == 0 || numbers[k] > numbers[k - 1]), "synapse %lld of neuron %lld", (long long)k, (long long)i);
  }
  int32_t part[7]; /* a range that begins inside a row */
  if (l->n > 20) {
    storage_neurons(s, side, 11, 18, part);
    CHECK(memcmp(part, neuron + 11, sizeof part) == 0, "neurons of a range");
  }
  free(fan);
  free(told);
  free(numbers);
}

/* Everything that holds for any storage. */
static void check_storage(const Storage *s, int64_t n_pre, int64_t n_post, bool is_sorted) {
  List l = list_of(s);
  const bool by_pre = storage_major(s) == SIDE_PRE;
  const int32_t *major = by_pre ? l.pre : l.post, *minor = by_pre ? l.post : l.pre;
  for (int64_t k = 1; k < l.n && is_sorted; k++)
    CHECK(major[k] > major[k - 1] || (major[k] == major[k - 1] && (s->is_unique ? minor[k] > minor[k - 1] : minor[k] >= minor[k - 1])),
          "synapses %lld and %lld are in order", (long long)k - 1, (long long)k);
  check_rows(s, &l);
  check_neurons(s, SIDE_PRE, &l, n_pre);
  check_neurons(s, SIDE_POST, &l, n_post);
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
  width = (int)ends->post.n;
  const Connector connectors[] = {
    { .kind = CONNECT_all_to_all },
    { .kind = CONNECT_all_to_all, .self = true },
    { .kind = CONNECT_one_to_one },
    { .kind = CONNECT_fixed_probability, .p = 0.1 },
    { .kind = CONNECT_fixed_probability, .p = 0.3, .self = true },
    { .kind = CONNECT_fixed_number_pre, .k = 7 },
    { .kind = CONNECT_fixed_number_pre, .k = 35, .self = true },
    { .kind = CONNECT_fixed_number_post, .k = 7 },
    { .kind = CONNECT_fixed_number_post, .k = 39 },
    { .kind = CONNECT_mask, .mask = mask },
    { .kind = CONNECT_gaussian, .amplitude = 1.5, .sigma = 0.2, .limit = 0.3, .n_dims = 2, .pre_at = pre_at, .post_at = post_at },
    { .kind = CONNECT_dog,
      .amplitude = 1,
      .sigma = 0.1,
      .amplitude_minus = 0.4,
      .sigma_minus = 0.5,
      .limit = 0.1,
      .self = true,
      .n_dims = 2,
      .pre_at = pre_at,
      .post_at = post_at },
    { .kind = CONNECT_kernel, .function = odd_row, .context = &width },
    { .kind = CONNECT_pairs, .pair_pre = given_pre, .pair_post = given_post, .n_pairs = 500 },
    { .kind = CONNECT_fixed_probability, .p = 1 },
  };
  *c = connectors[k];
  return c->kind != CONNECT_one_to_one || ends->pre.n == ends->post.n;
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

/* In the general format, which holds anything. */
static Storage *make(const Connector *c, const ConnectEnds *ends, Side major, int n_threads, bool is_indexed, StorageExtras *extras) {
  Error e = { "" };
  StorageOptions o = { .is_rate = major == SIDE_POST, .is_changing = true, .n_threads = n_threads };
  Storage *s = storage_new(c, ends, &o, extras, &e);
  CHECK(s != NULL && (!is_indexed || (storage_index(s, SIDE_PRE, n_threads, &e) && storage_index(s, SIDE_POST, n_threads, &e))), "%s: %s",
        connect_name(c->kind), e.text);
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
    if (c->kind == CONNECT_dog)
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
        Storage *s = make(&c, &ends, variant < 3 ? SIDE_PRE : SIDE_POST, threads, variant != 0, &extras);
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
        CHECK((extras.weight != NULL) == (k == 10 || k == 11) && (extras.synapse_of_pair != NULL) == (k == 13), "extras");
        check_weights(&c, &ends, s, extras.weight);
        for (int64_t i = 0; extras.synapse_of_pair != NULL && i < c.n_pairs; i++) {
          int64_t place = extras.synapse_of_pair[i];
          CHECK(l.pre[place] == view_at(&ends.pre, given_pre[i]) && l.post[place] == view_at(&ends.post, given_post[i]), "pair %lld",
                (long long)i);
        }
        list_free(&l);
        memory_free(extras.weight);
        memory_free(extras.synapse_of_pair);
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
      Storage *s = make(&c, &ends, SIDE_PRE, 1, false, NULL);
      List l = list_of(s);
      storage_fan(s, SIDE_POST, ends.n_post, in);
      storage_fan(s, SIDE_PRE, ends.n_pre, out);
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
          CHECK(s->n_synapses == ends.pre.n && find(&l, view_at(&ends.pre, i), view_at(&ends.post, i)) >= 0, "one to one, position %lld",
                (long long)i);
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
      list_free(&l);
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
    const Connector c = k < 2    ? (Connector){ .kind = CONNECT_fixed_probability, .p = k ? 0.7 : 0.05 }
                        : k == 2 ? (Connector){ .kind = CONNECT_fixed_number_pre, .k = 4 }
                                 : (Connector){ .kind = CONNECT_fixed_number_post, .k = 9 };
    double p = k < 2 ? c.p : (double)c.k / (N - 1);
    for (int t = 0; t < TRIES; t++) {
      ConnectEnds ends = {
        .pre = { .n = N }, .post = { .n = N }, .n_pre = N, .n_post = N, .same_population = true, .seed = (uint64_t)t, .object = 1
      };
      Storage *s = make(&c, &ends, SIDE_PRE, 1, false, NULL);
      List l = list_of(s);
      for (int64_t q = 0; q < l.n; q++)
        count[l.pre[q]][l.post[q]]++;
      both += find(&l, 2, 3) >= 0 && find(&l, 5, 3) >= 0;
      list_free(&l);
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
  Connector c = { .kind = CONNECT_fixed_probability, .p = 0.001 };
  ConnectEnds ends = {
    .pre = { .n = 40000 }, .post = { .n = 40000 }, .n_pre = 40000, .n_post = 40000, .same_population = true, .seed = 5, .object = 1
  };
  Storage *s = make(&c, &ends, SIDE_PRE, 2, false, NULL), *t = make(&c, &ends, SIDE_POST, 2, true, NULL);
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

/* The same synapses in the same order, found by neuron in the same order. */
static bool is_same(const Storage *a, const Storage *b) {
  List la = list_of(a), lb = list_of(b);
  bool is = la.n == lb.n && memcmp(la.pre, lb.pre, (size_t)la.n * 4) == 0 && memcmp(la.post, lb.post, (size_t)la.n * 4) == 0;
  int64_t *ka = malloc((size_t)la.n * 8 + 8), *kb = malloc((size_t)la.n * 8 + 8);
  for (Side side = SIDE_PRE; is && side <= SIDE_POST; side++)
    for (int64_t i = 0; i < storage_n(a, side); i++) {
      int64_t n = storage_of_neuron(a, side, i, ka);
      is &= n == storage_of_neuron(b, side, i, kb) && memcmp(ka, kb, (size_t)n * 8) == 0;
    }
  free(ka);
  free(kb);
  list_free(&la);
  list_free(&lb);
  return is;
}

/* Large enough that several threads work: synapse by synapse the same as with one. */
static void test_threads(void) {
  enum { N = 900 };
  static int32_t any_order[N], delay[N * N];
  static int width = N;
  shuffle(3, any_order, N);
  Error e = { "" };
  for (int k = 0; k < 10; k++) {
    const Connector connectors[] = { { .kind = CONNECT_all_to_all },
                                     { .kind = CONNECT_fixed_probability, .p = 0.4 },
                                     { .kind = CONNECT_fixed_number_pre, .k = 300 },
                                     { .kind = CONNECT_fixed_number_post, .k = 600 },
                                     { .kind = CONNECT_kernel, .function = odd_row, .context = &width } };
    const Connector c = connectors[k % 5];
    View all = { .n = N, .index = k < 5 ? NULL : any_order };
    ConnectEnds ends = { .pre = all, .post = all, .n_pre = N, .n_post = N, .same_population = true, .seed = 6, .object = 2 };
    for (Side side = SIDE_PRE; side <= SIDE_POST; side++) {
      Storage *one = make(&c, &ends, side, 1, true, NULL), *many = make(&c, &ends, side, 4, true, NULL);
      size_t n = (size_t)one->n_synapses;
      for (int round = 0; round < 2; round++) {
        CHECK(is_same(one, many), "%s, case %d, round %d", connect_name(c.kind), k, round);
        if (round == 1)
          break;
        for (size_t p = 0; p < n; p++)
          delay[p] = 1 + (int32_t)((p * 2654435761u >> 9) % 11);
        DelayTable a = { 0 }, b = { 0 };
        int64_t *origin_a = malloc(n * 8), *origin_b = malloc(n * 8);
        CHECK(storage_sort_by_delay(one, (StepList){ delay, 4, 20 }, false, &a, origin_a, 1, &e) &&
                  storage_sort_by_delay(many, (StepList){ delay, 4, 20 }, false, &b, origin_b, 4, &e),
              "%s", e.text);
        CHECK(memcmp(origin_a, origin_b, n * 8) == 0, "%s, case %d: order of delays", connect_name(c.kind), k);
        for (int64_t r = 0; r < N; r++)
          for (int32_t d = 0; d < 11; d++) {
            int64_t begin_a, end_a, begin_b, end_b;
            delay_part(&a, r, d, &begin_a, &end_a);
            delay_part(&b, r, d, &begin_b, &end_b);
            CHECK(begin_a == begin_b && end_a == end_b, "part %d of row %lld", d, (long long)r);
          }
        free(origin_a);
        free(origin_b);
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
  for (int i = 0; i < 400; i++) {
    at[2 * i] = (double)(i / 20) / 19;
    at[2 * i + 1] = (double)(i % 20) / 19;
  }
  const Connector c = { .kind = CONNECT_dog,
                        .amplitude = 0.2,
                        .sigma = 0.1,
                        .amplitude_minus = 0.1,
                        .sigma_minus = 0.7,
                        .n_dims = 2,
                        .pre_at = at,
                        .post_at = at };
  ConnectEnds ends = { .pre = { .n = 400 }, .post = { .n = 400 }, .n_pre = 400, .n_post = 400, .same_population = true, .seed = 1 };
  StorageExtras extras;
  Storage *s = make(&c, &ends, SIDE_POST, 1, false, &extras);
  CHECK(s->n_synapses == 159600, "%lld", (long long)s->n_synapses);
  double sum = 0;
  const double *row = extras.weight + storage_row(s, 210);
  for (int64_t k = 0; k < storage_row(s, 211) - storage_row(s, 210); k++)
    sum += row[k];
  CHECK(fabs(sum + 28.8993) < 5e-5, "row 210: %.6f", sum);
  CHECK(fabs(row[0] + 0.05682) < 5e-6 && fabs(row[1] + 0.05995) < 5e-6, "%.6f %.6f", row[0], row[1]);
  memory_free(extras.weight);
  storage_free(s);
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
        Storage *s = storage_new(&c, &ends, &(StorageOptions){ .is_rate = true, .is_changing = true }, &extras, &e);
        bool is_indexed = s != NULL && storage_index(s, SIDE_PRE, 0, &e);
        memory_fail_after(0);
        if (s != NULL && !is_indexed) {
          CHECK_ERROR(e, "out of memory");
          check_storage(s, ends.n_pre, ends.n_post, true);
          memory_free(extras.weight);
          memory_free(extras.synapse_of_pair);
          storage_free(s);
          continue;
        }
        if (s != NULL) {
          storage_free(s);
          memory_free(extras.weight);
          memory_free(extras.synapse_of_pair);
          break;
        }
        CHECK(extras.weight == NULL && extras.synapse_of_pair == NULL, "nothing is left behind");
        CHECK_ERROR(e, "out of memory");
      }
      CHECK(failed >= 8, "%s: %d allocations failed", connect_name(c.kind), failed);
    }
  Error e = { "" };
  ConnectEnds ends = ends_of(5);
  const Connector c = { .kind = CONNECT_fixed_probability, .p = 0.4 };
  Storage *s = make(&c, &ends, SIDE_PRE, 1, true, NULL);
  int32_t *delay = malloc((size_t)s->n_synapses * 4);
  int64_t *origin = malloc((size_t)s->n_synapses * 8);
  for (int64_t k = 0; k < s->n_synapses; k++)
    delay[k] = 1 + (int32_t)(k % 3);
  DelayTable table;
  int failed = 0;
  for (long n = 1;; n++, failed++) {
    memory_fail_after(n);
    bool is_sorted = storage_sort_by_delay(s, (StepList){ delay, 4, 20 }, false, &table, origin, 1, &e);
    memory_fail_after(0);
    if (is_sorted)
      break;
    CHECK_ERROR(e, "out of memory");
    CHECK(table.delay == NULL && table.cut == NULL, "nothing is left behind");
    check_storage(s, PRE, PRE, true);
  }
  CHECK(failed >= 5, "%d allocations failed", failed);
  delay_table_free(&table);
  free(origin);
  free(delay);
  storage_free(s);
}

static void refused(const Connector *c, const ConnectEnds *ends, const char *text) {
  Error e = { "" };
  Storage *s = storage_new(c, ends, &(StorageOptions){ .is_changing = true }, NULL, &e);
  CHECK(s == NULL, "%s was accepted (%s)", connect_name(c->kind), text);
  CHECK_ERROR(e, text);
  storage_free(s);
}

static void test_errors(void) {
  Error e = { "" };
  ConnectEnds ends = ends_of(0), same = ends_of(4);
  double bad_p[] = { -0.1, 1.2, NAN };
  for (int k = 0; k < 3; k++)
    refused(&(Connector){ .kind = CONNECT_fixed_probability, .p = bad_p[k] }, &ends, "p must lie in 0..1, got ");
  refused(&(Connector){ .kind = CONNECT_fixed_number_pre, .k = -1 }, &ends, "fixed_number_pre: the number must be >= 0, got -1");
  Connector gaussian = { .kind = CONNECT_gaussian, .amplitude = 1, .sigma = 1, .n_dims = 1, .pre_at = pre_at, .post_at = post_at },
            dog = gaussian;
  gaussian.sigma = 0;
  refused(&gaussian, &ends, "gaussian: sigma must be > 0");
  dog.kind = CONNECT_dog;
  dog.sigma_minus = -1;
  refused(&dog, &ends, "dog: both sigmas must be > 0, got -1");
  dog.sigma_minus = 1;
  dog.amplitude = NAN;
  refused(&dog, &ends, "dog: amplitudes must be finite");
  dog.amplitude = 1;
  dog.limit = -1;
  refused(&dog, &ends, "dog: the limit must be >= 0, got -1");
  dog.limit = 0;
  dog.n_dims = 4;
  refused(&dog, &ends, "dog: coordinates have 1 to 3 dimensions, got 4");
  Connector c = { .kind = CONNECT_one_to_one };
  refused(&c, &ends, "one size, got 150 pre and 120 post");
  refused(&(Connector){ .kind = CONNECT_fixed_number_pre, .k = 151 }, &ends, "cannot take 151 different pre neurons of 150");
  refused(&(Connector){ .kind = CONNECT_fixed_number_post, .k = 150 }, &same, "without a self-connection");
  int32_t one[] = { 3, 200 };
  c = (Connector){ .kind = CONNECT_pairs, .pair_pre = one, .pair_post = one, .n_pairs = 2 };
  refused(&c, &ends, "pair 2 is (201, 201)");
  c = (Connector){ .kind = CONNECT_all_to_all, .self = true };
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
  CHECK(storage_new(&c, &ends, &(StorageOptions){ .format = "rows_across" }, NULL, &e) == NULL, "an unknown format");
  CHECK_ERROR(e, "there is no storage format 'rows_across'");
  c.self = false;
  CHECK(storage_new(&c, &same, &(StorageOptions){ .format = "dense_pre" }, NULL, &e) == NULL, "a block with a hole");
  CHECK_ERROR(e, "these synapses cannot be stored as 'dense_pre'");
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
    Storage *s = make(&c, &ends, SIDE_PRE, 2, true, NULL);
    CHECK(s->n_synapses == 0, "%s: %lld", connect_name(c.kind), (long long)s->n_synapses);
    check_storage(s, 10, 10, true);
    storage_free(s);
  }
  const Connector none = { .kind = CONNECT_pairs }, all = { .kind = CONNECT_all_to_all };
  ConnectEnds alone = { .pre = { .n = 1 }, .post = { .n = 1 }, .n_pre = 1, .n_post = 1, .same_population = true };
  Storage *s = make(&none, &alone, SIDE_POST, 1, true, NULL), *t = make(&all, &alone, SIDE_POST, 1, true, NULL);
  CHECK(s->n_synapses == 0 && s->is_unique && t->n_synapses == 0, "alone");
  DelayTable table;
  CHECK(storage_sort_by_delay(s, (StepList){ NULL, 4, 1 }, false, &table, NULL, 1, &e) && table.n_delays == 0, "%s", e.text);
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
  test_memory();
  test_errors();
  test_empty();
  return check_done();
}
