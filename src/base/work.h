/* How far a long piece of work is, for who shows it: the one that works says how many parts there are and counts them; any thread. */
#ifndef LUNAPSE_BASE_WORK_H
#define LUNAPSE_BASE_WORK_H
#include <stdint.h>

extern _Atomic int64_t work_total, work_done;

/* A new piece of work of so many parts. */
static inline void work_begin(int64_t parts) {
  work_done = 0;
  work_total = parts;
}

/* Part number `part` is begun. Counted by the dozen, so that counting costs nothing. */
static inline void work_count(int64_t part) {
  enum { DOZEN = 64 };
  if (part % DOZEN == 0)
    work_done += DOZEN;
}

#endif
