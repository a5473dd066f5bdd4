#include "engine/delay_steps.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clones.h"
#include "base/memory.h"
#include "engine/clock.h"

enum { PIECE = 512 };

/* What the threads that make them share. */
typedef struct Making {
  void *at;
  int bytes;
  double dt;
  _Atomic double low, high;
  _Atomic int32_t longest;
} Making;

static int32_t most_of(int bytes) { return bytes == 1 ? UINT8_MAX : bytes == 2 ? UINT16_MAX : STORAGE_LONGEST_DELAY; }

static void note_range(Making *m, double low, double high) {
  double known;
  for (known = m->low; low < known && !atomic_compare_exchange_weak(&m->low, &known, low);) {}
  for (known = m->high; high > known && !atomic_compare_exchange_weak(&m->high, &known, high);) {}
}

CLONES static void range_of(const double *ms, int64_t n, double *least, double *most) {
  double low = INFINITY, high = -INFINITY;
#pragma omp simd reduction(min : low) reduction(max : high)
  for (int64_t k = 0; k < n; k++) {
    low = ms[k] < low ? ms[k] : low;
    high = ms[k] > high ? ms[k] : high;
  }
  *least = low;
  *most = high;
}

CLONES static int32_t longest_of(const int32_t *steps, int64_t n) {
  int32_t longest = 0;
#pragma omp simd reduction(max : longest)
  for (int64_t k = 0; k < n; k++)
    longest = steps[k] > longest ? steps[k] : longest;
  return longest;
}

CLONES static void narrow(const int32_t *restrict steps, void *restrict to, int64_t first, int64_t n, int bytes) {
  uint8_t *one = (uint8_t *)to + first;
  uint16_t *two = (uint16_t *)to + first;
  if (bytes == 1)
#pragma omp simd
    for (int64_t k = 0; k < n; k++)
      one[k] = (uint8_t)steps[k];
  else if (bytes == 2)
#pragma omp simd
    for (int64_t k = 0; k < n; k++)
      two[k] = (uint16_t)steps[k];
  else
    memcpy((int32_t *)to + first, steps, (size_t)n * sizeof *steps);
}

static void take(void *context, int64_t first, const double *ms, int64_t n) {
  Making *m = context;
  int32_t steps[PIECE];
  double low, high;
  const int32_t most = most_of(m->bytes);
  ASSERT(n <= PIECE);
  range_of(ms, n, &low, &high);
  note_range(m, low, high);
  clock_delays(m->dt, ms, steps, n, most);
  const int32_t longest = longest_of(steps, n);
  for (int32_t known = m->longest; longest > known && !atomic_compare_exchange_weak(&m->longest, &known, longest);) {}
  if (longest <= most)
    narrow(steps, m->at, first, n, m->bytes);
}

static void take_each(Making *m, const DelaySource *from, int64_t n) {
  if (from->ms == NULL)
    random_each(&from->drawn, from->seed, from->object, from->stream, 0, n, take, m);
  for (int64_t k = 0; from->ms != NULL && k < n; k += PIECE)
    take(m, k, from->ms + k, n - k < PIECE ? n - k : PIECE);
}

bool delay_steps_make(DelaySteps *d, const DelaySource *from, int64_t n, double dt, Error *e) {
  for (int bytes = 1;; bytes *= 2) { /* anew, and wider, where one does not fit: long delays are few */
    Making m = { .at = memory_raw((size_t)n * (size_t)bytes), .bytes = bytes, .dt = dt, .low = INFINITY, .high = -INFINITY };
    if (m.at == NULL)
      return error_memory(e, "delays of synapses", (double)n * bytes);
    take_each(&m, from, n);
    *d = (DelaySteps){ { m.at, bytes, m.longest }, m.low, m.high };
    if (m.longest <= most_of(bytes) || bytes == 4)
      return true;
    memory_free(m.at);
  }
}

void delay_steps_free(DelaySteps *d) {
  memory_free((void *)d->list.at);
  d->list.at = NULL;
}
