#define _GNU_SOURCE
#include "base/memory_pages.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifdef __linux__

/* Every block with its size. They are few. */
static struct {
  pthread_mutex_t lock;
  struct Pages {
    char *at;
    size_t bytes;
  } * block;
  size_t n, capacity;
} all = { .lock = PTHREAD_MUTEX_INITIALIZER };

static size_t whole(size_t bytes) { return (bytes + PAGES_ALIGN - 1) / PAGES_ALIGN * PAGES_ALIGN; }

/* Addresses for so many bytes, aligned. NULL when there are none. */
static char *reserve(size_t bytes, int protection) {
  char *at = mmap(NULL, bytes + PAGES_ALIGN, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED)
    return NULL;
  size_t before = (PAGES_ALIGN - (uintptr_t)at % PAGES_ALIGN) % PAGES_ALIGN;
  if (before > 0)
    munmap(at, before);
  munmap(at + before + bytes, PAGES_ALIGN - before);
  madvise(at + before, bytes, MADV_HUGEPAGE); /* random access over many small pages is bound by the TLB */
  return at + before;
}

/* Its place in the list, which is locked; all.n: none. */
static size_t place(const void *block) {
  size_t k = 0;
  while (k < all.n && all.block[k].at != block)
    k++;
  return k;
}

static bool note(char *at, size_t bytes) {
  if (all.n == all.capacity) {
    size_t capacity = all.capacity == 0 ? 64 : 2 * all.capacity;
    struct Pages *larger = realloc(all.block, capacity * sizeof *larger);
    if (larger == NULL)
      return false;
    all.block = larger;
    all.capacity = capacity;
  }
  all.block[all.n++] = (struct Pages){ at, bytes };
  return true;
}

void *pages_new(size_t bytes) {
  bytes = whole(bytes);
  char *at = reserve(bytes, PROT_READ | PROT_WRITE);
  if (at == NULL)
    return NULL;
  pthread_mutex_lock(&all.lock);
  bool is_noted = note(at, bytes);
  pthread_mutex_unlock(&all.lock);
  if (!is_noted)
    munmap(at, bytes);
  return is_noted ? at : NULL;
}

void *pages_grow(void *block, size_t kept, size_t bytes) {
  size_t before = pages_size(block);
  bytes = whole(bytes);
  char *at = reserve(bytes, PROT_NONE);
  if (at == NULL)
    return NULL;
  if (mremap(block, before, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, at) == MAP_FAILED) {
    munmap(at, bytes);
    return NULL;
  }
  memset(at + kept, 0, (before < bytes ? before : bytes) - kept);
  pthread_mutex_lock(&all.lock);
  all.block[place(block)] = (struct Pages){ at, bytes };
  pthread_mutex_unlock(&all.lock);
  return at;
}

size_t pages_size(const void *block) {
  if (!HAS_PAGES || (uintptr_t)block % PAGES_ALIGN != 0)
    return 0;
  pthread_mutex_lock(&all.lock);
  size_t k = place(block), bytes = k < all.n ? all.block[k].bytes : 0;
  pthread_mutex_unlock(&all.lock);
  return bytes;
}

void pages_free(void *block) {
  pthread_mutex_lock(&all.lock);
  size_t k = place(block), bytes = all.block[k].bytes;
  all.block[k] = all.block[--all.n];
  pthread_mutex_unlock(&all.lock);
  munmap(block, bytes);
}

#else

void *pages_new(size_t bytes) { return (void)bytes, NULL; }
void *pages_grow(void *block, size_t kept, size_t bytes) { return (void)block, (void)kept, (void)bytes, NULL; }
size_t pages_size(const void *block) { return (void)block, 0; }
void pages_free(void *block) { (void)block; }

#endif
