/* A temporary folder for one compiler at work: private, locked as long as its process lives, gone when it is closed. Folders that nobody locks any more are
** left over from a process that was killed; they are removed by whoever opens one beside them. One at a time, in the processes of build.c alone. */
#ifndef LUNAPSE_KERNEL_WORKPLACE_H
#define LUNAPSE_KERNEL_WORKPLACE_H
#include <stdbool.h>

#include "base/error.h"

/* Make it in the folder `first` (NULL: none is preferred), else in TMPDIR, /tmp, /var/tmp or /dev/shm: the first that is safe and has room.
** Returns its path; NULL with the reason of the last one. */
const char *workplace_open(const char *first, Error *e);

/* Remove it with all that it holds. */
void workplace_close(void);

#endif
