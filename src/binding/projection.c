/* Projections in Lua: handles to engine/projection.h. */
#include <lauxlib.h>
#include <math.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "binding/array.h"
#include "binding/engine.h"
#include "engine/delay_steps.h"
#include "engine/put_off.h"
#include "synapses/connect_kernel.h"
#include "synapses/weights.h"

static Projection *check_projection(lua_State *L, int index) { return binding_check_handle(L, index, BINDING_PROJECTION)->object; }
static Network *network_of(lua_State *L) { return binding_check_handle(L, 1, BINDING_PROJECTION)->network; }

static void push_owned(lua_State *L, ArrayType type, const void *data, int64_t n) {
  Array *a = array_new(type, n, 0);
  binding_push_array(L, a);
  memcpy(a->at, data, array_type_size(type) * (size_t)n);
}

static bool is_true(lua_State *L, int index, const char *field) {
  lua_getfield(L, index, field);
  bool b = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return b;
}

/* A projection of the two populations with these synapses, which it takes; pushed. */
static Projection *push_projection(lua_State *L, Network *n, Population *pre, Population *post, Storage *storage, uint32_t object) {
  Error e;
  Projection *p = projection_new(pre, post, storage, object, &e);
  if (p == NULL) {
    storage_free(storage);
    binding_raise(L, &e);
  }
  if (!network_add_projection(n, p, &e))
    binding_raise(L, &e);
  binding_push_handle(L, 1, BINDING_PROJECTION, n, p);
  return p;
}

/* The two ends, of the table at 2. */
static Population *check_end(lua_State *L, const char *side) {
  lua_getfield(L, 2, side);
  return binding_check_handle(L, -1, BINDING_POPULATION)->object;
}

/* net:projection_copy{ pre = pop, post = pop, of = projection, object = } -> a projection that has the synapses of another one */
static int network_projection_copy(lua_State *L) {
  Network *n = binding_check_network(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  Population *pre = check_end(L, "pre"), *post = check_end(L, "post");
  lua_getfield(L, 2, "of");
  Projection *of = check_projection(L, -1);
  lua_getfield(L, 2, "object");
  if (pre->n != of->pre->n || post->n != of->post->n)
    return luaL_error(L, "the populations of a copy are as large as those of what it copies");
  push_projection(L, n, pre, post, storage_retain(of->storage), (uint32_t)luaL_checkinteger(L, -1))->is_copy = true;
  return 1;
}

Synapses binding_check_synapses(lua_State *L, Network *n) {
  luaL_checktype(L, 2, LUA_TTABLE);
  Synapses s = { .pre = check_end(L, "pre"), .post = check_end(L, "post") };
  lua_getfield(L, 2, "pre_view");
  View pre_view = binding_check_view(L, lua_gettop(L), s.pre->n);
  lua_getfield(L, 2, "post_view");
  View post_view = binding_check_view(L, lua_gettop(L), s.post->n);
  lua_getfield(L, 2, "object");
  s.ends = (ConnectEnds){ .pre = pre_view,
                          .post = post_view,
                          .n_pre = s.pre->n,
                          .n_post = s.post->n,
                          .same_population = s.pre == s.post,
                          .seed = n->seed,
                          .object = (uint32_t)luaL_optinteger(L, -1, 0) };
  lua_getfield(L, 2, "connect");
  s.connector = binding_check_connector(L, lua_gettop(L), &s.ends, n->workers.n_threads);
  s.options = (StorageOptions){ .is_rate = is_true(L, 2, "is_rate"),
                                .is_changing = is_true(L, 2, "is_changing"),
                                .has_delays = is_true(L, 2, "has_delays"),
                                .has_values = is_true(L, 2, "has_values"),
                                .n_threads = n->workers.n_threads };
  int64_t first, last, least;
  if (is_true(L, 2, "may_part") && shared_part(n, s.post, &first, &last, &least)) {
    s.options.own_first = first;
    s.options.own_last = last;
    s.options.least = least;
  }
  return s;
}

/* net:projection{ pre = pop, post = pop, pre_view =, post_view =, connect = { kind = ... }, object =, is_rate =, is_changing =, has_delays =, has_values = (StorageOptions), may_part =, is_plain = }
** -> projection, number of the synapse of each given pair (from 1) | nil, weights of Gaussian or DoG | nil, how many synapses there are on all ranks where it holds a part */
static int network_projection(lua_State *L) {
  Error e;
  Network *n = binding_check_network(L, 1);
  const Synapses s = binding_check_synapses(L, n);
  const Connector c = s.connector;
  StorageExtras extras = { .n_all = -1 };
  Storage *storage = storage_new(&c, &s.ends, &s.options, &extras, &e);
  if (storage != NULL && interrupt_take()) {
    storage_free(storage);
    memory_free(extras.synapse_of_pair);
    memory_free(extras.weight);
    return luaL_error(L, "interrupted");
  }
  if (storage == NULL)
    return binding_raise(L, &e);
  if (c.kind == CONNECT_kernel && !connect_kernel_check(c.context, "probability", &e)) {
    storage_free(storage);
    return binding_raise(L, &e);
  }
  Projection *p = push_projection(L, n, s.pre, s.post, storage, s.ends.object);
  p->is_plain = is_true(L, 2, "is_plain");
  if (extras.n_all >= 0)
    binding_hold_part(L, p, extras.n_all);
  if (extras.synapse_of_pair != NULL) {
    push_owned(L, ARRAY_I64, extras.synapse_of_pair, c.n_pairs);
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
  memory_free(extras.synapse_of_pair);
  memory_free(extras.weight);
  if (!p->is_part)
    return 3;
  lua_pushinteger(L, p->n_all);
  return 4;
}

static int projection_count(lua_State *L) {
  lua_pushinteger(L, check_projection(L, 1)->storage->n_synapses);
  return 1;
}

/* proj:format() -> its name, see kernel.formats() */
static int projection_format(lua_State *L) {
  lua_pushstring(L, storage_name(check_projection(L, 1)->storage));
  return 1;
}

static int projection_bytes(lua_State *L) {
  lua_pushinteger(L, storage_bytes(check_projection(L, 1)->storage));
  return 1;
}

static int push_ends(lua_State *L, Side side) {
  const Storage *s = check_projection(L, 1)->storage;
  Array *a = array_new(ARRAY_I32, s->n_synapses, 0);
  binding_push_array(L, a);
  int32_t *out = (int32_t *)a->at;
  storage_neurons(s, side, 0, s->n_synapses, out);
  for (int64_t k = 0; k < s->n_synapses; k++)
    out[k]++;
  return 1;
}

static int projection_pre(lua_State *L) { return push_ends(L, SIDE_PRE); }
static int projection_post(lua_State *L) { return push_ends(L, SIDE_POST); }

static int push_fan(lua_State *L, int64_t n, Side side) {
  Array *a = array_new(ARRAY_I64, n, 0);
  binding_push_array(L, a);
  storage_fan(check_projection(L, 1)->storage, side, n, (int64_t *)a->at);
  return 1;
}

static int projection_fan_in(lua_State *L) { return push_fan(L, check_projection(L, 1)->post->n, SIDE_POST); }
static int projection_fan_out(lua_State *L) { return push_fan(L, check_projection(L, 1)->pre->n, SIDE_PRE); }

static const char *const sides[] = { [SIDE_PRE] = "pre", [SIDE_POST] = "post", NULL };

/* proj:index("pre" | "post"): what walks by neurons of that side need. */
static int projection_index(lua_State *L) {
  Error e;
  Side side = (Side)luaL_checkoption(L, 2, NULL, sides);
  if (!storage_index(check_projection(L, 1)->storage, side, network_of(L)->workers.n_threads, &e))
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

/* proj:set_pathways{ { side = "pre" | "post", event =, ms = nil | own delay, steps = }, ... }, once; proj:spread_pathway(k from 1, steps of each synapse): a
** delay for each in place of one for all. */
static int projection_pathways(lua_State *L) {
  Error e;
  Projection *p = check_projection(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  const int n = (int)lua_rawlen(L, 2);
  Pathway *made = lua_newuserdatauv(L, sizeof *made * (size_t)(n + 1), 0);
  for (int k = 0; k < n; k++) {
    Pathway *q = &made[k];
    *q = (Pathway){ .n_ages = -1 };
    lua_rawgeti(L, 2, k + 1);
    lua_getfield(L, -1, "side");
    q->side = (Side)luaL_checkoption(L, -1, NULL, sides);
    lua_getfield(L, -2, "event");
    q->event = (int)luaL_checkinteger(L, -1);
    const Population *from = q->side == SIDE_PRE ? p->pre : p->post;
    luaL_argcheck(L, q->event >= 0 && q->event <= from->n_events, 2, "no such kind of event");
    lua_getfield(L, -3, "ms");
    q->has_delay = !lua_isnil(L, -1);
    q->delay = luaL_optnumber(L, -1, 0);
    lua_getfield(L, -4, "steps");
    q->delay_steps = luaL_optinteger(L, -1, 0);
    luaL_argcheck(L, q->delay_steps >= 0 && q->delay_steps <= STORAGE_LONGEST_DELAY, 2, "no such delay");
    lua_settop(L, 3);
  }
  Pathway *list = memory_new(sizeof *list * (size_t)n);
  if (list == NULL)
    return luaL_error(L, "out of memory");
  if (n > 0)
    memcpy(list, made, sizeof *list * (size_t)n);
  if (!projection_set_pathways(p, list, n, &e))
    return binding_raise(L, &e);
  network_of(L)->is_changed = true;
  return 0;
}

static int projection_spread(lua_State *L) {
  Projection *p = check_projection(L, 1);
  lua_Integer k = luaL_checkinteger(L, 2);
  luaL_argcheck(L, k >= 1 && k <= p->n_pathways, 2, "no such pathway");
  Array *each = binding_check_array(L, 3);
  if ((each->type != ARRAY_I64 && each->type != ARRAY_I32) || !array_is_contiguous(each) || array_count(each) < p->storage->n_synapses ||
      !storage_has_lists(p->storage) || !storage_is_in_order(p->storage))
    return luaL_error(L, "whole steps, one for each synapse, expected");
  pathway_spread(&p->pathways[k - 1], each);
  network_of(L)->is_changed = true;
  return 0;
}

/* proj:delays(dt) -> ms of each synapse, where each has its own */
static int projection_delays_ms(lua_State *L) {
  Projection *p = check_projection(L, 1);
  Array *ms = array_new(ARRAY_F64, p->storage->n_synapses, 0);
  binding_push_array(L, ms);
  projection_delays(p, luaL_checknumber(L, 2), (double *)(void *)ms->at);
  return 1;
}

/* proj:set_delays(dt, longest, wants_order, ms per synapse | kind, a, b, low, high, seed, object, stream) -> least and greatest ms, what each synapse was
** before: numbers from 1; nothing where it is not wanted. Where they do not all lie in 0 .. longest, nothing is done beyond saying so. */
static int projection_delays_set(lua_State *L) {
  Error e;
  Projection *p = check_projection(L, 1);
  const int64_t n = p->storage->n_synapses;
  const double dt = luaL_checknumber(L, 2), longest = luaL_checknumber(L, 3);
  const bool is_wanted = lua_toboolean(L, 4);
  DelaySource from = { 0 };
  Array *order = NULL;
  if (lua_type(L, 5) == LUA_TSTRING) {
    from.drawn = binding_distribution(L, 5);
    from.seed = (uint64_t)luaL_checkinteger(L, 10);
    from.object = (uint32_t)luaL_checkinteger(L, 11);
    from.stream = (uint32_t)luaL_checkinteger(L, 12);
  } else {
    Array *ms = binding_to_array(L, 5, ARRAY_F64);
    if (array_count(ms) != n || !array_is_contiguous(ms))
      return luaL_error(L, "delays: %d numbers expected (one per synapse), got %d", (int)n, (int)array_count(ms));
    from.ms = (const double *)(const void *)ms->at;
  }
  if (is_wanted)
    binding_push_array(L, order = array_new(ARRAY_I64, n, 0));
  int64_t *origin = is_wanted ? (int64_t *)(void *)order->at : NULL;
  DelaySteps steps;
  if (!delay_steps_make(&steps, &from, n, dt, &e))
    return binding_raise(L, &e);
  const bool is_legal = !(steps.low < 0 || steps.high > longest);
  const bool is_done = is_legal && projection_set_delays(p, steps.list, origin, network_of(L)->workers.n_threads, &e);
  delay_steps_free(&steps);
  if (is_legal && !is_done)
    return binding_raise(L, &e);
  network_of(L)->is_changed = network_of(L)->is_changed || is_done;
  for (int64_t k = 0; k < n && is_wanted; k++)
    origin[k]++;
  lua_pushnumber(L, steps.low);
  lua_pushnumber(L, steps.high);
  if (is_wanted)
    lua_pushvalue(L, -3);
  return is_wanted ? 3 : 2;
}

/* proj:hold(): its delays are about to change; proj:move_held(where each place went, from 1; 0: it is gone) */
static int projection_hold_all(lua_State *L) {
  Error e;
  Projection *p = check_projection(L, 1);
  Network *n = network_of(L);
  if (!projection_hold(p, network_next_step(n, p->post->clock), &e))
    return binding_raise(L, &e);
  n->is_changed = true;
  return 0;
}

static int projection_held(lua_State *L) {
  Projection *p = check_projection(L, 1);
  const Array *to = binding_check_array(L, 2);
  luaL_argcheck(L, to->type == ARRAY_I64 && array_is_contiguous(to), 2, "places expected");
  projection_move_held(p, (const int64_t *)(const void *)to->at);
  return 0;
}

/* proj:delay_range(dt) -> the least and the greatest delay that occurs, in ms of steps of dt; nothing where there are no synapses */
static int projection_delay_range(lua_State *L) {
  const DelayTable *d = &check_projection(L, 1)->delays;
  const double dt = luaL_checknumber(L, 2);
  const Projection *p = check_projection(L, 1);
  if (p->is_part && p->high > 0) {
    lua_pushnumber(L, p->low);
    lua_pushnumber(L, p->high);
    return 2;
  }
  if (d->n_delays == 0)
    return 0;
  lua_pushnumber(L, d->delay[0] * dt);
  lua_pushnumber(L, d->delay[d->n_delays - 1] * dt);
  return 2;
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

/* proj:put_off([bound]): a kernel that does later what post spikes do to synapses; none: it is done at once, and what was put off now.
** proj:puts_off() -> whether it is done, else false and why not (as of the last plan) */
static int projection_put_off(lua_State *L) {
  Error e;
  Projection *p = check_projection(L, 1);
  put_off_free(p->put_off);
  p->put_off = NULL;
  network_of(L)->is_changed = true;
  if (lua_isnoneornil(L, 2))
    return 0;
  BoundKernel *b = binding_take_bound(L, 2);
  p->put_off = put_off_new(p, b, &e);
  if (p->put_off == NULL) {
    bound_free(b);
    return binding_raise(L, &e);
  }
  return 0;
}

static int projection_puts_off(lua_State *L) {
  const Projection *p = check_projection(L, 1);
  lua_pushboolean(L, p->put_off != NULL && put_off_obstacle(p->put_off) == NULL);
  lua_pushstring(L, p->put_off != NULL ? put_off_obstacle(p->put_off) : NULL);
  return 2;
}

static double prepare_flush(lua_State *L, Projection *p, Network *n) {
  Error e;
  if (!projection_prepare(p, &n->workers, &e))
    binding_raise(L, &e);
  network_derive(n);
  return luaL_optnumber(L, 2, fmax(n->t, network_clock_time(n, p->post->clock)));
}

static int projection_flush_now(lua_State *L) {
  Projection *p = check_projection(L, 1);
  Network *n = network_of(L);
  double t = prepare_flush(L, p, n);
  projection_flush(p, &n->workers, t);
  lua_pushnumber(L, t);
  return 1;
}

/* proj:show(): the same for who only looks; proj:put_back(): he has looked. */
static int projection_show_now(lua_State *L) {
  Error e;
  Projection *p = check_projection(L, 1);
  Network *n = network_of(L);
  lua_settop(L, 1);
  if (!projection_show(p, &n->workers, prepare_flush(L, p, n), &e))
    return binding_raise(L, &e);
  return 0;
}

static int projection_hide(lua_State *L) {
  projection_put_back(check_projection(L, 1));
  return 0;
}

/* proj:remove_lag(delayed), proj:add_lag(source, delayed, steps[, delayed of the lag that it goes on from]) */
static int projection_forget_lag(lua_State *L) {
  projection_remove_lag(check_projection(L, 1), binding_check_array(L, 2));
  network_of(L)->is_changed = true;
  return 0;
}

static int projection_lag(lua_State *L) {
  Error e;
  const Array *before = lua_isnoneornil(L, 5) ? NULL : binding_check_array(L, 5);
  if (!projection_add_lag(check_projection(L, 1), binding_check_array(L, 2), binding_check_array(L, 3), luaL_checkinteger(L, 4), before,
                          &e))
    return binding_raise(L, &e);
  network_of(L)->is_changed = true;
  return 0;
}

/* proj:sum(values, "pre" | "post", "sum" | "abs" | "square", out), proj:change(values, "pre" | "post", "scale" | "add", per neuron): synapses/weights.h */

static int projection_sum_weights(lua_State *L) {
  static const char *const sums[] = { "sum", "abs", "square", NULL };
  Error e;
  if (!weights_sum(check_projection(L, 1)->storage, (Side)luaL_checkoption(L, 3, NULL, sides),
                   (WeightsSum)luaL_checkoption(L, 4, NULL, sums), binding_check_array(L, 2), binding_check_array(L, 5), &e))
    return binding_raise(L, &e);
  lua_settop(L, 5);
  return 1;
}

static int projection_change_weights(lua_State *L) {
  static const char *const changes[] = { "scale", "add", NULL };
  Error e;
  if (!weights_change(check_projection(L, 1)->storage, (Side)luaL_checkoption(L, 3, NULL, sides),
                      (WeightsChange)luaL_checkoption(L, 4, NULL, changes), binding_check_array(L, 2), binding_check_array(L, 5), &e))
    return binding_raise(L, &e);
  return 0;
}

/* proj:spread("pre" | "post", per neuron) -> a value per synapse */
static int projection_spread_weights(lua_State *L) {
  Error e = { "" };
  Array *a = weights_spread(check_projection(L, 1)->storage, (Side)luaL_checkoption(L, 2, NULL, sides), binding_check_array(L, 3), &e);
  if (a == NULL)
    return binding_raise(L, &e);
  binding_push_array(L, a);
  return 1;
}

/* proj:sum_ahead(boolean): its targets hold nothing but sums that are cleared in every step. */
static int projection_sum_ahead(lua_State *L) {
  check_projection(L, 1)->may_sum_ahead = lua_toboolean(L, 2);
  network_of(L)->is_changed = true;
  return 0;
}

/* proj:synapses_of("pre" | "post", neuron from 1) -> numbers of its synapses (from 1), ascending */
static int projection_synapses_of(lua_State *L) {
  Projection *p = check_projection(L, 1);
  Side side = (Side)luaL_checkoption(L, 2, NULL, sides);
  lua_Integer neuron = luaL_checkinteger(L, 3);
  luaL_argcheck(L, neuron >= 1 && neuron <= (side == SIDE_POST ? p->post->n : p->pre->n), 3, "no such neuron");
  int64_t *out = lua_newuserdatauv(L, sizeof *out * (size_t)(p->storage->n_synapses + 1), 0);
  int64_t n = storage_of_neuron(p->storage, side, neuron - 1, out);
  for (int64_t k = 0; k < n; k++)
    out[k]++;
  push_owned(L, ARRAY_I64, out, n);
  return 1;
}

/* proj:n_places(): length of the arrays of its per-synapse variables, as kernels see them. */
static int projection_n_places(lua_State *L) {
  lua_pushinteger(L, storage_n_places(check_projection(L, 1)->storage));
  return 1;
}

/* proj:places() -> place of each synapse, from 1; nil where the places are the numbers */
static int projection_places(lua_State *L) {
  const Storage *s = check_projection(L, 1)->storage;
  if (storage_is_in_order(s))
    return 0;
  Array *a = array_new(ARRAY_I64, s->n_synapses, 0);
  binding_push_array(L, a);
  int64_t *out = (int64_t *)a->at;
  storage_places(s, 0, s->n_synapses, out);
  for (int64_t k = 0; k < s->n_synapses; k++)
    out[k]++;
  return 1;
}

/* proj:is_in_order() -> are values kept in the order of the synapses? */
static int projection_is_in_order(lua_State *L) {
  lua_pushboolean(L, storage_is_in_order(check_projection(L, 1)->storage));
  return 1;
}

/* proj:read(array) -> its values in the order of the synapses: the array itself where it has that order, else a copy.
** proj:write(array, values): put such values in their places; nothing to do where the two are one. */
static int projection_read(lua_State *L) {
  Error e;
  const Storage *s = check_projection(L, 1)->storage;
  Array *by_place = binding_check_array(L, 2);
  if (storage_is_in_order(s)) {
    lua_settop(L, 2);
    return 1;
  }
  Array *by_synapse = array_new(by_place->type, s->n_synapses, 0);
  binding_push_array(L, by_synapse);
  return weights_read(s, by_place, by_synapse, &e) ? 1 : binding_raise(L, &e);
}

static int projection_write(lua_State *L) {
  Error e;
  Array *by_place = binding_check_array(L, 2), *by_synapse = binding_check_array(L, 3);
  if (by_place != by_synapse && !weights_write(check_projection(L, 1)->storage, by_synapse, by_place, &e))
    return binding_raise(L, &e);
  return 0;
}

/* projection:forget(): what is under way arrives nowhere. */
static int projection_forget_all(lua_State *L) {
  projection_forget(check_projection(L, 1));
  return 0;
}

/* projection:remove(): out of the network; nothing refers to it any more. */
static int projection_remove(lua_State *L) {
  Handle *h = binding_check_handle(L, 1, BINDING_PROJECTION);
  network_remove_projection(h->network, h->object);
  h->object = NULL;
  return 0;
}

static const luaL_Reg methods[] = {
  { "remove", projection_remove },
  { "count", projection_count },
  { "format", projection_format },
  { "bytes", projection_bytes },
  { "pre", projection_pre },
  { "post", projection_post },
  { "fan_in", projection_fan_in },
  { "fan_out", projection_fan_out },
  { "index", projection_index },
  { "set_pathways", projection_pathways },
  { "spread_pathway", projection_spread },
  { "set_delay", projection_delay },
  { "set_delays", projection_delays_set },
  { "delays", projection_delays_ms },
  { "delay_range", projection_delay_range },
  { "hold", projection_hold_all },
  { "move_held", projection_held },
  { "set_kernels", projection_set_kernels },
  { "clear_flushes", projection_forget_flushes },
  { "add_flush", projection_flushes },
  { "put_off", projection_put_off },
  { "puts_off", projection_puts_off },
  { "flush", projection_flush_now },
  { "show", projection_show_now },
  { "put_back", projection_hide },
  { "forget", projection_forget_all },
  { "remove_lag", projection_forget_lag },
  { "add_lag", projection_lag },
  { "sum", projection_sum_weights },
  { "change", projection_change_weights },
  { "spread", projection_spread_weights },
  { "synapses_of", projection_synapses_of },
  { "n_places", projection_n_places },
  { "is_in_order", projection_is_in_order },
  { "places", projection_places },
  { "read", projection_read },
  { "write", projection_write },
  { "sum_ahead", projection_sum_ahead },
  { NULL, NULL },
};

static const luaL_Reg network_methods[] = { { "projection", network_projection },
                                            { "projection_copy", network_projection_copy },
                                            { NULL, NULL } };

void binding_open_projection(lua_State *L) {
  binding_new_type(L, BINDING_PROJECTION, methods, NULL);
  binding_add_methods(L, BINDING_NETWORK, network_methods);
}
