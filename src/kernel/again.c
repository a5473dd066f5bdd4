#include "kernel/again.h"

#include <string.h>

#include "kernel/code.h"

enum { AGAIN_BLOCK = 64 }; /* elements that are attempted together */

static bool has_left(const Program *p, void *const *slot, int64_t i) {
  const void *left = slot[p->again.left];
  if (p->slots[p->again.left].scope == SCOPE_UNIFORM)
    return ((const double *)left)[0] > 0;
  return p->is_float ? ((const float *)left)[i] > 0 : ((const double *)left)[i] > 0;
}

static void run_block(const KernelArgs *args, int64_t first, int64_t last) {
  const Program *p = args->program;
  KernelArgs block = *args;
  for (int tries = 0; tries < p->again.most; tries++) {
    while (first < last && !has_left(p, args->slot, first))
      first++;
    while (first < last && !has_left(p, args->slot, last - 1))
      last--;
    if (first == last)
      return;
    block.first = first;
    block.last = last;
    args->once(&block);
  }
}

int64_t again_run(const KernelArgs *args) {
  if (args->program->slots[args->program->again.left].scope == SCOPE_UNIFORM)
    run_block(args, 0, 1);
  else
    for (int64_t first = args->first; first < args->last; first += AGAIN_BLOCK)
      run_block(args, first, args->last - first < AGAIN_BLOCK ? args->last : first + AGAIN_BLOCK);
  return 0;
}

int64_t again_stuck(const Program *p, void *const *slot, int64_t n, const char **name, int *name_length) {
  bool is_one = p->slots[p->again.left].scope == SCOPE_UNIFORM;
  int64_t i = 0;
  while (i < (is_one ? 1 : n) && !has_left(p, slot, i))
    i++;
  if (i == (is_one ? 1 : n))
    return -1;
  const void *worst = slot[p->again.worst];
  int k = (int)(is_one || !p->is_float ? ((const double *)worst)[i] : (double)((const float *)worst)[i]);
  *name = p->again.names;
  while (k-- > 1)
    *name += strcspn(*name, "\n") + 1;
  *name_length = (int)strcspn(*name, "\n");
  return i;
}
