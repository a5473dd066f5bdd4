#include "synapses/connect.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/bitmap.h"
#include "base/interrupt.h"
#include "base/work.h"
#include "kernel/prelude_math.h"

static const char *const NAMES[] = {
  "all_to_all", "one_to_one", "fixed_probability", "fixed_number_pre", "fixed_number_post", "pairs", "mask", "gaussian", "dog", "function"
};

const char *connect_name(ConnectKind kind) { return NAMES[kind]; }

/* ---- making ------------------------------------------------------------------------------------------------------ */

Connector connect_all_to_all(bool self) { return (Connector){ .kind = CONNECT_ALL_TO_ALL, .self = self }; }
Connector connect_one_to_one(void) { return (Connector){ .kind = CONNECT_ONE_TO_ONE, .self = true }; }

bool connect_fixed_probability(Connector *c, double p, bool self, Error *e) {
  *c = (Connector){ .kind = CONNECT_FIXED_PROBABILITY, .self = self, .p = p };
  return (p >= 0 && p <= 1) || error_set(e, "fixed_probability: p must lie in 0..1, got %g", p);
}

static bool make_fixed_number(Connector *c, ConnectKind kind, int64_t k, bool self, Error *e) {
  *c = (Connector){ .kind = kind, .self = self, .k = k };
  return k >= 0 || error_set(e, "%s: the number must be >= 0, got %lld", connect_name(kind), (long long)k);
}

bool connect_fixed_number_pre(Connector *c, int64_t k, bool self, Error *e) {
  return make_fixed_number(c, CONNECT_FIXED_NUMBER_PRE, k, self, e);
}
bool connect_fixed_number_post(Connector *c, int64_t k, bool self, Error *e) {
  return make_fixed_number(c, CONNECT_FIXED_NUMBER_POST, k, self, e);
}

Connector connect_pairs(const int32_t *pre, const int32_t *post, int64_t n_pairs) {
  return (Connector){ .kind = CONNECT_PAIRS, .self = true, .pair_pre = pre, .pair_post = post, .n_pairs = n_pairs };
}

Connector connect_mask(const uint8_t *mask) { return (Connector){ .kind = CONNECT_MASK, .self = true, .mask = mask }; }

Connector connect_function(ConnectRowFunction function, const void *context) {
  return (Connector){ .kind = CONNECT_FUNCTION, .self = true, .function = function, .context = context };
}

static bool check_shape(const Connector *c, Error *e) {
  const char *name = connect_name(c->kind);
  if (!(c->sigma > 0) || !isfinite(c->sigma))
    return error_set(e, "%s: sigma must be > 0, got %g", name, c->sigma);
  if (c->kind == CONNECT_DOG && (!(c->sigma_minus > 0) || !isfinite(c->sigma_minus)))
    return error_set(e, "%s: both sigmas must be > 0, got %g", name, c->sigma_minus);
  if (!isfinite(c->amplitude) || !isfinite(c->amplitude_minus))
    return error_set(e, "%s: amplitudes must be finite, got %g and %g", name, c->amplitude, c->amplitude_minus);
  if (!(c->limit >= 0))
    return error_set(e, "%s: the limit must be >= 0, got %g", name, c->limit);
  return (c->n_dims >= 1 && c->n_dims <= 3) || error_set(e, "%s: coordinates have 1 to 3 dimensions, got %d", name, c->n_dims);
}

bool connect_gaussian(Connector *c, double amplitude, double sigma, double limit, bool self, int n_dims, const double *pre_at,
                      const double *post_at, Error *e) {
  *c = (Connector){ .kind = CONNECT_GAUSSIAN,
                    .self = self,
                    .amplitude = amplitude,
                    .sigma = sigma,
                    .limit = limit,
                    .n_dims = n_dims,
                    .pre_at = pre_at,
                    .post_at = post_at };
  return check_shape(c, e);
}

bool connect_dog(Connector *c, double a_plus, double s_plus, double a_minus, double s_minus, double limit, bool self, int n_dims,
                 const double *pre_at, const double *post_at, Error *e) {
  *c = (Connector){ .kind = CONNECT_DOG,
                    .self = self,
                    .amplitude = a_plus,
                    .sigma = s_plus,
                    .amplitude_minus = a_minus,
                    .sigma_minus = s_minus,
                    .limit = limit,
                    .n_dims = n_dims,
                    .pre_at = pre_at,
                    .post_at = post_at };
  return check_shape(c, e);
}

void connect_grid(const int64_t *shape, int n_dims, double *out) {
  int64_t n = 1;
  for (int d = 0; d < n_dims; d++)
    n *= shape[d];
  for (int64_t i = 0; i < n; i++) {
    int64_t rest = i;
    for (int d = n_dims - 1; d >= 0; d--) {
      out[i * n_dims + d] = shape[d] > 1 ? (double)(rest % shape[d]) / (double)(shape[d] - 1) : 0;
      rest /= shape[d];
    }
  }
}

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

static bool check_number(const ConnectJob *job, Error *e) {
  const Connector *c = &job->connector;
  const char *side = job->by_post ? "pre" : "post";
  if (job->n_rows == 0 || c->k < job->n_columns || (c->k == job->n_columns && !job->excludes_self))
    return true;
  if (c->k == job->n_columns)
    return error_set(e, "%s: cannot take %lld different %s neurons of %lld without a self-connection", connect_name(c->kind),
                     (long long)c->k, side, (long long)job->n_columns);
  return error_set(e, "%s: cannot take %lld different %s neurons of %lld", connect_name(c->kind), (long long)c->k, side,
                   (long long)job->n_columns);
}

static bool check_pairs(const Connector *c, const ConnectEnds *ends, Error *e) {
  for (int64_t k = 0; k < c->n_pairs; k++)
    if (c->pair_pre[k] < 0 || c->pair_pre[k] >= ends->pre.n || c->pair_post[k] < 0 || c->pair_post[k] >= ends->post.n)
      return error_set(e, "pair %lld is (%lld, %lld), but there are %lld pre and %lld post neurons", (long long)k + 1,
                       (long long)c->pair_pre[k] + 1, (long long)c->pair_post[k] + 1, (long long)ends->pre.n, (long long)ends->post.n);
  return true;
}

bool connect_prepare(ConnectJob *job, const Connector *c, const ConnectEnds *ends, bool wants_post, Error *e) {
  *job = (ConnectJob){ .connector = *c, .ends = *ends, .key = random_key(ends->seed) };
  if (!check_view(&ends->pre, ends->n_pre, "pre", e) || !check_view(&ends->post, ends->n_post, "post", e))
    return false;
  bool has_no_axis =
      c->kind == CONNECT_ALL_TO_ALL || c->kind == CONNECT_ONE_TO_ONE || c->kind == CONNECT_GAUSSIAN || c->kind == CONNECT_DOG;
  job->by_post = c->kind == CONNECT_FIXED_NUMBER_PRE || (has_no_axis && wants_post);
  job->gives_weights = c->kind == CONNECT_GAUSSIAN || c->kind == CONNECT_DOG;
  job->n_rows = row_view(job)->n;
  job->n_columns = column_view(job)->n;
  work_begin(2 * job->n_rows); /* counted, then made */
  job->excludes_self = ends->same_population && !c->self;
  if (job->excludes_self && !find_self(job, e))
    return false;
  switch (c->kind) {
  case CONNECT_ONE_TO_ONE:
    return ends->pre.n == ends->post.n || error_set(e, "one_to_one: both sides must have one size, got %lld pre and %lld post neurons",
                                                    (long long)ends->pre.n, (long long)ends->post.n);
  case CONNECT_FIXED_PROBABILITY: job->inverse_log = c->p > 0 && c->p < 1 ? -1 / lp_log1p64(-c->p) : 0; return true;
  case CONNECT_FIXED_NUMBER_PRE:
  case CONNECT_FIXED_NUMBER_POST: return check_number(job, e);
  case CONNECT_PAIRS: return check_pairs(c, ends, e);
  default: return true;
  }
}

void connect_finish(ConnectJob *job) {
  memory_free(job->self_position);
  job->self_position = NULL;
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

static int64_t row_all(const ConnectJob *job, int64_t self, int32_t *column) {
  int64_t n = 0;
  for (int64_t j = 0; j < job->n_columns; j++)
    if (j != self)
      column[n++] = (int32_t)j;
  return n;
}

/* Skip from one synapse to the next: the number of pairs left out is geometric, floor(E / -log(1-p)) with E exponential. The row's own neuron is not
** among the pairs: numbers from it on move up by one. */
static int64_t row_probability(const ConnectJob *job, int64_t row, int64_t self, int32_t *column) {
  enum { MOST = 8 };
  double jump[MOST * 2 * RANDOM_TILE];
  const double p = job->connector.p, inverse = job->inverse_log, size = (double)(job->n_columns - (self >= 0));
  if (p >= 1)
    return column != NULL ? row_all(job, self, column) : (int64_t)size;
  if (p <= 0)
    return 0;
  double expected = size * p, wanted = (expected + 3 * sqrt(expected)) / (2 * RANDOM_TILE) + 1;
  int64_t n_tiles = wanted < MOST ? (int64_t)wanted : MOST, n = 0;
  const int64_t shift_from = self >= 0 ? self : INT64_MAX;
  double at = -1;
  for (uint64_t block = 0;; block += (uint64_t)(n_tiles * RANDOM_TILE)) {
    random_exponentials(job->key, job->ends.object, RANDOM_STREAM_CONNECT, (uint64_t)row << 32 | block, n_tiles, jump);
    for (int64_t k = 0; k < n_tiles * 2 * RANDOM_TILE; k++) {
      double skip = jump[k] * inverse;
      if (!(skip < size))
        return n;
      at += 1 + (double)(int64_t)skip;
      if (at >= size)
        return n;
      if (column != NULL) {
        int64_t j = (int64_t)at;
        column[n] = (int32_t)(j + (j >= shift_from));
      }
      n++;
    }
  }
}

static int64_t row_number(const ConnectJob *job, int64_t row, int64_t self, int32_t *column, void *scratch) {
  const int64_t k = job->connector.k;
  RandomSequence s = random_sequence(job->key, job->ends.object, RANDOM_STREAM_CONNECT, (uint32_t)row);
  random_choose(&s, job->n_columns - (self >= 0), k, scratch, column);
  if (self >= 0)
    for (int64_t i = 0; i < k; i++)
      column[i] += column[i] >= self;
  return k;
}

static int64_t row_mask(const ConnectJob *job, int64_t row, int32_t *column) {
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

static int64_t row_distance(const ConnectJob *job, int64_t row, int64_t self, int32_t *column, double *weight) {
  const Connector *c = &job->connector;
  const int d = c->n_dims;
  const double *own = (job->by_post ? c->post_at : c->pre_at) + row * d, *others = job->by_post ? c->pre_at : c->post_at;
  const double a = 1 / (2 * c->sigma * c->sigma), b = c->kind == CONNECT_DOG ? 1 / (2 * c->sigma_minus * c->sigma_minus) : 0;
  const double least = c->limit * fabs(c->amplitude - (c->kind == CONNECT_DOG ? c->amplitude_minus : 0));
  int64_t n = 0;
  for (int64_t j = 0; j < job->n_columns; j++) {
    double square = 0;
    for (int i = 0; i < d; i++) {
      double x = others[j * d + i] - own[i];
      square += x * x;
    }
    double w = c->amplitude * lp_exp64(-square * a);
    if (c->kind == CONNECT_DOG)
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

int64_t connect_row_size(const ConnectJob *job, int64_t row) {
  switch (job->connector.kind) {
  case CONNECT_ALL_TO_ALL: return job->n_columns - (self_column(job, row) >= 0);
  case CONNECT_ONE_TO_ONE: return 1;
  case CONNECT_FIXED_NUMBER_PRE:
  case CONNECT_FIXED_NUMBER_POST: return job->connector.k;
  default: return -1;
  }
}

int64_t connect_row(const ConnectJob *job, int64_t row, int32_t *column, double *weight, void *scratch) {
  work_count(row);
  if (interrupt_flag)
    return 0; /* whoever builds throws away what was built */
  int64_t self = self_column(job, row), size = column == NULL ? connect_row_size(job, row) : -1;
  if (size >= 0)
    return size;
  switch (job->connector.kind) {
  case CONNECT_ALL_TO_ALL: return row_all(job, self, column);
  case CONNECT_ONE_TO_ONE: column[0] = (int32_t)row; return 1;
  case CONNECT_FIXED_PROBABILITY: return row_probability(job, row, self, column);
  case CONNECT_FIXED_NUMBER_PRE:
  case CONNECT_FIXED_NUMBER_POST: return row_number(job, row, self, column, scratch);
  case CONNECT_MASK: return row_mask(job, row, column);
  case CONNECT_GAUSSIAN:
  case CONNECT_DOG: return row_distance(job, row, self, column, weight);
  case CONNECT_FUNCTION: return job->connector.function(job->connector.context, row, column);
  case CONNECT_PAIRS: break;
  }
  return 0;
}

int64_t connect_scratch_bytes(const ConnectJob *job) {
  bool needs = job->connector.kind == CONNECT_FIXED_NUMBER_PRE || job->connector.kind == CONNECT_FIXED_NUMBER_POST;
  return needs ? bitmap_bytes(job->n_columns) : 0;
}
