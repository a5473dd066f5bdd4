/* Aligned memory for kernels: 64-byte aligned, zeroed, with one spare cache line behind the end, so that a vector loop may
** read past the last element. Freed with memory_free.
**
** In the debug build freed memory is filled with garbage, blocks that live are counted, and parts of a step can say that nothing is allocated in them. */
#ifndef LUNAPSE_BASE_MEMORY_H
#define LUNAPSE_BASE_MEMORY_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/debug.h"

enum { MEMORY_GARBAGE = 0xA5 }; /* each byte of memory that nobody may read */

/* At the start of a program of our own: blocks of middle size come from one piece that grows, where huge pages hold several of them. */
void memory_begin(void);

/* `bytes` zeroed bytes, or NULL when there is no memory. Zero bytes give a valid pointer. */
void *memory_new(size_t bytes);

/* The same with any values but in the spare line, for who writes all of it. */
void *memory_raw(size_t bytes);

/* Grow to `bytes`, keeping the first `kept` bytes; the rest is zero. NULL (and the old block stays valid) when there is none. */
void *memory_grow(void *block, size_t kept, size_t bytes);

/* How large a growing buffer of `capacity` items should become when `wanted` do not fit: twice as large, so that a long row of small additions costs
** little. In the debug build a small one grows no more than it must, so that whoever keeps a pointer into the old buffer is caught. */
int64_t memory_larger(int64_t capacity, int64_t wanted);

/* Room for at least `wanted` items of `size` bytes in a growing buffer. `buffer` is the address of the pointer to it (NULL at first), `capacity` what it holds;
** the first `used` items are kept. False when there is no memory; the buffer is then as it was. */
bool memory_reserve(void *buffer, int64_t used, int64_t wanted, int64_t *capacity, size_t size);

void memory_free(void *block);

/* Nobody wants the contents of a part of a block until they have been written anew: they are anything, and the memory may go back to the system. */
void memory_let_go(void *at, size_t bytes);

/* Tests: the `n`-th allocation from now fails once (n = 1 is the next); 0 switches this off. `memory_has_failed`: has it come to that since?
** `memory_refuses`, where there is one, is asked at each: does it fail? */
void memory_fail_after(long n);
bool memory_has_failed(void);
extern bool (*memory_refuses)(void);

/* Debug build: how many blocks live. 0 elsewhere. */
int64_t memory_live(void);

/* Debug build: between the two an allocation is a fault. They nest; main thread only. */
extern int memory_forbidden;
static inline void memory_forbid(void) { memory_forbidden += IS_DEBUG; }
static inline void memory_allow(void) { memory_forbidden -= IS_DEBUG; }

#endif
