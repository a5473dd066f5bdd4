#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

bool error_set(Error *e, const char *format, ...) {
  if (e != NULL) {
    va_list args;
    va_start(args, format);
    vsnprintf(e->text, sizeof e->text, format, args);
    va_end(args);
  }
  return false;
}

bool error_memory(Error *e, const char *what, double bytes) { return error_set(e, "out of memory: %s needs %.3g MB", what, bytes / 1e6); }
