/* Threads and the floating-point mode, in one place. With one thread nothing here starts a parallel region. */
#ifndef LUNAPSE_BASE_PARALLEL_H
#define LUNAPSE_BASE_PARALLEL_H
#include <stdint.h>

enum { PARALLEL_MAX = 256 }; /* most threads of a network */

/* How many of `n_threads` a job worth `n_shares` shares should use. */
int parallel_count(int n_threads, int64_t n_shares);

int parallel_id(void);         /* number of this thread in its team, from 0 */
int parallel_processors(void); /* processors this process may use */

/* Denormal numbers become zero on this thread: silent networks decay into them and run many times slower otherwise. */
void parallel_flush_denormals(void);

/* The mode before, for parallel_restore_mode: Lua code keeps the IEEE rules. */
unsigned parallel_mode(void);
void parallel_restore_mode(unsigned mode);

#endif
