/* Making the format "rows": from a connector, row by row and in parallel, and from pairs. */
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "synapses/storage_rows.h"

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
  t->column = (int32_t **)storage_each(n, 4 * connect_row_most(job));
  t->weight = (double **)storage_each(n, 8 * weights);
  t->cursor = (int64_t **)storage_each(n, 8 * n_cursors);
  if (t->scratch != NULL && t->column != NULL && t->weight != NULL && t->cursor != NULL)
    return true;
  team_free(t);
  return error_memory(e, "making synapses", n * (double)(scratch + 4 * job->n_columns + 8 * weights + 8 * n_cursors));
}

/* ---- rows that are remembered ------------------------------------------------------------------------------------- */

/* Rows of which each ascends: every neuron but the first by its distance from the one before, most often in a byte. Behind the last one comes as many as there are neurons. */
typedef struct Gaps {
  uint8_t *at; /* owned */
  int64_t n, capacity;
} Gaps;

enum { ONE_BYTE = 192, SKIP = (256 - ONE_BYTE) * 256 - 1 }; /* smaller gaps take a byte, others two; SKIP leads on, and names nobody */

/* How far a row has been read: who is next in it, and where what comes then stands. */
typedef struct Known {
  int64_t at;
  int32_t next;
} Known;

static inline void put_gap(Gaps *g, int64_t gap) {
  for (; gap >= SKIP; gap -= SKIP) {
    g->at[g->n++] = 255;
    g->at[g->n++] = 255;
  }
  if (gap >= ONE_BYTE)
    g->at[g->n++] = (uint8_t)(ONE_BYTE + (gap >> 8));
  g->at[g->n++] = (uint8_t)gap;
}

/* The neuron behind `from`. */
static inline int32_t next_of(const uint8_t **at, int32_t from) {
  int32_t gap;
  do {
    gap = *(*at)++;
    if (__builtin_expect(gap >= ONE_BYTE, 0))
      gap = (gap - ONE_BYTE) << 8 | *(*at)++;
    from += gap;
  } while (__builtin_expect(gap == SKIP, 0));
  return from;
}

/* False, and nothing is remembered: memory is short. */
static bool remember_row(Gaps *g, Known *known, const int32_t *column, int64_t n, int64_t n_columns) {
  if (!memory_reserve(&g->at, g->n, g->n + 2 * (n + n_columns / SKIP), &g->capacity, 1))
    return false;
  *known = (Known){ g->n, n > 0 ? column[0] : (int32_t)n_columns };
  for (int64_t k = 1; k < n; k++)
    put_gap(g, column[k] - column[k - 1]);
  if (n > 0)
    put_gap(g, n_columns - column[n - 1]);
  return true;
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
  bool must_sort; /* the neurons of a row do not come in order */
  Known *known;   /* [n_rows] the connector's rows as they were counted; NULL: they are made again */
  Gaps *gaps;     /* [n of the team] by share */
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

static void count_some_rows(void *context, int64_t first, int64_t last) {
  const Build *b = context;
  const ConnectJob *job = b->job;
  const int id = parallel_id();
  int32_t *column = connect_needs_buffer(job) ? b->team->column[id] : NULL;
  for (int64_t r = first; r < last; r++)
    b->row[view_at(rows_of(job), r) + 1] = connect_row(job, r, column, NULL, b->team->scratch[id]);
}

static void fill_some_rows(void *context, int64_t first, int64_t last) {
  const Build *b = context;
  const ConnectJob *job = b->job;
  const bool has_buffer = connect_needs_buffer(job);
  const int id = parallel_id();
  for (int64_t r = first; r < last; r++) {
    int64_t begin = b->row[view_at(rows_of(job), r)];
    int32_t *column = has_buffer ? b->team->column[id] : b->minor + begin;
    double *weight = b->weight != NULL ? b->weight + begin : NULL;
    int64_t n = connect_row(job, r, column, weight, b->team->scratch[id]);
    if (has_buffer)
      memcpy(b->minor + begin, column, (size_t)n * sizeof *column);
    name_neurons(columns_of(job), b->minor + begin, n);
    if (b->must_sort)
      sort_row(b->minor + begin, weight, n);
  }
}

static void count_rows(Build *b) { parallel_ranges(b->team->n, b->job->n_rows, ROWS_A_PART, count_some_rows, b); }

static void fill_rows(Build *b) {
  b->must_sort = !is_ascending(columns_of(b->job));
  parallel_ranges(b->team->n, b->job->n_rows, ROWS_A_PART, fill_some_rows, b);
}

/* ---- rows across: the connector's rows are the format's columns ------------------------------------------------------ */

static void count_share(void *context, int share) {
  const Build *b = context;
  const ConnectJob *job = b->job;
  const Team *team = b->team;
  int32_t *column = team->column[parallel_id()];
  bool remembers = b->known != NULL;
  for (int64_t r = rows_share(job->n_rows, share, team->n); r < rows_share(job->n_rows, share + 1, team->n); r++) {
    int64_t n = connect_row(job, r, column, NULL, team->scratch[parallel_id()]);
    for (int64_t k = 0; k < n; k++)
      team->cursor[share][column[k]]++;
    remembers = remembers && remember_row(&b->gaps[share], &b->known[r], column, n, job->n_columns);
  }
  if (!remembers)
    b->gaps[share].n = -1;
}

static void count_across(Build *b) {
  const ConnectJob *job = b->job;
  const View *columns = columns_of(job);
  parallel_run(b->team->n, b->team->n, count_share, b);
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

/* From what is remembered. The rows of many neurons grow at once, here and there: those of so many at a time that their ends stay near, and of more where next to nothing of one of the
** connector's rows would go there. */
static void fill_known(const Build *b, int share) {
  enum { NEAR = 4096, LEAST = 32 };
  const ConnectJob *job = b->job;
  const int64_t begin = rows_share(job->n_rows, share, b->team->n), end = rows_share(job->n_rows, share + 1, b->team->n);
  const double each = (double)(b->gaps[share].n + 1) / (double)(end - begin + 1); /* bytes of a row, nearly its neurons */
  const double wide = LEAST * (double)job->n_columns / each;
  const int64_t width = wide > NEAR ? (int64_t)wide : NEAR;
  int64_t *cursor = b->team->cursor[share];
  for (int64_t from = 0; from < job->n_columns; from += width) {
    const int32_t until = (int32_t)(from + width < job->n_columns ? from + width : job->n_columns);
    for (int64_t r = begin; r < end; r++) {
      const uint8_t *at = b->gaps[share].at + b->known[r].at;
      const int32_t own = (int32_t)view_at(rows_of(job), r);
      int32_t next = b->known[r].next;
      while (next < until) {
        b->minor[cursor[next]++] = own;
        next = next_of(&at, next);
      }
      b->known[r] = (Known){ at - b->gaps[share].at, next };
    }
  }
}

static void fill_share(void *context, int share) {
  const Build *b = context;
  const ConnectJob *job = b->job;
  const Team *team = b->team;
  if (b->gaps[share].n >= 0) {
    fill_known(b, share);
    return;
  }
  const int id = parallel_id();
  int32_t *column = team->column[id];
  double *weight = b->weight != NULL ? team->weight[id] : NULL;
  int64_t *cursor = team->cursor[share];
  for (int64_t r = rows_share(job->n_rows, share, team->n); r < rows_share(job->n_rows, share + 1, team->n); r++) {
    int32_t own = (int32_t)view_at(rows_of(job), r);
    int64_t n = connect_row(job, r, column, weight, team->scratch[id]);
    for (int64_t k = 0; k < n; k++) {
      int64_t place = cursor[column[k]]++;
      b->minor[place] = own;
      if (weight != NULL)
        b->weight[place] = weight[k];
    }
  }
}

static void sort_columns(void *context, int64_t first, int64_t last) {
  const Build *b = context;
  for (int64_t c = first; c < last; c++) {
    int64_t m = view_at(columns_of(b->job), c), begin = b->row[m];
    sort_row(b->minor + begin, b->weight != NULL ? b->weight + begin : NULL, b->row[m + 1] - begin);
  }
}

static void fill_across(Build *b) {
  parallel_run(b->team->n, b->team->n, fill_share, b);
  if (!is_ascending(rows_of(b->job)))
    parallel_ranges(b->team->n, b->job->n_columns, ROWS_A_PART, sort_columns, b);
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

/* Room for n synapses. */
static bool make_places(Storage *s, int64_t n, Error *e) {
  s->n_synapses = n;
  s->rows.minor = memory_raw((size_t)n * sizeof *s->rows.minor);
  return s->rows.minor != NULL || error_memory(e, "synapses", 4.0 * (double)n);
}

/* Does no row, sorted, name a minor twice? */
static bool is_unique(const Storage *s) {
  for (int64_t r = 0; r < storage_n_major(s); r++)
    for (int64_t k = s->rows.row[r] + 1; k < s->rows.row[r + 1]; k++)
      if (s->rows.minor[k] == s->rows.minor[k - 1])
        return false;
  return true;
}

/* Can rows be remembered, and may that take memory? Where it is short they are made again. */
static void begin_gaps(Build *b, const StorageOptions *o) {
  const ConnectJob *job = b->job;
  b->known = o->has_values && !job->gives_weights && job->seen == NULL ? memory_raw((size_t)job->n_rows * sizeof *b->known) : NULL;
}

static void free_gaps(Build *b) {
  for (int share = 0; share < b->team->n; share++)
    memory_free(b->gaps[share].at);
  memory_free(b->known);
}

static bool build_rows(Storage *s, const ConnectJob *job, const StorageOptions *o, double **weight, Error *e) {
  bool is_across = job->by_post == s->is_by_pre;
  Team team;
  if (!team_init(&team, storage_team(is_across, o->n_threads, connect_work(job)), job, is_across ? job->n_columns : 0, e))
    return false;
  Gaps gaps[PARALLEL_MAX] = { { 0 } };
  Build b = { .job = job, .team = &team, .gaps = gaps };
  b.row = memory_new((size_t)(storage_n_major(s) + 1) * sizeof *b.row);
  s->rows.row = b.row;
  bool is_good = b.row != NULL || error_memory(e, "rows of synapses", 8.0 * (double)storage_n_major(s));
  if (is_good) {
    if (is_across)
      begin_gaps(&b, o);
    (is_across ? count_across : count_rows)(&b);
    is_good = make_places(s, rows_add_up(b.row, storage_n_major(s)), e);
    b.minor = (int32_t *)s->rows.minor;
  }
  if (is_good && weight != NULL && job->gives_weights) {
    *weight = b.weight = memory_new((size_t)s->n_synapses * sizeof **weight);
    is_good = b.weight != NULL || error_memory(e, "weights", 8.0 * (double)s->n_synapses);
  }
  if (is_good && is_across)
    set_cursors(&b);
  if (is_good) {
    (is_across ? fill_across : fill_rows)(&b);
    s->is_unique = !connect_may_repeat(job) || is_unique(s);
  }
  free_gaps(&b);
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
  rows_add_up(at, n_minors);
  for (int64_t k = 0; k < p->n; k++)
    order[at[pair_minor(p, k)]++] = k;
  memory_free(at);
  return order;
}

static void fill_pairs(Storage *s, const StoragePairs *p, const int64_t *order, int64_t *row, int64_t *synapse_of_pair) {
  int32_t *minor = (int32_t *)s->rows.minor;
  for (int64_t i = 0; i < p->n; i++) {
    int64_t k = order != NULL ? order[i] : i, place = row[pair_major(p, k)]++;
    minor[place] = (int32_t)pair_minor(p, k);
    if (synapse_of_pair != NULL)
      synapse_of_pair[k] = place;
  }
  for (int64_t r = storage_n_major(s); r > 0; r--) /* filling moved every begin to the next one's */
    row[r] = row[r - 1];
  row[0] = 0;
  s->is_unique = is_unique(s);
}

/* Sort by minor, then into rows: a stable sort in two passes without comparisons. */
bool rows_build_pairs(Storage *s, int64_t n_pre, int64_t n_post, const StoragePairs *p, int64_t **synapse_of_pair, Error *e) {
  s->n_pre = n_pre;
  s->n_post = n_post;
  int64_t *row = memory_new((size_t)(storage_n_major(s) + 1) * sizeof *row), *place = NULL, *order = NULL;
  s->rows.row = row;
  if (row == NULL)
    return error_memory(e, "rows of synapses", 8.0 * (double)storage_n_major(s));
  if (!make_places(s, p->n, e))
    return false;
  if (synapse_of_pair != NULL && (place = memory_new((size_t)p->n * sizeof *place)) == NULL)
    return error_memory(e, "numbers of pairs", 8.0 * (double)p->n);
  if (!pairs_ascend(p) && (order = order_by_minor(p, storage_n_minor(s), e)) == NULL) {
    memory_free(place);
    return false;
  }
  for (int64_t k = 0; k < p->n; k++)
    row[pair_major(p, k) + 1]++;
  rows_add_up(row, storage_n_major(s));
  fill_pairs(s, p, order, row, place);
  memory_free(order);
  if (synapse_of_pair != NULL)
    *synapse_of_pair = place;
  return true;
}

bool rows_build(Storage *s, const ConnectJob *job, const StorageOptions *o, StorageExtras *extras, Error *e) {
  const Connector *c = &job->connector;
  const ConnectEnds *ends = &job->ends;
  if (c->kind == CONNECT_pairs) {
    StoragePairs p = { c->n_pairs, s->is_by_pre ? c->pair_pre : c->pair_post, s->is_by_pre ? c->pair_post : c->pair_pre,
                       s->is_by_pre ? &ends->pre : &ends->post, s->is_by_pre ? &ends->post : &ends->pre };
    return rows_build_pairs(s, ends->n_pre, ends->n_post, &p, extras != NULL ? &extras->synapse_of_pair : NULL, e);
  }
  s->n_pre = ends->n_pre;
  s->n_post = ends->n_post;
  return build_rows(s, job, o, extras != NULL ? &extras->weight : NULL, e);
}
