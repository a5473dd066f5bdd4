/* The interpreter in both precisions, for the instruction set that the including file is compiled for (VM_SUFFIX names it). */
#if defined __GNUC__ && !defined __clang__
#pragma GCC optimize("O3", "no-trapping-math") /* the loops are worth vectorising whatever the rest of the program is built with */
#define VM_VECTOR _Pragma("GCC ivdep")
#else
#pragma clang diagnostic ignored "-Wpass-failed" /* a loop that stays scalar (-O1, a sanitizer) is slower, not wrong */
#define VM_VECTOR _Pragma("clang loop vectorize(assume_safety)")
#endif
#define VM_PASTE_(a, b) a##b
#define VM_PASTE(a, b) VM_PASTE_(a, b)

#include <string.h>

#include "base/debug.h"
#include "kernel/code.h"
#include "kernel/prelude_math.h"
#include "kernel/prelude_random.h"
#include "kernel/vm_nest.h"
#include "kernel/draw_block.h"

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
