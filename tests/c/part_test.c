/* Parts of projections: each has the rows of the whole without what ends elsewhere, and the values that are drawn for the whole, whatever connector, format, views and threads; also where
** rows are packed. */
#include "synapses/part.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "check.h"

enum { N = 90, N_PARTS = 3, SEED = 9, OBJECT = 4, LONGEST = 9 };
static const int64_t first_of[N_PARTS + 1] = { 0, 20, 24, N };
static const Connector connectors[] = {
  { .kind = CONNECT_all_to_all },
  { .kind = CONNECT_one_to_one },
  { .kind = CONNECT_fixed_probability, .p = 0.2 },
  { .kind = CONNECT_fixed_probability, .p = 1 },
  { .kind = CONNECT_fixed_number_pre, .k = 7 },
  { .kind = CONNECT_fixed_number_post, .k = 11 },
  { .kind = CONNECT_fixed_total, .k = 700 },
};

typedef struct Values {
  double *at;
} Values;

static void take(void *context, int64_t first, const double *values, int64_t n) {
  memcpy(((Values *)context)->at + first, values, sizeof *values * (size_t)n);
}

static const Distribution normal = { .kind = DISTRIBUTION_NORMAL, .a = 1, .b = 0.5, .low = -INFINITY, .high = INFINITY };

static void steps_of(const void *context, int64_t first, int64_t n, int32_t *steps) {
  double drawn[N * N];
  const Distribution d = { .kind = DISTRIBUTION_DISCRETE_UNIFORM, .a = 1, .b = LONGEST, .low = -INFINITY, .high = INFINITY };
  (void)context;
  random_fill(&d, SEED, OBJECT, 1, first, drawn, n);
  for (int64_t k = 0; k < n; k++)
    steps[k] = (int32_t)drawn[k];
}

static void sort(Storage *s, int32_t *steps) {
  Error e;
  DelayTable table;
  CHECK(storage_sort_by_delay(s, (StepList){ steps, 4, LONGEST }, true, &table, NULL, 2, &e), "%s", e.text);
  delay_table_free(&table);
}

/* What the part has is what the whole has of it, synapse by synapse and value by value. */
static void compare(const Storage *whole, const double *values, const Storage *s, const double *own, int64_t first, int64_t last) {
  int64_t k = 0;
  int32_t pre[2], post[2];
  for (int64_t i = 0; i < whole->n_synapses; i++) {
    storage_neurons(whole, SIDE_PRE, i, i + 1, pre);
    storage_neurons(whole, SIDE_POST, i, i + 1, post);
    if (post[0] < first || post[0] >= last)
      continue;
    CHECK(k < s->n_synapses, "fewer synapses than there should be");
    storage_neurons(s, SIDE_PRE, k, k + 1, pre + 1);
    storage_neurons(s, SIDE_POST, k, k + 1, post + 1);
    CHECK(pre[0] == pre[1] && post[0] == post[1], "synapse %d", (int)k);
    CHECK(values[i] == own[k], "value of synapse %d", (int)k);
    k++;
  }
  CHECK(k == s->n_synapses, "more synapses than there should be");
}

static void check_part(const Connector *c, const ConnectEnds *ends, const StorageOptions *options, int p, bool is_sorted) {
  Error e;
  StorageOptions o = *options;
  Storage *whole = storage_new(c, ends, &o, NULL, &e);
  CHECK(whole != NULL, "%s", e.text);
  o.own_first = first_of[p];
  o.own_last = first_of[p + 1];
  StorageExtras extras;
  Storage *s = storage_new(c, ends, &o, &extras, &e);
  CHECK(s != NULL, "%s", e.text);
  CHECK(extras.n_all == whole->n_synapses, "%d synapses of all, not %d", (int)extras.n_all, (int)whole->n_synapses);
  const size_t n = (size_t)whole->n_synapses + 1, n_rows = (size_t)storage_n_major(s);
  double *values = malloc(8 * n), *own = malloc(8 * n);
  int32_t *steps = malloc(4 * n);
  int64_t *begin = malloc(8 * n_rows), *before = malloc(8 * n_rows);
  const Part part = { s, c, ends, &o };
  CHECK(part_rows(&part, begin, before, &e), "%s", e.text);
  PartDraw draw = { normal, SEED, OBJECT, 1, begin, before, NULL, NULL };
  if (is_sorted) {
    steps_of(NULL, 0, whole->n_synapses, steps);
    sort(whole, steps);
    draw.drawn = (Distribution){ .kind = DISTRIBUTION_DISCRETE_UNIFORM, .a = 1, .b = LONGEST, .low = -INFINITY, .high = INFINITY };
    CHECK(part_draw(&part, &draw, take, &(Values){ own }, &e), "%s", e.text);
    for (int64_t k = 0; k < s->n_synapses; k++)
      steps[k] = (int32_t)own[k];
    sort(s, steps);
    draw = (PartDraw){ normal, SEED, OBJECT, 2, begin, before, steps_of, NULL };
  }
  random_fill(&normal, SEED, OBJECT, is_sorted ? 2 : 1, 0, values, whole->n_synapses);
  CHECK(part_draw(&part, &draw, take, &(Values){ own }, &e), "%s", e.text);
  for (int packed = 2; packed >= 0; packed--) { /* as it is, packed, and as it was */
    CHECK(packed == 2 || storage_pack(s, packed == 1, &e), "%s", e.text);
    compare(whole, values, s, own, first_of[p], first_of[p + 1]);
  }
  free(values);
  free(own);
  free(steps);
  free(begin);
  free(before);
  storage_free(whole);
  storage_free(s);
}

int main(void) {
  int32_t mixed[N / 2];
  for (int k = 0; k < N / 2; k++)
    mixed[k] = (int32_t)((k * 37 + 11) % N);
  const View views[] = { { .n = N }, { .n = N / 2, .first = 17 }, { .n = N / 2, .index = mixed } };
  for (size_t c = 0; c < sizeof connectors / sizeof *connectors; c++)
    for (int v = 0; v < 3; v++)
      for (int is_rate = 0; is_rate < 2; is_rate++)
        for (int p = 0; p < N_PARTS; p++)
          for (int is_sorted = 0; is_sorted < 2; is_sorted++) {
            const ConnectEnds ends = {
              .pre = views[v], .post = views[v], .n_pre = N, .n_post = N, .same_population = true, .seed = SEED, .object = OBJECT
            };
            const StorageOptions options = { .is_rate = is_rate, .has_delays = is_sorted, .n_threads = 1 + p };
            if (!is_sorted || (!is_rate && connectors[c].kind != CONNECT_fixed_number_pre))
              check_part(&connectors[c], &ends, &options, p, is_sorted);
          }
  /* what cannot be a part, or is not worth it */
  Error e;
  StorageExtras extras;
  const ConnectEnds ends = { .pre = views[0], .post = views[0], .n_pre = N, .n_post = N, .seed = SEED };
  for (int k = 0; k < 3; k++) {
    const Connector all = { .kind = CONNECT_all_to_all, .self = true }, number = { .kind = CONNECT_fixed_number_pre, .k = 7 };
    const StorageOptions o = { .own_first = 4, .own_last = 8, .has_delays = k == 1, .least = k == 2 ? 100000 : 0 };
    Storage *s = storage_new(k == 0 ? &all : &number, &ends, &o, &extras, &e);
    CHECK(s != NULL && extras.n_all == -1 && s->n_synapses == (k == 0 ? N * N : N * 7), "a part of what is kept whole");
    storage_free(s);
  }
  return check_done();
}
