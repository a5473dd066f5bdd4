#include "engine/row_blocks.h"

#include "base/debug.h"
#include "base/parallel.h"
#include "synapses/storage.h"

enum { BLOCK_BYTES = IS_DEBUG ? 64 : 512 << 10 }; /* a block's share of the second-level cache */

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
  const BoundOver rows = storage_major(s) == SIDE_PRE ? OVER_PRE : OVER_POST;
  for (int k = 0; k < n; k++) {
    const BoundKernel *b = list[k];
    bool is_synaptic = b->nest == NEST_ALL;
    if ((k > 0 && b->n_reductions > 0) || b->schedule.next != INT64_MIN ||
        (is_synaptic ? !b->splits : b->nest != NEST_EACH || b->over != rows || b->first != 0))
      return false;
    for (int i = 0; i < b->n_slots; i++) {
      Scope scope = program_slot(b->program, i)->scope;
      bool is_foreign = scope == SCOPE_UNIFORM || (is_synaptic && scope == storage_minor_scope(s));
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
    int64_t own = list[k]->args.storage != NULL ? storage_bytes_walked(list[k]->args.storage) : 0;
    for (int i = 0; i < list[k]->n_slots && list[k]->nest == NEST_ALL; i++)
      if (program_slot(list[k]->program, i)->scope == SCOPE_ELEM)
        own += (int64_t)array_type_size(list[k]->arrays[i]->type);
    bytes = own > bytes ? own : bytes;
  }
  return bytes > 0 ? bytes : 8;
}

/* A call cut into blocks of `rows` rows. */
typedef struct Blocks {
  BoundKernel *const *list;
  const BlockTime *times;
  int n;
  int64_t base, end, rows;
  Workers *w;
} Blocks;

static void run_blocks(void *context, int64_t first_block, int64_t last_block) {
  const Blocks *c = context;
  for (int64_t b = first_block; b < last_block; b++) {
    int64_t first = c->base + b * c->rows, last = first + c->rows < c->end ? first + c->rows : c->end;
    run_rows(c->list, c->times, c->n, first, last, c->base, c->end, c->w->scratch[parallel_id()]);
  }
}

void blocks_run(BoundKernel *const *list, const BlockTime *times, int n, Cost *cost, Workers *w) {
  const Storage *s = NULL;
  for (int k = 0; k < n; k++)
    if (list[k]->nest == NEST_ALL)
      s = list[k]->args.storage;
  for (int k = 0; k < n; k++)
    ASSERT(bound_fits(list[k]));
  bound_compute_reductions(list[0]);
  const int64_t n_rows = storage_n_major(s), base = storage_major_first(s), end = base + n_rows;
  const int64_t row_bytes = n_rows > 0 ? s->n_synapses / n_rows * bytes_per_synapse(list, n) : 0;
  const int64_t rows = row_bytes > 0 && row_bytes < BLOCK_BYTES ? BLOCK_BYTES / row_bytes : 1, n_blocks = (n_rows + rows - 1) / rows;
  int64_t length = 0;
  for (int k = 0; k < n; k++)
    length += list[k]->length;
  Blocks blocks = { list, times, n, base, end, rows, w };
  if (!tuner_minds(&w->tuner, s->n_synapses * length)) {
    run_blocks(&blocks, 0, n_blocks);
    return;
  }
  Call call = tuner_begin(&w->tuner, cost, s->n_synapses * length);
  int64_t waited = parallel_ranges(call.is_shared ? w->n_threads : 1, n_blocks, 1, run_blocks, &blocks);
  tuner_end(&w->tuner, cost, &call, waited);
}
