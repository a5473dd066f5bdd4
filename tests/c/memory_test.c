/* Blocks of memory: zero, aligned, kept while they grow and shrink, across the size from which they are pages of the system. */
#include "base/memory.h"

#include <stdint.h>

#include "base/memory_pages.h"
#include "check.h"

enum { MB = 1 << 20, STEP = 4093 }; /* bytes between those that are looked at; prime, so that every place in a page comes up */

static bool is_zero(const char *block, size_t first, size_t last) {
  for (size_t k = first; k < last; k += STEP)
    if (block[k] != 0)
      return false;
  return last <= first || block[last - 1] == 0;
}

static void put(char *block, size_t first, size_t last) {
  for (size_t k = first - first % STEP; k < last; k += STEP)
    if (k >= first)
      block[k] = (char)(1 + k % 101);
}

static bool is_there(const char *block, size_t last) {
  for (size_t k = 0; k < last; k += STEP)
    if (block[k] != (char)(1 + k % 101))
      return false;
  return true;
}

static void check_new(size_t bytes) {
  char *block = memory_new(bytes);
  CHECK(block != NULL && (uintptr_t)block % 64 == 0, "%zu bytes", bytes);
  CHECK(is_zero(block, 0, bytes), "%zu bytes", bytes);
  CHECK((pages_size(block) > 0) == (HAS_PAGES && bytes >= PAGES_LEAST), "%zu bytes", bytes);
  put(block, 0, bytes);
  memory_free(block);
}

/* One block through many sizes. Where it shrinks, less is kept than there was. */
static void check_growth(const size_t *sizes, int n) {
  char *block = NULL;
  size_t now = 0;
  for (int i = 0; i < n; i++) {
    size_t kept = now < sizes[i] ? now : sizes[i];
    block = memory_grow(block, kept, sizes[i]);
    CHECK(block != NULL && (uintptr_t)block % 64 == 0, "%zu bytes", sizes[i]);
    CHECK(is_there(block, kept), "%zu of %zu bytes kept", kept, sizes[i]);
    CHECK(is_zero(block, kept, sizes[i]), "behind %zu of %zu bytes", kept, sizes[i]);
    put(block, 0, sizes[i]);
    now = sizes[i];
  }
  size_t half = now / 2; /* what is not kept is gone, in a block of the same size too */
  block = memory_grow(block, half, now);
  CHECK(is_there(block, half) && is_zero(block, half + STEP, now), "half of %zu bytes", now);
  memory_free(block);
}

int main(void) {
  check_new(0);
  check_new(1);
  check_new(5 * MB);
  check_new(PAGES_LEAST - 1);
  check_new(PAGES_LEAST);
  check_new(PAGES_LEAST + 3);
  check_growth((size_t[]){ 10, 4096, 3 * MB, 40 * MB, 41 * MB, 100 * MB }, 6);
  check_growth((size_t[]){ 70 * MB, 33 * MB, 33 * MB + 1, 5 * MB, 64 * MB }, 5);
  enum { N = HAS_PAGES ? 100 : 3 };
  char *blocks[N]; /* more at once than the list begins with room for, freed in another order */
  for (int i = 0; i < N; i++) {
    blocks[i] = memory_new(PAGES_LEAST);
    CHECK(blocks[i] != NULL, "block %d", i);
    blocks[i][i] = 1;
  }
  for (int i = 0; i < N; i++) {
    char *block = blocks[i * 37 % N];
    CHECK(block[i * 37 % N] == 1, "block %d", i * 37 % N);
    memory_free(block);
  }
  memory_fail_after(1);
  char *block = memory_new(PAGES_LEAST);
  CHECK(block == NULL && memory_has_failed(), "it was to fail");
  block = memory_new(PAGES_LEAST);
  put(block, 0, PAGES_LEAST);
  memory_fail_after(1);
  CHECK(memory_grow(block, PAGES_LEAST, 2 * (size_t)PAGES_LEAST) == NULL, "it was to fail");
  CHECK(is_there(block, PAGES_LEAST), "a block that could not grow is as it was");
  memory_fail_after(0);
  memory_free(block);
  return check_done();
}
