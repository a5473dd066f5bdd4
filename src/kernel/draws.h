/* Random numbers for a block of elements that stand one after another: the same numbers, to the bit, as the functions of prelude_random.h give one by
** one, several times faster. Compiled once for each instruction set (draws_v2.c and so on); both the interpreter and generated C call them. */
#ifndef LUNAPSE_KERNEL_DRAWS_H
#define LUNAPSE_KERNEL_DRAWS_H
#include <stdint.h>

#include "kernel/kernel.h"

enum { DRAWS_MOST = 256 };

/* `Draws` (prelude_args.h) holds functions that give the numbers of elements first .. first+n-1, 1 <= n <= DRAWS_MOST, of the stream `key` (lp_stream) at
** `step`. Arrays may be the same one. */

/* Those of the instruction set in use (vm_use_instruction_set). */
const Draws *vm_draws(void);

/* One for each instruction set; call vm_draws instead. */
extern const Draws draws_v2, draws_v3, draws_v4;

#endif
