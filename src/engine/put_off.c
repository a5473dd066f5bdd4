#include "engine/put_off.h"

#include <string.h>

#include "base/away.h"
#include "base/memory.h"
#include "base/ranks.h"
#include "engine/plan.h"

enum {
  MOST_SLOTS = 16,
  LEAST_SYNAPSES = IS_DEBUG ? 1 : 1 << 20, /* fewer are found in caches */
  PAIRS = IS_DEBUG ? 64 : 4096,            /* synapses with a spike that are collected before the kernel runs */
  AT_ONCE = IS_DEBUG ? 16 : 512,           /* of them in one call */
  FIRST_LOG = IS_DEBUG ? 2 : 4096,
  MOST_LOOKS = 8, /* that cost more than they gain, until nothing is put off any more */
};

/* Spikes that were written down, numbered from 1. */
typedef struct Log {
  uint32_t n, capacity;
  uint32_t *before, *after; /* [capacity + 1] the spikes of this neuron before and after it; 0: there is none */
  char *value[MOST_SLOTS];  /* [capacity + 1] of each slot of the post neuron */
} Log;

/* Synapses of rows that are to be read, each with a spike of its post neuron that has yet to be done to it. */
typedef struct Pairs {
  int64_t n;
  uint32_t place[PAIRS], spike[PAIRS], mark[PAIRS]; /* spikes up to the mark have been done to it */
  int32_t pre[PAIRS];
  int32_t still[PAIRS]; /* numbers of those of which earlier spikes are looked for */
} Pairs;

struct PutOff {
  Away away; /* the first: who has only this has it all */
  Projection *projection;
  BoundKernel *later, *now; /* owned; borrowed: the kernel of nest POST */
  const char *obstacle;
  bool is_pending;       /* arrays are away */
  int n_looks;           /* that came before as much was read as a look costs */
  double n_read;         /* synapses, since the last look */
  int64_t n_pre, n_post; /* neurons of both populations */
  int n_slots, size;     /* of the kernels; bytes of a number */
  Scope scope[MOST_SLOTS];
  bool is_written[MOST_SLOTS];
  Log log;
  uint32_t *newest; /* [n_post] spike; 0: none */
  uint32_t *mark;   /* [n_pre] spikes up to this one have been done to the row */
  Pairs *pairs;
  char *buffer[MOST_SLOTS]; /* [AT_ONCE] */
};

static int64_t least; /* synapses; 0: as many as pay */

void put_off_from(int64_t n) { least = n; }

/* ---- whether it is done ----------------------------------------------------------------------------------------------- */

static void log_free(Log *l) {
  memory_free(l->before);
  memory_free(l->after);
  for (int i = 0; i < MOST_SLOTS; i++)
    memory_free(l->value[i]);
  *l = (Log){ 0 };
}

static void free_memory(PutOff *q) {
  log_free(&q->log);
  memory_free(q->newest);
  memory_free(q->mark);
  memory_free(q->pairs);
  q->newest = q->mark = NULL;
  q->pairs = NULL;
  for (int i = 0; i < MOST_SLOTS; i++) {
    memory_free(q->buffer[i]);
    q->buffer[i] = NULL;
  }
}

/* Room for `n` spikes; those that are written down stay. */
static bool log_reserve(PutOff *q, int64_t n) {
  Log *l = &q->log, new = { .n = l->n, .capacity = (uint32_t)n };
  const size_t kept = l->capacity > 0 ? (size_t)l->n + 1 : 0;
  bool ok = (new.before = memory_new((size_t)(n + 1) * sizeof *new.before)) != NULL &&
            (new.after = memory_new((size_t)(n + 1) * sizeof *new.after)) != NULL;
  for (int i = 0; ok && i < q->n_slots; i++)
    if (q->scope[i] == SCOPE_POST)
      ok = (new.value[i] = memory_new((size_t)(n + 1) * (size_t)q->size)) != NULL;
  if (!ok) {
    log_free(&new);
    return false;
  }
  if (kept > 0) {
    memcpy(new.before, l->before, kept * sizeof *new.before);
    memcpy(new.after, l->after, kept * sizeof *new.after);
  }
  for (int i = 0; i < q->n_slots && kept > 0; i++)
    if (q->scope[i] == SCOPE_POST)
      memcpy(new.value[i], l->value[i], kept * (size_t)q->size);
  log_free(l);
  *l = new;
  return true;
}

static bool reserve(PutOff *q, Error *e) {
  q->n_pre = q->projection->pre->n;
  q->n_post = q->projection->post->n;
  q->newest = memory_new((size_t)q->n_post * sizeof *q->newest);
  q->mark = memory_new((size_t)q->n_pre * sizeof *q->mark);
  q->pairs = memory_new(sizeof *q->pairs);
  bool ok = q->newest != NULL && q->mark != NULL && q->pairs != NULL;
  for (int i = 0; ok && i < q->n_slots; i++)
    if (q->scope[i] != SCOPE_UNIFORM)
      ok = (q->buffer[i] = memory_new((size_t)(AT_ONCE * q->size))) != NULL;
  if (ok && log_reserve(q, FIRST_LOG))
    return true;
  free_memory(q);
  return error_memory(e, "spikes whose effect is put off", (double)sizeof *q->pairs + 4.0 * (double)(q->n_pre + q->n_post));
}

/* How often kernels of the projection's own events use it. */
static int own_uses(const Projection *p, const Buffer *buffer) {
  const BoundList *lists[] = { &p->kernels[ROLE_PRE], &p->kernels[ROLE_POST] };
  int n = 0;
  for (int l = 0; l < 2 + p->n_flushes; l++) {
    const BoundList *list = l < 2 ? lists[l] : &p->flushes[l - 2].kernels;
    for (int k = 0; k < list->n; k++)
      for (int i = 0; i < list->items[k]->n_slots; i++)
        n += list->items[k]->arrays[i]->buffer == buffer;
  }
  return n;
}

/* What of the slots says that it cannot be. */
static const char *slots_obstacle(const PutOff *q) {
  const BoundKernel *b = q->now;
  for (int i = 0; i < b->n_slots; i++) {
    const Buffer *buffer = b->arrays[i]->buffer;
    const Scope scope = program_slot(b->program, i)->scope;
    if ((int)array_type_size(b->arrays[i]->type) != q->size && scope != SCOPE_UNIFORM)
      return "numbers of different types are used";
    if (scope != SCOPE_POST && buffer->away != NULL)
      return "synapses are put together with others";
    if (scope == SCOPE_UNIFORM ? plan_writes(buffer) : scope != SCOPE_POST && plan_users(buffer) != own_uses(q->projection, buffer))
      return "something else in a step uses what it changes or reads";
  }
  return NULL;
}

/* The only kernel that goes over the synapses of post neurons. */
static BoundKernel *find_kernel(const Projection *p) {
  BoundKernel *found = NULL;
  for (int k = 0; k < p->kernels[ROLE_POST].n; k++)
    if (p->kernels[ROLE_POST].items[k]->nest == NEST_POST) {
      if (found != NULL)
        return NULL;
      found = p->kernels[ROLE_POST].items[k];
    }
  return found;
}

static const char *find_obstacle(PutOff *q, const Workers *w) {
  const Projection *p = q->projection;
  const Storage *s = p->storage;
  q->now = find_kernel(p);
  if (q->now == NULL || q->now->n_slots != q->later->n_slots || q->now->n_slots > MOST_SLOTS)
    return "it is nothing, or several things";
  if (w->n_threads > 1 || ranks_n() > 1)
    return "several threads or ranks share the work";
  if (storage_major(s) != SIDE_PRE || !storage_has_lists(s))
    return "synapses are not stored in rows by pre neuron";
  if (s->n_synapses < (least > 0 ? least : LEAST_SYNAPSES))
    return "there are few synapses";
  if (s->n_synapses > UINT32_MAX || p->is_copy || p->is_part || s->n_more_owners > 0)
    return "synapses are those of other projections, too";
  if (p->delays.n_delays > 0 || p->pre->clock != p->post->clock)
    return "spikes arrive after different delays";
  return slots_obstacle(q);
}

bool put_off_plan(PutOff *q, Workers *w, Error *e) {
  put_off_do_all(q);
  free_memory(q);
  q->obstacle = find_obstacle(q, w);
  if (q->obstacle != NULL)
    return q->now == NULL || storage_index(q->projection->storage, SIDE_POST, w->n_threads, e);
  q->n_looks = 0;
  q->n_slots = q->now->n_slots;
  for (int i = 0; i < q->n_slots; i++) {
    q->scope[i] = program_slot(q->now->program, i)->scope;
    q->is_written[i] = program_writes_slot(q->now->program, i);
  }
  q->obstacle = "memory is short";
  if (!reserve(q, e))
    return false;
  q->obstacle = NULL;
  return true;
}

/* ---- doing it ----------------------------------------------------------------------------------------------------------- */

/* out[k] = from[at[k]] of numbers of this size, and back. */
static void gather(int size, const char *from, const uint32_t *at, int64_t n, char *out) {
  if (size == 4)
    for (int64_t k = 0; k < n; k++)
      ((uint32_t *)out)[k] = ((const uint32_t *)from)[at[k]];
  else
    for (int64_t k = 0; k < n; k++)
      ((uint64_t *)out)[k] = ((const uint64_t *)from)[at[k]];
}

static void scatter(int size, const char *from, const uint32_t *at, int64_t n, char *to) {
  if (size == 4)
    for (int64_t k = 0; k < n; k++)
      ((uint32_t *)to)[at[k]] = ((const uint32_t *)from)[k];
  else
    for (int64_t k = 0; k < n; k++)
      ((uint64_t *)to)[at[k]] = ((const uint64_t *)from)[k];
}

/* Some pairs, no two of one synapse. */
static void do_pairs(PutOff *q, int64_t first, int64_t n) {
  const BoundKernel *b = q->now;
  const uint32_t *at[] = {
    [SCOPE_ELEM] = q->pairs->place + first, [SCOPE_PRE] = (const uint32_t *)q->pairs->pre + first, [SCOPE_POST] = q->pairs->spike + first
  };
  void *slot[MOST_SLOTS];
  for (int i = 0; i < q->n_slots; i++) {
    slot[i] = q->scope[i] == SCOPE_UNIFORM ? b->arrays[i]->at : q->buffer[i];
    if (q->scope[i] != SCOPE_UNIFORM)
      gather(q->size, q->scope[i] == SCOPE_POST ? q->log.value[i] : b->arrays[i]->at, at[q->scope[i]], n, q->buffer[i]);
  }
  KernelArgs args = q->later->args;
  args.slot = slot;
  args.first = 0;
  args.last = n;
  q->later->run(&args);
  for (int i = 0; i < q->n_slots; i++)
    if (q->is_written[i])
      scatter(q->size, q->buffer[i], at[SCOPE_ELEM], n, b->arrays[i]->at);
}

/* From the latest spike of each pair to the first that was not done: step by step for all that have more, without a branch for each. */
static void find_first(Pairs *c, const uint32_t *before) {
  int64_t n = 0;
  for (int64_t k = 0; k < c->n; k++) {
    const uint32_t spike = before[c->spike[k]];
    const bool has_more = spike > c->mark[k];
    c->spike[k] = has_more ? spike : c->spike[k];
    c->still[n] = (int32_t)k;
    n += has_more;
  }
  while (n > 0) {
    int64_t n_more = 0;
    for (int64_t i = 0; i < n; i++) {
      const int32_t k = c->still[i];
      const uint32_t spike = before[c->spike[k]];
      const bool has_more = spike > c->mark[k];
      c->spike[k] = has_more ? spike : c->spike[k];
      c->still[n_more] = k;
      n_more += has_more;
    }
    n = n_more;
  }
}

/* All pairs: the first spikes of all synapses, then the second, and so on. */
static void do_spikes(PutOff *q) {
  Pairs *c = q->pairs;
  const Log *l = &q->log;
  find_first(c, l->before);
  while (c->n > 0) {
    for (int64_t k = 0; k < c->n; k += AT_ONCE)
      do_pairs(q, k, c->n - k < AT_ONCE ? c->n - k : AT_ONCE);
    int64_t n = 0;
    for (int64_t k = 0; k < c->n; k++) {
      const uint32_t next = l->after[c->spike[k]];
      c->place[n] = c->place[k];
      c->pre[n] = c->pre[k];
      c->spike[n] = next;
      n += next > 0;
    }
    c->n = n;
  }
}

/* The pairs of a row, each with the latest spike. */
static void collect(PutOff *q, int32_t pre) {
  const Storage *s = q->projection->storage;
  const int64_t row = pre - storage_major_first(s), begin = storage_row(s, row), n_row = storage_row(s, row + 1) - begin;
  const uint32_t mark = q->mark[pre], *newest = q->newest;
  StorageBuffer buffer;
  q->n_read += (double)n_row;
  for (int64_t from = 0; from < n_row;) {
    const StorageSpan span = storage_span(s, row, from, &buffer);
    Pairs *c = q->pairs;
    if (c->n == PAIRS)
      do_spikes(q);
    const int64_t n = span.n < PAIRS - c->n ? span.n : PAIRS - c->n;
    int64_t at = c->n;
    for (int64_t k = 0; k < n; k++) {
      const uint32_t spike = newest[span.minors[k]];
      c->place[at] = (uint32_t)(begin + from + k);
      c->spike[at] = spike;
      at += spike > mark;
    }
    for (int64_t k = c->n; k < at; k++) {
      c->pre[k] = pre;
      c->mark[k] = mark;
    }
    c->n = at;
    from += n;
  }
}

void put_off_do_rows(PutOff *q, const int32_t *list, int64_t n) {
  if (!q->is_pending)
    return;
  for (int64_t k = 0; k < n; k++)
    collect(q, list[k]);
  do_spikes(q);
  for (int64_t k = 0; k < n; k++)
    q->mark[list[k]] = q->log.n;
}

/* ---- writing down ----------------------------------------------------------------------------------------------------------- */

/* What the rule reads or writes is away, or here again. */
static void point(PutOff *q, Away *away) {
  q->is_pending = away != NULL;
  for (int i = 0; i < q->n_slots; i++) {
    Buffer *buffer = q->now->arrays[i]->buffer;
    if (q->scope[i] == SCOPE_POST || buffer->away != (away != NULL ? NULL : &q->away))
      continue; /* the length of a step belongs to all projections: it stays */
    buffer->away = away;
    away_count(away != NULL ? 1 : -1);
  }
}

void put_off_do_all(PutOff *q) {
  if (q == NULL || !q->is_pending)
    return;
  const Storage *s = q->projection->storage;
  const int64_t first = storage_major_first(s), n = storage_n_major(s);
  for (int64_t row = 0; row < n; row++)
    collect(q, (int32_t)(first + row));
  do_spikes(q);
  point(q, NULL);
  memset(q->mark, 0, (size_t)q->n_pre * sizeof *q->mark);
  memset(q->newest, 0, (size_t)q->n_post * sizeof *q->newest);
  q->log.n = 0;
}

void put_off_note(PutOff *q, const int32_t *list, int64_t n) {
  Log *l = &q->log;
  const int64_t most = q->projection->storage->n_synapses / 16 + FIRST_LOG;
  for (int64_t k = 0; k < n; k++) {
    if (l->n == l->capacity && (2 * (int64_t)l->capacity > most || !log_reserve(q, 2 * (int64_t)l->capacity)))
      put_off_do_all(q);
    if (!q->is_pending)
      point(q, &q->away);
    const uint32_t spike = ++l->n, before = q->newest[list[k]];
    l->before[spike] = before;
    l->after[spike] = 0;
    l->after[before] = spike; /* of 0 nobody asks */
    q->newest[list[k]] = spike;
    for (int i = 0; i < q->n_slots; i++)
      if (q->scope[i] == SCOPE_POST)
        memcpy(l->value[i] + (size_t)spike * (size_t)q->size, (const char *)q->now->arrays[i]->at + (size_t)list[k] * (size_t)q->size,
               (size_t)q->size);
  }
}

/* ---- looks ---------------------------------------------------------------------------------------------------------------------- */

/* Somebody looks. Where that comes too often, what it costs is not gained between two looks. */
static void bring_back(Away *a) {
  PutOff *q = (PutOff *)a;
  Storage *s = q->projection->storage;
  q->n_looks = q->n_read < (double)s->n_synapses ? q->n_looks + 1 : 0;
  put_off_do_all(q);
  q->n_read = 0;
  if (q->n_looks > MOST_LOOKS && storage_index(s, SIDE_POST, 1, NULL))
    q->obstacle = "synapses are looked at often";
}

static void forget(Away *a, const void *owner) {
  (void)a;
  (void)owner; /* kernels hold what is away */
}

static bool extent(const Away *a, const void *owner, double *low, double *high) {
  (void)a;
  (void)owner;
  (void)low;
  (void)high;
  return false;
}

PutOff *put_off_new(Projection *p, BoundKernel *later, Error *e) {
  PutOff *q = memory_new(sizeof *q);
  if (q == NULL) {
    error_memory(e, "spikes whose effect is put off", sizeof *q);
    return NULL;
  }
  *q = (PutOff){ .away = { true, bring_back, forget, extent }, .projection = p, .later = later, .obstacle = "no step was made yet" };
  q->size = program_is_f32(later->program) ? 4 : 8;
  return q;
}

void put_off_free(PutOff *q) {
  if (q == NULL)
    return;
  put_off_do_all(q);
  free_memory(q);
  bound_free(q->later);
  memory_free(q);
}

bool put_off_prepare(PutOff *q, Workers *w, Error *e) {
  if (!workers_reserve(w, q->later, 0, e))
    return false;
  bound_prepare(q->later, w);
  return true;
}

const char *put_off_obstacle(const PutOff *q) { return q->obstacle; }
const BoundKernel *put_off_kernel(const PutOff *q) { return q->obstacle == NULL ? q->now : NULL; }
bool put_off_poll(PutOff *q) { return bound_poll(q->later); }

int64_t put_off_bytes(const PutOff *q) {
  int64_t n_values = 2, n_buffers = 0;
  if (q == NULL || q->newest == NULL)
    return 0;
  for (int i = 0; i < q->n_slots; i++) {
    n_values += q->scope[i] == SCOPE_POST;
    n_buffers += q->scope[i] != SCOPE_UNIFORM;
  }
  return (int64_t)sizeof *q + (int64_t)sizeof *q->pairs + 4 * (q->n_pre + q->n_post) + n_buffers * AT_ONCE * q->size +
         (q->log.capacity + 1) * (8 + (n_values - 2) * q->size);
}
