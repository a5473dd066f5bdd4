/* Kernel programs as streams: functions of the samples of one source or several, run by the interpreter over rows of them. */
#include <lauxlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "binding/array.h"
#include "binding/kernel.h"
#include "binding/sound.h"
#include "kernel/vm.h"
#include "sound/compute.h"

/* What stands in a slot: the samples of a source, a result, the time or the channel of each sample, or values given for each channel. */
typedef enum { FILL_SOURCE, FILL_RESULT, FILL_TIME, FILL_CHANNEL, FILL_VALUES } Fill;

typedef struct {
  Program *program; /* owned reference */
  KernelFunction run;
  void *scratch; /* owned */
  double rate;
  int64_t n_channels, n_rows;
  int n_slots, n_results;
  Fill *fills;    /* owned, [n_slots] */
  int64_t *which; /* owned, [n_slots]: number of the source or result, from 0 */
  void **slots;   /* owned, [n_slots] */
  double **rows;  /* owned, [n_slots], each [n_rows][channels] or NULL */
} KernelFilter;

/* Results lie one array behind another; a row of the stream has them side by side. */
static void gather(const KernelFilter *m, double *out, int64_t n) {
  for (int s = 0; s < m->n_slots; s++)
    if (m->fills[s] == FILL_RESULT)
      for (int64_t k = 0; k < n; k++)
        memcpy(out + (k * m->n_results + m->which[s]) * m->n_channels, m->rows[s] + k * m->n_channels, sizeof *out * (size_t)m->n_channels);
}

static bool apply(void *context, double *const *inputs, double *out, int64_t n, int64_t first, int64_t step, Error *e) {
  KernelFilter *m = context;
  (void)e;
  for (int s = 0; s < m->n_slots; s++) {
    m->slots[s] = m->fills[s] == FILL_SOURCE ? inputs[m->which[s]] : m->fills[s] == FILL_RESULT && m->n_results == 1 ? out : m->rows[s];
    if (m->fills[s] == FILL_TIME)
      for (int64_t k = 0; k < n; k++)
        for (int64_t c = 0; c < m->n_channels; c++)
          m->rows[s][k * m->n_channels + c] = (double)(first + k * step) * 1000 / m->rate;
  }
  KernelArgs args = { .slot = m->slots,
                      .first = 0,
                      .last = n * m->n_channels,
                      .t = (double)first * 1000 / m->rate,
                      .program = m->program,
                      .scratch = m->scratch,
                      .draws = vm_draws() };
  unsigned mode = parallel_mode();
  parallel_flush_denormals();
  m->run(&args);
  parallel_restore_mode(mode);
  if (m->n_results > 1)
    gather(m, out, n);
  return true;
}

static void let_go(void *context) {
  KernelFilter *m = context;
  for (int s = 0; s < m->n_slots && m->rows; s++)
    memory_free(m->rows[s]);
  program_release(m->program);
  memory_free(m->scratch);
  memory_free(m->fills);
  memory_free(m->which);
  memory_free(m->slots);
  memory_free(m->rows);
  memory_free(m);
}

/* Rows for slot s: channel numbers, given values, room for times or results. False when there is no memory. */
static bool lay_out(KernelFilter *m, int s, const Array *values) {
  if (m->fills[s] == FILL_SOURCE || (m->fills[s] == FILL_RESULT && m->n_results == 1))
    return true;
  double *rows = m->rows[s] = memory_new(sizeof(double) * (size_t)(m->n_rows * m->n_channels));
  if (!rows)
    return false;
  for (int64_t k = 0; k < m->n_rows; k++)
    for (int64_t c = 0; c < m->n_channels; c++)
      rows[k * m->n_channels + c] = values ? array_get(values, c) : (double)(c + 1);
  return true;
}

/* The fill on top of the stack: "t", "i", { source = k }, { result = k }, or an array. */
static Fill check_fill(lua_State *L, int slot, int64_t *which) {
  if (lua_type(L, -1) == LUA_TSTRING)
    return *lua_tostring(L, -1) == 't' ? FILL_TIME : FILL_CHANNEL;
  if (lua_type(L, -1) != LUA_TTABLE)
    return FILL_VALUES;
  bool is_source = lua_getfield(L, -1, "source") != LUA_TNIL;
  if (!is_source) {
    lua_pop(L, 1);
    if (lua_getfield(L, -1, "result") == LUA_TNIL)
      luaL_error(L, "slot %d: \"t\", \"i\", { source = }, { result = } or values expected", slot + 1);
  }
  *which = luaL_checkinteger(L, -1) - 1;
  lua_pop(L, 1);
  return is_source ? FILL_SOURCE : FILL_RESULT;
}

static KernelFilter *new_filter(Program *program, double rate, int64_t n_channels, int n_results) {
  KernelFilter *m = memory_new(sizeof *m);
  if (!m)
    return NULL;
  m->program = program_retain(program);
  m->run = vm_function(program);
  m->rate = rate;
  m->n_channels = n_channels, m->n_results = n_results;
  m->n_rows = compute_rows(n_channels, n_channels * n_results);
  m->n_slots = program_n_slots(program);
  m->scratch = memory_new(program_scratch_bytes(program));
  m->fills = memory_new(sizeof *m->fills * (size_t)m->n_slots);
  m->which = memory_new(sizeof *m->which * (size_t)m->n_slots);
  m->slots = memory_new(sizeof *m->slots * (size_t)m->n_slots);
  m->rows = memory_new(sizeof *m->rows * (size_t)m->n_slots);
  if (m->scratch && m->fills && m->which && m->slots && m->rows)
    return m;
  let_go(m);
  return NULL;
}

/* sound.kernel({ streams }, program, { fills }, n_channels [, n_results [, every]]) -> stream of n_results * n_channels channels */
int binding_sound_kernel(lua_State *L) {
  Error e;
  int64_t n_sources;
  Stream **sources = binding_check_streams(L, 1, &n_sources);
  Program *program = binding_check_program(L, 2);
  luaL_checktype(L, 3, LUA_TTABLE);
  lua_Integer n_channels = luaL_checkinteger(L, 4), n_results = luaL_optinteger(L, 5, 1), every = luaL_optinteger(L, 6, 1);
  luaL_argcheck(L, program_nest(program) == NEST_EACH && !program_is_f32(program), 2,
                "a program over elements in double precision is needed");
  luaL_argcheck(L, n_channels >= 1 && n_channels <= INT32_MAX, 4, "the number of channels must be 1 or more");
  luaL_argcheck(L, n_results >= 1 && n_results <= 10000, 5, "1 to 10000 results");
  luaL_argcheck(L, every >= 1, 6, "every must be 1 or more");
  Stream **box = binding_stream_box(L);
  KernelFilter *m = new_filter(program, sources[0]->rate, n_channels, (int)n_results);
  if (!m)
    return luaL_error(L, "no memory for a stream");
  ComputeFunction function = { .width = n_channels * n_results, .every = every, .context = m, .apply = apply, .free = let_go };
  *box = compute_new(sources, n_sources, n_channels, function, &e);
  if (!*box) {
    let_go(m);
    return luaL_error(L, "%s", e.text);
  }
  for (int k = 0; k < m->n_slots; k++) { /* the box owns m: what raises is harmless */
    lua_rawgeti(L, 3, k + 1);
    m->fills[k] = check_fill(L, k, &m->which[k]);
    int64_t most = m->fills[k] == FILL_SOURCE ? n_sources : m->fills[k] == FILL_RESULT ? n_results : 1;
    if (m->which[k] < 0 || m->which[k] >= most)
      return luaL_error(L, "slot %d: no such source or result", k + 1);
    Array *values = m->fills[k] == FILL_VALUES ? binding_check_array(L, -1) : NULL;
    if (values && array_count(values) != n_channels)
      return luaL_error(L, "slot %d: one value for each channel is needed", k + 1);
    if (!lay_out(m, k, values))
      return luaL_error(L, "no memory for a stream");
    lua_pop(L, 1);
  }
  return 1;
}
