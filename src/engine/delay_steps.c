#include "engine/delay_steps.h"

#include <math.h>
#include <stdatomic.h>

#include "base/memory.h"
#include "engine/clock.h"

enum { PIECE = 512 };

/* What the threads that make them share. */
typedef struct Making {
  char *at;
  int bytes;
  double dt;
  _Atomic double low, high;
  _Atomic int32_t longest;
} Making;

static int32_t most_of(int bytes) { return bytes == 1 ? UINT8_MAX : bytes == 2 ? UINT16_MAX : STORAGE_LONGEST_DELAY; }

static void note_range(Making *m, const double *ms, int64_t n) {
  double low = INFINITY, high = -INFINITY, known;
  for (int64_t k = 0; k < n; k++) {
    low = ms[k] < low ? ms[k] : low;
    high = ms[k] > high ? ms[k] : high;
  }
  for (known = m->low; low < known && !atomic_compare_exchange_weak(&m->low, &known, low);) {}
  for (known = m->high; high > known && !atomic_compare_exchange_weak(&m->high, &known, high);) {}
}

static void take(void *context, int64_t first, const double *ms, int64_t n) {
  Making *m = context;
  int32_t steps[PIECE], longest = 0;
  const int32_t most = most_of(m->bytes);
  ASSERT(n <= PIECE);
  note_range(m, ms, n);
  clock_delays(m->dt, ms, steps, n, most);
  for (int64_t k = 0; k < n; k++)
    longest = steps[k] > longest ? steps[k] : longest;
  for (int32_t known = m->longest; longest > known && !atomic_compare_exchange_weak(&m->longest, &known, longest);) {}
  if (longest > most)
    return;
  if (m->bytes == 1)
    for (int64_t k = 0; k < n; k++)
      ((uint8_t *)m->at)[first + k] = (uint8_t)steps[k];
  else if (m->bytes == 2)
    for (int64_t k = 0; k < n; k++)
      ((uint16_t *)(void *)m->at)[first + k] = (uint16_t)steps[k];
  else
    for (int64_t k = 0; k < n; k++)
      ((int32_t *)(void *)m->at)[first + k] = steps[k];
}

static void take_each(Making *m, const DelaySource *from, int64_t n) {
  if (from->ms == NULL)
    random_each(&from->drawn, from->seed, from->object, from->stream, 0, n, take, m);
  for (int64_t k = 0; from->ms != NULL && k < n; k += PIECE)
    take(m, k, from->ms + k, n - k < PIECE ? n - k : PIECE);
}

bool delay_steps_make(DelaySteps *d, const DelaySource *from, int64_t n, double dt, Error *e) {
  for (int bytes = 1;; bytes *= 2) { /* anew, and wider, where one does not fit: long delays are few */
    Making m = { .at = memory_new((size_t)n * (size_t)bytes), .bytes = bytes, .dt = dt, .low = INFINITY, .high = -INFINITY };
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
