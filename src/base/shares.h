/* Shares: arrays of which each rank (base/ranks.h) computes some of the elements.
**
** What others have computed is *stale* here until somebody asks: whoever reads or writes such an array, and does not know that he touches this rank's elements
** alone, settles it first. To settle is to meet: all ranks do the same, so they ask at the same place. Which elements are whose is written down as runs, so
** that it holds whatever becomes of the objects that the array belongs to.
**
** Nothing here depends on when memory is freed, which differs among ranks. Memory that is short ends all of them. Main thread only. */
#ifndef LUNAPSE_BASE_SHARES_H
#define LUNAPSE_BASE_SHARES_H
#include "base/array.h"
#include "base/away.h"

/* Elements one behind the other, `n` of rank `rank`, and so on. Counted by references. */
typedef struct ShareRuns ShareRuns;

ShareRuns *share_runs_new(void); /* NULL when out of memory */
bool share_runs_add(ShareRuns *r, int rank, int64_t n);
ShareRuns *share_runs_retain(ShareRuns *r);
void share_runs_release(ShareRuns *r);

typedef struct Share Share;
struct Share {
  int64_t id; /* the same on all ranks */
  bool is_stale;
  Buffer *buffer; /* whose it is */
  size_t size;    /* bytes of an element */
  ShareRuns *runs;
  Share *before, *behind; /* in the list of all */
  void (*make)(
      void *context); /* NULL; else what all do where somebody asks, in place of telling each other elements: they build something */
  void *context;
  struct { /* for who decides what is shared (engine/shared.c) */
    const void *owner, *rows;
    int64_t round;
  } plan;
};

/* The share of a whole array, made where it has none; nobody's until it gets runs. NULL when out of memory. */
Share *share_of(const Array *a);
void share_free(Share *s);

/* Whose its elements are from now on; it is not stale. */
void share_set(Share *s, ShareRuns *runs);

/* This rank's elements, one behind the other in `own`, go to their places; those of the others are stale. */
void share_spread(Share *s, const void *own);

/* Have all elements. */
void share_settle(Share *s);

static inline void array_settle(const Array *a) {
  if (a->buffer != NULL && a->buffer->share != NULL && a->buffer->share->is_stale)
    share_settle(a->buffer->share);
  if (a->buffer != NULL && a->buffer->away != NULL)
    away_bring_back(&a->buffer->away);
}

/* The same for every array that there is: before this process, or one that it forks, works apart from the others. */
void shares_settle_all(void);

#endif
