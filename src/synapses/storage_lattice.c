/* A lattice: neurons lie on grids, and two are joined where their coordinates are, along every axis. So the synapses are the product of one small relation for each
** axis, and none of them is stored: a convolution of a million neurons takes some kilobytes. Each pair of a relation adds to the place of its synapses, so many of
** them may share one value.
**
** Rows of neurons whose synapses lie alike, seen from the first of them, are of one class, and the synapses of a class are listed once (LatticeRows). Along an axis
** the coordinates away from the border are of one class, so there are few of them. Both sides have such rows: no side has to be searched. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "synapses/storage_private.h"

typedef struct Lattice {
  int64_t n_axes, n_pairs; /* of all relations */
  int64_t n_places;
  int64_t *shape;    /* owned; [n_axes][3] neurons pre, neurons post, pairs */
  int32_t *relation; /* owned; for each axis its pairs: all pres, all posts, all places */
  LatticeRows rows[2];
  void *block[2]; /* owned; what the rows point to */
  int64_t bytes;
} Lattice;

/* ---- one axis from one side --------------------------------------------------------------------------------------------- */

typedef struct Pair {
  int32_t own, other, place;
} Pair;

static int by_own(const void *one, const void *two) {
  const Pair *a = one, *b = two;
  if (a->own != b->own)
    return a->own < b->own ? -1 : 1;
  if (a->other != b->other)
    return a->other < b->other ? -1 : 1;
  return (a->place > b->place) - (a->place < b->place);
}

/* The pairs of an axis, sorted: those of coordinate c are pair[before[c]] to pair[before[c + 1] - 1]. */
typedef struct AxisRows {
  int64_t n, n_kinds;
  int64_t stride; /* of a neuron of the other side along this axis */
  Pair *pair;
  int64_t *before;
  int32_t *kind;   /* [n] class of each coordinate */
  int32_t *sample; /* [n_kinds] a coordinate of each class */
} AxisRows;

static void axis_free(AxisRows *x) {
  memory_free(x->pair);
  memory_free(x->before);
  memory_free(x->kind);
  memory_free(x->sample);
}

/* Have two coordinates the same pairs, seen from their first ones? */
static bool is_alike(const AxisRows *x, int64_t c, int64_t d) {
  const int64_t n = x->before[c + 1] - x->before[c];
  if (x->before[d + 1] - x->before[d] != n)
    return false;
  const Pair *a = x->pair + x->before[c], *b = x->pair + x->before[d];
  for (int64_t k = n - 1; k > 0; k--)
    if (a[k].other - a->other != b[k].other - b->other || a[k].place - a->place != b[k].place - b->place)
      return false;
  return true;
}

static bool axis_fill(AxisRows *x, const int64_t *shape, const int32_t *relation, Side own) {
  const int64_t n_pairs = shape[2];
  *x = (AxisRows){ .n = shape[own] };
  x->pair = memory_new((size_t)n_pairs * sizeof *x->pair);
  x->before = memory_new((size_t)(x->n + 1) * sizeof *x->before);
  x->kind = memory_new((size_t)x->n * sizeof *x->kind);
  x->sample = memory_new((size_t)x->n * sizeof *x->sample);
  if (x->pair == NULL || x->before == NULL || x->kind == NULL || x->sample == NULL)
    return false;
  const int32_t *mine = relation + (own == SIDE_PRE ? 0 : n_pairs), *others = relation + (own == SIDE_PRE ? n_pairs : 0);
  for (int64_t k = 0; k < n_pairs; k++) {
    x->pair[k] = (Pair){ mine[k], others[k], relation[2 * n_pairs + k] };
    x->before[mine[k] + 1]++;
  }
  for (int64_t c = 0; c < x->n; c++)
    x->before[c + 1] += x->before[c];
  qsort(x->pair, (size_t)n_pairs, sizeof *x->pair, by_own);
  for (int64_t c = 0; c < x->n; c++) {
    int64_t k = c > 0 && is_alike(x, x->sample[x->kind[c - 1]], c) ? x->kind[c - 1] : 0;
    while (k < x->n_kinds && !is_alike(x, x->sample[k], c))
      k++;
    if (k == x->n_kinds)
      x->sample[x->n_kinds++] = (int32_t)c;
    x->kind[c] = (int32_t)k;
  }
  return true;
}

/* The first pair of a coordinate: its synapses count from there. */
static Pair axis_first(const AxisRows *x, int64_t c) { return x->before[c + 1] > x->before[c] ? x->pair[x->before[c]] : (Pair){ 0 }; }

/* ---- rows of one side ---------------------------------------------------------------------------------------------------- */

/* Synapses of the class that `kind` [n_axes] makes up: the product of those along the axes, written where there is room (NULL: counted alone). */
static int64_t class_elements(const AxisRows *axis, int64_t n_axes, const int64_t *kind, Pair *out) {
  int64_t n = 1, at[CONNECT_MOST_AXES] = { 0 };
  for (int64_t a = 0; a < n_axes; a++)
    n *= axis[a].before[axis[a].sample[kind[a]] + 1] - axis[a].before[axis[a].sample[kind[a]]];
  for (int64_t i = 0; i < n && out != NULL; i++) {
    out[i] = (Pair){ 0 };
    for (int64_t a = 0; a < n_axes; a++) {
      const AxisRows *x = &axis[a];
      const Pair *first = x->pair + x->before[x->sample[kind[a]]];
      out[i].other += (int32_t)((first[at[a]].other - first->other) * x->stride);
      out[i].place += first[at[a]].place - first->place;
    }
    for (int64_t a = n_axes - 1; a >= 0; a--) {
      const int64_t c = axis[a].sample[kind[a]];
      if (++at[a] < axis[a].before[c + 1] - axis[a].before[c])
        break;
      at[a] = 0;
    }
  }
  if (out != NULL)
    qsort(out, (size_t)n, sizeof *out, by_own);
  return n;
}

static void next_class(const AxisRows *axis, int64_t n_axes, int64_t *kind) {
  for (int64_t a = n_axes - 1; a >= 0; a--) {
    if (++kind[a] < axis[a].n_kinds)
      return;
    kind[a] = 0;
  }
}

/* A piece of the block, or with NULL the room that it needs. */
static void *take(char *block, int64_t *used, int64_t bytes) {
  char *at = block != NULL ? block + *used : NULL;
  *used += (bytes + 63) / 64 * 64;
  return at;
}

static void fill_axis(const AxisRows *x, LatticeRows *rows, int axis, int64_t n_behind, const void *const block[4]) {
  int32_t *kind = (int32_t *)block[0], *inner = (int32_t *)block[1], *place = (int32_t *)block[2];
  for (int64_t c = 0; c < x->n; c++) {
    kind[c] = (int32_t)(x->kind[c] * n_behind);
    inner[c] = (int32_t)(axis_first(x, c).other * x->stride);
    place[c] = axis_first(x, c).place;
  }
  memcpy((void *)block[3], x->before, (size_t)(x->n + 1) * sizeof *x->before);
  rows->kind[axis] = kind;
  rows->inner[axis] = inner;
  rows->place[axis] = place;
  rows->before[axis] = block[3];
}

/* Where the run of each coordinate ends. */
static void fill_until(const LatticeRows *rows, int32_t *until) {
  const int a = rows->n_axes - 1;
  const int32_t *kind = rows->kind[a], *inner = rows->inner[a], *place = rows->place[a];
  for (int64_t c = 0; c < rows->n[a];) {
    int64_t end = c + 1;
    while (end < rows->n[a] && kind[end] == kind[c] && inner[end] - inner[end - 1] == inner[c + 1] - inner[c] &&
           place[end] - place[end - 1] == place[c + 1] - place[c])
      end++;
    for (int64_t k = c; k < end; k++)
      until[k] = (int32_t)end;
    c = end;
  }
}

/* Lay the rows out in `block`; NULL: only add up what they need. */
static int64_t lay_out(LatticeRows *rows, const AxisRows *axis, int64_t n_axes, int64_t n_classes, int64_t n_elements, char *block) {
  int64_t used = 0, n_behind = n_classes;
  *rows = (LatticeRows){ .each = 1 };
  for (int64_t a = 0; a < n_axes; a++) {
    const AxisRows *x = &axis[a];
    if (x->n == 1) {
      rows->each *= x->before[1];
      rows->first_inner += axis_first(x, 0).other * x->stride;
      rows->first_place += axis_first(x, 0).place;
      continue;
    }
    n_behind /= x->n_kinds;
    const void *pieces[4] = { take(block, &used, 4 * x->n), take(block, &used, 4 * x->n), take(block, &used, 4 * x->n),
                              take(block, &used, 8 * (x->n + 1)) };
    rows->n[rows->n_axes] = x->n;
    if (block != NULL)
      fill_axis(x, rows, rows->n_axes, n_behind, pieces);
    rows->n_axes++;
  }
  int32_t *until = take(block, &used, rows->n_axes > 0 ? 4 * rows->n[rows->n_axes - 1] : 0);
  int64_t *begin = take(block, &used, 8 * (n_classes + 1));
  int32_t *inners = take(block, &used, 4 * n_elements), *places = take(block, &used, 4 * n_elements);
  if (block != NULL && rows->n_axes > 0)
    fill_until(rows, until);
  rows->until = until;
  rows->begin = begin;
  rows->inners = inners;
  rows->places = places;
  return used;
}

static bool fill_classes(const LatticeRows *rows, const AxisRows *axis, int64_t n_axes, int64_t n_classes, bool *is_unique) {
  int64_t kind[CONNECT_MOST_AXES] = { 0 }, *begin = (int64_t *)rows->begin, n = 0;
  int32_t *inners = (int32_t *)rows->inners, *places = (int32_t *)rows->places;
  for (int64_t c = 0; c < n_classes; c++, next_class(axis, n_axes, kind)) {
    Pair *element = memory_new((size_t)class_elements(axis, n_axes, kind, NULL) * sizeof *element);
    if (element == NULL)
      return false;
    const int64_t many = class_elements(axis, n_axes, kind, element);
    begin[c] = n;
    for (int64_t k = 0; k < many; k++, n++) {
      inners[n] = element[k].other;
      places[n] = element[k].place;
      *is_unique = *is_unique && (k == 0 || element[k].other != element[k - 1].other);
    }
    memory_free(element);
  }
  begin[n_classes] = n;
  return true;
}

static bool make_side(Lattice *l, Side own, bool *is_unique) {
  AxisRows axis[CONNECT_MOST_AXES] = { 0 };
  int64_t n_classes = 1, n_elements = 0, stride = 1, kind[CONNECT_MOST_AXES] = { 0 };
  const int32_t *relation = l->relation;
  bool is_good = true;
  for (int64_t a = 0; a < l->n_axes && is_good; a++) {
    is_good = axis_fill(&axis[a], l->shape + 3 * a, relation, own);
    relation += 3 * l->shape[3 * a + 2];
    n_classes *= axis[a].n_kinds;
  }
  for (int64_t a = l->n_axes - 1; a >= 0; a--) {
    axis[a].stride = stride;
    stride *= l->shape[3 * a + (own == SIDE_PRE ? SIDE_POST : SIDE_PRE)];
  }
  for (int64_t c = 0; c < n_classes && is_good; c++, next_class(axis, l->n_axes, kind))
    n_elements += class_elements(axis, l->n_axes, kind, NULL);
  const int64_t bytes = is_good ? lay_out(&l->rows[own], axis, l->n_axes, n_classes, n_elements, NULL) : 0;
  l->block[own] = is_good ? memory_new((size_t)bytes) : NULL;
  is_good = l->block[own] != NULL;
  if (is_good) {
    lay_out(&l->rows[own], axis, l->n_axes, n_classes, n_elements, l->block[own]);
    is_good = fill_classes(&l->rows[own], axis, l->n_axes, n_classes, is_unique);
    l->bytes += bytes;
  }
  for (int64_t a = 0; a < l->n_axes; a++)
    axis_free(&axis[a]);
  return is_good;
}

static void lattice_free(Lattice *l) {
  if (l == NULL)
    return;
  memory_free(l->shape);
  memory_free(l->relation);
  memory_free(l->block[SIDE_PRE]);
  memory_free(l->block[SIDE_POST]);
  memory_free(l);
}

/* The rest of a storage, from the relations of `l`, which becomes its own. */
static bool make(Storage *s, Lattice *l) {
  s->lattice.of = l;
  s->lattice.pre = &l->rows[SIDE_PRE];
  s->lattice.post = &l->rows[SIDE_POST];
  s->is_unique = true;
  s->n_pre = s->n_post = s->n_synapses = 1;
  for (int64_t a = 0; a < l->n_axes; a++) {
    s->n_pre *= l->shape[3 * a];
    s->n_post *= l->shape[3 * a + 1];
    s->n_synapses *= l->shape[3 * a + 2];
  }
  return make_side(l, SIDE_PRE, &s->is_unique) && make_side(l, SIDE_POST, &s->is_unique);
}

static Lattice *lattice_new(int64_t n_axes, int64_t n_pairs, int64_t n_places) {
  Lattice *l = memory_new(sizeof *l);
  if (l == NULL)
    return NULL;
  *l = (Lattice){ .n_axes = n_axes, .n_pairs = n_pairs, .n_places = n_places };
  l->shape = memory_new((size_t)(3 * n_axes) * sizeof *l->shape);
  l->relation = memory_new((size_t)(3 * n_pairs) * sizeof *l->relation);
  if (l->shape != NULL && l->relation != NULL)
    return l;
  lattice_free(l);
  return NULL;
}

/* ---- building ------------------------------------------------------------------------------------------------------------- */

static Side side(const ConnectEnds *ends, const StorageOptions *options) {
  (void)ends;
  return options->is_rate ? SIDE_POST : SIDE_PRE;
}

/* Also a block, which others hold better: it shows what a lattice answers. */
static bool can_hold(const ConnectJob *job) {
  return job->connector.kind == CONNECT_axes ||
         (job->connector.kind == CONNECT_all_to_all && job->ends.pre.index == NULL && job->ends.post.index == NULL && !job->excludes_self);
}

static Lattice *of_block(const ConnectJob *job, bool is_by_pre) {
  const int64_t n_pre = job->ends.pre.n, n_post = job->ends.post.n, n = n_pre * n_post;
  Lattice *l = lattice_new(1, n, n);
  if (l == NULL)
    return NULL;
  memcpy(l->shape, (int64_t[]){ n_pre, n_post, n }, 3 * sizeof(int64_t));
  for (int64_t k = 0; k < n; k++) {
    l->relation[k] = (int32_t)(is_by_pre ? k / n_post : k % n_pre);
    l->relation[n + k] = (int32_t)(is_by_pre ? k % n_post : k / n_pre);
    l->relation[2 * n + k] = (int32_t)k;
  }
  return l;
}

static Lattice *of_axes(const Connector *c) {
  int64_t n_pairs = 0;
  for (int a = 0; a < c->n_axes; a++)
    n_pairs += c->axis[a].n;
  Lattice *l = lattice_new(c->n_axes, n_pairs, c->n_places);
  if (l == NULL)
    return NULL;
  int32_t *relation = l->relation;
  for (int a = 0; a < c->n_axes; a++) {
    const ConnectAxis *x = &c->axis[a];
    const int32_t *const lists[] = { x->pre, x->post, x->place };
    memcpy(l->shape + 3 * a, (int64_t[]){ x->n_pre, x->n_post, x->n }, 3 * sizeof(int64_t));
    for (int k = 0; k < 3; k++, relation += x->n)
      memcpy(relation, lists[k], (size_t)x->n * sizeof *relation);
  }
  return l;
}

static bool build(Storage *s, const ConnectJob *job, const StorageOptions *o, StorageExtras *extras, Error *e) {
  (void)o, (void)extras;
  double n = 1;
  for (int a = 0; a < job->connector.n_axes; a++)
    n *= (double)job->connector.axis[a].n;
  if (n > (double)(INT64_MAX / 16))
    return error_set(e, "%g synapses are too many", n);
  Lattice *l = job->connector.kind == CONNECT_axes ? of_axes(&job->connector) : of_block(job, s->is_by_pre);
  s->pre_first = job->ends.pre.first;
  s->post_first = job->ends.post.first;
  return (l != NULL && make(s, l)) || error_memory(e, "synapses on a grid", l != NULL ? 12.0 * (double)l->n_pairs : 0);
}

static void free_lattice(Storage *s) { lattice_free((Lattice *)s->lattice.of); }

static int64_t bytes(const Storage *s) {
  const Lattice *l = s->lattice.of;
  return (int64_t)sizeof *l + 24 * l->n_axes + 12 * l->n_pairs + l->bytes;
}

/* ---- rows ------------------------------------------------------------------------------------------------------------------ */

static const LatticeRows *majors(const Storage *s) { return s->is_by_pre ? s->lattice.pre : s->lattice.post; }
static const LatticeRows *minors(const Storage *s) { return s->is_by_pre ? s->lattice.post : s->lattice.pre; }

static int64_t row(const Storage *s, int64_t r) { return r >= storage_n_major(s) ? s->n_synapses : lattice_before(majors(s), r); }

static StorageSpan span(const Storage *s, int64_t r, int64_t from, StorageBuffer *b) {
  const LatticeRun run = lattice_run(majors(s), r);
  const int64_t left = run.n_row - from, first = run.inner + storage_minor_first(s);
  StorageSpan x = { .n = left < STORAGE_SPAN ? left : STORAGE_SPAN, .minors = b->minors };
  for (int64_t k = 0; k < x.n; k++)
    b->minors[k] = (int32_t)(first + run.inners[from + k]);
  return x;
}

static int64_t column_size(const Storage *s, int64_t k) { return lattice_run(minors(s), k).n_row; }

/* The number of a synapse within its major's row: the n-th with this minor and place. */
static int64_t find(const LatticeRun *run, int64_t minor, int64_t place, int64_t n) {
  for (int64_t k = 0; k < run->n_row; k++)
    if (run->inner + run->inners[k] == minor && run->place + run->places[k] == place && n-- == 0)
      return k;
  return 0;
}

static void column(const Storage *s, int64_t k, int64_t *out) {
  const LatticeRun own = lattice_run(minors(s), k);
  for (int64_t i = 0, n = 0; i < own.n_row; i++) {
    n = i > 0 && own.inners[i] == own.inners[i - 1] && own.places[i] == own.places[i - 1] ? n + 1 : 0;
    const int64_t major = own.inner + own.inners[i];
    const LatticeRun run = lattice_run(majors(s), major);
    out[i] = lattice_before(majors(s), major) + find(&run, k, own.place + own.places[i], n);
  }
}

static void places(const Storage *s, int64_t first, int64_t last, int64_t *out) {
  int64_t low = 0, high = storage_n_major(s);
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    if (row(s, middle) <= first)
      low = middle;
    else
      high = middle;
  }
  for (int64_t r = low, at = row(s, low); at < last; r++) {
    const LatticeRun run = lattice_run(majors(s), r);
    for (int64_t k = 0; k < run.n_row; k++)
      if (at + k >= first && at + k < last)
        out[at + k - first] = run.place + run.places[k];
    at += run.n_row;
  }
}

static int64_t n_places(const Storage *s) { return s->lattice.of->n_places; }

static bool can_cut(const Storage *s) { return s->is_by_pre; }

/* The first element of a row, from `from` on, whose minor is not below `minor`. */
static int64_t seek(const LatticeRun *run, int64_t from, int64_t to, int64_t minor) {
  while (from < to) {
    const int64_t middle = from + (to - from) / 2;
    if (run->inner + run->inners[middle] < minor)
      from = middle + 1;
    else
      to = middle;
  }
  return from;
}

static void cut(KernelArgs *args, int64_t first, int64_t last, int64_t *begin, int64_t *end) {
  const Storage *s = args->storage;
  for (int64_t i = 0; i < args->n_list; i++) {
    const int64_t r = args->list[i] - s->pre_first, at = lattice_before(s->lattice.pre, r);
    const LatticeRun run = lattice_run(s->lattice.pre, r);
    const int64_t from = args->begin != NULL ? args->begin[i] - at : 0, to = args->begin != NULL ? args->end[i] - at : run.n_row;
    begin[i] = at + seek(&run, from, to, first - s->post_first);
    end[i] = at + seek(&run, from, to, last - s->post_first);
  }
  args->begin = begin;
  args->end = end;
}

/* ---- state ----------------------------------------------------------------------------------------------------------------- */

/* READ: do relations from a file fit together, and the sizes that were read before? */
static bool check_relations(const Lattice *l, const Storage *s, State *state) {
  const int32_t *relation = l->relation;
  int64_t n_pairs = 0, last = 0, n_pre = 1, n_post = 1;
  double n_synapses = 1;
  for (int64_t a = 0; a < l->n_axes; a++) {
    const int64_t *shape = l->shape + 3 * a;
    if (!state_check(state, "shape", shape[0], 1, INT32_MAX) || !state_check(state, "shape", shape[1], 1, INT32_MAX) ||
        !state_check(state, "pairs", shape[2], 0, l->n_pairs - n_pairs))
      return false;
    int64_t most = 0;
    if (!state_check_i32(state, "pre", relation, shape[2], 0, shape[0] - 1) ||
        !state_check_i32(state, "post", relation + shape[2], shape[2], 0, shape[1] - 1) ||
        !state_check_i32(state, "place", relation + 2 * shape[2], shape[2], 0, INT32_MAX))
      return false;
    for (int64_t k = 2 * shape[2]; k < 3 * shape[2]; k++)
      most = relation[k] > most ? relation[k] : most;
    last += most;
    relation += 3 * shape[2];
    n_pairs += shape[2];
    n_synapses *= (double)shape[2];
    n_pre *= shape[0];
    n_post *= shape[1];
    if (n_pre > s->n_pre || n_post > s->n_post)
      break;
  }
  return (n_pre == s->n_pre && n_post == s->n_post && n_pairs == l->n_pairs && last < l->n_places && n_synapses == (double)s->n_synapses) ||
         state_fail(state, "relations of neurons on a grid do not fit");
}

static bool read_state(Storage *s, State *state) {
  int64_t n = 0, room = 0, n_numbers = 0, room_numbers = 0;
  Lattice *l = memory_new(sizeof *l);
  const Storage before = *s;
  if (l == NULL)
    return error_memory(state->error, "synapses on a grid", sizeof *l);
  s->lattice.of = l;
  bool is_good = state_i64(state, "n_places", &l->n_places) && state_check(state, "n_places", l->n_places, 0, INT32_MAX) &&
                 state_grown(state, "shape", ARRAY_I64, (void **)&l->shape, &n, &room) &&
                 state_check(state, "axes", n / 3, 1, CONNECT_MOST_AXES) &&
                 state_grown(state, "relation", ARRAY_I32, (void **)&l->relation, &n_numbers, &room_numbers);
  l->n_axes = n / 3;
  l->n_pairs = n_numbers / 3;
  is_good = is_good && check_relations(l, s, state);
  if (is_good && !make(s, l))
    is_good = error_memory(state->error, "synapses on a grid", 12.0 * (double)l->n_pairs);
  s->n_synapses = before.n_synapses;
  return is_good;
}

static bool lattice_state(Storage *s, State *state) {
  if (state->mode == STATE_READ)
    return read_state(s, state);
  Lattice *l = (Lattice *)s->lattice.of;
  int64_t n = 3 * l->n_axes, n_numbers = 3 * l->n_pairs, room = n, room_numbers = n_numbers;
  return state_i64(state, "n_places", &l->n_places) && state_grown(state, "shape", ARRAY_I64, (void **)&l->shape, &n, &room) &&
         state_grown(state, "relation", ARRAY_I32, (void **)&l->relation, &n_numbers, &room_numbers) &&
         state_memory(state, "rows", l->bytes);
}

const StorageFormat storage_lattice = { .name = { "lattice_pre", "lattice_post" },
                                        .words = { "grids, by pre neuron", "grids, by post neuron" },
                                        .number = 2,
                                        .side = side,
                                        .can_hold = can_hold,
                                        .build = build,
                                        .free = free_lattice,
                                        .bytes = bytes,
                                        .row = row,
                                        .span = span,
                                        .column_size = column_size,
                                        .column = column,
                                        .places = places,
                                        .n_places = n_places,
                                        .can_cut = can_cut,
                                        .cut = cut,
                                        .state = lattice_state };
