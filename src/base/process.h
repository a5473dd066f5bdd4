/* Child processes that compute something and hand bytes back through a pipe.
**
** A child is a fork: it sees everything that the parent had, at no cost, and what it changes is its own. Nothing else hands a Lua function with
** its upvalues over; a program started anew could only run the whole script again. The price is that threads do not survive a fork
** (base/parallel.c starts its own in the child), and that whoever keeps files or other processes must let go of them in the child. Children die with their parent. A Process owns its pipe and, in the parent, the bytes that came and the duty to reap. Main thread only. */
#ifndef LUNAPSE_BASE_PROCESS_H
#define LUNAPSE_BASE_PROCESS_H
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

typedef struct Process {
  pid_t pid;   /* 0: not started, or reaped */
  pid_t owner; /* who started it: nobody else may end it (a child inherits the handles of its siblings) */
  int pipe;    /* parent: read end; child: write end; -1: closed */
  int status;  /* of waitpid, when it has ended */
  bool is_ended;
  char *bytes; /* owned by the parent: what came so far */
  int64_t n_bytes, room;
} Process;

typedef enum { PROCESS_FAILED, PROCESS_PARENT, PROCESS_CHILD } ProcessSide;

/* Start a child. Both sides go on from here; the child must end with process_leave. In the child signals have their default actions, and standard
** input is empty. Output that was not written yet is written before, so that nothing appears twice. */
ProcessSide process_start(Process *p, Error *e);

/* Child: send bytes to the parent. False when the parent is gone. */
bool process_send(Process *p, const void *bytes, size_t n);

/* Child: say that nothing more comes. The parent then waits for the end of the process. */
void process_close(Process *p);

/* Child: flush what was printed and end, without the parent's exit handlers. */
_Noreturn void process_leave(int status);

/* Parent: wait until one of `list` (entries may be NULL or reaped) has ended, at most `timeout` ms (-1: without limit), gathering what they send.
** Returns its index; -1 on a timeout, a signal, or when there is none to wait for. Sets is_ended, status; the process is reaped. */
int process_wait(Process *const *list, int n, int timeout);

/* Parent: end it if it still runs (asked first, killed after a second), reap it, free its bytes. Elsewhere: free the bytes alone. */
void process_stop(Process *p);

#endif
