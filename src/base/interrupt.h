/* Ctrl-C, seen from below: the host's signal handler raises one flag, long loops read it at their step boundaries.
** Whoever stops because of it lowers it again with interrupt_take, so that one Ctrl-C ends one thing.
** Written by a signal handler, readable from any thread. */
#ifndef LUNAPSE_BASE_INTERRUPT_H
#define LUNAPSE_BASE_INTERRUPT_H
#include <signal.h>
#include <stdbool.h>

extern volatile sig_atomic_t interrupt_flag; /* not 0: the user wants the running work to end */

/* True when a Ctrl-C is waiting; lowers the flag. For the one who then ends its work and says "interrupted". */
bool interrupt_take(void);

#endif
