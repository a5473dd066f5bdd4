#include "base/debug.h"

#include <stdio.h>
#include <stdlib.h>
#ifdef __GLIBC__
#include <execinfo.h>
#endif

void debug_fail(const char *file, int line, const char *condition) {
  fflush(NULL);
  fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
#ifdef __GLIBC__ /* who called */
  void *frames[64];
  backtrace_symbols_fd(frames, backtrace(frames, 64), 2);
#endif
  abort();
}
