#include "engine/arrivals.h"

#include <string.h>

#include "base/memory.h"

void arrivals_free(Arrivals *a) {
  memory_free(a->step);
  memory_free(a->neuron);
  memory_free(a->delay);
  memory_free(a->place);
  *a = (Arrivals){ 0 };
}

bool arrivals_reserve(Arrivals *a, int64_t n, Error *e) {
  enum { EACH = sizeof *a->step + sizeof *a->neuron + sizeof *a->delay + sizeof *a->place };
  int64_t room = a->capacity, room_neurons = room, room_delays = room, room_places = room;
  if (!memory_reserve(&a->step, a->n, a->n + n, &room, sizeof *a->step) ||
      !memory_reserve(&a->neuron, a->n, a->n + n, &room_neurons, sizeof *a->neuron) ||
      !memory_reserve(&a->delay, a->n, a->n + n, &room_delays, sizeof *a->delay) ||
      !memory_reserve(&a->place, a->n, a->n + n, &room_places, sizeof *a->place))
    return error_memory(e, "spikes under way", EACH * (double)memory_larger(a->capacity, a->n + n));
  a->capacity = room;
  return true;
}

bool arrivals_copy(Arrivals *a, const Arrivals *from, Error *e) {
  const size_t n = (size_t)from->n;
  *a = (Arrivals){ 0 };
  if (!arrivals_reserve(a, from->n, e))
    return false;
  if (n > 0) {
    memcpy(a->step, from->step, sizeof *a->step * n);
    memcpy(a->neuron, from->neuron, sizeof *a->neuron * n);
    memcpy(a->delay, from->delay, sizeof *a->delay * n);
    memcpy(a->place, from->place, sizeof *a->place * n);
  }
  a->n = from->n;
  return true;
}

void arrivals_add(Arrivals *a, const Spikes *s, int64_t step, int32_t delay) {
  int64_t at = a->n;
  while (at > 0 && a->step[at - 1] > step)
    at--;
  const size_t n_behind = (size_t)(a->n - at);
  memmove(a->step + at + s->n, a->step + at, sizeof *a->step * n_behind);
  memmove(a->neuron + at + s->n, a->neuron + at, sizeof *a->neuron * n_behind);
  memmove(a->delay + at + s->n, a->delay + at, sizeof *a->delay * n_behind);
  memmove(a->place + at + s->n, a->place + at, sizeof *a->place * n_behind);
  memcpy(a->neuron + at, s->neuron, sizeof *s->neuron * (size_t)s->n);
  for (int64_t k = 0; k < s->n; k++) {
    a->step[at + k] = step;
    a->delay[at + k] = delay;
    a->place[at + k] = -1;
  }
  a->n += s->n;
}

int64_t arrivals_due(const Arrivals *a, int64_t step) {
  int64_t n = 0;
  while (n < a->n && a->step[n] <= step)
    n++;
  return n;
}

void arrivals_drop(Arrivals *a, int64_t n) {
  a->n -= n;
  memmove(a->step, a->step + n, sizeof *a->step * (size_t)a->n);
  memmove(a->neuron, a->neuron + n, sizeof *a->neuron * (size_t)a->n);
  memmove(a->delay, a->delay + n, sizeof *a->delay * (size_t)a->n);
  memmove(a->place, a->place + n, sizeof *a->place * (size_t)a->n);
}

/* Which of the delays of the table this is; -1: no synapse has it. */
static int32_t find_delay(const DelayTable *d, int32_t delay) {
  int32_t low = 0, high = d->n_delays;
  while (low < high) {
    const int32_t middle = low + (high - low) / 2;
    if (d->delay[middle] < delay)
      low = middle + 1;
    else
      high = middle;
  }
  return low < d->n_delays && d->delay[low] == delay ? low : -1;
}

bool arrivals_part(const Arrivals *a, int64_t k, const Storage *s, const DelayTable *d, int64_t *begin, int64_t *end) {
  const int64_t row = a->neuron[k] - storage_first(s, SIDE_PRE);
  if (a->place[k] >= 0) {
    *begin = a->place[k];
    *end = *begin + 1;
    return true;
  }
  const int32_t which = find_delay(d, a->delay[k]);
  if (which < 0 || row < 0 || row >= storage_n(s, SIDE_PRE))
    return false;
  delay_part(d, row, which, begin, end);
  return *begin < *end;
}

bool arrivals_spread(Arrivals *a, const Storage *s, const DelayTable *d, Error *e) {
  Arrivals each = { 0 };
  int64_t n = 0, begin, end;
  for (int64_t k = 0; k < a->n; k++)
    n += arrivals_part(a, k, s, d, &begin, &end) ? end - begin : 0;
  if (!arrivals_reserve(&each, n, e)) {
    arrivals_free(&each);
    return false;
  }
  for (int64_t k = 0; k < a->n; k++)
    if (arrivals_part(a, k, s, d, &begin, &end))
      for (int64_t place = begin; place < end; place++) {
        each.step[each.n] = a->step[k];
        each.neuron[each.n] = a->neuron[k];
        each.delay[each.n] = a->delay[k];
        each.place[each.n++] = place;
      }
  arrivals_free(a);
  *a = each;
  return true;
}

void arrivals_move(Arrivals *a, const int64_t *to) {
  int64_t n = 0;
  for (int64_t k = 0; k < a->n; k++) {
    const int64_t place = a->place[k] < 0 ? -1 : to[a->place[k]] - 1;
    if (a->place[k] >= 0 && place < 0)
      continue;
    a->step[n] = a->step[k];
    a->neuron[n] = a->neuron[k];
    a->delay[n] = a->delay[k];
    a->place[n++] = place;
  }
  a->n = n;
}

/* ---- state --------------------------------------------------------------------------------------------------------- */

/* A number for each that files of older versions lack. */
static bool fill(State *s, void *numbers, int64_t n, int64_t *room, size_t size, int byte) {
  if (!memory_reserve(numbers, 0, n, room, size))
    return error_memory(s->error, "spikes under way", (double)size * (double)n);
  if (n > 0)
    memset(*(void **)numbers, byte, size * (size_t)n);
  return true;
}

static bool check(const Arrivals *a, int64_t n_neurons, const Storage *storage, State *s) {
  if (!state_check_i32(s, "neuron", a->neuron, a->n, 0, n_neurons - 1) || !state_check_i32(s, "delay", a->delay, a->n, 0, INT32_MAX) ||
      !state_check_i64(s, "place", a->place, a->n, -1, storage->n_synapses - 1))
    return false;
  for (int64_t k = 1; k < a->n; k++)
    if (a->step[k] < a->step[k - 1])
      return state_fail(s, "spikes that do not wait in order");
  for (int64_t k = 0; k < a->n; k++) {
    const int64_t row = a->neuron[k] - storage_first(storage, SIDE_PRE);
    if (a->place[k] >= 0 && (storage_major(storage) != SIDE_PRE || row < 0 || row >= storage_n(storage, SIDE_PRE) ||
                             a->place[k] < storage_row(storage, row) || a->place[k] >= storage_row(storage, row + 1)))
      return state_fail(s, "spikes under way to synapses of other neurons");
  }
  return true;
}

bool arrivals_state(Arrivals *a, int64_t n_neurons, const Storage *storage, State *s) {
  int64_t n = a->n, n_delays = n, n_places = n, room = a->capacity, room_neurons = room, room_delays = room, room_places = room;
  if (!state_enter(s, "waiting", 0, NULL) || !state_grown(s, "step", ARRAY_I64, (void **)&a->step, &a->n, &room) ||
      !state_grown(s, "neuron", ARRAY_I32, (void **)&a->neuron, &n, &room_neurons))
    return false;
  if (s->mode == STATE_READ && !state_has(s, "delay", ARRAY_I32)) { /* written when one delay held for all */
    if (!fill(s, &a->delay, n_delays = a->n, &room_delays, sizeof *a->delay, 0))
      return false;
  } else if (!state_grown(s, "delay", ARRAY_I32, (void **)&a->delay, &n_delays, &room_delays)) {
    return false;
  }
  if (s->mode == STATE_READ && !state_has(s, "place", ARRAY_I64)) { /* written when delays did not change */
    if (!fill(s, &a->place, n_places = a->n, &room_places, sizeof *a->place, 0xff))
      return false;
  } else if (!state_grown(s, "place", ARRAY_I64, (void **)&a->place, &n_places, &room_places)) {
    return false;
  }
  if (s->mode == STATE_READ) {
    a->capacity = room < room_neurons ? room : room_neurons;
    a->capacity = a->capacity < room_delays ? a->capacity : room_delays;
    a->capacity = a->capacity < room_places ? a->capacity : room_places;
    if (n != a->n || n_delays != n || n_places != n)
      return state_fail(s, "%lld neurons with %lld delays and %lld places in %lld steps", (long long)n, (long long)n_delays,
                        (long long)n_places, (long long)a->n);
    if (!check(a, n_neurons, storage, s))
      return false;
  }
  state_leave(s);
  return true;
}
