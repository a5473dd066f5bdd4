/* The engine without Lua: schedules, recorders, and a small network in which every allocation fails once. */
#include "engine/run.h"

#include <stdlib.h>

#include "base/memory.h"
#include "check.h"
#include "kernel/program.h"

/* ---- schedules --------------------------------------------------------------------------------------------------- */

/* The steps below `n` that a schedule hits, asked for every step, must be those of `hit`. */
static void check_hits(double every, double offset, bool at_start, double dt, int64_t from, int64_t n,
                       bool (*hit)(double, double, bool, double, int64_t)) {
  Schedule s = schedule_new(every, offset, at_start, dt, from);
  for (int64_t step = from; step < n; step++) {
    bool is_due = schedule_due(&s, step);
    CHECK(is_due == hit(every, offset, at_start, dt, step), "every %g, offset %g, %s, dt %g, from %lld: step %lld is %d", every, offset,
          at_start ? "start" : "end", dt, (long long)from, (long long)step, is_due);
    if (is_due)
      schedule_advance(&s, dt, step);
  }
}

/* Does some kT + offset, k >= 1 (k >= 0 at the start, or with a positive offset), lie in (previous edge, this edge]? Steps are counted in whole thousandths. */
static bool is_hit(double every, double offset, bool at_start, double dt, int64_t step) {
  long long t = llround(every * 1000), o = llround(offset * 1000), h = llround(dt * 1000);
  long long edge = (step + !at_start) * h, before = edge - h;
  long long least = at_start || o > 0 ? 0 : 1;
  long long k = (edge - o) >= 0 ? (edge - o) / t : -((o - edge + t - 1) / t); /* the last hit at or before the edge */
  return k >= least && k * t + o > before;
}

static void test_schedules(void) {
  static const double periods[] = { 0.1, 0.25, 0.3, 1, 0.04, 7.7, 100 }, offsets[] = { 0, 0.2, 0.35, 3, -0.1 },
                      steps[] = { 0.1, 0.025, 1, 0.3 };
  for (int p = 0; p < 7; p++)
    for (int o = 0; o < 5; o++)
      for (int d = 0; d < 4; d++)
        for (int at_start = 0; at_start < 2; at_start++)
          for (int64_t from = 0; from < 50; from += 7)
            check_hits(periods[p], offsets[o], at_start, steps[d], from, 3000, is_hit);
}

static void test_schedules_for_long(void) {
  Schedule s = schedule_new(0.7, 0, false, 0.1, 0);
  int64_t hits = 0;
  for (int64_t step = 0; step < 70000000; step = s.next) {
    if (!schedule_due(&s, step))
      continue;
    hits++;
    CHECK(step % 7 == 6, "step %lld", (long long)step);
    schedule_advance(&s, 0.1, step);
  }
  CHECK(hits == 10000000, "%lld hits", (long long)hits);
  Schedule small = schedule_new(1e-5, 0, false, 1, 0), tiny = schedule_new(1e-300, 0, true, 1, 0), always = schedule_always();
  for (int64_t step = 0; step < 1000; step++) {
    CHECK(schedule_due(&small, step) && schedule_due(&tiny, step) && schedule_due(&always, step), "step %lld", (long long)step);
    schedule_advance(&small, 1, step);
    schedule_advance(&tiny, 1, step);
    schedule_advance(&always, 1, step);
  }
  Schedule once = schedule_once(5, false, 1, 0), past = schedule_once(5, true, 1, 6), never = schedule_new(INFINITY, 0, false, 1, 0);
  CHECK(once.next == 4, "step %lld", (long long)once.next);
  schedule_advance(&once, 1, 4);
  CHECK(once.next == INT64_MAX && past.next == INT64_MAX && never.next == INT64_MAX, "there is only one hit");
  Schedule late = schedule_new(1, 0, false, 0.1, 1000000007);
  CHECK(late.next == 1000000009, "step %lld", (long long)late.next);
}

/* ---- programs ---------------------------------------------------------------------------------------------------- */

enum { MATH_ADD = OP_FIRST_MATH + MATH_add, MATH_MUL = OP_FIRST_MATH + MATH_mul, MATH_GE = OP_FIRST_MATH + MATH_ge };
#define CODE(op, a, b, slot, value)                                                                                                        \
  { op, { a, b, -1 }, slot, SCOPE_UNIFORM, 0, value }

static Program *make(const char *name, Nest nest, const Slot *slots, int n_slots, const Instruction *code, int n, Error *e) {
  return program_new(
      &(ProgramDescription){ .name = name, .nest = nest, .n_slots = n_slots, .n_instructions = n, .slots = slots, .code = code }, e);
}

/* v = v + 0.25 + g; g = 0; spike where v >= 1 */
static Program *update_program(Error *e) {
  static const Slot slots[] = { { "v", SCOPE_ELEM, KIND_REAL }, { "g", SCOPE_ELEM, KIND_REAL } };
  static const Instruction code[] = { CODE(OP_LOAD, -1, -1, 0, 0),   CODE(OP_CONST, -1, -1, -1, 0.25), CODE(MATH_ADD, 0, 1, -1, 0),
                                      CODE(OP_LOAD, -1, -1, 1, 0),   CODE(MATH_ADD, 2, 3, -1, 0),      CODE(OP_STORE, 4, -1, 0, 0),
                                      CODE(OP_CONST, -1, -1, -1, 0), CODE(OP_STORE, 6, -1, 1, 0),      CODE(OP_CONST, -1, -1, -1, 1),
                                      CODE(MATH_GE, 4, 8, -1, 0),    CODE(OP_SPIKE, 9, -1, -1, 0) };
  return make("update", NEST_EACH, slots, 2, code, 11, e);
}

/* v = 0 */
static Program *reset_program(Error *e) {
  static const Slot slots[] = { { "v", SCOPE_ELEM, KIND_REAL } };
  static const Instruction code[] = { CODE(OP_CONST, -1, -1, -1, 0), CODE(OP_STORE, 0, -1, 0, 0) };
  return make("reset", NEST_LIST, slots, 1, code, 2, e);
}

/* post.g += w */
static Program *spike_program(Error *e) {
  static const Slot slots[] = { { "w", SCOPE_ELEM, KIND_REAL }, { "post.g", SCOPE_POST, KIND_REAL } };
  static const Instruction code[] = { CODE(OP_LOAD, -1, -1, 0, 0), CODE(OP_ACC, 0, -1, 1, 0) };
  return make("pre", NEST_PRE, slots, 2, code, 2, e);
}

/* w = w * half */
static Program *decay_program(Nest nest, Error *e) {
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

static bool count_call(void *context, double t, int64_t n, Error *e) {
  (void)e;
  int *calls = context;
  CHECK(t == 2.0 * (double)n, "call %lld at %g", (long long)n, t);
  ++*calls;
  return true;
}

static Array *array_of(int64_t n, double value, Error *e) {
  Array *a = array_new(ARRAY_F64, n, 0);
  if (a == NULL)
    error_memory(e, "array", 8.0 * (double)n);
  else
    array_fill(a, value);
  return a;
}

static BoundKernel *bound_to(Program *p, Array *a, Array *b, int64_t n, const Storage *storage, Error *e) {
  Array *arrays[] = { a, b };
  return bound_new(p, arrays, b == NULL ? 1 : 2, 0, n, storage, 1, 1, e);
}

/* Put a kernel into a list, which then owns it. */
static bool give(BoundList *list, BoundKernel *b, Error *e) {
  if (b == NULL)
    return false;
  if (bound_list_add(list, b, e))
    return true;
  bound_free(b);
  return false;
}

static bool make_parts(Parts *p, Error *e) {
  return (p->v = array_of(N_OUT, 0, e)) && (p->g = array_of(N_OUT, 0, e)) && (p->half = array_of(1, 0.5, e)) &&
         (p->rate = array_of(N_OUT, 0, e)) && (p->delayed = array_of(N_OUT, 0, e)) && (p->update = update_program(e)) &&
         (p->reset = reset_program(e)) && (p->spike = spike_program(e)) && (p->decay = decay_program(NEST_ALL, e)) &&
         (p->derive = decay_program(NEST_EACH, e));
}

static void free_parts(Parts *p) {
  Array *arrays[] = { p->v, p->g, p->w, p->half, p->rate, p->delayed };
  Program *programs[] = { p->update, p->reset, p->spike, p->decay, p->derive };
  for (int k = 0; k < 6; k++)
    array_release(arrays[k]);
  for (int k = 0; k < 5; k++)
    program_release(programs[k]);
}

static Population *add_population(Network *n, int64_t size, int clock, uint32_t object, Error *e) {
  Population *p = population_new(size, clock, object, e);
  return p != NULL && network_add_population(n, p, e) ? p : NULL;
}

static Projection *add_projection(Network *n, Population *pre, Population *post, const Connector *c, Error *e) {
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
static bool fill_network(Network *n, Parts *p, Error *e) {
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
             *c = b ? add_projection(n, out, out, &all, e) : NULL;
  if (c == NULL || !projection_set_delay(a, 3, 3, e) || !projection_set_delay(c, 1, 1, e))
    return false;
  int32_t steps[N_IN * N_OUT];
  int64_t origin[N_IN * N_OUT];
  for (int64_t k = 0; k < b->storage->n_synapses; k++)
    steps[k] = 1 + (int32_t)(k * 7 % 5);
  if (!projection_set_delays(b, steps, origin, 1, e))
    return false;
  if ((p->w = array_of(N_IN * N_OUT, 0.125, e)) == NULL)
    return false;
  Projection *all_projections[] = { a, b, c };
  for (int k = 0; k < 3; k++) {
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
  if (!projection_add_lag(c, p->v, p->delayed, 3, e))
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
  SpikeRecorder *spikes = spike_recorder_new(out, NULL, 0, 0, e);
  if (spikes == NULL || !network_add_spike_recorder(n, spikes, e))
    return false;
  spikes = spike_recorder_new(noise, wanted, 2, 0, e);
  return spikes != NULL && network_add_spike_recorder(n, spikes, e);
}

/* Make a network and run it; what it did as one number. */
static bool run_once(double *outcome, Error *e) {
  Parts parts = { 0 };
  Network *n = NULL;
  bool ok = make_parts(&parts, e) && (n = network_new(1, 1, false, 1, e)) != NULL && fill_network(n, &parts, e) &&
            network_run(n, 100, e) == RUN_DONE;
  if (ok) {
    *outcome = 0;
    for (int k = 0; k < N_OUT; k++)
      *outcome += (k + 1) * ((double *)parts.v->at)[k] + 1000 * ((double *)parts.rate->at)[k];
    *outcome += 1e6 * (double)n->spike_recorders[0]->n + 1e9 * (double)n->spike_recorders[1]->n;
    CHECK(parts.n_calls == 50, "%d calls", parts.n_calls);
    CHECK(n->t == 100 && n->recorders[0]->n_rows == 100 && n->recorders[1]->n_rows == 33, "t = %g, %lld and %lld rows", n->t,
          (long long)n->recorders[0]->n_rows, (long long)n->recorders[1]->n_rows);
  }
  network_free(n);
  free_parts(&parts);
  return ok;
}

/* Every allocation of making and running a network fails once: an error, nothing lost (the leak detector of `make check` sees to that), and the next
** network is as good as the first. */
static void test_memory(void) {
  double expected = 0, outcome = 0;
  Error e = { "" };
  CHECK(run_once(&expected, &e), "%s", e.text);
  int n_failed = 0;
  for (long k = 1;; k++) {
    Error failed = { "" };
    memory_fail_after(k);
    bool ok = run_once(&outcome, &failed);
    memory_fail_after(0);
    if (ok) {
      CHECK(outcome == expected, "after %ld failures: %.17g, not %.17g", k, outcome, expected);
      break;
    }
    n_failed++;
    CHECK(strstr(failed.text, "out of memory") != NULL, "allocation %ld: '%s'", k, failed.text);
    if (k == 5000)
      CHECK(false, "no end of failing allocations");
    if (k == 5000)
      break;
  }
  CHECK(n_failed > 80, "only %d allocations", n_failed);
}

/* A run that runs out of memory finishes its step, keeps what was recorded, and can go on. */
static void test_failing_run(void) {
  Error e = { "" };
  Parts parts = { 0 };
  Network *n = NULL;
  CHECK(make_parts(&parts, &e) && (n = network_new(1, 1, false, 1, &e)) && fill_network(n, &parts, &e), "%s", e.text);
  int n_failures = 0, n_early = 0;
  for (int k = 0; k < 400; k++) {
    double t = n->t;
    memory_fail_after(1 + k % 23); /* the first ones fail while the run is prepared, the others in a step */
    RunResult result = network_run(n, t + 5, &e);
    memory_fail_after(0);
    n_early += n->t == t;
    if (result == RUN_DONE) {
      CHECK(n->t == t + 5, "t = %g", n->t);
      continue;
    }
    n_failures++;
    CHECK(result == RUN_FAILED && strstr(e.text, "out of memory") != NULL, "%d: '%s'", result, e.text);
  }
  CHECK(n_early > 0 && n_failures > n_early + 3 && n_failures < 400, "%d failures, %d before the first step", n_failures, n_early);
  const Recorder *r = n->recorders[0];
  CHECK((double)r->n_rows >= n->t - n_failures && (double)r->n_rows <= n->t, "%lld rows at %g", (long long)r->n_rows, n->t);
  for (int64_t k = 1; k < r->n_rows; k++)
    CHECK(r->times[k] > r->times[k - 1], "row %lld at %g after %g", (long long)k, r->times[k], r->times[k - 1]);
  Array *rows = recorder_rows(r), *times = recorder_times(r), *neurons = spike_recorder_neurons(n->spike_recorders[0]),
        *steps = spike_recorder_steps(n->spike_recorders[0]);
  CHECK(rows && times && neurons && steps && rows->shape[0] == r->n_rows && rows->shape[1] == N_OUT && neurons->shape[0] == steps->shape[0],
        "shapes");
  for (int64_t k = 0; k < neurons->shape[0]; k++)
    CHECK(array_get(neurons, k, 0) >= 1 && array_get(neurons, k, 0) <= N_OUT &&
              (k == 0 || array_get(steps, k, 0) >= array_get(steps, k - 1, 0)),
          "spike %lld", (long long)k);
  array_release(rows);
  array_release(times);
  array_release(neurons);
  array_release(steps);
  network_free(n);
  free_parts(&parts);
}

/* ---- recorders --------------------------------------------------------------------------------------------------- */

static void test_recorder(void) {
  Error e = { "" };
  Array *one = array_of(1, 3, &e), *three = array_of(3, 0, &e), *two = array_of(2, 0, &e);
  Recorder *r = recorder_new(one, NULL, 0, 0, schedule_always(), &e);
  for (int k = 0; k < 64; k++)
    CHECK(recorder_take(r, k, &e), "%s", e.text);
  memory_fail_after(1);
  CHECK(!recorder_take(r, 64, &e) && r->n_rows == 64, "a row too many");
  memory_fail_after(2);
  CHECK(!recorder_take(r, 64, &e) && r->n_rows == 64, "a row without a time");
  memory_fail_after(0);
  CHECK(recorder_take(r, 64, &e) && r->n_rows == 65 && r->times[63] == 63, "%s", e.text);
  for (int k = 0; k < 3; k++)
    ((double *)three->at)[k] = k;
  for (long k = 1; k <= 3; k++) {
    memory_fail_after(k);
    bool ok = recorder_widen(r, three, &e);
    memory_fail_after(0);
    if (!ok)
      CHECK(r->n_columns == 1 && r->source == one && r->n_rows == 65, "half widened");
  }
  if (r->n_columns == 1)
    CHECK(recorder_widen(r, three, &e), "%s", e.text);
  CHECK(recorder_take(r, 65, &e) && r->n_rows == 66 && r->n_columns == 3, "%s", e.text);
  Array *rows = recorder_rows(r);
  CHECK(array_get(rows, 0, 2) == 3 && array_get(rows, 64, 0) == 3 && array_get(rows, 65, 2) == 2 && array_get(rows, 65, 1) == 1, "values");
  CHECK(!recorder_widen(r, two, &e) && r->source == three, "three columns became two");
  array_release(rows);
  recorder_free(r);
  array_release(one);
  array_release(two);
  array_release(three);
}

int main(void) {
  test_schedules();
  test_schedules_for_long();
  test_recorder();
  test_memory();
  test_failing_run();
  return check_done();
}
