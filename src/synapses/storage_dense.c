/* The dense format: every pre neuron of a range with every post neuron of another. Synapses count through the block, row after row; there is no index. */
#include "synapses/storage_private.h"

Storage storage_block(Side major, int64_t pre_first, int64_t n_pre, int64_t post_first, int64_t n_post) {
  return (Storage){ .of = &storage_dense,
                    .format = FORMAT_dense,
                    .is_by_pre = major == SIDE_PRE,
                    .is_unique = true,
                    .n_synapses = n_pre * n_post,
                    .n_pre = n_pre,
                    .n_post = n_post,
                    .pre_first = pre_first,
                    .post_first = post_first };
}

/* A single post neuron is read through one long row, whatever reads it. */
static Side side(const ConnectEnds *ends, const StorageOptions *options) {
  return options->is_rate || ends->n_post == 1 ? SIDE_POST : SIDE_PRE;
}

static bool can_hold(const ConnectJob *job) {
  return job->connector.kind == CONNECT_all_to_all && job->ends.pre.index == NULL && job->ends.post.index == NULL && !job->excludes_self;
}

static bool build(Storage *s, const ConnectJob *job, const StorageOptions *o, StorageExtras *extras, Error *e) {
  (void)o, (void)extras, (void)e;
  const View *pre = &job->ends.pre, *post = &job->ends.post;
  *s = storage_block(storage_major(s), pre->first, pre->n, post->first, post->n);
  return true;
}

static int64_t bytes(const Storage *s) {
  (void)s;
  return 0;
}

static int64_t row(const Storage *s, int64_t r) { return r * storage_n_minor(s); }

static StorageSpan span(const Storage *s, int64_t r, int64_t from, StorageBuffer *b) {
  (void)r, (void)b;
  return (StorageSpan){ .n = storage_n_minor(s) - from, .minor = storage_minor_first(s) + from };
}

static int64_t column_size(const Storage *s, int64_t k) {
  (void)k;
  return storage_n_major(s);
}

static void column(const Storage *s, int64_t k, int64_t *out) {
  for (int64_t r = 0; r < storage_n_major(s); r++)
    out[r] = r * storage_n_minor(s) + k;
}

static bool can_cut(const Storage *s) {
  (void)s;
  return true;
}

/* Kernels take a range of post neurons, whether they are majors or minors. */
static void cut(KernelArgs *args, int64_t first, int64_t last, int64_t *begin, int64_t *end) {
  (void)begin, (void)end;
  const Storage *s = args->storage;
  args->first = first > s->post_first ? first : s->post_first;
  args->last = last < s->post_first + s->n_post ? last : s->post_first + s->n_post;
  if (args->first >= args->last)
    args->n_list = 0; /* last = 0 would mean everything */
}

const StorageFormat storage_dense = { .name = { "dense_pre", "dense_post" },
                                      .words = { "dense by pre neuron", "dense by post neuron" },
                                      .number = 0,
                                      .side = side,
                                      .can_hold = can_hold,
                                      .build = build,
                                      .bytes = bytes,
                                      .row = row,
                                      .span = span,
                                      .column_size = column_size,
                                      .column = column,
                                      .can_cut = can_cut,
                                      .cut = cut };
