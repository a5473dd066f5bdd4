/* Kernel programs as streams: a function of the sample, run by the interpreter over the samples of a block. */
#include <lauxlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "binding/array.h"
#include "binding/kernel.h"
#include "binding/sound.h"
#include "kernel/vm.h"
#include "sound/shape.h"

/* What stands in a slot: the samples themselves, the time or the channel of each sample, or values given for each channel. */
typedef enum { FILL_SAMPLE, FILL_TIME, FILL_CHANNEL, FILL_VALUES } Fill;

typedef struct {
  Program *program; /* owned reference */
  KernelFunction run;
  void *scratch; /* owned */
  double rate;
  int n_slots;
  Fill *fills;   /* owned, [n_slots] */
  void **slots;  /* owned, [n_slots] */
  double **rows; /* owned, [n_slots], each [STREAM_BLOCK][channels] or NULL */
} KernelMap;

static bool apply(void *context, double *block, int64_t n, int64_t n_channels, int64_t at, Error *e) {
  KernelMap *m = context;
  (void)e;
  for (int s = 0; s < m->n_slots; s++) {
    m->slots[s] = m->fills[s] == FILL_SAMPLE ? block : m->rows[s];
    if (m->fills[s] == FILL_TIME)
      for (int64_t k = 0; k < n; k++)
        for (int64_t c = 0; c < n_channels; c++)
          m->rows[s][k * n_channels + c] = (double)(at + k) * 1000 / m->rate;
  }
  KernelArgs args = { .slot = m->slots,
                      .first = 0,
                      .last = n * n_channels,
                      .t = (double)at * 1000 / m->rate,
                      .program = m->program,
                      .scratch = m->scratch,
                      .draws = vm_draws() };
  unsigned mode = parallel_mode();
  parallel_flush_denormals();
  m->run(&args);
  parallel_restore_mode(mode);
  return true;
}

static void let_go(void *context) {
  KernelMap *m = context;
  for (int s = 0; s < m->n_slots && m->rows; s++)
    memory_free(m->rows[s]);
  program_release(m->program);
  memory_free(m->scratch);
  memory_free(m->fills);
  memory_free(m->slots);
  memory_free(m->rows);
  memory_free(m);
}

/* Rows for slot s: channel numbers, given values, or room for times. False when there is no memory. */
static bool lay_out(KernelMap *m, int s, int64_t n_channels, const Array *values) {
  if (m->fills[s] == FILL_SAMPLE)
    return true;
  double *rows = m->rows[s] = memory_new(sizeof(double) * STREAM_BLOCK * (size_t)n_channels);
  if (!rows)
    return false;
  for (int64_t k = 0; k < STREAM_BLOCK; k++)
    for (int64_t c = 0; c < n_channels; c++)
      rows[k * n_channels + c] = m->fills[s] == FILL_VALUES ? array_get(values, c) : (double)(c + 1);
  return true;
}

static Fill check_fill(lua_State *L, int slot) {
  if (lua_type(L, -1) != LUA_TSTRING)
    return FILL_VALUES;
  switch (*lua_tostring(L, -1)) {
  case 'x': return FILL_SAMPLE;
  case 't': return FILL_TIME;
  case 'i': return FILL_CHANNEL;
  default: return luaL_error(L, "slot %d: 'x', 't', 'i' or values expected", slot + 1), FILL_VALUES;
  }
}

static KernelMap *new_map(Program *program, double rate, int n_slots) {
  KernelMap *m = memory_new(sizeof *m);
  if (!m)
    return NULL;
  m->program = program_retain(program);
  m->run = vm_function(program);
  m->rate = rate;
  m->n_slots = n_slots;
  m->scratch = memory_new(program_scratch_bytes(program));
  m->fills = memory_new(sizeof *m->fills * (size_t)n_slots);
  m->slots = memory_new(sizeof *m->slots * (size_t)n_slots);
  m->rows = memory_new(sizeof *m->rows * (size_t)n_slots);
  if (m->scratch && m->fills && m->slots && m->rows)
    return m;
  let_go(m);
  return NULL;
}

/* sound.kernel(stream, program, fills): for each slot "x", "t", "i", or an array with a value for each channel */
int binding_sound_kernel(lua_State *L) {
  Error e;
  Stream *s = binding_check_stream(L, 1);
  Program *program = binding_check_program(L, 2);
  luaL_checktype(L, 3, LUA_TTABLE);
  luaL_argcheck(L, program_nest(program) == NEST_EACH && !program_is_f32(program), 2,
                "a program over elements in double precision is needed");
  int n_slots = program_n_slots(program);
  Stream **box = binding_stream_box(L);
  KernelMap *m = new_map(program, s->rate, n_slots);
  ShapeFunction function = { .context = m, .apply = apply, .free = let_go };
  *box = m ? shape_map(s, function, &e) : NULL;
  if (!*box) {
    if (m)
      let_go(m);
    return luaL_error(L, "no memory for a stream");
  }
  for (int k = 0; k < n_slots; k++) { /* the box owns m: what raises is harmless */
    lua_rawgeti(L, 3, k + 1);
    m->fills[k] = check_fill(L, k);
    Array *values = m->fills[k] == FILL_VALUES ? binding_check_array(L, -1) : NULL;
    if (values && array_count(values) != s->n_channels)
      return luaL_error(L, "slot %d: one value for each channel is needed", k + 1);
    if (!lay_out(m, k, s->n_channels, values))
      return luaL_error(L, "no memory for a stream");
    lua_pop(L, 1);
  }
  return 1;
}
