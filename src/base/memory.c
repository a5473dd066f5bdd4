#define _GNU_SOURCE
#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/machine.h"

enum { LINE = 64, HUGE_PAGE = 2 << 20, LARGE = 64 << 20 };

static _Atomic long countdown;

void memory_fail_after(long n) { countdown = n; }

static int must_fail(void) { return countdown > 0 && --countdown == 0; }

/* Systems promise more than they have, and end a process that takes their word: what is large is held against what is free. */
static int is_too_much(size_t bytes) {
  double all, available;
  return bytes >= LARGE && machine_memory(&all, &available) && (double)bytes > available;
}

void *memory_new(size_t bytes) {
  if (must_fail() || bytes > SIZE_MAX - 2 * HUGE_PAGE || is_too_much(bytes))
    return NULL;
  size_t padded = (bytes + 2 * LINE - 1) / LINE * LINE;
  int is_big = padded >= 2 * HUGE_PAGE;
  size_t align = is_big ? HUGE_PAGE : LINE;
  void *block = aligned_alloc(align, (padded + align - 1) / align * align);
  if (block == NULL)
    return NULL;
#ifdef MADV_HUGEPAGE
  if (is_big)
    madvise(block, padded, MADV_HUGEPAGE); /* random access over many small pages is bound by the TLB */
#endif
  memset(block, 0, padded);
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

void memory_free(void *block) { free(block); }
