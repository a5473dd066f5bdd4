/* Random numbers for a block of elements that stand one after another: the same numbers, to the bit, as the functions of prelude_random.h give one by
** one, several times faster. Compiled once for each instruction set (draw_block.h); both the interpreter and generated C call them. */
#ifndef LUNAPSE_KERNEL_DRAWS_H
#define LUNAPSE_KERNEL_DRAWS_H
#include <stdint.h>

#include "kernel/kernel.h"

enum { DRAWS_MOST = 256 };

/* Numbers of elements first .. first+n-1, 1 <= n <= DRAWS_MOST, of the stream `key` (lp_stream) at `step`. Arrays may be the same one. */
struct Draws {
  void (*uniform64)(uint64_t key, int64_t first, int64_t n, int64_t step, double *out);
  void (*uniform32)(uint64_t key, int64_t first, int64_t n, int64_t step, float *out);
  void (*normal64)(uint64_t key, int64_t first, int64_t n, int64_t step, double *out);
  void (*normal32)(uint64_t key, int64_t first, int64_t n, int64_t step, float *out);
  void (*gamma64)(uint64_t key, int64_t first, int64_t n, int64_t step, const double *shape, double *out);
  void (*gamma32)(uint64_t key, int64_t first, int64_t n, int64_t step, const float *shape, float *out);
  void (*poisson64)(uint64_t key, int64_t first, int64_t n, int64_t step, const double *mean, double *out);
  void (*poisson32)(uint64_t key, int64_t first, int64_t n, int64_t step, const float *mean, float *out);
  void (*binomial64)(uint64_t key, int64_t first, int64_t n, int64_t step, const double *trials, const double *chance, double *out);
  void (*binomial32)(uint64_t key, int64_t first, int64_t n, int64_t step, const float *trials, const float *chance, float *out);
};

/* Those of the instruction set in use (vm_use_instruction_set). */
const Draws *vm_draws(void);

/* One for each instruction set; call vm_draws instead. */
extern const Draws draws_v2, draws_v3, draws_v4;

#endif
