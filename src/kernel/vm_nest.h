/* The interpreter's nests: which elements make a block, and which of its arrays' entries they touch. Included by vm_both.h alone.
** A block is at most CODE_BLOCK elements that stand one after another in the order of the nest. Long rows are cut into blocks that need
** no index vectors; short rows are collected, with vectors, where the program's BlockRule allows it. */

enum { AT_ONE, AT_RANGE, AT_LIST32, AT_LIST64 };
enum { NEST_SHORT = 64 }; /* rows below this many elements are worth collecting */

/* Element k of a block means entry at, at + k, list32[k] or list64[k] of an array. */
typedef struct {
  int mode;
  int64_t at;
  const int32_t *list32;
  const int64_t *list64;
} VmIndex;

/* The part of a block that belongs to one row (one outer neuron): block elements begin .. end-1, the first is element k of its row. */
typedef struct {
  int32_t begin, end;
  int64_t k, outer;
  bool is_last; /* the row ends here */
} VmPiece;

typedef struct {
  int64_t place[CODE_BLOCK], index[CODE_BLOCK];
  int32_t outer[CODE_BLOCK], inner[CODE_BLOCK];
  VmPiece piece[CODE_BLOCK];
} VmWork;

typedef struct VmFrame VmFrame;
struct VmFrame {
  const KernelArgs *args;
  const Program *p;
  void (*run)(VmFrame *f); /* one block */
  VmWork *work;            /* for EACH only its first 8 * CODE_BLOCK bytes exist */
  int64_t *index;          /* room for one index vector */
  int n, n_pieces;
  bool is_place_range; /* while collecting */
  BlockRule rule;
  Scope outer_scope;
  VmIndex elem, pre, post;
  VmPiece *piece;
  int64_t n_spikes;
};

/* A stretch of one row. Places: place + inner index where `is_by_inner`, or place + k. Inner neurons: inners[k] or inner + k. With `steps` both
** are counted: place + steps[k], inner + inners[k]. With `column` both stand in the storage's reverse index. */
typedef struct {
  int64_t n, outer, place, inner;
  const int32_t *inners, *steps;
  const uint32_t *column;
  const Storage *storage; /* of the column */
  bool is_by_inner;
} VmRow;

static int64_t nest_place(const VmRow *r, int64_t k) {
  if (r->column != NULL) {
    const int bits = r->storage->rows.stretch_bits;
    return r->storage->rows.stretch[r->column[k] >> bits].first + (r->column[k] & (((uint32_t)1 << bits) - 1));
  }
  return r->place + (r->steps != NULL ? r->steps[k] : r->is_by_inner ? r->inners[k] : k);
}

static int32_t nest_inner(const VmRow *r, int64_t k) {
  if (r->column != NULL)
    return r->storage->rows.stretch[r->column[k] >> r->storage->rows.stretch_bits].major;
  return r->inners != NULL && r->steps == NULL ? r->inners[k] : (int32_t)(r->inner + (r->steps != NULL ? r->inners[k] : k));
}

static void nest_set(VmFrame *f, VmIndex outer, VmIndex inner) {
  f->pre = f->outer_scope == SCOPE_PRE ? outer : inner;
  f->post = f->outer_scope == SCOPE_PRE ? inner : outer;
}

/* Run what has been collected. */
static void nest_flush(VmFrame *f) {
  if (f->n == 0)
    return;
  VmWork *w = f->work;
  f->elem = (VmIndex){ .mode = f->is_place_range ? AT_RANGE : AT_LIST64, .at = w->place[0], .list64 = w->place };
  nest_set(f, (VmIndex){ .mode = AT_LIST32, .list32 = w->outer }, (VmIndex){ .mode = AT_LIST32, .list32 = w->inner });
  f->run(f);
  f->n = f->n_pieces = 0;
}

/* Elements from .. from+n-1 of a row as a block of their own. */
static void nest_direct(VmFrame *f, const VmRow *r, int64_t from, int n) {
  VmIndex elem = { .mode = AT_RANGE, .at = r->place + from }, inner = { .mode = AT_RANGE, .at = r->inner + from };
  const bool is_listed = r->column != NULL || r->steps != NULL; /* both sides one by one */
  if (r->is_by_inner || is_listed) {
    for (int k = 0; k < n; k++)
      f->work->place[k] = nest_place(r, from + k);
    elem = (VmIndex){ .mode = AT_LIST64, .list64 = f->work->place };
  }
  if (is_listed) {
    for (int k = 0; k < n; k++)
      f->work->inner[k] = nest_inner(r, from + k);
    inner = (VmIndex){ .mode = AT_LIST32, .list32 = f->work->inner };
  } else if (r->inners != NULL) {
    inner = (VmIndex){ .mode = AT_LIST32, .list32 = r->inners + from };
  }
  f->elem = elem;
  nest_set(f, (VmIndex){ .mode = AT_ONE, .at = r->outer }, inner);
  f->n = n;
  f->n_pieces = 1;
  f->piece[0] = (VmPiece){ .begin = 0, .end = n, .k = from, .outer = r->outer, .is_last = from + n == r->n };
  f->run(f);
  f->n = f->n_pieces = 0;
}

static void nest_collect(VmFrame *f, const VmRow *r) {
  VmWork *w = f->work;
  for (int64_t k = 0; k < r->n;) {
    int begin = f->n, room = CODE_BLOCK - begin, n = r->n - k < room ? (int)(r->n - k) : room;
    f->is_place_range = (begin == 0 || f->is_place_range) && r->column == NULL && r->steps == NULL && !r->is_by_inner &&
                        (begin == 0 || w->place[begin - 1] + 1 == r->place + k);
    for (int i = 0; i < n; i++) {
      w->place[begin + i] = nest_place(r, k + i);
      w->outer[begin + i] = (int32_t)r->outer;
      w->inner[begin + i] = nest_inner(r, k + i);
    }
    f->piece[f->n_pieces++] = (VmPiece){ .begin = begin, .end = begin + n, .k = k, .outer = r->outer, .is_last = k + n == r->n };
    f->n += n;
    k += n;
    if (f->n == CODE_BLOCK)
      nest_flush(f);
  }
}

static void nest_row(VmFrame *f, const VmRow *r) {
  if (f->rule == BLOCK_FREE && r->n < NEST_SHORT) {
    nest_collect(f, r);
    return;
  }
  nest_flush(f);
  int64_t most = f->rule == BLOCK_SINGLE ? 1 : CODE_BLOCK;
  for (int64_t from = 0; from < r->n; from += most)
    nest_direct(f, r, from, (int)(r->n - from < most ? r->n - from : most));
}

/* ---- over neurons ----------------------------------------------------------------------------------------------------- */
static void nest_each(VmFrame *f) {
  const KernelArgs *a = f->args;
  const int64_t most = f->rule == BLOCK_SINGLE ? 1 : CODE_BLOCK;
  for (int64_t at = a->first; at < a->last; at += most) {
    f->n = (int)(a->last - at < most ? a->last - at : most);
    f->elem = (VmIndex){ .mode = AT_RANGE, .at = at };
    f->piece[0] = (VmPiece){ .begin = 0, .end = f->n, .k = at - a->first, .is_last = at + f->n == a->last };
    f->n_pieces = 1;
    f->run(f);
  }
}

static void nest_list(VmFrame *f) {
  const KernelArgs *a = f->args;
  const int64_t most = f->rule == BLOCK_SINGLE ? 1 : CODE_BLOCK;
  for (int64_t k = 0; k < a->n_list; k += most) {
    f->n = (int)(a->n_list - k < most ? a->n_list - k : most);
    f->elem = (VmIndex){ .mode = AT_LIST32, .list32 = a->list + k };
    f->run(f);
  }
}

/* ---- one set of functions a format of storage ------------------------------------------------------------------------ */
/* What walks the synapses of a format: all of them, those of listed majors (whole rows, or the part that args say), those of listed minors. */
typedef struct {
  void (*all)(VmFrame *f), (*majors)(VmFrame *f), (*minors)(VmFrame *f);
  bool is_minor_outside; /* in `minors` the outer neuron is the listed one; else the major */
} VmWalk;

/* A block seen from its major side: how many neurons on both sides, and where it begins in the populations. */
typedef struct {
  int64_t n_minor, major_first, minor_first, n_major;
} VmDense;

static VmDense nest_dense(const Storage *s) {
  return (VmDense){ .n_minor = s->is_by_pre ? s->n_post : s->n_pre,
                    .n_major = s->is_by_pre ? s->n_pre : s->n_post,
                    .major_first = s->is_by_pre ? s->pre_first : s->post_first,
                    .minor_first = s->is_by_pre ? s->post_first : s->pre_first };
}

static void nest_dense_all(VmFrame *f) {
  const KernelArgs *a = f->args;
  VmDense d = nest_dense(a->storage);
  int64_t first = a->last > 0 ? a->first : d.major_first, last = a->last > 0 ? a->last : d.major_first + d.n_major;
  for (int64_t major = first; major < last; major++)
    nest_row(f, &(VmRow){ .n = d.n_minor, .outer = major, .place = (major - d.major_first) * d.n_minor, .inner = d.minor_first });
}

static void nest_dense_majors(VmFrame *f) {
  const KernelArgs *a = f->args;
  VmDense d = nest_dense(a->storage);
  int64_t first = a->last > 0 ? a->first : d.minor_first, last = a->last > 0 ? a->last : d.minor_first + d.n_minor;
  for (int64_t k = 0; k < a->n_list; k++) {
    int64_t major = a->list[k];
    nest_row(f, &(VmRow){ .n = last - first,
                          .outer = major,
                          .place = (major - d.major_first) * d.n_minor + (first - d.minor_first),
                          .inner = first });
  }
}

/* For each major, for each listed minor. */
static void nest_dense_minors(VmFrame *f) {
  const KernelArgs *a = f->args;
  VmDense d = nest_dense(a->storage);
  int64_t first = a->last > 0 ? a->first : d.major_first, last = a->last > 0 ? a->last : d.major_first + d.n_major;
  for (int64_t major = first; major < last; major++)
    nest_row(f, &(VmRow){ .n = a->n_list,
                          .outer = major,
                          .place = (major - d.major_first) * d.n_minor - d.minor_first,
                          .inners = a->list,
                          .is_by_inner = true });
}

static const VmWalk nest_walk_dense = { nest_dense_all, nest_dense_majors, nest_dense_minors, false };

static void nest_rows_all(VmFrame *f) {
  const KernelArgs *a = f->args;
  const Storage *s = a->storage;
  const int64_t *row = s->rows.row;
  int64_t first = a->last > 0 ? a->first : 0, last = a->last > 0 ? a->last : s->is_by_pre ? s->n_pre : s->n_post;
  for (int64_t major = first; major < last; major++)
    nest_row(f, &(VmRow){ .n = row[major + 1] - row[major], .outer = major, .place = row[major], .inners = s->rows.minor + row[major] });
}

static void nest_rows_majors(VmFrame *f) {
  const KernelArgs *a = f->args;
  const Storage *s = a->storage;
  for (int64_t k = 0; k < a->n_list; k++) {
    int64_t major = a->list[k];
    int64_t begin = a->begin != NULL ? a->begin[k] : s->rows.row[major], end = a->begin != NULL ? a->end[k] : s->rows.row[major + 1];
    nest_row(f, &(VmRow){ .n = end - begin, .outer = major, .place = begin, .inners = s->rows.minor + begin });
  }
}

/* For each listed minor its column. */
static void nest_rows_minors(VmFrame *f) {
  const KernelArgs *a = f->args;
  const Storage *s = a->storage;
  for (int64_t k = 0; k < a->n_list; k++) {
    int64_t minor = a->list[k], begin = s->rows.column[minor], end = s->rows.column[minor + 1];
    nest_row(f, &(VmRow){ .n = end - begin, .outer = minor, .column = s->rows.column_at + begin, .storage = s });
  }
}

static const VmWalk nest_walk_rows = { nest_rows_all, nest_rows_majors, nest_rows_minors, true };

/* The synapses begin .. end-1 of a row of the side that has `first`, or all of it; the other side has `inner_first`. */
static void nest_lattice_row(VmFrame *f, const LatticeRows *rows, int64_t neuron, int64_t first, int64_t inner_first, const int64_t *begin,
                             const int64_t *end) {
  const LatticeRun run = lattice_run(rows, neuron - first);
  const int64_t before = begin != NULL ? lattice_before(rows, neuron - first) : 0, from = begin != NULL ? *begin - before : 0;
  nest_row(f, &(VmRow){ .n = (end != NULL ? *end - before : run.n_row) - from,
                        .outer = neuron,
                        .place = run.place,
                        .inner = run.inner + inner_first,
                        .inners = run.inners + from,
                        .steps = run.places + from });
}

static void nest_lattice_list(VmFrame *f, bool is_pre) {
  const KernelArgs *a = f->args;
  const Storage *s = a->storage;
  const LatticeRows *rows = is_pre ? s->lattice.pre : s->lattice.post;
  const int64_t first = is_pre ? s->pre_first : s->post_first, inner_first = is_pre ? s->post_first : s->pre_first;
  for (int64_t k = 0; k < a->n_list; k++)
    nest_lattice_row(f, rows, a->list[k], first, inner_first, a->begin != NULL ? a->begin + k : NULL, a->begin != NULL ? a->end + k : NULL);
}

static void nest_lattice_majors(VmFrame *f) { nest_lattice_list(f, f->args->storage->is_by_pre); }
static void nest_lattice_minors(VmFrame *f) { nest_lattice_list(f, !f->args->storage->is_by_pre); }

static void nest_lattice_all(VmFrame *f) {
  const KernelArgs *a = f->args;
  VmDense d = nest_dense(a->storage);
  const LatticeRows *rows = a->storage->is_by_pre ? a->storage->lattice.pre : a->storage->lattice.post;
  int64_t first = a->last > 0 ? a->first : d.major_first, last = a->last > 0 ? a->last : d.major_first + d.n_major;
  for (int64_t major = first; major < last; major++)
    nest_lattice_row(f, rows, major, d.major_first, d.minor_first, NULL, NULL);
}

static const VmWalk nest_walk_lattice = { nest_lattice_all, nest_lattice_majors, nest_lattice_minors, true };

static const VmWalk *const nest_walks[] = {
#define FORMAT(name) &nest_walk_##name,
#include "kernel/formats.def"
#undef FORMAT
};

/* ---- running ------------------------------------------------------------------------------------------------------------ */

/* Two slots of different sides that are one array, one of them written: only element by element is right. */
static bool nest_aliases(const Program *p, void *const *slot) {
  for (int i = 0; i < p->n_slots; i++)
    for (int k = 0; k < p->n_slots; k++)
      if (i != k && p->slots[i].scope >= SCOPE_PRE && (p->slot_use[i] & SLOT_IS_WRITTEN) && p->slots[k].scope >= SCOPE_PRE &&
          slot[i] == slot[k])
        return true;
  return false;
}

static void nest_run(VmFrame *f) {
  const Program *p = f->p;
  const Storage *s = f->args->storage;
  f->rule = p->rule[0];
  if (p->nest == NEST_EACH) {
    nest_each(f);
    return;
  }
  if (p->nest == NEST_LIST) {
    nest_list(f);
    return;
  }
  const VmWalk *walk = nest_walks[s->format];
  bool is_listed_major = p->nest == NEST_ALL || (p->nest == NEST_PRE) == s->is_by_pre;
  bool is_outer_pre = s->is_by_pre != (!is_listed_major && walk->is_minor_outside);
  f->outer_scope = is_outer_pre ? SCOPE_PRE : SCOPE_POST;
  f->rule = p->rule[is_outer_pre ? 0 : 1];
  if (f->rule == BLOCK_ROW && !s->is_unique)
    f->rule = BLOCK_SINGLE;
  if (p->may_alias && nest_aliases(p, f->args->slot))
    f->rule = BLOCK_SINGLE;
  (p->nest == NEST_ALL ? walk->all : is_listed_major ? walk->majors : walk->minors)(f);
  nest_flush(f);
}
