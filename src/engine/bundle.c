#include "engine/bundle.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array_reduce.h"
#include "base/clones.h"
#include "base/memory.h"
#include "base/parallel.h"

/* Synapses of a member's row that arrive together. */
typedef struct Piece {
  int member;
  int32_t delay; /* which of the member's */
} Piece;

/* Posts of a member that are in one block of one part. */
typedef struct Span {
  int32_t member, first, last; /* first .. last-1, as they lie in memory */
  int32_t number;              /* of the first */
  int32_t part, block;
} Span;

/* What is of a part. */
typedef struct Section {
  PackedRows packed; /* of these, all owned: */
  int64_t *first;
  int32_t *cut, *first_run;
} Section;

typedef struct Member {
  Projection *projection;              /* borrowed; asked only for as long as it knows this bundle */
  Storage *storage;                    /* borrowed; NULL: it is gone */
  Buffer *buffers[BUNDLE_MOST_VALUES]; /* borrowed; NULL: gone */
  uint32_t versions[BUNDLE_MOST_VALUES];
  double low[BUNDLE_MOST_VALUES], high[BUNDLE_MOST_VALUES]; /* extents of the values, where they are away */
  int32_t *minors;                                          /* of the storage */
  int32_t offset;                                           /* of its posts, in elements */
  Span *spans, *end;                                        /* spans .. end-1, ascending; of the bundle's */
  int64_t *row;                                             /* owned; [n_rows + 1] */
} Member;

struct Bundle {
  Away away; /* the first: who has only this has the bundle */
  int references, n_threads;
  int n_away;      /* lists that are away; while there are any, a reference is theirs */
  Member *members; /* owned; [n_members] by offset */
  int n_members, n_values;
  size_t size[BUNDLE_MOST_VALUES]; /* of a member's; 8 or 4 where they are numbers */
  Narrow narrow[BUNDLE_MOST_VALUES];
  int64_t n_rows, n_synapses;
  Posts *posts;      /* owned; as they were cut, by part, then by member */
  Section *sections; /* owned; [n_parts] */
  int n_parts;
  Span *spans;                      /* owned; by member */
  PostRun *runs;                    /* owned; as many, by part, then by block */
  int32_t *delay, n_delays;         /* owned */
  bool is_paired;                   /* of one value that takes 16 bits, too: it stands beside the number of the post */
  uint16_t *minors;                 /* owned; [n_synapses], of pairs twice as many */
  Piece *pieces;                    /* owned; of all delays, by delay, then by member */
  int *first_piece;                 /* owned; [n_delays + 1] */
  char *values[BUNDLE_MOST_VALUES]; /* owned; [n_synapses]; NULL: in pairs */
};

bool bundle_pays(const BundleMember *members, int n_members, int n_parts) {
  enum { LEAST = IS_DEBUG ? 8 : 1 << 17, LONG = 64 /* pieces of so many synapses are long enough */, LEAST_OF_DELAY = 2 };
  int64_t n_synapses = 0, longest = 0;
  for (int k = 0; k < n_members; k++) {
    const DelayTable *d = &members[k].projection->delays;
    n_synapses += members[k].projection->storage->n_synapses;
    longest = d->delay[d->n_delays - 1] > longest ? d->delay[d->n_delays - 1] : longest;
  }
  const int64_t n_rows = storage_n_major(members[0].projection->storage);
  return n_members > 1 && n_members <= BUNDLE_MOST_MEMBERS && n_synapses >= LEAST && n_synapses < LONG * n_rows * longest * n_members &&
         (IS_DEBUG || n_synapses >= LEAST_OF_DELAY * n_rows * longest * n_parts);
}

/* ---- making --------------------------------------------------------------------------------------------------------- */

static void free_all(Bundle *b) {
  for (int k = 0; k < b->n_members; k++)
    memory_free(b->members[k].row);
  memory_free(b->members);
  for (int k = 0; k < b->n_parts; k++) {
    memory_free(b->sections[k].first);
    memory_free(b->sections[k].cut);
    memory_free(b->sections[k].first_run);
  }
  memory_free(b->sections);
  memory_free(b->posts);
  memory_free(b->spans);
  memory_free(b->runs);
  memory_free(b->delay);
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

/* How many of places first .. last-1 have a minor in low .. high-1. */
CLONES static int64_t n_in(const int32_t *minors, int64_t first, int64_t last, int32_t low, int32_t high) {
  int64_t n = 0;
#pragma omp simd reduction(+ : n)
  for (int64_t k = first; k < last; k++)
    n += (minors[k] >= low) & (minors[k] < high);
  return n;
}

enum { SOME = 256, MOST_STEPS = 32767 }; /* most often the first few numbers tell */

/* The largest power of two that a number other than 0 is a multiple of. */
static double lowest_bit(double x) {
  int exponent;
  const uint64_t digits = (uint64_t)ldexp(frexp(fabs(x), &exponent), DBL_MANT_DIG);
  return ldexp(1, exponent - DBL_MANT_DIG + __builtin_ctzll(digits));
}

/* What has been found of numbers so far: all are multiples of `step` (0: all are 0), the largest is `most`. */
typedef struct Steps {
  double step, most;
} Steps;

/* By the bits, since processors take what is too small for 0 while a network runs. */
static inline bool is_small_float(float x, bool or_minus_0) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return (bits & 0x7f800000u) == 0 && (or_minus_0 ? bits : bits << 1) != 0;
}
static inline bool is_small_double(double x, bool or_minus_0) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return (bits & 0x7ff0000000000000u) == 0 && (or_minus_0 ? bits : bits << 1) != 0;
}

/* Are they all numbers of half precision, and multiples of one step? What numbers of 16 bits give back is to be the same to the bit. */
#define ALL_OF(real)                                                                                                                       \
  CLONES static bool all_half_##real(const real *x, int64_t n) {                                                                           \
    for (int64_t at = 0; at < n; at += SOME) {                                                                                             \
      const int64_t end = n - at < SOME ? n : at + SOME;                                                                                   \
      int n_others = 0;                                                                                                                    \
      for (int64_t k = at; k < end; k++)                                                                                                   \
        n_others += is_small_##real(x[k], false) || !(half_nearest((double)x[k]) == (double)x[k] && fabs((double)x[k]) <= 65504);          \
      if (n_others > 0)                                                                                                                    \
        return false;                                                                                                                      \
    }                                                                                                                                      \
    return true;                                                                                                                           \
  }                                                                                                                                        \
  CLONES static bool all_steps_##real(const real *x, int64_t n, Steps *s) {                                                                \
    for (int64_t at = 0; at < n; at += SOME) {                                                                                             \
      const int64_t end = n - at < SOME ? n : at + SOME;                                                                                   \
      const double per_step = s->step > 0 ? 1 / s->step : 0.5;                                                                             \
      int n_bad = 0, n_between = 0;                                                                                                        \
      double most = s->most;                                                                                                               \
      for (int64_t k = at; k < end; k++) {                                                                                                 \
        const double size = fabs((double)x[k]), steps = size * per_step;                                                                   \
        n_bad += is_small_##real(x[k], true) || !(size < INFINITY);                                                                        \
        n_between += rint(steps) != steps || (s->step == 0 && size > 0);                                                                   \
        most = size > most ? size : most;                                                                                                  \
      }                                                                                                                                    \
      if (n_bad > 0)                                                                                                                       \
        return false;                                                                                                                      \
      for (int64_t k = at; n_between > 0 && k < end; k++) {                                                                                \
        const double step = x[k] != 0 ? lowest_bit((double)x[k]) : s->step;                                                                \
        s->step = s->step == 0 || step < s->step ? step : s->step;                                                                         \
      }                                                                                                                                    \
      s->most = most;                                                                                                                      \
      if (s->most > MOST_STEPS * s->step)                                                                                                  \
        return false;                                                                                                                      \
    }                                                                                                                                      \
    return true;                                                                                                                           \
  }
ALL_OF(float)
ALL_OF(double)
#undef ALL_OF

static Narrow find_narrow(const BundleMember *from, int n_members, int v) {
  const ArrayType type = from[0].values[v]->type;
  bool is_steps = type == ARRAY_F32 || type == ARRAY_F64, is_half = is_steps;
  Steps s = { 0 };
  for (int k = 0; k < n_members; k++) {
    const Array *a = from[k].values[v];
    const int64_t n = array_count(a);
    is_steps = is_steps && (type == ARRAY_F32 ? all_steps_float(a->buffer->data, n, &s) : all_steps_double(a->buffer->data, n, &s));
  }
  for (int k = 0; !is_steps && k < n_members; k++) {
    const Array *a = from[k].values[v];
    const int64_t n = array_count(a);
    is_half = is_half && (type == ARRAY_F32 ? all_half_float(a->buffer->data, n) : all_half_double(a->buffer->data, n));
  }
  return is_steps ? (Narrow){ NARROW_STEPS, s.step > 0 ? s.step : 1 } : (Narrow){ is_half ? NARROW_HALF : NARROW_NOT, 0 };
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

/* The cut, with members in our order. */
static bool take_posts(Bundle *b, const BundleMember *from, BundleCut cut) {
  b->posts = memory_new(sizeof *b->posts * (size_t)(b->n_parts * b->n_members));
  for (int k = 0; b->posts != NULL && k < b->n_members; k++) {
    int was = 0;
    while (from[was].projection != b->members[k].projection)
      was++;
    for (int part = 0; part < b->n_parts; part++)
      b->posts[part * b->n_members + k] = cut.posts[part * b->n_members + was];
  }
  return b->posts != NULL;
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
  b->n_delays = n;
  memory_free(next);
  return ok;
}

/* ---- parts ---------------------------------------------------------------------------------------------------------- */

static int by_member(const void *a, const void *b) {
  const Span *x = a, *y = b;
  return x->member != y->member ? (x->member < y->member ? -1 : 1) : x->first < y->first ? -1 : x->first > y->first;
}

/* Number the posts of a part; blocks are as large as they may be. Without `first_run` it is counted how many spans there will be. */
static int32_t take_blocks(Bundle *b, int part, int32_t *first_run, int64_t *n_spans) {
  enum { MOST = IS_DEBUG ? 100 : 1 << 16, MOST_RUNS = IS_DEBUG ? 3 : 24 };
  int32_t n_blocks = 0, n_runs = 0, number = MOST;
  for (int k = 0; k < b->n_members; k++) {
    const Posts *p = &b->posts[part * b->n_members + k];
    const int32_t last = b->members[k].offset + (int32_t)p->last;
    for (int32_t at = b->members[k].offset + (int32_t)p->first; at < last;) {
      if (number == MOST || n_runs == MOST_RUNS) {
        if (first_run != NULL)
          first_run[n_blocks] = (int32_t)*n_spans;
        n_blocks++;
        n_runs = number = 0;
      }
      const int32_t end = last - at < MOST - number ? last : at + MOST - number;
      if (first_run != NULL) {
        b->spans[*n_spans] = (Span){ k, at, end, number, part, n_blocks - 1 };
        b->runs[*n_spans] = (PostRun){ number, at - number };
      }
      number += end - at;
      at = end;
      n_runs++;
      ++*n_spans;
    }
  }
  if (first_run != NULL)
    first_run[n_blocks] = (int32_t)*n_spans;
  return n_blocks;
}

static bool take_parts(Bundle *b) {
  int64_t n_spans = 0;
  bool ok = true;
  for (int k = 0; ok && k < b->n_parts; k++) {
    Section *s = &b->sections[k];
    s->packed.n_blocks = take_blocks(b, k, NULL, &n_spans);
    s->packed.first_run = s->first_run = memory_new(sizeof *s->first_run * (size_t)(s->packed.n_blocks + 1));
    ok = s->first_run != NULL;
  }
  b->spans = memory_new(sizeof *b->spans * (size_t)n_spans);
  b->runs = memory_new(sizeof *b->runs * (size_t)n_spans);
  if (!ok || b->spans == NULL || b->runs == NULL)
    return false;
  n_spans = 0;
  for (int k = 0; k < b->n_parts; k++)
    take_blocks(b, k, b->sections[k].first_run, &n_spans);
  qsort(b->spans, (size_t)n_spans, sizeof *b->spans, by_member);
  Span *s = b->spans;
  for (int k = 0; k < b->n_members; k++) {
    b->members[k].spans = s;
    while (s < b->spans + n_spans && s->member == k)
      s++;
    b->members[k].end = s;
  }
  return true;
}

static inline size_t stored_size(const Bundle *b, int v) { return b->narrow[v].kind != NARROW_NOT ? sizeof(uint16_t) : b->size[v]; }

/* Numbers of 16 bits from one synapse to the next, where it has its post and perhaps its value. */
static inline int64_t apart(const Bundle *b) { return b->is_paired ? 2 : 1; }

static inline int64_t n_cuts(const Bundle *b, const Section *s) { return (int64_t)b->n_delays * s->packed.n_blocks + 1; }

static bool take_rows(Bundle *b) {
  b->is_paired = b->n_values == 1 && b->narrow[0].kind != NARROW_NOT;
  b->minors = memory_raw(sizeof *b->minors * (size_t)(apart(b) * b->n_synapses));
  bool ok = b->minors != NULL;
  for (int v = 0; v < b->n_values && !b->is_paired; v++) {
    b->values[v] = memory_raw(stored_size(b, v) * (size_t)b->n_synapses);
    ok = ok && b->values[v] != NULL;
  }
  for (int k = 0; ok && k < b->n_parts; k++) {
    Section *s = &b->sections[k];
    s->first = memory_raw(sizeof *s->first * (size_t)b->n_rows);
    s->cut = memory_raw(sizeof *s->cut * (size_t)(b->n_rows * n_cuts(b, s)));
    ok = s->first != NULL && s->cut != NULL;
    s->packed.first = s->first;
    s->packed.cut = s->cut;
    s->packed.delay = b->delay;
    s->packed.n_delays = b->n_delays;
    s->packed.runs = b->runs;
    s->packed.minors = b->minors;
    s->packed.is_paired = b->is_paired;
  }
  int64_t at = 0;
  for (int64_t r = 0; ok && r < b->n_rows; r++) {
    const int64_t before = at;
    b->sections[0].first[r] = at; /* join_row finds where the other parts begin */
    for (int k = 0; k < b->n_members; k++)
      at += b->members[k].row[r + 1] - b->members[k].row[r];
    ok = at - before <= INT32_MAX;
  }
  return ok;
}

static void find_longest(Bundle *b) {
  for (int k = 0; k < b->n_parts; k++) {
    Section *s = &b->sections[k];
    for (int64_t r = 0; r < b->n_rows; r++) {
      const int64_t n = s->cut[(r + 1) * n_cuts(b, s) - 1];
      s->packed.longest = n > s->packed.longest ? n : s->packed.longest;
    }
  }
}

/* ---- joining, and the way back -------------------------------------------------------------------------------------- */

static inline char *value_at(const Bundle *b, int v, int64_t at) {
  return b->is_paired ? (char *)(b->minors + 2 * at + 1) : b->values[v] + stored_size(b, v) * (size_t)at;
}

static inline char *value_of(const Bundle *b, const Member *m, int v, int64_t at) {
  return (char *)m->buffers[v]->data + b->size[v] * (size_t)at;
}

/* `n` values of a member from `from` on into the bundle at `at`, and back. */
#define TAKE(real, expression)                                                                                                             \
  for (int64_t k = 0; k < n; k++)                                                                                                          \
  to[k * by] = (uint16_t)(expression(((const real *)x)[k]))
#define AS_STEPS(x) (int16_t)((x)*per_step)
#define AS_HALF(x) half_of((double)(x))

static void take_values(const Bundle *b, const Member *m, int v, int64_t from, int64_t at, int64_t n) {
  const void *x = value_of(b, m, v, from);
  uint16_t *to = (uint16_t *)value_at(b, v, at);
  const double per_step = 1 / b->narrow[v].step;
  const bool is_f32 = b->size[v] == sizeof(float);
  const int64_t by = apart(b);
  switch (b->narrow[v].kind) {
  case NARROW_NOT: memcpy(to, x, b->size[v] * (size_t)n); break;
  case NARROW_HALF:
    if (is_f32)
      TAKE(float, AS_HALF);
    else
      TAKE(double, AS_HALF);
    break;
  case NARROW_STEPS:
    if (is_f32)
      TAKE(float, AS_STEPS);
    else
      TAKE(double, AS_STEPS);
  }
}

static void give_values(const Bundle *b, const Member *m, int v, int64_t to, int64_t at, int64_t n) {
  char *x = value_of(b, m, v, to);
  if (!b->is_paired) {
    if (b->narrow[v].kind == NARROW_NOT)
      memcpy(x, value_at(b, v, at), b->size[v] * (size_t)n);
    else
      narrow_widen(b->narrow[v], (const uint16_t *)value_at(b, v, at), n, b->size[v], x);
    return;
  }
  for (int64_t k = 0; k < n; k += SOME) {
    uint16_t numbers[SOME], values[SOME];
    const int64_t some = n - k < SOME ? n - k : SOME;
    narrow_split((const uint32_t *)(const void *)b->minors + at + k, some, numbers, values);
    narrow_widen(b->narrow[v], values, some, b->size[v], x + b->size[v] * (size_t)k);
  }
}

/* Where a row's parts begin: by how many synapses of it are in each. */
static void begin_parts(const Bundle *b, int64_t r, int64_t *at) {
  int64_t n[PARALLEL_MAX] = { 0 };
  for (int k = 0; k < b->n_members && b->n_parts > 1; k++) {
    const Member *m = &b->members[k];
    for (const Span *s = m->spans; s < m->end; s++)
      n[s->part] += n_in(m->minors, m->row[r], m->row[r + 1], s->first - m->offset, s->last - m->offset);
  }
  at[0] = b->sections[0].first[r];
  for (int part = 1; part < b->n_parts; part++)
    b->sections[part].first[r] = at[part] = at[part - 1] + n[part - 1];
}

/* All cuts of a row up to that of a delay and a block, which begins at `at`. */
static inline void cut_until(const Section *s, int32_t *cut, int64_t *n_cut, int64_t last, int64_t r, int64_t at) {
  while (*n_cut <= last)
    cut[(*n_cut)++] = (int32_t)(at - s->first[r]);
}

/* Piece by piece to its place in the rows of the parts. What is of no part is other ranks'. */
static void join_row(Bundle *b, int64_t r) {
  int64_t at[PARALLEL_MAX], n_cut[PARALLEL_MAX] = { 0 };
  begin_parts(b, r, at);
  for (int32_t d = 0; d < b->n_delays; d++)
    for (int i = b->first_piece[d]; i < b->first_piece[d + 1]; i++) {
      const Member *m = &b->members[b->pieces[i].member];
      int64_t from, end;
      delay_part(&m->projection->delays, r, b->pieces[i].delay, &from, &end);
      for (const Span *span = m->spans; span < m->end; span++) {
        Section *s = &b->sections[span->part];
        while (from < end && m->minors[from] + m->offset < span->first)
          from++;
        int64_t *to = &at[span->part], next = from;
        const int32_t shift = m->offset - span->first + span->number;
        cut_until(s, s->cut + r * n_cuts(b, s), &n_cut[span->part], (int64_t)d * s->packed.n_blocks + span->block, r, *to);
        for (; next < end && m->minors[next] + m->offset < span->last; next++)
          b->minors[(*to + next - from) * apart(b)] = (uint16_t)(m->minors[next] + shift);
        for (int v = 0; v < b->n_values; v++)
          take_values(b, m, v, from, *to, next - from);
        *to += next - from;
        from = next;
      }
    }
  for (int part = 0; part < b->n_parts; part++) {
    Section *s = &b->sections[part];
    cut_until(s, s->cut + r * n_cuts(b, s), &n_cut[part], n_cuts(b, s) - 1, r, at[part]);
  }
}

/* What is a member's stands, for each delay, by post, as in its own row. Who is gone wants nothing. */
static void part_row(const Bundle *b, int64_t r) {
  int64_t at[PARALLEL_MAX], to[BUNDLE_MOST_MEMBERS];
  for (int part = 0; part < b->n_parts; part++)
    at[part] = b->sections[part].first[r];
  for (int k = 0; k < b->n_members; k++)
    to[k] = b->members[k].row[r];
  for (int32_t d = 0; d < b->n_delays; d++)
    for (int i = b->first_piece[d]; i < b->first_piece[d + 1]; i++) {
      const int k = b->pieces[i].member;
      const Member *m = &b->members[k];
      for (const Span *span = m->spans; span < m->end; span++) {
        const Section *s = &b->sections[span->part];
        const int32_t shift = m->offset - span->first + span->number;
        const int64_t from = at[span->part];
        const int64_t last = s->first[r] + s->cut[r * n_cuts(b, s) + (int64_t)d * s->packed.n_blocks + span->block + 1];
        int64_t end = from;
        for (; end < last && b->minors[end * apart(b)] < span->number + span->last - span->first; end++)
          if (m->storage != NULL)
            m->minors[to[k] + end - from] = b->minors[end * apart(b)] - shift;
        for (int v = 0; v < b->n_values; v++)
          if (m->buffers[v] != NULL)
            give_values(b, m, v, to[k], from, end - from);
        to[k] += end - from;
        at[span->part] = end;
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
  for (int64_t r = first; r < last; r++)
    part_row(b, r);
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

static bool is_of(const Bundle *b, const BundleMember *members, int n_members, int n_values, BundleCut cut) {
  bool is_same = b != NULL && b->n_members == n_members && b->n_values == n_values && b->n_parts == cut.n_parts;
  for (int k = 0; is_same && k < n_members; k++) {
    const Member *m = b->members;
    while (m < b->members + n_members && (m->projection != members[k].projection || m->offset != members[k].offset))
      m++;
    is_same = m < b->members + n_members && members[k].projection->bundle == b;
    for (int part = 0; is_same && part < cut.n_parts; part++) {
      const Posts *was = &b->posts[part * n_members + (m - b->members)], *is = &cut.posts[part * n_members + k];
      is_same = was->first == is->first && was->last == is->last;
    }
    for (int v = 0; is_same && v < n_values; v++)
      is_same = m->buffers[v] == members[k].values[v]->buffer && m->versions[v] == m->buffers[v]->version;
  }
  return is_same;
}

/* With all contents at hand. */
static Bundle *bundle_new(const BundleMember *members, int n_members, int n_values, BundleCut cut, bool lets_go, int n_threads) {
  Bundle *b = memory_new(sizeof *b);
  if (b == NULL)
    return NULL;
  *b = (Bundle){ .away = { false, bring_back, forget, extent }, .references = 1, .n_threads = n_threads, .n_values = n_values };
  b->sections = memory_new(sizeof *b->sections * (size_t)cut.n_parts);
  b->n_parts = b->sections != NULL ? cut.n_parts : 0;
  b->n_rows = storage_n_major(members[0].projection->storage);
  for (int k = 0; k < n_members; k++) {
    b->n_synapses += members[k].projection->storage->n_synapses;
    away_bring_back(&members[k].projection->storage->away);
    for (int v = 0; v < n_values; v++)
      away_bring_back(&members[k].values[v]->buffer->away);
  }
  for (int v = 0; v < n_values; v++)
    b->narrow[v] = find_narrow(members, n_members, v);
  if (b->sections != NULL && take_members(b, members, n_members, lets_go) && take_posts(b, members, cut) && take_delays(b) &&
      take_parts(b) && take_rows(b))
    return b;
  free_all(b);
  return NULL;
}

Bundle *bundle_of(const BundleMember *members, int n_members, int n_values, BundleCut cut, bool lets_go, int n_threads) {
  Bundle *b = members[0].projection->bundle;
  if (is_of(b, members, n_members, n_values, cut)) {
    b->references++;
    return b;
  }
  for (int k = 0; k < n_members; k++)
    projection_leave_bundle(members[k].projection); /* before memory is asked for */
  b = bundle_new(members, n_members, n_values, cut, lets_go, n_threads);
  if (b == NULL)
    return NULL;
  join_all(b, lets_go);
  find_longest(b);
  for (int k = 0; k < n_members; k++) {
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
const PackedRows *bundle_rows(const Bundle *b, int part) { return &b->sections[part].packed; }
void *bundle_value(const Bundle *b, int k) { return b->values[k]; }
Narrow bundle_narrow(const Bundle *b, int k) { return b->narrow[k]; }

int64_t bundle_bytes(const Bundle *b) {
  int64_t bytes = (int64_t)sizeof *b + b->n_members * (int64_t)sizeof *b->members + 8 * b->n_members * (b->n_rows + 1) + 2 * b->n_synapses;
  for (int k = 0; k < b->n_parts; k++)
    bytes += b->n_rows * (8 + 4 * n_cuts(b, &b->sections[k]));
  for (int v = 0; v < b->n_values; v++)
    bytes += (int64_t)stored_size(b, v) * b->n_synapses;
  return bytes / b->n_members;
}
