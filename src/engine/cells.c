#include "engine/cells.h"

#include <string.h>

#include "base/debug.h"
#include "base/parallel.h"

/* Cells that go through a step together, and the fewest for which the kernels' loops are worth it. */
enum { BLOCK = IS_DEBUG ? 4 : 128, LEAST = IS_DEBUG ? 2 : 64 };

int64_t cells_count(const BoundList *update, int64_t n) {
  int64_t n_cells = 0;
  for (int k = 0; k < update->n; k++) {
    const BoundKernel *b = update->items[k];
    const int64_t n_trees = program_trees(b->program);
    if (!b->is_local || b->nest != NEST_EACH || b->n_reductions > 0 || b->schedule.next != INT64_MIN || b->first != 0 ||
        b->n != (n_trees > 0 ? n_trees : n))
      return 0;
    n_cells = n_trees > 0 ? n_trees : n_cells;
  }
  return n_cells >= LEAST ? n_cells : 0;
}

static int64_t run_block(const BoundList *update, KernelArgs *call, int64_t n_cells, int64_t n_places, int64_t first, int64_t last) {
  int64_t n_spikes = 0;
  for (int k = 0; k < update->n; k++) {
    const BoundKernel *b = update->items[k];
    const bool is_tree = program_trees(b->program) > 0;
    KernelArgs args = b->args;
    ASSERT(bound_fits(b));
    args.t = call->t;
    args.step = call->step;
    args.scratch = call->scratch;
    for (int64_t place = 0; place < (is_tree ? 1 : n_places); place++) {
      args.first = place * n_cells + first;
      args.last = place * n_cells + last;
      args.spikes = call->spikes == NULL ? NULL : call->spikes + n_spikes;
      n_spikes += b->run(&args);
    }
  }
  return n_spikes;
}

int64_t cells_run(const BoundList *update, const Workers *w, const BoundCall *call, int64_t n_cells, int64_t n_places, int64_t first,
                  int64_t last) {
  KernelArgs args = { .t = call->t, .step = call->step, .scratch = w->scratch[parallel_id()] };
  int64_t n_spikes = 0;
  for (int64_t from = first, to; from < last; from = to) {
    to = last - from < BLOCK + LEAST ? last : from + BLOCK; /* none is left that is too small */
    args.spikes = call->spikes == NULL ? NULL : call->spikes + first * n_places + n_spikes;
    n_spikes += run_block(update, &args, n_cells, n_places, from, to);
  }
  return n_spikes;
}

void cells_sort(int32_t *spikes, int64_t n) {
  int64_t k = 1;
  while (k < n && spikes[k] > spikes[k - 1])
    k++;
  if (k >= n)
    return;
  int64_t gap = 1;
  while (gap < n / 3)
    gap = 3 * gap + 1;
  for (; gap > 0; gap /= 3) /* Shell's: nothing may be allocated here */
    for (int64_t i = gap; i < n; i++) {
      const int32_t one = spikes[i];
      int64_t at = i;
      for (; at >= gap && spikes[at - gap] > one; at -= gap)
        spikes[at] = spikes[at - gap];
      spikes[at] = one;
    }
}

/* A step that is cut into parts. */
typedef struct Parts {
  const BoundList *update;
  const Workers *w;
  const BoundCall *call;
  int64_t n_cells, n_places;
  int n;
  int64_t found[PARALLEL_MAX];
} Parts;

static int64_t cut(const Parts *p, int part) {
  const int64_t n_blocks = (p->n_cells + LEAST - 1) / LEAST, at = n_blocks * part / p->n * LEAST;
  return at < p->n_cells ? at : p->n_cells;
}

static void run_part(void *context, int part) {
  Parts *p = context;
  p->found[part] = cells_run(p->update, p->w, p->call, p->n_cells, p->n_places, cut(p, part), cut(p, part + 1));
}

int64_t cells_step(const BoundList *update, Workers *w, Cost *cost, const BoundCall *call, int64_t n_cells, int64_t n_places) {
  int64_t work = 0, n_spikes = 0;
  for (int k = 0; k < update->n; k++)
    work += bound_work(update->items[k]);
  if (!tuner_minds(&w->tuner, work)) {
    n_spikes = cells_run(update, w, call, n_cells, n_places, 0, n_cells);
  } else {
    const int64_t most = (n_cells + LEAST - 1) / LEAST;
    Parts p = { .update = update, .w = w, .call = call, .n_cells = n_cells, .n_places = n_places };
    Call shared = tuner_begin(&w->tuner, cost, work);
    p.n = shared.is_shared ? tuner_parts(&w->tuner, cost, &shared, most < PARALLEL_MAX ? most : PARALLEL_MAX) : 1;
    const int64_t waited = parallel_run(w->n_threads, p.n, run_part, &p);
    tuner_end(&w->tuner, cost, &shared, waited);
    for (int k = 0; k < p.n; k++) {
      const int64_t from = cut(&p, k) * n_places;
      if (call->spikes != NULL && from != n_spikes && p.found[k] > 0)
        memmove(call->spikes + n_spikes, call->spikes + from, sizeof *call->spikes * (size_t)p.found[k]);
      n_spikes += p.found[k];
    }
  }
  if (call->spikes != NULL)
    cells_sort(call->spikes, n_spikes);
  return n_spikes;
}
