/* Packing what was sent, and running what arrives. */
#include <string.h>

#include "base/clones.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "engine/parcels_private.h"

enum { LINE = 64 }; /* bytes that memory hands over at once */

/* ---- packing -------------------------------------------------------------------------------------------------------- */

#define INLINE static inline __attribute__((always_inline))

/* Some at once, which may go over the end: behind both ends there is room for a block (base/memory.h, lay_out). Most copies are done with the first. */
INLINE void copy_some(char *restrict to, const char *restrict from, int64_t n, size_t size, int at_once) {
  int64_t at = 0;
  do
    memcpy(to + at * (int64_t)size, from + at * (int64_t)size, (size_t)at_once * size);
  while ((at += at_once) < n);
}

INLINE void copy(char *restrict to, const char *restrict from, int64_t n, size_t size, int at_once) {
  switch (size) {
  case 2: copy_some(to, from, n, 2, 2 * at_once); break;
  case 4: copy_some(to, from, n, 4, at_once); break;
  case 8: copy_some(to, from, n, 8, at_once / 2); break;
  default: memcpy(to, from, (size_t)n * size);
  }
}

INLINE void copy_shifted(int32_t *restrict to, const int32_t *restrict from, int64_t n, int32_t by, int at_once) {
  int64_t at = 0;
  do
#pragma omp simd
    for (int k = 0; k < at_once; k++)
      to[at + k] = from[at + k] + by;
  while ((at += at_once) < n);
}

INLINE void open_parcel(Part *part, Queue *queue) {
  Parcel *c = part->spare;
  ASSERT(c != NULL);
  part->spare = c->next;
  __builtin_prefetch(part->spare, 1);
  part->n_spare--;
  c->next = NULL;
  queue->n = 0;
  if (queue->first != NULL)
    queue->last->next = c;
  else
    queue->first = c;
  queue->last = c;
}

/* What is known while a row is packed. */
typedef struct Way {
  int at_once;      /* see Rows */
  bool is_narrow;   /* a bundle's rows */
  size_t only_size; /* of the one value; 0: of however many there are, each its own */
  bool is_paired;   /* a bundle's rows of pairs: there are no values beside */
} Way;

INLINE void pack_some(const Parcels *q, const Rows *m, Parcel *c, int64_t at, int64_t begin, int64_t n, Way way) {
  if (way.is_paired)
    copy((char *)parcel_minors(c) + 4 * at, (const char *)m->at.minors + 4 * begin, n, 4, way.at_once);
  else if (way.is_narrow)
    copy((char *)parcel_minors(c) + 2 * at, (const char *)m->at.minors + 2 * begin, n, 2, way.at_once);
  else
    copy_shifted((int32_t *)parcel_minors(c) + at, (const int32_t *)m->at.minors + begin, n, m->offset, way.at_once);
  const int n_values = way.is_paired ? 0 : way.only_size > 0 ? 1 : q->n_values;
  for (int v = 0; v < n_values; v++) {
    const size_t size = way.only_size > 0 ? way.only_size : q->values[v].size;
    copy(parcel_values(c, &q->values[v]) + (size_t)at * size, (const char *)m->values[q->values[v].slot] + (size_t)begin * size, n, size,
         way.at_once);
  }
}

/* Fill the last parcel, and go on in new ones. */
CLONES static __attribute__((noinline)) void pack_over(const Parcels *q, const Rows *m, Part *part, Queue *queue, int64_t begin,
                                                       int64_t n) {
  const Way way = { .at_once = MOST_AT_ONCE, .is_narrow = q->is_bundled, .is_paired = q->is_paired };
  while (queue->n + n > ENTRIES) {
    const int64_t here = ENTRIES - queue->n;
    pack_some(q, m, queue->last, queue->n, begin, here, way);
    begin += here;
    n -= here;
    open_parcel(part, queue);
  }
  pack_some(q, m, queue->last, queue->n, begin, n, way);
  queue->n += n;
}

/* Most of what arrives together is a few synapses, often none: so there is nothing to decide as long as they fit. */
INLINE void pack(const Parcels *q, const Rows *m, Part *part, Queue *queue, int64_t begin, int64_t n, Way way) {
  if (__builtin_expect(queue->n + n > ENTRIES, 0)) {
    pack_over(q, m, part, queue, begin, n);
    return;
  }
  pack_some(q, m, queue->last, queue->n, begin, n, way);
  queue->n += n;
}

/* How many of n sorted minors lie below one. */
INLINE int64_t n_below(const int32_t *minors, int64_t n, int64_t minor) {
  enum { SIDE_BY_SIDE = MOST_AT_ONCE };
  int64_t begin = 0;
  while (n > SIDE_BY_SIDE) {
    const int64_t half = n / 2;
    begin += minors[begin + half] < minor ? half : 0;
    n -= half;
  }
  int32_t found = 0; /* behind the last one there is room for a block */
#pragma omp simd reduction(+ : found)
  for (int32_t k = 0; k < SIDE_BY_SIDE; k++)
    found += (k < (int32_t)n) & (minors[begin + k] < (int32_t)minor);
  return begin + found;
}

INLINE void ask_for(const void *from, size_t bytes) {
  for (size_t at = 0; at < bytes; at += LINE)
    __builtin_prefetch((const char *)from + at);
}

/* What is packed for a part, one after the other: of each spike every row. */
typedef struct Turn {
  const Parcels *q;
  Part *part;
  const Spikes *spikes;
  int64_t i;
  int k;
} Turn;

INLINE bool turn_is_over(const Turn *u) { return u->i >= u->spikes->n; }

INLINE void turn_next(Turn *u) {
  if (++u->k == u->part->n_rows) {
    u->k = 0;
    u->i++;
  }
}

INLINE const Rows *turn_rows(const Turn *u) { return &u->q->rows[u->part->rows[u->k]]; }

/* Those of the part, where rows are a member's. */
INLINE const Posts *turn_posts(const Turn *u) { return &u->q->posts[(u->part - u->q->parts) * u->q->n_members + u->part->rows[u->k]]; }

INLINE int64_t turn_row(const Turn *u) { return u->spikes->neuron[u->i]; }

INLINE int64_t n_cuts(const PackedRows *r) { return (int64_t)r->n_delays * r->n_blocks; }

INLINE const int32_t *cuts_of(const PackedRows *r, int64_t row) { return r->cut + row * (n_cuts(r) + 1); }

/* Rows lie far from each other. Where they begin is asked for some turns ahead, what is in them later. */
INLINE void ask_for_cuts(const Turn *u) {
  const PackedRows *r = &turn_rows(u)->at;
  if (turn_rows(u)->each != NULL)
    return;
  __builtin_prefetch(&r->first[turn_row(u)]);
  ask_for(cuts_of(r, turn_row(u)), (size_t)(n_cuts(r) + 1) * sizeof *r->cut);
}

INLINE void ask_for_values(const void *values, size_t size, int64_t begin, int64_t n) {
  enum { MOST = 4096 }; /* bytes: longer ones are read as they come */
  const size_t bytes = (size_t)n * size;
  ask_for((const char *)values + (size_t)begin * size, bytes < MOST ? bytes : MOST);
}

enum { LONG = 1024 }; /* a bundle's row of so many synapses is asked for while the one before is packed: all at once would be too much */

INLINE void ask_for_row(const Turn *u) {
  const Parcels *q = u->q;
  const Rows *m = turn_rows(u);
  if (m->each != NULL)
    return;
  const int64_t begin = m->at.first[turn_row(u)], n = cuts_of(&m->at, turn_row(u))[n_cuts(&m->at)];
  if (q->is_bundled && n >= LONG)
    return;
  ask_for_values(m->at.minors, q->is_bundled && !q->is_paired ? sizeof(uint16_t) : sizeof(int32_t), begin, n);
  for (int v = 0; v < q->n_values && !q->is_paired; v++)
    ask_for_values(m->values[q->values[v].slot], q->values[v].size, begin, n);
}

/* Of `n` synapses of a member from `begin` on, which arrive together, those of the part: how many, and where they begin. */
INLINE int64_t cut_piece(const Rows *m, const Posts *posts, int64_t *begin, int64_t n) {
  const int32_t *minors = m->at.minors;
  if (posts->last < m->n_posts)
    n = n_below(minors + *begin, n, posts->last);
  if (posts->first > 0) {
    const int64_t before = n_below(minors + *begin, n, posts->first);
    *begin += before;
    n -= before;
  }
  return n;
}

/* A long row of a bundle that will be packed next; n 0: there is none. */
typedef struct NextRow {
  int64_t begin, n;
} NextRow;

INLINE NextRow next_row(const Turn *u) {
  Turn after = *u;
  turn_next(&after);
  if (!u->q->is_bundled || turn_is_over(&after))
    return (NextRow){ 0 };
  const PackedRows *r = &turn_rows(&after)->at;
  const int64_t n = cuts_of(r, turn_row(&after))[n_cuts(r)];
  return (NextRow){ r->first[turn_row(&after)], n < LONG ? 0 : n };
}

/* Of the next row what stands in it where first .. last-1 stand in this one. Both are of one bundle. */
INLINE void ask_beside(const Turn *u, NextRow next, int64_t first, int64_t last, Way way) {
  const Rows *m = turn_rows(u);
  last = last < next.n ? last : next.n;
  const int64_t size = way.is_paired ? sizeof(uint32_t) : sizeof(uint16_t);
  const char *minors = (const char *)m->at.minors + size * next.begin;
  for (int64_t k = first; k < last; k += LINE / size)
    __builtin_prefetch(minors + size * k);
  if (way.only_size > 0) {
    const char *values = (const char *)m->values[u->q->values[0].slot] + (size_t)next.begin * way.only_size;
    for (int64_t k = first; k < last; k += LINE / (int64_t)way.only_size)
      __builtin_prefetch(values + (size_t)k * way.only_size);
  }
}

/* What arrives of a row at `from` or later. */
INLINE void pack_cuts(const Turn *u, NextRow next, int64_t sent, int64_t from, Way way) {
  const Parcels *q = u->q;
  const Rows *m = turn_rows(u);
  const PackedRows *r = &m->at;
  const Posts posts = way.is_narrow ? (Posts){ 0 } : *turn_posts(u);
  const int64_t row = r->first[turn_row(u)], now = sent % q->n_queues;
  const int32_t *cut = cuts_of(r, turn_row(u)), n_blocks = way.is_narrow ? r->n_blocks : 1;
  int32_t i = 0;
  while (i < r->n_delays && sent + r->delay[i] < from)
    i++;
  for (cut += i * n_blocks; i < r->n_delays; i++) {
    const int64_t at = now + r->delay[i];
    Queue *queue = &u->part->queues[(at < q->n_queues ? at : at - q->n_queues) * n_blocks];
    if (way.is_narrow && next.n > 0)
      ask_beside(u, next, cut[0], cut[n_blocks], way);
    for (int32_t block = 0; block < n_blocks; block++, cut++, queue++) {
      int64_t begin = row + cut[0], n = cut[1] - cut[0];
      if (!way.is_narrow)
        n = cut_piece(m, &posts, &begin, n);
      pack(q, m, u->part, queue, begin, n, way);
    }
  }
}

/* The same, synapse by synapse. */
static void pack_each(const Turn *u, int64_t sent, int64_t from) {
  const Parcels *q = u->q;
  const Rows *m = turn_rows(u);
  const DelayTable *t = m->each;
  const Posts *posts = turn_posts(u);
  const int64_t now = sent % q->n_queues, end = storage_row(t->rows, turn_row(u) + 1);
  for (int64_t place = storage_row(t->rows, turn_row(u)); place < end; place++) {
    const int32_t delay = t->delay[delay_of_each(t, place)], minor = ((const int32_t *)m->at.minors)[place];
    const int64_t at = now + delay;
    if (sent + delay >= from && minor >= posts->first && minor < posts->last)
      pack(q, m, u->part, &u->part->queues[at < q->n_queues ? at : at - q->n_queues], place, 1, (Way){ .at_once = 4 });
  }
}

/* Few are quicker to copy a few at once. */
INLINE void pack_row(const Turn *u, NextRow next, int64_t sent, int64_t from) {
  if (turn_rows(u)->each != NULL) {
    pack_each(u, sent, from);
    return;
  }
  const Parcels *q = u->q;
  const size_t size = q->n_values == 1 ? q->values[0].size : 0;
  if (q->is_paired) {
    pack_cuts(u, next, sent, from, (Way){ MOST_AT_ONCE, true, 0, true });
    return;
  }
  if (q->is_bundled) {
    if (size == 4)
      pack_cuts(u, next, sent, from, (Way){ MOST_AT_ONCE, true, 4, false });
    else
      pack_cuts(u, next, sent, from, (Way){ MOST_AT_ONCE, true, 0, false });
    return;
  }
  switch (turn_rows(u)->at_once) {
  case 4: pack_cuts(u, next, sent, from, (Way){ .at_once = 4 }); break;
  case 8: pack_cuts(u, next, sent, from, (Way){ .at_once = 8 }); break;
  default: pack_cuts(u, next, sent, from, (Way){ .at_once = MOST_AT_ONCE });
  }
}

/* The first spikes of all neurons, then the second ones of those that repeat, and so on: as they act elsewhere. */
static void in_rounds(Turn u, void (*visit)(const Turn *u, void *context), void *context) {
  const Spikes *s = u.spikes;
  int64_t n_left = s->n;
  for (int64_t round = 0; n_left > 0; round++) {
    int64_t before = 0;
    for (u.i = 0; u.i < s->n; u.i++) {
      before = u.i > 0 && s->neuron[u.i] == s->neuron[u.i - 1] ? before + 1 : 0;
      if (before != round)
        continue;
      for (u.k = 0; u.k < u.part->n_rows; u.k++)
        visit(&u, context);
      n_left--;
    }
  }
}

typedef struct Sent {
  int64_t at, from;
} Sent;

static void pack_one(const Turn *u, void *context) {
  const Sent *s = context;
  pack_row(u, (NextRow){ 0 }, s->at, s->from);
}

CLONES static void pack_spikes(const Parcels *q, Part *part, int64_t sent, int64_t from) {
  enum { CUTS_AHEAD = 8, ROWS_AHEAD = 4 };
  Turn u = { .q = q, .part = part, .spikes = population_spikes(q->members[0].projection->pre, sent) }, cuts = u, rows = u;
  if (u.spikes->has_repeats) {
    in_rounds(u, pack_one, &(Sent){ sent, from });
    return;
  }
  for (int64_t turn = -CUTS_AHEAD; !turn_is_over(&u); turn++) {
    if (!turn_is_over(&cuts)) {
      ask_for_cuts(&cuts);
      turn_next(&cuts);
    }
    if (turn >= -ROWS_AHEAD && !turn_is_over(&rows)) {
      ask_for_row(&rows);
      turn_next(&rows);
    }
    if (turn >= 0) {
      pack_row(&u, next_row(&u), sent, from);
      turn_next(&u);
    }
  }
}

/* ---- what arrives ---------------------------------------------------------------------------------------------------- */

/* A call of the kernel over synapses that are given to it. */
typedef struct Given {
  const BoundKernel *bound;
  KernelArgs args;
  int32_t neuron;
  void *slots[MOST_SLOTS];
} Given;

static void given_begin(Given *g, const Parcels *q, const Workers *w, double t) {
  g->bound = q->members[q->lowest].bound;
  g->args = g->bound->args;
  g->neuron = 0;
  memcpy(g->slots, g->bound->pointers, sizeof *g->slots * (size_t)g->bound->n_slots);
  g->args.slot = g->slots;
  g->args.list = &g->neuron;
  g->args.n_list = 1;
  g->args.first = g->args.last = 0;
  g->args.t = t;
  g->args.step = q->now;
  g->args.scratch = w->scratch[parallel_id()];
}

/* `n` of them, whose values are in the slots. */
static void given_run(Given *g, const int32_t *minors, int64_t n) {
  const int64_t begin = 0;
  const Storage row = storage_list(g->bound->args.storage, minors, n);
  g->args.storage = &row;
  g->args.begin = &begin;
  g->args.end = &n;
  g->bound->run(&g->args);
}

/* Posts by their numbers in a block of the bundle. */
INLINE void posts_of(const PackedRows *r, int32_t block, const uint16_t *numbers, int64_t n, int32_t *posts) {
  const PostRun *run = &r->runs[r->first_run[block]], *end = &r->runs[r->first_run[block + 1]];
#pragma omp simd
  for (int64_t k = 0; k < n; k++)
    posts[k] = numbers[k] + run->behind;
  for (run++; run < end; run++) {
    const int32_t more = run[0].behind - run[-1].behind, from = run->number;
#pragma omp simd
    for (int64_t k = 0; k < n; k++)
      posts[k] += numbers[k] >= from ? more : 0;
  }
}

/* `n` pairs of a block of the bundle. */
CLONES static void run_pairs(Given *g, const Parcels *q, const PackedRows *r, int32_t block, const uint32_t *pairs, int64_t n) {
  int32_t posts[ENTRIES];
  uint16_t numbers[ENTRIES], values[ENTRIES];
  double room[ENTRIES];
  const Value *value = &q->values[0];
  g->slots[value->slot] = room;
  for (int64_t some; n > 0; n -= some, pairs += some) {
    some = n < ENTRIES ? n : ENTRIES;
    narrow_split(pairs, some, numbers, values);
    posts_of(r, block, numbers, some, posts);
    narrow_widen(value->narrow, values, some, value->whole, room);
    given_run(g, posts, some);
  }
}

/* `n` synapses of a block of the bundle; values[v] are as its rows have them. */
CLONES static void run_narrow(Given *g, const Parcels *q, const PackedRows *r, int32_t block, const uint16_t *numbers, const char *values[],
                              int64_t n) {
  int32_t posts[ENTRIES];
  double room[MOST_VALUES][ENTRIES];
  for (int64_t some; n > 0; n -= some, numbers += some) {
    some = n < ENTRIES ? n : ENTRIES;
    posts_of(r, block, numbers, some, posts);
    for (int v = 0; v < q->n_values; v++) {
      const Value *value = &q->values[v];
      const bool is_narrow = value->narrow.kind != NARROW_NOT;
      g->slots[value->slot] = is_narrow ? (void *)room[v] : (void *)values[v];
      if (is_narrow)
        narrow_widen(value->narrow, (const uint16_t *)values[v], some, value->whole, room[v]);
      values[v] += (size_t)some * value->size;
    }
    given_run(g, posts, some);
  }
}

static void run_queue(const Parcels *q, const Queue *queue, const PackedRows *r, int32_t block, Given *g) {
  enum { MOST = 4096 }; /* bytes */
  for (Parcel *c = queue->first; c != NULL; c = c->next) {
    const int64_t n = c == queue->last ? queue->n : ENTRIES;
    if (c->next != NULL) /* it was written some steps ago */
      ask_for(c->next, q->bytes < MOST ? q->bytes : MOST);
    if (q->is_paired) {
      run_pairs(g, q, r, block, parcel_minors(c), n);
      continue;
    }
    const char *values[MOST_VALUES];
    for (int v = 0; v < q->n_values; v++)
      values[v] = g->slots[q->values[v].slot] = parcel_values(c, &q->values[v]);
    if (q->is_bundled)
      run_narrow(g, q, r, block, parcel_minors(c), values, n);
    else
      given_run(g, parcel_minors(c), n);
  }
}

/* Pieces of rows of the bundle, as they stand there: those with its k-th delay. */
typedef struct Through {
  Given given;
  int32_t k;
} Through;

static void run_piece(const Turn *u, void *context) {
  Through *h = context;
  const Parcels *q = u->q;
  const Rows *m = turn_rows(u);
  const PackedRows *r = &m->at;
  const int32_t *cut = cuts_of(r, turn_row(u)) + h->k * r->n_blocks;
  for (int32_t block = 0; block < r->n_blocks; block++, cut++) {
    const int64_t begin = r->first[turn_row(u)] + cut[0];
    if (q->is_paired) {
      run_pairs(&h->given, q, r, block, (const uint32_t *)r->minors + begin, cut[1] - cut[0]);
      continue;
    }
    const char *values[MOST_VALUES];
    for (int v = 0; v < q->n_values; v++)
      values[v] = (const char *)m->values[q->values[v].slot] + (size_t)begin * q->values[v].size;
    run_narrow(&h->given, q, r, block, (const uint16_t *)r->minors + begin, values, cut[1] - cut[0]);
  }
}

/* Without packing. */
static void run_through(const Parcels *q, Part *part, const Workers *w, double t) {
  const PackedRows *d = &q->rows[part->rows[0]].at;
  Through h;
  given_begin(&h.given, q, w, t);
  for (h.k = d->n_delays - 1; h.k >= 0; h.k--) {
    Turn u = { .q = q, .part = part, .spikes = population_spikes(q->members[0].projection->pre, q->now - d->delay[h.k]) };
    if (u.spikes->has_repeats)
      in_rounds(u, run_piece, &h);
    else
      for (; !turn_is_over(&u); turn_next(&u))
        run_piece(&u, &h);
  }
}

void parcels_run(Parcels *q, int part, const Workers *w, double t) {
  const int64_t step = q->now;
  Part *p = &q->parts[part];
  if (p->n_rows == 0)
    return;
  if (q->ready_for != step) {
    run_through(q, p, w, t);
    return;
  }
  for (int64_t sent = q->pack_from; sent < q->pack_to; sent++)
    pack_spikes(q, p, sent, step);
  Given g;
  given_begin(&g, q, w, t);
  for (int32_t block = 0; block < p->n_blocks; block++) {
    Queue *queue = &p->queues[step % q->n_queues * p->n_blocks + block];
    run_queue(q, queue, &q->rows[p->rows[0]].at, block, &g);
    parcels_give_back(p, queue);
  }
}

void parcels_run_whole(Parcels *q, const Workers *w, double t) {
  for (int k = 0; k < q->n_parts; k++)
    parcels_run(q, k, w, t);
}
