/* A state (base/state.h) kept in memory, for tests. */
#ifndef LUNAPSE_TESTS_ARCHIVE_H
#define LUNAPSE_TESTS_ARCHIVE_H
#include <stdlib.h>

#include "base/state.h"
#include "check.h"

typedef struct Entry {
  char name[96];
  ArrayType type;
  int64_t n;
  char *data;
} Entry;

typedef struct Archive {
  Entry *entries;
  int n, room;
} Archive;

static inline void archive_clear(Archive *a) {
  for (int k = 0; k < a->n; k++)
    free(a->entries[k].data);
  free(a->entries);
  *a = (Archive){ 0 };
}

static inline size_t archive_bytes(const Entry *x) { return (size_t)x->n * array_type_size(x->type); }

static inline Entry *archive_entry(const Archive *a, const char *name) {
  for (int k = 0; k < a->n; k++)
    if (strcmp(a->entries[k].name, name) == 0)
      return &a->entries[k];
  return NULL;
}

static inline bool archive_put(void *context, const StateItem *item, const void *data, Error *e) {
  Archive *a = context;
  if (item->kind == STATE_MEMORY)
    return error_set(e, "memory is no state");
  if (a->n == a->room)
    a->entries = realloc(a->entries, sizeof *a->entries * (size_t)(a->room = 2 * a->room + 64));
  Entry *x = &a->entries[a->n];
  *x = (Entry){ .type = item->type, .n = item->n };
  snprintf(x->name, sizeof x->name, "%s", item->name);
  CHECK(strlen(item->name) < sizeof x->name && archive_entry(a, item->name) == NULL, "'%s' is there twice", item->name);
  a->n++;
  x->data = malloc(archive_bytes(x) + 1);
  if (x->n > 0)
    memcpy(x->data, data, archive_bytes(x));
  return true;
}

static inline bool archive_find(void *context, StateItem *item, Error *e) {
  const Entry *x = archive_entry(context, item->name);
  if (x == NULL || x->type != item->type)
    return error_set(e, "no item '%s' of type %s", item->name, array_type_name(item->type));
  item->n = x->n;
  return true;
}

static inline bool archive_get(void *context, const StateItem *item, void *data, Error *e) {
  const Entry *x = archive_entry(context, item->name);
  if (x == NULL || x->n != item->n)
    return error_set(e, "'%s' has another size", item->name);
  if (x->n > 0)
    memcpy(data, x->data, archive_bytes(x));
  return true;
}

static inline State archive_writer(Archive *a, Error *e) {
  return (State){ .mode = STATE_WRITE, .context = a, .error = e, .put = archive_put };
}

static inline State archive_reader(Archive *a, Error *e) {
  return (State){ .mode = STATE_READ, .context = a, .error = e, .find = archive_find, .get = archive_get };
}

#endif
