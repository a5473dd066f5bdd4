#include "engine/row_blocks.h"

#include "base/debug.h"
#include "base/parallel.h"

/* A block's share of the second-level cache, and what is worth a thread of its own. */
enum { BLOCK_BYTES = IS_DEBUG ? 64 : 512 << 10, MIN_SYNAPSES_PER_THREAD = IS_DEBUG ? 8 : 65536 };

static bool is_by_pre(const Storage *s) { return s->format == FORMAT_DENSE_PRE || s->format == FORMAT_ROWS_PRE; }
static Scope minor_scope(const Storage *s) { return is_by_pre(s) ? SCOPE_POST : SCOPE_PRE; }

/* Is the array of a slot of `b` written by a kernel of the list? */
static bool is_written(const Array *a, BoundKernel *const *list, int n) {
  for (int k = 0; k < n; k++)
    for (int i = 0; i < list[k]->n_slots; i++)
      if (list[k]->arrays[i]->buffer == a->buffer && program_writes_slot(list[k]->program, i))
        return true;
  return false;
}

bool blocks_fit(BoundKernel *const *list, int n) {
  const Storage *s = NULL;
  int n_synaptic = 0;
  for (int k = 0; k < n; k++)
    if (list[k]->nest == NEST_ALL) {
      if (s != NULL && list[k]->args.storage != s)
        return false;
      s = list[k]->args.storage;
      n_synaptic++;
    }
  if (n_synaptic < 2 || n > BLOCKS_MOST)
    return false;
  const BoundOver rows = is_by_pre(s) ? OVER_PRE : OVER_POST;
  for (int k = 0; k < n; k++) {
    const BoundKernel *b = list[k];
    bool is_synaptic = b->nest == NEST_ALL;
    if ((k > 0 && b->n_reductions > 0) || b->schedule.next != INT64_MIN ||
        (is_synaptic ? !b->splits : b->nest != NEST_EACH || b->over != rows || b->first != 0))
      return false;
    for (int i = 0; i < b->n_slots; i++) {
      Scope scope = program_slot(b->program, i)->scope;
      bool is_foreign = scope == SCOPE_UNIFORM || (is_synaptic && scope == minor_scope(s));
      if (is_foreign && is_written(b->arrays[i], list, n))
        return false;
    }
  }
  return true;
}

/* Rows first .. last-1 by all kernels. Neurons before the first row and behind the last (a dense block inside its population) go with those. */
static void run_rows(BoundKernel *const *list, const BlockTime *times, int n, int64_t first, int64_t last, int64_t base, int64_t end,
                     void *scratch) {
  for (int k = 0; k < n; k++) {
    KernelArgs args = list[k]->args;
    args.first = first;
    args.last = last;
    if (list[k]->nest == NEST_EACH) {
      args.first = first == base ? 0 : first;
      args.last = last == end ? list[k]->n : last;
    }
    args.t = times[k].t;
    args.step = times[k].step;
    args.scratch = scratch;
    args.spikes = NULL;
    if (args.last > args.first)
      list[k]->run(&args);
  }
}

/* Bytes that a kernel moves for each synapse. */
static int64_t bytes_per_synapse(BoundKernel *const *list, int n) {
  int64_t bytes = 0;
  for (int k = 0; k < n; k++) {
    int64_t own = list[k]->args.storage != NULL && list[k]->args.storage->minor != NULL ? 4 : 0;
    for (int i = 0; i < list[k]->n_slots && list[k]->nest == NEST_ALL; i++)
      if (program_slot(list[k]->program, i)->scope == SCOPE_ELEM)
        own += (int64_t)array_type_size(list[k]->arrays[i]->type);
    bytes = own > bytes ? own : bytes;
  }
  return bytes > 0 ? bytes : 8;
}

void blocks_run(BoundKernel *const *list, const BlockTime *times, int n, Workers *w) {
  const Storage *s = NULL;
  for (int k = 0; k < n; k++)
    if (list[k]->nest == NEST_ALL)
      s = list[k]->args.storage;
  for (int k = 0; k < n; k++)
    ASSERT(bound_fits(list[k]));
  bound_compute_reductions(list[0]);
  const int64_t n_rows = is_by_pre(s) ? s->n_pre : s->n_post;
  const int64_t base = s->format == FORMAT_DENSE_PRE    ? s->pre_first
                       : s->format == FORMAT_DENSE_POST ? s->post_first
                                                        : 0,
                end = base + n_rows;
  const int64_t row_bytes = n_rows > 0 ? s->n_synapses / n_rows * bytes_per_synapse(list, n) : 0;
  const int64_t rows = row_bytes > 0 && row_bytes < BLOCK_BYTES ? BLOCK_BYTES / row_bytes : 1, n_blocks = (n_rows + rows - 1) / rows;
  int64_t shares = s->n_synapses / MIN_SYNAPSES_PER_THREAD;
  int n_parts = w->n_threads > 1 && shares >= 2 ? parallel_count(w->n_threads, shares < n_blocks ? shares : n_blocks) : 1;
#pragma omp parallel num_threads(n_parts) if (n_parts > 1)
  {
    int id = parallel_id();
    if (n_parts > 1)
      parallel_flush_denormals();
    for (int64_t b = n_blocks * id / n_parts; b < n_blocks * (id + 1) / n_parts; b++) {
      int64_t first = base + b * rows, last = first + rows < end ? first + rows : end;
      run_rows(list, times, n, first, last, base, end, w->scratch[id]);
    }
  }
}
