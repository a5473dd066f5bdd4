#include "synapses/connect.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/bitmap.h"
#include "base/clones.h"
#include "base/interrupt.h"
#include "base/work.h"
#include "kernel/prelude_math.h"

/* What a kind does: one for each row of connect.def, named kind_NAME (at the end of this file). */
typedef struct Kind {
  bool has_no_axis;   /* rows may be post neurons as well as pre neurons */
  bool is_by_post;    /* rows are post neurons */
  bool can_lack_self; /* `self` means something */
  bool gives_weights, needs_buffer, needs_bitmap, may_repeat;
  bool can_part;                                        /* connect_can_part */
  bool (*check)(ConnectJob *job, Error *e);             /* parameters, also against the views; may be NULL */
  int64_t (*size)(const ConnectJob *job, int64_t self); /* connect_row_size; NULL: not known */
  int64_t (*work)(const ConnectJob *job);               /* connect_work; NULL: rows of that size, or all pairs */
  /* connect_row; `self` is the position of the row's own neuron among the columns, -1: not there, or it may stay. NULL: no rows (pairs). */
  int64_t (*row)(const ConnectJob *job, int64_t row, int64_t self, int32_t *column, double *weight, void *scratch);
} Kind;

static const Kind *kind_of(const ConnectJob *job);

/* ---- binding to views -------------------------------------------------------------------------------------------- */

static bool check_view(const View *v, int64_t size, const char *which, Error *e) {
  if (size < 0 || size > INT32_MAX)
    return error_set(e, "a population of %lld neurons is too large: the limit is 2147483647", (long long)size);
  if (v->n < 0 || v->n > size)
    return error_set(e, "the %s view has %lld neurons, its population %lld", which, (long long)v->n, (long long)size);
  if (v->index == NULL)
    return (v->first >= 0 && v->first + v->n <= size) ||
           error_set(e, "the %s view names neurons %lld to %lld, its population has %lld", which, (long long)v->first + 1,
                     (long long)(v->first + v->n), (long long)size);
  uint64_t *seen = memory_new((size_t)bitmap_bytes(size));
  if (seen == NULL)
    return error_memory(e, "checking a view", (double)bitmap_bytes(size));
  bool is_good = true;
  for (int64_t k = 0; k < v->n && is_good; k++) {
    int64_t i = v->index[k];
    if (i < 0 || i >= size)
      is_good = error_set(e, "the %s view names neuron %lld, its population has %lld", which, (long long)i + 1, (long long)size);
    else if (bitmap_has(seen, i))
      is_good = error_set(e, "the %s view names neuron %lld twice", which, (long long)i + 1);
    else
      bitmap_put(seen, size, i);
  }
  memory_free(seen);
  return is_good;
}

static const View *row_view(const ConnectJob *job) { return job->by_post ? &job->ends.post : &job->ends.pre; }
static const View *column_view(const ConnectJob *job) { return job->by_post ? &job->ends.pre : &job->ends.post; }

/* Position of the row's own neuron among the columns, or -1. */
static int64_t self_column(const ConnectJob *job, int64_t row) {
  if (!job->excludes_self)
    return -1;
  if (job->self_position != NULL)
    return job->self_position[row];
  int64_t position = row_view(job)->first + row - column_view(job)->first;
  return position >= 0 && position < job->n_columns ? position : -1;
}

/* Which rows leave their own neuron out; clears excludes_self when none does. */
static bool find_self(ConnectJob *job, Error *e) {
  const View *rows = row_view(job), *columns = column_view(job);
  if (rows->index == NULL && columns->index == NULL) {
    job->excludes_self = rows->first < columns->first + columns->n && columns->first < rows->first + rows->n;
    return true;
  }
  int64_t size = job->by_post ? job->ends.n_post : job->ends.n_pre;
  int32_t *position = memory_new((size_t)size * sizeof *position); /* 1 + position in the column view; 0: not in it */
  job->self_position = memory_new((size_t)rows->n * sizeof *job->self_position);
  if (position == NULL || job->self_position == NULL) {
    memory_free(position);
    return error_memory(e, "looking for self-connections", 4.0 * (double)(size + rows->n));
  }
  for (int64_t k = 0; k < columns->n; k++)
    position[view_at(columns, k)] = (int32_t)k + 1;
  job->excludes_self = false;
  for (int64_t r = 0; r < rows->n; r++) {
    job->self_position[r] = position[view_at(rows, r)] - 1;
    job->excludes_self |= job->self_position[r] >= 0;
  }
  memory_free(position);
  return true;
}

bool connect_prepare(ConnectJob *job, const Connector *c, const ConnectEnds *ends, bool wants_post, Error *e) {
  *job = (ConnectJob){ .connector = *c, .ends = *ends, .key = random_key(ends->seed) };
  const Kind *kind = kind_of(job);
  if (!check_view(&ends->pre, ends->n_pre, "pre", e) || !check_view(&ends->post, ends->n_post, "post", e))
    return false;
  job->by_post = kind->is_by_post || (kind->has_no_axis && wants_post);
  job->gives_weights = kind->gives_weights;
  job->n_rows = row_view(job)->n;
  job->n_columns = column_view(job)->n;
  work_begin(2 * job->n_rows); /* counted, then made */
  job->excludes_self = kind->can_lack_self && ends->same_population && !c->self;
  if (job->excludes_self && !find_self(job, e))
    return false;
  return kind->check == NULL || kind->check(job, e);
}

void connect_finish(ConnectJob *job) {
  memory_free(job->self_position);
  memory_free(job->count);
  job->self_position = NULL;
  job->count = NULL;
}

int64_t connect_row_size(const ConnectJob *job, int64_t row) {
  const Kind *kind = kind_of(job);
  return kind->size != NULL ? kind->size(job, self_column(job, row)) : -1;
}

int64_t connect_work(const ConnectJob *job) {
  if (kind_of(job)->work != NULL)
    return kind_of(job)->work(job);
  int64_t each = job->n_rows > 0 ? connect_row_size(job, 0) : 0;
  return job->n_rows * (each >= 0 ? each : job->n_columns);
}

static int64_t make_row(const ConnectJob *job, int64_t row, int32_t *column, double *weight, void *scratch) {
  const Kind *kind = kind_of(job);
  int64_t self = self_column(job, row);
  if (column == NULL && kind->size != NULL)
    return kind->size(job, self);
  return kind->row != NULL ? kind->row(job, row, self, column, weight, scratch) : 0;
}

/* Of a row of posts, those of the part. */
static int64_t keep_own(const ConnectJob *job, int32_t *column, int64_t n) {
  const View *posts = &job->ends.post;
  int64_t kept = 0;
  for (int64_t k = 0; k < n; k++) {
    const int64_t post = view_at(posts, column[k]);
    column[kept] = column[k];
    kept += post >= job->own_first && post < job->own_last;
  }
  return kept;
}

static int64_t make_part(const ConnectJob *job, int64_t row, int32_t *column, double *weight, void *scratch) {
  const int64_t post = job->by_post ? view_at(&job->ends.post, row) : job->own_first;
  const bool is_own = post >= job->own_first && post < job->own_last;
  const int64_t n = make_row(job, row, is_own ? column : NULL, weight, scratch);
  *job->seen += n;
  return !is_own ? 0 : job->by_post ? n : keep_own(job, column, n);
}

int64_t connect_row(const ConnectJob *job, int64_t row, int32_t *column, double *weight, void *scratch) {
  work_count(row);
  if (interrupt_flag)
    return 0; /* whoever builds throws away what was built */
  return (job->seen != NULL ? make_part : make_row)(job, row, column, weight, scratch);
}

int64_t connect_row_most(const ConnectJob *job) {
  int64_t most = job->n_columns;
  for (int64_t r = 0; job->count != NULL && r < job->n_rows; r++)
    most = job->count[r] > most ? job->count[r] : most;
  return most;
}

bool connect_may_repeat(const ConnectJob *job) {
  return kind_of(job)->may_repeat || job->ends.pre.index != NULL || job->ends.post.index != NULL;
}

bool connect_can_part(const ConnectJob *job) { return kind_of(job)->can_part; }
bool connect_needs_buffer(const ConnectJob *job) { return kind_of(job)->needs_buffer || job->seen != NULL; }
int64_t connect_scratch_bytes(const ConnectJob *job) { return kind_of(job)->needs_bitmap ? bitmap_bytes(job->n_columns) : 0; }

/* ---- the kinds ----------------------------------------------------------------------------------------------------- */

static int64_t size_all(const ConnectJob *job, int64_t self) { return job->n_columns - (self >= 0); }

static int64_t row_all(const ConnectJob *job, int64_t row, int64_t self, int32_t *column, double *weight, void *scratch) {
  (void)row, (void)weight, (void)scratch;
  int64_t n = 0;
  for (int64_t j = 0; j < job->n_columns; j++)
    if (j != self)
      column[n++] = (int32_t)j;
  return n;
}

static const Kind kind_all_to_all = { .has_no_axis = true, .can_lack_self = true, .can_part = true, .size = size_all, .row = row_all };

static bool check_sizes(ConnectJob *job, Error *e) {
  const int64_t n_pre = job->ends.pre.n, n_post = job->ends.post.n;
  return n_pre == n_post ||
         error_set(e, "one_to_one: both sides must have one size, got %lld pre and %lld post neurons", (long long)n_pre, (long long)n_post);
}

static int64_t size_one(const ConnectJob *job, int64_t self) {
  (void)job, (void)self;
  return 1;
}

static int64_t row_one(const ConnectJob *job, int64_t row, int64_t self, int32_t *column, double *weight, void *scratch) {
  (void)job, (void)self, (void)weight, (void)scratch;
  column[0] = (int32_t)row;
  return 1;
}

static const Kind kind_one_to_one = { .has_no_axis = true, .can_part = true, .check = check_sizes, .size = size_one, .row = row_one };

static bool check_probability(ConnectJob *job, Error *e) {
  const double p = job->connector.p;
  job->inverse_log = p > 0 && p < 1 ? -1 / lp_log1p64(-p) : 0;
  return (p >= 0 && p <= 1) || error_set(e, "fixed_probability: p must lie in 0..1, got %g", p);
}

static int64_t work_probability(const ConnectJob *job) {
  return (int64_t)(job->connector.p * (double)job->n_rows * (double)job->n_columns);
}

/* Jumps from one synapse to the next, over the pairs left out. What leads behind the end leads right behind it. */
CLONES static void make_jumps(double *gap, double inverse, double size, int64_t n) {
#pragma omp simd
  for (int64_t k = 0; k < n; k++) {
    const double skip = gap[k] * inverse;
    gap[k] = 1 + floor(skip < size ? skip : size);
  }
}

/* Skip from one synapse to the next: the number of pairs left out is geometric, floor(E / -log(1-p)) with E exponential. The row's own neuron is not
** among the pairs: numbers from it on move up by one. */
static int64_t row_probability(const ConnectJob *job, int64_t row, int64_t self, int32_t *column, double *weight, void *scratch) {
  enum { MOST = 8 };
  double jump[MOST * 2 * RANDOM_TILE];
  const double p = job->connector.p, size = (double)size_all(job, self);
  if (p >= 1)
    return column != NULL ? row_all(job, row, self, column, weight, scratch) : (int64_t)size;
  if (p <= 0)
    return 0;
  double expected = size * p, wanted = (expected + 3 * sqrt(expected)) / (2 * RANDOM_TILE) + 1;
  const int64_t n_tiles = wanted < MOST ? (int64_t)wanted : MOST, n_jumps = n_tiles * 2 * RANDOM_TILE;
  const int32_t shift_from = self >= 0 ? (int32_t)self : INT32_MAX;
  double at = -1;
  int64_t n = 0;
  for (uint64_t block = 0;; block += (uint64_t)(n_tiles * RANDOM_TILE)) {
    random_exponentials(job->key, job->ends.object, RANDOM_STREAM_CONNECT, (uint64_t)row << 32 | block, n_tiles, jump);
    make_jumps(jump, job->inverse_log, size, n_jumps);
    for (int64_t k = 0; k < n_jumps; k++) {
      at += jump[k];
      if (at >= size)
        return n;
      if (column != NULL)
        column[n] = (int32_t)at + ((int32_t)at >= shift_from);
      n++;
    }
  }
}

static const Kind kind_fixed_probability = {
  .can_lack_self = true, .can_part = true, .check = check_probability, .work = work_probability, .row = row_probability
};

static bool check_number(ConnectJob *job, Error *e) {
  const Connector *c = &job->connector;
  const char *name = connect_name(c->kind), *side = job->by_post ? "pre" : "post";
  if (c->k < 0)
    return error_set(e, "%s: the number must be >= 0, got %lld", name, (long long)c->k);
  if (job->n_rows == 0 || c->k < job->n_columns || (c->k == job->n_columns && !job->excludes_self))
    return true;
  return error_set(e, "%s: cannot take %lld different %s neurons of %lld%s", name, (long long)c->k, side, (long long)job->n_columns,
                   c->k == job->n_columns ? " without a self-connection" : "");
}

static int64_t size_number(const ConnectJob *job, int64_t self) {
  (void)self;
  return job->connector.k;
}

static int64_t row_number(const ConnectJob *job, int64_t row, int64_t self, int32_t *column, double *weight, void *scratch) {
  (void)weight;
  const int64_t k = job->connector.k;
  RandomSequence s = random_sequence(job->key, job->ends.object, RANDOM_STREAM_CONNECT, (uint32_t)row);
  random_choose(&s, size_all(job, self), k, scratch, column);
  if (self >= 0)
    for (int64_t i = 0; i < k; i++)
      column[i] += column[i] >= self;
  return k;
}

static const Kind kind_fixed_number_pre = { .is_by_post = true,
                                            .can_lack_self = true,
                                            .needs_bitmap = true,
                                            .can_part = true,
                                            .check = check_number,
                                            .size = size_number,
                                            .row = row_number };
static const Kind kind_fixed_number_post = {
  .can_lack_self = true, .needs_bitmap = true, .can_part = true, .check = check_number, .size = size_number, .row = row_number
};

/* How many synapses each row gets: out of those that are left, each falls into this row or into one of those behind it. */
static bool check_total(ConnectJob *job, Error *e) {
  const ConnectEnds *ends = &job->ends;
  int64_t rest = job->connector.k;
  if (rest < 0)
    return error_set(e, "fixed_total: the number must be >= 0, got %lld", (long long)rest);
  if (rest > 0 && (job->n_rows == 0 || job->n_columns == 0))
    return error_set(e, "fixed_total: %lld synapses cannot be made between %lld pre and %lld post neurons", (long long)rest,
                     (long long)ends->pre.n, (long long)ends->post.n);
  job->count = memory_new((size_t)job->n_rows * sizeof *job->count);
  if (job->count == NULL)
    return error_memory(e, "numbers of synapses", 8.0 * (double)job->n_rows);
  for (int64_t r = 0; r < job->n_rows; r++) {
    const Distribution d = distribution_make(DISTRIBUTION_BINOMIAL, (double)rest, 1.0 / (double)(job->n_rows - r));
    job->count[r] = rest > 0 ? (int64_t)random_value(&d, ends->seed, ends->object, RANDOM_STREAM_TOTAL, r) : 0;
    rest -= job->count[r];
  }
  return true;
}

static int64_t work_of_total(const ConnectJob *job) { return job->connector.k; }

enum { GAPS = 4096 };

/* Gaps first .. last-1 of a row, added up behind `sum`; returns the last sum. A few are drawn at a time: they are added while the next are computed. */
static double add_gaps(const ConnectJob *job, int64_t row, int64_t first, int64_t last, double sum, double *sums) {
  enum { TILES = 4, AT_ONCE = TILES * 2 * RANDOM_TILE };
  double gap[AT_ONCE];
  for (int64_t k = first; k < last; k += AT_ONCE) {
    const int64_t n = last - k < AT_ONCE ? last - k : AT_ONCE, n_tiles = (n + 2 * RANDOM_TILE - 1) / (2 * RANDOM_TILE);
    random_exponentials(job->key, job->ends.object, RANDOM_STREAM_CONNECT, (uint64_t)row << 32 | (uint64_t)(k / 2), n_tiles, gap);
    for (int64_t i = 0; i < n; i++)
      sums[k - first + i] = sum += gap[i];
  }
  return sum;
}

CLONES static void place_sums(const double *restrict sums, double all, int32_t n_columns, int32_t *restrict column, int64_t n) {
#pragma omp simd
  for (int64_t k = 0; k < n; k++) {
    const int32_t j = (int32_t)(sums[k] / all * (double)n_columns);
    column[k] = j < n_columns ? j : n_columns - 1;
  }
}

/* n numbers drawn from 0 .. n_columns-1 with repetition, in ascending order: the first n of n + 1 exponential gaps, added up, over the sum of all of them are n
** sorted uniform numbers. Of long rows the gaps are drawn twice instead of kept. */
static int64_t row_total(const ConnectJob *job, int64_t row, int64_t self, int32_t *column, double *weight, void *scratch) {
  (void)self, (void)weight, (void)scratch;
  double sums[GAPS], all = 0, sum = 0;
  const int64_t n = job->count[row];
  if (column == NULL || n == 0)
    return n;
  for (int64_t first = 0; first <= n; first += GAPS)
    all = add_gaps(job, row, first, n + 1 - first < GAPS ? n + 1 : first + GAPS, all, sums);
  for (int64_t first = 0; first < n; first += GAPS) {
    const int64_t last = n - first < GAPS ? n : first + GAPS;
    if (n >= GAPS)
      sum = add_gaps(job, row, first, last, sum, sums);
    place_sums(sums, all, (int32_t)job->n_columns, column + first, last - first);
  }
  return n;
}

static const Kind kind_fixed_total = {
  .can_part = true, .check = check_total, .work = work_of_total, .row = row_total, .may_repeat = true
};

static bool check_pairs(ConnectJob *job, Error *e) {
  const Connector *c = &job->connector;
  const ConnectEnds *ends = &job->ends;
  for (int64_t k = 0; k < c->n_pairs; k++)
    if (c->pair_pre[k] < 0 || c->pair_pre[k] >= ends->pre.n || c->pair_post[k] < 0 || c->pair_post[k] >= ends->post.n)
      return error_set(e, "pair %lld is (%lld, %lld), but there are %lld pre and %lld post neurons", (long long)k + 1,
                       (long long)c->pair_pre[k] + 1, (long long)c->pair_post[k] + 1, (long long)ends->pre.n, (long long)ends->post.n);
  return true;
}

static const Kind kind_pairs = { .check = check_pairs };

static int64_t row_mask(const ConnectJob *job, int64_t row, int64_t self, int32_t *column, double *weight, void *scratch) {
  (void)self, (void)weight, (void)scratch;
  const uint8_t *mask = job->connector.mask + row * job->n_columns;
  int64_t n = 0;
  for (int64_t j = 0; j < job->n_columns; j++)
    if (mask[j]) {
      if (column != NULL)
        column[n] = (int32_t)j;
      n++;
    }
  return n;
}

static const Kind kind_mask = { .row = row_mask };

static bool check_shape(ConnectJob *job, Error *e) {
  const Connector *c = &job->connector;
  const char *name = connect_name(c->kind);
  if (!(c->sigma > 0) || !isfinite(c->sigma))
    return error_set(e, "%s: sigma must be > 0, got %g", name, c->sigma);
  if (c->kind == CONNECT_dog && (!(c->sigma_minus > 0) || !isfinite(c->sigma_minus)))
    return error_set(e, "%s: both sigmas must be > 0, got %g", name, c->sigma_minus);
  if (!isfinite(c->amplitude) || !isfinite(c->amplitude_minus))
    return error_set(e, "%s: amplitudes must be finite, got %g and %g", name, c->amplitude, c->amplitude_minus);
  if (!(c->limit >= 0))
    return error_set(e, "%s: the limit must be >= 0, got %g", name, c->limit);
  return (c->n_dims >= 1 && c->n_dims <= 3) || error_set(e, "%s: coordinates have 1 to 3 dimensions, got %d", name, c->n_dims);
}

static int64_t row_distance(const ConnectJob *job, int64_t row, int64_t self, int32_t *column, double *weight, void *scratch) {
  (void)scratch;
  const Connector *c = &job->connector;
  const int d = c->n_dims;
  const double *own = (job->by_post ? c->post_at : c->pre_at) + row * d, *others = job->by_post ? c->pre_at : c->post_at;
  const double a = 1 / (2 * c->sigma * c->sigma), b = c->kind == CONNECT_dog ? 1 / (2 * c->sigma_minus * c->sigma_minus) : 0;
  const double least = c->limit * fabs(c->amplitude - (c->kind == CONNECT_dog ? c->amplitude_minus : 0));
  int64_t n = 0;
  for (int64_t j = 0; j < job->n_columns; j++) {
    double square = 0;
    for (int i = 0; i < d; i++) {
      double x = others[j * d + i] - own[i];
      square += x * x;
    }
    double w = c->amplitude * lp_exp64(-square * a);
    if (c->kind == CONNECT_dog)
      w -= c->amplitude_minus * lp_exp64(-square * b);
    if (j == self || !(fabs(w) > least))
      continue;
    if (column != NULL)
      column[n] = (int32_t)j;
    if (weight != NULL)
      weight[n] = w;
    n++;
  }
  return n;
}

static const Kind kind_gaussian = {
  .has_no_axis = true, .can_lack_self = true, .gives_weights = true, .check = check_shape, .row = row_distance
};
static const Kind kind_dog = {
  .has_no_axis = true, .can_lack_self = true, .gives_weights = true, .check = check_shape, .row = row_distance
};

static int64_t row_function(const ConnectJob *job, int64_t row, int64_t self, int32_t *column, double *weight, void *scratch) {
  (void)self, (void)weight, (void)scratch;
  return job->connector.function(job->connector.context, row, column);
}

static const Kind kind_kernel = { .needs_buffer = true, .row = row_function };

static bool check_axes(ConnectJob *job, Error *e) {
  const Connector *c = &job->connector;
  const ConnectEnds *ends = &job->ends;
  int64_t n_pre = 1, n_post = 1, last = 0;
  if (ends->pre.index != NULL || ends->post.index != NULL)
    return error_set(e, "a grid is a whole population, or neurons of it that follow one another");
  for (int a = 0; a < c->n_axes; a++) {
    const ConnectAxis *x = &c->axis[a];
    int64_t most = -1;
    n_pre *= x->n_pre;
    n_post *= x->n_post;
    if (x->n_pre < 1 || x->n_post < 1 || n_pre > ends->pre.n || n_post > ends->post.n)
      break;
    for (int64_t k = 0; k < x->n; k++) {
      if (x->pre[k] < 0 || x->pre[k] >= x->n_pre || x->post[k] < 0 || x->post[k] >= x->n_post || x->place[k] < 0)
        return error_set(e, "axis %d: pair %lld is outside of the grid", a + 1, (long long)k + 1);
      most = x->place[k] > most ? x->place[k] : most;
    }
    last += most;
  }
  if (n_pre != ends->pre.n || n_post != ends->post.n)
    return error_set(e, "grids of %lld pre and %lld post neurons expected, got %lld and %lld", (long long)n_pre, (long long)n_post,
                     (long long)ends->pre.n, (long long)ends->post.n);
  return last < c->n_places || error_set(e, "%lld values for the synapses, %lld expected", (long long)c->n_places, (long long)last + 1);
}

/* Without rows: they share their values, so they are the grid's or nobody's. */
static const Kind kind_axes = { .has_no_axis = true, .check = check_axes };

/* ---- all of them --------------------------------------------------------------------------------------------------- */

static const Kind *kind_of(const ConnectJob *job) {
  static const Kind *const kinds[] = {
#define CONNECTOR(name, fields) &kind_##name,
#include "synapses/connect.def"
#undef CONNECTOR
  };
  return kinds[job->connector.kind];
}

const char *connect_name(ConnectKind kind) {
  static const char *const names[] = {
#define CONNECTOR(name, fields) #name,
#include "synapses/connect.def"
#undef CONNECTOR
  };
  return names[kind];
}
