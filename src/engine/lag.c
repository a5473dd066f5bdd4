#include "engine/lag.h"

#include <string.h>

#include "base/memory.h"
#include "base/shares.h"

static size_t bytes_of(const Lag *lag) { return array_type_size(lag->source->type) * (size_t)array_count(lag->source); }

/* How the source was when `back` steps more had yet to come: 0 is what was put into the ring last. */
static const char *ago(const Lag *lag, int64_t back) {
  return lag->ring + bytes_of(lag) * (size_t)((lag->position - 1 - back + 2 * lag->n_steps) % lag->n_steps);
}

/* Every synapse gets what its pre neuron was, as long ago as its delay says: a delay of one step reads what there is now. */
static void fill(Lag *lag, LagRows rows) {
  const DelayTable *t = rows.delays;
  const Storage *s = rows.storage;
  bool is_each = array_count(lag->source) > 1, is_by_pre = storage_major(s) == SIDE_PRE;
  size_t size = array_type_size(lag->source->type);
  char *out = lag->delayed->at;
  for (int64_t row = 0; row < storage_n_major(s); row++)
    for (int32_t k = 0; k < t->n_delays; k++) {
      int64_t begin, end;
      delay_part(t, row, k, &begin, &end);
      const char *then = ago(lag, t->delay[k] - 1);
      while (begin < end) {
        int32_t pres[STORAGE_SPAN];
        int64_t n = end - begin < STORAGE_SPAN ? end - begin : STORAGE_SPAN;
        if (is_each && !is_by_pre)
          storage_neurons(s, SIDE_PRE, begin, begin + n, pres);
        for (int64_t i = 0; i < n; i++) {
          int64_t pre = !is_each ? 0 : is_by_pre ? storage_first(s, SIDE_PRE) + row : pres[i];
          memcpy(out + size * (size_t)(begin + i), then + size * (size_t)pre, size);
        }
        begin += n;
      }
    }
}

bool lag_new(Lag *lag, LagRows rows, Array *source, Array *delayed, int64_t n_steps, Error *e) {
  const DelayTable *t = rows.delays;
  bool is_each = t->n_delays > 0;
  if (is_each)
    n_steps = t->delay[t->n_delays - 1];
  if (n_steps < 1 || source->type != delayed->type ||
      array_count(delayed) != (is_each ? storage_n_places(rows.storage) : array_count(source)) || !array_is_contiguous(source) ||
      !array_is_contiguous(delayed))
    return error_set(e, "a delayed variable is like its source, and at least one step behind");
  *lag = (Lag){ .source = source, .delayed = delayed, .n_steps = n_steps, .is_each = is_each };
  lag->ring = memory_new(bytes_of(lag) * (size_t)n_steps);
  if (lag->ring == NULL)
    return error_memory(e, "delayed rates", (double)bytes_of(lag) * (double)n_steps);
  array_retain(source);
  array_retain(delayed);
  lag_forget(lag, rows);
  return true;
}

void lag_free(Lag *lag) {
  array_release(lag->source);
  array_release(lag->delayed);
  memory_free(lag->ring);
}

/* How it was `back` steps ago; what is longer ago than was kept is as the oldest that was. */
static const char *kept(const Lag *lag, int64_t back) {
  const int64_t last = lag->n_steps - 1;
  return back <= last ? ago(lag, back) : lag->is_each ? ago(lag, last) : lag->delayed->at;
}

void lag_take_over(Lag *lag, LagRows rows, const Lag *before) {
  for (int64_t back = 0; back < lag->n_steps; back++)
    memcpy(lag->ring + bytes_of(lag) * (size_t)(lag->n_steps - 1 - back), kept(before, back), bytes_of(lag));
  lag->position = 0;
  if (lag->is_each)
    fill(lag, rows);
  else
    memcpy(lag->delayed->at, kept(before, lag->n_steps), bytes_of(lag));
}

void lag_forget(Lag *lag, LagRows rows) {
  array_settle(lag->source);
  for (int64_t i = 0; i < lag->n_steps; i++)
    memcpy(lag->ring + bytes_of(lag) * (size_t)i, lag->source->at, bytes_of(lag));
  if (lag->is_each)
    fill(lag, rows);
  else
    memcpy(lag->delayed->at, lag->source->at, bytes_of(lag));
}

void lag_move(Lag *lag, LagRows rows) {
  char *oldest = lag->ring + bytes_of(lag) * (size_t)lag->position;
  if (!lag->is_each)
    memcpy(lag->delayed->at, oldest, bytes_of(lag)); /* as the step n - n_steps left it */
  memcpy(oldest, lag->source->at, bytes_of(lag));
  if (++lag->position == lag->n_steps)
    lag->position = 0;
  if (lag->is_each)
    fill(lag, rows);
}
