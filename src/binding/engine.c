/* The module `lunapse.core.engine`: functions that belong to no object, and the way in to all types. */
#include <lauxlib.h>
#include <math.h>
#include <string.h>

#include "base/array_index.h"
#include "base/clones.h"
#include "base/parallel.h"
#include "binding/array.h"
#include "binding/engine.h"
#include "random/random.h"

Distribution binding_distribution(lua_State *L, int index) {
  static const char *const kinds[] = { "constant",    "uniform", "discrete_uniform", "normal",  "lognormal",
                                       "exponential", "gamma",   "binomial",         "poisson", NULL };
  Error e;
  Distribution d = { .kind = (DistributionKind)luaL_checkoption(L, index, NULL, kinds),
                     .a = luaL_checknumber(L, index + 1),
                     .b = luaL_optnumber(L, index + 2, 0),
                     .low = luaL_optnumber(L, index + 3, -INFINITY),
                     .high = luaL_optnumber(L, index + 4, INFINITY) };
  if (!distribution_check(&d, &e))
    binding_raise(L, &e);
  return d;
}

CLONES static void take_f32(void *context, int64_t first, const double *values, int64_t n) {
  float *out = (float *)context + first;
#pragma omp simd
  for (int64_t k = 0; k < n; k++)
    out[k] = (float)values[k];
}

/* engine.draw(array, kind, a, b, low, high, seed, object, stream): its elements are drawn. */
static int engine_draw(lua_State *L) {
  Error e;
  Array *a = binding_check_array(L, 1), *drawn = a;
  const Distribution d = binding_distribution(L, 2);
  const uint64_t seed = (uint64_t)luaL_checkinteger(L, 7);
  const uint32_t object = (uint32_t)luaL_checkinteger(L, 8), stream = (uint32_t)luaL_checkinteger(L, 9);
  const int64_t n = array_count(a);
  if (a->type == ARRAY_F32 && array_is_contiguous(a)) {
    random_each(&d, seed, object, stream, 0, n, take_f32, a->at);
  } else {
    if (a->type != ARRAY_F64 || !array_is_contiguous(a))
      binding_push_array(L, drawn = array_new_shaped(ARRAY_F64, a->n_axes, a->shape));
    random_fill(&d, seed, object, stream, 0, (double *)(void *)drawn->at, n);
    if (drawn != a)
      array_copy(a, drawn, &e);
  }
  array_touch(a);
  return 0;
}

/* engine.put_pairs(matrix, rows, columns, values): see base/array_index.h */
static int engine_put_pairs(lua_State *L) {
  Error e;
  if (!array_put_pairs(binding_check_array(L, 1), binding_check_array(L, 2), binding_check_array(L, 3), binding_check_array(L, 4), &e))
    return binding_raise(L, &e);
  lua_settop(L, 1);
  return 1;
}

/* engine.touch(array): kernels wrote to it. */
static int engine_touch(lua_State *L) {
  array_touch(binding_check_array(L, 1));
  return 0;
}

/* engine.steps(dt, ms [, rule]): engine/clock.h. A number gives an integer, an array (or table) an int64 array. */
static int engine_steps(lua_State *L) {
  static const char *const rules[] = { "tick", "delay", "after", "event", "span", NULL };
  double dt = luaL_checknumber(L, 1);
  luaL_argcheck(L, dt > 0 && isfinite(dt), 1, "dt must be positive");
  ClockRule rule = (ClockRule)luaL_checkoption(L, 3, "delay", rules);
  if (lua_type(L, 2) == LUA_TNUMBER) {
    lua_pushinteger(L, clock_steps(dt, lua_tonumber(L, 2), rule));
    return 1;
  }
  const Array *ms = binding_to_array(L, 2, ARRAY_F64);
  Array *steps = array_new_shaped(ARRAY_I64, ms->n_axes, ms->shape);
  binding_push_array(L, steps);
  for (int64_t k = 0, n = array_count(ms); k < n; k++)
    ((int64_t *)steps->at)[k] = clock_steps(dt, array_get(ms, k), rule);
  return 1;
}

static int engine_processors(lua_State *L) {
  lua_pushinteger(L, parallel_processors());
  return 1;
}

static const luaL_Reg functions[] = {
  { "network", binding_network_new },
  { "draw", engine_draw },
  { "put_pairs", engine_put_pairs },
  { "touch", engine_touch },
  { "digest", binding_digest_array },
  { "processors", engine_processors },
  { "steps", engine_steps },
  { "row_sink", binding_row_sink },
  { NULL, NULL },
};

int binding_open_engine(lua_State *L) {
  luaL_newlib(L, functions);
  binding_open_network(L); /* the others add methods of their own to networks */
  binding_open_bound(L);
  binding_open_operation(L);
  binding_open_population(L);
  binding_open_projection(L);
  binding_open_structure(L);
  binding_open_part(L);
  binding_open_record(L);
  binding_open_row_sink(L);
  binding_open_profile(L);
  binding_open_state(L);
  return 1;
}
