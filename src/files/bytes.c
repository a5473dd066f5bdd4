#include "files/bytes.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/ranks.h"

bool bytes_refuse(const char *path, Error *e, const char *why, ...) {
  char text[400];
  va_list arguments;
  va_start(arguments, why);
  vsnprintf(text, sizeof text, why, arguments);
  va_end(arguments);
  return error_set(e, "cannot read '%s': %s", path, text);
}

FILE *bytes_open(const char *path, int64_t *size, Error *e) {
  struct stat info;
  ranks_meet("reading a file"); /* what rank 0 has written is there */
  FILE *f = fopen(path, "rbe");
  if (f == NULL || fstat(fileno(f), &info) != 0) {
    bytes_refuse(path, e, "%s", errno == ENOENT ? "no such file" : strerror(errno));
    if (f != NULL)
      fclose(f);
    return NULL;
  }
  if (S_ISDIR(info.st_mode)) {
    bytes_refuse(path, e, "it is a folder");
    fclose(f);
    return NULL;
  }
  *size = S_ISREG(info.st_mode) ? (int64_t)info.st_size : -1;
  return f;
}

/* Pipes do not say how much comes. */
static char *read_growing(FILE *f, const char *path, int64_t *n, Error *e) {
  char *bytes = NULL;
  int64_t capacity = 0;
  for (;;) {
    if (!memory_reserve(&bytes, *n, *n + (1 << 16) + 1, &capacity, 1)) {
      memory_free(bytes);
      return error_memory(e, path, (double)*n), NULL;
    }
    size_t got = fread(bytes + *n, 1, 1 << 16, f);
    *n += (int64_t)got;
    if (got == 0)
      break;
  }
  bytes[*n] = '\0';
  return bytes;
}

char *bytes_read_all(const char *path, int64_t *n, Error *e) {
  int64_t size = 0;
  FILE *f = bytes_open(path, &size, e);
  if (f == NULL)
    return NULL;
  *n = 0;
  char *bytes = NULL;
  if (size < 0)
    bytes = read_growing(f, path, n, e);
  else if ((bytes = memory_new((size_t)size + 1)) == NULL)
    error_memory(e, path, (double)size);
  else
    *n = (int64_t)fread(bytes, 1, (size_t)size, f);
  if (bytes != NULL && ferror(f)) {
    bytes_refuse(path, e, "%s", strerror(errno));
    memory_free(bytes);
    bytes = NULL;
  }
  fclose(f);
  return bytes;
}

bool bytes_read_file(Bytes *b, void *to, int64_t n) {
  bool is_there = n <= b->n_left && fread(to, 1, (size_t)n, b->data) == (size_t)n;
  b->n_left -= n;
  return is_there;
}
