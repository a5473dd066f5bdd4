/* Loops that are compiled for an instruction set (VM_SUFFIX names it): what says that a loop may run in vectors, and names that carry the suffix. */
#if defined __GNUC__ && !defined __clang__
#define VM_VECTOR _Pragma("GCC ivdep")
#else
#pragma clang diagnostic ignored "-Wpass-failed" /* a loop that stays scalar (-O1, a sanitizer) is slower, not wrong */
#define VM_VECTOR _Pragma("clang loop vectorize(assume_safety)")
#endif
#define VM_PASTE_(a, b) a##b
#define VM_PASTE(a, b) VM_PASTE_(a, b)
