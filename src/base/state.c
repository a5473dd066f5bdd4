#include "base/state.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/shares.h"

void state_finish(State *s) {
  memory_free(s->met);
  s->met = NULL;
  s->n_met = s->room = 0;
}

bool state_fail(State *s, const char *format, ...) {
  char text[sizeof s->error->text];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return error_set(s->error, "%.*s%s", s->length, s->path, text);
}

/* ---- the path ------------------------------------------------------------------------------------------------------ */

void state_begin(State *s, const void *object) { s->owner = s->whole = object; }

bool state_enter(State *s, const char *name, int64_t k, const void *object) {
  size_t left = sizeof s->path - (size_t)s->length;
  int n = k > 0 ? snprintf(s->path + s->length, left, "%s %lld/", name, (long long)k) : snprintf(s->path + s->length, left, "%s/", name);
  if (n < 0 || (size_t)n >= left) {
    s->path[s->length] = '\0';
    return state_fail(s, "the name is too long");
  }
  s->length += n;
  s->n_open++;
  if (object != NULL) {
    s->owner = object;
    s->depth_of_owner = s->n_open;
    s->start_of_name = s->length;
  }
  return true;
}

void state_leave(State *s) {
  if (s->depth_of_owner == s->n_open) {
    s->owner = s->whole;
    s->depth_of_owner = s->start_of_name = 0;
  }
  s->n_open--;
  do
    s->length--;
  while (s->length > 0 && s->path[s->length - 1] != '/');
  s->path[s->length] = '\0';
}

/* ---- one item ------------------------------------------------------------------------------------------------------ */

static bool is_told(const State *s) { return s->only == NULL || s->only == s->owner; }

/* LIST, WRITE: hand it on under its whole name. */
static bool tell(State *s, const char *name, StateItem item, const void *data) {
  char whole[sizeof s->path + 64];
  if (!is_told(s))
    return true;
  snprintf(whole, sizeof whole, "%s%s", s->only != NULL ? s->path + s->start_of_name : s->path, name);
  item.name = whole;
  return s->put(s->context, &item, s->mode == STATE_LIST ? NULL : data, s->error);
}

/* READ: how many elements there are. */
static bool find(State *s, const char *name, StateKind kind, ArrayType type, int64_t *n) {
  char whole[sizeof s->path + 64];
  snprintf(whole, sizeof whole, "%s%s", s->path, name);
  StateItem item = { .name = whole, .kind = kind, .type = type };
  if (!s->find(s->context, &item, s->error))
    return false;
  *n = item.n;
  return item.n >= 0 || state_fail(s, "%s: %lld elements", name, (long long)item.n);
}

bool state_has(const State *s, const char *name, ArrayType type) {
  char whole[sizeof s->path + 64];
  Error nobody_reads;
  snprintf(whole, sizeof whole, "%s%s", s->path, name);
  StateItem item = { .name = whole, .kind = STATE_OWN, .type = type };
  return s->find(s->context, &item, &nobody_reads);
}

static bool take(State *s, const char *name, StateKind kind, ArrayType type, void *data, int64_t n) {
  char whole[sizeof s->path + 64];
  snprintf(whole, sizeof whole, "%s%s", s->path, name);
  StateItem item = { .name = whole, .kind = kind, .type = type, .n = n, .bytes = n * (int64_t)array_type_size(type) };
  return s->get(s->context, &item, data, s->error);
}

static bool fixed(State *s, const char *name, StateKind kind, ArrayType type, void *data, int64_t n) {
  if (s->mode != STATE_READ)
    return tell(s, name, (StateItem){ .kind = kind, .type = type, .n = n, .bytes = n * (int64_t)array_type_size(type) }, data);
  int64_t found;
  if (!find(s, name, kind, type, &found))
    return false;
  if (found != n)
    return state_fail(s, "%s: %lld elements expected, the state has %lld", name, (long long)n, (long long)found);
  return take(s, name, kind, type, data, n);
}

bool state_fixed(State *s, const char *name, ArrayType type, void *data, int64_t n) { return fixed(s, name, STATE_OWN, type, data, n); }

bool state_grown(State *s, const char *name, ArrayType type, void **data, int64_t *n, int64_t *room) {
  int64_t size = (int64_t)array_type_size(type);
  if (s->mode != STATE_READ)
    return tell(s, name, (StateItem){ .kind = STATE_OWN, .type = type, .n = *n, .bytes = (*room > *n ? *room : *n) * size }, *data);
  int64_t found;
  if (!find(s, name, STATE_OWN, type, &found))
    return false;
  memory_free(*data);
  *n = *room = 0;
  *data = found > INT64_MAX / 16 ? NULL : memory_new((size_t)(found * size));
  if (*data == NULL)
    return error_memory(s->error, name, (double)found * (double)size);
  *n = *room = found;
  return take(s, name, STATE_OWN, type, *data, found);
}

bool state_memory(State *s, const char *name, int64_t bytes) {
  if (s->mode != STATE_LIST || bytes == 0)
    return true;
  return tell(s, name, (StateItem){ .kind = STATE_MEMORY, .type = ARRAY_BOOL, .n = bytes, .bytes = bytes }, NULL);
}

/* ---- single values ------------------------------------------------------------------------------------------------- */

bool state_i64(State *s, const char *name, int64_t *x) { return state_fixed(s, name, ARRAY_I64, x, 1); }
bool state_u64(State *s, const char *name, uint64_t *x) { return state_fixed(s, name, ARRAY_I64, x, 1); }
bool state_f64(State *s, const char *name, double *x) { return state_fixed(s, name, ARRAY_F64, x, 1); }

bool state_int(State *s, const char *name, int *x) {
  int64_t value = *x;
  if (!state_i64(s, name, &value) || !state_check(s, name, value, INT32_MIN, INT32_MAX))
    return false;
  *x = (int)value;
  return true;
}

bool state_bool(State *s, const char *name, bool *x) {
  uint8_t value = *x;
  if (!state_fixed(s, name, ARRAY_BOOL, &value, 1))
    return false;
  *x = value != 0;
  return true;
}

bool state_same_i64(State *s, const char *name, int64_t x) {
  int64_t value = x;
  if (!state_i64(s, name, &value))
    return false;
  return value == x || state_fail(s, "%s is %lld here, and %lld in the state", name, (long long)x, (long long)value);
}

bool state_same_f64(State *s, const char *name, double x) {
  double value = x;
  if (!state_f64(s, name, &value))
    return false;
  return value == x || state_fail(s, "%s is %.17g here, and %.17g in the state", name, x, value);
}

/* ---- arrays -------------------------------------------------------------------------------------------------------- */

static int64_t place_of(const State *s, const void *at) {
  int64_t k = (int64_t)((uintptr_t)at * 0x9E3779B97F4A7C15u >> 20) & (s->room - 1);
  while (s->met[k] != NULL && s->met[k] != at)
    k = (k + 1) & (s->room - 1);
  return k;
}

/* Note an array; `is_new` says whether it was not met before. */
static bool meet(State *s, const void *at, bool *is_new) {
  if (2 * (s->n_met + 1) > s->room) {
    State larger = { .room = s->room > 0 ? 2 * s->room : 64 };
    larger.met = memory_new(sizeof *larger.met * (size_t)larger.room);
    if (larger.met == NULL)
      return error_memory(s->error, "list of a state", (double)sizeof *larger.met * (double)larger.room);
    for (int64_t k = 0; k < s->room; k++)
      if (s->met[k] != NULL)
        larger.met[place_of(&larger, s->met[k])] = s->met[k];
    memory_free(s->met);
    s->met = larger.met;
    s->room = larger.room;
  }
  int64_t k = place_of(s, at);
  *is_new = s->met[k] == NULL;
  s->n_met += *is_new;
  s->met[k] = at;
  return true;
}

bool state_array(State *s, const char *name, Array *a) {
  bool is_new;
  if (a == NULL)
    return true;
  if (!meet(s, a->at, &is_new))
    return false;
  if (!is_new)
    return true;
  if (s->mode != STATE_LIST)
    array_settle(a);                                                /* before it is written, too: then nothing of it is stale */
  else if (a->buffer->away != NULL && !a->buffer->away->has_memory) /* where it is there it counts */
    return tell(s, name, (StateItem){ .kind = STATE_VARIABLE, .type = a->type, .n = array_count(a) }, NULL);
  if (!array_is_contiguous(a))
    return state_fail(s, "%s: a part of an array has no state of its own", name);
  if (!fixed(s, name, STATE_VARIABLE, a->type, a->at, array_count(a)))
    return false;
  if (s->mode == STATE_READ)
    array_touch(a);
  return true;
}

bool state_pass(State *s, const Array *a) {
  bool is_new;
  return meet(s, a->at, &is_new);
}

/* ---- checks -------------------------------------------------------------------------------------------------------- */

static bool out_of_range(State *s, const char *name, int64_t x, int64_t low, int64_t high) {
  return state_fail(s, "%s is %lld in the state: it must lie in %lld .. %lld", name, (long long)x, (long long)low, (long long)high);
}

bool state_check(State *s, const char *name, int64_t x, int64_t low, int64_t high) {
  return s->mode != STATE_READ || (x >= low && x <= high) || out_of_range(s, name, x, low, high);
}

bool state_check_i64(State *s, const char *name, const int64_t *x, int64_t n, int64_t low, int64_t high) {
  for (int64_t k = 0; s->mode == STATE_READ && k < n; k++)
    if (x[k] < low || x[k] > high)
      return out_of_range(s, name, x[k], low, high);
  return true;
}

bool state_check_i32(State *s, const char *name, const int32_t *x, int64_t n, int64_t low, int64_t high) {
  for (int64_t k = 0; s->mode == STATE_READ && k < n; k++)
    if (x[k] < low || x[k] > high)
      return out_of_range(s, name, x[k], low, high);
  return true;
}
