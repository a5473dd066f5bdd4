/* Ranks: processes that run one script together, on one machine or many, as `mpirun` and `srun` start them.
**
** Every rank runs the whole script. What reaches the world outside happens on rank 0 alone; what comes from there is rank 0's on all. So that they stay together
** they *meet*: each of the functions below that says so is called by all ranks in the same order with the same `what`, and returns when all have called it. Where
** they do not, or a rank ends while others wait for it, the program says so and ends on all of them.
**
** A program that nobody started so is one rank, and everything here costs it nothing. MPI is in a shared library beside the program (src/ranks/mpi.c), which is
** opened only by who was started by mpirun or srun: one program serves laptops without MPI and clusters. Main thread only. */
#ifndef LUNAPSE_BASE_RANKS_H
#define LUNAPSE_BASE_RANKS_H
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum { RANKS_MOST = 1 << 16 };

/* At the program's begin: are there others? `program` is its own file. What is printed by ranks other than 0 goes nowhere from then on. */
bool ranks_start(const char *program, Error *e);

int ranks_n(void);      /* 1: alone */
int ranks_me(void);     /* 0 .. n-1 */
int ranks_n_here(void); /* those on this machine */

/* What follows is each rank's own matter until it is said otherwise: nothing is done together. Gives what was before. */
bool ranks_apart(bool is_apart);

/* How many do the same now: 1 where they are apart. */
int ranks_together(void);

/* Not rank 0: what it writes, somebody else writes. */
static inline bool ranks_is_silent(void) { return ranks_me() > 0; }

/* A child that was forked is no rank: it works alone, and what it prints is printed. */
void ranks_leave(void);

/* Meet. */
void ranks_meet(const char *what);

/* Meet; everybody has rank 0's n bytes then. */
void ranks_share(const char *what, void *bytes, int64_t n);

/* The same for whether something went well on rank 0, and why not. */
bool ranks_share_result(const char *what, bool is_good, Error *e);

/* Meet; the bytes of all ranks, one rank behind the other; those of rank r begin at at[r], at[n] is their number. Both are the caller's to memory_free.
** False when memory is short. */
bool ranks_gather(const char *what, const void *mine, int64_t n, void **all, int64_t **at, Error *e);

/* Ranks have come apart, which any of them may find: say it, once, and end all. Rank 0 does, and another one where rank 0 does not. */
_Noreturn void ranks_give_up(const char *text);

/* This rank cannot go on, amid what all do together: the program's end, with this message (ranks_end). */
_Noreturn void ranks_fail(const char *text);

/* The message that the program ends with: it is told by ranks_end, once, with the rank where not all have it. */
void ranks_note_failure(const char *text);

/* Something has failed, maybe here alone, and what is done now is what a failure asks for (files are closed, say): where the others come to other meetings, this rank's message says
** why. NULL: that is over. */
void ranks_say_failing(const char *text);

/* This process was asked to end (from a handler of signals): it no longer waits for long for another one, which may be why. */
void ranks_hurry(void);

/* At the program's end, whatever ended it: wait for the others, or end them where this one has failed and they go on. Gives the status. */
int ranks_end(int status);

#endif
