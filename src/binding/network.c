/* Networks in Lua: clocks, runs, and what belongs to no single object. */
#include <lauxlib.h>
#include <math.h>

#include "binding/array.h"
#include "binding/engine.h"
#include "engine/run.h"

/* engine.network(dt, seed, precision, threads) */
int binding_network_new(lua_State *L) {
  static const char *const precisions[] = { "float64", "float32", NULL };
  Error e;
  double dt = luaL_checknumber(L, 1);
  lua_Integer seed = luaL_checkinteger(L, 2), n_threads = luaL_checkinteger(L, 4);
  int is_f32 = luaL_checkoption(L, 3, NULL, precisions);
  Network **box = lua_newuserdatauv(L, sizeof *box, 1);
  *box = NULL;
  luaL_setmetatable(L, BINDING_NETWORK);
  lua_newtable(L); /* what callbacks need: operation -> function */
  lua_setiuservalue(L, -2, 1);
  *box = network_new(dt, (uint64_t)seed, is_f32, n_threads, &e);
  return *box == NULL ? binding_raise(L, &e) : 1;
}

static int network_gc(lua_State *L) {
  Network **box = luaL_checkudata(L, 1, BINDING_NETWORK);
  network_free(*box);
  *box = NULL;
  return 0;
}

static int network_clock_of(lua_State *L) {
  Error e;
  Network *n = binding_check_network(L, 1);
  int clock = network_clock(n, luaL_checknumber(L, 2), &e);
  if (clock < 0)
    return binding_raise(L, &e);
  lua_pushinteger(L, clock);
  return 1;
}

/* net:dt_array(clock): the array that kernels read dt from; net:clock_step(clock): number of its next step. */
static int network_dt_array(lua_State *L) {
  Network *n = binding_check_network(L, 1);
  binding_push_array(L, array_retain(n->clocks[binding_check_clock(L, 2, n)].dt_array));
  return 1;
}

/* net:n_clocks() */
static int network_n_clocks(lua_State *L) {
  lua_pushinteger(L, binding_check_network(L, 1)->n_clocks);
  return 1;
}

static int network_clock_step(lua_State *L) {
  Network *n = binding_check_network(L, 1);
  int clock = binding_check_clock(L, 2, n);
  lua_pushinteger(L, network_next_step(n, clock));
  return 1;
}

static const char *const result_names[] = { "done", "stopped", "interrupted", "failed", "not finite" };

/* Errors of callbacks travel as the Lua value in the network's user value, under "error": the run then ended with "raised". */
static int push_result(lua_State *L, RunResult result, const Error *e) {
  lua_getiuservalue(L, 1, 1);
  if (lua_getfield(L, -1, "error") != LUA_TNIL) {
    lua_pushnil(L);
    lua_setfield(L, -3, "error");
    lua_pushliteral(L, "raised");
    lua_insert(L, -2);
    return 2;
  }
  lua_pushstring(L, result_names[result]);
  if (result != RUN_FAILED && result != RUN_NOT_FINITE)
    return 1;
  lua_pushstring(L, e->text);
  return 2;
}

static int run_network(lua_State *L, double until, bool only_one) {
  Network *n = binding_check_network(L, 1);
  Error e = { "" };
  lua_State *outer = binding_call_on(L);
  RunResult result = only_one ? network_step(n, &e) : network_run(n, until, &e);
  binding_call_on(outer);
  return push_result(L, result, &e);
}

/* net:run(until) -> "done" | "stopped" | "interrupted", or "failed" | "not finite" | "raised" and the error */
static int network_run_until(lua_State *L) { return run_network(L, luaL_checknumber(L, 2), false); }
static int network_one_step(lua_State *L) { return run_network(L, INFINITY, true); }

bool binding_is_run(lua_CFunction f) { return f == network_run_until || f == network_one_step; }

static int network_request_stop(lua_State *L) {
  network_stop(binding_check_network(L, 1));
  return 0;
}

static int network_time(lua_State *L) {
  lua_pushnumber(L, binding_check_network(L, 1)->t);
  return 1;
}

static int network_is_running(lua_State *L) {
  lua_pushboolean(L, binding_check_network(L, 1)->is_running);
  return 1;
}

/* net:split(n): for tests: cut everything that can be cut into n parts, always; 0: where that is faster. */
static int network_split(lua_State *L) {
  Network *n = binding_check_network(L, 1);
  Error e;
  if (!workers_split(&n->workers, luaL_checkinteger(L, 2), &e))
    return binding_raise(L, &e);
  n->is_changed = true; /* small kernels were prepared to run whole */
  return 0;
}

static int network_hold_native(lua_State *L) {
  binding_check_network(L, 1)->hold_native_until = luaL_checkinteger(L, 2);
  return 0;
}

/* net:plan() -> number of the plan by which the next run goes: the same as long as nothing was changed but values. */
static int network_plan(lua_State *L) {
  Network *n = binding_check_network(L, 1);
  lua_pushinteger(L, n->n_plans + n->is_changed);
  return 1;
}

static int network_derive_now(lua_State *L) {
  network_derive(binding_check_network(L, 1));
  return 0;
}

/* net:new_object(): the next object number, for random streams. */
static int network_new_object(lua_State *L) {
  lua_pushinteger(L, ++binding_check_network(L, 1)->n_objects);
  return 1;
}

/* net:made() -> numbers of objects, clocks, operations, recorders, recorders of spikes that it has made */
static int network_all_made(lua_State *L) {
  Made m = network_made(binding_check_network(L, 1));
  const int64_t numbers[] = { m.objects, m.clocks, m.operations, m.recorders, m.spike_recorders };
  for (int k = 0; k < 5; k++)
    lua_pushinteger(L, numbers[k]);
  return 5;
}

/* net:forget_since(what net:made() gave): what was made since is gone, and its numbers are free again. */
static int network_forget_made(lua_State *L) {
  Network *n = binding_check_network(L, 1);
  network_forget_since(n, (Made){ luaL_checkinteger(L, 2), luaL_checkinteger(L, 3), luaL_checkinteger(L, 4), luaL_checkinteger(L, 5),
                                  luaL_checkinteger(L, 6) });
  return 0;
}

/* net:watch(array, name) and net:forget_watch(array) */
static int network_watch_array(lua_State *L) {
  Error e;
  if (!watches_add(&binding_check_network(L, 1)->watches, binding_check_array(L, 2), luaL_checkstring(L, 3), &e))
    return binding_raise(L, &e);
  return 0;
}

static int network_forget_array(lua_State *L) {
  watches_forget(&binding_check_network(L, 1)->watches, binding_check_array(L, 2));
  return 0;
}

/* net:told() -> how often ranks have told each other their spikes, bytes that this one has sent and received, of how many steps that was, and after how many at the
** latest they do; 0: they share nothing */
static int network_told(lua_State *L) {
  const Telling *t = &binding_check_network(L, 1)->telling;
  lua_pushinteger(L, t->n_times);
  lua_pushinteger(L, t->n_sent);
  lua_pushinteger(L, t->n_received);
  lua_pushinteger(L, t->n_steps);
  lua_pushinteger(L, telling_longest(binding_check_network(L, 1)));
  return 5;
}

/* net:derived(bound [, projection]) -> light userdata for net:forget_derived */
static int network_derived(lua_State *L) {
  Error e;
  Network *n = binding_check_network(L, 1);
  Projection *p = lua_isnoneornil(L, 3) ? NULL : binding_check_handle(L, 3, BINDING_PROJECTION)->object;
  BoundKernel *b = binding_take_bound(L, 2);
  if (!network_add_derived(n, b, p, &e))
    return binding_raise(L, &e);
  lua_pushlightuserdata(L, b);
  return 1;
}

static int network_forget(lua_State *L) {
  network_forget_derived(binding_check_network(L, 1), lua_touserdata(L, 2));
  return 0;
}

/* net:set_seed(seed) */
static int network_reseed(lua_State *L) {
  network_set_seed(binding_check_network(L, 1), (uint64_t)luaL_checkinteger(L, 2));
  return 0;
}

static const luaL_Reg methods[] = {
  { "set_seed", network_reseed },
  { "clock", network_clock_of },
  { "dt_array", network_dt_array },
  { "n_clocks", network_n_clocks },
  { "clock_step", network_clock_step },
  { "run", network_run_until },
  { "step", network_one_step },
  { "stop", network_request_stop },
  { "time", network_time },
  { "is_running", network_is_running },
  { "split", network_split },
  { "hold_native", network_hold_native },
  { "plan", network_plan },
  { "derive", network_derive_now },
  { "new_object", network_new_object },
  { "made", network_all_made },
  { "forget_since", network_forget_made },
  { "watch", network_watch_array },
  { "forget_watch", network_forget_array },
  { "told", network_told },
  { "derived", network_derived },
  { "forget_derived", network_forget },
  { NULL, NULL },
};

void binding_open_network(lua_State *L) { binding_new_type(L, BINDING_NETWORK, methods, network_gc); }
