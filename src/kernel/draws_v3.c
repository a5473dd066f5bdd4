/* Random numbers for x86-64-v3 (the Makefile gives this file -march=x86-64-v3); vm.c chooses. */
#include "kernel/draws.h"

#if defined __x86_64__
#define VM_SUFFIX v3
#include "kernel/draw_block.h"
#endif
