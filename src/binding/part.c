/* Projections that a rank holds in part, in Lua (synapses/part.h, engine/shared.h). Who needs all of one asks by proj:whole(); ranks meet there, and each calls the function that
** proj:on_whole was given, which builds it. */
#include <lauxlib.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "base/ranks.h"
#include "binding/array.h"
#include "binding/engine.h"
#include "engine/clock.h"
#include "synapses/part.h"

#define HANDLES "lunapse.parts"       /* projection -> handle, weak */
#define MAKERS "lunapse.parts.makers" /* handle -> function, for as long as there is the handle */

static lua_State *making; /* a stack of its own: whoever asks may be in any coroutine, or in none */

static Projection *check_projection(lua_State *L, int index) { return binding_check_handle(L, index, BINDING_PROJECTION)->object; }
static Network *network_of(lua_State *L) { return binding_check_handle(L, 1, BINDING_PROJECTION)->network; }

static void call_maker(void *context) {
  lua_State *L = context;
  lua_getfield(L, LUA_REGISTRYINDEX, MAKERS);
  lua_pushvalue(L, 1);
  lua_rawget(L, -2);
  if (lua_pcall(L, 0, 0, 0) != LUA_OK)
    ranks_fail(lua_tostring(L, -1));
}

/* What a share of a part does (base/shares.h). */
static void make_whole(void *projection) {
  Error e;
  lua_State *L = making;
  lua_settop(L, 0);
  lua_getfield(L, LUA_REGISTRYINDEX, HANDLES);
  lua_rawgetp(L, -1, projection);
  lua_remove(L, 1);
  const Handle *h = lua_touserdata(L, 1);
  away_bring_back(&((Projection *)projection)->storage->away); /* rows that are away (engine/bundle.h): other ones take their place */
  if (h == NULL || !network_bind_anew(h->network, projection, call_maker, L, &e))
    ranks_fail(h == NULL ? "synapses are asked for that nobody has any more" : e.text);
}

void binding_hold_part(lua_State *L, Projection *p, int64_t n_all) {
  Error e;
  lua_getfield(L, LUA_REGISTRYINDEX, HANDLES);
  lua_pushvalue(L, -2);
  lua_rawsetp(L, -2, p);
  lua_pop(L, 1);
  if (!shared_hold_part(p, n_all, make_whole, &e))
    binding_raise(L, &e);
}

/* proj:on_whole(function) */
static int projection_on_whole(lua_State *L) {
  check_projection(L, 1);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  lua_getfield(L, LUA_REGISTRYINDEX, MAKERS);
  lua_insert(L, 1);
  lua_rawset(L, 1);
  return 0;
}

/* proj:whole(): on all ranks it is held as a whole. */
static int projection_whole(lua_State *L) {
  Projection *p = check_projection(L, 1);
  if (p->is_part)
    array_settle(p->wanted);
  return 0;
}

/* proj:make_whole(the table that it was made from): all synapses, here, without delays of their own yet. */
static int projection_make_whole(lua_State *L) {
  Error e;
  Projection *p = check_projection(L, 1);
  Network *n = network_of(L);
  Synapses s = binding_check_synapses(L, n);
  s.options.own_first = s.options.own_last = 0;
  Storage *all = storage_new(&s.connector, &s.ends, &s.options, NULL, &e);
  if (all == NULL)
    return binding_raise(L, &e);
  if (interrupt_take()) {
    storage_free(all);
    return luaL_error(L, "interrupted");
  }
  storage_swap(p->storage, all);
  storage_free(all);
  delay_table_free(&p->delays);
  shared_is_whole(p);
  n->is_changed = true;
  return 0;
}

/* proj:pack(boolean): where its rows begin takes little room, or can be read by every kernel (storage_pack) */
static int projection_pack(lua_State *L) {
  Error e;
  return storage_pack(check_projection(L, 1)->storage, lua_toboolean(L, 2), &e) ? 0 : binding_raise(L, &e);
}

/* proj:lay_out(values of its part) -> of all synapses; those of other ranks come when somebody looks. */
static int projection_lay_out(lua_State *L) {
  Error e;
  Array *a = shared_lay_out(check_projection(L, 1), binding_check_array(L, 2), &e);
  if (a == NULL)
    return binding_raise(L, &e);
  binding_push_array(L, a);
  return 1;
}

/* ---- what is drawn by places ------------------------------------------------------------------------------------------ */

/* A distribution and its stream: kind, a, b, low, high, seed, object, stream from `index` on. */
typedef struct Drawn {
  Distribution d;
  uint64_t seed;
  uint32_t object, stream;
  double dt;
} Drawn;
enum { N_DRAWN = 8 };

static Drawn check_drawn(lua_State *L, int index) {
  return (Drawn){ .d = binding_distribution(L, index),
                  .seed = (uint64_t)luaL_checkinteger(L, index + 5),
                  .object = (uint32_t)luaL_checkinteger(L, index + 6),
                  .stream = (uint32_t)luaL_checkinteger(L, index + 7) };
}

static void steps_of(const void *context, int64_t first, int64_t n, int32_t *steps) {
  enum { AT_ONCE = 256 };
  const Drawn *from = context;
  double ms[AT_ONCE];
  for (int64_t k = 0; k < n; k += AT_ONCE) {
    const int64_t m = n - k < AT_ONCE ? n - k : AT_ONCE;
    random_fill(&from->d, from->seed, from->object, from->stream, first + k, ms, m);
    clock_delays(from->dt, ms, steps + k, m, STORAGE_LONGEST_DELAY);
  }
}

static Part part_of(const Projection *p, const Synapses *s) { return (Part){ p->storage, &s->connector, &s->ends, &s->options }; }

/* proj:part_rows(the table that it was made from) -> array [2][rows]: place of the first synapse of each row of the whole, and how many end before the part */
static int projection_part_rows(lua_State *L) {
  Error e;
  const Projection *p = check_projection(L, 1);
  const Synapses s = binding_check_synapses(L, network_of(L));
  const Part part = part_of(p, &s);
  const int64_t n = storage_n_major(p->storage);
  Array *rows = array_new(ARRAY_I64, 2 * n, 0);
  binding_push_array(L, rows);
  int64_t *at = (int64_t *)(void *)rows->at;
  if (!part_rows(&part, at, at + n, &e))
    return binding_raise(L, &e);
  return interrupt_take() ? luaL_error(L, "interrupted") : 1;
}

static void take_f64(void *context, int64_t first, const double *values, int64_t n) {
  memcpy((double *)context + first, values, (size_t)n * sizeof *values);
}

static void take_f32(void *context, int64_t first, const double *values, int64_t n) {
  for (int64_t k = 0; k < n; k++)
    ((float *)context)[first + k] = (float)values[k];
}

/* proj:draw_part(the table that it was made from, array of values, rows of part_rows, distribution[, dt, distribution of delays by which rows have been sorted]) */
static int projection_draw_part(lua_State *L) {
  Error e;
  const Projection *p = check_projection(L, 1);
  Array *to = binding_check_array(L, 3);
  const Array *rows = binding_check_array(L, 4);
  const Drawn from = check_drawn(L, 5);
  const bool has_delays = !lua_isnoneornil(L, 5 + N_DRAWN);
  Drawn delays;
  if (has_delays) {
    delays = check_drawn(L, 6 + N_DRAWN);
    delays.dt = luaL_checknumber(L, 5 + N_DRAWN);
  }
  const int64_t n = storage_n_major(p->storage);
  luaL_argcheck(L, rows->type == ARRAY_I64 && array_is_contiguous(rows) && array_count(rows) == 2 * n, 4, "what part_rows gave expected");
  luaL_argcheck(L, (to->type == ARRAY_F64 || to->type == ARRAY_F32) && array_is_contiguous(to) && array_count(to) == p->storage->n_synapses,
                3, "a value for each synapse expected");
  const Synapses s = binding_check_synapses(L, network_of(L));
  const Part part = part_of(p, &s);
  const int64_t *begin = (const int64_t *)(const void *)rows->at;
  const PartDraw draw = { from.d, from.seed, from.object, from.stream, begin, begin + n, has_delays ? steps_of : NULL, &delays };
  if (!part_draw(&part, &draw, to->type == ARRAY_F64 ? take_f64 : take_f32, to->at, &e))
    return binding_raise(L, &e);
  array_touch(to);
  return interrupt_take() ? luaL_error(L, "interrupted") : 0;
}

typedef struct Range {
  _Atomic double low, high;
} Range;

static void note_range(void *context, int64_t first, const double *ms, int64_t n) {
  Range *r = context;
  double low = INFINITY, high = -INFINITY, known;
  (void)first;
  for (int64_t k = 0; k < n; k++) {
    low = ms[k] < low ? ms[k] : low;
    high = ms[k] > high ? ms[k] : high;
  }
  for (known = r->low; low < known && !atomic_compare_exchange_weak(&r->low, &known, low);) {}
  for (known = r->high; high > known && !atomic_compare_exchange_weak(&r->high, &known, high);) {}
}

/* proj:delay_range_of_all(dt, distribution) -> the least and the greatest delay of all ranks' synapses, which it notes as what occurs, in steps of dt */
static int projection_range_of_all(lua_State *L) {
  Error e;
  Projection *p = check_projection(L, 1);
  const double dt = luaL_checknumber(L, 2);
  const Drawn from = check_drawn(L, 3);
  Range r = { INFINITY, -INFINITY };
  random_each(&from.d, from.seed, from.object, from.stream, 0, p->n_all, note_range, &r);
  const double ms[2] = { r.low, r.high };
  int32_t steps[2] = { 1, 1 };
  if (p->n_all > 0)
    clock_delays(dt, ms, steps, 2, STORAGE_LONGEST_DELAY);
  if (steps[1] <= STORAGE_LONGEST_DELAY && !population_keep_steps(p->pre, steps[1] + 1, &e))
    return binding_raise(L, &e);
  p->low = steps[0] * dt;
  p->high = steps[1] * dt;
  lua_pushnumber(L, r.low);
  lua_pushnumber(L, r.high);
  return 2;
}

static const luaL_Reg methods[] = {
  { "pack", projection_pack },
  { "on_whole", projection_on_whole },
  { "whole", projection_whole },
  { "make_whole", projection_make_whole },
  { "lay_out", projection_lay_out },
  { "part_rows", projection_part_rows },
  { "draw_part", projection_draw_part },
  { "delay_range_of_all", projection_range_of_all },
  { NULL, NULL },
};

static void make_weak(lua_State *L, const char *name, const char *mode) {
  lua_newtable(L);
  lua_newtable(L);
  lua_pushstring(L, mode);
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_setfield(L, LUA_REGISTRYINDEX, name);
}

void binding_open_part(lua_State *L) {
  binding_add_methods(L, BINDING_PROJECTION, methods);
  make_weak(L, HANDLES, "v");
  make_weak(L, MAKERS, "k");
  making = lua_newthread(L);
  lua_setfield(L, LUA_REGISTRYINDEX, "lunapse.parts.stack");
}
