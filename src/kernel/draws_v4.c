/* Random numbers for x86-64-v4 (the Makefile gives this file -march=x86-64-v4); vm.c chooses. */
#include "kernel/draws.h"

#if defined __x86_64__
#define VM_SUFFIX v4
#include "kernel/draw_block.h"
#endif
