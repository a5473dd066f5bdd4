#include "synapses/connect_kernel.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "synapses/storage_private.h"
#include "kernel/vm.h"

bool connect_kernel_init(ConnectKernel *k, Program *program, void *const *slots, int result, const ConnectEnds *ends, int n_threads,
                         Error *e) {
  const View *post = &ends->post;
  bool is_list = post->index != NULL;
  *k = (ConnectKernel){ .program = program,
                        .run = vm_function(program),
                        .pre = ends->pre,
                        .post = *post,
                        .post_first = is_list ? 0 : post->first,
                        .n_post = is_list ? ends->n_post : post->n,
                        .seed = ends->seed,
                        .object = ends->object,
                        .n_threads = n_threads,
                        .n_slots = program_n_slots(program),
                        .result = result };
  k->scratch = storage_each(n_threads, (int64_t)program_scratch_bytes(program));
  k->row = (double **)storage_each(n_threads, (int64_t)sizeof(double) * k->n_post);
  k->slot = (void ***)storage_each(n_threads, (int64_t)sizeof(void *) * k->n_slots);
  k->bad = memory_new(sizeof *k->bad * (size_t)n_threads);
  if (k->scratch == NULL || k->row == NULL || k->slot == NULL || k->bad == NULL)
    return error_memory(e, "rows of a connection", (double)n_threads * 8.0 * (double)k->n_post);
  for (int t = 0; t < n_threads; t++) {
    memcpy(k->slot[t], slots, sizeof(void *) * (size_t)k->n_slots);
    k->slot[t][result] = k->row[t];
    k->bad[t].row = -1;
  }
  return true;
}

void connect_kernel_free(ConnectKernel *k) {
  storage_each_free(k->scratch, k->n_threads);
  storage_each_free((void **)k->row, k->n_threads);
  storage_each_free((void **)k->slot, k->n_threads);
  memory_free(k->bad);
  *k = (ConnectKernel){ 0 };
}

/* A limit given as the number of a neuron, as an index of the block's population within first .. last. */
static int64_t limit(const double *number, int64_t own, int64_t beyond, int64_t otherwise, int64_t first, int64_t last) {
  if (number == NULL || number[own] != number[own])
    return otherwise;
  double at = floor(number[own]) + (double)beyond;
  return at < (double)first ? first : at > (double)last ? last : (int64_t)at;
}

static int64_t make_row(const void *context, int64_t row, int32_t *post) {
  const ConnectKernel *k = context;
  const int t = parallel_id();
  const int64_t own = view_at(&k->pre, row);
  const int64_t last = k->post_first + k->n_post; /* numbers count from 1, indexes from 0: j - 1 lies in low - 2 .. high + 1 */
  const int64_t from = limit(k->low, own, -2, k->post_first, k->post_first, last);
  const int64_t to = limit(k->high, own, 2, last, from, last);
  if (from == to)
    return 0;
  const Storage block = storage_block(SIDE_PRE, own, 1, from, to - from);
  k->run(&(KernelArgs){ .slot = k->slot[t],
                        .storage = &block,
                        .step = own,
                        .seed = k->seed,
                        .draws = vm_draws(),
                        .object = k->object,
                        .program = k->program,
                        .scratch = k->scratch[t] });
  const double *answer = k->row[t];
  const bool is_list = k->post.index != NULL;
  int64_t n = 0;
  for (int64_t j = is_list ? 0 : from - k->post_first, end = is_list ? k->post.n : to - k->post_first; j < end; j++) {
    const int64_t at = view_at(&k->post, j);
    if (at < from || at >= to)
      continue;
    double x = answer[at - from];
    post[n] = (int32_t)j;
    n += x == 1;
    if (x != 0 && x != 1 && (k->bad[t].row < 0 || row < k->bad[t].row))
      k->bad[t] = (ConnectBad){ row, at, x != x ? NAN : x };
  }
  return n;
}

Connector connect_kernel(const ConnectKernel *k) { return (Connector){ .kind = CONNECT_kernel, .function = make_row, .context = k }; }

bool connect_kernel_check(const ConnectKernel *k, const char *what, Error *e) {
  const ConnectBad *first = NULL;
  for (int t = 0; t < k->n_threads; t++)
    if (k->bad[t].row >= 0 && (first == NULL || k->bad[t].row < first->row))
      first = &k->bad[t];
  return first == NULL || error_set(e, "the %s of pre %lld, post %lld is %g: it must lie in 0..1", what,
                                    (long long)view_at(&k->pre, first->row) + 1, (long long)first->post + 1, first->value);
}
