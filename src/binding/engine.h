/* The engine in Lua (`lunapse.core.engine`): userdata for networks, populations, projections, kernels, recorders, operations.
**
** A "lunapse.network" userdata owns its Network. The other userdata are handles: they hold the network userdata (user value 1), so
** what they point to lives as long as they do; a removed object's handle raises. Thin: check, call one function of the engine, push.
** The classes that users see are in Lua (lua/lunapse/network/).
**
** This folder (binding) is what Lua sees of the C code: one file for each type, without logic of its own. */
#ifndef LUNAPSE_BINDING_ENGINE_H
#define LUNAPSE_BINDING_ENGINE_H
#include <lauxlib.h>
#include <lua.h>

#include "engine/network.h"
#include "random/random.h"

/* Push the module `lunapse.core.engine`. */
int binding_open_engine(lua_State *L);

/* ---- between the files of this binding: handle.c ---- */

typedef struct Handle {
  Network *network; /* borrowed from the user value */
  void *object;     /* Population, Projection, Operation, Recorder or SpikeRecorder; NULL when removed */
} Handle;

#define BINDING_NETWORK "lunapse.network"
#define BINDING_POPULATION "lunapse.population"
#define BINDING_PROJECTION "lunapse.projection"
#define BINDING_BOUND "lunapse.bound"
#define BINDING_OPERATION "lunapse.operation"
#define BINDING_RECORDER "lunapse.recorder"
#define BINDING_SPIKE_RECORDER "lunapse.spike_recorder"

Network *binding_check_network(lua_State *L, int index);
Handle *binding_check_handle(lua_State *L, int index, const char *type);

/* Push a handle of `type` for an object of the network at `network_index`. */
void binding_push_handle(lua_State *L, int network_index, const char *type, Network *network, void *object);

/* Raise `e` at the caller's line. */
int binding_raise(lua_State *L, const Error *e);

/* A distribution: kind, a, b, low, high from `index` on. */
Distribution binding_distribution(lua_State *L, int index);

/* Number of a clock of the network at `index`, as C counts. */
int binding_check_clock(lua_State *L, int index, const Network *n);

/* ---- kernels (bound.c), runs and callbacks (network.c, operation.c) ---- */

/* Take the BoundKernel out of the userdata at `index`; it then belongs to the caller. */
BoundKernel *binding_take_bound(lua_State *L, int index);

/* Move the Bounds of the Lua table at `index` into a new list, which belongs to the caller. */
void binding_take_bounds(lua_State *L, int index, BoundList *list);

/* object:set_kernels(role, { bounds }): the method of populations and projections. */
int binding_set_kernels(lua_State *L, Network *n, BoundList *kernels, RoleOwner owner);

/* Is `f` a method that runs a network? */
bool binding_is_run(lua_CFunction f);

/* Let callbacks run on the stack of `L`; returns whose it was before. */
lua_State *binding_call_on(lua_State *L);

/* What synapses are made of, from the table at 2 that net:projection takes. Its memory stays on the stack. */
typedef struct Synapses {
  Population *pre, *post;
  Connector connector;
  ConnectEnds ends;
  StorageOptions options; /* own_last > 0: perhaps a part */
} Synapses;
Synapses binding_check_synapses(lua_State *L, Network *n);

/* The projection, whose handle is on the top of the stack, is held in part (part.c). */
void binding_hold_part(lua_State *L, Projection *p, int64_t n_all);

/* A connector { kind =, ... } (synapses/connect.def), and a view { first = (from 1), n = } or { index = array from 1 }, of the tables at `index`. Their memory
** stays on the stack. */
Connector binding_check_connector(lua_State *L, int index, const ConnectEnds *ends, int n_threads);
View binding_check_view(lua_State *L, int index, int64_t n_population);

/* ---- types ---- */

/* Register a type of userdata: its methods, and what collects it (or NULL). */
void binding_new_type(lua_State *L, const char *name, const luaL_Reg *methods, lua_CFunction gc);

/* Further methods of a registered type. */
void binding_add_methods(lua_State *L, const char *name, const luaL_Reg *methods);

/* engine.network(dt, seed, precision, threads) */
int binding_network_new(lua_State *L);

/* Register the type of each kind of object, and the methods of networks and projections that make it and belong to it. */
void binding_open_network(lua_State *L);
void binding_open_bound(lua_State *L);
void binding_open_operation(lua_State *L);
void binding_open_population(lua_State *L);
void binding_open_projection(lua_State *L);
void binding_open_part(lua_State *L);
void binding_open_structure(lua_State *L);
void binding_open_record(lua_State *L);
void binding_open_row_sink(lua_State *L);
void binding_open_profile(lua_State *L);
void binding_open_state(lua_State *L);

/* engine.row_sink(recorders, block) */
int binding_row_sink(lua_State *L);

/* engine.digest(array) */
int binding_digest_array(lua_State *L);

#define BINDING_PAIRS "lunapse.pairs" /* a block of pairs: a Storage of storage_block (structure.c) */

#endif
