/* Large blocks straight from the system (Linux): zero without being written, and grown by moving pages instead of copying them, so that a block that grows is
** never there twice. Aligned to huge pages. Thread-safe. Elsewhere, and where the debug build or a sanitizer watches blocks, there are none of them.
**
** From PAGES_LEAST bytes on; smaller blocks are better kept by malloc, which hands them out again without the system's clearing them. */
#ifndef LUNAPSE_BASE_MEMORY_PAGES_H
#define LUNAPSE_BASE_MEMORY_PAGES_H
#include <stdbool.h>
#include <stddef.h>

#include "base/debug.h"

enum { PAGES_ALIGN = 2 << 20, PAGES_LEAST = 32 << 20 };

#if defined(__linux__) && !defined(LUNAPSE_DEBUG) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define HAS_PAGES true
#else
#define HAS_PAGES false
#endif

/* `bytes` zeroed bytes, or NULL. */
void *pages_new(size_t bytes);

/* The block with `bytes` bytes, of which the first `kept` are as they were and the others zero; NULL (and the block is as it was) when there is no memory. */
void *pages_grow(void *block, size_t kept, size_t bytes);

/* How large the block is; 0: it is not one of these. */
size_t pages_size(const void *block);

void pages_free(void *block);

#endif
