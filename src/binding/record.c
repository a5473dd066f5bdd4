/* Recorders in Lua: handles to engine/record.h. */
#include <lauxlib.h>
#include <math.h>

#include "binding/array.h"
#include "binding/engine.h"
#include "binding/files.h"

static Recorder *check_recorder(lua_State *L) { return binding_check_handle(L, 1, BINDING_RECORDER)->object; }
static SpikeRecorder *check_spikes(lua_State *L) { return binding_check_handle(L, 1, BINDING_SPIKE_RECORDER)->object; }

/* Numbers from 1 at `index` (or nil) as int64 from 0, kept alive on the stack. */
static int64_t *check_places(lua_State *L, int index, int64_t n_all, int64_t *n) {
  *n = 0;
  if (lua_isnoneornil(L, index))
    return NULL;
  Array *a = binding_to_array(L, index, ARRAY_I64);
  *n = array_count(a);
  int64_t *places = lua_newuserdatauv(L, sizeof *places * (size_t)(*n + 1), 0);
  for (int64_t k = 0; k < *n; k++) {
    double x = array_get(a, k);
    if (!(x >= 1 && x <= (double)n_all))
      luaL_error(L, "element %d of the selection is %d: it must lie in 1 .. %d", (int)k + 1, (int)x, (int)n_all);
    places[k] = (int64_t)x - 1;
  }
  return places;
}

/* What kernels of the role "look" a population or projection has. */
static const BoundList *looks_of(lua_State *L, int index) {
  if (lua_isnoneornil(L, index))
    return NULL;
  if (luaL_testudata(L, index, BINDING_POPULATION) != NULL)
    return &((Population *)binding_check_handle(L, index, BINDING_POPULATION)->object)->kernels[ROLE_LOOK];
  return &((Projection *)binding_check_handle(L, index, BINDING_PROJECTION)->object)->kernels[ROLE_LOOK_SYNAPSES];
}

/* net:recorder(array, places | nil, clock, every, projection to flush | nil, population or projection that computes the array | nil) */
static int network_recorder(lua_State *L) {
  Error e;
  Network *n = binding_check_network(L, 1);
  Array *source = binding_check_array(L, 2);
  int64_t n_places;
  int64_t *places = check_places(L, 3, array_count(source), &n_places);
  int clock = binding_check_clock(L, 4, n);
  Projection *p = lua_isnoneornil(L, 6) ? NULL : binding_check_handle(L, 6, BINDING_PROJECTION)->object;
  Schedule s = schedule_new(luaL_checknumber(L, 5), 0, false, n->clocks[clock].dt, n->clocks[clock].step);
  Recorder *r = recorder_new(source, places, n_places, clock, s, &e);
  if (r == NULL)
    return binding_raise(L, &e);
  r->flushed = p;
  r->look = looks_of(L, 7);
  if (!network_add_recorder(n, r, &e))
    return binding_raise(L, &e);
  binding_push_handle(L, 1, BINDING_RECORDER, n, r);
  return 1;
}

/* The arrays of a list, kept alive there; NULL where there is no list. */
static Array **check_arrays(lua_State *L, int index, const Population *p, int *n) {
  *n = lua_isnoneornil(L, index) ? 0 : (int)lua_rawlen(L, index);
  Array **arrays = *n == 0 ? NULL : lua_newuserdatauv(L, sizeof *arrays * (size_t)*n, 0);
  for (int k = 0; k < *n; k++) {
    lua_rawgeti(L, index, k + 1);
    arrays[k] = binding_check_array(L, -1);
    luaL_argcheck(L, array_count(arrays[k]) == p->n || array_count(arrays[k]) == 1, index, "a value for each neuron expected");
    lua_pop(L, 1);
  }
  return arrays;
}

/* net:spike_recorder(population, neurons | nil, kind of event: 0 spikes, { arrays to be taken at the spikes } | nil) */
static int network_spike_recorder(lua_State *L) {
  Error e;
  Network *n = binding_check_network(L, 1);
  Population *p = binding_check_handle(L, 2, BINDING_POPULATION)->object;
  lua_settop(L, 5);
  int64_t n_wanted;
  int64_t *wanted = check_places(L, 3, p->n, &n_wanted);
  int n_columns;
  Array **columns = check_arrays(L, 5, p, &n_columns);
  lua_Integer event = luaL_optinteger(L, 4, 0);
  luaL_argcheck(L, event >= 0 && event <= p->n_events, 4, "no such kind of event");
  SpikeRecorder *r = spike_recorder_new(p, (int)event, wanted, n_wanted, columns, n_columns, p->clock, &e);
  if (r == NULL || !network_add_spike_recorder(n, r, &e))
    return binding_raise(L, &e);
  binding_push_handle(L, 1, BINDING_SPIKE_RECORDER, n, r);
  return 1;
}

/* recorder:widen(array): the source was replaced. */
static int widen(lua_State *L) {
  Error e;
  if (!recorder_widen(check_recorder(L), binding_check_array(L, 2), &e))
    return binding_raise(L, &e);
  return 0;
}

/* The first elements of an array that is to be filled come from a dataset of the file at stack place 2, whose path is at 3. */
static void read_taken(lua_State *L, ArrayType type, int64_t n_rows, void *to, int64_t n) {
  Error e;
  if (n_rows > 0 && !hdf5_read_into(binding_check_hdf5(L, 2), luaL_checkstring(L, 3), type, 0, n_rows, to, n, &e))
    binding_raise(L, &e);
}

/* recorder:rows([file, path]), recorder:times([file, path]): all; those that were handed over from the file */
static int rows(lua_State *L) {
  lua_settop(L, 3);
  Recorder *r = check_recorder(L);
  Array *a = recorder_rows(r);
  binding_push_array(L, a);
  read_taken(L, a->type, r->n_taken, a->at, r->n_taken * r->n_columns);
  return 1;
}

static int times(lua_State *L) {
  lua_settop(L, 3);
  Recorder *r = check_recorder(L);
  Array *a = recorder_times(r);
  binding_push_array(L, a);
  read_taken(L, a->type, r->n_taken, a->at, r->n_taken);
  return 1;
}

/* recorder:add_squares(target, weights | nil, sums): of the rows in memory */
static int add_squares(lua_State *L) {
  Error e;
  const Array *weight = lua_isnoneornil(L, 3) ? NULL : binding_check_array(L, 3);
  if (!recorder_add_squares(check_recorder(L), binding_check_array(L, 2), weight, binding_check_array(L, 4), &e))
    return binding_raise(L, &e);
  return 0;
}

static int count(lua_State *L) {
  Recorder *r = check_recorder(L);
  lua_pushinteger(L, r->n_taken + r->n_rows);
  return 1;
}

/* recorder:n_taken(): how many of its rows were handed over */
static int n_taken(lua_State *L) {
  lua_pushinteger(L, check_recorder(L)->n_taken);
  return 1;
}

/* recorder:forget_taken(): those are nowhere any more */
static int forget_taken(lua_State *L) {
  check_recorder(L)->n_taken = 0;
  return 0;
}

/* recorder:width(): how many elements a row has */
static int width(lua_State *L) {
  lua_pushinteger(L, check_recorder(L)->n_columns);
  return 1;
}

static int bytes(lua_State *L) {
  lua_pushinteger(L, recorder_bytes(check_recorder(L)));
  return 1;
}

/* Numbers from 1 (0: none) to positions from 0 (-1), kept alive on the stack. */
static int64_t *check_columns(lua_State *L, int index, int64_t n_all, int64_t *n) {
  Array *a = binding_to_array(L, index, ARRAY_I64);
  *n = array_count(a);
  int64_t *out = lua_newuserdatauv(L, sizeof *out * (size_t)(*n + 1), 0);
  for (int64_t k = 0; k < *n; k++) {
    double x = array_get(a, k);
    luaL_argcheck(L, x >= 0 && x <= (double)n_all, index, "no such element");
    out[k] = (int64_t)x - 1;
  }
  return out;
}

/* recorder:follow(array, places, old columns): see recorder_follow; numbers from 1, 0 for none. */
static int follow(lua_State *L) {
  Error e;
  Recorder *r = check_recorder(L);
  Array *source = binding_check_array(L, 2);
  int64_t n, n_from;
  int64_t *places = check_columns(L, 3, array_count(source), &n), *from = check_columns(L, 4, r->n_columns, &n_from);
  luaL_argcheck(L, n == n_from, 4, "an old column for each new one expected");
  if (!recorder_follow(r, source, places, from, n, &e))
    return binding_raise(L, &e);
  return 0;
}

static int clear(lua_State *L) {
  recorder_clear(check_recorder(L));
  return 0;
}

static int set_active(lua_State *L) {
  Recorder *r = check_recorder(L);
  record_turn(&r->active, lua_toboolean(L, 2), network_next_step(binding_check_handle(L, 1, BINDING_RECORDER)->network, r->clock));
  return 0;
}

/* recorder:neurons([file, path]), recorder:times([file, path]), recorder:steps([file, path]): of all spikes. In files neurons are numbered from 0, and there are
** no steps but times. */
static int spike_neurons(lua_State *L) {
  lua_settop(L, 3);
  SpikeRecorder *r = check_spikes(L);
  Array *a = spike_recorder_neurons(r);
  binding_push_array(L, a);
  Array *ids = array_new(ARRAY_I64, r->n_taken, 0);
  binding_push_array(L, ids);
  read_taken(L, ARRAY_I64, r->n_taken, ids->at, r->n_taken);
  for (int64_t k = 0; k < r->n_taken; k++)
    ((int32_t *)a->at)[k] = (int32_t)((const int64_t *)ids->at)[k] + 1;
  lua_pop(L, 1);
  return 1;
}

static double spike_dt(lua_State *L) {
  Handle *h = binding_check_handle(L, 1, BINDING_SPIKE_RECORDER);
  return h->network->clocks[((SpikeRecorder *)h->object)->clock].dt;
}

static int spike_times(lua_State *L) {
  lua_settop(L, 3);
  SpikeRecorder *r = check_spikes(L);
  Array *a = spike_recorder_times(r, spike_dt(L));
  binding_push_array(L, a);
  read_taken(L, ARRAY_F64, r->n_taken, a->at, r->n_taken);
  return 1;
}

static int spike_steps(lua_State *L) {
  lua_settop(L, 3);
  SpikeRecorder *r = check_spikes(L);
  double dt = spike_dt(L);
  Array *a = spike_recorder_steps(r);
  binding_push_array(L, a);
  Array *taken = array_new(ARRAY_F64, r->n_taken, 0);
  binding_push_array(L, taken);
  read_taken(L, ARRAY_F64, r->n_taken, taken->at, r->n_taken);
  for (int64_t k = 0; k < r->n_taken; k++)
    ((int64_t *)a->at)[k] = llround(((const double *)taken->at)[k] / dt);
  lua_pop(L, 1);
  return 1;
}

static int check_column(lua_State *L, const SpikeRecorder *r) {
  lua_Integer k = luaL_checkinteger(L, 2);
  luaL_argcheck(L, k >= 1 && k <= r->n_columns, 2, "no such column");
  return (int)k - 1;
}

/* recorder:values(column, [file, path]) */
static int spike_values(lua_State *L) {
  lua_settop(L, 4);
  SpikeRecorder *r = check_spikes(L);
  int k = check_column(L, r);
  lua_remove(L, 2);
  Array *a = spike_recorder_values(r, k);
  binding_push_array(L, a);
  read_taken(L, a->type, r->n_taken, a->at, r->n_taken);
  return 1;
}

/* recorder:follow(column, array): the source was replaced. */
static int spike_follow(lua_State *L) {
  SpikeRecorder *r = check_spikes(L);
  int k = check_column(L, r);
  Array *source = binding_check_array(L, 3);
  luaL_argcheck(L, source->type == r->columns[k].at.source->type, 3, "another type");
  spike_recorder_follow(r, k, source);
  return 0;
}

static int spike_count(lua_State *L) {
  SpikeRecorder *r = check_spikes(L);
  lua_pushinteger(L, r->n_taken + r->n);
  return 1;
}

static int spike_n_taken(lua_State *L) {
  lua_pushinteger(L, check_spikes(L)->n_taken);
  return 1;
}

static int spike_forget_taken(lua_State *L) {
  check_spikes(L)->n_taken = 0;
  return 0;
}

static int spike_bytes(lua_State *L) {
  lua_pushinteger(L, spike_recorder_bytes(check_spikes(L)));
  return 1;
}

static int spike_clear(lua_State *L) {
  spike_recorder_clear(check_spikes(L));
  return 0;
}

static int spike_set_active(lua_State *L) {
  SpikeRecorder *r = check_spikes(L);
  record_turn(&r->active, lua_toboolean(L, 2), network_next_step(binding_check_handle(L, 1, BINDING_SPIKE_RECORDER)->network, r->clock));
  return 0;
}

/* recorder:id(): its number among those of its kind */
static int id(lua_State *L) {
  lua_pushinteger(L, check_recorder(L)->id);
  return 1;
}

static int spike_id(lua_State *L) {
  lua_pushinteger(L, check_spikes(L)->id);
  return 1;
}

static int recorder_remove(lua_State *L) {
  Handle *h = binding_check_handle(L, 1, BINDING_RECORDER);
  network_remove_recorder(h->network, h->object);
  h->object = NULL;
  return 0;
}

static int spike_remove(lua_State *L) {
  Handle *h = binding_check_handle(L, 1, BINDING_SPIKE_RECORDER);
  network_remove_spike_recorder(h->network, h->object);
  h->object = NULL;
  return 0;
}

/* net:skip_recorders(n, of spikes): the next recorder of the kind gets a number above n */
static int network_skip_recorders(lua_State *L) {
  Network *n = binding_check_network(L, 1);
  lua_Integer last = luaL_checkinteger(L, 2);
  int64_t *made = lua_toboolean(L, 3) ? &n->n_spike_recorders_made : &n->n_recorders_made;
  if (last > *made && last < INT32_MAX)
    *made = last;
  return 0;
}

static const luaL_Reg recorder_methods[] = {
  { "id", id },
  { "remove", recorder_remove },
  { "widen", widen },
  { "rows", rows },
  { "times", times },
  { "add_squares", add_squares },
  { "count", count },
  { "clear", clear },
  { "set_active", set_active },
  { "follow", follow },
  { "bytes", bytes },
  { "width", width },
  { "n_taken", n_taken },
  { "forget_taken", forget_taken },
  { NULL, NULL },
};

static const luaL_Reg spike_methods[] = {
  { "id", spike_id },
  { "remove", spike_remove },
  { "neurons", spike_neurons },
  { "times", spike_times },
  { "steps", spike_steps },
  { "values", spike_values },
  { "follow", spike_follow },
  { "count", spike_count },
  { "clear", spike_clear },
  { "set_active", spike_set_active },
  { "bytes", spike_bytes },
  { "n_taken", spike_n_taken },
  { "forget_taken", spike_forget_taken },
  { NULL, NULL },
};

static const luaL_Reg network_methods[] = {
  { "recorder", network_recorder },
  { "spike_recorder", network_spike_recorder },
  { "skip_recorders", network_skip_recorders },
  { NULL, NULL },
};

void binding_open_record(lua_State *L) {
  binding_new_type(L, BINDING_RECORDER, recorder_methods, NULL);
  binding_new_type(L, BINDING_SPIKE_RECORDER, spike_methods, NULL);
  binding_add_methods(L, BINDING_NETWORK, network_methods);
}
