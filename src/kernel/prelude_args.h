/* What a generated kernel receives: `struct KernelArgs` of kernel/kernel.h and `struct Storage` of kernel/program.h, spelled out
** once more because generated C includes no header. native.c asserts that the layouts agree. Marks: prelude_math.h. */
#ifndef LUNAPSE_KERNEL_PRELUDE_ARGS_H
#define LUNAPSE_KERNEL_PRELUDE_ARGS_H

/*@ integers */
typedef __INT32_TYPE__ int32_t;
typedef __INT64_TYPE__ int64_t;
typedef __UINT32_TYPE__ uint32_t;
typedef __UINT64_TYPE__ uint64_t;

/*@ Storage: integers */
typedef struct Storage {
  int format;
  int64_t n_synapses;
  int64_t n_pre, n_post;
  int64_t pre_first, post_first;
  const int64_t *row;
  const int32_t *minor;
  const int64_t *column;
  const int32_t *column_major;
  const int64_t *column_place;
  _Bool is_unique;
} Storage;

/*@ KernelArgs: integers Storage */
typedef struct KernelArgs {
  void *const *slot;
  int64_t first, last;
  const int32_t *list;
  int64_t n_list;
  const int64_t *begin, *end;
  const Storage *storage;
  double t;
  int64_t step;
  uint64_t seed;
  uint32_t object;
  int32_t *spikes;
  const void *program;
  void *scratch;
} KernelArgs;

#endif
