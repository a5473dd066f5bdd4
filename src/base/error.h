/* Errors below the binding: a function returns false (or NULL) and fills an Error; nothing raises, nothing prints.
** The binding turns a filled Error into one Lua error at the caller's line. An Error is plain memory, owned by the caller. */
#ifndef LUNAPSE_BASE_ERROR_H
#define LUNAPSE_BASE_ERROR_H
#include <stdbool.h>

typedef struct {
  char text[512]; /* "" when nothing went wrong */
} Error;

/* Fill `e` (may be NULL) printf-like and return false, so that callers write `return error_set(e, "...")`. */
bool error_set(Error *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for running out of memory: names what was wanted, how many bytes, and what the machine has. */
bool error_memory(Error *e, const char *what, double bytes);

#endif
