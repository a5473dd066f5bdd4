/* Aligned memory for kernels: 64-byte aligned, zeroed, with one spare cache line behind the end, so that a vector loop may
** read past the last element. Freed with memory_free. `memory_fail_after` lets tests make the n-th allocation fail. */
#ifndef LUNAPSE_BASE_MEMORY_H
#define LUNAPSE_BASE_MEMORY_H
#include <stddef.h>

/* `bytes` zeroed bytes, or NULL when there is no memory. Zero bytes give a valid pointer. */
void *memory_new(size_t bytes);

/* Grow to `bytes`, keeping the first `kept` bytes; the rest is zero. NULL (and the old block stays valid) when there is none. */
void *memory_grow(void *block, size_t kept, size_t bytes);

void memory_free(void *block);

/* Tests: the `n`-th allocation from now fails once (n = 1 is the next); 0 switches this off. */
void memory_fail_after(long n);

#endif
