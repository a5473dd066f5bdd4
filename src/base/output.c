#define _GNU_SOURCE
#include "base/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool is_error_closed;

void output_open(void) {
  for (int fd = 0; fd <= 2; fd++)
    if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) { /* the lowest free number is this one */
      if (open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) == fd && fd == 2)
        is_error_closed = true;
    }
}

/* Nothing of `stream` is lost. When it is, the reason may be long forgotten; an empty write brings back that of a device. */
static bool has_arrived(FILE *stream, const char *name, Error *e) {
  bool was_lost = ferror(stream) != 0;
  errno = 0;
  if (fflush(stream) == 0 && !was_lost)
    return true;
  if (errno == 0 && write(fileno(stream), "", 0) >= 0)
    errno = 0; /* it says nothing */
  return error_set(e, "cannot write to the standard %s: %s", name, errno != 0 ? strerror(errno) : "some of what was printed is lost");
}

bool output_arrived(Error *e) { return has_arrived(stdout, "output", e) && (is_error_closed || has_arrived(stderr, "error", e)); }
