/* Random numbers for the least that there is (x86-64-v2, or the plain processor of another kind); vm.c chooses. */
#define VM_SUFFIX v2
#include "kernel/draw_block.h"
