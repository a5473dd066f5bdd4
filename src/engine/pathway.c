#include "engine/pathway.h"

#include <string.h>

#include "base/memory.h"

static void forget_rows(Pathway *q) {
  memory_free(q->ages);
  memory_free(q->first);
  memory_free(q->place);
  memory_free(q->pre);
  q->ages = q->first = q->place = NULL;
  q->pre = NULL;
  q->n_ages = -1;
}

void pathways_free(Pathway *list, int n) {
  for (int k = 0; k < n; k++) {
    array_release(list[k].each);
    forget_rows(&list[k]);
    arrivals_free(&list[k].waiting);
  }
  memory_free(list);
}

void pathway_spread(Pathway *q, Array *each) {
  array_retain(each);
  array_release(q->each);
  q->each = each;
  forget_rows(q);
}

static inline int64_t steps_at(const Pathway *q, int64_t k) {
  return q->each->type == ARRAY_I64 ? ((const int64_t *)(const void *)q->each->at)[k] : ((const int32_t *)(const void *)q->each->at)[k];
}

/* The delays that occur; counts[d + 1] becomes how many synapses have delay d. */
static bool find_ages(Pathway *q, const int32_t *steps, int64_t n, int64_t longest, int64_t *counts, Error *e) {
  int64_t n_ages = 0;
  for (int64_t k = 0; k < n; k++)
    counts[steps[k] + 1]++;
  for (int64_t age = 0; age <= longest; age++)
    n_ages += counts[age + 1] > 0;
  q->ages = memory_new(sizeof *q->ages * (size_t)n_ages);
  if (q->ages == NULL)
    return error_memory(e, "delays of a pathway", 8.0 * (double)n_ages);
  q->n_ages = 0;
  for (int64_t age = 0; age <= longest; age++)
    if (counts[age + 1] > 0)
      q->ages[q->n_ages++] = age;
  return true;
}

/* Numbers 0 .. n-1 in the order of their keys; those of one key as in `from` (NULL: ascending). starts[key + 1] holds how many have the key, and becomes where the next one begins. */
static void sort_by(const int32_t *keys, int64_t first_key, const int64_t *from, int64_t n, int64_t *starts, int64_t n_keys, int64_t *to) {
  for (int64_t key = 0; key < n_keys; key++)
    starts[key + 1] += starts[key];
  for (int64_t k = 0; k < n; k++) {
    const int64_t x = from != NULL ? from[k] : k;
    to[starts[keys[x] - first_key]++] = x;
  }
}

static bool make_rows(Pathway *q, const Storage *s, int64_t longest, Error *e) {
  const int64_t n = s->n_synapses, n_neurons = storage_n(s, q->side);
  int64_t *counts = memory_new(sizeof *counts * (size_t)(longest + 2)), *by_delay = memory_new(sizeof *by_delay * (size_t)n);
  int32_t *neuron = memory_new(sizeof *neuron * (size_t)n), *steps = memory_new(sizeof *steps * (size_t)n);
  q->first = memory_new(sizeof *q->first * (size_t)(n_neurons + 2));
  q->place = memory_new(sizeof *q->place * (size_t)n);
  q->pre = q->side == SIDE_POST ? memory_new(sizeof *q->pre * (size_t)n) : NULL;
  bool ok = counts != NULL && by_delay != NULL && neuron != NULL && steps != NULL && q->first != NULL && q->place != NULL &&
            (q->pre != NULL || q->side == SIDE_PRE);
  for (int64_t k = 0; ok && k < n; k++)
    steps[k] = (int32_t)steps_at(q, k);
  ok = ok ? find_ages(q, steps, n, longest, counts, e) : error_memory(e, "delays of a pathway", 32.0 * (double)n);
  if (ok) {
    storage_neurons(s, q->side, 0, n, neuron);
    if (q->pre != NULL)
      storage_neurons(s, SIDE_PRE, 0, n, q->pre);
    const int64_t first = storage_first(s, q->side);
    for (int64_t k = 0; k < n; k++)
      q->first[neuron[k] - first + 2]++;
    sort_by(steps, 0, NULL, n, counts, longest + 1, by_delay);
    sort_by(neuron, first, by_delay, n, q->first + 1, n_neurons, q->place); /* what begins becomes what begins next: one neuron further */
  }
  memory_free(counts);
  memory_free(by_delay);
  memory_free(neuron);
  memory_free(steps);
  return ok;
}

bool pathway_prepare(Pathway *q, const Storage *s, Error *e) {
  if (q->each == NULL || q->n_ages >= 0)
    return true;
  forget_rows(q);
  int64_t longest = 0;
  for (int64_t k = 0; k < s->n_synapses; k++) {
    const int64_t steps = steps_at(q, k);
    if (steps < 0 || steps > STORAGE_LONGEST_DELAY)
      return error_set(e, "a delay must be between 0 and %d steps, got %lld", (int)STORAGE_LONGEST_DELAY, (long long)steps);
    longest = steps > longest ? steps : longest;
  }
  if (make_rows(q, s, longest, e))
    return true;
  forget_rows(q);
  return false;
}

int64_t pathway_longest(const Pathway *q) { return q->each == NULL ? q->delay_steps : q->n_ages > 0 ? q->ages[q->n_ages - 1] : 0; }

/* The first of places begin .. end-1, which are sorted by delay, that has at least this one. */
static int64_t first_of_age(const Pathway *q, int64_t begin, int64_t end, int64_t age) {
  while (begin < end) {
    const int64_t middle = begin + (end - begin) / 2;
    if (steps_at(q, q->place[middle]) < age)
      begin = middle + 1;
    else
      end = middle;
  }
  return begin;
}

int64_t pathway_synapses(const Pathway *q, const Storage *s, int32_t neuron, int64_t age, const int64_t **place) {
  const int64_t row = neuron - storage_first(s, q->side);
  if (row < 0 || row >= storage_n(s, q->side))
    return 0;
  const int64_t begin = first_of_age(q, q->first[row], q->first[row + 1], age), end = first_of_age(q, begin, q->first[row + 1], age + 1);
  *place = q->place + begin;
  return end - begin;
}

/* ---- state --------------------------------------------------------------------------------------------------------- */

bool pathway_state(Pathway *q, int64_t n_neurons, const Storage *storage, State *s) {
  if (q->has_delay &&
      (!state_f64(s, "delay", &q->delay) || !state_i64(s, "steps", &q->delay_steps) ||
       !state_check(s, "steps", q->delay_steps, 0, STORAGE_LONGEST_DELAY) || (q->each != NULL && !state_array(s, "each", q->each))))
    return false;
  if (s->mode == STATE_READ) {
    q->n_ages = -1;
    q->waiting.n = 0;
  }
  if (q->side == SIDE_PRE &&
      (s->mode != STATE_READ ||
       state_has(s, "waiting/step", ARRAY_I64))) /* files have had it only since spikes of axons go from clock to clock */
    return arrivals_state(&q->waiting, n_neurons, storage, s);
  return true;
}
