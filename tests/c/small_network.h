/* A small network with something of everything, for tests of the engine without Lua. */
#ifndef LUNAPSE_TESTS_SMALL_NETWORK_H
#define LUNAPSE_TESTS_SMALL_NETWORK_H
#include "base/memory.h"
#include "check.h"
#include "engine/network.h"

/* ---- programs ---------------------------------------------------------------------------------------------------- */

enum { MATH_ADD = OP_FIRST_MATH + MATH_add, MATH_MUL = OP_FIRST_MATH + MATH_mul, MATH_GE = OP_FIRST_MATH + MATH_ge };
#define CODE(op, a, b, slot, value)                                                                                                        \
  {                                                                                                                                        \
    op, { a, b, -1 }, slot, SCOPE_UNIFORM, 0, value, { 0 }                                                                                 \
  }

static inline Program *make(const char *name, Nest nest, const Slot *slots, int n_slots, const Instruction *code, int n, Error *e) {
  return program_new(
      &(ProgramDescription){ .name = name, .nest = nest, .n_slots = n_slots, .n_instructions = n, .slots = slots, .code = code }, e);
}

/* v = v + 0.25 + g; g = 0; spike where v >= 1 */
static inline Program *update_program(Error *e) {
  static const Slot slots[] = { { "v", SCOPE_ELEM, KIND_REAL }, { "g", SCOPE_ELEM, KIND_REAL } };
  static const Instruction code[] = { CODE(OP_LOAD, -1, -1, 0, 0),   CODE(OP_CONST, -1, -1, -1, 0.25), CODE(MATH_ADD, 0, 1, -1, 0),
                                      CODE(OP_LOAD, -1, -1, 1, 0),   CODE(MATH_ADD, 2, 3, -1, 0),      CODE(OP_STORE, 4, -1, 0, 0),
                                      CODE(OP_CONST, -1, -1, -1, 0), CODE(OP_STORE, 6, -1, 1, 0),      CODE(OP_CONST, -1, -1, -1, 1),
                                      CODE(MATH_GE, 4, 8, -1, 0),    CODE(OP_SPIKE, 9, -1, -1, 0) };
  return make("update", NEST_EACH, slots, 2, code, 11, e);
}

/* v = 0 */
static inline Program *reset_program(Error *e) {
  static const Slot slots[] = { { "v", SCOPE_ELEM, KIND_REAL } };
  static const Instruction code[] = { CODE(OP_CONST, -1, -1, -1, 0), CODE(OP_STORE, 0, -1, 0, 0) };
  return make("reset", NEST_LIST, slots, 1, code, 2, e);
}

/* post.g += w */
static inline Program *spike_program(Error *e) {
  static const Slot slots[] = { { "w", SCOPE_ELEM, KIND_REAL }, { "post.g", SCOPE_POST, KIND_REAL } };
  static const Instruction code[] = { CODE(OP_LOAD, -1, -1, 0, 0), CODE(OP_ACC, 0, -1, 1, 0) };
  return make("pre", NEST_PRE, slots, 2, code, 2, e);
}

/* w = w * half */
static inline Program *decay_program(Nest nest, Error *e) {
  static const Slot slots[] = { { "w", SCOPE_ELEM, KIND_REAL }, { "half", SCOPE_UNIFORM, KIND_REAL } };
  static const Instruction code[] = { CODE(OP_LOAD, -1, -1, 0, 0), CODE(OP_LOAD, -1, -1, 1, 0), CODE(MATH_MUL, 0, 1, -1, 0),
                                      CODE(OP_STORE, 2, -1, 0, 0) };
  return make("decay", nest, slots, 2, code, 4, e);
}

/* ---- a network --------------------------------------------------------------------------------------------------- */

enum { N_IN = 6, N_OUT = 5 };

/* Everything of a network that is not owned by it; all may be NULL. */
typedef struct Parts {
  Array *v, *g, *w, *half, *rate, *delayed;
  Program *update, *reset, *spike, *decay, *derive;
  int n_calls;
} Parts;

static inline bool count_call(void *context, double t, int64_t n, Error *e) {
  (void)e;
  int *calls = context;
  CHECK(t == 2.0 * (double)n, "call %lld at %g", (long long)n, t);
  ++*calls;
  return true;
}

static inline Array *array_of(int64_t n, double value, Error *e) {
  Array *a = array_new(ARRAY_F64, n, 0);
  if (a == NULL)
    error_memory(e, "array", 8.0 * (double)n);
  else
    array_fill(a, value);
  return a;
}

static inline BoundKernel *bound_to(Program *p, Array *a, Array *b, int64_t n, const Storage *storage, Error *e) {
  Array *arrays[] = { a, b };
  return bound_new(p, arrays, b == NULL ? 1 : 2, 0, n, storage, 1, 1, e);
}

/* Put a kernel into a list, which then owns it. */
static inline bool give(BoundList *list, BoundKernel *b, Error *e) {
  if (b == NULL)
    return false;
  if (bound_list_add(list, b, e))
    return true;
  bound_free(b);
  return false;
}

static inline bool make_parts(Parts *p, Error *e) {
  return (p->v = array_of(N_OUT, 0, e)) && (p->g = array_of(N_OUT, 0, e)) && (p->half = array_of(1, 0.5, e)) &&
         (p->rate = array_of(N_OUT, 0, e)) && (p->delayed = array_of(N_OUT, 0, e)) && (p->update = update_program(e)) &&
         (p->reset = reset_program(e)) && (p->spike = spike_program(e)) && (p->decay = decay_program(NEST_ALL, e)) &&
         (p->derive = decay_program(NEST_EACH, e));
}

static inline void free_parts(Parts *p) {
  Array *arrays[] = { p->v, p->g, p->w, p->half, p->rate, p->delayed };
  Program *programs[] = { p->update, p->reset, p->spike, p->decay, p->derive };
  for (int k = 0; k < 6; k++)
    array_release(arrays[k]);
  for (int k = 0; k < 5; k++)
    program_release(programs[k]);
}

static inline Population *add_population(Network *n, int64_t size, int clock, uint32_t object, Error *e) {
  Population *p = population_new(size, clock, object, e);
  return p != NULL && network_add_population(n, p, e) ? p : NULL;
}

static inline Projection *add_projection(Network *n, Population *pre, Population *post, const Connector *c, Error *e) {
  ConnectEnds ends = { .pre = { .n = pre->n },
                       .post = { .n = post->n },
                       .n_pre = pre->n,
                       .n_post = post->n,
                       .same_population = pre == post,
                       .seed = 1,
                       .object = 7 };
  StorageOptions options = { .is_changing = true, .has_delays = true, .n_threads = 1 };
  Storage *storage = storage_new(c, &ends, &options, NULL, e);
  if (storage == NULL)
    return NULL;
  Projection *p = projection_new(pre, post, storage, 7, e);
  if (p == NULL) {
    storage_free(storage);
    return NULL;
  }
  return network_add_projection(n, p, e) ? p : NULL;
}

/* Spikes of a list, on a clock of their own, and of Poisson neurons excite neurons through delays of two kinds; these excite each other. With recorders,
** an operation, a rate, a lag, a flush, a watch and a derived constant. */
static inline bool fill_network(Network *n, Parts *p, Error *e) {
  int slow = network_clock(n, 2, e);
  if (slow < 0)
    return false;
  Population *list = add_population(n, N_IN, slow, 1, e), *noise = list ? add_population(n, N_IN, 0, 2, e) : NULL;
  Population *out = noise ? add_population(n, N_OUT, 0, 3, e) : NULL;
  if (out == NULL)
    return false;
  static const int32_t neuron[] = { 0, 3, 5, 1 };
  static const double time[] = { 0, 4, 4, 10 };
  if ((list->list = spike_list_new(N_IN, e)) == NULL || !spike_list_set(list->list, neuron, time, 4, 2, 0, e))
    return false;
  if ((noise->poisson = poisson_new(N_IN, 1, 1, 2, POISSON_AUTO, e)) == NULL || !poisson_set_rate(noise->poisson, 300, e))
    return false;
  if (!give(&out->kernels[ROLE_UPDATE], bound_to(p->update, p->v, p->g, N_OUT, NULL, e), e) ||
      !give(&out->kernels[ROLE_RESET], bound_to(p->reset, p->v, NULL, N_OUT, NULL, e), e))
    return false;
  if (!population_count_rate(out, p->rate, 5, 1, e))
    return false;

  const Connector all = { .kind = CONNECT_all_to_all }, some = { .kind = CONNECT_fixed_probability, .p = 0.5 };
  Projection *a = add_projection(n, list, out, &all, e), *b = a ? add_projection(n, noise, out, &some, e) : NULL,
             *c = b ? add_projection(n, out, out, &all, e) : NULL, *d = c ? add_projection(n, noise, out, &some, e) : NULL;
  if (d == NULL || !projection_set_delay(a, 3, 3, e) || !projection_set_delay(c, 1, 1, e))
    return false;
  int32_t steps[N_IN * N_OUT];
  int64_t origin[N_IN * N_OUT];
  for (int64_t k = 0; k < b->storage->n_synapses; k++)
    steps[k] = 1 + (int32_t)(k * 7 % 5);
  d->is_plain = true;
  if (!projection_set_delays(b, (StepList){ steps, 4, 5 }, origin, 1, e) ||
      !projection_set_delays(d, (StepList){ steps, 4, 5 }, origin, 1, e))
    return false;
  if ((p->w = array_of(N_IN * N_OUT, 0.125, e)) == NULL)
    return false;
  Projection *all_projections[] = { a, b, c, d };
  for (int k = 0; k < 4; k++) {
    const Storage *s = all_projections[k]->storage;
    if (!give(&all_projections[k]->kernels[ROLE_PRE], bound_to(p->spike, p->w, p->g, 0, s, e), e))
      return false;
  }
  if (!give(&c->kernels[ROLE_EQUATIONS], bound_to(p->decay, p->w, p->half, 0, c->storage, e), e))
    return false;
  c->kernels[ROLE_EQUATIONS].items[0]->schedule = schedule_new(8, 0, false, 1, 0);
  Flush *flush = projection_add_flush(c, NULL, e);
  if (flush == NULL || !give(&flush->kernels, bound_to(p->decay, p->w, p->half, 0, c->storage, e), e))
    return false;
  if (!projection_add_lag(c, p->v, p->delayed, 3, NULL, e))
    return false;

  if (!watches_add(&n->watches, p->v, "v", e))
    return false;
  BoundKernel *derived = bound_to(p->derive, p->delayed, p->half, 0, NULL, e);
  if (derived == NULL || !network_add_derived(n, derived, c, e))
    return false;
  Operation *o = operation_new(0, schedule_new(2, 0, false, 1, 0), e);
  if (o == NULL || !network_add_operation(n, o, e))
    return false;
  o->call = count_call;
  o->context = &p->n_calls;
  static const int64_t places[] = { 4, 1 }, wanted[] = { 1, 2 };
  Recorder *rows = recorder_new(p->v, NULL, 0, 0, schedule_always(), e);
  if (rows == NULL || !network_add_recorder(n, rows, e))
    return false;
  Recorder *columns = recorder_new(p->g, places, 2, 0, schedule_new(3, 0, false, 1, 0), e);
  if (columns == NULL)
    return false;
  columns->flushed = c;
  if (!network_add_recorder(n, columns, e))
    return false;
  SpikeRecorder *spikes = spike_recorder_new(out, false, NULL, 0, &p->v, 1, 0, e);
  if (spikes == NULL || !network_add_spike_recorder(n, spikes, e))
    return false;
  spikes = spike_recorder_new(noise, false, wanted, 2, NULL, 0, 0, e);
  return spikes != NULL && network_add_spike_recorder(n, spikes, e);
}

#endif
