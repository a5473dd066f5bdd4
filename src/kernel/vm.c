#include "kernel/vm.h"

#include <string.h>

#define VM_SUFFIX v2
#include "kernel/vm_both.h"

#include "kernel/linear.h"

typedef struct {
  const char *name;
  KernelFunction run64, run32;
  const Draws *draws;
} InstructionSet;

#if defined __x86_64__
static const InstructionSet sets[] = { { "x86-64-v2", vm_run64_v2, vm_run32_v2, &draws_v2 },
                                       { "x86-64-v3", vm_run64_v3, vm_run32_v3, &draws_v3 },
                                       { "x86-64-v4", vm_run64_v4, vm_run32_v4, &draws_v4 } };

static bool machine_has(int set) {
  if (set == 0)
    return true;
  bool has_v3 =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  return set == 1 ? has_v3
                  : has_v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                        __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
#else
static const InstructionSet sets[] = { { "generic", vm_run64_v2, vm_run32_v2, &draws_v2 } };

static bool machine_has(int set) { return set == 0; }
#endif
enum { N_SETS = sizeof sets / sizeof *sets };

static const InstructionSet *in_use;

static const InstructionSet *choose(void) {
  if (in_use == NULL) {
    int best = N_SETS - 1;
    while (!machine_has(best))
      best--;
    in_use = &sets[best];
  }
  return in_use;
}

KernelFunction vm_function(const Program *p) {
  if (p->linear != NULL)
    return linear_function(p);
  return program_is_f32(p) ? choose()->run32 : choose()->run64;
}

const Draws *vm_draws(void) { return choose()->draws; }

const char *vm_instruction_set(void) { return choose()->name; }

bool vm_use_instruction_set(const char *name) {
  in_use = NULL;
  if (name == NULL)
    return true;
  for (int k = 0; k < N_SETS; k++)
    if (strcmp(sets[k].name, name) == 0 && machine_has(k)) {
      in_use = &sets[k];
      return true;
    }
  return false;
}
