#include "engine/put_off.h"

#include <string.h>

#include "base/away.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/ranks.h"
#include "engine/plan.h"

enum {
  MOST_SLOTS = 16,
  LEAST_SYNAPSES = IS_DEBUG ? 1 : 1 << 20, /* fewer are found in caches */
  PAIRS = IS_DEBUG ? 64 : 4096,            /* synapses with a spike that are collected before the kernel runs */
  AT_ONCE = IS_DEBUG ? 16 : 512,           /* of them in one call */
  ROWS = 64,                               /* that are cut at once */
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
  int32_t pre[PAIRS];                               /* where values of the pre neuron stand */
  int32_t still[PAIRS];                             /* numbers of those of which earlier spikes are looked for */
} Pairs;

/* The synapses of some post neurons. */
typedef struct Portion {
  int64_t first, last; /* posts */
  Log log;
  uint32_t *mark; /* [n_pre] spikes of the log up to this one have been done to the row */
  Pairs *pairs;
  char *buffer[MOST_SLOTS]; /* [AT_ONCE] */
  double n_read;            /* synapses, since the last look */
} Portion;

struct PutOff {
  Away away; /* the first: who has only this has it all */
  Projection *projection;
  BoundKernel *later, *now; /* owned; borrowed: the kernel of nest POST */
  const Workers *workers;   /* borrowed from the network */
  const char *obstacle;
  bool is_pending;       /* arrays are away */
  int n_looks;           /* that came before as much was read as a look costs */
  int64_t n_pre, n_post; /* neurons of both populations */
  int n_slots, size;     /* of the kernels; bytes of a number */
  Scope scope[MOST_SLOTS];
  bool is_written[MOST_SLOTS];
  Portion *portions; /* owned; each post belongs to one */
  int n_portions;
  RowCuts cuts;            /* owned; where the portions begin in rows; n_parts 0: not known */
  uint32_t *newest;        /* [n_post] spike in the log of the portion; 0: none */
  char *begun[MOST_SLOTS]; /* [begun_capacity] values of the pre neurons that put_off_begin has noted */
  int64_t begun_capacity;
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

static void portions_free(Portion *portions, int n) {
  for (int k = 0; k < n; k++) {
    log_free(&portions[k].log);
    memory_free(portions[k].mark);
    memory_free(portions[k].pairs);
    for (int i = 0; i < MOST_SLOTS; i++)
      memory_free(portions[k].buffer[i]);
  }
  memory_free(portions);
}

static void free_memory(PutOff *q) {
  portions_free(q->portions, q->n_portions);
  storage_free_cuts(&q->cuts);
  memory_free(q->newest);
  for (int i = 0; i < MOST_SLOTS; i++) {
    memory_free(q->begun[i]);
    q->begun[i] = NULL;
  }
  q->portions = NULL;
  q->newest = NULL;
  q->n_portions = 0;
  q->begun_capacity = 0;
}

/* Room for `n` spikes; those that are written down stay. */
static bool log_reserve(const PutOff *q, Log *l, int64_t n) {
  Log new = { .n = l->n, .capacity = (uint32_t)n };
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

static bool portion_reserve(const PutOff *q, Portion *h) {
  h->mark = memory_new((size_t)q->n_pre * sizeof *h->mark);
  h->pairs = memory_new(sizeof *h->pairs);
  bool ok = h->mark != NULL && h->pairs != NULL;
  for (int i = 0; ok && i < q->n_slots; i++)
    if (q->scope[i] != SCOPE_UNIFORM)
      ok = (h->buffer[i] = memory_new((size_t)(AT_ONCE * q->size))) != NULL;
  return ok && log_reserve(q, &h->log, FIRST_LOG);
}

static bool set_portions(PutOff *q, const int64_t *first, int n) {
  Portion *portions = memory_new(sizeof *portions * (size_t)n);
  bool ok = portions != NULL;
  for (int k = 0; ok && k < n; k++) {
    portions[k].first = first[k];
    portions[k].last = k + 1 < n ? first[k + 1] : q->n_post;
    ok = portion_reserve(q, &portions[k]);
  }
  if (!ok) {
    portions_free(portions, portions != NULL ? n : 0);
    return false;
  }
  portions_free(q->portions, q->n_portions);
  storage_free_cuts(&q->cuts);
  storage_find_cuts(q->projection->storage, first, n, q->workers->n_threads, &q->cuts);
  q->portions = portions;
  q->n_portions = n;
  return true;
}

static bool reserve(PutOff *q, Error *e) {
  q->n_pre = q->projection->pre->n;
  q->n_post = q->projection->post->n;
  q->newest = memory_new((size_t)q->n_post * sizeof *q->newest);
  if (q->newest != NULL && set_portions(q, &(int64_t){ 0 }, 1))
    return true;
  free_memory(q);
  return error_memory(e, "spikes whose effect is put off", (double)sizeof(Pairs) + 4.0 * (double)(q->n_pre + q->n_post));
}

int put_off_n_parts(const PutOff *q) { return q->n_portions; }

bool put_off_cut(PutOff *q, const int64_t *first, int n_parts) {
  bool is_same = n_parts == q->n_portions;
  for (int k = 0; is_same && k < n_parts; k++)
    is_same = q->portions[k].first == first[k];
  if (is_same)
    return true;
  put_off_do_all(q);
  return set_portions(q, first, n_parts);
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

static const char *find_obstacle(PutOff *q) {
  const Projection *p = q->projection;
  const Storage *s = p->storage;
  q->now = find_kernel(p);
  if (q->now == NULL || q->now->n_slots != q->later->n_slots || q->now->n_slots > MOST_SLOTS)
    return "it is nothing, or several things";
  if (ranks_n() > 1)
    return "ranks share the work";
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
  q->workers = w;
  q->obstacle = find_obstacle(q);
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

/* For whom something is done: a portion, by values of the pre neurons that were noted or (begun = NULL) that they have. */
typedef struct Doer {
  const PutOff *q;
  Portion *portion;
  char *const *begun;
  void *scratch;
} Doer;

static const char *values_of(const Doer *d, int slot) {
  switch (d->q->scope[slot]) {
  case SCOPE_POST: return d->portion->log.value[slot];
  case SCOPE_PRE: return d->begun != NULL ? d->begun[slot] : d->q->now->arrays[slot]->at;
  default: return d->q->now->arrays[slot]->at;
  }
}

/* Some pairs, no two of one synapse. */
static void do_pairs(const Doer *d, int64_t first, int64_t n) {
  const PutOff *q = d->q;
  const Pairs *c = d->portion->pairs;
  const uint32_t *at[] = {
    [SCOPE_ELEM] = c->place + first, [SCOPE_PRE] = (const uint32_t *)c->pre + first, [SCOPE_POST] = c->spike + first
  };
  void *slot[MOST_SLOTS];
  for (int i = 0; i < q->n_slots; i++) {
    slot[i] = q->scope[i] == SCOPE_UNIFORM ? q->now->arrays[i]->at : d->portion->buffer[i];
    if (q->scope[i] != SCOPE_UNIFORM)
      gather(q->size, values_of(d, i), at[q->scope[i]], n, d->portion->buffer[i]);
  }
  KernelArgs args = q->later->args;
  args.slot = slot;
  args.first = 0;
  args.last = n;
  args.scratch = d->scratch;
  q->later->run(&args);
  for (int i = 0; i < q->n_slots; i++)
    if (q->is_written[i])
      scatter(q->size, d->portion->buffer[i], at[SCOPE_ELEM], n, q->now->arrays[i]->at);
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
static void do_spikes(const Doer *d) {
  Pairs *c = d->portion->pairs;
  const Log *l = &d->portion->log;
  find_first(c, l->before);
  while (c->n > 0) {
    for (int64_t k = 0; k < c->n; k += AT_ONCE)
      do_pairs(d, k, c->n - k < AT_ONCE ? c->n - k : AT_ONCE);
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

/* The pairs of part begin .. end-1 of a row, each with the latest spike. `at`: where values of the pre neuron stand. */
static void collect(const Doer *d, int32_t pre, int32_t at_pre, int64_t begin, int64_t end) {
  const Storage *s = d->q->projection->storage;
  const int64_t row = pre - storage_major_first(s), row_begin = storage_row(s, row);
  const uint32_t mark = d->portion->mark[pre], *newest = d->q->newest;
  Pairs *c = d->portion->pairs;
  StorageBuffer buffer;
  d->portion->n_read += (double)(end - begin);
  while (begin < end) {
    const StorageSpan span = storage_span(s, row, begin - row_begin, &buffer);
    if (c->n == PAIRS)
      do_spikes(d);
    const int64_t left = end - begin < span.n ? end - begin : span.n, n = left < PAIRS - c->n ? left : PAIRS - c->n;
    int64_t at = c->n;
    for (int64_t k = 0; k < n; k++) {
      const uint32_t spike = newest[span.minors[k]];
      c->place[at] = (uint32_t)(begin + k);
      c->spike[at] = spike;
      at += spike > mark;
    }
    for (int64_t k = c->n; k < at; k++) {
      c->pre[k] = at_pre;
      c->mark[k] = mark;
    }
    c->n = at;
    begin += n;
  }
}

/* A part of a row, from begin to end-1. */
typedef struct RowPart {
  int64_t row, begin, end;
} RowPart;

static RowPart part_of(const Storage *s, int32_t pre, const int64_t *begin, const int64_t *end, int64_t k) {
  const int64_t row = pre - storage_major_first(s);
  return (RowPart){ row, begin != NULL ? begin[k] : storage_row(s, row), begin != NULL ? end[k] : storage_row(s, row + 1) };
}

/* Rows come from far: what will be looked at, and what belongs to the synapses, is asked for some rows before. */
static void ask_for(const PutOff *q, RowPart r) {
  enum { LINE = 64 };
  const Storage *s = q->projection->storage;
  StorageBuffer buffer;
  if (r.begin == r.end)
    return;
  const StorageSpan span = storage_span(s, r.row, r.begin - storage_row(s, r.row), &buffer);
  for (int64_t k = 0; k < span.n && k < r.end - r.begin; k += LINE / 4)
    __builtin_prefetch(span.minors + k);
  for (int i = 0; i < q->n_slots; i++)
    for (int64_t k = r.begin; q->scope[i] == SCOPE_ELEM && k < r.end; k += LINE / q->size)
      __builtin_prefetch((const char *)q->now->arrays[i]->at + k * q->size);
}

/* What concerns the portion in these rows; `from`: where values of the first pre neuron stand, those of the others follow; -1: at their numbers. */
static void collect_rows(const Doer *d, const int32_t *list, int64_t n, const int64_t *begin, const int64_t *end, int64_t from) {
  enum { LONG = 256 };
  const Storage *s = d->q->projection->storage;
  for (int64_t k = 0; k < n; k++) {
    const RowPart r = part_of(s, list[k], begin, end, k);
    const int64_t later = k + (r.end - r.begin < LONG ? 4 : 1);
    if (later < n)
      ask_for(d->q, part_of(s, list[later], begin, end, later));
    collect(d, list[k], from < 0 ? list[k] : (int32_t)(from + k), r.begin, r.end);
  }
}

/* The same, of whole rows. */
static void collect_portion(const Doer *d, const int32_t *list, int64_t n) {
  int64_t begin[ROWS], end[ROWS];
  for (int64_t k = 0; k < n; k += ROWS) {
    KernelArgs args = { .storage = d->q->projection->storage, .list = list + k, .n_list = n - k < ROWS ? n - k : ROWS };
    if (d->q->cuts.n_parts > 1)
      storage_cut_known(&args, &d->q->cuts, (int)(d->portion - d->q->portions), begin, end);
    else if (d->q->n_portions > 1)
      storage_cut(&args, d->portion->first, d->portion->last, begin, end);
    collect_rows(d, args.list, args.n_list, args.begin, args.end, -1);
  }
}

void put_off_do_rows(PutOff *q, const int32_t *list, int64_t n) {
  for (int h = 0; q->is_pending && h < q->n_portions; h++) {
    Portion *portion = &q->portions[h];
    const Doer d = { q, portion, NULL, q->workers->scratch[0] };
    collect_portion(&d, list, n);
    do_spikes(&d);
    for (int64_t k = 0; k < n; k++)
      portion->mark[list[k]] = portion->log.n;
  }
}

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

void put_off_begin(PutOff *q, const int32_t *list, int64_t n) {
  if (!q->is_pending || n == 0)
    return;
  if (n > q->begun_capacity) {
    const int64_t capacity = memory_larger(q->begun_capacity, n);
    bool ok = true;
    for (int i = 0; i < q->n_slots; i++) {
      memory_free(q->begun[i]);
      q->begun[i] = ok && q->scope[i] == SCOPE_PRE ? memory_new((size_t)(capacity * q->size)) : NULL;
      ok = ok && (q->scope[i] != SCOPE_PRE || q->begun[i] != NULL);
    }
    q->begun_capacity = ok ? capacity : 0;
    if (!ok) {
      put_off_do_all(q);
      point(q, &q->away); /* parts may write spikes down in this step */
      return;
    }
  }
  for (int i = 0; i < q->n_slots; i++)
    if (q->scope[i] == SCOPE_PRE)
      gather(q->size, q->now->arrays[i]->at, (const uint32_t *)list, n, q->begun[i]);
}

void put_off_do_part(PutOff *q, int part, const int32_t *list, int64_t n, const int64_t *begin, const int64_t *end, int64_t from,
                     void *scratch) {
  if (!q->is_pending)
    return;
  Portion *portion = &q->portions[part];
  const Doer d = { q, portion, q->begun, scratch };
  collect_rows(&d, list, n, begin, end, from);
  do_spikes(&d);
  for (int64_t k = 0; k < n; k++)
    portion->mark[list[k]] = portion->log.n;
}

/* ---- writing down ----------------------------------------------------------------------------------------------------------- */

/* There is room for it. */
static void note(PutOff *q, Log *l, int32_t post) {
  const uint32_t spike = ++l->n, before = q->newest[post];
  l->before[spike] = before;
  l->after[spike] = 0;
  l->after[before] = spike; /* of 0 nobody asks */
  q->newest[post] = spike;
  for (int i = 0; i < q->n_slots; i++)
    if (q->scope[i] == SCOPE_POST)
      memcpy(l->value[i] + (size_t)spike * (size_t)q->size, (const char *)q->now->arrays[i]->at + (size_t)post * (size_t)q->size,
             (size_t)q->size);
}

/* Spikes up to `old` are forgotten: all rows have had them. */
static void forget_spikes(PutOff *q, Portion *h, uint32_t old) {
  Log *l = &h->log;
  const size_t n = l->n - old;
  for (uint32_t k = 1; k <= n; k++) {
    l->before[k] = l->before[k + old] > old ? l->before[k + old] - old : 0;
    l->after[k] = l->after[k + old] > old ? l->after[k + old] - old : 0;
  }
  for (int i = 0; i < q->n_slots; i++)
    if (q->scope[i] == SCOPE_POST)
      memmove(l->value[i] + q->size, l->value[i] + (size_t)(old + 1) * (size_t)q->size, n * (size_t)q->size);
  for (int64_t k = h->first; k < h->last; k++)
    q->newest[k] = q->newest[k] > old ? q->newest[k] - old : 0;
  for (int64_t k = 0; k < q->n_pre; k++)
    h->mark[k] = h->mark[k] > old ? h->mark[k] - old : 0;
  l->n = (uint32_t)n;
}

/* Rows that were last read before spike `old` have all done to them now. */
static void catch_up(PutOff *q, Portion *h, uint32_t old) {
  const Storage *s = q->projection->storage;
  const Doer d = { q, h, NULL, q->workers->scratch[parallel_id()] };
  const int64_t first = storage_major_first(s), end = first + storage_n_major(s);
  for (int64_t pre = first; pre < end;) {
    int32_t list[ROWS];
    int64_t n = 0;
    for (; pre < end && n < ROWS; pre++)
      if (h->mark[pre] < old)
        list[n++] = (int32_t)pre;
    collect_portion(&d, list, n);
  }
  do_spikes(&d);
  for (int64_t pre = first; pre < end; pre++)
    h->mark[pre] = h->mark[pre] < old ? h->log.n : h->mark[pre];
  forget_spikes(q, h, old);
}

/* Room for `n` more. Logs are not to take more than rows do: then the older half is done, of rows that were not read since; where these are most, all is. */
static void make_room(PutOff *q, Portion *h, int64_t n) {
  Log *l = &h->log;
  const int64_t first = storage_major_first(q->projection->storage), n_rows = storage_n_major(q->projection->storage);
  int64_t n_old = 0;
  for (int64_t row = 0; row < n_rows; row++)
    n_old += h->mark[first + row] < l->n / 2;
  catch_up(q, h, n_old > n_rows / 2 || l->n / 2 + n > l->capacity ? l->n : l->n / 2);
}

/* Is there room for `n` more, or can there be? */
static bool has_room(const PutOff *q, Portion *h, int64_t n) {
  const int64_t most = q->projection->storage->n_synapses / 8 / q->n_portions + FIRST_LOG + n;
  const int64_t wanted = memory_larger(h->log.capacity, h->log.n + n);
  return h->log.n + n <= h->log.capacity || (wanted <= most && log_reserve(q, &h->log, wanted));
}

static void do_all_of(void *context, int portion) {
  PutOff *q = context;
  catch_up(q, &q->portions[portion], q->portions[portion].log.n);
}

void put_off_do_all(PutOff *q) {
  if (q == NULL || !q->is_pending)
    return;
  parallel_run(q->workers->n_threads, q->n_portions, do_all_of, q);
  point(q, NULL);
}

void put_off_note(PutOff *q, const int32_t *list, int64_t n) {
  Portion *h = q->portions;
  for (int64_t k = 0; k < n; k++) {
    h = list[k] < h->first ? q->portions : h;
    while (list[k] >= h->last)
      h++;
    if (!has_room(q, h, 1))
      make_room(q, h, 1);
    if (!q->is_pending)
      point(q, &q->away);
    note(q, &h->log, list[k]);
  }
}

static void make_room_of(void *context, int portion) {
  PutOff *q = context;
  Portion *h = &q->portions[portion];
  if (h->log.n + h->last - h->first > h->log.capacity)
    make_room(q, h, h->last - h->first);
}

bool put_off_expect(PutOff *q) {
  bool has = true;
  for (int k = 0; k < q->n_portions; k++)
    has = has_room(q, &q->portions[k], q->portions[k].last - q->portions[k].first) && has;
  if (!has)
    parallel_run(q->workers->n_threads, q->n_portions, make_room_of, q);
  has = true;
  for (int k = 0; k < q->n_portions; k++)
    has = has && q->portions[k].log.n + q->portions[k].last - q->portions[k].first <= q->portions[k].log.capacity;
  if (!q->is_pending && has)
    point(q, &q->away);
  return has;
}

void put_off_note_part(PutOff *q, int part, const int32_t *list, int64_t n) {
  for (int64_t k = 0; k < n; k++)
    note(q, &q->portions[part].log, list[k]);
}

/* ---- looks ---------------------------------------------------------------------------------------------------------------------- */

/* Somebody looks. Where that comes too often, what it costs is not gained between two looks. */
static void bring_back(Away *a) {
  PutOff *q = (PutOff *)a;
  Storage *s = q->projection->storage;
  double n_read = 0;
  for (int k = 0; k < q->n_portions; k++)
    n_read += q->portions[k].n_read;
  q->n_looks = n_read < (double)s->n_synapses ? q->n_looks + 1 : 0;
  put_off_do_all(q);
  for (int k = 0; k < q->n_portions; k++)
    q->portions[k].n_read = 0;
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
  int64_t n_values = 0, n_buffers = 0;
  if (q == NULL || q->newest == NULL)
    return 0;
  for (int i = 0; i < q->n_slots; i++) {
    n_values += q->scope[i] == SCOPE_POST;
    n_buffers += q->scope[i] != SCOPE_UNIFORM;
  }
  int64_t sum = (int64_t)sizeof *q + 4 * q->n_post + storage_bytes_of_cuts(&q->cuts);
  for (int k = 0; k < q->n_portions; k++)
    sum += (int64_t)sizeof(Portion) + (int64_t)sizeof(Pairs) + 4 * q->n_pre + n_buffers * AT_ONCE * q->size +
           (q->portions[k].log.capacity + 1) * (8 + n_values * q->size);
  return sum;
}
