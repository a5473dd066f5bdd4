#include "synapses/part.h"

#include <stdlib.h>
#include <string.h>

#include "base/debug.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "synapses/storage_private.h"

/* What the threads need that go over rows. */
typedef struct Going {
  const Part *part;
  const ConnectJob *job;
  _Atomic int64_t *begin, *before; /* of the storage's rows; begin is shifted by one while it counts */
  const PartDraw *draw;
  RandomTake *take;
  void *context;
  void **scratch;   /* of each thread */
  int32_t **column; /* a row */
  int64_t **order;  /* its synapses in the order of their delays, and these */
  double **value;
} Going;

static const View *rows_of(const ConnectJob *job) { return job->by_post ? &job->ends.post : &job->ends.pre; }
static const View *columns_of(const ConnectJob *job) { return job->by_post ? &job->ends.pre : &job->ends.post; }
static bool is_own(const Part *p, int64_t post) { return post >= p->options->own_first && post < p->options->own_last; }
static int64_t n_own(const Part *p, int64_t major) { return storage_row(p->s, major + 1) - storage_row(p->s, major); }

static bool go(Going *g, bool needs_order, bool (*over)(Going *g, int n_team, Error *e), Error *e) {
  ConnectJob job;
  const Part *p = g->part;
  if (!connect_prepare(&job, p->connector, p->ends, p->options->is_rate, e)) {
    connect_finish(&job);
    return false;
  }
  const int n_team = storage_team(false, p->options->n_threads, connect_work(&job));
  const int64_t most = connect_row_most(&job), scratch = connect_scratch_bytes(&job);
  g->job = &job;
  g->scratch = storage_each(n_team, scratch);
  g->column = (int32_t **)storage_each(n_team, 4 * most);
  g->order = (int64_t **)storage_each(n_team, needs_order ? 8 * most : 0);
  g->value = (double **)storage_each(n_team, needs_order ? 8 * most : 0);
  bool ok = (g->scratch != NULL && g->column != NULL && g->order != NULL && g->value != NULL) ||
            error_memory(e, "the places of synapses", (double)n_team * (double)(scratch + 20 * most));
  ok = ok && over(g, n_team, e);
  void **lists[] = { g->scratch, (void **)g->column, (void **)g->order, (void **)g->value };
  for (int k = 0; k < 4; k++)
    storage_each_free(lists[k], n_team);
  connect_finish(&job);
  return ok;
}

/* ---- the rows of the whole --------------------------------------------------------------------------------------------- */

/* A row of the connector: all of it belongs to one row of the storage, or each synapse to another. */
static void count_rows(void *context, int64_t first, int64_t last) {
  const Going *g = context;
  const ConnectJob *job = g->job;
  const int id = parallel_id();
  const bool is_across = job->by_post == g->part->s->is_by_pre;
  const int64_t own_first = g->part->options->own_first;
  int32_t *column = g->column[id];
  for (int64_t r = first; r < last; r++) {
    const int64_t row = view_at(rows_of(job), r), n = connect_row(job, r, job->by_post && !is_across ? NULL : column, NULL, g->scratch[id]);
    for (int64_t k = 0; is_across && k < n; k++) {
      const int64_t major = view_at(columns_of(job), column[k]);
      g->begin[major + 1]++;
      if (job->by_post && row < own_first)
        g->before[major]++;
    }
    if (is_across)
      continue;
    int64_t n_before = 0;
    for (int64_t k = 0; !job->by_post && k < n; k++)
      n_before += view_at(columns_of(job), column[k]) < own_first;
    g->begin[row + 1] = n;
    g->before[row] = n_before;
  }
}

static bool count(Going *g, int n_team, Error *e) {
  (void)e;
  parallel_ranges(n_team, g->job->n_rows, ROWS_A_PART, count_rows, g);
  return true;
}

bool part_rows(const Part *p, int64_t *begin, int64_t *before, Error *e) {
  const size_t n = (size_t)storage_n_major(p->s);
  Going g = { .part = p };
  g.begin = memory_new((n + 1) * sizeof *g.begin);
  g.before = memory_new((n + 1) * sizeof *g.before);
  bool ok = (g.begin != NULL && g.before != NULL) || error_memory(e, "rows of synapses", 16.0 * (double)n);
  ok = ok && go(&g, false, count, e);
  int64_t sum = 0;
  for (size_t k = 0; ok && k < n; k++) {
    begin[k] = sum += g.begin[k];
    before[k] = g.before[k];
  }
  memory_free((void *)g.begin);
  memory_free((void *)g.before);
  return ok;
}

/* ---- values ---------------------------------------------------------------------------------------------------------------- */

typedef struct Shifted {
  const Going *g;
  int64_t by;
} Shifted;

static void take_shifted(void *context, int64_t first, const double *values, int64_t n) {
  const Shifted *s = context;
  s->g->take(s->g->context, s->by + first, values, n);
}

/* Rows whose own synapses follow one another in the whole. */
static void draw_rows(void *context, int64_t first, int64_t last) {
  const Going *g = context;
  const PartDraw *d = g->draw;
  for (int64_t m = first; m < last; m++) {
    Shifted s = { g, storage_row(g->part->s, m) };
    random_each(&d->drawn, d->seed, d->object, d->stream, d->begin[m] + d->before[m], n_own(g->part, m), take_shifted, &s);
  }
}

static int compare(const void *a, const void *b) {
  const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

/* Posts of views in any order are sorted in their rows. */
static void name_posts(const View *v, int32_t *column, int64_t *order, int64_t n) {
  bool is_ascending = true;
  for (int64_t k = 0; k < n; k++) {
    column[k] = (int32_t)view_at(v, column[k]);
    is_ascending = is_ascending && (k == 0 || column[k] >= column[k - 1]);
  }
  for (int64_t k = 0; k < n && !is_ascending; k++)
    order[k] = column[k];
  if (!is_ascending)
    qsort(order, (size_t)n, sizeof *order, compare);
  for (int64_t k = 0; k < n && !is_ascending; k++)
    column[k] = (int32_t)order[k];
}

/* order[k] becomes the place in the row of what is k-th by delay: by counting where delays are short, as they mostly are. `step` may be the room of another row's. */
static void sort_by_delay(int64_t *order, int32_t *step, int64_t n) {
  enum { SHORT = 1024 };
  int64_t at[SHORT + 1] = { 0 };
  int32_t longest = 0;
  for (int64_t k = 0; k < n; k++)
    longest = step[k] > longest ? step[k] : longest;
  if (longest < SHORT) {
    for (int64_t k = 0; k < n; k++)
      at[step[k] + 1]++;
    for (int32_t d = 0; d < longest; d++)
      at[d + 1] += at[d];
    for (int64_t k = 0; k < n; k++)
      order[at[step[k]]++] = k;
    return;
  }
  for (int64_t k = 0; k < n; k++)
    order[k] = (int64_t)step[k] << 32 | k;
  qsort(order, (size_t)n, sizeof *order, compare);
  for (int64_t k = 0; k < n; k++)
    order[k] &= UINT32_MAX;
}

enum { CHEAP = 32 }; /* so many values that follow one another are drawn as fast as one */

static void draw_sorted_row(const Going *g, int64_t r, int64_t major, int id) {
  const PartDraw *d = g->draw;
  int32_t *column = g->column[id];
  int64_t *order = g->order[id], own = storage_row(g->part->s, major);
  double *value = g->value[id];
  const int64_t begin = d->begin[major], n = connect_row(g->job, r, column, NULL, g->scratch[id]), n_mine = n_own(g->part, major);
  name_posts(columns_of(g->job), column, order, n);
  int32_t *step = (int32_t *)(void *)value;
  d->steps(d->context, begin, n, step);
  sort_by_delay(order, step, n);
  const bool is_all = n <= CHEAP * n_mine;
  if (is_all)
    random_fill(&d->drawn, d->seed, d->object, d->stream, begin, value, n);
  for (int64_t k = 0; k < n; k++) {
    if (!is_own(g->part, column[order[k]]))
      continue;
    double one;
    if (!is_all)
      random_fill(&d->drawn, d->seed, d->object, d->stream, begin + k, &one, 1);
    g->take(g->context, own++, is_all ? &value[k] : &one, 1);
  }
  ASSERT(n == 0 || own == storage_row(g->part->s, major + 1));
}

static void draw_sorted_rows(void *context, int64_t first, int64_t last) {
  const Going *g = context;
  for (int64_t r = first; r < last; r++) {
    const int64_t major = view_at(rows_of(g->job), r);
    if (n_own(g->part, major) > 0)
      draw_sorted_row(g, r, major, parallel_id());
  }
}

/* A row of posts is whole: its synapses stand in it as they do in all. */
static bool draw(Going *g, int n_team, Error *e) {
  (void)e;
  if (g->draw->steps != NULL && g->part->s->is_by_pre)
    parallel_ranges(n_team, g->job->n_rows, ROWS_A_PART, draw_sorted_rows, g);
  else
    parallel_ranges(n_team, storage_n_major(g->part->s), ROWS_A_PART, draw_rows, g);
  return true;
}

bool part_draw(const Part *p, const PartDraw *d, RandomTake *take, void *context, Error *e) {
  Going g = { .part = p, .draw = d, .take = take, .context = context };
  return go(&g, d->steps != NULL, draw, e);
}
