#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/machine.h"

bool error_set(Error *e, const char *format, ...) {
  if (e != NULL) {
    va_list args;
    va_start(args, format);
    vsnprintf(e->text, sizeof e->text, format, args);
    va_end(args);
  }
  return false;
}

bool error_memory(Error *e, const char *what, double bytes) {
  char needed[MACHINE_NEED];
  machine_need(bytes, needed);
  return error_set(e, "out of memory: %s needs %s", what, needed);
}
