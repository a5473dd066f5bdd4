/* Programs made in C: each allocation fails once, references, what a program says of itself, and two threads in one program. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "kernel/vm.h"

static int failures;

#define CHECK(condition)                                                                                                                   \
  do {                                                                                                                                     \
    if (!(condition)) {                                                                                                                    \
      failures++;                                                                                                                          \
      printf("FAIL line %d: %s\n", __LINE__, #condition);                                                                                  \
    }                                                                                                                                      \
  } while (0)

enum { LOAD, TAU, TIMES, STORE, LIMIT, ABOVE, SPIKE, N_CODE };

static const Slot slots[] = { { (char *)"v", SCOPE_ELEM, KIND_REAL }, { (char *)"tau", SCOPE_UNIFORM, KIND_REAL } };

/* v = v * tau; spike where v > 1 */
static const Instruction code[N_CODE] = {
  [LOAD] = { OP_LOAD, { -1, -1, -1 }, 0, 0, 0, 0, { 0 } },
  [TAU] = { OP_LOAD, { -1, -1, -1 }, 1, 0, 0, 0, { 0 } },
  [TIMES] = { OP_FIRST_MATH + MATH_mul, { LOAD, TAU, -1 }, -1, 0, 0, 0, { 0 } },
  [STORE] = { OP_STORE, { TIMES, -1, -1 }, 0, 0, 0, 0, { 0 } },
  [LIMIT] = { OP_CONST, { -1, -1, -1 }, -1, 0, 0, 1.0, { 0 } },
  [ABOVE] = { OP_FIRST_MATH + MATH_gt, { TIMES, LIMIT, -1 }, -1, 0, 0, 0, { 0 } },
  [SPIKE] = { OP_SPIKE, { ABOVE, -1, -1 }, -1, 0, 0, 0, { 0 } },
};

static Program *make(Error *e) {
  return program_new(
      &(ProgramDescription){ .name = "test", .nest = NEST_EACH, .n_slots = 2, .n_instructions = N_CODE, .slots = slots, .code = code }, e);
}

static void test_memory(void) {
  for (int n = 1;; n++) {
    Error e = { "" };
    memory_fail_after(n);
    Program *p = make(&e);
    memory_fail_after(0);
    if (p != NULL) {
      CHECK(n > 10);
      program_release(p);
      break;
    }
    CHECK(strstr(e.text, "out of memory") != NULL);
    if (n > 1000) {
      CHECK(!"an end");
      break;
    }
  }
  program_release(NULL);
}

static void test_facts(void) {
  Error e = { "" };
  Program *p = make(&e);
  CHECK(p != NULL);
  CHECK(program_nest(p) == NEST_EACH && !program_is_f32(p) && program_n_slots(p) == 2 && program_length(p) == N_CODE &&
        strcmp(program_name(p), "test") == 0);
  CHECK(program_slot_use(p, 0) == (SLOT_IS_READ | SLOT_IS_WRITTEN) && program_slot_use(p, 1) == SLOT_IS_READ);
  CHECK(program_writes_slot(p, 0) && !program_writes_slot(p, 1) && program_writes_scope(p, SCOPE_ELEM) &&
        !program_writes_scope(p, SCOPE_UNIFORM));
  CHECK(program_has_elements(p) && program_spikes(p));
  char *text = program_dump(p);
  CHECK(text != NULL && strstr(text, "%3 = mul %1 %2") != NULL && strstr(text, "slot 1 v: elem real, read, written") != NULL);
  free(text);
  CHECK(program_retain(p) == p);
  program_release(p);
  CHECK(program_length(p) == N_CODE);
  program_release(p);
  CHECK(program_op_from_name("madd") == -1 && program_op_from_name("add") == OP_FIRST_MATH + MATH_add && program_op_info(-1) == NULL);
}

typedef struct {
  Program *p;
  double v[1000], tau;
  int64_t n_spikes;
} Job;

static void *work(void *at) {
  Job *job = at;
  int32_t spikes[1000];
  void *slot[] = { job->v, &job->tau }, *scratch = memory_new(program_scratch_bytes(job->p));
  KernelArgs args = { .slot = slot, .last = 1000, .spikes = spikes, .program = job->p, .scratch = scratch };
  for (int k = 0; k < 200; k++)
    job->n_spikes = vm_function(job->p)(&args);
  memory_free(scratch);
  return NULL;
}

static void test_threads(void) {
  Error e = { "" };
  static Job jobs[2];
  pthread_t thread;
  Program *p = make(&e);
  vm_function(p); /* the first call chooses the instruction set; the engine makes it on the main thread too */
  for (int k = 0; k < 2; k++) {
    jobs[k].p = p;
    jobs[k].tau = k == 0 ? 1.001 : 0.999;
    for (int i = 0; i < 1000; i++)
      jobs[k].v[i] = i * 0.001;
  }
  CHECK(pthread_create(&thread, NULL, work, &jobs[0]) == 0);
  work(&jobs[1]);
  pthread_join(thread, NULL);
  for (int k = 0; k < 2; k++) {
    int64_t n = 0;
    for (int i = 0; i < 1000; i++) {
      double v = i * 0.001;
      for (int step = 0; step < 200; step++)
        v *= jobs[k].tau;
      CHECK(v == jobs[k].v[i]);
      n += v > 1;
    }
    CHECK(jobs[k].n_spikes == n);
  }
  program_release(p);
}

int main(void) {
  test_memory();
  test_facts();
  test_threads();
  return failures != 0;
}
