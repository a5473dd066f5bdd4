/* A state (base/state.h) kept in memory: items by name, each a copy of its contents. One thread at a time. */
#ifndef LUNAPSE_BASE_ARCHIVE_H
#define LUNAPSE_BASE_ARCHIVE_H
#include "base/state.h"

typedef struct ArchiveItem {
  char *name;
  ArrayType type;
  int64_t n;
  void *data;
} ArchiveItem;

typedef struct Archive {
  ArchiveItem *items; /* [n] in the order in which they came */
  int64_t n, capacity;
  int64_t *place; /* [room] number of an item + 1, by the hash of its name; 0: free */
  int64_t room;
} Archive;

void archive_clear(Archive *a);

/* Bytes of memory that it takes. */
int64_t archive_bytes(const Archive *a);

/* The item of this name; NULL: there is none. */
const ArchiveItem *archive_item(const Archive *a, const char *name);

/* A State that writes to the archive, or reads from it. A name that is written twice is an error. */
State archive_writer(Archive *a, Error *e);
State archive_reader(Archive *a, Error *e);

/* A number that differs where any bit of the contents does, but for one chance in 2^64. */
uint64_t archive_digest(const void *data, int64_t bytes);

#endif
