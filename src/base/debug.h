/* The debug build (`make debug`): invariants are checked while the program runs, buffers grow by one element, blocks are tiny, nothing is remembered
** that can be made again, so that every boundary is crossed and every stale pointer is found. In every other build nothing of this costs anything. */
#ifndef LUNAPSE_BASE_DEBUG_H
#define LUNAPSE_BASE_DEBUG_H

#ifdef LUNAPSE_DEBUG
enum { IS_DEBUG = 1 };
#else
enum { IS_DEBUG = 0 };
#endif

/* Says where an invariant does not hold, and aborts. */
_Noreturn void debug_fail(const char *file, int line, const char *condition);

/* `condition` holds here. It is compiled in every build and evaluated in the debug build alone, so it may cost what it likes but change nothing. */
#define ASSERT(condition) ((!IS_DEBUG || (condition)) ? (void)0 : debug_fail(__FILE__, __LINE__, #condition))

#endif
