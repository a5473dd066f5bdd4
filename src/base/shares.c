#include "base/shares.h"

#include <string.h>

#include "base/memory.h"
#include "base/ranks.h"

/* ---- runs ---------------------------------------------------------------------------------------------------------- */

typedef struct Run {
  int32_t rank, n;
} Run;

struct ShareRuns {
  int references;
  Run *items;
  int64_t n, capacity;
};

ShareRuns *share_runs_new(void) {
  ShareRuns *r = memory_new(sizeof *r);
  if (r != NULL)
    r->references = 1;
  return r;
}

static bool add_run(ShareRuns *r, int rank, int32_t n) {
  if (!memory_reserve(&r->items, r->n, r->n + 1, &r->capacity, sizeof *r->items))
    return false;
  r->items[r->n++] = (Run){ rank, n };
  return true;
}

bool share_runs_add(ShareRuns *r, int rank, int64_t n) {
  enum { LONGEST = 1 << 30 };
  while (n > 0) {
    Run *last = r->n > 0 && r->items[r->n - 1].rank == rank && r->items[r->n - 1].n < LONGEST ? &r->items[r->n - 1] : NULL;
    const int64_t room = last != NULL ? LONGEST - last->n : LONGEST, here = n < room ? n : room;
    if (last != NULL)
      last->n += (int32_t)here;
    else if (!add_run(r, rank, (int32_t)here))
      return false;
    n -= here;
  }
  return true;
}

ShareRuns *share_runs_retain(ShareRuns *r) {
  r->references++;
  return r;
}

void share_runs_release(ShareRuns *r) {
  if (r == NULL || --r->references > 0)
    return;
  memory_free(r->items);
  memory_free(r);
}

/* ---- shares -------------------------------------------------------------------------------------------------------- */

static Share *first, *last; /* as they were made */

Share *share_of(const Array *a) {
  static int64_t n_made;
  Buffer *b = a->buffer;
  if (b->share != NULL)
    return b->share;
  Share *s = memory_new(sizeof *s);
  if (s == NULL)
    return NULL;
  *s = (Share){ .id = ++n_made, .buffer = b, .size = array_type_size(a->type), .before = last };
  *(last != NULL ? &last->behind : &first) = s;
  return b->share = last = s;
}

void share_free(Share *s) {
  if (s == NULL)
    return;
  *(s->before != NULL ? &s->before->behind : &first) = s->behind;
  *(s->behind != NULL ? &s->behind->before : &last) = s->before;
  share_runs_release(s->runs);
  memory_free(s);
}

void share_set(Share *s, ShareRuns *runs) {
  share_runs_retain(runs);
  share_runs_release(s->runs);
  s->runs = runs;
  s->is_stale = false;
}

/* ---- settling ------------------------------------------------------------------------------------------------------ */

static const char WHAT[] = "numbers of a network";

static void *room_for(int64_t bytes) {
  void *room = memory_new((size_t)bytes + 1);
  Error e;
  if (room == NULL) {
    error_memory(&e, WHAT, (double)bytes);
    ranks_fail(e.text);
  }
  return room;
}

/* Meet; gives up where memory is short. */
static void gather(const void *mine, int64_t n, void **all, int64_t **at) {
  Error e;
  if (!ranks_gather(WHAT, mine, n, all, at, &e))
    ranks_fail(e.text);
}

static int64_t bytes_of(const Share *s, int rank) {
  int64_t n = 0;
  for (int64_t k = 0; s->runs != NULL && k < s->runs->n; k++)
    n += s->runs->items[k].rank == rank ? s->runs->items[k].n : 0;
  return n * (int64_t)s->size;
}

/* This rank's elements, one behind the other. */
static void pack(const Share *s, char *to) {
  const char *element = s->buffer->data;
  for (int64_t k = 0; s->runs != NULL && k < s->runs->n; k++) {
    const size_t length = (size_t)s->runs->items[k].n * s->size;
    if (s->runs->items[k].rank == ranks_me()) {
      memcpy(to, element, length);
      to += length;
    }
    element += length;
  }
}

/* Those of the others: what rank r has packed begins at at[r], which moves on. */
static void unpack(Share *s, const char *all, int64_t *at) {
  char *element = s->buffer->data;
  for (int64_t k = 0; k < s->runs->n; k++) {
    const int r = s->runs->items[k].rank;
    const size_t length = (size_t)s->runs->items[k].n * s->size;
    if (r != ranks_me())
      memcpy(element, all + at[r], length);
    at[r] += (int64_t)length;
    element += length;
  }
  s->is_stale = false;
}

void share_spread(Share *s, const void *own) {
  char *element = s->buffer->data;
  const char *from = own;
  for (int64_t k = 0; k < s->runs->n; k++) {
    const size_t length = (size_t)s->runs->items[k].n * s->size;
    if (s->runs->items[k].rank == ranks_me()) {
      memcpy(element, from, length);
      from += length;
    }
    element += length;
  }
  s->is_stale = true;
}

/* What all build by themselves. */
static void make(Share *s) {
  s->is_stale = false;
  s->make(s->context);
}

/* An array for which all have come. */
static void settle_together(Share *s) {
  if (s->make != NULL) {
    make(s);
    return;
  }
  const int64_t bytes = bytes_of(s, ranks_me());
  char *mine = room_for(bytes);
  void *all;
  int64_t *at;
  pack(s, mine);
  gather(mine, bytes, &all, &at);
  unpack(s, all, at);
  memory_free(mine);
  memory_free(all);
  memory_free(at);
}

static int64_t id_from(const void *all, const int64_t *at, int rank) {
  int64_t id;
  memcpy(&id, (const char *)all + at[rank], sizeof id);
  return id;
}

/* The array with the lowest number above `id` for which some rank has come; NULL behind the last. */
static Share *next_wanted(const void *all, const int64_t *at, int64_t id) {
  int64_t next = INT64_MAX;
  for (int r = 0; r < ranks_n(); r++) {
    const int64_t wanted = id_from(all, at, r);
    next = wanted > id && wanted < next ? wanted : next;
  }
  for (Share *s = first; s != NULL; s = s->behind)
    if (s->id == next)
      return s;
  if (next != INT64_MAX)
    ranks_give_up("a script must do the same on all ranks, but they ask for numbers of different networks");
  return NULL;
}

/* In a loop over `pairs` each rank may ask for another array first: then all get what any of them wants, and whoever comes for the rest finds it there. */
void share_settle(Share *s) {
  const int me = ranks_me();
  if (s->is_stale && ranks_together() == 1)
    ranks_fail("a process that works for itself asks for numbers that others have");
  while (s->is_stale) {
    const int64_t bytes = (int64_t)sizeof s->id + bytes_of(s, me);
    char *mine = room_for(bytes);
    void *all;
    int64_t *at;
    bool is_alike = true;
    memcpy(mine, &s->id, sizeof s->id);
    pack(s, mine + sizeof s->id);
    gather(mine, bytes, &all, &at);
    for (int r = 0; r < ranks_n(); r++)
      is_alike = is_alike && id_from(all, at, r) == s->id;
    for (int r = 0; is_alike && r < ranks_n(); r++)
      at[r] += (int64_t)sizeof s->id;
    if (is_alike && s->make != NULL)
      make(s);
    else if (is_alike)
      unpack(s, all, at);
    for (Share *wanted = is_alike ? NULL : next_wanted(all, at, 0); wanted != NULL; wanted = next_wanted(all, at, wanted->id))
      settle_together(wanted);
    memory_free(mine);
    memory_free(all);
    memory_free(at);
  }
}

static bool contains(const int64_t *ids, int64_t n, int64_t id) {
  int64_t begin = 0;
  while (n > 0) {
    const int64_t half = n / 2;
    if (ids[begin + half] < id) {
      begin += half + 1;
      n -= half + 1;
    } else {
      n = half;
    }
  }
  return ids[begin] == id;
}

/* What one rank has freed already nobody can ask for any more. */
static void settle_all(bool is_made) {
  int64_t n = 0;
  for (const Share *s = first; s != NULL; s = s->behind)
    n += s->is_stale && (s->make != NULL) == is_made;
  int64_t *ids = room_for((n + 1) * (int64_t)sizeof *ids), *at;
  void *all;
  n = 0;
  for (const Share *s = first; s != NULL; s = s->behind)
    if (s->is_stale && (s->make != NULL) == is_made)
      ids[n++] = s->id;
  ids[n++] = INT64_MAX; /* the end of each list */
  gather(ids, n * (int64_t)sizeof *ids, &all, &at);
  for (Share *s = first; s != NULL; s = s->behind) {
    bool is_everywhere = s->is_stale && (s->make != NULL) == is_made;
    for (int r = 0; is_everywhere && r < ranks_n(); r++)
      is_everywhere = contains((const int64_t *)((const char *)all + at[r]), (at[r + 1] - at[r]) / (int64_t)sizeof *ids, s->id);
    if (is_everywhere)
      settle_together(s);
  }
  memory_free(ids);
  memory_free(all);
  memory_free(at);
}

/* What is built may have elements that others tell. */
void shares_settle_all(void) {
  if (ranks_together() == 1)
    return;
  settle_all(true);
  settle_all(false);
}
