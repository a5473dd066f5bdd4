#include "synapses/storage.h"

#include <string.h>

#include "base/debug.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "synapses/storage_check.h"
#include "synapses/storage_private.h"

/* ---- what a team of threads needs while it makes rows ------------------------------------------------------------- */

typedef struct Team {
  int n;
  void **scratch;   /* connect_scratch_bytes each */
  int32_t **column; /* one row */
  double **weight;  /* one row, where the connector gives weights */
  int64_t **cursor; /* per major of the format, when rows run across it */
} Team;

static void team_free(Team *t) {
  void **lists[] = { t->scratch, (void **)t->column, (void **)t->weight, (void **)t->cursor };
  for (int l = 0; l < 4; l++)
    storage_each_free(lists[l], t->n);
}

static bool team_init(Team *t, int n, const ConnectJob *job, int64_t n_cursors, Error *e) {
  *t = (Team){ .n = n };
  int64_t scratch = connect_scratch_bytes(job), weights = job->gives_weights ? job->n_columns : 0;
  t->scratch = storage_each(n, scratch);
  t->column = (int32_t **)storage_each(n, 4 * job->n_columns);
  t->weight = (double **)storage_each(n, 8 * weights);
  t->cursor = (int64_t **)storage_each(n, 8 * n_cursors);
  if (t->scratch != NULL && t->column != NULL && t->weight != NULL && t->cursor != NULL)
    return true;
  team_free(t);
  return error_memory(e, "making synapses", n * (double)(scratch + 4 * job->n_columns + 8 * weights + 8 * n_cursors));
}

/* ---- rows in order ------------------------------------------------------------------------------------------------ */

static void sort_row(int32_t *minor, double *weight, int64_t n);

/* A build under way. */
typedef struct Build {
  const ConnectJob *job;
  Team *team;
  int64_t *row; /* counts, then begins, of the format's majors */
  int32_t *minor;
  double *weight; /* NULL: none wanted */
} Build;

static const View *rows_of(const ConnectJob *job) { return job->by_post ? &job->ends.post : &job->ends.pre; }
static const View *columns_of(const ConnectJob *job) { return job->by_post ? &job->ends.pre : &job->ends.post; }

static bool is_ascending(const View *v) {
  for (int64_t k = 1; v->index != NULL && k < v->n; k++)
    if (v->index[k] < v->index[k - 1])
      return false;
  return true;
}

/* Positions in a view become population indexes. */
static void name_neurons(const View *v, int32_t *column, int64_t n) {
  if (v->index != NULL)
    for (int64_t k = 0; k < n; k++)
      column[k] = v->index[column[k]];
  else if (v->first != 0)
    for (int64_t k = 0; k < n; k++)
      column[k] += (int32_t)v->first;
}

static void count_rows(const Build *b) {
  const ConnectJob *job = b->job;
  const bool must_make = job->connector.kind == CONNECT_FUNCTION;
#pragma omp parallel for num_threads(b->team->n) schedule(dynamic, 64) if (b->team->n > 1)
  for (int64_t r = 0; r < job->n_rows; r++) {
    int id = parallel_id();
    b->row[view_at(rows_of(job), r) + 1] = connect_row(job, r, must_make ? b->team->column[id] : NULL, NULL, b->team->scratch[id]);
  }
}

static void fill_rows(const Build *b) {
  const ConnectJob *job = b->job;
  const bool must_sort = !is_ascending(columns_of(job)), has_buffer = job->connector.kind == CONNECT_FUNCTION;
#pragma omp parallel for num_threads(b->team->n) schedule(dynamic, 64) if (b->team->n > 1)
  for (int64_t r = 0; r < job->n_rows; r++) {
    int id = parallel_id();
    int64_t begin = b->row[view_at(rows_of(job), r)];
    int32_t *column = has_buffer ? b->team->column[id] : b->minor + begin;
    double *weight = b->weight != NULL ? b->weight + begin : NULL;
    int64_t n = connect_row(job, r, column, weight, b->team->scratch[id]);
    if (has_buffer)
      memcpy(b->minor + begin, column, (size_t)n * sizeof *column);
    name_neurons(columns_of(job), b->minor + begin, n);
    if (must_sort)
      sort_row(b->minor + begin, weight, n);
  }
}

/* ---- rows across: the connector's rows are the format's columns ------------------------------------------------------ */

static void count_across(const Build *b) {
  const ConnectJob *job = b->job;
  const View *columns = columns_of(job);
#pragma omp parallel for num_threads(b->team->n) schedule(static, 1) if (b->team->n > 1)
  for (int id = 0; id < b->team->n; id++) {
    int32_t *column = b->team->column[id];
    for (int64_t r = storage_share(job->n_rows, id, b->team->n); r < storage_share(job->n_rows, id + 1, b->team->n); r++) {
      int64_t n = connect_row(job, r, column, NULL, b->team->scratch[id]);
      for (int64_t k = 0; k < n; k++)
        b->team->cursor[id][column[k]]++;
    }
  }
  for (int id = 0; id < b->team->n; id++)
    for (int64_t c = 0; c < job->n_columns; c++)
      b->row[view_at(columns, c) + 1] += b->team->cursor[id][c];
}

/* Counts become the place at which each thread begins to write each row: threads hold blocks of rows in order. */
static void set_cursors(const Build *b) {
  const View *columns = columns_of(b->job);
  for (int64_t c = 0; c < b->job->n_columns; c++) {
    int64_t at = b->row[view_at(columns, c)];
    for (int id = 0; id < b->team->n; id++) {
      int64_t n = b->team->cursor[id][c];
      b->team->cursor[id][c] = at;
      at += n;
    }
  }
}

static void fill_across(const Build *b) {
  const ConnectJob *job = b->job;
  const bool must_sort = !is_ascending(rows_of(job));
#pragma omp parallel for num_threads(b->team->n) schedule(static, 1) if (b->team->n > 1)
  for (int id = 0; id < b->team->n; id++) {
    int32_t *column = b->team->column[id];
    double *weight = b->weight != NULL ? b->team->weight[id] : NULL;
    int64_t *cursor = b->team->cursor[id];
    for (int64_t r = storage_share(job->n_rows, id, b->team->n); r < storage_share(job->n_rows, id + 1, b->team->n); r++) {
      int32_t own = (int32_t)view_at(rows_of(job), r);
      int64_t n = connect_row(job, r, column, weight, b->team->scratch[id]);
      for (int64_t k = 0; k < n; k++) {
        int64_t place = cursor[column[k]]++;
        b->minor[place] = own;
        if (weight != NULL)
          b->weight[place] = weight[k];
      }
    }
  }
  if (!must_sort)
    return;
#pragma omp parallel for num_threads(b->team->n) schedule(dynamic, 64) if (b->team->n > 1)
  for (int64_t c = 0; c < job->n_columns; c++) {
    int64_t m = view_at(columns_of(job), c), begin = b->row[m];
    sort_row(b->minor + begin, b->weight != NULL ? b->weight + begin : NULL, b->row[m + 1] - begin);
  }
}

/* Shell sort, with the weights: only for views whose indexes do not ascend. */
static void sort_row(int32_t *minor, double *weight, int64_t n) {
  int64_t gap = 1;
  while (gap < n / 3)
    gap = 3 * gap + 1;
  for (; gap > 0; gap /= 3)
    for (int64_t i = gap; i < n; i++) {
      int32_t m = minor[i];
      double w = weight != NULL ? weight[i] : 0;
      int64_t k = i;
      for (; k >= gap && minor[k - gap] > m; k -= gap) {
        minor[k] = minor[k - gap];
        if (weight != NULL)
          weight[k] = weight[k - gap];
      }
      minor[k] = m;
      if (weight != NULL)
        weight[k] = w;
    }
}

/* ---- building ----------------------------------------------------------------------------------------------------- */

Storage *storage_empty(Format format, int64_t n_pre, int64_t n_post, Error *e) {
  Owned *o = memory_new(sizeof *o);
  if (o == NULL) {
    error_memory(e, "a projection's storage", sizeof *o);
    return NULL;
  }
  o->s = (Storage){ .format = format, .n_pre = n_pre, .n_post = n_post, .is_unique = true };
  return &o->s;
}

static Storage *new_dense(const ConnectJob *job, Format format, Error *e) {
  Storage *s = storage_empty(format, job->ends.pre.n, job->ends.post.n, e);
  if (s == NULL)
    return NULL;
  s->pre_first = job->ends.pre.first;
  s->post_first = job->ends.post.first;
  s->n_synapses = s->n_pre * s->n_post;
  return s;
}

/* Room for n synapses. */
static bool make_places(Storage *s, int64_t n, Error *e) {
  s->n_synapses = n;
  s->minor = memory_new((size_t)n * sizeof *s->minor);
  return s->minor != NULL || error_memory(e, "synapses", 4.0 * (double)n);
}

/* Pairs that are looked at. */
static int64_t work_of(const ConnectJob *job) {
  const Connector *c = &job->connector;
  if (c->kind == CONNECT_FIXED_PROBABILITY)
    return (int64_t)(c->p * (double)job->n_rows * (double)job->n_columns);
  int64_t each = job->n_rows > 0 ? connect_row_size(job, 0) : 0;
  return job->n_rows * (each >= 0 ? each : job->n_columns);
}

static bool build_rows(Storage *s, const ConnectJob *job, int n_threads, double **weight, Error *e) {
  bool is_across = job->by_post == storage_is_by_pre(s);
  Team team;
  if (!team_init(&team, storage_team(is_across, n_threads, work_of(job)), job, is_across ? job->n_columns : 0, e))
    return false;
  Build b = { .job = job, .team = &team };
  b.row = memory_new((size_t)(storage_n_major(s) + 1) * sizeof *b.row);
  s->row = b.row;
  bool is_good = b.row != NULL || error_memory(e, "rows of synapses", 8.0 * (double)storage_n_major(s));
  if (is_good) {
    (is_across ? count_across : count_rows)(&b);
    is_good = make_places(s, storage_add_up(b.row, storage_n_major(s)), e);
    b.minor = (int32_t *)s->minor;
  }
  if (is_good && weight != NULL && job->gives_weights) {
    *weight = b.weight = memory_new((size_t)s->n_synapses * sizeof **weight);
    is_good = b.weight != NULL || error_memory(e, "weights", 8.0 * (double)s->n_synapses);
  }
  if (is_good && is_across)
    set_cursors(&b);
  if (is_good)
    (is_across ? fill_across : fill_rows)(&b);
  team_free(&team);
  return is_good;
}

static inline int64_t pair_major(const StoragePairs *p, int64_t k) {
  return p->major_view ? view_at(p->major_view, p->major[k]) : p->major[k];
}
static inline int64_t pair_minor(const StoragePairs *p, int64_t k) {
  return p->minor_view ? view_at(p->minor_view, p->minor[k]) : p->minor[k];
}

static bool pairs_ascend(const StoragePairs *p) {
  for (int64_t k = 1; k < p->n; k++) {
    int64_t before = pair_major(p, k - 1), now = pair_major(p, k);
    if (before > now || (before == now && pair_minor(p, k - 1) > pair_minor(p, k)))
      return false;
  }
  return true;
}

/* Numbers of the pairs in order of minor, equal ones as given. */
static int64_t *order_by_minor(const StoragePairs *p, int64_t n_minors, Error *e) {
  int64_t *at = memory_new((size_t)(n_minors + 1) * sizeof *at), *order = memory_new((size_t)p->n * sizeof *order);
  if (at == NULL || order == NULL) {
    memory_free(at);
    memory_free(order);
    error_memory(e, "sorting pairs", 8.0 * (double)(n_minors + p->n));
    return NULL;
  }
  for (int64_t k = 0; k < p->n; k++)
    at[pair_minor(p, k) + 1]++;
  storage_add_up(at, n_minors);
  for (int64_t k = 0; k < p->n; k++)
    order[at[pair_minor(p, k)]++] = k;
  memory_free(at);
  return order;
}

static void fill_pairs(Storage *s, const StoragePairs *p, const int64_t *order, int64_t *row, int64_t *place_of_pair) {
  int32_t *minor = (int32_t *)s->minor;
  for (int64_t i = 0; i < p->n; i++) {
    int64_t k = order != NULL ? order[i] : i, place = row[pair_major(p, k)]++;
    minor[place] = (int32_t)pair_minor(p, k);
    if (place_of_pair != NULL)
      place_of_pair[k] = place;
  }
  for (int64_t r = storage_n_major(s); r > 0; r--) /* filling moved every begin to the next one's */
    row[r] = row[r - 1];
  row[0] = 0;
  for (int64_t r = 0; r < storage_n_major(s); r++)
    for (int64_t k = row[r] + 1; k < row[r + 1]; k++)
      s->is_unique &= minor[k] != minor[k - 1];
}

/* Sort by minor, then into rows: a stable sort in two passes without comparisons. */
bool storage_build_pairs(Storage *s, const StoragePairs *p, int64_t **place_of_pair, Error *e) {
  int64_t *row = memory_new((size_t)(storage_n_major(s) + 1) * sizeof *row), *place = NULL, *order = NULL;
  s->row = row;
  if (row == NULL)
    return error_memory(e, "rows of synapses", 8.0 * (double)storage_n_major(s));
  if (!make_places(s, p->n, e))
    return false;
  if (place_of_pair != NULL && (place = memory_new((size_t)p->n * sizeof *place)) == NULL)
    return error_memory(e, "places of pairs", 8.0 * (double)p->n);
  if (!pairs_ascend(p) && (order = order_by_minor(p, storage_n_minor(s), e)) == NULL) {
    memory_free(place);
    return false;
  }
  for (int64_t k = 0; k < p->n; k++)
    row[pair_major(p, k) + 1]++;
  storage_add_up(row, storage_n_major(s));
  fill_pairs(s, p, order, row, place);
  memory_free(order);
  if (place_of_pair != NULL)
    *place_of_pair = place;
  return true;
}

static bool build(Storage *s, const ConnectJob *job, const StorageOptions *options, StorageExtras *extras, Error *e) {
  const Connector *c = &job->connector;
  if (c->kind != CONNECT_PAIRS) {
    if (!build_rows(s, job, options->n_threads, extras != NULL ? &extras->weight : NULL, e))
      return false;
  } else {
    bool by_pre = storage_is_by_pre(s);
    StoragePairs p = { c->n_pairs, by_pre ? c->pair_pre : c->pair_post, by_pre ? c->pair_post : c->pair_pre,
                       by_pre ? &job->ends.pre : &job->ends.post, by_pre ? &job->ends.post : &job->ends.pre };
    if (!storage_build_pairs(s, &p, extras != NULL ? &extras->place_of_pair : NULL, e))
      return false;
  }
  return !options->reverse || storage_need_reverse(s, options->n_threads, e);
}

Storage *storage_new(const Connector *c, const ConnectEnds *ends, const StorageOptions *options, StorageExtras *extras, Error *e) {
  if (extras != NULL)
    *extras = (StorageExtras){ 0 };
  ConnectJob job;
  Storage *s = NULL;
  if (options->format != FORMAT_ROWS_PRE && options->format != FORMAT_ROWS_POST) {
    error_set(e, "a storage is built as rows by pre or by post");
    return NULL;
  }
  if (connect_prepare(&job, c, ends, options->format == FORMAT_ROWS_POST, e)) {
    bool is_block = ends->pre.index == NULL && ends->post.index == NULL && !job.excludes_self;
    if (c->kind == CONNECT_ALL_TO_ALL && is_block && options->dense != FORMAT_NONE) {
      s = new_dense(&job, options->dense, e);
    } else if ((s = storage_empty(options->format, ends->n_pre, ends->n_post, e)) != NULL && !build(s, &job, options, extras, e)) {
      storage_free(s);
      s = NULL;
      if (extras != NULL) {
        memory_free(extras->place_of_pair);
        memory_free(extras->weight);
        *extras = (StorageExtras){ 0 };
      }
    }
  }
  connect_finish(&job);
  ASSERT(storage_is_sound(s, true));
  return s;
}
