#include "engine/bundle.h"

#include <string.h>

#include "base/array_reduce.h"
#include "base/clones.h"
#include "base/half.h"
#include "base/memory.h"
#include "base/parallel.h"

/* Synapses of a member's row that arrive together. */
typedef struct Piece {
  int member;
  int32_t delay; /* which of the member's */
} Piece;

typedef struct Member {
  Projection *projection;              /* borrowed; asked only for as long as it knows this bundle */
  Storage *storage;                    /* borrowed; NULL: it is gone */
  Buffer *buffers[BUNDLE_MOST_VALUES]; /* borrowed; NULL: gone */
  uint32_t versions[BUNDLE_MOST_VALUES];
  double low[BUNDLE_MOST_VALUES], high[BUNDLE_MOST_VALUES]; /* extents of the values, where they are away */
  int32_t *minors;                                          /* of the storage */
  int32_t offset, end;                                      /* of its posts, in elements */
  int64_t *row;                                             /* owned; [n_rows + 1] */
} Member;

struct Bundle {
  Away away; /* the first: who has only this has the bundle */
  int references, n_threads;
  int n_away;      /* lists that are away; while there are any, a reference is theirs */
  Member *members; /* owned; [n_members] by offset */
  int n_members, n_values;
  size_t size[BUNDLE_MOST_VALUES];  /* of a member's; 8 or 4 where they are numbers */
  bool is_half[BUNDLE_MOST_VALUES]; /* kept as such */
  int64_t n_rows, n_synapses;
  PackedRows packed; /* of these: */
  int64_t *first;
  int32_t *cut, *delay, *block;
  uint16_t *minors;                 /* owned; [n_synapses] */
  Piece *pieces;                    /* owned; of all delays, by delay, then by member */
  int *first_piece;                 /* owned; [n_delays + 1] */
  char *values[BUNDLE_MOST_VALUES]; /* owned; [n_synapses] */
};

bool bundle_pays(const BundleMember *members, int n_members) {
  enum { LEAST = IS_DEBUG ? 8 : 1 << 17, LONG = 64 /* pieces of so many synapses are long enough */, LEAST_OF_DELAY = 2 };
  int64_t n_synapses = 0, longest = 0;
  for (int k = 0; k < n_members; k++) {
    const DelayTable *d = &members[k].projection->delays;
    n_synapses += members[k].projection->storage->n_synapses;
    longest = d->delay[d->n_delays - 1] > longest ? d->delay[d->n_delays - 1] : longest;
  }
  const int64_t n_rows = storage_n_major(members[0].projection->storage);
  return n_members > 1 && n_members <= BUNDLE_MOST_MEMBERS && n_synapses >= LEAST && n_synapses < LONG * n_rows * longest * n_members &&
         (IS_DEBUG || n_synapses >= LEAST_OF_DELAY * n_rows * longest);
}

/* ---- making --------------------------------------------------------------------------------------------------------- */

static void free_all(Bundle *b) {
  for (int k = 0; k < b->n_members; k++)
    memory_free(b->members[k].row);
  memory_free(b->members);
  memory_free(b->first);
  memory_free(b->cut);
  memory_free(b->delay);
  memory_free(b->block);
  memory_free(b->pieces);
  memory_free(b->first_piece);
  memory_free(b->minors);
  for (int v = 0; v < b->n_values; v++)
    memory_free(b->values[v]);
  memory_free(b);
}

void bundle_release(Bundle *b) {
  if (b != NULL && --b->references == 0)
    free_all(b);
}

/* For who wants to know this much of what is away. */
static void measure(Member *m, const BundleMember *from, int n_values) {
  for (int v = 0; v < n_values; v++) {
    ArrayScalar low = { 0 }, high = { 0 };
    Error e;
    if (array_count(from->values[v]) > 0) {
      array_reduce(ARRAY_REDUCE_MIN, from->values[v], 0, &low, &e);
      array_reduce(ARRAY_REDUCE_MAX, from->values[v], 0, &high, &e);
    }
    m->low[v] = low.number;
    m->high[v] = high.number;
  }
}

/* Are all numbers of half precision? Most often the first few tell. */
#define ALL_HALF(real)                                                                                                                     \
  CLONES static bool all_half_##real(const real *x, int64_t n) {                                                                           \
    enum { SOME = 256 };                                                                                                                   \
    for (int64_t at = 0; at < n; at += SOME) {                                                                                             \
      const int64_t end = n - at < SOME ? n : at + SOME;                                                                                   \
      int n_others = 0;                                                                                                                    \
      for (int64_t k = at; k < end; k++)                                                                                                   \
        n_others += !(half_nearest((double)x[k]) == (double)x[k] && fabs((double)x[k]) <= 65504);                                          \
      if (n_others > 0)                                                                                                                    \
        return false;                                                                                                                      \
    }                                                                                                                                      \
    return true;                                                                                                                           \
  }
ALL_HALF(float)
ALL_HALF(double)
#undef ALL_HALF

static bool is_half(const BundleMember *from, int n_members, int v) {
  const ArrayType type = from[0].values[v]->type;
  bool is = type == ARRAY_F32 || type == ARRAY_F64;
  for (int k = 0; is && k < n_members; k++) {
    const Array *a = from[k].values[v];
    is = type == ARRAY_F32 ? all_half_float(a->buffer->data, array_count(a)) : all_half_double(a->buffer->data, array_count(a));
  }
  return is;
}

/* Members by offset, with the beginnings of their rows. */
static bool take_members(Bundle *b, const BundleMember *from, int n, bool lets_go) {
  b->members = memory_new(sizeof *b->members * (size_t)n);
  for (int k = 0; b->members != NULL && k < n; k++) {
    int at = b->n_members++;
    for (; at > 0 && b->members[at - 1].offset > from[k].offset; at--)
      b->members[at] = b->members[at - 1];
    Member *m = &b->members[at];
    const Projection *p = from[k].projection;
    StorageBuffer none;
    *m = (Member){ .projection = from[k].projection, .storage = p->storage, .offset = from[k].offset };
    m->minors = (int32_t *)storage_span(p->storage, 0, 0, &none).minors; /* there are lists: parcels_fit */
    m->end = m->offset + (int32_t)p->post->n;
    for (int v = 0; v < b->n_values; v++) {
      m->buffers[v] = from[k].values[v]->buffer;
      m->versions[v] = m->buffers[v]->version;
      b->size[v] = array_type_size(from[k].values[v]->type);
    }
    if (lets_go)
      measure(m, &from[k], b->n_values);
    m->row = memory_raw(sizeof *m->row * (size_t)(b->n_rows + 1));
    if (m->row == NULL)
      return false;
    for (int64_t r = 0; r <= b->n_rows; r++)
      m->row[r] = storage_row(p->storage, r);
  }
  return b->members != NULL;
}

/* The delays of all members, and what each has of them. */
static bool take_delays(Bundle *b) {
  int n_pieces = 0, longest = 0, n = 0;
  for (int k = 0; k < b->n_members; k++) {
    const DelayTable *d = &b->members[k].projection->delays;
    n_pieces += d->n_delays;
    longest = d->delay[d->n_delays - 1] > longest ? d->delay[d->n_delays - 1] : longest;
  }
  b->pieces = memory_new(sizeof *b->pieces * (size_t)n_pieces);
  b->first_piece = memory_new(sizeof *b->first_piece * (size_t)(longest + 2));
  b->delay = memory_new(sizeof *b->delay * (size_t)(longest + 1));
  int *next = memory_new(sizeof *next * (size_t)b->n_members);
  const bool ok = b->pieces != NULL && b->first_piece != NULL && b->delay != NULL && next != NULL;
  n_pieces = 0;
  for (int32_t delay = 0; ok && delay <= longest; delay++) {
    const int before = n_pieces;
    for (int k = 0; k < b->n_members; k++) {
      const DelayTable *d = &b->members[k].projection->delays;
      if (next[k] < d->n_delays && d->delay[next[k]] == delay)
        b->pieces[n_pieces++] = (Piece){ k, next[k]++ };
    }
    if (n_pieces > before) {
      b->delay[n] = delay;
      b->first_piece[++n] = n_pieces;
    }
  }
  b->packed.n_delays = n;
  memory_free(next);
  return ok;
}

/* Blocks of posts, as large as they may be. Between members there may be much that is nobody's. */
static bool take_blocks(Bundle *b) {
  enum { MOST = IS_DEBUG ? 100 : 1 << 16 };
  int32_t *block = NULL, n = 0;
  for (int pass = 0; pass < 2; pass++) {
    n = 0;
    int32_t room = INT32_MIN; /* where the block ends that is being filled */
    for (int k = 0; k < b->n_members; k++)
      for (int32_t at = b->members[k].offset; at < b->members[k].end; at = room) {
        if (at >= room || room == INT32_MIN) {
          if (pass == 1)
            block[n] = at;
          n++;
          room = at + MOST;
        }
        if (room >= b->members[k].end)
          break;
      }
    if (pass == 0 && (block = memory_new(sizeof *block * (size_t)(n + 1))) == NULL)
      return false;
  }
  block[n] = INT32_MAX;
  b->packed.block = b->block = block;
  b->packed.n_blocks = n;
  return n > 0;
}

static inline size_t stored_size(const Bundle *b, int v) { return b->is_half[v] ? sizeof(uint16_t) : b->size[v]; }

static inline int64_t n_cuts(const Bundle *b) { return (int64_t)b->packed.n_delays * b->packed.n_blocks + 1; }

static bool take_rows(Bundle *b) {
  b->first = memory_raw(sizeof *b->first * (size_t)b->n_rows);
  b->cut = memory_raw(sizeof *b->cut * (size_t)(b->n_rows * n_cuts(b)));
  b->minors = memory_raw(sizeof *b->minors * (size_t)b->n_synapses);
  bool ok = b->first != NULL && b->cut != NULL && b->minors != NULL;
  for (int v = 0; v < b->n_values; v++) {
    b->values[v] = memory_raw(stored_size(b, v) * (size_t)b->n_synapses);
    ok = ok && b->values[v] != NULL;
  }
  int64_t at = 0;
  for (int64_t r = 0; ok && r < b->n_rows; r++) {
    b->first[r] = at;
    for (int k = 0; k < b->n_members; k++)
      at += b->members[k].row[r + 1] - b->members[k].row[r];
    b->packed.longest = at - b->first[r] > b->packed.longest ? at - b->first[r] : b->packed.longest;
  }
  b->packed.first = b->first;
  b->packed.cut = b->cut;
  b->packed.delay = b->delay;
  b->packed.minors = b->minors;
  return ok && b->packed.longest <= INT32_MAX;
}

/* ---- joining, and the way back -------------------------------------------------------------------------------------- */

static inline char *value_at(const Bundle *b, int v, int64_t at) { return b->values[v] + stored_size(b, v) * (size_t)at; }

static inline char *value_of(const Bundle *b, const Member *m, int v, int64_t at) {
  return (char *)m->buffers[v]->data + b->size[v] * (size_t)at;
}

/* `n` values of a member from `from` on into the bundle at `at`, and back. */
static void take_values(const Bundle *b, const Member *m, int v, int64_t from, int64_t at, int64_t n) {
  const void *x = value_of(b, m, v, from);
  uint16_t *half = (uint16_t *)value_at(b, v, at);
  if (!b->is_half[v])
    memcpy(half, x, b->size[v] * (size_t)n);
  else if (b->size[v] == sizeof(float))
    for (int64_t k = 0; k < n; k++)
      half[k] = half_of((double)((const float *)x)[k]);
  else
    for (int64_t k = 0; k < n; k++)
      half[k] = half_of(((const double *)x)[k]);
}

static void give_values(const Bundle *b, const Member *m, int v, int64_t to, int64_t at, int64_t n) {
  void *x = value_of(b, m, v, to);
  const uint16_t *half = (const uint16_t *)value_at(b, v, at);
  if (!b->is_half[v])
    memcpy(x, half, b->size[v] * (size_t)n);
  else if (b->size[v] == sizeof(float))
    for (int64_t k = 0; k < n; k++)
      ((float *)x)[k] = half_number(half[k]);
  else
    for (int64_t k = 0; k < n; k++)
      ((double *)x)[k] = (double)half_number(half[k]);
}

/* Piece by piece to its place in the bundle's row. */
static void join_row(Bundle *b, int64_t r) {
  int32_t *cut = b->cut + r * n_cuts(b);
  const int64_t first = b->first[r];
  int64_t at = first;
  for (int32_t d = 0; d < b->packed.n_delays; d++) {
    const int32_t *block = b->block;
    *cut++ = (int32_t)(at - first);
    for (int i = b->first_piece[d]; i < b->first_piece[d + 1]; i++) {
      const Member *m = &b->members[b->pieces[i].member];
      int64_t from, end;
      delay_part(&m->projection->delays, r, b->pieces[i].delay, &from, &end);
      for (int v = 0; v < b->n_values; v++)
        take_values(b, m, v, from, at, end - from);
      for (; from < end; from++, at++) {
        const int32_t post = m->minors[from] + m->offset;
        for (; post >= block[1]; block++)
          *cut++ = (int32_t)(at - first);
        b->minors[at] = (uint16_t)(post - block[0]);
      }
    }
    for (block++; block < b->block + b->packed.n_blocks; block++)
      *cut++ = (int32_t)(at - first);
  }
  *cut = (int32_t)(at - first);
}

/* What is a member's stands, for each delay, together, and in the order of its own row. Who is gone wants nothing. */
static void part_row(const Bundle *b, int64_t r, int64_t *at) {
  const int32_t *cut = b->cut + r * n_cuts(b);
  for (int k = 0; k < b->n_members; k++)
    at[k] = b->members[k].row[r];
  for (int32_t d = 0; d < b->packed.n_delays; d++)
    for (int32_t block = 0, k = 0; block < b->packed.n_blocks; block++, cut++) {
      const int32_t begin = b->block[block];
      for (int64_t from = b->first[r] + cut[0], last = b->first[r] + cut[1], end; from < last; from = end) {
        while (begin + b->minors[from] >= b->members[k].end)
          k++;
        const Member *m = &b->members[k];
        for (end = from; end < last && begin + b->minors[end] < m->end; end++)
          if (m->storage != NULL)
            m->minors[at[k] + end - from] = begin + b->minors[end] - m->offset;
        for (int v = 0; v < b->n_values; v++)
          if (m->buffers[v] != NULL)
            give_values(b, m, v, at[k], from, end - from);
        at[k] += end - from;
      }
    }
}

enum { ROWS_A_PART = 64 };

typedef struct Range {
  Bundle *b;
  int64_t first, last;
} Range;

static void join_rows(void *context, int64_t first, int64_t last) {
  const Range *j = context;
  for (int64_t r = j->first + first; r < j->first + last; r++)
    join_row(j->b, r);
}

static void part_rows(void *context, int64_t first, int64_t last) {
  const Bundle *b = context;
  int64_t at[BUNDLE_MOST_MEMBERS];
  for (int64_t r = first; r < last; r++)
    part_row(b, r, at);
}

static void let_go(const Range *j) {
  for (int k = 0; k < j->b->n_members; k++) {
    const Member *m = &j->b->members[k];
    const int64_t from = m->row[j->first], n = m->row[j->last] - from;
    memory_let_go(m->minors + from, (size_t)n * sizeof(int32_t));
    for (int v = 0; v < j->b->n_values; v++)
      memory_let_go(value_of(j->b, m, v, from), (size_t)n * j->b->size[v]);
  }
}

/* Some rows at a time: what has been joined is let go before the next ones are, so that never everything is there twice. */
static void join_all(Bundle *b, bool lets_go) {
  enum { TIMES = 4 };
  for (int i = 0; i < TIMES; i++) {
    Range j = { b, b->n_rows * i / TIMES, b->n_rows * (i + 1) / TIMES };
    parallel_ranges(b->n_threads, j.last - j.first, ROWS_A_PART, join_rows, &j);
    if (lets_go)
      let_go(&j);
  }
}

/* Whose lists are away point to the bundle, or to nobody any more. */
static void point(Bundle *b, Away *away) {
  int n = 0;
  for (int k = 0; k < b->n_members; k++) {
    Member *m = &b->members[k];
    if (m->storage != NULL) {
      __atomic_store_n(&m->storage->away, away, __ATOMIC_RELEASE);
      n++;
    }
    for (int v = 0; v < b->n_values; v++)
      if (m->buffers[v] != NULL) {
        __atomic_store_n(&m->buffers[v]->away, away, __ATOMIC_RELEASE);
        n++;
      }
  }
  away_count(away != NULL ? n : -n);
  b->n_away = away != NULL ? n : 0;
}

static void bring_back(Away *a) {
  Bundle *b = (Bundle *)a;
  parallel_ranges(b->n_threads, b->n_rows, ROWS_A_PART, part_rows, b);
  point(b, NULL);
  bundle_release(b);
}

static void forget(Away *a, const void *owner) {
  Bundle *b = (Bundle *)a;
  for (int k = 0; k < b->n_members; k++) {
    Member *m = &b->members[k];
    if (m->storage == owner)
      m->storage = NULL;
    for (int v = 0; v < b->n_values; v++)
      if (m->buffers[v] == owner)
        m->buffers[v] = NULL;
  }
  away_count(-1);
  if (--b->n_away == 0)
    bundle_release(b);
}

static bool extent(const Away *a, const void *owner, double *low, double *high) {
  const Bundle *b = (const Bundle *)a;
  for (int k = 0; k < b->n_members; k++)
    for (int v = 0; v < b->n_values; v++)
      if (b->members[k].buffers[v] == owner) {
        *low = b->members[k].low[v];
        *high = b->members[k].high[v];
        return true;
      }
  return false;
}

/* ---- for parcels ---------------------------------------------------------------------------------------------------- */

static bool is_of(const Bundle *b, const BundleMember *members, int n_members, int n_values) {
  bool is_same = b != NULL && b->n_members == n_members && b->n_values == n_values;
  for (int k = 0; is_same && k < n_members; k++) {
    const Member *m = b->members;
    while (m < b->members + n_members && (m->projection != members[k].projection || m->offset != members[k].offset))
      m++;
    is_same = m < b->members + n_members && members[k].projection->bundle == b;
    for (int v = 0; is_same && v < n_values; v++)
      is_same = m->buffers[v] == members[k].values[v]->buffer && m->versions[v] == m->buffers[v]->version;
  }
  return is_same;
}

/* With all contents at hand. */
static Bundle *bundle_new(const BundleMember *members, int n_members, int n_values, bool lets_go, int n_threads) {
  Bundle *b = memory_new(sizeof *b);
  if (b == NULL)
    return NULL;
  *b = (Bundle){ .away = { false, bring_back, forget, extent }, .references = 1, .n_threads = n_threads, .n_values = n_values };
  b->n_rows = storage_n_major(members[0].projection->storage);
  for (int k = 0; k < n_members; k++) {
    b->n_synapses += members[k].projection->storage->n_synapses;
    away_bring_back(&members[k].projection->storage->away);
    for (int v = 0; v < n_values; v++)
      away_bring_back(&members[k].values[v]->buffer->away);
  }
  for (int v = 0; v < n_values; v++)
    b->is_half[v] = is_half(members, n_members, v);
  if (take_members(b, members, n_members, lets_go) && take_delays(b) && take_blocks(b) && take_rows(b))
    return b;
  free_all(b);
  return NULL;
}

Bundle *bundle_of(const BundleMember *members, int n_members, int n_values, bool lets_go, int n_threads) {
  Bundle *b = members[0].projection->bundle;
  if (is_of(b, members, n_members, n_values)) {
    b->references++;
    return b;
  }
  b = bundle_new(members, n_members, n_values, lets_go, n_threads);
  if (b == NULL)
    return NULL;
  join_all(b, lets_go);
  for (int k = 0; k < n_members; k++) {
    bundle_release(members[k].projection->bundle);
    members[k].projection->bundle = b;
    b->references++;
  }
  if (lets_go) {
    b->references++;
    point(b, &b->away);
  }
  return b;
}

void bundle_have_members(Bundle *b) {
  for (int k = 0; b != NULL && b->n_away > 0 && k < b->n_members; k++)
    if (b->members[k].storage != NULL)
      away_bring_back(&b->members[k].storage->away);
}

bool bundle_is_away(const Bundle *b) { return b->n_away > 0; }
const PackedRows *bundle_rows(const Bundle *b) { return &b->packed; }
void *bundle_value(const Bundle *b, int k) { return b->values[k]; }
bool bundle_is_half(const Bundle *b, int k) { return b->is_half[k]; }

int64_t bundle_bytes(const Bundle *b) {
  int64_t bytes = (int64_t)sizeof *b + b->n_members * (int64_t)sizeof *b->members + 8 * b->n_members * (b->n_rows + 1) +
                  b->n_rows * (8 + 4 * n_cuts(b)) + 2 * b->n_synapses;
  for (int v = 0; v < b->n_values; v++)
    bytes += (int64_t)stored_size(b, v) * b->n_synapses;
  return bytes / b->n_members;
}
