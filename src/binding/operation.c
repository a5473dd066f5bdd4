/* Operations in Lua: something periodic, kernels or a function that is called back. */
#include <lauxlib.h>
#include <string.h>

#include "base/parallel.h"
#include "binding/engine.h"

/* ---- callbacks ---- */

static lua_State *calling; /* the coroutine in which a network runs: callbacks run on its stack */

lua_State *binding_call_on(lua_State *L) {
  lua_State *before = calling;
  calling = L;
  return before;
}

/* Length of the text of a traceback up to the line of its frame `n`, counted from 1: one line each, a note about tail calls may follow. The whole where
** Lua has left out frames before it. */
static size_t traceback_length(const char *text, const char *frames, int n) {
  const char *line = strchr(frames, '\n');
  for (int k = 1; line != NULL; line = strchr(line + 1, '\n')) {
    if (strncmp(line, "\n\t...", 5) == 0)
      return strlen(text);
    if (strncmp(line, "\n\t(...", 6) != 0 && k++ == n)
      return (size_t)(line - text);
  }
  return strlen(text);
}

/* The message with the frames of the operation; those that called the run belong to the error that the run raises. */
static int traceback(lua_State *L) {
  if (lua_type(L, 1) != LUA_TSTRING)
    return 1;
  size_t n_message = lua_rawlen(L, 1);
  luaL_traceback(L, L, lua_tostring(L, 1), 1);
  lua_Debug ar;
  for (int level = 1; lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "f", &ar);
    lua_CFunction f = lua_tocfunction(L, -1);
    lua_pop(L, 1);
    if (binding_is_run(f)) {
      const char *text = lua_tostring(L, -1);
      lua_pushlstring(L, text, traceback_length(text, text + n_message + 1, level));
      return 1;
    }
  }
  return 1;
}

/* Call the Lua function of an operation, found in the network's user value under the operation's address. */
static bool call_lua(void *context, double t, int64_t n, Error *e) {
  lua_State *L = calling;
  Operation *o = context;
  int top = lua_gettop(L);
  if (!lua_checkstack(L, 8))
    return error_set(e, "out of memory: Lua stack");
  unsigned mode = parallel_mode();
  lua_getiuservalue(L, 1, 1);
  lua_pushcfunction(L, traceback);
  lua_rawgetp(L, -2, o);
  lua_pushnumber(L, t);
  lua_pushinteger(L, n);
  bool ok = lua_pcall(L, 2, 1, top + 2) == LUA_OK;
  if (!ok) {
    lua_setfield(L, top + 1, "error");
    error_set(e, "an operation failed");
  } else if (lua_isboolean(L, -1) && !lua_toboolean(L, -1)) {
    o->is_active = false; /* a function that returns false asks not to be called again */
  }
  lua_settop(L, top);
  parallel_restore_mode(mode);
  return ok;
}

/* ---- operations ---- */

/* The schedule of an operation made (or made anew) now: `every` in ms or "once", `offset` in ms. */
static Schedule check_schedule(lua_State *L, int every, int offset, const Network *n, int clock, bool at_start) {
  double dt = n->clocks[clock].dt;
  int64_t from = network_first_step(n, clock, at_start);
  if (lua_type(L, every) == LUA_TSTRING && strcmp(lua_tostring(L, every), "once") == 0)
    return schedule_once(luaL_checknumber(L, offset), at_start, dt, from);
  double period = luaL_checknumber(L, every);
  return schedule_new(period > dt ? period : dt, luaL_optnumber(L, offset, 0), at_start, dt, from); /* once a step at most */
}

/* net:operation{ clock=, every=, offset=, at_start=, kernels = { bounds } | call = function, projection =, population = } -> operation */
static int network_operation(lua_State *L) {
  Error e;
  Network *n = binding_check_network(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_getfield(L, 2, "clock");
  int clock = binding_check_clock(L, -1, n);
  lua_getfield(L, 2, "every");
  lua_getfield(L, 2, "offset");
  lua_getfield(L, 2, "at_start");
  bool at_start = lua_toboolean(L, -1);
  Operation *o = operation_new(clock, check_schedule(L, -3, -2, n, clock, at_start), &e);
  if (o == NULL || !network_add_operation(n, o, &e))
    return binding_raise(L, &e);
  if (lua_getfield(L, 2, "kernels") == LUA_TTABLE)
    binding_take_bounds(L, -1, &o->kernels);
  if (lua_getfield(L, 2, "projection") != LUA_TNIL)
    o->projection = binding_check_handle(L, -1, BINDING_PROJECTION)->object;
  if (lua_getfield(L, 2, "population") != LUA_TNIL)
    o->population = binding_check_handle(L, -1, BINDING_POPULATION)->object;
  lua_getiuservalue(L, 1, 1);
  if (lua_getfield(L, 2, "call") == LUA_TFUNCTION) {
    o->call = call_lua;
    o->context = o;
    lua_rawsetp(L, -2, o);
  }
  binding_push_handle(L, 1, BINDING_OPERATION, n, o);
  return 1;
}

static Operation *check_operation(lua_State *L) { return binding_check_handle(L, 1, BINDING_OPERATION)->object; }

static int operation_set_active(lua_State *L) {
  check_operation(L)->is_active = lua_toboolean(L, 2);
  return 0;
}

static int operation_calls(lua_State *L) {
  lua_pushinteger(L, check_operation(L)->n_calls);
  return 1;
}

/* operation:reschedule(every, offset) */
static int operation_reschedule(lua_State *L) {
  Handle *h = binding_check_handle(L, 1, BINDING_OPERATION);
  Operation *o = h->object;
  o->schedule = check_schedule(L, 2, 3, h->network, o->clock, o->schedule.at_start);
  return 0;
}

static int operation_set_kernels(lua_State *L) {
  Handle *h = binding_check_handle(L, 1, BINDING_OPERATION);
  BoundList list, *kernels = &((Operation *)h->object)->kernels;
  binding_take_bounds(L, 2, &list);
  bound_list_free(kernels);
  *kernels = list;
  h->network->is_changed = true;
  return 0;
}

static int operation_remove(lua_State *L) {
  Handle *h = binding_check_handle(L, 1, BINDING_OPERATION);
  Operation *o = h->object;
  o->is_active = false;
  o->is_removed = true; /* freed when no run is under way */
  h->object = NULL;
  lua_getiuservalue(L, 1, 1);
  lua_getiuservalue(L, -1, 1);
  lua_pushnil(L);
  lua_rawsetp(L, -2, o);
  return 0;
}

/* operation:id(): the number that it got when it was made; operation:is_due(): will it ever act? */
static int operation_id(lua_State *L) {
  lua_pushinteger(L, check_operation(L)->id);
  return 1;
}

static int operation_is_due(lua_State *L) {
  lua_pushboolean(L, check_operation(L)->schedule.next != INT64_MAX);
  return 1;
}

static const luaL_Reg methods[] = {
  { "id", operation_id },
  { "is_due", operation_is_due },
  { "set_active", operation_set_active },
  { "calls", operation_calls },
  { "reschedule", operation_reschedule },
  { "remove", operation_remove },
  { "set_kernels", operation_set_kernels },
  { NULL, NULL },
};

/* net:skip_operations(n): the next operation gets a number above n */
static int network_skip(lua_State *L) {
  Network *n = binding_check_network(L, 1);
  lua_Integer last = luaL_checkinteger(L, 2);
  if (last > n->n_operations_made && last < INT32_MAX)
    n->n_operations_made = (int)last;
  return 0;
}

static const luaL_Reg network_methods[] = { { "operation", network_operation }, { "skip_operations", network_skip }, { NULL, NULL } };

void binding_open_operation(lua_State *L) {
  binding_new_type(L, BINDING_OPERATION, methods, NULL);
  binding_add_methods(L, BINDING_NETWORK, network_methods);
}
