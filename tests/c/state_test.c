/* The state of a network: what is written in the middle of a run and read into a network like it goes on with the same bits. */
#include <stdlib.h>

#include "base/archive.h"
#include "base/memory.h"
#include "engine/run.h"
#include "small_network.h"

static size_t bytes_of(const ArchiveItem *x) { return (size_t)x->n * array_type_size(x->type); }

static bool write_state(Network *n, Archive *a, Error *e) {
  State s = archive_writer(a, e);
  archive_clear(a);
  bool ok = network_state(n, &s);
  state_finish(&s);
  return ok;
}

static bool read_state(Network *n, Archive *a, Error *e) {
  State s = archive_reader(a, e);
  bool ok = network_state(n, &s);
  state_finish(&s);
  return ok;
}

static void check_same(const Archive *a, const Archive *b, const char *when) {
  CHECK(a->n == b->n, "%s: %lld items and %lld", when, (long long)a->n, (long long)b->n);
  for (int64_t k = 0; k < a->n && k < b->n; k++) {
    const ArchiveItem *x = &a->items[k], *y = &b->items[k];
    bool is_same = strcmp(x->name, y->name) == 0 && x->type == y->type && x->n == y->n && memcmp(x->data, y->data, bytes_of(x)) == 0;
    CHECK(is_same, "%s: '%s' (%lld elements) and '%s' (%lld)", when, x->name, (long long)x->n, y->name, (long long)y->n);
  }
}

/* ---- a network with everything ------------------------------------------------------------------------------------- */

enum { N_DRIVEN = 3, N_UNEQUAL = 40, N_ARRAYS = 9 };

/* Rows of a stream: any numbers that follow from their place. */
static bool read_rows(Stream *s, double *out, int64_t n) {
  for (int64_t r = 0; r < n; r++)
    for (int64_t c = 0; c < s->n_channels; c++)
      out[r * s->n_channels + c] = 0.1 + 0.1 * sin((double)((s->at + r) * 7 + c));
  return true;
}
static bool read_rates(Stream *s, double *out, int64_t n) {
  read_rows(s, out, n);
  for (int64_t k = 0; k < n * s->n_channels; k++)
    out[k] *= 1000;
  return true;
}
static bool reset_rows(Stream *s) {
  (void)s;
  return true;
}
static void free_rows(Stream *s) { memory_free(s); }

static Stream *new_rows(int64_t n_channels, bool (*read)(Stream *, double *, int64_t), Error *e) {
  Stream *s = memory_new(sizeof *s);
  if (s == NULL) {
    error_memory(e, "rows", sizeof *s);
    return NULL;
  }
  stream_init(s, n_channels, 1000, -1);
  s->read = read;
  s->reset = reset_rows;
  s->free = free_rows;
  return s;
}

/* spike where v >= 0.6 */
static Program *axon_program(Error *e) {
  static const Slot slots[] = { { "v", SCOPE_ELEM, KIND_REAL } };
  static const Instruction code[] = { CODE(OP_LOAD, -1, -1, 0, 0), CODE(OP_CONST, -1, -1, -1, 0.6), CODE(MATH_GE, 0, 1, -1, 0),
                                      CODE(OP_SPIKE, 2, -1, -1, 0) };
  return make("axon", NEST_EACH, slots, 1, code, 4, e);
}

/* What writes the state from within an operation. */
typedef struct Saver {
  Network *network;
  Archive *archive;
  int64_t at_call; /* 0: never */
} Saver;

static bool save(void *context, double t, int64_t n, Error *e) {
  const Saver *saver = context;
  (void)t;
  return n != saver->at_call || write_state(saver->network, saver->archive, e);
}

static bool call_once(void *context, double t, int64_t n, Error *e) {
  CHECK(t == 33 && n == 1, "call %lld at %g", (long long)n, t);
  (void)context, (void)e;
  return true;
}

typedef struct Whole {
  Network *n;
  Parts parts;
  Array *arrays[N_ARRAYS];
  Program *axon, *pause;
  Stream *stream, *rates;
  Saver at_end, at_start;
  Operation *once;
} Whole;

static Operation *add_operation(Network *n, Schedule schedule, OperationCall call, void *context, Error *e) {
  Operation *o = operation_new(0, schedule, e);
  if (o == NULL)
    return NULL;
  o->call = call;
  o->context = context;
  return network_add_operation(n, o, e) ? o : NULL;
}

static BoundKernel *tagged(BoundKernel *b) {
  if (b != NULL)
    b->tag = 1;
  return b;
}

/* What spikes of axons do arrives with the projection's delays. */
static bool add_pathway(Projection *p, Error *e) {
  Pathway *list = memory_new(sizeof *list);
  if (list == NULL)
    return error_memory(e, "a pathway", sizeof *list);
  *list = (Pathway){ .side = SIDE_PRE, .event = 1, .n_ages = -1 };
  return projection_set_pathways(p, list, 1, e);
}

static bool connect(Whole *w, Population *pre, Population *post, Array *weights, int64_t delay, bool has_axon, Error *e) {
  const Connector all = { .kind = CONNECT_all_to_all };
  Projection *p = add_projection(w->n, pre, post, &all, e);
  return p != NULL && projection_set_delay(p, (double)delay, delay, e) &&
         give(&p->kernels[ROLE_PRE], bound_to(w->parts.spike, weights, w->parts.g, 0, p->storage, e), e) &&
         (!has_axon || (add_pathway(p, e) &&
                        give(&p->kernels[ROLE_PATHWAY], tagged(bound_to(w->parts.spike, weights, w->parts.g, 0, p->storage, e)), e)));
}

/* Poisson neurons of unequal rates, and of rates that a stream drives. */
static bool add_poisson(Whole *w, Population *unequal, Population *changing, Error *e) {
  Array *rates = w->arrays[7] = array_of(N_UNEQUAL, 0, e), *driven = w->arrays[8] = array_of(N_UNEQUAL, 0, e);
  if (!rates || !driven || (w->rates = new_rows(N_UNEQUAL, read_rates, e)) == NULL)
    return false;
  for (int k = 0; k < N_UNEQUAL; k++)
    ((double *)rates->at)[k] = k % 7 == 0 ? 0 : exp(0.2 * k);
  return population_set_rates(unequal, rates, "rates", 1, 1, e) && population_set_rates(changing, driven, "rates", 1, 1, e) &&
         population_add_drive(changing, w->rates, driven, "rates", 1, e);
}

/* Neurons that a stream drives and whose axons spike on their own; Poisson neurons; a list that repeats; operations before and behind those that write the
** state. */
static bool add_more(Whole *w, Error *e) {
  Network *n = w->n;
  Array *v = w->arrays[0] = array_of(N_DRIVEN, 0, e), *g = w->arrays[1] = array_of(N_DRIVEN, 0, e),
        *rate = w->arrays[2] = array_of(N_DRIVEN, 0, e), *weights = w->arrays[3] = array_of(N_IN * N_OUT, 0.03, e),
        *few = w->arrays[4] = array_of(N_UNEQUAL * N_OUT, 0.01, e), *t_last = w->arrays[5] = array_of(N_DRIVEN, -1e9, e),
        *due = w->arrays[6] = array_of(1, 4, e);
  if (!v || !g || !rate || !weights || !few || !t_last || !due || (w->axon = axon_program(e)) == NULL ||
      (w->pause = decay_program(NEST_EACH, e)) == NULL || (w->stream = new_rows(N_DRIVEN, read_rows, e)) == NULL)
    return false;
  Population *driven = add_population(n, N_DRIVEN, 0, 11, e), *unequal = driven ? add_population(n, N_UNEQUAL, 0, 12, e) : NULL,
             *list = unequal ? add_population(n, N_IN, 0, 13, e) : NULL, *changing = list ? add_population(n, N_UNEQUAL, 0, 14, e) : NULL,
             *out = n->populations[2];
  if (changing == NULL || !add_poisson(w, unequal, changing, e))
    return false;
  if (!give(&driven->kernels[ROLE_UPDATE], bound_to(w->parts.update, v, g, N_DRIVEN, NULL, e), e) ||
      !give(&driven->kernels[ROLE_RESET], bound_to(w->parts.reset, v, NULL, N_DRIVEN, NULL, e), e) ||
      !population_add_event(driven, "axon_spike", e) ||
      !give(&driven->kernels[ROLE_EVENT], tagged(bound_to(w->axon, v, NULL, N_DRIVEN, NULL, e)), e) ||
      !population_add_drive(driven, w->stream, g, "g", 1, e) || !population_count_rate(driven, rate, 7, 1, e))
    return false;
  driven->t_last = array_retain(t_last);
  static const int32_t neuron[] = { 2, 0, 1 };
  static const double time[] = { 1, 3, 3 };
  if ((list->list = spike_list_new(N_IN, e)) == NULL || !spike_list_set(list->list, neuron, time, 3, 1, 5, e))
    return false;
  if (!connect(w, driven, out, weights, 6, true, e) || !connect(w, unequal, out, few, 9, false, e) ||
      !connect(w, list, driven, weights, 2, false, e))
    return false;
  n->projections[2]->flushes[0].due = array_retain(due);
  BoundKernel *b = bound_to(w->pause, rate, w->parts.half, N_DRIVEN, NULL, e);
  if (!add_operation(n, schedule_new(10, 0, false, 1, 0), save, &w->at_end, e) ||
      !add_operation(n, schedule_new(10, 5, true, 1, 0), save, &w->at_start, e) ||
      (w->once = add_operation(n, schedule_once(33, false, 1, 0), call_once, NULL, e)) == NULL)
    return bound_free(b), false;
  Operation *o = b != NULL ? add_operation(n, schedule_new(5, 0, false, 1, 0), NULL, NULL, e) : NULL;
  if (o == NULL)
    return bound_free(b), false;
  return give(&o->kernels, b, e);
}

static bool make_whole(Whole *w, uint64_t seed, Error *e) {
  *w = (Whole){ 0 };
  return make_parts(&w->parts, e) && (w->n = network_new(1, seed, false, 1, e)) && fill_network(w->n, &w->parts, e) && add_more(w, e);
}

static void free_whole(Whole *w) {
  network_free(w->n);
  free_parts(&w->parts);
  for (int k = 0; k < N_ARRAYS; k++)
    array_release(w->arrays[k]);
  program_release(w->axon);
  program_release(w->pause);
  stream_release(w->stream);
  stream_release(w->rates);
}

static void made(Whole *w, uint64_t seed) {
  Error e = { "" };
  CHECK(make_whole(w, seed, &e), "%s", e.text);
}

static void run_until(Whole *w, double t) {
  Error e = { "" };
  CHECK(network_run(w->n, t, &e) == RUN_DONE && w->n->t == t, "t = %g: %s", w->n->t, e.text);
}

static int64_t size_of(const Archive *a, const char *name) {
  const ArchiveItem *x = archive_item(a, name);
  CHECK(x != NULL, "no item '%s'", name);
  return x != NULL ? x->n : 0;
}

/* ---- tests --------------------------------------------------------------------------------------------------------- */

/* Write at `t`, read into a network that has run for `before` ms, and compare at once and 80 ms later. */
static void check_continuation(double t, double before) {
  Error e = { "" };
  Whole a, b;
  Archive written = { 0 }, again = { 0 };
  char when[64];
  made(&a, 1);
  made(&b, 1);
  run_until(&a, t);
  run_until(&b, before);
  snprintf(when, sizeof when, "written at %g ms, read at %g ms", t, before);
  CHECK(write_state(a.n, &written, &e), "%s", e.text);
  CHECK(read_state(b.n, &written, &e), "%s: %s", when, e.text);
  CHECK(write_state(b.n, &again, &e), "%s", e.text);
  check_same(&written, &again, when);
  run_until(&a, t + 80);
  run_until(&b, t + 80);
  CHECK(write_state(a.n, &written, &e) && write_state(b.n, &again, &e), "%s", e.text);
  check_same(&written, &again, when);
  free_whole(&a);
  free_whole(&b);
  archive_clear(&written);
  archive_clear(&again);
}

static void test_continuation(void) {
  static const double times[] = { 0, 1, 2, 7, 13, 20, 33, 34, 50, 97 };
  for (int k = 0; k < 10; k++) {
    check_continuation(times[k], 0);
    check_continuation(times[k], 60);
  }
}

/* There is something of everything in what is written: else the comparison says nothing. */
static void test_contents(void) {
  Error e = { "" };
  Whole w;
  Archive a = { 0 };
  int64_t most_waiting = 0;
  made(&w, 1);
  for (int t = 1; t <= 60; t++) {
    run_until(&w, t);
    CHECK(write_state(w.n, &a, &e), "%s", e.text);
    int64_t waiting = size_of(&a, "projection 1/waiting/neuron");
    most_waiting = waiting > most_waiting ? waiting : most_waiting;
  }
  CHECK(most_waiting > 0, "no spikes wait between clocks");
  static const char *const filled[] = { "population 1/list/neuron",
                                        "population 2/ring/neuron",
                                        "population 3/ring/neuron",
                                        "population 3/window/spikes",
                                        "population 4/axon_ring/neuron",
                                        "population 4/window/spikes",
                                        "population 4/t_last",
                                        "population 4/drive 1/row",
                                        "population 5/rates",
                                        "population 5/poisson/given",
                                        "population 7/poisson/is_restless",
                                        "population 7/ring/neuron",
                                        "population 6/list/time",
                                        "projection 2/delays/cut",
                                        "projection 4/delays/each",
                                        "projection 2/storage/minor",
                                        "projection 3/lag 1//ring",
                                        "projection 3/flush 1/due",
                                        "projection 3/equations 1/schedule/next",
                                        "operation 2/n_calls",
                                        "operation 5/n_calls",
                                        "recorder 2/rows",
                                        "spike_recorder 1/neuron",
                                        "derived 1/constants.state" };
  for (size_t k = 0; k < sizeof filled / sizeof *filled; k++)
    CHECK(size_of(&a, filled[k]) > 0, "'%s' is empty", filled[k]);
  free_whole(&w);
  archive_clear(&a);
}

/* A state written in an operation, at the end of a step or at its start, goes on with what is left of the step. */
static void check_from_operation(bool at_start, int64_t call) {
  Error e = { "" };
  Whole a, b;
  Archive written = { 0 }, end = { 0 }, other_end = { 0 };
  made(&a, 1);
  made(&b, 1);
  Saver *saver = at_start ? &a.at_start : &a.at_end;
  *saver = (Saver){ a.n, &written, call };
  run_until(&a, 100);
  CHECK(written.n > 0, "nothing was written");
  CHECK(read_state(b.n, &written, &e), "%s", e.text);
  CHECK((b.n->ended != 0) == !at_start && b.n->t == (double)(10 * call) - 5 * at_start, "t = %g", b.n->t);
  run_until(&b, 100);
  CHECK(write_state(a.n, &end, &e) && write_state(b.n, &other_end, &e), "%s", e.text);
  check_same(&end, &other_end, at_start ? "written at the start of a step" : "written at the end of a step");
  CHECK(a.n->recorders[0]->n_rows == 100 && b.n->recorders[0]->n_rows == 100, "a row for each step");
  free_whole(&a);
  free_whole(&b);
  archive_clear(&written);
  archive_clear(&end);
  archive_clear(&other_end);
}

static void test_from_operations(void) {
  for (int64_t call = 1; call <= 6; call++) {
    check_from_operation(false, call);
    check_from_operation(true, call);
  }
}

/* Operations that had gone when the state was written do not come again; ones that nobody knows are refused. */
static void test_operations_come_and_go(void) {
  Error e = { "" };
  Whole a, b;
  Archive written = { 0 };
  made(&a, 1);
  made(&b, 1);
  run_until(&a, 20);
  a.once->is_removed = true;
  run_until(&a, 25);
  CHECK(write_state(a.n, &written, &e) && read_state(b.n, &written, &e), "%s", e.text);
  run_until(&b, 50);
  CHECK(b.once->n_calls == 0 && !b.once->is_active, "%lld calls", (long long)b.once->n_calls);
  CHECK(add_operation(a.n, schedule_new(5, 0, false, 1, 0), count_call, NULL, &e) != NULL, "%s", e.text);
  CHECK(write_state(a.n, &written, &e) && !read_state(b.n, &written, &e), "an operation that is not there");
  CHECK_ERROR(e, "operation 6 of the state is not there");
  free_whole(&a);
  free_whole(&b);
  archive_clear(&written);
}

/* A network that is not like the one that wrote is told so, and does not run with half of a state. */
static void test_mismatches(void) {
  Error e = { "" };
  Whole a, b;
  Archive written = { 0 };
  made(&a, 1);
  made(&b, 2);
  run_until(&a, 20);
  CHECK(write_state(a.n, &written, &e) && !read_state(b.n, &written, &e), "another seed");
  CHECK_ERROR(e, "seed is 2 here, and 1 in the state");
  CHECK(network_run(b.n, 50, &e) == RUN_FAILED, "half a state");
  CHECK_ERROR(e, "could not be read: it cannot run");
  free_whole(&b);
  made(&b, 1);
  ((double *)b.parts.v->at)[0] = 5;
  CHECK(network_clock(b.n, 7, &e) == 2 && !read_state(b.n, &written, &e), "another clock");
  CHECK_ERROR(e, "n_clocks is 3 here, and 2 in the state");
  free_whole(&a);
  free_whole(&b);
  archive_clear(&written);
}

/* Items with wrong contents or sizes are refused, or do no harm: what is read is checked before it is used (under the sanitizers of `make check`). */
static void test_damage(void) {
  Error e = { "" };
  Whole a, b;
  Archive written = { 0 };
  int n_refused = 0, n_taken = 0;
  made(&a, 1);
  made(&b, 1);
  run_until(&a, 47);
  CHECK(write_state(a.n, &written, &e), "%s", e.text);
  for (int k = 0; k < written.n; k++)
    for (int damage = 0; damage < 6; damage++) {
      ArchiveItem *x = &written.items[k], kept = *x;
      if (x->n == 0)
        continue;
      x->data = memory_new(2 * bytes_of(x) + 64);
      memcpy(x->data, kept.data, bytes_of(x));
      memcpy((char *)x->data + bytes_of(x), kept.data, bytes_of(x));
      char *last = (char *)x->data + bytes_of(x) - array_type_size(x->type);
      if (damage == 0)
        memset(x->data, 0xFF, array_type_size(x->type)); /* -1, NaN */
      else if (damage == 1)
        memset(last, 0x7F, array_type_size(x->type)); /* very large */
      else if (damage == 2)
        memset(last, 0, array_type_size(x->type));
      else if (damage == 3)
        x->n--;
      else if (damage == 4)
        x->n++;
      else
        x->n = 2 * x->n;
      bool ok = read_state(b.n, &written, &e);
      n_refused += !ok;
      n_taken += ok;
      if (damage >= 3 && strcmp(x->name, "operations") != 0) /* one operation less may be */
        CHECK(!ok, "'%s' of %lld elements was taken for %lld", x->name, (long long)x->n, (long long)kept.n);
      memory_free(x->data);
      *x = kept;
    }
  CHECK(n_refused > 300 && n_taken > 50, "%d refused, %d taken", n_refused, n_taken);
  CHECK(read_state(b.n, &written, &e), "%s", e.text);
  Archive end = { 0 }, other_end = { 0 };
  run_until(&a, 90);
  run_until(&b, 90);
  CHECK(write_state(a.n, &end, &e) && write_state(b.n, &other_end, &e), "%s", e.text);
  check_same(&end, &other_end, "after much that was refused");
  free_whole(&a);
  free_whole(&b);
  archive_clear(&written);
  archive_clear(&end);
  archive_clear(&other_end);
}

/* Every allocation of writing and of reading fails once: an error, nothing lost, and the next try is as good as the first. */
static void test_memory(void) {
  Error e = { "" };
  Whole a, b;
  Archive written = { 0 }, again = { 0 };
  made(&a, 1);
  run_until(&a, 47);
  int n_failed = 0;
  for (long k = 1;; k++) {
    memory_fail_after(k);
    bool ok = write_state(a.n, &written, &e);
    memory_fail_after(0);
    if (ok)
      break;
    n_failed++;
    CHECK_ERROR(e, "out of memory");
  }
  CHECK(n_failed > 10, "%d allocations of writing", n_failed);
  n_failed = 0;
  for (long k = 1;; k++) {
    made(&b, 1);
    memory_fail_after(k);
    bool ok = read_state(b.n, &written, &e);
    memory_fail_after(0);
    if (ok)
      break;
    n_failed++;
    CHECK_ERROR(e, "out of memory");
    CHECK(network_run(b.n, 5, &e) == RUN_FAILED, "half a state");
    if (k % 5 == 0)
      CHECK(read_state(b.n, &written, &e) && write_state(b.n, &again, &e), "%s", e.text);
    free_whole(&b);
  }
  CHECK(n_failed > 20, "%d allocations of reading", n_failed);
  CHECK(write_state(b.n, &again, &e), "%s", e.text);
  check_same(&written, &again, "after failures");
  free_whole(&a);
  free_whole(&b);
  archive_clear(&written);
  archive_clear(&again);
}

/* ---- lists --------------------------------------------------------------------------------------------------------- */

typedef struct Count {
  int n, n_memory;
  int64_t bytes;
} Count;

static bool count_item(void *context, const StateItem *item, const void *data, Error *e) {
  Count *c = context;
  (void)e;
  CHECK(data == NULL, "a list has no contents");
  CHECK(item->bytes >= item->n * (int64_t)array_type_size(item->type), "'%s': %lld bytes", item->name, (long long)item->bytes);
  c->n++;
  c->n_memory += item->kind == STATE_MEMORY;
  c->bytes += item->bytes;
  return true;
}

/* A list names what is written, and memory besides; that of one object only what is its own. */
static void test_lists(void) {
  Error e = { "" };
  Whole w;
  Archive written = { 0 };
  made(&w, 1);
  run_until(&w, 47);
  CHECK(write_state(w.n, &written, &e), "%s", e.text);
  Count all = { 0 }, parts = { 0 };
  State s = { .mode = STATE_LIST, .context = &all, .error = &e, .put = count_item };
  CHECK(network_state(w.n, &s), "%s", e.text);
  state_finish(&s);
  CHECK(all.n - all.n_memory == written.n && all.n_memory > 5, "%d items, %d of memory, %lld written", all.n, all.n_memory,
        (long long)written.n);
  int n_population = 0;
  for (int k = 0; k < written.n; k++)
    n_population += strncmp(written.items[k].name, "population 3/", 13) == 0;
  s = (State){ .mode = STATE_LIST, .context = &parts, .error = &e, .put = count_item, .only = w.n->populations[2] };
  CHECK(network_state(w.n, &s), "%s", e.text);
  state_finish(&s);
  CHECK(parts.n - parts.n_memory == n_population && n_population > 10, "%d items, %d written", parts.n, n_population);
  free_whole(&w);
  archive_clear(&written);
}

int main(void) {
  test_contents();
  test_continuation();
  test_from_operations();
  test_operations_come_and_go();
  test_mismatches();
  test_damage();
  test_memory();
  test_lists();
  return check_done();
}
