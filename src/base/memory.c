#define _GNU_SOURCE
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#if defined(LUNAPSE_DEBUG) || defined(__GLIBC__)
#include <malloc.h>
#endif

#include "base/machine.h"
#include "base/memory_pages.h"

enum { LINE = 64, LARGE = 64 << 20, MIDDLE = 128 << 10, SMALL = 64 << 10, KEPT_MOST = 32 << 20 };

static _Atomic long countdown;
static _Atomic bool has_failed;
static _Atomic int64_t live;
int memory_forbidden;
bool (*memory_refuses)(void);

void memory_fail_after(long n) {
  countdown = n;
  if (n > 0)
    has_failed = false;
}

bool memory_has_failed(void) { return has_failed; }
int64_t memory_live(void) { return live; }

static bool must_fail(void) {
  if (memory_refuses != NULL && memory_refuses())
    return true;
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

static bool is_refused(size_t bytes) {
  ASSERT(memory_forbidden == 0);
  return must_fail() || bytes > SIZE_MAX - 2 * PAGES_ALIGN || is_too_much(bytes);
}

/* Rows of synapses are read here and there: over many small pages that is bound by the TLB. The pages that a block shares with its neighbours are asked for, too,
** and all that the piece from which blocks of middle size come still has; what is not there does not matter. */
static void ask_for_huge_pages(char *block, size_t bytes) {
#ifdef MADV_HUGEPAGE
  const uintptr_t begin = (uintptr_t)block, top = (uintptr_t)sbrk(0), end = begin < top ? top : begin + bytes;
  const uintptr_t first = begin / PAGES_ALIGN * PAGES_ALIGN;
  madvise((void *)first, (end + PAGES_ALIGN - 1) / PAGES_ALIGN * PAGES_ALIGN - first, MADV_HUGEPAGE);
#else
  (void)block;
  (void)bytes;
#endif
}

void memory_begin(void) {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, PAGES_LEAST);
  mallopt(M_TRIM_THRESHOLD, 2 * PAGES_LEAST);
  mallopt(M_TOP_PAD, PAGES_LEAST); /* a huge page is one only where the piece goes on to its end */
  char *first = malloc(LINE);
  if (first != NULL)
    ask_for_huge_pages(first, LINE);
  free(first);
#endif
}

static size_t padded(size_t bytes) { return (bytes + 2 * LINE - 1) / LINE * LINE; }

/* Small blocks that were freed are handed out again, up to KEPT_MOST bytes on each thread: a list for each number of lines, in each block the next. glibc cuts an
** aligned block out of a larger one and gives the rest back, which takes longer than the arithmetic of small arrays does. */
#if defined(__GLIBC__) && !defined(LUNAPSE_DEBUG) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
static _Thread_local struct {
  void *first[SMALL / LINE + 1];
  size_t bytes;
} freed;

static void *take_freed(size_t bytes) {
  void *block = bytes <= SMALL ? freed.first[bytes / LINE] : NULL;
  if (block != NULL) {
    memcpy(&freed.first[bytes / LINE], block, sizeof block);
    freed.bytes -= bytes;
  }
  return block;
}

static bool keep(void *block) {
  const size_t lines = malloc_usable_size(block) / LINE;
  if (lines == 0 || lines > SMALL / LINE || freed.bytes + lines * LINE > KEPT_MOST || (uintptr_t)block % LINE != 0)
    return false;
  memcpy(block, &freed.first[lines], sizeof block);
  freed.first[lines] = block;
  freed.bytes += lines * LINE;
  return true;
}
#else
static void *take_freed(size_t bytes) { return (void)bytes, NULL; }
static bool keep(void *block) { return (void)block, false; }
#endif

void *memory_raw(size_t bytes) {
  if (is_refused(bytes))
    return NULL;
  if (HAS_PAGES && bytes >= PAGES_LEAST)
    return pages_new(padded(bytes));
  bool is_big = padded(bytes) >= (size_t)2 * PAGES_ALIGN;
  size_t align = is_big ? PAGES_ALIGN : LINE;
  void *block = take_freed(padded(bytes));
  if (block == NULL)
    block = aligned_alloc(align, (padded(bytes) + align - 1) / align * align);
  if (block == NULL)
    return NULL;
  if (bytes >= MIDDLE)
    ask_for_huge_pages(block, padded(bytes));
  memset((char *)block + bytes, 0, padded(bytes) - bytes);
  live += IS_DEBUG;
  return block;
}

void *memory_new(size_t bytes) {
  void *block = memory_raw(bytes);
  if (block != NULL && !(HAS_PAGES && bytes >= PAGES_LEAST))
    memset(block, 0, bytes);
  return block;
}

void *memory_grow(void *block, size_t kept, size_t bytes) {
  size_t now = block != NULL && bytes >= PAGES_LEAST ? pages_size(block) : 0;
  if (now > 0)
    return is_refused(bytes > now ? bytes - now : 0) ? NULL : pages_grow(block, kept, padded(bytes));
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

void memory_let_go(void *at, size_t bytes) {
  if (!HAS_PAGES) {
    memset(at, MEMORY_GARBAGE, bytes);
    return;
  }
#ifdef MADV_DONTNEED
  const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), first = ((uintptr_t)at + page - 1) / page * page,
                  last = ((uintptr_t)at + bytes) / page * page;
  if (first < last)
    madvise((void *)first, last - first, MADV_DONTNEED);
#endif
}

void memory_free(void *block) {
#ifdef LUNAPSE_DEBUG
  if (block != NULL) {
    live--;
    memset(block, MEMORY_GARBAGE, malloc_usable_size(block));
  }
#endif
  if (block != NULL && pages_size(block) > 0)
    pages_free(block);
  else if (block != NULL && !keep(block))
    free(block);
}
