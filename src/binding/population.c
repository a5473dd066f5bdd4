/* Populations in Lua: handles to engine/population.h. */
#include <lauxlib.h>
#include <math.h>

#include "binding/array.h"
#include "binding/engine.h"
#include "binding/sound.h"

static Population *check_population(lua_State *L, int index) { return binding_check_handle(L, index, BINDING_POPULATION)->object; }
static Network *network_of(lua_State *L) { return binding_check_handle(L, 1, BINDING_POPULATION)->network; }

/* net:population(n, clock, object) */
static int network_population(lua_State *L) {
  Error e;
  Network *n = binding_check_network(L, 1);
  int clock = binding_check_clock(L, 3, n);
  Population *p = population_new(luaL_checkinteger(L, 2), clock, (uint32_t)luaL_checkinteger(L, 4), &e);
  if (p == NULL || !network_add_population(n, p, &e))
    return binding_raise(L, &e);
  binding_push_handle(L, 1, BINDING_POPULATION, n, p);
  return 1;
}

static int population_set_kernels(lua_State *L) {
  return binding_set_kernels(L, network_of(L), check_population(L, 1)->kernels, OWNER_POPULATION);
}

/* pop:set_rates(array, name): a Poisson population; the array holds its rates in Hz, one for all or one each, from now on. */
static int population_rates(lua_State *L) {
  Error e;
  Population *p = check_population(L, 1);
  Network *n = network_of(L);
  Array *rates = binding_check_array(L, 2);
  int64_t count = array_count(rates);
  if ((count != 1 && count != p->n) || (rates->type != ARRAY_F64 && rates->type != ARRAY_F32) || !array_is_contiguous(rates))
    return luaL_error(L, "rates: 1 or %d numbers expected, got %d", (int)p->n, (int)count);
  if (!population_set_rates(p, rates, luaL_checkstring(L, 3), n->clocks[p->clock].dt, n->seed, &e))
    return binding_raise(L, &e);
  return 0;
}

/* pop:set_spikes(neurons from 1, times in ms [, period]): a population that emits given spikes. */
static int population_set_spikes(lua_State *L) {
  Error e;
  Population *p = check_population(L, 1);
  Array *neurons = binding_to_array(L, 2, ARRAY_I32), *times = binding_to_array(L, 3, ARRAY_F64);
  int64_t n = array_count(neurons);
  if (n != array_count(times))
    return luaL_error(L, "spikes: as many neurons as times expected, got %d and %d", (int)n, (int)array_count(times));
  int32_t *from_zero = lua_newuserdatauv(L, sizeof *from_zero * (size_t)(n + 1), 0);
  double *at = lua_newuserdatauv(L, sizeof *at * (size_t)(n + 1), 0);
  for (int64_t k = 0; k < n; k++) {
    from_zero[k] = (int32_t)array_get(neurons, k) - 1;
    at[k] = array_get(times, k);
  }
  if (p->list == NULL && (p->list = spike_list_new(p->n, &e)) == NULL)
    return binding_raise(L, &e);
  if (!spike_list_set(p->list, from_zero, at, n, network_of(L)->clocks[p->clock].dt, luaL_optnumber(L, 4, 0), &e))
    return binding_raise(L, &e);
  return 0;
}

/* pop:own() -> first, last: neurons that this rank computes, from 1; nil, why: it computes all. Nothing before the first run, and on one rank. */
static int population_own(lua_State *L) {
  const Population *p = check_population(L, 1);
  if (!p->is_shared) {
    lua_pushnil(L);
    lua_pushstring(L, p->why_whole);
    return 2;
  }
  lua_pushinteger(L, p->own_first + 1);
  lua_pushinteger(L, p->own_last);
  return 2;
}

/* pop:add_event(name): a kind of event beside spikes, numbered from 1. */
static int population_event(lua_State *L) {
  Error e;
  if (!population_add_event(check_population(L, 1), luaL_checkstring(L, 2), &e))
    return binding_raise(L, &e);
  network_of(L)->is_changed = true;
  return 0;
}

/* pop:t_last() -> array [n] of the times of the last spikes */
static int population_t_last(lua_State *L) {
  Population *p = check_population(L, 1);
  if (p->t_last == NULL) {
    p->t_last = array_new(ARRAY_F64, p->n, 0);
    if (p->t_last == NULL)
      return luaL_error(L, "out of memory");
    array_fill(p->t_last, POPULATION_NO_SPIKE);
  }
  binding_push_array(L, array_retain(p->t_last));
  return 1;
}

/* pop:count_rate(array, window) */
static int population_rate(lua_State *L) {
  Error e;
  Population *p = check_population(L, 1);
  Array *rate = binding_check_array(L, 2);
  if (!population_count_rate(p, rate, luaL_checknumber(L, 3), network_of(L)->clocks[p->clock].dt, &e))
    return binding_raise(L, &e);
  return 0;
}

/* pop:add_drive(stream, array, name) */
static int population_drive(lua_State *L) {
  Error e;
  Population *p = check_population(L, 1);
  Stream *s = binding_check_stream(L, 2);
  Array *target = binding_check_array(L, 3);
  if (!population_add_drive(p, s, target, luaL_checkstring(L, 4), network_of(L)->clocks[p->clock].dt, &e))
    return binding_raise(L, &e);
  network_of(L)->is_changed = true;
  lua_getiuservalue(L, 1, 1); /* the network keeps the stream's userdata alive: its functions may be Lua's */
  lua_getiuservalue(L, -1, 1);
  lua_pushvalue(L, 2);
  lua_rawsetp(L, -2, s);
  return 0;
}

/* pop:move_drives(before, after): the array of a driven variable was replaced. */
static int population_redirect(lua_State *L) {
  Array *after = binding_check_array(L, 3);
  population_move_drives(check_population(L, 1), binding_check_array(L, 2), after);
  return 0;
}

/* pop:remove_drive(array): what it sets is over. */
static int population_undrive(lua_State *L) {
  population_remove_drive(check_population(L, 1), binding_check_array(L, 2));
  network_of(L)->is_changed = true;
  return 0;
}

/* Does a drive of any population read the stream? */
static bool is_read(const Network *n, const Stream *s) {
  for (int k = 0; k < n->n_populations; k++)
    for (int i = 0; i < n->populations[k]->n_drives; i++)
      if (n->populations[k]->drives[i].stream == s)
        return true;
  return false;
}

/* pop:remove(): out of the network; nothing refers to it any more. */
static int population_remove(lua_State *L) {
  Handle *h = binding_check_handle(L, 1, BINDING_POPULATION);
  Population *p = h->object;
  const int n_streams = p->n_drives;
  const Stream **streams = lua_newuserdatauv(L, sizeof *streams * (size_t)(n_streams + 1), 0);
  for (int k = 0; k < n_streams; k++)
    streams[k] = p->drives[k].stream;
  lua_getiuservalue(L, 1, 1);
  lua_getiuservalue(L, -1, 1);
  network_remove_population(h->network, p);
  h->object = NULL;
  for (int k = 0; k < n_streams; k++)
    if (!is_read(h->network, streams[k])) {
      lua_pushnil(L);
      lua_rawsetp(L, -2, streams[k]); /* nobody needs its userdata any more */
    }
  return 0;
}

/* pop:forget_spikes() */
static int population_forget(lua_State *L) {
  population_forget_spikes(check_population(L, 1));
  return 0;
}

/* pop:spikes() -> numbers (from 1) of the neurons that spiked in the last step */
static int population_last_spikes(lua_State *L) {
  Population *p = check_population(L, 1);
  Network *n = network_of(L);
  int64_t step = n->clocks[p->clock].step;
  const Spikes *s = population_spikes(p, step); /* during a step: this one; between steps: the one before */
  if (s->step != step || !n->is_running)
    s = population_spikes(p, step - 1);
  Array *a = array_new(ARRAY_I32, s->n, 0);
  binding_push_array(L, a);
  for (int64_t k = 0; k < s->n; k++)
    ((int32_t *)a->at)[k] = s->neuron[k] + 1;
  return 1;
}

static int population_n_spikes(lua_State *L) {
  lua_pushinteger(L, check_population(L, 1)->n_spikes_total);
  return 1;
}

static int population_describe_source(lua_State *L) {
  Population *p = check_population(L, 1);
  char text[256] = "";
  if (p->poisson != NULL)
    poisson_describe(p->poisson, text, sizeof text);
  lua_pushstring(L, text);
  return 1;
}

static const luaL_Reg methods[] = {
  { "remove", population_remove },
  { "set_kernels", population_set_kernels },
  { "set_rates", population_rates },
  { "set_spikes", population_set_spikes },
  { "add_event", population_event },
  { "own", population_own },
  { "t_last", population_t_last },
  { "count_rate", population_rate },
  { "add_drive", population_drive },
  { "move_drives", population_redirect },
  { "remove_drive", population_undrive },
  { "forget_spikes", population_forget },
  { "spikes", population_last_spikes },
  { "n_spikes", population_n_spikes },
  { "describe_source", population_describe_source },
  { NULL, NULL },
};

static const luaL_Reg network_methods[] = { { "population", network_population }, { NULL, NULL } };

void binding_open_population(lua_State *L) {
  binding_new_type(L, BINDING_POPULATION, methods, NULL);
  binding_add_methods(L, BINDING_NETWORK, network_methods);
}
