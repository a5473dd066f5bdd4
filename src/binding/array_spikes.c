/* The per-spike helpers of lunapse/analysis: array.spike_rates, array.correlogram, a:lowpass. */
#include "base/array_spikes.h"

#include <lauxlib.h>

#include "binding/array.h"
#include "binding/array_parts.h"

/* spike_rates(neuron, t, n, from, dt, n_steps) */
static int module_spike_rates(lua_State *L) {
  Error e = { "" };
  Array *neuron = binding_check_array(L, 1), *t = binding_check_array(L, 2);
  lua_Integer n_neurons = luaL_checkinteger(L, 3);
  SpikeSteps steps = { luaL_checknumber(L, 4), luaL_checknumber(L, 5), luaL_checkinteger(L, 6) };
  binding_array_check_vector(L, 1, neuron);
  binding_array_check_vector(L, 2, t);
  luaL_argcheck(L, neuron->shape[0] == t->shape[0], 2, "there must be one time for each neuron number");
  luaL_argcheck(L, n_neurons >= 0 && n_neurons < INT32_MAX, 3, "the number of neurons must lie in 0..2147483646");
  luaL_argcheck(L, steps.dt > 0, 5, "dt must be positive");
  luaL_argcheck(L, steps.n_steps >= 0, 6, "the number of steps must not be negative");
  Array **box = binding_array_box(L);
  return binding_array_return(L, box, array_spike_rates(neuron, t, n_neurons, &steps, &e), &e);
}

/* correlogram(a, b, bin, n_half[, is_auto]) */
static int module_correlogram(lua_State *L) {
  Error e = { "" };
  Array *a = binding_check_array(L, 1), *b = binding_check_array(L, 2);
  double bin = luaL_checknumber(L, 3);
  lua_Integer n_half = luaL_checkinteger(L, 4);
  binding_array_check_vector(L, 1, a);
  binding_array_check_vector(L, 2, b);
  luaL_argcheck(L, bin > 0, 3, "the width of a bin must be positive");
  luaL_argcheck(L, n_half >= 0 && n_half < INT32_MAX, 4, "the number of bins on each side must lie in 0..2147483646");
  Array **box = binding_array_box(L);
  return binding_array_return(L, box, array_correlogram(a, b, bin, n_half, lua_toboolean(L, 5), &e), &e);
}

static int method_lowpass(lua_State *L) {
  Error e = { "" };
  Array *a = binding_check_array(L, 1);
  double gain = luaL_checknumber(L, 2);
  luaL_argcheck(L, gain > 0 && gain <= 1, 2, "the gain must lie in 0..1");
  Array **box = binding_array_box(L);
  return binding_array_return(L, box, array_lowpass(a, gain, &e), &e);
}

void binding_array_add_spikes(lua_State *L, int module_at, int methods_at) {
  lua_pushcfunction(L, module_spike_rates);
  lua_setfield(L, module_at, "spike_rates");
  lua_pushcfunction(L, module_correlogram);
  lua_setfield(L, module_at, "correlogram");
  lua_pushcfunction(L, method_lowpass);
  lua_setfield(L, methods_at, "lowpass");
}
