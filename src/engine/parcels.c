#include "engine/parcels.h"

#include <string.h>

#include "base/clones.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "engine/plan.h"

enum {
  ENTRIES = IS_DEBUG ? 4 : 128, /* synapses in a parcel */
  LINE = 64,                    /* bytes that memory hands over at once */
  BLOCK = 64,                   /* bytes that are copied at once, over the end of what is wanted */
  LONGEST = 4096,               /* steps: a queue for each */
  SHORT = 256,                  /* synapses that arrive together from one neuron: more are quickly found in their row */
  MOST_VALUES = 8,
  MOST_SLOTS = 64
};

static const int64_t NEVER = INT64_MIN / 2;

/* Synapses in the order in which they act: neurons of posts, and for each value a copy. */
typedef struct Parcel {
  struct Parcel *next;
} Parcel;

/* All parcels but the last are full. What is packed into is looked up at every spike, so it is kept close together. */
typedef struct Queue {
  Parcel *first, *last;
  int64_t n; /* synapses in the last one */
} Queue;

/* What arrives at some of the posts. */
typedef struct Part {
  Queue *queues; /* [n_queues], by the step of arrival */
  Parcel *spare;
  int64_t n_spare;
} Part;

typedef struct Member {
  Projection *projection;   /* borrowed */
  const BoundKernel *bound; /* borrowed: of the projection */
  const int32_t *minors;    /* of all synapses, by place */
  int32_t offset;           /* of its posts, in elements */
  int64_t longest_row;
} Member;

/* A value of synapses that the kernel reads. */
typedef struct Value {
  int slot;
  size_t size;
  size_t at; /* where it stands in a parcel */
} Value;

struct Parcels {
  Member *members; /* [n_members] */
  int n_members;
  int lowest; /* the member whose posts are counted as they are */
  Value values[MOST_VALUES];
  int n_values;
  size_t bytes; /* of a parcel */
  int64_t n_queues, n_synapses;
  Part *parts;
  Posts *posts; /* [n_parts * n_members] */
  int n_parts;
  int64_t stamp;
  int64_t n_parcels;
  void **slabs; /* parcels are made many at a time */
  int64_t n_slabs, slabs_capacity;
  int64_t packed_anew; /* the step in which all was last packed anew */
  int64_t made_of;     /* changes of the members when this was made */
  int64_t seen;        /* changes of what was packed */
  int64_t ready_for;   /* the step for which everything sent before is packed, or is about to be, from `pack_from` on; NEVER */
  int64_t pack_from;
};

/* ---- for whom ------------------------------------------------------------------------------------------------------- */

/* Can the kernel run on copies: does it read of a synapse only what stays, and write to posts alone? */
static bool can_copy(const BoundKernel *b) {
  int n_values = 0;
  for (int i = 0; i < b->n_slots; i++) {
    const Scope scope = program_slot(b->program, i)->scope;
    if (scope == SCOPE_PRE || (scope != SCOPE_POST && program_writes_slot(b->program, i)))
      return false;
    if (scope == SCOPE_ELEM && (++n_values > MOST_VALUES || plan_writes(b->arrays[i]->buffer)))
      return false;
  }
  return b->nest == NEST_PRE && b->n_reductions == 0 && b->schedule.next == INT64_MIN && b->splits && b->n_slots <= MOST_SLOTS &&
         !program_numbers(b->program);
}

bool parcels_fit(const Projection *p) {
  const DelayTable *d = &p->delays;
  if (d->n_delays < 2 || d->delay[d->n_delays - 1] > LONGEST || p->pre->clock != p->post->clock || p->n_flushes > 0 ||
      p->kernels[ROLE_PRE].n != 1 || p->kernels[ROLE_PATHWAY].n > 0 || !storage_has_lists(p->storage) ||
      !storage_is_in_order(p->storage) || p->storage->n_synapses > SHORT * storage_n_major(p->storage) * d->n_delays)
    return false;
  return can_copy(p->kernels[ROLE_PRE].items[0]);
}

/* The array of the posts, where they have but one; NULL where they have several. */
static const Array *array_of_posts(const BoundKernel *b) {
  const Array *found = NULL;
  for (int i = 0; i < b->n_slots; i++)
    if (program_slot(b->program, i)->scope == SCOPE_POST) {
      if (found != NULL)
        return NULL;
      found = b->arrays[i];
    }
  return found;
}

/* From one array to another in memory, in elements; false where that does not fit a neuron's number. */
static bool distance(const Array *from, const Array *to, int64_t *elements) {
  const int64_t size = (int64_t)array_type_size(from->type), bytes = (int64_t)((intptr_t)to->at - (intptr_t)from->at);
  *elements = bytes / size;
  return bytes % size == 0 && *elements > -INT32_MAX / 4 && *elements < INT32_MAX / 4;
}

bool parcels_go_together(const Projection *p, const Projection *other) {
  const BoundKernel *a = p->kernels[ROLE_PRE].items[0], *b = other->kernels[ROLE_PRE].items[0];
  const Array *posts = array_of_posts(a), *others = array_of_posts(b);
  int64_t apart;
  if (p->pre != other->pre || !program_is_like(a->program, b->program) || posts == NULL || others == NULL || posts == others ||
      posts->type != others->type || !distance(posts, others, &apart) || other->post->n > INT32_MAX / 2)
    return false;
  for (int i = 0; i < a->n_slots; i++)
    if (program_slot(a->program, i)->scope == SCOPE_UNIFORM && a->arrays[i] != b->arrays[i])
      return false;
  return true;
}

/* ---- making --------------------------------------------------------------------------------------------------------- */

static inline size_t in_lines(size_t bytes) { return (bytes + 63) / 64 * 64; }
static inline char *parcel_values(Parcel *c, const Value *v) { return (char *)c + v->at; }
static inline int32_t *parcel_minors(Parcel *c) { return (int32_t *)((char *)c + 64); }

static int64_t longest_row(const Storage *s) {
  int64_t longest = 0;
  for (int64_t r = 0; r < storage_n_major(s); r++) {
    const int64_t n = storage_row(s, r + 1) - storage_row(s, r);
    longest = n > longest ? n : longest;
  }
  return longest;
}

static void lay_out(Parcels *q) {
  const BoundKernel *b = q->members[0].bound;
  q->bytes = 64 + in_lines(ENTRIES * sizeof(int32_t) + BLOCK);
  for (int i = 0; i < b->n_slots; i++)
    if (program_slot(b->program, i)->scope == SCOPE_ELEM) {
      const size_t size = array_type_size(b->arrays[i]->type);
      q->values[q->n_values++] = (Value){ i, size, q->bytes };
      q->bytes += in_lines(ENTRIES * size + BLOCK);
    }
}

/* The lowest counts from 0, so that no number of a post is negative. */
static void set_offsets(Parcels *q) {
  for (int k = 1; k < q->n_members; k++)
    if (array_of_posts(q->members[k].bound)->at < array_of_posts(q->members[q->lowest].bound)->at)
      q->lowest = k;
  for (int k = 0; k < q->n_members && q->n_members > 1; k++) {
    int64_t apart;
    distance(array_of_posts(q->members[q->lowest].bound), array_of_posts(q->members[k].bound), &apart);
    q->members[k].offset = (int32_t)apart;
  }
}

static int64_t changes_of(const Projection *p) { return p->n_changes + p->kernels[ROLE_PRE].items[0]->number; }

/* It grows whenever rows, delays, kernels or, with `values`, values change. */
static int64_t changes(const Member *members, int n, const Value *values, int n_values) {
  int64_t sum = 0;
  for (int k = 0; k < n; k++) {
    sum += changes_of(members[k].projection);
    for (int v = 0; v < n_values; v++)
      sum += members[k].bound->arrays[values[v].slot]->buffer->version;
  }
  return sum;
}

Parcels *parcels_new(Projection *const *members, int n_members, Error *e) {
  Parcels *q = memory_new(sizeof *q);
  Member *m = memory_new(sizeof *m * (size_t)n_members);
  if (q == NULL || m == NULL) {
    memory_free(q);
    memory_free(m);
    error_memory(e, "parcels of spikes", (double)sizeof *m * n_members);
    return NULL;
  }
  q->members = m;
  q->n_members = n_members;
  for (int k = 0; k < n_members; k++) {
    Projection *p = members[k];
    StorageBuffer none;
    m[k] = (Member){ .projection = p,
                     .bound = p->kernels[ROLE_PRE].items[0],
                     .minors = storage_span(p->storage, 0, 0, &none).minors,
                     .longest_row = longest_row(p->storage) };
    const int64_t longest = p->delays.delay[p->delays.n_delays - 1];
    q->n_queues = longest + 1 > q->n_queues ? longest + 1 : q->n_queues;
    q->n_synapses += p->storage->n_synapses;
  }
  q->ready_for = q->packed_anew = NEVER;
  lay_out(q);
  set_offsets(q);
  q->made_of = changes(m, n_members, NULL, 0);
  return q;
}

static void free_parts(Parcels *q) {
  for (int k = 0; k < q->n_parts; k++)
    memory_free(q->parts[k].queues);
  memory_free(q->parts);
  memory_free(q->posts);
  for (int64_t k = 0; k < q->n_slabs; k++)
    memory_free(q->slabs[k]);
  memory_free(q->slabs);
  q->parts = NULL;
  q->posts = NULL;
  q->slabs = NULL;
  q->n_parts = 0;
  q->n_slabs = q->slabs_capacity = q->n_parcels = 0;
}

void parcels_free(Parcels *q) {
  if (q == NULL)
    return;
  free_parts(q);
  memory_free(q->members);
  memory_free(q);
}

int64_t parcels_bytes(const Parcels *q) {
  if (q->n_parts == 0)
    return 0;
  const int64_t of_part = (int64_t)(sizeof(Part) + sizeof(Posts) * (size_t)q->n_members + sizeof(Queue) * (size_t)q->n_queues);
  return (int64_t)sizeof *q + (int64_t)sizeof(Member) * q->n_members + q->n_parcels * (int64_t)q->bytes + q->n_parts * of_part;
}

bool parcels_are_for(const Parcels *q, Projection *const *members, int n_members) {
  int64_t now = 0;
  if (q->n_members != n_members)
    return false;
  for (int k = 0; k < n_members; k++) {
    if (q->members[k].projection != members[k])
      return false;
    now += changes_of(members[k]);
  }
  return q->made_of == now;
}

int parcels_n_members(const Parcels *q) { return q->n_members; }
Projection *parcels_member(const Parcels *q, int k) { return q->members[k].projection; }
int64_t parcels_stamp(const Parcels *q) { return q->stamp; }

/* ---- parts ---------------------------------------------------------------------------------------------------------- */

static bool make_parts(Parcels *q, const Posts *posts, int n_parts) {
  const size_t n_posts = (size_t)n_parts * (size_t)q->n_members;
  free_parts(q);
  q->ready_for = NEVER;
  q->parts = memory_new(sizeof *q->parts * (size_t)n_parts);
  q->posts = memory_new(sizeof *q->posts * n_posts);
  bool is_good = q->parts != NULL && q->posts != NULL;
  for (int k = 0; is_good && k < n_parts; k++) {
    q->parts[k].queues = memory_new(sizeof(Queue) * (size_t)q->n_queues);
    is_good = q->parts[k].queues != NULL;
    q->n_parts += is_good;
    for (int64_t i = 0; is_good && i < q->n_queues; i++)
      q->parts[k].queues[i].n = ENTRIES;
  }
  if (is_good)
    memcpy(q->posts, posts, sizeof *posts * n_posts);
  else
    free_parts(q);
  return is_good;
}

bool parcels_cut(Parcels *q, const Posts *posts, int n_parts, int64_t stamp) {
  const bool is_same = q->n_parts == n_parts && memcmp(q->posts, posts, sizeof *posts * (size_t)n_parts * (size_t)q->n_members) == 0;
  if (!is_same && !make_parts(q, posts, n_parts))
    return false;
  q->stamp = stamp;
  return true;
}

/* At least `wanted` spare parcels for a part. */
static bool reserve(Parcels *q, Part *part, int64_t wanted) {
  if (part->n_spare >= wanted)
    return true;
  const int64_t n = wanted - part->n_spare + wanted / 4;
  char *slab = memory_new(q->bytes * (size_t)n);
  if (slab == NULL || !memory_reserve(&q->slabs, q->n_slabs, q->n_slabs + 1, &q->slabs_capacity, sizeof *q->slabs)) {
    memory_free(slab);
    return false;
  }
  q->slabs[q->n_slabs++] = slab;
  q->n_parcels += n;
  for (int64_t k = n - 1; k >= 0; k--) {
    Parcel *c = (Parcel *)(slab + q->bytes * (size_t)k);
    c->next = part->spare;
    part->spare = c;
  }
  part->n_spare += n;
  return true;
}

static void give_back(Part *part, Queue *from) {
  while (from->first != NULL) {
    Parcel *c = from->first;
    from->first = c->next;
    c->next = part->spare;
    part->spare = c;
    part->n_spare++;
  }
  from->last = NULL;
  from->n = ENTRIES;
}

static void clear(Parcels *q) {
  for (int k = 0; k < q->n_parts; k++)
    for (int64_t i = 0; i < q->n_queues; i++)
      give_back(&q->parts[k], &q->parts[k].queues[i]);
  q->ready_for = NEVER;
}

/* ---- a step --------------------------------------------------------------------------------------------------------- */

/* The most synapses of a spike in a part. */
static int64_t most_of(const Parcels *q, int part) {
  int64_t sum = 0;
  for (int k = 0; k < q->n_members; k++) {
    const Member *m = &q->members[k];
    const Posts *posts = &q->posts[part * q->n_members + k];
    const int64_t width = posts->last - posts->first;
    sum += m->projection->storage->is_unique && width < m->longest_row ? width : m->longest_row;
  }
  return sum;
}

/* Where most neurons spike at once, copies would take as much memory as the synapses do: those spikes find their synapses themselves. */
static int64_t most_parcels(const Parcels *q) {
  enum { SHARE = 4, LEAST = IS_DEBUG ? 4 : 1024 };
  return LEAST + 2 * q->n_parts * q->n_queues + q->n_synapses / SHARE / ENTRIES;
}

/* Room for what will be packed: it may begin a parcel in each queue. */
static bool make_room(Parcels *q, int64_t step) {
  int64_t n_spikes = 0, n_lacking = 0;
  for (int64_t sent = q->pack_from; sent < step; sent++)
    n_spikes += population_spikes(q->members[0].projection->pre, sent)->n;
  for (int pass = 0; pass < 2 && n_spikes > 0; pass++)
    for (int k = 0; k < q->n_parts; k++) {
      const int64_t n = n_spikes * most_of(q, k) / ENTRIES + q->n_queues;
      n_lacking += n > q->parts[k].n_spare ? n - q->parts[k].n_spare : 0;
      if (pass == 0 ? n_lacking > 0 && q->n_parcels + n_lacking > most_parcels(q) : !reserve(q, &q->parts[k], n))
        return false;
    }
  return true;
}

bool parcels_begin(Parcels *q, int64_t step) {
  const int64_t now = changes(q->members, q->n_members, q->values, q->n_values);
  if (q->ready_for == step && q->seen == now)
    return true;
  q->pack_from = step - 1;
  if (q->ready_for != step - 1 || q->seen != now) {
    /* packing anew costs about as much as going without for as long as the longest delay: it is not done more often */
    clear(q);
    if (q->n_parts == 0 || (step >= q->packed_anew && step - q->packed_anew < q->n_queues))
      return false;
    q->pack_from = step - (q->n_queues - 1);
    q->packed_anew = step;
    q->seen = now;
  }
  q->ready_for = make_room(q, step) ? step : NEVER;
  return q->ready_for == step;
}

bool parcels_begin_whole(Parcels *q, int64_t step) {
  Posts *whole = q->n_parts > 0 ? NULL : memory_new(sizeof *whole * (size_t)q->n_members);
  for (int k = 0; whole != NULL && k < q->n_members; k++)
    whole[k] = (Posts){ 0, q->members[k].projection->post->n };
  if (whole != NULL)
    parcels_cut(q, whole, 1, 0);
  memory_free(whole);
  return parcels_begin(q, step);
}

/* ---- packing -------------------------------------------------------------------------------------------------------- */

#define INLINE static inline __attribute__((always_inline))

/* In whole blocks: behind both ends there is room for one (base/memory.h, lay_out). Most copies are one block. */
INLINE void copy(char *restrict to, const char *restrict from, size_t bytes) {
  size_t at = 0;
  do
    memcpy(to + at, from + at, BLOCK);
  while ((at += BLOCK) < bytes);
}

INLINE void copy_shifted(int32_t *restrict to, const int32_t *restrict from, int64_t n, int32_t by) {
  enum { AT_ONCE = BLOCK / 4 };
  int64_t at = 0;
  do
#pragma omp simd
    for (int64_t k = 0; k < AT_ONCE; k++)
      to[at + k] = from[at + k] + by;
  while ((at += AT_ONCE) < n);
}

INLINE void open_parcel(Part *part, Queue *queue) {
  Parcel *c = part->spare;
  ASSERT(c != NULL);
  part->spare = c->next;
  __builtin_prefetch(part->spare, 1);
  part->n_spare--;
  c->next = NULL;
  queue->n = 0;
  if (queue->last != NULL)
    queue->last->next = c;
  else
    queue->first = c;
  queue->last = c;
}

INLINE void pack_some(const Parcels *q, const Member *m, Parcel *c, int64_t at, int64_t begin, int64_t n) {
  copy_shifted(parcel_minors(c) + at, m->minors + begin, n, m->offset);
  for (int v = 0; v < q->n_values; v++) {
    const size_t size = q->values[v].size;
    copy(parcel_values(c, &q->values[v]) + (size_t)at * size, (const char *)m->bound->pointers[q->values[v].slot] + (size_t)begin * size,
         (size_t)n * size);
  }
}

/* begin < end */
INLINE void pack(const Parcels *q, const Member *m, Part *part, Queue *queue, int64_t begin, int64_t end) {
  while (queue->n + (end - begin) > ENTRIES) {
    const int64_t n = ENTRIES - queue->n;
    if (n > 0)
      pack_some(q, m, queue->last, queue->n, begin, n);
    begin += n;
    open_parcel(part, queue);
  }
  pack_some(q, m, queue->last, queue->n, begin, end - begin);
  queue->n += end - begin;
}

/* First place in [begin, end) whose minor is not below `minor`. */
static inline int64_t first_from(const int32_t *minors, int64_t begin, int64_t end, int64_t minor) {
  enum { FEW = 16 };
  while (end - begin > FEW) {
    const int64_t middle = begin + (end - begin) / 2;
    if (minors[middle] < minor)
      begin = middle + 1;
    else
      end = middle;
  }
  int64_t n = 0;
  for (int64_t k = begin; k < end; k++)
    n += minors[k] < minor;
  return begin + n;
}

/* What arrives of a row at `from` or later. */
INLINE void pack_row(const Parcels *q, const Member *m, Part *part, const Posts *posts, int64_t row, int64_t sent, int64_t from) {
  const DelayTable *d = &m->projection->delays;
  const bool is_whole = posts->first <= 0 && posts->last >= m->projection->post->n;
  const int64_t now = sent % q->n_queues;
  for (int32_t i = 0; i < d->n_delays; i++) {
    int64_t begin, end, at = now + d->delay[i];
    delay_part(d, row, i, &begin, &end);
    if (begin == end || sent + d->delay[i] < from)
      continue;
    if (!is_whole) {
      begin = first_from(m->minors, begin, end, posts->first);
      end = first_from(m->minors, begin, end, posts->last);
      if (begin == end)
        continue;
    }
    if (at >= q->n_queues)
      at -= q->n_queues;
    pack(q, m, part, &part->queues[at], begin, end);
  }
}

INLINE void ask_for(const void *from, size_t bytes) {
  for (size_t at = 0; at < bytes; at += LINE)
    __builtin_prefetch((const char *)from + at);
}

/* Rows of one spike lie far from each other. Where they begin is asked for two rows ahead, what is in them one row ahead. */
INLINE void ask_for_cuts(const Member *m, int64_t row) {
  const DelayTable *d = &m->projection->delays;
  __builtin_prefetch(&d->first[row]);
  ask_for(&d->cut[row * (d->n_delays + 1)], (size_t)(d->n_delays + 1) * sizeof *d->cut);
}

INLINE void ask_for_row(const Parcels *q, const Member *m, int64_t row) {
  enum { MOST = 4096 }; /* bytes: longer ones are read as they come */
  const DelayTable *d = &m->projection->delays;
  const int64_t begin = d->first[row], n = d->cut[(row + 1) * (d->n_delays + 1) - 1];
  ask_for(m->minors + begin, (size_t)n * sizeof *m->minors < MOST ? (size_t)n * sizeof *m->minors : MOST);
  for (int v = 0; v < q->n_values; v++) {
    const size_t size = q->values[v].size, bytes = (size_t)n * size;
    ask_for((const char *)m->bound->pointers[q->values[v].slot] + (size_t)begin * size, bytes < MOST ? bytes : MOST);
  }
}

/* `next`: the neuron whose spike is packed behind this one. */
INLINE void pack_spike(const Parcels *q, int part, int32_t neuron, int32_t next, int64_t sent, int64_t from) {
  const int n = q->n_members;
  for (int k = 0; k < n; k++) {
    const Posts *posts = &q->posts[part * n + k];
    ask_for_cuts(&q->members[(k + 2) % n], k + 2 < n ? neuron : next);
    ask_for_row(q, &q->members[(k + 1) % n], k + 1 < n ? neuron : next);
    if (posts->first < posts->last)
      pack_row(q, &q->members[k], &q->parts[part], posts, neuron, sent, from);
  }
}

/* The first spikes of all neurons, then the second ones of those that repeat, and so on: the rounds in which they act elsewhere. */
INLINE void pack_rounds(const Parcels *q, int part, const Spikes *s, int64_t sent, int64_t from) {
  int64_t n_left = s->n;
  for (int64_t round = 0; n_left > 0; round++)
    for (int64_t i = 0, before = 0; i < s->n; i++) {
      before = i > 0 && s->neuron[i] == s->neuron[i - 1] ? before + 1 : 0;
      if (before != round)
        continue;
      pack_spike(q, part, s->neuron[i], s->neuron[i + 1 < s->n ? i + 1 : i], sent, from);
      n_left--;
    }
}

CLONES static void pack_spikes(const Parcels *q, int part, int64_t sent, int64_t from) {
  const Spikes *s = population_spikes(q->members[0].projection->pre, sent);
  if (s->has_repeats)
    pack_rounds(q, part, s, sent, from);
  else
    for (int64_t i = 0; i < s->n; i++)
      pack_spike(q, part, s->neuron[i], s->neuron[i + 1 < s->n ? i + 1 : i], sent, from);
}

/* ---- what arrives ---------------------------------------------------------------------------------------------------- */

static void run_parcel(const Parcels *q, KernelArgs *args, void **slots, Parcel *c, int64_t n) {
  const int64_t begin = 0;
  const Member *m = &q->members[q->lowest];
  const Storage row = storage_list(m->projection->storage, parcel_minors(c), n);
  for (int v = 0; v < q->n_values; v++)
    slots[q->values[v].slot] = parcel_values(c, &q->values[v]);
  args->storage = &row;
  args->begin = &begin;
  args->end = &n;
  m->bound->run(args);
}

static void run_queue(const Parcels *q, const Queue *queue, const Workers *w, double t) {
  const BoundKernel *b = q->members[q->lowest].bound;
  const int32_t none = 0;
  void *slots[MOST_SLOTS];
  memcpy(slots, b->pointers, sizeof *slots * (size_t)b->n_slots);
  KernelArgs args = b->args;
  args.slot = slots;
  args.list = &none;
  args.n_list = 1;
  args.first = args.last = 0;
  args.t = t;
  args.step = q->ready_for;
  args.scratch = w->scratch[parallel_id()];
  for (Parcel *c = queue->first; c != NULL; c = c->next) {
    if (c->next != NULL) /* it was written some steps ago */
      ask_for(c->next, q->bytes);
    run_parcel(q, &args, slots, c, c == queue->last ? queue->n : ENTRIES);
  }
}

void parcels_run(Parcels *q, int part, const Workers *w, double t) {
  const int64_t step = q->ready_for;
  for (int64_t sent = q->pack_from; sent < step; sent++)
    pack_spikes(q, part, sent, step);
  Queue *queue = &q->parts[part].queues[step % q->n_queues];
  if (queue->first == NULL)
    return;
  run_queue(q, queue, w, t);
  give_back(&q->parts[part], queue);
}

void parcels_run_whole(Parcels *q, const Workers *w, double t) {
  for (int k = 0; k < q->n_parts; k++)
    parcels_run(q, k, w, t);
}
