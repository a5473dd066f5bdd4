/* Projections in Lua: handles to engine/projection.h, and connectors from their tables. */
#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "binding/array.h"
#include "binding/engine.h"
#include "synapses/weights.h"
#include "binding/kernel.h"
#include "synapses/connect_kernel.h"

static Projection *check_projection(lua_State *L, int index) { return binding_check_handle(L, index, BINDING_PROJECTION)->object; }
static Network *network_of(lua_State *L) { return binding_check_handle(L, 1, BINDING_PROJECTION)->network; }

/* Fields of the table at `index`; arrays stay alive on the stack. */
static double number_field(lua_State *L, int index, const char *name, double otherwise) {
  lua_getfield(L, index, name);
  double x = lua_isnil(L, -1) ? otherwise : luaL_checknumber(L, -1);
  lua_pop(L, 1);
  return x;
}

static bool boolean_field(lua_State *L, int index, const char *name) {
  lua_getfield(L, index, name);
  bool b = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return b;
}

static Array *array_field(lua_State *L, int index, const char *name, ArrayType type) {
  lua_getfield(L, index, name);
  if (lua_isnil(L, -1)) {
    luaL_error(L, "field '%s' is missing", name);
    return NULL;
  }
  Array *a = binding_keep_array(L, -1, type);
  if (!array_is_contiguous(a))
    luaL_error(L, "field '%s' must be contiguous", name);
  return a;
}

/* Element numbers from 1 to positions from 0, checked against n, in memory that stays on the stack. */
static int32_t *positions_field(lua_State *L, int index, const char *name, int64_t n, int64_t *count) {
  lua_getfield(L, index, name);
  Array *a = binding_test_array(L, -1);
  lua_pop(L, 1);
  if (a == NULL || !array_is_contiguous(a))
    a = array_field(L, index, name, ARRAY_F64); /* a table: fractions are found below */
  *count = array_count(a);
  int32_t *out = lua_newuserdatauv(L, sizeof *out * (size_t)(*count + 1), 0);
  for (int64_t k = 0; k < *count; k++) {
    double x = array_get(a, k, 0);
    if (!(x >= 1 && x <= (double)n && x == floor(x))) {
      char text[32];
      snprintf(text, sizeof text, "%.10g", x);
      luaL_error(L, "%s[%d] is %s: it must be a whole number in 1 .. %d", name, (int)k + 1, text, (int)n);
    }
    out[k] = (int32_t)x - 1;
  }
  return out;
}

/* { first = (from 1), n = } or { index = array from 1 } */
static View check_view(lua_State *L, int index, int64_t n_population) {
  View v = { 0 };
  luaL_checktype(L, index, LUA_TTABLE);
  lua_getfield(L, index, "index");
  bool is_listed = !lua_isnil(L, -1);
  lua_pop(L, 1);
  if (is_listed) {
    v.index = positions_field(L, index, "index", n_population, &v.n);
    return v;
  }
  v.first = (int64_t)number_field(L, index, "first", 1) - 1;
  v.n = (int64_t)number_field(L, index, "n", (double)n_population);
  return v;
}

#define CONNECT_KERNEL "lunapse.connect_kernel"

static int free_connect_kernel(lua_State *L) {
  connect_kernel_free(lua_touserdata(L, 1));
  return 0;
}

/* { program =, arrays = { of its slots }, result = number of the slot for the answers (its array is ignored) }. The connector's memory stays on the stack. */
static Connector check_connect_kernel(lua_State *L, int index, const ConnectEnds *ends, int n_threads) {
  Error e;
  ConnectKernel *k = lua_newuserdatauv(L, sizeof *k, 0);
  *k = (ConnectKernel){ 0 };
  if (luaL_newmetatable(L, CONNECT_KERNEL)) {
    lua_pushcfunction(L, free_connect_kernel);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  lua_getfield(L, index, "program");
  Program *program = binding_check_program(L, -1);
  lua_getfield(L, index, "arrays");
  luaL_checktype(L, -1, LUA_TTABLE);
  int n = program_n_slots(program), arrays = lua_gettop(L), result = (int)number_field(L, index, "result", 1) - 1;
  void **slots = lua_newuserdatauv(L, sizeof *slots * (size_t)(n + 1), 0);
  for (int s = 0; s < n; s++) {
    if (s == result)
      continue;
    const Scope scope = program_slot(program, s)->scope;
    const int64_t wanted = scope == SCOPE_PRE ? ends->n_pre : scope == SCOPE_POST ? ends->n_post : 1;
    lua_rawgeti(L, arrays, s + 1);
    Array *a = binding_check_array(L, -1);
    if (a->type != ARRAY_F64 || !array_is_contiguous(a) || array_count(a) != wanted)
      luaL_error(L, "slot %d: %d contiguous numbers in float64 expected", s + 1, (int)wanted);
    slots[s] = a->at;
    lua_pop(L, 1); /* `arrays` holds it */
  }
  if (program_nest(program) != NEST_ALL || result < 0 || result >= n || program_slot(program, result)->scope != SCOPE_ELEM)
    luaL_error(L, "a program over all pairs with a slot for the answers expected");
  if (!connect_kernel_init(k, program, slots, result, ends, n_threads, &e))
    binding_raise(L, &e);
  return connect_kernel(k);
}

static Connector check_connector(lua_State *L, int index, const ConnectEnds *ends, int n_threads) {
  static const char *const kinds[] = {
    "all_to_all", "one_to_one", "fixed_probability", "fixed_number_pre", "fixed_number_post", "pairs", "mask", "gaussian", "dog",
    "kernel",     NULL
  };
  Error e;
  Connector c;
  bool ok = true;
  luaL_checktype(L, index, LUA_TTABLE);
  lua_getfield(L, index, "kind");
  int kind = luaL_checkoption(L, -1, NULL, kinds);
  bool self = boolean_field(L, index, "self");
  int64_t n_pre = 0, n_post = 0;
  switch (kind) {
  case CONNECT_ALL_TO_ALL: return connect_all_to_all(self);
  case CONNECT_ONE_TO_ONE: return connect_one_to_one();
  case CONNECT_FIXED_PROBABILITY: ok = connect_fixed_probability(&c, number_field(L, index, "p", NAN), self, &e); break;
  case CONNECT_FIXED_NUMBER_PRE: ok = connect_fixed_number_pre(&c, (int64_t)number_field(L, index, "number", -1), self, &e); break;
  case CONNECT_FIXED_NUMBER_POST: ok = connect_fixed_number_post(&c, (int64_t)number_field(L, index, "number", -1), self, &e); break;
  case CONNECT_PAIRS: {
    const int32_t *pre = positions_field(L, index, "pre", ends->pre.n, &n_pre),
                  *post = positions_field(L, index, "post", ends->post.n, &n_post);
    if (n_pre != n_post)
      luaL_error(L, "pairs: as many pre as post neurons expected, got %d and %d", (int)n_pre, (int)n_post);
    return connect_pairs(pre, post, n_pre);
  }
  case CONNECT_FUNCTION: return check_connect_kernel(L, index, ends, n_threads);
  case CONNECT_MASK: {
    Array *mask = array_field(L, index, "mask", ARRAY_BOOL);
    if (mask->shape[0] != ends->pre.n || mask->shape[1] != ends->post.n)
      luaL_error(L, "mask: %d x %d expected (pre x post), got %d x %d", (int)ends->pre.n, (int)ends->post.n, (int)mask->shape[0],
                 (int)mask->shape[1]);
    return connect_mask((const uint8_t *)mask->at);
  }
  default: {
    Array *pre = array_field(L, index, "pre_at", ARRAY_F64), *post = array_field(L, index, "post_at", ARRAY_F64);
    int n_dims = (int)number_field(L, index, "dims", 1);
    if (array_count(pre) != ends->pre.n * n_dims || array_count(post) != ends->post.n * n_dims)
      luaL_error(L, "coordinates: %d per neuron expected", n_dims);
    double amplitude = number_field(L, index, "amplitude", 1), sigma = number_field(L, index, "sigma", 0.1),
           limit = number_field(L, index, "limit", 0.01);
    ok = kind == CONNECT_GAUSSIAN
             ? connect_gaussian(&c, amplitude, sigma, limit, self, n_dims, (double *)pre->at, (double *)post->at, &e)
             : connect_dog(&c, amplitude, sigma, number_field(L, index, "amplitude_minus", 1), number_field(L, index, "sigma_minus", 1),
                           limit, self, n_dims, (double *)pre->at, (double *)post->at, &e);
  }
  }
  if (!ok)
    binding_raise(L, &e);
  return c;
}

static Format check_format(lua_State *L, int index, const char *name) {
  static const char *const formats[] = { "none", "dense_pre", "dense_post", "rows_pre", "rows_post", NULL };
  lua_getfield(L, index, name);
  Format f = lua_isnil(L, -1) ? FORMAT_NONE : (Format)luaL_checkoption(L, -1, NULL, formats);
  lua_pop(L, 1);
  return f;
}

static void push_owned(lua_State *L, ArrayType type, const void *data, int64_t n) {
  Array *a = array_new(type, n, 0);
  binding_push_array(L, a);
  memcpy(a->at, data, array_type_size(type) * (size_t)n);
}

/* net:projection{ pre = pop, post = pop, pre_view =, post_view =, connect = { kind = ... }, format =, dense =, same = bool, object = }
** -> projection, places of the given pairs (from 1) | nil, weights of Gaussian or DoG | nil */
static int network_projection(lua_State *L) {
  Error e;
  Network *n = binding_check_network(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_getfield(L, 2, "pre");
  Population *pre = binding_check_handle(L, -1, BINDING_POPULATION)->object;
  lua_getfield(L, 2, "post");
  Population *post = binding_check_handle(L, -1, BINDING_POPULATION)->object;
  lua_getfield(L, 2, "pre_view");
  View pre_view = check_view(L, lua_gettop(L), pre->n);
  lua_getfield(L, 2, "post_view");
  View post_view = check_view(L, lua_gettop(L), post->n);
  uint32_t object = (uint32_t)number_field(L, 2, "object", 0);
  ConnectEnds ends = { .pre = pre_view,
                       .post = post_view,
                       .n_pre = pre->n,
                       .n_post = post->n,
                       .same_population = pre == post,
                       .seed = n->seed,
                       .object = object };
  lua_getfield(L, 2, "connect");
  Connector c = check_connector(L, lua_gettop(L), &ends, n->workers.n_threads);
  StorageOptions options = { .format = check_format(L, 2, "format"),
                             .dense = check_format(L, 2, "dense"),
                             .n_threads = n->workers.n_threads };
  StorageExtras extras = { 0 };
  Storage *storage = storage_new(&c, &ends, &options, &extras, &e);
  if (storage == NULL)
    return binding_raise(L, &e);
  if (c.kind == CONNECT_FUNCTION && !connect_kernel_check(c.context, "probability", &e)) {
    storage_free(storage);
    return binding_raise(L, &e);
  }
  Projection *p = projection_new(pre, post, storage, object, &e);
  if (p == NULL) {
    storage_free(storage);
    return binding_raise(L, &e);
  }
  if (!network_add_projection(n, p, &e))
    return binding_raise(L, &e);
  binding_push_handle(L, 1, BINDING_PROJECTION, n, p);
  if (extras.place_of_pair != NULL) {
    push_owned(L, ARRAY_I64, extras.place_of_pair, c.n_pairs);
    Array *places = binding_check_array(L, -1);
    for (int64_t k = 0; k < c.n_pairs; k++)
      ((int64_t *)places->at)[k]++;
  } else {
    lua_pushnil(L);
  }
  if (extras.weight != NULL)
    push_owned(L, ARRAY_F64, extras.weight, storage->n_synapses);
  else
    lua_pushnil(L);
  memory_free(extras.place_of_pair);
  memory_free(extras.weight);
  return 3;
}

static int projection_count(lua_State *L) {
  lua_pushinteger(L, check_projection(L, 1)->storage->n_synapses);
  return 1;
}

static int projection_format(lua_State *L) {
  static const char *const names[] = { "none", "dense_pre", "dense_post", "rows_pre", "rows_post" };
  lua_pushstring(L, names[check_projection(L, 1)->storage->format]);
  return 1;
}

static int projection_bytes(lua_State *L) {
  lua_pushinteger(L, storage_bytes(check_projection(L, 1)->storage));
  return 1;
}

static int push_ends(lua_State *L, void (*fill)(const Storage *, int64_t, int64_t, int32_t *)) {
  const Storage *s = check_projection(L, 1)->storage;
  Array *a = array_new(ARRAY_I32, s->n_synapses, 0);
  binding_push_array(L, a);
  int32_t *out = (int32_t *)a->at;
  fill(s, 0, s->n_synapses, out);
  for (int64_t k = 0; k < s->n_synapses; k++)
    out[k]++;
  return 1;
}

static int projection_pre(lua_State *L) { return push_ends(L, storage_fill_pre); }
static int projection_post(lua_State *L) { return push_ends(L, storage_fill_post); }

static int push_fan(lua_State *L, int64_t n, void (*count)(const Storage *, int64_t, int64_t *)) {
  Array *a = array_new(ARRAY_I64, n, 0);
  binding_push_array(L, a);
  count(check_projection(L, 1)->storage, n, (int64_t *)a->at);
  return 1;
}

static int projection_fan_in(lua_State *L) { return push_fan(L, check_projection(L, 1)->post->n, storage_fan_in); }
static int projection_fan_out(lua_State *L) { return push_fan(L, check_projection(L, 1)->pre->n, storage_fan_out); }

/* proj:need_reverse(): the reverse index, for kernels that walk columns. */
static int projection_need_reverse(lua_State *L) {
  Error e;
  if (!storage_need_reverse(check_projection(L, 1)->storage, network_of(L)->workers.n_threads, &e))
    return binding_raise(L, &e);
  return 0;
}

/* proj:set_delay(ms, steps) */
static int projection_delay(lua_State *L) {
  Error e;
  if (!projection_set_delay(check_projection(L, 1), luaL_checknumber(L, 2), luaL_checkinteger(L, 3), &e))
    return binding_raise(L, &e);
  network_of(L)->is_changed = true;
  return 0;
}

/* proj:set_delays(steps per place) -> where everything went: new place (from 1) of each old place */
static int projection_delays(lua_State *L) {
  Error e;
  Projection *p = check_projection(L, 1);
  Array *steps = binding_keep_array(L, 2, ARRAY_I32);
  if (array_count(steps) != p->storage->n_synapses || !array_is_contiguous(steps))
    return luaL_error(L, "delays: %d numbers expected (one per synapse), got %d", (int)p->storage->n_synapses, (int)array_count(steps));
  int32_t *within;
  if (!projection_set_delays(p, (const int32_t *)steps->at, &within, network_of(L)->workers.n_threads, &e))
    return binding_raise(L, &e);
  network_of(L)->is_changed = true;
  Array *order = array_new(ARRAY_I64, p->storage->n_synapses, 0);
  if (order == NULL)
    memory_free(within);
  binding_push_array(L, order);
  int64_t n_rows = storage_is_by_pre(p->storage) ? p->storage->n_pre : p->storage->n_post;
  for (int64_t r = 0; r < n_rows; r++)
    for (int64_t q = p->storage->row[r]; q < p->storage->row[r + 1]; q++)
      ((int64_t *)order->at)[q] = p->storage->row[r] + within[q] + 1;
  memory_free(within);
  return 1;
}

static int projection_set_kernels(lua_State *L) {
  return binding_set_kernels(L, network_of(L), check_projection(L, 1)->kernels, OWNER_PROJECTION);
}

/* proj:clear_flushes(), proj:add_flush(due array | nil, { bounds }), proj:flush([t]) -> the time to which variables were brought */
static int projection_forget_flushes(lua_State *L) {
  projection_clear_flushes(check_projection(L, 1));
  network_of(L)->is_changed = true;
  return 0;
}

static int projection_flushes(lua_State *L) {
  Error e;
  Flush *f = projection_add_flush(check_projection(L, 1), binding_test_array(L, 2), &e);
  if (f == NULL)
    return binding_raise(L, &e);
  binding_take_bounds(L, 3, &f->kernels);
  network_of(L)->is_changed = true;
  return 0;
}

static int projection_flush_now(lua_State *L) {
  Error e;
  Projection *p = check_projection(L, 1);
  Network *n = network_of(L);
  if (!projection_prepare(p, &n->workers, &e))
    return binding_raise(L, &e);
  network_derive(n);
  double t = luaL_optnumber(L, 2, fmax(n->t, network_clock_time(n, p->post->clock)));
  projection_flush(p, &n->workers, t);
  lua_pushnumber(L, t);
  return 1;
}

/* proj:remove_lag(delayed), proj:add_lag(source, delayed, steps) */
static int projection_forget_lag(lua_State *L) {
  projection_remove_lag(check_projection(L, 1), binding_check_array(L, 2));
  network_of(L)->is_changed = true;
  return 0;
}

static int projection_lag(lua_State *L) {
  Error e;
  if (!projection_add_lag(check_projection(L, 1), binding_check_array(L, 2), binding_check_array(L, 3), luaL_checkinteger(L, 4), &e))
    return binding_raise(L, &e);
  network_of(L)->is_changed = true;
  return 0;
}

/* proj:sum(values, "pre" | "post", "sum" | "abs" | "square", out), proj:change(values, "pre" | "post", "scale" | "add", per neuron): synapses/weights.h */
static const char *const sides[] = { "pre", "post", NULL };

static int projection_sum_weights(lua_State *L) {
  static const char *const sums[] = { "sum", "abs", "square", NULL };
  Error e;
  if (!weights_sum(check_projection(L, 1)->storage, (WeightsSide)luaL_checkoption(L, 3, NULL, sides),
                   (WeightsSum)luaL_checkoption(L, 4, NULL, sums), binding_check_array(L, 2), binding_check_array(L, 5), &e))
    return binding_raise(L, &e);
  lua_settop(L, 5);
  return 1;
}

static int projection_change_weights(lua_State *L) {
  static const char *const changes[] = { "scale", "add", NULL };
  Error e;
  if (!weights_change(check_projection(L, 1)->storage, (WeightsSide)luaL_checkoption(L, 3, NULL, sides),
                      (WeightsChange)luaL_checkoption(L, 4, NULL, changes), binding_check_array(L, 2), binding_check_array(L, 5), &e))
    return binding_raise(L, &e);
  return 0;
}

/* proj:places(neuron from 1, "pre" | "post") -> places (from 1), ascending */
/* proj:sum_ahead(boolean): its targets hold nothing but sums that are cleared in every step. */
static int projection_sum_ahead(lua_State *L) {
  check_projection(L, 1)->may_sum_ahead = lua_toboolean(L, 2);
  network_of(L)->is_changed = true;
  return 0;
}

static int projection_places(lua_State *L) {
  static const char *const ends[] = { "pre", "post", NULL };
  Projection *p = check_projection(L, 1);
  lua_Integer neuron = luaL_checkinteger(L, 2);
  bool by_post = luaL_checkoption(L, 3, NULL, ends);
  luaL_argcheck(L, neuron >= 1 && neuron <= (by_post ? p->post->n : p->pre->n), 2, "no such neuron");
  int64_t *out = lua_newuserdatauv(L, sizeof *out * (size_t)(p->storage->n_synapses + 1), 0);
  int64_t n = by_post ? storage_places_of_post(p->storage, neuron - 1, out) : storage_places_of_pre(p->storage, neuron - 1, out);
  for (int64_t k = 0; k < n; k++)
    out[k]++;
  push_owned(L, ARRAY_I64, out, n);
  return 1;
}

static const luaL_Reg methods[] = {
  { "count", projection_count },
  { "format", projection_format },
  { "bytes", projection_bytes },
  { "pre", projection_pre },
  { "post", projection_post },
  { "fan_in", projection_fan_in },
  { "fan_out", projection_fan_out },
  { "need_reverse", projection_need_reverse },
  { "set_delay", projection_delay },
  { "set_delays", projection_delays },
  { "set_kernels", projection_set_kernels },
  { "clear_flushes", projection_forget_flushes },
  { "add_flush", projection_flushes },
  { "flush", projection_flush_now },
  { "remove_lag", projection_forget_lag },
  { "add_lag", projection_lag },
  { "sum", projection_sum_weights },
  { "change", projection_change_weights },
  { "places", projection_places },
  { "sum_ahead", projection_sum_ahead },
  { NULL, NULL },
};

static const luaL_Reg network_methods[] = { { "projection", network_projection }, { NULL, NULL } };

void binding_open_projection(lua_State *L) {
  binding_new_type(L, BINDING_PROJECTION, methods, NULL);
  binding_add_methods(L, BINDING_NETWORK, network_methods);
}
