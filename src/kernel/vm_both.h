/* The interpreter in both precisions, for the instruction set that the including file is compiled for (VM_SUFFIX names it). */
#if defined __GNUC__ && !defined __clang__
/* Whatever the rest of the program is built with, loops are worth vectorising. What -O3 does beyond that gains nothing here and doubles the time to compile. */
#pragma GCC optimize("O2", "tree-vectorize", "vect-cost-model=dynamic", "no-trapping-math")
#endif
#include <string.h>

#include "base/debug.h"
#include "kernel/code.h"
#include "kernel/prelude_math.h"
#include "kernel/prelude_random.h"
#include "kernel/prelude_tables.h"
#include "kernel/vm_nest.h"
#include "kernel/vm_vector.h"

#define real double
#define VM_MASK int64_t
#define VM_COUNT int64_t
#define VM_NAME(name) name##64
#include "kernel/vm_run.h"
#undef real
#undef VM_MASK
#undef VM_COUNT
#undef VM_NAME

#define real float
#define VM_MASK int32_t
#define VM_COUNT int32_t
#define VM_NAME(name) name##32
#include "kernel/vm_run.h"
