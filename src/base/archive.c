#include "base/archive.h"

#include <string.h>

#include "base/memory.h"

void archive_clear(Archive *a) {
  for (int64_t k = 0; k < a->n; k++) {
    memory_free(a->items[k].name);
    memory_free(a->items[k].data);
  }
  memory_free(a->items);
  memory_free(a->place);
  *a = (Archive){ 0 };
}

static int64_t bytes_of(const ArchiveItem *item) { return item->n * (int64_t)array_type_size(item->type); }

int64_t archive_bytes(const Archive *a) {
  int64_t sum = a->capacity * (int64_t)sizeof *a->items + a->room * (int64_t)sizeof *a->place;
  for (int64_t k = 0; k < a->n; k++)
    sum += bytes_of(&a->items[k]) + (int64_t)strlen(a->items[k].name) + 1;
  return sum;
}

uint64_t archive_digest(const void *data, int64_t bytes) {
  const unsigned char *at = data;
  uint64_t h = 0x9E3779B97F4A7C15u ^ (uint64_t)bytes, word;
  for (; bytes > 0; at += 8, bytes -= 8) {
    word = 0;
    memcpy(&word, at, bytes < 8 ? (size_t)bytes : 8);
    h = (h ^ word) * 0xD6E8FEB86659FD93u;
    h ^= h >> 32;
  }
  return h * 0xD6E8FEB86659FD93u;
}

/* ---- by name ------------------------------------------------------------------------------------------------------- */

static int64_t place_of(const Archive *a, const char *name) {
  int64_t k = (int64_t)archive_digest(name, (int64_t)strlen(name)) & (a->room - 1);
  while (a->place[k] != 0 && strcmp(a->items[a->place[k] - 1].name, name) != 0)
    k = (k + 1) & (a->room - 1);
  return k;
}

const ArchiveItem *archive_item(const Archive *a, const char *name) {
  int64_t number = a->room == 0 ? 0 : a->place[place_of(a, name)];
  return number == 0 ? NULL : &a->items[number - 1];
}

/* Room for one more. */
static bool grow(Archive *a, Error *e) {
  if (a->n < a->capacity)
    return true;
  int64_t capacity = a->capacity > 0 ? 2 * a->capacity : 64;
  ArchiveItem *items = memory_new(sizeof *items * (size_t)capacity);
  int64_t *place = memory_new(sizeof *place * (size_t)(2 * capacity));
  if (items == NULL || place == NULL) {
    memory_free(items);
    memory_free(place);
    return error_memory(e, "stored state", (double)capacity * (double)(sizeof *items + 2 * sizeof *place));
  }
  if (a->n > 0)
    memcpy(items, a->items, sizeof *items * (size_t)a->n);
  memory_free(a->items);
  memory_free(a->place);
  a->items = items;
  a->capacity = capacity;
  a->place = place;
  a->room = 2 * capacity;
  for (int64_t k = 0; k < a->n; k++)
    a->place[place_of(a, items[k].name)] = k + 1;
  return true;
}

/* ---- as a state ---------------------------------------------------------------------------------------------------- */

static bool put(void *context, const StateItem *item, const void *data, Error *e) {
  Archive *a = context;
  if (archive_item(a, item->name) != NULL)
    return error_set(e, "'%s' is there twice", item->name);
  if (!grow(a, e))
    return false;
  ArchiveItem next = { .type = item->type, .n = item->n };
  size_t length = strlen(item->name) + 1;
  next.name = memory_new(length);
  next.data = memory_new((size_t)bytes_of(&next));
  if (next.name == NULL || next.data == NULL) {
    memory_free(next.name);
    memory_free(next.data);
    return error_memory(e, "stored state", (double)bytes_of(&next));
  }
  memcpy(next.name, item->name, length);
  if (next.n > 0)
    memcpy(next.data, data, (size_t)bytes_of(&next));
  a->items[a->n] = next;
  int64_t place = place_of(a, next.name);
  a->place[place] = ++a->n;
  return true;
}

static bool find(void *context, StateItem *item, Error *e) {
  const ArchiveItem *found = archive_item(context, item->name);
  if (found == NULL || found->type != item->type)
    return error_set(e, "no item '%s' of type %s", item->name, array_type_name(item->type));
  item->n = found->n;
  return true;
}

static bool get(void *context, const StateItem *item, void *data, Error *e) {
  const ArchiveItem *found = archive_item(context, item->name);
  if (found == NULL || found->n != item->n)
    return error_set(e, "'%s' has another size", item->name);
  if (found->n > 0)
    memcpy(data, found->data, (size_t)bytes_of(found));
  return true;
}

State archive_writer(Archive *a, Error *e) { return (State){ .mode = STATE_WRITE, .context = a, .error = e, .put = put }; }

State archive_reader(Archive *a, Error *e) { return (State){ .mode = STATE_READ, .context = a, .error = e, .find = find, .get = get }; }
