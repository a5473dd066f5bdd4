#include "base/error.h"

#include <stdarg.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/machine.h"

/* The C library writes "nan" or "-nan" for a number that is none, which has no sign. */
static void write_nan(char *text) {
  char *to = text;
  bool is_word = false;
  for (const char *from = text; *from != '\0'; from++) {
    const bool has_sign = !is_word && from[0] == '-' && strncmp(from + 1, "nan", 3) == 0, is_nan = !is_word && strncmp(from, "nan", 3) == 0;
    const char *end = from + (has_sign ? 4 : 3);
    if ((has_sign || is_nan) && !isalnum((unsigned char)*end) && *end != '_' && *end != '\'') {
      memcpy(to, "NaN", 3);
      to += 3;
      from = end - 1;
      is_word = true;
    } else {
      is_word = isalnum((unsigned char)*from) || *from == '_' || *from == '\'';
      *to++ = *from;
    }
  }
  *to = '\0';
}

bool error_set(Error *e, const char *format, ...) {
  if (e != NULL) {
    va_list args;
    va_start(args, format);
    vsnprintf(e->text, sizeof e->text, format, args);
    va_end(args);
    write_nan(e->text);
  }
  return false;
}

bool error_memory(Error *e, const char *what, double bytes) {
  char needed[MACHINE_NEED];
  machine_need(bytes, needed);
  return error_set(e, "out of memory: %s needs %s", what, needed);
}
