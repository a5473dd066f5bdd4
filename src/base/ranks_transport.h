/* How ranks reach each other (base/ranks.h): what src/ranks/mpi.c, a shared library of its own, gives. Main thread only. */
#ifndef LUNAPSE_BASE_RANKS_TRANSPORT_H
#define LUNAPSE_BASE_RANKS_TRANSPORT_H
#include <stdbool.h>
#include <stdint.h>

typedef struct RanksTransport {
  /* Which rank this is, of how many, and how many of them are on this machine. */
  bool (*start)(int *me, int *n, int *n_here);

  /* Begin to bring n[r] bytes of each rank r to all + at[r] of everybody; all of it at most 2^30 bytes. Then ask until it is done. One at a time. */
  void (*gather)(const void *mine, void *all, const int64_t *n, const int64_t *at);
  bool (*is_done)(void);

  /* Tell all others that this rank comes to its end; what they have told then: -1 where a rank has said nothing yet. */
  void (*tell_end)(int64_t what);
  int64_t (*heard_end)(int rank);

  void (*stop)(void);        /* all have come to their ends */
  void (*abort)(int status); /* some have not: all are ended */
} RanksTransport;

/* The library has one function: const RanksTransport *lunapse_transport(void). */
typedef const RanksTransport *(*RanksTransportGiver)(void);
#define RANKS_TRANSPORT_FUNCTION "lunapse_transport"

#endif
