#include "base/debug.h"

#include <stdio.h>
#include <stdlib.h>

void debug_fail(const char *file, int line, const char *condition) {
  fflush(NULL);
  fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
  abort();
}
