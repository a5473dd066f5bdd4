/* Which C compiler makes native code, and how it is called. Looked for once, when first asked. Main thread only.
**
** LUNAPSE_CC names a compiler to use instead of cc, gcc or clang from PATH; LUNAPSE_CC=none uses none. LUNAPSE_CC_TIMEOUT says how many seconds
** one library may take: a compiler that hangs is ended then, and kernels stay interpreted. */
#ifndef LUNAPSE_KERNEL_COMPILER_H
#define LUNAPSE_KERNEL_COMPILER_H
#include <stdbool.h>

#include "base/error.h"

enum { COMPILER_FLAGS = 32, COMPILER_TIMEOUT = 120 /* seconds, unless LUNAPSE_CC_TIMEOUT says another number */ };

/* Its path; NULL with a reason when there is none. */
const char *compiler_path(Error *e);

/* A text that changes when the compiler or the processor does; "" without a compiler. */
const char *compiler_identity(void);

/* Flags that change the speed but not one bit of a result; `is_fast` alone allows contraction. A NULL ends them (at most COMPILER_FLAGS in all). */
void compiler_flags(bool is_fast, const char **flags);

/* How many seconds one library may take; 0 with a reason when LUNAPSE_CC_TIMEOUT is no such number. */
int compiler_timeout(Error *e);

#endif
