#define _GNU_SOURCE
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#ifdef LUNAPSE_DEBUG
#include <malloc.h>
#endif

#include "base/machine.h"

enum { LINE = 64, HUGE_PAGE = 2 << 20, LARGE = 64 << 20 };

static _Atomic long countdown;
static _Atomic bool has_failed;
static _Atomic int64_t live;
int memory_forbidden;

void memory_fail_after(long n) {
  countdown = n;
  if (n > 0)
    has_failed = false;
}

bool memory_has_failed(void) { return has_failed; }
int64_t memory_live(void) { return live; }

static bool must_fail(void) {
  if (countdown <= 0 || --countdown != 0)
    return false;
  has_failed = true;
  return true;
}

/* Systems promise more than they have, and end a process that takes their word: what is large is held against what is free. */
static int is_too_much(size_t bytes) {
  double all, available;
  return bytes >= LARGE && machine_memory(&all, &available) && (double)bytes > available;
}

void *memory_new(size_t bytes) {
  ASSERT(memory_forbidden == 0);
  if (must_fail() || bytes > SIZE_MAX - 2 * HUGE_PAGE || is_too_much(bytes))
    return NULL;
  size_t padded = (bytes + 2 * LINE - 1) / LINE * LINE;
  bool is_big = padded >= 2 * HUGE_PAGE;
  size_t align = is_big ? HUGE_PAGE : LINE;
  void *block = aligned_alloc(align, (padded + align - 1) / align * align);
  if (block == NULL)
    return NULL;
#ifdef MADV_HUGEPAGE
  if (is_big)
    madvise(block, padded, MADV_HUGEPAGE); /* random access over many small pages is bound by the TLB */
#endif
  memset(block, 0, padded);
  live += IS_DEBUG;
  return block;
}

void *memory_grow(void *block, size_t kept, size_t bytes) {
  char *grown = memory_new(bytes);
  if (grown == NULL)
    return NULL;
  if (block != NULL && kept > 0)
    memcpy(grown, block, kept);
  memory_free(block);
  return grown;
}

int64_t memory_larger(int64_t capacity, int64_t wanted) {
  enum { LEAST = 16, DEBUG_SMALL = 1024 };
  if (IS_DEBUG)
    return wanted < DEBUG_SMALL ? wanted : wanted + wanted / 8;
  int64_t twice = capacity < LEAST / 2 ? LEAST : 2 * capacity;
  return twice > wanted ? twice : wanted;
}

bool memory_reserve(void *buffer, int64_t used, int64_t wanted, int64_t *capacity, size_t size) {
  if (wanted <= *capacity)
    return true;
  ASSERT(used >= 0 && used <= *capacity);
  int64_t larger = memory_larger(*capacity, wanted);
  void *block;
  memcpy(&block, buffer, sizeof block); /* whatever it points to */
  block = memory_grow(block, size * (size_t)used, size * (size_t)larger);
  if (block == NULL)
    return false;
  memcpy(buffer, &block, sizeof block);
  *capacity = larger;
  return true;
}

void memory_free(void *block) {
#ifdef LUNAPSE_DEBUG
  if (block != NULL) {
    live--;
    memset(block, MEMORY_GARBAGE, malloc_usable_size(block));
  }
#endif
  free(block);
}
