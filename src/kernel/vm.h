/* The block interpreter: runs any program at once, without a compiler, with the same bits as generated C.
** Compiled once for each instruction set; the best one that this processor has is chosen at run time. Thread-safe as long as every thread
** has its own scratch memory (KernelArgs.scratch, program_scratch_bytes). */
#ifndef LUNAPSE_KERNEL_VM_H
#define LUNAPSE_KERNEL_VM_H
#include "kernel/draws.h"
#include "kernel/kernel.h"

/* The interpreter for programs of this one's precision. It runs `args->program`. */
KernelFunction vm_function(const Program *p);

/* Name of the instruction set in use: "x86-64-v4", "x86-64-v3", "x86-64-v2", "generic". */
const char *vm_instruction_set(void);

/* Tests: use this instruction set from now on ("x86-64-v2", ...; NULL: the best one). False when the machine or the build lacks it. */
bool vm_use_instruction_set(const char *name);

/* The interpreters, one for each precision and instruction set; call vm_function instead. */
int64_t vm_run64_v2(const KernelArgs *args);
int64_t vm_run32_v2(const KernelArgs *args);
int64_t vm_run64_v3(const KernelArgs *args);
int64_t vm_run32_v3(const KernelArgs *args);
int64_t vm_run64_v4(const KernelArgs *args);
int64_t vm_run32_v4(const KernelArgs *args);

#endif
