#include "engine/parcels.h"

#include <string.h>

#include "base/memory.h"
#include "engine/parcels_private.h"
#include "engine/plan.h"

static const int64_t NEVER = INT64_MIN / 2;

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
  enum {
    LONGEST = 4096, /* steps: a queue for each */
    SHORT = 256     /* synapses that arrive together from one neuron: more are quickly found in their row */
  };
  const DelayTable *d = &p->delays;
  if (d->n_delays < 2 || d->delay[d->n_delays - 1] > LONGEST || p->pre->clock != p->post->clock || p->n_flushes > 0 ||
      p->pulls_from != INT64_MIN || p->kernels[ROLE_PRE].n != 1 || p->kernels[ROLE_PATHWAY].n > 0 || !storage_has_lists(p->storage) ||
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

/* For rows of the members, or for those of the bundle. */
static void lay_out(Parcels *q, bool is_bundled) {
  const BoundKernel *b = q->members[0].bound;
  q->is_bundled = is_bundled;
  q->is_paired = is_bundled && q->rows[0].at.is_paired;
  q->n_values = 0;
  q->bytes = 64 + in_lines(ENTRIES * (is_bundled && !q->is_paired ? sizeof(uint16_t) : sizeof(int32_t)) + BLOCK);
  for (int i = 0; i < b->n_slots; i++)
    if (program_slot(b->program, i)->scope == SCOPE_ELEM) {
      const size_t whole = array_type_size(b->arrays[i]->type);
      const Narrow narrow = is_bundled ? bundle_narrow(q->bundle, q->n_values) : (Narrow){ 0 };
      const size_t size = narrow.kind != NARROW_NOT ? sizeof(uint16_t) : whole;
      q->values[q->n_values++] = (Value){ i, size, whole, narrow, q->bytes };
      q->bytes += q->is_paired ? 0 : in_lines(ENTRIES * size + BLOCK);
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

/* ---- rows ----------------------------------------------------------------------------------------------------------- */

static int64_t longest_row(const Storage *s) {
  int64_t longest = 0;
  for (int64_t r = 0; r < storage_n_major(s); r++) {
    const int64_t n = storage_row(s, r + 1) - storage_row(s, r);
    longest = n > longest ? n : longest;
  }
  return longest;
}

/* By how many arrive together. */
static int how_many_at_once(const Projection *p) {
  const double each = (double)p->storage->n_synapses / ((double)storage_n_major(p->storage) * p->delays.n_delays);
  return each < 2 ? 4 : each < 5 ? 8 : MOST_AT_ONCE;
}

static bool make_rows(Parcels *q, int n) {
  memory_free(q->rows);
  q->rows = memory_new(sizeof *q->rows * (size_t)n);
  q->n_rows = q->rows != NULL ? n : 0;
  return q->rows != NULL;
}

/* Each member's own; their contents have to be here. */
static bool use_members(Parcels *q) {
  StorageBuffer none;
  if (!make_rows(q, q->n_members))
    return false;
  for (int k = 0; k < q->n_members; k++) {
    const Projection *p = q->members[k].projection;
    projection_have(p);
    q->rows[k] = (Rows){ .at = { .first = p->delays.first,
                                 .cut = p->delays.cut,
                                 .delay = p->delays.delay,
                                 .n_delays = p->delays.n_delays,
                                 .n_blocks = 1,
                                 .minors = storage_span(p->storage, 0, 0, &none).minors,
                                 .longest = longest_row(p->storage) },
                         .each = p->delays.each != NULL ? &p->delays : NULL,
                         .values = q->members[k].bound->pointers,
                         .offset = q->members[k].offset,
                         .n_posts = p->post->n,
                         .is_unique = p->storage->is_unique,
                         .at_once = how_many_at_once(p) };
  }
  lay_out(q, false);
  return true;
}

static bool use_bundle(Parcels *q, int n_parts) {
  if (!make_rows(q, n_parts))
    return false;
  for (int k = 0; k < n_parts; k++)
    q->rows[k] = (Rows){ .at = *bundle_rows(q->bundle, k), .values = q->of_bundle, .at_once = MOST_AT_ONCE };
  lay_out(q, true);
  return true;
}

static void drop_bundle(Parcels *q) {
  if (q->bundle == NULL)
    return;
  bundle_have_members(q->bundle);
  for (int k = 0; k < q->n_members; k++)
    projection_leave_bundle(q->members[k].projection);
  bundle_release(q->bundle);
  q->bundle = NULL;
}

/* Are all posts that this process has in some part? */
static bool is_whole(const Parcels *q, const Posts *posts, int n_parts) {
  int64_t n_cut = 0, n_posts = 0;
  for (int k = 0; k < q->n_members; k++) {
    const Population *post = q->members[k].projection->post;
    n_posts += post->own_last - post->own_first;
    for (int part = 0; part < n_parts; part++)
      n_cut += posts[part * q->n_members + k].last - posts[part * q->n_members + k].first;
  }
  return n_cut == n_posts;
}

static bool make_bundle(Parcels *q, BundleCut cut, int n_threads) {
  BundleMember *from = memory_new(sizeof *from * (size_t)q->n_members);
  q->of_bundle = q->of_bundle != NULL ? q->of_bundle : memory_new(sizeof *q->of_bundle * MOST_SLOTS);
  for (int k = 0; from != NULL && k < q->n_members; k++) {
    from[k] = (BundleMember){ .projection = q->members[k].projection, .offset = q->members[k].offset };
    for (int v = 0; v < q->n_values; v++)
      from[k].values[v] = q->members[k].bound->arrays[q->values[v].slot];
  }
  if (from != NULL && q->of_bundle != NULL && bundle_pays(from, q->n_members, cut.n_parts))
    q->bundle = bundle_of(from, q->n_members, q->n_values, cut, q->may_let_go, n_threads);
  for (int v = 0; q->bundle != NULL && v < q->n_values; v++)
    q->of_bundle[q->values[v].slot] = bundle_value(q->bundle, v);
  q->bundled_of = changes(q->members, q->n_members, q->values, q->n_values);
  memory_free(from);
  return q->bundle != NULL;
}

/* The rows to be packed from, where posts are cut like this. */
static bool choose_rows(Parcels *q, const Posts *posts, int n_parts, int n_threads) {
  const bool is_good = q->bundle == NULL || q->bundled_of == changes(q->members, q->n_members, q->values, q->n_values);
  drop_bundle(q); /* it is cut otherwise; and never are two there at once */
  if (q->may_bundle && is_good && is_whole(q, posts, n_parts) && make_bundle(q, (BundleCut){ posts, n_parts }, n_threads))
    return use_bundle(q, n_parts);
  q->may_bundle = false; /* who writes values once will do it again, and what does not pay now will not pay later */
  return use_members(q);
}

/* ---- making and ending ---------------------------------------------------------------------------------------------- */

/* Are rows and values wanted for packing alone, and packed all? */
static bool may_let_go(const Parcels *q) {
  for (int k = 0; k < q->n_members; k++) {
    const Projection *p = q->members[k].projection;
    int n_kernels = 0;
    for (int r = 0; r < N_ROLES; r++)
      n_kernels += p->kernels[r].n;
    if (n_kernels > 1 || p->n_lags > 0 || p->storage->n_more_owners > 0 || (p->post->is_shared && !p->is_part))
      return false;
    for (int v = 0; v < q->n_values; v++) {
      const Array *a = q->members[k].bound->arrays[q->values[v].slot];
      if (plan_users(a->buffer) > 1 || a->at != a->buffer->data || !array_is_contiguous(a) || array_count(a) != p->storage->n_synapses)
        return false;
    }
  }
  return true;
}

void parcels_plan(Parcels *q) {
  q->may_let_go = may_let_go(q);
  if (!q->may_let_go)
    bundle_have_members(q->bundle);
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
    m[k] = (Member){ .projection = p, .bound = p->kernels[ROLE_PRE].items[0] };
    const int64_t longest = p->delays.delay[p->delays.n_delays - 1];
    q->n_queues = longest + 1 > q->n_queues ? longest + 1 : q->n_queues;
    q->n_synapses += p->storage->n_synapses;
  }
  q->ready_for = q->packed_anew = NEVER;
  lay_out(q, false);
  set_offsets(q);
  q->made_of = changes(m, n_members, NULL, 0);
  q->may_bundle = true;
  parcels_plan(q);
  return q;
}

static void free_parts(Parcels *q) {
  for (int k = 0; k < q->n_parts; k++) {
    memory_free(q->parts[k].queues);
    memory_free(q->parts[k].none);
    memory_free(q->parts[k].rows);
  }
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
  bundle_release(q->bundle);
  memory_free(q->of_bundle);
  memory_free(q->rows);
  memory_free(q->members);
  memory_free(q);
}

int64_t parcels_bytes(const Parcels *q) {
  if (q->n_parts == 0)
    return 0;
  int64_t bytes = (int64_t)sizeof *q + (int64_t)sizeof(Member) * q->n_members + (q->n_parcels + q->n_parts) * (int64_t)q->bytes;
  for (int k = 0; k < q->n_parts; k++)
    bytes += (int64_t)(sizeof(Part) + sizeof(Posts) * (size_t)q->n_members + sizeof(int) * (size_t)q->n_rows +
                       sizeof(Queue) * (size_t)(q->n_queues * q->parts[k].n_blocks));
  return bytes;
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
bool parcels_are_dear(const Parcels *q) { return q->is_bundled; }

/* ---- parts ---------------------------------------------------------------------------------------------------------- */

static bool make_part(const Parcels *q, int k, const Posts *posts) {
  Part *part = &q->parts[k];
  part->n_blocks = q->is_bundled ? q->rows[k].at.n_blocks : 1;
  part->queues = memory_new(sizeof(Queue) * (size_t)(q->n_queues * part->n_blocks));
  part->none = memory_new(q->bytes);
  part->rows = memory_new(sizeof *part->rows * (size_t)q->n_rows);
  if (part->queues == NULL || part->none == NULL || part->rows == NULL)
    return false;
  if (q->is_bundled && part->n_blocks > 0)
    part->rows[part->n_rows++] = k;
  for (int r = 0; r < q->n_members && !q->is_bundled; r++)
    if (posts[k * q->n_members + r].first < posts[k * q->n_members + r].last)
      part->rows[part->n_rows++] = r;
  for (int64_t i = 0; i < q->n_queues * part->n_blocks; i++)
    part->queues[i] = (Queue){ .last = part->none, .n = ENTRIES };
  return true;
}

static bool make_parts(Parcels *q, const Posts *posts, int n_parts, int n_threads) {
  const size_t n_posts = (size_t)n_parts * (size_t)q->n_members;
  free_parts(q);
  q->ready_for = NEVER;
  q->parts = memory_new(sizeof *q->parts * (size_t)n_parts);
  q->posts = memory_new(sizeof *q->posts * n_posts);
  bool is_good = q->parts != NULL && q->posts != NULL && choose_rows(q, posts, n_parts, n_threads);
  while (is_good && q->n_parts < n_parts)
    is_good = make_part(q, q->n_parts++, posts);
  if (is_good) {
    memcpy(q->posts, posts, sizeof *posts * n_posts);
    return true;
  }
  free_parts(q);
  drop_bundle(q); /* every member goes by itself, and has its rows */
  lay_out(q, false);
  return false;
}

bool parcels_cut(Parcels *q, const Posts *posts, int n_parts, int64_t stamp, const Workers *w) {
  const bool is_same = q->n_parts == n_parts && memcmp(q->posts, posts, sizeof *posts * (size_t)n_parts * (size_t)q->n_members) == 0;
  if (!is_same && !make_parts(q, posts, n_parts, w->n_threads))
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

void parcels_give_back(Part *part, Queue *from) {
  while (from->first != NULL) {
    Parcel *c = from->first;
    from->first = c->next;
    c->next = part->spare;
    part->spare = c;
    part->n_spare++;
  }
  from->last = part->none;
  from->n = ENTRIES;
}

static void clear(Parcels *q) {
  for (int k = 0; k < q->n_parts; k++)
    for (int64_t i = 0; i < q->n_queues * q->parts[k].n_blocks; i++)
      parcels_give_back(&q->parts[k], &q->parts[k].queues[i]);
  q->ready_for = NEVER;
}

/* ---- a step --------------------------------------------------------------------------------------------------------- */

/* The most synapses of a spike in a part. */
static int64_t most_of(const Parcels *q, int part) {
  int64_t sum = 0;
  for (int k = 0; k < q->parts[part].n_rows; k++) {
    const Rows *r = &q->rows[q->parts[part].rows[k]];
    int64_t most = r->at.longest;
    if (r->is_unique) { /* they are a member's */
      const Posts *p = &q->posts[part * q->n_members + q->parts[part].rows[k]];
      most = p->last - p->first < most ? p->last - p->first : most;
    }
    sum += most;
  }
  return sum;
}

/* Where most neurons spike at once, copies would take as much memory as the synapses do: those spikes find their synapses themselves, in rows of a
** bundle at little more cost. */
static int64_t most_parcels(const Parcels *q) {
  enum { SHARE = 4, SHARE_OF_BUNDLE = 16, LEAST = IS_DEBUG ? 4 : (1 << 17) / ENTRIES };
  int64_t n_queues = 0;
  for (int k = 0; k < q->n_parts; k++)
    n_queues += q->n_queues * q->parts[k].n_blocks;
  return LEAST + 2 * n_queues + q->n_synapses / (q->is_bundled ? SHARE_OF_BUNDLE : SHARE) / ENTRIES;
}

/* Room for what will be packed: it may begin a parcel in each queue. */
static bool make_room(Parcels *q) {
  int64_t n_spikes = 0, n_lacking = 0;
  for (int64_t sent = q->pack_from; sent < q->pack_to; sent++)
    n_spikes += population_spikes(q->members[0].projection->pre, sent)->n;
  for (int pass = 0; pass < 2 && n_spikes > 0; pass++)
    for (int k = 0; k < q->n_parts; k++) {
      const int64_t n = n_spikes * most_of(q, k) / ENTRIES + q->n_queues * q->parts[k].n_blocks;
      n_lacking += n > q->parts[k].n_spare ? n - q->parts[k].n_spare : 0;
      if (pass == 0 ? n_lacking > 0 && q->n_parcels + n_lacking > most_parcels(q) : !reserve(q, &q->parts[k], n))
        return false;
    }
  return true;
}

/* Values have been written: it is the members' own that are good. */
static void leave_bundle(Parcels *q) {
  Posts *posts = q->posts;
  const int n_parts = q->n_parts;
  q->posts = NULL;
  free_parts(q);
  if (posts != NULL)
    make_parts(q, posts, n_parts, 1);
  memory_free(posts);
}

static bool begin(Parcels *q, int64_t step) {
  const int64_t now = changes(q->members, q->n_members, q->values, q->n_values);
  if (q->ready_for == step && q->seen == now)
    return true;
  if (q->is_bundled && q->bundled_of != now)
    leave_bundle(q);
  q->pack_from = q->pack_to;
  q->pack_to = population_known(q->members[0].projection->pre, step); /* the least delay lies behind that (engine/telling.h) */
  if (q->ready_for != step - 1 || q->seen != now) {
    /* packing anew costs about as much as going without for as long as the longest delay: it is not done more often */
    clear(q);
    if (q->n_parts == 0 || (step >= q->packed_anew && step - q->packed_anew < q->n_queues))
      return false;
    q->pack_from = step - (q->n_queues - 1);
    q->packed_anew = step;
    q->seen = now;
  }
  q->ready_for = make_room(q) ? step : NEVER;
  return q->ready_for == step;
}

bool parcels_begin(Parcels *q, int64_t step) {
  q->now = step;
  return begin(q, step) || q->is_bundled;
}

bool parcels_begin_whole(Parcels *q, int64_t step, const Workers *w) {
  Posts *whole = q->n_parts > 0 ? NULL : memory_new(sizeof *whole * (size_t)q->n_members);
  for (int k = 0; whole != NULL && k < q->n_members; k++)
    whole[k] = (Posts){ q->members[k].projection->post->own_first, q->members[k].projection->post->own_last };
  if (whole != NULL)
    parcels_cut(q, whole, 1, 0, w);
  memory_free(whole);
  return parcels_begin(q, step);
}
