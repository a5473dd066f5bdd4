/* Building one library: the C compiler at work in the background, watched by a process of its own.
**
** That process is this program started anew (the host's main calls build_main first of all). It makes a temporary folder, runs the compiler in a process group of its
** own, without a shell, keeps the library in the cache, and hands its bytes back in a memory file. It ends with its parent, whatever ended that: it then kills the
** compiler with all that belongs to it and removes the folder. It ends the same way when the compiler takes too long. So nothing is ever left behind, and no
** signal handler has to know of builds. Main thread only. */
#ifndef LUNAPSE_KERNEL_BUILD_H
#define LUNAPSE_KERNEL_BUILD_H
#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "kernel/cache.h"

typedef struct {
  pid_t process; /* of the watcher; 0: none, then nothing below is open */
  int life;      /* the end of a pipe: when it is closed, here or by our death, the watcher ends */
  int log, code; /* memory files: what was said, and the library */
} Build;

typedef enum { BUILD_RUNS, BUILD_DONE, BUILD_FAILED, BUILD_HUNG /* ended for taking too long */ } BuildState;

/* Start the compiler on a text. `folder`: where the library is kept, NULL: nowhere. */
bool build_start(Build *b, const CacheKey *key, const char *text, bool is_fast, const char *folder, Error *e);

/* How far it is, without waiting. When it has ended, `library` is its memory file (the caller closes it) if it is done, and `log` what was
** said (the caller frees it; NULL where there is no memory for it); `b` is then empty. */
BuildState build_poll(Build *b, int *library, char **log);

/* End it now, and wait until it has. */
void build_stop(Build *b);

/* After a fork, in the child: the build is the parent's. */
void build_forget(Build *b);

/* For main, before anything else: is this process a watcher? Then do its work; `status` is what the process must end with. */
bool build_main(int argc, char **argv, int *status);

#endif
